//! 数据恢复 in a commit: the restore itself, our own words as they come back, and how far a peer was told its own.

use super::Writing;
use crate::domain::forms::LaneRange;
use crate::domain::ids::AgencyCode;
use crate::domain::restore::{Echoed, Place, RestoreChange, RestoredPeer, is_passing};
use crate::store::engine::{self, Value};
use crate::store::restore::lanes_of;
use crate::store::rows::{case_bytes, document, message_bytes};
use crate::store::sql::restore as sql;
use crate::store::{StoreError, sql as all};

/// Behind the last part of an echo, which tells the peer what these answer.
const AFTER_ECHO_MS: i64 = 1_500;

impl Writing<'_> {
    pub(super) async fn restores(&mut self) -> Result<(), StoreError> {
        let batch = self.batch;
        for decided in &batch.decided {
            for change in &decided.changes.restore {
                self.restore(&decided.event.actor, change).await?;
            }
        }
        let repeated: Vec<Value<'_>> =
            self.changes().flat_map(|changes| &changes.repeated).map(|id| message_bytes(*id)).collect();
        let at = [Value::from(batch.at.0)];
        engine::execute_in(self.connection, sql::REPEATED, &at, &repeated).await?;
        Ok(())
    }

    async fn restore(&mut self, actor: &str, change: &RestoreChange) -> Result<(), StoreError> {
        self.wrote = true;
        let at = Value::from(self.batch.at.0);
        let actor = || Value::text(actor.to_owned());
        let peer_of = |peer: &AgencyCode| Value::text(peer.to_string());
        let (sql, values) = match change {
            RestoreChange::Begun { epoch, reason } => {
                let row = vec![(*epoch).into(), at, actor(), Value::text(reason.clone())];
                return self.insert(sql::BEGUN, vec![row]).await.map(drop);
            }
            RestoreChange::Approved { epoch, peers } => {
                engine::execute(self.connection, sql::APPROVED, vec![at, actor(), (*epoch).into()]).await?;
                let rows = peers.iter().map(|peer| vec![peer_of(peer), (*epoch).into()]).collect();
                self.insert(sql::UNHEARD_PUT, rows).await?;
                let raised = vec![Value::text("epoch"), Value::text(epoch.to_string())];
                return self.insert(all::META_PUT, vec![raised]).await.map(drop);
            }
            RestoreChange::PaymentsProposed { epoch } => (sql::PAYMENTS_PROPOSED, vec![actor(), (*epoch).into()]),
            RestoreChange::PaymentsConfirmed { epoch } => (sql::PAYMENTS_CONFIRMED, vec![at, actor(), (*epoch).into()]),
            RestoreChange::Asked { peer } => (sql::ASKED, vec![at, peer_of(peer)]),
            RestoreChange::Heard { peer, part, is_last, messages } => {
                self.own_words(messages).await?;
                // Payments that these announce may have been made: whoever said that all is known did not know them.
                if !messages.is_empty() {
                    engine::execute(self.connection, sql::HOLD_AGAIN, vec![]).await?;
                }
                let parts = Value::maybe(is_last.then_some(*part), Value::from);
                engine::execute(self.connection, sql::HEARD, vec![parts, peer_of(peer)]).await?;
                (sql::ALL_HEARD, vec![])
            }
            RestoreChange::Peer(peer) => {
                let row = vec![
                    peer_of(&peer.peer),
                    peer.epoch.into(),
                    at.clone(),
                    document(&peer.said),
                    document(&peer.held),
                ];
                self.insert(sql::PEER_PUT, vec![row]).await?;
                (sql::PEERS_BEFORE, vec![at, peer_of(&peer.peer), peer.epoch.into()])
            }
            RestoreChange::Echoed { peer, epoch, part, is_last, until } => {
                return self.echoed((peer, *epoch), *part, *is_last, *until).await;
            }
        };
        engine::execute(self.connection, sql, values).await?;
        Ok(())
    }

    async fn own_words(&mut self, messages: &[Echoed]) -> Result<(), StoreError> {
        let at = self.batch.at.0;
        let mut bytes = Vec::with_capacity(messages.len());
        let mut echoes = Vec::with_capacity(messages.len());
        for message in messages {
            let said = &message.said;
            let kind = Value::text(said.kind().word());
            let case = Value::maybe(said.body.case_id, case_bytes);
            bytes.push(vec![
                message_bytes(said.id),
                Value::text(said.peer.to_string()),
                kind.clone(),
                case.clone(),
                message.lane.into(),
                message.epoch.into(),
                message.seq.into(),
                Value::bytes(said.receipt.digest.0.to_vec()),
                message.created_at.0.into(),
                Value::text(if said.receipt.refused { "refused" } else { "closed" }),
                at.into(),
                said.receipt.received_at.0.into(),
                Value::bytes(message.header.clone()),
                Value::bytes(message.sigblock.clone()),
                Value::bytes(message.body.clone()),
                Value::bytes(Vec::new()),
            ]);
            echoes.push(vec![
                message_bytes(said.id),
                Value::text(said.peer.to_string()),
                case,
                said.body.case_sequence.into(),
                kind,
                (!is_passing(&said.body.form)).into(),
                Value::maybe(said.application_no(), |number| Value::text(number.to_string())),
                document(&said.receipt),
                at.into(),
            ]);
        }
        self.insert(sql::OWN_WORDS_ADD, bytes).await?;
        self.insert(sql::ECHOES_ADD, echoes).await?;
        Ok(())
    }

    async fn echoed(
        &mut self,
        (peer, epoch): (&AgencyCode, u32),
        part: u32,
        is_last: bool,
        until: Place,
    ) -> Result<(), StoreError> {
        let at = self.batch.at;
        let values = vec![
            part.into(),
            until.epoch.into(),
            until.lane.into(),
            until.seq.into(),
            Value::maybe(is_last.then_some(at.0), Value::from),
            Value::text(peer.to_string()),
            epoch.into(),
        ];
        engine::execute(self.connection, sql::ECHOED, values).await?;
        if !is_last {
            return Ok(());
        }
        let rows = engine::rows(self.connection, sql::RESTORED_PEERS, vec![]).await?;
        let mut held: Vec<LaneRange> = Vec::new();
        for row in &rows {
            let restored: RestoredPeer = crate::store::restore::read_peer(row)?;
            if restored.peer == *peer && restored.epoch == epoch {
                held = restored.held;
            }
        }
        for (lane_epoch, lane) in lanes_of(self.connection, peer).await? {
            let known = held.iter().find(|range| (range.epoch, range.lane) == (lane_epoch, lane));
            let after = known.map_or(0, |range| range.to_seq);
            let values = vec![
                at.plus_ms(AFTER_ECHO_MS).0.into(),
                Value::text(peer.to_string()),
                lane_epoch.into(),
                lane.into(),
                after.into(),
            ];
            engine::execute(self.connection, sql::SAY_AGAIN, values).await?;
        }
        Ok(())
    }
}
