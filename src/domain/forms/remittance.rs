//! 个人账户资金划转通知: the money is on its way.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::Operator;
use crate::domain::ids::{BankTxnNo, LetterNo, PaymentRef, SheetNo};
use crate::domain::money::Fen;

/// 批量划转: one payment of the bank for several persons. Every notice of the batch says the same of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// 批次号, which the bank carries as the payment's reference. At most 40 characters.
    pub no: String,
    /// 批次人数, at least 1.
    pub count: u32,
    /// 批次总金额: what the bank's lines must sum to.
    pub total: Fen,
}

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
    /// None where one payment of the bank is for this person alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<Batch>,
    /// 清零日期
    pub zeroed_on: NaiveDate,
    pub operator: Operator,
}

impl RemittanceNotice {
    /// What the bank's lines must sum to.
    pub fn awaited(&self) -> Fen {
        self.batch.as_ref().map_or(self.ordinal_total, |batch| batch.total)
    }
}
