//! One JSON line for each figure that a test reaches, with what it was reached under.

use std::time::Instant;

use serde_json::{Value, json};

/// Prints the line; `count` is what was tried, `violations` what went wrong.
pub fn line(goal: &str, seed: u64, count: usize, violations: usize, begun: Instant, conditions: &str) {
    line_with(goal, seed, count, violations, begun, conditions, json!({}));
}

/// The same with further figures, a map.
pub fn line_with(
    goal: &str,
    seed: u64,
    count: usize,
    violations: usize,
    begun: Instant,
    conditions: &str,
    figures: Value,
) {
    let commit = std::process::Command::new("git").args(["rev-parse", "--short=12", "HEAD"]).output();
    let commit = commit.ok().and_then(|said| String::from_utf8(said.stdout).ok()).unwrap_or_default();
    let build = if cfg!(debug_assertions) { "debug" } else { "release" };
    let seconds = (begun.elapsed().as_secs_f64() * 10.0).round() / 10.0;
    let mut line = json!({ "goal": goal, "seed": seed, "commit": commit.trim(), "conditions": format!("{conditions}; {build} build"),
        "count": count, "violations": violations, "seconds": seconds });
    let (Value::Object(all), Value::Object(figures)) = (&mut line, figures) else { unreachable!("two maps") };
    all.extend(figures);
    println!("{line}");
}
