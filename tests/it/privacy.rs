//! No personal data where it does not belong: synthetic names, numbers, accounts and texts go through a whole exchange with
//! returns and errors, and are afterwards looked for in logs, metrics, error texts and everything the broker has on disk.
//! `JIEXU_CANARIES=5000` sends more.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiexu::daemon::Request;
use jiexu::domain::event::StatementLine;
use jiexu::store::views::CaseQuery;
use jiexu::trial::ports;
use serde_json::{Value, json};

use crate::exchange::{periods, request};
use crate::support::exchange::Exchange;
use crate::support::{PATIENCE, goal};

const FROM: &str = "450200";
const TO: &str = "530800";
/// Values that one person brings.
const EACH: usize = 7;

/// A person whose every value is found nowhere else.
struct Canary {
    name: String,
    document: String,
    phone: String,
    employer: String,
    payer_name: String,
    payer_account: String,
    remark: String,
}

fn han(number: usize) -> String {
    let digits = ["零", "壹", "贰", "叁", "肆", "伍", "陆", "柒", "捌", "玖"];
    format!("{number:04}").bytes().map(|digit| digits[usize::from(digit - b'0')]).collect()
}

impl Canary {
    fn new(n: usize) -> Canary {
        let digits = format!("99000019{:02}0{}1{:04}", 60 + n % 40, 1 + n % 9, n)[..17].to_owned();
        let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
        let sum: u32 = digits.chars().zip(weights).map(|(c, w)| c.to_digit(10).expect("a digit") * w).sum();
        let check = "10X98765432".chars().nth(sum as usize % 11).expect("a check character");
        Canary {
            name: format!("鸣禽{}", han(n)),
            document: format!("{digits}{check}"),
            phone: format!("1990077{n:04}"),
            employer: format!("雀巢甲乙单位{}", han(n)),
            payer_name: format!("付款雀鸟{}", han(n)),
            payer_account: format!("62887766{n:08}"),
            remark: format!("附言燕雀{}请核对", han(n)),
        }
    }

    fn values(&self) -> [&str; EACH] {
        [&self.name, &self.document, &self.phone, &self.employer, &self.payer_name, &self.payer_account, &self.remark]
    }

    fn person(&self, n: usize, status: &str, fen: i64) -> Value {
        json!({
            "person": {
                "person_no": format!("P{n}"), "name": self.name, "sex": null, "birth_date": null,
                "document": { "kind": "RESIDENT_ID", "number": self.document },
                "insurance": "EMPLOYEE", "scheme": "COMBINED", "status": status, "status_on": "2026-06-30",
                "arrears": false, "open_claims": false, "employer": self.employer, "phone": self.phone
            },
            "balance": fen
        })
    }

    fn application(&self, n: usize) -> Value {
        json!({ "application_no": format!("A{n}"), "applied_on": "2026-11-20", "channel": "window",
            "document": { "kind": "RESIDENT_ID", "number": self.document }, "name": self.name, "outgoing": FROM,
            "insurance_out": "EMPLOYEE", "insurance_in": "EMPLOYEE", "certificate_no": null, "phone": self.phone })
    }

    /// Money of nobody, with everything a bank may write beside it.
    fn line(&self, n: usize, ours: &str) -> StatementLine {
        serde_json::from_value(json!({ "bank_txn_no": format!("X{n:06}"), "booked_on": "2026-11-20",
            "payer_name": self.payer_name, "payer_account": self.payer_account, "payee_account": ours,
            "amount": 100 + n, "remark": self.remark, "payment_ref": null }))
        .expect("a line")
    }
}

/// The ways in which a value may have been written.
fn written(value: &str) -> Vec<Vec<u8>> {
    let raw = value.as_bytes();
    let utf16: Vec<u16> = value.encode_utf16().collect();
    let (gb, ..) = encoding_rs::GB18030.encode(value);
    let mut ways = vec![
        raw.to_vec(),
        hex::encode(raw).into_bytes(),
        hex::encode_upper(raw).into_bytes(),
        gb.to_vec(),
        utf16.iter().flat_map(|unit| unit.to_le_bytes()).collect(),
        utf16.iter().flat_map(|unit| unit.to_be_bytes()).collect(),
        value.chars().flat_map(|c| c.escape_unicode().to_string().into_bytes()).collect(),
        serde_json_escape(value),
    ];
    for shift in 0..3 {
        let text = STANDARD.encode([&vec![0u8; shift], raw].concat());
        // What the bytes before and behind it share with it is left out.
        let (from, to) = ([0, 2, 3][shift], text.trim_end_matches('=').len() - 1);
        ways.push(text.as_bytes()[from..to].to_vec());
    }
    ways.sort();
    ways.dedup();
    ways
}

fn serde_json_escape(value: &str) -> Vec<u8> {
    value.encode_utf16().flat_map(|unit| format!("\\u{unit:04x}").into_bytes()).collect()
}

/// Looks for many byte strings at once, by their first eight bytes.
struct Search(HashMap<[u8; 8], Vec<(Vec<u8>, usize)>>);

impl Search {
    fn of<'a>(values: impl Iterator<Item = &'a str>) -> Search {
        let mut by_head: HashMap<[u8; 8], Vec<(Vec<u8>, usize)>> = HashMap::new();
        for (place, value) in values.enumerate() {
            for way in written(value) {
                let head = way[..8].try_into().expect("canaries are long enough in every encoding");
                by_head.entry(head).or_default().push((way, place));
            }
        }
        Search(by_head)
    }

    /// Which values stand in these bytes.
    fn found(&self, bytes: &[u8]) -> Vec<usize> {
        let at = |(start, window): (usize, &[u8])| {
            let ways = self.0.get::<[u8; 8]>(window.try_into().ok()?)?;
            ways.iter().find(|(way, _)| bytes[start..].starts_with(way)).map(|(_, place)| *place)
        };
        bytes.windows(8).enumerate().filter_map(at).collect()
    }
}

fn files_below(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { files_below(&path, files) } else { files.push(path) }
    }
}

fn get(port: u16, path: &str) -> Vec<u8> {
    let mut stream = std::net::TcpStream::connect(("127.0.0.1", port)).expect("the pages are there");
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").expect("asked");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("an answer");
    answer
}

/// What a command says on standard error, where errors are told.
fn complaint(config: &Path, arguments: &[&str], input: &str) -> Vec<u8> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jiexu"));
    command.arg("--config").arg(config).args(arguments);
    let spawned = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
    let mut child = spawned.expect("the program runs");
    let _ = child.stdin.take().expect("open").write_all(input.as_bytes());
    child.wait_with_output().expect("its words").stderr
}

/// Both registers, applications, and money of nobody: two of three people may go, the third is still insured there.
async fn live_through(exchange: &mut Exchange, canaries: &[Canary]) {
    for (code, status, fen, months) in
        [(FROM, "stopped", 5_000, (202_301, 202_512, 36)), (TO, "active", 0, (202_601, 202_610, 10))]
    {
        let status = |n: usize| if code == FROM && n.is_multiple_of(3) { "active" } else { status };
        let rows: Vec<_> = canaries.iter().enumerate().map(|(n, it)| it.person(n, status(n), fen)).collect();
        let spans: Vec<_> =
            (0..canaries.len()).map(|n| periods(&format!("P{n}"), months.0, months.1, months.2)).collect();
        let agency = exchange.agency(code);
        let ours = agency.account.number.clone();
        let answer = agency.ask(&request(json!({ "ask": "register", "actor": "test", "rows": rows }))).await;
        assert!(answer.as_array().expect("outcomes").iter().all(|row| row["outcome"] == "applied"), "{answer}");
        agency.ask(&request(json!({ "ask": "periods", "actor": "test", "rows": spans }))).await;
        let lines = canaries.iter().enumerate().map(|(n, it)| it.line(n, &ours)).collect();
        agency.ask(&Request::Statement { actor: "bank".to_owned(), rows: lines }).await;
    }
    let rows: Vec<_> = canaries.iter().enumerate().map(|(n, it)| it.application(n)).collect();
    exchange.agency(TO).ask(&request(json!({ "ask": "apply", "actor": "test", "rows": rows }))).await;
    let begun = Instant::now();
    loop {
        exchange.bank().await;
        let query = CaseQuery { open: Some(true), limit: Some(500), ..CaseQuery::default() };
        let page = exchange.agency(TO).ask(&Request::Cases { query }).await;
        let open =
            page["rows"].as_array().expect("rows").iter().filter(|row| row["relation"] != "LETTER_RETURNED").count();
        let overview = exchange.agency(TO).ask(&Request::Overview).await;
        let settled = open == 0 || begun.elapsed() > PATIENCE;
        if settled {
            assert!(overview.to_string().contains("COMPLETED"), "nothing was completed: {overview:#}");
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Everything that goes wrong with a person's data in hand.
fn provoke(config: &Path, port: u16, canary: &Canary, folder: &Path) -> Vec<(String, Vec<u8>)> {
    let file = folder.join("bad.csv");
    let row = format!("{},{},{}\n\"{}\n", canary.name, canary.document, canary.phone, canary.employer);
    std::fs::write(&file, format!("person_no,name,document_no\n{row}")).expect("a file");
    let file = file.display().to_string();
    let said = |name: &str, bytes: Vec<u8>| (name.to_owned(), bytes);
    vec![
        said("register import", complaint(config, &["register", "import", &file], "")),
        said("bank import", complaint(config, &["bank", "import", &file], "")),
        said("apply", complaint(config, &["apply", &file], "")),
        said("progress of nobody", complaint(config, &["progress", "--document-no"], "990000199901011234\n")),
        said("a page that is not there", get(port, "/cases/none")),
        said("a page with a wrong filter", get(port, "/cases?state=%FF%FE&role=none")),
        said("metrics", get(port, "/metrics")),
        said("live", get(port, "/live")),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_personal_value_leaves_the_database_but_to_whom_it_belongs() {
    let begun = Instant::now();
    let asked: usize = std::env::var("JIEXU_CANARIES").ok().and_then(|n| n.parse().ok()).unwrap_or(1000);
    let canaries: Vec<Canary> = (0..asked.div_ceil(EACH)).map(Canary::new).collect();
    let mut exchange = Exchange::prepare(&[FROM, TO]);
    let [port] = ports::free().expect("a port");
    for code in [FROM, TO] {
        let agency = exchange.agency(code);
        agency.configure("\n[log]\nfilter = \"info,jiexu=debug,lapin=error\"\n");
        let text = std::fs::read_to_string(agency.config()).expect("a configuration");
        let listen = if code == TO { port } else { 0 };
        std::fs::write(agency.config(), text.replace("127.0.0.1:0", &format!("127.0.0.1:{listen}"))).expect("written");
    }
    exchange.start_all().await;
    live_through(&mut exchange, &canaries).await;
    let values = canaries.iter().flat_map(|canary| canary.values());
    let search = Search::of(values.clone());
    // The search itself: each value is found in every way it may be written. Values with the same digits may share some.
    for value in values.clone().step_by(97) {
        let all: Vec<u8> = written(value).join(&b"\n"[..]);
        assert!(search.found(&all).len() >= written(value).len(), "{value}");
    }
    let config = exchange.agency(TO).config();
    let home = exchange.agency(TO).home.clone();
    let mut places = provoke(&config, port, &canaries[1], &home);
    for code in [FROM, TO] {
        let log = std::fs::read(exchange.agency(code).home.join("daemon.log")).expect("a log");
        assert!(log.len() > 1000, "the daemon wrote a log");
        places.push((format!("log of {code}"), log));
        exchange.agency(code).verify_clean().await;
    }
    let mut files = Vec::new();
    files_below(exchange.broker.log_dir().parent().expect("the broker's folder"), &mut files);
    assert!(files.iter().any(|file| file.to_string_lossy().contains("mnesia")), "the broker keeps files");
    for file in files {
        places.push((file.display().to_string(), file.to_string_lossy().into_owned().into_bytes()));
        places.push((file.display().to_string(), std::fs::read(&file).unwrap_or_default()));
    }
    let bytes: usize = places.iter().map(|(_, bytes)| bytes.len()).sum();
    let mut found = Vec::new();
    for (name, bytes) in &places {
        found.extend(search.found(bytes).into_iter().map(|place| (name, place / EACH, place % EACH)));
    }
    let conditions =
        format!("two daemons at debug level, RabbitMQ, {} KiB searched in {} places", bytes >> 10, places.len());
    goal::line("G19", 0, canaries.len() * EACH, found.len(), begun, &conditions);
    assert!(found.is_empty(), "place, canary, value: {:?}", &found[..found.len().min(20)]);
}
