//! What is known of other agencies beside any case: when they are closed, and which directory they act on.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::directory::{Agency, Directory};
use super::ids::AgencyCode;
use super::time::{Moment, next_day};

/// 停机: an announced time in which an agency is closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closure {
    /// Who closes: a peer, or we.
    pub agency: AgencyCode,
    pub announcement_no: String,
    pub from: Moment,
    pub until: Moment,
    /// At most 500 characters.
    pub reason: Option<String>,
    /// Ours: the one peer that was told; none: all of them.
    pub to: Option<AgencyCode>,
    /// When it was announced here or heard of.
    pub at: Moment,
    /// Who announced it: a person here, or the peer's code.
    pub by: String,
    pub withdrawn_at: Option<Moment>,
}

impl Closure {
    pub fn covers(&self, at: Moment) -> bool {
        self.withdrawn_at.is_none() && self.from <= at && at < self.until
    }
}

/// Until when an agency is closed; closures that touch count as one. `None`: it is open.
pub fn closed_until<'a>(closures: impl Iterator<Item = &'a Closure> + Clone, at: Moment) -> Option<Moment> {
    let mut until = at;
    while let Some(later) = closures.clone().find(|closure| closure.covers(until)) {
        until = later.until;
    }
    (until > at).then_some(until)
}

/// The first whole day after a closure: what waited for it is done then.
pub fn day_after(until: Moment) -> NaiveDate {
    next_day(Moment(until.0 - 1).china_date())
}

/// An operator announces that we close.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MaintenanceOrder {
    pub announcement_no: String,
    pub from: Moment,
    pub until: Moment,
    /// 1 to 500 characters; the peers read it.
    pub reason: String,
    /// One peer; none: every peer in the directory.
    pub to: Option<AgencyCode>,
}

/// Peers that a message can be sealed to now, in the order of their codes.
pub fn reachable<'a>(
    directory: &'a Directory,
    us: &'a AgencyCode,
    at: Moment,
) -> impl Iterator<Item = &'a AgencyCode> + 'a {
    let ours = directory.agency(us).map(|us| us.suites.as_slice()).unwrap_or_default();
    let can_be_told = move |agency: &&Agency| {
        agency.code != *us
            && !agency.suspended
            && agency.current_sealing_key(at).is_some()
            && agency.suites.iter().any(|suite| ours.contains(suite))
    };
    directory.agencies.values().filter(can_be_told).map(|agency| &agency.code)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closure(from: i64, until: i64) -> Closure {
        Closure {
            agency: AgencyCode::new("530800").expect("a code"),
            announcement_no: format!("M{from}"),
            from: Moment(from),
            until: Moment(until),
            reason: None,
            to: None,
            at: Moment(0),
            by: "530800".into(),
            withdrawn_at: None,
        }
    }

    #[test]
    fn closures_that_touch_count_as_one_and_a_withdrawn_one_not() {
        let all = [closure(20, 30), closure(10, 20), closure(25, 40), closure(50, 60)];
        assert_eq!(closed_until(all.iter(), Moment(9)), None);
        assert_eq!(closed_until(all.iter(), Moment(10)), Some(Moment(40)));
        assert_eq!(closed_until(all.iter(), Moment(40)), None, "the end is open again");
        let withdrawn = [Closure { withdrawn_at: Some(Moment(1)), ..closure(10, 20) }];
        assert_eq!(closed_until(withdrawn.iter(), Moment(15)), None);
    }

    #[test]
    fn what_waited_is_done_on_the_first_whole_day_after() {
        let day = |day| NaiveDate::from_ymd_opt(2026, 3, day).expect("a date");
        assert_eq!(day_after(Moment::start_of(day(7))), day(7), "closed until midnight");
        assert_eq!(day_after(Moment(Moment::start_of(day(7)).0 + 1)), day(8));
    }
}
