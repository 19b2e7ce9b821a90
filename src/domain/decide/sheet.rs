//! 信息表 at the incoming agency: verify, merge the months, expect the money.

use std::sync::Arc;

use super::Taking;
use super::completion;
use super::desk::Desk;
use super::objection;
use super::person;
use super::review;
use crate::domain::case::incoming::{Answer, Merged, Relation, Sheeted};
use crate::domain::case::{Case, Incoming, Side};
use crate::domain::changes::RegisterChange;
use crate::domain::deadlines::{Clock, Deadline};
use crate::domain::forms::{ContactLetter, FundsDisposition, InformationSheet};
use crate::domain::handler::Verification;
use crate::domain::ids::PersonNo;
use crate::domain::message::Received;
use crate::domain::reasons::RefusalCode;
use crate::domain::register;
use crate::domain::steps::Step;

pub fn information_sheet(
    desk: &mut Desk<'_>,
    received: &Received,
    mut case: Case,
    sheet: &Arc<InformationSheet>,
) -> Taking {
    let (letter, before) = match case.side.clone() {
        Side::Incoming(Incoming::Waiting(waiting))
            if !matches!(waiting.answer, Answer::Returned(_) | Answer::Closed(_)) =>
        {
            (waiting.letter, None)
        }
        // 更正: a later version, also after completion.
        Side::Incoming(Incoming::Sheeted(sheeted)) => (Arc::clone(&sheeted.letter), Some(*sheeted)),
        Side::Incoming(Incoming::Completed(completed)) => {
            (Arc::clone(&completed.letter), Some(completed.reopen(desk.today)))
        }
        _ => return Taking::Refused(RefusalCode::IllegalState),
    };
    if let Err(code) = fits(&case, &letter, before.as_ref().map(|sheeted| &*sheeted.sheet), sheet) {
        return Taking::Refused(code);
    }
    let t2 = Deadline::incoming(desk.rules.calendar, desk.rules.limits, desk.today);
    desk.receipt(received, Some(&t2));
    // With money T1 goes on until it is announced: the sheet alone is half of what the outgoing agency owes.
    if sheet.amount.is_none() {
        case.meet(Clock::Outgoing, desk.today);
    }
    case.restart(t2);
    for kind in objection::VERIFYING {
        desk.close_task(kind, &case.id.to_string());
    }
    let mut sheeted = before.unwrap_or_else(|| Sheeted::first(letter, Arc::clone(sheet)));
    sheeted.sheet = Arc::clone(sheet);
    sheeted.unsettle(Relation::ToVerify);
    sheeted.align();
    resume(desk, case, sheeted);
    Taking::Applied
}

/// The sheet of this letter and person, in the next version. Its sum may be another one, where an account has sums at all.
fn fits(
    case: &Case,
    letter: &ContactLetter,
    before: Option<&InformationSheet>,
    sheet: &InformationSheet,
) -> Result<(), RefusalCode> {
    let is_next = match before {
        None => sheet.version == 1,
        Some(before) => sheet.version == before.version + 1 && sheet.sheet_no == before.sheet_no,
    };
    if sheet.letter_no != letter.letter_no || sheet.issued_by != case.peer || !is_next {
        return Err(RefusalCode::VersionConflict);
    }
    if !sheet.person.is_same_as(&letter.person) {
        return Err(RefusalCode::PersonDiffers);
    }
    let has_sums = |disposition| matches!(disposition, FundsDisposition::Transfer | FundsDisposition::ZeroBalance);
    let may_change = |before: &InformationSheet| has_sums(before.disposition) && has_sums(sheet.disposition);
    if before.is_some_and(|before| before.disposition != sheet.disposition && !may_change(before)) {
        return Err(RefusalCode::AmountDiffers);
    }
    Ok(())
}

/// Merges for a person whom a clerk or the automatic check found, and stores the case's next step.
pub fn merge_for(desk: &mut Desk<'_>, mut case: Case, mut sheeted: Sheeted, person_no: PersonNo) {
    case.meet(Clock::Incoming, desk.today);
    if let Some(before) = sheeted.stands.take() {
        unmerge(desk, &case, before);
    }
    sheeted.relation = Relation::Merged(merge(desk, &case, person_no, &sheeted.sheet));
    completion::settle(desk, case, sheeted);
}

/// Verifies and merges what is not merged yet, unless the case is being taken back, and stores its next step.
pub fn resume(desk: &mut Desk<'_>, case: Case, sheeted: Sheeted) {
    go_on(desk, case, sheeted, false);
}

/// 放行 by a person: verified once more, and merged if it still verifies.
pub fn release(desk: &mut Desk<'_>, case: Case, sheeted: Sheeted) {
    go_on(desk, case, sheeted, true);
}

fn go_on(desk: &mut Desk<'_>, mut case: Case, sheeted: Sheeted, is_released: bool) {
    if case.cancelling.is_none() && sheeted.relation == Relation::ToVerify {
        match verify(desk, &case, &sheeted.letter, &sheeted.sheet) {
            Ok(person_no) if is_released || !review::holds(desk, &mut case, Step::Merge) => {
                return merge_for(desk, case, sheeted, person_no);
            }
            Ok(_) => {}
            Err((kind, detail)) => {
                review::lift(desk, &mut case);
                desk.open_case_task(kind, case.id, detail);
            }
        }
    }
    completion::settle(desk, case, sheeted);
}

/// Whom the sheet is merged for, or the task that a clerk gets.
fn verify(
    desk: &Desk<'_>,
    case: &Case,
    letter: &ContactLetter,
    sheet: &InformationSheet,
) -> Result<PersonNo, (&'static str, Option<String>)> {
    if let Err(fault) = sheet.check(desk.today) {
        return Err(("SHEET_FAULT", Some(fault.to_string())));
    }
    if sheet.insurance != letter.insurance_out {
        return Err(("SHEET_DIFFERS", Some("insurance".to_owned())));
    }
    let limit = desk.rules.directory.agency(&case.peer).and_then(|agency| agency.per_case_limit);
    if sheet.amount.is_some_and(|amount| limit.is_some_and(|limit| amount > limit)) {
        return Err(("VERIFY_BY_CLERK", Some("amount".to_owned())));
    }
    let subject = person::subject(desk, case, &letter.person);
    match desk.rules.handler.verify(letter, sheet, &subject) {
        Verification::Merge(person_no) => Ok(person_no),
        Verification::AskClerk => {
            let known = case.person_no.as_ref().and_then(|person| desk.known.registered(person));
            Err(("VERIFY_BY_CLERK", person::unlike(known, &letter.person)))
        }
    }
}

/// 年限合并
fn merge(desk: &mut Desk<'_>, case: &Case, person_no: PersonNo, sheet: &InformationSheet) -> Merged {
    let existing = desk.known.registered(&person_no).map(|known| known.periods.clone()).unwrap_or_default();
    let merged = register::merge(&existing, &sheet.periods);
    desk.once(format!("merge/{}/{}", case.id, sheet.version), case.id);
    let periods = merged.added.clone();
    desk.register(RegisterChange::AddMonths { person: person_no.clone(), case: case.id, periods });
    Merged {
        on: desk.today,
        personal_no: person_no,
        months_credited: merged.months_credited,
        months_overlapping: merged.months_overlapping,
        added: merged.added,
    }
}

/// The months that the case brought leave the register again.
pub fn unmerge(desk: &mut Desk<'_>, case: &Case, merged: Merged) {
    desk.register(RegisterChange::RemoveMonths { person: merged.personal_no, case: case.id, periods: merged.added });
}
