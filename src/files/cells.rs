//! One cell to one value: the words and forms agencies write, and what to say when a cell has neither.

use std::borrow::Cow;

use chrono::NaiveDate;

use crate::domain::forms::{AccountScheme, Insurance, Nature, Sex};
use crate::domain::ids::IdError;
use crate::domain::money::{Balance, Fen, MoneyError};
use crate::domain::person::{Document, DocumentError, DocumentType, NameError, PersonName};
use crate::domain::register::RelationStatus;
use crate::domain::time::YearMonth;

/// Why a cell cannot be read. Its texts are ours, never the cell's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub code: &'static str,
    pub chinese: Cow<'static, str>,
    pub english: Cow<'static, str>,
}

impl Fault {
    pub fn new(
        code: &'static str,
        chinese: impl Into<Cow<'static, str>>,
        english: impl Into<Cow<'static, str>>,
    ) -> Fault {
        Fault { code, chinese: chinese.into(), english: english.into() }
    }
}

impl From<NameError> for Fault {
    fn from(error: NameError) -> Fault {
        Fault::new(error.code(), error.chinese(), error.to_string())
    }
}

impl From<DocumentError> for Fault {
    fn from(error: DocumentError) -> Fault {
        Fault::new(error.code(), error.chinese(), error.to_string())
    }
}

impl From<MoneyError> for Fault {
    fn from(error: MoneyError) -> Fault {
        let (code, chinese) = match error {
            MoneyError::NotPositive => ("amount_not_positive", "金额必须大于零"),
            MoneyError::NotYuan => ("amount_form", "金额以元为单位，最多两位小数，如1234.50，不带千位分隔符和货币符号"),
            MoneyError::Overflow => ("amount_too_large", "金额超出可记账范围"),
        };
        Fault::new(code, chinese, error.to_string())
    }
}

/// Numbers that spreadsheets were made to keep as text: `'0001`, `="0001"`.
fn plain(cell: &str) -> Result<&str, Fault> {
    let forced = cell.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"'));
    let text = forced.unwrap_or_else(|| cell.strip_prefix('\'').unwrap_or(cell)).trim();
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    match text.split_once("E+") {
        Some((head, power)) if digits(head) && digits(power) && head.contains('.') => Err(Fault::new(
            "number_shortened",
            "号码被电子表格改成了科学计数，末尾数字已丢失；请将该列设为文本后重新导出",
            "a spreadsheet shortened the number and lost digits: format the column as text and export again",
        )),
        _ => Ok(text),
    }
}

/// An id by its own constructor.
pub(super) fn id<T>(new: fn(&str) -> Result<T, IdError>) -> impl FnOnce(&str) -> Result<T, Fault> {
    move |cell| {
        new(plain(cell)?).map_err(|error| {
            let chinese = match error.what {
                "agency code" => "机构代码应为6至20位大写字母或数字",
                _ => "编号只能含字母、数字和 - _ / .，且不得超过规定长度",
            };
            Fault::new("id_form", chinese, error.to_string())
        })
    }
}

/// `2026-01-02`, `2026/01/02` or `20260102`.
pub(super) fn date(cell: &str) -> Result<NaiveDate, Fault> {
    let text = plain(cell)?;
    let bytes = text.as_bytes();
    let digits = match bytes {
        [.., _, _, _, b'-', _, _, b'-', _, _] | [.., _, _, _, b'/', _, _, b'/', _, _] if bytes.len() == 10 => {
            text.replace(['-', '/'], "")
        }
        _ => text.to_owned(),
    };
    let read = |from: usize, to: usize| digits.get(from..to)?.parse::<u32>().ok();
    let day = || {
        let year = read(0, 4).filter(|year| (1850..=2099).contains(year))?;
        NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, read(4, 6)?, read(6, 8)?)
    };
    if digits.len() != 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Fault::new(
            "date_form",
            "日期应写作2026-01-02、2026/01/02或20260102",
            "a date is written 2026-01-02, 2026/01/02 or 20260102",
        ));
    }
    day().ok_or_else(|| Fault::new("date_impossible", "该日期不存在", "there is no such day"))
}

/// `202601`.
pub(super) fn month(cell: &str) -> Result<YearMonth, Fault> {
    let text = plain(cell)?;
    let number = text.parse().ok().filter(|_| text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit()));
    number.and_then(|number| YearMonth::new(number).ok()).ok_or_else(|| {
        Fault::new("month_form", "年月应写作202601，自195001起", "a month is written yyyymm, from 195001 to 209912")
    })
}

/// Contribution months of one row: 1 to 1800.
pub(super) fn month_count(cell: &str) -> Result<u32, Fault> {
    let text = plain(cell)?;
    let number = text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
    number
        .filter(|months| (1..=1800).contains(months))
        .ok_or_else(|| Fault::new("months_form", "月数应为大于零的整数", "the months are a whole number above zero"))
}

pub(super) fn yuan(cell: &str) -> Result<Balance, Fault> {
    Ok(Balance::from_yuan(plain(cell)?)?)
}

pub(super) fn positive_yuan(cell: &str) -> Result<Fen, Fault> {
    Ok(yuan(cell)?.positive().ok_or(MoneyError::NotPositive)?)
}

/// A yes or no in the words agencies use.
pub(super) fn flag(cell: &str) -> Result<bool, Fault> {
    match plain(cell)?.to_lowercase().as_str() {
        "1" | "y" | "yes" | "true" | "t" | "是" | "有" => Ok(true),
        "0" | "n" | "no" | "false" | "f" | "否" | "无" => Ok(false),
        _ => Err(Fault::new("flag_word", "应写 是/否、有/无 或 1/0", "write yes or no, true or false, 1 or 0")),
    }
}

fn words(cell: &str) -> Result<String, Fault> {
    Ok(plain(cell)?.to_lowercase().replace([' ', '-'], "_"))
}

/// 交易状态: whether the bank did not carry out what the row names. What is still under way is no line yet.
pub(super) fn is_refused(cell: &str) -> Result<bool, Fault> {
    match words(cell)?.as_str() {
        "booked" | "success" | "成功" | "交易成功" | "已记账" | "已入账" => Ok(false),
        "refused" | "rejected" | "failed" | "失败" | "交易失败" | "付款失败" | "已拒绝" | "拒绝" | "退票" => {
            Ok(true)
        }
        _ => Err(Fault::new(
            "line_status_word",
            "交易状态应写成功或失败；处理中的流水请待银行处理完毕后再导入",
            "the status is booked or refused; import a line once the bank is done with it",
        )),
    }
}

/// 310/390/380/391, or the names.
pub(super) fn insurance(cell: &str) -> Result<Insurance, Fault> {
    let word = words(cell)?;
    let by_code = || word.parse().ok().and_then(Insurance::from_code);
    let by_name = || Insurance::ALL.into_iter().find(|insurance| insurance.chinese() == word);
    by_code().or_else(by_name).map(Ok).unwrap_or_else(|| match word.as_str() {
        "employee" | "职工" | "职工医保" | "职工医疗保险" | "城镇职工基本医疗保险" => {
            Ok(Insurance::Employee)
        }
        "resident" | "居民" | "居民医保" | "城乡居民" | "城乡居民医保" | "居民基本医疗保险" => {
            Ok(Insurance::Resident)
        }
        "rural_cooperative" | "新农合" => Ok(Insurance::RuralCooperative),
        "urban_resident" | "城镇居民" => Ok(Insurance::UrbanResident),
        _ => Err(Fault::new(
            "insurance_word",
            "险种应写310或职工、390或居民（历史记录另有380、391）",
            "the insurance is 310 or employee, 390 or resident (in old periods also 380 and 391)",
        )),
    })
}

/// An insurance that a relation may have today.
pub(super) fn current_insurance(cell: &str) -> Result<Insurance, Fault> {
    let insurance = insurance(cell)?;
    insurance.is_current().then_some(insurance).ok_or_else(|| {
        Fault::new(
            "insurance_historic",
            "380、391只用于历史缴费记录，现行险种为310或390",
            "380 and 391 belong to old periods only; a relation today is 310 or 390",
        )
    })
}

pub(super) fn scheme(cell: &str) -> Result<AccountScheme, Fault> {
    match words(cell)?.as_str() {
        "1" | "combined" | "统账结合" => Ok(AccountScheme::Combined),
        "2" | "pool_only" | "单建统筹" => Ok(AccountScheme::PoolOnly),
        "3" | "hospital_only" | "住院统筹" => Ok(AccountScheme::HospitalOnly),
        _ => Err(Fault::new(
            "scheme_word",
            "统账类别应写1统账结合、2单建统筹或3住院统筹（写数字或名称）",
            "the scheme is 1 or combined, 2 or pool_only, 3 or hospital_only",
        )),
    }
}

pub(super) fn sex(cell: &str) -> Result<Sex, Fault> {
    match words(cell)?.as_str() {
        "1" | "m" | "male" | "男" | "男性" => Ok(Sex::Male),
        "2" | "f" | "female" | "女" | "女性" => Ok(Sex::Female),
        "0" | "unknown" | "未知" => Ok(Sex::Unknown),
        "9" | "unstated" | "未说明" => Ok(Sex::Unstated),
        _ => Err(Fault::new("sex_word", "性别应写男、女或0、1、2、9", "the sex is male, female or 0, 1, 2, 9")),
    }
}

pub(super) fn nature(cell: &str) -> Result<Nature, Fault> {
    match words(cell)?.as_str() {
        "actual" | "实际缴费" | "实际" | "正常缴费" => Ok(Nature::Actual),
        "back_paid" | "补缴" => Ok(Nature::BackPaid),
        "deemed" | "视同缴费" | "视同" => Ok(Nature::Deemed),
        _ => Err(Fault::new(
            "nature_word",
            "缴费性质应写实际缴费、补缴或视同缴费",
            "the nature is actual, back_paid or deemed",
        )),
    }
}

pub(super) fn status(cell: &str) -> Result<RelationStatus, Fault> {
    RelationStatus::from_word(plain(cell)?).ok_or_else(|| {
        Fault::new(
            "status_word",
            "参保状态应写参保、停保、退休或死亡",
            "the status is active, stopped, retired or deceased",
        )
    })
}

pub(super) fn name(cell: &str) -> Result<PersonName, Fault> {
    Ok(PersonName::new(cell)?)
}

/// Names of types only: the numbers differ between agencies' tables.
pub(super) fn document_type(cell: &str) -> Result<DocumentType, Fault> {
    DocumentType::from_word(cell).ok_or_else(|| {
        Fault::new(
            "document_type_word",
            "证件类型请写名称，如居民身份证、港澳台居民居住证、护照；各地代码不一，不接受代码",
            "write the name of the document type, such as resident_id or passport; codes differ between agencies",
        )
    })
}

pub(super) fn document(kind: DocumentType) -> impl FnOnce(&str) -> Result<Document, Fault> {
    move |cell| Ok(Document::new(kind, plain(cell)?)?)
}

/// Longer texts are refused.
pub(super) const TEXT_MAX: usize = 500;

/// 500 characters at most; a line break or another control character becomes a space. Our own `'` before a cell that
/// a spreadsheet would compute is taken off again.
pub(super) fn text(cell: &str) -> Result<String, Fault> {
    let bare = cell.strip_prefix('\'').filter(|rest| rest.starts_with(super::write::COMPUTED)).unwrap_or(cell);
    if bare.chars().nth(TEXT_MAX).is_some() {
        return Err(Fault::new("text_too_long", "内容超过500个字符", "the text is longer than 500 characters"));
    }
    let text: String = bare.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    // What stood behind our `'` may have been a blank.
    Ok(text.trim().to_owned())
}

/// An account as a bank's line names it: 40 characters at most, without the blanks between groups of digits.
pub(super) fn any_account(cell: &str) -> Result<String, Fault> {
    let number = plain(cell)?.replace(' ', "");
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'*');
    if number.len() <= 40 && number.bytes().all(allowed) {
        return Ok(number);
    }
    Err(Fault::new(
        "account_form",
        "账号最多40位，只含数字、字母、-或*",
        "an account has at most 40 digits, letters, - or *",
    ))
}

/// An account we pay from or to: 8 to 40 digits, leading zeros kept.
pub(super) fn account(cell: &str) -> Result<String, Fault> {
    digits(cell, 8, 40, "account_form", "账号应为8至40位数字", "an account is 8 to 40 digits")
}

pub(super) fn bank_no(cell: &str) -> Result<String, Fault> {
    digits(cell, 12, 12, "bank_no_form", "联行号应为12位数字", "a bank no. is 12 digits")
}

pub(super) fn phone(cell: &str) -> Result<String, Fault> {
    let number = plain(cell)?;
    let allowed = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b' ' | b'(' | b')');
    if (5..=30).contains(&number.len()) && number.bytes().all(allowed) {
        return Ok(number.to_owned());
    }
    Err(Fault::new("phone_form", "电话应为5至30位数字", "a phone number is 5 to 30 digits, + - ( ) and spaces"))
}

fn digits(
    cell: &str,
    min: usize,
    max: usize,
    code: &'static str,
    chinese: &'static str,
    english: &'static str,
) -> Result<String, Fault> {
    let number = plain(cell)?;
    if (min..=max).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(number.to_owned())
    } else {
        Err(Fault::new(code, chinese, english))
    }
}
