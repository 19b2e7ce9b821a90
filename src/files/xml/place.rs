//! Where in the file something is wrong: line, column and the way through the elements. Reads the file again up to
//! there, so that nothing needs to be remembered while all is well.

use std::collections::HashMap;
use std::fmt;

use super::{Step, Walk};

/// Line and column count from 1; a column is a character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub line: u64,
    /// `None` where only the line is known.
    pub column: Option<u64>,
    /// `Document/BkToCstmrStmt/Stmt/Ntry[3]/Amt`: known names only, for a name can be anything. Empty outside the root.
    pub path: String,
}

impl Place {
    pub(super) fn on_line(line: u64) -> Place {
        Place { line, column: None, path: String::new() }
    }

    /// The place of a byte of the text.
    pub fn of(text: &str, at: usize) -> Place {
        let before = &text[..text.floor_char_boundary(at)];
        let line_start = before.rfind('\n').map_or(0, |feed| feed + 1);
        Place {
            line: 1 + before.matches('\n').count() as u64,
            column: Some(1 + before[line_start..].chars().count() as u64),
            path: path(text, at),
        }
    }

    pub(in crate::files) fn chinese(&self) -> String {
        let column = self.column.map_or(String::new(), |column| format!("第{column}列"));
        format!("第{}行{column}{}", self.line, self.tail())
    }

    fn tail(&self) -> String {
        if self.path.is_empty() { String::new() } else { format!(" {}", self.path) }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}", self.line)?;
        if let Some(column) = self.column {
            write!(f, ", column {column}")?;
        }
        f.write_str(&self.tail())
    }
}

/// The elements that are open at this byte; the third `Ntry` is `Ntry[3]`.
fn path(text: &str, at: usize) -> String {
    let mut walk = Walk::new(text);
    let mut open: Vec<String> = Vec::new();
    let mut counts: Vec<HashMap<&'static str, u32>> = vec![HashMap::new()];
    while walk.position() <= at {
        match walk.step() {
            Ok(Step::Open(opened)) if opened.at <= at => {
                let word = opened.word.unwrap_or("?");
                let number = counts.last_mut().map_or(1, |seen| {
                    let count = seen.entry(word).or_insert(0);
                    *count += 1;
                    *count
                });
                open.push(if number > 1 { format!("{word}[{number}]") } else { word.to_owned() });
                counts.push(HashMap::new());
            }
            Ok(Step::Close) if walk.position() <= at => {
                open.pop();
                counts.pop();
            }
            Ok(Step::Text(_)) => {}
            _ => break,
        }
    }
    open.join("/")
}
