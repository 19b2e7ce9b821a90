//! One binary: everything that is tried from outside the crate.

mod support;
mod transport;
