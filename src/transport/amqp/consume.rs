//! The consuming connection: one supervisor that keeps it, passes deliveries on and acknowledges what is durable.
//!
//! Never requeues and never rejects; never subscribes before it is told that deliveries can be stored.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::Poll;
use std::time::Duration;

use futures_util::{FutureExt, StreamExt};
use lapin::message::Delivery as Arrived;
use lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicQosOptions};
use lapin::types::FieldTable;
use lapin::{Channel, Consumer, Event};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep, timeout};

use super::super::address::Address;
use super::super::fault::{Fault, FaultCode};
use super::super::topology::inbound;
use super::super::{Delivery, Incoming, Tag};
use super::AmqpConfig;
use super::diagnose::{Stage, fault};
use super::link::{Link, depth};
use super::round::Round;
use super::state::{Side, State};
use super::unacked::Unacked;
use super::window::first_poll;
use crate::fault;

const LOOK: Duration = Duration::from_secs(5);
/// A question the broker does not answer within this is a fault.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);
/// A consumer that lived this long worked: pauses start small again.
const SETTLED: Duration = Duration::from_secs(10);

/// Counted over all transports of the process: no tag of one is ever good at another.
static GENERATIONS: AtomicU64 = AtomicU64::new(1);

/// What belongs to one subscription.
struct Session {
    generation: u64,
    channel: Channel,
    failed: mpsc::UnboundedSender<Fault>,
    unacked: Mutex<Unacked>,
    /// Acknowledgements leave in the order in which they were worked out: one that covers all before it, overtaking a single
    /// one, would make that unknown to the broker, which then closes the channel.
    turn: tokio::sync::Mutex<()>,
}

impl Session {
    fn unacked(&self) -> MutexGuard<'_, Unacked> {
        self.unacked.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// The caller's end.
pub(super) struct Receiver {
    session: Mutex<Option<Arc<Session>>>,
    arrivals: mpsc::UnboundedSender<Delivery>,
    inbox: tokio::sync::Mutex<mpsc::UnboundedReceiver<Delivery>>,
    pub(super) wanted: watch::Sender<bool>,
    pub(super) closed: watch::Sender<bool>,
    config: Arc<AmqpConfig>,
    state: Arc<State>,
}

impl Receiver {
    pub(super) fn new(config: Arc<AmqpConfig>, state: Arc<State>) -> Receiver {
        let (arrivals, inbox) = mpsc::unbounded_channel();
        let inbox = tokio::sync::Mutex::new(inbox);
        let (wanted, closed) = (watch::Sender::new(false), watch::Sender::new(false));
        Receiver { session: Mutex::default(), arrivals, inbox, wanted, closed, config, state }
    }

    fn session(&self) -> MutexGuard<'_, Option<Arc<Session>>> {
        self.session.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// At least one delivery of the present connection, or `None` when the transport is closed.
    pub(super) async fn receive(&self, max: usize) -> Option<Vec<Delivery>> {
        self.wanted.send_replace(true);
        let mut closed = self.closed.subscribe();
        let mut inbox = self.inbox.lock().await;
        loop {
            let mut taken = Vec::new();
            tokio::select! {
                biased;
                _ = closed.wait_for(|closed| *closed) => return None,
                _ = inbox.recv_many(&mut taken, max.max(1)) => {}
            }
            // What came over an earlier connection comes again: handing it out would only make duplicates.
            let current = self.session().as_ref().map(|session| session.generation);
            taken.retain(|delivery| Some(delivery.tag.generation) == current);
            if !taken.is_empty() {
                return Some(taken);
            }
        }
    }

    pub(super) async fn acknowledge(&self, tags: &[Tag]) {
        let Some(session) = self.session().clone() else { return };
        let mine = tags.iter().filter(|tag| tag.generation == session.generation).map(|tag| tag.delivery);
        let turn = session.turn.lock().await;
        let acknowledgements = session.unacked().acknowledge(mine);
        let mut writing = Vec::with_capacity(acknowledgements.len());
        for (tag, multiple) in acknowledgements {
            let mut ack = Box::pin(session.channel.basic_ack(tag, BasicAckOptions { multiple }));
            // Queued at the first poll: from here on a caller that goes away loses nothing.
            let first = first_poll(&mut ack).await;
            writing.push((ack, first));
        }
        drop(turn);
        for (ack, first) in writing {
            let written = match first {
                Poll::Ready(written) => Ok(written),
                Poll::Pending => timeout(ANSWER_LIMIT, ack).await,
            };
            let failure = match written {
                Ok(Ok(())) => continue,
                Ok(Err(error)) => fault(Stage::Consuming, &error),
                Err(_) => Fault::new(FaultCode::ConnectionLost, "an acknowledgement was not written in time"),
            };
            let _ = session.failed.send(failure);
            return;
        }
    }
}

/// Keeps the consuming connection, once deliveries are wanted, until told to stop.
pub(super) async fn supervise(receiver: Arc<Receiver>, mut stop: watch::Receiver<bool>) {
    let mut wanted = receiver.wanted.subscribe();
    tokio::select! {
        _ = stop.wait_for(|stop| *stop) => return,
        _ = wanted.wait_for(|wanted| *wanted) => {}
    }
    let mut round = Round::new(receiver.config.addresses.clone());
    loop {
        let generation = GENERATIONS.fetch_add(1, Ordering::Relaxed);
        let begun = Instant::now();
        let fault = keep(&receiver, round.address(), generation, &mut stop).await;
        receiver.session().take();
        receiver.state.down(Side::Consume, fault.clone());
        let Some(fault) = fault else { return };
        tracing::warn!(code = fault.code.code(), detail = %fault.detail, "the consuming connection failed");
        if begun.elapsed() > SETTLED + receiver.config.connect_timeout {
            round.worked();
        }
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            () = sleep(round.next()) => {}
        }
    }
}

/// Opens a connection, subscribes and passes deliveries on until something is wrong; `None` when told to stop.
async fn keep(
    receiver: &Receiver,
    address: &Address,
    generation: u64,
    stop: &mut watch::Receiver<bool>,
) -> Option<Fault> {
    let opened = tokio::select! {
        _ = stop.wait_for(|stop| *stop) => return None,
        opened = Link::open(&receiver.config, address, "consume") => opened,
    };
    let link = match opened {
        Ok(link) => link,
        Err(fault) => return Some(fault),
    };
    let (failed, mut failures) = mpsc::unbounded_channel();
    let (unacked, turn) = (Mutex::default(), tokio::sync::Mutex::default());
    let session = Arc::new(Session { generation, channel: link.channel.clone(), failed, unacked, turn });
    let mut events = Box::pin(link.connection.events_listener());
    let mut consumer = match timeout(receiver.config.connect_timeout, subscribe(&receiver.config, &link)).await {
        Ok(Ok(consumer)) => consumer,
        Ok(Err(error)) => return Some(fault(Stage::Preparing, &error).at(address)),
        Err(_) => return Some(Fault::new(FaultCode::ConnectionLost, "subscribing took too long").at(address)),
    };
    fault::point("consume.subscribed");
    *receiver.session() = Some(Arc::clone(&session));
    receiver.state.up(Side::Consume, address);
    let mut depth_watch = Box::pin(watch_depth(receiver, &link.channel));
    let fault = loop {
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => break None,
            arrived = consumer.next() => {
                let Some(wrong) = pass_on(receiver, &session, &mut consumer, arrived) else { continue };
                break Some(wrong);
            }
            failure = failures.recv() => break failure,
            event = events.next() => match event {
                Some(Event::Error(error)) => break Some(fault(Stage::Consuming, &error)),
                Some(_) => {}
                None => break Some(Fault::new(FaultCode::ConnectionLost, "")),
            },
            wrong = &mut depth_watch => break Some(wrong),
        }
    };
    drop(depth_watch);
    receiver.session().take();
    let fault = fault.map(|fault| fault.at(address));
    // Shown at once: closing towards a broker that does not answer takes its whole limit.
    receiver.state.down(Side::Consume, fault.clone());
    link.close().await;
    fault
}

/// Looks at our queue every few seconds; returns only when the broker does not answer as it should.
async fn watch_depth(receiver: &Receiver, channel: &Channel) -> Fault {
    let queue = inbound(&receiver.config.agency);
    loop {
        match timeout(ANSWER_LIMIT, depth(channel, &queue)).await {
            Ok(Ok(ready)) => receiver.state.queue_depth(ready),
            Ok(Err(error)) => return fault(Stage::Consuming, &error),
            Err(_) => return Fault::new(FaultCode::ConnectionLost, "the broker did not answer in time"),
        }
        sleep(LOOK).await;
    }
}

async fn subscribe(config: &AmqpConfig, link: &Link) -> lapin::Result<Consumer> {
    // Before subscribing: the library's own buffer has no limit.
    link.channel.basic_qos(config.prefetch, BasicQosOptions { global: false }).await?;
    let options = BasicConsumeOptions::default();
    link.channel.basic_consume(inbound(&config.agency).as_str().into(), "".into(), options, FieldTable::default()).await
}

/// Passes on this delivery and all that are there already. A bare end of the stream is a fault: the queue is gone.
fn pass_on(
    receiver: &Receiver,
    session: &Session,
    consumer: &mut Consumer,
    first: Option<lapin::Result<Arrived>>,
) -> Option<Fault> {
    let mut next = Some(first);
    while let Some(arrived) = next {
        match arrived {
            Some(Ok(arrived)) => {
                session.unacked().arrived(arrived.delivery_tag);
                // The receiving end lives as long as `receiver`.
                let _ = receiver.arrivals.send(delivery(session.generation, arrived));
            }
            Some(Err(error)) => return Some(fault(Stage::Consuming, &error)),
            None => return Some(Fault::new(FaultCode::ConsumerCancelled, "")),
        }
        next = consumer.next().now_or_never();
    }
    None
}

fn delivery(generation: u64, arrived: Arrived) -> Delivery {
    let headers = arrived.properties.headers().as_ref();
    let carbon_copied = headers.is_some_and(|headers| headers.contains_key("CC") || headers.contains_key("BCC"));
    Delivery {
        tag: Tag { generation, delivery: arrived.delivery_tag },
        letter: Incoming {
            frame: arrived.data.into(),
            routing_key: arrived.routing_key.as_str().to_owned(),
            user_id: arrived.properties.user_id().as_ref().map(|user| user.as_str().to_owned()),
            redelivered: arrived.redelivered,
            carbon_copied,
        },
    }
}
