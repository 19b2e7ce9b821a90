//! The business, PURE: no async, no I/O, no clock, no database, no broker. Everything comes in as a value.

pub mod calendar;
pub mod deadlines;
pub mod directory;
pub mod forms;
pub mod ids;
pub mod message;
pub mod money;
pub mod person;
pub mod reasons;
pub mod register;
pub mod time;
