//! What became of an imported file: taken, known already, declined, bad. Tells the place and the rule of each row that
//! was left out, never its content.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;

use super::broker::write_whole;
use super::doc::Doc;
use super::screen::{Paint, Screen, clean, count, pad};
use super::trouble::Trouble;
use crate::files::{CsvWriter, Import, RowError};

/// Faults told in text, and lines of each; JSON and the error file tell all.
const NAMED_MAX: usize = 20;

/// A row that could be read and was not taken.
#[derive(Debug, Clone, Serialize)]
struct Left {
    line: u64,
    column: Option<String>,
    code: String,
    chinese: String,
    english: String,
}

/// One file's import. Counts are rows of the file.
#[derive(Debug, Serialize)]
pub struct Tally {
    file: PathBuf,
    encoding: &'static str,
    total: u64,
    taken: u64,
    already_known: u64,
    declined: u64,
    bad: u64,
    /// Announced by the bank and not booked yet.
    skipped: u64,
    /// Declined rows and the errors of bad ones, by line.
    errors: Vec<Left>,
    errors_left_out: u64,
    columns_left_out: Vec<String>,
    #[serde(skip)]
    what: &'static str,
}

impl Tally {
    pub fn new<T>(what: &'static str, file: &Path, import: &Import<T>) -> Tally {
        let bad_lines: BTreeSet<u64> = import.errors.iter().map(|error| error.line).collect();
        let bad = bad_lines.len() as u64 + import.errors_left_out;
        let skipped = import.skipped.len() as u64;
        let left = |error: &RowError| Left {
            line: error.line,
            column: error.column.clone(),
            code: error.code.to_owned(),
            chinese: error.chinese.clone(),
            english: error.english.clone(),
        };
        Tally {
            file: file.to_owned(),
            encoding: import.encoding,
            total: import.rows.len() as u64 + bad + skipped,
            taken: 0,
            already_known: 0,
            declined: 0,
            bad,
            skipped,
            errors: import.errors.iter().map(left).collect(),
            errors_left_out: import.errors_left_out,
            columns_left_out: import.columns_left_out.clone(),
            what,
        }
    }

    /// Counts one answer for something that stood in `rows` rows from `line` on.
    pub fn count(&mut self, line: u64, rows: u64, outcome: &Value) {
        let outcome = Doc(outcome);
        let (code, chinese, english) = match outcome.text("outcome") {
            "applied" | "early" => {
                self.taken += rows;
                return;
            }
            "duplicate" => {
                self.already_known += rows;
                return;
            }
            "conflict" => (
                "CONFLICT",
                "同一编号曾以不同内容导入；请核对后以新编号导入",
                "this number was imported with other content",
            ),
            _ => (outcome.text("code"), outcome.text("chinese"), outcome.text("english")),
        };
        self.declined += rows;
        self.errors.push(Left {
            line,
            column: None,
            code: code.to_owned(),
            chinese: chinese.to_owned(),
            english: english.to_owned(),
        });
    }

    pub fn is_clean(&self) -> bool {
        self.bad + self.declined == 0
    }

    pub fn finish(&mut self) {
        self.errors.sort_by_key(|error| error.line);
    }

    pub fn show(&self, screen: &Screen) -> String {
        let head = format!("{} · {} · {}", self.what, self.file.display(), self.encoding);
        let mut text = format!("{}\n", screen.paint(Paint::Bold, &head));
        let mut rows = vec![
            ("✓", "已收 taken", self.taken, Paint::Good),
            ("=", "已有 already known", self.already_known, Paint::Plain),
            ("✗", "未收 declined", self.declined, Paint::Care),
            ("✗", "有误 bad", self.bad, Paint::Bad),
            (" ", "合计 rows", self.total, Paint::Plain),
        ];
        if self.skipped > 0 {
            rows.insert(4, ("-", "未记账 pending", self.skipped, Paint::Plain));
        }
        for (sign, words, number, paint) in rows {
            let line =
                format!("  {sign} {}{:>12}", pad(words, 22, false), count(i64::try_from(number).unwrap_or(i64::MAX)));
            text += &screen.paint(if number == 0 { Paint::Dim } else { paint }, &line);
            text.push('\n');
        }
        if !self.columns_left_out.is_empty() {
            let names = clean(&self.columns_left_out.join("、"));
            text += &format!("  未读取的列 columns not read: {names}\n");
        }
        let groups = self.groups();
        for (error, lines) in groups.iter().take(NAMED_MAX) {
            let named: Vec<String> = lines.iter().take(NAMED_MAX).map(ToString::to_string).collect();
            let cut = if lines.len() > NAMED_MAX { " …" } else { "" };
            let column = error.column.as_deref().unwrap_or("-");
            let head = format!("✗ {}  {}", error.code, clean(column));
            let rows =
                if lines.len() > 1 { format!("  {} 行 rows", count(lines.len() as i64)) } else { String::new() };
            text += &format!("\n  {}{rows}\n", screen.paint(Paint::Bad, &head));
            let places = screen.wrap(&format!("第 {}{cut} 行 line", named.join(", ")), 4);
            let reasons = screen.wrap(&error.chinese, 4).into_iter().chain(screen.wrap(&error.english, 4));
            for line in places.into_iter().chain(reasons) {
                text += &format!("{line}\n");
            }
        }
        let more =
            groups.iter().skip(NAMED_MAX).map(|(_, lines)| lines.len() as u64).sum::<u64>() + self.errors_left_out;
        if more > 0 {
            text += &format!(
                "\n  另有 {more} 处；用 --errors FILE 或 --output json 查看全部 · {more} more: use --errors FILE\n"
            );
        }
        text
    }

    /// The same fault in many rows is told once, with its lines.
    fn groups(&self) -> Vec<(&Left, Vec<u64>)> {
        let mut groups: Vec<(&Left, Vec<u64>)> = Vec::new();
        let mut places: HashMap<(&str, Option<&str>, &str), usize> = HashMap::new();
        for error in &self.errors {
            let key = (error.code.as_str(), error.column.as_deref(), error.chinese.as_str());
            let place = *places.entry(key).or_insert(groups.len());
            match groups.get_mut(place) {
                Some((_, lines)) => lines.push(error.line),
                None => groups.push((error, vec![error.line])),
            }
        }
        groups
    }
}

/// All errors of all files, for a spreadsheet.
pub fn write_errors(path: &Path, tallies: &[Tally]) -> Result<(), Trouble> {
    let mut file = CsvWriter::new(&["file", "line", "column", "code", "chinese", "english"]);
    for tally in tallies {
        for error in &tally.errors {
            file.text(&tally.file.display().to_string())
                .number(error.line)
                .text(error.column.as_deref().unwrap_or(""))
                .text(&error.code)
                .text(&error.chinese)
                .text(&error.english)
                .end_row();
        }
    }
    write_whole(path, &file.finish(), 0o600)
}
