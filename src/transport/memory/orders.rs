//! The faults that can be ordered, one by one or by seeded chance.

use super::super::topology::DELIVERY_LIMIT_V4;

/// What to do with the next letter published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Enqueue it twice.
    Duplicate,
    /// Confirm it, but show it to nobody until [`release`](super::MemoryBroker::release).
    Withhold,
    /// Withhold it and every copy that is published before the release, as a crash of the sender makes one.
    WithholdCopies,
    /// Return it as if no queue were bound.
    Return,
    /// Enqueue it and lose the confirm: the sender hears `Unknown`.
    LoseConfirm,
    /// Lose it on the way to the broker: `Unknown`, and it never arrives.
    LoseLetter,
}

impl Order {
    pub(super) fn word(self) -> &'static str {
        match self {
            Order::Duplicate => "duplicate",
            Order::Withhold | Order::WithholdCopies => "withhold",
            Order::Return => "return",
            Order::LoseConfirm => "lost confirm",
            Order::LoseLetter => "lost letter",
        }
    }
}

/// The limits a broker works under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rules {
    /// Pushed to a reader and not acknowledged.
    pub prefetch: usize,
    /// A letter that came back more often goes to the dead-letter queue.
    pub delivery_limit: u64,
    /// More than so many ready letters are not taken (`max-length` with `reject-publish`). RabbitMQ is softer: what is
    /// already on its way when the limit is reached still gets in.
    pub length_limit: Option<usize>,
}

impl Default for Rules {
    /// The adapter's own prefetch, and what the topology table declares.
    fn default() -> Rules {
        Rules { prefetch: 512, delivery_limit: DELIVERY_LIMIT_V4, length_limit: None }
    }
}

/// How often, of 1,000 letters, each fault strikes by itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Chaos {
    pub duplicate: u32,
    pub withhold: u32,
    pub returned: u32,
    pub lose_confirm: u32,
    pub lose_letter: u32,
    /// Of 1,000 letters: swap it with the one before it in its queue.
    pub swap: u32,
}

impl Chaos {
    pub(super) fn draw(&self, dice: &mut Dice) -> Option<Order> {
        let table = [
            (self.duplicate, Order::Duplicate),
            (self.withhold, Order::Withhold),
            (self.returned, Order::Return),
            (self.lose_confirm, Order::LoseConfirm),
            (self.lose_letter, Order::LoseLetter),
        ];
        // One throw per fault, so that the same seed strikes the same letters when another rate changes to 0.
        let thrown = table.map(|(rate, order)| (dice.strikes(rate), order));
        thrown.into_iter().find(|(strikes, _)| *strikes).map(|(_, order)| order)
    }
}

/// SplitMix64: small, seeded, the same everywhere.
#[derive(Debug)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(super) fn strikes(&mut self, of_thousand: u32) -> bool {
        self.next() % 1_000 < u64::from(of_thousand)
    }

    /// Below `end`, which must not be 0.
    pub(super) fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % (end as u64)).expect("below a usize")
    }
}
