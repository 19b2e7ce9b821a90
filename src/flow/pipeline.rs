//! One writer: whatever waits is looked up together, decided one after another, sealed, committed together. Nothing is
//! acknowledged, published or answered before the commit.

mod canary;
mod rebuild;
mod sealing;
mod work;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot, watch};
use tracing::{error, warn};

use super::counters::Counters;
use super::site::Site;
use crate::domain::calendar::Calendar;
use crate::domain::changes::{Changes, Declined, Outcome};
use crate::domain::decide::decide;
use crate::domain::event::{Mint, What};
use crate::domain::ids::{AgencyCode, MessageId};
use crate::domain::known::Known;
use crate::domain::message::{Kind, Received};
use crate::domain::restore::Said;
use crate::domain::time::Moment;
use crate::fault::{self, Canary, planted};
use crate::store::{Batch, DeadLetter, Decided, EarlyMessage, Look, OutboxRow, Reached, Store, StoreError, Wanted};
use crate::wire::{self, Opened};

use rebuild::{Hearing, Kept, Rebuild};
use work::{Item, Work, conflicting, sender_of, sort_unreadable};

/// Inputs decided in one transaction.
pub const BATCH_MAX: usize = 512;
/// Inputs decided in one transaction while what a restore lost is rebuilt.
const REBUILT_MAX: usize = 32;
/// A message just committed is published at once; only if that fails does the relay find it in the table.
const FRESH_MS: i64 = 2_000;
/// Messages that go out again for one request.
const RESENT_MAX: u32 = 1_000;
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
    /// The end of the last closed day: a clock that is set back books nothing into it any more.
    closed_until: Moment,
    /// Peers that get no receipt from the batch in hand.
    muted: BTreeSet<AgencyCode>,
    rebuild: Rebuild,
    /// Where fresh messages go; without it whoever takes a batch publishes them.
    relay: Option<mpsc::Sender<Vec<Fresh>>>,
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
        let closed_until = store.closed_until().await?;
        let rebuild = Rebuild { own: store.rebuilding().await?, peers: store.restored_peers().await? };
        let muted = BTreeSet::new();
        Ok(Pipeline { site, store, counters, mint, epoch, lanes, closed_until, muted, rebuild, relay: None })
    }

    /// Takes jobs until the channel closes. Fresh messages go to the relay as far as it has room; it finds the others
    /// in the table.
    pub async fn run(
        mut self,
        mut jobs: mpsc::Receiver<Job>,
        relay: mpsc::Sender<Vec<Fresh>>,
        changed: watch::Sender<u64>,
    ) {
        self.relay = Some(relay);
        while let Some(first) = jobs.recv().await {
            let mut waiting = vec![first];
            let mut size = waiting[0].inputs.len();
            // Each decision may have to be taken back, and what is known is copied for it.
            let most = if self.rebuild.own.is_on() { REBUILT_MAX } else { BATCH_MAX };
            while size < most
                && let Ok(job) = jobs.try_recv()
            {
                size += job.inputs.len();
                waiting.push(job);
            }
            fault::point("pipeline.taken");
            let (inputs, mut replies) = split(waiting);
            // The daemon ends: nobody is answered, and what was in hand comes again from the broker.
            let Some(done) = self.insist(inputs).await else { return };
            let mut outcomes = done.outcomes.into_iter();
            for (count, reply) in replies.drain(..) {
                let own: Vec<Outcome> = outcomes.by_ref().take(count).collect();
                if let Some(reply) = reply {
                    // Nobody waits any more: the work is done all the same.
                    let _ = reply.send(own);
                }
            }
            fault::point("pipeline.answered");
            if !done.fresh.is_empty() {
                self.hand_over(done.fresh);
                fault::point("pipeline.relayed");
            }
            if done.events > 0 {
                changed.send_modify(|count| *count += 1);
            }
        }
    }

    /// What the relay has no room for it finds in the table.
    fn hand_over(&self, fresh: Vec<Fresh>) {
        let _ = self.relay.as_ref().map(|relay| relay.try_send(fresh));
    }

    /// Tries until the database takes the batch: what is in hand is held, never dropped. Nothing where the file or the disk
    /// failed under it: only a new start reads again what is really there.
    async fn insist(&mut self, inputs: Vec<Input>) -> Option<Done> {
        let mut pause = Duration::from_millis(50);
        let inputs = Arc::new(inputs);
        loop {
            match self.take(&inputs).await {
                Ok(done) => return Some(done),
                Err(cause) if cause.must_stop() => {
                    error!(code = "STORE_FAILED", %cause, cause.source = ?cause, "数据库文件或磁盘故障，进程停止，不再重试写入 / the database file or its disk failed; the process stops and never writes over it");
                    return None;
                }
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
                Ok((batch, ..)) => batch,
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
        fault::point("pipeline.looked");
        let (batch, lanes, calendar) = self.decide_and_seal(work, look).await?;
        fault::point("pipeline.sealed");
        if planted(Canary::CompletionBeforeCommit) {
            self.hand_over(fresh(&batch));
        }
        self.store.commit(&batch).await?;
        fault::point("pipeline.committed");
        self.lanes.extend(lanes);
        if let Some(calendar) = calendar {
            self.site.calendar.send_replace(calendar);
        }
        let closes = batch.decided.iter().filter_map(|decided| decided.changes.close.as_ref());
        self.closed_until = closes.map(|close| close.until).fold(self.closed_until, Moment::max);
        self.count(&batch);
        self.rebuilt(&batch).await?;
        let again = self.asked_again(&batch).await;
        let mut done = done(batch, inputs.len(), excluded);
        done.fresh.extend(again);
        Ok(done)
    }

    /// After a step of a restore, ours or a peer's.
    async fn rebuilt(&mut self, batch: &Batch) -> Result<(), StoreError> {
        let moved = |changes: &Changes| !changes.restore.is_empty() || !changes.repeated.is_empty();
        if !batch.decided.iter().any(|decided| moved(&decided.changes)) {
            return Ok(());
        }
        self.rebuild = Rebuild { own: self.store.rebuilding().await?, peers: self.store.restored_peers().await? };
        let epoch = self.store.facts().await?.epoch;
        if epoch != self.epoch {
            self.epoch = epoch;
            self.lanes = self.store.lanes(epoch, LANE).await?;
        }
        Ok(())
    }

    /// What peers asked for once more, as it was sent. Not written down: who still misses something asks again.
    async fn asked_again(&self, batch: &Batch) -> Vec<Fresh> {
        let mut fresh = Vec::new();
        for decided in &batch.decided {
            let (What::Message(received), false) = (&decided.event.what, decided.changes.resend.is_empty()) else {
                continue;
            };
            let recipient = &received.sender;
            match self.store.frames_of(recipient, &decided.changes.resend, RESENT_MAX).await {
                Ok(frames) => fresh.extend(frames.into_iter().map(|sent| Fresh {
                    id: sent.id,
                    kind: sent.kind,
                    recipient: recipient.clone(),
                    frame: sent.frame.into(),
                })),
                // The batch is durable: a read that failed must not undo what was answered.
                Err(cause) => {
                    warn!(code = "STORE_READ", %cause, "无法读取对方所缺的消息，对方会再次请求 / what a peer misses cannot be read; it will ask again");
                }
            }
        }
        fresh
    }

    fn prepare(&self, inputs: &[Input], excluded: &BTreeMap<usize, Excluded>) -> Work {
        let mut work = Work::at(self.site.now().max(self.closed_until));
        for (index, input) in inputs.iter().enumerate() {
            if let Some(reason) = excluded.get(&index) {
                work.exclude(input, reason);
                continue;
            }
            match self.rebuild.hears(input) {
                Hearing::Taken => {}
                Hearing::Later => continue,
                Hearing::Forgotten => {
                    work.exclude(input, &Excluded { code: "old_epoch", detail: String::new() });
                    continue;
                }
            }
            work.add(index, input);
            if planted(Canary::CreditFromNotice) {
                work.believe(input, &self.site);
            }
        }
        work
    }

    async fn look(&self, work: &Work) -> Result<Known, StoreError> {
        let mut looked = self.store.look(self.wanted(work)).await?;
        let mut waiting = read_early(looked.early)?;
        if !waiting.is_empty() {
            // What waited names payments and lines of its own, which are asked for as if it came now.
            let mut wanted = self.wanted(work);
            waiting.iter().for_each(|received| wanted.waiting(received));
            looked = self.store.look(wanted).await?;
            waiting = read_early(looked.early)?;
        }
        let Look { mut known, said, .. } = looked;
        for message in said {
            let body = wire::decode_body(&message.body).map_err(|_| StoreError::Corrupt { what: "echo" })?;
            let case = body.case_id.ok_or(StoreError::Corrupt { what: "echo" })?;
            let said = Said { id: message.id, peer: message.peer, receipt: message.receipt, body };
            known.applied.extend(said.application_no().map(|number| (number.clone(), case)));
            known.said.insert((case, said.body.case_sequence), said);
        }
        known.rebuilding = self.rebuild.own.clone();
        self.rebuild.read_echoes(&work.events, &mut known, &self.site.us, &self.site.directory);
        for received in waiting {
            let case = received.body.case_id.ok_or(StoreError::Corrupt { what: "early message" })?;
            known.early.entry(case).or_default().push(received);
        }
        Ok(known)
    }

    fn wanted(&self, work: &Work) -> Wanted {
        let mut wanted = Wanted::of(work.events.iter().map(|item| &item.event));
        for message in &work.unreadable {
            wanted.message(&message.sender, message.id);
        }
        wanted.said = self.rebuild.own.forgotten > 0;
        wanted
    }

    async fn decide_and_seal(
        &mut self,
        work: Work,
        mut known: Known,
    ) -> Result<(Batch, HashMap<AgencyCode, u64>, Option<Calendar>), Failure> {
        let Work { at, events, unreadable, dead, reached } = work;
        let calendar = self.site.calendar();
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
            // Taken back whole, where it must not be kept.
            let before = self.rebuild.own.is_on().then(|| known.clone());
            let mut changes = self.decide_one(&item, &mut known, &calendar)?;
            if let Some(before) = before {
                match self.rebuild.keeps(&item, &changes) {
                    Kept::Yes => {}
                    Kept::Declined(words) => {
                        known = before;
                        changes = rebuild::declined(words, &known);
                    }
                    Kept::NotTaken => {
                        known = before;
                        continue;
                    }
                }
            }
            if changes.outcome == Outcome::Conflict
                && let Some(bytes) = &item.bytes
            {
                batch.dead.push(conflicting(bytes, sender_of(&item.event.what)));
            }
            batch.decided.push(Decided { index: item.index, event: item.event, bytes: item.bytes, changes });
        }
        fault::point("pipeline.decided");
        let (unreadable, again) = sort_unreadable(unreadable, &mut known, at, &mut batch.dead);
        let drafts = self.drafts(&batch, &unreadable, again);
        batch.unreadable = unreadable;
        let lanes = self.seal(drafts, &mut batch).await?;
        Ok((batch, lanes, known.calendar))
    }

    /// A panic while deciding is a bug in one event's path: that event is kept aside, the others go on.
    fn decide_one(&mut self, item: &Item, known: &mut Known, calendar: &Calendar) -> Result<Changes, Failure> {
        let rules = self.site.rules(calendar);
        let mint = self.mint.as_mut();
        let decided = catch_unwind(AssertUnwindSafe(|| {
            fault::bug(item.event.what.word());
            decide(&item.event, known, &rules, mint)
        }));
        decided.map_err(|_| {
            error!(
                code = "DECIDE_PANIC",
                event = item.event.what.word(),
                "处理事件时程序异常，已转为死信 / deciding an event panicked; it is kept as a dead letter"
            );
            let detail = "deciding this event panicked".to_owned();
            Failure::Exclude(vec![(item.index, Excluded { code: "decide_panic", detail })])
        })
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

/// Who waits for the answers, and for how many.
type Reply = (usize, Option<oneshot::Sender<Vec<Outcome>>>);

fn split(jobs: Vec<Job>) -> (Vec<Input>, Vec<Reply>) {
    let mut inputs = Vec::new();
    let mut replies = Vec::new();
    for job in jobs {
        replies.push((job.inputs.len(), job.done));
        inputs.extend(job.inputs);
    }
    (inputs, replies)
}

fn fresh(batch: &Batch) -> Vec<Fresh> {
    let fresh = |row: &OutboxRow| Fresh {
        id: row.id,
        kind: row.kind,
        recipient: row.recipient.clone(),
        frame: Arc::clone(&row.frame),
    };
    batch.sealed.iter().map(fresh).collect()
}

fn read_early(early: Vec<EarlyMessage>) -> Result<Vec<Received>, StoreError> {
    let read = |message: EarlyMessage| {
        let body = wire::decode_body(&message.body).map_err(|_| StoreError::Corrupt { what: "early message" })?;
        Ok(Received { id: message.id, sender: message.sender, digest: message.digest, body })
    };
    early.into_iter().map(read).collect()
}

fn done(batch: Batch, inputs: usize, excluded: &BTreeMap<usize, Excluded>) -> Done {
    let mut outcomes = vec![Outcome::Applied; inputs];
    let fresh = fresh(&batch);
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
