//! What can be seen of one agency beside its daemon: its rows, its views, its calendar and its clock. The same whether
//! the agency is a part of this process or a process of its own. Reads only.

use jiexu::domain::calendar::Calendar;
use jiexu::domain::case::Case;
use jiexu::domain::ids::BankTxnNo;
use jiexu::domain::ledger::LineKey;
use jiexu::domain::task::{TaskAct, TaskVerb};
use jiexu::domain::time::Moment;
use jiexu::store::Views;
use jiexu::store::views::{CaseView, TaskQuery, TaskRow};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};
use tokio::sync::Mutex;

use super::people::document_of;

pub struct Sight<'a> {
    pub reader: &'a Mutex<SqliteConnection>,
    pub views: Views,
    pub calendar: Calendar,
    pub now: Moment,
}

impl Sight<'_> {
    pub async fn rows(&self, sql: &'static str) -> Vec<SqliteRow> {
        let mut reader = self.reader.lock().await;
        sqlx::query(sql).fetch_all(&mut *reader).await.expect("a sound statement")
    }

    /// The oldest line that waits: its own name, the bank's number, and how many acts it has seen.
    pub async fn oldest_line(&self) -> Option<(LineKey, BankTxnNo, u32)> {
        let sql =
            "SELECT line, bank_txn_no, (SELECT COUNT(*) FROM line_acts WHERE line_acts.line = bank_lines.line) AS acts
                   FROM bank_lines WHERE state = 'unmatched' AND fen > 0 ORDER BY arrived_at, line";
        let rows = self.rows(sql).await;
        let row = rows.first()?;
        let txn = BankTxnNo::new(row.get("bank_txn_no")).expect("a number");
        Some((LineKey::stored(row.get("line")), txn, u32::try_from(row.get::<i64, _>("acts")).expect("small")))
    }

    /// The bank's number of the first money that came in.
    pub async fn first_arrival(&self) -> Option<BankTxnNo> {
        let rows = self.rows("SELECT bank_txn_no FROM bank_lines WHERE fen > 0 ORDER BY arrived_at, line").await;
        Some(BankTxnNo::new(rows.first()?.get("bank_txn_no")).expect("a number"))
    }

    /// Every case of the agency, oldest first.
    pub async fn documents(&self) -> Vec<Case> {
        let rows = self.rows("SELECT document FROM cases ORDER BY opened_at, case_id").await;
        rows.iter().map(|row| serde_json::from_str(row.get("document")).expect("a case")).collect()
    }

    /// The person's newest case, or with `first` the oldest.
    pub async fn case_of(&self, person: u32, first: bool) -> Option<Case> {
        let document = document_of(person);
        let mut cases = self.documents().await.into_iter().filter(|case| case.person().document == document);
        if first { cases.next() } else { cases.next_back() }
    }

    /// The bank's numbers of all lines in suspense.
    pub async fn waiting_lines(&self) -> Vec<BankTxnNo> {
        let sql = "SELECT bank_txn_no FROM bank_lines WHERE state = 'unmatched' AND fen > 0 ORDER BY bank_txn_no";
        let rows = self.rows(sql).await;
        rows.iter().map(|row| BankTxnNo::new(row.get("bank_txn_no")).expect("a number")).collect()
    }

    /// The case as its page shows it.
    pub async fn case_view(&self, case: &Case) -> CaseView {
        let view = self.views.case(case.id, &self.calendar, self.now).await;
        view.expect("readable").expect("a case")
    }

    /// Open tasks of a kind, as the list shows them.
    pub async fn tasks(&self, kind: &str) -> Vec<TaskRow> {
        let query = TaskQuery { kind: kind.to_owned(), ..TaskQuery::default() };
        let today = self.now.china_date();
        self.views.tasks(&query, &self.calendar, today).await.expect("readable").rows
    }

    /// A person's hand on the last task of its kind, open or not.
    pub async fn hand_on(&self, kind: &str, verb: TaskVerb, reason: &str) -> Option<TaskAct> {
        let sql = "SELECT task, round, kind, (SELECT COUNT(*) FROM task_acts
                   WHERE task_acts.task = tasks.task AND task_acts.round = tasks.round) AS acts
                   FROM tasks ORDER BY closed_at IS NULL, opened_at, round";
        let rows = self.rows(sql).await;
        let row = rows.iter().rfind(|row| row.get::<String, _>("kind") == kind)?;
        let number = |name: &str| u32::try_from(row.get::<i64, _>(name)).expect("small");
        let reason = jiexu::domain::act::Why(reason.to_owned());
        Some(TaskAct { task: row.get("task"), round: number("round"), seen: number("acts"), verb, reason })
    }

    /// The last announcement of maintenance by this agency that stands.
    pub async fn announcement_of(&self, agency: &str) -> Option<String> {
        let sql = "SELECT announcement_no, agency FROM closures WHERE withdrawn_at IS NULL ORDER BY at DESC";
        let rows = self.rows(sql).await;
        let ours = rows.iter().find(|row| row.get::<&str, _>("agency") == agency)?;
        Some(ours.get("announcement_no"))
    }
}
