//! Who paid whom: our own account from the statement's head, the other side from the entry. A careless name or account
//! of the other side costs no line: what cannot stand in its column goes to the remark.

use crate::files::cells;
use crate::files::xml::{Fault, Node, XmlFault};

/// The account the statement is about.
pub struct Own {
    pub name: String,
    pub account: String,
}

impl Own {
    pub fn of(node: &Node) -> Result<Own, Fault> {
        let id = node.first(&["Id/IBAN", "Id/Othr/Id"])?;
        let id = id.ok_or_else(|| node.fault(XmlFault::Missing { what: "Id" }))?;
        let account = cells::any_account(id.text()).map_err(|_| id.fault(XmlFault::Account))?;
        let name = node.first(&["Ownr/Nm", "Nm"])?.map_or(String::new(), |name| tidy(name.text()));
        Ok(Own { name, account })
    }
}

/// One of the two parties an entry names.
#[derive(Default)]
pub struct Party {
    pub name: String,
    pub account: String,
    /// What stood for the account and is none.
    pub odd: Option<String>,
}

impl Party {
    fn debtor(part: &Node) -> Result<Party, Fault> {
        Party::of(part, &DEBTOR)
    }

    fn creditor(part: &Node) -> Result<Party, Fault> {
        Party::of(part, &CREDITOR)
    }

    fn of(part: &Node, paths: &Paths) -> Result<Party, Fault> {
        let name = part.first(&paths.names)?.map_or(String::new(), |name| tidy(name.text()));
        let Some(account) = part.first(&paths.accounts)?.map(Node::text) else {
            return Ok(Party { name, ..Party::default() });
        };
        Ok(match cells::any_account(account) {
            Ok(account) => Party { name, account, odd: None },
            Err(_) => Party { name, account: String::new(), odd: Some(tidy(account)) },
        })
    }

    /// The other side of an entry. A reversal names the parties of what it reverses, so that its money comes from the
    /// creditor; some banks turn them round all the same, and then the account that is not ours tells.
    pub fn other(part: &Node, money_in: bool, reversal: bool, own: &Own) -> Result<Party, Fault> {
        let (debtor, creditor) = (Party::debtor(part)?, Party::creditor(part)?);
        let (other, ours) = if money_in == reversal { (creditor, debtor) } else { (debtor, creditor) };
        Ok(if other.account == own.account { ours } else { other })
    }
}

/// Where a party stands: since version 08 a name is one element deeper.
struct Paths {
    names: [&'static str; 2],
    accounts: [&'static str; 2],
}

const DEBTOR: Paths = Paths {
    names: ["RltdPties/Dbtr/Nm", "RltdPties/Dbtr/Pty/Nm"],
    accounts: ["RltdPties/DbtrAcct/Id/IBAN", "RltdPties/DbtrAcct/Id/Othr/Id"],
};
const CREDITOR: Paths = Paths {
    names: ["RltdPties/Cdtr/Nm", "RltdPties/Cdtr/Pty/Nm"],
    accounts: ["RltdPties/CdtrAcct/Id/IBAN", "RltdPties/CdtrAcct/Id/Othr/Id"],
};

/// As a cell of a CSV statement would be: one line of at most 500 characters.
pub fn tidy(text: &str) -> String {
    let blanked = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter });
    let words: String = blanked.take(cells::TEXT_MAX).collect();
    words.trim().to_owned()
}
