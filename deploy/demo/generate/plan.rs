//! Who lives where, who moves, and which applications are wrong on purpose: the plan as tables.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::applications::{self, Application};
use super::dice::Dice;
use super::identity::Identities;
use super::register::{Record, last_day, month};
use super::stories::{self, Move};

/// How an agency's files look.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Style {
    EnglishWithBom,
    ChineseGb18030,
    EnglishReordered,
}

pub struct Agency {
    pub code: &'static str,
    pub city: &'static str,
    pub person_no_prefix: &'static str,
    pub account_no: &'static str,
    pub style: Style,
}

pub const AGENCIES: [Agency; 3] = [
    Agency {
        code: "530800",
        city: "普洱",
        person_no_prefix: "5308",
        account_no: "9900530800000000017",
        style: Style::EnglishWithBom,
    },
    Agency {
        code: "450200",
        city: "柳州",
        person_no_prefix: "LZ",
        account_no: "9900450200000000026",
        style: Style::ChineseGb18030,
    },
    Agency {
        code: "441700",
        city: "阳江",
        person_no_prefix: "YJ-",
        account_no: "0900441700000000035",
        style: Style::EnglishReordered,
    },
];

/// Joined today and has no register yet, so it has no files: code, city and account no.
pub const NEWCOMER: (&str, &str, &str) = ("440800", "湛江", "9900440800000000044");

/// (outgoing, incoming), as positions in `AGENCIES`.
const PAIRS: [(usize, usize); 6] = [(0, 1), (1, 2), (2, 0), (1, 0), (2, 1), (0, 2)];

/// Neighbours of nobody's application, per agency.
const STAYING: [usize; 3] = [560, 700, 610];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    CompletedWithMoney,
    CompletedWithoutMoney,
    /// 联系函退回, by the outgoing agency.
    Returned,
    /// 不予受理, by the incoming agency.
    Rejected,
    /// The row never becomes an application.
    RowError,
    /// A line seen before; nothing happens a second time.
    Repeated,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plant {
    EmployeeWithMoney,
    OverlappingMonths,
    EmployeeZeroBalance,
    EmployeeNoAccount,
    ResidentToResident,
    ResidentToEmployee,
    EmployeeToResident,
    NotStopped,
    WrongAgency,
    Retired,
    Arrears,
    OpenClaims,
    ResidentSameYear,
    NamesDiffer,
    SamePool,
    NotEnrolled,
    NameMistyped,
    Duplicate,
    BadCheckDigit,
    BadDate,
    MissingName,
    RepeatedLine,
}

/// Plant, word, lines, outcome, code: the first code is the expected one, others are as good.
pub const PLAN: &[(Plant, &str, usize, Outcome, &[&str])] = &[
    (Plant::EmployeeWithMoney, "employee_with_money", 206, Outcome::CompletedWithMoney, &[]),
    (Plant::OverlappingMonths, "employee_with_money_overlapping_months", 18, Outcome::CompletedWithMoney, &[]),
    (Plant::EmployeeZeroBalance, "employee_zero_balance", 14, Outcome::CompletedWithoutMoney, &[]),
    (Plant::EmployeeNoAccount, "employee_pool_only", 12, Outcome::CompletedWithoutMoney, &[]),
    (Plant::ResidentToResident, "resident_to_resident", 20, Outcome::CompletedWithoutMoney, &[]),
    (Plant::ResidentToEmployee, "resident_to_employee", 10, Outcome::CompletedWithoutMoney, &[]),
    (Plant::EmployeeToResident, "employee_pool_only_to_resident", 8, Outcome::CompletedWithoutMoney, &[]),
    (Plant::NotStopped, "still_active_at_outgoing", 10, Outcome::Returned, &["NOT_STOPPED"]),
    (Plant::WrongAgency, "wrong_agency", 6, Outcome::Returned, &["PERSON_NOT_FOUND", "WRONG_AGENCY"]),
    (Plant::Retired, "retired", 8, Outcome::Returned, &["RETIRED"]),
    (Plant::Arrears, "arrears", 8, Outcome::Returned, &["ARREARS"]),
    (Plant::OpenClaims, "open_claims", 6, Outcome::Returned, &["OPEN_CLAIMS"]),
    (Plant::ResidentSameYear, "resident_same_year", 3, Outcome::Returned, &["RESIDENT_SAME_YEAR"]),
    (Plant::NamesDiffer, "registers_spell_the_name_differently", 4, Outcome::Returned, &["PERSON_MISMATCH"]),
    (Plant::SamePool, "same_pool", 4, Outcome::Rejected, &["SAME_POOL"]),
    (Plant::NotEnrolled, "not_enrolled_at_incoming", 4, Outcome::Rejected, &["NOT_ENROLLED"]),
    (Plant::NameMistyped, "name_mistyped_in_application", 2, Outcome::Rejected, &["PERSON_MISMATCH"]),
    (Plant::Duplicate, "duplicate_person_other_application_no", 6, Outcome::Rejected, &["CASE_CONFLICT"]),
    (Plant::BadCheckDigit, "bad_check_digit", 8, Outcome::RowError, &["bad_check_digit"]),
    (Plant::BadDate, "bad_date", 2, Outcome::RowError, &["bad_date"]),
    (Plant::MissingName, "missing_name", 1, Outcome::RowError, &["missing_name"]),
    (Plant::RepeatedLine, "repeated_line_same_application_no", 4, Outcome::Repeated, &[]),
];

pub fn row_of(plant: Plant) -> &'static (Plant, &'static str, usize, Outcome, &'static [&'static str]) {
    PLAN.iter().find(|row| row.0 == plant).expect("every plant has a row")
}

pub struct World {
    /// By agency; the order of the people file.
    pub registers: Vec<Vec<Record>>,
    /// By incoming agency; the order of the applications file.
    pub applications: Vec<Vec<Application>>,
    /// Distinct people over all registers.
    pub persons: usize,
}

impl World {
    pub fn new(dice: &mut Dice) -> World {
        let mut people = Identities::default();
        let mut registers: Vec<Vec<Record>> = AGENCIES.iter().map(|_| Vec::new()).collect();
        let mut taken: Vec<Vec<Application>> = AGENCIES.iter().map(|_| Vec::new()).collect();
        let mut persons = 0;
        for (agency, &count) in STAYING.iter().enumerate() {
            for _ in 0..count {
                registers[agency].push(stories::stayer(dice, &mut people));
            }
            persons += count;
        }
        let mut turn = 0;
        for &(plant, _, count, _, _) in
            PLAN.iter().filter(|row| !matches!(row.0, Plant::Duplicate | Plant::RepeatedLine))
        {
            for nth in 0..count {
                let (from, to) = PAIRS[turn % PAIRS.len()];
                turn += 1;
                persons += 1;
                stories::move_one(dice, &mut people, &mut registers, &mut taken, Move { plant, nth, from, to });
            }
        }
        for register in &mut registers {
            dice.shuffle(register);
        }
        applications::arrange(dice, &mut taken);
        World { registers, applications: taken, persons }
    }

    /// Fen on all accounts of one register: what the agency's bank account opens with.
    pub fn balance_fen(&self, agency: usize) -> i64 {
        self.registers[agency].iter().map(|record| record.balance_fen).sum()
    }

    /// What moves with good applications, by (outgoing, incoming) code.
    pub fn money(&self) -> BTreeMap<String, (usize, i64)> {
        let mut sums = BTreeMap::new();
        for (to, application) in self.each_application() {
            let sum: &mut (usize, i64) =
                sums.entry(format!("{}>{}", application.outgoing, AGENCIES[to].code)).or_default();
            if row_of(application.plant).3 == Outcome::CompletedWithMoney {
                (sum.0, sum.1) = (sum.0 + 1, sum.1 + application.moves_fen);
            }
        }
        sums
    }

    pub fn each_application(&self) -> impl Iterator<Item = (usize, &Application)> {
        self.applications.iter().enumerate().flat_map(|(to, taken)| taken.iter().map(move |it| (to, it)))
    }
}

/// The days on which applications were taken, Monday to Friday.
pub fn application_day(nth: usize) -> NaiveDate {
    let monday = last_day(month(2026, 10)) + chrono::Days::new(16);
    monday + chrono::Days::new(u64::try_from(nth).expect("a small number"))
}
