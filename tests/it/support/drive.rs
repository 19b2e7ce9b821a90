//! What an orderly world does by itself: deliveries are taken, committed, acknowledged and answered; the bank is visited;
//! time passes. Between any two steps a crash may have been ordered.

use std::path::Path;
use std::sync::Arc;

use chrono::NaiveDate;
use jiexu::domain::calendar::{CalendarImport, YearFile};
use jiexu::domain::changes::Outcome;
use jiexu::domain::event::What;
use jiexu::domain::time::Moment;
use jiexu::flow::clocks::{awaited, chases, recounts};
use jiexu::flow::daily::{closes, compares, resends, unidentified};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, Row, SqliteConnection};

use super::bank::ordered;
use super::world::{Bug, World};

/// Rounds after which a world that still moves is stuck in a circle.
const ROUNDS_MAX: usize = 400;

impl World {
    /// One agency does everything it can do now; true when it did something.
    pub async fn turn(&mut self, n: usize, most: usize) -> bool {
        let mut moved = false;
        if self.take(n, most).await {
            moved = true;
            if self.boundary(n).await {
                return true;
            }
            self.commit(n).await;
            if self.boundary(n).await {
                return true;
            }
            self.acknowledge(n).await;
            if self.boundary(n).await {
                return true;
            }
        }
        if self.is_restored {
            moved |= self.tells_of_restores(n).await;
        }
        moved | self.publish_all(n).await
    }

    async fn publish_all(&mut self, n: usize) -> bool {
        let published = self.publish(n, usize::MAX) | self.resend(n).await;
        if published && self.boundary(n).await {
            return true;
        }
        let marked = self.mark(n).await;
        if marked {
            self.boundary(n).await;
        }
        published | marked
    }

    /// Until nothing moves and everything written went to the broker. Time passes only for what waits for a resend.
    pub async fn settle(&mut self) {
        for _ in 0..ROUNDS_MAX {
            let mut moved = false;
            for n in 0..self.nodes.len() {
                moved |= self.turn(n, 64).await;
            }
            if moved {
                continue;
            }
            let Some(at) = self.next_unsent().await else { return };
            self.pass_ms((at.ms_since(self.now()) + 1).max(1));
        }
        panic!("the world goes in circles");
    }

    /// Whether a message still waits for its receipt.
    pub async fn is_owed_receipts(&self) -> bool {
        for n in 0..self.nodes.len() {
            let rows = self.rows(n, "SELECT DISTINCT recipient FROM outbox WHERE state IN ('unsent', 'sent')").await;
            if rows.iter().any(|row| self.is_there(row.get("recipient"))) {
                return true;
            }
        }
        false
    }

    /// The directory lists agencies that do not run.
    pub fn is_there(&self, code: &str) -> bool {
        self.nodes.iter().any(|node| node.code.as_str() == code)
    }

    async fn next_unsent(&self) -> Option<Moment> {
        if self.bug == Some(Bug::ForgetsOutbox) {
            return None;
        }
        let mut next: Option<i64> = None;
        for n in 0..self.nodes.len() {
            let sql = "SELECT recipient, MIN(next_try_at) AS at FROM outbox WHERE state = 'unsent' GROUP BY recipient";
            let rows = self.rows(n, sql).await;
            let here = rows.iter().filter(|row| self.is_there(row.get("recipient")));
            next = here.map(|row| row.get("at")).chain(next).min();
        }
        next.map(Moment)
    }

    /// The bank gets an agency's payment file, if there are payments.
    pub async fn bank_takes(&mut self, n: usize) -> bool {
        let store = std::sync::Arc::clone(&self.nodes[n].store);
        if store.payments_released().await.expect("a count") == 0 {
            return false;
        }
        // A payment file is named after its moment: two never share one.
        self.pass_ms(1);
        let batch_no = format!("{}-P{}", self.nodes[n].code, self.now().0);
        self.act(n, "finance", vec![What::Export { batch_no: batch_no.clone() }]).await;
        let payments = store.payments_of_batch(&batch_no).await.expect("the batch");
        let today = self.now().china_date();
        for payment in payments.iter().map(ordered) {
            self.bank.pay(&payment, today);
            if self.bug == Some(Bug::BankPaysTwice) {
                self.bank.pay_again(&payment, today);
            }
        }
        true
    }

    /// An agency imports up to `most` new lines of its statement.
    pub async fn bank_tells(&mut self, n: usize, most: usize) -> bool {
        let lines = self.bank.fetch(&self.account(n), most);
        if lines.is_empty() {
            return false;
        }
        self.import(n, lines).await;
        true
    }

    async fn import(&mut self, n: usize, lines: Vec<jiexu::domain::event::StatementLine>) {
        let outcomes = self.act(n, "bank", lines.into_iter().map(What::Statement).collect()).await;
        let declined: Vec<&Outcome> =
            outcomes.iter().filter(|outcome| matches!(outcome, Outcome::Declined(_))).collect();
        assert!(declined.is_empty(), "a bank line was declined: {declined:?}");
    }

    /// The same statement once more.
    pub async fn bank_tells_again(&mut self, n: usize) {
        if let Some(lines) = self.bank.fetched.get(&self.account(n)).cloned() {
            self.import(n, lines).await;
        }
    }

    /// Payments and statements of everybody, and what follows from them.
    pub async fn bank_books(&mut self) -> bool {
        let mut moved = false;
        for n in 0..self.nodes.len() {
            moved |= self.bank_takes(n).await;
        }
        for n in 0..self.nodes.len() {
            moved |= self.bank_tells(n, usize::MAX).await;
            self.boundary(n).await;
        }
        self.settle().await;
        moved
    }

    /// Midnight after midnight, with the look at the clocks that a daemon takes.
    pub async fn days_pass(&mut self, days: u32) {
        for _ in 0..days {
            self.pass_ms(24 * 3600 * 1000);
            self.look_at_clocks().await;
        }
        self.settle().await;
    }

    pub fn go_to(&self, day: NaiveDate) {
        let at = Moment::start_of(day).plus_ms(10 * 3600 * 1000);
        self.pass_ms(at.ms_since(self.now()));
    }

    pub async fn look_at_clocks(&mut self) {
        for n in 0..self.nodes.len() {
            self.recount(n).await;
            let events = chases(&self.nodes[n].site, &self.nodes[n].store).await.expect("clocks");
            if !events.is_empty() {
                self.act(n, "clock", events).await;
            }
            self.look_beside_cases(n).await;
        }
    }

    /// Days that are over are closed, digests compared, missing numbers asked for.
    pub async fn look_beside_cases(&mut self, n: usize) {
        let (site, store) = (Arc::clone(&self.nodes[n].site), Arc::clone(&self.nodes[n].store));
        while let Some(close) = closes(&site, &store).await.expect("days") {
            // Twice: whoever comes second finds it closed.
            let outcomes = self.act(n, "clock", vec![close.clone(), close]).await;
            assert_eq!(outcomes, [Outcome::Applied, Outcome::Duplicate], "a day is closed once");
        }
        let mut events = unidentified(&site, &store).await.expect("lines");
        events.extend(compares(&site, &store).await.expect("digests"));
        events.extend(awaited(&store).await.expect("letters that waited"));
        events.extend(resends(&site, &store).await.expect("lanes"));
        if !events.is_empty() {
            self.act(n, "clock", events).await;
        }
    }

    /// An agency's memory of one message is gone, as after a restore from an older backup: the first of this kind.
    pub async fn forgets(&mut self, n: usize, kind: &str, peer: &str) {
        let options = SqliteConnectOptions::new().filename(self.nodes[n].store.path());
        let mut connection = SqliteConnection::connect_with(&options).await.expect("a second writer");
        let sql = "DELETE FROM inbox WHERE sender = $1 AND seq = (SELECT MIN(seq) FROM inbox WHERE sender = $1 AND kind = $2)";
        let gone = sqlx::query(sql).bind(peer).bind(kind).execute(&mut connection).await.expect("forgotten");
        assert_eq!(gone.rows_affected(), 1, "there was one to forget");
    }

    /// A year's file comes in, and the clocks are counted by it.
    pub async fn import_year(&mut self, n: usize, file: &str, replace: Option<&str>) -> Outcome {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/calendars").join(format!("{file}.json"));
        let text = std::fs::read_to_string(path).expect("a year file of tests/calendars");
        let years = YearFile::parse_all(&text).expect("a year file");
        // Imports are named after their moment: two never share one.
        self.pass_ms(1);
        let import_no = format!("{}-C{}", self.nodes[n].code, self.now().0);
        let import = CalendarImport { import_no, years, replace: replace.map(str::to_owned) };
        let mut outcomes = self.act(n, "clerk", vec![What::Calendar(import)]).await;
        self.boundary(n).await;
        self.recount(n).await;
        self.boundary(n).await;
        outcomes.remove(0)
    }

    /// The look that a daemon takes at its open cases when the calendar has changed.
    pub async fn recount(&mut self, n: usize) {
        let mut after = None;
        loop {
            let node = &self.nodes[n];
            let (events, last) = recounts(&node.site, &node.store, after).await.expect("open cases");
            if !events.is_empty() {
                // Twice: whoever comes second finds nothing to change.
                self.act(n, "clock", events.clone()).await;
                self.act(n, "clock", events).await;
            }
            let Some(last) = last else { return };
            after = Some(last);
        }
    }

    /// Everything that was ever sent comes again, `times` over.
    pub async fn again(&mut self, times: usize) {
        for letter in self.letters.clone() {
            for _ in 0..times {
                let incoming = jiexu::transport::Incoming {
                    frame: std::sync::Arc::clone(&letter.frame),
                    routing_key: format!("{}.{}", letter.sender, letter.recipient),
                    user_id: Some(letter.sender.clone()),
                    redelivered: true,
                    carbon_copied: false,
                };
                self.broker.inject(&letter.recipient, incoming);
            }
        }
        self.settle().await;
    }
}
