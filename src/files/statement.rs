//! 银行流水: the lines of a bank's statement. A line is money that moved: what the bank wrote carelessly is kept, and
//! only what cannot be booked is refused.

use super::cells;
use super::table::{self, Cells, Column};
use super::{FileError, Import, camt, xml};
use crate::domain::event::StatementLine;
use crate::domain::ids::{BankTxnNo, PaymentRef};

const BANK_TXN_NO: usize = 0;
const BOOKED_ON: usize = 1;
const PAYER_NAME: usize = 2;
const PAYER_ACCOUNT: usize = 3;
const PAYEE_ACCOUNT: usize = 4;
const AMOUNT: usize = 5;
const REMARK: usize = 6;
const PAYMENT_REF: usize = 7;
const STATUS: usize = 8;

const COLUMNS: &[Column] = &[
    Column::required("bank_txn_no", "交易流水号", &["银行流水号", "银行交易流水号"]),
    Column::required("booked_on", "记账日期", &["入账日期", "交易日期"]),
    Column::required("payer_name", "付款户名", &["付款人名称", "付款人户名", "付款人"]),
    Column::required("payer_account", "付款账号", &["付款人账号"]),
    Column::required("payee_account", "收款账号", &["收款人账号"]),
    Column::required("amount", "金额", &["交易金额"]),
    Column::required("remark", "附言", &["摘要", "备注"]),
    Column::optional("payment_ref", "付款参考号", &["支付参考号", "payment_reference"]),
    Column::optional("status", "交易状态", &["状态", "处理结果"]),
];

/// Reads a statement: CSV, or camt.053 and camt.054 where the content is XML. A line that comes twice is given twice: the
/// ledger knows which it has.
pub fn read_statement(bytes: &[u8]) -> Result<Import<StatementLine>, FileError> {
    if xml::looks_like_xml(bytes) {
        return camt::read_camt(bytes);
    }
    table::read(bytes, COLUMNS, line)
}

fn line(row: &mut Cells<'_>) -> Option<StatementLine> {
    let bank_txn_no = row.need(BANK_TXN_NO, cells::id(BankTxnNo::new));
    let booked_on = row.need(BOOKED_ON, cells::date);
    let payer_name = row.maybe(PAYER_NAME, cells::text);
    let payer_account = row.maybe(PAYER_ACCOUNT, cells::any_account);
    let payee_account = row.need(PAYEE_ACCOUNT, cells::any_account);
    let amount = row.need(AMOUNT, cells::yuan);
    let remark = row.maybe(REMARK, cells::text);
    let reference = row.maybe(PAYMENT_REF, |cell| match cells::id(PaymentRef::new)(cell) {
        Ok(reference) => Ok(Ok(reference)),
        Err(_) => cells::text(cell).map(Err),
    });
    let refused = row.maybe(STATUS, cells::is_refused);
    let mut remark = remark?.unwrap_or_default();
    let payment_ref = match reference? {
        Some(Ok(reference)) => Some(reference),
        Some(Err(text)) => {
            remark = format!("{remark} {text}").trim().to_owned();
            None
        }
        None => None,
    };
    Some(StatementLine {
        bank_txn_no: bank_txn_no?,
        booked_on: booked_on?,
        payer_name: payer_name?.unwrap_or_default(),
        payer_account: payer_account?.unwrap_or_default(),
        payee_account: payee_account?,
        amount: amount?,
        remark,
        payment_ref,
        refused: refused?.unwrap_or(false),
    })
}
