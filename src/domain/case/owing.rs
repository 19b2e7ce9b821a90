//! 应办环节: what each side owes the other as the case stands. A reminder asks for one of these, a delay explains one.

use super::incoming::{Answer, Money, Relation};
use super::outgoing::Funds;
use super::{Case, Incoming, Outgoing, Side};
use crate::domain::forms::CaseStep;

impl Case {
    /// What we wait for from the other agency.
    pub fn awaits(&self) -> Option<CaseStep> {
        if self.cancelling.is_some() {
            return Some(CaseStep::Answer);
        }
        let step = match &self.side {
            Side::Incoming(incoming) => incoming_awaits(incoming),
            Side::Outgoing(Outgoing::HandedOver(_)) => Some(CaseStep::Letter),
            Side::Outgoing(Outgoing::Issued(issued)) if issued.receipted && issued.funds.ended().is_some() => {
                Some(CaseStep::Completion)
            }
            Side::Outgoing(Outgoing::Issued(issued)) if matches!(issued.funds, Funds::RefundAwaited { .. }) => {
                Some(CaseStep::Funds)
            }
            Side::Outgoing(_) => None,
        };
        step.or_else(|| self.asks().then_some(CaseStep::Answer))
    }

    /// Whether a question of ours has no answer yet.
    fn asks(&self) -> bool {
        self.correspondence.notes.iter().any(|note| note.ours && note.open)
    }

    /// Whether the other agency waits for this from us.
    pub fn owes(&self, step: CaseStep) -> bool {
        self.owing().contains(&step)
    }

    /// What the other agency waits for first.
    pub fn owed(&self) -> Option<CaseStep> {
        self.owing().first().copied()
    }

    fn owing(&self) -> Vec<CaseStep> {
        let mut owing = match &self.side {
            Side::Incoming(Incoming::Applied(applied)) if applied.notice.is_some() => vec![CaseStep::Letter],
            Side::Incoming(Incoming::Sheeted(sheeted)) => match (&sheeted.relation, &sheeted.money) {
                (Relation::ToVerify, _) => vec![CaseStep::Merge, CaseStep::Completion],
                (_, Money::Matched { .. }) => vec![CaseStep::Credit, CaseStep::Completion],
                (_, Money::ToReverse { .. }) => vec![CaseStep::Funds, CaseStep::Completion],
                _ => vec![CaseStep::Completion],
            },
            Side::Outgoing(Outgoing::Checking(_)) => vec![CaseStep::Sheet],
            Side::Outgoing(Outgoing::Issued(issued)) if issued.objection.is_some() => vec![CaseStep::Correction],
            Side::Outgoing(Outgoing::Issued(issued))
                if matches!(issued.funds, Funds::Frozen { .. } | Funds::RemitFailed(_)) =>
            {
                vec![CaseStep::Funds]
            }
            Side::Incoming(_) | Side::Outgoing(_) => vec![],
        };
        if self.correspondence.question().is_some() {
            owing.push(CaseStep::Answer);
        }
        owing
    }
}

fn incoming_awaits(incoming: &Incoming) -> Option<CaseStep> {
    match incoming {
        Incoming::Waiting(waiting) => match waiting.answer {
            Answer::None | Answer::Working { .. } => Some(CaseStep::Sheet),
            Answer::Returned(_) | Answer::Closed(_) => None,
        },
        Incoming::Sheeted(sheeted) => match (&sheeted.relation, &sheeted.money) {
            (Relation::Disputed { .. }, _) => Some(CaseStep::Correction),
            (_, Money::Expected { .. } | Money::Returned { .. }) => Some(CaseStep::Funds),
            _ => None,
        },
        Incoming::Applied(_) | Incoming::Rejected(_) | Incoming::Completed(_) | Incoming::Cancelled(_) => None,
    }
}
