//! The bank's books: one line a payment, and everything else follows from the lines. No payment reference is booked
//! twice; no account goes below zero.
//!
//! A payment that bounces stays with the bank until its next look; then a line of its own gives it back to the payer.
//! One bounces when it goes to an account that its bank does not know: another bank's number that ends in 404.
//!
//! What goes wrong with `--plant`, each once, at the first payment from the given one on that it fits (its payee keeps
//! an account here; more than one fen where some is split off):
//!
//! | payment | plant | what happens |
//! |---|---|---|
//! | 7th | `short` | 0.01 less arrives and stays with the bank as charges |
//! | 11th | `wrong_name` | the payee sees another payer's name |
//! | 13th | `outside` | 88.88 more arrive at the payee, from outside and without any case |
//! | 17th | `split` | the payee sees two lines that sum to the amount |
//! | 19th | `returned` | it bounces: the payee sees nothing |

use std::collections::{HashMap, HashSet};
use std::path::Path;

use anyhow::Context;
use chrono::NaiveDate;
use serde::Deserialize;

use super::journal::{self, Journal, Row};
use super::payment::{Payment, Refused};

/// An agency's account at this bank.
#[derive(Debug, Clone, Deserialize)]
pub struct Account {
    pub agency: String,
    pub name: String,
    pub number: String,
    pub opening_fen: i64,
}

/// One booked payment, or one given back; amounts in fen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub seq: u64,
    pub booked_on: String,
    /// Of one given back: the payment's.
    pub payment_ref: String,
    /// Of one given back: who should have had it.
    pub payer_account: String,
    pub payee_account: String,
    /// Who should have the money.
    pub payee_name: String,
    /// Leaves the payer; of one given back, leaves the bank.
    pub amount_fen: i64,
    /// Of it, kept by the bank.
    pub charges_fen: i64,
    /// Arrives at the payee beside it, from nowhere in these books.
    pub outside_fen: i64,
    pub plant: String,
    pub remark: String,
    pub letter_no: String,
}

const HEADER: [&str; 12] = [
    "seq",
    "booked_on",
    "payment_ref",
    "payer_account",
    "payee_account",
    "payee_name",
    "amount_fen",
    "charges_fen",
    "outside_fen",
    "plant",
    "remark",
    "letter_no",
];

const PLANTS: [(u64, &str); 5] = [(7, "short"), (11, "wrong_name"), (13, "outside"), (17, "split"), (19, "returned")];
/// How the numbers end that no other bank knows.
const UNKNOWN_ELSEWHERE: &str = "404";
const UNKNOWN_ACCOUNT: &str = "unknown_account";
const GIVEN_BACK: &str = "given_back";
const OUTSIDE_FEN: i64 = 8_888;

pub struct Ledger {
    journal: Journal,
    /// In the books, then those decided and not yet written.
    entries: Vec<Entry>,
    by_reference: HashMap<String, usize>,
    given_back: HashSet<String>,
    balances: HashMap<String, i64>,
}

impl Ledger {
    pub fn open(dir: &Path, accounts: &[Account]) -> anyhow::Result<Ledger> {
        let (journal, rows) = Journal::open(&dir.join("ledger.csv"), &HEADER)?;
        let balances = accounts.iter().map(|account| (account.number.clone(), account.opening_fen)).collect();
        let mut ledger =
            Ledger { journal, entries: Vec::new(), by_reference: HashMap::new(), given_back: HashSet::new(), balances };
        for row in &rows {
            ledger.note(Entry::of(row)?);
        }
        Ok(ledger)
    }

    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The line to book, in view of those decided before; `None` for a payment that is in the books. `book` must follow.
    pub fn decide(
        &mut self,
        payment: &Payment,
        accounts: &[Account],
        today: NaiveDate,
        plant: bool,
    ) -> Result<Option<Entry>, Refused> {
        let refused = |reason| Refused::of(&payment.payment_ref, reason);
        if let Some(&at) = self.by_reference.get(&payment.payment_ref) {
            let known = &self.entries[at];
            let is_same = known.payer_account == payment.payer_account
                && known.payee_account == payment.payee_account
                && known.amount_fen == payment.amount_fen;
            return if is_same { Ok(None) } else { Err(refused("payment_ref_used_before")) };
        }
        if !accounts.iter().any(|account| account.number == payment.payer_account) {
            return Err(refused("payer_unknown"));
        }
        if self.balances.get(&payment.payer_account).is_none_or(|balance| *balance < payment.amount_fen) {
            return Err(refused("balance_too_low"));
        }
        let seq = self.next_seq();
        let is_ours = accounts.iter().any(|account| account.number == payment.payee_account);
        let plant = match is_ours {
            true if plant => self.plant_for(seq, payment.amount_fen),
            false if payment.payee_account.ends_with(UNKNOWN_ELSEWHERE) => UNKNOWN_ACCOUNT,
            _ => "",
        };
        let entry = Entry {
            seq,
            booked_on: today.to_string(),
            payment_ref: payment.payment_ref.clone(),
            payer_account: payment.payer_account.clone(),
            payee_account: payment.payee_account.clone(),
            payee_name: payment.payee_name.clone(),
            amount_fen: payment.amount_fen,
            charges_fen: i64::from(plant == "short"),
            outside_fen: if plant == "outside" { OUTSIDE_FEN } else { 0 },
            plant: plant.to_owned(),
            remark: payment.remark.clone(),
            letter_no: payment.letter_no.clone(),
        };
        self.note(entry.clone());
        Ok(Some(entry))
    }

    /// A line for each payment that bounced and has not been given back. `book` must follow.
    pub fn give_back(&mut self, today: NaiveDate) -> Vec<Entry> {
        let is_due = |entry: &&Entry| entry.bounces() && !self.given_back.contains(&entry.payment_ref);
        let bounced: Vec<Entry> = self.entries.iter().filter(is_due).cloned().collect();
        let mut lines = Vec::new();
        for entry in bounced {
            let line = Entry {
                seq: self.next_seq(),
                booked_on: today.to_string(),
                payer_account: entry.payee_account.clone(),
                payee_account: entry.payer_account.clone(),
                plant: GIVEN_BACK.to_owned(),
                remark: format!("退汇 {}", entry.payment_ref),
                ..entry
            };
            self.note(line.clone());
            lines.push(line);
        }
        lines
    }

    fn next_seq(&self) -> u64 {
        self.entries.last().map_or(1, |last| last.seq + 1)
    }

    /// Durable when it returns.
    pub fn book(&mut self, entries: &[Entry]) -> anyhow::Result<()> {
        self.journal.append(&entries.iter().map(Entry::row).collect::<Vec<Row>>())
    }

    fn plant_for(&self, seq: u64, amount_fen: i64) -> &'static str {
        PLANTS
            .into_iter()
            .filter(|(_, plant)| amount_fen > 1 || !matches!(*plant, "short" | "split"))
            .find(|(from, plant)| seq >= *from && self.entries.iter().all(|entry| entry.plant != *plant))
            .map_or("", |(_, plant)| plant)
    }

    fn note(&mut self, entry: Entry) {
        if let Some(balance) = self.balances.get_mut(&entry.payee_account) {
            *balance += entry.arrives_fen() + entry.outside_fen;
        }
        if entry.is_given_back() {
            self.given_back.insert(entry.payment_ref.clone());
        } else {
            if let Some(balance) = self.balances.get_mut(&entry.payer_account) {
                *balance -= entry.amount_fen;
            }
            self.by_reference.insert(entry.payment_ref.clone(), self.entries.len());
        }
        self.entries.push(entry);
    }
}

/// The lines of the books, for a reader beside the bank.
pub fn read(dir: &Path) -> anyhow::Result<Vec<Entry>> {
    journal::read(&dir.join("ledger.csv"))?.iter().map(Entry::of).collect()
}

impl Entry {
    /// At the payee; of one given back, at who had paid it.
    pub fn arrives_fen(&self) -> i64 {
        if self.bounces() { 0 } else { self.amount_fen - self.charges_fen }
    }

    /// It stays with the bank until it is given back.
    pub fn bounces(&self) -> bool {
        matches!(self.plant.as_str(), "returned" | UNKNOWN_ACCOUNT)
    }

    /// No payment, but the end of one that bounced.
    pub fn is_given_back(&self) -> bool {
        self.plant == GIVEN_BACK
    }

    fn row(&self) -> Row {
        vec![
            self.seq.to_string(),
            self.booked_on.clone(),
            self.payment_ref.clone(),
            self.payer_account.clone(),
            self.payee_account.clone(),
            self.payee_name.clone(),
            self.amount_fen.to_string(),
            self.charges_fen.to_string(),
            self.outside_fen.to_string(),
            self.plant.clone(),
            self.remark.clone(),
            self.letter_no.clone(),
        ]
    }

    fn of(row: &Row) -> anyhow::Result<Entry> {
        let number =
            |at: usize| row[at].parse::<i64>().with_context(|| format!("ledger line {}: {}", row[0], HEADER[at]));
        Ok(Entry {
            seq: u64::try_from(number(0)?)?,
            booked_on: row[1].clone(),
            payment_ref: row[2].clone(),
            payer_account: row[3].clone(),
            payee_account: row[4].clone(),
            payee_name: row[5].clone(),
            amount_fen: number(6)?,
            charges_fen: number(7)?,
            outside_fen: number(8)?,
            plant: row[9].clone(),
            remark: row[10].clone(),
            letter_no: row[11].clone(),
        })
    }
}
