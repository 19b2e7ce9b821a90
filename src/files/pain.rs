//! pain.001: the payment file in ISO 20022, as banks take it beside CSV. Writes what [`PaymentRow`] holds and decides
//! nothing; it is never read back.

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use super::{PaymentRow, xml};
use crate::domain::money::Balance;
use crate::domain::time::Moment;

const NAMESPACE: &str = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09";
/// 联行号 in the list of clearing systems that ISO 20022 keeps.
const CLEARING_SYSTEM: &str = "CNAPS";
/// Characters of an id in the message.
const ID_MAX: usize = 35;

/// The whole file, with a `PmtInf` for each payer account. The batch no. is its message id, by which a bank knows a file
/// it was given twice.
pub fn write_pain001(batch_no: &str, made_at: Moment, rows: &[PaymentRow]) -> Vec<u8> {
    let mut file = File::begin();
    let root = BytesStart::new("Document").with_attributes([("xmlns", NAMESPACE)]);
    file.element(root, |file| {
        file.within("CstmrCdtTrfInitn", |file| {
            head(file, batch_no, made_at, rows);
            for (number, payments) in by_payer(rows).iter().enumerate() {
                group(file, &format!("{batch_no}-{}", number + 1), made_at, payments);
            }
        });
    });
    file.writer.into_inner()
}

/// Of a longer id the end is kept: there batches differ, at the beginning stands the agency.
fn id(text: &str) -> &str {
    let cut = text.char_indices().rev().nth(ID_MAX - 1).map_or(0, |(at, _)| at);
    &text[cut..]
}

/// The payments of each payer account, in the order of the file.
fn by_payer(rows: &[PaymentRow]) -> Vec<Vec<&PaymentRow>> {
    let mut groups: Vec<Vec<&PaymentRow>> = Vec::new();
    for row in rows {
        match groups.iter_mut().find(|group| group[0].payer_account == row.payer_account) {
            Some(group) => group.push(row),
            None => groups.push(vec![row]),
        }
    }
    groups
}

fn head(file: &mut File, batch_no: &str, made_at: Moment, rows: &[PaymentRow]) {
    file.within("GrpHdr", |file| {
        file.leaf("MsgId", id(batch_no));
        file.leaf("CreDtTm", &format!("{}+08:00", made_at.to_string().replace(' ', "T")));
        file.counted(rows.iter());
        let initiator = rows.first().map_or("", |row| row.payer_name.as_str());
        file.within("InitgPty", |file| file.leaf("Nm", initiator));
    });
}

fn group(file: &mut File, group_id: &str, made_at: Moment, payments: &[&PaymentRow]) {
    file.within("PmtInf", |file| {
        file.leaf("PmtInfId", id(group_id));
        file.leaf("PmtMtd", "TRF");
        file.counted(payments.iter().copied());
        let today = made_at.china_date().to_string();
        file.within("ReqdExctnDt", |file| file.leaf("Dt", &today));
        let payer = payments[0];
        file.within("Dbtr", |file| file.leaf("Nm", &payer.payer_name));
        file.account("DbtrAcct", &payer.payer_account);
        // Mandatory in the form, and known to the bank that is given the file: its own.
        file.agent("DbtrAgt", |file| file.within("Othr", |file| file.leaf("Id", "NOTPROVIDED")));
        for payment in payments {
            transfer(file, payment);
        }
    });
}

fn transfer(file: &mut File, payment: &PaymentRow) {
    file.within("CdtTrfTxInf", |file| {
        file.within("PmtId", |file| file.leaf("EndToEndId", payment.payment_ref.as_str()));
        file.within("Amt", |file| {
            let amount = BytesStart::new("InstdAmt").with_attributes([("Ccy", "CNY")]);
            file.element(amount, |file| file.text(&payment.amount.to_string()));
        });
        if let Some(bank_no) = &payment.payee_bank_no {
            file.agent("CdtrAgt", |file| member(file, bank_no));
        }
        file.within("Cdtr", |file| file.leaf("Nm", &payment.payee_name));
        file.account("CdtrAcct", &payment.payee_account);
        if !payment.remark.is_empty() {
            file.within("RmtInf", |file| file.leaf("Ustrd", &payment.remark));
        }
    });
}

fn member(file: &mut File, bank_no: &str) {
    file.within("ClrSysMmbId", |file| {
        file.within("ClrSysId", |file| file.leaf("Cd", CLEARING_SYSTEM));
        file.leaf("MmbId", bank_no);
    });
}

/// A file while it is written, element by element.
struct File {
    writer: Writer<Vec<u8>>,
}

impl File {
    fn begin() -> File {
        let mut file = File { writer: Writer::new_with_indent(Vec::new(), b' ', 2) };
        file.event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)));
        file
    }

    fn event(&mut self, event: Event<'_>) {
        self.writer.write_event(event).expect("memory takes every byte");
    }

    fn element(&mut self, start: BytesStart<'_>, inner: impl FnOnce(&mut File)) {
        let name = start.name().as_ref().to_owned();
        self.event(Event::Start(start));
        inner(self);
        self.event(Event::End(BytesEnd::new(name)));
    }

    fn within(&mut self, name: &str, inner: impl FnOnce(&mut File)) {
        self.element(BytesStart::new(name), inner);
    }

    fn leaf(&mut self, name: &str, text: &str) {
        self.within(name, |file| file.text(text));
    }

    /// Escaped; what XML cannot hold at all, such as a control character, becomes a blank.
    fn text(&mut self, text: &str) {
        let held = |letter: char| if xml::is_allowed(letter) && !letter.is_control() { letter } else { ' ' };
        let text: String = text.chars().map(held).collect();
        self.event(Event::Text(BytesText::new(&text)));
    }

    fn account(&mut self, name: &str, number: &str) {
        self.within(name, |file| {
            file.within("Id", |file| file.within("Othr", |file| file.leaf("Id", number)));
            file.leaf("Ccy", "CNY");
        });
    }

    fn agent(&mut self, name: &str, inner: impl FnOnce(&mut File)) {
        self.within(name, |file| file.within("FinInstnId", inner));
    }

    /// The bank refuses the file when it counts or sums otherwise.
    fn counted<'p>(&mut self, payments: impl Iterator<Item = &'p PaymentRow> + Clone) {
        self.leaf("NbOfTxs", &payments.clone().count().to_string());
        self.leaf("CtrlSum", &Balance(payments.map(|payment| payment.amount.get()).sum()).to_string());
    }
}

#[cfg(test)]
mod tests;
