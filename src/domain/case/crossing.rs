//! 交叉案件: what another case of the same person means for a letter that comes for them. The balance leaves once, and
//! nobody waits for somebody who waits for them.

use super::{Case, Incoming, Outgoing, Side};
use crate::domain::ids::AgencyCode;

/// How a letter stands to another case of its person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crossing {
    Free,
    /// 待前一转移办结: the other case brings months or money here first; then all of it goes on with one sheet.
    Waits,
    /// 冲突: the other case moves the same relation and balance away, or asks the letter's sender for the same person.
    Conflict,
}

impl Case {
    /// Whether relation, months or balance of its person are still this case's to move. A completed one lacks a receipt
    /// at most.
    pub fn holds_person(&self) -> bool {
        self.is_open() && !matches!(self.side, Side::Incoming(Incoming::Completed(_)))
    }

    /// What this case means for a letter that `sender` writes for the same person.
    pub fn crossing(&self, sender: &AgencyCode) -> Crossing {
        if !self.holds_person() {
            return Crossing::Free;
        }
        match &self.side {
            // Nothing is held: the first letter that comes is answered, whoever sends it.
            Side::Outgoing(Outgoing::HandedOver(_)) => Crossing::Free,
            Side::Outgoing(_) => Crossing::Conflict,
            // Each asks the other: two cases that waited for each other would wait for ever.
            Side::Incoming(Incoming::Applied(_) | Incoming::Waiting(_)) if self.peer == *sender => Crossing::Conflict,
            Side::Incoming(_) => Crossing::Waits,
        }
    }
}
