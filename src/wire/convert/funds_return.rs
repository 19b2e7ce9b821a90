//! 退汇/重汇通知.

use super::common::{operator, operator_to_pb};
use super::field::{Read, amount, date, date_number, needed, text_if_any, word_if_any};
use crate::domain::forms::{FundsReturn, FundsReturnReason};
use crate::domain::ids::{BankTxnNo, LetterNo, PaymentRef};
use crate::wire::pb;

pub fn from_pb(value: pb::FundsReturn) -> Read<FundsReturn> {
    Ok(FundsReturn {
        letter_no: word_if_any("letter_no", value.letter_no.as_deref(), LetterNo::new)?,
        amount: amount("amount_fen", value.amount_fen)?,
        reason: needed("reason", FundsReturnReason::from_number(value.reason))?,
        text: text_if_any("text", value.text)?,
        payment_ref: word_if_any("payment_ref", value.payment_ref.as_deref(), PaymentRef::new)?,
        bank_txn_no: word_if_any("bank_txn_no", value.bank_txn_no.as_deref(), BankTxnNo::new)?,
        return_ref: word_if_any("return_ref", value.return_ref.as_deref(), PaymentRef::new)?,
        returned_on: date("returned_on", value.returned_on)?,
        will_be_resent: value.will_be_resent,
        operator: operator(value.operator)?,
    })
}

pub fn to_pb(form: &FundsReturn) -> pb::FundsReturn {
    pb::FundsReturn {
        letter_no: form.letter_no.as_ref().map(ToString::to_string),
        amount_fen: Some(form.amount.get()),
        reason: form.reason.number(),
        text: form.text.clone(),
        payment_ref: form.payment_ref.as_ref().map(ToString::to_string),
        bank_txn_no: form.bank_txn_no.as_ref().map(ToString::to_string),
        return_ref: form.return_ref.as_ref().map(ToString::to_string),
        returned_on: date_number(form.returned_on),
        will_be_resent: form.will_be_resent,
        operator: Some(operator_to_pb(&form.operator)),
    }
}
