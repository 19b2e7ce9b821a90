//! The clocks that ran out: looks once a minute, and opens one task for each case that is overdue. Nothing about money
//! is ever decided here.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tracing::warn;

use super::pipeline::{Input, Job};
use super::site::Site;
use super::stopped;
use crate::domain::event::What;
use crate::store::Store;

const EVERY: Duration = Duration::from_secs(60);
const MOST: u32 = 256;

pub struct Clocks {
    pub site: Arc<Site>,
    pub store: Arc<Store>,
    pub jobs: mpsc::Sender<Job>,
}

impl Clocks {
    /// Runs until told to stop or the pipeline ends.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        loop {
            if !self.look().await {
                return;
            }
            tokio::select! {
                () = stopped(&mut stop) => return,
                () = tokio::time::sleep(EVERY) => {}
            }
        }
    }

    async fn look(&self) -> bool {
        let overdue = match self.store.cases_overdue(self.site.now().china_date(), MOST).await {
            Ok(overdue) => overdue,
            Err(cause) => {
                warn!(code = "STORE_READ", %cause, "无法读取时限，稍后重试 / deadlines cannot be read; tried again");
                return true;
            }
        };
        if overdue.is_empty() {
            return true;
        }
        let event = |(case, clock)| Input::Local { actor: "clock".to_owned(), what: What::Overdue { case, clock } };
        let inputs = overdue.into_iter().map(event).collect();
        self.jobs.send(Job { inputs, done: None }).await.is_ok()
    }
}
