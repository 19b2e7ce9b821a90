//! Faults that only a real broker can show: each ends in a stable code, and in work going on once it is mended.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiexu::transport::amqp::{AmqpConfig, AmqpTransport};
use jiexu::transport::topology::{EXCHANGE, QUEUES, VHOST, inbound, routing_key};
use jiexu::transport::{Published, Transport};
use jiexu::trial::broker::{self, PrivateBroker};
use lapin::options::QueueBindOptions;
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions, QueueDeclareOptions, QueueDeleteOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, ErrorKind};

use super::conformance::{letter, tags, take, texts};
use crate::support::rabbit::{self, ADMIN, raw};
use crate::support::{PATIENCE, allowed, eventually};

fn fault_of(transport: &AmqpTransport) -> String {
    transport.status().fault.map(|(code, _)| code).unwrap_or_default()
}

async fn shows(config: AmqpConfig, code: &str) {
    let transport = AmqpTransport::start(config);
    transport.start_consuming();
    eventually(code, || fault_of(&transport) == code).await;
    let (_, text) = transport.status().fault.unwrap();
    assert!(text.contains(" / ") && !text.contains("secret"), "{text}");
    assert!(!transport.status().consuming && !transport.status().publishing);
    transport.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_cannot_work_shows_why() {
    let broker = rabbit::shared().await;
    let [agency, other] = rabbit::pair();
    let good = rabbit::config(broker.port(), &agency);
    shows(AmqpConfig { password: "wrong".to_owned(), ..good.clone() }, "BROKER_CREDENTIALS").await;
    shows(AmqpConfig { vhost: "elsewhere".to_owned(), ..good.clone() }, "BROKER_VHOST").await;
    shows(AmqpConfig { agency: "NOBODY".to_owned(), ..good.clone() }, "TOPOLOGY_MISSING").await;
    // Both connect; the broker forbids reading another's queue.
    let spy = AmqpTransport::start(AmqpConfig { agency: other, ..good.clone() });
    spy.start_consuming();
    eventually("BROKER_PERMISSION", || fault_of(&spy) == "BROKER_PERMISSION").await;
    spy.close().await;
    let free = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
    shows(AmqpConfig { addresses: vec![rabbit::local(free)], ..good }, "BROKER_UNREACHABLE").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_accepts_and_says_nothing_leaks_no_thread_and_no_socket() {
    let silent = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = silent.local_addr().unwrap().port();
    let config = rabbit::config(port, "SILENT");
    let transport = AmqpTransport::start(AmqpConfig {
        connect_timeout: Duration::from_millis(50),
        connection_wait: Duration::from_millis(500),
        ..config
    });
    transport.start_consuming();
    eventually("BROKER_UNREACHABLE", || fault_of(&transport) == "BROKER_UNREACHABLE").await;
    // Connections to this port that the kernel still holds open on our side.
    let open = || {
        let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
        let peer = format!("0100007F:{port:04X}");
        table.lines().filter(|line| line.split_whitespace().nth(2) == Some(&peer) && line.contains(" 01 ")).count()
    };
    tokio::time::sleep(Duration::from_secs(3)).await;
    assert!(open() <= 2, "{} connections are left open", open());
    let outcome = transport.publish(&[letter("SILENT", "NOBODY", "1", b"x")]).await;
    assert!(matches!(&outcome[0], Published::Unknown(why) if why.contains("BROKER_UNREACHABLE")), "{outcome:?}");
    transport.close().await;
    eventually("no connection is left", || open() == 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_subscribed_before_deliveries_are_wanted() {
    let broker = rabbit::shared().await;
    let [from, to] = rabbit::pair();
    let left = AmqpTransport::start(rabbit::config(broker.port(), &from));
    let right = AmqpTransport::start(rabbit::config(broker.port(), &to));
    assert_eq!(left.publish(&[letter(&from, &to, "1", b"one")]).await, [Published::Routed]);
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(!right.status().consuming);
    let (_connection, admin) = raw(broker.port(), ADMIN).await;
    let passive = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
    let queue = admin.queue_declare(inbound(&to).as_str().into(), passive, FieldTable::default()).await.unwrap();
    assert_eq!((queue.message_count(), queue.consumer_count()), (1, 0));
    let got = take(&right, 1).await;
    assert_eq!(texts(&got), ["one"]);
    right.acknowledge(&tags(&got)).await;
    eventually("the queue is seen empty", || right.status().queue_depth == Some(0)).await;
}

/// One that covers all before it must not overtake a single one: the broker closes the channel at a tag it does not know.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn acknowledgements_from_several_hands_never_close_the_channel() {
    let broker = rabbit::shared().await;
    let [from, to] = rabbit::pair();
    let left = AmqpTransport::start(rabbit::config(broker.port(), &from));
    let right = Arc::new(AmqpTransport::start(rabbit::config(broker.port(), &to)));
    let mut hands = tokio::task::JoinSet::new();
    let mut came = 0;
    for round in 0..40 {
        let letters: Vec<_> = (0..100).map(|n| letter(&from, &to, &format!("{round}-{n}"), b"x")).collect();
        assert!(left.publish(&letters).await.iter().all(|published| *published == Published::Routed));
        while came < (round + 1) * 100 {
            let got = right.receive(3).await.expect("deliveries");
            assert!(got.iter().all(|delivery| !delivery.letter.redelivered), "the channel was closed");
            came += got.len();
            let right = Arc::clone(&right);
            hands.spawn(async move { right.acknowledge(&tags(&got)).await });
        }
    }
    hands.join_all().await;
    eventually("the queue is seen empty", || right.status().queue_depth == Some(0)).await;
    assert!(right.status().consuming && right.status().fault.is_none(), "{:?}", right.status().fault);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_queue_is_a_fault_until_it_is_made_again() {
    let broker = rabbit::shared().await;
    let [from, to] = rabbit::pair();
    let left = AmqpTransport::start(rabbit::config(broker.port(), &from));
    let right = AmqpTransport::start(rabbit::config(broker.port(), &to));
    right.start_consuming();
    eventually("consuming", || right.status().consuming).await;
    let (_connection, admin) = raw(broker.port(), ADMIN).await;
    admin.queue_delete(inbound(&to).as_str().into(), QueueDeleteOptions::default()).await.unwrap();
    eventually("the fault is noticed", || !right.status().consuming && !fault_of(&right).is_empty()).await;
    eventually("TOPOLOGY_MISSING", || fault_of(&right) == "TOPOLOGY_MISSING").await;
    assert_eq!(left.publish(&[letter(&from, &to, "1", b"one")]).await, [Published::Unroutable]);
    make_inbound(&admin, &to, None).await;
    eventually("consuming again", || right.status().consuming && right.status().fault.is_none()).await;
    assert_eq!(left.publish(&[letter(&from, &to, "1", b"one")]).await, [Published::Routed]);
    assert_eq!(texts(&take(&right, 1).await), ["one"]);
    assert!(right.status().reconnects > 0);
}

/// As the table says, on 4.x with a delivery limit.
pub async fn make_inbound(admin: &lapin::Channel, agency: &str, delivery_limit: Option<u64>) {
    let mut arguments = FieldTable::default();
    for (key, value) in QUEUES[0].arguments {
        arguments.insert((*key).into(), AMQPValue::LongString((*value).into()));
    }
    if let Some(limit) = delivery_limit {
        arguments.insert("x-delivery-limit".into(), AMQPValue::LongLongInt(limit.try_into().expect("small")));
    }
    let durable = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
    let queue = inbound(agency);
    admin.queue_declare(queue.as_str().into(), durable, arguments).await.unwrap();
    let key = QUEUES[0].key.of(agency);
    let options = QueueBindOptions::default();
    let bound =
        admin.queue_bind(queue.as_str().into(), EXCHANGE.into(), key.as_str().into(), options, FieldTable::default());
    bound.await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_under_another_agencys_name_is_refused_and_the_transport_recovers() {
    let broker = rabbit::shared().await;
    let [from, to] = rabbit::pair();
    let left = AmqpTransport::start(rabbit::config(broker.port(), &from));
    let right = AmqpTransport::start(rabbit::config(broker.port(), &to));
    let outcome = left.publish(&[letter(&to, &to, "forged", b"forged")]).await;
    assert!(matches!(&outcome[0], Published::Unknown(why) if why.starts_with("BROKER_PERMISSION")), "{outcome:?}");
    eventually("the fault is shown", || fault_of(&left) == "BROKER_PERMISSION").await;
    assert_eq!(left.publish(&[letter(&from, &to, "mine", b"mine")]).await, [Published::Routed]);
    assert_eq!(left.status().fault, None);
    assert_eq!(texts(&take(&right, 1).await), ["mine"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_broker_refuses_a_forged_user_id() {
    let broker = rabbit::shared().await;
    let [from, to] = rabbit::pair();
    let (_connection, channel) = raw(broker.port(), &from).await;
    channel.confirm_select(ConfirmSelectOptions::default()).await.unwrap();
    let forged = BasicProperties::default().with_user_id(to.as_str().into());
    let key = routing_key(&from, &to);
    let publish = channel.basic_publish(
        EXCHANGE.into(),
        key.as_str().into(),
        BasicPublishOptions { mandatory: true, immediate: false },
        b"forged",
        forged,
    );
    let error = publish.await.unwrap().await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::ProtocolError(refusal) if refusal.get_id() == 406), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_carbon_copy_is_seen_as_one() {
    let broker = rabbit::shared().await;
    let [from, to] = rabbit::pair();
    let right = AmqpTransport::start(rabbit::config(broker.port(), &to));
    let (_connection, channel) = raw(broker.port(), &from).await;
    let copies = AMQPValue::FieldArray(vec![AMQPValue::LongString("X.Y".into())].into());
    let mut headers = FieldTable::default();
    headers.insert("CC".into(), copies);
    let properties = BasicProperties::default().with_headers(headers);
    let key = routing_key(&from, &to);
    let options = BasicPublishOptions::default();
    channel.basic_publish(EXCHANGE.into(), key.as_str().into(), options, b"copy", properties).await.unwrap();
    let got = take(&right, 1).await;
    assert!(got[0].letter.carbon_copied);
    assert_eq!(got[0].letter.user_id, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn letters_flow_on_after_the_broker_was_killed_and_restarted() {
    let mut broker = rabbit::alone().await;
    let [from, to] = rabbit::pair();
    let config = rabbit::config(broker.port(), &from);
    let left = AmqpTransport::start(AmqpConfig { connection_wait: Duration::from_secs(2), ..config });
    let right = AmqpTransport::start(rabbit::config(broker.port(), &to));
    eventually("publishing", || left.status().publishing).await;
    let before: Vec<_> = (0..50).map(|n| letter(&from, &to, &format!("b{n}"), b"before")).collect();
    assert!(left.publish(&before).await.iter().all(|outcome| *outcome == Published::Routed));
    let held = take(&right, 20).await;
    broker.kill();
    eventually("the loss is noticed", || !left.status().publishing && !right.status().consuming).await;
    let lost = left.publish(&[letter(&from, &to, "a", b"after")]).await;
    assert!(matches!(lost[0], Published::Unknown(_)));
    right.acknowledge(&tags(&held)).await;
    tokio::task::block_in_place(|| broker.restart()).unwrap();
    let up = Instant::now();
    eventually("both work again", || left.status().publishing && right.status().consuming).await;
    println!("reconnected {:?} after the broker was up", up.elapsed());
    assert_eq!(left.publish(&[letter(&from, &to, "a", b"after")]).await, [Published::Routed]);
    // Everything confirmed is there: what was in hand when it died too.
    let got = take(&right, 51).await;
    assert_eq!(texts(&got).iter().filter(|text| *text == "before").count(), 50);
    right.acknowledge(&tags(&got)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blocked_broker_is_shown_while_receiving_goes_on() {
    let broker = rabbit::alone().await;
    let [from, to] = rabbit::pair();
    let short = AmqpConfig {
        publish_window_timeout: Duration::from_secs(6),
        connection_wait: Duration::from_millis(500),
        ..rabbit::config(broker.port(), &from)
    };
    let left = AmqpTransport::start(short);
    let right = AmqpTransport::start(rabbit::config(broker.port(), &to));
    eventually("publishing", || left.status().publishing).await;
    let waiting: Vec<_> = (0..5).map(|n| letter(&from, &to, &format!("w{n}"), b"waiting")).collect();
    assert!(left.publish(&waiting).await.iter().all(|outcome| *outcome == Published::Routed));
    let full = tokio::task::block_in_place(|| broker.ctl(&["set_disk_free_limit", "9000GB"])).unwrap();
    assert!(full.status.success(), "{full:?}");
    let window = [letter(&from, &to, "late", b"late")];
    let outcome = left.publish(&window).await;
    assert!(matches!(outcome[0], Published::Unknown(_)), "{outcome:?}");
    let status = left.status();
    assert!(status.blocked.as_deref().is_some_and(|words| words.contains("disk")), "{status:?}");
    assert_eq!(status.fault.map(|(code, _)| code).as_deref(), Some("BROKER_BLOCKED"));
    let again = left.publish(&window).await;
    assert!(matches!(&again[0], Published::Unknown(why) if why.starts_with("BROKER_BLOCKED")), "{again:?}");
    // The other direction is not blocked.
    let got = take(&right, 5).await;
    right.acknowledge(&tags(&got)).await;
    let freed = tokio::task::block_in_place(|| broker.ctl(&["set_disk_free_limit", "50MB"])).unwrap();
    assert!(freed.status.success(), "{freed:?}");
    eventually("publishing again", || left.status().publishing && left.status().blocked.is_none()).await;
    // The old connection is replaced now: a window that meets it is of unknown fate, and goes again as the relay does it.
    let mut last = left.publish(&window).await;
    let begun = Instant::now();
    while last != [Published::Routed] {
        assert!(begun.elapsed() < PATIENCE, "{last:?}");
        tokio::time::sleep(Duration::from_millis(500)).await;
        last = left.publish(&window).await;
    }
    // Unknown was not failed: the first attempt may have arrived late, and did.
    assert!(texts(&take(&right, 1).await).iter().all(|text| text == "late"));
}

#[tokio::test]
async fn the_definitions_leave_nothing_but_the_plan() {
    let broker = rabbit::alone().await;
    let listed = tokio::task::spawn_blocking({
        let output = broker.ctl(&["-q", "list_vhosts"]).unwrap();
        move || String::from_utf8(output.stdout).unwrap()
    });
    assert_eq!(listed.await.unwrap().lines().filter(|line| *line != "name").collect::<Vec<_>>(), [VHOST]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_that_takes_nothing_leaves_only_its_own_letters_unknown() {
    let broker = rabbit::alone().await;
    let [from, to] = rabbit::pair();
    let [elsewhere, _] = rabbit::pair();
    let left = AmqpTransport::start(rabbit::config(broker.port(), &from));
    let ctl = |arguments: &[&str]| {
        let output = tokio::task::block_in_place(|| broker.ctl(arguments)).unwrap();
        assert!(output.status.success(), "{output:?}");
    };
    let pattern = format!("^jiexu\\.in\\.{to}$");
    ctl(&["-p", VHOST, "set_policy", "full", &pattern, r#"{"max-length":1}"#, "--apply-to", "queues"]);
    let full: Vec<_> = (0..20).map(|n| letter(&from, &to, &format!("f{n}"), b"full")).collect();
    let mut nacked = 0;
    for _ in 0..3 {
        nacked += left.publish(&full).await.iter().filter(|outcome| matches!(outcome, Published::Unknown(_))).count();
    }
    assert!(nacked > 0, "the queue took everything");
    let mixed = [letter(&from, &to, "m1", b"full"), letter(&from, &elsewhere, "m2", b"room")];
    let outcomes = left.publish(&mixed).await;
    assert!(matches!(&outcomes[0], Published::Unknown(why) if why.starts_with("NACKED")), "{outcomes:?}");
    assert_eq!(outcomes[1], Published::Routed);
    assert_eq!(left.status().reconnects, 0);
    ctl(&["-p", VHOST, "clear_policy", "full"]);
}

/// A channel that first publishes to a queue while the broker's record names a node that is gone is refused for good; the
/// broker mends its record within seconds, and never tells the channel.
#[tokio::test(flavor = "multi_thread")]
async fn a_channel_that_believes_in_a_node_that_is_gone_is_replaced() {
    let broker = rabbit::alone().await;
    let [from, to] = rabbit::pair();
    let leads = |node: &str| {
        let record = format!(
            "Name = rabbit_misc:r(<<\"{VHOST}\">>, queue, <<\"{}\">>), \
             Lead = fun(Q) -> {{Ra, _}} = amqqueue:get_pid(Q), amqqueue:set_pid(Q, {{Ra, {node}}}) end, \
             rabbit_misc:execute_mnesia_transaction(fun() -> rabbit_amqqueue:update(Name, Lead) end).",
            inbound(&to)
        );
        let output = tokio::task::block_in_place(|| broker.ctl(&["eval", &record])).unwrap();
        assert!(output.status.success(), "{output:?}");
    };
    let window = [letter(&from, &to, "m", b"kept")];
    let begun = Instant::now();
    let left = loop {
        leads("'gone@127.0.0.1'");
        let config = rabbit::config(broker.port(), &from);
        let left = AmqpTransport::start(AmqpConfig { refusal_most: Duration::from_secs(2), ..config });
        match &left.publish(&window).await[0] {
            Published::Unknown(why) if why.starts_with("NACKED") => break left,
            // The broker was quicker to mend its record.
            _ => assert!(begun.elapsed() < PATIENCE, "the record is always mended first"),
        }
        left.close().await;
    };
    leads("node()");
    let other = AmqpTransport::start(rabbit::config(broker.port(), &from));
    assert_eq!(other.publish(&window).await, [Published::Routed]);
    assert!(matches!(left.publish(&window).await[0], Published::Unknown(_)), "the old channel looks anew");
    let begun = Instant::now();
    while left.publish(&window).await != [Published::Routed] {
        assert!(begun.elapsed() < PATIENCE, "{:?}", left.status());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(left.status().reconnects, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_broker_is_noticed_within_twenty_seconds() {
    let broker = rabbit::alone().await;
    let [from, to] = rabbit::pair();
    let left = AmqpTransport::start(rabbit::config(broker.port(), &from));
    let right = AmqpTransport::start(rabbit::config(broker.port(), &to));
    right.start_consuming();
    eventually("both work", || left.status().publishing && right.status().consuming).await;
    broker.freeze(true);
    let frozen = Instant::now();
    while frozen.elapsed() < PATIENCE && (left.status().publishing || right.status().consuming) {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let noticed = frozen.elapsed();
    broker.freeze(false);
    println!("noticed after {noticed:?}");
    assert!(noticed < allowed(Duration::from_secs(21)), "{noticed:?}");
    eventually("both work again", || left.status().publishing && right.status().consuming).await;
    assert_eq!(left.publish(&[letter(&from, &to, "1", b"one")]).await, [Published::Routed]);
}

#[test]
fn a_private_broker_that_cannot_start_says_why_and_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let definitions = serde_json::json!({"vhosts": [{"name": VHOST}], "users": "not a list"});
    let begun = Instant::now();
    let error = PrivateBroker::start(dir.path(), &definitions).unwrap_err().to_string();
    assert!(error.contains("BROKER_DID_NOT_START"), "{error}");
    assert!(begun.elapsed() < broker::START_LIMIT, "it ended long before: {:?}", begun.elapsed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_broker_stopped_and_started_in_its_folder_keeps_its_letters() {
    let dir = tempfile::tempdir().unwrap();
    let [from, to] = rabbit::pair();
    let start = || PrivateBroker::start(dir.path(), &rabbit::definitions()).unwrap();
    let mut broker = tokio::task::block_in_place(start);
    let left = AmqpTransport::start(rabbit::config(broker.port(), &from));
    assert_eq!(left.publish(&[letter(&from, &to, "1", b"kept")]).await, [Published::Routed]);
    left.close().await;
    let (port, pid) = (broker.port(), broker.pid().unwrap());
    tokio::task::block_in_place(|| broker.stop());
    assert!(std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err());
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    assert!(stat.is_empty() || stat.contains(") Z"), "{stat}");
    let broker = tokio::task::block_in_place(start);
    let right = AmqpTransport::start(rabbit::config(broker.port(), &to));
    assert_eq!(texts(&take(&right, 1).await), ["kept"]);
    right.close().await;
}

/// Not a promise, a figure: `cargo test --test it rates -- --ignored --nocapture`.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "prints rates, asserts nothing; run: cargo test --test it rates -- --ignored --nocapture"]
async fn rates() {
    let broker = rabbit::alone().await;
    let [from, to] = rabbit::pair();
    let left = AmqpTransport::start(rabbit::config(broker.port(), &from));
    let right = AmqpTransport::start(rabbit::config(broker.port(), &to));
    let frame = vec![7u8; 600];
    for size in [1, 64, 512] {
        let windows = 30_000 / size.max(30);
        let window: Vec<_> = (0..size).map(|n| letter(&from, &to, &format!("{size}-{n}"), &frame)).collect();
        left.publish(&window).await;
        let begun = Instant::now();
        for _ in 0..windows {
            assert!(left.publish(&window).await.iter().all(|outcome| *outcome == Published::Routed));
        }
        println!("publish, window {size}: {:.0}/s", (windows * size) as f64 / begun.elapsed().as_secs_f64());
        let total = (windows + 1) * size;
        let begun = Instant::now();
        let mut got = 0;
        while got < total {
            let some = right.receive(512).await.unwrap();
            got += some.len();
            right.acknowledge(&tags(&some)).await;
        }
        println!("consume: {:.0}/s", total as f64 / begun.elapsed().as_secs_f64());
    }
    let begun = Instant::now();
    for n in 0..300 {
        left.publish(&[letter(&from, &to, &n.to_string(), &frame)]).await;
        let some = right.receive(512).await.unwrap();
        right.acknowledge(&tags(&some)).await;
    }
    println!("one letter, confirmed and received: {:?}", begun.elapsed() / 300);
}
