//! A third of the stories, unchanged, over a real broker: three daemons as processes, files carried to them and commands
//! given to them as people do it, a clock that is set ahead, and a SIGKILL where the story says crash. What is expected
//! is read from their databases by the same rules as in memory.
//!
//! Not among them: stories that order a broker to lose, withhold or return a letter or an agency to forget one, and those
//! that ask for what the program has no words for (a closed task, sending back no line).
//! `JIEXU_STORY=42` tells only the chosen stories whose names begin so.

mod acts;
mod gate;
mod papers;
mod town;

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Instant;

use crate::scenarios::vocabulary::{Line, Reader};
use crate::scenarios::{expect, stories};
use town::{Ground, Town};

/// The stories told here, by the number their files' names begin with.
const CHOSEN: &[&str] = &[
    "01", "02", "04", "06", "07", "08", "09", "10", "12", "14", "15", "17", "20", "22", "24", "25", "26", "28", "29",
    "31", "33", "36", "38", "39", "41", "42", "45", "47", "49", "50", "52", "53", "54", "55", "57", "60", "62", "80",
    "81", "84", "86", "87", "88",
];
/// Told at the same time: most of a story's time is waiting for processes.
const AT_ONCE: usize = 4;

async fn one_line(town: &mut Town, reader: &mut Reader, line: &str) -> Result<(), String> {
    match reader.read(line)? {
        None => Ok(()),
        Some(Line::Deed(deed)) => acts::carry_out(town, deed).await,
        Some(Line::Expect { agency, words }) => expect::expect(&town.sight(town.place(agency)), &words).await,
    }
}

async fn tell(ground: &Ground, place: usize, name: &str, text: &str) -> Result<(), String> {
    let mut town = Town::start(ground, place).await;
    let mut reader = Reader::default();
    for (number, line) in text.lines().enumerate() {
        let told = one_line(&mut town, &mut reader, line).await;
        told.map_err(|why| format!("{name}:{}: {line}: {why}", number + 1))?;
    }
    let mut faults = town.faults().await;
    faults.extend(acts::verified(&town).await);
    if faults.is_empty() { Ok(()) } else { Err(format!("{name}: {faults:#?}")) }
}

#[test]
fn a_third_of_the_stories_ends_over_rabbitmq_as_it_is_told() {
    let all = stories();
    let is_partial = std::env::var_os("JIEXU_STORY").is_some();
    let of_number = |number: &&str| all.iter().find(|(name, _)| name.starts_with(*number));
    let missing: Vec<&&str> = CHOSEN.iter().filter(|number| of_number(number).is_none()).collect();
    assert!(is_partial || missing.is_empty(), "chosen stories are missing: {missing:?}");
    assert!(is_partial || CHOSEN.len() * 3 >= all.len(), "{} of {} stories are no third", CHOSEN.len(), all.len());
    let chosen: Vec<_> = CHOSEN.iter().filter_map(of_number).collect();
    if chosen.is_empty() {
        return;
    }
    let ground = Ground::lay(chosen.len());
    let next = AtomicUsize::new(0);
    let work = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let mut failed = Vec::new();
        loop {
            let place = next.fetch_add(1, Relaxed);
            let Some((name, text)) = chosen.get(place) else { return failed };
            let begun = Instant::now();
            let told = runtime.block_on(tell(&ground, place, name, text));
            eprintln!("{name}: {:.1} s{}", begun.elapsed().as_secs_f64(), if told.is_ok() { "" } else { ", failed" });
            failed.extend(told.err());
        }
    };
    let failed: Vec<String> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("a story panicked")).collect()
    });
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
}
