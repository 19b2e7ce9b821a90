//! 撤销申请 and 撤销答复.

use super::common::{operator, operator_to_pb};
use super::field::{Read, date, date_number, missing, text, text_if_any, word};
use crate::domain::act::CancelledBy;
use crate::domain::forms::{Cancellation, CancellationReply, CancellationResult};
use crate::domain::ids::LetterNo;
use crate::wire::pb;

pub fn request(value: pb::Cancellation) -> Read<Cancellation> {
    let by = match pb::CancelledBy::try_from(value.by) {
        Ok(pb::CancelledBy::Person) => CancelledBy::Person,
        Ok(pb::CancelledBy::IncomingAgency) => CancelledBy::IncomingAgency,
        Ok(pb::CancelledBy::Unspecified) | Err(_) => return missing("by"),
    };
    Ok(Cancellation {
        letter_no: word("letter_no", &value.letter_no, LetterNo::new)?,
        by,
        reason: text("reason", value.reason)?,
        cancelled_on: date("cancelled_on", value.cancelled_on)?,
        operator: operator(value.operator)?,
    })
}

pub fn request_to_pb(request: &Cancellation) -> pb::Cancellation {
    let by = match request.by {
        CancelledBy::Person => pb::CancelledBy::Person,
        CancelledBy::IncomingAgency => pb::CancelledBy::IncomingAgency,
    };
    pb::Cancellation {
        letter_no: request.letter_no.as_str().to_owned(),
        by: by.into(),
        reason: request.reason.clone(),
        cancelled_on: date_number(request.cancelled_on),
        operator: Some(operator_to_pb(&request.operator)),
    }
}

pub fn reply(value: pb::CancellationReply) -> Read<CancellationReply> {
    let result = match pb::CancellationResult::try_from(value.result) {
        Ok(pb::CancellationResult::Agreed) => CancellationResult::Agreed,
        Ok(pb::CancellationResult::RefusedRemitted) => CancellationResult::RefusedRemitted,
        Ok(pb::CancellationResult::RefusedCompleted) => CancellationResult::RefusedCompleted,
        Ok(pb::CancellationResult::Unspecified) | Err(_) => return missing("result"),
    };
    Ok(CancellationReply {
        letter_no: word("letter_no", &value.letter_no, LetterNo::new)?,
        result,
        text: text_if_any("text", value.text)?,
        replied_on: date("replied_on", value.replied_on)?,
        operator: operator(value.operator)?,
    })
}

pub fn reply_to_pb(reply: &CancellationReply) -> pb::CancellationReply {
    let result = match reply.result {
        CancellationResult::Agreed => pb::CancellationResult::Agreed,
        CancellationResult::RefusedRemitted => pb::CancellationResult::RefusedRemitted,
        CancellationResult::RefusedCompleted => pb::CancellationResult::RefusedCompleted,
    };
    pb::CancellationReply {
        letter_no: reply.letter_no.as_str().to_owned(),
        result: result.into(),
        text: reply.text.clone(),
        replied_on: date_number(reply.replied_on),
        operator: Some(operator_to_pb(&reply.operator)),
    }
}
