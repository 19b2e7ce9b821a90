//! 催办与督办: what a running clock asks for, and on which day (domain.md §7). Reminders go to the other agency, tasks to
//! our own people. Nothing here decides about money, stops a clock or moves a case.

use chrono::NaiveDate;

use super::calendar::Calendar;
use super::case::{Case, Side};
use super::deadlines::{Clock, Deadline};
use super::time::next_day;

/// What is done when a stage is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// 临期: a task for our own people, while there is still time.
    Warn,
    /// 逾期: a task.
    Overdue,
    /// 督办: a task for whoever leads them.
    Escalate,
    /// 催办 of this level to the other agency.
    Remind(u32),
    /// 未到账: the other agency is told that nothing came of what it announced.
    Missing,
}

/// When a stage is reached, from the clock's due day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum When {
    /// So many working days are left.
    Left(u32),
    /// From 00:00 of the day after.
    Over,
    /// So many working days over.
    OverBy(u32),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stage {
    when: When,
    acts: &'static [Act],
}

/// The other agency's clock as it runs here: T1 at 8 of 10 working days, overdue, +5 and +10. The last level is ours.
const PEERS_WORK: &[Stage] = &[
    Stage { when: When::Left(2), acts: &[Act::Remind(1)] },
    Stage { when: When::Over, acts: &[Act::Overdue] },
    Stage { when: When::OverBy(5), acts: &[Act::Remind(2), Act::Escalate] },
    Stage { when: When::OverBy(10), acts: &[Act::Remind(3)] },
];
/// The letter after a handover, and the completion notice: the confirmation is itself an obligation.
const PEERS_DAY: &[Stage] = &[
    Stage { when: When::Over, acts: &[Act::Overdue, Act::Remind(1)] },
    Stage { when: When::OverBy(5), acts: &[Act::Remind(2), Act::Escalate] },
    Stage { when: When::OverBy(10), acts: &[Act::Remind(3)] },
];
const OWN_WORK: &[Stage] = &[
    Stage { when: When::Left(2), acts: &[Act::Warn] },
    Stage { when: When::Over, acts: &[Act::Overdue] },
    Stage { when: When::OverBy(5), acts: &[Act::Escalate] },
];
/// T2 at 4 of 5 working days.
const OWN_MERGE: &[Stage] = &[
    Stage { when: When::Left(1), acts: &[Act::Warn] },
    Stage { when: When::Over, acts: &[Act::Overdue] },
    Stage { when: When::OverBy(5), acts: &[Act::Escalate] },
];
const OWN_DAY: &[Stage] =
    &[Stage { when: When::Over, acts: &[Act::Overdue] }, Stage { when: When::OverBy(5), acts: &[Act::Escalate] }];

/// The announced money: told once, then looked into.
const ARRIVAL: &[Stage] =
    &[Stage { when: When::Over, acts: &[Act::Missing] }, Stage { when: When::OverBy(5), acts: &[Act::Escalate] }];

fn stages(side: &Side, clock: Clock) -> &'static [Stage] {
    match (side, clock) {
        (Side::Incoming(_), Clock::Outgoing) => PEERS_WORK,
        (Side::Outgoing(_), Clock::Outgoing) => OWN_WORK,
        // An application that was handed over: the letter is the other agency's to send.
        (Side::Outgoing(_), Clock::Letter) | (_, Clock::Confirmation) => PEERS_DAY,
        (_, Clock::Arrival) => ARRIVAL,
        (_, Clock::Incoming) => OWN_MERGE,
        (_, Clock::Letter | Clock::Credit | Clock::Completion) => OWN_DAY,
        // A target, no limit.
        (_, Clock::Whole) => &[],
    }
}

/// The day a stage is reached; `None` while the calendar does not say.
fn day(deadline: &Deadline, when: When, calendar: &Calendar) -> Option<NaiveDate> {
    let due = deadline.due.on()?;
    match when {
        When::Left(left) => match deadline.days {
            Some(days) if days > left => calendar.working_days_after(deadline.started_on, days - left).on(),
            _ => Some(due),
        },
        When::Over => Some(next_day(due)),
        When::OverBy(days) => calendar.working_days_after(due, days).on(),
    }
}

/// What a clock asks for today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    pub clock: Clock,
    /// The day the clock started: a clock may run a second time.
    pub since: NaiveDate,
    /// Stages behind it before, and after this.
    pub before: u8,
    pub after: u8,
    pub acts: Vec<Act>,
}

/// Every running clock that has reached a stage by today. What was missed while nobody looked comes together.
pub fn due(case: &Case, calendar: &Calendar, today: NaiveDate) -> Vec<Due> {
    if !case.is_open() {
        return Vec::new();
    }
    let running = case.deadlines.iter().filter(|deadline| deadline.met_on.is_none());
    running.filter_map(|deadline| due_of(&case.side, deadline, calendar, today)).collect()
}

fn due_of(side: &Side, deadline: &Deadline, calendar: &Calendar, today: NaiveDate) -> Option<Due> {
    let ahead = stages(side, deadline.clock).iter().skip(usize::from(deadline.chased));
    let reached: Vec<&Stage> =
        ahead.take_while(|stage| day(deadline, stage.when, calendar).is_some_and(|reached| reached <= today)).collect();
    let count = u8::try_from(reached.len()).ok().filter(|count| *count > 0)?;
    Some(Due {
        clock: deadline.clock,
        since: deadline.started_on,
        before: deadline.chased,
        after: deadline.chased + count,
        acts: reached.into_iter().flat_map(|stage| stage.acts).copied().collect(),
    })
}

/// The day on which somebody must look again; `None` for a closed case, and while the calendar does not say.
pub fn next(case: &Case, calendar: &Calendar) -> Option<NaiveDate> {
    if !case.is_open() {
        return None;
    }
    let running = case.deadlines.iter().filter(|deadline| deadline.met_on.is_none());
    let days = running.filter_map(|deadline| {
        let stage = stages(&case.side, deadline.clock).get(usize::from(deadline.chased))?;
        day(deadline, stage.when, calendar)
    });
    days.chain(case.correspondence.held.map(|held| held.on)).min()
}
