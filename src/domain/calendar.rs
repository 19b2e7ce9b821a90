//! Working days, from the published year files. A year without a file is unknown, never guessed from plain weekends.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use chrono::{Datelike, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};

use super::time::next_day;

/// The years in the binary; later years come as files when they are published.
const SHIPPED: [&str; 3] =
    [include_str!("calendar/2024.json"), include_str!("calendar/2025.json"), include_str!("calendar/2026.json")];

/// One year as the State Council published it. Unknown fields are notes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct YearFile {
    pub year: i32,
    #[serde(default)]
    pub source: String,
    /// False while only a part of the year is known; such a file is refused.
    pub complete: bool,
    /// 放假: holidays and days off in lieu, weekends among them or not.
    pub off_days: Vec<NamedDay>,
    /// 调休上班: Saturdays and Sundays that are worked.
    pub makeup_workdays: Vec<NamedDay>,
    /// The check sum: a file whose days do not give it is refused.
    pub workdays_in_year: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedDay {
    pub date: NaiveDate,
    /// `Mon` to `Sun`; must agree with the date where given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weekday: Option<Weekday>,
    #[serde(default)]
    pub name: String,
}

impl YearFile {
    pub fn parse(json: &str) -> Result<YearFile, CalendarError> {
        Ok(serde_json::from_str(json)?)
    }
}

/// Why a year file cannot be true. The operator must put in another file.
#[derive(Debug, thiserror::Error)]
pub enum CalendarError {
    #[error("the year file cannot be read")]
    Json(#[from] serde_json::Error),
    #[error("{0}: not a year from 1992 to 2099")]
    Year(i32),
    #[error("{0}: two files for one year")]
    Twice(i32),
    #[error("{0}: the file is marked incomplete; deadlines computed from it would be wrong")]
    Incomplete(i32),
    #[error("{date} does not belong into the file of {year}")]
    OtherYear { year: i32, date: NaiveDate },
    #[error("{0} is listed twice")]
    DayTwice(NaiveDate),
    #[error("{0} is not the weekday the file says")]
    Weekday(NaiveDate),
    #[error("{0} is no weekend day and needs no make-up")]
    NoMakeup(NaiveDate),
    #[error("{0} is a public holiday every year, but not in this file")]
    HolidayMissing(NaiveDate),
    #[error("{year}: the file says {said} working days, its days give {counted}")]
    Sum { year: i32, said: u32, counted: u32 },
}

/// Which days are worked, for the years it covers. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Calendar {
    /// By ordinal day, from 0.
    years: Arc<BTreeMap<i32, Box<[bool]>>>,
}

/// The last day in time of a deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Due {
    On(NaiveDate),
    /// The calendar ends before: due on this day or later, to be recomputed when the year's file arrives.
    Provisional {
        not_before: NaiveDate,
    },
}

impl Due {
    /// The day, where it is certain.
    pub fn on(self) -> Option<NaiveDate> {
        match self {
            Due::On(day) => Some(day),
            Due::Provisional { .. } => None,
        }
    }

    pub fn is_provisional(self) -> bool {
        self.on().is_none()
    }

    /// From 00:00 of the day after; a provisional deadline is never overdue.
    pub fn is_overdue(self, today: NaiveDate) -> bool {
        self.on().is_some_and(|day| day < today)
    }

    /// The earlier of two; provisional where the unknown one might be the earlier.
    pub fn min(self, other: Due) -> Due {
        match (self, other) {
            (Due::On(one), Due::On(two)) => Due::On(one.min(two)),
            (Due::Provisional { not_before: one }, Due::Provisional { not_before: two }) => {
                Due::Provisional { not_before: one.min(two) }
            }
            (Due::On(day), Due::Provisional { not_before }) | (Due::Provisional { not_before }, Due::On(day)) => {
                if day <= not_before { Due::On(day) } else { Due::Provisional { not_before } }
            }
        }
    }
}

impl Calendar {
    /// 2024 to 2026.
    pub fn shipped() -> Calendar {
        static CALENDAR: LazyLock<Calendar> = LazyLock::new(|| {
            let years = SHIPPED.map(|json| YearFile::parse(json).expect("tested with every build"));
            Calendar::from_years(years).expect("tested with every build")
        });
        CALENDAR.clone()
    }

    /// Refuses impossible days and a year given twice.
    pub fn from_years(files: impl IntoIterator<Item = YearFile>) -> Result<Calendar, CalendarError> {
        let mut years = BTreeMap::new();
        for file in files {
            if years.insert(file.year, days_of(&file)?).is_some() {
                return Err(CalendarError::Twice(file.year));
            }
        }
        Ok(Calendar { years: Arc::new(years) })
    }

    /// This calendar with one more year, or another file for a year it has.
    pub fn with_year(&self, file: &YearFile) -> Result<Calendar, CalendarError> {
        let mut years = (*self.years).clone();
        years.insert(file.year, days_of(file)?);
        Ok(Calendar { years: Arc::new(years) })
    }

    /// The years with a file, ascending.
    pub fn years(&self) -> impl Iterator<Item = i32> {
        self.years.keys().copied()
    }

    /// `None` when the year has no file.
    pub fn is_working_day(&self, day: NaiveDate) -> Option<bool> {
        self.years.get(&day.year())?.get(day.ordinal0() as usize).copied()
    }

    /// The n-th working day after `from`, which itself is not counted. For 0: `from`, or the next working day.
    pub fn working_days_after(&self, from: NaiveDate, n: u32) -> Due {
        let (mut day, mut missing) = if n == 0 { (from, 1) } else { (next_day(from), n) };
        loop {
            match self.is_working_day(day) {
                None => return Due::Provisional { not_before: day },
                Some(true) if missing == 1 => return Due::On(day),
                Some(worked) => missing -= u32::from(worked),
            }
            day = next_day(day);
        }
    }

    /// Working days after `a` up to and with `b`; 0 when `b` is not later. `None` when a day between has no file.
    pub fn working_days_between(&self, a: NaiveDate, b: NaiveDate) -> Option<u32> {
        let mut count = 0;
        let mut day = a;
        while day < b {
            day = next_day(day);
            count += u32::from(self.is_working_day(day)?);
        }
        Some(count)
    }
}

/// Checks a file and gives its days by ordinal.
fn days_of(file: &YearFile) -> Result<Box<[bool]>, CalendarError> {
    let year = file.year;
    // The five-day week, and with it this way of counting, came later than 1992.
    if !(1992..=2099).contains(&year) {
        return Err(CalendarError::Year(year));
    }
    if !file.complete {
        return Err(CalendarError::Incomplete(year));
    }
    let day = |month, day| NaiveDate::from_ymd_opt(year, month, day).ok_or(CalendarError::Year(year));
    let mut listed = BTreeSet::new();
    for NamedDay { date, weekday, .. } in file.off_days.iter().chain(&file.makeup_workdays) {
        if date.year() != year {
            return Err(CalendarError::OtherYear { year, date: *date });
        }
        if weekday.is_some_and(|weekday| weekday != date.weekday()) {
            return Err(CalendarError::Weekday(*date));
        }
        if !listed.insert(*date) {
            return Err(CalendarError::DayTwice(*date));
        }
    }
    let is_off = |date: NaiveDate| file.off_days.iter().any(|off| off.date == date);
    // An empty or half-made file parses; these days give it away.
    for holiday in [day(1, 1)?, day(5, 1)?, day(10, 1)?] {
        if !is_off(holiday) {
            return Err(CalendarError::HolidayMissing(holiday));
        }
    }
    let mut days: Vec<bool> =
        day(1, 1)?.iter_days().take_while(|date| date.year() == year).map(|date| !is_weekend(date)).collect();
    for off in &file.off_days {
        days[off.date.ordinal0() as usize] = false;
    }
    for makeup in &file.makeup_workdays {
        if !is_weekend(makeup.date) {
            return Err(CalendarError::NoMakeup(makeup.date));
        }
        days[makeup.date.ordinal0() as usize] = true;
    }
    let counted = days.iter().map(|worked| u32::from(*worked)).sum();
    if counted != file.workdays_in_year {
        return Err(CalendarError::Sum { year, said: file.workdays_in_year, counted });
    }
    Ok(days.into_boxed_slice())
}

fn is_weekend(date: NaiveDate) -> bool {
    matches!(date.weekday(), Weekday::Sat | Weekday::Sun)
}

#[cfg(test)]
mod tests;
