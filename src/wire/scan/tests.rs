//! The corpus of hostile protobuf, and a comparison with the decoder.

use prost::Message as _;

use super::*;
use crate::wire::pb;

fn fault(name: &'static str, bytes: &[u8]) -> Option<Fault> {
    scan(name, bytes).err().map(|error| error.fault)
}

#[test]
fn malformed_bytes_are_refused_before_decoding() {
    let cases: &[(&str, &[u8])] = &[
        ("a truncated varint", &[0x20, 0x80]),
        ("an eleven-byte varint", &[0x20, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00]),
        ("a varint of 65 bits", &[0x20, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02]),
        ("field 0", &[0x00, 0x00]),
        ("a group", &[0x0b, 0x0c]),
        ("the end of a group", &[0x0c]),
        ("wire type 6", &[0x0e]),
        ("wire type 7", &[0x0f]),
        ("a wire type that is not the field's", &[0x08, 0x01]),
        ("a length over the end", &[0x0a, 0x05, 0x00]),
        ("a length of 2^63", &[0x0a, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01]),
        ("a field twice", &[0x20, 0x01, 0x20, 0x01]),
        ("a boolean of 2", &[0x20, 0x02]),
        ("a tag beyond 32 bits", &[0xff, 0xff, 0xff, 0xff, 0xff, 0x01]),
    ];
    for (what, bytes) in cases {
        assert!(matches!(fault("Refusal", bytes), Some(Fault::Protobuf(_))), "{what}");
    }
    assert!(matches!(fault("LetterReturn", &[0x10, 0x80, 0x80, 0x80, 0x80, 0x10]), Some(Fault::Protobuf(_))));
    assert!(matches!(fault("LetterReturn", &[0x2a, 0x00]), Some(Fault::Protobuf(_))), "a message where a bool is due");
}

#[test]
fn a_flood_of_empty_items_is_refused_at_its_limit() {
    let flood = [0x0a, 0x00].repeat(130_000);
    let error = scan("Receipt", &flood).expect_err("too many");
    assert_eq!(error.fault, Fault::TooMany { most: 3000 });
    assert_eq!(error.place, "Receipt.entries");
    assert_eq!(scan("Receipt", &[0x0a, 0x00].repeat(3000)), Ok(()));
    let periods = [0x8a, 0x01, 0x00].repeat(601);
    assert_eq!(fault("InformationSheet", &periods), Some(Fault::TooMany { most: 600 }));
    let packed = [&[0x1a, 21][..], &[1; 21]].concat();
    assert_eq!(fault("Refusal", &packed), Some(Fault::TooMany { most: 20 }));
}

#[test]
fn nesting_without_end_is_refused() {
    assert!(matches!(fault("Receipt", &[0x0b].repeat(100_000)), Some(Fault::Protobuf(_))));
    let mut nested: Vec<u8> = Vec::new();
    for _ in 0..500 {
        let length = u8::try_from(nested.len().min(100)).expect("small");
        nested = [&[0x0a, length][..], &nested[..usize::from(length)]].concat();
    }
    assert!(scan("Receipt", &nested).is_err());
}

#[test]
fn the_unknown_is_newer_or_an_extension() {
    let newer = [0x98, 0x06, 0x01]; // field 99
    assert!(matches!(fault("Receipt", &newer), Some(Fault::NewerVersion(_))));
    assert_eq!(scan("Receipt", &newer).expect_err("newer").place, "Receipt[99]");
    let mut critical: Vec<u8> = Vec::new();
    prost::encoding::encode_key(999, prost::encoding::WireType::Varint, &mut critical);
    assert!(matches!(fault("Receipt", &[critical, vec![1]].concat()), Some(Fault::NewerVersion(_))));
    for (wire_type, rest) in [(0u32, vec![1u8]), (1, vec![0; 8]), (2, vec![3, 0xff, 0xfe, 0xfd]), (5, vec![0; 4])] {
        let mut bytes: Vec<u8> = Vec::new();
        prost::encoding::encode_varint(u64::from(1000 << 3 | wire_type), &mut bytes);
        bytes.extend(rest);
        assert_eq!(scan("Receipt", &bytes), Ok(()), "wire type {wire_type}");
        assert!(scan("Receipt", &bytes[..bytes.len() - 1]).is_err(), "wire type {wire_type}, cut");
    }
    assert!(matches!(fault("Refusal", &[0x1a, 0x01, 0x63]), Some(Fault::NewerVersion(_))), "an unknown enum value");
    assert!(matches!(fault("Refusal", &[0x1a, 0x01, 0x00]), Some(Fault::Value(_))), "an unspecified enum value");
}

#[test]
fn what_the_scan_takes_the_decoder_reads() {
    // Every one-byte change of a good message: the scan may refuse it, but what it takes must decode.
    let good = pb::Refusal {
        message_id: vec![1; 16],
        digest: vec![2; 32],
        codes: vec![4, 9],
        retryable: true,
        text: Some("金额㛃䶮𬱖".into()),
    };
    let bytes = good.encode_to_vec();
    assert_eq!(scan("Refusal", &bytes), Ok(()));
    for index in 0..bytes.len() {
        for value in 0..=255u8 {
            let mut changed = bytes.clone();
            changed[index] = value;
            if scan("Refusal", &changed).is_ok() {
                assert!(pb::Refusal::decode(changed.as_slice()).is_ok(), "byte {index} = {value}");
            }
        }
    }
}
