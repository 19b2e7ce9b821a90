//! The broker behind one lock, and what can be done to it from outside.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::super::{Delivery, Incoming, Letter, Published, Tag};
use super::core::{Connection, Core, Restored, Snapshot};
use super::orders::{Chaos, Order, Rules};
use super::queue::Held;
use super::transport::MemoryTransport;

/// Shared by all transports of a simulated world. The same seed and the same calls give the same deliveries.
#[derive(Clone)]
pub struct MemoryBroker {
    core: Arc<Mutex<Core>>,
    /// Counts changes, so that waiting receivers look again.
    changed: watch::Sender<u64>,
}

impl MemoryBroker {
    pub fn new(seed: u64) -> MemoryBroker {
        MemoryBroker { core: Arc::new(Mutex::new(Core::new(seed))), changed: watch::Sender::new(0) }
    }

    fn core(&self) -> MutexGuard<'_, Core> {
        self.core.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<T>(&self, change: impl FnOnce(&mut Core) -> T) -> T {
        let answer = change(&mut self.core());
        self.changed.send_modify(|count| *count += 1);
        answer
    }

    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    /// Makes the agency's queue if it is missing, and a connection that reads it.
    pub fn connect(&self, agency: &str) -> MemoryTransport {
        self.declare(agency);
        let id = self.change(|core| {
            let id = core.number();
            let connection = Connection {
                agency: agency.to_owned(),
                generation: core.number(),
                delivered: 0,
                unacked: BTreeMap::new(),
                subscribed: false,
                closed: false,
            };
            core.connections.insert(id, connection);
            id
        });
        MemoryTransport::new(self.clone(), id, agency)
    }

    pub fn declare(&self, agency: &str) {
        self.change(|core| {
            core.queues.entry(agency.to_owned()).or_default();
        });
    }

    /// From now on letters to this agency are unroutable; what lay in its queue or in its hands is gone.
    pub fn delete_queue(&self, agency: &str) {
        self.change(|core| {
            if core.queues.remove(agency).is_some_and(|queue| queue.frames().next().is_some()) {
                core.strike("deleted queue");
            }
            let generation = core.number();
            for reader in core.connections.values_mut().filter(|connection| connection.agency == agency) {
                (reader.generation, reader.delivered) = (generation, 0);
                reader.unacked.clear();
            }
        });
    }

    /// The agency's link is down: it publishes to nobody, takes nothing, and what it had in hand goes back.
    pub fn cut_off(&self, agency: &str) {
        self.change(|core| {
            for id in core.open_connections() {
                if core.connections[&id].agency != agency {
                    continue;
                }
                if !core.connections[&id].unacked.is_empty() {
                    core.strike("cut off");
                }
                core.break_connection(id);
            }
            core.cut.insert(agency.to_owned());
        });
    }

    pub fn let_in(&self, agency: &str) {
        self.change(|core| core.cut.remove(agency));
    }

    /// What has not been pushed to the reader is gone; what is withheld too.
    pub fn purge(&self, agency: &str) {
        self.change(|core| {
            let pushed = core.room_of(agency);
            if let Some(queue) = core.queues.get_mut(agency) {
                queue.ready.truncate(pushed);
                queue.withheld.clear();
                queue.kept.clear();
            }
        });
    }

    /// Killed and started again: what was in hand comes again, what was confirmed is there, what was written to a blocked
    /// broker is lost.
    pub fn restart(&self) {
        self.change(|core| {
            if !core.unread.is_empty() || core.connections.values().any(|connection| !connection.unacked.is_empty()) {
                core.strike("restart");
            }
            (core.blocked, core.unread) = (None, Vec::new());
            for id in core.open_connections() {
                core.break_connection(id);
            }
        });
    }

    /// A copy of what the broker has on its disk now.
    pub fn snapshot(&self) -> Snapshot {
        let core = self.core();
        let mut in_hand: BTreeMap<String, Vec<Held>> = BTreeMap::new();
        for connection in core.connections.values() {
            in_hand.entry(connection.agency.clone()).or_default().extend(connection.unacked.values().cloned());
        }
        Snapshot { queues: core.queues.clone(), in_hand, dead: core.dead.clone() }
    }

    /// The broker starts from an older copy of its disk: old letters come again, later ones are nowhere.
    pub fn restore(&self, old: Snapshot) -> Restored {
        self.change(|core| {
            let later = core.frames();
            (core.blocked, core.unread) = (None, Vec::new());
            let generation = core.number();
            for connection in core.connections.values_mut().filter(|connection| !connection.closed) {
                (connection.generation, connection.delivered) = (generation, 0);
                connection.unacked.clear();
            }
            (core.queues, core.dead) = (old.queues, old.dead);
            for (agency, held) in old.in_hand {
                core.give_back(&agency, held);
            }
            let now = core.frames();
            let restored = Restored { again: now.difference(&later).count(), gone: later.difference(&now).count() };
            if restored.again + restored.gone > 0 {
                core.strike("restored snapshot");
            }
            restored
        })
    }

    /// For the next letter published by anybody; orders are carried out in turn.
    pub fn order_next(&self, order: Order) {
        self.core().orders.push_back(order);
    }

    /// Faults by chance from now on, where nothing was ordered. `Chaos::default()` ends it.
    pub fn chaos(&self, chaos: Chaos) {
        self.core().chaos = chaos;
    }

    /// The limits it works under from now on.
    pub fn rules(&self, rules: Rules) {
        self.core().rules = rules;
    }

    /// How often each fault really struck since the beginning.
    pub fn struck(&self) -> BTreeMap<&'static str, u64> {
        self.core().struck.clone()
    }

    /// What came back more often than the limit allows.
    pub fn dead(&self) -> Vec<Incoming> {
        self.core().dead.clone()
    }

    /// Shuffles what is ready for this agency.
    pub fn reorder(&self, agency: &str) {
        self.change(|core| {
            let Some(queue) = core.queues.get_mut(agency).filter(|queue| queue.ready.len() > 1) else { return };
            *core.struck.entry("reorder").or_default() += 1;
            for last in (1..queue.ready.len()).rev() {
                let other = core.dice.below(last + 1);
                queue.ready.swap(last, other);
            }
        });
    }

    /// Shows what was withheld, behind everything that is ready.
    pub fn release(&self, agency: &str) {
        self.change(|core| {
            if let Some(queue) = core.queues.get_mut(agency) {
                let withheld = std::mem::take(&mut queue.withheld);
                queue.kept.clear();
                queue.ready.extend(withheld);
            }
        });
    }

    /// Publishing hangs; consuming and acknowledging go on. As with a full disk.
    pub fn block(&self, reason: &str) {
        self.change(|core| core.blocked = Some(reason.to_owned()));
    }

    /// Takes what was written meanwhile, late, and goes on.
    pub fn unblock(&self) {
        self.change(|core| {
            core.blocked = None;
            for letter in std::mem::take(&mut core.unread) {
                core.publish_one(&letter);
            }
        });
    }

    /// Puts something into a queue past all checks, as a hostile broker would. `false` without such a queue.
    pub fn inject(&self, agency: &str, letter: Incoming) -> bool {
        self.change(|core| core.queues.get_mut(agency).map(|queue| queue.ready.push_back(Held::new(letter))).is_some())
    }

    /// Ready in an agency's queue, not counting what is withheld or in somebody's hands.
    pub fn depth(&self, agency: &str) -> usize {
        self.core().queues.get(agency).map_or(0, |queue| queue.ready.len())
    }

    /// Ready and not pushed to the reader: what RabbitMQ counts as ready.
    pub fn waiting(&self, agency: &str) -> usize {
        self.core().waiting(agency)
    }

    /// Everything the broker still holds for an agency: ready, withheld and unacknowledged.
    pub fn held(&self, agency: &str) -> usize {
        let core = self.core();
        let queue = core.queues.get(agency).map_or(0, |queue| queue.ready.len() + queue.withheld.len());
        let in_hand = core.connections.values().filter(|connection| connection.agency == agency);
        queue + in_hand.map(|connection| connection.unacked.len()).sum::<usize>()
    }

    pub(super) fn blocked(&self) -> Option<String> {
        self.core().blocked.clone()
    }

    pub(super) fn publish(&self, id: u64, letters: &[Letter]) -> Vec<Published> {
        self.change(|core| core.publish(id, letters))
    }

    pub(super) fn subscribe(&self, id: u64) {
        if let Some(connection) = self.core().connections.get_mut(&id) {
            connection.subscribed = true;
        }
    }

    pub(super) fn take(&self, id: u64, max: usize) -> Vec<Delivery> {
        self.core().take(id, max)
    }

    pub(super) fn acknowledge(&self, id: u64, tags: &[Tag]) {
        self.change(|core| {
            let Some(connection) = core.connections.get_mut(&id) else { return };
            for tag in tags.iter().filter(|tag| tag.generation == connection.generation) {
                connection.unacked.remove(&tag.delivery);
            }
        });
    }

    /// Everything unacknowledged goes back, flagged.
    pub(super) fn drop_connection(&self, id: u64, closing: bool) {
        self.change(|core| {
            core.break_connection(id);
            if let Some(connection) = core.connections.get_mut(&id) {
                connection.closed |= closing;
            }
        });
    }

    pub(super) fn is_closed(&self, id: u64) -> bool {
        self.core().connections.get(&id).is_none_or(|connection| connection.closed)
    }
}
