//! Three agencies as processes of the built program, each in a home of its own, with one clock, one bank, and a virtual
//! host of the private broker that no other story uses.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use jiexu::daemon::Request;
use jiexu::daemon::setup::{self, CARD_FILE, CONFIG_FILE, HomeOptions, Profile};
use jiexu::domain::calendar::Calendar;
use jiexu::domain::directory::IntraProvinceFunds;
use jiexu::domain::steps::{Step, Steps, Way};
use jiexu::domain::time::Moment;
use jiexu::store::Views;
use jiexu::store::proof::Proof;
use jiexu::transport::amqp::{AmqpConfig, AmqpTransport};
use jiexu::transport::topology::VHOST;
use jiexu::transport::{Letter, Published, Transport};
use jiexu::trial::broker::PrivateBroker;
use serde_json::{Value, json};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions, SqliteRow};
use sqlx::{Connection, Row, SqliteConnection};
use tokio::sync::Mutex;

use super::gate::Gate;
use crate::support::bank::Bank;
use crate::support::exchange::{Agency, show_log};
use crate::support::people::{AGENCIES, account_of, code};
use crate::support::rabbit::local;
use crate::support::sight::Sight;
use crate::support::world::{START, folder};
use crate::support::{PATIENCE, copy_folder};

/// The agencies that run; the last of the directory is there to be named.
const RUNNING: usize = 3;
const LOOK_EVERY: Duration = Duration::from_millis(15);

/// Homes, registry and broker, made once for all stories.
pub struct Ground {
    folder: tempfile::TempDir,
    broker: PrivateBroker,
}

/// A story's own virtual host.
fn vhost(place: usize) -> String {
    format!("story{place:02}")
}

impl Ground {
    pub fn lay(stories: usize) -> Ground {
        let folder = folder();
        let registry = folder.path().join("registry");
        let root = setup::create_registry(&registry).expect("a registry");
        for (agency, pool) in AGENCIES {
            let home = folder.path().join(agency);
            let profile = Profile {
                code: code(agency),
                division: agency.to_owned(),
                pool: pool.to_owned(),
                name: format!("测试机构{agency}"),
                short_name: agency.to_owned(),
                account: account_of(agency),
                per_case_limit: None,
                intra_province_funds: IntraProvinceFunds::Moves,
            };
            let options = HomeOptions {
                roots: vec![root.clone()],
                broker_host: "127.0.0.1".to_owned(),
                broker_port: 1,
                web_listen: "127.0.0.1:0".to_owned(),
                made_at: START,
            };
            setup::init(&home, &profile, &options).expect("a home");
            setup::add_agency(&registry, &home.join(CARD_FILE)).expect("a listed agency");
        }
        setup::sign(&registry, START.china_date()).expect("a signed directory");
        for (agency, _) in AGENCIES {
            setup::install_directory(&registry, &folder.path().join(agency)).expect("a directory");
        }
        let plan = setup::broker_plan(&setup::cards(&registry).expect("cards"));
        let definitions = for_stories(&plan, stories);
        let broker = PrivateBroker::start(&folder.path().join("broker"), &definitions).expect("a private broker");
        Ground { folder, broker }
    }
}

/// The plan once for every story: the same users, and everything else in each virtual host.
fn for_stories(plan: &Value, stories: usize) -> Value {
    let mut all = plan.clone();
    for part in ["vhosts", "permissions", "topic_permissions", "exchanges", "queues", "bindings"] {
        let rows = plan[part].as_array().expect("a list");
        let of_story = |place: usize| {
            let name = if part == "vhosts" { "name" } else { "vhost" };
            rows.iter().cloned().map(move |mut row| {
                assert_eq!(row[name], VHOST);
                row[name] = json!(vhost(place));
                row
            })
        };
        all[part] = (0..stories).flat_map(of_story).collect();
    }
    all
}

/// One agency of the story, and how its database is looked at beside it.
pub struct Node {
    pub agency: Agency,
    pub steps: Steps,
    pub account: String,
    reader: Mutex<SqliteConnection>,
    views: Views,
}

pub struct Town {
    pub nodes: Vec<Node>,
    pub bank: Bank,
    pub gate: Gate,
    /// Files that are carried about.
    pub papers: PathBuf,
    vhost: String,
    registry: PathBuf,
    broker_port: u16,
    /// The agencies' clocks showed this then; they run as fast as the machine's.
    shown: (Instant, Moment),
    _folder: tempfile::TempDir,
}

impl Town {
    pub async fn start(ground: &Ground, story: usize) -> Town {
        let folder = folder();
        let gate = Gate::new(ground.broker.port()).await;
        let vhost = vhost(story);
        let registry = folder.path().join("registry");
        copy_folder(&ground.folder.path().join("registry"), &registry);
        let papers = folder.path().join("papers");
        std::fs::create_dir(&papers).expect("a folder");
        let shown = (Instant::now(), START);
        let mut agencies = Vec::new();
        for (code, _) in AGENCIES.iter().take(RUNNING) {
            let home = folder.path().join(code);
            copy_folder(&ground.folder.path().join(code), &home);
            let mut agency = Agency::at(code, &home, account_of(code));
            configure(&agency, START, &Steps::default(), |text| {
                let broker = format!("port = {}\nvhost = \"{vhost}\"\nheartbeat_seconds = 60\n", gate.port);
                text.replace("port = 1\n", &(broker + "connect_timeout_seconds = 60\n"))
            });
            agency.start();
            agencies.push(agency);
        }
        let mut nodes = Vec::new();
        for agency in agencies {
            nodes.push(Node::of(agency).await);
        }
        let broker_port = ground.broker.port();
        let bank = Bank::default();
        let town = Town { nodes, bank, gate, papers, vhost, registry, broker_port, shown, _folder: folder };
        town.until_connected().await;
        town.gate.shut();
        town
    }

    /// Until every agency hears the broker: a shut gate must find nobody half in.
    async fn until_connected(&self) {
        let begun = Instant::now();
        for node in &self.nodes {
            let is_there =
                |status: Value| status["broker"]["consuming"] == true && status["broker"]["publishing"] == true;
            while !node.agency.try_ask(&Request::Status).await.is_some_and(is_there) {
                assert!(begun.elapsed() < PATIENCE, "no broker:\n{}", show_log(&node.agency.home));
                tokio::time::sleep(LOOK_EVERY).await;
            }
        }
    }

    pub fn place(&self, code: &str) -> usize {
        self.nodes.iter().position(|node| node.agency.code == code).expect("an agency of this town")
    }

    pub fn now(&self) -> Moment {
        let (at, shown) = self.shown;
        shown.plus_ms(i64::try_from(at.elapsed().as_millis()).expect("a short story"))
    }

    /// Every agency's clock is set ahead and looked at.
    pub async fn set_clocks(&mut self, to: Moment) {
        self.shown = (Instant::now(), to);
        for node in &self.nodes {
            node.agency.ask(&Request::SetClock { to }).await;
        }
    }

    pub fn sight(&self, n: usize) -> Sight<'_> {
        let node = &self.nodes[n];
        Sight { reader: &node.reader, views: node.views.clone(), calendar: Calendar::shipped(), now: self.now() }
    }

    /// SIGKILL and a start, with these steps to review.
    pub async fn start_again(&mut self, n: usize, steps: Steps) {
        let now = self.now();
        let node = &mut self.nodes[n];
        node.agency.kill();
        node.steps = steps;
        configure(&node.agency, now, &steps, str::to_owned);
        node.agency.start();
        node.agency.ready().await;
    }

    /// The registry lists an agency anew, and one agency gets the directory and starts with it.
    pub async fn learns(&mut self, n: usize, changed: impl Fn(&mut Profile)) {
        let card_file = self.papers.join("card.json");
        for mut card in setup::cards(&self.registry).expect("cards") {
            changed(&mut card.profile);
            std::fs::write(&card_file, serde_json::to_vec(&card).expect("a card")).expect("a file");
            setup::add_agency(&self.registry, &card_file).expect("a listed agency");
            if card.profile.code.as_str() == self.nodes[n].agency.code {
                self.nodes[n].account = card.profile.account.number;
            }
        }
        setup::sign(&self.registry, START.china_date()).expect("a signed directory");
        setup::install_directory(&self.registry, &self.nodes[n].agency.home).expect("a directory");
        let steps = self.nodes[n].steps;
        self.start_again(n, steps).await;
    }

    /// The post goes until nothing moves: every message between the agencies is receipted. The gate is shut again.
    pub async fn deliver_all(&self) -> Result<(), String> {
        self.gate.open();
        let begun = Instant::now();
        loop {
            let mut open = Vec::new();
            for (n, node) in self.nodes.iter().enumerate() {
                let sql = "SELECT recipient, kind, state, trouble FROM outbox WHERE state IN ('unsent', 'sent')";
                let rows = self.sight(n).rows(sql).await;
                let to_running = rows.iter().filter(|row| self.runs(row.get("recipient")));
                open.extend(to_running.map(|row| format!("{}: {}", node.agency.code, said(row))));
            }
            if open.is_empty() {
                self.gate.shut();
                return Ok(());
            }
            if begun.elapsed() > PATIENCE {
                let logs: Vec<String> = self.nodes.iter().map(|node| show_log(&node.agency.home)).collect();
                return Err(format!("not receipted after {PATIENCE:?}: {open:#?}\n{}", logs.join("\n")));
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    fn runs(&self, code: &str) -> bool {
        self.nodes.iter().any(|node| node.agency.code == code)
    }

    /// Everything that was ever sent comes again, twice, as its sender would send it.
    pub async fn again(&self) -> Result<(), String> {
        let mut wanted: BTreeMap<String, i64> = BTreeMap::new();
        for node in &self.nodes {
            wanted.insert(node.agency.code.clone(), self.copies(&node.agency.code).await);
        }
        self.gate.open();
        for (n, node) in self.nodes.iter().enumerate() {
            let rows = self.sight(n).rows("SELECT hex(message_id) AS id, recipient, frame FROM outbox").await;
            let letters: Vec<Letter> = rows
                .iter()
                .filter(|row| self.runs(row.get("recipient")))
                .map(|row| Letter {
                    message_id: row.get("id"),
                    sender: node.agency.code.clone(),
                    recipient: row.get("recipient"),
                    frame: row.get::<Vec<u8>, _>("frame").into(),
                })
                .collect();
            for letter in &letters {
                *wanted.entry(letter.recipient.clone()).or_default() += 2;
            }
            self.publish(node, &letters).await?;
        }
        let begun = Instant::now();
        for (code, wanted) in wanted {
            while self.copies(&code).await < wanted {
                if begun.elapsed() > PATIENCE {
                    return Err(format!("{code} has not taken every copy"));
                }
                tokio::time::sleep(LOOK_EVERY).await;
            }
        }
        self.deliver_all().await
    }

    /// How often an agency was given what it had.
    async fn copies(&self, code: &str) -> i64 {
        let sql = "SELECT COALESCE(SUM(duplicates), 0) AS n FROM inbox";
        self.sight(self.place(code)).rows(sql).await[0].get("n")
    }

    async fn publish(&self, node: &Node, letters: &[Letter]) -> Result<(), String> {
        if letters.is_empty() {
            return Ok(());
        }
        let password = std::fs::read_to_string(node.agency.home.join("keys/broker.password")).expect("a password");
        let config = AmqpConfig::new(vec![local(self.broker_port)], &node.agency.code, password.trim());
        let transport = AmqpTransport::start(AmqpConfig { vhost: self.vhost.clone(), ..config });
        for _ in 0..2 {
            let said = transport.publish(letters).await;
            if !said.iter().all(|said| *said == Published::Routed) {
                return Err(format!("the broker says {said:?}"));
            }
        }
        transport.close().await;
        Ok(())
    }

    /// The end of a story: every agency's books verify, agree with the bank, and nothing was thrown away.
    pub async fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        for node in &self.nodes {
            let code = &node.agency.code;
            let proof = Proof::open(&node.agency.home.join("data/jiexu.db")).await.expect("a database");
            let books = proof.books().await.expect("books");
            let moved = self.bank.moved.get(&node.account).copied().unwrap_or(0);
            let at_bank = books.openings + books.corrections + moved;
            if books.bank != books.owed() {
                faults.push(format!("{code}: books out of balance: {books:?}"));
            }
            if self.bank.waiting(&node.account) == 0 && books.bank != at_bank {
                faults.push(format!("{code}: books {}, bank {at_bank}", books.bank));
            }
            let dead = proof.unfinished().await.expect("counts").dead;
            if dead != 0 {
                faults.push(format!("{code}: {dead} dead letters"));
            }
            proof.close().await;
        }
        faults
    }
}

fn said(row: &SqliteRow) -> String {
    let trouble: Option<String> = row.get("trouble");
    let word = |name| row.get::<&str, _>(name);
    format!("{} to {} is {} {}", word("kind"), word("recipient"), word("state"), trouble.unwrap_or_default())
}

/// The configuration as the home has it, changed, and over it the patience of a test, a clock and the steps.
fn configure(agency: &Agency, now: Moment, steps: &Steps, changed: impl FnOnce(&str) -> String) {
    const PARTED: &str = "\n# a story's own\n";
    let text = std::fs::read_to_string(agency.home.join(CONFIG_FILE)).expect("a configuration");
    let text = changed(text.split(PARTED).next().unwrap_or_default());
    let at = chrono::DateTime::from_timestamp_micros(now.0).expect("a moment");
    let mut more = format!(
        "{PARTED}[relay]\nreceipt_ms = 3000\nreceipt_most_ms = 6000\ntrouble_ms = 200\ntrouble_most_ms = 1000\n\
         [clock]\nstart = \"{}\"\n[steps]\n",
        at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
    );
    for step in Step::ALL.iter().filter(|step| steps.of(**step) == Way::Review) {
        more += &format!("{} = \"review\"\n", step.word());
    }
    std::fs::write(agency.home.join(CONFIG_FILE), text + &more).expect("a configuration");
}

impl Node {
    async fn of(agency: Agency) -> Node {
        agency.ready().await;
        let options = SqliteConnectOptions::new().filename(agency.home.join("data/jiexu.db")).read_only(true);
        let reader = SqliteConnection::connect_with(&options).await.expect("a reader").into();
        let pool = SqlitePoolOptions::new().max_connections(1).connect_with(options).await.expect("a reader");
        let account = agency.account.number.clone();
        Node { agency, steps: Steps::default(), account, reader, views: Views::new(pool) }
    }
}
