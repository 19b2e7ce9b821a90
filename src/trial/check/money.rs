//! Conservation: every fen that was there at the start is somewhere, once.

use std::collections::HashMap;

use super::AgencyProof;
use crate::trial::exchange::Account;
use crate::trial::ledger::BankEntry;

/// Sums over all agencies, in fen.
#[derive(Debug, Clone, Copy, Default)]
pub struct Conservation {
    pub start: i64,
    pub persons: i64,
    pub transit_out: i64,
    pub transit_in: i64,
    pub suspense: i64,
    /// Booked by the bank, on the payer's statement here, not yet on the payee's.
    pub under_way: i64,
    pub charges: i64,
    /// To accounts that no agency has: persons', or of who paid by mistake.
    pub paid_out: i64,
    pub outside: i64,
    /// Of balances that were wrong: what came into the agencies' books, less what left them.
    pub corrections: i64,
}

impl Conservation {
    /// Zero, or money came from nowhere or went nowhere.
    pub fn delta(&self) -> i64 {
        let here = self.persons + self.transit_out + self.transit_in + self.suspense;
        here + self.under_way + self.paid_out + self.charges - self.outside - self.start - self.corrections
    }
}

#[derive(Debug, Clone, Default)]
pub struct Money {
    pub payments: usize,
    pub debited: i64,
    pub debits: usize,
    pub credited: i64,
    pub credits: usize,
    pub conservation: Conservation,
    /// By agency: its own bank account and what the bank says.
    pub banks: Vec<(String, i64, i64)>,
}

pub fn check(
    agencies: &[AgencyProof],
    accounts: &[Account],
    ledger: &[BankEntry],
    differences: &mut Vec<String>,
) -> Money {
    let mut money =
        Money { payments: ledger.iter().filter(|entry| !entry.is_given_back()).count(), ..Money::default() };
    let mut sums = Conservation::default();
    for agency in agencies {
        let books = &agency.books;
        money.debits += agency.moved.debits.len();
        money.debited += agency.moved.debits.values().sum::<i64>();
        money.credits += agency.moved.credits.len();
        money.credited += agency.moved.credits.values().sum::<i64>();
        sums.persons += books.persons;
        sums.transit_out += books.transit_out;
        sums.transit_in += books.transit_in;
        sums.suspense += books.suspense;
        if books.owed() != books.bank {
            differences.push(format!("{} 账不平 / the books do not balance", agency.code));
        }
        for account in accounts.iter().filter(|account| account.agency == agency.code) {
            sums.start += account.opening_fen;
            if account.opening_fen != books.openings {
                differences.push(format!("{} 期初余额不符 / opening balances differ", agency.code));
            }
            let at_bank = balance(account, ledger);
            sums.corrections += books.corrections;
            if at_bank + books.corrections != books.bank {
                differences.push(format!("{} 本方账与银行账不符 / our bank account ≠ the bank's", agency.code));
            }
            money.banks.push((agency.code.clone(), books.bank, at_bank));
        }
    }
    stated(agencies, accounts, ledger, &mut sums, differences);
    money.conservation = sums;
    if sums.delta() != 0 {
        differences.push("资金不守恒 / money is not conserved".to_owned());
    }
    money
}

/// What the bank's books give for one account.
fn balance(account: &Account, ledger: &[BankEntry]) -> i64 {
    let change = |entry: &BankEntry| {
        let is_payer = entry.payer_account == account.number && !entry.is_given_back();
        let paid = if is_payer { entry.amount_fen } else { 0 };
        let received = if entry.payee_account == account.number { entry.arrives_fen() } else { 0 };
        received - paid
    };
    account.opening_fen + ledger.iter().map(change).sum::<i64>()
}

/// Goes through the bank's books line by line: which side has heard of it, and by the right sum?
fn stated(
    agencies: &[AgencyProof],
    accounts: &[Account],
    ledger: &[BankEntry],
    sums: &mut Conservation,
    differences: &mut Vec<String>,
) {
    let mut lines: HashMap<&str, HashMap<&str, i64>> = HashMap::new();
    for agency in agencies {
        let of_agency = lines.entry(agency.code.as_str()).or_default();
        for line in &agency.lines {
            let number = line.bank_txn_no.strip_suffix("-2").unwrap_or(&line.bank_txn_no);
            *of_agency.entry(number).or_default() += line.fen;
        }
    }
    let owner = |number: &str| accounts.iter().find(|account| account.number == number).map(|it| it.agency.as_str());
    let mut known = 0;
    for entry in ledger {
        let txn_no = entry.txn_no();
        let line_of = |account: &str| {
            owner(account).and_then(|agency| lines.get(agency)).and_then(|lines| lines.get(txn_no.as_str())).copied()
        };
        let paid = if entry.is_given_back() { None } else { line_of(&entry.payer_account) };
        let arrived = if entry.bounces() { None } else { line_of(&entry.payee_account) };
        known += usize::from(paid.is_some()) + usize::from(arrived.is_some());
        if let Some(paid) = paid {
            // What bounces is under way until its payer has it back.
            let stays = entry.bounces() || owner(&entry.payee_account).is_some();
            let sum = if stays { &mut sums.under_way } else { &mut sums.paid_out };
            *sum += entry.amount_fen;
            if paid != -entry.amount_fen {
                differences.push(format!("{txn_no} 付款行金额不符 / the payer's line has another sum"));
            }
        }
        if let Some(arrived) = arrived {
            sums.under_way -= entry.amount_fen;
            sums.charges += entry.charges_fen;
            sums.outside += entry.outside_fen;
            if arrived != entry.arrives_fen() {
                differences.push(format!("{txn_no} 收款行金额不符 / the payee's lines have another sum"));
            }
        }
    }
    if known != lines.values().map(HashMap::len).sum::<usize>() {
        differences.push("账上有银行没有的流水 / an agency booked a line that the bank does not know".to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_fen_is_a_delta() {
        let mut sums =
            Conservation { start: 1_000, persons: 700, transit_in: 200, charges: 100, ..Conservation::default() };
        assert_eq!(sums.delta(), 0);
        sums.outside = 50;
        (sums.corrections, sums.persons) = (30, 730);
        assert_eq!(sums.delta() + 50, 0);
        sums.suspense = 50;
        assert_eq!(sums.delta(), 0);
        sums.persons -= 1;
        assert_eq!(sums.delta(), -1);
    }

    #[test]
    fn the_banks_balance_follows_from_its_lines() {
        let account = Account { agency: "1".into(), name: String::new(), number: "A".into(), opening_fen: 500 };
        let entry = |payer: &str, payee: &str| BankEntry {
            seq: 1,
            payment_ref: "P".into(),
            payer_account: payer.into(),
            payee_account: payee.into(),
            amount_fen: 100,
            charges_fen: 1,
            outside_fen: 7,
            plant: String::new(),
        };
        assert_eq!(balance(&account, &[entry("A", "B")]), 400);
        assert_eq!(balance(&account, &[entry("B", "A")]), 606);
    }
}
