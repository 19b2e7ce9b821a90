//! The one file that knows which engine runs: connections, values, lists, and rows in bulk.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

use sqlx::AssertSqlSafe;
use sqlx::query::Query;
use sqlx::sqlite::{Sqlite, SqliteArguments, SqliteConnection, SqliteRow};

use super::StoreError;

/// A column value: three types and nothing, the same on every engine.
#[derive(Debug, Clone)]
pub enum Value<'a> {
    Text(Cow<'a, str>),
    Int(i64),
    Bytes(Cow<'a, [u8]>),
    Null,
}

impl<'a> Value<'a> {
    pub fn text(text: impl Into<Cow<'a, str>>) -> Value<'a> {
        Value::Text(text.into())
    }

    pub fn bytes(bytes: impl Into<Cow<'a, [u8]>>) -> Value<'a> {
        Value::Bytes(bytes.into())
    }

    pub fn maybe<T>(value: Option<T>, make: impl FnOnce(T) -> Value<'a>) -> Value<'a> {
        value.map_or(Value::Null, make)
    }
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Value::Int(number)
    }
}

impl From<bool> for Value<'_> {
    fn from(truth: bool) -> Self {
        Value::Int(i64::from(truth))
    }
}

impl From<u32> for Value<'_> {
    fn from(number: u32) -> Self {
        Value::Int(i64::from(number))
    }
}

/// Counters stay far below 2^63; a larger one would be a bug and is stored as the largest.
impl From<u64> for Value<'_> {
    fn from(number: u64) -> Self {
        Value::Int(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

/// How many keys a list query takes. A shorter list is filled up with nothing, which equals no key, so that few prepared
/// statements serve all.
const LISTS: [usize; 3] = [8, 32, 128];

/// Replaces `$LIST` by placeholders from `$first` on. Nameless where nothing stands before them: the driver searches
/// for each name among all of them, at every execution.
fn expand(sql: &'static str, first: usize, size: usize) -> String {
    let place = |n: usize| if first == 1 { "?".to_owned() } else { format!("${n}") };
    let places: Vec<String> = (first..first + size).map(place).collect();
    sql.replace("$LIST", &places.join(", "))
}

/// Cuts a list into queries: the statement of each, with its values.
fn queries<'a>(
    sql: &'static str,
    fixed: &'a [Value<'_>],
    keys: &'a [Value<'_>],
) -> impl Iterator<Item = Bound<'static>> + 'a {
    let [.., largest] = LISTS;
    keys.chunks(largest).map(move |chunk| {
        let size = LISTS.into_iter().find(|size| chunk.len() <= *size).unwrap_or(largest);
        let text = cached((sql, size), || expand(sql, fixed.len() + 1, size));
        let filling = std::iter::repeat_n(Value::Null, size - chunk.len());
        query(text, fixed.iter().chain(chunk).cloned().chain(filling))
    })
}

/// SQL text made once per statement and size, so that the connection finds it prepared.
fn cached(key: (&'static str, usize), make: impl FnOnce() -> String) -> &'static str {
    static TEXTS: LazyLock<Mutex<HashMap<(&'static str, usize), &'static str>>> = LazyLock::new(Mutex::default);
    let mut texts = TEXTS.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    // Leaked on purpose: as many texts as there are statements in the catalogue times sizes.
    texts.entry(key).or_insert_with(|| Box::leak(make().into_boxed_str()))
}

type Bound<'q> = Query<'q, Sqlite, SqliteArguments>;

fn bind<'q>(query: Bound<'q>, value: Value<'_>) -> Bound<'q> {
    match value {
        Value::Text(text) => query.bind(text.into_owned()),
        Value::Int(number) => query.bind(number),
        Value::Bytes(bytes) => query.bind(bytes.into_owned()),
        Value::Null => query.bind(None::<String>),
    }
}

fn query<'q>(sql: &'static str, values: impl IntoIterator<Item = Value<'q>>) -> Bound<'static> {
    values.into_iter().fold(sqlx::query(AssertSqlSafe(sql)), |query, value| bind(query, value))
}

/// Runs one statement; how many rows it changed.
pub async fn execute(
    connection: &mut SqliteConnection,
    sql: &'static str,
    values: Vec<Value<'_>>,
) -> Result<u64, StoreError> {
    Ok(query(sql, values).execute(connection).await?.rows_affected())
}

/// A canary's: what was written so far is durable, whatever becomes of the rest.
pub async fn part(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    execute(connection, "COMMIT", Vec::new()).await?;
    execute(connection, "BEGIN IMMEDIATE", Vec::new()).await?;
    Ok(())
}

/// Runs one statement; its rows.
pub async fn rows(
    connection: &mut SqliteConnection,
    sql: &'static str,
    values: Vec<Value<'_>>,
) -> Result<Vec<SqliteRow>, StoreError> {
    Ok(query(sql, values).fetch_all(connection).await?)
}

/// Runs a statement with `$LIST` for any number of keys after the fixed values; all rows.
pub async fn rows_in(
    connection: &mut SqliteConnection,
    sql: &'static str,
    fixed: &[Value<'_>],
    keys: &[Value<'_>],
) -> Result<Vec<SqliteRow>, StoreError> {
    let mut all = Vec::new();
    for query in queries(sql, fixed, keys) {
        all.extend(query.fetch_all(&mut *connection).await?);
    }
    Ok(all)
}

/// As [`rows_in`], for statements that change rows.
pub async fn execute_in(
    connection: &mut SqliteConnection,
    sql: &'static str,
    fixed: &[Value<'_>],
    keys: &[Value<'_>],
) -> Result<u64, StoreError> {
    let mut changed = 0;
    for query in queries(sql, fixed, keys) {
        changed += query.execute(&mut *connection).await?.rows_affected();
    }
    Ok(changed)
}

/// Sizes in which rows are inserted: few prepared statements, few round trips (each is a hand-over between threads).
const SIZES: [usize; 6] = [32, 16, 8, 4, 2, 1];

/// Inserts any number of rows; `insert` ends in `VALUES $ROWS`, optionally followed by a conflict clause.
pub async fn insert(
    connection: &mut SqliteConnection,
    insert: &'static str,
    rows: Vec<Vec<Value<'_>>>,
) -> Result<u64, StoreError> {
    let Some(columns) = rows.first().map(Vec::len) else { return Ok(0) };
    let mut changed = 0;
    let mut rest = rows.into_iter().peekable();
    while rest.peek().is_some() {
        let size = SIZES.into_iter().find(|size| *size <= rest.len()).unwrap_or(1);
        let text = cached((insert, size), || insert.replace("$ROWS", &places(size, columns)));
        let values = rest.by_ref().take(size).flatten();
        changed += query(text, values).execute(&mut *connection).await?.rows_affected();
    }
    Ok(changed)
}

/// Nameless, for the reason given at [`expand`].
fn places(rows: usize, columns: usize) -> String {
    let row = format!("({})", vec!["?"; columns].join(", "));
    vec![row; rows].join(", ")
}
