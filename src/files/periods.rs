//! 缴费记录: the contribution periods of the register's people.

use super::cells::{self, Fault};
use super::table::{self, Cells, Column};
use super::{FileError, Import};
use crate::domain::forms::Period;
use crate::domain::ids::{AgencyCode, PersonNo};
use crate::domain::money::Balance;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeriodRow {
    pub person_no: PersonNo,
    pub period: Period,
}

const PERSON_NO: usize = 0;
const FROM: usize = 1;
const TO: usize = 2;
const INSURANCE: usize = 3;
const NATURE: usize = 4;
const MONTHS: usize = 5;
const AGENCY: usize = 6;
const BASE: usize = 7;

const COLUMNS: &[Column] = &[
    Column::required("person_no", "个人编号", &["人员编号"]),
    Column::required("from", "起始年月", &["开始年月", "起"]),
    Column::required("to", "终止年月", &["截止年月", "止"]),
    Column::required("insurance", "险种", &["险种类型"]),
    Column::required("nature", "缴费性质", &[]),
    Column::optional("months", "月数", &["缴费月数"]),
    Column::required("agency", "参保地", &["经办机构", "参保机构"]),
    Column::optional("base", "缴费基数", &["月缴费基数"]),
];

/// Reads a period file. Fewer months than the span mark the period as broken; blank months are the whole span.
pub fn read_periods(bytes: &[u8]) -> Result<Import<PeriodRow>, FileError> {
    table::read(bytes, COLUMNS, period)
}

fn period(row: &mut Cells<'_>) -> Option<PeriodRow> {
    let person_no = row.need(PERSON_NO, cells::id(PersonNo::new));
    let from = row.need(FROM, cells::month);
    let to = row.need(TO, cells::month);
    let insurance = row.need(INSURANCE, cells::insurance);
    let nature = row.need(NATURE, cells::nature);
    let months = row.maybe(MONTHS, cells::month_count);
    let agency = row.need(AGENCY, cells::id(AgencyCode::new));
    let base = row.maybe(BASE, base);
    let (from, to) = (from?, to?);
    if to < from {
        return row.refuse(TO, Fault::new("period_backwards", "早于起始年月", "earlier than the first month"));
    }
    let span = from.months_to(to);
    let months = months?.unwrap_or(span);
    if months > span {
        let chinese = format!("多于起止之间的{span}个月");
        return row.refuse(MONTHS, Fault::new("months_too_many", chinese, format!("more than the span of {span}")));
    }
    let period = Period {
        from,
        to,
        insurance: insurance?,
        nature: nature?,
        months,
        broken: months < span,
        agency: agency?.to_string(),
        base: base?.and_then(Balance::positive),
    };
    Some(PeriodRow { person_no: person_no?, period })
}

/// Zero means that no base is known, as for deemed months.
fn base(cell: &str) -> Result<Balance, Fault> {
    let base = cells::yuan(cell)?;
    if base.0 < 0 { Err(Fault::new("base_negative", "不得为负", "must not be negative")) } else { Ok(base) }
}
