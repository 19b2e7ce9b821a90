//! Single fields: numbers to dates, months and amounts, texts to typed words. Each error names its field.

use chrono::{Datelike, NaiveDate};
use uuid::Uuid;

use crate::domain::ids::{Digest, IdError, MessageId};
use crate::domain::money::Fen;
use crate::domain::time::{Moment, YearMonth};
use crate::wire::content::{ContentError, Fault};

pub type Read<T> = Result<T, ContentError>;

pub fn missing<T>(field: &str) -> Read<T> {
    Err(ContentError::new(Fault::Missing, field))
}

pub fn wrong<T>(field: &str, rule: &'static str) -> Read<T> {
    Err(ContentError::new(Fault::Value(rule), field))
}

/// A sub-message the form needs.
pub fn needed<T>(field: &str, value: Option<T>) -> Read<T> {
    value.map_or_else(|| missing(field), Ok)
}

/// A text the form needs.
pub fn text(field: &str, value: String) -> Read<String> {
    if value.trim().is_empty() { missing(field) } else { Ok(value) }
}

/// A text that is there or absent, but never there and blank.
pub fn text_if_any(field: &str, value: Option<String>) -> Read<Option<String>> {
    value.map(|value| text(field, value)).transpose()
}

/// A typed word such as a letter no.
pub fn word<T>(field: &str, value: &str, new: impl Fn(&str) -> Result<T, IdError>) -> Read<T> {
    if value.is_empty() {
        return missing(field);
    }
    new(value).or_else(|error| wrong(field, error.rule))
}

pub fn word_if_any<T>(field: &str, value: Option<&str>, new: impl Fn(&str) -> Result<T, IdError>) -> Read<Option<T>> {
    value.map(|value| word(field, value, new)).transpose()
}

/// A counter that begins at 1.
pub fn counter(field: &str, value: u32) -> Read<u32> {
    if value == 0 { missing(field) } else { Ok(value) }
}

/// yyyymmdd, a day between 1900 and 2199.
pub fn date(field: &str, value: u32) -> Read<NaiveDate> {
    if value == 0 {
        return missing(field);
    }
    let year = i32::try_from(value / 10_000).ok().filter(|year| (1900..2200).contains(year));
    let day = year.and_then(|year| NaiveDate::from_ymd_opt(year, value / 100 % 100, value % 100));
    day.map_or_else(|| wrong(field, "a date is written yyyymmdd and must exist"), Ok)
}

pub fn date_if_any(field: &str, value: Option<u32>) -> Read<Option<NaiveDate>> {
    value.map(|value| date(field, value)).transpose()
}

/// A date as the wire writes it; what no form can hold becomes 0, which every reader refuses.
pub fn date_number(day: NaiveDate) -> u32 {
    u32::try_from(day.year()).map_or(0, |year| year * 10_000 + day.month() * 100 + day.day())
}

pub fn month(field: &str, value: u32) -> Read<YearMonth> {
    if value == 0 {
        return missing(field);
    }
    YearMonth::new(value).or_else(|_| wrong(field, "a month is written yyyymm, from 195001 to 209912"))
}

pub fn moment(field: &str, value: i64) -> Read<Moment> {
    if value <= 0 { missing(field) } else { Ok(Moment(value)) }
}

/// An amount the form needs: present, more than zero.
pub fn amount(field: &str, value: Option<i64>) -> Read<Fen> {
    needed(field, amount_if_any(field, value)?)
}

pub fn amount_if_any(field: &str, value: Option<i64>) -> Read<Option<Fen>> {
    let Some(fen) = value else { return Ok(None) };
    Fen::new(fen).map_or_else(|| wrong(field, "an amount must be more than zero"), |fen| Ok(Some(fen)))
}

pub fn message_id(field: &str, value: &[u8]) -> Read<MessageId> {
    Uuid::from_slice(value).map(MessageId).or_else(|_| missing(field))
}

pub fn digest(field: &str, value: &[u8]) -> Read<Digest> {
    <[u8; 32]>::try_from(value).map(Digest).or_else(|_| missing(field))
}
