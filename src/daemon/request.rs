//! What a command asks of an agency: over the Unix socket of a running daemon, or of the opened database itself. One
//! JSON document a line, both ways.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::domain::act::Verb;
use crate::domain::event::{Application, PeriodsEntry, RegisterEntry, StatementLine};
use crate::domain::ids::{AgencyCode, BankTxnNo};
use crate::domain::line::LineVerb;
use crate::domain::payout::PayoutRequest;
use crate::domain::restore::RestoreVerb;
use crate::domain::task::TaskVerb;
use crate::domain::time::Moment;
use crate::store::views::{CaseQuery, DeadLetterQuery, DigestQuery, NoticeQuery, PaymentQuery, TaskQuery};

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub enum Request {
    Status,
    Overview,
    /// Copies the database, with a manifest, to a new file on the daemon's machine; an absolute path.
    Backup {
        actor: String,
        file: std::path::PathBuf,
    },
    /// What a person decides about an older copy that was put back.
    Restore {
        actor: String,
        verb: RestoreVerb,
        reason: String,
    },
    RestoreStatus,
    /// Checks the books, the chain and every once-only key.
    Verify,
    Apply {
        actor: String,
        rows: Vec<Application>,
    },
    /// Opens a payout to the person, for another person to confirm.
    Payout {
        actor: String,
        request: PayoutRequest,
    },
    Register {
        actor: String,
        rows: Vec<RegisterEntry>,
    },
    Periods {
        actor: String,
        rows: Vec<PeriodsEntry>,
    },
    Statement {
        actor: String,
        rows: Vec<StatementLine>,
    },
    /// A new payment file with everything released; waits up to `wait_ms` for something.
    ExportPayments {
        actor: String,
        wait_ms: u32,
    },
    /// 批量划转: every payment that waits for a person's release.
    Remit {
        actor: String,
        reason: String,
    },
    /// A payment file again, by its batch no.
    PaymentsOf {
        batch_no: String,
    },
    Payments {
        query: PaymentQuery,
    },
    /// Lines of money in that wait, oldest first.
    Lines {
        after: Option<String>,
        limit: Option<u32>,
    },
    /// A line that belongs to no case, by the bank's number.
    Line {
        actor: String,
        txn: BankTxnNo,
        verb: LineVerb,
        reason: String,
    },
    /// What a peer asked about was found.
    NoteUnidentified {
        actor: String,
        peer: AgencyCode,
        txn: BankTxnNo,
        reason: String,
    },
    Cases {
        query: CaseQuery,
    },
    /// By case id or letter no.
    Case {
        name: String,
    },
    /// What a person decides about a case, named by id or letter no. Without a version: as it stands now.
    Act {
        actor: String,
        name: String,
        version: Option<u64>,
        verb: Verb,
        reason: String,
    },
    Tasks {
        query: TaskQuery,
    },
    /// Gives a task to somebody, takes it, or lets go of it; named as `called` in the list or by its whole name.
    Task {
        actor: String,
        name: String,
        verb: TaskVerb,
        reason: String,
    },
    /// Years of the calendar, as the file has them: all of it or nothing.
    CalendarImport {
        actor: String,
        text: String,
        /// Why a year that is already there with other days is replaced.
        replace: Option<String>,
    },
    /// The years known, from where, and what is missing.
    Calendar,
    /// How a due day comes about.
    Explain {
        from: NaiveDate,
        days: u32,
    },
    /// How the due days of a case come about; by case id or letter no.
    ExplainCase {
        name: String,
    },
    /// In public words; by case id or letter no.
    Progress {
        name: String,
    },
    /// Of all cases of a person.
    ProgressOf {
        document_no: DocumentNo,
    },
    Notices {
        query: NoticeQuery,
        /// By case id or letter no.
        case: Option<String>,
    },
    /// A new file with the notices that wait.
    ExportNotices {
        actor: String,
    },
    /// A file of notices again, by its batch no.
    NoticesOf {
        actor: String,
        batch_no: String,
    },
    /// Sets a trial's clock ahead; a real one refuses.
    SetClock {
        to: Moment,
    },
    Queues,
    /// 停机通告 to every peer, or to one.
    Announce {
        actor: String,
        from: Moment,
        until: Moment,
        reason: String,
        to: Option<AgencyCode>,
    },
    Withdraw {
        actor: String,
        announcement_no: String,
        reason: String,
    },
    /// With `all` also what is over or withdrawn.
    Closures {
        all: bool,
    },
    /// 日结; without a day the next one that is over.
    CloseDay {
        actor: String,
        day: Option<NaiveDate>,
    },
    Closes {
        before: Option<NaiveDate>,
        limit: Option<u32>,
    },
    Close {
        day: NaiveDate,
    },
    Digests {
        query: DigestQuery,
    },
    /// A person has looked into a difference.
    NoteDigest {
        actor: String,
        peer: AgencyCode,
        day: NaiveDate,
        reason: String,
    },
    DeadLetters {
        query: DeadLetterQuery,
    },
    /// By the frame's hash, hex.
    DeadLetter {
        hash: String,
    },
}

/// 证件号码 somebody asks with: Debug shows nothing of it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DocumentNo(pub String);

impl std::fmt::Debug for DocumentNo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DocumentNo(…)")
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    Done(serde_json::Value),
    Failed(Failure),
}

/// A stable code and words for people.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Failure {
    pub code: String,
    pub message: String,
}

impl Failure {
    pub fn new(code: &str, message: impl std::fmt::Display) -> Failure {
        Failure { code: code.to_owned(), message: message.to_string() }
    }
}
