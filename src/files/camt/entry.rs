//! One entry of a statement to one line, or to one for each of its details.

use chrono::NaiveDate;

use super::details::{self, Detail};
use super::parties::{Own, Party, tidy};
use super::values;
use crate::domain::event::StatementLine;
use crate::domain::ids::{BankTxnNo, PaymentRef};
use crate::domain::money::Balance;
use crate::files::xml::{Fault, Node, XmlFault};

/// What ISO 20022 and banks write where there is no end-to-end id.
const NO_END_TO_END_ID: &[&str] = &["NOTPROVIDED", "NOT PROVIDED", "NONREF"];

pub struct Entry<'n> {
    node: &'n Node,
    /// Without a sign.
    pub amount: Balance,
    pub credit: bool,
    pub booked: bool,
    reversal: bool,
}

impl Entry<'_> {
    pub fn of(node: &Node) -> Result<Entry<'_>, Fault> {
        Ok(Entry {
            node,
            amount: values::amount(node.need("Amt")?)?,
            credit: values::is_credit(node.need("CdtDbtInd")?)?,
            booked: is_booked(node)?,
            reversal: values::is_reversal(node.find("RvslInd")?)?,
        })
    }
}

impl<'n> Entry<'n> {
    /// The indicator alone is the direction: a reversal of money in is written as money out.
    pub fn signed(&self) -> Balance {
        Balance(if self.credit { self.amount.0 } else { -self.amount.0 })
    }

    /// Each line with the element it was read from.
    pub fn lines(&self, own: &Own) -> Result<Vec<(&'n Node, StatementLine)>, Fault> {
        let booked_on = values::day(self.node.need("BookgDt")?)?;
        let details = details::of(self.node, self.signed())?;
        details.into_iter().map(|detail| Ok((detail.node, self.line(&detail, booked_on, own)?))).collect()
    }

    fn line(&self, detail: &Detail<'_>, booked_on: NaiveDate, own: &Own) -> Result<StatementLine, Fault> {
        let part = detail.node;
        let money_in = detail.amount.0 >= 0;
        let other = Party::other(part, money_in, self.reversal, own)?;
        let (payment_ref, stray) = payment_ref(part)?;
        let remark = remark(self.node, part, [stray, other.odd])?;
        let bank_txn_no = BankTxnNo::new(&detail.reference).map_err(|_| part.fault(XmlFault::Reference))?;
        let (payer_name, payer_account, payee_account) = if money_in {
            (other.name, other.account, own.account.clone())
        } else {
            (own.name.clone(), own.account.clone(), other.account)
        };
        let amount = detail.amount;
        Ok(StatementLine {
            bank_txn_no,
            booked_on,
            payer_name,
            payer_account,
            payee_account,
            amount,
            remark,
            payment_ref,
            refused: false,
        })
    }
}

/// Pending and merely announced money is not there yet; the bank tells it again once it is.
fn is_booked(node: &Node) -> Result<bool, Fault> {
    let status = node.first(&["Sts", "Sts/Cd"])?;
    let status = status.ok_or_else(|| node.fault(XmlFault::Missing { what: "Sts" }))?;
    match status.text() {
        "BOOK" => Ok(true),
        "PDNG" | "INFO" | "FUTR" => Ok(false),
        _ => Err(status.fault(XmlFault::Word { allowed: "BOOK, PDNG, INFO, FUTR" })),
    }
}

/// The end-to-end id where it can be one of ours, else as text for the remark.
fn payment_ref(part: &Node) -> Result<(Option<PaymentRef>, Option<String>), Fault> {
    let id = part.first(&["Refs/EndToEndId"])?.map(Node::text);
    let Some(id) = id.filter(|id| !NO_END_TO_END_ID.contains(&id.to_ascii_uppercase().as_str())) else {
        return Ok((None, None));
    };
    Ok(match PaymentRef::new(id) {
        Ok(reference) => (Some(reference), None),
        Err(_) => (None, Some(tidy(id))),
    })
}

/// The remittance information; where there is none, what the bank says about the booking, such as 利息.
fn remark(entry: &Node, part: &Node, strays: [Option<String>; 2]) -> Result<String, Fault> {
    let information = part.find("RmtInf")?;
    let mut words: Vec<String> =
        information.iter().flat_map(|found| found.all("Ustrd")).map(|text| tidy(text.text())).collect();
    if words.iter().all(String::is_empty) {
        let said = match part.first(&["AddtlTxInf"])? {
            Some(said) => Some(said),
            None => entry.first(&["AddtlNtryInf"])?,
        };
        words.extend(said.map(|said| tidy(said.text())));
    }
    words.extend(strays.into_iter().flatten());
    words.retain(|word| !word.is_empty());
    Ok(tidy(&words.join(" ")))
}
