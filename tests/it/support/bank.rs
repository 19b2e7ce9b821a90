//! A bank that knows nothing of cases: it carries out exported payments and writes both sides' statement lines, with the
//! faults it was told to make. Keeps its own small ledger, against which the agencies' books are held.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use chrono::NaiveDate;
use jiexu::domain::changes;
use jiexu::domain::event::StatementLine;
use jiexu::domain::forms::BankAccount;
use jiexu::domain::ids::{BankTxnNo, PaymentRef};
use jiexu::domain::money::Balance;
use jiexu::files::PaymentRow;

/// What goes wrong with the next payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plant {
    /// So many fen less reach the payee; the bank keeps them.
    Short(i64),
    /// Two lines: the last one of so many fen.
    Split(i64),
    /// The payee's line names a payer nobody announced.
    WrongPayer,
    /// The reference stands in the remark only.
    RemarkOnly,
    /// The payee's line names the letter, not the payment.
    LetterOnly,
    /// The payee's line names nothing at all.
    Unnamed,
    /// The bank does not carry it out, and says so in the payer's statement.
    Refused,
    /// The bank books it and gives it back: the payee never sees it.
    Returned,
}

/// A payment as its row of the file says it.
pub fn ordered(payment: &changes::PaymentRow) -> PaymentRow {
    PaymentRow {
        payment_ref: payment.payment_ref.clone(),
        payer_name: payment.payer.name.clone(),
        payer_account: payment.payer.number.clone(),
        payee_name: payment.payee.name.clone(),
        payee_account: payment.payee.number.clone(),
        payee_bank_no: payment.payee.bank_no.clone(),
        amount: payment.amount,
        remark: String::new(),
        letter_no: payment.letter_no.clone(),
    }
}

#[derive(Default)]
pub struct Bank {
    /// Lines written and not yet fetched, by account number.
    pub lines: BTreeMap<String, VecDeque<StatementLine>>,
    /// Lines an agency fetched before: it may import the same statement again.
    pub fetched: BTreeMap<String, Vec<StatementLine>>,
    /// What the bank owes each account from payments: in − out, in fen.
    pub moved: BTreeMap<String, i64>,
    /// Kept back or sent by strangers; in fen.
    pub kept: i64,
    pub from_outside: i64,
    pub plants: VecDeque<Plant>,
    /// What was planted on which payment.
    pub planted: BTreeMap<PaymentRef, Plant>,
    done: BTreeSet<PaymentRef>,
    last: u64,
    last_payment: Option<PaymentRow>,
}

impl Bank {
    /// A bank that has carried these out already, under numbers up to the last one.
    pub fn having_paid(done: BTreeSet<PaymentRef>, last: u64) -> Bank {
        Bank { done, last, ..Bank::default() }
    }

    fn txn(&mut self) -> BankTxnNo {
        self.last += 1;
        BankTxnNo::new(&format!("T{:08}", self.last)).expect("a number")
    }

    fn write(&mut self, account: &str, line: StatementLine) {
        *self.moved.entry(account.to_owned()).or_default() += line.amount.0;
        self.lines.entry(account.to_owned()).or_default().push_back(line);
    }

    /// Carries out a payment once, however often its file comes.
    pub fn pay(&mut self, payment: &PaymentRow, on: NaiveDate) {
        if !self.done.insert(payment.payment_ref.clone()) {
            return;
        }
        let plant = self.plants.pop_front();
        if let Some(plant) = plant {
            self.planted.insert(payment.payment_ref.clone(), plant);
        }
        self.last_payment = Some(payment.clone());
        let total = payment.amount.get();
        if plant == Some(Plant::Refused) {
            // Nothing moved: it stands in the statement and in no balance.
            let line = StatementLine { refused: true, ..self.line(payment, -total, on) };
            self.lines.entry(payment.payer_account.clone()).or_default().push_back(line);
            return;
        }
        let out = self.line(payment, -total, on);
        self.write(&payment.payer_account, out);
        if plant == Some(Plant::Returned) {
            let line = self.line(payment, total, on);
            let own = payment.payer_account.clone();
            let back = StatementLine {
                payer_name: payment.payee_name.clone(),
                payer_account: payment.payee_account.clone(),
                payee_account: own.clone(),
                remark: format!("退汇 {}", payment.payment_ref),
                payment_ref: None,
                ..line
            };
            self.write(&own, back);
            return;
        }
        let parts = match plant {
            Some(Plant::Short(fen)) if fen < total => {
                self.kept += fen;
                vec![total - fen]
            }
            Some(Plant::Split(fen)) if fen < total => vec![total - fen, fen],
            _ => vec![total],
        };
        for part in parts {
            let mut line = self.line(payment, part, on);
            match plant {
                Some(Plant::WrongPayer) => line.payer_name = "某某贸易有限公司".into(),
                Some(Plant::RemarkOnly) => {
                    line.payment_ref = None;
                    line.remark = format!("医保转移 {}", payment.payment_ref);
                }
                Some(Plant::LetterOnly) => line.payment_ref = None,
                Some(Plant::Unnamed) => {
                    line.payment_ref = None;
                    line.remark = "转账".into();
                }
                _ => {}
            }
            self.write(&payment.payee_account, line);
        }
    }

    /// Whether it was ordered before: a bank that looks pays once, another one twice.
    pub fn has_paid(&self, payment: &PaymentRef) -> bool {
        self.done.contains(payment)
    }

    /// A bank that does not look whether it paid already.
    pub fn pay_again(&mut self, payment: &PaymentRow, on: NaiveDate) {
        self.done.remove(&payment.payment_ref);
        self.pay(payment, on);
    }

    fn line(&mut self, payment: &PaymentRow, fen: i64, on: NaiveDate) -> StatementLine {
        StatementLine {
            bank_txn_no: self.txn(),
            booked_on: on,
            payer_name: payment.payer_name.clone(),
            payer_account: payment.payer_account.clone(),
            payee_account: payment.payee_account.clone(),
            amount: Balance(fen),
            remark: payment
                .letter_no
                .as_ref()
                .map_or(format!("转账 {}", payment.payment_ref), |letter| format!("医保转移接续 {letter}")),
            payment_ref: Some(payment.payment_ref.clone()),
            refused: false,
        }
    }

    /// The last payment, which the bank called refused, is carried out.
    pub fn pays_after_all(&mut self, on: NaiveDate) {
        let payment = self.last_payment.clone().expect("a payment was ordered");
        self.pay_again(&payment, on);
    }

    /// What was kept back of the last payment reaches the payee after all, in a line of its own.
    pub fn top_up_last(&mut self, fen: i64, on: NaiveDate) {
        let payment = self.last_payment.clone().expect("a payment was carried out");
        self.kept -= fen;
        let line = self.line(&payment, fen, on);
        self.write(&payment.payee_account, line);
    }

    /// Somebody outside pays an agency.
    pub fn stranger(&mut self, payee_account: &str, fen: i64, remark: &str, on: NaiveDate) {
        self.from_outside += fen;
        let line = StatementLine {
            bank_txn_no: self.txn(),
            booked_on: on,
            payer_name: "某某贸易有限公司".into(),
            payer_account: "9900000000000001".into(),
            payee_account: payee_account.into(),
            amount: Balance(fen),
            remark: remark.into(),
            payment_ref: None,
            refused: false,
        };
        self.write(payee_account, line);
    }

    /// Another agency pays outside jiexu: from its listed account, and nothing says what for.
    pub fn agency_pays(&mut self, payer: &BankAccount, payee_account: &str, fen: i64, on: NaiveDate) {
        self.from_outside += fen;
        let (payer_name, payer_account) = (payer.name.clone(), payer.number.clone());
        let (bank_txn_no, payee_account) = (self.txn(), payee_account.to_owned());
        let (amount, remark) = (Balance(fen), "转账".to_owned());
        let line = StatementLine {
            bank_txn_no,
            booked_on: on,
            payer_name,
            payer_account,
            payee_account: payee_account.clone(),
            amount,
            remark,
            payment_ref: None,
            refused: false,
        };
        self.write(&payee_account, line);
    }

    pub fn waiting(&self, account: &str) -> usize {
        self.lines.get(account).map_or(0, VecDeque::len)
    }

    /// The oldest lines not fetched yet, up to `most`.
    pub fn fetch(&mut self, account: &str, most: usize) -> Vec<StatementLine> {
        let waiting = self.lines.entry(account.to_owned()).or_default();
        let count = most.min(waiting.len());
        let lines: Vec<StatementLine> = waiting.drain(..count).collect();
        self.fetched.entry(account.to_owned()).or_default().extend(lines.iter().cloned());
        lines
    }
}
