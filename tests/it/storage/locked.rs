//! F23: another program holds the database for longer than a daemon waits for it. What is in hand is held, not refused and
//! not acknowledged, and goes on when the other lets go.

use std::time::{Duration, Instant};

use jiexu::daemon::Request;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};

use super::{FROM, TO, applications, register, until_closed};
use crate::support::PATIENCE;
use crate::support::exchange::{Exchange, show_log};

const PEOPLE: u32 = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_another_program_holds_is_waited_for_and_nothing_is_lost() {
    let mut exchange = Exchange::prepare(&[FROM, TO]);
    exchange.start_all().await;
    register(&mut exchange, 1..=PEOPLE).await;
    let file = SqliteConnectOptions::new().filename(exchange.agency(FROM).database()).disable_statement_logging();
    let mut other = file.connect().await.expect("a database");
    let held = other.begin_with("BEGIN IMMEDIATE").await.expect("a lock");
    exchange.agency(TO).ask(&applications(1..=PEOPLE)).await;
    let home = exchange.agency(FROM).home.clone();
    let begun = Instant::now();
    while !show_log(&home).contains("STORE_WRITE") {
        assert!(begun.elapsed() < PATIENCE, "it does not say that it waits:\n{}", show_log(&home));
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    // It lives and answers, and has taken nothing.
    let inbox = exchange.agency(FROM).ask(&Request::Overview).await["inbox"].clone();
    assert!(inbox.as_array().is_some_and(Vec::is_empty), "{inbox}");
    held.rollback().await.expect("let go");
    other.close().await.expect("closed");
    until_closed(&mut exchange, PEOPLE as usize).await;
    for code in [FROM, TO] {
        exchange.agency(code).verify_clean().await;
    }
}
