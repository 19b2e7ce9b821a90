//! Frames between two agencies: what is sound arrives unchanged, everything else is refused with its own reason.

use std::sync::Arc;

use jiexu::domain::directory::{Directory, KeyId};
use jiexu::domain::forms::{FundsDisposition, Insurance, Receipt};
use jiexu::domain::message::Form;
use jiexu::domain::money::Fen;
use jiexu::domain::time::Moment;
use jiexu::wire::frame::{Frame, Inner, aad, signed_bytes};
use jiexu::wire::suite::suite;
use jiexu::wire::{
    AgencyKeys, Cause, RECEIPT_ENTRIES_MAX, Routed, SealError, SealingKey, Unopened, decode_body, encode_body, open,
    seal,
};

mod content;
mod registry;
pub mod samples;
mod vectors;

use samples::{DAY_US, NOW, ROUTED, World, body, code, forms, keys, receipt, sheet};

fn small() -> Form {
    Form::Receipt(receipt(1))
}

/// The frame after a change of its parts, sealed again by the sender.
fn sealed_again(world: &World, header: &[u8], plain: &[u8]) -> Vec<u8> {
    let suite = suite(1).expect("there");
    let (enc, ct) = suite.seal(world.to_keys.seal.spki(), &aad(1, header), plain).expect("sealed");
    Frame { suite: 1, header, enc: &enc, ct: &ct }.encode().expect("within the limits")
}

fn cause(result: Result<jiexu::wire::Opened, Unopened>) -> Option<Cause> {
    result.err().map(|unopened| unopened.cause)
}

#[test]
fn every_form_arrives_as_it_was_sent() {
    let world = World::new();
    for form in forms() {
        let kind = form.kind();
        let sealed = world.seal(form.clone());
        assert_eq!(sealed.kind, kind);
        let opened = world.open(&sealed.frame).expect("opens");
        assert_eq!(opened.body.expect("readable"), body(form), "{kind:?}");
        assert_eq!(opened.digest, sealed.digest);
        assert_eq!(opened.header_bytes, sealed.header);
        assert_eq!(opened.sigblock, sealed.sigblock);
        assert_eq!(opened.body_bytes, sealed.body);
        assert_eq!((opened.header.seq, opened.header.epoch, opened.header.directory_version), (42, 1, 7));
        assert!(!opened.created_in_future);
        let frame = Frame::parse(&sealed.frame).expect("a frame");
        assert_eq!((frame.ct.len() - 16) % 512, 0, "{kind:?}: the length says little");
    }
}

#[test]
fn a_frame_cut_at_any_length_is_refused() {
    let world = World::new();
    let frame = world.seal(small()).frame;
    for length in 0..frame.len() {
        assert!(world.open(&frame[..length]).is_err(), "{length}");
    }
    assert_eq!(cause(world.open(&[])), Some(Cause::Empty));
    assert_eq!(cause(world.open(&frame[..1])), Some(Cause::Truncated));
    assert_eq!(cause(world.open(&frame[..100])), Some(Cause::Truncated));
    assert_eq!(cause(world.open(&frame[..frame.len() - 1])), Some(Cause::Crypto));
    assert_eq!(cause(world.open(&[frame.as_slice(), b"x"].concat())), Some(Cause::Crypto));
}

#[test]
fn every_flipped_bit_is_noticed() {
    let world = World::new();
    let frame = world.seal(small()).frame;
    for bit in 0..frame.len() * 8 {
        let mut changed = frame.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        assert!(world.open(&changed).is_err(), "bit {bit}");
    }
}

#[test]
fn bytes_that_are_no_frame_have_their_own_reason() {
    let world = World::new();
    let frame = world.seal(small()).frame;
    let with = |at: usize, bytes: &[u8]| {
        let mut changed = frame.clone();
        changed[at..at + bytes.len()].copy_from_slice(bytes);
        cause(world.open(&changed))
    };
    for text in ["{\"a\":1}", "<?xml?>", "%PDF-1.7", "<!DOCTYPE html>"] {
        assert_eq!(cause(world.open(text.as_bytes())), Some(Cause::NotJx1));
    }
    for number in [0, 3, 255] {
        assert_eq!(with(4, &[number]), Some(Cause::SuiteUnknown));
    }
    assert_eq!(with(4, &[2]), Some(Cause::SuiteNotAllowed));
    assert_eq!(with(5, &[0xff, 0xff]), Some(Cause::Frame));
    assert_eq!(with(5, &[0, 0]), Some(Cause::Frame));
    assert_eq!(cause(world.open(&vec![0; 262_145])), Some(Cause::TooLarge));
    assert_eq!(cause(world.open(&vec![0; 15 << 20])), Some(Cause::TooLarge));
}

#[test]
fn routing_and_header_must_agree() {
    let world = World::new();
    let frame = world.seal(small()).frame;
    let routed = |context: Routed<'_>| cause(open(&frame, &context, &world.to_keys, &world.to, &world.directory, NOW));
    assert_eq!(routed(ROUTED), None);
    assert_eq!(routed(Routed { carbon_copied: true, ..ROUTED }), Some(Cause::CarbonCopy));
    assert_eq!(routed(Routed { user_id: Some("510100"), ..ROUTED }), Some(Cause::UserId));
    assert_eq!(routed(Routed { user_id: None, ..ROUTED }), Some(Cause::UserId));
    for key in ["510100.440100", "330100.510100", "330100", "330100.440100.x", ""] {
        assert_eq!(routed(Routed { routing_key: key, ..ROUTED }), Some(Cause::RoutingKey), "{key}");
    }
    let elsewhere = open(&frame, &ROUTED, &keys(3), &code("510100"), &world.directory, NOW);
    let unopened = elsewhere.expect_err("not for them");
    assert_eq!(unopened.cause, Cause::NotForUs);
    assert!(unopened.is_alarm());
    assert_eq!(unopened.claimed_sender(), Some(&world.from));
    let at_home = open(&frame, &ROUTED, &world.from_keys, &world.from, &world.directory, NOW);
    assert_eq!(cause(at_home), Some(Cause::NotForUs));
}

/// Opens a good frame under a changed directory.
fn under(world: &World, change: impl Fn(&mut Directory)) -> Option<Cause> {
    let frame = world.seal(small()).frame;
    let mut directory = world.directory.clone();
    change(&mut directory);
    cause(open(&frame, &ROUTED, &world.to_keys, &world.to, &directory, NOW))
}

#[test]
fn the_directory_decides_whose_key_counts_and_when() {
    let world = World::new();
    let from = |directory: &mut Directory, change: &dyn Fn(&mut jiexu::domain::directory::Agency)| {
        change(directory.agencies.get_mut(&code("330100")).expect("there"));
    };
    assert_eq!(under(&world, |_| ()), None);
    assert_eq!(under(&world, |d| drop(d.agencies.remove(&code("330100")))), Some(Cause::SenderUnknown));
    assert_eq!(under(&world, |d| from(d, &|a| a.suspended = true)), Some(Cause::SenderSuspended));
    assert_eq!(under(&world, |d| from(d, &|a| a.suites = vec![2])), Some(Cause::SuiteNotAllowed));
    assert_eq!(under(&world, |d| from(d, &|a| a.keys.clear())), Some(Cause::KidUnknown));
    assert_eq!(under(&world, |d| from(d, &|a| a.keys[0].not_after = Moment(NOW.0 - 1))), Some(Cause::KidExpired));
    assert_eq!(under(&world, |d| from(d, &|a| a.keys[0].not_before = Moment(NOW.0 + 1))), Some(Cause::KidNotYetValid));
    assert_eq!(under(&world, |d| from(d, &|a| a.keys[0].revoked_at = Some(NOW))), Some(Cause::KidRevoked));
    assert_eq!(under(&world, |d| from(d, &|a| a.keys[0].revoked_at = Some(Moment(NOW.0 + 1)))), None);
    let moved = under(&world, |d| {
        let key = d.agencies.get_mut(&code("330100")).expect("there").keys.remove(0);
        d.agencies.get_mut(&code("510100")).expect("there").keys.push(key);
    });
    assert_eq!(moved, Some(Cause::KidOfAnother));
}

#[test]
fn a_frame_signed_by_another_key_is_refused() {
    let world = World::new();
    // 510100 seals for 440100 under its own code, then claims to be 330100 in a header of its own making.
    let forger = AgencyKeys { sign: keys(3).sign, ..keys(1) };
    let honest = world.seal(small());
    let signature = forger.sign.sign(&signed_bytes(1, &honest.header, &honest.body));
    let sigblock = [&[0], signature.as_slice()].concat();
    let plain = Inner { sigblock: &sigblock, body: &honest.body }.encode();
    assert_eq!(cause(world.open(&sealed_again(&world, &honest.header, &plain))), Some(Cause::Crypto));
    // The same signature under another header, and another body under the same signature.
    let plain = Inner { sigblock: &honest.sigblock, body: b"\x08\x13" }.encode();
    assert_eq!(cause(world.open(&sealed_again(&world, &honest.header, &plain))), Some(Cause::Crypto));
    let other = world.seal(Form::InformationSheet(Arc::new(sheet())));
    let plain = Inner { sigblock: &other.sigblock, body: &other.body }.encode();
    assert!(world.open(&sealed_again(&world, &honest.header, &plain)).is_ok(), "equal headers by construction");
    let mut later = world.outgoing(small());
    later.seq = 43;
    let later = seal(&later, &world.from_keys, &world.from, &world.directory).expect("sealed");
    assert_eq!(cause(world.open(&sealed_again(&world, &later.header, &plain))), Some(Cause::Crypto));
}

#[test]
fn padding_and_signature_block_are_checked_inside_the_seal() {
    let world = World::new();
    let sealed = world.seal(small());
    let inner = Inner { sigblock: &sealed.sigblock, body: &sealed.body };
    let opened = |plain: &[u8]| cause(world.open(&sealed_again(&world, &sealed.header, plain)));
    let plain = inner.encode();
    assert_eq!(opened(&plain), None);
    let mut dirty = plain.clone();
    *dirty.last_mut().expect("padded") = 1;
    assert_eq!(opened(&dirty), Some(Cause::Padding));
    assert_eq!(opened(&[plain.as_slice(), &[0; 512]].concat()), Some(Cause::Padding));
    assert_eq!(opened(&plain[..plain.len() - 1]), Some(Cause::Padding));
    assert_eq!(opened(&[]), Some(Cause::Padding));
    let mut scheme = plain.clone();
    scheme[2] = 1;
    assert_eq!(opened(&scheme), Some(Cause::SchemeUnknown));
    let mut long = plain.clone();
    long[..2].copy_from_slice(&[0xff, 0xff]);
    assert_eq!(opened(&long), Some(Cause::Frame));
    let mut short = plain;
    short[2 + sealed.sigblock.len()] = 0xff;
    assert_eq!(opened(&short), Some(Cause::Frame));
}

#[test]
fn a_former_sealing_key_opens_until_it_is_destroyed() {
    let world = World::new();
    let frame = world.seal(small()).frame;
    let rotated = |former| AgencyKeys { seal: SealingKey::from_secret(&[77; 32]), former, ..keys(2) };
    let with = |keys: &AgencyKeys, directory| cause(open(&frame, &ROUTED, keys, &world.to, directory, NOW));
    assert_eq!(with(&rotated(vec![keys(2).seal]), &world.directory), None);
    assert_eq!(with(&rotated(Vec::new()), &world.directory), Some(Cause::KeyGone));
    let mut forgotten = world.directory.clone();
    forgotten.agencies.get_mut(&world.to).expect("there").keys.retain(|key| key.kid == KeyId([0; 16]));
    assert_eq!(with(&rotated(Vec::new()), &forgotten), Some(Cause::RecipientKid));
}

#[test]
fn the_time_of_sending_refuses_nothing_but_the_impossible() {
    let world = World::new();
    let made_at = |moment| {
        let mut outgoing = world.outgoing(small());
        outgoing.created_at = moment;
        seal(&outgoing, &world.from_keys, &world.from, &world.directory).expect("sealed").frame
    };
    let old = world.open(&made_at(Moment(NOW.0 - 90 * DAY_US))).expect("opens");
    assert!(!old.created_in_future);
    assert!(!world.open(&made_at(NOW.plus_ms(600_000))).expect("opens").created_in_future);
    assert!(world.open(&made_at(NOW.plus_ms(600_001))).expect("opens").created_in_future);
    let mut ancient = world.directory.clone();
    for key in ancient.agencies.values_mut().flat_map(|agency| &mut agency.keys) {
        (key.not_before, key.not_after) = (Moment(i64::MIN), Moment(i64::MAX));
    }
    for (moment, expected) in [(Moment(0), None), (Moment(-1), Some(Cause::CreatedAt))] {
        let mut outgoing = world.outgoing(small());
        outgoing.created_at = moment;
        let frame = seal(&outgoing, &world.from_keys, &world.from, &ancient).expect("sealed").frame;
        assert_eq!(cause(open(&frame, &ROUTED, &world.to_keys, &world.to, &ancient, NOW)), expected);
    }
}

#[test]
fn what_cannot_be_sent_says_why() {
    let world = World::new();
    let refused = |change: &dyn Fn(&mut jiexu::wire::Outgoing, &mut Directory)| -> SealError {
        let (mut outgoing, mut directory) = (world.outgoing(small()), world.directory.clone());
        change(&mut outgoing, &mut directory);
        seal(&outgoing, &world.from_keys, &world.from, &directory).expect_err("refused")
    };
    assert_eq!(refused(&|o, _| o.recipient = code("999999")).code(), "recipient_unknown");
    assert_eq!(refused(&|o, _| o.recipient = code("330100")).code(), "recipient_is_us");
    assert_eq!(refused(&|o, _| o.created_at = Moment(NOW.0 + 101 * DAY_US)).code(), "our_key");
    assert_eq!(refused(&|o, _| o.body.sent_at = Moment(0)).code(), "content");
    let recipient = code("440100");
    assert_eq!(
        refused(&|_, d| d.agencies.get_mut(&recipient).expect("there").suspended = true).code(),
        "recipient_suspended"
    );
    assert_eq!(refused(&|_, d| d.agencies.get_mut(&recipient).expect("there").keys.clear()).code(), "recipient_key");
    assert_eq!(
        refused(&|_, d| d.agencies.get_mut(&recipient).expect("there").suites = vec![2]).code(),
        "recipient_suite"
    );
    let mut unsound = sheet();
    unsound.disposition = FundsDisposition::Transfer;
    unsound.amount = None;
    assert_eq!(refused(&|o, _| o.body = body(Form::InformationSheet(Arc::new(unsound.clone())))).code(), "content");
}

#[test]
fn the_largest_receipt_and_sheet_fit_a_frame() {
    let world = World::new();
    let entry = receipt(2).entries.remove(1);
    let full = Receipt { entries: vec![entry.clone(); RECEIPT_ENTRIES_MAX] };
    let sealed = world.seal(Form::Receipt(full.clone()));
    assert_eq!(world.open(&sealed.frame).expect("opens").body.expect("readable").form, Form::Receipt(full));
    let over = Receipt { entries: vec![entry; RECEIPT_ENTRIES_MAX + 1] };
    let error = seal(&world.outgoing(Form::Receipt(over)), &world.from_keys, &world.from, &world.directory);
    assert_eq!(error.err().map(|error| error.code()), Some("content"));
    let mut long = sheet();
    let row = long.periods[1].clone();
    long.periods = vec![row; 600];
    long.insurance = Insurance::Employee;
    long.amount = Fen::new(i64::MAX);
    assert!(world.open(&world.seal(Form::InformationSheet(Arc::new(long))).frame).is_ok());
}

#[test]
fn stored_bodies_read_again() {
    for form in forms() {
        let bytes = encode_body(&body(form.clone()));
        assert_eq!(decode_body(&bytes).expect("readable"), body(form));
    }
}

#[test]
fn many_threads_seal_and_open_at_once() {
    let world = World::new();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for form in forms() {
                    assert!(world.open(&world.seal(form).frame).expect("opens").body.is_ok());
                }
            });
        }
    });
}
