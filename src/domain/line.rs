//! What people decide about a line of our statement that belongs to no case: it goes back to who paid it, once one
//! person proposed that and another confirmed it.

use serde::{Deserialize, Serialize};

use super::act::{Stage, Why};
use super::ledger::LineKey;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineAct {
    pub line: LineKey,
    /// How many acts on the line the person saw: nobody decides on a list that is no longer true.
    pub seen: u32,
    pub verb: LineVerb,
    pub reason: Why,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LineVerb {
    /// 退回 to who paid. Nothing is done before another person confirms it.
    SendBack,
    /// 复核, by another person than who proposed it.
    Confirm,
    /// What was proposed is not done.
    Withdraw,
}

impl LineVerb {
    /// The stable word on the command line.
    pub fn word(self) -> &'static str {
        match self {
            LineVerb::SendBack => "send-back",
            LineVerb::Confirm => "confirm",
            LineVerb::Withdraw => "withdraw",
        }
    }

    /// The word among the events: cases have verbs of the same names.
    pub fn event(self) -> &'static str {
        match self {
            LineVerb::SendBack => "line_send_back",
            LineVerb::Confirm => "line_confirm",
            LineVerb::Withdraw => "line_withdraw",
        }
    }
}

/// What was decided about a line so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LineHeld {
    pub acts: u32,
    /// Who proposed to send it back, while that is neither done nor withdrawn.
    pub proposed_by: Option<String>,
    /// How often it was sent back before: the bank may refuse to.
    pub sent_back: u32,
}

/// An act as it is kept for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineRecord {
    pub line: LineKey,
    pub n: u32,
    /// `send-back`, also where it is confirmed; or `withdraw`.
    pub verb: LineVerb,
    pub stage: Stage,
    pub actor: String,
    /// Another person, by a rule of the database.
    pub proposed_by: Option<String>,
    pub reason: Why,
}
