//! The only place that asks for the time.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use crate::domain::time::Moment;

/// Now, in microseconds UTC.
#[expect(clippy::disallowed_methods, reason = "the one place that asks for the time")]
pub fn now() -> Moment {
    Moment(chrono::Utc::now().timestamp_micros())
}

/// An agency's clock: the machine's. Trials only: shifted, so that a year passes in minutes. A shifted clock runs as
/// fast as the machine's and jumps ahead when it is told to, never back.
#[derive(Debug, Clone)]
pub struct Clock {
    /// µs ahead of the machine's clock; none: it is the machine's.
    shift: Option<Arc<AtomicI64>>,
}

/// Why a clock was not set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotSet {
    /// It is the machine's.
    Real,
    /// It would have run back.
    Back,
}

impl Clock {
    pub fn real() -> Clock {
        Clock { shift: None }
    }

    /// A trial's clock, which shows `start` now.
    pub fn starting_at(start: Moment) -> Clock {
        Clock { shift: Some(Arc::new(AtomicI64::new(start.0 - now().0))) }
    }

    pub fn now(&self) -> Moment {
        let shift = self.shift.as_ref().map_or(0, |shift| shift.load(Ordering::Relaxed));
        Moment(now().0 + shift)
    }

    pub fn is_real(&self) -> bool {
        self.shift.is_none()
    }

    /// Sets a trial's clock ahead.
    pub fn set(&self, to: Moment) -> Result<(), NotSet> {
        let shift = self.shift.as_ref().ok_or(NotSet::Real)?;
        if to < self.now() {
            return Err(NotSet::Back);
        }
        shift.store(to.0 - now().0, Ordering::Relaxed);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trial_s_clock_is_set_ahead_and_never_back() {
        let clock = Clock::starting_at(Moment(1_000_000_000));
        let begun = clock.now();
        assert!(begun.0 >= 1_000_000_000 && begun.0 < 61_000_000_000);
        clock.set(begun.plus_ms(86_400_000)).expect("ahead");
        assert!(clock.now() >= begun.plus_ms(86_400_000));
        assert_eq!(clock.set(begun), Err(NotSet::Back));
        assert_eq!(Clock::real().set(begun), Err(NotSet::Real));
    }
}
