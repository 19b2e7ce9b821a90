//! What is known when an event is decided: a snapshot that evolves while a batch is decided, one event after another.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDate;

use super::calendar::Calendar;
use super::case::Case;
use super::changes::{DigestRow, PaymentRow, RegisterChange};
use super::close::{DayFigures, Held};
use super::forms::ReceiptEntry;
use super::handler::{Registered, Subject};
use super::ids::{AgencyCode, ApplicationNo, CaseId, Digest, LetterNo, MessageId, PaymentRef, PersonNo};
use super::ledger::{Account, LineKey, Posting};
use super::line::LineHeld;
use super::matching::Line;
use super::message::{Kind, Received};
use super::money::Balance;
use super::peers::{self, Closure};
use super::person::Document;
use super::restore;
use super::restore::{Echoed, Rebuilding, Said};
use super::task::TaskHeld;
use super::time::Moment;

/// A message of ours, as far as an answer to it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    pub recipient: AgencyCode,
    pub digest: Digest,
    pub kind: Kind,
    pub case: Option<CaseId>,
    /// Receipted or refused: nothing is awaited.
    pub closed: bool,
}

/// A message that was taken before: its digest and the answer that goes out again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    pub digest: Digest,
    /// A receipt: never receipted itself.
    pub terminal: bool,
    pub entry: ReceiptEntry,
}

#[derive(Debug, Default, Clone)]
pub struct Known {
    cases: HashMap<CaseId, Case>,
    by_letter: HashMap<(&'static str, AgencyCode, LetterNo), CaseId>,
    by_own_letter: HashMap<LetterNo, CaseId>,
    by_person: HashMap<PersonNo, Vec<CaseId>>,
    by_payment: HashMap<PaymentRef, CaseId>,
    people: HashMap<PersonNo, Registered>,
    by_document: HashMap<Document, Vec<PersonNo>>,
    pub inbox: HashMap<(AgencyCode, MessageId), Taken>,
    pub outbox: HashMap<MessageId, Sent>,
    /// Ordered, so that a decision never depends on hashing.
    pub lines: BTreeMap<LineKey, Line>,
    pub payments: HashMap<PaymentRef, PaymentRow>,
    /// Keys of local events and the digest of their content.
    pub events: HashMap<String, Digest>,
    /// Verified messages of a case whose predecessor has not come, oldest first.
    pub early: HashMap<CaseId, Vec<Received>>,
    /// The calendar with the years that came in this batch; it counts from the next batch on.
    pub calendar: Option<Calendar>,
    /// Closures that have not ended, and those that the batch names; by agency and number.
    pub closures: BTreeMap<(AgencyCode, String), Closure>,
    /// The directory each peer says it acts on; ours, last announced, under our own code.
    pub directories: BTreeMap<AgencyCode, u64>,
    /// Figures of days that are to be closed.
    pub days: BTreeMap<NaiveDate, DayFigures>,
    /// The last day closed.
    pub last_closed: Option<NaiveDate>,
    /// Peers' digests that are to be compared, and what we hold of each.
    pub digests: BTreeMap<(AgencyCode, NaiveDate), (DigestRow, Held)>,
    /// What a restore left open; nothing, as a rule.
    pub rebuilding: Rebuilding,
    /// What we had said of these cases and forgot, by its number in the case.
    pub said: BTreeMap<(CaseId, u32), Said>,
    /// Cases that forgotten applications had opened.
    pub applied: HashMap<ApplicationNo, CaseId>,
    /// Our own messages inside a peer's echo, by the echo's id; only where our signature under each is good.
    pub echoes: HashMap<MessageId, Vec<Echoed>>,
    pub letters_made: u64,
    pub sheets_made: u64,
    /// Open tasks by name, with the round they are in; and the last round of closed ones.
    pub tasks: HashMap<String, TaskRound>,
    /// Who has a task in hand, for those that somebody acts on.
    pub held: HashMap<String, TaskHeld>,
    /// What was decided about lines of no case, for those that somebody acts on.
    pub line_held: BTreeMap<LineKey, LineHeld>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TaskRound {
    pub round: u32,
    pub open: bool,
}

impl Known {
    pub fn case(&self, id: CaseId) -> Option<&Case> {
        self.cases.get(&id)
    }

    pub fn cases(&self) -> impl Iterator<Item = &Case> {
        self.cases.values()
    }

    /// The case a peer's letter opened here.
    pub fn case_of_letter(&self, role: &'static str, peer: &AgencyCode, letter: &LetterNo) -> Option<&Case> {
        self.cases.get(self.by_letter.get(&(role, peer.clone(), letter.clone()))?)
    }

    /// The incoming case that sent this letter.
    pub fn case_of_own_letter(&self, letter: &LetterNo) -> Option<&Case> {
        self.cases.get(self.by_own_letter.get(letter)?)
    }

    pub fn case_of_payment(&self, payment: &PaymentRef) -> Option<&Case> {
        self.cases.get(self.by_payment.get(payment)?)
    }

    /// A case that awaits the money of this batch.
    pub fn case_of_batch(&self, payment: &PaymentRef) -> Option<&Case> {
        let is_in = |case: &&Case| case.batch().is_some_and(|batch| batch.no == payment.as_str());
        self.cases.values().filter(is_in).min_by_key(|case| case.id)
    }

    /// Open cases of a person, either role.
    pub fn open_cases(&self, person: &PersonNo) -> impl Iterator<Item = &Case> {
        let ids = self.by_person.get(person).map_or(&[][..], Vec::as_slice);
        ids.iter().filter_map(|id| self.cases.get(id)).filter(|case| case.is_open())
    }

    /// Open cases that relation, months or balance of a person still depend on.
    pub fn cases_holding(&self, person: &PersonNo) -> impl Iterator<Item = &Case> {
        self.open_cases(person).filter(|case| case.holds_person())
    }

    pub fn put_case(&mut self, case: Case) {
        self.by_letter.insert((case.role(), case.peer.clone(), case.letter_no.clone()), case.id);
        if case.role() == "incoming" {
            self.by_own_letter.insert(case.letter_no.clone(), case.id);
        }
        if let Some(person) = &case.person_no {
            let ids = self.by_person.entry(person.clone()).or_default();
            if !ids.contains(&case.id) {
                ids.push(case.id);
            }
        }
        self.by_payment.extend(case.payment_refs().map(|payment| (payment.clone(), case.id)));
        self.cases.insert(case.id, case);
    }

    pub fn registered(&self, person: &PersonNo) -> Option<&Registered> {
        self.people.get(person)
    }

    /// To fill in what another table says of them; who they are stays.
    pub fn registered_mut(&mut self, person: &PersonNo) -> Option<&mut Registered> {
        self.people.get_mut(person)
    }

    pub fn put_person(&mut self, registered: Registered) {
        let person_no = registered.person.person_no.clone();
        let numbers = self.by_document.entry(registered.person.document.clone()).or_default();
        if !numbers.contains(&person_no) {
            numbers.push(person_no.clone());
            numbers.sort();
        }
        self.people.insert(person_no, registered);
    }

    /// Everybody with this document.
    pub fn subject(&self, document: &Document) -> Subject<'_> {
        let numbers = self.by_document.get(document).map_or(&[][..], Vec::as_slice);
        let people = numbers.iter().filter_map(|number| self.people.get(number));
        Subject(people.filter(|registered| &registered.person.document == document).collect())
    }

    /// Keeps balances in step with what was decided earlier in the batch.
    pub fn post(&mut self, posting: &Posting) {
        for entry in posting.entries() {
            if let Account::Person(person) = &entry.account
                && let Some(registered) = self.people.get_mut(person)
            {
                let sum = registered.balance.checked_add(entry.change());
                registered.balance = sum.unwrap_or(Balance(i64::MIN));
            }
        }
    }

    pub fn change_register(&mut self, change: &RegisterChange) {
        match change {
            RegisterChange::Put(person) => {
                let before = self.people.get(&person.person_no);
                let registered = Registered {
                    person: (**person).clone(),
                    periods: before.map(|known| known.periods.clone()).unwrap_or_default(),
                    balance: before.map(|known| known.balance).unwrap_or_default(),
                    frozen_by: before.and_then(|known| known.frozen_by),
                };
                self.put_person(registered);
            }
            RegisterChange::Periods { person, periods } => {
                if let Some(registered) = self.people.get_mut(person) {
                    registered.periods = periods.clone();
                }
            }
            RegisterChange::AddMonths { person, periods, .. } => {
                if let Some(registered) = self.people.get_mut(person) {
                    registered.periods.extend(periods.iter().cloned());
                }
            }
            RegisterChange::RemoveMonths { person, periods, .. } => {
                if let Some(registered) = self.people.get_mut(person) {
                    for period in periods {
                        let place = registered.periods.iter().position(|known| known == period);
                        place.map(|place| registered.periods.remove(place));
                    }
                }
            }
            RegisterChange::Freeze { person, case, .. } => {
                if let Some(registered) = self.people.get_mut(person) {
                    registered.frozen_by = Some(*case);
                }
            }
            RegisterChange::Thaw { person } => {
                if let Some(registered) = self.people.get_mut(person) {
                    registered.frozen_by = None;
                }
            }
            RegisterChange::Relation(person) => {
                if let Some(registered) = self.people.get_mut(&person.person_no) {
                    registered.person = (**person).clone();
                }
            }
        }
    }

    /// What we had said next in this case, of consequence for it.
    pub fn said_next(&self, case: &Case) -> Option<&Said> {
        let after = self.said.range((case.id, case.sent + 1)..=(case.id, u32::MAX));
        after.map(|(_, said)| said).find(|said| !restore::is_passing(&said.body.form))
    }

    /// The case and letter no. that a forgotten application had opened.
    pub fn said_application(&self, application: &ApplicationNo) -> Option<(CaseId, Option<&LetterNo>)> {
        let case = *self.applied.get(application)?;
        let first = self.said.range((case, 1)..=(case, u32::MAX)).next()?.1;
        Some((case, first.body.letter_no.as_ref()))
    }

    /// Until when this agency is closed by what it announced.
    pub fn closed_until(&self, agency: &AgencyCode, at: Moment) -> Option<Moment> {
        peers::closed_until(self.closures.values().filter(|closure| closure.agency == *agency), at)
    }

    /// When a message was first durably received.
    pub fn received_at(&self, sender: &AgencyCode, id: MessageId) -> Option<Moment> {
        self.inbox.get(&(sender.clone(), id)).map(|taken| taken.entry.received_at)
    }
}
