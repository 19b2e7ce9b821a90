//! How things look on a terminal: width, colour, yuan. Never lets stored text steer the terminal.

use std::io::{IsTerminal, Write};

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::domain::money::Balance;

/// Where no terminal tells its width.
const WIDTH: usize = 100;
const WIDTH_LEAST: usize = 40;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paint {
    Plain,
    Bold,
    Dim,
    Good,
    Care,
    Bad,
}

/// What one stream can show.
#[derive(Debug, Clone, Copy)]
pub struct Screen {
    colour: bool,
    pub width: usize,
}

impl Screen {
    pub fn stdout() -> Screen {
        let stream = std::io::stdout();
        let columns = rustix::termios::tcgetwinsize(&stream).ok().map(|size| usize::from(size.ws_col));
        Screen::of(stream.is_terminal(), columns)
    }

    pub fn stderr() -> Screen {
        let stream = std::io::stderr();
        let columns = rustix::termios::tcgetwinsize(&stream).ok().map(|size| usize::from(size.ws_col));
        Screen::of(stream.is_terminal(), columns)
    }

    #[cfg(test)]
    pub fn plain(width: usize) -> Screen {
        Screen { colour: false, width }
    }

    fn of(is_terminal: bool, columns: Option<usize>) -> Screen {
        let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let dumb = set("TERM").is_some_and(|term| term == "dumb");
        let given = set("COLUMNS").and_then(|columns| columns.to_str()?.parse().ok());
        let width = columns.filter(|columns| *columns > 0).or(given).unwrap_or(WIDTH).max(WIDTH_LEAST);
        Screen { colour: is_terminal && !dumb && set("NO_COLOR").is_none(), width }
    }

    pub fn paint(&self, paint: Paint, text: &str) -> String {
        let number = match paint {
            _ if !self.colour || text.is_empty() => return text.to_owned(),
            Paint::Plain => return text.to_owned(),
            Paint::Bold => 1,
            Paint::Dim => 2,
            Paint::Good => 32,
            Paint::Care => 33,
            Paint::Bad => 31,
        };
        format!("\x1b[{number}m{text}\x1b[0m")
    }

    /// Breaks at blanks and between ideographs, each line indented.
    pub fn wrap(&self, text: &str, indent: usize) -> Vec<String> {
        let room = self.width.saturating_sub(indent).max(20);
        let mut lines: Vec<String> = Vec::new();
        for paragraph in text.lines() {
            let mut line = String::new();
            for piece in pieces(&clean(paragraph)) {
                if line.width() + piece.trim_end().width() > room && !line.is_empty() {
                    lines.push(std::mem::take(&mut line));
                }
                line.push_str(if line.is_empty() { piece.trim_start() } else { piece });
            }
            lines.push(line);
        }
        let indent = " ".repeat(indent);
        lines.iter().map(|line| format!("{indent}{}", line.trim_end())).collect()
    }
}

/// A word with the blanks after it, or one ideograph with the closing mark after it.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let (mut from, mut last) = (0, ' ');
    for (at, c) in text.char_indices() {
        let wide = |c: char| c.width() == Some(2);
        let closes = matches!(c, '，' | '。' | '；' | '：' | '）' | '、' | '？' | '”');
        let begins = c != ' ' && (last == ' ' || wide(last) || wide(c));
        if at > from && begins && !closes {
            pieces.push(&text[from..at]);
            from = at;
        }
        last = c;
    }
    pieces.push(&text[from..]);
    pieces
}

/// Without characters that would move the cursor or reverse the line: stored text may come from a stranger.
pub fn clean(text: &str) -> String {
    let hidden = |c: char| {
        c.is_control() || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if hidden(c) { '·' } else { c }).collect()
}

/// At most so wide, with a sign where something was cut.
pub fn clip(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    for c in text.chars() {
        if kept.width() + c.width().unwrap_or(0) + 1 > width {
            break;
        }
        kept.push(c);
    }
    kept + "…"
}

pub fn pad(text: &str, width: usize, right: bool) -> String {
    let blanks = " ".repeat(width.saturating_sub(text.width()));
    if right { format!("{blanks}{text}") } else { format!("{text}{blanks}") }
}

/// Yuan with separators: `-1,234.50`.
pub fn yuan(amount: Balance) -> String {
    let text = amount.to_string();
    let (sign, digits) = text.strip_prefix('-').map_or(("", text.as_str()), |rest| ("-", rest));
    let (whole, fen) = digits.split_once('.').unwrap_or((digits, "00"));
    format!("{sign}{}.{fen}", grouped(whole))
}

pub fn count(number: i64) -> String {
    let digits = grouped(&number.unsigned_abs().to_string());
    if number < 0 { format!("-{digits}") } else { digits }
}

fn grouped(digits: &str) -> String {
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// Writes to stdout. A reader that went away (`| head`) is no error.
pub fn say(text: &str) {
    let mut stdout = std::io::stdout().lock();
    let _ = stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush());
}

/// The value as the office gave it: one document.
pub fn say_json(value: &serde_json::Value) {
    say(&format!("{value:#}\n"));
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Screen = Screen { colour: false, width: 40 };

    #[test]
    fn ideographs_are_two_columns_wide() {
        assert_eq!(pad("联系函", 8, false), "联系函  ");
        assert_eq!(pad("1.00", 6, true), "  1.00");
        assert_eq!(clip("转出地办理中", 7), "转出地…");
        assert_eq!(clip("转出地办理中", 12), "转出地办理中");
    }

    #[test]
    fn no_line_is_wider_than_the_screen() {
        let text = "密钥文件权限 644 过宽；请执行 chmod 600 /etc/jiexu/keys/sign.pem 然后重新启动守护进程";
        let lines = PLAIN.wrap(text, 2);
        assert!(lines.len() > 1 && lines.iter().all(|line| line.width() <= 40), "{lines:?}");
        assert!(lines.iter().all(|line| !line.trim_start().starts_with('；')), "{lines:?}");
    }

    #[test]
    fn stored_text_cannot_steer_the_terminal() {
        assert_eq!(clean("a\x1b[31mb\u{202e}c\n"), "a·[31mb·c·");
        assert_eq!(PLAIN.paint(Paint::Bad, "x"), "x");
    }

    #[test]
    fn money_is_grouped_by_thousands() {
        assert_eq!(yuan(Balance(123_456_789)), "1,234,567.89");
        assert_eq!(yuan(Balance(-5)), "-0.05");
        assert_eq!(count(100_000), "100,000");
    }
}
