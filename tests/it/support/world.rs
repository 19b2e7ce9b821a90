//! A few agencies, a bank, a broker in memory and one clock, driven step by step on one thread: whatever may happen
//! between two steps of a daemon can be made to happen here. The daemon's own parts decide; nothing is mocked but time.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

use jiexu::domain::calendar::Calendar;
use jiexu::domain::changes::Outcome;
use jiexu::domain::deadlines::Limits;
use jiexu::domain::directory::{Directory, IntraProvinceFunds};
use jiexu::domain::event::{Mint, What};
use jiexu::domain::ids::{AgencyCode, CaseId, MessageId};
use jiexu::domain::message::Kind;
use jiexu::domain::steps::Steps;
use jiexu::domain::time::Moment;
use jiexu::flow::counters::Counters;
use jiexu::flow::intake::open_letter;
use jiexu::flow::pipeline::{Fresh, Input, Pipeline};
use jiexu::flow::relay::Patience;
use jiexu::flow::site::Site;
use jiexu::handlers::{Conditions, EmbeddedRegister};
use jiexu::store::{Reached, Store};
use jiexu::transport::memory::{MemoryBroker, MemoryTransport};
use jiexu::transport::{Letter, Published, Tag};
use jiexu::wire::frame_hash;
use sqlx::sqlite::{SqliteConnectOptions, SqliteRow};
use sqlx::{Connection, SqliteConnection};
use tokio::sync::OnceCell;

use super::bank::Bank;
use super::dice::Dice;
use super::people::{ALL_AGENCIES, code, keys_of, listed};
use super::sight::Sight;

/// 2026-03-02 10:00 in China, a Monday.
pub const START: Moment = Moment(1_772_416_800_000_000);
const PATIENCE: Patience =
    Patience { receipt_ms: 30_000, receipt_most_ms: 900_000, trouble_ms: 1_000, trouble_most_ms: 60_000 };

/// A fault that no agency may have; a run with one must be found out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bug {
    AcknowledgesBeforeCommit,
    /// The relay sends what was just committed and never looks into its table.
    ForgetsOutbox,
    /// The bank carries out the same payment whenever its file comes.
    BankPaysTwice,
    /// What the broker has confirmed once is never sent again.
    TrustsConfirms,
}

/// Deliveries taken together from the broker.
struct Hand {
    tags: Vec<Tag>,
    hashes: Vec<[u8; 32]>,
    /// Empty once committed.
    inputs: Vec<Input>,
    committed: bool,
}

/// A letter on its way to the broker.
struct Outbound {
    id: MessageId,
    kind: Kind,
    attempts: u32,
    letter: Letter,
}

pub struct Node {
    pub code: AgencyCode,
    pub site: Arc<Site>,
    pub store: Arc<Store>,
    /// Looks at the database beside the daemon.
    pub(super) reader: tokio::sync::Mutex<SqliteConnection>,
    pipeline: Pipeline,
    transport: MemoryTransport,
    hands: VecDeque<Hand>,
    fresh: VecDeque<Outbound>,
    marks: Vec<Reached>,
    pub restarts: u64,
}

pub struct World {
    pub nodes: Vec<Node>,
    pub broker: MemoryBroker,
    pub bank: Bank,
    pub clock: Arc<AtomicI64>,
    /// What the broker confirmed: recipient, frame hash and kind.
    pub confirmed: Vec<(usize, [u8; 32], Kind)>,
    /// Every letter ever handed to the broker.
    pub letters: Vec<Letter>,
    pub bug: Option<Bug>,
    pub trace: bool,
    /// Crash this agency at this boundary between two steps, counted over the run.
    pub crash_at: Option<(usize, u64)>,
    /// An older copy was put back somewhere: agencies have something to tell each other.
    pub is_restored: bool,
    /// Boundaries passed, by agency.
    pub boundaries: Vec<u64>,
    seed: u64,
    pub(super) folder: tempfile::TempDir,
}

struct SeededMint(Dice);

impl SeededMint {
    fn v7(&mut self, at: Moment) -> uuid::Uuid {
        let mut random = [0u8; 10];
        random[..8].copy_from_slice(&self.0.next().to_be_bytes());
        let millis = u64::try_from(at.0 / 1000).expect("after 1970");
        uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }
}

impl Mint for SeededMint {
    fn message_id(&mut self, at: Moment) -> MessageId {
        MessageId(self.v7(at))
    }
    fn case_id(&mut self, at: Moment) -> CaseId {
        CaseId(self.v7(at))
    }
}

/// A folder in memory where there is one: a commit is still a commit, only quicker.
pub fn folder() -> tempfile::TempDir {
    let quick = PathBuf::from("/dev/shm");
    let made = if quick.is_dir() { tempfile::tempdir_in(quick) } else { tempfile::tempdir() };
    made.expect("a folder for the databases")
}

/// Every agency's empty database, opened once: a world begins with a copy and migrates nothing.
async fn empty_databases() -> &'static [Vec<u8>] {
    static EMPTY: OnceCell<Vec<Vec<u8>>> = OnceCell::const_new();
    EMPTY
        .get_or_init(async || {
            let folder = folder();
            let mut files = Vec::new();
            for (agency, _) in ALL_AGENCIES {
                let path = folder.path().join(agency);
                Arc::new(Store::open(&path, &code(agency)).await.expect("a store")).close().await;
                files.push(std::fs::read(&path).expect("a database"));
            }
            files
        })
        .await
}

/// Looks at the database beside its daemon.
pub(super) async fn reader_of(path: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(path).read_only(true);
    SqliteConnection::connect_with(&options).await.expect("a second reader")
}

/// As a starting daemon makes it.
pub async fn pipeline(site: &Arc<Site>, store: &Arc<Store>, seed: u64) -> Pipeline {
    let mint = Box::new(SeededMint(Dice::new(seed)));
    let counters = Arc::new(Counters::default());
    Pipeline::new(Arc::clone(site), Arc::clone(store), counters, mint).await.expect("a pipeline")
}

impl World {
    pub async fn new(agencies: usize, seed: u64) -> World {
        World::over(&empty_databases().await[..agencies], seed, START).await
    }

    /// Agencies over these databases, at this moment.
    pub async fn over(databases: &[Vec<u8>], seed: u64, now: Moment) -> World {
        let folder = folder();
        let clock = Arc::new(AtomicI64::new(now.0));
        let directory = listed(databases.len());
        let broker = MemoryBroker::new(seed);
        let mut nodes = Vec::new();
        for (place, database) in databases.iter().enumerate() {
            let us = code(ALL_AGENCIES[place].0);
            let now = Arc::clone(&clock);
            let conditions = Conditions { return_on_arrears: true, return_on_open_claims: true };
            let site = Arc::new(Site {
                us: us.clone(),
                keys: keys_of(place),
                directory: directory.clone(),
                calendar: tokio::sync::watch::Sender::new(Calendar::shipped()),
                limits: Limits::default(),
                steps: Steps::default(),
                handler: Box::new(EmbeddedRegister::new(conditions)),
                now: Arc::new(move || Moment(now.load(Relaxed))),
            });
            let path = folder.path().join(format!("{us}.db"));
            std::fs::write(&path, database).expect("a database");
            let store = Arc::new(Store::open(&path, &us).await.expect("a store"));
            let pipeline = pipeline(&site, &store, seed ^ (place as u64 + 1) << 32).await;
            let transport = broker.connect(us.as_str());
            let (hands, fresh, marks) = (VecDeque::new(), VecDeque::new(), Vec::new());
            let reader = reader_of(&path).await.into();
            nodes.push(Node { code: us, site, store, reader, pipeline, transport, hands, fresh, marks, restarts: 0 });
        }
        World {
            boundaries: vec![0; nodes.len()],
            nodes,
            broker,
            bank: Bank::default(),
            clock,
            confirmed: Vec::new(),
            letters: Vec::new(),
            bug: None,
            trace: false,
            crash_at: None,
            is_restored: false,
            seed,
            folder,
        }
    }

    pub fn now(&self) -> Moment {
        Moment(self.clock.load(Relaxed))
    }

    pub fn pass_ms(&self, ms: i64) {
        self.clock.fetch_add(ms * 1000, Relaxed);
    }

    pub fn place(&self, code: &str) -> usize {
        self.nodes.iter().position(|node| node.code.as_str() == code).expect("an agency of this world")
    }

    /// The account as the agency's own directory lists it.
    pub fn account(&self, n: usize) -> String {
        let node = &self.nodes[n];
        let us = node.site.directory.agency(&node.code).expect("in the directory");
        us.receiving_account().expect("an account").number.clone()
    }

    /// A new directory reaches this agency: another one banks elsewhere now. It starts again with it.
    pub async fn learns_account(&mut self, n: usize, whose: &str, number: &str) {
        let site = &self.nodes[n].site;
        let agencies = site.directory.agencies.values().cloned().map(|mut agency| {
            if agency.code.as_str() == whose {
                agency.accounts.iter_mut().for_each(|known| known.account.number = number.to_owned());
            }
            agency
        });
        let directory = jiexu::domain::directory::Directory::new(2, site.directory.valid_until, agencies.collect());
        let steps = site.steps;
        self.starts_again_with(n, directory.expect("sound"), steps).await;
    }

    /// The directory says that another agency is of this one's province, in which money stays where it is.
    pub async fn learns_province(&mut self, n: usize, whose: &str) {
        let site = &self.nodes[n].site;
        let us = site.directory.agency(&site.us).expect("in the directory").province().to_owned();
        let agencies = site.directory.agencies.values().cloned().map(|mut agency| {
            if agency.code.as_str() == whose {
                agency.division.replace_range(..2, &us);
            }
            agency.intra_province_funds = IntraProvinceFunds::Kept;
            agency
        });
        let directory = Directory::new(2, site.directory.valid_until, agencies.collect());
        let steps = site.steps;
        self.starts_again_with(n, directory.expect("sound"), steps).await;
    }

    /// The agency's configuration says which steps wait for a person; it starts again with it.
    pub async fn reviews(&mut self, n: usize, steps: Steps) {
        let directory = self.nodes[n].site.directory.clone();
        self.starts_again_with(n, directory, steps).await;
    }

    async fn starts_again_with(&mut self, n: usize, directory: Directory, steps: Steps) {
        let site = &self.nodes[n].site;
        let conditions = Conditions { return_on_arrears: true, return_on_open_claims: true };
        self.nodes[n].site = Arc::new(Site {
            us: site.us.clone(),
            keys: keys_of(n),
            directory,
            calendar: tokio::sync::watch::Sender::new(Calendar::shipped()),
            limits: Limits::default(),
            steps,
            handler: Box::new(EmbeddedRegister::new(conditions)),
            now: Arc::clone(&site.now),
        });
        self.crash(n).await;
    }

    fn say(&self, n: usize, what: &str) {
        if self.trace {
            eprintln!("{} {} {what}", self.now(), self.nodes[n].code);
        }
    }

    /// Takes from the broker without deciding; false when nothing was there.
    pub async fn take(&mut self, n: usize, most: usize) -> bool {
        let node = &mut self.nodes[n];
        let deliveries = node.transport.take_now(most);
        if deliveries.is_empty() {
            return false;
        }
        let tags: Vec<Tag> = deliveries.iter().map(|delivery| delivery.tag).collect();
        let hashes: Vec<[u8; 32]> = deliveries.iter().map(|delivery| frame_hash(&delivery.letter.frame)).collect();
        let seen = node.store.seen_frames(&hashes).await.expect("known frames");
        let open = |(delivery, hash): (jiexu::transport::Delivery, &[u8; 32])| match seen.get(hash) {
            Some((sender, id)) => Input::Seen { sender: sender.clone(), id: *id },
            None => open_letter(&node.site, &Counters::default(), *hash, delivery.letter),
        };
        let inputs = deliveries.into_iter().zip(&hashes).map(open).collect();
        if self.bug == Some(Bug::AcknowledgesBeforeCommit) {
            node.transport.acknowledge_now(&tags);
        }
        node.hands.push_back(Hand { tags, hashes, inputs, committed: false });
        self.say(n, "takes deliveries");
        true
    }

    /// Decides and commits the oldest deliveries in hand.
    pub async fn commit(&mut self, n: usize) -> bool {
        let node = &mut self.nodes[n];
        let Some(place) = node.hands.iter().position(|hand| !hand.committed) else { return false };
        let mut inputs = std::mem::take(&mut node.hands[place].inputs);
        inputs.push(Input::Reached(std::mem::take(&mut node.marks)));
        self.decide(n, &inputs).await;
        self.nodes[n].hands[place].committed = true;
        true
    }

    /// Acknowledges the oldest committed deliveries; they must be durable.
    pub async fn acknowledge(&mut self, n: usize) -> bool {
        let node = &mut self.nodes[n];
        if !node.hands.front().is_some_and(|hand| hand.committed) {
            return false;
        }
        let hand = node.hands.pop_front().expect("looked at above");
        node.transport.acknowledge_now(&hand.tags);
        self.say(n, &format!("acknowledges {}", hand.hashes.len()));
        true
    }

    async fn decide(&mut self, n: usize, inputs: &[Input]) -> Vec<Outcome> {
        let done = self.nodes[n].pipeline.take(inputs).await.expect("the database takes the batch");
        self.say(n, &format!("commits {:?}", done.outcomes));
        let fresh: Vec<Outbound> = done.fresh.into_iter().map(|fresh| self.outbound(n, fresh)).collect();
        self.nodes[n].fresh.extend(fresh);
        done.outcomes
    }

    fn outbound(&self, n: usize, fresh: Fresh) -> Outbound {
        let letter = self.letter(n, fresh.id, fresh.recipient.to_string(), fresh.frame);
        Outbound { id: fresh.id, kind: fresh.kind, attempts: 0, letter }
    }

    fn letter(&self, n: usize, id: MessageId, recipient: String, frame: Arc<[u8]>) -> Letter {
        Letter { message_id: id.to_string(), sender: self.nodes[n].code.to_string(), recipient, frame }
    }

    /// Local events of one agency, committed at once.
    pub async fn act(&mut self, n: usize, actor: &str, events: Vec<What>) -> Vec<Outcome> {
        let inputs: Vec<Input> =
            events.into_iter().map(|what| Input::Local { actor: actor.to_owned(), what }).collect();
        self.decide(n, &inputs).await
    }

    /// Publishes the oldest fresh messages; what the broker said waits to be marked.
    pub fn publish(&mut self, n: usize, most: usize) -> bool {
        let count = most.min(self.nodes[n].fresh.len());
        let window: Vec<Outbound> = self.nodes[n].fresh.drain(..count).collect();
        self.send(n, window)
    }

    /// Publishes what the table says is due.
    pub async fn resend(&mut self, n: usize) -> bool {
        if self.bug == Some(Bug::ForgetsOutbox) {
            return false;
        }
        let mut due = self.nodes[n].store.due_letters(self.now(), 512).await.expect("due letters");
        if self.bug == Some(Bug::TrustsConfirms) {
            due.retain(|row| !self.confirmed.iter().any(|(_, hash, _)| *hash == frame_hash(&row.frame)));
        }
        let window = due
            .into_iter()
            .map(|row| {
                let letter = self.letter(n, row.id, row.recipient.to_string(), row.frame.into());
                Outbound { id: row.id, kind: row.kind, attempts: row.attempts, letter }
            })
            .collect();
        self.send(n, window)
    }

    fn send(&mut self, n: usize, window: Vec<Outbound>) -> bool {
        if window.is_empty() {
            return false;
        }
        let letters: Vec<Letter> = window.iter().map(|outbound| outbound.letter.clone()).collect();
        let said = self.nodes[n].transport.publish_now(&letters);
        let now = self.now();
        for (outbound, said) in window.iter().zip(said) {
            self.say(n, &format!("publishes {} → {said:?}", outbound.kind.word()));
            let (trouble, next_try_at) = match said {
                Published::Routed => {
                    let place = self.nodes.iter().position(|node| node.code.as_str() == outbound.letter.recipient);
                    let place = place.expect("confirmed letters have a reader");
                    self.confirmed.push((place, frame_hash(&outbound.letter.frame), outbound.kind));
                    (None, PATIENCE.after_routed(now, outbound.attempts))
                }
                Published::Unroutable => (Some("UNROUTABLE"), PATIENCE.after_trouble(now, outbound.attempts)),
                Published::Unknown(_) => (Some("UNCONFIRMED"), PATIENCE.after_trouble(now, outbound.attempts)),
            };
            let trouble = trouble.map(str::to_owned);
            self.nodes[n].marks.push(Reached { id: outbound.id, kind: outbound.kind, trouble, next_try_at });
        }
        self.letters.extend(letters);
        true
    }

    /// Writes down what the broker said.
    pub async fn mark(&mut self, n: usize) -> bool {
        let marks = std::mem::take(&mut self.nodes[n].marks);
        if marks.is_empty() {
            return false;
        }
        self.decide(n, &[Input::Reached(marks)]).await;
        true
    }

    /// The process dies: everything in memory is gone, what the broker lent comes again, the database is as it was.
    /// Whether there was anything in memory.
    pub async fn crash(&mut self, n: usize) -> bool {
        self.say(n, "CRASHES");
        let node = &mut self.nodes[n];
        let was_at_work = !(node.hands.is_empty() && node.fresh.is_empty() && node.marks.is_empty());
        node.restarts += 1;
        node.hands.clear();
        node.fresh.clear();
        node.marks.clear();
        node.transport.drop_connection();
        let seed = self.seed ^ (n as u64 + 1) << 32 ^ node.restarts << 40;
        let calendar = node.store.calendar_over(Calendar::shipped()).await.expect("stored years");
        node.site.calendar.send_replace(calendar);
        node.pipeline = pipeline(&node.site, &node.store, seed).await;
        was_at_work
    }

    /// The broker has lost letters that it had confirmed. Whatever awaits a receipt goes out again, byte for byte; a lost
    /// receipt is answered by another one, so these bytes need not arrive.
    pub fn receipts_may_be_lost(&mut self) {
        self.confirmed.retain(|(_, _, kind)| *kind != Kind::Receipt);
    }

    /// A place between two steps where a crash may have been ordered; true when it came.
    pub async fn boundary(&mut self, n: usize) -> bool {
        self.boundaries[n] += 1;
        if self.crash_at != Some((n, self.boundaries[n])) {
            return false;
        }
        self.crash(n).await;
        true
    }

    /// What is seen of an agency beside its daemon.
    pub fn sight(&self, n: usize) -> Sight<'_> {
        let node = &self.nodes[n];
        Sight { reader: &node.reader, views: node.store.views(), calendar: node.site.calendar(), now: self.now() }
    }

    /// Somebody writes into the agency's database beside the daemon.
    pub async fn beside(&self, n: usize, sql: &'static str) {
        let path = self.folder.path().join(format!("{}.db", self.nodes[n].code));
        let options = SqliteConnectOptions::new().filename(&path);
        let mut writer = SqliteConnection::connect_with(&options).await.expect("a second writer");
        sqlx::query(sql).execute(&mut writer).await.expect("a sound statement");
    }

    /// Rows of an agency's database, read beside the daemon.
    pub async fn rows(&self, n: usize, sql: &'static str) -> Vec<SqliteRow> {
        let mut reader = self.nodes[n].reader.lock().await;
        sqlx::query(sql).fetch_all(&mut *reader).await.expect("a sound statement")
    }
}
