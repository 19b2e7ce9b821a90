//! 信息表: the record that moves, and the arithmetic it must satisfy.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{BankAccount, Insurance, Operator, Person};
use crate::domain::ids::{AgencyCode, LetterNo, SheetNo};
use crate::domain::money::{Balance, Fen};
use crate::domain::time::YearMonth;

/// 统账类别.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AccountScheme {
    /// 1 统账结合: with a personal account.
    Combined,
    /// 2 单建统筹: no account.
    PoolOnly,
    /// 3 住院统筹: no account.
    HospitalOnly,
}

impl AccountScheme {
    pub fn code(self) -> u32 {
        match self {
            AccountScheme::Combined => 1,
            AccountScheme::PoolOnly => 2,
            AccountScheme::HospitalOnly => 3,
        }
    }

    pub fn from_code(code: u32) -> Option<AccountScheme> {
        [AccountScheme::Combined, AccountScheme::PoolOnly, AccountScheme::HospitalOnly]
            .into_iter()
            .find(|scheme| scheme.code() == code)
    }
}

/// What happens to the personal account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FundsDisposition {
    Transfer,
    ZeroBalance,
    NoAccount,
    PaidToPerson,
    KeptIntraProvince,
}

/// 缴费性质.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Nature {
    /// 实际缴费
    Actual,
    /// 补缴
    BackPaid,
    /// 视同缴费
    Deemed,
}

impl Nature {
    /// Back-paid months are actual months; only deemed ones are counted apart.
    pub fn is_deemed(self) -> bool {
        self == Nature::Deemed
    }
}

/// One row of the contribution record. Without gaps: `months` = from … to, both counted, unless `broken`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Period {
    pub from: YearMonth,
    pub to: YearMonth,
    pub insurance: Insurance,
    pub nature: Nature,
    pub months: u32,
    /// Marked as interrupted inside: fewer months than the span.
    pub broken: bool,
    /// 参保地: division or agency code of that period's agency.
    pub agency: String,
    /// 月缴费基数, in fen.
    pub base: Option<Fen>,
}

/// Contribution months by kind; 实际 and 视同 are never mixed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Months {
    pub actual: u32,
    pub deemed: u32,
    /// The longest unbroken run that ends with the last month.
    pub continuous: u32,
}

impl Months {
    pub fn total(self) -> u32 {
        self.actual + self.deemed
    }
}

/// 信息表 (domain.md §4.3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InformationSheet {
    pub sheet_no: SheetNo,
    pub version: u32,
    pub letter_no: LetterNo,
    pub person: Person,
    pub insurance: Insurance,
    pub scheme: AccountScheme,
    pub insured_from: YearMonth,
    pub insured_to: YearMonth,
    pub stopped_on: NaiveDate,
    pub stop_reason: Option<String>,
    pub months: Months,
    /// At least one row, in order of `from`.
    pub periods: Vec<Period>,
    pub disposition: FundsDisposition,
    /// Present exactly when the disposition is `Transfer`.
    pub amount: Option<Fen>,
    /// Of `amount`, in fen.
    pub interest: Balance,
    pub balance_as_of: NaiveDate,
    pub payer: Option<BankAccount>,
    pub arrears: bool,
    pub issued_on: NaiveDate,
    pub issued_by: AgencyCode,
    pub operator: Operator,
    /// 办结后更正: this version opens a completed case again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub after_completion: bool,
}

/// Why a sheet's numbers cannot be right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SheetFault {
    #[error("the sheet has no periods")]
    NoPeriods,
    #[error("row {row}: the period ends before it begins")]
    Backwards { row: usize },
    #[error("row {row}: the period lies in the future")]
    Future { row: usize },
    #[error("row {row}: the months are not those of the period")]
    WrongMonths { row: usize },
    #[error("row {row}: the period overlaps the row before")]
    Overlap { row: usize },
    #[error("the rows do not add up to the totals")]
    Totals,
    #[error("an amount belongs to a transfer, and only there")]
    Amount,
    #[error("the interest is not part of the amount")]
    Interest,
}

impl InformationSheet {
    /// The checks of domain.md §4.3; `today` bounds the months.
    pub fn check(&self, today: NaiveDate) -> Result<(), SheetFault> {
        if self.periods.is_empty() {
            return Err(SheetFault::NoPeriods);
        }
        let this_month = YearMonth::of(today).ok();
        let mut before: Option<&Period> = None;
        for (index, period) in self.periods.iter().enumerate() {
            let row = index + 1;
            if period.to < period.from {
                return Err(SheetFault::Backwards { row });
            }
            if this_month.is_some_and(|month| period.to > month) {
                return Err(SheetFault::Future { row });
            }
            let span = period.from.months_to(period.to);
            if period.months > span || period.months == 0 || (period.months != span && !period.broken) {
                return Err(SheetFault::WrongMonths { row });
            }
            if before.is_some_and(|earlier| period.from <= earlier.to) {
                return Err(SheetFault::Overlap { row });
            }
            before = Some(period);
        }
        self.check_totals()
    }

    fn check_totals(&self) -> Result<(), SheetFault> {
        let sum = |deemed: bool| -> u64 {
            self.periods.iter().filter(|p| p.nature.is_deemed() == deemed).map(|p| u64::from(p.months)).sum()
        };
        if sum(false) != u64::from(self.months.actual) || sum(true) != u64::from(self.months.deemed) {
            return Err(SheetFault::Totals);
        }
        if self.amount.is_some() != (self.disposition == FundsDisposition::Transfer) {
            return Err(SheetFault::Amount);
        }
        if self.interest.0 < 0 || self.interest.0 > self.amount.map_or(0, Fen::get) {
            return Err(SheetFault::Interest);
        }
        Ok(())
    }
}
