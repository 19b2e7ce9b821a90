//! G3: a daemon dies at every fail point, at each of the first hits, and nothing is lost, doubled or a fen off.

use std::os::unix::process::ExitStatusExt;
use std::time::{Duration, Instant};

use jiexu::daemon::Request;
use jiexu::fault::POINTS;
use serde_json::json;
use sqlx::Row;

use super::deeds::Deed;
use super::load::{CITIES, Load};
use super::{Goal, checker, number};
use crate::support::PATIENCE;

/// Who dies; the other of the two goes on working.
const VICTIM: usize = 1;
/// An agency beside them, with a clock of its own and no cases.
const ALONE: usize = 2;
const ALONE_CODE: &str = "441700";
/// Cases under way at most: they only have to keep the victim busy.
const OPEN_MOST: i64 = 40;
/// Points between two full checks.
const GROUP: usize = 24;

/// What makes a daemon come by a point.
enum Way {
    /// Work, and this deed besides.
    Working(Deed),
    /// The other agency is away, so that messages fall due again.
    Unanswered,
    /// Starting: the n-th hit is the n-th start that dies there.
    Starting,
    /// A day that is over, at the agency with a clock of its own.
    Closing,
}

fn way(point: &str) -> Way {
    match point {
        "consume.subscribed" | "fold.kept" | "fold.done" => Way::Starting,
        _ if point.starts_with("start.") || point.starts_with("store.") => Way::Starting,
        "daily.before_close" | "daily.closed" | "commit.closes" => Way::Closing,
        "relay.due" => Way::Unanswered,
        "commit.acts" => Way::Working(Deed::Question),
        "commit.tasks" | "commit.task_acts" => Way::Working(Deed::Task),
        "commit.line_acts" => Way::Working(Deed::Line),
        "commit.calendar" | "calendar.imported" | "clocks.recounted" => Way::Working(Deed::Calendar),
        "commit.closures" => Way::Working(Deed::Announcement),
        "commit.dead_letters" => Way::Working(Deed::Garbage),
        _ => Way::Working(Deed::Nothing),
    }
}

struct Trial {
    load: Load,
    runs: u64,
    /// Kills with rows on their way.
    at_work: u64,
    /// The day of the agency with a clock of its own.
    day: u32,
    violations: Vec<String>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_every_fail_point_and_nothing_is_lost() {
    let goal = Goal::begin("G3").await;
    let hits = number("JIEXU_HITS", 1);
    let load = Load::prepare(&[CITIES[0], CITIES[1], ALONE_CODE]);
    let mut trial = Trial { load, runs: 0, at_work: 0, day: 0, violations: Vec::new() };
    trial.load.exchange.agencies[0].start();
    trial.load.exchange.agencies[0].ready().await;
    trial.a_new_file_is_made_whole().await;
    trial.leave_work_behind().await;
    let mut slowest_drain = Duration::ZERO;
    // What happens to a file of an earlier release only, tests/it/upgrade.rs reaches.
    let points: Vec<&str> = POINTS.iter().copied().filter(|point| !point.starts_with("upgrade.")).collect();
    for group in points.chunks(GROUP) {
        for point in group {
            for hit in 1..=hits {
                trial.run(point, hit).await;
            }
        }
        slowest_drain = slowest_drain.max(trial.drain_and_check().await);
    }
    let figures = json!({ "points": points.len(), "hits": hits, "at_work": trial.at_work, "transfers": trial.load.people,
        "slowest_drain_seconds": slowest_drain.as_secs_f64().round() });
    goal.end(trial.runs, &trial.violations, figures);
}

impl Trial {
    async fn run(&mut self, point: &str, hit: u64) {
        match way(point) {
            Way::Working(deed) => self.die_working(point, hit, deed).await,
            Way::Unanswered => self.die_unanswered(point, hit).await,
            Way::Starting => {
                self.load.exchange.agencies[VICTIM].start_armed(Some(&format!("{point}@1")));
                self.dead(VICTIM, point, hit).await;
            }
            Way::Closing => self.die_closing(point, hit).await,
        }
        self.runs += 1;
        let found = checker::at_any_moment(&self.load, VICTIM).await;
        self.violations.extend(found.into_iter().map(|what| format!("after {point}@{hit}: {what}")));
    }

    async fn die_working(&mut self, point: &str, hit: u64, deed: Deed) {
        self.load.exchange.agencies[VICTIM].start_armed(Some(&format!("{point}@{hit}")));
        let begun = Instant::now();
        let mut turn = 0;
        while !self.is_dead(VICTIM, point) {
            assert!(begun.elapsed() < PATIENCE, "{point}@{hit} is not reached");
            if self.load.all_handed_in() && self.load.open_cases().await < OPEN_MOST {
                self.load.add(4);
            }
            self.load.hand_in().await;
            self.load.bank_turn().await;
            self.load.deed(deed, VICTIM, turn).await;
            turn += 1;
            tokio::time::sleep(Duration::from_millis(15)).await;
        }
        self.at_work += u64::from(self.load.in_flight(VICTIM).await > 0);
    }

    async fn die_unanswered(&mut self, point: &str, hit: u64) {
        self.load.exchange.agencies[VICTIM].start_armed(Some(&format!("{point}@{hit}")));
        if self.answers_before_it_dies(point).await {
            self.load.hand_in().await;
            self.load.add(4);
            self.load.hand_in().await;
            self.load.exchange.agencies[0].kill();
            self.dead(VICTIM, point, hit).await;
            self.load.exchange.agencies[0].start();
            self.load.exchange.agencies[0].ready().await;
        }
        self.at_work += u64::from(self.load.in_flight(VICTIM).await > 0);
    }

    /// What it had left unsent is due at once: on a slow machine it reaches the point before it answers anybody.
    async fn answers_before_it_dies(&mut self, point: &str) -> bool {
        let begun = Instant::now();
        while !self.is_dead(VICTIM, point) {
            let answer = self.load.exchange.agencies[VICTIM].try_ask(&Request::Status).await;
            if answer.is_some() {
                return true;
            }
            assert!(begun.elapsed() < PATIENCE, "{point}: it neither answers nor dies");
            tokio::time::sleep(Duration::from_millis(15)).await;
        }
        false
    }

    /// Several days are over at once: the n-th hit closes the n-th of them.
    async fn die_closing(&mut self, point: &str, hit: u64) {
        if self.day == 0 {
            self.next_days(1);
            self.starts_well(ALONE).await;
        }
        self.next_days(u32::try_from(hit).expect("a few hits") + 1);
        self.load.exchange.agencies[ALONE].start_armed(Some(&format!("{point}@{hit}")));
        self.dead(ALONE, point, hit).await;
        self.violations.extend(checker::at_any_moment(&self.load, ALONE).await);
        self.starts_well(ALONE).await;
    }

    /// Sets the clock that its agency starts with.
    fn next_days(&mut self, days: u32) {
        let agency = &self.load.exchange.agencies[ALONE];
        let text = std::fs::read_to_string(agency.config()).expect("a configuration");
        let text = text.split("\n[clock]").next().expect("what stands before").to_owned();
        self.day += days;
        let today = jiexu::clock::now().china_date() + chrono::Days::new(u64::from(self.day));
        let clock = format!("\n[clock]\nstart = \"{today}T10:00:00+08:00\"\n");
        std::fs::write(agency.config(), text + &clock).expect("a configuration");
    }

    async fn starts_well(&mut self, agency: usize) {
        let agency = &mut self.load.exchange.agencies[agency];
        agency.start();
        agency.ready().await;
        let (took, well) = agency.terminate();
        assert!(well, "{} did not stop in order within {took:?}", agency.code);
    }

    /// The victim dies in the middle of something: its next starts have to recover it.
    async fn leave_work_behind(&mut self) {
        self.load.exchange.agencies[VICTIM].start();
        self.load.exchange.agencies[VICTIM].ready().await;
        self.load.add(12);
        self.load.hand_in().await;
        self.load.exchange.agencies[VICTIM].kill();
    }

    /// Every start of a new file is cut off once; the file that is there in the end knows its agency and epoch.
    async fn a_new_file_is_made_whole(&mut self) {
        for point in POINTS.iter().filter(|point| point.starts_with("store.")) {
            self.load.exchange.agencies[ALONE].start_armed(Some(&format!("{point}@1")));
            self.dead(ALONE, point, 1).await;
            self.runs += 1;
        }
        self.starts_well(ALONE).await;
        let mut file = self.load.store.open(&self.load.exchange.agencies[ALONE]).await.expect("a database");
        let rows = sqlx::query("SELECT name, value FROM meta WHERE name IN ('agency', 'epoch') ORDER BY name");
        let rows = rows.fetch_all(&mut file).await.expect("facts of the file");
        let facts: Vec<(String, String)> = rows.iter().map(|row| (row.get("name"), row.get("value"))).collect();
        assert_eq!(facts, [("agency".into(), ALONE_CODE.into()), ("epoch".into(), "1".into())]);
    }

    async fn dead(&mut self, agency: usize, point: &str, hit: u64) {
        let begun = Instant::now();
        while !self.is_dead(agency, point) {
            assert!(begun.elapsed() < PATIENCE, "{point}@{hit} is not reached");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Dead of the fail point, and of nothing else.
    fn is_dead(&mut self, agency: usize, point: &str) -> bool {
        let Some(status) = self.load.exchange.agencies[agency].ended() else { return false };
        assert_eq!(status.signal(), Some(9), "{point}: ended by itself: {status}");
        true
    }

    async fn drain_and_check(&mut self) -> Duration {
        self.load.exchange.agencies[VICTIM].start();
        self.load.exchange.agencies[VICTIM].ready().await;
        let took = self.load.drain().await;
        for agency in &mut self.load.exchange.agencies[..2] {
            agency.terminate();
        }
        self.violations.extend(checker::at_the_end(&self.load).await);
        self.load.exchange.agencies[0].start();
        self.load.exchange.agencies[0].ready().await;
        took
    }
}
