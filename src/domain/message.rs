//! What is meant: one message of one kind, apart from its bytes.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::forms::{
    ApplicationNotice, Cancellation, CancellationReply, Clarification, CompletionNotice, ContactLetter, DelayNotice,
    FundsDiscrepancy, FundsReturn, InformationSheet, LetterReturn, PeerNotice, ProgressQuery, ProgressReport, Receipt,
    Refusal, Reminder, RemittanceNotice, SheetObjection,
};
use super::ids::{AgencyCode, CaseId, Digest, LetterNo, MessageId};
use super::time::Moment;

/// One row a kind: variant, wire number, word, 中文.
macro_rules! kinds {
    ($($variant:ident = $number:literal, $word:literal, $zh:literal;)+) => {
        /// Every kind of message two agencies may exchange (domain.md §4).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum Kind { $($variant,)+ }

        impl Kind {
            pub const ALL: &'static [Kind] = &[$(Kind::$variant,)+];

            pub fn number(self) -> i32 {
                match self { $(Kind::$variant => $number,)+ }
            }

            pub fn from_number(number: i32) -> Option<Kind> {
                Kind::ALL.iter().copied().find(|kind| kind.number() == number)
            }

            /// The word used in tables, pages and metrics.
            pub fn word(self) -> &'static str {
                match self { $(Kind::$variant => $word,)+ }
            }

            pub fn from_word(word: &str) -> Option<Kind> {
                Kind::ALL.iter().copied().find(|kind| kind.word() == word)
            }

            pub fn chinese(self) -> &'static str {
                match self { $(Kind::$variant => $zh,)+ }
            }
        }
    };
}

kinds! {
    ApplicationNotice = 1, "ApplicationNotice", "转移申请通知单";
    ContactLetter = 2, "ContactLetter", "联系函";
    LetterReturn = 3, "LetterReturn", "联系函退回";
    InformationSheet = 4, "InformationSheet", "信息表";
    SheetObjection = 5, "SheetObjection", "核对异议";
    RemittanceNotice = 6, "RemittanceNotice", "个人账户资金划转通知";
    FundsDiscrepancy = 7, "FundsDiscrepancy", "资金差异通知";
    FundsReturn = 8, "FundsReturn", "退汇/重汇通知";
    CompletionNotice = 9, "CompletionNotice", "办结反馈";
    Cancellation = 10, "Cancellation", "撤销申请";
    CancellationReply = 11, "CancellationReply", "撤销答复";
    Reminder = 12, "Reminder", "催办";
    DelayNotice = 13, "DelayNotice", "延期说明";
    Clarification = 14, "Clarification", "内容说明/答复";
    ProgressQuery = 15, "ProgressQuery", "进度查询";
    ProgressReport = 16, "ProgressReport", "进度通报";
    PeerNotice = 17, "PeerNotice", "机构通告";
    Refusal = 18, "Refusal", "拒绝处理通知";
    Receipt = 19, "Receipt", "签收回执";
}

/// The body of a message: its place in a case, and its form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Body {
    /// None only where a message belongs to no case (receipts, peer notices).
    pub case_id: Option<CaseId>,
    pub letter_no: Option<LetterNo>,
    /// Counts the sender's messages of this case from 1; 0 outside cases.
    pub case_sequence: u32,
    pub in_reply_to: Option<MessageId>,
    pub sent_at: Moment,
    pub form: Form,
}

/// A parsed form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Form {
    ApplicationNotice(Box<ApplicationNotice>),
    ContactLetter(Arc<ContactLetter>),
    LetterReturn(Box<LetterReturn>),
    InformationSheet(Arc<InformationSheet>),
    SheetObjection(Box<SheetObjection>),
    RemittanceNotice(Box<RemittanceNotice>),
    CompletionNotice(Box<CompletionNotice>),
    FundsDiscrepancy(Box<FundsDiscrepancy>),
    FundsReturn(Box<FundsReturn>),
    Cancellation(Box<Cancellation>),
    CancellationReply(Box<CancellationReply>),
    Reminder(Box<Reminder>),
    DelayNotice(Box<DelayNotice>),
    Clarification(Box<Clarification>),
    ProgressQuery(Box<ProgressQuery>),
    ProgressReport(Box<ProgressReport>),
    PeerNotice(Box<PeerNotice>),
    Receipt(Receipt),
    Refusal(Refusal),
}

impl Form {
    pub fn kind(&self) -> Kind {
        match self {
            Form::ApplicationNotice(_) => Kind::ApplicationNotice,
            Form::ContactLetter(_) => Kind::ContactLetter,
            Form::LetterReturn(_) => Kind::LetterReturn,
            Form::InformationSheet(_) => Kind::InformationSheet,
            Form::SheetObjection(_) => Kind::SheetObjection,
            Form::RemittanceNotice(_) => Kind::RemittanceNotice,
            Form::CompletionNotice(_) => Kind::CompletionNotice,
            Form::FundsDiscrepancy(_) => Kind::FundsDiscrepancy,
            Form::FundsReturn(_) => Kind::FundsReturn,
            Form::Cancellation(_) => Kind::Cancellation,
            Form::CancellationReply(_) => Kind::CancellationReply,
            Form::Reminder(_) => Kind::Reminder,
            Form::DelayNotice(_) => Kind::DelayNotice,
            Form::Clarification(_) => Kind::Clarification,
            Form::ProgressQuery(_) => Kind::ProgressQuery,
            Form::ProgressReport(_) => Kind::ProgressReport,
            Form::PeerNotice(_) => Kind::PeerNotice,
            Form::Receipt(_) => Kind::Receipt,
            Form::Refusal(_) => Kind::Refusal,
        }
    }
}

/// A message from a peer whose signature was verified and whose body could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    pub id: MessageId,
    pub sender: AgencyCode,
    pub digest: Digest,
    pub body: Body,
}
