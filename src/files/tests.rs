//! Synthetic people only: address part 000000, invented agencies.

use super::*;
use crate::domain::event::RegisterEntry;
use crate::domain::forms::{AccountScheme, Insurance, Nature, Sex};
use crate::domain::ids::{LetterNo, PaymentRef};
use crate::domain::money::{Balance, Fen};
use crate::domain::person::DocumentType;
use crate::domain::register::RelationStatus;

const PEOPLE: &str = "person_no,name,document_type,document_no,sex,birth_date,insurance,account_scheme,status,status_on,\
                      arrears,open_claims,balance,employer,phone\n";

/// Address 000000: belongs to nobody.
const ID: &str = "000000199001010018";

fn person(number: u32) -> String {
    format!("P{number},测试𬱖,居民身份证,{ID},,,310,1,停保,2026-01-31,否,否,1234.56,=样例单位,'010-00000000\n")
}

fn codes<T>(import: &Import<T>) -> Vec<(u64, Option<&str>, &str)> {
    import.errors.iter().map(|error| (error.line, error.column.as_deref(), error.code)).collect()
}

#[test]
fn a_person_is_read_with_everything_the_number_tells() {
    let import = read_people(format!("{PEOPLE}{}", person(1)).as_bytes()).expect("a people file");
    assert_eq!((import.errors.len(), import.encoding, import.rows.len()), (0, "UTF-8", 1));
    let (line, RegisterEntry { person, balance }) = &import.rows[0];
    assert_eq!((*line, *balance, person.person_no.as_str()), (2, Balance(123_456), "P1"));
    assert_eq!((person.name.as_str(), person.document.number()), ("测试𬱖", ID));
    assert_eq!(person.document.kind(), DocumentType::ResidentId);
    assert_eq!((person.sex, person.birth_date), (Some(Sex::Male), "1990-01-01".parse().ok()));
    assert_eq!((person.insurance, person.scheme), (Insurance::Employee, Some(AccountScheme::Combined)));
    assert_eq!((person.status, person.status_on), (RelationStatus::Stopped, "2026-01-31".parse().expect("a date")));
    assert!(!person.arrears && !person.open_claims && person.has_account());
    assert_eq!(person.employer.as_deref(), Some("=样例单位"), "kept as text");
    assert_eq!(person.phone.as_deref(), Some("010-00000000"));
}

#[test]
fn chinese_headings_gb18030_and_any_order_give_the_same_person() {
    let chinese = format!(
        "*姓名,个人编号,证件号码,证件类型,备用,险种,统账类别,参保状态,状态日期,欠费,未结算,个人账户余额（元）,单位,电话\r\n\
         测试𬱖,P1,\t{ID},身份证,x,职工,统账结合,停保,20260131,,无,1234.56,=样例单位,010-00000000\r\n"
    );
    let expected = read_people(format!("{PEOPLE}{}", person(1)).as_bytes()).expect("a people file").rows;
    let (gb, _, lost) = encoding_rs::GB18030.encode(&chinese);
    assert!(!lost);
    let import = read_people(&gb).expect("GB18030");
    assert_eq!((import.encoding, &import.rows), ("GB18030", &expected));
    assert_eq!(import.columns_left_out, ["备用"]);
    let import = read_people(format!("\u{FEFF}{chinese}").as_bytes()).expect("with a byte order mark");
    assert_eq!((import.encoding, import.rows), ("UTF-8", expected));
}

#[test]
fn every_end_of_line_gives_the_same_rows() {
    let lines =
        [PEOPLE.trim_end(), person(1).trim_end(), person(2).trim_end(), person(3).trim_end()].map(str::to_owned);
    for ends in [["\n"; 4], ["\r"; 4], ["\r\n"; 4], ["\r\n", "\r", "\n", ""]] {
        let text: String = lines.iter().zip(ends).map(|(line, end)| format!("{line}{end}")).collect();
        let import = read_people(text.as_bytes()).expect("a people file");
        assert_eq!(import.rows.iter().map(|row| row.0).collect::<Vec<_>>(), [2, 3, 4], "{ends:?}");
    }
}

#[test]
fn bad_rows_are_named_and_good_rows_are_kept() {
    let bad = [
        (
            "P10,测试,居民身份证,000000199001010016,,,310,1,停保,2026-01-31,,,1.00,,",
            "document_no",
            "document_check_character",
        ),
        (
            "P11,测试,居民身份证,000000900101001,,,310,1,停保,2026-01-31,,,1.00,,",
            "document_no",
            "document_fifteen_digits",
        ),
        ("P12,测试,居民身份证,１,,,310,1,停保,2026-01-31,,,1.00,,", "document_no", "document_full_width"),
        ("P13,测试,居民身份证,1.10105E+17,,,310,1,停保,2026-01-31,,,1.00,,", "document_no", "number_shortened"),
        ("P14,测,居民身份证,000000199001010018,,,310,1,停保,2026-01-31,,,1.00,,", "name", "name_length"),
        ("P15,测试,1,000000199001010018,,,310,1,停保,2026-01-31,,,1.00,,", "document_type", "document_type_word"),
        ("P16,测试,身份证,000000199001010018,女,,310,1,停保,2026-01-31,,,1.00,,", "sex", "sex_differs"),
        (
            "P17,测试,身份证,000000199001010018,,19900102,310,1,停保,2026-01-31,,,1.00,,",
            "birth_date",
            "birth_date_differs",
        ),
        ("P18,测试,身份证,000000199001010018,,,380,1,停保,2026-01-31,,,1.00,,", "insurance", "insurance_historic"),
        ("P19,测试,身份证,000000199001010018,,,310,,停保,2026-01-31,,,1.00,,", "account_scheme", "scheme_missing"),
        ("P20,测试,身份证,000000199001010018,,,310,1,停,2026-01-31,,,1.00,,", "status", "status_word"),
        ("P21,测试,身份证,000000199001010018,,,310,1,停保,2026/1/2,,,1.00,,", "status_on", "date_form"),
        ("P22,测试,身份证,000000199001010018,,,310,1,停保,2026-02-30,,,1.00,,", "status_on", "date_impossible"),
        ("P23,测试,身份证,000000199001010018,,,310,1,停保,46000,,,1.00,,", "status_on", "date_form"),
        ("P24,测试,身份证,000000199001010018,,,310,1,停保,2026-01-31,,,￥1.00,,", "balance", "amount_form"),
        ("P25,测试,身份证,000000199001010018,,,310,1,停保,2026-01-31,,,\"1,000.00\",,", "balance", "amount_form"),
        ("P26,测试,身份证,000000199001010018,,,310,1,停保,2026-01-31,,,,,", "balance", "balance_missing"),
        ("P27,测试,身份证,000000199001010018,,,390,,停保,2026-01-31,,,5,,", "balance", "balance_without_account"),
        ("P28,测试,身份证,000000199001010018,,,310,1,停保,2026-01-31,也许,,1.00,,", "arrears", "flag_word"),
        (",测试,身份证,000000199001010018,,,310,1,停保,2026-01-31,,,1.00,,", "person_no", "missing"),
        ("P29 x,测试,身份证,000000199001010018,,,310,1,停保,2026-01-31,,,1.00,,", "person_no", "id_form"),
        ("P0,测试,身份证,000000199001010018,,,310,1,停保,2026-01-31,,,1.00,,", "person_no", "row_twice"),
    ];
    let mut text = format!("{PEOPLE}{}", person(0));
    for (row, ..) in &bad {
        text.push_str(&format!("{row}\n{}", person(text.len() as u32 + 1000)));
    }
    let import = read_people(text.as_bytes()).expect("a people file");
    let expected: Vec<_> =
        bad.iter().enumerate().map(|(at, (_, column, code))| (at as u64 * 2 + 3, Some(*column), *code)).collect();
    assert_eq!(codes(&import), expected);
    assert_eq!(import.rows.len(), bad.len() + 1, "every good row is kept");
}

#[test]
fn one_row_tells_all_its_errors_and_none_of_its_values() {
    let row = "秘密Secret1,秘,秘密Secret2,秘密Secret3,秘密Secret4,秘密Secret5,秘密Secret6,秘密Secret7,秘密Secret8,\
               秘密Secret9,秘密SecretA,秘密SecretB,秘密SecretC,ok,秘密SecretD\n";
    let import = read_people(format!("{PEOPLE}{row}").as_bytes()).expect("a people file");
    assert_eq!(import.errors.len(), 13, "{:?}", codes(&import));
    for error in &import.errors {
        let json = serde_json::to_string(error).expect("json");
        assert!(!json.contains("Secret") && !json.contains("秘密"), "{json}");
        assert!(!error.chinese.is_ascii() && error.english.is_ascii(), "{json}");
    }
}

#[test]
fn rows_of_another_shape_cost_themselves_only() {
    let text = format!(
        "\n{PEOPLE}{}P2,测试\n{}P4,\"测试\n{}P6,a\"b,c\n\n,,,\n{PEOPLE}{}\"unclosed",
        person(1),
        person(3),
        person(5),
        person(7).replace("00000000\n", "00000000,,\n")
    );
    let import = read_people(text.as_bytes()).expect("a people file");
    let numbers: Vec<&str> = import.rows.iter().map(|row| row.1.person.person_no.as_str()).collect();
    assert_eq!(numbers, ["P1", "P3", "P5", "P7"]);
    assert_eq!(
        codes(&import),
        [
            (4, None, "row_cells"),
            (6, Some("name"), "quote_unclosed"),
            (8, Some("name"), "quote_inside"),
            (11, None, "header_again"),
            (13, Some("person_no"), "quote_unclosed"),
        ]
    );
}

#[test]
fn a_file_that_cannot_be_read_as_a_whole_says_why() {
    let utf16: Vec<u8> = PEOPLE.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked: Vec<u8> = [0xFF, 0xFE].into_iter().chain(utf16.iter().copied()).collect();
    let (gb, ..) = encoding_rs::GB18030.encode("P1,测试的人,居民身份证\n");
    let mixed = [PEOPLE.as_bytes(), person(1).as_bytes(), &gb].concat();
    let mut nul = format!("{PEOPLE}{}", person(1)).into_bytes();
    nul[PEOPLE.len() + 2] = 0;
    let big = vec![b'\n'; ROWS_MAX + 2].into_iter().chain(*b"x").collect::<Vec<u8>>();
    let other = |from: &str, to: &str| PEOPLE.replace(from, to).into_bytes();
    for (bytes, code) in [
        (Vec::new(), "file_empty"),
        (b"\xEF\xBB\xBF \r\n".to_vec(), "file_empty"),
        (b"PK\x03\x04rest".to_vec(), "file_not_text"),
        (b"%PDF-1.7".to_vec(), "file_not_text"),
        (b"\x1F\x8B\x08".to_vec(), "file_not_text"),
        (marked, "file_utf16"),
        (utf16, "file_utf16"),
        (nul, "file_nul"),
        (mixed, "file_mixed_encoding"),
        ([PEOPLE.as_bytes(), b"P1,\xFF\xFF,x\n"].concat(), "file_encoding"),
        (big, "file_too_many_rows"),
        (person(1).into_bytes(), "file_no_header"),
        (b"\"person_no".to_vec(), "file_no_header"),
        (other(",", "\t"), "file_separator"),
        (other(",", ";"), "file_separator"),
        (other("balance,", ""), "file_missing_columns"),
        (other("phone", "姓名"), "file_column_twice"),
        (other("arrears", "arears"), "file_column_typo"),
        (other("phone", "phones"), "file_column_typo"),
    ] {
        let error = read_people(&bytes).expect_err(code);
        assert_eq!(error.code(), code, "{error}");
        assert!(!error.chinese().is_ascii() && !error.to_string().is_empty());
    }
    let error = read_people(&other("balance,", "")).expect_err("no balance");
    assert_eq!(error.to_string(), "columns are missing: 个人账户余额 balance");
    assert_eq!(error.chinese(), "缺少列：个人账户余额 balance");
    let empty = read_people(PEOPLE.as_bytes()).expect("a header alone is a file without rows");
    assert_eq!((empty.rows.len(), empty.errors.len()), (0, 0));
}

#[test]
fn files_are_loaded_up_to_the_limit() {
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(load(folder.path()).expect_err("a folder").code(), "file_unreadable");
    assert_eq!(load(&folder.path().join("none.csv")).expect_err("nothing").code(), "file_unreadable");
    let path = folder.path().join("people.csv");
    std::fs::write(&path, PEOPLE).expect("written");
    assert_eq!(load(&path).expect("read"), PEOPLE.as_bytes());
    std::fs::File::create(&path).expect("made").set_len(FILE_BYTES_MAX + 1).expect("a sparse file");
    assert_eq!(load(&path).expect_err("too large").code(), "file_too_large");
}

#[test]
fn errors_are_kept_up_to_a_limit_and_counted_beyond() {
    let text = format!("{PEOPLE}{}", "x,y\n".repeat(ERRORS_MAX + 5));
    let import = read_people(text.as_bytes()).expect("a people file");
    assert_eq!((import.errors.len(), import.errors_left_out), (ERRORS_MAX, 5));
}

#[test]
fn periods_are_whole_or_marked_broken() {
    let text = "个人编号,起始年月,终止年月,险种,缴费性质,月数,参保地,缴费基数\n\
                P1,202001,202012,310,实际缴费,12,000000,5000.00\n\
                P1,202101,202112,391,deemed,10,000000,0\n\
                P1,202201,202203,居民,补缴,,000000,\n\
                P1,202204,202203,310,actual,1,000000,\n\
                P1,202204,202205,310,actual,3,000000,\n\
                P1,202213,202205,310,actual,3,0,-1\n";
    let import = read_periods(text.as_bytes()).expect("a period file");
    let rows: Vec<_> = import
        .rows
        .iter()
        .map(|(_, row)| {
            (row.period.insurance, row.period.nature, row.period.months, row.period.broken, row.period.base)
        })
        .collect();
    assert_eq!(
        rows,
        [
            (Insurance::Employee, Nature::Actual, 12, false, Fen::new(500_000)),
            (Insurance::UrbanResident, Nature::Deemed, 10, true, None),
            (Insurance::Resident, Nature::BackPaid, 3, false, None),
        ]
    );
    assert_eq!(
        codes(&import),
        [
            (5, Some("to"), "period_backwards"),
            (6, Some("months"), "months_too_many"),
            (7, Some("from"), "month_form"),
            (7, Some("agency"), "id_form"),
            (7, Some("base"), "base_negative"),
        ]
    );
}

#[test]
fn applications_are_read_and_taken_once() {
    let text = format!(
        "申请编号,申请日期,申请渠道,证件类型,证件号码,姓名,转出地,转出险种,转入险种,参保凭证号,电话\n\
         A-1,2026/01/05,@窗口,居民身份证,{ID},测试·样例,000000,310,310,C-1,01000000000\n\
         A-1,2026/01/05,,居民身份证,{ID},测试·样例,000000,310,310,,\n\
         A-2,2026/01/05,,居民身份证,{ID},测试·样例,0,职工,居民,,\n"
    );
    let import = read_applications(text.as_bytes()).expect("an application file");
    assert_eq!(codes(&import), [(3, Some("application_no"), "row_twice"), (4, Some("outgoing"), "id_form")]);
    let row = &import.rows[0].1;
    assert_eq!((row.application_no.as_str(), row.channel.as_str(), row.outgoing.as_str()), ("A-1", "@窗口", "000000"));
    assert_eq!((row.insurance_out, row.insurance_in), (Insurance::Employee, Insurance::Employee));
    assert_eq!((row.certificate_no.as_deref(), row.applied_on.to_string()), (Some("C-1"), "2026-01-05".into()));
}

#[test]
fn a_bank_line_is_kept_however_carelessly_it_was_written() {
    let text = "bank_txn_no,booked_on,payer_name,payer_account,payee_account,amount,remark,payment_ref\n\
                T1,2026-01-05,样例市医保中心,'0000 0000 0000 0001,0000000000000002,1234.56,JX-1 转移,JX-1\n\
                T2,20260105,,,0000000000000002,-0.01,\"手续费\n一月\",无 参考\n\
                T3,20260105,x,6.22E+15,0000000000000002,1,,\n\
                T1,2026-01-05,样例市医保中心,,0000000000000002,1234.56,,JX-1\n";
    let import = read_statement(text.as_bytes()).expect("a statement");
    assert_eq!(codes(&import), [(5, Some("payer_account"), "number_shortened")]);
    assert_eq!(import.rows.iter().map(|row| row.0).collect::<Vec<_>>(), [2, 3, 6]);
    let [first, second] = [&import.rows[0].1, &import.rows[1].1];
    assert_eq!((first.payer_account.as_str(), first.amount), ("0000000000000001", Balance(123_456)));
    assert_eq!(first.payment_ref, PaymentRef::new("JX-1").ok());
    assert_eq!((second.amount, second.remark.as_str()), (Balance(-1), "手续费 一月 无 参考"));
    assert_eq!((second.payer_name.as_str(), &second.payment_ref), ("", &None));
}

#[test]
fn a_bank_says_in_a_row_that_it_did_not_pay() {
    let text = "bank_txn_no,booked_on,payer_name,payer_account,payee_account,amount,remark,交易状态\n\
                T1,20260105,x,1,2,-1,,成功\nT2,20260105,x,1,2,-1,,付款失败\nT3,20260105,x,1,2,-1,,\n\
                T4,20260105,x,1,2,-1,,处理中\n";
    let import = read_statement(text.as_bytes()).expect("a statement");
    assert_eq!(import.rows.iter().map(|row| row.1.refused).collect::<Vec<_>>(), [false, true, false]);
    assert_eq!(codes(&import), [(5, Some("status"), "line_status_word")]);
}

fn payment(number: u32, remark: &str) -> PaymentRow {
    PaymentRow {
        payment_ref: PaymentRef::new(&format!("JX-{number}")).expect("a reference"),
        payer_name: "样例甲市医保中心".into(),
        payer_account: "00000001".into(),
        payee_name: "'样例乙市,\"医保\"中心".into(),
        payee_account: "0000000000000000002".into(),
        payee_bank_no: Some("000000000001".into()),
        amount: Fen::new(1 + i64::from(number)).expect("an amount"),
        remark: remark.into(),
        letter_no: Some(LetterNo::new("-L/1").expect("a letter no.")),
    }
}

#[test]
fn payments_come_back_as_they_were_written() {
    let remarks = ["=cmd|' /C calc'!A0", "+1", "-1", "@x", "'=x", "''", "JX-1", "", "a,b\"c", "𬱖"];
    let rows: Vec<PaymentRow> = (0u32..).zip(remarks).map(|(number, remark)| payment(number, remark)).collect();
    let bytes = write_payments(&rows);
    let import = read_payments(&bytes).expect("our own file");
    assert_eq!(import.errors, []);
    assert_eq!(import.rows.into_iter().map(|row| row.1).collect::<Vec<_>>(), rows);
    let text = String::from_utf8(bytes).expect("UTF-8");
    assert!(text.starts_with("\u{FEFF}payment_ref,payer_name,payer_account,payee_name,payee_account,payee_bank_no,"));
    assert!(text.contains("'=cmd|' /C calc'!A0") && text.contains(",0.01,"), "{text}");
    let cells = text.split(['\n', ',']).filter(|cell| cell.starts_with(['=', '+', '-', '@']));
    assert_eq!(cells.count(), 0, "nothing a spreadsheet would compute");
}

#[test]
fn a_control_character_is_a_blank_at_the_ends_of_a_cell_too() {
    let remarks = ["\u{1c}a\u{1c}b\u{1c}", "\u{1}", "\"'\tb\""];
    let row = |(number, remark)| format!("R{number},甲,99000001,乙,99000002,,1.00,{remark}\n");
    let rows: String = (1..).zip(remarks).map(row).collect();
    let headings = "payment_ref,payer_name,payer_account,payee_name,payee_account,payee_bank_no,amount,remark\n";
    let import = read_payments(format!("{headings}{rows}").as_bytes()).expect("a payment file");
    let read: Vec<&str> = import.rows.iter().map(|(_, row)| row.remark.as_str()).collect();
    assert_eq!(read, ["a b", "", "b"]);
    let nobody = rows.lines().next().expect("a row").replace('甲', "\u{1c}");
    let import = read_payments(format!("{headings}{nobody}").as_bytes()).expect("a payment file");
    assert_eq!(codes(&import), [(2, Some("payer_name"), "missing")]);
}

#[test]
fn a_payment_is_never_read_twice_nor_without_an_amount() {
    let once = String::from_utf8(write_payments(&[payment(1, "x")])).expect("UTF-8");
    let row = once.lines().nth(1).expect("a row");
    let text = format!("{once}{row}\r\n{}\r\n", row.replace("JX-1", "JX-2").replace(",0.02,", ",0.00,"));
    let import = read_payments(text.as_bytes()).expect("a payment file");
    assert_eq!(import.rows.len(), 1);
    assert_eq!(codes(&import), [(3, Some("payment_ref"), "row_twice"), (4, Some("amount"), "amount_not_positive")]);
}

#[test]
fn debug_shows_no_person_and_no_amount() {
    let people = read_people(format!("{PEOPLE}{}", person(1)).as_bytes()).expect("a people file");
    let shown = format!("{people:?} {:?}", payment(1, "备注"));
    for secret in ["测试", ID, "样例", "123456", "00000000", "1990", "备注"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

#[test]
fn a_large_file_is_read_whole() {
    let mut text = PEOPLE.to_owned();
    (0..50_000).for_each(|number| text.push_str(&person(number)));
    let import = read_people(text.as_bytes()).expect("a people file");
    assert_eq!((import.rows.len(), import.errors.len()), (50_000, 0));
}

#[test]
fn damage_anywhere_in_a_file_never_stops_the_reader() {
    use rand::{RngExt, SeedableRng};
    let text: String = (1..=8).map(person).collect();
    let good = format!("{PEOPLE}{text}").into_bytes();
    for length in 0..good.len() {
        let _ = read_people(&good[..length]);
    }
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(9);
    let spoilers = b"\",\r\n\t='\xE6\xFF0;";
    for _ in 0..5_000 {
        let mut bytes = good.clone();
        // One damaged byte in one row, the header left whole.
        let at = random.random_range(PEOPLE.len()..bytes.len());
        bytes[at] = spoilers[random.random_range(0..spoilers.len())];
        if let Ok(import) = read_people(&bytes) {
            assert!(import.rows.len() >= 6, "byte {at}: one byte costs its row and, as a line break, the next at most");
        }
    }
}
