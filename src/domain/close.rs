//! 日结: what the books say at the end of a day, and what both agencies' books say of the same day. Computes; the store
//! brings the figures.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::forms::{DailyDigest, KindCount, LaneRange};
use super::ids::AgencyCode;
use super::message::Kind;
use super::money::Balance;
use super::time::Moment;

/// Balances of the classes of accounts, each in its natural sign, in fen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trial {
    pub bank: i64,
    pub person: i64,
    pub transit_out: i64,
    pub transit_in: i64,
    pub suspense: i64,
}

impl Trial {
    /// Adds to a class by its word.
    pub fn add(&mut self, class: &str, fen: i64) {
        let place = match class {
            "bank" => &mut self.bank,
            "person" => &mut self.person,
            "transit-out" => &mut self.transit_out,
            "transit-in" => &mut self.transit_in,
            _ => &mut self.suspense,
        };
        *place = place.saturating_add(fen);
    }

    /// persons + transit + suspense − bank: 0 where the books are right.
    pub fn difference(&self) -> i64 {
        let others = [self.person, self.transit_out, self.transit_in, self.suspense];
        others.into_iter().fold(0i64, i64::saturating_add).saturating_sub(self.bank)
    }
}

/// Money that had not arrived where it belongs at the end of the day: one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenMoney {
    /// transit-out | transit-in | suspense
    pub class: String,
    pub fen: i64,
    /// The day of the last booking that brought money.
    pub since: NaiveDate,
    /// The other agency of its case.
    pub peer: Option<AgencyCode>,
    /// Where a line that belongs to no case came from.
    pub payer_account: Option<String>,
}

/// What happened with one peer that day.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PeerDay {
    /// Messages made, by the lane's numbers and by kind.
    pub ranges: Vec<LaneRange>,
    pub sent: BTreeMap<Kind, u64>,
    /// Announced to the peer, by the ledger.
    pub remitted: i64,
    /// Of the peer's money matched, by the ledger.
    pub matched: i64,
}

impl PeerDay {
    /// Answers and notices alone are no traffic: they would keep two agencies telling each other so for ever.
    fn has_traffic(&self) -> bool {
        let counts = |kind: &Kind| !matches!(kind, Kind::Receipt | Kind::PeerNotice);
        self.remitted != 0 || self.matched != 0 || self.sent.keys().any(counts)
    }
}

/// All that closing a day needs, as of its last moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayFigures {
    /// The last day closed before.
    pub last: Option<NaiveDate>,
    /// From the end of that day; the beginning of time for the first close.
    pub from: Moment,
    pub trial: Trial,
    /// Bookings of the day.
    pub postings: u64,
    /// Cases that began and that ended.
    pub opened: u64,
    pub closed: u64,
    pub open: Vec<OpenMoney>,
    pub peers: BTreeMap<AgencyCode, PeerDay>,
    /// The audit chain's last row when it was looked at.
    pub audit_n: i64,
    pub audit_head: [u8; 32],
}

/// Ages in days: 0–3, 4–10, more.
pub const BANDS: usize = 3;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Band {
    pub count: u64,
    pub fen: i64,
}

/// 账龄: money that waits, by agency, class and age.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ageing {
    /// None: nobody knows whose it is.
    pub peer: Option<AgencyCode>,
    pub class: String,
    pub bands: [Band; BANDS],
}

/// Money that waits, by age; `whose` names the agency of an account.
pub fn ageing(open: &[OpenMoney], day: NaiveDate, whose: impl Fn(&OpenMoney) -> Option<AgencyCode>) -> Vec<Ageing> {
    let mut rows: BTreeMap<(Option<AgencyCode>, String), [Band; BANDS]> = BTreeMap::new();
    for money in open {
        let bands = rows.entry((whose(money), money.class.clone())).or_default();
        let band = match day.signed_duration_since(money.since).num_days() {
            ..=3 => 0,
            4..=10 => 1,
            _ => 2,
        };
        bands[band].count += 1;
        bands[band].fen = bands[band].fen.saturating_add(money.fen);
    }
    rows.into_iter().map(|((peer, class), bands)| Ageing { peer, class, bands }).collect()
}

/// A closed day, as it is kept for ever.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayClose {
    pub day: NaiveDate,
    pub from: Moment,
    pub until: Moment,
    pub trial: Trial,
    pub postings: u64,
    pub opened: u64,
    pub closed: u64,
    pub ageing: Vec<Ageing>,
    pub audit_n: i64,
    pub audit_head: String,
}

/// What a peer is told of the day; none where nothing happened and no money is open.
pub fn digest(peer: &PeerDay, day: NaiveDate, has_open_money: bool, audit_head: &[u8; 32]) -> Option<DailyDigest> {
    let numbers: u64 = peer.ranges.iter().map(LaneRange::count).sum();
    // Numbers and counts are of the same messages, unless the clock was set back over midnight.
    let is_whole = numbers == peer.sent.values().sum::<u64>();
    ((peer.has_traffic() || has_open_money) && is_whole).then(|| DailyDigest {
        day,
        ranges: peer.ranges.clone(),
        sent: peer.sent.iter().map(|(kind, count)| KindCount { kind: *kind, count: *count }).collect(),
        remitted: Balance(peer.remitted),
        matched: Balance(peer.matched),
        audit_head: hex::encode(audit_head),
    })
}

/// What we hold of the messages that a peer's digest names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// By kind; what could not be read has no kind.
    pub kinds: BTreeMap<Kind, u64>,
    pub unreadable: u64,
    /// What the remittance notices among them announce, in fen; none where an older release kept no sum.
    pub announced: Option<i64>,
}

impl Held {
    pub fn messages(&self) -> u64 {
        self.kinds.values().sum::<u64>() + self.unreadable
    }
}

/// How a peer's day and ours agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Agreement {
    Agreed,
    /// Some of its messages have not come.
    Missing,
    /// The messages are here, of other kinds or more than it counts.
    Messages,
    /// Its ledger announced another sum than its notices.
    Remitted,
}

impl Agreement {
    /// The stable word: state of a digest, and detail of its task.
    pub fn word(self) -> &'static str {
        match self {
            Agreement::Agreed => "agreed",
            Agreement::Missing => "missing",
            Agreement::Messages => "messages",
            Agreement::Remitted => "remitted",
        }
    }
}

/// Compares what a peer says it sent with what came. Only numbers of its own lanes are counted, so that nothing of
/// another day can part the two.
pub fn compare(said: &DailyDigest, held: &Held) -> Agreement {
    if held.messages() < said.messages() {
        return Agreement::Missing;
    }
    let said_of = |kind: &Kind| said.sent.iter().filter(|count| count.kind == *kind).map(|count| count.count).sum();
    let extra: u64 = held.kinds.iter().map(|(kind, count)| count.saturating_sub(said_of(kind))).sum();
    if extra > 0 || held.messages() > said.messages() {
        return Agreement::Messages;
    }
    match held.announced {
        Some(announced) if announced != said.remitted.0 => Agreement::Remitted,
        _ => Agreement::Agreed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 3, day).expect("a date")
    }

    fn said(letters: u64, receipts: u64, remitted: i64) -> DailyDigest {
        let counts = [(Kind::ContactLetter, letters), (Kind::Receipt, receipts)];
        let range = LaneRange { epoch: 1, lane: 0, from_seq: 5, to_seq: 4 + letters + receipts };
        DailyDigest {
            day: day(2),
            ranges: vec![range],
            sent: counts.into_iter().map(|(kind, count)| KindCount { kind, count }).collect(),
            remitted: Balance(remitted),
            matched: Balance(0),
            audit_head: String::new(),
        }
    }

    fn held(letters: u64, receipts: u64, announced: Option<i64>) -> Held {
        let kinds = BTreeMap::from([(Kind::ContactLetter, letters), (Kind::Receipt, receipts)]);
        Held { kinds, unreadable: 0, announced }
    }

    #[test]
    fn what_differs_is_named_and_what_could_not_be_read_is_no_difference() {
        let said = said(2, 3, 500);
        assert_eq!(compare(&said, &held(2, 3, Some(500))), Agreement::Agreed);
        assert_eq!(compare(&said, &held(2, 2, Some(500))), Agreement::Missing);
        assert_eq!(compare(&said, &held(3, 2, Some(500))), Agreement::Messages);
        assert_eq!(compare(&said, &held(2, 4, Some(500))), Agreement::Messages);
        assert_eq!(compare(&said, &held(2, 3, Some(400))), Agreement::Remitted);
        assert_eq!(compare(&said, &held(2, 3, None)), Agreement::Agreed, "an older release kept no sum");
        assert_eq!(compare(&said, &Held { unreadable: 1, ..held(1, 3, Some(500)) }), Agreement::Agreed);
    }

    #[test]
    fn receipts_and_notices_alone_are_no_traffic() {
        let range = LaneRange { epoch: 1, lane: 0, from_seq: 1, to_seq: 2 };
        let sent = BTreeMap::from([(Kind::Receipt, 1), (Kind::PeerNotice, 1)]);
        let quiet = PeerDay { ranges: vec![range], sent, ..PeerDay::default() };
        assert_eq!(digest(&quiet, day(2), false, &[0; 32]), None);
        assert_eq!(digest(&quiet, day(2), true, &[7; 32]).expect("money is open").messages(), 2);
        let sent = BTreeMap::from([(Kind::ContactLetter, 3)]);
        let torn = PeerDay { sent, ..quiet };
        assert_eq!(digest(&torn, day(2), true, &[0; 32]), None, "numbers and counts are not of the same messages");
    }

    #[test]
    fn money_is_aged_by_the_days_it_has_waited() {
        let money = |since, fen| OpenMoney {
            class: "suspense".into(),
            fen,
            since: day(since),
            peer: None,
            payer_account: None,
        };
        let open = [money(20, 1), money(17, 2), money(16, 4), money(10, 8), money(9, 16), money(25, 32)];
        let rows = ageing(&open, day(20), |_| None);
        let fen: Vec<i64> = rows[0].bands.iter().map(|band| band.fen).collect();
        assert_eq!((rows.len(), fen), (1, vec![1 + 2 + 32, 4 + 8, 16]));
    }

    #[test]
    fn books_that_do_not_balance_say_by_how_much() {
        let mut trial = Trial::default();
        for (class, fen) in [("bank", 100), ("person", 60), ("transit-out", 10), ("transit-in", 20), ("suspense", 10)] {
            trial.add(class, fen);
        }
        assert_eq!(trial.difference(), 0);
        trial.add("suspense", 1);
        assert_eq!(trial.difference(), 1);
    }
}
