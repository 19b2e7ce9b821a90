//! 资金差异通知: the money is not what was announced. Never a partial credit.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::Operator;
use crate::domain::event::StatementLine;
use crate::domain::ids::{LetterNo, PaymentRef};
use crate::domain::money::Fen;

/// One row a kind: variant, wire number, word, 中文, English.
macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident = $number:literal, $word:literal, $zh:literal, $en:literal;)+) => {
        /// 差异类型
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "SCREAMING_SNAKE_CASE")]
        pub enum DiscrepancyKind { $($(#[$doc])* $variant,)+ }

        impl DiscrepancyKind {
            pub const ALL: &'static [DiscrepancyKind] = &[$(DiscrepancyKind::$variant,)+];

            pub fn number(self) -> i32 {
                match self { $(DiscrepancyKind::$variant => $number,)+ }
            }

            pub fn from_number(number: i32) -> Option<DiscrepancyKind> {
                DiscrepancyKind::ALL.iter().copied().find(|kind| kind.number() == number)
            }

            /// The stable word in tasks and steps.
            pub fn word(self) -> &'static str {
                match self { $(DiscrepancyKind::$variant => $word,)+ }
            }

            pub fn from_word(word: &str) -> Option<DiscrepancyKind> {
                DiscrepancyKind::ALL.iter().copied().find(|kind| kind.word() == word)
            }

            pub fn words(self) -> (&'static str, &'static str) {
                match self { $(DiscrepancyKind::$variant => ($zh, $en),)+ }
            }
        }
    };
}

kinds! {
    Short = 1, "SHORT", "少汇", "too little came";
    Over = 2, "OVER", "多汇", "too much came";
    Missing = 3, "MISSING", "未到账", "nothing came";
    /// Belongs to no case.
    Unidentified = 4, "UNIDENTIFIED", "无法识别", "cannot be identified";
    Duplicate = 5, "DUPLICATE", "重复到账", "came a second time";
    WrongName = 6, "WRONG_NAME", "户名不符", "the payer is not the announced one";
}

/// What the incoming agency's bank shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FundsDiscrepancy {
    /// None only for `UNIDENTIFIED`.
    pub letter_no: Option<LetterNo>,
    pub kind: DiscrepancyKind,
    pub expected: Option<Fen>,
    pub received: Option<Fen>,
    /// At most 50.
    pub lines: Vec<ShownLine>,
    pub text: Option<String>,
    pub found_on: NaiveDate,
    pub operator: Operator,
}

/// A line of our statement as the other agency may see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownLine {
    pub bank_txn_no: String,
    pub booked_on: NaiveDate,
    pub amount: Option<Fen>,
    pub payer_name: Option<String>,
    pub payer_number: Option<String>,
    pub remark: Option<String>,
    pub payment_ref: Option<PaymentRef>,
}

impl ShownLine {
    pub fn of(line: &StatementLine) -> ShownLine {
        let cut = |text: &str, most: usize| {
            let text: String = text.chars().take(most).collect();
            (!text.trim().is_empty()).then_some(text)
        };
        ShownLine {
            bank_txn_no: line.bank_txn_no.to_string(),
            booked_on: line.booked_on,
            amount: Fen::new(line.amount.0),
            payer_name: cut(&line.payer_name, 100),
            payer_number: cut(&line.payer_account, 40),
            remark: cut(&line.remark, 300),
            payment_ref: line.payment_ref.clone(),
        }
    }
}
