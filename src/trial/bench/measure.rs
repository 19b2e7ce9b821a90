//! What the operating system counts: processor time and memory, by process.

use std::fs;

use anyhow::Context;
use serde::Serialize;

/// Memory of one process in MB: now, and the most there ever was.
#[derive(Debug, Clone, Serialize)]
pub struct Memory {
    pub now: f64,
    pub peak: f64,
}

/// Processor seconds so far, and memory.
#[derive(Debug, Clone)]
pub struct Usage {
    daemons_s: f64,
    broker_s: f64,
    bench_s: f64,
    pub daemons_mb: Vec<Memory>,
    pub broker_mb: Memory,
}

impl Usage {
    pub fn of(daemons: &[u32], broker: u32) -> anyhow::Result<Usage> {
        let mut usage = Usage {
            daemons_s: 0.0,
            broker_s: seconds(broker)?,
            bench_s: seconds(std::process::id())?,
            daemons_mb: Vec::new(),
            broker_mb: memory(broker)?,
        };
        for daemon in daemons {
            usage.daemons_s += seconds(*daemon)?;
            usage.daemons_mb.push(memory(*daemon)?);
        }
        Ok(usage)
    }

    /// Daemons, broker, bench.
    pub fn since(&self, before: &Usage) -> [f64; 3] {
        [self.daemons_s - before.daemons_s, self.broker_s - before.broker_s, self.bench_s - before.bench_s]
    }
}

/// User and system time of a process and its threads.
fn seconds(pid: u32) -> anyhow::Result<f64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).context("the process is gone")?;
    let rest = stat.rsplit(')').next().context("a stat line")?;
    let field = |at: usize| rest.split_whitespace().nth(at).and_then(|text| text.parse::<f64>().ok());
    // Fields 14 and 15 of proc(5), counted after the name; the kernel counts in 1/100 s for programs.
    Ok((field(11).context("utime")? + field(12).context("stime")?) / 100.0)
}

fn memory(pid: u32) -> anyhow::Result<Memory> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).context("the process is gone")?;
    let mb = |key: &str| {
        let line = status.lines().find(|line| line.starts_with(key))?;
        let kb: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
        Some((kb / 102.4).round() / 10.0)
    };
    Ok(Memory { now: mb("VmRSS").context("VmRSS")?, peak: mb("VmHWM").context("VmHWM")? })
}

/// As its folder says.
pub fn rabbitmq_version() -> Option<String> {
    let entries = fs::read_dir("/usr/lib/rabbitmq/lib").ok()?;
    let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.filter_map(|name| name.strip_prefix("rabbitmq_server-").map(str::to_owned)).max()
}

/// 50th and 99th percentile; 0 of nothing.
pub fn percentiles(values: &[f64]) -> (f64, f64) {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |percent: usize| {
        let rank = (sorted.len() * percent).div_ceil(100).max(1) - 1;
        sorted.get(rank).copied().unwrap_or(0.0)
    };
    (at(50), at(99))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_were_measured() {
        let values: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        assert_eq!(percentiles(&values), (50.0, 99.0));
        assert_eq!(percentiles(&[7.0]), (7.0, 7.0));
        assert_eq!(percentiles(&[]), (0.0, 0.0));
    }
}
