//! 批量划转 as it arrives: one sum of the bank for several persons. It is matched once every notice of the batch is here and
//! the lines sum to its total; then each case has its part, and goes on alone. Never a part of a batch.

use std::collections::VecDeque;

use super::completion;
use super::desk::Desk;
use super::discrepancy;
use super::funds::{mark, wrong_payer};
use crate::domain::case::incoming::{Arrival, Money, Sheeted};
use crate::domain::case::{Case, Incoming, Side};
use crate::domain::changes::Declined;
use crate::domain::forms::{Batch, RemittanceNotice};
use crate::domain::ids::AgencyCode;
use crate::domain::ledger::{LineKey, Posting};
use crate::domain::matching::{LineState, Sum, find, hint};
use crate::domain::money::Fen;

/// One case that awaits its part.
struct Member {
    case: Case,
    sheeted: Sheeted,
    notice: RemittanceNotice,
}

/// Whether what a notice says of its batch agrees with what the others said.
pub fn agrees(desk: &Desk<'_>, case: &Case, notice: &RemittanceNotice) -> bool {
    let Some(batch) = &notice.batch else { return true };
    let mut others = members(desk, &case.peer, &batch.no);
    others.retain(|member| member.case.id != case.id);
    let sum = others.iter().try_fold(notice.amount, |sum, member| sum.plus(member.notice.amount));
    let is_last = others.len() + 1 == batch.count as usize;
    let fits = sum.is_some_and(|sum| if is_last { sum == batch.total } else { sum < batch.total });
    let says_the_same = |member: &Member| member.notice.batch.as_ref() == Some(batch);
    others.len() < batch.count as usize && fits && others.iter().all(says_the_same)
}

fn members(desk: &Desk<'_>, peer: &AgencyCode, no: &str) -> Vec<Member> {
    let member = |case: &Case| {
        let Side::Incoming(Incoming::Sheeted(sheeted)) = &case.side else { return None };
        let is_in = |notice: &&RemittanceNotice| notice.batch.as_ref().is_some_and(|batch| batch.no == no);
        let notice = sheeted.awaited().find(is_in)?.clone();
        (case.peer == *peer).then(|| Member { case: case.clone(), sheeted: (**sheeted).clone(), notice })
    };
    let mut members: Vec<Member> = desk.known.cases().filter_map(member).collect();
    members.sort_by_key(|member| member.case.id);
    members
}

/// All members, once the batch is complete and each of them has this money in hand: none before its turn.
fn complete(desk: &Desk<'_>, peer: &AgencyCode, batch: &Batch) -> Option<Vec<Member>> {
    let members = members(desk, peer, &batch.no);
    let is_in_hand = |member: &Member| member.sheeted.money.notice() == Some(&member.notice);
    // A notice kept for later in another batch was perhaps not counted when the last one was taken.
    let sum = members.iter().try_fold(0i64, |sum, member| sum.checked_add(member.notice.amount.get()));
    let is_whole = members.len() == batch.count as usize && sum == Some(batch.total.get());
    (is_whole && members.iter().all(is_in_hand)).then_some(members)
}

/// Stores the case as it stands, then looks whether the whole batch can be matched.
pub fn match_and_settle(desk: &mut Desk<'_>, case: Case, sheeted: Sheeted, batch: &Batch) {
    let peer = case.peer.clone();
    completion::settle(desk, case, sheeted);
    let Some(members) = complete(desk, &peer, batch) else { return };
    let Some(first) = members.first() else { return };
    let found = find(&first.notice, first.sheeted.sheet.payer.as_ref(), desk.known.lines.values());
    wrong_payer(desk, &found.wrong_payer, first.case.id);
    match found.sum {
        Sum::Exact(lines) => book(desk, members, lines),
        Sum::Differs(lines) => {
            mark(desk, &lines, hint::AMOUNT_DIFFERS);
            differs(desk, members, &lines, false);
        }
        Sum::Nothing if !found.wrong_payer.is_empty() => differs(desk, members, &found.wrong_payer, true),
        Sum::Nothing => {}
    }
}

/// No case of the batch has its money; the other agency is told once, in the first of them.
fn differs(desk: &mut Desk<'_>, members: Vec<Member>, lines: &[LineKey], is_wrong_name: bool) {
    let mut told = None;
    for (place, Member { mut case, mut sheeted, notice }) in members.into_iter().enumerate() {
        discrepancy::not_missing(desk, &mut case);
        if place == 0 {
            let before = if let Money::Discrepant { told, .. } = &sheeted.money { *told } else { None };
            told = if is_wrong_name {
                discrepancy::tell_wrong_name(desk, &mut case, &notice, before, lines)
            } else {
                desk.open_case_task("MONEY_DIFFERS", case.id, None);
                discrepancy::tell_sum(desk, &mut case, &notice, before, lines)
            };
        }
        sheeted.money = Money::Discrepant { notice, told };
        completion::settle(desk, case, sheeted);
    }
}

/// suspense / line → transit-in / case, part by part: lines and cases sum to the same.
fn book(desk: &mut Desk<'_>, members: Vec<Member>, lines: Vec<LineKey>) {
    let Some(first) = members.first().map(|member| member.case.id) else { return };
    let mut rest: VecDeque<(LineKey, Fen)> = VecDeque::new();
    let mut last = None;
    for key in lines {
        let Some(mut line) = desk.known.lines.get(&key).cloned() else { continue };
        let Some(amount) = Fen::new(line.line.amount.0) else { continue };
        for kind in ["LINE_UNMATCHED", "WRONG_PAYER", "MATCH_PROPOSED"] {
            desk.close_task(kind, key.as_str());
        }
        last = last.max(Some((line.line.booked_on, line.line.bank_txn_no.clone())));
        line.state = LineState::Matched { case: first, at: desk.at };
        desk.line(line);
        rest.push_back((key, amount));
    }
    let Some((received_on, bank_txn_no)) = last else { return };
    for Member { mut case, mut sheeted, notice } in members {
        part(desk, &case, notice.amount, &mut rest);
        discrepancy::not_missing(desk, &mut case);
        desk.close_task("MONEY_DIFFERS", &case.id.to_string());
        let arrival = Arrival { amount: notice.ordinal_total, received_on, bank_txn_no: bank_txn_no.clone() };
        sheeted.money = Money::Matched { notice, arrival };
        completion::settle(desk, case, sheeted);
    }
}

/// One case's part, from as many lines as it takes.
fn part(desk: &mut Desk<'_>, case: &Case, amount: Fen, rest: &mut VecDeque<(LineKey, Fen)>) {
    let mut needed = amount.get();
    while let Some((key, left)) = rest.front_mut() {
        let Some(taken) = Fen::new(needed.min(left.get())) else { return };
        desk.post(Posting::matched_part(key, case.id, taken, desk.today));
        needed -= taken.get();
        match Fen::new(left.get() - taken.get()) {
            Some(more) => *left = more,
            None => drop(rest.pop_front()),
        }
    }
}

/// 人工匹配 for a batch: two persons named its lines at one of its cases; all of them have their parts.
pub fn carry_out(desk: &mut Desk<'_>, case: &Case, batch: &Batch, lines: Vec<LineKey>) -> Result<(), Declined> {
    let members = complete(desk, &case.peer, batch).ok_or_else(|| {
        Declined::new(
            "BATCH_INCOMPLETE",
            "该批次的划转通知尚未到齐，或其中有人的前一笔款项尚未入账，不能匹配",
            "notices of this batch are still missing, or one of its persons awaits an earlier payment; it cannot be \
             matched yet",
        )
    })?;
    // As the case was changed by who confirmed, not as it stood before.
    let members = members.into_iter().map(|member| {
        let changed = if member.case.id == case.id { case.clone() } else { member.case };
        Member { case: changed, ..member }
    });
    book(desk, members.collect(), lines);
    Ok(())
}
