//! The contract and the domain say the same numbers.

use super::pb;
use crate::domain::message::Kind;
use crate::domain::person::DocumentType;
use crate::domain::reasons::{RefusalCode, ReturnCode};

fn snake(word: &str) -> String {
    let split = word.chars().enumerate().map(
        |(at, c)| {
            if at > 0 && c.is_uppercase() { format!("_{c}") } else { c.to_string() }
        },
    );
    split.collect::<String>().to_uppercase()
}

#[test]
fn every_code_has_the_same_number_and_word_in_the_contract() {
    for kind in Kind::ALL {
        let there = pb::Kind::try_from(kind.number()).expect("in the contract");
        assert_eq!(there.as_str_name(), format!("KIND_{}", snake(kind.word())));
    }
    for code in ReturnCode::ALL {
        let there = pb::ReturnCode::try_from(code.number()).expect("in the contract");
        assert_eq!(there.as_str_name(), format!("RETURN_CODE_{}", code.code()));
    }
    for code in RefusalCode::ALL {
        let there = pb::RefusalCode::try_from(code.number()).expect("in the contract");
        assert_eq!(there.as_str_name(), format!("REFUSAL_CODE_{}", code.code()));
    }
    for kind in DocumentType::ALL {
        let there = pb::DocumentType::try_from(kind.number()).expect("in the contract");
        assert_eq!(there.as_str_name(), format!("DOCUMENT_TYPE_{}", kind.word()));
    }
}

#[test]
fn the_contract_has_no_code_that_the_domain_does_not_know() {
    for number in 1..200 {
        assert_eq!(pb::Kind::try_from(number).is_ok(), Kind::from_number(number).is_some(), "kind {number}");
        assert_eq!(pb::ReturnCode::try_from(number).is_ok(), ReturnCode::from_number(number).is_some(), "{number}");
        assert_eq!(pb::RefusalCode::try_from(number).is_ok(), RefusalCode::from_number(number).is_some(), "{number}");
        assert_eq!(pb::DocumentType::try_from(number).is_ok(), DocumentType::from_number(number).is_some(), "{number}");
    }
}

#[test]
fn the_codes_of_dead_letters_are_unique() {
    let codes: std::collections::BTreeSet<_> = super::Cause::ALL.iter().map(|cause| cause.code()).collect();
    assert_eq!(codes.len(), super::Cause::ALL.len());
    for cause in super::Cause::ALL {
        assert_eq!(super::Cause::from_code(cause.code()), Some(*cause));
    }
}
