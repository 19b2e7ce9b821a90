//! 补划: money announced beyond what is still under way. It is kept in the case until what came before it is credited: left
//! unheard it would hold up every later message of the case, among them the sheet for which that credit may be waiting.

use serde::{Deserialize, Serialize};

use super::incoming::{Money, Sheeted};
use crate::domain::forms::RemittanceNotice;
use crate::domain::ids::PaymentRef;
use crate::domain::matching::{self, Line};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Supplement {
    pub notice: RemittanceNotice,
    /// 已退汇: it did not arrive either, and will be announced again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub returned: bool,
}

/// More are refused: nobody corrects a sum so often, and every one of them is carried in the case.
pub const KEPT_MOST: usize = 16;

impl Sheeted {
    /// The payment that was announced last and is not credited yet.
    pub fn last_announced(&self) -> Option<&RemittanceNotice> {
        self.supplements.last().map(|kept| &kept.notice).or(self.money.notice())
    }

    /// Credited, or announced to be: net of what went back, in fen.
    pub fn announced(&self) -> i64 {
        let kept: i64 = self.supplements.iter().map(|kept| kept.notice.ordinal_total.get()).sum();
        self.net() + self.money.notice().map_or(0, |notice| notice.ordinal_total.get()) + kept
    }

    /// Every payment whose money may still come, the next one first.
    pub fn awaited(&self) -> impl Iterator<Item = &RemittanceNotice> {
        let now = match &self.money {
            Money::Remitted { notice } | Money::Discrepant { notice, .. } => Some(notice),
            _ => None,
        };
        now.into_iter().chain(self.supplements.iter().filter(|kept| !kept.returned).map(|kept| &kept.notice))
    }

    /// Every payment that did not arrive and will be announced again.
    pub fn returned(&self) -> impl Iterator<Item = &RemittanceNotice> {
        let now = if let Money::Returned { notice } = &self.money { Some(notice) } else { None };
        now.into_iter().chain(self.supplements.iter().filter(|kept| kept.returned).map(|kept| &kept.notice))
    }

    /// Until its turn; announced again, it keeps its place.
    pub fn keep(&mut self, notice: RemittanceNotice) {
        match self.supplements.iter_mut().find(|kept| kept.notice.ordinal == notice.ordinal) {
            Some(kept) => *kept = Supplement { notice, returned: false },
            None => self.supplements.push(Supplement { notice, returned: false }),
        }
    }

    pub fn supplement_mut(&mut self, payment: &PaymentRef) -> Option<&mut Supplement> {
        self.supplements.iter_mut().find(|kept| kept.notice.payment_ref == *payment)
    }

    /// Money that names a later payment counts for that one alone, though it names the letter as well.
    pub fn is_of_supplement(&self, line: &Line) -> bool {
        let is_of_now = self.money.notice().is_some_and(|notice| matching::names_payment(line, notice));
        !is_of_now && self.supplements.iter().any(|kept| matching::names_payment(line, &kept.notice))
    }

    /// What came before is credited: the next announced payment is the one in hand. False where there is none.
    pub fn turn_to_supplement(&mut self) -> bool {
        let last = match &self.money {
            _ if self.supplements.is_empty() => return false,
            Money::NotExpected | Money::Expected { .. } => None,
            Money::Credited(last) | Money::ToReverse { last, .. } => Some(last.clone()),
            Money::Remitted { .. }
            | Money::Discrepant { .. }
            | Money::Returned { .. }
            | Money::Matched { .. }
            | Money::Reversing { .. } => return false,
        };
        let Supplement { notice, returned } = self.supplements.remove(0);
        self.earlier.credits.extend(last);
        self.money = if returned { Money::Returned { notice } } else { Money::Remitted { notice } };
        true
    }
}
