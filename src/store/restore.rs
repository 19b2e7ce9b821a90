//! What a restore left open, and what restored peers are still to be told.

use std::collections::HashMap;

use serde::Serialize;
use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::engine::{self, Value};
use super::rows::{corrupt, digest, read_day, read_document, uuid};
use super::sql::restore as sql;
use super::{Store, StoreError};
use crate::domain::forms::{EchoedMessage, LaneRange, ReceiptEntry};
use crate::domain::ids::{AgencyCode, MessageId};
use crate::domain::message::Kind;
use crate::domain::restore::{EchoPart, Place, Rebuilding, Restore, RestoredPeer};
use crate::domain::time::Moment;

/// Messages read for one part.
const PART_ROWS: u32 = 400;
/// Bytes of the messages of one part: with their numbers they stay below a frame's limit.
const PART_BYTES: usize = 180_000;

/// For people: what is still to be done after a restore.
#[derive(Debug, Serialize)]
pub struct RestoreStatus {
    pub last: Option<Restore>,
    pub unheard: Vec<UnheardPeer>,
    pub unrepeated: u64,
    /// The first forgotten message of each case, the oldest cases first; at most 50.
    pub first: Vec<Unrepeated>,
}

#[derive(Debug, Serialize)]
pub struct UnheardPeer {
    pub peer: String,
    pub asked_at: Option<Moment>,
    pub came: i64,
    pub parts: Option<i64>,
}

#[derive(Debug, Serialize)]
pub struct Unrepeated {
    pub peer: String,
    pub kind: String,
    pub application_no: Option<String>,
    /// Where the case is here again.
    pub letter_no: Option<String>,
    pub said_at: Moment,
}

/// What a peer is told after a restore: the last numbers of each lane, said and held.
#[derive(Debug, Clone)]
pub struct ToTell {
    pub peer: AgencyCode,
    pub epoch: u32,
    pub said: Vec<LaneRange>,
    pub held: Vec<LaneRange>,
}

fn agency(row: &SqliteRow) -> Result<AgencyCode, StoreError> {
    AgencyCode::new(row.get("peer")).map_err(|_| corrupt("agency code"))
}

fn small(row: &SqliteRow, name: &str) -> Result<u32, StoreError> {
    u32::try_from(row.get::<i64, _>(name)).map_err(|_| corrupt("epoch"))
}

fn number(row: &SqliteRow, name: &str) -> Result<u64, StoreError> {
    u64::try_from(row.get::<i64, _>(name)).map_err(|_| corrupt("seq"))
}

fn range(row: &SqliteRow) -> Result<LaneRange, StoreError> {
    Ok(LaneRange { epoch: small(row, "epoch")?, lane: small(row, "lane")?, from_seq: 1, to_seq: number(row, "seq")? })
}

pub(super) fn read_peer(row: &SqliteRow) -> Result<RestoredPeer, StoreError> {
    Ok(RestoredPeer {
        peer: agency(row)?,
        epoch: small(row, "epoch")?,
        said: read_document(row.get("said"), "restored peer")?,
        held: read_document(row.get("held"), "restored peer")?,
    })
}

/// Epoch and lane of everything ever sent to a peer.
pub(super) async fn lanes_of(
    connection: &mut SqliteConnection,
    peer: &AgencyCode,
) -> Result<Vec<(u32, u32)>, StoreError> {
    let rows = engine::rows(connection, sql::OWN_LANES, vec![Value::text(peer.to_string())]).await?;
    rows.iter().map(|row| Ok((small(row, "epoch")?, small(row, "lane")?))).collect()
}

async fn last(connection: &mut SqliteConnection) -> Result<Option<Restore>, StoreError> {
    let rows = engine::rows(connection, sql::LAST_RESTORE, vec![]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    Ok(Some(Restore {
        epoch: small(row, "epoch")?,
        at: Moment(row.get("at")),
        by: row.get("by"),
        approved_by: row.get("approved_by"),
        payments_by: row.get("payments_by"),
        payments_confirmed_by: row.get("payments_confirmed_by"),
    }))
}

impl Store {
    pub async fn rebuilding(&self) -> Result<Rebuilding, StoreError> {
        let mut writer = self.writer.lock().await;
        writer.renew().await?;
        let connection = &mut writer.connection;
        let last = last(connection).await?;
        let unheard = engine::rows(connection, sql::UNHEARD, vec![]).await?;
        let unheard = unheard.iter().map(agency).collect::<Result<_, _>>()?;
        let rows = engine::rows(connection, sql::UNREPEATED, vec![]).await?;
        let count = |name| rows.first().map_or(Ok(0), |row| number(row, name));
        Ok(Rebuilding { last, unheard, unrepeated: count("n")?, forgotten: count("n_all")? })
    }

    /// The last restore of every peer that had one.
    pub async fn restored_peers(&self) -> Result<HashMap<AgencyCode, RestoredPeer>, StoreError> {
        let mut writer = self.writer.lock().await;
        writer.renew().await?;
        let rows = engine::rows(&mut writer.connection, sql::RESTORED_PEERS, vec![]).await?;
        // By epoch: the last one stands.
        rows.iter().map(|row| read_peer(row).map(|peer| (peer.peer.clone(), peer))).collect()
    }

    pub async fn restore_status(&self) -> Result<RestoreStatus, StoreError> {
        let rebuilding = self.rebuilding().await?;
        let mut connection = self.readers.acquire().await?;
        let unheard = engine::rows(&mut connection, sql::UNHEARD, vec![]).await?;
        let unheard = unheard.iter().map(|row| UnheardPeer {
            peer: row.get("peer"),
            asked_at: row.get::<Option<i64>, _>("asked_at").map(Moment),
            came: row.get("came"),
            parts: row.get("parts"),
        });
        let first = engine::rows(&mut connection, sql::UNREPEATED_FIRST, vec![]).await?;
        let first = first.iter().map(|row| Unrepeated {
            peer: row.get("peer"),
            kind: row.get("kind"),
            application_no: row.get("application_no"),
            letter_no: row.get("letter_no"),
            said_at: Moment(row.get("created_at")),
        });
        let (unheard, first) = (unheard.collect(), first.collect());
        Ok(RestoreStatus { last: rebuilding.last, unheard, unrepeated: rebuilding.unrepeated, first })
    }

    /// Peers that were not told yet that we have forgotten.
    pub async fn restores_to_tell(&self) -> Result<Vec<ToTell>, StoreError> {
        let mut connection = self.readers.acquire().await?;
        let Some(last) = last(&mut connection).await? else { return Ok(Vec::new()) };
        let rows = engine::rows(&mut connection, sql::UNHEARD, vec![]).await?;
        let mut all = Vec::new();
        for row in rows.iter().filter(|row| row.get::<Option<i64>, _>("asked_at").is_none()) {
            let peer = agency(row)?;
            let values = vec![Value::text(peer.to_string()), last.epoch.into()];
            let said = engine::rows(&mut connection, sql::SAID_LANES, values).await?;
            let held = engine::rows(&mut connection, sql::HELD_LANES, vec![Value::text(peer.to_string())]).await?;
            all.push(ToTell {
                peer,
                epoch: last.epoch,
                said: said.iter().map(range).collect::<Result<_, _>>()?,
                held: held.iter().map(range).collect::<Result<_, _>>()?,
            });
        }
        Ok(all)
    }

    /// The next part of what each restored peer is still to be told.
    pub async fn echoes_owed(&self) -> Result<Vec<EchoPart>, StoreError> {
        let mut connection = self.readers.acquire().await?;
        let owed = engine::rows(&mut connection, sql::ECHOES_OWED, vec![]).await?;
        let mut parts = Vec::new();
        for row in &owed {
            let until = Place {
                epoch: small(row, "until_epoch")?,
                lane: small(row, "until_lane")?,
                seq: number(row, "until_seq")?,
            };
            let said: Vec<LaneRange> = read_document(row.get("said"), "restored peer")?;
            let (peer, epoch, part) = (agency(row)?, small(row, "epoch")?, small(row, "parts")? + 1);
            let (messages, until, is_last) = next_part(&mut connection, &peer, &said, until).await?;
            parts.push(EchoPart { peer, epoch, part, is_last, until, messages });
        }
        Ok(parts)
    }
}

/// Messages of cases after this place that the peer does not know, up to a part's size; how far it reaches, and whether
/// none is left.
async fn next_part(
    connection: &mut SqliteConnection,
    peer: &AgencyCode,
    said: &[LaneRange],
    mut at: Place,
) -> Result<(Vec<EchoedMessage>, Place, bool), StoreError> {
    let (mut messages, mut bytes) = (Vec::new(), 0);
    loop {
        let values =
            vec![Value::text(peer.to_string()), at.epoch.into(), at.lane.into(), at.seq.into(), PART_ROWS.into()];
        let rows = engine::rows(connection, sql::ECHO_NEXT, values).await?;
        if rows.is_empty() {
            return Ok((messages, at, true));
        }
        for row in &rows {
            let place = Place { epoch: small(row, "epoch")?, lane: small(row, "lane")?, seq: number(row, "seq")? };
            // What it knows is passed over at once, up to the lane's last known number.
            if let Some(known) = said.iter().find(|range| range.holds(place.epoch, place.lane, place.seq)) {
                at = Place { seq: known.to_seq, ..place };
                if known.to_seq > place.seq {
                    break;
                }
                continue;
            }
            if let Some(message) = echoed(row)? {
                bytes += message.header.len() + message.sigblock.len() + message.body.len() + 100;
                if bytes > PART_BYTES && !messages.is_empty() || messages.len() >= PART_ROWS as usize {
                    return Ok((messages, at, false));
                }
                messages.push(message);
            }
            at = place;
        }
    }
}

/// None for what belongs to no case, and for answers: a restored agency decides and answers anew.
fn echoed(row: &SqliteRow) -> Result<Option<EchoedMessage>, StoreError> {
    let kind = Kind::from_word(row.get("kind"));
    let is_of_case = row.get::<Option<&[u8]>, _>("case_id").is_some();
    if !is_of_case || matches!(kind, None | Some(Kind::Receipt | Kind::Refusal | Kind::PeerNotice)) {
        return Ok(None);
    }
    let due_on: Option<&str> = row.get("receipt_due_on");
    let receipt = ReceiptEntry {
        message_id: MessageId(uuid(row.get("message_id"), "inbox")?),
        digest: digest(row.get("digest"))?,
        received_at: Moment(row.get("received_at")),
        due_on: due_on.map(|day| read_day(day, "inbox")).transpose()?,
        provisional: row.get::<i64, _>("receipt_provisional") != 0,
        refused: row.get::<i64, _>("receipt_refused") != 0,
    };
    let (header, sigblock, body) = (row.get("header"), row.get("sigblock"), row.get("body"));
    Ok(Some(EchoedMessage { header, sigblock, body, receipt }))
}
