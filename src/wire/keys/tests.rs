//! Keys survive their files, and files that others could read are refused.

use std::os::unix::fs::PermissionsExt;

use super::*;
use crate::domain::directory::Spki;

#[test]
fn keys_are_written_once_with_mode_0600_and_read_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let made = AgencyKeys::generate();
    made.save(folder.path()).expect("saved");
    SealingKey::generate().save(&folder.path().join("seal-former-2025.pem")).expect("saved");
    let read = AgencyKeys::load(folder.path()).expect("loaded");
    assert_eq!(read.sign.kid(), made.sign.kid());
    assert_eq!(read.seal.kid(), made.seal.kid());
    assert_eq!(read.former.len(), 1);
    let mode = std::fs::metadata(folder.path().join(SIGN_FILE)).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(made.save(folder.path()).expect_err("exists").code(), "key_exists");
    assert!(!format!("{read:?}").contains("secret"));
}

#[test]
fn every_unusable_key_file_has_its_own_code() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(SIGN_FILE);
    assert_eq!(SigningKey::load(&path).expect_err("missing").code(), "key_missing");
    SealingKey::generate().save(&path).expect("saved");
    assert_eq!(SigningKey::load(&path).expect_err("an X25519 key").code(), "key_malformed");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).expect("set");
    assert_eq!(SealingKey::load(&path).expect_err("readable by the group").code(), "key_too_open");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("set");
    for text in ["", "-----BEGIN PRIVATE KEY-----", "-----BEGIN PRIVATE KEY-----\n!!\n-----END PRIVATE KEY-----"] {
        std::fs::write(&path, text).expect("written");
        assert_eq!(SigningKey::load(&path).expect_err("malformed").code(), "key_malformed");
    }
    std::fs::write(&path, "x".repeat(10_000)).expect("written");
    assert_eq!(SigningKey::load(&path).expect_err("too large").code(), "key_malformed");
    assert_eq!(SigningKey::load(folder.path()).expect_err("a folder").code(), "key_too_open");
}

#[test]
fn keys_made_by_openssl_are_read_and_written_the_same() {
    // openssl genpkey -algorithm ed25519 | x25519; openssl pkey -pubout. For this test only.
    let made = [
        (
            "MC4CAQAwBQYDK2VwBCIEIFjB3Lp6d0JUVFm/lXzwLExQS3XkhoYf6TXGayiQ8C8E",
            "MCowBQYDK2VwAyEAJFWfXkbOTog+lZfmiDEXj86Y9BRaYdQnEsceMWOkvbw=",
        ),
        (
            "MC4CAQAwBQYDK2VuBCIEIEhb4u7EiHP2zqMN5JUCujXJ6TROkbJZFnzpCahl/n5T",
            "MCowBQYDK2VuAyEABBXyGcEHjrVg44VjFN01oiWENAInS84S5j7gOZlVhQM=",
        ),
    ];
    let pem = |inner: &str| format!("-----BEGIN PRIVATE KEY-----\n{inner}\n-----END PRIVATE KEY-----\n");
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: String| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("written");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("set");
        path
    };
    let public = |text: &str| Vec::from(Spki::try_from(text.to_owned()).expect("base64").as_bytes());
    let sign = SigningKey::load(&write("a.pem", pem(made[0].0))).expect("read");
    let seal = SealingKey::load(&write("b.pem", pem(made[1].0))).expect("read");
    assert_eq!(sign.spki(), public(made[0].1));
    assert_eq!(seal.spki(), public(made[1].1));
    sign.save(&folder.path().join("c.pem")).expect("saved");
    seal.save(&folder.path().join("d.pem")).expect("saved");
    assert_eq!(std::fs::read_to_string(folder.path().join("c.pem")).expect("text"), pem(made[0].0));
    assert_eq!(std::fs::read_to_string(folder.path().join("d.pem")).expect("text"), pem(made[1].0));
}
