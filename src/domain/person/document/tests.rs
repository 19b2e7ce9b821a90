use super::*;

fn resident(number: &str) -> Result<Document, DocumentError> {
    Document::new(DocumentType::ResidentId, number)
}

#[test]
fn the_published_numbers_pass_and_tell_birth_and_sex() {
    let day = |y, m, d| NaiveDate::from_ymd_opt(y, m, d);
    for (kind, number, birth, sex) in [
        (DocumentType::ResidentId, "11010519491231002X", day(1949, 12, 31), Sex::Female),
        (DocumentType::ResidentId, "440524188001010014", day(1880, 1, 1), Sex::Male),
        (DocumentType::ResidencePermit, "810000199001010019", day(1990, 1, 1), Sex::Male),
        (DocumentType::ForeignPermanentResident, "901840199001010016", day(1990, 1, 1), Sex::Male),
    ] {
        let document = Document::new(kind, number).unwrap_or_else(|error| panic!("{number}: {error}"));
        assert_eq!(document.number(), number);
        assert_eq!((document.birth_date(), document.sex()), (birth, Some(sex)), "{number}");
    }
}

#[test]
fn every_wrong_number_says_what_is_wrong() {
    for (number, error) in [
        ("110105194912310021", DocumentError::CheckCharacter),
        ("110105194912310X2X", DocumentError::Characters),
        ("110105491231002", DocumentError::FifteenDigits),
        ("１１０１０５１９４９１２３１００２Ｘ", DocumentError::FullWidth),
        ("11010519491231002", DocumentError::Length),
        ("", DocumentError::Length),
        ("11010519490230002X", DocumentError::BirthDate),
        ("11010500000101002X", DocumentError::BirthDate),
        (" 1010519491231002X", DocumentError::Characters),
        ("测试测试测试测试测试测试测试测试测试", DocumentError::Characters),
        ("ß1010519491231002X", DocumentError::Length),
    ] {
        assert_eq!(resident(number), Err(error), "{number}");
    }
}

#[test]
fn a_small_x_is_written_large() {
    assert_eq!(resident("11010519491231002x"), resident("11010519491231002X"));
}

#[test]
fn one_changed_digit_is_always_found() {
    let number = "11010519491231002X";
    for at in 0..17 {
        for digit in '0'..='9' {
            let changed: String = number.chars().enumerate().map(|(i, c)| if i == at { digit } else { c }).collect();
            assert_eq!(resident(&changed).is_ok(), changed == number, "{changed}");
        }
    }
}

#[test]
fn other_documents_have_their_own_forms() {
    use DocumentType::{ForeignPermanentResident, HongKongMacauPermit, Other, Passport, TaiwanPermit};
    for (kind, number, good) in [
        (HongKongMacauPermit, "H00000000", true),
        (HongKongMacauPermit, "h0000000001", true),
        (HongKongMacauPermit, "00000000", false),
        (TaiwanPermit, "00000000", true),
        (TaiwanPermit, "0000", false),
        (ForeignPermanentResident, "XXX000000000000", true),
        (ForeignPermanentResident, "11010519491231002X", false),
        (Passport, "E00000000", true),
        (Passport, "E 0000000", false),
        (Other, "样字第0000号", true),
        (Other, "a\0b", false),
        (Other, "", false),
    ] {
        assert_eq!(Document::new(kind, number).is_ok(), good, "{kind:?} {number:?}");
    }
    let passport = Document::new(Passport, "E00000000").expect("a passport");
    assert_eq!((passport.birth_date(), passport.sex()), (None, None));
}

#[test]
fn debug_and_mask_show_the_last_four_only() {
    let document = resident("11010519491231002X").expect("valid");
    assert_eq!(document.masked(), "110***********002X");
    assert!(!format!("{document:?}").contains("19491231"));
    let passport = Document::new(DocumentType::Passport, "E12345678").expect("a passport");
    assert_eq!(passport.masked(), "*****5678");
}

#[test]
fn types_are_read_by_chinese_and_english_words() {
    for kind in DocumentType::ALL.iter().copied() {
        assert_eq!(DocumentType::from_number(kind.number()), Some(kind));
        assert_eq!(DocumentType::from_word(kind.word()), Some(kind));
        assert_eq!(DocumentType::from_word(&kind.word().to_lowercase().replace('_', " ")), Some(kind));
        assert_eq!(DocumentType::from_word(kind.chinese()), Some(kind));
    }
    assert_eq!(DocumentType::from_word("身份证"), Some(DocumentType::ResidentId));
    assert_eq!(DocumentType::from_word("1"), None);
}

#[test]
fn a_bad_document_does_not_come_in_by_json() {
    let good = serde_json::to_string(&resident("11010519491231002X").expect("valid")).expect("json");
    assert_eq!(good, r#"{"kind":"RESIDENT_ID","number":"11010519491231002X"}"#);
    assert_eq!(serde_json::from_str::<Document>(&good).ok(), resident("11010519491231002X").ok());
    let error = serde_json::from_str::<Document>(&good.replace("02X", "021")).expect_err("wrong check character");
    assert!(!error.to_string().contains("19491231"), "{error}");
}
