//! Files agencies bring and take (domain.md §9): CSV in UTF-8 or GB18030, and banks' ISO 20022 ⇄ domain values. A
//! bad row never costs a good one, and an error never repeats what stood in the cell.

mod applications;
mod camt;
mod cells;
mod error;
mod notices;
mod pain;
mod payments;
mod people;
mod periods;
mod split;
mod statement;
mod table;
mod text;
mod write;
mod xml;

use serde::Serialize;

pub use applications::read_applications;
pub use error::FileError;
pub use notices::{NoticeLine, write_notices};
pub use pain::write_pain001;
pub use payments::{PaymentRow, read_payments, write_payments};
pub use people::read_people;
pub use periods::{PeriodRow, read_periods};
pub use statement::read_statement;
pub use text::load;
pub use write::CsvWriter;
pub use xml::{Place, XmlFault};

/// Larger files are refused before they are read: 256 MB.
pub const FILE_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// Longer files are refused before a row is kept.
pub const ROWS_MAX: usize = 1_000_000;
/// A longer row is an unclosed quote or no CSV at all.
pub const ROW_BYTES_MAX: usize = 64 * 1024;
/// Row errors kept of one file; the rest is counted.
pub const ERRORS_MAX: usize = 10_000;

/// What a file gave: every good row, and why each other row was left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import<T> {
    /// With the line each row begins on; the header's line is usually 1.
    pub rows: Vec<(u64, T)>,
    /// Lines of entries that a bank announced and has not booked: no error, they come again once booked.
    pub skipped: Vec<u64>,
    /// In order of lines; one row may have several.
    pub errors: Vec<RowError>,
    /// Errors beyond [`ERRORS_MAX`].
    pub errors_left_out: u64,
    /// `UTF-8` or `GB18030`, as found.
    pub encoding: &'static str,
    /// Headings of columns that no rule reads.
    pub columns_left_out: Vec<String>,
}

/// Why one row was left out. Tells the place and the rule, never the value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowError {
    pub line: u64,
    /// The English name of the column; `None` where the row as a whole is wrong.
    pub column: Option<String>,
    /// The word that never changes.
    pub code: &'static str,
    pub chinese: String,
    pub english: String,
}

#[cfg(test)]
mod tests;
