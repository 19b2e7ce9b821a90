//! 批量划转 as the outgoing agency pays: payments that wait for a person's release leave together, one sum of the bank for
//! each receiving account. Every case keeps its own payment, notice and entries; only the bank sees one.

use super::act::check_words;
use super::desk::Desk;
use super::money_back::{fail, is_last};
use super::payment::{confirm, release_in};
use super::{completion, review};
use crate::domain::act::{ActRecord, Stage, Why};
use crate::domain::case::outgoing::{Failure, Funds};
use crate::domain::case::{Case, Outgoing, Side};
use crate::domain::changes::{Declined, PaymentRow};
use crate::domain::event::StatementLine;
use crate::domain::forms::{Batch, Operator};
use crate::domain::ids::PaymentRef;
use crate::domain::ledger::Posting;
use crate::domain::matching::{Line, LineState};
use crate::domain::money::Fen;
use crate::domain::reference;
use crate::domain::steps::Step;

/// 放行 of all payments that wait. A case that is alone with its account is paid as any other.
pub fn remit(desk: &mut Desk<'_>, actor: &str, order_no: &str, reason: &Why) {
    if let Err(declined) = check_words(actor, reason) {
        return desk.decline(declined);
    }
    let groups = waiting(desk);
    if groups.is_empty() {
        return desk.decline(Declined::new(
            "NOTHING_TO_REMIT",
            "没有等待放行的划转",
            "no payment waits to be released",
        ));
    }
    let order = desk.new_case_id().0;
    desk.changes.note = Some(order_no.to_owned());
    for (number, group) in (1..).zip(groups) {
        // A sum that no 64 bits hold is left to be released one by one.
        let Some(total) = sum(group.iter().filter_map(Case::amount)) else { continue };
        let count = u32::try_from(group.len()).unwrap_or(u32::MAX);
        let no = reference::batch(order, number).to_string();
        let batch = (count > 1).then_some(Batch { no, count, total });
        for case in group {
            release(desk, case, (actor, reason), batch.clone());
        }
    }
}

fn sum(mut amounts: impl Iterator<Item = Fen>) -> Option<Fen> {
    let first = amounts.next()?;
    amounts.try_fold(first, Fen::plus)
}

/// The cases whose payment waits for a person, by the account that receives it.
fn waiting(desk: &Desk<'_>) -> Vec<Vec<Case>> {
    let mut waiting: Vec<(&str, &Case)> = desk.known.cases().filter_map(|case| Some((payee(case)?, case))).collect();
    waiting.sort_by_key(|(payee, case)| (*payee, case.id));
    waiting.chunk_by(|a, b| a.0 == b.0).map(|group| group.iter().map(|(_, case)| (*case).clone()).collect()).collect()
}

/// The account that is to receive it, where the payment waits for nothing but its release.
fn payee(case: &Case) -> Option<&str> {
    let Side::Outgoing(Outgoing::Issued(issued)) = &case.side else { return None };
    let is_ready = case.review == Some(Step::Payment)
        && matches!(issued.funds, Funds::Frozen { .. })
        && issued.payout.is_none()
        && issued.sheet.payer.is_some();
    issued.letter.payee.as_ref().filter(|_| is_ready).map(|payee| payee.number.as_str())
}

fn release(desk: &mut Desk<'_>, mut case: Case, (actor, reason): (&str, &Why), batch: Option<Batch>) {
    review::lift(desk, &mut case);
    let operator = Operator { id: actor.to_owned(), name: None, reviewer: None };
    release_in(desk, &mut case, operator, batch);
    completion::await_confirmation(desk, &mut case);
    desk.changes.acts.push(ActRecord {
        case: case.id,
        version: case.version + 1,
        verb: "release",
        actor: actor.to_owned(),
        stage: Stage::Decided,
        proposed_by: None,
        reason: reason.clone(),
    });
    desk.step(case);
}

/// The payments of one order, always in the same sequence.
pub fn of_order(desk: &Desk<'_>, order: &PaymentRef) -> Vec<PaymentRow> {
    let mut rows: Vec<PaymentRow> =
        desk.known.payments.values().filter(|row| row.order_ref.as_ref() == Some(order)).cloned().collect();
    rows.sort_by(|a, b| a.payment_ref.cmp(&b.payment_ref));
    rows
}

/// All of an order with their cases, if none of them has met an end of its own and they sum to this.
fn whole(desk: &Desk<'_>, order: &PaymentRef, fen: Option<i64>) -> Option<Vec<(PaymentRow, Case)>> {
    let rows = of_order(desk, order);
    let total = sum(rows.iter().map(|row| row.amount)).map(Fen::get);
    if total.is_none() || total != fen {
        return None;
    }
    let with_case = |row: PaymentRow| {
        let case = desk.known.case(row.case?)?.clone();
        (row.failed.is_none() && is_last(&case, &row)).then_some((row, case))
    };
    rows.into_iter().map(with_case).collect()
}

/// Our bank booked the sum. False where it is not exactly this order, or a part of it was booked or refused before.
pub fn booked(desk: &mut Desk<'_>, line: &StatementLine, order: &PaymentRef) -> bool {
    let payments = open(desk, line, order);
    let Some(first) = payments.first().map(|(row, _)| row.case) else { return false };
    let state = LineState::Paid { case: first, at: desk.at };
    desk.line(Line { line: line.clone(), state, mentions: None, arrived_at: desk.at });
    for (row, case) in payments {
        desk.post(Posting::paid(case.id, row.ordinal, row.attempt, row.amount, line.booked_on));
        confirm(desk, line, row, case);
    }
    true
}

/// Our bank did not carry it out: every payment of it is one that did not leave.
pub fn refused(desk: &mut Desk<'_>, line: &StatementLine, order: &PaymentRef) -> bool {
    let payments = open(desk, line, order);
    let is_any = !payments.is_empty();
    for (row, case) in payments {
        desk.post(Posting::refused(case.id, row.ordinal, row.attempt, row.amount, line.booked_on));
        fail(desk, case, row, Failure::Refused, line);
    }
    is_any
}

/// The whole order while the bank has not said anything of it.
fn open(desk: &Desk<'_>, line: &StatementLine, order: &PaymentRef) -> Vec<(PaymentRow, Case)> {
    let payments = whole(desk, order, line.amount.0.checked_neg()).unwrap_or_default();
    let is_open = |row: &PaymentRow| {
        row.confirmed.is_none() && row.payer.number == line.payer_account && row.payee.number == line.payee_account
    };
    if payments.iter().all(|(row, _)| is_open(row)) { payments } else { Vec::new() }
}

/// The bank gives the whole sum back: each case has its part. False where it is another sum, or was returned before.
pub fn came_back(desk: &mut Desk<'_>, line: &Line, amount: Fen, named: &PaymentRow) -> bool {
    let Some(order) = &named.order_ref else { return false };
    let Some(payments) = whole(desk, order, Some(amount.get())) else { return false };
    let Some(first) = payments.first().map(|(_, case)| case.id) else { return false };
    desk.post(Posting::arrived(&line.key(), amount, line.line.booked_on));
    desk.line(Line { state: LineState::Returned { case: first, at: desk.at }, ..line.clone() });
    for (row, case) in payments {
        desk.post(Posting::taken_back_part(&line.key(), case.id, row.amount, desk.today));
        fail(desk, case, row, Failure::Returned, &line.line);
    }
    true
}
