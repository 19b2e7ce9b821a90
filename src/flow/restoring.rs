//! 数据恢复 between agencies: whoever has forgotten tells its peers, and whoever is told gives back what it holds.

use std::time::Duration;

use tokio::sync::watch;
use tracing::warn;

use super::clerk::{Clerk, ClerkError};
use super::stopped;
use crate::domain::changes::Outcome;
use crate::domain::event::What;
use crate::store::{Store, StoreError};

const ACTOR: &str = "clock";

/// A look after what was committed, at most so often.
const PAUSE: Duration = Duration::from_millis(500);

/// Runs until told to stop or the pipeline ends.
pub async fn run(clerk: Clerk, mut changes: watch::Receiver<u64>, mut stop: watch::Receiver<bool>) {
    loop {
        match tell(&clerk).await {
            Ok(()) => {}
            Err(ClerkError::Stopping) => return,
            Err(ClerkError::Store(cause)) => {
                warn!(code = "STORE_READ", %cause, "无法读取恢复事项，稍后重试 / what a restore leaves open cannot be read; tried again");
            }
        }
        tokio::select! {
            () = stopped(&mut stop) => return,
            () = tokio::time::sleep(PAUSE) => {}
        }
        tokio::select! {
            () = stopped(&mut stop) => return,
            changed = changes.changed() => if changed.is_err() { return },
        }
    }
}

/// Everything that is to be told now.
pub async fn tell(clerk: &Clerk) -> Result<(), ClerkError> {
    loop {
        let events = tells(&clerk.store).await?;
        if events.is_empty() {
            return Ok(());
        }
        let outcomes = clerk.act(ACTOR, events).await?;
        // A peer that cannot be written to is told later.
        if outcomes.iter().all(|outcome| *outcome != Outcome::Applied) {
            return Ok(());
        }
    }
}

/// An event for each peer that was not told of our restore, and for the next part of each echo that we owe.
pub async fn tells(store: &Store) -> Result<Vec<What>, StoreError> {
    let told = store.restores_to_tell().await?;
    let mut events: Vec<What> = told
        .into_iter()
        .map(|it| What::TellRestored { peer: it.peer, epoch: it.epoch, said: it.said, held: it.held })
        .collect();
    events.extend(store.echoes_owed().await?.into_iter().map(What::Echo));
    Ok(events)
}
