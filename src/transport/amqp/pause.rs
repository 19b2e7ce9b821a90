//! Growing, jittered pauses between attempts, so that a broken broker is not hammered by every agency at once.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(200);
const LONGEST: Duration = Duration::from_secs(15);

/// 0.2 s, doubling up to 15 s, each cut by up to half at random.
#[derive(Debug, Default)]
pub(super) struct Pauses {
    failures: u32,
}

impl Pauses {
    pub(super) fn next(&mut self) -> Duration {
        let whole = FIRST.saturating_mul(1 << self.failures.min(10)).min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        let mut random = [0u8; 4];
        getrandom::fill(&mut random).expect("the operating system gives random bytes");
        let share = f64::from(u32::from_le_bytes(random)) / f64::from(u32::MAX);
        whole.mul_f64(0.5 + 0.5 * share)
    }

    /// Only after something worked, never on mere connecting: else a refused publish would loop fast.
    pub(super) fn worked(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_fifteen_seconds_and_no_further() {
        let mut pauses = Pauses::default();
        let taken: Vec<Duration> = (0..40).map(|_| pauses.next()).collect();
        assert!(taken[0] >= Duration::from_millis(100) && taken[0] <= Duration::from_millis(200));
        assert!(taken[39] >= Duration::from_millis(7_500) && taken[39] <= LONGEST);
    }
}
