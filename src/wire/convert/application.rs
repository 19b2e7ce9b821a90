//! 转移申请通知单.

use super::common::{agency, agency_to_pb, insurance, insurance_number, operator, operator_to_pb};
use super::field::{Read, date, date_number, missing, text_if_any, word, wrong};
use super::person;
use crate::domain::forms::{ApplicationNotice, Channel};
use crate::domain::ids::ApplicationNo;
use crate::wire::pb;

pub fn from_pb(value: pb::ApplicationNotice) -> Read<ApplicationNotice> {
    let channel = match pb::Channel::try_from(value.channel) {
        Ok(pb::Channel::Counter) => Channel::Counter,
        Ok(pb::Channel::Online) => Channel::Online,
        Ok(pb::Channel::Employer) => Channel::Employer,
        Ok(pb::Channel::Unspecified) | Err(_) => return missing("channel"),
    };
    let insurance_out = insurance("insurance_out", value.insurance_out)?;
    let insurance_in = insurance("insurance_in", value.insurance_in)?;
    for (field, insurance) in [("insurance_out", insurance_out), ("insurance_in", insurance_in)] {
        if !insurance.is_current() {
            return wrong(field, "only 310 and 390 move");
        }
    }
    Ok(ApplicationNotice {
        application_no: word("application_no", &value.application_no, ApplicationNo::new)?,
        applied_on: date("applied_on", value.applied_on)?,
        channel,
        person: person::from_pb(value.person)?,
        insurance_out,
        insurance_in,
        outgoing: agency("outgoing", value.outgoing)?,
        incoming: agency("incoming", value.incoming)?,
        certificate_no: text_if_any("certificate_no", value.certificate_no)?,
        operator: operator(value.operator)?,
    })
}

pub fn to_pb(form: &ApplicationNotice) -> pb::ApplicationNotice {
    let channel = match form.channel {
        Channel::Counter => pb::Channel::Counter,
        Channel::Online => pb::Channel::Online,
        Channel::Employer => pb::Channel::Employer,
    };
    pb::ApplicationNotice {
        application_no: form.application_no.as_str().to_owned(),
        applied_on: date_number(form.applied_on),
        channel: channel.into(),
        person: Some(person::to_pb(&form.person)),
        insurance_out: insurance_number(form.insurance_out),
        insurance_in: insurance_number(form.insurance_in),
        outgoing: Some(agency_to_pb(&form.outgoing)),
        incoming: Some(agency_to_pb(&form.incoming)),
        certificate_no: form.certificate_no.clone(),
        operator: Some(operator_to_pb(&form.operator)),
    }
}
