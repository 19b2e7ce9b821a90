//! A directory is believed by its signatures, and never goes back.

use jiexu::wire::SigningKey;
use jiexu::wire::registry::{DirectoryError, RootKey, sign_directory, verify_directory};

use super::samples::World;

fn root(seed: u8) -> SigningKey {
    SigningKey::from_secret(&[seed; 32])
}

fn code(result: Result<jiexu::domain::directory::Directory, DirectoryError>) -> &'static str {
    result.err().map_or("taken", |error| error.code())
}

#[test]
fn a_signed_directory_is_taken_and_every_other_is_not() {
    let directory = World::new().directory;
    let bytes = serde_json::to_vec_pretty(&directory).expect("writes");
    let trusted = [RootKey::of(&root(9))];
    let signatures = sign_directory(&bytes, &[&root(9)]);
    let verify = |bytes: &[u8], signatures: &[u8], seen| verify_directory(bytes, signatures, &trusted, 1, seen);
    assert_eq!(verify(&bytes, signatures.as_bytes(), 7).expect("taken"), directory);
    assert_eq!(code(verify(&bytes, signatures.as_bytes(), 8)), "directory_rolled_back");
    assert_eq!(code(verify(&bytes, b"", 0)), "directory_unsigned");
    assert_eq!(code(verify(&bytes, b"[]", 0)), "directory_unsigned");
    assert_eq!(code(verify(&bytes, b"{", 0)), "directory_signature_malformed");
    assert_eq!(code(verify(&bytes, sign_directory(&bytes, &[&root(8)]).as_bytes(), 0)), "directory_wrong_root");
    let changed = String::from_utf8(bytes.clone()).expect("text").replace("00440100", "00440199");
    assert_eq!(code(verify(changed.as_bytes(), signatures.as_bytes(), 0)), "directory_bad_signature");
    let cut = &bytes[..bytes.len() / 2];
    let error = verify(cut, sign_directory(cut, &[&root(9)]).as_bytes(), 0).expect_err("malformed");
    assert!(matches!(error, DirectoryError::Malformed { line, .. } if line > 10), "{error}");
    assert_eq!(code(verify_directory(&bytes, signatures.as_bytes(), &trusted, 0, 0)), "root_threshold");
    assert_eq!(code(verify_directory(&bytes, signatures.as_bytes(), &trusted, 2, 0)), "root_threshold");
}

#[test]
fn two_of_three_means_two_different_roots() {
    let bytes = serde_json::to_vec(&World::new().directory).expect("writes");
    let trusted = [11, 12, 13].map(|seed| RootKey::of(&root(seed)));
    let verify = |signers: &[&SigningKey]| {
        code(verify_directory(&bytes, sign_directory(&bytes, signers).as_bytes(), &trusted, 2, 0))
    };
    assert_eq!(verify(&[&root(11), &root(13)]), "taken");
    assert_eq!(verify(&[&root(11), &root(11)]), "directory_too_few_signatures");
    assert_eq!(verify(&[&root(11), &root(99)]), "directory_too_few_signatures");
}

#[test]
fn a_key_that_does_not_fit_its_name_is_refused() {
    let mut directory = World::new().directory;
    let agency = directory.agencies.values_mut().next().expect("there");
    agency.keys[0].kid.0[0] ^= 1;
    let bytes = serde_json::to_vec(&directory).expect("writes");
    let result =
        verify_directory(&bytes, sign_directory(&bytes, &[&root(9)]).as_bytes(), &[RootKey::of(&root(9))], 1, 0);
    assert_eq!(code(result), "directory_key");
}

#[test]
fn a_root_key_survives_the_configuration() {
    let trusted = RootKey::of(&root(9));
    assert_eq!(RootKey::from_base64(&trusted.to_base64()).expect("reads"), trusted);
    for text in ["", "AAAA", "not base64", &"A".repeat(60)] {
        assert_eq!(RootKey::from_base64(text).expect_err("refused").code(), "root_key");
    }
}

#[test]
fn keys_the_directory_does_not_list_as_ours_are_refused() {
    let world = World::new();
    let us = world.directory.agency(&world.from).expect("there");
    assert!(world.from_keys.check(us).is_ok());
    let error = world.to_keys.check(us).expect_err("another agency's");
    assert_eq!(error.code(), "key_foreign");
}
