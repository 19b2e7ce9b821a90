//! 转出地: the case as the old agency sees it. The account is frozen with the sheet, zeroed with the payment, and the
//! case is archived only when the completion notice has come and our bank has booked the payment.

mod payout;

use std::sync::Arc;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

pub use payout::{NotPaid, Payout, PayoutStage};

use super::Holder;
use super::earlier::EarlierPayments;
use crate::domain::forms::{
    ApplicationNotice, BankAccount, Batch, CompletionNotice, ContactLetter, InformationSheet, LetterReturn, Person,
    SheetObjection,
};
use crate::domain::ids::{AgencyCode, BankTxnNo, MessageId, PaymentRef};
use crate::domain::money::Fen;
use crate::domain::payout::OwnAccount;
use crate::domain::reasons::{Reason, ReturnCode};
use crate::domain::register::RelationStatus;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outgoing {
    /// 已转交: an application taken here is with the incoming agency, its letter is awaited. Nothing is held.
    HandedOver(Box<HandedOver>),
    /// 不予受理: turned down, here or by the incoming agency.
    Rejected(Box<Rejected>),
    /// 退付: no letter and no other agency; the balance goes to the person.
    Payout(Box<Payout>),
    /// 核验中: waits for a clerk, with the reason as a task.
    Checking(Box<Checking>),
    /// 已退回
    Returned(Box<Returned>),
    /// 信息表已发: account frozen, relation ended.
    Issued(Box<Issued>),
    /// 已办结, 归档
    Completed(Box<Completed>),
    /// 已撤销: nothing left, hold and relation are as before.
    Cancelled(Box<Cancelled>),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandedOver {
    pub application: ApplicationNotice,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejected {
    pub application: ApplicationNotice,
    pub reasons: Vec<Reason>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checking {
    pub letter: Arc<ContactLetter>,
    /// 收款账户不一致: what holds the letter for two persons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payee: Option<PayeeHeld>,
    /// 待前一转移办结: the agency whose transfer to us must end first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<AgencyCode>,
}

impl Checking {
    pub fn of(letter: &Arc<ContactLetter>) -> Checking {
        Checking { letter: Arc::clone(letter), payee: None, after: None }
    }
}

/// The payee in the letter is not the one that the signed directory listed when it was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayeeHeld {
    pub listed: Option<BankAccount>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Returned {
    pub letter: Arc<ContactLetter>,
    pub answer: LetterReturn,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancelled {
    pub letter: Arc<ContactLetter>,
    pub sheet: Option<Arc<InformationSheet>>,
    pub on: NaiveDate,
    /// Of a payout that was not paid any more: the sheet names no sum.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<Fen>,
}

/// 参保关系 before the case ended it: what a cancellation restores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Before {
    pub status: RelationStatus,
    pub status_on: NaiveDate,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issued {
    pub letter: Arc<ContactLetter>,
    pub sheet: Arc<InformationSheet>,
    /// The incoming agency durably has the sheet.
    pub receipted: bool,
    pub funds: Funds,
    /// Our bank has booked a payment once: the relation waits for the confirmation, and that is never taken back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub remitted: bool,
    /// The incoming agency says that it sends the last payment back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coming_back: Option<ComingBack>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Before>,
    /// 核对异议 that waits for a corrected sheet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objection: Option<SheetObjection>,
    /// The balance goes to the person, as the sheet says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payout: Option<OwnAccount>,
    /// What was paid, and came back, before the payment in hand.
    #[serde(default, skip_serializing_if = "EarlierPayments::is_empty")]
    pub earlier: EarlierPayments,
    /// 办结后更正: since when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reopened: Option<NaiveDate>,
    /// Completed before the bank gave a payment to the person back: archived with this once the person is paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completion: Option<Box<CompletionNotice>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Funds {
    NothingToRemit,
    /// 已锁定: held, not yet paid.
    Frozen {
        amount: Fen,
    },
    /// 划转中: released to our bank, account zeroed, notice sent.
    Remitting(Payment),
    /// 已划转: our bank has booked it.
    Remitted(Booked),
    /// 退汇: it did not arrive; the sum lies in suspense for the case.
    RemitFailed(Failed),
    /// 退付中: released to our bank for the person, account zeroed.
    PayingPerson(Payment),
    /// 退付未成: it did not reach the person; the sum lies in suspense for the case.
    PayoutFailed(NotPaid),
    /// 已退付本人
    PaidToPerson(Booked),
    /// 待退差: the corrected sheet says less than was paid; the incoming agency sends the difference back.
    RefundAwaited {
        last: Booked,
        amount: Fen,
    },
}

/// One payment attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    pub ordinal: u32,
    pub attempt: u32,
    pub amount: Fen,
    pub payment_ref: PaymentRef,
    /// 批量划转: the bank pays it together with others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<Batch>,
    /// 清零日期
    pub zeroed_on: NaiveDate,
}

/// A payment that our bank's statement confirms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booked {
    pub payment: Payment,
    pub bank_txn_no: BankTxnNo,
    pub booked_on: NaiveDate,
}

/// A payment that did not arrive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    pub payment: Payment,
    pub how: Failure,
    pub on: NaiveDate,
    /// The message that told the incoming agency.
    pub told: MessageId,
    pub heard: Heard,
}

/// A payment back that was announced and that our bank has not shown yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComingBack {
    pub return_ref: PaymentRef,
    /// The message that announced it.
    pub told: MessageId,
}

/// What became of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// 银行未受理: refused before it was booked.
    Refused,
    /// 银行退汇: given back, in a credit line of its own.
    Returned,
    /// 对方退回: sent back by the incoming agency, which could not credit it.
    SentBack,
}

impl Failure {
    /// The stable word in tables, tasks and steps.
    pub fn word(self) -> &'static str {
        match self {
            Failure::Refused => "refused",
            Failure::Returned => "returned",
            Failure::SentBack => "sent_back",
        }
    }
}

/// Whether the incoming agency knows that the payment did not arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Heard {
    NotYet,
    Taken,
    /// It does not agree, as where the money is there: then nothing is sent again.
    Refused,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Completed {
    pub letter: Arc<ContactLetter>,
    pub sheet: Arc<InformationSheet>,
    pub funds: FundsEnd,
    pub notice: CompletionNotice,
    pub archived_on: NaiveDate,
    #[serde(default, skip_serializing_if = "EarlierPayments::is_empty")]
    pub earlier: EarlierPayments,
    /// It was completed before and opened again on this day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reopened: Option<NaiveDate>,
}

/// How the money track ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FundsEnd {
    NothingToRemit,
    /// The incoming agency says it credited what our bank booked.
    Confirmed(Booked),
    PaidToPerson(Booked),
}

impl Funds {
    /// The end of the money track, if it is reached.
    pub fn ended(&self) -> Option<FundsEnd> {
        match self {
            Funds::NothingToRemit => Some(FundsEnd::NothingToRemit),
            Funds::Remitted(booked) => Some(FundsEnd::Confirmed(booked.clone())),
            Funds::PaidToPerson(booked) => Some(FundsEnd::PaidToPerson(booked.clone())),
            Funds::Frozen { .. }
            | Funds::Remitting(_)
            | Funds::RemitFailed(_)
            | Funds::PayingPerson(_)
            | Funds::PayoutFailed(_)
            | Funds::RefundAwaited { .. } => None,
        }
    }

    /// Our payment, once released; the last attempt.
    pub fn payment(&self) -> Option<&Payment> {
        match self {
            Funds::Remitting(payment) | Funds::PayingPerson(payment) => Some(payment),
            Funds::Remitted(booked) | Funds::PaidToPerson(booked) | Funds::RefundAwaited { last: booked, .. } => {
                Some(&booked.payment)
            }
            Funds::RemitFailed(failed) => Some(&failed.payment),
            Funds::PayoutFailed(failed) => Some(&failed.payment),
            Funds::NothingToRemit | Funds::Frozen { .. } => None,
        }
    }

    fn word(&self) -> &'static str {
        match self {
            Funds::NothingToRemit => "NOTHING_TO_REMIT",
            Funds::Frozen { .. } => "FROZEN",
            Funds::Remitting(_) => "REMITTING",
            Funds::Remitted(_) => "REMITTED",
            Funds::RemitFailed(_) => "REMIT_FAILED",
            Funds::PayingPerson(_) => "PAYING_PERSON",
            Funds::PayoutFailed(_) => "PAYOUT_FAILED",
            Funds::PaidToPerson(_) => "PAID_TO_PERSON",
            Funds::RefundAwaited { .. } => "REFUND_AWAITED",
        }
    }
}

impl From<FundsEnd> for Funds {
    fn from(end: FundsEnd) -> Funds {
        match end {
            FundsEnd::NothingToRemit => Funds::NothingToRemit,
            FundsEnd::Confirmed(booked) => Funds::Remitted(booked),
            FundsEnd::PaidToPerson(booked) => Funds::PaidToPerson(booked),
        }
    }
}

impl Completed {
    /// 退付未成: the bank gave the person's money back after the end. Nothing of the other agency's part is undone.
    pub fn without_payout(self, failed: NotPaid) -> Issued {
        let completion = Some(Box::new(self.notice.clone()));
        let on = failed.on;
        Issued { funds: Funds::PayoutFailed(failed), completion, ..self.reopen(on) }
    }

    /// 办结后更正: open again, with everything that was done.
    pub fn reopen(self, on: NaiveDate) -> Issued {
        let funds = Funds::from(self.funds);
        Issued {
            letter: self.letter,
            sheet: self.sheet,
            receipted: true,
            remitted: funds.payment().is_some(),
            funds,
            coming_back: None,
            before: None,
            objection: None,
            payout: None,
            earlier: self.earlier,
            reopened: Some(on),
            completion: None,
        }
    }
}

impl Issued {
    /// Paid less what came back, in fen; what is under way is not counted.
    pub fn net(&self) -> i64 {
        let last = match &self.funds {
            Funds::Remitted(booked) | Funds::RefundAwaited { last: booked, .. } => booked.payment.amount.get(),
            _ => 0,
        };
        self.earlier.net() + last
    }

    /// The ordinal of the next payment for the other agency.
    pub fn next_ordinal(&self) -> u32 {
        let last = self.funds.payment().or(self.earlier.payments.last().map(|booked| &booked.payment));
        last.map_or(1, |payment| payment.ordinal + 1)
    }

    /// 待办结: everything on our side is done, or was until the bank gave the money back.
    pub(super) fn awaits_completion(&self) -> bool {
        self.receipted && (self.remitted || self.funds.ended().is_some())
    }

    /// 归档. Needs the notice and the end of the money track.
    pub fn archive(&self, funds: FundsEnd, notice: CompletionNotice, on: NaiveDate) -> Completed {
        let (earlier, reopened) = (self.earlier.clone(), self.reopened);
        let (letter, sheet) = (Arc::clone(&self.letter), Arc::clone(&self.sheet));
        Completed { letter, sheet, funds, notice, archived_on: on, earlier, reopened }
    }
}

impl Outgoing {
    pub fn relation(&self) -> &'static str {
        match self {
            Outgoing::HandedOver(_) => "HANDED_OVER",
            Outgoing::Rejected(_) => "REJECTED",
            Outgoing::Payout(payout) => payout.stage.relation(),
            Outgoing::Checking(_) => "CHECKING",
            Outgoing::Returned(_) => "RETURNED",
            Outgoing::Issued(issued) if issued.reopened.is_some() => "REOPENED",
            Outgoing::Issued(issued) if issued.awaits_completion() => "AWAITING_COMPLETION",
            Outgoing::Issued(_) => "SHEET_ISSUED",
            Outgoing::Completed(_) => "COMPLETED",
            Outgoing::Cancelled(_) => "CANCELLED",
        }
    }

    pub fn money(&self) -> Option<&'static str> {
        match self {
            Outgoing::HandedOver(_) | Outgoing::Rejected(_) | Outgoing::Checking(_) | Outgoing::Returned(_) => None,
            Outgoing::Payout(payout) => Some(payout.stage.money()),
            Outgoing::Issued(issued) => Some(issued.funds.word()),
            Outgoing::Cancelled(cancelled) => Some(match cancelled.sheet.as_ref()?.amount.or(cancelled.held) {
                Some(_) => "RELEASED",
                None => "NOTHING_TO_REMIT",
            }),
            Outgoing::Completed(completed) => Some(match completed.funds {
                FundsEnd::NothingToRemit => "NOTHING_TO_REMIT",
                FundsEnd::Confirmed(_) => "CONFIRMED",
                FundsEnd::PaidToPerson(_) => "PAID_TO_PERSON",
            }),
        }
    }

    pub fn holder(&self) -> Holder {
        match self {
            Outgoing::HandedOver(_) => Holder::Peer,
            Outgoing::Payout(payout) => payout.stage.holder(),
            Outgoing::Checking(_) => Holder::Own,
            Outgoing::Rejected(_) | Outgoing::Returned(_) | Outgoing::Completed(_) | Outgoing::Cancelled(_) => {
                Holder::Nobody
            }
            Outgoing::Issued(issued) if issued.objection.is_some() => Holder::Own,
            Outgoing::Issued(issued) => match &issued.funds {
                Funds::Remitting(_) | Funds::PayingPerson(_) => Holder::Bank,
                Funds::RemitFailed(failed) if failed.heard != Heard::NotYet => Holder::Own,
                Funds::PayoutFailed(_) => Holder::Own,
                Funds::NothingToRemit
                | Funds::Frozen { .. }
                | Funds::Remitted(_)
                | Funds::PaidToPerson(_)
                | Funds::RefundAwaited { .. }
                | Funds::RemitFailed(_) => Holder::Peer,
            },
        }
    }

    /// The incoming agency's letter, once there is one.
    pub fn letter(&self) -> Option<&Arc<ContactLetter>> {
        match self {
            Outgoing::HandedOver(_) | Outgoing::Rejected(_) | Outgoing::Payout(_) => None,
            Outgoing::Checking(checking) => Some(&checking.letter),
            Outgoing::Returned(returned) => Some(&returned.letter),
            Outgoing::Issued(issued) => Some(&issued.letter),
            Outgoing::Completed(completed) => Some(&completed.letter),
            Outgoing::Cancelled(cancelled) => Some(&cancelled.letter),
        }
    }

    pub fn person(&self) -> &Person {
        match self {
            Outgoing::HandedOver(handed) => &handed.application.person,
            Outgoing::Rejected(rejected) => &rejected.application.person,
            Outgoing::Payout(payout) => &payout.person,
            Outgoing::Checking(checking) => &checking.letter.person,
            Outgoing::Returned(returned) => &returned.letter.person,
            Outgoing::Issued(issued) => &issued.letter.person,
            Outgoing::Completed(completed) => &completed.letter.person,
            Outgoing::Cancelled(cancelled) => &cancelled.letter.person,
        }
    }

    /// 受理日期 of the letter; before there is one, the day of the application.
    pub fn accepted_on(&self) -> NaiveDate {
        match self {
            Outgoing::HandedOver(handed) => handed.application.applied_on,
            Outgoing::Rejected(rejected) => rejected.application.applied_on,
            Outgoing::Payout(payout) => payout.opened_on,
            Outgoing::Checking(checking) => checking.letter.accepted_on,
            Outgoing::Returned(returned) => returned.letter.accepted_on,
            Outgoing::Issued(issued) => issued.letter.accepted_on,
            Outgoing::Completed(completed) => completed.letter.accepted_on,
            Outgoing::Cancelled(cancelled) => cancelled.letter.accepted_on,
        }
    }

    pub fn sheet(&self) -> Option<&Arc<InformationSheet>> {
        match self {
            Outgoing::HandedOver(_)
            | Outgoing::Rejected(_)
            | Outgoing::Payout(_)
            | Outgoing::Checking(_)
            | Outgoing::Returned(_) => None,
            Outgoing::Issued(issued) => Some(&issued.sheet),
            Outgoing::Completed(completed) => Some(&completed.sheet),
            Outgoing::Cancelled(cancelled) => cancelled.sheet.as_ref(),
        }
    }

    /// Our payment, once released.
    pub fn payment(&self) -> Option<&Payment> {
        match self {
            Outgoing::Issued(issued) => issued.funds.payment(),
            Outgoing::Completed(completed) => match &completed.funds {
                FundsEnd::Confirmed(booked) | FundsEnd::PaidToPerson(booked) => Some(&booked.payment),
                FundsEnd::NothingToRemit => None,
            },
            Outgoing::Payout(payout) => payout.stage.payment(),
            Outgoing::HandedOver(_)
            | Outgoing::Rejected(_)
            | Outgoing::Checking(_)
            | Outgoing::Returned(_)
            | Outgoing::Cancelled(_) => None,
        }
    }

    /// The sum that moves: of the sheet, or to the person.
    pub fn amount(&self) -> Option<Fen> {
        match self {
            Outgoing::Payout(payout) => Some(payout.amount),
            Outgoing::Issued(issued) => match &issued.funds {
                Funds::Frozen { amount } => Some(*amount),
                _ => self.payment().map(|payment| payment.amount),
            },
            Outgoing::Completed(completed) if matches!(completed.funds, FundsEnd::Confirmed(_)) => {
                completed.sheet.amount
            }
            _ => self.payment().map(|payment| payment.amount).or(self.sheet()?.amount),
        }
    }

    /// Whether our payment, once released, goes to the person and not to the other agency.
    pub fn pays_person(&self) -> bool {
        match self {
            Outgoing::Payout(_) => true,
            Outgoing::Issued(issued) => {
                issued.payout.is_some() || matches!(issued.funds, Funds::PaidToPerson(_) | Funds::PayoutFailed(_))
            }
            Outgoing::Completed(completed) => matches!(completed.funds, FundsEnd::PaidToPerson(_)),
            _ => false,
        }
    }

    pub fn return_code(&self) -> Option<ReturnCode> {
        match self {
            Outgoing::Returned(returned) => returned.answer.reasons.first().map(|reason| reason.code),
            Outgoing::Rejected(rejected) => rejected.reasons.first().map(|reason| reason.code),
            _ => None,
        }
    }
}
