//! Steps that wait for a person, and the tasks they wait with, as clerks meet them on the command line.

use serde_json::Value;

use super::{APPLICATIONS, PEOPLE, Town, id, person};

/// Person 1 has applied at an agency in which a person accepts applications; the letter no.
fn applied(town: &Town) -> String {
    let config = std::fs::read_to_string(town.path("530800/jiexu.toml")).unwrap();
    town.write("530800/jiexu.toml", config + "\n[steps]\nletter = \"review\"\n");
    town.write("people.csv", [PEOPLE.to_owned(), person(1)].concat());
    town.ok(&["register", "import", "--people", "people.csv"]);
    let row = format!("SQ-1,2026-11-20,counter,居民身份证,{},测试者,441700,310,310\n", id("19900101", 1));
    town.write("apply.csv", [APPLICATIONS.to_owned(), row].concat());
    town.ok(&["apply", "apply.csv"]);
    let (_, open) = town.json(&["cases", "list", "--open"]);
    open["rows"][0]["letter_no"].as_str().unwrap().to_owned()
}

fn rows(town: &Town, arguments: &[&str]) -> Vec<Value> {
    let (exit, answer) = town.json(&[&["tasks", "list"], arguments].concat());
    assert_eq!(exit, 0, "{answer:#}");
    answer["rows"].as_array().unwrap().clone()
}

#[test]
fn a_task_is_taken_given_and_let_go_and_every_hand_is_on_record() {
    let town = Town::new();
    let letter = applied(&town);
    let name = format!("REVIEW_LETTER/{letter}");
    let [row] = rows(&town, &["--unassigned"]).try_into().unwrap();
    assert_eq!((&row["called"], &row["assignee"]), (&name.as_str().into(), &Value::Null), "{row:#}");
    assert_eq!(row["verbs"], serde_json::json!(["release", "reject"]));
    assert!(row["due_on"].as_str().unwrap().starts_with("20"), "{row:#}");

    let taken = town.ok(&["--actor", "li", "tasks", "take", &name]);
    assert!(taken.out.contains("✓ 已认领 taken by li"), "{}", taken.out);
    town.refused(&["--actor", "wang", "tasks", "take", &name], 1, "TASK_TAKEN");
    assert_eq!(rows(&town, &["--mine", "li"]).len(), 1);
    let mine = town.ok(&["--actor", "li", "tasks", "list", "--mine"]).out;
    assert!(mine.contains("待受理发函") && mine.contains("li") && mine.contains(&letter), "{mine}");
    assert!(rows(&town, &["--mine", "wang"]).is_empty() && rows(&town, &["--unassigned"]).is_empty());

    town.ok(&["tasks", "assign", &name, "--to", "wang", "--by", "zhao", "--reason", "li 休假"]);
    assert_eq!(rows(&town, &["--kind", "review_letter"])[0]["assignee"], "wang");
    town.refused(&["tasks", "assign", &name, "--to", " ", "--by", "zhao", "--reason", "x"], 1, "ASSIGNEE");
    town.refused(&["--actor", "wang", "tasks", "release", &name, "--reason", " "], 1, "REASON");
    town.refused(&["tasks", "take", "REVIEW_LETTER/530800-L09999999"], 1, "NOT_FOUND");
    town.ok(&["--actor", "wang", "tasks", "release", &name, "--reason", "转给他人"]);

    let shown = town.ok(&["cases", "show", &letter]).out;
    for said in ["已申请", "受理发函（release）", "→ wang · 理由 why：li 休假 · zhao", "→ 待认领 nobody", "持球时间"]
    {
        assert!(shown.contains(said), "{said}:\n{shown}");
    }
    let (_, case) = town.json(&["cases", "show", &letter]);
    assert_eq!(case["ball"]["phases"][0]["phase"], "letter", "{:#}", case["ball"]);
    assert_eq!(case["ball"]["total"][0]["holder"], "own");

    town.ok(&["--actor", "wang", "case", "release", &letter, "--reason", "材料齐全"]);
    assert!(rows(&town, &[]).is_empty(), "what it waited for has happened");
    let (_, case) = town.json(&["cases", "show", &letter]);
    assert_eq!(case["relation"], "LETTER_SENT");
    let (exit, report) = town.json(&["verify"]);
    assert_eq!((exit, &report["clean"]), (0, &true.into()), "{report:#}");
}

#[test]
fn an_application_that_waits_may_be_turned_down() {
    let town = Town::new();
    let letter = applied(&town);
    town.refused(&["case", "reject", &letter, "--code", "NO_SUCH", "--reason", "x"], 2, "RETURN_CODE");
    let turned = town.ok(&["--actor", "li", "case", "reject", &letter, "--code", "OTHER", "--reason", "材料不全"]);
    assert!(turned.out.contains("不予受理 rejected"), "{}", turned.out);
    assert!(rows(&town, &[]).is_empty());
    town.refused(&["case", "release", &letter, "--reason", "x"], 1, "NOT_IN_THIS_STATE");
    let (_, queues) = town.json(&["queues"]);
    assert_eq!(queues.as_array().unwrap().len(), 0, "the other agency never heard of it: {queues:#}");
}
