//! 审核与放行: a step whose conditions are met waits for a person where the agency wants that; the person releases it. A
//! release takes the very step that would have been taken by itself, by what is known now: no hold of it is lifted.

use super::desk::Desk;
use super::{application, check, completion, deceased, payment, sheet};
use crate::domain::case::{Case, Incoming, Outgoing, Side};
use crate::domain::changes::Declined;
use crate::domain::forms::Operator;
use crate::domain::steps::{Step, Way};

type Decided = Result<(), Declined>;

/// Whether the case waits for a person before this step; then it has a task.
pub fn holds(desk: &mut Desk<'_>, case: &mut Case, step: Step) -> bool {
    let waits = desk.rules.steps.of(step) == Way::Review;
    if waits {
        hold(desk, case, step, None);
    }
    waits
}

/// The case waits; `found` is a code of what would be done, where that is not plain.
pub fn hold(desk: &mut Desk<'_>, case: &mut Case, step: Step, found: Option<String>) {
    if case.review.is_some_and(|before| before != step) {
        lift(desk, case);
    }
    case.review = Some(step);
    match step {
        Step::Letter => desk.open_case_task("REVIEW_LETTER", case.id, found),
        Step::Check => desk.open_case_task("REVIEW_CHECK", case.id, found),
        Step::Sheet => desk.open_case_task("REVIEW_SHEET", case.id, found),
        Step::Payment => desk.open_case_task("REVIEW_PAYMENT", case.id, found),
        Step::Merge => desk.open_case_task("REVIEW_MERGE", case.id, found),
        Step::Credit => desk.open_case_task("REVIEW_CREDIT", case.id, found),
        Step::Completion => desk.open_case_task("REVIEW_COMPLETION", case.id, found),
    }
}

/// Nothing waits to be released any more: it was, or something else must be decided first.
pub fn lift(desk: &mut Desk<'_>, case: &mut Case) {
    if let Some(step) = case.review.take() {
        desk.close_task(step.task(), &case.id.to_string());
    }
}

/// 下达付款, or its review.
pub fn payment(desk: &mut Desk<'_>, case: &mut Case) {
    // Both ask: the one task says what was set, the other what happened.
    let by_death = deceased::holds(desk, case);
    let by_setting = case.stands_before(Step::Payment) && holds(desk, case, Step::Payment);
    if !by_death && !by_setting {
        payment::release(desk, case, Desk::auto());
    }
}

/// 放行: a person says so.
pub fn release(desk: &mut Desk<'_>, mut case: Case, operator: Operator) -> Decided {
    let step = case.review;
    lift(desk, &mut case);
    match (step, case.side.clone()) {
        (Some(Step::Letter), Side::Incoming(Incoming::Applied(applied))) => {
            return application::release(desk, case, *applied, operator);
        }
        (Some(Step::Check | Step::Sheet), Side::Outgoing(Outgoing::Checking(checking))) => {
            check::check_released(desk, &mut case, &checking.letter, operator);
        }
        (Some(Step::Payment), Side::Outgoing(Outgoing::Issued(_))) => {
            payment::release(desk, &mut case, operator);
            if case.stands_before(Step::Payment) {
                return Err(payment::no_account());
            }
            completion::await_confirmation(desk, &mut case);
        }
        (Some(Step::Merge), Side::Incoming(Incoming::Sheeted(sheeted))) => {
            sheet::release(desk, case, *sheeted);
            return Ok(());
        }
        (Some(step @ (Step::Credit | Step::Completion)), Side::Incoming(Incoming::Sheeted(sheeted))) => {
            completion::release(desk, case, *sheeted, (step, operator));
            return Ok(());
        }
        _ => return Err(super::act::not_here()),
    }
    desk.step(case);
    Ok(())
}
