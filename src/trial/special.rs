//! 特殊情形: once the ordinary applications have settled, clerks of the agencies deal with what does not go
//! straight, each case through the command sockets that their programs use. People who stay in the demo's registers take
//! up work elsewhere for it; everything is carried by the same bank. What became of each is read from the daemons' files.

use std::cell::Cell;
use std::collections::{HashSet, VecDeque};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};
use serde_json::Value;

use super::check::application_no;
use super::courier;
use super::exchange::Agency;
use crate::clock;
use crate::daemon::Request;
use crate::domain::act::{Amendment, CancelledBy, Verb, Why};
use crate::domain::case::Case;
use crate::domain::event::{Application, RegisterEntry};
use crate::domain::forms::{AccountScheme, BankAccount, Insurance, Objection};
use crate::domain::ids::{ApplicationNo, BankTxnNo, PersonNo};
use crate::domain::line::LineVerb;
use crate::domain::money::Balance;
use crate::domain::payout::{OwnAccount, PayoutReason, PayoutRequest};
use crate::domain::person::PersonName;
use crate::domain::register::RelationStatus;
use crate::store::proof::Proof;

/// One case that did not go straight, and how it ended.
pub struct Special {
    pub chinese: &'static str,
    pub english: &'static str,
    /// Letters and states, or why it did not come to its end.
    pub what: String,
    pub is_as_told: bool,
}

/// Every case told of here ends within this.
const LIMIT: Duration = Duration::from_secs(300);
const LOOK_EVERY: Duration = Duration::from_millis(150);
/// A clerk and a second person.
const LI: &str = "li";
const WANG: &str = "wang";
/// By so much balances were wrong, in fen.
const TOO_LITTLE: i64 = 1_234;
const TOO_MUCH: i64 = 567;
/// Accounts with less are left alone.
const LEAST_FEN: i64 = 10_000;

/// Positions among the demo's agencies.
const PUER: usize = 0;
const LIUZHOU: usize = 1;
const YANGJIANG: usize = 2;
/// Of 阳江's province.
const ZHANJIANG: usize = 3;
/// At another bank, which knows no account whose number ends so.
const UNKNOWN_ACCOUNT: &str = "6200000000000000404";
/// Of the applications made here.
const PREFIX: &str = "TS-";
const OWN_ACCOUNT: &str = "6200000000000000099";

struct Desk<'a> {
    agencies: &'a [Agency],
    proofs: &'a [Proof],
    /// By agency: who may still move away.
    people: Vec<std::cell::RefCell<VecDeque<RegisterEntry>>>,
    made: Cell<u32>,
}

/// Tells every case; those that need payments to wait for a person come last. A demo that goes on has told them before.
pub async fn tell(agencies: &[Agency], proofs: &[Proof], data: &Path) -> anyhow::Result<Vec<Special>> {
    for proof in proofs {
        if proof.cases().await?.iter().filter_map(application_no).any(is_of_special) {
            return Ok(Vec::new());
        }
    }
    let desk = Desk::new(agencies, proofs, data)?;
    let told = tokio::join!(
        desk.amended(),
        desk.asked(),
        desk.corrected_up(),
        desk.corrected_down(),
        desk.objected(),
        desk.handed_over(),
        desk.paid_out(),
        desk.paid_out_again(),
        desk.sent_again(),
        desk.kept(),
        desk.stray(),
        desk.maintenance(),
    );
    let mut all = vec![
        special("退回后更正重发", "returned, amended, completed", told.0),
        special("提问与答复", "question and answer", told.1),
        special("办结后补划", "corrected upward after completion", told.2),
        special("办结后冲正退差", "corrected downward: reversed, sent back", told.3),
        special("办结后提异议", "objected to after completion", told.4),
        special("转出地受理并转交", "application handed over", told.5),
        special("余额退付本人", "balance paid to the person", told.6),
        special("退付被退回后再付", "payout came back, paid again", told.7),
        special("划转被退汇后重汇", "remittance came back, sent again", told.8),
        special("省内转移，资金不划", "within the province: money stays", told.9),
        special("不明到账退回", "money of nobody sent back", told.10),
        special("停机通告与撤回", "maintenance announced, withdrawn", told.11),
    ];
    agencies[YANGJIANG].restart_with(&[("steps", "payment", "review".into())])?;
    all.push(special("付款前撤销", "cancelled before the payment", desk.cancelled().await));
    all.push(special("交叉申请与批量划转", "crossing; remitted as a batch", desk.batch().await));
    agencies[YANGJIANG].restart_with(&[("steps", "payment", "auto".into())])?;
    Ok(all)
}

/// Whether a special case was applied for so: the data knows nothing of it.
pub fn is_of_special(no: &ApplicationNo) -> bool {
    no.as_str().starts_with(PREFIX)
}

fn special(chinese: &'static str, english: &'static str, told: anyhow::Result<String>) -> Special {
    let is_as_told = told.is_ok();
    let what = told.unwrap_or_else(|cause| format!("{cause:#}"));
    Special { chinese, english, what, is_as_told }
}

/// A person with a case: the letter no. is what all commands take.
struct Moving {
    person: RegisterEntry,
    letter: String,
}

impl<'a> Desk<'a> {
    fn new(agencies: &'a [Agency], proofs: &'a [Proof], data: &Path) -> anyhow::Result<Desk<'a>> {
        let mut files = Vec::new();
        let mut busy = HashSet::new();
        for agency in agencies {
            let people = courier::people(agency, data)?;
            busy.extend(courier::applications(agency, data)?.into_iter().map(|it| it.document));
            files.push(people);
        }
        let mut seen = HashSet::new();
        let twice: HashSet<_> = files
            .iter()
            .flatten()
            .map(|entry| entry.person.document.clone())
            .filter(|document| !seen.insert(document.clone()))
            .collect();
        let may_move = |entry: &RegisterEntry| {
            let person = &entry.person;
            person.has_account()
                && person.status == RelationStatus::Stopped
                && !person.arrears
                && !person.open_claims
                && entry.balance.0 >= LEAST_FEN
                && !busy.contains(&person.document)
                && !twice.contains(&person.document)
        };
        let people = files.into_iter().map(|file| file.into_iter().filter(may_move).collect::<VecDeque<_>>().into());
        Ok(Desk { agencies, proofs, people: people.collect(), made: Cell::new(0) })
    }

    fn number(&self) -> u32 {
        self.made.set(self.made.get() + 1);
        self.made.get()
    }

    fn somebody(&self, at: usize) -> anyhow::Result<RegisterEntry> {
        let found = self.people[at].borrow_mut().pop_front();
        found.with_context(|| format!("{} 没有可转移的人 / nobody is left who could move", self.agencies[at].code))
    }

    async fn ask(&self, at: usize, request: Request) -> anyhow::Result<Value> {
        self.agencies[at].window().ask(&request).await
    }

    /// The person takes up work where the agency at `to` insures.
    async fn enrol(&self, to: usize, person: &RegisterEntry, name: &PersonName) -> anyhow::Result<()> {
        let mut entry = person.clone();
        let digits: String = entry.person.person_no.as_str().chars().filter(char::is_ascii_digit).collect();
        entry.person.person_no = PersonNo::new(&format!("TS{digits}"))?;
        entry.person.name = name.clone();
        entry.person.scheme = Some(AccountScheme::Combined);
        entry.person.status = RelationStatus::Active;
        entry.person.status_on = clock::now().china_date();
        entry.balance = Balance(0);
        self.ask(to, Request::Register { actor: LI.into(), rows: vec![entry] }).await?;
        Ok(())
    }

    fn application(&self, person: &RegisterEntry, from: usize, name: &PersonName) -> anyhow::Result<Application> {
        Ok(Application {
            application_no: ApplicationNo::new(&format!("{PREFIX}{:04}", self.number()))?,
            applied_on: clock::now().china_date(),
            channel: "counter".into(),
            document: person.person.document.clone(),
            name: name.clone(),
            outgoing: self.agencies[from].code.clone(),
            incoming: None,
            insurance_out: Insurance::Employee,
            insurance_in: Insurance::Employee,
            certificate_no: None,
            phone: None,
        })
    }

    async fn apply(&self, at: usize, application: Application) -> anyhow::Result<String> {
        let (document, no) = (application.document.clone(), application.application_no.clone());
        self.ask(at, Request::Apply { actor: LI.into(), rows: vec![application] }).await?;
        let is_it = |case: &Case| case.person().document == document && application_no(case).is_none_or(|it| *it == no);
        let cases = self.proofs[at].cases().await?;
        let case = cases.iter().filter(|case| is_it(case)).max_by_key(|case| case.opened_at);
        Ok(case.context("没有立案 / no case was made")?.letter_no.to_string())
    }

    /// A person of the agency at `from` applies at the one at `to`.
    async fn moves(&self, from: usize, to: usize) -> anyhow::Result<Moving> {
        let person = self.somebody(from)?;
        let letter = self.follows(&person, from, to).await?;
        Ok(Moving { person, letter })
    }

    async fn follows(&self, person: &RegisterEntry, from: usize, to: usize) -> anyhow::Result<String> {
        let name = person.person.name.clone();
        self.enrol(to, person, &name).await?;
        self.apply(to, self.application(person, from, &name)?).await
    }

    /// The case may move between the clerk's look and the decision: then the clerk looks again.
    async fn act(&self, at: usize, letter: &str, actor: &str, verb: Verb) -> anyhow::Result<()> {
        loop {
            let (actor, name, reason) = (actor.to_owned(), letter.to_owned(), "演示特殊情形".to_owned());
            let request = Request::Act { actor, name, version: None, verb: verb.clone(), reason };
            let answer = self.ask(at, request).await?;
            match answer["outcome"]["code"].as_str() {
                None => return Ok(()),
                Some("CASE_MOVED") => {}
                Some(code) => bail!("{letter} {}: {code}", verb.word()),
            }
        }
    }

    async fn by_two(&self, at: usize, letter: &str, verb: Verb) -> anyhow::Result<()> {
        self.act(at, letter, LI, verb).await?;
        self.act(at, letter, WANG, Verb::Confirm).await
    }

    async fn case(&self, at: usize, letter: &str) -> anyhow::Result<Value> {
        self.ask(at, Request::Case { name: letter.into() }).await
    }

    /// Waits until the case stands so, with any money where that is `*`; what it says then.
    async fn until(&self, at: usize, letter: &str, relation: &str, money: &str) -> anyhow::Result<String> {
        let begun = Instant::now();
        loop {
            // The other agency's letter may still be on its way.
            let found = self.case(at, letter).await.unwrap_or_default();
            let (is, has) = (text(&found, "relation"), text(&found, "money"));
            if is == relation && (has == money || money == "*") {
                return Ok(format!("{letter} {} {is} {has}", self.agencies[at].code).trim_end().to_owned());
            }
            ensure!(begun.elapsed() < LIMIT, "{letter} {is} {has} ≠ {relation} {money}");
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// A clerk who finds nothing to decide about yet looks again.
    async fn act_once_possible(&self, at: usize, letter: &str, verb: Verb) -> anyhow::Result<()> {
        let begun = Instant::now();
        while let Err(cause) = self.act(at, letter, LI, verb.clone()).await {
            ensure!(begun.elapsed() < LIMIT, "{cause:#}");
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Ok(())
    }

    async fn completes(&self, letter: &str, from: usize, to: usize) -> anyhow::Result<String> {
        let said = self.until(to, letter, "COMPLETED", "CREDITED").await?;
        self.until(from, letter, "COMPLETED", "CONFIRMED").await?;
        Ok(said)
    }

    /// The registers spell the name differently; the letter comes back and goes again.
    async fn amended(&self) -> anyhow::Result<String> {
        let person = self.somebody(PUER)?;
        let right = person.person.name.clone();
        let misspelt = PersonName::new(&format!("{}某", right.as_str()))?;
        self.enrol(LIUZHOU, &person, &misspelt).await?;
        let letter = self.apply(LIUZHOU, self.application(&person, PUER, &misspelt)?).await?;
        self.until(LIUZHOU, &letter, "LETTER_RETURNED", "").await?;
        self.enrol(LIUZHOU, &person, &right).await?;
        let amendment = Amendment { name: Some(right), ..Amendment::default() };
        self.act(LIUZHOU, &letter, LI, Verb::Amend(amendment)).await?;
        self.completes(&letter, PUER, LIUZHOU).await
    }

    async fn asked(&self) -> anyhow::Result<String> {
        let moving = self.moves(PUER, YANGJIANG).await?;
        self.completes(&moving.letter, PUER, YANGJIANG).await?;
        self.act(YANGJIANG, &moving.letter, LI, Verb::Ask { field: None }).await?;
        self.act_once_possible(PUER, &moving.letter, Verb::Answer).await?;
        self.act_once_possible(YANGJIANG, &moving.letter, Verb::Noted).await?;
        self.completes(&moving.letter, PUER, YANGJIANG).await
    }

    async fn corrected_up(&self) -> anyhow::Result<String> {
        let moving = self.moves(LIUZHOU, PUER).await?;
        self.completes(&moving.letter, LIUZHOU, PUER).await?;
        let balance = Some(Balance(moving.person.balance.0 + TOO_LITTLE));
        self.by_two(LIUZHOU, &moving.letter, Verb::Correct { balance }).await?;
        self.until(PUER, &moving.letter, "REOPENED", "*").await?;
        self.completes(&moving.letter, LIUZHOU, PUER).await
    }

    async fn corrected_down(&self) -> anyhow::Result<String> {
        let moving = self.moves(LIUZHOU, YANGJIANG).await?;
        self.completes(&moving.letter, LIUZHOU, YANGJIANG).await?;
        let balance = Some(Balance(moving.person.balance.0 - TOO_MUCH));
        self.by_two(LIUZHOU, &moving.letter, Verb::Correct { balance }).await?;
        self.until(YANGJIANG, &moving.letter, "REOPENED", "TO_REVERSE").await?;
        self.by_two(YANGJIANG, &moving.letter, Verb::Reverse).await?;
        self.completes(&moving.letter, LIUZHOU, YANGJIANG).await
    }

    async fn objected(&self) -> anyhow::Result<String> {
        let moving = self.moves(PUER, LIUZHOU).await?;
        self.completes(&moving.letter, PUER, LIUZHOU).await?;
        let objection =
            Objection { field: "months".into(), stated: None, expected: None, text: "与本人陈述不一致".into() };
        self.act(LIUZHOU, &moving.letter, LI, Verb::Object { objections: vec![objection] }).await?;
        self.until(PUER, &moving.letter, "REOPENED", "*").await?;
        self.act(PUER, &moving.letter, LI, Verb::Correct { balance: None }).await?;
        self.completes(&moving.letter, PUER, LIUZHOU).await
    }

    async fn handed_over(&self) -> anyhow::Result<String> {
        let person = self.somebody(LIUZHOU)?;
        let name = person.person.name.clone();
        self.enrol(PUER, &person, &name).await?;
        let application = self.application(&person, LIUZHOU, &name)?;
        let incoming = Some(self.agencies[PUER].code.clone());
        self.apply(LIUZHOU, Application { incoming, ..application }).await?;
        let letter = self.letter_for(PUER, &person).await?;
        self.completes(&letter, LIUZHOU, PUER).await
    }

    /// The letter of the person's case, once there is one.
    async fn letter_for(&self, at: usize, person: &RegisterEntry) -> anyhow::Result<String> {
        let begun = Instant::now();
        loop {
            let cases = self.proofs[at].cases().await?;
            let case = cases.iter().find(|case| case.person().document == person.person.document);
            if let Some(case) = case {
                return Ok(case.letter_no.to_string());
            }
            ensure!(begun.elapsed() < LIMIT, "no case at {}", self.agencies[at].code);
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    async fn paid_out(&self) -> anyhow::Result<String> {
        let person = self.somebody(PUER)?;
        let letter = self.pays_out(&person, OWN_ACCOUNT).await?;
        self.until(PUER, &letter, "PAID_OUT", "*").await
    }

    /// The account that the person has given does not exist; the person gives the right one.
    async fn paid_out_again(&self) -> anyhow::Result<String> {
        let person = self.somebody(PUER)?;
        let letter = self.pays_out(&person, UNKNOWN_ACCOUNT).await?;
        let came_back = self.until(PUER, &letter, "PAYING_OUT", "PAYOUT_FAILED").await?;
        self.by_two(PUER, &letter, Verb::Payout { account: own_account(&person, OWN_ACCOUNT) }).await?;
        let paid = self.until(PUER, &letter, "PAID_OUT", "PAID_TO_PERSON").await?;
        Ok(format!("{came_back} → {}", last_word(&paid)))
    }

    /// Somebody who emigrates has the balance paid to this account.
    async fn pays_out(&self, person: &RegisterEntry, account: &str) -> anyhow::Result<String> {
        let request = PayoutRequest {
            payout_no: ApplicationNo::new(&format!("{PREFIX}{:04}", self.number()))?,
            person_no: person.person.person_no.clone(),
            why: PayoutReason::Emigrated,
            account: own_account(person, account),
            reason: Why("出境定居".into()),
        };
        self.ask(PUER, Request::Payout { actor: LI.into(), request }).await?;
        let letter = self.letter_for(PUER, person).await?;
        self.act(PUER, &letter, WANG, Verb::Confirm).await?;
        Ok(letter)
    }

    /// The ordinary case whose remittance the bank has given back.
    async fn sent_again(&self) -> anyhow::Result<String> {
        for (from, proof) in self.proofs.iter().enumerate() {
            let cases = proof.cases().await?;
            let Some(case) = cases.iter().find(|case| case.money() == Some("REMIT_FAILED")) else { continue };
            let letter = case.letter_no.to_string();
            let to = self.agencies.iter().position(|agency| agency.code == case.peer);
            let to = to.context("a peer of the demo")?;
            self.by_two(from, &letter, Verb::Resend).await?;
            let said = self.completes(&letter, from, to).await?;
            return Ok(format!("{letter} {} REMIT_FAILED → {}", self.agencies[from].code, last_word(&said)));
        }
        bail!("没有退汇 / no payment came back")
    }

    /// Months move, and the account keeps its balance.
    async fn kept(&self) -> anyhow::Result<String> {
        let moving = self.moves(YANGJIANG, ZHANJIANG).await?;
        let said = self.until(ZHANJIANG, &moving.letter, "COMPLETED", "NOT_EXPECTED").await?;
        let there = self.until(YANGJIANG, &moving.letter, "COMPLETED", "NOTHING_TO_REMIT").await?;
        Ok(format!("{said} · {}", last_word(&there)))
    }

    /// The line that belongs to nobody goes back to who paid it.
    async fn stray(&self) -> anyhow::Result<String> {
        for (at, agency) in self.agencies.iter().enumerate() {
            let lines = self.ask(at, Request::Lines { after: None, limit: None }).await?;
            let rows = lines["rows"].as_array().into_iter().flatten();
            let Some(row) = rows.into_iter().find(|row| text(row, "hint") == "NO_CASE") else { continue };
            let txn = BankTxnNo::new(&text(row, "bank_txn_no"))?;
            for (actor, verb) in [(LI, LineVerb::SendBack), (WANG, LineVerb::Confirm)] {
                let (actor, txn, reason) = (actor.to_owned(), txn.clone(), "不属于本机构".to_owned());
                self.ask(at, Request::Line { actor, txn, verb, reason }).await?;
            }
            return Ok(format!("{} {txn} given_back", agency.code));
        }
        bail!("没有不明到账 / no such line")
    }

    async fn maintenance(&self) -> anyhow::Result<String> {
        let from = clock::now().plus_ms(24 * 3_600_000);
        let (until, reason) = (from.plus_ms(3_600_000), "机房检修".to_owned());
        let request = Request::Announce { actor: LI.into(), from, until, reason: reason.clone(), to: None };
        let done = self.ask(PUER, request).await?;
        let announcement_no = text(&done, "announcement_no");
        let begun = Instant::now();
        while self.ask(LIUZHOU, Request::Closures { all: true }).await?.as_array().is_none_or(Vec::is_empty) {
            ensure!(begun.elapsed() < LIMIT, "the announcement did not come");
            tokio::time::sleep(LOOK_EVERY).await;
        }
        let request = Request::Withdraw { actor: LI.into(), announcement_no: announcement_no.clone(), reason };
        self.ask(PUER, request).await?;
        Ok(format!("{announcement_no} withdrawn"))
    }

    /// 441700's payments wait for a person: there is time to take the case back.
    async fn cancelled(&self) -> anyhow::Result<String> {
        let moving = self.moves(YANGJIANG, LIUZHOU).await?;
        self.until(YANGJIANG, &moving.letter, "SHEET_ISSUED", "FROZEN").await?;
        self.act(LIUZHOU, &moving.letter, LI, Verb::Cancel { by: CancelledBy::Person }).await?;
        let said = self.until(LIUZHOU, &moving.letter, "CANCELLED", "*").await?;
        self.until(YANGJIANG, &moving.letter, "CANCELLED", "*").await?;
        Ok(said)
    }

    /// Two agencies ask for one person: the first has the case. Its payment leaves with another's, as one sum.
    async fn batch(&self) -> anyhow::Result<String> {
        let first = self.moves(YANGJIANG, PUER).await?;
        let second = self.moves(YANGJIANG, PUER).await?;
        for moving in [&first, &second] {
            self.until(YANGJIANG, &moving.letter, "SHEET_ISSUED", "FROZEN").await?;
        }
        let crossing = self.follows(&first.person, YANGJIANG, LIUZHOU).await?;
        let returned = self.until(LIUZHOU, &crossing, "LETTER_RETURNED", "").await?;
        self.act(LIUZHOU, &crossing, LI, Verb::Close).await?;
        self.ask(YANGJIANG, Request::Remit { actor: LI.into(), reason: "日终划转".into() }).await?;
        let mut said = Vec::new();
        for moving in [&first, &second] {
            said.push(self.completes(&moving.letter, YANGJIANG, PUER).await?);
        }
        Ok(format!("{returned} · {}", said.join(" + ")))
    }
}

fn own_account(person: &RegisterEntry, number: &str) -> OwnAccount {
    let name = person.person.name.as_str().to_owned();
    OwnAccount(BankAccount { name, number: number.into(), bank: "外地银行".into(), bank_no: None })
}

fn last_word(said: &str) -> &str {
    said.rsplit(' ').next().unwrap_or(said)
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}
