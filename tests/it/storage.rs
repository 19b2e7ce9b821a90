//! What happens when the disk or the file under an agency fails: a full disk, a damaged file, a second daemon, a later
//! release's file; and the copy that is made before any of it.

mod backup;
mod damage;
pub mod disk;
mod locked;

use std::ops::RangeInclusive;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use jiexu::daemon::Request;
use jiexu::domain::event::What;
use jiexu::domain::forms::Insurance;
use jiexu::domain::money::Balance;
use jiexu::domain::register::RelationStatus;
use jiexu::store::views::CaseQuery;

use crate::support::PATIENCE;
use crate::support::exchange::{Agency, Exchange, show_log};
use crate::support::people::{Relation, application, code};

const FROM: &str = "450200";
const TO: &str = "530800";

/// The command line of an agency.
fn command(agency: &Agency, words: &[&str]) -> Output {
    let config = agency.config();
    let mut command = Command::new(env!("CARGO_BIN_EXE_jiexu"));
    command.arg("--config").arg(config).args(words).env("JIEXU_ACTOR", "test").env("NO_COLOR", "1");
    command.stdin(Stdio::null()).output().expect("the program runs")
}

/// A daemon that must not start: its exit code and what it said.
fn refused_start(agency: &Agency) -> (i32, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_jiexu"))
        .arg("--config")
        .arg(agency.config())
        .arg("serve")
        .env("NO_COLOR", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    let begun = Instant::now();
    while child.try_wait().expect("a child").is_none() {
        if begun.elapsed() > PATIENCE {
            let _ = child.kill();
            panic!("it started");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let output = child.wait_with_output().expect("a child");
    (output.status.code().expect("it ended by itself"), String::from_utf8_lossy(&output.stderr).into_owned())
}

/// People stopped at 柳州 with 1234.56 each, and active at 普洱 with nothing.
async fn register(exchange: &mut Exchange, people: RangeInclusive<u32>) {
    for (us, status, balance) in [(FROM, RelationStatus::Stopped, 123_456), (TO, RelationStatus::Active, 0)] {
        let (mut rows, mut spans) = (Vec::new(), Vec::new());
        for n in people.clone() {
            let mut relation = Relation::new(n, Insurance::Employee, status);
            (relation.balance, relation.months) = (Balance(balance), Some((202_401, 202_412)));
            for event in relation.events(&code(us)) {
                match event {
                    What::Register(row) => rows.push(row),
                    What::Periods(row) => spans.push(row),
                    other => panic!("not of a register: {other:?}"),
                }
            }
        }
        let actor = || "test".to_owned();
        let agency = exchange.agency(us);
        for request in [Request::Register { actor: actor(), rows }, Request::Periods { actor: actor(), rows: spans }] {
            let answer = agency.ask(&request).await;
            assert!(answer.as_array().expect("outcomes").iter().all(|row| row["outcome"] == "applied"), "{answer}");
        }
    }
}

fn applications(people: RangeInclusive<u32>) -> Request {
    let today = jiexu::clock::now().china_date();
    let kinds = (Insurance::Employee, Insurance::Employee);
    let rows = people.map(|n| application(n, n, FROM, kinds, today)).collect();
    Request::Apply { actor: "test".to_owned(), rows }
}

/// Lets the bank work until both sides have archived so many cases.
async fn until_closed(exchange: &mut Exchange, people: usize) {
    let begun = Instant::now();
    loop {
        exchange.bank().await;
        let mut closed = 0;
        for code in [FROM, TO] {
            let query = CaseQuery { limit: Some(500), ..CaseQuery::default() };
            let page = exchange.agency(code).ask(&Request::Cases { query }).await;
            let rows = page["rows"].as_array().expect("rows");
            closed += rows.iter().filter(|row| row["relation"] == "COMPLETED" && row["holder"] == "nobody").count();
        }
        if closed == 2 * people {
            return;
        }
        if begun.elapsed() > PATIENCE {
            let logs = [FROM, TO].map(|code| show_log(&exchange.agency(code).home));
            panic!("only {closed} of {} cases closed\n{}", 2 * people, logs.join("\n"));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn bytes(path: &Path) -> Vec<u8> {
    std::fs::read(path).expect("a file")
}
