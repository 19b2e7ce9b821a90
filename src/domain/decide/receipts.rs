//! 签收回执 and 拒绝处理通知 as they come back to us: they close our messages and move what waited for them.

use super::completion;
use super::correspondence;
use super::desk::Desk;
use super::money_back;
use super::review;
use crate::domain::calendar::Due;
use crate::domain::case::incoming::Answer;
use crate::domain::case::outgoing::Heard;
use crate::domain::case::{Case, Incoming, Outgoing, Side};
use crate::domain::deadlines::Clock;
use crate::domain::forms::{Receipt, ReceiptEntry, Refusal};
use crate::domain::ids::AgencyCode;
use crate::domain::message::Kind;
use crate::domain::reasons::{Reason, RefusalCode, ReturnCode};
use crate::domain::time::next_day;

/// Entries for messages we never sent, or of another digest, move nothing.
pub fn receipt(desk: &mut Desk<'_>, sender: &AgencyCode, receipt: &Receipt) {
    for entry in &receipt.entries {
        let Some(sent) = desk.known.outbox.get(&entry.message_id).cloned() else { continue };
        if sent.recipient != *sender || sent.digest != entry.digest {
            let task = format!("DIGEST_DIFFERS/{}", entry.message_id);
            desk.open_task(task, "DIGEST_DIFFERS", sent.case, None, Some(sender.to_string()));
            continue;
        }
        if sent.closed {
            continue;
        }
        if let Some(known) = desk.known.outbox.get_mut(&entry.message_id) {
            known.closed = true;
        }
        desk.changes.receipted.push(entry.message_id);
        let case = sent.case.and_then(|case| desk.known.case(case)).cloned();
        match case {
            Some(case) if sent.kind == Kind::FundsReturn => {
                let heard = if entry.refused { Heard::Refused } else { Heard::Taken };
                money_back::heard(desk, case, entry.message_id, heard);
            }
            // A sheet that waits there for what was sent before it is receipted as well. Should it be refused once it is
            // looked at, its payment is on its way: the refusal is a task here, and the money stays in suspense there.
            Some(case) if !entry.refused => receipted(desk, case, sent.kind, entry),
            _ => {}
        }
    }
}

/// The peer durably has our message.
pub fn receipted(desk: &mut Desk<'_>, mut case: Case, kind: Kind, entry: &ReceiptEntry) {
    match (kind, &mut case.side) {
        (Kind::ContactLetter, Side::Incoming(Incoming::Waiting(waiting))) if waiting.answer == Answer::None => {
            let due = match entry.due_on {
                Some(day) => Due::On(day),
                None => Due::Provisional { not_before: next_day(entry.received_at.china_date()) },
            };
            waiting.answer = Answer::Working { received_at: entry.received_at, due };
            desk.step(case);
        }
        (Kind::InformationSheet, Side::Outgoing(Outgoing::Issued(issued))) if !issued.receipted => {
            issued.receipted = true;
            review::payment(desk, &mut case);
            completion::await_confirmation(desk, &mut case);
            desk.step(case);
        }
        (Kind::CompletionNotice, Side::Incoming(Incoming::Completed(completed))) if !completed.acknowledged => {
            completed.acknowledged = true;
            case.meet(Clock::Whole, desk.today);
            desk.step(case);
        }
        _ => {}
    }
}

/// A peer cannot take a message of ours: a person must look.
pub fn refusal(desk: &mut Desk<'_>, sender: &AgencyCode, refusal: &Refusal) {
    let Some(sent) = desk.known.outbox.get(&refusal.message_id).cloned() else { return };
    if sent.recipient != *sender || sent.digest != refusal.digest {
        return;
    }
    let Some(code) = refusal.codes.first().copied() else { return };
    if let Some(known) = desk.known.outbox.get_mut(&refusal.message_id) {
        known.closed = true;
    }
    desk.changes.refused.push((refusal.message_id, code));
    // An older release takes no notices: nothing is lost by that, and nobody can mend it here.
    if (sent.kind, code) != (Kind::PeerNotice, RefusalCode::KindNotSupported) {
        let task = format!("REFUSED_BY_PEER/{}", refusal.message_id);
        desk.open_task(task, "REFUSED_BY_PEER", sent.case, None, Some(code.code().to_owned()));
    }
    let case = sent.case.and_then(|case| desk.known.case(case)).cloned();
    if let Some(case) = case.filter(|_| sent.kind == Kind::FundsReturn) {
        money_back::heard(desk, case, refusal.message_id, Heard::Refused);
    }
    let handed_over = sent.case.filter(|_| sent.kind == Kind::ApplicationNotice);
    if let Some(mut case) = handed_over.and_then(|case| desk.known.case(case)).cloned()
        && matches!(case.side, Side::Outgoing(Outgoing::HandedOver(_)))
    {
        // No letter can come any more: the person hears of it and applies at the other agency.
        let text = Some(code.code().to_owned());
        correspondence::turned_down(desk, &mut case, vec![Reason { code: ReturnCode::Other, text, field: None }]);
        desk.step(case);
    }
}
