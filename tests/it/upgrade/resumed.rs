//! Agencies that go on over the databases an older program left, with the bank and the broker as they were.

use std::collections::{BTreeMap, BTreeSet};

use jiexu::domain::act::Verb;
use jiexu::domain::case::Case;
use jiexu::domain::changes::Outcome;
use jiexu::domain::ids::{BankTxnNo, CaseId};
use jiexu::domain::time::Moment;
use jiexu::transport::Incoming;
use jiexu::wire::frame_hash;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use super::left::Left;
use crate::simulation;
use crate::support::bank::{Bank, ordered};
use crate::support::clerk::verb_for;
use crate::support::world::World;

/// Rounds in which people end what still waits for them.
const ROUNDS: usize = 60;
/// Days that pass where nothing moves any more: announced money that does not come is asked about.
const DAYS: u32 = 8;

pub struct Resumed {
    pub world: World,
    /// Frames that lay in a queue: recipient and hash.
    queued: Vec<(usize, Vec<u8>)>,
    /// Kept as no message before the upgrade.
    dead: usize,
}

/// Opens the databases with today's program, gives the bank its memory and the broker its letters back.
pub async fn resume(left: &Left, files: &[Vec<u8>]) -> Resumed {
    let mut world = World::over(files, left.seed, Moment(left.now)).await;
    for (n, agency) in left.agencies.iter().enumerate() {
        assert_eq!(world.nodes[n].code.as_str(), agency.code);
        world.reviews(n, agency.steps).await;
    }
    bank(&mut world, left).await;
    let queued = queues(&world, left).await;
    let mut dead = 0;
    for n in 0..world.nodes.len() {
        dead += world.rows(n, "SELECT 1 FROM dead_letters WHERE resolved_at IS NULL").await.len();
    }
    Resumed { world, queued, dead }
}

async fn bank(world: &mut World, left: &Left) {
    let (mut done, mut late) = (BTreeSet::new(), Vec::new());
    for n in 0..world.nodes.len() {
        for row in world.rows(n, "SELECT DISTINCT batch_no FROM payments WHERE batch_no IS NOT NULL").await {
            let payments = world.nodes[n].store.payments_of_batch(row.get("batch_no")).await.expect("a payment file");
            for payment in payments {
                if left.bank.unpaid.contains(&payment.payment_ref.to_string()) {
                    late.push(payment);
                } else {
                    done.insert(payment.payment_ref);
                }
            }
        }
    }
    assert_eq!(late.len(), left.bank.unpaid.len(), "the file that never reached the bank is there");
    let lines = left.bank.lines.values().chain(left.bank.fetched.values()).flatten();
    let numbers = lines.filter_map(|line| line.bank_txn_no.as_str().trim_start_matches('T').parse().ok());
    let mut bank = Bank::having_paid(done, numbers.max().unwrap_or(0));
    bank.lines = left.bank.lines.iter().map(|(account, lines)| (account.clone(), lines.clone().into())).collect();
    bank.fetched = left.bank.fetched.clone();
    bank.moved = left.bank.moved.clone();
    (bank.kept, bank.from_outside) = (left.bank.kept, left.bank.from_outside);
    world.bank = bank;
    // Its file is carried to the bank after all.
    let today = world.now().china_date();
    late.iter().for_each(|payment| world.bank.pay(&ordered(payment), today));
}

/// Letters go back into the queues they lay in; their bytes stand in the outbox of who wrote them.
async fn queues(world: &World, left: &Left) -> Vec<(usize, Vec<u8>)> {
    let mut queued = Vec::new();
    for letter in &left.queued {
        let sender = world.place(letter.sender.as_deref().expect("a sender"));
        let hash = hex::decode(&letter.frame_hash).expect("hex");
        let rows = world.rows(sender, "SELECT frame FROM outbox").await;
        let frame =
            rows.iter().map(|row| row.get::<Vec<u8>, _>("frame")).find(|frame| frame_hash(frame)[..] == hash[..]);
        let incoming = Incoming {
            frame: frame.expect("what is on its way stands in the outbox").into(),
            routing_key: letter.routing_key.clone(),
            user_id: letter.sender.clone(),
            redelivered: true,
            carbon_copied: false,
        };
        assert!(world.broker.inject(&letter.recipient, incoming), "a queue");
        queued.push((world.place(&letter.recipient), hash));
    }
    queued
}

impl Resumed {
    /// Everything that was begun is ended; what of the promises does not hold then.
    pub async fn go_on(&mut self) -> Vec<String> {
        simulation::rest(&mut self.world, Vec::new()).await;
        let mut has_waited = false;
        for _ in 0..ROUNDS {
            if !self.people_end_what_waits().await {
                if has_waited {
                    break;
                }
                has_waited = true;
                self.world.days_pass(DAYS).await;
            }
            self.world.settle().await;
            while self.world.bank_books().await {}
            simulation::rest(&mut self.world, Vec::new()).await;
        }
        let mut faults = self.world.faults().await;
        // Money that came back in another sum may leave one side looking for it: it says so by a task.
        let asked: Vec<String> = self.open().await.into_iter().filter(|case| !case.ends_with("{}")).collect();
        let asked: Vec<&str> = asked.iter().filter_map(|case| case.split(' ').next()).collect();
        let one_sided = |fault: &String| fault.contains("is completed on one side only");
        faults.retain(|fault| !(one_sided(fault) && asked.iter().any(|case| fault.contains(case))));
        let (dead, mut faults): (Vec<_>, Vec<_>) =
            faults.into_iter().partition(|fault| fault.starts_with("dead letter at"));
        if dead.len() != self.dead {
            faults.push(format!("{} dead letters, {} before: {dead:?}", dead.len(), self.dead));
        }
        for (n, hash) in &self.queued {
            let arrived = self.world.rows(*n, "SELECT frame_hash FROM inbox").await;
            if !arrived.iter().any(|row| row.get::<Vec<u8>, _>("frame_hash") == *hash) {
                faults.push(format!("a letter that lay in a queue never arrived at {}", self.world.nodes[*n].code));
            }
        }
        faults
    }

    /// Whether anything was done.
    async fn people_end_what_waits(&mut self) -> bool {
        let mut done = false;
        for n in 0..self.world.nodes.len() {
            for case in self.world.documents(n).await.into_iter().filter(Case::is_open) {
                let lines = self.lines_for(n, &case).await;
                for verb in ends(&case, lines) {
                    if self.world.clerk_decides(n, "sun", &case, verb).await == Outcome::Applied {
                        self.another_confirms(n, case.id).await;
                        done = true;
                        break;
                    }
                }
            }
        }
        done
    }

    async fn another_confirms(&mut self, n: usize, id: CaseId) {
        let now = self.world.documents(n).await.into_iter().find(|case| case.id == id).expect("it is there");
        if now.proposal.as_ref().is_some_and(|proposal| proposal.by == "sun") {
            self.world.clerk_decides(n, "wu", &now, Verb::Confirm).await;
        }
    }

    /// The waiting lines that name the case together, then each waiting line alone.
    async fn lines_for(&self, n: usize, case: &Case) -> Vec<Vec<BankTxnNo>> {
        let sql = "SELECT bank_txn_no, mentions FROM bank_lines WHERE state = 'unmatched' AND fen > 0 ORDER BY line";
        let rows = self.world.rows(n, sql).await;
        let number = |row: &SqliteRow| BankTxnNo::new(row.get("bank_txn_no")).expect("a number");
        let letter = case.said_letter_no().map(|letter| letter.to_string());
        let names = |row: &&SqliteRow| letter.is_some() && row.get::<Option<String>, _>("mentions") == letter;
        let named: Vec<BankTxnNo> = rows.iter().filter(names).map(number).collect();
        let each = rows.iter().map(|row| vec![number(row)]);
        Some(named).filter(|named| !named.is_empty()).into_iter().chain(each).collect()
    }

    /// Cases that are still open at either agency, with the tasks that say for what.
    pub async fn open(&self) -> Vec<String> {
        let mut tasks: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for n in 0..self.world.nodes.len() {
            let sql = "SELECT hex(case_id) AS id, kind FROM tasks WHERE closed_at IS NULL AND case_id IS NOT NULL";
            for row in self.world.rows(n, sql).await {
                tasks.entry(row.get("id")).or_default().insert(row.get("kind"));
            }
        }
        let cases = self.world.cases().await.into_iter();
        let open = cases.filter(|(_, sides)| sides.iter().any(|(_, seen)| seen.open));
        open.map(|(case, sides)| {
            let stands =
                sides.iter().map(|(_, seen)| format!("{} {}", seen.relation, seen.money.as_deref().unwrap_or("-")));
            let stands: Vec<String> = stands.collect();
            format!("{case} {}: {:?}", stands.join(" / "), tasks.get(&case).cloned().unwrap_or_default())
        })
        .collect()
    }
}

/// What ends a case, or leads towards its end; the likeliest first. With the lines that may be its money.
fn ends(case: &Case, lines: Vec<Vec<BankTxnNo>>) -> Vec<Verb> {
    const WORDS: [&str; 15] = [
        "confirm",
        "withdraw",
        "release",
        "accept",
        "credit",
        "match",
        "resend",
        "payout",
        "reverse",
        "issue",
        "recheck",
        "send-back",
        "close",
        "return",
        "cancel",
    ];
    let offered = case.decisions();
    let mut verbs = Vec::new();
    for word in WORDS.into_iter().filter(|word| offered.contains(word)) {
        match word {
            "match" => verbs.extend(lines.iter().map(|txns| Verb::Match { txns: txns.clone() })),
            "send-back" => verbs.extend(lines.first().map(|txns| Verb::SendBack { txns: txns.clone() })),
            word => verbs.extend(verb_for(word, case)),
        }
    }
    verbs
}
