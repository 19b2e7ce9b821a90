//! `progress` and `notices`: what is said to the person and the employer, what leaves in the file, and what never shows.

use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use serde_json::Value;
use sqlx::{Connection, Row};

use super::{APPLICATIONS, Daemon, PEOPLE, Ran, Town, id};

const PHONE: &str = "13800000001";

/// Person 1 is enrolled, with an employer whose name a spreadsheet would compute; nobody knows person 9.
fn applied(town: &Town) -> String {
    let header = PEOPLE.trim_end().to_owned() + ",单位,电话\n";
    let row = |n: u32| {
        let document = id("19900101", n);
        format!("P{n},测试者,居民身份证,{document},310,1,参保,2026-01-31,否,否,10.00,=样例单位,{PHONE}\n")
    };
    town.write("people.csv", [header, row(1), row(2)].concat());
    town.ok(&["register", "import", "--people", "people.csv"]);
    town.write("apply.csv", [APPLICATIONS.to_owned(), application(1), application(9)].concat());
    town.ok(&["apply", "apply.csv"]);
    let (_, open) = town.json(&["cases", "list", "--open"]);
    open["rows"][0]["letter_no"].as_str().unwrap().to_owned()
}

fn application(n: u32) -> String {
    format!("SQ-{n},2026-11-20,counter,居民身份证,{},测试者,441700,310,310\n", id("19900101", n))
}

fn from_stdin(town: &Town, text: &str) -> Ran {
    let mut command = town.command(&["progress", "--document-no", "-", "--output", "json"]);
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    Ran::of(child.wait_with_output().unwrap())
}

#[test]
fn progress_is_told_by_case_and_by_document_without_showing_the_person() {
    let town = Town::new();
    let letter = applied(&town);
    let told = town.ok(&["progress", "--case", &letter]).out;
    for said in [
        "✓ 已申请",
        "● 转出地办理",
        "○ 信息表已传",
        "○ 转入办理",
        "○ 已办结",
        "现状 now",
        "已向转出地发函",
        "the old agency takes the request, due 20",
        "测＊  ＊",
    ] {
        assert!(told.contains(said), "{said}:\n{told}");
    }
    assert!(!told.contains("测试者") && !told.contains(&id("19900101", 1)) && !told.contains("T1"), "{told}");

    let (_, told) = town.json(&["progress", "--document-no", &id("19900101", 1)]);
    let [case] = told["rows"].as_array().unwrap().as_slice() else { panic!("{told:#}") };
    let states: Vec<&Value> = case["steps"].as_array().unwrap().iter().map(|step| &step["state"]).collect();
    assert_eq!(states, ["done", "current", "to_come", "to_come", "to_come"]);
    assert_eq!((&case["awaited"]["from"], &case["letter_no"]), (&"outgoing_agency".into(), &letter.as_str().into()));
    assert!(case["credited"].is_null(), "{case:#}");

    let (_, turned_down) = town.json(&["progress", "--document-no", &id("19900101", 9)]);
    let case = &turned_down["rows"][0];
    assert_eq!((&case["why"][0]["code"], &case["awaited"]), (&"NOT_ENROLLED".into(), &Value::Null), "{case:#}");
    assert_eq!(case["why"][0]["can_do"]["zh"], "请先在转入地参保，再重新申请");
    assert_eq!(case["steps"][1]["state"], "not_applicable");

    let read = from_stdin(&town, &format!(" {} \n", id("19900101", 1)));
    let read: Value = serde_json::from_str(&read.out).unwrap_or_else(|_| panic!("{}", read.err));
    assert_eq!(read["rows"][0]["letter_no"], letter.as_str());
    let none = from_stdin(&town, "\n");
    assert!(none.exit == 66 && none.err.contains("✗ DOCUMENT_NO_MISSING"), "{}", none.err);

    let nobody = id("19900101", 7);
    let ran = town.refused(&["progress", "--document-no", &nobody], 1, "NOT_FOUND");
    assert!(!ran.err.contains(&nobody), "the number is not repeated: {}", ran.err);
    town.refused(&["progress", "--case", "530800-L09999999"], 1, "NOT_FOUND");
    assert_eq!(town.run(&["progress"]).exit, 2);
    assert_eq!(town.run(&["progress", "--case", &letter, "--document-no", "-"]).exit, 2);
    let help = town.ok(&["progress", "--help"]).out;
    assert!(help.contains("进程列表") && help.contains("standard input"), "{help}");
}

#[test]
fn notices_are_listed_and_leave_in_one_file_once() {
    let town = Town::new();
    let letter = applied(&town);
    let (_, list) = town.json(&["notices", "list"]);
    let codes: Vec<&Value> = list["rows"].as_array().unwrap().iter().map(|row| &row["milestone"]).collect();
    assert_eq!(codes, ["ACCEPTED", "REJECTED"]);
    assert_eq!(list["rows"][0]["addressees"], serde_json::json!(["person", "employer"]));
    assert_eq!(list["rows"][1]["addressees"], serde_json::json!(["person"]), "why is not for the employer");
    assert_eq!((&list["rows"][0]["name"], &list["rows"][0]["batch_no"]), (&"测＊".into(), &Value::Null));
    let listed =
        |arguments: &[&str]| town.json(&[&["notices", "list"], arguments].concat()).1["rows"].as_array().unwrap().len();
    assert_eq!((listed(&["--case", &letter]), listed(&["--milestone", "rejected"])), (1, 1));
    assert_eq!((listed(&["--since", "2026-01-01"]), listed(&["--since", "2999-01-01"])), (2, 0));
    assert_eq!(town.json(&["notices", "list", "--limit", "1"]).1["next"], "1");
    assert_eq!(listed(&["--after", "1"]), 1);
    assert_eq!(town.run(&["notices", "list", "--milestone", "NO_SUCH"]).exit, 2);
    let shown = town.ok(&["notices", "list"]).out;
    assert!(shown.contains("已受理") && shown.contains("参保人、单位") && !shown.contains("测试者"), "{shown}");

    town.write("taken.csv", "kept");
    town.refused(&["notices", "export", "taken.csv"], 1, "FILE_EXISTS");
    assert_eq!(std::fs::read(town.path("taken.csv")).unwrap(), b"kept");
    town.refused(&["notices", "export", "nowhere/out.csv"], 1, "FILE_UNWRITABLE");
    assert_eq!(town.json(&["notices", "list"]).1["rows"][0]["batch_no"], Value::Null, "nothing was marked");

    let (exit, done) = town.json(&["--actor", "li", "notices", "export", "out.csv"]);
    assert_eq!((exit, &done["notices"], &done["rows"]), (0, &2.into(), &3.into()), "{done:#}");
    let batch = done["batch_no"].as_str().unwrap();
    let mode = std::fs::metadata(town.path("out.csv")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let file = std::fs::read_to_string(town.path("out.csv")).unwrap();
    assert!(file.starts_with("\u{FEFF}通知编号,通知对象,收件人,联系电话,"), "{file}");
    let rows: Vec<&str> = file.lines().skip(1).collect();
    assert!(rows[0].starts_with(&format!("530800-N00000001,参保人,测试者,{PHONE},测试者,")), "{file}");
    assert!(rows[1].starts_with("530800-N00000001,用人单位,'=样例单位,,测试者,"), "{file}");
    assert!(rows[2].contains("不予受理") && rows[2].contains("原因：转入地未参保。请先在转入地参保"), "{file}");
    assert!(!file.contains(&id("19900101", 1)), "the document stays masked");

    let nothing = town.ok(&["notices", "export", "more.csv"]).out;
    assert!(nothing.contains("未写文件") && !town.path("more.csv").exists(), "{nothing}");
    town.ok(&["--actor", "wang", "notices", "export", "--again", batch, "again.csv"]);
    assert_eq!(std::fs::read_to_string(town.path("again.csv")).unwrap(), file);
    town.refused(&["notices", "export", "--again", "530800-T1", "none.csv"], 1, "NOTICE_BATCH_UNKNOWN");
    assert!(!town.path("none.csv").exists());
    let (_, list) = town.json(&["notices", "list"]);
    assert!(list["rows"].as_array().unwrap().iter().all(|row| row["batch_no"] == batch && row["exported_at"].is_i64()));
    let [(first, object), (second, repeated)] = audited(&town).try_into().unwrap();
    assert_eq!((first.as_str(), second.as_str(), object), ("li", "wang", format!("notices/{batch}")));
    assert!(repeated.starts_with(&format!("notices/{batch}/again/")), "{repeated}");
    town.ok(&["verify"]);
}

/// Who exported notices, by the audit chain.
fn audited(town: &Town) -> Vec<(String, String)> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let file = format!("sqlite://{}?mode=ro", town.path("530800/data/jiexu.db").display());
    runtime.block_on(async {
        let mut reader = sqlx::SqliteConnection::connect(&file).await.unwrap();
        let sql = "SELECT actor, object FROM audit WHERE action = 'notices/applied' ORDER BY n";
        let rows = sqlx::query(sql).fetch_all(&mut reader).await.unwrap();
        rows.iter().map(|row| (row.get("actor"), row.get("object"))).collect()
    })
}

#[test]
fn a_running_daemon_answers_both_and_logs_nobody() {
    let town = Town::new();
    let letter = applied(&town);
    let mut daemon = Daemon::of(&town);
    town.ok(&["notices", "export", "before.csv"]);
    town.write("more.csv", [APPLICATIONS.to_owned(), application(2)].concat());
    town.ok(&["apply", "more.csv"]);
    let (_, done) = town.json(&["notices", "export", "out.csv"]);
    assert_eq!((&done["notices"], &done["waiting"]), (&1.into(), &0.into()), "only what is new: {done:#}");
    assert_eq!(town.json(&["progress", "--case", &letter]).1["rows"][0]["letter_no"], letter.as_str());
    town.ok(&["progress", "--document-no", &id("19900101", 2)]);
    town.refused(&["progress", "--document-no", &id("19900101", 5)], 1, "NOT_FOUND");
    daemon.0.kill().unwrap();
    daemon.0.wait().unwrap();
    let mut log = String::new();
    daemon.0.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    assert!(log.contains("530800"), "the log is there: {log}");
    for personal in ["测试者", PHONE, "样例单位", &id("19900101", 1), &id("19900101", 2), &id("19900101", 5)] {
        assert!(!log.contains(personal), "{log}");
    }
}
