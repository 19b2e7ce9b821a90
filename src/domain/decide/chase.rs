//! A clock has reached a stage: our own people get a task, the other agency a reminder.

use chrono::NaiveDate;

use super::correspondence;
use super::desk::Desk;
use super::discrepancy;
use crate::domain::changes::Declined;
use crate::domain::chasing::{self, Act};
use crate::domain::deadlines::Clock;
use crate::domain::ids::CaseId;

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
    // Where nothing is awaited any more there is nobody to remind.
    if level.is_some() && correspondence::remind(desk, &mut case, level, None).is_ok() {
        desk.changes.note = desk.changes.note.take().map(|said| format!("{} {said}", clock.code()));
    } else {
        desk.changes.note = Some(clock.code().to_owned());
    }
    desk.step(case);
}

fn decline(desk: &mut Desk<'_>) {
    desk.decline(Declined::new("NOT_OVERDUE", "该时限未到催办的日子", "this clock asks for nothing today"));
}
