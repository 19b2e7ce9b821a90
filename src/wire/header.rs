//! The readable part of a frame: who writes to whom with which keys. Nothing in it is personal, and nothing in it is
//! believed before the signature was checked.

use prost::Message as _;
use uuid::Uuid;

use super::content::{ContentError, Fault};
use super::{pb, scan};
use crate::domain::directory::KeyId;
use crate::domain::ids::{AgencyCode, MessageId};

/// The parsed header. Its received bytes are what is signed and kept, never this.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    pub message_id: MessageId,
    pub sender: AgencyCode,
    pub recipient: AgencyCode,
    pub sender_kid: KeyId,
    pub recipient_kid: KeyId,
    pub epoch: u32,
    pub lane: u32,
    pub seq: u64,
    /// Milliseconds since 1970 UTC. Information only.
    pub created_at_ms: i64,
    pub directory_version: u64,
}

impl Header {
    pub(super) fn encode(&self) -> Vec<u8> {
        let header = pb::Header {
            message_id: self.message_id.0.as_bytes().to_vec(),
            sender: self.sender.as_str().to_owned(),
            recipient: self.recipient.as_str().to_owned(),
            sender_kid: self.sender_kid.0.to_vec(),
            recipient_kid: self.recipient_kid.0.to_vec(),
            epoch: self.epoch,
            lane: self.lane,
            seq: self.seq,
            created_at_ms: self.created_at_ms,
            directory_version: self.directory_version,
        };
        header.encode_to_vec()
    }

    /// Strict: every id has its length, every code its alphabet.
    pub(super) fn decode(bytes: &[u8]) -> Result<Header, ContentError> {
        scan::scan("Header", bytes)?;
        let at = |what: &str, fault| ContentError::new(fault, format!("Header.{what}"));
        let header = pb::Header::decode(bytes)
            .map_err(|_| ContentError::new(Fault::Protobuf("the decoder refused it"), "Header"))?;
        let code = |what: &str, text: &str| AgencyCode::new(text).map_err(|error| at(what, Fault::Value(error.rule)));
        let kid = |what: &str, bytes: Vec<u8>| -> Result<KeyId, ContentError> {
            Ok(KeyId(bytes.try_into().map_err(|_| at(what, Fault::Missing))?))
        };
        let id = Uuid::from_slice(&header.message_id).map_err(|_| at("message_id", Fault::Missing))?;
        if id.get_version_num() != 7 {
            return Err(at("message_id", Fault::Value("a message id is a UUID of version 7")));
        }
        Ok(Header {
            message_id: MessageId(id),
            sender: code("sender", &header.sender)?,
            recipient: code("recipient", &header.recipient)?,
            sender_kid: kid("sender_kid", header.sender_kid)?,
            recipient_kid: kid("recipient_kid", header.recipient_kid)?,
            epoch: header.epoch,
            lane: header.lane,
            seq: header.seq,
            created_at_ms: header.created_at_ms,
            directory_version: header.directory_version,
        })
    }
}
