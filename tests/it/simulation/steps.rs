//! What may happen between two steps: at the broker, at the bank, at the counters, and what goes wrong.

use jiexu::domain::act::{Verb, Why};
use jiexu::domain::event::{RegisterEntry, What};
use jiexu::domain::line::{LineAct, LineVerb};
use jiexu::domain::money::Balance;
use jiexu::domain::register::{InsuredPerson, RelationStatus};
use sqlx::Row;

use super::arrivals::{Course, apply};
use super::corrections;
use crate::support::bank::Plant;
use crate::support::clerk::verb_for;
use crate::support::dice::Dice;
use crate::support::people::{ALL_AGENCIES as AGENCIES, account_of, document_of, name_of};
use crate::support::world::World;

fn plant(dice: &mut Dice) -> Option<Plant> {
    let fen = 1 + i64::try_from(dice.next() % 40).expect("small");
    match dice.below(20) {
        0 => Some(Plant::Short(fen)),
        1..=3 => Some(Plant::Split(fen)),
        4 => Some(Plant::WrongPayer),
        5 | 6 => Some(Plant::RemarkOnly),
        7 | 8 => Some(Plant::LetterOnly),
        9 => Some(Plant::Refused),
        10 => Some(Plant::Returned),
        _ => None,
    }
}

/// One thing happens somewhere.
pub async fn step(world: &mut World, dice: &mut Dice, course: &mut Course) {
    let n = dice.below(world.nodes.len());
    course.faults.go_on(world, dice);
    if dice.strikes(12) {
        return course.faults.strike(world, dice, n).await;
    }
    let most = 1 + dice.below(course.most);
    match dice.below(100) {
        0..=17 => drop(world.take(n, most).await),
        18..=37 => drop(world.commit(n).await),
        38..=52 => drop(world.acknowledge(n).await),
        53..=70 => drop(world.publish(n, most)),
        71..=76 => drop(world.mark(n).await),
        77..=79 => drop(world.resend(n).await),
        80..=84 => {
            let rest = course.applications.len().saturating_sub(1 + most / 6);
            let now = course.applications.split_off(rest);
            apply(world, now).await;
        }
        85..=87 => {
            world.pass_ms(i64::try_from(dice.next() % 40_000).expect("small"));
            world.look_beside_cases(n).await;
        }
        88 | 89 => {
            if let Some(plant) = plant(dice) {
                world.bank.plants.push_back(plant);
            }
            world.bank_takes(n).await;
        }
        90..=92 => drop(world.bank_tells(n, most).await),
        93 => world.bank_tells_again(n).await,
        94 => world.broker.reorder(AGENCIES[n].0),
        95 => world.broker.release(AGENCIES[n].0),
        96 if dice.strikes(30) => finance(world, dice, n).await,
        96 => clerk(world, dice, n).await,
        97 => {
            let (account, today) = (world.account(n), world.now().china_date());
            if dice.strikes(50) {
                world.bank.stranger(&account, 77, "往来款", today);
            } else {
                let payer = account_of(AGENCIES[(n + 1) % world.nodes.len()].0);
                world.bank.agency_pays(&payer, &account, 88, today);
            }
        }
        _ => news(world, dice, n).await,
    }
}

/// Payments that wait for a person leave as a batch; money that belongs to nobody is proposed to go back, or goes.
async fn finance(world: &mut World, dice: &mut Dice, n: usize) {
    let who = ["li", "wang"][dice.below(2)];
    if dice.strikes(50) {
        world.pass_ms(1);
        let order_no = format!("{}-B{}", world.nodes[n].code, world.now().0);
        world.act(n, who, vec![What::Remit { order_no, reason: "日终划转".into() }]).await;
        return;
    }
    let Some((line, _, seen)) = world.sight(n).oldest_line().await else { return };
    let verb = if seen % 2 == 0 { LineVerb::SendBack } else { LineVerb::Confirm };
    let act = LineAct { line, seen, verb, reason: Why("不属于本机构".into()) };
    world.act(n, who, vec![What::Line(act)]).await;
}

/// The register says something new of somebody: a corrected name or number, a death, an enrolment.
async fn news(world: &mut World, dice: &mut Dice, n: usize) {
    let rows = world.rows(n, "SELECT document FROM people ORDER BY person_no").await;
    if rows.is_empty() {
        return;
    }
    let row: String = rows[dice.below(rows.len())].get("document");
    let mut person: InsuredPerson = serde_json::from_str(&row).expect("a person");
    // What an import says: it knows of no death but by the status.
    person.died_on = None;
    let other = 1_000 + u32::try_from(dice.below(900)).expect("small");
    let today = world.now().china_date();
    match dice.below(4) {
        0 => (person.status, person.status_on) = (RelationStatus::Deceased, today),
        1 => (person.status, person.status_on) = (RelationStatus::Active, today),
        2 => person.name = name_of(other),
        _ => {
            person.document = document_of(other);
            (person.sex, person.birth_date) = (person.document.sex(), person.document.birth_date());
        }
    }
    world.act(n, "import", vec![What::Register(RegisterEntry { person, balance: Balance(0) })]).await;
}

/// A clerk decides about some case, whatever it allows.
async fn clerk(world: &mut World, dice: &mut Dice, n: usize) {
    let cases: Vec<_> = world.documents(n).await.into_iter().filter(|case| !case.verbs().is_empty()).collect();
    if cases.is_empty() {
        return;
    }
    let case = &cases[dice.below(cases.len())];
    let word = case.verbs()[dice.below(case.verbs().len())];
    let who = ["li", "wang"][dice.below(2)];
    let verb = match verb_for(word, case).expect("a verb of the list") {
        Verb::SendBack { txns } => {
            let waiting = world.sight(n).waiting_lines().await;
            let line = (!waiting.is_empty()).then(|| waiting[dice.below(waiting.len())].clone());
            Verb::SendBack { txns: line.map_or(txns, |line| vec![line]) }
        }
        Verb::Correct { .. } => Verb::Correct { balance: corrections::some_balance(dice) },
        verb => verb,
    };
    world.clerk_decides(n, who, case, verb).await;
}
