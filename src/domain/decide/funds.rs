//! The money track: our bank's lines, the announced remittance, and lines finding their case.

use super::Taking;
use super::batch;
use super::by_hand;
use super::completion;
use super::desk::Desk;
use super::discrepancy;
use super::giving_back;
use super::money_back;
use super::payment;
use crate::domain::case::incoming::{Answer, Arrival, Money, Sheeted};
use crate::domain::case::supplement::KEPT_MOST;
use crate::domain::case::{Case, Incoming, Side};
use crate::domain::changes::Declined;
use crate::domain::deadlines::{Clock, Deadline};
use crate::domain::event::StatementLine;
use crate::domain::forms::RemittanceNotice;
use crate::domain::ids::{CaseId, LetterNo, PaymentRef};
use crate::domain::ledger::{LineKey, Posting};
use crate::domain::matching::{Line, LineState, Sum, find, hint, words};
use crate::domain::money::Fen;
use crate::domain::reasons::RefusalCode;
use crate::domain::reference;

/// A statement line: money in waits in suspense until a case claims it, money out confirms a payment of ours.
pub fn statement(desk: &mut Desk<'_>, line: &StatementLine) {
    let line = &payment::with_reference(line);
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
    if line.refused {
        return money_back::refused(desk, line);
    }
    match Fen::new(line.amount.0) {
        Some(amount) => money_in(desk, line, amount),
        None if line.amount.0 < 0 => payment::money_out(desk, line),
        None => desk.decline(Declined::new("AMOUNT_ZERO", "金额为零", "the amount is zero")),
    }
}

fn money_in(desk: &mut Desk<'_>, line: &StatementLine, amount: Fen) {
    if let Some(payment) = money_back::named(desk, line) {
        return money_back::came_back(desk, line, amount, payment);
    }
    if let Some(case) = giving_back::is_of_ours(desk, line) {
        return giving_back::arrived(desk, line, amount, case);
    }
    let mentions = mentioned_letter(desk, line);
    let mut line =
        Line { line: line.clone(), state: LineState::Unmatched { hint: hint::NO_CASE }, mentions, arrived_at: desk.at };
    desk.post(Posting::arrived(&line.key(), amount, line.line.booked_on));
    let by_payment = line.line.payment_ref.as_ref().and_then(|payment| desk.known.case_of_payment(payment));
    let by_remark =
        || words(&line.line.remark).find_map(|word| desk.known.case_of_payment(&PaymentRef::new(word).ok()?));
    let by_letter = || desk.known.case_of_own_letter(line.mentions.as_ref()?);
    let by_batch = || desk.known.case_of_batch(line.line.payment_ref.as_ref()?);
    let case = by_payment.or_else(by_remark).or_else(by_letter).or_else(by_batch).cloned();
    let Some(case) = case.filter(|case| case.role() == "incoming") else {
        if let Some(case) = by_hand::case_for(desk, &line) {
            return by_hand::propose(desk, line, case);
        }
        if line.line.payment_ref.as_ref().is_some_and(reference::is_of_line) {
            line.state = LineState::Unmatched { hint: hint::SENT_BACK };
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
        // Its announcement is kept until the money before it is credited.
        Side::Incoming(Incoming::Sheeted(sheeted)) if sheeted.is_of_supplement(&line) => desk.line(line),
        // What was returned may turn up after all: it waits for the next announcement, visibly.
        Side::Incoming(Incoming::Sheeted(sheeted)) if matches!(sheeted.money, Money::Returned { .. }) => {
            desk.open_line_task("LINE_UNMATCHED", &line, Some(case.id));
            desk.line(line);
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

/// 划转通知 at the incoming agency: from now on its money can be matched.
pub fn remittance_notice(desk: &mut Desk<'_>, mut case: Case, notice: &RemittanceNotice) -> Taking {
    let mut sheeted = match &case.side {
        Side::Incoming(Incoming::Sheeted(sheeted)) => (**sheeted).clone(),
        Side::Incoming(Incoming::Waiting(waiting))
            if !matches!(waiting.answer, Answer::Returned(_) | Answer::Closed(_)) =>
        {
            return Taking::Early;
        }
        _ => return Taking::Refused(RefusalCode::IllegalState),
    };
    // The other agency has the difference already; our own bank has not said yet that it left.
    let is_next = (notice.ordinal, notice.attempt) == (sheeted.next_ordinal(), 1);
    if matches!(sheeted.money, Money::Reversing { .. }) && is_next {
        return Taking::Early;
    }
    let Some((amount, is_next)) = awaited(&sheeted, notice) else {
        return Taking::Refused(RefusalCode::IllegalState);
    };
    let agrees = notice.amount == amount
        && notice.ordinal_total == amount
        && is_next
        && notice.letter_no == sheeted.letter.letter_no
        && notice.sheet_no == sheeted.sheet.sheet_no
        && batch::agrees(desk, &case, notice);
    if !agrees {
        return Taking::Refused(RefusalCode::AmountDiffers);
    }
    case.meet(Clock::Outgoing, desk.today);
    let notice = notice.clone();
    let is_again = matches!(&sheeted.money, Money::Returned { notice: before } if before.ordinal == notice.ordinal);
    if is_again || sheeted.last_announced().is_none() {
        case.restart(Deadline::arrival(desk.rules.calendar, desk.rules.limits, desk.today));
        sheeted.money = Money::Remitted { notice };
    } else {
        sheeted.keep(notice);
    }
    match_and_settle(desk, case, sheeted);
    Taking::Applied
}

/// The sum that may be announced now, and whether this is the payment to bring it; none where no money is awaited.
fn awaited(sheeted: &Sheeted, notice: &RemittanceNotice) -> Option<(Fen, bool)> {
    if let Some(before) = sheeted.returned().find(|before| before.ordinal == notice.ordinal) {
        return Some((before.ordinal_total, money_back::follows(notice, before)));
    }
    let next = match sheeted.last_announced() {
        Some(_) if sheeted.supplements.len() >= KEPT_MOST => return None,
        Some(before) => before.ordinal + 1,
        None if matches!(sheeted.money, Money::Expected { .. }) => sheeted.next_ordinal(),
        None => return None,
    };
    let more = sheeted.sheet.amount?.get() - sheeted.announced();
    Some((Fen::new(more)?, (notice.ordinal, notice.attempt) == (next, 1)))
}

/// 补划 whose turn has come: its money may be here already.
pub fn turn_to_supplement(desk: &mut Desk<'_>, mut case: Case, sheeted: Sheeted) {
    // What somebody proposed for the payment before is not meant for this one.
    if case.proposal.take().is_some() {
        desk.close_task("CONFIRM", &case.id.to_string());
    }
    if matches!(sheeted.money, Money::Remitted { .. }) {
        case.restart(Deadline::arrival(desk.rules.calendar, desk.rules.limits, desk.today));
    }
    match_and_settle(desk, case, sheeted);
}

/// Climbs the ladder for one case and stores its next step.
pub fn match_and_settle(desk: &mut Desk<'_>, mut case: Case, mut sheeted: Sheeted) {
    let (notice, told) = match &sheeted.money {
        Money::Remitted { notice } => (notice.clone(), None),
        Money::Discrepant { notice, told } => (notice.clone(), *told),
        _ => return completion::settle(desk, case, sheeted),
    };
    if let Some(batch) = notice.batch.clone() {
        return batch::match_and_settle(desk, case, sheeted, &batch);
    }
    let lines = desk.known.lines.values().filter(|line| !sheeted.is_of_supplement(line));
    let found = find(&notice, sheeted.sheet.payer.as_ref(), lines);
    if found.sum != Sum::Nothing || !found.wrong_payer.is_empty() {
        discrepancy::not_missing(desk, &mut case);
    }
    wrong_payer(desk, &found.wrong_payer, case.id);
    match found.sum {
        Sum::Exact(lines) => {
            let arrival = book_match(desk, &case, &lines, &notice);
            sheeted.money = Money::Matched { notice, arrival };
            desk.close_task("MONEY_DIFFERS", &case.id.to_string());
        }
        Sum::Differs(lines) => {
            mark(desk, &lines, hint::AMOUNT_DIFFERS);
            desk.open_case_task("MONEY_DIFFERS", case.id, None);
            let told = discrepancy::tell_sum(desk, &mut case, &notice, told, &lines);
            sheeted.money = Money::Discrepant { notice, told };
        }
        Sum::Nothing if !found.wrong_payer.is_empty() => {
            let told = discrepancy::tell_wrong_name(desk, &mut case, &notice, told, &found.wrong_payer);
            sheeted.money = Money::Discrepant { notice, told };
        }
        // What had come was the supplement's: of this payment nothing is here.
        Sum::Nothing if told.is_some() && !sheeted.supplements.is_empty() => {
            sheeted.money = Money::Remitted { notice };
            desk.close_task("MONEY_DIFFERS", &case.id.to_string());
            case.restart(Deadline::arrival(desk.rules.calendar, desk.rules.limits, desk.today));
        }
        Sum::Nothing => by_hand::propose_for(desk, case.id, &notice, sheeted.sheet.payer.as_ref()),
    }
    completion::settle(desk, case, sheeted);
}

/// 付款方不符: never counted, whatever the sum; a person looks.
pub fn wrong_payer(desk: &mut Desk<'_>, lines: &[LineKey], case: CaseId) {
    mark(desk, lines, hint::WRONG_PAYER);
    for key in lines {
        if let Some(line) = desk.known.lines.get(key).cloned() {
            desk.open_line_task("WRONG_PAYER", &line, Some(case));
        }
    }
}

pub fn mark(desk: &mut Desk<'_>, lines: &[LineKey], hint: &'static str) {
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
