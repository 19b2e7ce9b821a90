//! The table of what is tried: number, what it must get, and its name, in columns that a person reads.

/// What an entry must get. A `!` behind the word: an alarm, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Bytes and reason kept, nothing answered.
    Dead { code: &'static str, alarm: bool },
    /// Kept, and answered with a signed refusal.
    Refused(&'static str),
    /// Carried out.
    Applied,
    /// Carried out, and a person gets this task.
    Held(&'static str),
    /// A letter's business answer: a return for this reason.
    Returned(&'static str),
    /// Carried out once; every other copy is counted.
    Once,
    /// The first stands; the other is a dead letter of this reason and an alarm, answered with a refusal.
    Conflict(&'static str),
}

#[derive(Debug)]
pub struct Row {
    pub id: &'static str,
    pub outcome: Outcome,
    pub name: &'static str,
}

/// Lines of `id | outcome | name`; `#` begins a comment.
pub fn rows(text: &'static str) -> Vec<Row> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| row(line).unwrap_or_else(|| panic!("not a row: {line}"))).collect()
}

fn row(line: &'static str) -> Option<Row> {
    let mut parts = line.splitn(3, '|').map(str::trim);
    let (id, outcome, name) = (parts.next()?, parts.next()?, parts.next()?);
    let (word, code) = outcome.split_once(' ').unwrap_or((outcome, ""));
    let outcome = match word {
        "dead" => Outcome::Dead { code, alarm: false },
        "dead!" => Outcome::Dead { code, alarm: true },
        "refused" => Outcome::Refused(code),
        "applied" => Outcome::Applied,
        "held" => Outcome::Held(code),
        "returned" => Outcome::Returned(code),
        "once" => Outcome::Once,
        "conflict!" => Outcome::Conflict(code),
        _ => return None,
    };
    Some(Row { id, outcome, name })
}
