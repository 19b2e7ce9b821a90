//! What a process holds: threads, open descriptors, memory. Read from the kernel, never asked of the process.

use std::path::Path;
use std::time::{Duration, Instant};

use rustix::process::Pid;
use serde::Serialize;

use super::PATIENCE;

/// What comes and goes by itself is counted apart: the database's readers, three at most, which end when nobody reads,
/// and the runtime's threads, of which all beyond one a core end after ten idle seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Footprint {
    pub threads: u64,
    pub descriptors: u64,
    pub runtime_threads: u64,
    pub database_threads: u64,
    pub database_files: u64,
    pub resident_kb: u64,
}

/// What the kernel calls the database library's threads: it keeps 15 letters of a name.
const DATABASE_THREAD: &str = "sqlx-sqlite-wor";
const RUNTIME_THREAD: &str = "tokio-rt-worker";
const DATABASE_FILE: &str = "/jiexu.db";

impl Footprint {
    /// None once the process is gone.
    pub fn of(pid: Pid) -> Option<Footprint> {
        let folder = Path::new("/proc").join(pid.as_raw_nonzero().to_string());
        let status = std::fs::read_to_string(folder.join("status")).ok()?;
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        let mut held = Footprint {
            threads: 0,
            descriptors: 0,
            runtime_threads: 0,
            database_threads: 0,
            database_files: 0,
            resident_kb: resident.split_whitespace().next()?.parse().ok()?,
        };
        for thread in std::fs::read_dir(folder.join("task")).ok()?.flatten() {
            // One that has just ended has no name.
            let Ok(name) = std::fs::read_to_string(thread.path().join("comm")) else { continue };
            *match name.trim_end() {
                DATABASE_THREAD => &mut held.database_threads,
                RUNTIME_THREAD => &mut held.runtime_threads,
                _ => &mut held.threads,
            } += 1;
        }
        for descriptor in std::fs::read_dir(folder.join("fd")).ok()?.flatten() {
            let Ok(target) = std::fs::read_link(descriptor.path()) else { continue };
            let is_database = target.to_string_lossy().contains(DATABASE_FILE);
            *(if is_database { &mut held.database_files } else { &mut held.descriptors }) += 1;
        }
        Some(held)
    }

    /// Threads and descriptors without those that come and go.
    pub fn own(&self) -> (u64, u64) {
        (self.threads, self.descriptors)
    }

    /// The same for this long: nothing is being connected or answered any more.
    pub async fn settled(pid: Pid, calm: Duration) -> Footprint {
        let begun = Instant::now();
        let (mut last, mut since) = (Footprint::of(pid).expect("a running process"), Instant::now());
        while since.elapsed() < calm {
            assert!(begun.elapsed() < PATIENCE, "it never comes to rest: {last:?}");
            tokio::time::sleep(Duration::from_millis(100)).await;
            let now = Footprint::of(pid).expect("a running process");
            if now.own() != last.own() {
                since = Instant::now();
            }
            last = now;
        }
        last
    }
}
