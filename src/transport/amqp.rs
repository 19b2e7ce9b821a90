//! Carries letters over RabbitMQ. This folder is the only place that knows the client library.
//!
//! Two connections, each kept by one supervisor that rebuilds it on any doubt. Nothing is declared, requeued or
//! rejected here; an unconfirmed letter is unknown, never failed.

mod consume;
mod diagnose;
mod link;
mod publish;
mod refusals;
mod round;
mod state;
mod unacked;
mod window;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use self::consume::Receiver;
use self::publish::Publisher;
use self::state::State;
use super::address::Address;
use super::{Delivery, Letter, Published, Tag, Transport, TransportError, TransportStatus};

/// Both connections are gone within this when the transport is closed.
const CLOSE_LIMIT: Duration = Duration::from_secs(5);

/// Where the broker is, who we are there, and the limits of waiting.
#[derive(Clone)]
pub struct AmqpConfig {
    /// The nodes of one broker, at least one; each connection goes round through them.
    pub addresses: Vec<Address>,
    pub vhost: String,
    /// The agency's code: the broker lets a user write only under its own name.
    pub user: String,
    pub password: String,
    /// Whose queue we read.
    pub agency: String,
    /// Seconds; a frozen broker is noticed after twice this.
    pub heartbeat_seconds: u16,
    /// Deliveries in hand and not acknowledged; never 0, which means unlimited.
    pub prefetch: u16,
    /// Limit for connecting, and again for preparing the channel.
    pub connect_timeout: Duration,
    /// How long a window waits for a working connection before it is answered `Unknown`.
    pub connection_wait: Duration,
    /// How long a window waits for all its confirms.
    pub publish_window_timeout: Duration,
    /// How long a queue refuses every letter before the publishing connection is replaced, at the next address.
    pub refusal_most: Duration,
}

impl AmqpConfig {
    /// The usual limits for an agency that logs in under its own code.
    pub fn new(addresses: Vec<Address>, agency: &str, password: &str) -> AmqpConfig {
        AmqpConfig {
            addresses,
            vhost: super::topology::VHOST.to_owned(),
            user: agency.to_owned(),
            password: password.to_owned(),
            agency: agency.to_owned(),
            heartbeat_seconds: 8,
            prefetch: 512,
            connect_timeout: Duration::from_secs(10),
            connection_wait: Duration::from_secs(5),
            publish_window_timeout: Duration::from_secs(30),
            refusal_most: Duration::from_secs(10),
        }
    }
}

impl std::fmt::Debug for AmqpConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Without the password.
        f.debug_struct("AmqpConfig")
            .field("addresses", &self.addresses)
            .field("vhost", &self.vhost)
            .field("user", &self.user)
            .field("agency", &self.agency)
            .finish_non_exhaustive()
    }
}

/// One agency's transport over RabbitMQ. Dropping it without [`Transport::close`] cuts both connections.
pub struct AmqpTransport {
    publisher: Arc<Publisher>,
    receiver: Arc<Receiver>,
    state: Arc<State>,
    supervisors: Mutex<Vec<JoinHandle<()>>>,
}

impl AmqpTransport {
    /// Begins to connect; returns at once. Needs a Tokio runtime. Faults show in the status, not here.
    pub fn start(mut config: AmqpConfig) -> AmqpTransport {
        config.prefetch = config.prefetch.max(1);
        let config = Arc::new(config);
        let state = Arc::new(State::new());
        let publisher = Arc::new(Publisher::new(Arc::clone(&config), Arc::clone(&state)));
        let receiver = Arc::new(Receiver::new(config, Arc::clone(&state)));
        let supervisors = vec![
            tokio::spawn(publish::supervise(Arc::clone(&publisher), receiver.closed.subscribe())),
            tokio::spawn(consume::supervise(Arc::clone(&receiver), receiver.closed.subscribe())),
        ];
        AmqpTransport { publisher, receiver, state, supervisors: Mutex::new(supervisors) }
    }

    /// Subscribes. Call it when the store is writable: every dropped connection counts as a redelivery. The first
    /// `receive` does the same.
    pub fn start_consuming(&self) {
        self.receiver.wanted.send_replace(true);
    }

    fn take_supervisors(&self) -> Vec<JoinHandle<()>> {
        std::mem::take(&mut *self.supervisors.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for AmqpTransport {
    fn drop(&mut self) {
        self.receiver.closed.send_replace(true);
        for supervisor in self.take_supervisors() {
            supervisor.abort();
        }
    }
}

#[async_trait]
impl Transport for AmqpTransport {
    async fn receive(&self, max: usize) -> Result<Vec<Delivery>, TransportError> {
        self.receiver.receive(max).await.ok_or(TransportError::Closed)
    }

    async fn acknowledge(&self, tags: &[Tag]) {
        self.receiver.acknowledge(tags).await;
    }

    async fn publish(&self, window: &[Letter]) -> Vec<Published> {
        self.publisher.publish(window).await
    }

    fn status(&self) -> TransportStatus {
        self.state.status()
    }

    async fn close(&self) {
        self.receiver.closed.send_replace(true);
        for mut supervisor in self.take_supervisors() {
            if timeout(CLOSE_LIMIT, &mut supervisor).await.is_err() {
                supervisor.abort();
            }
        }
    }
}
