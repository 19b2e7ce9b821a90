//! How a command reaches the agency: through a running daemon's socket, else by opening the database itself. Never both,
//! so there is never a second writer.

use std::io::ErrorKind;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::trouble::{Trouble, UNAVAILABLE};
use crate::config::Config;
use crate::daemon::run::Desk;
use crate::daemon::{Answer, Client, HomeError, Request, RunError};
use crate::store::StoreError;

/// How long to wait for another command to finish, or for a daemon that is starting to listen.
const PATIENCE: Duration = Duration::from_secs(3);

pub enum Access {
    Running(Client),
    Alone(Box<Desk>),
}

impl Access {
    pub async fn open(config_file: &Path) -> Result<Access, Trouble> {
        let socket = Config::load(config_file)?.socket();
        let begun = Instant::now();
        loop {
            match Client::connect(&socket).await {
                Ok(client) => return Ok(Access::Running(client)),
                Err(cause) if cause.kind() == ErrorKind::PermissionDenied => {
                    let chinese = format!("无权连接守护进程 {}；请以运行守护进程的用户执行", socket.display());
                    let english = format!("may not talk to the daemon at {}; run this as its user", socket.display());
                    return Err(Trouble::new(UNAVAILABLE, "SOCKET_DENIED", chinese, english));
                }
                Err(_) => {}
            }
            match Desk::alone(config_file).await {
                Ok(desk) => return Ok(Access::Alone(Box::new(desk))),
                Err(error) if is_in_use(&error) && begun.elapsed() < PATIENCE => {
                    tokio::time::sleep(Duration::from_millis(150)).await;
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    pub async fn ask(&mut self, request: Request) -> Result<Value, Trouble> {
        match self {
            Access::Running(client) => Ok(client.ask(&request).await?),
            Access::Alone(desk) => match desk.office.answer(request).await {
                Answer::Done(value) => Ok(value),
                Answer::Failed(failure) => Err(failure.into()),
            },
        }
    }

    pub async fn close(self) {
        if let Access::Alone(desk) = self {
            desk.close().await;
        }
    }

    /// One question and no more.
    pub async fn ask_once(config_file: &Path, request: Request) -> Result<Value, Trouble> {
        let mut access = Access::open(config_file).await?;
        let answer = access.ask(request).await;
        access.close().await;
        answer
    }
}

fn is_in_use(error: &RunError) -> bool {
    matches!(
        error,
        RunError::Store(StoreError::InUse { .. }) | RunError::Home(HomeError::Store(StoreError::InUse { .. }))
    )
}
