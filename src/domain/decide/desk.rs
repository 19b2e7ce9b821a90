//! One event on the desk: what is known, what has been decided so far. Every helper changes both, so that the next
//! event of the batch sees it.

use std::collections::VecDeque;

use chrono::NaiveDate;

use super::restore::{HeardBefore, Repeat};
use super::{Rules, deceased, refusal_body, review};
use crate::domain::case::Case;
use crate::domain::changes::{Changes, Declined, Draft, Outcome, PaymentRow, RegisterChange, TaskChange};
use crate::domain::chasing;
use crate::domain::deadlines::{Clock, Deadline};
use crate::domain::event::{AUTO, Event, Mint};
use crate::domain::forms::{Operator, ReceiptEntry};
use crate::domain::ids::{AgencyCode, CaseId, LetterNo, MessageId, SheetNo};
use crate::domain::known::{Known, TaskRound};
use crate::domain::ledger::Posting;
use crate::domain::matching::Line;
use crate::domain::message::{Body, Form, Received};
use crate::domain::notice::notices;
use crate::domain::reasons::RefusalCode;
use crate::domain::time::Moment;

pub struct Desk<'a> {
    pub known: &'a mut Known,
    pub rules: &'a Rules<'a>,
    mint: &'a mut dyn Mint,
    pub at: Moment,
    pub today: NaiveDate,
    pub changes: Changes,
    /// Cases whose early messages are worth another look.
    pub moved: Vec<CaseId>,
    /// Receipts of messages that were said before a restore: they move their cases once the decision is made.
    pub heard_before: VecDeque<HeardBefore>,
}

impl<'a> Desk<'a> {
    pub fn new(event: &Event, known: &'a mut Known, rules: &'a Rules<'a>, mint: &'a mut dyn Mint) -> Desk<'a> {
        let changes = Changes::none(Outcome::Applied);
        Desk {
            known,
            rules,
            mint,
            at: event.at,
            today: event.at.china_date(),
            changes,
            moved: Vec::new(),
            heard_before: VecDeque::new(),
        }
    }

    pub fn finish(mut self) -> Changes {
        self.changes.letters_made = self.known.letters_made;
        self.changes.sheets_made = self.known.sheets_made;
        self.changes
    }

    pub fn decline(&mut self, declined: Declined) {
        self.changes.outcome = Outcome::Declined(declined);
    }

    pub fn new_case_id(&mut self) -> CaseId {
        self.mint.case_id(self.at)
    }

    /// `<our code>-<number>`: unique per incoming agency.
    pub fn new_letter_no(&mut self) -> LetterNo {
        self.known.letters_made += 1;
        let text = format!("{}-L{:08}", self.rules.us, self.known.letters_made);
        LetterNo::new(&text).expect("an agency code and ten characters make a letter no.")
    }

    /// `<our code>-<letter><number>` for a case that begins here without a letter: H 转交.
    pub fn new_number(&mut self, letter: char) -> LetterNo {
        self.known.letters_made += 1;
        let text = format!("{}-{letter}{:08}", self.rules.us, self.known.letters_made);
        LetterNo::new(&text).expect("an agency code and ten characters make a number")
    }

    pub fn new_sheet_no(&mut self) -> SheetNo {
        self.known.sheets_made += 1;
        let text = format!("{}-S{:08}", self.rules.us, self.known.sheets_made);
        SheetNo::new(&text).expect("an agency code and ten characters make a sheet no.")
    }

    /// The named system actor, for automatic decisions.
    pub fn auto() -> Operator {
        Operator { id: AUTO.to_owned(), name: None, reviewer: None }
    }

    /// Stores the next step of a case.
    pub fn step(&mut self, mut case: Case) {
        case.version += 1;
        if case.review.is_some_and(|step| !case.stands_before(step)) {
            review::lift(self, &mut case);
        }
        let before = self.known.case(case.id).map(Case::stand);
        if before != Some(case.stand()) {
            case.changed_at = self.at;
        }
        if case.is_proposal_stale() {
            case.proposal = None;
            self.close_task("CONFIRM", &case.id.to_string());
        }
        if case.correspondence.reminded.is_some_and(|reminded| !case.owes(reminded.step)) {
            case.correspondence.reminded = None;
            self.close_task("REMINDED", &case.id.to_string());
        }
        if case.correspondence.held.is_some_and(|held| !case.is_open() || case.awaits() != Some(held.step)) {
            case.correspondence.held = None;
        }
        self.changes.case = Some(case.id);
        self.moved.push(case.id);
        let is_late = |deadline: &Deadline| deadline.clock != Clock::Whole && deadline.is_overdue(self.today);
        if !case.is_open() || !case.deadlines.iter().any(is_late) {
            for kind in ["OVERDUE", "ESCALATED"] {
                self.close_task(kind, &case.id.to_string());
            }
        }
        if !case.is_open() || !case.deadlines.iter().any(|deadline| deadline.met_on.is_none() && deadline.chased > 0) {
            self.close_task("DUE_SOON", &case.id.to_string());
        }
        if !deceased::would_pay(&case) {
            self.close_task("PERSON_DECEASED", &case.id.to_string());
        }
        case.chase_on = chasing::next(&case, self.rules.calendar);
        if !case.is_open() {
            self.close_task("CANCEL_REFUSED", &case.id.to_string());
        }
        let person = case.person_no.as_ref().and_then(|person| self.known.registered(person));
        let knows_employer = person.is_some_and(|known| known.person.employer.is_some());
        self.changes.notices.extend(notices(self.known.case(case.id), &case, knows_employer));
        self.known.put_case(case.clone());
        self.changes.cases.push(case);
    }

    pub fn post(&mut self, posting: Posting) {
        self.known.post(&posting);
        self.changes.postings.push(posting);
    }

    /// Marks something that may happen once only.
    pub fn once(&mut self, effect: String, case: CaseId) {
        self.changes.effects.push((effect, case));
    }

    pub fn register(&mut self, change: RegisterChange) {
        self.known.change_register(&change);
        self.changes.register.push(change);
    }

    pub fn line(&mut self, line: Line) {
        self.known.lines.insert(line.key(), line.clone());
        self.changes.lines.retain(|known| known.key() != line.key());
        self.changes.lines.push(line);
    }

    pub fn payment(&mut self, payment: PaymentRow) {
        self.known.payments.insert(payment.payment_ref.clone(), payment.clone());
        self.changes.payments.push(payment);
    }

    /// Drafts the next message of a case; the caller stores the case with its new `sent`.
    pub fn send(&mut self, case: &mut Case, in_reply_to: Option<MessageId>, form: Form) -> MessageId {
        let id = self.mint.message_id(self.at);
        match self.repeat(case, &form) {
            Repeat::New => {}
            Repeat::Said(said) => return said,
            Repeat::Nothing => return id,
        }
        case.sent += 1;
        let body = Body {
            case_id: Some(case.id),
            letter_no: case.said_letter_no(),
            case_sequence: case.sent,
            in_reply_to,
            sent_at: self.at,
            form,
        };
        self.changes.drafts.push(Draft { id, recipient: case.peer.clone(), body });
        id
    }

    /// Drafts a message that belongs to no case.
    pub fn tell(&mut self, recipient: AgencyCode, form: Form) {
        let body = Body { case_id: None, letter_no: None, case_sequence: 0, in_reply_to: None, sent_at: self.at, form };
        let id = self.mint.message_id(self.at);
        self.changes.drafts.push(Draft { id, recipient, body });
    }

    /// Answers a verified message that cannot be taken.
    pub fn refuse(&mut self, received: &Received, code: RefusalCode) {
        let mut body = refusal_body(received.id, received.digest, code, self.at);
        body.case_id = received.body.case_id;
        body.letter_no = received.body.letter_no.clone();
        let id = self.mint.message_id(self.at);
        self.changes.drafts.push(Draft { id, recipient: received.sender.clone(), body });
    }

    /// Our answer "durably received", with the due date of the step it starts here.
    pub fn receipt(&mut self, received: &Received, deadline: Option<&Deadline>) {
        let received_at = self.known.received_at(&received.sender, received.id).unwrap_or(self.at);
        let entry = ReceiptEntry {
            message_id: received.id,
            digest: received.digest,
            received_at,
            due_on: deadline.and_then(|deadline| deadline.due.on()),
            provisional: deadline.is_some_and(|deadline| deadline.due.is_provisional()),
            refused: false,
        };
        // A message that waited as early was receipted when it came.
        if self.known.received_at(&received.sender, received.id).is_none() {
            self.changes.receipt = Some(entry);
        }
    }

    pub fn open_case_task(&mut self, kind: &'static str, case: CaseId, detail: Option<String>) {
        self.open_task(format!("{kind}/{case}"), kind, Some(case), None, detail);
    }

    pub fn open_line_task(&mut self, kind: &'static str, line: &Line, case: Option<CaseId>) {
        let key = line.key().to_string();
        self.open_task(format!("{kind}/{key}"), kind, case, Some(key), None);
    }

    /// Opens a task unless it is open already.
    pub fn open_task(
        &mut self,
        task: String,
        kind: &'static str,
        case: Option<CaseId>,
        line: Option<String>,
        detail: Option<String>,
    ) {
        let before = self.known.tasks.get(&task).copied();
        if before.is_some_and(|round| round.open) {
            return;
        }
        let round = before.map_or(1, |round| round.round + 1);
        self.known.tasks.insert(task.clone(), TaskRound { round, open: true });
        self.changes.tasks.push(TaskChange { task, round, kind, case, line, detail, open: true });
    }

    /// Closes a task if it is open: what it waited for has happened.
    pub fn close_task(&mut self, kind: &'static str, object: &str) {
        let task = format!("{kind}/{object}");
        let Some(round) = self.known.tasks.get(&task).filter(|round| round.open).map(|round| round.round) else {
            return;
        };
        self.known.tasks.insert(task.clone(), TaskRound { round, open: false });
        self.changes.tasks.push(TaskChange { task, round, kind, case: None, line: None, detail: None, open: false });
    }
}
