//! 待办: who has a task in hand, when it is due, and what may be decided about it.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::act::Why;
use super::calendar::{Calendar, Due};
use super::case::Case;
use super::deadlines::Clock;
use super::ids::CaseId;

/// The longest name of a person who has a task in hand, in characters.
pub const NAME_MAX: usize = 64;

/// 指派: one person gives a task to somebody, takes it, or lets go of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskAct {
    /// `<kind>/<object>`
    pub task: String,
    pub round: u32,
    /// How many such acts the person saw: nobody acts on a list that is no longer true.
    pub seen: u32,
    pub verb: TaskVerb,
    pub reason: Why,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "verb")]
pub enum TaskVerb {
    /// 指派
    Assign { to: String },
    /// 认领
    Take,
    /// 退回待领: nobody has it any more.
    Release,
}

impl TaskVerb {
    /// The stable word in the table.
    pub fn word(&self) -> &'static str {
        match self {
            TaskVerb::Assign { .. } => "assign",
            TaskVerb::Take => "take",
            TaskVerb::Release => "release",
        }
    }

    /// The word among the events: a case has a `release` of its own.
    pub fn event(&self) -> &'static str {
        match self {
            TaskVerb::Assign { .. } => "task_assign",
            TaskVerb::Take => "task_take",
            TaskVerb::Release => "task_release",
        }
    }
}

/// A task as it is known when somebody acts on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskHeld {
    pub round: u32,
    pub case: Option<CaseId>,
    pub assignee: Option<String>,
    /// Acts on this round so far.
    pub acts: u32,
}

/// An act as it is kept for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskRecord {
    pub task: String,
    pub round: u32,
    pub n: u32,
    pub verb: &'static str,
    pub actor: String,
    pub assignee: Option<String>,
    pub reason: Why,
}

/// Until when a kind of task is to be done: with a clock of its case where that runs, else in so many working days.
struct Limit {
    kind: &'static str,
    clock: Option<Clock>,
    days: u32,
}

const fn by(kind: &'static str, clock: Clock, days: u32) -> Limit {
    Limit { kind, clock: Some(clock), days }
}

const fn within(kind: &'static str, days: u32) -> Limit {
    Limit { kind, clock: None, days }
}

/// The clocks are the case's own; the working days are ours, counted from the day after the task was opened.
const LIMITS: &[Limit] = &[
    by("REVIEW_LETTER", Clock::Letter, 0),
    by("REVIEW_CHECK", Clock::Outgoing, 3),
    by("REVIEW_SHEET", Clock::Outgoing, 3),
    by("REVIEW_PAYMENT", Clock::Outgoing, 1),
    by("REVIEW_MERGE", Clock::Incoming, 3),
    by("REVIEW_CREDIT", Clock::Credit, 3),
    by("REVIEW_COMPLETION", Clock::Completion, 1),
    by("CHECK_BY_CLERK", Clock::Outgoing, 3),
    by("PAYEE_DIFFERS", Clock::Outgoing, 3),
    by("EARLIER_TRANSFER", Clock::Outgoing, 3),
    by("PERSON_DECEASED", Clock::Outgoing, 3),
    by("SHEET_OBJECTED", Clock::Outgoing, 5),
    by("SHEET_FAULT", Clock::Incoming, 3),
    by("SHEET_DIFFERS", Clock::Incoming, 3),
    by("VERIFY_BY_CLERK", Clock::Incoming, 3),
    by("CREDIT_BY_CLERK", Clock::Credit, 3),
    within("LETTER_RETURNED", 5),
    within("MONEY_DIFFERS", 3),
    within("TO_REVERSE", 3),
    within("CLOSE_UNBALANCED", 1),
    within("DAILY_DIGEST_DIFFERS", 1),
    within("DIRECTORY_NEWER", 1),
    within("MONEY_MISSING", 3),
    within("WRONG_PAYER", 3),
    within("MATCH_PROPOSED", 1),
    within("LINE_UNMATCHED", 3),
    within("SEND_BACK_PROPOSED", 1),
    within("MONEY_UNIDENTIFIED", 3),
    within("UNKNOWN_PAYMENT", 1),
    within("REMIT_FAILED", 1),
    within("PAYOUT_FAILED", 1),
    within("FUNDS_DISCREPANCY", 3),
    within("REFUSED_BY_PEER", 1),
    within("DIGEST_DIFFERS", 0),
    within("ID_CONFLICT", 0),
    within("CONFIRM", 1),
    within("CANCEL_REFUSED", 3),
    within("REMINDED", 1),
    within("QUESTION", 3),
    within("LETTER_TO_READ", 1),
    within("DUE_SOON", 1),
    within("OVERDUE", 1),
    within("ESCALATED", 0),
];

/// A kind that has no row.
const OTHERWISE: Limit = within("", 3);

/// The last day in time for a task; provisional where the calendar does not reach so far.
pub fn due(kind: &str, opened_on: NaiveDate, case: Option<&Case>, calendar: &Calendar) -> Due {
    let limit = LIMITS.iter().find(|limit| limit.kind == kind).unwrap_or(&OTHERWISE);
    let runs = |clock: Clock| {
        let mut deadlines = case?.deadlines.iter().rev();
        deadlines.find(|deadline| deadline.clock == clock && deadline.met_on.is_none()).map(|deadline| deadline.due)
    };
    limit.clock.and_then(runs).unwrap_or_else(|| calendar.working_days_after(opened_on, limit.days))
}

/// What may be decided, by the case as it stands: words of [`super::act::Verb`].
pub fn decisions(kind: &str, case: &Case) -> Vec<&'static str> {
    let letters: &[&str] = match kind {
        "QUESTION" => &["answer"],
        "LETTER_TO_READ" => &["noted"],
        "FUNDS_DISCREPANCY" => &["ask", "noted"],
        "REMINDED" => &["delay"],
        "OVERDUE" | "ESCALATED" => &["remind", "delay"],
        _ => &[],
    };
    let offered = case.letters();
    let mut words: Vec<&'static str> = letters.iter().copied().filter(|word| offered.contains(word)).collect();
    if !matches!(kind, "QUESTION" | "LETTER_TO_READ") {
        words.extend(case.decisions());
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::words;

    #[test]
    fn every_kind_of_task_has_a_limit_and_no_other_has() {
        let mut kinds: Vec<&str> = words::TASKS.iter().map(|word| word.code).collect();
        let mut limited: Vec<&str> = LIMITS.iter().map(|limit| limit.kind).collect();
        kinds.sort_unstable();
        limited.sort_unstable();
        assert_eq!(kinds, limited);
    }

    #[test]
    fn working_days_are_counted_from_the_opening_and_provisional_past_the_calendar() {
        let calendar = Calendar::shipped();
        let day = |text: &str| text.parse::<NaiveDate>().expect("a day");
        // A Friday: the weekend is not counted.
        assert_eq!(due("QUESTION", day("2026-03-06"), None, &calendar), Due::On(day("2026-03-11")));
        assert!(due("QUESTION", day("2026-12-30"), None, &calendar).is_provisional());
        assert_eq!(due("ID_CONFLICT", day("2026-03-06"), None, &calendar), Due::On(day("2026-03-06")));
    }
}
