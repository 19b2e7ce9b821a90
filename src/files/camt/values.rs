//! The values of one element: amounts, words and days, as ISO 20022 writes them.

use chrono::{DateTime, NaiveDate, NaiveDateTime};

use crate::domain::money::{Balance, MoneyError};
use crate::domain::time::Moment;
use crate::files::cells;
use crate::files::xml::{Fault, Node, XmlFault};

/// An amount in CNY, without a sign: the direction stands beside it.
pub fn amount(node: &Node) -> Result<Balance, Fault> {
    match node.currency.as_deref() {
        Some("CNY") => unsigned(node),
        Some(_) => Err(node.fault(XmlFault::Currency)),
        None => Err(node.fault(XmlFault::Missing { what: "Ccy" })),
    }
}

/// A sum, which names no currency.
pub fn unsigned(node: &Node) -> Result<Balance, Fault> {
    let text = node.text();
    match Balance::from_yuan(text) {
        Ok(amount) if !text.starts_with('-') => Ok(amount),
        Err(MoneyError::Overflow) => Err(node.fault(XmlFault::AmountTooLarge)),
        Ok(_) | Err(_) => Err(node.fault(XmlFault::Amount)),
    }
}

pub fn count(node: &Node) -> Result<u64, Fault> {
    node.text().parse().map_err(|_| node.fault(XmlFault::Count))
}

/// 借贷标志: whether money came in, from the account owner's side.
pub fn is_credit(node: &Node) -> Result<bool, Fault> {
    match node.text() {
        "CRDT" => Ok(true),
        "DBIT" => Ok(false),
        _ => Err(node.fault(XmlFault::Word { allowed: "CRDT, DBIT" })),
    }
}

/// 冲正标志, absent for most entries.
pub fn is_reversal(node: Option<&Node>) -> Result<bool, Fault> {
    match node.map(|node| (node, node.text())) {
        None | Some((_, "false" | "0")) => Ok(false),
        Some((_, "true" | "1")) => Ok(true),
        Some((node, _)) => Err(node.fault(XmlFault::Word { allowed: "true, false" })),
    }
}

/// `Dt` or `DtTm`. A moment that names its zone is told as the day it was in China.
pub fn day(node: &Node) -> Result<NaiveDate, Fault> {
    match node.first(&["Dt", "DtTm"])? {
        Some(found) => date(found.text()).ok_or_else(|| found.fault(XmlFault::Date)),
        None => Err(node.fault(XmlFault::Missing { what: "Dt" })),
    }
}

fn date(text: &str) -> Option<NaiveDate> {
    // By the reader of CSV dates: the same years are possible in either file.
    let day = |text: &str| Some(text).filter(|text| text.as_bytes().get(4) == Some(&b'-')).map(cells::date)?.ok();
    if text.len() == 10 {
        return day(text);
    }
    if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
        return day(&Moment(moment.timestamp_micros()).china_date().to_string());
    }
    let local = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").ok()?;
    day(&local.date().to_string())
}
