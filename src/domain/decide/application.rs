//! 转移申请: the incoming agency checks it against its register and sends the letter, or turns it down. Taken at the
//! outgoing agency, it is handed over, and checked there in the same way.

use std::sync::Arc;

use super::Taking;
use super::correspondence;
use super::desk::Desk;
use super::review;
use crate::domain::case::incoming::{Answer, Applied, Rejected, Waiting};
use crate::domain::case::outgoing::{self, HandedOver};
use crate::domain::case::{Case, Incoming, Outgoing, Side};
use crate::domain::changes::Declined;
use crate::domain::deadlines::{Clock, Deadline, OutgoingClock};
use crate::domain::directory::Agency;
use crate::domain::event::Application;
use crate::domain::forms::{AgencyRef, ApplicationNotice, Channel, ContactLetter, Operator, Person};
use crate::domain::handler::Acceptance;
use crate::domain::ids::{AgencyCode, CaseId, LetterNo, MessageId, PersonNo};
use crate::domain::message::{Form, Received};
use crate::domain::reasons::{Reason, RefusalCode, ReturnCode};
use crate::domain::register::InsuredPerson;
use crate::domain::steps::Step;

pub fn take(desk: &mut Desk<'_>, application: &Application) {
    let Some(us) = desk.rules.directory.agency(desk.rules.us).cloned() else {
        return desk.decline(Declined::new(
            "NOT_IN_DIRECTORY",
            "本机构不在机构目录中，无法发函",
            "we are not in the agency directory; no letter can be sent",
        ));
    };
    let incoming = application.incoming.as_ref().unwrap_or(&us.code);
    let other = if *incoming == us.code { &application.outgoing } else { incoming };
    let Some(peer) = desk.rules.directory.agency(other).cloned() else {
        return desk.decline(Declined::new(
            "AGENCY_UNKNOWN",
            "机构目录中没有该经办机构；请核对机构代码",
            "the other agency is not in the directory; check its code",
        ));
    };
    if *incoming != us.code {
        return hand_over(desk, application, &us, &peer);
    }
    let opening = Opening { id: desk.case_id_for(&application.application_no), heard: 0, notice: None };
    match check(desk, application, &us, &peer, None) {
        Ok(person_no) => accepted(desk, application, (&us, &peer), person_no, &opening),
        Err(_) if desk.was_accepted(&application.application_no) => {}
        Err(reasons) => reject(desk, application, reasons, &opening),
    }
}

/// How a case begins: under an id of ours, or under the one that the notice set.
struct Opening {
    id: CaseId,
    heard: u32,
    /// The message that set it.
    notice: Option<MessageId>,
}

/// 转移申请通知单 at the incoming agency: checked as if the person had applied here.
pub fn notice(desk: &mut Desk<'_>, received: &Received, notice: &ApplicationNotice, id: CaseId) -> Taking {
    if notice.outgoing.code != received.sender
        || notice.incoming.code != *desk.rules.us
        || received.body.letter_no.is_some()
        || received.body.case_sequence != 1
    {
        return Taking::Refused(RefusalCode::BadContent);
    }
    let directory = desk.rules.directory;
    let (Some(us), Some(peer)) = (directory.agency(desk.rules.us), directory.agency(&received.sender)) else {
        return Taking::Refused(RefusalCode::NotAParty);
    };
    let application = Application {
        application_no: notice.application_no.clone(),
        applied_on: notice.applied_on,
        channel: notice.channel.word().to_owned(),
        document: notice.person.document.clone(),
        name: notice.person.name.clone(),
        outgoing: received.sender.clone(),
        incoming: None,
        insurance_out: notice.insurance_out,
        insurance_in: notice.insurance_in,
        certificate_no: notice.certificate_no.clone(),
        phone: notice.person.phone.clone(),
    };
    let opening = Opening { id, heard: received.body.case_sequence, notice: Some(received.id) };
    match check(desk, &application, us, peer, None) {
        Ok(person_no) => accepted(desk, &application, (us, peer), person_no, &opening),
        Err(reasons) => {
            let mut case = rejected(desk, &application, reasons, &opening);
            let report = correspondence::report(&case);
            desk.send(&mut case, Some(received.id), Form::ProgressReport(Box::new(report)));
            desk.step(case);
        }
    }
    Taking::Applied
}

/// 转交: taken here at the outgoing agency, for the incoming one to decide.
fn hand_over(desk: &mut Desk<'_>, application: &Application, us: &Agency, peer: &Agency) {
    if application.outgoing != us.code {
        return desk.decline(Declined::new(
            "NOT_OUR_APPLICATION",
            "转出地和转入地都不是本机构；请核对机构代码",
            "neither the outgoing nor the incoming agency is this one; check their codes",
        ));
    }
    let found = may_be_handed_over(desk, application, peer);
    let notice = ApplicationNotice {
        application_no: application.application_no.clone(),
        applied_on: application.applied_on,
        channel: Channel::from_words(&application.channel),
        person: person_of(application),
        insurance_out: application.insurance_out,
        insurance_in: application.insurance_in,
        outgoing: agency_ref(us),
        incoming: agency_ref(peer),
        certificate_no: application.certificate_no.clone(),
        operator: Desk::auto(),
    };
    let opening = Opening { id: desk.case_id_for(&application.application_no), heard: 0, notice: None };
    let letter_no = desk.new_number('H');
    let case = match found {
        Err(_) if desk.was_accepted(&application.application_no) => return,
        Err(reasons) => {
            let rejected = outgoing::Rejected { application: notice, reasons };
            begun(desk, &opening, &peer.code, letter_no, Side::Outgoing(Outgoing::Rejected(Box::new(rejected))))
        }
        Ok(person_no) => {
            let handed = Outgoing::HandedOver(Box::new(HandedOver { application: notice.clone() }));
            let mut case = begun(desk, &opening, &peer.code, letter_no, Side::Outgoing(handed));
            case.person_no = Some(person_no);
            // The other agency's T0, as we wait for it.
            case.start(Deadline::letter(desk.rules.calendar, desk.rules.limits, desk.today));
            desk.send(&mut case, None, Form::ApplicationNotice(Box::new(notice)));
            case
        }
    };
    desk.step(case);
}

/// The person here, or why nobody need be asked.
fn may_be_handed_over(desk: &Desk<'_>, application: &Application, peer: &Agency) -> Result<PersonNo, Vec<Reason>> {
    if desk.rules.directory.same_pool(desk.rules.us, &peer.code) {
        return Err(vec![ReturnCode::SamePool.into()]);
    }
    let subject = desk.known.subject(&application.document);
    let person_no = match desk.rules.handler.hand_over(application, &subject) {
        Acceptance::Accept(person_no) => person_no,
        Acceptance::Reject(reasons) => return Err(reasons),
    };
    if desk.known.cases_holding(&person_no).next().is_some() {
        return Err(vec![ReturnCode::CaseConflict.into()]);
    }
    Ok(person_no)
}

/// A case as it begins, before anything was sent for it.
fn begun(desk: &Desk<'_>, opening: &Opening, peer: &AgencyCode, letter_no: LetterNo, side: Side) -> Case {
    Case { heard: opening.heard, ..Case::begin(opening.id, peer.clone(), letter_no, desk.at, side) }
}

/// The person here, or why the application is turned down; `own` is its case, once it has one.
fn check(
    desk: &Desk<'_>,
    application: &Application,
    us: &Agency,
    peer: &Agency,
    own: Option<CaseId>,
) -> Result<PersonNo, Vec<Reason>> {
    if us.code == peer.code || desk.rules.directory.same_pool(&us.code, &peer.code) {
        return Err(vec![ReturnCode::SamePool.into()]);
    }
    let subject = desk.known.subject(&application.document);
    let person_no = match desk.rules.handler.accept(application, &subject) {
        Acceptance::Accept(person_no) => person_no,
        Acceptance::Reject(reasons) => return Err(reasons),
    };
    // One transfer of a person at a time: the balance must not leave twice, nor arrive from two sides at once.
    if desk.known.cases_holding(&person_no).any(|other| Some(other.id) != own) {
        return Err(vec![ReturnCode::CaseConflict.into()]);
    }
    Ok(person_no)
}

fn person_of(application: &Application) -> Person {
    Person {
        name: application.name.clone(),
        document: application.document.clone(),
        birth_date: application.document.birth_date(),
        sex: application.document.sex(),
        personal_no: None,
        phone: application.phone.clone(),
    }
}

fn reject(desk: &mut Desk<'_>, application: &Application, reasons: Vec<Reason>, opening: &Opening) {
    let case = rejected(desk, application, reasons, opening);
    desk.step(case);
}

fn rejected(desk: &mut Desk<'_>, application: &Application, reasons: Vec<Reason>, opening: &Opening) -> Case {
    let letter_no = desk.new_letter_no();
    let side = Side::Incoming(Incoming::Rejected(Rejected {
        application_no: application.application_no.clone(),
        applied_on: application.applied_on,
        person: person_of(application),
        reasons,
    }));
    begun(desk, opening, &application.outgoing, letter_no, side)
}

/// May be accepted: the letter leaves, or a person is asked first.
fn accepted(
    desk: &mut Desk<'_>,
    application: &Application,
    (us, peer): (&Agency, &Agency),
    person_no: PersonNo,
    opening: &Opening,
) {
    let letter_no = desk.letter_no_for(&application.application_no);
    let applied = Applied { application: application.clone(), person: person_of(application), notice: opening.notice };
    let side = Side::Incoming(Incoming::Applied(Box::new(applied.clone())));
    let mut case = begun(desk, opening, &peer.code, letter_no, side);
    case.person_no = Some(person_no.clone());
    case.start(Deadline::letter(desk.rules.calendar, desk.rules.limits, desk.today));
    if review::holds(desk, &mut case, Step::Letter) {
        return desk.step(case);
    }
    send_letter(desk, case, &applied, (us, peer), (person_no, Desk::auto()));
}

/// 放行: accepted today, by the register as it is now.
pub fn release(desk: &mut Desk<'_>, case: Case, applied: Applied, operator: Operator) -> Result<(), Declined> {
    let directory = desk.rules.directory;
    let (Some(us), Some(peer)) = (directory.agency(desk.rules.us), directory.agency(&case.peer)) else {
        return Err(Declined::new(
            "NOT_IN_DIRECTORY",
            "本机构或对方机构不在机构目录中，无法发函",
            "we or the other agency are not in the directory; no letter can be sent",
        ));
    };
    let applied = as_registered(desk, &case, applied);
    let Ok(person_no) = check(desk, &applied.application, us, peer, Some(case.id)) else {
        return Err(Declined::new(
            "NOT_ACCEPTABLE",
            "按现在的登记不能受理；请更正登记，或不予受理（reject）",
            "the register as it is now does not allow it; mend the register, or turn it down (reject)",
        ));
    };
    send_letter(desk, case, &applied, (us, peer), (person_no, operator));
    Ok(())
}

/// The application with name and document as they were corrected in the register since. One that was handed over stays
/// as it came: the agency that wrote it would not know the person of our letter.
fn as_registered(desk: &Desk<'_>, case: &Case, applied: Applied) -> Applied {
    let registered = case.person_no.as_ref().and_then(|person| desk.known.registered(person));
    let is_corrected = |known: &&InsuredPerson| {
        applied.notice.is_none() && (known.name != applied.person.name || known.document != applied.person.document)
    };
    let Some(known) = registered.map(|known| &known.person).filter(is_corrected) else { return applied };
    let person = known.identity_for(applied.person);
    let application =
        Application { name: person.name.clone(), document: person.document.clone(), ..applied.application };
    Applied { application, person, ..applied }
}

/// 不予受理 by a person; who handed it over is told.
pub fn turn_down(desk: &mut Desk<'_>, case: &mut Case, applied: Applied, reasons: Vec<Reason>) {
    let Applied { application, person, notice } = applied;
    case.side = Side::Incoming(Incoming::Rejected(Rejected {
        application_no: application.application_no,
        applied_on: application.applied_on,
        person,
        reasons,
    }));
    case.meet(Clock::Letter, desk.today);
    if let Some(notice) = notice {
        let report = correspondence::report(case);
        desk.send(case, Some(notice), Form::ProgressReport(Box::new(report)));
    }
}

fn send_letter(
    desk: &mut Desk<'_>,
    mut case: Case,
    applied: &Applied,
    (us, peer): (&Agency, &Agency),
    (person_no, operator): (PersonNo, Operator),
) {
    let application = &applied.application;
    let enrolled_since = desk.known.registered(&person_no).map_or(desk.today, |known| known.person.status_on);
    let funds_requested = application.insurance_out.is_employee();
    let letter = ContactLetter {
        letter_no: case.letter_no.clone(),
        version: 1,
        issued_on: desk.today,
        application_no: application.application_no.clone(),
        accepted_on: desk.today,
        person: Person { personal_no: Some(person_no.to_string()), ..applied.person.clone() },
        insurance_out: application.insurance_out,
        insurance_in: application.insurance_in,
        enrolled_since,
        outgoing: agency_ref(peer),
        incoming: agency_ref(us),
        funds_requested,
        payee: funds_requested.then(|| us.receiving_account().cloned()).flatten(),
        certificate_no: application.certificate_no.clone(),
        operator,
    };
    let letter = desk.letter_as_said(&case, letter);
    case.side = Side::Incoming(Incoming::Waiting(Waiting { letter: Arc::clone(&letter), answer: Answer::None }));
    case.person_no = Some(person_no);
    case.start(outgoing_clock(desk));
    case.start(Deadline::whole(desk.rules.calendar, desk.rules.limits, desk.today));
    desk.send(&mut case, None, Form::ContactLetter(letter));
    case.meet(Clock::Letter, desk.today);
    desk.step(case);
}

/// T1 as the incoming agency sees it, from the day its letter leaves.
pub fn outgoing_clock(desk: &Desk<'_>) -> Deadline {
    OutgoingClock::start(desk.rules.calendar, desk.rules.limits, desk.today, desk.today).deadline
}

pub fn agency_ref(agency: &Agency) -> AgencyRef {
    AgencyRef {
        division: agency.division.clone(),
        code: agency.code.clone(),
        name: agency.name.clone(),
        contact: agency.contact.clone(),
        phone: agency.phone.clone(),
    }
}
