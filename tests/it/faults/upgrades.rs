//! G13, its long form: daemons of an older program and of today's beside each other while people move. One side is upgraded in
//! order, the other by a kill; the older program does not start on what today's has written.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use jiexu::store::backup;
use jiexu::store::upgrade::copy_name;
use serde_json::json;

use super::load::{CITIES, Load};
use super::{Goal, checker, number};
use crate::support::PATIENCE;
use crate::support::exchange::show_log;
use crate::support::people::code;
use crate::upgrade::TODAY;

/// Cases under way at most.
const OPEN_MOST: i64 = 60;
/// While both work with the older program.
const BEFORE: Duration = Duration::from_secs(10);

struct Mixed {
    load: Load,
    violations: Vec<String>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs an older program: tests/upgrade.sh COMMIT"]
async fn an_older_program_and_today_s_move_people_between_them() {
    let older = PathBuf::from(std::env::var_os("JIEXU_OLD").expect("JIEXU_OLD names the older program"));
    let goal = Goal::begin("G13-mixed").await;
    let seconds = number("JIEXU_MIXED_SECONDS", 120);
    let mut mixed = Mixed { load: Load::prepare(&CITIES), violations: Vec::new() };
    let today = mixed.load.exchange.agencies[0].program.clone();
    for agency in &mut mixed.load.exchange.agencies {
        agency.program.clone_from(&older);
    }
    mixed.load.exchange.start_all().await;
    mixed.work(BEFORE).await;
    let (under_way, before) = (mixed.load.open_cases().await, mixed.load.people);

    let first = &mut mixed.load.exchange.agencies[0];
    assert!(first.terminate().1, "the older program stops in order");
    first.program.clone_from(&today);
    mixed.starts(0).await;
    let half = Duration::from_secs(seconds) / 2;
    mixed.work(half).await;
    for agency in 0..2 {
        mixed.load.exchange.agencies[agency].kill();
        mixed.starts(agency).await;
    }
    mixed.refuses_the_older(&older, &today).await;
    mixed.work(half).await;
    let while_mixed = mixed.load.people - before;

    let second = &mut mixed.load.exchange.agencies[1];
    second.kill();
    second.program = today;
    mixed.starts(1).await;
    mixed.work(BEFORE).await;
    let drained = mixed.load.drain().await;
    for agency in &mut mixed.load.exchange.agencies {
        agency.terminate();
        let copy = copy_name(&agency.database(), TODAY, 1);
        if let Err(cause) = backup::check(&copy, &code(&agency.code)) {
            mixed.violations.push(format!("{}: no copy from before: {cause}", agency.code));
        }
    }
    mixed.violations.extend(checker::at_the_end(&mixed.load).await);
    let figures = json!({ "transfers": mixed.load.people, "transfers_while_mixed": while_mixed, "mixed_seconds": seconds,
        "open_at_the_upgrade": under_way, "drained_seconds": (drained.as_secs_f64() * 10.0).round() / 10.0 });
    goal.end(mixed.load.people as u64, &mixed.violations, figures);
}

impl Mixed {
    async fn work(&mut self, length: Duration) {
        let begun = Instant::now();
        while begun.elapsed() < length {
            if self.load.all_handed_in() && self.load.open_cases().await < OPEN_MOST {
                self.load.add(8);
            }
            self.load.hand_in().await;
            self.load.bank_turn().await;
            tokio::time::sleep(Duration::from_millis(15)).await;
        }
    }

    async fn starts(&mut self, agency: usize) {
        self.load.exchange.agencies[agency].start();
        self.load.exchange.agencies[agency].ready().await;
    }

    /// Today's program stops, the older one is started on its database and ends by itself.
    async fn refuses_the_older(&mut self, older: &std::path::Path, today: &std::path::Path) {
        let agency = &mut self.load.exchange.agencies[0];
        agency.terminate();
        let sql = "SELECT COUNT(*) FROM audit";
        let before = self.load.store.count(agency, sql).await;
        agency.program = older.to_owned();
        agency.start();
        let begun = Instant::now();
        let ended = loop {
            if let Some(status) = agency.ended() {
                break status;
            }
            assert!(begun.elapsed() < PATIENCE, "the older program goes on with a later file");
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        if ended.code() != Some(78) || !show_log(&agency.home).contains("STORE_NEWER") {
            self.violations.push(format!("the older program was not refused: {ended}"));
        }
        if self.load.store.count(agency, sql).await != before {
            self.violations.push("the older program wrote into a later file".to_owned());
        }
        agency.program = today.to_owned();
        self.starts(0).await;
    }
}
