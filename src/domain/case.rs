//! A transfer case as one agency sees it: who the other side is, where it stands, what is due. Two machines, one a role.

pub mod correspondence;
pub mod crossing;
pub mod earlier;
pub mod incoming;
pub mod outgoing;
mod owing;
mod review;
pub mod supplement;
pub mod table;
mod verbs;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

pub use incoming::Incoming;
pub use outgoing::Outgoing;

use self::correspondence::Correspondence;
use super::act::Proposal;
use super::calendar::Calendar;
use super::deadlines::{Clock, Deadline, Limits};
use super::forms::Person;
use super::ids::{AgencyCode, BankTxnNo, CaseId, LetterNo, PaymentRef, PersonNo};
use super::money::Fen;
use super::reasons::ReturnCode;
use super::steps::Step;
use super::time::Moment;

/// 转移接续案件.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Case {
    pub id: CaseId,
    pub peer: AgencyCode,
    pub letter_no: LetterNo,
    /// The person in our own register, once found.
    pub person_no: Option<PersonNo>,
    /// Optimistic lock: the store refuses to write version n+1 unless it holds n. 0 = not stored yet.
    pub version: u64,
    /// Our last `case_sequence`.
    pub sent: u32,
    /// The peer's last `case_sequence` taken in order.
    pub heard: u32,
    pub opened_at: Moment,
    /// Since when the case stands where it stands.
    pub changed_at: Moment,
    pub deadlines: Vec<Deadline>,
    /// The day on which the clocks ask for something next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chase_on: Option<NaiveDate>,
    /// 待复核: what one person proposed and another must confirm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposal: Option<Proposal>,
    /// 待审核: the step that a person is to release.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<Step>,
    /// 撤销中: since when the outgoing agency's answer is awaited. Messages are taken, merging and crediting pause.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancelling: Option<NaiveDate>,
    /// 多余款: numbers of lines that came although the case had its money; in suspense, to be sent back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub surplus: Vec<BankTxnNo>,
    /// How many payments back were made for this case.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub given_back: u32,
    /// 往来: what both sides wrote beside the forms.
    #[serde(default, skip_serializing_if = "Correspondence::is_empty")]
    pub correspondence: Correspondence,
    pub side: Side,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    Incoming(Incoming),
    Outgoing(Outgoing),
}

/// Who must act next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holder {
    Own,
    Peer,
    Bank,
    Person,
    /// Closed: nothing is awaited.
    Nobody,
}

impl Holder {
    pub fn word(self) -> &'static str {
        match self {
            Holder::Own => "own",
            Holder::Peer => "peer",
            Holder::Bank => "bank",
            Holder::Person => "person",
            Holder::Nobody => "nobody",
        }
    }
}

impl Case {
    /// A case as it begins: nothing sent, nothing heard, no clock runs.
    pub fn begin(id: CaseId, peer: AgencyCode, letter_no: LetterNo, at: Moment, side: Side) -> Case {
        Case {
            id,
            peer,
            letter_no,
            person_no: None,
            version: 0,
            sent: 0,
            heard: 0,
            opened_at: at,
            changed_at: at,
            deadlines: Vec::new(),
            chase_on: None,
            proposal: None,
            review: None,
            cancelling: None,
            surplus: Vec::new(),
            given_back: 0,
            correspondence: Correspondence::default(),
            side,
        }
    }

    pub fn role(&self) -> &'static str {
        match self.side {
            Side::Incoming(_) => "incoming",
            Side::Outgoing(_) => "outgoing",
        }
    }

    /// 关系 track: a word of domain.md §5.
    pub fn relation(&self) -> &'static str {
        match &self.side {
            Side::Incoming(_) if self.cancelling.is_some() => "CANCELLING",
            Side::Incoming(incoming) => incoming.relation(),
            Side::Outgoing(outgoing) => outgoing.relation(),
        }
    }

    /// 资金 track; none before there is a sheet.
    pub fn money(&self) -> Option<&'static str> {
        match &self.side {
            Side::Incoming(incoming) => incoming.money(),
            Side::Outgoing(outgoing) => outgoing.money(),
        }
    }

    pub fn holder(&self) -> Holder {
        match &self.side {
            Side::Incoming(_) if self.cancelling.is_some() => Holder::Peer,
            _ if self.review.is_some() => Holder::Own,
            Side::Incoming(incoming) => incoming.holder(),
            Side::Outgoing(outgoing) => outgoing.holder(),
        }
    }

    /// Where it stands: both tracks and who holds the ball.
    pub fn stand(&self) -> (&'static str, Option<&'static str>, Holder) {
        (self.relation(), self.money(), self.holder())
    }

    /// Somebody is waited for.
    pub fn is_open(&self) -> bool {
        self.holder() != Holder::Nobody
    }

    /// 已办结: a correction may open it once more.
    pub fn may_reopen(&self) -> bool {
        matches!(self.side, Side::Incoming(Incoming::Completed(_)) | Side::Outgoing(Outgoing::Completed(_)))
    }

    /// 办结后更正: open again after it was completed.
    pub fn is_reopened(&self) -> bool {
        match &self.side {
            Side::Incoming(Incoming::Sheeted(sheeted)) => sheeted.reopened.is_some(),
            Side::Outgoing(Outgoing::Issued(issued)) => issued.reopened.is_some(),
            Side::Incoming(_) | Side::Outgoing(_) => false,
        }
    }

    pub fn person(&self) -> &Person {
        match &self.side {
            Side::Incoming(incoming) => incoming.person(),
            Side::Outgoing(outgoing) => outgoing.person(),
        }
    }

    /// 受理日期
    pub fn accepted_on(&self) -> NaiveDate {
        match &self.side {
            Side::Incoming(incoming) => incoming.accepted_on(),
            Side::Outgoing(outgoing) => outgoing.accepted_on(),
        }
    }

    /// 退付: there is no other agency.
    pub fn is_alone(&self) -> bool {
        matches!(self.side, Side::Outgoing(Outgoing::Payout(_)))
    }

    /// The letter no. as both sides know it: none before there is a letter, though the case has a number of ours.
    pub fn said_letter_no(&self) -> Option<LetterNo> {
        let is_said = match &self.side {
            Side::Incoming(incoming) => !matches!(incoming, Incoming::Applied(_) | Incoming::Rejected(_)),
            Side::Outgoing(outgoing) => outgoing.letter().is_some(),
        };
        is_said.then(|| self.letter_no.clone())
    }

    /// 转入地: what this case has put into the person's account and not taken back, in fen.
    pub fn in_account(&self) -> i64 {
        match &self.side {
            Side::Incoming(Incoming::Sheeted(sheeted)) => match &sheeted.money {
                incoming::Money::Reversing { reversal, .. } => sheeted.net() - reversal.amount.get(),
                _ => sheeted.net(),
            },
            Side::Incoming(Incoming::Completed(completed)) => completed.net(),
            Side::Incoming(_) | Side::Outgoing(_) => 0,
        }
    }

    /// The sum that moves, once a sheet says so.
    pub fn amount(&self) -> Option<Fen> {
        match &self.side {
            Side::Incoming(incoming) => incoming.sheet()?.amount,
            Side::Outgoing(outgoing) => outgoing.amount(),
        }
    }

    /// The payment under way: announced to us, or ours.
    pub fn payment_ref(&self) -> Option<&PaymentRef> {
        match &self.side {
            Side::Incoming(Incoming::Sheeted(sheeted)) => Some(&sheeted.money.notice()?.payment_ref),
            Side::Incoming(_) => None,
            Side::Outgoing(outgoing) => Some(&outgoing.payment()?.payment_ref),
        }
    }

    /// Every payment that a line may name: the one under way, and what was announced after it.
    pub fn payment_refs(&self) -> impl Iterator<Item = &PaymentRef> {
        let kept = match &self.side {
            Side::Incoming(Incoming::Sheeted(sheeted)) => &sheeted.supplements[..],
            _ => &[],
        };
        self.payment_ref().into_iter().chain(kept.iter().map(|kept| &kept.notice.payment_ref))
    }

    /// Every payment whose money may still come to us, the next one first.
    pub fn awaited(&self) -> impl Iterator<Item = &crate::domain::forms::RemittanceNotice> {
        let sheeted = if let Side::Incoming(Incoming::Sheeted(sheeted)) = &self.side { Some(sheeted) } else { None };
        sheeted.into_iter().flat_map(|sheeted| sheeted.awaited())
    }

    pub fn has_supplements(&self) -> bool {
        matches!(&self.side, Side::Incoming(Incoming::Sheeted(sheeted)) if !sheeted.supplements.is_empty())
    }

    /// The batch in which its money is announced, while that is awaited.
    pub fn batch(&self) -> Option<&crate::domain::forms::Batch> {
        let Side::Incoming(Incoming::Sheeted(sheeted)) = &self.side else { return None };
        sheeted.batch()
    }

    /// The first reason why it was turned down or returned.
    pub fn return_code(&self) -> Option<ReturnCode> {
        match &self.side {
            Side::Incoming(incoming) => incoming.return_code(),
            Side::Outgoing(outgoing) => outgoing.return_code(),
        }
    }

    /// Starts a clock, once: a second start changes nothing.
    pub fn start(&mut self, deadline: Deadline) {
        if self.deadlines.iter().all(|known| known.clock != deadline.clock) {
            self.deadlines.push(deadline);
        }
    }

    /// Starts a clock anew that was met before, as for an amended letter.
    pub fn restart(&mut self, deadline: Deadline) {
        if self.deadlines.iter().all(|known| known.clock != deadline.clock || known.met_on.is_some()) {
            self.deadlines.push(deadline);
        }
    }

    /// Stops a clock, once.
    pub fn meet(&mut self, clock: Clock, on: NaiveDate) {
        if let Some(deadline) = self.deadlines.iter_mut().find(|d| d.clock == clock && d.met_on.is_none()) {
            deadline.met_on = Some(on);
        }
    }

    /// Counts the running clocks anew, by the calendar as it is known now; gives those that are due on another day.
    pub fn recount(&mut self, calendar: &Calendar, limits: &Limits) -> Vec<Deadline> {
        let mut changed = Vec::new();
        for deadline in &mut self.deadlines {
            if let Some(counted) = deadline.recounted(calendar, limits) {
                *deadline = counted;
                changed.push(counted);
            }
        }
        changed
    }

    /// The nearest clock that still runs; a provisional one is later than any date.
    pub fn next_deadline(&self) -> Option<&Deadline> {
        self.deadlines
            .iter()
            .filter(|deadline| deadline.met_on.is_none() && deadline.clock != Clock::Whole)
            .min_by_key(|deadline| deadline.due.on().unwrap_or(NaiveDate::MAX))
    }
}
