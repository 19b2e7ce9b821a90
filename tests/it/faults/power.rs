//! G10: the power goes while people move, at any operation of the disk, and what was confirmed is there.
//!
//! One daemon of the two has its data folder on a disk that notes everything. Under load that disk stops at some operation,
//! the daemon is killed, and it goes on with its peer from what a power cut at that operation leaves, again and again; at
//! the end not a fen is off. Afterwards images of every moment of all those lives are made, opened by the product and held against what anybody
//! had been told by then.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use jiexu::domain::ids::AgencyCode;
use jiexu::store::Store;
use serde_json::json;
use sqlx::{AssertSqlSafe, Row};

use super::load::{CITIES, Load};
use super::stored::sqlite;
use super::{Goal, checker, conditions, number};
use crate::support::PATIENCE;
use crate::support::dice::Dice;
use crate::support::disk::Disk;
use crate::support::disk::log::Record;
use crate::support::power::{Image, Surface, cut_at_the_end};

/// Whose power goes.
const VICTIM: usize = 1;
/// A life is fewer operations of the disk than this: a new database takes about 2,000, and each person some hundreds.
const LIFE: usize = 8_000;
const BATCH: usize = 8;
/// Images of a disk that lies: what finds nothing wrong with any of them finds nothing.
const LIES: u64 = 10;
/// Cases under way at most.
const OPEN_MOST: i64 = 60;
/// What must be in an image once it was seen outside: a word, and the names of it that a database holds.
const KEPT: &[(&str, &str)] = &[
    ("applied", "SELECT SUBSTR(event_key, 13) FROM events WHERE event_key LIKE 'application/%'"),
    ("registered", "SELECT person_no FROM people"),
    ("imported-1", "SELECT bank_txn_no FROM bank_lines"),
    ("booked", "SELECT payment_ref FROM payments WHERE state <> 'released'"),
    (RECEIVED, "SELECT HEX(message_id) FROM outbox"),
];
/// A message of the victim that its peer has committed.
const RECEIVED: &str = "received";
const ROWS: &str = "SELECT n, hash FROM audit ORDER BY n";

/// What was known outside when the disk had come so far.
#[derive(Default)]
struct Told {
    /// Rows of the audit chain that a reader beside the daemon saw: seen is synced.
    height: Vec<(usize, i64)>,
    names: Vec<(usize, &'static str, String)>,
}

/// From one start of the victim to its power cut.
struct Life {
    log: Vec<Record>,
    /// So many records only say what lay on the disk at the start.
    base: usize,
    told: Told,
    /// As the daemon itself last had it, synced or not.
    had: Had,
}

/// What a database holds of what can be told; nothing while it is being made.
#[derive(Default)]
struct Had {
    audit: Vec<(i64, Vec<u8>)>,
    names: BTreeMap<&'static str, BTreeSet<String>>,
}

struct Trial {
    load: Load,
    dice: Dice,
    lives: Vec<Life>,
    /// Lines of the load's journal that were seen in earlier lives.
    journaled: usize,
    violations: Vec<String>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_power_goes_at_any_operation_and_what_was_confirmed_is_there() {
    let goal = Goal::begin("G10").await;
    let (images, cuts) = (number("JIEXU_IMAGES", 40), number("JIEXU_POWER_CUTS", 3));
    let people = usize::try_from(number("JIEXU_POWER_PEOPLE", 48)).expect("a count");
    let dice = Dice::new(goal.seed);
    let mut trial =
        Trial { load: Load::prepare(&CITIES), dice, lives: Vec::new(), journaled: 0, violations: Vec::new() };
    trial.load.exchange.agencies[0].start();
    trial.load.exchange.agencies[0].ready().await;
    let mut disk = Arc::new(Disk::over(&trial.data(), None));
    let mut hurt_cuts = 0;
    for _ in 0..cuts {
        trial.live(&disk, people, false).await;
        let image = trial.power_goes(&disk).await;
        hurt_cuts += u64::from(is_hurt(&image));
        let content = tempfile::tempdir_in("/dev/shm").expect("a folder");
        image.write(content.path());
        // One after the other: unmounting takes what lies on top.
        drop(disk);
        disk = Arc::new(Disk::over(&trial.data(), Some(content.path())));
    }
    trial.live(&disk, people, true).await;
    trial.violations.extend(checker::at_the_end(&trial.load).await);
    trial.power_goes(&disk).await;
    drop(disk);
    let tried = trial.images(images, false).await;
    trial.violations.extend(tried.violations);
    let lied_to = trial.images(LIES, true).await.wrong;
    if lied_to == 0 {
        trial.violations.push("a disk that forgets what it said it had was not noticed".to_owned());
    }
    // A disk that keeps everything would prove nothing.
    if tried.hurt * 2 < images {
        trial.violations.push(format!("only {} of {images} images lack anything", tried.hurt));
    }
    let records: usize = trial.lives.iter().map(|life| life.log.len()).sum();
    let told = &trial.lives.last().expect("a life").told;
    let told = told.names.len() + told.height.len();
    let conditions = conditions().replace("SIGKILL", "unsynced writes dropped, kept and torn at 512 bytes");
    let figures = json!({ "conditions": conditions, "images_hurt": tried.hurt, "wrong_of_10_lied_to": lied_to,
        "hurt": tried.files, "power_cuts": cuts, "power_cuts_hurt": hurt_cuts, "transfers": trial.load.people,
        "operations": records, "told": told });
    goal.end(images, &trial.violations, figures);
}

/// Something that was written to the database or its log is not there. The height beside them is never synced, and would
/// make a damage of nothing.
fn is_hurt(image: &Image) -> bool {
    image.hurt.iter().any(|name| name.ends_with(".db") || name.ends_with("-wal"))
}

#[derive(Default)]
struct Tried {
    /// Images with anything wrong.
    wrong: u64,
    violations: Vec<String>,
    hurt: u64,
    /// Images in which this file lacks anything.
    files: BTreeMap<String, u64>,
}

impl Trial {
    fn data(&self) -> std::path::PathBuf {
        self.load.exchange.agencies[VICTIM].home.join("data")
    }

    /// The victim starts and works; to the end of all work and in order, or until its disk stops in the middle of something.
    async fn live(&mut self, disk: &Arc<Disk>, people: usize, is_last: bool) {
        if !is_last {
            disk.cut(self.dice.below(LIFE));
        }
        self.load.exchange.agencies[VICTIM].start();
        let end = Arc::new(AtomicBool::new(false));
        let databases = [0, VICTIM].map(|n| self.load.exchange.agencies[n].database());
        let watch = tokio::spawn(watch(Arc::clone(disk), databases, Arc::clone(&end)));
        let begun = Instant::now();
        let mut names = Vec::new();
        let is_over = |trial: &Trial| match is_last {
            true => trial.load.all_handed_in() && trial.load.people >= people,
            false => disk.failed().is_some(),
        };
        while !is_over(self) {
            assert!(begun.elapsed() < PATIENCE, "neither the work nor the power comes to its end");
            if self.load.all_handed_in() && self.load.open_cases().await < OPEN_MOST {
                self.load.add(BATCH);
            }
            self.load.hand_in().await;
            self.load.bank_turn().await;
            self.promised(disk, &mut names);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        if is_last {
            self.load.drain().await;
            self.promised(disk, &mut names);
        }
        // It looks into the database and would keep the last one from folding the log into it.
        end.store(true, Relaxed);
        let mut told = watch.await.expect("a watcher");
        told.names.extend(names);
        let log = disk.log();
        let base = 1 + log.iter().position(|record| matches!(record, Record::FolderSynced { .. })).expect("a begin");
        // What was told before this life is there from its beginning.
        if let Some(before) = self.lives.last() {
            told.height.extend(before.told.height.iter().map(|(_, height)| (base, *height)));
            told.names.extend(before.told.names.iter().map(|(_, word, name)| (base, *word, name.clone())));
        }
        if is_last {
            for agency in &mut self.load.exchange.agencies {
                agency.terminate();
            }
        } else {
            self.load.exchange.agencies[VICTIM].kill();
        }
        // A copy, so that looking changes nothing.
        let copy = disk.copy();
        let had = held(&copy.path().join("jiexu.db")).await.unwrap_or_default();
        self.lives.push(Life { log: disk.log(), base, told, had });
    }

    /// What the victim or the bank has answered since the last look.
    fn promised(&mut self, disk: &Disk, names: &mut Vec<(usize, &'static str, String)>) {
        let text = std::fs::read_to_string(self.load.exchange.agencies[0].home.join("load.journal"));
        let text = text.expect("a journal");
        let at = disk.records();
        for line in text.lines().skip(self.journaled) {
            self.journaled += 1;
            let (word, name) = line.split_once(' ').expect("a word and a name");
            if let Some((word, _)) = KEPT.iter().find(|(kept, _)| *kept == word) {
                names.push((at, word, name.to_owned()));
            }
        }
    }

    /// What the victim finds when the power is back; its daemon is dead already.
    async fn power_goes(&mut self, disk: &Disk) -> Image {
        let image = cut_at_the_end(&disk.log(), &mut self.dice);
        let life = self.lives.last().expect("a life");
        let what = check(&image, life, life.log.len()).await;
        self.violations.extend(what.into_iter().map(|what| format!("life {}: {what}", self.lives.len())));
        image
    }

    /// An operation, counted over all lives: any one, or any one of a file that dice choose, so that files that are seldom
    /// written have their share.
    fn moment(&mut self) -> usize {
        let life = self.dice.below(self.lives.len());
        let before: usize = self.lives[..life].iter().map(|life| life.log.len()).sum();
        let Life { log, base, .. } = &self.lives[life];
        // The last of them is the moment before anything was done.
        let base = base - 1;
        if self.dice.strikes(75) {
            return before + base + self.dice.below(log.len() - base);
        }
        let files: Vec<Option<u64>> = log[base..].iter().map(file_of).collect::<BTreeSet<_>>().into_iter().collect();
        let file = files[self.dice.below(files.len())];
        let operations: Vec<usize> = (base..log.len()).filter(|n| file_of(&log[*n]) == file).collect();
        before + operations[self.dice.below(operations.len())]
    }

    /// So many images over all lives, at moments that dice choose. A disk that lies says of most syncs that they were done,
    /// and does nothing.
    async fn images(&mut self, count: u64, lies: bool) -> Tried {
        let mut moments: Vec<(usize, u64)> = (0..count).map(|seed| (self.moment(), seed)).collect();
        moments.sort_unstable();
        let mut moments = moments.into_iter().peekable();
        let mut tried = Tried::default();
        let mut before = 0;
        for (number, life) in self.lives.iter().enumerate() {
            let mut surface = Surface::default();
            for (n, record) in life.log.iter().enumerate() {
                if !(lies && matches!(record, Record::Synced { .. }) && self.dice.strikes(90)) {
                    surface.apply(record, &mut self.dice);
                }
                while let Some((_, seed)) = moments.next_if(|(at, _)| *at == before + n) {
                    let image = surface.cut(&mut Dice::new(seed));
                    tried.hurt += u64::from(is_hurt(&image));
                    for file in &image.hurt {
                        *tried.files.entry(file.clone()).or_default() += 1;
                    }
                    let what = check(&image, life, n + 1).await;
                    let place = format!("life {} at operation {n}, image {seed}", number + 1);
                    tried.wrong += u64::from(!what.is_empty());
                    tried.violations.extend(what.into_iter().map(|what| format!("{place}: {what}")));
                }
            }
            before += life.log.len();
        }
        tried
    }
}

fn file_of(record: &Record) -> Option<u64> {
    match record {
        Record::Created { file, .. }
        | Record::Wrote { file, .. }
        | Record::Sized { file, .. }
        | Record::Synced { file }
        | Record::SyncFailed { file } => Some(*file),
        Record::Removed { .. } | Record::Renamed { .. } | Record::FolderSynced { .. } => None,
    }
}

/// Looks beside the daemon until it is told to end: what is seen was synced before the disk had come so far.
async fn watch(disk: Arc<Disk>, databases: [std::path::PathBuf; 2], end: Arc<AtomicBool>) -> Told {
    const HEIGHT: &str = "SELECT COALESCE(MAX(n), 0) FROM audit";
    const RECEIVED_SINCE: &str = "SELECT rowid, HEX(message_id) FROM inbox WHERE rowid > $1 AND sender = $2";
    let mut told = Told::default();
    let (mut height, mut last) = (0, 0);
    while !end.load(Relaxed) {
        if let Some(mut peer) = sqlite(&databases[0]).await {
            let rows = sqlx::query(RECEIVED_SINCE).bind(last).bind(CITIES[VICTIM]).fetch_all(&mut peer).await;
            let at = disk.records();
            for row in rows.unwrap_or_default() {
                last = last.max(row.get(0));
                told.names.push((at, RECEIVED, row.get(1)));
            }
        }
        if let Some(mut file) = sqlite(&databases[1]).await {
            let seen = sqlx::query_scalar(HEIGHT).fetch_one(&mut file).await.unwrap_or(0);
            if seen > height {
                height = seen;
                told.height.push((disk.records(), height));
            }
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    told
}

/// None where the file cannot be read.
async fn held(database: &Path) -> Option<Had> {
    let mut file = sqlite(database).await?;
    let rows = sqlx::query(ROWS).fetch_all(&mut file).await.ok()?;
    let audit = rows.iter().map(|row| (row.get("n"), row.get("hash"))).collect();
    let mut names = BTreeMap::new();
    for (word, sql) in KEPT {
        let rows = sqlx::query(AssertSqlSafe(*sql)).fetch_all(&mut file).await.ok()?;
        names.insert(*word, rows.iter().map(|row| row.get(0)).collect());
    }
    Some(Had { audit, names })
}

/// What is wrong with what a power cut left after so many operations of a life.
async fn check(image: &Image, life: &Life, operations: usize) -> Vec<String> {
    let folder = tempfile::tempdir_in("/dev/shm").expect("a folder");
    image.write(folder.path());
    let database = folder.path().join("jiexu.db");
    let agency = AgencyCode::new(CITIES[VICTIM]).expect("a code");
    let mut found = Vec::new();
    let store = match Store::open(&database, &agency).await {
        Ok(store) => Arc::new(store),
        Err(cause) => return vec![format!("does not open: {cause}: {:?}", std::error::Error::source(&cause))],
    };
    if let Err(cause) = store.check_file().await {
        found.push(format!("the file: {cause}"));
    }
    match store.verify().await {
        Ok(report) => {
            let broken = report.checks.iter().filter(|check| !check.broken.is_empty());
            found.extend(broken.map(|check| format!("{} {}: {:?}", check.invariant, check.english, check.broken)));
        }
        Err(cause) => found.push(format!("verify: {cause}")),
    }
    let has = held(&database).await;
    store.close().await;
    let Some(has) = has else {
        found.push("cannot be read".to_owned());
        return found;
    };
    if !life.had.audit.starts_with(&has.audit) {
        found.push(format!("the audit chain of {} rows is not what the daemon wrote", has.audit.len()));
    }
    let by_then = |at: &usize| *at <= operations;
    let height = life.told.height.iter().filter(|(at, _)| by_then(at)).map(|(_, height)| *height).max().unwrap_or(0);
    if (has.audit.len() as i64) < height {
        found.push(format!("{} audit rows, and {height} were seen", has.audit.len()));
    }
    for (word, names) in &has.names {
        let told = life.told.names.iter().filter(|(at, told, _)| by_then(at) && told == word).map(|(.., name)| name);
        // Much is told of the other agency; what this one never had is not its to keep.
        let lost = told
            .filter(|name| life.had.names.get(word).is_some_and(|had| had.contains(*name)) && !names.contains(*name))
            .count();
        if lost > 0 {
            found.push(format!("{lost} times `{word}` was told and is lost"));
        }
    }
    found
}
