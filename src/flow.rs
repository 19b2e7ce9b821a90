//! The shell: look, decide, commit, acknowledge, relay. Everything that changes a case passes through the pipeline:
//! a message, a bank line, a clerk's command and a clock take the same path. No business rule lives here.

pub mod clerk;
pub mod clocks;
pub mod counters;
pub mod daily;
pub mod intake;
pub mod pipeline;
pub mod relay;
pub mod restoring;
pub mod site;

/// Resolves once `stop` says so.
pub async fn stopped(stop: &mut tokio::sync::watch::Receiver<bool>) {
    // An error means the sender is gone, which is a stop as well.
    let _ = stop.wait_for(|stop| *stop).await;
}
