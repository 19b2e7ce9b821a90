//! What a commit remembers of itself: local events by key, counters, and the audit chain.

use super::{Decided, Rows, Writing};
use crate::domain::changes::Outcome;
use crate::domain::event::What;
use crate::store::audit::{Act, COMMITS, Head};
use crate::store::engine::Value;
use crate::store::rows::case_bytes;
use crate::store::{StoreError, sql};

impl<'a> Writing<'a> {
    pub(super) async fn local_events(&mut self) -> Result<(), StoreError> {
        let mut rows: Rows<'a> = Vec::new();
        for decided in &self.batch.decided {
            if matches!(decided.event.what, What::Message(_) | What::Seen { .. }) {
                continue;
            }
            // A declined row may come again, mended; only what was taken is bound to its content.
            if decided.changes.outcome != Outcome::Applied {
                continue;
            }
            rows.push(vec![
                Value::text(decided.event.key()),
                Value::bytes(decided.event.digest.0.to_vec()),
                Value::text(decided.event.what.word()),
                decided.event.at.0.into(),
                Value::text(decided.event.actor.clone()),
                Value::maybe(decided.changes.case, case_bytes),
                Value::text("applied"),
                Value::Null,
            ]);
        }
        self.insert(sql::EVENTS_ADD, rows).await?;
        Ok(())
    }

    pub(super) async fn acts(&mut self) -> Result<(), StoreError> {
        let of = |decided: &'a Decided| decided.changes.acts.iter().map(move |act| (act, decided));
        let records = self.batch.decided.iter().flat_map(of);
        let rows = records.map(|(act, decided)| {
            vec![
                case_bytes(act.case),
                act.version.into(),
                Value::text(act.verb),
                decided.event.at.0.into(),
                Value::text(act.actor.as_str()),
                Value::text(act.stage.word()),
                Value::maybe(act.proposed_by.as_deref(), Value::text),
                Value::text(act.reason.0.as_str()),
            ]
        });
        let rows = rows.collect();
        self.insert(sql::ACTS_ADD, rows).await?;
        Ok(())
    }

    pub(super) async fn counters(&mut self, head: &mut Head) -> Result<(), StoreError> {
        head.commits += 1;
        let mut rows = vec![(COMMITS, head.commits.to_string())];
        if let Some(last) = self.batch.decided.last().map(|decided| &decided.changes) {
            rows.push(("letters_made", last.letters_made.to_string()));
            rows.push(("sheets_made", last.sheets_made.to_string()));
        }
        let rows = rows.into_iter().map(|(name, number)| vec![Value::text(name), Value::text(number)]);
        self.insert(sql::META_PUT, rows.collect()).await?;
        Ok(())
    }

    pub(super) async fn audit(&mut self, head: &mut Head) -> Result<(), StoreError> {
        let mut rows: Rows<'a> = Vec::new();
        for decided in &self.batch.decided {
            let (outcome, detail) = match &decided.changes.outcome {
                Outcome::Applied => ("applied", String::new()),
                Outcome::Early => ("early", String::new()),
                // Nothing changed; the inbox counts it.
                Outcome::Duplicate => continue,
                Outcome::Conflict => ("conflict", String::new()),
                Outcome::Refused(code) => ("refused", code.code().to_owned()),
                Outcome::Declined(declined) => ("declined", declined.code.clone()),
            };
            let steps = decided.changes.cases.iter().map(|case| {
                format!("{} v{} {} {}", case.id, case.version, case.relation(), case.money().unwrap_or("-"))
            });
            let postings = decided.changes.postings.iter().map(|posting| posting.key.clone());
            let note = decided.changes.note.clone();
            let detail: Vec<String> = Some(detail)
                .filter(|text| !text.is_empty())
                .into_iter()
                .chain(steps)
                .chain(postings)
                .chain(note)
                .collect();
            rows.push(head.append(Act {
                at: decided.event.at,
                actor: &decided.event.actor,
                action: format!("{}/{outcome}", decided.event.what.word()),
                object: decided.event.key(),
                detail: format!("{} {}", decided.event.digest, detail.join("; ")),
            }));
        }
        for letter in &self.batch.dead {
            rows.push(head.append(Act {
                at: self.batch.at,
                actor: "broker",
                action: "dead-letter".to_owned(),
                object: hex::encode(letter.frame_hash),
                detail: letter.reason.clone(),
            }));
        }
        self.insert(sql::AUDIT_ADD, rows).await?;
        Ok(())
    }
}
