//! People who do not exist: each stopped at one agency, active at the other, and about to move. No address of their
//! documents belongs to anybody.

use chrono::NaiveDate;

use crate::domain::event::{Application, PeriodsEntry, RegisterEntry};
use crate::domain::forms::{AccountScheme, Insurance, Nature, Period};
use crate::domain::ids::{AgencyCode, ApplicationNo, PersonNo};
use crate::domain::money::Balance;
use crate::domain::person::{Document, DocumentType, PersonName};
use crate::domain::register::{InsuredPerson, RelationStatus};
use crate::domain::time::YearMonth;

const SURNAMES: [&str; 10] = ["王", "李", "张", "刘", "陈", "杨", "黄", "赵", "吴", "周"];
const GIVEN: [&str; 20] = [
    "伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "娟", "涛", "明", "超", "兰", "霞",
    "平",
];
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/// Which agency takes this person in: both directions in turn.
pub fn incoming(number: usize) -> usize {
    number % 2
}

fn name(number: usize) -> anyhow::Result<PersonName> {
    let pick = |names: &[&'static str], at: usize| names[at % names.len()];
    let text = [pick(&SURNAMES, number), pick(&GIVEN, number / 10), pick(&GIVEN, number / 200)].concat();
    Ok(PersonName::new(&text)?)
}

/// Address 000000, a birth date and a running number: up to about 13 million people.
fn document(number: usize) -> anyhow::Result<Document> {
    let born = NaiveDate::from_ymd_opt(1965, 1, 1).expect("a date");
    let born = born + chrono::Days::new(u64::try_from(number / 900)? % 14_000);
    let digits = format!("000000{}{:03}", born.format("%Y%m%d"), 100 + number % 900);
    let sum: u32 = digits.bytes().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    let check = char::from(b"10X98765432"[usize::try_from(sum % 11)?]);
    Ok(Document::new(DocumentType::ResidentId, &format!("{digits}{check}"))?)
}

fn person_no(number: usize, agency: usize) -> anyhow::Result<PersonNo> {
    Ok(PersonNo::new(&format!("{}{number:09}", agency + 1))?)
}

fn day(year: i32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, 3, 1).expect("a date")
}

/// A row of the register of agency 0 or 1.
pub fn entry(number: usize, agency: usize) -> anyhow::Result<RegisterEntry> {
    let is_new = incoming(number) == agency;
    let document = document(number)?;
    let person = InsuredPerson {
        person_no: person_no(number, agency)?,
        name: name(number)?,
        sex: document.sex(),
        birth_date: document.birth_date(),
        document,
        insurance: Insurance::Employee,
        scheme: Some(AccountScheme::Combined),
        status: if is_new { RelationStatus::Active } else { RelationStatus::Stopped },
        status_on: day(if is_new { 2026 } else { 2025 }),
        died_on: None,
        arrears: false,
        open_claims: false,
        employer: Some("虚构样例有限公司".to_owned()),
        phone: None,
    };
    let balance = if is_new { 0 } else { 100_000 + i64::try_from(number % 900_000)? };
    Ok(RegisterEntry { person, balance: Balance(balance) })
}

pub fn periods(number: usize, agency: usize) -> anyhow::Result<PeriodsEntry> {
    let spans: &[(u32, u32)] = if incoming(number) == agency {
        &[(202603, 202610)]
    } else {
        &[(201001, 201412), (201503, 201912), (202001, 202502)]
    };
    let code = if agency == 0 { "530800" } else { "450200" };
    let period = |(from, to): &(u32, u32)| {
        let (from, to) = (YearMonth::new(*from)?, YearMonth::new(*to)?);
        anyhow::Ok(Period {
            from,
            to,
            insurance: Insurance::Employee,
            nature: Nature::Actual,
            months: from.months_to(to),
            broken: false,
            agency: code.to_owned(),
            base: Balance(500_000).positive(),
        })
    };
    Ok(PeriodsEntry {
        person_no: person_no(number, agency)?,
        periods: spans.iter().map(period).collect::<Result<_, _>>()?,
    })
}

pub fn application(number: usize, cities: [(&str, &str); 2]) -> anyhow::Result<Application> {
    Ok(Application {
        application_no: ApplicationNo::new(&format!("BENCH-{number:09}"))?,
        applied_on: day(2026),
        channel: "bench".to_owned(),
        document: document(number)?,
        name: name(number)?,
        incoming: None,
        outgoing: AgencyCode::new(cities[1 - incoming(number)].0)?,
        insurance_out: Insurance::Employee,
        insurance_in: Insurance::Employee,
        certificate_no: None,
        phone: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn everybody_has_a_document_of_their_own_and_moves_once() {
        let mut seen = HashSet::new();
        for number in 0..5_000 {
            let document = document(number).expect("a valid document");
            assert!(seen.insert(document.number().to_owned()), "{number}");
            let [a, b] = [0, 1].map(|agency| entry(number, agency).expect("an entry").person.status);
            assert_ne!(a, b);
        }
    }
}
