//! 入账 and 办结: the incoming case reaches the ends of both tracks; the outgoing case is archived.

use super::Taking;
use super::desk::Desk;
use super::funds;
use super::person;
use super::reversal;
use super::review;
use crate::domain::case::incoming::{Credit, Money, Relation, Sheeted};
use crate::domain::case::outgoing::FundsEnd;
use crate::domain::case::{Case, Incoming, Outgoing, Side};
use crate::domain::changes::{Declined, RegisterChange};
use crate::domain::deadlines::{Clock, Deadline};
use crate::domain::forms::{CaseStep, CompletionNotice, Operator};
use crate::domain::handler::Crediting;
use crate::domain::ids::PersonNo;
use crate::domain::ledger::Posting;
use crate::domain::message::Form;
use crate::domain::reasons::RefusalCode;
use crate::domain::steps::Step;

/// Credits what can be credited, completes what is complete, and stores the case's next step.
pub fn settle(desk: &mut Desk<'_>, case: Case, sheeted: Sheeted) {
    go_on(desk, case, sheeted, None);
}

/// 放行 by a person: the credit, or the completion notice; a credit does not release the notice with it.
pub fn release(desk: &mut Desk<'_>, case: Case, sheeted: Sheeted, (step, operator): (Step, Operator)) {
    go_on(desk, case, sheeted, Some((step, operator)));
}

fn go_on(desk: &mut Desk<'_>, mut case: Case, mut sheeted: Sheeted, released: Option<(Step, Operator)>) {
    let is_released = |step| released.as_ref().is_some_and(|(known, _)| *known == step);
    if case.cancelling.is_some() {
        // 撤销中: nothing is credited or completed until the outgoing agency has answered.
        case.side = Side::Incoming(Incoming::Sheeted(Box::new(sheeted)));
        return desk.step(case);
    }
    credit(desk, &mut case, &mut sheeted, is_released(Step::Credit));
    sheeted.align();
    if sheeted.turn_to_supplement() {
        return funds::turn_to_supplement(desk, case, sheeted);
    }
    reversal::ask(desk, &case, &sheeted);
    if sheeted.has_ended() {
        case.restart(Deadline::completion(desk.rules.calendar, desk.rules.limits, desk.today, desk.today));
        if !is_released(Step::Completion) && review::holds(desk, &mut case, Step::Completion) {
            case.side = Side::Incoming(Incoming::Sheeted(Box::new(sheeted)));
            return desk.step(case);
        }
    }
    match sheeted.complete(desk.at) {
        Ok(completed) => {
            let operator = released.map_or_else(Desk::auto, |(_, operator)| operator);
            let notice = completed.notice(operator);
            desk.send(&mut case, None, Form::CompletionNotice(Box::new(notice)));
            for clock in [Clock::Completion, Clock::Whole] {
                case.meet(clock, desk.today);
            }
            case.side = Side::Incoming(Incoming::Completed(Box::new(completed)));
        }
        Err(open) => case.side = Side::Incoming(Incoming::Sheeted(open)),
    }
    desk.step(case);
}

/// 入账: needs a merged relation and matched money; the handler names the account.
fn credit(desk: &mut Desk<'_>, case: &mut Case, sheeted: &mut Sheeted, is_released: bool) {
    let (Relation::Merged(merged), Money::Matched { arrival, .. }) = (&sheeted.relation, &sheeted.money) else {
        return;
    };
    let (arrived_on, merged_on) = (arrival.received_on, merged.on);
    case.restart(Deadline::credit(desk.rules.calendar, desk.rules.limits, arrived_on, merged_on));
    let account = desk.known.registered(&merged.personal_no);
    let Crediting::Post(person) = desk.rules.handler.credit(arrival.amount, account) else {
        let why = person::unlike(account, &sheeted.letter.person);
        review::lift(desk, case);
        return desk.open_case_task("CREDIT_BY_CLERK", case.id, why);
    };
    if !is_released && review::holds(desk, case, Step::Credit) {
        return;
    }
    post_credit(desk, case, sheeted, &person);
}

/// 人工入账: two persons say that the account is right, whatever the register could not decide.
pub fn credit_by_hand(desk: &mut Desk<'_>, mut case: Case, mut sheeted: Sheeted) -> Result<(), Declined> {
    let person = match &sheeted.relation {
        Relation::Merged(merged) => merged.personal_no.clone(),
        Relation::ToVerify | Relation::Disputed { .. } => return Ok(()),
    };
    if desk.known.registered(&person).is_none() {
        return Err(Declined::new(
            "PERSON_UNKNOWN",
            "本地登记中没有此人；请先登记",
            "the person is not in our register; import them first",
        ));
    }
    desk.close_task("CREDIT_BY_CLERK", &case.id.to_string());
    post_credit(desk, &mut case, &mut sheeted, &person);
    settle(desk, case, sheeted);
    Ok(())
}

fn post_credit(desk: &mut Desk<'_>, case: &mut Case, sheeted: &mut Sheeted, person: &PersonNo) {
    let (Relation::Merged(merged), Money::Matched { notice, arrival }) = (&sheeted.relation, &sheeted.money) else {
        return;
    };
    let credit = Credit::of(merged, notice, arrival.clone(), desk.today);
    desk.post(Posting::credit(case.id, credit.ordinal, person, credit.arrival.amount, desk.today));
    case.meet(Clock::Credit, desk.today);
    sheeted.money = Money::Credited(credit);
}

/// 待办结: once our own side is done, the peer's confirmation has a day too.
pub fn await_confirmation(desk: &Desk<'_>, case: &mut Case) {
    if case.awaits() == Some(CaseStep::Completion) {
        case.restart(Deadline::confirmation(desk.rules.calendar, desk.rules.limits, desk.today));
    }
}

/// 办结反馈 at the outgoing agency: archive, once our own bank has booked what the peer says it credited.
pub fn completion_notice(desk: &mut Desk<'_>, mut case: Case, notice: &CompletionNotice) -> Taking {
    let Side::Outgoing(Outgoing::Issued(issued)) = &case.side else {
        return Taking::Refused(RefusalCode::IllegalState);
    };
    if notice.letter_no != case.letter_no || notice.sheet_no != issued.sheet.sheet_no {
        return Taking::Refused(RefusalCode::BadContent);
    }
    if notice.sheet_version < issued.sheet.version {
        // Sent before our correction was there: the next one says what counts.
        desk.step(case);
        return Taking::Applied;
    }
    if notice.sheet_version != issued.sheet.version {
        return Taking::Refused(RefusalCode::VersionConflict);
    }
    if notice.amount_credited != issued.sheet.amount {
        return Taking::Refused(RefusalCode::AmountDiffers);
    }
    // The receiver's bank can be faster than ours: the notice then waits for our own statement.
    let Some(end) = issued.funds.ended() else { return Taking::Early };
    let completed = issued.archive(end, notice.clone(), desk.today);
    if let FundsEnd::NothingToRemit = completed.funds
        && let Some(person) = case.person_no.clone()
    {
        desk.register(RegisterChange::Thaw { person });
    }
    case.meet(Clock::Confirmation, desk.today);
    desk.close_task("FUNDS_DISCREPANCY", &case.id.to_string());
    case.side = Side::Outgoing(Outgoing::Completed(Box::new(completed)));
    desk.step(case);
    Taking::Applied
}
