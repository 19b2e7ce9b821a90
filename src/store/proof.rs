//! An agency's file seen from outside, beside a running daemon or without one: for checkers that believe rows, not
//! words. Opens read-only, takes no lock, and never writes.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use sqlx::Row;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions};
use sqlx::{ConnectOptions, sqlite::SqliteRow};
use uuid::Uuid;

use super::StoreError;
use super::engine::{self, Value};
use super::rows::{corrupt, read_document};
use super::sql::proof as sql;
use super::verify::{Report, verify_in};
use crate::domain::case::Case;
use crate::domain::ids::CaseId;
use crate::domain::time::Moment;

/// A file opened for reading only.
#[derive(Debug, Clone)]
pub struct Proof {
    pool: SqlitePool,
}

/// Balances by class in their natural sign, in fen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Books {
    pub bank: i64,
    pub persons: i64,
    pub transit_out: i64,
    pub transit_in: i64,
    pub suspense: i64,
    /// What the register imports opened.
    pub openings: i64,
    /// What corrected balances brought into the books, less what they took out.
    pub corrections: i64,
}

impl Books {
    /// Everything that is owed to somebody; equals the bank's balance.
    pub fn owed(&self) -> i64 {
        self.persons + self.transit_out + self.transit_in + self.suspense
    }
}

/// What left and what reached a person's account, by case, in fen.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Moved {
    pub debits: BTreeMap<CaseId, i64>,
    pub credits: BTreeMap<CaseId, i64>,
}

/// A case that still waits for somebody.
#[derive(Debug, Clone)]
pub struct OpenCase {
    pub id: CaseId,
    pub role: String,
    pub relation: String,
    pub money: Option<String>,
    /// own | peer | bank | person
    pub holder: String,
    pub changed_at: Moment,
    pub payment_ref: Option<String>,
    /// A person has a task for it.
    pub has_task: bool,
}

/// How many cases stand where: role, relation, all of them, those still open.
#[derive(Debug, Clone)]
pub struct Standing {
    pub role: String,
    pub relation: String,
    pub cases: i64,
    pub open: i64,
}

#[derive(Debug, Clone)]
pub struct OpenTask {
    pub kind: String,
    pub case: Option<CaseId>,
    pub line: Option<String>,
}

#[derive(Debug, Clone)]
pub struct BankLine {
    pub bank_txn_no: String,
    /// Negative: money that left.
    pub fen: i64,
    pub state: String,
    pub hint: Option<String>,
}

/// What is still on its way somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Unfinished {
    pub unreceipted: i64,
    pub early: i64,
    pub released: i64,
    pub exported: i64,
    pub dead: i64,
}

/// From the first to the last moment of one side of a case.
#[derive(Debug, Clone, Copy)]
pub struct Span {
    pub id: CaseId,
    pub incoming: bool,
    pub opened_at: Moment,
    pub closed_at: Option<Moment>,
}

impl Proof {
    /// Fails when there is no such file.
    pub async fn open(path: &Path) -> Result<Proof, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .read_only(true)
            .busy_timeout(Duration::from_secs(10))
            .disable_statement_logging();
        Ok(Proof { pool: SqlitePoolOptions::new().max_connections(1).connect_with(options).await? })
    }

    async fn rows(&self, sql: &'static str, values: Vec<Value<'_>>) -> Result<Vec<SqliteRow>, StoreError> {
        let mut connection = self.pool.acquire().await?;
        engine::rows(&mut connection, sql, values).await
    }

    /// All checks an agency can make of itself, in one snapshot.
    pub async fn verify(&self) -> Result<Report, StoreError> {
        let mut transaction = self.pool.begin().await?;
        verify_in(&mut transaction).await
    }

    pub async fn books(&self) -> Result<Books, StoreError> {
        let mut transaction = self.pool.begin().await?;
        let mut books = Books::default();
        for row in engine::rows(&mut transaction, sql::BOOKS, vec![]).await? {
            let fen: i64 = row.get("fen");
            match row.get("class") {
                "bank" => books.bank = fen,
                "person" => books.persons = fen,
                "transit-out" => books.transit_out = fen,
                "transit-in" => books.transit_in = fen,
                "suspense" => books.suspense = fen,
                _ => return Err(corrupt("account class")),
            }
        }
        let openings = engine::rows(&mut transaction, sql::OPENINGS, vec![]).await?;
        books.openings = openings.first().map_or(0, |row| row.get("fen"));
        let corrections = engine::rows(&mut transaction, sql::CORRECTIONS, vec![]).await?;
        books.corrections = corrections.first().map_or(0, |row| row.get("fen"));
        Ok(books)
    }

    pub async fn moved(&self) -> Result<Moved, StoreError> {
        let mut moved = Moved::default();
        for row in self.rows(sql::MOVED, vec![]).await? {
            let posting: &str = row.get("posting");
            let sums = if posting.starts_with("debit/") { &mut moved.debits } else { &mut moved.credits };
            *sums.entry(case_id(&row)?).or_default() += row.get::<i64, _>("fen");
        }
        Ok(moved)
    }

    /// Every case as it is written down.
    pub async fn cases(&self) -> Result<Vec<Case>, StoreError> {
        let mut all = Vec::new();
        let mut after: Vec<u8> = Vec::new();
        loop {
            let rows = self.rows(sql::CASES, vec![Value::bytes(after.clone())]).await?;
            let Some(last) = rows.last() else { return Ok(all) };
            after = last.get("case_id");
            for row in &rows {
                all.push(read_document(row.get("document"), "case")?);
            }
        }
    }

    pub async fn open_cases(&self) -> Result<Vec<OpenCase>, StoreError> {
        let read = |row: &SqliteRow| {
            Ok(OpenCase {
                id: case_id(row)?,
                role: row.get("role"),
                relation: row.get("relation"),
                money: row.get("money"),
                holder: row.get("holder"),
                changed_at: Moment(row.get("changed_at")),
                payment_ref: row.get("payment_ref"),
                has_task: row.get("task"),
            })
        };
        self.rows(sql::OPEN_CASES, vec![]).await?.iter().map(read).collect()
    }

    pub async fn standings(&self) -> Result<Vec<Standing>, StoreError> {
        let read = |row: &SqliteRow| Standing {
            role: row.get("role"),
            relation: row.get("relation"),
            cases: row.get("n"),
            open: row.get("open"),
        };
        Ok(self.rows(sql::STANDINGS, vec![]).await?.iter().map(read).collect())
    }

    /// Cases of either role that are not closed yet.
    pub async fn open_count(&self) -> Result<u64, StoreError> {
        let rows = self.rows(sql::OPEN_COUNT, vec![]).await?;
        Ok(rows.first().map_or(0, |row| row.get::<i64, _>("n")).try_into().unwrap_or(0))
    }

    /// Incoming cases that are not closed yet.
    pub async fn open_incoming(&self) -> Result<u64, StoreError> {
        let rows = self.rows(sql::OPEN_INCOMING, vec![]).await?;
        Ok(rows.first().map_or(0, |row| row.get::<i64, _>("n")).try_into().unwrap_or(0))
    }

    pub async fn open_tasks(&self) -> Result<Vec<OpenTask>, StoreError> {
        let read = |row: &SqliteRow| {
            let case: Option<Vec<u8>> = row.get("case_id");
            let case =
                case.map(|bytes| Uuid::from_slice(&bytes).map(CaseId).map_err(|_| corrupt("task"))).transpose()?;
            Ok(OpenTask { kind: row.get("kind"), case, line: row.get("line") })
        };
        self.rows(sql::TASKS, vec![]).await?.iter().map(read).collect()
    }

    pub async fn bank_lines(&self) -> Result<Vec<BankLine>, StoreError> {
        let read = |row: &SqliteRow| BankLine {
            bank_txn_no: row.get("bank_txn_no"),
            fen: row.get("fen"),
            state: row.get("state"),
            hint: row.get("hint"),
        };
        Ok(self.rows(sql::LINES, vec![]).await?.iter().map(read).collect())
    }

    pub async fn unfinished(&self) -> Result<Unfinished, StoreError> {
        let rows = self.rows(sql::UNFINISHED, vec![]).await?;
        let row = rows.first().ok_or_else(|| corrupt("counts"))?;
        Ok(Unfinished {
            unreceipted: row.get("unreceipted"),
            early: row.get("early"),
            released: row.get("released"),
            exported: row.get("exported"),
            dead: row.get("dead"),
        })
    }

    pub async fn spans(&self) -> Result<Vec<Span>, StoreError> {
        let read = |row: &SqliteRow| {
            Ok(Span {
                id: case_id(row)?,
                incoming: row.get::<&str, _>("role") == "incoming",
                opened_at: Moment(row.get("opened_at")),
                closed_at: row.get::<Option<i64>, _>("closed_at").map(Moment),
            })
        };
        self.rows(sql::SPANS, vec![]).await?.iter().map(read).collect()
    }

    /// Messages made from one moment to another, by kind.
    pub async fn messages_made(&self, from: Moment, to: Moment) -> Result<BTreeMap<String, i64>, StoreError> {
        let rows = self.rows(sql::MADE, vec![from.0.into(), to.0.into()]).await?;
        Ok(rows.iter().map(|row| (row.get("kind"), row.get("n"))).collect())
    }

    /// The database engine's version.
    pub async fn engine_version(&self) -> Result<String, StoreError> {
        let rows = self.rows(sql::ENGINE, vec![]).await?;
        Ok(rows.first().map(|row| row.get("version")).unwrap_or_default())
    }

    pub async fn close(&self) {
        self.pool.close().await;
    }
}

fn case_id(row: &SqliteRow) -> Result<CaseId, StoreError> {
    let bytes: Vec<u8> = row.get("case_id");
    Uuid::from_slice(&bytes).map(CaseId).map_err(|_| corrupt("case"))
}
