//! What the proxy is told to do, and what that means for each frame that comes by.

use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use tokio::sync::watch;

use super::frames::{Mark, Piece, Role, Way};
use crate::support::dice::Dice;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Before,
    /// Half of its last frame still passes.
    Within,
    /// All of it still arrives.
    After,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The connection ends at the n-th of these.
    Cut { mark: Mark, place: Place, nth: u32 },
    /// The broker's confirms vanish; everything else passes. Over once somebody gives the connection up.
    Swallow,
    /// Nothing passes this way any more, on one connection. Over once somebody gives it up.
    Stall { way: Way, role: Role },
    /// Whatever arrives is passed on later, so many times.
    Delay { pause: Duration, times: u32 },
    /// So many bytes pass one by one, in packets of their own.
    Trickle { way: Way, bytes: u32 },
    /// One bit of the n-th frame is turned; `bit` is taken modulo the frame's length.
    Corrupt { way: Way, role: Role, nth: u32, bit: usize },
    /// One end is told that no more comes; the other way stays open.
    HalfClose { way: Way, role: Role },
    /// One connection is reset at its next frame.
    Reset { role: Role },
    /// Connections are reset after a few frames each, until so many are.
    Storm { resets: u32, seed: u64 },
}

/// What becomes of one frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Pass,
    Swallow,
    /// How many of its bytes still pass before the connection ends.
    Cut(CutAt, End),
    Hold,
    Trickle,
    Flip(usize),
    HalfClose,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CutAt {
    Start,
    Middle,
    End,
}

/// How a connection ends. A reset may throw away what has not been read yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Reset,
    Orderly,
}

/// A storm resets one frame in so many: some connections do not even get through their handshake.
const STORM_ONE_IN: usize = 12;

#[derive(Default)]
pub(super) struct Orders {
    now: Mutex<Order>,
    /// Told when a held connection may go on.
    released: watch::Sender<u64>,
}

#[derive(Default)]
struct Order {
    fault: Option<Fault>,
    /// Hits, pauses, bytes or resets until it has struck.
    left: u32,
    /// The connection that it struck.
    line: Option<u64>,
    dice: Option<Dice>,
    connections: u64,
}

impl Orders {
    fn now(&self) -> MutexGuard<'_, Order> {
        self.now.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    pub(super) fn arm(&self, fault: Option<Fault>) {
        let mut now = self.now();
        now.left = match fault {
            Some(Fault::Cut { nth, .. } | Fault::Corrupt { nth, .. }) => nth,
            Some(Fault::Delay { times, .. }) => times,
            Some(Fault::Trickle { bytes, .. }) => bytes,
            Some(Fault::Storm { resets, .. }) => resets,
            Some(_) => 1,
            None => 0,
        };
        now.dice = match fault {
            Some(Fault::Storm { seed, .. }) => Some(Dice::new(seed)),
            _ => None,
        };
        (now.fault, now.line) = (fault, None);
        self.released.send_modify(|times| *times += 1);
    }

    pub(super) fn accepted(&self) -> u64 {
        let mut now = self.now();
        now.connections += 1;
        now.connections
    }

    pub(super) fn connections(&self) -> u64 {
        self.now().connections
    }

    pub(super) fn has_struck(&self) -> bool {
        let now = self.now();
        now.fault.is_some() && now.left == 0
    }

    /// One end has closed this connection.
    pub(super) fn given_up(&self, line: u64) {
        let mut now = self.now();
        if matches!(now.fault, Some(Fault::Swallow | Fault::Stall { .. })) && now.line == Some(line) {
            now.left = 0;
            self.released.send_modify(|times| *times += 1);
        }
    }

    /// Waits while this connection is stalled.
    pub(super) async fn hold(&self, line: u64) {
        let mut released = self.released.subscribe();
        let is_held = || {
            let now = self.now();
            matches!(now.fault, Some(Fault::Stall { .. })) && now.line == Some(line) && now.left > 0
        };
        while is_held() {
            // The sender lives as long as these orders.
            let _ = released.changed().await;
        }
    }

    /// How long what has just arrived is kept back.
    pub(super) fn pause(&self) -> Option<Duration> {
        let mut now = self.now();
        let Some(Fault::Delay { pause, .. }) = now.fault else { return None };
        now.left = now.left.checked_sub(1)?;
        Some(pause)
    }

    pub(super) fn judge(&self, line: u64, role: Option<Role>, way: Way, piece: &Piece) -> Verdict {
        let mut now = self.now();
        let Some(fault) = now.fault.filter(|_| now.left > 0) else { return Verdict::Pass };
        match fault {
            Fault::Cut { mark, place, .. } => {
                let (here, at, end) = match place {
                    Place::Before => (piece.begins, CutAt::Start, End::Reset),
                    Place::Within => (piece.ends, CutAt::Middle, End::Reset),
                    Place::After => (piece.ends, CutAt::End, End::Orderly),
                };
                now.struck_if(here == Some(mark), Verdict::Cut(at, end))
            }
            Fault::Swallow => {
                let is_meant = piece.ends == Some(Mark::Confirm) && *now.line.get_or_insert(line) == line;
                if is_meant { Verdict::Swallow } else { Verdict::Pass }
            }
            Fault::Stall { way: meant, role: whose } => {
                let is_meant = way == meant && role == Some(whose) && *now.line.get_or_insert(line) == line;
                if is_meant { Verdict::Hold } else { Verdict::Pass }
            }
            Fault::Trickle { way: meant, .. } if way == meant => {
                now.left = now.left.saturating_sub(u32::try_from(piece.bytes.len()).unwrap_or(u32::MAX));
                Verdict::Trickle
            }
            Fault::Corrupt { way: meant, role: whose, bit, .. } => {
                now.struck_if(way == meant && role == Some(whose), Verdict::Flip(bit))
            }
            Fault::HalfClose { way: meant, role: whose } => {
                now.struck_if(way == meant && role == Some(whose), Verdict::HalfClose)
            }
            Fault::Reset { role: whose } => now.struck_if(role == Some(whose), Verdict::Cut(CutAt::Start, End::Reset)),
            Fault::Storm { .. } => {
                let is_meant = now.dice.as_mut().is_some_and(|dice| dice.below(STORM_ONE_IN) == 0);
                now.struck_if(is_meant, Verdict::Cut(CutAt::Start, End::Reset))
            }
            Fault::Delay { .. } | Fault::Trickle { .. } => Verdict::Pass,
        }
    }
}

impl Order {
    /// Counts a hit. A cut and a turned bit are for the last one, the resets of a storm for each.
    fn struck_if(&mut self, is_meant: bool, verdict: Verdict) -> Verdict {
        if !is_meant {
            return Verdict::Pass;
        }
        self.left -= 1;
        let is_each = matches!(self.fault, Some(Fault::Storm { .. }));
        if self.left == 0 || is_each { verdict } else { Verdict::Pass }
    }
}
