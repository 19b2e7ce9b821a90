//! 损坏: a file that SQLite cannot trust, and a disk that failed under a write. Neither is ever tried again or mended by
//! itself: the process stops, and a person puts a sound file back.

use std::path::Path;

use sqlx::Row;

use super::{Store, StoreError, engine};

/// Primary result codes of SQLite.
const READONLY: i32 = 8;
const IOERR: i32 = 10;
const CORRUPT: i32 = 11;
const NOTADB: i32 = 26;
/// A larger file is checked beside the work.
const CHECKED_AT_START: u64 = 512 * 1024 * 1024;

fn primary(error: &sqlx::Error) -> Option<i32> {
    let sqlx::Error::Database(error) = error else { return None };
    // The extended code holds the primary one in its lowest byte.
    error.code()?.parse::<i32>().ok().map(|code| code & 0xff)
}

impl StoreError {
    pub(super) fn wrong_page(database: &Path, page: u32) -> StoreError {
        let finding = format!("第 {page} 页与写入时不同 / page {page} is not as it was written");
        StoreError::Damaged { path: database.display().to_string(), finding }
    }

    /// The file itself is broken.
    pub fn is_damage(&self) -> bool {
        match self {
            StoreError::Damaged { .. } => true,
            StoreError::Database(error) => matches!(primary(error), Some(CORRUPT | NOTADB)),
            StoreError::Migration(sqlx::migrate::MigrateError::Execute(error)) => {
                matches!(primary(error), Some(CORRUPT | NOTADB))
            }
            _ => false,
        }
    }

    /// What was written may be lost, or what is read may be wrong: only a new start, which reads everything again, helps.
    /// A write that failed must not be tried again over a page cache that forgot it. A file that could not be opened for
    /// writing SQLite opens for reading instead, and keeps it so for every later connection of the process.
    pub fn must_stop(&self) -> bool {
        let failed = |error: &sqlx::Error| matches!(primary(error), Some(IOERR | READONLY));
        match self {
            StoreError::Database(error) => self.is_damage() || failed(error),
            StoreError::Io { cause, .. } => cause.raw_os_error() == Some(rustix::io::Errno::IO.raw_os_error()),
            _ => self.is_damage(),
        }
    }
}

impl Store {
    /// Whether a start should wait for [`check_file`](Store::check_file): a large file is checked beside the work.
    pub fn is_checked_at_start(&self) -> bool {
        std::fs::metadata(&self.path).is_ok_and(|file| file.len() <= CHECKED_AT_START)
    }

    /// Reads every page and index once: `Damaged` with the first finding. About two seconds for each GB. A sound file
    /// then takes in what its log holds, so that the next check reads it there.
    pub async fn check_file(&self) -> Result<(), StoreError> {
        let (_, wrong) = self.wrong_pages().await?;
        if let Some(page) = wrong.first() {
            return Err(StoreError::wrong_page(&self.path, *page));
        }
        self.check_structure().await?;
        let mut writer = self.writer.lock().await;
        writer.renew().await?;
        self.fold(&mut writer, "PRAGMA wal_checkpoint(PASSIVE)").await
    }

    async fn check_structure(&self) -> Result<(), StoreError> {
        let damaged = |finding: String| StoreError::Damaged { path: self.path.display().to_string(), finding };
        let mut connection = self.readers.acquire().await?;
        let rows = match engine::rows(&mut connection, "PRAGMA quick_check(1)", vec![]).await {
            Ok(rows) => rows,
            Err(cause) if cause.is_damage() => return Err(damaged(cause.to_string())),
            Err(cause) => return Err(cause),
        };
        let finding = rows.first().map_or_else(String::new, |row| row.get::<String, _>(0));
        if finding == "ok" { Ok(()) } else { Err(damaged(finding)) }
    }
}
