//! The signed body: which case, which kind, which form. Writes and reads its bytes; never changes received ones.

use prost::Message as _;
use uuid::Uuid;

use super::content::{ContentError, Fault};
use super::{convert, pb, scan};
use crate::domain::ids::{CaseId, LetterNo, MessageId};
use crate::domain::message::{Body, Form, Kind};
use crate::domain::time::Moment;

/// What this release writes; it reads this and nothing later.
pub const SCHEMA_VERSION: u32 = 1;

/// How many entries one receipt may carry: so many always fit a frame. The contract says the same.
pub const RECEIPT_ENTRIES_MAX: usize = 3000;

/// The bytes of a body.
pub fn encode_body(body: &Body) -> Vec<u8> {
    let id = |uuid: Uuid| uuid.as_bytes().to_vec();
    let encoded = pb::Body {
        kind: body.form.kind().number(),
        schema_version: SCHEMA_VERSION,
        case_id: body.case_id.map(|case| id(case.0)),
        letter_no: body.letter_no.as_ref().map(|no| no.as_str().to_owned()),
        case_sequence: body.case_sequence,
        in_reply_to: body.in_reply_to.map(|message| id(message.0)),
        sent_at_us: body.sent_at.0,
        payload: convert::encode_form(&body.form),
    };
    encoded.encode_to_vec()
}

/// Reads a body whose signature was verified, or a stored one again: strict scan first, then the decoder, then the
/// rules of the form.
pub fn decode_body(bytes: &[u8]) -> Result<Body, ContentError> {
    let scanned = scan::scan("Body", bytes);
    // Nothing in a body repeats, so decoding it costs no more than its bytes. A body that failed the scan is looked
    // at for its kind alone: a receipt must not be refused, however broken it is.
    let decoded = pb::Body::decode(bytes).ok();
    let kind = decoded.as_ref().and_then(|body| Kind::from_number(body.kind));
    let case_id = decoded.as_ref().and_then(|body| Uuid::from_slice(body.case_id.as_deref()?).ok()).map(CaseId);
    let unreadable = || ContentError::new(Fault::Protobuf("the decoder refused it"), "Body");
    let body = scanned.and_then(|()| read(decoded.ok_or_else(unreadable)?, kind, case_id));
    body.map_err(|error| ContentError { kind, case_id, ..error })
}

fn read(body: pb::Body, kind: Option<Kind>, case_id: Option<CaseId>) -> Result<Body, ContentError> {
    let at = |field: &str, fault| ContentError::new(fault, format!("Body.{field}"));
    let kind = kind.ok_or_else(|| at("kind", Fault::Missing))?;
    match body.schema_version {
        SCHEMA_VERSION => {}
        0 => return Err(at("schema_version", Fault::Missing)),
        _ => return Err(at("schema_version", Fault::NewerVersion("a later schema"))),
    }
    if needs_case(kind) && case_id.is_none() {
        return Err(at("case_id", Fault::Missing));
    }
    if (needs_case(kind) || may_stand_alone(kind) && case_id.is_some()) && body.case_sequence == 0 {
        return Err(at("case_sequence", Fault::Missing));
    }
    let letter_no = body.letter_no.as_deref().map(LetterNo::new).transpose();
    let letter_no = letter_no.map_err(|error| at("letter_no", Fault::Value(error.rule)))?;
    let in_reply_to = body.in_reply_to.as_deref().map(Uuid::from_slice).transpose();
    let in_reply_to = in_reply_to.map_err(|_| at("in_reply_to", Fault::Value("a UUID has 16 bytes")))?;
    if body.sent_at_us <= 0 {
        return Err(at("sent_at_us", Fault::Missing));
    }
    scan::scan(kind.word(), &body.payload)?;
    let form = convert::decode_form(kind, &body.payload).map_err(|error| error.within(kind.word()))?;
    if let (Some(outer), Some(inner)) = (&letter_no, letter_no_of(&form))
        && outer != inner
    {
        return Err(at("letter_no", Fault::Value("it is not the form's letter no.")));
    }
    Ok(Body {
        case_id,
        letter_no,
        case_sequence: body.case_sequence,
        in_reply_to: in_reply_to.map(MessageId),
        sent_at: Moment(body.sent_at_us),
        form,
    })
}

/// Receipts and notices stand outside cases; a refusal may answer what could not be read so far as its case.
fn needs_case(kind: Kind) -> bool {
    !matches!(kind, Kind::Receipt | Kind::PeerNotice | Kind::Refusal) && !may_stand_alone(kind)
}

/// Money that nobody can assign to a case is spoken of without one.
fn may_stand_alone(kind: Kind) -> bool {
    matches!(kind, Kind::FundsDiscrepancy | Kind::FundsReturn)
}

fn letter_no_of(form: &Form) -> Option<&LetterNo> {
    match form {
        Form::ContactLetter(letter) => Some(&letter.letter_no),
        Form::LetterReturn(answer) => Some(&answer.letter_no),
        Form::InformationSheet(sheet) => Some(&sheet.letter_no),
        Form::RemittanceNotice(notice) => Some(&notice.letter_no),
        Form::CompletionNotice(notice) => Some(&notice.letter_no),
        Form::SheetObjection(form) => Some(&form.letter_no),
        Form::Cancellation(request) => Some(&request.letter_no),
        Form::CancellationReply(reply) => Some(&reply.letter_no),
        Form::FundsDiscrepancy(form) => form.letter_no.as_ref(),
        Form::FundsReturn(form) => form.letter_no.as_ref(),
        Form::Reminder(form) => form.letter_no.as_ref(),
        Form::DelayNotice(form) => form.letter_no.as_ref(),
        Form::Clarification(form) => form.letter_no.as_ref(),
        Form::ProgressQuery(form) => form.letter_no.as_ref(),
        Form::ProgressReport(form) => form.letter_no.as_ref(),
        Form::ApplicationNotice(_) | Form::PeerNotice(_) | Form::Receipt(_) | Form::Refusal(_) => None,
    }
}
