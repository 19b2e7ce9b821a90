//! 办结反馈.

use super::common::{operator, operator_to_pb};
use super::field::{
    Read, amount_if_any, counter, date, date_if_any, date_number, missing, moment, word, word_if_any, wrong,
};
use crate::domain::forms::{CompletionNotice, CompletionResult};
use crate::domain::ids::{BankTxnNo, LetterNo, PersonNo, SheetNo};
use crate::domain::money::Fen;
use crate::wire::pb;

fn result(value: i32) -> Read<CompletionResult> {
    match pb::CompletionResult::try_from(value) {
        Ok(pb::CompletionResult::Normal) => Ok(CompletionResult::Normal),
        Ok(pb::CompletionResult::WithoutFunds) => Ok(CompletionResult::WithoutFunds),
        Ok(pb::CompletionResult::Unspecified) | Err(_) => missing("result"),
    }
}

/// Money is reported exactly when the case had some: a notice must not be half about it.
fn check_money(notice: &CompletionNotice) -> Read<()> {
    let stated = [
        ("amount_received_fen", notice.amount_received.is_some()),
        ("received_on", notice.received_on.is_some()),
        ("amount_credited_fen", notice.amount_credited.is_some()),
        ("credited_on", notice.credited_on.is_some()),
    ];
    for (field, is_there) in stated {
        match notice.result {
            CompletionResult::Normal if !is_there => return missing(field),
            CompletionResult::WithoutFunds if is_there => {
                return wrong(field, "a case without funds received and credited nothing");
            }
            _ => {}
        }
    }
    Ok(())
}

pub fn from_pb(value: pb::CompletionNotice) -> Read<CompletionNotice> {
    let notice = CompletionNotice {
        letter_no: word("letter_no", &value.letter_no, LetterNo::new)?,
        sheet_no: word("sheet_no", &value.sheet_no, SheetNo::new)?,
        sheet_version: counter("sheet_version", value.sheet_version)?,
        result: result(value.result)?,
        months_credited: value.months_credited,
        months_overlapping: value.months_overlapping,
        relation_in_on: date("relation_in_on", value.relation_in_on)?,
        amount_received: amount_if_any("amount_received_fen", value.amount_received_fen)?,
        received_on: date_if_any("received_on", value.received_on)?,
        bank_txn_no: word_if_any("bank_txn_no", value.bank_txn_no.as_deref(), BankTxnNo::new)?,
        amount_credited: amount_if_any("amount_credited_fen", value.amount_credited_fen)?,
        credited_on: date_if_any("credited_on", value.credited_on)?,
        personal_no: word("personal_no", &value.personal_no, PersonNo::new)?,
        operator: operator(value.operator)?,
        completed_at: moment("completed_at_us", value.completed_at_us)?,
    };
    check_money(&notice)?;
    Ok(notice)
}

pub fn to_pb(notice: &CompletionNotice) -> pb::CompletionNotice {
    let result = match notice.result {
        CompletionResult::Normal => pb::CompletionResult::Normal,
        CompletionResult::WithoutFunds => pb::CompletionResult::WithoutFunds,
    };
    pb::CompletionNotice {
        letter_no: notice.letter_no.as_str().to_owned(),
        sheet_no: notice.sheet_no.as_str().to_owned(),
        sheet_version: notice.sheet_version,
        result: result.into(),
        months_credited: notice.months_credited,
        months_overlapping: notice.months_overlapping,
        relation_in_on: date_number(notice.relation_in_on),
        amount_received_fen: notice.amount_received.map(Fen::get),
        received_on: notice.received_on.map(date_number),
        bank_txn_no: notice.bank_txn_no.as_ref().map(|no| no.as_str().to_owned()),
        amount_credited_fen: notice.amount_credited.map(Fen::get),
        credited_on: notice.credited_on.map(date_number),
        personal_no: notice.personal_no.as_str().to_owned(),
        notified_on: None,
        notified_by: None,
        operator: Some(operator_to_pb(&notice.operator)),
        completed_at_us: notice.completed_at.0,
    }
}
