//! 可办理事项: what a person may decide about a case as it stands. The one list that decisions, pages and commands share.

use super::incoming::{Answer, Money, Relation};
use super::outgoing::{Funds, Heard, PayoutStage};
use super::{Case, Incoming, Outgoing, Side};

impl Case {
    /// Words of [`crate::domain::act::Verb`]: first what decides the case, then what is written about it.
    pub fn verbs(&self) -> Vec<&'static str> {
        let mut verbs = self.decisions();
        verbs.extend(self.letters());
        verbs
    }

    /// What moves the case, the usual one first.
    pub fn decisions(&self) -> Vec<&'static str> {
        if self.proposal.is_some() {
            return vec!["confirm", "withdraw"];
        }
        self.without_proposal()
    }

    fn without_proposal(&self) -> Vec<&'static str> {
        if self.cancelling.is_some() {
            return Vec::new();
        }
        let of_state = match &self.side {
            Side::Incoming(incoming) => of_incoming(incoming),
            Side::Outgoing(outgoing) => of_outgoing(outgoing),
        };
        let mut decisions: Vec<&'static str> = self.review.map(|_| "release").into_iter().collect();
        decisions.extend(of_state);
        if self.may_send_back() {
            decisions.push("send-back");
        }
        decisions
    }

    /// Money lies in suspense that names this case and cannot be credited as it is.
    fn may_send_back(&self) -> bool {
        let is_waiting = match &self.side {
            Side::Incoming(Incoming::Sheeted(sheeted)) => {
                matches!(sheeted.money, Money::Discrepant { .. } | Money::Returned { .. })
            }
            _ => false,
        };
        is_waiting || !self.surplus.is_empty()
    }

    /// A proposal that the case has left behind: nobody can carry it out any more.
    pub fn is_proposal_stale(&self) -> bool {
        self.proposal.as_ref().is_some_and(|proposal| !self.without_proposal().contains(&proposal.verb.word()))
    }

    /// 往来: what may be written to the other agency, or is to be read.
    pub fn letters(&self) -> Vec<&'static str> {
        // Turned down: the other agency has never heard of the case, or has nothing more to say.
        let has_reader = match &self.side {
            Side::Incoming(Incoming::Applied(applied)) => applied.notice.is_some(),
            Side::Incoming(incoming) => !matches!(incoming, Incoming::Rejected(_)),
            Side::Outgoing(outgoing) => !matches!(outgoing, Outgoing::Rejected(_) | Outgoing::Payout(_)),
        };
        if !has_reader {
            return Vec::new();
        }
        let offered = [
            ("answer", self.correspondence.question().is_some()),
            ("noted", self.correspondence.is_unread()),
            ("remind", self.awaits().is_some()),
            ("delay", self.owed().is_some()),
            ("ask", true),
            ("query", true),
        ];
        offered.into_iter().filter_map(|(verb, is_offered)| is_offered.then_some(verb)).collect()
    }
}

fn of_incoming(incoming: &Incoming) -> &'static [&'static str] {
    match incoming {
        Incoming::Applied(_) => &["reject"],
        Incoming::Waiting(waiting) => match &waiting.answer {
            Answer::None | Answer::Working { .. } => &["cancel"],
            Answer::Returned(answer) if answer.correctable => &["amend", "close"],
            Answer::Returned(_) | Answer::Closed(_) => &[],
        },
        Incoming::Sheeted(sheeted) => {
            of_sheeted(&sheeted.relation, &sheeted.money, sheeted.reopened.is_none() && sheeted.earlier.is_empty())
        }
        Incoming::Completed(_) => &["object"],
        Incoming::Rejected(_) | Incoming::Cancelled(_) => &[],
    }
}

fn of_sheeted(relation: &Relation, money: &Money, is_first: bool) -> &'static [&'static str] {
    let awaits_lines = matches!(money, Money::Remitted { .. } | Money::Discrepant { .. });
    match (relation, is_first && may_be_cancelled(money)) {
        (Relation::ToVerify, true) => &["accept", "object", "cancel"],
        (Relation::ToVerify, false) if awaits_lines => &["accept", "object", "match"],
        (Relation::ToVerify, false) => &["accept", "object"],
        (Relation::Merged(_), false) if matches!(money, Money::Matched { .. }) => &["credit"],
        (Relation::Merged(_), false) if matches!(money, Money::ToReverse { .. }) => &["reverse"],
        (Relation::Disputed { .. } | Relation::Merged(_), true) => &["cancel"],
        (Relation::Disputed { .. } | Relation::Merged(_), false) if awaits_lines => &["match"],
        (Relation::Disputed { .. } | Relation::Merged(_), false) => &[],
    }
}

/// Once money is announced, the way back is an opposite case.
fn may_be_cancelled(money: &Money) -> bool {
    matches!(money, Money::NotExpected | Money::Expected { .. })
}

fn of_outgoing(outgoing: &Outgoing) -> &'static [&'static str] {
    match outgoing {
        Outgoing::Checking(_) => &["recheck", "return", "issue", "payout"],
        // Proposed by whoever opened it: what is left is to confirm or to withdraw.
        Outgoing::Payout(payout) if matches!(payout.stage, PayoutStage::Opened | PayoutStage::Failed(_)) => &["payout"],
        Outgoing::Issued(issued) if matches!(issued.funds, Funds::PayoutFailed(_)) => match issued.objection {
            Some(_) => &["correct", "payout"],
            None => &["payout", "correct"],
        },
        Outgoing::Issued(issued) => match (issued.objection.is_some(), issued.funds.can_be_resent()) {
            (true, true) => &["correct", "resend"],
            (false, true) => &["resend", "correct"],
            (_, false) => &["correct"],
        },
        Outgoing::Completed(_) => &["correct"],
        Outgoing::HandedOver(_)
        | Outgoing::Rejected(_)
        | Outgoing::Payout(_)
        | Outgoing::Returned(_)
        | Outgoing::Cancelled(_) => &[],
    }
}

impl Funds {
    /// The incoming agency durably knows that the last payment did not arrive, and does not say otherwise.
    fn can_be_resent(&self) -> bool {
        matches!(self, Funds::RemitFailed(failed) if failed.heard == Heard::Taken)
    }

    /// Nothing has left yet: hold and relation can be restored.
    pub fn can_be_cancelled(&self) -> bool {
        matches!(self, Funds::NothingToRemit | Funds::Frozen { .. })
    }
}
