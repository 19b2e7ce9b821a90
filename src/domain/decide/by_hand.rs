//! 人工匹配: lines that name no case, or come from another payer, are claimed for a case by people. Rung 3 proposes; a
//! person confirms. Without a proposal two persons decide. The sum must be exact in any case.

use super::batch;
use super::completion;
use super::desk::Desk;
use super::discrepancy;
use super::funds::book_match;
use crate::domain::case::incoming::Money;
use crate::domain::case::{Case, Incoming, Side};
use crate::domain::changes::Declined;
use crate::domain::forms::{BankAccount, RemittanceNotice};
use crate::domain::ids::{BankTxnNo, CaseId};
use crate::domain::ledger::LineKey;
use crate::domain::matching::{self, Line, LineState, hint};

/// The announced payment of a case that waits for its money.
fn notice(case: &Case) -> Option<&RemittanceNotice> {
    match &case.side {
        Side::Incoming(Incoming::Sheeted(sheeted)) => match &sheeted.money {
            Money::Remitted { notice } | Money::Discrepant { notice, .. } => Some(notice),
            _ => None,
        },
        _ => None,
    }
}

/// The lines of these numbers, if they wait and sum to what was announced.
pub fn lines(desk: &Desk<'_>, case: &Case, txns: &[BankTxnNo]) -> Result<Vec<LineKey>, Declined> {
    let mut keys = Vec::new();
    let mut sum = Some(0i64);
    for txn in txns {
        let mut named = desk.known.lines.values().filter(|line| line.line.bank_txn_no == *txn && line.waits());
        let (Some(line), None) = (named.next(), named.next()) else {
            return Err(Declined::new(
                "LINE_NOT_WAITING",
                "没有这笔待匹配的流水；请核对银行流水号（jiexu bank list）",
                "no line of this number waits to be matched; check it with jiexu bank list",
            ));
        };
        if !keys.contains(&line.key()) {
            keys.push(line.key());
            sum = sum.and_then(|sum| sum.checked_add(line.line.amount.0));
        }
    }
    if sum.is_none() || sum != notice(case).map(|notice| notice.awaited().get()) {
        return Err(Declined::new(
            "MATCH_SUM",
            "所选流水合计与划转通知不相等，不能匹配；不作部分入账",
            "the lines do not sum to what was announced; nothing is credited in part",
        ));
    }
    Ok(keys)
}

/// Whether rung 3 proposed exactly these lines for this case.
pub fn is_proposed(desk: &Desk<'_>, case: &Case, txns: &[BankTxnNo]) -> bool {
    let Ok(keys) = lines(desk, case, txns) else { return false };
    keys.iter().all(|key| {
        desk.known
            .lines
            .get(key)
            .is_some_and(|line| matches!(line.state, LineState::Unmatched { hint: hint::PROPOSED }) && fits(line, case))
    })
}

pub fn carry_out(desk: &mut Desk<'_>, mut case: Case, txns: &[BankTxnNo]) -> Result<(), Declined> {
    let keys = lines(desk, &case, txns)?;
    let Side::Incoming(Incoming::Sheeted(sheeted)) = &case.side else { return Ok(()) };
    let mut sheeted = (**sheeted).clone();
    let Some(notice) = notice(&case).cloned() else { return Ok(()) };
    if let Some(batch) = &notice.batch {
        return batch::carry_out(desk, &case, batch, keys);
    }
    let arrival = book_match(desk, &case, &keys, &notice);
    discrepancy::not_missing(desk, &mut case);
    desk.close_task("MONEY_DIFFERS", &case.id.to_string());
    sheeted.money = Money::Matched { notice, arrival };
    completion::settle(desk, case, sheeted);
    Ok(())
}

fn fits(line: &Line, case: &Case) -> bool {
    let Side::Incoming(Incoming::Sheeted(sheeted)) = &case.side else { return false };
    notice(case).is_some_and(|notice| matching::fits(line, notice, sheeted.sheet.payer.as_ref()))
}

/// Rung 3 for a line that names no case: the only case whose payer, name, sum and days fit.
pub fn case_for(desk: &Desk<'_>, line: &Line) -> Option<CaseId> {
    let mut fitting = desk.known.cases().filter(|case| fits(line, case)).map(|case| case.id);
    fitting.next().filter(|_| fitting.next().is_none())
}

/// Rung 3 for a notice that no line names: the only line that fits.
pub fn propose_for(desk: &mut Desk<'_>, case: CaseId, notice: &RemittanceNotice, payer: Option<&BankAccount>) {
    let mut fitting = desk.known.lines.values().filter(|line| {
        matches!(line.state, LineState::Unmatched { hint: hint::NO_CASE }) && matching::fits(line, notice, payer)
    });
    let Some(line) = fitting.next().cloned() else { return };
    if fitting.next().is_none() {
        propose(desk, line, case);
    }
}

/// 建议匹配: a person must say yes.
pub fn propose(desk: &mut Desk<'_>, mut line: Line, case: CaseId) {
    line.state = LineState::Unmatched { hint: hint::PROPOSED };
    desk.close_task("LINE_UNMATCHED", line.key().as_str());
    let key = line.key().to_string();
    let txn = Some(line.line.bank_txn_no.to_string());
    let task = format!("MATCH_PROPOSED/{key}");
    desk.open_task(task, "MATCH_PROPOSED", Some(case), Some(key), txn);
    desk.line(line);
}
