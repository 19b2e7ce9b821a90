//! The only place that asks for the time.

use crate::domain::time::Moment;

/// Now, in microseconds UTC.
#[expect(clippy::disallowed_methods, reason = "the one place that asks for the time")]
pub fn now() -> Moment {
    Moment(chrono::Utc::now().timestamp_micros())
}
