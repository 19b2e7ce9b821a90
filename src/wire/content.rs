//! What is wrong with the content of a message whose sender was verified: enough for a refusal and for the clerk who
//! mends it. Names places and rules, never shows what was written there.

use std::fmt;

use crate::domain::ids::CaseId;
use crate::domain::message::Kind;
use crate::domain::reasons::RefusalCode;

/// The broken rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The bytes are no protobuf of this contract.
    Protobuf(&'static str),
    /// A critical field, an enum value or a schema version of a later release.
    NewerVersion(&'static str),
    /// More items than the contract allows.
    TooMany { most: u32 },
    /// More characters or bytes than the contract allows.
    TooLong { most: u32 },
    /// Characters that no form may carry.
    Text(&'static str),
    /// A field the form needs is absent.
    Missing,
    /// The value breaks a rule of the form.
    Value(&'static str),
}

/// A body that breaks the rules. The message is kept and answered with a refusal, unless it is itself an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentError {
    pub fault: Fault,
    /// Such as `InformationSheet.periods[3].months`.
    pub place: String,
    /// The kind, if the body could be read so far: receipts and refusals are never answered.
    pub kind: Option<Kind>,
    /// The case, likewise.
    pub case_id: Option<CaseId>,
}

impl ContentError {
    pub(super) fn new(fault: Fault, place: impl Into<String>) -> ContentError {
        ContentError { fault, place: place.into(), kind: None, case_id: None }
    }

    /// The same fault seen from one level further out.
    pub(super) fn within(mut self, outer: &str) -> ContentError {
        let separator = if self.place.is_empty() || self.place.starts_with('[') { "" } else { "." };
        self.place = format!("{outer}{separator}{}", self.place);
        self
    }

    /// The stable dead-letter word.
    pub fn code(&self) -> &'static str {
        match self.fault {
            Fault::Protobuf(_) => "protobuf",
            Fault::NewerVersion(_) => "newer_version",
            Fault::TooMany { .. } => "too_many",
            Fault::TooLong { .. } => "too_long",
            Fault::Text(_) => "text",
            Fault::Missing => "missing",
            Fault::Value(_) => "value",
        }
    }

    /// What the refusal says.
    pub fn refusal_code(&self) -> RefusalCode {
        match self.fault {
            Fault::NewerVersion(_) => RefusalCode::NewerVersion,
            _ => RefusalCode::BadContent,
        }
    }

    /// What happened and what to do next.
    pub fn chinese(&self) -> String {
        let place = &self.place;
        match self.fault {
            Fault::Protobuf(what) => format!("{place}：报文编码有误（{what}），原文已保存；请发送机构修正后重发"),
            Fault::NewerVersion(what) => {
                format!("{place}：发送方版本较新（{what}），原文已保存；请升级本机构软件后重新处理")
            }
            Fault::TooMany { most } => format!("{place}：超过 {most} 项，原文已保存；请发送机构修正后重发"),
            Fault::TooLong { most } => format!("{place}：长度超过 {most}，原文已保存；请发送机构修正后重发"),
            Fault::Text(what) => format!("{place}：含有不允许的字符（{what}）；请发送机构修正后重发"),
            Fault::Missing => format!("{place}：缺少必填项；请发送机构补充后重发"),
            Fault::Value(what) => format!("{place}：内容不合规范（{what}）；请发送机构修正后重发"),
        }
    }

    /// The same in English.
    pub fn english(&self) -> String {
        let place = &self.place;
        match self.fault {
            Fault::Protobuf(what) => format!("{place}: not encoded as agreed ({what}); kept; the sender must mend it"),
            Fault::NewerVersion(what) => {
                format!("{place}: written by a newer release ({what}); kept; upgrade here, then take it again")
            }
            Fault::TooMany { most } => format!("{place}: more than {most} items; kept; the sender must mend it"),
            Fault::TooLong { most } => format!("{place}: longer than {most}; kept; the sender must mend it"),
            Fault::Text(what) => format!("{place}: holds {what}; the sender must mend it"),
            Fault::Missing => format!("{place}: is missing; the sender must add it"),
            Fault::Value(what) => format!("{place}: {what}; the sender must mend it"),
        }
    }
}

impl fmt::Display for ContentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.english())
    }
}

impl std::error::Error for ContentError {}
