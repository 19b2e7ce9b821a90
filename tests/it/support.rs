//! What several tests share: real servers, started once, and ways to disturb them.

pub mod bank;
pub mod books;
pub mod clerk;
pub mod crowd;
pub mod dice;
pub mod drive;
pub mod exchange;
pub mod goal;
pub mod people;
pub mod rabbit;
pub mod sight;
pub mod sources;
pub mod wire_cutter;
pub mod world;

use std::time::{Duration, Instant};

/// Waits until it is so; fails the test after `seconds`.
pub async fn eventually(what: &str, seconds: u64, mut so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !so() {
        assert!(begun.elapsed() < Duration::from_secs(seconds), "not within {seconds} s: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
