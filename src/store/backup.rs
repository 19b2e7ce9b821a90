//! 备份: a consistent copy of the database while work goes on, with a manifest beside it, and the drill that proves the
//! copy: opened, migrated and verified in a folder of its own.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection, Row};

use super::upgrade::Former;
use super::verify::Report;
use super::{Store, StoreError, engine, facts, sql};
use crate::domain::ids::AgencyCode;
use crate::domain::time::Moment;
use crate::fault;

/// The only layout there is.
const FORMAT: u32 = 1;

/// What a copy is, in a file of its own beside it. Nothing personal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    pub format: u32,
    pub agency: AgencyCode,
    pub epoch: u32,
    /// When the copy was begun: everything committed before is in it.
    pub made_at: Moment,
    /// Number of the last migration.
    pub schema: i64,
    pub audit_rows: i64,
    /// Hash of the last audit row, in hex.
    pub audit_head: String,
    pub bytes: u64,
    pub sha256: String,
}

#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("FILE_EXISTS {0} 已存在，不会覆盖 / {0} exists and is not overwritten")]
    Exists(PathBuf),
    #[error("BACKUP_IO 备份文件无法读写：{path} / a file of the backup cannot be read or written: {path}: {cause}")]
    Io { path: PathBuf, cause: std::io::Error },
    #[error("BACKUP_MANIFEST 备份清单缺失或有误：{path} / the manifest is missing or wrong: {path}: {detail}")]
    Manifest { path: PathBuf, detail: String },
    #[error("BACKUP_FOREIGN 备份属于机构 {found}，不是 {expected} / the backup belongs to {found}, not {expected}")]
    Foreign { found: AgencyCode, expected: AgencyCode },
    #[error("BACKUP_DIFFERS 备份与清单不一致（{what}）/ the backup is not what its manifest says ({what})")]
    Differs { what: &'static str },
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a drill found.
#[derive(Debug, Serialize)]
pub struct Drill {
    pub manifest: Manifest,
    pub report: Report,
}

/// `jiexu.db` → `jiexu.db.json`
pub fn manifest_of(copy: &Path) -> PathBuf {
    beside(copy, ".json")
}

fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

fn io(path: &Path) -> impl FnOnce(std::io::Error) -> BackupError {
    let path = path.to_owned();
    move |cause| BackupError::Io { path, cause }
}

/// Personal data: readable by its owner alone.
fn create(path: &Path) -> Result<File, BackupError> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(io(path))
}

fn keep_name(path: &Path) -> Result<(), BackupError> {
    super::keep_names_beside(path).map_err(io(path))
}

/// Length and SHA-256, read once.
fn measure(path: &Path) -> Result<(u64, String), BackupError> {
    let mut file = File::open(path).map_err(io(path))?;
    let (mut hash, mut bytes, mut buffer) = (Sha256::new(), 0u64, vec![0u8; 1 << 20]);
    loop {
        let read = file.read(&mut buffer).map_err(io(path))?;
        if read == 0 {
            return Ok((bytes, hex::encode(hash.finalize())));
        }
        hash.update(&buffer[..read]);
        bytes += read as u64;
    }
}

async fn read_only(path: &Path) -> Result<SqliteConnection, StoreError> {
    let options = SqliteConnectOptions::new().filename(path).read_only(true).disable_statement_logging();
    Ok(SqliteConnection::connect_with(&options).await?)
}

/// When the file was written last, as its disk says.
fn written_at(path: &Path) -> Result<Moment, BackupError> {
    let written = std::fs::metadata(path).and_then(|file| file.modified()).map_err(io(path))?;
    let since = written.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Ok(Moment(i64::try_from(since.as_micros()).unwrap_or(i64::MAX)))
}

/// What a copy says of itself, after every page of it was read back.
async fn describe(copy: &Path, agency: &AgencyCode, made_at: Option<Moment>) -> Result<Manifest, BackupError> {
    let made_at = made_at.map_or_else(|| written_at(copy), Ok)?;
    let mut connection = read_only(copy).await?;
    let epoch = facts(&mut connection).await?.epoch;
    let (audit_rows, audit_head) = last_row(&mut connection).await?;
    let rows = engine::rows(&mut connection, sql::LAST_MIGRATION, vec![]).await?;
    let schema = rows.first().map_or(0, |row| row.get("version"));
    let rows = engine::rows(&mut connection, sql::QUICK_CHECK, vec![]).await?;
    let finding = rows.first().map_or_else(String::new, |row| row.get::<String, _>(0));
    if finding != "ok" {
        return Err(StoreError::Damaged { path: copy.display().to_string(), finding }.into());
    }
    connection.close().await.map_err(StoreError::from)?;
    let (bytes, sha256) = measure(copy)?;
    let agency = agency.clone();
    Ok(Manifest { format: FORMAT, agency, epoch, made_at, schema, audit_rows, audit_head, bytes, sha256 })
}

/// Number and hash of the last audit row, whichever release wrote the file.
pub async fn last_row(connection: &mut SqliteConnection) -> Result<(i64, String), StoreError> {
    let rows = engine::rows(connection, sql::AUDIT_LAST, vec![]).await?;
    let last = rows.first().map(|row| (row.get("n"), row.get::<Vec<u8>, _>("hash")));
    let (n, hash) = last.unwrap_or((0, vec![0; 32]));
    Ok((n, hex::encode(hash)))
}

impl Store {
    /// Copies the database to `to` and its manifest beside it, both on the disk when this returns. Work goes on
    /// meanwhile; what is committed after the beginning is not in the copy. Never overwrites.
    pub async fn backup(&self, to: &Path, agency: &AgencyCode, made_at: Moment) -> Result<Manifest, BackupError> {
        copy_with_manifest(&self.path, to, agency, Some(made_at)).await
    }
}

/// The file as an earlier release left it, before this one changes it; nobody may use it meanwhile. Read back whole.
pub async fn keep_former(database: &Path, to: &Path, agency: &AgencyCode) -> Result<Manifest, BackupError> {
    copy_with_manifest(database, to, agency, None).await
}

/// Without a moment the copy's own time of writing is told.
async fn copy_with_manifest(
    from: &Path,
    to: &Path,
    agency: &AgencyCode,
    made_at: Option<Moment>,
) -> Result<Manifest, BackupError> {
    let manifest_file = manifest_of(to);
    for file in [to, &manifest_file] {
        if file.exists() {
            return Err(BackupError::Exists(file.to_owned()));
        }
    }
    let part = beside(to, ".part");
    let done = copy(from, to, &part, agency, made_at).await;
    if done.is_err() {
        // What is half written is no backup; a second try begins anew.
        let _ = std::fs::remove_file(&part);
    }
    let manifest = done?;
    let text = serde_json::to_vec_pretty(&manifest)
        .map_err(|cause| BackupError::Manifest { path: manifest_file.clone(), detail: cause.to_string() })?;
    // Whole or not there: a copy without its manifest is half made.
    let part = beside(&manifest_file, ".part");
    let _ = std::fs::remove_file(&part);
    let mut file = create(&part)?;
    file.write_all(&text).and_then(|()| file.sync_all()).map_err(io(&part))?;
    std::fs::rename(&part, &manifest_file).map_err(io(&manifest_file))?;
    keep_name(&manifest_file)?;
    Ok(manifest)
}

async fn copy(
    from: &Path,
    to: &Path,
    part: &Path,
    agency: &AgencyCode,
    made_at: Option<Moment>,
) -> Result<Manifest, BackupError> {
    match std::fs::remove_file(part) {
        Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => return Err(io(part)(cause)),
        _ => {}
    }
    drop(create(part)?);
    let mut reader = read_only(from).await?;
    let target = vec![engine::Value::text(part.to_string_lossy().into_owned())];
    engine::execute(&mut reader, sql::COPY_INTO, target).await?;
    reader.close().await.map_err(StoreError::from)?;
    File::open(part).and_then(|file| file.sync_all()).map_err(io(part))?;
    let manifest = describe(part, agency, made_at).await?;
    if made_at.is_none() {
        fault::point("upgrade.copied");
    }
    std::fs::rename(part, to).map_err(io(to))?;
    keep_name(to)?;
    if made_at.is_none() {
        fault::point("upgrade.named");
    }
    Ok(manifest)
}

/// Reads a copy's manifest and holds the file against it.
pub fn check(copy: &Path, agency: &AgencyCode) -> Result<Manifest, BackupError> {
    let path = manifest_of(copy);
    let wrong = |detail: String| BackupError::Manifest { path: path.clone(), detail };
    let text = std::fs::read(&path).map_err(|cause| wrong(cause.to_string()))?;
    let manifest: Manifest = serde_json::from_slice(&text).map_err(|cause| wrong(cause.to_string()))?;
    if manifest.format != FORMAT {
        return Err(wrong(format!("format {}", manifest.format)));
    }
    if manifest.agency != *agency {
        return Err(BackupError::Foreign { found: manifest.agency, expected: agency.clone() });
    }
    let (bytes, sha256) = measure(copy)?;
    if bytes != manifest.bytes {
        return Err(BackupError::Differs { what: "bytes" });
    }
    if sha256 != manifest.sha256 {
        return Err(BackupError::Differs { what: "sha256" });
    }
    Ok(manifest)
}

/// Puts a checked copy in the place of the database, which nobody may use meanwhile; without a copy the file that lies
/// there stays. What was there before is kept under other names, and so are height and checksums, which would refuse it.
pub fn put_back(copy: Option<&Path>, database: &Path, agency: &AgencyCode) -> Result<Vec<PathBuf>, BackupError> {
    if let Some(copy) = copy {
        check(copy, agency)?;
    }
    let _lock = super::lock::Lock::take(database)?;
    let is_free =
        |number: &u32| ["", ".height", ".pages"].iter().all(|ending| !aside(database, ending, *number).exists());
    let number = (1u32..).find(is_free).unwrap_or(u32::MAX);
    let mut kept = Vec::new();
    let mut keep = |from: PathBuf, to: PathBuf| -> Result<(), BackupError> {
        if from.exists() {
            std::fs::rename(&from, &to).map_err(io(&from))?;
            kept.push(to);
        }
        Ok(())
    };
    keep(database.with_extension("height"), aside(database, ".height", number))?;
    keep(database.with_extension("pages"), aside(database, ".pages", number))?;
    if let Some(copy) = copy {
        for ending in ["-wal", "-shm", ""] {
            keep(beside(database, ending), aside(database, ending, number))?;
        }
        let part = beside(database, ".part");
        let _ = std::fs::remove_file(&part);
        let mut file = create(&part)?;
        let mut from = File::open(copy).map_err(io(copy))?;
        std::io::copy(&mut from, &mut file).and_then(|_| file.sync_all()).map_err(io(&part))?;
        std::fs::rename(&part, database).map_err(io(database))?;
    }
    keep_name(database)?;
    Ok(kept)
}

/// `jiexu.db` → `jiexu.db.replaced-1-wal`
fn aside(database: &Path, ending: &str, number: u32) -> PathBuf {
    beside(database, &format!(".replaced-{number}{ending}"))
}

/// 恢复演练: the copy is opened in `folder`, which must be new, brought to today's schema and verified from its first row
/// to its last. The copy itself is only read; the folder is removed.
pub async fn drill(copy: &Path, folder: &Path, agency: &AgencyCode) -> Result<Drill, BackupError> {
    let manifest = check(copy, agency)?;
    std::fs::create_dir(folder).map_err(io(folder))?;
    let tried = try_out(copy, folder, &manifest).await;
    let removed = std::fs::remove_dir_all(folder).map_err(io(folder));
    let report = tried?;
    removed?;
    Ok(Drill { manifest, report })
}

async fn try_out(copy: &Path, folder: &Path, manifest: &Manifest) -> Result<Report, BackupError> {
    let path = folder.join("jiexu.db");
    // The folder is ours alone, and the copy keeps the rights of the file it was made from.
    std::fs::copy(copy, &path).map_err(io(&path))?;
    let store = Arc::new(Store::opened(&path, &manifest.agency, Former::Lost).await?);
    let found = verified(&store, manifest).await;
    store.close().await;
    found
}

async fn verified(store: &Store, manifest: &Manifest) -> Result<Report, BackupError> {
    store.check_file().await?;
    let head = store.writer.lock().await.audit;
    if head.audit.n != manifest.audit_rows || hex::encode(head.audit.hash) != manifest.audit_head {
        return Err(BackupError::Differs { what: "audit" });
    }
    Ok(store.verify().await?)
}
