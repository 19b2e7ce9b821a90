//! Every event in every state, printed for a clerk: `moves.snapshot.txt` is the page to go through with somebody from an
//! agency. The states are reached by the real `decide`; on every row the promises of the machine are checked.
//!
//! `JIEXU_BLESS=1` writes the page anew.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use jiexu::domain::act::{Act, Verb, Why};
use jiexu::domain::case::{Case, table};
use jiexu::domain::changes::{Changes, Outcome};
use jiexu::domain::deadlines::Clock;
use jiexu::domain::decide::decide;
use jiexu::domain::event::{Event, What};
use jiexu::domain::ledger::Side;
use jiexu::domain::message::{Body, Form};

use crate::support::clerk::verb;
use desk::{IN, OUT};
use story::Story;

pub mod desk;
pub mod events;
mod progress;
pub mod story;

/// States in which nothing more may move (in this release).
const TERMINAL: &[&str] = &["REJECTED", "CLOSED", "COMPLETED", "CANCELLED", "PAID_OUT", "PAYOUT_WITHDRAWN"];
/// How far a relation is; it never goes back.
const ROAD: &[&str] = &[
    "-",
    "APPLIED",
    "HANDED_OVER",
    "REJECTED",
    "CHECKING",
    "LETTER_SENT",
    "OUTGOING_WORKING",
    "LETTER_RETURNED",
    "CANCELLING",
    "CLOSED",
    "RETURNED",
    "SHEET_ISSUED",
    "SHEET_RECEIVED",
    "SHEET_DISPUTED",
    "RELATION_MERGED",
    "AWAITING_COMPLETION",
    "COMPLETED",
    "REOPENED",
    "CANCELLED",
    "PAYOUT_OPENED",
    "PAYING_OUT",
    "PAID_OUT",
    "PAYOUT_WITHDRAWN",
];

/// Everything a clerk may decide or write.
pub const VERBS: [&str; 29] = [
    "release",
    "reject",
    "payout",
    "recheck",
    "return",
    "issue",
    "correct",
    "correct_up",
    "correct_down",
    "reverse",
    "accept",
    "object",
    "amend",
    "amend_identity",
    "amend_payee",
    "close",
    "cancel",
    "confirm",
    "withdraw",
    "credit",
    "resend",
    "send-back",
    "match",
    "remind",
    "delay",
    "ask",
    "answer",
    "query",
    "noted",
];

fn road(relation: &str) -> usize {
    ROAD.iter().position(|word| *word == relation).expect("a known relation")
}

fn state(case: Option<&Case>) -> (String, String) {
    case.map_or(("-".into(), "-".into()), |case| (case.relation().into(), case.money().unwrap_or("-").into()))
}

/// What the event did, in a clerk's words.
fn verdict(before: &(String, String), after: &(String, String), changes: &Changes) -> String {
    let moved = if before == after { "stays".to_owned() } else { format!("{} {}", after.0, after.1) };
    let mut text = match &changes.outcome {
        Outcome::Applied => moved,
        Outcome::Early => "early: waits for its predecessor".to_owned(),
        Outcome::Duplicate => "duplicate: answered again".to_owned(),
        Outcome::Conflict => "conflict: refused, evidence kept".to_owned(),
        Outcome::Refused(code) => format!("refused {}", code.code()),
        Outcome::Declined(declined) => format!("declined {}", declined.code),
    };
    for draft in &changes.drafts {
        if !matches!(draft.body.form, Form::Refusal(_)) {
            let _ = write!(text, ", sends {}", draft.body.form.kind().word());
        }
    }
    for task in &changes.tasks {
        let _ = write!(text, ", {} task {}", if task.open { "opens" } else { "closes" }, task.kind);
    }
    for posting in &changes.postings {
        let _ = write!(text, ", books {}", posting.key.split('/').next().unwrap_or(""));
    }
    text
}

/// What must hold whatever happened.
pub fn promises(row: &str, before: &(String, String), after: &(String, String), changes: &Changes) {
    let is_reopened = table::opens_again(&before.0, &after.0);
    if TERMINAL.contains(&before.0.as_str()) && !is_reopened {
        assert_eq!(before.0, after.0, "{row}: a terminal state moved");
        let is_corrected = before.0 == "COMPLETED" && matches!(after.1.as_str(), "NOT_EXPECTED" | "CREDITED");
        assert!(before.1 == after.1 || is_corrected, "{row}: terminal money moved");
    }
    // Back only where a letter is amended or a sheet corrected, and where a cancellation was not granted.
    let again = matches!(
        before.0.as_str(),
        "LETTER_RETURNED" | "RETURNED" | "CANCELLING" | "SHEET_DISPUTED" | "REOPENED" | "RELATION_MERGED"
    );
    assert!(
        again || is_reopened || road(&before.0) <= road(&after.0) || after.0 == "CANCELLING",
        "{row}: went back to {}",
        after.0
    );
    for posting in &changes.postings {
        let sum = |side| -> i64 {
            posting.entries().iter().filter(|entry| entry.side == side).map(|entry| entry.fen.get()).sum()
        };
        assert_eq!(sum(Side::Debit), sum(Side::Credit), "{row}: {} is not balanced", posting.key);
        if posting.key.starts_with("credit/") {
            let merged = ["RELATION_MERGED", "COMPLETED", "REOPENED"];
            assert!(merged.contains(&after.0.as_str()), "{row}: credit without merge");
            let credited = ["CREDITED", "EXPECTED", "TO_REVERSE"];
            assert!(credited.contains(&after.1.as_str()), "{row}: credit without match");
        }
    }
    let refused = matches!(changes.outcome, Outcome::Refused(_) | Outcome::Conflict);
    let drafts = changes.drafts.iter().filter(|draft| matches!(draft.body.form, Form::Refusal(_))).count();
    assert!(!refused || drafts == 1 || row.contains("Refusal"), "{row}: a refusal must be answered once");
    if refused {
        assert!(changes.postings.is_empty(), "{row}: a refused message booked something");
    }
}

/// The same message in a version it must not have, for another person, over another amount.
fn variants(body: &Body) -> Vec<(&'static str, Body)> {
    let mut all = vec![("", body.clone())];
    let with = |change: &dyn Fn(&mut Body)| {
        let mut other = body.clone();
        change(&mut other);
        other
    };
    let cent = jiexu::domain::money::Fen::new(1).expect("positive");
    match &body.form {
        Form::ContactLetter(_) => all.push((
            " for another person",
            with(&|body| {
                if let Form::ContactLetter(form) = &mut body.form {
                    Arc::make_mut(form).person.name = crate::support::people::name_of(77);
                }
            }),
        )),
        Form::InformationSheet(_) => {
            all.push((
                " of version 2",
                with(&|body| {
                    if let Form::InformationSheet(form) = &mut body.form {
                        Arc::make_mut(form).version = 2;
                    }
                }),
            ));
            all.push((
                " for another person",
                with(&|body| {
                    if let Form::InformationSheet(form) = &mut body.form {
                        Arc::make_mut(form).person.name = crate::support::people::name_of(77);
                    }
                }),
            ));
        }
        Form::LetterReturn(_) => all.push((
            " of version 2",
            with(&|body| {
                if let Form::LetterReturn(form) = &mut body.form {
                    form.letter_version = 2;
                }
            }),
        )),
        Form::RemittanceNotice(_) => all.push((
            " over another amount",
            with(&|body| {
                if let Form::RemittanceNotice(form) = &mut body.form {
                    form.amount = cent;
                }
            }),
        )),
        Form::FundsReturn(_) => {
            all.push((
                " over another amount",
                with(&|body| {
                    if let Form::FundsReturn(form) = &mut body.form {
                        form.amount = cent;
                    }
                }),
            ));
            all.push((
                " of another payment",
                with(&|body| {
                    if let Form::FundsReturn(form) = &mut body.form {
                        form.payment_ref = None;
                    }
                }),
            ));
        }
        Form::CompletionNotice(_) => all.push((
            " over another amount",
            with(&|body| {
                if let Form::CompletionNotice(form) = &mut body.form {
                    form.amount_credited = Some(cent);
                }
            }),
        )),
        Form::ApplicationNotice(_)
        | Form::SheetObjection(_)
        | Form::Cancellation(_)
        | Form::CancellationReply(_)
        | Form::FundsDiscrepancy(_)
        | Form::Reminder(_)
        | Form::DelayNotice(_)
        | Form::Clarification(_)
        | Form::ProgressQuery(_)
        | Form::ProgressReport(_)
        | Form::PeerNotice(_)
        | Form::Receipt(_)
        | Form::Refusal(_) => {}
    }
    all
}

/// Every event for one role, by name.
pub fn events(role: usize, story: &Story) -> Vec<(String, What)> {
    let mut events: Vec<(String, What)> = Vec::new();
    let sender = 1 - role;
    for (number, (name, body)) in story.bodies(role).iter().enumerate() {
        for (variant, body) in variants(body) {
            let heard = body.case_sequence;
            // In order wherever the case stands, and once out of order.
            events.push((format!("{name}{variant}"), desk::message(sender, number, body.clone())));
            if variant.is_empty() && heard > 0 && !matches!(body.form, Form::ContactLetter(_)) {
                let late = Body { case_sequence: 99, ..body };
                events.push((format!("{name} before its predecessor"), desk::message(sender, 40 + number, late)));
            }
        }
    }
    let notice = Body { form: events::peer_notice(), ..story.bodies(role)[0].1.clone() };
    events.push(("PeerNotice that names a case".into(), desk::message(sender, 30, notice)));
    let notice = Body {
        case_id: None,
        letter_no: None,
        case_sequence: 0,
        form: events::peer_notice(),
        ..story.bodies(role)[0].1.clone()
    };
    events.push(("PeerNotice".into(), desk::message(sender, 31, notice)));
    events.extend(story.local(role));
    for word in VERBS {
        let verb = verb(word).expect("a verb");
        let act = Act { case: story.case, version: 0, verb, reason: Why("核实".into()) };
        events.push((format!("a clerk decides: {word}"), What::Act(act)));
    }
    let late = Act { case: story.case, version: 99, verb: Verb::Close, reason: Why("核实".into()) };
    events.push(("a clerk decides on an old page".into(), What::Act(late)));
    let chase = What::Chase {
        case: story.case,
        clock: Clock::Outgoing,
        since: story.bodies(role)[0].1.sent_at.china_date(),
        stage: 0,
    };
    events.push(("clock T1 asks for nothing yet".into(), chase));
    events
}

/// A person decides on the case as it stands, or on an older version where that is the point.
fn seen_now(what: What, case: Option<&Case>) -> What {
    match (what, case) {
        (What::Act(act), Some(case)) if act.version == 0 => What::Act(Act { version: case.version, ..act }),
        (what, _) => what,
    }
}

fn table() -> String {
    let mut page = String::from(
        "# Every event in every state. Written by tests/it/moves.rs; JIEXU_BLESS=1 writes it anew.\n\
         # state (relation money) | event → what becomes of it\n",
    );
    let story = story::tell();
    for (role, title) in [(IN, "转入地 incoming"), (OUT, "转出地 outgoing")] {
        let _ = write!(page, "\n## {title}\n");
        let mut printed = std::collections::BTreeSet::new();
        for reached in story.states(role) {
            let before = state(reached.case().as_ref());
            if !printed.insert((before.clone(), reached.after)) {
                continue;
            }
            let _ = write!(page, "\n### {} {} (after {})\n", before.0, before.1, reached.after);
            for (name, what) in events(role, &story) {
                let mut desk = reached.replay();
                let what = seen_now(what, desk.case());
                let event = Event { at: desk.now(), actor: "test".into(), digest: desk::digest(&what, &name), what };
                let changes = {
                    let (known, mint, site) = desk.parts(&event.what);
                    decide(&event, known, &site.rules(&site.calendar()), mint)
                };
                let after = state(desk.case());
                let row = format!("{} {} | {name}", before.0, before.1);
                let _ = writeln!(page, "{row} → {}", verdict(&before, &after, &changes));
                promises(&row, &before, &after, &changes);
            }
        }
    }
    page
}

#[test]
fn every_event_in_every_state_does_what_the_page_says() {
    let page = table();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/moves.snapshot.txt");
    if std::env::var_os("JIEXU_BLESS").is_some() {
        std::fs::write(&path, &page).expect("the page is written");
    }
    let known = std::fs::read_to_string(&path).expect("the page is there");
    for (number, (now, then)) in page.lines().zip(known.lines()).enumerate() {
        assert_eq!(now, then, "line {} of moves.snapshot.txt; JIEXU_BLESS=1 accepts", number + 1);
    }
    assert_eq!(page.lines().count(), known.lines().count(), "the page has another length");
}
