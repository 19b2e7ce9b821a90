//! The integration tests, one binary: what is promised of the whole, tried from outside.

mod architecture;
mod bad_input;
mod calendar;
mod catalogue;
mod cli;
mod demo_bank;
mod demo_data;
mod exchange;
mod explain;
mod faults;
mod moves;
mod over_rabbitmq;
mod peers;
mod privacy;
mod restore;
mod scenarios;
mod simulation;
mod states;
mod storage;
mod support;
mod tamper;
mod transport;
mod two_persons;
mod walk;
mod web;
mod wire;
