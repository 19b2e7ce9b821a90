//! A TCP relay between one daemon and the broker that knows AMQP's frames, so that a fault strikes where it is meant to:
//! before the third publish, after the last byte of a delivery, on the publishing connection alone. One fault at a time.

mod fault;
mod frames;
mod line;

use std::net::Ipv4Addr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::task::{AbortHandle, JoinSet};

pub use self::fault::{Fault, Place};
pub use self::frames::{Mark, Role, Way};

use self::fault::Orders;

pub struct AmqpProxy {
    pub port: u16,
    orders: Arc<Orders>,
    accepting: AbortHandle,
}

impl AmqpProxy {
    /// Listens on a free port and relays to `to` on this machine.
    pub async fn new(to: u16) -> AmqpProxy {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let orders = Arc::new(Orders::default());
        let given = Arc::clone(&orders);
        let accepting = tokio::spawn(async move {
            // Dropped with this task, and every line with it.
            let mut lines = JoinSet::new();
            while let Ok((near, _)) = listener.accept().await {
                while lines.try_join_next().is_some() {}
                let number = given.accepted();
                lines.spawn(line::carry(near, to, number, Arc::clone(&given)));
            }
        });
        AmqpProxy { port, orders, accepting: accepting.abort_handle() }
    }

    /// From now on, instead of whatever was armed before.
    pub fn arm(&self, fault: Fault) {
        self.orders.arm(Some(fault));
    }

    pub fn disarm(&self) {
        self.orders.arm(None);
    }

    /// The armed fault has done all that it is to do.
    pub fn has_struck(&self) -> bool {
        self.orders.has_struck()
    }

    /// Connections accepted so far.
    pub fn connections(&self) -> u64 {
        self.orders.connections()
    }
}

impl Drop for AmqpProxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}
