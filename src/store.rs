//! The agency's memory: the only module that knows the database. One `look`, one `commit` for a batch of events.
//! It decides nothing; a commit is refused whole when anything in it was decided on stale knowledge.

mod audit;
pub mod backup;
mod calendar;
mod commit;
mod damage;
mod engine;
mod height;
mod lock;
mod look;
mod notices;
mod pages;
mod peers;
pub mod proof;
mod relay;
mod restore;
mod room;
mod rows;
mod sql;
pub mod upgrade;
pub mod verify;
pub mod views;
mod wal;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::SqliteSynchronous;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions};
use sqlx::{ConnectOptions, Connection, Row};
use tokio::sync::Mutex;

use crate::domain::ids::AgencyCode;
use crate::fault;
use engine::Value;
use height::{Height, Reach};
use pages::Pages;
use upgrade::Former;

pub use calendar::ImportedYear;
pub use commit::{Batch, Committed, DeadLetter, Decided, MessageBytes, OutboxRow, Reached, Unreadable};
pub use look::{EarlyMessage, Look, SaidMessage, Wanted};
pub use notices::{ExportedNotice, notice_no};
pub use peers::{OpenDigest, SentFrame};
pub use relay::DueLetter;
pub use room::{Free, Room};
pub use views::Views;

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process writes this file: there are never two.
    #[error("STORE_IN_USE 数据库正被进程 {holder} 使用 / the database is in use by process {holder}: {path}")]
    InUse { path: String, holder: String },
    #[error("STORE_FOREIGN 数据库属于机构 {found}，不是 {expected} / the database belongs to {found}, not {expected}")]
    Foreign { found: String, expected: String },
    /// Decided on knowledge that is no longer true: look again.
    #[error("STORE_STALE 案件已被其他写入更新 / a case was changed by another writer")]
    Stale,
    #[error("STORE_CORRUPT 存储内容无法解读（{what}）/ a stored row cannot be read ({what})")]
    Corrupt { what: &'static str },
    #[error("STORE_IO 无法打开 {path} / cannot open {path}")]
    Io {
        path: String,
        #[source]
        cause: std::io::Error,
    },
    /// Below the mark of free space: nothing new is taken.
    #[error(
        "DISK_LOW 磁盘余量不足：剩余 {} MiB，须留 {} MiB / the disk is nearly full: {} MiB free, {} MiB must stay free",
        room::mib(.0.free_bytes), room::mib(.0.least_bytes), room::mib(.0.free_bytes), room::mib(.0.least_bytes)
    )]
    NoRoom(Free),
    /// The file is kept as it is: without room for a copy nothing is migrated.
    #[error(
        "STORE_NO_ROOM_TO_UPGRADE 升级前须留副本，磁盘余量不足：剩余 {} MiB，须有 {} MiB / a copy is made before the upgrade, and the disk is too full: {} MiB free, {} MiB needed",
        room::mib(.0.free_bytes), room::mib(.0.least_bytes), room::mib(.0.free_bytes), room::mib(.0.least_bytes)
    )]
    NoRoomToUpgrade(Free),
    #[error(
        "STORE_NOT_KEPT 升级前的副本无法生成，未升级 / no copy could be made before the upgrade, nothing was upgraded"
    )]
    NotKept(#[source] Box<backup::BackupError>),
    /// The file is not what SQLite wrote: never mended by itself.
    #[error("STORE_DAMAGED 数据库文件已损坏 / the database file is damaged: {path}: {finding}")]
    Damaged { path: String, finding: String },
    /// Written by a later release: reading it by older rules would misread money.
    #[error(
        "STORE_NEWER 数据库由更新版本的程序写过（结构 {found}，本程序到 {known}）；升级前的副本在数据库旁（*.before-*.db）/ the database was written by a later release (schema {found}, this one knows {known}); the copy from before the upgrade lies beside it (*.before-*.db)"
    )]
    Newer { found: i64, known: i64 },
    /// Going on from it would say and pay again what it has forgotten.
    #[error(
        "STORE_OLDER 数据库是较早的副本：写入 {} 次、审计链 {} 行，此前已到 {} 次、第 {} 行 / the database is an older copy: {} commits and {} audit rows, and not the one that had come to {} commits and row {}: {path}",
        now.commits, now.audit.n, known.commits, known.audit.n, now.commits, now.audit.n, known.commits, known.audit.n
    )]
    Older { path: String, now: Reach, known: Reach },
    #[error("STORE_MIGRATION 数据库升级失败 / the database cannot be migrated")]
    Migration(#[from] sqlx::migrate::MigrateError),
    #[error("STORE_DATABASE 数据库错误 / database error")]
    Database(#[from] sqlx::Error),
}

impl StoreError {
    /// Whether the very same batch may succeed later (locked, full, interrupted), as opposed to being wrong.
    pub fn is_passing(&self) -> bool {
        match self {
            StoreError::Database(sqlx::Error::Database(error)) => {
                !error.is_unique_violation()
                    && !error.is_check_violation()
                    && !error.is_foreign_key_violation()
                    && !error.message().contains("append-only")
            }
            StoreError::Database(_)
            | StoreError::Io { .. }
            | StoreError::NoRoom(_)
            | StoreError::NoRoomToUpgrade(_) => true,
            _ => false,
        }
    }
}

/// What the file says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// Raised by a restore.
    pub epoch: u32,
    pub letters_made: u64,
    pub sheets_made: u64,
}

pub struct Store {
    writer: Mutex<Writer>,
    readers: SqlitePool,
    path: PathBuf,
    /// Whoever holds them may fold the log into the file, and nobody else.
    pages: Arc<Mutex<Pages>>,
    room: Arc<Room>,
    /// Held as long as the store lives; released by the operating system even after SIGKILL.
    _lock: lock::Lock,
}

/// Connections that read for pages and commands.
const READERS: u32 = 3;
const READER_IDLE: Duration = Duration::from_secs(60);

struct Writer {
    connection: SqliteConnection,
    audit: audit::Head,
    height: Height,
    options: SqliteConnectOptions,
    /// An error came in the middle of a transaction. SQLite may have rolled it back by itself, as on a full disk, and the
    /// driver counts on: nothing more can be written over this connection.
    broken: bool,
}

impl Writer {
    /// Another connection, where the last one was left in doubt.
    async fn renew(&mut self) -> Result<(), StoreError> {
        if self.broken {
            self.connection = SqliteConnection::connect_with(&self.options).await?;
            self.audit = audit::Head::read(&mut self.connection).await?;
            self.broken = false;
        }
        Ok(())
    }

    /// Remembers whether what was done leaves the connection in doubt.
    fn after<T>(&mut self, done: Result<T, StoreError>) -> Result<T, StoreError> {
        self.broken |= matches!(done, Err(StoreError::Database(_)));
        done
    }
}

static MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "exchange", include_str!("store/migrations/sqlite/0001_exchange.sql")),
    (2, "acts", include_str!("store/migrations/sqlite/0002_acts.sql")),
    (3, "calendar", include_str!("store/migrations/sqlite/0003_calendar.sql")),
    (4, "milestones", include_str!("store/migrations/sqlite/0004_milestones.sql")),
    (5, "chasing", include_str!("store/migrations/sqlite/0005_chasing.sql")),
    (6, "by_amount", include_str!("store/migrations/sqlite/0006_by_amount.sql")),
    (7, "first_receipt", include_str!("store/migrations/sqlite/0007_first_receipt.sql")),
    (8, "money_back", include_str!("store/migrations/sqlite/0008_money_back.sql")),
    (9, "peers", include_str!("store/migrations/sqlite/0009_peers.sql")),
    (11, "assigned", include_str!("store/migrations/sqlite/0011_assigned.sql")),
    (12, "two_persons", include_str!("store/migrations/sqlite/0012_two_persons.sql")),
    (14, "unidentified", include_str!("store/migrations/sqlite/0014_unidentified.sql")),
    (15, "batches", include_str!("store/migrations/sqlite/0015_batches.sql")),
    (20, "ledger_chain", include_str!("store/migrations/sqlite/0020_ledger_chain.sql")),
    (21, "restore", include_str!("store/migrations/sqlite/0021_restore.sql")),
];

fn migrator() -> Migrator {
    let migrations = MIGRATIONS.iter().map(|(version, name, text)| {
        Migration::new(*version, (*name).into(), MigrationType::Simple, sqlx::SqlStr::from_static(text), false)
    });
    Migrator::with_migrations(migrations.collect())
}

impl Store {
    /// Opens or creates the file, alone. `InUse` while another process holds it. A file of an earlier release is kept as
    /// a copy beside it and migrated.
    pub async fn open(path: &Path, agency: &AgencyCode) -> Result<Store, StoreError> {
        Store::opened(path, agency, Former::Kept).await
    }

    async fn opened(path: &Path, agency: &AgencyCode, former: Former) -> Result<Store, StoreError> {
        let io = |cause| StoreError::Io { path: path.display().to_string(), cause };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(io)?;
        }
        let lock = lock::Lock::take(path)?;
        fault::point("store.locked");
        let pages = Pages::load(path)?;
        // FULL: a commit is on the disk when it returns. Anything less may forget what was acknowledged.
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(10))
            // Only `fold` does it: see pages.rs.
            .pragma("wal_autocheckpoint", "0")
            .pragma("cache_size", "-8000")
            .statement_cache_capacity(400)
            .disable_statement_logging();
        let connected = SqliteConnection::connect_with(&options).await;
        let mut connection = connected.map_err(|cause| damaged(path, cause.into()))?;
        fault::point("store.connected");
        // Bound again wherever a connection is: pages go before it, see there.
        let mut pages = pages;
        upgrade::migrate(&mut connection, path, agency, former, pages.as_mut()).await?;
        fault::point("store.migrated");
        let audit = audit::Head::read(&mut connection).await?;
        let height = Height::check(path, &mut connection, Reach::of(&audit)).await?;
        let mut writer = Writer { audit, connection, height, options: options.clone(), broken: false };
        let pages = pages;
        own(&mut writer.connection, agency).await?;
        fault::point("store.owned");
        // A file's connection does not die while nobody looks: asking first would be a second hand-over for every read.
        let readers = SqlitePoolOptions::new().max_connections(READERS).idle_timeout(READER_IDLE);
        let readers = readers.test_before_acquire(false);
        let readers = readers.connect_with(options.pragma("query_only", "1")).await?;
        let pages = match pages {
            Some(pages) => pages,
            None => Pages::learn(path)?,
        };
        // The files are there after a power cut only if their names are. SQLite syncs them too, and does not care whether
        // that failed.
        keep_names_beside(path).map_err(io)?;
        let (pages, room) = (Arc::new(Mutex::new(pages)), Arc::new(Room::beside(path)));
        let store = Store { writer: Mutex::new(writer), readers, path: path.to_owned(), pages, room, _lock: lock };
        store.follow_pages();
        Ok(store)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The disk under the database.
    pub fn room(&self) -> &Arc<Room> {
        &self.room
    }

    pub fn views(&self) -> Views {
        Views::new(self.readers.clone())
    }

    pub async fn facts(&self) -> Result<Facts, StoreError> {
        let mut writer = self.writer.lock().await;
        writer.renew().await?;
        facts(&mut writer.connection).await
    }

    /// A fact that must survive a restart, such as the newest directory version seen.
    pub async fn remember(&self, name: &'static str, value: &str) -> Result<(), StoreError> {
        let mut writer = self.writer.lock().await;
        writer.renew().await?;
        let values = vec![Value::text(name), Value::text(value.to_owned())];
        engine::insert(&mut writer.connection, sql::META_PUT, vec![values]).await?;
        self.follow_pages();
        Ok(())
    }

    pub async fn recall(&self, name: &str) -> Result<Option<String>, StoreError> {
        let mut writer = self.writer.lock().await;
        writer.renew().await?;
        let rows = engine::rows(&mut writer.connection, sql::META, vec![]).await?;
        let found = rows.into_iter().find(|row| row.get::<String, _>("name") == name);
        Ok(found.map(|row| row.get("value")))
    }

    /// Folds the write-ahead log into the file and closes every connection.
    pub async fn close(self: Arc<Store>) {
        self.readers.close().await;
        let mut writer = self.writer.lock().await;
        // Failing is harmless: the log is folded in at the next start.
        let _ = self.fold(&mut writer, "PRAGMA wal_checkpoint(TRUNCATE)").await;
        let mut pages = self.pages.lock().await;
        pages.leave();
        // The pages' own files are closed after the last connection, see there.
        if let Ok(nothing) = SqliteConnection::connect_with(&SqliteConnectOptions::new().in_memory(true)).await {
            let last = std::mem::replace(&mut writer.connection, nothing);
            let _ = last.close().await;
            pages.close();
        }
    }
}

/// A name that was made, changed or removed is so for good once its folder is synced.
fn keep_names_beside(path: &Path) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::File::open(folder)?.sync_all()
}

/// Says which file, where the file itself is broken.
fn damaged(path: &Path, cause: StoreError) -> StoreError {
    if !cause.is_damage() {
        return cause;
    }
    let finding = std::error::Error::source(&cause).map_or_else(|| cause.to_string(), ToString::to_string);
    StoreError::Damaged { path: path.display().to_string(), finding }
}

/// A new file becomes the agency's; a file of another agency is refused.
async fn own(connection: &mut SqliteConnection, agency: &AgencyCode) -> Result<(), StoreError> {
    let rows = engine::rows(connection, sql::META, vec![]).await?;
    let owner = rows.iter().find(|row| row.get::<&str, _>("name") == "agency").map(|row| row.get::<String, _>("value"));
    match owner {
        Some(found) if found == agency.as_str() => Ok(()),
        Some(found) => Err(StoreError::Foreign { found, expected: agency.to_string() }),
        None => {
            // One statement: a file that knows its agency and not its epoch would send under epoch 0 for ever.
            let rows = [("agency", agency.as_str()), ("epoch", "1")];
            let rows = rows.map(|(name, value)| vec![Value::text(name), Value::text(value)]);
            engine::insert(connection, sql::META_PUT, rows.into()).await?;
            Ok(())
        }
    }
}

async fn facts(connection: &mut SqliteConnection) -> Result<Facts, StoreError> {
    let rows = engine::rows(connection, sql::META, vec![]).await?;
    let number = |name: &str| {
        rows.iter()
            .find(|row| row.get::<&str, _>("name") == name)
            .and_then(|row| row.get::<&str, _>("value").parse::<u64>().ok())
            .unwrap_or(0)
    };
    let epoch = u32::try_from(number("epoch")).map_err(|_| StoreError::Corrupt { what: "epoch" })?;
    Ok(Facts { epoch, letters_made: number("letters_made"), sheets_made: number("sheets_made") })
}
