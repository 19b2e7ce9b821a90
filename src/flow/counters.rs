//! What the flow has done since it started, counted without locks on its way. Never stored, never personal.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// A number that only grows.
#[derive(Debug, Default)]
pub struct Count(AtomicU64);

impl Count {
    pub fn add(&self, n: u64) {
        self.0.fetch_add(n, Relaxed);
    }

    pub fn one(&self) {
        self.add(1);
    }

    pub fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

/// Durations in fixed buckets of microseconds.
#[derive(Debug, Default)]
pub struct Durations {
    buckets: [Count; Durations::LIMITS_US.len()],
    count: Count,
    sum_us: Count,
}

impl Durations {
    /// Upper limits of the buckets in µs; longer ones are only in `count`.
    pub const LIMITS_US: [u64; 12] =
        [500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000, 5_000_000, 30_000_000];

    pub fn observe(&self, us: u64) {
        if let Some(place) = Durations::LIMITS_US.iter().position(|limit| us <= *limit) {
            self.buckets[place].one();
        }
        self.count.one();
        self.sum_us.add(us);
    }

    /// How many, their sum in µs, and how many in each bucket alone.
    pub fn read(&self) -> (u64, u64, [u64; Durations::LIMITS_US.len()]) {
        (self.count.get(), self.sum_us.get(), std::array::from_fn(|place| self.buckets[place].get()))
    }
}

/// One daemon's counters. Whoever does the thing counts it, after it is durable.
#[derive(Debug, Default)]
pub struct Counters {
    /// Deliveries taken from our queue.
    pub deliveries: Count,
    /// Verified messages: acted on, seen before, kept for later, refused.
    pub applied: Count,
    pub duplicates: Count,
    pub early: Count,
    pub refused: Count,
    /// Letters the broker confirmed, gave back, or said nothing sure about.
    pub published: Count,
    pub unroutable: Count,
    pub unconfirmed: Count,
    /// Letters sent more than once.
    pub resent: Count,
    /// Receipt messages made, and entries in them.
    pub receipts: Count,
    pub receipt_entries: Count,
    /// Transactions committed, events in them, and tries that failed.
    pub commits: Count,
    pub events: Count,
    pub commit_failures: Count,
    pub commit_time: Durations,
    /// From taking a delivery to its acknowledgement.
    pub intake_time: Durations,
    dead_letters: Mutex<BTreeMap<&'static str, u64>>,
}

impl Counters {
    /// A frame that could not be taken, by its stable reason.
    pub fn dead_letter(&self, reason: &'static str) {
        let mut by_reason = self.dead_letters.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        *by_reason.entry(reason).or_default() += 1;
    }

    pub fn dead_letters(&self) -> BTreeMap<&'static str, u64> {
        self.dead_letters.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).clone()
    }
}
