//! Somebody with the database in hand changes one row of the ledger or of the audit chain: whatever column, whatever value,
//! `jiexu verify` finds it and names the row. `JIEXU_EDITS=1000` tries as many; `JIEXU_SEED=n` begins elsewhere.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use jiexu::store::proof::Proof;
use jiexu::store::verify::Report;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, Connection, Row, query};

use crate::support::dice::Dice;
use crate::support::goal;
use crate::support::transfers::a_few_transfers;
use crate::support::world::World;

/// What may be edited: table, column, and what an editor would write there beside another row's value.
const COLUMNS: &[(&str, &str, &[&str])] = &[
    ("entries", "posting", &["'credit/none/1'", "posting || ' '", "CAST(x'ff' AS TEXT)"]),
    ("entries", "line", &["line + 7", "-line"]),
    ("entries", "account", &["'bank'", "'person/NOBODY'", "account || 'X'", "CAST(x'c0' AS TEXT)"]),
    ("entries", "side", &["CASE side WHEN 'D' THEN 'C' ELSE 'D' END"]),
    ("entries", "fen", &["fen + 1", "fen * 100", "9223372036854775807"]),
    ("entries", "case_id", &["NULL", "x'00'", "COALESCE(case_id, x'') || x'01'"]),
    ("entries", "booked_on", &["'2026-01-01'", "'yesterday'", "''"]),
    ("entries", "at", &["at + 1", "0", "-at"]),
    ("entries", "n", &["n + 1000000", "NULL", "-n"]),
    ("entries", "hash", &["NULL", "x''", "zeroblob(32)", "zeroblob(33)"]),
    ("accounts", "account", &["account || 'X'", "'person/NOBODY'"]),
    ("accounts", "class", &["CASE class WHEN 'person' THEN 'suspense' ELSE 'person' END", "''"]),
    ("accounts", "balance", &["balance + 1", "-balance - 1"]),
    ("audit", "n", &["n + 1000000", "-n"]),
    ("audit", "at", &["at + 1", "0"]),
    ("audit", "actor", &["'somebody'", "''", "CAST(x'ff' AS TEXT)"]),
    ("audit", "action", &["action || 'x'", "''"]),
    ("audit", "object", &["object || 'x'", "''", "CAST(x'80' AS TEXT)"]),
    ("audit", "detail", &["detail || '.'", "''"]),
    ("audit", "prev", &["zeroblob(32)", "x''", "hash"]),
    ("audit", "hash", &["zeroblob(32)", "x''", "prev"]),
    ("audit", "ledger_n", &["ledger_n + 1", "NULL", "0"]),
    ("audit", "ledger", &["zeroblob(32)", "NULL", "hash"]),
];

/// The files of two agencies with a few transfers in their books.
async fn books() -> (World, Vec<PathBuf>) {
    let world = a_few_transfers(20).await;
    let mut files = Vec::new();
    for node in &world.nodes {
        files.push(node.store.path().to_owned());
        Arc::clone(&node.store).close().await;
    }
    (world, files)
}

async fn editor(path: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(path);
    let mut connection = SqliteConnection::connect_with(&options).await.expect("the file opens");
    // Who can write the file can drop its rules.
    let rules = query("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetch_all(&mut connection).await;
    for rule in rules.expect("triggers") {
        let sql = format!("DROP TRIGGER {}", rule.get::<String, _>("name"));
        query(AssertSqlSafe(sql)).execute(&mut connection).await.expect("dropped");
    }
    connection
}

async fn verify(path: &Path) -> Report {
    let proof = Proof::open(path).await.expect("the file opens");
    proof.verify().await.expect("verify answers, whatever stands in the rows")
}

/// How `verify` names this row, as it stands now.
async fn names(at: &mut SqliteConnection, table: &str, rowid: i64) -> Vec<String> {
    let name = match table {
        "entries" => "CAST(CAST(posting AS BLOB) AS TEXT) || ' ' || line",
        "accounts" => "account",
        _ => "'#' || n",
    };
    let sql = format!("SELECT CAST({name} AS BLOB) AS name FROM {table} WHERE rowid = {rowid}");
    let row = query(AssertSqlSafe(sql)).fetch_optional(at).await.expect("a row");
    row.iter().map(|row| String::from_utf8_lossy(&row.get::<Vec<u8>, _>("name")).into_owned()).collect()
}

/// One edit and its way back; none where it would change nothing or break a rule of the table.
struct Edit {
    table: &'static str,
    column: &'static str,
    /// Which row: its name before and after.
    names: Vec<String>,
    rowid: i64,
    written: String,
}

async fn edit(at: &mut SqliteConnection, dice: &mut Dice) -> Option<Edit> {
    let (table, column, values) = COLUMNS[dice.below(COLUMNS.len())];
    let rows = query(AssertSqlSafe(format!("SELECT rowid AS r FROM {table}"))).fetch_all(&mut *at).await.expect("rows");
    let rowid: i64 = rows[dice.below(rows.len())].get("r");
    let other: i64 = rows[dice.below(rows.len())].get("r");
    let of_another = format!("(SELECT {column} FROM {table} WHERE rowid = {other})");
    let place = dice.below(values.len() + 1);
    let value = values.get(place).copied().unwrap_or(&of_another);
    let mut named = names(at, table, rowid).await;
    query(AssertSqlSafe(format!("CREATE TABLE before_edit AS SELECT * FROM {table} WHERE rowid = {rowid}")))
        .execute(&mut *at)
        .await
        .expect("kept");
    let sql = format!("UPDATE {table} SET {column} = {value} WHERE rowid = {rowid} AND {column} IS NOT {value}");
    let done = query(AssertSqlSafe(sql)).execute(&mut *at).await;
    if !done.is_ok_and(|done| done.rows_affected() == 1) {
        query("DROP TABLE before_edit").execute(&mut *at).await.expect("dropped");
        return None;
    }
    // The audit chain's number is its rowid: the row has moved.
    let rowid = if (table, column) == ("audit", "n") {
        let sql = "SELECT audit.n AS r FROM audit, before_edit WHERE audit.hash = before_edit.hash";
        query(sql).fetch_one(&mut *at).await.expect("the row").get("r")
    } else {
        rowid
    };
    named.extend(names(at, table, rowid).await);
    Some(Edit { table, column, names: named, rowid, written: value.to_owned() })
}

async fn undo(at: &mut SqliteConnection, edit: &Edit) {
    let sql = format!(
        "UPDATE {0} SET {1} = (SELECT {1} FROM before_edit) WHERE rowid = {2}",
        edit.table, edit.column, edit.rowid
    );
    let done = query(AssertSqlSafe(sql)).execute(&mut *at).await.expect("put back");
    assert_eq!(done.rows_affected(), 1);
    query("DROP TABLE before_edit").execute(&mut *at).await.expect("dropped");
}

fn finds(report: &Report, edit: &Edit) -> bool {
    let named = |check: &jiexu::store::verify::Check| check.broken.iter().any(|name| edit.names.contains(name));
    !report.clean && report.checks.iter().any(named)
}

#[tokio::test]
async fn every_edit_of_ledger_and_audit_is_found_and_named() {
    let begun = Instant::now();
    let edits: usize = std::env::var("JIEXU_EDITS").ok().and_then(|n| n.parse().ok()).unwrap_or(200);
    let seed: u64 = std::env::var("JIEXU_SEED").ok().and_then(|n| n.parse().ok()).unwrap_or(20);
    let (_world, files) = books().await;
    let mut dice = Dice::new(seed);
    let (mut done, mut missed) = (0, Vec::new());
    for (n, path) in files.iter().enumerate() {
        let mut at = editor(path).await;
        let report = verify(path).await;
        assert!(report.clean, "{report:#?}");
        let most = edits * (n + 1) / files.len();
        while done < most {
            let Some(edit) = edit(&mut at, &mut dice).await else { continue };
            done += 1;
            let report = verify(path).await;
            if !finds(&report, &edit) {
                let broken: Vec<_> = report.checks.iter().flat_map(|check| &check.broken).collect();
                missed
                    .push(format!("{}.{} = {} of {:?}: {broken:?}", edit.table, edit.column, edit.written, edit.names));
            }
            undo(&mut at, &edit).await;
        }
        assert!(verify(path).await.clean, "every edit was undone");
    }
    goal::line("G20", seed, done, missed.len(), begun, "SQLite, two agencies, one edited cell at a time");
    assert!(missed.is_empty(), "{} of {done}: {missed:#?}", missed.len());
}
