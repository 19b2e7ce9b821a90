//! Reads the office's answers. What is absent shows as nothing: a newer daemon may answer more, an older one less.

use serde_json::Value;

use crate::domain::money::Balance;
use crate::domain::time::Moment;
use crate::domain::words::{self, Word};

/// One object of an answer.
#[derive(Clone, Copy)]
pub struct Doc<'a>(pub &'a Value);

impl<'a> Doc<'a> {
    /// Empty where absent.
    pub fn text(self, name: &str) -> &'a str {
        self.0.get(name).and_then(Value::as_str).unwrap_or("")
    }

    pub fn number(self, name: &str) -> i64 {
        self.0.get(name).and_then(Value::as_i64).unwrap_or(0)
    }

    pub fn flag(self, name: &str) -> bool {
        self.0.get(name).and_then(Value::as_bool).unwrap_or(false)
    }

    pub fn amount(self, name: &str) -> Option<Balance> {
        self.0.get(name).and_then(Value::as_i64).map(Balance)
    }

    pub fn moment(self, name: &str) -> Option<Moment> {
        self.0.get(name).and_then(Value::as_i64).map(Moment)
    }

    pub fn part(self, name: &str) -> Option<Doc<'a>> {
        self.0.get(name).filter(|part| part.is_object()).map(Doc)
    }

    /// The words of a list.
    pub fn words(self, name: &str) -> impl Iterator<Item = &'a str> + use<'a> {
        let items = self.0.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        items.iter().filter_map(Value::as_str)
    }

    pub fn list(self, name: &str) -> impl Iterator<Item = Doc<'a>> + use<'a> {
        self.0.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default().iter().map(Doc)
    }
}

/// `11-22 14:03`, in Asia/Shanghai; empty where absent.
pub fn clock(at: Option<Moment>) -> String {
    at.map(|at| at.to_string()).and_then(|text| text.get(5..16).map(str::to_owned)).unwrap_or_default()
}

/// The Chinese word of a code; the code itself where a newer version wrote it.
pub fn chinese<'a>(table: &'static [Word], code: &'a str) -> &'a str {
    words::find(table, code).map_or(code, |word| word.zh)
}

/// Both words of a code, side by side.
pub fn both(table: &'static [Word], code: &str) -> String {
    words::find(table, code).map_or_else(|| code.to_owned(), |word| format!("{} {}", word.zh, word.en))
}
