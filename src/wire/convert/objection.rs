//! 核对异议.

use super::common::{operator, operator_to_pb};
use super::field::{Read, counter, date, date_number, missing, text, text_if_any, word};
use crate::domain::forms::{Objection, SheetObjection};
use crate::domain::ids::{LetterNo, SheetNo};
use crate::wire::pb;

fn objection(value: pb::Objection) -> Read<Objection> {
    Ok(Objection {
        field: text("field", value.field)?,
        stated: text_if_any("stated", value.stated)?,
        expected: text_if_any("expected", value.expected)?,
        text: text("text", value.text)?,
    })
}

pub fn from_pb(value: pb::SheetObjection) -> Read<SheetObjection> {
    if value.objections.is_empty() {
        return missing("objections");
    }
    let number = |(index, item)| {
        objection(item).map_err(|error: crate::wire::ContentError| error.within(&format!("objections[{index}]")))
    };
    Ok(SheetObjection {
        letter_no: word("letter_no", &value.letter_no, LetterNo::new)?,
        sheet_no: word("sheet_no", &value.sheet_no, SheetNo::new)?,
        sheet_version: counter("sheet_version", value.sheet_version)?,
        objections: value.objections.into_iter().enumerate().map(number).collect::<Read<_>>()?,
        objected_on: date("objected_on", value.objected_on)?,
        operator: operator(value.operator)?,
    })
}

pub fn to_pb(form: &SheetObjection) -> pb::SheetObjection {
    let objection = |item: &Objection| pb::Objection {
        field: item.field.clone(),
        stated: item.stated.clone(),
        expected: item.expected.clone(),
        text: item.text.clone(),
    };
    pb::SheetObjection {
        letter_no: form.letter_no.as_str().to_owned(),
        sheet_no: form.sheet_no.as_str().to_owned(),
        sheet_version: form.sheet_version,
        objections: form.objections.iter().map(objection).collect(),
        objected_on: date_number(form.objected_on),
        operator: Some(operator_to_pb(&form.operator)),
    }
}
