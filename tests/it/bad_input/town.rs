//! One daemon, and all who write to it: a sound peer, one beside it, one suspended, one that no directory lists.

use std::time::{Duration, Instant};

use jiexu::daemon::{Home, Request};
use jiexu::domain::directory::KeyUse;
use jiexu::domain::forms::Person;
use jiexu::domain::ids::{AgencyCode, CaseId, LetterNo, MessageId};
use jiexu::domain::money::Fen;
use jiexu::wire::registry::{DIRECTORY_FILE, ROOT_FILE, SIGNATURE_FILE, listed_keys, sign_directory};
use jiexu::wire::{AgencyKeys, SigningKey, encode_body};
use lapin::BasicProperties;
use serde_json::json;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{Connection, Row as _, query};
use uuid::Uuid;

use super::letters;
use super::peers::{Header, Peer, sealed};
use super::table::{Outcome, Row};
use crate::exchange::{application, document, periods, person, request};
use crate::support::PATIENCE;
use crate::support::exchange::{Exchange, show_log};

pub const US: &str = "530800";
pub const PEER: &str = "450200";
pub const THIRD: &str = "330100";
pub const SUSPENDED: &str = "440100";
pub const UNLISTED: &str = "510100";

/// What PEER may send in one case, in fen.
pub const LIMIT_FEN: i64 = 1_000_000;
/// People whose cases the entries use up.
const PEOPLE: u32 = 12;
/// Keys of PEER that must not count, and one of ours that is destroyed.
pub struct OddKeys {
    pub expired: AgencyKeys,
    pub not_yet: AgencyKeys,
    pub revoked: AgencyKeys,
    pub destroyed: AgencyKeys,
}

/// A case of ours: the letter is with PEER.
#[derive(Clone)]
pub struct Asked {
    pub case: CaseId,
    pub letter_no: LetterNo,
    pub person: Person,
}

/// One entry of the table: frames in the name of somebody, and the message to look for.
pub struct Try {
    pub name: &'static str,
    pub from: &'static str,
    pub frames: Vec<Vec<u8>>,
    pub id: Option<MessageId>,
    pub properties: Option<BasicProperties>,
}

pub struct Town {
    exchange: Exchange,
    pub peers: Vec<Peer>,
    pub odd: OddKeys,
    pub our_kid: [u8; 16],
    pub our_spki: Vec<u8>,
    pub asked: Vec<Asked>,
    database: SqliteConnection,
    serial: u32,
    entries: i64,
}

fn resign(exchange: &mut Exchange) -> OddKeys {
    let [expired, not_yet, revoked, destroyed] = [(); 4].map(|()| AgencyKeys::generate());
    let agency = exchange.agency(US);
    let mut directory = Home::open(&agency.config()).expect("our home").directory(0).expect("a directory");
    let now = jiexu::clock::now();
    let day = 86_400_000;
    let code = |text: &str| AgencyCode::new(text).expect("a code");
    let peer = directory.agencies.get_mut(&code(PEER)).expect("the peer");
    peer.per_case_limit = Fen::new(LIMIT_FEN);
    peer.keys.extend(listed_keys(&expired, now.plus_ms(-9 * day), now.plus_ms(-day)));
    peer.keys.extend(listed_keys(&not_yet, now.plus_ms(day), now.plus_ms(9 * day)));
    let mut gone = listed_keys(&revoked, now.plus_ms(-9 * day), now.plus_ms(9 * day));
    gone.iter_mut().for_each(|key| key.revoked_at = Some(now.plus_ms(-day)));
    peer.keys.extend(gone);
    let we = directory.agencies.get_mut(&code(US)).expect("we");
    let former = listed_keys(&destroyed, now.plus_ms(-9 * day), now.plus_ms(9 * day));
    we.keys.extend(former.into_iter().filter(|key| key.usage == KeyUse::Seal));
    directory.agencies.get_mut(&code(SUSPENDED)).expect("listed").suspended = true;
    directory.agencies.remove(&code(UNLISTED));
    directory.version += 1;
    let bytes = serde_json::to_vec_pretty(&directory).expect("JSON");
    let root = SigningKey::load(&agency.home.join("../registry").join(ROOT_FILE)).expect("the root key");
    let folder = agency.home.join("directory");
    std::fs::write(folder.join(SIGNATURE_FILE), sign_directory(&bytes, &[&root])).expect("written");
    std::fs::write(folder.join(DIRECTORY_FILE), bytes).expect("written");
    OddKeys { expired, not_yet, revoked, destroyed }
}

/// People insured here who asked to be moved from PEER; one more who is PEER's to ask for.
async fn apply(exchange: &mut Exchange) {
    let agency = exchange.agency(US);
    let serials: Vec<u32> = (1..=PEOPLE).collect();
    let no = |serial: u32| format!("P{serial}");
    let mut rows: Vec<_> = serials.iter().map(|n| person(&no(*n), *n, "active", 0)).collect();
    rows.push(person("P900", 900, "stopped", 777));
    let mut spans: Vec<_> = serials.iter().map(|n| periods(&no(*n), 202_610, 202_610, 1)).collect();
    spans.push(periods("P900", 202_301, 202_312, 12));
    agency.ask(&request(json!({ "ask": "register", "actor": "test", "rows": rows }))).await;
    agency.ask(&request(json!({ "ask": "periods", "actor": "test", "rows": spans }))).await;
    let asked: Vec<_> = serials.iter().map(|n| application(&format!("A{n}"), *n)).collect();
    let answer = agency.ask(&request(json!({ "ask": "apply", "actor": "test", "rows": asked }))).await;
    assert!(answer.as_array().expect("outcomes").iter().all(|row| row["outcome"] == "applied"), "{answer}");
}

impl Town {
    pub async fn start() -> Town {
        let mut exchange = Exchange::prepare(&[US, PEER, THIRD, SUSPENDED, UNLISTED]);
        let port = exchange.broker.port();
        let odd = resign(&mut exchange);
        let keys = Home::open(&exchange.agency(US).config()).expect("our home").keys;
        let mut peers = Vec::new();
        for code in [PEER, THIRD, SUSPENDED, UNLISTED] {
            peers.push(Peer::of(exchange.agency(code), port).await);
        }
        exchange.agency(US).start();
        exchange.agency(US).ready().await;
        apply(&mut exchange).await;
        let path = exchange.agency(US).home.join("data/jiexu.db");
        let options = SqliteConnectOptions::new().filename(path).read_only(true);
        let database = SqliteConnection::connect_with(&options).await.expect("the database opens");
        let (our_kid, our_spki) = (keys.seal.kid().0, keys.seal.spki().to_vec());
        let mut town =
            Town { exchange, peers, odd, our_kid, our_spki, asked: Vec::new(), database, serial: 0, entries: 0 };
        for serial in 1..=PEOPLE {
            let asked = town.asked(serial).await;
            town.asked.push(asked);
        }
        town.entries = town.number("SELECT COUNT(*) FROM entries").await;
        town
    }

    async fn asked(&mut self, serial: u32) -> Asked {
        let number = document(serial)["number"].as_str().expect("a number").to_owned();
        let sql = "SELECT case_id, letter_no FROM cases WHERE document_no = $1 AND role = 'incoming'";
        let begun = Instant::now();
        let row = loop {
            let found = query(sql).bind(&number).fetch_optional(&mut self.database).await.expect("rows");
            if let Some(row) = found {
                break row;
            }
            assert!(begun.elapsed() < PATIENCE, "no letter for {serial}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        let case = CaseId(Uuid::from_slice(&row.get::<Vec<u8>, _>("case_id")).expect("an id"));
        let letter_no = LetterNo::new(row.get("letter_no")).expect("a letter no.");
        let person = serde_json::from_value(json!({ "name": "㛃䶮·𬱖", "document": document(serial),
            "birth_date": null, "sex": null, "personal_no": null, "phone": null }));
        Asked { case, letter_no, person: person.expect("a person") }
    }

    pub fn peer(&mut self, code: &str) -> &mut Peer {
        self.peers.iter_mut().find(|peer| peer.code == code).expect("a peer")
    }

    /// A number that no letter had.
    pub fn serial(&mut self) -> u32 {
        self.serial += 1;
        self.serial
    }

    /// The header of PEER's next message.
    pub fn header(&mut self) -> Header {
        let kid = self.our_kid;
        self.peer(PEER).header(US, kid)
    }

    /// A body of PEER's, signed and sealed as it should be.
    pub fn sealed(&mut self, header: &Header, body: &[u8]) -> Vec<u8> {
        let peer = self.peers.iter().find(|peer| peer.code == header.sender).expect("a peer");
        sealed(&header.bytes(), body, &peer.keys.sign, &self.our_spki)
    }

    async fn number(&mut self, sql: &'static str) -> i64 {
        query(sql).fetch_one(&mut self.database).await.expect("a number").get(0)
    }

    /// One column of the inbox for this message.
    async fn taken(&mut self, from: &str, id: MessageId) -> Option<(String, Option<String>, i64, Option<Vec<u8>>)> {
        let sql = "SELECT state, refusal, duplicates, case_id FROM inbox WHERE sender = $1 AND message_id = $2";
        let row = query(sql).bind(from).bind(id.0.as_bytes().to_vec()).fetch_optional(&mut self.database).await;
        row.expect("rows").map(|row| (row.get(0), row.get(1), row.get(2), row.get(3)))
    }

    async fn dead(&mut self) -> Vec<(String, bool)> {
        let rows =
            query("SELECT reason, alarm FROM dead_letters ORDER BY last_at, first_at").fetch_all(&mut self.database);
        rows.await.expect("rows").iter().map(|row| (row.get(0), row.get::<i64, _>(1) == 1)).collect()
    }

    /// Sends what was made and says how it did not get what the table demands.
    pub async fn tries(&mut self, row: &Row, tried: &Try) -> Result<(), String> {
        let (dead, refusals) = (self.dead().await.len(), self.number(REFUSALS).await);
        let rss = self.rss_kib();
        let peer = self.peers.iter().find(|peer| peer.code == tried.from).expect("a peer");
        let properties = tried.properties.clone().unwrap_or_else(|| peer.properties());
        peer.publish(US, &tried.frames, &properties).await;
        let begun = Instant::now();
        loop {
            let so = self.so(row, tried, (dead, refusals)).await;
            if so.is_ok() || begun.elapsed() > PATIENCE {
                so?;
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let entries = self.number("SELECT COUNT(*) FROM entries").await;
        if entries != self.entries {
            return Err(format!("{} entries were booked", entries - self.entries));
        }
        // The allocator gives back what it does not need a moment later.
        let settled = Instant::now();
        let mut grown = self.rss_kib() - rss;
        while grown > RSS_MOST_KIB && settled.elapsed() < PATIENCE {
            tokio::time::sleep(Duration::from_millis(50)).await;
            grown = self.rss_kib() - rss;
        }
        if grown > RSS_MOST_KIB { Err(format!("{grown} KiB more are held")) } else { Ok(()) }
    }

    async fn so(&mut self, row: &Row, tried: &Try, (dead, refusals): (usize, i64)) -> Result<(), String> {
        let now_dead = self.dead().await;
        let came: Vec<_> = now_dead.iter().skip(dead).cloned().collect();
        let kept = |code: &str, alarm: bool, count: usize| match came.as_slice() {
            rows if rows.len() == count && rows.iter().all(|row| *row == (code.to_owned(), alarm)) => Ok(()),
            rows => Err(format!("dead letters: {rows:?}")),
        };
        if let Outcome::Dead { code, alarm } = row.outcome {
            return kept(code, alarm, tried.frames.len());
        }
        let id = tried.id.expect("a message to look for");
        let taken = self.taken(tried.from, id).await.ok_or_else(|| format!("not taken; dead letters: {came:?}"))?;
        let (state, refusal, duplicates, case) = taken;
        let answered = self.number(REFUSALS).await - refusals;
        match row.outcome {
            Outcome::Refused(code) => {
                kept("", false, 0)?;
                if (state.as_str(), refusal.as_deref(), answered) != ("refused", Some(code), 1) {
                    return Err(format!("{state} {refusal:?}, {answered} refusals sent"));
                }
                return Ok(());
            }
            Outcome::Conflict(code) => kept(code, true, 1)?,
            _ => kept("", false, 0)?,
        }
        if state != "applied" || answered != i64::from(matches!(row.outcome, Outcome::Conflict(_))) {
            return Err(format!("{state} {refusal:?}, {answered} refusals sent"));
        }
        match row.outcome {
            Outcome::Once if duplicates + 1 != tried.frames.len() as i64 => Err(format!("{duplicates} duplicates")),
            Outcome::Returned(code) => {
                self.finds("SELECT COALESCE(return_code, '') FROM cases WHERE case_id = $1", case, code).await
            }
            Outcome::Held(kind) => {
                self.finds("SELECT kind FROM tasks WHERE case_id = $1 AND closed_at IS NULL", case, kind).await
            }
            _ => Ok(()),
        }
    }

    async fn finds(&mut self, sql: &'static str, case: Option<Vec<u8>>, word: &str) -> Result<(), String> {
        let rows = query(sql).bind(case).fetch_all(&mut self.database).await.expect("rows");
        let found: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        if found.iter().any(|found| found == word) { Ok(()) } else { Err(format!("{found:?}")) }
    }

    /// A good letter, and how long it took until it was carried out.
    pub async fn good(&mut self) -> Option<Duration> {
        let serial = self.serial();
        let header = self.header();
        let body = encode_body(&letters::letter_from(PEER, serial));
        let frame = self.sealed(&header, &body);
        let peer = self.peers.iter().find(|peer| peer.code == PEER).expect("a peer");
        let begun = Instant::now();
        peer.publish(US, &[frame], &peer.properties()).await;
        while begun.elapsed() < PATIENCE {
            if self.taken(PEER, header.id).await.is_some_and(|taken| taken.0 == "applied") {
                return Some(begun.elapsed());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        None
    }

    fn rss_kib(&mut self) -> i64 {
        let pid = self.exchange.agency(US).pid().expect("a running daemon");
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", pid.as_raw_nonzero())).expect("the daemon did not end");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a size");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }

    pub fn log(&mut self) -> String {
        show_log(&self.exchange.agency(US).home)
    }

    /// The books, and what the daemon said, after everything.
    pub async fn closing(&mut self) -> Vec<String> {
        let mut violations = Vec::new();
        let report = self.exchange.agency(US).ask(&Request::Verify).await;
        if report["clean"] != true {
            violations.push(format!("{report:#}"));
        }
        let early = self.number("SELECT COUNT(*) FROM inbox WHERE state NOT IN ('applied', 'refused')").await;
        if early != 0 {
            violations.push(format!("{early} messages without an end"));
        }
        let log = self.log();
        violations.extend(log.lines().filter(|line| line.contains("panicked")).map(str::to_owned));
        if log.matches("CLOCK_AHEAD").count() != 1 {
            violations.push("a clock far ahead is remarked once".to_owned());
        }
        violations
    }
}

const REFUSALS: &str = "SELECT COUNT(*) FROM outbox WHERE kind = 'Refusal'";
/// What one entry, 15 MiB among them, may leave in the daemon's memory.
const RSS_MOST_KIB: i64 = 32 * 1024;
