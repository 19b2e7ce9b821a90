//! One connection through the proxy: two pumps that ask of every frame what becomes of it.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, copy, sink};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::time::{sleep, timeout};

use super::fault::{CutAt, End, Orders, Verdict};
use super::frames::{Frames, Piece, Role, Way};

/// Between two bytes of a trickle; shorter pauses would let the kernel put them together again.
const TRICKLE: Duration = Duration::from_millis(1);
/// After an orderly end both sides may still say something; closing over it would turn the end into a reset.
const LINGER: Duration = Duration::from_secs(1);

struct Line {
    number: u64,
    role: Mutex<Option<Role>>,
    orders: Arc<Orders>,
}

pub(super) async fn carry(mut near: TcpStream, to: u16, number: u64, orders: Arc<Orders>) {
    let Ok(mut far) = TcpStream::connect((Ipv4Addr::LOCALHOST, to)).await else { return };
    // Else a trickle is put together again, and every answer waits.
    let _ = near.set_nodelay(true);
    let _ = far.set_nodelay(true);
    let line = Line { number, role: Mutex::default(), orders };
    let ended = {
        let (from_client, to_client) = near.split();
        let (from_broker, to_broker) = far.split();
        tokio::try_join!(
            line.pump(Way::ToBroker, from_client, to_broker),
            line.pump(Way::ToClient, from_broker, to_client)
        )
    };
    match ended {
        Ok(_) => {}
        Err(End::Reset) => {
            let _ = near.set_zero_linger();
            let _ = far.set_zero_linger();
        }
        Err(End::Orderly) => {
            let _ = near.shutdown().await;
            let _ = far.shutdown().await;
            let _ = timeout(LINGER, async { tokio::join!(discard(&mut near), discard(&mut far)) }).await;
        }
    }
    line.orders.given_up(line.number);
}

async fn discard(from: &mut (impl AsyncRead + Unpin)) {
    let _ = copy(from, &mut sink()).await;
}

impl Line {
    fn role(&self) -> MutexGuard<'_, Option<Role>> {
        self.role.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Until the sender closes, the receiver is gone, or a fault ends the connection.
    async fn pump(&self, way: Way, mut from: ReadHalf<'_>, mut to: WriteHalf<'_>) -> Result<(), End> {
        let mut frames = Frames::new(way);
        let mut chunk = vec![0; 65_536];
        loop {
            let length = from.read(&mut chunk).await.unwrap_or(0);
            if length == 0 {
                self.orders.given_up(self.number);
                let _ = to.write_all(frames.rest()).await;
                let _ = to.shutdown().await;
                return Ok(());
            }
            frames.take(&chunk[..length]);
            if let Some(pause) = self.orders.pause() {
                sleep(pause).await;
            }
            while let Some(piece) = frames.next() {
                if piece.role.is_some() {
                    *self.role() = piece.role;
                }
                if self.pass(way, piece, &mut to).await?.is_none() {
                    discard(&mut from).await;
                    return Ok(());
                }
            }
        }
    }

    /// One frame; `None` when the receiver hears nothing more.
    async fn pass(&self, way: Way, mut piece: Piece, to: &mut WriteHalf<'_>) -> Result<Option<()>, End> {
        let role = *self.role();
        let verdict = self.orders.judge(self.number, role, way, &piece);
        let length = piece.bytes.len();
        let written = match verdict {
            Verdict::Swallow => Ok(()),
            Verdict::Pass => to.write_all(&piece.bytes).await,
            Verdict::Cut(at, end) => {
                let passing = match at {
                    CutAt::Start => 0,
                    CutAt::Middle => length / 2,
                    CutAt::End => length,
                };
                let _ = to.write_all(&piece.bytes[..passing]).await;
                return Err(end);
            }
            Verdict::Hold => {
                self.orders.hold(self.number).await;
                to.write_all(&piece.bytes).await
            }
            Verdict::Trickle => trickle(&piece.bytes, to).await,
            Verdict::Flip(bit) => {
                piece.bytes[bit / 8 % length] ^= 1 << (bit % 8);
                to.write_all(&piece.bytes).await
            }
            Verdict::HalfClose => {
                let _ = to.write_all(&piece.bytes).await;
                let _ = to.shutdown().await;
                return Ok(None);
            }
        };
        Ok(written.ok())
    }
}

async fn trickle(bytes: &[u8], to: &mut WriteHalf<'_>) -> std::io::Result<()> {
    for byte in bytes {
        to.write_all(std::slice::from_ref(byte)).await?;
        sleep(TRICKLE).await;
    }
    Ok(())
}
