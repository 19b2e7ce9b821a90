//! Money in fen (分), CNY only: exact integers, checked sums, never a float.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An amount in fen (分): exact and positive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub struct Fen(i64);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    #[error("an amount must be more than zero")]
    NotPositive,
    #[error("an amount is written in yuan with at most two decimals, such as 1234.50")]
    NotYuan,
    #[error("the sum is larger than can be booked")]
    Overflow,
}

impl Fen {
    /// `None` unless more than zero.
    pub const fn new(fen: i64) -> Option<Fen> {
        if fen > 0 { Some(Fen(fen)) } else { None }
    }

    pub const fn get(self) -> i64 {
        self.0
    }

    /// `None` where no 64 bits hold the sum.
    pub fn plus(self, other: Fen) -> Option<Fen> {
        self.0.checked_add(other.0).map(Fen)
    }
}

impl TryFrom<i64> for Fen {
    type Error = MoneyError;
    fn try_from(fen: i64) -> Result<Fen, MoneyError> {
        Fen::new(fen).ok_or(MoneyError::NotPositive)
    }
}

impl From<Fen> for i64 {
    fn from(fen: Fen) -> i64 {
        fen.0
    }
}

impl fmt::Display for Fen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Balance(self.0).fmt(f)
    }
}

/// A balance or a signed bank line in fen: may be zero or negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Balance(pub i64);

impl Balance {
    /// Reads yuan as agencies write them: `1234.5`, `-0.01`, `88`. No separators, no exponent, no currency sign.
    pub fn from_yuan(text: &str) -> Result<Balance, MoneyError> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let (yuan, fen) = digits.split_once('.').unwrap_or((digits, ""));
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if yuan.is_empty() || !all_digits(yuan) || !all_digits(fen) || fen.len() > 2 || digits.ends_with('.') {
            return Err(MoneyError::NotYuan);
        }
        let whole: i64 = yuan.parse().map_err(|_| MoneyError::Overflow)?;
        let cents: i64 = format!("{fen:0<2}").parse().map_err(|_| MoneyError::NotYuan)?;
        let total = whole.checked_mul(100).and_then(|sum| sum.checked_add(cents)).ok_or(MoneyError::Overflow)?;
        Ok(Balance(if negative { -total } else { total }))
    }

    /// The amount, if there is one to move.
    pub fn positive(self) -> Option<Fen> {
        Fen::new(self.0)
    }

    pub fn checked_add(self, other: Balance) -> Option<Balance> {
        self.0.checked_add(other.0).map(Balance)
    }
}

impl From<Fen> for Balance {
    fn from(fen: Fen) -> Balance {
        Balance(fen.0)
    }
}

/// Yuan with two decimals, as printed everywhere: `-1234.05`.
impl fmt::Display for Balance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let magnitude = self.0.unsigned_abs();
        f.pad(&format!("{sign}{}.{:02}", magnitude / 100, magnitude % 100))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yuan_are_read_exactly_or_not_at_all() {
        for (text, fen) in [("0", 0), ("0.01", 1), ("1.1", 110), ("-5.00", -500), ("1234.50", 123_450)] {
            assert_eq!(Balance::from_yuan(text), Ok(Balance(fen)), "{text}");
        }
        for text in ["", "-", ".5", "1.", "1,000.00", "￥100", "100元", "100.005", "1e3", "１００", "+1", "NaN"] {
            assert_eq!(Balance::from_yuan(text), Err(MoneyError::NotYuan), "{text}");
        }
        assert_eq!(Balance::from_yuan("92233720368547758.08"), Err(MoneyError::Overflow));
        assert_eq!(Balance(-5).to_string(), "-0.05");
        assert_eq!(Balance(123_456).to_string(), "1234.56");
    }

    #[test]
    fn an_amount_is_more_than_zero() {
        assert_eq!(Fen::new(0), None);
        assert_eq!(Fen::new(-1), None);
        assert_eq!(Fen::new(1).map(Fen::get), Some(1));
    }
}
