//! 往来: what two agencies write each other about a case beside the forms. None of it moves a track or a clock.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::Operator;
use crate::domain::ids::{LetterNo, MessageId};
use crate::domain::reasons::Reason;
use crate::domain::time::Moment;

/// One row a step: variant, wire number, word, 中文, English.
macro_rules! steps {
    ($($(#[$doc:meta])* $variant:ident = $number:literal, $word:literal, $zh:literal, $en:literal;)+) => {
        /// 环节: what one side waits for the other to do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "SCREAMING_SNAKE_CASE")]
        pub enum CaseStep { $($(#[$doc])* $variant,)+ }

        impl CaseStep {
            pub const ALL: &'static [CaseStep] = &[$(CaseStep::$variant,)+];

            pub fn number(self) -> i32 {
                match self { $(CaseStep::$variant => $number,)+ }
            }

            pub fn from_number(number: i32) -> Option<CaseStep> {
                CaseStep::ALL.iter().copied().find(|step| step.number() == number)
            }

            /// The word in tasks, steps and on the command line.
            pub fn word(self) -> &'static str {
                match self { $(CaseStep::$variant => $word,)+ }
            }

            pub fn from_word(word: &str) -> Option<CaseStep> {
                CaseStep::ALL.iter().copied().find(|step| step.word().eq_ignore_ascii_case(word))
            }

            pub fn chinese(self) -> &'static str {
                match self { $(CaseStep::$variant => $zh,)+ }
            }

            pub fn english(self) -> &'static str {
                match self { $(CaseStep::$variant => $en,)+ }
            }
        }
    };
}

steps! {
    /// Of a message.
    Receipt = 1, "RECEIPT", "签收", "the receipt";
    /// T1: the sheet, or the return of the letter.
    Sheet = 2, "SHEET", "出具信息表", "the information sheet";
    /// T1: the money.
    Funds = 3, "FUNDS", "划转资金", "the remittance";
    /// T2.
    Merge = 4, "MERGE", "核对合并", "verifying and merging";
    /// T3.
    Credit = 5, "CREDIT", "入账", "crediting";
    /// T4.
    Completion = 6, "COMPLETION", "办结反馈", "the completion notice";
    /// After an objection.
    Correction = 7, "CORRECTION", "更正信息表", "the corrected sheet";
    /// Of a cancellation or a question.
    Answer = 8, "ANSWER", "答复", "the answer";
    /// T0: the letter for an application that was handed over.
    Letter = 9, "LETTER", "发出联系函", "the contact letter";
}

/// 催办. Moves no legal deadline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reminder {
    pub letter_no: Option<LetterNo>,
    pub step: CaseStep,
    pub due_on: NaiveDate,
    /// Working days; 0 while still in time.
    pub overdue: u32,
    /// 1 to 3.
    pub level: u32,
    /// At most 500 characters.
    pub text: Option<String>,
}

/// 延期说明. Moves no legal deadline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DelayNotice {
    pub letter_no: Option<LetterNo>,
    pub step: CaseStep,
    /// At most 500 characters.
    pub reason: String,
    pub expected_on: NaiveDate,
    pub operator: Operator,
}

/// 内容说明/答复: a question, or the answer to one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clarification {
    pub letter_no: Option<LetterNo>,
    pub is_answer: bool,
    /// The question that is answered, or the message it is asked about.
    pub about: Option<MessageId>,
    /// A form's field, such as `periods[3].months`; at most 100 characters.
    pub field: Option<String>,
    /// At most 2,000 characters.
    pub text: String,
    pub operator: Operator,
}

/// 进度查询
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgressQuery {
    pub letter_no: Option<LetterNo>,
    /// At most 500 characters.
    pub text: Option<String>,
}

/// Who holds the ball, in words that mean the same on both sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitingFor {
    Nobody,
    IncomingAgency,
    OutgoingAgency,
    Bank,
    Person,
}

impl WaitingFor {
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            WaitingFor::Nobody => ("无需等待", "nobody"),
            WaitingFor::IncomingAgency => ("转入地", "the incoming agency"),
            WaitingFor::OutgoingAgency => ("转出地", "the outgoing agency"),
            WaitingFor::Bank => ("银行", "the bank"),
            WaitingFor::Person => ("参保人", "the person"),
        }
    }
}

/// One track of a case as the other side sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackProgress {
    /// The word of a state; at most 40 characters.
    pub state: String,
    pub since: Moment,
    pub due_on: Option<NaiveDate>,
    pub waiting_for: WaitingFor,
}

/// 进度通报: both tracks as the sender sees them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgressReport {
    pub letter_no: Option<LetterNo>,
    pub known: bool,
    pub relation: Option<TrackProgress>,
    pub money: Option<TrackProgress>,
    /// 不予受理原因, where an application that was handed over is turned down.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Reason>,
}
