//! A private broker, the demo and the bench. Never runs in an agency's production.

pub mod broker;
