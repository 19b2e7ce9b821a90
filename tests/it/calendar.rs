//! A year comes in while cases run, by the daemon's own parts: what a crash in between leaves is made up for.

use std::sync::Arc;

use chrono::NaiveDate;
use jiexu::domain::calendar::{CalendarImport, YearFile};
use jiexu::domain::changes::Outcome;
use jiexu::domain::event::{Mint, What};
use jiexu::domain::forms::Insurance;
use jiexu::domain::ids::{CaseId, MessageId};
use jiexu::domain::register::RelationStatus;
use jiexu::domain::time::Moment;
use jiexu::flow::clerk::Clerk;
use jiexu::flow::clocks::recount;
use jiexu::flow::counters::Counters;
use jiexu::flow::pipeline::Pipeline;
use sqlx::Row;
use tokio::sync::{mpsc, watch};

use crate::support::people::{Relation, application};
use crate::support::world::World;

struct Chance;

impl Mint for Chance {
    fn message_id(&mut self, at: Moment) -> MessageId {
        jiexu::ids::message_id(at)
    }
    fn case_id(&mut self, at: Moment) -> CaseId {
        jiexu::ids::case_id(at)
    }
}

/// The running parts of a daemon over an agency of the world.
async fn clerk(world: &World, n: usize) -> Clerk {
    let (site, store) = (Arc::clone(&world.nodes[n].site), Arc::clone(&world.nodes[n].store));
    let (jobs, waiting) = mpsc::channel(8);
    let counters = Arc::new(Counters::default());
    let pipeline = Pipeline::new(Arc::clone(&site), Arc::clone(&store), counters, Box::new(Chance)).await.unwrap();
    let (relay, _) = mpsc::channel(1);
    let (changed, _) = watch::channel(0);
    tokio::spawn(pipeline.run(waiting, relay, changed));
    Clerk { site, store, jobs }
}

fn years(file: &str) -> Vec<YearFile> {
    YearFile::parse_all(file).expect("a year file")
}

const YEAR: &str = include_str!("../calendars/2027.json");
const AMENDED: &str = include_str!("../calendars/2027-amended.json");

/// `cases` applications on 18 December: T1 and the target fall into a year nobody knows.
async fn december(cases: u32) -> World {
    let mut world = World::new(1, 1).await;
    world.go_to(NaiveDate::from_ymd_opt(2026, 12, 18).expect("a day"));
    let us = world.nodes[0].code.clone();
    let today = world.now().china_date();
    for person in 1..=cases {
        let relation = Relation::new(person, Insurance::Resident, RelationStatus::Active);
        world.act(0, "import", relation.events(&us)).await;
        let kinds = (Insurance::Resident, Insurance::Resident);
        let form = application(person, person, "450200", kinds, today);
        world.act(0, "clerk", vec![What::Application(form)]).await;
    }
    world
}

async fn dues(world: &World) -> Vec<String> {
    let rows = world.rows(0, "SELECT COALESCE(due_on, 'provisional') AS due FROM cases ORDER BY case_id").await;
    rows.iter().map(|row| row.get("due")).collect()
}

#[tokio::test]
async fn every_open_case_is_recomputed_once_when_its_year_comes() {
    let world = december(3).await;
    assert_eq!(dues(&world).await, ["provisional"; 3]);
    let clerk = clerk(&world, 0).await;
    assert_eq!(recount(&clerk).await.expect("counted"), 0, "nothing is guessed");
    let (outcome, recounted) = clerk.import_years("zhang", years(YEAR), None).await.expect("taken");
    assert_eq!((outcome, recounted), (Outcome::Applied, 3));
    assert_eq!(dues(&world).await, ["2027-01-04"; 3]);
    assert_eq!(recount(&clerk).await.expect("counted"), 0, "once");
    let steps = world.rows(0, "SELECT actor, note FROM case_steps WHERE event = 'recount'").await;
    assert_eq!(steps.len(), 3, "one step a case");
    assert_eq!(steps[0].get::<String, _>("note"), "T1 → 2027-01-04; ALL → 2027-01-11");
    let audit = world.rows(0, "SELECT actor, detail FROM audit WHERE action = 'calendar/applied'").await;
    assert_eq!((audit.len(), audit[0].get::<String, _>("actor").as_str()), (1, "zhang"));
    assert!(audit[0].get::<String, _>("detail").ends_with("2027 added, 249 working days"));
    let audit = world.rows(0, "SELECT detail FROM audit WHERE action = 'recount/applied'").await;
    assert!(audit[0].get::<String, _>("detail").ends_with("T1 → 2027-01-04; ALL → 2027-01-11"));
    assert!(world.nodes[0].store.verify().await.expect("verified").clean);
}

#[tokio::test]
async fn a_crash_between_the_year_and_the_cases_is_made_up_for() {
    let mut world = december(2).await;
    let first = clerk(&world, 0).await;
    let import = CalendarImport { import_no: "530800-C1".to_owned(), years: years(YEAR), replace: None };
    assert_eq!(first.act("zhang", vec![What::Calendar(import)]).await.expect("taken"), [Outcome::Applied]);
    drop(first);
    assert_eq!(dues(&world).await, ["provisional"; 2], "the year is durable, the cases stand as they stood");
    world.crash(0).await;
    assert!(world.nodes[0].site.calendar().year(2027).is_some(), "from the database");
    let second = clerk(&world, 0).await;
    assert_eq!(recount(&second).await.expect("counted"), 2);
    assert_eq!(dues(&world).await, ["2027-01-04"; 2]);
}

#[tokio::test]
async fn a_replaced_year_moves_the_running_clocks_and_a_put_back_one_moves_them_again() {
    let world = december(1).await;
    let clerk = clerk(&world, 0).await;
    let import = async |file: &str, reason: Option<&str>| {
        world.pass_ms(1);
        clerk.import_years("zhang", years(file), reason.map(str::to_owned)).await.expect("an answer")
    };
    assert_eq!(import(YEAR, None).await, (Outcome::Applied, 1));
    assert_eq!(import(YEAR, None).await, (Outcome::Duplicate, 0));
    let (outcome, recounted) = import(AMENDED, None).await;
    assert!(matches!(outcome, Outcome::Declined(declined) if declined.code == "CALENDAR_YEAR_KNOWN"));
    assert_eq!(recounted, 0);
    assert_eq!(import(AMENDED, Some("另行通知")).await, (Outcome::Applied, 1));
    assert_eq!(dues(&world).await, ["2027-01-05"]);
    assert_eq!(import(YEAR, Some("前次有误")).await, (Outcome::Applied, 1));
    assert_eq!(dues(&world).await, ["2027-01-04"]);
}
