//! A broker in memory, for simulation: it does what RabbitMQ may do, when it is told to.
//!
//! Honest about RabbitMQ, against which `tests/it/transport/model.rs` holds it: a letter is confirmed only once it lies in
//! a queue (or was returned); what was pushed to a reader and not acknowledged comes back, flagged, before what nobody has
//! seen; what came back too often goes to the dead letters. Never deletes a letter on its own.

mod broker;
mod core;
mod orders;
mod queue;
mod transport;

pub use self::broker::MemoryBroker;
pub use self::core::{Restored, Snapshot};
pub use self::orders::{Chaos, Order, Rules};
pub use self::transport::MemoryTransport;
