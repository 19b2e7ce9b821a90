//! 付款参考号: what we call our payments, within the banks' 35 characters. It names the case, so that a line finds it even
//! where a bank cut everything else.

use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::ids::{CaseId, PaymentRef};
use super::ledger::LineKey;

/// A payment of a case: `JX`, the case in base 36, ordinal, attempt.
const PAYMENT: &str = "JX";
/// A payment back to who paid: `JR`, the case in base 36, a number.
const GIVING_BACK: &str = "JR";
/// A line that belongs to no case, back to who paid it: `JL`, the line's digest in base 36, a number.
const LINE: &str = "JL";
/// One payment of the bank for several cases: `JB`, a fresh id in base 36, a number.
const BATCH: &str = "JB";
const DIGITS: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
/// So many digits hold any case.
const LENGTH: usize = 25;

pub fn payment(case: CaseId, ordinal: u32, attempt: u32) -> PaymentRef {
    made(&format!("{PAYMENT}{}-{ordinal}-{attempt}", digits(case)))
}

pub fn giving_back(case: CaseId, number: u32) -> PaymentRef {
    made(&format!("{GIVING_BACK}{}-{number}", digits(case)))
}

/// One payment for several cases; `order` names what a person released together.
pub fn batch(order: Uuid, number: u32) -> PaymentRef {
    made(&format!("{BATCH}{}-{number}", base36(order.as_u128())))
}

/// The payment that sends this line back. The digest stands for account and bank number, which do not fit.
pub fn of_line(line: &LineKey, number: u32) -> PaymentRef {
    let digest = Sha256::digest(line.as_str().as_bytes());
    let mut head = [0; 16];
    head.copy_from_slice(&digest[..16]);
    made(&format!("{LINE}{}-{number}", base36(u128::from_be_bytes(head))))
}

fn made(text: &str) -> PaymentRef {
    PaymentRef::new(text).expect("a case and two small numbers fit a payment reference")
}

fn digits(case: CaseId) -> String {
    base36(case.0.as_u128())
}

fn base36(number: u128) -> String {
    let mut rest = number;
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

/// Whether it is one payment for several cases.
pub fn is_batch(reference: &PaymentRef) -> bool {
    reference.as_str().starts_with(BATCH) && is_reference(reference.as_str())
}

/// Whether it sends back what belonged to no case.
pub fn is_of_line(reference: &PaymentRef) -> bool {
    reference.as_str().starts_with(LINE) && is_reference(reference.as_str())
}

/// The case that a reference names; `None` for another program's.
pub fn case_of(reference: &PaymentRef) -> Option<CaseId> {
    let text = Some(reference.as_str()).filter(|text| is_reference(text))?;
    if [LINE, BATCH].iter().any(|prefix| text.starts_with(prefix)) {
        return None;
    }
    read(parts(text)?.0)
}

fn parts(word: &str) -> Option<(&str, &str)> {
    let rest = [PAYMENT, GIVING_BACK, LINE, BATCH].iter().find_map(|prefix| word.strip_prefix(prefix))?;
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
    fn a_line_has_a_reference_that_names_no_case() {
        let line = LineKey::new("9900530800000000017", "T1");
        let reference = of_line(&line, 1);
        assert!(reference.as_str().len() <= 35 && is_reference(reference.as_str()));
        assert!(is_of_line(&reference) && !is_giving_back(&reference) && case_of(&reference).is_none());
        let batch = batch(Uuid::from_u128(7), 3);
        assert!(is_batch(&batch) && !is_batch(&reference) && case_of(&batch).is_none());
        assert_ne!(reference, of_line(&line, 2));
        assert_ne!(reference, of_line(&LineKey::new("9900530800000000017", "T2"), 1));
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
