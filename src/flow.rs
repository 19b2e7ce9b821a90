//! The shell: look, decide, commit, acknowledge, relay. Holds no business rules.

pub mod counters;
