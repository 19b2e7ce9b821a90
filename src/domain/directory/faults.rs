//! What can be wrong in a directory file that is well formed.

use super::KeyId;
use crate::domain::ids::AgencyCode;

/// Found before anything of the directory is used; the registry must issue a corrected revision.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DirectoryFault {
    #[error("the version must be 1 or more")]
    VersionZero,
    #[error("agency {agency} is there twice")]
    AgencyTwice { agency: AgencyCode },
    #[error("agency {agency}: {what}")]
    Agency { agency: AgencyCode, what: &'static str },
    #[error("key {kid} is there twice")]
    KeyTwice { kid: KeyId },
    #[error("a key id is written as 32 hex digits")]
    KeyIdNotHex,
    #[error("a public key is written as base64 of its SPKI DER, at most 256 bytes")]
    SpkiNotBase64,
}
