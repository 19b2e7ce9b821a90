//! 机构通告: what two agencies tell each other outside any case.

use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::ReceiptEntry;
use crate::domain::message::Kind;
use crate::domain::money::Balance;
use crate::domain::time::Moment;

/// Days one announcement may close an agency: longer, and one message would silence every reminder for good.
pub const CLOSED_DAYS_MAX: i64 = 31;

/// Ranges of one request to resend.
pub const RANGES_MAX: usize = 100;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PeerNotice {
    /// 计划停机
    Maintenance(Maintenance),
    /// 机构目录更新: the newest version the sender acts on.
    Directory { version: u64 },
    /// 每日对账
    Digest(DailyDigest),
    /// 请求重发: numbers of ours that never came to the sender.
    Resend { missing: Vec<LaneRange> },
    /// 数据恢复通告
    Restored(Restored),
    /// 已收消息回传
    Echo(Echo),
}

impl PeerNotice {
    /// The stable word in the record.
    pub fn word(&self) -> &'static str {
        match self {
            PeerNotice::Maintenance(_) => "maintenance",
            PeerNotice::Directory { .. } => "directory",
            PeerNotice::Digest(_) => "digest",
            PeerNotice::Resend { .. } => "resend",
            PeerNotice::Restored(_) => "restored",
            PeerNotice::Echo(_) => "echo",
        }
    }
}

/// 计划停机. Never changed: withdrawn, and another one made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Maintenance {
    /// Made by who closes; at most 40 characters.
    pub announcement_no: String,
    pub from: Moment,
    pub until: Moment,
    /// At most 500 characters.
    pub text: Option<String>,
    pub withdrawn: bool,
}

impl Maintenance {
    /// Ends after it begins, and within the longest time.
    pub fn is_sound(from: Moment, until: Moment) -> bool {
        (1..=CLOSED_DAYS_MAX * 86_400_000).contains(&until.ms_since(from))
    }
}

/// Numbers of one lane, both ends counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LaneRange {
    pub epoch: u32,
    pub lane: u32,
    pub from_seq: u64,
    pub to_seq: u64,
}

impl LaneRange {
    /// How many numbers; 0 where it ends before it begins.
    pub fn count(&self) -> u64 {
        (self.to_seq + 1).saturating_sub(self.from_seq)
    }

    pub fn holds(&self, epoch: u32, lane: u32, seq: u64) -> bool {
        (self.epoch, self.lane) == (epoch, lane) && (self.from_seq..=self.to_seq).contains(&seq)
    }
}

/// 数据恢复通告: the sender's database is an older copy that was put back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// The sender's epoch from now on.
    pub epoch: u32,
    /// What it knows to have sent, each lane from 1.
    pub said: Vec<LaneRange>,
    /// What it holds of the recipient, likewise.
    pub held: Vec<LaneRange>,
}

/// 已收消息回传: part of the answer to a `Restored`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Echo {
    /// Of the `Restored` it answers.
    pub epoch: u32,
    /// From 1.
    pub part: u32,
    pub is_last: bool,
    pub messages: Vec<EchoedMessage>,
}

/// A message of the recipient's own, byte for byte as it was received, and what its receipt said.
#[derive(Clone, PartialEq, Eq)]
pub struct EchoedMessage {
    pub header: Vec<u8>,
    pub sigblock: Vec<u8>,
    pub body: Vec<u8>,
    pub receipt: ReceiptEntry,
}

// By hand: the body holds personal data.
impl fmt::Debug for EchoedMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EchoedMessage({})", self.receipt.message_id)
    }
}

/// What one agency's books say of one peer and one day. Sums are fen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DailyDigest {
    pub day: NaiveDate,
    /// The messages made that day, by number; at most 20 ranges.
    pub ranges: Vec<LaneRange>,
    /// The same messages by kind.
    pub sent: Vec<KindCount>,
    /// Announced to the recipient, by the sender's ledger.
    pub remitted: Balance,
    /// Of the recipient's money matched, by the sender's ledger.
    pub matched: Balance,
    /// The sender's audit chain then, hex.
    pub audit_head: String,
}

impl DailyDigest {
    /// How many messages were made.
    pub fn messages(&self) -> u64 {
        self.ranges.iter().map(LaneRange::count).sum()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct KindCount {
    pub kind: Kind,
    pub count: u64,
}
