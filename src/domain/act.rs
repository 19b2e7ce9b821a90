//! What a person decides about a case: each act names the version of the case it was decided on, so that nobody decides
//! on a page that is no longer true, and two clerks never both act.

use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::forms::Objection;
use super::ids::{BankTxnNo, CaseId};
use super::money::Balance;
use super::payout::OwnAccount;
use super::person::PersonName;
use super::reasons::Reason;

/// The longest reason a person may give.
pub const REASON_MAX: usize = 500;

/// 经办: one decision of one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    pub case: CaseId,
    /// The version of the case that the person saw.
    pub version: u64,
    pub verb: Verb,
    pub reason: Why,
}

/// 经办理由 in a person's own words; may speak of somebody, so it never shows in logs.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Why(pub String);

impl fmt::Debug for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Why({} characters)", self.0.chars().count())
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "verb")]
pub enum Verb {
    /// 转入地: these lines are the money of this case, whatever they say. Needs a second person, or the machine's proposal.
    Match { txns: Vec<BankTxnNo> },
    /// 转入地: credit the matched money to the person's account, although the register did not do so by itself. Needs a
    /// second person.
    Credit,
    /// 转入地: these lines cannot be credited; they go back to who paid them. Needs a second person.
    SendBack { txns: Vec<BankTxnNo> },
    /// 转出地: pay a returned payment once more. Needs a second person.
    Resend,
    /// 转出地: look at the register again and decide anew.
    Recheck,
    /// 放行: take the step that waits for a review.
    Release,
    /// 转入地: turn an application down.
    Reject { reasons: Vec<Reason> },
    /// 转出地: send the letter back.
    Return { reasons: Vec<Reason> },
    /// 转出地: issue the sheet although limit or payee held it. Needs a second person.
    Issue,
    /// 转出地: the balance goes to the person's own account; the sheet says so. Needs a second person.
    Payout { account: OwnAccount },
    /// 转出地: send the sheet in its next version, as the register is now; also after completion. Where the account's
    /// balance was wrong, this is what it should have been: that needs a second person.
    Correct {
        #[serde(default)]
        balance: Option<Balance>,
    },
    /// 转入地: 冲正. What was credited too much leaves the account and goes back. Needs a second person.
    Reverse,
    /// 转入地: the sheet is right, merge it.
    Accept,
    /// 转入地: the sheet is not right.
    Object { objections: Vec<Objection> },
    /// 转入地: send the letter again in its next version, mended. Needs a second person where the payee changes.
    Amend(Amendment),
    /// 转入地: give up after a return.
    Close,
    /// 转入地: take the whole case back.
    Cancel { by: CancelledBy },
    /// 催办
    Remind,
    /// 延期说明
    Delay { expected_on: NaiveDate },
    /// 内容说明: a question; the reason is its text.
    Ask { field: Option<String> },
    /// 答复: to the oldest question; the reason is its text.
    Answer,
    /// 进度查询
    Query,
    /// 已阅: what the peer wrote was read.
    Noted,
    /// The second person: carry out what another proposed.
    Confirm,
    /// Anybody: what was proposed is not done.
    Withdraw,
}

/// What an amended letter says differently; what is not named stays as it was or is read anew from the register.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Amendment {
    pub name: Option<PersonName>,
    pub certificate_no: Option<String>,
    /// 姓名与证件 as our register has them now, after they were corrected there.
    #[serde(default)]
    pub identity_from_register: bool,
    /// 收款账户: the one that the signed directory lists for us now. No other can be named, and two persons say so.
    #[serde(default)]
    pub payee_from_directory: bool,
}

/// 撤销由谁提出.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CancelledBy {
    Person,
    IncomingAgency,
}

impl Verb {
    /// The stable word, in tables, on the command line and in the audit trail.
    pub fn word(&self) -> &'static str {
        match self {
            Verb::Match { .. } => "match",
            Verb::Credit => "credit",
            Verb::SendBack { .. } => "send-back",
            Verb::Resend => "resend",
            Verb::Recheck => "recheck",
            Verb::Release => "release",
            Verb::Reject { .. } => "reject",
            Verb::Return { .. } => "return",
            Verb::Issue => "issue",
            Verb::Payout { .. } => "payout",
            Verb::Correct { .. } => "correct",
            Verb::Reverse => "reverse",
            Verb::Accept => "accept",
            Verb::Object { .. } => "object",
            Verb::Amend(_) => "amend",
            Verb::Close => "close",
            Verb::Cancel { .. } => "cancel",
            Verb::Remind => "remind",
            Verb::Delay { .. } => "delay",
            Verb::Ask { .. } => "ask",
            Verb::Answer => "answer",
            Verb::Query => "query",
            Verb::Noted => "noted",
            Verb::Confirm => "confirm",
            Verb::Withdraw => "withdraw",
        }
    }

    /// 四眼原则: one person proposes, another confirms. Never done by the system itself.
    pub fn needs_two(&self) -> bool {
        match self {
            Verb::Issue
            | Verb::Payout { .. }
            | Verb::Match { .. }
            | Verb::Credit
            | Verb::SendBack { .. }
            | Verb::Reverse
            | Verb::Resend => true,
            Verb::Correct { balance } => balance.is_some(),
            Verb::Amend(amendment) => amendment.payee_from_directory,
            _ => false,
        }
    }
}

/// What one person proposed and another must confirm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    pub verb: Verb,
    pub by: String,
    pub reason: Why,
}

/// An act as it is kept for ever, beside the step it caused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActRecord {
    pub case: CaseId,
    /// The version the act led to.
    pub version: u64,
    pub verb: &'static str,
    pub actor: String,
    pub stage: Stage,
    /// Who proposed what was confirmed: another person, by a rule of the database.
    pub proposed_by: Option<String>,
    pub reason: Why,
}

/// How far an act goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Done, by one person.
    Decided,
    /// Nothing is done yet: another person must confirm it.
    Proposed,
    /// Done, as another person, or a match as the machine, had proposed.
    Confirmed,
}

impl Stage {
    /// The stable word in the table.
    pub fn word(self) -> &'static str {
        match self {
            Stage::Decided => "decided",
            Stage::Proposed => "proposed",
            Stage::Confirmed => "confirmed",
        }
    }
}
