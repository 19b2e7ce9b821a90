//! Composition: puts an agency together from its configuration, runs it, and stops it in order. Nothing else.

pub mod client;
pub mod home;
pub mod office;
pub mod request;
pub mod run;
pub mod setup;
pub mod socket;

pub use client::Client;
pub use home::{Home, HomeError};
pub use office::Office;
pub use request::{Answer, DocumentNo, Failure, Request};
pub use run::{RunError, Running};
