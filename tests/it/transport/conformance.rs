//! One suite, run on each carrier.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiexu::transport::amqp::AmqpTransport;
use jiexu::transport::memory::{MemoryBroker, MemoryTransport};
use jiexu::transport::{Delivery, Letter, Published, Tag, Transport, TransportError};
use tokio::time::timeout;

use crate::support::PATIENCE;
use crate::support::rabbit;
use crate::support::wire_cutter::WireCutter;

/// What the suite needs of a carrier: two agencies connected, and a knife.
#[async_trait]
trait Harness {
    fn agencies(&self) -> [String; 2];
    fn left(&self) -> Arc<dyn Transport>;
    fn right(&self) -> Arc<dyn Transport>;
    /// Breaks the connection of the right one. It comes back by itself.
    async fn cut_right(&self);
}

struct InMemory {
    left: Arc<MemoryTransport>,
    right: Arc<MemoryTransport>,
}

#[async_trait]
impl Harness for InMemory {
    fn agencies(&self) -> [String; 2] {
        [self.left.agency().to_owned(), self.right.agency().to_owned()]
    }

    fn left(&self) -> Arc<dyn Transport> {
        self.left.clone()
    }

    fn right(&self) -> Arc<dyn Transport> {
        self.right.clone()
    }

    async fn cut_right(&self) {
        self.right.drop_connection();
    }
}

struct OnRabbit {
    agencies: [String; 2],
    wire: WireCutter,
    left: Arc<AmqpTransport>,
    right: Arc<AmqpTransport>,
}

#[async_trait]
impl Harness for OnRabbit {
    fn agencies(&self) -> [String; 2] {
        self.agencies.clone()
    }

    fn left(&self) -> Arc<dyn Transport> {
        self.left.clone()
    }

    fn right(&self) -> Arc<dyn Transport> {
        self.right.clone()
    }

    async fn cut_right(&self) {
        self.wire.cut();
    }
}

#[tokio::test]
async fn the_broker_in_memory_conforms() {
    let broker = MemoryBroker::new(7);
    let (left, right) = (Arc::new(broker.connect("TESTA00")), Arc::new(broker.connect("TESTB00")));
    conforms(&InMemory { left, right }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rabbitmq_conforms() {
    let broker = rabbit::shared().await;
    let agencies = rabbit::pair();
    let wire = WireCutter::new(broker.port()).await;
    let left = Arc::new(AmqpTransport::start(rabbit::config(broker.port(), &agencies[0])));
    let right = Arc::new(AmqpTransport::start(rabbit::config(wire.port, &agencies[1])));
    conforms(&OnRabbit { agencies, wire, left, right }).await;
}

async fn conforms(harness: &dyn Harness) {
    a_letter_arrives_byte_for_byte(harness).await;
    letters_of_a_pair_keep_their_order(harness).await;
    a_window_of_512_arrives(harness).await;
    unroutable_letters_come_back_even_in_a_mixed_window(harness).await;
    what_was_not_acknowledged_comes_again_and_old_tags_do_nothing(harness).await;
    what_was_acknowledged_does_not_come_again(harness).await;
    close_ends_receive(harness).await;
}

async fn a_letter_arrives_byte_for_byte(harness: &dyn Harness) {
    let [from, to] = harness.agencies();
    let mut bytes: Vec<u8> = (0..=255).collect();
    bytes.resize(200_000, 0xa5);
    let letter = letter(&from, &to, "whole", &bytes);
    assert_eq!(harness.left().publish(&[letter]).await, [Published::Routed]);
    let got = take(&*harness.right(), 1).await;
    assert_eq!(&*got[0].letter.frame, &bytes[..]);
    assert_eq!(got[0].letter.routing_key, format!("{from}.{to}"));
    assert_eq!(got[0].letter.user_id.as_deref(), Some(from.as_str()));
    assert!(!got[0].letter.redelivered && !got[0].letter.carbon_copied);
    harness.right().acknowledge(&tags(&got)).await;
}

async fn letters_of_a_pair_keep_their_order(harness: &dyn Harness) {
    for window in 0..10 {
        let letters: Vec<Letter> = (0..30).map(|n| numbered(harness, &format!("{window}-{n}"))).collect();
        assert!(harness.left().publish(&letters).await.iter().all(|outcome| *outcome == Published::Routed));
    }
    let got = take(&*harness.right(), 300).await;
    let expected: Vec<String> = (0..10).flat_map(|window| (0..30).map(move |n| format!("{window}-{n}"))).collect();
    assert_eq!(texts(&got), expected);
    harness.right().acknowledge(&tags(&got)).await;
}

async fn a_window_of_512_arrives(harness: &dyn Harness) {
    let letters: Vec<Letter> = (0..512).map(|n| numbered(harness, &n.to_string())).collect();
    let outcomes = harness.left().publish(&letters).await;
    assert_eq!(outcomes, vec![Published::Routed; 512]);
    let got = take(&*harness.right(), 512).await;
    assert_eq!(texts(&got), (0..512).map(|n| n.to_string()).collect::<Vec<_>>());
    harness.right().acknowledge(&tags(&got)).await;
}

async fn unroutable_letters_come_back_even_in_a_mixed_window(harness: &dyn Harness) {
    let [from, _] = harness.agencies();
    for round in 0..20 {
        let letters: Vec<Letter> = (0..200)
            .map(|n| match n % 7 {
                3 => letter(&from, "NOBODY", &format!("lost-{round}-{n}"), b"lost"),
                _ => numbered(harness, &format!("{round}-{n}")),
            })
            .collect();
        let expected: Vec<Published> =
            (0..200).map(|n| if n % 7 == 3 { Published::Unroutable } else { Published::Routed }).collect();
        assert_eq!(harness.left().publish(&letters).await, expected);
        let routed = expected.iter().filter(|outcome| **outcome == Published::Routed).count();
        let got = take(&*harness.right(), routed).await;
        harness.right().acknowledge(&tags(&got)).await;
    }
}

async fn what_was_not_acknowledged_comes_again_and_old_tags_do_nothing(harness: &dyn Harness) {
    let letters: Vec<Letter> = (0..10).map(|n| numbered(harness, &n.to_string())).collect();
    harness.left().publish(&letters).await;
    let first = take(&*harness.right(), 10).await;
    // Some in the middle are done, so no prefix is.
    harness.right().acknowledge(&tags(&first[3..5])).await;
    settle().await;
    harness.cut_right().await;
    let again = take(&*harness.right(), 8).await;
    assert_eq!(texts(&again), ["0", "1", "2", "5", "6", "7", "8", "9"]);
    assert!(again.iter().all(|delivery| delivery.letter.redelivered));
    // Tags of the first connection must not take the new deliveries away.
    harness.right().acknowledge(&tags(&first)).await;
    harness.cut_right().await;
    let third = take(&*harness.right(), 8).await;
    assert_eq!(texts(&third), texts(&again));
    harness.right().acknowledge(&tags(&third)).await;
    harness.right().acknowledge(&tags(&third)).await;
    settle().await;
}

async fn what_was_acknowledged_does_not_come_again(harness: &dyn Harness) {
    harness.cut_right().await;
    let waited = timeout(Duration::from_secs(2), harness.right().receive(10)).await;
    assert!(waited.is_err(), "an acknowledged letter came again");
}

/// An acknowledgement has no answer; one still on the wire when it is cut is rightly lost.
async fn settle() {
    tokio::time::sleep(Duration::from_millis(1_500)).await;
}

async fn close_ends_receive(harness: &dyn Harness) {
    let right = harness.right();
    let waiting = tokio::spawn(async move { right.receive(1).await.map(|_| ()) });
    tokio::time::sleep(Duration::from_millis(50)).await;
    timeout(PATIENCE, harness.right().close()).await.expect("close is bounded");
    assert!(matches!(waiting.await.unwrap(), Err(TransportError::Closed)));
    harness.left().close().await;
    assert!(!harness.left().status().consuming);
}

pub fn letter(from: &str, to: &str, id: &str, frame: &[u8]) -> Letter {
    Letter { message_id: id.to_owned(), sender: from.to_owned(), recipient: to.to_owned(), frame: Arc::from(frame) }
}

fn numbered(harness: &dyn Harness, text: &str) -> Letter {
    let [from, to] = harness.agencies();
    letter(&from, &to, text, text.as_bytes())
}

/// Takes until `count` deliveries are in hand.
pub async fn take(transport: &dyn Transport, count: usize) -> Vec<Delivery> {
    let mut got = Vec::new();
    while got.len() < count {
        let wait = timeout(PATIENCE, transport.receive(count - got.len())).await;
        let some = wait.unwrap_or_else(|_| panic!("{} of {count} came", got.len())).unwrap();
        assert!(!some.is_empty());
        got.extend(some);
    }
    got
}

pub fn tags(deliveries: &[Delivery]) -> Vec<Tag> {
    deliveries.iter().map(|delivery| delivery.tag).collect()
}

pub fn texts(deliveries: &[Delivery]) -> Vec<String> {
    deliveries.iter().map(|delivery| String::from_utf8_lossy(&delivery.letter.frame).into_owned()).collect()
}
