//! `jiexu explain` as people and scripts run it: no home, no daemon, no broker.

use std::process::Command;

use serde_json::Value;

/// Exit code, stdout and stderr on a screen so wide.
fn explain(arguments: &[&str], columns: usize) -> (i32, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_jiexu"));
    command.current_dir(folder.path()).arg("explain").args(arguments).env("COLUMNS", columns.to_string());
    for name in ["NO_COLOR", "JIEXU_CONFIG"] {
        command.env_remove(name);
    }
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn a_code_is_explained_in_any_case_with_what_it_means_and_what_to_do() {
    let (exit, out, _) = explain(&["case-moved"], 80);
    assert_eq!(exit, 0);
    for said in ["CASE_MOVED", "declined act or row", "案件在查看之后有变化", "由谁办理 who acts", "then decide"]
    {
        assert!(out.contains(said), "{said}:\n{out}");
    }
    let chinese = out.find("决定未执行").unwrap();
    assert!(chinese < out.find("the decision was not carried out").unwrap(), "Chinese first:\n{out}");
}

#[test]
fn a_code_of_several_kinds_is_explained_for_each() {
    let (exit, out, _) = explain(&["ID_CONFLICT"], 120);
    assert_eq!(exit, 0);
    for kind in ["refusal between agencies", "dead-letter reason", "待办事项 task"] {
        assert!(out.contains(kind), "{kind}:\n{out}");
    }
}

#[test]
fn the_list_names_every_code_under_its_kind() {
    let (exit, out, _) = explain(&[], 80);
    assert_eq!(exit, 0);
    for line in [
        "退回与不予受理原因 return reason (17)",
        "  NOT_STOPPED",
        "  sender_unknown",
        "  CONFIG_RANGE",
        "  BROKER_VHOST",
    ] {
        assert!(out.lines().any(|said| said.starts_with(line)), "{line}:\n{out}");
    }
}

#[test]
fn scripts_get_every_part_as_json() {
    let (exit, out, _) = explain(&["wrong_payer", "--output", "json"], 80);
    assert_eq!(exit, 0);
    let entries: Vec<Value> = serde_json::from_str(&out).unwrap();
    let kinds: Vec<&str> = entries.iter().map(|entry| entry["kind"]["word"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["task", "line_hint"]);
    for part in ["name", "what", "means", "who", "next"] {
        for language in ["zh", "en"] {
            assert!(!entries[0][part][language].as_str().unwrap().is_empty(), "{part} {language}");
        }
    }
}

#[test]
fn an_unknown_code_is_refused_with_what_was_meant() {
    let (exit, out, err) = explain(&["CASE_UNKOWN"], 80);
    assert_eq!((exit, out.as_str()), (1, ""));
    assert!(err.contains("✗ CODE_UNKNOWN\n") && err.contains("did you mean CASE_UNKNOWN"), "{err}");
    let (exit, _, err) = explain(&["zzzz"], 80);
    assert!(exit == 1 && err.contains("explain lists all"), "{err}");
}
