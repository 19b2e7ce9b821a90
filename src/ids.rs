//! The only place that makes random ids.

use uuid::Uuid;

use crate::domain::ids::{CaseId, MessageId};
use crate::domain::time::Moment;

fn v7(at: Moment) -> Uuid {
    let mut random = [0u8; 10];
    getrandom::fill(&mut random).expect("the operating system gives random bytes");
    let millis = u64::try_from(at.0 / 1000).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

/// A message id (UUIDv7) made at this moment.
pub fn message_id(at: Moment) -> MessageId {
    MessageId(v7(at))
}

/// A case id (UUIDv7) made at this moment.
pub fn case_id(at: Moment) -> CaseId {
    CaseId(v7(at))
}
