//! Inputs of a batch as what they are: events to decide, messages that cannot be read, dead letters, the broker's word.

use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use tracing::warn;

use super::{Excluded, Input};
use crate::domain::event::{Event, What};
use crate::domain::forms::ReceiptEntry;
use crate::domain::ids::{AgencyCode, Digest};
use crate::domain::known::{Known, Taken};
use crate::domain::message::{Kind, Received};
use crate::domain::time::Moment;
use crate::store::{DeadLetter, MessageBytes, Reached, Unreadable};
use crate::wire::{ContentError, Opened};

/// One event on its way through a batch.
pub(super) struct Item {
    /// Its place among the inputs.
    pub(super) index: usize,
    pub(super) event: Event,
    pub(super) bytes: Option<MessageBytes>,
}

pub(super) struct Work {
    pub(super) at: Moment,
    pub(super) events: Vec<Item>,
    pub(super) unreadable: Vec<Unreadable>,
    pub(super) dead: Vec<DeadLetter>,
    pub(super) reached: Vec<Reached>,
}

impl Work {
    pub(super) fn at(at: Moment) -> Work {
        Work { at, events: Vec::new(), unreadable: Vec::new(), dead: Vec::new(), reached: Vec::new() }
    }

    pub(super) fn add(&mut self, index: usize, input: &Input) {
        match input {
            Input::Opened { opened, frame_hash, frame } => {
                let bytes = bytes_of(opened, *frame_hash, frame);
                match &opened.body {
                    Ok(body) => {
                        let received = Received {
                            id: opened.header.message_id,
                            sender: opened.header.sender.clone(),
                            digest: opened.digest,
                            body: body.clone(),
                        };
                        self.event(
                            index,
                            opened.header.sender.to_string(),
                            opened.digest,
                            What::Message(Box::new(received)),
                            Some(bytes),
                        );
                    }
                    Err(cause) => self.unreadable(opened, cause, bytes),
                }
            }
            Input::Seen { sender, id } => {
                let what = What::Seen { sender: sender.clone(), id: *id };
                self.event(index, sender.to_string(), Digest([0; 32]), what, None);
            }
            Input::Dead(letter) => self.dead.push(letter.clone()),
            Input::Local { actor, what } => {
                self.event(index, actor.clone(), content_digest(what), what.clone(), None);
            }
            Input::Reached(marks) => self.reached.extend(marks.iter().cloned()),
        }
    }

    pub(super) fn event(
        &mut self,
        index: usize,
        actor: String,
        digest: Digest,
        what: What,
        bytes: Option<MessageBytes>,
    ) {
        self.events.push(Item { index, event: Event { at: self.at, actor, digest, what }, bytes });
    }

    fn unreadable(&mut self, opened: &Opened, cause: &ContentError, bytes: MessageBytes) {
        let (sender, message) = (&opened.header.sender, opened.header.message_id);
        warn!(code = cause.code(), %sender, %message, "消息内容不合规范，已拒绝 / a verified message breaks the rules and is refused");
        // Answers are never answered with a refusal: two peers would refuse each other for ever.
        if matches!(cause.kind, Some(Kind::Receipt | Kind::Refusal)) {
            self.dead.push(dead_message(opened, bytes.frame_hash, &bytes.frame, cause.code()));
            return;
        }
        self.unreadable.push(Unreadable {
            sender: sender.clone(),
            id: message,
            digest: opened.digest,
            code: cause.refusal_code(),
            bytes,
        });
    }

    /// What cannot be decided is kept: a message as a dead letter; a local event is only answered.
    pub(super) fn exclude(&mut self, input: &Input, reason: &Excluded) {
        if let Input::Opened { opened, frame_hash, frame } = input {
            self.dead.push(dead_message(opened, *frame_hash, frame, reason.code));
        }
    }
}

/// A verified message that is kept aside, whole.
fn dead_message(opened: &Opened, frame_hash: [u8; 32], frame: &Arc<[u8]>, reason: &str) -> DeadLetter {
    DeadLetter {
        frame_hash,
        reason: reason.to_owned(),
        alarm: true,
        sender: Some(opened.header.sender.to_string()),
        routing_key: format!("{}.{}", opened.header.sender, opened.header.recipient),
        user_id: None,
        size: frame.len(),
        frame: frame.to_vec(),
    }
}

pub(super) fn entry_of(message: &Unreadable, received_at: Moment) -> ReceiptEntry {
    ReceiptEntry {
        message_id: message.id,
        digest: message.digest,
        received_at,
        due_on: None,
        provisional: false,
        refused: true,
    }
}

/// New unreadable messages; the stored answers for those that came before; another digest under a known id is evidence.
pub(super) fn sort_unreadable(
    unreadable: Vec<Unreadable>,
    known: &mut Known,
    at: Moment,
    dead: &mut Vec<DeadLetter>,
) -> (Vec<Unreadable>, Vec<(AgencyCode, ReceiptEntry)>) {
    let (mut new, mut again) = (Vec::new(), Vec::new());
    for message in unreadable {
        let name = (message.sender.clone(), message.id);
        match known.inbox.get(&name) {
            None => {
                let entry = entry_of(&message, at);
                known.inbox.insert(name, Taken { digest: message.digest, terminal: false, entry });
                new.push(message);
            }
            Some(taken) if taken.digest == message.digest => again.push((message.sender, taken.entry.clone())),
            Some(_) => dead.push(conflicting(&message.bytes, Some(&message.sender))),
        }
    }
    (new, again)
}

pub(super) fn sender_of(what: &What) -> Option<&AgencyCode> {
    match what {
        What::Message(received) => Some(&received.sender),
        What::Seen { sender, .. } => Some(sender),
        _ => None,
    }
}

fn bytes_of(opened: &Opened, frame_hash: [u8; 32], frame: &Arc<[u8]>) -> MessageBytes {
    MessageBytes {
        frame_hash,
        lane: opened.header.lane,
        epoch: opened.header.epoch,
        seq: opened.header.seq,
        header: opened.header_bytes.clone(),
        sigblock: opened.sigblock.clone(),
        body: opened.body_bytes.clone(),
        frame: Arc::clone(frame),
    }
}

/// The same message id with other bytes: evidence that somebody must look at.
pub(super) fn conflicting(bytes: &MessageBytes, sender: Option<&AgencyCode>) -> DeadLetter {
    DeadLetter {
        frame_hash: bytes.frame_hash,
        reason: "id_conflict".to_owned(),
        alarm: true,
        sender: sender.map(ToString::to_string),
        routing_key: String::new(),
        user_id: None,
        size: bytes.frame.len(),
        frame: bytes.frame.to_vec(),
    }
}

/// SHA-256 over the event's content, so that the same key with other content is noticed.
pub(super) fn content_digest(what: &What) -> Digest {
    let content = match what {
        What::Application(application) => serde_json::to_vec(application),
        What::Payout(request) => serde_json::to_vec(request),
        What::Statement(line) => serde_json::to_vec(line),
        What::Register(entry) => serde_json::to_vec(entry),
        What::Periods(entry) => serde_json::to_vec(entry),
        What::Act(act) => serde_json::to_vec(act),
        What::Restore(act) => serde_json::to_vec(act),
        What::Task(act) => serde_json::to_vec(act),
        What::Line(act) => serde_json::to_vec(act),
        What::Calendar(import) => serde_json::to_vec(import),
        What::Announce(order) => serde_json::to_vec(order),
        What::DigestNoted { reason, .. }
        | What::Remit { reason, .. }
        | What::UnidentifiedNoted { reason, .. }
        | What::Withdraw { reason, .. } => serde_json::to_vec(reason),
        What::Message(_)
        | What::Seen { .. }
        | What::Chase { .. }
        | What::Remind { .. }
        | What::Directory { .. }
        | What::Close { .. }
        | What::Compare { .. }
        | What::AskResend { .. }
        | What::TellRestored { .. }
        | What::Echo(_)
        | What::Unidentified { .. }
        | What::Export { .. }
        | What::ExportNotices { .. }
        | What::LookAgain { .. }
        | What::Recount { .. } => Ok(Vec::new()),
    };
    let content = content.expect("domain values have string keys only");
    Digest(Sha256::digest(content).into())
}
