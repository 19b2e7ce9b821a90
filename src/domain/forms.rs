//! The forms two agencies exchange (domain words for 联系函, 信息表 …), as parsed values. Their bytes live in `wire`.

mod application;
mod cancellation;
mod completion;
mod correspondence;
mod discrepancy;
mod funds_return;
mod letter;
mod objection;
mod peer_notice;
mod receipt;
mod remittance;
mod sheet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

pub use application::{ApplicationNotice, Channel};
pub use cancellation::{Cancellation, CancellationReply, CancellationResult};
pub use completion::{CompletionNotice, CompletionResult};
pub use correspondence::{
    CaseStep, Clarification, DelayNotice, ProgressQuery, ProgressReport, Reminder, TrackProgress, WaitingFor,
};
pub use discrepancy::{DiscrepancyKind, FundsDiscrepancy, ShownLine};
pub use funds_return::{FundsReturn, FundsReturnReason};
pub use letter::{ContactLetter, LetterReturn};
pub use objection::{Objection, SheetObjection};
pub use peer_notice::{
    CLOSED_DAYS_MAX, DailyDigest, Echo, EchoedMessage, KindCount, LaneRange, Maintenance, PeerNotice, RANGES_MAX,
    Restored,
};
pub use receipt::{Receipt, ReceiptEntry, Refusal};
pub use remittance::{Batch, RemittanceNotice};
pub use sheet::{AccountScheme, FundsDisposition, InformationSheet, Months, Nature, Period, SheetFault};

use super::ids::AgencyCode;
use super::person::{Document, PersonName};

/// 险种, with the numbers used on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Insurance {
    /// 310 职工基本医疗保险
    Employee,
    /// 390 城乡居民基本医疗保险
    Resident,
    /// 380 新型农村合作医疗, only inside historic periods.
    RuralCooperative,
    /// 391 城镇居民基本医疗保险, only inside historic periods.
    UrbanResident,
}

impl Insurance {
    pub const ALL: [Insurance; 4] =
        [Insurance::Employee, Insurance::Resident, Insurance::RuralCooperative, Insurance::UrbanResident];

    pub fn code(self) -> u32 {
        match self {
            Insurance::Employee => 310,
            Insurance::Resident => 390,
            Insurance::RuralCooperative => 380,
            Insurance::UrbanResident => 391,
        }
    }

    pub fn from_code(code: u32) -> Option<Insurance> {
        Insurance::ALL.into_iter().find(|insurance| insurance.code() == code)
    }

    /// May be the insurance of a relation that moves today.
    pub fn is_current(self) -> bool {
        matches!(self, Insurance::Employee | Insurance::Resident)
    }

    /// 职工 and 居民 months never add up.
    pub fn is_employee(self) -> bool {
        self == Insurance::Employee
    }

    pub fn chinese(self) -> &'static str {
        match self {
            Insurance::Employee => "职工基本医疗保险",
            Insurance::Resident => "城乡居民基本医疗保险",
            Insurance::RuralCooperative => "新型农村合作医疗",
            Insurance::UrbanResident => "城镇居民基本医疗保险",
        }
    }
}

/// The person a form is about, as far as the receiver needs it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    pub name: PersonName,
    pub document: Document,
    pub birth_date: Option<NaiveDate>,
    pub sex: Option<Sex>,
    /// 个人编号 in the register of the agency that wrote the form.
    pub personal_no: Option<String>,
    pub phone: Option<String>,
}

impl Person {
    /// The same human being for an agency: same document and same name.
    pub fn is_same_as(&self, other: &Person) -> bool {
        self.document == other.document && self.name == other.name
    }
}

/// 性别, GB/T 2261.1 numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sex {
    /// 0
    Unknown,
    /// 1 男
    Male,
    /// 2 女
    Female,
    /// 9 未说明
    Unstated,
}

/// An agency as a form names it. The directory decides who is who; this is what was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgencyRef {
    pub division: String,
    pub code: AgencyCode,
    pub name: String,
    pub contact: Option<String>,
    pub phone: Option<String>,
}

/// 银行账户 of an agency or (never in this line) of a person.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct BankAccount {
    /// 户名, at most 100 characters.
    pub name: String,
    /// 账号, 8 to 40 digits; leading zeros count.
    pub number: String,
    /// 开户行, at most 100 characters.
    pub bank: String,
    /// 联行号, 12 digits.
    pub bank_no: Option<String>,
}

/// Who acted: a clerk, or the named system actor `system:auto@<rule version>`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operator {
    pub id: String,
    pub name: Option<String>,
    /// Must differ from `id` where a second person is demanded.
    pub reviewer: Option<String>,
}
