//! Goes from state to state by the real `decide` until nothing new is found, and notes what it sees.

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};

use jiexu::domain::case::incoming::Relation;
use jiexu::domain::case::outgoing::{Funds, Heard, PayoutStage};
use jiexu::domain::case::table::{self, Answer, Cause, NONE, ROLES, Track};
use jiexu::domain::case::{Case, Incoming, Outgoing, Side};
use jiexu::domain::changes::{Changes, Outcome};
use jiexu::domain::matching::{Line, LineState};
use jiexu::domain::money::Fen;
use jiexu::domain::reference;
use jiexu::domain::register::RelationStatus;
use jiexu::domain::steps::Steps;

use super::try_all::{Trials, beginnings, merge_alone};
use crate::moves::desk::Desk;
use crate::moves::story::Story;
use crate::support::people::document_of;

/// From a state, by a cause, so was it answered; with the event that showed it first.
pub type Seen = BTreeMap<(String, String, String), String>;

/// What was seen of one role.
#[derive(Default)]
pub struct Observed {
    pub relation: Seen,
    pub money: Seen,
    /// Relation and money as they stand together, and who then holds the ball.
    pub stands: BTreeSet<(String, String, String)>,
    /// What a person may decide in a state of the relation track.
    pub verbs: BTreeMap<String, BTreeSet<String>>,
    /// Stands of both tracks that some event leaves.
    pub left: BTreeSet<(String, String)>,
    /// Kinds of messages that the moves desk can write.
    pub bodies: BTreeSet<&'static str>,
    /// One desk for each stand, for what holds in every state.
    pub samples: BTreeMap<(String, String), Desk>,
}

pub fn state(case: Option<&Case>) -> (String, String) {
    let relation = case.map_or(NONE, Case::relation);
    let money = case.and_then(Case::money).unwrap_or(NONE);
    (relation.to_owned(), money.to_owned())
}

pub fn answer_word(answer: &Answer) -> String {
    match answer {
        Answer::To(state) => format!("to {state}"),
        Answer::Stays => "stays".into(),
        Answer::Early => "early".into(),
        Answer::Refused(code) => format!("refused {}", code.code()),
        Answer::Declined(code) => format!("declined {code}"),
    }
}

/// What an outcome says of one track; a duplicate says nothing, for it repeats what was said.
fn outcome_word(before: &str, after: &str, changes: &Changes) -> Option<String> {
    Some(match &changes.outcome {
        Outcome::Applied if before == after => "stays".into(),
        Outcome::Applied => format!("to {after}"),
        Outcome::Early => "early".into(),
        Outcome::Duplicate => return None,
        Outcome::Conflict => "conflict".into(),
        Outcome::Refused(code) => format!("refused {}", code.code()),
        Outcome::Declined(declined) => format!("declined {}", declined.code),
    })
}

/// What of a desk decides how the case goes on; two desks alike in this need to be looked at once only.
fn mark(desk: &Desk, story: &Story) -> String {
    let known = desk.known();
    let case = known.case(story.case);
    let side = case.map(|case| match &case.side {
        Side::Incoming(incoming) => {
            let sheet = incoming.sheet().map(|sheet| sheet.check(sheet.issued_on).is_ok());
            format!("{} {:?} {:?}", incoming.relation(), incoming.return_code(), sheet)
        }
        Side::Outgoing(outgoing) => {
            let objected = match outgoing {
                Outgoing::Issued(issued) => {
                    let heard = match &issued.funds {
                        Funds::RemitFailed(failed) => Some((failed.how, failed.heard)),
                        Funds::PayoutFailed(failed) => Some((failed.how, Heard::Taken)),
                        _ => None,
                    };
                    let attempt = issued.funds.payment().map(|payment| payment.attempt);
                    let coming = issued.coming_back.is_some() || issued.completion.is_some();
                    Some((coming, issued.receipted, issued.objection.is_some(), heard, attempt))
                }
                Outgoing::Payout(payout) => {
                    let failed = match &payout.stage {
                        PayoutStage::Failed(failed) => Some((failed.how, Heard::Taken)),
                        _ => None,
                    };
                    Some((false, false, false, failed, outgoing.payment().map(|payment| payment.attempt)))
                }
                _ => None,
            };
            let sheet = outgoing.sheet().map(|sheet| sheet.disposition);
            let payee = outgoing.letter().and_then(|letter| letter.payee.as_ref()).map(|payee| payee.number.clone());
            let version = outgoing.letter().map(|letter| letter.version);
            format!("{} {objected:?} {sheet:?} {version:?} {payee:?}", outgoing.relation())
        }
    });
    let document = document_of(1);
    let person = known.subject(&document).0.into_iter().next();
    let register = person.map(|known| (known.person.status, known.periods.is_empty(), known.balance.0 > 0));
    let held = known.lines.values().filter(|line| matches!(line.state, LineState::Unmatched { .. }));
    let right = |line: &&Line| line.line.payer_name.starts_with("测试");
    let (right, wrong): (Vec<&Line>, Vec<&Line>) = held.partition(right);
    // Nothing, all of the 40.00, or another sum.
    let sum = right.iter().map(|line| line.line.amount.0).sum::<i64>();
    let lines = (sum != 0, sum == 4_000, wrong.is_empty());
    let proposed = case.and_then(|case| case.proposal.as_ref()).map(|proposal| format!("{:?}", proposal.verb));
    let surplus = case.is_some_and(|case| !case.surplus.is_empty());
    let holder = case.map(Case::holder);
    let state = state(case);
    // A death after the relation has left matters as long as nothing is paid.
    let died = person.is_some_and(|known| known.person.died_on.is_some()) && state.1 == "FROZEN";
    let earlier = known.cases().any(|case| case.id != story.case && case.role() == "incoming" && case.holds_person());
    let waits = case.map(|case| matches!(&case.side, Side::Outgoing(Outgoing::Checking(it)) if it.after.is_some()));
    let beside = (died, earlier, waits);
    let review = (desk.reviewed(), case.and_then(|case| case.review));
    let is_back = |line: &&Line| line.line.payment_ref.as_ref().is_some_and(reference::is_giving_back);
    let back = known.lines.values().filter(|line| line.waits()).any(|line| is_back(&line));
    if let Some(corrected) = case.and_then(corrected) {
        // What surrounds a corrected case was looked at before the correction: only what decides its own road is told apart.
        let is_incoming = case.is_some_and(|case| case.role() == "incoming");
        let of_register = |known: (RelationStatus, bool, bool)| {
            if is_incoming { known.0 == RelationStatus::Active } else { known.1 }
        };
        let (register, lines) = (register.map(of_register), (lines.0, lines.1));
        return format!(
            "{beside:?} {state:?} {corrected} {holder:?} {proposed:?} {register:?} {lines:?} {back} {review:?}"
        );
    }
    format!("{beside:?} {state:?} {side:?} {holder:?} {proposed:?} {surplus} {register:?} {lines:?} {review:?}")
}

/// Of a case whose sheet was corrected: what leads it on.
fn corrected(case: &Case) -> Option<String> {
    match &case.side {
        Side::Incoming(incoming) => {
            let sheet = incoming.sheet().filter(|sheet| sheet.version > 1)?;
            let is_sound = sheet.check(sheet.issued_on).is_ok();
            let Incoming::Sheeted(sheeted) = incoming else { return Some(format!("{is_sound}")) };
            let difference = sheet.amount.map_or(0, Fen::get).cmp(&sheeted.announced());
            let is_merged = matches!(sheeted.relation, Relation::Merged(_));
            let more = sheeted.supplements.last().map(|kept| kept.returned);
            Some(format!("{is_sound} {is_merged} {difference:?} {} {more:?}", sheeted.next_ordinal() > 1))
        }
        Side::Outgoing(outgoing) => {
            let sheet = outgoing.sheet().filter(|sheet| sheet.version > 1)?;
            let Outgoing::Issued(issued) = outgoing else { return Some(String::new()) };
            let heard = match &issued.funds {
                Funds::RemitFailed(failed) => Some(failed.heard),
                _ => None,
            };
            let (coming, receipted) = (issued.coming_back.is_some(), issued.receipted);
            Some(format!("{:?} {coming} {receipted} {heard:?}", sheet.disposition))
        }
    }
}

/// Before there is a case only what opens one, or is in the register, leads on; from an end only the receipt that closes
/// it. Money that comes before the sheet is met again after it.
fn leads_on(role: usize, (relation, money): &(String, String), cause: Cause) -> bool {
    match cause.word() {
        "application" | "payout_open" | "ContactLetter" | "register" | "periods" if relation == NONE => true,
        _ if relation == NONE => false,
        "Receipt" => true,
        "statement" if money == NONE => false,
        // 办结后更正
        _ if relation == "COMPLETED" || relation == "PAID_OUT" => true,
        _ => !table::is_terminal(role_word(role), Track::Relation, relation),
    }
}

/// The word of a place of the desks.
pub fn role_word(role: usize) -> &'static str {
    ROLES[1 - role]
}

/// Every state that can be reached, and every event in each of them.
pub fn explore(role: usize, story: &Story) -> Observed {
    let trials = Trials::new(role, story);
    let mut observed = Observed { bodies: trials.kinds(), ..Observed::default() };
    let mut met: HashSet<String> = HashSet::new();
    let mut waiting: VecDeque<(Desk, usize)> = VecDeque::new();
    for (desk, _) in beginnings(role) {
        if met.insert(mark(&desk, story)) {
            waiting.push_back((desk, 1));
        }
    }
    while let Some((desk, step)) = waiting.pop_front() {
        let case = desk.known().case(story.case);
        let before = state(case);
        if let Some(case) = case {
            let holder = case.holder().word().to_owned();
            observed.stands.insert((before.0.clone(), before.1.clone(), holder));
        }
        observed.samples.entry(before.clone()).or_insert_with(|| desk.clone());
        let may = observed.verbs.entry(before.0.clone()).or_default();
        may.extend(case.map(Case::decisions).unwrap_or_default().into_iter().map(str::to_owned));
        // What a release leads to is seen before and right after a correction; the rest of that road is as without review.
        let is_over = |case: &Case| case.review.is_none() && corrected(case).is_some();
        let is_short = desk.reviewed() == merge_alone() && !matches!(before.0.as_str(), NONE | "LETTER_SENT");
        let ends_here = is_short || (desk.reviewed() != Steps::default() && case.is_some_and(is_over));
        for tried in trials.on(&desk, story, step) {
            let mut next = desk.clone();
            let changes = next.decide(&tried.event);
            // The road behind is not asked for here, and is copied with every try.
            next.steps.clear();
            let after = state(next.known().case(story.case));
            if after != before && !tried.is_beside {
                observed.left.insert(before.clone());
            }
            let cause = tried.cause.word().to_owned();
            for (seen, from, to) in
                [(&mut observed.relation, &before.0, &after.0), (&mut observed.money, &before.1, &after.1)]
            {
                if let Some(answer) = outcome_word(from, to, &changes).filter(|_| !tried.is_beside) {
                    seen.entry((from.clone(), cause.clone(), answer)).or_insert_with(|| tried.name.clone());
                }
            }
            if tried.leads_on
                && !ends_here
                && leads_on(role, &before, tried.cause)
                && changes.outcome == Outcome::Applied
                && met.insert(mark(&next, story))
            {
                waiting.push_back((next, step + 1));
            }
        }
    }
    observed
}
