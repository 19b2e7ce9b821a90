//! What a peer or the broker may send that cannot be taken: each gets its reason, is kept, and the next good message is
//! applied. A real daemon, a real broker; the sender is an agency whose keys we hold.

use std::sync::Arc;
use std::time::Duration;

use jiexu::daemon::{Home, Request};
use jiexu::domain::directory::Directory;
use jiexu::domain::forms::{AgencyRef, ContactLetter, Insurance, Operator, Person};
use jiexu::domain::ids::{AgencyCode, ApplicationNo, LetterNo, MessageId};
use jiexu::domain::message::{Body, Form};
use jiexu::domain::person::{Document, DocumentType, PersonName};
use jiexu::ids;
use jiexu::store::views::DeadLetterQuery;
use jiexu::transport::amqp::{AmqpConfig, AmqpTransport};
use jiexu::transport::{Letter, Published, Transport};
use jiexu::wire::{AgencyKeys, Outgoing, Sealed, seal};
use serde_json::Value;

use crate::support::exchange::Exchange;

const US: &str = "450200";
const PEER: &str = "530800";

/// The peer as the test plays it.
struct Peer {
    code: AgencyCode,
    keys: AgencyKeys,
    directory: Directory,
    transport: AmqpTransport,
    seq: u64,
}

impl Peer {
    fn of(exchange: &mut Exchange) -> Peer {
        let port = exchange.broker.port();
        let home = Home::open(&exchange.agency(PEER).config()).expect("the peer's home");
        let password = home.broker_password().expect("a password");
        let directory = home.directory(0).expect("a directory");
        let transport = AmqpTransport::start(AmqpConfig::new("127.0.0.1", port, PEER, &password));
        Peer { code: AgencyCode::new(PEER).expect("a code"), keys: home.keys, directory, transport, seq: 0 }
    }

    fn seal(&mut self, id: MessageId, body: Body) -> Sealed {
        self.seq += 1;
        let outgoing = Outgoing {
            recipient: AgencyCode::new(US).expect("a code"),
            message_id: id,
            body,
            epoch: 1,
            lane: 0,
            seq: self.seq,
            created_at: jiexu::clock::now(),
        };
        seal(&outgoing, &self.keys, &self.code, &self.directory).expect("a sealed message")
    }

    async fn send(&self, frame: &[u8]) {
        let letter = Letter {
            message_id: ids::message_id(jiexu::clock::now()).to_string(),
            sender: PEER.to_owned(),
            recipient: US.to_owned(),
            frame: Arc::from(frame),
        };
        for _ in 0..50 {
            if self.transport.publish(std::slice::from_ref(&letter)).await == [Published::Routed] {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the broker does not take the frame");
    }
}

fn agency(code: &str) -> AgencyRef {
    AgencyRef {
        division: code.to_owned(),
        code: AgencyCode::new(code).expect("a code"),
        name: format!("{code}医疗保险经办机构"),
        contact: None,
        phone: None,
    }
}

/// A good letter about somebody we do not have: it is answered with a return, which is applying it.
fn letter(serial: u32) -> Body {
    let now = jiexu::clock::now();
    let letter_no = LetterNo::new(&format!("{PEER}-L{serial:08}")).expect("a letter no.");
    let person = Person {
        name: PersonName::new("测试甲").expect("a name"),
        document: Document::new(DocumentType::Passport, &format!("E{serial:08}")).expect("a document"),
        birth_date: None,
        sex: None,
        personal_no: None,
        phone: None,
    };
    let form = ContactLetter {
        letter_no: letter_no.clone(),
        version: 1,
        issued_on: now.china_date(),
        application_no: ApplicationNo::new(&format!("A{serial}")).expect("an application no."),
        accepted_on: now.china_date(),
        person,
        insurance_out: Insurance::Resident,
        insurance_in: Insurance::Resident,
        enrolled_since: now.china_date(),
        outgoing: agency(US),
        incoming: agency(PEER),
        funds_requested: false,
        payee: None,
        certificate_no: None,
        operator: Operator { id: "test".to_owned(), name: None, reviewer: None },
    };
    Body {
        case_id: Some(ids::case_id(now)),
        letter_no: Some(letter_no),
        case_sequence: 1,
        in_reply_to: None,
        sent_at: now,
        form: Form::ContactLetter(Arc::new(form)),
    }
}

async fn dead_letters(exchange: &mut Exchange) -> Vec<Value> {
    let query = DeadLetterQuery { all: true, limit: Some(100), ..DeadLetterQuery::default() };
    exchange.agency(US).ask(&Request::DeadLetters { query }).await["rows"].as_array().expect("rows").clone()
}

async fn case_is(exchange: &mut Exchange, name: String, relation: &str) {
    for _ in 0..100 {
        if let Some(case) = exchange.agency(US).try_ask(&Request::Case { name: name.clone() }).await
            && case["relation"].as_str().or(case["head"]["relation"].as_str()) == Some(relation)
        {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("no case {name} in state {relation}");
}

/// The reason each bad frame must get.
fn bad_frames(peer: &mut Peer) -> Vec<(&'static str, Vec<u8>)> {
    let now = jiexu::clock::now();
    let good = peer.seal(ids::message_id(now), letter(900)).frame;
    let flipped = |place: usize| {
        let mut frame = good.clone();
        frame[place] ^= 1;
        frame
    };
    let foreign = AgencyKeys::generate();
    let mut truncated = good.clone();
    truncated.truncate(good.len() - 1);
    // Signed by a key that the directory does not list for the sender: swapped in after sealing checks passed.
    let mut directory = peer.directory.clone();
    let listed = directory.agencies.get_mut(&peer.code).expect("the peer");
    listed.keys = jiexu::wire::registry::listed_keys(&foreign, now.plus_ms(-1000), now.plus_ms(1_000_000));
    let outgoing = Outgoing {
        recipient: AgencyCode::new(US).expect("a code"),
        message_id: ids::message_id(now),
        body: letter(901),
        epoch: 1,
        lane: 0,
        seq: 77,
        created_at: now,
    };
    let forged = seal(&outgoing, &foreign, &peer.code, &directory).expect("a forged message").frame;
    vec![
        ("empty", Vec::new()),
        ("not_jx1", b"{\"kind\":\"ContactLetter\"}".to_vec()),
        ("truncated", good[..3].to_vec()),
        ("crypto", truncated),
        ("crypto", flipped(good.len() - 1)),
        ("suite_unknown", flipped(4)),
        ("too_large", vec![b'J'; 262_145]),
        ("kid_unknown", forged),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_bad_message_is_kept_with_its_reason_and_the_next_good_one_is_applied() {
    let mut exchange = Exchange::prepare(&[US, PEER]);
    exchange.agency(US).start();
    exchange.agency(US).ready().await;
    let mut peer = Peer::of(&mut exchange);
    let mut serial = 0;
    for (number, (reason, frame)) in bad_frames(&mut peer).into_iter().enumerate() {
        peer.send(&frame).await;
        serial += 1;
        let body = letter(serial);
        let name = body.letter_no.as_ref().expect("a letter no.").to_string();
        let good = peer.seal(ids::message_id(jiexu::clock::now()), body);
        peer.send(&good.frame).await;
        case_is(&mut exchange, name, "RETURNED").await;
        let dead = dead_letters(&mut exchange).await;
        assert_eq!(dead.len(), number + 1, "{reason}: {dead:#?}");
        assert!(dead.iter().any(|row| row["reason"] == reason), "{reason}: {dead:#?}");
    }
    exchange.agency(US).verify_clean().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replay_is_a_duplicate_and_other_bytes_under_the_same_id_are_a_conflict() {
    let mut exchange = Exchange::prepare(&[US, PEER]);
    exchange.agency(US).start();
    exchange.agency(US).ready().await;
    let mut peer = Peer::of(&mut exchange);
    let id = ids::message_id(jiexu::clock::now());
    let body = letter(1);
    let name = body.letter_no.as_ref().expect("a letter no.").to_string();
    let first = peer.seal(id, body.clone());
    for _ in 0..5 {
        peer.send(&first.frame).await;
    }
    case_is(&mut exchange, name, "RETURNED").await;
    // The same body under the same id, sealed anew: another digest, because the header's number differs.
    let other = peer.seal(id, letter(2));
    peer.send(&other.frame).await;
    let fresh = letter(3);
    let name = fresh.letter_no.as_ref().expect("a letter no.").to_string();
    let fresh = peer.seal(ids::message_id(jiexu::clock::now()), fresh);
    peer.send(&fresh.frame).await;
    case_is(&mut exchange, name, "RETURNED").await;
    let dead = dead_letters(&mut exchange).await;
    assert_eq!(dead.len(), 1, "{dead:#?}");
    assert_eq!(dead[0]["reason"], "id_conflict");
    let overview = exchange.agency(US).ask(&Request::Overview).await;
    assert_eq!(overview["duplicates"], 4, "{overview:#}");
    let query = jiexu::store::views::CaseQuery::default();
    let cases = exchange.agency(US).ask(&Request::Cases { query }).await;
    assert_eq!(cases["rows"].as_array().map(Vec::len), Some(2), "{cases:#}");
    exchange.agency(US).verify_clean().await;
}
