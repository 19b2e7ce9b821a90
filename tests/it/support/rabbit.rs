//! One private RabbitMQ for the whole test process. Missing rabbitmq-server fails the tests, it does not skip them.

use std::path::Path;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiexu::transport::address::Address;
use jiexu::transport::amqp::AmqpConfig;
use jiexu::transport::topology::{VHOST, password_hash, plan};
use jiexu::trial::broker::PrivateBroker;
use lapin::uri::AMQPUri;
use serde_json::json;
use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::support::PATIENCE;

/// Pairs of agencies that a test can have to itself.
const PAIRS: usize = 20;
/// May declare and delete in the tests' virtual host.
pub const ADMIN: &str = "testadmin";

static BROKER: LazyLock<RwLock<PrivateBroker>> = LazyLock::new(|| RwLock::new(start()));
static NEXT: AtomicUsize = AtomicUsize::new(0);

pub fn password(user: &str) -> String {
    format!("secret of {user}")
}

/// Two agencies no other test uses.
pub fn pair() -> [String; 2] {
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    assert!(number < PAIRS, "more pairs of agencies are needed");
    ["A", "B"].map(|side| format!("TEST{side}{number:02}"))
}

/// The broker, shared with tests that leave it alone.
pub async fn shared() -> RwLockReadGuard<'static, PrivateBroker> {
    BROKER.read().await
}

/// The broker for one test that kills, blocks or starves it.
pub async fn alone() -> RwLockWriteGuard<'static, PrivateBroker> {
    BROKER.write().await
}

pub fn local(port: u16) -> Address {
    Address::new("127.0.0.1", port).expect("an address")
}

pub fn config(port: u16, agency: &str) -> AmqpConfig {
    // Only what hangs is given up.
    AmqpConfig {
        connect_timeout: PATIENCE,
        connection_wait: PATIENCE,
        publish_window_timeout: PATIENCE,
        refusal_most: PATIENCE,
        ..AmqpConfig::new(vec![local(port)], agency, &password(agency))
    }
}

/// The definitions of all test agencies, with an administrator beside them.
pub fn definitions() -> serde_json::Value {
    let users: Vec<(String, String)> = (0..PAIRS)
        .flat_map(|number| ["A", "B"].map(|side| format!("TEST{side}{number:02}")))
        .map(|code| (code.clone(), password_hash(&password(&code), [1, 2, 3, 4])))
        .collect();
    let agencies: Vec<(&str, &str)> = users.iter().map(|(code, hash)| (code.as_str(), hash.as_str())).collect();
    let mut definitions = plan(&agencies);
    let admin = json!({"name": ADMIN, "password_hash": password_hash(&password(ADMIN), [5, 6, 7, 8]),
        "hashing_algorithm": "rabbit_password_hashing_sha256", "tags": ["administrator"], "limits": {}});
    definitions["users"].as_array_mut().unwrap().push(admin);
    let all = json!({"user": ADMIN, "vhost": VHOST, "configure": ".*", "write": ".*", "read": ".*"});
    definitions["permissions"].as_array_mut().unwrap().push(all);
    definitions
}

fn start() -> PrivateBroker {
    let all = Path::new(env!("CARGO_TARGET_TMPDIR"));
    // Statics are never dropped: each process clears away what dead ones left.
    for entry in std::fs::read_dir(all).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let owner = name.strip_prefix("rabbit-").and_then(|pid| pid.parse::<u32>().ok());
        if owner.is_some_and(|pid| !Path::new(&format!("/proc/{pid}")).exists()) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
    let dir = all.join(format!("rabbit-{}", std::process::id()));
    PrivateBroker::start(&dir, &definitions()).unwrap_or_else(|error| panic!("{error}"))
}

/// A channel as this user, past our own adapter: for disturbing the broker, and for forging.
pub async fn raw(port: u16, user: &str) -> (lapin::Connection, lapin::Channel) {
    let mut uri: AMQPUri = format!("amqp://127.0.0.1:{port}/{VHOST}").parse().unwrap();
    uri.authority.userinfo.username = user.to_owned();
    uri.authority.userinfo.password = password(user);
    let connection = lapin::Connection::connect_uri(uri, lapin::ConnectionProperties::default()).await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    (connection, channel)
}
