//! What each target begins with: sound input of every kind, from the samples, the published vectors and the demo.

use std::fs;
use std::path::{Path, PathBuf};

use jiexu::files;
use jiexu::wire::registry::sign_directory;
use jiexu::wire::{SigningKey, encode_body, strict_scan};

use crate::samples::{self, World};

/// One folder a target, one file a seed.
pub fn write(folder: &Path) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for (target, seeds) in [
        ("frame", frames()),
        ("scan", messages()),
        ("body", bodies()),
        ("csv", tables(&root)),
        ("camt", files_of(&root, &["src/files/camt/tests"])),
        ("config", configurations(&root)),
        ("directory", directories()),
        ("calendar", files_of(&root, &["src/domain/calendar", "tests/calendars"])),
    ] {
        assert!(!seeds.is_empty(), "{target} has nothing to begin with");
        let folder = folder.join(target);
        fs::create_dir_all(&folder).expect("a folder");
        for (number, seed) in seeds.iter().enumerate() {
            fs::write(folder.join(format!("{number:03}")), seed).expect("a file");
        }
    }
}

fn bodies() -> Vec<Vec<u8>> {
    let forms = samples::forms().into_iter().chain(samples::letters()).chain(samples::notices());
    forms.map(|form| encode_body(&samples::body(form))).collect()
}

/// Whole frames; what lies under a seal, after a 1; headers, after a 2.
fn frames() -> Vec<Vec<u8>> {
    let world = World::new();
    let sealed = samples::forms().into_iter().map(|form| world.seal(form));
    let each = |sealed: jiexu::wire::Sealed| {
        let inner = jiexu::wire::frame::Inner { sigblock: &sealed.sigblock, body: &sealed.body }.encode();
        [sealed.frame.to_vec(), after(1, &inner), after(2, &sealed.header)]
    };
    sealed.flat_map(each).collect()
}

fn after(choice: usize, bytes: &[u8]) -> Vec<u8> {
    let choice = u8::try_from(choice).expect("few choices");
    [&[choice], bytes].concat()
}

/// Every message within every sample, under each name as which the scan takes it.
fn messages() -> Vec<Vec<u8>> {
    let mut waiting = bodies();
    let mut found = Vec::new();
    while let Some(bytes) = waiting.pop() {
        let mut taken = false;
        for (choice, name) in strict_scan::MESSAGES.iter().enumerate() {
            if strict_scan::compare(name, &bytes) == Ok(true) {
                taken = true;
                found.push(after(choice, &bytes));
            }
        }
        if taken {
            waiting.extend(parts(&bytes));
        }
    }
    found.sort();
    found.dedup();
    found
}

/// The delimited fields of a sound message that may be messages themselves.
fn parts(mut bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut parts = Vec::new();
    while let Some(tag) = varint(&mut bytes) {
        let Some(length) = varint(&mut bytes) else { break };
        if tag & 7 == 2 {
            let (part, rest) = bytes.split_at(usize::try_from(length).expect("a sound message"));
            bytes = rest;
            parts.push(part.to_vec());
        }
    }
    parts.retain(|part| part.len() > 1);
    parts
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            break;
        }
    }
    Some(value)
}

/// The first lines of the demo's files, and a bank's two: the first byte says which.
fn tables(root: &Path) -> Vec<Vec<u8>> {
    const LINES: usize = 8;
    let mut seeds = Vec::new();
    for (choice, name) in [(0, "people"), (1, "periods"), (3, "applications")] {
        for agency in ["441700", "450200", "530800"] {
            let file = root.join(format!("deploy/demo/{agency}/{name}.csv"));
            // One of them is in GB18030.
            let text = fs::read(file).expect("a file of the demo");
            let first: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').take(LINES).collect();
            seeds.push(after(choice, &first.concat()));
        }
    }
    let (statement, payments) = (include_bytes!("seeds/statement.csv"), include_bytes!("seeds/payments.csv"));
    assert_eq!(files::read_statement(statement).map(|import| import.rows.len()).ok(), Some(3));
    assert_eq!(files::read_payments(payments).map(|import| import.rows.len()).ok(), Some(2));
    seeds.extend([after(2, statement), after(4, payments)]);
    seeds
}

fn configurations(root: &Path) -> Vec<Vec<u8>> {
    let mut seeds = files_of(root, &["tests/corpus/config"]);
    seeds.push(fs::read(root.join("src/default.toml")).expect("the reference"));
    seeds
}

/// A directory that the target signs itself; after a 1, signatures.
fn directories() -> Vec<Vec<u8>> {
    let directory = serde_json::to_vec(&World::new().directory).expect("JSON");
    let signatures = sign_directory(&directory, &[&SigningKey::from_secret(&[9; 32])]);
    vec![directory, after(1, signatures.as_bytes())]
}

fn files_of(root: &Path, folders: &[&str]) -> Vec<Vec<u8>> {
    let files = folders.iter().flat_map(|folder| fs::read_dir(root.join(folder)).expect("a folder"));
    let mut files: Vec<PathBuf> = files.map(|file| file.expect("a file").path()).collect();
    files.retain(|file| file.is_file() && file.extension().is_some_and(|kind| kind != "rs"));
    files.sort();
    files.iter().map(|file| fs::read(file).expect("readable")).collect()
}
