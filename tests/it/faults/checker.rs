//! The checker: reads both databases and the broker's queues by itself and holds them against the journal, the bank and
//! each other. It asks no daemon, and must find them all stopped and drained.

use std::collections::{BTreeMap, BTreeSet};

use jiexu::trial::bench::people;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Row};

use super::load::{CITIES, Load};
use crate::support::exchange::Broker;

/// What must hold in every agency's file at any moment, also of one that was killed just now: each gives no row.
const ALWAYS: &[(&str, &str)] = &[
    (
        "I1 a posting's sides differ",
        "SELECT posting FROM entries GROUP BY posting
      HAVING SUM(CASE side WHEN 'D' THEN fen ELSE -fen END) <> 0",
    ),
    (
        "I1 a balance is not the sum of its entries",
        "SELECT accounts.account FROM accounts LEFT JOIN (SELECT account,
      SUM(CASE side WHEN 'D' THEN fen ELSE -fen END) AS debit FROM entries GROUP BY account) AS sums
      ON sums.account = accounts.account
      WHERE balance <> COALESCE(CASE class WHEN 'bank' THEN debit ELSE -debit END, 0)",
    ),
    ("I1 entries without a balance", "SELECT account FROM entries WHERE account NOT IN (SELECT account FROM accounts)"),
    ("I1 somebody is below zero", "SELECT account FROM accounts WHERE class <> 'bank' AND balance < 0"),
    (
        "I3 a case debited or credited twice",
        "SELECT posting FROM entries WHERE account LIKE 'person/%'
      AND (posting LIKE 'debit/%' OR posting LIKE 'credit/%')
      GROUP BY case_id, SUBSTR(posting, 1, 5) HAVING COUNT(*) > 1",
    ),
    (
        "I3 a posting without its once-only key",
        "SELECT DISTINCT posting FROM entries
      WHERE posting NOT IN (SELECT effect FROM effects)",
    ),
    (
        "I4 a step is missing",
        "SELECT letter_no FROM cases WHERE version <>
      (SELECT COUNT(*) FROM case_steps WHERE case_steps.case_id = cases.case_id)",
    ),
    (
        "I12 a message that is neither taken, early nor refused",
        "SELECT kind FROM inbox
      WHERE state NOT IN ('applied', 'early', 'refused')",
    ),
    (
        "a lane has a gap",
        // What a peer gave back after a restore stands there without a frame.
        "SELECT recipient FROM outbox WHERE LENGTH(frame) > 0 GROUP BY recipient, epoch, lane
      HAVING MAX(seq) <> COUNT(*) OR MIN(seq) <> 1",
    ),
    (
        "epoch",
        "SELECT value FROM meta WHERE name = 'epoch' AND value <> (SELECT CAST(COALESCE(MAX(epoch), 1) AS TEXT) FROM restores)",
    ),
    ("the file itself", "SELECT quick_check FROM pragma_quick_check WHERE quick_check <> 'ok'"),
];

/// Between an agency and its peer, attached as `peer`, when all is drained.
const BETWEEN: &[(&str, &str)] = &[
    (
        "I5 sent, and not in the receiver's inbox byte for byte",
        "SELECT kind FROM outbox AS sent
      WHERE sent.recipient = (SELECT value FROM peer.meta WHERE name = 'agency') AND NOT EXISTS (SELECT 1
      FROM peer.inbox AS got WHERE got.sender = (SELECT value FROM main.meta WHERE name = 'agency')
      AND got.message_id = sent.message_id AND got.digest = sent.digest
      AND (got.frame = sent.frame OR LENGTH(sent.frame) = 0))
      AND NOT (sent.kind = 'Receipt' AND (EXISTS (SELECT 1 FROM peer.restores) OR EXISTS (SELECT 1
      FROM peer.dead_letters WHERE reason = 'decide_panic' AND dead_letters.frame = sent.frame)))",
    ),
    (
        "I9 received, and never committed by the sender",
        "SELECT kind FROM peer.inbox AS got
      WHERE got.sender = (SELECT value FROM main.meta WHERE name = 'agency') AND NOT EXISTS (SELECT 1
      FROM main.outbox AS sent WHERE sent.message_id = got.message_id AND sent.digest = got.digest)
      AND NOT (got.kind IN ('Receipt', 'Refusal', 'PeerNotice')
      AND got.epoch < (SELECT CAST(value AS INTEGER) FROM main.meta WHERE name = 'epoch'))",
    ),
    ("I6 not receipted", "SELECT kind FROM outbox WHERE state <> 'closed'"),
    (
        "I2 debited here, credited otherwise there",
        "SELECT out_of.case_id FROM
      (SELECT case_id, SUM(fen) AS fen FROM main.entries WHERE posting LIKE 'debit/%' AND account LIKE 'person/%'
       GROUP BY case_id) AS out_of LEFT JOIN
      (SELECT case_id, SUM(fen) AS fen FROM peer.entries WHERE posting LIKE 'credit/%' AND account LIKE 'person/%'
       GROUP BY case_id) AS into_it ON into_it.case_id = out_of.case_id
      WHERE into_it.fen IS NULL OR into_it.fen <> out_of.fen",
    ),
    (
        "I2 credited there, never debited here",
        "SELECT case_id FROM peer.entries WHERE posting LIKE 'credit/%'
      AND case_id NOT IN (SELECT case_id FROM main.entries WHERE posting LIKE 'debit/%')",
    ),
    (
        "a case that only one side knows",
        "SELECT letter_no FROM main.cases
      WHERE case_id NOT IN (SELECT case_id FROM peer.cases)",
    ),
    ("I13 not at its end", "SELECT letter_no FROM cases WHERE open = 1"),
];

async fn broken(file: &mut SqliteConnection, agency: &str, rules: &[(&str, &'static str)], found: &mut Vec<String>) {
    for (what, sql) in rules {
        let rows = sqlx::query(AssertSqlSafe(*sql)).fetch_all(&mut *file).await.expect("a query that fits the schema");
        if !rows.is_empty() {
            let first = rows[0].try_get::<String, _>(0).unwrap_or_default();
            found.push(format!("{agency}: {what}: {first} ({} times)", rows.len()));
        }
    }
}

/// What must hold at any moment, in the file of an agency that may have been killed just now.
pub async fn at_any_moment<B: Broker>(load: &Load<B>, agency: usize) -> Vec<String> {
    let mut found = Vec::new();
    let agency = &load.exchange.agencies[agency];
    if let Some(mut file) = load.store.open(agency).await {
        broken(&mut file, &agency.code, ALWAYS, &mut found).await;
    }
    found
}

/// Everything, once all is drained and stopped.
pub async fn at_the_end<B: Broker>(load: &Load<B>) -> Vec<String> {
    let mut found = Vec::new();
    let mut files = Vec::new();
    for n in 0..2 {
        let (agency, peer) = (&load.exchange.agencies[n], &load.exchange.agencies[1 - n]);
        let mut file = load.store.open_beside(agency, peer).await;
        broken(&mut file, &agency.code, ALWAYS, &mut found).await;
        broken(&mut file, &agency.code, BETWEEN, &mut found).await;
        files.push(Read::of(&mut file).await);
        let proof = load.store.proof(agency).await;
        let report = proof.verify().await.expect("a report");
        for check in report.checks.iter().filter(|check| !check.broken.is_empty()) {
            found.push(format!("{}: verify {} {}", agency.code, check.invariant, check.english));
        }
        proof.close().await;
        let ready = load.queued(n).await;
        if ready > 0 {
            found.push(format!("{}: {ready} messages left in the queue", agency.code));
        }
    }
    money(load, &files, &mut found);
    people(load, &files, &mut found);
    promises(load, &files, &mut found);
    found
}

/// What the rules above do not compare inside the database.
struct Read {
    /// Case and application, by application no.
    applications: BTreeMap<String, Vec<u8>>,
    /// Role, relation and money, by case.
    cases: BTreeMap<Vec<u8>, (String, String, String)>,
    balances: BTreeMap<String, i64>,
    opened: i64,
    persons: BTreeSet<String>,
    lines: BTreeSet<String>,
    confirmed: BTreeSet<String>,
    dead: u64,
}

impl Read {
    async fn of(file: &mut SqliteConnection) -> Read {
        let mut rows = async |sql: &'static str| {
            sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut *file).await.expect("a query that fits the schema")
        };
        let applications = rows("SELECT event_key, case_id FROM events WHERE event_key LIKE 'application/%'").await;
        let cases = rows("SELECT case_id, role, relation, COALESCE(money, '-') AS money FROM cases").await;
        let balances = rows("SELECT account, balance FROM accounts").await;
        let opened = "SELECT COALESCE(SUM(fen), 0) AS fen FROM entries WHERE posting LIKE 'opening/%' AND side = 'D'";
        let opened = rows(opened).await;
        let persons = rows("SELECT person_no FROM people").await;
        let lines = rows("SELECT bank_txn_no FROM bank_lines").await;
        let confirmed = rows("SELECT payment_ref FROM payments WHERE state = 'confirmed'").await;
        let dead = rows("SELECT COUNT(*) AS n FROM dead_letters").await;
        Read {
            applications: applications
                .iter()
                .map(|row| (row.get::<&str, _>("event_key")["application/".len()..].to_owned(), row.get("case_id")))
                .collect(),
            cases: cases
                .iter()
                .map(|row| (row.get("case_id"), (row.get("role"), row.get("relation"), row.get("money"))))
                .collect(),
            balances: balances.iter().map(|row| (row.get("account"), row.get("balance"))).collect(),
            opened: opened[0].get("fen"),
            persons: persons.iter().map(|row| row.get("person_no")).collect(),
            lines: lines.iter().map(|row| row.get("bank_txn_no")).collect(),
            confirmed: confirmed.iter().map(|row| row.get("payment_ref")).collect(),
            dead: u64::try_from(dead[0].get::<i64, _>("n")).expect("a count"),
        }
    }

    fn sum(&self, is_meant: impl Fn(&str) -> bool) -> i64 {
        self.balances.iter().filter(|(account, _)| is_meant(account)).map(|(_, fen)| fen).sum()
    }
}

/// Not a fen more or less: over all agencies, and at each against the bank's own ledger.
fn money<B>(load: &Load<B>, files: &[Read], found: &mut Vec<String>) {
    for (n, file) in files.iter().enumerate() {
        let bank = file.sum(|account| account == "bank");
        let expected = file.opened + load.bank[n];
        if bank != expected {
            found.push(format!("I2 {}: {bank} fen at the bank, its ledger says {expected}", CITIES[n]));
        }
    }
    let owed: i64 = files.iter().map(|file| file.sum(|account| account != "bank")).sum();
    let opened: i64 = files.iter().map(|file| file.opened).sum();
    if owed != opened + load.strange {
        found.push(format!("I2 {owed} fen owed over all agencies, {opened} opened and {} strange", load.strange));
    }
    let dead: u64 = files.iter().map(|file| file.dead).sum();
    if dead != load.garbage {
        found.push(format!("{dead} dead letters, {} made of garbage", load.garbage));
    }
}

/// Everybody who applied has moved, with the whole balance, once.
fn people<B>(load: &Load<B>, files: &[Read], found: &mut Vec<String>) {
    let mut wrong = 0;
    for number in 0..load.people {
        let to = people::incoming(number);
        let cities = CITIES.map(|code| (code, code));
        let application = people::application(number, cities).expect("an application").application_no.to_string();
        let state = files[to].applications.get(&application).map(|case| {
            let at =
                |n: usize| files[n].cases.get(case).map(|(role, relation, money)| (&**role, &**relation, &**money));
            (at(to), at(1 - to))
        });
        let ended = Some((Some(("incoming", "COMPLETED", "CREDITED")), Some(("outgoing", "COMPLETED", "CONFIRMED"))));
        let balance = |agency: usize| {
            let person = people::entry(number, agency).expect("a person").person.person_no;
            files[agency].balances.get(&format!("person/{person}")).copied().unwrap_or(0)
        };
        let whole = people::entry(number, 1 - to).expect("a person").balance.0;
        let is_moved = state == ended && balance(to) == whole && balance(1 - to) == 0;
        if !is_moved {
            wrong += 1;
            if wrong <= 5 {
                found.push(format!("{application}: {state:?}, {} of {whole} fen arrived", balance(to)));
            }
        }
    }
    if wrong > 5 {
        found.push(format!("and {} more who did not move as they should", wrong - 5));
    }
}

/// Every positive answer is found again.
fn promises<B>(load: &Load<B>, files: &[Read], found: &mut Vec<String>) {
    let mut lost = |word: &str, is_there: &dyn Fn(&str) -> bool| {
        let missing = load.journal.names(word).into_iter().filter(|name| !is_there(name)).count();
        if missing > 0 {
            found.push(format!("{missing} times `{word}` was answered and is lost"));
        }
    };
    lost("applied", &|name| files.iter().any(|file| file.applications.contains_key(name)));
    lost("registered", &|name| files.iter().any(|file| file.persons.contains(name)));
    lost("imported-0", &|name| files[0].lines.contains(name));
    lost("imported-1", &|name| files[1].lines.contains(name));
    lost("booked", &|name| files.iter().any(|file| file.confirmed.contains(name)));
}
