//! The machines as Mermaid diagrams: one for each role and track, with the moves only.

use std::collections::BTreeMap;

use super::{Answer, cause_name, title};
use crate::domain::case::table::{self, NONE, Track};

pub fn diagrams(roles: &[&str]) -> String {
    let all = roles.iter().flat_map(|role| Track::ALL.map(|track| diagram(role, track)));
    all.collect::<Vec<_>>().join("\n")
}

fn diagram(role: &str, track: Track) -> String {
    let mut lines = vec!["---".to_owned(), format!("title: {}", title(role, track)), "---".to_owned()];
    lines.push("stateDiagram-v2".to_owned());
    for word in track.states(role) {
        lines.push(format!("    state \"{} {}\" as {}", word.zh, word.en, word.code));
    }
    // One arrow for two states, however many events lead along it.
    let mut arrows: BTreeMap<(usize, usize), (&str, &str, Vec<String>)> = BTreeMap::new();
    let place =
        |state: &str| track.states(role).iter().position(|word| word.code == state).map_or(0, |place| place + 1);
    for row in table::rows(role, track) {
        let Answer::To(to) = row.answer else { continue };
        for from in row.from {
            let (_, _, causes) = arrows.entry((place(from), place(to))).or_insert((from, to, Vec::new()));
            let cause = cause_name(row.cause);
            if !causes.contains(&cause) {
                causes.push(cause);
            }
        }
    }
    for (from, to, causes) in arrows.values() {
        let from = if *from == NONE { "[*]" } else { from };
        lines.push(format!("    {from} --> {to} : {}", causes.join(" / ")));
    }
    for word in track.states(role).iter().filter(|word| table::is_terminal(role, track, word.code)) {
        lines.push(format!("    {} --> [*]", word.code));
    }
    lines.join("\n") + "\n"
}
