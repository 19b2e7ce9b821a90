//! What must exist at the broker, as one table. The adapter checks it, `plan` writes it; never declared by a daemon.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

pub const VHOST: &str = "jiexu";
pub const EXCHANGE: &str = "jiexu.exchange";
/// Dead-letter exchange and queue: a net under the delivery limit, nothing is sent here on purpose.
pub const DEAD: &str = "jiexu.dead";

/// What every frame is called at the broker.
pub const CONTENT_TYPE: &str = "application/x-jiexu";

/// A name that is fixed, or made of a prefix and an agency's code.
#[derive(Debug, Clone, Copy)]
pub enum Name {
    Fixed(&'static str),
    PerAgency(&'static str),
}

impl Name {
    pub fn of(self, agency: &str) -> String {
        match self {
            Name::Fixed(name) => name.to_owned(),
            Name::PerAgency(prefix) => format!("{prefix}{agency}"),
        }
    }
}

/// A queue, where it is bound, and its arguments. All are durable quorum queues.
#[derive(Debug, Clone, Copy)]
pub struct QueueRow {
    pub name: Name,
    pub exchange: &'static str,
    pub key: Name,
    pub arguments: &'static [(&'static str, &'static str)],
}

/// All are durable topic exchanges. None has an alternate exchange: it would swallow what `mandatory` returns.
pub const EXCHANGES: &[&str] = &[EXCHANGE, DEAD];

pub const INBOUND: Name = Name::PerAgency("jiexu.in.");

pub const QUEUES: &[QueueRow] = &[
    QueueRow {
        name: INBOUND,
        exchange: EXCHANGE,
        key: Name::PerAgency("*."),
        arguments: &[
            ("x-queue-type", "quorum"),
            ("x-overflow", "reject-publish"),
            ("x-dead-letter-exchange", DEAD),
            ("x-dead-letter-strategy", "at-least-once"),
        ],
    },
    QueueRow {
        name: Name::Fixed(DEAD),
        exchange: DEAD,
        key: Name::Fixed("#"),
        arguments: &[("x-queue-type", "quorum"), ("x-overflow", "reject-publish")],
    },
];

/// The queue an agency reads.
pub fn inbound(agency: &str) -> String {
    INBOUND.of(agency)
}

/// `<from>.<to>`, and nothing else.
pub fn routing_key(from: &str, to: &str) -> String {
    format!("{from}.{to}")
}

/// RabbitMQ's line, on which the delivery limit depends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BrokerLine {
    /// No limit unless one is set; -1 would delete a letter at its first redelivery.
    V3,
    /// 20 unless one is set: a crash loop of the receiver would lose its letters.
    V4,
}

/// Redeliveries before the broker gives a letter to the dead-letter queue; only written on 4.x.
pub const DELIVERY_LIMIT_V4: u64 = 1_000_000;

/// RabbitMQ definitions for these agencies, `(code, password hash)`, for a 3.x broker. Codes are `A-Z 0-9`.
pub fn plan(agencies: &[(&str, &str)]) -> Value {
    plan_for(agencies, BrokerLine::V3)
}

/// RabbitMQ definitions (`load_definitions`, `rabbitmqctl import_definitions`) for these agencies, `(code, password
/// hash)`. Nothing else is in them: no guest, no default vhost.
pub fn plan_for(agencies: &[(&str, &str)], line: BrokerLine) -> Value {
    let each = |row: fn(&(&str, &str)) -> Value| agencies.iter().map(row).collect::<Vec<_>>();
    let exchanges: Vec<Value> = EXCHANGES
        .iter()
        .map(|name| {
            json!({"name": name, "vhost": VHOST, "type": "topic", "durable": true, "auto_delete": false,
                   "internal": false, "arguments": {}})
        })
        .collect();
    let rows: Vec<(String, String, &QueueRow)> = QUEUES
        .iter()
        .flat_map(|row| -> Vec<(String, String, &QueueRow)> {
            match row.name {
                Name::Fixed(_) => vec![(row.name.of(""), row.key.of(""), row)],
                Name::PerAgency(_) => {
                    agencies.iter().map(|(code, _)| (row.name.of(code), row.key.of(code), row)).collect()
                }
            }
        })
        .collect();
    let queues: Vec<Value> = rows
        .iter()
        .map(|(name, _, row)| {
            json!({"name": name, "vhost": VHOST, "durable": true, "auto_delete": false,
                   "arguments": arguments(row, line)})
        })
        .collect();
    let bindings: Vec<Value> = rows
        .iter()
        .map(|(name, key, row)| {
            json!({"source": row.exchange, "vhost": VHOST, "destination": name, "destination_type": "queue",
                   "routing_key": key, "arguments": {}})
        })
        .collect();
    json!({
        "vhosts": [{"name": VHOST}],
        "users": each(|(code, hash)| json!({"name": code, "password_hash": hash,
            "hashing_algorithm": "rabbit_password_hashing_sha256", "tags": [], "limits": {}})),
        "permissions": each(|(code, _)| json!({"user": code, "vhost": VHOST, "configure": "^$",
            "write": "^jiexu\\.exchange$", "read": format!("^jiexu\\.in\\.{code}$")})),
        "topic_permissions": each(|(code, _)| json!({"user": code, "vhost": VHOST, "exchange": EXCHANGE,
            "write": format!("^{code}\\.[A-Z0-9]+$"), "read": "^$"})),
        "parameters": [],
        "policies": [],
        "exchanges": exchanges,
        "queues": queues,
        "bindings": bindings,
    })
}

fn arguments(row: &QueueRow, line: BrokerLine) -> Map<String, Value> {
    let mut arguments: Map<String, Value> =
        row.arguments.iter().map(|(key, value)| ((*key).to_owned(), json!(value))).collect();
    if line == BrokerLine::V4 {
        arguments.insert("x-delivery-limit".to_owned(), json!(DELIVERY_LIMIT_V4));
    }
    arguments
}

/// RabbitMQ's salted SHA-256: base64 of the salt followed by SHA-256 of salt and password.
pub fn password_hash(password: &str, salt: [u8; 4]) -> String {
    let mut hash = Sha256::new();
    hash.update(salt);
    hash.update(password.as_bytes());
    let mut salted = salt.to_vec();
    salted.extend_from_slice(&hash.finalize());
    STANDARD.encode(salted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_hash_is_the_one_of_the_manual() {
        // RabbitMQ's manual, "Credentials and passwords": test12 with the salt 908DC60A.
        let hash = password_hash("test12", [0x90, 0x8d, 0xc6, 0x0a]);
        assert_eq!(hash, "kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR");
    }

    #[test]
    fn a_plan_lets_an_agency_write_as_itself_and_read_its_own_queue() {
        let plan = plan(&[("AGENCYA", "h1"), ("AGENCYB", "h2")]);
        assert_eq!(plan["users"].as_array().unwrap().len(), 2);
        assert_eq!(plan["permissions"][0]["configure"], "^$");
        assert_eq!(plan["permissions"][0]["write"], "^jiexu\\.exchange$");
        assert_eq!(plan["permissions"][1]["read"], "^jiexu\\.in\\.AGENCYB$");
        assert_eq!(plan["topic_permissions"][0]["write"], "^AGENCYA\\.[A-Z0-9]+$");
        assert_eq!(plan["queues"].as_array().unwrap().len(), 3);
        assert_eq!(plan["bindings"][1]["routing_key"], "*.AGENCYB");
        assert!(!plan.to_string().contains("guest"));
    }

    #[test]
    fn only_a_4_x_plan_sets_a_delivery_limit() {
        let agencies = [("AGENCYA", "h1")];
        assert!(!plan_for(&agencies, BrokerLine::V3).to_string().contains("x-delivery-limit"));
        let four = plan_for(&agencies, BrokerLine::V4);
        assert_eq!(four["queues"][0]["arguments"]["x-delivery-limit"], 1_000_000);
    }

    #[test]
    fn no_exchange_of_the_plan_has_an_alternate() {
        assert!(!plan(&[("AGENCYA", "h1")]).to_string().contains("alternate"));
    }
}
