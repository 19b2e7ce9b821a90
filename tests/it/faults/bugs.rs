//! F21: deciding one event of every kind of the main course fails inside the program, as a bug would let it. That event
//! alone is kept aside or declined; the others of its batch go on, and once it comes again its work is done.

use std::collections::BTreeMap;

use serde_json::json;
use sqlx::Row;

use super::load::{CITIES, Load};
use super::{Goal, checker};
use crate::support::exchange::show_log;

/// Whose program has the bugs; the other's has none.
const VICTIM: usize = 1;
/// What clerks and files bring: declined, and brought again.
const BROUGHT: [&str; 5] = ["register", "periods", "application", "statement", "export"];
/// What the peer sends: a dead letter, and sent again because nobody receipted it.
const SENT: [&str; 5] = ["ContactLetter", "InformationSheet", "RemittanceNotice", "CompletionNotice", "Receipt"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_whose_deciding_panics_is_kept_aside_and_done_when_it_comes_again() {
    let goal = Goal::begin("F21").await;
    let mut load = Load::prepare(&CITIES);
    load.bugs_planted = true;
    // Of each kind the second: the first was decided well, and others are in the batch with it.
    let bugs: Vec<String> = BROUGHT.iter().chain(&SENT).map(|event| format!("bug:{event}@2")).collect();
    load.exchange.agencies[0].start();
    load.exchange.agencies[VICTIM].start_armed(Some(&bugs.join(",")));
    for agency in &mut load.exchange.agencies {
        agency.ready().await;
    }
    let mut drained = 0.0f64;
    for _ in 0..3 {
        load.add(12);
        drained = drained.max(load.drain().await.as_secs_f64());
    }
    let mut violations = Vec::new();
    if let Some(status) = load.exchange.agencies[VICTIM].ended() {
        violations.push(format!("the daemon ended: {status}"));
    }
    let log = show_log(&load.exchange.agencies[VICTIM].home);
    let mut struck = BTreeMap::new();
    for event in BROUGHT.iter().chain(&SENT) {
        let told = format!("event=\"{event}\"");
        let count = log.lines().filter(|line| line.contains("DECIDE_PANIC") && line.contains(&told)).count();
        struck.insert(*event, count);
        if count != 1 {
            violations.push(format!("{event} was noted {count} times"));
        }
    }
    let mut file = load.store.open(&load.exchange.agencies[VICTIM]).await.expect("a database");
    let dead = "SELECT reason, COUNT(*) AS count FROM dead_letters GROUP BY reason";
    let dead: Vec<(String, i64)> = sqlx::query(dead)
        .fetch_all(&mut file)
        .await
        .expect("rows")
        .iter()
        .map(|row| (row.get(0), row.get(1)))
        .collect();
    if dead != [("decide_panic".to_owned(), SENT.len() as i64)] {
        violations.push(format!("dead letters: {dead:?}"));
    }
    load.garbage += SENT.len() as u64;
    for agency in &mut load.exchange.agencies {
        agency.terminate();
    }
    violations.extend(checker::at_the_end(&load).await);
    let figures =
        json!({ "bugs": struck, "transfers": load.people, "drained_seconds": (drained * 10.0).round() / 10.0 });
    goal.end(bugs.len() as u64, &violations, figures);
}
