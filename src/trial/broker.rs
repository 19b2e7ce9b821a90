//! A private RabbitMQ beside whatever else runs here: own node name, ports, folder and name server (epmd).
//!
//! Never touches a broker it did not start, and leaves none behind, even when this process is killed.

use std::ffi::OsStr;
use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddrV4, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};

use super::ports;

const BIN: &str = "/usr/lib/rabbitmq/bin";
/// A throttled machine with a cold disk needs most of a minute. A broker that is not ready by then never will be.
pub const START_LIMIT: Duration = Duration::from_secs(180);
const STOP_LIMIT: Duration = Duration::from_secs(20);
const TAIL_BYTES: usize = 2_000;

/// The keeper: starts the name server and, once that answers (else Erlang starts one that outlives us), the broker in
/// its own process group, and kills the group when its standard input ends, which also happens when the process that
/// started it dies without a word.
const KEEPER: &str = r#"
epmd -port "$ERL_EPMD_PORT" -address "$ERL_EPMD_ADDRESS" </dev/null >/dev/null 2>&1 &
{ until epmd -port "$ERL_EPMD_PORT" -names >/dev/null 2>&1; do sleep 0.05; done
"$JIEXU_SERVER" </dev/null >>"$JIEXU_OUTPUT" 2>&1; : >"$JIEXU_ENDED"; } &
read -r _
kill -KILL 0
"#;

#[derive(Debug, thiserror::Error)]
pub enum BrokerError {
    #[error(
        "BROKER_NOT_INSTALLED: 未安装 rabbitmq-server，请先安装（apt install rabbitmq-server）。 / rabbitmq-server is \
         not installed ({path} is missing): install it first (apt install rabbitmq-server)."
    )]
    NotInstalled { path: String },
    #[error(
        "BROKER_DID_NOT_START: 消息服务器在 {seconds} 秒内没有就绪，日志末尾如下。 / the broker was not ready within \
         {seconds} s; the end of its log:\n{tail}"
    )]
    DidNotStart { seconds: u64, tail: String },
    #[error("BROKER_FILES: 无法准备或运行私有消息服务器。 / the private broker's files or processes failed")]
    Io(#[from] std::io::Error),
}

/// A running (or killed) private broker; `drop` kills it.
#[derive(Debug)]
pub struct PrivateBroker {
    dir: PathBuf,
    place: Place,
    running: Option<Running>,
}

/// Where a broker runs and under which name.
#[derive(Debug, Clone)]
pub struct Place {
    /// What stands before each of its commands, as `ip netns exec NAME`; empty: nothing.
    pub inside: Vec<String>,
    /// `name@host`; a host that is an IP address needs no name service.
    pub node: String,
    /// Where it speaks AMQP.
    pub amqp: SocketAddrV4,
    /// Where it speaks to other nodes and to `rabbitmqctl`.
    pub peers: SocketAddrV4,
    pub epmd_port: u16,
}

#[derive(Debug)]
struct Running {
    keeper: Child,
    // Held open: its end tells the keeper that we are gone.
    _lifeline: ChildStdin,
}

impl PrivateBroker {
    /// Starts a broker in `dir` with these definitions and waits until it speaks AMQP. A folder used before keeps its
    /// letters; the ports are new each time. Blocks up to three minutes.
    pub fn start(dir: &Path, definitions: &serde_json::Value) -> Result<PrivateBroker, BrokerError> {
        let [port, dist_port, epmd_port] = ports::free()?;
        let on_loopback = |port| SocketAddrV4::new(Ipv4Addr::LOCALHOST, port);
        fs::create_dir_all(dir)?;
        let node = node_name(dir)?;
        let (amqp, peers) = (on_loopback(port), on_loopback(dist_port));
        let place = Place { inside: Vec::new(), node, amqp, peers, epmd_port };
        let load = format!("load_definitions = {}/definitions.json\n", dir.canonicalize()?.display());
        let mut broker = PrivateBroker::lay(dir, place, &load)?;
        fs::write(broker.definitions(), definitions.to_string())?;
        broker.spawn()?;
        Ok(broker)
    }

    /// The files of a broker that does not run yet, with these lines in its configuration.
    pub fn lay(dir: &Path, place: Place, settings: &str) -> Result<PrivateBroker, BrokerError> {
        let server = Path::new(BIN).join("rabbitmq-server");
        if !server.exists() {
            return Err(BrokerError::NotInstalled { path: server.display().to_string() });
        }
        fs::create_dir_all(dir)?;
        let dir = dir.canonicalize()?;
        for sub in ["mnesia", "log", "home", "config"] {
            fs::create_dir_all(dir.join(sub))?;
        }
        fs::write(dir.join("enabled_plugins"), "[].\n")?;
        fs::write(dir.join("rabbitmq.conf"), config(place.amqp) + settings)?;
        Ok(PrivateBroker { dir, place, running: None })
    }

    /// Where it listens for AMQP.
    pub fn port(&self) -> u16 {
        self.place.amqp.port()
    }

    pub fn place(&self) -> &Place {
        &self.place
    }

    /// The process of Erlang's virtual machine, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.running.as_ref().and(self.beam_pid())
    }

    pub fn log_dir(&self) -> PathBuf {
        self.dir.join("log")
    }

    /// Where its queues lie: to be copied and put back while it is stopped.
    pub fn data_dir(&self) -> PathBuf {
        self.dir.join("mnesia")
    }

    /// The definitions that it was started with.
    pub fn definitions(&self) -> PathBuf {
        self.dir.join("definitions.json")
    }

    /// SIGKILL: what a power cut looks like to the clients.
    pub fn kill(&mut self) {
        let beam = self.beam_pid();
        let Some(mut running) = self.running.take() else { return };
        let group = Pid::from_child(&running.keeper);
        let _ = rustix::process::kill_process_group(group, Signal::KILL);
        let _ = running.keeper.wait();
        // The virtual machine shares the group; make sure that its port is free before anybody restarts it.
        wait_until(STOP_LIMIT, || !beam.is_some_and(alive));
    }

    /// Starts it again on the same folder and ports, killing it first if it runs. Blocks up to three minutes.
    pub fn restart(&mut self) -> Result<(), BrokerError> {
        self.kill();
        self.spawn()
    }

    /// Orderly stop (SIGTERM, bounded), then whatever is left is killed.
    pub fn stop(&mut self) {
        if let Some(beam) = self.pid() {
            signal(beam, Signal::TERM);
            wait_until(STOP_LIMIT, || !alive(beam));
        }
        self.kill();
    }

    /// Freezes (`true`) or wakes the broker: SIGSTOP, SIGCONT.
    pub fn freeze(&self, frozen: bool) {
        if let Some(beam) = self.pid() {
            signal(beam, if frozen { Signal::STOP } else { Signal::CONT });
        }
    }

    /// Runs `rabbitmqctl` against this broker. Takes seconds: it starts an Erlang of its own.
    pub fn ctl(&self, arguments: &[&str]) -> Result<Output, BrokerError> {
        let mut command = self.command(Path::new(BIN).join("rabbitmqctl"));
        Ok(command.arg("-n").arg(&self.place.node).args(arguments).stdin(Stdio::null()).output()?)
    }

    /// Whether it speaks AMQP now: its port is open before it is ready, and only an answer to the protocol header counts.
    pub fn answers(&self) -> bool {
        self.pid().is_some() && speaks_amqp(self.place.amqp)
    }

    fn spawn(&mut self) -> Result<(), BrokerError> {
        self.launch()?;
        let begun = Instant::now();
        while begun.elapsed() < START_LIMIT && !self.dir.join("ended").exists() {
            if self.answers() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        self.kill();
        Err(BrokerError::DidNotStart { seconds: begun.elapsed().as_secs(), tail: self.tail() })
    }

    /// Begins to start it, killing it first if it runs; it [`answers`](Self::answers) when it is ready.
    pub fn launch(&mut self) -> Result<(), BrokerError> {
        self.kill();
        let ended = self.dir.join("ended");
        for stale in [&self.dir.join("pid"), &ended] {
            let _ = fs::remove_file(stale);
        }
        let mut command = self.command("/bin/sh");
        command
            .args(["-c", KEEPER])
            .env("JIEXU_SERVER", Path::new(BIN).join("rabbitmq-server"))
            .env("JIEXU_OUTPUT", self.dir.join("log").join("startup.log"))
            .env("JIEXU_ENDED", &ended)
            .current_dir(&self.dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0);
        let mut keeper = command.spawn()?;
        let lifeline = keeper.stdin.take().expect("standard input was asked for as a pipe");
        self.running = Some(Running { keeper, _lifeline: lifeline });
        Ok(())
    }

    fn beam_pid(&self) -> Option<u32> {
        fs::read_to_string(self.dir.join("pid")).ok()?.trim().parse().ok()
    }

    fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let Place { inside, node, amqp, peers, epmd_port } = &self.place;
        let mut command = match inside.split_first() {
            Some((first, rest)) => {
                let mut command = Command::new(first);
                command.args(rest).arg(program);
                command
            }
            None => Command::new(program),
        };
        let at = |name: &str| self.dir.join(name);
        // Settings of a system-wide broker must not leak in.
        for (key, _) in std::env::vars_os() {
            if key.to_string_lossy().starts_with("RABBITMQ_") {
                command.env_remove(key);
            }
        }
        command
            .env_remove("NOTIFY_SOCKET")
            .env("HOME", at("home"))
            .env("LANG", "C.UTF-8")
            .env("ERL_EPMD_PORT", epmd_port.to_string())
            .env("ERL_EPMD_ADDRESS", peers.ip().to_string())
            .env("RABBITMQ_NODENAME", node)
            // Erlang calls a host with dots, as an IP address is, a long name.
            .env("RABBITMQ_USE_LONGNAME", node.contains('.').to_string())
            .env("RABBITMQ_NODE_IP_ADDRESS", amqp.ip().to_string())
            .env("RABBITMQ_NODE_PORT", amqp.port().to_string())
            .env("RABBITMQ_DIST_PORT", peers.port().to_string())
            .env("RABBITMQ_MNESIA_BASE", at("mnesia"))
            .env("RABBITMQ_LOG_BASE", at("log"))
            .env("RABBITMQ_PID_FILE", at("pid"))
            .env("RABBITMQ_GENERATED_CONFIG_DIR", at("config"))
            .env("RABBITMQ_CONFIG_FILE", at("rabbitmq.conf"))
            .env("RABBITMQ_ADVANCED_CONFIG_FILE", at("advanced.config"))
            .env("RABBITMQ_CONF_ENV_FILE", at("rabbitmq-env.conf"))
            .env("RABBITMQ_ENABLED_PLUGINS_FILE", at("enabled_plugins"))
            // No busy waiting: other programs share these cores. Distribution on its own address only.
            .env(
                "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS",
                format!(
                    "+sbwt none +sbwtdcpu none +sbwtdio none -kernel inet_dist_use_interface {{{}}}",
                    peers.ip().to_string().replace('.', ",")
                ),
            );
        command
    }

    fn tail(&self) -> String {
        let mut newest: Vec<(std::time::SystemTime, PathBuf)> = fs::read_dir(self.log_dir())
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
            .collect();
        newest.sort();
        let all = newest.iter().filter_map(|(_, path)| fs::read(path).ok()).collect::<Vec<_>>().concat();
        String::from_utf8_lossy(&all[all.len().saturating_sub(TAIL_BYTES)..]).into_owned()
    }
}

impl Drop for PrivateBroker {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Random, and kept in the folder: what a broker stored belongs to its node's name.
fn node_name(dir: &Path) -> std::io::Result<String> {
    let path = dir.join("node");
    if let Ok(kept) = fs::read_to_string(&path) {
        return Ok(kept.trim().to_owned());
    }
    let mut random = [0u8; 6];
    getrandom::fill(&mut random).expect("the operating system gives random bytes");
    let node = format!("jiexu-{}@localhost", hex::encode(random));
    fs::write(path, &node)?;
    Ok(node)
}

fn config(amqp: SocketAddrV4) -> String {
    // Small socket buffers: Erlang books them per connection.
    format!(
        "listeners.tcp.1 = {amqp}\n\
         disk_free_limit.absolute = 50MB\n\
         tcp_listen_options.nodelay = true\n\
         tcp_listen_options.sndbuf = 65536\n\
         tcp_listen_options.recbuf = 65536\n\
         log.file.level = info\n"
    )
}

fn speaks_amqp(at: SocketAddrV4) -> bool {
    let Ok(mut stream) = TcpStream::connect_timeout(&at.into(), Duration::from_secs(1)) else { return false };
    let mut first = [0u8; 1];
    stream.set_read_timeout(Some(Duration::from_secs(2))).is_ok()
        && stream.write_all(b"AMQP\x00\x00\x09\x01").is_ok()
        && stream.read_exact(&mut first).is_ok()
}

pub(super) fn signal(pid: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        let _ = rustix::process::kill_process(pid, signal);
    }
}

/// A zombie counts as gone: its ports and files are free.
pub(super) fn alive(pid: u32) -> bool {
    pid != 0
        && fs::read_to_string(format!("/proc/{pid}/stat"))
            .is_ok_and(|stat| !stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('Z')))
}

pub(super) fn wait_until(limit: Duration, done: impl Fn() -> bool) {
    let begun = Instant::now();
    while !done() && begun.elapsed() < limit {
        std::thread::sleep(Duration::from_millis(20));
    }
}
