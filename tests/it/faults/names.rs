//! The list of fail points against the sources, and against what is shipped.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use jiexu::fault::{Canary, POINTS};

use crate::support::sources::rust_files;

fn sources() -> Vec<String> {
    let mut files = Vec::new();
    rust_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
    files.iter().map(|file| std::fs::read_to_string(file).expect("a text")).collect()
}

/// Every `point("…")` below `src/`, with repetitions.
fn in_sources() -> Vec<String> {
    let named = |rest: &str| rest.split('"').next().unwrap_or("").to_owned();
    sources().iter().flat_map(|text| text.split("point(\"").skip(1).map(named).collect::<Vec<_>>()).collect()
}

#[test]
fn every_canary_has_one_place_and_its_line_in_the_table() {
    let (sources, table) = (sources(), include_str!("../../canaries.sh"));
    for canary in Canary::ALL {
        let hook = format!("planted(Canary::{canary:?})");
        let places: usize = sources.iter().map(|text| text.matches(&hook).count()).sum();
        assert_eq!(places, 1, "{canary:?}");
        assert!(table.contains(&format!("\n{}|", canary.word())), "tests/canaries.sh does not plant {canary:?}");
    }
    assert_eq!(Canary::ALL.len(), 8);
}

#[test]
fn every_point_of_the_sources_is_listed_once_and_no_other() {
    let found = in_sources();
    let once: BTreeSet<&str> = found.iter().map(String::as_str).collect();
    assert_eq!(once.len(), found.len(), "a name stands in two places");
    assert_eq!(once, POINTS.iter().copied().collect(), "the list and the sources differ");
    assert!(POINTS.len() >= 40);
}

/// The feature comes from the tests' own dependencies: without them nothing switches it on.
#[test]
fn a_product_build_has_no_fail_points() {
    let features = |edges: &str| {
        let tree = ["tree", "--offline", "--locked", "--depth", "0", "--format", "features={f}.", "--edges", edges];
        let output = Command::new(env!("CARGO")).args(tree).current_dir(env!("CARGO_MANIFEST_DIR")).output();
        let output = output.expect("cargo runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8")
    };
    assert!(features("normal,build").contains("features=."), "{}", features("normal,build"));
    assert!(features("normal,dev").contains("faults"), "the tests would try nothing");
}
