//! 签收回执 and 拒绝处理通知.

use super::field::{Read, date_if_any, date_number, digest, message_id, missing, moment, needed, text_if_any};
use crate::domain::forms::{Receipt, ReceiptEntry, Refusal};
use crate::domain::reasons::RefusalCode;
use crate::wire::pb;

pub fn entry(value: pb::ReceiptEntry) -> Read<ReceiptEntry> {
    Ok(ReceiptEntry {
        message_id: message_id("message_id", &value.message_id)?,
        digest: digest("digest", &value.digest)?,
        received_at: moment("received_at_us", value.received_at_us)?,
        due_on: date_if_any("due_on", value.due_on)?,
        provisional: value.provisional,
        refused: value.refused,
    })
}

pub fn receipt(value: pb::Receipt) -> Read<Receipt> {
    if value.entries.is_empty() {
        return missing("entries");
    }
    let number = |(index, item)| entry(item).map_err(|error| error.within(&format!("entries[{index}]")));
    Ok(Receipt { entries: value.entries.into_iter().enumerate().map(number).collect::<Read<_>>()? })
}

pub fn receipt_to_pb(receipt: &Receipt) -> pb::Receipt {
    pb::Receipt { entries: receipt.entries.iter().map(entry_to_pb).collect() }
}

pub fn entry_to_pb(entry: &ReceiptEntry) -> pb::ReceiptEntry {
    pb::ReceiptEntry {
        message_id: entry.message_id.0.as_bytes().to_vec(),
        digest: entry.digest.0.to_vec(),
        received_at_us: entry.received_at.0,
        due_on: entry.due_on.map(date_number),
        provisional: entry.provisional,
        refused: entry.refused,
    }
}

pub fn refusal(value: pb::Refusal) -> Read<Refusal> {
    if value.codes.is_empty() {
        return missing("codes");
    }
    let code = |number: i32| needed("codes", RefusalCode::from_number(number));
    Ok(Refusal {
        message_id: message_id("message_id", &value.message_id)?,
        digest: digest("digest", &value.digest)?,
        codes: value.codes.into_iter().map(code).collect::<Read<_>>()?,
        retryable: value.retryable,
        text: text_if_any("text", value.text)?,
    })
}

pub fn refusal_to_pb(refusal: &Refusal) -> pb::Refusal {
    pb::Refusal {
        message_id: refusal.message_id.0.as_bytes().to_vec(),
        digest: refusal.digest.0.to_vec(),
        codes: refusal.codes.iter().map(|code| code.number()).collect(),
        retryable: refusal.retryable,
        text: refusal.text.clone(),
    }
}
