//! The person: name and identity document. Nothing here prints more than a mask; the full text leaves only by
//! `as_str` and `number`.

mod document;
mod name;

pub use document::{Document, DocumentError, DocumentType};
pub use name::{NameError, PersonName};
