//! The road between agencies and their broker, with a gate: while it is shut nothing that an agency sends reaches the
//! broker, and no connection breaks. So a story's lines happen before the post goes, as they are told.

use std::net::Ipv4Addr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::AbortHandle;

pub struct Gate {
    pub port: u16,
    is_open: watch::Sender<bool>,
    accepting: AbortHandle,
}

impl Gate {
    /// An open gate on a free port, before the broker at `to` on this machine.
    pub async fn new(to: u16) -> Gate {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let port = listener.local_addr().expect("a port").port();
        let is_open = watch::Sender::new(true);
        let seen = is_open.subscribe();
        let accepting = tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(carry(near, to, seen.clone()));
            }
        });
        Gate { port, is_open, accepting: accepting.abort_handle() }
    }

    pub fn open(&self) {
        self.is_open.send_replace(true);
    }

    pub fn shut(&self) {
        self.is_open.send_replace(false);
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// One connection, until either side ends it.
async fn carry(near: TcpStream, to: u16, is_open: watch::Receiver<bool>) {
    let Ok(far) = TcpStream::connect((Ipv4Addr::LOCALHOST, to)).await else { return };
    let _ = near.set_nodelay(true);
    let _ = far.set_nodelay(true);
    let ((from_near, to_near), (from_far, to_far)) = (near.into_split(), far.into_split());
    tokio::select! {
        () = out(from_near, to_far, is_open) => {}
        () = back(from_far, to_near) => {}
    }
}

async fn out(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut is_open: watch::Receiver<bool>) {
    let mut bytes = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut bytes).await {
        if is_open.wait_for(|is_open| *is_open).await.is_err() || to.write_all(&bytes[..count]).await.is_err() {
            return;
        }
    }
}

async fn back(mut from: OwnedReadHalf, mut to: OwnedWriteHalf) {
    let _ = tokio::io::copy(&mut from, &mut to).await;
}
