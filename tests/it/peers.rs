//! What agencies say to each other outside cases, where a story cannot reach: retries that wait, bytes asked for again,
//! books that differ, directories that grow.

use jiexu::domain::changes::Outcome;
use jiexu::domain::event::What;
use jiexu::domain::forms::Insurance;
use jiexu::domain::ids::AgencyCode;
use jiexu::domain::money::Balance;
use jiexu::domain::peers::MaintenanceOrder;
use jiexu::domain::register::RelationStatus;
use jiexu::domain::time::Moment;
use jiexu::transport::memory::Order;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, Row, SqliteConnection};

use crate::support::people::{Relation, application, code};
use crate::support::world::World;

const DAY_MS: i64 = 86_400_000;

/// All four agencies of the directory, so that whoever is told is there. `OUT` pays, `IN` asks.
const OUT: usize = 0;
const IN: usize = 1;

async fn world() -> World {
    World::new(4, 7).await
}

/// One transfer of 100.00 from `OUT` to `IN`, up to the payment.
async fn transfer(world: &mut World) {
    for (n, status, fen) in [(OUT, RelationStatus::Stopped, 10_000), (IN, RelationStatus::Active, 0)] {
        let mut relation = Relation::new(1, Insurance::Employee, status);
        relation.balance = Balance(fen);
        relation.months = Some(("202001".parse().expect("a month"), "202412".parse().expect("a month")));
        let agency = world.nodes[n].code.clone();
        world.act(n, "import", relation.events(&agency)).await;
    }
    let today = world.now().china_date();
    let form = application(1, 1, world.nodes[OUT].code.as_str(), (Insurance::Employee, Insurance::Employee), today);
    world.act(IN, "clerk", vec![What::Application(form)]).await;
    world.settle().await;
}

async fn announce(world: &mut World, n: usize, (from, until): (Moment, Moment), to: Option<AgencyCode>) -> Outcome {
    let announcement_no = format!("{}-M{}", world.nodes[n].code, world.now().0);
    let order = MaintenanceOrder { announcement_no, from, until, reason: "机房检修".into(), to };
    world.act(n, "operator", vec![What::Announce(order)]).await.remove(0)
}

/// Changes a file beside its daemon, as no daemon would.
async fn tamper(world: &World, n: usize, sql: &'static str) {
    let options = SqliteConnectOptions::new().filename(world.nodes[n].store.path());
    let mut connection = SqliteConnection::connect_with(&options).await.expect("a second writer");
    let changed = sqlx::query(sql).execute(&mut connection).await.expect("the statement runs").rows_affected();
    assert!(changed > 0, "{sql}");
}

async fn count(world: &World, n: usize, sql: &'static str) -> i64 {
    world.rows(n, sql).await[0].get("n")
}

const DIFFERENCES: &str = "SELECT COUNT(*) AS n FROM tasks WHERE kind = 'DAILY_DIGEST_DIFFERS' AND closed_at IS NULL";

#[tokio::test]
async fn what_lies_in_the_queue_of_a_closed_agency_goes_again_after_the_end_and_not_before() {
    let mut world = world().await;
    let (from, until) = (world.now(), world.now().plus_ms(2 * DAY_MS));
    let to = Some(world.nodes[IN].code.clone());
    assert_eq!(announce(&mut world, OUT, (from, until), to).await, Outcome::Applied);
    world.settle().await;
    // Fresh messages still go: the letter is published, and kept back by the broker.
    world.broker.order_next(Order::Withhold);
    transfer(&mut world).await;
    let open = "SELECT COUNT(*) AS n FROM outbox WHERE kind = 'ContactLetter' AND state = 'sent'";
    assert_eq!(count(&world, IN, open).await, 1, "published once, not receipted");
    let store = std::sync::Arc::clone(&world.nodes[IN].store);
    world.pass_ms(DAY_MS);
    assert_eq!(store.due_letters(world.now(), 9).await.expect("due").len(), 0, "the peer is closed");
    assert_eq!(store.next_due_letter(world.now()).await.expect("next"), None, "and nobody looks every moment");
    world.pass_ms(DAY_MS);
    assert_eq!(store.due_letters(world.now(), 9).await.expect("due").len(), 1, "open again");
    world.settle().await;
    assert_eq!(count(&world, IN, open).await, 0, "receipted");
    world.broker.release("530800");
    world.settle().await;
    while world.bank_books().await {}
    let faults = world.faults().await;
    assert!(faults.is_empty(), "{faults:#?}");
}

#[tokio::test]
async fn everybody_is_told_of_a_closure_and_of_its_withdrawal_in_whatever_order() {
    let mut world = world().await;
    let times = (world.now().plus_ms(DAY_MS), world.now().plus_ms(3 * DAY_MS));
    // The announcement to the first peer is kept back until after the withdrawal.
    world.broker.order_next(Order::Withhold);
    assert_eq!(announce(&mut world, OUT, times, None).await, Outcome::Applied);
    world.settle().await;
    let known = "SELECT COUNT(*) AS n FROM closures WHERE agency = '530800' AND withdrawn_at IS NULL";
    let mut told = 0;
    for n in 1..4 {
        told += count(&world, n, known).await;
    }
    assert_eq!(told, 2, "one announcement is still on its way");
    let announcement_no = world.rows(OUT, "SELECT announcement_no AS no FROM closures").await[0].get("no");
    let what = What::Withdraw { announcement_no, reason: "改期".into() };
    assert_eq!(world.act(OUT, "operator", vec![what]).await, [Outcome::Applied]);
    world.settle().await;
    for n in 1..4 {
        world.broker.release(world.nodes[n].code.clone().as_str());
    }
    world.settle().await;
    for n in 0..4 {
        assert_eq!(count(&world, n, known).await, 0, "{n}: withdrawn is withdrawn, whichever came first");
        assert_eq!(count(&world, n, "SELECT COUNT(*) AS n FROM closures").await, 1);
    }
}

#[tokio::test]
async fn messages_that_never_came_are_asked_for_and_the_same_bytes_come() {
    let mut world = world().await;
    transfer(&mut world).await;
    world.bank_books().await;
    world.days_pass(1).await;
    let bytes = "SELECT hex(frame_hash) AS hash FROM inbox WHERE kind = 'Receipt' ORDER BY sender, seq";
    let before: Vec<String> = world.rows(OUT, bytes).await.iter().map(|row| row.get("hash")).collect();
    world.forgets(OUT, "Receipt", "450200").await;
    world.pass_ms(25 * 3_600_000);
    // A day without them: the difference is a task the same day, and the bytes are asked for.
    world.look_at_clocks().await;
    assert_eq!(count(&world, OUT, DIFFERENCES).await, 1);
    let state = "SELECT state FROM digests WHERE ours = 0 AND day = '2026-03-02'";
    assert_eq!(world.rows(OUT, state).await[0].get::<String, _>("state"), "missing");
    world.settle().await;
    let after: Vec<String> = world.rows(OUT, bytes).await.iter().map(|row| row.get("hash")).collect();
    assert!(before.iter().all(|hash| after.contains(hash)), "the same bytes");
    world.look_at_clocks().await;
    assert_eq!(world.rows(OUT, state).await[0].get::<String, _>("state"), "agreed");
    assert_eq!(count(&world, OUT, DIFFERENCES).await, 0, "nothing waits for a person any more");
    let asked = "SELECT COUNT(*) AS n FROM audit WHERE action = 'resend_asked/applied'";
    assert_eq!(count(&world, OUT, asked).await, 1);
    // What is not sent for good is asked for once an hour, not at every look.
    world.forgets(OUT, "Receipt", "450200").await;
    world.pass_ms(70 * 60_000);
    world.look_at_clocks().await;
    world.look_at_clocks().await;
    assert_eq!(count(&world, OUT, asked).await, 2);
}

#[tokio::test]
async fn books_that_differ_are_a_task_until_a_person_has_looked() {
    let mut world = world().await;
    transfer(&mut world).await;
    world.bank_books().await;
    world.days_pass(1).await;
    tamper(&world, IN, "UPDATE inbox SET fen = fen + 1 WHERE kind = 'RemittanceNotice'").await;
    world.days_pass(1).await;
    let state = "SELECT state, held FROM digests WHERE ours = 0 AND day = '2026-03-02'";
    let row = &world.rows(IN, state).await[0];
    assert_eq!(row.get::<String, _>("state"), "differs");
    assert!(row.get::<String, _>("held").contains("\"announced\":10001"), "what we held is kept");
    assert_eq!(count(&world, IN, DIFFERENCES).await, 1);
    assert_eq!(count(&world, OUT, DIFFERENCES).await, 0, "the other side sees nothing wrong");
    let day = jiexu::domain::time::Moment(world.now().0 - 2 * DAY_MS * 1000).china_date();
    let noted = |reason: &str| What::DigestNoted { peer: code("530800"), day, reason: reason.into() };
    let outcome = world.act(IN, "operator", vec![noted(" ")]).await.remove(0);
    assert!(matches!(outcome, Outcome::Declined(declined) if declined.code == "REASON"));
    assert_eq!(world.act(IN, "operator", vec![noted("金额录入有误")]).await, [Outcome::Applied]);
    assert_eq!(count(&world, IN, DIFFERENCES).await, 0);
}

#[tokio::test]
async fn a_peer_with_a_newer_directory_is_a_task_until_ours_is_as_new() {
    let mut world = world().await;
    let task = "SELECT COUNT(*) AS n FROM tasks WHERE kind = 'DIRECTORY_NEWER' AND closed_at IS NULL";
    let told = "SELECT COUNT(*) AS n FROM outbox WHERE kind = 'PeerNotice'";
    for n in 0..4 {
        world.act(n, "daemon", vec![What::Directory { version: 1 }]).await;
        assert_eq!(count(&world, n, told).await, 0, "the first start tells nobody");
    }
    world.learns_account(OUT, "330100", "6222000099999999").await;
    for _ in 0..2 {
        world.act(OUT, "daemon", vec![What::Directory { version: 2 }]).await;
    }
    assert_eq!(count(&world, OUT, told).await, 3, "every peer, once");
    world.settle().await;
    for n in 1..4 {
        assert_eq!(count(&world, n, task).await, 1);
    }
    world.learns_account(IN, "330100", "6222000099999999").await;
    world.act(IN, "daemon", vec![What::Directory { version: 2 }]).await;
    world.settle().await;
    assert_eq!(count(&world, IN, task).await, 0, "installed");
    assert_eq!((count(&world, 2, task).await, count(&world, OUT, task).await), (1, 0), "one task, however many say so");
}

#[tokio::test]
async fn a_clock_that_is_set_back_books_nothing_into_a_closed_day() {
    let mut world = world().await;
    transfer(&mut world).await;
    world.days_pass(1).await;
    let until = Moment::start_of(world.now().china_date());
    // One minute before the midnight that closed the day; and the daemon starts again.
    world.pass_ms(until.plus_ms(-60_000).ms_since(world.now()));
    for crashed in [false, true] {
        if crashed {
            world.crash(IN).await;
        }
        let (account, today) = (world.account(IN), world.now().china_date());
        world.bank.stranger(&account, 77, "往来款", today);
        world.bank_tells(IN, 1).await;
    }
    let booked =
        "SELECT COUNT(*) AS n FROM entries WHERE at < (SELECT until_at FROM closes) AND account LIKE 'suspense/%'";
    assert_eq!(count(&world, IN, booked).await, 0);
    world.pass_ms(2 * DAY_MS);
    world.look_at_clocks().await;
    let report = world.nodes[IN].store.verify().await.expect("a report");
    assert!(report.clean, "{report:#?}");
    let last = world.rows(IN, "SELECT suspense FROM closes ORDER BY day DESC").await[0].get::<i64, _>("suspense");
    assert_eq!(last, 2 * 77);
}

#[tokio::test]
async fn a_day_that_was_changed_afterwards_is_found_and_cannot_be_changed_by_us() {
    let mut world = world().await;
    transfer(&mut world).await;
    world.days_pass(2).await;
    let report = world.nodes[OUT].store.verify().await.expect("a report");
    assert!(report.clean, "{report:#?}");
    let options = SqliteConnectOptions::new().filename(world.nodes[OUT].store.path());
    let mut connection = SqliteConnection::connect_with(&options).await.expect("a second writer");
    let refused = sqlx::query("UPDATE closes SET suspense = 1").execute(&mut connection).await;
    assert!(refused.expect_err("a trigger").to_string().contains("append-only"));
    sqlx::query("DROP TRIGGER closes_are_never_changed").execute(&mut connection).await.expect("dropped");
    tamper(&world, OUT, "UPDATE closes SET person = person + 1 WHERE day = '2026-03-02'").await;
    let report = world.nodes[OUT].store.verify().await.expect("a report");
    let broken: Vec<&String> = report.checks.iter().flat_map(|check| &check.broken).collect();
    assert_eq!(broken, ["2026-03-02", "2026-03-03"], "the day, and the step to the next one");
}
