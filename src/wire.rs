//! Bytes ⇄ domain: frame, signature, seal, strict scan, protobuf. Never touches the broker or the database, and never
//! decodes, encodes and verifies: what was received is what is verified, hashed and kept.
//!
//! The byte layout is written in [`frame`]; `tests/vectors/frame-suite1.json` fixes it.

mod body;
pub mod content;
mod convert;
mod echo;
pub mod frame;
pub mod header;
pub mod keys;
mod open;
mod pem;
pub mod registry;
mod scan;
mod seal;
pub mod suite;
mod unopened;

pub use body::{RECEIPT_ENTRIES_MAX, SCHEMA_VERSION, decode_body, encode_body};
pub use content::ContentError;
pub use echo::own_words;
pub use frame::frame_hash;
pub use header::Header;
pub use keys::{AgencyKeys, KeyError, SealingKey, SigningKey};
pub use open::{Opened, Routed, open};
pub use scan::against as strict_scan;
pub use seal::{Outgoing, SealError, Sealed, seal};
pub use unopened::{Cause, Unopened};

/// The generated messages. Private: outside `wire` only domain values are seen.
mod pb {
    #![allow(clippy::all, reason = "generated code")]
    include!(concat!(env!("OUT_DIR"), "/jiexu.v1.rs"));
}

#[cfg(test)]
mod tests;
