//! A whole exchange in one folder: registry, homes, private broker, daemons. Made once, started again any number of
//! times. It touches no broker, no daemon and no folder that it did not make.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde::Deserialize;
use toml::{Table, Value};

use super::broker::PrivateBroker;
use super::keeper::Kept;
use super::window::Window;
use crate::clock;
use crate::daemon::Request;
use crate::daemon::setup::{self, CARD_FILE, CONFIG_FILE, HomeOptions, Profile};
use crate::domain::directory::IntraProvinceFunds;
use crate::domain::forms::BankAccount;
use crate::domain::ids::AgencyCode;
use crate::domain::time::Moment;

/// Says that the folder is ours, and whether its set-up was finished.
const MARKER: &str = ".jiexu-trial";
const BEGUN: &str = "begun\n";
const READY: &str = "ready\n";
const GUANGDONG: &str = "44";
const START_LIMIT: Duration = Duration::from_secs(180);
const STOP_LIMIT: Duration = Duration::from_secs(12);

/// An account at the bank, as `accounts.json` has it.
#[derive(Debug, Clone, Deserialize)]
pub struct Account {
    pub agency: String,
    pub name: String,
    pub number: String,
    pub opening_fen: i64,
}

/// What distinguishes one exchange from another.
pub struct Plan {
    pub profiles: Vec<Profile>,
    /// First port of the pages; none: no pages.
    pub web_port: Option<u16>,
    /// ms before an unreceipted message goes out again.
    pub receipt_ms: u32,
    /// What the agencies' clocks show when they start; none: the machine's clock.
    pub start: Option<Moment>,
}

/// One agency: its home and, while it runs, its daemon.
pub struct Agency {
    pub code: AgencyCode,
    pub short_name: String,
    pub home: PathBuf,
    /// Where the pages are.
    pub pages: Option<u16>,
    daemon: Mutex<Option<Kept>>,
}

pub struct Exchange {
    pub agencies: Vec<Agency>,
    broker: Mutex<Option<PrivateBroker>>,
}

/// What the directory says of a trial agency; code, division and pool are one. Within 广东 the money stays where it is.
pub fn profile(code: &str, city: &str, account: &Account) -> anyhow::Result<Profile> {
    Ok(Profile {
        code: AgencyCode::new(code)?,
        division: code.to_owned(),
        pool: code.to_owned(),
        name: format!("{city}市医疗保险经办机构"),
        short_name: city.to_owned(),
        account: BankAccount {
            name: account.name.clone(),
            number: account.number.clone(),
            bank: "演示银行".to_owned(),
            bank_no: None,
        },
        per_case_limit: None,
        intra_province_funds: match code.starts_with(GUANGDONG) {
            true => IntraProvinceFunds::Kept,
            false => IntraProvinceFunds::Moves,
        },
    })
}

/// Removes a folder that carries our marker; refuses any other.
pub fn remove(dir: &Path) -> anyhow::Result<()> {
    if !dir.exists() {
        return Ok(());
    }
    if !dir.join(MARKER).exists() {
        bail!(
            "DIR_NOT_OURS {} 不是演示目录，未作更改；请另选 --dir / {} was not made by a demo; nothing was removed",
            dir.display(),
            dir.display()
        );
    }
    fs::remove_dir_all(dir).with_context(|| format!("cannot remove {}", dir.display()))
}

/// Whether a demo lives in this folder.
pub fn is_made(dir: &Path) -> bool {
    dir.join(MARKER).exists()
}

impl Exchange {
    /// Makes what is missing and starts everything. Blocks up to some minutes.
    pub fn start(dir: &Path, plan: &Plan) -> anyhow::Result<Exchange> {
        let dir = prepare(dir, plan)?;
        let registry = dir.join("registry");
        let definitions = setup::broker_plan(&setup::cards(&registry)?);
        let broker = PrivateBroker::start(&dir.join("broker"), &definitions)?;
        let mut next = plan.web_port;
        let mut agencies = Vec::new();
        for profile in &plan.profiles {
            let pages = next.map(free_port).transpose()?;
            next = pages.and_then(|port| port.checked_add(1));
            let home = dir.join(profile.code.as_str());
            configure(&home.join(CONFIG_FILE), broker.port(), pages, plan)?;
            agencies.push(Agency {
                code: profile.code.clone(),
                short_name: profile.short_name.clone(),
                home,
                pages,
                daemon: Mutex::new(None),
            });
        }
        for agency in &agencies {
            agency.start()?;
        }
        Ok(Exchange { agencies, broker: Mutex::new(Some(broker)) })
    }

    /// Until every daemon answers and hears the broker.
    pub async fn ready(&self) -> anyhow::Result<()> {
        for agency in &self.agencies {
            let begun = Instant::now();
            let mut window = agency.window();
            loop {
                let status = window.try_once(&Request::Status).await;
                if status.is_ok_and(|status| status["broker"]["consuming"] == true) {
                    break;
                }
                if !agency.is_running() || begun.elapsed() > START_LIMIT {
                    let tail = agency.slot().as_ref().map(Kept::tail).unwrap_or_default();
                    bail!("{} 的守护进程没有就绪 / the daemon of {} is not ready:\n{tail}", agency.code, agency.code);
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        Ok(())
    }

    fn broker(&self) -> MutexGuard<'_, Option<PrivateBroker>> {
        self.broker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn broker_pid(&self) -> Option<u32> {
        self.broker().as_ref().and_then(PrivateBroker::pid)
    }

    /// SIGKILL, and a start on the same folder and port. Blocks some seconds.
    pub fn crash_broker(&self) -> anyhow::Result<()> {
        if let Some(broker) = self.broker().as_mut() {
            broker.restart()?;
        }
        Ok(())
    }

    /// Daemons first, all at once, then the broker. Nothing is left.
    pub fn stop(&self) {
        let daemons: Vec<Kept> = self.agencies.iter().filter_map(|agency| agency.slot().take()).collect();
        for daemon in &daemons {
            daemon.ask_to_stop();
        }
        for daemon in daemons {
            daemon.finish(STOP_LIMIT);
        }
        if let Some(mut broker) = self.broker().take() {
            broker.stop();
        }
    }
}

impl Agency {
    fn slot(&self) -> MutexGuard<'_, Option<Kept>> {
        self.daemon.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn start(&self) -> anyhow::Result<()> {
        let program = std::env::current_exe()?;
        let config = self.home.join(CONFIG_FILE);
        let config = config.to_str().context("the folder's name is not UTF-8")?;
        *self.slot() = Some(Kept::start(&program, &["serve", "--config", config], &self.home.join("daemon.log"))?);
        Ok(())
    }

    /// SIGTERM, and waits. Nothing happens when it does not run.
    pub fn stop(&self) {
        if let Some(daemon) = self.slot().take() {
            daemon.ask_to_stop();
            daemon.finish(STOP_LIMIT);
        }
    }

    /// Starts it with a trial's clock that shows `at`.
    pub fn start_at(&self, at: Moment) -> anyhow::Result<()> {
        rewrite(&self.home.join(CONFIG_FILE), &[("clock", "start", rfc3339(at).into())])?;
        self.start()
    }

    /// Stops it and starts it with other values in its configuration.
    pub fn restart_with(&self, values: &[(&str, &str, Value)]) -> anyhow::Result<()> {
        self.stop();
        rewrite(&self.home.join(CONFIG_FILE), values)?;
        self.start()
    }

    /// SIGKILL and a new start.
    pub fn crash(&self) -> anyhow::Result<()> {
        drop(self.slot().take());
        self.start()
    }

    pub fn is_running(&self) -> bool {
        self.slot().as_ref().is_some_and(Kept::is_running)
    }

    pub fn pid(&self) -> Option<u32> {
        self.slot().as_ref().map(Kept::pid)
    }

    pub fn window(&self) -> Window {
        Window::new(&self.home.join("data/jiexu.sock"))
    }

    pub fn database(&self) -> PathBuf {
        self.home.join("data/jiexu.db")
    }
}

/// Registry, homes and signed directory, made once; a set-up that was cut off is made anew.
fn prepare(dir: &Path, plan: &Plan) -> anyhow::Result<PathBuf> {
    let marker = dir.join(MARKER);
    match fs::read_to_string(&marker).ok().as_deref() {
        Some(READY) => return Ok(dir.canonicalize()?),
        Some(_) => remove(dir)?,
        None if dir.exists() && fs::read_dir(dir)?.next().is_some() => bail!(
            "DIR_NOT_OURS {} 非空且不是演示目录；请另选 --dir / {} is not empty and not a demo's",
            dir.display(),
            dir.display()
        ),
        None => {}
    }
    fs::create_dir_all(dir).with_context(|| format!("cannot make {}", dir.display()))?;
    let dir = dir.canonicalize()?;
    fs::write(&marker, BEGUN)?;
    let registry = dir.join("registry");
    let root = setup::create_registry(&registry)?;
    let made_at = plan.start.unwrap_or_else(clock::now);
    for profile in &plan.profiles {
        // Ports are written at every start.
        let options = HomeOptions {
            roots: vec![root.clone()],
            broker_host: "127.0.0.1".to_owned(),
            broker_port: 5672,
            web_listen: "127.0.0.1:0".to_owned(),
            made_at,
        };
        let home = dir.join(profile.code.as_str());
        setup::init(&home, profile, &options)?;
        setup::add_agency(&registry, &home.join(CARD_FILE))?;
    }
    setup::sign(&registry, made_at.china_date())?;
    for profile in &plan.profiles {
        setup::install_directory(&registry, &dir.join(profile.code.as_str()))?;
    }
    fs::write(&marker, READY)?;
    Ok(dir)
}

/// Writes this start's ports and the demo's patience into an agency's configuration.
fn configure(path: &Path, broker_port: u16, pages: Option<u16>, plan: &Plan) -> anyhow::Result<()> {
    let receipt_ms = plan.receipt_ms;
    let start = plan.start.map(rfc3339).unwrap_or_default();
    rewrite(
        path,
        &[
            ("broker", "port", i64::from(broker_port).into()),
            ("web", "listen", format!("127.0.0.1:{}", pages.unwrap_or(0)).into()),
            ("relay", "receipt_ms", i64::from(receipt_ms).into()),
            ("relay", "receipt_most_ms", i64::from(receipt_ms.saturating_mul(2)).into()),
            ("relay", "trouble_ms", 500.into()),
            ("relay", "trouble_most_ms", 2_000.into()),
            ("clock", "start", start.into()),
        ],
    )
}

fn rfc3339(at: Moment) -> String {
    let at = chrono::DateTime::from_timestamp_micros(at.0).unwrap_or_default();
    at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

fn rewrite(path: &Path, values: &[(&str, &str, Value)]) -> anyhow::Result<()> {
    let mut config: Table = fs::read_to_string(path)?.parse()?;
    for (part, key, value) in values {
        if let Value::Table(part) = config.entry(*part).or_insert_with(|| Value::Table(Table::new())) {
            part.insert((*key).to_owned(), value.clone());
        }
    }
    let text = format!("# 由演示程序写入，每次启动更新 / written by the demo at every start\n\n{config}");
    let beside = path.with_extension("new");
    fs::write(&beside, text)?;
    Ok(fs::rename(&beside, path)?)
}

/// The wished port or the next free one.
fn free_port(wished: u16) -> anyhow::Result<u16> {
    let mut ports = wished..=u16::MAX;
    ports
        .find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
        .context("没有空闲端口 / no free port for the pages")
}
