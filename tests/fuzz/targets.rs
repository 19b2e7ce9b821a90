//! The eight fuzz targets in one program; `tests/fuzz.sh` builds it with counters and runs each. `JIEXU_FUZZ_TARGET` names
//! the target; with `JIEXU_FUZZ_SEEDS=folder` the program writes what each target begins with, and ends.
#![no_main]

mod checks;
#[path = "../it/wire/samples.rs"]
#[allow(dead_code, reason = "the tests use the rest")]
mod samples;
mod seeds;

use std::path::Path;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

static CHECK: LazyLock<fn(&[u8])> = LazyLock::new(|| {
    let wanted = std::env::var("JIEXU_FUZZ_TARGET").expect("JIEXU_FUZZ_TARGET names a target");
    checks::TARGETS.iter().find(|(name, _)| *name == wanted).unwrap_or_else(|| panic!("no such target: {wanted}")).1
});

fn begin() {
    if let Some(folder) = std::env::var_os("JIEXU_FUZZ_SEEDS") {
        seeds::write(Path::new(&folder));
        std::process::exit(0);
    }
}

fuzz_target!(init: begin(), |bytes: &[u8]| CHECK(bytes));
