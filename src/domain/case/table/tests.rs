use super::*;

#[test]
fn every_state_has_words_and_every_word_is_a_state() {
    for role in ROLES {
        for track in Track::ALL {
            let words: Vec<&str> = track.states(role).iter().map(|word| word.code).collect();
            let mut named: Vec<&str> = stands(role)
                .iter()
                .flat_map(|stand| if track == Track::Relation { vec![stand.relation] } else { stand.money.to_vec() })
                .collect();
            for row in rows(role, track) {
                named.extend(row.from);
                if let Answer::To(state) = row.answer {
                    named.push(state);
                }
            }
            for state in &named {
                assert!(*state == NONE || words.contains(state), "{role} {track:?}: {state} has no words");
            }
            for word in words {
                assert!(named.contains(&word), "{role} {track:?}: {word} is in no row");
            }
        }
    }
}

#[test]
fn answers_to_one_event_are_told_apart_in_both_languages() {
    for role in ROLES {
        for track in Track::ALL {
            for row in rows(role, track) {
                let alike = |other: &&Row| {
                    other.cause == row.cause && other.from.iter().any(|state| row.from.contains(state)) && *other != row
                };
                let others: Vec<&Row> = rows(role, track).iter().filter(alike).collect();
                assert!(others.is_empty() || !row.when.0.is_empty(), "{role} {row:?}: when?");
                assert_eq!(row.when.0.is_empty(), row.when.1.is_empty(), "{role} {row:?}");
                assert!(others.iter().all(|other| other.when != row.when), "{role} {row:?}: said twice");
            }
        }
    }
}

#[test]
fn every_event_has_words_and_every_decision_is_known() {
    for cause in causes() {
        let (zh, en) = cause.names();
        assert!(!zh.is_empty() && !en.is_empty(), "{cause:?}");
        assert!(matches!(cause, Cause::Message(_)) || words::find(words::EVENTS, cause.word()).is_some(), "{cause:?}");
    }
    for role in ROLES {
        for row in rows(role, Track::Relation).iter().chain(rows(role, Track::Money)) {
            assert!(causes().contains(&row.cause), "{row:?}");
        }
    }
}
