use serde_json::Value;

use super::*;

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

fn file_of_2026() -> YearFile {
    YearFile::parse(SHIPPED[2]).expect("the file of 2026")
}

#[test]
fn every_published_vector_holds() {
    let calendar = Calendar::shipped();
    let vectors: Vec<Value> =
        serde_json::from_str(include_str!("../../../tests/vectors/workday-vectors.json")).expect("json");
    assert_eq!(vectors.len(), 11);
    for vector in &vectors {
        let text = |key: &str| vector[key].as_str().expect("a text");
        let received = day(text("received"));
        assert_eq!(received.weekday().to_string(), text("weekday"));
        assert_eq!(calendar.is_working_day(received), vector["is_workday"].as_bool(), "{received}");
        for (key, n) in [("plus_5", 5), ("plus_10", 10), ("plus_15", 15)] {
            let due = calendar.working_days_after(received, n);
            match text(key) {
                "CALENDAR_NOT_COVERED" => {
                    assert_eq!(due, Due::Provisional { not_before: day("2027-01-01") }, "{received} + {n}");
                }
                expected => assert_eq!(due, Due::On(day(expected)), "{received} + {n}"),
            }
        }
    }
}

#[test]
fn counting_by_hand_gives_the_same_from_every_day() {
    let calendar = Calendar::shipped();
    let first = day("2024-01-01");
    let all: Vec<NaiveDate> = first.iter_days().take_while(|date| *date < day("2027-01-01")).collect();
    assert_eq!(all.len(), 366 + 365 + 365);
    for from in &all {
        let worked: Vec<NaiveDate> =
            all.iter().copied().filter(|date| date > from && calendar.is_working_day(*date) == Some(true)).collect();
        for n in 1..=30u32 {
            let expected = worked.get(n as usize - 1).copied();
            let due = calendar.working_days_after(*from, n);
            assert_eq!(due.on(), expected, "{from} + {n}");
            assert_eq!(due.is_provisional(), expected.is_none());
            if let Some(due) = expected {
                assert_eq!(calendar.working_days_between(*from, due), Some(n), "{from} to {due}");
            }
        }
    }
}

#[test]
fn zero_working_days_is_the_day_itself_or_the_next_that_is_worked() {
    let calendar = Calendar::shipped();
    assert_eq!(calendar.working_days_after(day("2026-02-14"), 0), Due::On(day("2026-02-14")));
    assert_eq!(calendar.working_days_after(day("2026-10-01"), 0), Due::On(day("2026-10-08")));
    assert_eq!(calendar.working_days_after(day("2027-03-01"), 0), Due::Provisional { not_before: day("2027-03-01") });
}

#[test]
fn a_year_without_a_file_is_unknown_even_on_a_plain_monday() {
    let calendar = Calendar::shipped();
    assert_eq!(calendar.is_working_day(day("2027-06-07")), None);
    assert_eq!(calendar.is_working_day(day("2023-06-05")), None);
    assert_eq!(calendar.working_days_between(day("2026-12-30"), day("2027-01-04")), None);
    assert_eq!(calendar.working_days_between(day("2026-12-30"), day("2026-12-31")), Some(1));
    assert_eq!(calendar.working_days_between(day("2027-01-04"), day("2026-12-30")), Some(0));
    assert_eq!(calendar.years().collect::<Vec<_>>(), [2024, 2025, 2026]);
    assert_eq!(Calendar::default().working_days_after(day("2026-01-05"), 1).on(), None);
    assert_eq!(
        calendar.working_days_after(NaiveDate::MAX, 1),
        Due::Provisional { not_before: NaiveDate::MAX },
        "the end of the calendar ends the walk"
    );
}

#[test]
fn a_deadline_is_overdue_from_midnight_after_it() {
    let due = Due::On(day("2026-03-06"));
    assert!(!due.is_overdue(day("2026-03-06")));
    assert!(due.is_overdue(day("2026-03-07")));
    assert!(!Due::Provisional { not_before: day("2027-01-01") }.is_overdue(day("2099-01-01")));
}

#[test]
fn the_earlier_of_two_is_certain_only_where_it_must_be() {
    let (early, late) = (Due::On(day("2026-12-31")), Due::On(day("2027-01-02")));
    let unknown = Due::Provisional { not_before: day("2027-01-01") };
    assert_eq!(early.min(late), early);
    assert_eq!(unknown.min(early), early);
    assert_eq!(late.min(unknown), unknown);
    assert_eq!(unknown.min(Due::Provisional { not_before: day("2028-01-01") }), unknown);
}

#[test]
fn a_new_year_file_makes_a_provisional_deadline_certain() {
    let calendar = Calendar::from_years([file_of_2026()]).expect("2026");
    assert!(calendar.working_days_after(day("2025-12-31"), 1).on().is_some());
    assert!(calendar.working_days_after(day("2025-12-30"), 1).is_provisional());
    let more = calendar.with_year(&YearFile::parse(SHIPPED[1]).expect("2025")).expect("both");
    assert_eq!(more.working_days_after(day("2025-12-30"), 1), Due::On(day("2025-12-31")));
}

/// One change to the file of 2026, and the error it must give.
type Spoiling = (fn(&mut YearFile), fn(&CalendarError) -> bool);

#[test]
fn an_impossible_year_file_is_refused() {
    let cases: [Spoiling; 10] = [
        (|f| f.off_days.clear(), |e| matches!(e, CalendarError::HolidayMissing(_))),
        (|f| f.complete = false, |e| matches!(e, CalendarError::Incomplete(2026))),
        (|f| f.year = 2027, |e| matches!(e, CalendarError::OtherYear { year: 2027, .. })),
        (|f| f.year = 20_260, |e| matches!(e, CalendarError::Year(_))),
        (|f| f.workdays_in_year += 1, |e| matches!(e, CalendarError::Sum { counted: 248, .. })),
        (|f| f.off_days.push(f.off_days[0].clone()), |e| matches!(e, CalendarError::DayTwice(_))),
        (|f| f.makeup_workdays.push(f.off_days[0].clone()), |e| matches!(e, CalendarError::DayTwice(_))),
        (|f| f.makeup_workdays[0].weekday = Some(Weekday::Mon), |e| matches!(e, CalendarError::Weekday(_))),
        (
            |f| f.makeup_workdays.push(NamedDay { date: day("2026-03-02"), weekday: None, name: String::new() }),
            |e| matches!(e, CalendarError::NoMakeup(_)),
        ),
        (
            |f| f.off_days.push(NamedDay { date: day("2026-03-02"), weekday: None, name: String::new() }),
            |e| matches!(e, CalendarError::Sum { .. }),
        ),
    ];
    for (at, (spoil, expected)) in cases.iter().enumerate() {
        let mut file = file_of_2026();
        spoil(&mut file);
        let error = Calendar::from_years([file]).expect_err("spoilt");
        assert!(expected(&error), "case {at}: {error}");
    }
    assert!(matches!(Calendar::from_years([file_of_2026(), file_of_2026()]), Err(CalendarError::Twice(2026))));
    assert!(YearFile::parse(&SHIPPED[2].replace("2026-01-01", "2026-02-30")).is_err());
}

#[test]
fn a_due_day_survives_json() {
    for (due, json) in [
        (Due::On(day("2026-01-02")), r#"{"on":"2026-01-02"}"#),
        (Due::Provisional { not_before: day("2027-01-01") }, r#"{"provisional":{"not_before":"2027-01-01"}}"#),
    ] {
        assert_eq!(serde_json::to_string(&due).expect("json"), json);
        assert_eq!(serde_json::from_str::<Due>(json).expect("due"), due);
    }
}
