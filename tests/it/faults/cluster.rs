//! G5: three RabbitMQ nodes under load, which a nemesis isolates, kills, freezes and restarts. Whatever it does, the
//! daemons go over to a node that works, and nothing is lost, doubled or a fen off.
//!
//! Needs root for its network namespaces: `tests/faults.sh G5`, or
//! `JIEXU_CLUSTER_STEPS=10 cargo test --test it -- --ignored --nocapture faults::cluster`.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use jiexu::daemon::Request;
use jiexu::transport::topology::inbound;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use super::load::{CITIES, Load, RELAY};
use super::{Goal, checker, machine, number};
use crate::support::cluster::{Cluster, NODES, TICK_SECONDS, WIRES, Wire};
use crate::support::exchange::{Broker, Exchange};
use crate::support::{PATIENCE, allowed};

/// A node that says nothing is given up after twice the heartbeat.
const AT_BROKER: &str = "heartbeat_seconds = 3\nconnect_timeout_seconds = 3\n";
/// Both daemons work at other nodes within this, once one is of no use: the cluster needs its tick and a quarter to
/// notice a silent peer, and a daemon may try that node once more.
const OVER: Duration = Duration::from_secs(30);
/// Both daemons work within this once the last node can: the longest pause, and addresses that are tried in vain.
const WORKING: Duration = Duration::from_secs(30);
/// Nodes are left to themselves for so long before somebody restarts one: more than a tick and its quarter, and a start.
const ALONE: Duration = Duration::from_secs(25);
const PEOPLE: usize = 40;
/// Cases under way at most.
const OPEN_MOST: i64 = 400;

/// What is done to the cluster in one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Deed {
    /// The node that a daemon reads from hears nobody any more.
    Isolated,
    /// The same, but its clients reach it: it must pause by itself, and they must leave it.
    Minority,
    /// The leader of a daemon's queue hears nobody any more.
    LeaderIsolated,
    LeaderKilled,
    /// One after the other, each once the one before is back.
    RollingRestart,
    /// All wires are pulled one after the other, and plugged in again in another order.
    SwizzleClog,
    /// A node stands still: its wires are good, and it says nothing.
    Frozen,
}

const DEEDS: [Deed; 7] = [
    Deed::Minority,
    Deed::LeaderKilled,
    Deed::Isolated,
    Deed::SwizzleClog,
    Deed::LeaderIsolated,
    Deed::RollingRestart,
    Deed::Frozen,
];

struct Trial {
    load: Load<Cluster>,
    dice: ChaCha8Rng,
    violations: Vec<String>,
    deeds: BTreeMap<String, u64>,
    /// Steps that struck while letters were on their way.
    at_work: u64,
    /// Seconds until both daemons worked at other nodes, each time.
    over: Vec<f64>,
    recoveries: Vec<f64>,
    drained: Vec<f64>,
    /// Nodes that did not join again and had to be restarted by hand.
    operator_restarts: u64,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs root for network namespaces, half a minute to start and 25 s a step; run: tests/faults.sh G5"]
async fn a_cluster_is_isolated_killed_and_restarted_under_load_and_nothing_is_lost() {
    let goal = Goal::begin_alone("G5").await;
    let steps = number("JIEXU_CLUSTER_STEPS", 7);
    let begun = Instant::now();
    let exchange = tokio::task::block_in_place(|| Exchange::over(&CITIES, Cluster::start, AT_BROKER, RELAY));
    let started = seconds(begun.elapsed());
    let mut trial = Trial {
        load: Load::over(exchange),
        dice: ChaCha8Rng::seed_from_u64(goal.seed),
        violations: Vec::new(),
        deeds: BTreeMap::new(),
        at_work: 0,
        over: Vec::new(),
        recoveries: Vec::new(),
        drained: Vec::new(),
        operator_restarts: 0,
    };
    trial.every_queue_lies_on_every_node();
    trial.load.exchange.start_all().await;
    let mut deeds = Vec::new();
    for step in 0..steps {
        if deeds.is_empty() {
            deeds = DEEDS.to_vec();
            deeds.shuffle(&mut trial.dice);
        }
        let deed = deeds.pop().expect("filled just now");
        trial.step(step, deed).await;
    }
    trial.every_queue_lies_on_every_node();
    for agency in &mut trial.load.exchange.agencies {
        agency.terminate();
    }
    trial.violations.extend(checker::at_the_end(&trial.load).await);
    if trial.at_work * 10 < steps * 6 {
        trial.violations.push(format!("only {} of {steps} steps struck during work", trial.at_work));
    }
    let most = |all: &[f64]| all.iter().copied().fold(0.0, f64::max);
    let conditions = format!(
        "{}, three RabbitMQ nodes in a network namespace each, pause_minority, net_ticktime {TICK_SECONDS} s, heartbeat 3 s",
        machine()
    );
    let figures = json!({ "conditions": conditions, "deeds": trial.deeds, "at_work": trial.at_work,
        "transfers": trial.load.people, "replicas": NODES, "operator_restarts": trial.operator_restarts, "started_seconds": started,
        "over_seconds": trial.over, "slowest_over_seconds": most(&trial.over),
        "slowest_recovery_seconds": most(&trial.recoveries), "slowest_drain_seconds": most(&trial.drained) });
    goal.end(steps, &trial.violations, figures);
}

fn seconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 10.0).round() / 10.0
}

/// At which nodes a daemon works, if it works.
fn at(broker: &Value) -> Option<[&str; 2]> {
    let works = broker["consuming"] == true && broker["publishing"] == true && broker["blocked"].is_null();
    works.then_some([broker["consuming_at"].as_str()?, broker["publishing_at"].as_str()?])
}

impl Trial {
    async fn step(&mut self, step: u64, deed: Deed) {
        *self.deeds.entry(format!("{deed:?}")).or_default() += 1;
        let agency = self.dice.random_range(0..2);
        let node = match deed {
            Deed::LeaderIsolated | Deed::LeaderKilled => {
                let queue = inbound(CITIES[agency]);
                tokio::task::block_in_place(|| self.cluster().leader_of(&queue))
            }
            Deed::Isolated | Deed::Minority | Deed::Frozen => self.node_of(agency).await,
            Deed::RollingRestart | Deed::SwizzleClog => self.dice.random_range(0..NODES),
        };
        let begun = Instant::now();
        self.busy().await;
        self.at_work += u64::from(self.load.in_flight(0).await + self.load.in_flight(1).await > 0);
        match deed {
            Deed::Isolated | Deed::LeaderIsolated => self.without(node, |cluster| cluster.cut(node, &WIRES)).await,
            Deed::Minority => self.without(node, |cluster| cluster.cut(node, &[Wire::Peers])).await,
            Deed::LeaderKilled => self.without(node, |cluster| cluster.nodes[node].kill()).await,
            Deed::Frozen => self.without(node, |cluster| cluster.nodes[node].freeze(true)).await,
            Deed::RollingRestart => self.rolling_restart(node).await,
            Deed::SwizzleClog => self.swizzle_clog().await,
        }
        self.mend(deed, node);
        let recovered = self.work_until("working again", WORKING, |at| at.is_some()).await;
        self.recoveries.push(recovered);
        self.come_together(deed).await;
        let took = seconds(begun.elapsed());
        eprintln!("{step}: {deed:?} at node {node}, {took} s, recovered in {recovered} s");
        let drained = self.load.drain().await;
        self.drained.push(seconds(drained));
        for agency in 0..2 {
            self.violations.extend(checker::at_any_moment(&self.load, agency).await);
        }
    }

    /// A node whose partition is over before it noticed that it was alone (it woke from a frozen state, or its wires came
    /// back one by one) does not pause and never joins again by itself. RabbitMQ leaves that to its operator, who restarts
    /// the node that sees the fewest others.
    async fn come_together(&mut self, deed: Deed) {
        for _ in 0..=NODES {
            if self.is_whole_within(allowed(ALONE)).await {
                return;
            }
            let outsider = tokio::task::block_in_place(|| self.cluster().outsider());
            eprintln!("after {deed:?} node {outsider} is restarted by hand: {:?}", self.cluster().views());
            tokio::task::block_in_place(|| self.cluster_mut().nodes[outsider].launch()).expect("a node that starts");
            self.operator_restarts += 1;
        }
        panic!("the cluster does not come together again after {deed:?}: {:?}", self.cluster().views());
    }

    /// While one node is of no use the others serve: all that is on its way arrives.
    async fn without(&mut self, node: usize, fault: impl FnOnce(&mut Cluster)) {
        tokio::task::block_in_place(|| fault(&mut self.load.exchange.broker));
        let lost = self.cluster().addresses()[node].to_string();
        let is_over = |at: Option<[&str; 2]>| at.is_some_and(|at| !at.contains(&lost.as_str()));
        let over = self.work_until("over to other nodes", OVER, is_over).await;
        self.over.push(over);
        self.load.drain().await;
        // The fault ends under load as it began.
        self.busy().await;
    }

    async fn rolling_restart(&mut self, first: usize) {
        for node in (0..NODES).map(|n| (first + n) % NODES) {
            tokio::task::block_in_place(|| self.cluster_mut().nodes[node].stop());
            self.work_for(Duration::from_secs(1)).await;
            self.cluster_mut().nodes[node].launch().expect("a node that starts");
            assert!(self.is_whole_within(PATIENCE).await, "node {node} does not come back");
        }
    }

    async fn swizzle_clog(&mut self) {
        let mut order: Vec<usize> = (0..NODES).collect();
        for is_cut in [true, false] {
            order.shuffle(&mut self.dice);
            for node in &order {
                let pause = self.dice.random_range(1_000..5_000);
                self.work_for(Duration::from_millis(pause)).await;
                if is_cut {
                    self.cluster().cut(*node, &WIRES);
                } else {
                    self.cluster().mend(*node);
                }
            }
            // Once so short that nobody notices, once so long that all pause.
            let pause = self.dice.random_range(0..2_000 * u64::from(TICK_SECONDS));
            if is_cut {
                self.work_for(Duration::from_millis(pause)).await;
            }
        }
    }

    fn mend(&mut self, deed: Deed, node: usize) {
        match deed {
            Deed::Isolated | Deed::Minority | Deed::LeaderIsolated => self.cluster().mend(node),
            Deed::LeaderKilled => self.cluster_mut().nodes[node].launch().expect("a node that starts"),
            Deed::Frozen => self.cluster().nodes[node].freeze(false),
            Deed::RollingRestart | Deed::SwizzleClog => {}
        }
    }

    fn cluster(&self) -> &Cluster {
        &self.load.exchange.broker
    }

    fn cluster_mut(&mut self) -> &mut Cluster {
        &mut self.load.exchange.broker
    }

    /// A letter in a queue on fewer nodes would be lost with them.
    fn every_queue_lies_on_every_node(&mut self) {
        for queue in tokio::task::block_in_place(|| self.cluster().replicas(0)) {
            if queue.members.len() != NODES || queue.online.len() != NODES {
                self.violations.push(format!("not on every node: {queue:?}"));
            }
        }
    }

    /// More work, on its way when this returns.
    async fn busy(&mut self) {
        self.load.add(PEOPLE);
        self.load.hand_in().await;
        self.load.bank_turn().await;
    }

    async fn work(&mut self) {
        if self.load.all_handed_in() && self.load.open_cases().await < OPEN_MOST {
            self.load.add(4);
        }
        self.load.hand_in().await;
        self.load.bank_turn().await;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }

    /// Works until the cluster is whole.
    async fn is_whole_within(&mut self, limit: Duration) -> bool {
        let begun = Instant::now();
        while begun.elapsed() < limit {
            if tokio::task::block_in_place(|| self.cluster().is_whole()) {
                return true;
            }
            self.work_for(Duration::from_millis(500)).await;
        }
        false
    }

    async fn work_for(&mut self, duration: Duration) {
        let begun = Instant::now();
        while begun.elapsed() < duration {
            self.work().await;
        }
    }

    /// Works until it is so of both daemons at once; after how many seconds.
    async fn work_until(&mut self, what: &str, limit: Duration, so: impl Fn(Option<[&str; 2]>) -> bool) -> f64 {
        let begun = Instant::now();
        loop {
            let (left, right) = (self.status(0).await, self.status(1).await);
            if so(at(&left)) && so(at(&right)) {
                break;
            }
            assert!(begun.elapsed() < PATIENCE, "never {what}: {left:#} {right:#}");
            self.work().await;
        }
        let (took, limit) = (begun.elapsed(), allowed(limit));
        if took > limit {
            self.violations.push(format!("{what} after {took:?}, the limit is {limit:?}"));
        }
        seconds(took)
    }

    async fn status(&self, agency: usize) -> Value {
        self.load.try_ask(agency, &Request::Status).await.map(|status| status["broker"].clone()).unwrap_or_default()
    }

    /// The node from which a daemon reads.
    async fn node_of(&self, agency: usize) -> usize {
        let begun = Instant::now();
        loop {
            let status = self.status(agency).await;
            let at = status["consuming_at"].as_str();
            let addresses = self.cluster().addresses();
            if let Some(node) = addresses.iter().position(|address| at == Some(address.to_string().as_str())) {
                return node;
            }
            assert!(begun.elapsed() < PATIENCE, "it works nowhere: {status:#}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}
