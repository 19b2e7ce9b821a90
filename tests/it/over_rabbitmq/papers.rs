//! The files that people carry to an agency, as spreadsheets and banks write them.

use jiexu::domain::event::{Application, PeriodsEntry, RegisterEntry, StatementLine};
use jiexu::domain::forms::Nature;
use jiexu::domain::money::Balance;
use jiexu::domain::payout::OwnAccount;
use jiexu::files::CsvWriter;

fn yes_or_no(truth: bool) -> &'static str {
    if truth { "yes" } else { "no" }
}

pub fn people(entry: &RegisterEntry) -> Vec<u8> {
    let person = &entry.person;
    let mut file = CsvWriter::new(&[
        "person_no",
        "name",
        "document_type",
        "document_no",
        "insurance",
        "account_scheme",
        "status",
        "status_on",
        "arrears",
        "open_claims",
        "balance",
    ]);
    file.text(person.person_no.as_str())
        .text(person.name.as_str())
        .text("resident_id")
        .text(person.document.number())
        .number(person.insurance.code())
        .text(if person.scheme.is_some() { "combined" } else { "" })
        .text(person.status.word())
        .number(person.status_on)
        .text(yes_or_no(person.arrears))
        .text(yes_or_no(person.open_claims))
        .number(entry.balance);
    file.end_row();
    file.finish()
}

pub fn periods(entry: &PeriodsEntry) -> Vec<u8> {
    let headings = ["person_no", "from", "to", "insurance", "nature", "months", "agency"];
    let mut file = CsvWriter::new(&headings);
    for period in &entry.periods {
        assert_eq!(period.nature, Nature::Actual, "stories know no other months");
        file.text(entry.person_no.as_str())
            .number(period.from)
            .number(period.to)
            .number(period.insurance.code())
            .text("actual")
            .number(period.months)
            .text(&period.agency);
        file.end_row();
    }
    file.finish()
}

pub fn applications(form: &Application) -> Vec<u8> {
    let mut file = CsvWriter::new(&[
        "application_no",
        "applied_on",
        "channel",
        "document_type",
        "document_no",
        "name",
        "outgoing",
        "insurance_out",
        "insurance_in",
        "incoming",
    ]);
    file.text(form.application_no.as_str())
        .number(form.applied_on)
        .text(&form.channel)
        .text("resident_id")
        .text(form.document.number())
        .text(form.name.as_str())
        .text(form.outgoing.as_str())
        .number(form.insurance_out.code())
        .number(form.insurance_in.code())
        .text(form.incoming.as_ref().map_or("", |code| code.as_str()));
    file.end_row();
    file.finish()
}

pub fn statement(lines: &[StatementLine]) -> Vec<u8> {
    let mut file = CsvWriter::new(&[
        "bank_txn_no",
        "booked_on",
        "payer_name",
        "payer_account",
        "payee_account",
        "amount",
        "remark",
        "payment_ref",
        "status",
    ]);
    for line in lines {
        file.text(line.bank_txn_no.as_str())
            .number(line.booked_on)
            .text(&line.payer_name)
            .text(&line.payer_account)
            .text(&line.payee_account)
            .number(line.amount)
            .text(&line.remark)
            .text(line.payment_ref.as_ref().map_or("", |number| number.as_str()))
            .text(if line.refused { "refused" } else { "booked" });
        file.end_row();
    }
    file.finish()
}

/// The one line that `--account` reads.
pub fn account(account: &OwnAccount) -> Vec<u8> {
    format!("{},{},{}\n", account.0.name, account.0.number, account.0.bank).into_bytes()
}

/// Whether the reader of people files takes such a row. A balance without an account is what a register that was carried
/// over has, and no file brings in.
pub fn is_for_files(entry: &RegisterEntry) -> bool {
    entry.person.insurance.is_employee() || entry.balance == Balance(0)
}
