use std::collections::{BTreeMap, BTreeSet};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::domain::forms::{Insurance, Nature};

fn month(yyyymm: u32) -> YearMonth {
    YearMonth::new(yyyymm).expect("a month")
}

fn row(from: u32, to: u32, insurance: Insurance, nature: Nature) -> Period {
    let (from, to) = (month(from), month(to));
    Period {
        from,
        to,
        insurance,
        nature,
        months: from.months_to(to),
        broken: false,
        agency: "000000".into(),
        base: None,
    }
}

fn paid(from: u32, to: u32) -> Period {
    row(from, to, Insurance::Employee, Nature::Actual)
}

#[test]
fn a_month_paid_twice_counts_once() {
    let months = months_of(&[paid(202_401, 202_406), paid(202_404, 202_409)]);
    assert_eq!(months, Months { actual: 9, deemed: 0, continuous: 9 });
    let deemed = row(202_301, 202_402, Insurance::Employee, Nature::Deemed);
    let months = months_of(&[deemed, paid(202_401, 202_406)]);
    assert_eq!(months, Months { actual: 6, deemed: 12, continuous: 18 });
    assert_eq!(months_of(&[]), Months::default());
}

#[test]
fn employee_and_resident_months_are_sets_of_their_own() {
    let resident = row(202_401, 202_412, Insurance::Resident, Nature::Actual);
    let rural = row(200_901, 200_912, Insurance::RuralCooperative, Nature::Actual);
    let rows = [paid(202_407, 202_408), resident, rural];
    assert_eq!(months_of_family(&rows, true), Months { actual: 2, deemed: 0, continuous: 2 });
    assert_eq!(months_of_family(&rows, false), Months { actual: 24, deemed: 0, continuous: 12 });
    assert_eq!(months_of(&rows), Months { actual: 26, deemed: 0, continuous: 12 });
}

#[test]
fn continuous_is_the_run_that_ends_last() {
    let months = months_of(&[paid(202_001, 202_112), paid(202_303, 202_305)]);
    assert_eq!((months.actual, months.continuous), (27, 3));
    assert_eq!(months_of(&[paid(202_011, 202_012), paid(202_101, 202_102)]).continuous, 4);
}

#[test]
fn a_merge_splits_rows_where_they_overlap() {
    let merged = merge(&[paid(202_403, 202_404), paid(202_408, 202_412)], &[paid(202_401, 202_409)]);
    assert_eq!(merged.added, [paid(202_401, 202_402), paid(202_405, 202_407)]);
    assert_eq!((merged.months_credited, merged.months_overlapping), (5, 4));
    let other = row(202_401, 202_412, Insurance::Resident, Nature::Actual);
    let merged = merge(&[other], &[paid(202_401, 202_403)]);
    assert_eq!((merged.months_credited, merged.months_overlapping), (3, 0));
    assert_eq!(merged.added, [paid(202_401, 202_403)]);
}

#[test]
fn a_second_merge_of_the_same_record_adds_nothing() {
    let incoming = [paid(202_401, 202_406), row(201_001, 201_012, Insurance::Employee, Nature::Deemed)];
    let first = merge(&[], &incoming);
    assert_eq!(first.months_credited, 18);
    let second = merge(&first.added, &incoming);
    assert_eq!((second.added.len(), second.months_credited, second.months_overlapping), (0, 0, 18));
}

#[test]
fn a_broken_row_stays_whole_unless_another_touches_it() {
    let broken = Period { months: 10, broken: true, ..paid(202_401, 202_412) };
    let merged = merge(&[paid(202_301, 202_312)], std::slice::from_ref(&broken));
    assert_eq!((merged.added, merged.months_credited), (vec![broken.clone()], 10));
    let merged = merge(&[paid(202_411, 202_412)], std::slice::from_ref(&broken));
    assert_eq!(merged.added, [paid(202_401, 202_410)]);
    assert_eq!(merged.months_credited, 10);
    assert_eq!(tidy(std::slice::from_ref(&broken)), [broken]);
}

#[test]
fn tidy_rows_keep_every_month_and_what_it_counts_as() {
    let deemed = row(202_401, 202_406, Insurance::Employee, Nature::Deemed);
    let rows = tidy(&[deemed.clone(), paid(202_403, 202_404), paid(202_404, 202_404)]);
    assert_eq!(
        rows,
        [
            Period { to: month(202_402), months: 2, ..deemed.clone() },
            paid(202_403, 202_404),
            Period { from: month(202_405), months: 2, ..deemed }
        ]
    );
}

/// Some rows of a life: overlapping, of every insurance and nature, some broken.
fn record(random: &mut ChaCha8Rng) -> Vec<Period> {
    (0..random.random_range(0..7))
        .map(|_| {
            let from = month(202_001).index() + random.random_range(0..30u32);
            let span = random.random_range(1..=14u32);
            let broken = random.random_range(0..5u32) == 0;
            let months = if broken { random.random_range(1..=span) } else { span };
            Period {
                from: YearMonth::from_index(from).expect("a month"),
                to: YearMonth::from_index(from + span - 1).expect("a month"),
                insurance: Insurance::ALL[random.random_range(0..4usize)],
                nature: [Nature::Actual, Nature::BackPaid, Nature::Deemed][random.random_range(0..3usize)],
                months,
                broken: months < span,
                agency: format!("00000{}", random.random_range(0..3u32)),
                base: None,
            }
        })
        .collect()
}

/// The slow truth: (family, month) → counts as paid.
fn brute(rows: &[Period]) -> BTreeMap<(bool, u32), bool> {
    let mut months = BTreeMap::new();
    for row in rows {
        for nth in 0..row.months {
            let paid: &mut bool = months.entry((row.insurance.is_employee(), row.from.index() + nth)).or_default();
            *paid |= !row.nature.is_deemed();
        }
    }
    months
}

#[test]
fn ten_thousand_random_records_agree_with_counting_month_by_month() {
    let mut random = ChaCha8Rng::seed_from_u64(20_261_122);
    for round in 0..10_000 {
        let (existing, incoming) = (record(&mut random), record(&mut random));
        let (here, coming) = (brute(&existing), brute(&incoming));

        for employee in [true, false] {
            let set: BTreeMap<u32, bool> =
                here.iter().filter(|(key, _)| key.0 == employee).map(|(key, paid)| (key.1, *paid)).collect();
            let mut continuous = 0;
            let mut at = set.keys().next_back().copied();
            while let Some(month) = at.filter(|month| set.contains_key(month)) {
                continuous += 1;
                at = month.checked_sub(1);
            }
            let actual = u32::try_from(set.values().filter(|paid| **paid).count()).expect("few");
            let deemed = u32::try_from(set.len()).expect("few") - actual;
            assert_eq!(months_of_family(&existing, employee), Months { actual, deemed, continuous }, "round {round}");
        }

        let merged = merge(&existing, &incoming);
        let here: BTreeSet<_> = here.into_keys().collect();
        let coming: BTreeSet<_> = coming.into_keys().collect();
        assert_eq!(merged.months_credited as usize, coming.difference(&here).count(), "round {round}");
        assert_eq!(merged.months_overlapping as usize, coming.intersection(&here).count(), "round {round}");
        let added: BTreeSet<_> = brute(&merged.added).into_keys().collect();
        assert_eq!(added, coming.difference(&here).copied().collect(), "round {round}: exactly the new months");
        let sum: u32 = merged.added.iter().map(|row| row.months).sum();
        assert_eq!(sum, merged.months_credited, "round {round}: no month in two added rows");

        let rows = tidy(&existing);
        assert_eq!(brute(&rows), brute(&existing), "round {round}: tidying changes no month");
        for employee in [true, false] {
            let family: Vec<_> = rows.iter().filter(|row| row.insurance.is_employee() == employee).collect();
            assert!(family.windows(2).all(|two| two[0].to < two[1].from), "round {round}: no two rows overlap");
        }
        let total: u32 = rows.iter().map(|row| row.months).sum();
        assert_eq!(months_of(&existing).total(), total, "round {round}: the rows add up to the totals");
    }
}

/// Every month of a family with the best it counts as, and no other family's.
fn natures(rows: &[Period]) -> BTreeMap<(bool, u32), Nature> {
    let mut months = BTreeMap::new();
    for row in rows {
        for nth in 0..row.months {
            let nature = months.entry((row.insurance.is_employee(), row.from.index() + nth)).or_insert(row.nature);
            *nature = row.nature.min(*nature);
        }
    }
    months
}

#[test]
fn merging_adds_what_is_new_as_it_was_paid_and_never_across_families() {
    let mut random = ChaCha8Rng::seed_from_u64(43);
    let mut overlapping = 0;
    for round in 0..4_000 {
        let (existing, incoming) = (record(&mut random), record(&mut random));
        let (here, coming) = (natures(&existing), natures(&incoming));
        let merged = merge(&existing, &incoming);
        let new: BTreeMap<_, _> = coming
            .iter()
            .filter(|(month, _)| !here.contains_key(month))
            .map(|(month, nature)| (*month, *nature))
            .collect();
        assert_eq!(natures(&merged.added), new, "round {round}: a month counts as its best incoming row says");
        let taken = merged.months_credited + merged.months_overlapping;
        assert_eq!(taken as usize, coming.len(), "round {round}: each incoming month is credited or overlapping");
        overlapping += merged.months_overlapping;

        let both: Vec<Period> = existing.iter().chain(&merged.added).cloned().collect();
        for employee in [true, false] {
            let of = |rows: &[Period]| months_of_family(rows, employee).total();
            assert_eq!(of(&both), of(&existing) + of(&merged.added), "round {round}: families never add up");
            // A family that the sheet does not name stays as it was.
            if incoming.iter().all(|row| row.insurance.is_employee() != employee) {
                assert_eq!(of(&merged.added), 0, "round {round}: months of another family came in");
            }
        }
        assert_eq!(merge(&both, &incoming).months_credited, 0, "round {round}: nothing is credited twice");
        let cut = random.random_range(0..=incoming.len());
        let first = merge(&existing, &incoming[..cut]);
        let then: Vec<Period> = existing.iter().chain(&first.added).cloned().collect();
        let second = merge(&then, &incoming[cut..]);
        let in_two = first.months_credited + second.months_credited;
        assert_eq!(in_two, merged.months_credited, "round {round}: two sheets bring what one brings");
        let broken = |row: &&Period| row.broken;
        for row in merged.added.iter().filter(broken) {
            assert!(incoming.contains(row), "round {round}: a broken row stays whole or is written out");
        }
    }
    assert!(overlapping > 1_000, "the records met too seldom: {overlapping}");
}
