//! The two machines as a table (domain.md §5): what moves a case, from where to where, and what is refused. Printed by
//! `jiexu states`. It explains and never decides: the machine is [`crate::domain::decide`], and a test compares the two
//! in both directions.

mod incoming;
mod outgoing;

use super::Holder;
use crate::domain::message::Kind;
use crate::domain::reasons::RefusalCode;
use crate::domain::words::{self, Word};

/// Before there is a case, and on the money track before there is a sheet.
pub const NONE: &str = "-";

pub const ROLES: [&str; 2] = ["incoming", "outgoing"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Track {
    /// 关系
    Relation,
    /// 资金
    Money,
}

impl Track {
    pub const ALL: [Track; 2] = [Track::Relation, Track::Money];

    /// The stable word.
    pub fn word(self) -> &'static str {
        match self {
            Track::Relation => "relation",
            Track::Money => "money",
        }
    }

    pub fn chinese(self) -> &'static str {
        match self {
            Track::Relation => "关系",
            Track::Money => "资金",
        }
    }

    /// The states of this track, with their words.
    pub fn states(self, role: &str) -> &'static [Word] {
        match self {
            Track::Relation => words::relation(role),
            Track::Money => words::money(role),
        }
    }
}

/// What an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// The peer says so.
    Message(Kind),
    /// A person decides so: a word of [`crate::domain::act::Verb`].
    Act(&'static str),
    /// An import or a clock: a word of [`crate::domain::event::What`].
    Local(&'static str),
}

impl Cause {
    /// The stable word.
    pub fn word(self) -> &'static str {
        match self {
            Cause::Message(kind) => kind.word(),
            Cause::Act(word) | Cause::Local(word) => word,
        }
    }

    /// 中文 and English.
    pub fn names(self) -> (&'static str, &'static str) {
        match self {
            Cause::Message(kind) => (kind.chinese(), kind.word()),
            Cause::Act(word) | Cause::Local(word) => {
                words::find(words::EVENTS, word).map_or((word, word), |word| (word.zh, word.en))
            }
        }
    }
}

/// What becomes of an event in a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// The track moves to this state.
    To(&'static str),
    /// Taken; the track stays where it is.
    Stays,
    /// Kept until its predecessor, or our bank, has come.
    Early,
    /// Answered with a `Refusal` of this code.
    Refused(RefusalCode),
    /// A local event, with the stable code.
    Declined(&'static str),
}

impl Answer {
    /// The stable word of the answer, without state or code.
    pub fn word(self) -> &'static str {
        match self {
            Answer::To(_) => "to",
            Answer::Stays => "stays",
            Answer::Early => "early",
            Answer::Refused(_) => "refused",
            Answer::Declined(_) => "declined",
        }
    }

    /// The state it leads to, or the code; empty where there is neither.
    pub fn object(self) -> &'static str {
        match self {
            Answer::To(state) => state,
            Answer::Stays | Answer::Early => "",
            Answer::Refused(code) => code.code(),
            Answer::Declined(code) => code,
        }
    }
}

/// One row: in these states, on this event, so it is answered; `when` tells it from the event's other answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    pub from: &'static [&'static str],
    pub cause: Cause,
    pub answer: Answer,
    pub when: (&'static str, &'static str),
}

const fn row(from: &'static [&'static str], cause: Cause, answer: Answer, when: (&'static str, &'static str)) -> Row {
    Row { from, cause, answer, when }
}

/// States of both tracks that stand together, and who then holds the ball.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stand {
    pub relation: &'static str,
    pub money: &'static [&'static str],
    pub holders: &'static [Holder],
}

/// Kinds that belong to no case: one that names a case is refused in every state.
pub const OUTSIDE: &[Kind] = &[Kind::PeerNotice];

/// Imports and clocks that can meet a case. Export, calendar and recount move none and are not of this table.
pub const LOCAL: &[&str] = &["application", "payout_open", "statement", "register", "periods", "chase", "look_again"];

/// 往来: what a person may write about a case in any state in which the other agency knows of it, with the condition.
/// None of it moves a track.
pub const LETTERS: &[(&str, (&str, &str))] = &[
    ("answer", ("对方有提问", "the other agency asked")),
    ("noted", ("有来函未阅", "there is a letter to read")),
    ("remind", ("对方有应办环节", "something is awaited from the other agency")),
    ("delay", ("本机构有应办环节", "something is awaited from us")),
    ("ask", ("", "")),
    ("query", ("", "")),
];

/// What is answered in every state before the state is asked: the rule in 中文 and English, and the answer.
pub const EVERYWHERE: &[((&str, &str), &str)] = &[
    (("同一消息再次到达", "the same message again"), "duplicate"),
    (("同一消息编号，内容不同", "the same message id with other content"), "refused ID_CONFLICT"),
    (("发送方不是本案对方机构", "the sender is not the other agency of the case"), "refused NOT_A_PARTY"),
    (("联系函编号不是本案的", "a letter no. that is not the case's"), "refused BAD_CONTENT"),
    (("前序消息未到，案件在办或已办结", "a predecessor is missing, the case is open or completed"), "early"),
    (("前序消息未到，案件已终止", "a predecessor is missing, the case was given up"), "refused ILLEGAL_STATE"),
    (("同一申请、同一流水再次导入", "the same application or bank line again"), "duplicate"),
    (("决定所依据的版本已过时", "a decision on an older version of the case"), "declined CASE_MOVED"),
    (("决定未写理由", "a decision without a reason"), "declined REASON"),
    (("本状态没有的决定", "a decision that the state does not offer"), "declined NOT_IN_THIS_STATE"),
];

/// The rows of one track of one role.
pub fn rows(role: &str, track: Track) -> &'static [Row] {
    match (role, track) {
        ("incoming", Track::Relation) => incoming::RELATION,
        ("incoming", Track::Money) => incoming::MONEY,
        (_, Track::Relation) => outgoing::RELATION,
        (_, Track::Money) => outgoing::MONEY,
    }
}

pub fn stands(role: &str) -> &'static [Stand] {
    if role == "incoming" { incoming::STANDS } else { outgoing::STANDS }
}

/// Every answer that an event can get in a state of the relation track; what no row names gets the usual one.
pub fn answers(role: &str, relation: &str, cause: Cause) -> Vec<Row> {
    let own = rows(role, Track::Relation).iter();
    let own: Vec<Row> = own.filter(|row| row.cause == cause && row.from.contains(&relation)).copied().collect();
    if own.is_empty() { vec![row(&[], cause, usual(relation, cause), ("", ""))] } else { own }
}

/// The answer where no row says otherwise.
fn usual(relation: &str, cause: Cause) -> Answer {
    let is_known = relation != NONE;
    match cause {
        Cause::Message(Kind::Receipt | Kind::Refusal) => Answer::Stays,
        Cause::Message(kind) if OUTSIDE.contains(&kind) => Answer::Refused(RefusalCode::BadContent),
        Cause::Message(_) if outgoing::ALONE.contains(&relation) => Answer::Refused(RefusalCode::NotAParty),
        Cause::Message(_) if is_known => Answer::Refused(RefusalCode::IllegalState),
        Cause::Message(_) => Answer::Refused(RefusalCode::CaseUnknown),
        Cause::Act(_) if is_known => Answer::Declined("NOT_IN_THIS_STATE"),
        Cause::Act(_) => Answer::Declined("CASE_UNKNOWN"),
        Cause::Local("chase") => Answer::Declined("NOT_OVERDUE"),
        Cause::Local("look_again") => Answer::Declined("NOTHING_ENDED"),
        Cause::Local(_) => Answer::Stays,
    }
}

/// Every event of a case: all kinds of messages, all decisions, all imports and clocks.
pub fn causes() -> Vec<Cause> {
    let messages = Kind::ALL.iter().map(|kind| Cause::Message(*kind));
    let acts = verbs().into_iter().map(Cause::Act);
    messages.chain(acts).chain(LOCAL.iter().map(|word| Cause::Local(word))).collect()
}

/// Every decision that a row names, in either role.
pub fn verbs() -> Vec<&'static str> {
    let mut verbs: Vec<&str> = ROLES.iter().flat_map(|role| rows(role, Track::Relation)).filter_map(decision).collect();
    verbs.sort_unstable();
    verbs.dedup();
    verbs
}

fn decision(row: &Row) -> Option<&'static str> {
    if let Cause::Act(word) = row.cause { Some(word) } else { None }
}

/// What a person may decide in a state of the relation track.
pub fn decisions(role: &str, relation: &str) -> Vec<&'static str> {
    let mut found = Vec::new();
    for row in rows(role, Track::Relation).iter().filter(|row| row.from.contains(&relation)) {
        if let Some(word) = decision(row).filter(|word| !found.contains(word)) {
            found.push(word);
        }
    }
    found
}

/// Ends of the money track that only a correction leaves, or a bank that gives a payment back.
const MONEY_ENDS: &[&str] = &["NOT_EXPECTED", "CREDITED", "NOTHING_TO_REMIT", "CONFIRMED", "PAID_TO_PERSON"];

/// 终态: nothing leads out of it but what [opens the case again](opens_again).
pub fn is_terminal(role: &str, track: Track, state: &str) -> bool {
    if track == Track::Money && MONEY_ENDS.contains(&state) {
        return true;
    }
    let leads_out =
        |row: &&Row| row.from.contains(&state) && matches!(row.answer, Answer::To(to) if !opens_again(state, to));
    !rows(role, track).iter().any(|row| leads_out(&row))
}

/// An ended case is open again: a correction, or the bank gave the person's money back.
pub fn opens_again(from: &str, to: &str) -> bool {
    to == "REOPENED" || (from == "PAID_OUT" && to == "PAYING_OUT")
}

/// Who may hold the ball in a state.
pub fn holders(role: &str, track: Track, state: &str) -> Vec<Holder> {
    let stands = stands(role).iter().filter(|stand| match track {
        Track::Relation => stand.relation == state,
        Track::Money => stand.money.contains(&state),
    });
    let mut found = Vec::new();
    for holder in stands.flat_map(|stand| stand.holders) {
        if !found.contains(holder) {
            found.push(*holder);
        }
    }
    found
}

#[cfg(test)]
mod tests;
