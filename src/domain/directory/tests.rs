//! The directory refuses what would make two readings possible.

use super::*;

fn account(number: &str) -> BankAccount {
    BankAccount {
        name: "测试市医疗保险经办机构".into(), number: number.into(), bank: "测试银行".into(), bank_no: None
    }
}

fn agency(code: &str, kid: u8) -> Agency {
    Agency {
        code: AgencyCode::new(code).expect("a code"),
        division: code.to_owned(),
        pool: code.to_owned(),
        name: "测试市".into(),
        short_name: "测试".into(),
        contact: None,
        phone: None,
        accounts: vec![
            AgencyAccount { account: account(&format!("01{code}")), purposes: vec![AccountPurpose::Receiving] },
            AgencyAccount { account: account(&format!("02{code}")), purposes: vec![AccountPurpose::Paying] },
        ],
        per_case_limit: None,
        suites: vec![1],
        suspended: false,
        intra_province_funds: IntraProvinceFunds::Moves,
        keys: vec![AgencyKey {
            kid: KeyId([kid; 16]),
            usage: KeyUse::Seal,
            spki: Spki::new(vec![1, 2, 3]).expect("short"),
            not_before: Moment(10),
            not_after: Moment(20),
            revoked_at: None,
            reason: None,
        }],
    }
}

fn directory(agencies: Vec<Agency>) -> Result<Directory, DirectoryFault> {
    Directory::new(1, NaiveDate::from_ymd_opt(2027, 12, 31).expect("a date"), agencies)
}

#[test]
fn a_directory_reads_back_as_it_was_written() {
    let made = directory(vec![agency("440100", 1), agency("110000", 2)]).expect("sound");
    let text = serde_json::to_string_pretty(&made).expect("writes");
    assert_eq!(serde_json::from_str::<Directory>(&text).expect("reads"), made);
    assert!(text.contains("\"use\": \"seal\""));
    let code = AgencyCode::new("440100").expect("a code");
    let found = made.agency(&code).expect("there");
    assert_eq!(found.receiving_account().map(|a| a.number.as_str()), Some("01440100"));
    assert_eq!(found.paying_account().map(|a| a.number.as_str()), Some("02440100"));
}

#[test]
fn what_is_there_twice_or_malformed_is_refused() {
    let twice = directory(vec![agency("440100", 1), agency("440100", 2)]);
    assert!(matches!(twice, Err(DirectoryFault::AgencyTwice { .. })));
    let same_key = directory(vec![agency("440100", 1), agency("110000", 1)]);
    assert!(matches!(same_key, Err(DirectoryFault::KeyTwice { .. })));
    let changes: [fn(&mut Agency); 7] = [
        |a| a.division = "44010".into(),
        |a| a.division = "990100".into(),
        |a| a.accounts[0].account.number = "6222A2222222".into(),
        |a| a.accounts[0].account.number = a.accounts[1].account.number.clone(),
        |a| a.accounts[1].purposes.push(AccountPurpose::Receiving),
        |a| a.suites.clear(),
        |a| a.keys[0].not_after = Moment(0),
    ];
    for (index, change) in changes.into_iter().enumerate() {
        let mut changed = agency("440100", 1);
        change(&mut changed);
        assert!(matches!(directory(vec![changed]), Err(DirectoryFault::Agency { .. })), "change {index}");
    }
}

#[test]
fn the_sealing_key_in_use_is_the_newest_valid_one() {
    let mut agency = agency("440100", 1);
    let mut next = agency.keys[0].clone();
    next.kid = KeyId([2; 16]);
    next.not_before = Moment(15);
    agency.keys.push(next);
    let current = |agency: &Agency, at| agency.current_sealing_key(Moment(at)).map(|key| key.kid);
    assert_eq!(current(&agency, 9), None);
    assert_eq!(current(&agency, 14), Some(KeyId([1; 16])));
    assert_eq!(current(&agency, 15), Some(KeyId([2; 16])));
    agency.keys[1].revoked_at = Some(Moment(16));
    assert_eq!(current(&agency, 16), Some(KeyId([1; 16])));
    assert_eq!(current(&agency, 21), None);
}
