//! 联系函 at the outgoing agency: check, then return it, or freeze the account, end the relation and issue the sheet.
//! 联系函退回 at the incoming one.

use super::Taking;
use super::desk::Desk;
use crate::domain::case::incoming::Answer;
use crate::domain::case::outgoing::{Checking, Funds, Issued, Returned};
use crate::domain::case::{Case, Incoming, Outgoing, Side};
use crate::domain::changes::RegisterChange;
use crate::domain::deadlines::{Clock, OutgoingClock};
use crate::domain::forms::{AccountScheme, ContactLetter, FundsDisposition, InformationSheet, LetterReturn, Person};
use crate::domain::handler::{Registered, Release};
use crate::domain::ids::{AgencyCode, CaseId, PersonNo};
use crate::domain::message::{Form, Received};
use crate::domain::money::Balance;
use crate::domain::reasons::{Reason, RefusalCode, ReturnCode};
use crate::domain::register::{self, InsuredPerson, RelationStatus};

pub fn contact_letter(desk: &mut Desk<'_>, received: &Received, letter: &ContactLetter, id: CaseId) -> Taking {
    if letter.outgoing.code != *desk.rules.us
        || letter.incoming.code != received.sender
        || received.body.letter_no.as_ref() != Some(&letter.letter_no)
    {
        return Taking::Refused(RefusalCode::BadContent);
    }
    let known =
        desk.known.case(id).or_else(|| desk.known.case_of_letter("outgoing", &received.sender, &letter.letter_no));
    if let Some(case) = known {
        return repeated_letter(case, received, letter);
    }
    let t1 = OutgoingClock::start(desk.rules.calendar, desk.rules.limits, letter.accepted_on, desk.today).deadline;
    desk.receipt(received, Some(&t1));
    let mut case = Case {
        id,
        peer: received.sender.clone(),
        letter_no: letter.letter_no.clone(),
        person_no: None,
        version: 0,
        sent: 0,
        heard: received.body.case_sequence,
        opened_at: desk.at,
        changed_at: desk.at,
        deadlines: vec![t1],
        side: Side::Outgoing(Outgoing::Checking(Box::new(Checking { letter: letter.clone() }))),
    };
    match judge(desk, letter, &received.sender) {
        Judgement::Return(reasons, suggested) => {
            return_letter(desk, &mut case, received, letter, reasons, suggested);
        }
        Judgement::Ask(kind, person_no) => {
            case.person_no = person_no;
            desk.open_case_task(kind, id, None);
        }
        Judgement::Issue(sheet) => issue(desk, &mut case, received, letter, *sheet),
    }
    desk.step(case);
    Taking::Applied
}

/// The same letter under another message id: idempotent when nothing differs.
fn repeated_letter(case: &Case, received: &Received, letter: &ContactLetter) -> Taking {
    let Side::Outgoing(outgoing) = &case.side else { return Taking::Refused(RefusalCode::IllegalState) };
    if case.peer != received.sender {
        return Taking::Refused(RefusalCode::NotAParty);
    }
    let known = outgoing.letter();
    if known == letter && Some(case.id) == received.body.case_id {
        return Taking::Applied;
    }
    if letter.version > known.version {
        // Amended letters come with the whole lifecycle; until then the sender hears so and may send it again.
        return Taking::Refused(RefusalCode::KindNotSupported);
    }
    Taking::Refused(RefusalCode::LetterConflict)
}

enum Judgement {
    Issue(Box<(PersonNo, InformationSheet)>),
    Return(Vec<Reason>, Option<AgencyCode>),
    /// A task of this kind; the case waits for a clerk.
    Ask(&'static str, Option<PersonNo>),
}

fn judge(desk: &mut Desk<'_>, letter: &ContactLetter, peer: &AgencyCode) -> Judgement {
    if desk.rules.directory.same_pool(desk.rules.us, peer) {
        return Judgement::Return(vec![ReturnCode::SamePool.into()], None);
    }
    let subject = desk.known.subject(&letter.person.document);
    // Asked before the register is: after a first letter its relation is ended, and "not insured here" would mislead.
    let is_meant = |known: &&&Registered| {
        known.person.insurance == letter.insurance_out && known.person.name == letter.person.name
    };
    let mut meant = subject.0.iter().filter(is_meant);
    if meant.any(|known| desk.known.open_cases(&known.person.person_no).next().is_some()) {
        return Judgement::Return(vec![ReturnCode::CaseConflict.into()], None);
    }
    let person_no = match desk.rules.handler.release(letter, &subject) {
        Release::Issue(person_no) => person_no,
        Release::Return { reasons, suggested } => return Judgement::Return(reasons, suggested),
        Release::AskClerk => return Judgement::Ask("CHECK_BY_CLERK", None),
    };
    let Some(registered) = desk.known.registered(&person_no).cloned() else {
        return Judgement::Ask("CHECK_BY_CLERK", None);
    };
    if registered.frozen_by.is_some() {
        return Judgement::Return(vec![ReturnCode::AccountFrozen.into()], None);
    }
    if registered.balance.0 < 0 {
        return Judgement::Return(vec![ReturnCode::NegativeBalance.into()], None);
    }
    let Some(sheet) = make_sheet(desk, letter, &registered) else {
        return Judgement::Ask("CHECK_BY_CLERK", Some(person_no));
    };
    if let Some(amount) = sheet.amount {
        // The classic fraud is a changed payee: only the account in the signed directory is ever paid.
        let listed = desk.rules.directory.agency(peer).and_then(|agency| agency.receiving_account());
        if letter.payee.is_none() || letter.payee.as_ref() != listed {
            return Judgement::Ask("PAYEE_DIFFERS", Some(person_no));
        }
        let limit = desk.rules.directory.agency(desk.rules.us).and_then(|agency| agency.per_case_limit);
        if limit.is_some_and(|limit| amount > limit) {
            return Judgement::Ask("CHECK_BY_CLERK", Some(person_no));
        }
    }
    Judgement::Issue(Box::new((person_no, sheet)))
}

/// 信息表 from the register; `None` where the register's own rows cannot make a valid one.
fn make_sheet(desk: &mut Desk<'_>, letter: &ContactLetter, registered: &Registered) -> Option<InformationSheet> {
    let person = &registered.person;
    let periods = register::tidy(&registered.periods);
    let scheme = person.scheme.unwrap_or(AccountScheme::PoolOnly);
    let has_account = person.has_account();
    let (disposition, amount) = match registered.balance.positive() {
        Some(amount) if has_account && letter.funds_requested => (FundsDisposition::Transfer, Some(amount)),
        // Money that has no way to go is a clerk's matter, never silently kept.
        Some(_) => return None,
        None if has_account => (FundsDisposition::ZeroBalance, None),
        None => (FundsDisposition::NoAccount, None),
    };
    let us = desk.rules.directory.agency(desk.rules.us)?;
    let payer = amount.and_then(|_| us.paying_account().cloned());
    if amount.is_some() && payer.is_none() {
        return None;
    }
    let sheet = InformationSheet {
        sheet_no: desk.new_sheet_no(),
        version: 1,
        letter_no: letter.letter_no.clone(),
        person: Person {
            name: person.name.clone(),
            document: person.document.clone(),
            birth_date: person.birth_date,
            sex: person.sex,
            personal_no: Some(person.person_no.to_string()),
            phone: person.phone.clone(),
        },
        insurance: person.insurance,
        scheme,
        insured_from: periods.first()?.from,
        insured_to: periods.iter().map(|period| period.to).max()?,
        stopped_on: person.status_on,
        stop_reason: None,
        months: register::months_of(&periods),
        periods,
        disposition,
        amount,
        interest: Balance(0),
        balance_as_of: desk.today,
        payer,
        arrears: person.arrears,
        issued_on: desk.today,
        issued_by: desk.rules.us.clone(),
        operator: Desk::auto(),
    };
    sheet.check(desk.today).is_ok().then_some(sheet)
}

fn return_letter(
    desk: &mut Desk<'_>,
    case: &mut Case,
    received: &Received,
    letter: &ContactLetter,
    reasons: Vec<Reason>,
    suggested: Option<AgencyCode>,
) {
    let answer = LetterReturn {
        letter_no: letter.letter_no.clone(),
        letter_version: letter.version,
        returned_on: desk.today,
        correctable: reasons.iter().all(|reason| reason.code.is_correctable()),
        reasons,
        suggested_agency: suggested,
        operator: Desk::auto(),
    };
    desk.send(case, Some(received.id), Form::LetterReturn(Box::new(answer.clone())));
    case.meet(Clock::Outgoing, desk.today);
    case.side = Side::Outgoing(Outgoing::Returned(Box::new(Returned { letter: letter.clone(), answer })));
}

fn issue(
    desk: &mut Desk<'_>,
    case: &mut Case,
    received: &Received,
    letter: &ContactLetter,
    (person_no, sheet): (PersonNo, InformationSheet),
) {
    desk.register(RegisterChange::Freeze { person: person_no.clone(), case: case.id, held: sheet.amount });
    if let Some(known) = desk.known.registered(&person_no) {
        let ended =
            InsuredPerson { status: RelationStatus::TransferredOut, status_on: desk.today, ..known.person.clone() };
        desk.register(RegisterChange::EndRelation(Box::new(ended)));
    }
    case.person_no = Some(person_no);
    let funds = sheet.amount.map_or(Funds::NothingToRemit, |amount| Funds::Frozen { amount });
    desk.send(case, Some(received.id), Form::InformationSheet(Box::new(sheet.clone())));
    if sheet.amount.is_none() {
        case.meet(Clock::Outgoing, desk.today);
    }
    let issued = Issued { letter: letter.clone(), sheet, receipted: false, funds };
    case.side = Side::Outgoing(Outgoing::Issued(Box::new(issued)));
}

/// 联系函退回: the outgoing agency said no.
pub fn letter_return(desk: &mut Desk<'_>, mut case: Case, form: &LetterReturn) -> Taking {
    let Side::Incoming(Incoming::Waiting(waiting)) = &mut case.side else {
        return Taking::Refused(RefusalCode::IllegalState);
    };
    if matches!(waiting.answer, Answer::Returned(_)) {
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
