//! How a due day comes about, day by day, in words a clerk can repeat to the person at the counter.

use chrono::{Datelike, NaiveDate, Weekday};

use super::{Calendar, Due, is_weekend};
use crate::domain::time::next_day;

/// Why a day counts, or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// The day of the event.
    Event,
    Workday,
    /// 调休上班, for this holiday; the name may be empty.
    Makeup(String),
    Weekend,
    /// 放假, by its name, which may be empty.
    Holiday(String),
    /// Its year has no file.
    Unknown,
}

/// One day of the walk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    pub day: NaiveDate,
    pub why: Why,
    /// Its number, where it counts.
    pub nth: Option<u32>,
}

/// The walk from an event to its last day in time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    pub from: NaiveDate,
    /// The limit in working days.
    pub days: u32,
    pub walk: Vec<Counted>,
    pub due: Due,
}

impl Calendar {
    /// The same walk as [`Calendar::working_days_after`], with what it saw.
    pub fn explain(&self, from: NaiveDate, days: u32) -> Explained {
        let mut walk = Vec::new();
        let mut day = from;
        if days > 0 {
            walk.push(Counted { day, why: Why::Event, nth: None });
            day = next_day(from);
        }
        let mut counted = 0;
        let due = loop {
            let why = self.why(day);
            let counts = matches!(why, Why::Workday | Why::Makeup(_));
            counted += u32::from(counts);
            let unknown = why == Why::Unknown;
            walk.push(Counted { day, why, nth: counts.then_some(counted) });
            if unknown {
                break Due::Provisional { not_before: day };
            }
            if counts && counted == days.max(1) {
                break Due::On(day);
            }
            day = next_day(day);
        };
        Explained { from, days, walk, due }
    }

    fn why(&self, day: NaiveDate) -> Why {
        let Some(year) = self.year(day.year()) else { return Why::Unknown };
        match (year.day_off(day), year.makeup(day)) {
            (Some(name), _) => Why::Holiday(name.to_owned()),
            (None, Some(name)) => Why::Makeup(name.to_owned()),
            (None, None) if is_weekend(day) => Why::Weekend,
            (None, None) => Why::Workday,
        }
    }
}

/// `（春节）`, or nothing.
fn named(name: &str, open: &str, close: &str) -> String {
    if name.is_empty() { String::new() } else { format!("{open}{name}{close}") }
}

impl Counted {
    pub fn weekday_chinese(&self) -> &'static str {
        match self.day.weekday() {
            Weekday::Mon => "周一",
            Weekday::Tue => "周二",
            Weekday::Wed => "周三",
            Weekday::Thu => "周四",
            Weekday::Fri => "周五",
            Weekday::Sat => "周六",
            Weekday::Sun => "周日",
        }
    }

    pub fn chinese(&self) -> String {
        let nth = self.nth.unwrap_or(0);
        match &self.why {
            Why::Event => "当日不计".to_owned(),
            Why::Workday => format!("第 {nth} 个工作日"),
            Why::Makeup(name) => format!("调休上班{}，第 {nth} 个工作日", named(name, "（", "）")),
            Why::Weekend => "周末，不计".to_owned(),
            Why::Holiday(name) => format!("放假{}，不计", named(name, "（", "）")),
            Why::Unknown => format!("{} 年年历未知", self.day.year()),
        }
    }

    pub fn english(&self) -> String {
        let nth = self.nth.unwrap_or(0);
        match &self.why {
            Why::Event => "the day of the event does not count".to_owned(),
            Why::Workday => format!("working day {nth}"),
            Why::Makeup(name) => format!("make-up workday{}, working day {nth}", named(name, " (", ")")),
            Why::Weekend => "weekend, does not count".to_owned(),
            Why::Holiday(name) => format!("holiday{}, does not count", named(name, " (", ")")),
            Why::Unknown => format!("the calendar of {} is unknown", self.day.year()),
        }
    }
}

impl Explained {
    fn counted(&self) -> u32 {
        self.walk.iter().filter_map(|day| day.nth).max().unwrap_or(0)
    }

    pub fn chinese(&self) -> String {
        match self.due {
            Due::On(due) if self.days == 0 => format!("当日办理，遇休息日顺延至下一个工作日：{due} 为期限末日"),
            Due::On(due) => format!("第 {} 个工作日 {due} 为期限末日，次日零时起逾期", self.days),
            Due::Provisional { not_before } => format!(
                "暂定：{} 个工作日已计 {} 个，{} 年年历未知，期限末日不早于 {not_before}；年历导入后重算，不按普通周末推算",
                self.days.max(1),
                self.counted(),
                not_before.year(),
            ),
        }
    }

    pub fn english(&self) -> String {
        match self.due {
            Due::On(due) if self.days == 0 => {
                format!("on the day itself, or the next working day: {due} is the last day in time")
            }
            Due::On(due) => {
                format!("working day {}, {due}, is the last day in time; overdue from 00:00 of the next", self.days)
            }
            Due::Provisional { not_before } => format!(
                "provisional: {} of {} working days are counted, the calendar of {} is not known; not before \
                 {not_before}. Counted again when that year is imported, never guessed from plain weekends",
                self.counted(),
                self.days.max(1),
                not_before.year(),
            ),
        }
    }
}
