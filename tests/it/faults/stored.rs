//! Where the agencies under test keep their data, and how it is read past their daemons: chosen once for a run with
//! `JIEXU_STORE`. There is `sqlite` only; goals about files and disks (power, failing, restores, upgrades) are about it.

use std::path::Path;
use std::time::Duration;

use jiexu::store::proof::Proof;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions};

use crate::support::exchange::Agency;

const VARIABLE: &str = "JIEXU_STORE";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored {
    Sqlite,
}

impl Stored {
    /// A word that chooses nothing would look like a run on it.
    pub fn chosen() -> Stored {
        match std::env::var(VARIABLE).as_deref() {
            Err(_) | Ok("sqlite") => Stored::Sqlite,
            Ok(other) => panic!("{VARIABLE}={other}: there is sqlite"),
        }
    }

    /// For the conditions of a goal.
    pub fn word(self) -> &'static str {
        match self {
            Stored::Sqlite => "SQLite",
        }
    }

    /// An agency's data, for reading only; none while there is none yet.
    pub async fn open(self, agency: &Agency) -> Option<SqliteConnection> {
        match self {
            Stored::Sqlite => sqlite(&agency.database()).await,
        }
    }

    /// An agency's data, with its peer's beside it under the name `peer`.
    pub async fn open_beside(self, agency: &Agency, peer: &Agency) -> SqliteConnection {
        let mut data = self.open(agency).await.expect("a database");
        match self {
            Stored::Sqlite => {
                let attach = format!("ATTACH DATABASE '{}' AS peer", peer.database().display());
                sqlx::query(AssertSqlSafe(attach)).execute(&mut data).await.expect("the peer's database");
            }
        }
        data
    }

    /// The first number that a statement gives; none while there is no data yet.
    pub async fn count(self, agency: &Agency, sql: &'static str) -> Option<i64> {
        let mut data = self.open(agency).await?;
        sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut data).await.ok()
    }

    pub async fn proof(self, agency: &Agency) -> Proof {
        match self {
            Stored::Sqlite => Proof::open(&agency.database()).await.expect("a database"),
        }
    }
}

/// A database file, for reading only; none while there is no such file yet.
pub async fn sqlite(path: &Path) -> Option<SqliteConnection> {
    let options = SqliteConnectOptions::new().filename(path).read_only(true).busy_timeout(Duration::from_secs(10));
    options.disable_statement_logging().connect().await.ok()
}
