//! 付款文件: payment instructions for the bank, written by us and read back by the same rules.

use std::collections::HashMap;
use std::fmt;

use super::people::twice;
use super::table::{self, Cells, Column};
use super::{CsvWriter, FileError, Import, cells};
use crate::domain::ids::{LetterNo, PaymentRef};
use crate::domain::money::Fen;

#[derive(Clone, PartialEq, Eq)]
pub struct PaymentRow {
    /// One payment attempt: never in two rows.
    pub payment_ref: PaymentRef,
    pub payer_name: String,
    /// 8 to 40 digits.
    pub payer_account: String,
    pub payee_name: String,
    /// 8 to 40 digits.
    pub payee_account: String,
    /// 联行号, 12 digits.
    pub payee_bank_no: Option<String>,
    pub amount: Fen,
    /// Carries the payment reference to the other bank.
    pub remark: String,
    /// None where money that belongs to no case goes back.
    pub letter_no: Option<LetterNo>,
}

/// The references only.
impl fmt::Debug for PaymentRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PaymentRow")
            .field("payment_ref", &self.payment_ref)
            .field("letter_no", &self.letter_no)
            .finish_non_exhaustive()
    }
}

const PAYMENT_REF: usize = 0;
const PAYER_NAME: usize = 1;
const PAYER_ACCOUNT: usize = 2;
const PAYEE_NAME: usize = 3;
const PAYEE_ACCOUNT: usize = 4;
const PAYEE_BANK_NO: usize = 5;
const AMOUNT: usize = 6;
const REMARK: usize = 7;
const LETTER_NO: usize = 8;

const COLUMNS: &[Column] = &[
    Column::required("payment_ref", "付款参考号", &["支付参考号"]),
    Column::required("payer_name", "付款户名", &[]),
    Column::required("payer_account", "付款账号", &[]),
    Column::required("payee_name", "收款户名", &[]),
    Column::required("payee_account", "收款账号", &[]),
    Column::required("payee_bank_no", "收款行联行号", &["联行号"]),
    Column::required("amount", "金额", &[]),
    Column::required("remark", "附言", &["摘要", "备注"]),
    Column::optional("letter_no", "联系函编号", &[]),
];

/// The whole file, with English headings.
pub fn write_payments<'a>(rows: impl IntoIterator<Item = &'a PaymentRow>) -> Vec<u8> {
    let headings: Vec<&str> = COLUMNS.iter().map(|column| column.name).collect();
    let mut file = CsvWriter::new(&headings);
    for row in rows {
        file.text(row.payment_ref.as_str())
            .text(&row.payer_name)
            .text(&row.payer_account)
            .text(&row.payee_name)
            .text(&row.payee_account)
            .text(row.payee_bank_no.as_deref().unwrap_or(""))
            .number(row.amount)
            .text(&row.remark)
            .text(row.letter_no.as_ref().map_or("", LetterNo::as_str))
            .end_row();
    }
    file.finish()
}

/// Reads a payment file. A payment reference is taken once: twice would pay twice.
pub fn read_payments(bytes: &[u8]) -> Result<Import<PaymentRow>, FileError> {
    let mut seen: HashMap<PaymentRef, u64> = HashMap::new();
    table::read(bytes, COLUMNS, |row| {
        let read = payment(row)?;
        if let Some(first) = seen.get(&read.payment_ref) {
            return row.refuse(PAYMENT_REF, twice(*first));
        }
        seen.insert(read.payment_ref.clone(), row.line());
        Some(read)
    })
}

fn payment(row: &mut Cells<'_>) -> Option<PaymentRow> {
    let payment_ref = row.need(PAYMENT_REF, cells::id(PaymentRef::new));
    let payer_name = row.need(PAYER_NAME, cells::text);
    let payer_account = row.need(PAYER_ACCOUNT, cells::account);
    let payee_name = row.need(PAYEE_NAME, cells::text);
    let payee_account = row.need(PAYEE_ACCOUNT, cells::account);
    let payee_bank_no = row.maybe(PAYEE_BANK_NO, cells::bank_no);
    let amount = row.need(AMOUNT, cells::positive_yuan);
    let remark = row.maybe(REMARK, cells::text);
    let letter_no = row.maybe(LETTER_NO, cells::id(LetterNo::new));
    Some(PaymentRow {
        payment_ref: payment_ref?,
        payer_name: payer_name?,
        payer_account: payer_account?,
        payee_name: payee_name?,
        payee_account: payee_account?,
        payee_bank_no: payee_bank_no?,
        amount: amount?,
        remark: remark?.unwrap_or_default(),
        letter_no: letter_no?,
    })
}
