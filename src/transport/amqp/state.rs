//! What both connections report, behind one lock that is never held across an await.

use std::sync::{Mutex, MutexGuard};
use std::time::Instant;

use super::super::TransportStatus;
use super::super::address::Address;
use super::super::fault::{Fault, FaultCode};

/// The two connections: one to publish, one to consume, so that a blocked one cannot stop acknowledgements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Publish,
    Consume,
}

#[derive(Debug)]
pub(super) struct State {
    begun: Instant,
    parts: Mutex<Parts>,
}

#[derive(Debug, Default)]
struct Parts {
    /// Where each connection is, while it is up.
    up: [Option<Address>; 2],
    was_up: [bool; 2],
    faults: [Option<Fault>; 2],
    blocked: Option<(String, u128)>,
    reconnects: u64,
    queue_depth: Option<u64>,
}

impl State {
    pub(super) fn new() -> State {
        State { begun: Instant::now(), parts: Mutex::default() }
    }

    fn parts(&self) -> MutexGuard<'_, Parts> {
        self.parts.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// The connection works again. A refused publish stays shown until a window passes (`window_passed`).
    pub(super) fn up(&self, side: Side, address: &Address) {
        let mut parts = self.parts();
        parts.up[side as usize] = Some(address.clone());
        if std::mem::replace(&mut parts.was_up[side as usize], true) {
            parts.reconnects += 1;
        }
        if !parts.faults[side as usize].as_ref().is_some_and(|fault| until_a_window_passes(side, fault.code)) {
            parts.faults[side as usize] = None;
        }
    }

    pub(super) fn down(&self, side: Side, fault: Option<Fault>) {
        let mut parts = self.parts();
        parts.up[side as usize] = None;
        if let Some(fault) = fault {
            parts.faults[side as usize] = Some(fault);
        }
        if side == Side::Publish {
            parts.blocked = None;
        }
    }

    pub(super) fn window_passed(&self) {
        self.parts().faults[Side::Publish as usize] = None;
    }

    pub(super) fn blocked(&self, reason: Option<String>) {
        let since = self.begun.elapsed().as_millis();
        self.parts().blocked = reason.map(|reason| (reason, since));
    }

    pub(super) fn queue_depth(&self, depth: u64) {
        self.parts().queue_depth = Some(depth);
    }

    pub(super) fn publish_fault(&self) -> Option<Fault> {
        self.parts().faults[Side::Publish as usize].clone()
    }

    pub(super) fn status(&self) -> TransportStatus {
        let parts = self.parts();
        let blocked = parts.blocked.as_ref().map(|(reason, since)| format!("{reason} (since {since} ms of uptime)"));
        let block = blocked.as_ref().map(|words| Fault::new(FaultCode::BrokerBlocked, words.clone()));
        let at = |side: Side| parts.up[side as usize].as_ref().map(Address::to_string);
        let fault = parts.faults.iter().flatten().next().cloned().or(block);
        TransportStatus {
            consuming: parts.up[Side::Consume as usize].is_some(),
            publishing: parts.up[Side::Publish as usize].is_some() && parts.blocked.is_none(),
            consuming_at: at(Side::Consume),
            publishing_at: at(Side::Publish),
            blocked,
            fault: fault.map(|fault| (fault.code.code().to_owned(), fault.text())),
            reconnects: parts.reconnects,
            queue_depth: parts.queue_depth,
        }
    }
}

/// Connecting proves nothing about these: the broker refuses only when we publish.
fn until_a_window_passes(side: Side, code: FaultCode) -> bool {
    side == Side::Publish
        && matches!(code, FaultCode::PublishRefused | FaultCode::BrokerPermission | FaultCode::ConfirmLate)
}
