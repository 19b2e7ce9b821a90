//! The published code lists: why a letter comes back, and why a message cannot be taken. Codes never change.

use serde::{Deserialize, Serialize};

/// Who must act next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Actor {
    IncomingAgency,
    OutgoingAgency,
    Person,
    Operator,
}

/// A closed list of codes with texts: one row a code.
macro_rules! codes {
    ($(#[$doc:meta])* $name:ident { $($variant:ident = $number:literal, $code:literal, $zh:literal, $en:literal, $correctable:literal, $actor:ident;)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name { $(#[serde(rename = $code)] $variant,)+ }

        impl $name {
            pub const ALL: &'static [$name] = &[$($name::$variant,)+];

            /// The stable word.
            pub fn code(self) -> &'static str {
                match self { $($name::$variant => $code,)+ }
            }

            /// The number of the wire enum; never reused.
            pub fn number(self) -> i32 {
                match self { $($name::$variant => $number,)+ }
            }

            pub fn from_number(number: i32) -> Option<$name> {
                $name::ALL.iter().copied().find(|code| code.number() == number)
            }

            pub fn chinese(self) -> &'static str {
                match self { $($name::$variant => $zh,)+ }
            }

            pub fn english(self) -> &'static str {
                match self { $($name::$variant => $en,)+ }
            }

            /// Whether mending and sending again can help.
            pub fn is_correctable(self) -> bool {
                match self { $($name::$variant => $correctable,)+ }
            }

            pub fn who_acts(self) -> Actor {
                match self { $($name::$variant => Actor::$actor,)+ }
            }
        }
    };
}

codes! {
    /// 联系函退回原因 and the reasons an application is turned down (domain.md §4.5).
    ReturnCode {
        NotStopped = 1, "NOT_STOPPED", "转出地参保关系尚未中止", "the relation at the outgoing agency is not stopped", true, Person;
        NotEnrolled = 2, "NOT_ENROLLED", "转入地未参保", "the person is not enrolled at the incoming agency", true, Person;
        PersonNotFound = 3, "PERSON_NOT_FOUND", "查无此人", "no such person in the register", true, IncomingAgency;
        PersonMismatch = 4, "PERSON_MISMATCH", "姓名与证件不一致", "name and document do not agree with the register", true, IncomingAgency;
        NotInsuredHere = 5, "NOT_INSURED_HERE", "本地无该险种参保记录", "no relation of this insurance here", true, IncomingAgency;
        WrongAgency = 6, "WRONG_AGENCY", "转出地经办机构有误", "another agency holds the relation", true, IncomingAgency;
        SamePool = 7, "SAME_POOL", "同一统筹区内无需转移", "same pooling area: an internal change, no transfer", false, IncomingAgency;
        Retired = 8, "RETIRED", "已办理退休，不予转移", "retired persons do not move", false, Person;
        Arrears = 9, "ARREARS", "存在欠费", "contributions are in arrears", true, Person;
        ResidentSameYear = 10, "RESIDENT_SAME_YEAR", "居民医保年度内不予转移", "a resident relation does not move within its year", true, Person;
        OpenClaims = 11, "OPEN_CLAIMS", "有未结算医疗费用", "claims are not settled yet", true, OutgoingAgency;
        AccountFrozen = 12, "ACCOUNT_FROZEN", "个人账户已锁定", "the personal account is frozen", true, OutgoingAgency;
        NegativeBalance = 13, "NEGATIVE_BALANCE", "个人账户余额为负", "the personal account is negative", true, OutgoingAgency;
        CaseConflict = 14, "CASE_CONFLICT", "该人员已有在办转移业务", "another transfer of this person is under way", true, IncomingAgency;
        LetterIncomplete = 15, "LETTER_INCOMPLETE", "联系函内容不完整", "the letter is incomplete", true, IncomingAgency;
        Deceased = 16, "DECEASED", "参保人已死亡", "the person has died", false, OutgoingAgency;
        Other = 99, "OTHER", "其他", "other, see text", true, OutgoingAgency;
    }
}

codes! {
    /// 拒绝处理代码: why a verified message cannot be taken.
    RefusalCode {
        IllegalState = 1, "ILLEGAL_STATE", "案件当前状态不接受此消息", "the case does not take this message in its state", false, Operator;
        CaseUnknown = 2, "CASE_UNKNOWN", "无此案件", "no such case here", false, Operator;
        NotAParty = 3, "NOT_A_PARTY", "发送方不是该案件当事机构", "the sender is not a party to the case", false, Operator;
        BadContent = 4, "BAD_CONTENT", "内容不合规范", "the content breaks the rules of the form", false, Operator;
        PersonDiffers = 5, "PERSON_DIFFERS", "人员信息与案件不符", "another person than the case's", false, Operator;
        AmountDiffers = 6, "AMOUNT_DIFFERS", "金额与信息表不符", "the amount is not the sheet's", false, Operator;
        LetterConflict = 7, "LETTER_CONFLICT", "联系函编号版本相同而内容不同", "same letter no. and version, other content", false, Operator;
        VersionConflict = 8, "VERSION_CONFLICT", "版本不是最新", "not the next version", false, Operator;
        KindNotSupported = 9, "KIND_NOT_SUPPORTED", "本机构软件版本暂不处理此类消息", "this release does not act on this kind", true, Operator;
        NewerVersion = 10, "NEWER_VERSION", "消息版本较新", "written by a newer version", true, Operator;
        IdConflict = 11, "ID_CONFLICT", "消息编号相同而内容不同", "same message id, other content", false, Operator;
        InternalError = 12, "INTERNAL_ERROR", "处理时发生内部错误", "an internal error; the message is kept", true, Operator;
    }
}

/// A reason as a form carries it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    pub code: ReturnCode,
    /// Mandatory for `OTHER`; at most 500 characters.
    pub text: Option<String>,
    pub field: Option<String>,
}

impl From<ReturnCode> for Reason {
    fn from(code: ReturnCode) -> Reason {
        Reason { code, text: None, field: None }
    }
}
