//! One function a reader of foreign bytes: what must hold whatever the bytes are. A panic is a finding.

use std::path::Path;
use std::sync::LazyLock;

use jiexu::config::Config;
use jiexu::domain::calendar::{Calendar, Origin, Year, YearFile};
use jiexu::domain::directory::Directory;
use jiexu::files;
use jiexu::wire::frame::{Frame, Inner};
use jiexu::wire::registry::{RootKey, sign_directory, verify_directory};
use jiexu::wire::suite::suite;
use jiexu::wire::{SigningKey, decode_body, encode_body, strict_scan};

use super::samples::{NOW, ROUTED, World};

static WORLD: LazyLock<World> = LazyLock::new(World::new);
static ROOT: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::from_secret(&[9; 32]));

/// A name and what tries it.
type Target = (&'static str, fn(&[u8]));

/// In the order in which `tests/fuzz.sh` tries them.
pub const TARGETS: [Target; 8] = [
    ("frame", frame),
    ("scan", scan),
    ("body", body),
    ("csv", csv),
    ("camt", camt),
    ("config", config),
    ("directory", directory),
    ("calendar", calendar),
];

/// A frame is cut where it was joined, and nothing opens that the peer did not seal. After a first byte of 1 the rest is
/// taken as an opened seal, after 2 as a header under a good seal.
pub fn frame(bytes: &[u8]) {
    match bytes.split_first() {
        Some((1, plain)) => inner(plain),
        Some((2, header)) => under_any_header(header),
        _ => whole(bytes),
    }
}

fn whole(bytes: &[u8]) {
    if let Ok(frame) = Frame::parse(bytes) {
        assert_eq!(frame.encode().as_deref(), Some(bytes), "a frame is written as it was read");
    }
    if let Err(unopened) = jiexu::wire::open(bytes, &ROUTED, &WORLD.to_keys, &WORLD.to, &WORLD.directory, NOW) {
        assert!(!unopened.code().is_empty() && !unopened.chinese().is_empty());
    }
}

fn inner(plain: &[u8]) {
    if let Ok(inner) = Inner::parse(plain) {
        assert_eq!(inner.encode(), plain, "an opened seal is written as it was read");
    }
}

/// The sender signs and seals under this header, whatever it says: it opens, or it has its reason.
fn under_any_header(header: &[u8]) {
    let suite = suite(1).expect("there");
    let body = [0x08, 0x13, 0x10, 0x01];
    let signature = suite
        .sign(&WORLD.from_keys.sign, &jiexu::wire::frame::signed_bytes(1, &header[..header.len().min(512)], &body));
    let sigblock = [&[0], signature.as_slice()].concat();
    let plain = Inner { sigblock: &sigblock, body: &body }.encode();
    let aad = jiexu::wire::frame::aad(1, &header[..header.len().min(512)]);
    let (enc, ct) = suite.seal(WORLD.to_keys.seal.spki(), &aad, &plain).expect("sealed");
    if let Some(bytes) = (Frame { suite: 1, header, enc: &enc, ct: &ct }).encode() {
        whole(&bytes);
    }
}

/// The first byte chooses the message; what the scan accepts, the decoder reads in one way.
pub fn scan(bytes: &[u8]) {
    let Some((choice, bytes)) = bytes.split_first() else { return };
    let name = strict_scan::MESSAGES[usize::from(*choice) % strict_scan::MESSAGES.len()];
    if let Err(difference) = strict_scan::compare(name, bytes) {
        panic!("{name}: {difference}");
    }
}

/// What was read as a body is written and read again as the same; what was not has its place and its words.
pub fn body(bytes: &[u8]) {
    match decode_body(bytes) {
        Ok(body) => {
            let again = decode_body(&encode_body(&body));
            assert_eq!(again.as_ref(), Ok(&body), "a body is read again as what it was");
        }
        Err(error) => assert!(!error.chinese().is_empty() && !error.place.is_empty(), "{error:?}"),
    }
}

/// The first byte chooses the file. Every row is taken or has its line and its words.
pub fn csv(bytes: &[u8]) {
    fn held<T>(read: Result<files::Import<T>, files::FileError>) {
        match read {
            Ok(import) => assert!(import.errors.iter().all(|error| error.line > 0 && !error.chinese.is_empty())),
            Err(error) => assert!(!error.code().is_empty() && !error.chinese().is_empty()),
        }
    }
    let Some((choice, bytes)) = bytes.split_first() else { return };
    match choice % 5 {
        0 => held(files::read_people(bytes)),
        1 => held(files::read_periods(bytes)),
        2 => held(files::read_statement(bytes)),
        3 => held(files::read_applications(bytes)),
        _ => payments(bytes),
    }
}

/// What was read as payments is written so that it is read again as the same.
fn payments(bytes: &[u8]) {
    let Ok(import) = files::read_payments(bytes) else { return };
    let rows: Vec<_> = import.rows.into_iter().map(|(_, row)| row).collect();
    let again = files::read_payments(&files::write_payments(&rows)).expect("our own file");
    let again: Vec<_> = again.rows.into_iter().map(|(_, row)| row).collect();
    assert!(again == rows, "a payment file is read again as what it was");
}

/// A bank's statement in ISO 20022.
pub fn camt(bytes: &[u8]) {
    match files::read_statement(bytes) {
        Ok(import) => assert!(import.rows.iter().all(|(line, _)| *line > 0)),
        Err(error) => assert!(!error.code().is_empty() && !error.chinese().is_empty()),
    }
}

/// A configuration is whole or refused in words that begin with a code.
pub fn config(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Err(error) = Config::parse(text, Path::new("/etc/jiexu/jiexu.toml")) {
        assert!(error.to_string().starts_with("CONFIG_"), "{error}");
    }
}

/// A directory that the registry signed, whatever it says; and a signature file that anybody wrote.
pub fn directory(bytes: &[u8]) {
    let roots = [RootKey::of(&ROOT)];
    if let Some((1, signatures)) = bytes.split_first() {
        assert!(verify_directory(b"{}", signatures, &roots, 1, 0).is_err(), "nothing was signed");
        return;
    }
    let signatures = sign_directory(bytes, &[&ROOT]);
    match verify_directory(bytes, signatures.as_bytes(), &roots, 1, 0) {
        Ok(directory) => {
            let written = serde_json::to_vec(&directory).expect("JSON");
            let again: Directory = serde_json::from_slice(&written).expect("our own file");
            assert_eq!(again, directory, "a directory is read again as what it was");
        }
        Err(error) => assert!(!error.code().is_empty()),
    }
}

/// A year of the calendar that was accepted knows each of its days.
pub fn calendar(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let files = match YearFile::parse_all(text) {
        Ok(files) => files,
        Err(error) => return assert!(!error.code().is_empty() && !error.chinese().is_empty()),
    };
    let mut calendar = Calendar::shipped();
    for file in files {
        match Year::check(file, Origin::Folder) {
            Ok(year) => {
                let (number, days) = (year.number(), year.days().len());
                assert!((365..=366).contains(&days), "{number} has {days} days");
                calendar = calendar.with(year);
                assert!(calendar.year(number).is_some());
            }
            Err(error) => assert!(!error.code().is_empty() && !error.chinese().is_empty()),
        }
    }
}
