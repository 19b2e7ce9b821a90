//! What the broker holds, and what it does with a letter. Synchronous throughout.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use super::super::topology::routing_key;
use super::super::{Delivery, Incoming, Letter, Published, Tag};
use super::orders::{Chaos, Dice, Order, Rules};
use super::queue::{Held, Queue};

pub(super) struct Core {
    pub queues: BTreeMap<String, Queue>,
    pub connections: BTreeMap<u64, Connection>,
    pub orders: VecDeque<Order>,
    pub chaos: Chaos,
    pub rules: Rules,
    /// Agencies whose link is down.
    pub cut: BTreeSet<String>,
    /// What really struck, by name.
    pub struck: BTreeMap<&'static str, u64>,
    /// The dead-letter queue.
    pub dead: Vec<Incoming>,
    pub dice: Dice,
    pub blocked: Option<String>,
    /// Written while blocked: the broker reads them when it is unblocked.
    pub unread: Vec<Letter>,
    pub next: u64,
}

pub(super) struct Connection {
    pub agency: String,
    pub generation: u64,
    pub delivered: u64,
    pub unacked: BTreeMap<u64, Held>,
    /// A reader that has not asked yet gets nothing.
    pub subscribed: bool,
    pub closed: bool,
}

/// What a broker would read back from a copy of its folder.
pub struct Snapshot {
    pub(super) queues: BTreeMap<String, Queue>,
    pub(super) in_hand: BTreeMap<String, Vec<Held>>,
    pub(super) dead: Vec<Incoming>,
}

/// What a restored snapshot changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Restored {
    /// Letters that were done with and come again.
    pub again: usize,
    /// Letters that were confirmed and are nowhere now.
    pub gone: usize,
}

impl Core {
    pub fn new(seed: u64) -> Core {
        Core {
            queues: BTreeMap::new(),
            connections: BTreeMap::new(),
            orders: VecDeque::new(),
            chaos: Chaos::default(),
            rules: Rules::default(),
            cut: BTreeSet::new(),
            struck: BTreeMap::new(),
            dead: Vec::new(),
            dice: Dice::new(seed),
            blocked: None,
            unread: Vec::new(),
            next: 0,
        }
    }

    pub fn number(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    pub fn strike(&mut self, what: &'static str) {
        *self.struck.entry(what).or_default() += 1;
    }

    pub fn open_connections(&self) -> Vec<u64> {
        self.connections.iter().filter(|(_, connection)| !connection.closed).map(|(id, _)| *id).collect()
    }

    /// How many ready letters RabbitMQ would have pushed to this reader. Here they are pushed only where it makes a
    /// difference, so that disorder can be ordered among what nobody has looked at.
    pub fn room(&self, connection: &Connection) -> usize {
        let reads = connection.subscribed && !connection.closed && !self.cut.contains(&connection.agency);
        if reads { self.rules.prefetch.saturating_sub(connection.unacked.len()) } else { 0 }
    }

    pub fn room_of(&self, agency: &str) -> usize {
        let readers = self.connections.values().filter(|connection| connection.agency == agency);
        readers.map(|connection| self.room(connection)).sum()
    }

    pub fn frames(&self) -> BTreeSet<Arc<[u8]>> {
        let in_hand = self.connections.values().flat_map(|connection| connection.unacked.values());
        let in_hand = in_hand.map(|held| &held.letter.frame);
        self.queues.values().flat_map(Queue::frames).chain(in_hand).map(Arc::clone).collect()
    }

    /// What was unacknowledged and what lay in the reader's buffer comes again.
    pub fn break_connection(&mut self, id: u64) {
        let generation = self.number();
        let Some(connection) = self.connections.get(&id).filter(|connection| !connection.closed) else { return };
        let (pushed, agency) = (self.room(connection), connection.agency.clone());
        let connection = self.connections.get_mut(&id).expect("looked at above");
        (connection.generation, connection.delivered) = (generation, 0);
        let mut back: Vec<Held> = std::mem::take(&mut connection.unacked).into_values().collect();
        if let Some(queue) = self.queues.get_mut(&agency) {
            back.extend(queue.take(pushed));
        }
        self.give_back(&agency, back);
    }

    /// Without a queue they are gone, as at a real broker.
    pub fn give_back(&mut self, agency: &str, back: Vec<Held>) {
        let limit = self.rules.delivery_limit;
        let Some(queue) = self.queues.get_mut(agency) else { return };
        for letter in queue.give_back(back, limit) {
            self.strike("delivery limit");
            self.dead.push(letter);
        }
    }

    pub fn publish(&mut self, id: u64, letters: &[Letter]) -> Vec<Published> {
        let unknown = |why: &str| letters.iter().map(|_| Published::Unknown(why.to_owned())).collect::<Vec<_>>();
        let Some(connection) = self.connections.get(&id).filter(|connection| !connection.closed) else {
            return unknown("CONNECTION_LOST");
        };
        let user = connection.agency.clone();
        if self.cut.contains(&user) {
            self.strike("cut off");
            return unknown("CONNECTION_LOST: the link is down");
        }
        if let Some(reason) = self.blocked.clone() {
            self.strike("blocked");
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

    pub fn publish_one(&mut self, letter: &Letter) -> Published {
        let order = self.orders.pop_front().or_else(|| self.chaos.draw(&mut self.dice));
        let is_full = self.rules.length_limit.is_some_and(|most| self.waiting(&letter.recipient) >= most);
        let Some(queue) = self.queues.get_mut(&letter.recipient) else {
            self.strike("deleted queue");
            return Published::Unroutable;
        };
        if is_full {
            self.strike("full queue");
            return Published::Unknown("NACKED: the queue is full".to_owned());
        }
        let held = Held::new(Incoming {
            frame: Arc::clone(&letter.frame),
            routing_key: routing_key(&letter.sender, &letter.recipient),
            user_id: Some(letter.sender.clone()),
            redelivered: false,
            carbon_copied: false,
        });
        match order {
            Some(lost @ (Order::LoseLetter | Order::Return)) => {
                self.strike(lost.word());
                return match lost {
                    Order::Return => Published::Unroutable,
                    _ => Published::Unknown("CONNECTION_LOST: ordered".to_owned()),
                };
            }
            Some(Order::WithholdCopies) => {
                queue.kept.push(Arc::clone(&letter.frame));
                queue.withheld.push(held);
            }
            _ if queue.kept.contains(&letter.frame) => queue.withheld.push(held),
            Some(Order::Withhold) => queue.withheld.push(held),
            Some(Order::Duplicate) => queue.ready.extend([held.clone(), held]),
            Some(Order::LoseConfirm) | None => queue.ready.push_back(held),
        }
        let length = queue.ready.len();
        if length > 1 && self.chaos.swap > 0 && self.dice.strikes(self.chaos.swap) {
            queue.ready.swap(length - 1, length - 2);
            self.strike("swap");
        }
        if let Some(order) = order {
            self.strike(order.word());
        }
        match order {
            Some(Order::LoseConfirm) => Published::Unknown("CONFIRM_LATE: ordered".to_owned()),
            _ => Published::Routed,
        }
    }

    pub fn waiting(&self, agency: &str) -> usize {
        let pushed = self.room_of(agency);
        self.queues.get(agency).map_or(0, |queue| queue.ready.len().saturating_sub(pushed))
    }

    pub fn take(&mut self, id: u64, max: usize) -> Vec<Delivery> {
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.subscribed = true;
        }
        let Some(connection) = self.connections.get(&id).filter(|connection| !connection.closed) else {
            return Vec::new();
        };
        let count = max.min(self.room(connection));
        let Some(queue) = self.queues.get_mut(&connection.agency) else { return Vec::new() };
        let letters = queue.take(count);
        let connection = self.connections.get_mut(&id).expect("looked at above");
        let hand_over = |held: Held| {
            connection.delivered += 1;
            let tag = Tag { generation: connection.generation, delivery: connection.delivered };
            let delivery = Delivery { letter: held.letter.clone(), tag };
            connection.unacked.insert(tag.delivery, held);
            delivery
        };
        letters.into_iter().map(hand_over).collect()
    }
}
