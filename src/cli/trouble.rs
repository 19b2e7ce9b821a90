//! What went wrong, for people: a stable code, what happened, what it means and what to do next, 中文 first. Never shows
//! a backtrace, a debug dump or a personal value.

use std::path::Path;
use std::process::ExitCode;

use super::screen::{Paint, Screen};
use crate::config::ConfigError;
use crate::daemon::setup::SetupError;
use crate::daemon::{Failure, HomeError, RunError};
use crate::domain::catalogue::{self, Entry, Kind};
use crate::files::FileError;
use crate::store::StoreError;
use crate::store::backup::BackupError;
use crate::wire::keys::KeyError;
use crate::wire::registry::DirectoryError;

/// Something was refused or is not clean.
pub const REFUSED: u8 = 1;
/// The command line cannot be meant so.
pub const USAGE: u8 = 2;
/// An input file is missing or unreadable.
pub const NO_INPUT: u8 = 66;
/// The daemon or the broker is away.
pub const UNAVAILABLE: u8 = 69;
/// The same command may succeed later.
pub const TRY_AGAIN: u8 = 75;
/// Configuration, keys or directory must be corrected by a person.
pub const CONFIGURATION: u8 = 78;

/// How a command ends early.
#[derive(Debug)]
pub struct Trouble {
    pub exit: u8,
    pub code: String,
    chinese: String,
    english: String,
    cause: Option<String>,
    /// Only its exit code is left to give.
    told: bool,
}

/// What it means for cases and money, and what to do, for codes that the catalogue does not explain.
const MEANING_OF_EXIT: &[(u8, &str, &str)] = &[
    (
        CONFIGURATION,
        "未作任何更改；等待本机构的消息留在消息服务器中，不会丢失；修正后重试",
        "nothing was changed; letters to this agency wait at the broker and are not lost; correct this and try again",
    ),
    (
        TRY_AGAIN,
        "没有丢失，也没有重复入账；稍后重试同一命令即可",
        "nothing is lost and nothing booked twice; repeat the same command later",
    ),
    (
        UNAVAILABLE,
        "没有丢失；对方恢复后重试同一命令，重复提交不会重复入账",
        "nothing is lost; repeat the same command once it is back, nothing is booked twice",
    ),
    (
        NO_INPUT,
        "没有读入该文件的任何一行；更正后重新导入",
        "no row of this file was taken; correct it and import again",
    ),
];

impl Trouble {
    pub fn new(exit: u8, code: &str, chinese: impl Into<String>, english: impl Into<String>) -> Trouble {
        let code = code.to_uppercase();
        Trouble { exit, code, chinese: chinese.into(), english: english.into(), cause: None, told: false }
    }

    /// Takes apart the one-line form of the layers below: `CODE 中文 / English`.
    fn of_line(exit: u8, code: Option<&str>, line: &str) -> Trouble {
        let is_code = |word: &str| word.len() > 3 && word.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
        let (found, rest) = match line.split_once(' ') {
            Some((word, rest)) if is_code(word) => (Some(word), rest),
            _ => (None, line),
        };
        let (chinese, english) = rest.split_once(" · ").or_else(|| rest.split_once(" / ")).unwrap_or(("", rest));
        Trouble::new(exit, found.or(code).unwrap_or("ERROR"), chinese, english)
    }

    fn caused_by(mut self, cause: Option<&dyn std::error::Error>) -> Trouble {
        self.cause = cause.map(ToString::to_string);
        self
    }

    pub fn of_file(path: &Path, error: &FileError) -> Trouble {
        let file = path.display();
        let trouble =
            Trouble::new(NO_INPUT, error.code(), format!("{file}：{}", error.chinese()), format!("{file}: {error}"));
        trouble.caused_by(std::error::Error::source(error))
    }

    /// A file of ours that cannot be written.
    pub fn unwritable(path: &Path, cause: &std::io::Error) -> Trouble {
        let file = path.display();
        let chinese = format!("无法写入 {file}；请检查目录、权限与磁盘空间");
        let english = format!("cannot write {file}; check the folder, its rights and free space");
        Trouble::new(REFUSED, "FILE_UNWRITABLE", chinese, english).caused_by(Some(cause))
    }

    /// Marks it as told already.
    pub fn told(mut self) -> Trouble {
        self.told = true;
        self
    }

    /// Tells it on stderr, once.
    pub fn tell(&self) {
        if self.told {
            return;
        }
        let screen = Screen::stderr();
        let mut lines = Vec::new();
        let head = format!("✗ {}", self.code);
        lines.push(screen.paint(Paint::Bad, &head));
        for text in [&self.chinese, &self.english].into_iter().filter(|text| !text.is_empty()) {
            lines.extend(screen.wrap(text, 2));
        }
        if let Some(cause) = &self.cause {
            lines.extend(screen.wrap(&format!("原因 cause: {cause}"), 2));
        }
        if let Some((chinese, english)) = self.meaning() {
            for line in screen.wrap(&format!("→ {chinese}"), 2).into_iter().chain(screen.wrap(&english, 4)) {
                lines.push(screen.paint(Paint::Dim, &line));
            }
        }
        if super::explain::knows(&self.code) {
            lines.push(screen.paint(Paint::Dim, &format!("  详细说明 more: jiexu explain {}", self.code)));
        }
        eprintln!("{}", lines.join("\n"));
    }

    /// The catalogue's words where it has some of this code, else what the exit code says.
    fn meaning(&self) -> Option<(String, String)> {
        let is_ours = |entry: &Entry| matches!(entry.kind, Kind::Configuration | Kind::Database | Kind::Command);
        let entry = catalogue::entries().into_iter().find(|entry| entry.is_called(&self.code) && is_ours(entry));
        if let Some(Entry { means, next, .. }) = entry {
            return Some((format!("{}；{}", means.zh, next.zh), format!("{}; {}", means.en, next.en)));
        }
        let by_exit = MEANING_OF_EXIT.iter().find(|row| row.0 == self.exit);
        by_exit.map(|(_, chinese, english)| ((*chinese).to_owned(), (*english).to_owned()))
    }

    pub fn exit(&self) -> ExitCode {
        ExitCode::from(self.exit)
    }
}

impl From<ConfigError> for Trouble {
    fn from(error: ConfigError) -> Trouble {
        Trouble::of_line(CONFIGURATION, None, &error.to_string())
    }
}

impl From<KeyError> for Trouble {
    fn from(error: KeyError) -> Trouble {
        Trouble::of_line(CONFIGURATION, Some(error.code()), &error.to_string())
            .caused_by(std::error::Error::source(&error))
    }
}

impl From<DirectoryError> for Trouble {
    fn from(error: DirectoryError) -> Trouble {
        Trouble::of_line(CONFIGURATION, Some(error.code()), &error.to_string())
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Trouble {
        let exit = match &error {
            StoreError::InUse { .. } | StoreError::Stale => TRY_AGAIN,
            StoreError::Foreign { .. }
            | StoreError::Newer { .. }
            | StoreError::Older { .. }
            | StoreError::NotKept(_)
            | StoreError::Io { .. } => CONFIGURATION,
            damaged if damaged.is_damage() => CONFIGURATION,
            passing if passing.is_passing() => TRY_AGAIN,
            _ => REFUSED,
        };
        Trouble::of_line(exit, None, &error.to_string()).caused_by(std::error::Error::source(&error))
    }
}

impl From<BackupError> for Trouble {
    fn from(error: BackupError) -> Trouble {
        match error {
            BackupError::Store(error) => error.into(),
            BackupError::Io { .. } | BackupError::Manifest { .. } => {
                Trouble::of_line(NO_INPUT, None, &error.to_string())
            }
            other => Trouble::of_line(REFUSED, None, &other.to_string()),
        }
    }
}

impl From<HomeError> for Trouble {
    fn from(error: HomeError) -> Trouble {
        match error {
            HomeError::Config(error) => error.into(),
            HomeError::Key(error) => error.into(),
            HomeError::Directory(error) => error.into(),
            HomeError::Store(error) => error.into(),
            other => Trouble::of_line(CONFIGURATION, None, &other.to_string()),
        }
    }
}

impl From<RunError> for Trouble {
    fn from(error: RunError) -> Trouble {
        match error {
            RunError::Home(error) => error.into(),
            RunError::Store(error) => error.into(),
            RunError::Books(_) => Trouble::of_line(REFUSED, None, &error.to_string()),
            RunError::Unapproved(_) => Trouble::of_line(CONFIGURATION, None, &error.to_string()),
            RunError::Listen { .. } => Trouble::of_line(CONFIGURATION, None, &error.to_string()),
            RunError::PartEnded => Trouble::of_line(TRY_AGAIN, None, &error.to_string()),
        }
    }
}

impl From<SetupError> for Trouble {
    fn from(error: SetupError) -> Trouble {
        match error {
            SetupError::Key(error) => error.into(),
            SetupError::Directory(error) => error.into(),
            SetupError::Fault(fault) => Trouble::new(
                CONFIGURATION,
                "AGENCY_DATA",
                "机构资料不合目录规范；请更正后重试",
                format!("the agency's data cannot be listed: {fault}"),
            ),
            SetupError::Io { .. } | SetupError::Card { .. } => Trouble::of_line(NO_INPUT, None, &error.to_string()),
            SetupError::Exists(_) | SetupError::NoAgencies => Trouble::of_line(REFUSED, None, &error.to_string()),
        }
    }
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Trouble {
        let exit = match failure.code.as_str() {
            "STOPPING" | "STORE" | "STORE_READ" | "DISK_LOW" => TRY_AGAIN,
            "CONNECTION" | "REQUEST" => UNAVAILABLE,
            _ => REFUSED,
        };
        Trouble::of_line(exit, Some(&failure.code), &failure.message)
    }
}

/// The trial commands report with `anyhow`.
impl From<anyhow::Error> for Trouble {
    fn from(error: anyhow::Error) -> Trouble {
        Trouble::of_line(REFUSED, Some("TRIAL"), &format!("{error:#}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_layers_below_is_taken_apart_into_code_and_both_languages() {
        let trouble = Trouble::from(StoreError::InUse { path: "/a b/jiexu.db".into(), holder: "7".into() });
        assert_eq!((trouble.exit, trouble.code.as_str()), (TRY_AGAIN, "STORE_IN_USE"));
        assert_eq!(trouble.chinese, "数据库正被进程 7 使用");
        assert_eq!(trouble.english, "the database is in use by process 7: /a b/jiexu.db");
        let trouble = Trouble::from(DirectoryError::Unsigned);
        assert_eq!((trouble.exit, trouble.code.as_str()), (CONFIGURATION, "DIRECTORY_UNSIGNED"));
        assert!(trouble.chinese.starts_with("目录没有签名") && trouble.english.starts_with("the directory is not"));
    }

    #[test]
    fn what_has_no_code_of_its_own_keeps_the_one_it_came_with() {
        let trouble = Trouble::from(Failure::new("NOT_FOUND", "没有找到：case / not found: case"));
        assert_eq!((trouble.exit, trouble.code.as_str()), (REFUSED, "NOT_FOUND"));
        let trouble = Trouble::from(Failure::new("STORE", "STORE_CORRUPT 无法解读 / cannot be read"));
        assert_eq!(trouble.code, "STORE_CORRUPT");
    }
}
