//! The money track: releasing our payment, our bank's word, the announced remittance, and lines finding their case.

use super::Taking;
use super::by_hand;
use super::completion;
use super::desk::Desk;
use super::discrepancy;
use crate::domain::case::incoming::{Answer, Arrival, Money, Sheeted};
use crate::domain::case::outgoing::{Booked, Funds, Payment, PayoutStage};
use crate::domain::case::{Case, Incoming, Outgoing, Side};
use crate::domain::changes::{Declined, PaymentRow, RegisterChange};
use crate::domain::deadlines::Clock;
use crate::domain::event::StatementLine;
use crate::domain::forms::{BankAccount, DiscrepancyKind, RemittanceNotice};
use crate::domain::ids::{CaseId, LetterNo, PaymentRef, PersonNo};
use crate::domain::ledger::{LineKey, Posting};
use crate::domain::matching::{Line, LineState, Sum, find, hint, words};
use crate::domain::message::Form;
use crate::domain::money::Fen;
use crate::domain::reasons::RefusalCode;

/// 划转: the frozen account is zeroed, the payment goes to our bank, the notice to the incoming agency.
pub fn release_payment(desk: &mut Desk<'_>, case: &mut Case) {
    let Side::Outgoing(Outgoing::Issued(issued)) = &mut case.side else { return };
    let Funds::Frozen { amount } = issued.funds else { return };
    let Some(person) = case.person_no.clone() else { return };
    if let Some(account) = issued.payout.clone() {
        let us = desk.rules.directory.agency(desk.rules.us);
        let Some(payer) = us.and_then(|us| us.paying_account()).cloned() else { return };
        let payment = pay(desk, case, person, Order { amount, payer, payee: account.0 });
        if let Side::Outgoing(Outgoing::Issued(issued)) = &mut case.side {
            issued.funds = Funds::PayingPerson(payment);
        }
        return;
    }
    let (Some(payer), Some(payee)) = (issued.sheet.payer.clone(), issued.letter.payee.clone()) else { return };
    let sheet_no = issued.sheet.sheet_no.clone();
    let payment = pay(desk, case, person, Order { amount, payer, payee });
    let (ordinal, attempt) = (payment.ordinal, payment.attempt);
    let notice = RemittanceNotice {
        letter_no: case.letter_no.clone(),
        sheet_no,
        ordinal,
        attempt,
        amount,
        ordinal_total: amount,
        payment_ref: payment.payment_ref.clone(),
        bank_txn_no: None,
        batch_no: None,
        batch_count: None,
        batch_total: None,
        zeroed_on: desk.today,
        operator: Desk::auto(),
    };
    if let Side::Outgoing(Outgoing::Issued(issued)) = &mut case.side {
        issued.funds = Funds::Remitting(payment);
    }
    desk.send(case, None, Form::RemittanceNotice(Box::new(notice)));
    case.meet(Clock::Outgoing, desk.today);
}

/// What is paid, from where to where.
pub struct Order {
    pub amount: Fen,
    pub payer: BankAccount,
    pub payee: BankAccount,
}

/// 清零: the held account is debited and the payment released to our bank, once for each case.
pub fn pay(desk: &mut Desk<'_>, case: &Case, person: PersonNo, order: Order) -> Payment {
    let (ordinal, attempt) = (1, 1);
    let Order { amount, payer, payee } = order;
    let payment = Payment {
        ordinal,
        attempt,
        amount,
        payment_ref: payment_ref(case.id, ordinal, attempt),
        zeroed_on: desk.today,
    };
    desk.once(format!("pay/{}/{ordinal}/{attempt}", case.id), case.id);
    desk.post(Posting::debit(case.id, ordinal, &person, amount, desk.today));
    desk.register(RegisterChange::Thaw { person });
    desk.payment(PaymentRow {
        payment_ref: payment.payment_ref.clone(),
        case: case.id,
        letter_no: case.letter_no.clone(),
        ordinal,
        attempt,
        amount,
        payer,
        payee,
        released_at: desk.at,
        confirmed: None,
    });
    payment
}

/// Our own reference, within the banks' 35 characters: the case in base 36, ordinal, attempt.
fn payment_ref(case: CaseId, ordinal: u32, attempt: u32) -> PaymentRef {
    const DIGITS: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let mut rest = case.0.as_u128();
    let mut digits = [b'0'; 25];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[usize::try_from(rest % 36).expect("less than 36")];
        rest /= 36;
    }
    let text = format!("JX{}-{ordinal}-{attempt}", String::from_utf8_lossy(&digits));
    PaymentRef::new(&text).expect("a case and two small numbers fit a payment reference")
}

/// A statement line: money in waits in suspense until a case claims it, money out confirms a payment of ours.
pub fn statement(desk: &mut Desk<'_>, line: &StatementLine) {
    let line = &with_reference(line);
    if desk.known.lines.get(&line.key()).is_some_and(|known| known.line == *line) {
        return;
    }
    let ours = desk.rules.directory.agency(desk.rules.us);
    let is_ours =
        |number: &str| ours.is_some_and(|agency| agency.accounts.iter().any(|known| known.account.number == number));
    let own_side = if line.amount.0 < 0 { &line.payer_account } else { &line.payee_account };
    if !is_ours(own_side) {
        return desk.decline(Declined::new(
            "NOT_OUR_ACCOUNT",
            "该流水不是本机构账户的；请确认导入的是本机构的对账单",
            "the line is not of an account of ours; import our own statement",
        ));
    }
    match Fen::new(line.amount.0) {
        Some(amount) => money_in(desk, line, amount),
        None if line.amount.0 < 0 => money_out(desk, line),
        None => desk.decline(Declined::new("AMOUNT_ZERO", "金额为零", "the amount is zero")),
    }
}

/// Some banks carry our reference in the remark only. It is written where it belongs, so that a line which comes before
/// its notice is found when the notice comes.
fn with_reference(line: &StatementLine) -> StatementLine {
    let in_remark =
        || words(&line.remark).filter(|word| is_reference(word)).find_map(|word| PaymentRef::new(word).ok());
    StatementLine { payment_ref: line.payment_ref.clone().or_else(in_remark), ..line.clone() }
}

/// `JX`, 25 digits in base 36, ordinal, attempt: what [`payment_ref`] makes.
fn is_reference(word: &str) -> bool {
    let mut parts = word.split('-');
    let case = parts.next().and_then(|case| case.strip_prefix("JX"));
    case.is_some_and(|case| case.len() == 25 && case.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase()))
        && parts.clone().count() == 2
        && parts.all(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
}

fn money_in(desk: &mut Desk<'_>, line: &StatementLine, amount: Fen) {
    let mentions = mentioned_letter(desk, line);
    let mut line =
        Line { line: line.clone(), state: LineState::Unmatched { hint: hint::NO_CASE }, mentions, arrived_at: desk.at };
    desk.post(Posting::arrived(&line.key(), amount, line.line.booked_on));
    let by_payment = line.line.payment_ref.as_ref().and_then(|payment| desk.known.case_of_payment(payment));
    let by_remark =
        || words(&line.line.remark).find_map(|word| desk.known.case_of_payment(&PaymentRef::new(word).ok()?));
    let by_letter = || desk.known.case_of_own_letter(line.mentions.as_ref()?);
    let case = by_payment.or_else(by_remark).or_else(by_letter).cloned();
    let Some(case) = case.filter(|case| case.role() == "incoming") else {
        if let Some(case) = by_hand::case_for(desk, &line) {
            return by_hand::propose(desk, line, case);
        }
        desk.open_line_task("LINE_UNMATCHED", &line, None);
        return desk.line(line);
    };
    desk.changes.case = Some(case.id);
    line.state = LineState::Unmatched { hint: hint::AWAITING_NOTICE };
    match case.side.clone() {
        Side::Incoming(Incoming::Sheeted(sheeted))
            if matches!(sheeted.money, Money::Expected { .. } | Money::Remitted { .. } | Money::Discrepant { .. }) =>
        {
            desk.line(line);
            match_and_settle(desk, case, *sheeted);
        }
        Side::Incoming(Incoming::Waiting(waiting))
            if !matches!(waiting.answer, Answer::Returned(_) | Answer::Closed(_)) =>
        {
            desk.line(line)
        }
        _ => {
            line.state = LineState::Unmatched { hint: hint::CASE_CLOSED };
            desk.open_line_task("LINE_UNMATCHED", &line, Some(case.id));
            discrepancy::tell_duplicate(desk, case, &line.line);
            desk.line(line);
        }
    }
}

/// The letter no. of one of our own cases that the remark names.
fn mentioned_letter(desk: &Desk<'_>, line: &StatementLine) -> Option<LetterNo> {
    words(&line.remark)
        .filter_map(|word| LetterNo::new(word).ok())
        .find(|letter| desk.known.case_of_own_letter(letter).is_some())
}

/// Our bank booked a payment. Only one of ours, of exactly its amount, is believed.
fn money_out(desk: &mut Desk<'_>, line: &StatementLine) {
    let payment = line.payment_ref.as_ref().and_then(|payment| desk.known.payments.get(payment)).cloned();
    let fits = |payment: &PaymentRow| {
        payment.confirmed.is_none()
            && line.amount.0.checked_neg() == Some(payment.amount.get())
            && line.payer_account == payment.payer.number
            && line.payee_account == payment.payee.number
    };
    let Some(mut payment) = payment.filter(fits) else {
        let state = LineState::Unmatched { hint: hint::UNKNOWN_PAYMENT };
        let line = Line { line: line.clone(), state, mentions: None, arrived_at: desk.at };
        desk.open_line_task("UNKNOWN_PAYMENT", &line, None);
        return desk.line(line);
    };
    let Some(mut case) = desk.known.case(payment.case).cloned() else { return };
    payment.confirmed = Some((line.bank_txn_no.clone(), desk.at));
    let (ordinal, attempt) = (payment.ordinal, payment.attempt);
    desk.post(Posting::paid(case.id, ordinal, attempt, payment.amount, line.booked_on));
    desk.payment(payment);
    let state = LineState::Paid { case: case.id, at: desk.at };
    desk.line(Line { line: line.clone(), state, mentions: None, arrived_at: desk.at });
    let booked = |payment: &Payment| Booked {
        payment: payment.clone(),
        bank_txn_no: line.bank_txn_no.clone(),
        booked_on: line.booked_on,
    };
    match &mut case.side {
        Side::Outgoing(Outgoing::Issued(issued)) => match &issued.funds {
            Funds::Remitting(payment) => issued.funds = Funds::Remitted(booked(payment)),
            Funds::PayingPerson(payment) => issued.funds = Funds::PaidToPerson(booked(payment)),
            Funds::NothingToRemit | Funds::Frozen { .. } | Funds::Remitted(_) | Funds::PaidToPerson(_) => return,
        },
        Side::Outgoing(Outgoing::Payout(payout)) => match &payout.stage {
            PayoutStage::Paying(payment) => payout.stage = PayoutStage::Paid(booked(payment)),
            PayoutStage::Opened | PayoutStage::Paid(_) | PayoutStage::Withdrawn { .. } => return,
        },
        _ => return,
    }
    completion::await_confirmation(desk, &mut case);
    desk.step(case);
}

/// 划转通知 at the incoming agency: from now on its money can be matched.
pub fn remittance_notice(desk: &mut Desk<'_>, mut case: Case, notice: &RemittanceNotice) -> Taking {
    let sheeted = match &case.side {
        Side::Incoming(Incoming::Sheeted(sheeted)) => (**sheeted).clone(),
        Side::Incoming(Incoming::Waiting(waiting))
            if !matches!(waiting.answer, Answer::Returned(_) | Answer::Closed(_)) =>
        {
            return Taking::Early;
        }
        _ => return Taking::Refused(RefusalCode::IllegalState),
    };
    let Money::Expected { amount } = sheeted.money else { return Taking::Refused(RefusalCode::IllegalState) };
    let agrees = notice.amount == amount
        && notice.ordinal_total == amount
        && notice.ordinal == 1
        && notice.attempt == 1
        && notice.letter_no == sheeted.letter.letter_no
        && notice.sheet_no == sheeted.sheet.sheet_no;
    if !agrees {
        return Taking::Refused(RefusalCode::AmountDiffers);
    }
    case.meet(Clock::Outgoing, desk.today);
    let money = Money::Remitted { notice: notice.clone() };
    match_and_settle(desk, case, Sheeted { money, ..sheeted });
    Taking::Applied
}

/// Climbs the ladder for one case and stores its next step.
fn match_and_settle(desk: &mut Desk<'_>, mut case: Case, mut sheeted: Sheeted) {
    let (notice, told) = match &sheeted.money {
        Money::Remitted { notice } => (notice.clone(), None),
        Money::Discrepant { notice, told } => (notice.clone(), *told),
        _ => return completion::settle(desk, case, sheeted),
    };
    let found = find(&notice, sheeted.sheet.payer.as_ref(), desk.known.lines.values());
    mark(desk, &found.wrong_payer, hint::WRONG_PAYER);
    for key in &found.wrong_payer {
        if let Some(line) = desk.known.lines.get(key).cloned() {
            desk.open_line_task("WRONG_PAYER", &line, Some(case.id));
        }
    }
    match found.sum {
        Sum::Exact(lines) => {
            let arrival = book_match(desk, &case, &lines, &notice);
            sheeted.money = Money::Matched { notice, arrival };
            desk.close_task("MONEY_DIFFERS", &case.id.to_string());
        }
        Sum::Differs(lines) => {
            mark(desk, &lines, hint::AMOUNT_DIFFERS);
            desk.open_case_task("MONEY_DIFFERS", case.id, None);
            let kind = kind_of(desk, &lines, notice.ordinal_total);
            let told = discrepancy::tell(desk, &mut case, &notice, told, (kind, &lines));
            sheeted.money = Money::Discrepant { notice, told };
        }
        Sum::Nothing if !found.wrong_payer.is_empty() => {
            let what = (DiscrepancyKind::WrongName, found.wrong_payer.as_slice());
            let told = discrepancy::tell(desk, &mut case, &notice, told, what);
            sheeted.money = Money::Discrepant { notice, told };
        }
        Sum::Nothing => by_hand::propose_for(desk, case.id, &notice, sheeted.sheet.payer.as_ref()),
    }
    completion::settle(desk, case, sheeted);
}

/// A sum that no 64 bits hold is too much.
fn kind_of(desk: &Desk<'_>, lines: &[LineKey], total: Fen) -> DiscrepancyKind {
    let mut amounts = lines.iter().filter_map(|key| desk.known.lines.get(key)).map(|line| line.line.amount.0);
    let sum = amounts.try_fold(0i64, i64::checked_add);
    match sum {
        Some(sum) if sum < total.get() => DiscrepancyKind::Short,
        _ => DiscrepancyKind::Over,
    }
}

fn mark(desk: &mut Desk<'_>, lines: &[LineKey], hint: &'static str) {
    for key in lines {
        if let Some(mut line) = desk.known.lines.get(key).cloned() {
            line.state = LineState::Unmatched { hint };
            desk.line(line);
        }
    }
}

/// suspense / line → transit-in / case, line by line.
pub fn book_match(desk: &mut Desk<'_>, case: &Case, lines: &[LineKey], notice: &RemittanceNotice) -> Arrival {
    let mut last = None;
    for key in lines {
        let Some(mut line) = desk.known.lines.get(key).cloned() else { continue };
        let Some(amount) = Fen::new(line.line.amount.0) else { continue };
        desk.post(Posting::matched(key, case.id, amount, desk.today));
        for kind in ["LINE_UNMATCHED", "WRONG_PAYER", "MATCH_PROPOSED"] {
            desk.close_task(kind, key.as_str());
        }
        line.state = LineState::Matched { case: case.id, at: desk.at };
        last = last.max(Some((line.line.booked_on, line.line.bank_txn_no.clone())));
        desk.line(line);
    }
    let (received_on, bank_txn_no) = last.expect("an exact match has at least one line");
    Arrival { amount: notice.ordinal_total, received_on, bank_txn_no }
}
