//! G9: an agency's database is lost under load and a backup put back by two persons. What came after the backup is given
//! back by the peer and by the files that are imported again; every case is right afterwards, and no fen is off.
//!
//! `JIEXU_RESTORE_CASES=100000` has as many cases in each database before the first loss.

use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use jiexu::daemon::Request;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::json;

use super::load::{CITIES, Load};
use super::{Goal, checker, number};
use crate::support::{PATIENCE, allowed};

/// From the loss to a daemon that answers.
const BACK_WITHIN: Duration = Duration::from_secs(60);
/// Cases under way while the databases fill.
const OPEN_MOST: i64 = 1_500;
/// So many messages at least are said between a backup and the loss.
const FORGOTTEN_LEAST: i64 = 5;
const REASON: &str = "磁盘损坏后恢复";

/// A command of a person at one agency.
fn command(load: &Load, agency: usize, who: &str, arguments: &[&str]) -> Output {
    let config = load.exchange.agencies[agency].config();
    let mut command = Command::new(env!("CARGO_BIN_EXE_jiexu"));
    command.arg("--config").arg(config).args(["--actor", who]).args(arguments).env("NO_COLOR", "1");
    command.output().expect("the program runs")
}

fn must(load: &Load, agency: usize, who: &str, arguments: &[&str]) {
    let output = command(load, agency, who, arguments);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {said}");
}

struct Trial {
    load: Load,
    violations: Vec<String>,
    backs: Vec<f64>,
    /// How often a payment waited for the two persons.
    held: u32,
}

impl Trial {
    /// Until so many people have moved; every one of them is a case at both agencies.
    async fn fill(&mut self, cases: usize) {
        while self.load.people < cases || !self.load.all_handed_in() {
            if self.load.all_handed_in() && self.load.open_cases().await < OPEN_MOST {
                self.load.add(200.min(cases - self.load.people));
            }
            self.load.hand_in().await;
            self.load.bank_turn().await;
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        self.load.drain().await;
    }

    async fn work(&mut self, people: usize, turns: usize) {
        self.load.add(people);
        for _ in 0..turns {
            self.load.hand_in().await;
            self.load.bank_turn().await;
            tokio::time::sleep(Duration::from_millis(60)).await;
        }
    }

    /// Messages of cases that the other agency has receipted.
    async fn said(&self, agency: usize) -> i64 {
        let sql = "SELECT COUNT(*) FROM outbox WHERE state = 'closed' AND case_id IS NOT NULL";
        self.load.store.count(&self.load.exchange.agencies[agency], sql).await.unwrap_or(0)
    }

    /// The database and all beside it are gone; a backup takes their place.
    async fn lose(&mut self, victim: usize, copy: &Path) {
        let lost = Instant::now();
        self.load.exchange.agencies[victim].kill();
        let data = self.load.exchange.agencies[victim].home.join("data");
        for ending in ["db", "db-wal", "db-shm", "height", "pages"] {
            let _ = std::fs::remove_file(data.join("jiexu").with_extension(ending));
        }
        let copy = copy.to_string_lossy();
        must(&self.load, victim, "li", &["restore", "begin", &copy, "--reason", REASON]);
        // One person is not enough, neither to start nor to approve.
        let started = command(&self.load, victim, "li", &["serve"]);
        assert_eq!(started.status.code(), Some(78), "{}", String::from_utf8_lossy(&started.stderr));
        assert!(String::from_utf8_lossy(&started.stderr).contains("RESTORE_UNAPPROVED"));
        let alone = command(&self.load, victim, "li", &["restore", "approve", "--reason", REASON]);
        assert!(String::from_utf8_lossy(&alone.stderr).contains("SECOND_PERSON"), "{alone:?}");
        must(&self.load, victim, "wang", &["restore", "approve", "--reason", REASON]);
        self.load.exchange.agencies[victim].start();
        self.load.exchange.agencies[victim].ready().await;
        let back = lost.elapsed();
        self.backs.push((back.as_secs_f64() * 10.0).round() / 10.0);
        if back > allowed(BACK_WITHIN) {
            self.violations.push(format!("back after {back:?}"));
        }
    }

    /// The operators import every file again until nothing is forgotten, then two persons let payments go.
    async fn rebuild(&mut self, victim: usize) {
        let begun = Instant::now();
        loop {
            // The other agency goes on meanwhile.
            self.load.bank_turn().await;
            let declined = self.load.hand_in_again(victim).await;
            let status = self.load.exchange.agencies[victim].ask(&Request::RestoreStatus).await;
            if declined == 0 && status["unrepeated"] == 0 && status["unheard"].as_array().is_some_and(Vec::is_empty) {
                break;
            }
            assert!(begun.elapsed() < PATIENCE, "not rebuilt, {declined} rows declined: {status:#}");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        let sql = "SELECT COUNT(*) FROM payments WHERE state = 'released'";
        if self.load.store.count(&self.load.exchange.agencies[victim], sql).await > Some(0) {
            let out = self.load.exchange.agencies[victim].home.to_string_lossy().into_owned();
            let held = command(&self.load, victim, "finance", &["bank", "payments", "--out", &out]);
            assert!(String::from_utf8_lossy(&held.stderr).contains("RESTORE_PAYMENTS_HELD"), "{held:?}");
            self.held += 1;
        }
        must(&self.load, victim, "li", &["restore", "payments", "--reason", REASON]);
        must(&self.load, victim, "wang", &["restore", "payments", "--confirm", "--reason", REASON]);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_is_put_back_under_load_and_no_fen_is_off() {
    let cases = usize::try_from(number("JIEXU_RESTORE_CASES", 0)).expect("a count");
    let goal = Goal::begin(if cases > 0 { "G9 large" } else { "G9" }).await;
    let restores = number("JIEXU_RESTORES", 2);
    let people = usize::try_from(number("JIEXU_RESTORE_PEOPLE", 60)).expect("a count");
    let mut dice = ChaCha8Rng::seed_from_u64(goal.seed);
    let mut trial = Trial { load: Load::prepare(&CITIES), violations: Vec::new(), backs: Vec::new(), held: 0 };
    trial.load.exchange.start_all().await;
    trial.fill(cases).await;
    let mut forgotten = 0;
    for round in 0..restores {
        let victim = usize::from(dice.random_bool(0.5));
        trial.work(people, dice.random_range(1..12)).await;
        let copy = trial.load.exchange.agencies[victim].home.join(format!("backup-{round}.db"));
        if round > 0 {
            // One at a time: at full size each is as large as the database.
            let _ = std::fs::remove_file(
                trial.load.exchange.agencies[victim].home.join(format!("backup-{}.db", round - 1)),
            );
        }
        let request = Request::Backup { actor: "li".to_owned(), file: copy.clone() };
        trial.load.exchange.agencies[victim].ask(&request).await;
        let said = trial.said(victim).await;
        trial.work(people, dice.random_range(3..25)).await;
        // However slow the machine is: something is there to be forgotten.
        let begun = Instant::now();
        while trial.said(victim).await < said + FORGOTTEN_LEAST {
            assert!(begun.elapsed() < PATIENCE, "nothing was said");
            trial.load.bank_turn().await;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        // What the peer holds is all that is left: the statements that the bank has made are imported before or after.
        trial.lose(victim, &copy).await;
        trial.rebuild(victim).await;
        trial.load.drain().await;
    }
    for agency in &trial.load.exchange.agencies {
        forgotten += trial.load.store.count(agency, "SELECT COUNT(*) FROM echoes").await.unwrap_or(0);
    }
    let drained = trial.load.drain().await;
    for agency in &mut trial.load.exchange.agencies {
        agency.terminate();
    }
    trial.violations.extend(checker::at_the_end(&trial.load).await);
    if forgotten < i64::try_from(restores).expect("few") {
        trial.violations.push(format!("only {forgotten} messages were forgotten: nothing was put to the test"));
    }
    let mut bytes = 0;
    for agency in &trial.load.exchange.agencies {
        bytes = bytes.max(std::fs::metadata(agency.database()).expect("a database").len());
    }
    let figures = json!({ "transfers": trial.load.people, "cases_before": cases, "database_mib": bytes >> 20,
        "forgotten": forgotten, "back_seconds": trial.backs, "payments_held": trial.held,
        "drained_seconds": (drained.as_secs_f64() * 10.0).round() / 10.0 });
    goal.end(restores, &trial.violations, figures);
}
