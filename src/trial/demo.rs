//! 演示: four agencies, a bank and a day's files, run to the end and checked. Everything it starts it also stops.

mod display;

use std::future::Future;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use super::check::{self, AgencyProof, Expected, Findings};
use super::courier::{self, BankFolder, Taken};
use super::days;
use super::exchange::{self, Account, Agency, Exchange, Plan, profile};
use super::keeper::Kept;
use super::special;
use super::summary::left;
use super::watch::{self, Progress};
use super::{ledger, summary};
use crate::domain::time::Moment;
use crate::store::proof::Proof;
use display::{DaysDisplay, Display};

/// The last one joined today: it has no files.
const CITIES: [(&str, &str); 4] = [("530800", "普洱"), ("450200", "柳州"), ("441700", "阳江"), ("440800", "湛江")];
/// Settled means that nothing has moved for this long.
const STILL: Duration = Duration::from_secs(3);
const LOOK_EVERY: Duration = Duration::from_millis(300);
/// Longer than this the demo never needs.
const LIMIT: Duration = Duration::from_secs(1_200);
const KILLS: u32 = 6;

/// What goes wrong on purpose beside the bank's mistakes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Fault {
    None,
    /// 反复强制终止守护进程 / daemons are killed again and again
    Daemon,
    /// 强制终止消息服务器两次 / the broker is killed twice
    Broker,
}

#[derive(Debug, Clone, clap::Args)]
pub struct DemoArgs {
    /// 演示目录，可续跑 / the demo's folder; a second start goes on from it
    #[arg(long, default_value = ".demo")]
    pub dir: PathBuf,
    /// 办完、核对后即退出 / leave after the closing check
    #[arg(long)]
    pub once: bool,
    /// 清除上次的演示目录 / begin anew; removes only a demo's folder
    #[arg(long)]
    pub fresh: bool,
    /// 故意制造的故障 / what goes wrong on purpose
    #[arg(long, value_enum, default_value = "none")]
    pub fault: Fault,
    /// 虚拟时钟：自 2026-01-05 起走完若干天 / an invented clock: so many days from 2026-01-05, in minutes
    #[arg(long, value_name = "N", conflicts_with = "fault", value_parser = clap::value_parser!(u32).range(30..=800))]
    pub days: Option<u32>,
    /// 页面的第一个端口 / first port of the pages; taken ones are passed over
    #[arg(long, default_value_t = 8610)]
    pub web_port: u16,
    /// 演示数据 / the demo's data; found beside the working folder or the program when not given
    #[arg(long)]
    pub data: Option<PathBuf>,
    /// 演示银行程序 / the bank program; found beside this program when not given
    #[arg(long)]
    pub bank: Option<PathBuf>,
}

/// Runs until done (`--once`) or until told to stop; success only without differences.
pub async fn run(args: DemoArgs) -> anyhow::Result<ExitCode> {
    let data = find_data(args.data.as_deref())?;
    let bank = find_bank(args.bank.as_deref())?;
    if args.fresh {
        exchange::remove(&args.dir)?;
    }
    let accounts: Vec<Account> = serde_json::from_slice(&std::fs::read(data.join("accounts.json"))?)?;
    let mut profiles = Vec::new();
    for (code, city) in CITIES {
        let account = accounts.iter().find(|account| account.agency == code);
        profiles.push(profile(code, city, account.with_context(|| format!("accounts.json lacks {code}"))?)?);
    }
    let stop = stop_signal()?;
    tokio::pin!(stop);
    println!("启动 / starting: 消息服务器 broker, 登记机构 registry, 4 个经办机构 agencies …");
    let (dir, web_port) = (args.dir.clone(), args.web_port);
    if args.days.is_some() && exchange::is_made(&dir) {
        bail!(
            "DEMO_BEGUN {} 已有一次演示，虚拟时钟须从头开始；请加 --fresh / \
             {} holds a demo; days begin from the start: add --fresh",
            dir.display(),
            dir.display()
        );
    }
    let start = args.days.map(|_| days::start());
    let exchange = tokio::task::spawn_blocking(move || {
        Exchange::start(&dir, &Plan { profiles, web_port: Some(web_port), receipt_ms: 3_000, start })
    });
    // Not interrupted: what is half started would not be stopped.
    let exchange = Arc::new(exchange.await??);
    let demo = Demo { exchange: Arc::clone(&exchange), data, accounts, dir: args.dir.canonicalize()? };
    let done = tokio::select! {
        done = demo.run(&bank, &args) => done,
        () = &mut stop => Ok(None),
    };
    let code = match &done {
        Ok(Some(0)) => ExitCode::SUCCESS,
        Ok(None) => ExitCode::from(130),
        Ok(Some(_)) | Err(_) => ExitCode::FAILURE,
    };
    let code = if matches!(done, Ok(Some(_))) && !args.once {
        demo.show_pages(args.web_port);
        println!("按 Ctrl-C 结束 / Ctrl-C stops everything");
        tokio::select! {
            () = stop => {}
            failed = demo.go_on(&bank), if args.days.is_none() => eprintln!("{:#}", failed),
        }
        code
    } else {
        code
    };
    println!("正在停止 / stopping …");
    tokio::task::spawn_blocking(move || exchange.stop()).await?;
    println!("已停止，未留下任何进程 / stopped, nothing is left running");
    done.map(|_| code)
}

/// Ctrl-C, SIGTERM or a closed terminal.
fn stop_signal() -> anyhow::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let mut hangup = signal(SignalKind::hangup())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    })
}

fn find_data(given: Option<&Path>) -> anyhow::Result<PathBuf> {
    let beside = PathBuf::from("deploy/demo");
    let with_source = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/demo");
    let candidates = given.map_or(vec![beside, with_source], |given| vec![given.to_owned()]);
    let found = candidates.iter().find(|folder| folder.join("accounts.json").exists());
    let found = found.context("DEMO_DATA 找不到演示数据，请用 --data 指明 / no demo data found; name it by --data")?;
    Ok(found.canonicalize()?)
}

fn find_bank(given: Option<&Path>) -> anyhow::Result<PathBuf> {
    let program = std::env::current_exe()?;
    let folder = program.parent().context("a program lies in a folder")?;
    let candidates = match given {
        Some(given) => vec![given.to_owned()],
        None => vec![folder.join("demo-bank")],
    };
    let found = candidates.iter().find(|path| path.is_file());
    let found = found.context(
        "DEMO_BANK 找不到演示银行程序；请先运行 cargo build --bin demo-bank，或用 --bank 指明 / \
         no bank program; build it (cargo build --bin demo-bank) or name it by --bank",
    )?;
    Ok(found.canonicalize()?)
}

struct Demo {
    exchange: Arc<Exchange>,
    data: PathBuf,
    accounts: Vec<Account>,
    dir: PathBuf,
}

impl Demo {
    fn agencies(&self) -> &[Agency] {
        &self.exchange.agencies
    }

    async fn run(&self, bank: &Path, args: &DemoArgs) -> anyhow::Result<Option<usize>> {
        match args.days {
            None => self.work(bank, args).await,
            Some(days) => self.days(bank, days, args).await,
        }
    }

    /// Many days by an invented clock, then what the clocks have asked for and the closing check.
    async fn days(&self, bank: &Path, days: u32, args: &DemoArgs) -> anyhow::Result<Option<usize>> {
        self.exchange.ready().await?;
        self.show_pages(args.web_port);
        let books = self.dir.join("bank");
        std::fs::create_dir_all(&books)?;
        let mut folders = Vec::new();
        for agency in self.agencies() {
            folders.push(self.folder(&books, agency)?);
        }
        let proofs = watch::open_all(self.agencies()).await?;
        let run = days::Run {
            exchange: &self.exchange,
            data: &self.data,
            bank,
            accounts: &self.data.join("accounts.json"),
            books: &books,
            folders: &folders,
            proofs: &proofs,
            days,
        };
        let begun = Instant::now();
        let display = DaysDisplay::new(days);
        run.all(|day, remark| display.show(day, remark)).await?;
        display.clear();
        println!(
            "{days} 天在 {:.0} 秒内走完 / {days} days in {:.0} s",
            begun.elapsed().as_secs_f64(),
            begun.elapsed().as_secs_f64()
        );
        let (read, findings) = self.findings(&proofs, &books, None).await?;
        let mut made = Vec::new();
        for proof in &proofs {
            made.push(proof.messages_made(days::start(), Moment(i64::MAX)).await?);
            proof.close().await;
        }
        let today = days::last(days);
        print!("{}{}", summary::clocks(&read, &made, today), summary::text(&findings));
        Ok(Some(findings.differences.len()))
    }

    async fn findings(
        &self,
        proofs: &[Proof],
        books: &Path,
        expected: Option<&Expected>,
    ) -> anyhow::Result<(Vec<AgencyProof>, Findings)> {
        let mut read = Vec::new();
        for (agency, proof) in self.agencies().iter().zip(proofs) {
            read.push(AgencyProof::read(agency.code.as_str(), &agency.short_name, proof).await?);
        }
        let findings = check::check(&read, &self.accounts, &ledger::read(books)?, expected);
        Ok((read, findings))
    }

    /// From the first import to the closing check; how many differences there are.
    async fn work(&self, bank: &Path, args: &DemoArgs) -> anyhow::Result<Option<usize>> {
        self.exchange.ready().await?;
        self.show_pages(args.web_port);
        let books = self.dir.join("bank");
        std::fs::create_dir_all(&books)?;
        let _bank = self.start_bank(bank, &books)?;
        let proofs = watch::open_all(self.agencies()).await?;
        let faults = Faults::default();
        let imported = AtomicBool::new(false);
        let begun = Instant::now();
        let expected = Expected::load(&self.data.join("expected.json"))?;
        let whole = async {
            let progress = self.until_settled(&proofs, &imported, &faults, args.fault).await?;
            let seconds = begun.elapsed().as_secs_f64();
            let (_, before) = self.findings(&proofs, &books, Some(&expected)).await?;
            note("特殊情形 / what does not go straight …");
            let told = special::tell(self.agencies(), &proofs, &self.data).await?;
            self.until_settled(&proofs, &imported, &faults, args.fault).await?;
            anyhow::Ok((progress, seconds, before, told))
        };
        let (progress, seconds, before, told) = tokio::select! {
            done = whole => done?,
            failed = self.carry(&books, &imported) => return failed.map(|never| match never {}),
            failed = self.break_things(args.fault, &faults) => return failed.map(|never| match never {}),
        };
        let cases: i64 = progress.iter().map(Progress::incoming).sum();
        println!("{cases} 件申请在 {seconds:.1} 秒内走完 / {cases} applications settled in {seconds:.1} s");
        if args.fault != Fault::None {
            let count = faults.done.load(Ordering::Relaxed);
            println!("期间强制终止 {count} 次 / {count} kills (SIGKILL) on the way");
        }
        let (_, after) = self.findings(&proofs, &books, None).await?;
        let findings = after.with(before, told);
        for proof in &proofs {
            proof.close().await;
        }
        print!("{}", summary::text(&findings));
        Ok(Some(findings.differences.len()))
    }

    /// Carries whatever a visitor still starts, until dropped.
    async fn go_on(&self, bank: &Path) -> anyhow::Error {
        let books = self.dir.join("bank");
        let _bank = match self.start_bank(bank, &books) {
            Ok(bank) => bank,
            Err(failed) => return failed,
        };
        let Err(failed) = self.carry_files(&books).await;
        failed
    }

    fn show_pages(&self, wished: u16) {
        for agency in self.agencies() {
            let Some(port) = agency.pages else { continue };
            println!("  {} {}  http://127.0.0.1:{port}/", left(&agency.short_name, 6), agency.code);
        }
        let first = self.agencies().first().and_then(|agency| agency.pages);
        if first.is_some_and(|port| port != wished) {
            println!("  端口 {wished} 已被占用，改用上列端口 / port {wished} is taken; the ones above are used");
        }
    }

    fn start_bank(&self, program: &Path, books: &Path) -> anyhow::Result<Kept> {
        let accounts = self.data.join("accounts.json");
        let (books_text, accounts) = (text(books)?, text(&accounts)?);
        let arguments = ["--dir", books_text, "--accounts", accounts, "--watch", "--plant"];
        Kept::start(program, &arguments, &self.dir.join("bank.log")).context("the bank program cannot be started")
    }

    fn folder(&self, books: &Path, agency: &Agency) -> anyhow::Result<BankFolder> {
        let account = self.accounts.iter().find(|account| account.agency == agency.code.as_str());
        let account = account.context("every agency has an account")?;
        BankFolder::new(books, &self.dir.join("imported"), agency.code.as_str(), &account.number)
    }

    /// Imports everything, then carries payments and statements for ever.
    async fn carry(&self, books: &Path, imported: &AtomicBool) -> anyhow::Result<std::convert::Infallible> {
        let mut total = Taken::default();
        // Everybody's register first: an application may reach any of them.
        for agency in self.agencies() {
            total.add(courier::import_register(agency, &self.data, 0).await?);
        }
        let mut applications = Taken::default();
        for agency in self.agencies() {
            applications.add(courier::import_applications(agency, &self.data).await?);
        }
        note(&format!("登记库 / registers: {}; 申请 / applications: {}", total.text(), applications.text()));
        imported.store(true, Ordering::Relaxed);
        self.carry_files(books).await
    }

    /// Payments to the bank and statements back, for ever.
    async fn carry_files(&self, books: &Path) -> anyhow::Result<std::convert::Infallible> {
        let mut folders = Vec::new();
        for agency in self.agencies() {
            folders.push(self.folder(books, agency)?);
        }
        let loops = self.agencies().iter().zip(&folders).map(|(agency, folder)| courier::run(agency, folder));
        let failed = futures_util::future::try_join_all(loops).await;
        bail!("搬运中断 / carrying ended: {:#}", failed.err().context("carrying never ends by itself")?)
    }

    async fn until_settled(
        &self,
        proofs: &[Proof],
        imported: &AtomicBool,
        faults: &Faults,
        fault: Fault,
    ) -> anyhow::Result<Vec<Progress>> {
        let mut display = Display::new(self.agencies());
        let begun = Instant::now();
        let (mut last, mut since) = (Vec::new(), Instant::now());
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let all = watch::progress(proofs).await?;
            display.show(self.agencies(), &all);
            let print = watch::fingerprint(&all);
            if print != last || !imported.load(Ordering::Relaxed) || !faults.are_over(fault) || !watch::is_settled(&all)
            {
                (last, since) = (print, Instant::now());
            } else if since.elapsed() >= STILL {
                display.clear();
                return Ok(all);
            }
            if begun.elapsed() > LIMIT {
                display.clear();
                bail!("演示在 {} 秒内没有走完 / the demo did not settle within {} s", LIMIT.as_secs(), LIMIT.as_secs());
            }
        }
    }

    /// Kills as asked; never returns by itself.
    async fn break_things(&self, fault: Fault, faults: &Faults) -> anyhow::Result<std::convert::Infallible> {
        match fault {
            Fault::None => {}
            Fault::Daemon => {
                while faults.done.load(Ordering::Relaxed) < KILLS {
                    tokio::time::sleep(Duration::from_millis(u64::from(random(1_000)) + 500)).await;
                    let at = usize::try_from(random(u32::try_from(CITIES.len())?))?;
                    let agency = &self.agencies()[at];
                    note(&format!("✗ SIGKILL {} {}", agency.short_name, agency.code));
                    agency.crash()?;
                    faults.done.fetch_add(1, Ordering::Relaxed);
                }
            }
            Fault::Broker => {
                for pause in [1_500, 3_000] {
                    tokio::time::sleep(Duration::from_millis(pause)).await;
                    note("✗ SIGKILL 消息服务器 / broker");
                    let exchange = Arc::clone(&self.exchange);
                    tokio::task::spawn_blocking(move || exchange.crash_broker()).await??;
                    note("✓ 消息服务器已恢复 / the broker is back");
                    faults.done.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
        faults.over.store(true, Ordering::Relaxed);
        std::future::pending().await
    }
}

#[derive(Default)]
struct Faults {
    done: AtomicU32,
    over: AtomicBool,
}

impl Faults {
    fn are_over(&self, fault: Fault) -> bool {
        fault == Fault::None || self.over.load(Ordering::Relaxed)
    }
}

fn random(below: u32) -> u32 {
    let mut bytes = [0u8; 4];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    u32::from_le_bytes(bytes) % below
}

fn text(path: &Path) -> anyhow::Result<&str> {
    path.to_str().context("the folder's name is not UTF-8")
}

/// A line between the progress lines.
fn note(line: &str) {
    if std::io::stdout().is_terminal() {
        println!("\r\x1b[K{line}");
    } else {
        println!("{line}");
    }
}

impl Taken {
    fn add(&mut self, more: Taken) {
        self.applied += more.applied;
        self.known += more.known;
        self.declined += more.declined;
        self.unreadable += more.unreadable;
    }

    fn text(&self) -> String {
        let Taken { applied, known, declined, unreadable } = self;
        format!("新增 {applied} new, 已有 {known} known, 未接收 {declined} declined, 行错误 {unreadable} bad rows")
    }
}
