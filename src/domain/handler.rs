//! The local-handler seam: the judgements an agency makes for itself. A handler gives opinions; the flow carries them
//! out, so no handler can block the flow, and none can book twice.

use super::event::Application;
use super::forms::{ContactLetter, InformationSheet, Period};
use super::ids::{AgencyCode, CaseId, PersonNo};
use super::money::{Balance, Fen};
use super::reasons::Reason;
use super::register::InsuredPerson;

/// A person as the register holds them now.
#[derive(Debug, Clone, PartialEq)]
pub struct Registered {
    pub person: InsuredPerson,
    pub periods: Vec<Period>,
    pub balance: Balance,
    /// The case that froze the account.
    pub frozen_by: Option<CaseId>,
}

/// Everybody in our register who has the document in question: usually nobody or one.
#[derive(Debug, Clone)]
pub struct Subject<'a>(pub Vec<&'a Registered>);

/// 转入地: may we ask the other agency?
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Acceptance {
    Accept(PersonNo),
    /// 不予受理
    Reject(Vec<Reason>),
}

/// 转出地: may this person leave?
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Release {
    Issue(PersonNo),
    Return { reasons: Vec<Reason>, suggested: Option<AgencyCode> },
    AskClerk,
}

/// 转入地: does the sheet agree with what we know?
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verification {
    Merge(PersonNo),
    AskClerk,
}

/// 转入地: which account is credited?
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Crediting {
    Post(PersonNo),
    AskClerk,
}

/// This agency's own rules. Pure: what it needs is brought to it.
pub trait LocalHandler: Send + Sync {
    fn accept(&self, application: &Application, subject: &Subject<'_>) -> Acceptance;
    /// 转出地: may an application that is taken here be handed over? The incoming agency checks it, too.
    fn hand_over(&self, application: &Application, subject: &Subject<'_>) -> Acceptance;
    fn release(&self, letter: &ContactLetter, subject: &Subject<'_>) -> Release;
    fn verify(&self, letter: &ContactLetter, sheet: &InformationSheet, subject: &Subject<'_>) -> Verification;
    fn credit(&self, amount: Fen, account: Option<&Registered>) -> Crediting;
}
