//! The superior registry's directory file: exact bytes, and signatures of the registry's root keys over them. The file
//! may come by any way; its signatures are what is believed.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::keys::{self, AgencyKeys, SigningKey};
use super::suite;
use crate::domain::directory::{AgencyKey, Directory, KeyId, KeyUse, Spki};
use crate::domain::time::Moment;

/// File names beside each other.
pub const DIRECTORY_FILE: &str = "directory.json";
pub const SIGNATURE_FILE: &str = "directory.json.sig";
/// The registry's private root key, where the registry's tool keeps it.
pub const ROOT_FILE: &str = "root.pem";
/// Bytes of a directory file; about 3,000 agencies need 6 MB.
pub const DIRECTORY_MAX: usize = 64 * 1024 * 1024;

/// What a root key signs: this context, then the exact bytes of the file.
const CONTEXT: &[u8] = b"jiexu/v1/directory\0";

/// A root key that is trusted: configured, never taken from the file it signs. Its name is its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RootKey {
    spki: Spki,
    kid: KeyId,
}

impl RootKey {
    /// Reads base64 of SPKI DER, as in the configuration; refuses what is no Ed25519 key.
    pub fn from_base64(text: &str) -> Result<RootKey, DirectoryError> {
        let spki = Spki::try_from(text.trim().to_owned()).map_err(|_| DirectoryError::RootKey)?;
        RootKey::from_spki(spki)
    }

    fn from_spki(spki: Spki) -> Result<RootKey, DirectoryError> {
        if !keys::is_usable(spki.as_bytes(), KeyUse::Sign) {
            return Err(DirectoryError::RootKey);
        }
        Ok(RootKey { kid: keys::kid_of(spki.as_bytes()), spki })
    }

    /// The public part of a root key.
    pub fn of(key: &SigningKey) -> RootKey {
        let spki = Spki::new(key.spki().to_vec()).expect("an SPKI is 44 bytes");
        RootKey { kid: key.kid(), spki }
    }

    pub fn kid(&self) -> KeyId {
        self.kid
    }

    /// As the configuration writes it.
    pub fn to_base64(&self) -> String {
        self.spki.clone().into()
    }
}

/// One row of the signature file.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SignatureRow {
    kid: KeyId,
    /// Base64 of 64 bytes.
    signature: String,
}

/// Why a directory file is not believed. The one in use stays in use.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    #[error(
        "信任根公钥格式有误；应为 Ed25519 公钥 (SPKI) 的 base64 · the root key is not base64 of an Ed25519 SPKI; correct the configuration"
    )]
    RootKey,
    #[error(
        "未配置信任根或门限大于信任根数量；请修正配置 · {roots} root keys are configured and {threshold} signatures demanded; correct the configuration"
    )]
    Threshold { roots: usize, threshold: usize },
    #[error(
        "目录签名文件缺失或有误，第 {line} 行第 {column} 列；请向上级重新获取两个文件 · the signature file is malformed at line {line}, column {column}; fetch both files again"
    )]
    SignatureMalformed { line: usize, column: usize },
    #[error("目录没有签名；请向上级重新获取两个文件 · the directory is not signed; fetch both files again")]
    Unsigned,
    #[error(
        "目录由未受信任的根签名；请与上级电话核对根密钥 · signed by a root that is not trusted here; compare the root key with the registry by telephone"
    )]
    WrongRoot,
    #[error(
        "目录签名无效，文件可能被改动；请重新获取并报告上级 · a signature does not fit the file, it may have been changed; fetch it again and tell the registry"
    )]
    BadSignature,
    #[error(
        "目录签名不足：需要 {needed} 个，有效 {valid} 个；请等待补签 · {valid} of {needed} signatures; wait for the others"
    )]
    TooFew { needed: usize, valid: usize },
    #[error("目录文件超过 {DIRECTORY_MAX} 字节 · the directory file is too large; fetch it again")]
    TooLarge,
    #[error(
        "目录文件第 {line} 行第 {column} 列有误：{what}；请上级更正后重发 · the directory is wrong at line {line}, column {column}: {what}; the registry must issue a corrected revision"
    )]
    Malformed { line: usize, column: usize, what: String },
    #[error(
        "目录中密钥 {kid} 与其名称不符或不能使用；请上级更正后重发 · key {kid} does not fit its name or its use; the registry must issue a corrected revision"
    )]
    Key { kid: KeyId },
    #[error(
        "目录版本回退：已用 {seen}，文件为 {version}；请获取最新目录 · the file is version {version}, older than {seen} which was used already; fetch the newest"
    )]
    RolledBack { version: u64, seen: u64 },
}

impl DirectoryError {
    /// The stable word for logs, pages and exit texts.
    pub fn code(&self) -> &'static str {
        match self {
            DirectoryError::RootKey => "root_key",
            DirectoryError::Threshold { .. } => "root_threshold",
            DirectoryError::SignatureMalformed { .. } => "directory_signature_malformed",
            DirectoryError::Unsigned => "directory_unsigned",
            DirectoryError::WrongRoot => "directory_wrong_root",
            DirectoryError::BadSignature => "directory_bad_signature",
            DirectoryError::TooFew { .. } => "directory_too_few_signatures",
            DirectoryError::TooLarge => "directory_too_large",
            DirectoryError::Malformed { .. } => "directory_malformed",
            DirectoryError::Key { .. } => "directory_key",
            DirectoryError::RolledBack { .. } => "directory_rolled_back",
        }
    }
}

/// Believes a directory signed by `threshold` different trusted roots and no older than the one seen last. Reads
/// nothing of the file before that.
pub fn verify_directory(
    bytes: &[u8],
    signatures: &[u8],
    roots: &[RootKey],
    threshold: usize,
    last_seen_version: u64,
) -> Result<Directory, DirectoryError> {
    if threshold == 0 || roots.len() < threshold {
        return Err(DirectoryError::Threshold { roots: roots.len(), threshold });
    }
    if bytes.len() > DIRECTORY_MAX {
        return Err(DirectoryError::TooLarge);
    }
    let valid = count_signatures(bytes, signatures, roots)?;
    if valid < threshold {
        return Err(DirectoryError::TooFew { needed: threshold, valid });
    }
    let directory: Directory = serde_json::from_slice(bytes).map_err(|error| DirectoryError::Malformed {
        line: error.line(),
        column: error.column(),
        what: error.to_string(),
    })?;
    let is_sound = |key: &AgencyKey| {
        keys::kid_of(key.spki.as_bytes()) == key.kid && keys::is_usable(key.spki.as_bytes(), key.usage)
    };
    let unsound = directory.agencies.values().flat_map(|agency| &agency.keys).find(|key| !is_sound(key));
    if let Some(key) = unsound {
        return Err(DirectoryError::Key { kid: key.kid });
    }
    if directory.version < last_seen_version {
        return Err(DirectoryError::RolledBack { version: directory.version, seen: last_seen_version });
    }
    Ok(directory)
}

/// How many different trusted roots signed these bytes. A wrong signature of a trusted root is an alarm, not a gap.
fn count_signatures(bytes: &[u8], signatures: &[u8], roots: &[RootKey]) -> Result<usize, DirectoryError> {
    if signatures.iter().all(u8::is_ascii_whitespace) {
        return Err(DirectoryError::Unsigned);
    }
    let rows: Vec<SignatureRow> = serde_json::from_slice(signatures)
        .map_err(|error| DirectoryError::SignatureMalformed { line: error.line(), column: error.column() })?;
    if rows.is_empty() {
        return Err(DirectoryError::Unsigned);
    }
    let suite = suite::suite(1).expect("suite 1 is always there");
    let message = [CONTEXT, bytes].concat();
    let mut signers = BTreeSet::new();
    for row in rows {
        let Some(root) = roots.iter().find(|root| root.kid == row.kid) else { continue };
        let signature = STANDARD.decode(&row.signature).map_err(|_| DirectoryError::BadSignature)?;
        suite.verify(root.spki.as_bytes(), &message, &signature).map_err(|_| DirectoryError::BadSignature)?;
        signers.insert(root.kid);
    }
    if signers.is_empty() { Err(DirectoryError::WrongRoot) } else { Ok(signers.len()) }
}

/// Signs the exact bytes of a directory file with each root key; the text of the signature file.
pub fn sign_directory(bytes: &[u8], roots: &[&SigningKey]) -> String {
    let message = [CONTEXT, bytes].concat();
    let row = |root: &&SigningKey| SignatureRow { kid: root.kid(), signature: STANDARD.encode(root.sign(&message)) };
    let rows: Vec<SignatureRow> = roots.iter().map(row).collect();
    serde_json::to_string_pretty(&rows).expect("names and base64 are JSON") + "\n"
}

/// The public keys of an agency as the directory lists them, valid from and until these moments.
pub fn listed_keys(keys: &AgencyKeys, not_before: Moment, not_after: Moment) -> Vec<AgencyKey> {
    let listed = |spki: &[u8], kid, usage| AgencyKey {
        kid,
        usage,
        spki: Spki::new(spki.to_vec()).expect("an SPKI is 44 bytes"),
        not_before,
        not_after,
        revoked_at: None,
        reason: None,
    };
    vec![
        listed(keys.sign.spki(), keys.sign.kid(), KeyUse::Sign),
        listed(keys.seal.spki(), keys.seal.kid(), KeyUse::Seal),
    ]
}
