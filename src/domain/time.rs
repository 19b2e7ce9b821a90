//! Moments and months. Nobody asks for the time here: moments come in as values.

use std::fmt;

use chrono::{DateTime, Datelike, Days, FixedOffset, NaiveDate};
use serde::{Deserialize, Serialize};

/// A moment in microseconds UTC, as stored and sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Moment(pub i64);

/// Asia/Shanghai has had no daylight saving since 1991; every date here is later.
const CHINA_SECONDS_EAST: i32 = 8 * 3600;

impl Moment {
    fn in_china(self) -> Option<DateTime<FixedOffset>> {
        let china = FixedOffset::east_opt(CHINA_SECONDS_EAST)?;
        Some(DateTime::from_timestamp_micros(self.0)?.with_timezone(&china))
    }

    /// The calendar day in Asia/Shanghai. A moment outside the calendar (year ±262,000) counts as the epoch's day.
    pub fn china_date(self) -> NaiveDate {
        self.in_china().map_or(NaiveDate::default(), |moment| moment.date_naive())
    }

    /// The moment a day begins in Asia/Shanghai.
    pub fn start_of(day: NaiveDate) -> Moment {
        let seconds = day.and_hms_opt(0, 0, 0).map_or(0, |start| start.and_utc().timestamp());
        Moment((seconds - i64::from(CHINA_SECONDS_EAST)) * 1_000_000)
    }

    pub fn plus_ms(self, ms: i64) -> Moment {
        Moment(self.0.saturating_add(ms.saturating_mul(1000)))
    }

    /// Milliseconds from `earlier` to here; negative when `earlier` is later.
    pub fn ms_since(self, earlier: Moment) -> i64 {
        self.0.saturating_sub(earlier.0) / 1000
    }
}

/// `2026-11-22 14:03:07` in Asia/Shanghai.
impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.in_china() {
            Some(moment) => write!(f, "{}", moment.format("%Y-%m-%d %H:%M:%S")),
            None => write!(f, "{} µs", self.0),
        }
    }
}

/// 年月: a month as forms write it, `202611`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct YearMonth(u32);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a month is written yyyymm, from 195001 to 209912")]
pub struct YearMonthError;

impl YearMonth {
    pub fn new(yyyymm: u32) -> Result<YearMonth, YearMonthError> {
        let (year, month) = (yyyymm / 100, yyyymm % 100);
        if (1950..=2099).contains(&year) && (1..=12).contains(&month) {
            Ok(YearMonth(yyyymm))
        } else {
            Err(YearMonthError)
        }
    }

    pub fn of(day: NaiveDate) -> Result<YearMonth, YearMonthError> {
        let year = u32::try_from(day.year()).map_err(|_| YearMonthError)?;
        YearMonth::new(year * 100 + day.month())
    }

    pub fn get(self) -> u32 {
        self.0
    }

    /// Months since year 0: consecutive months are consecutive numbers.
    pub fn index(self) -> u32 {
        self.0 / 100 * 12 + self.0 % 100 - 1
    }

    pub fn from_index(index: u32) -> Result<YearMonth, YearMonthError> {
        YearMonth::new(index / 12 * 100 + index % 12 + 1)
    }

    /// Months from `self` to `to`, both counted; 0 when `to` is earlier.
    pub fn months_to(self, to: YearMonth) -> u32 {
        (to.index() + 1).saturating_sub(self.index())
    }
}

impl TryFrom<u32> for YearMonth {
    type Error = YearMonthError;
    fn try_from(yyyymm: u32) -> Result<YearMonth, YearMonthError> {
        YearMonth::new(yyyymm)
    }
}

impl From<YearMonth> for u32 {
    fn from(month: YearMonth) -> u32 {
        month.0
    }
}

impl fmt::Display for YearMonth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// The day after, or the same day at the end of the calendar.
pub fn next_day(day: NaiveDate) -> NaiveDate {
    day.checked_add_days(Days::new(1)).unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_in_china() {
        let day = NaiveDate::from_ymd_opt(2026, 11, 22).expect("a date");
        let start = Moment::start_of(day);
        assert_eq!(start.china_date(), day);
        assert_eq!(Moment(start.0 - 1).china_date(), day.pred_opt().expect("a date"));
        assert_eq!(start.to_string(), "2026-11-22 00:00:00");
    }

    #[test]
    fn months_count_both_ends() {
        let month = |yyyymm| YearMonth::new(yyyymm).expect("a month");
        assert_eq!(month(202501).months_to(month(202512)), 12);
        assert_eq!(month(202512).months_to(month(202601)), 2);
        assert_eq!(month(202602).months_to(month(202601)), 0);
        assert_eq!(YearMonth::from_index(month(202512).index() + 1), Ok(month(202601)));
        assert!(YearMonth::new(202613).is_err());
        assert!(YearMonth::new(202600).is_err());
    }
}
