//! 压测: two agencies, two daemon processes, a private broker, people who do not exist. Measures from the databases'
//! own times and the operating system's counters, and only after both files verify.

mod bank;
mod measure;
pub mod people;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use serde_json::{Value, json};

use super::check::{self, AgencyProof};
use super::exchange::{self, Account, Exchange, Plan, profile};
use super::watch;
use super::window::Window;
use crate::clock;
use crate::daemon::Request;
use crate::domain::time::Moment;
use crate::store::proof::Proof;
use bank::Bank;
use measure::{Usage, percentiles};

const CITIES: [(&str, &str); 2] = [("530800", "普洱"), ("450200", "柳州")];
/// One case after another.
const LOW_CASES: usize = 60;
const LOW_EVERY: Duration = Duration::from_millis(50);
/// Warms prepared statements, caches and the broker; not measured.
const WARM_CASES: usize = 100;
/// Cases under way at once, over both agencies.
const OPEN_MAX: u64 = 512;
/// Applications of one request.
const CHUNK: usize = 64;
const ROWS: usize = 500;
const LOOK_EVERY: Duration = Duration::from_millis(15);
/// No progress for this long is a failure.
const STUCK: Duration = Duration::from_secs(240);
const ACTOR: &str = "bench";

#[derive(Debug, Clone, clap::Args)]
pub struct BenchArgs {
    /// 转移件数 / complete transfers under saturation
    #[arg(long, default_value_t = 3000)]
    pub transfers: usize,
    /// 至多提交多少秒 / stop submitting after so many seconds
    #[arg(long)]
    pub seconds: Option<u64>,
    /// 每秒件数，而非全速 / a steady rate a second instead of all at once
    #[arg(long)]
    pub rate: Option<u32>,
    /// 只输出一行 JSON，不显示过程 / no words for people, only the JSON line
    #[arg(long)]
    pub json: bool,
    /// 保留数据目录 / keep the folder with the databases
    #[arg(long)]
    pub keep: bool,
}

/// Prints one JSON line; fails when a file does not verify or a fen is missing.
pub async fn run(args: BenchArgs) -> anyhow::Result<ExitCode> {
    let dir = std::env::temp_dir().join(format!("jiexu-bench-{}", std::process::id()));
    let mut profiles = Vec::new();
    let mut accounts = Vec::new();
    for (at, (code, city)) in CITIES.into_iter().enumerate() {
        let name = format!("{city}市医疗保险基金（压测）收支户");
        let account =
            Account { agency: code.to_owned(), name, number: format!("99{code}000000000{at}"), opening_fen: 0 };
        profiles.push(profile(code, city, &account)?);
        accounts.push(account);
    }
    let place = dir.clone();
    let start = move || Exchange::start(&place, &Plan { profiles, web_port: None, receipt_ms: 30_000, start: None });
    let exchange = Arc::new(tokio::task::spawn_blocking(start).await??);
    let stop = Arc::clone(&exchange);
    let done = tokio::select! {
        done = Bench { args: &args, exchange, accounts }.measure() => done,
        _ = tokio::signal::ctrl_c() => Err(anyhow::anyhow!("中断 / interrupted")),
    };
    tokio::task::spawn_blocking(move || stop.stop()).await?;
    if args.keep {
        eprintln!("{}", dir.display());
    } else {
        exchange::remove(&dir)?;
    }
    println!("{}", done?);
    Ok(ExitCode::SUCCESS)
}

struct Bench<'a> {
    args: &'a BenchArgs,
    exchange: Arc<Exchange>,
    accounts: Vec<Account>,
}

impl Bench<'_> {
    fn say(&self, line: &str) {
        if !self.args.json {
            eprintln!("{line}");
        }
    }

    async fn measure(mut self) -> anyhow::Result<Value> {
        self.exchange.ready().await?;
        let transfers = match (self.args.rate, self.args.seconds) {
            (Some(rate), Some(seconds)) => usize::try_from(u64::from(rate) * seconds)?,
            _ => self.args.transfers,
        };
        ensure!(transfers > 0, "--transfers 应大于 0 / must be more than 0");
        let begun = Instant::now();
        self.import(WARM_CASES + LOW_CASES + transfers).await?;
        self.say(&format!("导入 / imported in {:.1} s", begun.elapsed().as_secs_f64()));
        let exchange = Arc::clone(&self.exchange);
        let proofs = watch::open_all(&exchange.agencies).await?;
        let bank = Bank::new(&self.accounts);
        let measured = tokio::select! {
            measured = self.load(&proofs, transfers) => measured?,
            failed = bank.run(&exchange.agencies) => bail!("银行中断 / the bank ended: {:#}", failed),
        };
        self.verify(&proofs, &bank).await?;
        Ok(measured)
    }

    /// Everybody who will move, at both agencies.
    async fn import(&mut self, people: usize) -> anyhow::Result<()> {
        for at in 0..2 {
            let mut window = self.exchange.agencies[at].window();
            let numbers: Vec<usize> = (0..people).collect();
            for chunk in numbers.chunks(ROWS) {
                let rows: Vec<_> = chunk.iter().map(|number| people::entry(*number, at)).collect::<Result<_, _>>()?;
                self.accounts[at].opening_fen += rows.iter().map(|row| row.balance.0).sum::<i64>();
                all_applied(&window.ask(&Request::Register { actor: ACTOR.to_owned(), rows }).await?)?;
                let rows = chunk.iter().map(|number| people::periods(*number, at)).collect::<Result<_, _>>()?;
                all_applied(&window.ask(&Request::Periods { actor: ACTOR.to_owned(), rows }).await?)?;
            }
        }
        Ok(())
    }

    async fn load(&self, proofs: &[Proof], transfers: usize) -> anyhow::Result<Value> {
        let mut windows: Vec<Window> = self.exchange.agencies.iter().map(|agency| agency.window()).collect();
        self.submit(&mut windows, proofs, 0..WARM_CASES, None).await?;
        self.until_closed(proofs).await?;
        let low_from = clock::now();
        for number in WARM_CASES..WARM_CASES + LOW_CASES {
            let next = tokio::time::Instant::now() + LOW_EVERY;
            apply(&mut windows, &[number]).await?;
            tokio::time::sleep_until(next).await;
        }
        self.until_closed(proofs).await?;
        let low = latencies(proofs, low_from, clock::now()).await?;
        let (low_p50, low_p99) = percentiles(&low);
        self.say(&format!("低负载 / low load: p50 {low_p50:.1} ms, p99 {low_p99:.1} ms ({} cases)", low.len()));
        let daemons: Vec<u32> = self.exchange.agencies.iter().filter_map(|agency| agency.pid()).collect();
        let broker = self.exchange.broker_pid().context("the broker runs")?;
        let before = Usage::of(&daemons, broker)?;
        let (from, begun) = (clock::now(), Instant::now());
        let first = WARM_CASES + LOW_CASES;
        let submitted = self.submit(&mut windows, proofs, first..first + transfers, self.args.rate).await?;
        self.until_closed(proofs).await?;
        let seconds = begun.elapsed().as_secs_f64();
        let until = clock::now();
        let after = Usage::of(&daemons, broker)?;
        let spans = latencies(proofs, from, until).await?;
        ensure!(spans.len() == submitted, "{} of {submitted} cases closed on both sides", spans.len());
        let (p50, p99) = percentiles(&spans);
        let mut kinds: std::collections::BTreeMap<String, i64> = std::collections::BTreeMap::new();
        for proof in proofs {
            for (kind, count) in proof.messages_made(from, until).await? {
                *kinds.entry(kind).or_default() += count;
            }
        }
        let messages: i64 = kinds.values().sum();
        let rate = submitted as f64 / seconds;
        self.say(&format!(
            "{} 件 / transfers in {seconds:.1} s: {rate:.0}/s, p50 {p50:.0} ms, p99 {p99:.0} ms",
            submitted
        ));
        let cpu = after.since(&before);
        let [daemons_s, broker_s, bench_s] = cpu;
        Ok(json!({
            "transfers_per_s": round(rate),
            "messages_per_s": round(messages as f64 / seconds),
            "low_load": { "p50_ms": round(low_p50), "p99_ms": round(low_p99) },
            "saturation": { "p50_ms": round(p50), "p99_ms": round(p99) },
            "cpu": {
                "daemons_s": round(daemons_s), "broker_s": round(broker_s), "bench_s": round(bench_s),
                "per_transfer_us": round((daemons_s + broker_s) * 1e6 / submitted as f64),
            },
            "rss_mb": { "daemons": after.daemons_mb, "broker": after.broker_mb },
            "messages": kinds,
            "conditions": {
                "cores": std::thread::available_parallelism().map_or(0, std::num::NonZero::get),
                "rabbitmq": measure::rabbitmq_version(), "sqlite": proofs[0].engine_version().await?,
                "transfers": submitted, "seconds": round(seconds), "rate": self.args.rate,
                "profile": if cfg!(debug_assertions) { "debug" } else { "release" },
                "date": clock::now().china_date(),
            },
        }))
    }

    /// Hands in applications, never more than [`OPEN_MAX`] under way; at a steady rate when one is given.
    async fn submit(
        &self,
        windows: &mut [Window],
        proofs: &[Proof],
        numbers: std::ops::Range<usize>,
        rate: Option<u32>,
    ) -> anyhow::Result<usize> {
        let (begun, first) = (Instant::now(), numbers.start);
        let mut next = numbers.start;
        while next < numbers.end {
            if self.args.seconds.is_some_and(|most| first > 0 && begun.elapsed().as_secs() >= most) {
                break;
            }
            let due = match rate {
                Some(rate) => first + (begun.elapsed().as_secs_f64() * f64::from(rate)) as usize,
                None => numbers.end,
            };
            let room = OPEN_MAX.saturating_sub(open(proofs).await?);
            let most = usize::try_from(room)?.min(CHUNK * 2).min(due.saturating_sub(next)).min(numbers.end - next);
            // Small requests cost as much as large ones.
            let least = if rate.is_some() { 1 } else { CHUNK.min(numbers.end - next) };
            if most < least {
                tokio::time::sleep(LOOK_EVERY).await;
                continue;
            }
            let chunk: Vec<usize> = (next..next + most).collect();
            apply(windows, &chunk).await?;
            next += most;
        }
        Ok(next - first)
    }

    async fn until_closed(&self, proofs: &[Proof]) -> anyhow::Result<()> {
        let (mut last, mut since) = (u64::MAX, Instant::now());
        loop {
            let mut left = 0;
            for proof in proofs {
                left += proof.open_count().await?;
            }
            if left == 0 {
                return Ok(());
            }
            if left != last {
                (last, since) = (left, Instant::now());
            }
            ensure!(since.elapsed() < STUCK, "{left} 件停滞 / cases stand still");
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Speed counts only when both files are clean and every fen is somewhere.
    async fn verify(&self, proofs: &[Proof], bank: &Bank) -> anyhow::Result<()> {
        let mut read = Vec::new();
        for (agency, proof) in self.exchange.agencies.iter().zip(proofs) {
            read.push(AgencyProof::read(agency.code.as_str(), &agency.short_name, proof).await?);
            proof.close().await;
        }
        let findings = check::check(&read, &self.accounts, &bank.ledger(), None);
        for difference in &findings.differences {
            eprintln!("✗ {difference}");
        }
        ensure!(findings.differences.is_empty(), "校验未通过 / the databases do not verify");
        let with_money: usize = findings.counts.iter().map(|counts| counts.with_money).sum();
        self.say(&format!("校验通过，Δ 0.00 / verified: {with_money} cases with money, nothing missing"));
        Ok(())
    }
}

/// To the incoming agency of each.
async fn apply(windows: &mut [Window], numbers: &[usize]) -> anyhow::Result<()> {
    for (at, window) in windows.iter_mut().enumerate() {
        let own = numbers.iter().filter(|number| people::incoming(**number) == at);
        let rows: Vec<_> = own.map(|number| people::application(*number, CITIES)).collect::<Result<_, _>>()?;
        if !rows.is_empty() {
            all_applied(&window.ask(&Request::Apply { actor: ACTOR.to_owned(), rows }).await?)?;
        }
    }
    Ok(())
}

async fn open(proofs: &[Proof]) -> anyhow::Result<u64> {
    let mut sum = 0;
    for proof in proofs {
        sum += proof.open_incoming().await?;
    }
    Ok(sum)
}

fn all_applied(outcomes: &Value) -> anyhow::Result<()> {
    let strange = outcomes.as_array().into_iter().flatten().find(|outcome| outcome["outcome"] != "applied");
    match strange {
        None => Ok(()),
        Some(outcome) => bail!("a row was not taken: {outcome}"),
    }
}

/// ms from acceptance until both sides are closed, of cases accepted in that time.
async fn latencies(proofs: &[Proof], from: Moment, until: Moment) -> anyhow::Result<Vec<f64>> {
    let mut cases: std::collections::HashMap<_, (Option<Moment>, Vec<Moment>)> = std::collections::HashMap::new();
    for proof in proofs {
        for span in proof.spans().await? {
            let case = cases.entry(span.id).or_default();
            if span.incoming {
                case.0 = Some(span.opened_at);
            }
            case.1.extend(span.closed_at);
        }
    }
    let of = |(opened, closed): &(Option<Moment>, Vec<Moment>)| {
        let opened = opened.filter(|at| *at >= from && *at < until)?;
        let last = closed.iter().max().filter(|_| closed.len() == 2)?;
        Some((last.0 - opened.0) as f64 / 1000.0)
    };
    Ok(cases.values().filter_map(of).collect())
}

fn round(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}
