//! A broker in memory, for simulation: it does what RabbitMQ may do, when it is told to.
//!
//! Honest about RabbitMQ: a letter is confirmed only once it lies in a queue (or was returned); what was taken and not
//! acknowledged comes back, flagged, in its old order, when the connection drops. Never deletes a letter on its own.

mod broker;
mod orders;
mod transport;

pub use self::broker::MemoryBroker;
pub use self::orders::{Chaos, Order};
pub use self::transport::MemoryTransport;
