//! The commands as people and scripts run them: the built program, folders of its own, no broker.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::support::PATIENCE;

mod calendar;
mod notices;
mod peers;
mod tasks;

const PEOPLE: &str = "个人编号,姓名,证件类型,证件号码,险种,统账类别,参保状态,状态日期,欠费,未结算,个人账户余额\n";
const APPLICATIONS: &str =
    "application_no,applied_on,channel,document_type,document_no,name,outgoing_agency,insurance_out,insurance_in\n";

/// A superior registry and two listed agencies, the first with the directory installed.
struct Town {
    folder: tempfile::TempDir,
}

impl Town {
    fn new() -> Town {
        let town = Town { folder: tempfile::tempdir().unwrap() };
        town.ok(&["registry", "create", "reg"]);
        let root = town.root("reg");
        for code in ["530800", "441700"] {
            town.init(code, &root);
            town.ok(&["registry", "add", "reg", &format!("{code}/agency-card.json")]);
        }
        town.ok(&["registry", "sign", "reg"]);
        town.ok(&["registry", "install", "reg", "530800"]);
        town
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What `registry create` printed.
    fn root(&self, registry: &str) -> String {
        let beside = self.path(&format!("{registry}.root"));
        std::fs::read_to_string(beside).unwrap().trim().to_owned()
    }

    fn init(&self, code: &str, root: &str) {
        let account = format!("00000000{code}");
        let words = ["--bank", "演示银行", "--web", "127.0.0.1:0", "--limit", "50000.00"];
        let named = ["--name", "演示医保中心", "--short-name", "演示", "--account-name", "演示专户"];
        let coded = ["--code", code, "--division", code, "--pool", code, "--account-no", &account, "--root", root];
        self.ok(&[&["init", code], &coded[..], &named[..], &words[..]].concat());
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_jiexu"));
        command.current_dir(self.folder.path()).args(arguments).env("JIEXU_CONFIG", "530800/jiexu.toml");
        for name in ["NO_COLOR", "COLUMNS", "JIEXU_ACTOR"] {
            command.env_remove(name);
        }
        command
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command(arguments).output().unwrap())
    }

    fn ok(&self, arguments: &[&str]) -> Ran {
        let ran = self.run(arguments);
        assert_eq!(ran.exit, 0, "{arguments:?}\n{}{}", ran.out, ran.err);
        if let ["registry", "create", folder] = arguments {
            let root = ran.out.lines().rev().find(|line| !line.trim().is_empty()).unwrap();
            std::fs::write(self.path(&format!("{folder}.root")), root.trim()).unwrap();
        }
        ran
    }

    /// Ends so, and says this code first.
    fn refused(&self, arguments: &[&str], exit: i32, code: &str) -> Ran {
        let ran = self.run(arguments);
        assert_eq!(ran.exit, exit, "{arguments:?}\n{}{}", ran.out, ran.err);
        assert!(ran.err.contains(&format!("✗ {code}\n")), "{arguments:?} should say {code}:\n{}", ran.err);
        assert!(!ran.err.contains("panicked") && !ran.err.contains("RUST_BACKTRACE"), "{}", ran.err);
        ran
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), bytes).unwrap();
    }

    fn json(&self, arguments: &[&str]) -> (i32, Value) {
        let ran = self.run(&[arguments, &["--output", "json"]].concat());
        let value = serde_json::from_str(&ran.out);
        (ran.exit, value.unwrap_or_else(|error| panic!("{arguments:?}: {error}\n{}{}", ran.out, ran.err)))
    }
}

struct Ran {
    exit: i32,
    out: String,
    err: String,
}

impl Ran {
    fn of(output: Output) -> Ran {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Ran { exit: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
    }
}

/// A resident id no. of nobody: address part 000000.
fn id(birth: &str, order: u32) -> String {
    let body = format!("000000{birth}{order:03}");
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = body.chars().zip(weights).map(|(digit, weight)| digit.to_digit(10).unwrap() * weight).sum();
    let check = ['1', '0', 'X', '9', '8', '7', '6', '5', '4', '3', '2'][sum as usize % 11];
    format!("{body}{check}")
}

fn person(number: u32) -> String {
    format!("P{number},测试者,居民身份证,{},310,1,参保,2026-01-31,否,否,10.00\n", id("19900101", number))
}

/// Two good people; line 3 has a wrong check character, line 4 no balance.
fn people() -> String {
    let wrong = person(2).replace(&id("19900101", 2), "000000199001010029");
    assert_ne!(id("19900101", 2), "000000199001010029");
    [PEOPLE.to_owned(), person(1), wrong, person(3).replace("10.00", ""), person(4)].concat()
}

#[test]
fn an_agency_is_made_listed_signed_for_and_ready_to_start() {
    let town = Town::new();
    let checked = town.ok(&["check-config"]);
    assert!(checked.out.contains("✓ 密钥 keys") && checked.out.contains("530800 演示医保中心"), "{}", checked.out);
    assert!(!checked.out.contains('✗'), "{}", checked.out);
    let verified = town.ok(&["registry", "verify", "reg", "--root", &town.root("reg")]);
    assert!(verified.out.contains("v1") && verified.out.contains("441700"), "{}", verified.out);
    for key in ["sign.pem", "seal.pem", "broker.password"] {
        let mode = std::fs::metadata(town.path("530800/keys").join(key)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{key}");
    }
    let card = std::fs::read_to_string(town.path("530800/agency-card.json")).unwrap();
    assert!(card.contains("5000000") && !card.contains("PRIVATE"), "a limit, no secret");
    let reference = town.ok(&["check-config", "--reference"]);
    assert!(reference.out.contains("[broker]") && reference.out.contains("prefetch = 512"));
}

#[test]
fn a_home_is_never_made_over_another() {
    let town = Town::new();
    let keys = std::fs::read(town.path("530800/keys/sign.pem")).unwrap();
    let root = town.root("reg");
    let again = town.run(&[
        "init",
        "530800",
        "--code",
        "530800",
        "--division",
        "530800",
        "--pool",
        "1",
        "--name",
        "n",
        "--short-name",
        "s",
        "--account-no",
        "00000000530800",
        "--account-name",
        "a",
        "--bank",
        "b",
        "--root",
        &root,
    ]);
    assert_eq!(again.exit, 1, "{}", again.err);
    assert!(again.err.contains("✗ FILE_EXISTS"), "{}", again.err);
    assert_eq!(std::fs::read(town.path("530800/keys/sign.pem")).unwrap(), keys);
}

#[test]
fn what_no_directory_may_list_is_known_before_keys_are_made() {
    let town = Town { folder: tempfile::tempdir().unwrap() };
    let coded = |account: &'static str| {
        [
            "init",
            "x",
            "--code",
            "530800",
            "--division",
            "530800",
            "--pool",
            "1",
            "--name",
            "n",
            "--short-name",
            "s",
            "--account-no",
            account,
            "--account-name",
            "a",
            "--bank",
            "b",
        ]
    };
    town.refused(&coded("12"), 78, "AGENCY_DATA");
    assert!(!town.path("x/keys").exists());
    let outside = [&coded("00000000530800")[..], &["--web", "0.0.0.0:80"]].concat();
    assert_eq!(town.run(&outside).exit, 2);
}

#[test]
fn serve_refuses_to_start_on_anything_that_is_not_in_order() {
    let town = Town::new();
    let config = std::fs::read_to_string(town.path("530800/jiexu.toml")).unwrap();
    let (sign, seal) = (town.path("530800/keys/sign.pem"), town.path("530800/keys/seal.pem"));
    let (signed, sealed) = (std::fs::read(&sign).unwrap(), std::fs::read(&seal).unwrap());

    town.write("530800/jiexu.toml", config.replace("port =", "prefech = 5\nport ="));
    let ran = town.refused(&["serve"], 78, "CONFIG_UNKNOWN_KEY");
    assert!(ran.err.contains("是否指 broker.prefetch？") && ran.err.contains("did you mean broker.prefetch?"));
    assert!(ran.err.contains("→ 未作任何更改"), "what it means: {}", ran.err);
    town.write("530800/jiexu.toml", &config);
    town.refused(&["serve", "--config", "nowhere.toml"], 78, "CONFIG_UNREADABLE");

    std::fs::remove_file(&sign).unwrap();
    town.refused(&["serve"], 78, "KEY_MISSING");
    write_key(&sign, &signed, 0o644);
    town.refused(&["serve"], 78, "KEY_TOO_OPEN");
    // The other agency's keys: whole and private, but not ours.
    write_key(&sign, &std::fs::read(town.path("441700/keys/sign.pem")).unwrap(), 0o600);
    write_key(&seal, &std::fs::read(town.path("441700/keys/seal.pem")).unwrap(), 0o600);
    town.refused(&["serve"], 78, "KEY_FOREIGN");
    write_key(&sign, &signed, 0o600);
    write_key(&seal, &sealed, 0o600);

    let directory = std::fs::read_to_string(town.path("530800/directory/directory.json")).unwrap();
    town.write("530800/directory/directory.json", directory.replace("00000000441700", "00000000441701"));
    town.refused(&["serve"], 78, "DIRECTORY_BAD_SIGNATURE");
    let checked = town.run(&["check-config"]);
    assert_eq!(checked.exit, 78);
    assert!(checked.out.contains("✗ 机构目录 directory") && checked.out.contains("✓ 密钥 keys"), "{}", checked.out);
    town.write("530800/directory/directory.json", &directory);
    town.write("530800/directory/directory.json.sig", r#"{"signatures":[]}"#);
    let unsigned = town.run(&["serve"]);
    assert_eq!(unsigned.exit, 78);
    assert!(unsigned.err.contains("DIRECTORY_"), "{}", unsigned.err);
    std::fs::remove_file(town.path("530800/directory/directory.json.sig")).unwrap();
    town.refused(&["serve"], 78, "DIRECTORY_UNREADABLE");
    assert!(!town.path("530800/data/jiexu.sock").exists());
}

fn write_key(path: &Path, bytes: &[u8], mode: u32) {
    let _ = std::fs::remove_file(path);
    std::fs::write(path, bytes).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_directory_of_another_root_is_not_installed() {
    let town = Town::new();
    let before = std::fs::read(town.path("530800/directory/directory.json")).unwrap();
    town.ok(&["registry", "create", "other"]);
    town.ok(&["registry", "add", "other", "530800/agency-card.json"]);
    town.ok(&["registry", "sign", "other"]);
    town.refused(&["registry", "install", "other", "530800"], 78, "DIRECTORY_WRONG_ROOT");
    assert_eq!(std::fs::read(town.path("530800/directory/directory.json")).unwrap(), before);
}

#[test]
fn people_come_in_either_encoding_and_bad_rows_are_named_by_line_and_column() {
    let town = Town::new();
    let text = people();
    let (gb18030, _, lost) = encoding_rs::GB18030.encode(&text);
    assert!(!lost);
    town.write("gb.csv", gb18030);
    town.write("utf8.csv", &text);

    let (exit, report) = town.json(&["register", "import", "--people", "gb.csv"]);
    let file = &report["files"][0];
    assert_eq!((exit, file["encoding"].as_str()), (1, Some("GB18030")));
    assert_eq!((&file["taken"], &file["bad"], &file["total"]), (&2.into(), &2.into(), &4.into()));
    let errors: Vec<(u64, &str, &str)> = file["errors"].as_array().unwrap().iter().map(place).collect();
    assert_eq!(
        errors,
        [(3, "document_no", "document_check_character"), (4, "balance", "balance_missing")],
        "by line and column"
    );

    // The good rows were taken: the same file in the other encoding says nothing new.
    let again = town.run(&["register", "import", "--people", "utf8.csv", "--errors", "left.csv"]);
    assert_eq!(again.exit, 1);
    for said in ["UTF-8", "第 3 行 line", "document_check_character  document_no", "证件号码：", "balance_missing"]
    {
        assert!(again.out.contains(said), "{said}:\n{}", again.out);
    }
    assert!(!again.out.contains("000000199001010029"), "a report never repeats the cell");
    let left = std::fs::read_to_string(town.path("left.csv")).unwrap();
    assert_eq!(left.lines().count(), 3, "{left}");
    let (_, report) = town.json(&["register", "import", "--people", "utf8.csv"]);
    assert_eq!((&report["files"][0]["taken"], &report["files"][0]["already_known"]), (&0.into(), &2.into()));
}

fn place(error: &Value) -> (u64, &str, &str) {
    (error["line"].as_u64().unwrap(), error["column"].as_str().unwrap_or(""), error["code"].as_str().unwrap())
}

#[test]
fn a_file_that_is_no_csv_costs_nothing_and_ends_with_66() {
    let town = Town::new();
    town.write("book.csv", b"PK\x03\x04 not a text");
    town.refused(&["apply", "book.csv"], 66, "FILE_NOT_TEXT");
    town.refused(&["apply", "nowhere.csv"], 66, "FILE_UNREADABLE");
    town.write("good.csv", people());
    town.refused(&["register", "import", "--people", "good.csv", "--periods", "book.csv"], 66, "FILE_NOT_TEXT");
    let (_, seen) = town.json(&["overview"]);
    assert_eq!(seen["ledger"].as_array().unwrap().len(), 0, "the first file was not taken either");
    // Of several statements, one that cannot be read does not keep the others out.
    town.write(
        "bank.csv",
        "bank_txn_no,booked_on,payer_name,payer_account,payee_account,amount,remark\nT1,2026-11-20,某单位,0000000099,00000000530800,5.00,利息\n",
    );
    let ran = town.refused(&["bank", "import", "book.csv", "bank.csv"], 66, "FILE_NOT_TEXT");
    assert!(ran.out.contains("bank.csv"), "{}", ran.out);
    assert_eq!(town.json(&["bank", "import", "bank.csv"]).1["files"][0]["already_known"], 1);
}

/// Money in from nobody we know, and an announcement of more.
const CAMT: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt>
<Acct><Id><Othr><Id>00000000530800</Id></Othr></Id></Acct>
<Ntry><Amt Ccy="CNY">5.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
<BookgDt><Dt>2026-11-20</Dt></BookgDt><AcctSvcrRef>T1</AcctSvcrRef><AddtlNtryInf>利息</AddtlNtryInf></Ntry>
<Ntry><Amt Ccy="CNY">7.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>PDNG</Cd></Sts></Ntry>
</Stmt></BkToCstmrStmt></Document>
"#;

#[test]
fn a_statement_in_xml_is_booked_once_in_whatever_encoding_or_format_it_comes_again() {
    let town = Town::new();
    let (gb18030, _, lost) = encoding_rs::GB18030.encode(CAMT);
    assert!(!lost);
    let declared = [&gb18030[..30], b"GBK\"", &gb18030[36..]].concat();
    assert!(declared.starts_with(b"<?xml version=\"1.0\" encoding=\"GBK\"?>"));
    town.write("gbk.xml", declared);
    town.write("again.xml", CAMT);
    town.write(
        "again.csv",
        "bank_txn_no,booked_on,payer_name,payer_account,payee_account,amount,remark\nT1,2026-11-20,,,00000000530800,5.00,利息\n",
    );
    let first = town.ok(&["bank", "import", "gbk.xml"]);
    for said in ["GB18030", "已收 taken                       1", "未记账 pending                   1"] {
        assert!(first.out.contains(said), "{said}:\n{}", first.out);
    }
    for file in ["gbk.xml", "again.xml", "again.csv"] {
        let (exit, report) = town.json(&["bank", "import", file]);
        let file = &report["files"][0];
        assert_eq!((exit, &file["taken"], &file["already_known"]), (0, &0.into(), &1.into()), "{report:#}");
    }
    town.ok(&["verify"]);

    town.write("short.xml", CAMT.replace(">5.00<", ">5.005<"));
    let ran = town.refused(&["bank", "import", "short.xml"], 66, "CAMT_AMOUNT");
    assert!(ran.err.contains("第4行第7列") && ran.err.contains("line 4, column 7"), "{}", ran.err);
    town.write("evil.xml", CAMT.replace("<Document", "<!DOCTYPE x><Document"));
    town.refused(&["bank", "import", "evil.xml"], 66, "XML_DOCTYPE");
}

#[test]
fn an_application_taken_offline_becomes_a_case_with_its_letter_waiting() {
    let town = Town::new();
    town.write("people.csv", format!("{PEOPLE}{}", person(1)));
    town.ok(&["register", "import", "--people", "people.csv"]);
    let row = |no: u32, who: u32, from: &str| {
        format!("SQ-{no},2026-11-20,counter,居民身份证,{},测试者,{from},310,310\n", id("19900101", who))
    };
    // Taken; taken and turned down (nobody knows the person here); declined (nobody knows the agency).
    town.write(
        "apply.csv",
        [APPLICATIONS.to_owned(), row(1, 1, "441700"), row(2, 9, "441700"), row(3, 1, "999999")].concat(),
    );
    let (exit, report) = town.json(&["apply", "apply.csv"]);
    let file = &report["files"][0];
    assert_eq!((exit, &file["taken"], &file["declined"]), (1, &2.into(), &1.into()), "{report:#}");
    assert_eq!(file["errors"].as_array().unwrap().iter().map(place).collect::<Vec<_>>(), [(4, "", "AGENCY_UNKNOWN")]);

    let (_, open) = town.json(&["cases", "list", "--open"]);
    assert_eq!(open["rows"].as_array().unwrap().len(), 1);
    let letter = open["rows"][0]["letter_no"].as_str().unwrap();
    assert_eq!(open["rows"][0]["name"], "测＊", "names are masked");
    let shown = town.ok(&["cases", "show", letter]);
    for said in ["联系函已发 letter sent", "← 441700", "下一步 next", "T1", "待发送 unsent"] {
        assert!(shown.out.contains(said), "{said}:\n{}", shown.out);
    }
    assert!(!shown.out.contains("测试者") && !shown.out.contains(&id("19900101", 1)), "{}", shown.out);
    town.refused(&["case", "close", letter, "--reason", "不办了"], 1, "NOT_IN_THIS_STATE");
    town.refused(&["case", "cancel", letter, "--reason", " "], 1, "REASON");
    town.refused(&["case", "cancel", letter, "--reason", "本人放弃", "--version", "7"], 1, "CASE_MOVED");
    town.refused(&["case", "return", letter, "--code", "NO_SUCH", "--reason", "x"], 2, "RETURN_CODE");
    let done = town.ok(&["--actor", "li", "case", "cancel", letter, "--reason", "本人放弃"]);
    assert!(done.out.contains("已办理 done") && done.out.contains("撤销中 being taken back"), "{}", done.out);
    let shown = town.ok(&["cases", "show", letter]).out;
    assert!(shown.contains("理由 why：本人放弃 · li"), "{shown}");

    let (_, rejected) = town.json(&["cases", "list", "--relation", "rejected"]);
    assert_eq!(rejected["rows"].as_array().unwrap().len(), 1);
    let (_, queues) = town.json(&["queues"]);
    assert_eq!((&queues[0]["peer"], &queues[0]["unsent"]), (&"441700".into(), &2.into()));

    let (exit, report) = town.json(&["verify"]);
    assert_eq!((exit, &report["clean"]), (0, &true.into()), "{report:#}");
    town.refused(&["cases", "show", "530800-L09999999"], 1, "NOT_FOUND");
}

#[test]
fn every_listing_answers_in_json_and_in_text() {
    let town = Town::new();
    for command in [
        &["cases", "list"][..],
        &["tasks", "list"],
        &["queues"],
        &["dead-letters", "list"],
        &["bank", "list"],
        &["bank", "payments"],
        &["bank", "payments", "--format", "pain001"],
        &["status"],
        &["overview"],
        &["verify"],
    ] {
        let (exit, value) = town.json(command);
        assert!(exit == 0 && (value.is_object() || value.is_array()), "{command:?}");
        assert!(!town.ok(command).out.trim().is_empty(), "{command:?}");
    }
    assert!(!town.path("jiexu.csv").exists());
    town.refused(&["bank", "payments", "--batch", "530800-P1"], 1, "BATCH_UNKNOWN");
    town.refused(&["dead-letters", "show", "00"], 1, "NOT_FOUND");
}

#[test]
fn two_commands_never_write_at_once() {
    let town = Town::new();
    town.ok(&["verify"]);
    let lock = std::fs::File::options().read(true).write(true).open(town.path("530800/data/jiexu.lock")).unwrap();
    lock.lock().unwrap();
    let ran = town.refused(&["verify"], 75, "STORE_IN_USE");
    assert!(ran.err.contains("再重试"), "{}", ran.err);
    lock.unlock().unwrap();
    town.ok(&["verify"]);
}

#[test]
fn the_brokers_plan_names_every_agency_and_no_password() {
    let town = Town::new();
    let plan = town.ok(&["broker", "plan", "--registry", "reg"]).out;
    let _: Value = serde_json::from_str(&plan).unwrap();
    assert!(plan.contains("530800") && plan.contains("441700"));
    let password = std::fs::read_to_string(town.path("530800/keys/broker.password")).unwrap();
    assert!(!plan.contains(password.trim()));
    town.ok(&["broker", "plan", "--card", "530800/agency-card.json", "--out", "plan.json"]);
    let one = std::fs::read_to_string(town.path("plan.json")).unwrap();
    assert!(one.contains("530800") && !one.contains("441700"));
}

#[test]
fn completions_are_there_and_nothing_is_coloured_where_nobody_looks() {
    let town = Town::new();
    for shell in ["bash", "zsh", "fish"] {
        assert!(town.ok(&["completions", shell]).out.contains("jiexu"), "{shell}");
    }
    assert!(!town.ok(&["verify"]).out.contains('\x1b'), "not a terminal");
    assert_eq!(town.run(&["no-such-command"]).exit, 2);
}

#[test]
fn on_a_terminal_there_is_colour_unless_it_is_not_wanted() {
    let town = Town::new();
    let on_a_terminal = |no_color: bool| {
        let mut script = Command::new("script");
        script.args(["-qec", &format!("{} verify", env!("CARGO_BIN_EXE_jiexu")), "/dev/null"]);
        script.current_dir(town.folder.path()).env("JIEXU_CONFIG", "530800/jiexu.toml").env("TERM", "xterm");
        script.env_remove("NO_COLOR");
        if no_color {
            script.env("NO_COLOR", "1");
        }
        String::from_utf8_lossy(&script.output().expect("script(1) of util-linux").stdout).into_owned()
    };
    assert!(on_a_terminal(false).contains("\x1b[32m✓"));
    let plain = on_a_terminal(true);
    assert!(plain.contains('✓') && !plain.contains('\x1b'), "{plain}");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let town = Town::new();
    let mut child = town.command(&["check-config", "--reference"]);
    let mut child = child.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let ran = Ran::of(child.wait_with_output().unwrap());
    assert!(ran.exit == 0 && ran.err.is_empty(), "{}", ran.err);
}

/// Ends the daemon with its test.
struct Daemon(std::process::Child);

impl Daemon {
    /// Nobody listens on port 1: the daemon stays up and says so.
    fn of(town: &Town) -> Daemon {
        let config = std::fs::read_to_string(town.path("530800/jiexu.toml")).unwrap();
        town.write("530800/jiexu.toml", config.replace("port = 5672", "port = 1"));
        let child = town.command(&["serve"]).stderr(std::process::Stdio::piped()).spawn().unwrap();
        let daemon = Daemon(child);
        let socket = town.path("530800/data/jiexu.sock");
        let begun = std::time::Instant::now();
        while !socket.exists() {
            assert!(begun.elapsed() < PATIENCE, "no socket");
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        daemon
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.0.kill();
        // Its socket answers nobody any more once it is gone.
        let _ = self.0.wait();
    }
}

#[test]
fn beside_a_running_daemon_a_command_asks_it_and_sigterm_ends_it_in_order() {
    let town = Town::new();
    town.write("people.csv", people());
    let mut daemon = Daemon::of(&town);
    let socket = town.path("530800/data/jiexu.sock");
    let (_, status) = town.json(&["status"]);
    assert_eq!((&status["running"], &status["pid"]), (&true.into(), &daemon.0.id().into()));
    assert_eq!(status["broker"]["consuming"], false);
    let (_, report) = town.json(&["register", "import", "--people", "people.csv"]);
    assert_eq!(report["files"][0]["taken"], 2, "{report:#}");
    assert!(town.run(&["serve"]).err.contains("✗ STORE_IN_USE"), "never two writers");

    let pid = rustix::process::Pid::from_child(&daemon.0);
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert_eq!(daemon.0.wait().unwrap().code(), Some(0));
    let mut told = String::new();
    std::io::Read::read_to_string(&mut daemon.0.stderr.take().unwrap(), &mut told).unwrap();
    assert!(told.contains("机构 agency 530800") && told.contains("已停止"), "{told}");
    assert!(!socket.exists());
    assert_eq!(town.json(&["register", "import", "--people", "people.csv"]).1["files"][0]["already_known"], 2);
    town.ok(&["verify"]);
}
