//! The register's rows as the business sees them, and the arithmetic of contribution months. Never counts a month
//! twice, and never adds employee and resident months together in a person's favour.

mod months;

use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::forms::{AccountScheme, Insurance, Person, Sex};
use super::ids::PersonNo;
use super::person::{Document, PersonName};

pub use months::{Merged, merge, months_of, months_of_family, tidy};

/// 参保状态 of a relation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RelationStatus {
    Active,
    /// 已中止: may move.
    Stopped,
    Retired,
    Deceased,
    /// 已转出: the relation ended here with a transfer.
    TransferredOut,
}

impl RelationStatus {
    pub const ALL: [RelationStatus; 5] = [
        RelationStatus::Active,
        RelationStatus::Stopped,
        RelationStatus::Retired,
        RelationStatus::Deceased,
        RelationStatus::TransferredOut,
    ];

    /// The word used in files and tables.
    pub fn word(self) -> &'static str {
        match self {
            RelationStatus::Active => "active",
            RelationStatus::Stopped => "stopped",
            RelationStatus::Retired => "retired",
            RelationStatus::Deceased => "deceased",
            RelationStatus::TransferredOut => "transferred_out",
        }
    }

    pub fn chinese(self) -> &'static str {
        match self {
            RelationStatus::Active => "参保",
            RelationStatus::Stopped => "停保",
            RelationStatus::Retired => "退休",
            RelationStatus::Deceased => "死亡",
            RelationStatus::TransferredOut => "已转出",
        }
    }

    /// Reads the words above in any case, and the usual longer Chinese ones.
    pub fn from_word(text: &str) -> Option<RelationStatus> {
        let word = text.trim().to_lowercase().replace([' ', '-'], "_");
        RelationStatus::ALL.into_iter().find(|status| status.word() == word || status.chinese() == word).or(match word
            .as_str()
        {
            "正常参保" | "正常" | "在保" => Some(RelationStatus::Active),
            "中止参保" | "已中止" | "暂停参保" => Some(RelationStatus::Stopped),
            "已退休" => Some(RelationStatus::Retired),
            "已死亡" => Some(RelationStatus::Deceased),
            "转出" => Some(RelationStatus::TransferredOut),
            _ => None,
        })
    }
}

/// One person's relation in this agency's register.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InsuredPerson {
    pub person_no: PersonNo,
    pub name: PersonName,
    pub document: Document,
    pub sex: Option<Sex>,
    pub birth_date: Option<NaiveDate>,
    /// 310 or 390.
    pub insurance: Insurance,
    /// Present for employees.
    pub scheme: Option<AccountScheme>,
    pub status: RelationStatus,
    pub status_on: NaiveDate,
    /// 死亡日期, where it became known after the relation had left. Otherwise the status says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub died_on: Option<NaiveDate>,
    /// 欠费
    pub arrears: bool,
    /// 有未结算费用
    pub open_claims: bool,
    pub employer: Option<String>,
    pub phone: Option<String>,
}

impl InsuredPerson {
    /// The same person as `known` somewhere, with name and document as they are registered.
    pub fn identity_for(&self, known: Person) -> Person {
        Person {
            name: self.name.clone(),
            document: self.document.clone(),
            birth_date: self.birth_date,
            sex: self.sex,
            ..known
        }
    }

    pub fn has_died(&self) -> bool {
        self.status == RelationStatus::Deceased || self.died_on.is_some()
    }

    /// 统账结合 employees have a personal account; nobody else does.
    pub fn has_account(&self) -> bool {
        self.insurance.is_employee() && self.scheme == Some(AccountScheme::Combined)
    }
}

/// The number and the status only: everything else is the person's.
impl fmt::Debug for InsuredPerson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InsuredPerson")
            .field("person_no", &self.person_no)
            .field("insurance", &self.insurance)
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn status_words_are_read_in_both_languages() {
        for status in RelationStatus::ALL {
            assert_eq!(RelationStatus::from_word(status.word()), Some(status));
            assert_eq!(RelationStatus::from_word(&status.word().to_uppercase()), Some(status));
            assert_eq!(RelationStatus::from_word(status.chinese()), Some(status));
            assert_eq!(serde_json::to_string(&status).expect("json"), format!("\"{}\"", status.word()));
        }
        assert_eq!(RelationStatus::from_word("unknown"), None);
    }
}
