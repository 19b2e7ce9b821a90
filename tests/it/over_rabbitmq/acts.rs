//! Every deed of a story as people do it: files carried to an agency, and commands of the program.

use std::process::Output;

use jiexu::daemon::Request;
use jiexu::domain::act::Verb;
use jiexu::domain::directory::IntraProvinceFunds;
use jiexu::domain::event::{Application, What};
use jiexu::domain::forms::Insurance;
use jiexu::domain::register::RelationStatus;
use jiexu::domain::task::TaskVerb;
use jiexu::domain::time::Moment;
use jiexu::files;
use serde_json::Value;

use super::papers;
use super::town::Town;
use crate::scenarios::vocabulary::{APPLIED, Act, BankDeed, Deed};
use crate::support::clerk::verb_told;
use crate::support::people::{Relation, account_of, application, code, own_account};

const DAY_MS: i64 = 86_400_000;
const MORNING_MS: i64 = 10 * 3_600_000;

pub async fn carry_out(town: &mut Town, deed: Deed<'_>) -> Result<(), String> {
    match deed {
        Deed::Today(day) => town.set_clocks(Moment::start_of(day).plus_ms(MORNING_MS)).await,
        Deed::HoursPass(hours) => town.set_clocks(town.now().plus_ms(hours * 3_600_000)).await,
        Deed::DaysPass(days) => {
            for _ in 0..days {
                town.set_clocks(town.now().plus_ms(DAY_MS)).await;
            }
            town.deliver_all().await?;
        }
        Deed::ClocksAreLookedAt => {
            town.set_clocks(town.now().plus_ms(1_000)).await;
            town.deliver_all().await?;
        }
        Deed::DeliverAll => town.deliver_all().await?,
        Deed::Again => town.again().await?,
        Deed::Crash(agency) => {
            let n = town.place(agency);
            let steps = town.nodes[n].steps;
            town.start_again(n, steps).await;
        }
        Deed::Bank(deed) => bank(town, deed).await?,
        Deed::At { agency, what } => at(town, town.place(agency), what).await?,
        Deed::Next(_) | Deed::Release(_) => return Err("only a broker in memory takes such orders".into()),
    }
    Ok(())
}

/// What a command is given, and who gives it.
struct Command<'a> {
    actor: &'a str,
    words: Vec<String>,
}

fn command<'a>(actor: &'a str, words: &[&str]) -> Command<'a> {
    Command { actor, words: words.iter().map(|word| (*word).to_owned()).collect() }
}

impl Command<'_> {
    fn and(mut self, words: &[&str]) -> Self {
        self.words.extend(words.iter().map(|word| (*word).to_owned()));
        self
    }

    async fn run(&self, town: &Town, n: usize) -> Output {
        let mut program = tokio::process::Command::new(env!("CARGO_BIN_EXE_jiexu"));
        program.arg("--config").arg(town.nodes[n].agency.config()).args(["--output", "json", "--actor", self.actor]);
        program.args(&self.words).env_remove("JIEXU_CONFIG").env_remove("JIEXU_ACTOR");
        program.output().await.expect("the program runs")
    }

    /// Must end well; what it says.
    async fn done(&self, town: &Town, n: usize) -> Result<Value, String> {
        let output = self.run(town, n).await;
        if !output.status.success() {
            return Err(format!("{:?} ended with {}: {}", self.words, output.status, text(&output)));
        }
        serde_json::from_slice(&output.stdout).map_err(|_| format!("{:?} says no JSON: {}", self.words, text(&output)))
    }

    /// Must end as the story says: done, known before, or declined with this code.
    async fn ends(&self, town: &Town, n: usize, wanted: &str) -> Result<(), String> {
        if wanted == APPLIED || wanted == "Duplicate" {
            let said = self.done(town, n).await?;
            let places = ["/outcome/outcome", "/outcomes/0/outcome", "/years/0/outcome", "/outcome"];
            let found = places.iter().find_map(|place| said.pointer(place)?.as_str());
            let words: &[&str] =
                if wanted == APPLIED { &["applied", "added", "replaced"] } else { &["duplicate", "known"] };
            return if found.is_some_and(|found| words.contains(&found)) {
                Ok(())
            } else {
                Err(format!("found {said}"))
            };
        }
        let output = self.run(town, n).await;
        let is_declined = !output.status.success() && text(&output).split_whitespace().any(|word| word == wanted);
        if is_declined { Ok(()) } else { Err(format!("found {}: {}", output.status, text(&output))) }
    }
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Writes a file to carry; its path.
fn paper(town: &Town, name: &str, bytes: &[u8]) -> String {
    let path = town.papers.join(name);
    std::fs::write(&path, bytes).expect("a file");
    path.to_str().expect("UTF-8").to_owned()
}

async fn bank(town: &mut Town, deed: BankDeed<'_>) -> Result<(), String> {
    let today = town.now().china_date();
    match deed {
        BankDeed::Books => {
            for n in 0..town.nodes.len() {
                takes(town, n).await?;
            }
            for n in 0..town.nodes.len() {
                tells(town, n).await?;
            }
            town.deliver_all().await?;
        }
        BankDeed::Takes(agency) => takes(town, town.place(agency)).await?,
        BankDeed::Tells(agency) => tells(town, town.place(agency)).await?,
        BankDeed::TellsAgain(agency) => {
            let n = town.place(agency);
            let lines = town.bank.fetched.get(&town.nodes[n].account).cloned().unwrap_or_default();
            if !lines.is_empty() {
                let file = paper(town, "statement-again.csv", &papers::statement(&lines));
                command("bank", &["bank", "import", &file]).done(town, n).await?;
            }
        }
        BankDeed::Plants(plant) => town.bank.plants.push_back(plant),
        BankDeed::PaysAfterAll => town.bank.pays_after_all(today),
        BankDeed::TopsUp(fen) => town.bank.top_up_last(fen, today),
        BankDeed::AgencyPays(payer, agency, fen) => {
            let account = town.nodes[town.place(agency)].account.clone();
            town.bank.agency_pays(&account_of(payer), &account, fen, today);
        }
        BankDeed::StrangerPays(agency, fen) => {
            let account = town.nodes[town.place(agency)].account.clone();
            town.bank.stranger(&account, fen, "往来款", today);
        }
    }
    Ok(())
}

/// The bank gets an agency's payment file, if there are payments.
async fn takes(town: &mut Town, n: usize) -> Result<(), String> {
    let folder = town.papers.to_str().expect("UTF-8").to_owned();
    let said = command("finance", &["bank", "payments", "--out", &folder]).done(town, n).await?;
    let Some(file) = said["file"].as_str() else { return Ok(()) };
    let import =
        files::read_payments(&std::fs::read(file).expect("a payment file")).map_err(|cause| cause.to_string())?;
    if !import.errors.is_empty() {
        return Err(format!("the payment file cannot be read back: {:?}", import.errors));
    }
    let today = town.now().china_date();
    for (_, payment) in import.rows {
        town.bank.pay(&payment, today);
    }
    Ok(())
}

/// An agency imports its new statement.
async fn tells(town: &mut Town, n: usize) -> Result<(), String> {
    let lines = town.bank.fetch(&town.nodes[n].account, usize::MAX);
    if lines.is_empty() {
        return Ok(());
    }
    let file = paper(town, "statement.csv", &papers::statement(&lines));
    command("bank", &["bank", "import", &file]).done(town, n).await.map(|_| ())
}

async fn at(town: &mut Town, n: usize, what: Act<'_>) -> Result<(), String> {
    let us = code(&town.nodes[n].agency.code);
    let today = town.now().china_date();
    match what {
        Act::Registers(relation) => registers(town, n, &relation).await?,
        Act::Applies { number, person, outgoing, insurance } => {
            applies(town, n, application(number, person, outgoing, (insurance, insurance), today)).await?;
        }
        Act::HandsOver { number, person, incoming, insurance } => {
            let form = application(number, person, us.as_str(), (insurance, insurance), today);
            applies(town, n, Application { incoming: Some(code(incoming)), ..form }).await?;
        }
        Act::OpensPayout { number, person, why, to, by, wanted } => {
            let person_no = Relation::new(person, Insurance::Employee, RelationStatus::Stopped).person_no(&us);
            let account = paper(town, "account.txt", &papers::account(&own_account(to)));
            let number = format!("B{number:05}");
            command(by, &["payout", "open", "--number", &number, "--person-no", person_no.as_str()])
                .and(&["--why", why.word(), "--account", &account, "--reason", "本人申请"])
                .ends(town, n, wanted)
                .await?;
        }
        Act::Decides { verb, person, first, amount, by, wanted } => {
            let sight = town.sight(n);
            let case = sight.case_of(person, first).await.ok_or("no such case")?;
            let verb = verb_told(verb, &case, amount, &sight).await.ok_or("no such verb of a clerk")?;
            let (word, more) = words_of(town, &verb);
            let more: Vec<&str> = more.iter().map(String::as_str).collect();
            let case = case.id.0.to_string();
            command(by, &["case", word, &case, "--reason", "核实后办理"]).and(&more).ends(town, n, wanted).await?;
        }
        Act::Hand { kind, verb, by, wanted } => {
            let hand = town.sight(n).hand_on(kind, verb, "分工").await.ok_or("no such task")?;
            let command = match &hand.verb {
                TaskVerb::Assign { to } => command(by, &["tasks", "assign", &hand.task, "--to", to]),
                TaskVerb::Take => command(by, &["tasks", "take", &hand.task]),
                TaskVerb::Release => command(by, &["tasks", "release", &hand.task]),
            };
            command.and(&["--reason", "分工"]).ends(town, n, wanted).await?;
        }
        Act::Reviews(steps) => town.start_again(n, steps).await,
        Act::LearnsAccount { whose, number } => {
            let changed = |profile: &mut jiexu::daemon::setup::Profile| {
                if profile.code.as_str() == whose {
                    number.clone_into(&mut profile.account.number);
                }
            };
            town.learns(n, changed).await;
        }
        Act::LearnsProvince { whose } => {
            let province = us.as_str()[..2].to_owned();
            let changed = |profile: &mut jiexu::daemon::setup::Profile| {
                if profile.code.as_str() == whose {
                    profile.division.replace_range(..2, &province);
                }
                profile.intra_province_funds = IntraProvinceFunds::Kept;
            };
            town.learns(n, changed).await;
        }
        Act::ImportsCalendar { file, because, wanted } => {
            let file = format!("{}/tests/calendars/{file}.json", env!("CARGO_MANIFEST_DIR"));
            let import = command("clerk", &["calendar", "import", &file]);
            let import =
                because.map_or(command("clerk", &["calendar", "import", &file]), |why| import.and(&["--replace", why]));
            import.ends(town, n, wanted).await?;
        }
        Act::Announces { from, to, peer, wanted } => {
            let (from, to) = (from.to_string(), to.to_string());
            let announce = ["maintenance", "announce", "--from", &from, "--to", &to, "--reason", "机房检修"];
            let to_agency: Vec<&str> = peer.iter().flat_map(|peer| ["--to-agency", peer]).collect();
            command("operator", &announce).and(&to_agency).ends(town, n, wanted).await?;
        }
        Act::TakesMaintenanceBack { wanted } => {
            let number = town.sight(n).announcement_of(us.as_str()).await.ok_or("nothing is announced")?;
            let withdraw = ["maintenance", "withdraw", &number, "--reason", "检修改期"];
            command("operator", &withdraw).ends(town, n, wanted).await?;
        }
        Act::NotesDigest { peer, day, wanted } => {
            let note = ["digest", "note", peer, &day.to_string(), "--reason", "已核对"];
            command("operator", &note).ends(town, n, wanted).await?;
        }
        Act::Remits { by, wanted } => {
            let remit = command(by, &["bank", "remit", "--reason", "日终划转"]);
            if wanted == APPLIED {
                remit.done(town, n).await?;
            } else {
                remit.ends(town, n, wanted).await?;
            }
        }
        Act::LineBack { verb, by, wanted } => {
            let (_, txn, _) = town.sight(n).oldest_line().await.ok_or("no line waits")?;
            let words = ["bank", verb.word(), "--txn", txn.as_str(), "--reason", "不属于本机构"];
            command(by, &words).ends(town, n, wanted).await?;
        }
        Act::LineFound { peer, wanted } => {
            let txn = town.sight(town.place(peer)).first_arrival().await.ok_or("no line")?;
            let words = ["bank", "note", "--peer", peer, "--txn", txn.as_str(), "--reason", "已告知对方案件"];
            command("li", &words).ends(town, n, wanted).await?;
        }
        Act::StartsWithDirectory(_) | Act::Forgets { .. } => return Err("only a world in memory can do this".into()),
    }
    Ok(())
}

async fn registers(town: &Town, n: usize, relation: &Relation) -> Result<(), String> {
    let us = code(&town.nodes[n].agency.code);
    let mut import = command("import", &["register", "import"]);
    for event in relation.events(&us) {
        match event {
            What::Register(entry) if papers::is_for_files(&entry) => {
                import = import.and(&["--people", &paper(town, "people.csv", &papers::people(&entry))]);
            }
            What::Register(entry) => {
                let request = Request::Register { actor: "import".to_owned(), rows: vec![entry] };
                let said = town.nodes[n].agency.ask(&request).await;
                if said[0]["outcome"] != "applied" {
                    return Err(format!("found {said}"));
                }
            }
            What::Periods(entry) => {
                import = import.and(&["--periods", &paper(town, "periods.csv", &papers::periods(&entry))]);
            }
            other => return Err(format!("{other:?} is no row of a register")),
        }
    }
    if import.words.len() == 2 {
        return Ok(());
    }
    // A story says what is brought, not that it is taken: a relation that has moved away is no import's any more.
    let output = import.run(town, n).await;
    let said: Value = serde_json::from_slice(&output.stdout).map_err(|_| text(&output))?;
    let is_readable = |file: &Value| file["bad"] == 0 && file["total"] != 0;
    let is_read = said["files"].as_array().is_some_and(|files| files.iter().all(is_readable));
    if is_read { Ok(()) } else { Err(text(&output)) }
}

async fn applies(town: &Town, n: usize, form: Application) -> Result<(), String> {
    let file = paper(town, "applications.csv", &papers::applications(&form));
    command("clerk", &["apply", &file]).done(town, n).await.map(|_| ())
}

/// A clerk's verb as `case` takes it: the word, and what goes with it.
fn words_of(town: &Town, verb: &Verb) -> (&'static str, Vec<String>) {
    let txns = |txns: &[jiexu::domain::ids::BankTxnNo]| {
        txns.iter().flat_map(|txn| ["--txn".to_owned(), txn.as_str().to_owned()]).collect()
    };
    let codes = |reasons: &[jiexu::domain::reasons::Reason]| {
        reasons.iter().flat_map(|reason| ["--code".to_owned(), reason.code.code().to_owned()]).collect()
    };
    match verb {
        Verb::Release => ("release", vec![]),
        Verb::Reject { reasons } => ("reject", codes(reasons)),
        Verb::Recheck => ("recheck", vec![]),
        Verb::Return { reasons } => ("return", codes(reasons)),
        Verb::Issue => ("issue", vec![]),
        Verb::Payout { account } => {
            ("payout", vec!["--account".to_owned(), paper(town, "account.txt", &papers::account(account))])
        }
        Verb::Correct { balance } => {
            ("correct", balance.iter().flat_map(|sum| ["--balance".to_owned(), sum.to_string()]).collect())
        }
        Verb::Reverse => ("reverse", vec![]),
        Verb::Accept => ("accept", vec![]),
        Verb::Object { objections } => ("object", vec!["--field".to_owned(), objections[0].field.clone()]),
        Verb::Amend(amendment) if amendment.payee_from_directory => {
            ("amend", vec!["--payee-from-directory".to_owned()])
        }
        Verb::Amend(_) => ("amend", vec![]),
        Verb::Close => ("close", vec![]),
        Verb::Cancel { .. } => ("cancel", vec![]),
        Verb::Credit => ("credit", vec![]),
        Verb::Resend => ("resend", vec![]),
        Verb::SendBack { txns: lines } => ("send-back", txns(lines)),
        Verb::Match { txns: lines } => ("match", txns(lines)),
        Verb::Remind => ("remind", vec![]),
        Verb::Delay { expected_on } => ("delay", vec!["--expected".to_owned(), expected_on.to_string()]),
        Verb::Ask { field } => ("ask", field.iter().flat_map(|field| ["--field".to_owned(), field.clone()]).collect()),
        Verb::Answer => ("answer", vec![]),
        Verb::Query => ("query", vec![]),
        Verb::Noted => ("noted", vec![]),
        Verb::Confirm => ("confirm", vec![]),
        Verb::Withdraw => ("withdraw", vec![]),
    }
}

/// `jiexu verify` of every agency; what it says where it is not clean.
pub async fn verified(town: &Town) -> Vec<String> {
    let mut faults = Vec::new();
    for n in 0..town.nodes.len() {
        let verified = command("auditor", &["verify"]).done(town, n).await;
        faults.extend(verified.err().map(|why| format!("{}: {why}", town.nodes[n].agency.code)));
    }
    faults
}
