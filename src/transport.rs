//! Carries sealed bytes between agencies. Knows neither what they say nor where they are stored.

pub mod address;
pub mod amqp;
pub mod fault;
pub mod memory;
pub mod topology;

use async_trait::async_trait;

/// One message for the broker: final bytes and the routing facts, nothing personal.
#[derive(Debug, Clone)]
pub struct Letter {
    /// UUID text; also the AMQP `message_id` by which returns are matched.
    pub message_id: String,
    pub sender: String,
    pub recipient: String,
    pub frame: std::sync::Arc<[u8]>,
}

/// What the broker said about one letter of a window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Published {
    /// Acked and not returned: it lies in the recipient's queue.
    Routed,
    /// Acked and returned: no queue takes letters for the recipient. An operator must act.
    Unroutable,
    /// Nacked, late, or the connection broke: it may or may not arrive. Send the same bytes again.
    Unknown(String),
}

/// One letter as it came from our queue.
#[derive(Debug, Clone)]
pub struct Incoming {
    pub frame: std::sync::Arc<[u8]>,
    /// `<from>.<to>` as the broker routed it.
    pub routing_key: String,
    /// The sender the broker authenticated, if the property was set.
    pub user_id: Option<String>,
    pub redelivered: bool,
    /// A CC or BCC header was present: routing was bypassed.
    pub carbon_copied: bool,
}

/// A delivery in hand: until acknowledged it stays the broker's. Dropping it leaves it there.
pub struct Delivery {
    pub letter: Incoming,
    pub tag: Tag,
}

/// Names a delivery within one connection (generation): an old tag must never acknowledge a new delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tag {
    pub generation: u64,
    pub delivery: u64,
}

/// What the transport is doing, for pages and readiness.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TransportStatus {
    pub consuming: bool,
    pub publishing: bool,
    /// At which of the broker's addresses (`host:port`) each connection is, while it is up.
    pub consuming_at: Option<String>,
    pub publishing_at: Option<String>,
    /// The broker's words when it blocked us (`low on disk`), and since when in ms of our uptime.
    pub blocked: Option<String>,
    /// Stable code and text of the last fault, cleared when both connections work again.
    pub fault: Option<(String, String)>,
    pub reconnects: u64,
    /// Messages ready in our own inbound queue, as of the last passive declare.
    pub queue_depth: Option<u64>,
}

impl TransportStatus {
    /// The addresses in use, each once.
    pub fn addresses(&self) -> Vec<&str> {
        let mut used: Vec<&str> = self.consuming_at.iter().chain(&self.publishing_at).map(String::as_str).collect();
        used.dedup();
        used
    }
}

#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// The transport was told to stop.
    #[error("the transport is closed")]
    Closed,
}

#[async_trait]
pub trait Transport: Send + Sync {
    /// Waits for at least one delivery, then takes what else is already there, up to `max`. Never returns empty.
    /// Reconnects inside; an error means the transport was closed for good.
    async fn receive(&self, max: usize) -> Result<Vec<Delivery>, TransportError>;

    /// Acknowledges durable deliveries. Tags of an earlier connection are ignored: the broker will redeliver.
    async fn acknowledge(&self, tags: &[Tag]);

    /// Publishes a window and waits for all of it, one outcome per letter in order. While there is no connection it
    /// waits (bounded) and then answers `Unknown`.
    async fn publish(&self, window: &[Letter]) -> Vec<Published>;

    fn status(&self) -> TransportStatus;

    /// Stops consuming and closes the connections; bounded. `receive` then returns `Closed`.
    async fn close(&self);
}
