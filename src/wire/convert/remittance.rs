//! 个人账户资金划转通知.

use super::common::{operator, operator_to_pb};
use super::field::{
    Read, amount, amount_if_any, counter, date, date_number, missing, text_if_any, word, word_if_any, wrong,
};
use crate::domain::forms::{Batch, RemittanceNotice};
use crate::domain::ids::{BankTxnNo, LetterNo, PaymentRef, SheetNo};
use crate::domain::money::Fen;
use crate::wire::pb;

pub fn from_pb(value: pb::RemittanceNotice) -> Read<RemittanceNotice> {
    let attempt_amount = amount("amount_fen", value.amount_fen)?;
    let ordinal_total = amount("ordinal_total_fen", value.ordinal_total_fen)?;
    if attempt_amount > ordinal_total {
        return wrong("ordinal_total_fen", "one attempt cannot pay more than the whole");
    }
    let batch = batch((value.batch_no, value.batch_count, value.batch_total_fen), attempt_amount)?;
    Ok(RemittanceNotice {
        letter_no: word("letter_no", &value.letter_no, LetterNo::new)?,
        sheet_no: word("sheet_no", &value.sheet_no, SheetNo::new)?,
        ordinal: counter("ordinal", value.ordinal)?,
        attempt: counter("attempt", value.attempt)?,
        amount: attempt_amount,
        ordinal_total,
        payment_ref: word("payment_ref", &value.payment_ref, PaymentRef::new)?,
        bank_txn_no: word_if_any("bank_txn_no", value.bank_txn_no.as_deref(), BankTxnNo::new)?,
        batch,
        zeroed_on: date("zeroed_on", value.zeroed_on)?,
        operator: operator(value.operator)?,
    })
}

/// All three or none: a batch without its count or total could never be matched.
fn batch((no, count, total): (Option<String>, Option<u32>, Option<i64>), of_this: Fen) -> Read<Option<Batch>> {
    let no = text_if_any("batch_no", no)?;
    let total = amount_if_any("batch_total_fen", total)?;
    match (no, count, total) {
        (None, None, None) => Ok(None),
        (Some(_), Some(_), Some(total)) if total < of_this => {
            wrong("batch_total_fen", "a batch cannot be less than one of its sums")
        }
        (Some(no), Some(count), Some(total)) => Ok(Some(Batch { no, count: counter("batch_count", count)?, total })),
        (None, _, _) => missing("batch_no"),
        (_, None, _) => missing("batch_count"),
        (_, _, None) => missing("batch_total_fen"),
    }
}

pub fn to_pb(notice: &RemittanceNotice) -> pb::RemittanceNotice {
    pb::RemittanceNotice {
        letter_no: notice.letter_no.as_str().to_owned(),
        sheet_no: notice.sheet_no.as_str().to_owned(),
        ordinal: notice.ordinal,
        attempt: notice.attempt,
        amount_fen: Some(notice.amount.get()),
        ordinal_total_fen: Some(notice.ordinal_total.get()),
        payment_ref: notice.payment_ref.as_str().to_owned(),
        bank_txn_no: notice.bank_txn_no.as_ref().map(|no| no.as_str().to_owned()),
        batch_no: notice.batch.as_ref().map(|batch| batch.no.clone()),
        batch_count: notice.batch.as_ref().map(|batch| batch.count),
        batch_total_fen: notice.batch.as_ref().map(|batch| batch.total.get()),
        zeroed_on: date_number(notice.zeroed_on),
        operator: Some(operator_to_pb(&notice.operator)),
    }
}
