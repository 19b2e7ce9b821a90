//! 待审核: whether the step that a person is to release is still the case's next one.

use super::incoming::{Money, Relation};
use super::outgoing::Funds;
use super::{Case, Incoming, Outgoing, Side};
use crate::domain::steps::Step;

impl Case {
    /// Whether the case stands before this step, with all it needs.
    pub fn stands_before(&self, step: Step) -> bool {
        match (&self.side, step) {
            (Side::Incoming(Incoming::Applied(_)), Step::Letter)
            | (Side::Outgoing(Outgoing::Checking(_)), Step::Check | Step::Sheet) => true,
            (Side::Incoming(Incoming::Sheeted(sheeted)), Step::Merge) => sheeted.relation == Relation::ToVerify,
            (Side::Incoming(Incoming::Sheeted(sheeted)), Step::Credit) => {
                matches!((&sheeted.relation, &sheeted.money), (Relation::Merged(_), Money::Matched { .. }))
            }
            (Side::Incoming(Incoming::Sheeted(sheeted)), Step::Completion) => sheeted.has_ended(),
            (Side::Outgoing(Outgoing::Issued(issued)), Step::Payment) => {
                issued.receipted && matches!(issued.funds, Funds::Frozen { .. })
            }
            _ => false,
        }
    }
}
