//! A year's file: read, and checked before anything is counted with it. What cannot be true is refused with its place.

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};

use super::is_weekend;
use crate::domain::changes::Declined;

/// Longer texts in the place of a day are not repeated whole.
const QUOTED_MAX: usize = 20;

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

/// A file as written: its days are only texts yet, so that an impossible one can be named.
#[derive(Deserialize)]
struct Written {
    year: i32,
    #[serde(default)]
    source: String,
    complete: bool,
    off_days: Vec<WrittenDay>,
    makeup_workdays: Vec<WrittenDay>,
    workdays_in_year: u32,
}

#[derive(Deserialize)]
struct WrittenDay {
    date: String,
    #[serde(default)]
    weekday: Option<Weekday>,
    #[serde(default)]
    name: String,
}

impl Written {
    fn days(year: i32, list: &'static str, days: Vec<WrittenDay>) -> Result<Vec<NamedDay>, CalendarError> {
        let read = |(place, WrittenDay { date, weekday, name }): (usize, WrittenDay)| match date.parse() {
            Ok(date) => Ok(NamedDay { date, weekday, name }),
            Err(_) => {
                let text = date.chars().filter(|c| !c.is_control()).take(QUOTED_MAX).collect();
                Err(CalendarError::Date { year, list, place: place + 1, text })
            }
        };
        days.into_iter().enumerate().map(read).collect()
    }

    fn read(self) -> Result<YearFile, CalendarError> {
        let Written { year, source, complete, off_days, makeup_workdays, workdays_in_year } = self;
        let off_days = Written::days(year, "off_days", off_days)?;
        let makeup_workdays = Written::days(year, "makeup_workdays", makeup_workdays)?;
        Ok(YearFile { year, source, complete, off_days, makeup_workdays, workdays_in_year })
    }
}

impl YearFile {
    pub fn parse(json: &str) -> Result<YearFile, CalendarError> {
        serde_json::from_str::<Written>(json)?.read()
    }

    /// One year, or a list of years.
    pub fn parse_all(json: &str) -> Result<Vec<YearFile>, CalendarError> {
        let json = json.trim_start_matches('\u{feff}');
        let years = if json.trim_start().starts_with('[') {
            serde_json::from_str::<Vec<Written>>(json)?
        } else {
            vec![serde_json::from_str::<Written>(json)?]
        };
        if years.is_empty() {
            return Err(CalendarError::NoYears);
        }
        years.into_iter().map(Written::read).collect()
    }
}

/// Years that an operator puts in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarImport {
    /// Unique among the imports of an agency.
    pub import_no: String,
    pub years: Vec<YearFile>,
    /// Why a year that is already there with other days is replaced; without it such a file is refused whole.
    pub replace: Option<String>,
}

/// Where a year comes from; a later origin takes the place of an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// In the binary.
    Shipped,
    /// In the folder `paths.calendar`.
    Folder,
    /// `calendar import`: in the agency's database.
    Imported,
}

impl Origin {
    pub fn word(self) -> &'static str {
        match self {
            Origin::Shipped => "shipped",
            Origin::Folder => "folder",
            Origin::Imported => "imported",
        }
    }
}

/// A year that can be true: made by checking a file, and by nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Year {
    file: YearFile,
    origin: Origin,
    /// By ordinal day, from 0.
    worked: Box<[bool]>,
}

impl Year {
    pub fn check(file: YearFile, origin: Origin) -> Result<Year, CalendarError> {
        let worked = days_of(&file)?;
        Ok(Year { file, origin, worked })
    }

    pub fn number(&self) -> i32 {
        self.file.year
    }

    pub fn file(&self) -> &YearFile {
        &self.file
    }

    pub fn origin(&self) -> Origin {
        self.origin
    }

    pub fn workdays(&self) -> u32 {
        self.file.workdays_in_year
    }

    /// Whether each day is worked, from 1 January on.
    pub fn days(&self) -> &[bool] {
        &self.worked
    }

    /// `None` for a day of another year.
    pub fn is_worked(&self, day: NaiveDate) -> Option<bool> {
        if day.year() != self.number() {
            return None;
        }
        self.worked.get(day.ordinal0() as usize).copied()
    }

    /// 放假 on this day, by its name in the file, which may be empty.
    pub fn day_off(&self, day: NaiveDate) -> Option<&str> {
        self.file.off_days.iter().find(|off| off.date == day).map(|off| off.name.as_str())
    }

    /// 调休上班 on this day, by the holiday it makes up for.
    pub fn makeup(&self, day: NaiveDate) -> Option<&str> {
        self.file.makeup_workdays.iter().find(|makeup| makeup.date == day).map(|makeup| makeup.name.as_str())
    }

    /// The first day that one of the two works and the other does not.
    pub fn first_difference(&self, other: &Year) -> Option<NaiveDate> {
        let place = self.worked.iter().zip(&other.worked).position(|(one, two)| one != two)?;
        NaiveDate::from_yo_opt(self.number(), u32::try_from(place).ok()? + 1)
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
    if file.off_days.is_empty() {
        return Err(CalendarError::Empty(year));
    }
    let day = |month, day| NaiveDate::from_ymd_opt(year, month, day).ok_or(CalendarError::Year(year));
    for list in [&file.off_days, &file.makeup_workdays] {
        let mut listed = BTreeSet::new();
        for NamedDay { date, weekday, .. } in list {
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
    }
    let is_off = |date: NaiveDate| file.off_days.iter().any(|off| off.date == date);
    // A half-made file parses; these days give it away.
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
        if is_off(makeup.date) {
            return Err(CalendarError::Both(makeup.date));
        }
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

/// Why a year file cannot be true. The operator must put in another file.
#[derive(Debug, thiserror::Error)]
pub enum CalendarError {
    #[error("not written as a year file is: {0}")]
    Json(#[from] serde_json::Error),
    #[error("there is no year in the file")]
    NoYears,
    #[error("{year}: day {place} of {list} is {text:?}, which is no day of the calendar")]
    Date { year: i32, list: &'static str, place: usize, text: String },
    #[error("{0}: not a year from 1992 to 2099")]
    Year(i32),
    #[error("{0}: two files for one year")]
    Twice(i32),
    #[error("{0}: the file is marked incomplete; deadlines computed from it would be wrong")]
    Incomplete(i32),
    #[error("{0}: no day off is listed; no year is without holidays")]
    Empty(i32),
    #[error("{date} does not belong into the file of {year}")]
    OtherYear { year: i32, date: NaiveDate },
    #[error("{0} is listed twice")]
    DayTwice(NaiveDate),
    #[error("{0} is listed both as a day off and as a make-up workday")]
    Both(NaiveDate),
    #[error("{0} is not the weekday the file says")]
    Weekday(NaiveDate),
    #[error("{0} is no weekend day and needs no make-up")]
    NoMakeup(NaiveDate),
    #[error("{0} is a public holiday every year, but not in this file")]
    HolidayMissing(NaiveDate),
    #[error("{year}: the file says {said} working days, its days give {counted}")]
    Sum { year: i32, said: u32, counted: u32 },
}

impl CalendarError {
    /// Never changes.
    pub fn code(&self) -> &'static str {
        match self {
            CalendarError::Json(_) => "CALENDAR_JSON",
            CalendarError::NoYears => "CALENDAR_NO_YEARS",
            CalendarError::Date { .. } => "CALENDAR_DATE",
            CalendarError::Year(_) => "CALENDAR_YEAR",
            CalendarError::Twice(_) => "CALENDAR_YEAR_TWICE",
            CalendarError::Incomplete(_) => "CALENDAR_INCOMPLETE",
            CalendarError::Empty(_) => "CALENDAR_EMPTY",
            CalendarError::OtherYear { .. } => "CALENDAR_OTHER_YEAR",
            CalendarError::DayTwice(_) => "CALENDAR_DAY_TWICE",
            CalendarError::Both(_) => "CALENDAR_DAY_BOTH",
            CalendarError::Weekday(_) => "CALENDAR_WEEKDAY",
            CalendarError::NoMakeup(_) => "CALENDAR_MAKEUP_ON_WORKDAY",
            CalendarError::HolidayMissing(_) => "CALENDAR_HOLIDAY_MISSING",
            CalendarError::Sum { .. } => "CALENDAR_SUM",
        }
    }

    pub fn chinese(&self) -> String {
        match self {
            CalendarError::Json(cause) => {
                format!("第 {} 行第 {} 列不合年历文件格式", cause.line(), cause.column())
            }
            CalendarError::NoYears => "文件中没有任何年份".to_owned(),
            CalendarError::Date { year, list, place, text } => {
                format!("{year} 年 {list} 第 {place} 项“{text}”不是日历上的日期")
            }
            CalendarError::Year(year) => format!("{year} 不在 1992 至 2099 年之间"),
            CalendarError::Twice(year) => format!("{year} 年在文件中出现两次"),
            CalendarError::Incomplete(year) => format!("{year} 年标为不完整，据此计算的期限会有误"),
            CalendarError::Empty(year) => format!("{year} 年没有任何放假日，不可能"),
            CalendarError::OtherYear { year, date } => format!("{date} 不属于 {year} 年"),
            CalendarError::DayTwice(date) => format!("{date} 重复列出"),
            CalendarError::Both(date) => format!("{date} 既列为放假又列为调休上班"),
            CalendarError::Weekday(date) => format!("{date} 的星期与文件所写不符"),
            CalendarError::NoMakeup(date) => format!("{date} 不是周末，无须调休上班"),
            CalendarError::HolidayMissing(date) => format!("{date} 每年都放假，文件中却没有"),
            CalendarError::Sum { year, said, counted } => {
                format!("{year} 年文件写明 {said} 个工作日，按所列日期应为 {counted} 个")
            }
        }
    }

    /// As an answer to whoever brought the file: nothing of it was taken.
    pub fn declined(&self) -> Declined {
        let chinese = format!("{}；整个文件均未导入", self.chinese());
        Declined::new(self.code(), &chinese, &format!("{self}; nothing of the file was taken"))
    }
}
