//! The signed agency directory (机构目录): the only authority for who is who. Pure values; its signature is checked
//! in `wire`, and nothing here changes it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::forms::BankAccount;
use super::ids::AgencyCode;
use super::money::Fen;
use super::time::Moment;

mod faults;
mod spki;

pub use faults::DirectoryFault;
pub use spki::Spki;

/// First two digits of a division code that name a province. 66 is 新疆生产建设兵团, as agencies write it.
const PROVINCES: &[&str] = &[
    "11", "12", "13", "14", "15", "21", "22", "23", "31", "32", "33", "34", "35", "36", "37", "41", "42", "43", "44",
    "45", "46", "50", "51", "52", "53", "54", "61", "62", "63", "64", "65", "66", "71", "81", "82",
];

/// Names a key: the first 16 bytes of SHA-256 over its SPKI DER, written as 32 hex digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyId(pub [u8; 16]);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl TryFrom<String> for KeyId {
    type Error = DirectoryFault;
    fn try_from(text: String) -> Result<KeyId, DirectoryFault> {
        let mut bytes = [0u8; 16];
        hex::decode_to_slice(&text, &mut bytes).map_err(|_| DirectoryFault::KeyIdNotHex)?;
        Ok(KeyId(bytes))
    }
}

impl From<KeyId> for String {
    fn from(kid: KeyId) -> String {
        kid.to_string()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyUse {
    Sign,
    Seal,
}

/// A public key of an agency and when it counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgencyKey {
    pub kid: KeyId,
    #[serde(rename = "use")]
    pub usage: KeyUse,
    pub spki: Spki,
    /// µs UTC, counted.
    pub not_before: Moment,
    /// µs UTC, counted. Leave an overlap of 30 days: a message may be under way for the whole Spring Festival.
    pub not_after: Moment,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<Moment>,
    /// 撤销原因
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl AgencyKey {
    pub fn is_revoked(&self, at: Moment) -> bool {
        self.revoked_at.is_some_and(|since| since <= at)
    }

    pub fn is_valid(&self, at: Moment) -> bool {
        self.not_before <= at && at <= self.not_after && !self.is_revoked(at)
    }
}

/// 账户用途.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AccountPurpose {
    /// 收入户: takes money from other agencies.
    Receiving,
    /// 支出户: pays it out.
    Paying,
}

/// A bank account of an agency with what it is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgencyAccount {
    pub account: BankAccount,
    pub purposes: Vec<AccountPurpose>,
}

/// 省内转移时个人账户资金的处理: what happens to the money when both agencies are of one province.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IntraProvinceFunds {
    /// The money moves like anywhere else.
    #[default]
    Moves,
    /// The money stays where it is and stays usable (`KEPT_INTRA_PROVINCE`).
    Kept,
}

/// 经办机构.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agency {
    pub code: AgencyCode,
    /// 行政区划代码, 6 digits.
    pub division: String,
    /// 统筹区: agencies with the same word are one pool, between which nothing is transferred.
    pub pool: String,
    pub name: String,
    pub short_name: String,
    #[serde(default)]
    pub contact: Option<String>,
    #[serde(default)]
    pub phone: Option<String>,
    pub accounts: Vec<AgencyAccount>,
    /// The most one case may move, in fen; without it only the receiver's own limits count.
    #[serde(default)]
    pub per_case_limit: Option<Fen>,
    /// Allowed cryptographic suites; the first is what others use towards this agency.
    pub suites: Vec<u8>,
    #[serde(default)]
    pub suspended: bool,
    #[serde(default)]
    pub intra_province_funds: IntraProvinceFunds,
    pub keys: Vec<AgencyKey>,
}

impl Agency {
    fn account(&self, purpose: AccountPurpose) -> Option<&BankAccount> {
        self.accounts.iter().find(|row| row.purposes.contains(&purpose)).map(|row| &row.account)
    }

    /// 收入户: the only account a contact letter of this agency may name.
    pub fn receiving_account(&self) -> Option<&BankAccount> {
        self.account(AccountPurpose::Receiving)
    }

    /// 支出户.
    pub fn paying_account(&self) -> Option<&BankAccount> {
        self.account(AccountPurpose::Paying)
    }

    /// The first two digits of the division code.
    pub fn province(&self) -> &str {
        self.division.get(..2).unwrap_or("")
    }

    pub fn key(&self, kid: KeyId) -> Option<&AgencyKey> {
        self.keys.iter().find(|key| key.kid == kid)
    }

    /// The signing key of this name, valid or not: the caller says why it does not count.
    pub fn signing_key(&self, kid: KeyId) -> Option<&AgencyKey> {
        self.key(kid).filter(|key| key.usage == KeyUse::Sign)
    }

    /// The sealing key others use now: of those valid at that moment, the one that began last.
    pub fn current_sealing_key(&self, at: Moment) -> Option<&AgencyKey> {
        self.keys.iter().filter(|key| key.usage == KeyUse::Seal && key.is_valid(at)).max_by_key(|key| key.not_before)
    }
}

/// 机构目录. Made from the file only through its signature check; `check` holds for every value read from a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "DirectoryFile", into = "DirectoryFile")]
pub struct Directory {
    /// Grows with every revision.
    pub version: u64,
    /// The last day it may be acted on; afterwards an agency receives and keeps, and stops acting.
    pub valid_until: NaiveDate,
    pub agencies: BTreeMap<AgencyCode, Agency>,
}

/// The same as the file writes it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct DirectoryFile {
    version: u64,
    valid_until: NaiveDate,
    agencies: Vec<Agency>,
}

impl TryFrom<DirectoryFile> for Directory {
    type Error = DirectoryFault;
    fn try_from(file: DirectoryFile) -> Result<Directory, DirectoryFault> {
        Directory::new(file.version, file.valid_until, file.agencies)
    }
}

impl From<Directory> for DirectoryFile {
    fn from(directory: Directory) -> DirectoryFile {
        let agencies = directory.agencies.into_values().collect();
        DirectoryFile { version: directory.version, valid_until: directory.valid_until, agencies }
    }
}

impl Directory {
    /// Refuses duplicates and whatever `check` refuses.
    pub fn new(version: u64, valid_until: NaiveDate, agencies: Vec<Agency>) -> Result<Directory, DirectoryFault> {
        let mut by_code = BTreeMap::new();
        for agency in agencies {
            if let Some(twice) = by_code.insert(agency.code.clone(), agency) {
                return Err(DirectoryFault::AgencyTwice { agency: twice.code });
            }
        }
        let directory = Directory { version, valid_until, agencies: by_code };
        directory.check()?;
        Ok(directory)
    }

    pub fn agency(&self, code: &AgencyCode) -> Option<&Agency> {
        self.agencies.get(code)
    }

    /// The agency that is listed with this account.
    pub fn owner_of_account(&self, account: &str) -> Option<&AgencyCode> {
        let account = account.trim();
        let has_it = |agency: &&Agency| agency.accounts.iter().any(|row| row.account.number == account);
        self.agencies.values().find(has_it).map(|agency| &agency.code)
    }

    /// One pooling area: no transfer between them, an internal change. Unknown agencies share no pool.
    pub fn same_pool(&self, a: &AgencyCode, b: &AgencyCode) -> bool {
        matches!((self.agency(a), self.agency(b)), (Some(a), Some(b)) if a.pool == b.pool)
    }

    pub fn same_province(&self, a: &AgencyCode, b: &AgencyCode) -> bool {
        matches!((self.agency(a), self.agency(b)), (Some(a), Some(b)) if a.province() == b.province())
    }

    /// Whose key this is. Looks through everybody: for the rare case that something is wrong.
    pub fn owner_of(&self, kid: KeyId) -> Option<&Agency> {
        self.agencies.values().find(|agency| agency.key(kid).is_some())
    }

    pub fn is_expired(&self, today: NaiveDate) -> bool {
        today > self.valid_until
    }

    /// What the file must satisfy beyond its form: whole, unambiguous, and usable for every agency in it.
    pub fn check(&self) -> Result<(), DirectoryFault> {
        if self.version == 0 {
            return Err(DirectoryFault::VersionZero);
        }
        let mut kids = BTreeSet::new();
        for (code, agency) in &self.agencies {
            let fault = |what: &'static str| DirectoryFault::Agency { agency: code.clone(), what };
            if *code != agency.code {
                return Err(fault("it is filed under another code"));
            }
            agency.check().map_err(fault)?;
            for key in &agency.keys {
                if !kids.insert(key.kid) {
                    return Err(DirectoryFault::KeyTwice { kid: key.kid });
                }
            }
            // Two agencies of one pool may share an account; one agency never lists it twice.
            let mut numbers = BTreeSet::new();
            for row in &agency.accounts {
                if !numbers.insert(row.account.number.as_str()) {
                    return Err(fault("another row holds the same bank account number"));
                }
            }
        }
        Ok(())
    }
}

impl Agency {
    fn check(&self) -> Result<(), &'static str> {
        let short = |text: &str, most: usize| !text.trim().is_empty() && text.chars().count() <= most;
        if self.division.len() != 6 || !is_digits(&self.division) {
            return Err("the division code must have 6 digits");
        }
        if !PROVINCES.contains(&self.province()) {
            return Err("the division code begins with no province");
        }
        if !short(&self.pool, 40) || !short(&self.name, 100) || !short(&self.short_name, 40) {
            return Err("pool, name and short name must be there, at most 40, 100 and 40 characters");
        }
        if self.suites.is_empty() {
            return Err("at least one suite must be allowed");
        }
        for purpose in [AccountPurpose::Receiving, AccountPurpose::Paying] {
            if self.accounts.iter().filter(|row| row.purposes.contains(&purpose)).count() > 1 {
                return Err("two accounts have the same purpose");
            }
        }
        self.accounts.iter().try_for_each(|row| check_account(&row.account))?;
        for key in &self.keys {
            if key.not_after < key.not_before {
                return Err("a key ends before it begins");
            }
        }
        Ok(())
    }
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn check_account(account: &BankAccount) -> Result<(), &'static str> {
    if !(8..=40).contains(&account.number.len()) || !is_digits(&account.number) {
        return Err("a bank account number has 8 to 40 digits");
    }
    if account.bank_no.as_ref().is_some_and(|no| no.len() != 12 || !is_digits(no)) {
        return Err("a bank number (联行号) has 12 digits");
    }
    if [&account.name, &account.bank].into_iter().any(|text| text.is_empty() || text.chars().count() > 100) {
        return Err("account name and bank must be there, at most 100 characters");
    }
    Ok(())
}

#[cfg(test)]
mod tests;
