//! A power cut in the middle of a commit: of what the commit wrote, only a part reached the disk.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiexu::store::Store;
use sqlx::Row;

use super::dice::Dice;
use super::world::{World, reader_of};

const AUDITED: &str = "SELECT COUNT(*) AS n FROM audit";

/// What lies on the disk of one agency.
struct Disk {
    database: Vec<u8>,
    log: Vec<u8>,
    height: Vec<u8>,
    pages: Vec<u8>,
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

impl Disk {
    fn read(path: &Path) -> Disk {
        let bytes = |path: PathBuf| std::fs::read(path).unwrap_or_default();
        Disk {
            database: bytes(path.to_owned()),
            log: bytes(beside(path, "-wal")),
            height: bytes(path.with_extension("height")),
            pages: bytes(path.with_extension("pages")),
        }
    }

    fn write(&self, path: &Path) {
        let put = |path: PathBuf, bytes: &[u8]| std::fs::write(path, bytes).expect("a file of the world");
        put(path.to_owned(), &self.database);
        put(beside(path, "-wal"), &self.log);
        put(path.with_extension("height"), &self.height);
        put(path.with_extension("pages"), &self.pages);
    }
}

impl World {
    /// Commits what is in hand, and the machine loses power before the last byte of it is on the disk: the agency starts
    /// again on what is left. False when there was nothing to commit, or the commit must be there.
    pub async fn tears_commit(&mut self, n: usize, dice: &mut Dice) -> bool {
        let path = self.nodes[n].store.path().to_owned();
        let audited = self.audited(n).await;
        let mut disk = Disk::read(&path);
        if !self.commit(n).await {
            return false;
        }
        let after = Disk::read(&path);
        if after.database != disk.database {
            // The log had become long and was folded before the batch. A database file is on the disk before its log
            // begins anew.
            disk.database = after.database;
        }
        let written = after.log;
        // The log may have been begun anew: as long as before, other bytes.
        let shared = disk.log.len().min(written.len());
        let pairs = || disk.log.iter().zip(&written).map(|(before, after)| before != after);
        let grew = (written.len() > shared).then_some(written.len() - 1);
        let Some(last) = grew.or_else(|| pairs().rposition(|differs| differs)) else { return false };
        let first = pairs().position(|differs| differs).unwrap_or(shared);
        // The last byte is missing in any case.
        let cut = first + dice.below(last + 1 - first);
        let stale = disk.log.split_off(cut.min(disk.log.len()));
        disk.log = [&written[..cut], &stale].concat();
        self.begins_again_on(n, &disk).await;
        assert_eq!(self.audited(n).await, audited, "half a commit is none");
        true
    }

    async fn audited(&self, n: usize) -> i64 {
        self.rows(n, AUDITED).await[0].get("n")
    }

    async fn begins_again_on(&mut self, n: usize, disk: &Disk) {
        let restarts = self.nodes[n].restarts;
        let code = self.nodes[n].code.clone();
        let path = self.folder.path().join(format!("{code}-{restarts}.db"));
        disk.write(&path);
        let store = Arc::new(Store::open(&path, &code).await.expect("a torn log is no damage"));
        store.check_file().await.expect("every page is as it was written");
        let node = &mut self.nodes[n];
        *node.reader.get_mut() = reader_of(&path).await;
        let torn = std::mem::replace(&mut node.store, store);
        let old = torn.path().to_owned();
        torn.close().await;
        let _ = std::fs::remove_file(old);
        self.crash(n).await;
    }
}
