//! Applications of the incoming agencies, and their order in the file.

use chrono::NaiveDate;

use super::dice::Dice;
use super::identity::{Identity, with_wrong_check};
use super::plan::{AGENCIES, Outcome, Plant, application_day, row_of};
use super::register::Record;

const CHANNELS: &[&str] = &["window", "window", "online", "mobile"];

#[derive(Clone)]
pub struct Application {
    pub plant: Plant,
    pub application_no: String,
    pub applied_on: NaiveDate,
    /// Written instead of the date.
    pub applied_on_text: Option<String>,
    pub channel: &'static str,
    pub document_no: String,
    pub name: String,
    pub outgoing: &'static str,
    pub insurance_out: u16,
    pub insurance_in: u16,
    pub certificate_no: String,
    pub phone: String,
    /// Fen on the account at the outgoing agency.
    pub moves_fen: i64,
}

impl Application {
    pub fn of(
        dice: &mut Dice,
        plant: Plant,
        identity: &Identity,
        outgoing: &'static str,
        out: &Record,
        into: &Record,
    ) -> Application {
        let certificate_no =
            if dice.percent(40) { format!("PZ{outgoing}{:08}", dice.below(100_000_000)) } else { String::new() };
        let document_no = match plant {
            Plant::BadCheckDigit => with_wrong_check(&identity.document_no),
            _ => identity.document_no.clone(),
        };
        Application {
            plant,
            application_no: String::new(),
            applied_on: application_day(dice.below(5)),
            applied_on_text: None,
            channel: dice.pick(CHANNELS),
            document_no,
            name: if plant == Plant::MissingName { String::new() } else { identity.name.clone() },
            outgoing,
            insurance_out: out.insurance,
            insurance_in: into.insurance,
            certificate_no,
            phone: identity.phone.clone(),
            moves_fen: out.balance_fen,
        }
    }
}

/// Orders each file by day, adds what comes twice, and gives the numbers.
pub fn arrange(dice: &mut Dice, taken: &mut [Vec<Application>]) {
    for (agency, file) in taken.iter_mut().enumerate() {
        dice.shuffle(file);
        file.sort_by_key(|application| application.applied_on);
        lower_case_one(file);
        for _ in 0..row_of(Plant::Duplicate).2 / AGENCIES.len() {
            let original = a_good_one(dice, file, 0);
            let mut again = file[original].clone();
            again.plant = Plant::Duplicate;
            // Later in the file, on a day that keeps the order.
            let place = original + 1 + dice.below((file.len() - original).min(12));
            again.applied_on = file[place - 1].applied_on;
            again.channel = if again.channel == "online" { "window" } else { "online" };
            file.insert(place, again);
        }
        for (at, application) in file.iter_mut().enumerate() {
            let day = application.applied_on.format("%Y%m%d");
            application.application_no = format!("SQ{}-{day}-{:04}", AGENCIES[agency].code, at + 1);
        }
    }
    for nth in 0..row_of(Plant::RepeatedLine).2 {
        let file = &mut taken[nth % AGENCIES.len()];
        let original = a_good_one(dice, file, file.len() / 3);
        let again = Application { plant: Plant::RepeatedLine, ..file[original].clone() };
        // Right below, as a careless copy, or at the very end, as a file appended to itself.
        let place = if nth % 2 == 0 { original + 1 } else { file.len() };
        file.insert(place, again);
    }
}

fn a_good_one(dice: &mut Dice, file: &[Application], from: usize) -> usize {
    loop {
        let at = from + dice.below(file.len() - from);
        let is_twice = file.iter().filter(|other| other.document_no == file[at].document_no).count() > 1;
        if row_of(file[at].plant).3 == Outcome::CompletedWithMoney && !is_twice {
            return at;
        }
    }
}

/// A good application whose clerk typed a small `x`: the same document all the same.
fn lower_case_one(file: &mut [Application]) {
    let found = file
        .iter_mut()
        .find(|application| application.plant == Plant::EmployeeWithMoney && application.document_no.ends_with('X'));
    if let Some(application) = found {
        application.document_no.make_ascii_lowercase();
    }
}
