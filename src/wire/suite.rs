//! The cryptographic suites: one number, one fixed set of algorithms, no negotiation. A suite knows keys and bytes,
//! nothing of messages. Every suite is safe to call from many threads at once.

use super::keys::{SealingKey, SigningKey};
use crate::domain::ids::Digest;

mod one;

/// Why an operation failed. Deliberately without detail: the same answer for every cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the cryptographic check failed")]
pub struct CryptoError;

/// The seam for further suites (2 is reserved for SM2, SM3 and SM4).
pub trait Suite: Send + Sync {
    fn number(&self) -> u8;

    fn sign(&self, key: &SigningKey, message: &[u8]) -> Vec<u8>;

    /// `spki` is the sender's public key as DER; weak and malformed keys fail.
    fn verify(&self, spki: &[u8], message: &[u8], signature: &[u8]) -> Result<(), CryptoError>;

    /// Seals to a public key (SPKI DER): encapsulated key and ciphertext, different at every call.
    fn seal(&self, spki: &[u8], aad: &[u8], plain: &[u8]) -> Result<(Vec<u8>, Vec<u8>), CryptoError>;

    fn open(&self, key: &SealingKey, enc: &[u8], aad: &[u8], ct: &[u8]) -> Result<Vec<u8>, CryptoError>;

    fn hash(&self, bytes: &[u8]) -> Digest;
}

/// Whether a suite of this number exists at all: 2 is reserved, and not in this release.
pub fn is_assigned(number: u8) -> bool {
    matches!(number, 1 | 2)
}

/// The suite of this number, if this release has it.
pub fn suite(number: u8) -> Option<&'static dyn Suite> {
    match number {
        1 => Some(&one::SuiteOne),
        _ => None,
    }
}
