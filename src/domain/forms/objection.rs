//! 核对异议: what the incoming agency does not accept in a sheet.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::Operator;
use crate::domain::ids::{LetterNo, SheetNo};

/// 核对异议
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SheetObjection {
    pub letter_no: LetterNo,
    pub sheet_no: SheetNo,
    /// The version objected to.
    pub sheet_version: u32,
    /// One or more.
    pub objections: Vec<Objection>,
    pub objected_on: NaiveDate,
    pub operator: Operator,
}

/// One field that is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Objection {
    /// Such as `periods[3].months`; at most 100 characters.
    pub field: String,
    pub stated: Option<String>,
    pub expected: Option<String>,
    /// At most 500 characters.
    pub text: String,
}
