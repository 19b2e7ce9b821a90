//! 退汇/重汇通知: a payment did not arrive, or goes back. It says nothing about the case but where its money is.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::Operator;
use crate::domain::ids::{BankTxnNo, LetterNo, PaymentRef};
use crate::domain::money::Fen;

/// One row a reason: variant, wire number, word, 中文, English.
macro_rules! reasons {
    ($($variant:ident = $number:literal, $word:literal, $zh:literal, $en:literal;)+) => {
        /// 退汇原因
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "SCREAMING_SNAKE_CASE")]
        pub enum FundsReturnReason { $($variant,)+ }

        impl FundsReturnReason {
            pub const ALL: &'static [FundsReturnReason] = &[$(FundsReturnReason::$variant,)+];

            pub fn number(self) -> i32 {
                match self { $(FundsReturnReason::$variant => $number,)+ }
            }

            pub fn from_number(number: i32) -> Option<FundsReturnReason> {
                FundsReturnReason::ALL.iter().copied().find(|reason| reason.number() == number)
            }

            /// The stable word in tasks and steps.
            pub fn word(self) -> &'static str {
                match self { $(FundsReturnReason::$variant => $word,)+ }
            }

            pub fn words(self) -> (&'static str, &'static str) {
                match self { $(FundsReturnReason::$variant => ($zh, $en),)+ }
            }
        }
    };
}

reasons! {
    WrongName = 1, "WRONG_NAME", "户名不符", "the payer is not the announced one";
    WrongAccount = 2, "WRONG_ACCOUNT", "收款账户不存在或已销户", "the payee's account does not exist or is closed";
    Excess = 3, "EXCESS", "多汇退回", "more came than was announced";
    Unidentified = 4, "UNIDENTIFIED", "无法识别", "cannot be identified";
    Correction = 5, "CORRECTION", "更正后退差", "the difference after a correction";
    AmountDiffers = 7, "AMOUNT_DIFFERS", "金额不符", "it is not the announced sum";
    Bank = 6, "BANK", "银行退汇", "the bank did not carry it out";
}

/// Money that did not arrive, or that the incoming agency sends back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FundsReturn {
    pub letter_no: Option<LetterNo>,
    pub amount: Fen,
    pub reason: FundsReturnReason,
    pub text: Option<String>,
    /// The payment that is returned.
    pub payment_ref: Option<PaymentRef>,
    /// The bank's number of the line that is returned.
    pub bank_txn_no: Option<BankTxnNo>,
    /// The reference of the payment back; none where a bank returned it.
    pub return_ref: Option<PaymentRef>,
    pub returned_on: NaiveDate,
    pub will_be_resent: bool,
    pub operator: Operator,
}
