//! The published test vectors: another implementation that agrees with them can talk to this one.
//!
//! `JIEXU_WRITE_VECTORS=1 cargo test --test it vectors` makes the file anew. Doing so changes the contract.

use jiexu::domain::ids::Digest;
use jiexu::wire::frame::{Frame, Inner, aad, digest_bytes, frame_hash, signed_bytes};
use jiexu::wire::suite::suite;
use jiexu::wire::{SealingKey, SigningKey, decode_body};
use serde_json::{Value, json};

use super::samples::{World, body, forms};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/frame-suite1.json");

fn make() -> Value {
    let world = World::new();
    let cases: Vec<Value> = forms()
        .into_iter()
        .map(|form| {
            let kind = form.kind();
            let sealed = world.seal(form);
            let frame = Frame::parse(&sealed.frame).expect("a frame");
            let inner = Inner { sigblock: &sealed.sigblock, body: &sealed.body };
            json!({
                "kind": kind.word(),
                "header": hex::encode(&sealed.header),
                "body": hex::encode(&sealed.body),
                "signed": hex::encode(signed_bytes(1, &sealed.header, &sealed.body)),
                "sigblock": hex::encode(&sealed.sigblock),
                "digest": sealed.digest.to_string(),
                "aad": hex::encode(aad(1, &sealed.header)),
                "sealed": hex::encode(inner.encode()),
                "enc": hex::encode(frame.enc),
                "ct": hex::encode(frame.ct),
                "frame": hex::encode(&sealed.frame),
                "frame_sha256": hex::encode(frame_hash(&sealed.frame)),
            })
        })
        .collect();
    json!({
        "suite": 1,
        "note": "All hex. enc and ct are different at every sealing; a reader must open these. Everything else is exact.",
        "sender": {
            "code": "330100",
            "ed25519_secret": hex::encode([1u8; 32]),
            "ed25519_spki": hex::encode(world.from_keys.sign.spki()),
            "kid": world.from_keys.sign.kid().to_string(),
        },
        "recipient": {
            "code": "440100",
            "x25519_secret": hex::encode([102u8; 32]),
            "x25519_spki": hex::encode(world.to_keys.seal.spki()),
            "kid": world.to_keys.seal.kid().to_string(),
        },
        "cases": cases,
    })
}

fn bytes(value: &Value, field: &str) -> Vec<u8> {
    hex::decode(value[field].as_str().expect("text")).expect("hex")
}

fn secret(value: &Value, field: &str) -> [u8; 32] {
    bytes(value, field).try_into().expect("32 bytes")
}

#[test]
fn the_published_vectors_hold_byte_for_byte() {
    if std::env::var_os("JIEXU_WRITE_VECTORS").is_some() {
        std::fs::write(PATH, serde_json::to_string_pretty(&make()).expect("JSON") + "\n").expect("written");
    }
    let text = std::fs::read_to_string(PATH).expect("the vectors are committed");
    let vectors: Value = serde_json::from_str(&text).expect("JSON");
    let sender = SigningKey::from_secret(&secret(&vectors["sender"], "ed25519_secret"));
    let recipient = SealingKey::from_secret(&secret(&vectors["recipient"], "x25519_secret"));
    assert_eq!(sender.spki(), bytes(&vectors["sender"], "ed25519_spki"));
    assert_eq!(recipient.spki(), bytes(&vectors["recipient"], "x25519_spki"));
    assert_eq!(sender.kid().to_string(), vectors["sender"]["kid"]);
    assert_eq!(recipient.kid().to_string(), vectors["recipient"]["kid"]);

    let world = World::new();
    let suite = suite(1).expect("there");
    let cases = vectors["cases"].as_array().expect("a list");
    assert_eq!(cases.len(), forms().len());
    for (case, form) in cases.iter().zip(forms()) {
        let kind = case["kind"].as_str().expect("text");
        assert_eq!(kind, form.kind().word());
        let (header, plain_body, sigblock) = (bytes(case, "header"), bytes(case, "body"), bytes(case, "sigblock"));
        let made = world.seal(form.clone());
        assert_eq!((&made.header, &made.body, &made.sigblock), (&header, &plain_body, &sigblock), "{kind}");
        assert_eq!(signed_bytes(1, &header, &plain_body), bytes(case, "signed"));
        assert_eq!([&[0], sender.sign(&bytes(case, "signed")).as_slice()].concat(), sigblock);
        let digest: Digest = suite.hash(&digest_bytes(1, &header, &sigblock, &plain_body));
        assert_eq!(digest.to_string(), case["digest"]);
        assert_eq!(aad(1, &header), bytes(case, "aad"));
        assert_eq!(Inner { sigblock: &sigblock, body: &plain_body }.encode(), bytes(case, "sealed"));
        let opened = suite.open(&recipient, &bytes(case, "enc"), &bytes(case, "aad"), &bytes(case, "ct"));
        assert_eq!(opened.expect("opens"), bytes(case, "sealed"));
        let frame = bytes(case, "frame");
        assert_eq!(hex::encode(frame_hash(&frame)), case["frame_sha256"]);
        let opened = world.open(&frame).expect("opens");
        assert_eq!(opened.digest, digest);
        assert_eq!(opened.body.expect("readable"), body(form), "{kind}");
        assert!(decode_body(&plain_body).is_ok());
    }
}
