//! The machines as one JSON document. Every (state, event) pair of the relation track has its answers, the usual ones
//! included.

use serde_json::{Value, json};

use super::{Row, decision_names, holder_names};
use crate::domain::case::table::{self, Cause, NONE, OUTSIDE, ROLES, Track};
use crate::domain::words::Word;

pub fn document(roles: &[&str]) -> Value {
    let machines: Vec<Value> = roles.iter().map(|role| machine(role)).collect();
    let everywhere: Vec<Value> = table::EVERYWHERE
        .iter()
        .map(|((zh, en), answer)| json!({ "when": { "zh": zh, "en": en }, "answer": answer }))
        .collect();
    let outside: Vec<&str> = OUTSIDE.iter().map(|kind| kind.word()).collect();
    let letters: Vec<Value> =
        table::LETTERS.iter().map(|(verb, (zh, en))| json!({ "verb": verb, "when": { "zh": zh, "en": en } })).collect();
    json!({ "letters": letters, "machines": machines, "in_every_state": everywhere, "outside_cases": outside, "roles": ROLES })
}

fn machine(role: &str) -> Value {
    let tracks: Vec<Value> = Track::ALL.iter().map(|track| of_track(role, *track)).collect();
    let stands: Vec<Value> = table::stands(role)
        .iter()
        .map(|stand| {
            let holders: Vec<&str> = stand.holders.iter().map(|holder| holder.word()).collect();
            json!({ "relation": stand.relation, "money": stand.money, "holders": holders })
        })
        .collect();
    json!({ "role": role, "tracks": tracks, "stands": stands, "answers": answers(role) })
}

fn of_track(role: &str, track: Track) -> Value {
    let states: Vec<Value> = track.states(role).iter().map(|word| state(role, track, word)).collect();
    let rows: Vec<Value> = table::rows(role, track).iter().map(|row| of_row(row, row.from)).collect();
    json!({ "track": track.word(), "states": states, "rows": rows })
}

fn state(role: &str, track: Track, word: &Word) -> Value {
    let codes = |words: Vec<&Word>| words.into_iter().map(|word| word.code).collect::<Vec<_>>();
    json!({
        "code": word.code,
        "zh": word.zh,
        "en": word.en,
        "means": { "zh": word.means.0, "en": word.means.1 },
        "next": { "zh": word.next.0, "en": word.next.1 },
        "holders": codes(holder_names(role, track, word.code)),
        "decisions": codes(decision_names(role, track, word.code)),
        "terminal": table::is_terminal(role, track, word.code),
    })
}

fn of_row(row: &Row, from: &[&str]) -> Value {
    json!({
        "from": from,
        "event": event(row.cause),
        "answer": row.answer.word(),
        "object": row.answer.object(),
        "when": { "zh": row.when.0, "en": row.when.1 },
    })
}

fn event(cause: Cause) -> Value {
    let (zh, en) = cause.names();
    let sort = match cause {
        Cause::Message(_) => "message",
        Cause::Act(_) => "decision",
        Cause::Local(_) => "local",
    };
    json!({ "word": cause.word(), "sort": sort, "zh": zh, "en": en })
}

/// State by state, event by event.
fn answers(role: &str) -> Vec<Value> {
    let states = Track::Relation.states(role).iter().map(|word| word.code);
    let mut all = Vec::new();
    for state in [NONE].into_iter().chain(states) {
        for cause in table::causes() {
            all.extend(table::answers(role, state, cause).iter().map(|row| of_row(row, &[state])));
        }
    }
    all
}
