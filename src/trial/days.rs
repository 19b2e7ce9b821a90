//! 虚拟时钟: a year and more at three agencies in a few minutes. Every morning the clocks of all daemons are set ahead;
//! on working days applications come in, the bank books, and the statements of the working day before arrive. Two
//! things are slow on purpose, so that the clocks have something to ask for.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use chrono::{Datelike, Days, NaiveDate, Weekday};

use super::courier::{self, BankFolder};
use super::exchange::{Agency, Exchange};
use super::watch;
use super::window::Window;
use crate::daemon::Request;
use crate::domain::calendar::Calendar;
use crate::domain::event::Application;
use crate::domain::time::Moment;
use crate::store::proof::Proof;

/// The first day. All of its year and the one before are in the shipped calendar, the next year is not.
pub const FIRST: NaiveDate = day(2026, 1, 5);
/// So that the register, which ends in 2026-11, ends before the first day.
pub const MONTHS_BACK: u32 = 11;
/// 停机: the agency's daemon is away over the Spring Festival and some working days on both sides of it.
const AWAY: (&str, NaiveDate, NaiveDate) = ("441700", day(2026, 2, 3), day(2026, 3, 6));
/// The agency takes no statements: money lies at its bank and is not credited.
const SLOW: (&str, NaiveDate, NaiveDate) = ("450200", day(2026, 5, 7), day(2026, 6, 12));
/// The working day begins.
const MORNING_MS: i64 = 9 * 3_600_000;
/// The bank books and goes home.
const EVENING_MS: i64 = 17 * 3_600_000;
/// Nothing has changed for this long: the day's messages are through.
const STILL: Duration = Duration::from_millis(60);
const LOOK_EVERY: Duration = Duration::from_millis(15);
const DAY_LIMIT: Duration = Duration::from_secs(120);

const fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("a date")
}

/// The moment the exchange's clocks show when it starts.
pub fn start() -> Moment {
    before_work(FIRST)
}

/// A clock that runs while a daemon starts must not pass the morning it is set to.
fn before_work(day: NaiveDate) -> Moment {
    morning(day).plus_ms(-3_600_000)
}

/// The last of so many days.
pub fn last(days: u32) -> NaiveDate {
    FIRST.checked_add_days(Days::new(u64::from(days.saturating_sub(1)))).unwrap_or(FIRST)
}

fn morning(day: NaiveDate) -> Moment {
    Moment::start_of(day).plus_ms(MORNING_MS)
}

/// An agency's counter: the applications of the whole time, the next one last.
struct Counter {
    rows: Vec<Application>,
    all: usize,
}

impl Counter {
    fn of(mut rows: Vec<Application>) -> Counter {
        rows.reverse();
        Counter { all: rows.len(), rows }
    }

    /// Those of today, so that all are spread evenly over the working days; what waited while the agency was away too.
    fn today(&mut self, (to_come, worked): (usize, usize), day: NaiveDate) -> Vec<Application> {
        let rows = self.rows.split_off((self.all * to_come / worked).min(self.rows.len()));
        rows.into_iter().rev().map(|row| Application { applied_on: day, ..row }).collect()
    }
}

pub struct Run<'a> {
    pub exchange: &'a Arc<Exchange>,
    pub data: &'a Path,
    /// The bank's program, its accounts and its books.
    pub bank: &'a Path,
    pub accounts: &'a Path,
    pub books: &'a Path,
    pub folders: &'a [BankFolder],
    pub proofs: &'a [Proof],
    pub days: u32,
}

impl Run<'_> {
    /// All days, one after the other; `tell` gets each day and what happened on it.
    pub async fn all(&self, tell: impl Fn(NaiveDate, Option<String>)) -> anyhow::Result<()> {
        let calendar = Calendar::shipped();
        let mut windows: Vec<Window> = self.agencies().iter().map(Agency::window).collect();
        for agency in self.agencies() {
            courier::import_register(agency, self.data, MONTHS_BACK).await?;
        }
        let mut counters = Vec::new();
        for agency in self.agencies() {
            counters.push(Counter::of(courier::applications(agency, self.data)?));
        }
        let worked = FIRST.iter_days().take(self.days as usize).filter(|day| works(*day, &calendar)).count();
        let mut to_come = worked;
        for day in FIRST.iter_days().take(self.days as usize) {
            if day == AWAY.1 {
                self.leave().await?;
            }
            if day == AWAY.2 {
                self.come_back(day).await?;
            }
            self.set_clocks(morning(day), &mut windows).await?;
            tell(day, remark(day, &calendar));
            if works(day, &calendar) {
                to_come -= 1;
                self.office_hours(day, (to_come, worked), &mut counters, &mut windows).await?;
            }
            self.settle().await?;
        }
        self.wind_down(last(self.days), &mut windows).await
    }

    /// What is slow on purpose ends before the books are compared: who is away comes back, every statement is taken.
    async fn wind_down(&self, day: NaiveDate, windows: &mut [Window]) -> anyhow::Result<()> {
        if self.agencies().iter().any(|agency| !agency.is_running()) {
            self.come_back(day).await?;
        }
        let evening = Moment::start_of(day).plus_ms(EVENING_MS);
        self.set_clocks(evening.plus_ms(3_600_000), windows).await?;
        self.settle().await?;
        // Payments that the last statements and letters have released reach the other side's statement, too.
        for _ in 0..2 {
            for (window, folder) in windows.iter_mut().zip(self.folders) {
                courier::hand_over_payments(window, folder).await?;
            }
            self.book(day).await?;
            for (window, folder) in windows.iter_mut().zip(self.folders) {
                courier::take_statements(window, folder).await?;
            }
            self.settle().await?;
        }
        Ok(())
    }

    fn agencies(&self) -> &[Agency] {
        &self.exchange.agencies
    }

    async fn set_clocks(&self, to: Moment, windows: &mut [Window]) -> anyhow::Result<()> {
        for (agency, window) in self.agencies().iter().zip(windows) {
            if agency.is_running() {
                window.ask(&Request::SetClock { to }).await?;
            }
        }
        Ok(())
    }

    async fn office_hours(
        &self,
        day: NaiveDate,
        working_days: (usize, usize),
        counters: &mut [Counter],
        windows: &mut [Window],
    ) -> anyhow::Result<()> {
        for (at, agency) in self.agencies().iter().enumerate().filter(|(_, agency)| agency.is_running()) {
            if !is_within(SLOW, agency, day) {
                courier::take_statements(&mut windows[at], &self.folders[at]).await?;
            }
            courier::apply(agency, counters[at].today(working_days, day)).await?;
        }
        self.settle().await?;
        self.set_clocks(Moment::start_of(day).plus_ms(EVENING_MS), windows).await?;
        for (at, _) in self.agencies().iter().enumerate().filter(|(_, agency)| agency.is_running()) {
            courier::hand_over_payments(&mut windows[at], &self.folders[at]).await?;
        }
        self.book(day).await
    }

    /// The bank's working day.
    async fn book(&self, day: NaiveDate) -> anyhow::Result<()> {
        let mut bank = tokio::process::Command::new(self.bank);
        bank.arg("--dir").arg(self.books).arg("--accounts").arg(self.accounts).arg("--plant");
        let booked =
            bank.arg("--booked-on").arg(day.to_string()).output().await.context("the bank cannot be started")?;
        ensure!(booked.status.success(), "the bank failed: {}", String::from_utf8_lossy(&booked.stderr));
        Ok(())
    }

    /// Waits until the day's messages are through; those to an agency that is away stay where they are.
    async fn settle(&self) -> anyhow::Result<()> {
        let begun = Instant::now();
        let (mut last, mut since) = (None, Instant::now());
        while begun.elapsed() < DAY_LIMIT {
            let all = watch::progress(self.proofs).await?;
            let unreceipted: Vec<i64> = all.iter().map(|it| it.unfinished.unreceipted + it.unfinished.early).collect();
            let now = Some((watch::fingerprint(&all), unreceipted));
            if now != last {
                (last, since) = (now, Instant::now());
            } else if since.elapsed() >= STILL {
                return Ok(());
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Ok(())
    }

    async fn leave(&self) -> anyhow::Result<()> {
        let exchange = Arc::clone(self.exchange);
        tokio::task::spawn_blocking(move || {
            exchange.agencies.iter().filter(|agency| agency.code.as_str() == AWAY.0).for_each(Agency::stop);
        })
        .await?;
        Ok(())
    }

    async fn come_back(&self, day: NaiveDate) -> anyhow::Result<()> {
        for agency in self.agencies().iter().filter(|agency| agency.code.as_str() == AWAY.0) {
            if !agency.is_running() {
                agency.start_at(before_work(day))?;
            }
        }
        self.exchange.ready().await
    }
}

fn is_within((code, from, to): (&str, NaiveDate, NaiveDate), agency: &Agency, day: NaiveDate) -> bool {
    agency.code.as_str() == code && from <= day && day < to
}

/// Offices keep to the calendar; in a year that has none yet, to the days of the week.
fn works(day: NaiveDate, calendar: &Calendar) -> bool {
    calendar.is_working_day(day).unwrap_or(is_weekday(day))
}

fn is_weekday(day: NaiveDate) -> bool {
    !matches!(day.weekday(), Weekday::Sat | Weekday::Sun)
}

/// What is worth a line on this day.
fn remark(day: NaiveDate, calendar: &Calendar) -> Option<String> {
    let yesterday = day.checked_sub_days(Days::new(1))?;
    let works = calendar.is_working_day(day);
    if day == AWAY.1 {
        return Some("阳江停机，至 3 月 6 日 / Yangjiang is away until 6 March".to_owned());
    }
    if day == AWAY.2 {
        return Some("阳江恢复，积压自动处理 / Yangjiang is back and works off what waited".to_owned());
    }
    if day == SLOW.1 {
        return Some("柳州暂停导入银行流水，至 6 月 12 日 / Liuzhou takes no bank statements until 12 June".to_owned());
    }
    if day == SLOW.2 {
        return Some("柳州恢复导入银行流水 / Liuzhou takes statements again".to_owned());
    }
    match works {
        None if calendar.is_working_day(yesterday).is_some() => Some(format!(
            "{} 年日历尚未公布，到期日为暂定 / no calendar for {} yet: deadlines are provisional",
            day.year(),
            day.year()
        )),
        Some(true) if !is_weekday(day) => Some("调休上班 / a worked weekend day".to_owned()),
        Some(false) if calendar.is_working_day(yesterday) == Some(true) => {
            let off: Vec<NaiveDate> =
                day.iter_days().take_while(|day| calendar.is_working_day(*day) == Some(false)).collect();
            let is_weekend = !off.iter().any(|day| is_weekday(*day));
            (!is_weekend).then(|| format!("法定假日，连休 {} 天 / a public holiday, {} days off", off.len(), off.len()))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_festival_is_off_its_saturday_is_worked_and_the_next_year_is_not_known() {
        let calendar = Calendar::shipped();
        let says = |year, month, date| remark(day(year, month, date), &calendar).unwrap_or_default();
        assert!(says(2026, 2, 15).contains("9 days off"), "{}", says(2026, 2, 15));
        assert!(!works(day(2026, 2, 17), &calendar));
        assert!(works(day(2026, 2, 14), &calendar) && says(2026, 2, 14).contains("调休上班"));
        assert!(says(2027, 1, 1).contains("2027"));
        assert!(works(day(2027, 1, 4), &calendar) && !works(day(2027, 1, 3), &calendar));
        assert_eq!(remark(day(2026, 1, 10), &calendar), None, "a weekend");
        assert_eq!(remark(day(2026, 1, 6), &calendar), None);
        assert_eq!(last(400), day(2027, 2, 8));
    }
}
