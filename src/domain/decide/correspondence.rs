//! 往来: reminders, delays, questions and progress. They move no track and stop no clock; what asks for a person becomes
//! a task.

use chrono::NaiveDate;

use super::Taking;
use super::desk::Desk;
use super::objection::is_field;
use crate::domain::case::correspondence::{Note, NoteKind, Progress, Reminded};
use crate::domain::case::outgoing::Rejected;
use crate::domain::case::{Case, Holder, Incoming, Outgoing, Side};
use crate::domain::changes::Declined;
use crate::domain::deadlines::{Clock, Deadline};
use crate::domain::forms::{
    Clarification, DelayNotice, Operator, ProgressQuery, ProgressReport, Reminder, TrackProgress, WaitingFor,
};
use crate::domain::ids::MessageId;
use crate::domain::message::{Form, Received};
use crate::domain::reasons::{Reason, ReturnCode};

type Decided = Result<(), Declined>;

/// 催办 leaves; `level` none: one above the last one for the same step.
pub fn remind(desk: &mut Desk<'_>, case: &mut Case, level: Option<u32>, text: Option<String>) -> Decided {
    let Some(step) = case.awaits() else {
        return Err(Declined::new(
            "NOTHING_AWAITED",
            "现在没有对方应办的环节，无须催办",
            "nothing is awaited from the other agency now",
        ));
    };
    let before = case.correspondence.reminding.filter(|before| before.step == step).map_or(0, |before| before.level);
    let level = level.unwrap_or(before + 1).clamp(1, 3);
    let due = peers_deadline(case).and_then(|deadline| deadline.due.on());
    let due_on = due.unwrap_or(desk.today);
    let overdue = desk.rules.calendar.working_days_between(due_on, desk.today).unwrap_or(0);
    let form = Reminder { letter_no: case.said_letter_no(), step, due_on, overdue, level, text };
    desk.send(case, None, Form::Reminder(Box::new(form)));
    case.correspondence.reminding = Some(Reminded { step, level, on: desk.today });
    desk.changes.note = Some(format!("{} level {level}", step.word()));
    Ok(())
}

/// The peer's clock as we count it.
fn peers_deadline(case: &Case) -> Option<&Deadline> {
    let clock = match case.side {
        Side::Incoming(_) => Clock::Outgoing,
        Side::Outgoing(Outgoing::HandedOver(_)) => Clock::Letter,
        Side::Outgoing(_) => Clock::Confirmation,
    };
    case.deadlines.iter().rev().find(|deadline| deadline.clock == clock && deadline.met_on.is_none())
}

/// 催办 came. A task where we owe what it asks for; nothing where our answer is on its way.
pub fn reminder(desk: &mut Desk<'_>, mut case: Case, form: &Reminder) -> Taking {
    desk.changes.note = Some(format!("{} level {}", form.step.word(), form.level));
    if case.owes(form.step) {
        case.correspondence.reminded = Some(Reminded { step: form.step, level: form.level, on: desk.today });
        desk.open_case_task("REMINDED", case.id, Some(form.step.word().to_owned()));
    }
    desk.step(case);
    Taking::Applied
}

/// 延期说明 leaves.
pub fn delay(
    desk: &mut Desk<'_>,
    case: &mut Case,
    expected_on: NaiveDate,
    reason: String,
    operator: Operator,
) -> Decided {
    let Some(step) = case.owed() else {
        return Err(Declined::new(
            "NOTHING_OWED",
            "现在没有本机构应办的环节，无须说明延期",
            "nothing is awaited from us now; there is no delay to explain",
        ));
    };
    if expected_on < desk.today {
        return Err(Declined::new(
            "EXPECTED_ON_PAST",
            "预计办结日期不能早于今天",
            "the expected date cannot lie before today",
        ));
    }
    let letter_no = case.said_letter_no();
    let form = DelayNotice { letter_no, step, reason: reason.clone(), expected_on, operator };
    let message = desk.send(case, None, Form::DelayNotice(Box::new(form)));
    note(desk, case, NoteKind::Delay { step, expected_on }, message, (None, reason));
    desk.changes.note = Some(format!("{} {expected_on}", step.word()));
    Ok(())
}

/// 延期说明 came.
pub fn delay_notice(desk: &mut Desk<'_>, received: &Received, mut case: Case, form: &DelayNotice) -> Taking {
    let what = NoteKind::Delay { step: form.step, expected_on: form.expected_on };
    came(desk, &mut case, what, received.id, (None, form.reason.clone()));
    desk.changes.note = Some(format!("{} {}", form.step.word(), form.expected_on));
    desk.step(case);
    Taking::Applied
}

/// A question leaves.
pub fn ask(desk: &mut Desk<'_>, case: &mut Case, field: Option<String>, text: String, operator: Operator) {
    let letter_no = case.said_letter_no();
    let about = None;
    let form = Clarification { letter_no, is_answer: false, about, field: field.clone(), text: text.clone(), operator };
    let message = desk.send(case, None, Form::Clarification(Box::new(form)));
    note(desk, case, NoteKind::Question, message, (field, text));
}

/// The answer to the peer's oldest question leaves.
pub fn answer(desk: &mut Desk<'_>, case: &mut Case, text: String, operator: Operator) -> Decided {
    let Some(question) = case.correspondence.question().cloned() else {
        return Err(Declined::new("NOTHING_ASKED", "没有待答复的问题", "there is no question to answer"));
    };
    let form = Clarification {
        letter_no: case.said_letter_no(),
        is_answer: true,
        about: Some(question.message),
        field: question.field.clone(),
        text: text.clone(),
        operator,
    };
    let message = desk.send(case, Some(question.message), Form::Clarification(Box::new(form)));
    case.correspondence.answer(question.message, false);
    note(desk, case, NoteKind::Answer, message, (question.field, text));
    desk.close_task("QUESTION", &format!("{}/{}", case.id, question.message));
    Ok(())
}

/// 内容说明/答复 came.
pub fn clarification(desk: &mut Desk<'_>, received: &Received, mut case: Case, form: &Clarification) -> Taking {
    let text = (form.field.clone(), form.text.clone());
    if form.is_answer {
        form.about.iter().for_each(|question| case.correspondence.answer(*question, true));
        came(desk, &mut case, NoteKind::Answer, received.id, text);
    } else {
        let field = form.field.clone().filter(|field| is_field(field));
        let task = format!("QUESTION/{}/{}", case.id, received.id);
        desk.open_task(task, "QUESTION", Some(case.id), None, field);
        write(desk, &mut case, NoteKind::Question, received.id, text, (false, true));
    }
    desk.step(case);
    Taking::Applied
}

/// 已阅: a person here has read what the peer wrote.
pub fn noted(desk: &mut Desk<'_>, case: &mut Case) {
    case.correspondence.note_all();
    desk.close_task("LETTER_TO_READ", &case.id.to_string());
    if !case.is_open() {
        desk.close_task("FUNDS_DISCREPANCY", &case.id.to_string());
    }
}

/// Of ours: only a question stays open.
fn note(desk: &Desk<'_>, case: &mut Case, what: NoteKind, message: MessageId, text: (Option<String>, String)) {
    write(desk, case, what, message, text, (true, what == NoteKind::Question));
}

/// Of the peer's, to be read here.
pub fn came(desk: &mut Desk<'_>, case: &mut Case, what: NoteKind, message: MessageId, text: (Option<String>, String)) {
    write(desk, case, what, message, text, (false, true));
    desk.open_case_task("LETTER_TO_READ", case.id, Some(what.word().to_owned()));
}

fn write(
    desk: &Desk<'_>,
    case: &mut Case,
    what: NoteKind,
    message: MessageId,
    (field, text): (Option<String>, String),
    (ours, open): (bool, bool),
) {
    case.correspondence.write(Note { what, ours, at: desk.at, message, field, text, open });
}

/// 进度查询 leaves.
pub fn query(desk: &mut Desk<'_>, case: &mut Case, text: String) {
    let form = ProgressQuery { letter_no: case.said_letter_no(), text: Some(text) };
    desk.send(case, None, Form::ProgressQuery(Box::new(form)));
}

/// 进度查询 came: answered by itself with what the case says.
pub fn progress_query(desk: &mut Desk<'_>, received: &Received, mut case: Case) -> Taking {
    let report = report(&case);
    desk.send(&mut case, Some(received.id), Form::ProgressReport(Box::new(report)));
    desk.step(case);
    Taking::Applied
}

/// Where the case stands here.
pub fn report(case: &Case) -> ProgressReport {
    let due_on = case.next_deadline().and_then(|deadline| deadline.due.on());
    let waiting_for = waiting_for(case);
    let track = |state: &str| TrackProgress { state: state.to_owned(), since: case.changed_at, due_on, waiting_for };
    ProgressReport {
        letter_no: case.said_letter_no(),
        known: true,
        relation: Some(track(case.relation())),
        money: case.money().map(track),
        reasons: match &case.side {
            Side::Incoming(Incoming::Rejected(rejected)) => rejected.reasons.clone(),
            _ => Vec::new(),
        },
    }
}

/// The holder in words that mean the same on both sides.
fn waiting_for(case: &Case) -> WaitingFor {
    let is_incoming = case.role() == "incoming";
    match case.holder() {
        Holder::Own if is_incoming => WaitingFor::IncomingAgency,
        Holder::Own => WaitingFor::OutgoingAgency,
        Holder::Peer if is_incoming => WaitingFor::OutgoingAgency,
        Holder::Peer => WaitingFor::IncomingAgency,
        Holder::Bank => WaitingFor::Bank,
        Holder::Person => WaitingFor::Person,
        Holder::Nobody => WaitingFor::Nobody,
    }
}

/// 进度通报 came.
pub fn progress_report(desk: &mut Desk<'_>, mut case: Case, form: &ProgressReport) -> Taking {
    case.correspondence.progress = Some(Progress { told_at: desk.at, report: form.clone() });
    if form.relation.as_ref().is_some_and(|track| track.state == "REJECTED") {
        turned_down(desk, &mut case, form.reasons.clone());
    }
    desk.step(case);
    Taking::Applied
}

/// 不予受理 of what was handed over: nothing was held here, so nothing is to be undone.
pub fn turned_down(desk: &Desk<'_>, case: &mut Case, mut reasons: Vec<Reason>) {
    let Side::Outgoing(Outgoing::HandedOver(handed)) = &case.side else { return };
    if reasons.is_empty() {
        reasons.push(ReturnCode::Other.into());
    }
    let application = handed.application.clone();
    case.side = Side::Outgoing(Outgoing::Rejected(Box::new(Rejected { application, reasons })));
    case.meet(Clock::Letter, desk.today);
}
