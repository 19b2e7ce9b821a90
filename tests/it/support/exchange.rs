//! A small exchange of real parts: a private broker, a registry, agencies as processes of the built binary, and a bank
//! that books what it is given.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use jiexu::daemon::setup::{self, HomeOptions, Profile};
use jiexu::daemon::{Client, Request};
use jiexu::domain::directory::IntraProvinceFunds;
use jiexu::domain::event::StatementLine;
use jiexu::domain::forms::BankAccount;
use jiexu::domain::ids::AgencyCode;
use jiexu::transport::address::Address;
use jiexu::trial::broker::PrivateBroker;
use serde_json::{Value, json};

use super::PATIENCE;
use super::rabbit::local;

/// A broker that the agencies of an exchange are told of.
pub trait Broker {
    /// Where its nodes listen, the first to be tried first.
    fn addresses(&self) -> Vec<Address>;
}

impl Broker for PrivateBroker {
    fn addresses(&self) -> Vec<Address> {
        vec![local(self.port())]
    }
}

pub struct Exchange<B = PrivateBroker> {
    /// Removed when the exchange is dropped.
    _folder: tempfile::TempDir,
    pub broker: B,
    pub agencies: Vec<Agency>,
    lines: u32,
}

pub struct Agency {
    pub code: String,
    pub home: PathBuf,
    pub account: BankAccount,
    /// What it runs: today's program, unless a test says otherwise.
    pub program: PathBuf,
    process: Option<Child>,
}

pub fn account(code: &str) -> BankAccount {
    BankAccount {
        name: format!("{code}测试医保收支户"),
        number: format!("99{code}00000001"),
        bank: "测试银行".to_owned(),
        bank_no: None,
    }
}

/// What an agency says of itself when its home is made.
pub fn profile(code: &str) -> Profile {
    Profile {
        code: AgencyCode::new(code).expect("a code"),
        division: code.to_owned(),
        pool: code.to_owned(),
        name: format!("{code}医疗保险经办机构"),
        short_name: code.to_owned(),
        account: account(code),
        per_case_limit: None,
        intra_province_funds: IntraProvinceFunds::default(),
    }
}

/// A home whose broker is named later.
pub fn home_options(root: &str) -> HomeOptions {
    HomeOptions {
        roots: vec![root.to_owned()],
        broker_host: "127.0.0.1".to_owned(),
        broker_port: 1,
        web_listen: "127.0.0.1:0".to_owned(),
        made_at: jiexu::clock::now(),
    }
}

/// A registry and the homes of these agencies with its directory; no broker yet.
pub fn homes(folder: &Path, codes: &[&str]) -> (PathBuf, Vec<Agency>) {
    let registry = folder.join("registry");
    let root = setup::create_registry(&registry).expect("a registry");
    let mut agencies = Vec::new();
    for code in codes {
        let home = folder.join(code);
        setup::init(&home, &profile(code), &home_options(&root)).expect("a home");
        setup::add_agency(&registry, &home.join(setup::CARD_FILE)).expect("a listed agency");
        agencies.push(Agency::at(code, &home, account(code)));
    }
    setup::sign(&registry, jiexu::clock::now().china_date()).expect("a signed directory");
    for agency in &agencies {
        setup::install_directory(&registry, &agency.home).expect("a directory");
    }
    (registry, agencies)
}

impl Exchange {
    /// Homes, directory and broker for these agencies; nothing runs yet but the broker.
    pub fn prepare(codes: &[&str]) -> Exchange {
        let relay = "\n[relay]\nreceipt_ms = 1500\nreceipt_most_ms = 3000\ntrouble_ms = 200\ntrouble_most_ms = 1000\n";
        Exchange::configured(codes, relay)
    }

    /// As [`Exchange::prepare`], with these lines in every configuration.
    pub fn configured(codes: &[&str], relay: &str) -> Exchange {
        let start = |folder: &Path, plan: &Value| PrivateBroker::start(folder, plan).expect("a private broker");
        Exchange::over(codes, start, "", relay)
    }
}

impl<B: Broker> Exchange<B> {
    /// Over a broker that this starts in a folder with these definitions, with these lines of `[broker]` and of all
    /// the rest in every configuration.
    pub fn over(codes: &[&str], start: impl FnOnce(&Path, &Value) -> B, at_broker: &str, rest: &str) -> Exchange<B> {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
        let (registry, agencies) = homes(folder.path(), codes);
        let plan = setup::broker_plan(&setup::cards(&registry).expect("cards"));
        let broker = start(&folder.path().join("broker"), &plan);
        for (n, agency) in agencies.iter().enumerate() {
            // Each begins at another node, as operators would have it.
            let mut nodes = broker.addresses();
            let first = n % nodes.len();
            nodes.rotate_left(first);
            agency.point_at(&nodes, at_broker);
            agency.configure(rest);
        }
        Exchange { _folder: folder, broker, agencies, lines: 0 }
    }

    pub async fn start_all(&mut self) {
        for agency in &mut self.agencies {
            agency.start();
        }
        for agency in &self.agencies {
            agency.ready().await;
        }
    }

    pub fn agency(&mut self, code: &str) -> &mut Agency {
        self.agencies.iter_mut().find(|agency| agency.code == code).expect("an agency of the exchange")
    }

    /// One working turn of the bank: books every released payment and brings both sides their lines.
    pub async fn bank(&mut self) -> usize {
        let mut lines: Vec<StatementLine> = Vec::new();
        for agency in &self.agencies {
            let request = Request::ExportPayments { actor: "test".to_owned(), wait_ms: 0 };
            let Some(file) = agency.try_ask(&request).await else { continue };
            for payment in file["payments"].as_array().expect("payments") {
                self.lines += 1;
                lines.extend(both_lines(payment, self.lines));
            }
        }
        for agency in &self.agencies {
            let own = |line: &&StatementLine| {
                let ours = if line.amount.0 < 0 { &line.payer_account } else { &line.payee_account };
                *ours == agency.account.number
            };
            let rows: Vec<StatementLine> = lines.iter().filter(own).cloned().collect();
            if !rows.is_empty() {
                agency.ask_patiently(&Request::Statement { actor: "bank".to_owned(), rows }).await;
            }
        }
        lines.len()
    }
}

/// How both sides see one payment that the bank booked under this number.
pub fn both_lines(payment: &Value, number: u32) -> [StatementLine; 2] {
    let line = |sign: i64| -> StatementLine {
        let amount = payment["amount_fen"].as_i64().expect("fen") * sign;
        serde_json::from_value(json!({
            "bank_txn_no": format!("T{number:06}"),
            "booked_on": jiexu::clock::now().china_date(),
            "payer_name": payment["payer"]["name"], "payer_account": payment["payer"]["number"],
            "payee_account": payment["payee"]["number"], "amount": amount,
            "remark": format!("医保转移 {}", payment["letter_no"].as_str().expect("a letter")),
            "payment_ref": payment["payment_ref"],
        }))
        .expect("a statement line")
    };
    [line(-1), line(1)]
}

impl Agency {
    /// An agency whose home stands; nothing runs yet.
    pub fn at(code: &str, home: &Path, account: BankAccount) -> Agency {
        let program = PathBuf::from(env!("CARGO_BIN_EXE_jiexu"));
        Agency { code: code.to_owned(), home: home.to_owned(), account, program, process: None }
    }

    pub fn config(&self) -> PathBuf {
        self.home.join(setup::CONFIG_FILE)
    }

    /// Adds to the configuration.
    pub fn configure(&self, more: &str) {
        let text = std::fs::read_to_string(self.config()).expect("a configuration");
        std::fs::write(self.config(), text + more).expect("a configuration");
    }

    /// Points a new home's configuration at the broker, with more lines of `[broker]`.
    pub fn point_at(&self, brokers: &[Address], at_broker: &str) {
        let (first, further) = brokers.split_first().expect("a broker has an address");
        let further: Vec<String> = further.iter().map(Address::to_string).collect();
        // A single node is written as its operator would write it.
        let further = if further.is_empty() { String::new() } else { format!("further = {further:?}\n") };
        let text = std::fs::read_to_string(self.config()).expect("a configuration");
        let lines = format!("host = \"{}\"\nport = {}\n{further}{at_broker}", first.host(), first.port());
        let pointed = text.replace("host = \"127.0.0.1\"\nport = 1\n", &lines);
        assert_ne!(text, pointed, "the broker stands in the configuration");
        std::fs::write(self.config(), pointed).expect("a configuration");
    }

    pub fn start(&mut self) {
        self.start_armed(None);
    }

    /// With a fail point at which it is to die, as `point@hit`.
    pub fn start_armed(&mut self, fault: Option<&str>) {
        let log =
            std::fs::File::options().create(true).append(true).open(self.home.join("daemon.log")).expect("a log file");
        let child = Command::new(&self.program)
            .args(["--config".as_ref(), self.config().as_os_str(), "serve".as_ref()])
            .env_remove("JIEXU_FAULT")
            .envs(fault.map(|fault| ("JIEXU_FAULT", fault)))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("the daemon starts");
        self.process = Some(child);
    }

    /// How it ended, once it has.
    pub fn ended(&mut self) -> Option<std::process::ExitStatus> {
        let status = self.process.as_mut()?.try_wait().expect("a child of ours")?;
        self.process = None;
        Some(status)
    }

    /// The daemon's process, while it runs.
    pub fn pid(&self) -> Option<rustix::process::Pid> {
        self.process.as_ref().map(rustix::process::Pid::from_child)
    }

    pub fn database(&self) -> PathBuf {
        self.home.join("data/jiexu.db")
    }

    pub fn broker_password(&self) -> String {
        std::fs::read_to_string(self.home.join("keys/broker.password")).expect("a password").trim().to_owned()
    }

    /// SIGKILL: no destructor, no flush.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.process.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// SIGTERM; how long it took to end, and whether it ended well.
    pub fn terminate(&mut self) -> (Duration, bool) {
        let begun = Instant::now();
        let Some(mut child) = self.process.take() else { return (Duration::ZERO, false) };
        let pid = rustix::process::Pid::from_child(&child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("a signal");
        let status = child.wait().expect("the daemon ends");
        (begun.elapsed(), status.success())
    }

    pub fn socket(&self) -> PathBuf {
        self.home.join("data/jiexu.sock")
    }

    pub async fn ready(&self) {
        let begun = Instant::now();
        while self.try_ask(&Request::Status).await.is_none() {
            let log = || std::fs::read_to_string(self.home.join("daemon.log")).unwrap_or_default();
            assert!(begun.elapsed() < PATIENCE, "{} does not start:\n{}", self.code, log());
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    pub async fn try_ask(&self, request: &Request) -> Option<Value> {
        Client::connect(&self.socket()).await.ok()?.ask(request).await.ok()
    }

    pub async fn ask(&self, request: &Request) -> Value {
        let mut client = Client::connect(&self.socket()).await.expect("a running daemon");
        client.ask(request).await.unwrap_or_else(|failure| panic!("{failure:?}"))
    }

    /// The code with which the daemon refuses.
    pub async fn refusal(&self, request: &Request) -> String {
        let mut client = Client::connect(&self.socket()).await.expect("a running daemon");
        client.ask(request).await.expect_err("a refusal").code
    }

    /// Repeats until a daemon answers: what a clerk does when it was killed under the command.
    pub async fn ask_patiently(&self, request: &Request) -> Value {
        let begun = Instant::now();
        loop {
            if let Some(value) = self.try_ask(request).await {
                return value;
            }
            assert!(begun.elapsed() < PATIENCE, "{} does not answer", self.code);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    pub async fn verify_clean(&self) {
        let report = self.ask(&Request::Verify).await;
        assert_eq!(report["clean"], true, "{}: {report:#}", self.code);
    }
}

impl Drop for Agency {
    fn drop(&mut self) {
        self.kill();
    }
}

/// What a daemon said, for the report of a failed test.
pub fn show_log(home: &Path) -> String {
    std::fs::read_to_string(home.join("daemon.log")).unwrap_or_default()
}
