//! Leaves agencies behind in the middle of everything: cases in as many stands of both tracks as there are, and whatever may
//! be under way when a program is stopped to be replaced. Run by `tests/upgrade.sh` on an older commit as well, so it
//! asks little of the program: people apply, clerks decide anything, the bank errs, and a case that stands where few
//! others do is left alone.

use std::collections::{BTreeMap, BTreeSet};

use jiexu::domain::act::{Verb, Why};
use jiexu::domain::case::Case;
use jiexu::domain::event::{Application, What};
use jiexu::domain::forms::Insurance;
use jiexu::domain::ids::ApplicationNo;
use jiexu::domain::money::Balance;
use jiexu::domain::payout::{PayoutReason, PayoutRequest};
use jiexu::domain::register::RelationStatus;
use jiexu::domain::steps::{Step, Steps, Way};
use jiexu::transport::Incoming;
use jiexu::wire::frame_hash;
use sqlx::Row;

use super::left::{Left, LeftAgency, LeftBank, Queued};
use crate::support::bank::Plant;
use crate::support::clerk::verb_for;
use crate::support::dice::Dice;
use crate::support::people::{Relation, application, code, own_account};
use crate::support::world::World;

const AGENCIES: usize = 3;
/// Rounds between two days.
const DAY: usize = 25;
/// People who apply when all is about to stop, and once more.
const LATE: u32 = 4;

/// A stand: role, relation, money.
pub type Place = (String, String, String);

struct Maker {
    world: World,
    dice: Dice,
    steps: Vec<Steps>,
    people: u32,
    unpaid: Vec<String>,
}

/// How much is made.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    pub people: u32,
    pub rounds: usize,
}

/// The databases as they lie there, and everything around them.
pub async fn make(seed: u64, size: Size, commit: String) -> (Left, Vec<Vec<u8>>) {
    let mut maker = Maker {
        world: World::new(AGENCIES, seed).await,
        dice: Dice::new(seed),
        steps: Vec::new(),
        people: 0,
        unpaid: Vec::new(),
    };
    maker.review().await;
    for round in 0..size.rounds {
        if maker.people < size.people {
            for _ in 0..1 + maker.dice.below(4) {
                maker.arrive().await;
            }
        }
        maker.round(round).await;
    }
    maker.stops().await;
    maker.left(seed, commit).await
}

/// Where each case stands, on both sides.
pub async fn places(world: &World) -> BTreeMap<String, Vec<Place>> {
    let cases = world.cases().await.into_iter();
    let place = |seen: crate::support::books::Seen| (seen.role, seen.relation, seen.money.unwrap_or("-".into()));
    cases.map(|(case, sides)| (case, sides.into_iter().map(|(_, seen)| place(seen)).collect())).collect()
}

impl Maker {
    /// At the first agency a person releases every step, at the second none, at the third some.
    async fn review(&mut self) {
        for n in 0..AGENCIES {
            let mut steps = Steps::default();
            for (place, step) in Step::ALL.iter().enumerate() {
                let is_reviewed = n == 0 || (n == 2 && place % 2 == 1);
                steps.set(*step, if is_reviewed { Way::Review } else { Way::Auto });
            }
            self.world.reviews(n, steps).await;
            self.steps.push(steps);
        }
    }

    async fn arrive(&mut self) {
        use RelationStatus::{Active, Retired, Stopped};
        self.people += 1;
        let person = self.people;
        let from = self.dice.below(AGENCIES);
        let to = (from + 1 + self.dice.below(AGENCIES - 1)) % AGENCIES;
        let insurance = if self.dice.strikes(10) { Insurance::Resident } else { Insurance::Employee };
        let status = [Stopped, Stopped, Stopped, Stopped, Stopped, Stopped, Active, Retired][self.dice.below(8)];
        let mut there = Relation::new(person, insurance, status);
        there.months = Some((202_001, 202_008));
        there.arrears = self.dice.strikes(4);
        there.other_name = self.dice.strikes(4);
        if insurance == Insurance::Employee && !self.dice.strikes(15) {
            there.balance = Balance(1_000 + i64::try_from(self.dice.next() % 900_000).expect("small"));
        }
        let mut here = Relation::new(person, insurance, if self.dice.strikes(5) { Stopped } else { Active });
        // Months that overlap: a person must verify the sheet.
        here.months = Some(if self.dice.strikes(25) { (202_006, 202_012) } else { (202_401, 202_412) });
        here.balance = Balance(if insurance == Insurance::Employee { 5_000 } else { 0 });
        let (there_code, here_code) = (self.world.nodes[from].code.clone(), self.world.nodes[to].code.clone());
        self.world.act(from, "import", there.events(&there_code)).await;
        self.world.act(to, "import", here.events(&here_code)).await;
        let today = self.world.now().china_date();
        if self.dice.strikes(12) {
            let request = PayoutRequest {
                payout_no: ApplicationNo::new(&format!("B{person:05}")).expect("a number"),
                person_no: there.person_no(&there_code),
                why: PayoutReason::ALL[self.dice.below(PayoutReason::ALL.len())],
                account: own_account(person),
                reason: Why("本人申请".into()),
            };
            self.world.act(from, "clerk", vec![What::Payout(request)]).await;
            if self.dice.strikes(70) {
                return;
            }
        }
        let form = application(person * 10, person, there_code.as_str(), (insurance, insurance), today);
        if self.dice.strikes(12) {
            let handed = Application { incoming: Some(code(here_code.as_str())), ..form };
            self.world.act(from, "clerk", vec![What::Application(handed)]).await;
        } else {
            self.world.act(to, "clerk", vec![What::Application(form)]).await;
        }
    }

    /// A case for each stand, the fewest that will do: these are left alone.
    async fn kept(&self) -> BTreeSet<String> {
        let mut all: Vec<(String, BTreeSet<Place>)> =
            places(&self.world).await.into_iter().map(|(case, sides)| (case, sides.into_iter().collect())).collect();
        let mut often: BTreeMap<Place, usize> = BTreeMap::new();
        all.iter().flat_map(|(_, sides)| sides).for_each(|place| *often.entry(place.clone()).or_default() += 1);
        all.sort_by_key(|(case, sides)| (sides.iter().map(|place| often[place]).min(), case.clone()));
        let mut covered: BTreeSet<Place> = BTreeSet::new();
        let mut kept = BTreeSet::new();
        for (case, sides) in all {
            if !sides.is_subset(&covered) {
                covered.extend(sides);
                kept.insert(case);
            }
        }
        kept
    }

    async fn round(&mut self, round: usize) {
        if self.dice.strikes(80) {
            self.world.settle().await;
        } else {
            let n = self.dice.below(AGENCIES);
            self.world.turn(n, 3).await;
        }
        let kept = self.kept().await;
        for n in 0..AGENCIES {
            for case in self.world.documents(n).await {
                let id = case.id.0.simple().to_string().to_uppercase();
                if kept.contains(&id) || self.dice.strikes(50) {
                    continue;
                }
                let offered = case.decisions();
                if offered.is_empty() {
                    continue;
                }
                let word = offered[self.dice.below(offered.len())];
                self.decides(n, &case, word).await;
            }
        }
        self.bank().await;
        if round % DAY == DAY - 1 {
            self.world.days_pass(1).await;
        }
    }

    async fn decides(&mut self, n: usize, case: &Case, word: &str) {
        let fen = i64::try_from(self.dice.next() % 900_000).expect("small");
        let verb = match word {
            // Ends lead no further: taken as often as others they would be all there is.
            "close" | "cancel" | "withdraw" | "reject" | "return" if self.dice.strikes(95) => return,
            // A letter that comes back, again and again.
            "amend" | "recheck" if self.dice.strikes(85) => return,
            "object" if self.dice.strikes(40) => return,
            "correct" if self.dice.strikes(30) => Verb::Correct { balance: None },
            "correct" => Verb::Correct { balance: Some(Balance(fen)) },
            word => verb_for(word, case).expect("a verb of the list"),
        };
        let who = ["li", "wang"][self.dice.below(2)];
        self.world.clerk_decides(n, who, case, verb).await;
    }

    async fn bank(&mut self) {
        for n in 0..AGENCIES {
            for _ in 0..3 {
                let fen = 1 + i64::try_from(self.dice.next() % 400).expect("small");
                let plant = match self.dice.below(16) {
                    0 => Plant::Short(fen),
                    1 => Plant::Split(fen),
                    2 => Plant::WrongPayer,
                    3 => Plant::Unnamed,
                    4 => Plant::LetterOnly,
                    5 | 6 => Plant::Refused,
                    7 | 8 => Plant::Returned,
                    _ => Plant::RemarkOnly,
                };
                self.world.bank.plants.push_back(plant);
            }
            if self.dice.strikes(70) {
                self.world.bank_takes(n).await;
            }
        }
        let kept = self.kept().await;
        for n in 0..AGENCIES {
            let held = self.hold_back(n, &kept).await;
            let most = 1 + self.dice.below(8);
            self.world.bank_tells(n, most).await;
            let account = self.world.account(n);
            self.world.bank.lines.entry(account).or_default().extend(held);
        }
    }

    /// Lines that would move a case that is left alone.
    async fn hold_back(&mut self, n: usize, kept: &BTreeSet<String>) -> Vec<jiexu::domain::event::StatementLine> {
        let mut names = BTreeSet::new();
        for at in 0..AGENCIES {
            for row in self.world.rows(at, "SELECT hex(case_id) AS id, payment_ref, letter_no FROM payments").await {
                if kept.contains(&row.get::<String, _>("id")) {
                    names.insert(row.get::<String, _>("payment_ref"));
                    names.extend(row.get::<Option<String>, _>("letter_no"));
                }
            }
        }
        let account = self.world.account(n);
        let waiting = self.world.bank.lines.entry(account).or_default();
        let is_of = |line: &jiexu::domain::event::StatementLine| {
            line.payment_ref.as_ref().is_some_and(|named| names.contains(&named.to_string()))
                || names.iter().any(|name| line.remark.contains(name))
        };
        let (held, free): (Vec<_>, Vec<_>) = waiting.drain(..).partition(is_of);
        waiting.extend(free);
        held
    }

    /// Everything is under way when it stops: messages made and not sent, sent and not taken, taken and not acknowledged,
    /// before their predecessor; a payment file that never reached the bank; bytes that are no message.
    async fn stops(&mut self) {
        self.world.settle().await;
        let today = self.world.now().china_date();
        for n in 0..AGENCIES {
            let account = self.world.account(n);
            self.world.bank.stranger(&account, 7_700 + i64::try_from(n).expect("small"), "往来款", today);
            self.world.bank_tells(n, usize::MAX).await;
            let garbage = Incoming {
                frame: vec![0xA5; 64 + n].into(),
                routing_key: format!("000000.{}", self.world.nodes[n].code),
                user_id: None,
                redelivered: false,
                carbon_copied: false,
            };
            self.world.broker.inject(self.world.nodes[n].code.as_str(), garbage);
        }
        self.people_apply_and_clerks_decide().await;
        for n in 0..AGENCIES {
            let one = self.world.nodes[n].code.to_string();
            self.world.publish(n, 12);
            self.world.broker.reorder(&one);
        }
        for n in 0..AGENCIES {
            self.world.take(n, 5).await;
            self.world.commit(n).await;
            if n != 1 {
                self.world.acknowledge(n).await;
            }
            self.world.publish(n, 3);
        }
        self.people_apply_and_clerks_decide().await;
        for n in 0..AGENCIES {
            self.world.publish(n, 2);
            self.world.mark(n).await;
        }
        // Their letters are made and never sent.
        for _ in 0..LATE {
            self.arrive().await;
        }
        for n in 0..AGENCIES {
            let released = self.world.nodes[n].store.payments_released().await.expect("a count");
            if released > 0 {
                self.world.pass_ms(1);
                let batch_no = format!("{}-P{}", self.world.nodes[n].code, self.world.now().0);
                self.world.act(n, "finance", vec![What::Export { batch_no: batch_no.clone() }]).await;
                let payments = self.world.nodes[n].store.payments_of_batch(&batch_no).await.expect("the batch");
                self.unpaid.extend(payments.iter().map(|payment| payment.payment_ref.to_string()));
                break;
            }
        }
        for n in 0..AGENCIES {
            self.world.crash(n).await;
        }
    }

    /// So that the last moment has messages of every sort.
    async fn people_apply_and_clerks_decide(&mut self) {
        for _ in 0..LATE {
            self.arrive().await;
        }
        let kept = self.kept().await;
        for n in 0..AGENCIES {
            for case in self.world.documents(n).await {
                let id = case.id.0.simple().to_string().to_uppercase();
                let offered = case.decisions();
                if kept.contains(&id) || offered.is_empty() || self.dice.strikes(40) {
                    continue;
                }
                let word = offered[self.dice.below(offered.len())];
                if word == "cancel" && self.dice.strikes(50) {
                    self.world.clerk_decides(n, "li", &case, verb_for(word, &case).expect("a verb")).await;
                } else {
                    self.decides(n, &case, word).await;
                }
            }
        }
    }

    async fn left(self, seed: u64, commit: String) -> (Left, Vec<Vec<u8>>) {
        let Maker { world, steps, unpaid, .. } = self;
        let mut queued = Vec::new();
        for node in &world.nodes {
            let queue = world.broker.connect(node.code.as_str());
            queued.extend(queue.take_now(100_000).into_iter().map(|delivery| Queued {
                recipient: node.code.to_string(),
                routing_key: delivery.letter.routing_key,
                sender: delivery.letter.user_id,
                frame_hash: hex::encode(frame_hash(&delivery.letter.frame)),
            }));
        }
        // What was no message is a dead letter by now, or was still on its way and is nobody's.
        queued.retain(|letter| letter.sender.is_some());
        let bank = LeftBank {
            lines: world
                .bank
                .lines
                .iter()
                .map(|(account, lines)| (account.clone(), lines.iter().cloned().collect()))
                .collect(),
            fetched: world.bank.fetched.clone(),
            moved: world.bank.moved.clone(),
            kept: world.bank.kept,
            from_outside: world.bank.from_outside,
            unpaid,
        };
        let now = world.now().0;
        let (mut agencies, mut files) = (Vec::new(), Vec::new());
        for (n, steps) in steps.into_iter().enumerate() {
            let report = world.nodes[n].store.verify().await.expect("verified");
            assert!(report.clean, "the program that wrote it finds it sound: {:?}", report.checks);
            let schema = world.rows(n, "SELECT MAX(version) AS version FROM _sqlx_migrations").await[0].get("version");
            let store = std::sync::Arc::clone(&world.nodes[n].store);
            let path = store.path().to_owned();
            store.close().await;
            let log = std::fs::metadata(path.with_extension("db-wal")).map_or(0, |log| log.len());
            assert_eq!(log, 0, "the write-ahead log is folded in");
            let file = std::fs::read(&path).expect("a database");
            agencies.push(LeftAgency { code: world.nodes[n].code.to_string(), schema, steps, bytes: file.len() });
            files.push(file);
        }
        (Left { commit, seed, now, agencies, bank, queued }, files)
    }
}
