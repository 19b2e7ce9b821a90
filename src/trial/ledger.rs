//! The bank's own books, read from outside: what a checker believes about money between agencies. Never writes.

use std::path::Path;

use anyhow::{Context, ensure};

/// One booked payment, or one given back to who paid it; amounts in fen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BankEntry {
    pub seq: u64,
    pub payment_ref: String,
    pub payer_account: String,
    pub payee_account: String,
    /// Leaves the payer.
    pub amount_fen: i64,
    /// Of it, kept by the bank.
    pub charges_fen: i64,
    /// Arrives at the payee beside it, from outside.
    pub outside_fen: i64,
    /// What the bank did wrong on purpose; empty: nothing.
    pub plant: String,
}

impl BankEntry {
    /// What the payee's statement says in sum.
    pub fn arrives_fen(&self) -> i64 {
        if self.bounces() { 0 } else { self.amount_fen - self.charges_fen + self.outside_fen }
    }

    /// It stays with the bank until a line of its own gives it back.
    pub fn bounces(&self) -> bool {
        matches!(self.plant.as_str(), "returned" | "unknown_account")
    }

    /// The line that gives a payment back: its payee is who had paid.
    pub fn is_given_back(&self) -> bool {
        self.plant == "given_back"
    }

    /// The number both sides' statements carry; a second line of the same payment ends in `-2`.
    pub fn txn_no(&self) -> String {
        format!("B{:010}", self.seq)
    }
}

/// Reads `ledger.csv` beside a running bank; a line that is still being written is left out.
pub fn read(bank: &Path) -> anyhow::Result<Vec<BankEntry>> {
    let path = bank.join("ledger.csv");
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    let whole = text.rfind('\n').map_or("", |end| &text[..=end]);
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(whole.as_bytes());
    let mut rows = reader.records();
    let Some(header) = rows.next().transpose()? else { return Ok(Vec::new()) };
    let column = |name: &str| {
        header.iter().position(|cell| cell == name).with_context(|| format!("ledger.csv has no column {name}"))
    };
    let [seq, reference, payer, payee] =
        [column("seq")?, column("payment_ref")?, column("payer_account")?, column("payee_account")?];
    let [amount, charges, outside, plant] =
        [column("amount_fen")?, column("charges_fen")?, column("outside_fen")?, column("plant")?];
    let mut entries = Vec::new();
    for row in rows {
        let row = row?;
        ensure!(row.len() == header.len(), "ledger.csv: a line of another length");
        entries.push(BankEntry {
            seq: row[seq].parse()?,
            payment_ref: row[reference].to_owned(),
            payer_account: row[payer].to_owned(),
            payee_account: row[payee].to_owned(),
            amount_fen: row[amount].parse()?,
            charges_fen: row[charges].parse()?,
            outside_fen: row[outside].parse()?,
            plant: row[plant].to_owned(),
        });
    }
    Ok(entries)
}
