//! 退汇与重汇: a payment that our bank refused or gave back lies in suspense for its case, and the incoming agency is told.
//! Two persons may pay it again, once that agency knows: never while the first money may still be credited there.

use super::Taking;
use super::batch_payment;
use super::correspondence::came;
use super::desk::Desk;
use super::discrepancy;
use super::giving_back;
use super::payment::{announce, is_of, pay};
use super::payout;
use super::reversal;
use crate::domain::case::correspondence::NoteKind;
use crate::domain::case::incoming::Money;
use crate::domain::case::outgoing::{Failed, Failure, Funds, Heard, Issued, Payment};
use crate::domain::case::{Case, Incoming, Outgoing, Side};
use crate::domain::changes::{Declined, PaymentRow};
use crate::domain::deadlines::Clock;
use crate::domain::event::StatementLine;
use crate::domain::forms::{FundsReturn, FundsReturnReason, Operator, RemittanceNotice};
use crate::domain::ids::{MessageId, PaymentRef};
use crate::domain::ledger::Posting;
use crate::domain::matching::{Line, LineState, hint, words};
use crate::domain::message::{Form, Received};
use crate::domain::money::Fen;
use crate::domain::reasons::RefusalCode;
use crate::domain::reference;

/// 银行未受理: our bank says that it did not carry out a payment of ours. No money moved.
pub fn refused(desk: &mut Desk<'_>, line: &StatementLine) {
    if let Some(order) = line.payment_ref.as_ref().filter(|payment| reference::is_batch(payment)) {
        if !batch_payment::refused(desk, line, order) {
            desk.decline(not_open());
        }
        return;
    }
    let payment = line.payment_ref.as_ref().and_then(|payment| desk.known.payments.get(payment));
    let payment = payment.filter(|payment| is_of(line, payment) && payment.failed.is_none()).cloned();
    let is_back = |payment: &PaymentRow| reference::is_giving_back(&payment.payment_ref);
    if let Some(payment) = payment.as_ref().filter(|payment| payment.case.is_none()) {
        return giving_back::refused(desk, payment.clone(), line);
    }
    let is_open = |case: &&Case| payment.as_ref().is_some_and(|it| is_back(it) || is_last(case, it));
    let case = payment.as_ref().and_then(|payment| desk.known.case(payment.case?)).filter(is_open).cloned();
    let (Some(payment), Some(case)) = (payment, case) else {
        return desk.decline(not_open());
    };
    if is_back(&payment) {
        return match payment.gives_back {
            Some(_) => giving_back::refused(desk, payment, line),
            None => reversal::refused(desk, line, payment),
        };
    }
    let (id, ordinal, attempt) = (case.id, payment.ordinal, payment.attempt);
    desk.post(Posting::refused(id, ordinal, attempt, payment.amount, line.booked_on));
    fail(desk, case, payment, Failure::Refused, line);
}

fn not_open() -> Declined {
    Declined::new(
        "PAYMENT_NOT_OPEN",
        "没有这笔待银行确认的付款；请核对付款参考号、金额与账号，以及是否已记账",
        "no payment of ours with this reference, sum and accounts waits for the bank; was it booked?",
    )
}

/// The payment of ours that a line of money in names: by our reference, or by the bank's number of our payment.
pub fn named(desk: &Desk<'_>, line: &StatementLine) -> Option<PaymentRow> {
    let by_reference = line.payment_ref.as_ref().and_then(|payment| desk.known.payments.get(payment));
    // A batch of ours, by one of its payments.
    let by_order = || {
        let order = line.payment_ref.as_ref().filter(|payment| reference::is_batch(payment))?;
        batch_payment::of_order(desk, order).into_iter().next()
    };
    let by_remark = || words(&line.remark).find_map(|word| desk.known.payments.get(&PaymentRef::new(word).ok()?));
    let is_of = |payment: &&PaymentRow| {
        let txn = payment.confirmed.as_ref().map(|(txn, _)| txn.as_str());
        txn.is_some_and(|txn| words(&line.remark).any(|word| word == txn))
    };
    let by_bank = || desk.known.payments.values().filter(is_of).min_by_key(|payment| payment.payment_ref.as_str());
    by_reference.or_else(by_remark).cloned().or_else(by_order).or_else(|| by_bank().cloned())
}

/// 银行退汇: the bank gives a payment of ours back. Only its exact sum, and only once; the rest waits for a person.
pub fn came_back(desk: &mut Desk<'_>, line: &StatementLine, amount: Fen, payment: PaymentRow) {
    let state = LineState::Unmatched { hint: hint::RETURN_DIFFERS };
    let mut line = Line { line: line.clone(), state, mentions: None, arrived_at: desk.at };
    if batch_payment::came_back(desk, &line, amount, &payment) {
        return;
    }
    let case = payment.case.and_then(|case| desk.known.case(case)).cloned();
    let is_return = |case: &Case| payment.failed.is_none() && amount == payment.amount && is_last(case, &payment);
    let Some(case) = case.filter(is_return) else {
        desk.changes.case = payment.case;
        desk.post(Posting::arrived(&line.key(), amount, line.line.booked_on));
        desk.open_line_task("LINE_UNMATCHED", &line, payment.case);
        return desk.line(line);
    };
    line.state = LineState::Returned { case: case.id, at: desk.at };
    desk.post(Posting::came_back(&line.key(), case.id, amount, line.line.booked_on));
    desk.line(line.clone());
    fail(desk, case, payment, Failure::Returned, &line.line);
}

/// Whether this is the last attempt, and may still come back: for the other agency in a case that is open, for the person
/// at any time.
pub fn is_last(case: &Case, payment: &PaymentRow) -> bool {
    let Side::Outgoing(outgoing) = &case.side else { return false };
    let may_come_back = match outgoing {
        // 待退差: what comes now is the difference, never the whole.
        Outgoing::Issued(issued) => !matches!(issued.funds, Funds::RefundAwaited { .. }),
        _ => outgoing.pays_person(),
    };
    may_come_back && outgoing.payment().is_some_and(|last| last.payment_ref == payment.payment_ref)
}

pub fn fail(desk: &mut Desk<'_>, mut case: Case, mut row: PaymentRow, how: Failure, line: &StatementLine) {
    if matches!(&case.side, Side::Outgoing(outgoing) if outgoing.pays_person()) {
        return payout::failed(desk, case, row, how, line.booked_on);
    }
    let Side::Outgoing(Outgoing::Issued(issued)) = &case.side else { return };
    let Some(payment) = issued.funds.payment().cloned() else { return };
    let form = FundsReturn {
        letter_no: Some(case.letter_no.clone()),
        amount: payment.amount,
        reason: FundsReturnReason::Bank,
        text: None,
        payment_ref: Some(payment.payment_ref.clone()),
        bank_txn_no: Some(line.bank_txn_no.clone()),
        return_ref: None,
        returned_on: line.booked_on,
        will_be_resent: true,
        operator: Desk::auto(),
    };
    let told = desk.send(&mut case, None, Form::FundsReturn(Box::new(form)));
    let failed = Failed { payment, how, on: line.booked_on, told, heard: Heard::NotYet };
    if let Side::Outgoing(Outgoing::Issued(issued)) = &mut case.side {
        issued.funds = Funds::RemitFailed(failed);
    }
    row.failed = Some(how);
    desk.payment(row);
    // The confirmation is not awaited while there is nothing to confirm.
    case.meet(Clock::Confirmation, desk.today);
    desk.open_case_task("REMIT_FAILED", case.id, Some(how.word().to_owned()));
    desk.changes.note = Some(how.word().to_owned());
    desk.step(case);
}

/// What the incoming agency says of our `FundsReturn`; a later word, as where it waited there, takes the earlier's place.
pub fn heard(desk: &mut Desk<'_>, mut case: Case, message: MessageId, heard: Heard) {
    if let Side::Outgoing(Outgoing::Issued(issued)) = &mut case.side
        && let Funds::RemitFailed(failed) = &mut issued.funds
        && failed.told == message
        && failed.heard != heard
    {
        failed.heard = heard;
        desk.step(case);
    }
}

/// 重汇: another attempt, paid from suspense; the person is debited once, with the first.
pub fn resend(desk: &mut Desk<'_>, case: &mut Case, issued: &Issued, operator: Operator) -> Result<(), Declined> {
    let Funds::RemitFailed(failed) = &issued.funds else { return Ok(()) };
    let before = failed.payment.clone();
    let (ordinal, attempt, amount) = (before.ordinal, before.attempt + 1, before.amount);
    let next = Payment { attempt, payment_ref: reference::payment(case.id, ordinal, attempt), batch: None, ..before };
    if pay(desk, case, next, operator) {
        desk.post(Posting::resent(case.id, ordinal, attempt, amount, desk.today));
        desk.close_task("REMIT_FAILED", &case.id.to_string());
    }
    Ok(())
}

/// The bank booked what it had called refused, and nothing was sent again: announced once more, it counts.
pub fn paid_after_all(desk: &mut Desk<'_>, case: &mut Case, row: &mut PaymentRow) {
    row.failed = None;
    if matches!(&case.side, Side::Outgoing(outgoing) if outgoing.pays_person()) {
        return payout::paid_after_all(desk, case);
    }
    desk.close_task("REMIT_FAILED", &case.id.to_string());
    let Side::Outgoing(Outgoing::Issued(issued)) = &mut case.side else { return };
    let Some(payment) = issued.funds.payment().cloned() else { return };
    issued.funds = Funds::Remitting(payment.clone());
    announce(desk, case, &payment, Desk::auto());
}

/// 退汇通知: at the incoming agency the announced payment is not awaited any more, the next announcement is.
pub fn funds_return(desk: &mut Desk<'_>, received: &Received, mut case: Case, form: &FundsReturn) -> Taking {
    let sheeted = match &mut case.side {
        Side::Incoming(Incoming::Sheeted(sheeted)) => sheeted,
        Side::Outgoing(_) => return giving_back::announced(desk, received, case, form),
        Side::Incoming(_) => return Taking::Refused(RefusalCode::IllegalState),
    };
    let is_of_now = sheeted.money.notice().is_some_and(|now| form.payment_ref.as_ref() == Some(&now.payment_ref));
    if !is_of_now && let Some(kept) = form.payment_ref.as_ref().and_then(|payment| sheeted.supplement_mut(payment)) {
        if kept.returned {
            return Taking::Refused(RefusalCode::IllegalState);
        }
        if form.amount != kept.notice.amount {
            return Taking::Refused(RefusalCode::AmountDiffers);
        }
        kept.returned = true;
        note(desk, &mut case, received, form);
        desk.step(case);
        return Taking::Applied;
    }
    let (Money::Remitted { notice } | Money::Discrepant { notice, .. }) = &sheeted.money else {
        return Taking::Refused(RefusalCode::IllegalState);
    };
    if form.payment_ref.as_ref() != Some(&notice.payment_ref) {
        return Taking::Refused(RefusalCode::BadContent);
    }
    if form.amount != notice.amount {
        return Taking::Refused(RefusalCode::AmountDiffers);
    }
    sheeted.money = Money::Returned { notice: notice.clone() };
    desk.close_task("MONEY_DIFFERS", &case.id.to_string());
    discrepancy::not_missing(desk, &mut case);
    note(desk, &mut case, received, form);
    desk.step(case);
    Taking::Applied
}

pub fn note(desk: &mut Desk<'_>, case: &mut Case, received: &Received, form: &FundsReturn) {
    let what = NoteKind::Returned { reason: form.reason, amount: form.amount, will_be_resent: form.will_be_resent };
    came(desk, case, what, received.id, (None, form.text.clone().unwrap_or_default()));
    desk.changes.note = Some(form.reason.word().to_owned());
}

/// Whether a notice announces a returned payment once more: the next attempt under a reference of its own, or the same
/// one where the bank booked it after all.
pub fn follows(notice: &RemittanceNotice, before: &RemittanceNotice) -> bool {
    let is_same = notice.payment_ref == before.payment_ref;
    let attempt = if is_same { Some(before.attempt) } else { before.attempt.checked_add(1) };
    notice.ordinal == before.ordinal && Some(notice.attempt) == attempt
}
