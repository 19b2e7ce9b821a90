//! 证件: document types and the numbers they may carry (domain.md §4.6). The address part of a number is never looked
//! up: historic codes stay valid for life.

use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::domain::forms::Sex;

/// One row a type: variant, own number, word, 中文, other spellings.
macro_rules! types {
    ($($variant:ident = $number:literal, $word:literal, $zh:literal, [$($alias:literal),*];)+) => {
        /// 证件类型. The numbers are our own; agencies' tables differ from each other and are mapped by configuration.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum DocumentType { $(#[serde(rename = $word)] $variant,)+ }

        impl DocumentType {
            pub const ALL: &'static [DocumentType] = &[$(DocumentType::$variant,)+];

            /// The stable word.
            pub fn word(self) -> &'static str {
                match self { $(DocumentType::$variant => $word,)+ }
            }

            /// The number of the wire enum; never reused.
            pub fn number(self) -> i32 {
                match self { $(DocumentType::$variant => $number,)+ }
            }

            pub fn from_number(number: i32) -> Option<DocumentType> {
                DocumentType::ALL.iter().copied().find(|kind| kind.number() == number)
            }

            pub fn chinese(self) -> &'static str {
                match self { $(DocumentType::$variant => $zh,)+ }
            }

            fn other_words(self) -> &'static [&'static str] {
                match self { $(DocumentType::$variant => &[$($alias),*],)+ }
            }
        }
    };
}

types! {
    ResidentId = 1, "RESIDENT_ID", "居民身份证", ["身份证", "ID_CARD"];
    ResidencePermit = 2, "RESIDENCE_PERMIT", "港澳台居民居住证", ["居住证"];
    HongKongMacauPermit = 3, "HONG_KONG_MACAU_PERMIT", "港澳居民来往内地通行证", ["回乡证"];
    TaiwanPermit = 4, "TAIWAN_PERMIT", "台湾居民来往大陆通行证", ["台胞证"];
    ForeignPermanentResident = 5, "FOREIGN_PERMANENT_RESIDENT", "外国人永久居留身份证", ["外国人永久居留证"];
    Passport = 6, "PASSPORT", "护照", ["外国护照"];
    Other = 7, "OTHER", "其他", ["其他证件", "其它"];
}

impl DocumentType {
    /// Reads Chinese names and English words, in any case, with spaces or hyphens for `_`. Never a number.
    pub fn from_word(text: &str) -> Option<DocumentType> {
        let word = text.trim().to_uppercase().replace([' ', '-'], "_");
        DocumentType::ALL
            .iter()
            .copied()
            .find(|kind| kind.word() == word || kind.chinese() == word || kind.other_words().contains(&&*word))
    }
}

/// Why a number cannot be a document's. Carries nothing of the number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    #[error("full-width characters in the number: type the digits in half width")]
    FullWidth,
    #[error("a 15-digit number of the first generation: ask for the 18-digit number that replaced it")]
    FifteenDigits,
    #[error("the number has 18 characters: compare it with the document")]
    Length,
    #[error("the number is 17 digits and a digit or X, without spaces: compare it with the document")]
    Characters,
    #[error("the birth date inside the number does not exist: compare it with the document")]
    BirthDate,
    #[error("the check character does not fit the number: a digit is wrong or two are swapped")]
    CheckCharacter,
    #[error("not the form of a number of this document type: compare type and number with the document")]
    Form,
}

impl DocumentError {
    pub const ALL: &'static [DocumentError] = &[
        DocumentError::FullWidth,
        DocumentError::FifteenDigits,
        DocumentError::Length,
        DocumentError::Characters,
        DocumentError::BirthDate,
        DocumentError::CheckCharacter,
        DocumentError::Form,
    ];

    /// The word that never changes.
    pub fn code(self) -> &'static str {
        match self {
            DocumentError::FullWidth => "document_full_width",
            DocumentError::FifteenDigits => "document_fifteen_digits",
            DocumentError::Length => "document_length",
            DocumentError::Characters => "document_characters",
            DocumentError::BirthDate => "document_birth_date",
            DocumentError::CheckCharacter => "document_check_character",
            DocumentError::Form => "document_form",
        }
    }

    pub fn chinese(self) -> &'static str {
        match self {
            DocumentError::FullWidth => "证件号码含全角字符，请改用半角数字",
            DocumentError::FifteenDigits => "15位一代证号码，请核实并填写升位后的18位号码",
            DocumentError::Length => "证件号码应为18位，请核对证件",
            DocumentError::Characters => "证件号码应为17位数字加一位数字或X，不含空格，请核对证件",
            DocumentError::BirthDate => "证件号码中的出生日期不存在，请核对证件",
            DocumentError::CheckCharacter => "证件号码校验位不符，可能有错位或错号，请核对证件",
            DocumentError::Form => "号码与证件类型的格式不符，请核对证件类型和号码",
        }
    }
}

/// 证件: type and checked number, `X` in capitals. Debug shows the mask.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "Unchecked", into = "Unchecked")]
pub struct Document {
    kind: DocumentType,
    number: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Unchecked {
    kind: DocumentType,
    number: String,
}

impl Document {
    /// Checks the number as its type demands and writes letters in capitals; changes nothing else.
    pub fn new(kind: DocumentType, number: &str) -> Result<Document, DocumentError> {
        if number.chars().any(|c| matches!(c, '\u{FF01}'..='\u{FF5E}' | '\u{3000}')) {
            return Err(DocumentError::FullWidth);
        }
        let number = number.to_uppercase();
        match kind {
            DocumentType::ResidentId | DocumentType::ResidencePermit => {
                eighteen(&number)?;
            }
            DocumentType::ForeignPermanentResident if is_old_permanent_residence(&number) => {}
            DocumentType::ForeignPermanentResident => {
                eighteen(&number)?;
                // The card of 2023 begins with 9; without it the number belongs to a citizen's card.
                if !number.starts_with('9') {
                    return Err(DocumentError::Form);
                }
            }
            DocumentType::HongKongMacauPermit => {
                let digits = number.strip_prefix(['H', 'M']).ok_or(DocumentError::Form)?;
                form(matches!(digits.len(), 8 | 10) && all_digits(digits))?;
            }
            DocumentType::TaiwanPermit => {
                form((8..=12).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_alphanumeric()))?;
            }
            DocumentType::Passport => {
                form((5..=15).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_alphanumeric()))?;
            }
            DocumentType::Other => {
                let allowed = |c: char| c.is_alphanumeric() || matches!(c, '-' | '/' | '.' | '(' | ')');
                form((1..=40).contains(&number.chars().count()) && number.chars().all(allowed))?;
            }
        }
        Ok(Document { kind, number })
    }

    pub fn kind(&self) -> DocumentType {
        self.kind
    }

    /// The full number: for forms, pages with permission and files; never for logs.
    pub fn number(&self) -> &str {
        &self.number
    }

    /// The birth date, where the number tells it.
    pub fn birth_date(&self) -> Option<NaiveDate> {
        self.tells_birth_and_sex().then(|| birth_date_in(&self.number)).flatten()
    }

    /// 性别, where the number tells it.
    pub fn sex(&self) -> Option<Sex> {
        let digit = self.number.as_bytes().get(16).filter(|_| self.tells_birth_and_sex())?;
        Some(if digit % 2 == 1 { Sex::Male } else { Sex::Female })
    }

    /// `110***********002X`; of a number under 15 characters the last four at most.
    pub fn masked(&self) -> String {
        let characters: Vec<char> = self.number.chars().collect();
        let length = characters.len();
        let head = if length >= 15 { 3 } else { 0 };
        let tail = length - (length / 2).min(4);
        let shown = |(at, c): (usize, &char)| if at < head || at >= tail { *c } else { '*' };
        characters.iter().enumerate().map(shown).collect()
    }

    fn tells_birth_and_sex(&self) -> bool {
        match self.kind {
            DocumentType::ResidentId | DocumentType::ResidencePermit => true,
            DocumentType::ForeignPermanentResident => self.number.len() == 18,
            DocumentType::HongKongMacauPermit
            | DocumentType::TaiwanPermit
            | DocumentType::Passport
            | DocumentType::Other => false,
        }
    }
}

fn form(holds: bool) -> Result<(), DocumentError> {
    if holds { Ok(()) } else { Err(DocumentError::Form) }
}

fn all_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Three letters and twelve digits, issued until 2023 and still valid.
fn is_old_permanent_residence(number: &str) -> bool {
    number.len() == 15
        && number.bytes().take(3).all(|byte| byte.is_ascii_uppercase())
        && number.bytes().skip(3).all(|byte| byte.is_ascii_digit())
}

/// The 18-character number of GB 11643-1999.
fn eighteen(number: &str) -> Result<(), DocumentError> {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    const CHECK: &[u8; 11] = b"10X98765432";
    if number.len() == 15 && all_digits(number) {
        return Err(DocumentError::FifteenDigits);
    }
    if number.chars().count() != 18 {
        return Err(DocumentError::Length);
    }
    let (digits, check) = number.as_bytes().split_at(17);
    if !digits.iter().all(u8::is_ascii_digit) || !matches!(check, [b'0'..=b'9' | b'X']) {
        return Err(DocumentError::Characters);
    }
    birth_date_in(number).ok_or(DocumentError::BirthDate)?;
    let sum: u32 = digits.iter().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    if check == [CHECK[sum as usize % 11]] { Ok(()) } else { Err(DocumentError::CheckCharacter) }
}

/// `None` unless the day exists; years before 1850 and after 2099 are a typing error.
fn birth_date_in(number: &str) -> Option<NaiveDate> {
    let part = |range: std::ops::Range<usize>| number.get(range)?.parse::<u32>().ok();
    let year = part(6..10).filter(|year| (1850..=2099).contains(year))?;
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, part(10..12)?, part(12..14)?)
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.word(), self.masked())
    }
}

impl TryFrom<Unchecked> for Document {
    type Error = DocumentError;
    fn try_from(raw: Unchecked) -> Result<Document, DocumentError> {
        Document::new(raw.kind, &raw.number)
    }
}

impl From<Document> for Unchecked {
    fn from(document: Document) -> Unchecked {
        Unchecked { kind: document.kind, number: document.number }
    }
}

#[cfg(test)]
mod tests;
