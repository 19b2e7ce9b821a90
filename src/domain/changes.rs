//! Everything one event changes: booked together or not at all. Data only; the store writes it.

use super::act::ActRecord;
use super::calendar::Year;
use super::case::Case;
use super::case::outgoing::Failure;
use super::close::DayClose;
use super::forms::{BankAccount, DailyDigest, LaneRange, Period, ReceiptEntry};
use super::ids::{AgencyCode, BankTxnNo, CaseId, LetterNo, MessageId, PaymentRef, PersonNo};
use super::ledger::{LineKey, Posting};
use super::line::LineRecord;
use super::matching::Line;
use super::message::Body;
use super::money::Fen;
use super::notice::Notice;
use super::peers::Closure;
use super::reasons::RefusalCode;
use super::register::InsuredPerson;
use super::restore::{Differs, RestoreChange};
use super::task::TaskRecord;
use super::time::Moment;

/// What became of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Applied,
    /// Kept until its predecessor comes.
    Early,
    /// Nothing changes; the stored answer goes out again.
    Duplicate,
    /// The same key with other content: refused, and raised as a security event.
    Conflict,
    /// A verified message that cannot be taken; a `Refusal` is among the drafts.
    Refused(RefusalCode),
    /// A local event that cannot be taken, with a stable code and words.
    Declined(Declined),
}

/// Why a row of a file was not taken. Words never repeat personal values.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Declined {
    pub code: String,
    pub chinese: String,
    pub english: String,
}

impl Declined {
    pub fn new(code: &str, chinese: &str, english: &str) -> Declined {
        Declined { code: code.into(), chinese: chinese.into(), english: english.into() }
    }
}

/// A message to be sealed and sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    pub id: MessageId,
    pub recipient: AgencyCode,
    pub body: Body,
}

#[derive(Debug, Clone, PartialEq)]
pub enum RegisterChange {
    /// Insert or update from an import; never the balance.
    Put(Box<InsuredPerson>),
    /// Replaces what earlier imports said; months brought by cases stay.
    Periods {
        person: PersonNo,
        periods: Vec<Period>,
    },
    /// Months that a case brought.
    AddMonths {
        person: PersonNo,
        case: CaseId,
        periods: Vec<Period>,
    },
    /// What a cancelled case had brought leaves again.
    RemoveMonths {
        person: PersonNo,
        case: CaseId,
        periods: Vec<Period>,
    },
    /// 锁定
    Freeze {
        person: PersonNo,
        case: CaseId,
        held: Option<Fen>,
    },
    Thaw {
        person: PersonNo,
    },
    /// 终止参保关系, or its restoration after a cancellation.
    Relation(Box<InsuredPerson>),
}

/// A payment of ours, as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentRow {
    pub payment_ref: PaymentRef,
    /// None where money that belongs to no case goes back to who paid it.
    pub case: Option<CaseId>,
    /// Of that case.
    pub letter_no: Option<LetterNo>,
    pub ordinal: u32,
    pub attempt: u32,
    pub amount: Fen,
    pub payer: BankAccount,
    pub payee: BankAccount,
    /// One payment of the bank for several of these: its reference.
    pub order_ref: Option<PaymentRef>,
    /// The line of money in that it sends back to who paid it; none for a payment to the incoming agency.
    pub gives_back: Option<LineKey>,
    pub released_at: Moment,
    /// Set once our bank has booked it.
    pub confirmed: Option<(BankTxnNo, Moment)>,
    /// Set once our bank refused it or gave it back: the same payment is never paid again, another attempt is.
    pub failed: Option<Failure>,
}

/// What our bank is told to pay: the payments of a batch as one, all others as they are.
pub fn orders(payments: Vec<PaymentRow>) -> Vec<PaymentRow> {
    let mut orders: Vec<PaymentRow> = Vec::new();
    for payment in payments {
        let Some(order) = payment.order_ref.clone() else {
            orders.push(payment);
            continue;
        };
        match orders.iter_mut().find(|known| known.payment_ref == order) {
            // A sum that no 64 bits hold was never released.
            Some(known) => known.amount = known.amount.plus(payment.amount).unwrap_or(known.amount),
            None => orders.push(PaymentRow { payment_ref: order, case: None, letter_no: None, ..payment }),
        }
    }
    orders
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskChange {
    /// `<kind>/<case or line>`
    pub task: String,
    pub round: u32,
    pub kind: &'static str,
    pub case: Option<CaseId>,
    pub line: Option<String>,
    /// A stable code or a form's field; never personal data.
    pub detail: Option<String>,
    /// False closes the task.
    pub open: bool,
}

/// A year of the calendar that an operator put in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct YearChange {
    pub year: Year,
    /// Why it took the place of a year with other days.
    pub replaced: Option<String>,
}

/// A digest and how it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigestRow {
    pub peer: AgencyCode,
    pub day: chrono::NaiveDate,
    /// Ours to the peer; otherwise the peer's to us.
    pub ours: bool,
    /// sent | received | agreed | missing | differs | noted
    pub state: &'static str,
    pub digest: DailyDigest,
    /// What we held of it, as JSON, once it was compared.
    pub held: Option<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Changes {
    pub outcome: Outcome,
    /// Every step, oldest first; a case may step twice.
    pub cases: Vec<Case>,
    pub postings: Vec<Posting>,
    /// Once-only effects beside the postings' own keys.
    pub effects: Vec<(String, CaseId)>,
    pub drafts: Vec<Draft>,
    /// Our signed answer to the sender; goes out with the batch's receipt.
    pub receipt: Option<ReceiptEntry>,
    pub register: Vec<RegisterChange>,
    pub payments: Vec<PaymentRow>,
    pub lines: Vec<Line>,
    /// Our messages that a receipt closed.
    pub receipted: Vec<MessageId>,
    /// Our messages that a peer refused.
    pub refused: Vec<(MessageId, RefusalCode)>,
    pub tasks: Vec<TaskChange>,
    /// Formerly early messages and what became of them.
    pub resolved: Vec<(AgencyCode, MessageId, Option<RefusalCode>)>,
    /// Released payments go into this payment file.
    pub export: Option<String>,
    /// What a person decided, for ever beside the steps it caused.
    pub acts: Vec<ActRecord>,
    /// A task went from hand to hand.
    pub task_acts: Vec<TaskRecord>,
    /// What people decided about lines that belong to no case.
    pub line_acts: Vec<LineRecord>,
    pub years: Vec<YearChange>,
    /// Milestones that the person is told of.
    pub notices: Vec<Notice>,
    /// Notices that wait go into this file.
    pub notices_export: Option<String>,
    /// Announced closures, new ones and withdrawn ones.
    pub closures: Vec<Closure>,
    /// The directory a peer acts on; ours under our own code.
    pub directories: Vec<(AgencyCode, u64)>,
    /// 日结
    pub close: Option<Box<DayClose>>,
    pub digests: Vec<DigestRow>,
    /// Messages of ours that the sender of this one misses: the same bytes go to it again.
    pub resend: Vec<LaneRange>,
    /// What the record says beside the states: in the step, the audit chain and the timeline. Never personal data.
    pub note: Option<String>,
    /// The case the event belongs to, for the record.
    pub case: Option<CaseId>,
    pub letters_made: u64,
    pub sheets_made: u64,
    /// What is kept of a restore, ours or a peer's.
    pub restore: Vec<RestoreChange>,
    /// Forgotten messages of ours that a decision has come to again.
    pub repeated: Vec<MessageId>,
    /// The decision comes to other words than those which the peer holds: nothing of it may be kept.
    pub differs: Option<Differs>,
}

impl Changes {
    pub fn none(outcome: Outcome) -> Changes {
        Changes {
            outcome,
            cases: Vec::new(),
            postings: Vec::new(),
            effects: Vec::new(),
            drafts: Vec::new(),
            receipt: None,
            register: Vec::new(),
            payments: Vec::new(),
            lines: Vec::new(),
            receipted: Vec::new(),
            refused: Vec::new(),
            tasks: Vec::new(),
            resolved: Vec::new(),
            export: None,
            acts: Vec::new(),
            task_acts: Vec::new(),
            line_acts: Vec::new(),
            years: Vec::new(),
            notices: Vec::new(),
            notices_export: None,
            closures: Vec::new(),
            directories: Vec::new(),
            close: None,
            digests: Vec::new(),
            resend: Vec::new(),
            note: None,
            case: None,
            letters_made: 0,
            sheets_made: 0,
            restore: Vec::new(),
            repeated: Vec::new(),
            differs: None,
        }
    }
}
