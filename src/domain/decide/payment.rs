//! 划转: what our bank is to pay for a case, and its word that it did. Every attempt has its own reference and is paid once.

use super::batch_payment;
use super::completion;
use super::desk::Desk;
use super::giving_back;
use super::money_back;
use super::payout;
use super::restore;
use super::reversal;
use crate::domain::case::outgoing::{Booked, Failure, Funds, Payment, PayoutStage};
use crate::domain::case::{Case, Outgoing, Side};
use crate::domain::changes::{Declined, PaymentRow, RegisterChange};
use crate::domain::deadlines::Clock;
use crate::domain::event::StatementLine;
use crate::domain::forms::{BankAccount, Batch, Operator, RemittanceNotice};
use crate::domain::ids::{PaymentRef, PersonNo};
use crate::domain::ledger::{LineKey, Posting};
use crate::domain::matching::{Line, LineState, hint, words};
use crate::domain::message::Form;
use crate::domain::money::Fen;
use crate::domain::reference;

/// The frozen account is zeroed, the payment goes to our bank, the notice to the incoming agency. Without accounts the
/// case stays as it is.
pub fn release(desk: &mut Desk<'_>, case: &mut Case, operator: Operator) {
    release_in(desk, case, operator, None);
}

/// As one of a batch, where one is given.
pub fn release_in(desk: &mut Desk<'_>, case: &mut Case, operator: Operator, batch: Option<Batch>) {
    let Side::Outgoing(Outgoing::Issued(issued)) = &case.side else { return };
    let Funds::Frozen { amount } = issued.funds else { return };
    let Some(person) = case.person_no.clone() else { return };
    if let Some(account) = issued.payout.clone() {
        let us = desk.rules.directory.agency(desk.rules.us);
        let Some(payer) = us.and_then(|us| us.paying_account()).cloned() else { return };
        let payment = zero(desk, case, person, Order { amount, payer, payee: account.0 });
        if let Side::Outgoing(Outgoing::Issued(issued)) = &mut case.side {
            issued.funds = Funds::PayingPerson(payment);
        }
        return;
    }
    let ordinal = issued.next_ordinal();
    let first = first(desk, case, ordinal, amount);
    let batch = desk.batch_as_said(case, batch);
    if pay(desk, case, Payment { batch, ..first }, operator) {
        desk.post(Posting::debit(case.id, ordinal, &person, amount, desk.today));
        desk.register(RegisterChange::Thaw { person });
        case.meet(Clock::Outgoing, desk.today);
    }
}

pub fn no_account() -> Declined {
    Declined::new(
        "NOT_IN_DIRECTORY",
        "机构目录没有登记本机构的付款账户",
        "the directory lists no paying account of ours",
    )
}

fn first(desk: &Desk<'_>, case: &Case, ordinal: u32, amount: Fen) -> Payment {
    let attempt = 1;
    let payment_ref = reference::payment(case.id, ordinal, attempt);
    Payment { ordinal, attempt, amount, payment_ref, batch: None, zeroed_on: desk.today }
}

/// What is paid, from where to where.
pub struct Order {
    pub amount: Fen,
    pub payer: BankAccount,
    pub payee: BankAccount,
}

/// 清零: the held account is debited and its only payment released to our bank, without an announcement.
pub fn zero(desk: &mut Desk<'_>, case: &Case, person: PersonNo, order: Order) -> Payment {
    let payment = first(desk, case, 1, order.amount);
    desk.post(Posting::debit(case.id, payment.ordinal, &person, order.amount, desk.today));
    desk.register(RegisterChange::Thaw { person });
    instruct(desk, case, &payment, (order.payer, order.payee));
    payment
}

/// The order for our bank, once for each attempt.
pub fn instruct(desk: &mut Desk<'_>, case: &Case, payment: &Payment, (payer, payee): (BankAccount, BankAccount)) {
    let (ordinal, attempt) = (payment.ordinal, payment.attempt);
    desk.once(format!("pay/{}/{ordinal}/{attempt}", case.id), case.id);
    desk.payment(PaymentRow {
        payment_ref: payment.payment_ref.clone(),
        case: Some(case.id),
        letter_no: Some(case.letter_no.clone()),
        ordinal,
        attempt,
        amount: payment.amount,
        payer,
        payee,
        order_ref: payment.batch.as_ref().and_then(|batch| PaymentRef::new(&batch.no).ok()),
        gives_back: None,
        released_at: desk.at,
        confirmed: None,
        failed: None,
    });
}

/// The order for our bank to pay something back, under the case's next reference of that sort; of a line, or of a reversal.
pub fn back(
    desk: &mut Desk<'_>,
    case: &mut Case,
    (amount, gives_back): (Fen, Option<LineKey>),
    (payer, payee): (BankAccount, BankAccount),
) -> PaymentRef {
    case.given_back += 1;
    let payment_ref = reference::giving_back(case.id, case.given_back);
    desk.payment(PaymentRow {
        payment_ref: payment_ref.clone(),
        case: Some(case.id),
        letter_no: Some(case.letter_no.clone()),
        ordinal: 0,
        attempt: case.given_back,
        amount,
        payer,
        payee,
        order_ref: None,
        gives_back,
        released_at: desk.at,
        confirmed: None,
        failed: None,
    });
    payment_ref
}

/// One attempt: the order for our bank and its announcement. Where the money is taken from, the caller books. False where
/// the forms name no accounts.
pub fn pay(desk: &mut Desk<'_>, case: &mut Case, payment: Payment, operator: Operator) -> bool {
    let Side::Outgoing(Outgoing::Issued(issued)) = &mut case.side else { return false };
    let (Some(payer), Some(payee)) = (issued.sheet.payer.clone(), issued.letter.payee.clone()) else { return false };
    issued.funds = Funds::Remitting(payment.clone());
    instruct(desk, case, &payment, (payer, payee));
    announce(desk, case, &payment, operator);
    true
}

/// 划转通知
pub fn announce(desk: &mut Desk<'_>, case: &mut Case, payment: &Payment, operator: Operator) {
    let Side::Outgoing(Outgoing::Issued(issued)) = &case.side else { return };
    let notice = RemittanceNotice {
        letter_no: case.letter_no.clone(),
        sheet_no: issued.sheet.sheet_no.clone(),
        ordinal: payment.ordinal,
        attempt: payment.attempt,
        amount: payment.amount,
        ordinal_total: payment.amount,
        payment_ref: payment.payment_ref.clone(),
        bank_txn_no: None,
        batch: payment.batch.clone(),
        zeroed_on: payment.zeroed_on,
        operator,
    };
    desk.send(case, None, Form::RemittanceNotice(Box::new(notice)));
}

/// Some banks carry our reference in the remark only. It is written where it belongs, so that a line which comes before
/// its notice is found when the notice comes.
pub fn with_reference(line: &StatementLine) -> StatementLine {
    let in_remark =
        || words(&line.remark).filter(|word| reference::is_reference(word)).find_map(|word| PaymentRef::new(word).ok());
    StatementLine { payment_ref: line.payment_ref.clone().or_else(in_remark), ..line.clone() }
}

/// Whether a line that says money left, or should have, is about this payment: its sum, its two accounts, still open.
pub fn is_of(line: &StatementLine, payment: &PaymentRow) -> bool {
    payment.confirmed.is_none()
        && line.amount.0.checked_neg() == Some(payment.amount.get())
        && line.payer_account == payment.payer.number
        && line.payee_account == payment.payee.number
}

/// A payment back to who paid.
fn is_back(payment: &PaymentRow) -> bool {
    payment.case.is_none() || reference::is_giving_back(&payment.payment_ref)
}

/// Our bank booked a payment. Only one of ours, of exactly its amount, is believed.
pub fn money_out(desk: &mut Desk<'_>, line: &StatementLine) {
    if let Some(order) = line.payment_ref.as_ref().filter(|payment| reference::is_batch(payment)) {
        if !batch_payment::booked(desk, line, order) {
            unknown(desk, line);
        }
        return;
    }
    let payment = line.payment_ref.as_ref().and_then(|payment| desk.known.payments.get(payment));
    let payment = payment.filter(|payment| is_of(line, payment)).cloned();
    if let Some(back) = payment.as_ref().filter(|payment| is_back(payment)).cloned() {
        return match (&back.failed, &back.gives_back) {
            // Called refused before: its line may be matched or sent again by now.
            (Some(_), _) => unknown(desk, line),
            (None, Some(_)) => giving_back::paid(desk, line, back),
            (None, None) => reversal::paid(desk, line, back),
        };
    }
    let case = payment.as_ref().and_then(|payment| desk.known.case(payment.case?)).cloned();
    let (Some(mut payment), Some(mut case)) = (payment, case) else { return unknown(desk, line) };
    let attempt = (payment.ordinal, payment.attempt);
    let posting = match payment.failed {
        // Where another attempt is on its way the money has left twice: a person must see it with the bank.
        Some(Failure::Refused) if !money_back::is_last(&case, &payment) => return unknown(desk, line),
        Some(Failure::Refused) => {
            Posting::paid_after_all(case.id, attempt.0, attempt.1, payment.amount, line.booked_on)
        }
        Some(Failure::Returned | Failure::SentBack) | None => {
            Posting::paid(case.id, attempt.0, attempt.1, payment.amount, line.booked_on)
        }
    };
    desk.post(posting);
    if payment.failed == Some(Failure::Refused) {
        money_back::paid_after_all(desk, &mut case, &mut payment);
    }
    let state = LineState::Paid { case: Some(case.id), at: desk.at };
    desk.line(Line { line: line.clone(), state, mentions: None, arrived_at: desk.at });
    confirm(desk, line, payment, case);
}

/// The case's payment is booked; its entries are made.
pub fn confirm(desk: &mut Desk<'_>, line: &StatementLine, mut payment: PaymentRow, mut case: Case) {
    payment.confirmed = Some((line.bank_txn_no.clone(), desk.at));
    desk.payment(payment);
    let booked = |payment: &Payment| Booked {
        payment: payment.clone(),
        bank_txn_no: line.bank_txn_no.clone(),
        booked_on: line.booked_on,
    };
    match &mut case.side {
        Side::Outgoing(Outgoing::Issued(issued)) => {
            match &issued.funds {
                Funds::Remitting(payment) => issued.funds = Funds::Remitted(booked(payment)),
                Funds::PayingPerson(payment) => issued.funds = Funds::PaidToPerson(booked(payment)),
                Funds::NothingToRemit
                | Funds::Frozen { .. }
                | Funds::Remitted(_)
                | Funds::PaidToPerson(_)
                | Funds::PayoutFailed(_)
                | Funds::RefundAwaited { .. }
                | Funds::RemitFailed(_) => {}
            }
            issued.remitted = true;
        }
        Side::Outgoing(Outgoing::Payout(payout)) => match &payout.stage {
            PayoutStage::Paying(payment) => payout.stage = PayoutStage::Paid(booked(payment)),
            PayoutStage::Opened | PayoutStage::Failed(_) | PayoutStage::Paid(_) | PayoutStage::Withdrawn { .. } => {
                return;
            }
        },
        _ => return,
    }
    payout::archive_again(desk, &mut case);
    completion::await_confirmation(desk, &mut case);
    desk.step(case);
}

fn unknown(desk: &mut Desk<'_>, line: &StatementLine) {
    // What paid it may only be forgotten: the same file comes again once that is rebuilt.
    if desk.known.rebuilding.is_on() {
        return desk.decline(restore::waits());
    }
    let state = LineState::Unmatched { hint: hint::UNKNOWN_PAYMENT };
    let line = Line { line: line.clone(), state, mentions: None, arrived_at: desk.at };
    desk.open_line_task("UNKNOWN_PAYMENT", &line, None);
    desk.line(line);
}
