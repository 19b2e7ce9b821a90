//! Who lives in a world, and what they apply for.

use jiexu::domain::act::Why;
use jiexu::domain::event::{Application, What};
use jiexu::domain::forms::Insurance;
use jiexu::domain::ids::ApplicationNo;
use jiexu::domain::money::Balance;
use jiexu::domain::payout::{PayoutReason, PayoutRequest};
use jiexu::domain::register::RelationStatus;

use super::faults::Faults;
use crate::support::dice::Dice;
use crate::support::people::{ALL_AGENCIES as AGENCIES, Relation, application, code, own_account};
use crate::support::world::World;

/// Up to this seed worlds are small, but every fiftieth; beyond it they are of every size.
const SMALL_UNTIL: u64 = 1_000;

/// How many agencies and people a world has.
pub fn size(seed: u64, dice: &mut Dice) -> (usize, u32) {
    let agencies = [2, 2, 2, 3, 3, 4, 5, 6][dice.below(8)];
    let is_small = seed <= SMALL_UNTIL && !seed.is_multiple_of(50);
    let people = match dice.below(10) {
        0..=3 => 2 + dice.below(4),
        _ if is_small => 2 + dice.below(4),
        4..=8 => 25 + dice.below(45),
        _ => 80 + dice.below(60),
    };
    (agencies, u32::try_from(people).expect("few"))
}

/// What a world still has before it.
pub struct Course {
    pub imports: Vec<Vec<What>>,
    pub applications: Vec<(usize, What)>,
    pub faults: Faults,
    /// Letters, lines or applications that one step moves at most.
    pub most: usize,
    pub people: u32,
}

/// One more person, who moves from one agency to another, or must not.
pub fn arrive(world: &World, dice: &mut Dice, course: &mut Course) {
    use Insurance::{Employee, Resident};
    use RelationStatus::{Active, Retired, Stopped};
    course.people += 1;
    let person = course.people;
    let agencies = world.nodes.len();
    let from = dice.below(agencies);
    let to = (from + 1 + dice.below(agencies - 1)) % agencies;
    let insurance = if dice.strikes(25) { Resident } else { Employee };
    let status = match dice.below(10) {
        0 => Active,
        1 => Retired,
        _ => Stopped,
    };
    let mut there = Relation::new(person, insurance, status);
    there.months = Some((202_001, 202_001 + 100 * u32::try_from(dice.below(5)).expect("small") + 8));
    there.arrears = dice.strikes(5);
    there.open_claims = dice.strikes(5);
    there.other_name = dice.strikes(3);
    if insurance == Employee && !dice.strikes(20) {
        there.balance = Balance(if dice.strikes(3) { -100 } else { 1 + i64::try_from(dice.next() % 900_000).unwrap() });
    }
    let mut here = Relation::new(person, insurance, if dice.strikes(6) { Stopped } else { Active });
    here.months = Some((202_401, 202_412));
    here.balance = Balance(if insurance == Employee { 5_000 } else { 0 });
    let (there_code, here_code) = (world.nodes[from].code.clone(), world.nodes[to].code.clone());
    course.imports[from].extend(there.events(&there_code));
    course.imports[to].extend(here.events(&here_code));
    let today = world.now().china_date();
    if dice.strikes(15) {
        // The balance goes to the person, whatever else is asked for.
        let why = PayoutReason::ALL[dice.below(4)];
        let request = PayoutRequest {
            payout_no: ApplicationNo::new(&format!("B{person:05}")).expect("a number"),
            person_no: there.person_no(&there_code),
            why,
            account: own_account(person),
            reason: Why("本人申请".into()),
        };
        course.applications.push((from, What::Payout(request)));
    }
    if dice.strikes(15) {
        // Taken at the outgoing counter; now and then applied for at the other as well.
        let form = application(person * 10 + 5, person, AGENCIES[from].0, (insurance, insurance), today);
        let form = Application { incoming: Some(code(AGENCIES[to].0)), ..form };
        course.applications.push((from, What::Application(form)));
        if dice.strikes(60) {
            return;
        }
    }
    let apply = |number: u32, to: usize, from: usize| {
        let outgoing = AGENCIES[from].0;
        (to, What::Application(application(number, person, outgoing, (insurance, insurance), today)))
    };
    course.applications.push(apply(person * 10, to, from));
    if dice.strikes(20) {
        // The same person again: a second application here, a crossing one there, or from a third agency.
        course.applications.push(apply(person * 10 + 1, to, from));
        course.applications.push(apply(person * 10 + 2, from, to));
        if agencies > 2 {
            let others: Vec<usize> = (0..agencies).filter(|n| ![from, to].contains(n)).collect();
            let third = others[dice.below(others.len())];
            let elsewhere = Relation::new(person, insurance, Active);
            let code = &world.nodes[third].code;
            course.imports[third].extend(elsewhere.events(code));
            course.applications.push(apply(person * 10 + 3, third, from));
            course.applications.push(apply(person * 10 + 4, third, to));
        }
    }
}

/// The registers learn of those who have arrived.
pub async fn imported(world: &mut World, course: &mut Course) {
    for (n, rows) in course.imports.iter_mut().map(std::mem::take).enumerate().filter(|(_, rows)| !rows.is_empty()) {
        world.act(n, "import", rows).await;
    }
}

/// Applications reach the counters, each agency's at once.
pub async fn apply(world: &mut World, applications: Vec<(usize, What)>) {
    let mut counters = vec![Vec::new(); world.nodes.len()];
    for (at, what) in applications {
        counters[at].push(what);
    }
    for (at, what) in counters.into_iter().enumerate().filter(|(_, what)| !what.is_empty()) {
        world.act(at, "clerk", what).await;
    }
}
