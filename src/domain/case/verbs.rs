//! 可办理事项: what a person may decide about a case as it stands. The one list that decisions, pages and commands share.

use super::incoming::{Answer, Money};
use super::outgoing::Funds;
use super::{Case, Incoming, Outgoing, Side};

impl Case {
    /// Words of [`crate::domain::act::Verb`], the usual one first.
    pub fn verbs(&self) -> &'static [&'static str] {
        if self.proposal.is_some() {
            return &["confirm", "withdraw"];
        }
        if self.cancelling.is_some() {
            return &[];
        }
        match &self.side {
            Side::Incoming(incoming) => of_incoming(incoming),
            Side::Outgoing(outgoing) => of_outgoing(outgoing),
        }
    }
}

fn of_incoming(incoming: &Incoming) -> &'static [&'static str] {
    match incoming {
        Incoming::Waiting(waiting) => match &waiting.answer {
            Answer::None | Answer::Working { .. } => &["cancel"],
            Answer::Returned(answer) if answer.correctable => &["amend", "close"],
            Answer::Returned(_) | Answer::Closed(_) => &[],
        },
        // Once money is announced, the way back is an opposite case.
        Incoming::Sheeted(sheeted) => match sheeted.money {
            Money::NotExpected | Money::Expected { .. } => &["cancel"],
            Money::Remitted { .. } | Money::Discrepant { .. } | Money::Matched { .. } | Money::Credited(_) => &[],
        },
        Incoming::Rejected(_) | Incoming::Completed(_) | Incoming::Cancelled(_) => &[],
    }
}

fn of_outgoing(outgoing: &Outgoing) -> &'static [&'static str] {
    match outgoing {
        Outgoing::Checking(_) => &["recheck", "return", "issue"],
        Outgoing::Returned(_) | Outgoing::Issued(_) | Outgoing::Completed(_) | Outgoing::Cancelled(_) => &[],
    }
}

impl Funds {
    /// Nothing has left yet: hold and relation can be restored.
    pub fn can_be_cancelled(&self) -> bool {
        matches!(self, Funds::NothingToRemit | Funds::Frozen { .. })
    }
}
