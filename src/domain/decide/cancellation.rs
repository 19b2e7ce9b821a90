//! 撤销: the incoming agency takes the case back. The outgoing one grants it until money may have left: then hold and
//! relation are as before. Later it is refused, and the way back is an opposite case.

use super::Taking;
use super::check;
use super::desk::Desk;
use super::sheet;
use crate::domain::act::CancelledBy;
use crate::domain::case::incoming::{self, Money, Relation, Sheeted};
use crate::domain::case::outgoing::{self, Issued};
use crate::domain::case::{Case, Incoming, Outgoing, Side};
use crate::domain::changes::RegisterChange;
use crate::domain::forms::{Cancellation, CancellationReply, CancellationResult, Operator};
use crate::domain::ids::MessageId;
use crate::domain::message::{Form, Received};
use crate::domain::reasons::RefusalCode;
use crate::domain::register::{InsuredPerson, RelationStatus};

/// 撤销申请 leaves; the case pauses until the answer comes.
pub fn ask(desk: &mut Desk<'_>, case: &mut Case, by: CancelledBy, reason: String, operator: Operator) {
    let request = Cancellation { letter_no: case.letter_no.clone(), by, reason, cancelled_on: desk.today, operator };
    desk.send(case, None, Form::Cancellation(Box::new(request)));
    case.cancelling = Some(desk.today);
}

/// 撤销申请 at the outgoing agency.
pub fn cancellation(desk: &mut Desk<'_>, received: &Received, mut case: Case) -> Taking {
    let Side::Outgoing(outgoing) = &case.side else { return Taking::Refused(RefusalCode::IllegalState) };
    let result = match outgoing {
        Outgoing::HandedOver(_) | Outgoing::Rejected(_) | Outgoing::Payout(_) => {
            return Taking::Refused(RefusalCode::IllegalState);
        }
        Outgoing::Completed(_) => CancellationResult::RefusedCompleted,
        Outgoing::Issued(issued) if issued.reopened.is_some() => CancellationResult::RefusedCompleted,
        Outgoing::Issued(issued) if !issued.earlier.is_empty() => CancellationResult::RefusedRemitted,
        Outgoing::Issued(issued) if !issued.funds.can_be_cancelled() => CancellationResult::RefusedRemitted,
        Outgoing::Checking(_) | Outgoing::Returned(_) | Outgoing::Issued(_) | Outgoing::Cancelled(_) => {
            CancellationResult::Agreed
        }
    };
    if result == CancellationResult::Agreed {
        let outgoing = outgoing.clone();
        grant(desk, &mut case, &outgoing);
    }
    reply(desk, &mut case, received.id, result);
    desk.step(case);
    Taking::Applied
}

/// Hold and relation as before; nothing left.
fn grant(desk: &mut Desk<'_>, case: &mut Case, outgoing: &Outgoing) {
    let Some(letter) = outgoing.letter().cloned() else { return };
    if matches!(outgoing, Outgoing::Cancelled(_)) {
        return;
    }
    if let Outgoing::Issued(issued) = outgoing {
        restore(desk, case, issued);
    }
    for kind in check::ASKED.into_iter().chain(["SHEET_OBJECTED", "CONFIRM"]) {
        desk.close_task(kind, &case.id.to_string());
    }
    case.proposal = None;
    let cancelled =
        outgoing::Cancelled { letter, sheet: outgoing.sheet().cloned(), on: desk.today, held: outgoing.amount() };
    case.side = Side::Outgoing(Outgoing::Cancelled(Box::new(cancelled)));
}

fn restore(desk: &mut Desk<'_>, case: &Case, issued: &Issued) {
    let Some(person) = case.person_no.clone() else { return };
    if let (Some(before), Some(known)) = (issued.before, desk.known.registered(&person)) {
        // A death that became known meanwhile stays known.
        let (status, status_on) = match known.person.died_on {
            Some(died_on) => (RelationStatus::Deceased, died_on),
            None => (before.status, before.status_on),
        };
        let relation = InsuredPerson { status, status_on, died_on: None, ..known.person.clone() };
        desk.register(RegisterChange::Relation(Box::new(relation)));
    }
    desk.register(RegisterChange::Thaw { person });
}

fn reply(desk: &mut Desk<'_>, case: &mut Case, to: MessageId, result: CancellationResult) {
    let reply = CancellationReply {
        letter_no: case.letter_no.clone(),
        result,
        text: None,
        replied_on: desk.today,
        operator: Desk::auto(),
    };
    desk.send(case, Some(to), Form::CancellationReply(Box::new(reply)));
}

/// 撤销答复 at the incoming agency.
pub fn cancellation_reply(desk: &mut Desk<'_>, mut case: Case, reply: &CancellationReply) -> Taking {
    if case.cancelling.take().is_none() {
        return Taking::Refused(RefusalCode::IllegalState);
    }
    let Side::Incoming(incoming) = case.side.clone() else { return Taking::Refused(RefusalCode::IllegalState) };
    if reply.result == CancellationResult::Agreed {
        return agreed(desk, case, incoming);
    }
    desk.open_case_task("CANCEL_REFUSED", case.id, Some(reply.result.word().to_owned()));
    match incoming {
        Incoming::Sheeted(sheeted) => sheet::resume(desk, case, *sheeted),
        _ => desk.step(case),
    }
    Taking::Applied
}

fn agreed(desk: &mut Desk<'_>, mut case: Case, incoming: Incoming) -> Taking {
    let (letter, sheet) = match incoming {
        Incoming::Waiting(waiting) => (waiting.letter, None),
        Incoming::Sheeted(sheeted) => {
            let Sheeted { letter, sheet, relation, money, stands, .. } = *sheeted;
            // The peer says nothing left it, and told us of money: whom to believe is a person's question.
            if !matches!(money, Money::NotExpected | Money::Expected { .. }) {
                return Taking::Refused(RefusalCode::IllegalState);
            }
            let merged = if let Relation::Merged(merged) = relation { Some(merged) } else { stands };
            if let Some(merged) = merged {
                sheet::unmerge(desk, &case, merged);
            }
            (letter, Some(sheet))
        }
        _ => return Taking::Refused(RefusalCode::IllegalState),
    };
    for kind in ["LETTER_RETURNED", "SHEET_FAULT", "SHEET_DIFFERS", "VERIFY_BY_CLERK"] {
        desk.close_task(kind, &case.id.to_string());
    }
    case.proposal = None;
    let cancelled = incoming::Cancelled { letter, sheet, on: desk.today };
    case.side = Side::Incoming(Incoming::Cancelled(Box::new(cancelled)));
    desk.step(case);
    Taking::Applied
}
