//! One writer: whatever waits is looked up together, decided one after another, sealed, committed together. Nothing is
//! acknowledged, published or answered before the commit.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use sha2::{Digest as _, Sha256};
use tokio::sync::{mpsc, oneshot, watch};
use tracing::{error, warn};

use super::counters::Counters;
use super::site::Site;
use crate::domain::changes::{Changes, Declined, Draft, Outcome};
use crate::domain::decide::{decide, receipt_body, refusal_body};
use crate::domain::event::{Event, Mint, What};
use crate::domain::forms::ReceiptEntry;
use crate::domain::ids::{AgencyCode, CaseId, Digest, MessageId};
use crate::domain::known::{Known, Taken};
use crate::domain::message::{Kind, Received};
use crate::domain::time::Moment;
use crate::store::{
    Batch, DeadLetter, Decided, Look, MessageBytes, OutboxRow, Reached, Store, StoreError, Unreadable, Wanted,
};
use crate::wire::{self, ContentError, Opened, Outgoing, SealError, Sealed};

/// Inputs decided in one transaction.
pub const BATCH_MAX: usize = 512;
/// Entries in one receipt: far below the frame's limit.
const RECEIPT_ENTRIES_MAX: usize = 1000;
/// A message just committed is published at once; only if that fails does the relay find it in the table.
const FRESH_MS: i64 = 2_000;
/// The one lane of a single-writer database.
const LANE: u32 = 0;

/// Something that wants to change the agency's memory.
pub enum Input {
    /// A frame whose sender is verified.
    Opened { opened: Box<Opened>, frame_hash: [u8; 32], frame: Arc<[u8]> },
    /// A frame that was verified before, byte for byte.
    Seen { sender: AgencyCode, id: MessageId },
    /// A frame that cannot be verified.
    Dead(DeadLetter),
    /// A clerk's, the bank's or the clock's event.
    Local { actor: String, what: What },
    /// What the broker said about published messages.
    Reached(Vec<Reached>),
}

/// Inputs that belong together and their answer, which comes only after the commit.
pub struct Job {
    pub inputs: Vec<Input>,
    pub done: Option<oneshot::Sender<Vec<Outcome>>>,
}

/// A message to publish now: committed a moment ago.
#[derive(Debug, Clone)]
pub struct Fresh {
    pub id: MessageId,
    pub kind: Kind,
    pub recipient: AgencyCode,
    pub frame: Arc<[u8]>,
}

pub struct Pipeline {
    site: Arc<Site>,
    store: Arc<Store>,
    counters: Arc<Counters>,
    mint: Box<dyn Mint + Send + Sync>,
    epoch: u32,
    /// Last used number towards each peer; a number is used only once its commit succeeded.
    lanes: HashMap<AgencyCode, u64>,
    /// Peers that get no receipt from the batch in hand.
    muted: BTreeSet<AgencyCode>,
}

/// What a committed batch leaves behind: answers in the order of the inputs, and messages to publish.
#[derive(Debug)]
pub struct Done {
    pub outcomes: Vec<Outcome>,
    pub fresh: Vec<Fresh>,
    pub events: usize,
}

/// Why one event of a batch cannot be decided or answered. The others go on without it.
#[derive(Debug, Clone)]
struct Excluded {
    code: &'static str,
    detail: String,
}

enum Failure {
    /// Run again without these events.
    Exclude(Vec<(usize, Excluded)>),
    /// Run again without a receipt for this peer, to whom nothing can be sealed now; it asks again by resending.
    Mute(AgencyCode),
    Store(StoreError),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Failure {
        Failure::Store(error)
    }
}

impl Pipeline {
    pub async fn new(
        site: Arc<Site>,
        store: Arc<Store>,
        counters: Arc<Counters>,
        mint: Box<dyn Mint + Send + Sync>,
    ) -> Result<Pipeline, StoreError> {
        let epoch = store.facts().await?.epoch;
        let lanes = store.lanes(epoch, LANE).await?;
        Ok(Pipeline { site, store, counters, mint, epoch, lanes, muted: BTreeSet::new() })
    }

    /// Takes jobs until the channel closes. Fresh messages go to the relay as far as it has room; it finds the others
    /// in the table.
    pub async fn run(
        mut self,
        mut jobs: mpsc::Receiver<Job>,
        relay: mpsc::Sender<Vec<Fresh>>,
        changed: watch::Sender<u64>,
    ) {
        while let Some(first) = jobs.recv().await {
            let mut waiting = vec![first];
            let mut size = waiting[0].inputs.len();
            while size < BATCH_MAX
                && let Ok(job) = jobs.try_recv()
            {
                size += job.inputs.len();
                waiting.push(job);
            }
            let (inputs, mut replies) = split(waiting);
            let done = self.insist(inputs).await;
            let mut outcomes = done.outcomes.into_iter();
            for (count, reply) in replies.drain(..) {
                let own: Vec<Outcome> = outcomes.by_ref().take(count).collect();
                if let Some(reply) = reply {
                    // Nobody waits any more: the work is done all the same.
                    let _ = reply.send(own);
                }
            }
            if !done.fresh.is_empty() {
                let _ = relay.try_send(done.fresh);
            }
            if done.events > 0 {
                changed.send_modify(|count| *count += 1);
            }
        }
    }

    /// Tries until the database takes the batch: what is in hand is held, never dropped.
    async fn insist(&mut self, inputs: Vec<Input>) -> Done {
        let mut pause = Duration::from_millis(50);
        let inputs = Arc::new(inputs);
        loop {
            match self.take(&inputs).await {
                Ok(done) => return done,
                Err(cause) => {
                    self.counters.commit_failures.one();
                    error!(code = "STORE_WRITE", %cause, cause.source = ?cause, "数据库写入失败，保留手中消息稍后重试 / the database refused the batch; it is held and tried again");
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(Duration::from_secs(10));
                }
            }
        }
    }

    /// One batch: look, decide, seal, commit. Fails only for passing trouble of the database.
    pub async fn take(&mut self, inputs: &[Input]) -> Result<Done, StoreError> {
        let started = Instant::now();
        let mut excluded: BTreeMap<usize, Excluded> = BTreeMap::new();
        self.muted.clear();
        loop {
            match self.attempt(inputs, &excluded).await {
                Ok(done) => {
                    self.counters.commits.one();
                    self.counters.events.add(done.events as u64);
                    let us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
                    self.counters.commit_time.observe(us);
                    return Ok(done);
                }
                Err(Failure::Exclude(more)) => excluded.extend(more),
                Err(Failure::Mute(peer)) => {
                    self.muted.insert(peer);
                }
                Err(Failure::Store(cause)) if cause.is_passing() || matches!(cause, StoreError::Stale) => {
                    return Err(cause);
                }
                // A rule of the database itself was broken: find the event by leaving out one half after another.
                Err(Failure::Store(cause)) => {
                    let index = self.find_culprit(inputs, &excluded).await?;
                    error!(code = "EVENT_REFUSED_BY_STORE", %cause, cause.source = ?cause, "事件违反数据库约束，已转为死信 / an event broke a rule of the database and is kept as a dead letter");
                    excluded.insert(index, Excluded { code: "store_refused", detail: cause.to_string() });
                }
            }
        }
    }

    /// The first event that the database refuses when tried alone; the last one if each passes alone.
    async fn find_culprit(
        &mut self,
        inputs: &[Input],
        excluded: &BTreeMap<usize, Excluded>,
    ) -> Result<usize, StoreError> {
        for (index, input) in inputs.iter().enumerate() {
            if excluded.contains_key(&index) || matches!(input, Input::Reached(_) | Input::Dead(_)) {
                continue;
            }
            let alone = std::slice::from_ref(input);
            let work = self.prepare(alone, &BTreeMap::new());
            let look = self.look(&work).await?;
            let batch = match self.decide_and_seal(work, look).await {
                Ok((batch, _)) => batch,
                Err(Failure::Exclude(_) | Failure::Mute(_)) => return Ok(index),
                Err(Failure::Store(cause)) => return Err(cause),
            };
            match self.store.try_out(&batch).await {
                Ok(()) => {}
                Err(cause) if cause.is_passing() => return Err(cause),
                Err(_) => return Ok(index),
            }
        }
        Ok(inputs.len().saturating_sub(1))
    }

    async fn attempt(&mut self, inputs: &[Input], excluded: &BTreeMap<usize, Excluded>) -> Result<Done, Failure> {
        let work = self.prepare(inputs, excluded);
        let look = self.look(&work).await?;
        let (batch, lanes) = self.decide_and_seal(work, look).await?;
        self.store.commit(&batch).await?;
        self.lanes.extend(lanes);
        self.count(&batch);
        Ok(done(batch, inputs.len(), excluded))
    }

    fn prepare(&self, inputs: &[Input], excluded: &BTreeMap<usize, Excluded>) -> Work {
        let at = self.site.now();
        let mut work = Work { at, events: Vec::new(), unreadable: Vec::new(), dead: Vec::new(), reached: Vec::new() };
        for (index, input) in inputs.iter().enumerate() {
            if let Some(reason) = excluded.get(&index) {
                work.exclude(input, reason);
                continue;
            }
            work.add(index, input);
        }
        work
    }

    async fn look(&self, work: &Work) -> Result<Known, StoreError> {
        let mut wanted = Wanted::of(work.events.iter().map(|item| &item.event));
        for message in &work.unreadable {
            wanted.message(&message.sender, message.id);
        }
        let Look { mut known, early } = self.store.look(wanted).await?;
        for message in early {
            let body = wire::decode_body(&message.body).map_err(|_| StoreError::Corrupt { what: "early message" })?;
            let case = body.case_id.ok_or(StoreError::Corrupt { what: "early message" })?;
            let received = Received { id: message.id, sender: message.sender, digest: message.digest, body };
            known.early.entry(case).or_default().push(received);
        }
        Ok(known)
    }

    async fn decide_and_seal(
        &mut self,
        work: Work,
        mut known: Known,
    ) -> Result<(Batch, HashMap<AgencyCode, u64>), Failure> {
        let Work { at, events, unreadable, dead, reached } = work;
        let mut batch = Batch {
            at,
            decided: Vec::with_capacity(events.len()),
            unreadable: Vec::new(),
            sealed: Vec::new(),
            first_try_at: at.plus_ms(FRESH_MS),
            dead,
            reached,
        };
        for item in events {
            let changes = self.decide_one(&item, &mut known)?;
            if changes.outcome == Outcome::Conflict
                && let Some(bytes) = &item.bytes
            {
                batch.dead.push(conflicting(bytes, sender_of(&item.event.what)));
            }
            batch.decided.push(Decided { index: item.index, event: item.event, bytes: item.bytes, changes });
        }
        let (unreadable, again) = sort_unreadable(unreadable, &mut known, at, &mut batch.dead);
        let drafts = self.drafts(&batch, &unreadable, again);
        batch.unreadable = unreadable;
        let lanes = self.seal(drafts, &mut batch).await?;
        Ok((batch, lanes))
    }

    /// A panic while deciding is a bug in one event's path: that event is kept aside, the others go on.
    fn decide_one(&mut self, item: &Item, known: &mut Known) -> Result<Changes, Failure> {
        let rules = self.site.rules();
        let mint = self.mint.as_mut();
        catch_unwind(AssertUnwindSafe(|| decide(&item.event, known, &rules, mint))).map_err(|_| {
            error!(
                code = "DECIDE_PANIC",
                event = item.event.what.word(),
                "处理事件时程序异常，已转为死信 / deciding an event panicked; it is kept as a dead letter"
            );
            let detail = "deciding this event panicked".to_owned();
            Failure::Exclude(vec![(item.index, Excluded { code: "decide_panic", detail })])
        })
    }

    /// All messages of a batch: the decisions' drafts, refusals of unreadable bodies, one receipt per peer.
    fn drafts(
        &mut self,
        batch: &Batch,
        unreadable: &[Unreadable],
        again: Vec<(AgencyCode, ReceiptEntry)>,
    ) -> Vec<(Option<usize>, Draft)> {
        let mut drafts: Vec<(Option<usize>, Draft)> = Vec::new();
        let mut entries: BTreeMap<AgencyCode, Vec<ReceiptEntry>> = BTreeMap::new();
        for decided in &batch.decided {
            drafts.extend(decided.changes.drafts.iter().map(|draft| (Some(decided.index), draft.clone())));
            if let Some(entry) = &decided.changes.receipt
                && let Some(sender) = sender_of(&decided.event.what)
            {
                let of_peer = entries.entry(sender.clone()).or_default();
                // The same message twice in one batch needs one answer.
                if !of_peer.contains(entry) {
                    of_peer.push(entry.clone());
                }
            }
        }
        for message in unreadable {
            // A peer to whom nothing can be sealed now gets its refusal as little as its receipt.
            if !self.muted.contains(&message.sender) {
                let id = self.mint.message_id(batch.at);
                let body = refusal_body(message.id, message.digest, message.code, batch.at);
                drafts.push((None, Draft { id, recipient: message.sender.clone(), body }));
            }
            entries.entry(message.sender.clone()).or_default().push(entry_of(message, batch.at));
        }
        for (sender, entry) in again {
            let of_peer = entries.entry(sender).or_default();
            if !of_peer.contains(&entry) {
                of_peer.push(entry);
            }
        }
        entries.retain(|peer, _| !self.muted.contains(peer));
        for (recipient, entries) in entries {
            for chunk in entries.chunks(RECEIPT_ENTRIES_MAX) {
                self.counters.receipts.one();
                self.counters.receipt_entries.add(chunk.len() as u64);
                let id = self.mint.message_id(batch.at);
                let body = receipt_body(chunk.to_vec(), batch.at);
                drafts.push((None, Draft { id, recipient: recipient.clone(), body }));
            }
        }
        drafts
    }

    /// Numbers and seals the drafts, on all cores when there are many.
    async fn seal(
        &self,
        drafts: Vec<(Option<usize>, Draft)>,
        batch: &mut Batch,
    ) -> Result<HashMap<AgencyCode, u64>, Failure> {
        let mut lanes: HashMap<AgencyCode, u64> = HashMap::new();
        let mut outgoing = Vec::with_capacity(drafts.len());
        for (index, draft) in drafts {
            let last = lanes.get(&draft.recipient).or_else(|| self.lanes.get(&draft.recipient)).copied().unwrap_or(0);
            let seq = last + 1;
            lanes.insert(draft.recipient.clone(), seq);
            outgoing.push((
                index,
                Outgoing {
                    recipient: draft.recipient,
                    message_id: draft.id,
                    body: draft.body,
                    epoch: self.epoch,
                    lane: LANE,
                    seq,
                    created_at: batch.at,
                },
            ));
        }
        let sealed = seal_all(&self.site, outgoing).await;
        let mut refused = Vec::new();
        for (index, outgoing, sealed) in sealed {
            match sealed {
                Ok(sealed) => batch.sealed.push(outbox_row(&outgoing, sealed)),
                Err(cause) => match index {
                    Some(index) => refused.push((index, Excluded { code: cause.code(), detail: cause.to_string() })),
                    // A receipt that cannot be made is no reason to lose the event it answers.
                    None => {
                        warn!(code = cause.code(), recipient = %outgoing.recipient, %cause, "回执无法生成 / a receipt cannot be made");
                        return Err(Failure::Mute(outgoing.recipient));
                    }
                },
            }
        }
        if refused.is_empty() { Ok(lanes) } else { Err(Failure::Exclude(refused)) }
    }

    fn count(&self, batch: &Batch) {
        for decided in &batch.decided {
            if !matches!(decided.event.what, What::Message(_) | What::Seen { .. }) {
                continue;
            }
            match decided.changes.outcome {
                Outcome::Applied => self.counters.applied.one(),
                Outcome::Duplicate => self.counters.duplicates.one(),
                Outcome::Early => self.counters.early.one(),
                Outcome::Refused(_) | Outcome::Conflict => self.counters.refused.one(),
                Outcome::Declined(_) => {}
            }
        }
        self.counters.refused.add(batch.unreadable.len() as u64);
    }
}

/// One event on its way through a batch.
struct Item {
    /// Its place among the inputs.
    index: usize,
    event: Event,
    bytes: Option<MessageBytes>,
}

struct Work {
    at: Moment,
    events: Vec<Item>,
    unreadable: Vec<Unreadable>,
    dead: Vec<DeadLetter>,
    reached: Vec<Reached>,
}

impl Work {
    fn add(&mut self, index: usize, input: &Input) {
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

    fn event(&mut self, index: usize, actor: String, digest: Digest, what: What, bytes: Option<MessageBytes>) {
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
    fn exclude(&mut self, input: &Input, reason: &Excluded) {
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

fn entry_of(message: &Unreadable, received_at: Moment) -> ReceiptEntry {
    ReceiptEntry { message_id: message.id, digest: message.digest, received_at, due_on: None, provisional: false }
}

/// New unreadable messages; the stored answers for those that came before; another digest under a known id is evidence.
fn sort_unreadable(
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

fn split(jobs: Vec<Job>) -> (Vec<Input>, Vec<(usize, Option<oneshot::Sender<Vec<Outcome>>>)>) {
    let mut inputs = Vec::new();
    let mut replies = Vec::new();
    for job in jobs {
        replies.push((job.inputs.len(), job.done));
        inputs.extend(job.inputs);
    }
    (inputs, replies)
}

fn done(batch: Batch, inputs: usize, excluded: &BTreeMap<usize, Excluded>) -> Done {
    let mut outcomes = vec![Outcome::Applied; inputs];
    let fresh = batch
        .sealed
        .iter()
        .map(|row| Fresh {
            id: row.id,
            kind: row.kind,
            recipient: row.recipient.clone(),
            frame: Arc::clone(&row.frame),
        })
        .collect();
    let events = batch.decided.len() + batch.unreadable.len() + batch.dead.len();
    for (index, outcome) in outcomes.iter_mut().enumerate() {
        if let Some(reason) = excluded.get(&index) {
            *outcome = Outcome::Declined(Declined::new(
                reason.code,
                "未能处理，未作任何更改；请把此代码报给运维",
                &reason.detail,
            ));
        }
    }
    for decided in &batch.decided {
        if let Some(outcome) = outcomes.get_mut(decided.index) {
            *outcome = decided.changes.outcome.clone();
        }
    }
    Done { outcomes, fresh, events }
}

fn sender_of(what: &What) -> Option<&AgencyCode> {
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
fn conflicting(bytes: &MessageBytes, sender: Option<&AgencyCode>) -> DeadLetter {
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
fn content_digest(what: &What) -> Digest {
    let content = match what {
        What::Application(application) => serde_json::to_vec(application),
        What::Statement(line) => serde_json::to_vec(line),
        What::Register(entry) => serde_json::to_vec(entry),
        What::Periods(entry) => serde_json::to_vec(entry),
        What::Message(_) | What::Seen { .. } | What::Overdue { .. } | What::Export { .. } => Ok(Vec::new()),
    };
    let content = content.expect("domain values have string keys only");
    Digest(Sha256::digest(content).into())
}

fn outbox_row(outgoing: &Outgoing, sealed: Sealed) -> OutboxRow {
    let case: Option<CaseId> = outgoing.body.case_id;
    OutboxRow {
        id: sealed.message_id,
        recipient: sealed.recipient,
        kind: sealed.kind,
        case,
        epoch: outgoing.epoch,
        lane: outgoing.lane,
        seq: outgoing.seq,
        digest: sealed.digest,
        header: sealed.header,
        sigblock: sealed.sigblock,
        body: sealed.body,
        frame: sealed.frame.into(),
    }
}

type SealedOrNot = (Option<usize>, Outgoing, Result<Sealed, SealError>);

/// Few are sealed here; many are spread over the blocking threads.
async fn seal_all(site: &Arc<Site>, outgoing: Vec<(Option<usize>, Outgoing)>) -> Vec<SealedOrNot> {
    const CHUNK: usize = 8;
    let seal_chunk = |site: &Site, chunk: Vec<(Option<usize>, Outgoing)>| -> Vec<SealedOrNot> {
        chunk
            .into_iter()
            .map(|(index, outgoing)| {
                let sealed = wire::seal(&outgoing, &site.keys, &site.us, &site.directory);
                (index, outgoing, sealed)
            })
            .collect()
    };
    if outgoing.len() <= CHUNK {
        return seal_chunk(site, outgoing);
    }
    let mut rest = outgoing.into_iter().peekable();
    let mut tasks = Vec::new();
    while rest.peek().is_some() {
        let chunk: Vec<_> = rest.by_ref().take(CHUNK).collect();
        let site = Arc::clone(site);
        tasks.push(tokio::task::spawn_blocking(move || seal_chunk(&site, chunk)));
    }
    let mut all = Vec::new();
    for task in tasks {
        // Sealing has no reason to panic; if it does, the process ends and starts again on one path.
        all.extend(task.await.expect("sealing does not panic"));
    }
    all
}
