//! 联系函 and 联系函退回.

use super::common::{
    account_if_any, account_to_pb, agency, agency_to_pb, insurance, insurance_number, operator, operator_to_pb, reason,
    reason_to_pb,
};
use super::field::{Read, counter, date, date_number, missing, text_if_any, word, word_if_any, wrong};
use super::person;
use crate::domain::forms::{ContactLetter, Insurance, LetterReturn};
use crate::domain::ids::{AgencyCode, ApplicationNo, LetterNo};
use crate::wire::pb;

/// 转移类型 of two current insurances; historic ones never move.
fn transfer_kind(out: Insurance, into: Insurance) -> Option<pb::TransferKind> {
    match (out, into) {
        (Insurance::Employee, Insurance::Employee) => Some(pb::TransferKind::EmployeeToEmployee),
        (Insurance::Resident, Insurance::Resident) => Some(pb::TransferKind::ResidentToResident),
        (Insurance::Employee, Insurance::Resident) => Some(pb::TransferKind::EmployeeToResident),
        (Insurance::Resident, Insurance::Employee) => Some(pb::TransferKind::ResidentToEmployee),
        _ => None,
    }
}

pub fn contact_letter(value: pb::ContactLetter) -> Read<ContactLetter> {
    let letter_no = word("letter_no", &value.letter_no, LetterNo::new)?;
    let insurance_out = insurance("insurance_out", value.insurance_out)?;
    let insurance_in = insurance("insurance_in", value.insurance_in)?;
    match transfer_kind(insurance_out, insurance_in) {
        None => return wrong("insurance_out", "only 310 and 390 move"),
        Some(kind) if value.transfer_kind != i32::from(kind) => {
            return wrong("transfer_kind", "it does not agree with the two insurances");
        }
        Some(_) => {}
    }
    let payee = account_if_any("payee", value.payee)?;
    if value.funds_requested != payee.is_some() {
        return wrong("payee", "a payee account is there exactly when funds are asked for");
    }
    let noted = value.remittance_note.as_ref().is_some_and(|note| note.contains(letter_no.as_str()));
    if value.funds_requested && !noted {
        return wrong("remittance_note", "it must carry the letter no.");
    }
    Ok(ContactLetter {
        letter_no,
        version: counter("version", value.version)?,
        issued_on: date("issued_on", value.issued_on)?,
        application_no: word("application_no", &value.application_no, ApplicationNo::new)?,
        accepted_on: date("accepted_on", value.accepted_on)?,
        person: person::from_pb(value.person)?,
        insurance_out,
        insurance_in,
        enrolled_since: date("enrolled_since", value.enrolled_since)?,
        outgoing: agency("outgoing", value.outgoing)?,
        incoming: agency("incoming", value.incoming)?,
        funds_requested: value.funds_requested,
        payee,
        certificate_no: text_if_any("certificate_no", value.certificate_no)?,
        operator: operator(value.operator)?,
    })
}

pub fn contact_letter_to_pb(letter: &ContactLetter) -> pb::ContactLetter {
    let kind = transfer_kind(letter.insurance_out, letter.insurance_in).unwrap_or(pb::TransferKind::Unspecified);
    pb::ContactLetter {
        letter_no: letter.letter_no.as_str().to_owned(),
        version: letter.version,
        issued_on: date_number(letter.issued_on),
        application_no: letter.application_no.as_str().to_owned(),
        accepted_on: date_number(letter.accepted_on),
        person: Some(person::to_pb(&letter.person)),
        transfer_kind: kind.into(),
        insurance_out: insurance_number(letter.insurance_out),
        insurance_in: insurance_number(letter.insurance_in),
        enrolled_since: date_number(letter.enrolled_since),
        outgoing: Some(agency_to_pb(&letter.outgoing)),
        incoming: Some(agency_to_pb(&letter.incoming)),
        funds_requested: letter.funds_requested,
        payee: letter.payee.as_ref().map(account_to_pb),
        remittance_note: letter.funds_requested.then(|| letter.letter_no.as_str().to_owned()),
        certificate_no: letter.certificate_no.clone(),
        operator: Some(operator_to_pb(&letter.operator)),
    }
}

pub fn letter_return(value: pb::LetterReturn) -> Read<LetterReturn> {
    if value.reasons.is_empty() {
        return missing("reasons");
    }
    let number = |(index, item)| reason(item).map_err(|error| error.within(&format!("reasons[{index}]")));
    Ok(LetterReturn {
        letter_no: word("letter_no", &value.letter_no, LetterNo::new)?,
        letter_version: counter("letter_version", value.letter_version)?,
        returned_on: date("returned_on", value.returned_on)?,
        reasons: value.reasons.into_iter().enumerate().map(number).collect::<Read<_>>()?,
        correctable: value.correctable,
        suggested_agency: word_if_any("suggested_agency", value.suggested_agency.as_deref(), AgencyCode::new)?,
        operator: operator(value.operator)?,
    })
}

pub fn letter_return_to_pb(answer: &LetterReturn) -> pb::LetterReturn {
    pb::LetterReturn {
        letter_no: answer.letter_no.as_str().to_owned(),
        letter_version: answer.letter_version,
        returned_on: date_number(answer.returned_on),
        reasons: answer.reasons.iter().map(reason_to_pb).collect(),
        correctable: answer.correctable,
        suggested_agency: answer.suggested_agency.as_ref().map(|code| code.as_str().to_owned()),
        operator: Some(operator_to_pb(&answer.operator)),
    }
}
