//! `check-config`: everything a start demands, line by line, without starting anything.

use std::process::ExitCode;

use clap::Args;

use super::screen::{Paint, Screen, pad, say};
use super::trouble::{CONFIGURATION, Trouble};
use super::{Ended, Global};
use crate::clock;
use crate::config::{Config, REFERENCE};
use crate::daemon::home::broker_password;
use crate::daemon::{Home, HomeError};
use crate::transport::address::Address;
use crate::wire::AgencyKeys;

#[derive(Args)]
pub struct CheckArgs {
    /// 打印全部配置项及说明 / print every key with its meaning
    #[arg(long)]
    reference: bool,
}

struct Lines {
    screen: Screen,
    failed: Vec<Trouble>,
}

impl Lines {
    fn line(&self, sign: &str, paint: Paint, what: &str, said: &str) {
        say(&format!("{} {}{said}\n", self.screen.paint(paint, sign), pad(what, 26, false)));
    }

    fn good(&self, what: &str, said: &str) {
        self.line("✓", Paint::Good, what, said);
    }

    fn care(&self, what: &str, said: &str) {
        self.line("!", Paint::Care, what, said);
    }

    fn check<T>(&mut self, what: &str, checked: Result<T, Trouble>, said: impl FnOnce(&T) -> String) -> Option<T> {
        match checked {
            Ok(value) => {
                self.good(what, &said(&value));
                Some(value)
            }
            Err(trouble) => {
                self.line("✗", Paint::Bad, what, &trouble.code);
                self.failed.push(trouble);
                None
            }
        }
    }
}

pub(super) fn run(args: &CheckArgs, global: &Global) -> Ended {
    if args.reference {
        say(REFERENCE);
        return Ok(ExitCode::SUCCESS);
    }
    let mut lines = Lines { screen: Screen::stdout(), failed: Vec::new() };
    let config = Config::load(&global.config).map_err(Trouble::from);
    let file = global.config.display().to_string();
    if let Some(config) = lines.check("配置 configuration", config, |_| file) {
        let keys = AgencyKeys::load(&config.paths.keys).map_err(Trouble::from);
        let folder = config.paths.keys.display().to_string();
        let keys = lines.check("密钥 keys", keys, |_| folder);
        match Home::open(&global.config) {
            Ok(home) => of_home(&home, &mut lines),
            // Told in the line above.
            Err(HomeError::Key(_)) if keys.is_none() => {}
            Err(error) => {
                lines.check("信任根与日历 roots, calendar", Err::<(), _>(error.into()), |()| String::new());
            }
        }
        let brokers = config.broker.addresses().map_err(|wrong| Trouble::from(wrong.of(&global.config)));
        let said = |brokers: &Vec<Address>| brokers.iter().map(ToString::to_string).collect::<Vec<_>>().join(" · ");
        lines.check("消息服务器 broker", brokers, said);
        password(&config, &mut lines);
    }
    for trouble in &lines.failed {
        trouble.tell();
    }
    Ok(if lines.failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(CONFIGURATION) })
}

fn of_home(home: &Home, lines: &mut Lines) {
    let today = clock::now().china_date();
    let directory = home.directory(0).map_err(Trouble::from);
    let said = |directory: &crate::domain::directory::Directory| {
        let (version, agencies) = (directory.version, directory.agencies.len());
        format!("v{version} · {agencies} 家机构 agencies · 有效至 valid until {}", directory.valid_until)
    };
    if let Some(directory) = lines.check("机构目录 directory", directory, said) {
        if directory.is_expired(today) {
            lines.care("机构目录 directory", "已过期，请向登记机构索取新版 · expired: ask the registry for the newest");
        }
        let name = directory.agency(&home.us).map(|us| us.name.as_str()).unwrap_or_default();
        lines.good("本机构 this agency", &format!("{} {name}", home.us));
    }
    let years: Vec<String> = home.calendar.years().map(|year| year.number().to_string()).collect();
    lines.good("工作日历 calendar", &years.join(", "));
    // Imported years are in the database, which may be a running daemon's: it is not opened here.
    if let Some(year) = home.calendar.missing(today) {
        let text = format!(
            "缺 {year} 年，除非已导入：见 jiexu calendar check · {year} is missing unless imported: jiexu calendar check"
        );
        lines.care("工作日历 calendar", &text);
    }
}

fn password(config: &Config, lines: &mut Lines) {
    let path = &config.broker.password_file;
    let read = broker_password(path).map_err(Trouble::from);
    lines.check("代理密码 broker password", read, |_| path.display().to_string());
}
