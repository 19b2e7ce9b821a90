//! G21: steady work for long, with connections that are reset again and again: memory, descriptors, threads and the
//! database's log stay what they are.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::wired::Wired;
use super::{Goal, checker, number};
use crate::support::amqp_proxy::{Fault, Role};
use crate::support::footprint::Footprint;

/// One of the four connections is reset this often, by turns: each lives long enough to be rebuilt after a short pause.
const RESET_EVERY: Duration = Duration::from_secs(5);
const SAMPLE_EVERY: Duration = Duration::from_secs(1);
const TURN: Duration = Duration::from_millis(250);

/// What is sampled, and by how much the last third of the time may stand above the middle third: in parts of a hundred,
/// and beside them.
const SERIES: [(&str, u64, u64); 4] = [
    // Tables in memory grow with the cases, and the allocator keeps what it once had.
    ("resident_kb", 10, 8_192),
    // A sample may fall into a reconnect, or find one more command being answered.
    ("descriptors", 0, 6),
    ("threads", 0, 3),
    // Written back after 4 MiB; a reader holds that up for a moment.
    ("wal_kb", 10, 4_096),
];

/// What one daemon held, sample by sample, in the order of `SERIES`.
#[derive(Default)]
struct Samples([Vec<(f64, u64)>; 4]);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_daemon_that_works_for_long_holds_no_more_than_at_first() {
    let goal = Goal::begin("G21").await;
    let length = Duration::from_secs(number("JIEXU_SOAK_SECONDS", 18));
    let mut wired = Wired::prepare().await;
    wired.start().await;
    let (begun, connections) = (Instant::now(), connections(&wired));
    let mut samples = [Samples::default(), Samples::default()];
    let (mut resets, mut sampled) = (0_u32, 0_u32);
    while begun.elapsed() < length {
        if begun.elapsed() >= RESET_EVERY * resets {
            let target = resets as usize;
            let role = [Role::Publishing, Role::Consuming][target / 2 % 2];
            wired.proxies[target % 2].arm(Fault::Reset { role });
            resets += 1;
        }
        if begun.elapsed() >= SAMPLE_EVERY * sampled {
            let second = begun.elapsed().as_secs_f64();
            (0..2).for_each(|agency| samples[agency].take(second, &wired, agency));
            sampled += 1;
        }
        wired.work().await;
        tokio::time::sleep(TURN).await;
    }
    wired.proxies.iter().for_each(|proxy| proxy.disarm());
    wired.load.drain().await;
    let reconnects = self::connections(&wired) - connections;
    for agency in &mut wired.load.exchange.agencies {
        agency.terminate();
    }
    let mut violations = checker::at_the_end(&wired.load).await;
    // The last reset may come too late to be counted.
    if reconnects + 1 < u64::from(resets) {
        violations.push(format!("{resets} resets and only {reconnects} reconnects"));
    }
    let mut held = Vec::new();
    for (agency, samples) in samples.iter().enumerate() {
        held.push(samples.judge(agency, &mut violations));
    }
    let figures = json!({ "reconnects": reconnects, "transfers": wired.load.people, "samples": sampled, "held": held });
    goal.end(u64::from(resets), &violations, figures);
}

fn connections(wired: &Wired) -> u64 {
    wired.proxies.iter().map(|proxy| proxy.connections()).sum()
}

impl Samples {
    fn take(&mut self, second: f64, wired: &Wired, agency: usize) {
        let agency = &wired.load.exchange.agencies[agency];
        let held = Footprint::of(agency.pid().expect("a running daemon")).expect("a running daemon");
        let wal = std::fs::metadata(agency.home.join("data/jiexu.db-wal")).map_or(0, |file| file.len() / 1_024);
        for (series, value) in
            self.0.iter_mut().zip([held.resident_kb, held.descriptors, held.threads + held.runtime_threads, wal])
        {
            series.push((second, value));
        }
    }

    /// The three thirds' highest values and the slope over the last two; what rose is a violation.
    fn judge(&self, agency: usize, violations: &mut Vec<String>) -> Value {
        let mut told = json!({});
        for ((name, percent, beside), series) in SERIES.iter().zip(&self.0) {
            let third = series.len() / 3;
            let most = |part: &[(f64, u64)]| part.iter().map(|(_, value)| *value).max().unwrap_or(0);
            let thirds = [&series[..third], &series[third..2 * third], &series[2 * third..]].map(most);
            let allowed = thirds[1] + thirds[1] * percent / 100 + beside;
            if thirds[2] > allowed {
                violations.push(format!("agency {agency}: {name} rose over the thirds: {thirds:?}, allowed {allowed}"));
            }
            told[*name] = json!({ "thirds": thirds, "per_hour": slope(&series[third..]) });
        }
        told
    }
}

/// By least squares, per hour.
fn slope(series: &[(f64, u64)]) -> f64 {
    let count = series.len().max(1) as f64;
    let mean = |of: &dyn Fn(&(f64, u64)) -> f64| series.iter().map(of).sum::<f64>() / count;
    let (middle, height) = (mean(&|(second, _)| *second), mean(&|(_, value)| *value as f64));
    let rise = mean(&|(second, value)| (second - middle) * (*value as f64 - height));
    let run = mean(&|(second, _)| (second - middle).powi(2));
    if run > 0.0 { (rise / run * 3_600.0).round() } else { 0.0 }
}
