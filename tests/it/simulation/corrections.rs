//! Sums that were wrong: after the first end clerks correct balances up and down, object to sheets that were merged and
//! take back what was credited too much, while everything may go wrong again. At the second end what stands in a person's
//! account is what the last verified sheet says.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use jiexu::domain::act::Verb;
use jiexu::domain::case::incoming::{Money, Relation};
use jiexu::domain::case::{Case, Incoming, Outgoing, Side};
use jiexu::domain::changes::Outcome;
use jiexu::domain::forms::Insurance;
use jiexu::domain::money::{Balance, Fen};
use jiexu::domain::register::RelationStatus;
use sqlx::Row;

use crate::support::clerk::verb_for;
use crate::support::dice::Dice;
use crate::support::people::{Relation as Registration, document_of};
use crate::support::world::World;

/// Incoming cases that ended over another sum than their first sheet's: a run in which none did has proved nothing.
pub static ENDED: AtomicU64 = AtomicU64::new(0);
/// Nobody in a world has a higher number.
const PEOPLE_MOST: u32 = 200;
/// Rounds in which people finish what was begun.
const ROUNDS: usize = 8;

/// What a balance should have been: nothing, a little more or less, or anything.
pub fn some_balance(dice: &mut Dice) -> Option<Balance> {
    let fen = i64::try_from(dice.next() % 900_000).expect("small");
    match dice.below(10) {
        0..=2 => None,
        3 => Some(Balance(0)),
        4 | 5 => Some(Balance(fen % 500)),
        _ => Some(Balance(fen)),
    }
}

/// A case that has come to its end, or is on its way there again.
fn may_be_corrected(case: &Case) -> bool {
    match &case.side {
        Side::Incoming(Incoming::Completed(_)) | Side::Outgoing(Outgoing::Completed(_)) => true,
        Side::Incoming(Incoming::Sheeted(sheeted)) => sheeted.reopened.is_some(),
        Side::Outgoing(Outgoing::Issued(issued)) => issued.reopened.is_some(),
        _ => false,
    }
}

/// One person has a hand on one case that may be corrected; whether there was such a case.
pub async fn hand(world: &mut World, dice: &mut Dice) -> bool {
    let n = dice.below(world.nodes.len());
    let cases: Vec<Case> = world.documents(n).await.into_iter().filter(may_be_corrected).collect();
    if cases.is_empty() {
        return false;
    }
    let case = &cases[dice.below(cases.len())];
    let offered = case.decisions();
    if offered.is_empty() {
        return false;
    }
    if dice.strikes(20) {
        months_change(world, dice, n, case).await;
    }
    let word = offered[dice.below(offered.len())];
    let verb = match word {
        "correct" => Verb::Correct { balance: some_balance(dice) },
        word => verb_for(word, case).expect("a verb of the list"),
    };
    world.clerk_decides(n, ["li", "wang", "zhao"][dice.below(3)], case, verb).await;
    true
}

/// The register's months were wrong as well: the next sheet says others.
async fn months_change(world: &mut World, dice: &mut Dice, n: usize, case: &Case) {
    let Some(person) = (1..=PEOPLE_MOST).find(|person| case.person().document == document_of(*person)) else { return };
    let agency = world.nodes[n].code.clone();
    for insurance in [Insurance::Employee, Insurance::Resident] {
        let mut relation = Registration::new(person, insurance, RelationStatus::Stopped);
        relation.months = Some((202_001, 202_001 + u32::try_from(dice.below(12)).expect("small")));
        if case.person_no.as_ref() == Some(&relation.person_no(&agency)) {
            let periods = relation.events(&agency).split_off(1);
            world.act(n, "import", periods).await;
        }
    }
}

/// People finish what was begun: the second person confirms, an objection gets its corrected sheet, what was credited too
/// much is taken back, what came back is paid again. True as long as something was done.
pub async fn finish(world: &mut World, round: usize) -> bool {
    let mut done = false;
    if round >= ROUNDS {
        return false;
    }
    for n in 0..world.nodes.len() {
        for case in world.documents(n).await {
            let Some(verb) = next_step(&case) else { continue };
            let other = case.proposal.as_ref().is_some_and(|proposal| proposal.by == "chen");
            let outcome = world.clerk_decides(n, if other { "zhou" } else { "chen" }, &case, verb).await;
            done |= outcome == Outcome::Applied;
            if outcome != Outcome::Applied && case.proposal.is_some() {
                done |= world.clerk_decides(n, "zhou", &case, Verb::Withdraw).await == Outcome::Applied;
            }
        }
    }
    done
}

fn next_step(case: &Case) -> Option<Verb> {
    if !matches!(
        &case.side,
        Side::Incoming(Incoming::Sheeted(_)) | Side::Outgoing(Outgoing::Issued(_) | Outgoing::Completed(_))
    ) {
        return None;
    }
    let offered = case.decisions();
    if offered.contains(&"confirm") {
        return Some(Verb::Confirm);
    }
    let is_objected = matches!(&case.side, Side::Outgoing(Outgoing::Issued(issued)) if issued.objection.is_some());
    if is_objected && offered.contains(&"correct") {
        return Some(Verb::Correct { balance: None });
    }
    ["reverse", "resend", "accept"].iter().find(|word| offered.contains(*word)).and_then(|word| verb_for(word, case))
}

/// What stands of a case in the person's account: credits less reversals, where the bank refused the way back credited
/// again.
async fn standing(world: &World, n: usize) -> BTreeMap<String, i64> {
    let sql = "SELECT hex(case_id) AS case_id, SUM(CASE side WHEN 'C' THEN fen ELSE -fen END) AS fen FROM entries
               WHERE account LIKE 'person/%' AND (posting LIKE 'credit/%' OR posting LIKE 'reverse/%'
               OR posting LIKE 'refused/%') GROUP BY case_id";
    world.rows(n, sql).await.iter().map(|row| (row.get("case_id"), row.get("fen"))).collect()
}

/// Every case whose sheet is verified holds what that sheet says, or an open task says why not; and both agencies have
/// closed a case over the same version.
pub async fn sheets_agree(world: &World, faults: &mut Vec<String>) {
    let mut closed: BTreeMap<String, Vec<(u32, Option<Fen>)>> = BTreeMap::new();
    let asked = world.asked().await;
    for n in 0..world.nodes.len() {
        let code = &world.nodes[n].code;
        let standing = standing(world, n).await;
        for case in world.documents(n).await {
            let id = case.id.0.simple().to_string().to_uppercase();
            let (sheet, is_settled) = match &case.side {
                Side::Incoming(Incoming::Completed(completed)) => (&completed.sheet, true),
                Side::Incoming(Incoming::Sheeted(sheeted)) if matches!(sheeted.relation, Relation::Merged(_)) => {
                    (&sheeted.sheet, matches!(sheeted.money, Money::Credited(_) | Money::NotExpected))
                }
                Side::Outgoing(Outgoing::Completed(completed)) => {
                    closed.entry(id).or_default().push((completed.sheet.version, completed.sheet.amount));
                    continue;
                }
                _ => continue,
            };
            let stands = standing.get(&id).copied().unwrap_or(0);
            let says = sheet.amount.map_or(0, Fen::get);
            if stands != says && (is_settled || !asked.contains(&id)) {
                faults.push(format!("{code} case {id}: sheet {} says {says}, the account got {stands}", sheet.version));
            }
            if let Side::Incoming(Incoming::Completed(completed)) = &case.side {
                ENDED.fetch_add(u64::from(!completed.earlier.is_empty()), Relaxed);
                closed.entry(id).or_default().push((sheet.version, sheet.amount));
            }
        }
    }
    for (id, sides) in closed {
        if sides.windows(2).any(|sides| sides[0] != sides[1]) {
            faults.push(format!("case {id} was closed over different sheets: {sides:?}"));
        }
    }
}
