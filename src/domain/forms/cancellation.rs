//! 撤销申请 and 撤销答复: the incoming agency takes the case back, the outgoing one says whether it still can.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::Operator;
use crate::domain::act::CancelledBy;
use crate::domain::ids::LetterNo;

/// 撤销申请
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancellation {
    pub letter_no: LetterNo,
    pub by: CancelledBy,
    /// At most 500 characters.
    pub reason: String,
    pub cancelled_on: NaiveDate,
    pub operator: Operator,
}

/// 撤销答复
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancellationReply {
    pub letter_no: LetterNo,
    pub result: CancellationResult,
    pub text: Option<String>,
    pub replied_on: NaiveDate,
    pub operator: Operator,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CancellationResult {
    /// 同意: hold and relation are restored.
    Agreed,
    /// 不同意: the payment is released; the way back is an opposite case.
    RefusedRemitted,
    /// 不同意: the case is completed.
    RefusedCompleted,
}

impl CancellationResult {
    pub fn word(self) -> &'static str {
        match self {
            CancellationResult::Agreed => "AGREED",
            CancellationResult::RefusedRemitted => "REFUSED_REMITTED",
            CancellationResult::RefusedCompleted => "REFUSED_COMPLETED",
        }
    }
}
