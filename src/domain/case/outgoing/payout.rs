//! 退付: the balance goes to the person, in a case of its own or beside a sheet. What the bank did not carry out, or gave
//! back, lies in suspense for the case until two persons pay it again.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{Booked, Failure, Payment};
use crate::domain::case::Holder;
use crate::domain::forms::Person;
use crate::domain::ids::ApplicationNo;
use crate::domain::money::Fen;
use crate::domain::payout::{OwnAccount, PayoutReason};

/// 退付案件: opened here, confirmed by another person, paid, confirmed by the bank.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payout {
    pub payout_no: ApplicationNo,
    pub why: PayoutReason,
    pub person: Person,
    /// Held from the opening on.
    pub amount: Fen,
    /// Where the last payment went, or is to go.
    pub account: OwnAccount,
    pub opened_on: NaiveDate,
    pub stage: PayoutStage,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PayoutStage {
    /// 待复核
    Opened,
    /// 退付中: zeroed, with our bank.
    Paying(Payment),
    /// 退付未成: it did not reach the person.
    Failed(NotPaid),
    /// 已退付
    Paid(Booked),
    /// 已撤回: nothing left.
    Withdrawn { on: NaiveDate },
}

/// A payment to the person that did not arrive. Nobody else is told: the other agency has no part in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotPaid {
    pub payment: Payment,
    pub how: Failure,
    pub on: NaiveDate,
}

impl PayoutStage {
    pub(super) fn relation(&self) -> &'static str {
        match self {
            PayoutStage::Opened => "PAYOUT_OPENED",
            PayoutStage::Paying(_) | PayoutStage::Failed(_) => "PAYING_OUT",
            PayoutStage::Paid(_) => "PAID_OUT",
            PayoutStage::Withdrawn { .. } => "PAYOUT_WITHDRAWN",
        }
    }

    pub(super) fn money(&self) -> &'static str {
        match self {
            PayoutStage::Opened => "FROZEN",
            PayoutStage::Paying(_) => "PAYING_PERSON",
            PayoutStage::Failed(_) => "PAYOUT_FAILED",
            PayoutStage::Paid(_) => "PAID_TO_PERSON",
            PayoutStage::Withdrawn { .. } => "RELEASED",
        }
    }

    pub(super) fn holder(&self) -> Holder {
        match self {
            PayoutStage::Opened | PayoutStage::Failed(_) => Holder::Own,
            PayoutStage::Paying(_) => Holder::Bank,
            PayoutStage::Paid(_) | PayoutStage::Withdrawn { .. } => Holder::Nobody,
        }
    }

    /// The last payment, once released.
    pub(super) fn payment(&self) -> Option<&Payment> {
        match self {
            PayoutStage::Paying(payment) => Some(payment),
            PayoutStage::Failed(failed) => Some(&failed.payment),
            PayoutStage::Paid(booked) => Some(&booked.payment),
            PayoutStage::Opened | PayoutStage::Withdrawn { .. } => None,
        }
    }
}
