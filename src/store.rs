//! The database: reads for pages and commands. Never decides anything.

pub mod sql;
pub mod views;
