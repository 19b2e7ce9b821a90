//! 核验: what the outgoing agency finds about a letter. It returns the letter, freezes the account, ends the relation and
//! issues the sheet, or asks a clerk.

use std::sync::Arc;

use super::desk::Desk;
use super::payout;
use super::review;
use crate::domain::case::crossing::Crossing;
use crate::domain::case::earlier::EarlierPayments;
use crate::domain::case::outgoing::{Before, Checking, Funds, Issued, PayeeHeld, Returned};
use crate::domain::case::{Case, Outgoing, Side};
use crate::domain::changes::{Declined, RegisterChange};
use crate::domain::deadlines::Clock;
use crate::domain::directory::IntraProvinceFunds;
use crate::domain::forms::{
    AccountScheme, ContactLetter, FundsDisposition, InformationSheet, LetterReturn, Operator, Person,
};
use crate::domain::handler::{Registered, Release};
use crate::domain::ids::{AgencyCode, CaseId, MessageId, PersonNo};
use crate::domain::message::Form;
use crate::domain::money::Balance;
use crate::domain::payout::OwnAccount;
use crate::domain::reasons::{Reason, ReturnCode};
use crate::domain::register::{self, InsuredPerson, RelationStatus};
use crate::domain::steps::{Step, Way};

/// Tasks that a look at the letter may open.
pub const ASKED: [&str; 3] = ["CHECK_BY_CLERK", "PAYEE_DIFFERS", "EARLIER_TRANSFER"];

/// What may hold a sheet although the register allows it: a payee that is not the directory's, a sum over the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holds {
    Apply,
    /// Two persons looked at them.
    Lifted,
}

/// What a look goes by.
struct By {
    holds: Holds,
    /// A person released what the check would do by itself.
    is_released: bool,
    /// Whom the balance is paid to instead.
    payout: Option<OwnAccount>,
    /// Who signs the answer.
    operator: Operator,
    in_reply_to: Option<MessageId>,
}

impl By {
    fn auto() -> By {
        By { holds: Holds::Apply, is_released: false, payout: None, operator: Desk::auto(), in_reply_to: None }
    }
}

/// The first look at a letter, and every later one.
pub fn check(desk: &mut Desk<'_>, case: &mut Case, letter: &Arc<ContactLetter>, in_reply_to: Option<MessageId>) {
    decide(desk, case, letter, &By { in_reply_to, ..By::auto() });
}

/// The look after a person released what waited for a review. What holds a sheet holds it all the same.
pub fn check_released(desk: &mut Desk<'_>, case: &mut Case, letter: &Arc<ContactLetter>, operator: Operator) {
    decide(desk, case, letter, &By { is_released: true, operator, ..By::auto() });
}

/// The look after two persons decided that payee and sum are right.
pub fn check_without_holds(desk: &mut Desk<'_>, case: &mut Case, letter: &Arc<ContactLetter>, operator: Operator) {
    decide(desk, case, letter, &By { holds: Holds::Lifted, is_released: true, operator, ..By::auto() });
}

/// The look after two persons decided that the balance goes to the person.
pub fn check_for_payout(
    desk: &mut Desk<'_>,
    case: &mut Case,
    letter: &Arc<ContactLetter>,
    (account, operator): (OwnAccount, Operator),
) -> Result<(), Declined> {
    let by = By { holds: Holds::Lifted, is_released: true, payout: Some(account), operator, in_reply_to: None };
    let judgement = judge(desk, case, letter, &by);
    if let Judgement::Issue(found) = &judgement
        && found.1.disposition != FundsDisposition::PaidToPerson
    {
        return Err(payout::nothing_to_pay());
    }
    asked(desk, case);
    carry_out(desk, case, letter, &by, judgement);
    Ok(())
}

/// 前一转移已结束: the letter that waited for it is checked, unless it must go on waiting.
pub fn look_again(desk: &mut Desk<'_>, id: CaseId) {
    let nothing_ended = Declined::new(
        "NOTHING_ENDED",
        "本案没有等到前一转移办结",
        "no earlier transfer that this case waited for has ended",
    );
    let Some(mut case) = desk.known.case(id).cloned() else { return desk.decline(nothing_ended) };
    let letter = match &case.side {
        Side::Outgoing(Outgoing::Checking(checking)) if checking.after.is_some() => Arc::clone(&checking.letter),
        _ => return desk.decline(nothing_ended),
    };
    let by = By::auto();
    let judgement = judge(desk, &case, &letter, &by);
    if matches!(judgement, Judgement::Wait(..)) {
        return desk.decline(nothing_ended);
    }
    asked(desk, &mut case);
    follow(desk, &mut case, &letter, &by, judgement);
    desk.step(case);
}

/// What an earlier look had asked is answered; this one may ask again.
pub fn asked(desk: &mut Desk<'_>, case: &mut Case) {
    review::lift(desk, case);
    for kind in ASKED {
        desk.close_task(kind, &case.id.to_string());
    }
}

fn decide(desk: &mut Desk<'_>, case: &mut Case, letter: &Arc<ContactLetter>, by: &By) {
    let judgement = judge(desk, case, letter, by);
    follow(desk, case, letter, by, judgement);
}

fn follow(desk: &mut Desk<'_>, case: &mut Case, letter: &Arc<ContactLetter>, by: &By, judgement: Judgement) {
    if !by.is_released && waits_for_review(desk, case, letter, &judgement) {
        return;
    }
    carry_out(desk, case, letter, by, judgement);
}

/// 待审核: nothing is frozen, ended or sent before a person releases it.
fn waits_for_review(desk: &mut Desk<'_>, case: &mut Case, letter: &Arc<ContactLetter>, found: &Judgement) -> bool {
    let reviews = |step| desk.rules.steps.of(step) == Way::Review;
    let (step, person_no, code) = match found {
        Judgement::Issue(sheet) if reviews(Step::Check) => (Step::Check, Some(sheet.0.clone()), None),
        Judgement::Issue(sheet) if reviews(Step::Sheet) => (Step::Sheet, Some(sheet.0.clone()), None),
        Judgement::Return(reasons, _) if reviews(Step::Check) => {
            let code = reasons.first().map(|reason| reason.code.code().to_owned());
            (Step::Check, case.person_no.clone(), code)
        }
        Judgement::Issue(_)
        | Judgement::Return(..)
        | Judgement::Ask(..)
        | Judgement::Wait(..)
        | Judgement::HoldPayee(..) => return false,
    };
    case.person_no = person_no;
    case.side = Side::Outgoing(Outgoing::Checking(Box::new(Checking::of(letter))));
    review::hold(desk, case, step, code);
    true
}

fn carry_out(desk: &mut Desk<'_>, case: &mut Case, letter: &Arc<ContactLetter>, by: &By, judgement: Judgement) {
    match judgement {
        Judgement::Return(reasons, suggested) => {
            return_letter(desk, case, letter, (reasons, suggested), by.in_reply_to, by.operator.clone());
        }
        Judgement::Ask(kind, person_no) => {
            case.person_no = person_no;
            case.side = Side::Outgoing(Outgoing::Checking(Box::new(Checking::of(letter))));
            desk.open_case_task(kind, case.id, None);
        }
        Judgement::Wait(person_no, agency) => {
            case.person_no = Some(person_no);
            desk.open_case_task("EARLIER_TRANSFER", case.id, Some(agency.to_string()));
            let checking = Checking { after: Some(agency), ..Checking::of(letter) };
            case.side = Side::Outgoing(Outgoing::Checking(Box::new(checking)));
        }
        Judgement::HoldPayee(person_no, payee) => {
            case.person_no = Some(person_no);
            let checking = Checking { payee: Some(payee), ..Checking::of(letter) };
            case.side = Side::Outgoing(Outgoing::Checking(Box::new(checking)));
            desk.open_case_task("PAYEE_DIFFERS", case.id, None);
        }
        Judgement::Issue(sheet) => issue(desk, case, letter, *sheet, by),
    }
}

enum Judgement {
    Issue(Box<(PersonNo, InformationSheet)>),
    Return(Vec<Reason>, Option<AgencyCode>),
    /// A task of this kind; the case waits for a clerk.
    Ask(&'static str, Option<PersonNo>),
    /// A transfer from this agency brings the person's months or money here first; the letter waits for its end.
    Wait(PersonNo, AgencyCode),
    /// The payee is not the directory's: two persons compare the two accounts.
    HoldPayee(PersonNo, PayeeHeld),
}

fn judge(desk: &mut Desk<'_>, case: &Case, letter: &ContactLetter, by: &By) -> Judgement {
    let peer = &case.peer;
    if desk.rules.directory.same_pool(desk.rules.us, peer) {
        return Judgement::Return(vec![ReturnCode::SamePool.into()], None);
    }
    let subject = desk.known.subject(&letter.person.document);
    // Asked before the register is: after a first letter its relation is ended, and "not insured here" would mislead.
    let is_meant = |known: &&&Registered| {
        known.person.insurance == letter.insurance_out && known.person.name == letter.person.name
    };
    let mut awaited = None;
    for known in subject.0.iter().filter(is_meant) {
        let others = desk.known.open_cases(&known.person.person_no).filter(|other| other.id != case.id);
        for other in others {
            match other.crossing(peer) {
                Crossing::Free => {}
                Crossing::Waits => awaited = Some(other.peer.clone()),
                Crossing::Conflict => return Judgement::Return(vec![ReturnCode::CaseConflict.into()], None),
            }
        }
    }
    let person_no = match desk.rules.handler.release(letter, &subject) {
        Release::Issue(person_no) => match awaited {
            Some(agency) => return Judgement::Wait(person_no, agency),
            None => person_no,
        },
        Release::Return { reasons, suggested } => {
            return Judgement::Return(of_known_person(desk, case, reasons), suggested);
        }
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
    let Some(sheet) = make_sheet(desk, letter, &registered, by) else {
        return Judgement::Ask("CHECK_BY_CLERK", Some(person_no));
    };
    if let (Some(amount), Holds::Apply) = (sheet.amount, by.holds) {
        // The classic fraud is a changed payee: only the account in the signed directory is ever paid.
        let listed = desk.rules.directory.agency(peer).and_then(|agency| agency.receiving_account());
        if letter.payee.is_none() || letter.payee.as_ref() != listed {
            return Judgement::HoldPayee(person_no, PayeeHeld { listed: listed.cloned() });
        }
        let limit = desk.rules.directory.agency(desk.rules.us).and_then(|agency| agency.per_case_limit);
        if limit.is_some_and(|limit| amount > limit) {
            return Judgement::Ask("CHECK_BY_CLERK", Some(person_no));
        }
    }
    Judgement::Issue(Box::new((person_no, sheet)))
}

/// 个人编号 of the case is in the register under another document now: that is no unknown person.
fn of_known_person(desk: &Desk<'_>, case: &Case, reasons: Vec<Reason>) -> Vec<Reason> {
    let is_known = case.person_no.as_ref().is_some_and(|person| desk.known.registered(person).is_some());
    let differs = |reason: Reason| match reason.code {
        ReturnCode::PersonNotFound if is_known => {
            Reason { code: ReturnCode::PersonMismatch, text: None, field: Some("document_no".to_owned()) }
        }
        _ => reason,
    };
    reasons.into_iter().map(differs).collect()
}

/// 信息表 from the register; `None` where the register's own rows cannot make a valid one.
fn make_sheet(
    desk: &mut Desk<'_>,
    letter: &ContactLetter,
    registered: &Registered,
    by: &By,
) -> Option<InformationSheet> {
    let person = &registered.person;
    let periods = register::tidy(&registered.periods);
    let scheme = person.scheme.unwrap_or(AccountScheme::PoolOnly);
    let has_account = person.has_account();
    let (disposition, amount) = match registered.balance.positive() {
        Some(_) if has_account && by.payout.is_some() => (FundsDisposition::PaidToPerson, None),
        // 省内: the balance stays in the old account, as the directory says of us; only months and relation move.
        Some(_) if has_account && stays_in_the_province(desk, letter) => (FundsDisposition::KeptIntraProvince, None),
        Some(amount) if has_account && letter.funds_requested => (FundsDisposition::Transfer, Some(amount)),
        // Money that has no way to go is a clerk's matter, never silently kept.
        Some(_) => return None,
        None if has_account => (FundsDisposition::ZeroBalance, None),
        None => (FundsDisposition::NoAccount, None),
    };
    let us = desk.rules.directory.agency(desk.rules.us)?;
    let payer = amount.and_then(|_| us.paying_account().cloned());
    let is_paid = amount.is_some() || disposition == FundsDisposition::PaidToPerson;
    if is_paid && us.paying_account().is_none() {
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
        operator: by.operator.clone(),
        after_completion: false,
    };
    sheet.check(desk.today).is_ok().then_some(sheet)
}

/// Both agencies are of one province, and ours leaves the money where it is there.
fn stays_in_the_province(desk: &Desk<'_>, letter: &ContactLetter) -> bool {
    let directory = desk.rules.directory;
    let us = directory.agency(desk.rules.us);
    us.is_some_and(|us| us.intra_province_funds == IntraProvinceFunds::Kept)
        && directory.same_province(desk.rules.us, &letter.incoming.code)
}

/// 联系函退回
pub fn return_letter(
    desk: &mut Desk<'_>,
    case: &mut Case,
    letter: &Arc<ContactLetter>,
    (reasons, suggested): (Vec<Reason>, Option<AgencyCode>),
    in_reply_to: Option<MessageId>,
    operator: Operator,
) {
    let answer = LetterReturn {
        letter_no: letter.letter_no.clone(),
        letter_version: letter.version,
        returned_on: desk.today,
        correctable: reasons.iter().all(|reason| reason.code.is_correctable()),
        reasons,
        suggested_agency: suggested,
        operator,
    };
    desk.send(case, in_reply_to, Form::LetterReturn(Box::new(answer.clone())));
    case.meet(Clock::Outgoing, desk.today);
    case.side = Side::Outgoing(Outgoing::Returned(Box::new(Returned { letter: Arc::clone(letter), answer })));
}

fn issue(
    desk: &mut Desk<'_>,
    case: &mut Case,
    letter: &Arc<ContactLetter>,
    (person_no, sheet): (PersonNo, InformationSheet),
    by: &By,
) {
    let registered = desk.known.registered(&person_no).cloned();
    let paid_out = registered.as_ref().filter(|_| by.payout.is_some()).and_then(|known| known.balance.positive());
    let held = sheet.amount.or(paid_out);
    desk.register(RegisterChange::Freeze { person: person_no.clone(), case: case.id, held });
    let known = registered.map(|known| known.person);
    let before = known.as_ref().map(|person| Before { status: person.status, status_on: person.status_on });
    if let Some(person) = known {
        let ended = InsuredPerson { status: RelationStatus::TransferredOut, status_on: desk.today, ..person };
        desk.register(RegisterChange::Relation(Box::new(ended)));
    }
    case.person_no = Some(person_no);
    let funds = held.map_or(Funds::NothingToRemit, |amount| Funds::Frozen { amount });
    let sheet = desk.sheet_as_said(case, sheet);
    desk.send(case, by.in_reply_to, Form::InformationSheet(Arc::clone(&sheet)));
    if sheet.amount.is_none() {
        case.meet(Clock::Outgoing, desk.today);
    }
    let issued = Issued {
        letter: Arc::clone(letter),
        sheet,
        receipted: false,
        funds,
        remitted: false,
        coming_back: None,
        before,
        objection: None,
        payout: by.payout.clone(),
        earlier: EarlierPayments::default(),
        reopened: None,
        completion: None,
    };
    case.side = Side::Outgoing(Outgoing::Issued(Box::new(issued)));
}
