//! The demo's data: what is committed is what the generator makes, and what it says of itself is so.

#[allow(dead_code, reason = "the example's main is not called from here")]
#[path = "../../deploy/demo/generate.rs"]
mod generate;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

const AGENCIES: [&str; 3] = ["530800", "450200", "441700"];
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/demo")
}

/// Cells of some columns, found by their English or Chinese name, whatever the encoding and the order.
fn columns<const N: usize>(agency: &str, file: &str, names: [(&str, &str); N]) -> Vec<[String; N]> {
    let bytes = std::fs::read(folder().join(agency).join(file)).expect("the file is committed");
    let text = match std::str::from_utf8(&bytes) {
        Ok(text) => text.trim_start_matches('\u{feff}').to_owned(),
        Err(_) => {
            encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(&bytes).expect("GB18030").into()
        }
    };
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().expect("a header").clone();
    let at = names.map(|(english, chinese)| {
        header.iter().position(|name| name == english || name == chinese).unwrap_or_else(|| panic!("column {english}"))
    });
    reader.records().map(|row| row.expect("a whole row")).map(|row| at.map(|at| row[at].to_owned())).collect()
}

fn check_digit_is_right(document_no: &str) -> bool {
    let sum: u32 = document_no.chars().zip(WEIGHTS).map(|(digit, weight)| digit.to_digit(10).unwrap() * weight).sum();
    document_no.len() == 18
        && document_no.to_ascii_uppercase().ends_with(char::from(b"10X98765432"[usize::try_from(sum % 11).unwrap()]))
}

fn people() -> HashMap<String, Vec<(usize, [String; 8])>> {
    let names = [
        ("document_no", "证件号码"),
        ("person_no", "个人编号"),
        ("name", "姓名"),
        ("sex", "性别"),
        ("birth_date", "出生日期"),
        ("status", "参保状态"),
        ("balance", "个人账户余额"),
        ("insurance", "险种"),
    ];
    let mut people: HashMap<String, Vec<(usize, [String; 8])>> = HashMap::new();
    for (at, agency) in AGENCIES.iter().enumerate() {
        let mut numbers = HashSet::new();
        for row in columns(agency, "people.csv", names) {
            assert!(numbers.insert(row[1].clone()), "a person no. is unique in its register");
            people.entry(row[0].clone()).or_default().push((at, row));
        }
    }
    people
}

#[test]
fn the_committed_files_are_what_the_generator_makes() {
    assert_eq!(generate::first_difference(&folder()), None);
}

#[test]
fn documents_of_the_registers_are_valid_and_agree_with_birth_date_and_sex() {
    let people = people();
    assert!(people.len() >= 2_100, "{} people", people.len());
    for (document, records) in &people {
        assert!(check_digit_is_right(document), "{document}");
        assert!(document.starts_with("000000") || document.starts_with("990000"), "{document}");
        for (_, [_, _, _, sex, birth, ..]) in records {
            assert_eq!(document[6..14], birth.replace('-', ""));
            let male = (document.as_bytes()[16] - b'0') % 2 == 1;
            assert_eq!(male, sex == "1", "{document}");
        }
        let at: HashSet<usize> = records.iter().map(|record| record.0).collect();
        assert_eq!(at.len(), records.len(), "one record a register");
    }
}

#[test]
fn rare_and_dotted_names_live_among_movers_and_among_those_who_stay() {
    let people = people();
    for character in ['㛃', '䶮', '𬱖', '·'] {
        for moves in [true, false] {
            let found = people.values().any(|it| (it.len() == 2) == moves && it[0].1[2].contains(character));
            assert!(found, "{character}, moves: {moves}");
        }
    }
}

#[test]
fn periods_of_a_person_never_overlap_and_their_months_are_their_span() {
    for agency in AGENCIES {
        let names = [
            ("person_no", "个人编号"),
            ("from", "起始年月"),
            ("to", "终止年月"),
            ("months", "月数"),
            ("insurance", "险种"),
        ];
        let mut last: HashMap<String, u32> = HashMap::new();
        for [person, from, to, months, _] in columns(agency, "periods.csv", names) {
            let [from, to, months] = [from, to, months].map(|text| text.parse::<u32>().expect("a number"));
            let index = |yyyymm: u32| yyyymm / 100 * 12 + yyyymm % 100;
            assert!(to <= 202_611, "{agency} {person}: a month of the future");
            assert_eq!(index(to) + 1 - index(from), months, "{agency} {person}");
            let before = last.insert(person.clone(), to).unwrap_or(0);
            assert!(from > before, "{agency} {person}: {from} is not after {before}");
        }
        let registered = columns(agency, "people.csv", [("person_no", "个人编号")]);
        assert_eq!(last.len(), registered.len(), "everybody has periods");
    }
}

#[test]
fn applications_are_as_many_and_as_wrong_as_the_expectation_says() {
    let expected: serde_json::Value =
        serde_json::from_slice(&std::fs::read(folder().join("expected.json")).expect("committed")).expect("JSON");
    let mut pairs: BTreeMap<String, u64> = BTreeMap::new();
    let mut wrong_digits = 0;
    for agency in AGENCIES {
        let names = [("document_no", "证件号码"), ("outgoing_agency", "转出地"), ("application_no", "申请编号")];
        for [document, outgoing, number] in columns(agency, "applications.csv", names) {
            *pairs.entry(format!("{outgoing}>{agency}")).or_default() += 1;
            let end = expected["by_application"][&number].as_str().expect("every application is expected to end");
            let is_wrong = !check_digit_is_right(&document);
            assert_eq!(is_wrong, end == "row_error:bad_check_digit", "{number}");
            wrong_digits += u64::from(is_wrong);
        }
    }
    assert_eq!(wrong_digits, 8);
    assert!(pairs.values().sum::<u64>() >= 330);
    for (from, to) in AGENCIES.iter().flat_map(|from| AGENCIES.map(|to| (from, to))).filter(|(from, to)| *from != to) {
        assert!(pairs[&format!("{from}>{to}")] >= 50, "{from}>{to}");
    }
    let outcomes = &expected["outcomes"];
    assert_eq!(outcomes["completed_with_money"], 224);
    assert_eq!(outcomes["returned"]["NOT_STOPPED"], 10);
}

#[test]
fn what_is_expected_to_move_is_what_the_registers_hold() {
    let expected: serde_json::Value =
        serde_json::from_slice(&std::fs::read(folder().join("expected.json")).expect("committed")).expect("JSON");
    let people = people();
    let fen = |yuan: &str| yuan.replace('.', "").parse::<i64>().expect("yuan with two decimals");
    let mut moved = 0;
    let mut seen = HashSet::new();
    for agency in AGENCIES {
        let names = [("document_no", "证件号码"), ("outgoing_agency", "转出地"), ("application_no", "申请编号")];
        for [document, outgoing, number] in columns(agency, "applications.csv", names) {
            if expected["by_application"][&number] == "completed_with_money" && seen.insert(number) {
                let records = &people[&document.to_ascii_uppercase()];
                let out =
                    records.iter().find(|it| AGENCIES[it.0] == outgoing).expect("a record at the outgoing agency");
                assert_eq!(out.1[5], "stopped");
                assert!(records.iter().any(|it| AGENCIES[it.0] == agency && it.1[5] == "active"));
                moved += fen(&out.1[6]);
            }
        }
    }
    assert_eq!(expected["outcomes"]["completed_with_money_fen"], moved);
}
