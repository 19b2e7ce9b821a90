//! Every event that can be tried on a case as it stands, made for that very case: in order, of its versions, with the
//! receipts of what it really sent. New messages of the moves desk come in by themselves.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiexu::domain::act::{Act, Verb, Why};
use jiexu::domain::case::table::{self, Cause};
use jiexu::domain::case::{Case, Outgoing, Side};
use jiexu::domain::changes::Changes;
use jiexu::domain::deadlines::Clock;
use jiexu::domain::event::{Event, PeriodsEntry, StatementLine, What};
use jiexu::domain::forms::FundsDisposition;
use jiexu::domain::ids::{BankTxnNo, MessageId, SheetNo};
use jiexu::domain::message::{Body, Form, Kind};
use jiexu::domain::money::{Balance, Fen};
use jiexu::domain::register::RelationStatus;
use jiexu::domain::steps::{Steps, Way};
use jiexu::domain::time::Moment;

use uuid::Uuid;

use super::corrected;
use crate::moves::desk::{self, Desk, IN, OUT};
use crate::moves::events;
use crate::moves::story::{BACK, DIES, Story};
use crate::support::clerk::verb;
use crate::support::people::{account_of, name_of};
use crate::support::world::START;

/// Half a year later: every clock that still runs is overdue.
const LATE: i64 = 180 * 24 * 3_600 * 1_000_000;
const CLERKS: [&str; 2] = ["test", "another"];

const HERE: &str = "an application here, of a third agency";

/// Of no case here.
const OTHER_SHEET: &str = "X-S1";

/// One event, ready for one desk.
pub struct Try {
    pub name: String,
    pub cause: Cause,
    pub event: Event,
    /// Whether a road may go on from here: what only repeats or disturbs is tried, and led no further.
    pub leads_on: bool,
    /// It happens to another case of the same person, and the story's is only looked at again.
    pub is_beside: bool,
}

/// What one role can meet, beside what the desk's own records say.
pub struct Trials {
    role: usize,
    bodies: Vec<(String, Body)>,
    local: Vec<(String, What)>,
}

fn is_tried_another_way(name: &str, what: &What) -> bool {
    let Some(body) = body_of(what) else {
        return matches!(what, What::Act(_) | What::Chase { .. });
    };
    name.ends_with("before its predecessor")
        || matches!(body.form, Form::Receipt(_) | Form::Refusal(_) | Form::PeerNotice(_))
}

fn body_of(what: &What) -> Option<&Body> {
    if let What::Message(received) = what { Some(&received.body) } else { None }
}

impl Trials {
    pub fn new(role: usize, story: &Story) -> Trials {
        let all = events(role, story).into_iter().filter(|(name, what)| !is_tried_another_way(name, what));
        let (messages, mut local): (Vec<_>, Vec<_>) = all.partition(|(_, what)| body_of(what).is_some());
        let mut bodies: Vec<(String, Body)> =
            messages.iter().filter_map(|(name, what)| Some((name.clone(), body_of(what)?.clone()))).collect();
        // What the other side takes comes here, too, if only by mistake.
        for (name, body) in story.bodies(1 - role) {
            let kind = body.form.kind();
            if bodies.iter().all(|(_, known)| known.form.kind() != kind) && !is_answer(kind) {
                bodies.push(((*name).to_owned(), body.clone()));
            }
        }
        bodies.extend(bodies.iter().flat_map(|(name, body)| altered(name, body)).collect::<Vec<_>>());
        let template = story.bodies(role)[0].1.clone();
        bodies.push(("PeerNotice".to_owned(), Body { form: events::peer_notice(), ..template.clone() }));
        let cent = local.iter().find_map(|(_, what)| {
            let What::Statement(line) = what else { return None };
            let bank_txn_no = BankTxnNo::new("T9").expect("a number");
            (role == IN).then(|| What::Statement(StatementLine { bank_txn_no, amount: Balance(1), ..line.clone() }))
        });
        local.extend(cent.map(|cent| ("bank line of 0.01".to_owned(), cent)));
        local.extend(registers(role));
        if role == OUT {
            local.push(("an application to ourselves".to_owned(), events::apply(7)));
            local.push((HERE.to_owned(), events::apply_here(8)));
        }
        Trials { role, bodies, local }
    }

    /// Kinds that can move a case; receipts and refusals are made for what was sent.
    pub fn kinds(&self) -> BTreeSet<&'static str> {
        let bodies = self.bodies.iter().filter(|(_, body)| !matches!(body.form, Form::PeerNotice(_)));
        bodies.map(|(_, body)| body.form.kind().word()).chain(["Receipt", "Refusal"]).collect()
    }

    /// Every event on this desk; `step` keeps the ids of one road apart.
    pub fn on(&self, desk: &Desk, story: &Story, step: usize) -> Vec<Try> {
        let case = desk.known().case(story.case);
        let mut all = Vec::new();
        for (number, (name, body)) in self.bodies.iter().enumerate() {
            let mut body = body.clone();
            if let Some(case) = case {
                body.case_sequence = case.heard + 1;
                of_its_sheet(&mut body.form, case);
                of_the_next_version(&mut body.form, case);
                // Before there is a letter nobody names its number.
                body.letter_no = body.letter_no.filter(|_| case.said_letter_no().is_some() || is_letter(&body.form));
            }
            let cause = Cause::Message(body.form.kind());
            all.push(ready(name, cause, desk::message(1 - self.role, step * 1_000 + number, body), true));
        }
        for (number, (name, body)) in answers(desk, story).into_iter().enumerate() {
            let cause = Cause::Message(body.form.kind());
            all.push(ready(&name, cause, desk::message(1 - self.role, step * 1_000 + 500 + number, body), true));
        }
        for (name, what) in &self.local {
            // A death is gone after where something would still be paid, or a letter waits; another case where there is none.
            let leads_on = match name.as_str() {
                BACK => false,
                DIES => case.is_some_and(|case| case.money() == Some("FROZEN") || waits_for_another(case)),
                HERE => case.is_none(),
                _ => true,
            };
            all.push(ready(name, Cause::Local(what.word()), what.clone(), leads_on));
        }
        if let Some(case) = case {
            all.extend(corrected::tries(case, story, self.role, step));
        }
        all.extend(decisions(desk, story));
        all.extend(events::end_of_the_other(desk, story.case, step).map(|what| {
            let cause = Cause::Message(Kind::LetterReturn);
            Try { is_beside: true, ..ready("the earlier transfer ends", cause, what, true) }
        }));
        let since = START.china_date();
        let what = What::Chase { case: story.case, clock: Clock::Outgoing, since, stage: 0 };
        all.push(ready("T1 today", Cause::Local(what.word()), what, false));
        if let Some(case) = case {
            for deadline in &case.deadlines {
                let (clock, since, stage) = (deadline.clock, deadline.started_on, deadline.chased);
                let what = What::Chase { case: case.id, clock, since, stage };
                let mut overdue = ready(deadline.clock.code(), Cause::Local(what.word()), what, false);
                overdue.event.at = Moment(overdue.event.at.0 + LATE);
                all.push(overdue);
            }
        }
        all
    }
}

fn waits_for_another(case: &Case) -> bool {
    matches!(&case.side, Side::Outgoing(Outgoing::Checking(checking)) if checking.after.is_some())
}

/// A sheet that was made again has another number than the story's.
fn of_its_sheet(form: &mut Form, case: &Case) {
    let Side::Outgoing(outgoing) = &case.side else { return };
    let Some(sheet) = outgoing.sheet() else { return };
    let named = match form {
        Form::CompletionNotice(notice) => &mut notice.sheet_no,
        Form::SheetObjection(objection) => &mut objection.sheet_no,
        _ => return,
    };
    if named.as_str() != OTHER_SHEET {
        *named = sheet.sheet_no.clone();
    }
}

/// A sheet that is to be the next of its case, whichever that is.
const NEXT: u32 = 99;

fn of_the_next_version(form: &mut Form, case: &Case) {
    let (Form::InformationSheet(sheet), Side::Incoming(incoming)) = (form, &case.side) else { return };
    let Some(known) = incoming.sheet().filter(|_| sheet.version == NEXT) else { return };
    Arc::make_mut(sheet).version = known.version + 1;
}

fn is_letter(form: &Form) -> bool {
    matches!(form, Form::ContactLetter(_))
}

fn is_answer(kind: Kind) -> bool {
    matches!(kind, Kind::Receipt | Kind::Refusal)
}

pub fn ready(name: &str, cause: Cause, what: What, leads_on: bool) -> Try {
    let event = Event { at: START, actor: CLERKS[0].into(), digest: desk::digest(&what, name), what };
    Try { name: name.to_owned(), cause, event, leads_on, is_beside: false }
}

/// The same message with something else wrong, or without money.
fn altered(name: &str, body: &Body) -> Vec<(String, Body)> {
    let other_sheet = SheetNo::new(OTHER_SHEET).expect("a sheet no.");
    let mut all = Vec::new();
    let mut with = |how: &str, change: &dyn Fn(&mut Form)| {
        let mut other = body.clone();
        change(&mut other.form);
        all.push((format!("{name} {how}"), other));
    };
    match (&body.form, name) {
        (Form::InformationSheet(_), "InformationSheet") => {
            with("that does not add up", &|form| {
                let Form::InformationSheet(sheet) = form else { return };
                Arc::make_mut(sheet).months.actual += 1;
            });
            with("of the next version for another person", &|form| {
                let Form::InformationSheet(sheet) = form else { return };
                let sheet = Arc::make_mut(sheet);
                (sheet.version, sheet.person.name) = (NEXT, name_of(77));
            });
            for (how, fen) in [("of the next version", 4_000), ("over more", 5_000), ("over less", 3_000)] {
                with(how, &|form| {
                    let Form::InformationSheet(sheet) = form else { return };
                    let sheet = Arc::make_mut(sheet);
                    (sheet.version, sheet.amount) = (NEXT, Fen::new(fen));
                });
            }
            with("of the next version without an account", &|form| {
                let Form::InformationSheet(sheet) = form else { return };
                let sheet = Arc::make_mut(sheet);
                (sheet.version, sheet.disposition) = (NEXT, FundsDisposition::NoAccount);
                (sheet.amount, sheet.payer) = (None, None);
            });
            with("of the next version that does not add up", &|form| {
                let Form::InformationSheet(sheet) = form else { return };
                let sheet = Arc::make_mut(sheet);
                sheet.version = NEXT;
                sheet.months.actual += 1;
            });
        }
        (Form::InformationSheet(_), "InformationSheet without money") => with("of the next version", &|form| {
            let Form::InformationSheet(sheet) = form else { return };
            Arc::make_mut(sheet).version = NEXT;
        }),
        (Form::ContactLetter(_), "ContactLetter") => with("with another payee", &|form| {
            let Form::ContactLetter(letter) = form else { return };
            Arc::make_mut(letter).payee = Some(account_of("000000"));
        }),
        (Form::SheetObjection(_), _) => with("to another sheet", &|form| {
            let Form::SheetObjection(objection) = form else { return };
            objection.sheet_no = other_sheet.clone();
        }),
        (Form::CompletionNotice(_), "CompletionNotice") => {
            with("of the next sheet", &|form| {
                let Form::CompletionNotice(notice) = form else { return };
                notice.sheet_version = 2;
            });
            with("of another sheet", &|form| {
                let Form::CompletionNotice(notice) = form else { return };
                notice.sheet_no = other_sheet.clone();
            });
            with("without money", &|form| {
                let Form::CompletionNotice(notice) = form else { return };
                notice.amount_credited = None;
            });
        }
        _ => {}
    }
    all
}

/// The register says otherwise than before.
fn registers(role: usize) -> Vec<(String, What)> {
    let mut all = Vec::new();
    for status in [RelationStatus::Active, RelationStatus::Stopped] {
        for (_, what) in events::register(role, status, 0) {
            let empty = match &what {
                What::Periods(entry) => Some(PeriodsEntry { periods: Vec::new(), ..entry.clone() }),
                _ => None,
            };
            all.push((format!("{} {status:?}", what.word()), what));
            all.extend(empty.map(|entry| ("no periods".to_owned(), What::Periods(entry))));
        }
    }
    all
}

/// Receipts and refusals of what this desk sent for the case and nobody has answered yet.
fn answers(desk: &Desk, story: &Story) -> Vec<(String, Body)> {
    let mut sent: Vec<_> = desk.known().outbox.iter().filter(|(_, sent)| sent.case == Some(story.case)).collect();
    sent.sort_by_key(|(id, _)| **id);
    let open = sent.into_iter().filter(|(_, sent)| !sent.closed && !is_answer(sent.kind));
    let stranger = MessageId(Uuid::from_u128(9));
    let mut all = vec![
        ("receipt of nothing".to_owned(), events::receipt_of(stranger, false)),
        ("refusal of nothing".to_owned(), events::refusal(stranger)),
    ];
    all.extend(open.flat_map(|(id, sent)| {
        let kind = sent.kind.word();
        [
            (format!("receipt of {kind}"), events::receipt_of(*id, false)),
            (format!("receipt of {kind}, refused"), events::receipt_of(*id, true)),
            (format!("refusal of {kind}"), events::refusal(*id)),
        ]
    }));
    all
}

/// Everything a person may try, by each of two clerks where it matters.
fn decisions(desk: &Desk, story: &Story) -> Vec<Try> {
    let version = desk.known().case(story.case).map_or(0, |case| case.version);
    let waiting: Vec<BankTxnNo> =
        desk.known().lines.values().filter(|line| line.waits()).map(|line| line.line.bank_txn_no.clone()).collect();
    let mut all = Vec::new();
    for word in table::verbs().into_iter().chain([
        "amend_identity",
        "amend_payee",
        "correct_up",
        "correct_down",
        "correct_to_nothing",
    ]) {
        let what = |verb| Act { case: story.case, version, verb, reason: Why("核实".into()) };
        let asked = match verb(word).expect("a verb") {
            Verb::Match { .. } if !waiting.is_empty() => Verb::Match { txns: waiting.clone() },
            Verb::SendBack { .. } if !waiting.is_empty() => Verb::SendBack { txns: waiting.clone() },
            verb => verb,
        };
        for clerk in CLERKS {
            let mut act = ready(word, Cause::Act(asked.word()), What::Act(what(asked.clone())), true);
            act.event.actor = clerk.into();
            all.push(act);
        }
    }
    all
}

/// A person releases the merge, and nothing else.
pub fn merge_alone() -> Steps {
    Steps { merge: Way::Review, ..Steps::default() }
}

/// What the register holds before the first event, with what its import booked: one road's beginning each.
pub fn beginnings(role: usize) -> Vec<(Desk, Vec<Changes>)> {
    let (status, balances): (_, &[i64]) =
        if role == OUT { (RelationStatus::Stopped, &[4_000, 0]) } else { (RelationStatus::Active, &[0]) };
    let beginning = |(mut desk, balance): (Desk, i64)| {
        let rows = events::register(role, status, balance).into_iter();
        let imported = rows.map(|(name, what)| desk.decide(&ready(&name, Cause::Local(what.word()), what, true).event));
        let imported = imported.collect();
        (desk, imported)
    };
    // An agency that takes every step by itself, one in which a person releases each, and one with the merge alone: what a
    // release leads to depends on the steps after it.
    let mut desks = vec![Desk::new(role), Desk::reviewing(role)];
    desks.extend((role == IN).then(|| Desk::with_steps(role, merge_alone())));
    desks.iter().flat_map(|desk| balances.iter().map(move |balance| (desk.clone(), *balance))).map(beginning).collect()
}
