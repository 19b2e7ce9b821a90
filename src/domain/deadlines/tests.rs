use super::*;

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
    assert_eq!(limits, Limits { letter: 0, outgoing: 10, incoming: 5, credit: 5, completion: 1, whole: 15 });
    let limits: Limits = serde_json::from_str(r#"{"credit":2,"letter":15}"#).expect("a faster agency");
    assert_eq!((limits.credit, limits.letter), (2, 15));
    for (json, words) in [
        (r#"{"outgoing":11}"#, "limits.outgoing is 11: 1 to 10 working days"),
        (r#"{"incoming":0}"#, "limits.incoming is 0: 1 to 5 working days"),
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
