//! Bytes to text, by the encoding that the XML declaration names.

use std::borrow::Cow;

use encoding_rs::{Encoding, GB18030, GBK, UTF_8};

use super::{Place, XmlFault};
use crate::files::{FILE_BYTES_MAX, FileError};

const MARK: &[u8] = b"\xEF\xBB\xBF";

/// By content, never by the file's name.
pub fn looks_like_xml(bytes: &[u8]) -> bool {
    bytes.strip_prefix(MARK).unwrap_or(bytes).trim_ascii_start().starts_with(b"<")
}

/// The text without its byte order mark, and the encoding's name.
pub fn decode(bytes: &[u8]) -> Result<(Cow<'_, str>, &'static str), FileError> {
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(FileError::TooLarge { limit_mb: FILE_BYTES_MAX / 1024 / 1024 });
    }
    // The mark wins over the declaration: banks convert files and forget the declaration.
    if let Some(marked) = bytes.strip_prefix(MARK) {
        return utf8(marked);
    }
    match declared(bytes).map(|label| Encoding::for_label(label.as_bytes())) {
        None => utf8(bytes),
        Some(Some(encoding)) if encoding == UTF_8 => utf8(bytes),
        Some(Some(encoding)) if encoding == GBK || encoding == GB18030 => gb18030(bytes),
        Some(_) => Err(FileError::Xml { place: Place::on_line(1), why: XmlFault::EncodingUnknown }),
    }
}

/// The label in `<?xml version="1.0" encoding="GB18030"?>`.
fn declared(bytes: &[u8]) -> Option<&str> {
    let bytes = bytes.trim_ascii_start().strip_prefix(b"<?xml")?;
    let end = bytes.windows(2).take(200).position(|two| two == b"?>")?;
    let (_, value) = std::str::from_utf8(&bytes[..end]).ok()?.split_once("encoding")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    value[1..].split_once(quote).map(|(label, _)| label)
}

fn utf8(bytes: &[u8]) -> Result<(Cow<'_, str>, &'static str), FileError> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok((Cow::Borrowed(text), "UTF-8")),
        Err(error) => Err(unreadable(&bytes[..error.valid_up_to()], "UTF-8")),
    }
}

/// GB2312 and GBK too: GB18030 holds both, and banks that declare the smaller ones write names outside them.
fn gb18030(bytes: &[u8]) -> Result<(Cow<'_, str>, &'static str), FileError> {
    let read = |bytes| GB18030.decode_without_bom_handling_and_without_replacement(bytes);
    if let Some(text) = read(bytes) {
        return Ok((text, "GB18030"));
    }
    // A line feed is never part of a longer character, so each line can be tried alone.
    let good = bytes.split_inclusive(|byte| *byte == b'\n').take_while(|line| read(line).is_some());
    let length = good.map(<[u8]>::len).sum();
    Err(unreadable(&bytes[..length], "GB18030"))
}

fn unreadable(good: &[u8], declared: &'static str) -> FileError {
    let line = 1 + good.iter().filter(|byte| **byte == b'\n').count() as u64;
    FileError::Xml { place: Place::on_line(line), why: XmlFault::Encoding { declared } }
}
