//! The demo's bank, as a program: paid once, seen by both sides, and the same books after every kill.

#[allow(dead_code, reason = "the example's main is not called from here")]
#[path = "../../deploy/demo/bank.rs"]
mod bank;

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use bank::{Bank, Pass};
use chrono::NaiveDate;

use crate::support::PATIENCE;

const A: &str = "0000000000000000011";
const B: &str = "9900000000000000022";
const HEADER: &str =
    "payment_ref,payer_name,payer_account,payee_name,payee_account,payee_bank_no,amount,remark,letter_no";

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 23).unwrap()
}

/// A folder with two accounts of 1,000.00 and 2,000.00 yuan.
struct Town {
    folder: tempfile::TempDir,
}

impl Town {
    fn new() -> Town {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("bank/in/AGENCY")).unwrap();
        let accounts = format!(
            r#"[{{"agency":"530800","name":"普洱（演示）","number":"{A}","opening_fen":100000}},
                {{"agency":"450200","name":"柳州（演示）","number":"{B}","opening_fen":200000}}]"#
        );
        std::fs::write(folder.path().join("accounts.json"), accounts).unwrap();
        Town { folder }
    }

    fn dir(&self) -> PathBuf {
        self.folder.path().join("bank")
    }

    fn open(&self, plant: bool) -> Bank {
        let accounts = bank::read_accounts(&self.folder.path().join("accounts.json")).unwrap();
        Bank::open(&self.dir(), accounts, plant).unwrap()
    }

    fn totals(&self) -> bank::Totals {
        let accounts = bank::read_accounts(&self.folder.path().join("accounts.json")).unwrap();
        bank::totals(&self.dir(), &accounts).unwrap()
    }

    fn drop_file(&self, name: &str, rows: &[String]) {
        let folder = self.dir().join("in/AGENCY");
        std::fs::write(folder.join("unfinished"), format!("\u{feff}{HEADER}\n{}\n", rows.join("\n"))).unwrap();
        std::fs::rename(folder.join("unfinished"), folder.join(name)).unwrap();
    }

    /// Lines of all statements of one account, by number of the statement.
    fn lines(&self, account: &str) -> Vec<HashMap<String, String>> {
        let mut files: Vec<_> = std::fs::read_dir(self.dir().join("out").join(account))
            .map(|folder| folder.map(|file| file.unwrap().path()).collect())
            .unwrap_or_default();
        files.retain(|path: &PathBuf| path.extension().is_some_and(|extension| extension == "csv"));
        files.sort_by_key(|path| {
            let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
            stem.strip_prefix("statement-").unwrap().parse::<u32>().unwrap()
        });
        files
            .iter()
            .flat_map(|path| csv::Reader::from_path(path).unwrap().into_deserialize().map(Result::unwrap))
            .collect()
    }
}

fn order(number: usize, amount: &str) -> String {
    format!("PAY-{number},普洱（演示）,{A},柳州（演示）,{B},,{amount},LH-{number},LH-{number}")
}

fn fen(yuan: &str) -> i64 {
    yuan.replace('.', "").parse().unwrap()
}

#[test]
fn a_payment_is_booked_once_and_seen_by_both_sides() {
    let town = Town::new();
    let mut bank = town.open(false);
    town.drop_file("one.csv", &[order(1, "12.34"), order(1, "12.34")]);
    assert_eq!(bank.look(today()).unwrap(), Pass { files: 1, booked: 1, again: 1, rejected: 0, given_back: 0 });
    town.drop_file("one.csv", &[order(1, "12.34")]);
    assert_eq!(bank.look(today()).unwrap(), Pass { files: 1, booked: 0, again: 1, rejected: 0, given_back: 0 });
    let [paid] = town.lines(A).try_into().unwrap();
    let [got] = town.lines(B).try_into().unwrap();
    assert_eq!((paid["amount"].as_str(), got["amount"].as_str()), ("-12.34", "12.34"));
    assert_eq!(paid["bank_txn_no"], got["bank_txn_no"]);
    assert_eq!((got["payment_ref"].as_str(), got["booked_on"].as_str()), ("PAY-1", "2026-11-23"));
    assert_eq!(got["payer_account"], A, "leading zeros count");
    assert!(town.dir().join("done/AGENCY/one.csv").exists() && town.dir().join("done/AGENCY/one~2.csv").exists());
}

#[test]
fn what_cannot_be_paid_is_refused_with_a_reason_and_the_rest_is_paid() {
    let town = Town::new();
    let mut bank = town.open(false);
    let stranger = order(4, "1.00").replace(A, "12345678");
    town.drop_file("a.csv", &[order(1, "1,5"), order(2, "1000.01"), order(3, "999.99"), stranger]);
    assert_eq!(bank.look(today()).unwrap(), Pass { files: 1, booked: 1, again: 0, rejected: 3, given_back: 0 });
    town.drop_file("b.csv", &[order(3, "0.01")]);
    assert_eq!(bank.look(today()).unwrap(), Pass { files: 1, booked: 0, again: 0, rejected: 1, given_back: 0 });
    let rejected = std::fs::read_to_string(town.dir().join("rejected.csv")).unwrap();
    for reason in ["ragged_row", "PAY-2,balance_too_low", "PAY-4,payer_unknown", "PAY-3,payment_ref_used_before"] {
        assert!(rejected.contains(reason), "{reason} in {rejected}");
    }
    assert_eq!(town.totals().accounts[0].balance_fen, 1);
}

#[test]
fn the_planted_faults_are_the_same_every_time_and_the_sums_still_hold() {
    let town = Town::new();
    let mut bank = town.open(true);
    town.drop_file("all.csv", &(1..=20).map(|number| order(number, "10.00")).collect::<Vec<_>>());
    bank.look(today()).unwrap();
    let mut by_payment: BTreeMap<String, Vec<HashMap<String, String>>> = BTreeMap::new();
    for line in town.lines(B) {
        by_payment.entry(line["payment_ref"].clone()).or_default().push(line);
    }
    let amounts = |number: usize| -> Vec<&str> {
        let lines = by_payment.get(&format!("PAY-{number}"));
        lines.into_iter().flatten().map(|line| line["amount"].as_str()).collect()
    };
    assert_eq!(amounts(7), ["9.99"]);
    assert_eq!(amounts(17), ["6.67", "3.33"]);
    assert!(by_payment["PAY-11"][0]["payer_name"].contains("同名他人"));
    assert_eq!(by_payment[""].iter().map(|line| line["amount"].as_str()).collect::<Vec<_>>(), ["88.88"]);
    assert!(amounts(19).is_empty());
    for number in (1..=20).filter(|number| ![7, 17, 19].contains(number)) {
        assert_eq!(amounts(number), ["10.00"], "{number}");
    }
    let totals = town.totals();
    assert!(totals.conserved);
    assert_eq!((totals.charges_fen, totals.outside_fen, totals.payments), (1, 8_888, 20));
    assert_eq!(totals.plants.iter().map(|it| it.seq).collect::<Vec<_>>(), [7, 11, 13, 17, 19]);
    assert_eq!(totals.held_fen, 1_000);
    let numbers: std::collections::HashSet<_> =
        town.lines(B).into_iter().map(|line| line["bank_txn_no"].clone()).collect();
    assert_eq!(numbers.len(), town.lines(B).len(), "a bank transaction no. comes once in an account");
}

#[test]
fn what_bounces_comes_back_once_with_the_next_look() {
    let town = Town::new();
    let mut bank = town.open(false);
    let elsewhere = |number: usize, account: &str| order(number, "12.34").replace(B, account);
    let rows = [elsewhere(1, "6200000000000000404"), elsewhere(2, "6200000000000000405")];
    town.drop_file("one.csv", &rows);
    bank.look(today()).unwrap();
    let totals = town.totals();
    assert_eq!((totals.held_fen, totals.elsewhere_fen, totals.conserved), (1_234, 1_234, true));
    // Killed before it gives back: its next life does, once.
    drop(bank);
    let mut bank = town.open(false);
    assert_eq!(bank.look(today()).unwrap(), Pass { given_back: 1, ..Pass::default() });
    drop(bank);
    town.drop_file("two.csv", &rows);
    assert_eq!(town.open(false).look(today()).unwrap(), Pass { files: 1, again: 2, ..Pass::default() });
    let [first, second, back] = town.lines(A).try_into().unwrap();
    assert_eq!([&first["amount"], &second["amount"], &back["amount"]], ["-12.34", "-12.34", "12.34"]);
    assert_eq!((back["remark"].as_str(), back["payment_ref"].as_str()), ("退汇 PAY-1", ""));
    assert_eq!((back["payer_account"].as_str(), back["payee_account"].as_str()), ("6200000000000000404", A));
    let totals = town.totals();
    assert_eq!((totals.held_fen, totals.elsewhere_fen, totals.conserved), (0, 1_234, true));
    assert_eq!((totals.accounts[0].given_back_fen, totals.accounts[0].balance_fen), (1_234, 100_000 - 1_234));
}

#[test]
fn a_ledger_torn_at_any_byte_ends_in_the_same_books_and_statements() {
    let whole = Town::new();
    let rows: Vec<String> = (1..=8).map(|number| order(number, "1.00")).collect();
    let mut bank = whole.open(true);
    whole.drop_file("all.csv", &rows);
    bank.look(today()).unwrap();
    let ledger = std::fs::read(whole.dir().join("ledger.csv")).unwrap();
    for cut in (0..=ledger.len()).step_by(13) {
        let torn = Town::new();
        torn.drop_file("all.csv", &rows);
        std::fs::write(torn.dir().join("ledger.csv"), &ledger[..cut]).unwrap();
        torn.open(true).look(today()).unwrap();
        assert_eq!(std::fs::read(torn.dir().join("ledger.csv")).unwrap(), ledger, "cut at {cut}");
        assert_eq!(torn.lines(B), whole.lines(B), "cut at {cut}");
    }
}

#[test]
fn a_promised_statement_is_written_again_with_the_same_bytes() {
    let town = Town::new();
    town.drop_file("one.csv", &[order(1, "1.00")]);
    town.open(false).look(today()).unwrap();
    let path = town.dir().join("out").join(B).join("statement-1.csv");
    let before = std::fs::read(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    town.open(false);
    assert!(!path.exists(), "a written statement that was taken away stays away");
    let journal = std::fs::read_to_string(town.dir().join("statements.csv")).unwrap();
    let lost: Vec<&str> = journal.lines().filter(|line| !line.starts_with(&format!("written,{B}"))).collect();
    std::fs::write(town.dir().join("statements.csv"), lost.join("\n") + "\n").unwrap();
    town.open(false);
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn two_banks_never_keep_the_same_books() {
    let town = Town::new();
    let _first = town.open(false);
    let accounts = bank::read_accounts(&town.folder.path().join("accounts.json")).unwrap();
    assert!(Bank::open(&town.dir(), accounts, false).is_err());
}

fn start(town: &Town, more: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_demo-bank"))
        .arg("--dir")
        .arg(town.dir())
        .arg("--accounts")
        .arg(town.folder.path().join("accounts.json"))
        .args(more)
        .stdout(Stdio::piped())
        .spawn()
        .expect("the bank starts")
}

#[test]
fn a_bank_killed_again_and_again_pays_each_payment_once() {
    let town = Town::new();
    let program = start(&town, &["totals"]).wait_with_output().unwrap();
    assert!(program.status.success());
    const FILES: usize = 300;
    for file in 0..FILES {
        let rows: Vec<String> = (0..5).map(|row| order(file * 5 + row + 1, "0.50")).collect();
        town.drop_file(&format!("f{file:03}.csv"), &rows);
    }
    let (incoming, ledger) = (town.dir().join("in/AGENCY"), town.dir().join("ledger.csv"));
    let waiting = || std::fs::read_dir(&incoming).unwrap().count();
    let length = || std::fs::metadata(&ledger).map_or(0, |file| file.len());
    let mut killed_at_work = 0;
    for round in 0..25 {
        let before = length();
        let mut bank = start(&town, &["--watch", "--plant"]);
        let since = Instant::now();
        while length() <= before && waiting() > 0 {
            assert!(since.elapsed() < PATIENCE, "nothing is booked");
            std::thread::yield_now();
        }
        std::thread::sleep(Duration::from_micros(round * 370 % 2_900));
        bank.kill().unwrap();
        bank.wait().unwrap();
        killed_at_work += usize::from(waiting() > 0);
        assert!(town.totals().conserved, "after kill {round}");
    }
    assert!(killed_at_work >= 5, "killed at work only {killed_at_work} times");
    let mut bank = start(&town, &["--watch", "--plant"]);
    let since = Instant::now();
    while waiting() > 0 {
        assert!(since.elapsed() < PATIENCE, "files wait");
        std::thread::sleep(Duration::from_millis(20));
    }
    bank.kill().unwrap();
    bank.wait().unwrap();

    let output = start(&town, &["totals"]).wait_with_output().unwrap();
    let totals: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(totals["conserved"], true);
    assert_eq!(totals["payments"], FILES * 5);
    assert_eq!(totals["accounts"][0]["out_fen"], FILES * 5 * 50);
    assert_eq!(totals["accounts"][1]["balance_fen"], 200_000 + FILES * 5 * 50 - 1 + 8_888 - 50);
    assert_eq!(totals["accounts"][0]["given_back_fen"], 50);
    // What the statements say is what the books say, line by line and in sum.
    for (account, at) in [(A, 0), (B, 1)] {
        let lines = town.lines(account);
        let sum: i64 = lines.iter().map(|line| fen(&line["amount"])).sum();
        let account = &totals["accounts"][at];
        assert_eq!(account["opening_fen"].as_i64().unwrap() + sum, account["balance_fen"]);
        let numbers: std::collections::HashSet<_> = lines.iter().map(|line| &line["bank_txn_no"]).collect();
        assert_eq!(numbers.len(), lines.len());
    }
}
