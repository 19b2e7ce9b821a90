//! Statements: what each account's holder sees, a pure function of the ledger's lines.
//!
//! What a statement covers is written down before the statement: after a crash it is written again under the same
//! name with the same bytes, never with others.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::journal::Journal;
use super::ledger::{Account, Entry, Ledger};

const HEADER: [&str; 5] = ["state", "account", "number", "first_seq", "last_seq"];
const COLUMNS: [&str; 8] =
    ["bank_txn_no", "booked_on", "payer_name", "payer_account", "payee_account", "amount", "remark", "payment_ref"];

/// Where the planted outside money seems to come from.
const OUTSIDE_NAME: &str = "外来往来户";
const OUTSIDE_ACCOUNT: &str = "99990000000000000088";

pub struct Statements {
    out: PathBuf,
    journal: Journal,
    /// Account no., number and last ledger line of each account's newest statement.
    newest: Vec<(String, u64, u64)>,
}

impl Statements {
    /// Writes what was promised before a crash.
    pub fn open(dir: &Path, accounts: &[Account], ledger: &Ledger) -> anyhow::Result<Statements> {
        let (journal, rows) = Journal::open(&dir.join("statements.csv"), &HEADER)?;
        let mut promised: Vec<(String, u64, u64, u64)> = Vec::new();
        let mut newest = Vec::new();
        for row in &rows {
            let number = |at: usize| row[at].parse::<u64>().with_context(|| format!("statements.csv: {}", HEADER[at]));
            let one = (row[1].clone(), number(2)?, number(3)?, number(4)?);
            if row[0] == "written" {
                promised.retain(|promise| *promise != one);
            } else {
                newest.retain(|(account, _, _): &(String, u64, u64)| *account != one.0);
                newest.push((one.0.clone(), one.1, one.3));
                promised.push(one);
            }
        }
        let mut statements = Statements { out: dir.join("out"), journal, newest };
        for (account, number, first, last) in promised {
            statements.write(accounts, ledger, &account, (number, first, last))?;
        }
        Ok(statements)
    }

    /// A statement for each account with lines it has not seen.
    pub fn write_new(&mut self, accounts: &[Account], ledger: &Ledger) -> anyhow::Result<()> {
        let Some(last) = ledger.entries().last().map(|entry| entry.seq) else { return Ok(()) };
        for account in accounts {
            let known = self.newest.iter().position(|(number, _, _)| *number == account.number);
            let (number, seen) = known.map_or((0, 0), |at| (self.newest[at].1, self.newest[at].2));
            let is_new = |entry: &&Entry| entry.seq > seen && entry.touches(&account.number);
            if ledger.entries().iter().rev().take_while(|entry| entry.seq > seen).any(|entry| is_new(&entry)) {
                let one = (number + 1, seen + 1, last);
                self.journal.append(&[row("promised", &account.number, one)])?;
                self.newest.retain(|(number, _, _)| *number != account.number);
                self.newest.push((account.number.clone(), one.0, one.2));
                self.write(accounts, ledger, &account.number, one)?;
            }
        }
        Ok(())
    }

    fn write(
        &mut self,
        accounts: &[Account],
        ledger: &Ledger,
        account: &str,
        one: (u64, u64, u64),
    ) -> anyhow::Result<()> {
        let (number, first, last) = one;
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(COLUMNS)?;
        for entry in ledger.entries().iter().filter(|entry| (first..=last).contains(&entry.seq)) {
            for line in lines(entry, account, accounts) {
                writer.write_record(line)?;
            }
        }
        let bytes = writer.into_inner().context("memory takes every row")?;
        let folder = self.out.join(account);
        fs::create_dir_all(&folder)?;
        let (name, unfinished) = (format!("statement-{number}.csv"), format!(".statement-{number}.tmp"));
        let mut file = File::create(folder.join(&unfinished))?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        fs::rename(folder.join(&unfinished), folder.join(name))?;
        File::open(&folder)?.sync_all()?;
        self.journal.append(&[row("written", account, one)])
    }
}

fn row(state: &str, account: &str, (number, first, last): (u64, u64, u64)) -> Vec<String> {
    vec![state.to_owned(), account.to_owned(), number.to_string(), first.to_string(), last.to_string()]
}

impl Entry {
    fn touches(&self, account: &str) -> bool {
        let is_paid = self.payer_account == account && !self.is_given_back();
        let is_received = self.payee_account == account && !self.bounces();
        is_paid || is_received
    }
}

/// One account's view of one payment. The name is the one the bank knows its customer by, not the one in the order; of
/// one given back, the name and account of who should have had it.
fn lines(entry: &Entry, account: &str, accounts: &[Account]) -> Vec<[String; 8]> {
    let payer = accounts.iter().find(|known| known.number == entry.payer_account).map_or("", |known| &known.name);
    let line = |suffix: &str, name: &str, from: &str, fen: i64, remark: &str, reference: &str| {
        [
            format!("B{:010}{suffix}", entry.seq),
            entry.booked_on.clone(),
            name.to_owned(),
            from.to_owned(),
            entry.payee_account.clone(),
            yuan(fen),
            remark.to_owned(),
            reference.to_owned(),
        ]
    };
    let paid = |suffix: &str, name: &str, fen: i64| {
        line(suffix, name, &entry.payer_account, fen, &entry.remark, &entry.payment_ref)
    };
    if !entry.touches(account) {
        return Vec::new();
    }
    if entry.is_given_back() {
        return vec![line("", &entry.payee_name, &entry.payer_account, entry.amount_fen, &entry.remark, "")];
    }
    if entry.payer_account == account {
        return vec![paid("", payer, -entry.amount_fen)];
    }
    let arrives = entry.arrives_fen();
    match entry.plant.as_str() {
        "wrong_name" => vec![paid("", &format!("{payer}（同名他人）"), arrives)],
        "split" => vec![paid("", payer, arrives - arrives / 3), paid("-2", payer, arrives / 3)]
            .into_iter()
            .filter(|line| line[5] != "0.00")
            .collect(),
        "outside" => {
            vec![paid("", payer, arrives), line("-2", OUTSIDE_NAME, OUTSIDE_ACCOUNT, entry.outside_fen, "往来款", "")]
        }
        _ => vec![paid("", payer, arrives)],
    }
}

fn yuan(fen: i64) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    let fen = fen.unsigned_abs();
    format!("{sign}{}.{:02}", fen / 100, fen % 100)
}
