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

/// Another publisher's years, day by day; how they were made stands in the file.
#[test]
fn every_day_of_three_years_is_worked_or_not_as_another_publisher_says() {
    let calendar = Calendar::shipped();
    let published: Value =
        serde_json::from_str(include_str!("../../../tests/vectors/chinesecalendar-2024-2026.json")).expect("json");
    let mut differing = Vec::new();
    let mut compared = 0;
    for year in 2024..=2026 {
        let days = published["working_days"][year.to_string()].as_array().expect("a list of days");
        let worked: Vec<u64> = days.iter().map(|day| day.as_u64().expect("a number")).collect();
        let first = NaiveDate::from_ymd_opt(year, 1, 1).expect("a date");
        for date in first.iter_days().take_while(|date| date.year() == year) {
            compared += 1;
            let theirs = worked.contains(&u64::from(date.ordinal()));
            if calendar.is_working_day(date) != Some(theirs) {
                differing.push(format!("{date}: worked there: {theirs}"));
            }
        }
    }
    assert_eq!((compared, differing), (366 + 365 + 365, Vec::<String>::new()));
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
    assert_eq!(calendar.years().map(Year::number).collect::<Vec<_>>(), [2024, 2025, 2026]);
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
    let calendar = Calendar::from_years(Origin::Folder, [file_of_2026()]).expect("2026");
    assert!(calendar.working_days_after(day("2025-12-31"), 1).on().is_some());
    assert!(calendar.working_days_after(day("2025-12-30"), 1).is_provisional());
    let file = YearFile::parse(SHIPPED[1]).expect("2025");
    let more = calendar.with(Year::check(file, Origin::Imported).expect("2025"));
    assert_eq!(more.working_days_after(day("2025-12-30"), 1), Due::On(day("2025-12-31")));
}

/// One change to the file of 2026, and the error it must give.
type Spoiling = (fn(&mut YearFile), fn(&CalendarError) -> bool);

#[test]
fn an_impossible_year_file_is_refused() {
    let cases: [Spoiling; 12] = [
        (|f| f.off_days.clear(), |e| matches!(e, CalendarError::Empty(2026))),
        (|f| drop(f.off_days.remove(0)), |e| matches!(e, CalendarError::HolidayMissing(_))),
        (|f| f.complete = false, |e| matches!(e, CalendarError::Incomplete(2026))),
        (|f| f.year = 2027, |e| matches!(e, CalendarError::OtherYear { year: 2027, .. })),
        (|f| f.year = 20_260, |e| matches!(e, CalendarError::Year(_))),
        (|f| f.workdays_in_year += 1, |e| matches!(e, CalendarError::Sum { counted: 248, .. })),
        (|f| f.off_days.push(f.off_days[0].clone()), |e| matches!(e, CalendarError::DayTwice(_))),
        (|f| f.makeup_workdays.push(f.makeup_workdays[0].clone()), |e| matches!(e, CalendarError::DayTwice(_))),
        (|f| f.makeup_workdays.push(f.off_days[2].clone()), |e| matches!(e, CalendarError::Both(_))),
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
        let error = Calendar::from_years(Origin::Folder, [file]).expect_err("spoilt");
        assert!(expected(&error), "case {at}: {error}");
        let declined = error.declined();
        assert!(declined.code.starts_with("CALENDAR_") && declined.english.contains("202"), "case {at}: {declined:?}");
        assert!(declined.chinese.contains("202") && declined.chinese.ends_with("未导入"), "the place: {declined:?}");
    }
    assert!(matches!(
        Calendar::from_years(Origin::Folder, [file_of_2026(), file_of_2026()]),
        Err(CalendarError::Twice(2026))
    ));
    let impossible = SHIPPED[2].replacen("2026-01-02", "2026-02-30", 1);
    let error = YearFile::parse(&impossible).expect_err("30 February");
    assert_eq!(
        (error.code(), error.to_string().contains("day 2 of off_days is \"2026-02-30\"")),
        ("CALENDAR_DATE", true)
    );
    let error = YearFile::parse("{\n \"year\": \"x\"}").expect_err("no number");
    assert!(error.code() == "CALENDAR_JSON" && error.chinese().contains("第 2 行"), "{error}");
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

#[test]
fn a_file_holds_one_year_or_several() {
    let (one, two) = (SHIPPED[1], SHIPPED[2]);
    assert_eq!(YearFile::parse_all(one).expect("one").len(), 1);
    let both = YearFile::parse_all(&format!("\u{feff} [{one},{two}]")).expect("two");
    assert_eq!(both.iter().map(|file| file.year).collect::<Vec<_>>(), [2025, 2026]);
    assert_eq!(YearFile::parse_all("[]").expect_err("none").code(), "CALENDAR_NO_YEARS");
    assert_eq!(YearFile::parse_all("").expect_err("nothing").code(), "CALENDAR_JSON");
}

#[test]
fn the_next_year_is_missed_from_december_on() {
    let calendar = Calendar::shipped();
    for (today, missing, covered_to) in [
        ("2026-11-30", None, Some(2026)),
        ("2026-12-01", Some(2027), Some(2026)),
        ("2025-12-31", None, Some(2026)),
        ("2024-06-01", None, Some(2026)),
        ("2027-01-01", Some(2027), None),
        ("2027-12-01", Some(2027), None),
    ] {
        assert_eq!(calendar.missing(day(today)), missing, "{today}");
        assert_eq!(calendar.covered_to(day(today)), covered_to, "{today}");
    }
}

#[test]
fn the_explanation_walks_the_same_way_from_every_day() {
    let calendar = Calendar::shipped();
    for from in day("2025-12-01").iter_days().take_while(|date| *date < day("2027-01-10")) {
        for n in [0, 1, 5, 10, 15, 45] {
            assert_eq!(calendar.explain(from, n).due, calendar.working_days_after(from, n), "{from} + {n}");
        }
    }
}

#[test]
fn the_explanation_says_of_every_day_why_it_counts_or_not() {
    let calendar = Calendar::shipped();
    let explained = calendar.explain(day("2026-02-13"), 3);
    let told: Vec<String> = explained
        .walk
        .iter()
        .map(|day| format!("{} {} {} · {}", day.day, day.weekday_chinese(), day.chinese(), day.english()))
        .collect();
    assert_eq!(told[0], "2026-02-13 周五 当日不计 · the day of the event does not count");
    let makeup = "调休上班（春节），第 1 个工作日 · make-up workday (春节), working day 1";
    assert_eq!(told[1], format!("2026-02-14 周六 {makeup}"));
    assert_eq!(told[2], "2026-02-15 周日 放假（春节），不计 · holiday (春节), does not count");
    assert_eq!(told[11], "2026-02-24 周二 第 2 个工作日 · working day 2");
    assert_eq!(told.len(), 13);
    assert_eq!(explained.chinese(), "第 3 个工作日 2026-02-25 为期限末日，次日零时起逾期");
    assert!(explained.english().starts_with("working day 3, 2026-02-25, is the last day in time"));
    let weekend = &calendar.explain(day("2026-03-06"), 1).walk[1];
    assert_eq!((weekend.chinese().as_str(), weekend.nth), ("周末，不计", None));
    let at_once = calendar.explain(day("2026-10-01"), 0);
    assert!(
        at_once.chinese().ends_with("2026-10-08 为期限末日") && at_once.walk[0].why == Why::Holiday("国庆节".into())
    );
}

#[test]
fn a_provisional_day_is_explained_by_the_year_that_is_missing() {
    let explained = Calendar::shipped().explain(day("2026-12-18"), 10);
    let last = explained.walk.last().expect("a day");
    assert_eq!((last.day, &last.why), (day("2027-01-01"), &Why::Unknown));
    assert!(explained.chinese().starts_with("暂定：10 个工作日已计 9 个，2027 年年历未知，期限末日不早于 2027-01-01"));
    assert!(explained.english().starts_with("provisional: 9 of 10 working days are counted"));
}
