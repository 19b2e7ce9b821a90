//! What must come of it, counted from the plan itself, and the bank accounts the demo opens with. No personal data.

use std::collections::BTreeMap;

use serde::Serialize;

use super::plan::{AGENCIES, NEWCOMER, Outcome, PLAN, World, row_of};
use super::register::{Record, Status};

#[derive(Serialize)]
struct Account {
    agency: &'static str,
    name: String,
    number: &'static str,
    opening_fen: i64,
}

#[derive(Serialize)]
struct Expected {
    note: &'static str,
    persons: usize,
    registers: BTreeMap<&'static str, Register>,
    applications: Applications,
    outcomes: Outcomes,
    planted: Vec<Planted>,
    /// outgoing>incoming
    money: BTreeMap<String, Money>,
    by_application: BTreeMap<String, String>,
}

#[derive(Serialize)]
struct Register {
    people: usize,
    movers: usize,
    periods: usize,
    balance_fen: i64,
    active: usize,
    stopped: usize,
    retired: usize,
    deceased: usize,
    arrears: usize,
    open_claims: usize,
    residents: usize,
    pool_only: usize,
    zero_balance_with_account: usize,
}

#[derive(Serialize)]
struct Applications {
    lines: usize,
    by_file: BTreeMap<&'static str, usize>,
    by_pair: BTreeMap<String, usize>,
}

#[derive(Serialize, Default)]
struct Outcomes {
    completed_with_money: usize,
    completed_with_money_fen: i64,
    completed_without_money: usize,
    returned: BTreeMap<&'static str, usize>,
    rejected: BTreeMap<&'static str, usize>,
    row_errors: BTreeMap<&'static str, usize>,
    repeated_lines: usize,
}

#[derive(Serialize)]
struct Planted {
    category: &'static str,
    lines: usize,
    outcome: &'static str,
    codes: &'static [&'static str],
}

#[derive(Serialize)]
struct Money {
    payments: usize,
    fen: i64,
}

const NOTE: &str = "Faults that the bank plants are not in these numbers. Where several codes are listed, any is right; \
                    the first is counted. Keys of by_application leave out repeated lines.";

fn word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::CompletedWithMoney => "completed_with_money",
        Outcome::CompletedWithoutMoney => "completed_without_money",
        Outcome::Returned => "returned",
        Outcome::Rejected => "rejected",
        Outcome::RowError => "row_error",
        Outcome::Repeated => "repeated",
    }
}

fn json(value: &impl Serialize) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(value).expect("plain values become JSON");
    bytes.push(b'\n');
    bytes
}

pub fn accounts(world: &World) -> Vec<u8> {
    let account = |code, city, number, opening_fen| Account {
        agency: code,
        name: format!("{city}市医疗保险基金（演示）收支户"),
        number,
        opening_fen,
    };
    let with_files = AGENCIES.iter().enumerate();
    let mut accounts: Vec<Account> =
        with_files.map(|(at, it)| account(it.code, it.city, it.account_no, world.balance_fen(at))).collect();
    let (code, city, number) = NEWCOMER;
    accounts.push(account(code, city, number, 0));
    json(&accounts)
}

pub fn expected(world: &World) -> Vec<u8> {
    let mut by_application = BTreeMap::new();
    let mut by_pair = BTreeMap::new();
    let mut outcomes = Outcomes::default();
    for (to, application) in world.each_application() {
        *by_pair.entry(format!("{}>{}", application.outgoing, AGENCIES[to].code)).or_insert(0) += 1;
        let (_, _, _, outcome, codes) = row_of(application.plant);
        let code = codes.first().copied();
        let counted = match outcome {
            Outcome::CompletedWithMoney => {
                outcomes.completed_with_money += 1;
                outcomes.completed_with_money_fen += application.moves_fen;
                None
            }
            Outcome::CompletedWithoutMoney => {
                outcomes.completed_without_money += 1;
                None
            }
            Outcome::Returned => Some(&mut outcomes.returned),
            Outcome::Rejected => Some(&mut outcomes.rejected),
            Outcome::RowError => Some(&mut outcomes.row_errors),
            Outcome::Repeated => {
                outcomes.repeated_lines += 1;
                continue;
            }
        };
        if let (Some(counts), Some(code)) = (counted, code) {
            *counts.entry(code).or_insert(0) += 1;
        }
        let end = code.map_or_else(|| word(*outcome).to_owned(), |code| format!("{}:{code}", word(*outcome)));
        by_application.insert(application.application_no.clone(), end);
    }
    let planted = |&(_, category, lines, outcome, codes): &(_, _, _, _, _)| Planted {
        category,
        lines,
        outcome: word(outcome),
        codes,
    };
    json(&Expected {
        note: NOTE,
        persons: world.persons,
        registers: (0..AGENCIES.len()).map(|at| (AGENCIES[at].code, register(world, at))).collect(),
        applications: Applications {
            lines: world.each_application().count(),
            by_file: (0..AGENCIES.len()).map(|at| (AGENCIES[at].code, world.applications[at].len())).collect(),
            by_pair,
        },
        outcomes,
        planted: PLAN.iter().map(planted).collect(),
        money: world.money().into_iter().map(|(pair, (payments, fen))| (pair, Money { payments, fen })).collect(),
        by_application,
    })
}

fn register(world: &World, agency: usize) -> Register {
    let records = &world.registers[agency];
    let count = |is_so: fn(&Record) -> bool| records.iter().filter(|&record| is_so(record)).count();
    Register {
        people: records.len(),
        movers: count(|record| record.mover),
        periods: records.iter().map(|record| record.periods.len()).sum(),
        balance_fen: world.balance_fen(agency),
        active: count(|record| record.status == Status::Active),
        stopped: count(|record| record.status == Status::Stopped),
        retired: count(|record| record.status == Status::Retired),
        deceased: count(|record| record.status == Status::Deceased),
        arrears: count(|record| record.arrears),
        open_claims: count(|record| record.open_claims),
        residents: count(|record| record.insurance == 390),
        pool_only: count(|record| record.scheme == Some(2)),
        zero_balance_with_account: count(|record| record.scheme == Some(1) && record.balance_fen == 0),
    }
}
