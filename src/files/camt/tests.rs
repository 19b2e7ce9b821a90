//! Synthetic statements only: invented agencies, accounts of zeros.

use super::*;
use crate::domain::ids::PaymentRef;
use crate::domain::money::Balance;
use crate::files::read_statement;

const STATEMENT: &str = include_str!("tests/statement.xml");
const BATCH: &str = include_str!("tests/batch.xml");

/// Reads the text with each of these replacements made; every one must be found.
fn read(text: &str, changes: &[(&str, &str)]) -> Result<Import<StatementLine>, FileError> {
    let changed = changes.iter().fold(text.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from} is not in the file");
        text.replacen(from, to, 1)
    });
    read_statement(changed.as_bytes())
}

fn lines(import: Import<StatementLine>) -> Vec<StatementLine> {
    import.rows.into_iter().map(|(_, line)| line).collect()
}

/// What tells a line: reference, fen, payer and payee.
fn brief(line: &StatementLine) -> (&str, i64, &str, &str) {
    (line.bank_txn_no.as_str(), line.amount.0, &line.payer_account, &line.payee_account)
}

#[test]
fn a_statement_gives_the_lines_that_its_csv_gives() {
    let csv = "bank_txn_no,booked_on,payer_name,payer_account,payee_account,amount,remark,payment_ref\n\
               T1,2026-01-05,样例甲市·医保中心𬱖,0000000000000001,0000000000000002,1234.56,JX-1 医保 & 转移,JX-1\n\
               T2,2026-01-05,样例乙市医保中心,0000000000000002,x,-0.01,手续费,\n";
    let csv = read_statement(csv.as_bytes()).expect("a CSV");
    let import = read(STATEMENT, &[]).expect("a statement");
    assert_eq!((import.encoding, import.skipped.as_slice()), ("UTF-8", &[49_u64][..]), "T3 is not booked yet");
    assert_eq!(import.rows.iter().map(|row| row.0).collect::<Vec<_>>(), [32, 43], "where each begins");
    let mut expected = lines(csv);
    // A CSV needs a payee even for charges; an entry need not name one.
    expected[1].payee_account.clear();
    assert_eq!(lines(import), expected);
}

#[test]
fn the_same_statement_has_the_same_keys_in_every_encoding_and_version() {
    let keys = |import: Import<StatementLine>| lines(import).iter().map(StatementLine::key).collect::<Vec<_>>();
    let expected = keys(read(STATEMENT, &[]).expect("a statement"));
    for label in ["GB18030", "gbk", "GB2312"] {
        let declared = STATEMENT.replacen("UTF-8", label, 1);
        let (bytes, _, lost) = encoding_rs::GB18030.encode(&declared);
        assert!(!lost);
        let import = read_statement(&bytes).expect(label);
        assert_eq!(import.encoding, "GB18030");
        assert_eq!(import.rows[0].1.payer_name, "样例甲市·医保中心𬱖");
        assert_eq!(keys(import), expected, "{label}");
    }
    let marked = format!("\u{FEFF}\r\n {STATEMENT}");
    assert_eq!(keys(read_statement(marked.as_bytes()).expect("with a byte order mark")), expected);
    for version in ["03", "06", "10"] {
        let import = read(STATEMENT, &[("camt.053.001.02", &format!("camt.053.001.{version}"))]);
        assert_eq!(keys(import.expect(version)), expected);
    }
}

#[test]
fn a_batch_gives_a_line_for_each_detail_with_a_reference_of_its_own() {
    let import = read(BATCH, &[]).expect("a notification");
    let rows = lines(import);
    let ours = "0000000000000002";
    let briefs: Vec<_> = rows.iter().map(brief).collect();
    assert_eq!(briefs, [("B1", 7000, "", ours), ("B1-own", 2999, "", ours), ("B1-2", 1, "", ours)]);
    assert_eq!(
        (rows[0].payer_name.as_str(), &rows[0].payment_ref),
        ("样例甲市医保中心", &PaymentRef::new("JX-1").ok())
    );
    assert_eq!((rows[1].remark.as_str(), &rows[1].payment_ref), ("", &None), "NOTPROVIDED is no reference");
    assert_eq!((rows[2].remark.as_str(), &rows[2].payment_ref), ("零头 无 参考", &None));
    // A batch that the bank does not open up is one line.
    let details = BATCH.find("<c:TxDtls>").expect("details")..BATCH.rfind("</c:TxDtls>").expect("details") + 11;
    let closed = BATCH.replace(&BATCH[details], "");
    assert_eq!(
        lines(read(&closed, &[]).expect("a sum")).iter().map(brief).collect::<Vec<_>>(),
        [("B1", 10_000, "", ours)]
    );
}

#[test]
fn a_reversal_goes_the_way_its_indicator_says_and_names_the_other_side() {
    let reversal = |change| {
        let import = read(STATEMENT, &[("<Sts>BOOK", "<RvslInd>true</RvslInd><Sts>BOOK"), change]);
        lines(import.expect("a statement"))
    };
    let (theirs, ours) = ("0000000000000001", "0000000000000002");
    // Parties turned round by the bank, and parties of the payment that comes back: the same line.
    assert_eq!(brief(&reversal(("<Id>S-1", "<Id>S-2"))[0]), ("T1", 123_456, theirs, ours));
    let original = STATEMENT
        .replace("0000 0000 0000 0001", "x")
        .replace("<CdtrAcct><Id><Othr><Id>0000000000000002", "<CdtrAcct><Id><Othr><Id>0000000000000001");
    let original =
        original.replace("<Id>x</Id>", "<Id>0000000000000002</Id>").replacen("<Sts>", "<RvslInd>1</RvslInd><Sts>", 1);
    assert_eq!(brief(&lines(read(&original, &[]).expect("a statement"))[0]), ("T1", 123_456, theirs, ours));
}

#[test]
fn what_a_bank_writes_carelessly_costs_no_line() {
    let import = read(
        STATEMENT,
        &[
            ("0000 0000 0000 0001", "账号：１"),
            ("<EndToEndId>JX-1", "<EndToEndId>JX 1"),
            ("<BookgDt><DtTm>2026-01-05T09:30:00<", "<BookgDt><DtTm>2026-01-04T20:00:00.5Z<"),
            ("<Ccy>CNY", "<Unknown><Amt>x</Amt></Unknown><Ccy>CNY"),
            ("<GrpHdr>", "<?bank x?><GrpHdr>"),
            ("医保 &amp; 转移", "<![CDATA[医保 <]]>&#x26;\n转移"),
        ],
    );
    let rows = lines(import.expect("a statement"));
    assert_eq!((rows[0].payer_account.as_str(), &rows[0].payment_ref), ("", &None));
    assert_eq!(rows[0].remark, "JX-1 医保 <& 转移 JX 1 账号：１");
    assert_eq!(rows[1].booked_on.to_string(), "2026-01-05", "the day in China");
}

/// A code, and a change of [`STATEMENT`] that must be refused with it.
const REFUSED: &[(&str, &str, &str)] = &[
    ("xml_malformed", "</Stmt>", "</Stmt2>"),
    ("xml_malformed", "</Document>", ""),
    ("xml_malformed", "</Document>", "</Document><Document/>"),
    ("xml_malformed", "</Document>", "</Document>x"),
    ("xml_malformed", "<Id>S-1", "<Id x='1' x='2'>S-1"),
    ("xml_malformed", "<Id>S-1", "<y:Id>S-1"),
    ("xml_malformed", "<Id>S-1", "<Id>S & 1"),
    ("xml_malformed", "<Id>S-1", "<Id>S\u{1}1"),
    ("xml_malformed", "<Id>S-1", "<Id>S&#0;1"),
    ("xml_malformed", "&amp;", "&#20;"),
    ("xml_doctype", "<Document", "<!DOCTYPE Document><Document"),
    ("xml_doctype", "<Document", "<!DOCTYPE d [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><Document"),
    ("xml_entity", "<Id>S-1", "<Id>&a;"),
    ("xml_entity", "<Id>S-1", "<Id x='&a;'>S-1"),
    ("xml_encoding_unknown", "UTF-8", "Shift_JIS"),
    ("camt_kind", "camt.053.001.02", "camt.052.001.02"),
    ("camt_kind", "camt.053.001.02", "camt.053.001.01"),
    ("camt_kind", "camt.053.001.02", "camt.053.001.11"),
    ("camt_kind", " xmlns=\"urn:iso:std:iso:20022:tech:xsd:camt.053.001.02\"", ""),
    ("camt_missing", "camt.053.001.02", "camt.054.001.02"),
    ("camt_missing", "<Othr><Id>0000000000000002</Id></Othr>", ""),
    ("camt_missing", "<Amt Ccy=\"CNY\">1234.56</Amt>", ""),
    ("camt_missing", "<Amt Ccy=\"CNY\">1234.56", "<Amt>1234.56"),
    ("camt_missing", "<CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK", "<Sts>BOOK"),
    ("camt_missing", "<Sts>BOOK</Sts>", ""),
    ("camt_missing", "<BookgDt><Dt>2026-01-05</Dt></BookgDt>", ""),
    ("camt_missing", "<AcctSvcrRef>T1</AcctSvcrRef>", "<AcctSvcrRef/>"),
    ("camt_twice", "<AcctSvcrRef>T1", "<AcctSvcrRef>T0</AcctSvcrRef><AcctSvcrRef>T1"),
    ("camt_currency", "<Amt Ccy=\"CNY\">1234.56", "<Amt Ccy=\"USD\">1234.56"),
    ("camt_currency", "<Amt Ccy=\"CNY\">1000.00", "<Amt Ccy=\"HKD\">1000.00"),
    ("camt_amount", ">1234.56<", ">1234.560<"),
    ("camt_amount", ">1234.56<", ">-1234.56<"),
    ("camt_amount", ">1234.56<", ">1,234.56<"),
    ("camt_amount_too_large", ">1234.56<", ">123456789012345678901234.56<"),
    ("camt_count", "<NbOfNtries>3", "<NbOfNtries>three"),
    ("camt_date", "<BookgDt><Dt>2026-01-05", "<BookgDt><Dt>2026-02-30"),
    ("camt_date", "<BookgDt><Dt>2026-01-05", "<BookgDt><Dt>20260105"),
    ("camt_date", "<DtTm>2026-01-05T09:30:00", "<DtTm>2026-01-05T25:30:00"),
    ("camt_word", "CRDT</CdtDbtInd><Sts>BOOK", "CREDIT</CdtDbtInd><Sts>BOOK"),
    ("camt_word", "<Sts>BOOK", "<Sts>DONE"),
    ("camt_word", "<Sts>BOOK", "<RvslInd>yes</RvslInd><Sts>BOOK"),
    ("camt_account", "<Id>0000000000000002", "<Id>账户二"),
    ("camt_reference", "<AcctSvcrRef>T1", "<AcctSvcrRef>T 1"),
    ("camt_reference", "<AcctSvcrRef>T1", "<AcctSvcrRef>T00000000000000000000000000000000001"),
    ("camt_reference_twice", "<AcctSvcrRef>T2", "<AcctSvcrRef>T1"),
    ("camt_totals", "<NbOfNtries>3", "<NbOfNtries>4"),
    ("camt_totals", "<Sum>1304.57", "<Sum>1304.58"),
    (
        "camt_totals",
        "<TtlNetNtryAmt>1304.55</TtlNetNtryAmt><CdtDbtInd>CRDT",
        "<TtlNetNtryAmt>1304.55</TtlNetNtryAmt><CdtDbtInd>DBIT",
    ),
    ("camt_totals", "<NbOfNtries>2", "<NbOfNtries>3"),
    ("camt_totals", "<Sum>0.01", "<Sum>0.02"),
    ("camt_balance", ">2234.55<", ">2304.55<"),
];

/// The same for [`BATCH`].
const BATCH_REFUSED: &[(&str, &str, &str)] = &[
    ("camt_batch", ">29.99<", ">29.98<"),
    ("camt_batch", "<c:NbOfTxs>3", "<c:NbOfTxs>4"),
    ("camt_batch", "<c:TtlAmt Ccy=\"CNY\">100.00", "<c:TtlAmt Ccy=\"CNY\">99.00"),
    ("camt_missing", "<c:Amt Ccy=\"CNY\">70.00</c:Amt>", ""),
    ("camt_missing", "<c:AcctSvcrRef>B1</c:AcctSvcrRef>", ""),
    ("camt_currency", "<c:Amt Ccy=\"CNY\">29.99", "<c:Amt Ccy=\"USD\">29.99"),
    ("camt_reference_twice", "B1-own", "B1-2"),
];

#[test]
fn what_cannot_be_believed_is_refused_as_a_whole_by_a_stable_code() {
    let tables = [(STATEMENT, REFUSED), (BATCH, BATCH_REFUSED)];
    for (text, (code, from, to)) in tables.iter().flat_map(|(text, rows)| rows.iter().map(move |row| (text, row))) {
        let error = read(text, &[(from, to)]).expect_err(to);
        assert_eq!(error.code(), *code, "{to}: {error}");
        let told = format!("{error} {}", error.chinese());
        assert!(!error.chinese().is_ascii() && error.to_string().starts_with("line "), "{told}");
        for secret in ["样例", "0000", "账户二", "医保", "passwd"] {
            assert!(!told.contains(secret), "{secret} in {told}");
        }
    }
}

#[test]
fn a_refusal_names_line_column_and_the_way_to_the_element() {
    let error = read(STATEMENT, &[(">0.01</Amt>", ">0.001</Amt>")]).expect_err("three decimals");
    assert_eq!(
        error.to_string(),
        "line 44, column 9 Document/BkToCstmrStmt/Stmt/Ntry[2]/Amt: an amount is written with at most two decimals \
         and never with a sign, such as 1234.50"
    );
    assert!(error.chinese().starts_with("第44行第9列 Document/BkToCstmrStmt/Stmt/Ntry[2]/Amt：金额"));
    let error = read(STATEMENT, &[(">2234.55<", ">2304.55<")]).expect_err("the pending entry is in no balance");
    assert!(error.chinese().ends_with("余额不符：期初余额加分录为2234.55，文件所列期末余额为2304.55"), "{error}");
}

#[test]
fn bytes_of_another_encoding_than_declared_are_named_by_line() {
    let (gb, ..) = encoding_rs::GB18030.encode(STATEMENT);
    let error = read_statement(&gb).expect_err("declared as UTF-8");
    assert_eq!((error.code(), error.to_string().starts_with("line 10:")), ("xml_encoding", true), "{error}");
    let declared = STATEMENT.replacen("UTF-8", "GBK", 1);
    let broken = [&declared.as_bytes()[..200], b"\xFF\xFF"].concat();
    let error = read_statement(&broken).expect_err("no GBK");
    assert!(error.code() == "xml_encoding" && error.to_string().starts_with("line 4:"), "{error}");
}

#[test]
fn depth_and_size_are_bounded() {
    let deep = |levels| format!("<Id>{}{}S-1", "<a>".repeat(levels), "</a>".repeat(levels));
    assert!(read(STATEMENT, &[("<Id>S-1", &deep(20))]).is_ok());
    for levels in [30, 100_000] {
        let error = read(STATEMENT, &[("<Id>S-1", &deep(levels))]).expect_err("too deep");
        assert_eq!(error.code(), "xml_too_deep");
    }
    let many = "<AddtlNtryInf/>".repeat(1_000_001);
    let error = read(STATEMENT, &[("<AddtlNtryInf>", &format!("{many}<AddtlNtryInf>"))]).expect_err("too many");
    assert_eq!(error.code(), "xml_too_large");
}

#[test]
fn damage_anywhere_never_stops_the_reader_and_never_changes_an_amount() {
    use rand::{RngExt, SeedableRng};
    let good: Vec<Balance> = lines(read(STATEMENT, &[]).expect("a statement")).iter().map(|line| line.amount).collect();
    for length in (0..STATEMENT.len()).step_by(7) {
        assert!(read_statement(&STATEMENT.as_bytes()[..length]).is_err() || length + 1 == STATEMENT.len(), "{length}");
    }
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(20);
    let spoilers = b"<>&/\"' 0;!\xE6\xFF";
    for _ in 0..2_000 {
        let mut bytes = STATEMENT.as_bytes().to_vec();
        let at = random.random_range(0..bytes.len());
        bytes[at] = spoilers[random.random_range(0..spoilers.len())];
        if let Ok(import) = read_statement(&bytes) {
            let amounts: Vec<Balance> = lines(import).iter().map(|line| line.amount).collect();
            assert_eq!(amounts, good, "byte {at}: totals and balances hold the amounts");
        }
    }
}
