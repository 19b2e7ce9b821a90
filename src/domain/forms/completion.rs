//! 办结反馈: what the incoming agency did, in the words of its committed rows.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::Operator;
use crate::domain::ids::{BankTxnNo, LetterNo, PersonNo, SheetNo};
use crate::domain::money::Fen;
use crate::domain::time::Moment;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CompletionResult {
    Normal,
    WithoutFunds,
}

/// 办结反馈 (domain.md §4.4).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompletionNotice {
    pub letter_no: LetterNo,
    pub sheet_no: SheetNo,
    pub sheet_version: u32,
    pub result: CompletionResult,
    pub months_credited: u32,
    /// Months the person had here already; a month paid twice counts once.
    pub months_overlapping: u32,
    pub relation_in_on: NaiveDate,
    pub amount_received: Option<Fen>,
    pub received_on: Option<NaiveDate>,
    pub bank_txn_no: Option<BankTxnNo>,
    pub amount_credited: Option<Fen>,
    pub credited_on: Option<NaiveDate>,
    pub personal_no: PersonNo,
    pub operator: Operator,
    pub completed_at: Moment,
}
