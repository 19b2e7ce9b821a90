//! The senders as the test plays them: their keys in hand, and every part of a frame open to change.

use jiexu::daemon::Home;
use jiexu::domain::ids::MessageId;
use jiexu::ids;
use jiexu::transport::topology::{EXCHANGE, VHOST, routing_key};
use jiexu::wire::frame::{Frame, Inner, aad, signed_bytes};
use jiexu::wire::suite::suite;
use jiexu::wire::{AgencyKeys, SigningKey};
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::uri::AMQPUri;
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties};

use super::parts::{Field, Value, join};
use crate::support::exchange::Agency;

pub struct Peer {
    pub code: String,
    pub keys: AgencyKeys,
    /// Two connections, for copies that come at once. They live as long as their channels.
    _connections: [Connection; 2],
    channels: [Channel; 2],
    seq: u64,
}

/// What a header says.
#[derive(Clone)]
pub struct Header {
    pub id: MessageId,
    pub sender: String,
    pub recipient: String,
    pub sender_kid: [u8; 16],
    pub recipient_kid: [u8; 16],
    pub seq: u64,
    pub created_at_ms: i64,
}

impl Header {
    pub fn bytes(&self) -> Vec<u8> {
        let field = |number, value| Field { number, value };
        join(&[
            field(1, Value::Bytes(self.id.0.as_bytes().to_vec())),
            field(2, Value::Bytes(self.sender.clone().into_bytes())),
            field(3, Value::Bytes(self.recipient.clone().into_bytes())),
            field(4, Value::Bytes(self.sender_kid.to_vec())),
            field(5, Value::Bytes(self.recipient_kid.to_vec())),
            field(6, Value::Number(1)),
            field(8, Value::Number(self.seq)),
            field(9, Value::Number(self.created_at_ms as u64)),
            field(10, Value::Number(1)),
        ])
    }
}

/// Signs the body under this header and seals both to the recipient's key.
pub fn sealed(header: &[u8], body: &[u8], sign: &SigningKey, seal_to: &[u8]) -> Vec<u8> {
    let suite = suite(1).expect("there");
    let signature = suite.sign(sign, &signed_bytes(1, header, body));
    let sigblock = [&[0], signature.as_slice()].concat();
    let plain = Inner { sigblock: &sigblock, body }.encode();
    let (enc, ct) = suite.seal(seal_to, &aad(1, header), &plain).expect("sealed");
    Frame { suite: 1, header, enc: &enc, ct: &ct }.encode().expect("within the limits")
}

async fn connect(port: u16, user: &str, password: &str) -> (Connection, Channel) {
    let mut uri: AMQPUri = format!("amqp://127.0.0.1:{port}/{VHOST}").parse().expect("an address");
    uri.authority.userinfo.username = user.to_owned();
    uri.authority.userinfo.password = password.to_owned();
    let connection = Connection::connect_uri(uri, ConnectionProperties::default()).await.expect("a connection");
    let channel = connection.create_channel().await.expect("a channel");
    channel.confirm_select(ConfirmSelectOptions::default()).await.expect("confirms");
    (connection, channel)
}

impl Peer {
    pub async fn of(agency: &Agency, port: u16) -> Peer {
        let home = Home::open(&agency.config()).expect("the peer's home");
        let password = home.broker_password().expect("a password");
        let first = connect(port, &agency.code, &password).await;
        let second = connect(port, &agency.code, &password).await;
        Peer {
            code: agency.code.clone(),
            keys: home.keys,
            _connections: [first.0, second.0],
            channels: [first.1, second.1],
            seq: 0,
        }
    }

    /// The header of this peer's next message.
    pub fn header(&mut self, to: &str, recipient_kid: [u8; 16]) -> Header {
        self.seq += 1;
        let now = jiexu::clock::now();
        Header {
            id: ids::message_id(now),
            sender: self.code.clone(),
            recipient: to.to_owned(),
            sender_kid: self.keys.sign.kid().0,
            recipient_kid,
            seq: self.seq,
            created_at_ms: now.0 / 1000,
        }
    }

    /// Leaves out numbers of the lane.
    pub fn skip(&mut self, numbers: u64) {
        self.seq += numbers;
    }

    pub fn properties(&self) -> BasicProperties {
        BasicProperties::default().with_user_id(self.code.as_str().into()).with_delivery_mode(2)
    }

    /// To `us`, past our own adapter and by turns on both connections; the broker has all of it when this returns.
    pub async fn publish(&self, us: &str, frames: &[Vec<u8>], properties: &BasicProperties) {
        let key = routing_key(&self.code, us);
        let mut confirms = Vec::new();
        for (frame, channel) in frames.iter().zip(self.channels.iter().cycle()) {
            let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
            let key = key.as_str().into();
            let sent = channel.basic_publish(EXCHANGE.into(), key, options, frame, properties.clone());
            confirms.push(sent.await.expect("published"));
        }
        for confirm in confirms {
            confirm.await.expect("confirmed");
        }
    }
}
