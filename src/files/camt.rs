//! camt.053 and camt.054: a bank's statement or notification in ISO 20022, to the same lines as a CSV statement. Taken
//! as a whole or not at all: a statement of which a part is wrong says nothing certain about the rest.

mod details;
mod entry;
mod parties;
mod totals;
mod values;

use std::collections::HashSet;

use super::xml::{self, Fault, Node, Opened, Place, Step, Walk, XmlFault};
use super::{FileError, Import, ROWS_MAX};
use crate::domain::event::StatementLine;
use crate::domain::ids::BankTxnNo;
use entry::Entry;
use parties::Own;
use totals::Totals;

/// Every root and body that is read, with what one statement is called in it.
const KINDS: &[(&str, &str, &str)] = &[
    ("urn:iso:std:iso:20022:tech:xsd:camt.053.001.", "BkToCstmrStmt", "Stmt"),
    ("urn:iso:std:iso:20022:tech:xsd:camt.054.001.", "BkToCstmrDbtCdtNtfctn", "Ntfctn"),
];
/// Versions whose parts that are read have not changed their meaning.
const VERSIONS: std::ops::RangeInclusive<u32> = 2..=10;

pub(super) fn read_camt(bytes: &[u8]) -> Result<Import<StatementLine>, FileError> {
    let (text, encoding) = xml::decode(bytes)?;
    let refused = |Fault { at, why }| FileError::Xml { place: Place::of(&text, at), why };
    if let Some((at, _)) = text.char_indices().find(|(_, letter)| !xml::is_allowed(*letter)) {
        return Err(refused(Fault { at, why: XmlFault::Malformed }));
    }
    let mut found = Found::default();
    document(&mut Walk::new(&text), &mut found).map_err(refused)?;
    if found.rows.len() > ROWS_MAX {
        return Err(FileError::TooManyRows { limit: ROWS_MAX });
    }
    let Found { rows, skipped, .. } = found;
    Ok(Import { rows, skipped, errors: Vec::new(), errors_left_out: 0, encoding, columns_left_out: Vec::new() })
}

/// What was read so far, of all statements of the file.
#[derive(Default)]
struct Found {
    rows: Vec<(u64, StatementLine)>,
    /// Lines of entries that the bank has not booked.
    skipped: Vec<u64>,
    statements: usize,
}

fn document(walk: &mut Walk<'_>, found: &mut Found) -> Result<(), Fault> {
    let Step::Open(root) = walk.step()? else { return Err(Fault { at: walk.position(), why: XmlFault::Malformed }) };
    let kind = KINDS.iter().find(|(namespace, ..)| is_version(walk.namespace(), namespace));
    let Some((_, body, statement)) = kind.filter(|_| root.word == Some("Document")) else {
        return Err(Fault { at: root.at, why: XmlFault::Kind });
    };
    while let Some(opened) = next_child(walk)? {
        if opened.word != Some(body) {
            walk.skip()?;
            continue;
        }
        while let Some(opened) = next_child(walk)? {
            if opened.word == Some(statement) {
                Statement::read(walk, opened.at, found)?;
            } else {
                walk.skip()?;
            }
        }
    }
    if found.statements == 0 {
        return Err(Fault { at: root.at, why: XmlFault::Missing { what: statement } });
    }
    // What follows the root is read too: a file that goes on is none.
    while !matches!(walk.step()?, Step::End) {}
    Ok(())
}

fn is_version(namespace: &str, prefix: &str) -> bool {
    let version = namespace.strip_prefix(prefix).filter(|version| version.len() == 2);
    version.and_then(|version| version.parse().ok()).is_some_and(|version| VERSIONS.contains(&version))
}

/// The next element inside the one that is open; `None` when that one closes.
fn next_child(walk: &mut Walk<'_>) -> Result<Option<Opened>, Fault> {
    loop {
        match walk.step()? {
            Step::Open(opened) => return Ok(Some(opened)),
            Step::Text(_) => {}
            Step::Close | Step::End => return Ok(None),
        }
    }
}

/// One statement of one account.
struct Statement<'f> {
    at: usize,
    own: Option<Own>,
    totals: Totals,
    /// A reference stands for one booking: a second one could only be dropped or booked by a guess.
    references: HashSet<BankTxnNo>,
    found: &'f mut Found,
}

impl Statement<'_> {
    fn read(walk: &mut Walk<'_>, at: usize, found: &mut Found) -> Result<(), Fault> {
        found.statements += 1;
        let mut statement = Statement { at, own: None, totals: Totals::default(), references: HashSet::new(), found };
        while let Some(opened) = next_child(walk)? {
            match opened.word {
                Some("Acct" | "Bal" | "TxsSummry" | "Ntry") => statement.part(Node::read(walk, opened)?)?,
                _ => walk.skip()?,
            }
        }
        statement.own(at)?;
        statement.totals.check()
    }

    fn part(&mut self, node: Node) -> Result<(), Fault> {
        match node.name {
            "Acct" if self.own.is_some() => return Err(node.fault(XmlFault::Twice)),
            "Acct" => self.own = Some(Own::of(&node)?),
            "Bal" => self.totals.balance(&node)?,
            "TxsSummry" => self.totals.summary(node)?,
            _ => self.entry(&node)?,
        }
        Ok(())
    }

    fn own(&self, at: usize) -> Result<&Own, Fault> {
        self.own.as_ref().ok_or(Fault { at, why: XmlFault::Missing { what: "Acct" } })
    }

    fn entry(&mut self, node: &Node) -> Result<(), Fault> {
        let entry = Entry::of(node)?;
        self.totals.count(&entry);
        if !entry.booked {
            self.found.skipped.push(node.line);
            return Ok(());
        }
        let lines = entry.lines(self.own(self.at)?)?;
        for (part, line) in lines {
            if !self.references.insert(line.bank_txn_no.clone()) {
                return Err(part.fault(XmlFault::ReferenceTwice));
            }
            self.found.rows.push((part.line, line));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
