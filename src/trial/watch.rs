//! How far the agencies are, read from their files beside the running daemons: what moves, what waits for a person,
//! and when nothing more will happen by itself.

use std::collections::BTreeSet;
use std::path::Path;

use super::exchange::Agency;
use crate::domain::ids::CaseId;
use crate::domain::time::Moment;
use crate::store::StoreError;
use crate::store::proof::{OpenCase, Proof, Standing, Unfinished};

/// One agency at a moment.
#[derive(Debug, Clone)]
pub struct Progress {
    pub standings: Vec<Standing>,
    pub open: Vec<OpenCase>,
    pub unfinished: Unfinished,
}

impl Progress {
    fn sum(&self, role: &str, relations: &[&str]) -> i64 {
        let counts = self.standings.iter().filter(|it| it.role == role && relations.contains(&it.relation.as_str()));
        counts.map(|it| it.cases).sum()
    }

    pub fn completed(&self) -> i64 {
        self.sum("incoming", &["COMPLETED"])
    }

    pub fn returned(&self) -> i64 {
        self.sum("incoming", &["LETTER_RETURNED", "CLOSED"])
    }

    pub fn rejected(&self) -> i64 {
        self.sum("incoming", &["REJECTED"])
    }

    /// Incoming cases of every kind.
    pub fn incoming(&self) -> i64 {
        self.standings.iter().filter(|it| it.role == "incoming").map(|it| it.cases).sum()
    }

    /// Incoming cases that are neither completed, returned nor rejected.
    pub fn under_way(&self) -> i64 {
        self.incoming() - self.completed() - self.returned() - self.rejected()
    }

    pub fn archived(&self) -> i64 {
        self.sum("outgoing", &["COMPLETED"])
    }

    pub fn outgoing(&self) -> i64 {
        self.standings.iter().filter(|it| it.role == "outgoing").map(|it| it.cases).sum()
    }

    /// Open cases that a person must look at.
    pub fn waits_for_person(&self) -> usize {
        self.open.iter().filter(|case| is_with_person(case)).count()
    }
}

fn is_with_person(case: &OpenCase) -> bool {
    case.has_task || case.holder == "own"
}

pub async fn open_all(agencies: &[Agency]) -> Result<Vec<Proof>, StoreError> {
    let mut proofs = Vec::new();
    for agency in agencies {
        proofs.push(open(&agency.database()).await?);
    }
    Ok(proofs)
}

async fn open(path: &Path) -> Result<Proof, StoreError> {
    Proof::open(path).await
}

pub async fn progress(proofs: &[Proof]) -> Result<Vec<Progress>, StoreError> {
    let mut all = Vec::new();
    for proof in proofs {
        all.push(Progress {
            standings: proof.standings().await?,
            open: proof.open_cases().await?,
            unfinished: proof.unfinished().await?,
        });
    }
    Ok(all)
}

/// Nothing moves by itself any more: every message receipted, every payment stated, and each open case waits for a
/// person here or at the other agency.
pub fn is_settled(all: &[Progress]) -> bool {
    let with_person: BTreeSet<CaseId> =
        all.iter().flat_map(|it| &it.open).filter(|case| is_with_person(case)).map(|case| case.id).collect();
    all.iter().all(|it| {
        let Unfinished { unreceipted, early, released, exported, dead: _ } = it.unfinished;
        unreceipted + early + released + exported == 0 && it.open.iter().all(|case| with_person.contains(&case.id))
    })
}

/// Equal as long as nothing happened.
pub fn fingerprint(all: &[Progress]) -> Vec<(i64, usize, Option<Moment>)> {
    let of = |it: &Progress| {
        let cases = it.standings.iter().map(|standing| standing.cases).sum();
        (cases, it.open.len(), it.open.iter().map(|case| case.changed_at).max())
    };
    all.iter().map(of).collect()
}
