//! What pages and commands may see: read only, bounded, and masked here so that nobody further on holds a raw
//! identity number or a whole name. Never writes, never decides.

mod batch;
mod case;
mod cases;
mod correspondence;
mod dead_letters;
mod mask;
mod notices;
mod overview;
mod peers;
mod progress;
mod queues;
mod tasks;

use std::time::Duration;

use sqlx::SqlitePool;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, query};

use crate::domain::time::Moment;
use crate::store::sql::views as sql;

pub use batch::{Asked, BatchView};
pub use case::{CaseView, Deadline, EntryRow, Handed, Happening, LineRow, MessageIn, MessageOut, Money, Step};
pub use cases::{CaseQuery, CaseRow};
pub use correspondence::{Letters, NoteRow, PeerSays, ReminderRow};
pub use dead_letters::{DeadLetterQuery, DeadLetterRow, DeadLetterView};
pub use mask::{MaskedName, MaskedNo};
pub use notices::{NoticeQuery, NoticeRow};
pub use overview::{CaseCount, Due, Overview, ReasonCount, StateCount, SumCount};
pub use peers::{CloseRow, ClosureRow, DigestQuery, DigestView};
pub use progress::ProgressView;
pub use queues::{LaneGap, PaymentQuery, PaymentRow, PeerQueues};
pub use tasks::{TaskNamed, TaskQuery, TaskRow};

/// Rows of one page of a list, when nothing else is asked for.
pub const PAGE_ROWS: u32 = 50;
/// No list ever gives more.
pub const PAGE_ROWS_MAX: u32 = 500;
/// Rows of one kind in one case's timeline.
const CASE_ROWS_MAX: i64 = 500;

#[derive(Debug, thiserror::Error)]
pub enum ViewError {
    /// Trying again may help: the file is locked, gone, or the disk failed.
    #[error("the database could not be read")]
    Database(#[from] sqlx::Error),
    /// The database did not answer in time.
    #[error("the database did not answer in time")]
    Late,
    /// The place to go on from was not made by us.
    #[error("the place in the list is not one of ours")]
    Place,
}

/// One page of a list, and where the next begins.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Page<T> {
    pub rows: Vec<T>,
    /// Give it back as `after` for the next page; `None` at the end.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// Cuts the one row that was read too many, and marks the place of the last one kept.
    fn of(mut rows: Vec<T>, limit: u32, place: impl Fn(&T) -> String) -> Page<T> {
        let keep = usize::try_from(limit).unwrap_or(usize::MAX);
        let next = (rows.len() > keep).then(|| rows.get(keep.saturating_sub(1)).map(place)).flatten();
        rows.truncate(keep);
        Page { rows, next }
    }
}

/// The read side of the store.
#[derive(Debug, Clone)]
pub struct Views {
    pool: SqlitePool,
}

impl Views {
    pub fn new(pool: SqlitePool) -> Views {
        Views { pool }
    }

    /// Whether the database answers within two seconds.
    pub async fn ping(&self) -> Result<(), ViewError> {
        let answer = tokio::time::timeout(Duration::from_secs(2), query(sql::PING).fetch_one(&self.pool));
        answer.await.map_err(|_| ViewError::Late)??;
        Ok(())
    }
}

/// The number of rows to show, within bounds.
fn rows_of(limit: Option<u32>) -> u32 {
    limit.unwrap_or(PAGE_ROWS).clamp(1, PAGE_ROWS_MAX)
}

/// A place in a list: `<number>~<rest>`.
fn split_place(place: &str) -> Result<(i64, &str), ViewError> {
    let (number, rest) = place.split_once('~').ok_or(ViewError::Place)?;
    Ok((number.parse().map_err(|_| ViewError::Place)?, rest))
}

fn bytes_of(hex_text: &str) -> Result<Vec<u8>, ViewError> {
    if hex_text.len() > 64 {
        return Err(ViewError::Place);
    }
    hex::decode(hex_text).map_err(|_| ViewError::Place)
}

/// A 16-byte id as UUID text; anything else as hex.
fn uuid_text(bytes: &[u8]) -> String {
    uuid::Uuid::from_slice(bytes).map_or_else(|_| hex::encode(bytes), |id| id.to_string())
}

fn moment(row: &SqliteRow, column: &str) -> Result<Moment, sqlx::Error> {
    Ok(Moment(row.try_get(column)?))
}

fn moment_if(row: &SqliteRow, column: &str) -> Result<Option<Moment>, sqlx::Error> {
    Ok(row.try_get::<Option<i64>, _>(column)?.map(Moment))
}

fn id_if(row: &SqliteRow, column: &str) -> Result<Option<String>, sqlx::Error> {
    Ok(row.try_get::<Option<Vec<u8>>, _>(column)?.as_deref().map(uuid_text))
}
