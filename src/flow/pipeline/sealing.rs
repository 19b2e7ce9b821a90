//! The messages a batch sends: drafts and receipts, numbered, signed and sealed before the transaction.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use tracing::warn;

use super::work::{entry_of, sender_of};
use super::{Excluded, Failure, LANE, Pipeline};
use crate::domain::changes::Draft;
use crate::domain::decide::{receipt_body, refusal_body};
use crate::domain::forms::ReceiptEntry;
use crate::domain::ids::{AgencyCode, CaseId};
use crate::fault;
use crate::flow::site::Site;
use crate::store::{Batch, OutboxRow, Unreadable};
use crate::wire::{self, Outgoing, SealError, Sealed};

/// Entries in one receipt: far below the frame's limit.
const RECEIPT_ENTRIES_MAX: usize = 1000;

/// A draft and the input it answers; none where it answers no single one.
type Addressed<T> = (Option<usize>, T);

impl Pipeline {
    /// All messages of a batch: the decisions' drafts, refusals of unreadable bodies, one receipt per peer.
    pub(super) fn drafts(
        &mut self,
        batch: &Batch,
        unreadable: &[Unreadable],
        again: Vec<(AgencyCode, ReceiptEntry)>,
    ) -> Vec<Addressed<Draft>> {
        let mut drafts: Vec<Addressed<Draft>> = Vec::new();
        let mut entries: BTreeMap<AgencyCode, Vec<ReceiptEntry>> = BTreeMap::new();
        for decided in &batch.decided {
            drafts.extend(decided.changes.drafts.iter().map(|draft| (Some(decided.index), draft.clone())));
            if let Some(entry) = &decided.changes.receipt
                && let Some(sender) = sender_of(&decided.event.what)
            {
                let of_peer = entries.entry(sender.clone()).or_default();
                // The same message twice in one batch needs one answer.
                if !of_peer.contains(entry) {
                    of_peer.push(entry.clone());
                }
            }
        }
        for message in unreadable {
            // A peer to whom nothing can be sealed now gets its refusal as little as its receipt.
            if !self.muted.contains(&message.sender) {
                let id = self.mint.message_id(batch.at);
                let body = refusal_body(message.id, message.digest, message.code, batch.at);
                drafts.push((None, Draft { id, recipient: message.sender.clone(), body }));
            }
            entries.entry(message.sender.clone()).or_default().push(entry_of(message, batch.at));
        }
        for (sender, entry) in again {
            let of_peer = entries.entry(sender).or_default();
            if !of_peer.contains(&entry) {
                of_peer.push(entry);
            }
        }
        entries.retain(|peer, _| !self.muted.contains(peer));
        if !entries.is_empty() {
            fault::point("pipeline.receipted");
        }
        for (recipient, entries) in entries {
            for chunk in entries.chunks(RECEIPT_ENTRIES_MAX) {
                self.counters.receipts.one();
                self.counters.receipt_entries.add(chunk.len() as u64);
                let id = self.mint.message_id(batch.at);
                let body = receipt_body(chunk.to_vec(), batch.at);
                drafts.push((None, Draft { id, recipient: recipient.clone(), body }));
            }
        }
        drafts
    }

    /// Numbers and seals the drafts, on all cores when there are many.
    pub(super) async fn seal(
        &self,
        drafts: Vec<Addressed<Draft>>,
        batch: &mut Batch,
    ) -> Result<HashMap<AgencyCode, u64>, Failure> {
        let mut lanes: HashMap<AgencyCode, u64> = HashMap::new();
        let mut outgoing = Vec::with_capacity(drafts.len());
        for (index, draft) in drafts {
            let last = lanes.get(&draft.recipient).or_else(|| self.lanes.get(&draft.recipient)).copied().unwrap_or(0);
            let seq = last + 1;
            lanes.insert(draft.recipient.clone(), seq);
            outgoing.push((
                index,
                Outgoing {
                    recipient: draft.recipient,
                    message_id: draft.id,
                    body: draft.body,
                    epoch: self.epoch,
                    lane: LANE,
                    seq,
                    created_at: batch.at,
                },
            ));
        }
        let sealed = seal_all(&self.site, outgoing).await;
        let mut refused = Vec::new();
        for (index, outgoing, sealed) in sealed {
            match sealed {
                Ok(sealed) => batch.sealed.push(outbox_row(&outgoing, sealed)),
                Err(cause) => match index {
                    Some(index) => refused.push((index, Excluded { code: cause.code(), detail: cause.to_string() })),
                    // A receipt that cannot be made is no reason to lose the event it answers.
                    None => {
                        warn!(code = cause.code(), recipient = %outgoing.recipient, %cause, "回执无法生成 / a receipt cannot be made");
                        return Err(Failure::Mute(outgoing.recipient));
                    }
                },
            }
        }
        if refused.is_empty() { Ok(lanes) } else { Err(Failure::Exclude(refused)) }
    }
}

fn outbox_row(outgoing: &Outgoing, sealed: Sealed) -> OutboxRow {
    let case: Option<CaseId> = outgoing.body.case_id;
    OutboxRow {
        id: sealed.message_id,
        recipient: sealed.recipient,
        kind: sealed.kind,
        case,
        epoch: outgoing.epoch,
        lane: outgoing.lane,
        seq: outgoing.seq,
        digest: sealed.digest,
        header: sealed.header,
        sigblock: sealed.sigblock,
        body: sealed.body,
        frame: sealed.frame.into(),
    }
}

type SealedOrNot = (Option<usize>, Outgoing, Result<Sealed, SealError>);

/// Few are sealed here; many are spread over the blocking threads.
async fn seal_all(site: &Arc<Site>, outgoing: Vec<Addressed<Outgoing>>) -> Vec<SealedOrNot> {
    const CHUNK: usize = 8;
    let seal_chunk = |site: &Site, chunk: Vec<Addressed<Outgoing>>| -> Vec<SealedOrNot> {
        chunk
            .into_iter()
            .map(|(index, outgoing)| {
                let sealed = wire::seal(&outgoing, &site.keys, &site.us, &site.directory);
                (index, outgoing, sealed)
            })
            .collect()
    };
    if outgoing.len() <= CHUNK {
        return seal_chunk(site, outgoing);
    }
    let mut rest = outgoing.into_iter().peekable();
    let mut tasks = Vec::new();
    while rest.peek().is_some() {
        let chunk: Vec<_> = rest.by_ref().take(CHUNK).collect();
        let site = Arc::clone(site);
        tasks.push(tokio::task::spawn_blocking(move || seal_chunk(&site, chunk)));
    }
    let mut all = Vec::new();
    for task in tasks {
        // Sealing has no reason to panic; if it does, the process ends and starts again on one path.
        all.extend(task.await.expect("sealing does not panic"));
    }
    all
}
