//! The load: people who move between two agencies in both directions, and a bank that books what it is given. Whatever a
//! daemon did not answer is asked again, as a clerk would; whatever it answered is in the journal.

use std::collections::{BTreeSet, VecDeque};
use std::path::Path;
use std::time::{Duration, Instant};

use futures_util::future::select_ok;
use jiexu::daemon::Request;
use jiexu::domain::event::StatementLine;
use jiexu::transport::address::Address;
use jiexu::transport::topology::{VHOST, inbound};
use jiexu::trial::bench::people;
use jiexu::trial::broker::PrivateBroker;
use lapin::options::QueueDeclareOptions;
use lapin::types::FieldTable;
use lapin::{Connection, ConnectionProperties};
use serde_json::{Value, json};
use sqlx::Row;
use tokio::time::timeout;

use super::journal::Journal;
use super::stored::Stored;
use crate::support::exchange::{Broker, Exchange, both_lines, show_log};
use crate::support::{PATIENCE, allowed};

/// The two agencies between which people move; any further one of the exchange is left alone by the load.
pub const CITIES: [&str; 2] = ["530800", "450200"];
/// Everything is done within this once nobody disturbs any more.
pub const DRAIN_LIMIT: Duration = Duration::from_secs(60);
/// Small pauses, so that what was cut off goes on soon.
pub const RELAY: &str =
    "\n[relay]\nreceipt_ms = 600\nreceipt_most_ms = 2000\ntrouble_ms = 100\ntrouble_most_ms = 500\n";
/// A broker that does not tell by then is asked again.
const LOOK_LIMIT: Duration = Duration::from_secs(5);
const ANSWER_LIMIT: Duration = Duration::from_secs(60);
/// Nothing may move for so long before all counts as done.
const SETTLE: Duration = Duration::from_millis(400);
const ACTOR: &str = "load";
/// Rows of one request; more would not be answered sooner.
const ROWS: usize = 250;

pub struct Load<B = PrivateBroker> {
    pub exchange: Exchange<B>,
    pub store: Stored,
    pub journal: Journal,
    /// How many people there are: numbers from 0.
    pub people: usize,
    waiting: VecDeque<Asked>,
    /// Everything that was ever handed in, by agency: files come again after a restore.
    handed: Vec<(usize, Request)>,
    /// Every line that an agency's bank ever told it.
    told: [Vec<StatementLine>; 2],
    /// Lines of each agency's bank that it has not taken yet.
    lines: [Vec<StatementLine>; 2],
    booked: BTreeSet<String>,
    /// What the bank says each agency's account has gained.
    pub bank: [i64; 2],
    /// Money on those accounts that belongs to no case.
    pub strange: i64,
    strangers: u32,
    pub garbage: u64,
    /// Somebody's program panics: what it declines for that reason is handed in again, as a clerk would.
    pub bugs_planted: bool,
}

/// A request that must be answered in the end, and what its positive answer means.
struct Asked {
    agency: usize,
    request: Request,
    word: &'static str,
    names: Vec<String>,
}

pub fn request(value: Value) -> Request {
    serde_json::from_value(value).expect("a request")
}

impl Load {
    /// Homes, a broker and a journal; nothing runs yet.
    pub fn prepare(codes: &[&str]) -> Load {
        Load::over(Exchange::configured(codes, RELAY))
    }
}

impl<B: Broker> Load<B> {
    /// Between the first two agencies of this exchange, of which no daemon runs yet.
    pub fn over(exchange: Exchange<B>) -> Load<B> {
        let journal = Journal::create(&exchange.agencies[0].home.join("load.journal"));
        Load {
            exchange,
            store: Stored::chosen(),
            journal,
            people: 0,
            waiting: VecDeque::new(),
            handed: Vec::new(),
            told: [Vec::new(), Vec::new()],
            lines: [Vec::new(), Vec::new()],
            booked: BTreeSet::new(),
            bank: [0, 0],
            strange: 0,
            strangers: 0,
            garbage: 0,
            bugs_planted: false,
        }
    }

    /// More people who are registered on both sides, and then apply.
    pub fn add(&mut self, count: usize) {
        let numbers: Vec<usize> = (self.people..self.people + count).collect();
        self.people += count;
        for chunk in numbers.chunks(ROWS) {
            for agency in 0..2 {
                let rows: Vec<_> = chunk.iter().map(|n| people::entry(*n, agency).expect("a person")).collect();
                let names = rows.iter().map(|row| row.person.person_no.to_string()).collect();
                self.ask(agency, Request::Register { actor: ACTOR.to_owned(), rows }, "registered", names);
                let rows = chunk.iter().map(|n| people::periods(*n, agency).expect("periods")).collect();
                self.ask(agency, Request::Periods { actor: ACTOR.to_owned(), rows }, "insured", Vec::new());
            }
            for agency in 0..2 {
                let movers = chunk.iter().filter(|n| people::incoming(**n) == agency);
                let cities = CITIES.map(|code| (code, code));
                let rows: Vec<_> = movers.map(|n| people::application(*n, cities).expect("an application")).collect();
                let names = rows.iter().map(|row| row.application_no.to_string()).collect();
                self.ask(agency, Request::Apply { actor: ACTOR.to_owned(), rows }, "applied", names);
            }
        }
    }

    fn ask(&mut self, agency: usize, request: Request, word: &'static str, names: Vec<String>) {
        self.waiting.push_back(Asked { agency, request, word, names });
    }

    pub async fn try_ask(&self, agency: usize, request: &Request) -> Option<Value> {
        timeout(ANSWER_LIMIT, self.exchange.agencies[agency].try_ask(request)).await.ok().flatten()
    }

    /// Hands in what waits, in order, until a daemon does not answer.
    pub async fn hand_in(&mut self) {
        while let Some(asked) = self.waiting.front() {
            let Some(answer) = self.try_ask(asked.agency, &asked.request).await else { return };
            if self.bugs_planted && is_of_a_bug(&answer) {
                return;
            }
            assert!(all_taken(&answer), "{}: {answer}", asked.word);
            let asked = self.waiting.pop_front().expect("the one just answered");
            self.journal.note(asked.word, asked.names.iter().map(String::as_str));
            self.handed.push((asked.agency, asked.request));
        }
    }

    /// Every file of an agency once more, as after a restore; how many rows must come yet again.
    pub async fn hand_in_again(&self, agency: usize) -> usize {
        let mut declined = 0;
        for (_, request) in self.handed.iter().filter(|(at, _)| *at == agency) {
            let answer = self.exchange.agencies[agency].ask_patiently(request).await;
            declined += answer.as_array().expect("outcomes").iter().filter(|row| must_come_again(row)).count();
        }
        for rows in self.told[agency].chunks(ROWS) {
            let statement = Request::Statement { actor: ACTOR.to_owned(), rows: rows.to_vec() };
            let answer = self.exchange.agencies[agency].ask_patiently(&statement).await;
            declined += answer.as_array().expect("outcomes").iter().filter(|row| must_come_again(row)).count();
        }
        declined
    }

    pub fn all_handed_in(&self) -> bool {
        self.waiting.is_empty()
    }

    /// The bank takes new payment files, books each payment once, and brings both sides their lines.
    pub async fn bank_turn(&mut self) {
        for agency in 0..2 {
            let export = Request::ExportPayments { actor: ACTOR.to_owned(), wait_ms: 0 };
            if let Some(file) = self.try_ask(agency, &export).await {
                self.book(&file);
            }
            // A file whose answer was lost is asked for again by its number, which the clerk sees in the list.
            for batch_no in self.files_not_booked(agency).await {
                if let Some(file) = self.try_ask(agency, &Request::PaymentsOf { batch_no }).await {
                    self.book(&file);
                }
            }
        }
        for agency in 0..2 {
            while !self.lines[agency].is_empty() {
                let count = self.lines[agency].len().min(ROWS);
                let rows = self.lines[agency][..count].to_vec();
                let names: Vec<String> = rows.iter().map(|row| row.bank_txn_no.to_string()).collect();
                let statement = Request::Statement { actor: ACTOR.to_owned(), rows };
                let Some(answer) = self.try_ask(agency, &statement).await else { break };
                if self.bugs_planted && is_of_a_bug(&answer) {
                    break;
                }
                assert!(all_taken(&answer), "a statement: {answer}");
                let word = ["imported-0", "imported-1"][agency];
                self.journal.note(word, names.iter().map(String::as_str));
                let told = self.lines[agency].drain(..count);
                self.told[agency].extend(told);
            }
        }
    }

    fn book(&mut self, file: &Value) {
        let payments = file["payments"].as_array().expect("payments");
        let mut new = Vec::new();
        for payment in payments {
            let reference = payment["payment_ref"].as_str().expect("a reference");
            if !self.booked.insert(reference.to_owned()) {
                continue;
            }
            new.push(reference);
            let number = u32::try_from(self.booked.len()).expect("a few payments");
            for line in both_lines(payment, number) {
                let ours = if line.amount.0 < 0 { &line.payer_account } else { &line.payee_account };
                let agency = (0..2).find(|n| self.exchange.agencies[*n].account.number == *ours);
                let agency = agency.expect("a payment between the two");
                self.bank[agency] += line.amount.0;
                self.lines[agency].push(line);
            }
        }
        self.journal.note("booked", new);
    }

    async fn files_not_booked(&self, agency: usize) -> Vec<String> {
        let Some(mut file) = self.store.open(&self.exchange.agencies[agency]).await else { return Vec::new() };
        let sql = "SELECT payment_ref, batch_no FROM payments WHERE state = 'exported'";
        let rows = sqlx::query(sql).fetch_all(&mut file).await.unwrap_or_default();
        let open = rows.iter().filter(|row| !self.booked.contains(row.get::<&str, _>("payment_ref")));
        open.map(|row| row.get::<String, _>("batch_no")).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// A line of money that belongs to no case, paid to this agency by the other; the bank's number.
    pub fn stranger(&mut self, agency: usize) -> String {
        self.strangers += 1;
        let (payer, payee) = (&self.exchange.agencies[1 - agency].account, &self.exchange.agencies[agency].account);
        let txn = format!("X{:06}", self.strangers);
        let line = json!({ "bank_txn_no": txn, "booked_on": jiexu::clock::now().china_date(), "payer_name": payer.name,
            "payer_account": payer.number, "payee_account": payee.number, "amount": 7, "remark": "不明", "payment_ref": null });
        self.lines[agency].push(serde_json::from_value(line).expect("a line"));
        self.bank[agency] += 7;
        self.strange += 7;
        txn
    }

    /// Rows that are on their way at an agency: sent and not receipted, or not even sent.
    pub async fn in_flight(&self, agency: usize) -> i64 {
        let sql = "SELECT COUNT(*) FROM outbox WHERE state IN ('unsent', 'sent')";
        self.store.count(&self.exchange.agencies[agency], sql).await.unwrap_or(0)
    }

    /// Cases that are not at their end, over both agencies.
    pub async fn open_cases(&self) -> i64 {
        let mut open = 0;
        for agency in &self.exchange.agencies[..2] {
            open += self.store.count(agency, "SELECT COUNT(*) FROM cases WHERE open = 1").await.unwrap_or(0);
        }
        open
    }

    /// Nothing is on its way, and nothing waits to be handed in.
    pub async fn is_drained(&self) -> bool {
        const REST: &str = "SELECT (SELECT COUNT(*) FROM cases WHERE open = 1)
             + (SELECT COUNT(*) FROM outbox WHERE state IN ('unsent', 'sent'))
             + (SELECT COUNT(*) FROM payments WHERE state IN ('released', 'exported'))
             + (SELECT COUNT(*) FROM inbox WHERE state = 'early')";
        if !self.waiting.is_empty() || self.lines.iter().any(|lines| !lines.is_empty()) {
            return false;
        }
        for agency in &self.exchange.agencies[..2] {
            if self.store.count(agency, REST).await != Some(0) {
                return false;
            }
        }
        true
    }

    /// Until nothing is on its way any more; how long it took. Every daemon runs.
    pub async fn drain(&mut self) -> Duration {
        let begun = Instant::now();
        loop {
            self.hand_in().await;
            self.bank_turn().await;
            if self.is_drained().await && self.queues_are_empty().await {
                // A late duplicate may be in hand; its receipt would be on its way once more.
                tokio::time::sleep(SETTLE).await;
                if self.is_drained().await && self.queues_are_empty().await {
                    return begun.elapsed();
                }
            }
            if begun.elapsed() > allowed(DRAIN_LIMIT) {
                let logs: Vec<String> = self.exchange.agencies[..2].iter().map(|agency| tail(&agency.home)).collect();
                let open = self.open_cases().await;
                panic!(
                    "not drained: {open} cases open, {} requests wait\n{}",
                    self.waiting.len(),
                    logs.join("\n---\n")
                );
            }
            tokio::time::sleep(Duration::from_millis(40)).await;
        }
    }
}

impl<B: Broker> Load<B> {
    /// How many messages the broker holds for an agency.
    pub async fn queued(&self, agency: usize) -> u32 {
        let begun = Instant::now();
        loop {
            // Of several nodes the first that answers.
            let addresses = self.exchange.broker.addresses();
            let asked = select_ok(addresses.iter().map(|address| Box::pin(self.queued_at(address, agency))));
            if let Ok(Ok((ready, _))) = timeout(LOOK_LIMIT, asked).await {
                return ready;
            }
            assert!(begun.elapsed() < PATIENCE, "no broker answers");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    async fn queued_at(&self, address: &Address, agency: usize) -> lapin::Result<u32> {
        let agency = &self.exchange.agencies[agency];
        let (code, password) = (&agency.code, agency.broker_password());
        let uri = format!("amqp://{code}:{password}@{address}/{VHOST}");
        let connection = Connection::connect(&uri, ConnectionProperties::default()).await?;
        let channel = connection.create_channel().await?;
        let passive = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
        let queue = channel.queue_declare(inbound(code).as_str().into(), passive, FieldTable::default());
        let ready = queue.await?.message_count();
        let _ = connection.close(200, "looked".into()).await;
        Ok(ready)
    }

    async fn queues_are_empty(&self) -> bool {
        self.queued(0).await == 0 && self.queued(1).await == 0
    }
}

fn tail(home: &Path) -> String {
    let log = show_log(home);
    let lines: Vec<&str> = log.lines().collect();
    lines[lines.len().saturating_sub(25)..].join("\n")
}

fn all_taken(answer: &Value) -> bool {
    answer.as_array().expect("outcomes").iter().all(is_taken)
}

/// Some of it was declined because the program failed over it.
fn is_of_a_bug(answer: &Value) -> bool {
    answer.as_array().expect("outcomes").iter().any(|row| row["code"] == "decide_panic")
}

/// Not taken yet; a row for somebody who has left meanwhile never will be.
fn must_come_again(row: &Value) -> bool {
    !is_taken(row) && row["code"] != "TRANSFERRED_OUT"
}

fn is_taken(row: &Value) -> bool {
    row["outcome"] == "applied" || row["outcome"] == "duplicate"
}
