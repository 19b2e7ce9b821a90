//! 联系函 and 联系函退回: the letter that opens a case, and its business answer "no".

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{AgencyRef, BankAccount, Insurance, Operator, Person};
use crate::domain::ids::{AgencyCode, ApplicationNo, LetterNo};
use crate::domain::reasons::Reason;

/// 联系函: the incoming agency asks for a person's relation (domain.md §4.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactLetter {
    pub letter_no: LetterNo,
    /// 1, and n+1 for an amended letter.
    pub version: u32,
    pub issued_on: NaiveDate,
    pub application_no: ApplicationNo,
    /// 受理日期: the legal start of T1.
    pub accepted_on: NaiveDate,
    pub person: Person,
    pub insurance_out: Insurance,
    pub insurance_in: Insurance,
    pub enrolled_since: NaiveDate,
    pub outgoing: AgencyRef,
    pub incoming: AgencyRef,
    pub funds_requested: bool,
    /// Where the money shall go; present when funds are asked for. Must equal the directory's account.
    pub payee: Option<BankAccount>,
    /// 参保凭证号
    pub certificate_no: Option<String>,
    pub operator: Operator,
}

/// 联系函退回: why the relation cannot move now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LetterReturn {
    pub letter_no: LetterNo,
    pub letter_version: u32,
    pub returned_on: NaiveDate,
    /// At least one.
    pub reasons: Vec<Reason>,
    /// Whether an amended letter may follow.
    pub correctable: bool,
    pub suggested_agency: Option<AgencyCode>,
    pub operator: Operator,
}
