//! One queue as a RabbitMQ quorum queue keeps it: what came back goes before what nobody has seen, behind what came back
//! earlier; what came back too often leaves for the dead-letter queue.

use std::collections::VecDeque;
use std::sync::Arc;

use super::super::Incoming;

#[derive(Clone, Default)]
pub(super) struct Queue {
    pub ready: VecDeque<Held>,
    /// So many at the head of `ready` came back.
    returned: usize,
    pub withheld: Vec<Held>,
    /// Frames of which every copy is withheld.
    pub kept: Vec<Arc<[u8]>>,
}

#[derive(Clone)]
pub(super) struct Held {
    pub letter: Incoming,
    /// How often it came back from a reader.
    returns: u64,
}

impl Held {
    pub fn new(letter: Incoming) -> Held {
        Held { letter, returns: 0 }
    }
}

impl Queue {
    /// The oldest, for a reader.
    pub fn take(&mut self, count: usize) -> Vec<Held> {
        let count = count.min(self.ready.len());
        self.returned = self.returned.saturating_sub(count);
        self.ready.drain(..count).collect()
    }

    /// A reader went away with these in hand, in the order of delivery. The dead ones are handed back.
    pub fn give_back(&mut self, unacked: impl IntoIterator<Item = Held>, delivery_limit: u64) -> Vec<Incoming> {
        let mut dead = Vec::new();
        for mut held in unacked {
            held.letter.redelivered = true;
            held.returns += 1;
            if held.returns > delivery_limit {
                dead.push(held.letter);
                continue;
            }
            self.ready.insert(self.returned, held);
            self.returned += 1;
        }
        dead
    }

    /// Everything that waits, whether shown or not.
    pub fn frames(&self) -> impl Iterator<Item = &Arc<[u8]>> {
        self.ready.iter().chain(&self.withheld).map(|held| &held.letter.frame)
    }
}
