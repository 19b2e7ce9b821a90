//! 联系函 at the outgoing agency, the first one and an amended one; 联系函退回 at the incoming one.

use std::sync::Arc;

use super::Taking;
use super::check;
use super::desk::Desk;
use crate::domain::case::incoming::Answer;
use crate::domain::case::outgoing::Checking;
use crate::domain::case::{Case, Incoming, Outgoing, Side};
use crate::domain::deadlines::{Clock, OutgoingClock};
use crate::domain::forms::{ContactLetter, LetterReturn};
use crate::domain::ids::CaseId;
use crate::domain::message::Received;
use crate::domain::reasons::RefusalCode;

pub fn contact_letter(desk: &mut Desk<'_>, received: &Received, letter: &Arc<ContactLetter>, id: CaseId) -> Taking {
    if letter.outgoing.code != *desk.rules.us
        || letter.incoming.code != received.sender
        || received.body.letter_no.as_ref() != Some(&letter.letter_no)
    {
        return Taking::Refused(RefusalCode::BadContent);
    }
    let of_letter = desk.known.case_of_letter("outgoing", &received.sender, &letter.letter_no);
    match (desk.known.case(id), of_letter) {
        (Some(case), of_letter) if is_handed_over(case) => {
            // Under its number another case is known: which one is meant?
            if of_letter.is_some_and(|other| other.id != id) {
                return Taking::Refused(RefusalCode::LetterConflict);
            }
            return letter_for_application(desk, case.clone(), received, letter);
        }
        (Some(case), _) | (None, Some(case)) => return later_letter(desk, case.clone(), received, letter),
        (None, None) => {}
    }
    let t1 = OutgoingClock::start(desk.rules.calendar, desk.rules.limits, letter.accepted_on, desk.today).deadline;
    desk.receipt(received, Some(&t1));
    let side = Side::Outgoing(Outgoing::Checking(Box::new(Checking::of(letter))));
    let mut case = Case::begin(id, received.sender.clone(), letter.letter_no.clone(), desk.at, side);
    case.heard = received.body.case_sequence;
    case.start(t1);
    check::check(desk, &mut case, letter, Some(received.id));
    desk.step(case);
    Taking::Applied
}

fn is_handed_over(case: &Case) -> bool {
    matches!(case.side, Side::Outgoing(Outgoing::HandedOver(_)))
}

/// The letter for an application that was handed over: the case goes on under the letter's number.
fn letter_for_application(
    desk: &mut Desk<'_>,
    mut case: Case,
    received: &Received,
    letter: &Arc<ContactLetter>,
) -> Taking {
    if case.peer != received.sender {
        return Taking::Refused(RefusalCode::NotAParty);
    }
    if received.body.case_sequence > case.heard + 1 {
        return Taking::Early;
    }
    if letter.version != 1 {
        return Taking::Refused(RefusalCode::VersionConflict);
    }
    if !letter.person.is_same_as(case.person()) {
        return Taking::Refused(RefusalCode::PersonDiffers);
    }
    let t1 = OutgoingClock::start(desk.rules.calendar, desk.rules.limits, letter.accepted_on, desk.today).deadline;
    desk.receipt(received, Some(&t1));
    case.heard = case.heard.max(received.body.case_sequence);
    case.letter_no = letter.letter_no.clone();
    case.meet(Clock::Letter, desk.today);
    case.start(t1);
    case.side = Side::Outgoing(Outgoing::Checking(Box::new(Checking::of(letter))));
    check::check(desk, &mut case, letter, Some(received.id));
    desk.step(case);
    Taking::Applied
}

/// A letter of a known case: the same again under another message id, or the amended one after a return.
fn later_letter(desk: &mut Desk<'_>, mut case: Case, received: &Received, letter: &Arc<ContactLetter>) -> Taking {
    let Side::Outgoing(outgoing) = &case.side else { return Taking::Refused(RefusalCode::IllegalState) };
    if case.peer != received.sender {
        return Taking::Refused(RefusalCode::NotAParty);
    }
    if Some(case.id) != received.body.case_id {
        return Taking::Refused(RefusalCode::LetterConflict);
    }
    let Some(known) = outgoing.letter() else { return Taking::Refused(RefusalCode::IllegalState) };
    if known == letter {
        return Taking::Applied;
    }
    if letter.version <= known.version {
        return Taking::Refused(RefusalCode::LetterConflict);
    }
    if received.body.case_sequence > case.heard + 1 {
        // A returned case waits for its amended letter; nothing else that is closed takes one any more.
        let waits = case.is_open() || matches!(outgoing, Outgoing::Returned(_));
        return if waits { Taking::Early } else { Taking::Refused(RefusalCode::IllegalState) };
    }
    if letter.version != known.version + 1 {
        return Taking::Refused(RefusalCode::VersionConflict);
    }
    if !matches!(outgoing, Outgoing::Returned(_)) {
        return Taking::Refused(RefusalCode::IllegalState);
    }
    // The days since acceptance went into mending the letter, here and there: T1 runs from the amended letter.
    let t1 = OutgoingClock::start(desk.rules.calendar, desk.rules.limits, letter.issued_on, desk.today).deadline;
    desk.receipt(received, Some(&t1));
    case.heard = case.heard.max(received.body.case_sequence);
    case.restart(t1);
    case.side = Side::Outgoing(Outgoing::Checking(Box::new(Checking::of(letter))));
    check::check(desk, &mut case, letter, Some(received.id));
    desk.step(case);
    Taking::Applied
}

/// 联系函退回: the outgoing agency said no.
pub fn letter_return(desk: &mut Desk<'_>, mut case: Case, form: &LetterReturn) -> Taking {
    let Side::Incoming(Incoming::Waiting(waiting)) = &mut case.side else {
        return Taking::Refused(RefusalCode::IllegalState);
    };
    if matches!(waiting.answer, Answer::Returned(_) | Answer::Closed(_)) {
        return Taking::Refused(RefusalCode::IllegalState);
    }
    if form.letter_no != waiting.letter.letter_no || form.letter_version != waiting.letter.version {
        return Taking::Refused(RefusalCode::VersionConflict);
    }
    waiting.answer = Answer::Returned(form.clone());
    case.meet(Clock::Outgoing, desk.today);
    if form.correctable {
        let code = form.reasons.first().map(|reason| reason.code.code().to_owned());
        desk.open_case_task("LETTER_RETURNED", case.id, code);
    }
    desk.step(case);
    Taking::Applied
}
