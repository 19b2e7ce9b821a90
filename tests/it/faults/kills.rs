//! G1: daemons killed at random moments while people move, and nothing is lost, doubled or a fen off.

use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rustix::process::{Signal, kill_process};
use serde_json::json;
use tokio::net::UnixStream;
use tokio::task::JoinHandle;

use super::load::{CITIES, Load};
use super::{Goal, checker, number};

/// A life lasts between these once the daemon answers, in ms.
const LIFE_MS: std::ops::Range<u64> = 50..1_200;
/// One in so many is killed so long after its start instead, whether it answers by then or not.
const EARLY: u64 = 8;
/// Fewer cases under way would let kills hit idle daemons.
const OPEN_LEAST: i64 = 150;
/// A start that takes longer is killed all the same.
const START_MOST: Duration = Duration::from_secs(60);
/// Cases under way at most.
const OPEN_MOST: i64 = 1_500;
/// People added at once.
const BATCH: usize = 100;
/// Every so many kills the dead agency's file is looked at as it lies there.
const LOOK_EVERY: u64 = 10;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn daemons_are_killed_at_random_under_load_and_nothing_is_lost() {
    let goal = Goal::begin("G1").await;
    let (kills, transfers) = (number("JIEXU_KILLS", 30), number("JIEXU_TRANSFERS", 400));
    let transfers = usize::try_from(transfers).expect("a count");
    let mut dice = ChaCha8Rng::seed_from_u64(goal.seed);
    let mut load = Load::prepare(&CITIES);
    let mut violations = Vec::new();
    let (mut killed, mut at_work) = (0, 0);
    let mut killers: [Option<JoinHandle<()>>; 2] = [None, None];
    for (agency, killer) in killers.iter_mut().enumerate() {
        *killer = start(&mut load, agency, Some(life(&mut dice)));
    }
    while killed < kills || load.people < transfers || !load.all_handed_in() {
        if load.all_handed_in() && load.people < transfers.max(BATCH) && load.open_cases().await < OPEN_MOST {
            load.add(BATCH.min(transfers.max(BATCH) - load.people));
        } else if load.all_handed_in() && load.open_cases().await < OPEN_LEAST {
            // The kills are not done yet: they shall find work.
            load.add(40);
        }
        load.hand_in().await;
        load.bank_turn().await;
        for (agency, killer) in killers.iter_mut().enumerate() {
            if load.exchange.agencies[agency].ended().is_none() {
                continue;
            }
            killed += 1;
            at_work += u64::from(load.in_flight(agency).await > 0);
            if killed % LOOK_EVERY == 0 {
                violations.extend(checker::at_any_moment(&load, agency).await);
            }
            let next = (killed < kills).then(|| life(&mut dice));
            *killer = start(&mut load, agency, next);
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // The kills that are still on their way come before the end is looked at.
    for (agency, killer) in killers.iter_mut().enumerate() {
        let Some(killer) = killer.take() else { continue };
        killer.await.expect("a killer");
        while load.exchange.agencies[agency].ended().is_none() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        killed += 1;
        start(&mut load, agency, None);
    }
    let drained = load.drain().await;
    for agency in &mut load.exchange.agencies {
        let (took, well) = agency.terminate();
        assert!(well, "{} did not stop in order within {took:?}", agency.code);
    }
    violations.extend(checker::at_the_end(&load).await);
    let share = at_work as f64 / killed.max(1) as f64;
    if share < 0.6 {
        violations.push(format!("only {at_work} of {killed} kills hit during work"));
    }
    let figures = json!({ "kills": killed, "at_work": at_work, "transfers": load.people,
        "drained_seconds": (drained.as_secs_f64() * 10.0).round() / 10.0 });
    goal.end(killed, &violations, figures);
}

/// When a daemon is killed.
#[derive(Clone, Copy)]
struct Life {
    ms: u64,
    is_early: bool,
}

fn life(dice: &mut ChaCha8Rng) -> Life {
    Life { ms: dice.random_range(LIFE_MS), is_early: dice.random_range(0..EARLY) == 0 }
}

/// Starts a daemon; it is killed when its life is over, whatever it does then.
fn start(load: &mut Load, agency: usize, life: Option<Life>) -> Option<JoinHandle<()>> {
    let agency = &mut load.exchange.agencies[agency];
    agency.start();
    let (pid, life) = (agency.pid()?, life?);
    let socket = agency.socket();
    Some(tokio::spawn(async move {
        let begun = Instant::now();
        while !life.is_early && begun.elapsed() < START_MOST && UnixStream::connect(&socket).await.is_err() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        tokio::time::sleep(Duration::from_millis(life.ms)).await;
        // Our own child, not waited for before it is dead: the number is not anybody else's.
        let _ = kill_process(pid, Signal::KILL);
    }))
}
