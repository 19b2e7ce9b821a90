//! `jiexu states` as people and scripts run it: no home, no daemon, no broker.

use std::process::Command;

use jiexu::domain::case::table::{self, NONE, Track};
use serde_json::Value;

/// Exit code and stdout on a screen so wide.
fn states(arguments: &[&str], columns: usize) -> (i32, String) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_jiexu"));
    command.current_dir(folder.path()).arg("states").args(arguments).env("COLUMNS", columns.to_string());
    command.env_remove("JIEXU_CONFIG").env("NO_COLOR", "1");
    let output = command.output().unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}

#[test]
fn people_read_every_state_with_what_leads_out_of_it() {
    let (exit, out) = states(&[], 100);
    assert_eq!(exit, 0);
    assert!(!out.contains('\x1b'), "NO_COLOR");
    for said in [
        "转入地 incoming · 关系 relation",
        "转出地 outgoing · 资金 money",
        "LETTER_SENT  联系函已发 letter sent",
        "COMPLETED  已办结 completed  ■ 终态 terminal",
        "可决定 decisions: 核对无误 accept、提出异议 object、申请撤销 cancel",
        "划转通知 RemittanceNotice → REMITTED 已通知划转 announced",
        "在任何状态 in every state",
    ] {
        assert!(out.contains(said), "{said}:\n{out}");
    }
    for role in table::ROLES {
        for track in Track::ALL {
            for word in track.states(role) {
                assert!(out.lines().any(|line| line.starts_with(word.code)), "{}", word.code);
            }
        }
    }
}

#[test]
fn one_role_is_shown_alone() {
    for format in ["text", "json", "markdown", "diagram"] {
        let (exit, out) = states(&["--role", "outgoing", "--format", format], 100);
        assert_eq!(exit, 0);
        assert!(out.contains("AWAITING_COMPLETION") && !out.contains("LETTER_SENT"), "{format}:\n{out}");
    }
}

#[test]
fn scripts_get_an_answer_for_every_state_and_event() {
    let (_, out) = states(&["--format", "json"], 100);
    assert_eq!(out, states(&["--output", "json"], 100).1);
    let document: Value = serde_json::from_str(&out).unwrap();
    for (machine, role) in document["machines"].as_array().unwrap().iter().zip(table::ROLES) {
        assert_eq!(machine["role"], role);
        let answers = machine["answers"].as_array().unwrap();
        let states = Track::Relation.states(role).iter().map(|word| word.code).chain([NONE]);
        for state in states {
            for cause in table::causes() {
                let is_it = |row: &&Value| row["from"][0] == state && row["event"]["word"] == cause.word();
                assert!(answers.iter().any(|row| is_it(&row)), "{role} {state} {}", cause.word());
            }
        }
    }
}

#[test]
fn the_manual_gets_tables_of_equal_rows() {
    let (_, out) = states(&["--format", "markdown"], 100);
    let mut columns = 0;
    for line in out.lines() {
        let bars = line.matches('|').count();
        assert!(bars == 0 || columns == 0 || bars == columns, "{line}");
        columns = bars;
    }
    assert_eq!(out.lines().filter(|line| line.starts_with("## ")).count(), 5);
    assert!(out.contains(
        "| `EXPECTED` | 个人账户资金划转通知 RemittanceNotice | → `REMITTED` | 款项未到<br>no line has come |"
    ));
}

#[test]
fn there_is_one_diagram_for_each_role_and_track() {
    let (_, out) = states(&["--format", "diagram"], 100);
    let diagrams: Vec<&str> = out.split("---\ntitle: ").skip(1).collect();
    assert_eq!(diagrams.len(), 4);
    for diagram in diagrams {
        assert!(diagram.contains("\nstateDiagram-v2\n") && diagram.contains("[*] -->"), "{diagram}");
        let declared: Vec<&str> =
            diagram.lines().filter_map(|line| line.split_once("\" as ")).map(|(_, code)| code).collect();
        for line in diagram.lines().filter(|line| line.contains(" --> ")) {
            let (arrow, _) = line.split_once(" : ").unwrap_or((line, ""));
            for end in arrow.trim().split(" --> ") {
                assert!(end == "[*]" || declared.contains(&end), "{line}");
            }
        }
    }
}
