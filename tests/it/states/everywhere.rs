//! What the table says of every state, tried in each of them.

use std::collections::BTreeSet;

use jiexu::domain::act::{Act, Why};
use jiexu::domain::case::table;
use jiexu::domain::changes::Outcome;
use jiexu::domain::event::{Event, What};
use jiexu::domain::ids::{Digest, LetterNo};
use jiexu::domain::message::{Form, Kind, Received};

use super::OBSERVED;
use super::try_all::{Trials, Try};
use crate::moves::desk::{Desk, IN, OUT};
use crate::moves::story::{self, Story};
use crate::support::people::{AGENCIES, code};

fn outcome(desk: &mut Desk, event: &Event) -> String {
    match desk.decide(event).outcome {
        Outcome::Applied => "applied".into(),
        Outcome::Early => "early".into(),
        Outcome::Duplicate => "duplicate".into(),
        Outcome::Conflict => "refused ID_CONFLICT".into(),
        Outcome::Refused(code) => format!("refused {}", code.code()),
        Outcome::Declined(declined) => format!("declined {}", declined.code),
    }
}

/// The answer of a desk to a message that was changed.
fn changed(desk: &Desk, event: &Event, change: impl FnOnce(&mut Received)) -> String {
    let mut event = event.clone();
    let What::Message(received) = &mut event.what else { unreachable!("a message") };
    change(received);
    event.digest = received.digest;
    outcome(&mut desk.clone(), &event)
}

/// Messages of a case; letters, which open one, and answers and notices, which belong to none, are left out.
fn of_the_case(tries: Vec<Try>) -> impl Iterator<Item = Event> {
    let events = tries.into_iter().filter(|tried| !tried.is_beside).map(|tried| tried.event);
    events.filter(|event| match &event.what {
        What::Message(received) => {
            !matches!(received.body.form.kind(), Kind::Receipt | Kind::Refusal | Kind::ContactLetter | Kind::PeerNotice)
        }
        _ => false,
    })
}

fn every_rule(desk: &Desk, story: &Story, trials: &Trials) -> BTreeSet<String> {
    let Some(case) = desk.known().case(story.case) else { return BTreeSet::new() };
    // 退付: there is no peer, so whoever writes is no party; held by the table.
    if case.is_alone() {
        return BTreeSet::new();
    }
    let mut seen = BTreeSet::new();
    let mut must = |rule: &str, answer: String| {
        assert_eq!(answer, rule, "{} {:?}", case.relation(), case.money());
        seen.insert(answer);
    };
    for event in of_the_case(trials.on(desk, story, 50)) {
        let mut twice = desk.clone();
        twice.decide(&event);
        must("duplicate", outcome(&mut twice.clone(), &event));
        must("refused ID_CONFLICT", changed(&twice, &event, |received| received.digest = Digest([1; 32])));
        must("refused NOT_A_PARTY", changed(desk, &event, |received| received.sender = code(AGENCIES[2].0)));
        let other_letter = |received: &mut Received| {
            received.body.letter_no = Some(LetterNo::new("X-L00000001").expect("a letter no."));
        };
        must("refused BAD_CONTENT", changed(desk, &event, other_letter));
        let gap = if case.is_open() || case.may_reopen() { "early" } else { "refused ILLEGAL_STATE" };
        must(gap, changed(desk, &event, |received| received.body.case_sequence += 1));
    }
    for tried in trials.on(desk, story, 50) {
        let mut event = tried.event.clone();
        match &tried.event.what {
            What::Statement(_) => {
                let mut twice = desk.clone();
                // What was declined was not taken: it may come right another time.
                if !matches!(twice.decide(&event).outcome, Outcome::Declined(_)) {
                    must("duplicate", outcome(&mut twice, &event));
                }
            }
            What::Act(act) => {
                event.what = What::Act(Act { version: act.version + 1, ..act.clone() });
                must("declined CASE_MOVED", outcome(&mut desk.clone(), &event));
                event.what = What::Act(Act { reason: Why(String::new()), ..act.clone() });
                must("declined REASON", outcome(&mut desk.clone(), &event));
                if !case.verbs().contains(&act.verb.word()) {
                    must("declined NOT_IN_THIS_STATE", outcome(&mut desk.clone(), &tried.event));
                }
            }
            What::Message(received) if matches!(received.body.form, Form::PeerNotice(_)) => {
                assert_eq!(outcome(&mut desk.clone(), &event), "refused BAD_CONTENT");
            }
            _ => {}
        }
    }
    seen
}

#[test]
fn what_holds_in_every_state_does() {
    let story = story::tell();
    let mut seen = BTreeSet::new();
    for role in [IN, OUT] {
        let trials = Trials::new(role, &story);
        for desk in OBSERVED[role].samples.values() {
            seen.extend(every_rule(desk, &story, &trials));
        }
    }
    let stated: BTreeSet<String> = table::EVERYWHERE.iter().map(|(_, answer)| (*answer).to_owned()).collect();
    assert_eq!(seen, stated);
}
