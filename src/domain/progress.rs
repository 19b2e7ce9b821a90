//! 办理进度: where a case stands, in the words of the person it is about: five steps, what is awaited and from whom, and
//! for a case that did not go on the reason and what the person can do. Tells a sum only once it is credited.

mod incoming;
mod outgoing;
mod reasons;

use chrono::NaiveDate;
use serde::Serialize;

use super::case::incoming::{Incoming, Relation};
use super::case::{Case, Side};
use super::catalogue::Both;
use super::deadlines::Clock;
use super::money::Fen;
use super::notice::{credit_of, credited_of};
use super::reasons::{Reason, ReturnCode};

pub use reasons::advice;

type Text = (&'static str, &'static str);

/// One of the five steps that the public knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    Applied,
    OutgoingWork,
    SheetSent,
    IncomingWork,
    Completed,
}

impl Stage {
    pub const ALL: [Stage; 5] =
        [Stage::Applied, Stage::OutgoingWork, Stage::SheetSent, Stage::IncomingWork, Stage::Completed];

    pub fn names(self) -> Text {
        match self {
            Stage::Applied => ("已申请", "applied for"),
            Stage::OutgoingWork => ("转出地办理", "old agency at work"),
            Stage::SheetSent => ("信息表已传", "record handed over"),
            Stage::IncomingWork => ("转入办理", "new agency at work"),
            Stage::Completed => ("已办结", "completed"),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Done,
    Current,
    ToCome,
    /// The case ended before it.
    NotApplicable,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    pub step: Stage,
    pub name: Both,
    pub state: State,
    /// The day it was reached, in China.
    pub on: Option<NaiveDate>,
}

/// Whom a case waits for, as the public knows them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    OutgoingAgency,
    IncomingAgency,
    Bank,
    Person,
}

impl Party {
    pub fn names(self) -> Text {
        match self {
            Party::OutgoingAgency => ("转出地经办机构", "the old agency"),
            Party::IncomingAgency => ("转入地经办机构", "the new agency"),
            Party::Bank => ("银行", "the bank"),
            Party::Person => ("参保人", "the insured person"),
        }
    }

    /// The clocks that run for an agency; nobody else has one.
    fn clocks(self) -> &'static [Clock] {
        match self {
            Party::OutgoingAgency => &[Clock::Outgoing],
            Party::IncomingAgency => &[Clock::Letter, Clock::Incoming, Clock::Credit, Clock::Completion],
            Party::Bank | Party::Person => &[],
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Awaited {
    pub from: Party,
    pub from_name: Both,
    pub what: Both,
    /// The last day in time; absent where no clock runs, or where the calendar does not reach so far.
    pub due_on: Option<NaiveDate>,
}

/// Why it did not go on, and what the person can do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Why {
    /// The published return code; `None` where the person took it back.
    pub code: Option<&'static str>,
    pub reason: Both,
    pub can_do: Both,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Progress {
    pub steps: [Step; 5],
    /// Where it stands, in one sentence.
    pub now: Both,
    /// Nothing is awaited in a case that has ended.
    pub awaited: Option<Awaited>,
    pub why: Vec<Why>,
    /// 关系转入: the day the months were merged.
    pub relation_in_on: Option<NaiveDate>,
    pub credited_on: Option<NaiveDate>,
    pub credited: Option<Fen>,
}

/// One row of a case's history: the day and the words of both tracks from then on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passed {
    pub on: NaiveDate,
    pub relation: String,
    pub money: Option<String>,
}

/// What a state says: how far it is, and what comes next.
struct Told {
    at: Stage,
    /// `None`: it has ended here.
    awaited: Option<(Party, Text)>,
    now: Text,
    why: Vec<Why>,
}

impl Told {
    fn waits(at: Stage, now: Text, from: Party, what: Text) -> Told {
        Told { at, awaited: Some((from, what)), now, why: Vec::new() }
    }

    fn ended(at: Stage, now: Text) -> Told {
        Told { at, awaited: None, now, why: Vec::new() }
    }

    fn because(self, reasons: &[Reason]) -> Told {
        let why = |code: ReturnCode| Why {
            code: Some(code.code()),
            reason: (code.chinese(), code.english()).into(),
            can_do: advice(code).into(),
        };
        Told { why: reasons.iter().map(|reason| why(reason.code)).collect(), ..self }
    }

    /// 已撤销: by the person or for the person.
    fn taken_back(at: Stage) -> Told {
        let why = Why {
            code: None,
            reason: ("本次转移已按申请撤销", "the transfer was taken back on request").into(),
            can_do: ("如仍需转移，请向转入地经办机构重新申请", "to move after all, apply to the new agency again")
                .into(),
        };
        let now = (
            "本次转移已撤销，参保关系和个人账户资金留在转出地",
            "the transfer was taken back; the relation and the account stay where they were",
        );
        Told { why: vec![why], ..Told::ended(at, now) }
    }
}

/// Tells of a case with its history, oldest first.
pub fn progress(case: &Case, history: &[Passed]) -> Progress {
    let told = told(case);
    let ends_here = told.awaited.is_none();
    let step = |step: Stage| {
        let state = match step.cmp(&told.at) {
            std::cmp::Ordering::Less => State::Done,
            std::cmp::Ordering::Equal if ends_here => State::Done,
            std::cmp::Ordering::Equal => State::Current,
            std::cmp::Ordering::Greater if ends_here => State::NotApplicable,
            std::cmp::Ordering::Greater => State::ToCome,
        };
        let is_reached = matches!(state, State::Done | State::Current);
        let on = if is_reached { reached_on(case, history, step) } else { None };
        Step { step, name: step.names().into(), state, on }
    };
    let credit = credit_of(case);
    Progress {
        steps: Stage::ALL.map(step),
        now: told.now.into(),
        awaited: told.awaited.map(|(from, what)| Awaited {
            from,
            from_name: from.names().into(),
            what: what.into(),
            due_on: due_on(case, from),
        }),
        why: told.why,
        relation_in_on: merged_on(case),
        credited_on: credit.map(|credit| credit.credited_on),
        credited: credited_of(case),
    }
}

fn told(case: &Case) -> Told {
    match &case.side {
        Side::Incoming(incoming) if case.cancelling.is_some() => Told::waits(
            incoming::told(incoming).at,
            ("已申请撤销本次转移，办理暂停", "the transfer is being taken back; work on it pauses"),
            Party::OutgoingAgency,
            ("转出地经办机构答复是否可以撤销", "the old agency's answer whether it still can be taken back"),
        ),
        Side::Incoming(incoming) => incoming::told(incoming),
        Side::Outgoing(outgoing) => outgoing::told(outgoing),
    }
}

/// Only the clock of whoever is waited for is of interest to the person.
fn due_on(case: &Case, from: Party) -> Option<NaiveDate> {
    if case.cancelling.is_some() {
        return None;
    }
    let running = case.deadlines.iter().filter(|deadline| deadline.met_on.is_none());
    let of_party = running.filter(|deadline| from.clocks().contains(&deadline.clock));
    of_party.filter_map(|deadline| deadline.due.on()).min()
}

fn merged_on(case: &Case) -> Option<NaiveDate> {
    match &case.side {
        Side::Incoming(Incoming::Sheeted(sheeted)) => match &sheeted.relation {
            Relation::Merged(merged) => Some(merged.on),
            Relation::ToVerify | Relation::Disputed { .. } => None,
        },
        Side::Incoming(Incoming::Completed(completed)) => Some(completed.relation.on),
        Side::Outgoing(super::case::Outgoing::Completed(completed)) => Some(completed.notice.relation_in_on),
        Side::Incoming(_) | Side::Outgoing(_) => None,
    }
}

/// The first day on which the history shows a step.
fn reached_on(case: &Case, history: &[Passed], stage: Stage) -> Option<NaiveDate> {
    let is_incoming = matches!(case.side, Side::Incoming(_));
    let first = |relations: &[&str], money: &[&str]| {
        let shows = |passed: &&Passed| {
            let by_money = passed.money.as_deref().is_some_and(|word| money.contains(&word));
            by_money || relations.contains(&passed.relation.as_str())
        };
        history.iter().find(shows).map(|passed| passed.on)
    };
    let begun = || history.first().map(|passed| passed.on);
    match (stage, is_incoming) {
        (Stage::Applied, _) => Some(case.accepted_on()),
        // A sheet may overtake the receipt of the letter: then the day the letter left.
        (Stage::OutgoingWork, true) => {
            first(&["OUTGOING_WORKING"], &[]).or_else(|| first(&["LETTER_SENT"], &[])).or_else(begun)
        }
        (Stage::OutgoingWork, false) => begun(),
        (Stage::SheetSent | Stage::IncomingWork, true) => {
            first(&["SHEET_RECEIVED", "SHEET_DISPUTED", "RELATION_MERGED", "COMPLETED"], &[])
                .or_else(|| first(&[], &["EXPECTED", "NOT_EXPECTED"]))
        }
        (Stage::SheetSent, false) => first(&["SHEET_ISSUED", "AWAITING_COMPLETION", "COMPLETED"], &[]),
        (Stage::IncomingWork, false) => {
            first(&["AWAITING_COMPLETION", "COMPLETED"], &["REMITTING", "REMITTED", "CONFIRMED"])
        }
        (Stage::Completed, _) => first(&["COMPLETED"], &[]),
    }
}
