//! 个人账户余额退付: what a clerk asks for when the balance goes to the person, not to another agency.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::act::Why;
use super::forms::BankAccount;
use super::ids::{ApplicationNo, PersonNo};

/// 参保人本人的银行账户. Debug shows nothing of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OwnAccount(pub BankAccount);

impl fmt::Debug for OwnAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OwnAccount(…)")
    }
}

impl OwnAccount {
    /// The lengths and digits that a payment file can carry.
    pub fn is_sound(&self) -> bool {
        let BankAccount { name, number, bank, bank_no } = &self.0;
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let text = |text: &str| (1..=100).contains(&text.trim().chars().count());
        text(name)
            && text(bank)
            && (8..=40).contains(&number.len())
            && digits(number)
            && bank_no.as_ref().is_none_or(|no| no.len() == 12 && digits(no))
    }
}

/// 退付原因: why the balance has no other agency to go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PayoutReason {
    /// 出国（境）定居
    Emigrated,
    /// 退休后境外居住
    RetiredAbroad,
    /// 转入地未接入
    OffExchange,
    /// 退休人员申请退付: the relation stays.
    Retired,
}

impl PayoutReason {
    pub const ALL: [PayoutReason; 4] =
        [PayoutReason::Emigrated, PayoutReason::RetiredAbroad, PayoutReason::OffExchange, PayoutReason::Retired];

    pub fn word(self) -> &'static str {
        match self {
            PayoutReason::Emigrated => "emigrated",
            PayoutReason::RetiredAbroad => "retired-abroad",
            PayoutReason::OffExchange => "off-exchange",
            PayoutReason::Retired => "retired",
        }
    }

    pub fn from_word(word: &str) -> Option<PayoutReason> {
        PayoutReason::ALL.into_iter().find(|reason| reason.word().eq_ignore_ascii_case(word))
    }

    /// Whether the relation here ends with the payout.
    pub fn ends_relation(self) -> bool {
        self != PayoutReason::Retired
    }
}

/// 退付申请: opens a case of this agency alone. Needs a second person before anything is paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PayoutRequest {
    /// Of this agency's own numbers; taken once.
    pub payout_no: ApplicationNo,
    pub person_no: PersonNo,
    pub why: PayoutReason,
    pub account: OwnAccount,
    pub reason: Why,
}
