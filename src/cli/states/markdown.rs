//! The machines as Markdown tables, for the manual.

use super::{Row, USUAL, answer_name, cause_name, decision_names, holder_names, letters, title};
use crate::domain::case::table::{self, Answer, EVERYWHERE, NONE, OUTSIDE, Track};
use crate::domain::words::Word;

pub fn markdown(roles: &[&str]) -> String {
    let mut text = String::from("# 案件状态 Case states\n");
    for role in roles {
        for track in Track::ALL {
            text += &format!("\n## {}\n\n{}\n{}", title(role, track), states(role, track), rows(role, track));
        }
    }
    text += "\n## 在任何状态 In every state\n\n| 情形 When | 答复 Answer |\n|---|---|\n";
    for ((zh, en), answer) in EVERYWHERE {
        text += &line(&[format!("{zh}<br>{en}"), format!("`{answer}`")]);
    }
    text.push('\n');
    for (zh, en) in USUAL {
        text += &format!("* {zh}。{en}.\n");
    }
    text += &format!("* 往来，不改变状态 letters, which move nothing: {}.\n", letters());
    let outside: Vec<String> = OUTSIDE.iter().map(|kind| format!("{} `{}`", kind.chinese(), kind.word())).collect();
    text + &format!("* 不属于任何案件 of no case, else `BAD_CONTENT`: {}.\n", outside.join(", "))
}

fn states(role: &str, track: Track) -> String {
    let mut text = "| 代码 Code | 状态 State | 含义 Meaning | 持球 Ball | 可决定 Decisions | 终态 End |\n\
                    |---|---|---|---|---|---|\n"
        .to_owned();
    for word in track.states(role) {
        let names =
            |words: Vec<&Word>, shown: fn(&Word) -> String| words.into_iter().map(shown).collect::<Vec<_>>().join(", ");
        text += &line(&[
            format!("`{}`", word.code),
            format!("{}<br>{}", word.zh, word.en),
            format!("{}<br>{}", word.means.0, word.means.1),
            names(holder_names(role, track, word.code), |word| format!("{} {}", word.zh, word.en)),
            names(decision_names(role, track, word.code), |word| format!("{} `{}`", word.zh, word.code)),
            if table::is_terminal(role, track, word.code) { "■".into() } else { String::new() },
        ]);
    }
    text
}

fn rows(role: &str, track: Track) -> String {
    let mut text = "| 从 From | 事件 Event | 结果 Answer | 条件 When |\n|---|---|---|---|\n".to_owned();
    let states = track.states(role).iter().map(|word| word.code);
    for state in [NONE].into_iter().chain(states) {
        for row in table::rows(role, track).iter().filter(|row| row.from.contains(&state)) {
            text += &line(&[format!("`{state}`"), cause_name(row.cause), answer(row), when(row)]);
        }
    }
    text
}

fn answer(row: &Row) -> String {
    let object = row.answer.object();
    let (zh, en) = answer_name(row.answer);
    match row.answer {
        Answer::To(state) => format!("→ `{state}`"),
        _ if object.is_empty() => format!("{zh} {en}"),
        _ => format!("{zh} {en} `{object}`"),
    }
}

fn when(row: &Row) -> String {
    if row.when.0.is_empty() { String::new() } else { format!("{}<br>{}", row.when.0, row.when.1) }
}

fn line(cells: &[String]) -> String {
    format!("| {} |\n", cells.join(" | "))
}
