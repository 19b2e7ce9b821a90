//! Records to rows: finds the columns by Chinese or English heading in any order, then hands each row to its reader.

use std::borrow::Cow;

use super::cells::Fault;
use super::split::{BadLine, Records, SplitFault};
use super::{ERRORS_MAX, FileError, Import, ROW_BYTES_MAX, ROWS_MAX, RowError, text};

/// A column as files may name it.
pub(super) struct Column {
    pub name: &'static str,
    pub chinese: &'static str,
    pub other: &'static [&'static str],
    /// The column must be there; whether a cell may be blank is the row's business.
    pub required: bool,
}

impl Column {
    pub const fn required(name: &'static str, chinese: &'static str, other: &'static [&'static str]) -> Column {
        Column { name, chinese, other, required: true }
    }

    pub const fn optional(name: &'static str, chinese: &'static str, other: &'static [&'static str]) -> Column {
        Column { name, chinese, other, required: false }
    }

    fn is_named(&self, heading: &str) -> bool {
        self.name == heading || self.chinese == heading || self.other.contains(&heading)
    }

    fn both_names(&self) -> String {
        format!("{} {}", self.chinese, self.name)
    }
}

/// The heading as columns are named: lower case, `_` between words, without a unit or the mark of a mandatory column.
fn heading(cell: &str) -> String {
    let cell = cell.trim().trim_start_matches(['*', '\u{FEFF}']).trim().to_lowercase();
    let cell = ["(元)", "（元）", "(yuan)"].iter().find_map(|unit| cell.strip_suffix(unit)).unwrap_or(&cell);
    cell.trim().replace([' ', '-'], "_")
}

/// Where each column stands in the file.
struct Header {
    places: Vec<Option<usize>>,
    headings: Vec<String>,
    left_out: Vec<String>,
}

impl Header {
    fn read(columns: &[Column], cells: &[Cow<'_, str>]) -> Result<Header, FileError> {
        let headings: Vec<String> = cells.iter().map(|cell| heading(cell)).collect();
        let mut places = vec![None; columns.len()];
        let mut unknown = Vec::new();
        for (place, heading) in headings.iter().enumerate() {
            match columns.iter().position(|column| column.is_named(heading)) {
                Some(at) if places[at].is_some() => {
                    return Err(FileError::ColumnTwice { column: columns[at].both_names() });
                }
                Some(at) => places[at] = Some(place),
                None if heading.is_empty() => {}
                None => unknown.push(heading.clone()),
            }
        }
        if places.iter().all(Option::is_none) {
            return Err(wrong_separator(cells).unwrap_or_else(|| no_header(columns)));
        }
        let absent = || columns.iter().zip(&places).filter(|(_, place)| place.is_none()).map(|(column, _)| column);
        // An optional column misspelt would be left out silently, and with it perhaps somebody's arrears.
        let nearly = |column: &&Column| unknown.iter().any(|word| is_nearly(word, column.name));
        if let Some(column) = absent().find(nearly) {
            return Err(FileError::ColumnTypo { meant: column.name.to_owned() });
        }
        let missing: Vec<String> = absent().filter(|column| column.required).map(Column::both_names).collect();
        if missing.is_empty() {
            Ok(Header { places, headings, left_out: unknown })
        } else {
            Err(FileError::MissingColumns { missing })
        }
    }
}

impl Header {
    /// The column whose cell stands at this place of a row.
    fn column_at<'c>(&self, columns: &'c [Column], place: usize) -> Option<&'c Column> {
        self.places.iter().position(|at| *at == Some(place)).map(|at| &columns[at])
    }

    /// Why a row cannot be laid under the header.
    fn shape_fault(&self, cells: &[Cow<'_, str>]) -> Option<Fault> {
        let (wanted, found) = (self.headings.len(), cells.len());
        // Spreadsheets append empty cells.
        let too_many = cells.iter().skip(wanted).any(|cell| !cell.trim().is_empty());
        if found < wanted || too_many {
            return Some(Fault::new(
                "row_cells",
                format!("列数不符：表头{wanted}列，本行{found}列"),
                format!("the header has {wanted} cells, this row {found}"),
            ));
        }
        let again = found == wanted && cells.iter().zip(&self.headings).all(|(cell, word)| heading(cell) == *word);
        again.then(|| {
            Fault::new("header_again", "表头重复出现，疑为多个文件拼接", "the header again: files were joined")
        })
    }
}

fn no_header(columns: &[Column]) -> FileError {
    FileError::NoHeader { needed: columns.iter().filter(|column| column.required).map(Column::both_names).collect() }
}

fn split_fault(bad: &BadLine) -> Fault {
    match bad.fault {
        SplitFault::UnclosedQuote => Fault::new("quote_unclosed", "引号未闭合", "a quote is opened and not closed"),
        SplitFault::QuoteInside => Fault::new(
            "quote_inside",
            "单元格中间有引号；引号须成对，并将整个单元格括起",
            "a quote inside the cell: quote the whole cell and double the quote",
        ),
        SplitFault::TooLong => Fault::new(
            "row_too_long",
            format!("本行超过{ROW_BYTES_MAX}字节"),
            format!("the row is longer than {ROW_BYTES_MAX} bytes"),
        ),
    }
}

fn is_nearly(word: &str, name: &str) -> bool {
    name.len() >= 5 && word.is_ascii() && word.len() <= 2 * name.len() && strsim::levenshtein(word, name) <= 2
}

fn wrong_separator(cells: &[Cow<'_, str>]) -> Option<FileError> {
    let line = cells.join(",");
    [('\t', "tab"), (';', "semicolon"), ('，', "full-width comma")]
        .into_iter()
        .find(|(separator, _)| line.contains(*separator))
        .map(|(_, looks)| FileError::Separator { looks })
}

/// The row errors of one file.
#[derive(Default)]
struct Errors {
    kept: Vec<RowError>,
    left_out: u64,
}

impl Errors {
    fn push(&mut self, line: u64, column: Option<&Column>, fault: &Fault) {
        if self.kept.len() >= ERRORS_MAX {
            self.left_out += 1;
            return;
        }
        let (chinese, english) = match column {
            Some(column) => {
                (format!("{}：{}", column.chinese, fault.chinese), format!("{}: {}", column.name, fault.english))
            }
            None => (fault.chinese.to_string(), fault.english.to_string()),
        };
        let column = column.map(|column| column.name.to_owned());
        self.kept.push(RowError { line, column, code: fault.code, chinese, english });
    }
}

/// One row while it is read: every cell that is wrong is reported, not only the first.
pub(super) struct Cells<'a> {
    columns: &'a [Column],
    places: &'a [Option<usize>],
    cells: &'a [Cow<'a, str>],
    line: u64,
    errors: &'a mut Errors,
}

impl Cells<'_> {
    pub fn line(&self) -> u64 {
        self.line
    }

    /// The cell without blanks around it; empty where the file has no such column. A control character is a blank, as
    /// within a text.
    fn cell(&self, column: usize) -> &str {
        let cell = self.places[column].and_then(|place| self.cells.get(place));
        cell.map_or("", |cell| cell.trim_matches(|c: char| c.is_whitespace() || c.is_control()))
    }

    /// A value that must be there. `None`: the reason is noted.
    pub fn need<T>(&mut self, column: usize, read: impl FnOnce(&str) -> Result<T, Fault>) -> Option<T> {
        match self.maybe(column, read)? {
            Some(value) => Some(value),
            None => self.refuse(column, Fault::new("missing", "不能为空", "must not be blank")),
        }
    }

    /// A value that may be blank. The outer `None`: the reason is noted.
    pub fn maybe<T>(&mut self, column: usize, read: impl FnOnce(&str) -> Result<T, Fault>) -> Option<Option<T>> {
        let cell = self.cell(column);
        if cell.is_empty() {
            return Some(None);
        }
        match read(cell) {
            Ok(value) => Some(Some(value)),
            Err(fault) => self.refuse(column, fault),
        }
    }

    /// Notes why the row cannot be taken.
    pub fn refuse<T>(&mut self, column: usize, fault: Fault) -> Option<T> {
        self.errors.push(self.line, Some(&self.columns[column]), &fault);
        None
    }
}

/// Reads a file. `read` gives `None` for a row after noting why.
pub(super) fn read<T>(
    bytes: &[u8],
    columns: &[Column],
    mut read: impl FnMut(&mut Cells<'_>) -> Option<T>,
) -> Result<Import<T>, FileError> {
    let (text, encoding) = text::decode(bytes)?;
    let mut errors = Errors::default();
    let mut rows = Vec::new();
    let mut header: Option<Header> = None;
    let mut records = Records::new(&text);
    while let Some(record) = records.next() {
        let record = match record {
            Ok(record) => record,
            Err(bad) => {
                let Some(header) = &header else { return Err(no_header(columns)) };
                let column = header.column_at(columns, bad.cell);
                errors.push(bad.line, column, &split_fault(&bad));
                continue;
            }
        };
        if record.cells.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let Some(header) = &header else {
            header = Some(Header::read(columns, &record.cells)?);
            records.width = record.cells.len();
            continue;
        };
        if let Some(fault) = header.shape_fault(&record.cells) {
            errors.push(record.line, None, &fault);
            continue;
        }
        if rows.len() >= ROWS_MAX {
            return Err(FileError::TooManyRows { limit: ROWS_MAX });
        }
        let (line, places) = (record.line, header.places.as_slice());
        let mut cells = Cells { columns, places, cells: &record.cells, line, errors: &mut errors };
        if let Some(row) = read(&mut cells) {
            rows.push((line, row));
        }
    }
    let columns_left_out = header.map_or(Vec::new(), |header| header.left_out);
    let (skipped, errors, errors_left_out) = (Vec::new(), errors.kept, errors.left_out);
    Ok(Import { rows, skipped, errors, errors_left_out, encoding, columns_left_out })
}
