//! Exactly once, under everything that may happen between two steps: agencies, a bank and a broker are interleaved by a
//! seed, with crashes, lost confirms, copies and disorder. Then the faults end, and every promise must hold.
//!
//! In every second world sums are corrected after the first end, see `corrections`.
//!
//! `JIEXU_SEEDS=20000` runs more seeds; `JIEXU_SEED=17` runs one, with a trace.

mod corrections;

use jiexu::domain::act::{Verb, Why};
use jiexu::domain::changes::Outcome;
use jiexu::domain::event::{Application, RegisterEntry, What};
use jiexu::domain::forms::Insurance;
use jiexu::domain::ids::ApplicationNo;
use jiexu::domain::line::{LineAct, LineVerb};
use jiexu::domain::money::Balance;
use jiexu::domain::payout::{PayoutReason, PayoutRequest};
use jiexu::domain::reasons::ReturnCode;
use jiexu::domain::register::{InsuredPerson, RelationStatus};
use jiexu::domain::steps::{Step, Steps, Way};
use jiexu::transport::memory::Chaos;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Instant;

use sqlx::Row;

use crate::support::bank::Plant;
use crate::support::clerk::verb_for;
use crate::support::crowd::on_threads;
use crate::support::dice::Dice;
use crate::support::people::{AGENCIES, Relation, account_of, application, code, document_of, name_of, own_account};
use crate::support::world::{Bug, World};

const SEEDS: u64 = 300;
/// Steps of the first part, in which everything may go wrong.
const CHAOS_STEPS: usize = 160;
/// Steps of the second part, in which sums are corrected.
const CORRECTION_STEPS: usize = 60;

fn from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

/// One person who moves from `from` to `to`, or who must not.
async fn arrive(world: &mut World, dice: &mut Dice, person: u32, applications: &mut Vec<(usize, What)>) {
    use Insurance::{Employee, Resident};
    use RelationStatus::{Active, Retired, Stopped};
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
    world.act(from, "import", there.events(&there_code)).await;
    world.act(to, "import", here.events(&here_code)).await;
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
        applications.push((from, What::Payout(request)));
    }
    if dice.strikes(15) {
        // Taken at the outgoing counter; now and then applied for at the other as well.
        let form = application(person * 10 + 5, person, AGENCIES[from].0, (insurance, insurance), today);
        let form = Application { incoming: Some(code(AGENCIES[to].0)), ..form };
        applications.push((from, What::Application(form)));
        if dice.strikes(60) {
            return;
        }
    }
    let mut apply = |number: u32, to: usize, from: usize| {
        let outgoing = AGENCIES[from].0;
        let form = application(number, person, outgoing, (insurance, insurance), today);
        applications.push((to, What::Application(form)));
    };
    apply(person * 10, to, from);
    if dice.strikes(20) {
        // The same person again: a second application here, a crossing one there, or from a third agency.
        apply(person * 10 + 1, to, from);
        apply(person * 10 + 2, from, to);
        if agencies > 2 {
            let third = 3 - from - to;
            let elsewhere = Relation::new(person, insurance, Active);
            let code = world.nodes[third].code.clone();
            world.act(third, "import", elsewhere.events(&code)).await;
            apply(person * 10 + 3, third, from);
            apply(person * 10 + 4, third, to);
        }
    }
}

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
async fn step(world: &mut World, dice: &mut Dice, applications: &mut Vec<(usize, What)>) {
    let n = dice.below(world.nodes.len());
    let most = 1 + dice.below(6);
    match dice.below(100) {
        0..=17 => drop(world.take(n, most).await),
        18..=37 => drop(world.commit(n).await),
        38..=52 => drop(world.acknowledge(n).await),
        53..=70 => drop(world.publish(n, most)),
        71..=76 => drop(world.mark(n).await),
        77..=79 => drop(world.resend(n).await),
        80..=84 => {
            if let Some((at, what)) = applications.pop() {
                world.act(at, "clerk", vec![what]).await;
            }
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
        98 => news(world, dice, n).await,
        _ => world.crash(n).await,
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

/// In every third world people release some of the steps, at each agency others.
async fn review_some_steps(world: &mut World, seed: u64) {
    if !seed.is_multiple_of(3) {
        return;
    }
    let mut dice = Dice::new(!seed);
    for n in 0..world.nodes.len() {
        let mut steps = Steps::default();
        for step in Step::ALL {
            steps.set(*step, if dice.strikes(40) { Way::Review } else { Way::Auto });
        }
        world.reviews(n, steps).await;
    }
}

/// Releases what waits for a person; whether there was something.
async fn release_all(world: &mut World) -> bool {
    let mut released = false;
    for n in 0..world.nodes.len() {
        for case in world.documents(n).await {
            let offered = case.decisions();
            let is_ours = case.proposal.as_ref().is_some_and(|proposal| proposal.by == "zhao");
            let is_matched = case.money() == Some("MATCHED");
            let (who, verb) = match offered.first().copied() {
                Some("release") => ("zhao", Verb::Release),
                _ if case.money() == Some("PAYOUT_FAILED") && offered.contains(&"payout") => {
                    ("zhao", verb_for("payout", &case).expect("a verb of the list"))
                }
                // The register could not decide: the person has died, or is another one by name or number.
                Some("accept") => ("zhao", Verb::Accept),
                Some("credit") => ("zhao", Verb::Credit),
                Some("confirm") if is_ours => ("qian", Verb::Confirm),
                // Proposed by a clerk who went home.
                Some("confirm") if case.review.is_some() || is_matched => ("zhao", Verb::Withdraw),
                _ => continue,
            };
            let outcome = world.clerk_decides(n, who, &case, verb).await;
            if outcome != Outcome::Applied && offered.contains(&"reject") {
                let reasons = vec![ReturnCode::NotEnrolled.into()];
                world.clerk_decides(n, "zhao", &case, Verb::Reject { reasons }).await;
            }
            released = true;
        }
    }
    released
}

/// Runs one seed to its end; what does not hold.
async fn run(seed: u64, bug: Option<Bug>, trace: bool) -> Vec<String> {
    let mut dice = Dice::new(seed);
    let mut world = World::new(2 + dice.below(2), seed).await;
    (world.trace, world.bug) = (trace, bug);
    if seed.is_multiple_of(3) {
        // Midnight comes while everything is under way.
        world.pass_ms(i64::from(13 * 60 + 55) * 60_000);
    }
    review_some_steps(&mut world, seed).await;
    let mut applications = Vec::new();
    for person in 1..=u32::try_from(2 + dice.below(4)).expect("few") {
        arrive(&mut world, &mut dice, person, &mut applications).await;
    }
    // The order of application is the seed's as well.
    for last in (1..applications.len()).rev() {
        applications.swap(last, dice.below(last + 1));
    }
    world.broker.chaos(some_chaos(&mut dice));
    for count in 0..CHAOS_STEPS {
        step(&mut world, &mut dice, &mut applications).await;
        if count % 80 == 79 {
            let faults = world.books_faults().await;
            if !faults.is_empty() {
                return faults;
            }
        }
    }
    world.broker.chaos(Chaos::default());
    rest(&mut world, applications).await;
    if seed.is_multiple_of(2) {
        sums_are_corrected(&mut world, &mut dice).await;
    }
    let mut faults = world.faults().await;
    promised_ends(&world, &mut faults).await;
    corrections::sheets_agree(&world, &mut faults).await;
    // Where no sums were corrected, and now and then where they were: the slow half of a world's end.
    if bug.is_none() && (!seed.is_multiple_of(2) || seed.is_multiple_of(8)) {
        agreed(&mut world, &mut faults).await;
    }
    faults
}

fn some_chaos(dice: &mut Dice) -> Chaos {
    let rate = |dice: &mut Dice| u32::try_from(dice.below(120)).expect("small");
    Chaos {
        duplicate: rate(dice),
        withhold: rate(dice) / 2,
        returned: rate(dice) / 2,
        lose_confirm: rate(dice),
        lose_letter: rate(dice),
        swap: rate(dice) * 2,
    }
}

/// People correct what has ended, while everything may go wrong again.
async fn sums_are_corrected(world: &mut World, dice: &mut Dice) {
    world.broker.chaos(some_chaos(dice));
    let mut nothing_to_apply = Vec::new();
    for _ in 0..CORRECTION_STEPS {
        if !(dice.strikes(20) && corrections::hand(world, dice).await) {
            step(world, dice, &mut nothing_to_apply).await;
        }
    }
    world.broker.chaos(Chaos::default());
    rest(world, nothing_to_apply).await;
}

/// Two midnights later every agency has closed its days, and no two honest agencies differ about any of them.
async fn agreed(world: &mut World, faults: &mut Vec<String>) {
    for _ in 0..2 {
        world.pass_ms(24 * 3_600_000);
        for n in 0..world.nodes.len() {
            world.look_beside_cases(n).await;
        }
        world.settle().await;
    }
    for n in 0..world.nodes.len() {
        let code = &world.nodes[n].code;
        for row in world.rows(n, "SELECT peer, day, state, held, document FROM digests WHERE ours = 0").await {
            let state: String = row.get("state");
            // The digest of the last day has come and is compared tomorrow.
            if state != "agreed" && state != "received" {
                let (peer, day): (String, String) = (row.get("peer"), row.get("day"));
                let (said, held): (String, String) = (row.get("document"), row.get("held"));
                faults.push(format!("{code} and {peer} differ about {day}, {state}: {said} {held}"));
            }
        }
        let days =
            world.rows(n, "SELECT bank, person + transit_out + transit_in + suspense AS others FROM closes").await;
        for day in &days {
            if day.get::<i64, _>("bank") != day.get::<i64, _>("others") {
                faults.push(format!("{code} closed a day out of balance"));
            }
        }
        // Where nothing ever happened there is nothing to close.
        let has_acted = !world.rows(n, "SELECT 1 FROM audit LIMIT 1").await.is_empty();
        if has_acted && days.is_empty() {
            faults.push(format!("{code} closed no day"));
        }
    }
}

/// The faults are over: everything that waits is done.
async fn rest(world: &mut World, applications: Vec<(usize, What)>) {
    for (at, what) in applications {
        world.act(at, "clerk", vec![what]).await;
    }
    for (n, agency) in AGENCIES.iter().enumerate().take(world.nodes.len()) {
        // What was in hand stays in hand until the process ends: here each ends once.
        world.crash(n).await;
        world.broker.release(agency.0);
    }
    world.settle().await;
    for round in 0..24 {
        for n in 0..world.nodes.len() {
            world.look_beside_cases(n).await;
        }
        world.settle().await;
        while world.bank_books().await {}
        if release_all(world).await || corrections::finish(world, round).await {
            world.settle().await;
            continue;
        }
        if !world.is_owed_receipts().await {
            return;
        }
        // Whatever is still unreceipted goes out again.
        world.pass_ms(1_000_000);
        world.settle().await;
    }
}

/// A payment that the bank carried out soundly was credited; one it did not is asked about.
async fn promised_ends(world: &World, faults: &mut Vec<String>) {
    for (case, sides) in world.cases().await {
        for (n, seen) in &sides {
            let stuck = seen.role == "incoming"
                && seen.open
                && matches!(seen.money.as_deref(), Some("EXPECTED" | "REMITTED" | "MATCHED"));
            if stuck {
                faults.push(format!("case {case} still waits for money at {}: {seen:?}", world.nodes[*n].code));
            }
            if seen.role == "incoming" && matches!(seen.relation.as_str(), "LETTER_SENT" | "OUTGOING_WORKING") {
                let checking = sides.iter().any(|(_, seen)| seen.relation == "CHECKING");
                if !checking {
                    faults.push(format!("case {case} was never answered: {sides:?}"));
                }
            }
        }
    }
    let waiting = world.bank.planted.values().filter(|plant| matches!(plant, Plant::Short(_) | Plant::WrongPayer));
    let waiting = waiting.count();
    let discrepant = world.cases().await.into_values().flatten();
    let discrepant = discrepant.filter(|(_, seen)| seen.money.as_deref() == Some("DISCREPANT")).count();
    if discrepant > waiting {
        faults.push(format!("{discrepant} cases differ, the bank erred on {waiting} payments"));
    }
}

/// Without sockets: a thread that waits for a database's thread sleeps and wakes with one system call each.
fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime")
}

#[test]
fn whatever_happens_between_two_steps_every_case_ends_exactly_once() {
    if let Some(seed) = from_environment("JIEXU_SEED") {
        let faults = runtime().block_on(run(seed, None, true));
        assert!(faults.is_empty(), "seed {seed}: {faults:#?}");
        return;
    }
    let seeds = from_environment("JIEXU_SEEDS").unwrap_or(SEEDS);
    let next = AtomicU64::new(1);
    let begun = Instant::now();
    let work = || {
        let runtime = runtime();
        let mut broken = Vec::new();
        loop {
            let seed = next.fetch_add(1, Relaxed);
            if seed > seeds || broken.len() >= 5 {
                return broken;
            }
            let faults = runtime.block_on(run(seed, None, false));
            if !faults.is_empty() {
                broken.push((seed, faults));
            }
        }
    };
    let broken: Vec<(u64, Vec<String>)> = on_threads(work).into_iter().flatten().collect();
    let seconds = begun.elapsed().as_secs_f64();
    eprintln!("{seeds} seeds in {seconds:.1} s: {:.1} seeds/s", seeds as f64 / seconds);
    let corrected = corrections::ENDED.load(Relaxed);
    eprintln!("{corrected} cases ended over a corrected sum");
    assert!(seeds < 100 || corrected > seeds / 50, "only {corrected} cases ended over a corrected sum");
    for (seed, faults) in &broken {
        eprintln!("seed {seed}: {faults:#?}\nreplay: JIEXU_SEED={seed} cargo test --test it simulation -- --nocapture");
    }
    assert!(
        broken.is_empty(),
        "seeds that broke a promise: {:?}",
        broken.iter().map(|(seed, _)| seed).collect::<Vec<_>>()
    );
}

/// Within so many seeds a planted fault must show.
fn is_found_out(bug: Bug) {
    let runtime = runtime();
    let found = (1..=60).find(|seed| !runtime.block_on(run(*seed, Some(bug), false)).is_empty());
    assert!(found.is_some(), "{bug:?} was not noticed in 60 seeds");
}

#[test]
fn acknowledging_before_the_commit_is_found_out() {
    is_found_out(Bug::AcknowledgesBeforeCommit);
}

#[test]
fn a_relay_that_forgets_its_table_is_found_out() {
    is_found_out(Bug::ForgetsOutbox);
}

#[test]
fn a_bank_that_pays_twice_is_found_out() {
    is_found_out(Bug::BankPaysTwice);
}
