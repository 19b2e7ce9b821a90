//! The embedded register's judgement over its own rows (domain.md §2).

use chrono::Datelike;
use serde::{Deserialize, Serialize};

use crate::domain::event::Application;
use crate::domain::forms::{ContactLetter, InformationSheet, Insurance};
use crate::domain::handler::{Acceptance, Crediting, LocalHandler, Registered, Release, Subject, Verification};
use crate::domain::money::Fen;
use crate::domain::person::PersonName;
use crate::domain::reasons::{Reason, ReturnCode};
use crate::domain::register::RelationStatus;

/// Local conditions for letting a person go: practice, not law, so each agency sets them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Conditions {
    /// 欠费时退回
    pub return_on_arrears: bool,
    /// 有未结算费用时退回
    pub return_on_open_claims: bool,
}

pub struct EmbeddedRegister {
    conditions: Conditions,
}

impl EmbeddedRegister {
    pub fn new(conditions: Conditions) -> EmbeddedRegister {
        EmbeddedRegister { conditions }
    }

    /// Everything that speaks against letting this person go.
    fn objections(&self, letter: &ContactLetter, registered: &Registered) -> Vec<Reason> {
        let person = &registered.person;
        let by_status = match person.status {
            RelationStatus::Active => Some(ReturnCode::NotStopped),
            RelationStatus::Stopped => None,
            RelationStatus::Retired => Some(ReturnCode::Retired),
            RelationStatus::Deceased => Some(ReturnCode::Deceased),
            RelationStatus::TransferredOut => Some(ReturnCode::NotInsuredHere),
        };
        let same_year = person.insurance == Insurance::Resident
            && letter.insurance_in == Insurance::Resident
            && person.status == RelationStatus::Stopped
            && person.status_on.year() == letter.accepted_on.year();
        let arrears = person.arrears && self.conditions.return_on_arrears;
        let open_claims = person.open_claims && self.conditions.return_on_open_claims;
        [
            by_status,
            same_year.then_some(ReturnCode::ResidentSameYear),
            arrears.then_some(ReturnCode::Arrears),
            open_claims.then_some(ReturnCode::OpenClaims),
            (registered.balance.0 < 0).then_some(ReturnCode::NegativeBalance),
        ]
        .into_iter()
        .flatten()
        .map(Reason::from)
        .collect()
    }
}

/// The relation of this insurance under this name; or why there is none.
fn relation<'a>(
    subject: &Subject<'a>,
    name: &PersonName,
    insurance: Insurance,
    missing: ReturnCode,
) -> Result<&'a Registered, Vec<Reason>> {
    if subject.0.is_empty() {
        return Err(vec![ReturnCode::PersonNotFound.into()]);
    }
    let named: Vec<&'a Registered> = subject.0.iter().copied().filter(|known| known.person.name == *name).collect();
    if named.is_empty() {
        return Err(vec![Reason { code: ReturnCode::PersonMismatch, text: None, field: Some("name".to_owned()) }]);
    }
    let of_insurance = named.into_iter().filter(|known| known.person.insurance == insurance);
    // A person may have come back: the relation that still stands counts before one that moved away.
    of_insurance
        .min_by_key(|known| (known.person.status == RelationStatus::TransferredOut, known.person.person_no.clone()))
        .ok_or_else(|| vec![missing.into()])
}

impl LocalHandler for EmbeddedRegister {
    fn accept(&self, application: &Application, subject: &Subject<'_>) -> Acceptance {
        if subject.0.is_empty() {
            return Acceptance::Reject(vec![ReturnCode::NotEnrolled.into()]);
        }
        match relation(subject, &application.name, application.insurance_in, ReturnCode::NotEnrolled) {
            Ok(known) if known.person.status == RelationStatus::Active => {
                Acceptance::Accept(known.person.person_no.clone())
            }
            Ok(_) => Acceptance::Reject(vec![ReturnCode::NotEnrolled.into()]),
            Err(reasons) => Acceptance::Reject(reasons),
        }
    }

    /// What no incoming agency can mend is said at the counter; the rest is judged when its letter comes.
    fn hand_over(&self, application: &Application, subject: &Subject<'_>) -> Acceptance {
        match relation(subject, &application.name, application.insurance_out, ReturnCode::NotInsuredHere) {
            Ok(known) => match known.person.status {
                RelationStatus::Active | RelationStatus::Stopped => Acceptance::Accept(known.person.person_no.clone()),
                RelationStatus::Retired => Acceptance::Reject(vec![ReturnCode::Retired.into()]),
                RelationStatus::Deceased => Acceptance::Reject(vec![ReturnCode::Deceased.into()]),
                RelationStatus::TransferredOut => Acceptance::Reject(vec![ReturnCode::NotInsuredHere.into()]),
            },
            Err(reasons) => Acceptance::Reject(reasons),
        }
    }

    fn release(&self, letter: &ContactLetter, subject: &Subject<'_>) -> Release {
        match relation(subject, &letter.person.name, letter.insurance_out, ReturnCode::NotInsuredHere) {
            Ok(known) => {
                let reasons = self.objections(letter, known);
                if reasons.is_empty() {
                    Release::Issue(known.person.person_no.clone())
                } else {
                    Release::Return { reasons, suggested: None }
                }
            }
            Err(reasons) => Release::Return { reasons, suggested: None },
        }
    }

    fn verify(&self, letter: &ContactLetter, sheet: &InformationSheet, subject: &Subject<'_>) -> Verification {
        let agrees = sheet.person.is_same_as(&letter.person);
        match relation(subject, &letter.person.name, letter.insurance_in, ReturnCode::NotEnrolled) {
            Ok(known) if agrees && known.person.status == RelationStatus::Active => {
                Verification::Merge(known.person.person_no.clone())
            }
            _ => Verification::AskClerk,
        }
    }

    fn credit(&self, _amount: Fen, account: Option<&Registered>) -> Crediting {
        match account {
            // Only a person with a personal account can be credited; who has none, a clerk decides.
            Some(known) if known.person.has_account() && known.person.status == RelationStatus::Active => {
                Crediting::Post(known.person.person_no.clone())
            }
            _ => Crediting::AskClerk,
        }
    }
}
