//! Makes every entry of `tests/corpus/messages.txt`, in its order.

use jiexu::domain::ids::MessageId;
use jiexu::domain::message::Body;
use jiexu::ids;
use jiexu::wire::frame::Frame;
use jiexu::wire::{AgencyKeys, encode_body};
use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable, LongString};

use super::letters::{letter_from, letter_with_payee, letter_with_resident_id, notice, sheet};
use super::parts::{Value, number, text, with};
use super::peers::{Header, sealed};
use super::town::{LIMIT_FEN, PEER, SUSPENDED, THIRD, Town, Try, UNLISTED, US};
use crate::support::exchange::account;

/// Paths in a body: its payload, and a letter's person there.
const PAYLOAD: u32 = 8;
const NAME: &[u32] = &[PAYLOAD, 6, 1];
const DOCUMENT_NO: &[u32] = &[PAYLOAD, 6, 3];
const PAYEE_NO: &[u32] = &[PAYLOAD, 14, 2];
const SHEET_FEN: &[u32] = &[PAYLOAD, 19];

fn plain(name: &'static str, frames: Vec<Vec<u8>>) -> Try {
    Try { name, from: PEER, frames, id: None, properties: None }
}

fn of(name: &'static str, (id, frame): (MessageId, Vec<u8>)) -> Try {
    Try { name, from: PEER, frames: vec![frame], id: Some(id), properties: None }
}

/// A good frame to spoil: a letter that was never sent.
fn good(town: &mut Town) -> Vec<u8> {
    letter(town, |body| body).1
}

/// PEER's next message with this body.
fn message(town: &mut Town, body: &[u8]) -> (MessageId, Vec<u8>) {
    let header = town.header();
    (header.id, town.sealed(&header, body))
}

/// A letter about a stranger, its bytes changed before they are signed.
fn letter(town: &mut Town, change: impl Fn(Vec<u8>) -> Vec<u8>) -> (MessageId, Vec<u8>) {
    let body = encode_body(&letter_from(PEER, town.serial()));
    message(town, &change(body))
}

/// The same under a changed header.
fn headed(town: &mut Town, change: impl Fn(&mut Header)) -> (MessageId, Vec<u8>) {
    let body = encode_body(&letter_from(PEER, town.serial()));
    let mut header = town.header();
    change(&mut header);
    let peer = town.peers.iter().find(|peer| peer.code == PEER).expect("the peer");
    (header.id, sealed(&header.bytes(), &body, &peer.keys.sign, &town.our_spki))
}

pub async fn all(town: &mut Town) -> Vec<Try> {
    let mut tries = frames(town);
    tries.extend(senders(town));
    tries.extend(copies(town));
    tries.extend(moments(town));
    tries.extend(protobuf(town));
    tries.extend(amounts(town));
    tries.extend(people(town));
    tries.extend(cases(town));
    tries.extend(properties(town));
    tries
}

fn frames(town: &mut Town) -> Vec<Try> {
    // Of another message: the first one is cut here, too.
    let mut cut = good(town);
    cut.truncate(cut.len() - Frame::parse(&cut).expect("a frame").ct.len() - 12);
    let good = good(town);
    let parsed = Frame::parse(&good).expect("a frame");
    let head = good.len() - parsed.ct.len();
    let elen = 7 + parsed.header.len();
    let at = |place: usize, bytes: &[u8]| {
        let mut frame = good.clone();
        frame[place..place + bytes.len()].copy_from_slice(bytes);
        frame
    };
    let flipped = |place: usize| at(place, &[good[place] ^ 1]);
    let texts = ["{\"kind\":\"ContactLetter\"}", "<?xml version=\"1.0\"?>", "%PDF-1.7", "<!DOCTYPE html>"];
    let mut body = vec![plain("an empty body", vec![Vec::new()])];
    body.push(plain("one byte", vec![b"J".to_vec()]));
    body.push(plain("the magic only", vec![good[..4].to_vec()]));
    // One byte and the magic stand above: the same bytes again are the same dead letter.
    let cuts = (2..=head).filter(|length| *length != 4).map(|length| good[..length].to_vec());
    body.push(plain("cut at every length before the ciphertext", cuts.collect()));
    body.push(plain(
        "cut at every length in the ciphertext",
        (head + 1..good.len()).map(|n| good[..n].to_vec()).collect(),
    ));
    body.push(plain("JSON, XML, a PDF, HTML", texts.map(|text| text.as_bytes().to_vec()).into()));
    body.push(plain("suites 0, 3 and 255", [0, 3, 255].map(|suite| at(4, &[suite])).into()));
    body.push(plain("suite 2 where the directory allows 1", vec![at(4, &[2])]));
    body.push(plain("a header of 65,535 bytes, and of none", vec![at(5, &[0xff, 0xff]), at(5, &[0, 0])]));
    body.push(plain("an encapsulated key past its limit", vec![at(elen, &[0xff, 0xff])]));
    body.push(plain("an encapsulated key past the end", vec![cut]));
    body.push(plain("256 KiB and one byte", vec![vec![b'J'; 262_145]]));
    body.push(plain("15 MiB", vec![vec![b'X'; 15 << 20]]));
    body.push(plain(
        "one bit flipped in key and ciphertext",
        vec![flipped(elen + 2), flipped(head), flipped(good.len() - 20), flipped(good.len() - 1)],
    ));
    body
}

fn senders(town: &mut Town) -> Vec<Try> {
    let not_for_us = headed(town, |header| header.recipient = THIRD.to_owned()).1;
    let ours = headed(town, |header| header.sender = US.to_owned()).1;
    let other = headed(town, |header| header.sender = THIRD.to_owned()).1;
    let [unlisted, suspended] = [UNLISTED, SUSPENDED].map(|code| own(town, code, encode_body(&letter_from(code, 1))).1);
    let by = |town: &mut Town, keys: &AgencyKeys| {
        let body = encode_body(&letter_from(PEER, town.serial()));
        let mut header = town.header();
        header.sender_kid = keys.sign.kid().0;
        sealed(&header.bytes(), &body, &keys.sign, &town.our_spki)
    };
    let odd = std::mem::replace(&mut town.odd.expired, AgencyKeys::generate());
    let expired = by(town, &odd);
    let odd = std::mem::replace(&mut town.odd.not_yet, AgencyKeys::generate());
    let not_yet = by(town, &odd);
    let odd = std::mem::replace(&mut town.odd.revoked, AgencyKeys::generate());
    let revoked = by(town, &odd);
    let unknown = by(town, &AgencyKeys::generate());
    let third = std::mem::replace(&mut town.peer(THIRD).keys, AgencyKeys::generate());
    let of_another = by(town, &third);
    town.peer(THIRD).keys = third;
    let destroyed = (town.odd.destroyed.seal.kid().0, town.odd.destroyed.seal.spki().to_vec());
    let body = encode_body(&letter_from(PEER, town.serial()));
    let mut header = town.header();
    header.recipient_kid = destroyed.0;
    let peer = town.peers.iter().find(|peer| peer.code == PEER).expect("the peer");
    let gone = sealed(&header.bytes(), &body, &peer.keys.sign, &destroyed.1);
    let nobody = Try {
        properties: Some(BasicProperties::default().with_delivery_mode(2)),
        ..plain("no user of the broker", vec![good(town)])
    };
    vec![
        plain("for another agency", vec![not_for_us]),
        Try { from: UNLISTED, ..plain("a sender whom the directory does not list", vec![unlisted]) },
        Try { from: SUSPENDED, ..plain("a suspended sender", vec![suspended]) },
        plain("in our own name", vec![ours]),
        plain("in the name of another agency", vec![other]),
        plain("signed by an unknown key", vec![unknown]),
        plain("signed by an expired key", vec![expired]),
        plain("signed by a key that is not valid yet", vec![not_yet]),
        plain("signed by a revoked key", vec![revoked]),
        plain("signed by another agency's key", vec![of_another]),
        nobody,
        plain("sealed to a destroyed key of ours", vec![gone]),
    ]
}

/// A message in the name of another peer, with its own key.
fn own(town: &mut Town, code: &str, body: Vec<u8>) -> (MessageId, Vec<u8>) {
    let kid = town.our_kid;
    let header = town.peer(code).header(US, kid);
    (header.id, town.sealed(&header, &body))
}

fn copies(town: &mut Town) -> Vec<Try> {
    let (id, frame) = letter(town, |body| body);
    let thousand =
        Try { frames: vec![frame; 1000], ..of("the same message 1,000 times, on two connections", (id, Vec::new())) };
    let first = town.header();
    let frames = [0; 2].map(|_| {
        let body = encode_body(&letter_from(PEER, town.serial()));
        town.sealed(&first, &body)
    });
    let conflict = Try { frames: frames.into(), ..of("other content under the same id", (first.id, Vec::new())) };
    town.peer(PEER).skip(2);
    vec![thousand, conflict, of("number 10 of the lane after 7", letter(town, |body| body))]
}

fn moments(town: &mut Town) -> Vec<Try> {
    vec![
        of("made in 1970", headed(town, |header| header.created_at_ms = 1)),
        of("made in 2500", headed(town, |header| header.created_at_ms = 16_725_225_600_000)),
        plain("made before 1970", vec![headed(town, |header| header.created_at_ms = -1).1]),
    ]
}

fn protobuf(town: &mut Town) -> Vec<Try> {
    let more = |town: &mut Town, more: &[u8]| letter(town, |body| [body.as_slice(), more].concat());
    let eleven = [&[0x28][..], &[0x80; 10], &[0x00]].concat();
    let long = [&[0x22][..], &[0x80; 9], &[0x01]].concat();
    let nested = (0..500).fold(Vec::new(), |inner: Vec<u8>, _| {
        let length = inner.len().min(120);
        [&[0x32, length as u8][..], &inner[..length]].concat()
    });
    let flood = |town: &mut Town, kind: i64| {
        let body = with(
            &with(&encode_body(&letter_from(PEER, town.serial())), &[1], number(kind)),
            &[PAYLOAD],
            Some(Value::Bytes([0x0a, 0x00].repeat(130_000))),
        );
        message(town, &body)
    };
    let bad_header = |town: &mut Town, more: &[u8]| {
        let header = [town.header().bytes(), more.to_vec()].concat();
        let body = encode_body(&letter_from(PEER, town.serial()));
        let peer = town.peers.iter().find(|peer| peer.code == PEER).expect("the peer");
        sealed(&header, &body, &peer.keys.sign, &town.our_spki)
    };
    let headers = [&[0x28, 0x80][..], &[0x00, 0x00], &[0x0b], &[0x40, 0x01]].map(|bytes| bad_header(town, bytes));
    vec![
        of("a truncated varint", more(town, &[0x28, 0x80])),
        of("a varint of eleven bytes", more(town, &eleven)),
        of("field 0", more(town, &[0x00, 0x00])),
        of("wire type 3", more(town, &[0x0b])),
        of("wire type 4", more(town, &[0x0c])),
        of("wire type 6", more(town, &[0x0e])),
        of("wire type 7", more(town, &[0x0f])),
        of("a length of 2^63", more(town, &long)),
        of("a field twice", more(town, &[0x10, 0x01])),
        plain("a header that is no protobuf", headers.into()),
        of(
            "100,000 nested groups",
            letter(town, |body| with(&body, &[PAYLOAD], Some(Value::Bytes(vec![0x0b; 100_000])))),
        ),
        of("500 nested messages", letter(town, |body| with(&body, &[PAYLOAD], Some(Value::Bytes(nested.clone()))))),
        of("130,000 empty items in a return", flood(town, 3)),
        plain("130,000 empty items in a receipt", vec![flood(town, 19).1]),
        of("an unknown optional field", more(town, &[0xc2, 0x3e, 0x01, 0x78])),
        of("an unknown field in the critical range", more(town, &[0x48, 0x01])),
        of("an unknown kind", letter(town, |body| with(&body, &[1], number(99)))),
        of("a later schema", letter(town, |body| with(&body, &[2], number(2)))),
    ]
}

fn amounts(town: &mut Town) -> Vec<Try> {
    let payer = account(PEER);
    let mut asked = town.asked.clone().into_iter();
    let mut next = || asked.next().expect("a case for each");
    let mut patched = |town: &mut Town, value: Option<Value>| {
        let body = with(&encode_body(&sheet(&next(), 100, &payer)), SHEET_FEN, value);
        message(town, &body)
    };
    let mut tries = vec![
        of("a sheet without its amount", patched(town, None)),
        of("an amount of 0", patched(town, number(0))),
        of("an amount of −1", patched(town, number(-1))),
        of("the least amount there is", patched(town, number(i64::MIN))),
        of("the largest amount there is", patched(town, number(i64::MAX))),
        of("one fen over the sender's limit", patched(town, number(LIMIT_FEN + 1))),
    ];
    let (yuan, closed, mixed) = (next(), next(), next());
    let with_sheet = encode_body(&sheet(&yuan, 123_400, &payer));
    tries.push(of("a sound sheet", message(town, &with_sheet)));
    tries.push(of("a notice in yuan where fen are meant", message(town, &encode_body(&notice(&yuan, 2, 1_234)))));
    let stranger = own(town, THIRD, encode_body(&notice(&yuan, 3, 123_400)));
    tries.push(Try { from: THIRD, ..of("a notice from an agency that is no party", stranger) });
    let mut other = sheet(&mixed, 100, &payer);
    other.case_id = Some(closed.case);
    tries.push(of("one person's sheet in another's case", message(town, &encode_body(&other))));
    let mut unknown = notice(&mixed, 1, 100);
    unknown.case_id = Some(ids::case_id(jiexu::clock::now()));
    tries.push(of("a notice of a case nobody knows", message(town, &encode_body(&unknown))));
    tries
}

fn people(town: &mut Town) -> Vec<Try> {
    let named = |town: &mut Town, name: &str| letter(town, |body| with(&body, NAME, text(name)));
    let numbered = |town: &mut Town, no: &str| {
        let body = with(&letter_with_resident_id(town.serial()), DOCUMENT_NO, text(no));
        message(town, &body)
    };
    let paid = |town: &mut Town, no: &str| {
        let body = with(&letter_with_payee(town.serial(), &account(PEER)), PAYEE_NO, text(no));
        message(town, &body)
    };
    let latin = letter(town, |body| with(&body, NAME, Some(Value::Bytes(vec![0xd5, 0xc5, 0xc8, 0xfd]))));
    vec![
        of("a name that is not UTF-8", latin),
        of("a name with NUL", named(town, "张\0三")),
        of("a name that turns the line", named(town, "张\u{202e}三")),
        of("a name of 10,000 characters", named(town, &"张".repeat(10_000))),
        of("a name of spaces", named(town, "   ")),
        of("a name under a flood of marks", named(town, &format!("张{}", "\u{301}".repeat(40)))),
        of("a name beyond the basic plane", named(town, "㛃䶮𬱖")),
        of("an ID number with a wrong check digit", numbered(town, "110105194912310021")),
        of("an ID number of 15 digits", numbered(town, "110105491231002")),
        of("an ID number with a small x", numbered(town, "11010519491231002x")),
        of("an ID number in full-width digits", numbered(town, "１１０１０５１９４９１２３１００２Ｘ")),
        of("an ID number with an impossible date", numbered(town, "110105194902300026")),
        of("a payee account with letters", paid(town, "62AB0000000001")),
        of("a payee account of 7 digits", paid(town, "6200001")),
        of("a payee account with leading zeros", paid(town, "0000000000000123")),
    ]
}

fn cases(town: &mut Town) -> Vec<Try> {
    // The register's person 900 may go; the second agency that asks finds the account held.
    let of_900 = |code: &str| -> Vec<u8> {
        let mut body: Body = letter_from(code, 900);
        let jiexu::domain::message::Form::ContactLetter(form) = &mut body.form else { unreachable!("a letter") };
        let form = std::sync::Arc::make_mut(form);
        let employee = jiexu::domain::forms::Insurance::Employee;
        (form.insurance_out, form.insurance_in) = (employee, employee);
        (form.funds_requested, form.payee) = (true, Some(account(code)));
        let asked = serde_json::json!({ "name": "㛃䶮·𬱖", "document": crate::exchange::document(900),
            "birth_date": null, "sex": null, "personal_no": null, "phone": null });
        form.person = serde_json::from_value(asked).expect("a person");
        encode_body(&body)
    };
    let first = message(town, &of_900(PEER));
    let second = own(town, THIRD, of_900(THIRD));
    vec![
        of("a letter about somebody we do not have", letter(town, |body| body)),
        of("a letter about somebody who may go", first),
        Try { from: THIRD, ..of("a letter while another agency's case is open", second) },
    ]
}

fn properties(town: &mut Town) -> Vec<Try> {
    let odd = |town: &mut Town, name: &'static str, change: &dyn Fn(BasicProperties) -> BasicProperties| {
        let properties = change(town.peer(PEER).properties());
        Try { properties: Some(properties), ..of(name, letter(town, |body| body)) }
    };
    let table = |entries: Vec<(String, AMQPValue)>| {
        let mut table = FieldTable::default();
        for (name, value) in entries {
            table.insert(name.into(), value);
        }
        table
    };
    let long = |text: &str| AMQPValue::LongString(LongString::from(text));
    let many = table((0..1000).map(|n| (format!("h{n}"), long("x"))).collect());
    let deep = (0..50).fold(table(Vec::new()), |inner, _| table(vec![("in".into(), AMQPValue::FieldTable(inner))]));
    let death = table(vec![
        ("queue".into(), long("jiexu.in.530800")),
        ("reason".into(), long("rejected")),
        ("count".into(), AMQPValue::LongLongInt(3)),
    ]);
    let death = table(vec![
        ("x-death".into(), AMQPValue::FieldArray(vec![AMQPValue::FieldTable(death)].into())),
        ("x-delivery-count".into(), AMQPValue::LongLongInt(1000)),
    ]);
    let copy = table(vec![("CC".into(), AMQPValue::FieldArray(vec![long("450200.330100")].into()))]);
    let copied = Try {
        properties: Some(town.peer(PEER).properties().with_headers(copy)),
        ..plain("a carbon copy", vec![good(town)])
    };
    vec![
        odd(town, "called gzip", &|it| it.with_content_encoding("gzip".into())),
        odd(town, "1,000 headers", &|it| it.with_headers(many.clone())),
        odd(town, "a header table nested 50 deep", &|it| it.with_headers(deep.clone())),
        odd(town, "priority 255", &|it| it.with_priority(255)),
        odd(town, "an answer wanted elsewhere", &|it| it.with_reply_to("jiexu.in.330100".into())),
        odd(town, "not persistent", &|it| it.with_delivery_mode(1)),
        odd(town, "an expiry far ahead", &|it| it.with_expiration("86400000".into())),
        odd(town, "a copy that was dead-lettered before", &|it| it.with_headers(death.clone())),
        copied,
    ]
}
