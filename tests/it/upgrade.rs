//! 升级 (G13, F64): what older programs left behind is opened by today's, in the middle of everything. Not a row is lost, the
//! older file is kept, a process that is killed on the way leaves the file to the older program, and the agencies go on
//! with each other to the end of every case.
//!
//! `tests/upgrade/*.lzma` were written on older commits, see tests/upgrade/README.md. The long form, with more than 500 cases
//! and daemons of both programs beside each other, is `tests/faults.sh G13`.

mod killed;
mod left;
mod make;
mod picture;
mod resumed;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Instant;

use jiexu::domain::case::table;
use jiexu::store::Store;
use jiexu::store::upgrade::copy_name;
use serde_json::json;

use self::left::Left;
use self::make::{Place, Size};
use self::picture::Picture;
use crate::support::goal;
use crate::support::people::code;
use crate::support::world::folder;

/// What the last migration of today's program is.
pub const TODAY: i64 = 21;

/// What lies in tests/upgrade: the name, and how many stands its cases have at least.
const LEFT: &[(&str, usize)] = &[("schema-20", 63), ("schema-12", 44)];

fn fixture(name: &str) -> (Left, Vec<Vec<u8>>) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/upgrade/{name}.lzma"));
    unpacked(&std::fs::read(&path).unwrap_or_else(|cause| panic!("{}: {cause}", path.display())))
}

fn unpacked(packed: &[u8]) -> (Left, Vec<Vec<u8>>) {
    let mut bytes = Vec::new();
    let reader = lzma_rust2::LzmaReader::new_mem_limit(packed, 1 << 20, None);
    reader.expect("an lzma file").read_to_end(&mut bytes).expect("a whole file");
    left::read(&bytes)
}

/// The files as the older program left them, in a folder.
fn laid_out(folder: &Path, left: &Left, files: &[Vec<u8>]) -> Vec<PathBuf> {
    let path = |agency: &left::LeftAgency| folder.join(format!("{}.db", agency.code));
    let paths: Vec<PathBuf> = left.agencies.iter().map(path).collect();
    paths.iter().zip(files).for_each(|(path, file)| std::fs::write(path, file).expect("a database"));
    paths
}

/// What was done with one set of databases.
#[derive(Default)]
struct Done {
    cases: usize,
    stands: BTreeMap<Place, usize>,
    ended: usize,
    open: Vec<String>,
    broken: Vec<String>,
}

async fn upgraded(left: &Left, files: &[Vec<u8>]) -> Done {
    let mut done = Done::default();
    let folder = folder();
    let paths = laid_out(folder.path(), left, files);
    for (agency, path) in left.agencies.iter().zip(&paths) {
        let before = Picture::of(path).await;
        assert_eq!(before.schema, agency.schema);
        for table in
            ["inbox", "outbox", "cases", "entries", "audit", "tasks", "bank_lines", "payments", "closes", "digests"]
        {
            assert!(before.count(table) > 0, "{} left no {table}", agency.code);
        }
        let broken = opened(&agency.code, path, &before).await;
        done.broken.extend(broken.into_iter().map(|what| format!("{}: {what}", agency.code)));
    }
    // The files as they were, under agencies that go on.
    let mut resumed = resumed::resume(left, files).await;
    let places = make::places(&resumed.world).await;
    done.cases = places.len();
    places.into_values().flatten().for_each(|place| *done.stands.entry(place).or_default() += 1);
    done.broken.extend(resumed.go_on().await);
    done.open = resumed.open().await;
    done.ended = done.cases - done.open.len();
    done
}

/// One database is opened by today's program, twice; what of it is not as it should be.
async fn opened(agency: &str, path: &Path, before: &Picture) -> Vec<String> {
    let us = code(agency);
    let mut broken = Vec::new();
    for _ in 0..2 {
        let store = std::sync::Arc::new(Store::open(path, &us).await.expect("opened and migrated"));
        let report = store.verify().await.expect("verified");
        broken.extend(report.checks.iter().filter(|check| !check.broken.is_empty()).map(|check| format!("{check:?}")));
        store.close().await;
    }
    broken.extend(before.missing_in(path).await);
    let now = Picture::of(path).await.schema;
    if now != TODAY {
        broken.push(format!("schema {now}"));
    }
    broken.extend(kept(agency, path, before).await);
    broken
}

/// The copy from before: one, proven by its manifest, and what the older program would go on from.
async fn kept(agency: &str, path: &Path, before: &Picture) -> Vec<String> {
    let mut broken = Vec::new();
    let copy = copy_name(path, TODAY, 1);
    match jiexu::store::backup::check(&copy, &code(agency)) {
        Ok(manifest) if manifest.schema != before.schema => {
            broken.push(format!("a copy of schema {}", manifest.schema))
        }
        Ok(_) => {}
        Err(cause) => return vec![format!("no copy from before: {cause}")],
    }
    if Picture::of(&copy).await != *before {
        broken.push("the copy is not what was there".to_owned());
    }
    if copy_name(path, TODAY, 2).exists() {
        broken.push("a second copy".to_owned());
    }
    broken
}

/// All stands of the table, in both roles.
fn stands_there_are() -> usize {
    let of = |role| {
        table::stands(role).iter().flat_map(move |stand| stand.money.iter().map(|money| (stand.relation, *money)))
    };
    table::ROLES.iter().map(|role| of(role).collect::<BTreeSet<_>>().len()).sum()
}

/// What a later release will be tried with: `JIEXU_WRITE=FILE` keeps it, of the size that tests/upgrade.sh asks for.
#[tokio::test]
async fn this_program_can_be_left_in_the_middle_of_everything() {
    let number = |name: &str, otherwise: u32| {
        std::env::var(name)
            .map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{name}={text} is no number")))
    };
    let rounds = usize::try_from(number("JIEXU_ROUNDS", 12)).expect("a few");
    let size = Size { people: number("JIEXU_PEOPLE", 30), rounds };
    let commit = std::env::var("JIEXU_COMMIT").unwrap_or_default();
    let (left, files) = make::make(u64::from(number("JIEXU_SEED", 1)), size, commit).await;
    let bytes = left::write(&left, &files);
    if let Some(path) = std::env::var_os("JIEXU_WRITE") {
        std::fs::write(path, &bytes).expect("written");
    }
    let (read, again) = left::read(&bytes);
    assert_eq!((read.agencies.len(), &again), (3, &files));
    assert!(read.agencies.iter().all(|agency| agency.schema == TODAY), "{:?}", read.agencies);
    let resumed = resumed::resume(&read, &again).await;
    let places = make::places(&resumed.world).await;
    let stands: BTreeSet<&Place> = places.values().flatten().collect();
    assert!(places.len() >= 25 && stands.len() >= 15, "{} cases in {} stands", places.len(), stands.len());
}

#[tokio::test]
async fn what_older_programs_left_is_opened_kept_and_ended() {
    let begun = Instant::now();
    let (mut cases, mut ended, mut broken, mut figures) = (0, 0, Vec::new(), Vec::new());
    let mut all: Vec<(String, usize, Left, Vec<Vec<u8>>)> = LEFT
        .iter()
        .map(|(name, least)| {
            let (left, files) = fixture(name);
            ((*name).to_owned(), *least, left, files)
        })
        .collect();
    if let Some(path) = std::env::var_os("JIEXU_LEFT") {
        let (left, files) = left::read(&std::fs::read(&path).expect("what an older program left"));
        all.push(("JIEXU_LEFT".to_owned(), 0, left, files));
    }
    for (name, least, left, files) in all {
        let done = upgraded(&left, &files).await;
        println!("{name}, written by {}: {} cases in {} stands", left.commit, done.cases, done.stands.len());
        for ((role, relation, money), count) in &done.stands {
            println!("  {role} {relation} {money}: {count}");
        }
        assert!(done.stands.len() >= least, "{name} has lost stands: {}", done.stands.len());
        println!("  still waits for a person at the end: {:#?}", done.open);
        figures.push(json!({ "from": left.commit, "schema": left.agencies[0].schema, "cases": done.cases,
            "stands": done.stands.len(), "of_stands": stands_there_are(), "ended": done.ended, "waits_for_a_person": done.open.len() }));
        (cases, ended) = (cases + done.cases, ended + done.ended);
        broken.extend(done.broken.into_iter().map(|what| format!("{name}: {what}")));
    }
    let figures = json!({ "ended": ended, "upgrades": figures });
    goal::line_with("G13", 0, cases, broken.len(), begun, "3 agencies, databases of older programs, SQLite", figures);
    assert!(broken.is_empty(), "{broken:#?}");
}
