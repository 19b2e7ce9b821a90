//! 库高: how far the database has come, in a small file beside it. A database that has not come so far, or by another
//! road, is an older copy that somebody put back: on it the agency would say and pay a second time what it has forgotten.
//!
//! Written after each commit, in place and without waiting for the disk: behind the database after a power cut, never
//! ahead of it. A file that is missing or torn knows nothing and is written anew; so a whole folder put back is not found.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use sqlx::Row;
use sqlx::sqlite::SqliteConnection;

use super::audit::Link;
use super::engine::{self, Value};
use super::{StoreError, sql};

/// Name and version of the only layout, number of the last audit row, its hash in hex, and an end that shows a torn write.
const NAME: &str = "jiexu-height-1";
const END: &str = ".\n";

pub struct Height {
    file: File,
    path: PathBuf,
    /// What the file says.
    noted: Link,
}

impl Height {
    /// Holds the database against the file beside it, which is made when it is missing.
    pub async fn check(database: &Path, connection: &mut SqliteConnection, now: Link) -> Result<Height, StoreError> {
        let path = database.with_extension("height");
        let io = |cause| StoreError::Io { path: path.display().to_string(), cause };
        let file = File::options().read(true).write(true).create(true).truncate(false).open(&path).map_err(io)?;
        let mut bytes = vec![0; line(Link::START).len()];
        let read = file.read_at(&mut bytes, 0).map_err(io)?;
        let known = std::str::from_utf8(&bytes[..read]).ok().and_then(parse);
        if let Some(known) = known {
            let there = if known.n > now.n { None } else { hash_of(connection, known.n).await? };
            if known != Link::START && there != Some(known.hash) {
                let (path, rows, height) = (database.display().to_string(), now.n, known.n);
                return Err(StoreError::Older { path, rows, height });
            }
        } else if read > 0 {
            tracing::warn!(code = "STORE_HEIGHT", path = %path.display(), "库高文件无法读取，已重写 / unreadable, written anew");
        }
        let mut height = Height { file, path, noted: Link::START };
        height.note(now);
        Ok(height)
    }

    /// After a commit. Failing loses only the warning that a later start could give.
    pub fn note(&mut self, now: Link) {
        if self.noted == now {
            return;
        }
        match self.file.write_all_at(line(now).as_bytes(), 0) {
            Ok(()) => self.noted = now,
            Err(cause) => {
                tracing::warn!(code = "STORE_HEIGHT", path = %self.path.display(), %cause, "库高未能记下 / cannot be noted");
            }
        }
    }
}

async fn hash_of(connection: &mut SqliteConnection, n: i64) -> Result<Option<[u8; 32]>, StoreError> {
    let rows = engine::rows(connection, sql::AUDIT_HASH, vec![Value::Int(n)]).await?;
    Ok(rows.first().and_then(|row| row.get::<Vec<u8>, _>("hash").try_into().ok()))
}

/// Of one length for every height, so that writing in place leaves nothing of the line before.
fn line(link: Link) -> String {
    format!("{NAME} {:020} {}{END}", link.n, hex::encode(link.hash))
}

fn parse(text: &str) -> Option<Link> {
    let mut words = text.strip_suffix(END)?.split(' ');
    let (name, n, hash) = (words.next()?, words.next()?.parse().ok()?, hex::decode(words.next()?).ok()?);
    (name == NAME && words.next().is_none()).then_some(())?;
    Some(Link { n, hash: hash.try_into().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_as_written_and_a_torn_one_not_at_all() {
        let link = Link { n: 1_234, hash: [0xA7; 32] };
        let text = line(link);
        assert_eq!(text.len(), line(Link::START).len());
        assert_eq!(parse(&text), Some(link));
        for cut in 0..text.len() {
            assert_eq!(parse(&text[..cut]), None, "cut at {cut}");
        }
        assert_eq!(parse(&text.replace("-1 ", "-2 ")), None);
    }
}
