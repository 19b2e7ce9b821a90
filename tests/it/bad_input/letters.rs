//! Sound bodies to begin with: a letter about a stranger, a sheet and a notice for a case of ours.

use std::sync::Arc;

use jiexu::domain::forms::{BankAccount, ContactLetter, InformationSheet, Insurance, Person, RemittanceNotice};
use jiexu::domain::ids::{AgencyCode, CaseId, LetterNo, PaymentRef, SheetNo};
use jiexu::domain::message::{Body, Form};
use jiexu::domain::money::Fen;
use jiexu::domain::person::{Document, DocumentType, PersonName};
use jiexu::ids;
use jiexu::wire::encode_body;

use super::town::{Asked, PEER, US};
use crate::wire::samples;

fn agency(code: &str) -> jiexu::domain::forms::AgencyRef {
    let mut agency = samples::contact_letter().outgoing;
    (agency.division, agency.code) = (code.to_owned(), AgencyCode::new(code).expect("a code"));
    agency
}

/// A letter from `from` about somebody we do not have: it is answered with a return, which is applying it.
pub fn letter_from(from: &str, serial: u32) -> Body {
    let now = jiexu::clock::now();
    let letter_no = LetterNo::new(&format!("{from}-L{serial:08}")).expect("a letter no.");
    let form = ContactLetter {
        letter_no: letter_no.clone(),
        issued_on: now.china_date(),
        accepted_on: now.china_date(),
        enrolled_since: now.china_date(),
        person: Person {
            name: PersonName::new("测试甲").expect("a name"),
            document: Document::new(DocumentType::Passport, &format!("E{serial:08}")).expect("a document"),
            birth_date: None,
            sex: None,
            personal_no: None,
            phone: None,
        },
        insurance_out: Insurance::Resident,
        insurance_in: Insurance::Resident,
        outgoing: agency(US),
        incoming: agency(from),
        funds_requested: false,
        payee: None,
        ..samples::contact_letter()
    };
    in_case(ids::case_id(now), letter_no, 1, Form::ContactLetter(Arc::new(form)))
}

fn in_case(case: CaseId, letter_no: LetterNo, sequence: u32, form: Form) -> Body {
    Body {
        case_id: Some(case),
        letter_no: Some(letter_no),
        case_sequence: sequence,
        in_reply_to: None,
        sent_at: jiexu::clock::now(),
        form,
    }
}

/// A letter that asks for the money of an account, payable to `payee`.
pub fn letter_with_payee(serial: u32, payee: &BankAccount) -> Vec<u8> {
    let mut body = letter_from(PEER, serial);
    if let Form::ContactLetter(letter) = &mut body.form {
        let letter = Arc::make_mut(letter);
        (letter.insurance_out, letter.insurance_in) = (Insurance::Employee, Insurance::Employee);
        (letter.funds_requested, letter.payee) = (true, Some(payee.clone()));
    }
    encode_body(&body)
}

/// The letter with a resident's identity number, to be put in place of this one.
pub fn letter_with_resident_id(serial: u32) -> Vec<u8> {
    let mut body = letter_from(PEER, serial);
    if let Form::ContactLetter(letter) = &mut body.form {
        let document = Document::new(DocumentType::ResidentId, "11010519491231002X").expect("a number");
        Arc::make_mut(letter).person.document = document;
    }
    encode_body(&body)
}

/// The sheet that our letter asked for, with this sum.
pub fn sheet(asked: &Asked, fen: i64, payer: &BankAccount) -> Body {
    let form = InformationSheet {
        sheet_no: SheetNo::new(&format!("{PEER}-S-{}", asked.letter_no)).expect("a sheet no."),
        letter_no: asked.letter_no.clone(),
        person: asked.person.clone(),
        amount: Fen::new(fen),
        payer: Some(payer.clone()),
        issued_by: AgencyCode::new(PEER).expect("a code"),
        ..samples::sheet()
    };
    in_case(asked.case, asked.letter_no.clone(), 1, Form::InformationSheet(Arc::new(form)))
}

/// The notice that goes with it.
pub fn notice(asked: &Asked, sequence: u32, fen: i64) -> Body {
    let form = RemittanceNotice {
        letter_no: asked.letter_no.clone(),
        sheet_no: SheetNo::new(&format!("{PEER}-S-{}", asked.letter_no)).expect("a sheet no."),
        amount: Fen::new(fen).expect("positive"),
        ordinal_total: Fen::new(fen).expect("positive"),
        payment_ref: PaymentRef::new(&format!("JX-{}-1-1", asked.letter_no)).expect("a reference"),
        batch: None,
        ..samples::remittance()
    };
    in_case(asked.case, asked.letter_no.clone(), sequence, Form::RemittanceNotice(Box::new(form)))
}
