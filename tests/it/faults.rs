//! Faults against real daemons and a real broker: killed at every fail point and at random, the broker killed, frozen and
//! full. What is left is read from the databases and the queues; no daemon is believed.
//!
//! Each goal prints one JSON line. `tests/faults.sh` runs the long forms. SIGKILL is not a power cut: the kernel keeps
//! what was written and not yet synced; `power` drops it.

mod broker;
mod bugs;
mod checker;
mod cluster;
mod deeds;
mod failing;
mod journal;
mod kills;
mod load;
mod names;
mod operators;
mod points;
mod power;
mod restores;
mod soak;
mod stored;
mod upgrades;
mod wire;
mod wired;

use std::process::Command;
use std::time::Instant;

use serde_json::{Value, json};
use tokio::sync::{RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Goals mostly wait: several run side by side, each with a broker of its own.
static GROUND: RwLock<()> = RwLock::const_new(());

/// Held until the goal ends.
enum Ground {
    Shared { _place: RwLockReadGuard<'static, ()> },
    Alone { _place: RwLockWriteGuard<'static, ()> },
}

/// What a goal tells, in one line.
struct Goal {
    name: &'static str,
    begun: Instant,
    seed: u64,
    _ground: Ground,
}

impl Goal {
    async fn begin(name: &'static str) -> Goal {
        Goal::on(name, Ground::Shared { _place: GROUND.read().await })
    }

    /// Beside no other goal: its limits are seconds.
    async fn begin_alone(name: &'static str) -> Goal {
        Goal::on(name, Ground::Alone { _place: GROUND.write().await })
    }

    fn on(name: &'static str, ground: Ground) -> Goal {
        Goal { name, begun: Instant::now(), seed: number("JIEXU_SEED", 1), _ground: ground }
    }

    /// Prints the line; fails when anything was violated.
    fn end(self, count: u64, violations: &[String], figures: Value) {
        let seconds = (self.begun.elapsed().as_secs_f64() * 10.0).round() / 10.0;
        let mut line = json!({
            "goal": self.name, "seed": self.seed, "commit": commit(), "conditions": conditions(), "count": count,
            "violations": violations.len(), "seconds": seconds,
        });
        let (Value::Object(line_map), Value::Object(figures)) = (&mut line, figures) else { unreachable!("two maps") };
        line_map.extend(figures);
        println!("{line}");
        assert!(violations.is_empty(), "{}: {violations:#?}", self.name);
    }
}

/// A number from the environment: how much of a goal is run.
fn number(name: &str, otherwise: u64) -> u64 {
    match std::env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name}={text} is no number")),
        Err(_) => otherwise,
    }
}

fn commit() -> String {
    let described = Command::new("git").args(["describe", "--always", "--dirty"]).output();
    described.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default()
}

fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let build = if cfg!(debug_assertions) { "debug" } else { "release" };
    format!("{cores} cores, {build} build, {}", stored::Stored::chosen().word())
}

fn conditions() -> String {
    format!("{}, one RabbitMQ node, SIGKILL", machine())
}
