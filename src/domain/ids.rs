//! The names of things: short typed words that never mix. Nothing here makes an id; `crate::ids` does.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Why a text cannot be the id it claims to be. Carries no content: a wrong id may hold a person's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{what} must be {rule}")]
pub struct IdError {
    pub what: &'static str,
    pub rule: &'static str,
}

/// A word of limited length and alphabet, cheap to copy.
macro_rules! word {
    ($(#[$doc:meta])* $name:ident, $what:literal, $min:literal..=$max:literal, $allowed:expr, $rule:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// Refuses a text of another length or alphabet.
            pub fn new(text: &str) -> Result<Self, IdError> {
                let allowed: fn(char) -> bool = $allowed;
                let length = text.chars().count();
                if ($min..=$max).contains(&length) && text.chars().all(allowed) {
                    Ok(Self(Arc::from(text)))
                } else {
                    Err(IdError { what: $what, rule: $rule })
                }
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                Self::new(&text)
            }
        }

        impl From<$name> for String {
            fn from(word: $name) -> String {
                word.0.to_string()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

fn is_code(c: char) -> bool {
    c.is_ascii_uppercase() || c.is_ascii_digit()
}

fn is_reference(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '/' | '.')
}

word!(
    /// 经办机构代码: unique in the directory; also broker user, queue suffix and routing token.
    AgencyCode, "agency code", 6..=20, is_code, "6 to 20 characters A-Z 0-9"
);
word!(
    /// 联系函编号: unique per incoming agency.
    LetterNo, "letter no.", 1..=40, is_reference, "1 to 40 letters, digits or - _ / ."
);
word!(
    /// 信息表编号.
    SheetNo, "sheet no.", 1..=40, is_reference, "1 to 40 letters, digits or - _ / ."
);
word!(
    /// 申请编号: unique per agency that took the application.
    ApplicationNo, "application no.", 1..=40, is_reference, "1 to 40 letters, digits or - _ / ."
);
word!(
    /// 个人编号: a person's number in one agency's register.
    PersonNo, "person no.", 1..=30, is_reference, "1 to 30 letters, digits or - _ / ."
);
word!(
    /// Our own payment reference, carried by the banks as end-to-end id and in the remark.
    PaymentRef, "payment reference", 1..=35, is_reference, "1 to 35 letters, digits or - _ / ."
);
word!(
    /// 银行交易流水号, the bank's own number of one line.
    BankTxnNo, "bank transaction no.", 1..=64, is_reference, "1 to 64 letters, digits or - _ / ."
);

/// A case, the same on both sides; set by the first sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CaseId(pub Uuid);

impl fmt::Display for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A message (UUIDv7), unique per sender for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MessageId(pub Uuid);

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The digest of a signed message: what a receipt answers for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Digest(pub [u8; 32]);

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
