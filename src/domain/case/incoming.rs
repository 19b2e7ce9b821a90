//! 转入地: the case as the new agency sees it. Before the sheet there is nothing to merge and no money to expect, so
//! neither can be written down; after it two tracks run, and only both ends together make a completed case.

use std::sync::Arc;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::Holder;
use super::earlier::{EarlierCredits, Reversal};
use super::supplement::Supplement;
use crate::domain::calendar::Due;
use crate::domain::event::Application;
use crate::domain::forms::{
    Batch, CompletionNotice, CompletionResult, ContactLetter, DiscrepancyKind, FundsDisposition, InformationSheet,
    LetterReturn, Operator, Period, Person, RemittanceNotice,
};
use crate::domain::ids::{ApplicationNo, BankTxnNo, MessageId, PaymentRef, PersonNo};
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
    /// Months of an earlier version that stay in the register until the corrected one is merged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stands: Option<Merged>,
    /// What was credited and taken back before the money in hand.
    #[serde(default, skip_serializing_if = "EarlierCredits::is_empty")]
    pub earlier: EarlierCredits,
    /// What was announced after the money in hand, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub supplements: Vec<Supplement>,
    /// 办结后更正: since when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reopened: Option<NaiveDate>,
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
    /// The rows that the sheet added to the register: what leaves again if the case is taken back or the sheet corrected.
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
    /// 待冲正: more was credited than the corrected sheet says; two persons take the difference back.
    ToReverse { last: Credit, amount: Fen },
    /// 冲正退回中: it has left the person's account and is with our bank on its way back.
    Reversing { last: Credit, reversal: Reversal, return_ref: PaymentRef },
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
    #[serde(default, skip_serializing_if = "EarlierCredits::is_empty")]
    pub earlier: EarlierCredits,
    /// It was completed before and opened again on this day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reopened: Option<NaiveDate>,
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
            Money::ToReverse { .. } => "TO_REVERSE",
            Money::Reversing { .. } => "REVERSING",
        }
    }

    /// The announced payment, from its notice until it is credited.
    pub fn notice(&self) -> Option<&RemittanceNotice> {
        match self {
            Money::Remitted { notice }
            | Money::Discrepant { notice, .. }
            | Money::Returned { notice }
            | Money::Matched { notice, .. } => Some(notice),
            Money::NotExpected
            | Money::Expected { .. }
            | Money::Credited(_)
            | Money::ToReverse { .. }
            | Money::Reversing { .. } => None,
        }
    }

    /// The credit that stands in the person's account, of the present ordinal.
    pub fn credit(&self) -> Option<&Credit> {
        match self {
            Money::Credited(last) | Money::ToReverse { last, .. } | Money::Reversing { last, .. } => Some(last),
            Money::NotExpected
            | Money::Expected { .. }
            | Money::Remitted { .. }
            | Money::Discrepant { .. }
            | Money::Returned { .. }
            | Money::Matched { .. } => None,
        }
    }
}

impl Sheeted {
    /// The batch in which its money is announced, while that is awaited.
    pub fn batch(&self) -> Option<&Batch> {
        self.awaited().find_map(|notice| notice.batch.as_ref())
    }

    /// A sheet as it came first: nothing verified, nothing credited.
    pub fn first(letter: Arc<ContactLetter>, sheet: Arc<InformationSheet>) -> Sheeted {
        let money = Money::of(&sheet);
        let (relation, earlier) = (Relation::ToVerify, EarlierCredits::default());
        Sheeted { letter, sheet, relation, money, stands: None, earlier, supplements: Vec::new(), reopened: None }
    }

    /// The relation track goes back to a sheet that is not merged; what was merged stands until then.
    pub fn unsettle(&mut self, relation: Relation) {
        if let Relation::Merged(merged) = std::mem::replace(&mut self.relation, relation) {
            self.stands = Some(merged);
        }
    }

    /// Credited less reversed, in fen.
    pub fn net(&self) -> i64 {
        self.earlier.net() + self.money.credit().map_or(0, |credit| credit.arrival.amount.get())
    }

    /// The ordinal that the next announced payment must have.
    pub fn next_ordinal(&self) -> u32 {
        let last = self.money.credit().or(self.earlier.credits.last());
        last.map_or(1, |credit| credit.ordinal + 1)
    }

    /// What the sheet says against what was credited: more is expected, or a difference goes back. Money under way is
    /// let come first.
    pub fn align(&mut self) {
        let under_way = !matches!(
            self.money,
            Money::NotExpected | Money::Expected { .. } | Money::Credited(_) | Money::ToReverse { .. }
        );
        if under_way {
            return;
        }
        let difference = self.sheet.amount.map_or(0, Fen::get) - self.net();
        let last = match std::mem::replace(&mut self.money, Money::NotExpected) {
            Money::Credited(last) | Money::ToReverse { last, .. } => Some(last),
            _ => self.earlier.credits.pop(),
        };
        let is_settled = difference == 0 && self.sheet.amount.is_some();
        self.money = match (Fen::new(difference), Fen::new(difference.saturating_neg()), last) {
            (Some(amount), _, last) => {
                self.earlier.credits.extend(last);
                Money::Expected { amount }
            }
            (None, Some(amount), Some(last)) => Money::ToReverse { last, amount },
            (None, None, Some(last)) if is_settled => Money::Credited(last),
            (None, _, last) => {
                self.earlier.credits.extend(last);
                Money::NotExpected
            }
        };
    }

    /// Both tracks are at their end.
    pub fn has_ended(&self) -> bool {
        matches!(self.relation, Relation::Merged(_)) && matches!(self.money, Money::NotExpected | Money::Credited(_))
    }

    /// Both tracks at their end, or not yet.
    pub fn complete(self, at: Moment) -> Result<Completed, Box<Sheeted>> {
        let (relation, money) = match (&self.relation, &self.money) {
            (Relation::Merged(merged), Money::NotExpected) => (merged.clone(), Settled::WithoutFunds),
            (Relation::Merged(merged), Money::Credited(credit)) => (merged.clone(), Settled::Credited(credit.clone())),
            _ => return Err(Box::new(self)),
        };
        let Sheeted { letter, sheet, earlier, reopened, .. } = self;
        Ok(Completed { letter, sheet, relation, money, completed_at: at, acknowledged: false, earlier, reopened })
    }
}

impl Completed {
    /// 办结后更正: open again, with everything that was done.
    pub fn reopen(self, on: NaiveDate) -> Sheeted {
        let money = match self.money {
            Settled::WithoutFunds => Money::NotExpected,
            Settled::Credited(credit) => Money::Credited(credit),
        };
        Sheeted {
            letter: self.letter,
            sheet: self.sheet,
            relation: Relation::Merged(self.relation),
            money,
            stands: None,
            earlier: self.earlier,
            supplements: Vec::new(),
            reopened: Some(on),
        }
    }

    /// 入账 less 冲正, over all payments; none where nothing stands in the account.
    pub fn credited(&self) -> Option<Fen> {
        Fen::new(self.net())
    }

    /// Credited less reversed, in fen.
    pub fn net(&self) -> i64 {
        let last = match &self.money {
            Settled::WithoutFunds => 0,
            Settled::Credited(last) => last.arrival.amount.get(),
        };
        self.earlier.net() + last
    }

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
            amount_received: self.credited(),
            received_on: credit.map(|credit| credit.arrival.received_on),
            bank_txn_no: credit.map(|credit| credit.arrival.bank_txn_no.clone()),
            amount_credited: self.credited(),
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
            Incoming::Sheeted(sheeted) if sheeted.reopened.is_some() => "REOPENED",
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
                (Relation::Merged(_), Money::Remitted { .. } | Money::Reversing { .. }) => Holder::Bank,
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
