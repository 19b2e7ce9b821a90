//! The bench's bank: books every payment at once and tells both sides at once. Keeps a ledger for the closing check.

use std::sync::{Mutex, PoisonError};

use anyhow::{Context, bail};
use chrono::NaiveDate;
use tokio::sync::mpsc;

use super::ACTOR;
use crate::clock;
use crate::daemon::Request;
use crate::domain::event::StatementLine;
use crate::domain::ids::BankTxnNo;
use crate::domain::money::Balance;
use crate::trial::courier::{Payment, PaymentFile, remark};
use crate::trial::exchange::{Account, Agency};
use crate::trial::ledger::BankEntry;

/// How long a request for payments waits at the agency.
const WAIT_MS: u32 = 2_000;
/// Lines of one statement; also how many may wait.
const LINES: usize = 512;

pub struct Bank {
    accounts: Vec<(String, String)>,
    entries: Mutex<Vec<BankEntry>>,
}

type Lines = mpsc::Sender<StatementLine>;

impl Bank {
    pub fn new(accounts: &[Account]) -> Bank {
        let accounts = accounts.iter().map(|account| (account.agency.clone(), account.number.clone())).collect();
        Bank { accounts, entries: Mutex::default() }
    }

    pub fn ledger(&self) -> Vec<BankEntry> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Serves all agencies until dropped; ends only by failing.
    pub async fn run(&self, agencies: &[Agency]) -> anyhow::Error {
        let (senders, receivers): (Vec<Lines>, Vec<_>) = agencies.iter().map(|_| mpsc::channel(LINES * 4)).unzip();
        let takes = agencies.iter().map(|agency| self.take(agency, agencies, &senders));
        let tells = agencies.iter().zip(receivers).map(|(agency, lines)| tell(agency, lines));
        let both = tokio::select! {
            failed = futures_util::future::try_join_all(takes) => failed.map(|_| ()),
            failed = futures_util::future::try_join_all(tells) => failed.map(|_| ()),
        };
        both.err().unwrap_or_else(|| anyhow::anyhow!("the bank never ends by itself"))
    }

    /// Payments of one agency, as they are released.
    async fn take(&self, agency: &Agency, agencies: &[Agency], lines: &[Lines]) -> anyhow::Result<()> {
        let mut window = agency.window();
        let sender_of = |number: &str| {
            let owner = self.accounts.iter().find(|(_, known)| known == number).map(|(agency, _)| agency.as_str());
            let at = agencies.iter().position(|agency| Some(agency.code.as_str()) == owner);
            at.and_then(|at| lines.get(at)).context("a payment between the bench's agencies")
        };
        loop {
            let answer = window.ask(&Request::ExportPayments { actor: ACTOR.to_owned(), wait_ms: WAIT_MS }).await?;
            let today = clock::now().china_date();
            for payment in PaymentFile::of(answer)?.payments {
                let number = self.book(&payment);
                let (out, arrived) = statement_lines(&payment, &number, today)?;
                sender_of(&payment.payer.number)?.send(out).await?;
                sender_of(&payment.payee.number)?.send(arrived).await?;
            }
        }
    }

    fn book(&self, payment: &Payment) -> String {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = BankEntry {
            seq: entries.len() as u64 + 1,
            payment_ref: payment.payment_ref.to_string(),
            payer_account: payment.payer.number.clone(),
            payee_account: payment.payee.number.clone(),
            amount_fen: payment.amount_fen.get(),
            charges_fen: 0,
            outside_fen: 0,
            plant: String::new(),
        };
        let number = entry.txn_no();
        entries.push(entry);
        number
    }
}

fn statement_lines(
    payment: &Payment,
    number: &str,
    today: NaiveDate,
) -> anyhow::Result<(StatementLine, StatementLine)> {
    let line = |amount: i64| -> anyhow::Result<StatementLine> {
        Ok(StatementLine {
            bank_txn_no: BankTxnNo::new(number)?,
            booked_on: today,
            payer_name: payment.payer.name.clone(),
            payer_account: payment.payer.number.clone(),
            payee_account: payment.payee.number.clone(),
            amount: Balance(amount),
            remark: remark(payment),
            payment_ref: Some(payment.payment_ref.clone()),
            refused: false,
        })
    };
    let amount = payment.amount_fen.get();
    Ok((line(-amount)?, line(amount)?))
}

/// Statements of one agency: whatever waits goes together.
async fn tell(agency: &Agency, mut lines: mpsc::Receiver<StatementLine>) -> anyhow::Result<()> {
    let mut window = agency.window();
    let mut rows = Vec::new();
    loop {
        if lines.recv_many(&mut rows, LINES).await == 0 {
            bail!("no more lines");
        }
        let request = Request::Statement { actor: ACTOR.to_owned(), rows: std::mem::take(&mut rows) };
        super::all_applied(&window.ask(&request).await?)?;
    }
}
