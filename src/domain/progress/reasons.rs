//! What a person can do about a return code. The code's own words say why; these say what helps.

use super::Text;
use crate::domain::reasons::ReturnCode;

/// For the person, in both languages.
pub fn advice(code: ReturnCode) -> Text {
    match code {
        ReturnCode::NotStopped => (
            "请先在转出地办理停保，再告知转入地经办机构",
            "end the insurance at the old agency first, then tell the new one",
        ),
        ReturnCode::NotEnrolled => ("请先在转入地参保，再重新申请", "enrol at the new agency first, then apply again"),
        ReturnCode::PersonNotFound => (
            "请与转入地经办机构核对证件号码和原参保地",
            "check the document number and the old place of insurance with the new agency",
        ),
        ReturnCode::PersonMismatch => (
            "请携带证件到转入地经办机构核对姓名和证件号码",
            "bring the document to the new agency and have name and number compared",
        ),
        ReturnCode::NotInsuredHere => {
            ("请与转入地经办机构核对原参保地和险种", "check the old place and kind of insurance with the new agency")
        }
        ReturnCode::WrongAgency => {
            ("请告知转入地经办机构实际的原参保地", "tell the new agency where the insurance really was")
        }
        ReturnCode::SamePool => (
            "同一统筹区内无需转移，请在当地经办机构办理变更",
            "no transfer is needed inside one area; have the change made at the local agency",
        ),
        ReturnCode::Retired => (
            "退休人员不办理转移；个人账户余额可向转出地经办机构询问",
            "retired persons do not move; ask the old agency about the balance of the account",
        ),
        ReturnCode::Arrears => (
            "请先在转出地补缴欠费，再告知转入地经办机构",
            "pay the arrears at the old agency first, then tell the new one",
        ),
        ReturnCode::ResidentSameYear => {
            ("请在参加下一年度居民医保后再申请", "apply again after enrolling for the next year")
        }
        ReturnCode::OpenClaims => (
            "请先在转出地结清医疗费用，再告知转入地经办机构",
            "settle the medical bills at the old agency first, then tell the new one",
        ),
        ReturnCode::AccountFrozen => {
            ("请向转出地经办机构了解个人账户的情况", "ask the old agency about the personal account")
        }
        ReturnCode::NegativeBalance => {
            ("请与转出地经办机构核对个人账户余额", "check the balance of the personal account with the old agency")
        }
        ReturnCode::CaseConflict => (
            "已有一笔转移在办，请等待其办结，无需重复申请",
            "another transfer is under way: wait until it has ended, do not apply twice",
        ),
        ReturnCode::LetterIncomplete => (
            "暂时无需办理；需要补充材料时，转入地经办机构会联系您",
            "nothing for now: the new agency will ask if something is missing",
        ),
        ReturnCode::Deceased => ("请家属与转出地经办机构联系", "the family is asked to speak with the old agency"),
        ReturnCode::Other => {
            ("请向转入地经办机构询问具体原因和办法", "ask the new agency for the reason and what helps")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_return_code_tells_the_person_what_helps_without_a_code() {
        for code in ReturnCode::ALL {
            let (chinese, english) = advice(*code);
            assert!(!chinese.ends_with('。') && !english.ends_with('.'), "{code:?}: the sentence is ended by its user");
            assert!(!chinese.is_ascii() && english.is_ascii(), "{code:?}");
            let is_code = |word: &str| word.len() > 2 && word.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
            assert!(!english.split(' ').any(is_code), "{code:?}: {english}");
        }
    }
}
