//! 签收回执 and 拒绝处理通知: the two technical answers.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::domain::ids::{Digest, MessageId};
use crate::domain::reasons::RefusalCode;
use crate::domain::time::Moment;

/// 签收回执: durably received, no more. One message carries many entries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    pub entries: Vec<ReceiptEntry>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptEntry {
    pub message_id: MessageId,
    pub digest: Digest,
    pub received_at: Moment,
    /// When the receiver's step is due; `None` with `provisional` where its calendar ends before.
    pub due_on: Option<NaiveDate>,
    pub provisional: bool,
    /// The message was refused. Its `Refusal` may come later than this entry, and nobody may act on the receipt of a
    /// refused message: a payment released for a refused sheet would reach nobody's case.
    pub refused: bool,
}

/// 拒绝处理通知: a verified message that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    pub message_id: MessageId,
    pub digest: Digest,
    /// At least one.
    pub codes: Vec<RefusalCode>,
    /// The same message may be taken later.
    pub retryable: bool,
    /// Free text for the clerk; never personal data.
    pub text: Option<String>,
}
