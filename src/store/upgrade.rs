//! 升级: a file of an earlier release is brought to this one's schema in one transaction, all of it or nothing. Before that
//! a copy with its manifest is made beside it: with the copy and the earlier program one can go back.

use std::path::{Path, PathBuf};

use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection, Row};

use super::backup::{self, BackupError, Manifest};
use super::pages::Pages;
use super::room::{Free, Room};
use super::{MIGRATIONS, StoreError, damaged, engine, migrator, sql};
use crate::domain::ids::AgencyCode;
use crate::fault;

/// What a migration may write beside the copy: a quarter of the file and this much.
const MARGIN: u64 = 16 * 1024 * 1024;

/// Whether the file as it was is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Former {
    Kept,
    /// It is a copy itself.
    Lost,
}

/// Brings the file to this release's schema. What is damaged is left as it is.
pub(super) async fn migrate(
    connection: &mut SqliteConnection,
    path: &Path,
    agency: &AgencyCode,
    former: Former,
    pages: Option<&mut Pages>,
) -> Result<(), StoreError> {
    let in_file = |cause| damaged(path, cause);
    let known = MIGRATIONS.last().map_or(0, |(version, ..)| *version);
    let found = schema(connection).await.map_err(in_file)?;
    if let Some(found) = found.filter(|found| *found > known) {
        return Err(StoreError::Newer { found, known });
    }
    if let Some(found) = found.filter(|found| *found < known && former == Former::Kept) {
        if let Some(page) = pages.map_or(Ok(None), Pages::first_wrong)? {
            return Err(StoreError::wrong_page(path, page));
        }
        let copy = keep(connection, path, agency, found, known).await.map_err(in_file)?;
        fault::point("upgrade.kept");
        run(connection).await.map_err(in_file)?;
        let copy = copy.display();
        let (from, to) = (found, known);
        tracing::info!(code = "STORE_UPGRADED", from, to, %copy, "数据库已升级，副本已保留 / upgraded; kept as it was before");
        return Ok(());
    }
    run(connection).await.map_err(in_file)
}

/// Each migration is a savepoint in one transaction: a process that is killed leaves the file to the program that wrote it.
async fn run(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let mut whole = connection.begin().await?;
    migrator().run_direct(None, &mut *whole, false).await?;
    fault::point("store.migrating");
    whole.commit().await?;
    Ok(())
}

/// Number of the last migration; none where nothing was ever written.
async fn schema(connection: &mut SqliteConnection) -> Result<Option<i64>, StoreError> {
    if engine::rows(connection, sql::HAS_MIGRATIONS, vec![]).await?.is_empty() {
        return Ok(None);
    }
    let rows = engine::rows(connection, sql::LAST_MIGRATION, vec![]).await?;
    Ok(rows.first().and_then(|row| row.get("version")))
}

/// The copy of this very state, made now unless a start that was killed has made it.
async fn keep(
    connection: &mut SqliteConnection,
    path: &Path,
    agency: &AgencyCode,
    found: i64,
    known: i64,
) -> Result<PathBuf, StoreError> {
    let rows = engine::rows(connection, sql::META, vec![]).await?;
    let owner = rows.iter().find(|row| row.get::<&str, _>("name") == "agency").map(|row| row.get::<String, _>("value"));
    if let Some(owner) = owner.filter(|owner| owner != agency.as_str()) {
        return Err(StoreError::Foreign { found: owner, expected: agency.to_string() });
    }
    let head = backup::last_row(connection).await?;
    let is_this = |manifest: &Manifest| {
        manifest.schema == found && (manifest.audit_rows, manifest.audit_head.as_str()) == (head.0, head.1.as_str())
    };
    let mut number = 1;
    let to = loop {
        let to = copy_name(path, known, number);
        if !backup::manifest_of(&to).exists() {
            // A start that was killed left it half made; all of it still stands in the database.
            match std::fs::remove_file(&to) {
                Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => {
                    return Err(StoreError::Io { path: to.display().to_string(), cause });
                }
                _ => break to,
            }
        }
        if backup::check(&to, agency).is_ok_and(|manifest| is_this(&manifest)) {
            return Ok(to);
        }
        number += 1;
    };
    let free = room_for(path);
    if free.low {
        return Err(StoreError::NoRoomToUpgrade(free));
    }
    backup::keep_former(path, &to, agency).await.map_err(|cause| match cause {
        BackupError::Store(cause) => cause,
        cause => StoreError::NotKept(Box::new(cause)),
    })?;
    Ok(to)
}

/// `jiexu.before-21.db`; where one of an earlier try lies, which is never touched, `jiexu.before-21-2.db`.
pub fn copy_name(database: &Path, schema: i64, number: u32) -> PathBuf {
    let number = if number == 1 { String::new() } else { format!("-{number}") };
    database.with_extension(format!("before-{schema}{number}.db"))
}

/// What must be free for the copy and for the migration.
fn room_for(path: &Path) -> Free {
    let length = |path: &Path| std::fs::metadata(path).map_or(0, |file| file.len());
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let bytes = length(path) + length(Path::new(&log));
    let room = Room::beside(path);
    room.keep(bytes + bytes / 4 + MARGIN);
    room.look()
}
