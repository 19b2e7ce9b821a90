//! What a program leaves behind when its agencies stop in the middle of everything: their databases byte for byte, the
//! bank's ledger, what lay at the broker, and the clock. One line of JSON, then the files.

use std::collections::BTreeMap;

use jiexu::domain::event::StatementLine;
use jiexu::domain::steps::Steps;
use serde::{Deserialize, Serialize};

/// The line before the files.
#[derive(Debug, Serialize, Deserialize)]
pub struct Left {
    /// The commit of the program that wrote the databases.
    pub commit: String,
    pub seed: u64,
    /// µs UTC: when all stopped.
    pub now: i64,
    pub agencies: Vec<LeftAgency>,
    pub bank: LeftBank,
    /// What lay in the queues, oldest first.
    pub queued: Vec<Queued>,
}

#[derive(Debug, Serialize, Deserialize)]
pub struct LeftAgency {
    pub code: String,
    /// Number of its last migration.
    pub schema: i64,
    /// Which steps wait for a person.
    pub steps: Steps,
    pub bytes: usize,
}

/// The bank's memory; money in fen.
#[derive(Debug, Serialize, Deserialize)]
pub struct LeftBank {
    /// Written and not imported yet, by account number.
    pub lines: BTreeMap<String, Vec<StatementLine>>,
    /// Imported before.
    pub fetched: BTreeMap<String, Vec<StatementLine>>,
    pub moved: BTreeMap<String, i64>,
    pub kept: i64,
    pub from_outside: i64,
    /// Exported, and the bank never got the file.
    pub unpaid: Vec<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Queued {
    pub recipient: String,
    pub routing_key: String,
    pub sender: Option<String>,
    /// The bytes stand in the sender's outbox.
    pub frame_hash: String,
}

/// Cuts what was written into the line and the files.
pub fn read(bytes: &[u8]) -> (Left, Vec<Vec<u8>>) {
    let end = bytes.iter().position(|byte| *byte == b'\n').expect("a first line");
    let left: Left = serde_json::from_slice(&bytes[..end]).expect("what was left, as it is written today");
    let mut rest = &bytes[end + 1..];
    let mut files = Vec::new();
    for agency in &left.agencies {
        let (file, others) = rest.split_at(agency.bytes);
        files.push(file.to_vec());
        rest = others;
    }
    assert!(rest.is_empty(), "nothing follows the files");
    (left, files)
}

pub fn write(left: &Left, files: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = serde_json::to_vec(left).expect("plain data");
    bytes.push(b'\n');
    files.iter().for_each(|file| bytes.extend_from_slice(file));
    bytes
}
