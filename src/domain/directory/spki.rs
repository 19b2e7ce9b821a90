//! A public key as the directory writes it. Its meaning (which curve, which point) is known to `wire` alone.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::DirectoryFault;

/// SubjectPublicKeyInfo DER, at most 256 bytes; in the file as base64, the same text as in a PEM file.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Spki(Vec<u8>);

impl Spki {
    pub fn new(der: Vec<u8>) -> Result<Spki, DirectoryFault> {
        if der.is_empty() || der.len() > 256 { Err(DirectoryFault::SpkiNotBase64) } else { Ok(Spki(der)) }
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl TryFrom<String> for Spki {
    type Error = DirectoryFault;
    fn try_from(text: String) -> Result<Spki, DirectoryFault> {
        Spki::new(STANDARD.decode(text).map_err(|_| DirectoryFault::SpkiNotBase64)?)
    }
}

impl From<Spki> for String {
    fn from(spki: Spki) -> String {
        STANDARD.encode(spki.0)
    }
}
