//! 人员: the register's people with the balance of their personal account.

use std::collections::HashMap;

use super::cells::{self, Fault};
use super::table::{self, Cells, Column};
use super::{FileError, Import};
use crate::domain::event::RegisterEntry;
use crate::domain::forms::{AccountScheme, Insurance, Sex};
use crate::domain::ids::PersonNo;
use crate::domain::money::Balance;
use crate::domain::person::Document;
use crate::domain::register::InsuredPerson;

const PERSON_NO: usize = 0;
const NAME: usize = 1;
const DOCUMENT_TYPE: usize = 2;
const DOCUMENT_NO: usize = 3;
const SEX: usize = 4;
const BIRTH_DATE: usize = 5;
const INSURANCE: usize = 6;
const SCHEME: usize = 7;
const STATUS: usize = 8;
const STATUS_ON: usize = 9;
const ARREARS: usize = 10;
const OPEN_CLAIMS: usize = 11;
const BALANCE: usize = 12;
const EMPLOYER: usize = 13;
const PHONE: usize = 14;

const COLUMNS: &[Column] = &[
    Column::required("person_no", "个人编号", &["人员编号"]),
    Column::required("name", "姓名", &[]),
    Column::required("document_type", "证件类型", &[]),
    Column::required("document_no", "证件号码", &["证件号", "公民身份号码", "document_number"]),
    Column::optional("sex", "性别", &[]),
    Column::optional("birth_date", "出生日期", &[]),
    Column::required("insurance", "险种", &["险种类型"]),
    Column::required("account_scheme", "统账类别", &["scheme"]),
    Column::required("status", "参保状态", &[]),
    Column::required("status_on", "状态日期", &["状态变更日期"]),
    Column::required("arrears", "欠费", &["是否欠费"]),
    Column::required("open_claims", "未结算", &["未结算费用", "是否有未结算费用"]),
    Column::required("balance", "个人账户余额", &["账户余额", "余额"]),
    Column::optional("employer", "单位", &["单位名称", "工作单位"]),
    Column::optional("phone", "电话", &["联系电话", "手机号码"]),
];

/// Reads a people file. A person twice under one insurance is refused the second time.
pub fn read_people(bytes: &[u8]) -> Result<Import<RegisterEntry>, FileError> {
    let mut seen: HashMap<(PersonNo, Insurance), u64> = HashMap::new();
    table::read(bytes, COLUMNS, |row| {
        let read = person(row)?;
        let key = (read.person.person_no.clone(), read.person.insurance);
        if let Some(first) = seen.get(&key) {
            return row.refuse(PERSON_NO, twice(*first));
        }
        seen.insert(key, row.line());
        Some(read)
    })
}

/// The same number stands in an earlier row.
pub(super) fn twice(first: u64) -> Fault {
    Fault::new("row_twice", format!("与第{first}行重复"), format!("the same as in line {first}"))
}

fn person(row: &mut Cells<'_>) -> Option<RegisterEntry> {
    // Every cell is read before the first `?`, so that one look shows all that is wrong with the row.
    let person_no = row.need(PERSON_NO, cells::id(PersonNo::new));
    let name = row.need(NAME, cells::name);
    let document = document(row, DOCUMENT_TYPE, DOCUMENT_NO);
    let sex = row.maybe(SEX, cells::sex);
    let birth_date = row.maybe(BIRTH_DATE, cells::date);
    let insurance = row.need(INSURANCE, cells::current_insurance);
    let scheme = row.maybe(SCHEME, cells::scheme);
    let status = row.need(STATUS, cells::status);
    let status_on = row.need(STATUS_ON, cells::date);
    let arrears = row.maybe(ARREARS, cells::flag);
    let open_claims = row.maybe(OPEN_CLAIMS, cells::flag);
    let balance = row.maybe(BALANCE, cells::yuan);
    let employer = row.maybe(EMPLOYER, cells::text);
    let phone = row.maybe(PHONE, cells::phone);

    let document = document?;
    let sex = agreed_sex(row, &document, sex?);
    let birth_date = agreed(row, BIRTH_DATE, "birth_date_differs", document.birth_date(), birth_date?);
    let scheme = agreed_scheme(row, insurance?, scheme?);
    let scheme = scheme?;
    let balance = account_balance(row, insurance?, scheme, balance?);
    let person = InsuredPerson {
        person_no: person_no?,
        name: name?,
        document,
        sex: sex?,
        birth_date: birth_date?,
        insurance: insurance?,
        scheme,
        status: status?,
        status_on: status_on?,
        died_on: None,
        arrears: arrears?.unwrap_or(false),
        open_claims: open_claims?.unwrap_or(false),
        employer: employer?,
        phone: phone?,
    };
    Some(RegisterEntry { person, balance: balance? })
}

/// Type and number together; the number is checked only under a known type.
pub(super) fn document(row: &mut Cells<'_>, kind: usize, number: usize) -> Option<Document> {
    let kind = row.need(kind, cells::document_type)?;
    row.need(number, cells::document(kind))
}

/// What the number tells, unless the cell says otherwise.
fn agreed<T: PartialEq>(
    row: &mut Cells<'_>,
    column: usize,
    code: &'static str,
    told: Option<T>,
    said: Option<T>,
) -> Option<Option<T>> {
    match (told, said) {
        (Some(told), Some(said)) if told != said => {
            row.refuse(column, Fault::new(code, "与证件号码不符", "does not agree with the document number"))
        }
        (told, said) => Some(said.or(told)),
    }
}

/// 0 未知 and 9 未说明 contradict nothing.
fn agreed_sex(row: &mut Cells<'_>, document: &Document, said: Option<Sex>) -> Option<Option<Sex>> {
    let told = document.sex();
    let said = said.filter(|sex| told.is_none() || matches!(sex, Sex::Male | Sex::Female));
    agreed(row, SEX, "sex_differs", told, said)
}

/// Whether money moves depends on the scheme, so an employee's is never assumed. Residents have none.
fn agreed_scheme(
    row: &mut Cells<'_>,
    insurance: Insurance,
    scheme: Option<AccountScheme>,
) -> Option<Option<AccountScheme>> {
    if !insurance.is_employee() {
        return Some(scheme.filter(|scheme| *scheme != AccountScheme::Combined));
    }
    if scheme.is_none() {
        let chinese = "职工须填写统账类别";
        return row.refuse(SCHEME, Fault::new("scheme_missing", chinese, "an employee needs an account scheme"));
    }
    Some(scheme)
}

fn account_balance(
    row: &mut Cells<'_>,
    insurance: Insurance,
    scheme: Option<AccountScheme>,
    balance: Option<Balance>,
) -> Option<Balance> {
    let has_account = insurance.is_employee() && scheme == Some(AccountScheme::Combined);
    match balance {
        None if has_account => row.refuse(
            BALANCE,
            Fault::new(
                "balance_missing",
                "统账结合人员须填写余额，无余额写0",
                "an account needs a balance; write 0 for none",
            ),
        ),
        Some(balance) if !has_account && balance != Balance(0) => row.refuse(
            BALANCE,
            Fault::new(
                "balance_without_account",
                "无个人账户者余额应为空或0",
                "who has no personal account has no balance: leave blank or 0",
            ),
        ),
        balance => Some(balance.unwrap_or_default()),
    }
}
