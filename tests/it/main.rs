//! The integration tests, one binary: what is promised of the whole, tried from outside.

mod architecture;
mod bad_messages;
mod calendar;
mod catalogue;
mod cli;
mod demo_bank;
mod demo_data;
mod exchange;
mod explain;
mod moves;
mod peers;
mod scenarios;
mod simulation;
mod states;
mod support;
mod transport;
mod two_persons;
mod walk;
mod web;
mod wire;
