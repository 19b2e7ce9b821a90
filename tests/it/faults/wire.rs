//! G6: the wire between daemon and broker is cut at every kind of frame, stalled, slowed, corrupted and reset, and nothing
//! is lost, doubled or a fen off; a daemon holds no more threads and descriptors afterwards than before.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::wired::Wired;
use super::{Goal, checker, number};
use crate::support::PATIENCE;
use crate::support::amqp_proxy::{Fault, Mark, Place, Role, Way};
use crate::support::dice::Dice;
use crate::support::footprint::Footprint;

/// Threads and descriptors stay the same for so long before they count.
const CALM: Duration = Duration::from_secs(2);
/// The writer and three readers.
const DATABASE_THREADS: u64 = 4;

type Thrown = fn(&mut Dice) -> Fault;

/// A fault of each kind; what it leaves open, the dice say.
const KINDS: &[(&str, Thrown)] = &[
    ("cut before a publish", |dice| cut(Mark::Publish, Place::Before, dice)),
    ("cut within a publish", |dice| cut(Mark::Publish, Place::Within, dice)),
    ("cut after a publish", |dice| cut(Mark::Publish, Place::After, dice)),
    ("cut before a confirm", |dice| cut(Mark::Confirm, Place::Before, dice)),
    ("cut after a confirm", |dice| cut(Mark::Confirm, Place::After, dice)),
    ("cut before a delivery", |dice| cut(Mark::Deliver, Place::Before, dice)),
    ("cut within a delivery", |dice| cut(Mark::Deliver, Place::Within, dice)),
    ("cut after a delivery", |dice| cut(Mark::Deliver, Place::After, dice)),
    ("cut before an acknowledgement", |dice| cut(Mark::Ack, Place::Before, dice)),
    ("cut after an acknowledgement", |dice| cut(Mark::Ack, Place::After, dice)),
    ("confirms swallowed", |_| Fault::Swallow),
    ("stalled towards the broker", |dice| Fault::Stall { way: Way::ToBroker, role: role(dice) }),
    ("stalled towards the daemon", |dice| Fault::Stall { way: Way::ToClient, role: role(dice) }),
    ("delayed", |dice| Fault::Delay { pause: Duration::from_millis(100 + dice.next() % 300), times: 20 }),
    ("trickling towards the broker", |_| Fault::Trickle { way: Way::ToBroker, bytes: 600 }),
    ("trickling towards the daemon", |_| Fault::Trickle { way: Way::ToClient, bytes: 600 }),
    ("corrupted towards the broker", |dice| corrupt(Way::ToBroker, dice)),
    ("corrupted towards the daemon", |dice| corrupt(Way::ToClient, dice)),
    ("half closed towards the broker", |dice| Fault::HalfClose { way: Way::ToBroker, role: role(dice) }),
    ("half closed towards the daemon", |dice| Fault::HalfClose { way: Way::ToClient, role: role(dice) }),
    ("reset", |dice| Fault::Reset { role: role(dice) }),
    ("a storm of resets", |dice| Fault::Storm { resets: 8, seed: dice.next() }),
];

fn nth(dice: &mut Dice) -> u32 {
    1 + u32::try_from(dice.below(5)).expect("small")
}

fn cut(mark: Mark, place: Place, dice: &mut Dice) -> Fault {
    Fault::Cut { mark, place, nth: nth(dice) }
}

fn corrupt(way: Way, dice: &mut Dice) -> Fault {
    Fault::Corrupt { way, role: role(dice), nth: nth(dice), bit: dice.below(1 << 20) }
}

fn role(dice: &mut Dice) -> Role {
    [Role::Publishing, Role::Consuming][dice.below(2)]
}

struct Trial {
    wired: Wired,
    runs: u64,
    /// The slowest run of each kind, from arming it until all was drained, in seconds.
    slowest: BTreeMap<&'static str, f64>,
    held: Value,
    violations: Vec<String>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_wire_is_cut_stalled_slowed_and_corrupted_under_load_and_nothing_is_lost() {
    let goal = Goal::begin("G6").await;
    let seeds = number("JIEXU_WIRE_SEEDS", 1);
    let wired = Wired::prepare().await;
    let mut trial = Trial { wired, runs: 0, slowest: BTreeMap::new(), held: Value::Null, violations: Vec::new() };
    for round in 0..seeds {
        trial.round(goal.seed + round).await;
    }
    let connections: u64 = trial.wired.proxies.iter().map(|proxy| proxy.connections()).sum();
    let figures = json!({ "kinds": KINDS.len(), "seeds": seeds, "transfers": trial.wired.load.people,
        "connections": connections, "held_before_and_after": trial.held, "slowest_seconds": trial.slowest });
    goal.end(trial.runs, &trial.violations, figures);
}

impl Trial {
    /// Every kind once, in the lifetime of two daemons, by turns at the one and the other: a connection that fails
    /// again soon is rebuilt after ever longer pauses.
    async fn round(&mut self, seed: u64) {
        let mut dice = Dice::new(seed);
        self.wired.start().await;
        let before = self.wired.held(CALM).await;
        for (index, (kind, fault)) in KINDS.iter().enumerate() {
            let victim = (index + usize::try_from(seed % 2).expect("0 or 1")) % 2;
            let fault = fault(&mut dice);
            let begun = Instant::now();
            self.strike(victim, fault).await;
            let took = (begun.elapsed().as_secs_f64() * 10.0).round() / 10.0;
            let slowest = self.slowest.entry(kind).or_default();
            *slowest = slowest.max(took);
            self.runs += 1;
            for agency in 0..2 {
                let found = checker::at_any_moment(&self.wired.load, agency).await;
                self.violations.extend(found.into_iter().map(|what| format!("{kind}, seed {seed}: {what}")));
            }
        }
        self.nothing_is_left_behind(seed, before).await;
        for agency in &mut self.wired.load.exchange.agencies {
            agency.terminate();
        }
        let found = checker::at_the_end(&self.wired.load).await;
        self.violations.extend(found.into_iter().map(|what| format!("seed {seed}: {what}")));
    }

    async fn strike(&mut self, victim: usize, fault: Fault) {
        let begun = Instant::now();
        let dead = self.dead_letters().await;
        self.wired.proxies[victim].arm(fault);
        while !self.wired.proxies[victim].has_struck() {
            assert!(begun.elapsed() < PATIENCE, "{fault:?} never strikes");
            self.wired.work().await;
            tokio::time::sleep(Duration::from_millis(15)).await;
        }
        self.wired.proxies[victim].disarm();
        self.wired.load.drain().await;
        if matches!(fault, Fault::Corrupt { .. }) {
            // One bit spoils at most one message for its reader; whoever sent it sends it again.
            self.wired.load.garbage += (self.dead_letters().await - dead).min(1);
        }
    }

    async fn dead_letters(&self) -> u64 {
        let mut dead = 0;
        for agency in &self.wired.load.exchange.agencies {
            let mut file = self.wired.load.store.open(agency).await.expect("a database");
            let count = sqlx::query_scalar::<_, i64>("SELECT COUNT(*) FROM dead_letters").fetch_one(&mut file);
            dead += u64::try_from(count.await.expect("a count")).expect("a count");
        }
        dead
    }

    /// To the thread and the descriptor, once connections are back. Of the runtime's threads there may be fewer: the
    /// spare ones of the first work have ended.
    async fn nothing_is_left_behind(&mut self, seed: u64, before: [Footprint; 2]) {
        let begun = Instant::now();
        let is_left = |after: &[Footprint; 2]| {
            let mut pairs = before.iter().zip(after);
            pairs.any(|(old, new)| old.own() != new.own() || old.runtime_threads < new.runtime_threads)
        };
        let mut after = self.wired.held(CALM).await;
        while is_left(&after) && begun.elapsed() < PATIENCE {
            after = self.wired.held(CALM).await;
        }
        if is_left(&after) {
            self.violations.push(format!("seed {seed}: {before:?} before, {after:?} after"));
        }
        if after.iter().any(|held| held.database_threads > DATABASE_THREADS) {
            self.violations.push(format!("seed {seed}: {after:?}"));
        }
        self.held = json!({ "before": before, "after": after });
    }
}
