//! The configuration: the compiled-in default file is the reference, a file needs only what differs. Unknown keys are
//! errors with the nearest known one; secrets stand in files of their own, never here.

use std::net::SocketAddr;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use chrono::DateTime;
use serde::Deserialize;
use toml::{Table, Value};

use crate::domain::deadlines::{LimitError, Limits, LimitsAsked};
use crate::domain::ids::AgencyCode;
use crate::domain::steps::Steps;
use crate::domain::time::Moment;
use crate::flow::relay::Patience;
use crate::handlers::Conditions;
use crate::transport::address::Address;

/// The whole reference with every key and its meaning.
pub const REFERENCE: &str = include_str!("default.toml");
/// A configuration file is short; anything larger is not one.
const FILE_MAX: u64 = 1024 * 1024;
/// A longer value is not repeated in an error.
const VALUE_SHOWN: usize = 60;

#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    #[error("CONFIG_UNREADABLE 无法读取配置文件 {path} / cannot read the configuration file {path}: {cause}")]
    Unreadable { path: PathBuf, cause: std::io::Error },
    #[error("CONFIG_TOO_LARGE {path} 超过 1 MiB，不是配置文件 / {path} is larger than 1 MiB, not a configuration file")]
    TooLarge { path: PathBuf },
    #[error("CONFIG_SYNTAX 配置文件 {path} 格式有误 / the configuration file {path} is not valid TOML:\n{detail}")]
    Syntax { path: PathBuf, detail: String },
    #[error("CONFIG_UNKNOWN_KEY 未知配置项 {key}{} / unknown key {key} in {path}{}", did_you_mean_zh(.nearest), did_you_mean_en(.nearest))]
    UnknownKey { path: PathBuf, key: String, nearest: Option<String> },
    #[error("CONFIG_VALUE 配置项有误 / a value in {path} is not usable: {detail}")]
    Value { path: PathBuf, detail: String },
    #[error("CONFIG_LIMIT 期限超出规则允许：{} / a limit in {path} is outside its rule: {cause}", .cause.chinese())]
    Limit { path: PathBuf, cause: LimitError },
    #[error(
        "CONFIG_RANGE 配置文件 {path} 中 {key} 为 {value}，应为 {expected} / {key} is {value} in {path}: it must be {expected}"
    )]
    Range { path: PathBuf, key: &'static str, value: String, expected: &'static str },
    #[error(
        "CONFIG_NOT_A_FILE {path} 不是普通文件；请指明配置文件本身，不要用链接或目录 / {path} is not a file of its own; name the file itself, no link and no folder"
    )]
    NotAFile { path: PathBuf },
    #[error(
        "CONFIG_TOO_OPEN 任何用户都能改写 {path}（权限 {mode:03o}）；请执行 chmod 644 {path} / anybody can change {path} (mode {mode:03o}); run chmod 644 {path}"
    )]
    TooOpen { path: PathBuf, mode: u32 },
    #[error(
        "CONFIG_TEMPLATE 配置项 {key} 仍是样例中的值；请在 {path} 中改为本机构的值 / {key} still has the value of a template; set your own in {path}"
    )]
    Template { path: PathBuf, key: String },
}

fn did_you_mean_zh(nearest: &Option<String>) -> String {
    nearest.as_ref().map(|key| format!("，是否指 {key}？")).unwrap_or_default()
}

fn did_you_mean_en(nearest: &Option<String>) -> String {
    nearest.as_ref().map(|key| format!("; did you mean {key}?")).unwrap_or_default()
}

#[derive(Debug, Clone, Deserialize)]
pub struct Config {
    pub agency: AgencyPart,
    pub paths: Paths,
    pub store: StorePart,
    pub registry: RegistryPart,
    pub broker: Broker,
    pub web: Web,
    pub limits: Limits,
    pub steps: Steps,
    pub conditions: Conditions,
    pub relay: Patience,
    pub clock: ClockPart,
    pub log: Log,
}

#[derive(Debug, Clone, Deserialize)]
pub struct AgencyPart {
    pub code: String,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Paths {
    pub data: PathBuf,
    pub keys: PathBuf,
    pub directory: PathBuf,
    pub calendar: PathBuf,
}

#[derive(Debug, Clone, Deserialize)]
pub struct StorePart {
    pub free_mb: u32,
}

#[derive(Debug, Clone, Deserialize)]
pub struct RegistryPart {
    pub roots: Vec<String>,
    pub threshold: usize,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Broker {
    pub host: String,
    pub port: u16,
    pub further: Vec<String>,
    pub vhost: String,
    pub password_file: PathBuf,
    pub prefetch: u16,
    pub heartbeat_seconds: u16,
    pub connect_timeout_seconds: u16,
}

impl Broker {
    /// Where the broker is: `host` and `port`, then the further nodes.
    pub fn addresses(&self) -> Result<Vec<Address>, OutOfRange> {
        let wrong = |key, value: &str, expected| OutOfRange { key, value: format!("“{value}”"), expected };
        let host =
            "主机名或 IP 地址，端口另写于 broker.port / a host name or an IP address; its port stands in broker.port";
        let further = "主机:端口，IPv6 加方括号，各节点只写一次 / host:port, IPv6 in brackets, such as 10.0.0.2:5672 or \
                       [fd00::2]:5672, no node twice";
        let first = Address::new(&self.host, self.port).ok_or_else(|| wrong("broker.host", &self.host, host))?;
        let mut addresses = vec![first];
        for text in &self.further {
            let address = text.parse().ok().filter(|address| !addresses.contains(address));
            addresses.push(address.ok_or_else(|| wrong("broker.further", text, further))?);
        }
        Ok(addresses)
    }
}

#[derive(Debug, Clone, Deserialize)]
pub struct Web {
    pub listen: SocketAddr,
    pub hosts: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct ClockPart {
    pub start: String,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Log {
    pub filter: String,
    pub format: LogFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    Json,
}

impl Config {
    /// Reads a file over the reference and checks every value.
    pub fn load(path: &Path) -> Result<Config, ConfigError> {
        let unreadable = |cause| ConfigError::Unreadable { path: path.to_owned(), cause };
        // Of the name itself: whoever may set a link chooses which file is believed.
        let file = std::fs::symlink_metadata(path).map_err(unreadable)?;
        if !file.is_file() {
            return Err(ConfigError::NotAFile { path: path.to_owned() });
        }
        if file.len() > FILE_MAX {
            return Err(ConfigError::TooLarge { path: path.to_owned() });
        }
        let mode = file.mode() & 0o777;
        if mode & 0o002 != 0 {
            return Err(ConfigError::TooOpen { path: path.to_owned(), mode });
        }
        let text = std::fs::read_to_string(path).map_err(unreadable)?;
        Config::parse(&text, path)
    }

    /// The same of a text; relative paths in it are relative to the folder of `path`.
    pub fn parse(text: &str, path: &Path) -> Result<Config, ConfigError> {
        let syntax = |error: toml::de::Error| ConfigError::Syntax { path: path.to_owned(), detail: error.to_string() };
        let given: Table = text.parse().map_err(syntax)?;
        let mut whole: Table = REFERENCE.parse().map_err(syntax)?;
        if let Some(key) = template_value(&given, "") {
            return Err(ConfigError::Template { path: path.to_owned(), key });
        }
        let value = |error: toml::de::Error| ConfigError::Value { path: path.to_owned(), detail: error.to_string() };
        // Another rule than the reference's brings its own limits: only those given stand over them.
        let limits = given.get("limits").cloned();
        overlay(&mut whole, given, "", path)?;
        if let Some(limits) = limits {
            let asked: LimitsAsked = limits.clone().try_into().map_err(value)?;
            Limits::try_from(asked).map_err(|cause| ConfigError::Limit { path: path.to_owned(), cause })?;
            whole.insert("limits".to_owned(), limits);
        }
        let mut config: Config = Value::Table(whole).try_into().map_err(value)?;
        config.resolve(path.parent().unwrap_or(Path::new(".")));
        config.check().map_err(|wrong| wrong.of(path))?;
        Ok(config)
    }

    fn resolve(&mut self, folder: &Path) {
        let paths =
            [&mut self.paths.data, &mut self.paths.keys, &mut self.paths.directory, &mut self.broker.password_file];
        for path in paths {
            *path = folder.join(&*path);
        }
        if !self.paths.calendar.as_os_str().is_empty() {
            self.paths.calendar = folder.join(&self.paths.calendar);
        }
    }

    fn check(&self) -> Result<(), OutOfRange> {
        let range = |ok: bool, key, value: &dyn std::fmt::Display, expected| {
            if ok { Ok(()) } else { Err(OutOfRange { key, value: value.to_string(), expected }) }
        };
        self.code()?;
        let store = &self.store;
        range((1..=1_048_576).contains(&store.free_mb), "store.free_mb", &store.free_mb, "1–1048576")?;
        let broker = &self.broker;
        range(broker.port > 0, "broker.port", &broker.port, "1–65535")?;
        broker.addresses()?;
        range((16..=2048).contains(&broker.prefetch), "broker.prefetch", &broker.prefetch, "16–2048")?;
        let (heartbeat, connect) = (broker.heartbeat_seconds, broker.connect_timeout_seconds);
        range((1..=60).contains(&heartbeat), "broker.heartbeat_seconds", &heartbeat, "1–60")?;
        range((1..=60).contains(&connect), "broker.connect_timeout_seconds", &connect, "1–60")?;
        range(self.registry.threshold >= 1, "registry.threshold", &self.registry.threshold, "≥ 1")?;
        let relay = &self.relay;
        range(relay.receipt_ms >= 100, "relay.receipt_ms", &relay.receipt_ms, "≥ 100")?;
        range(relay.trouble_ms >= 100, "relay.trouble_ms", &relay.trouble_ms, "≥ 100")?;
        self.clock_start()?;
        let loopback = "回环地址，例如 127.0.0.1:8610 / a loopback address, such as 127.0.0.1:8610";
        range(self.web.listen.ip().is_loopback(), "web.listen", &self.web.listen, loopback)
    }

    pub fn code(&self) -> Result<AgencyCode, OutOfRange> {
        let expected = "6–20 个字符 A-Z 0-9 / 6 to 20 characters A-Z 0-9";
        let wrong = || OutOfRange { key: "agency.code", value: format!("“{}”", self.agency.code), expected };
        AgencyCode::new(&self.agency.code).map_err(|_| wrong())
    }

    /// What a trial's clock shows at the start; none: the machine's clock.
    pub fn clock_start(&self) -> Result<Option<Moment>, OutOfRange> {
        let start = self.clock.start.as_str();
        if start.is_empty() {
            return Ok(None);
        }
        let expected = "空，或 RFC 3339 时刻 / empty, or a moment in RFC 3339, such as 2026-01-05T09:00:00+08:00";
        let wrong = |_| OutOfRange { key: "clock.start", value: format!("“{start}”"), expected };
        Ok(Some(Moment(DateTime::parse_from_rfc3339(start).map_err(wrong)?.timestamp_micros())))
    }

    pub fn database(&self) -> PathBuf {
        self.paths.data.join("jiexu.db")
    }

    /// Where a running daemon takes commands.
    pub fn socket(&self) -> PathBuf {
        self.paths.data.join("jiexu.sock")
    }
}

/// A value that the file gives and its rule does not allow.
#[derive(Debug)]
pub struct OutOfRange {
    key: &'static str,
    value: String,
    expected: &'static str,
}

impl OutOfRange {
    /// For whoever must mend the file.
    pub fn of(self, path: &Path) -> ConfigError {
        let OutOfRange { key, value, expected } = self;
        let value = if value.chars().count() > VALUE_SHOWN { "…".to_owned() } else { value };
        ConfigError::Range { path: path.to_owned(), key, value, expected }
    }
}

/// What templates and manuals write where an own value belongs.
const TEMPLATES: [&str; 3] = ["changeme", "example.com", "example.org"];

/// The first key whose value nobody has set.
fn template_value(given: &Table, prefix: &str) -> Option<String> {
    given.iter().find_map(|(key, value)| {
        let full = format!("{prefix}{key}");
        match value {
            Value::Table(inner) => template_value(inner, &format!("{full}.")),
            Value::Array(items) => items.iter().any(is_template).then_some(full),
            value => is_template(value).then_some(full),
        }
    })
}

fn is_template(value: &Value) -> bool {
    let text = value.as_str().unwrap_or_default().to_lowercase();
    TEMPLATES.iter().any(|template| text.contains(template))
}

/// Lays the given values over the known ones; what is not known is refused with its nearest neighbour.
fn overlay(known: &mut Table, given: Table, prefix: &str, path: &Path) -> Result<(), ConfigError> {
    for (key, value) in given {
        let full = format!("{prefix}{key}");
        match (known.get_mut(&key), value) {
            (None, _) => {
                let nearest = known
                    .keys()
                    .map(|candidate| (strsim::damerau_levenshtein(candidate, &key), candidate))
                    .filter(|(distance, candidate)| *distance <= 1 + candidate.len() / 3)
                    .min()
                    .map(|(_, candidate)| format!("{prefix}{candidate}"));
                return Err(ConfigError::UnknownKey { path: path.to_owned(), key: full, nearest });
            }
            (Some(Value::Table(inner)), Value::Table(given)) => {
                overlay(inner, given, &format!("{full}."), path)?;
            }
            (Some(slot), value) => *slot = value,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::deadlines::Rule;
    use crate::domain::steps::Way;

    fn parse(text: &str) -> Result<Config, String> {
        Config::parse(text, Path::new("/etc/jiexu/jiexu.toml")).map_err(|error| error.to_string())
    }

    #[test]
    fn a_short_file_is_enough_and_paths_are_relative_to_it() {
        let config = parse("[agency]\ncode = \"530800\"").expect("a configuration");
        assert_eq!(config.database(), Path::new("/etc/jiexu/data/jiexu.db"));
        assert_eq!(config.limits, Limits::default());
        assert_eq!(config.broker.prefetch, 512);
    }

    #[test]
    fn the_nodes_of_a_cluster_follow_the_first_address() {
        let addresses = |text: &str| {
            let config = parse(&format!("[agency]\ncode = \"530800\"\n{text}")).expect("a configuration");
            let addresses = config.broker.addresses().expect("checked before");
            addresses.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert_eq!(addresses(""), ["127.0.0.1:5672"]);
        assert_eq!(addresses("[broker]\nhost = \"fd00::1\"\nport = 5673"), ["[fd00::1]:5673"]);
        let three = "[broker]\nhost = \"mq1\"\nfurther = [\"mq2:5672\", \"[fd00::3]:5672\"]";
        assert_eq!(addresses(three), ["mq1:5672", "mq2:5672", "[fd00::3]:5672"]);
    }

    #[test]
    fn the_rule_brings_its_limits_and_explicit_ones_go_below() {
        let limits = |text: &str| parse(&format!("[agency]\ncode = \"530800\"\n[limits]\n{text}")).map(|it| it.limits);
        assert_eq!(limits("rule = \"national\""), Ok(Limits::default()));
        assert_eq!(limits("rule = \"old45\""), Ok(Limits::by(Rule::Old45)));
        let faster = limits("rule = \"old45\"\noutgoing = 12").expect("below the old ceiling");
        assert_eq!((faster.outgoing, faster.incoming, faster.whole), (12, 15, 45));
        assert_eq!(limits("credit = 2").expect("a faster agency"), Limits { credit: 2, ..Limits::default() });
        let error = limits("rule = \"old45\"\nincoming = 16").expect_err("above the old ceiling");
        let said = "limits.incoming 为 16：规则 old45 允许 1 至 15 个工作日";
        assert!(error.starts_with("CONFIG_LIMIT ") && error.contains(said), "{error}");
        assert!(error.contains("limits.incoming is 16: 1 to 15 working days are allowed under the rule old45"));
        let error = limits("outgoing = 12").expect_err("above the national ceiling");
        assert!(error.contains("under the rule national"), "{error}");
        assert!(limits("rule = \"old15\"").expect_err("no such rule").contains("CONFIG_VALUE"));
        assert!(limits("outgoin = 9").expect_err("unknown").contains("did you mean limits.outgoing?"));
    }

    #[test]
    fn a_step_waits_for_a_person_only_where_the_file_says_so() {
        let steps = |text: &str| parse(&format!("[agency]\ncode = \"530800\"\n[steps]\n{text}")).map(|it| it.steps);
        assert_eq!(steps(""), Ok(Steps::default()));
        let merge = steps("merge = \"review\"").expect("a step to review");
        assert_eq!(merge, Steps { merge: Way::Review, ..Steps::default() });
        assert!(steps("merge = \"later\"").expect_err("no such way").contains("CONFIG_VALUE"));
        assert!(steps("merges = \"auto\"").expect_err("no such step").contains("did you mean steps.merge?"));
    }

    #[test]
    fn a_misspelt_key_names_the_one_that_was_meant() {
        let error = parse("[agency]\ncode = \"530800\"\n[broker]\nprefech = 9").expect_err("unknown");
        assert!(error.contains("CONFIG_UNKNOWN_KEY") && error.contains("did you mean broker.prefetch?"), "{error}");
        let error = parse("[agncy]\ncode = \"530800\"").expect_err("unknown");
        assert!(error.contains("did you mean agency?"), "{error}");
    }

    #[test]
    fn values_outside_their_range_are_refused_with_the_range() {
        for (text, word) in [
            ("", "agency.code"),
            ("[agency]\ncode = \"530800\"\n[broker]\nprefetch = 1", "16–2048"),
            ("[agency]\ncode = \"530800\"\n[broker]\nport = -1", "CONFIG_VALUE"),
            ("[agency]\ncode = \"530800\"\n[broker]\nhost = \"10.0.0.1:5672\"", "“10.0.0.1:5672”"),
            ("[agency]\ncode = \"530800\"\n[broker]\nhost = \"\"", "broker.host"),
            ("[agency]\ncode = \"530800\"\n[broker]\nfurther = [\"fd00::2:5672\"]", "broker.further"),
            ("[agency]\ncode = \"530800\"\n[broker]\nfurther = [\"mq2\"]", "IPv6 in brackets"),
            ("[agency]\ncode = \"530800\"\n[broker]\nfurther = [\"127.0.0.1:5672\"]", "no node twice"),
            ("[agency]\ncode = \"530800\"\n[broker]\nfurther = \"mq2:5672\"", "CONFIG_VALUE"),
            ("[agency]\ncode = \"530800\"\n[web]\nlisten = \"0.0.0.0:80\"", "web.listen"),
            ("[agency]\ncode = \"530800\"\n[limits]\noutgoing = 11", "CONFIG_LIMIT"),
            ("[agency]\ncode = \"530800\"\n[registry]\nthreshold = 0", "registry.threshold"),
            ("[agency]\ncode = \"530800\"\n[clock]\nstart = \"tomorrow\"", "clock.start"),
            ("[agency\ncode", "CONFIG_SYNTAX"),
        ] {
            let error = parse(text).expect_err(text);
            assert!(error.contains(word), "{text}: {error}");
        }
    }
}
