//! PEM text around 48 bytes of PKCS#8: the only file form of a private key. Keys of other shapes are refused.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

const BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const END: &str = "-----END PRIVATE KEY-----";
/// Longer than any key here; a larger file is something else.
pub const PEM_MAX: usize = 4096;

/// What comes before the 32 key bytes: PKCS#8 version 0, the algorithm, an octet string in an octet string.
const ED25519_PREFIX: [u8; 16] = [0x30, 46, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 34, 4, 32];
const X25519_PREFIX: [u8; 16] = [0x30, 46, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x6e, 4, 34, 4, 32];
/// What comes before the 32 bytes of a public key in its SPKI DER.
const ED25519_SPKI: [u8; 12] = [0x30, 42, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 33, 0];
const X25519_SPKI: [u8; 12] = [0x30, 42, 0x30, 5, 6, 3, 0x2b, 0x65, 0x6e, 3, 33, 0];

/// The algorithm of a key file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    Ed25519,
    X25519,
}

impl Algorithm {
    fn pkcs8_prefix(self) -> &'static [u8; 16] {
        match self {
            Algorithm::Ed25519 => &ED25519_PREFIX,
            Algorithm::X25519 => &X25519_PREFIX,
        }
    }

    fn spki_prefix(self) -> &'static [u8; 12] {
        match self {
            Algorithm::Ed25519 => &ED25519_SPKI,
            Algorithm::X25519 => &X25519_SPKI,
        }
    }

    /// SubjectPublicKeyInfo DER of a public key.
    pub fn spki(self, public: &[u8; 32]) -> Vec<u8> {
        [self.spki_prefix().as_slice(), public].concat()
    }

    /// The public key in this SPKI, if it is one of this algorithm.
    pub fn public(self, spki: &[u8]) -> Option<&[u8; 32]> {
        spki.strip_prefix(self.spki_prefix())?.try_into().ok()
    }
}

/// The PEM text of a private key.
pub fn encode(algorithm: Algorithm, secret: &[u8; 32]) -> Zeroizing<String> {
    let mut der = Zeroizing::new([0u8; 48]);
    der[..16].copy_from_slice(algorithm.pkcs8_prefix());
    der[16..].copy_from_slice(secret);
    let inner = Zeroizing::new(STANDARD.encode(*der));
    Zeroizing::new(format!("{BEGIN}\n{}\n{END}\n", *inner))
}

/// The 32 secret bytes, or what is wrong with the text in words for the person who must mend it.
pub fn decode(algorithm: Algorithm, text: &str) -> Result<Zeroizing<[u8; 32]>, &'static str> {
    if text.contains("ENCRYPTED PRIVATE KEY") {
        return Err("the key is protected by a passphrase, which is not supported");
    }
    let begin = text.find(BEGIN).ok_or("there is no BEGIN PRIVATE KEY line")? + BEGIN.len();
    let length = text[begin..].find(END).ok_or("there is no END PRIVATE KEY line")?;
    let inner: Zeroizing<String> =
        Zeroizing::new(text[begin..begin + length].chars().filter(|c| !c.is_ascii_whitespace()).collect());
    let der = Zeroizing::new(STANDARD.decode(inner.as_bytes()).map_err(|_| "the text is not base64")?);
    let secret = der.strip_prefix(algorithm.pkcs8_prefix()).ok_or("it holds a key of another algorithm")?;
    let secret: [u8; 32] = secret.try_into().map_err(|_| "the key has the wrong length")?;
    Ok(Zeroizing::new(secret))
}
