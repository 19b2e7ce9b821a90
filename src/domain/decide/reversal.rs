//! 冲正与退差: a corrected sheet says less than was credited. Two persons take the difference from the account, our bank
//! carries it back, and the outgoing agency takes it out of its books. Nothing is posted the account does not cover.

use super::Taking;
use super::completion;
use super::desk::Desk;
use super::giving_back;
use super::money_back;
use super::payment;
use crate::domain::case::earlier::Reversal;
use crate::domain::case::incoming::{Money, Relation, Sheeted};
use crate::domain::case::outgoing::{ComingBack, Failure, Funds};
use crate::domain::case::{Case, Incoming, Outgoing, Side};
use crate::domain::changes::{Declined, PaymentRow};
use crate::domain::event::StatementLine;
use crate::domain::forms::{BankAccount, FundsReturn, FundsReturnReason, Operator};
use crate::domain::ids::PaymentRef;
use crate::domain::ledger::Posting;
use crate::domain::matching::{Line, LineState};
use crate::domain::message::{Form, Received};
use crate::domain::reasons::RefusalCode;

/// 待冲正 is a task as long as the difference stands in the account.
pub fn ask(desk: &mut Desk<'_>, case: &Case, sheeted: &Sheeted) {
    match (&sheeted.relation, &sheeted.money) {
        (Relation::Merged(merged), Money::ToReverse { amount, .. }) => {
            let balance = desk.known.registered(&merged.personal_no).map_or(0, |known| known.balance.0);
            let uncovered = (balance < amount.get()).then(|| "balance".to_owned());
            desk.open_case_task("TO_REVERSE", case.id, uncovered);
        }
        _ => desk.close_task("TO_REVERSE", &case.id.to_string()),
    }
}

/// The account holds what is to leave it, and nobody else has laid a hand on it.
pub fn is_covered(desk: &Desk<'_>, sheeted: &Sheeted) -> Result<(), Declined> {
    let (Relation::Merged(merged), Money::ToReverse { amount, .. }) = (&sheeted.relation, &sheeted.money) else {
        return Ok(());
    };
    let account = desk.known.registered(&merged.personal_no);
    if account.is_some_and(|known| known.frozen_by.is_none() && known.balance.0 >= amount.get()) {
        return Ok(());
    }
    Err(Declined::new(
        "REVERSAL_NOT_COVERED",
        "个人账户余额不足冲正，或账户已被锁定；未作任何记账，请与参保人和转出地商定",
        "the account does not cover the reversal, or is held; nothing was posted: settle it with person and agency",
    ))
}

/// 冲正: person → transit-in → on its way back, all of it or nothing.
pub fn reverse(desk: &mut Desk<'_>, case: &mut Case, mut sheeted: Sheeted, operator: Operator) -> Result<(), Declined> {
    let (Relation::Merged(merged), Money::ToReverse { last, amount }) = (&sheeted.relation, &sheeted.money) else {
        return Ok(());
    };
    let (person, last, amount) = (merged.personal_no.clone(), last.clone(), *amount);
    is_covered(desk, &sheeted)?;
    let Some((payer, payee)) = accounts(desk, case, &sheeted) else {
        return Err(Declined::new(
            "NO_ACCOUNT_TO_RETURN_TO",
            "机构目录没有登记双方账户，不能退差",
            "the directory lists no account to send the difference from or to",
        ));
    };
    let return_ref = payment::back(desk, case, (amount, None), (payer, payee));
    let number = case.given_back;
    desk.post(Posting::reversed(case.id, number, &person, amount, desk.today));
    desk.post(Posting::reversal_sent(&return_ref, case.id, amount, desk.today));
    let form = FundsReturn {
        letter_no: Some(case.letter_no.clone()),
        amount,
        reason: FundsReturnReason::Correction,
        text: None,
        payment_ref: None,
        bank_txn_no: Some(last.arrival.bank_txn_no.clone()),
        return_ref: Some(return_ref.clone()),
        returned_on: desk.today,
        will_be_resent: false,
        operator,
    };
    desk.send(case, None, Form::FundsReturn(Box::new(form)));
    desk.close_task("TO_REVERSE", &case.id.to_string());
    let reversal = Reversal { number, amount, on: desk.today };
    sheeted.money = Money::Reversing { last, reversal, return_ref };
    case.side = Side::Incoming(Incoming::Sheeted(Box::new(sheeted)));
    Ok(())
}

/// From our receiving account to the one the directory lists for the other agency's payments.
fn accounts(desk: &Desk<'_>, case: &Case, sheeted: &Sheeted) -> Option<(BankAccount, BankAccount)> {
    let ours = desk.rules.directory.agency(desk.rules.us)?.receiving_account()?;
    let theirs = desk.rules.directory.agency(&case.peer).and_then(|peer| peer.paying_account());
    Some((ours.clone(), theirs.or(sheeted.sheet.payer.as_ref())?.clone()))
}

/// Our bank booked the difference: it is gone, and the case may be complete again.
pub fn paid(desk: &mut Desk<'_>, line: &StatementLine, mut payment: PaymentRow) {
    desk.post(Posting::back_paid(&payment.payment_ref, payment.case, payment.amount, line.booked_on));
    payment.confirmed = Some((line.bank_txn_no.clone(), desk.at));
    let state = LineState::Paid { case: payment.case, at: desk.at };
    desk.line(Line { line: line.clone(), state, mentions: None, arrived_at: desk.at });
    desk.changes.case = payment.case;
    let found = reversing(desk, &payment);
    desk.payment(payment);
    if let Some((case, mut sheeted)) = found
        && let Money::Reversing { last, reversal, .. } = sheeted.money.clone()
    {
        sheeted.earlier.reversals.push(reversal);
        sheeted.money = Money::Credited(last);
        completion::settle(desk, case, sheeted);
    }
}

/// Our bank refused it: the difference stands in the person's account again, and two persons may try anew.
pub fn refused(desk: &mut Desk<'_>, line: &StatementLine, mut payment: PaymentRow) {
    let Some((case, mut sheeted)) = reversing(desk, &payment) else { return };
    let (Relation::Merged(merged), Money::Reversing { last, reversal, .. }) = (&sheeted.relation, &sheeted.money)
    else {
        return;
    };
    let (reference, amount) = (payment.payment_ref.clone(), payment.amount);
    desk.post(Posting::reversal_undone(&reference, case.id, &merged.personal_no, amount, line.booked_on));
    sheeted.money = Money::ToReverse { last: last.clone(), amount: reversal.amount };
    payment.failed = Some(Failure::Refused);
    desk.payment(payment);
    desk.changes.note = Some(Failure::Refused.word().to_owned());
    completion::settle(desk, case, sheeted);
}

fn reversing(desk: &Desk<'_>, payment: &PaymentRow) -> Option<(Case, Sheeted)> {
    let case = desk.known.case(payment.case?)?;
    let Side::Incoming(Incoming::Sheeted(sheeted)) = &case.side else { return None };
    let is_it = matches!(&sheeted.money, Money::Reversing { return_ref, .. } if *return_ref == payment.payment_ref);
    is_it.then(|| (case.clone(), (**sheeted).clone()))
}

/// 退差 as the other agency announces it: the sum that the corrected sheet lets us await, and no other.
pub fn announced(desk: &mut Desk<'_>, received: &Received, mut case: Case, form: &FundsReturn) -> Taking {
    let Side::Outgoing(Outgoing::Issued(issued)) = &mut case.side else {
        return Taking::Refused(RefusalCode::IllegalState);
    };
    let Funds::RefundAwaited { amount, .. } = issued.funds else { return Taking::Refused(RefusalCode::IllegalState) };
    let Some(return_ref) = form.return_ref.clone() else { return Taking::Refused(RefusalCode::BadContent) };
    if form.amount != amount {
        return Taking::Refused(RefusalCode::AmountDiffers);
    }
    issued.coming_back = Some(ComingBack { return_ref: return_ref.clone(), told: received.id });
    money_back::note(desk, &mut case, received, form);
    giving_back::look_for(desk, case, &return_ref);
    Taking::Applied
}

/// The announced difference is on our own account, in however many lines: it was never the person's, and leaves the
/// books.
pub fn take(desk: &mut Desk<'_>, case: &Case, return_ref: &PaymentRef) -> bool {
    let mut case = case.clone();
    let Side::Outgoing(Outgoing::Issued(issued)) = &mut case.side else { return false };
    let (Funds::RefundAwaited { last, amount }, Some(coming)) = (issued.funds.clone(), issued.coming_back.clone())
    else {
        return false;
    };
    if coming.return_ref != *return_ref {
        return false;
    }
    let Some(lines) = giving_back::whole(desk, return_ref, amount) else { return false };
    for (line, part) in lines {
        desk.post(Posting::corrected_down(&line.key(), case.id, part, desk.today));
        giving_back::is_back(desk, case.id, line);
    }
    issued.coming_back = None;
    issued.earlier.back += amount.get();
    issued.funds = if issued.sheet.amount.is_some() {
        Funds::Remitted(last)
    } else {
        issued.earlier.payments.push(last);
        Funds::NothingToRemit
    };
    completion::await_confirmation(desk, &mut case);
    desk.step(case);
    true
}
