//! The protocol as clerks tell it: `tests/scenarios/*.txt`, a dozen verbs, no Rust. Each story is told plainly, then with
//! every delivery doubled and in disorder, then with a crash of each agency between any two steps; the end is the same.
//! A third of them is told over RabbitMQ as well, see `over_rabbitmq`.
//!
//! `JIEXU_STORY=42` tells only the stories whose names begin so.

pub mod expect;
mod memory;
pub mod vocabulary;

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use jiexu::transport::memory::Chaos;

use crate::support::crowd::on_threads;
use crate::support::world::World;
use vocabulary::{Line, Reader};

#[derive(Debug, Clone, Copy)]
enum Telling {
    Plain,
    /// Every letter twice, neighbours swapped by this seed.
    Doubled(u64),
    /// The agency dies at its k-th boundary between two steps.
    Crash(usize, u64),
}

async fn one_line(world: &mut World, reader: &mut Reader, line: &str) -> Result<(), String> {
    match reader.read(line)? {
        None => Ok(()),
        Some(Line::Deed(deed)) => memory::carry_out(world, deed).await,
        Some(Line::Expect { agency, words }) => expect::expect(&world.sight(world.place(agency)), &words).await,
    }
}

/// Tells a story once; how often each agency could have died.
async fn tell(name: &str, text: &str, telling: Telling) -> Vec<u64> {
    let seed = if let Telling::Doubled(seed) = telling { seed } else { 1 };
    let mut world = World::new(3, seed).await;
    match telling {
        Telling::Plain => {}
        Telling::Doubled(_) => world.broker.chaos(Chaos { duplicate: 1_000, swap: 500, ..Chaos::default() }),
        Telling::Crash(n, at) => world.crash_at = Some((n, at)),
    }
    let mut reader = Reader::default();
    for (number, line) in text.lines().enumerate() {
        if let Err(why) = one_line(&mut world, &mut reader, line).await {
            panic!("{name}:{} ({telling:?}): {line}: {why}", number + 1);
        }
        let faults = world.books_faults().await;
        assert!(faults.is_empty(), "{name}:{} ({telling:?}): {faults:#?}", number + 1);
    }
    world.boundaries.clone()
}

/// Every story, by the name of its file.
pub fn stories() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let mut files: Vec<_> =
        std::fs::read_dir(folder).expect("tests/scenarios").map(|file| file.unwrap().path()).collect();
    files.sort();
    let name = |path: &Path| path.file_name().expect("a name").to_string_lossy().into_owned();
    if let Ok(wanted) = std::env::var("JIEXU_STORY") {
        files.retain(|path| name(path).starts_with(&wanted));
    }
    files.iter().map(|path| (name(path), std::fs::read_to_string(path).expect("a text"))).collect()
}

#[test]
fn every_story_ends_as_it_is_told_also_doubled_disordered_and_with_crashes() {
    let stories = stories();
    assert!(stories.len() >= 14 || std::env::var_os("JIEXU_STORY").is_some(), "stories are missing");
    let next = AtomicUsize::new(0);
    let work = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        while let Some((name, text)) = stories.get(next.fetch_add(1, Relaxed)) {
            let tellings = runtime.block_on(tell_in_every_way(name, text));
            eprintln!("{name}: told {tellings} times");
        }
    };
    on_threads(work);
}

/// Plainly, doubled and disordered, and with a crash; how many tellings.
async fn tell_in_every_way(name: &str, text: &str) -> usize {
    let boundaries = tell(name, text, Telling::Plain).await;
    let mut tellings = 1;
    for seed in 1..=3 {
        tell(name, text, Telling::Doubled(seed)).await;
        tellings += 1;
    }
    // Every seventh boundary, from another start for each agency: all kinds of step are hit over the stories.
    for (n, passed) in boundaries.iter().enumerate() {
        for at in (1 + n as u64..=*passed).step_by(crash_step()) {
            tell(name, text, Telling::Crash(n, at)).await;
            tellings += 1;
        }
    }
    tellings
}

/// `JIEXU_EVERY_CRASH=1` tries every boundary.
fn crash_step() -> usize {
    if std::env::var_os("JIEXU_EVERY_CRASH").is_some() { 1 } else { 7 }
}

#[test]
#[should_panic(expected = "no such verb")]
fn a_verb_nobody_knows_is_an_error() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(tell("a story", "530800 dances with 450200", Telling::Plain));
}
