//! Deliveries in: recognise, open, hand to the pipeline, and acknowledge only what is durable.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, mpsc, oneshot, watch};
use tracing::{debug, error, info, warn};

use super::counters::Counters;
use super::pipeline::{BATCH_MAX, Input, Job};
use super::site::Site;
use super::stopped;
use crate::fault::{self, Canary, planted};
use crate::store::{DeadLetter, Store};
use crate::transport::{Delivery, Incoming, Tag, Transport};
use crate::wire::{self, Routed, Unopened};

/// Groups being opened or committed at once: the next is opened while the last is written.
const GROUPS_IN_HAND: usize = 3;
/// Of an oversized frame only this much is kept, with its hash and size.
const OVERSIZED_KEPT: usize = 4096;
/// Larger frames are never opened.
const FRAME_MAX: usize = 262_144;
/// How often a disk that is nearly full is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(500);

pub struct Intake {
    pub site: Arc<Site>,
    pub store: Arc<Store>,
    pub transport: Arc<dyn Transport>,
    pub counters: Arc<Counters>,
    pub jobs: mpsc::Sender<Job>,
}

impl Intake {
    /// Runs until the transport is closed or the pipeline ends. While the disk is low nothing is written
    /// or acknowledged.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let intake = Arc::new(self);
        let room = Arc::new(Semaphore::new(GROUPS_IN_HAND));
        while let Ok(deliveries) = intake.transport.receive(BATCH_MAX).await {
            // Held unacknowledged, at most the prefetch: the broker keeps the rest.
            if !intake.has_room(&mut stop).await {
                return;
            }
            fault::point("intake.received");
            let started = Instant::now();
            intake.counters.deliveries.add(deliveries.len() as u64);
            let place = Arc::clone(&room).acquire_owned().await.expect("the semaphore is never closed");
            let (tags, inputs) = intake.open(deliveries).await;
            fault::point("intake.opened");
            let tags = if planted(Canary::AckBeforeCommit) { intake.acknowledge_now(tags).await } else { tags };
            let (done, committed) = oneshot::channel();
            // Sent in the order of arrival; only waiting for the commit happens beside.
            if intake.jobs.send(Job { inputs, done: Some(done) }).await.is_err() {
                return;
            }
            fault::point("intake.handed");
            let intake = Arc::clone(&intake);
            tokio::spawn(async move {
                // No answer means no commit: the deliveries stay the broker's and come again.
                if committed.await.is_ok() {
                    fault::point("intake.before_acknowledge");
                    intake.transport.acknowledge(&tags).await;
                    fault::point("intake.acknowledged");
                    let us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
                    intake.counters.intake_time.observe(us);
                }
                drop(place);
            });
        }
    }

    /// The canary's: nothing is left to acknowledge once it is committed.
    async fn acknowledge_now(&self, tags: Vec<Tag>) -> Vec<Tag> {
        self.transport.acknowledge(&tags).await;
        Vec::new()
    }

    /// Waits until the disk has room; false when told to stop meanwhile.
    async fn has_room(&self, stop: &mut watch::Receiver<bool>) -> bool {
        let Err(cause) = self.store.room().check() else { return true };
        error!(code = "DISK_LOW", %cause, "磁盘余量不足，暂停收取；腾出空间后自动继续 / nothing is taken while the disk is nearly full; it goes on by itself");
        while self.store.room().check().is_err() {
            tokio::select! {
                () = stopped(stop) => return false,
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
        }
        info!("磁盘余量恢复，继续收取 / the disk has room again; deliveries are taken");
        true
    }

    async fn open(self: &Arc<Self>, deliveries: Vec<Delivery>) -> (Vec<Tag>, Vec<Input>) {
        let tags = deliveries.iter().map(|delivery| delivery.tag).collect();
        let hashes: Vec<[u8; 32]> =
            deliveries.iter().map(|delivery| wire::frame_hash(&delivery.letter.frame)).collect();
        // Only a shortcut: without it every copy is opened again and found in the inbox.
        let seen = self.store.seen_frames(&hashes).await.unwrap_or_else(|cause| {
            warn!(code = "STORE_READ", %cause, "无法查询已收消息 / known frames cannot be read");
            std::collections::HashMap::new()
        });
        let mut inputs: Vec<Option<Input>> = Vec::with_capacity(deliveries.len());
        let mut unknown = Vec::new();
        for (place, (delivery, hash)) in deliveries.into_iter().zip(hashes).enumerate() {
            match seen.get(&hash) {
                Some((sender, id)) => inputs.push(Some(Input::Seen { sender: sender.clone(), id: *id })),
                None => {
                    inputs.push(None);
                    unknown.push((place, hash, delivery.letter));
                }
            }
        }
        for (place, input) in self.open_all(unknown).await {
            inputs[place] = Some(input);
        }
        (tags, inputs.into_iter().flatten().collect())
    }

    /// Opening costs most of a message's time: many are spread over the cores.
    async fn open_all(self: &Arc<Self>, letters: Vec<(usize, [u8; 32], Incoming)>) -> Vec<(usize, Input)> {
        const CHUNK: usize = 8;
        if letters.len() <= CHUNK {
            return letters.into_iter().map(|(place, hash, letter)| (place, self.open_one(hash, letter))).collect();
        }
        let mut rest = letters.into_iter().peekable();
        let mut tasks = Vec::new();
        while rest.peek().is_some() {
            let chunk: Vec<_> = rest.by_ref().take(CHUNK).collect();
            let intake = Arc::clone(self);
            tasks.push(tokio::task::spawn_blocking(move || {
                chunk
                    .into_iter()
                    .map(|(place, hash, letter)| (place, intake.open_one(hash, letter)))
                    .collect::<Vec<_>>()
            }));
        }
        let mut all = Vec::new();
        for task in tasks {
            // Opening answers every input with a reason; if it panics all the same, the process starts again.
            all.extend(task.await.expect("opening does not panic"));
        }
        all
    }

    fn open_one(&self, frame_hash: [u8; 32], letter: Incoming) -> Input {
        open_letter(&self.site, &self.counters, frame_hash, letter)
    }
}

/// One frame to one input: verified, or kept as a dead letter with its reason.
pub fn open_letter(site: &Site, counters: &Counters, frame_hash: [u8; 32], letter: Incoming) -> Input {
    let routed = Routed {
        routing_key: &letter.routing_key,
        user_id: letter.user_id.as_deref(),
        carbon_copied: letter.carbon_copied,
    };
    match wire::open(&letter.frame, &routed, &site.keys, &site.us, &site.directory, site.now()) {
        Ok(opened) => {
            if opened.created_in_future {
                warn!(code = "CLOCK_AHEAD", sender = %opened.header.sender, "对方时钟超前十分钟以上 / the sender's clock is more than ten minutes ahead");
            }
            debug!(sender = %opened.header.sender, message = %opened.header.message_id, "opened");
            Input::Opened { opened: Box::new(opened), frame_hash, frame: letter.frame }
        }
        Err(cause) => Input::Dead(dead_letter(&cause, counters, frame_hash, letter)),
    }
}

fn dead_letter(cause: &Unopened, counters: &Counters, frame_hash: [u8; 32], letter: Incoming) -> DeadLetter {
    counters.dead_letter(cause.code());
    let claimed = cause.claimed_sender().map(ToString::to_string);
    if cause.is_alarm() {
        error!(
            code = cause.code(),
            claimed = claimed.as_deref(),
            detail = cause.detail,
            "{} / {}",
            cause.chinese(),
            cause.english()
        );
    } else {
        warn!(
            code = cause.code(),
            claimed = claimed.as_deref(),
            detail = cause.detail,
            "{} / {}",
            cause.chinese(),
            cause.english()
        );
    }
    let size = letter.frame.len();
    let kept = if size > FRAME_MAX { OVERSIZED_KEPT } else { size };
    DeadLetter {
        frame_hash,
        reason: cause.code().to_owned(),
        alarm: cause.is_alarm(),
        sender: claimed,
        routing_key: letter.routing_key,
        user_id: letter.user_id,
        size,
        frame: letter.frame[..kept].to_vec(),
    }
}
