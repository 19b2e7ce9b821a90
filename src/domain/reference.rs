//! 付款参考号: what we call our payments, within the banks' 35 characters. It names the case, so that a line finds it even
//! where a bank cut everything else.

use uuid::Uuid;

use super::ids::{CaseId, PaymentRef};

/// A payment of a case: `JX`, the case in base 36, ordinal, attempt.
const PAYMENT: &str = "JX";
/// A payment back to who paid: `JR`, the case in base 36, a number.
const GIVING_BACK: &str = "JR";
const DIGITS: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
/// So many digits hold any case.
const LENGTH: usize = 25;

pub fn payment(case: CaseId, ordinal: u32, attempt: u32) -> PaymentRef {
    made(&format!("{PAYMENT}{}-{ordinal}-{attempt}", digits(case)))
}

pub fn giving_back(case: CaseId, number: u32) -> PaymentRef {
    made(&format!("{GIVING_BACK}{}-{number}", digits(case)))
}

fn made(text: &str) -> PaymentRef {
    PaymentRef::new(text).expect("a case and two small numbers fit a payment reference")
}

fn digits(case: CaseId) -> String {
    let mut rest = case.0.as_u128();
    let mut digits = [b'0'; LENGTH];
    for digit in digits.iter_mut().rev() {
        *digit = DIGITS[usize::try_from(rest % 36).expect("less than 36")];
        rest /= 36;
    }
    String::from_utf8_lossy(&digits).into_owned()
}

/// Whether a word of a remark is one of these references.
pub fn is_reference(word: &str) -> bool {
    let Some((case, numbers)) = parts(word) else { return false };
    let count = if word.starts_with(PAYMENT) { 2 } else { 1 };
    let is_number = |number: &str| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    read(case).is_some() && numbers.split('-').count() == count && numbers.split('-').all(is_number)
}

pub fn is_giving_back(reference: &PaymentRef) -> bool {
    reference.as_str().starts_with(GIVING_BACK) && is_reference(reference.as_str())
}

/// The case that a reference names; `None` for another program's.
pub fn case_of(reference: &PaymentRef) -> Option<CaseId> {
    let text = Some(reference.as_str()).filter(|text| is_reference(text))?;
    read(parts(text)?.0)
}

fn parts(word: &str) -> Option<(&str, &str)> {
    let rest = word.strip_prefix(PAYMENT).or_else(|| word.strip_prefix(GIVING_BACK))?;
    rest.split_once('-')
}

fn read(case: &str) -> Option<CaseId> {
    if case.len() != LENGTH {
        return None;
    }
    let mut number = 0u128;
    for byte in case.bytes() {
        let digit = DIGITS.iter().position(|known| *known == byte)?;
        number = number.checked_mul(36)?.checked_add(u128::try_from(digit).ok()?)?;
    }
    Some(CaseId(Uuid::from_u128(number)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_names_its_case_and_fits_the_banks() {
        for number in [0, 7, u128::MAX] {
            let case = CaseId(Uuid::from_u128(number));
            for reference in [payment(case, 1, 2), giving_back(case, 9)] {
                assert!(reference.as_str().len() <= 35);
                assert_eq!(case_of(&reference), Some(case));
            }
            assert!(is_giving_back(&giving_back(case, 1)) && !is_giving_back(&payment(case, 1, 1)));
        }
    }

    #[test]
    fn what_is_none_is_none() {
        let case = digits(CaseId(Uuid::from_u128(7)));
        let too_large = "Z".repeat(LENGTH);
        for word in ["", "JX", "JX-1-1", &format!("JX{case}"), &format!("JX{case}-1"), &format!("JR{case}-1-1")] {
            assert!(!is_reference(word), "{word}");
        }
        assert!(!is_reference(&format!("JX{too_large}-1-1")) && !is_reference(&format!("JX{case}-1-x")));
    }
}
