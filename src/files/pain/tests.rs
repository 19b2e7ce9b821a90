use super::*;
use crate::domain::ids::{LetterNo, PaymentRef};
use crate::domain::money::Fen;
use crate::files::xml::{Step, Walk};

/// Synthetic: invented agencies, accounts of zeros.
fn payment(number: u32, payer_account: &str, fen: i64) -> PaymentRow {
    PaymentRow {
        payment_ref: PaymentRef::new(&format!("JX-{number}")).expect("a reference"),
        payer_name: "样例甲市医保中心".into(),
        payer_account: payer_account.into(),
        payee_name: "样例·乙市<\"医保\">&'中心'𬱖".into(),
        payee_account: "0000000000000000002".into(),
        payee_bank_no: (number == 1).then(|| "000000000001".into()),
        amount: Fen::new(fen).expect("an amount"),
        remark: format!("医保转移 L-{number}\u{7} JX-{number}"),
        letter_no: Some(LetterNo::new("L-1").expect("a letter no.")),
    }
}

fn written(rows: &[PaymentRow]) -> String {
    // 2026-01-05 20:30:00 UTC: in China it is the next day.
    let bytes = write_pain001("530800-P1", Moment(1_767_645_000_000_000), rows);
    String::from_utf8(bytes).expect("UTF-8")
}

/// The texts of all elements of this name.
fn texts<'t>(file: &'t str, name: &str) -> Vec<&'t str> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    file.split(&open).skip(1).map(|rest| rest.split(&close).next().unwrap_or(rest).trim()).collect()
}

#[test]
fn each_payer_account_is_one_group_with_its_own_count_and_sum() {
    let rows = [payment(1, "00000001", 123_456), payment(2, "00000009", 5), payment(3, "00000001", 100)];
    let file = written(&rows);
    assert_eq!(texts(&file, "NbOfTxs"), ["3", "2", "1"]);
    assert_eq!(texts(&file, "CtrlSum"), ["1235.61", "1235.56", "0.05"]);
    assert_eq!(texts(&file, "PmtInfId"), ["530800-P1-1", "530800-P1-2"]);
    assert_eq!(texts(&file, "EndToEndId"), ["JX-1", "JX-3", "JX-2"]);
    assert_eq!(texts(&file, "MmbId"), ["000000000001"]);
    assert_eq!(texts(&file, "CreDtTm"), ["2026-01-06T04:30:00+08:00"]);
    assert_eq!(file.matches("<Dt>2026-01-06</Dt>").count(), 2);
    assert!(file.contains("<InstdAmt Ccy=\"CNY\">1234.56</InstdAmt>"), "{file}");
}

#[test]
fn an_id_that_is_too_long_keeps_the_end_that_tells_it_from_others() {
    let batch_no = "A1234567890123456789-P1767645000000000";
    let bytes = write_pain001(batch_no, Moment(0), &[payment(1, "00000001", 1)]);
    let file = String::from_utf8(bytes).expect("UTF-8");
    assert_eq!(texts(&file, "MsgId"), ["34567890123456789-P1767645000000000"]);
    assert_eq!(texts(&file, "PmtInfId"), ["567890123456789-P1767645000000000-1"]);
}

#[test]
fn rare_characters_survive_and_none_of_them_is_markup() {
    let file = written(&[payment(1, "00000001", 1)]);
    assert!(file.contains("<Nm>样例·乙市&lt;&quot;医保&quot;&gt;&amp;&apos;中心&apos;𬱖</Nm>"), "{file}");
    assert_eq!(texts(&file, "Ustrd"), ["医保转移 L-1  JX-1"], "a control character is a blank");
    let mut walk = Walk::new(&file);
    let mut read = String::new();
    loop {
        match walk.step().expect("well-formed") {
            Step::Text(text) => read.push_str(&text),
            Step::Open(_) | Step::Close => {}
            Step::End => break,
        }
    }
    assert!(read.contains("样例·乙市<\"医保\">&'中心'𬱖"));
    assert_eq!(walk.namespace(), NAMESPACE);
}

#[test]
fn the_elements_stand_in_the_order_of_the_schema() {
    let file = written(&[payment(1, "00000001", 1)]);
    let names: Vec<&str> = file
        .split('<')
        .filter(|part| !part.starts_with(['/', '?']))
        .filter_map(|part| part.split(['>', ' ']).next())
        .filter(|name| !name.is_empty())
        .collect();
    let head = "Document CstmrCdtTrfInitn GrpHdr MsgId CreDtTm NbOfTxs CtrlSum InitgPty Nm";
    let group = "PmtInf PmtInfId PmtMtd NbOfTxs CtrlSum ReqdExctnDt Dt Dbtr Nm DbtrAcct Id Othr Id Ccy DbtrAgt \
                 FinInstnId Othr Id";
    let transfer = "CdtTrfTxInf PmtId EndToEndId Amt InstdAmt CdtrAgt FinInstnId ClrSysMmbId ClrSysId Cd MmbId Cdtr Nm \
                    CdtrAcct Id Othr Id Ccy RmtInf Ustrd";
    assert_eq!(names.join(" "), format!("{head} {group} {transfer}"));
}
