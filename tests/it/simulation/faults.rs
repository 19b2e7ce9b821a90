//! What goes wrong beside the letters' own accidents, drawn from the seed of a world and counted where it struck.

use std::collections::BTreeMap;

use jiexu::transport::Incoming;
use jiexu::transport::memory::{Chaos, Rules, Snapshot};
use jiexu::transport::topology::{DELIVERY_LIMIT_V4, routing_key};

use crate::support::dice::Dice;
use crate::support::people::ALL_AGENCIES;
use crate::support::world::World;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    Crash,
    /// Takes its letters, dies, and takes them again.
    CrashLoop,
    TornCommit,
    /// A letter of long ago comes once more.
    StaleCopy,
    BrokerRestart,
    BrokerRestored,
    BrokerBlocked,
    QueueDeleted,
    /// Agencies are cut off one after another and let in again in another order.
    Clog,
    ClockBack,
}

const ALL: [Fault; 10] = [
    Fault::Crash,
    Fault::CrashLoop,
    Fault::TornCommit,
    Fault::StaleCopy,
    Fault::BrokerRestart,
    Fault::BrokerRestored,
    Fault::BrokerBlocked,
    Fault::QueueDeleted,
    Fault::Clog,
    Fault::ClockBack,
];

/// The faults of one world.
pub struct Faults {
    kinds: Vec<Fault>,
    chaos: Chaos,
    rules: Rules,
    old: Option<Snapshot>,
    is_blocked: bool,
    deleted: Option<usize>,
    /// Who is cut off next, and who is let in next once all are.
    clog: (Vec<usize>, Vec<usize>),
    struck: BTreeMap<&'static str, u64>,
}

fn shuffled(dice: &mut Dice, count: usize) -> Vec<usize> {
    let mut all: Vec<usize> = (0..count).collect();
    for last in (1..count).rev() {
        all.swap(last, dice.below(last + 1));
    }
    all
}

fn some_chaos(dice: &mut Dice) -> Chaos {
    let rate = |dice: &mut Dice| u32::try_from(dice.below(120)).expect("small");
    Chaos {
        duplicate: rate(dice),
        withhold: rate(dice) / 2,
        returned: rate(dice) / 2,
        lose_confirm: rate(dice),
        lose_letter: rate(dice),
        swap: rate(dice) * 2,
    }
}

/// Every second world has the broker as it is shipped; the others one whose operator set small limits.
fn some_rules(dice: &mut Dice) -> Rules {
    let prefetch = [512, 512, 8, 2][dice.below(4)];
    let small = 1 + dice.next() % 4;
    let delivery_limit = if dice.strikes(50) { DELIVERY_LIMIT_V4 } else { small };
    let length_limit = if dice.strikes(70) { None } else { Some(1 + dice.below(4)) };
    Rules { prefetch, delivery_limit, length_limit }
}

impl Faults {
    pub fn drawn(dice: &mut Dice) -> Faults {
        let mut kinds = vec![Fault::Crash, Fault::StaleCopy];
        kinds.extend(ALL.into_iter().filter(|_| dice.strikes(60)));
        Faults {
            kinds,
            chaos: some_chaos(dice),
            rules: some_rules(dice),
            old: None,
            is_blocked: false,
            deleted: None,
            clog: (Vec::new(), Vec::new()),
            struck: BTreeMap::new(),
        }
    }

    pub fn begin(&self, world: &World) {
        world.broker.chaos(self.chaos);
        world.broker.rules(self.rules);
    }

    /// No fault from here on: what was broken is mended, what was lost stays lost.
    pub fn end(&mut self, world: &World) {
        world.broker.chaos(Chaos::default());
        world.broker.rules(Rules::default());
        world.broker.unblock();
        for node in &world.nodes {
            world.broker.let_in(node.code.as_str());
            world.broker.declare(node.code.as_str());
        }
        (self.is_blocked, self.deleted, self.clog) = (false, None, (Vec::new(), Vec::new()));
    }

    fn count(&mut self, what: &'static str, struck: bool) {
        *self.struck.entry(what).or_default() += u64::from(struck);
    }

    /// Everything that struck until now, by name.
    pub fn struck(&self, world: &World) -> BTreeMap<&'static str, u64> {
        let mut all = world.broker.struck();
        for (what, count) in &self.struck {
            *all.entry(what).or_default() += count;
        }
        all.retain(|_, count| *count > 0);
        all
    }

    pub fn total(&self, world: &World) -> u64 {
        self.struck(world).values().sum()
    }

    /// What is broken for a while is mended by chance; a clog goes on.
    pub fn go_on(&mut self, world: &World, dice: &mut Dice) {
        if self.is_blocked && dice.strikes(15) {
            self.is_blocked = false;
            world.broker.unblock();
        }
        if let Some(deleted) = self.deleted.take_if(|_| dice.strikes(15)) {
            world.broker.declare(ALL_AGENCIES[deleted].0);
        }
        if !self.clog.1.is_empty() && dice.strikes(20) {
            if let Some(next) = self.clog.0.pop() {
                world.broker.cut_off(ALL_AGENCIES[next].0);
            } else if let Some(next) = self.clog.1.pop() {
                world.broker.let_in(ALL_AGENCIES[next].0);
            }
        }
    }

    /// One of this world's faults strikes somewhere.
    pub async fn strike(&mut self, world: &mut World, dice: &mut Dice, n: usize) {
        let code = ALL_AGENCIES[n].0;
        match self.kinds[dice.below(self.kinds.len())] {
            Fault::Crash => {
                let struck = world.crash(n).await;
                self.count("crash", struck);
            }
            Fault::CrashLoop => {
                for _ in 0..2 + dice.below(4) {
                    let struck = world.take(n, 64).await;
                    world.crash(n).await;
                    self.count("crash", struck);
                }
            }
            Fault::TornCommit => {
                world.take(n, 64).await;
                let struck = world.tears_commit(n, dice).await;
                self.count("torn commit", struck);
            }
            Fault::StaleCopy => {
                let struck = stale_copy(world, dice);
                self.count("stale copy", struck);
            }
            Fault::BrokerRestart => {
                world.broker.restart();
                self.is_blocked = false;
            }
            Fault::BrokerRestored => match self.old.take() {
                Some(old) => {
                    world.broker.restore(old);
                    (self.is_blocked, self.deleted) = (false, None);
                    world.receipts_may_be_lost();
                }
                None => self.old = Some(world.broker.snapshot()),
            },
            Fault::BrokerBlocked => {
                self.is_blocked = true;
                world.broker.block("low on disk");
            }
            Fault::QueueDeleted => {
                if self.deleted.is_none() {
                    world.broker.delete_queue(code);
                    world.receipts_may_be_lost();
                    self.deleted = Some(n);
                }
            }
            Fault::Clog => {
                if self.clog.1.is_empty() {
                    let count = world.nodes.len();
                    self.clog = (shuffled(dice, count), shuffled(dice, count));
                }
            }
            Fault::ClockBack => {
                world.pass_ms(-i64::try_from(dice.next() % 3_600_000).expect("small"));
                self.count("clock set back", true);
            }
        }
    }
}

fn stale_copy(world: &World, dice: &mut Dice) -> bool {
    if world.letters.is_empty() {
        return false;
    }
    let letter = &world.letters[dice.below(world.letters.len())];
    let copy = Incoming {
        frame: letter.frame.clone(),
        routing_key: routing_key(&letter.sender, &letter.recipient),
        user_id: Some(letter.sender.clone()),
        redelivered: false,
        carbon_copied: false,
    };
    world.broker.inject(&letter.recipient, copy)
}
