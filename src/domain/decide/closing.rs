//! 日结与对账: a day is closed, every peer with which something happened is told what our books say of it, and what a
//! peer tells is held against what came from it. Books nothing; a difference waits for a person.

use chrono::NaiveDate;

use super::desk::Desk;
use crate::domain::act::Why;
use crate::domain::changes::{Declined, DigestRow, Outcome};
use crate::domain::close::{self, Agreement, DayClose, DayFigures, OpenMoney};
use crate::domain::forms::{DailyDigest, PeerNotice};
use crate::domain::ids::AgencyCode;
use crate::domain::message::Form;
use crate::domain::peers::reachable;
use crate::domain::time::{Moment, next_day};

/// Closes a day, once and after the days before it.
pub fn day(desk: &mut Desk<'_>, day: NaiveDate) {
    if day >= desk.today {
        return desk.decline(Declined::new(
            "DAY_NOT_OVER",
            "这一天还没有结束，不能日结",
            "the day is not over; it cannot be closed yet",
        ));
    }
    let figures = desk.known.days.get(&day).cloned();
    let in_order = |figures: &DayFigures| figures.last == desk.known.last_closed && figures.last < Some(day);
    let Some(figures) = figures.filter(in_order) else {
        return desk.decline(Declined::new(
            "CLOSE_ORDER",
            "日结按日期顺序办理，这一天已包含在以后的日结中",
            "days are closed in their order; this one is part of a later close",
        ));
    };
    let ageing = close::ageing(&figures.open, day, |money| whose(desk, money));
    let closed = DayClose {
        day,
        from: figures.from,
        until: Moment::start_of(next_day(day)),
        trial: figures.trial,
        postings: figures.postings,
        opened: figures.opened,
        closed: figures.closed,
        ageing,
        audit_n: figures.audit_n,
        audit_head: hex::encode(figures.audit_head),
    };
    let difference = closed.trial.difference();
    if difference != 0 {
        let task = format!("CLOSE_UNBALANCED/{day}");
        desk.open_task(task, "CLOSE_UNBALANCED", None, None, Some(day.to_string()));
    }
    desk.changes.note = Some(format!("{} postings; difference {difference}", closed.postings));
    desk.known.last_closed = Some(day);
    desk.changes.close = Some(Box::new(closed));
    tell_peers(desk, day, &figures);
}

/// The agency of a waiting sum: of its case, or the one whose listed account it came from.
fn whose(desk: &Desk<'_>, money: &OpenMoney) -> Option<AgencyCode> {
    let by_account = || desk.rules.directory.owner_of_account(money.payer_account.as_deref()?).cloned();
    money.peer.clone().or_else(by_account)
}

fn tell_peers(desk: &mut Desk<'_>, day: NaiveDate, figures: &DayFigures) {
    let nothing = close::PeerDay::default();
    for peer in reachable(desk.rules.directory, desk.rules.us, desk.at) {
        let is_open = figures.open.iter().any(|money| money.peer.as_ref() == Some(peer));
        let of_peer = figures.peers.get(peer).unwrap_or(&nothing);
        let Some(digest) = close::digest(of_peer, day, is_open, &figures.audit_head) else { continue };
        let notice = PeerNotice::Digest(digest.clone());
        desk.tell(peer.clone(), Form::PeerNotice(Box::new(notice)));
        let row = DigestRow { peer: peer.clone(), day, ours: true, state: "sent", digest, held: None };
        desk.changes.digests.push(row);
    }
}

/// A peer's digest came. It is compared once what it counts is durable here: a clock looks.
pub fn told(desk: &mut Desk<'_>, peer: &AgencyCode, digest: &DailyDigest) {
    let (day, digest) = (digest.day, digest.clone());
    desk.changes.note = Some(format!("digest {day}"));
    desk.changes.digests.push(DigestRow {
        peer: peer.clone(),
        day,
        ours: false,
        state: "received",
        digest,
        held: None,
    });
}

/// Holds a peer's digest against what came from it.
pub fn compare(desk: &mut Desk<'_>, peer: &AgencyCode, day: NaiveDate) {
    let key = (peer.clone(), day);
    let Some((row, held)) = desk.known.digests.get(&key).cloned() else {
        desk.changes.outcome = Outcome::Duplicate;
        return;
    };
    let agreement = close::compare(&row.digest, &held);
    let object = format!("{peer}/{day}");
    let state = match agreement {
        Agreement::Agreed => {
            desk.close_task("DAILY_DIGEST_DIFFERS", &object);
            "agreed"
        }
        Agreement::Missing => "missing",
        Agreement::Messages | Agreement::Remitted => "differs",
    };
    if agreement != Agreement::Agreed {
        let detail = Some(format!("{peer} {day} {}", agreement.word()));
        let task = format!("DAILY_DIGEST_DIFFERS/{object}");
        desk.open_task(task, "DAILY_DIGEST_DIFFERS", None, None, detail);
    }
    desk.changes.note = Some(agreement.word().to_owned());
    let held = serde_json::to_string(&held).ok();
    let row = DigestRow { state, held, ..row };
    desk.changes.digests.push(row);
}

/// 已核实: a person has looked into the difference with the other agency.
pub fn noted(desk: &mut Desk<'_>, actor: &str, peer: &AgencyCode, day: NaiveDate, reason: &str) {
    if let Err(declined) = super::act::check_words(actor, &Why(reason.to_owned())) {
        return desk.decline(declined);
    }
    let key = (peer.clone(), day);
    let row = desk.known.digests.get(&key).filter(|(row, _)| matches!(row.state, "missing" | "differs"));
    let Some((row, _)) = row.cloned() else {
        return desk.decline(Declined::new(
            "DIGEST_NOT_OPEN",
            "该机构这一天的对账没有待核实的差异",
            "no difference with this agency on this day waits for a person",
        ));
    };
    desk.close_task("DAILY_DIGEST_DIFFERS", &format!("{peer}/{day}"));
    desk.changes.note = Some(reason.to_owned());
    desk.changes.digests.push(DigestRow { state: "noted", ..row });
}
