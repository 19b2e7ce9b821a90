//! Two agencies as pure values: what each knows, and the roads to every state. No database, no broker, no sealing.

use std::sync::Arc;

use jiexu::domain::act::{Act, CancelledBy, Why};
use jiexu::domain::calendar::Calendar;
use jiexu::domain::case::{Case, Incoming, Side};
use jiexu::domain::changes::Changes;
use jiexu::domain::deadlines::Limits;
use jiexu::domain::decide::decide;
use jiexu::domain::event::{Event, Mint, StatementLine, What};
use jiexu::domain::forms::{
    Cancellation, CancellationReply, CancellationResult, CaseStep, Clarification, DelayNotice, DiscrepancyKind,
    FundsDiscrepancy, FundsDisposition, FundsReturn, FundsReturnReason, Insurance, LetterReturn, Objection, Operator,
    PeerNotice, ProgressQuery, ProgressReport, Receipt, ReceiptEntry, Refusal, Reminder, SheetObjection, TrackProgress,
    WaitingFor,
};
use jiexu::domain::ids::{ApplicationNo, BankTxnNo, CaseId, Digest, MessageId, PaymentRef};
use jiexu::domain::known::{Known, Sent};
use jiexu::domain::message::{Body, Form, Kind, Received};
use jiexu::domain::money::Balance;
use jiexu::domain::notice::Milestone;
use jiexu::domain::payout::{PayoutReason, PayoutRequest};
use jiexu::domain::reasons::{RefusalCode, ReturnCode};
use jiexu::domain::reference;
use jiexu::domain::register::RelationStatus;
use jiexu::domain::steps::{Steps, Way};
use jiexu::domain::time::Moment;
use jiexu::flow::site::Site;
use jiexu::handlers::{Conditions, EmbeddedRegister};
use uuid::Uuid;

use crate::support::clerk::verb;
use crate::support::people::{AGENCIES, Relation, account_of, application, code, directory, keys_of, own_account};
use crate::support::world::START;

/// The register's import says so: the months can no longer be merged without a clerk.
const STOPS: &str = "the insurance here stops";

/// The register at the outgoing agency.
pub const DIES: &str = "the register says that the person has died";
pub const BACK: &str = "the person is insured here again";
const LOOK: &str = "a look whether the earlier transfer has ended";

/// The outgoing agency takes the application.
const HANDS_OVER: &str = "an application for the other agency";

const RELEASE: &str = "a clerk releases it";
/// A state of an agency in which a person releases every step.
const REVIEWED: &str = ", to be released";

const PAYOUT: &str = "a payout is opened";
const PAYS_PERSON: &str = "bank books our payout of 40.00";
const REFUSES_PERSON: &str = "bank refuses our payout of 40.00";

/// Places in `AGENCIES`.
pub const OUT: usize = 0;
pub const IN: usize = 1;

#[derive(Clone)]
pub struct Counting {
    last: u128,
    /// The next case is the story's own, whichever side begins it.
    begins: bool,
}

/// The case that every story is about.
pub const FIRST: CaseId = CaseId(Uuid::from_u128(0xca5e));

impl Mint for Counting {
    fn message_id(&mut self, _: Moment) -> MessageId {
        self.last += 1;
        MessageId(Uuid::from_u128(self.last))
    }
    fn case_id(&mut self, _: Moment) -> CaseId {
        if std::mem::take(&mut self.begins) {
            return FIRST;
        }
        self.last += 1;
        CaseId(Uuid::from_u128(self.last))
    }
}

fn digest_of(id: MessageId) -> Digest {
    let mut digest = [0; 32];
    digest[..16].copy_from_slice(id.0.as_bytes());
    Digest(digest)
}

/// A message's own digest, or one of the event's name.
pub fn digest(what: &What, name: &str) -> Digest {
    if let What::Message(received) = what {
        return received.digest;
    }
    let mut digest = [7; 32];
    for (place, byte) in name.bytes().take(32).enumerate() {
        digest[place] = byte;
    }
    Digest(digest)
}

pub fn message(sender: usize, number: usize, body: Body) -> What {
    let id = MessageId(Uuid::from_u128((sender as u128 + 5) << 100 | number as u128));
    What::Message(Box::new(Received { id, sender: code(AGENCIES[sender].0), digest: digest_of(id), body }))
}

#[derive(Clone)]
pub struct Desk {
    known: Known,
    mint: Counting,
    site: Arc<Site>,
    last: Option<CaseId>,
    /// Every step on the way here, and every milestone told.
    pub steps: Vec<Case>,
    pub told: Vec<(Milestone, u32)>,
}

impl Desk {
    pub fn new(role: usize) -> Desk {
        Desk::with_steps(role, Steps::default())
    }

    /// Every step waits for a person.
    pub fn reviewing(role: usize) -> Desk {
        Desk::with_steps(role, Steps::all(Way::Review))
    }

    /// Some of the steps wait for a person.
    pub fn with_steps(role: usize, steps: Steps) -> Desk {
        let keys: Vec<_> = (0..AGENCIES.len()).map(keys_of).collect();
        let directory = directory(&keys);
        let conditions = Conditions { return_on_arrears: true, return_on_open_claims: true };
        let site = Arc::new(Site {
            us: code(AGENCIES[role].0),
            keys: keys_of(role),
            directory,
            calendar: tokio::sync::watch::Sender::new(Calendar::shipped()),
            limits: Limits::default(),
            steps,
            handler: Box::new(EmbeddedRegister::new(conditions)),
            now: Arc::new(|| START),
        });
        Desk {
            known: Known::default(),
            mint: Counting { last: (role as u128 + 1) << 64, begins: false },
            site,
            last: None,
            steps: vec![],
            told: vec![],
        }
    }

    pub fn now(&self) -> Moment {
        START
    }

    pub fn parts(&mut self, what: &What) -> (&mut Known, &mut Counting, &Site) {
        let is_ours = match what {
            What::Application(application) => self.site.us == code(AGENCIES[IN].0) || application.incoming.is_some(),
            What::Payout(_) => true,
            _ => false,
        };
        self.mint.begins = is_ours && self.known.case(FIRST).is_none();
        (&mut self.known, &mut self.mint, &self.site)
    }

    pub fn case(&self) -> Option<&Case> {
        self.known.case(self.last?)
    }

    fn take(&mut self, name: &str, what: What) -> Vec<Body> {
        let what = match (what, self.case()) {
            (What::Act(act), Some(case)) => What::Act(Act { version: case.version, ..act }),
            (what, _) => what,
        };
        let actor = if name == "another confirms" { "another" } else { "test" };
        let event = Event { at: START, actor: actor.into(), digest: digest(&what, name), what };
        self.decide(&event).drafts.into_iter().map(|draft| draft.body).collect()
    }

    /// Decides one event, and remembers what was sent.
    pub fn decide(&mut self, event: &Event) -> Changes {
        let (known, mint, site) = self.parts(&event.what);
        let changes = decide(event, known, &site.rules(&site.calendar()), mint);
        if let Some(case) = changes.cases.last() {
            self.last = Some(case.id);
        }
        self.steps.extend(changes.cases.iter().cloned());
        self.told.extend(changes.notices.iter().map(|notice| (notice.milestone, notice.round)));
        for draft in &changes.drafts {
            let sent = Sent {
                recipient: draft.recipient.clone(),
                digest: digest_of(draft.id),
                kind: draft.body.form.kind(),
                case: draft.body.case_id,
                closed: false,
            };
            self.known.outbox.insert(draft.id, sent);
        }
        changes
    }

    /// The register of another desk.
    fn with(mut self, other: &Desk) -> Desk {
        self.known = other.known.clone();
        self
    }

    pub fn reviewed(&self) -> Steps {
        self.site.steps
    }

    pub fn known(&self) -> &Known {
        &self.known
    }

    fn sent(&self, kind: Kind) -> MessageId {
        *self.known.outbox.iter().find(|(_, sent)| sent.kind == kind).expect("it was sent").0
    }
}

/// A state and the road to it.
pub struct Reached {
    role: usize,
    reviews: bool,
    pub after: &'static str,
    steps: Vec<(String, What)>,
}

impl Reached {
    pub fn replay(&self) -> Desk {
        let mut desk = if self.reviews { Desk::reviewing(self.role) } else { Desk::new(self.role) };
        for (name, what) in &self.steps {
            desk.take(name, what.clone());
        }
        desk
    }

    pub fn case(&self) -> Option<Case> {
        self.replay().case().cloned()
    }
}

/// The messages of one transfer, as each side received them.
pub struct Story {
    pub case: CaseId,
    to: [Vec<(&'static str, Body)>; 2],
    local: [Vec<(&'static str, What)>; 2],
}

fn receipt(id: MessageId) -> Body {
    receipt_of(id, false)
}

pub fn receipt_of(id: MessageId, refused: bool) -> Body {
    let digest = digest_of(id);
    let entry = ReceiptEntry { message_id: id, digest, received_at: START, due_on: None, provisional: false, refused };
    outside(Form::Receipt(Receipt { entries: vec![entry] }))
}

pub fn refusal(id: MessageId) -> Body {
    let codes = vec![RefusalCode::IllegalState];
    outside(Form::Refusal(Refusal { message_id: id, digest: digest_of(id), codes, retryable: false, text: None }))
}

/// What belongs to no case.
pub fn peer_notice() -> Form {
    Form::PeerNotice(Box::new(PeerNotice::Directory { version: 2 }))
}

fn outside(form: Form) -> Body {
    Body { case_id: None, letter_no: None, case_sequence: 0, in_reply_to: None, sent_at: START, form }
}

fn returned(letter: &Body, reason: ReturnCode) -> Body {
    let Form::ContactLetter(form) = &letter.form else { unreachable!("a letter") };
    let answer = LetterReturn {
        letter_no: form.letter_no.clone(),
        letter_version: 1,
        returned_on: START.china_date(),
        correctable: reason.is_correctable(),
        reasons: vec![reason.into()],
        suggested_agency: None,
        operator: Operator { id: "c1".into(), name: None, reviewer: None },
    };
    Body { form: Form::LetterReturn(Box::new(answer)), ..letter.clone() }
}

/// The amended letter, as the next message of its case.
fn amended(letter: &Body) -> Body {
    let mut body = Body { case_sequence: letter.case_sequence + 1, ..letter.clone() };
    if let Form::ContactLetter(form) = &mut body.form {
        Arc::make_mut(form).version = 2;
    }
    body
}

fn clerk() -> Operator {
    Operator { id: "c1".into(), name: None, reviewer: None }
}

fn cancellation(letter: &Body) -> Body {
    let letter_no = letter.letter_no.clone().expect("a letter no.");
    let (by, reason, cancelled_on) = (CancelledBy::Person, "本人放弃".to_owned(), START.china_date());
    let form = Cancellation { letter_no, by, reason, cancelled_on, operator: clerk() };
    Body { case_sequence: letter.case_sequence + 1, form: Form::Cancellation(Box::new(form)), ..letter.clone() }
}

fn objection(letter: &Body, sheet: &Body) -> Body {
    let Form::InformationSheet(form) = &sheet.form else { unreachable!("a sheet") };
    let text = "月数有误".to_owned();
    let objections = vec![Objection { field: "periods[0].months".into(), stated: None, expected: None, text }];
    let form = SheetObjection {
        letter_no: form.letter_no.clone(),
        sheet_no: form.sheet_no.clone(),
        sheet_version: form.version,
        objections,
        objected_on: START.china_date(),
        operator: clerk(),
    };
    Body { case_sequence: letter.case_sequence + 1, form: Form::SheetObjection(Box::new(form)), ..letter.clone() }
}

fn reply(letter: &Body, result: CancellationResult) -> Body {
    let letter_no = letter.letter_no.clone().expect("a letter no.");
    let form = CancellationReply { letter_no, result, text: None, replied_on: START.china_date(), operator: clerk() };
    Body { form: Form::CancellationReply(Box::new(form)), ..letter.clone() }
}

/// What one agency may write the other beside the forms; the step that the reminder asks for is the reader's.
fn written(letter: &Body, step: CaseStep) -> Vec<(&'static str, Body)> {
    let letter_no = letter.letter_no.clone();
    let (today, operator) = (START.china_date(), clerk());
    let text = "请说明".to_owned();
    let clarification = |is_answer| Clarification {
        letter_no: letter_no.clone(),
        is_answer,
        about: None,
        field: Some("periods[0].months".into()),
        text: text.clone(),
        operator: clerk(),
    };
    let reminder = Reminder { letter_no: letter_no.clone(), step, due_on: today, overdue: 0, level: 1, text: None };
    let delay = DelayNotice {
        letter_no: letter_no.clone(),
        step: CaseStep::Sheet,
        reason: "核实中".into(),
        expected_on: today,
        operator,
    };
    let report =
        ProgressReport { letter_no: letter_no.clone(), known: true, relation: None, money: None, reasons: vec![] };
    let query = ProgressQuery { letter_no: letter_no.clone(), text: None };
    let forms = [
        ("Reminder", Form::Reminder(Box::new(reminder))),
        ("DelayNotice", Form::DelayNotice(Box::new(delay))),
        ("Clarification, a question", Form::Clarification(Box::new(clarification(false)))),
        ("Clarification, an answer", Form::Clarification(Box::new(clarification(true)))),
        ("ProgressQuery", Form::ProgressQuery(Box::new(query))),
        ("ProgressReport", Form::ProgressReport(Box::new(report))),
    ];
    let body = |form| Body { case_sequence: letter.case_sequence + 1, form, ..letter.clone() };
    forms.into_iter().map(|(name, form)| (name, body(form))).collect()
}

fn refused_by_the_bank(mut line: What) -> What {
    if let What::Statement(line) = &mut line {
        line.refused = true;
    }
    line
}

/// What the incoming agency sends back, under a reference of its own.
fn of_the_return(mut line: What, letter: &Body) -> What {
    if let What::Statement(line) = &mut line {
        line.payment_ref = Some(reference::giving_back(letter.case_id.expect("a case"), 1));
    }
    line
}

/// Money on our own account that names our own payment.
fn given_back(line: What, payee: &str) -> What {
    match line {
        What::Statement(line) => What::Statement(StatementLine { payee_account: payee.to_owned(), ..line }),
        other => other,
    }
}

/// The reference of the second attempt.
fn second(first: &PaymentRef) -> PaymentRef {
    PaymentRef::new(&format!("{}-2", &first.as_str()[..first.as_str().len() - 2])).expect("a reference")
}

/// The notice of the next attempt, which its payment reference tells apart.
fn sent_again(notice: &Body) -> Body {
    let mut body = Body { case_sequence: notice.case_sequence + 2, ..notice.clone() };
    if let Form::RemittanceNotice(form) = &mut body.form {
        (form.attempt, form.payment_ref) = (2, second(&form.payment_ref));
    }
    body
}

/// The same line of the second attempt.
fn of_the_second(mut line: What) -> What {
    if let What::Statement(line) = &mut line {
        line.payment_ref = line.payment_ref.as_ref().map(second);
    }
    line
}

fn unnamed(mut line: What) -> What {
    if let What::Statement(line) = &mut line {
        (line.payment_ref, line.remark) = (None, "转账".into());
    }
    line
}

fn without_money(sheet: &Body) -> Body {
    let mut body = sheet.clone();
    if let Form::InformationSheet(form) = &mut body.form {
        let form = Arc::make_mut(form);
        (form.disposition, form.amount, form.payer) = (FundsDisposition::ZeroBalance, None, None);
    }
    body
}

pub fn register(role: usize, status: RelationStatus, balance: i64) -> Vec<(String, What)> {
    let mut relation = Relation::new(1, Insurance::Employee, status);
    relation.months = Some((202_001, 202_412));
    relation.balance = Balance(balance);
    let events = relation.events(&code(AGENCIES[role].0)).into_iter().enumerate();
    events.map(|(number, what)| (format!("register {number}"), what)).collect()
}

pub fn apply(number: u32) -> What {
    let kinds = (Insurance::Employee, Insurance::Employee);
    What::Application(application(number, 1, AGENCIES[OUT].0, kinds, START.china_date()))
}

/// At the agency of the story's outgoing case: a transfer of the same person to it, from a third one.
pub fn apply_here(number: u32) -> What {
    let kinds = (Insurance::Employee, Insurance::Employee);
    What::Application(application(number, 1, AGENCIES[2].0, kinds, START.china_date()))
}

/// The third agency returns the letter of that transfer for good.
pub fn end_of_the_other(desk: &Desk, story: CaseId, number: usize) -> Option<What> {
    let is_other = |case: &&Case| case.id != story && case.peer == code(AGENCIES[2].0) && case.holds_person();
    let other = desk.known.cases().find(is_other)?;
    let Side::Incoming(Incoming::Waiting(waiting)) = &other.side else { return None };
    let answer = LetterReturn {
        letter_no: waiting.letter.letter_no.clone(),
        letter_version: waiting.letter.version,
        returned_on: START.china_date(),
        correctable: false,
        reasons: vec![ReturnCode::Retired.into()],
        suggested_agency: None,
        operator: clerk(),
    };
    let body = Body {
        case_id: Some(other.id),
        letter_no: Some(other.letter_no.clone()),
        case_sequence: other.heard + 1,
        in_reply_to: None,
        sent_at: START,
        form: Form::LetterReturn(Box::new(answer)),
    };
    Some(message(2, 900 + number, body))
}

/// 再次参保, from today on.
fn insured_again() -> What {
    let mut relation = Relation::new(1, Insurance::Employee, RelationStatus::Active);
    relation.status_on = START.china_date();
    relation.events(&code(AGENCIES[OUT].0)).remove(0)
}

/// Taken at the outgoing agency, for the incoming one.
pub fn hand_over(number: u32, person: u32) -> What {
    let kinds = (Insurance::Employee, Insurance::Employee);
    let form = application(number, 1, AGENCIES[OUT].0, kinds, START.china_date());
    let name = crate::support::people::name_of(person);
    What::Application(jiexu::domain::event::Application { incoming: Some(code(AGENCIES[IN].0)), name, ..form })
}

/// The balance goes to the person.
fn payout(number: u32) -> What {
    let relation = Relation::new(1, Insurance::Employee, RelationStatus::Stopped);
    What::Payout(PayoutRequest {
        payout_no: ApplicationNo::new(&format!("B{number:05}")).expect("a number"),
        person_no: relation.person_no(&code(AGENCIES[OUT].0)),
        why: PayoutReason::OffExchange,
        account: own_account(1),
        reason: Why("本人申请".into()),
    })
}

/// The incoming agency turns down what was handed over.
fn turned_down(letter: &Body) -> Body {
    let track = TrackProgress { state: "REJECTED".into(), since: START, due_on: None, waiting_for: WaitingFor::Nobody };
    let reasons = vec![ReturnCode::NotEnrolled.into()];
    let report = ProgressReport { letter_no: None, known: true, relation: Some(track), money: None, reasons };
    Body { form: Form::ProgressReport(Box::new(report)), letter_no: None, ..letter.clone() }
}

/// Runs one transfer of 40.00 between the two desks and keeps what was said.
pub fn tell() -> Story {
    let (mut here, mut there) = (Desk::new(IN), Desk::new(OUT));
    for (name, what) in register(IN, RelationStatus::Active, 0) {
        here.take(&name, what);
    }
    for (name, what) in register(OUT, RelationStatus::Stopped, 4_000) {
        there.take(&name, what);
    }
    let letter = here.take("application", apply(1)).remove(0);
    let handed = Desk::new(OUT).with(&there).take("handover", hand_over(1, 1)).remove(0);
    let sheet = there.take("letter", message(IN, 200, letter.clone())).remove(0);
    here.take("sheet", message(OUT, 201, sheet.clone()));
    let sheet_receipt = receipt(there.sent(Kind::InformationSheet));
    let remittance = there.take("receipt", message(IN, 202, sheet_receipt.clone())).remove(0);
    let Form::RemittanceNotice(notice) = &remittance.form else { unreachable!("a notice") };
    let (payer, payee) = (account_of(AGENCIES[OUT].0), account_of(AGENCIES[IN].0));
    let line = |txn: &str, fen: i64, payer_name: &str| {
        What::Statement(StatementLine {
            bank_txn_no: BankTxnNo::new(txn).expect("a number"),
            booked_on: START.china_date(),
            payer_name: payer_name.into(),
            payer_account: payer.number.clone(),
            payee_account: payee.number.clone(),
            amount: Balance(fen),
            remark: "医保转移".into(),
            payment_ref: Some(notice.payment_ref.clone()),
            refused: false,
        })
    };
    let line_to = |account: &str, txn: &str| {
        let What::Statement(known) = line(txn, -4_000, &payer.name) else { unreachable!("a line") };
        What::Statement(StatementLine { payee_account: account.to_owned(), ..known })
    };
    here.take("remittance", message(OUT, 203, remittance.clone()));
    let money = line("T1", 4_000, &payer.name);
    let completion = here.take("money", money.clone()).remove(0);
    let mut to_in = vec![
        ("ApplicationNotice", handed),
        ("LetterReturn NOT_STOPPED", returned(&letter, ReturnCode::NotStopped)),
        ("LetterReturn LETTER_INCOMPLETE", returned(&letter, ReturnCode::LetterIncomplete)),
        ("LetterReturn RETIRED", returned(&letter, ReturnCode::Retired)),
        ("InformationSheet", sheet.clone()),
        ("InformationSheet without money", without_money(&sheet)),
        ("RemittanceNotice", remittance.clone()),
        ("RemittanceNotice, attempt 2", sent_again(&remittance)),
        ("CompletionNotice", completion.clone()),
        ("CancellationReply AGREED", reply(&letter, CancellationResult::Agreed)),
        ("CancellationReply REFUSED_REMITTED", reply(&letter, CancellationResult::RefusedRemitted)),
        ("Receipt of the letter", receipt(here.sent(Kind::ContactLetter))),
        ("Receipt of the completion", receipt(here.sent(Kind::CompletionNotice))),
        ("Refusal of the letter", refusal(here.sent(Kind::ContactLetter))),
    ];
    let mut to_out = vec![
        ("ContactLetter", letter.clone()),
        ("ContactLetter, amended", amended(&letter)),
        ("Cancellation", cancellation(&letter)),
        ("SheetObjection", objection(&letter, &sheet)),
        ("CompletionNotice", completion),
        ("InformationSheet", sheet),
        ("RemittanceNotice", remittance.clone()),
        ("LetterReturn NOT_STOPPED", returned(&letter, ReturnCode::NotStopped)),
        ("Receipt of the sheet", sheet_receipt),
        ("Receipt of the sheet, refused", receipt_of(there.sent(Kind::InformationSheet), true)),
        ("Refusal of the sheet", refusal(there.sent(Kind::InformationSheet))),
    ];
    let returned = FundsReturn {
        letter_no: letter.letter_no.clone(),
        amount: notice.amount,
        reason: FundsReturnReason::Bank,
        text: None,
        payment_ref: Some(notice.payment_ref.clone()),
        bank_txn_no: None,
        return_ref: None,
        returned_on: START.china_date(),
        will_be_resent: true,
        operator: clerk(),
    };
    let returned = Body {
        case_sequence: remittance.case_sequence + 1,
        form: Form::FundsReturn(Box::new(returned)),
        ..remittance.clone()
    };
    to_in.push(("FundsReturn", returned));
    to_in.extend(written(&letter, CaseStep::Completion));
    to_out.push(("ProgressReport REJECTED", turned_down(&letter)));
    let short = FundsDiscrepancy {
        letter_no: letter.letter_no.clone(),
        kind: DiscrepancyKind::Short,
        expected: None,
        received: None,
        lines: vec![],
        text: None,
        found_on: START.china_date(),
        operator: clerk(),
    };
    let short = Body { case_sequence: 2, form: Form::FundsDiscrepancy(Box::new(short)), ..letter.clone() };
    to_out.push(("FundsDiscrepancy SHORT", short));
    let sent_back = FundsReturn {
        letter_no: letter.letter_no.clone(),
        amount: notice.amount,
        reason: FundsReturnReason::WrongName,
        text: None,
        payment_ref: Some(notice.payment_ref.clone()),
        bank_txn_no: None,
        return_ref: Some(reference::giving_back(letter.case_id.expect("a case"), 1)),
        returned_on: START.china_date(),
        will_be_resent: false,
        operator: clerk(),
    };
    let back = |form| Body { case_sequence: 2, form: Form::FundsReturn(Box::new(form)), ..letter.clone() };
    to_out.push(("FundsReturn WRONG_NAME", back(sent_back.clone())));
    to_out.push(("FundsReturn EXCESS", back(FundsReturn { reason: FundsReturnReason::Excess, ..sent_back.clone() })));
    to_out.push(("FundsReturn without a reference", back(FundsReturn { return_ref: None, ..sent_back })));
    to_out.extend(written(&letter, CaseStep::Sheet));
    let decide = |word: &str| {
        let verb = verb(word).expect("a verb");
        What::Act(Act { case: letter.case_id.expect("a case"), version: 0, verb, reason: Why("核实".into()) })
    };
    let look_again = || What::LookAgain { case: letter.case_id.expect("a case"), version: 0 };
    let local_in = vec![
        (RELEASE, decide("release")),
        (LOOK, look_again()),
        ("a clerk objects", decide("object")),
        ("a clerk cancels", decide("cancel")),
        ("a clerk closes", decide("close")),
        ("the same application", apply(1)),
        ("another application", apply(2)),
        (STOPS, register(IN, RelationStatus::Stopped, 0).remove(0).1),
        ("bank line of 40.00", money),
        ("bank line of 39.99", line("T2", 3_999, &payer.name)),
        ("bank line that names nothing", unnamed(line("T7", 4_000, &payer.name))),
        ("bank line from another payer", line("T3", 4_000, "某某贸易有限公司")),
    ];
    let local_out = vec![
        (RELEASE, decide("release")),
        (DIES, register(OUT, RelationStatus::Deceased, 0).remove(0).1),
        (BACK, insured_again()),
        (LOOK, look_again()),
        (PAYOUT, payout(1)),
        ("another payout is opened", payout(2)),
        (PAYS_PERSON, line_to(&own_account(1).0.number, "T6")),
        (REFUSES_PERSON, refused_by_the_bank(line_to(&own_account(1).0.number, "T8"))),
        ("bank books our second payout of 40.00", of_the_second(line_to(&own_account(1).0.number, "T9"))),
        (HANDS_OVER, hand_over(1, 1)),
        ("an application under another name", hand_over(2, 7)),
        ("a clerk withdraws", decide("withdraw")),
        ("another confirms", decide("confirm")),
        ("a clerk proposes to issue", decide("issue")),
        ("bank books our 40.00", line("T4", -4_000, &payer.name)),
        ("bank books 39.99 instead", line("T5", -3_999, &payer.name)),
        ("bank books our second 40.00", of_the_second(line("T13", -4_000, &payer.name))),
        ("bank refuses our second 40.00", of_the_second(refused_by_the_bank(line("T14", -4_000, &payer.name)))),
        ("bank refuses our 40.00", refused_by_the_bank(line("T10", -4_000, &payer.name))),
        ("bank gives our 40.00 back", given_back(line("T11", 4_000, &payee.name), &payer.number)),
        (
            "the incoming agency's 40.00",
            of_the_return(given_back(line("T15", 4_000, &payee.name), &payer.number), &letter),
        ),
        ("bank gives 39.99 back", given_back(line("T12", 3_999, &payee.name), &payer.number)),
    ];
    Story { case: letter.case_id.expect("a case"), to: [to_out, to_in], local: [local_out, local_in] }
}

/// The state's name, what is there before, and the events that lead to it.
type Road = (&'static str, Vec<(String, What)>, Vec<&'static str>);

impl Story {
    pub fn bodies(&self, role: usize) -> &[(&'static str, Body)] {
        &self.to[role]
    }

    pub fn local(&self, role: usize) -> Vec<(String, What)> {
        self.local[role].iter().map(|(name, what)| ((*name).to_owned(), what.clone())).collect()
    }

    fn step(&self, role: usize, name: &str) -> (String, What) {
        if let Some((_, what)) = self.local[role].iter().find(|(known, _)| *known == name) {
            return (name.to_owned(), what.clone());
        }
        let bodies = &self.to[role];
        let at = bodies.iter().position(|(known, _)| *known == name).expect("a known step");
        (name.to_owned(), message(1 - role, 300 + at, bodies[at].1.clone()))
    }

    /// Every state of a role, each by the road that a real case takes.
    pub fn states(&self, role: usize) -> Vec<Reached> {
        use RelationStatus::{Active, Stopped};
        let apply = "the same application";
        let sheet = "InformationSheet";
        let roads: Vec<Road> = if role == IN {
            let active = || register(IN, Active, 0);
            let left = || register(IN, Stopped, 0);
            vec![
                ("nothing", active(), vec![]),
                ("an application of somebody not enrolled", left(), vec![apply]),
                ("the application", active(), vec![apply]),
                ("an application that was handed over", active(), vec!["ApplicationNotice"]),
                ("a handover of somebody not enrolled", left(), vec!["ApplicationNotice"]),
                ("the letter's receipt", active(), vec![apply, "Receipt of the letter"]),
                ("a return that can be corrected", active(), vec![apply, "LetterReturn NOT_STOPPED"]),
                ("the clerk's objection", active(), vec![apply, STOPS, sheet, "a clerk objects"]),
                ("the clerk's cancellation", active(), vec![apply, "a clerk cancels"]),
                ("the sheet of a case being cancelled", active(), vec![apply, "a clerk cancels", sheet]),
                ("a question", active(), vec![apply, "Clarification, a question"]),
                ("the cancellation's grant", active(), vec![apply, "a clerk cancels", "CancellationReply AGREED"]),
                ("the clerk's close", active(), vec![apply, "LetterReturn NOT_STOPPED", "a clerk closes"]),
                ("a final return", active(), vec![apply, "LetterReturn RETIRED"]),
                ("the sheet", active(), vec![apply, sheet]),
                ("the notice", active(), vec![apply, sheet, "RemittanceNotice"]),
                ("money short", active(), vec![apply, sheet, "RemittanceNotice", "bank line of 39.99"]),
                ("the return", active(), vec![apply, sheet, "RemittanceNotice", "FundsReturn"]),
                ("the money", active(), vec![apply, sheet, "RemittanceNotice", "bank line of 40.00"]),
                ("a sheet that a clerk must check", active(), vec![apply, STOPS, sheet]),
                (
                    "the money before the clerk",
                    active(),
                    vec![apply, STOPS, sheet, "RemittanceNotice", "bank line of 40.00"],
                ),
                ("a sheet without money", active(), vec![apply, "InformationSheet without money"]),
                (
                    "an objection after completion",
                    active(),
                    vec![apply, sheet, "RemittanceNotice", "bank line of 40.00", "a clerk objects"],
                ),
                ("an application, to be released", active(), vec![apply]),
                ("a handover, to be released", active(), vec!["ApplicationNotice"]),
                ("the sheet, to be released", active(), vec![apply, RELEASE, sheet]),
                (
                    "the money, to be released",
                    active(),
                    vec![apply, RELEASE, sheet, RELEASE, "RemittanceNotice", "bank line of 40.00"],
                ),
                (
                    "the credit, to be released",
                    active(),
                    vec![apply, RELEASE, sheet, RELEASE, "RemittanceNotice", "bank line of 40.00", RELEASE],
                ),
                (
                    "the merge without money, to be released",
                    active(),
                    vec![apply, RELEASE, "InformationSheet without money", RELEASE],
                ),
            ]
        } else {
            let rich = || register(OUT, Stopped, 4_000);
            let (receipt, booked) = ("Receipt of the sheet", "bank books our 40.00");
            let crossed = || {
                let mut start = register(OUT, Active, 4_000);
                start.push(("an application here".to_owned(), apply_here(8)));
                start.extend(register(OUT, Stopped, 4_000));
                start
            };
            vec![
                ("nothing", rich(), vec![]),
                ("the payout", rich(), vec![PAYOUT]),
                ("the payout's withdrawal", rich(), vec![PAYOUT, "a clerk withdraws"]),
                ("the payout's confirmation", rich(), vec![PAYOUT, "another confirms"]),
                ("the bank's refusal of the payout", rich(), vec![PAYOUT, "another confirms", REFUSES_PERSON]),
                ("the bank's word on the payout", rich(), vec![PAYOUT, "another confirms", PAYS_PERSON]),
                ("the handover", rich(), vec![HANDS_OVER]),
                ("the handover turned down", rich(), vec![HANDS_OVER, "ProgressReport REJECTED"]),
                ("the letter after a handover", rich(), vec![HANDS_OVER, "ContactLetter"]),
                ("a letter for somebody still insured", register(OUT, Active, 4_000), vec!["ContactLetter"]),
                (
                    "a letter that a clerk must check",
                    register(OUT, Stopped, 4_000)[..1].to_vec(),
                    vec!["ContactLetter"],
                ),
                (
                    "a clerk's proposal",
                    register(OUT, Stopped, 4_000)[..1].to_vec(),
                    vec!["ContactLetter", "a clerk proposes to issue"],
                ),
                ("a letter while a transfer to us is open", crossed(), vec!["ContactLetter"]),
                ("the letter", rich(), vec!["ContactLetter"]),
                ("the sheet's receipt after a death", rich(), vec!["ContactLetter", DIES, receipt]),
                ("the objection", rich(), vec!["ContactLetter", receipt, "SheetObjection"]),
                ("the cancellation", rich(), vec!["ContactLetter", "Cancellation"]),
                ("the sheet's receipt", rich(), vec!["ContactLetter", receipt]),
                ("our bank's word", rich(), vec!["ContactLetter", receipt, booked]),
                ("our bank's refusal", rich(), vec!["ContactLetter", receipt, "bank refuses our 40.00"]),
                ("the money back", rich(), vec!["ContactLetter", receipt, booked, "bank gives our 40.00 back"]),
                ("the completion", rich(), vec!["ContactLetter", receipt, booked, "CompletionNotice"]),
                (
                    "an objection after completion",
                    rich(),
                    vec!["ContactLetter", receipt, booked, "CompletionNotice", "SheetObjection"],
                ),
                ("a letter, balance zero", register(OUT, Stopped, 0), vec!["ContactLetter"]),
                ("the sheet's receipt, balance zero", register(OUT, Stopped, 0), vec!["ContactLetter", receipt]),
                ("the letter, to be released", rich(), vec!["ContactLetter"]),
                (
                    "a letter for somebody still insured, to be released",
                    register(OUT, Active, 4_000),
                    vec!["ContactLetter"],
                ),
                ("the sheet's receipt, to be released", rich(), vec!["ContactLetter", RELEASE, receipt]),
            ]
        };
        let road = |(after, start, names): (&'static str, Vec<(String, What)>, Vec<&str>)| {
            let steps = start.into_iter().chain(names.into_iter().map(|name| self.step(role, name))).collect();
            Reached { role, reviews: after.ends_with(REVIEWED), after, steps }
        };
        roads.into_iter().map(road).collect()
    }
}
