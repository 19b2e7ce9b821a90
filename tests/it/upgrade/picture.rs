//! All that stands in a database, whichever release wrote it: every row of every table, read beside any program.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, Connection, Row, SqliteConnection};

/// Columns and rows of a table, rows as SQLite quotes them.
type Table = (Vec<String>, BTreeSet<String>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Number of the last migration.
    pub schema: i64,
    tables: BTreeMap<String, Table>,
}

async fn texts(connection: &mut SqliteConnection, sql: String) -> Vec<String> {
    let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(connection).await.expect("a sound statement");
    rows.iter().map(|row| row.get(0)).collect()
}

async fn rows(connection: &mut SqliteConnection, table: &str, columns: &[String]) -> BTreeSet<String> {
    let quoted: Vec<String> = columns.iter().map(|column| format!("quote(\"{column}\")")).collect();
    let all = texts(connection, format!("SELECT {} FROM \"{table}\"", quoted.join(" || ',' || "))).await;
    let (count, distinct) = (all.len(), all.into_iter().collect::<BTreeSet<_>>());
    assert_eq!(count, distinct.len(), "{table}: two rows alike");
    distinct
}

async fn open(path: &Path) -> SqliteConnection {
    SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(path)).await.expect("a database")
}

impl Picture {
    /// Folds in what a killed process left in the write-ahead log, as the next start would.
    pub async fn of(path: &Path) -> Picture {
        let mut connection = open(path).await;
        let sql = "SELECT CAST(MAX(version) AS TEXT) FROM _sqlx_migrations";
        let schema = texts(&mut connection, sql.into()).await[0].parse().expect("a number");
        let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> '_sqlx_migrations'";
        let mut tables = BTreeMap::new();
        for table in texts(&mut connection, sql.into()).await {
            let columns = texts(&mut connection, format!("SELECT name FROM pragma_table_info('{table}')")).await;
            let rows = rows(&mut connection, &table, &columns).await;
            tables.insert(table, (columns, rows));
        }
        connection.close().await.expect("closed");
        Picture { schema, tables }
    }

    /// What of it the file does not hold any more, or holds otherwise; new columns, tables and facts are none of it.
    pub async fn missing_in(&self, path: &Path) -> Vec<String> {
        let mut connection = open(path).await;
        let mut missing = Vec::new();
        for (table, (columns, before)) in &self.tables {
            let now = rows(&mut connection, table, columns).await;
            let lost: Vec<&String> = before.difference(&now).take(3).collect();
            if !lost.is_empty() || (table != "meta" && now.len() != before.len()) {
                missing.push(format!("{table}: {} rows were {}, lost: {lost:?}", now.len(), before.len()));
            }
        }
        connection.close().await.expect("closed");
        missing
    }

    pub fn count(&self, table: &str) -> usize {
        self.tables.get(table).map_or(0, |(_, rows)| rows.len())
    }
}
