//! An agency's home: configuration, keys, directory, calendar. Everything is checked before anything starts.

use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::watch;

use crate::clock::Clock;
use crate::config::{Config, ConfigError, OutOfRange};
use crate::domain::calendar::{Calendar, CalendarError, Origin, Year, YearFile};
use crate::domain::directory::Directory;
use crate::domain::ids::AgencyCode;
use crate::domain::time::Moment;
use crate::flow::site::Site;
use crate::handlers::EmbeddedRegister;
use crate::store::{Store, StoreError};
use crate::transport::address::Address;
use crate::wire::AgencyKeys;
use crate::wire::keys::KeyError;
use crate::wire::registry::{DIRECTORY_FILE, DirectoryError, RootKey, SIGNATURE_FILE, verify_directory};

/// 2024-01-01 in China: what a machine shows that has lost its clock lies before.
const CLOCK_LEAST: Moment = Moment(1_704_038_400_000_000);
/// The database, the broker, the pages and their readers, with room to spare.
pub const OPEN_FILES_LEAST: u64 = 128;
/// With fewer a busy day's pages may wait.
pub const OPEN_FILES_ADVISED: u64 = 1024;
/// What brokers and manuals begin with.
const DEFAULT_PASSWORDS: [&str; 6] = ["", "guest", "admin", "password", "rabbitmq", "changeme"];

/// Refuses to start: exit code 78.
#[derive(Debug, thiserror::Error)]
pub enum HomeError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    #[error(
        "DIRECTORY_UNREADABLE 无法读取机构目录 {path}；请向上级登记机构索取 / cannot read the agency directory {path}; ask the superior registry for it: {cause}"
    )]
    DirectoryUnreadable { path: PathBuf, cause: std::io::Error },
    #[error("NOT_IN_DIRECTORY 机构 {0} 不在机构目录中 / agency {0} is not in the directory")]
    NotListed(AgencyCode),
    #[error("PASSWORD_UNREADABLE 无法读取代理密码文件 {path} / cannot read the broker password file {path}: {cause}")]
    Password { path: PathBuf, cause: std::io::Error },
    #[error(
        "PASSWORD_TOO_OPEN 他人可读取口令文件 {path}（权限 {mode:03o}）；请执行 chmod 600 {path} / others can read the broker password file {path} (mode {mode:03o}); run chmod 600 {path}"
    )]
    PasswordTooOpen { path: PathBuf, mode: u32 },
    #[error(
        "PASSWORD_DEFAULT 口令文件 {path} 为空或仍是默认口令；请向消息服务器运维索取本机构的口令 / the broker password in {path} is empty or a default one; get your own from the broker's operator"
    )]
    PasswordDefault { path: PathBuf },
    #[error(
        "SECRET_IN_ENVIRONMENT 环境变量 {name} 不能代替口令或密钥文件；请清除该变量并使用文件 / the environment variable {name} cannot stand for a password or key file; unset it and use the file"
    )]
    SecretInEnvironment { name: String },
    #[error(
        "CLOCK_WRONG 时钟显示 {now}，早于 2024 年；请先校准系统时间 / the clock shows {now}, before 2024; set the system's time first"
    )]
    ClockWrong { now: Moment },
    #[error(
        "OPEN_FILES 只允许打开 {limit} 个文件，至少需要 {OPEN_FILES_LEAST}；请提高 ulimit -n 或 LimitNOFILE / only {limit} files may be open, {OPEN_FILES_LEAST} are needed at least; raise ulimit -n or LimitNOFILE"
    )]
    OpenFiles { limit: u64 },
    #[error("CALENDAR_UNREADABLE 无法读取日历文件 {path} / cannot read the calendar file {path}: {cause}")]
    CalendarUnreadable { path: PathBuf, cause: std::io::Error },
    #[error("CALENDAR_WRONG 日历文件 {path} 有误：{} / the calendar file {path} is wrong: {cause}", .cause.chinese())]
    Calendar { path: PathBuf, cause: CalendarError },
    #[error(transparent)]
    Store(#[from] StoreError),
}

pub struct Home {
    pub config: Config,
    pub us: AgencyCode,
    pub keys: AgencyKeys,
    /// Without the imported years: they are in the database.
    pub calendar: Calendar,
    pub clock: Clock,
    /// Where the broker is; never empty.
    pub brokers: Vec<Address>,
    roots: Vec<RootKey>,
}

impl Home {
    pub fn open(config_file: &Path) -> Result<Home, HomeError> {
        no_secret_in_environment()?;
        let config = Config::load(config_file)?;
        let wrong = |wrong: OutOfRange| wrong.of(config_file);
        let us = config.code().map_err(wrong)?;
        let keys = AgencyKeys::load(&config.paths.keys)?;
        let roots = config.registry.roots.iter().map(|root| RootKey::from_base64(root)).collect::<Result<_, _>>()?;
        let calendar = calendar(&config.paths.calendar)?;
        let clock = config.clock_start().map_err(wrong)?.map_or_else(Clock::real, Clock::starting_at);
        let brokers = config.broker.addresses().map_err(wrong)?;
        if clock.now() < CLOCK_LEAST {
            return Err(HomeError::ClockWrong { now: clock.now() });
        }
        Ok(Home { config, us, keys, calendar, clock, brokers, roots })
    }

    /// Believes the directory on disk, and that our keys are the listed ones.
    pub fn directory(&self, last_seen_version: u64) -> Result<Directory, HomeError> {
        let read = |name: &str| {
            let path = self.config.paths.directory.join(name);
            std::fs::read(&path).map_err(|cause| HomeError::DirectoryUnreadable { path, cause })
        };
        let (bytes, signatures) = (read(DIRECTORY_FILE)?, read(SIGNATURE_FILE)?);
        let threshold = self.config.registry.threshold;
        let directory = verify_directory(&bytes, &signatures, &self.roots, threshold, last_seen_version)?;
        let us = directory.agency(&self.us).ok_or_else(|| HomeError::NotListed(self.us.clone()))?;
        self.keys.check(us)?;
        Ok(directory)
    }

    pub fn broker_password(&self) -> Result<String, HomeError> {
        broker_password(&self.config.broker.password_file)
    }

    /// Opens the database and everything decisions need. A rolled-back directory is refused here.
    pub async fn site(self) -> Result<(Config, Arc<Site>, Arc<Store>), HomeError> {
        const SEEN: &str = "directory_version";
        let store = Store::open(&self.config.database(), &self.us).await?;
        store.room().keep(u64::from(self.config.store.free_mb) * 1024 * 1024);
        let seen = store.recall(SEEN).await?.and_then(|text| text.parse().ok()).unwrap_or(0);
        let directory = self.directory(seen)?;
        if directory.version > seen {
            store.remember(SEEN, &directory.version.to_string()).await?;
        }
        let calendar = store.calendar_over(self.calendar).await?;
        let clock = self.clock;
        let site = Site {
            us: self.us,
            keys: self.keys,
            directory,
            calendar: watch::Sender::new(calendar),
            limits: self.config.limits,
            steps: self.config.steps,
            handler: Box::new(EmbeddedRegister::new(self.config.conditions)),
            now: Arc::new(move || clock.now()),
        };
        Ok((self.config, Arc::new(site), Arc::new(store)))
    }
}

/// How many files may be open; `OPEN_FILES` where they are too few to run with.
pub fn open_files() -> Result<u64, HomeError> {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current.unwrap_or(u64::MAX);
    if limit < OPEN_FILES_LEAST { Err(HomeError::OpenFiles { limit }) } else { Ok(limit) }
}

/// A secret in the environment is seen by every process of the user; it is never taken from there.
fn no_secret_in_environment() -> Result<(), HomeError> {
    let is_secret = |name: &str| {
        name.starts_with("JIEXU_") && ["PASSWORD", "SECRET", "_KEY"].iter().any(|word| name.contains(word))
    };
    let named = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()).find(|name| is_secret(name));
    named.map_or(Ok(()), |name| Err(HomeError::SecretInEnvironment { name }))
}

/// The password in this file, which its owner alone can read.
pub fn broker_password(path: &Path) -> Result<String, HomeError> {
    let unreadable = |cause| HomeError::Password { path: path.to_owned(), cause };
    let mut file = std::fs::File::open(path).map_err(unreadable)?;
    let mode = file.metadata().map_err(unreadable)?.mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(HomeError::PasswordTooOpen { path: path.to_owned(), mode });
    }
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(unreadable)?;
    let password = text.trim().to_owned();
    if DEFAULT_PASSWORDS.contains(&password.to_lowercase().as_str()) {
        return Err(HomeError::PasswordDefault { path: path.to_owned() });
    }
    Ok(password)
}

/// The compiled-in years, and the agency's own year files over them.
fn calendar(folder: &Path) -> Result<Calendar, HomeError> {
    let mut calendar = Calendar::shipped();
    if folder.as_os_str().is_empty() {
        return Ok(calendar);
    }
    let unreadable = |path: &Path| {
        let path = path.to_owned();
        move |cause| HomeError::CalendarUnreadable { path, cause }
    };
    let mut files: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable(folder))? {
        let path = entry.map_err(unreadable(folder))?.path();
        if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    files.sort();
    for path in files {
        let text = std::fs::read_to_string(&path).map_err(unreadable(&path))?;
        let wrong = |cause| HomeError::Calendar { path: path.clone(), cause };
        for file in YearFile::parse_all(&text).map_err(wrong)? {
            calendar = calendar.with(Year::check(file, Origin::Folder).map_err(wrong)?);
        }
    }
    Ok(calendar)
}
