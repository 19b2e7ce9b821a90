//! G4, what operators do to a broker under load: a queue deleted and made again empty, permissions taken away and given
//! back, all connections closed, and an older copy of the broker's data put back. Nothing is lost, nothing comes twice.

use std::time::{Duration, Instant};

use jiexu::daemon::Request;
use jiexu::domain::time::Moment;
use jiexu::transport::topology::{VHOST, inbound};
use serde_json::{Value, json};

use super::load::{CITIES, Load};
use super::{Goal, checker, number};
use crate::support::{PATIENCE, copy_folder};

struct Trial {
    load: Load,
    /// Letters that were in a queue when it was deleted.
    lost: u32,
    /// Old letters that stood in the queue again after the copy was put back.
    returned: u32,
    /// What the daemon showed while it had no permissions.
    shown: String,
    /// Both daemons' invented clock: the machine's, set ahead by these minutes.
    begun: (Moment, Instant),
    minutes: i64,
    drained: Vec<f64>,
    violations: Vec<String>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_queue_deleted_rights_withdrawn_and_an_old_broker_put_back_under_load_lose_nothing() {
    let goal = Goal::begin("G4 operators").await;
    let rounds = number("JIEXU_OPERATOR_ROUNDS", 1);
    let load = Load::prepare(&CITIES);
    let begun = (jiexu::clock::now(), Instant::now());
    let mut trial = Trial {
        load,
        lost: 0,
        returned: 0,
        shown: String::new(),
        begun,
        minutes: 0,
        drained: Vec::new(),
        violations: Vec::new(),
    };
    trial.start_all().await;
    for round in 0..rounds {
        let victim = usize::try_from((goal.seed + round) % 2).expect("0 or 1");
        trial.queue_is_emptied_by_deletion(victim).await;
        trial.what_never_came_is_asked_for().await;
        trial.drain_and_check("a queue deleted with letters in it").await;
        trial.queue_is_deleted_under_its_reader(victim).await;
        trial.what_never_came_is_asked_for().await;
        trial.drain_and_check("a queue deleted under its reader").await;
        trial.rights_are_withdrawn(victim).await;
        trial.drain_and_check("permissions cleared").await;
        trial.connections_are_closed().await;
        trial.drain_and_check("all connections closed").await;
        trial.an_older_broker_is_put_back(victim).await;
        trial.what_never_came_is_asked_for().await;
        trial.drain_and_check("an older copy of the broker put back").await;
    }
    let slowest = trial.drained.iter().copied().fold(0.0, f64::max);
    let figures = json!({ "transfers": trial.load.people, "letters_deleted": trial.lost, "old_letters_again": trial.returned,
        "shown_without_permissions": trial.shown, "slowest_drain_seconds": slowest });
    goal.end(rounds * 5, &trial.violations, figures);
}

impl Trial {
    async fn busy(&mut self) {
        self.load.add(40);
        self.load.hand_in().await;
        self.load.bank_turn().await;
    }

    /// Kills the daemon in the middle of work, so that letters wait in its queue; how many.
    async fn letters_wait_for(&mut self, victim: usize) -> u32 {
        let begun = Instant::now();
        loop {
            self.busy().await;
            self.load.exchange.agencies[victim].kill();
            for _ in 0..50 {
                let waiting = self.load.queued(victim).await;
                if waiting > 0 {
                    return waiting;
                }
                tokio::time::sleep(Duration::from_millis(40)).await;
            }
            assert!(begun.elapsed() < PATIENCE, "no letter ever waits");
            self.start(victim).await;
        }
    }

    async fn start(&mut self, agency: usize) {
        self.set_start(agency);
        self.load.exchange.agencies[agency].start();
        self.load.exchange.agencies[agency].ready().await;
    }

    async fn start_all(&mut self) {
        (0..2).for_each(|agency| self.set_start(agency));
        self.load.exchange.start_all().await;
    }

    fn now(&self) -> Moment {
        let (at_first, begun) = self.begun;
        let passed = i64::try_from(begun.elapsed().as_millis()).expect("a short test");
        at_first.plus_ms(passed + self.minutes * 60_000)
    }

    /// An invented clock begins where its configuration says: never before where it stood.
    fn set_start(&mut self, agency: usize) {
        let config = self.load.exchange.agencies[agency].config();
        let text = std::fs::read_to_string(&config).expect("a configuration");
        let text = text.split("\n[clock]").next().expect("what stands before");
        let now = self.now().plus_ms(1_000);
        let day = now.china_date();
        let second = now.ms_since(Moment::start_of(day)) / 1_000;
        let time = format!("{:02}:{:02}:{:02}", second / 3_600, second / 60 % 60, second % 60);
        std::fs::write(&config, format!("{text}\n[clock]\nstart = \"{day}T{time}+08:00\"\n")).expect("a configuration");
    }

    /// A receipt is not receipted: one that was lost leaves a gap, for which its reader asks when ten minutes have
    /// passed since a later message came.
    async fn what_never_came_is_asked_for(&mut self) {
        self.load.drain().await;
        self.busy().await;
        self.load.drain().await;
        // A peer is asked once an hour.
        self.minutes += 65;
        for agency in 0..2 {
            let to = self.now();
            self.load.exchange.agencies[agency].ask(&Request::SetClock { to }).await;
        }
        let begun = Instant::now();
        while self.gaps().await > 0 {
            assert!(begun.elapsed() < PATIENCE, "a gap is never filled");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn gaps(&self) -> i64 {
        const GAPS: &str = "SELECT COUNT(*) FROM
             (SELECT 1 FROM inbox GROUP BY sender, epoch, lane HAVING MAX(seq) <> COUNT(*))";
        let mut gaps = 0;
        for agency in &self.load.exchange.agencies {
            gaps += self.load.store.count(agency, GAPS).await.expect("a count");
        }
        gaps
    }

    async fn until(&self, agency: usize, what: &str, so: impl Fn(&Value) -> bool) -> Value {
        let begun = Instant::now();
        loop {
            let status = self.load.try_ask(agency, &Request::Status).await.unwrap_or_default();
            if so(&status["broker"]) {
                return status["broker"].clone();
            }
            assert!(begun.elapsed() < PATIENCE, "{what}: {status}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn queue_is_emptied_by_deletion(&mut self, victim: usize) {
        self.lost += self.letters_wait_for(victim).await;
        self.delete_queue(victim);
        self.start(victim).await;
        self.until(victim, "the missing queue is shown", |broker| broker["fault"]["code"] == "TOPOLOGY_MISSING").await;
        self.restore_definitions();
    }

    async fn queue_is_deleted_under_its_reader(&mut self, victim: usize) {
        self.busy().await;
        self.delete_queue(victim);
        self.until(victim, "the missing queue is shown", |broker| broker["fault"]["code"] == "TOPOLOGY_MISSING").await;
        self.busy().await;
        self.restore_definitions();
    }

    async fn rights_are_withdrawn(&mut self, victim: usize) {
        self.busy().await;
        let code = CITIES[victim];
        self.ctl(&["clear_permissions", "-p", VHOST, code]);
        // A channel remembers what it was once allowed; a new connection asks again.
        self.ctl(&["close_all_user_connections", code, "permissions withdrawn"]);
        let refused = |broker: &Value| broker["consuming"] == false && broker["publishing"] == false;
        let broker =
            self.until(victim, "refused", |broker| refused(broker) && is_refusal(&broker["fault"]["code"])).await;
        self.shown = broker["fault"]["code"].as_str().unwrap_or_default().to_owned();
        self.busy().await;
        self.restore_definitions();
    }

    async fn connections_are_closed(&mut self) {
        self.busy().await;
        self.ctl(&["close_all_connections", "--vhost", VHOST, "an operator's hand"]);
        self.busy().await;
    }

    async fn an_older_broker_is_put_back(&mut self, victim: usize) {
        let waiting = self.letters_wait_for(victim).await;
        let (data, copy) = (self.load.exchange.broker.data_dir(), self.load.exchange.broker.log_dir().join("copy"));
        self.kill_broker();
        copy_folder(&data, &copy);
        self.restart_broker();
        self.start(victim).await;
        self.load.drain().await;
        self.busy().await;
        self.load.exchange.agencies[victim].kill();
        self.kill_broker();
        std::fs::remove_dir_all(&data).expect("the broker's data");
        std::fs::rename(&copy, &data).expect("the copy in its place");
        self.restart_broker();
        let begun = Instant::now();
        // A queue whose leader is not elected yet says that it is empty.
        while self.load.queued(victim).await < waiting {
            assert!(begun.elapsed() < PATIENCE, "{waiting} letters were copied and never came back");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        self.returned += waiting;
        self.start(victim).await;
    }

    async fn drain_and_check(&mut self, what: &str) {
        let took = self.load.drain().await;
        self.drained.push((took.as_secs_f64() * 10.0).round() / 10.0);
        for agency in &mut self.load.exchange.agencies {
            agency.terminate();
        }
        let found = checker::at_the_end(&self.load).await;
        self.violations.extend(found.into_iter().map(|violation| format!("{what}: {violation}")));
        self.start_all().await;
    }

    fn delete_queue(&self, agency: usize) {
        self.ctl(&["delete_queue", "--vhost", VHOST, &inbound(CITIES[agency])]);
    }

    /// What the operator's file says: queues that are missing, and every permission.
    fn restore_definitions(&self) {
        let file = self.load.exchange.broker.definitions();
        self.ctl(&["import_definitions", &file.to_string_lossy()]);
    }

    fn ctl(&self, arguments: &[&str]) {
        let output = tokio::task::block_in_place(|| self.load.exchange.broker.ctl(arguments)).expect("rabbitmqctl");
        assert!(output.status.success(), "{arguments:?}: {output:?}");
    }

    fn kill_broker(&mut self) {
        tokio::task::block_in_place(|| self.load.exchange.broker.kill());
    }

    fn restart_broker(&mut self) {
        tokio::task::block_in_place(|| self.load.exchange.broker.restart()).expect("the broker comes back");
    }
}

fn is_refusal(code: &Value) -> bool {
    ["BROKER_PERMISSION", "BROKER_VHOST", "BROKER_CREDENTIALS"].iter().any(|refusal| code == refusal)
}
