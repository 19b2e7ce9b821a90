//! A clock has reached a stage: our own people get a task, the other agency a reminder.

use chrono::NaiveDate;

use super::correspondence;
use super::desk::Desk;
use super::discrepancy;
use crate::domain::case::Case;
use crate::domain::case::correspondence::Reminded;
use crate::domain::changes::Declined;
use crate::domain::chasing::{self, Act};
use crate::domain::deadlines::Clock;
use crate::domain::ids::CaseId;
use crate::domain::peers::day_after;
use crate::domain::time::Moment;

/// Does what the clock asks for today, unless it was met or chased since somebody looked.
pub fn chase(desk: &mut Desk<'_>, id: CaseId, clock: Clock, since: NaiveDate, stage: u8) {
    let Some(mut case) = desk.known.case(id).cloned() else { return decline(desk) };
    let due = chasing::due(&case, desk.rules.calendar, desk.today);
    let asked = due.into_iter().find(|due| (due.clock, due.since, due.before) == (clock, since, stage));
    let Some(due) = asked else { return decline(desk) };
    for deadline in &mut case.deadlines {
        if deadline.clock == clock && deadline.started_on == since && deadline.met_on.is_none() {
            deadline.chased = due.after;
        }
    }
    let code = Some(clock.code().to_owned());
    let mut level = None;
    for act in due.acts {
        match act {
            Act::Warn => desk.open_case_task("DUE_SOON", id, code.clone()),
            Act::Overdue => {
                desk.close_task("DUE_SOON", &id.to_string());
                desk.open_case_task("OVERDUE", id, code.clone());
            }
            Act::Escalate => desk.open_case_task("ESCALATED", id, code.clone()),
            Act::Missing => discrepancy::tell_missing(desk, &mut case),
            Act::Remind(asked) => level = level.max(Some(asked)),
        }
    }
    let said = level.and_then(|level| remind(desk, &mut case, level));
    let words = [Some(clock.code().to_owned()), said];
    desk.changes.note = Some(words.into_iter().flatten().collect::<Vec<_>>().join(" "));
    desk.step(case);
}

/// The reminder, or when it leaves; nothing where nothing is awaited any more: there is nobody to remind.
fn remind(desk: &mut Desk<'_>, case: &mut Case, level: u32) -> Option<String> {
    if let Some(until) = desk.known.closed_until(&case.peer, desk.at) {
        return hold(case, level, until);
    }
    correspondence::remind(desk, case, Some(level), None).ok()?;
    case.correspondence.held = None;
    desk.changes.note.take()
}

/// A closed agency is not reminded: nobody there can act on it. The legal clock runs all the same.
fn hold(case: &mut Case, level: u32, until: Moment) -> Option<String> {
    let step = case.awaits()?;
    let before = case.correspondence.held.filter(|held| held.step == step).map_or(0, |held| held.level);
    let level = level.max(before);
    case.correspondence.held = Some(Reminded { step, level, on: day_after(until) });
    let until = until.to_string();
    Some(format!("{} level {level} waits: closed until {}", step.word(), until.get(..16).unwrap_or(&until)))
}

/// The agency is open again: what waited leaves, unless it has closed anew.
pub fn release(desk: &mut Desk<'_>, id: CaseId, on: NaiveDate) {
    let Some(mut case) = desk.known.case(id).cloned() else { return decline(desk) };
    let held = case.correspondence.held.filter(|held| held.on == on && on <= desk.today);
    let Some(held) = held else { return decline(desk) };
    desk.changes.note = remind(desk, &mut case, held.level);
    desk.step(case);
}

fn decline(desk: &mut Desk<'_>) {
    desk.decline(Declined::new("NOT_OVERDUE", "该时限未到催办的日子", "this clock asks for nothing today"));
}
