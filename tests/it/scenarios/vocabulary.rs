//! The words of a story: a line becomes a deed or an expectation. Knows no world that could carry it out.

use chrono::NaiveDate;
use jiexu::domain::forms::Insurance;
use jiexu::domain::line::LineVerb;
use jiexu::domain::money::Balance;
use jiexu::domain::payout::PayoutReason;
use jiexu::domain::register::RelationStatus;
use jiexu::domain::steps::{Step, Steps, Way};
use jiexu::domain::task::TaskVerb;
use jiexu::transport::memory::Order;

use crate::support::bank::Plant;
use crate::support::people::Relation;

/// What is found when a deed is done: this word, or the code with which it was declined.
pub const APPLIED: &str = "Applied";

pub enum Line<'a> {
    Deed(Deed<'a>),
    Expect { agency: &'a str, words: Vec<&'a str> },
}

/// What somebody does. `wanted` is what must be found when it is done.
#[derive(Debug)]
pub enum Deed<'a> {
    Today(NaiveDate),
    HoursPass(i64),
    DaysPass(u32),
    ClocksAreLookedAt,
    DeliverAll,
    Again,
    Next(Order),
    Release(&'a str),
    Crash(&'a str),
    Bank(BankDeed<'a>),
    At { agency: &'a str, what: Act<'a> },
}

/// What is done at one agency.
#[derive(Debug)]
pub enum Act<'a> {
    Registers(Relation),
    Applies { number: u32, person: u32, outgoing: &'a str, insurance: Insurance },
    HandsOver { number: u32, person: u32, incoming: &'a str, insurance: Insurance },
    OpensPayout { number: u32, person: u32, why: PayoutReason, to: u32, by: &'a str, wanted: &'a str },
    Decides { verb: &'a str, person: u32, first: bool, amount: Option<Balance>, by: &'a str, wanted: &'a str },
    Hand { kind: &'a str, verb: TaskVerb, by: &'a str, wanted: &'a str },
    Reviews(Steps),
    LearnsAccount { whose: &'a str, number: &'a str },
    LearnsProvince { whose: &'a str },
    ImportsCalendar { file: &'a str, because: Option<&'a str>, wanted: &'a str },
    Announces { from: NaiveDate, to: NaiveDate, peer: Option<&'a str>, wanted: &'a str },
    TakesMaintenanceBack { wanted: &'a str },
    StartsWithDirectory(u64),
    NotesDigest { peer: &'a str, day: NaiveDate, wanted: &'a str },
    Remits { by: &'a str, wanted: &'a str },
    LineBack { verb: LineVerb, by: &'a str, wanted: &'a str },
    LineFound { peer: &'a str, wanted: &'a str },
    Forgets { kind: &'a str, peer: &'a str },
}

#[derive(Debug)]
pub enum BankDeed<'a> {
    Books,
    Takes(&'a str),
    Tells(&'a str),
    TellsAgain(&'a str),
    Plants(Plant),
    PaysAfterAll,
    TopsUp(i64),
    StrangerPays(&'a str, i64),
    /// From its listed account, outside jiexu: payer, payee.
    AgencyPays(&'a str, &'a str, i64),
}

/// Reads a story line by line; applications are numbered as they come.
#[derive(Default)]
pub struct Reader {
    applications: u32,
}

/// `P7` → 7.
pub fn person(word: &str) -> Result<u32, String> {
    word.strip_prefix('P').and_then(|number| number.parse().ok()).ok_or_else(|| "a person is written P1".to_owned())
}

pub fn day(word: Option<&str>) -> Result<NaiveDate, String> {
    word.and_then(|word| word.parse().ok()).ok_or_else(|| "a day is written 2026-12-18".to_owned())
}

fn fen(word: &str) -> Result<i64, String> {
    Balance::from_yuan(word).map(|balance| balance.0).map_err(|_| format!("{word} is no amount in yuan"))
}

fn insurance(words: &[&str]) -> Insurance {
    if words.contains(&"resident") { Insurance::Resident } else { Insurance::Employee }
}

/// The word after `name`.
fn after<'a>(words: &[&'a str], name: &str) -> Option<&'a str> {
    words.iter().position(|word| *word == name).and_then(|at| words.get(at + 1)).copied()
}

/// `declined CODE`, or it is done.
fn wanted<'a>(words: &[&'a str]) -> &'a str {
    after(words, "declined").unwrap_or(APPLIED)
}

fn by<'a>(words: &[&'a str]) -> &'a str {
    after(words, "by").unwrap_or("li")
}

impl Reader {
    /// What a line says; nothing where it only explains.
    pub fn read<'a>(&mut self, line: &'a str) -> Result<Option<Line<'a>>, String> {
        let words: Vec<&str> = line.split('#').next().unwrap_or("").split_whitespace().collect();
        let deed = match words.as_slice() {
            [] => return Ok(None),
            ["expect", agency, words @ ..] => return Ok(Some(Line::Expect { agency, words: words.to_vec() })),
            [agency, "has", "told", ..] => return Ok(Some(Line::Expect { agency, words: words[1..].to_vec() })),
            ["today", "is", date] => Deed::Today(day(Some(date))?),
            ["hours", "pass", hours] => Deed::HoursPass(hours.parse().map_err(|_| "a number of hours")?),
            ["days", "pass", days] => Deed::DaysPass(days.parse().map_err(|_| "a number of days")?),
            ["clocks", "are", "looked", "at"] => Deed::ClocksAreLookedAt,
            ["deliver", "all"] => Deed::DeliverAll,
            ["again"] => Deed::Again,
            ["withhold", "next"] => Deed::Next(Order::Withhold),
            ["withhold", "next", "and", "its", "copies"] => Deed::Next(Order::WithholdCopies),
            ["return", "next"] => Deed::Next(Order::Return),
            ["lose", "next"] => Deed::Next(Order::LoseLetter),
            ["release", agency] => Deed::Release(agency),
            ["crash", agency] => Deed::Crash(agency),
            ["bank", words @ ..] => Deed::Bank(bank(words)?),
            [agency, words @ ..] => Deed::At { agency, what: self.act(words)? },
        };
        Ok(Some(Line::Deed(deed)))
    }

    fn next_number(&mut self) -> u32 {
        self.applications += 1;
        self.applications
    }

    fn act<'a>(&mut self, words: &[&'a str]) -> Result<Act<'a>, String> {
        Ok(match words {
            ["registers", who, rest @ ..] => Act::Registers(relation(person(who)?, rest)?),
            ["applies", "for", who, "at", outgoing, rest @ ..] => {
                let next = self.next_number();
                let number = after(rest, "number").map_or(Ok(next), str::parse).map_err(|_| "number")?;
                Act::Applies { number, person: person(who)?, outgoing, insurance: insurance(rest) }
            }
            ["hands", who, "over", "to", incoming, rest @ ..] => {
                let number = self.next_number();
                Act::HandsOver { number, person: person(who)?, incoming, insurance: insurance(rest) }
            }
            // `530800 opens payout for P1 emigrated [by NAME] [to P2] [declined CODE]`
            ["opens", "payout", "for", who, why, rest @ ..] => Act::OpensPayout {
                number: self.next_number(),
                person: person(who)?,
                why: PayoutReason::from_word(why).ok_or("a reason")?,
                to: person(after(rest, "to").unwrap_or(who))?,
                by: by(rest),
                wanted: wanted(rest),
            },
            // `530800 decides recheck for P1 [first] [to AMOUNT] [by NAME] [declined CODE]`: about the person's newest
            // case there, or the first one.
            ["decides", verb, "for", who, rest @ ..] => Act::Decides {
                verb,
                person: person(who)?,
                first: rest.contains(&"first"),
                amount: after(rest, "to").map(fen).transpose()?.map(Balance),
                by: by(rest),
                wanted: wanted(rest),
            },
            // `530800 takes task CHECK_BY_CLERK [by NAME] [declined CODE]`: the last one of its kind, open or not.
            ["gives", "task", kind, "to", who, rest @ ..] => {
                hand(kind, TaskVerb::Assign { to: (*who).to_owned() }, rest)
            }
            ["takes", "task", kind, rest @ ..] => hand(kind, TaskVerb::Take, rest),
            ["lets", "go", "of", "task", kind, rest @ ..] => hand(kind, TaskVerb::Release, rest),
            ["reviews", steps @ ..] => Act::Reviews(reviewed(steps)?),
            ["learns", "that", whose, "banks", "at", number] => Act::LearnsAccount { whose, number },
            ["learns", "that", whose, "is", "of", "its", "province"] => Act::LearnsProvince { whose },
            ["imports", "calendar", file, rest @ ..] => Act::ImportsCalendar {
                file,
                because: after(rest, "because"),
                wanted: after(rest, "→").unwrap_or(APPLIED),
            },
            // `530800 announces maintenance from 2026-03-11 to 2026-03-20 for 450200 [declined CODE]`: both days counted.
            ["announces", "maintenance", rest @ ..] => Act::Announces {
                from: day(after(rest, "from"))?,
                to: day(after(rest, "to"))?,
                peer: after(rest, "for"),
                wanted: wanted(rest),
            },
            ["takes", "maintenance", "back", rest @ ..] => Act::TakesMaintenanceBack { wanted: wanted(rest) },
            ["starts", "with", "directory", version] => {
                Act::StartsWithDirectory(version.parse().map_err(|_| "a version")?)
            }
            // `450200 notes digest of 530800 for 2026-03-02 [declined CODE]`
            ["notes", "digest", "of", peer, rest @ ..] => {
                Act::NotesDigest { peer, day: day(after(rest, "for"))?, wanted: wanted(rest) }
            }
            // `530800 remits batch [by NAME] [declined CODE]`: every payment that waits for a person leaves.
            ["remits", "batch", rest @ ..] => Act::Remits { by: by(rest), wanted: wanted(rest) },
            // `450200 sends line back [by NAME] [declined CODE]`: the oldest line that waits.
            [verb, "line", "back", rest @ ..] => {
                let verb = match *verb {
                    "sends" => LineVerb::SendBack,
                    "confirms" => LineVerb::Confirm,
                    "withdraws" => LineVerb::Withdraw,
                    _ => return Err("a line is sent back, confirmed or withdrawn".into()),
                };
                Act::LineBack { verb, by: by(rest), wanted: wanted(rest) }
            }
            // `530800 answers about line of 450200 [declined CODE]`: what it asks about was found.
            ["answers", "about", "line", "of", peer, rest @ ..] => Act::LineFound { peer, wanted: wanted(rest) },
            ["forgets", kind, "from", peer] => Act::Forgets { kind, peer },
            _ => return Err("no such verb".into()),
        })
    }
}

fn hand<'a>(kind: &'a str, verb: TaskVerb, words: &[&'a str]) -> Act<'a> {
    Act::Hand { kind, verb, by: by(words), wanted: wanted(words) }
}

fn reviewed(steps: &[&str]) -> Result<Steps, String> {
    let mut reviewed = Steps::default();
    for word in steps.iter().filter(|word| **word != "nothing") {
        reviewed.set(Step::from_word(word.trim_end_matches(',')).ok_or("no such step")?, Way::Review);
    }
    Ok(reviewed)
}

fn relation(person: u32, words: &[&str]) -> Result<Relation, String> {
    let status = ["active", "stopped", "retired", "deceased"].into_iter().find(|word| words.contains(word));
    let status = RelationStatus::from_word(status.ok_or("a status is missing")?).ok_or("a status")?;
    let mut relation = Relation::new(person, insurance(words), status);
    relation.balance = Balance(after(words, "balance").map_or(Ok(0), fen)?);
    if let Some(months) = after(words, "months") {
        let (from, to) = months.split_once("..").ok_or("months are written 202401..202412")?;
        relation.months = Some((from.parse().map_err(|_| "a month")?, to.parse().map_err(|_| "a month")?));
    }
    if let Some(since) = after(words, "since") {
        relation.status_on = day(Some(since))?;
    }
    (relation.arrears, relation.open_claims) = (words.contains(&"arrears"), words.contains(&"claims"));
    relation.other_name = words.contains(&"misspelt");
    relation.document_as = after(words, "document").map(crate::scenarios::vocabulary::person).transpose()?;
    Ok(relation)
}

fn bank<'a>(words: &[&'a str]) -> Result<BankDeed<'a>, String> {
    Ok(match words {
        ["books"] => BankDeed::Books,
        ["takes", agency] => BankDeed::Takes(agency),
        ["tells", agency] => BankDeed::Tells(agency),
        ["tells", agency, "again"] => BankDeed::TellsAgain(agency),
        ["pays", "short", amount] => BankDeed::Plants(Plant::Short(fen(amount)?)),
        ["pays", "split", amount] => BankDeed::Plants(Plant::Split(fen(amount)?)),
        ["pays", "from", "stranger"] => BankDeed::Plants(Plant::WrongPayer),
        ["pays", "by", "remark"] => BankDeed::Plants(Plant::RemarkOnly),
        ["pays", "without", "remark"] => BankDeed::Plants(Plant::Unnamed),
        ["pays", "by", "letter"] => BankDeed::Plants(Plant::LetterOnly),
        ["refuses", "payment"] => BankDeed::Plants(Plant::Refused),
        ["returns", "payment"] => BankDeed::Plants(Plant::Returned),
        ["pays", "after", "all"] => BankDeed::PaysAfterAll,
        ["tops", "up", amount] => BankDeed::TopsUp(fen(amount)?),
        ["agency", payer, "pays", agency, amount] => BankDeed::AgencyPays(payer, agency, fen(amount)?),
        ["stranger", "pays", agency, amount] => BankDeed::StrangerPays(agency, fen(amount)?),
        _ => return Err("no such verb of the bank".into()),
    })
}
