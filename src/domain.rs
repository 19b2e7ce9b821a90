//! The business, PURE: no async, no I/O, no clock, no database, no broker. Everything comes in as a value.

pub mod act;
pub mod calendar;
pub mod case;
pub mod catalogue;
pub mod changes;
pub mod chasing;
pub mod deadlines;
pub mod decide;
pub mod directory;
pub mod event;
pub mod forms;
pub mod handler;
pub mod ids;
pub mod known;
pub mod ledger;
pub mod matching;
pub mod message;
pub mod money;
pub mod notice;
pub mod payout;
pub mod person;
pub mod progress;
pub mod reasons;
pub mod register;
pub mod time;
pub mod words;
