//! The parts that several forms share: agencies, bank accounts, operators, reasons, insurance.

use super::field::{Read, missing, needed, text, text_if_any, word, wrong};
use crate::domain::forms::{AgencyRef, BankAccount, Insurance, Operator};
use crate::domain::ids::AgencyCode;
use crate::domain::reasons::{Reason, ReturnCode};
use crate::wire::pb;

fn all_digits(value: &str) -> bool {
    value.bytes().all(|byte| byte.is_ascii_digit())
}

pub fn insurance(field: &str, value: i32) -> Read<Insurance> {
    if value == 0 {
        return missing(field);
    }
    let known = u32::try_from(value).ok().and_then(Insurance::from_code);
    known.map_or_else(|| wrong(field, "not an insurance of the list"), Ok)
}

pub fn insurance_number(insurance: Insurance) -> i32 {
    let known = match insurance {
        Insurance::Employee => pb::Insurance::Employee,
        Insurance::Resident => pb::Insurance::Resident,
        Insurance::RuralCooperative => pb::Insurance::RuralCooperative,
        Insurance::UrbanResident => pb::Insurance::UrbanResident,
    };
    known.into()
}

pub fn agency(field: &str, value: Option<pb::AgencyRef>) -> Read<AgencyRef> {
    agency_inner(needed(field, value)?).map_err(|error| error.within(field))
}

fn agency_inner(value: pb::AgencyRef) -> Read<AgencyRef> {
    if value.division.len() != 6 || !all_digits(&value.division) {
        return wrong("division", "a division code has 6 digits");
    }
    Ok(AgencyRef {
        division: value.division,
        code: word("code", &value.code, AgencyCode::new)?,
        name: text("name", value.name)?,
        contact: text_if_any("contact", value.contact)?,
        phone: text_if_any("phone", value.phone)?,
    })
}

pub fn agency_to_pb(agency: &AgencyRef) -> pb::AgencyRef {
    pb::AgencyRef {
        division: agency.division.clone(),
        code: agency.code.as_str().to_owned(),
        name: agency.name.clone(),
        contact: agency.contact.clone(),
        phone: agency.phone.clone(),
        address: None,
        postcode: None,
    }
}

pub fn account_if_any(field: &str, value: Option<pb::BankAccount>) -> Read<Option<BankAccount>> {
    value.map(account).transpose().map_err(|error| error.within(field))
}

fn account(value: pb::BankAccount) -> Read<BankAccount> {
    if !(8..=40).contains(&value.number.len()) || !all_digits(&value.number) {
        return wrong("number", "an account number has 8 to 40 digits");
    }
    if value.bank_no.as_ref().is_some_and(|no| no.len() != 12 || !all_digits(no)) {
        return wrong("bank_no", "a bank number has 12 digits");
    }
    Ok(BankAccount {
        name: text("name", value.name)?,
        number: value.number,
        bank: text("bank", value.bank)?,
        bank_no: value.bank_no,
    })
}

pub fn account_to_pb(account: &BankAccount) -> pb::BankAccount {
    pb::BankAccount {
        name: account.name.clone(),
        number: account.number.clone(),
        bank: account.bank.clone(),
        bank_no: account.bank_no.clone(),
        r#type: None,
    }
}

pub fn operator(value: Option<pb::Operator>) -> Read<Operator> {
    let value = needed("operator", value)?;
    let read = || -> Read<Operator> {
        let id = text("id", value.id)?;
        let reviewer = text_if_any("reviewer", value.reviewer)?;
        if reviewer.as_ref() == Some(&id) {
            return wrong("reviewer", "the reviewer is another person than the operator");
        }
        Ok(Operator { id, name: text_if_any("name", value.name)?, reviewer })
    };
    read().map_err(|error| error.within("operator"))
}

pub fn operator_to_pb(operator: &Operator) -> pb::Operator {
    pb::Operator { id: operator.id.clone(), name: operator.name.clone(), reviewer: operator.reviewer.clone() }
}

pub fn reason(value: pb::Reason) -> Read<Reason> {
    let code = ReturnCode::from_number(value.code);
    let reason = Reason {
        code: needed("code", code)?,
        text: text_if_any("text", value.text)?,
        field: text_if_any("field", value.field)?,
    };
    // OTHER says nothing without its text.
    if reason.code == ReturnCode::Other && reason.text.is_none() {
        return missing("text");
    }
    Ok(reason)
}

pub fn reason_to_pb(reason: &Reason) -> pb::Reason {
    pb::Reason { code: reason.code.number(), text: reason.text.clone(), field: reason.field.clone() }
}
