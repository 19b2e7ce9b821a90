//! Suite 1: Ed25519 (strict), HPKE base mode with X25519, HKDF-SHA256 and ChaCha20-Poly1305, SHA-256.

use rustls::crypto::aws_lc_rs::hpke::DH_KEM_X25519_HKDF_SHA256_CHACHA20_POLY1305 as HPKE;
use rustls::crypto::hpke::{EncapsulatedSecret, Hpke as _, HpkePublicKey};
use sha2::{Digest as _, Sha256};

use super::{CryptoError, Suite};
use crate::domain::ids::Digest;
use crate::wire::keys::{SealingKey, SigningKey, ed25519_public, x25519_public};

/// The context is bound by the associated data; HPKE's own `info` stays empty.
const INFO: &[u8] = b"";

pub struct SuiteOne;

impl Suite for SuiteOne {
    fn number(&self) -> u8 {
        1
    }

    fn sign(&self, key: &SigningKey, message: &[u8]) -> Vec<u8> {
        key.sign(message).to_vec()
    }

    fn verify(&self, spki: &[u8], message: &[u8], signature: &[u8]) -> Result<(), CryptoError> {
        let public = ed25519_public(spki).ok_or(CryptoError)?;
        let key = ed25519_dalek::VerifyingKey::from_bytes(public).map_err(|_| CryptoError)?;
        let signature = ed25519_dalek::Signature::from_slice(signature).map_err(|_| CryptoError)?;
        // Strict: refuses weak keys and signatures that other libraries read differently.
        key.verify_strict(message, &signature).map_err(|_| CryptoError)
    }

    fn seal(&self, spki: &[u8], aad: &[u8], plain: &[u8]) -> Result<(Vec<u8>, Vec<u8>), CryptoError> {
        let public = HpkePublicKey(x25519_public(spki).ok_or(CryptoError)?.to_vec());
        let (enc, ct) = HPKE.seal(INFO, aad, plain, &public).map_err(|_| CryptoError)?;
        Ok((enc.0, ct))
    }

    fn open(&self, key: &SealingKey, enc: &[u8], aad: &[u8], ct: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let enc = EncapsulatedSecret(enc.to_vec());
        HPKE.open(&enc, INFO, aad, ct, key.secret()).map_err(|_| CryptoError)
    }

    fn hash(&self, bytes: &[u8]) -> Digest {
        Digest(Sha256::digest(bytes).into())
    }
}
