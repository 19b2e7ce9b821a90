//! What can be wrong with a key file, for the person who must mend it. Never shows what is in it.

use std::path::PathBuf;

use crate::domain::directory::{KeyId, KeyUse};
use crate::domain::ids::AgencyCode;

/// Each has a stable code; all of them keep the daemon from starting.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error(
        "密钥文件不存在；请从备份恢复，或用 jiexu init 新建机构目录并重新登记 · the key file {path} is not there; restore it from a backup, or make a new home with `jiexu init` and have it listed"
    )]
    Missing { path: PathBuf },
    #[error("密钥文件无法读取；请检查属主与权限 · the key file {path} cannot be read; check owner and rights")]
    Unreadable { path: PathBuf, source: std::io::Error },
    #[error(
        "密钥文件权限 {mode:03o} 过宽；请执行 chmod 600 {path} · others can read the key file; run chmod 600 {path}"
    )]
    TooOpen { path: PathBuf, mode: u32 },
    #[error(
        "密钥文件 {path} 内容有误；请换成 PKCS#8 私钥 · the key file is malformed: {what}; replace it by a PKCS#8 PEM key"
    )]
    Malformed { path: PathBuf, what: &'static str },
    #[error(
        "密钥文件 {path} 已存在，不会覆盖；请换一个目录 · the key file exists and is not overwritten; choose another folder"
    )]
    Exists { path: PathBuf },
    #[error("密钥文件 {path} 无法写入；请检查目录与磁盘 · the key file cannot be written; check folder and disk")]
    Unwritable { path: PathBuf, source: std::io::Error },
    #[error(
        "密钥 {kid} 未在机构目录中登记为 {agency} 的密钥；请换正确的密钥，或请上级登记 · the directory lists no {usage:?} key {kid} of {agency}; use the right key or have it registered"
    )]
    Foreign { kid: KeyId, usage: KeyUse, agency: AgencyCode },
}

impl KeyError {
    /// The stable word for logs, pages and exit texts.
    pub fn code(&self) -> &'static str {
        match self {
            KeyError::Missing { .. } => "key_missing",
            KeyError::Unreadable { .. } => "key_unreadable",
            KeyError::TooOpen { .. } => "key_too_open",
            KeyError::Malformed { .. } => "key_malformed",
            KeyError::Exists { .. } => "key_exists",
            KeyError::Unwritable { .. } => "key_unwritable",
            KeyError::Foreign { .. } => "key_foreign",
        }
    }
}
