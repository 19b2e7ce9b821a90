//! The life behind each record: those who stay, and both ends of each move. A story breaks one rule at most.

use chrono::Datelike;

use super::applications::Application;
use super::dice::Dice;
use super::identity::{Identities, Identity};
use super::plan::{AGENCIES, Plant};
use super::register::{Record, Status, THIS_MONTH, first_day, month, working_since};

/// The name in the outgoing register, and in the incoming register and on the application.
const SPELLINGS: [(&str, &str); 4] =
    [("王龑", "王䶮"), ("李洁梅", "李㛃梅"), ("陈頠", "陈𬱖"), ("阿依古丽·买合买提", "阿依古丽·买买提")];
/// The name in both registers, and as mistyped on the application.
const MISTYPED: [(&str, &str); 2] = [("林静怡", "林静宜"), ("赵晓明", "赵小明")];

/// Somebody no application speaks of.
pub fn stayer(dice: &mut Dice, people: &mut Identities) -> Record {
    let kind = dice.below(1000);
    match kind {
        0..78 => {
            let identity = people.born_between(dice, 1948, 1964);
            let end = month(identity.birth.year() + 60, dice.between(1, 12));
            let start = working_since(dice, &identity, end);
            Record::employee(dice, &identity, start, end).ended(Status::Retired)
        }
        78..86 => {
            let identity = people.born_between(dice, 1940, 1975);
            let end = month(dice.between(2018, 2025), dice.between(1, 12));
            let start = working_since(dice, &identity, end);
            let record = Record::employee(dice, &identity, start, end).ended(Status::Deceased);
            if dice.percent(50) { record.with_account(1, 0) } else { record }
        }
        86..270 => {
            let identity = people.born_between(dice, 1950, 2016);
            let start = month(identity.birth.year().max(2006) + 1, dice.between(1, 12));
            let stopped = dice.percent(15);
            let end = if stopped { month(dice.between(2021, 2025), 12) } else { THIS_MONTH };
            let record = Record::resident(dice, &identity, start, end);
            let mut record = if stopped { record.ended(Status::Stopped) } else { record };
            record.open_claims = dice.percent(3);
            record
        }
        _ => {
            let identity = people.born_between(dice, 1968, 2004);
            let stopped = dice.percent(10);
            let arrears = dice.percent(9);
            let end = match (stopped, arrears) {
                (true, _) => month(dice.between(2025, 2026), dice.between(1, 10)),
                (false, true) => THIS_MONTH - dice.between(1, 4),
                (false, false) => THIS_MONTH,
            };
            let start = working_since(dice, &identity, end);
            let mut record = Record::employee(dice, &identity, start, end);
            if stopped {
                record = record.ended(Status::Stopped);
            }
            match dice.below(100) {
                0..6 => record = record.with_account(2, 0),
                6..11 => record = record.with_account(1, 0),
                _ => {}
            }
            (record.arrears, record.open_claims) = (arrears, dice.percent(4));
            record
        }
    }
}

/// One line of the plan: the nth of its kind, between two positions in `AGENCIES`.
pub struct Move {
    pub plant: Plant,
    pub nth: usize,
    pub from: usize,
    pub to: usize,
}

/// One person with a record at each end and an application at the incoming agency.
pub fn move_one(
    dice: &mut Dice,
    people: &mut Identities,
    registers: &mut [Vec<Record>],
    taken: &mut [Vec<Application>],
    one: Move,
) {
    let Move { plant, nth, from, to } = one;
    let mut identity = people.born_between(dice, 1972, 2003);
    match plant {
        Plant::Retired => identity = people.born_between(dice, 1958, 1965),
        Plant::NamesDiffer => identity.name = SPELLINGS[nth].1.to_owned(),
        Plant::NameMistyped => identity.name = MISTYPED[nth].0.to_owned(),
        _ => {}
    }
    let enrolled_since = THIS_MONTH - dice.between(0, 5);
    let mut out = outgoing(dice, &identity, plant, nth, enrolled_since);
    let mut into = incoming(dice, &identity, plant, enrolled_since);
    (out.mover, into.mover) = (true, true);
    if plant == Plant::NamesDiffer {
        out.name = SPELLINGS[nth].0.to_owned();
    }

    let named = if plant == Plant::SamePool { to } else { from };
    let mut application = Application::of(dice, plant, &identity, AGENCIES[named].code, &out, &into);
    match plant {
        Plant::NameMistyped => application.name = MISTYPED[nth].1.to_owned(),
        Plant::BadDate => application.applied_on_text = Some(["2026-02-30", "46342"][nth].to_owned()),
        _ => {}
    }
    match plant {
        Plant::SamePool => registers[to].push(out_as_active(into, &out)),
        // The relation is at the third agency; the one that the application names knows nobody of that name.
        Plant::WrongAgency => {
            registers[3 - from - to].push(out);
            registers[to].push(into);
        }
        Plant::NotEnrolled => {
            registers[from].push(out);
            // Half of them are unknown here, half were insured here once.
            if nth % 2 == 0 {
                registers[to].push(into.ended(Status::Stopped));
            }
        }
        _ => {
            registers[from].push(out);
            registers[to].push(into);
        }
    }
    taken[to].push(application);
}

/// An internal change: one record, long insured here.
fn out_as_active(into: Record, out: &Record) -> Record {
    Record { periods: out.periods.clone(), status_on: first_day(out.periods[0].from), ..into }
}

fn outgoing(dice: &mut Dice, identity: &Identity, plant: Plant, nth: usize, enrolled_since: i32) -> Record {
    let before = enrolled_since - 1;
    match plant {
        Plant::ResidentToResident | Plant::ResidentToEmployee => {
            let start = month(dice.between(2008, 2021), 1);
            let end = month(2025 - i32::from(dice.percent(20)), 12);
            Record::resident(dice, identity, start, end).ended(Status::Stopped)
        }
        Plant::ResidentSameYear => {
            let end = month(2026, dice.between(2, 5));
            Record::resident(dice, identity, month(2015, 1), end).ended(Status::Stopped)
        }
        Plant::NotStopped | Plant::SamePool => {
            let start = working_since(dice, identity, THIS_MONTH);
            Record::employee(dice, identity, start, THIS_MONTH)
        }
        Plant::Retired => {
            let end = month(dice.between(2022, 2025), dice.between(1, 12));
            let start = working_since(dice, identity, end);
            Record::employee(dice, identity, start, end).ended(Status::Retired)
        }
        _ => {
            let end = match plant {
                // The old employer paid on for a month or two: those months count once.
                Plant::OverlappingMonths => (enrolled_since + dice.between(0, 1)).min(THIS_MONTH - 1),
                _ if dice.percent(25) => before - dice.between(1, 9),
                _ => before,
            };
            let start = working_since(dice, identity, end);
            let mut record = Record::employee(dice, identity, start, end).ended(Status::Stopped);
            match plant {
                Plant::EmployeeZeroBalance => record = record.with_account(1, 0),
                Plant::EmployeeNoAccount | Plant::EmployeeToResident => record = record.with_account(2, 0),
                // One fen must arrive like any other amount.
                Plant::EmployeeWithMoney if nth == 30 => record = record.with_account(1, 1),
                Plant::Arrears => record.arrears = true,
                Plant::OpenClaims => record.open_claims = true,
                _ => {}
            }
            record
        }
    }
}

fn incoming(dice: &mut Dice, identity: &Identity, plant: Plant, enrolled_since: i32) -> Record {
    // An overlap needs a month that the outgoing side has already paid for.
    let since = match plant {
        Plant::OverlappingMonths => enrolled_since.min(THIS_MONTH - 1),
        _ => enrolled_since,
    };
    match plant {
        Plant::ResidentToResident | Plant::ResidentSameYear | Plant::EmployeeToResident => {
            Record::resident(dice, identity, since, THIS_MONTH)
        }
        // Insured here for a month once, and gone again.
        Plant::NotEnrolled => Record::employee(dice, identity, THIS_MONTH - 5, THIS_MONTH - 2).with_account(1, 0),
        _ => {
            let record = Record::employee(dice, identity, since, THIS_MONTH);
            let small = if dice.percent(25) { 0 } else { i64::from(dice.between(50, 90_000)) };
            record.with_account(1, small)
        }
    }
}
