//! The details of a batch booking 批量入账: one for each payment it holds, each with its own amount and reference. They
//! agree with the entry to the fen, or the file is refused.

use std::collections::HashMap;

use super::values;
use crate::domain::money::Balance;
use crate::files::xml::{Fault, Node, XmlFault};

pub struct Detail<'n> {
    /// `TxDtls`, or the entry itself where it has none.
    pub node: &'n Node,
    /// Signed.
    pub amount: Balance,
    pub reference: String,
}

/// Where a detail's amount stands: version 02 has it only inside `AmtDtls`.
const AMOUNTS: &[&str] = &["Amt", "AmtDtls/TxAmt/Amt", "AmtDtls/InstdAmt/Amt"];

pub fn of(entry: &Node, signed: Balance) -> Result<Vec<Detail<'_>>, Fault> {
    let parts: Vec<&Node> = entry.all("NtryDtls").flat_map(|batch| batch.all("TxDtls")).collect();
    let reference = entry.first(&["AcctSvcrRef"])?.map(Node::text);
    if parts.is_empty() {
        let reference = number(entry, reference)?.to_owned();
        return Ok(vec![Detail { node: entry, amount: signed, reference }]);
    }
    let amounts: Vec<Balance> =
        parts.iter().map(|part| amount(part, signed, parts.len())).collect::<Result<_, Fault>>()?;
    if sum(&amounts) != i128::from(signed.0) {
        return Err(entry.fault(XmlFault::Batch));
    }
    check_batches(entry, &amounts)?;
    let references = references(&parts, reference)?;
    let details = parts.into_iter().zip(amounts).zip(references);
    Ok(details.map(|((node, amount), reference)| Detail { node, amount, reference }).collect())
}

/// A single detail without an amount has the entry's.
fn amount(part: &Node, signed: Balance, parts: usize) -> Result<Balance, Fault> {
    let Some(found) = part.first(AMOUNTS)? else {
        let missing = || part.fault(XmlFault::Missing { what: "Amt" });
        return Some(signed).filter(|_| parts == 1).ok_or_else(missing);
    };
    let amount = values::amount(found)?;
    let credit = match part.find("CdtDbtInd")? {
        Some(own) => values::is_credit(own)?,
        None => signed.0 >= 0,
    };
    Ok(Balance(if credit { amount.0 } else { -amount.0 }))
}

fn sum(amounts: &[Balance]) -> i128 {
    amounts.iter().map(|amount| i128::from(amount.0)).sum()
}

/// What the bank states about each batch, where it lists what is in it.
fn check_batches(entry: &Node, amounts: &[Balance]) -> Result<(), Fault> {
    let mut rest = amounts;
    for batch in entry.all("NtryDtls") {
        let (inside, after) = rest.split_at(batch.all("TxDtls").count());
        rest = after;
        if inside.is_empty() {
            continue;
        }
        if let Some(stated) = batch.find("Btch/NbOfTxs")?.filter(|node| !node.text().is_empty()) {
            let agrees = values::count(stated)? == inside.len() as u64;
            agrees.then_some(()).ok_or_else(|| stated.fault(XmlFault::Batch))?;
        }
        if let Some(stated) = batch.find("Btch/TtlAmt")? {
            let agrees = i128::from(values::amount(stated)?.0) == sum(inside).abs();
            agrees.then_some(()).ok_or_else(|| stated.fault(XmlFault::Batch))?;
        }
    }
    Ok(())
}

/// Each detail's own reference, else the entry's. One that stands for several details is numbered from the second on:
/// the first keeps it bare, so that the same booking without details collides with it and is not booked beside it.
fn references(parts: &[&Node], entry: Option<&str>) -> Result<Vec<String>, Fault> {
    let mut seen: HashMap<&str, u32> = HashMap::new();
    let mut references = Vec::with_capacity(parts.len());
    for part in parts {
        let own = part.first(&["Refs/AcctSvcrRef"])?.map(Node::text);
        let reference = number(part, own.or(entry))?;
        let times = seen.entry(reference).or_insert(0);
        *times += 1;
        references.push(if *times == 1 { reference.to_owned() } else { format!("{reference}-{times}") });
    }
    Ok(references)
}

/// Without the bank's reference nothing tells a line from the same one imported again.
fn number<'t>(node: &Node, reference: Option<&'t str>) -> Result<&'t str, Fault> {
    let reference = reference.ok_or_else(|| node.fault(XmlFault::Missing { what: "AcctSvcrRef" }))?;
    let short = reference.chars().count() <= 35;
    Some(reference).filter(|_| short).ok_or_else(|| node.fault(XmlFault::Reference))
}
