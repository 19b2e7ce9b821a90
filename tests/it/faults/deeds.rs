//! What clerks and peers do beside the load, so that every kind of row is written while a daemon is killed.

use std::path::Path;

use jiexu::daemon::Request;
use jiexu::domain::ids::AgencyCode;
use jiexu::transport::amqp::{AmqpConfig, AmqpTransport};
use jiexu::transport::{Letter, Published, Transport};
use serde_json::json;

use super::load::{Load, request};
use crate::support::exchange::Broker;

/// What a clerk or a peer does to an agency beside the load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    Nothing,
    Question,
    Task,
    Line,
    Calendar,
    Announcement,
    Garbage,
}

impl Load {
    /// Tries one deed; whether it is answered does not matter, the daemon may die under it.
    pub async fn deed(&mut self, deed: Deed, agency: usize, turn: usize) {
        let actor = "deed".to_owned();
        let reason = "fault test".to_owned();
        match deed {
            Deed::Nothing => {}
            Deed::Question => {
                let query = request(json!({ "ask": "cases", "query": { "limit": 1 } }));
                let Some(page) = self.try_ask(agency, &query).await else { return };
                let Some(name) = page["rows"][0]["letter_no"].as_str().map(str::to_owned) else { return };
                let verb = serde_json::from_value(json!({ "verb": "ask", "field": null })).expect("a verb");
                let _ = self.try_ask(agency, &Request::Act { actor, name, version: None, verb, reason }).await;
            }
            Deed::Task => {
                self.stranger(agency);
                self.bank_turn().await;
                let query = request(json!({ "ask": "tasks", "query": { "limit": 1 } }));
                let Some(page) = self.try_ask(agency, &query).await else { return };
                let Some(name) = page["rows"][0]["task"].as_str().map(str::to_owned) else { return };
                let verb = if page["rows"][0]["assignee"].is_null() { "take" } else { "release" };
                let verb = serde_json::from_value(json!({ "verb": verb })).expect("a verb");
                let _ = self.try_ask(agency, &Request::Task { actor, name, verb, reason }).await;
            }
            Deed::Line => {
                let txn = self.stranger(agency);
                self.bank_turn().await;
                for verb in ["send-back", "withdraw"] {
                    let line = json!({ "ask": "line", "actor": actor, "txn": txn, "verb": verb, "reason": reason });
                    let _ = self.try_ask(agency, &request(line)).await;
                }
            }
            Deed::Calendar => {
                let name = ["2027.json", "2027-amended.json"][turn % 2];
                let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/calendars");
                let text = std::fs::read_to_string(folder.join(name)).expect("a year");
                let import = Request::CalendarImport { actor, text, replace: Some(reason) };
                let _ = self.try_ask(agency, &import).await;
            }
            Deed::Announcement => {
                // Far ahead: nobody is closed while this test runs.
                let from = jiexu::clock::now().plus_ms(20 * 86_400_000);
                let until = from.plus_ms(3_600_000);
                let to = AgencyCode::new(&self.exchange.agencies[1 - agency].code).ok();
                let _ = self.try_ask(agency, &Request::Announce { actor, from, until, reason, to }).await;
            }
            Deed::Garbage => self.throw_garbage(agency).await,
        }
    }

    /// Bytes that nobody can open, from the other agency's own user of the broker.
    async fn throw_garbage(&mut self, agency: usize) {
        let (from, to) = (&self.exchange.agencies[1 - agency], &self.exchange.agencies[agency]);
        let config = AmqpConfig::new(self.exchange.broker.addresses(), &from.code, &from.broker_password());
        let transport = AmqpTransport::start(config);
        let frame: Vec<u8> = format!("no frame {}", self.garbage).into_bytes();
        let letter = Letter {
            message_id: format!("garbage-{}", self.garbage),
            sender: from.code.clone(),
            recipient: to.code.clone(),
            frame: frame.into(),
        };
        if transport.publish(&[letter]).await == [Published::Routed] {
            self.garbage += 1;
        }
        transport.close().await;
    }
}
