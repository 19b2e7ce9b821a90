//! The protocol as clerks tell it: `tests/scenarios/*.txt`, a dozen verbs, no Rust. Each story is told plainly, then with
//! every delivery doubled and in disorder, then with a crash of each agency between any two steps; the end is the same.
//!
//! `JIEXU_STORY=42` tells only the stories whose names begin so.

mod peers;

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use chrono::NaiveDate;
use jiexu::domain::act::{Verb, Why};
use jiexu::domain::ball::{Phase, Share};
use jiexu::domain::case::correspondence::NoteKind;
use jiexu::domain::changes::Outcome;
use jiexu::domain::event::{Application, What};
use jiexu::domain::forms::{Insurance, Period};
use jiexu::domain::ids::ApplicationNo;
use jiexu::domain::money::Balance;
use jiexu::domain::payout::{PayoutReason, PayoutRequest};
use jiexu::domain::register::RelationStatus;
use jiexu::domain::steps::{Step, Steps, Way};
use jiexu::domain::task::{TaskAct, TaskVerb};
use jiexu::store::views::{TaskQuery, TaskRow};
use jiexu::transport::memory::{Chaos, Order};
use sqlx::Row;

use crate::support::bank::Plant;
use crate::support::clerk::verb_for;
use crate::support::crowd::on_threads;
use crate::support::people::{Relation, application, code, document_of, own_account};
use crate::support::world::World;

#[derive(Debug, Clone, Copy)]
enum Telling {
    Plain,
    /// Every letter twice, neighbours swapped by this seed.
    Doubled(u64),
    /// The agency dies at its k-th boundary between two steps.
    Crash(usize, u64),
}

struct Story {
    world: World,
    applications: u32,
}

/// `P7` → 7.
fn person(word: &str) -> Option<u32> {
    word.strip_prefix('P')?.parse().ok()
}

fn fen(word: &str) -> i64 {
    Balance::from_yuan(word).unwrap_or_else(|_| panic!("{word} is no amount in yuan")).0
}

fn insurance(words: &[&str]) -> Insurance {
    if words.contains(&"resident") { Insurance::Resident } else { Insurance::Employee }
}

/// The word after `name`.
fn after<'a>(words: &[&'a str], name: &str) -> Option<&'a str> {
    words.iter().position(|word| *word == name).and_then(|at| words.get(at + 1)).copied()
}

impl Story {
    async fn line(&mut self, line: &str) -> Result<(), String> {
        // No two lines happen in the same moment.
        self.world.pass_ms(1);
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["today", "is", day] => {
                let day: NaiveDate = day.parse().map_err(|_| "a day is written 2026-12-18")?;
                self.world.go_to(day);
            }
            [agency, "registers", who, rest @ ..] => self.registers(agency, who, rest).await?,
            [agency, "applies", "for", who, "at", outgoing, rest @ ..] => {
                self.applications += 1;
                let n = self.world.place(agency);
                let number = after(rest, "number").map_or(Ok(self.applications), str::parse).map_err(|_| "number")?;
                let kind = insurance(rest);
                let person = person(who).ok_or("a person is written P1")?;
                let today = self.world.now().china_date();
                let form = application(number, person, outgoing, (kind, kind), today);
                self.world.act(n, "clerk", vec![jiexu::domain::event::What::Application(form)]).await;
                self.world.boundary(n).await;
            }
            [agency, "hands", who, "over", "to", incoming, rest @ ..] => {
                self.applications += 1;
                let n = self.world.place(agency);
                let kind = insurance(rest);
                let person = person(who).ok_or("a person is written P1")?;
                let today = self.world.now().china_date();
                let form = application(self.applications, person, agency, (kind, kind), today);
                let form = Application { incoming: Some(code(incoming)), ..form };
                self.world.act(n, "clerk", vec![jiexu::domain::event::What::Application(form)]).await;
                self.world.boundary(n).await;
            }
            [agency, "opens", "payout", "for", who, why, rest @ ..] => {
                self.opens_payout(agency, who, why, rest).await?
            }
            [agency, "learns", "that", whose, "banks", "at", number] => {
                let n = self.world.place(agency);
                self.world.learns_account(n, whose, number).await;
            }
            [agency, "learns", "that", whose, "is", "of", "its", "province"] => {
                let n = self.world.place(agency);
                self.world.learns_province(n, whose).await;
            }
            [agency, "reviews", steps @ ..] => {
                let n = self.world.place(agency);
                let mut reviewed = Steps::default();
                for word in steps.iter().filter(|word| **word != "nothing") {
                    reviewed.set(Step::from_word(word.trim_end_matches(',')).ok_or("no such step")?, Way::Review);
                }
                self.world.reviews(n, reviewed).await;
            }
            [agency, "decides", verb, "for", who, rest @ ..] => self.decides(agency, verb, who, rest).await?,
            [agency, "gives", "task", kind, "to", who, rest @ ..] => {
                self.hands(agency, kind, TaskVerb::Assign { to: (*who).to_owned() }, rest).await?;
            }
            [agency, "takes", "task", kind, rest @ ..] => self.hands(agency, kind, TaskVerb::Take, rest).await?,
            [agency, "lets", "go", "of", "task", kind, rest @ ..] => {
                self.hands(agency, kind, TaskVerb::Release, rest).await?;
            }
            [agency, "imports", "calendar", file, rest @ ..] => {
                let n = self.world.place(agency);
                let replace = after(rest, "because");
                let outcome = match self.world.import_year(n, file, replace).await {
                    Outcome::Declined(declined) => declined.code,
                    outcome => format!("{outcome:?}"),
                };
                let wanted = after(rest, "→").unwrap_or("Applied");
                if outcome != wanted {
                    return Err(format!("found {outcome}, not {wanted}"));
                }
            }
            [agency, "announces", "maintenance", rest @ ..] => self.announces(agency, rest).await?,
            [agency, "takes", "maintenance", "back", rest @ ..] => self.takes_maintenance_back(agency, rest).await?,
            [agency, "starts", "with", "directory", version] => self.starts_with_directory(agency, version).await?,
            [agency, "notes", "digest", "of", peer, rest @ ..] => self.notes_digest(agency, peer, rest).await?,
            [agency, "forgets", kind, "from", peer] => {
                let n = self.world.place(agency);
                self.world.forgets(n, kind, peer).await;
            }
            ["clocks", "are", "looked", "at"] => {
                self.world.look_at_clocks().await;
                self.world.settle().await;
            }
            ["hours", "pass", hours] => {
                self.world.pass_ms(hours.parse::<i64>().map_err(|_| "a number of hours")? * 3_600_000);
            }
            ["deliver", "all"] => self.world.settle().await,
            ["again"] => self.world.again(2).await,
            ["withhold", "next"] => self.world.broker.order_next(Order::Withhold),
            ["return", "next"] => self.world.broker.order_next(Order::Return),
            ["lose", "next"] => self.world.broker.order_next(Order::LoseLetter),
            ["release", agency] => self.world.broker.release(agency),
            ["crash", agency] => {
                let n = self.world.place(agency);
                self.world.crash(n).await;
            }
            ["days", "pass", days] => self.world.days_pass(days.parse().map_err(|_| "a number of days")?).await,
            ["bank", rest @ ..] => self.bank(rest).await?,
            [agency, "has", "told", who, told @ ..] => self.has_told(agency, who, told).await?,
            ["expect", agency, rest @ ..] => {
                let n = self.world.place(agency);
                self.expect(n, rest).await?;
            }
            _ => return Err("no such verb".into()),
        }
        Ok(())
    }

    /// `530800 opens payout for P1 emigrated [by NAME] [to P2] [declined CODE]`.
    async fn opens_payout(&mut self, agency: &str, who: &str, why: &str, words: &[&str]) -> Result<(), String> {
        self.applications += 1;
        let n = self.world.place(agency);
        let person_of = |word| person(word).ok_or("a person is written P1");
        let relation = Relation::new(person_of(who)?, Insurance::Employee, RelationStatus::Stopped);
        let request = PayoutRequest {
            payout_no: ApplicationNo::new(&format!("B{:05}", self.applications)).map_err(|_| "a number")?,
            person_no: relation.person_no(&self.world.nodes[n].code),
            why: PayoutReason::from_word(why).ok_or("a reason")?,
            account: own_account(person_of(after(words, "to").unwrap_or(who))?),
            reason: Why("本人申请".into()),
        };
        let clerk = after(words, "by").unwrap_or("li");
        let outcome = self.world.act(n, clerk, vec![What::Payout(request)]).await.remove(0);
        self.world.boundary(n).await;
        match (outcome, after(words, "declined")) {
            (Outcome::Applied, None) => Ok(()),
            (Outcome::Declined(declined), Some(code)) if declined.code == code => Ok(()),
            (other, _) => Err(format!("found {other:?}")),
        }
    }

    /// `530800 decides recheck for P1 [first] [to AMOUNT] [by NAME] [declined CODE]`: about the person's newest case there,
    /// or the first one.
    async fn decides(&mut self, agency: &str, word: &str, who: &str, words: &[&str]) -> Result<(), String> {
        let n = self.world.place(agency);
        let document = document_of(person(who).ok_or("a person is written P1")?);
        let cases = self.world.documents(n).await;
        let mut of_person = cases.iter().filter(|case| case.person().document == document);
        let case = if words.contains(&"first") { of_person.next() } else { of_person.next_back() };
        let case = case.ok_or("no such case")?;
        let clerk = after(words, "by").unwrap_or("li");
        let verb = match word {
            "correct" => Verb::Correct { balance: after(words, "to").map(|amount| Balance(fen(amount))) },
            "match" => Verb::Match { txns: self.world.waiting_lines(n).await },
            "send-back" => Verb::SendBack { txns: self.world.waiting_lines(n).await },
            word => verb_for(word, case).ok_or("no such verb of a clerk")?,
        };
        let outcome = self.world.clerk_decides(n, clerk, case, verb).await;
        self.world.boundary(n).await;
        match (outcome, after(words, "declined")) {
            (Outcome::Applied, None) => Ok(()),
            (Outcome::Declined(declined), Some(code)) if declined.code == code => Ok(()),
            (other, _) => Err(format!("found {other:?}")),
        }
    }

    /// `530800 takes task CHECK_BY_CLERK [by NAME] [declined CODE]`: the last one of its kind, open or not.
    async fn hands(&mut self, agency: &str, kind: &str, verb: TaskVerb, words: &[&str]) -> Result<(), String> {
        let n = self.world.place(agency);
        let sql = "SELECT task, round, kind, (SELECT COUNT(*) FROM task_acts
                   WHERE task_acts.task = tasks.task AND task_acts.round = tasks.round) AS acts
                   FROM tasks ORDER BY closed_at IS NULL, opened_at, round";
        let rows = self.world.rows(n, sql).await;
        let row = rows.iter().rfind(|row| row.get::<String, _>("kind") == kind).ok_or("no such task")?;
        let number = |name: &str| u32::try_from(row.get::<i64, _>(name)).expect("small");
        let (task, round, seen) = (row.get("task"), number("round"), number("acts"));
        let act = TaskAct { task, round, seen, verb, reason: Why("分工".into()) };
        let outcome = self.world.act(n, after(words, "by").unwrap_or("li"), vec![What::Task(act)]).await.remove(0);
        self.world.boundary(n).await;
        match (outcome, after(words, "declined")) {
            (Outcome::Applied, None) => Ok(()),
            (Outcome::Declined(declined), Some(code)) if declined.code == code => Ok(()),
            (other, _) => Err(format!("found {other:?}")),
        }
    }

    /// Open tasks of a kind, as the list shows them.
    async fn listed(&self, n: usize, kind: &str) -> Vec<TaskRow> {
        let node = &self.world.nodes[n];
        let query = TaskQuery { kind: kind.to_owned(), ..TaskQuery::default() };
        let today = self.world.now().china_date();
        node.store.views().tasks(&query, &node.site.calendar(), today).await.expect("readable").rows
    }

    /// `530800 has told P1 accepted, merged, credited, completed`: every notice of the person there, in order.
    async fn has_told(&self, agency: &str, who: &str, words: &[&str]) -> Result<(), String> {
        let document = document_of(person(who).ok_or("a person is written P1")?);
        let sql = "SELECT milestone, document_no FROM notices JOIN cases ON cases.case_id = notices.case_id ORDER BY n";
        let rows = self.world.rows(self.world.place(agency), sql).await;
        let of_person = rows.iter().filter(|row| row.get::<String, _>("document_no") == document.number());
        let told: Vec<String> = of_person.map(|row| row.get("milestone")).collect();
        let code = |word: &&str| match word.trim_end_matches(',') {
            "merged" => "RELATION_IN".to_owned(),
            "out" => "RELATION_OUT".to_owned(),
            word => word.to_uppercase(),
        };
        let wanted: Vec<String> = words.iter().filter(|word| **word != "nothing").map(code).collect();
        if told == wanted { Ok(()) } else { Err(format!("told {told:?}")) }
    }

    async fn registers(&mut self, agency: &str, who: &str, words: &[&str]) -> Result<(), String> {
        let n = self.world.place(agency);
        let status = ["active", "stopped", "retired", "deceased"].into_iter().find(|word| words.contains(word));
        let status = RelationStatus::from_word(status.ok_or("a status is missing")?).ok_or("a status")?;
        let mut relation = Relation::new(person(who).ok_or("a person is written P1")?, insurance(words), status);
        relation.balance = Balance(after(words, "balance").map_or(0, fen));
        if let Some(months) = after(words, "months") {
            let (from, to) = months.split_once("..").ok_or("months are written 202401..202412")?;
            relation.months = Some((from.parse().map_err(|_| "a month")?, to.parse().map_err(|_| "a month")?));
        }
        if let Some(day) = after(words, "since") {
            relation.status_on = day.parse().map_err(|_| "a day")?;
        }
        (relation.arrears, relation.open_claims) = (words.contains(&"arrears"), words.contains(&"claims"));
        relation.other_name = words.contains(&"misspelt");
        let code = self.world.nodes[n].code.clone();
        self.world.act(n, "import", relation.events(&code)).await;
        Ok(())
    }

    async fn bank(&mut self, words: &[&str]) -> Result<(), String> {
        let world = &mut self.world;
        let today = world.now().china_date();
        match words {
            ["books"] => drop(world.bank_books().await),
            ["takes", agency] => {
                let n = world.place(agency);
                world.bank_takes(n).await;
            }
            ["tells", agency] => {
                let n = world.place(agency);
                world.bank_tells(n, usize::MAX).await;
            }
            ["tells", agency, "again"] => {
                let n = world.place(agency);
                world.bank_tells_again(n).await;
            }
            ["pays", "short", amount] => world.bank.plants.push_back(Plant::Short(fen(amount))),
            ["pays", "split", amount] => world.bank.plants.push_back(Plant::Split(fen(amount))),
            ["pays", "from", "stranger"] => world.bank.plants.push_back(Plant::WrongPayer),
            ["pays", "by", "remark"] => world.bank.plants.push_back(Plant::RemarkOnly),
            ["pays", "without", "remark"] => world.bank.plants.push_back(Plant::Unnamed),
            ["pays", "by", "letter"] => world.bank.plants.push_back(Plant::LetterOnly),
            ["refuses", "payment"] => world.bank.plants.push_back(Plant::Refused),
            ["returns", "payment"] => world.bank.plants.push_back(Plant::Returned),
            ["pays", "after", "all"] => world.bank.pays_after_all(today),
            ["tops", "up", amount] => world.bank.top_up_last(fen(amount), today),
            ["stranger", "pays", agency, amount] => {
                let account = world.account(world.place(agency));
                world.bank.stranger(&account, fen(amount), "往来款", today);
            }
            _ => return Err("no such verb of the bank".into()),
        }
        Ok(())
    }

    async fn count(&self, n: usize, sql: &'static str, word: &str) -> usize {
        self.world.rows(n, sql).await.iter().filter(|row| row.get::<String, _>("word") == word).count()
    }

    async fn expect(&self, n: usize, words: &[&str]) -> Result<(), String> {
        let same = |found: String, wanted: &str| {
            if found == wanted { Ok(()) } else { Err(format!("found {found}, not {wanted}")) }
        };
        let counted = |found: usize, wanted: Option<&&str>| same(found.to_string(), wanted.copied().unwrap_or("1"));
        match words {
            ["task", kind, "with", who] => {
                let hands = self.listed(n, kind).await.pop().ok_or("no such task")?.assignee;
                same(hands.unwrap_or_else(|| "nobody".to_owned()), who)
            }
            ["task", kind, "due", day] => {
                let row = self.listed(n, kind).await.pop().ok_or("no such task")?;
                same(if row.due_provisional { "provisional".to_owned() } else { row.due_on }, day)
            }
            ["task", kind, "allows", verbs @ ..] => {
                same(self.listed(n, kind).await.pop().ok_or("no such task")?.verbs.join(" "), &verbs.join(" "))
            }
            ["task", kind, count @ ..] => {
                let sql = "SELECT kind AS word FROM tasks WHERE closed_at IS NULL";
                counted(self.count(n, sql, kind).await, count.first())
            }
            ["closed", peer, rest @ ..] => self.expect_closed(n, peer, rest).await,
            ["day", rest @ ..] => self.expect_day(n, rest).await,
            ["digest", rest @ ..] => self.expect_digest(n, rest).await,
            ["early", count] => counted(self.count(n, "SELECT state AS word FROM inbox", "early").await, Some(count)),
            ["refused", code, count @ ..] => {
                let sql = "SELECT refusal AS word FROM inbox WHERE refusal IS NOT NULL";
                counted(self.count(n, sql, code).await, count.first())
            }
            ["audit", action, count @ ..] => {
                let sql = "SELECT action AS word FROM audit";
                counted(self.count(n, sql, action).await, count.first())
            }
            ["line", hint, count @ ..] => {
                let sql = "SELECT COALESCE(hint, state) AS word FROM bank_lines";
                counted(self.count(n, sql, hint).await, count.first())
            }
            ["suspense", amount] => {
                let sql = "SELECT COALESCE(SUM(balance), 0) AS sum FROM accounts WHERE class = 'suspense'";
                same(Balance(self.world.rows(n, sql).await[0].get("sum")).to_string(), amount)
            }
            [who, rest @ ..] => self.expect_person(n, person(who).ok_or("a person is written P1")?, rest).await,
            [] => Err("what is expected?".into()),
        }
    }

    async fn expect_person(&self, n: usize, person: u32, words: &[&str]) -> Result<(), String> {
        let document = document_of(person);
        let number = document.number();
        let sql = "SELECT document_no, relation, COALESCE(money, '-') AS money, COALESCE(return_code, '-') AS code,
                   due_clock, due_on, due_provisional FROM cases ORDER BY opened_at, case_id";
        let rows = self.world.rows(n, sql).await;
        let cases: Vec<_> = rows.iter().filter(|row| row.get::<String, _>("document_no") == number).collect();
        let states: Vec<String> = cases
            .iter()
            .map(|row| ["relation", "money", "code"].map(|name| row.get::<String, _>(name)).join(" "))
            .collect();
        let is_one_of = |wanted: &str| {
            if states.iter().any(|state| state == wanted) { Ok(()) } else { Err(format!("found {states:?}")) }
        };
        match words {
            ["nothing"] if states.is_empty() => Ok(()),
            ["nothing"] => Err(format!("found {states:?}")),
            ["recounted", note @ ..] => {
                let sql = "SELECT document_no, note FROM case_steps JOIN cases USING (case_id)
                           WHERE event = 'recount' ORDER BY case_id, case_steps.version";
                let rows = self.world.rows(n, sql).await;
                let of_person = rows.iter().filter(|row| row.get::<String, _>("document_no") == number);
                let found: Vec<String> = of_person.map(|row| row.get("note")).collect();
                let wanted = note.join(" ");
                if found.join(" | ") == wanted { Ok(()) } else { Err(format!("found {found:?}")) }
            }
            ["cases", count] if states.len().to_string() == *count => Ok(()),
            ["cases", _] => Err(format!("found {states:?}")),
            ["told", state, waits] => {
                let documents = self.world.documents(n).await;
                let case = documents.iter().rev().find(|case| case.person().document == document);
                let told = case.and_then(|case| case.correspondence.progress.as_ref()?.report.relation.clone());
                let found = told.map(|track| (track.state, format!("{:?}", track.waiting_for)));
                let waits = waits.replace('_', "");
                let is_told =
                    |(found, holder): &(String, String)| found == state && holder.eq_ignore_ascii_case(&waits);
                if found.as_ref().is_some_and(is_told) { Ok(()) } else { Err(format!("found {found:?}")) }
            }
            ["reminded", step, "level", level] => {
                let documents = self.world.documents(n).await;
                let case = documents.iter().rev().find(|case| case.person().document == document);
                let found = case.and_then(|case| case.correspondence.reminding);
                let is_wanted = found.is_some_and(|it| it.step.word() == *step && it.level.to_string() == *level);
                if is_wanted { Ok(()) } else { Err(format!("found {found:?}")) }
            }
            ["held", "until", day] => {
                let documents = self.world.documents(n).await;
                let case = documents.iter().rev().find(|case| case.person().document == document);
                let found = case.and_then(|case| case.correspondence.held).map(|held| held.on.to_string());
                if found.as_deref().unwrap_or("nobody") == *day { Ok(()) } else { Err(format!("found {found:?}")) }
            }
            ["noted", kind] => {
                let documents = self.world.documents(n).await;
                let case = documents.iter().rev().find(|case| case.person().document == document);
                let notes = case.map(|case| case.correspondence.notes.clone()).unwrap_or_default();
                let is_wanted = |what: &NoteKind| match what {
                    NoteKind::Discrepancy { kind: found, .. } => found.word() == *kind,
                    NoteKind::Returned { reason, .. } => reason.word() == *kind,
                    _ => false,
                };
                if notes.iter().any(|note| is_wanted(&note.what)) { Ok(()) } else { Err(format!("found {notes:?}")) }
            }
            ["due", clock, on] => {
                let found = cases.iter().map(|row| {
                    let day: Option<String> = row.get("due_on");
                    let provisional: i64 = row.get("due_provisional");
                    let clock: Option<String> = row.get("due_clock");
                    let day = if provisional == 1 { Some("provisional".to_owned()) } else { day };
                    format!("{} {}", clock.unwrap_or_default(), day.unwrap_or_default())
                });
                let found: Vec<String> = found.collect();
                let wanted = format!("{clock} {on}");
                if found.contains(&wanted) { Ok(()) } else { Err(format!("found {found:?}")) }
            }
            ["held", wanted @ ..] => {
                let documents = self.world.documents(n).await;
                let case = documents.iter().rev().find(|case| case.person().document == document).ok_or("no case")?;
                let node = &self.world.nodes[n];
                let view = node.store.views().case(case.id, &node.site.calendar(), self.world.now()).await;
                let ball = view.expect("readable").expect("a case").ball;
                let one = |share: &Share| {
                    let working = share.working_days.map_or_else(|| "?".to_owned(), |days| days.to_string());
                    format!("{} {working}/{}", share.holder, share.calendar_days)
                };
                let shares = match wanted.split_first() {
                    Some((word, _)) if Phase::ALL.iter().any(|phase| phase.word() == *word) => {
                        let of_phase = ball.phases.iter().find(|time| time.phase.word() == *word);
                        format!("{word} ") + &of_phase.map_or_else(String::new, |time| said(&time.shares, one))
                    }
                    _ => said(&ball.total, one),
                };
                if shares == wanted.join(" ") { Ok(()) } else { Err(format!("found {shares}")) }
            }
            ["balance", amount] => {
                let sql = "SELECT people.document_no, COALESCE(accounts.balance, 0) AS balance FROM people
                           LEFT JOIN accounts ON accounts.account = 'person/' || people.person_no";
                let rows = self.world.rows(n, sql).await;
                let of_person = rows.iter().filter(|row| row.get::<String, _>("document_no") == number);
                let sum: i64 = of_person.map(|row| row.get::<i64, _>("balance")).sum();
                let found = Balance(sum).to_string();
                if found == *amount { Ok(()) } else { Err(format!("found {found}")) }
            }
            ["months", wanted] => {
                let sql = "SELECT people.document_no, periods.document FROM periods JOIN people USING (person_no)";
                let rows = self.world.rows(n, sql).await;
                let of_person = rows.iter().filter(|row| row.get::<String, _>("document_no") == number);
                let periods =
                    of_person.map(|row| serde_json::from_str::<Period>(row.get("document")).expect("a period"));
                let found: u32 = periods.map(|period| period.months).sum();
                if found.to_string() == *wanted { Ok(()) } else { Err(format!("found {found}")) }
            }
            [relation] => is_one_of(&format!("{relation} - -")),
            [relation, "returned", code] => is_one_of(&format!("{relation} - {code}")),
            [relation, money] => is_one_of(&format!("{relation} {money} -")),
            _ => Err("no such expectation".into()),
        }
    }
}

fn said(shares: &[Share], one: impl Fn(&Share) -> String) -> String {
    shares.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// Tells a story once; how often each agency could have died.
async fn tell(name: &str, text: &str, telling: Telling) -> Vec<u64> {
    let seed = if let Telling::Doubled(seed) = telling { seed } else { 1 };
    let mut story = Story { world: World::new(3, seed).await, applications: 0 };
    match telling {
        Telling::Plain => {}
        Telling::Doubled(_) => story.world.broker.chaos(Chaos { duplicate: 1_000, swap: 500, ..Chaos::default() }),
        Telling::Crash(n, at) => story.world.crash_at = Some((n, at)),
    }
    for (number, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or("").trim();
        if line.is_empty() {
            continue;
        }
        if let Err(why) = story.line(line).await {
            panic!("{name}:{} ({telling:?}): {line}: {why}", number + 1);
        }
        let faults = story.world.books_faults().await;
        assert!(faults.is_empty(), "{name}:{} ({telling:?}): {faults:#?}", number + 1);
    }
    story.world.boundaries.clone()
}

fn stories() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let mut files: Vec<_> =
        std::fs::read_dir(folder).expect("tests/scenarios").map(|file| file.unwrap().path()).collect();
    files.sort();
    let name = |path: &Path| path.file_name().expect("a name").to_string_lossy().into_owned();
    if let Ok(wanted) = std::env::var("JIEXU_STORY") {
        files.retain(|path| name(path).starts_with(&wanted));
    }
    files.iter().map(|path| (name(path), std::fs::read_to_string(path).expect("a text"))).collect()
}

#[test]
fn every_story_ends_as_it_is_told_also_doubled_disordered_and_with_crashes() {
    let stories = stories();
    assert!(stories.len() >= 14 || std::env::var_os("JIEXU_STORY").is_some(), "stories are missing");
    let next = AtomicUsize::new(0);
    let work = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        while let Some((name, text)) = stories.get(next.fetch_add(1, Relaxed)) {
            let tellings = runtime.block_on(tell_in_every_way(name, text));
            eprintln!("{name}: told {tellings} times");
        }
    };
    on_threads(work);
}

/// Plainly, doubled and disordered, and with a crash; how many tellings.
async fn tell_in_every_way(name: &str, text: &str) -> usize {
    let boundaries = tell(name, text, Telling::Plain).await;
    let mut tellings = 1;
    for seed in 1..=3 {
        tell(name, text, Telling::Doubled(seed)).await;
        tellings += 1;
    }
    // Every fourth boundary, from another start for each agency: all kinds of step are hit over the stories.
    for (n, passed) in boundaries.iter().enumerate() {
        for at in (1 + n as u64..=*passed).step_by(crash_step()) {
            tell(name, text, Telling::Crash(n, at)).await;
            tellings += 1;
        }
    }
    tellings
}

/// `JIEXU_EVERY_CRASH=1` tries every boundary.
fn crash_step() -> usize {
    if std::env::var_os("JIEXU_EVERY_CRASH").is_some() { 1 } else { 4 }
}

#[test]
#[should_panic(expected = "no such verb")]
fn a_verb_nobody_knows_is_an_error() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(tell("a story", "530800 dances with 450200", Telling::Plain));
}
