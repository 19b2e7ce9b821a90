//! Carries files between agencies and the bank, as a clerk would: imports, payment files out, statements in. Everything
//! may be carried twice: agencies and bank book each thing once.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use chrono::Months;
use serde_json::Value;

use super::exchange::Agency;
use super::window::{Window, is_away};
use crate::daemon::Request;
use crate::domain::event::{Application, PeriodsEntry, RegisterEntry, StatementLine};
use crate::domain::forms::{BankAccount, Period};
use crate::domain::ids::{LetterNo, PaymentRef, PersonNo};
use crate::domain::money::Fen;
use crate::domain::reference::is_batch;
use crate::domain::time::YearMonth;
use crate::files;
use crate::store::views::PaymentQuery;

const ACTOR: &str = "demo";
/// Rows of one request.
const ROWS: usize = 250;
const LOOK_EVERY: Duration = Duration::from_millis(150);

/// What an import gave, row by row.
#[derive(Debug, Default, Clone, Copy)]
pub struct Taken {
    pub applied: usize,
    /// Known before, byte for byte.
    pub known: usize,
    /// Turned away by the agency.
    pub declined: usize,
    /// Not readable as a row.
    pub unreadable: usize,
}

impl Taken {
    fn count(&mut self, outcomes: &Value) {
        for outcome in outcomes.as_array().into_iter().flatten() {
            match outcome["outcome"].as_str() {
                Some("applied") => self.applied += 1,
                Some("duplicate") => self.known += 1,
                _ => self.declined += 1,
            }
        }
    }
}

fn load(path: &Path) -> anyhow::Result<Vec<u8>> {
    files::load(path).with_context(|| format!("无法读取 / cannot read {}", path.display()))
}

/// An agency that joined today has no files.
fn folder(agency: &Agency, data: &Path) -> Option<PathBuf> {
    let folder = data.join(agency.code.as_str());
    folder.is_dir().then_some(folder)
}

/// People and their periods; `months_back` earlier than the files say.
pub async fn import_register(agency: &Agency, data: &Path, months_back: u32) -> anyhow::Result<Taken> {
    let Some(folder) = folder(agency, data) else { return Ok(Taken::default()) };
    let people = files::read_people(&load(&folder.join("people.csv"))?)?;
    let periods = files::read_periods(&load(&folder.join("periods.csv"))?)?;
    let mut window = agency.window();
    let mut taken = Taken { unreadable: people.errors.len() + periods.errors.len(), ..Taken::default() };
    let mut rows: Vec<RegisterEntry> = people.rows.into_iter().map(|(_, row)| row).collect();
    for row in &mut rows {
        let status_on = row.person.status_on;
        row.person.status_on = status_on.checked_sub_months(Months::new(months_back)).unwrap_or(status_on);
    }
    for chunk in rows.chunks(ROWS) {
        taken.count(&window.ask(&Request::Register { actor: ACTOR.to_owned(), rows: chunk.to_vec() }).await?);
    }
    let mut by_person: BTreeMap<PersonNo, Vec<Period>> = BTreeMap::new();
    for (_, row) in periods.rows {
        let back = |month: YearMonth| YearMonth::from_index(month.index() - months_back);
        let period = Period { from: back(row.period.from)?, to: back(row.period.to)?, ..row.period };
        by_person.entry(row.person_no).or_default().push(period);
    }
    let rows: Vec<PeriodsEntry> =
        by_person.into_iter().map(|(person_no, periods)| PeriodsEntry { person_no, periods }).collect();
    for chunk in rows.chunks(ROWS) {
        taken.count(&window.ask(&Request::Periods { actor: ACTOR.to_owned(), rows: chunk.to_vec() }).await?);
    }
    Ok(taken)
}

/// The people of an agency's file.
pub fn people(agency: &Agency, data: &Path) -> anyhow::Result<Vec<RegisterEntry>> {
    let Some(folder) = folder(agency, data) else { return Ok(Vec::new()) };
    let people = files::read_people(&load(&folder.join("people.csv"))?)?;
    Ok(people.rows.into_iter().map(|(_, row)| row).collect())
}

/// All of a day's applications in one request: two of one person are then seen together, whatever the speed.
pub async fn import_applications(agency: &Agency, data: &Path) -> anyhow::Result<Taken> {
    let Some(import) = read_applications(agency, data)? else { return Ok(Taken::default()) };
    let taken = apply(agency, import.rows.into_iter().map(|(_, row)| row).collect()).await?;
    Ok(Taken { unreadable: import.errors.len(), ..taken })
}

fn read_applications(agency: &Agency, data: &Path) -> anyhow::Result<Option<files::Import<Application>>> {
    let Some(folder) = folder(agency, data) else { return Ok(None) };
    Ok(Some(files::read_applications(&load(&folder.join("applications.csv"))?)?))
}

/// The readable applications of an agency's file.
pub fn applications(agency: &Agency, data: &Path) -> anyhow::Result<Vec<Application>> {
    let import = read_applications(agency, data)?;
    Ok(import.into_iter().flat_map(|import| import.rows).map(|(_, row)| row).collect())
}

/// Applications that belong to one day.
pub async fn apply(agency: &Agency, rows: Vec<Application>) -> anyhow::Result<Taken> {
    let mut taken = Taken::default();
    let request = Request::Apply { actor: ACTOR.to_owned(), rows };
    taken.count(&agency.window().ask(&request).await?);
    Ok(taken)
}

/// One payment as a daemon's answer has it.
#[derive(Debug, Clone, serde::Deserialize)]
pub struct Payment {
    pub payment_ref: PaymentRef,
    pub payer: BankAccount,
    pub payee: BankAccount,
    pub amount_fen: Fen,
    /// None where money of no case goes back.
    pub letter_no: Option<LetterNo>,
}

/// A payment file as a daemon's answer has it; empty batch no.: nothing was released.
#[derive(Debug, serde::Deserialize)]
pub struct PaymentFile {
    pub batch_no: String,
    pub payments: Vec<Payment>,
}

impl PaymentFile {
    pub fn of(answer: Value) -> anyhow::Result<PaymentFile> {
        serde_json::from_value(answer).context("a payment file of another version")
    }
}

/// The bank's folder as one agency uses it.
#[derive(Debug, Clone)]
pub struct BankFolder {
    incoming: PathBuf,
    done: PathBuf,
    statements: PathBuf,
    imported: PathBuf,
}

impl BankFolder {
    pub fn new(bank: &Path, imported: &Path, agency: &str, account: &str) -> anyhow::Result<BankFolder> {
        let folder = BankFolder {
            incoming: bank.join("in").join(agency),
            done: bank.join("done").join(agency),
            statements: bank.join("out").join(account),
            imported: imported.join(account),
        };
        fs::create_dir_all(&folder.incoming)?;
        fs::create_dir_all(&folder.imported)?;
        Ok(folder)
    }

    fn has(&self, batch_no: &str) -> bool {
        let name = format!("{batch_no}.csv");
        self.incoming.join(&name).exists() || self.done.join(&name).exists()
    }

    /// Drops a payment file by rename: the bank never sees half of one.
    fn put(&self, file: &PaymentFile) -> anyhow::Result<()> {
        let rows: Vec<files::PaymentRow> = file.payments.iter().map(row).collect();
        let unfinished = self.incoming.join(format!(".{}.tmp", file.batch_no));
        fs::write(&unfinished, files::write_payments(&rows))?;
        Ok(fs::rename(unfinished, self.incoming.join(format!("{}.csv", file.batch_no)))?)
    }

    /// Statements that were not imported yet, oldest first.
    fn waiting(&self) -> anyhow::Result<Vec<PathBuf>> {
        let mut found: Vec<(u64, PathBuf)> = Vec::new();
        let entries = match fs::read_dir(&self.statements) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error.into()),
        };
        for entry in entries {
            let path = entry?.path();
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let number = name.strip_prefix("statement-").and_then(|rest| rest.strip_suffix(".csv"));
            if let Some(number) = number.and_then(|number| number.parse().ok()) {
                found.push((number, path));
            }
        }
        found.sort();
        Ok(found.into_iter().map(|(_, path)| path).collect())
    }
}

fn row(payment: &Payment) -> files::PaymentRow {
    files::PaymentRow {
        payment_ref: payment.payment_ref.clone(),
        payer_name: payment.payer.name.clone(),
        payer_account: payment.payer.number.clone(),
        payee_name: payment.payee.name.clone(),
        payee_account: payment.payee.number.clone(),
        payee_bank_no: payment.payee.bank_no.clone(),
        amount: payment.amount_fen,
        remark: remark(payment),
        letter_no: payment.letter_no.clone(),
    }
}

/// 附言: carries our reference and the letter no. to the other side.
pub fn remark(payment: &Payment) -> String {
    match &payment.letter_no {
        Some(letter_no) => format!("医保个人账户划转 {} {letter_no}", payment.payment_ref),
        None if is_batch(&payment.payment_ref) => format!("医保个人账户批量划转 {}", payment.payment_ref),
        None => format!("不明款项退回 {}", payment.payment_ref),
    }
}

/// Carries for one agency until dropped. Fails only for what trying again cannot mend.
pub async fn run(agency: &Agency, folder: &BankFolder) -> anyhow::Result<()> {
    let mut window = agency.window();
    // A daemon may have been killed between making a payment file and handing it over.
    let mut handed_over = false;
    loop {
        if !handed_over {
            handed_over = recover(&mut window, folder).await?;
        }
        let export = Request::ExportPayments { actor: ACTOR.to_owned(), wait_ms: 0 };
        match window.try_once(&export).await {
            Ok(answer) => {
                let file = PaymentFile::of(answer)?;
                if !file.payments.is_empty() {
                    folder.put(&file)?;
                }
            }
            Err(failure) if is_away(&failure) => handed_over = false,
            Err(failure) => bail!("{}: {}", failure.code, failure.message),
        }
        take_statements(&mut window, folder).await?;
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Everything that was released, to the bank.
pub async fn hand_over_payments(window: &mut Window, folder: &BankFolder) -> anyhow::Result<()> {
    let export = Request::ExportPayments { actor: ACTOR.to_owned(), wait_ms: 0 };
    let file = PaymentFile::of(window.ask(&export).await?)?;
    if file.payments.is_empty() { Ok(()) } else { folder.put(&file) }
}

/// Every statement that the bank has written since.
pub async fn take_statements(window: &mut Window, folder: &BankFolder) -> anyhow::Result<()> {
    for path in folder.waiting()? {
        import_statement(window, &path).await?;
        let name = path.file_name().context("a statement has a name")?;
        fs::rename(&path, folder.imported.join(name))?;
    }
    Ok(())
}

/// Writes payment files that the agency made and the bank never saw; false while the daemon is away.
async fn recover(window: &mut Window, folder: &BankFolder) -> anyhow::Result<bool> {
    let mut query = PaymentQuery { state: "exported".to_owned(), limit: Some(500), ..PaymentQuery::default() };
    loop {
        let page = match window.try_once(&Request::Payments { query: query.clone() }).await {
            Ok(page) => page,
            Err(failure) if is_away(&failure) => return Ok(false),
            Err(failure) => bail!("{}: {}", failure.code, failure.message),
        };
        let rows = page["rows"].as_array().cloned().unwrap_or_default();
        for batch_no in rows.iter().filter_map(|row| row["batch_no"].as_str()) {
            if !folder.has(batch_no) {
                let answer = window.ask(&Request::PaymentsOf { batch_no: batch_no.to_owned() }).await?;
                folder.put(&PaymentFile::of(answer)?)?;
            }
        }
        match page["next"].as_str() {
            Some(next) => query.after = Some(next.to_owned()),
            None => return Ok(true),
        }
    }
}

async fn import_statement(window: &mut Window, path: &Path) -> anyhow::Result<()> {
    let import = files::read_statement(&load(path)?)?;
    if let Some(error) = import.errors.first() {
        bail!("{}:{} {} / {}", path.display(), error.line, error.chinese, error.english);
    }
    let rows: Vec<StatementLine> = import
        .rows
        .into_iter()
        .map(|(_, row)| StatementLine {
            bank_txn_no: row.bank_txn_no,
            booked_on: row.booked_on,
            payer_name: row.payer_name,
            payer_account: row.payer_account,
            payee_account: row.payee_account,
            amount: row.amount,
            remark: row.remark,
            payment_ref: row.payment_ref,
            refused: row.refused,
        })
        .collect();
    for chunk in rows.chunks(ROWS) {
        window.ask(&Request::Statement { actor: ACTOR.to_owned(), rows: chunk.to_vec() }).await?;
    }
    Ok(())
}
