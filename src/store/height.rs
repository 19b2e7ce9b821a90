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

use super::audit::{Head, Link};
use super::engine::{self, Value};
use super::{StoreError, sql};

/// Name and version of the layout, how many commits, number of the last audit row, its hash in hex, and an end that shows
/// a torn write.
const NAME: &str = "jiexu-height-2";
/// Likewise, of releases that counted no commits.
const NAME_1: &str = "jiexu-height-1";
const END: &str = ".\n";

/// How far a database has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    pub commits: i64,
    pub audit: Link,
}

impl Reach {
    const START: Reach = Reach { commits: 0, audit: Link::START };

    pub fn of(head: &Head) -> Reach {
        Reach { commits: head.commits, audit: head.audit }
    }
}

pub struct Height {
    file: File,
    path: PathBuf,
    /// What the file says.
    noted: Reach,
}

impl Height {
    /// Holds the database against the file beside it, which is made when it is missing.
    pub async fn check(database: &Path, connection: &mut SqliteConnection, now: Reach) -> Result<Height, StoreError> {
        let path = database.with_extension("height");
        let io = |cause| StoreError::Io { path: path.display().to_string(), cause };
        let file = File::options().read(true).write(true).create(true).truncate(false).open(&path).map_err(io)?;
        let mut bytes = vec![0; line(Reach::START).len()];
        let read = file.read_at(&mut bytes, 0).map_err(io)?;
        let known = std::str::from_utf8(&bytes[..read]).ok().and_then(parse);
        if let Some(known) = known {
            let is_there = known.audit.n <= now.audit.n && known.commits <= now.commits;
            let there = if is_there { hash_of(connection, known.audit).await? } else { None };
            if there != Some(known.audit.hash) {
                return Err(StoreError::Older { path: database.display().to_string(), now, known });
            }
        } else if read > 0 {
            tracing::warn!(code = "STORE_HEIGHT", path = %path.display(), "库高文件无法读取，已重写 / unreadable, written anew");
        }
        let mut height = Height { file, path, noted: Reach::START };
        height.note(now);
        Ok(height)
    }

    /// After a commit. Failing loses only the warning that a later start could give.
    pub fn note(&mut self, now: Reach) {
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

/// What the row of this number holds; before the first row stands the start.
async fn hash_of(connection: &mut SqliteConnection, link: Link) -> Result<Option<[u8; 32]>, StoreError> {
    if link == Link::START {
        return Ok(Some(link.hash));
    }
    let rows = engine::rows(connection, sql::AUDIT_HASH, vec![Value::Int(link.n)]).await?;
    Ok(rows.first().and_then(|row| row.get::<Vec<u8>, _>("hash").try_into().ok()))
}

/// Of one length for every height, so that writing in place leaves nothing of the line before.
fn line(reach: Reach) -> String {
    let Reach { commits, audit } = reach;
    format!("{NAME} {commits:020} {:020} {}{END}", audit.n, hex::encode(audit.hash))
}

fn parse(text: &str) -> Option<Reach> {
    let mut words = text.strip_suffix(END)?.split(' ');
    let commits = match words.next()? {
        NAME => words.next()?.parse().ok()?,
        NAME_1 => 0,
        _ => return None,
    };
    let (n, hash) = (words.next()?.parse().ok()?, hex::decode(words.next()?).ok()?);
    words.next().is_none().then_some(())?;
    Some(Reach { commits, audit: Link { n, hash: hash.try_into().ok()? } })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_as_written_and_a_torn_one_not_at_all() {
        let reach = Reach { commits: 77, audit: Link { n: 1_234, hash: [0xA7; 32] } };
        let text = line(reach);
        assert_eq!(text.len(), line(Reach::START).len());
        assert_eq!(parse(&text), Some(reach));
        for cut in 0..text.len() {
            assert_eq!(parse(&text[..cut]), None, "cut at {cut}");
        }
        assert_eq!(parse(&text.replace("-2 ", "-3 ")), None);
        let older = format!("jiexu-height-1 {:020} {}{END}", 1_234, "a7".repeat(32));
        assert_eq!(parse(&older), Some(Reach { commits: 0, ..reach }));
    }
}
