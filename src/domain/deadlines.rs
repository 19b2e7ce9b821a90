//! 时限: the clocks of a case, in working days (domain.md §3). Overdue is a fact about today; nothing here is a state,
//! and nothing stops a clock.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::calendar::{Calendar, Due};

/// One row a clock: variant, code, word, 中文, English.
macro_rules! clocks {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $word:literal, $zh:literal, $en:literal;)+) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Clock { $($(#[$doc])* $variant,)+ }

        impl Clock {
            pub const ALL: &'static [Clock] = &[$(Clock::$variant,)+];

            /// `T0` … `T4`, `ALL`.
            pub fn code(self) -> &'static str {
                match self { $(Clock::$variant => $code,)+ }
            }

            /// The word used in tables and metrics.
            pub fn word(self) -> &'static str {
                match self { $(Clock::$variant => $word,)+ }
            }

            pub fn from_word(word: &str) -> Option<Clock> {
                Clock::ALL.iter().copied().find(|clock| clock.word() == word)
            }

            pub fn chinese(self) -> &'static str {
                match self { $(Clock::$variant => $zh,)+ }
            }

            pub fn english(self) -> &'static str {
                match self { $(Clock::$variant => $en,)+ }
            }
        }
    };
}

clocks! {
    /// T0: from acceptance to the contact letter.
    Letter = "T0", "letter", "发出联系函", "sending the contact letter";
    /// T1: the outgoing agency's time, to the information sheet.
    Outgoing = "T1", "outgoing", "转出地办理", "the outgoing agency's work";
    /// T2: from the information sheet to merged months.
    Incoming = "T2", "incoming", "转入地核对合并", "verifying and merging";
    /// T3: from money and merge to the credited account.
    Credit = "T3", "credit", "个人账户入账", "crediting the account";
    /// T4: from the end of both tracks to the completion notice.
    Completion = "T4", "completion", "办结反馈", "the completion notice";
    /// From acceptance to completion.
    Whole = "ALL", "whole", "全程办结", "the whole case";
}

impl Clock {
    /// The most an agency may configure, in working days. 10, 5 and 15 are the national rule; the rest is ours.
    pub fn ceiling(self) -> u32 {
        match self {
            Clock::Outgoing => 10,
            Clock::Incoming => 5,
            Clock::Letter | Clock::Credit | Clock::Completion | Clock::Whole => 15,
        }
    }

    /// The least: nobody checks a record before the day of receipt is over.
    fn floor(self) -> u32 {
        match self {
            Clock::Outgoing | Clock::Incoming | Clock::Whole => 1,
            Clock::Letter | Clock::Credit | Clock::Completion => 0,
        }
    }
}

/// An agency's limits in working days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Limits {
    pub letter: u32,
    pub outgoing: u32,
    pub incoming: u32,
    pub credit: u32,
    pub completion: u32,
    pub whole: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { letter: 0, outgoing: 10, incoming: 5, credit: 5, completion: 1, whole: 15 }
    }
}

/// A limit outside what the rules allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("limits.{} is {days}: {} to {} working days are allowed", .clock.word(), .clock.floor(), .clock.ceiling())]
pub struct LimitError {
    pub clock: Clock,
    pub days: u32,
}

impl Limits {
    /// Working days for a clock.
    pub fn of(&self, clock: Clock) -> u32 {
        match clock {
            Clock::Letter => self.letter,
            Clock::Outgoing => self.outgoing,
            Clock::Incoming => self.incoming,
            Clock::Credit => self.credit,
            Clock::Completion => self.completion,
            Clock::Whole => self.whole,
        }
    }

    /// Holds every limit against its floor and ceiling; reading a configuration does so by itself.
    pub fn check(&self) -> Result<(), LimitError> {
        for clock in Clock::ALL.iter().copied() {
            let days = self.of(clock);
            if !(clock.floor()..=clock.ceiling()).contains(&days) {
                return Err(LimitError { clock, days });
            }
        }
        Ok(())
    }
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Unchecked {
    letter: u32,
    outgoing: u32,
    incoming: u32,
    credit: u32,
    completion: u32,
    whole: u32,
}

impl Default for Unchecked {
    fn default() -> Unchecked {
        let Limits { letter, outgoing, incoming, credit, completion, whole } = Limits::default();
        Unchecked { letter, outgoing, incoming, credit, completion, whole }
    }
}

impl TryFrom<Unchecked> for Limits {
    type Error = LimitError;
    fn try_from(raw: Unchecked) -> Result<Limits, LimitError> {
        let Unchecked { letter, outgoing, incoming, credit, completion, whole } = raw;
        let limits = Limits { letter, outgoing, incoming, credit, completion, whole };
        limits.check()?;
        Ok(limits)
    }
}

/// One clock of one case, running or met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadline {
    pub clock: Clock,
    /// The day of the event; not counted.
    pub started_on: NaiveDate,
    pub due: Due,
    pub met_on: Option<NaiveDate>,
}

impl Deadline {
    fn start(calendar: &Calendar, limits: &Limits, clock: Clock, started_on: NaiveDate) -> Deadline {
        let due = calendar.working_days_after(started_on, limits.of(clock));
        Deadline { clock, started_on, due, met_on: None }
    }

    /// T0, from the acceptance of the application.
    pub fn letter(calendar: &Calendar, limits: &Limits, accepted_on: NaiveDate) -> Deadline {
        Deadline::start(calendar, limits, Clock::Letter, accepted_on)
    }

    /// T2, from the durable receipt of the information sheet.
    pub fn incoming(calendar: &Calendar, limits: &Limits, received_on: NaiveDate) -> Deadline {
        Deadline::start(calendar, limits, Clock::Incoming, received_on)
    }

    /// T3, from the later of the money's arrival and the merge.
    pub fn credit(calendar: &Calendar, limits: &Limits, arrived_on: NaiveDate, merged_on: NaiveDate) -> Deadline {
        Deadline::start(calendar, limits, Clock::Credit, arrived_on.max(merged_on))
    }

    /// T4, from the later end of the two tracks.
    pub fn completion(calendar: &Calendar, limits: &Limits, relation_on: NaiveDate, money_on: NaiveDate) -> Deadline {
        Deadline::start(calendar, limits, Clock::Completion, relation_on.max(money_on))
    }

    /// The whole case, from acceptance.
    pub fn whole(calendar: &Calendar, limits: &Limits, accepted_on: NaiveDate) -> Deadline {
        Deadline::start(calendar, limits, Clock::Whole, accepted_on)
    }

    /// This clock, ended on a day.
    pub fn met(self, on: NaiveDate) -> Deadline {
        Deadline { met_on: Some(on), ..self }
    }

    /// Not met, and the last day in time is over.
    pub fn is_overdue(&self, today: NaiveDate) -> bool {
        self.met_on.is_none() && self.due.is_overdue(today)
    }

    /// Met, but after the last day in time.
    pub fn was_met_late(&self) -> bool {
        self.met_on.is_some_and(|day| self.due.is_overdue(day))
    }

    /// Working days that remain after today: 0 on the last day, negative when overdue. `None` when met, provisional,
    /// or the calendar does not cover the days between.
    pub fn working_days_left(&self, calendar: &Calendar, today: NaiveDate) -> Option<i32> {
        let due = self.due.on().filter(|_| self.met_on.is_none())?;
        let left = i32::try_from(calendar.working_days_between(today, due)?).ok()?;
        let over = i32::try_from(calendar.working_days_between(due, today)?).ok()?;
        Some(left - over)
    }
}

/// T1 by both ways of counting: the law counts from acceptance, the outgoing side sees only the letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutgoingClock {
    pub by_acceptance: Due,
    pub by_receipt: Due,
    /// The earlier of the two, and the day it started from.
    pub deadline: Deadline,
}

impl OutgoingClock {
    /// T1, from the acceptance date in the letter and from its durable receipt.
    pub fn start(
        calendar: &Calendar,
        limits: &Limits,
        accepted_on: NaiveDate,
        received_on: NaiveDate,
    ) -> OutgoingClock {
        let by_acceptance = calendar.working_days_after(accepted_on, limits.outgoing);
        let by_receipt = calendar.working_days_after(received_on, limits.outgoing);
        let deadline = Deadline {
            clock: Clock::Outgoing,
            // Counting is monotonic: the earlier start has the earlier end.
            started_on: accepted_on.min(received_on),
            due: by_acceptance.min(by_receipt),
            met_on: None,
        };
        OutgoingClock { by_acceptance, by_receipt, deadline }
    }
}

#[cfg(test)]
mod tests {
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
}
