//! The desk for 数据恢复: what two persons decide about an older copy, and what is still to be done after it.

use serde_json::{Value, json};

use super::{Failure, Office, document};
use crate::domain::act::Why;
use crate::domain::event::What;
use crate::domain::restore::{RestoreAct, RestoreVerb, next_epoch};

impl Office {
    pub(super) async fn restore(&self, actor: &str, verb: RestoreVerb, reason: String) -> Result<Value, Failure> {
        if verb == RestoreVerb::Begin && self.transport.is_some() {
            return Err(Failure::new(
                "RESTORE_RUNNING",
                "守护进程在运行，不能恢复；请先停止 / the daemon runs; stop it before a restore",
            ));
        }
        let epoch = match (verb, self.store.rebuilding().await?.last) {
            (RestoreVerb::Begin, _) => next_epoch(self.store.facts().await?.epoch, self.clerk.site.now()),
            (_, last) => last.map_or(0, |last| last.epoch),
        };
        let outcome = self.one(actor, What::Restore(RestoreAct { epoch, verb, reason: Why(reason) })).await?;
        Ok(json!({ "epoch": epoch, "outcome": outcome }))
    }

    pub(super) async fn restore_status(&self) -> Result<Value, Failure> {
        document(self.store.restore_status().await?)
    }
}
