//! A daemon's command socket, for somebody who does not give up when the daemon is killed: every request here may be
//! repeated, because each event happens once by its key.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::bail;
use serde_json::Value;

use crate::daemon::{Client, Failure, Request};

/// A daemon that stays away longer is a failure.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(100);

pub struct Window {
    socket: PathBuf,
    client: Option<Client>,
}

impl Window {
    pub fn new(socket: &Path) -> Window {
        Window { socket: socket.to_owned(), client: None }
    }

    /// One try. A failure with code `CONNECTION` or `STOPPING` says nothing about what was done.
    pub async fn try_once(&mut self, request: &Request) -> Result<Value, Failure> {
        if self.client.is_none() {
            let client = Client::connect(&self.socket).await;
            self.client = Some(client.map_err(|cause| Failure::new("CONNECTION", cause))?);
        }
        let client = self.client.as_mut().expect("connected above");
        let answer = client.ask(request).await;
        if matches!(&answer, Err(failure) if is_away(failure)) {
            self.client = None;
        }
        answer
    }

    /// Tries until the daemon answers.
    pub async fn ask(&mut self, request: &Request) -> anyhow::Result<Value> {
        let begun = Instant::now();
        loop {
            match self.try_once(request).await {
                Ok(value) => return Ok(value),
                Err(failure) if is_away(&failure) && begun.elapsed() < PATIENCE => tokio::time::sleep(PAUSE).await,
                Err(failure) => bail!("{}: {}", failure.code, failure.message),
            }
        }
    }
}

/// The daemon is gone or going: it may come back.
pub fn is_away(failure: &Failure) -> bool {
    matches!(failure.code.as_str(), "CONNECTION" | "STOPPING")
}
