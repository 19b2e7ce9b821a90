//! Private keys: in memory, and as files that only their owner can read. Never printed, never copied elsewhere; wiped
//! when dropped.

use std::fmt;
use std::path::{Path, PathBuf};

use aws_lc_rs::agreement;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use rustls::crypto::hpke::HpkePrivateKey;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use super::pem::{self, Algorithm};
use crate::domain::directory::{Agency, KeyId, KeyUse};

mod error;
mod file;

pub use error::KeyError;

/// File names in an agency's key folder.
pub const SIGN_FILE: &str = "sign.pem";
pub const SEAL_FILE: &str = "seal.pem";
/// Former sealing keys, kept until nothing sealed to them can still be under way: `seal-former-<any name>.pem`.
pub const FORMER_PREFIX: &str = "seal-former-";

/// The name of a public key: the first 16 bytes of SHA-256 over its SPKI DER.
pub fn kid_of(spki: &[u8]) -> KeyId {
    let hash: [u8; 32] = Sha256::digest(spki).into();
    let mut kid = [0u8; 16];
    kid.copy_from_slice(&hash[..16]);
    KeyId(kid)
}

/// The Ed25519 public key in an SPKI.
pub(super) fn ed25519_public(spki: &[u8]) -> Option<&[u8; 32]> {
    Algorithm::Ed25519.public(spki)
}

/// The X25519 public key in an SPKI.
pub(super) fn x25519_public(spki: &[u8]) -> Option<&[u8; 32]> {
    Algorithm::X25519.public(spki)
}

/// Whether this SPKI holds a key that this release can use for that purpose.
pub fn is_usable(spki: &[u8], usage: KeyUse) -> bool {
    match usage {
        KeyUse::Sign => ed25519_public(spki)
            .and_then(|public| ed25519_dalek::VerifyingKey::from_bytes(public).ok())
            .is_some_and(|key| !key.is_weak()),
        KeyUse::Seal => x25519_public(spki).is_some(),
    }
}

/// An Ed25519 key: an agency's, or a registry's root key.
pub struct SigningKey {
    pair: Ed25519KeyPair,
    secret: Zeroizing<[u8; 32]>,
    spki: Vec<u8>,
    kid: KeyId,
}

impl SigningKey {
    pub fn from_secret(secret: &[u8; 32]) -> SigningKey {
        let pair = Ed25519KeyPair::from_seed_unchecked(secret).expect("any 32 bytes are an Ed25519 seed");
        let public = pair.public_key().as_ref().try_into().expect("an Ed25519 public key has 32 bytes");
        let spki = Algorithm::Ed25519.spki(public);
        SigningKey { pair, secret: Zeroizing::new(*secret), kid: kid_of(&spki), spki }
    }

    pub fn generate() -> SigningKey {
        SigningKey::from_secret(&random_secret())
    }

    /// Refuses a missing, malformed or widely readable file.
    pub fn load(path: &Path) -> Result<SigningKey, KeyError> {
        Ok(SigningKey::from_secret(&*file::read(path, Algorithm::Ed25519)?))
    }

    /// Writes a new file with mode 0600; never overwrites one.
    pub fn save(&self, path: &Path) -> Result<(), KeyError> {
        file::write(path, &pem::encode(Algorithm::Ed25519, &self.secret))
    }

    pub fn kid(&self) -> KeyId {
        self.kid
    }

    /// The public key as SPKI DER.
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// Ed25519 is deterministic: the same message gives the same 64 bytes.
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.pair.sign(message).as_ref().try_into().expect("an Ed25519 signature has 64 bytes")
    }
}

/// An X25519 key that opens what others sealed to us.
pub struct SealingKey {
    secret: HpkePrivateKey,
    spki: Vec<u8>,
    kid: KeyId,
}

impl SealingKey {
    pub fn from_secret(secret: &[u8; 32]) -> SealingKey {
        let spki = Algorithm::X25519.spki(&x25519_public_of(secret));
        SealingKey { secret: HpkePrivateKey::from(secret.to_vec()), kid: kid_of(&spki), spki }
    }

    pub fn generate() -> SealingKey {
        SealingKey::from_secret(&random_secret())
    }

    /// Refuses a missing, malformed or widely readable file.
    pub fn load(path: &Path) -> Result<SealingKey, KeyError> {
        Ok(SealingKey::from_secret(&*file::read(path, Algorithm::X25519)?))
    }

    /// Writes a new file with mode 0600; never overwrites one.
    pub fn save(&self, path: &Path) -> Result<(), KeyError> {
        let secret = self.secret.secret_bytes().try_into().expect("an X25519 key has 32 bytes");
        file::write(path, &pem::encode(Algorithm::X25519, secret))
    }

    pub fn kid(&self) -> KeyId {
        self.kid
    }

    /// The public key as SPKI DER.
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }

    pub(super) fn secret(&self) -> &HpkePrivateKey {
        &self.secret
    }
}

fn x25519_public_of(secret: &[u8; 32]) -> [u8; 32] {
    let private = agreement::PrivateKey::from_private_key(&agreement::X25519, secret);
    let private = private.expect("any 32 bytes are an X25519 key");
    let public = private.compute_public_key().expect("an X25519 key has a public key");
    public.as_ref().try_into().expect("an X25519 public key has 32 bytes")
}

// By hand: the secret parts must never be printed.
impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({})", self.kid)
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealingKey({})", self.kid)
    }
}

fn random_secret() -> Zeroizing<[u8; 32]> {
    let mut secret = Zeroizing::new([0u8; 32]);
    getrandom::fill(secret.as_mut_slice()).expect("the operating system gives random bytes");
    secret
}

/// All private keys of one agency.
#[derive(Debug)]
pub struct AgencyKeys {
    pub sign: SigningKey,
    /// The key the directory tells others to use.
    pub seal: SealingKey,
    /// Earlier sealing keys that may still be needed.
    pub former: Vec<SealingKey>,
}

impl AgencyKeys {
    pub fn generate() -> AgencyKeys {
        AgencyKeys { sign: SigningKey::generate(), seal: SealingKey::generate(), former: Vec::new() }
    }

    /// Reads `sign.pem`, `seal.pem` and every `seal-former-*.pem` of a folder.
    pub fn load(folder: &Path) -> Result<AgencyKeys, KeyError> {
        let sign = SigningKey::load(&folder.join(SIGN_FILE))?;
        let seal = SealingKey::load(&folder.join(SEAL_FILE))?;
        let unreadable = |source| KeyError::Unreadable { path: folder.to_owned(), source };
        let mut paths: Vec<PathBuf> = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("");
            if name.starts_with(FORMER_PREFIX) && name.ends_with(".pem") {
                paths.push(path);
            }
        }
        paths.sort();
        let former = paths.iter().map(|path| SealingKey::load(path)).collect::<Result<_, _>>()?;
        Ok(AgencyKeys { sign, seal, former })
    }

    /// Writes `sign.pem` and `seal.pem` into an existing folder; never overwrites.
    pub fn save(&self, folder: &Path) -> Result<(), KeyError> {
        self.sign.save(&folder.join(SIGN_FILE))?;
        self.seal.save(&folder.join(SEAL_FILE))
    }

    /// The private key of this name, if it was not destroyed.
    pub fn sealing_key(&self, kid: KeyId) -> Option<&SealingKey> {
        std::iter::once(&self.seal).chain(&self.former).find(|key| key.kid == kid)
    }

    /// Refuses keys that the directory does not list as ours: peers would refuse everything.
    pub fn check(&self, us: &Agency) -> Result<(), KeyError> {
        for (kid, usage) in [(self.sign.kid(), KeyUse::Sign), (self.seal.kid(), KeyUse::Seal)] {
            if us.key(kid).is_none_or(|key| key.usage != usage) {
                return Err(KeyError::Foreign { kid, usage, agency: us.code.clone() });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
