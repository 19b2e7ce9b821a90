//! An agency's home: configuration, keys, directory, calendar. Everything is checked before anything starts.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::watch;

use crate::clock::Clock;
use crate::config::{Config, ConfigError};
use crate::domain::calendar::{Calendar, CalendarError, Origin, Year, YearFile};
use crate::domain::directory::Directory;
use crate::domain::ids::AgencyCode;
use crate::flow::site::Site;
use crate::handlers::EmbeddedRegister;
use crate::store::{Store, StoreError};
use crate::wire::AgencyKeys;
use crate::wire::keys::KeyError;
use crate::wire::registry::{DIRECTORY_FILE, DirectoryError, RootKey, SIGNATURE_FILE, verify_directory};

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
    roots: Vec<RootKey>,
}

impl Home {
    pub fn open(config_file: &Path) -> Result<Home, HomeError> {
        let config = Config::load(config_file)?;
        let us = config.code()?;
        let keys = AgencyKeys::load(&config.paths.keys)?;
        let roots = config.registry.roots.iter().map(|root| RootKey::from_base64(root)).collect::<Result<_, _>>()?;
        let calendar = calendar(&config.paths.calendar)?;
        let clock = config.clock_start()?.map_or_else(Clock::real, Clock::starting_at);
        Ok(Home { config, us, keys, calendar, clock, roots })
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
        let path = self.config.broker.password_file.clone();
        let text = std::fs::read_to_string(&path).map_err(|cause| HomeError::Password { path, cause })?;
        Ok(text.trim().to_owned())
    }

    /// Opens the database and everything decisions need. A rolled-back directory is refused here.
    pub async fn site(self) -> Result<(Config, Arc<Site>, Arc<Store>), HomeError> {
        const SEEN: &str = "directory_version";
        let store = Store::open(&self.config.database(), &self.us).await?;
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
