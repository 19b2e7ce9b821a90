//! Whatever moves a case is an event with a key that never comes twice.

use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::act::Act;
use super::calendar::CalendarImport;
use super::deadlines::Clock;
use super::forms::{Insurance, LaneRange, Period};
use super::ids::{AgencyCode, ApplicationNo, BankTxnNo, CaseId, Digest, MessageId, PaymentRef, PersonNo};
use super::ledger::LineKey;
use super::line::LineAct;
use super::message::Received;
use super::money::Balance;
use super::payout::PayoutRequest;
use super::peers::MaintenanceOrder;
use super::person::{Document, PersonName};
use super::register::InsuredPerson;
use super::restore::{EchoPart, RestoreAct};
use super::task::TaskAct;
use super::time::Moment;

/// The named system actor of automatic decisions: `system:auto@<rule version>`.
pub const AUTO: &str = "system:auto@1";

#[derive(Debug, Clone)]
pub struct Event {
    pub at: Moment,
    /// Who caused it: a clerk's name, a peer's code, `bank`, `clock`.
    pub actor: String,
    /// A message's signed digest; for a local event, SHA-256 of its content.
    pub digest: Digest,
    pub what: What,
}

#[derive(Debug, Clone)]
pub enum What {
    Message(Box<Received>),
    Application(Application),
    /// 退付: a case of this agency alone.
    Payout(PayoutRequest),
    Statement(StatementLine),
    Register(RegisterEntry),
    Periods(PeriodsEntry),
    /// A clock has reached a stage at which somebody is warned or reminded.
    Chase {
        case: CaseId,
        clock: Clock,
        /// The day the clock started: it may run a second time.
        since: NaiveDate,
        /// How many stages were behind it.
        stage: u8,
    },
    /// A reminder that waited while the other agency was closed leaves.
    Remind {
        case: CaseId,
        /// The day on which it leaves.
        on: NaiveDate,
    },
    /// 停机通告: an operator announces that we close.
    Announce(MaintenanceOrder),
    /// An announcement of ours does not hold any more.
    Withdraw {
        announcement_no: String,
        reason: String,
    },
    /// The daemon has started with this version of the directory.
    Directory {
        version: u64,
    },
    /// 日结
    Close {
        day: NaiveDate,
    },
    /// A peer's digest is held against what came from it.
    Compare {
        peer: AgencyCode,
        day: NaiveDate,
        /// All its messages are here; else they are looked for no longer.
        whole: bool,
    },
    /// A peer is asked for messages of its own that never came.
    AskResend {
        peer: AgencyCode,
        missing: Vec<LaneRange>,
        /// Hours since 1970: once an hour.
        hour: i64,
    },
    /// 数据恢复: what people decide about it.
    Restore(RestoreAct),
    /// A peer is told that we have forgotten, and what we still know.
    TellRestored {
        peer: AgencyCode,
        epoch: u32,
        said: Vec<LaneRange>,
        held: Vec<LaneRange>,
    },
    /// A peer that has forgotten is told its own words.
    Echo(EchoPart),
    /// A person has looked into a difference.
    DigestNoted {
        peer: AgencyCode,
        day: NaiveDate,
        reason: String,
    },
    /// A frame, byte for byte, that was verified before: cheap to recognise, answered again.
    Seen {
        sender: AgencyCode,
        id: MessageId,
    },
    /// What a person decided about a case.
    Act(Act),
    /// Who has a task in hand.
    Task(TaskAct),
    /// What a person decided about a line that belongs to no case.
    Line(LineAct),
    /// A line that belongs to no case has waited too long: who paid it is asked.
    Unidentified {
        line: LineKey,
    },
    /// A person found what a peer asked about.
    UnidentifiedNoted {
        peer: AgencyCode,
        txn: BankTxnNo,
        reason: String,
    },
    /// 批量划转: every payment that waits for a person's release leaves now, one sum for each receiving account.
    Remit {
        order_no: String,
        reason: String,
    },
    /// All released payments go into one payment file.
    Export {
        batch_no: String,
    },
    /// The notices that wait go into one file for whoever delivers them.
    ExportNotices {
        batch_no: String,
        /// The same file once more, at this moment: nothing changes, but somebody has the names again.
        again: Option<Moment>,
    },
    Calendar(CalendarImport),
    /// 前一转移已结束: a letter that waited for it is checked.
    LookAgain {
        case: CaseId,
        /// The case as it was looked at: each version is looked at once.
        version: u64,
    },
    /// A running clock of an open case is due on another day by the calendar as it is known now.
    Recount {
        case: CaseId,
        /// The case as it was looked at: each version is counted once.
        version: u64,
    },
}

/// 转移申请 taken at the incoming agency, or at the outgoing one, which hands it over.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Application {
    pub application_no: ApplicationNo,
    pub applied_on: NaiveDate,
    /// 渠道 in the agency's own words; may be empty.
    pub channel: String,
    pub document: Document,
    pub name: PersonName,
    pub outgoing: AgencyCode,
    /// 转入地; absent: the agency that takes the application.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub incoming: Option<AgencyCode>,
    pub insurance_out: Insurance,
    pub insurance_in: Insurance,
    /// 参保凭证号
    pub certificate_no: Option<String>,
    pub phone: Option<String>,
}

/// The application, not the applicant.
impl fmt::Debug for Application {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Application")
            .field("application_no", &self.application_no)
            .field("applied_on", &self.applied_on)
            .field("outgoing", &self.outgoing)
            .finish_non_exhaustive()
    }
}

/// One line of our bank's statement.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementLine {
    pub bank_txn_no: BankTxnNo,
    pub booked_on: NaiveDate,
    /// May be empty, as for interest and charges; the account too.
    pub payer_name: String,
    pub payer_account: String,
    pub payee_account: String,
    /// Negative: money that left.
    pub amount: Balance,
    pub remark: String,
    /// Where the bank carried one of ours.
    pub payment_ref: Option<PaymentRef>,
    /// 银行未受理: a payment of ours that the bank did not carry out. No money moved.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub refused: bool,
}

/// Neither names nor amounts.
impl fmt::Debug for StatementLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StatementLine")
            .field("bank_txn_no", &self.bank_txn_no)
            .field("booked_on", &self.booked_on)
            .field("payment_ref", &self.payment_ref)
            .finish_non_exhaustive()
    }
}

impl StatementLine {
    /// Our side of the line: the payee's account for money in, the payer's for money out.
    pub fn key(&self) -> LineKey {
        let ours = if self.amount.0 < 0 { &self.payer_account } else { &self.payee_account };
        LineKey::new(ours, self.bank_txn_no.as_str())
    }
}

/// A person of the register import, with the opening balance.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegisterEntry {
    pub person: InsuredPerson,
    /// May be negative: such a person is taken, and does not move.
    pub balance: Balance,
}

/// Without the balance.
impl fmt::Debug for RegisterEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RegisterEntry").field("person", &self.person).finish_non_exhaustive()
    }
}

/// All periods of one person from a register import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PeriodsEntry {
    pub person_no: PersonNo,
    pub periods: Vec<Period>,
}

impl Event {
    /// The name under which an event happens once. The same key with other content is refused.
    pub fn key(&self) -> String {
        match &self.what {
            // An import may say something new about the same person, and later again what it said first: each time is
            // an event of its own, and only the register knows whether it says anything new.
            What::Register(_) | What::Periods(_) => format!("{}/{}/{}", self.what.object(), self.digest, self.at.0),
            _ => self.what.object(),
        }
    }
}

impl What {
    /// What the event is about.
    fn object(&self) -> String {
        match self {
            What::Message(received) => format!("message/{}/{}", received.sender, received.id),
            What::Application(application) => format!("application/{}", application.application_no),
            What::Payout(request) => format!("payout/{}", request.payout_no),
            What::Statement(line) => format!("bank/{}", line.key()),
            What::Register(entry) => format!("register/{}", entry.person.person_no),
            What::Periods(entry) => format!("periods/{}", entry.person_no),
            What::Seen { sender, id } => format!("message/{sender}/{id}"),
            What::Act(act) => format!("act/{}/{}/{}", act.case, act.version, act.verb.word()),
            What::Task(act) => format!("task/{}/{}/{}", act.task, act.round, act.seen + 1),
            What::Line(act) => format!("line/{}/{}", act.line, act.seen + 1),
            What::Unidentified { line } => format!("unidentified/{line}"),
            What::UnidentifiedNoted { peer, txn, .. } => format!("unidentified/{peer}/{txn}/noted"),
            What::Remit { order_no, .. } => format!("remit/{order_no}"),
            What::Export { batch_no } => format!("export/{batch_no}"),
            What::ExportNotices { batch_no, again: None } => format!("notices/{batch_no}"),
            What::ExportNotices { batch_no, again: Some(at) } => format!("notices/{batch_no}/again/{}", at.0),
            What::Calendar(import) => format!("calendar/{}", import.import_no),
            What::Recount { case, version } => format!("recount/{case}/v{version}"),
            What::LookAgain { case, version } => format!("look_again/{case}/v{version}"),
            What::Chase { case, clock, since, stage } => format!("chase/{case}/{}/{since}/{stage}", clock.code()),
            What::Remind { case, on } => format!("remind/{case}/{on}"),
            What::Announce(order) => format!("maintenance/{}", order.announcement_no),
            What::Withdraw { announcement_no, .. } => format!("maintenance/{announcement_no}/withdrawn"),
            What::Directory { version } => format!("directory/{version}"),
            What::AskResend { peer, hour, .. } => format!("resend/{peer}/{hour}"),
            What::Restore(act) => format!("restore/{}/{}", act.epoch, act.verb.word()),
            What::TellRestored { peer, epoch, .. } => format!("restored/{peer}/{epoch}"),
            What::Echo(part) => format!("echo/{}/{}/{}", part.peer, part.epoch, part.part),
            What::Close { day } => format!("close/{day}"),
            What::Compare { peer, day, whole } => {
                format!("digest/{peer}/{day}/{}", if *whole { "whole" } else { "missing" })
            }
            What::DigestNoted { peer, day, .. } => format!("digest/{peer}/{day}/noted"),
        }
    }

    pub fn word(&self) -> &'static str {
        match self {
            What::Message(received) => received.body.form.kind().word(),
            What::Application(_) => "application",
            What::Payout(_) => "payout_open",
            What::Statement(_) => "statement",
            What::Register(_) => "register",
            What::Periods(_) => "periods",
            What::Chase { .. } => "chase",
            What::Seen { .. } => "seen",
            What::Act(act) => act.verb.word(),
            What::Task(act) => act.verb.event(),
            What::Line(act) => act.verb.event(),
            What::Unidentified { .. } => "unidentified",
            What::UnidentifiedNoted { .. } => "unidentified_noted",
            What::Remit { .. } => "remit",
            What::Export { .. } => "export",
            What::ExportNotices { .. } => "notices",
            What::Calendar(_) => "calendar",
            What::Recount { .. } => "recount",
            What::LookAgain { .. } => "look_again",
            What::Remind { .. } => "chase",
            What::Announce(_) => "announce",
            What::Withdraw { .. } => "announcement_withdrawn",
            What::Directory { .. } => "directory",
            What::AskResend { .. } => "resend_asked",
            What::Restore(act) => act.verb.word(),
            What::TellRestored { .. } => "restored_told",
            What::Echo(_) => "echo",
            What::Close { .. } => "close_day",
            What::Compare { .. } => "compare",
            What::DigestNoted { .. } => "digest_noted",
        }
    }
}

/// Makes ids: random ones in the daemon, seeded ones in the simulation.
pub trait Mint {
    fn message_id(&mut self, at: Moment) -> MessageId;
    fn case_id(&mut self, at: Moment) -> CaseId;
}
