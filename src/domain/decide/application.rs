//! 转移申请: the incoming agency checks it against its register and sends the letter, or turns it down.

use std::sync::Arc;

use super::desk::Desk;
use crate::domain::case::correspondence::Correspondence;
use crate::domain::case::incoming::{Answer, Rejected, Waiting};
use crate::domain::case::{Case, Incoming, Side};
use crate::domain::changes::Declined;
use crate::domain::deadlines::{Clock, Deadline, OutgoingClock};
use crate::domain::directory::Agency;
use crate::domain::event::Application;
use crate::domain::forms::{AgencyRef, ContactLetter, Person};
use crate::domain::handler::Acceptance;
use crate::domain::ids::PersonNo;
use crate::domain::message::Form;
use crate::domain::reasons::{Reason, ReturnCode};

pub fn take(desk: &mut Desk<'_>, application: &Application) {
    let Some(us) = desk.rules.directory.agency(desk.rules.us).cloned() else {
        return desk.decline(Declined::new(
            "NOT_IN_DIRECTORY",
            "本机构不在机构目录中，无法发函",
            "we are not in the agency directory; no letter can be sent",
        ));
    };
    let Some(peer) = desk.rules.directory.agency(&application.outgoing).cloned() else {
        return desk.decline(Declined::new(
            "AGENCY_UNKNOWN",
            "机构目录中没有该转出地经办机构；请核对机构代码",
            "the outgoing agency is not in the directory; check its code",
        ));
    };
    match check(desk, application, &us, &peer) {
        Ok(person_no) => send_letter(desk, application, &us, &peer, person_no),
        Err(reasons) => reject(desk, application, reasons),
    }
}

/// The person here, or why the application is turned down.
fn check(desk: &Desk<'_>, application: &Application, us: &Agency, peer: &Agency) -> Result<PersonNo, Vec<Reason>> {
    if us.code == peer.code || desk.rules.directory.same_pool(&us.code, &peer.code) {
        return Err(vec![ReturnCode::SamePool.into()]);
    }
    let subject = desk.known.subject(&application.document);
    let person_no = match desk.rules.handler.accept(application, &subject) {
        Acceptance::Accept(person_no) => person_no,
        Acceptance::Reject(reasons) => return Err(reasons),
    };
    // One transfer of a person at a time: the balance must not leave twice, nor arrive from two sides at once.
    if desk.known.open_cases(&person_no).next().is_some() {
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

fn reject(desk: &mut Desk<'_>, application: &Application, reasons: Vec<Reason>) {
    let case = Case {
        id: desk.new_case_id(),
        peer: application.outgoing.clone(),
        letter_no: desk.new_letter_no(),
        person_no: None,
        version: 0,
        sent: 0,
        heard: 0,
        opened_at: desk.at,
        changed_at: desk.at,
        deadlines: Vec::new(),
        chase_on: None,
        proposal: None,
        cancelling: None,
        surplus: Vec::new(),
        given_back: 0,
        correspondence: Correspondence::default(),
        side: Side::Incoming(Incoming::Rejected(Rejected {
            application_no: application.application_no.clone(),
            applied_on: application.applied_on,
            person: person_of(application),
            reasons,
        })),
    };
    desk.step(case);
}

fn send_letter(desk: &mut Desk<'_>, application: &Application, us: &Agency, peer: &Agency, person_no: PersonNo) {
    let enrolled_since = desk.known.registered(&person_no).map_or(desk.today, |known| known.person.status_on);
    let funds_requested = application.insurance_out.is_employee();
    let letter_no = desk.new_letter_no();
    let letter = ContactLetter {
        letter_no: letter_no.clone(),
        version: 1,
        issued_on: desk.today,
        application_no: application.application_no.clone(),
        accepted_on: desk.today,
        person: Person { personal_no: Some(person_no.to_string()), ..person_of(application) },
        insurance_out: application.insurance_out,
        insurance_in: application.insurance_in,
        enrolled_since,
        outgoing: agency_ref(peer),
        incoming: agency_ref(us),
        funds_requested,
        payee: funds_requested.then(|| us.receiving_account().cloned()).flatten(),
        certificate_no: application.certificate_no.clone(),
        operator: Desk::auto(),
    };
    let letter = Arc::new(letter);
    let mut case = Case {
        id: desk.new_case_id(),
        peer: peer.code.clone(),
        letter_no,
        person_no: Some(person_no),
        version: 0,
        sent: 0,
        heard: 0,
        opened_at: desk.at,
        changed_at: desk.at,
        deadlines: clocks(desk),
        chase_on: None,
        proposal: None,
        cancelling: None,
        surplus: Vec::new(),
        given_back: 0,
        correspondence: Correspondence::default(),
        side: Side::Incoming(Incoming::Waiting(Waiting { letter: Arc::clone(&letter), answer: Answer::None })),
    };
    desk.send(&mut case, None, Form::ContactLetter(letter));
    case.meet(Clock::Letter, desk.today);
    desk.step(case);
}

/// T0 and the target of the whole case run from acceptance; T1 is the outgoing agency's, shown here from acceptance.
fn clocks(desk: &Desk<'_>) -> Vec<Deadline> {
    let (calendar, limits, today) = (desk.rules.calendar, desk.rules.limits, desk.today);
    vec![Deadline::letter(calendar, limits, today), outgoing_clock(desk), Deadline::whole(calendar, limits, today)]
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
