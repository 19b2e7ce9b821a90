//! A year of the calendar comes in, and running clocks are counted by it. A file is taken whole or not at all, and a day
//! is never guessed.

use std::collections::BTreeSet;

use super::desk::Desk;
use crate::domain::calendar::{CalendarError, CalendarImport, Due, Origin, Year};
use crate::domain::case::Case;
use crate::domain::changes::{Declined, Outcome, YearChange};
use crate::domain::chasing;
use crate::domain::deadlines::Deadline;
use crate::domain::ids::CaseId;

/// Characters of a reason; it stands in the audit chain.
const REASON_MAX: usize = 200;

/// The same days again change nothing; other days for a known year need a reason.
pub fn import(desk: &mut Desk<'_>, import: &CalendarImport) {
    match taken(desk, import) {
        Ok(years) if years.is_empty() => desk.changes.outcome = Outcome::Duplicate,
        Ok(years) => {
            let calendar = desk.known.calendar.get_or_insert_with(|| desk.rules.calendar.clone());
            for change in &years {
                *calendar = calendar.with(change.year.clone());
            }
            desk.changes.note = Some(years.iter().map(said).collect::<Vec<_>>().join("; "));
            desk.changes.years = years;
        }
        Err(declined) => desk.decline(declined),
    }
}

fn taken(desk: &Desk<'_>, import: &CalendarImport) -> Result<Vec<YearChange>, Declined> {
    let calendar = desk.known.calendar.as_ref().unwrap_or(desk.rules.calendar);
    let reason = import.replace.as_deref().map(str::trim);
    if reason.is_some_and(|reason| reason.is_empty() || reason.chars().count() > REASON_MAX) {
        let (chinese, english) =
            ("请写明替换原因，1 至 200 个字符", "give the reason of the replacement, 1 to 200 characters");
        return Err(Declined::new("CALENDAR_REASON", chinese, english));
    }
    if import.years.is_empty() {
        return Err(CalendarError::NoYears.declined());
    }
    let mut numbers = BTreeSet::new();
    let mut changes = Vec::new();
    for file in &import.years {
        let year = Year::check(file.clone(), Origin::Imported).map_err(|error| error.declined())?;
        if !numbers.insert(year.number()) {
            return Err(CalendarError::Twice(year.number()).declined());
        }
        let replaced = match (calendar.year(year.number()), reason) {
            (None, _) => None,
            (Some(known), _) if known.file() == year.file() => continue,
            (Some(_), Some(reason)) => Some(reason.to_owned()),
            (Some(known), None) => match known.first_difference(&year) {
                Some(day) => return Err(differs(&year, day)),
                None => continue,
            },
        };
        changes.push(YearChange { year, replaced });
    }
    Ok(changes)
}

fn differs(year: &Year, day: chrono::NaiveDate) -> Declined {
    let year = year.number();
    let chinese = format!(
        "{year} 年已有年历，首个不同的日期是 {day}；整个文件均未导入。核对国务院通知后，用 --replace 写明原因方可替换"
    );
    let english = format!(
        "{year} is known already with other days, {day} first; nothing of the file was taken. Compare with the State \
         Council's notice; --replace REASON puts this file in its place"
    );
    Declined::new("CALENDAR_YEAR_KNOWN", &chinese, &english)
}

fn said(change: &YearChange) -> String {
    let number = change.year.number();
    let workdays = change.year.workdays();
    match &change.replaced {
        None => format!("{number} added, {workdays} working days"),
        Some(reason) => format!("{number} replaced, {workdays} working days: {reason}"),
    }
}

/// Every running clock of the case that is due on another day now, in one step.
pub fn recount(desk: &mut Desk<'_>, id: CaseId) {
    let Some(mut case) = desk.known.case(id).filter(|case| case.is_open()).cloned() else {
        desk.changes.outcome = Outcome::Duplicate;
        return;
    };
    let changed = Case::recount(&mut case, desk.rules.calendar, desk.rules.limits);
    let is_chased_right = case.chase_on == chasing::next(&case, desk.rules.calendar);
    if changed.is_empty() && is_chased_right {
        // Counted since somebody looked.
        desk.changes.outcome = Outcome::Duplicate;
        return;
    }
    if !changed.is_empty() {
        desk.changes.note = Some(changed.iter().map(counted).collect::<Vec<_>>().join("; "));
    }
    desk.step(case);
}

/// `T1 → 2027-01-08`
fn counted(deadline: &Deadline) -> String {
    let code = deadline.clock.code();
    match deadline.due {
        Due::On(day) => format!("{code} → {day}"),
        Due::Provisional { not_before } => format!("{code} → ≥ {not_before}"),
    }
}
