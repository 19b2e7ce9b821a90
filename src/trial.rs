//! A private broker, the demo and the bench. Never runs in an agency's production.

pub mod bench;
pub mod broker;
pub mod check;
mod courier;
mod days;
pub mod demo;
mod exchange;
mod keeper;
mod ledger;
pub mod ports;
mod special;
mod summary;
mod watch;
mod window;
