//! The daemon's own loops — intake, pipeline, relay — each stopped at the moment that matters: what is acknowledged, marked
//! or handed on by then must be durable, and what failed half-way must have left nothing.

use std::sync::Arc;

use jiexu::domain::changes::Outcome;
use jiexu::domain::event::What;
use jiexu::domain::forms::Insurance::Employee;
use jiexu::domain::money::Balance;
use jiexu::domain::register::RelationStatus::{Active, Stopped};
use jiexu::flow::counters::Counters;
use jiexu::flow::intake::Intake;
use jiexu::flow::pipeline::{Fresh, Input, Job};
use jiexu::flow::relay::{Patience, Relay};
use jiexu::transport::memory::Order;
use sqlx::Row;
use tokio::sync::{mpsc, oneshot, watch};

use crate::support::people::{AGENCIES, Relation, application};
use crate::support::world::{World, pipeline};

/// The agency that asks, and the one that is asked.
const INCOMING: usize = 0;
const OUTGOING: usize = 1;

/// One person, stopped there with money and enrolled here, and the application for the transfer.
async fn somebody_applies() -> (World, What) {
    let mut world = World::new(2, 1).await;
    for (n, status, fen) in [(OUTGOING, Stopped, 10_000), (INCOMING, Active, 0)] {
        let mut relation = Relation::new(1, Employee, status);
        (relation.balance, relation.months) = (Balance(fen), Some((202_401, 202_412)));
        let us = world.nodes[n].code.clone();
        world.act(n, "import", relation.events(&us)).await;
    }
    let form = application(1, 1, AGENCIES[OUTGOING].0, (Employee, Employee), world.now().china_date());
    (world, What::Application(form))
}

/// The contact letter lies in the outgoing agency's queue.
async fn a_letter_waits() -> World {
    let (mut world, application) = somebody_applies().await;
    world.act(INCOMING, "clerk", vec![application]).await;
    assert!(world.publish(INCOMING, 1));
    world
}

/// The incoming agency's pipeline, running; where jobs go in, and the task.
async fn running(world: &World, relay: mpsc::Sender<Vec<Fresh>>) -> (mpsc::Sender<Job>, tokio::task::JoinHandle<()>) {
    let node = &world.nodes[INCOMING];
    let (jobs, waiting) = mpsc::channel(8);
    let pipeline = pipeline(&node.site, &node.store, 7).await;
    (jobs, tokio::spawn(pipeline.run(waiting, relay, watch::Sender::new(0))))
}

fn job(what: What) -> (Job, oneshot::Receiver<Vec<Outcome>>) {
    let (done, answer) = oneshot::channel();
    (Job { inputs: vec![Input::Local { actor: "clerk".to_owned(), what }], done: Some(done) }, answer)
}

#[tokio::test]
async fn a_delivery_stays_the_brokers_until_it_is_committed() {
    let mut world = a_letter_waits().await;
    let node = &world.nodes[OUTGOING];
    let (jobs, mut waiting) = mpsc::channel(1);
    let intake = Intake {
        site: Arc::clone(&node.site),
        store: Arc::clone(&node.store),
        transport: Arc::new(world.broker.connect(AGENCIES[OUTGOING].0)),
        counters: Arc::default(),
        jobs,
    };
    let (_stop, stopping) = watch::channel(false);
    let intake = tokio::spawn(intake.run(stopping));
    let in_hand = waiting.recv().await.expect("the letter comes to the pipeline");
    // The process dies here.
    intake.abort();
    let _ = intake.await;
    drop((in_hand, waiting));
    // The sender's timer is far away: only the broker can have it still.
    let kept = world.broker.held(AGENCIES[OUTGOING].0) + world.rows(OUTGOING, "SELECT 1 FROM inbox").await.len();
    assert_eq!(
        kept, 1,
        "the letter is neither with the broker nor in the inbox: it was acknowledged before the commit"
    );
    world.settle().await;
    assert_eq!(world.rows(OUTGOING, "SELECT 1 FROM inbox WHERE kind = 'ContactLetter'").await.len(), 1);
}

#[tokio::test]
async fn a_letter_that_the_broker_did_not_confirm_goes_again() {
    let (world, application) = somebody_applies().await;
    let node = &world.nodes[INCOMING];
    let (fresh_in, fresh) = mpsc::channel(8);
    let (jobs, pipeline) = running(&world, fresh_in).await;
    // The clock stands still: only what is known to be in trouble is due, and no receipt is waited for any more.
    let far = u32::MAX;
    let relay = Relay {
        site: Arc::clone(&node.site),
        store: Arc::clone(&node.store),
        transport: Arc::new(world.broker.connect(AGENCIES[INCOMING].0)),
        counters: Arc::new(Counters::default()),
        jobs: jobs.clone(),
        patience: Patience { receipt_ms: far, receipt_most_ms: far, trouble_ms: 0, trouble_most_ms: 0 },
    };
    let (_stop, stopping) = watch::channel(false);
    let relay = tokio::spawn(relay.run(fresh, stopping));
    world.broker.order_next(Order::LoseLetter);
    let (apply, applied) = job(application);
    jobs.send(apply).await.expect("the pipeline takes it");
    assert_eq!(applied.await.expect("an answer"), [Outcome::Applied]);
    loop {
        let row = world.rows(INCOMING, "SELECT attempts, trouble FROM outbox").await.remove(0);
        let is_at_broker = world.broker.held(AGENCIES[OUTGOING].0) == 1;
        let is_marked = row.get::<i64, _>("attempts") > 0 && row.get::<Option<&str>, _>("trouble").is_none();
        assert!(
            !is_marked || is_at_broker,
            "marked as reached, and the broker has lost the letter: it never goes again"
        );
        if is_marked {
            break;
        }
        tokio::task::yield_now().await;
    }
    relay.abort();
    pipeline.abort();
}

#[tokio::test]
async fn no_message_is_handed_on_before_it_is_committed() {
    let (world, application) = somebody_applies().await;
    let rule =
        "CREATE TRIGGER full BEFORE INSERT ON outbox BEGIN SELECT RAISE(ABORT, 'append-only: the test says no'); END";
    world.beside(INCOMING, rule).await;
    let (fresh_in, mut fresh) = mpsc::channel(8);
    let (jobs, pipeline) = running(&world, fresh_in).await;
    let (apply, applied) = job(application);
    jobs.send(apply).await.expect("the pipeline takes it");
    let outcomes = applied.await.expect("an answer");
    assert!(matches!(&outcomes[..], [Outcome::Declined(declined)] if declined.code == "store_refused"), "{outcomes:?}");
    drop(jobs);
    pipeline.await.expect("it ends in order");
    let handed: Vec<_> = std::iter::from_fn(|| fresh.try_recv().ok()).flatten().map(|fresh| fresh.kind).collect();
    assert!(handed.is_empty(), "on their way without a commit: {handed:?}");
    assert!(world.rows(INCOMING, "SELECT 1 FROM outbox").await.is_empty());
}

/// Intake asks the inbox for known bytes; of two copies that come in before the first is committed it knows neither.
#[tokio::test]
async fn a_copy_that_came_before_the_commit_is_found_in_the_inbox() {
    let (mut world, application) = somebody_applies().await;
    world.act(INCOMING, "clerk", vec![application]).await;
    world.broker.order_next(Order::Duplicate);
    assert!(world.publish(INCOMING, 1));
    assert!(world.take(OUTGOING, 1).await && world.take(OUTGOING, 1).await);
    assert!(world.commit(OUTGOING).await && world.commit(OUTGOING).await);
    let known = world.rows(OUTGOING, "SELECT duplicates FROM inbox").await;
    let known: Vec<i64> = known.iter().map(|row| row.get("duplicates")).collect();
    assert_eq!(known, [1], "a copy of a known message was not recognised");
    assert!(world.rows(OUTGOING, "SELECT 1 FROM dead_letters").await.is_empty());
    let receipts = world.rows(OUTGOING, "SELECT 1 FROM outbox WHERE kind = 'Receipt'").await;
    assert_eq!(receipts.len(), 2, "each copy is answered");
}

#[tokio::test]
async fn what_failed_half_way_is_not_known_as_taken() {
    let mut world = a_letter_waits().await;
    let rule = "CREATE TRIGGER full BEFORE INSERT ON case_steps BEGIN SELECT RAISE(ABORT, 'append-only: the test says no'); END";
    world.beside(OUTGOING, rule).await;
    assert!(world.take(OUTGOING, 1).await && world.commit(OUTGOING).await && world.acknowledge(OUTGOING).await);
    let taken = world.rows(OUTGOING, "SELECT 1 FROM inbox").await.len();
    let done = world.rows(OUTGOING, "SELECT 1 FROM cases").await.len();
    assert_eq!((taken, done), (0, 0), "the inbox calls a message taken whose case was never written");
    world.beside(OUTGOING, "DROP TRIGGER full").await;
    // No receipt came: the same bytes come again, and are new.
    world.pass_ms(3_600_000);
    world.settle().await;
    let letters = "SELECT 1 FROM inbox WHERE kind = 'ContactLetter' AND state = 'applied'";
    assert_eq!(world.rows(OUTGOING, letters).await.len(), 1);
    assert_eq!(world.rows(OUTGOING, "SELECT 1 FROM cases").await.len(), 1);
}
