//! 个人账户资金划转通知: the money is on its way.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::Operator;
use crate::domain::ids::{BankTxnNo, LetterNo, PaymentRef, SheetNo};
use crate::domain::money::Fen;

/// Announces one payment attempt (domain.md §6). Money is matched only once this has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemittanceNotice {
    pub letter_no: LetterNo,
    pub sheet_no: SheetNo,
    /// n: 1, and n+1 only for a supplement or after a full reversal.
    pub ordinal: u32,
    /// Counts the payment attempts of one ordinal, from 1.
    pub attempt: u32,
    /// What this attempt pays.
    pub amount: Fen,
    /// What all attempts of the ordinal pay together: the sum the bank lines must reach.
    pub ordinal_total: Fen,
    pub payment_ref: PaymentRef,
    /// The bank's own number, if already known.
    pub bank_txn_no: Option<BankTxnNo>,
    pub batch_no: Option<String>,
    pub batch_count: Option<u32>,
    pub batch_total: Option<Fen>,
    /// 清零日期
    pub zeroed_on: NaiveDate,
    pub operator: Operator,
}
