//! What can be ordered of the broker in memory, without any runtime.

use jiexu::transport::memory::{Chaos, MemoryBroker, MemoryTransport, Order, Restored, Rules};
use jiexu::transport::{Incoming, Letter, Published};

use super::conformance::{letter, tags, texts};

fn world(seed: u64) -> (MemoryBroker, MemoryTransport, MemoryTransport) {
    let broker = MemoryBroker::new(seed);
    let (left, right) = (broker.connect("TESTA00"), broker.connect("TESTB00"));
    (broker, left, right)
}

fn letters(texts: &[&str]) -> Vec<Letter> {
    texts.iter().map(|text| letter("TESTA00", "TESTB00", text, text.as_bytes())).collect()
}

#[test]
fn each_order_strikes_one_letter() {
    let (broker, left, right) = world(1);
    for order in [Order::Duplicate, Order::Withhold, Order::Return, Order::LoseConfirm, Order::LoseLetter] {
        broker.order_next(order);
    }
    let outcomes = left.publish_now(&letters(&["twice", "later", "back", "unsure", "lost", "plain"]));
    assert_eq!(outcomes[0..3], [Published::Routed, Published::Routed, Published::Unroutable]);
    assert!(matches!(outcomes[3], Published::Unknown(_)) && matches!(outcomes[4], Published::Unknown(_)));
    assert_eq!(outcomes[5], Published::Routed);
    assert_eq!(texts(&right.take_now(10)), ["twice", "twice", "unsure", "plain"]);
    broker.release("TESTB00");
    assert_eq!(texts(&right.take_now(10)), ["later"]);
    assert_eq!(broker.held("TESTB00"), 5);
}

#[test]
fn what_was_in_hand_comes_back_before_what_is_new_and_flagged() {
    let (_broker, left, right) = world(1);
    left.publish_now(&letters(&["1", "2", "3"]));
    let got = right.take_now(2);
    right.acknowledge_now(&tags(&got[..1]));
    right.drop_connection();
    left.publish_now(&letters(&["4"]));
    let again = right.take_now(10);
    assert_eq!(texts(&again), ["2", "3", "4"]);
    // The third was pushed to the reader as well, though it had not looked at it.
    assert_eq!(again.iter().map(|delivery| delivery.letter.redelivered).collect::<Vec<_>>(), [true, true, false]);
}

#[test]
fn a_blocked_broker_takes_late_what_was_already_written() {
    let (broker, left, right) = world(1);
    broker.block("low on disk");
    assert!(matches!(left.publish_now(&letters(&["written"]))[0], Published::Unknown(_)));
    assert!(matches!(left.publish_now(&letters(&["held back"]))[0], Published::Unknown(_)));
    assert!(right.take_now(10).is_empty());
    broker.unblock();
    assert_eq!(texts(&right.take_now(10)), ["written"]);
}

#[test]
fn a_purged_or_deleted_queue_holds_nothing() {
    let (broker, left, right) = world(1);
    left.publish_now(&letters(&["1"]));
    broker.purge("TESTB00");
    assert!(right.take_now(10).is_empty(), "nobody had subscribed");
    left.publish_now(&letters(&["pushed"]));
    broker.purge("TESTB00");
    assert_eq!(texts(&right.take_now(10)), ["pushed"]);
    broker.delete_queue("TESTB00");
    assert_eq!(left.publish_now(&letters(&["2"])), [Published::Unroutable]);
}

#[test]
fn what_comes_back_too_often_is_a_dead_letter() {
    let (broker, left, right) = world(1);
    broker.rules(Rules { delivery_limit: 2, ..Rules::default() });
    left.publish_now(&letters(&["poison"]));
    for _ in 0..3 {
        assert_eq!(texts(&right.take_now(10)), ["poison"]);
        right.drop_connection();
    }
    assert!(right.take_now(10).is_empty());
    assert_eq!((broker.dead().len(), broker.struck()["delivery limit"]), (1, 1));
}

#[test]
fn a_restart_keeps_what_was_confirmed_and_an_older_copy_brings_back_what_was_done() {
    let (broker, left, right) = world(1);
    left.publish_now(&letters(&["old"]));
    let copy = broker.snapshot();
    let got = right.take_now(1);
    right.acknowledge_now(&tags(&got));
    left.publish_now(&letters(&["in hand", "new"]));
    let old_tags = tags(&right.take_now(1));
    broker.block("low on disk");
    left.publish_now(&letters(&["written"]));
    broker.restart();
    right.acknowledge_now(&old_tags);
    assert_eq!(texts(&right.take_now(10)), ["in hand", "new"]);
    assert_eq!(broker.restore(copy), Restored { again: 1, gone: 2 });
    assert_eq!(texts(&right.take_now(10)), ["old"]);
}

#[test]
fn a_full_queue_and_a_link_that_is_down_take_nothing() {
    let (broker, left, right) = world(1);
    broker.rules(Rules { length_limit: Some(1), ..Rules::default() });
    let outcomes = left.publish_now(&letters(&["1", "2"]));
    assert_eq!(outcomes[0], Published::Routed);
    assert!(matches!(&outcomes[1], Published::Unknown(why) if why.starts_with("NACKED")), "{outcomes:?}");
    broker.cut_off("TESTB00");
    assert!(right.take_now(10).is_empty());
    broker.let_in("TESTB00");
    assert_eq!(texts(&right.take_now(10)), ["1"]);
    broker.cut_off("TESTA00");
    assert!(matches!(left.publish_now(&letters(&["3"]))[0], Published::Unknown(_)));
    broker.let_in("TESTA00");
    assert_eq!(left.publish_now(&letters(&["3"])), [Published::Routed]);
}

#[test]
fn nobody_publishes_under_another_name_but_a_hostile_broker_can() {
    let (broker, left, right) = world(1);
    let outcomes = left.publish_now(&[letter("TESTB00", "TESTB00", "forged", b"forged")]);
    assert!(matches!(outcomes[0], Published::Unknown(_)));
    let forged = Incoming {
        frame: std::sync::Arc::from(&b"forged"[..]),
        routing_key: "TESTA00.TESTB00".to_owned(),
        user_id: None,
        redelivered: false,
        carbon_copied: true,
    };
    assert!(broker.inject("TESTB00", forged));
    assert!(right.take_now(1)[0].letter.carbon_copied);
}

#[test]
fn the_same_seed_gives_the_same_deliveries() {
    let run = |seed: u64| {
        let (broker, left, right) = world(seed);
        broker.chaos(Chaos {
            duplicate: 100,
            withhold: 50,
            lose_confirm: 50,
            lose_letter: 50,
            swap: 100,
            returned: 20,
        });
        let all: Vec<Letter> =
            (0..300).map(|n: i32| letter("TESTA00", "TESTB00", &n.to_string(), n.to_string().as_bytes())).collect();
        left.publish_now(&all);
        broker.reorder("TESTB00");
        texts(&right.take_now(500))
    };
    assert_eq!(run(5), run(5));
    assert_ne!(run(5), run(6));
}
