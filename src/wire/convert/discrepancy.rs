//! 资金差异通知.

use super::common::{operator, operator_to_pb};
use super::field::{Read, amount_if_any, date, date_number, missing, needed, text, text_if_any, word_if_any};
use crate::domain::forms::{DiscrepancyKind, FundsDiscrepancy, ShownLine};
use crate::domain::ids::{LetterNo, PaymentRef};
use crate::wire::pb;

pub fn from_pb(value: pb::FundsDiscrepancy) -> Read<FundsDiscrepancy> {
    let kind = needed("discrepancy", DiscrepancyKind::from_number(value.discrepancy))?;
    if value.letter_no.is_none() && kind != DiscrepancyKind::Unidentified {
        return missing("letter_no");
    }
    let number =
        |(index, item)| line(item).map_err(|error: crate::wire::ContentError| error.within(&format!("lines[{index}]")));
    Ok(FundsDiscrepancy {
        letter_no: word_if_any("letter_no", value.letter_no.as_deref(), LetterNo::new)?,
        kind,
        expected: amount_if_any("expected_fen", value.expected_fen)?,
        received: amount_if_any("received_fen", value.received_fen)?,
        lines: value.lines.into_iter().enumerate().map(number).collect::<Read<_>>()?,
        text: text_if_any("text", value.text)?,
        found_on: date("found_on", value.found_on)?,
        operator: operator(value.operator)?,
    })
}

fn line(value: pb::BankLine) -> Read<ShownLine> {
    Ok(ShownLine {
        bank_txn_no: text("bank_txn_no", value.bank_txn_no)?,
        booked_on: date("booked_on", value.booked_on)?,
        amount: amount_if_any("amount_fen", value.amount_fen)?,
        payer_name: text_if_any("payer_name", value.payer_name)?,
        payer_number: text_if_any("payer_number", value.payer_number)?,
        remark: text_if_any("remark", value.remark)?,
        payment_ref: word_if_any("payment_ref", value.payment_ref.as_deref(), PaymentRef::new)?,
    })
}

pub fn to_pb(form: &FundsDiscrepancy) -> pb::FundsDiscrepancy {
    let line = |line: &ShownLine| pb::BankLine {
        bank_txn_no: line.bank_txn_no.clone(),
        booked_on: date_number(line.booked_on),
        amount_fen: line.amount.map(|amount| amount.get()),
        payer_name: line.payer_name.clone(),
        payer_number: line.payer_number.clone(),
        remark: line.remark.clone(),
        payment_ref: line.payment_ref.as_ref().map(ToString::to_string),
    };
    pb::FundsDiscrepancy {
        letter_no: form.letter_no.as_ref().map(ToString::to_string),
        discrepancy: form.kind.number(),
        expected_fen: form.expected.map(|amount| amount.get()),
        received_fen: form.received.map(|amount| amount.get()),
        lines: form.lines.iter().map(line).collect(),
        text: form.text.clone(),
        found_on: date_number(form.found_on),
        operator: Some(operator_to_pb(&form.operator)),
    }
}
