//! Text to records: commas, quotes, any end of line. A broken quote costs the line it begins on, not the rest of the
//! file, which is why no ready-made reader is used here.

use std::borrow::Cow;

use super::ROW_BYTES_MAX;

/// One record and the line it begins on.
pub(super) struct Record<'a> {
    pub line: u64,
    pub cells: Vec<Cow<'a, str>>,
}

/// Why a line is no record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SplitFault {
    UnclosedQuote,
    QuoteInside,
    TooLong,
}

/// A line that is no record, with the cell (from 0) where it went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BadLine {
    pub line: u64,
    pub cell: usize,
    pub fault: SplitFault,
}

/// More line breaks in one cell are an unclosed quote that swallows rows.
const CELL_BREAKS_MAX: u64 = 5;

pub(super) struct Records<'a> {
    text: &'a str,
    at: usize,
    line: u64,
    /// Cells of a row, once the header is known.
    pub width: usize,
}

impl<'a> Records<'a> {
    pub fn new(text: &'a str) -> Records<'a> {
        Records { text, at: 0, line: 1, width: 0 }
    }

    /// The length of the end of line at `at`; 0 inside a line.
    fn end_of_line(&self, at: usize) -> usize {
        match self.text.as_bytes().get(at..) {
            Some([b'\r', b'\n', ..]) => 2,
            Some([b'\r' | b'\n', ..]) => 1,
            _ => 0,
        }
    }

    /// From `at` to the next of these bytes, or `end`.
    fn until(&self, at: usize, end: usize, stops: &[u8]) -> usize {
        let rest = &self.text.as_bytes()[at..end.max(at)];
        at + rest.iter().position(|byte| stops.contains(byte)).unwrap_or(rest.len())
    }

    fn skip_line(&mut self) {
        let end = self.until(self.at, self.text.len(), b"\r\n");
        self.at = end + self.end_of_line(end);
        self.line += 1;
    }

    /// A quoted cell whose opening quote is at `at`: its text, and where the text after it goes on.
    fn quoted(&self, at: usize, limit: usize) -> Result<(Cow<'a, str>, usize), SplitFault> {
        let start = at + 1;
        let mut from = start;
        loop {
            let quote = self.until(from, limit, b"\"");
            match self.text.as_bytes().get(quote..).filter(|_| quote < limit) {
                Some([b'"', b'"', ..]) => from = quote + 2,
                Some([b'"']) | Some([b'"', b',' | b'\r' | b'\n', ..]) => {
                    let inner = &self.text[start..quote];
                    if lines_in(inner) > CELL_BREAKS_MAX {
                        return Err(SplitFault::UnclosedQuote);
                    }
                    let cell = if inner.contains('"') {
                        Cow::Owned(inner.replace("\"\"", "\""))
                    } else {
                        Cow::Borrowed(inner)
                    };
                    return Ok((cell, quote + 1));
                }
                // After a line break this is another cell's quote: ours was never closed.
                Some([b'"', ..]) if lines_in(&self.text[start..quote]) == 0 => return Err(SplitFault::QuoteInside),
                _ => return Err(SplitFault::UnclosedQuote),
            }
        }
    }

    fn record(&mut self) -> Result<Record<'a>, BadLine> {
        let (start, line) = (self.at, self.line);
        let limit = self.text.len().min(start + ROW_BYTES_MAX);
        let mut cells = Vec::new();
        let mut at = start;
        loop {
            let bad = |fault| BadLine { line, cell: cells.len(), fault };
            let (cell, end) = if self.text.as_bytes().get(at) == Some(&b'"') {
                self.quoted(at, limit).map_err(bad)?
            } else {
                let end = self.until(at, self.text.len(), b",\r\n");
                let cell = &self.text[at..end];
                // Spreadsheets force text by ="0001".
                let forced = cell.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"'));
                if forced.unwrap_or(cell).contains('"') {
                    return Err(bad(SplitFault::QuoteInside));
                }
                (Cow::Borrowed(cell), end)
            };
            if end > limit {
                return Err(bad(SplitFault::TooLong));
            }
            cells.push(cell);
            if self.text.as_bytes().get(end) == Some(&b',') {
                at = end + 1;
            } else {
                let breaks = lines_in(&self.text[start..end]);
                // Two unclosed quotes look like one cell; the row then rarely has the cells it needs.
                if breaks > 0 && self.width > 0 && cells.len() != self.width {
                    let cell = cells.iter().position(|cell| lines_in(cell) > 0).unwrap_or(0);
                    return Err(BadLine { line, cell, fault: SplitFault::UnclosedQuote });
                }
                self.line += breaks + 1;
                self.at = end + self.end_of_line(end);
                return Ok(Record { line, cells });
            }
        }
    }
}

/// Ends of line inside quoted cells.
fn lines_in(text: &str) -> u64 {
    let bytes = text.as_bytes();
    let ends = |at: usize| bytes[at] == b'\n' || (bytes[at] == b'\r' && bytes.get(at + 1) != Some(&b'\n'));
    (0..bytes.len()).filter(|at| ends(*at)).count() as u64
}

impl<'a> Iterator for Records<'a> {
    type Item = Result<Record<'a>, BadLine>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.text.len() {
            return None;
        }
        let record = self.record();
        if record.is_err() {
            self.skip_line();
        }
        Some(record)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<Result<(u64, Vec<String>), BadLine>> {
        Records::new(text)
            .map(|record| record.map(|r| (r.line, r.cells.into_iter().map(Cow::into_owned).collect())))
            .collect()
    }

    fn row(line: u64, cells: &[&str]) -> Result<(u64, Vec<String>), BadLine> {
        Ok((line, cells.iter().map(|cell| (*cell).to_owned()).collect()))
    }

    #[test]
    fn every_end_of_line_and_quoted_cell_is_read() {
        assert_eq!(
            split("a,b\r\nc,\rd,e\n,"),
            [row(1, &["a", "b"]), row(2, &["c", ""]), row(3, &["d", "e"]), row(4, &["", ""])]
        );
        assert_eq!(split("\"a,\"\"x\"\"\",b\n"), [row(1, &["a,\"x\"", "b"])]);
        assert_eq!(split("\"a\r\nb\",c\nd,e"), [row(1, &["a\r\nb", "c"]), row(3, &["d", "e"])]);
        assert_eq!(split("=\"0001\",b"), [row(1, &["=\"0001\"", "b"])]);
        assert_eq!(split(""), []);
    }

    #[test]
    fn a_broken_quote_costs_one_line() {
        let bad = |line, cell, fault| Err(BadLine { line, cell, fault });
        assert_eq!(
            split("a,\"b\nc,d\ne,f\"g\nh,i\n"),
            [
                bad(1, 1, SplitFault::UnclosedQuote),
                row(2, &["c", "d"]),
                bad(3, 1, SplitFault::QuoteInside),
                row(4, &["h", "i"])
            ]
        );
        assert_eq!(split("a,\"b\nc,d\n"), [bad(1, 1, SplitFault::UnclosedQuote), row(2, &["c", "d"])]);
        assert_eq!(split("\"a\"b,c\nd,e"), [bad(1, 0, SplitFault::QuoteInside), row(2, &["d", "e"])]);
    }

    #[test]
    fn two_unclosed_quotes_do_not_swallow_the_rows_between() {
        let text = "h,i,j\na,b,\"c\nd,e,f\ng,\",h\nk,l,m\n";
        let mut records = Records::new(text);
        records.width = 3;
        let good: Vec<u64> = records.filter_map(Result::ok).map(|record| record.line).collect();
        assert_eq!(good, [1, 3, 5]);
        let far = format!("a,\"b\n{}c\",d\n", "e,f\n".repeat(10));
        assert_eq!(split(&far).iter().filter(|row| row.is_ok()).count(), 10);
    }

    #[test]
    fn an_endless_line_is_refused_and_the_next_is_read() {
        for long in [
            "x".repeat(ROW_BYTES_MAX + 1),
            ",".repeat(ROW_BYTES_MAX + 2),
            format!("\"{}", "\"\"".repeat(ROW_BYTES_MAX)),
        ] {
            let rows = split(&format!("{long}\na,b"));
            assert!(matches!(
                rows[0],
                Err(BadLine { line: 1, fault: SplitFault::TooLong | SplitFault::UnclosedQuote, .. })
            ));
            assert_eq!(rows[1..], [row(2, &["a", "b"])]);
        }
    }

    #[test]
    fn an_unclosed_quote_on_every_line_stays_fast() {
        let text = "\"a\n".repeat(100_000);
        let started = std::time::Instant::now();
        assert_eq!(split(&text).len(), 100_000);
        assert!(started.elapsed().as_secs() < 5);
    }
}
