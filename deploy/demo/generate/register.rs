//! One agency's record of one person: relation, account and contribution periods that agree with each other.

use chrono::{Datelike, NaiveDate};

use super::dice::Dice;
use super::identity::Identity;

/// Months since year 0. The last month anybody has paid for: 2026-11.
pub const THIS_MONTH: i32 = month(2026, 11);

pub const fn month(year: i32, month: i32) -> i32 {
    year * 12 + month - 1
}

pub fn yyyymm(index: i32) -> i32 {
    index / 12 * 100 + index % 12 + 1
}

pub fn first_day(index: i32) -> NaiveDate {
    let number = (index % 12 + 1).unsigned_abs();
    NaiveDate::from_ymd_opt(index / 12, number, 1).expect("the first of a month is a date")
}

pub fn last_day(index: i32) -> NaiveDate {
    first_day(index + 1).pred_opt().expect("no month is the first of all")
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Active,
    Stopped,
    Retired,
    Deceased,
}

impl Status {
    pub fn word(self) -> &'static str {
        match self {
            Status::Active => "active",
            Status::Stopped => "stopped",
            Status::Retired => "retired",
            Status::Deceased => "deceased",
        }
    }
}

#[derive(Clone, Copy)]
pub struct Period {
    pub from: i32,
    pub to: i32,
    pub insurance: u16,
    pub nature: &'static str,
    pub base_fen: Option<i64>,
}

#[derive(Clone)]
pub struct Record {
    pub identity: Identity,
    /// As written in this register; may differ from the person's documents on purpose.
    pub name: String,
    pub insurance: u16,
    pub scheme: Option<u8>,
    pub status: Status,
    pub status_on: NaiveDate,
    pub arrears: bool,
    pub open_claims: bool,
    pub balance_fen: i64,
    pub periods: Vec<Period>,
    /// Moves under an application; everybody else just lives here.
    pub mover: bool,
}

impl Record {
    /// 职工 with a personal account, paid from `start` to `end`, still insured.
    pub fn employee(dice: &mut Dice, identity: &Identity, start: i32, end: i32) -> Record {
        let periods = history(dice, start, end, 310);
        Record {
            identity: identity.clone(),
            name: identity.name.clone(),
            insurance: 310,
            scheme: Some(1),
            status: Status::Active,
            status_on: first_day(periods[0].from),
            arrears: false,
            open_claims: false,
            balance_fen: balance(dice),
            periods,
            mover: false,
        }
    }

    /// 居民: no account.
    pub fn resident(dice: &mut Dice, identity: &Identity, start: i32, end: i32) -> Record {
        let periods = history(dice, start, end, 390);
        let status_on = first_day(periods[0].from);
        Record {
            insurance: 390,
            scheme: None,
            status_on,
            balance_fen: 0,
            periods,
            ..Record::employee(dice, identity, start, end)
        }
    }

    /// The relation ended with its last paid month.
    pub fn ended(mut self, status: Status) -> Record {
        self.status = status;
        self.status_on = last_day(self.periods.last().expect("a record has periods").to);
        self
    }

    pub fn with_account(mut self, scheme: u8, balance_fen: i64) -> Record {
        (self.scheme, self.balance_fen) = (Some(scheme), balance_fen);
        self
    }
}

/// Mostly some thousand yuan; sometimes a few fen or a small fortune. Never zero.
fn balance(dice: &mut Dice) -> i64 {
    let (low, high) = match dice.below(100) {
        0..4 => (1, 99),
        4..64 => (10_000, 500_000),
        64..95 => (500_000, 2_000_000),
        _ => (2_000_000, 6_500_000),
    };
    i64::from(dice.between(low, high))
}

/// Up to six rows that never overlap; some leave a gap, as people do between two jobs.
fn history(dice: &mut Dice, start: i32, end: i32, insurance: u16) -> Vec<Period> {
    let span = end - start + 1;
    let rows = dice.between(2, 6).min(span.div_euclid(3).max(1));
    let mut begins: Vec<i32> = (1..rows).map(|_| dice.between(start + 1, end)).collect();
    begins.push(start);
    begins.sort_unstable();
    begins.dedup();
    let mut periods = Vec::new();
    let mut base_fen = i64::from(dice.between(2_000, 5_000)) * 100;
    for (at, &begin) in begins.iter().enumerate() {
        let to = begins.get(at + 1).map_or(end, |next| next - 1);
        let gap = if at > 0 && dice.percent(20) { dice.between(1, 5) } else { 0 };
        let from = if begin + gap <= to { begin + gap } else { begin };
        base_fen += i64::from(dice.between(0, 900)) * 100;
        periods.push(Period {
            from,
            to,
            insurance: historic(insurance, to),
            nature: nature(dice, insurance, to),
            base_fen: (insurance == 310).then_some(base_fen),
        });
    }
    periods
}

/// Residents were insured in two older systems until they were merged.
fn historic(insurance: u16, to: i32) -> u16 {
    match insurance {
        390 if to < month(2012, 1) => 380,
        390 if to < month(2017, 1) => 391,
        _ => insurance,
    }
}

fn nature(dice: &mut Dice, insurance: u16, to: i32) -> &'static str {
    if insurance == 310 && to < month(2001, 1) {
        "deemed"
    } else if insurance == 310 && dice.percent(5) {
        "back_paid"
    } else {
        "actual"
    }
}

/// The month working life began, for somebody who must have paid at least two years before `end`.
pub fn working_since(dice: &mut Dice, identity: &Identity, end: i32) -> i32 {
    let earliest = (identity.birth.year() + 20).max(1990);
    let latest = (end / 12 - 2).max(earliest);
    month(dice.between(earliest, (earliest + 8).min(latest)), dice.between(1, 12)).min(end - 12)
}
