//! Fail points: places where a test kills the daemon, so that every step is tried as the last one.
//!
//! Without the cargo feature `faults`, which no product build has, [`point`] is nothing. With it, `JIEXU_FAULT=name@n`
//! kills the process with SIGKILL at the n-th time it comes by: no destructor, no flush, no last word. And
//! `JIEXU_FAULT=bug:event@n` panics while the n-th event of that kind is decided, see [`bug`].

mod canary;

pub use canary::{Canary, planted};

/// Every point there is, by the part it belongs to. A test holds this list against the sources, and reaches each.
pub const POINTS: &[&str] = &[
    // Starting, which is also recovering.
    "start.home",
    "store.locked",
    "store.connected",
    "store.migrating",
    "store.migrated",
    "store.owned",
    "fold.kept",
    "fold.done",
    "start.site",
    "start.books",
    "start.pipeline",
    "start.socket",
    "start.ready",
    // Only where the file is of an earlier release.
    "upgrade.copied",
    "upgrade.named",
    "upgrade.kept",
    // S5, S6: a window to the broker.
    "relay.due",
    "relay.before_publish",
    "publish.half",
    "publish.written",
    "publish.confirmed",
    "relay.published",
    "relay.marked",
    // R1, R2, R4: a delivery in, and its acknowledgement out.
    "consume.subscribed",
    "intake.received",
    "intake.opened",
    "intake.handed",
    "intake.before_acknowledge",
    "intake.acknowledged",
    // S1–S4, R5–R7: one batch.
    "pipeline.taken",
    "pipeline.looked",
    "pipeline.decided",
    "pipeline.receipted",
    "pipeline.sealed",
    "pipeline.committed",
    "pipeline.answered",
    "pipeline.relayed",
    // Inside the transaction, after each kind of row that it wrote.
    "commit.begun",
    "commit.inbox",
    "commit.events",
    "commit.cases",
    "commit.steps",
    "commit.acts",
    "commit.effects",
    "commit.entries",
    "commit.accounts",
    "commit.register",
    "commit.lines",
    "commit.payments",
    "commit.export",
    "commit.tasks",
    "commit.task_acts",
    "commit.line_acts",
    "commit.notices",
    "commit.calendar",
    "commit.closures",
    "commit.closes",
    "commit.dead_letters",
    "commit.outbox",
    "commit.reached",
    "commit.receipted",
    "commit.counters",
    "commit.audit",
    "commit.done",
    // What people, their files and the clock do.
    "socket.asked",
    "socket.before_answer",
    "socket.answered",
    "bank.imported",
    "payments.exported",
    "payments.read",
    "calendar.imported",
    "clocks.recounted",
    "daily.before_close",
    "daily.closed",
];

/// Marks a place where a test may kill the process.
#[cfg(not(feature = "faults"))]
#[inline(always)]
pub fn point(_name: &'static str) {}

/// Dies here if this is the armed point and the armed time.
#[cfg(feature = "faults")]
pub fn point(name: &'static str) {
    armed::pass(name);
}

/// Marks the place where one event is decided.
#[cfg(not(feature = "faults"))]
#[inline(always)]
pub fn bug(_event: &'static str) {}

/// Panics, as a bug would, if this kind of event is armed, and it is the armed time.
#[cfg(feature = "faults")]
pub fn bug(event: &'static str) {
    armed::stumble(event);
}

#[cfg(feature = "faults")]
mod armed {
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    use rustix::process::{Signal, getpid, kill_process};

    const VARIABLE: &str = "JIEXU_FAULT";
    const BUG: &str = "bug:";

    struct Armed {
        name: String,
        /// Passes left, this one included.
        left: AtomicU64,
    }

    /// `point@hit` kills at that hit of the point, `bug:event@hit` panics over that event of its kind; several with commas.
    static ARMED: LazyLock<Vec<Armed>> = LazyLock::new(|| {
        let text = std::env::var(VARIABLE).unwrap_or_default();
        text.split(',').filter(|one| !one.is_empty()).map(read).collect()
    });

    /// A point that does not exist would try nothing and look like a success: that ends the process at once. Whether an
    /// event of that name ever comes, the log tells.
    fn read(text: &str) -> Armed {
        let parts = text.split_once('@').and_then(|(name, hit)| Some((name, hit.parse::<u64>().ok()?)));
        match parts {
            Some((name, hit)) if hit > 0 && (super::POINTS.contains(&name) || name.starts_with(BUG)) => {
                Armed { name: name.to_owned(), left: AtomicU64::new(hit) }
            }
            _ => panic!("{VARIABLE}={text}: not point@hit with a point of the list, nor bug:event@hit"),
        }
    }

    /// Whether it is the armed time of what is named so.
    fn strikes(is_named: impl Fn(&str) -> bool) -> bool {
        let armed = ARMED.iter().find(|armed| is_named(&armed.name));
        armed.is_some_and(|armed| armed.left.fetch_sub(1, Ordering::Relaxed) == 1)
    }

    pub(super) fn pass(name: &'static str) {
        if !strikes(|armed| armed == name) {
            return;
        }
        let _ = kill_process(getpid(), Signal::KILL);
        // The signal is on its way: nothing of this thread happens any more.
        loop {
            std::thread::park();
        }
    }

    pub(super) fn stumble(event: &'static str) {
        assert!(!strikes(|armed| armed.strip_prefix(BUG) == Some(event)), "a bug planted in the deciding of {event}");
    }
}
