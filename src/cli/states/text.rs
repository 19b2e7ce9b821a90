//! The machines for people in a terminal: Chinese first, English beside it, every state with what leads out of it.

use super::{USUAL, answer_name, cause_name, decision_names, holder_names, letters, moves, title};
use crate::cli::screen::{Paint, Screen};
use crate::domain::case::table::{self, Answer, EVERYWHERE, NONE, OUTSIDE, Row, Track};
use crate::domain::words::{self, Word};

pub fn text(roles: &[&str], screen: &Screen) -> String {
    let mut lines = Vec::new();
    for role in roles {
        for track in Track::ALL {
            lines.push(screen.paint(Paint::Bold, &title(role, track)));
            begin(&mut lines, role, track, screen);
            for word in track.states(role) {
                lines.push(String::new());
                state(&mut lines, role, track, word, screen);
            }
            lines.push(String::new());
        }
    }
    lines.push(screen.paint(Paint::Bold, "在任何状态 in every state"));
    for ((zh, en), answer) in EVERYWHERE {
        lines.extend(screen.wrap(&format!("{zh}：{answer} · {en}"), 2));
    }
    for (zh, en) in USUAL {
        lines.extend(screen.wrap(&format!("{zh}。{en}"), 2));
    }
    lines.extend(screen.wrap(&format!("往来，不改变状态 letters, which move nothing：{}", letters()), 2));
    let outside: Vec<String> = OUTSIDE.iter().map(|kind| format!("{} {}", kind.chinese(), kind.word())).collect();
    lines.extend(screen.wrap(&format!("不属于任何案件 of no case, else BAD_CONTENT：{}", outside.join("、")), 2));
    lines.join("\n") + "\n"
}

/// How a track begins.
fn begin(lines: &mut Vec<String>, role: &str, track: Track, screen: &Screen) {
    for row in moves(role, track, NONE) {
        answer(lines, role, track, row, screen);
    }
}

fn state(lines: &mut Vec<String>, role: &str, track: Track, word: &Word, screen: &Screen) {
    let end = if table::is_terminal(role, track, word.code) { "  ■ 终态 terminal" } else { "" };
    lines.push(format!("{}  {} {}{end}", screen.paint(Paint::Bold, word.code), word.zh, word.en));
    lines.extend(screen.wrap(&format!("{}。{}", word.means.0, word.means.1), 2));
    let names = |words: &[&Word]| words.iter().map(|word| format!("{} {}", word.zh, word.en)).collect::<Vec<_>>();
    let holders = names(&holder_names(role, track, word.code));
    lines.extend(screen.wrap(&format!("持球 ball: {}", holders.join("、")), 2));
    let decisions = decision_names(role, track, word.code);
    if !decisions.is_empty() {
        let decisions: Vec<String> = decisions.iter().map(|word| format!("{} {}", word.zh, word.code)).collect();
        lines.extend(screen.wrap(&format!("可决定 decisions: {}", decisions.join("、")), 2));
    }
    let own = |row: &&Row| row.from.contains(&word.code);
    for row in table::rows(role, track).iter().filter(own) {
        answer(lines, role, track, row, screen);
    }
}

/// `  信息表 InformationSheet → COMPLETED 已办结 completed（核对无误 verified）`
fn answer(lines: &mut Vec<String>, role: &str, track: Track, row: &Row, screen: &Screen) {
    let said = match row.answer {
        Answer::To(state) => {
            let word = words::find(track.states(role), state);
            let (zh, en) = word.map_or(("", ""), |word| (word.zh, word.en));
            format!("→ {state} {zh} {en}")
        }
        answer => {
            let (zh, en) = answer_name(answer);
            format!("· {zh} {en} {}", answer.object()).trim_end().to_owned()
        }
    };
    let when = if row.when.0.is_empty() { String::new() } else { format!("（{}；{}）", row.when.0, row.when.1) };
    let wrapped = screen.wrap(&format!("{} {said}{when}", cause_name(row.cause)), 4);
    let paint = if matches!(row.answer, Answer::To(_)) { Paint::Plain } else { Paint::Dim };
    lines.extend(wrapped.iter().map(|line| screen.paint(paint, line)));
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::*;

    #[test]
    fn no_line_is_wider_than_the_screen() {
        for width in [60, 80, 120] {
            for line in text(&table::ROLES, &Screen::plain(width)).lines().filter(|line| line.starts_with("  ")) {
                assert!(line.width() <= width, "{width}: {line}");
            }
        }
    }
}
