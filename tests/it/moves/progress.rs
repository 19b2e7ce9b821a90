//! Every state of both machines in public words, and every milestone on the road to it, by real decisions.

use std::collections::BTreeSet;

use jiexu::domain::case::Case;
use jiexu::domain::decide::decide;
use jiexu::domain::event::Event;
use jiexu::domain::notice::{Addressee, Milestone, text};
use jiexu::domain::progress::{Passed, Progress, Stage, State, progress};
use jiexu::domain::words;

use super::desk::{self, IN, OUT};
use super::story::{self, Reached};

/// A state of each role with its progress, by the road that a real case takes.
fn told() -> Vec<(usize, &'static str, Case, Progress)> {
    let story = story::tell();
    let reached = [IN, OUT].into_iter().flat_map(|role| story.states(role).into_iter().map(move |state| (role, state)));
    reached.filter_map(|(role, state)| tell(&state).map(|(case, told)| (role, state.after, case, told))).collect()
}

fn tell(state: &Reached) -> Option<(Case, Progress)> {
    let case = state.case()?;
    let passed = |case: &Case| Passed {
        on: case.changed_at.china_date(),
        relation: case.relation().to_owned(),
        money: case.money().map(str::to_owned),
    };
    let history: Vec<Passed> = state.replay().steps.iter().map(passed).collect();
    let told = progress(&case, &history);
    Some((case, told))
}

/// Words that only people of the agency know, and codes.
fn is_jargon(text: &str) -> bool {
    let internal =
        ["T1", "T2", "T3", "T4", "轨道", "持球", "暂挂", "死信", "track", "ledger", "suspense", "ball", "receipt"];
    let code = |word: &str| word.len() > 2 && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
    internal.iter().any(|word| text.contains(word)) || text.split(|c: char| !c.is_ascii_graphic()).any(code)
}

#[test]
fn no_state_of_either_machine_is_without_public_words() {
    let told = told();
    let seen: BTreeSet<(usize, &str)> = told.iter().map(|(role, _, case, _)| (*role, case.relation())).collect();
    for (role, table) in [(IN, words::INCOMING_RELATION), (OUT, words::OUTGOING_RELATION)] {
        for word in table {
            assert!(seen.contains(&(role, word.code)), "no road leads to {}", word.code);
        }
    }
    for (_, after, case, progress) in told {
        let state = format!("{} after {after}", case.relation());
        let awaited = progress.awaited.iter().flat_map(|awaited| [&awaited.what, &awaited.from_name]);
        let why = progress.why.iter().flat_map(|why| [&why.reason, &why.can_do]);
        for said in awaited.chain(why).chain([&progress.now]) {
            assert!(!said.zh.is_empty() && !said.en.is_empty(), "{state}: {said:?}");
            assert!(!is_jargon(&said.zh) && !is_jargon(&said.en), "{state}: {said:?}");
            assert!(said.en.is_ascii() && !said.zh.is_ascii(), "{state}: {said:?}");
            assert!(!said.zh.contains(|c: char| c.is_ascii_digit()), "{state} names a sum: {said:?}");
        }
    }
}

#[test]
fn the_five_steps_are_done_current_or_to_come_in_this_order_with_a_day_where_they_were_reached() {
    for (_, after, case, progress) in told() {
        let state = format!("{} after {after}", case.relation());
        let states = progress.steps.each_ref().map(|step| step.state);
        assert_eq!(progress.steps.each_ref().map(|step| step.step), Stage::ALL, "{state}");
        assert_eq!(states[0], State::Done, "{state}: an application is always there");
        assert!(states.is_sorted_by_key(|state| *state as u8), "{state}: {states:?}");
        let current = states.iter().filter(|state| **state == State::Current).count();
        assert_eq!(current, usize::from(progress.awaited.is_some()), "{state}: waits somewhere, or has ended");
        assert_eq!(states[4] == State::Done, case.relation() == "COMPLETED", "{state}");
        let waits = case.is_open() || case.relation() == "RETURNED";
        assert!(waits || progress.awaited.is_none(), "{state}: nothing is awaited in a closed case");
        for step in &progress.steps {
            let is_reached = matches!(step.state, State::Done | State::Current);
            assert_eq!(step.on.is_some(), is_reached, "{state}: {step:?}");
        }
    }
}

#[test]
fn who_was_turned_down_hears_why_and_what_helps_and_a_sum_is_told_once_credited() {
    for (role, after, case, progress) in told() {
        let state = format!("{} after {after}", case.relation());
        let has_why = matches!(case.relation(), "REJECTED" | "LETTER_RETURNED" | "CLOSED" | "RETURNED" | "CANCELLED");
        assert_eq!(!progress.why.is_empty(), has_why, "{state}");
        let credited = role == IN && case.money() == Some("CREDITED");
        assert_eq!(progress.credited.is_some(), credited, "{state}");
        assert_eq!(progress.credited_on.is_some(), credited, "{state}");
    }
}

#[test]
fn every_milestone_is_reached_once_on_its_road_and_says_something_to_each_addressee() {
    let story = story::tell();
    let mut seen = BTreeSet::new();
    for role in [IN, OUT] {
        for (name, what) in super::events(role, &story) {
            for state in story.states(role) {
                let mut desk = state.replay();
                let (told, id) = (desk.told.clone(), desk.case().map(|case| case.id));
                let what = super::seen_now(what.clone(), desk.case());
                let event = Event { at: desk.now(), actor: "test".into(), digest: desk::digest(&what, &name), what };
                let (known, mint, site) = desk.parts(&event.what);
                let changes = decide(&event, known, &site.rules(&site.calendar()), mint);
                for notice in changes.notices {
                    let again = Some(notice.case) == id && told.contains(&(notice.milestone, notice.round));
                    assert!(!again, "{name} after {}: {:?} is told again", state.after, notice.milestone);
                    let case = known.case(notice.case).expect("the case that stepped");
                    for to in [Addressee::Person, Addressee::Employer] {
                        let text = text(notice.milestone, notice.reason, case, to);
                        assert!(!is_jargon(&text) && text.ends_with('。'), "{text}");
                        assert_eq!(text.contains('您'), to == Addressee::Person || text.contains("联系您"), "{text}");
                    }
                    seen.insert(notice.milestone);
                }
            }
        }
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), Milestone::ALL, "every milestone is somewhere reached");
}
