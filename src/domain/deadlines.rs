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
    /// 待办结: the incoming agency's T2 and T3 as the outgoing one waits for them, from its own last step.
    Confirmation = "T5", "confirmation", "等待办结反馈", "waiting for the completion notice";
    /// 到账: from the remittance notice to the first line of its money.
    Arrival = "T6", "arrival", "款项到账", "the arrival of the money";
    /// From acceptance to completion.
    Whole = "ALL", "whole", "全程办结", "the whole case";
}

/// Which rule an agency works by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// 10 + 5 working days.
    #[default]
    National,
    /// 15 + 15 + 15 working days, the rule before: letter, outgoing and incoming agency.
    Old45,
}

impl Rule {
    pub fn word(self) -> &'static str {
        match self {
            Rule::National => "national",
            Rule::Old45 => "old45",
        }
    }

    /// The most an agency may configure, in working days. 10, 5 and 15 are the national rule, 15 + 15 + 15 the old
    /// one; the rest is ours.
    pub fn ceiling(self, clock: Clock) -> u32 {
        match (self, clock) {
            (Rule::National, Clock::Outgoing) => 10,
            (Rule::National, Clock::Incoming) => 5,
            (Rule::Old45, Clock::Whole) => 45,
            (rule, Clock::Confirmation) => rule.ceiling(Clock::Incoming) + rule.ceiling(Clock::Credit),
            (_, _) => 15,
        }
    }
}

impl Clock {
    /// The least: nobody checks a record before the day of receipt is over.
    fn floor(self) -> u32 {
        match self {
            Clock::Outgoing | Clock::Incoming | Clock::Confirmation | Clock::Arrival | Clock::Whole => 1,
            Clock::Letter | Clock::Credit | Clock::Completion => 0,
        }
    }
}

/// An agency's limits in working days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "LimitsAsked")]
pub struct Limits {
    pub rule: Rule,
    pub letter: u32,
    pub outgoing: u32,
    pub incoming: u32,
    pub credit: u32,
    pub completion: u32,
    pub arrival: u32,
    /// 无法识别的到账: until who paid it is asked.
    pub unidentified: u32,
    pub whole: u32,
}

/// The most days that money of no case may lie before its payer is asked.
const UNIDENTIFIED_MOST: u32 = 30;

impl Default for Limits {
    fn default() -> Limits {
        Limits::by(Rule::National)
    }
}

/// A limit outside what the rule allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("limits.{name} is {days}: {floor} to {ceiling} working days are allowed under the rule {}", .rule.word())]
pub struct LimitError {
    pub rule: Rule,
    /// The limit's key in the configuration.
    pub name: &'static str,
    pub days: u32,
    pub floor: u32,
    pub ceiling: u32,
}

impl LimitError {
    pub fn chinese(&self) -> String {
        let LimitError { rule, name, days, floor, ceiling } = self;
        format!("limits.{name} 为 {days}：规则 {} 允许 {floor} 至 {ceiling} 个工作日", rule.word())
    }
}

impl Limits {
    /// What a rule says where nothing else is configured.
    pub fn by(rule: Rule) -> Limits {
        let unidentified = 10;
        match rule {
            Rule::National => {
                let (outgoing, incoming, whole) = (10, 5, 15);
                Limits {
                    rule,
                    letter: 0,
                    outgoing,
                    incoming,
                    credit: 5,
                    completion: 1,
                    arrival: 3,
                    unidentified,
                    whole,
                }
            }
            Rule::Old45 => {
                let (letter, outgoing, incoming, whole) = (15, 15, 15, 45);
                Limits { rule, letter, outgoing, incoming, credit: 5, completion: 1, arrival: 3, unidentified, whole }
            }
        }
    }

    /// Working days for a clock.
    pub fn of(&self, clock: Clock) -> u32 {
        match clock {
            Clock::Letter => self.letter,
            Clock::Outgoing => self.outgoing,
            Clock::Incoming => self.incoming,
            Clock::Credit => self.credit,
            Clock::Completion => self.completion,
            Clock::Confirmation => self.incoming + self.credit,
            Clock::Arrival => self.arrival,
            Clock::Whole => self.whole,
        }
    }

    /// Holds every limit against its floor and ceiling; reading a configuration does so by itself.
    pub fn check(&self) -> Result<(), LimitError> {
        for clock in Clock::ALL.iter().copied() {
            self.within(clock.word(), self.of(clock), (clock.floor(), self.rule.ceiling(clock)))?;
        }
        self.within("unidentified", self.unidentified, (1, UNIDENTIFIED_MOST))
    }

    fn within(&self, name: &'static str, days: u32, (floor, ceiling): (u32, u32)) -> Result<(), LimitError> {
        let error = LimitError { rule: self.rule, name, days, floor, ceiling };
        (floor..=ceiling).contains(&days).then_some(()).ok_or(error)
    }
}

/// Limits as a configuration asks for them, not checked yet; what it does not name, the rule says.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitsAsked {
    pub rule: Rule,
    pub letter: Option<u32>,
    pub outgoing: Option<u32>,
    pub incoming: Option<u32>,
    pub credit: Option<u32>,
    pub completion: Option<u32>,
    pub arrival: Option<u32>,
    pub unidentified: Option<u32>,
    pub whole: Option<u32>,
}

impl TryFrom<LimitsAsked> for Limits {
    type Error = LimitError;
    fn try_from(asked: LimitsAsked) -> Result<Limits, LimitError> {
        let by = Limits::by(asked.rule);
        let limits = Limits {
            rule: asked.rule,
            letter: asked.letter.unwrap_or(by.letter),
            outgoing: asked.outgoing.unwrap_or(by.outgoing),
            incoming: asked.incoming.unwrap_or(by.incoming),
            credit: asked.credit.unwrap_or(by.credit),
            completion: asked.completion.unwrap_or(by.completion),
            arrival: asked.arrival.unwrap_or(by.arrival),
            unidentified: asked.unidentified.unwrap_or(by.unidentified),
            whole: asked.whole.unwrap_or(by.whole),
        };
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
    /// The limit it was counted with; a case keeps it when the configuration changes. Absent in older cases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<u32>,
    pub due: Due,
    pub met_on: Option<NaiveDate>,
    /// Stages of chasing that are behind it ([`super::chasing`]).
    #[serde(default, skip_serializing_if = "is_zero")]
    pub chased: u8,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(number: &u8) -> bool {
    *number == 0
}

impl Deadline {
    fn start(calendar: &Calendar, limits: &Limits, clock: Clock, started_on: NaiveDate) -> Deadline {
        let days = limits.of(clock);
        let due = calendar.working_days_after(started_on, days);
        Deadline { clock, started_on, days: Some(days), due, met_on: None, chased: 0 }
    }

    /// The limit it runs with: its own, in an older case the agency's.
    pub fn limit(&self, limits: &Limits) -> u32 {
        self.days.unwrap_or_else(|| limits.of(self.clock))
    }

    /// This clock counted anew from its own start and limit; `None` when it stays as it is. A met clock is history. A
    /// day once known is not taken back, and in an older case not moved: its limit is not known for sure.
    pub fn recounted(&self, calendar: &Calendar, limits: &Limits) -> Option<Deadline> {
        if self.met_on.is_some() || (self.days.is_none() && !self.due.is_provisional()) {
            return None;
        }
        let due = calendar.working_days_after(self.started_on, self.limit(limits));
        let forgets = due.is_provisional() && !self.due.is_provisional();
        (due != self.due && !forgets).then_some(Deadline { due, ..*self })
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

    /// T5, from the day our own side is done: the sheet receipted, the money booked.
    pub fn confirmation(calendar: &Calendar, limits: &Limits, done_on: NaiveDate) -> Deadline {
        Deadline::start(calendar, limits, Clock::Confirmation, done_on)
    }

    /// T6, from the notice that announces the money.
    pub fn arrival(calendar: &Calendar, limits: &Limits, announced_on: NaiveDate) -> Deadline {
        Deadline::start(calendar, limits, Clock::Arrival, announced_on)
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
            days: Some(limits.outgoing),
            due: by_acceptance.min(by_receipt),
            met_on: None,
            chased: 0,
        };
        OutgoingClock { by_acceptance, by_receipt, deadline }
    }
}

#[cfg(test)]
mod tests;
