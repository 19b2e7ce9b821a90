//! The person of a form. Birth date and sex must agree with the document where the document tells them.

use super::field::{Read, date_if_any, date_number, missing, needed, text_if_any, wrong};
use crate::domain::forms::{Person, Sex};
use crate::domain::person::{Document, DocumentType, PersonName};
use crate::wire::pb;

pub fn from_pb(value: Option<pb::Person>) -> Read<Person> {
    read(needed("person", value)?).map_err(|error| error.within("person"))
}

fn read(value: pb::Person) -> Read<Person> {
    let name = match PersonName::new(&value.name) {
        Ok(name) => name,
        Err(_) if value.name.is_empty() => return missing("name"),
        Err(_) => return wrong("name", "not a name as documents write it"),
    };
    let kind = needed("document_type", DocumentType::from_number(value.document_type))?;
    let document = match Document::new(kind, &value.document_no) {
        Ok(document) => document,
        Err(_) if value.document_no.is_empty() => return missing("document_no"),
        Err(_) => return wrong("document_no", "not a number of this document type"),
    };
    let birth_date = date_if_any("birth_date", value.birth_date)?;
    if let (Some(stated), Some(told)) = (birth_date, document.birth_date())
        && stated != told
    {
        return wrong("birth_date", "it does not agree with the document");
    }
    let sex = value.sex.map(sex).transpose()?;
    if let (Some(stated @ (Sex::Male | Sex::Female)), Some(told)) = (sex, document.sex())
        && stated != told
    {
        return wrong("sex", "it does not agree with the document");
    }
    Ok(Person {
        name,
        document,
        birth_date,
        sex,
        personal_no: text_if_any("personal_no", value.personal_no)?,
        phone: text_if_any("phone", value.phone)?,
    })
}

fn sex(value: i32) -> Read<Sex> {
    match pb::Sex::try_from(value) {
        Ok(pb::Sex::Male) => Ok(Sex::Male),
        Ok(pb::Sex::Female) => Ok(Sex::Female),
        Ok(pb::Sex::Unknown) => Ok(Sex::Unknown),
        Ok(pb::Sex::Unstated) => Ok(Sex::Unstated),
        Ok(pb::Sex::Unspecified) | Err(_) => missing("sex"),
    }
}

pub fn to_pb(person: &Person) -> pb::Person {
    let sex = person.sex.map(|sex| match sex {
        Sex::Male => pb::Sex::Male,
        Sex::Female => pb::Sex::Female,
        Sex::Unknown => pb::Sex::Unknown,
        Sex::Unstated => pb::Sex::Unstated,
    });
    pb::Person {
        name: person.name.as_str().to_owned(),
        document_type: person.document.kind().number(),
        document_no: person.document.number().to_owned(),
        sex: sex.map(i32::from),
        birth_date: person.birth_date.map(date_number),
        personal_no: person.personal_no.clone(),
        phone: person.phone.clone(),
        household_type: None,
        household_address: None,
    }
}
