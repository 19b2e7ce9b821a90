//! What can happen at either agency, made by hand or from what the other really said: a message altered, a line of the
//! bank, an import, a clerk's application.

use std::sync::Arc;

use jiexu::domain::act::{CancelledBy, Why};
use jiexu::domain::case::{Case, Incoming, Side};
use jiexu::domain::event::{StatementLine, What};
use jiexu::domain::forms::{
    Cancellation, CancellationReply, CancellationResult, CaseStep, Clarification, DelayNotice, FundsDisposition,
    Insurance, LetterReturn, Objection, Operator, PeerNotice, ProgressQuery, ProgressReport, Receipt, ReceiptEntry,
    Refusal, Reminder, SheetObjection, TrackProgress, WaitingFor,
};
use jiexu::domain::ids::{ApplicationNo, CaseId, MessageId, PaymentRef};
use jiexu::domain::message::{Body, Form};
use jiexu::domain::money::Balance;
use jiexu::domain::payout::{PayoutReason, PayoutRequest};
use jiexu::domain::reasons::{RefusalCode, ReturnCode};
use jiexu::domain::reference;
use jiexu::domain::register::RelationStatus;

use super::desk::{Desk, IN, OUT, digest_of, message};
use crate::support::people::{AGENCIES, Relation, application, code, own_account};
use crate::support::world::START;

pub fn receipt(id: MessageId) -> Body {
    receipt_of(id, false)
}

pub fn receipt_of(id: MessageId, refused: bool) -> Body {
    let digest = digest_of(id);
    let entry = ReceiptEntry { message_id: id, digest, received_at: START, due_on: None, provisional: false, refused };
    outside(Form::Receipt(Receipt { entries: vec![entry] }))
}

pub fn refusal(id: MessageId) -> Body {
    let codes = vec![RefusalCode::IllegalState];
    outside(Form::Refusal(Refusal { message_id: id, digest: digest_of(id), codes, retryable: false, text: None }))
}

/// What belongs to no case.
pub fn peer_notice() -> Form {
    Form::PeerNotice(Box::new(PeerNotice::Directory { version: 2 }))
}

pub fn outside(form: Form) -> Body {
    Body { case_id: None, letter_no: None, case_sequence: 0, in_reply_to: None, sent_at: START, form }
}

pub fn returned(letter: &Body, reason: ReturnCode) -> Body {
    let Form::ContactLetter(form) = &letter.form else { unreachable!("a letter") };
    let answer = LetterReturn {
        letter_no: form.letter_no.clone(),
        letter_version: 1,
        returned_on: START.china_date(),
        correctable: reason.is_correctable(),
        reasons: vec![reason.into()],
        suggested_agency: None,
        operator: Operator { id: "c1".into(), name: None, reviewer: None },
    };
    Body { form: Form::LetterReturn(Box::new(answer)), ..letter.clone() }
}

/// The amended letter, as the next message of its case.
pub fn amended(letter: &Body) -> Body {
    let mut body = Body { case_sequence: letter.case_sequence + 1, ..letter.clone() };
    if let Form::ContactLetter(form) = &mut body.form {
        Arc::make_mut(form).version = 2;
    }
    body
}

pub fn clerk() -> Operator {
    Operator { id: "c1".into(), name: None, reviewer: None }
}

pub fn cancellation(letter: &Body) -> Body {
    let letter_no = letter.letter_no.clone().expect("a letter no.");
    let (by, reason, cancelled_on) = (CancelledBy::Person, "本人放弃".to_owned(), START.china_date());
    let form = Cancellation { letter_no, by, reason, cancelled_on, operator: clerk() };
    Body { case_sequence: letter.case_sequence + 1, form: Form::Cancellation(Box::new(form)), ..letter.clone() }
}

pub fn objection(letter: &Body, sheet: &Body) -> Body {
    let Form::InformationSheet(form) = &sheet.form else { unreachable!("a sheet") };
    let text = "月数有误".to_owned();
    let objections = vec![Objection { field: "periods[0].months".into(), stated: None, expected: None, text }];
    let form = SheetObjection {
        letter_no: form.letter_no.clone(),
        sheet_no: form.sheet_no.clone(),
        sheet_version: form.version,
        objections,
        objected_on: START.china_date(),
        operator: clerk(),
    };
    Body { case_sequence: letter.case_sequence + 1, form: Form::SheetObjection(Box::new(form)), ..letter.clone() }
}

pub fn reply(letter: &Body, result: CancellationResult) -> Body {
    let letter_no = letter.letter_no.clone().expect("a letter no.");
    let form = CancellationReply { letter_no, result, text: None, replied_on: START.china_date(), operator: clerk() };
    Body { form: Form::CancellationReply(Box::new(form)), ..letter.clone() }
}

/// What one agency may write the other beside the forms; the step that the reminder asks for is the reader's.
pub fn written(letter: &Body, step: CaseStep) -> Vec<(&'static str, Body)> {
    let letter_no = letter.letter_no.clone();
    let (today, operator) = (START.china_date(), clerk());
    let text = "请说明".to_owned();
    let clarification = |is_answer| Clarification {
        letter_no: letter_no.clone(),
        is_answer,
        about: None,
        field: Some("periods[0].months".into()),
        text: text.clone(),
        operator: clerk(),
    };
    let reminder = Reminder { letter_no: letter_no.clone(), step, due_on: today, overdue: 0, level: 1, text: None };
    let delay = DelayNotice {
        letter_no: letter_no.clone(),
        step: CaseStep::Sheet,
        reason: "核实中".into(),
        expected_on: today,
        operator,
    };
    let report =
        ProgressReport { letter_no: letter_no.clone(), known: true, relation: None, money: None, reasons: vec![] };
    let query = ProgressQuery { letter_no: letter_no.clone(), text: None };
    let forms = [
        ("Reminder", Form::Reminder(Box::new(reminder))),
        ("DelayNotice", Form::DelayNotice(Box::new(delay))),
        ("Clarification, a question", Form::Clarification(Box::new(clarification(false)))),
        ("Clarification, an answer", Form::Clarification(Box::new(clarification(true)))),
        ("ProgressQuery", Form::ProgressQuery(Box::new(query))),
        ("ProgressReport", Form::ProgressReport(Box::new(report))),
    ];
    let body = |form| Body { case_sequence: letter.case_sequence + 1, form, ..letter.clone() };
    forms.into_iter().map(|(name, form)| (name, body(form))).collect()
}

pub fn refused_by_the_bank(mut line: What) -> What {
    if let What::Statement(line) = &mut line {
        line.refused = true;
    }
    line
}

/// What the incoming agency sends back, under a reference of its own.
pub fn of_the_return(mut line: What, letter: &Body) -> What {
    if let What::Statement(line) = &mut line {
        line.payment_ref = Some(reference::giving_back(letter.case_id.expect("a case"), 1));
    }
    line
}

/// Money on our own account that names our own payment.
pub fn given_back(line: What, payee: &str) -> What {
    match line {
        What::Statement(line) => What::Statement(StatementLine { payee_account: payee.to_owned(), ..line }),
        other => other,
    }
}

/// The reference of the second attempt.
pub fn second(first: &PaymentRef) -> PaymentRef {
    PaymentRef::new(&format!("{}-2", &first.as_str()[..first.as_str().len() - 2])).expect("a reference")
}

/// The notice of the next attempt, which its payment reference tells apart.
pub fn sent_again(notice: &Body) -> Body {
    let mut body = Body { case_sequence: notice.case_sequence + 2, ..notice.clone() };
    if let Form::RemittanceNotice(form) = &mut body.form {
        (form.attempt, form.payment_ref) = (2, second(&form.payment_ref));
    }
    body
}

/// The same line of the second attempt.
pub fn of_the_second(mut line: What) -> What {
    if let What::Statement(line) = &mut line {
        line.payment_ref = line.payment_ref.as_ref().map(second);
    }
    line
}

pub fn unnamed(mut line: What) -> What {
    if let What::Statement(line) = &mut line {
        (line.payment_ref, line.remark) = (None, "转账".into());
    }
    line
}

pub fn without_money(sheet: &Body) -> Body {
    let mut body = sheet.clone();
    if let Form::InformationSheet(form) = &mut body.form {
        let form = Arc::make_mut(form);
        (form.disposition, form.amount, form.payer) = (FundsDisposition::ZeroBalance, None, None);
    }
    body
}

pub fn register(role: usize, status: RelationStatus, balance: i64) -> Vec<(String, What)> {
    let mut relation = Relation::new(1, Insurance::Employee, status);
    relation.months = Some((202_001, 202_412));
    relation.balance = Balance(balance);
    let events = relation.events(&code(AGENCIES[role].0)).into_iter().enumerate();
    events.map(|(number, what)| (format!("register {number}"), what)).collect()
}

pub fn apply(number: u32) -> What {
    let kinds = (Insurance::Employee, Insurance::Employee);
    What::Application(application(number, 1, AGENCIES[OUT].0, kinds, START.china_date()))
}

/// At the agency of the story's outgoing case: a transfer of the same person to it, from a third one.
pub fn apply_here(number: u32) -> What {
    let kinds = (Insurance::Employee, Insurance::Employee);
    What::Application(application(number, 1, AGENCIES[2].0, kinds, START.china_date()))
}

/// The third agency returns the letter of that transfer for good.
pub fn end_of_the_other(desk: &Desk, story: CaseId, number: usize) -> Option<What> {
    let is_other = |case: &&Case| case.id != story && case.peer == code(AGENCIES[2].0) && case.holds_person();
    let other = desk.known().cases().find(is_other)?;
    let Side::Incoming(Incoming::Waiting(waiting)) = &other.side else { return None };
    let answer = LetterReturn {
        letter_no: waiting.letter.letter_no.clone(),
        letter_version: waiting.letter.version,
        returned_on: START.china_date(),
        correctable: false,
        reasons: vec![ReturnCode::Retired.into()],
        suggested_agency: None,
        operator: clerk(),
    };
    let body = Body {
        case_id: Some(other.id),
        letter_no: Some(other.letter_no.clone()),
        case_sequence: other.heard + 1,
        in_reply_to: None,
        sent_at: START,
        form: Form::LetterReturn(Box::new(answer)),
    };
    Some(message(2, 900 + number, body))
}

/// 再次参保, from today on.
pub fn insured_again() -> What {
    let mut relation = Relation::new(1, Insurance::Employee, RelationStatus::Active);
    relation.status_on = START.china_date();
    relation.events(&code(AGENCIES[OUT].0)).remove(0)
}

/// Taken at the outgoing agency, for the incoming one.
pub fn hand_over(number: u32, person: u32) -> What {
    let kinds = (Insurance::Employee, Insurance::Employee);
    let form = application(number, 1, AGENCIES[OUT].0, kinds, START.china_date());
    let name = crate::support::people::name_of(person);
    What::Application(jiexu::domain::event::Application { incoming: Some(code(AGENCIES[IN].0)), name, ..form })
}

/// The balance goes to the person.
pub fn payout(number: u32) -> What {
    let relation = Relation::new(1, Insurance::Employee, RelationStatus::Stopped);
    What::Payout(PayoutRequest {
        payout_no: ApplicationNo::new(&format!("B{number:05}")).expect("a number"),
        person_no: relation.person_no(&code(AGENCIES[OUT].0)),
        why: PayoutReason::OffExchange,
        account: own_account(1),
        reason: Why("本人申请".into()),
    })
}

/// The incoming agency turns down what was handed over.
pub fn turned_down(letter: &Body) -> Body {
    let track = TrackProgress { state: "REJECTED".into(), since: START, due_on: None, waiting_for: WaitingFor::Nobody };
    let reasons = vec![ReturnCode::NotEnrolled.into()];
    let report = ProgressReport { letter_no: None, known: true, relation: Some(track), money: None, reasons };
    Body { form: Form::ProgressReport(Box::new(report)), letter_no: None, ..letter.clone() }
}
