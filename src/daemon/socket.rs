//! The command socket: one JSON request a line, one JSON answer a line. Only the owner of the data folder reaches it.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;
use tracing::{debug, warn};

use super::office::Office;
use super::request::{Answer, Failure, Request};
use crate::fault;
use crate::flow::stopped;

/// A request of a few hundred rows stays far below.
const REQUEST_MAX: u64 = 16 * 1024 * 1024;

/// Binds the socket; a stale file of a killed daemon is replaced (the database lock says whether one still lives).
pub fn bind(path: &Path) -> std::io::Result<UnixListener> {
    match std::fs::remove_file(path) {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    Ok(listener)
}

pub async fn serve(listener: UnixListener, office: Arc<Office>, mut stop: watch::Receiver<bool>) {
    loop {
        let accepted = tokio::select! {
            () = stopped(&mut stop) => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                let office = Arc::clone(&office);
                tokio::spawn(async move {
                    if let Err(cause) = converse(stream, &office).await {
                        debug!(%cause, "a command went away");
                    }
                });
            }
            Err(cause) => {
                warn!(code = "SOCKET_ACCEPT", %cause, "命令连接失败 / a command could not connect");
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
        }
    }
}

async fn converse(stream: UnixStream, office: &Office) -> std::io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut read = BufReader::new(read);
    loop {
        let mut line = String::new();
        if (&mut read).take(REQUEST_MAX).read_line(&mut line).await? == 0 {
            return Ok(());
        }
        fault::point("socket.asked");
        let answer = match serde_json::from_str::<Request>(&line) {
            Ok(request) => office.answer(request).await,
            Err(cause) => {
                Answer::Failed(Failure::new("REQUEST", format!("命令与守护进程版本不符 / not a request: {cause}")))
            }
        };
        let mut text = serde_json::to_vec(&answer).map_err(std::io::Error::other)?;
        text.push(b'\n');
        fault::point("socket.before_answer");
        write.write_all(&text).await?;
        fault::point("socket.answered");
    }
}
