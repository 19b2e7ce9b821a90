//! The broker in memory held against RabbitMQ: the same drawn operations on both, and both deliver, return, give up and
//! keep the same letters.
//!
//! `JIEXU_MODEL_SEEDS=500` draws more; `JIEXU_MODEL_SEED=17` replays one. What a blocked broker and a full queue do depends
//! on when a window is written, so it is not compared here but shown by `rabbitmq`.

use std::time::{Duration, Instant};

use jiexu::transport::amqp::{AmqpConfig, AmqpTransport};
use jiexu::transport::memory::{MemoryBroker, MemoryTransport, Rules};
use jiexu::transport::topology::{DEAD, inbound};
use jiexu::transport::{Delivery, Letter, Published, Tag, Transport};
use jiexu::trial::broker::PrivateBroker;
use lapin::options::{BasicGetOptions, QueueDeclareOptions, QueueDeleteOptions, QueuePurgeOptions};
use lapin::types::FieldTable;
use lapin::{Channel, Connection};

use super::conformance::{letter, take};
use super::rabbitmq::make_inbound;
use crate::support::dice::Dice;
use crate::support::rabbit::{self, ADMIN, raw};
use crate::support::{PATIENCE, copy_folder, eventually};

const SEEDS: u64 = 20;
const OPERATIONS: usize = 24;
/// Small, so that letters wait behind it.
const PREFETCH: u16 = 5;
const DELIVERY_LIMIT: u64 = 3;

/// One delivery as both showed it.
type Seen = (String, bool);

/// Both brokers, with one agency that writes and one that reads.
struct Twins {
    agencies: [String; 2],
    port: u16,
    admin: Channel,
    _connection: Connection,
    left: AmqpTransport,
    right: AmqpTransport,
    model: MemoryBroker,
    model_left: MemoryTransport,
    model_right: MemoryTransport,
    in_hand: Vec<(Tag, Tag)>,
    has_queue: bool,
    /// Every letter begins with it: other tests' letters may lie beside ours.
    mark: String,
    written: usize,
}

fn seen(deliveries: &[Delivery]) -> Vec<Seen> {
    let told = |delivery: &Delivery| {
        (String::from_utf8_lossy(&delivery.letter.frame).into_owned(), delivery.letter.redelivered)
    };
    deliveries.iter().map(told).collect()
}

fn reader(port: u16, agency: &str) -> AmqpTransport {
    AmqpTransport::start(AmqpConfig { prefetch: PREFETCH, ..rabbit::config(port, agency) })
}

impl Twins {
    async fn new(port: u16, agencies: &[String; 2], seed: u64) -> Twins {
        let (connection, admin) = raw(port, ADMIN).await;
        admin.queue_delete(inbound(&agencies[1]).as_str().into(), QueueDeleteOptions::default()).await.unwrap();
        let model = MemoryBroker::new(seed);
        model.rules(Rules { prefetch: PREFETCH.into(), delivery_limit: DELIVERY_LIMIT, length_limit: None });
        let mut twins = Twins {
            agencies: agencies.clone(),
            port,
            admin,
            _connection: connection,
            left: AmqpTransport::start(rabbit::config(port, &agencies[0])),
            right: reader(port, &agencies[1]),
            model_left: model.connect(&agencies[0]),
            model_right: model.connect(&agencies[1]),
            model,
            in_hand: Vec::new(),
            has_queue: false,
            mark: format!("{}-{seed}-", agencies[1]),
            written: 0,
        };
        twins.model_right.subscribe();
        twins.make_queue().await;
        twins
    }

    fn to(&self) -> &str {
        &self.agencies[1]
    }

    /// Letters that nobody has been given and readers, as RabbitMQ counts them.
    async fn ready(&self) -> (usize, usize) {
        let passive = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
        let queue = self.admin.queue_declare(inbound(self.to()).as_str().into(), passive, FieldTable::default());
        let queue = queue.await.unwrap();
        (queue.message_count() as usize, queue.consumer_count() as usize)
    }

    /// RabbitMQ pushes by itself: everything has happened when it counts what the model counts.
    async fn agree(&self, readers: usize, waiting: usize) {
        let begun = Instant::now();
        let mut ready = self.ready().await;
        while ready != (waiting, readers) {
            let said = format!("{}: RabbitMQ has {ready:?} ready and reading, the model {waiting}", self.mark);
            assert!(begun.elapsed() < PATIENCE, "{said}");
            tokio::time::sleep(Duration::from_millis(5)).await;
            ready = self.ready().await;
        }
    }

    async fn both_rest(&self) {
        if self.has_queue {
            self.agree(1, self.model.waiting(self.to())).await;
        }
    }

    async fn publish(&mut self, dice: &mut Dice) {
        let count = 1 + dice.below(9);
        let mut window: Vec<Letter> = Vec::new();
        for _ in 0..count {
            self.written += 1;
            let text = format!("{}{}", self.mark, self.written);
            let to = if dice.strikes(20) { "NOBODY" } else { self.to() };
            window.push(letter(&self.agencies[0], to, &text, text.as_bytes()));
        }
        let said = self.left.publish(&window).await;
        assert_eq!(said, self.model_left.publish_now(&window), "{}", self.mark);
        assert!(said.iter().all(|said| !matches!(said, Published::Unknown(_))), "{said:?}");
    }

    async fn take(&mut self, most: usize) {
        let expected = self.model_right.take_now(most);
        let got = take(&self.right, expected.len()).await;
        assert_eq!(seen(&got), seen(&expected), "{}: taken", self.mark);
        self.in_hand.extend(got.iter().zip(&expected).map(|(real, model)| (real.tag, model.tag)));
    }

    /// Some of those in hand, in any order.
    async fn acknowledge(&mut self, dice: &mut Dice) {
        let mut done = Vec::new();
        for _ in 0..dice.below(self.in_hand.len() + 1) {
            done.push(self.in_hand.swap_remove(dice.below(self.in_hand.len())));
        }
        let (real, model): (Vec<Tag>, Vec<Tag>) = done.into_iter().unzip();
        self.right.acknowledge(&real).await;
        self.model_right.acknowledge_now(&model);
    }

    /// Acknowledgements go before the close on the same channel: none is lost.
    async fn drop_reader(&mut self) {
        self.right.close().await;
        self.model_right.drop_connection();
        self.in_hand.clear();
        if self.has_queue {
            self.agree(0, self.model.depth(self.to())).await;
            self.read_again().await;
        }
    }

    async fn read_again(&mut self) {
        self.right = reader(self.port, &self.agencies[1]);
        self.right.start_consuming();
        eventually("consuming", || self.right.status().consuming).await;
    }

    async fn purge(&mut self) {
        let queue = inbound(self.to());
        self.admin.queue_purge(queue.as_str().into(), QueuePurgeOptions::default()).await.unwrap();
        self.model.purge(self.to());
    }

    async fn delete_queue(&mut self) {
        let queue = inbound(self.to());
        self.admin.queue_delete(queue.as_str().into(), QueueDeleteOptions::default()).await.unwrap();
        self.model.delete_queue(self.to());
        self.has_queue = false;
        self.in_hand.clear();
        self.right.close().await;
    }

    async fn make_queue(&mut self) {
        make_inbound(&self.admin, self.to(), Some(DELIVERY_LIMIT)).await;
        self.model.declare(self.to());
        self.has_queue = true;
        self.read_again().await;
    }

    async fn operation(&mut self, dice: &mut Dice) {
        match dice.below(100) {
            _ if !self.has_queue && dice.strikes(40) => self.make_queue().await,
            0..=34 => self.publish(dice).await,
            35..=54 if self.has_queue => self.take(1 + dice.below(7)).await,
            55..=74 if self.has_queue => self.acknowledge(dice).await,
            75..=91 if self.has_queue => self.drop_reader().await,
            92..=94 if self.has_queue => self.purge().await,
            95..=97 if self.has_queue => self.delete_queue().await,
            _ => {}
        }
        self.both_rest().await;
    }

    /// Takes and acknowledges everything, then holds the dead letters of both against each other.
    async fn ends(mut self) -> usize {
        if !self.has_queue {
            self.make_queue().await;
        }
        self.drop_reader().await;
        while self.model.depth(self.to()) > 0 {
            self.take(usize::from(PREFETCH)).await;
            let (real, model): (Vec<Tag>, Vec<Tag>) = std::mem::take(&mut self.in_hand).into_iter().unzip();
            self.right.acknowledge(&real).await;
            self.model_right.acknowledge_now(&model);
            self.both_rest().await;
        }
        self.drop_reader().await;
        assert_eq!(self.model.held(self.to()), 0);
        let text = |frame: &[u8]| String::from_utf8_lossy(frame).into_owned();
        let mut expected: Vec<String> = self.model.dead().iter().map(|letter| text(&letter.frame)).collect();
        let mut dead = Vec::new();
        let begun = Instant::now();
        // Dead letters are carried over behind the queue's back, and must all come.
        while dead.len() < expected.len() {
            assert!(begun.elapsed() < PATIENCE, "{}: dead {dead:?}, in the model {expected:?}", self.mark);
            dead.extend(self.dead_letter().await);
        }
        dead.extend(self.dead_letter().await);
        dead.sort();
        expected.sort();
        assert_eq!(dead, expected, "{}: dead letters", self.mark);
        self.left.close().await;
        self.right.close().await;
        dead.len()
    }

    /// The next of ours.
    async fn dead_letter(&self) -> Option<String> {
        let got = self.admin.basic_get(DEAD.into(), BasicGetOptions { no_ack: true }).await.unwrap();
        let text = got.map(|got| String::from_utf8_lossy(&got.delivery.data).into_owned());
        text.filter(|text| text.starts_with(&self.mark))
    }
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_broker_in_memory_does_what_rabbitmq_does() {
    let broker = rabbit::shared().await;
    let agencies = rabbit::pair();
    let one = number("JIEXU_MODEL_SEED");
    let seeds = one.map_or(1..=number("JIEXU_MODEL_SEEDS").unwrap_or(SEEDS), |seed| seed..=seed);
    let (begun, mut dead, mut written) = (Instant::now(), 0, 0);
    for seed in seeds.clone() {
        let mut dice = Dice::new(seed);
        let mut twins = Twins::new(broker.port(), &agencies, seed).await;
        for _ in 0..OPERATIONS {
            twins.operation(&mut dice).await;
        }
        written += twins.written;
        dead += twins.ends().await;
    }
    println!("{seeds:?}: {written} letters, {dead} dead, the same on both, in {:.1} s", begun.elapsed().as_secs_f64());
    assert!(one.is_some() || dead > 0, "the delivery limit was never reached");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_broker_and_one_put_back_from_a_copy_hold_what_the_model_holds() {
    let folder = tempfile::tempdir().unwrap();
    let start = || PrivateBroker::start(folder.path(), &rabbit::definitions()).unwrap();
    let mut broker = tokio::task::block_in_place(start);
    let agencies = rabbit::pair();
    let mut dice = Dice::new(7);
    let mut twins = Twins::new(broker.port(), &agencies, 7).await;
    // RabbitMQ 3.10 writes down half a second late which queues it has: one that is younger when the broker is killed stays
    // `down` for ever. Ours are made long before anybody writes to them.
    tokio::time::sleep(Duration::from_secs(3)).await;
    for _ in 0..2 {
        twins.publish(&mut dice).await;
        twins.both_rest().await;
        twins.take(3).await;
    }
    let (disk, copy) = (folder.path().join("mnesia"), folder.path().join("copy"));
    broker.kill();
    copy_folder(&disk, &copy);
    let old = twins.model.snapshot();
    twins.model.restart();
    goes_on(&mut broker, &mut twins).await;
    for _ in 0..OPERATIONS {
        twins.operation(&mut dice).await;
    }
    broker.kill();
    std::fs::remove_dir_all(&disk).unwrap();
    copy_folder(&copy, &disk);
    let restored = twins.model.restore(old);
    assert!(restored.again + restored.gone > 0, "the copy was no older");
    twins.has_queue = true;
    goes_on(&mut broker, &mut twins).await;
    for _ in 0..OPERATIONS {
        twins.operation(&mut dice).await;
    }
    twins.ends().await;
}

/// After SIGKILL: a start on what is in the folder, and new connections.
async fn goes_on(broker: &mut PrivateBroker, twins: &mut Twins) {
    twins.in_hand.clear();
    twins.right.close().await;
    tokio::task::block_in_place(|| broker.restart()).unwrap();
    (twins._connection, twins.admin) = raw(broker.port(), ADMIN).await;
    twins.agree(0, twins.model.depth(twins.to())).await;
    twins.read_again().await;
    eventually("publishing again", || twins.left.status().publishing).await;
    twins.both_rest().await;
}
