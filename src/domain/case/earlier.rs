//! 更正前的资金: what earlier payments of a case brought, and what went back of it, once a sheet of another sum has come.
//! Every payment has its ordinal; a correction never changes one, it adds the next or takes back a difference.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::incoming::Credit;
use super::outgoing::Booked;
use crate::domain::money::Fen;

/// 转入地: credits before the present one, and 冲正.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlierCredits {
    pub credits: Vec<Credit>,
    pub reversals: Vec<Reversal>,
}

/// 冲正: a difference that left the person's account again and is on its way back, or is back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reversal {
    /// Counts the attempts to take something back, from 1: each is booked under its own key.
    pub number: u32,
    pub amount: Fen,
    pub on: NaiveDate,
}

impl EarlierCredits {
    pub fn is_empty(&self) -> bool {
        self.credits.is_empty() && self.reversals.is_empty()
    }

    /// Credited less reversed, in fen.
    pub fn net(&self) -> i64 {
        let credited: i64 = self.credits.iter().map(|credit| credit.arrival.amount.get()).sum();
        let reversed: i64 = self.reversals.iter().map(|reversal| reversal.amount.get()).sum();
        credited - reversed
    }
}

/// 转出地: payments before the present one, and what came back of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlierPayments {
    pub payments: Vec<Booked>,
    /// 退差, in fen.
    pub back: i64,
}

impl EarlierPayments {
    pub fn is_empty(&self) -> bool {
        self.payments.is_empty() && self.back == 0
    }

    /// Paid less what came back, in fen.
    pub fn net(&self) -> i64 {
        self.payments.iter().map(|booked| booked.payment.amount.get()).sum::<i64>() - self.back
    }
}
