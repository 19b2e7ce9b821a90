//! 数据恢复: an older copy of one agency's database is put back while people move. What it forgot comes back from its
//! peers and from the files that are imported again; nothing is said twice in other words, no order goes to the bank twice,
//! and every promise holds at the end.
//!
//! `JIEXU_RESTORES=2000` runs more seeds; `JIEXU_SEED=17` runs one, with a trace.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use jiexu::domain::changes::Outcome;
use jiexu::domain::event::What;
use jiexu::domain::forms::Insurance;
use jiexu::domain::money::Balance;
use jiexu::domain::register::RelationStatus;
use jiexu::transport::memory::Chaos;
use sqlx::Row;

use crate::support::bank::{Plant, ordered};
use crate::support::crowd::on_threads;
use crate::support::dice::Dice;
use crate::support::people::{AGENCIES, Relation, application};
use crate::support::world::World;

const SEEDS: u64 = 60;
/// Rounds of work before the copy is put back.
const ROUNDS: usize = 14;

/// A world whose people remember what they handed in.
struct Town {
    world: World,
    dice: Dice,
    /// Register rows by agency, once each.
    register: Vec<(usize, Vec<What>)>,
    /// Applications that were handed in.
    handed: Vec<(usize, What)>,
    faults: Vec<String>,
}

impl Town {
    async fn new(seed: u64) -> Town {
        let mut dice = Dice::new(seed);
        let world = World::new(2 + dice.below(2), seed).await;
        Town { world, dice, register: Vec::new(), handed: Vec::new(), faults: Vec::new() }
    }

    async fn arrive(&mut self, person: u32) {
        let agencies = self.world.nodes.len();
        let from = self.dice.below(agencies);
        let to = (from + 1 + self.dice.below(agencies - 1)) % agencies;
        let insurance = if self.dice.strikes(20) { Insurance::Resident } else { Insurance::Employee };
        let status = if self.dice.strikes(10) { RelationStatus::Active } else { RelationStatus::Stopped };
        let mut there = Relation::new(person, insurance, status);
        there.months = Some((202_001, 202_008 + 100 * u32::try_from(self.dice.below(4)).expect("small")));
        there.arrears = self.dice.strikes(5);
        if insurance == Insurance::Employee {
            there.balance = Balance(1 + i64::try_from(self.dice.next() % 900_000).expect("small"));
        }
        let mut here = Relation::new(person, insurance, RelationStatus::Active);
        here.balance = Balance(if insurance == Insurance::Employee { 5_000 } else { 0 });
        for (n, relation) in [(from, there), (to, here)] {
            let rows = relation.events(&self.world.nodes[n].code);
            self.world.act(n, "import", rows.clone()).await;
            self.register.push((n, rows));
        }
        let today = self.world.now().china_date();
        let form = application(person, person, AGENCIES[from].0, (insurance, insurance), today);
        self.hand_in(to, What::Application(form)).await;
    }

    async fn hand_in(&mut self, n: usize, what: What) {
        self.world.act(n, "clerk", vec![what.clone()]).await;
        self.handed.push((n, what));
    }

    /// The bank gets a file, if one may leave; an order that it has had is a fault, however well the bank looks.
    async fn orders(&mut self, n: usize) -> bool {
        let store = std::sync::Arc::clone(&self.world.nodes[n].store);
        if store.payments_released().await.expect("a count") == 0 {
            return false;
        }
        self.world.pass_ms(1);
        let batch_no = format!("{}-P{}", self.world.nodes[n].code, self.world.now().0);
        self.world.act(n, "finance", vec![What::Export { batch_no: batch_no.clone() }]).await;
        let payments = store.payments_of_batch(&batch_no).await.expect("the batch");
        let today = self.world.now().china_date();
        for payment in payments.iter().map(ordered) {
            if self.world.bank.has_paid(&payment.payment_ref) {
                self.faults.push(format!("{} orders {} once more", self.world.nodes[n].code, payment.payment_ref));
            }
            self.world.bank.pay(&payment, today);
        }
        !payments.is_empty()
    }

    /// A little of everything, in any order.
    async fn round(&mut self) {
        let n = self.dice.below(self.world.nodes.len());
        match self.dice.below(10) {
            0..=5 => drop(self.world.turn(n, 1 + self.dice.below(5)).await),
            6 => drop(self.orders(n).await),
            7 => drop(self.world.bank_tells(n, 1 + self.dice.below(4)).await),
            8 => self.world.settle().await,
            _ => self.world.pass_ms(20_000),
        }
        if self.dice.strikes(15) {
            self.world.bank.plants.push_back(match self.dice.below(3) {
                0 => Plant::Split(1),
                1 => Plant::RemarkOnly,
                _ => Plant::Refused,
            });
        }
    }

    /// What the operators do: every file since the copy comes again, until nothing is forgotten; then two persons let
    /// payments go.
    async fn rebuild(&mut self, n: usize) {
        for _ in 0..12 {
            self.world.settle().await;
            for (at, rows) in self.register.clone() {
                if at == n {
                    self.world.act(n, "import", rows).await;
                }
            }
            for (at, what) in self.handed.clone() {
                if at == n {
                    self.world.act(n, "clerk", vec![what]).await;
                }
            }
            self.world.settle().await;
            self.statements_again(n).await;
            self.world.settle().await;
            // What was not taken is sent again by its sender; what never came before the copy was made is asked for.
            self.world.pass_ms(3_600_000);
            self.world.look_beside_cases(n).await;
            self.world.settle().await;
            if self.world.pays_again(n).await {
                self.world.bank_tells_again(n).await;
                return;
            }
        }
        let status = self.world.nodes[n].store.restore_status().await.expect("a status");
        self.faults.push(format!("{} is not rebuilt: {status:?}", self.world.nodes[n].code));
    }

    /// All of them, to the last line. Lines of payments that are still forgotten wait for the next time.
    async fn statements_again(&mut self, n: usize) {
        let account = self.world.account(n);
        self.world.bank.fetch(&account, usize::MAX);
        let lines = self.world.bank.fetched.get(&self.world.account(n)).cloned().unwrap_or_default();
        let outcomes = self.world.act(n, "bank", lines.into_iter().map(What::Statement).collect()).await;
        for outcome in outcomes {
            if let Outcome::Declined(declined) = outcome
                && !matches!(declined.code.as_str(), "RESTORE_WAITS" | "PAYMENT_NOT_OPEN")
            {
                self.faults.push(format!("a bank line was declined: {declined:?}"));
            }
        }
    }

    async fn rest(&mut self) {
        // Numbers that never came are asked for after ten minutes, once an hour.
        for _ in 0..3 {
            self.world.pass_ms(3_600_000);
            for n in 0..self.world.nodes.len() {
                self.world.look_beside_cases(n).await;
            }
            self.world.settle().await;
        }
        for _ in 0..24 {
            for n in 0..self.world.nodes.len() {
                self.world.look_beside_cases(n).await;
            }
            self.world.settle().await;
            let mut moved = false;
            for n in 0..self.world.nodes.len() {
                moved |= self.orders(n).await;
                moved |= self.world.bank_tells(n, usize::MAX).await;
            }
            self.world.settle().await;
            if !moved && !self.world.is_owed_receipts().await {
                return;
            }
            self.world.pass_ms(1_000_000);
        }
    }
}

/// One seed; what does not hold, and how many messages were forgotten.
async fn run(seed: u64, trace: bool) -> (Vec<String>, i64) {
    let mut town = Town::new(seed).await;
    town.world.trace = trace;
    let people = 2 + u32::try_from(town.dice.below(4)).expect("few");
    for person in 1..=people {
        town.arrive(person).await;
    }
    if seed.is_multiple_of(2) {
        town.world.broker.chaos(Chaos {
            duplicate: 60,
            withhold: 20,
            returned: 20,
            lose_confirm: 60,
            lose_letter: 40,
            swap: 80,
        });
    }
    for _ in 0..town.dice.below(3 * ROUNDS) {
        town.round().await;
    }
    let n = town.dice.below(town.world.nodes.len());
    let copy = town.world.backs_up(n).await;
    for person in people + 1..=people + u32::try_from(town.dice.below(4)).expect("few") {
        town.arrive(person).await;
    }
    for _ in 0..town.dice.below(4 * ROUNDS) {
        town.round().await;
    }
    if town.dice.strikes(40) {
        town.world.settle().await;
        town.rest().await;
    }
    town.world.restores(n, &copy).await;
    town.world.broker.chaos(Chaos::default());
    for agency in AGENCIES.iter().take(town.world.nodes.len()) {
        town.world.broker.release(agency.0);
    }
    town.rebuild(n).await;
    if town.dice.strikes(30) {
        // The disk dies once more, and the same copy is all there is.
        for _ in 0..town.dice.below(2 * ROUNDS) {
            town.round().await;
        }
        town.world.pass_ms(120_000);
        town.world.restores(n, &copy).await;
        town.rebuild(n).await;
    }
    town.rest().await;
    let mut faults = std::mem::take(&mut town.faults);
    faults.extend(town.world.faults().await);
    let forgotten: i64 = town.world.rows(n, "SELECT COUNT(*) AS n FROM echoes").await[0].get("n");
    (faults, forgotten)
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime")
}

#[test]
fn an_older_copy_that_is_put_back_is_rebuilt_and_no_fen_is_off() {
    if let Some(seed) = number("JIEXU_SEED") {
        let (faults, forgotten) = runtime().block_on(run(seed, true));
        assert!(faults.is_empty(), "seed {seed}, {forgotten} messages forgotten: {faults:#?}");
        return;
    }
    let seeds = number("JIEXU_RESTORES").unwrap_or(SEEDS);
    let next = AtomicU64::new(1);
    let work = || {
        let (runtime, mut broken, mut forgotten) = (runtime(), Vec::new(), 0);
        loop {
            let seed = next.fetch_add(1, Relaxed);
            if seed > seeds || broken.len() >= 3 {
                return (broken, forgotten);
            }
            let (faults, messages) = runtime.block_on(run(seed, false));
            forgotten += messages;
            if !faults.is_empty() {
                broken.push((seed, faults));
            }
        }
    };
    let (mut broken, mut forgotten) = (Vec::new(), 0);
    for (some, messages) in on_threads(work) {
        broken.extend(some);
        forgotten += messages;
    }
    println!("{seeds} restores, {forgotten} forgotten messages given back");
    assert!(broken.is_empty(), "{broken:#?}\nreplay: JIEXU_SEED=n cargo test --test it restore:: -- --nocapture");
    assert!(forgotten > i64::try_from(seeds).expect("small"), "too little was forgotten: {forgotten}");
}
