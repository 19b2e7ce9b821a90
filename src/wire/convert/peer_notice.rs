//! 机构通告.

use super::field::{Read, date, date_number, missing, moment, needed, text, text_if_any, wrong};
use super::receipt;
use crate::domain::forms::{DailyDigest, Echo, EchoedMessage, KindCount, LaneRange, Maintenance, PeerNotice, Restored};
use crate::domain::message::Kind;
use crate::domain::money::Balance;
use crate::wire::pb;

pub fn from_pb(value: pb::PeerNotice) -> Read<PeerNotice> {
    Ok(match pb::NoticeKind::try_from(value.notice) {
        Ok(pb::NoticeKind::Maintenance) => {
            let form = needed("maintenance", value.maintenance)?;
            PeerNotice::Maintenance(maintenance(form).map_err(|error| error.within("maintenance"))?)
        }
        Ok(pb::NoticeKind::Directory) => match value.directory_version {
            None | Some(0) => return missing("directory_version"),
            Some(version) => PeerNotice::Directory { version },
        },
        Ok(pb::NoticeKind::DailyDigest) => {
            let form = needed("digest", value.digest)?;
            PeerNotice::Digest(digest(form).map_err(|error| error.within("digest"))?)
        }
        Ok(pb::NoticeKind::Resend) => {
            let missing_ranges = ranges("missing", value.missing)?;
            if missing_ranges.is_empty() {
                return missing("missing");
            }
            PeerNotice::Resend { missing: missing_ranges }
        }
        Ok(pb::NoticeKind::Restored) => {
            let form = needed("restored", value.restored)?;
            PeerNotice::Restored(restored(form).map_err(|error| error.within("restored"))?)
        }
        Ok(pb::NoticeKind::Echo) => {
            let form = needed("echo", value.echo)?;
            PeerNotice::Echo(echo(form).map_err(|error| error.within("echo"))?)
        }
        Ok(pb::NoticeKind::Unspecified) | Err(_) => return missing("notice"),
    })
}

fn maintenance(value: pb::Maintenance) -> Read<Maintenance> {
    let (from, until) = (moment("from_us", value.from_us)?, moment("until_us", value.until_us)?);
    if !Maintenance::is_sound(from, until) {
        return wrong("until_us", "it ends after it begins, and within 31 days");
    }
    let no = text("announcement_no", value.announcement_no)?;
    if !no.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return wrong("announcement_no", "a number has letters, digits and hyphens");
    }
    let text = text_if_any("text", value.text)?;
    Ok(Maintenance { announcement_no: no, from, until, text, withdrawn: value.withdrawn })
}

fn ranges(field: &str, values: Vec<pb::LaneRange>) -> Read<Vec<LaneRange>> {
    let number = |(index, item)| range(item).map_err(|error| error.within(&format!("{field}[{index}]")));
    values.into_iter().enumerate().map(number).collect()
}

fn range(value: pb::LaneRange) -> Read<LaneRange> {
    // Numbers fit the 63 bits of a column; nobody sends more in a universe's time.
    if value.from_seq == 0 || value.to_seq < value.from_seq || value.to_seq > i64::MAX as u64 {
        return wrong("to_seq", "a range begins at 1 or later and ends where it begins or later");
    }
    Ok(LaneRange { epoch: value.epoch, lane: value.lane, from_seq: value.from_seq, to_seq: value.to_seq })
}

fn restored(value: pb::Restored) -> Read<Restored> {
    if value.epoch < 2 {
        return wrong("epoch", "a restore raises the first epoch");
    }
    Ok(Restored { epoch: value.epoch, said: ranges("said", value.said)?, held: ranges("held", value.held)? })
}

fn echo(value: pb::Echo) -> Read<Echo> {
    if value.part == 0 {
        return missing("part");
    }
    let number = |(index, item)| echoed(item).map_err(|error| error.within(&format!("messages[{index}]")));
    let messages = value.messages.into_iter().enumerate().map(number).collect::<Read<_>>()?;
    Ok(Echo { epoch: value.epoch, part: value.part, is_last: value.last, messages })
}

fn echoed(value: pb::EchoedMessage) -> Read<EchoedMessage> {
    let entry = needed("receipt", value.receipt)?;
    let receipt = receipt::entry(entry).map_err(|error| error.within("receipt"))?;
    Ok(EchoedMessage { header: value.header, sigblock: value.sigblock, body: value.body, receipt })
}

fn echo_to_pb(form: &Echo) -> pb::Echo {
    let message = |message: &EchoedMessage| pb::EchoedMessage {
        header: message.header.clone(),
        sigblock: message.sigblock.clone(),
        body: message.body.clone(),
        receipt: Some(receipt::entry_to_pb(&message.receipt)),
    };
    pb::Echo {
        epoch: form.epoch,
        part: form.part,
        last: form.is_last,
        messages: form.messages.iter().map(message).collect(),
    }
}

fn digest(value: pb::DailyDigest) -> Read<DailyDigest> {
    let sum = |field: &str, value: Option<i64>| match value {
        Some(fen) if fen >= 0 => Ok(Balance(fen)),
        Some(_) => wrong(field, "a sum is not below zero"),
        None => missing(field),
    };
    let head = needed("audit_head", value.audit_head)?;
    Ok(DailyDigest {
        day: date("day", value.day)?,
        ranges: ranges("ranges", value.ranges)?,
        sent: value.sent.into_iter().map(kind_count).collect::<Read<_>>()?,
        remitted: sum("remitted_fen", value.remitted_fen)?,
        matched: sum("matched_fen", value.matched_fen)?,
        audit_head: hex::encode(head),
    })
}

fn kind_count(value: pb::KindCount) -> Read<KindCount> {
    Ok(KindCount { kind: needed("sent.kind", Kind::from_number(value.kind))?, count: value.count })
}

pub fn to_pb(form: &PeerNotice) -> pb::PeerNotice {
    let mut notice = pb::PeerNotice {
        notice: pb::NoticeKind::Unspecified.into(),
        maintenance: None,
        directory_version: None,
        digest: None,
        missing: Vec::new(),
        restored: None,
        echo: None,
    };
    let kind = match form {
        PeerNotice::Maintenance(form) => {
            notice.maintenance = Some(pb::Maintenance {
                from_us: form.from.0,
                until_us: form.until.0,
                text: form.text.clone(),
                announcement_no: form.announcement_no.clone(),
                withdrawn: form.withdrawn,
            });
            pb::NoticeKind::Maintenance
        }
        PeerNotice::Directory { version } => {
            notice.directory_version = Some(*version);
            pb::NoticeKind::Directory
        }
        PeerNotice::Digest(form) => {
            notice.digest = Some(digest_to_pb(form));
            pb::NoticeKind::DailyDigest
        }
        PeerNotice::Resend { missing } => {
            notice.missing = missing.iter().map(range_to_pb).collect();
            pb::NoticeKind::Resend
        }
        PeerNotice::Restored(form) => {
            let lanes = |ranges: &[LaneRange]| ranges.iter().map(range_to_pb).collect();
            notice.restored =
                Some(pb::Restored { epoch: form.epoch, said: lanes(&form.said), held: lanes(&form.held) });
            pb::NoticeKind::Restored
        }
        PeerNotice::Echo(form) => {
            notice.echo = Some(echo_to_pb(form));
            pb::NoticeKind::Echo
        }
    };
    notice.notice = kind.into();
    notice
}

fn range_to_pb(range: &LaneRange) -> pb::LaneRange {
    pb::LaneRange { epoch: range.epoch, lane: range.lane, from_seq: range.from_seq, to_seq: range.to_seq }
}

fn digest_to_pb(form: &DailyDigest) -> pb::DailyDigest {
    let count = |count: &KindCount| pb::KindCount { kind: count.kind.number(), count: count.count };
    pb::DailyDigest {
        day: date_number(form.day),
        sent: form.sent.iter().map(count).collect(),
        remitted_fen: Some(form.remitted.0),
        matched_fen: Some(form.matched.0),
        // What is no 32 bytes becomes nothing, which the scan refuses.
        audit_head: Some(hex::decode(&form.audit_head).unwrap_or_default()),
        ranges: form.ranges.iter().map(range_to_pb).collect(),
    }
}
