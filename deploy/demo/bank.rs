//! The demo's bank: books payment files once and writes both sides' statements. It knows nothing of the agencies'
//! program, keeps its own books, never pays twice and never forgets a booked payment, whenever it is killed.
//!
//! ```text
//! demo-bank --dir BANK --accounts accounts.json [--watch] [--plant] [--booked-on 2026-11-23]
//! demo-bank --dir BANK --accounts accounts.json totals
//! ```
//!
//! | path below `--dir` | what it is |
//! |---|---|
//! | `in/<any>/*.csv` | payment files, dropped by rename: payment_ref, payer_name, payer_account, payee_name, payee_account, payee_bank_no, amount, remark, letter_no |
//! | `done/<any>/*.csv` | payment files that were read |
//! | `ledger.csv` | one line a payment, append-only, each with its own check; a torn last line is cut off at start |
//! | `rejected.csv` | payments that were refused, and why |
//! | `statements.csv` | which statement covers which ledger lines, written before the statement itself |
//! | `out/<account no.>/statement-<n>.csv` | bank_txn_no, booked_on, payer_name, payer_account, payee_account, amount, remark, payment_ref; the payer's amount is negative |
//!
//! A statement is written at least once, with the same name and the same bytes each time. Both sides see the same
//! bank_txn_no; a second line of one payment ends in `-2`. Money for an account that is not in `accounts.json` leaves
//! for another bank; when that bank knows no such account, it is given back at the next look. With `--plant` some
//! payments go wrong, always the same ones (see `bank/ledger.rs`).

#[path = "bank/journal.rs"]
mod journal;
#[path = "bank/ledger.rs"]
mod ledger;
#[path = "bank/payment.rs"]
mod payment;
#[path = "bank/statement.rs"]
mod statement;
#[path = "bank/totals.rs"]
mod totals;

use std::collections::HashSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, bail};
use chrono::NaiveDate;

use journal::Journal;
use ledger::Ledger;
use statement::Statements;

pub use ledger::Account;
pub use totals::{Totals, totals};

const LOOK_EVERY: Duration = Duration::from_millis(200);
const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;

#[derive(clap::Parser)]
#[command(name = "demo-bank", about = "演示银行 / the demo's bank")]
struct Arguments {
    /// The bank's folder.
    #[arg(long)]
    dir: PathBuf,
    /// JSON: a list of {agency, name, number, opening_fen}.
    #[arg(long)]
    accounts: PathBuf,
    /// Keep looking for files until killed.
    #[arg(long)]
    watch: bool,
    /// Let some payments go wrong.
    #[arg(long)]
    plant: bool,
    /// The date in the books instead of today's, yyyy-mm-dd.
    #[arg(long)]
    booked_on: Option<NaiveDate>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Print every account's sums as JSON; reads only, also beside a running bank.
    Totals,
}

/// What one look at the folder did.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Pass {
    pub files: usize,
    pub booked: usize,
    /// Payments that were in the books before.
    pub again: usize,
    pub rejected: usize,
    /// Payments that bounced earlier.
    pub given_back: usize,
}

pub struct Bank {
    dir: PathBuf,
    accounts: Vec<Account>,
    ledger: Ledger,
    statements: Statements,
    rejected: Journal,
    /// Rows refused before: (file, line, payment_ref). A refusal stays one when a file is read again after a crash.
    refused: HashSet<(String, String, String)>,
    plant: bool,
    /// Held as long as the bank is open.
    _lock: File,
}

impl Bank {
    /// Opens the books, repairs a torn end and writes the statements that a crash has held up.
    pub fn open(dir: &Path, accounts: Vec<Account>, plant: bool) -> anyhow::Result<Bank> {
        for name in ["in", "done", "out"] {
            fs::create_dir_all(dir.join(name)).with_context(|| format!("cannot make {}", dir.join(name).display()))?;
        }
        let lock = File::create(dir.join("lock"))?;
        lock.try_lock().context("另一个银行进程正在运行 / another bank keeps the books in this folder")?;
        let ledger = Ledger::open(dir, &accounts)?;
        let (rejected, rows) = Journal::open(&dir.join("rejected.csv"), &["file", "line", "payment_ref", "reason"])?;
        let refused = rows.into_iter().map(|row| (row[0].clone(), row[1].clone(), row[2].clone())).collect();
        let statements = Statements::open(dir, &accounts, &ledger)?;
        let mut bank =
            Bank { dir: dir.to_owned(), accounts, ledger, statements, rejected, refused, plant, _lock: lock };
        // Booked before the crash, stated after it.
        bank.statements.write_new(&bank.accounts, &bank.ledger)?;
        Ok(bank)
    }

    /// Gives back what has bounced, then reads every file that waits, in order of folder and name.
    pub fn look(&mut self, today: NaiveDate) -> anyhow::Result<Pass> {
        let mut pass = Pass::default();
        let given_back = self.ledger.give_back(today);
        if !given_back.is_empty() {
            self.ledger.book(&given_back)?;
            self.statements.write_new(&self.accounts, &self.ledger)?;
            pass.given_back = given_back.len();
        }
        for file in waiting(&self.dir.join("in"))? {
            self.take(&file, today, &mut pass)?;
            pass.files += 1;
        }
        Ok(pass)
    }

    fn take(&mut self, path: &Path, today: NaiveDate, pass: &mut Pass) -> anyhow::Result<()> {
        let folder = path.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy().into_owned();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let file = format!("{folder}/{name}");
        let rows = if fs::metadata(path)?.len() > FILE_BYTES_MAX {
            vec![(0, Err(payment::Refused::of("", "too_large")))]
        } else {
            payment::read(&fs::read(path)?)
        };
        let mut bookings = Vec::new();
        let mut refusals = Vec::new();
        for (line, row) in rows {
            let line = line.to_string();
            let booking = row.and_then(|payment| {
                let key = (file.clone(), line.clone(), payment.payment_ref.clone());
                if self.refused.contains(&key) {
                    return Err(payment::Refused::of(&payment.payment_ref, "refused_before"));
                }
                self.ledger.decide(&payment, &self.accounts, today, self.plant)
            });
            match booking {
                Ok(Some(entry)) => bookings.push(entry),
                Ok(None) => pass.again += 1,
                Err(refused) => refusals.push((file.clone(), line, refused)),
            }
        }
        pass.booked += bookings.len();
        self.ledger.book(&bookings)?;
        for (file, line, refused) in refusals {
            pass.rejected += 1;
            let key = (file, line, refused.payment_ref);
            if !self.refused.contains(&key) {
                self.rejected.append(&[vec![
                    key.0.clone(),
                    key.1.clone(),
                    key.2.clone(),
                    refused.reason.to_owned(),
                ]])?;
                self.refused.insert(key);
            }
        }
        self.statements.write_new(&self.accounts, &self.ledger)?;
        // Last: a file that is still there is read again, and everything in it is known by then.
        put_away(path, &self.dir.join("done").join(folder), &name)
    }
}

/// Files in `in/<any>/`, without those still being written.
fn waiting(incoming: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for folder in fs::read_dir(incoming)? {
        let folder = folder?;
        if !folder.file_type()?.is_dir() {
            continue;
        }
        for file in fs::read_dir(folder.path())? {
            let file = file?;
            let name = file.file_name().to_string_lossy().into_owned();
            if file.file_type()?.is_file() && name.ends_with(".csv") && !name.starts_with('.') {
                files.push(file.path());
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Moves a file without covering one of the same name.
fn put_away(path: &Path, folder: &Path, name: &str) -> anyhow::Result<()> {
    fs::create_dir_all(folder)?;
    let stem = name.strip_suffix(".csv").unwrap_or(name);
    let mut target = folder.join(name);
    let mut times = 1;
    while target.exists() {
        times += 1;
        target = folder.join(format!("{stem}~{times}.csv"));
    }
    fs::rename(path, &target).with_context(|| format!("cannot move {}", path.display()))
}

/// Reads and checks the list of accounts.
pub fn read_accounts(path: &Path) -> anyhow::Result<Vec<Account>> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let accounts: Vec<Account> =
        serde_json::from_slice(&bytes).with_context(|| format!("{} is not a list of accounts", path.display()))?;
    let mut numbers = HashSet::new();
    for account in &accounts {
        if !payment::is_account_number(&account.number) || !numbers.insert(&account.number) || account.opening_fen < 0 {
            bail!("account of {}: number wrong or used twice, or opening below zero", account.agency);
        }
    }
    Ok(accounts)
}

/// The day in China, the only question to the clock; `--booked-on` answers it instead.
fn today() -> NaiveDate {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs() + 8 * 3600;
    let days = i32::try_from(since / 86_400).expect("a day count of this age");
    NaiveDate::from_epoch_days(days).expect("a day of this age")
}

fn main() -> anyhow::Result<()> {
    let arguments = <Arguments as clap::Parser>::parse();
    let accounts = read_accounts(&arguments.accounts)?;
    if let Some(Command::Totals) = arguments.command {
        println!("{}", serde_json::to_string_pretty(&totals(&arguments.dir, &accounts)?)?);
        return Ok(());
    }
    let mut bank = Bank::open(&arguments.dir, accounts, arguments.plant)?;
    loop {
        let pass = bank.look(arguments.booked_on.unwrap_or_else(today))?;
        if pass != Pass::default() {
            let Pass { files, booked, again, rejected, given_back } = pass;
            println!(
                "files {files}, booked {booked}, known before {again}, rejected {rejected}, given back {given_back}"
            );
        }
        if !arguments.watch {
            return Ok(());
        }
        std::thread::sleep(LOOK_EVERY);
    }
}
