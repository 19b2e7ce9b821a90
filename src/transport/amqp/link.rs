//! One connection with one channel, opened within a limit and always taken down with its socket.
//!
//! The client library leaks a thread and two sockets when a connect is cut by a timeout, and a blocked connection
//! cannot even close. So the socket is ours, and a duplicate of it is shut down when the link goes.

use std::net::Shutdown;
use std::os::fd::AsFd;
use std::sync::Mutex;
use std::time::Duration;

use async_compat::Compat;
use lapin::options::{ExchangeDeclareOptions, QueueDeclareOptions};
use lapin::tcp::AsyncTcpStream;
use lapin::types::FieldTable;
use lapin::uri::{AMQPAuthority, AMQPQueryString, AMQPScheme, AMQPUri, AMQPUserInfo};
use lapin::{Channel, Connection, ConnectionProperties, ExchangeKind};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::super::address::Address;
use super::super::fault::{Fault, FaultCode};
use super::super::topology::{EXCHANGES, QUEUES};
use super::AmqpConfig;
use super::diagnose::{Stage, fault};

/// No orderly close takes longer; then the socket is cut.
const CLOSE_LIMIT: Duration = Duration::from_secs(2);

pub(super) struct Link {
    pub(super) connection: Connection,
    pub(super) channel: Channel,
    _socket: Cut,
}

/// A duplicate of the connection's socket: dropping it ends the library's thread, whatever state it is in.
struct Cut(std::net::TcpStream);

impl Drop for Cut {
    fn drop(&mut self) {
        let _ = self.0.shutdown(Shutdown::Both);
    }
}

impl Link {
    /// Connects, opens a channel and checks the topology table, all within `connect_timeout`.
    pub(super) async fn open(config: &AmqpConfig, address: &Address, purpose: &str) -> Result<Link, Fault> {
        Link::prepared(config, address, purpose).await.map_err(|fault| fault.at(address))
    }

    async fn prepared(config: &AmqpConfig, address: &Address, purpose: &str) -> Result<Link, Fault> {
        let late = |what: &str| {
            let limit = config.connect_timeout;
            Fault::new(FaultCode::BrokerUnreachable, format!("{what} took longer than {limit:?}"))
        };
        let link = timeout(config.connect_timeout, connect(config, address, purpose))
            .await
            .map_err(|_| late("connecting"))??;
        match timeout(config.connect_timeout, check(&link.channel, &config.agency)).await {
            Ok(Ok(())) => Ok(link),
            Ok(Err(fault)) => {
                link.close().await;
                Err(fault)
            }
            Err(_) => Err(late("checking the topology")),
        }
    }

    /// Orderly if possible, and gone in any case when this returns.
    pub(super) async fn close(self) {
        let _ = timeout(CLOSE_LIMIT, self.connection.close(200, "OK".into())).await;
    }
}

async fn connect(config: &AmqpConfig, address: &Address, purpose: &str) -> Result<Link, Fault> {
    let unreachable = |error: std::io::Error| Fault::new(FaultCode::BrokerUnreachable, error.to_string());
    let stream = TcpStream::connect((address.host(), address.port())).await.map_err(unreachable)?;
    stream.set_nodelay(true).map_err(unreachable)?;
    let duplicate = stream.as_fd().try_clone_to_owned().map_err(unreachable)?;
    let socket = Cut(std::net::TcpStream::from(duplicate));
    let refused = |error: lapin::Error| fault(Stage::Connecting, &error);
    let runtime = lapin::runtime::default_runtime().map_err(refused)?;
    let name = format!("jiexu {} {purpose}", config.agency);
    // Automatic recovery stays off: it leaves consumers pending for ever after a channel error.
    let properties = ConnectionProperties::default().with_connection_name(name.as_str().into());
    let once = Mutex::new(Some(stream));
    let connection = Connection::connector(
        uri(config, address),
        runtime,
        async move |_, _| {
            let stream = once.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).take();
            let stream = stream.ok_or_else(|| std::io::Error::from(std::io::ErrorKind::NotConnected))?;
            Ok(AsyncTcpStream::Plain(Compat::new(stream)))
        },
        properties,
    )
    .await
    .map_err(refused)?;
    let channel = connection.create_channel().await.map_err(|error| fault(Stage::Preparing, &error))?;
    Ok(Link { connection, channel, _socket: socket })
}

fn uri(config: &AmqpConfig, address: &Address) -> AMQPUri {
    AMQPUri {
        scheme: AMQPScheme::AMQP,
        authority: AMQPAuthority {
            userinfo: AMQPUserInfo { username: config.user.clone(), password: config.password.clone() },
            host: address.host().to_owned(),
            port: address.port(),
        },
        vhost: config.vhost.clone(),
        query: AMQPQueryString {
            heartbeat: Some(config.heartbeat_seconds),
            // No limit of the library's own: it is ignored on this path, ours holds.
            ..AMQPQueryString::default()
        },
    }
}

/// Passive declares of the whole table for this agency: nothing is ever created here.
async fn check(channel: &Channel, agency: &str) -> Result<(), Fault> {
    let prepared = |error: lapin::Error| fault(Stage::Preparing, &error);
    for name in EXCHANGES {
        let options = ExchangeDeclareOptions { passive: true, ..ExchangeDeclareOptions::default() };
        channel
            .exchange_declare((*name).into(), ExchangeKind::Topic, options, FieldTable::default())
            .await
            .map_err(prepared)?;
    }
    for row in QUEUES {
        depth(channel, &row.name.of(agency)).await.map_err(prepared)?;
    }
    Ok(())
}

/// How many messages are ready in a queue.
pub(super) async fn depth(channel: &Channel, queue: &str) -> lapin::Result<u64> {
    let options = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
    let queue = channel.queue_declare(queue.into(), options, FieldTable::default()).await?;
    Ok(u64::from(queue.message_count()))
}
