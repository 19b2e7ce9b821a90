//! The published catalogue: every stable code, what it says, what it means for the case or the money, who must act and
//! what comes next. It explains; it never decides. Codes that have a table elsewhere are read from there; those of the
//! layers above the domain are added by who asks.

mod declined;
mod files;
mod kinds;
mod messages;
mod tables;
mod troubles;

use std::borrow::Cow;

use serde::Serialize;

pub use kinds::{Kind, Who};

/// A text in both languages; empty in both or in neither.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Both {
    pub zh: Cow<'static, str>,
    pub en: Cow<'static, str>,
}

impl Both {
    const NOTHING: Both = Both { zh: Cow::Borrowed(""), en: Cow::Borrowed("") };

    pub fn is_empty(&self) -> bool {
        self.zh.is_empty()
    }

    fn or(self, other: Both) -> Both {
        if self.is_empty() { other } else { self }
    }
}

impl From<(&'static str, &'static str)> for Both {
    fn from((zh, en): (&'static str, &'static str)) -> Both {
        Both { zh: zh.into(), en: en.into() }
    }
}

/// One code of one kind. The same code may stand in several kinds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub code: &'static str,
    pub kind: Kind,
    /// What it says, in one line.
    pub name: Both,
    /// What happened, where the name does not say it.
    pub what: Both,
    /// For the case or the money.
    pub means: Both,
    pub who: Who,
    /// Empty where nothing is to be done.
    pub next: Both,
}

impl Entry {
    /// Says of meaning, actor and next step what its kind usually says.
    pub fn new(kind: Kind, code: &'static str, name: impl Into<Both>) -> Entry {
        let (means, who, next) = kind.usual();
        Entry { code, kind, name: name.into(), what: Both::NOTHING, means, who, next }
    }

    #[must_use]
    pub fn what(self, what: impl Into<Both>) -> Entry {
        Entry { what: what.into(), ..self }
    }

    /// An empty text leaves what was there; so does it in `next`.
    #[must_use]
    pub fn means(self, means: impl Into<Both>) -> Entry {
        Entry { means: means.into().or(self.means), ..self }
    }

    #[must_use]
    pub fn who(self, who: Who) -> Entry {
        Entry { who, ..self }
    }

    #[must_use]
    pub fn next(self, next: impl Into<Both>) -> Entry {
        Entry { next: next.into().or(self.next), ..self }
    }

    fn ended(self) -> Entry {
        Entry { who: Who::Nobody, next: Both::NOTHING, ..self }
    }

    /// Codes are found in any case, with `-` or a blank for `_`.
    pub fn is_called(&self, name: &str) -> bool {
        folded(self.code) == folded(name)
    }
}

/// A code as it is compared.
pub fn folded(code: &str) -> String {
    code.trim().to_uppercase().replace(['-', ' '], "_")
}

/// A row of a table that only the catalogue has. Empty texts are the kind's.
struct Row {
    code: &'static str,
    who: Who,
    name: (&'static str, &'static str),
    means: (&'static str, &'static str),
    next: (&'static str, &'static str),
}

impl Row {
    fn entry(&self, kind: Kind) -> Entry {
        let entry = Entry::new(kind, self.code, self.name).means(self.means);
        if self.who == Who::Nobody { entry.ended() } else { entry.who(self.who).next(self.next) }
    }
}

/// One code a row: code, who acts, 中文, English; then meaning and next step where the kind's do not fit.
macro_rules! rows {
    ($(#[$doc:meta])* $name:ident {
        $($code:literal $who:ident, $zh:literal $en:literal
            $(, means $mzh:literal $men:literal)? $(, next $nzh:literal $nen:literal)?;)+
    }) => {
        $(#[$doc])*
        pub(super) const $name: &[super::Row] = &[$(super::Row {
            code: $code,
            who: super::Who::$who,
            name: ($zh, $en),
            means: (concat!($($mzh)?), concat!($($men)?)),
            next: (concat!($($nzh)?), concat!($($nen)?)),
        },)+];
    };
}
use rows;

/// What the domain knows of, kind by kind.
pub fn entries() -> Vec<Entry> {
    let own = [
        (Kind::Declined, declined::DECLINED),
        (Kind::BadRow, files::BAD_ROWS),
        (Kind::BadFile, files::BAD_FILES),
        (Kind::DeadLetter, messages::KEPT_ASIDE),
        (Kind::Unsent, messages::UNSENT),
        (Kind::Configuration, troubles::CONFIGURATION),
        (Kind::Database, troubles::DATABASE),
        (Kind::Command, troubles::COMMANDS),
        (Kind::Page, troubles::PAGES),
        (Kind::Log, troubles::LOGS),
    ];
    let mut entries = tables::entries();
    entries.extend(own.into_iter().flat_map(|(kind, rows)| rows.iter().map(move |row| row.entry(kind))));
    entries.extend(files::of_people());
    entries.sort_by_key(|entry| entry.kind);
    entries
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_entry_says_in_both_languages_what_it_is_and_what_it_means() {
        for entry in entries() {
            let Entry { code, name, what, means, next, .. } = &entry;
            assert!(!name.is_empty() && !means.is_empty(), "{code}");
            for text in [name, what, means, next] {
                assert_eq!(text.zh.is_empty(), text.en.is_empty(), "{code}: {text:?}");
            }
            assert_eq!(next.is_empty(), entry.who == Who::Nobody, "{code}: who acts has something to do");
        }
    }

    #[test]
    fn a_code_stands_once_in_its_kind() {
        let mut seen = BTreeSet::new();
        for entry in entries() {
            assert!(seen.insert((entry.kind, folded(entry.code))), "{:?} {}", entry.kind, entry.code);
        }
    }

    #[test]
    fn every_addition_is_to_a_code_of_a_table() {
        let entries = entries();
        for (kind, code) in tables::additions() {
            assert!(entries.iter().any(|entry| entry.kind == kind && entry.code == code), "{kind:?} {code}");
        }
    }
}
