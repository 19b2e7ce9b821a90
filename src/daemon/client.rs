//! The other end of the command socket: asks a running daemon.

use std::path::Path;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};

use super::request::{Answer, Failure, Request};

/// One conversation with a daemon.
pub struct Client {
    read: BufReader<OwnedReadHalf>,
    write: OwnedWriteHalf,
}

impl Client {
    /// Fails when no daemon listens there.
    pub async fn connect(socket: &Path) -> std::io::Result<Client> {
        let (read, write) = UnixStream::connect(socket).await?.into_split();
        Ok(Client { read: BufReader::new(read), write })
    }

    /// One request, one answer. `CONNECTION` when the daemon went away in between.
    pub async fn ask(&mut self, request: &Request) -> Result<serde_json::Value, Failure> {
        match self.exchange(request).await {
            Ok(Answer::Done(value)) => Ok(value),
            Ok(Answer::Failed(failure)) => Err(failure),
            Err(cause) => Err(Failure::new(
                "CONNECTION",
                format!(
                    "与守护进程的连接中断；请确认其在运行后重试，重复提交不会重复入账 / the daemon went away; start it and repeat, nothing is booked twice: {cause}"
                ),
            )),
        }
    }

    async fn exchange(&mut self, request: &Request) -> std::io::Result<Answer> {
        let mut text = serde_json::to_vec(request).map_err(std::io::Error::other)?;
        text.push(b'\n');
        self.write.write_all(&text).await?;
        let mut line = String::new();
        if self.read.read_line(&mut line).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        serde_json::from_str(&line).map_err(std::io::Error::other)
    }
}
