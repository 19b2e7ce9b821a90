//! 转入地: the case as the new agency sees it. Before the sheet there is nothing to merge and no money to expect, so
//! neither can be written down; after it two tracks run, and only both ends together make a completed case.

use std::sync::Arc;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::Holder;
use crate::domain::calendar::Due;
use crate::domain::event::Application;
use crate::domain::forms::{
    CompletionNotice, CompletionResult, ContactLetter, DiscrepancyKind, FundsDisposition, InformationSheet,
    LetterReturn, Operator, Period, Person, RemittanceNotice,
};
use crate::domain::ids::{ApplicationNo, BankTxnNo, MessageId, PersonNo};
use crate::domain::money::Fen;
use crate::domain::reasons::{Actor, Reason, ReturnCode};
use crate::domain::time::Moment;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Incoming {
    /// 已申请: may be accepted, and waits for a person who accepts it and sends the letter.
    Applied(Box<Applied>),
    /// 不予受理: turned down here, no letter was sent.
    Rejected(Rejected),
    /// 联系函已发: no sheet yet.
    Waiting(Waiting),
    /// 信息表 is here: both tracks run.
    Sheeted(Box<Sheeted>),
    /// 已办结
    Completed(Box<Completed>),
    /// 已撤销: taken back, and the outgoing agency agreed.
    Cancelled(Box<Cancelled>),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Applied {
    pub application: Application,
    pub person: Person,
    /// 转移申请通知单: the message with which the outgoing agency handed it over; that agency waits for an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice: Option<MessageId>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejected {
    pub application_no: ApplicationNo,
    pub applied_on: NaiveDate,
    pub person: Person,
    pub reasons: Vec<Reason>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Waiting {
    pub letter: Arc<ContactLetter>,
    pub answer: Answer,
}

/// What the outgoing agency has said so far.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Nothing: the letter may still be on its way.
    None,
    /// 转出地办理中: receipted; T1 runs there.
    Working { received_at: Moment, due: Due },
    /// 已退回
    Returned(LetterReturn),
    /// 退回后终止: a person gave up.
    Closed(LetterReturn),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancelled {
    pub letter: Arc<ContactLetter>,
    pub sheet: Option<Arc<InformationSheet>>,
    pub on: NaiveDate,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sheeted {
    pub letter: Arc<ContactLetter>,
    pub sheet: Arc<InformationSheet>,
    pub relation: Relation,
    pub money: Money,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// 信息表待核对: waits for a clerk, with the reason as a task.
    ToVerify,
    /// 有异议: a corrected sheet is awaited.
    Disputed { on: NaiveDate },
    /// 关系已转入
    Merged(Merged),
}

/// 年限合并: the months stand in our register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Merged {
    pub on: NaiveDate,
    pub personal_no: PersonNo,
    pub months_credited: u32,
    pub months_overlapping: u32,
    /// The rows that the sheet added to the register: what leaves again if the case is taken back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub added: Vec<Period>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Money {
    /// No money moves with this sheet.
    NotExpected,
    /// 待划转
    Expected { amount: Fen },
    /// 已通知划转
    Remitted { notice: RemittanceNotice },
    /// 金额不符: lines with our reference have come, but their sum is not the notice's.
    Discrepant {
        notice: RemittanceNotice,
        /// What the outgoing agency was told of it last, and the sum that had come then.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        told: Option<(DiscrepancyKind, Option<Fen>)>,
    },
    /// 已退汇: the announced payment did not arrive, or went back; it will be announced again.
    Returned { notice: RemittanceNotice },
    /// 已匹配: booked to transit-in, not credited yet (the relation is not merged, or a clerk must say).
    Matched { notice: RemittanceNotice, arrival: Arrival },
    /// 已入账
    Credited(Credit),
}

/// Money that was matched to this case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arrival {
    pub amount: Fen,
    pub received_on: NaiveDate,
    pub bank_txn_no: BankTxnNo,
}

/// 入账. Can be made only with a merged relation and matched money in hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credit {
    pub ordinal: u32,
    pub arrival: Arrival,
    pub credited_on: NaiveDate,
}

impl Credit {
    /// Needs a merged relation: no money before the sheet is verified.
    pub fn of(_merged: &Merged, notice: &RemittanceNotice, arrival: Arrival, on: NaiveDate) -> Credit {
        Credit { ordinal: notice.ordinal, arrival, credited_on: on }
    }
}

/// 已办结: merged months and settled money, by construction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Completed {
    pub letter: Arc<ContactLetter>,
    pub sheet: Arc<InformationSheet>,
    pub relation: Merged,
    pub money: Settled,
    pub completed_at: Moment,
    /// The outgoing agency's receipt for the notice.
    pub acknowledged: bool,
}

/// How the money track ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Settled {
    WithoutFunds,
    Credited(Credit),
}

impl Money {
    /// What a sheet lets us expect.
    pub fn of(sheet: &InformationSheet) -> Money {
        match (sheet.disposition, sheet.amount) {
            (FundsDisposition::Transfer, Some(amount)) => Money::Expected { amount },
            _ => Money::NotExpected,
        }
    }

    fn word(&self) -> &'static str {
        match self {
            Money::NotExpected => "NOT_EXPECTED",
            Money::Expected { .. } => "EXPECTED",
            Money::Remitted { .. } => "REMITTED",
            Money::Discrepant { .. } => "DISCREPANT",
            Money::Returned { .. } => "RETURNED",
            Money::Matched { .. } => "MATCHED",
            Money::Credited(_) => "CREDITED",
        }
    }

    /// The announced payment, from its notice until it is credited.
    pub fn notice(&self) -> Option<&RemittanceNotice> {
        match self {
            Money::Remitted { notice }
            | Money::Discrepant { notice, .. }
            | Money::Returned { notice }
            | Money::Matched { notice, .. } => Some(notice),
            Money::NotExpected | Money::Expected { .. } | Money::Credited(_) => None,
        }
    }
}

impl Sheeted {
    /// Both tracks are at their end.
    pub fn has_ended(&self) -> bool {
        matches!(self.relation, Relation::Merged(_)) && matches!(self.money, Money::NotExpected | Money::Credited(_))
    }

    /// Both tracks at their end, or not yet.
    pub fn complete(self, at: Moment) -> Result<Completed, Box<Sheeted>> {
        let Sheeted { letter, sheet, relation, money } = self;
        let settled = match (relation, money) {
            (Relation::Merged(merged), Money::NotExpected) => (merged, Settled::WithoutFunds),
            (Relation::Merged(merged), Money::Credited(credit)) => (merged, Settled::Credited(credit)),
            (relation, money) => return Err(Box::new(Sheeted { letter, sheet, relation, money })),
        };
        let (relation, money) = settled;
        // From here on the register alone knows them.
        let relation = Merged { added: Vec::new(), ..relation };
        Ok(Completed { letter, sheet, relation, money, completed_at: at, acknowledged: false })
    }
}

impl Completed {
    /// 办结反馈: says only what this case holds, and can be made of nothing but a completed case.
    pub fn notice(&self, operator: Operator) -> CompletionNotice {
        let credit = match &self.money {
            Settled::Credited(credit) => Some(credit),
            Settled::WithoutFunds => None,
        };
        CompletionNotice {
            letter_no: self.letter.letter_no.clone(),
            sheet_no: self.sheet.sheet_no.clone(),
            sheet_version: self.sheet.version,
            result: if credit.is_some() { CompletionResult::Normal } else { CompletionResult::WithoutFunds },
            months_credited: self.relation.months_credited,
            months_overlapping: self.relation.months_overlapping,
            relation_in_on: self.relation.on,
            amount_received: credit.map(|credit| credit.arrival.amount),
            received_on: credit.map(|credit| credit.arrival.received_on),
            bank_txn_no: credit.map(|credit| credit.arrival.bank_txn_no.clone()),
            amount_credited: credit.map(|credit| credit.arrival.amount),
            credited_on: credit.map(|credit| credit.credited_on),
            personal_no: self.relation.personal_no.clone(),
            operator,
            completed_at: self.completed_at,
        }
    }
}

/// 退回后: the person, where only the person can mend it (as by ending the old insurance); else whoever amends the letter.
fn holder_of(answer: &LetterReturn) -> Holder {
    let who = answer.reasons.first().map(|reason| reason.code.who_acts());
    if who == Some(Actor::Person) { Holder::Person } else { Holder::Own }
}

impl Incoming {
    pub fn relation(&self) -> &'static str {
        match self {
            Incoming::Applied(_) => "APPLIED",
            Incoming::Rejected(_) => "REJECTED",
            Incoming::Waiting(waiting) => match &waiting.answer {
                Answer::None => "LETTER_SENT",
                Answer::Working { .. } => "OUTGOING_WORKING",
                Answer::Returned(answer) if answer.correctable => "LETTER_RETURNED",
                Answer::Returned(_) | Answer::Closed(_) => "CLOSED",
            },
            Incoming::Sheeted(sheeted) => match sheeted.relation {
                Relation::ToVerify => "SHEET_RECEIVED",
                Relation::Disputed { .. } => "SHEET_DISPUTED",
                Relation::Merged(_) => "RELATION_MERGED",
            },
            Incoming::Completed(_) => "COMPLETED",
            Incoming::Cancelled(_) => "CANCELLED",
        }
    }

    pub fn money(&self) -> Option<&'static str> {
        match self {
            Incoming::Applied(_) | Incoming::Rejected(_) | Incoming::Waiting(_) => None,
            Incoming::Sheeted(sheeted) => Some(sheeted.money.word()),
            Incoming::Cancelled(cancelled) => cancelled.sheet.as_ref().map(|_| "NOT_EXPECTED"),
            Incoming::Completed(completed) => Some(match completed.money {
                Settled::WithoutFunds => "NOT_EXPECTED",
                Settled::Credited(_) => "CREDITED",
            }),
        }
    }

    pub fn holder(&self) -> Holder {
        match self {
            Incoming::Applied(_) => Holder::Own,
            Incoming::Rejected(_) | Incoming::Cancelled(_) => Holder::Nobody,
            Incoming::Waiting(waiting) => match &waiting.answer {
                Answer::None | Answer::Working { .. } => Holder::Peer,
                Answer::Returned(answer) if answer.correctable => holder_of(answer),
                Answer::Returned(_) | Answer::Closed(_) => Holder::Nobody,
            },
            Incoming::Sheeted(sheeted) => match (&sheeted.relation, &sheeted.money) {
                (Relation::ToVerify, _) => Holder::Own,
                (Relation::Disputed { .. }, _) => Holder::Peer,
                (Relation::Merged(_), Money::Expected { .. } | Money::Returned { .. }) => Holder::Peer,
                (Relation::Merged(_), Money::Remitted { .. }) => Holder::Bank,
                (Relation::Merged(_), _) => Holder::Own,
            },
            Incoming::Completed(completed) if completed.acknowledged => Holder::Nobody,
            Incoming::Completed(_) => Holder::Peer,
        }
    }

    pub fn person(&self) -> &Person {
        match self {
            Incoming::Applied(applied) => &applied.person,
            Incoming::Rejected(rejected) => &rejected.person,
            Incoming::Waiting(waiting) => &waiting.letter.person,
            Incoming::Sheeted(sheeted) => &sheeted.letter.person,
            Incoming::Completed(completed) => &completed.letter.person,
            Incoming::Cancelled(cancelled) => &cancelled.letter.person,
        }
    }

    pub fn accepted_on(&self) -> NaiveDate {
        match self {
            Incoming::Applied(applied) => applied.application.applied_on,
            Incoming::Rejected(rejected) => rejected.applied_on,
            Incoming::Waiting(waiting) => waiting.letter.accepted_on,
            Incoming::Sheeted(sheeted) => sheeted.letter.accepted_on,
            Incoming::Completed(completed) => completed.letter.accepted_on,
            Incoming::Cancelled(cancelled) => cancelled.letter.accepted_on,
        }
    }

    pub fn sheet(&self) -> Option<&Arc<InformationSheet>> {
        match self {
            Incoming::Applied(_) | Incoming::Rejected(_) | Incoming::Waiting(_) => None,
            Incoming::Sheeted(sheeted) => Some(&sheeted.sheet),
            Incoming::Completed(completed) => Some(&completed.sheet),
            Incoming::Cancelled(cancelled) => cancelled.sheet.as_ref(),
        }
    }

    pub fn return_code(&self) -> Option<ReturnCode> {
        match self {
            Incoming::Rejected(rejected) => rejected.reasons.first().map(|reason| reason.code),
            Incoming::Waiting(Waiting { answer: Answer::Returned(answer) | Answer::Closed(answer), .. }) => {
                answer.reasons.first().map(|reason| reason.code)
            }
            _ => None,
        }
    }
}
