//! Stories carried out in a world of this process: a broker in memory, one clock, and faults between any two steps.

use jiexu::domain::act::{Verb, Why};
use jiexu::domain::changes::Outcome;
use jiexu::domain::event::{Application, What};
use jiexu::domain::forms::Insurance;
use jiexu::domain::ids::ApplicationNo;
use jiexu::domain::line::LineAct;
use jiexu::domain::payout::PayoutRequest;
use jiexu::domain::peers::MaintenanceOrder;
use jiexu::domain::register::RelationStatus;
use jiexu::domain::time::{Moment, next_day};

use super::vocabulary::{Act, BankDeed, Deed};
use crate::support::clerk::{act_on, verb_told};
use crate::support::people::{Relation, account_of, application, code, own_account};
use crate::support::world::World;

/// `Applied`, `Duplicate`, or the code with which it was declined.
fn found(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Declined(declined) => declined.code.clone(),
        outcome => format!("{outcome:?}"),
    }
}

pub async fn carry_out(world: &mut World, deed: Deed<'_>) -> Result<(), String> {
    // No two lines happen in the same moment.
    world.pass_ms(1);
    match deed {
        Deed::Today(day) => world.go_to(day),
        Deed::HoursPass(hours) => world.pass_ms(hours * 3_600_000),
        Deed::DaysPass(days) => world.days_pass(days).await,
        Deed::ClocksAreLookedAt => {
            world.look_at_clocks().await;
            world.settle().await;
        }
        Deed::DeliverAll => world.settle().await,
        Deed::Again => world.again(2).await,
        Deed::Next(order) => world.broker.order_next(order),
        Deed::Release(agency) => world.broker.release(agency),
        Deed::Crash(agency) => {
            let n = world.place(agency);
            world.crash(n).await;
        }
        Deed::Bank(deed) => bank(world, deed).await,
        Deed::At { agency, what } => {
            let n = world.place(agency);
            return at(world, n, what).await;
        }
    }
    Ok(())
}

async fn bank(world: &mut World, deed: BankDeed<'_>) {
    let today = world.now().china_date();
    match deed {
        BankDeed::Books => drop(world.bank_books().await),
        BankDeed::Takes(agency) => {
            let n = world.place(agency);
            world.bank_takes(n).await;
        }
        BankDeed::Tells(agency) => {
            let n = world.place(agency);
            world.bank_tells(n, usize::MAX).await;
        }
        BankDeed::TellsAgain(agency) => {
            let n = world.place(agency);
            world.bank_tells_again(n).await;
        }
        BankDeed::Plants(plant) => world.bank.plants.push_back(plant),
        BankDeed::PaysAfterAll => world.bank.pays_after_all(today),
        BankDeed::TopsUp(fen) => world.bank.top_up_last(fen, today),
        BankDeed::AgencyPays(payer, agency, fen) => {
            let account = world.account(world.place(agency));
            world.bank.agency_pays(&account_of(payer), &account, fen, today);
        }
        BankDeed::StrangerPays(agency, fen) => {
            let account = world.account(world.place(agency));
            world.bank.stranger(&account, fen, "往来款", today);
        }
    }
}

/// One event of one person, and what it must lead to.
async fn act(world: &mut World, n: usize, actor: &str, what: What, wanted: &str) -> Result<(), String> {
    let found = found(&world.act(n, actor, vec![what]).await.remove(0));
    world.boundary(n).await;
    if found == wanted { Ok(()) } else { Err(format!("found {found}, not {wanted}")) }
}

async fn at(world: &mut World, n: usize, what: Act<'_>) -> Result<(), String> {
    let us = world.nodes[n].code.clone();
    let today = world.now().china_date();
    match what {
        Act::Registers(relation) => drop(world.act(n, "import", relation.events(&us)).await),
        Act::Applies { number, person, outgoing, insurance } => {
            let form = application(number, person, outgoing, (insurance, insurance), today);
            world.act(n, "clerk", vec![What::Application(form)]).await;
            world.boundary(n).await;
        }
        Act::HandsOver { number, person, incoming, insurance } => {
            let form = application(number, person, us.as_str(), (insurance, insurance), today);
            let form = Application { incoming: Some(code(incoming)), ..form };
            world.act(n, "clerk", vec![What::Application(form)]).await;
            world.boundary(n).await;
        }
        Act::OpensPayout { number, person, why, to, by, wanted } => {
            let relation = Relation::new(person, Insurance::Employee, RelationStatus::Stopped);
            let request = PayoutRequest {
                payout_no: ApplicationNo::new(&format!("B{number:05}")).map_err(|_| "a number")?,
                person_no: relation.person_no(&us),
                why,
                account: own_account(to),
                reason: Why("本人申请".into()),
            };
            act(world, n, by, What::Payout(request), wanted).await?;
        }
        Act::Decides { verb, person, first, amount, by, wanted } => {
            let sight = world.sight(n);
            let case = sight.case_of(person, first).await.ok_or("no such case")?;
            let verb: Verb = verb_told(verb, &case, amount, &sight).await.ok_or("no such verb of a clerk")?;
            let what = act_on(&case, verb);
            act(world, n, by, what, wanted).await?;
        }
        Act::Hand { kind, verb, by, wanted } => {
            let hand = world.sight(n).hand_on(kind, verb, "分工").await.ok_or("no such task")?;
            act(world, n, by, What::Task(hand), wanted).await?;
        }
        Act::Reviews(steps) => world.reviews(n, steps).await,
        Act::LearnsAccount { whose, number } => world.learns_account(n, whose, number).await,
        Act::LearnsProvince { whose } => world.learns_province(n, whose).await,
        Act::ImportsCalendar { file, because, wanted } => {
            let found = found(&world.import_year(n, file, because).await);
            if found != wanted {
                return Err(format!("found {found}, not {wanted}"));
            }
        }
        Act::Announces { from, to, peer, wanted } => {
            let order = MaintenanceOrder {
                announcement_no: format!("{us}-M{}", world.now().0),
                from: Moment::start_of(from),
                until: Moment::start_of(next_day(to)),
                reason: "机房检修".into(),
                to: peer.map(code),
            };
            act(world, n, "operator", What::Announce(order), wanted).await?;
        }
        Act::TakesMaintenanceBack { wanted } => {
            let announcement_no = world.sight(n).announcement_of(us.as_str()).await.ok_or("nothing is announced")?;
            let what = What::Withdraw { announcement_no, reason: "检修改期".into() };
            act(world, n, "operator", what, wanted).await?;
        }
        // The look that a starting daemon takes.
        Act::StartsWithDirectory(version) => {
            world.act(n, "daemon", vec![What::Directory { version }]).await;
            world.boundary(n).await;
        }
        Act::NotesDigest { peer, day, wanted } => {
            let what = What::DigestNoted { peer: code(peer), day, reason: "已核对".into() };
            act(world, n, "operator", what, wanted).await?;
        }
        Act::Remits { by, wanted } => {
            let order_no = format!("{us}-B{}", world.now().0);
            act(world, n, by, What::Remit { order_no, reason: "日终划转".into() }, wanted).await?;
        }
        Act::LineBack { verb, by, wanted } => {
            let (line, _, seen) = world.sight(n).oldest_line().await.ok_or("no line waits")?;
            let reason = Why("不属于本机构".into());
            act(world, n, by, What::Line(LineAct { line, seen, verb, reason }), wanted).await?;
        }
        Act::LineFound { peer, wanted } => {
            let txn = world.sight(world.place(peer)).first_arrival().await.ok_or("no line")?;
            let what = What::UnidentifiedNoted { peer: code(peer), txn, reason: "已告知对方案件".into() };
            act(world, n, "li", what, wanted).await?;
        }
        Act::Forgets { kind, peer } => world.forgets(n, kind, peer).await,
    }
    Ok(())
}
