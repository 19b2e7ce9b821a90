//! 退回: money that cannot be credited goes back to who paid it, once two persons say so. The outgoing agency is told, and
//! may pay it again when its own bank shows it.

use super::Taking;
use super::desk::Desk;
use super::funds;
use super::money_back;
use super::payment;
use super::reversal;
use super::unidentified;
use crate::domain::case::incoming::Money;
use crate::domain::case::outgoing::{ComingBack, Failed, Failure, Funds, Heard};
use crate::domain::case::{Case, Incoming, Outgoing, Side};
use crate::domain::changes::{Declined, PaymentRow};
use crate::domain::deadlines::Clock;
use crate::domain::event::StatementLine;
use crate::domain::forms::{BankAccount, FundsReturn, FundsReturnReason, Operator};
use crate::domain::ids::{BankTxnNo, CaseId, PaymentRef};
use crate::domain::ledger::{LineKey, Posting};
use crate::domain::matching::{Line, LineState, Sum, find, hint};
use crate::domain::message::{Form, Received};
use crate::domain::money::Fen;
use crate::domain::reasons::RefusalCode;
use crate::domain::reference;

/// The lines of these numbers, if each waits, is named for this case and says who paid.
pub fn lines(desk: &Desk<'_>, case: &Case, txns: &[BankTxnNo]) -> Result<Vec<LineKey>, Declined> {
    let mut keys = Vec::new();
    for txn in txns {
        let of_case = |line: &&Line| line.line.bank_txn_no == *txn && line.waits() && is_named_for(line, case);
        let mut named = desk.known.lines.values().filter(of_case);
        let (Some(line), None) = (named.next(), named.next()) else {
            return Err(Declined::new(
                "LINE_NOT_OF_CASE",
                "没有这笔写明本案的待匹配流水，不能退回；请核对银行流水号",
                "no waiting line of this number names the case; check it with jiexu bank list",
            ));
        };
        if accounts(desk, line).is_none() {
            return Err(payer_unknown());
        }
        if !keys.contains(&line.key()) {
            keys.push(line.key());
        }
    }
    Ok(keys)
}

pub fn payer_unknown() -> Declined {
    Declined::new(
        "PAYER_UNKNOWN",
        "流水没有写明付款户名与账号，不能退回；请向银行查询",
        "the line does not say who paid from which account; ask the bank",
    )
}

fn is_named_for(line: &Line, case: &Case) -> bool {
    let by_reference = line.line.payment_ref.as_ref().and_then(reference::case_of) == Some(case.id);
    let by_letter = line.mentions.as_ref() == Some(&case.letter_no);
    let by_notice = line.line.payment_ref.is_some() && line.line.payment_ref.as_ref() == case.payment_ref();
    by_reference || by_letter || by_notice
}

/// Our account that the line came to, and the one it came from.
pub fn accounts(desk: &Desk<'_>, line: &Line) -> Option<(BankAccount, BankAccount)> {
    let ours = desk.rules.directory.agency(desk.rules.us)?;
    let ours = ours.accounts.iter().find(|known| known.account.number == line.line.payee_account)?;
    let (name, number) = (line.line.payer_name.trim(), line.line.payer_account.trim());
    let theirs = BankAccount { name: name.into(), number: number.into(), bank: String::new(), bank_no: None };
    (!name.is_empty() && !number.is_empty()).then(|| (ours.account.clone(), theirs))
}

/// Sends the lines back; what is left of the case's money is looked at anew.
pub fn carry_out(desk: &mut Desk<'_>, mut case: Case, txns: &[BankTxnNo], operator: &Operator) -> Result<(), Declined> {
    for key in lines(desk, &case, txns)? {
        give_back(desk, &mut case, &key, operator.clone());
    }
    let Side::Incoming(Incoming::Sheeted(sheeted)) = &case.side else {
        desk.step(case);
        return Ok(());
    };
    let mut sheeted = (**sheeted).clone();
    let Money::Discrepant { notice, .. } = sheeted.money.clone() else {
        desk.step(case);
        return Ok(());
    };
    let lines = desk.known.lines.values().filter(|line| !sheeted.is_of_supplement(line));
    let found = find(&notice, sheeted.sheet.payer.as_ref(), lines);
    if found.sum == Sum::Nothing && found.wrong_payer.is_empty() {
        desk.close_task("MONEY_DIFFERS", &case.id.to_string());
        sheeted.money = Money::Returned { notice };
        case.side = Side::Incoming(Incoming::Sheeted(Box::new(sheeted)));
        desk.step(case);
    } else {
        funds::match_and_settle(desk, case, sheeted);
    }
    Ok(())
}

/// One line: suspense → transit-out, a payment of its own, and the announcement.
fn give_back(desk: &mut Desk<'_>, case: &mut Case, key: &LineKey, operator: Operator) {
    let Some(mut line) = desk.known.lines.get(key).cloned() else { return };
    let (Some(amount), Some((payer, payee))) = (Fen::new(line.line.amount.0), accounts(desk, &line)) else { return };
    let return_ref = payment::back(desk, case, (amount, Some(key.clone())), (payer, payee));
    let form = FundsReturn {
        letter_no: Some(case.letter_no.clone()),
        amount,
        reason: reason(&line),
        text: None,
        payment_ref: case.payment_ref().or(line.line.payment_ref.as_ref()).cloned(),
        bank_txn_no: Some(line.line.bank_txn_no.clone()),
        return_ref: Some(return_ref.clone()),
        returned_on: desk.today,
        will_be_resent: false,
        operator,
    };
    desk.post(Posting::given_back(key, &return_ref, Some(case.id), amount, desk.today));
    for kind in ["LINE_UNMATCHED", "WRONG_PAYER", "MATCH_PROPOSED"] {
        desk.close_task(kind, key.as_str());
    }
    case.surplus.retain(|known| *known != line.line.bank_txn_no);
    line.state = LineState::GivenBack { case: Some(case.id), at: desk.at };
    desk.line(line);
    desk.send(case, None, Form::FundsReturn(Box::new(form)));
}

fn reason(line: &Line) -> FundsReturnReason {
    match line.state {
        LineState::Unmatched { hint: hint::WRONG_PAYER } => FundsReturnReason::WrongName,
        LineState::Unmatched { hint: hint::AMOUNT_DIFFERS } => FundsReturnReason::AmountDiffers,
        _ => FundsReturnReason::Excess,
    }
}

/// Our bank booked a payment back.
pub fn paid(desk: &mut Desk<'_>, line: &StatementLine, mut payment: PaymentRow) {
    desk.post(Posting::back_paid(&payment.payment_ref, payment.case, payment.amount, line.booked_on));
    payment.confirmed = Some((line.bank_txn_no.clone(), desk.at));
    desk.changes.case = payment.case;
    let state = LineState::Paid { case: payment.case, at: desk.at };
    desk.line(Line { line: line.clone(), state, mentions: None, arrived_at: desk.at });
    desk.payment(payment);
}

/// Our bank refused a payment back: the line waits again, for the people who wanted to be rid of it.
pub fn refused(desk: &mut Desk<'_>, mut payment: PaymentRow, line: &StatementLine) {
    let known = payment.gives_back.as_ref().and_then(|key| desk.known.lines.get(key)).cloned();
    let Some(id) = payment.case else { return unidentified::refused(desk, payment, known, line) };
    let (Some(mut waiting), Some(mut case)) = (known, desk.known.case(id).cloned()) else { return };
    let (key, reference) = (waiting.key(), payment.payment_ref.clone());
    desk.post(Posting::back_refused(&key, &reference, Some(case.id), payment.amount, line.booked_on));
    payment.failed = Some(Failure::Refused);
    desk.payment(payment);
    waiting.state = LineState::Unmatched { hint: hint::CASE_CLOSED };
    desk.open_line_task("LINE_UNMATCHED", &waiting, Some(case.id));
    case.surplus.push(waiting.line.bank_txn_no.clone());
    desk.line(waiting);
    desk.changes.note = Some(Failure::Refused.word().to_owned());
    desk.step(case);
}

/// Whether this line of money in is what the other agency of an outgoing case sends back.
pub fn is_of_ours(desk: &Desk<'_>, line: &StatementLine) -> Option<Case> {
    let reference = line.payment_ref.as_ref().filter(|payment| reference::is_giving_back(payment))?;
    let case = desk.known.case(reference::case_of(reference)?)?;
    (case.role() == "outgoing").then(|| case.clone())
}

/// It came to our own account. What was announced for the last payment can be paid again; the rest waits for a person.
pub fn arrived(desk: &mut Desk<'_>, line: &StatementLine, amount: Fen, case: Case) {
    desk.changes.case = Some(case.id);
    let state = LineState::Unmatched { hint: hint::SENT_BACK };
    let line = Line { line: line.clone(), state, mentions: None, arrived_at: desk.at };
    desk.post(Posting::arrived(&line.key(), amount, line.line.booked_on));
    desk.line(line.clone());
    let return_ref = line.line.payment_ref.clone();
    if !return_ref.is_some_and(|return_ref| take(desk, &case, &return_ref)) {
        desk.open_line_task("LINE_UNMATCHED", &line, Some(case.id));
    }
}

/// 退回通知 at the outgoing agency: the money is on its way back to us.
pub fn announced(desk: &mut Desk<'_>, received: &Received, mut case: Case, form: &FundsReturn) -> Taking {
    if form.reason == FundsReturnReason::Correction {
        return reversal::announced(desk, received, case, form);
    }
    let Side::Outgoing(outgoing) = &mut case.side else { return Taking::Refused(RefusalCode::IllegalState) };
    let Some(last) = outgoing.payment().cloned() else { return Taking::Refused(RefusalCode::IllegalState) };
    let Some(return_ref) = form.return_ref.clone() else { return Taking::Refused(RefusalCode::BadContent) };
    let is_whole = form.payment_ref.as_ref() == Some(&last.payment_ref) && form.amount == last.amount;
    if let Outgoing::Issued(issued) = outgoing
        && is_whole
        && form.reason != FundsReturnReason::Excess
        && matches!(issued.funds, Funds::Remitting(_) | Funds::Remitted(_))
    {
        issued.coming_back = Some(ComingBack { return_ref: return_ref.clone(), told: received.id });
    }
    money_back::note(desk, &mut case, received, form);
    desk.open_case_task("FUNDS_DISCREPANCY", case.id, Some(form.reason.word().to_owned()));
    look_for(desk, case, &return_ref);
    Taking::Applied
}

/// Stores what was announced; the money may have come before its announcement.
pub fn look_for(desk: &mut Desk<'_>, case: Case, return_ref: &PaymentRef) {
    let id = case.id;
    desk.step(case);
    if let Some(case) = desk.known.case(id).cloned() {
        take(desk, &case, return_ref);
    }
}

/// The lines that bring back what a reference announces, if they sum to it: a bank may pay in parts.
pub fn whole(desk: &Desk<'_>, return_ref: &PaymentRef, total: Fen) -> Option<Vec<(Line, Fen)>> {
    let is_of = |line: &&Line| line.waits() && line.line.payment_ref.as_ref() == Some(return_ref);
    let lines: Vec<(Line, Fen)> = desk
        .known
        .lines
        .values()
        .filter(is_of)
        .filter_map(|line| Some((line.clone(), Fen::new(line.line.amount.0)?)))
        .collect();
    let sum = lines.iter().try_fold(0i64, |sum, (_, part)| sum.checked_add(part.get()));
    (sum == Some(total.get())).then_some(lines)
}

/// 退汇: nobody need look for this line's case any more.
pub fn is_back(desk: &mut Desk<'_>, case: CaseId, mut line: Line) {
    desk.close_task("LINE_UNMATCHED", line.key().as_str());
    line.state = LineState::Returned { case, at: desk.at };
    desk.line(line);
}

/// The announced money is here: 退汇. The incoming agency sent it back itself, so nobody need be told.
fn take(desk: &mut Desk<'_>, case: &Case, return_ref: &PaymentRef) -> bool {
    if reversal::take(desk, case, return_ref) {
        return true;
    }
    let mut case = case.clone();
    let Side::Outgoing(Outgoing::Issued(issued)) = &mut case.side else { return false };
    if !matches!(issued.funds, Funds::Remitting(_) | Funds::Remitted(_)) {
        return false;
    }
    let (Some(coming), Some(payment)) = (issued.coming_back.clone(), issued.funds.payment().cloned()) else {
        return false;
    };
    if coming.return_ref != *return_ref {
        return false;
    }
    let row = desk.known.payments.get(&payment.payment_ref).filter(|row| row.failed.is_none()).cloned();
    let (Some(mut row), Some(lines)) = (row, whole(desk, return_ref, payment.amount)) else { return false };
    let Some(on) = lines.iter().map(|(line, _)| line.line.booked_on).max() else { return false };
    for (line, part) in lines {
        desk.post(Posting::taken_back(&line.key(), case.id, part, desk.today));
        is_back(desk, case.id, line);
    }
    issued.coming_back = None;
    issued.funds =
        Funds::RemitFailed(Failed { payment, how: Failure::SentBack, on, told: coming.told, heard: Heard::Taken });
    row.failed = Some(Failure::SentBack);
    desk.payment(row);
    case.meet(Clock::Confirmation, desk.today);
    desk.open_case_task("REMIT_FAILED", case.id, Some(Failure::SentBack.word().to_owned()));
    desk.changes.note = Some(Failure::SentBack.word().to_owned());
    desk.step(case);
    true
}
