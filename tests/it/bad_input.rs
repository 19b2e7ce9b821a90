//! Bad input: everything a peer, the broker or an operator may hand in that cannot be taken. What is tried stands in
//! `tests/corpus` with what it must get; here it is made, handed to a running daemon, and looked at afterwards.

mod fuzzed;
mod letters;
mod parts;
mod peers;
mod start;
mod table;
mod town;
mod tries;

use std::time::{Duration, Instant};

use crate::support::{allowed, goal};
use town::Town;

/// A good message behind a bad one is applied within this, at median: a busy machine has more for single ones.
const GOOD_LIMIT: Duration = Duration::from_secs(1);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_bad_message_gets_its_outcome_and_the_next_good_one_is_applied() {
    let begun = Instant::now();
    let rows = table::rows(include_str!("../corpus/messages.txt"));
    let mut town = Town::start().await;
    let tries = tries::all(&mut town).await;
    let listed: Vec<_> = rows.iter().map(|row| row.name).collect();
    let made: Vec<_> = tries.iter().map(|tried| tried.name).collect();
    assert_eq!(listed, made, "the table and what makes its entries, in the same order");
    let mut violations = Vec::new();
    let mut waits = Vec::new();
    for (row, tried) in rows.iter().zip(tries) {
        if let Err(what) = town.tries(row, &tried).await {
            violations.push(format!("{} {}: {what}", row.id, row.name));
        }
        waits.push(town.good().await.unwrap_or_else(|| panic!("{} {}: wedged\n{}", row.id, row.name, town.log())));
    }
    waits.sort();
    violations.extend(town.closing().await);
    let (median, most) = (waits[waits.len() / 2], waits[waits.len() - 1]);
    let conditions = format!(
        "one daemon, RabbitMQ, five senders; the good message behind each applied in {} ms at median, {} ms at most",
        median.as_millis(),
        most.as_millis()
    );
    goal::line("G16", 0, rows.len(), violations.len(), begun, &conditions);
    assert!(violations.is_empty(), "{violations:#?}\n{}", town.log());
    assert!(median < allowed(GOOD_LIMIT), "{waits:?}");
}
