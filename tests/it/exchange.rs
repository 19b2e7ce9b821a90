//! Real daemons, a real broker, a real database each: one transfer from the application to the last receipt.

use std::time::{Duration, Instant};

use jiexu::daemon::Request;
use jiexu::store::views::CaseQuery;
use serde_json::{Value, json};

use crate::support::exchange::{Exchange, show_log};
use crate::support::{PATIENCE, allowed};

const FROM: &str = "450200";
const TO: &str = "530800";

/// An identity number of nobody: address 000000, right check character.
pub fn document(serial: u32) -> Value {
    let digits = format!("00000019800101{serial:03}");
    let weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = digits.chars().zip(weights).map(|(c, w)| c.to_digit(10).expect("a digit") * w).sum();
    let check = "10X98765432".chars().nth(sum as usize % 11).expect("a check character");
    json!({ "kind": "RESIDENT_ID", "number": format!("{digits}{check}") })
}

pub fn person(no: &str, serial: u32, status: &str, balance_fen: i64) -> Value {
    json!({
        "person": {
            "person_no": no, "name": "㛃䶮·𬱖", "document": document(serial), "sex": null, "birth_date": null,
            "insurance": "EMPLOYEE", "scheme": "COMBINED", "status": status, "status_on": "2026-06-30",
            "arrears": false, "open_claims": false, "employer": null, "phone": null
        },
        "balance": balance_fen
    })
}

pub fn periods(no: &str, from: u32, to: u32, months: u32) -> Value {
    json!({ "person_no": no, "periods": [{ "from": from, "to": to, "insurance": "EMPLOYEE", "nature": "ACTUAL",
        "months": months, "broken": false, "agency": "450200", "base": null }] })
}

pub fn application(no: &str, serial: u32) -> Value {
    json!({ "application_no": no, "applied_on": "2026-11-20", "channel": "window", "document": document(serial),
        "name": "㛃䶮·𬱖", "outgoing": FROM, "insurance_out": "EMPLOYEE", "insurance_in": "EMPLOYEE",
        "certificate_no": null, "phone": null })
}

pub fn request(value: Value) -> Request {
    serde_json::from_value(value).expect("a request")
}

/// `people` people stopped at 柳州 with 1234.56 each, and active at 普洱 with nothing.
async fn register(exchange: &mut Exchange, people: u32) {
    for (code, status, balance, span) in
        [(FROM, "stopped", 123_456, (202_301, 202_512, 36)), (TO, "active", 0, (202_601, 202_610, 10))]
    {
        let numbers: Vec<u32> = (1..=people).collect();
        let no = |serial: &u32| format!("P{serial}");
        let rows: Vec<Value> = numbers.iter().map(|n| person(&no(n), *n, status, balance)).collect();
        let spans: Vec<Value> = numbers.iter().map(|n| periods(&no(n), span.0, span.1, span.2)).collect();
        let agency = exchange.agency(code);
        let answer = agency.ask(&request(json!({ "ask": "register", "actor": "test", "rows": rows }))).await;
        assert!(answer.as_array().expect("outcomes").iter().all(|row| row["outcome"] == "applied"), "{answer}");
        let answer = agency.ask(&request(json!({ "ask": "periods", "actor": "test", "rows": spans }))).await;
        assert!(answer.as_array().expect("outcomes").iter().all(|row| row["outcome"] == "applied"), "{answer}");
    }
}

async fn cases(exchange: &mut Exchange, code: &str) -> Vec<Value> {
    let query = CaseQuery { limit: Some(500), ..CaseQuery::default() };
    let Some(page) = exchange.agency(code).try_ask(&Request::Cases { query }).await else { return Vec::new() };
    page["rows"].as_array().expect("rows").clone()
}

/// Lets the bank work until both sides have closed `people` cases.
async fn until_closed(exchange: &mut Exchange, people: usize, mut disturb: impl AsyncFnMut(&mut Exchange, usize)) {
    let begun = Instant::now();
    let mut turn = 0;
    loop {
        disturb(exchange, turn).await;
        turn += 1;
        exchange.bank().await;
        let mut closed = 0;
        for code in [FROM, TO] {
            closed += cases(exchange, code)
                .await
                .iter()
                .filter(|row| row["relation"] == "COMPLETED" && row["holder"] == "nobody")
                .count();
        }
        if closed == 2 * people {
            return;
        }
        if begun.elapsed() > PATIENCE {
            for code in [FROM, TO] {
                let rows = cases(exchange, code).await;
                eprintln!("{code}: {:#}\n{}", Value::from(rows), show_log(&exchange.agency(code).home));
            }
            panic!("only {closed} of {} cases closed in time", 2 * people);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn balances_moved_exactly(exchange: &mut Exchange, people: i64) {
    for (code, expected) in [(FROM, 0), (TO, people * 123_456)] {
        exchange.agency(code).verify_clean().await;
        let overview = exchange.agency(code).ask(&Request::Overview).await;
        let rows = overview["ledger"].as_array().expect("ledger").clone();
        let sum = |class: &str| -> i64 {
            rows.iter().filter(|row| row["word"] == class).map(|row| row["fen"].as_i64().expect("fen")).sum()
        };
        assert_eq!(sum("person"), expected, "{code}: {overview:#}");
        assert_eq!(sum("bank"), expected, "{code}");
        for class in ["transit-out", "transit-in", "suspense"] {
            assert_eq!(sum(class), 0, "{code} {class}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_person_moves_with_kill_and_restart_in_the_middle() {
    let mut exchange = Exchange::prepare(&[FROM, TO]);
    exchange.start_all().await;
    register(&mut exchange, 1).await;
    let rows = json!([application("A1", 1)]);
    exchange.agency(TO).ask(&request(json!({ "ask": "apply", "actor": "test", "rows": rows }))).await;
    until_closed(&mut exchange, 1, async |exchange, turn| {
        // Each side is killed once while the case is under way.
        let code = match turn {
            0 => TO,
            2 => FROM,
            _ => return,
        };
        exchange.agency(code).kill();
        exchange.agency(code).start();
        exchange.agency(code).ready().await;
    })
    .await;
    balances_moved_exactly(&mut exchange, 1).await;
    let tomorrow = Request::SetClock { to: jiexu::clock::now().plus_ms(86_400_000) };
    assert_eq!(exchange.agency(TO).refusal(&tomorrow).await, "CLOCK_IS_REAL");
    for code in [FROM, TO] {
        let (took, well) = exchange.agency(code).terminate();
        assert!(well && took < allowed(Duration::from_secs(10)), "{code} stopped after {took:?}, well: {well}");
    }
}

/// SIGKILL of either daemon again and again, and of the broker once, while forty people move.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forty_people_move_while_daemons_and_the_broker_are_killed() {
    const PEOPLE: u32 = 40;
    let mut exchange = Exchange::prepare(&[FROM, TO]);
    exchange.start_all().await;
    register(&mut exchange, PEOPLE).await;
    let rows: Vec<Value> = (1..=PEOPLE).map(|serial| application(&format!("A{serial}"), serial)).collect();
    let apply = request(json!({ "ask": "apply", "actor": "test", "rows": rows }));
    exchange.agency(TO).ask(&apply).await;
    until_closed(&mut exchange, PEOPLE as usize, async |exchange, turn| {
        if turn == 3 {
            exchange.broker.kill();
            exchange.broker.restart().expect("the broker comes back");
        }
        if turn < 8 {
            let code = [TO, FROM][turn % 2];
            exchange.agency(code).kill();
            exchange.agency(code).start();
            exchange.agency(code).ready().await;
        }
    })
    .await;
    // The same applications once more: nothing happens twice.
    let answer = exchange.agency(TO).ask(&apply).await;
    assert!(answer.as_array().expect("outcomes").iter().all(|row| row["outcome"] == "duplicate"), "{answer}");
    balances_moved_exactly(&mut exchange, i64::from(PEOPLE)).await;
}
