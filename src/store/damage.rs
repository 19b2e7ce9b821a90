//! 损坏: a file that SQLite cannot trust, and a disk that failed under a write. Neither is ever tried again or mended by
//! itself: the process stops, and a person puts a sound file back.

use sqlx::Row;

use super::{Store, StoreError, engine};

/// Primary result codes of SQLite.
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
    /// A write that failed must not be tried again over a page cache that forgot it.
    pub fn must_stop(&self) -> bool {
        let failed = |error: &sqlx::Error| primary(error) == Some(IOERR);
        self.is_damage() || matches!(self, StoreError::Database(error) if failed(error))
    }
}

impl Store {
    /// Whether a start should wait for [`check_file`](Store::check_file): a large file is checked beside the work.
    pub fn is_checked_at_start(&self) -> bool {
        std::fs::metadata(&self.path).is_ok_and(|file| file.len() <= CHECKED_AT_START)
    }

    /// Reads every page and index once: `Damaged` with SQLite's first finding. About a second for each GB.
    pub async fn check_file(&self) -> Result<(), StoreError> {
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
