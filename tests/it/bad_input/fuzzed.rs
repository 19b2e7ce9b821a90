//! The readers of foreign bytes, each with what it must hold for any bytes there are: tried with the corpus and with
//! changes of every sound message.

#[path = "../../fuzz/checks.rs"]
mod checks;
use crate::wire::samples;

use std::path::Path;

use jiexu::wire::encode_body;

use crate::support::dice::Dice;

/// Changes of each sound body.
const CHANGES: usize = 60;

#[test]
fn every_kept_input_holds_what_its_target_holds() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    for (target, check) in checks::TARGETS {
        check(b"");
        for file in std::fs::read_dir(root.join("fuzz").join(target)).into_iter().flatten() {
            check(&std::fs::read(file.expect("a file").path()).expect("readable"));
        }
    }
    for file in std::fs::read_dir(root.join("config")).expect("the corpus") {
        checks::config(&std::fs::read(file.expect("a file").path()).expect("readable"));
    }
}

#[test]
fn scan_and_decoder_read_every_changed_message_alike() {
    let mut dice = Dice::new(15);
    let mut accepted = 0;
    for form in samples::forms().into_iter().chain(samples::letters()).chain(samples::notices()) {
        let body = encode_body(&samples::body(form));
        for _ in 0..CHANGES {
            let mut changed = body.clone();
            for _ in 0..=dice.below(2) {
                let place = dice.below(changed.len());
                match dice.below(3) {
                    0 => changed[place] ^= 1 << dice.below(8),
                    1 => drop(changed.remove(place)),
                    _ => changed.insert(place, dice.next() as u8),
                }
            }
            checks::body(&changed);
            let choice = |name: &str| jiexu::wire::strict_scan::MESSAGES.iter().position(|known| *known == name);
            checks::scan(&[&[choice("Body").expect("there") as u8], changed.as_slice()].concat());
            accepted += usize::from(jiexu::wire::strict_scan::compare("Body", &changed) == Ok(true));
        }
    }
    assert!(accepted > 100, "some changes must pass the scan, or nothing was compared: {accepted}");
}
