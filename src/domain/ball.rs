//! 持球时间: how long each party held the ball, in every phase of a case, from the case's own history. Explains; no
//! deadline is moved by it.
//!
//! Days are counted as deadlines are: the day of a step is not counted for whoever holds the ball from then on, so it
//! belongs to whoever held it when the day began, and all parties' days together are the days of the case.

use serde::Serialize;

use super::calendar::Calendar;
use super::case::Holder;
use super::time::Moment;

/// A case as it stood from one step on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stood {
    pub from: Moment,
    pub relation: String,
    pub money: Option<String>,
    pub holder: String,
}

/// 环节 of the whole case, as both sides know them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// From the application to the letter.
    Letter,
    /// From the letter to the sheet.
    Sheet,
    /// From the sheet to merged months.
    Merge,
    /// What the money takes beyond that.
    Money,
    /// From there to the receipt of the completion notice.
    Completion,
}

impl Phase {
    pub const ALL: [Phase; 5] = [Phase::Letter, Phase::Sheet, Phase::Merge, Phase::Money, Phase::Completion];

    /// The stable word.
    pub fn word(self) -> &'static str {
        match self {
            Phase::Letter => "letter",
            Phase::Sheet => "sheet",
            Phase::Merge => "merge",
            Phase::Money => "money",
            Phase::Completion => "completion",
        }
    }

    pub fn names(self) -> (&'static str, &'static str) {
        match self {
            Phase::Letter => ("发函", "letter"),
            Phase::Sheet => ("信息表", "sheet"),
            Phase::Merge => ("核对合并", "merge"),
            Phase::Money => ("资金", "money"),
            Phase::Completion => ("办结", "completion"),
        }
    }

    /// The phase a case is in; none once it is closed.
    fn of(role: &str, relation: &str, money: Option<&str>) -> Option<Phase> {
        Some(match (role, relation) {
            (_, "APPLIED" | "HANDED_OVER") => Phase::Letter,
            (_, "LETTER_SENT" | "OUTGOING_WORKING" | "LETTER_RETURNED" | "CANCELLING" | "CHECKING") => Phase::Sheet,
            (_, "SHEET_RECEIVED" | "SHEET_DISPUTED") => Phase::Merge,
            ("incoming", "RELATION_MERGED") => match money {
                Some("NOT_EXPECTED" | "CREDITED") => Phase::Completion,
                _ => Phase::Money,
            },
            (_, "SHEET_ISSUED" | "AWAITING_COMPLETION") => match money {
                Some("FROZEN" | "REMITTING" | "REMIT_FAILED" | "PAYING_PERSON" | "PAYOUT_FAILED") => Phase::Money,
                _ => Phase::Completion,
            },
            (_, "PAYOUT_OPENED" | "PAYING_OUT") => Phase::Money,
            ("incoming", "COMPLETED") => Phase::Completion,
            _ => return None,
        })
    }
}

/// What one party took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Share {
    /// `own`, `peer`, `bank`, `person`
    pub holder: &'static str,
    /// `None` where the calendar does not cover a day of it.
    pub working_days: Option<u32>,
    pub calendar_days: u32,
}

/// A phase with what each party took in it; parties that never held the ball are left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PhaseTime {
    pub phase: Phase,
    pub shares: Vec<Share>,
}

/// 持球时间 of one case.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct BallTime {
    pub total: Vec<Share>,
    pub phases: Vec<PhaseTime>,
}

const PARTIES: [Holder; 4] = [Holder::Own, Holder::Peer, Holder::Bank, Holder::Person];

/// One party's days in one phase.
struct Spent {
    phase: Phase,
    holder: Holder,
    working_days: Option<u32>,
    calendar_days: u32,
}

/// Splits the time of a case, oldest step first, up to now; a closed case ends with the step that closed it.
pub fn split(role: &str, history: &[Stood], now: Moment, calendar: &Calendar) -> BallTime {
    let ends = history.iter().skip(1).map(|next| next.from).chain([now]);
    let spent: Vec<Spent> =
        history.iter().zip(ends).filter_map(|(stood, until)| spent(role, stood, until, calendar)).collect();
    let phases = Phase::ALL
        .into_iter()
        .map(|phase| PhaseTime { phase, shares: shares(spent.iter().filter(|spent| spent.phase == phase)) });
    BallTime { total: shares(spent.iter()), phases: phases.filter(|phase| !phase.shares.is_empty()).collect() }
}

fn spent(role: &str, stood: &Stood, until: Moment, calendar: &Calendar) -> Option<Spent> {
    let phase = Phase::of(role, &stood.relation, stood.money.as_deref())?;
    let holder = PARTIES.into_iter().find(|holder| holder.word() == stood.holder)?;
    let (from, until) = (stood.from.china_date(), until.china_date());
    let calendar_days = u32::try_from((until - from).num_days()).unwrap_or(0);
    Some(Spent { phase, holder, working_days: calendar.working_days_between(from, until), calendar_days })
}

fn shares<'a>(spent: impl Iterator<Item = &'a Spent> + Clone) -> Vec<Share> {
    let share = |holder: Holder| {
        let mut of_party = spent.clone().filter(|spent| spent.holder == holder).peekable();
        of_party.peek()?;
        let (mut working_days, mut calendar_days) = (Some(0u32), 0);
        for spent in of_party {
            working_days = working_days.zip(spent.working_days).map(|(sum, days)| sum + days);
            calendar_days += spent.calendar_days;
        }
        Some(Share { holder: holder.word(), working_days, calendar_days })
    };
    PARTIES.into_iter().filter_map(share).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-03-02 10:00 in China, a Monday, and days after it.
    fn day(days: i64) -> Moment {
        Moment(1_772_416_800_000_000 + days * 86_400_000_000)
    }

    fn stood(days: i64, relation: &str, money: Option<&str>, holder: &str) -> Stood {
        Stood { from: day(days), relation: relation.into(), money: money.map(str::to_owned), holder: holder.into() }
    }

    fn transfer() -> Vec<Stood> {
        vec![
            stood(0, "APPLIED", None, "own"),
            stood(1, "LETTER_SENT", None, "peer"),
            stood(1, "OUTGOING_WORKING", None, "peer"),
            // A week later, over one weekend.
            stood(8, "SHEET_RECEIVED", Some("EXPECTED"), "own"),
            stood(9, "RELATION_MERGED", Some("REMITTED"), "bank"),
            stood(11, "COMPLETED", Some("CREDITED"), "peer"),
            stood(11, "COMPLETED", Some("CREDITED"), "nobody"),
        ]
    }

    #[test]
    fn every_day_belongs_to_who_held_the_ball_when_it_began() {
        let ball = split("incoming", &transfer(), day(40), &Calendar::shipped());
        let total: Vec<(&str, Option<u32>, u32)> =
            ball.total.iter().map(|share| (share.holder, share.working_days, share.calendar_days)).collect();
        assert_eq!(total, [("own", Some(2), 2), ("peer", Some(5), 7), ("bank", Some(2), 2)]);
        let days: u32 = ball.total.iter().map(|share| share.calendar_days).sum();
        assert_eq!(days, 11, "all parties' days are the days of the case");
        let phases: Vec<(Phase, usize)> = ball.phases.iter().map(|time| (time.phase, time.shares.len())).collect();
        let one = |phase| (phase, 1);
        assert_eq!(phases, Phase::ALL.map(one));
    }

    #[test]
    fn an_open_case_runs_on_and_an_unpublished_year_is_not_guessed() {
        let open = &transfer()[..3];
        let ball = split("incoming", open, day(4), &Calendar::shipped());
        assert_eq!(ball.total[1], Share { holder: "peer", working_days: Some(3), calendar_days: 3 });
        let ball = split("incoming", open, day(400), &Calendar::shipped());
        assert_eq!((ball.total[1].working_days, ball.total[1].calendar_days), (None, 399));
        assert_eq!(split("incoming", &[], day(1), &Calendar::shipped()), BallTime::default());
    }
}
