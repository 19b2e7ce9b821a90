//! Tables of a listing: columns aligned by display width, and narrowed until they fit. Never breaks a row over lines.

use unicode_width::UnicodeWidthStr;

use super::screen::{Paint, Screen, clean, clip, pad};

const GAP: &str = "  ";

/// A column: both headings, one above the other.
pub struct Column {
    chinese: &'static str,
    english: &'static str,
    right: bool,
    /// Left out when the screen is too narrow; the highest goes first, 0 never.
    spare: u8,
}

pub const fn column(chinese: &'static str, english: &'static str) -> Column {
    Column { chinese, english, right: false, spare: 0 }
}

impl Column {
    pub const fn right(mut self) -> Column {
        self.right = true;
        self
    }

    pub const fn spare(mut self, order: u8) -> Column {
        self.spare = order;
        self
    }
}

pub struct Cell {
    text: String,
    paint: Paint,
}

pub fn cell(text: impl AsRef<str>) -> Cell {
    painted(text, Paint::Plain)
}

pub fn painted(text: impl AsRef<str>, paint: Paint) -> Cell {
    Cell { text: clean(text.as_ref()), paint }
}

pub struct Table<'a> {
    columns: &'a [Column],
    rows: Vec<Vec<Cell>>,
}

impl<'a> Table<'a> {
    pub fn new(columns: &'a [Column]) -> Table<'a> {
        Table { columns, rows: Vec::new() }
    }

    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// The whole table, a line feed after each line; `indent` blanks before.
    pub fn show(&self, screen: &Screen, indent: usize) -> String {
        let widths = self.widths(screen.width.saturating_sub(indent));
        let blanks = " ".repeat(indent);
        let mut lines = Vec::new();
        for heading in [|column: &Column| column.chinese, |column: &Column| column.english] {
            let cells = self.columns.iter().map(|column| Cell { text: heading(column).to_owned(), paint: Paint::Dim });
            lines.push(self.line(screen, &widths, &cells.collect::<Vec<_>>()));
        }
        lines.extend(self.rows.iter().map(|row| self.line(screen, &widths, row)));
        lines.iter().map(|line| format!("{blanks}{line}\n")).collect()
    }

    fn line(&self, screen: &Screen, widths: &[Option<usize>], cells: &[Cell]) -> String {
        let shown = self.columns.iter().zip(widths).zip(cells).filter_map(|((column, width), cell)| {
            let text = pad(&clip(&cell.text, (*width)?), (*width)?, column.right);
            Some(screen.paint(cell.paint, &text))
        });
        shown.collect::<Vec<_>>().join(GAP).trim_end().to_owned()
    }

    /// `None` for a column that is left out.
    fn widths(&self, room: usize) -> Vec<Option<usize>> {
        let natural = self.columns.iter().enumerate().map(|(place, column)| {
            let cells = self.rows.iter().filter_map(|row| row.get(place)).map(|cell| cell.text.width());
            Some(cells.chain([column.chinese.width(), column.english.width()]).max().unwrap_or(0))
        });
        let mut widths: Vec<Option<usize>> = natural.collect();
        let total = |widths: &[Option<usize>]| {
            let shown: Vec<usize> = widths.iter().flatten().copied().collect();
            shown.iter().sum::<usize>() + GAP.len() * shown.len().saturating_sub(1)
        };
        while total(&widths) > room {
            let spare = (0..widths.len()).filter(|place| widths[*place].is_some() && self.columns[*place].spare > 0);
            let Some(place) = spare.max_by_key(|place| self.columns[*place].spare) else { break };
            widths[place] = None;
        }
        while total(&widths) > room {
            // The widest gives way; numbers stay whole.
            let texts = (0..widths.len()).filter(|place| !self.columns[*place].right);
            let Some(place) = texts.max_by_key(|place| widths[*place]) else { break };
            match widths[place] {
                Some(width) if width > 8 => widths[place] = Some(width - 1),
                _ => break,
            }
        }
        widths
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: &[Column] = &[
        column("联系函", "letter"),
        column("状态", "state"),
        column("姓名", "name").spare(1),
        column("金额", "yuan").right(),
    ];

    fn table(width: usize) -> Vec<String> {
        let mut table = Table::new(COLUMNS);
        for amount in ["1,234.50", "0.01"] {
            table.row([cell("530800-L00000001"), cell("转出地办理中，尚未签收"), cell("测＊"), cell(amount)]);
        }
        table.show(&Screen::plain(width), 0).lines().map(str::to_owned).collect()
    }

    #[test]
    fn columns_line_up_and_amounts_stand_to_the_right() {
        let lines = table(100);
        assert!(lines[2].ends_with("测＊  1,234.50") && lines[3].ends_with("测＊      0.01"), "{lines:?}");
        assert_eq!(lines[2].width(), lines[3].width());
    }

    #[test]
    fn a_narrow_screen_costs_spare_columns_first_then_words_never_amounts() {
        let lines = table(50);
        assert!(!lines[2].contains("测＊") && lines[2].contains("尚未签收"), "{lines:?}");
        let lines = table(40);
        assert!(lines[2].contains('…') && lines[2].ends_with("1,234.50"), "{lines:?}");
        assert!(lines.iter().all(|line| line.width() <= 40), "{lines:?}");
    }
}
