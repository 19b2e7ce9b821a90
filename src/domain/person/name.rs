//! 姓名: what may stand in a name. Never compares, guesses or corrects one: two spellings are two names.

use std::fmt;

use serde::{Deserialize, Serialize};

const CHARACTERS_MIN: usize = 2;
const CHARACTERS_MAX: usize = 50;
/// More marks than this on one letter are a flood that runs over the lines around it.
const MARKS_MAX: usize = 2;

/// 姓名: 2 to 50 characters, also outside the BMP; `·` (U+00B7) between the parts of a name. Debug shows the mask.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PersonName(String);

/// Why a text is no name. Carries nothing of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    #[error("a name has 2 to 50 characters: write it out as in the document")]
    Length,
    #[error("a name neither begins nor ends with a space, and has single spaces inside: remove them")]
    Spaces,
    #[error("the name holds an invisible control, direction or format character: type it again")]
    Invisible,
    #[error("the name piles too many marks on one letter: type it again")]
    MarkFlood,
    #[error("a private-use character reads differently on every machine: use the one of GB 18030-2022")]
    PrivateUse,
    #[error("a name holds letters, · (U+00B7), spaces, hyphens, apostrophes and full stops only")]
    NotALetter,
}

impl NameError {
    pub const ALL: &'static [NameError] = &[
        NameError::Length,
        NameError::Spaces,
        NameError::Invisible,
        NameError::MarkFlood,
        NameError::PrivateUse,
        NameError::NotALetter,
    ];

    /// The word that never changes.
    pub fn code(self) -> &'static str {
        match self {
            NameError::Length => "name_length",
            NameError::Spaces => "name_spaces",
            NameError::Invisible => "name_invisible_character",
            NameError::MarkFlood => "name_mark_flood",
            NameError::PrivateUse => "name_private_use",
            NameError::NotALetter => "name_character",
        }
    }

    pub fn chinese(self) -> &'static str {
        match self {
            NameError::Length => "姓名应为2至50个字符，请按证件完整填写",
            NameError::Spaces => "姓名首尾不得有空格，中间不得有连续空格，请删除",
            NameError::Invisible => "姓名含不可见的控制、方向或格式字符，请重新录入",
            NameError::MarkFlood => "姓名中一个字母叠加了过多符号，请重新录入",
            NameError::PrivateUse => "姓名含自造区字符，各机器显示不一，请改用GB 18030-2022的正式字符",
            NameError::NotALetter => "姓名只能含文字、间隔号·(U+00B7)、空格、连字符、撇号和句点",
        }
    }
}

impl PersonName {
    /// Refuses what cannot be a name; changes nothing.
    pub fn new(text: &str) -> Result<PersonName, NameError> {
        let length = text.chars().take(CHARACTERS_MAX + 1).count();
        if !(CHARACTERS_MIN..=CHARACTERS_MAX).contains(&length) {
            return Err(NameError::Length);
        }
        if text.starts_with(' ') || text.ends_with(' ') || text.contains("  ") {
            return Err(NameError::Spaces);
        }
        let mut marks = 0;
        let mut letters = 0;
        for c in text.chars() {
            if is_mark(c) {
                marks += 1;
                if marks > MARKS_MAX || letters == 0 {
                    return Err(NameError::MarkFlood);
                }
                continue;
            }
            marks = 0;
            if is_invisible(c) {
                return Err(NameError::Invisible);
            } else if is_private(c) {
                return Err(NameError::PrivateUse);
            } else if is_letter(c) {
                letters += 1;
            } else if !matches!(c, '·' | ' ' | '-' | '\'' | '’' | '.') {
                return Err(NameError::NotALetter);
            }
        }
        if letters == 0 { Err(NameError::NotALetter) } else { Ok(PersonName(text.to_owned())) }
    }

    /// The full name: for forms, pages with permission and files; never for logs.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `张*`, `张*三`, `欧**丽`; of a longer name the first character and `**`.
    pub fn masked(&self) -> String {
        let characters: Vec<char> = self.0.chars().collect();
        match characters.as_slice() {
            [first, _] => format!("{first}*"),
            [first, middle @ .., last] if characters.len() <= 4 => {
                format!("{first}{}{last}", "*".repeat(middle.len()))
            }
            [first, ..] => format!("{first}**"),
            [] => String::new(),
        }
    }
}

fn is_letter(c: char) -> bool {
    // Planes 2 and 3 hold ideographs only; a character newer than the compiler's tables is still somebody's name.
    c.is_alphabetic() || matches!(c, '\u{20000}'..='\u{3FFFD}')
}

fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{34E}' | '\u{350}'..='\u{36F}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}'
        | '\u{20D0}'..='\u{20FF}' | '\u{FE20}'..='\u{FE2F}')
}

fn is_private(c: char) -> bool {
    matches!(c, '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..='\u{10FFFF}')
}

/// Controls, direction and format characters, fillers, variation selectors: nothing a clerk could see.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
            | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
            | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}'
            | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

impl fmt::Debug for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl TryFrom<String> for PersonName {
    type Error = NameError;
    fn try_from(text: String) -> Result<PersonName, NameError> {
        PersonName::new(&text)
    }
}

impl From<PersonName> for String {
    fn from(name: PersonName) -> String {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_every_script_are_taken_as_they_are() {
        for text in [
            "测试",
            "测试·样例",
            "㛃䶮",
            "𬱖𠀀",
            "样例〇",
            "Anna Muster",
            "Ménard-O’Neil",
            "ئۈلگە",
            "Nguye\u{302}\u{303}n",
        ] {
            let name = PersonName::new(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(name.as_str(), text);
        }
        assert!(PersonName::new(&"样".repeat(50)).is_ok());
    }

    #[test]
    fn what_no_clerk_could_read_is_no_name() {
        use NameError::{Invisible, Length, MarkFlood, NotALetter, PrivateUse, Spaces};
        for (text, error) in [
            ("", Length),
            ("测", Length),
            (&*"样".repeat(51), Length),
            (&*"x".repeat(1_000_000), Length),
            (" 测试", Spaces),
            ("测试 ", Spaces),
            ("   ", Spaces),
            ("测  试", Spaces),
            ("测\0试", Invisible),
            ("测\n试", Invisible),
            ("测\u{202E}试", Invisible),
            ("测\u{200B}试", Invisible),
            ("测\u{FEFF}试", Invisible),
            ("\u{3164}\u{3164}", Invisible),
            ("a\u{301}\u{301}\u{301}b", MarkFlood),
            ("\u{301}\u{301}", MarkFlood),
            ("测\u{E000}", PrivateUse),
            ("测\u{3000}试", NotALetter),
            ("测试1", NotALetter),
            ("··", NotALetter),
            ("=测试", NotALetter),
        ] {
            assert_eq!(PersonName::new(text), Err(error), "{} characters", text.chars().count());
        }
    }

    #[test]
    fn a_mask_is_all_that_debug_shows() {
        for (text, mask) in [("样例", "样*"), ("样例三", "样*三"), ("样例三四", "样**四"), ("样例·三四五", "样**")]
        {
            let name = PersonName::new(text).expect("a name");
            assert_eq!(name.masked(), mask);
            assert_eq!(format!("{name:?}"), mask);
        }
    }

    #[test]
    fn a_bad_name_does_not_come_in_by_json() {
        assert!(serde_json::from_str::<PersonName>("\"测\\u0000试\"").is_err());
        let name: PersonName = serde_json::from_str("\"测试𬱖\"").expect("a name");
        assert_eq!(serde_json::to_string(&name).expect("json"), "\"测试𬱖\"");
    }
}
