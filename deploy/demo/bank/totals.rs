//! Sums for a checker, from the ledger alone: opening + in + outside + given back − out = balance, account by account.

use std::path::Path;

use serde::Serialize;

use super::journal;
use super::ledger::{self, Account, Entry};

#[derive(Debug, Serialize)]
pub struct Totals {
    pub accounts: Vec<AccountTotals>,
    pub payments: usize,
    pub rejected: usize,
    pub opening_fen: i64,
    pub balance_fen: i64,
    /// Kept by the bank.
    pub charges_fen: i64,
    /// Came from nowhere in these books.
    pub outside_fen: i64,
    /// Left for accounts at other banks.
    pub elsewhere_fen: i64,
    /// Bounced and not given back yet.
    pub held_fen: i64,
    /// opening + outside = balance + charges + elsewhere + held
    pub conserved: bool,
    pub plants: Vec<Planted>,
}

/// All in fen.
#[derive(Debug, Serialize)]
pub struct AccountTotals {
    pub agency: String,
    pub number: String,
    pub opening_fen: i64,
    pub in_fen: i64,
    pub out_fen: i64,
    /// Kept by the bank from payments to this account.
    pub charges_fen: i64,
    pub outside_fen: i64,
    /// Of what was paid out, came back.
    pub given_back_fen: i64,
    pub balance_fen: i64,
}

#[derive(Debug, Serialize)]
pub struct Planted {
    pub seq: u64,
    pub payment_ref: String,
    pub plant: String,
}

/// Reads the books without touching them, also while the bank runs.
pub fn totals(dir: &Path, accounts: &[Account]) -> anyhow::Result<Totals> {
    let (returns, entries): (Vec<Entry>, Vec<Entry>) = ledger::read(dir)?.into_iter().partition(Entry::is_given_back);
    let is_ours = |number: &str| accounts.iter().any(|account| account.number == number);
    let of_account = |account: &Account| {
        let paid_out = entries.iter().filter(|entry| entry.payer_account == account.number);
        let paid_in = entries.iter().filter(|entry| entry.payee_account == account.number);
        let out_fen: i64 = paid_out.map(|entry| entry.amount_fen).sum();
        let in_fen: i64 = paid_in.clone().map(Entry::arrives_fen).sum();
        let outside_fen: i64 = paid_in.clone().map(|entry| entry.outside_fen).sum();
        let came_back = returns.iter().filter(|entry| entry.payee_account == account.number);
        let given_back_fen: i64 = came_back.map(Entry::arrives_fen).sum();
        AccountTotals {
            agency: account.agency.clone(),
            number: account.number.clone(),
            opening_fen: account.opening_fen,
            in_fen,
            out_fen,
            charges_fen: paid_in.map(|entry| entry.charges_fen).sum(),
            outside_fen,
            given_back_fen,
            balance_fen: account.opening_fen + in_fen + outside_fen + given_back_fen - out_fen,
        }
    };
    let by_account: Vec<AccountTotals> = accounts.iter().map(of_account).collect();
    let opening_fen = accounts.iter().map(|account| account.opening_fen).sum();
    let balance_fen = by_account.iter().map(|account| account.balance_fen).sum();
    let charges_fen = entries.iter().map(|entry| entry.charges_fen).sum();
    let outside_fen = entries.iter().map(|entry| entry.outside_fen).sum();
    let gone = entries.iter().filter(|entry| !is_ours(&entry.payee_account));
    let elsewhere_fen = gone.map(Entry::arrives_fen).sum();
    let bounced = entries.iter().filter(|entry| entry.bounces()).map(|entry| entry.amount_fen);
    let held_fen = bounced.sum::<i64>() - returns.iter().map(Entry::arrives_fen).sum::<i64>();
    let planted = entries.iter().filter(|entry| !entry.plant.is_empty());
    Ok(Totals {
        accounts: by_account,
        payments: entries.len(),
        rejected: journal::read(&dir.join("rejected.csv"))?.len(),
        opening_fen,
        balance_fen,
        charges_fen,
        outside_fen,
        elsewhere_fen,
        held_fen,
        conserved: opening_fen + outside_fen == balance_fen + charges_fen + elsewhere_fen + held_fen,
        plants: planted
            .map(|entry| Planted { seq: entry.seq, payment_ref: entry.payment_ref.clone(), plant: entry.plant.clone() })
            .collect(),
    })
}
