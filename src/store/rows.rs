//! Domain values ⇄ columns.

use chrono::NaiveDate;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use super::StoreError;
use super::engine::Value;
use crate::domain::case::Case;
use crate::domain::case::outgoing::Failure;
use crate::domain::changes::PaymentRow;
use crate::domain::event::StatementLine;
use crate::domain::ids::{AgencyCode, BankTxnNo, CaseId, Digest, LetterNo, MessageId, PaymentRef};
use crate::domain::ledger::LineKey;
use crate::domain::matching::{Line, LineState, hint};
use crate::domain::money::{Balance, Fen};
use crate::domain::peers::Closure;
use crate::domain::time::Moment;

pub fn corrupt(what: &'static str) -> StoreError {
    StoreError::Corrupt { what }
}

pub fn case_bytes(case: CaseId) -> Value<'static> {
    Value::bytes(case.0.as_bytes().to_vec())
}

pub fn message_bytes(message: MessageId) -> Value<'static> {
    Value::bytes(message.0.as_bytes().to_vec())
}

pub fn day(day: NaiveDate) -> Value<'static> {
    Value::text(day.to_string())
}

pub fn uuid(bytes: &[u8], what: &'static str) -> Result<Uuid, StoreError> {
    Uuid::from_slice(bytes).map_err(|_| corrupt(what))
}

pub fn digest(bytes: &[u8]) -> Result<Digest, StoreError> {
    Ok(Digest(bytes.try_into().map_err(|_| corrupt("digest"))?))
}

pub fn read_day(text: &str, what: &'static str) -> Result<NaiveDate, StoreError> {
    text.parse().map_err(|_| corrupt(what))
}

pub fn document<T: serde::Serialize>(value: &T) -> Value<'static> {
    Value::text(serde_json::to_string(value).expect("domain values have string keys only"))
}

pub fn read_document<T: serde::de::DeserializeOwned>(text: &str, what: &'static str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|_| corrupt(what))
}

/// A row of `cases`; `prior` is the version the database must still hold.
pub fn case_row(case: &Case, prior: u64) -> Vec<Value<'static>> {
    let deadline = case.next_deadline();
    let open = case.is_open();
    vec![
        case_bytes(case.id),
        Value::text(case.role()),
        Value::text(case.peer.to_string()),
        Value::text(case.letter_no.to_string()),
        Value::maybe(case.person_no.as_ref(), |person| Value::text(person.to_string())),
        Value::text(case.relation()),
        Value::maybe(case.money(), Value::text),
        Value::text(case.holder().word()),
        open.into(),
        day(case.accepted_on()),
        Value::Int(case.opened_at.0),
        Value::Int(case.changed_at.0),
        if open { Value::Null } else { Value::Int(case.changed_at.0) },
        Value::maybe(deadline, |deadline| Value::text(deadline.clock.code())),
        Value::maybe(deadline.and_then(|deadline| deadline.due.on()), day),
        deadline.is_some_and(|deadline| deadline.due.is_provisional()).into(),
        Value::maybe(case.amount(), |amount| Value::Int(amount.get())),
        Value::text(case.person().name.as_str().to_owned()),
        Value::text(case.person().document.number().to_owned()),
        Value::maybe(case.return_code(), |code| Value::text(code.code())),
        Value::maybe(case.payment_ref(), |payment| Value::text(payment.to_string())),
        Value::maybe(case.chase_on, day),
        Value::maybe(case.batch(), |batch| Value::text(batch.no.clone())),
        prior.into(),
        case.version.into(),
        document(case),
    ]
}

pub fn line_row(line: &Line) -> Vec<Value<'static>> {
    let (state, hint, case, at) = match &line.state {
        LineState::Unmatched { hint } => ("unmatched", Some(*hint), None, None),
        LineState::Matched { case, at } => ("matched", None, Some(*case), Some(*at)),
        LineState::Paid { case, at } => ("paid", None, *case, Some(*at)),
        LineState::GivenBack { case, at } => ("given_back", None, *case, Some(*at)),
        LineState::Returned { case, at } => ("returned", None, Some(*case), Some(*at)),
    };
    let statement = &line.line;
    vec![
        Value::text(line.key().to_string()),
        Value::text(statement.bank_txn_no.to_string()),
        day(statement.booked_on),
        Value::text(statement.payer_name.clone()),
        Value::text(statement.payer_account.clone()),
        Value::text(statement.payee_account.clone()),
        Value::Int(statement.amount.0),
        Value::text(statement.remark.clone()),
        Value::maybe(statement.payment_ref.as_ref(), |payment| Value::text(payment.to_string())),
        Value::text(state),
        Value::maybe(hint, Value::text),
        Value::maybe(line.mentions.as_ref(), |letter| Value::text(letter.to_string())),
        Value::maybe(case, case_bytes),
        Value::Int(line.arrived_at.0),
        Value::maybe(at, |at: Moment| Value::Int(at.0)),
    ]
}

const HINTS: [&str; 9] = [
    hint::AWAITING_NOTICE,
    hint::NO_CASE,
    hint::AMOUNT_DIFFERS,
    hint::WRONG_PAYER,
    hint::PROPOSED,
    hint::UNKNOWN_PAYMENT,
    hint::RETURN_DIFFERS,
    hint::SENT_BACK,
    hint::CASE_CLOSED,
];

pub fn read_line(row: &SqliteRow) -> Result<Line, StoreError> {
    let case_if_any = || -> Result<Option<CaseId>, StoreError> {
        let bytes: Option<Vec<u8>> = row.get("case_id");
        Ok(bytes.map(|bytes| uuid(&bytes, "bank line")).transpose()?.map(CaseId))
    };
    let case = || case_if_any()?.ok_or(corrupt("bank line"));
    let at = Moment(row.get::<Option<i64>, _>("matched_at").unwrap_or(0));
    let state = match row.get::<&str, _>("state") {
        "unmatched" => {
            let word: Option<&str> = row.get("hint");
            let hint = HINTS.into_iter().find(|known| Some(*known) == word).ok_or(corrupt("bank line"))?;
            LineState::Unmatched { hint }
        }
        "matched" => LineState::Matched { case: case()?, at },
        "paid" => LineState::Paid { case: case_if_any()?, at },
        "given_back" => LineState::GivenBack { case: case_if_any()?, at },
        "returned" => LineState::Returned { case: case()?, at },
        _ => return Err(corrupt("bank line")),
    };
    let reference: Option<&str> = row.get("payment_ref");
    let mentions: Option<&str> = row.get("mentions");
    Ok(Line {
        line: StatementLine {
            bank_txn_no: BankTxnNo::new(row.get("bank_txn_no")).map_err(|_| corrupt("bank line"))?,
            booked_on: read_day(row.get("booked_on"), "bank line")?,
            payer_name: row.get("payer_name"),
            payer_account: row.get("payer_account"),
            payee_account: row.get("payee_account"),
            amount: Balance(row.get("fen")),
            remark: row.get("remark"),
            payment_ref: reference.map(PaymentRef::new).transpose().map_err(|_| corrupt("bank line"))?,
            refused: false,
        },
        state,
        mentions: mentions.map(LetterNo::new).transpose().map_err(|_| corrupt("bank line"))?,
        arrived_at: Moment(row.get("arrived_at")),
    })
}

pub fn payment_row(payment: &PaymentRow) -> Vec<Value<'static>> {
    let confirmed = payment.confirmed.as_ref();
    vec![
        Value::text(payment.payment_ref.to_string()),
        Value::maybe(payment.case, case_bytes),
        Value::maybe(payment.letter_no.as_ref(), |letter| Value::text(letter.to_string())),
        payment.ordinal.into(),
        payment.attempt.into(),
        Value::Int(payment.amount.get()),
        document(&payment.payer),
        document(&payment.payee),
        Value::maybe(payment.gives_back.as_ref(), |line| Value::text(line.to_string())),
        Value::maybe(payment.order_ref.as_ref(), |order| Value::text(order.to_string())),
        Value::text(match payment.failed {
            Some(failure) => failure.word(),
            None if confirmed.is_some() => "confirmed",
            None => "released",
        }),
        Value::Int(payment.released_at.0),
        Value::maybe(confirmed, |(_, at)| Value::Int(at.0)),
        Value::maybe(confirmed, |(txn, _)| Value::text(txn.to_string())),
    ]
}

pub fn read_payment(row: &SqliteRow) -> Result<PaymentRow, StoreError> {
    let number = |name: &str| u32::try_from(row.get::<i64, _>(name)).map_err(|_| corrupt("payment"));
    let state: &str = row.get("state");
    let (case, letter): (Option<Vec<u8>>, Option<&str>) = (row.get("case_id"), row.get("letter_no"));
    let order: Option<&str> = row.get("order_ref");
    let txn: Option<&str> = row.get("bank_txn_no");
    let at: Option<i64> = row.get("confirmed_at");
    let txn = txn.map(BankTxnNo::new).transpose().map_err(|_| corrupt("payment"))?;
    Ok(PaymentRow {
        payment_ref: PaymentRef::new(row.get("payment_ref")).map_err(|_| corrupt("payment"))?,
        case: case.map(|bytes| uuid(&bytes, "payment")).transpose()?.map(CaseId),
        letter_no: letter.map(LetterNo::new).transpose().map_err(|_| corrupt("payment"))?,
        ordinal: number("ordinal")?,
        attempt: number("attempt")?,
        amount: Fen::new(row.get("fen")).ok_or(corrupt("payment"))?,
        payer: read_document(row.get("payer"), "payment")?,
        payee: read_document(row.get("payee"), "payment")?,
        order_ref: order.map(PaymentRef::new).transpose().map_err(|_| corrupt("payment"))?,
        gives_back: row.get::<Option<String>, _>("gives_back").map(LineKey::stored),
        released_at: Moment(row.get("released_at")),
        confirmed: txn.zip(at.map(Moment)),
        failed: [Failure::Refused, Failure::Returned, Failure::SentBack]
            .into_iter()
            .find(|failure| failure.word() == state),
    })
}

pub fn closure_row(closure: &Closure) -> Vec<Value<'static>> {
    vec![
        Value::text(closure.agency.to_string()),
        Value::text(closure.announcement_no.clone()),
        Value::Int(closure.from.0),
        Value::Int(closure.until.0),
        Value::maybe(closure.reason.as_ref(), |reason| Value::text(reason.clone())),
        Value::maybe(closure.to.as_ref(), |to| Value::text(to.to_string())),
        Value::Int(closure.at.0),
        Value::text(closure.by.clone()),
        Value::maybe(closure.withdrawn_at, |at| Value::Int(at.0)),
    ]
}

pub fn read_closure(row: &SqliteRow) -> Result<Closure, StoreError> {
    let agency = |text: &str| AgencyCode::new(text).map_err(|_| corrupt("closure"));
    Ok(Closure {
        agency: agency(row.get("agency"))?,
        announcement_no: row.get("announcement_no"),
        from: Moment(row.get("from_at")),
        until: Moment(row.get("until_at")),
        reason: row.get("reason"),
        to: row.get::<Option<&str>, _>("to_agency").map(agency).transpose()?,
        at: Moment(row.get("at")),
        by: row.get("announced_by"),
        withdrawn_at: row.get::<Option<i64>, _>("withdrawn_at").map(Moment),
    })
}
