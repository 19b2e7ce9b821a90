//! What a story expects of an agency, read from its database: the same whoever carried the story out.

mod peers;
mod person;

use jiexu::domain::money::Balance;
use sqlx::Row;

use super::vocabulary;
use crate::support::people::document_of;
use crate::support::sight::Sight;

/// Whether it is as the words say; what was found where it is not.
pub async fn expect(sight: &Sight<'_>, words: &[&str]) -> Result<(), String> {
    match words {
        ["has", "told", who, told @ ..] => person::has_told(sight, vocabulary::person(who)?, told).await,
        ["task", kind, "with", who] => {
            let hands = sight.tasks(kind).await.pop().ok_or("no such task")?.assignee;
            same(hands.unwrap_or_else(|| "nobody".to_owned()), who)
        }
        ["task", kind, "due", day] => {
            let row = sight.tasks(kind).await.pop().ok_or("no such task")?;
            same(if row.due_provisional { "provisional".to_owned() } else { row.due_on }, day)
        }
        ["task", kind, "allows", verbs @ ..] => {
            same(sight.tasks(kind).await.pop().ok_or("no such task")?.verbs.join(" "), &verbs.join(" "))
        }
        ["task", kind, count @ ..] => {
            counted(sight, "SELECT kind AS word FROM tasks WHERE closed_at IS NULL", kind, count.first()).await
        }
        ["closed", peer, rest @ ..] => peers::closed(sight, peer, rest).await,
        ["day", rest @ ..] => peers::day(sight, rest).await,
        ["digest", rest @ ..] => peers::digest(sight, rest).await,
        ["early", count] => counted(sight, "SELECT state AS word FROM inbox", "early", Some(count)).await,
        ["refused", code, count @ ..] => {
            let sql = "SELECT refusal AS word FROM inbox WHERE refusal IS NOT NULL";
            counted(sight, sql, code, count.first()).await
        }
        ["audit", action, count @ ..] => {
            counted(sight, "SELECT action AS word FROM audit", action, count.first()).await
        }
        ["line", hint, count @ ..] => {
            counted(sight, "SELECT COALESCE(hint, state) AS word FROM bank_lines", hint, count.first()).await
        }
        ["progress", "of", who, count] => {
            let document = document_of(vocabulary::person(who)?);
            let found = sight.views.progress_of(document.number()).await.map_err(|cause| cause.to_string())?;
            same(found.len().to_string(), count)
        }
        ["suspense", amount] => {
            let sql = "SELECT COALESCE(SUM(balance), 0) AS sum FROM accounts WHERE class = 'suspense'";
            same(Balance(sight.rows(sql).await[0].get("sum")).to_string(), amount)
        }
        [who, rest @ ..] => person::expect(sight, vocabulary::person(who)?, rest).await,
        [] => Err("what is expected?".into()),
    }
}

fn same(found: String, wanted: &str) -> Result<(), String> {
    if found == wanted { Ok(()) } else { Err(format!("found {found}, not {wanted}")) }
}

/// So many rows with this word, one where no number is given.
async fn counted(sight: &Sight<'_>, sql: &'static str, word: &str, wanted: Option<&&str>) -> Result<(), String> {
    let found = sight.rows(sql).await.iter().filter(|row| row.get::<&str, _>("word") == word).count();
    same(found.to_string(), wanted.copied().unwrap_or("1"))
}
