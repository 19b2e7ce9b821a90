//! What a batch of events asks for, by key: everything its decisions may look at.

use std::collections::{BTreeSet, HashMap, HashSet};

use chrono::NaiveDate;

use crate::domain::act::Verb;
use crate::domain::case::Case;
use crate::domain::event::{Event, What};
use crate::domain::forms::PeerNotice;
use crate::domain::ids::{AgencyCode, ApplicationNo, BankTxnNo, CaseId, LetterNo, MessageId, PaymentRef, PersonNo};
use crate::domain::matching;
use crate::domain::message::{Form, Received};
use crate::domain::person::Document;
use crate::domain::reference;
use crate::domain::time::Moment;

#[derive(Debug, Default)]
pub struct Wanted {
    pub(super) messages: BTreeSet<(AgencyCode, MessageId)>,
    pub(super) sent: BTreeSet<MessageId>,
    pub(super) cases: BTreeSet<CaseId>,
    /// Cases whose person may be judged anew: everybody with the document is looked up, and the case's own person with
    /// all months, whatever document they have now.
    pub(super) judged: BTreeSet<CaseId>,
    /// People whose months are asked for.
    pub(super) with_periods: BTreeSet<PersonNo>,
    /// The document of each person as an import says it.
    pub(super) imported: HashMap<PersonNo, Document>,
    pub(super) letters: BTreeSet<LetterNo>,
    pub(super) payments: BTreeSet<PaymentRef>,
    pub(super) documents: HashSet<Document>,
    pub(super) people: BTreeSet<PersonNo>,
    pub(super) lines: BTreeSet<String>,
    /// What in a remark may be the bank's number of a payment of ours.
    pub(super) paid: BTreeSet<BankTxnNo>,
    /// Numbers of lines that people name.
    pub(super) txns: BTreeSet<BankTxnNo>,
    /// Sums of lines that name no payment: which case waits for them?
    pub(super) unnamed: BTreeSet<i64>,
    /// Sums of announced payments: which unnamed line may be it?
    pub(super) announced: BTreeSet<i64>,
    pub(super) events: BTreeSet<String>,
    /// Closures that end after this moment.
    pub(super) closed_at: Option<Moment>,
    pub(super) announcements: BTreeSet<String>,
    pub(super) directories: bool,
    /// Tasks by name: of no case and no line, or that somebody takes or gives.
    pub(super) tasks: BTreeSet<String>,
    pub(super) days: BTreeSet<NaiveDate>,
    pub(super) digests: BTreeSet<(AgencyCode, NaiveDate)>,
    /// Batches that a line or a notice names.
    pub(super) batches: BTreeSet<String>,
    /// Every case whose payment waits for a person.
    pub(super) remit: bool,
    /// Lines of no case about which somebody decides.
    pub(super) line_acts: BTreeSet<String>,
    /// Whether something that was said before a restore may have to be repeated.
    pub said: bool,
    /// By what a forgotten case is found.
    pub(super) applications: BTreeSet<ApplicationNo>,
}

impl Wanted {
    pub fn of<'a>(events: impl Iterator<Item = &'a Event>) -> Wanted {
        let mut wanted = Wanted::default();
        for event in events {
            wanted.add(&event.what);
            if matches!(event.what, What::Chase { .. } | What::Remind { .. }) {
                wanted.closed_at.get_or_insert(event.at);
            }
            if !matches!(event.what, What::Message(_) | What::Seen { .. }) {
                wanted.events.insert(event.key());
            }
        }
        wanted
    }

    /// Whether this message was taken before.
    pub fn message(&mut self, sender: &AgencyCode, id: MessageId) {
        self.messages.insert((sender.clone(), id));
    }

    /// A message that waited: what it names beside its case.
    pub fn waiting(&mut self, received: &Received) {
        self.add_message(received);
    }

    fn add(&mut self, what: &What) {
        match what {
            What::Message(received) => self.add_message(received),
            What::Seen { sender, id } => {
                self.messages.insert((sender.clone(), *id));
            }
            What::Application(application) => {
                self.applications.insert(application.application_no.clone());
                self.documents.insert(application.document.clone());
            }
            What::Payout(request) => {
                self.people.insert(request.person_no.clone());
            }
            What::Statement(line) => {
                self.lines.insert(line.key().to_string());
                self.payments.extend(line.payment_ref.clone());
                // Our own single payments name their case: only what may be a batch costs another look.
                let may_be_batch = |payment: &&PaymentRef| reference::case_of(payment).is_none();
                self.batches.extend(line.payment_ref.as_ref().filter(may_be_batch).map(ToString::to_string));
                self.cases.extend(line.payment_ref.as_ref().and_then(reference::case_of));
                if line.payment_ref.is_none() && line.amount.0 > 0 {
                    self.unnamed.insert(line.amount.0);
                }
                for word in matching::words(&line.remark) {
                    self.cases.extend(PaymentRef::new(word).ok().as_ref().and_then(reference::case_of));
                    let payment = PaymentRef::new(word).ok();
                    self.batches.extend(payment.as_ref().filter(|it| reference::is_batch(it)).map(ToString::to_string));
                    self.payments.extend(payment);
                    self.letters.extend(LetterNo::new(word).ok());
                    if line.amount.0 > 0 {
                        self.paid.extend(BankTxnNo::new(word).ok());
                    }
                }
            }
            What::Register(entry) => {
                self.people.insert(entry.person.person_no.clone());
                self.imported.insert(entry.person.person_no.clone(), entry.person.document.clone());
            }
            What::Periods(entry) => {
                self.people.insert(entry.person_no.clone());
            }
            What::Chase { case, .. } | What::Recount { case, .. } | What::Remind { case, .. } => {
                self.cases.insert(*case);
            }
            What::Act(act) => {
                self.cases.insert(act.case);
                self.judged.insert(act.case);
                self.add_verb(&act.verb);
            }
            What::LookAgain { case, .. } => {
                self.cases.insert(*case);
                self.judged.insert(*case);
            }
            What::Task(act) => {
                self.tasks.insert(act.task.clone());
            }
            What::Remit { .. } => self.remit = true,
            What::Line(act) => {
                self.lines.insert(act.line.to_string());
                self.line_acts.insert(act.line.to_string());
            }
            What::Unidentified { line } => {
                self.lines.insert(line.to_string());
            }
            What::UnidentifiedNoted { peer, txn, .. } => {
                self.tasks.insert(format!("MONEY_UNIDENTIFIED/{peer}/{txn}"));
            }
            What::Announce(order) => {
                self.announcements.insert(order.announcement_no.clone());
            }
            What::Withdraw { announcement_no, .. } => {
                self.announcements.insert(announcement_no.clone());
            }
            What::Directory { .. } => self.add_directories(),
            What::Close { day } => {
                self.days.insert(*day);
            }
            What::Compare { peer, day, .. } | What::DigestNoted { peer, day, .. } => {
                self.digests.insert((peer.clone(), *day));
                self.tasks.insert(format!("DAILY_DIGEST_DIFFERS/{peer}/{day}"));
            }
            What::AskResend { .. }
            | What::Export { .. }
            | What::ExportNotices { .. }
            | What::Calendar(_)
            | What::Restore(_)
            | What::TellRestored { .. }
            | What::Echo(_) => {}
        }
    }

    pub(super) fn judge(&mut self, case: &Case) {
        self.documents.insert(case.person().document.clone());
        self.with_periods.extend(case.person_no.clone());
    }

    fn add_directories(&mut self) {
        self.directories = true;
        self.tasks.insert("DIRECTORY_NEWER/directory".to_owned());
    }

    fn add_notice(&mut self, notice: &PeerNotice) {
        match notice {
            PeerNotice::Maintenance(form) => {
                self.announcements.insert(form.announcement_no.clone());
            }
            PeerNotice::Directory { .. } => self.add_directories(),
            PeerNotice::Digest(_) | PeerNotice::Resend { .. } | PeerNotice::Restored(_) | PeerNotice::Echo(_) => {}
        }
    }

    pub(super) fn add_verb(&mut self, verb: &Verb) {
        if let Verb::Match { txns } | Verb::SendBack { txns } = verb {
            self.txns.extend(txns.iter().cloned());
        }
    }

    fn add_message(&mut self, received: &Received) {
        self.messages.insert((received.sender.clone(), received.id));
        self.cases.extend(received.body.case_id);
        match &received.body.form {
            Form::ApplicationNotice(notice) => {
                self.applications.insert(notice.application_no.clone());
                self.documents.insert(notice.person.document.clone());
            }
            Form::ContactLetter(letter) => {
                self.letters.insert(letter.letter_no.clone());
                self.documents.insert(letter.person.document.clone());
            }
            Form::InformationSheet(sheet) => {
                self.documents.insert(sheet.person.document.clone());
                self.judged.extend(received.body.case_id);
                self.letters.insert(sheet.letter_no.clone());
            }
            Form::RemittanceNotice(notice) => {
                self.payments.insert(notice.payment_ref.clone());
                if let Some(batch) = &notice.batch {
                    self.batches.insert(batch.no.clone());
                    self.payments.extend(PaymentRef::new(&batch.no).ok());
                    self.announced.insert(batch.total.get());
                }
                self.announced.insert(notice.ordinal_total.get());
                self.letters.insert(notice.letter_no.clone());
            }
            Form::Receipt(receipt) => self.sent.extend(receipt.entries.iter().map(|entry| entry.message_id)),
            Form::Refusal(refusal) => {
                self.sent.insert(refusal.message_id);
            }
            Form::FundsReturn(form) => {
                self.payments.extend(form.return_ref.clone());
                let asked = form.bank_txn_no.as_ref().filter(|_| received.body.case_id.is_none());
                self.tasks.extend(asked.map(|txn| format!("MONEY_UNIDENTIFIED/{}/{txn}", received.sender)));
            }
            Form::FundsDiscrepancy(form) if received.body.case_id.is_none() => {
                for line in &form.lines {
                    self.payments.extend(line.payment_ref.clone());
                    self.tasks.insert(format!("MONEY_UNIDENTIFIED/{}/{}", received.sender, line.bank_txn_no));
                }
            }
            Form::PeerNotice(notice) => self.add_notice(notice),
            Form::CancellationReply(_) => self.judged.extend(received.body.case_id),
            Form::LetterReturn(_)
            | Form::SheetObjection(_)
            | Form::CompletionNotice(_)
            | Form::Cancellation(_)
            | Form::FundsDiscrepancy(_)
            | Form::Reminder(_)
            | Form::DelayNotice(_)
            | Form::Clarification(_)
            | Form::ProgressQuery(_)
            | Form::ProgressReport(_) => {}
        }
    }
}
