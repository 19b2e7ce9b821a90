//! G4 and G22: the broker killed, frozen, out of disk and out of memory under load: how soon that is noticed and shown, how
//! soon work goes on, and that nothing is lost.

use std::time::{Duration, Instant};

use jiexu::daemon::Request;
use serde_json::{Value, json};

use super::load::{CITIES, Load};
use super::{Goal, checker, number};
use crate::support::{PATIENCE, allowed};

/// A frozen broker is noticed within this.
const NOTICED: Duration = Duration::from_secs(20);
/// Both daemons work again within this, once the broker answers.
const WORKING: Duration = Duration::from_secs(15);
/// An alarm of the broker is shown within this.
const SHOWN: Duration = Duration::from_secs(2);

/// How to raise and clear an alarm, and the broker's word for it.
const ALARMS: [(&str, [&str; 2], [&str; 2]); 2] = [
    ("disk", ["set_disk_free_limit", "9000GB"], ["set_disk_free_limit", "50MB"]),
    ("memory", ["set_vm_memory_high_watermark", "0"], ["set_vm_memory_high_watermark", "0.4"]),
];

struct Trial {
    load: Load,
    violations: Vec<String>,
    /// How long it took to work again, in seconds, each time.
    recoveries: Vec<f64>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_broker_is_killed_frozen_and_full_under_load_and_nothing_is_lost() {
    let goal = Goal::begin_alone("G4+G22").await;
    let (kills, freezes) = (number("JIEXU_BROKER_KILLS", 1), number("JIEXU_FREEZES", 1));
    let mut trial = Trial { load: Load::prepare(&CITIES), violations: Vec::new(), recoveries: Vec::new() };
    trial.load.exchange.start_all().await;
    for _ in 0..kills {
        trial.kill().await;
    }
    let mut noticed = 0.0_f64;
    for _ in 0..freezes {
        noticed = noticed.max(trial.freeze().await);
    }
    let mut shown = json!({});
    for (word, raise, clear) in ALARMS {
        shown[word] = json!(trial.alarm(word, raise, clear).await);
    }
    let drained = trial.load.drain().await;
    for agency in &mut trial.load.exchange.agencies {
        agency.terminate();
    }
    trial.violations.extend(checker::at_the_end(&trial.load).await);
    let slowest = trial.recoveries.iter().copied().fold(0.0, f64::max);
    let figures = json!({ "broker_kills": kills, "freezes": freezes, "transfers": trial.load.people,
        "noticed_seconds": noticed, "slowest_recovery_seconds": slowest, "blocked_shown_seconds": shown,
        "drained_seconds": seconds(drained) });
    goal.end(kills + freezes + 2, &trial.violations, figures);
}

fn seconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 100.0).round() / 100.0
}

fn works(broker: &Value) -> bool {
    broker["consuming"] == true && broker["publishing"] == true && broker["blocked"].is_null()
}

impl Trial {
    /// More work, on its way when this returns.
    async fn busy(&mut self) {
        self.load.add(60);
        self.load.hand_in().await;
        self.load.bank_turn().await;
    }

    async fn status(&self, agency: usize) -> Value {
        self.load.try_ask(agency, &Request::Status).await.map(|status| status["broker"].clone()).unwrap_or_default()
    }

    /// How long until both daemons show this.
    async fn until(&self, so: impl Fn(&Value) -> bool) -> Duration {
        let begun = Instant::now();
        for agency in 0..2 {
            while begun.elapsed() < PATIENCE && !so(&self.status(agency).await) {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        begun.elapsed()
    }

    fn within(&mut self, what: &str, took: Duration, limit: Duration) -> f64 {
        let limit = allowed(limit);
        if took > limit {
            self.violations.push(format!("{what} after {took:?}, the limit is {limit:?}"));
        }
        seconds(took)
    }

    async fn working_again(&mut self) {
        let took = self.until(works).await;
        let took = self.within("working again", took, WORKING);
        self.recoveries.push(took);
    }

    async fn kill(&mut self) {
        self.until(works).await;
        self.busy().await;
        tokio::task::block_in_place(|| self.load.exchange.broker.kill());
        // People still apply: nothing of that needs the broker.
        self.busy().await;
        tokio::task::block_in_place(|| self.load.exchange.broker.restart()).expect("the broker comes back");
        self.working_again().await;
    }

    async fn freeze(&mut self) -> f64 {
        self.until(works).await;
        self.busy().await;
        self.load.exchange.broker.freeze(true);
        let noticed = self.until(|broker| broker["consuming"] == false && broker["publishing"] == false).await;
        self.load.exchange.broker.freeze(false);
        let noticed = self.within("a frozen broker noticed", noticed, NOTICED);
        self.working_again().await;
        noticed
    }

    async fn alarm(&mut self, word: &str, raise: [&str; 2], clear: [&str; 2]) -> f64 {
        self.until(works).await;
        self.busy().await;
        self.ctl(&raise);
        let begun = Instant::now();
        // The broker tells a connection that it is blocked when that publishes: both get something to send.
        self.load.add(4);
        self.load.hand_in().await;
        self.until(|broker| broker["blocked"].as_str().is_some_and(|said| said.contains(word))).await;
        let shown = self.within(&format!("blocked ({word}) shown"), begun.elapsed(), SHOWN);
        self.ctl(&clear);
        self.working_again().await;
        shown
    }

    fn ctl(&self, arguments: &[&str]) {
        let output = tokio::task::block_in_place(|| self.load.exchange.broker.ctl(arguments)).expect("rabbitmqctl");
        assert!(output.status.success(), "{arguments:?}: {output:?}");
    }
}
