//! Bytes to text: refuses what is no text by its content, never by its name, and says which encoding was found.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::{FILE_BYTES_MAX, FileError, ROWS_MAX};

const TOO_LARGE: FileError = FileError::TooLarge { limit_mb: FILE_BYTES_MAX / 1024 / 1024 };

/// Reads a file of at most [`FILE_BYTES_MAX`]; a larger one is refused before memory grows.
pub fn load(path: &Path) -> Result<Vec<u8>, FileError> {
    let file = File::open(path).map_err(FileError::Unreadable)?;
    let meta = file.metadata().map_err(FileError::Unreadable)?;
    if !meta.is_file() {
        return Err(FileError::Unreadable(io::Error::from(io::ErrorKind::InvalidInput)));
    }
    if meta.len() > FILE_BYTES_MAX {
        return Err(TOO_LARGE);
    }
    let mut bytes = Vec::new();
    // One byte more, to notice a file that grows while it is read.
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(FileError::Unreadable)?;
    if bytes.len() as u64 > FILE_BYTES_MAX { Err(TOO_LARGE) } else { Ok(bytes) }
}

/// The text without its byte order mark, and the encoding's name.
pub(super) fn decode(bytes: &[u8]) -> Result<(Cow<'_, str>, &'static str), FileError> {
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(TOO_LARGE);
    }
    refuse_other_formats(bytes)?;
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(FileError::Empty);
    }
    if line_count(bytes) > ROWS_MAX + 1 {
        return Err(FileError::TooManyRows { limit: ROWS_MAX });
    }
    if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
        return Err(FileError::Nul { line: line_at(bytes, at) });
    }
    let line = match std::str::from_utf8(bytes) {
        Ok(text) => return Ok((Cow::Borrowed(text), "UTF-8")),
        Err(error) => line_at(bytes, error.valid_up_to()),
    };
    if bytes.split(|byte| matches!(byte, b'\n' | b'\r')).any(is_surely_utf8) {
        return Err(FileError::MixedEncoding { line });
    }
    match encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(bytes) {
        Some(text) => Ok((text.strip_prefix('\u{FEFF}').map(str::to_owned).map_or(text, Cow::Owned), "GB18030")),
        None => Err(FileError::Encoding { line }),
    }
}

fn refuse_other_formats(bytes: &[u8]) -> Result<(), FileError> {
    const FORMATS: &[(&[u8], &str)] = &[
        (b"PK\x03\x04", "XLSX/ZIP"),
        (b"PK\x05\x06", "ZIP"),
        (b"%PDF", "PDF"),
        (b"\x1F\x8B", "GZIP"),
        (b"\xD0\xCF\x11\xE0", "XLS"),
        (b"7z\xBC\xAF\x27\x1C", "7-ZIP"),
        (b"Rar!", "RAR"),
        (b"\x89PNG", "PNG"),
        (b"\xFF\xD8\xFF", "JPEG"),
        (b"{\\rtf", "RTF"),
        (b"<!DOCTYPE", "HTML"),
        (b"<html", "HTML"),
        (b"<?xml", "XML"),
    ];
    if let Some((_, looks)) = FORMATS.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return Err(FileError::NotText { looks });
    }
    let sample = &bytes[..bytes.len().min(512)];
    let nul_at = |parity: usize| sample.iter().skip(parity).step_by(2).filter(|byte| **byte == 0).count();
    // Without a mark, UTF-16 of a header in Latin letters still has a NUL in every second byte.
    let half = sample.len() / 4;
    let utf16 = sample.len() >= 8 && (nul_at(0) > half) != (nul_at(1) > half);
    if sample.starts_with(b"\xFF\xFE") || sample.starts_with(b"\xFE\xFF") || utf16 {
        return Err(FileError::Utf16);
    }
    Ok(())
}

/// A line with ideographs that is UTF-8. GB18030 text does not look so by chance: every character pair would have to.
fn is_surely_utf8(line: &[u8]) -> bool {
    !line.is_ascii()
        && std::str::from_utf8(line).is_ok_and(|text| text.chars().all(|c| c.is_ascii() || c.len_utf8() >= 3))
}

/// Lines by whichever end of line the file uses.
fn line_count(bytes: &[u8]) -> usize {
    let ends = |end: u8| bytes.iter().filter(|byte| **byte == end).count();
    let unfinished = usize::from(!matches!(bytes.last(), Some(b'\n' | b'\r')));
    ends(b'\n').max(ends(b'\r')) + unfinished
}

fn line_at(bytes: &[u8], at: usize) -> u64 {
    let before = &bytes[..at];
    let ends = before.iter().zip(before.iter().skip(1).chain([&bytes[at]]));
    1 + ends.filter(|(end, next)| **end == b'\n' || (**end == b'\r' && **next != b'\n')).count() as u64
}
