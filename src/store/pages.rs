//! 页校验: the checksum of each page of the database file, in a file beside it. SQLite keeps none: a byte that changes on
//! the disk in somebody's name or sum is read as if it had been written so.
//!
//! Pages reach the database file only out of the write-ahead log, and only by [`Store::fold`], which first puts the
//! checksums of what the log holds on the disk. So a page that does not stand in the log must be as its checksum says.
//! The log has checksums of its own; where it ends is held against the height (see height.rs).
//!
//! They are noted after each commit, without waiting for the disk: another program that opens the database of a killed
//! process folds the log in its own way when it closes, and the pages it leaves must be known. Before we fold, they are
//! put on the disk.
//!
//! The file only grows, batch by batch, each under its own checksum, until it is written anew: a power cut can only tear
//! batches whose pages were not folded yet.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::ops::Range;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crc::{CRC_32_ISCSI, Crc, Table};
use sqlx::Row;

use super::wal::{self, Position};
use super::{Store, StoreError, Writer, engine};
use crate::fault;

const NAME: &[u8; 16] = b"jiexu-pages-1\n\0\0";
/// SQLite's default, which we do not change.
const PAGE: usize = 4096;
/// Count, size of the database, salts, frames.
const BATCH_HEADER: usize = 20;
/// Frames of the log before they are folded into the file; 8 MiB.
const LONG: u32 = 2_000;
/// As long as somebody reads an older state the log cannot begin anew: it is folded again after so many.
const LONGER: u32 = 1_000;
/// Pages that are read while nothing is folded: 16 MiB.
const SLICE: u32 = 4_096;

static CRC: Crc<u32, Table<16>> = Crc::<u32, Table<16>>::new(&CRC_32_ISCSI);

/// Of one page. Finds every change of up to 32 bits in a row; chance hides one of four thousand million others.
pub fn checksum(page: &[u8]) -> u32 {
    CRC.checksum(page)
}

pub struct Pages {
    database: PathBuf,
    log: PathBuf,
    /// None until it is first written.
    file: Option<File>,
    path: PathBuf,
    length: u64,
    /// By page number from 1; `None` where nothing was ever written, such as SQLite's lock page.
    sums: Vec<Option<u32>>,
    /// Read from the log and not yet in our file.
    fresh: BTreeMap<u32, u32>,
    /// Our file may have more than the disk.
    is_unsynced: bool,
    /// They stand in the log, whatever the database file holds.
    logged: BTreeSet<u32>,
    position: Position,
    /// Frames at which the log is folded next.
    long: u32,
    /// The store has let go of the file; SQLite may be folding the log by itself.
    is_left: bool,
    open: Open,
}

/// SQLite's files, opened once and never closed while a connection is: the system takes all locks of a process on a file
/// when the process closes it anywhere, and another program that opens the database then believes that nobody has it.
/// Source: <https://www.sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_>.
#[derive(Default)]
struct Open {
    database: Option<File>,
    index: Option<File>,
}

/// The file at this path, opened now unless it is already.
fn once<'a>(slot: &'a mut Option<File>, path: &Path) -> std::io::Result<&'a File> {
    match slot {
        Some(file) => Ok(file),
        None => Ok(slot.insert(File::open(path)?)),
    }
}

/// What our file says.
struct Known {
    sums: Vec<Option<u32>>,
    position: (wal::Salts, u32),
    /// Up to the first batch that is not whole.
    length: u64,
}

fn beside(database: &Path) -> PathBuf {
    database.with_extension("pages")
}

/// SQLite's own files beside it: `-wal`, the log, and `-shm`, its index.
fn with(database: &Path, ending: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn set(sums: &mut Vec<Option<u32>>, page: u32, sum: u32) {
    let at = page.saturating_sub(1) as usize;
    if sums.len() <= at {
        sums.resize(at + 1, None);
    }
    sums[at] = Some(sum);
}

/// A batch as it stands in the file.
fn batch(sums: &BTreeMap<u32, u32>, size: u32, position: Position) -> Vec<u8> {
    let count = u32::try_from(sums.len()).unwrap_or(u32::MAX);
    let [salt_1, salt_2] = position.salts;
    let head = [count, size, salt_1, salt_2, position.frames];
    let words = head.into_iter().chain(sums.iter().flat_map(|(page, sum)| [*page, *sum]));
    let mut bytes: Vec<u8> = words.flat_map(u32::to_le_bytes).collect();
    bytes.extend(checksum(&bytes).to_le_bytes());
    bytes
}

/// Every whole batch; `None` where the file is none of ours.
fn parse(bytes: &[u8]) -> Option<Known> {
    let mut rest = bytes.strip_prefix(NAME)?;
    let mut known = Known { sums: Vec::new(), position: ([0, 0], 0), length: NAME.len() as u64 };
    loop {
        let word =
            |at: usize| rest.get(at..at + 4).map(|word| u32::from_le_bytes([word[0], word[1], word[2], word[3]]));
        let Some(end) = word(0).and_then(|count| (count as usize).checked_mul(8)?.checked_add(BATCH_HEADER)) else {
            break;
        };
        let is_whole = rest.get(..end).map(checksum).is_some_and(|sum| word(end) == Some(sum));
        let (Some(size), Some(salt_1), Some(salt_2), Some(frames)) = (word(4), word(8), word(12), word(16)) else {
            break;
        };
        if !is_whole {
            break;
        }
        for at in (BATCH_HEADER..end).step_by(8) {
            if let (Some(page), Some(sum)) = (word(at), word(at + 4)) {
                set(&mut known.sums, page, sum);
            }
        }
        known.sums.truncate(size as usize);
        known.position = ([salt_1, salt_2], frames);
        known.length += end as u64 + 4;
        rest = &rest[end + 4..];
    }
    Some(known)
}

impl Pages {
    /// Before anything is read.
    fn nothing(database: &Path, path: PathBuf) -> Pages {
        Pages {
            database: database.to_owned(),
            log: with(database, "-wal"),
            file: None,
            path,
            length: 0,
            sums: Vec::new(),
            fresh: BTreeMap::new(),
            is_unsynced: false,
            logged: BTreeSet::new(),
            position: Position::default(),
            long: LONG,
            is_left: false,
            open: Open::default(),
        }
    }

    /// Before SQLite opens the file. `None`: nothing is known yet, see [`Pages::learn`].
    pub fn load(database: &Path) -> Result<Option<Pages>, StoreError> {
        let path = beside(database);
        let failed = |cause| StoreError::Io { path: path.display().to_string(), cause };
        let damaged = |finding: String| StoreError::Damaged { path: path.display().to_string(), finding };
        let mut file = match OpenOptions::new().read(true).write(true).open(&path) {
            Ok(file) => file,
            Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(None),
            Err(cause) => return Err(failed(cause)),
        };
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(failed)?;
        let known = parse(&bytes).ok_or_else(|| damaged("页校验文件的开头已损坏 / its head is broken".to_owned()))?;
        let mut pages = Pages::nothing(database, path.clone());
        (pages.file, pages.length, pages.sums) = (Some(file), known.length, known.sums);
        // Noted by a process that was killed, perhaps.
        pages.is_unsynced = true;
        // Nobody has it open: whatever is whole counts, as it will for SQLite.
        pages.read_log(u32::MAX)?;
        let (salts, frames) = known.position;
        if frames > 0 && pages.position.salts == salts && pages.position.frames < frames {
            let there = pages.position.frames;
            return Err(damaged(format!(
                "写前日志只到第 {there} 帧，此前已到第 {frames} 帧 / the write-ahead log ends at frame {there} and had reached {frames}"
            )));
        }
        // Behind a batch that a power cut tore, later ones may stand whole: they must not follow what is written next.
        if pages.length < bytes.len() as u64
            && let Some(file) = &pages.file
        {
            file.set_len(pages.length).and_then(|()| file.sync_data()).map_err(failed)?;
        }
        // What a process that was killed had not synced yet counts from now on: it must not be lost after it was noted.
        if !pages.fresh.is_empty() {
            File::open(&pages.log).and_then(|log| log.sync_all()).map_err(failed)?;
        }
        // Whoever opens the file next may fold the log, also by failing and closing.
        pages.write_down()?;
        Ok(Some(pages))
    }

    /// Reads every page once and notes it: for a file that is new, comes from an earlier release or was put back. SQLite
    /// has opened it, and nobody writes.
    pub fn learn(database: &Path) -> Result<Pages, StoreError> {
        let path = beside(database);
        let failed = |cause| StoreError::Io { path: path.display().to_string(), cause };
        let mut pages = Pages::nothing(database, path.clone());
        let mut sums = Vec::new();
        let file = once(&mut pages.open.database, database).map_err(failed)?;
        let mut page = [0; PAGE];
        for number in 0..file.metadata().map_err(failed)?.len() / PAGE as u64 {
            file.read_exact_at(&mut page, number * PAGE as u64).map_err(failed)?;
            sums.push(checksum(&page));
        }
        (1..).zip(sums).for_each(|(number, sum)| pages.note(number, sum));
        pages.keep()?;
        Ok(pages)
    }

    fn failed(&self, cause: std::io::Error) -> StoreError {
        StoreError::Io { path: self.path.display().to_string(), cause }
    }

    fn note(&mut self, page: u32, sum: u32) {
        set(&mut self.sums, page, sum);
        self.fresh.insert(page, sum);
    }

    /// Whatever was committed since the last time.
    fn read_committed(&mut self) -> Result<(), StoreError> {
        let index = with(&self.database, "-shm");
        let committed = match once(&mut self.open.index, &index) {
            Ok(file) => wal::committed(file),
            Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(None),
            Err(cause) => Err(cause),
        };
        match committed.map_err(|cause| self.failed(cause))? {
            Some(frames) => self.read_log(frames),
            // It is there as long as anybody has the file open.
            None => Err(StoreError::Damaged {
                path: index.display().to_string(),
                finding: "写前日志的索引不见了 / the index of the write-ahead log is gone".to_owned(),
            }),
        }
    }

    fn read_log(&mut self, most: u32) -> Result<(), StoreError> {
        let mut position = self.position;
        let news = wal::read_on(&self.log, &mut position, most).map_err(|cause| self.failed(cause))?;
        self.position = position;
        if news.is_anew {
            self.logged.clear();
        }
        for (page, sum) in news.pages {
            self.note(page, sum);
            self.logged.insert(page);
        }
        if let Some(size) = news.size {
            self.sums.truncate(size as usize);
            self.fresh.split_off(&size.saturating_add(1));
        }
        Ok(())
    }

    /// Puts what is committed on the disk: from then on the log may be folded.
    pub fn keep(&mut self) -> Result<(), StoreError> {
        self.read_committed()?;
        self.write_down()
    }

    /// Notes what is committed, and leaves it to the system to put it on the disk.
    fn follow(&mut self) -> Result<(), StoreError> {
        self.read_committed()?;
        self.append().map_err(|cause| self.failed(cause))
    }

    fn size(&self) -> u32 {
        u32::try_from(self.sums.len()).unwrap_or(u32::MAX)
    }

    fn append(&mut self) -> std::io::Result<()> {
        if let Some(file) = self.file.as_ref().filter(|_| !self.fresh.is_empty()) {
            let more = batch(&self.fresh, self.size(), self.position);
            file.write_all_at(&more, self.length)?;
            self.length += more.len() as u64;
            self.is_unsynced = true;
            self.fresh.clear();
        }
        Ok(())
    }

    fn write_down(&mut self) -> Result<(), StoreError> {
        if self.fresh.is_empty() && !self.is_unsynced {
            return Ok(());
        }
        // Three times what is needed, and something for small files.
        let is_long = self.length > 24 * u64::from(self.size()) + 65_536;
        let written = match &self.file {
            Some(_) if !is_long => self.append().and_then(|()| self.file.as_ref().map_or(Ok(()), File::sync_data)),
            _ => self.write_anew(),
        };
        if written.is_err() {
            // Nobody knows what a file holds whose sync failed: the next time it is written anew.
            self.file = None;
        }
        written.map_err(|cause| self.failed(cause))?;
        self.fresh.clear();
        self.is_unsynced = false;
        Ok(())
    }

    fn write_anew(&mut self) -> std::io::Result<()> {
        let all = (1..).zip(&self.sums).filter_map(|(page, sum)| Some((page, (*sum)?))).collect();
        let (file, length) = write_anew(&self.path, &batch(&all, self.size(), self.position))?;
        (self.file, self.length) = (Some(file), length);
        Ok(())
    }

    /// Before anything is done with the file.
    pub fn first_wrong(&mut self) -> Result<Option<u32>, StoreError> {
        Ok(self.wrong(1..self.size().saturating_add(1))?.first().copied())
    }

    /// Which of these pages the database file does not hold as they were written.
    fn wrong(&mut self, numbers: Range<u32>) -> Result<Vec<u32>, StoreError> {
        self.read_committed()?;
        let sums = &self.sums;
        let is_wrong = |file: &File, number: u32| -> std::io::Result<bool> {
            let Some(Some(sum)) = sums.get(number as usize - 1) else { return Ok(false) };
            let mut page = [0; PAGE];
            match file.read_exact_at(&mut page, u64::from(number - 1) * PAGE as u64) {
                Ok(()) => Ok(checksum(&page) != *sum),
                // Missing.
                Err(cause) if cause.kind() == ErrorKind::UnexpectedEof => Ok(true),
                Err(cause) => Err(cause),
            }
        };
        let mut wrong = Vec::new();
        let looked = once(&mut self.open.database, &self.database).and_then(|file| {
            for number in numbers.filter(|number| !self.logged.contains(number)) {
                if is_wrong(file, number)? {
                    wrong.push(number);
                }
            }
            Ok(())
        });
        looked.map_err(|cause| self.failed(cause))?;
        Ok(wrong)
    }
}

/// A new file takes the place of the old one when it is whole and on the disk.
fn write_anew(path: &Path, bytes: &[u8]) -> std::io::Result<(File, u64)> {
    let part = path.with_extension("pages.part");
    let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(true).mode(0o600).open(&part)?;
    file.write_all(NAME)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&part, path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()?;
    Ok((file, (NAME.len() + bytes.len()) as u64))
}

impl Store {
    /// Before a batch: a log that has become long goes into the database file. Nothing of the batch is written yet, so
    /// that a failure here is as if it had not been given.
    pub(super) async fn fold_if_long(&self, writer: &mut Writer) -> Result<(), StoreError> {
        let (log, long) = {
            let pages = self.pages.lock().await;
            (pages.log.clone(), pages.long)
        };
        match wal::is_longer(&log, long) {
            Ok(false) => Ok(()),
            Ok(true) => self.fold(writer, "PRAGMA wal_checkpoint(PASSIVE)").await,
            Err(cause) => Err(StoreError::Io { path: log.display().to_string(), cause }),
        }
    }

    /// After a commit. While somebody reads the pages it is left to the next one, and so is a failure: until then only
    /// another program that folds the log would be taken for damage.
    pub(super) fn follow_pages(&self) {
        let Ok(mut pages) = self.pages.try_lock() else { return };
        if let Err(error) = pages.follow() {
            warn_unkept(&error);
        }
    }

    /// The checksums first, and on the disk; then the pages.
    pub(super) async fn fold(&self, writer: &mut Writer, pragma: &'static str) -> Result<(), StoreError> {
        let mut pages = Arc::clone(&self.pages).lock_owned().await;
        let kept = tokio::task::spawn_blocking(move || pages.keep().map(|()| pages)).await;
        let mut pages = kept.map_err(|cause| pages_lost(&self.path, &cause))??;
        fault::point("fold.kept");
        let folded = engine::rows(&mut writer.connection, pragma, vec![]).await;
        let rows = writer.after(folded)?;
        fault::point("fold.done");
        let number = |at: usize| rows.first().map_or(0, |row| row.get::<i64, _>(at));
        if number(1) == number(2) {
            // Everything lies in the file now, and is read from there.
            pages.logged.clear();
            pages.long = LONG;
        } else {
            pages.long = pages.position.frames.saturating_add(LONGER);
        }
        Ok(())
    }

    /// How many pages there are, and which of them the database file does not hold as they were written. 16 MiB at a
    /// time; work goes on between them.
    pub(super) async fn wrong_pages(&self) -> Result<(u32, Vec<u32>), StoreError> {
        let (mut first, mut all) = (1, Vec::new());
        loop {
            let mut pages = Arc::clone(&self.pages).lock_owned().await;
            let size = pages.size();
            if first > size {
                return Ok((size, all));
            }
            let numbers = first..first.saturating_add(SLICE).min(size.saturating_add(1));
            first = numbers.end;
            let wrong = tokio::task::spawn_blocking(move || pages.wrong(numbers)).await;
            all.extend(wrong.map_err(|cause| pages_lost(&self.path, &cause))??);
        }
    }
}

fn pages_lost(path: &Path, cause: &tokio::task::JoinError) -> StoreError {
    StoreError::Io { path: path.display().to_string(), cause: std::io::Error::other(cause.to_string()) }
}

/// SQLite folds the log by itself when its last connection closes: what is left behind is known before. Whoever holds
/// pages and connections lets go of the pages first; once a connection closes, the log says nothing that counts.
impl Drop for Pages {
    fn drop(&mut self) {
        if !self.is_left {
            self.leave();
        }
    }
}

impl Pages {
    /// The last connection is closed.
    pub fn close(&mut self) {
        self.open = Open::default();
    }

    /// Connections are about to close.
    pub fn leave(&mut self) {
        self.is_left = true;
        // A file that is not open, as before the first connection, has nothing new.
        let is_open = with(&self.database, "-shm").exists();
        // What failed once is written again as a whole.
        if let Err(error) = if is_open { self.keep().or_else(|_| self.keep()) } else { Ok(()) } {
            warn_unkept(&error);
        }
    }
}

fn warn_unkept(error: &StoreError) {
    tracing::warn!(code = "STORE_PAGES", %error, "页校验未能写下 / the checksums of pages cannot be kept");
}

impl Drop for Store {
    fn drop(&mut self) {
        // A check that nobody waits for any more may still read its 16 MiB.
        for _ in 0..1_000 {
            if let Ok(mut pages) = self.pages.try_lock() {
                return pages.leave();
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_behind_a_torn_batch_never_follows_a_new_one() {
        let folder = tempfile::tempdir().expect("a folder");
        let database = folder.path().join("jiexu.db");
        let one = |page, sum| BTreeMap::from([(page, sum)]);
        let batches = [one(1, 11), one(2, 22), one(3, 33)].map(|sums| batch(&sums, 3, Position::default()));
        let torn = [NAME.as_slice(), &batches[0], &vec![0; batches[1].len()], &batches[2]].concat();
        std::fs::write(beside(&database), torn).expect("a file");
        let mut pages = Pages::load(&database).expect("ours").expect("known");
        assert_eq!(pages.sums, [Some(11)]);
        pages.note(2, 222);
        pages.append().expect("appended");
        pages.is_left = true;
        let known = parse(&std::fs::read(beside(&database)).expect("a file")).expect("ours");
        assert_eq!(known.sums, [Some(11), Some(222)]);
    }

    #[test]
    fn what_is_torn_at_the_end_is_left_out_and_what_is_not_ours_is_refused() {
        let sums = |pages: &[(u32, u32)]| pages.iter().copied().collect::<BTreeMap<u32, u32>>();
        let position = Position::default();
        let first = batch(&sums(&[(1, 11), (2, 22), (4, 44)]), 4, position);
        let second = batch(&sums(&[(2, 222)]), 3, position);
        let whole = [NAME.as_slice(), &first, &second].concat();
        let known = parse(&whole).expect("ours");
        assert_eq!((known.sums, known.length), (vec![Some(11), Some(222), None], whole.len() as u64));
        for cut in NAME.len() + first.len()..whole.len() {
            let known = parse(&whole[..cut]).expect("ours");
            assert_eq!(known.sums, [Some(11), Some(22), None, Some(44)], "cut at {cut}");
            assert_eq!(known.length, (NAME.len() + first.len()) as u64);
        }
        for at in NAME.len()..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 0x40;
            assert!(parse(&changed).is_none_or(|known| known.length < whole.len() as u64), "byte {at}");
        }
        assert!(parse(&whole[..NAME.len() - 1]).is_none());
        assert!(parse(b"%PDF-1.7 some other file").is_none());
    }
}
