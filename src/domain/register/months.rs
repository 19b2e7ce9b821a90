//! 缴费月数: contribution months as sets, one set per family (职工, 居民). A month is in a set or it is not, so a month
//! paid twice counts once whatever the rows say.

use std::collections::BTreeMap;

use crate::domain::forms::{Months, Period};
use crate::domain::time::YearMonth;

/// What an incoming record adds to an existing one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Merged {
    /// Rows for the months the person did not have: the incoming rows, split where they overlap. In order of `from`.
    pub added: Vec<Period>,
    /// Months in `added`.
    pub months_credited: u32,
    /// Months of the incoming record that the person had here already.
    pub months_overlapping: u32,
}

/// The months of one family by number, each with the row that counts for it.
type MonthSet<'a> = BTreeMap<u32, &'a Period>;

/// The months a row counts for. Where inside a broken row the missing months lie is unknown: its first months count.
fn months_in(row: &Period) -> impl Iterator<Item = u32> {
    let first = row.from.index();
    first..first + row.months.min(row.from.months_to(row.to))
}

/// Paid beats deemed; among equals the earlier row stays.
fn set_of(periods: &[Period], employee: bool) -> MonthSet<'_> {
    let mut set = MonthSet::new();
    for row in periods.iter().filter(|row| row.insurance.is_employee() == employee) {
        for month in months_in(row) {
            let counts = set.entry(month).or_insert(row);
            if row.nature < counts.nature {
                *counts = row;
            }
        }
    }
    set
}

fn count(set: &MonthSet<'_>) -> Months {
    let length = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let deemed = length(set.values().filter(|row| row.nature.is_deemed()).count());
    let run = set.keys().rev().zip(set.keys().rev().skip(1)).take_while(|(later, earlier)| **earlier + 1 == **later);
    Months { actual: length(set.len()) - deemed, deemed, continuous: length(run.count()) + u32::from(!set.is_empty()) }
}

/// The months of one family: employee (`true`) or resident (`false`). Overlapping rows count once, paid beats deemed.
pub fn months_of_family(periods: &[Period], employee: bool) -> Months {
    count(&set_of(periods, employee))
}

/// The totals of a record as a sheet states them: the sum over its rows, each family a set of its own; `continuous` is
/// of the family insured last. What a person is entitled to is asked per family: [`months_of_family`].
pub fn months_of(periods: &[Period]) -> Months {
    let (employee, resident) = (set_of(periods, true), set_of(periods, false));
    let last = |set: &MonthSet<'_>| set.last_key_value().map(|(month, _)| *month);
    let continuous = if last(&employee) >= last(&resident) { count(&employee) } else { count(&resident) }.continuous;
    let (employee, resident) = (count(&employee), count(&resident));
    Months { actual: employee.actual + resident.actual, deemed: employee.deemed + resident.deemed, continuous }
}

/// Adds the incoming months the person does not have yet, per family; what is there already stays as it is.
pub fn merge(existing: &[Period], incoming: &[Period]) -> Merged {
    let mut merged = Merged::default();
    for employee in [true, false] {
        let here = set_of(existing, employee);
        let coming = set_of(incoming, employee);
        let new: MonthSet<'_> =
            coming.iter().filter(|(month, _)| !here.contains_key(month)).map(|(month, row)| (*month, *row)).collect();
        let taken = existing.iter().filter(|row| row.insurance.is_employee() == employee);
        merged.months_credited += u32::try_from(new.len()).unwrap_or(u32::MAX);
        merged.months_overlapping += u32::try_from(coming.len() - new.len()).unwrap_or(u32::MAX);
        let others: Vec<&Period> =
            taken.chain(incoming.iter().filter(|row| row.insurance.is_employee() == employee)).collect();
        merged.added.extend(rows_of(&new, &others));
    }
    merged.added.sort_by_key(|row| (row.from, row.to));
    merged
}

/// The same months in rows that do not overlap within a family, in order of `from`: as a sheet lists them.
pub fn tidy(periods: &[Period]) -> Vec<Period> {
    let mut rows = Vec::new();
    for employee in [true, false] {
        let family: Vec<&Period> = periods.iter().filter(|row| row.insurance.is_employee() == employee).collect();
        rows.extend(rows_of(&set_of(periods, employee), &family));
    }
    rows.sort_by_key(|row| (row.from, row.to));
    rows
}

/// Writes a set as rows: one for each run of months that count for the same row. A broken row stays whole where no
/// other of the `family` touches its span; else its counted months are written out.
fn rows_of(set: &MonthSet<'_>, family: &[&Period]) -> Vec<Period> {
    let mut rows: Vec<(Period, &Period)> = Vec::new();
    for (index, source) in set {
        let month = YearMonth::from_index(*index).expect("between two months of a row");
        match rows.last_mut() {
            Some((row, of)) if std::ptr::eq(*of, *source) && row.to.index() + 1 == *index => {
                row.to = month;
                row.months += 1;
            }
            _ => rows.push((Period { from: month, to: month, months: 1, broken: false, ..(*source).clone() }, source)),
        }
    }
    let alone = |source: &Period| {
        family.iter().all(|other| std::ptr::eq(*other, source) || other.to < source.from || source.to < other.from)
    };
    rows.into_iter().map(|(row, source)| if source.broken && alone(source) { source.clone() } else { row }).collect()
}

#[cfg(test)]
mod tests;
