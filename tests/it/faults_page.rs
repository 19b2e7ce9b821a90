//! `deploy/faults.md` says what happens when something breaks. It is made of `tests/faults/table.toml` and of the last runs in
//! `tests/faults/runs.jsonl`: every row names tests that exist, every goal has a run without a violation.
//!
//! `JIEXU_WRITE=1 cargo test --test it faults_page` writes it anew.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use crate::support::sources;

#[derive(Deserialize)]
struct Table {
    row: Vec<Row>,
    not_tried: Vec<NotTried>,
}

#[derive(Deserialize)]
struct Row {
    component: String,
    moment: String,
    happens: String,
    notices: String,
    recovery: String,
    #[serde(default)]
    goals: Vec<String>,
    tests: Vec<String>,
}

#[derive(Deserialize)]
struct NotTried {
    what: String,
}

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn read(name: &str) -> String {
    std::fs::read_to_string(file(name)).unwrap_or_else(|cause| panic!("{name}: {cause}"))
}

/// The last run of each goal.
fn runs() -> BTreeMap<String, Value> {
    let lines = read("tests/faults/runs.jsonl");
    let run = |line: &str| {
        let mut run: Value = serde_json::from_str(line).expect("a JSON line");
        if let Some(all) = run["back_seconds"].as_array() {
            run["back_seconds_most"] = all.iter().filter_map(Value::as_f64).fold(0.0, f64::max).into();
        }
        (run["goal"].as_str().expect("a goal").to_owned(), run)
    };
    lines.lines().map(run).collect()
}

/// `{goal.figure}` as the run has it.
fn filled(text: &str, runs: &BTreeMap<String, Value>) -> String {
    let mut done = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}').expect("a closed name");
        let (goal, figure) = name.split_once('.').expect("goal and figure");
        let value = &runs.get(goal).unwrap_or_else(|| panic!("no run of {goal}"))[figure];
        assert!(value.is_number(), "{goal} has no figure {figure}");
        write!(done, "{before}{value}").expect("a text");
        rest = after;
    }
    done + rest
}

fn page(table: &Table, runs: &BTreeMap<String, Value>) -> String {
    let mut page = String::from(
        "# 故障表 · What happens when something breaks\n\n\
         Made of `tests/faults/table.toml` and the runs below (`tests/faults.sh`); a test holds it to them. In no row is\n\
         anything lost, doubled or credited wrongly; where two persons must act, it says so.\n",
    );
    let mut component = "";
    for row in &table.row {
        if row.component != component {
            component = &row.component;
            write!(
                page,
                "\n## {component}\n\n| when | what happens | who notices | recovery | proof |\n|---|---|---|---|---|\n"
            )
            .expect("a text");
        }
        let goals = row.goals.iter().cloned();
        let tests = row.tests.iter().map(|test| format!("`{test}`"));
        let proof: Vec<String> = goals.chain(tests).collect();
        let [happens, notices, recovery] = [&row.happens, &row.notices, &row.recovery].map(|text| filled(text, runs));
        let moment = filled(&row.moment, runs);
        writeln!(page, "| {moment} | {happens} | {notices} | {recovery} | {} |", proof.join(", ")).expect("a text");
    }
    page += "\n## 尚未试过 · Not tried yet\n\n";
    for not_tried in &table.not_tried {
        writeln!(page, "* {}", not_tried.what).expect("a text");
    }
    page += "\n## 运行 · The runs\n\n| goal | count | transfers | violations | seconds | conditions | commit |\n|---|---|---|---|---|---|---|\n";
    let number = |goal: &str| -> u32 {
        let digits: String = goal.chars().skip(1).take_while(char::is_ascii_digit).collect();
        digits.parse().expect("G and a number")
    };
    let mut runs: Vec<_> = runs.iter().collect();
    runs.sort_by_key(|(goal, _)| number(goal));
    for (goal, run) in runs {
        let text = |name: &str| run[name].as_str().unwrap_or_default().to_owned();
        // Of people who moved, whatever was broken meanwhile.
        let transfers = run.get("transfers").or(run.get("cases")).map_or_else(|| "–".to_owned(), Value::to_string);
        writeln!(
            page,
            "| {goal} | {} | {transfers} | {} | {} | {} | {} |",
            run["count"],
            run["violations"],
            run["seconds"],
            text("conditions"),
            text("commit")
        )
        .expect("a text");
    }
    page
}

#[test]
fn the_page_says_what_the_tests_show() {
    let table: Table = toml::from_str(&read("tests/faults/table.toml")).expect("the table");
    let runs = runs();
    for (goal, run) in &runs {
        assert_eq!(run["violations"], 0, "{goal} was violated");
        assert!(run["count"].as_u64() > Some(0), "{goal} tried nothing");
    }
    let mut files = Vec::new();
    sources::rust_files(&file("tests/it"), &mut files);
    let tests: Vec<String> = files.iter().map(|path| std::fs::read_to_string(path).expect("a source")).collect();
    for row in &table.row {
        for goal in &row.goals {
            assert!(runs.contains_key(goal), "{}: {goal} has no run", row.moment);
        }
        assert!(!row.tests.is_empty(), "{}: nothing shows it", row.moment);
        for test in &row.tests {
            assert!(tests.iter().any(|text| text.contains(&format!("fn {test}("))), "there is no test {test}");
        }
    }
    let page = page(&table, &runs);
    if std::env::var_os("JIEXU_WRITE").is_some() {
        std::fs::write(file("deploy/faults.md"), &page).expect("the page");
    }
    assert!(read("deploy/faults.md") == page, "deploy/faults.md is not what table and runs say: JIEXU_WRITE=1");
}
