//! 经办: what a person decides about a case, in the state they saw it in. What two persons must decide is proposed by one
//! and confirmed by another.

use std::sync::Arc;

use super::desk::Desk;
use super::{
    application, by_hand, cancellation, check, completion, correction, correspondence, giving_back, money_back,
    objection, payout, reversal, review,
};
use crate::domain::act::{Act, ActRecord, Amendment, Proposal, REASON_MAX, Stage, Verb, Why};
use crate::domain::case::incoming::{Answer, Waiting};
use crate::domain::case::outgoing::PayoutStage;
use crate::domain::case::{Case, Incoming, Outgoing, Side};
use crate::domain::changes::Declined;
use crate::domain::event::AUTO;
use crate::domain::forms::{BankAccount, ContactLetter, Operator, Person};
use crate::domain::handler::Registered;
use crate::domain::message::Form;

type Decided = Result<(), Declined>;

/// One act on the desk; a declined one changes nothing.
pub fn act(desk: &mut Desk<'_>, actor: &str, act: &Act) {
    if let Err(declined) = take(desk, actor, act) {
        desk.decline(declined);
    }
}

fn take(desk: &mut Desk<'_>, actor: &str, act: &Act) -> Decided {
    check_words(actor, &act.reason)?;
    let case = desk.known.case(act.case).cloned().ok_or_else(|| {
        Declined::new("CASE_UNKNOWN", "没有这个案件；请核对编号", "there is no such case; check its number")
    })?;
    if case.version != act.version {
        return Err(Declined::new(
            "CASE_MOVED",
            "案件在您查看之后有变化，未作更改；请重新查看后再决定",
            "the case has moved since you looked; nothing was done: look again, then decide",
        ));
    }
    if !case.decisions().contains(&act.verb.word()) && !case.letters().contains(&act.verb.word()) {
        return Err(not_here());
    }
    match &act.verb {
        Verb::Confirm => confirm(desk, actor, act, case),
        Verb::Withdraw => withdraw(desk, actor, act, case),
        Verb::Match { txns } if by_hand::is_proposed(desk, &case, txns) => {
            let stage = Stage::Confirmed;
            let record = ActRecord { stage, proposed_by: Some(AUTO.to_owned()), ..record(act, actor, &case, None) };
            by_hand::carry_out(desk, case, txns)?;
            desk.changes.acts.push(record);
            Ok(())
        }
        verb if verb.needs_two() => propose(desk, actor, act, case),
        verb => {
            let operator = Operator { id: actor.to_owned(), name: None, reviewer: None };
            let record = record(act, actor, &case, None);
            carry_out(desk, case, verb, &act.reason.0, operator)?;
            desk.changes.acts.push(record);
            Ok(())
        }
    }
}

pub fn check_words(actor: &str, reason: &Why) -> Decided {
    if actor == AUTO || actor.trim().is_empty() {
        return Err(Declined::new("ACTOR", "必须由具名人员办理", "a named person must act"));
    }
    let length = reason.0.chars().count();
    if reason.0.trim().is_empty() || length > REASON_MAX {
        return Err(Declined::new(
            "REASON",
            "必须写明理由，至多 500 字",
            "a reason must be given, at most 500 characters",
        ));
    }
    Ok(())
}

fn record(act: &Act, actor: &str, case: &Case, proposal: Option<&Proposal>) -> ActRecord {
    ActRecord {
        case: case.id,
        version: case.version + 1,
        verb: proposal.map_or(act.verb.word(), |proposal| proposal.verb.word()),
        actor: actor.to_owned(),
        stage: if proposal.is_some() { Stage::Confirmed } else { Stage::Decided },
        proposed_by: proposal.map(|proposal| proposal.by.clone()),
        reason: act.reason.clone(),
    }
}

/// The first of two persons: the case waits, with a task, for the second.
fn propose(desk: &mut Desk<'_>, actor: &str, act: &Act, mut case: Case) -> Decided {
    if let Verb::Match { txns } = &act.verb {
        by_hand::lines(desk, &case, txns)?;
    }
    if let Verb::SendBack { txns } = &act.verb {
        giving_back::lines(desk, &case, txns)?;
    }
    match (&act.verb, &case.side) {
        (Verb::Correct { balance: Some(balance) }, Side::Outgoing(Outgoing::Issued(issued))) => {
            correction::may_change_the_sum(desk, &case, issued, *balance)?;
        }
        (Verb::Correct { balance: Some(balance) }, Side::Outgoing(Outgoing::Completed(completed))) => {
            correction::may_change_the_sum(desk, &case, &completed.clone().reopen(desk.today), *balance)?;
        }
        (Verb::Reverse, Side::Incoming(Incoming::Sheeted(sheeted))) => reversal::is_covered(desk, sheeted)?,
        _ => {}
    }
    if let (Verb::Payout { account }, Side::Outgoing(outgoing)) = (&act.verb, &case.side) {
        payout::check_account(account, &outgoing.person().name)?;
    }
    let record = ActRecord { stage: Stage::Proposed, ..record(act, actor, &case, None) };
    case.proposal = Some(Proposal { verb: act.verb.clone(), by: actor.to_owned(), reason: act.reason.clone() });
    desk.open_case_task("CONFIRM", case.id, Some(act.verb.word().to_owned()));
    desk.changes.acts.push(record);
    desk.step(case);
    Ok(())
}

fn proposal_of(case: &Case) -> Result<Proposal, Declined> {
    case.proposal.clone().ok_or_else(|| {
        Declined::new("NOTHING_PROPOSED", "没有待复核的事项", "nothing is proposed that could be confirmed")
    })
}

/// The second person, who must be another one.
fn confirm(desk: &mut Desk<'_>, actor: &str, act: &Act, mut case: Case) -> Decided {
    let proposal = proposal_of(&case)?;
    if proposal.by == actor {
        return Err(Declined::new(
            "SECOND_PERSON",
            "提出人与复核人必须是两个人；请由另一人复核",
            "who proposed cannot confirm: another person must",
        ));
    }
    case.proposal = None;
    let operator = Operator { id: proposal.by.clone(), name: None, reviewer: Some(actor.to_owned()) };
    let record = record(act, actor, &case, Some(&proposal));
    let reason = act.reason.0.clone();
    let id = case.id.to_string();
    carry_out(desk, case, &proposal.verb, &reason, operator)?;
    // Only now: what is declined leaves the proposal as it was.
    desk.close_task("CONFIRM", &id);
    desk.changes.acts.push(record);
    Ok(())
}

fn withdraw(desk: &mut Desk<'_>, actor: &str, act: &Act, mut case: Case) -> Decided {
    proposal_of(&case)?;
    case.proposal = None;
    payout::withdrawn(desk, &mut case);
    desk.close_task("CONFIRM", &case.id.to_string());
    desk.changes.acts.push(record(act, actor, &case, None));
    desk.step(case);
    Ok(())
}

pub fn not_here() -> Declined {
    Declined::new(
        "NOT_IN_THIS_STATE",
        "案件当前状态不能这样办理；请查看案件的下一步",
        "the case cannot be dealt with so in its state; see its next step",
    )
}

fn carry_out(desk: &mut Desk<'_>, mut case: Case, verb: &Verb, reason: &str, operator: Operator) -> Decided {
    if write(desk, &mut case, verb, reason, &operator)? {
        desk.step(case);
        return Ok(());
    }
    match (verb, case.side.clone()) {
        (Verb::Recheck, Side::Outgoing(Outgoing::Checking(checking))) => {
            check::asked(desk, &mut case);
            check::check(desk, &mut case, &checking.letter, None);
        }
        (Verb::Issue, Side::Outgoing(Outgoing::Checking(checking))) => {
            check::asked(desk, &mut case);
            check::check_without_holds(desk, &mut case, &checking.letter, operator);
        }
        (Verb::Payout { account }, Side::Outgoing(Outgoing::Checking(checking))) => {
            check::check_for_payout(desk, &mut case, &checking.letter, (account.clone(), operator))?;
        }
        (Verb::Payout { .. }, Side::Outgoing(Outgoing::Payout(waiting))) if waiting.stage == PayoutStage::Opened => {
            payout::release(desk, &mut case, *waiting)?;
        }
        (Verb::Payout { account }, Side::Outgoing(Outgoing::Payout(_) | Outgoing::Issued(_))) => {
            payout::pay_again(desk, &mut case, account)?;
        }
        (Verb::Return { reasons }, Side::Outgoing(Outgoing::Checking(checking))) if !reasons.is_empty() => {
            check::asked(desk, &mut case);
            let answer = (reasons.clone(), None);
            check::return_letter(desk, &mut case, &checking.letter, answer, None, operator);
        }
        (Verb::Release, _) => return review::release(desk, case, operator),
        (Verb::Reject { reasons }, Side::Incoming(Incoming::Applied(applied))) if !reasons.is_empty() => {
            application::turn_down(desk, &mut case, *applied, reasons.clone());
        }
        (Verb::Amend(amendment), Side::Incoming(Incoming::Waiting(waiting))) => {
            amend(desk, &mut case, waiting, amendment, operator)?;
        }
        (Verb::Correct { balance }, Side::Outgoing(Outgoing::Issued(issued))) => {
            correction::correct(desk, &mut case, *issued, *balance, operator)?;
        }
        (Verb::Correct { balance }, Side::Outgoing(Outgoing::Completed(completed))) => {
            correction::correct(desk, &mut case, completed.reopen(desk.today), *balance, operator)?;
        }
        (Verb::Reverse, Side::Incoming(Incoming::Sheeted(sheeted))) => {
            reversal::reverse(desk, &mut case, *sheeted, operator)?;
        }
        (Verb::Resend, Side::Outgoing(Outgoing::Issued(issued))) => {
            money_back::resend(desk, &mut case, &issued, operator)?;
        }
        // Merging goes on to crediting and completion, which store the step themselves.
        (Verb::Accept, Side::Incoming(Incoming::Sheeted(sheeted))) => {
            return objection::accept(desk, case, *sheeted);
        }
        (Verb::Credit, Side::Incoming(Incoming::Sheeted(sheeted))) => {
            return completion::credit_by_hand(desk, case, *sheeted);
        }
        (Verb::Match { txns }, Side::Incoming(_)) => return by_hand::carry_out(desk, case, txns),
        (Verb::SendBack { txns }, Side::Incoming(_)) => {
            return giving_back::carry_out(desk, case, txns, &operator);
        }
        (Verb::Object { objections }, Side::Incoming(Incoming::Sheeted(sheeted))) if !objections.is_empty() => {
            objection::object(desk, &mut case, *sheeted, objections.clone(), operator);
        }
        (Verb::Object { objections }, Side::Incoming(Incoming::Completed(completed))) if !objections.is_empty() => {
            objection::object(desk, &mut case, completed.reopen(desk.today), objections.clone(), operator);
        }
        (Verb::Close, Side::Incoming(Incoming::Waiting(waiting))) => close(desk, &mut case, waiting)?,
        (Verb::Cancel { by }, Side::Incoming(_)) => {
            cancellation::ask(desk, &mut case, *by, reason.to_owned(), operator);
        }
        _ => return Err(not_here()),
    }
    desk.step(case);
    Ok(())
}

/// 往来: what moves no track. Whether the verb was one of these.
fn write(desk: &mut Desk<'_>, case: &mut Case, verb: &Verb, text: &str, operator: &Operator) -> Result<bool, Declined> {
    let (text, operator) = (text.to_owned(), operator.clone());
    match verb {
        Verb::Remind => correspondence::remind(desk, case, None, Some(text))?,
        Verb::Delay { expected_on } => correspondence::delay(desk, case, *expected_on, text, operator)?,
        Verb::Ask { field } => correspondence::ask(desk, case, field.clone(), text, operator),
        Verb::Answer => correspondence::answer(desk, case, text, operator)?,
        Verb::Query => correspondence::query(desk, case, text),
        Verb::Noted => correspondence::noted(desk, case),
        _ => return Ok(false),
    }
    Ok(true)
}

/// 更正重发: the next version of the letter, with what the register says now.
fn amend(desk: &mut Desk<'_>, case: &mut Case, waiting: Waiting, amendment: &Amendment, operator: Operator) -> Decided {
    let old = Arc::unwrap_or_clone(waiting.letter);
    let payee = payee(desk, &old, amendment)?;
    let registered = case.person_no.as_ref().and_then(|person| desk.known.registered(person));
    let person = person(old.person, registered, amendment)?;
    let enrolled_since = registered.map_or(old.enrolled_since, |known| known.person.status_on);
    let letter = ContactLetter {
        version: old.version + 1,
        issued_on: desk.today,
        person,
        payee,
        enrolled_since,
        certificate_no: amendment.certificate_no.clone().or(old.certificate_no),
        operator,
        ..old
    };
    let letter = desk.letter_as_said(case, letter);
    desk.send(case, None, Form::ContactLetter(Arc::clone(&letter)));
    desk.close_task("LETTER_RETURNED", &case.id.to_string());
    case.restart(application::outgoing_clock(desk));
    case.side = Side::Incoming(Incoming::Waiting(Waiting { letter, answer: Answer::None }));
    Ok(())
}

/// The person of an amended letter: as it was, as the register has them now under the case's personal no., or renamed.
fn person(old: Person, registered: Option<&Registered>, amendment: &Amendment) -> Result<Person, Declined> {
    let person = match registered.filter(|_| amendment.identity_from_register) {
        Some(known) => known.person.identity_for(old),
        None if amendment.identity_from_register => {
            return Err(Declined::new(
                "PERSON_UNKNOWN",
                "本地登记中没有此人；请先登记",
                "the person is not in our register; import them first",
            ));
        }
        None => old,
    };
    let name = amendment.name.clone().unwrap_or_else(|| person.name.clone());
    Ok(Person { name, ..person })
}

/// The payee of an amended letter: as it was, or as the directory lists us now. Nobody can type one in.
fn payee(desk: &Desk<'_>, old: &ContactLetter, amendment: &Amendment) -> Result<Option<BankAccount>, Declined> {
    if !amendment.payee_from_directory {
        return Ok(old.payee.clone());
    }
    let us = desk.rules.directory.agency(desk.rules.us);
    let listed = us.and_then(|us| us.receiving_account()).filter(|_| old.funds_requested);
    listed.cloned().map(Some).ok_or_else(|| {
        Declined::new(
            "PAYEE_NOT_LISTED",
            "本函不要求划款，或机构目录没有登记本机构的收款账户",
            "the letter asks for no money, or the directory lists no receiving account of ours",
        )
    })
}

/// 终止: nothing moved, nothing is awaited.
fn close(desk: &mut Desk<'_>, case: &mut Case, waiting: Waiting) -> Decided {
    let Answer::Returned(answer) = waiting.answer else { return Err(not_here()) };
    desk.close_task("LETTER_RETURNED", &case.id.to_string());
    case.side = Side::Incoming(Incoming::Waiting(Waiting { letter: waiting.letter, answer: Answer::Closed(answer) }));
    Ok(())
}
