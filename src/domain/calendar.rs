//! Working days, from the published year files. A year without a file is unknown, never guessed from plain weekends.

mod explain;
mod file;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use chrono::{Datelike, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};

use super::time::next_day;

pub use explain::{Counted, Explained, Why};
pub use file::{CalendarError, CalendarImport, NamedDay, Origin, Year, YearFile};

/// The years in the binary; later years come as files when they are published.
const SHIPPED: [&str; 3] =
    [include_str!("calendar/2024.json"), include_str!("calendar/2025.json"), include_str!("calendar/2026.json")];

/// Which days are worked, for the years it covers. Cheap to clone.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Calendar {
    years: Arc<BTreeMap<i32, Year>>,
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
            Calendar::from_years(Origin::Shipped, years).expect("tested with every build")
        });
        CALENDAR.clone()
    }

    /// Refuses impossible days and a year given twice.
    pub fn from_years(origin: Origin, files: impl IntoIterator<Item = YearFile>) -> Result<Calendar, CalendarError> {
        let mut years = BTreeMap::new();
        for file in files {
            let year = Year::check(file, origin)?;
            if let Some(known) = years.insert(year.number(), year) {
                return Err(CalendarError::Twice(known.number()));
            }
        }
        Ok(Calendar { years: Arc::new(years) })
    }

    /// This calendar with one more year, or another one in its place.
    pub fn with(&self, year: Year) -> Calendar {
        let mut years = (*self.years).clone();
        years.insert(year.number(), year);
        Calendar { years: Arc::new(years) }
    }

    /// The years it covers, ascending.
    pub fn years(&self) -> impl Iterator<Item = &Year> {
        self.years.values()
    }

    pub fn year(&self, number: i32) -> Option<&Year> {
        self.years.get(&number)
    }

    /// The last year of the unbroken run from today's on: deadlines that fall later are provisional. `None` when
    /// today's own year is missing.
    pub fn covered_to(&self, today: NaiveDate) -> Option<i32> {
        (today.year()..).take_while(|year| self.years.contains_key(year)).last()
    }

    /// The year that somebody must import now: this year's, or from 1 December on the next one's. The State Council
    /// publishes it in November.
    pub fn missing(&self, today: NaiveDate) -> Option<i32> {
        let wanted = if today.month() == 12 { today.year() + 1 } else { today.year() };
        (today.year()..=wanted).find(|year| !self.years.contains_key(year))
    }

    /// `None` when the year has no file.
    pub fn is_working_day(&self, day: NaiveDate) -> Option<bool> {
        self.years.get(&day.year())?.is_worked(day)
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

fn is_weekend(date: NaiveDate) -> bool {
    matches!(date.weekday(), Weekday::Sat | Weekday::Sun)
}

#[cfg(test)]
mod tests;
