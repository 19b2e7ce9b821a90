//! `jiexu states` tells the truth: its table and the real `decide` agree in both directions. What `decide` does and the
//! table lacks fails; a row that no event reaches fails: a state nobody can be in, an event nobody can cause.

mod corrected;
mod everywhere;
mod explore;
mod print;
pub mod try_all;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use jiexu::domain::case::table::{self, Cause, NONE, Track};
use jiexu::domain::message::Kind;

use crate::moves::desk::{IN, OUT};
use crate::moves::story;
use explore::{Observed, Seen, answer_word, explore, role_word};

/// Stands that only an operator's change of the software can leave: known gaps, each with its reason.
const NO_WAY_OUT: &[(&str, &str)] = &[];

/// Both roles, explored once for all tests here.
static OBSERVED: LazyLock<[Observed; 2]> = LazyLock::new(|| {
    let story = story::tell();
    std::thread::scope(|scope| {
        let incoming = scope.spawn(|| explore(IN, &story));
        [explore(OUT, &story), incoming.join().expect("explored")]
    })
});

fn differences(role: usize, track: Track, stated: &BTreeSet<(String, String, String)>, seen: &Seen) -> Vec<String> {
    let role = role_word(role);
    let missing = seen.iter().filter(|(key, _)| !stated.contains(*key)).map(|((from, cause, answer), name)| {
        format!("{role} {track:?}: no row says {from} | {cause} → {answer} (by: {name})")
    });
    let unreached = stated
        .iter()
        .filter(|key| !seen.contains_key(*key))
        .map(|(from, cause, answer)| format!("{role} {track:?}: nothing reaches {from} | {cause} → {answer}"));
    missing.chain(unreached).collect()
}

/// Everything the table says of the relation track, the usual answers included.
fn stated_relation(role: &str, seen: &Seen) -> BTreeSet<(String, String, String)> {
    let mut stated = BTreeSet::new();
    let states = Track::Relation.states(role).iter().map(|word| word.code).chain([NONE]);
    for state in states {
        // A payout opens an outgoing case of its own: it meets no incoming one.
        let meets = |cause: &Cause| role == "outgoing" || *cause != Cause::Local("payout_open");
        for cause in table::causes().into_iter().filter(meets) {
            for row in table::answers(role, state, cause) {
                stated.insert((state.to_owned(), cause.word().to_owned(), answer_word(&row.answer)));
            }
            // A proposal, a cancellation or announced money may stand in a decision's way: said once for all states.
            let elsewhere = (state.to_owned(), cause.word().to_owned(), "declined NOT_IN_THIS_STATE".to_owned());
            if matches!(cause, Cause::Act(_)) && seen.contains_key(&elsewhere) {
                stated.insert(elsewhere);
            }
        }
    }
    stated
}

#[test]
fn the_relation_table_says_what_decide_does_and_nothing_else() {
    for role in [IN, OUT] {
        let seen = &OBSERVED[role].relation;
        let found = differences(role, Track::Relation, &stated_relation(role_word(role), seen), seen);
        assert!(found.is_empty(), "{found:#?}");
    }
}

#[test]
fn the_money_table_says_what_decide_does_and_nothing_else() {
    for role in [IN, OUT] {
        let mut stated = BTreeSet::new();
        for row in table::rows(role_word(role), Track::Money) {
            for from in row.from {
                stated.insert(((*from).to_owned(), row.cause.word().to_owned(), answer_word(&row.answer)));
            }
        }
        let moves = OBSERVED[role].money.iter().filter(|((_, _, answer), _)| answer.starts_with("to "));
        let moves: Seen = moves.map(|(key, name)| (key.clone(), name.clone())).collect();
        let found = differences(role, Track::Money, &stated, &moves);
        assert!(found.is_empty(), "{found:#?}");
    }
}

#[test]
fn states_stand_together_and_are_held_as_the_table_says() {
    for role in [IN, OUT] {
        let mut stated = BTreeSet::new();
        for stand in table::stands(role_word(role)) {
            for (money, holder) in stand.money.iter().flat_map(|money| stand.holders.iter().map(move |h| (money, h))) {
                stated.insert((stand.relation.to_owned(), (*money).to_owned(), holder.word().to_owned()));
            }
        }
        let seen: BTreeSet<_> = OBSERVED[role].stands.iter().cloned().collect();
        let differ: Vec<_> = stated.symmetric_difference(&seen).collect();
        assert!(differ.is_empty(), "{}: in the table or seen, and not both: {differ:#?}", role_word(role));
    }
}

#[test]
fn what_a_person_may_decide_is_what_the_case_offers() {
    for role in [IN, OUT] {
        for (state, offered) in &OBSERVED[role].verbs {
            let stated: BTreeSet<String> =
                table::decisions(role_word(role), state).into_iter().map(str::to_owned).collect();
            assert_eq!(&stated, offered, "{} {state}", role_word(role));
        }
    }
}

#[test]
fn every_state_but_the_ends_can_be_left() {
    let mut stuck: Vec<(&str, &str)> = Vec::new();
    for role in [IN, OUT] {
        for (relation, money, holder) in &OBSERVED[role].stands {
            let stand = (relation.clone(), money.clone());
            let is_end = table::is_terminal(role_word(role), Track::Relation, relation);
            assert!(is_end || holder != "nobody" || relation == "RETURNED", "{stand:?} waits for nobody");
            if !is_end && !OBSERVED[role].left.contains(&stand) {
                stuck.push((relation, money));
            }
        }
    }
    stuck.dedup();
    assert_eq!(stuck, NO_WAY_OUT, "stands that nothing leaves");
}

#[test]
fn every_kind_of_message_is_tried_or_belongs_to_no_case() {
    let tried: BTreeSet<&str> = [IN, OUT].into_iter().flat_map(|role| OBSERVED[role].bodies.iter().copied()).collect();
    for kind in Kind::ALL {
        let is_outside = table::OUTSIDE.contains(kind);
        assert_ne!(tried.contains(kind.word()), is_outside, "{}: tried, or in OUTSIDE, and not both", kind.word());
    }
}
