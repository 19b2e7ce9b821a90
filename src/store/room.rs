//! 磁盘余量: how much room the database's disk has left. Below the mark nothing new is taken, so that what is in hand can
//! still be written; work goes on by itself once there is a quarter more.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use serde::Serialize;

use super::StoreError;

/// The disk as it is now, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Free {
    pub free_bytes: u64,
    /// What must stay free.
    pub least_bytes: u64,
    /// Nothing new is taken.
    pub low: bool,
}

#[derive(Debug)]
pub struct Room {
    folder: PathBuf,
    least: AtomicU64,
    low: AtomicBool,
}

impl Room {
    /// Of the disk on which this file lies; nothing is kept free until [`keep`](Room::keep) says so.
    pub fn beside(file: &Path) -> Room {
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Room { folder: folder.to_owned(), least: AtomicU64::new(0), low: AtomicBool::new(false) }
    }

    /// So many bytes stay free.
    pub fn keep(&self, least: u64) {
        self.least.store(least, Relaxed);
    }

    /// One system call. A disk that cannot be asked counts as empty enough: writing to it says what is wrong.
    pub fn look(&self) -> Free {
        let least = self.least.load(Relaxed);
        let Ok(disk) = rustix::fs::statvfs(&self.folder) else {
            return Free { free_bytes: 0, least_bytes: least, low: false };
        };
        let free = disk.f_bavail.saturating_mul(disk.f_frsize);
        let enough = if self.low.load(Relaxed) { least.saturating_add(least / 4) } else { least };
        let low = free < enough;
        self.low.store(low, Relaxed);
        Free { free_bytes: free, least_bytes: least, low }
    }

    /// Whether something new may be taken.
    pub fn check(&self) -> Result<(), StoreError> {
        let free = self.look();
        if free.low { Err(StoreError::NoRoom(free)) } else { Ok(()) }
    }
}

/// MiB, as people read it.
pub fn mib(bytes: u64) -> u64 {
    bytes / (1024 * 1024)
}
