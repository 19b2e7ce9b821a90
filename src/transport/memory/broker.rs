//! The broker's state behind one lock: queues, connections, orders. Synchronous throughout.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::super::topology::routing_key;
use super::super::{Delivery, Incoming, Letter, Published, Tag};
use super::orders::{Chaos, Dice, Order};
use super::transport::MemoryTransport;

/// As the AMQP adapter's default.
const PREFETCH: usize = 512;

/// Shared by all transports of a simulated world. The same seed and the same calls give the same deliveries.
#[derive(Clone)]
pub struct MemoryBroker {
    core: Arc<Mutex<Core>>,
    /// Counts changes, so that waiting receivers look again.
    changed: watch::Sender<u64>,
}

struct Core {
    queues: BTreeMap<String, Queue>,
    connections: BTreeMap<u64, Connection>,
    orders: VecDeque<Order>,
    chaos: Chaos,
    dice: Dice,
    blocked: Option<String>,
    /// Written while blocked: the broker reads them when it is unblocked.
    unread: Vec<Letter>,
    next: u64,
}

#[derive(Default)]
struct Queue {
    ready: VecDeque<Held>,
    withheld: Vec<Held>,
    /// Frames of which every copy is withheld.
    kept: Vec<Arc<[u8]>>,
}

struct Held {
    place: u64,
    letter: Incoming,
}

struct Connection {
    agency: String,
    generation: u64,
    delivered: u64,
    unacked: BTreeMap<u64, Held>,
    closed: bool,
}

impl MemoryBroker {
    pub fn new(seed: u64) -> MemoryBroker {
        let core = Core {
            queues: BTreeMap::new(),
            connections: BTreeMap::new(),
            orders: VecDeque::new(),
            chaos: Chaos::default(),
            dice: Dice::new(seed),
            blocked: None,
            unread: Vec::new(),
            next: 0,
        };
        MemoryBroker { core: Arc::new(Mutex::new(core)), changed: watch::Sender::new(0) }
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

    /// From now on letters to this agency are unroutable; what lay in its queue is gone.
    pub fn delete_queue(&self, agency: &str) {
        self.change(|core| core.queues.remove(agency));
    }

    /// Forgets what is ready or withheld, as a purge or a broker restored empty does.
    pub fn forget(&self, agency: &str) {
        self.change(|core| {
            if let Some(queue) = core.queues.get_mut(agency) {
                *queue = Queue::default();
            }
        });
    }

    /// For the next letter published by anybody; orders are carried out in turn.
    pub fn order_next(&self, order: Order) {
        self.core().orders.push_back(order);
    }

    /// Faults by chance from now on, where nothing was ordered. `Chaos::default()` ends it.
    pub fn chaos(&self, chaos: Chaos) {
        self.core().chaos = chaos;
    }

    /// Shuffles what is ready for this agency.
    pub fn reorder(&self, agency: &str) {
        self.change(|core| {
            let Some(queue) = core.queues.get_mut(agency) else { return };
            for last in (1..queue.ready.len()).rev() {
                let other = core.dice.below(last + 1);
                queue.ready.swap(last, other);
            }
            queue.renumber();
        });
    }

    /// Shows what was withheld, behind everything that is ready.
    pub fn release(&self, agency: &str) {
        self.change(|core| {
            if let Some(queue) = core.queues.get_mut(agency) {
                let withheld = std::mem::take(&mut queue.withheld);
                queue.kept.clear();
                queue.ready.extend(withheld);
                queue.renumber();
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
        self.change(|core| {
            let place = core.number();
            core.queues.get_mut(agency).map(|queue| queue.ready.push_back(Held { place, letter })).is_some()
        })
    }

    /// Ready in an agency's queue, not counting what is withheld or in somebody's hands.
    pub fn depth(&self, agency: &str) -> usize {
        self.core().queues.get(agency).map_or(0, |queue| queue.ready.len())
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

    /// Everything unacknowledged goes back to the head of its queue, flagged.
    pub(super) fn drop_connection(&self, id: u64, closing: bool) {
        self.change(|core| {
            let generation = core.number();
            let Some(connection) = core.connections.get_mut(&id) else { return };
            connection.generation = generation;
            connection.delivered = 0;
            connection.closed |= closing;
            let back = std::mem::take(&mut connection.unacked);
            // Without a queue they are gone, as at a real broker.
            let Some(queue) = core.queues.get_mut(&connection.agency) else { return };
            for mut held in back.into_values() {
                held.letter.redelivered = true;
                queue.ready.push_back(held);
            }
            queue.ready.make_contiguous().sort_by_key(|held| held.place);
        });
    }

    pub(super) fn is_closed(&self, id: u64) -> bool {
        self.core().connections.get(&id).is_none_or(|connection| connection.closed)
    }
}

impl Core {
    fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    fn publish(&mut self, id: u64, letters: &[Letter]) -> Vec<Published> {
        let unknown = |why: &str| letters.iter().map(|_| Published::Unknown(why.to_owned())).collect::<Vec<_>>();
        let Some(connection) = self.connections.get(&id).filter(|connection| !connection.closed) else {
            return unknown("CONNECTION_LOST");
        };
        let user = connection.agency.clone();
        if let Some(reason) = self.blocked.clone() {
            // The first window is written before the block is known; later ones are not.
            if self.unread.is_empty() {
                self.unread = letters.iter().filter(|letter| letter.sender == user).cloned().collect();
            }
            return unknown(&format!("BROKER_BLOCKED: {reason}"));
        }
        let mut outcomes = Vec::with_capacity(letters.len());
        for letter in letters {
            // The broker closes the channel: what came before is enqueued, but nothing is known of it.
            if letter.sender != user {
                return unknown("BROKER_PERMISSION: a letter under another agency's name");
            }
            outcomes.push(self.publish_one(letter));
        }
        outcomes
    }

    fn publish_one(&mut self, letter: &Letter) -> Published {
        let order = self.orders.pop_front().or_else(|| self.chaos.draw(&mut self.dice));
        let places = [self.number(), self.number()];
        let Some(queue) = self.queues.get_mut(&letter.recipient) else { return Published::Unroutable };
        let held = |place: u64| Held {
            place,
            letter: Incoming {
                frame: Arc::clone(&letter.frame),
                routing_key: routing_key(&letter.sender, &letter.recipient),
                user_id: Some(letter.sender.clone()),
                redelivered: false,
                carbon_copied: false,
            },
        };
        match order {
            Some(Order::LoseLetter) => return Published::Unknown("CONNECTION_LOST: ordered".to_owned()),
            Some(Order::Return) => return Published::Unroutable,
            Some(Order::WithholdCopies) => {
                queue.kept.push(Arc::clone(&letter.frame));
                queue.withheld.push(held(places[0]));
            }
            _ if queue.kept.contains(&letter.frame) => queue.withheld.push(held(places[0])),
            Some(Order::Withhold) => queue.withheld.push(held(places[0])),
            Some(Order::Duplicate) => queue.ready.extend(places.map(held)),
            Some(Order::LoseConfirm) | None => queue.ready.push_back(held(places[0])),
        }
        let length = queue.ready.len();
        if length > 1 && self.chaos.swap > 0 && self.dice.strikes(self.chaos.swap) {
            queue.ready.swap(length - 1, length - 2);
            queue.renumber();
        }
        match order {
            Some(Order::LoseConfirm) => Published::Unknown("CONFIRM_LATE: ordered".to_owned()),
            _ => Published::Routed,
        }
    }

    fn take(&mut self, id: u64, max: usize) -> Vec<Delivery> {
        let Some(connection) = self.connections.get_mut(&id).filter(|connection| !connection.closed) else {
            return Vec::new();
        };
        let Some(queue) = self.queues.get_mut(&connection.agency) else { return Vec::new() };
        let room = PREFETCH.saturating_sub(connection.unacked.len());
        let count = max.min(room).min(queue.ready.len());
        let mut taken = Vec::with_capacity(count);
        for held in queue.ready.drain(..count) {
            connection.delivered += 1;
            let tag = Tag { generation: connection.generation, delivery: connection.delivered };
            taken.push(Delivery { letter: held.letter.clone(), tag });
            connection.unacked.insert(tag.delivery, held);
        }
        taken
    }
}

impl Queue {
    /// Hands the same places out again in the present order, so that redelivery keeps it.
    fn renumber(&mut self) {
        let mut places: Vec<u64> = self.ready.iter().map(|held| held.place).collect();
        places.sort_unstable();
        for (held, place) in self.ready.iter_mut().zip(places) {
            held.place = place;
        }
    }
}
