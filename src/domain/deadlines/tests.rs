use super::*;
use crate::domain::calendar::{NamedDay, Origin, Year, YearFile};

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

#[test]
fn every_clock_counts_from_its_own_event() {
    let (calendar, limits) = (Calendar::shipped(), Limits::default());
    let thursday = day("2026-04-30");
    for (deadline, clock, due) in [
        (Deadline::letter(&calendar, &limits, thursday), Clock::Letter, "2026-04-30"),
        (Deadline::incoming(&calendar, &limits, thursday), Clock::Incoming, "2026-05-11"),
        (Deadline::credit(&calendar, &limits, day("2026-04-20"), thursday), Clock::Credit, "2026-05-11"),
        (Deadline::credit(&calendar, &limits, thursday, day("2026-04-20")), Clock::Credit, "2026-05-11"),
        (Deadline::completion(&calendar, &limits, day("2026-04-20"), thursday), Clock::Completion, "2026-05-06"),
        (Deadline::whole(&calendar, &limits, thursday), Clock::Whole, "2026-05-25"),
    ] {
        assert_eq!((deadline.clock, deadline.due.on()), (clock, Some(day(due))));
        assert_eq!(deadline.started_on, thursday);
    }
}

#[test]
fn the_outgoing_clock_takes_the_earlier_count_and_shows_both() {
    let (calendar, limits) = (Calendar::shipped(), Limits::default());
    let clock = OutgoingClock::start(&calendar, &limits, day("2026-04-29"), day("2026-04-30"));
    assert_eq!(clock.by_receipt, Due::On(day("2026-05-18")));
    assert_eq!(clock.by_acceptance, Due::On(day("2026-05-15")));
    assert_eq!(clock.deadline.due, clock.by_acceptance);
    assert_eq!(clock.deadline.started_on, day("2026-04-29"));
    // A letter dated later than it came gains no time.
    let clock = OutgoingClock::start(&calendar, &limits, day("2026-05-20"), day("2026-04-30"));
    assert_eq!(clock.deadline.due, clock.by_receipt);
    let clock = OutgoingClock::start(&calendar, &limits, day("2026-12-16"), day("2026-12-18"));
    assert_eq!(clock.deadline.due.on(), Some(day("2026-12-30")));
    assert!(clock.by_receipt.is_provisional());
}

#[test]
fn overdue_begins_the_day_after_and_ends_when_met() {
    let (calendar, limits) = (Calendar::shipped(), Limits::default());
    let deadline = Deadline::incoming(&calendar, &limits, day("2026-02-14"));
    assert_eq!(deadline.due.on(), Some(day("2026-02-28")));
    for (today, left, overdue) in [
        ("2026-02-14", 5, false),
        ("2026-02-23", 5, false),
        ("2026-02-27", 1, false),
        ("2026-02-28", 0, false),
        ("2026-03-01", 0, true),
        ("2026-03-02", -1, true),
    ] {
        let today = day(today);
        assert_eq!(deadline.working_days_left(&calendar, today), Some(left), "{today}");
        assert_eq!(deadline.is_overdue(today), overdue, "{today}");
    }
    let met = deadline.met(day("2026-02-28"));
    assert!(!met.is_overdue(day("2026-12-31")) && !met.was_met_late());
    assert!(deadline.met(day("2026-03-01")).was_met_late());
    let far = Deadline::whole(&calendar, &limits, day("2026-12-25"));
    assert_eq!(far.working_days_left(&calendar, day("2026-12-28")), None);
    assert!(!far.is_overdue(day("2028-01-01")));
}

#[test]
fn limits_have_national_defaults_and_ceilings() {
    let limits: Limits = serde_json::from_str("{}").expect("defaults");
    let rule = Rule::National;
    let (letter, outgoing, incoming, whole, unidentified) = (0, 10, 5, 15, 10);
    let national =
        Limits { rule, letter, outgoing, incoming, credit: 5, completion: 1, arrival: 3, unidentified, whole };
    assert_eq!(limits, national);
    let limits: Limits = serde_json::from_str(r#"{"credit":2,"letter":15}"#).expect("a faster agency");
    assert_eq!((limits.credit, limits.letter), (2, 15));
    for (json, words) in [
        (r#"{"outgoing":11}"#, "limits.outgoing is 11: 1 to 10 working days"),
        (r#"{"incoming":0}"#, "limits.incoming is 0: 1 to 5 working days"),
        (r#"{"unidentified":0}"#, "limits.unidentified is 0: 1 to 30 working days"),
        (r#"{"whole":16}"#, "limits.whole is 16"),
        (r#"{"outgoin":9}"#, "unknown field"),
        (r#"{"outgoing":-1}"#, "invalid value"),
    ] {
        let error = serde_json::from_str::<Limits>(json).expect_err(json).to_string();
        assert!(error.contains(words), "{error}");
    }
    let again: Limits = serde_json::from_str(&serde_json::to_string(&limits).expect("json")).expect("limits");
    assert_eq!(again, limits);
}

#[test]
fn every_clock_has_its_words() {
    for clock in Clock::ALL.iter().copied() {
        assert_eq!(Clock::from_word(clock.word()), Some(clock));
        assert_eq!(serde_json::to_string(&clock).expect("json"), format!("\"{}\"", clock.word()));
        assert!(!clock.chinese().is_empty() && !clock.english().is_empty());
    }
}

#[test]
fn the_old_rule_gives_fifteen_three_times_and_never_more() {
    let calendar = Calendar::shipped();
    let old: Limits = serde_json::from_str(r#"{"rule":"old45"}"#).expect("the old rule");
    assert_eq!(old, Limits::by(Rule::Old45));
    assert_eq!((old.letter, old.outgoing, old.incoming, old.whole), (15, 15, 15, 45));
    let monday = day("2026-03-02");
    for (deadline, due) in [
        (Deadline::letter(&calendar, &old, monday), "2026-03-23"),
        (OutgoingClock::start(&calendar, &old, monday, monday).deadline, "2026-03-23"),
        (Deadline::incoming(&calendar, &old, monday), "2026-03-23"),
        (Deadline::whole(&calendar, &old, monday), "2026-05-08"),
    ] {
        assert_eq!(deadline.due.on(), Some(day(due)), "{:?}", deadline.clock);
    }
    for (json, ok) in [
        (r#"{"rule":"old45","outgoing":15}"#, true),
        (r#"{"rule":"old45","outgoing":16}"#, false),
        (r#"{"rule":"old45","incoming":6}"#, true),
        (r#"{"rule":"national","incoming":6}"#, false),
        (r#"{"rule":"old45","whole":46}"#, false),
        (r#"{"rule":"old45","credit":16}"#, false),
    ] {
        assert_eq!(serde_json::from_str::<Limits>(json).is_ok(), ok, "{json}");
    }
}

/// 2027 as nobody published it: for tests alone.
fn with_2027(calendar: &Calendar) -> Calendar {
    let file = YearFile::parse(include_str!("../../../tests/calendars/2027.json")).expect("a year file");
    calendar.with(Year::check(file, Origin::Imported).expect("a possible year"))
}

#[test]
fn a_provisional_deadline_is_counted_when_its_year_arrives() {
    let (before, limits) = (Calendar::shipped(), Limits::default());
    let after = with_2027(&before);
    let friday = day("2026-12-18");
    let deadline = OutgoingClock::start(&before, &limits, friday, friday).deadline;
    assert_eq!(deadline.due, Due::Provisional { not_before: day("2027-01-01") });
    assert_eq!(deadline.recounted(&before, &limits), None, "nothing is guessed");
    let counted = deadline.recounted(&after, &limits).expect("the year is here");
    assert_eq!(counted, Deadline { due: Due::On(day("2027-01-04")), ..deadline });
    assert_eq!(counted.recounted(&after, &limits), None, "once");
    assert_eq!(counted.recounted(&before, &limits), None, "a day once known is not taken back");
    assert_eq!(deadline.met(friday).recounted(&after, &limits), None, "a met clock is history");
    // A year that is still too short moves only the day before which it cannot end.
    let far = Deadline { days: Some(270), ..deadline };
    let not_before = day("2028-01-01");
    assert_eq!(far.recounted(&after, &limits).map(|far| far.due), Some(Due::Provisional { not_before }));
}

#[test]
fn a_case_keeps_the_limit_it_began_with() {
    let (before, limits) = (Calendar::shipped(), Limits::default());
    let after = with_2027(&before);
    let begun = Deadline::incoming(&before, &Limits::by(Rule::Old45), day("2026-12-18"));
    let counted = begun.recounted(&after, &limits).expect("the year is here");
    assert_eq!(counted.due, Due::On(day("2027-01-11")), "15 working days, not today's 5");
    // An older case does not say its limit: the agency's stands in where no day was ever named, and only there.
    let older = Deadline { days: None, ..begun };
    assert_eq!(older.recounted(&after, &limits).map(|older| older.due), Some(Due::On(day("2026-12-25"))));
    let named = Deadline { due: Due::On(day("2026-12-30")), ..older };
    assert_eq!(named.recounted(&after, &limits), None);
}

#[test]
fn a_replaced_year_moves_what_was_certain() {
    let limits = Limits::default();
    let calendar = with_2027(&Calendar::shipped());
    let deadline = Deadline::incoming(&calendar, &limits, day("2027-03-01"));
    assert_eq!(deadline.due, Due::On(day("2027-03-08")));
    let mut file = calendar.year(2027).expect("imported").file().clone();
    file.off_days.push(NamedDay { date: day("2027-03-08"), weekday: None, name: "临时放假".into() });
    file.workdays_in_year -= 1;
    let amended = calendar.with(Year::check(file, Origin::Imported).expect("a possible year"));
    assert_eq!(deadline.recounted(&amended, &limits).map(|it| it.due), Some(Due::On(day("2027-03-09"))));
}

#[test]
fn a_deadline_of_an_older_release_is_read() {
    let json = r#"{"clock":"outgoing","started_on":"2026-11-02","due":{"on":"2026-11-16"},"met_on":null}"#;
    let deadline: Deadline = serde_json::from_str(json).expect("a deadline");
    assert_eq!((deadline.days, deadline.limit(&Limits::default())), (None, 10));
}
