//! G11: the n-th operation of the disk under a daemon fails, for n = 1, 2, … until a whole life passes without it.
//!
//! A life is a start, people who move, and a stop in order; or the first start of a new agency, on an empty disk. What
//! fails fails once; then the disk is sound again. A failed write or sync ends the process, a full disk does not; either
//! way what is started again goes on and nothing is lost. After a failed sync it goes on from what a power cut leaves: a
//! kernel that could not write a page forgets it.

use std::collections::BTreeMap;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use jiexu::daemon::Request;
use rustix::process::{Signal, kill_process};
use serde_json::json;

use super::load::{CITIES, Load};
use super::{Goal, checker, conditions, number};
use crate::support::PATIENCE;
use crate::support::dice::Dice;
use crate::support::disk::Disk;
use crate::support::exchange::show_log;
use crate::support::power::cut_at_the_end;

/// Whose disk fails.
const VICTIM: usize = 1;
/// An agency beside the two: its first start is tried again and again.
const NEW: usize = 2;
const NEW_CODE: &str = "441700";
/// What fails, and how.
const FAULTS: &[(&str, &str)] = &[
    ("write", "EIO"),
    ("write", "ENOSPC"),
    ("sync", "EIO"),
    ("open", "EIO"),
    ("open", "ENOSPC"),
    ("name", "EIO"),
    ("read", "EIO"),
];
/// People who move in each life.
const MOVES: usize = 1;
/// Lives between two full checks, for which everything is stopped.
const GROUP: u64 = 50;
/// Lives of one exchange: its databases grow with each.
const LIVES_MOST: u64 = 250;
/// A log of more is begun anew.
const RECORDS_MOST: usize = 60_000;
/// What a program that panicked says.
const PANICKED: i32 = 101;

struct Trial {
    /// Goes before the folder under it; none only while one takes another's place.
    mounted: Option<Disk>,
    load: Load,
    dice: Dice,
    lives: u64,
    /// Lives that met their fault.
    met: u64,
    /// Of them those that a daemon survived, and those that ended it: by what failed.
    went_on: BTreeMap<String, u64>,
    ended: BTreeMap<String, u64>,
    transfers: usize,
    violations: Vec<String>,
}

/// A fault that was met.
struct Met<'a> {
    place: &'a str,
    errno: &'a str,
    failed: &'a str,
    /// The daemon had answered before.
    is_started: bool,
}

/// How a daemon came to the end of its work.
enum Came {
    Done,
    Ended(ExitStatus),
    Hung,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_operation_of_the_disk_fails_nothing_is_lost_and_work_goes_on() {
    let goal = Goal::begin("G11").await;
    // In per cent of n: 0 tries every n.
    let growth = number("JIEXU_DISK_GROWTH", 1000);
    let mut trial = Trial::begin(goal.seed).await;
    let mut last = BTreeMap::new();
    for (kind, errno) in FAULTS {
        let mut n = 1;
        while trial.life(kind, errno, n).await && trial.violations.is_empty() {
            n += 1 + n * growth / 100;
        }
        last.insert(format!("{kind} {errno}"), n);
        n = 1;
        while trial.birth(kind, errno, n).await && trial.violations.is_empty() {
            n += 1 + n * growth / 100;
        }
        last.insert(format!("new, {kind} {errno}"), n);
        if !trial.violations.is_empty() {
            // What is broken now would only make everything after it wait in vain.
            break;
        }
    }
    if trial.violations.is_empty() {
        trial.check_all().await;
    }
    let steps = if growth == 0 { "every n".to_owned() } else { format!("n in steps of {growth} %") };
    let conditions = conditions().replace("SIGKILL", &format!("the n-th operation of one disk fails, {steps}"));
    let figures = json!({ "conditions": conditions,
        "met": trial.met, "clean_at": last, "ended": trial.ended, "went_on": trial.went_on,
        "transfers": trial.transfers + trial.load.people, "growth_per_cent": growth });
    goal.end(trial.met, &trial.violations, figures);
}

async fn exchange() -> (Load, Disk) {
    let mut load = Load::prepare(&[CITIES[0], CITIES[1], NEW_CODE]);
    load.exchange.agencies[0].start();
    load.exchange.agencies[0].ready().await;
    let disk = Disk::over(&load.exchange.agencies[VICTIM].home.join("data"), None);
    (load, disk)
}

impl Trial {
    async fn begin(seed: u64) -> Trial {
        let (load, disk) = exchange().await;
        let (ended, went_on) = (BTreeMap::new(), BTreeMap::new());
        let (dice, mounted, violations) = (Dice::new(seed), Some(disk), Vec::new());
        Trial { mounted, load, dice, lives: 0, met: 0, went_on, ended, transfers: 0, violations }
    }

    fn disk(&self) -> &Disk {
        self.mounted.as_ref().expect("a disk")
    }

    /// One life with this fault; false when it was not met.
    async fn life(&mut self, kind: &str, errno: &str, n: u64) -> bool {
        self.make_room().await;
        self.lives += 1;
        let place = format!("{kind} {errno} {n}");
        self.disk().fail(kind, errno, n);
        self.load.exchange.agencies[VICTIM].start();
        self.load.add(MOVES);
        let (mut came, is_started) = self.work().await;
        if matches!(came, Came::Done) {
            let before = self.disk().failed();
            came = self.stop(VICTIM).await;
            if before.is_some() {
                self.judge_survival(&place, errno, before.as_deref().unwrap_or_default());
            }
        }
        let Some(failed) = self.disk().failed() else {
            // Not met, and still to come: whoever works on this disk next shall not meet it.
            self.disk().fail(kind, errno, u64::from(u32::MAX));
            self.sound(VICTIM, &place, &came);
            return false;
        };
        self.count(VICTIM, &Met { place: &place, errno, failed: &failed, is_started }, &came);
        if kind == "sync" {
            let content = left_by_power_cut(self.mounted.as_ref().expect("a disk"), &mut self.dice);
            self.mounts_again(content.path());
        }
        self.recovers(&format!("{place} ({failed})")).await;
        if self.lives.is_multiple_of(GROUP) {
            self.check_all().await;
        }
        true
    }

    /// The first start of an agency with this fault; false when it was not met.
    async fn birth(&mut self, kind: &str, errno: &str, n: u64) -> bool {
        let place = format!("new, {kind} {errno} {n}");
        let data = self.load.exchange.agencies[NEW].home.join("data");
        let mut disk = Disk::over(&data, None);
        disk.fail(kind, errno, n);
        self.load.exchange.agencies[NEW].start();
        let mut came = self.answers(NEW).await;
        if matches!(came, Came::Done) {
            came = self.stop(NEW).await;
        }
        let Some(failed) = disk.failed() else {
            self.sound(NEW, &place, &came);
            return false;
        };
        self.count(NEW, &Met { place: &place, errno, failed: &failed, is_started: false }, &came);
        if kind == "sync" {
            let content = left_by_power_cut(&disk, &mut self.dice);
            drop(disk);
            disk = Disk::over(&data, Some(content.path()));
        }
        self.load.exchange.agencies[NEW].start();
        let came = self.answers(NEW).await;
        let report = self.load.try_ask(NEW, &Request::Verify).await.unwrap_or_default();
        if !matches!(came, Came::Done) || report["clean"] != true || !matches!(self.stop(NEW).await, Came::Done) {
            self.violated(NEW, &place, &format!("{failed}: it does not begin soundly afterwards: {report}"));
        }
        self.load.exchange.agencies[NEW].kill();
        drop(disk);
        true
    }

    /// Done when it answers.
    async fn answers(&mut self, agency: usize) -> Came {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if let Some(status) = self.load.exchange.agencies[agency].ended() {
                return Came::Ended(status);
            }
            if self.load.try_ask(agency, &Request::Status).await.is_some() {
                return Came::Done;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        self.load.exchange.agencies[agency].kill();
        Came::Hung
    }

    /// Until all is done, or the daemon has ended; and whether it answered before anything failed.
    async fn work(&mut self) -> (Came, bool) {
        let begun = Instant::now();
        let (mut answers, mut is_started) = (false, false);
        while begun.elapsed() < PATIENCE {
            if let Some(status) = self.load.exchange.agencies[VICTIM].ended() {
                return (Came::Ended(status), is_started);
            }
            if !answers {
                answers = self.load.try_ask(VICTIM, &Request::Status).await.is_some();
                is_started = answers && self.disk().failed().is_none();
            }
            self.load.hand_in().await;
            self.load.bank_turn().await;
            if answers && self.load.is_drained().await {
                return (Came::Done, is_started);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        self.load.exchange.agencies[VICTIM].kill();
        (Came::Hung, is_started)
    }

    /// In order; a fault may still come.
    async fn stop(&mut self, agency: usize) -> Came {
        let begun = Instant::now();
        if let Some(pid) = self.load.exchange.agencies[agency].pid() {
            // Our own child, not waited for yet: the number is nobody else's.
            let _ = kill_process(pid, Signal::TERM);
        }
        while begun.elapsed() < PATIENCE {
            match self.load.exchange.agencies[agency].ended() {
                Some(status) if status.success() => return Came::Done,
                Some(status) => return Came::Ended(status),
                None => tokio::time::sleep(Duration::from_millis(5)).await,
            }
        }
        self.load.exchange.agencies[agency].kill();
        Came::Hung
    }

    fn violated(&mut self, agency: usize, place: &str, what: &str) {
        let log = show_log(&self.load.exchange.agencies[agency].home);
        let lines: Vec<&str> = log.lines().collect();
        let tail = lines[lines.len().saturating_sub(30)..].join("\n");
        self.violations.push(format!("{place}: {what}\n{tail}"));
    }

    /// Without a fault everything ends well.
    fn sound(&mut self, agency: usize, place: &str, came: &Came) {
        if let Came::Ended(status) = came {
            self.violated(agency, place, &format!("ended on a sound disk: {status}"));
        }
        self.sound_or_hung(agency, place, came);
    }

    fn sound_or_hung(&mut self, agency: usize, place: &str, came: &Came) {
        if matches!(came, Came::Hung) {
            self.violated(agency, place, "hangs");
        }
    }

    /// It worked on with this behind it. A write that failed under the database may not be written over.
    fn judge_survival(&mut self, place: &str, errno: &str, failed: &str) {
        let is_of_database = failed.ends_with(".db") || failed.ends_with("-wal") || failed.ends_with("-journal");
        if errno == "EIO" && is_of_database && (failed.starts_with("Write") || failed.starts_with("Sync")) {
            self.violated(VICTIM, place, &format!("went on after {failed}"));
        }
    }

    /// It ended: by itself, with a code; and not for a full disk, once it worked.
    fn judge_end(&mut self, agency: usize, met: &Met<'_>, status: ExitStatus) {
        let Met { place, errno, failed, is_started } = met;
        if status.code().is_none_or(|code| code == PANICKED) {
            self.violated(agency, place, &format!("{failed} ended it with {status}"));
        }
        if *errno == "ENOSPC" && *is_started && failed.starts_with("Write") {
            self.violated(agency, place, &format!("a full disk ended it: {failed}"));
        }
    }

    fn count(&mut self, agency: usize, met: &Met<'_>, came: &Came) {
        self.met += 1;
        let failed = if agency == NEW { format!("new, {}", met.failed) } else { met.failed.to_owned() };
        match came {
            Came::Done => *self.went_on.entry(failed).or_default() += 1,
            Came::Ended(status) => {
                *self.ended.entry(failed).or_default() += 1;
                self.judge_end(agency, met, *status);
            }
            Came::Hung => self.sound_or_hung(agency, met.place, came),
        }
    }

    fn mounts_again(&mut self, content: &std::path::Path) {
        // One after the other: unmounting takes what lies on top.
        self.mounted = None;
        let data = self.load.exchange.agencies[VICTIM].home.join("data");
        self.mounted = Some(Disk::over(&data, Some(content)));
    }

    /// On a sound disk everything is there and is done.
    async fn recovers(&mut self, place: &str) {
        self.load.exchange.agencies[VICTIM].start();
        match self.work().await.0 {
            Came::Done => {}
            Came::Ended(status) => return self.violated(VICTIM, place, &format!("does not start again: {status}")),
            Came::Hung => return self.violated(VICTIM, place, "does not finish its work afterwards"),
        }
        let report = self.load.try_ask(VICTIM, &Request::Verify).await.unwrap_or_default();
        if report["clean"] != true {
            self.violated(VICTIM, place, &format!("does not verify: {report}"));
        }
        let found = checker::at_any_moment(&self.load, VICTIM).await;
        self.violations.extend(found.into_iter().map(|what| format!("{place}: {what}")));
        if !matches!(self.stop(VICTIM).await, Came::Done) {
            self.violated(VICTIM, place, "does not stop in order afterwards");
        }
    }

    /// Everything is drained, stopped and held against each other; the peer goes on afterwards.
    async fn check_all(&mut self) {
        self.load.exchange.agencies[VICTIM].start();
        self.load.exchange.agencies[VICTIM].ready().await;
        self.load.drain().await;
        for agency in &mut self.load.exchange.agencies {
            agency.terminate();
        }
        self.violations.extend(checker::at_the_end(&self.load).await);
        self.load.exchange.agencies[0].start();
        self.load.exchange.agencies[0].ready().await;
    }

    /// Logs and databases do not grow for ever.
    async fn make_room(&mut self) {
        if self.lives > 0 && self.lives.is_multiple_of(LIVES_MOST) {
            self.transfers += self.load.people;
            self.mounted = None;
            let (load, disk) = exchange().await;
            (self.load, self.mounted) = (load, Some(disk));
        } else if self.disk().records() > RECORDS_MOST {
            let content = self.disk().copy();
            self.mounts_again(content.path());
        }
    }
}

/// What was not synced when the sync failed may be gone, as if the machine had been started again.
fn left_by_power_cut(disk: &Disk, dice: &mut Dice) -> tempfile::TempDir {
    let content = tempfile::tempdir_in("/dev/shm").expect("a folder");
    cut_at_the_end(&disk.log(), dice).write(content.path());
    content
}
