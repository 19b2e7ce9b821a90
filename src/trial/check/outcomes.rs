//! What became of each application, held against what the data must give.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use anyhow::Context;
use serde::Deserialize;

use super::AgencyProof;
use crate::domain::case::incoming::Answer;
use crate::domain::case::{Case, Incoming, Side};
use crate::domain::ids::{ApplicationNo, CaseId};
use crate::domain::reasons::Reason;
use crate::trial::ledger::BankEntry;
use crate::trial::special;

/// `expected.json`, as far as it is compared.
#[derive(Debug, Deserialize)]
pub struct Expected {
    by_application: BTreeMap<String, String>,
    planted: Vec<Planted>,
}

#[derive(Debug, Deserialize)]
struct Planted {
    outcome: String,
    codes: Vec<String>,
}

impl Expected {
    pub fn load(path: &Path) -> anyhow::Result<Expected> {
        let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        serde_json::from_slice(&bytes).with_context(|| format!("{} has another form", path.display()))
    }

    /// Where several codes are listed, any is right.
    fn allows(&self, expected: &str, found: &str) -> bool {
        let alternative = |planted: &Planted| {
            let is_listed = |end: &str| {
                end.split_once(':').is_some_and(|(outcome, code)| {
                    outcome == planted.outcome && planted.codes.iter().any(|listed| listed == code)
                })
            };
            is_listed(expected) && is_listed(found)
        };
        expected == found || self.planted.iter().any(alternative)
    }
}

/// What became of one agency's applications.
#[derive(Debug, Clone, Default)]
pub struct Counts {
    pub agency: String,
    pub name: String,
    pub with_money: usize,
    pub without_money: usize,
    pub returned: BTreeMap<&'static str, usize>,
    pub rejected: BTreeMap<&'static str, usize>,
    /// Open cases that are not returned letters.
    pub waiting: usize,
    /// Open tasks by kind.
    pub tasks: BTreeMap<String, usize>,
    pub clean: bool,
    pub checks: usize,
    pub rows: u64,
}

enum End {
    WithMoney,
    WithoutMoney,
    Returned(Vec<&'static str>),
    Rejected(Vec<&'static str>),
    Waiting,
}

fn codes(reasons: &[Reason]) -> Vec<&'static str> {
    reasons.iter().map(|reason| reason.code.code()).collect()
}

/// The application no. and how the incoming case stands; `None` for an outgoing one.
fn end(case: &Case) -> Option<(&ApplicationNo, End)> {
    let Side::Incoming(incoming) = &case.side else { return None };
    Some(match incoming {
        Incoming::Applied(applied) => (&applied.application.application_no, End::Waiting),
        Incoming::Rejected(rejected) => (&rejected.application_no, End::Rejected(codes(&rejected.reasons))),
        Incoming::Waiting(waiting) => {
            let end = match &waiting.answer {
                Answer::Returned(answer) | Answer::Closed(answer) => End::Returned(codes(&answer.reasons)),
                Answer::None | Answer::Working { .. } => End::Waiting,
            };
            (&waiting.letter.application_no, end)
        }
        // No application of the demo is taken back; one that is counts beside the returned ones.
        Incoming::Cancelled(cancelled) => (&cancelled.letter.application_no, End::Returned(vec!["CANCELLED"])),
        Incoming::Sheeted(sheeted) => (&sheeted.letter.application_no, End::Waiting),
        Incoming::Completed(completed) => {
            let with_money = case.money() == Some("CREDITED");
            (&completed.letter.application_no, if with_money { End::WithMoney } else { End::WithoutMoney })
        }
    })
}

/// The application that an incoming case came from.
pub fn application_no(case: &Case) -> Option<&ApplicationNo> {
    end(case).map(|(number, _)| number)
}

pub fn counts(agency: &AgencyProof) -> Counts {
    let mut counts = Counts {
        agency: agency.code.clone(),
        name: agency.name.clone(),
        clean: agency.report.clean,
        checks: agency.report.checks.len(),
        rows: agency.report.checks.iter().map(|check| check.looked_at).sum(),
        ..Counts::default()
    };
    for (_, end) in agency.cases.iter().filter_map(end) {
        let first = |codes: Vec<&'static str>| codes.first().copied().unwrap_or("OTHER");
        match end {
            End::WithMoney => counts.with_money += 1,
            End::WithoutMoney => counts.without_money += 1,
            End::Returned(codes) => *counts.returned.entry(first(codes)).or_default() += 1,
            End::Rejected(codes) => *counts.rejected.entry(first(codes)).or_default() += 1,
            End::Waiting => counts.waiting += 1,
        }
    }
    for task in &agency.tasks {
        *counts.tasks.entry(task.kind.clone()).or_default() += 1;
    }
    counts
}

/// How many applications were compared, and the ones whose end the bank's plants explain.
pub fn compare(
    agencies: &[AgencyProof],
    ledger: &[BankEntry],
    expected: &Expected,
    differences: &mut Vec<String>,
) -> (usize, Vec<String>) {
    let mut found: BTreeMap<&str, (CaseId, End)> = BTreeMap::new();
    for (agency, case) in agencies.iter().flat_map(|agency| agency.cases.iter().map(move |case| (agency, case))) {
        let Some((application, end)) = end(case) else { continue };
        // A demo that goes on has them from before.
        if special::is_of_special(application) {
            continue;
        }
        if found.insert(application.as_str(), (case.id, end)).is_some() {
            differences.push(format!("{} {application} 一申请两案 / two cases of one application", agency.code));
        }
    }
    let plants = plants(agencies, ledger);
    let mut explained = Vec::new();
    for (application, end) in &expected.by_application {
        let is =
            |found: &[&str], outcome: &str| found.iter().any(|code| expected.allows(end, &format!("{outcome}:{code}")));
        let (agrees, stands) = match found.get(application.as_str()) {
            None => (end.starts_with("row_error"), "没有立案 / no case".to_owned()),
            Some((_, End::WithMoney)) => (end == "completed_with_money", "completed_with_money".to_owned()),
            Some((_, End::WithoutMoney)) => (end == "completed_without_money", "completed_without_money".to_owned()),
            Some((_, End::Returned(codes))) => (is(codes, "returned"), format!("returned:{}", codes.join("+"))),
            Some((_, End::Rejected(codes))) => (is(codes, "rejected"), format!("rejected:{}", codes.join("+"))),
            Some((_, End::Waiting)) => (false, "waiting".to_owned()),
        };
        if agrees {
            continue;
        }
        // Only a case that waits for its money is explained by what the bank did with that money.
        let plant = found.get(application.as_str()).filter(|(_, end)| matches!(end, End::Waiting));
        match plant.and_then(|(case, _)| plants.get(case)) {
            Some(plant) if end == "completed_with_money" => explained.push(format!("{application} ← {plant}")),
            _ => differences.push(format!("{application}: 应为 / expected {end}, 实为 / found {stands}")),
        }
    }
    let known: BTreeSet<&str> = expected.by_application.keys().map(String::as_str).collect();
    for application in found.keys().filter(|application| !known.contains(**application)) {
        differences.push(format!("{application}: 不在预期中 / not expected at all"));
    }
    (expected.by_application.len(), explained)
}

/// Cases whose payment the bank spoilt in a way that stops them.
fn plants(agencies: &[AgencyProof], ledger: &[BankEntry]) -> HashMap<CaseId, &'static str> {
    let cases = agencies.iter().flat_map(|agency| &agency.cases);
    let by_payment: HashMap<&str, CaseId> =
        cases.filter_map(|case| Some((case.payment_ref()?.as_str(), case.id))).collect();
    let word = |plant: &str| match plant {
        "short" => Some("银行短付 0.01 / the bank paid 0.01 short"),
        "returned" => Some("银行退汇 / given back by the bank"),
        "wrong_name" => Some("付款户名不符 / another payer's name"),
        _ => None,
    };
    let spoilt = |entry: &BankEntry| Some((*by_payment.get(entry.payment_ref.as_str())?, word(&entry.plant)?));
    ledger.iter().filter_map(spoilt).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_listed_code_is_right_and_no_other() {
        let planted =
            Planted { outcome: "returned".into(), codes: vec!["PERSON_NOT_FOUND".into(), "WRONG_AGENCY".into()] };
        let expected = Expected { by_application: BTreeMap::new(), planted: vec![planted] };
        assert!(expected.allows("returned:PERSON_NOT_FOUND", "returned:WRONG_AGENCY"));
        assert!(expected.allows("returned:ARREARS", "returned:ARREARS"));
        assert!(!expected.allows("returned:PERSON_NOT_FOUND", "returned:ARREARS"));
        assert!(!expected.allows("returned:PERSON_NOT_FOUND", "rejected:WRONG_AGENCY"));
        assert!(!expected.allows("completed_with_money", "returned:WRONG_AGENCY"));
    }
}
