//! CSV for people and spreadsheets: UTF-8 with a byte order mark, CRLF, and no cell that a spreadsheet would compute.

use std::fmt::Display;

/// A text cell that begins so is escaped by `'`, also one that looks escaped already, so that reading gives it back.
pub(super) const COMPUTED: [char; 7] = ['=', '+', '-', '@', '\t', '\r', '\''];

/// Writes one file, cell by cell.
#[derive(Debug)]
pub struct CsvWriter {
    out: String,
    row_begun: bool,
}

impl CsvWriter {
    /// Begins with the header row.
    pub fn new(headings: &[&str]) -> CsvWriter {
        // The mark: without it the usual spreadsheet takes the file for GBK.
        let mut writer = CsvWriter { out: "\u{FEFF}".to_owned(), row_begun: false };
        for heading in headings {
            writer.text(heading);
        }
        writer.end_row();
        writer
    }

    /// A text cell, escaped.
    pub fn text(&mut self, cell: &str) -> &mut CsvWriter {
        let escape = if cell.starts_with(COMPUTED) { "'" } else { "" };
        self.cell(&format!("{escape}{cell}"))
    }

    /// An amount, a count or a date, which may begin with a minus.
    pub fn number(&mut self, cell: impl Display) -> &mut CsvWriter {
        self.cell(&cell.to_string())
    }

    fn cell(&mut self, cell: &str) -> &mut CsvWriter {
        if self.row_begun {
            self.out.push(',');
        }
        self.row_begun = true;
        if cell.contains([',', '"', '\r', '\n']) || cell.trim() != cell {
            self.out.push('"');
            self.out.push_str(&cell.replace('"', "\"\""));
            self.out.push('"');
        } else {
            self.out.push_str(cell);
        }
        self
    }

    pub fn end_row(&mut self) {
        self.out.push_str("\r\n");
        self.row_begun = false;
    }

    pub fn finish(self) -> Vec<u8> {
        self.out.into_bytes()
    }
}
