//! Messages out: publish what was committed, wait for the broker's word, send the same bytes again until a receipt
//! closes them. The number of tries is never limited: a festival is longer than any count.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, watch};
use tracing::{debug, error, warn};

use super::counters::Counters;
use super::pipeline::{Fresh, Input, Job};
use super::site::Site;
use super::stopped;
use crate::domain::ids::MessageId;
use crate::domain::message::Kind;
use crate::domain::time::Moment;
use crate::fault::{self, Canary, planted};
use crate::store::{Reached, Store};
use crate::transport::{Letter, Published, Transport};

/// Letters published together; also the most taken from the table at once.
const WINDOW_MAX: usize = 512;
/// A letter in trouble for this many attempts is published in a window of its own.
const ALONE_AFTER: u32 = 4;
/// How often the table is looked at when nothing is known to be due earlier.
const POLL: Duration = Duration::from_secs(5);

/// How long to wait before the same bytes go out again, in ms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Patience {
    /// After the broker confirmed and no receipt came: first pause; doubles with every try.
    pub receipt_ms: u32,
    /// Longest pause for a receipt.
    pub receipt_most_ms: u32,
    /// After the broker did not confirm, or knows no such queue: first pause; doubles with every try.
    pub trouble_ms: u32,
    /// Longest pause after trouble.
    pub trouble_most_ms: u32,
}

impl Patience {
    fn pause(first: u32, most: u32, attempts: u32) -> i64 {
        let doubled = i64::from(first) << attempts.min(20);
        doubled.min(i64::from(most))
    }

    /// When a routed message that stays unreceipted goes out again.
    pub fn after_routed(&self, now: Moment, attempts: u32) -> Moment {
        now.plus_ms(Patience::pause(self.receipt_ms, self.receipt_most_ms, attempts))
    }

    /// When a message that did not reach a queue is tried again.
    pub fn after_trouble(&self, now: Moment, attempts: u32) -> Moment {
        now.plus_ms(Patience::pause(self.trouble_ms, self.trouble_most_ms, attempts))
    }
}

pub struct Relay {
    pub site: Arc<Site>,
    pub store: Arc<Store>,
    pub transport: Arc<dyn Transport>,
    pub counters: Arc<Counters>,
    pub jobs: mpsc::Sender<Job>,
    pub patience: Patience,
}

/// One letter of a window, whether fresh or from the table.
struct Outbound {
    id: MessageId,
    kind: Kind,
    attempts: u32,
    /// The last attempt did not reach a queue for sure.
    troubled: bool,
    letter: Letter,
}

impl Outbound {
    fn goes_alone(&self) -> bool {
        self.troubled && self.attempts >= ALONE_AFTER
    }
}

impl Relay {
    /// Runs until told to stop or the pipeline ends.
    pub async fn run(self, mut fresh: mpsc::Receiver<Vec<Fresh>>, mut stop: watch::Receiver<bool>) {
        loop {
            let mut window: Vec<Outbound> = Vec::new();
            tokio::select! {
                () = stopped(&mut stop) => return,
                got = fresh.recv() => {
                    let Some(got) = got else { return };
                    window.extend(got.into_iter().map(|fresh| self.fresh(fresh)));
                    while window.len() < WINDOW_MAX && let Ok(more) = fresh.try_recv() {
                        window.extend(more.into_iter().map(|fresh| self.fresh(fresh)));
                    }
                }
                () = self.until_due() => window = self.due().await,
            }
            // A letter that the broker refuses makes its whole window unknown: what failed often goes alone.
            let (alone, together): (Vec<Outbound>, Vec<Outbound>) = window.into_iter().partition(Outbound::goes_alone);
            for chunk in together.chunks(WINDOW_MAX).chain(alone.chunks(1)) {
                if !self.publish(chunk).await {
                    return;
                }
            }
        }
    }

    fn fresh(&self, fresh: Fresh) -> Outbound {
        let letter = self.letter(fresh.id, fresh.recipient.to_string(), fresh.frame);
        Outbound { id: fresh.id, kind: fresh.kind, attempts: 0, troubled: false, letter }
    }

    fn letter(&self, id: MessageId, recipient: String, frame: Arc<[u8]>) -> Letter {
        Letter { message_id: id.to_string(), sender: self.site.us.to_string(), recipient, frame }
    }

    /// Sleeps until a row of the table may be due.
    async fn until_due(&self) {
        let pause = match self.store.next_due_letter(self.site.now()).await {
            Ok(Some(at)) => {
                let ms = u64::try_from(at.ms_since(self.site.now())).unwrap_or(0);
                Duration::from_millis(ms.saturating_add(1)).clamp(Duration::from_millis(20), POLL)
            }
            Ok(None) | Err(_) => POLL,
        };
        tokio::time::sleep(pause).await;
    }

    async fn due(&self) -> Vec<Outbound> {
        let due = self.store.due_letters(self.site.now(), WINDOW_MAX as u32).await.unwrap_or_else(|cause| {
            warn!(code = "STORE_READ", %cause, "无法读取待发消息，稍后重试 / the outbox cannot be read; tried again");
            Vec::new()
        });
        if !due.is_empty() {
            fault::point("relay.due");
        }
        let again = due.iter().filter(|row| row.attempts > 0).count();
        self.counters.resent.add(again as u64);
        due.into_iter()
            .map(|row| Outbound {
                id: row.id,
                kind: row.kind,
                attempts: row.attempts,
                troubled: row.troubled,
                letter: self.letter(row.id, row.recipient.to_string(), row.frame.into()),
            })
            .collect()
    }

    /// Publishes one window and hands the broker's word to the pipeline; false when the pipeline is gone.
    async fn publish(&self, window: &[Outbound]) -> bool {
        if window.is_empty() {
            return true;
        }
        let letters: Vec<Letter> = window.iter().map(|outbound| outbound.letter.clone()).collect();
        fault::point("relay.before_publish");
        let early = planted(Canary::MarkBeforeConfirm);
        let outcomes = if early { self.unheard(letters) } else { self.transport.publish(&letters).await };
        fault::point("relay.published");
        let now = self.site.now();
        let unknown = outcomes.iter().filter(|outcome| matches!(outcome, Published::Unknown(_))).count();
        if unknown > 0 {
            warn!(
                code = "UNCONFIRMED",
                messages = unknown,
                "代理未确认，将以相同字节重发 / the broker did not confirm; the same bytes go again"
            );
        }
        let marks = window.iter().zip(outcomes).map(|(outbound, outcome)| self.mark(outbound, outcome, now)).collect();
        // Not waited for: the marks ride along with the next group.
        let is_handed = self.jobs.send(Job { inputs: vec![Input::Reached(marks)], done: None }).await.is_ok();
        fault::point("relay.marked");
        is_handed
    }

    /// The canary's: what the broker says of these letters reaches nobody.
    fn unheard(&self, letters: Vec<Letter>) -> Vec<Published> {
        let (said, transport) = (vec![Published::Routed; letters.len()], Arc::clone(&self.transport));
        tokio::spawn(async move { transport.publish(&letters).await });
        said
    }

    fn mark(&self, outbound: &Outbound, outcome: Published, now: Moment) -> Reached {
        let (trouble, next_try_at) = match outcome {
            Published::Routed => {
                self.counters.published.one();
                (None, self.patience.after_routed(now, outbound.attempts))
            }
            Published::Unroutable => {
                self.counters.unroutable.one();
                error!(code = "UNROUTABLE", recipient = outbound.letter.recipient, message = %outbound.id, "收件机构的队列不存在，消息已退回，将继续重试；请通知代理运维 / no queue takes messages for the recipient; kept and tried again; tell the broker's operator");
                (Some("UNROUTABLE".to_owned()), self.patience.after_trouble(now, outbound.attempts))
            }
            Published::Unknown(detail) => {
                self.counters.unconfirmed.one();
                debug!(message = %outbound.id, detail, "not confirmed");
                (Some("UNCONFIRMED".to_owned()), self.patience.after_trouble(now, outbound.attempts))
            }
        };
        Reached { id: outbound.id, kind: outbound.kind, trouble, next_try_at }
    }
}
