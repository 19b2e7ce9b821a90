//! Makes what must stand before anything runs: an agency's home, and the superior registry with its signed directory.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{Months, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::domain::directory::{
    AccountPurpose, Agency, AgencyAccount, AgencyKey, Directory, DirectoryFault, IntraProvinceFunds,
};
use crate::domain::forms::BankAccount;
use crate::domain::ids::AgencyCode;
use crate::domain::money::Fen;
use crate::domain::time::Moment;
use crate::transport::topology;
use crate::wire::AgencyKeys;
use crate::wire::keys::{KeyError, SigningKey};
use crate::wire::registry::{
    DIRECTORY_FILE, DirectoryError, ROOT_FILE, RootKey, SIGNATURE_FILE, listed_keys, sign_directory, verify_directory,
};

/// What an agency hands to the registry and the broker's operator: public keys and a password hash, no secret.
pub const CARD_FILE: &str = "agency-card.json";
pub const CONFIG_FILE: &str = "jiexu.toml";
/// The registry's working list, edited by adding cards, then signed as the directory.
const DRAFT_FILE: &str = "draft.json";
/// Keys are listed for this long; renewing is a later act of the registry.
const KEYS_VALID_MONTHS: u32 = 24;
const DIRECTORY_VALID_MONTHS: u32 = 12;

#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    #[error("FILE_EXISTS {0} 已存在，未作更改 / {0} exists already; nothing was changed")]
    Exists(PathBuf),
    #[error("FILE_IO 无法读写 {path} / cannot read or write {path}: {cause}")]
    Io { path: PathBuf, cause: std::io::Error },
    #[error("CARD_MALFORMED {path} 不是机构登记卡 / {path} is not an agency card: {cause}")]
    Card { path: PathBuf, cause: serde_json::Error },
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    #[error(transparent)]
    Fault(#[from] DirectoryFault),
    #[error("NO_AGENCIES 目录中尚无机构；先用 registry add 登记 / no agencies yet; add them with `registry add`")]
    NoAgencies,
}

/// What the agency says of itself when it asks to be listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    pub code: AgencyCode,
    pub division: String,
    pub pool: String,
    pub name: String,
    pub short_name: String,
    /// One account that both receives and pays, in this line.
    pub account: BankAccount,
    pub per_case_limit: Option<Fen>,
    /// 省内转移的资金; a card of an older release says nothing of it.
    #[serde(default)]
    pub intra_province_funds: IntraProvinceFunds,
}

impl Profile {
    /// Whether a directory may list it: better known before the keys are made than when the registry signs.
    pub fn check(&self) -> Result<(), DirectoryFault> {
        let card = Card { profile: self.clone(), keys: Vec::new(), broker_password_hash: String::new() };
        Directory::new(1, NaiveDate::MAX, vec![listed(card)]).map(|_| ())
    }
}

/// 机构登记卡
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Card {
    pub profile: Profile,
    pub keys: Vec<AgencyKey>,
    /// RabbitMQ's salted SHA-256 of the broker password.
    pub broker_password_hash: String,
}

/// What `init` cannot guess.
pub struct HomeOptions {
    pub roots: Vec<String>,
    pub broker_host: String,
    pub broker_port: u16,
    pub web_listen: String,
    /// From when the keys are valid.
    pub made_at: Moment,
}

fn io(path: &Path) -> impl FnOnce(std::io::Error) -> SetupError + use<'_> {
    move |cause| SetupError::Io { path: path.to_owned(), cause }
}

fn write(path: &Path, bytes: &[u8], mode: u32) -> Result<(), SetupError> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path).map_err(|cause| {
        if cause.kind() == std::io::ErrorKind::AlreadyExists {
            SetupError::Exists(path.to_owned())
        } else {
            SetupError::Io { path: path.to_owned(), cause }
        }
    })?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(io(path))
}

/// Replaces a file whole: readers see the old or the new one.
fn replace(path: &Path, bytes: &[u8]) -> Result<(), SetupError> {
    let beside = path.with_extension("new");
    fs::write(&beside, bytes).and_then(|()| fs::rename(&beside, path)).map_err(io(path))
}

/// Makes an agency's home: keys, broker password, configuration and the card for the registry.
pub fn init(home: &Path, profile: &Profile, options: &HomeOptions) -> Result<Card, SetupError> {
    let config = home.join(CONFIG_FILE);
    if config.exists() {
        return Err(SetupError::Exists(config));
    }
    profile.check()?;
    for folder in [home.to_owned(), home.join("keys"), home.join("directory"), home.join("data")] {
        fs::create_dir_all(&folder).map_err(io(&folder))?;
    }
    let keys = AgencyKeys::generate();
    keys.save(&home.join("keys"))?;
    let mut random = [0u8; 28];
    getrandom::fill(&mut random).expect("the operating system gives random bytes");
    let password = URL_SAFE_NO_PAD.encode(&random[4..]);
    let salt = [random[0], random[1], random[2], random[3]];
    write(&home.join("keys/broker.password"), password.as_bytes(), 0o600)?;
    let now = options.made_at;
    let card = Card {
        profile: profile.clone(),
        keys: listed_keys(&keys, now, months_after(now, KEYS_VALID_MONTHS)),
        broker_password_hash: topology::password_hash(&password, salt),
    };
    write(&home.join(CARD_FILE), pretty(&card).as_bytes(), 0o644)?;
    write(&config, config_text(profile, options).as_bytes(), 0o644)?;
    Ok(card)
}

fn config_text(profile: &Profile, options: &HomeOptions) -> String {
    let roots: Vec<String> = options.roots.iter().map(|root| format!("\"{root}\"")).collect();
    format!(
        "# {} · jiexu\n# 全部配置项及说明：jiexu check-config --reference / every key: jiexu check-config --reference\n\n\
         [agency]\ncode = \"{}\"\n\n[registry]\nroots = [{}]\n\n[broker]\nhost = \"{}\"\nport = {}\n\n[web]\nlisten = \"{}\"\n",
        profile.name,
        profile.code,
        roots.join(", "),
        options.broker_host,
        options.broker_port,
        options.web_listen,
    )
}

fn months_after(moment: Moment, months: u32) -> Moment {
    let day = moment.china_date();
    Moment::start_of(day.checked_add_months(Months::new(months)).unwrap_or(day))
}

fn pretty<T: Serialize>(value: &T) -> String {
    serde_json::to_string_pretty(value).expect("names are strings") + "\n"
}

/// Makes a registry: its root key and an empty list. Returns the public root key as configurations write it.
pub fn create_registry(folder: &Path) -> Result<String, SetupError> {
    fs::create_dir_all(folder).map_err(io(folder))?;
    let root = SigningKey::generate();
    root.save(&folder.join(ROOT_FILE))?;
    write(&folder.join(DRAFT_FILE), b"[]\n", 0o644)?;
    Ok(RootKey::of(&root).to_base64())
}

/// The registry's public root key.
pub fn registry_root(folder: &Path) -> Result<String, SetupError> {
    Ok(RootKey::of(&SigningKey::load(&folder.join(ROOT_FILE))?).to_base64())
}

/// Lists an agency, or lists it anew with another card.
pub fn add_agency(folder: &Path, card_file: &Path) -> Result<Card, SetupError> {
    let card: Card = read_card(card_file)?;
    let draft = folder.join(DRAFT_FILE);
    let mut cards: Vec<Card> = read_json(&draft)?;
    cards.retain(|known| known.profile.code != card.profile.code);
    cards.push(card.clone());
    cards.sort_by(|a, b| a.profile.code.cmp(&b.profile.code));
    replace(&draft, pretty(&cards).as_bytes())?;
    Ok(card)
}

pub fn read_card(path: &Path) -> Result<Card, SetupError> {
    read_json(path)
}

fn read_json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, SetupError> {
    let bytes = fs::read(path).map_err(io(path))?;
    serde_json::from_slice(&bytes).map_err(|cause| SetupError::Card { path: path.to_owned(), cause })
}

/// Issues the directory: next version, exact bytes and the root's signature beside them.
pub fn sign(folder: &Path, today: NaiveDate) -> Result<Directory, SetupError> {
    let cards: Vec<Card> = read_json(&folder.join(DRAFT_FILE))?;
    if cards.is_empty() {
        return Err(SetupError::NoAgencies);
    }
    let root = SigningKey::load(&folder.join(ROOT_FILE))?;
    let last = verify(folder, &RootKey::of(&root).to_base64()).map_or(0, |directory| directory.version);
    let valid_until = today.checked_add_months(Months::new(DIRECTORY_VALID_MONTHS)).unwrap_or(today);
    let directory = Directory::new(last + 1, valid_until, cards.into_iter().map(listed).collect())?;
    let bytes = pretty(&directory).into_bytes();
    let signature = sign_directory(&bytes, &[&root]);
    replace(&folder.join(SIGNATURE_FILE), signature.as_bytes())?;
    replace(&folder.join(DIRECTORY_FILE), &bytes)?;
    Ok(directory)
}

/// Checks a directory folder against a root key.
pub fn verify(folder: &Path, root: &str) -> Result<Directory, SetupError> {
    let read = |name: &str| {
        let path = folder.join(name);
        fs::read(&path).map_err(|cause| SetupError::Io { path, cause })
    };
    let root = RootKey::from_base64(root)?;
    Ok(verify_directory(&read(DIRECTORY_FILE)?, &read(SIGNATURE_FILE)?, &[root], 1, 0)?)
}

/// Copies an issued directory into an agency's home.
pub fn install_directory(registry: &Path, home: &Path) -> Result<(), SetupError> {
    for name in [SIGNATURE_FILE, DIRECTORY_FILE] {
        let from = registry.join(name);
        let bytes = fs::read(&from).map_err(io(&from))?;
        replace(&home.join("directory").join(name), &bytes)?;
    }
    Ok(())
}

/// RabbitMQ definitions for these agencies.
pub fn broker_plan(cards: &[Card]) -> serde_json::Value {
    let agencies: Vec<(&str, &str)> =
        cards.iter().map(|card| (card.profile.code.as_str(), card.broker_password_hash.as_str())).collect();
    topology::plan(&agencies)
}

/// All cards a registry has listed.
pub fn cards(folder: &Path) -> Result<Vec<Card>, SetupError> {
    read_json(&folder.join(DRAFT_FILE))
}

fn listed(card: Card) -> Agency {
    let Profile { code, division, pool, name, short_name, account, per_case_limit, intra_province_funds } =
        card.profile;
    let purposes = vec![AccountPurpose::Receiving, AccountPurpose::Paying];
    Agency {
        code,
        division,
        pool,
        name,
        short_name,
        contact: None,
        phone: None,
        accounts: vec![AgencyAccount { account, purposes }],
        per_case_limit,
        suites: vec![1],
        suspended: false,
        intra_province_funds,
        keys: card.keys,
    }
}
