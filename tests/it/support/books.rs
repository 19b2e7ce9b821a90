//! The promises that no agency can check alone, checked over all agencies, the broker and the bank at rest. Reads only.

use std::collections::{BTreeMap, BTreeSet};

use jiexu::domain::case::{Incoming, Side};
use jiexu::domain::forms::ReceiptEntry;
use jiexu::domain::ids::MessageId;
use jiexu::domain::message::{Form, Kind};
use jiexu::wire::{decode_body, frame_hash};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::world::World;

/// One side of a case at rest.
#[derive(Debug, Clone)]
pub struct Seen {
    pub role: String,
    pub relation: String,
    pub money: Option<String>,
    pub open: bool,
}

fn text(row: &SqliteRow, column: &str) -> String {
    row.get(column)
}

impl World {
    /// I1 and I3 at every agency, cheap enough for any moment.
    pub async fn books_faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for node in &self.nodes {
            let checks = node.store.verify_books().await.expect("verified");
            for check in checks.iter().filter(|check| !check.broken.is_empty()) {
                faults.push(format!("{} {} {}: {:?}", node.code, check.invariant, check.english, check.broken));
            }
        }
        faults
    }

    /// Everything that must hold once the world is at rest; empty when it does.
    pub async fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for node in &self.nodes {
            let report = node.store.verify().await.expect("verified");
            for check in report.checks.iter().filter(|check| !check.broken.is_empty()) {
                faults.push(format!("{} {} {}: {:?}", node.code, check.invariant, check.english, check.broken));
            }
        }
        self.conservation(&mut faults).await;
        self.once_each(&mut faults).await;
        self.nothing_lost(&mut faults).await;
        self.answers(&mut faults).await;
        self.ends(&mut faults).await;
        self.holds(&mut faults).await;
        self.told(&mut faults).await;
        faults
    }

    /// I2: books agree with the bank, and no fen appears or vanishes over all of them.
    async fn conservation(&self, faults: &mut Vec<String>) {
        let mut held = 0;
        let mut opened = 0;
        for n in 0..self.nodes.len() {
            let books = self.rows(n, "SELECT class, SUM(balance) AS sum FROM accounts GROUP BY class").await;
            let opening = self
                .rows(
                    n,
                    "SELECT COALESCE(SUM(CASE side WHEN 'D' THEN fen ELSE -fen END), 0) AS sum FROM entries
                     WHERE account = 'bank' AND (posting LIKE 'opening/%' OR posting LIKE 'correct/%')",
                )
                .await[0]
                .get::<i64, _>("sum");
            opened += opening;
            for row in &books {
                let sum: i64 = row.get("sum");
                if text(row, "class") == "bank" {
                    let at_bank = opening + self.bank.moved.get(&self.account(n)).copied().unwrap_or(0);
                    if self.bank.waiting(&self.account(n)) == 0 && sum != at_bank {
                        faults.push(format!("I2 {}: books {sum}, bank {at_bank}", self.nodes[n].code));
                    }
                } else {
                    held += sum;
                }
            }
        }
        let agencies: Vec<String> = (0..self.nodes.len()).map(|n| self.account(n)).collect();
        let to_persons = self.bank.moved.iter().filter(|(account, _)| !agencies.contains(account));
        let paid_out: i64 = to_persons.map(|(_, fen)| fen).sum();
        let expected = opened + self.bank.from_outside - self.bank.kept - paid_out;
        if held != expected {
            faults.push(format!("I2 conservation: agencies hold {held}, should hold {expected}"));
        }
    }

    /// I3: a case debits one person and credits one person the same sum, once; where a sheet was corrected, the same sum
    /// all the same, once its payments have ended.
    async fn once_each(&self, faults: &mut Vec<String>) {
        let mut moved: BTreeMap<String, (Vec<i64>, Vec<i64>)> = BTreeMap::new();
        let mut corrected: BTreeMap<String, i64> = BTreeMap::new();
        for n in 0..self.nodes.len() {
            let sql = "SELECT hex(case_id) AS case_id, posting, account, side, fen FROM entries
                       WHERE case_id IS NOT NULL AND (account LIKE 'person/%' OR posting LIKE 'correct/%')";
            for row in self.rows(n, sql).await {
                let (case, fen): (String, i64) = (text(&row, "case_id"), row.get("fen"));
                let (is_person, is_debit) = (text(&row, "account").starts_with("person/"), text(&row, "side") == "D");
                let (debits, credits) = moved.entry(case.clone()).or_default();
                let posting = text(&row, "posting");
                match posting.split('/').next() {
                    // 补划 comes into the books and is debited; 退差 was debited and leaves the books.
                    Some("correct") if is_person => *corrected.entry(case).or_default() += fen,
                    Some("correct") if is_debit && text(&row, "account").starts_with("suspense/") => {
                        *corrected.entry(case).or_default() -= fen;
                    }
                    Some("correct") => {}
                    Some("reverse") => credits.push(-fen),
                    _ if is_debit => debits.push(fen),
                    _ => credits.push(fen),
                }
            }
        }
        for (case, (debits, credits)) in moved {
            let credited: i64 = credits.iter().sum();
            let is_reversed = credits.iter().any(|fen| *fen < 0);
            let is_right = match corrected.get(&case) {
                None if !is_reversed => {
                    debits.len() == 1 && credits.len() <= 1 && (credits.is_empty() || credited == debits[0])
                }
                // What was paid and came back is a debit still.
                _ => credited <= debits.iter().sum(),
            };
            if !is_right {
                faults.push(format!("I3 case {case}: debits {debits:?}, credits {credits:?}, corrected {corrected:?}"));
            }
        }
    }

    /// I5 and I6: what was confirmed has arrived byte for byte, and nothing waits for an answer.
    async fn nothing_lost(&self, faults: &mut Vec<String>) {
        let mut arrived: BTreeSet<(usize, Vec<u8>)> = BTreeSet::new();
        for (n, node) in self.nodes.iter().enumerate() {
            for sql in ["SELECT frame_hash FROM inbox", "SELECT frame_hash FROM dead_letters"] {
                arrived.extend(self.rows(n, sql).await.iter().map(|row| (n, row.get("frame_hash"))));
            }
            let held = self.broker.held(node.code.as_str());
            if held != 0 {
                faults.push(format!("I5 {}: {held} still at the broker", node.code));
            }
            let open = self.rows(n, "SELECT kind, recipient FROM outbox WHERE state IN ('unsent', 'sent')").await;
            let open = open.iter().filter(|row| self.is_there(row.get("recipient")));
            faults.extend(open.map(|row| format!("I6 {}: {} is open", node.code, text(row, "kind"))));
            let dead = self.rows(n, "SELECT reason FROM dead_letters WHERE resolved_at IS NULL").await;
            faults.extend(dead.iter().map(|row| format!("dead letter at {}: {}", node.code, text(row, "reason"))));
        }
        // A receipt may end among the broker's dead letters: what it answered goes out again and gets another one.
        let dead: BTreeSet<[u8; 32]> = self.broker.dead().iter().map(|letter| frame_hash(&letter.frame)).collect();
        let is_dead = |kind: Kind, hash: &[u8; 32]| kind == Kind::Receipt && dead.contains(hash);
        let missing = |(n, hash, kind): &&(usize, [u8; 32], Kind)| {
            !arrived.contains(&(*n, hash.to_vec())) && !is_dead(*kind, hash)
        };
        let lost = self.confirmed.iter().filter(missing).count();
        if lost > 0 {
            faults.push(format!("I5: {lost} confirmed letters never arrived"));
        }
    }

    /// I7, I8, I9: one answer per message for ever, and completion says what was booked.
    async fn answers(&self, faults: &mut Vec<String>) {
        for (n, node) in self.nodes.iter().enumerate() {
            let mut given: BTreeMap<MessageId, ReceiptEntry> = BTreeMap::new();
            let cases = self.documents(n).await;
            for row in self.rows(n, "SELECT body FROM outbox WHERE kind IN ('Receipt', 'CompletionNotice')").await {
                let body = decode_body(row.get("body")).expect("our own bytes");
                match body.form {
                    Form::Receipt(receipt) => {
                        for entry in receipt.entries {
                            let first = given.entry(entry.message_id).or_insert_with(|| entry.clone());
                            if *first != entry {
                                faults.push(format!("I8 {}: two answers for {}", node.code, entry.message_id));
                            }
                        }
                    }
                    Form::CompletionNotice(notice) => {
                        // An earlier version said what was true before the correction.
                        let case = cases.iter().find(|case| Some(case.id) == body.case_id).expect("a case");
                        let Side::Incoming(Incoming::Completed(completed)) = &case.side else { continue };
                        if completed.sheet.version != notice.sheet_version {
                            continue;
                        }
                        let sql =
                            "SELECT hex(case_id) AS case_id, SUM(CASE side WHEN 'C' THEN fen ELSE -fen END) AS fen
                                   FROM entries WHERE account LIKE 'person/%' AND (posting LIKE 'credit/%'
                                   OR posting LIKE 'reverse/%' OR posting LIKE 'refused/%') GROUP BY case_id";
                        let booked = self.rows(n, sql).await;
                        let id = case.id.0.simple().to_string().to_uppercase();
                        let booked = booked.iter().find(|row| text(row, "case_id") == id);
                        let booked = booked.map(|row| row.get::<i64, _>("fen")).filter(|fen| *fen != 0);
                        let said = (notice.amount_received.map(i64::from), notice.amount_credited.map(i64::from));
                        if said != (booked, booked) {
                            faults.push(format!("I9 {}: says {said:?}, booked {booked:?}", node.code));
                        }
                    }
                    _ => {}
                }
            }
            let missing = self.rows(n, "SELECT hex(message_id) AS id FROM inbox WHERE kind <> 'Receipt'").await;
            let answered: BTreeSet<String> = given.keys().map(|id| id.0.simple().to_string().to_uppercase()).collect();
            let missing = missing.iter().filter(|row| !answered.contains(&text(row, "id"))).count();
            if missing > 0 {
                faults.push(format!("I8 {}: {missing} messages never got a receipt", node.code));
            }
        }
    }

    /// Every case of both sides, by id.
    pub async fn cases(&self) -> BTreeMap<String, Vec<(usize, Seen)>> {
        let mut cases: BTreeMap<String, Vec<(usize, Seen)>> = BTreeMap::new();
        for n in 0..self.nodes.len() {
            let sql = "SELECT hex(case_id) AS case_id, role, relation, money, open FROM cases";
            for row in self.rows(n, sql).await {
                let seen = Seen {
                    role: text(&row, "role"),
                    relation: text(&row, "relation"),
                    money: row.get("money"),
                    open: row.get::<i64, _>("open") == 1,
                };
                cases.entry(text(&row, "case_id")).or_default().push((n, seen));
            }
        }
        cases
    }

    /// Who completed, and whose money was credited, was told so once; nobody else was.
    async fn told(&self, faults: &mut Vec<String>) {
        for (n, node) in self.nodes.iter().enumerate() {
            let sql = "SELECT hex(cases.case_id) AS case_id, relation, COALESCE(SUM(milestone = 'COMPLETED'), 0) AS completed,
                       COALESCE(SUM(milestone = 'CREDITED'), 0) AS credited
                       FROM cases LEFT JOIN notices ON notices.case_id = cases.case_id GROUP BY cases.case_id";
            let credits = "SELECT DISTINCT hex(case_id) AS case_id FROM entries WHERE posting LIKE 'credit/%'";
            let credited = self.rows(n, credits).await;
            let credited: BTreeSet<String> = credited.iter().map(|row| text(row, "case_id")).collect();
            for row in self.rows(n, sql).await {
                let told = (row.get::<i64, _>("completed"), row.get::<i64, _>("credited"));
                let was_completed = matches!(text(&row, "relation").as_str(), "COMPLETED" | "REOPENED");
                let was_credited = credited.contains(&text(&row, "case_id"));
                let is = (was_completed, was_credited);
                if told != (i64::from(is.0), i64::from(is.1)) {
                    faults.push(format!("{} case {}: told {told:?}, is {is:?}", node.code, text(&row, "case_id")));
                }
            }
        }
    }

    /// A closed case holds nobody's account.
    async fn holds(&self, faults: &mut Vec<String>) {
        for (n, node) in self.nodes.iter().enumerate() {
            let sql = "SELECT relation FROM cases JOIN people ON people.frozen_by = cases.case_id WHERE open = 0";
            let held = self.rows(n, sql).await;
            faults.extend(held.iter().map(|row| format!("{}: frozen by a case {}", node.code, text(row, "relation"))));
        }
    }

    /// The cases that were paid together, by the reference of their one payment.
    pub async fn batches(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut batches: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for n in 0..self.nodes.len() {
            let sql = "SELECT order_ref, hex(case_id) AS case_id FROM payments WHERE order_ref IS NOT NULL";
            for row in self.rows(n, sql).await {
                batches.entry(text(&row, "order_ref")).or_default().insert(text(&row, "case_id"));
            }
        }
        batches
    }

    /// The cases that somebody at either agency has a task about. Over a sum that differs one is asked for a whole batch.
    pub async fn asked(&self) -> BTreeSet<String> {
        let (mut asked, mut over_money) = (BTreeSet::new(), BTreeSet::new());
        for n in 0..self.nodes.len() {
            let sql = "SELECT kind, hex(case_id) AS case_id FROM tasks WHERE closed_at IS NULL AND case_id IS NOT NULL";
            for row in self.rows(n, sql).await {
                if text(&row, "kind") == "MONEY_DIFFERS" {
                    over_money.insert(text(&row, "case_id"));
                }
                asked.insert(text(&row, "case_id"));
            }
        }
        for batch in self.batches().await.into_values().filter(|batch| !batch.is_disjoint(&over_money)) {
            asked.extend(batch);
        }
        asked
    }

    /// I13: both sides ended together, or an open task says what is waited for.
    async fn ends(&self, faults: &mut Vec<String>) {
        let with_task = self.asked().await;
        for (case, sides) in self.cases().await {
            let open = sides.iter().any(|(_, seen)| seen.open);
            if open && !with_task.contains(&case) {
                faults.push(format!("I13 case {case} is open and nobody is asked: {sides:?}"));
            }
            let cancelled = sides.iter().filter(|(_, seen)| seen.relation == "CANCELLED").count();
            if cancelled == 1 {
                faults.push(format!("I13 case {case} is cancelled on one side only: {sides:?}"));
            }
            // The incoming side ends first; the other may still look for what came back to it, and says so by a task.
            let completed = sides.iter().filter(|(_, seen)| seen.relation == "COMPLETED").count();
            let is_sought = sides.iter().any(|(_, seen)| seen.relation == "REOPENED") && with_task.contains(&case);
            if completed == 1 && !is_sought {
                faults.push(format!("I13 case {case} is completed on one side only: {sides:?}"));
            }
        }
    }
}
