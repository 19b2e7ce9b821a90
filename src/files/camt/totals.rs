//! What a statement says about itself, against what it holds. A difference means that entries are missing or twice.

use super::entry::Entry;
use super::values;
use crate::domain::money::Balance;
use crate::files::xml::{Fault, Node, XmlFault};

#[derive(Default)]
pub struct Totals {
    credits: Side,
    debits: Side,
    /// Signed; pending entries are in no balance.
    booked: i128,
    opening: Option<i128>,
    /// With the byte where it stands.
    closing: Option<(usize, i128)>,
    /// What `TxsSummry` states.
    stated: Option<Node>,
}

/// Entries of one direction, pending ones too: the summary counts what the file holds.
#[derive(Default, Clone, Copy)]
struct Side {
    count: u64,
    sum: i128,
}

impl Totals {
    pub fn count(&mut self, entry: &Entry<'_>) {
        let side = if entry.credit { &mut self.credits } else { &mut self.debits };
        side.count += 1;
        side.sum += i128::from(entry.amount.0);
        if entry.booked {
            self.booked += i128::from(entry.signed().0);
        }
    }

    pub fn summary(&mut self, node: Node) -> Result<(), Fault> {
        if self.stated.is_some() {
            return Err(node.fault(XmlFault::Twice));
        }
        self.stated = Some(node);
        Ok(())
    }

    /// 期初 `OPBD` (the last closing `PRCD` where there is none) and 期末 `CLBD`; other balances are stepped over, but
    /// never in another currency.
    pub fn balance(&mut self, node: &Node) -> Result<(), Fault> {
        let amount = i128::from(values::amount(node.need("Amt")?)?.0);
        let signed = if values::is_credit(node.need("CdtDbtInd")?)? { amount } else { -amount };
        match node.find("Tp/CdOrPrtry/Cd")?.map(Node::text) {
            Some("OPBD") => self.opening = Some(signed),
            Some("PRCD") => self.opening = self.opening.or(Some(signed)),
            Some("CLBD") => self.closing = Some((node.at, signed)),
            _ => {}
        }
        Ok(())
    }

    pub fn check(&self) -> Result<(), Fault> {
        if let Some(stated) = &self.stated {
            self.check_summary(stated)?;
        }
        let (Some(opening), Some((at, closing))) = (self.opening, self.closing) else { return Ok(()) };
        if opening + self.booked == closing {
            return Ok(());
        }
        Err(Fault { at, why: XmlFault::Balance { stated: yuan(closing), found: yuan(opening + self.booked) } })
    }

    fn check_summary(&self, stated: &Node) -> Result<(), Fault> {
        let (credits, debits) = (self.credits, self.debits);
        let all = Side { count: credits.count + debits.count, sum: credits.sum + debits.sum };
        for (what, side) in [("TtlNtries", all), ("TtlCdtNtries", credits), ("TtlDbtNtries", debits)] {
            if let Some(stated) = stated.find(what)? {
                check_side(what, stated, side)?;
            }
        }
        match stated.find("TtlNtries")? {
            Some(stated) => check_net(stated, credits.sum - debits.sum),
            None => Ok(()),
        }
    }
}

fn check_side(what: &'static str, stated: &Node, side: Side) -> Result<(), Fault> {
    if let Some(node) = stated.find("NbOfNtries")? {
        let number = values::count(node)?;
        let differs = || XmlFault::Totals { what, stated: number.to_string(), found: side.count.to_string() };
        Some(()).filter(|()| number == side.count).ok_or_else(|| node.fault(differs()))?;
    }
    if let Some(node) = stated.find("Sum")? {
        agrees(what, node, i128::from(values::unsigned(node)?.0), side.sum)?;
    }
    Ok(())
}

/// Version 02 writes the net amount and its direction side by side, later ones inside `TtlNetNtry`.
fn check_net(stated: &Node, net: i128) -> Result<(), Fault> {
    let found = match stated.find("TtlNetNtry/Amt")? {
        Some(amount) => Some((amount, stated.find("TtlNetNtry/CdtDbtInd")?)),
        None => stated.find("TtlNetNtryAmt")?.zip(Some(stated.find("CdtDbtInd")?)),
    };
    let Some((node, direction)) = found else { return Ok(()) };
    let amount = i128::from(values::unsigned(node)?.0);
    let credit = direction.map(values::is_credit).transpose()?.unwrap_or(net >= 0);
    agrees("TtlNetNtry", node, if credit { amount } else { -amount }, net)
}

fn agrees(what: &'static str, node: &Node, stated: i128, found: i128) -> Result<(), Fault> {
    if stated == found {
        return Ok(());
    }
    Err(node.fault(XmlFault::Totals { what, stated: yuan(stated), found: yuan(found) }))
}

/// Sums of a million amounts may be larger than any of them can be.
fn yuan(fen: i128) -> String {
    let clamped = fen.clamp(i128::from(i64::MIN), i128::from(i64::MAX));
    Balance(i64::try_from(clamped).unwrap_or(i64::MAX)).to_string()
}
