//! The protocol: one total, pure function. It never fails: what cannot be taken is refused, and the refusal is an
//! answer too. Order inside a case is by its state and `case_sequence`, never by arrival.

mod act;
mod application;
mod batch;
mod batch_payment;
mod by_hand;
mod calendar;
mod cancellation;
mod chase;
mod check;
mod closing;
mod completion;
mod correction;
mod correspondence;
mod deceased;
mod desk;
mod discrepancy;
mod funds;
mod giving_back;
mod letter;
mod money_back;
mod objection;
mod payment;
mod payout;
mod peer;
mod person;
mod receipts;
mod register;
mod restore;
mod reversal;
mod review;
mod sheet;
mod tasks;
mod unidentified;

use super::act::Why;
use super::calendar::Calendar;
use super::case::Case;
use super::changes::{Changes, Declined, Outcome};
use super::deadlines::Limits;
use super::directory::Directory;
use super::event::{Event, Mint, What};
use super::forms::{Receipt, ReceiptEntry, Refusal};
use super::handler::LocalHandler;
use super::ids::{AgencyCode, CaseId, MessageId};
use super::known::{Known, Taken};
use super::message::{Form, Kind, Received};
use super::reasons::RefusalCode;
use super::steps::Steps;

use desk::Desk;
pub use restore::{differs as restore_differs, waits as restore_waits};

/// What stays the same while a batch is decided.
pub struct Rules<'a> {
    pub us: &'a AgencyCode,
    pub directory: &'a Directory,
    pub calendar: &'a Calendar,
    pub limits: &'a Limits,
    pub steps: &'a Steps,
    pub handler: &'a dyn LocalHandler,
}

/// What became of one message inside its case.
pub(crate) enum Taking {
    Applied,
    /// Its predecessor, or our bank, has not come yet.
    Early,
    Refused(RefusalCode),
}

/// Decides one event against what is known, and brings what is known up to date.
pub fn decide(event: &Event, known: &mut Known, rules: &Rules<'_>, mint: &mut dyn Mint) -> Changes {
    let mut desk = Desk::new(event, known, rules, mint);
    let local = !matches!(event.what, What::Message(_) | What::Seen { .. });
    if local && restore::is_unapproved(&desk) && !matches!(event.what, What::Restore(_)) {
        desk.decline(restore::unapproved());
        return desk.finish();
    }
    if local && known_event(&mut desk, event) {
        return desk.finish();
    }
    match &event.what {
        What::Message(received) => message(&mut desk, received),
        What::Application(application) => application::take(&mut desk, application),
        What::Payout(request) => payout::open(&mut desk, &event.actor, request),
        What::Statement(line) => funds::statement(&mut desk, line),
        What::Register(entry) => register::person(&mut desk, entry),
        What::Periods(entry) => register::periods(&mut desk, entry),
        What::Seen { sender, id } => seen(&mut desk, sender, *id),
        What::Act(act) => act::act(&mut desk, &event.actor, act),
        What::Task(act) => tasks::act(&mut desk, &event.actor, act),
        What::Line(act) => unidentified::act(&mut desk, &event.actor, act),
        What::Unidentified { line } => unidentified::tell(&mut desk, line),
        What::UnidentifiedNoted { peer, txn, reason } => {
            unidentified::noted(&mut desk, &event.actor, (peer, txn), reason);
        }
        What::Remit { order_no, reason } => {
            batch_payment::remit(&mut desk, &event.actor, order_no, &Why(reason.clone()));
        }
        What::Export { batch_no } => restore::export(&mut desk, batch_no),
        What::ExportNotices { batch_no, again: None } => desk.changes.notices_export = Some(batch_no.clone()),
        // Only the audit chain has something to say.
        What::ExportNotices { again: Some(_), .. } => {}
        What::Calendar(import) => calendar::import(&mut desk, import),
        What::Recount { case, .. } => calendar::recount(&mut desk, *case),
        What::LookAgain { case, .. } => check::look_again(&mut desk, *case),
        What::Chase { case, clock, since, stage } => chase::chase(&mut desk, *case, *clock, *since, *stage),
        What::Remind { case, on } => chase::release(&mut desk, *case, *on),
        What::Announce(order) => peer::announce(&mut desk, &event.actor, order),
        What::Withdraw { announcement_no, reason } => {
            peer::withdraw(&mut desk, &event.actor, announcement_no, reason);
        }
        What::Directory { version } => peer::acts_on(&mut desk, *version),
        What::AskResend { peer, missing, .. } => peer::ask_again(&mut desk, peer, missing),
        What::Restore(act) => restore::act(&mut desk, &event.actor, act),
        What::TellRestored { peer, epoch, said, held } => restore::tell(&mut desk, peer, *epoch, said, held),
        What::Echo(part) => restore::echo(&mut desk, part),
        What::Close { day } => closing::day(&mut desk, *day),
        What::Compare { peer, day, .. } => closing::compare(&mut desk, peer, *day),
        What::DigestNoted { peer, day, reason } => closing::noted(&mut desk, &event.actor, peer, *day, reason),
    }
    again(&mut desk);
    while restore::hear_before(&mut desk) {
        again(&mut desk);
    }
    if local && desk.changes.outcome == Outcome::Applied {
        desk.known.events.insert(event.key(), event.digest);
    }
    desk.finish()
}

/// A local event that happened already: nothing changes; with other content under the same key it is declined.
fn known_event(desk: &mut Desk<'_>, event: &Event) -> bool {
    let Some(digest) = desk.known.events.get(&event.key()).copied() else { return false };
    desk.changes.outcome = if digest == event.digest {
        Outcome::Duplicate
    } else {
        Outcome::Declined(Declined::new(
            "CONTENT_DIFFERS",
            "同一编号已受理过，但内容不同；请核对编号，更正请用新编号",
            "the same number was taken before with other content; check the number, or use a new one",
        ))
    };
    true
}

fn message(desk: &mut Desk<'_>, received: &Received) {
    let name = (received.sender.clone(), received.id);
    if let Some(taken) = desk.known.inbox.get(&name) {
        let same = taken.digest == received.digest;
        let entry = taken.entry.clone();
        duplicate(desk, received, same.then_some(entry));
        return;
    }
    desk.changes.case = received.body.case_id;
    match &received.body.form {
        Form::Receipt(receipt) => receipts::receipt(desk, &received.sender, receipt),
        Form::Refusal(refusal) => {
            receipts::refusal(desk, &received.sender, refusal);
            desk.receipt(received, None);
        }
        _ => {
            desk.receipt(received, None);
            match take(desk, received) {
                Taking::Applied => {}
                Taking::Early => {
                    desk.changes.outcome = Outcome::Early;
                    if let Some(case) = received.body.case_id {
                        desk.known.early.entry(case).or_default().push(received.clone());
                    }
                }
                Taking::Refused(code) => {
                    desk.changes.outcome = Outcome::Refused(code);
                    if let Some(entry) = &mut desk.changes.receipt {
                        entry.refused = true;
                    }
                    desk.refuse(received, code);
                }
            }
        }
    }
    let entry = desk.changes.receipt.clone().unwrap_or(ReceiptEntry {
        message_id: received.id,
        digest: received.digest,
        received_at: desk.at,
        due_on: None,
        provisional: false,
        refused: false,
    });
    let terminal = received.body.form.kind() == Kind::Receipt;
    desk.known.inbox.insert(name, Taken { digest: received.digest, terminal, entry });
}

/// A message is about a case, or belongs to none.
fn take(desk: &mut Desk<'_>, received: &Received) -> Taking {
    match &received.body.form {
        Form::PeerNotice(form) => peer::notice(desk, received, form),
        Form::FundsDiscrepancy(form) if received.body.case_id.is_none() => unidentified::told(desk, received, form),
        Form::FundsReturn(form) if received.body.case_id.is_none() => unidentified::comes_back(desk, received, form),
        _ => in_case(desk, received),
    }
}

/// Receipts and refusals are answers: they are never answered with a refusal.
fn is_terminal(kind: Kind) -> bool {
    matches!(kind, Kind::Receipt | Kind::Refusal)
}

fn seen(desk: &mut Desk<'_>, sender: &AgencyCode, id: MessageId) {
    desk.changes.outcome = Outcome::Duplicate;
    let taken = desk.known.inbox.get(&(sender.clone(), id)).filter(|taken| !taken.terminal);
    desk.changes.receipt = taken.map(|taken| taken.entry.clone());
}

/// A message id we have seen: the stored answer again, or a conflict.
fn duplicate(desk: &mut Desk<'_>, received: &Received, stored: Option<ReceiptEntry>) {
    match stored {
        Some(entry) => {
            desk.changes.outcome = Outcome::Duplicate;
            if received.body.form.kind() != Kind::Receipt {
                desk.changes.receipt = Some(entry);
            }
        }
        None => {
            desk.changes.outcome = Outcome::Conflict;
            let task = format!("ID_CONFLICT/{}", received.id);
            desk.open_task(task, "ID_CONFLICT", None, None, Some(received.sender.to_string()));
            if !is_terminal(received.body.form.kind()) {
                desk.refuse(received, RefusalCode::IdConflict);
            }
        }
    }
}

/// Looks again at the early messages of every case that has just moved, until nothing moves any more.
fn again(desk: &mut Desk<'_>) {
    while let Some(case) = desk.moved.pop() {
        let Some(waiting) = desk.known.early.remove(&case) else { continue };
        let mut still = Vec::new();
        for received in waiting {
            match in_case(desk, &received) {
                Taking::Early => still.push(received),
                Taking::Applied => desk.changes.resolved.push((received.sender, received.id, None)),
                Taking::Refused(code) => {
                    desk.refuse(&received, code);
                    desk.changes.resolved.push((received.sender, received.id, Some(code)));
                }
            }
        }
        if !still.is_empty() {
            desk.known.early.insert(case, still);
        }
    }
}

/// One message inside its case. Used for the first look and for every later one.
fn in_case(desk: &mut Desk<'_>, received: &Received) -> Taking {
    let body = &received.body;
    let Some(case_id) = body.case_id else { return Taking::Refused(RefusalCode::BadContent) };
    if let Form::ApplicationNotice(form) = &body.form
        && desk.known.case(case_id).is_none()
    {
        return application::notice(desk, received, form, case_id);
    }
    if let Form::ContactLetter(form) = &body.form {
        let taking = letter::contact_letter(desk, received, form, case_id);
        let is_party = desk.known.case(case_id).is_some_and(|case| case.peer == received.sender);
        if matches!(taking, Taking::Refused(_)) && is_party {
            heard(desk, case_id, body.case_sequence);
        }
        return taking;
    }
    let Some(mut case) = desk.known.case(case_id).cloned() else {
        let overtook = body.case_sequence > 1 && may_overtake_its_letter(&body.form);
        // The case was ours before a restore: it is here again once its application is.
        let is_forgotten = desk.known.said.range((case_id, 0)..=(case_id, u32::MAX)).next().is_some();
        return if overtook || is_forgotten { Taking::Early } else { Taking::Refused(RefusalCode::CaseUnknown) };
    };
    if case.peer != received.sender {
        return Taking::Refused(RefusalCode::NotAParty);
    }
    if body.case_sequence > case.heard + 1 {
        // Nothing can come any more that would make room for it in a case that was given up.
        let may_come = case.is_open() || case.may_reopen();
        return if may_come { Taking::Early } else { Taking::Refused(RefusalCode::IllegalState) };
    }
    case.heard = case.heard.max(body.case_sequence);
    let taking = in_order(desk, received, case);
    if matches!(taking, Taking::Refused(_)) {
        heard(desk, case_id, body.case_sequence);
    }
    taking
}

/// What an agency sends after the letter or the notice that opens the case: that may still be on its way.
fn may_overtake_its_letter(form: &Form) -> bool {
    matches!(
        form,
        Form::Cancellation(_)
            | Form::CompletionNotice(_)
            | Form::Reminder(_)
            | Form::DelayNotice(_)
            | Form::Clarification(_)
            | Form::ProgressQuery(_)
    )
}

/// A refused message was heard all the same: without this, every later message of the case would wait for it for ever.
fn heard(desk: &mut Desk<'_>, case_id: CaseId, sequence: u32) {
    if let Some(mut case) = desk.known.case(case_id).cloned()
        && sequence == case.heard + 1
    {
        case.heard = sequence;
        desk.step(case);
    }
}

/// A message of a known case from its peer, all of whose predecessors were heard.
fn in_order(desk: &mut Desk<'_>, received: &Received, case: Case) -> Taking {
    let body = &received.body;
    if body.letter_no.as_ref().is_some_and(|letter| *letter != case.letter_no) {
        return Taking::Refused(RefusalCode::BadContent);
    }
    match &body.form {
        Form::LetterReturn(form) => letter::letter_return(desk, case, form),
        Form::InformationSheet(form) => sheet::information_sheet(desk, received, case, form),
        Form::RemittanceNotice(form) => funds::remittance_notice(desk, case, form),
        Form::CompletionNotice(form) => completion::completion_notice(desk, case, form),
        Form::SheetObjection(form) => objection::sheet_objection(desk, case, form),
        Form::Cancellation(_) => cancellation::cancellation(desk, received, case),
        Form::CancellationReply(form) => cancellation::cancellation_reply(desk, case, form),
        Form::FundsDiscrepancy(form) => discrepancy::funds_discrepancy(desk, received, case, form),
        Form::FundsReturn(form) => money_back::funds_return(desk, received, case, form),
        Form::Reminder(form) => correspondence::reminder(desk, case, form),
        Form::DelayNotice(form) => correspondence::delay_notice(desk, received, case, form),
        Form::Clarification(form) => correspondence::clarification(desk, received, case, form),
        Form::ProgressQuery(_) => correspondence::progress_query(desk, received, case),
        Form::ProgressReport(form) => correspondence::progress_report(desk, case, form),
        Form::ApplicationNotice(_) => Taking::Refused(RefusalCode::IllegalState),
        Form::ContactLetter(_) | Form::PeerNotice(_) | Form::Receipt(_) | Form::Refusal(_) => {
            Taking::Refused(RefusalCode::BadContent)
        }
    }
}

/// Folds the receipts of a batch: one `Receipt` per peer.
pub fn receipt_body(entries: Vec<ReceiptEntry>, at: super::time::Moment) -> super::message::Body {
    super::message::Body {
        case_id: None,
        letter_no: None,
        case_sequence: 0,
        in_reply_to: None,
        sent_at: at,
        form: Form::Receipt(Receipt { entries }),
    }
}

/// The refusal of a verified message whose body cannot be read, which therefore never becomes an event.
pub fn refusal_body(
    message_id: super::ids::MessageId,
    digest: super::ids::Digest,
    code: RefusalCode,
    at: super::time::Moment,
) -> super::message::Body {
    let refusal = Refusal { message_id, digest, codes: vec![code], retryable: code.is_correctable(), text: None };
    super::message::Body {
        case_id: None,
        letter_no: None,
        case_sequence: 0,
        in_reply_to: Some(message_id),
        sent_at: at,
        form: Form::Refusal(refusal),
    }
}
