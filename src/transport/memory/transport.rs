//! One agency's connection to the broker in memory: a synchronous core, and the transport's contract on top.

use std::time::Duration;

use async_trait::async_trait;

use super::super::fault::{Fault, FaultCode};
use super::super::{Delivery, Letter, Published, Tag, Transport, TransportError, TransportStatus};
use super::broker::MemoryBroker;

/// A blocked publisher waits this long in all, so that a retrying relay does not spin.
const BLOCKED_WAIT: Duration = Duration::from_millis(20);

/// Made by [`MemoryBroker::connect`]. The `…_now` methods never wait and need no runtime.
pub struct MemoryTransport {
    broker: MemoryBroker,
    id: u64,
    agency: String,
}

impl MemoryTransport {
    pub(super) fn new(broker: MemoryBroker, id: u64, agency: &str) -> MemoryTransport {
        MemoryTransport { broker, id, agency: agency.to_owned() }
    }

    pub fn agency(&self) -> &str {
        &self.agency
    }

    /// One outcome per letter, in order.
    pub fn publish_now(&self, window: &[Letter]) -> Vec<Published> {
        self.broker.publish(self.id, window)
    }

    /// From here on the broker pushes, as after the first `receive`.
    pub fn subscribe(&self) {
        self.broker.subscribe(self.id);
    }

    /// What is ready, up to `max` and the prefetch limit; may be empty. Subscribes.
    pub fn take_now(&self, max: usize) -> Vec<Delivery> {
        self.broker.take(self.id, max)
    }

    /// Tags of an earlier connection do nothing.
    pub fn acknowledge_now(&self, tags: &[Tag]) {
        self.broker.acknowledge(self.id, tags);
    }

    /// The receiver crashed or its connection broke: what it held comes again, flagged.
    pub fn drop_connection(&self) {
        self.broker.drop_connection(self.id, false);
    }
}

#[async_trait]
impl Transport for MemoryTransport {
    async fn receive(&self, max: usize) -> Result<Vec<Delivery>, TransportError> {
        let mut changes = self.broker.changes();
        loop {
            changes.borrow_and_update();
            if self.broker.is_closed(self.id) {
                return Err(TransportError::Closed);
            }
            let taken = self.take_now(max.max(1));
            if !taken.is_empty() {
                return Ok(taken);
            }
            // The sender lives in `self.broker`.
            let _ = changes.changed().await;
        }
    }

    async fn acknowledge(&self, tags: &[Tag]) {
        self.acknowledge_now(tags);
    }

    async fn publish(&self, window: &[Letter]) -> Vec<Published> {
        let outcomes = self.publish_now(window);
        if self.broker.blocked().is_some() {
            tokio::time::sleep(BLOCKED_WAIT).await;
        }
        outcomes
    }

    fn status(&self) -> TransportStatus {
        let open = !self.broker.is_closed(self.id);
        let blocked = self.broker.blocked();
        let fault = blocked.as_ref().map(|reason| Fault::new(FaultCode::BrokerBlocked, reason.clone()));
        TransportStatus {
            consuming: open,
            publishing: open && blocked.is_none(),
            consuming_at: None,
            publishing_at: None,
            blocked,
            fault: fault.map(|fault| (fault.code.code().to_owned(), fault.text())),
            reconnects: 0,
            queue_depth: Some(self.broker.depth(&self.agency) as u64),
        }
    }

    async fn close(&self) {
        self.broker.drop_connection(self.id, true);
    }
}

impl Drop for MemoryTransport {
    fn drop(&mut self) {
        self.broker.drop_connection(self.id, true);
    }
}
