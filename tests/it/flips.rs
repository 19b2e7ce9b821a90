//! G12: one byte of what an agency keeps on its disk is another one than was written. It is found at the start, or it
//! changes nothing that anybody reads. `JIEXU_FLIPS=2000` tries as many; `JIEXU_SEED=n` begins elsewhere.

use std::collections::BTreeMap;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use jiexu::domain::directory::Directory;
use jiexu::domain::ids::AgencyCode;
use jiexu::store::{Store, StoreError};
use jiexu::wire::keys::SigningKey;
use jiexu::wire::registry::{RootKey, sign_directory, verify_directory};
use serde_json::json;
use sha2::{Digest, Sha256};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, Column, Connection, Row, TypeInfo, ValueRef, query};

use crate::support::crowd::on_threads;
use crate::support::dice::Dice;
use crate::support::goal;
use crate::support::people::listed;
use crate::support::transfers::{a_few_transfers, transfers};
use crate::support::world::folder;

/// The database, its write-ahead log, how far it has come, and the checksums of its pages.
const ENDINGS: [&str; 4] = ["db", "db-wal", "height", "pages"];

/// What lies on an agency's disk at some moment.
struct Disk {
    when: &'static str,
    agency: AgencyCode,
    files: BTreeMap<&'static str, Vec<u8>>,
    /// Of all rows.
    content: [u8; 32],
}

impl Disk {
    fn put(&self, database: &Path) {
        for ending in ENDINGS {
            let path = database.with_extension(ending);
            match self.files.get(ending) {
                Some(bytes) => std::fs::write(path, bytes).expect("a file"),
                None => drop(std::fs::remove_file(path)),
            }
        }
        let _ = std::fs::remove_file(database.with_extension("db-shm"));
    }
}

async fn connect(database: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(database).read_only(true);
    SqliteConnection::connect_with(&options).await.expect("a reader")
}

/// Every cell of every table, in order.
async fn content(database: &Path) -> Result<[u8; 32], sqlx::Error> {
    let mut reader = connect(database).await;
    let mut hash = Sha256::new();
    let tables = query("SELECT name, sql FROM sqlite_schema ORDER BY name").fetch_all(&mut reader).await?;
    for table in tables {
        let (name, sql): (String, Option<String>) = (table.try_get("name")?, table.try_get("sql")?);
        hash.update(format!("{name}\0{sql:?}\0"));
        if !sql.is_some_and(|sql| sql.starts_with("CREATE TABLE")) {
            continue;
        }
        let rows = query(AssertSqlSafe(format!("SELECT * FROM \"{name}\""))).fetch_all(&mut reader).await?;
        let mut lines: Vec<Vec<u8>> = rows.iter().map(line).collect();
        lines.sort();
        lines.iter().for_each(|line| hash.update(line));
    }
    reader.close().await?;
    Ok(hash.finalize().into())
}

fn line(row: &sqlx::sqlite::SqliteRow) -> Vec<u8> {
    let mut line = Vec::new();
    for column in row.columns() {
        let value = row.try_get_raw(column.ordinal()).expect("a cell");
        let kind = value.type_info().name().to_owned();
        let bytes = row.try_get_unchecked::<Option<Vec<u8>>, _>(column.ordinal()).expect("bytes");
        line.extend(format!("{}:{kind}:{:?};", column.name(), bytes).into_bytes());
    }
    line
}

/// The same agency at three moments: stopped in order; killed with everything in the log; killed when a part of the log
/// was folded into the file and work went on.
async fn disks() -> Vec<Disk> {
    let mut world = a_few_transfers(12).await;
    let path = world.nodes[0].store.path().to_owned();
    let mut disks = vec![read(&world.nodes[0].store, "all of it in the log").await];
    let mut reader = connect(&path).await;
    query("BEGIN").execute(&mut reader).await.expect("a snapshot");
    query("SELECT COUNT(*) FROM audit").fetch_one(&mut reader).await.expect("a look");
    world.nodes[0].store.check_file().await.expect("a sound file");
    world.days_pass(20).await;
    world.look_at_clocks().await;
    world.settle().await;
    disks.push(read(&world.nodes[0].store, "a part of the log folded").await);
    reader.close().await.expect("closed");
    world.nodes[0].store.check_file().await.expect("a sound file");
    world.days_pass(3).await;
    world.settle().await;
    disks.push(read(&world.nodes[0].store, "the log begun anew").await);
    Arc::clone(&world.nodes[0].store).close().await;
    disks.push(read(&world.nodes[0].store, "stopped in order").await);
    for disk in &disks {
        let log = disk.files.get("db-wal").map_or(0, Vec::len);
        assert_eq!(log > 0, disk.when != "stopped in order", "{}: a log of {log} bytes", disk.when);
        assert!(disk.files.contains_key("pages") && disk.files.contains_key("height"), "{}", disk.when);
    }
    disks
}

async fn read(store: &Store, when: &'static str) -> Disk {
    let path = store.path();
    let bytes = |ending| std::fs::read(path.with_extension(ending)).ok().map(|bytes| (ending, bytes));
    let agency = path.file_stem().and_then(|name| name.to_str()).expect("a name");
    let agency = AgencyCode::new(agency).expect("a code");
    let files = ENDINGS.into_iter().filter_map(bytes).filter(|(_, bytes)| !bytes.is_empty()).collect();
    Disk { when, agency, files, content: content(path).await.expect("a sound file") }
}

#[derive(Debug, PartialEq, Eq, Clone, Copy)]
enum Became {
    Found,
    Harmless,
    Silent,
}

/// Opens what lies there as a starting daemon does.
async fn start(disk: &Disk, database: &Path) -> Result<Became, StoreError> {
    let store = Arc::new(Store::open(database, &disk.agency).await?);
    let checked = store.check_file().await;
    let clean = match &checked {
        Ok(()) => store.verify().await.map(|report| report.clean),
        Err(_) => Ok(false),
    };
    let same = content(database).await.is_ok_and(|content| content == disk.content);
    store.close().await;
    checked?;
    Ok(match (same, clean?) {
        (true, true) => Became::Harmless,
        // It went on to serve with other rows, or with rows that `verify` would not pass.
        _ => Became::Silent,
    })
}

fn flipped(disk: &Disk, dice: &mut Dice) -> (&'static str, usize, u8) {
    // A small file is not passed over because the others are large.
    let endings: Vec<_> = disk.files.keys().copied().collect();
    let ending = if dice.strikes(20) {
        endings[dice.below(endings.len())]
    } else {
        let large: Vec<_> = endings.into_iter().filter(|ending| ending.starts_with("db")).collect();
        large[dice.below(large.len())]
    };
    let at = dice.below(disk.files[ending].len());
    (ending, at, u8::try_from(1 + dice.below(255)).expect("a byte"))
}

#[test]
fn one_changed_byte_is_found_or_changes_nothing() {
    let begun = Instant::now();
    let flips: usize = std::env::var("JIEXU_FLIPS").ok().and_then(|n| n.parse().ok()).unwrap_or(200);
    let seed: u64 = std::env::var("JIEXU_SEED").ok().and_then(|n| n.parse().ok()).unwrap_or(12);
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let disks = runtime().block_on(disks());
    let scratch = folder();
    let next = AtomicUsize::new(0);
    let found = on_threads(|| {
        let runtime = runtime();
        let mut of_thread = Vec::new();
        loop {
            let n = next.fetch_add(1, Ordering::Relaxed);
            if n >= flips {
                return of_thread;
            }
            let mut dice = Dice::new(seed ^ (n as u64) << 20);
            let disk = &disks[n % disks.len()];
            let (ending, at, xor) = flipped(disk, &mut dice);
            let home = scratch.path().join(n.to_string());
            std::fs::create_dir(&home).expect("a folder");
            let database = home.join("jiexu.db");
            disk.put(&database);
            let mut bytes = disk.files[ending].clone();
            bytes[at] ^= xor;
            std::fs::write(database.with_extension(ending), bytes).expect("a file");
            let became = match runtime.block_on(start(disk, &database)) {
                Ok(became) => became,
                Err(error) if is_named(&error) => Became::Found,
                Err(error) => panic!("{}: {ending} byte {at}: {error:?}", disk.when),
            };
            std::fs::remove_dir_all(&home).expect("a folder");
            of_thread.push((ending, became, format!("{}: {ending} byte {at} ^ {xor:#04x}", disk.when)));
        }
    });
    let all: Vec<_> = found.into_iter().flatten().collect();
    let silent: Vec<&String> =
        all.iter().filter(|(_, became, _)| *became == Became::Silent).map(|(.., name)| name).collect();
    let mut figures = json!({});
    for ending in ENDINGS {
        let count = |wanted| all.iter().filter(|(of, became, _)| *of == ending && *became == wanted).count();
        figures[ending.replace('-', "_")] =
            json!({ "found": count(Became::Found), "harmless": count(Became::Harmless) });
    }
    let conditions = "SQLite, one byte, four moments, in process";
    goal::line_with("G12", seed, all.len(), silent.len(), begun, conditions, figures);
    assert!(silent.is_empty(), "{silent:#?}");
    assert_eq!(all.len(), flips);
}

/// The start ends with words about the file, not with a surprise.
fn is_named(error: &StoreError) -> bool {
    error.is_damage()
        || matches!(error, StoreError::Older { .. } | StoreError::Foreign { .. } | StoreError::Newer { .. })
}

#[tokio::test]
async fn a_byte_that_changes_under_a_running_daemon_is_found_in_the_night() {
    let world = a_few_transfers(13).await;
    let store = &world.nodes[0].store;
    store.check_file().await.expect("a sound file");
    let file = std::fs::File::options().read(true).write(true).open(store.path()).expect("the file");
    let length = usize::try_from(file.metadata().expect("a length").len()).expect("a small file");
    let mut dice = Dice::new(1);
    for _ in 0..40 {
        let at = dice.below(length) as u64;
        let mut byte = [0];
        file.read_exact_at(&mut byte, at).expect("a byte");
        file.write_all_at(&[byte[0] ^ 0x10], at).expect("a write");
        let found = store.check_file().await;
        let page = format!("page {} ", at / 4096 + 1);
        assert!(
            matches!(&found, Err(StoreError::Damaged { finding, .. }) if finding.contains(&page)),
            "{at}: {found:?}"
        );
        file.write_all_at(&byte, at).expect("a write");
        store.check_file().await.expect("as it was written");
    }
}

#[tokio::test]
async fn a_file_without_checksums_is_learned_once() {
    let world = a_few_transfers(14).await;
    let store = &world.nodes[0].store;
    let path = store.path().to_owned();
    Arc::clone(store).close().await;
    let (home, agency) = (folder(), world.nodes[0].code.clone());
    let database: PathBuf = home.path().join("jiexu.db");
    std::fs::copy(&path, &database).expect("a copy, as an earlier release left it");
    let open = async || Arc::new(Store::open(&database, &agency).await.expect("a sound file"));
    open().await.close().await;
    assert!(database.with_extension("pages").exists());
    let mut bytes = std::fs::read(&database).expect("a file");
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(&database, bytes).expect("a file");
    let found = open().await.check_file().await;
    assert!(matches!(found, Err(StoreError::Damaged { .. })), "{found:?}");
}

/// The log does not grow for ever, and whatever was folded out of it meanwhile is known page by page.
#[tokio::test]
async fn a_long_log_is_folded_while_work_goes_on() {
    let world = transfers(15, 24).await;
    let (store, agency) = (&world.nodes[0].store, world.nodes[0].code.clone());
    let path = store.path().to_owned();
    let length = |ending| std::fs::metadata(path.with_extension(ending)).expect("a file").len();
    assert!(length("db-wal") < 12 << 20, "{} bytes in the log", length("db-wal"));
    assert!(store.verify().await.expect("an answer").clean);
    // A kill: what lies there now is what the next start finds.
    let home = folder();
    let database = home.path().join("jiexu.db");
    for ending in ENDINGS {
        std::fs::copy(path.with_extension(ending), database.with_extension(ending)).expect("a copy");
    }
    let alone = home.path().join("alone.db");
    std::fs::copy(&path, &alone).expect("a copy without its log");
    let folded = query("SELECT COUNT(*) FROM audit").fetch_one(&mut connect(&alone).await).await.expect("a count");
    assert!(folded.get::<i64, _>(0) > 0, "nothing was folded");
    let again = Arc::new(Store::open(&database, &agency).await.expect("a sound file"));
    again.check_file().await.expect("every page is known");
    assert!(again.verify().await.expect("an answer").clean);
    again.close().await;
    // Whoever opens the file after an orderly stop changes nothing that is not known.
    let other = SqliteConnectOptions::new().filename(&database);
    let other = SqliteConnection::connect_with(&other).await.expect("another program");
    other.close().await.expect("closed");
    let again = Arc::new(Store::open(&database, &agency).await.expect("a sound file"));
    again.check_file().await.expect("every page is known");
}

/// It folds the log in its own way when it closes: what was committed counts all the same, and what it writes does not.
#[tokio::test]
async fn another_program_may_look_into_what_a_killed_process_left_and_may_not_write() {
    let disks = disks().await;
    let killed: Vec<_> = disks.iter().filter(|disk| disk.when != "stopped in order").collect();
    assert_eq!(killed.len(), 3);
    for disk in killed {
        let home = folder();
        let database = home.path().join("jiexu.db");
        let other = async |sql| {
            disk.put(&database);
            let options = SqliteConnectOptions::new().filename(&database);
            let mut other = SqliteConnection::connect_with(&options).await.expect("another program");
            query(sql).execute(&mut other).await.expect("a sound statement");
            other.close().await.expect("closed");
            let left = std::fs::metadata(database.with_extension("db-wal")).map_or(0, |log| log.len());
            assert_eq!(left, 0, "{}: the log is folded", disk.when);
            start(disk, &database).await
        };
        let looked = other("SELECT COUNT(*) FROM audit").await;
        assert!(matches!(looked, Ok(Became::Harmless)), "{}: {looked:?}", disk.when);
        let wrote = other("UPDATE accounts SET balance = balance + 1").await;
        assert!(matches!(wrote, Err(StoreError::Damaged { .. })), "{}: {wrote:?}", disk.when);
    }
}

#[test]
fn a_changed_byte_of_the_directory_is_refused() {
    let root = SigningKey::from_secret(&[9; 32]);
    let directory = listed(2);
    let bytes = serde_json::to_vec_pretty(directory).expect("a directory");
    let signatures = sign_directory(&bytes, &[&root]).into_bytes();
    let roots = [RootKey::of(&root)];
    let read = |bytes: &[u8], signatures: &[u8]| verify_directory(bytes, signatures, &roots, 1, 0);
    let sound: Directory = read(&bytes, &signatures).expect("a sound directory");
    let mut dice = Dice::new(3);
    for n in 0..400 {
        let of_signature = n % 4 == 0;
        let mut changed = if of_signature { signatures.clone() } else { bytes.clone() };
        let at = dice.below(changed.len());
        changed[at] ^= u8::try_from(1 + dice.below(255)).expect("a byte");
        let taken = if of_signature { read(&bytes, &changed) } else { read(&changed, &signatures) };
        // Spaces between the signatures' fields mean nothing; a byte of the directory always does.
        assert!(taken.is_err() || (of_signature && taken.is_ok_and(|taken| taken == sound)), "byte {at}");
    }
}
