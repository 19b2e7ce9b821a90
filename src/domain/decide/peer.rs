//! 机构通告: what agencies tell each other outside any case. Nothing here moves a case or touches money.

use super::desk::Desk;
use super::{Taking, closing, restore};
use crate::domain::act::Why;
use crate::domain::changes::Declined;
use crate::domain::forms::{LaneRange, Maintenance, PeerNotice, RANGES_MAX};
use crate::domain::ids::AgencyCode;
use crate::domain::message::{Form, Received};
use crate::domain::peers::{Closure, MaintenanceOrder, reachable};
use crate::domain::reasons::RefusalCode;

type Decided = Result<(), Declined>;

/// One task, however many peers say so.
const NEWER: &str = "DIRECTORY_NEWER/directory";

/// A notice came. It belongs to no case: one that names a case is refused.
pub fn notice(desk: &mut Desk<'_>, received: &Received, form: &PeerNotice) -> Taking {
    if received.body.case_id.is_some() || received.body.letter_no.is_some() {
        return Taking::Refused(RefusalCode::BadContent);
    }
    desk.changes.note = Some(form.word().to_owned());
    match form {
        PeerNotice::Maintenance(form) => maintenance(desk, &received.sender, form),
        PeerNotice::Directory { version } => directory(desk, &received.sender, *version),
        PeerNotice::Digest(digest) => closing::told(desk, &received.sender, digest),
        // The shell publishes the same bytes again once this is durable: nothing is made anew, so nothing is decided.
        PeerNotice::Resend { missing } => desk.changes.resend.extend(missing.iter().copied()),
        PeerNotice::Restored(form) => restore::peer_restored(desk, &received.sender, form),
        PeerNotice::Echo(form) => return restore::heard(desk, received, form),
    }
    Taking::Applied
}

/// A peer closes, or takes that back; the withdrawal holds whichever of the two comes first.
fn maintenance(desk: &mut Desk<'_>, peer: &AgencyCode, form: &Maintenance) {
    let key = (peer.clone(), form.announcement_no.clone());
    let withdrawn_at = form.withdrawn.then_some(desk.at);
    let closure = match desk.known.closures.get(&key) {
        Some(known) => Closure { withdrawn_at: known.withdrawn_at.or(withdrawn_at), ..known.clone() },
        None => Closure {
            agency: peer.clone(),
            announcement_no: form.announcement_no.clone(),
            from: form.from,
            until: form.until,
            reason: form.text.clone(),
            to: None,
            at: desk.at,
            by: peer.to_string(),
            withdrawn_at,
        },
    };
    put(desk, closure);
}

fn put(desk: &mut Desk<'_>, closure: Closure) {
    let key = (closure.agency.clone(), closure.announcement_no.clone());
    desk.known.closures.insert(key, closure.clone());
    desk.changes.closures.push(closure);
}

/// A peer acts on a newer directory than ours: somebody must fetch it.
fn directory(desk: &mut Desk<'_>, peer: &AgencyCode, version: u64) {
    // Notices may overtake each other; an agency's directory only grows.
    if desk.known.directories.get(peer).is_some_and(|known| *known >= version) {
        return;
    }
    hear(desk, peer.clone(), version);
    if version > desk.rules.directory.version {
        let detail = Some(format!("v{version} {peer}"));
        let task = NEWER.to_owned();
        desk.open_task(task, "DIRECTORY_NEWER", None, None, detail);
    }
}

fn hear(desk: &mut Desk<'_>, agency: AgencyCode, version: u64) {
    desk.known.directories.insert(agency.clone(), version);
    desk.changes.directories.push((agency, version));
}

/// We act on this version now. A version newer than the one we told of last goes to every peer.
pub fn acts_on(desk: &mut Desk<'_>, version: u64) {
    let us = desk.rules.us.clone();
    let told = desk.known.directories.get(&us).copied();
    let newest = desk.known.directories.iter().filter(|(agency, _)| **agency != us).map(|(_, version)| *version).max();
    if newest.is_none_or(|newest| newest <= version) {
        desk.close_task("DIRECTORY_NEWER", "directory");
    }
    if told.is_some_and(|told| told < version) {
        for peer in reachable(desk.rules.directory, desk.rules.us, desk.at) {
            desk.tell(peer.clone(), Form::PeerNotice(Box::new(PeerNotice::Directory { version })));
        }
    }
    if told.is_none_or(|told| told < version) {
        hear(desk, us, version);
    }
}

/// Numbers of a peer never came: it is asked for the bytes. Holds nothing back.
pub fn ask_again(desk: &mut Desk<'_>, peer: &AgencyCode, missing: &[LaneRange]) {
    if !reachable(desk.rules.directory, desk.rules.us, desk.at).any(|known| known == peer) {
        return;
    }
    desk.changes.note = Some(format!("{} numbers", missing.iter().map(LaneRange::count).sum::<u64>()));
    let missing = missing.iter().take(RANGES_MAX).copied().collect();
    desk.tell(peer.clone(), Form::PeerNotice(Box::new(PeerNotice::Resend { missing })));
}

/// We shall be closed: every peer is told, or one.
pub fn announce(desk: &mut Desk<'_>, actor: &str, order: &MaintenanceOrder) {
    if let Err(declined) = try_announce(desk, actor, order) {
        desk.decline(declined);
    }
}

fn try_announce(desk: &mut Desk<'_>, actor: &str, order: &MaintenanceOrder) -> Decided {
    super::act::check_words(actor, &Why(order.reason.clone()))?;
    if !Maintenance::is_sound(order.from, order.until) {
        return Err(Declined::new(
            "MAINTENANCE_WINDOW",
            "停机须在开始之后结束，至多 31 天；未通告",
            "it must end after it begins, within 31 days; nobody was told",
        ));
    }
    if order.until <= desk.at {
        return Err(Declined::new(
            "MAINTENANCE_OVER",
            "停机时间已过；未通告",
            "that time is over already; nobody was told",
        ));
    }
    let closure = Closure {
        agency: desk.rules.us.clone(),
        announcement_no: order.announcement_no.clone(),
        from: order.from,
        until: order.until,
        reason: Some(order.reason.clone()),
        to: order.to.clone(),
        at: desk.at,
        by: actor.to_owned(),
        withdrawn_at: None,
    };
    tell(desk, &closure)?;
    put(desk, closure);
    Ok(())
}

/// An announcement of ours does not hold any more: whoever was told is told so.
pub fn withdraw(desk: &mut Desk<'_>, actor: &str, announcement_no: &str, reason: &str) {
    if let Err(declined) = try_withdraw(desk, actor, announcement_no, reason) {
        desk.decline(declined);
    }
}

fn try_withdraw(desk: &mut Desk<'_>, actor: &str, announcement_no: &str, reason: &str) -> Decided {
    super::act::check_words(actor, &Why(reason.to_owned()))?;
    let key = (desk.rules.us.clone(), announcement_no.to_owned());
    let ours = desk.known.closures.get(&key).filter(|ours| ours.withdrawn_at.is_none() && ours.until > desk.at);
    let Some(ours) = ours.cloned() else {
        return Err(Declined::new(
            "ANNOUNCEMENT_UNKNOWN",
            "没有这份尚未结束的停机通告",
            "there is no such announcement of ours that is not over",
        ));
    };
    let withdrawn = Closure { withdrawn_at: Some(desk.at), ..ours };
    tell(desk, &withdrawn)?;
    desk.changes.note = Some(reason.to_owned());
    put(desk, withdrawn);
    Ok(())
}

fn tell(desk: &mut Desk<'_>, closure: &Closure) -> Decided {
    let is_asked = |peer: &&AgencyCode| closure.to.as_ref().is_none_or(|to| to == *peer);
    let peers: Vec<AgencyCode> =
        reachable(desk.rules.directory, desk.rules.us, desk.at).filter(is_asked).cloned().collect();
    if peers.is_empty() {
        return Err(Declined::new(
            "PEER_UNKNOWN",
            "机构目录中没有可以收信的这个机构；未通告",
            "the directory lists no such agency that can be written to; nobody was told",
        ));
    }
    for peer in peers {
        let form = Maintenance {
            announcement_no: closure.announcement_no.clone(),
            from: closure.from,
            until: closure.until,
            text: closure.reason.clone(),
            withdrawn: closure.withdrawn_at.is_some(),
        };
        desk.tell(peer, Form::PeerNotice(Box::new(PeerNotice::Maintenance(form))));
    }
    Ok(())
}
