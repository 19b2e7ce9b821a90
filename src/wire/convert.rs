//! Generated messages ⇄ domain forms, one file a form. Reading is strict: an enum never falls back to a default, an
//! absent amount is never zero, and what the form needs is there or the form is refused.

use std::sync::Arc;

use prost::Message;

use super::content::{ContentError, Fault};
use crate::domain::message::{Form, Kind};

mod application;
mod cancellation;
mod common;
mod completion;
mod correspondence;
mod discrepancy;
mod field;
mod funds_return;
mod letter;
mod objection;
mod peer_notice;
mod person;
mod receipt;
mod remittance;
mod sheet;

/// The payload of a form.
pub fn encode_form(form: &Form) -> Vec<u8> {
    match form {
        Form::ApplicationNotice(notice) => application::to_pb(notice).encode_to_vec(),
        Form::ContactLetter(letter) => letter::contact_letter_to_pb(letter).encode_to_vec(),
        Form::LetterReturn(answer) => letter::letter_return_to_pb(answer).encode_to_vec(),
        Form::InformationSheet(sheet) => sheet::to_pb(sheet).encode_to_vec(),
        Form::SheetObjection(form) => objection::to_pb(form).encode_to_vec(),
        Form::RemittanceNotice(notice) => remittance::to_pb(notice).encode_to_vec(),
        Form::CompletionNotice(notice) => completion::to_pb(notice).encode_to_vec(),
        Form::Cancellation(request) => cancellation::request_to_pb(request).encode_to_vec(),
        Form::CancellationReply(reply) => cancellation::reply_to_pb(reply).encode_to_vec(),
        Form::FundsDiscrepancy(form) => discrepancy::to_pb(form).encode_to_vec(),
        Form::FundsReturn(form) => funds_return::to_pb(form).encode_to_vec(),
        Form::Reminder(form) => correspondence::reminder_to_pb(form).encode_to_vec(),
        Form::DelayNotice(form) => correspondence::delay_notice_to_pb(form).encode_to_vec(),
        Form::Clarification(form) => correspondence::clarification_to_pb(form).encode_to_vec(),
        Form::ProgressQuery(form) => correspondence::progress_query_to_pb(form).encode_to_vec(),
        Form::ProgressReport(form) => correspondence::progress_report_to_pb(form).encode_to_vec(),
        Form::Receipt(receipt) => receipt::receipt_to_pb(receipt).encode_to_vec(),
        Form::Refusal(refusal) => receipt::refusal_to_pb(refusal).encode_to_vec(),
        Form::PeerNotice(notice) => peer_notice::to_pb(notice).encode_to_vec(),
    }
}

/// Reads a payload that passed the strict scan.
pub fn decode_form(kind: Kind, payload: &[u8]) -> Result<Form, ContentError> {
    Ok(match kind {
        Kind::ApplicationNotice => Form::ApplicationNotice(Box::new(application::from_pb(decode(payload)?)?)),
        Kind::ContactLetter => Form::ContactLetter(Arc::new(letter::contact_letter(decode(payload)?)?)),
        Kind::LetterReturn => Form::LetterReturn(Box::new(letter::letter_return(decode(payload)?)?)),
        Kind::InformationSheet => Form::InformationSheet(Arc::new(sheet::from_pb(decode(payload)?)?)),
        Kind::SheetObjection => Form::SheetObjection(Box::new(objection::from_pb(decode(payload)?)?)),
        Kind::RemittanceNotice => Form::RemittanceNotice(Box::new(remittance::from_pb(decode(payload)?)?)),
        Kind::CompletionNotice => Form::CompletionNotice(Box::new(completion::from_pb(decode(payload)?)?)),
        Kind::Cancellation => Form::Cancellation(Box::new(cancellation::request(decode(payload)?)?)),
        Kind::CancellationReply => Form::CancellationReply(Box::new(cancellation::reply(decode(payload)?)?)),
        Kind::FundsDiscrepancy => Form::FundsDiscrepancy(Box::new(discrepancy::from_pb(decode(payload)?)?)),
        Kind::FundsReturn => Form::FundsReturn(Box::new(funds_return::from_pb(decode(payload)?)?)),
        Kind::Reminder => Form::Reminder(Box::new(correspondence::reminder(decode(payload)?)?)),
        Kind::DelayNotice => Form::DelayNotice(Box::new(correspondence::delay_notice(decode(payload)?)?)),
        Kind::Clarification => Form::Clarification(Box::new(correspondence::clarification(decode(payload)?)?)),
        Kind::ProgressQuery => Form::ProgressQuery(Box::new(correspondence::progress_query(decode(payload)?)?)),
        Kind::ProgressReport => Form::ProgressReport(Box::new(correspondence::progress_report(decode(payload)?)?)),
        Kind::Receipt => Form::Receipt(receipt::receipt(decode(payload)?)?),
        Kind::Refusal => Form::Refusal(receipt::refusal(decode(payload)?)?),
        Kind::PeerNotice => Form::PeerNotice(Box::new(peer_notice::from_pb(decode(payload)?)?)),
    })
}

fn decode<M: Message + Default>(payload: &[u8]) -> Result<M, ContentError> {
    M::decode(payload).map_err(|_| ContentError::new(Fault::Protobuf("the decoder refused it"), ""))
}
