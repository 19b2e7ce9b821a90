//! What several tests share: real servers, started once, and ways to disturb them.

pub mod amqp_proxy;
pub mod bank;
pub mod books;
pub mod clerk;
pub mod cluster;
pub mod crowd;
pub mod dice;
pub mod disk;
pub mod drive;
pub mod exchange;
pub mod footprint;
pub mod goal;
pub mod people;
pub mod power;
pub mod rabbit;
pub mod restoring;
pub mod sight;
pub mod sources;
pub mod torn;
pub mod transfers;
pub mod wire_cutter;
pub mod world;

use std::path::Path;
use std::time::{Duration, Instant};

/// Ends a test that hangs, and nothing else: a machine whose cores are lent out needs ten times as long as a calm one.
pub const PATIENCE: Duration = Duration::from_secs(300);

/// What a goal or a page of documentation promises. How long something takes is judged only where it is asked for, with
/// `JIEXU_STRICT=1` on a calm machine as `tests/faults.sh` does; otherwise the figure is told and only hanging fails.
pub fn allowed(promised: Duration) -> Duration {
    if std::env::var_os("JIEXU_STRICT").is_some() { promised } else { PATIENCE }
}

pub fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder").map(|entry| entry.expect("an entry")) {
        let to = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            copy_folder(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).expect("a copy");
        }
    }
}

/// Waits until it is so.
pub async fn eventually(what: &str, mut so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !so() {
        assert!(begun.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
