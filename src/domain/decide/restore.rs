//! 数据恢复: who may put an older copy to use, what peers are told and tell, and how a decision that is taken again comes
//! to the words that were said before.

use std::sync::Arc;

use super::desk::Desk;
use super::{Taking, act, money_back, receipts};
use crate::domain::case::Case;
use crate::domain::case::outgoing::Heard;
use crate::domain::changes::Declined;
use crate::domain::forms::{
    Batch, ContactLetter, Echo, InformationSheet, LaneRange, PeerNotice, ReceiptEntry, Restored,
};
use crate::domain::ids::{AgencyCode, ApplicationNo, CaseId, LetterNo, MessageId};
use crate::domain::message::{Form, Kind, Received};
use crate::domain::peers::reachable;
use crate::domain::reasons::RefusalCode;
use crate::domain::restore::{
    Differs, EchoPart, Restore, RestoreAct, RestoreChange, RestoreVerb, RestoredPeer, is_passing, is_same_step,
    numbers_after,
};

type Decided = Result<(), Declined>;

/// What becomes of a message that is to be sent.
pub enum Repeat {
    New,
    /// It was said before the restore, under this id.
    Said(MessageId),
    /// It is not sent: at this point something else was said, or the decision is not kept.
    Nothing,
}

/// A receipt that came before the restore.
pub struct HeardBefore {
    case: CaseId,
    kind: Kind,
    entry: ReceiptEntry,
}

impl Desk<'_> {
    /// Holds what is to be sent against what was said and forgotten.
    pub fn repeat(&mut self, case: &mut Case, form: &Form) -> Repeat {
        loop {
            let Some(said) = self.known.said.get(&(case.id, case.sent + 1)) else { return Repeat::New };
            if is_same_step(&said.body.form, form) {
                let (id, kind, entry) = (said.id, said.kind(), said.receipt.clone());
                case.sent += 1;
                self.changes.repeated.push(id);
                self.heard_before.push_back(HeardBefore { case: case.id, kind, entry });
                return Repeat::Said(id);
            }
            if is_passing(&said.body.form) {
                self.changes.repeated.push(said.id);
                case.sent += 1;
                continue;
            }
            if !is_passing(form) {
                self.changes.differs = Some(Differs { case: case.id, kind: said.kind() });
            }
            return Repeat::Nothing;
        }
    }

    /// The letter as it was said, where it takes the same step: the other agency counts by its days.
    pub fn letter_as_said(&self, case: &Case, letter: ContactLetter) -> Arc<ContactLetter> {
        let made = Arc::new(letter);
        let now = Form::ContactLetter(Arc::clone(&made));
        match self.known.said_next(case).map(|said| &said.body.form) {
            Some(said @ Form::ContactLetter(letter)) if is_same_step(said, &now) => Arc::clone(letter),
            _ => made,
        }
    }

    /// The sheet as it was said, with its number.
    pub fn sheet_as_said(&self, case: &Case, sheet: InformationSheet) -> Arc<InformationSheet> {
        let made = Arc::new(sheet);
        let now = Form::InformationSheet(Arc::clone(&made));
        match self.known.said_next(case).map(|said| &said.body.form) {
            Some(said @ Form::InformationSheet(sheet)) if is_same_step(said, &now) => Arc::clone(sheet),
            _ => made,
        }
    }

    /// The batch in which this payment was announced before: paid in another one it would be another payment to the bank.
    pub fn batch_as_said(&self, case: &Case, batch: Option<Batch>) -> Option<Batch> {
        match self.known.said_next(case).map(|said| &said.body.form) {
            Some(Form::RemittanceNotice(notice)) => notice.batch.clone(),
            _ => batch,
        }
    }

    /// The case of an application: the one it had opened before a restore, or a new one.
    pub fn case_id_for(&mut self, application: &ApplicationNo) -> CaseId {
        match self.known.said_application(application) {
            Some((case, _)) => case,
            None => self.new_case_id(),
        }
    }

    pub fn letter_no_for(&mut self, application: &ApplicationNo) -> LetterNo {
        match self.known.said_application(application).and_then(|(_, letter_no)| letter_no.cloned()) {
            Some(letter_no) => letter_no,
            None => self.new_letter_no(),
        }
    }

    /// An application that had been accepted is not turned down now: the other agency holds its letter.
    pub fn was_accepted(&mut self, application: &ApplicationNo) -> bool {
        let Some((case, _)) = self.known.said_application(application) else { return false };
        let kind = self.known.said.range((case, 1)..=(case, u32::MAX)).next().map(|(_, said)| said.kind());
        self.changes.differs = kind.map(|kind| Differs { case, kind });
        true
    }
}

/// The next receipt of a message said before the restore moves its case, now that the case has come there again.
pub fn hear_before(desk: &mut Desk<'_>) -> bool {
    let Some(HeardBefore { case, kind, entry }) = desk.heard_before.pop_front() else { return false };
    let Some(case) = desk.known.case(case).cloned() else { return true };
    if kind == Kind::FundsReturn {
        let heard = if entry.refused { Heard::Refused } else { Heard::Taken };
        money_back::heard(desk, case, entry.message_id, heard);
    } else if !entry.refused {
        receipts::receipted(desk, case, kind, &entry);
    }
    true
}

/// What people decide about a restore, two of them each time.
pub fn act(desk: &mut Desk<'_>, actor: &str, order: &RestoreAct) {
    if let Err(declined) = try_act(desk, actor, order) {
        desk.decline(declined);
    }
}

fn try_act(desk: &mut Desk<'_>, actor: &str, order: &RestoreAct) -> Decided {
    act::check_words(actor, &order.reason)?;
    let epoch = order.epoch;
    let last = desk.known.rebuilding.last.clone();
    let of_epoch = last.as_ref().filter(|last| last.epoch == epoch);
    let change = match order.verb {
        RestoreVerb::Begin if last.as_ref().is_some_and(Restore::is_pending) => {
            return Err(Declined::new(
                "RESTORE_PENDING",
                "已有一次恢复等待另一人批准",
                "a restore waits already for another person's approval",
            ));
        }
        RestoreVerb::Begin => RestoreChange::Begun { epoch, reason: order.reason.0.clone() },
        RestoreVerb::Approve => {
            let pending = of_epoch.filter(|last| last.is_pending()).ok_or_else(nothing)?;
            other_person(&pending.by, actor)?;
            desk.known.letters_made = desk.known.letters_made.max(numbers_after(epoch));
            desk.known.sheets_made = desk.known.sheets_made.max(numbers_after(epoch));
            let peers = desk.rules.directory.agencies.keys().filter(|code| *code != desk.rules.us).cloned().collect();
            RestoreChange::Approved { epoch, peers }
        }
        RestoreVerb::ProposePayments => {
            of_epoch.filter(|last| !last.is_pending() && last.holds_payments()).ok_or_else(nothing)?;
            if desk.known.rebuilding.unrepeated > 0 {
                return Err(waits());
            }
            RestoreChange::PaymentsProposed { epoch }
        }
        RestoreVerb::ConfirmPayments => {
            let held = of_epoch.filter(|last| last.holds_payments()).ok_or_else(nothing)?;
            other_person(held.payments_by.as_ref().ok_or_else(nothing)?, actor)?;
            RestoreChange::PaymentsConfirmed { epoch }
        }
    };
    desk.changes.note = Some(format!("epoch {epoch}: {}", order.reason.0));
    desk.changes.restore.push(change);
    Ok(())
}

/// An older copy lies in place, and one person alone says that it should: nothing is done on it.
pub fn is_unapproved(desk: &Desk<'_>) -> bool {
    desk.known.rebuilding.last.as_ref().is_some_and(Restore::is_pending)
}

pub fn unapproved() -> Declined {
    Declined::new(
        "RESTORE_UNAPPROVED",
        "放回的副本尚未经另一人批准；未作任何更改",
        "no other person has approved the copy that was put back; nothing was changed",
    )
}

pub fn waits() -> Declined {
    Declined::new(
        "RESTORE_WAITS",
        "数据恢复后的重建尚未完成；未作任何更改，请稍后重试",
        "what was lost before the restore is not rebuilt yet; nothing was changed, try again later",
    )
}

pub fn differs() -> Declined {
    Declined::new(
        "RESTORE_DIFFERS",
        "对方持有本机构恢复前发出的消息，与这次决定不同；未作任何更改，请按当时的登记和决定办理",
        "the other agency holds a message of ours from before the restore that says otherwise; nothing was changed, decide as it was decided then",
    )
}

/// No payment leaves before two persons say that what the bank has paid since is known.
pub fn export(desk: &mut Desk<'_>, batch_no: &str) {
    if desk.known.rebuilding.holds_payments() {
        return desk.decline(Declined::new(
            "RESTORE_PAYMENTS_HELD",
            "数据恢复后付款暂停：须先导入备份之后的全部银行对账单，再由两人确认；未生成付款文件",
            "payments are held after the restore until every bank statement since the backup is in and two persons say so; no payment file was made",
        ));
    }
    desk.changes.export = Some(batch_no.to_owned());
}

fn nothing() -> Declined {
    Declined::new("RESTORE_NOTHING", "没有等待这一决定的恢复", "no restore waits for this decision")
}

fn other_person(first: &str, second: &str) -> Decided {
    if first == second {
        return Err(Declined::new(
            "SECOND_PERSON",
            "确认人不能是提出人；须由另一人确认",
            "who proposed it cannot confirm it; another person must",
        ));
    }
    Ok(())
}

/// A peer is told that we have forgotten.
pub fn tell(desk: &mut Desk<'_>, peer: &AgencyCode, epoch: u32, said: &[LaneRange], held: &[LaneRange]) {
    let form = Restored { epoch, said: said.to_vec(), held: held.to_vec() };
    // One that cannot be written to stays unheard: nothing may be said to it once it can be.
    if !reachable(desk.rules.directory, desk.rules.us, desk.at).any(|known| known == peer) {
        return desk.decline(Declined::new(
            "PEER_UNKNOWN",
            "机构目录中没有可以收信的这个机构；未通告",
            "the directory lists no such agency that can be written to; nobody was told",
        ));
    }
    desk.tell(peer.clone(), Form::PeerNotice(Box::new(PeerNotice::Restored(form))));
    desk.changes.restore.push(RestoreChange::Asked { peer: peer.clone() });
}

/// A peer has forgotten: it gets its own words back, and ours once more.
pub fn peer_restored(desk: &mut Desk<'_>, peer: &AgencyCode, form: &Restored) {
    desk.changes.restore.push(RestoreChange::Peer(RestoredPeer {
        peer: peer.clone(),
        epoch: form.epoch,
        said: form.said.clone(),
        held: form.held.clone(),
    }));
}

/// Part of our words for a peer that has forgotten them.
pub fn echo(desk: &mut Desk<'_>, part: &EchoPart) {
    let form = Echo { epoch: part.epoch, part: part.part, is_last: part.is_last, messages: part.messages.clone() };
    desk.tell(part.peer.clone(), Form::PeerNotice(Box::new(PeerNotice::Echo(form))));
    desk.changes.note = Some(format!("{} messages", part.messages.len()));
    desk.changes.restore.push(RestoreChange::Echoed {
        peer: part.peer.clone(),
        epoch: part.epoch,
        part: part.part,
        is_last: part.is_last,
        until: part.until,
    });
}

/// Our own words come back. All of them bear our signature, or none is taken.
pub fn heard(desk: &mut Desk<'_>, received: &Received, form: &Echo) -> Taking {
    let epoch = desk.known.rebuilding.last.as_ref().filter(|last| !last.is_pending()).map(|last| last.epoch);
    if epoch != Some(form.epoch) {
        return Taking::Refused(RefusalCode::IllegalState);
    }
    let Some(messages) = desk.known.echoes.remove(&received.id) else {
        return Taking::Refused(RefusalCode::BadContent);
    };
    desk.changes.note = Some(format!("echo {} of {} messages", form.part, messages.len()));
    let peer = received.sender.clone();
    desk.changes.restore.push(RestoreChange::Heard { peer, part: form.part, is_last: form.is_last, messages });
    Taking::Applied
}
