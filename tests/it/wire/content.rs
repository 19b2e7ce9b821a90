//! Verified messages with broken bodies: refused with code and place, never with what was written there.

use std::sync::Arc;

use jiexu::domain::message::{Body, Form, Kind};
use jiexu::domain::reasons::RefusalCode;
use jiexu::wire::frame::{Frame, Inner, aad, signed_bytes};
use jiexu::wire::suite::suite;
use jiexu::wire::{decode_body, encode_body};

use super::samples::{World, body, contact_letter, forms, letters, notices, receipt, remittance, sheet};

/// A field in wire form: number, wire type 0 or 2, content.
fn varint(number: u32, mut value: u64) -> Vec<u8> {
    let mut bytes = tag(number, 0);
    while value >= 0x80 {
        bytes.push(u8::try_from(value & 0x7f).expect("7 bits") | 0x80);
        value >>= 7;
    }
    bytes.push(u8::try_from(value).expect("7 bits"));
    bytes
}

fn tag(number: u32, wire_type: u32) -> Vec<u8> {
    let mut tag = number << 3 | wire_type;
    let mut bytes = Vec::new();
    while tag >= 0x80 {
        bytes.push(u8::try_from(tag & 0x7f).expect("7 bits") | 0x80);
        tag >>= 7;
    }
    bytes.push(u8::try_from(tag).expect("7 bits"));
    bytes
}

fn bytes_field(number: u32, content: &[u8]) -> Vec<u8> {
    let mut length = varint(1, content.len() as u64);
    length.remove(0);
    [tag(number, 2), length, content.to_vec()].concat()
}

/// A body around a payload of our own making.
fn around(kind: u64, payload: &[u8]) -> Vec<u8> {
    [
        varint(1, kind),
        varint(2, 1),
        bytes_field(3, &[7; 16]),
        varint(5, 1),
        varint(7, 1_795_327_200_000_000),
        bytes_field(8, payload),
    ]
    .concat()
}

fn code_and_place(bytes: &[u8]) -> (&'static str, String) {
    let error = decode_body(bytes).expect_err("refused");
    (error.code(), error.place)
}

#[test]
fn a_verified_message_with_a_broken_body_can_be_answered() {
    let world = World::new();
    let sealed = world.seal(Form::Receipt(receipt(1)));
    let broken = around(4, &[0x0a, 0xff]);
    let signature = world.from_keys.sign.sign(&signed_bytes(1, &sealed.header, &broken));
    let sigblock = [&[0], signature.as_slice()].concat();
    let plain = Inner { sigblock: &sigblock, body: &broken }.encode();
    let suite = suite(1).expect("there");
    let (enc, ct) = suite.seal(world.to_keys.seal.spki(), &aad(1, &sealed.header), &plain).expect("sealed");
    let frame = Frame { suite: 1, header: &sealed.header, enc: &enc, ct: &ct }.encode().expect("fits");
    let opened = world.open(&frame).expect("the sender is verified");
    let error = opened.body.expect_err("broken");
    assert_eq!((error.code(), error.kind), ("protobuf", Some(Kind::InformationSheet)));
    assert_eq!(error.refusal_code(), RefusalCode::BadContent);
    assert!(error.case_id.is_some());
    assert_eq!(opened.body_bytes, broken);
}

#[test]
fn what_agencies_tell_each_other_outside_cases_reads_again_as_it_was_written() {
    for form in notices() {
        let written = Body { case_id: None, letter_no: None, case_sequence: 0, ..body(form) };
        assert_eq!(decode_body(&encode_body(&written)).expect("readable"), written);
    }
}

#[test]
fn a_notice_is_held_to_its_rules() {
    let said = |notice: u64, inner: &[u8], field: u32| [varint(1, notice), bytes_field(field, inner)].concat();
    let day = 86_400_000_000u64;
    let times = |from: u64, until: u64| [varint(1, from), varint(2, until), bytes_field(4, b"530800-M1")].concat();
    let closed = decode_body(&around(17, &said(1, &times(day, 2 * day), 2))).expect("readable");
    assert_eq!(closed.form.kind(), Kind::PeerNotice);
    for (fault, place, payload) in [
        ("missing", "PeerNotice.notice", Vec::new()),
        ("missing", "PeerNotice.maintenance", varint(1, 1)),
        ("value", "PeerNotice.maintenance.until_us", said(1, &times(day, day), 2)),
        ("value", "PeerNotice.maintenance.until_us", said(1, &times(day, 33 * day), 2)),
        (
            "missing",
            "PeerNotice.maintenance.announcement_no",
            said(1, &[varint(1, day), varint(2, 2 * day)].concat(), 2),
        ),
        ("missing", "PeerNotice.directory_version", varint(1, 2)),
        ("missing", "PeerNotice.digest.audit_head", said(3, &varint(1, 20_260_302), 4)),
        ("missing", "PeerNotice.missing", varint(1, 4)),
        ("value", "PeerNotice.missing[0].to_seq", said(4, &[varint(3, 9), varint(4, 8)].concat(), 5)),
    ] {
        assert_eq!(code_and_place(&around(17, &payload)), (fault, place.to_owned()));
    }
}

#[test]
fn what_agencies_write_about_a_case_reads_again_as_it_was_written() {
    for form in letters() {
        let kind = form.kind();
        let written = body(form);
        assert_eq!(decode_body(&encode_body(&written)).expect("readable"), written, "{kind:?}");
    }
}

#[test]
fn a_letter_about_a_case_is_held_to_its_rules() {
    let reminder = |level| [varint(2, 3), varint(3, 20_261_204), varint(4, 2), varint(5, level)].concat();
    let read = decode_body(&around(12, &reminder(1))).expect("readable");
    assert_eq!(read.form.kind(), Kind::Reminder);
    assert_eq!(code_and_place(&around(12, &reminder(4))), ("value", "Reminder.level".into()));
    assert_eq!(code_and_place(&around(12, &varint(2, 77))), ("newer_version", "Reminder.step".into()));
    assert_eq!(code_and_place(&around(13, &[])), ("missing", "DelayNotice.step".into()));
    assert_eq!(code_and_place(&around(14, &[])), ("missing", "Clarification.text".into()));
    let shouting = bytes_field(1, "SHEET_ISSUED 张".as_bytes());
    let track = [shouting, varint(2, 1), varint(4, 2)].concat();
    assert_eq!(code_and_place(&around(16, &bytes_field(3, &track))), ("value", "ProgressReport.relation.state".into()));
    let returned = [varint(2, 100), varint(3, 1), varint(8, 20_261_204)].concat();
    assert_eq!(code_and_place(&around(8, &returned)), ("missing", "FundsReturn.operator".into()));
    assert_eq!(code_and_place(&around(8, &varint(3, 77))), ("newer_version", "FundsReturn.reason".into()));
    assert_eq!(code_and_place(&around(8, &varint(2, 0))), ("value", "FundsReturn.amount_fen".into()));
    // A difference of a case names the case's letter; only what nobody can identify has none.
    let short = [varint(2, 1), varint(7, 20_261_204)].concat();
    assert_eq!(code_and_place(&around(7, &short)), ("missing", "FundsDiscrepancy.letter_no".into()));
}

#[test]
fn a_broken_receipt_is_still_known_as_one() {
    // Receipts and refusals are never answered with a refusal, so their kind must survive what breaks them.
    let newer = [encode_body(&body(Form::Receipt(receipt(1)))), varint(99, 1)].concat();
    let error = decode_body(&newer).expect_err("newer");
    assert_eq!((error.code(), error.kind), ("newer_version", Some(Kind::Receipt)));
}

#[test]
fn what_a_body_needs_is_there() {
    let good = encode_body(&body(Form::Receipt(receipt(1))));
    assert!(decode_body(&good).is_ok());
    assert_eq!(code_and_place(&[]), ("missing", "Body.kind".into()));
    assert_eq!(code_and_place(&around(99, &[])), ("newer_version", "Body.kind".into()));
    let newer = [varint(1, 19), varint(2, 2)].concat();
    assert_eq!(code_and_place(&newer), ("newer_version", "Body.schema_version".into()));
    let caseless = [varint(1, 4), varint(2, 1), varint(7, 1), bytes_field(8, &[])].concat();
    assert_eq!(code_and_place(&caseless), ("missing", "Body.case_id".into()));
    let mut elsewhere = body(Form::ContactLetter(Arc::new(contact_letter())));
    elsewhere.letter_no = Some(jiexu::domain::ids::LetterNo::new("OTHER-1").expect("a number"));
    assert_eq!(code_and_place(&encode_body(&elsewhere)), ("value", "Body.letter_no".into()));
}

#[test]
fn absent_and_impossible_amounts_are_refused() {
    let payload = |amount: Option<u64>| {
        let amount = amount.map_or(Vec::new(), |fen| varint(5, fen));
        around(6, &[amount, varint(6, 100)].concat())
    };
    assert_eq!(code_and_place(&payload(None)), ("missing", "RemittanceNotice.amount_fen".into()));
    for fen in [0, u64::MAX, 1 << 63] {
        assert_eq!(code_and_place(&payload(Some(fen))), ("value", "RemittanceNotice.amount_fen".into()));
    }
    assert_eq!(code_and_place(&payload(Some(101))), ("value", "RemittanceNotice.ordinal_total_fen".into()));
    let mut without = sheet();
    without.amount = None;
    let (code, place) = code_and_place(&encode_body(&body(Form::InformationSheet(Arc::new(without)))));
    assert_eq!((code, place.as_str()), ("missing", "InformationSheet.amount_fen"));
}

#[test]
fn a_form_that_contradicts_itself_is_refused() {
    let refused = |form: Form| code_and_place(&encode_body(&body(form))).1;
    let mut letter = contact_letter();
    letter.funds_requested = false;
    assert_eq!(refused(Form::ContactLetter(Arc::new(letter))), "ContactLetter.payee");
    let mut letter = contact_letter();
    letter.person.birth_date = letter.person.birth_date.and_then(|day| day.succ_opt());
    assert_eq!(refused(Form::ContactLetter(Arc::new(letter))), "ContactLetter.person.birth_date");
    let mut letter = contact_letter();
    letter.operator.reviewer = Some(letter.operator.id.clone());
    assert_eq!(refused(Form::ContactLetter(Arc::new(letter))), "ContactLetter.operator.reviewer");
    let mut notice = remittance();
    notice.payment_ref = jiexu::domain::ids::PaymentRef::new("x").expect("a reference");
    notice.attempt = 0;
    assert_eq!(refused(Form::RemittanceNotice(Box::new(notice))), "RemittanceNotice.attempt");
    let mut long = sheet();
    long.periods[1].agency = "9".repeat(21);
    assert_eq!(refused(Form::InformationSheet(Arc::new(long))), "InformationSheet.periods[1].agency");
}

#[test]
fn errors_never_show_what_was_written() {
    for form in forms() {
        let good = encode_body(&body(form));
        for index in 0..good.len() {
            let mut changed = good.clone();
            changed[index] ^= 0x01;
            if let Err(error) = decode_body(&changed) {
                let text = format!("{error} {error:?} {} {}", error.chinese(), error.english());
                assert!(!text.contains("㛃") && !text.contains("1101051949"), "{text}");
            }
        }
    }
}

#[test]
fn no_change_of_a_byte_makes_the_reader_panic() {
    for form in forms() {
        let good = encode_body(&body(form));
        for length in 0..good.len() {
            let _ = decode_body(&good[..length]);
        }
        for index in 0..good.len() {
            for value in [0x00, 0x01, 0x7f, 0x80, 0xff] {
                let mut changed = good.clone();
                changed[index] = value;
                let _ = decode_body(&changed);
            }
        }
    }
}
