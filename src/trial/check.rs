//! The closing check: what the databases and the bank's books say, held against each other and against what the data
//! must give. Believes no daemon, and repairs nothing.

mod money;
mod outcomes;

use std::collections::BTreeMap;

use super::exchange::Account;
use super::ledger::BankEntry;
use super::special::Special;
use crate::domain::case::{Case, Outgoing, Side};
use crate::domain::ids::CaseId;
use crate::store::StoreError;
use crate::store::proof::{BankLine, Books, Moved, OpenTask, Proof, Unfinished};
use crate::store::verify::Report;

pub use money::{Conservation, Money};
pub use outcomes::{Counts, Expected, application_no};

/// Everything read from one agency's file.
pub struct AgencyProof {
    pub code: String,
    pub name: String,
    pub report: Report,
    pub books: Books,
    pub moved: Moved,
    pub cases: Vec<Case>,
    pub tasks: Vec<OpenTask>,
    pub lines: Vec<BankLine>,
    pub unfinished: Unfinished,
}

impl AgencyProof {
    pub async fn read(code: &str, name: &str, proof: &Proof) -> Result<AgencyProof, StoreError> {
        Ok(AgencyProof {
            code: code.to_owned(),
            name: name.to_owned(),
            report: proof.verify().await?,
            books: proof.books().await?,
            moved: proof.moved().await?,
            cases: proof.cases().await?,
            tasks: proof.open_tasks().await?,
            lines: proof.bank_lines().await?,
            unfinished: proof.unfinished().await?,
        })
    }
}

/// What was found. Without differences everything is as it must be.
pub struct Findings {
    pub counts: Vec<Counts>,
    pub money: Money,
    /// What the bank did wrong on purpose and where it shows.
    pub explained: Vec<String>,
    /// How many applications were compared.
    pub compared: usize,
    pub differences: Vec<String>,
    /// The cases that did not go straight.
    pub special: Vec<Special>,
}

impl Findings {
    /// With what was found before the special cases, and what became of those.
    pub fn with(mut self, before: Findings, special: Vec<Special>) -> Findings {
        let missed = special.iter().filter(|it| !it.is_as_told);
        self.differences.extend(before.differences);
        self.differences.extend(missed.map(|it| format!("{} / {}: {}", it.chinese, it.english, it.what)));
        Findings { compared: before.compared, explained: before.explained, special, ..self }
    }
}

/// Holds everything against everything.
pub fn check(
    agencies: &[AgencyProof],
    accounts: &[Account],
    ledger: &[BankEntry],
    expected: Option<&Expected>,
) -> Findings {
    let mut differences = Vec::new();
    for agency in agencies {
        for check in agency.report.checks.iter().filter(|check| !check.broken.is_empty()) {
            let broken = check.broken.join(", ");
            differences
                .push(format!("{} {} {} / {}: {broken}", agency.code, check.invariant, check.chinese, check.english));
        }
        if agency.unfinished.dead > 0 {
            differences.push(format!("{} 有 {} 封死信 / dead letters", agency.code, agency.unfinished.dead));
        }
    }
    let money = money::check(agencies, accounts, ledger, &mut differences);
    pairs(agencies, &mut differences);
    let (compared, explained) = match expected {
        Some(expected) => outcomes::compare(agencies, ledger, expected, &mut differences),
        None => (0, Vec::new()),
    };
    Findings {
        counts: agencies.iter().map(outcomes::counts).collect(),
        money,
        explained,
        compared,
        differences,
        special: Vec::new(),
    }
}

/// A completed case is completed on both sides, and what one side debited the other credited.
fn pairs(agencies: &[AgencyProof], differences: &mut Vec<String>) {
    let by_role = |role: &'static str| -> BTreeMap<CaseId, (&AgencyProof, &Case)> {
        let all = agencies.iter().flat_map(|agency| agency.cases.iter().map(move |case| (agency, case)));
        all.filter(|(_, case)| case.role() == role).map(|(agency, case)| (case.id, (agency, case))).collect()
    };
    let (incoming, outgoing) = (by_role("incoming"), by_role("outgoing"));
    for (id, (agency, case)) in &incoming {
        let other = outgoing.get(id);
        let ended = |case: &Case| case.relation() == "COMPLETED";
        if ended(case) != other.is_some_and(|(_, case)| ended(case)) {
            differences.push(format!("{} {} 仅一方办结 / completed on one side only", agency.code, case.letter_no));
        }
        let credit = agency.moved.credits.get(id).copied();
        let debit = other.and_then(|(agency, _)| agency.moved.debits.get(id).copied());
        let waits = case.is_open();
        if credit.is_some() && credit != debit || debit.is_some() && credit.is_none() && !waits {
            differences.push(format!("{} {} 借贷双方金额不一致 / debited ≠ credited", agency.code, case.letter_no));
        }
    }
    for (id, (agency, case)) in &outgoing {
        let is_alone = matches!(&case.side, Side::Outgoing(Outgoing::Payout(_)));
        if !incoming.contains_key(id) && !is_alone {
            differences
                .push(format!("{} {} 转入地无此案件 / unknown to the incoming agency", agency.code, case.letter_no));
        }
    }
}
