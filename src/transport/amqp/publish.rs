//! The publishing connection: one supervisor that keeps it, and windows of letters that pass through it one at a time.
//!
//! "Routed" is said only after every confirm of a window is in and every returned message was matched by its id.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures_util::StreamExt;
use lapin::options::ConfirmSelectOptions;
use lapin::{Channel, Event};
use tokio::sync::{mpsc, watch};
use tokio::time::{sleep, timeout};

use super::super::fault::{Fault, FaultCode};
use super::super::topology::inbound;
use super::super::{Letter, Published};
use super::AmqpConfig;
use super::diagnose::{Stage, fault};
use super::link::Link;
use super::refusals::Refusals;
use super::round::Round;
use super::state::{Side, State};
use super::window::{self, WindowFault};

/// How often a connection that says nothing is looked at.
const LOOK: Duration = Duration::from_secs(1);

/// Where windows go at this moment. One value, so that "unblocked" is never seen with an old session.
#[derive(Clone, Default)]
struct Gate {
    session: Option<Arc<Session>>,
    blocked: bool,
}

impl Gate {
    fn is_open(&self) -> bool {
        self.session.is_some() && !self.blocked
    }
}

struct Session {
    channel: Channel,
    failed: mpsc::UnboundedSender<Fault>,
    /// A window was abandoned on it: its late confirms and returns must not be mixed with another window's.
    dirty: AtomicBool,
    /// A window passed: pauses start small again.
    worked: AtomicBool,
}

/// The caller's end.
pub(super) struct Publisher {
    gate: watch::Sender<Gate>,
    /// Whose turn it is: returns are matched within a window, so that one passes at a time.
    turn: tokio::sync::Mutex<Refusals>,
    config: Arc<AmqpConfig>,
    state: Arc<State>,
}

impl Publisher {
    pub(super) fn new(config: Arc<AmqpConfig>, state: Arc<State>) -> Publisher {
        let turn = tokio::sync::Mutex::new(Refusals::new(config.refusal_most));
        Publisher { gate: watch::Sender::new(Gate::default()), turn, config, state }
    }

    /// One window; see [`Transport::publish`](super::super::Transport::publish).
    pub(super) async fn publish(&self, letters: &[Letter]) -> Vec<Published> {
        if letters.is_empty() {
            return Vec::new();
        }
        let mut refusals = self.turn.lock().await;
        let mut gate = self.gate.subscribe();
        let opened = async { gate.wait_for(Gate::is_open).await.ok().and_then(|gate| gate.session.clone()) };
        let session = timeout(self.config.connection_wait, opened).await.ok().flatten();
        let Some(session) = session else {
            return unknown(letters, &self.why_closed());
        };
        let passing = Passing { gate: &self.gate, session: Some(&session) };
        let sent = window::send(&session.channel, &self.config.user, letters);
        match timeout(self.config.publish_window_timeout, sent).await {
            Ok(Ok(outcomes)) => {
                passing.finished();
                session.worked.store(true, Ordering::Relaxed);
                self.state.window_passed();
                if let Some(recipient) = refusals.lasting(Instant::now(), letters, &outcomes) {
                    let _ = session.failed.send(Fault::new(FaultCode::QueueRefuses, inbound(&recipient)));
                }
                outcomes
            }
            Ok(Err(wrong)) => {
                passing.finished();
                let fault = match wrong {
                    WindowFault::Library(error) => fault(Stage::Publishing, &error),
                    WindowFault::Unmatched => {
                        Fault::new(FaultCode::ConnectionLost, "a returned message belongs to no letter of the window")
                    }
                };
                let words = fault.to_string();
                let _ = session.failed.send(fault);
                unknown(letters, &words)
            }
            // `passing` is dropped armed: the session is given up.
            Err(_) => unknown(letters, "CONFIRM_LATE: no confirm in time; it may still arrive"),
        }
    }

    fn why_closed(&self) -> String {
        let status = self.state.status();
        match (status.blocked, self.state.publish_fault()) {
            (Some(blocked), _) => format!("BROKER_BLOCKED: {blocked}"),
            (None, Some(fault)) => fault.to_string(),
            (None, None) => "CONNECTION_LOST: no connection yet".to_owned(),
        }
    }
}

/// A window on its way. Dropped before it finished (late, or its caller went away), it spoils the session.
struct Passing<'a> {
    gate: &'a watch::Sender<Gate>,
    session: Option<&'a Session>,
}

impl Passing<'_> {
    fn finished(mut self) {
        self.session = None;
    }
}

impl Drop for Passing<'_> {
    fn drop(&mut self) {
        let Some(session) = self.session else { return };
        session.dirty.store(true, Ordering::Relaxed);
        // A blocked connection is kept: only it will hear "unblocked". Then it is replaced.
        if !self.gate.borrow().blocked {
            let _ = session.failed.send(Fault::new(FaultCode::ConfirmLate, ""));
        }
    }
}

fn unknown(letters: &[Letter], why: &str) -> Vec<Published> {
    letters.iter().map(|_| Published::Unknown(why.to_owned())).collect()
}

/// Keeps the publishing connection until told to stop.
pub(super) async fn supervise(publisher: Arc<Publisher>, mut stop: watch::Receiver<bool>) {
    let mut round = Round::new(publisher.config.addresses.clone());
    loop {
        let ended = keep(&publisher, &mut round, &mut stop).await;
        publisher.gate.send_replace(Gate::default());
        publisher.state.down(Side::Publish, ended.clone());
        let Some(fault) = ended else { return };
        tracing::warn!(code = fault.code.code(), detail = %fault.detail, "the publishing connection failed");
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => return,
            () = sleep(round.next()) => {}
        }
    }
}

/// Opens a connection and keeps it until something is wrong with it; `None` when told to stop.
async fn keep(publisher: &Publisher, round: &mut Round, stop: &mut watch::Receiver<bool>) -> Option<Fault> {
    let address = round.address().clone();
    let opened = tokio::select! {
        _ = stop.wait_for(|stop| *stop) => return None,
        opened = Link::open(&publisher.config, &address, "publish") => opened,
    };
    let link = match opened {
        Ok(link) => link,
        Err(fault) => return Some(fault),
    };
    let mut events = Box::pin(link.connection.events_listener());
    let selected = link.channel.confirm_select(ConfirmSelectOptions::default());
    match timeout(publisher.config.connect_timeout, selected).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => return Some(fault(Stage::Preparing, &error).at(&address)),
        Err(_) => return Some(Fault::new(FaultCode::ConnectionLost, "asking for confirms took too long").at(&address)),
    }
    let (failed, mut failures) = mpsc::unbounded_channel();
    let (dirty, worked) = (AtomicBool::new(false), AtomicBool::new(false));
    let session = Arc::new(Session { channel: link.channel.clone(), failed, dirty, worked });
    publisher.state.up(Side::Publish, &address);
    publisher.gate.send_replace(Gate { session: Some(Arc::clone(&session)), blocked: false });
    let fault = loop {
        tokio::select! {
            _ = stop.wait_for(|stop| *stop) => break None,
            failure = failures.recv() => break failure,
            event = events.next() => match event {
                Some(Event::ConnectionBlocked(reason)) => {
                    tracing::warn!(%reason, "the broker blocked publishing");
                    publisher.state.blocked(Some(reason));
                    publisher.gate.send_modify(|gate| gate.blocked = true);
                }
                Some(Event::ConnectionUnblocked) => {
                    publisher.state.blocked(None);
                    if session.dirty.load(Ordering::Relaxed) {
                        break Some(Fault::new(FaultCode::ConfirmLate, "unblocked; the old connection is replaced"));
                    }
                    publisher.gate.send_modify(|gate| gate.blocked = false);
                }
                Some(Event::Error(error)) => break Some(fault(Stage::Publishing, &error)),
                Some(_) => {}
                None => break Some(Fault::new(FaultCode::ConnectionLost, "")),
            },
            () = sleep(LOOK) => {
                if !link.connection.status().connected() || !link.channel.status().connected() {
                    break Some(Fault::new(FaultCode::ConnectionLost, ""));
                }
            }
        }
        if session.worked.swap(false, Ordering::Relaxed) {
            round.worked();
        }
    };
    if session.worked.load(Ordering::Relaxed) {
        round.worked();
    }
    let fault = fault.map(|fault| fault.at(&address));
    publisher.gate.send_replace(Gate::default());
    // Shown at once: closing towards a broker that does not answer takes its whole limit.
    publisher.state.down(Side::Publish, fault.clone());
    link.close().await;
    fault
}
