//! Sixty synthetic cases in every state, for pages: people who cannot exist (address part 000000).

mod peers;

use std::path::Path;

use jiexu::domain::time::Moment;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions};
use sqlx::{SqlitePool, query};

/// 2026-11-20 15:00 in Shanghai, a Friday.
pub const NOW: Moment = Moment(1_795_158_000_000_000);
const MINUTE: i64 = 60_000_000;
const DAY: i64 = 24 * 60 * MINUTE;

pub const PEERS: [(&str, &str); 4] = [
    ("000101", "模拟甲市医疗保障事业中心"),
    ("000202", "模拟乙市医疗保障服务中心"),
    ("000303", "模拟丙州医疗保险服务中心"),
    ("000404", "模拟丁区医疗保障局"),
];
pub const NAMES: [&str; 6] = ["甄试一", "欧阳测试", "贾样本", "买买提·测试", "𬱖试", "钱虚构"];

/// The raw values that must never be seen on a page.
pub fn document_no(n: usize) -> String {
    format!("00000019{:02}0101{:04}", 60 + n % 40, 1000 + n)
}

pub fn person_no(n: usize) -> String {
    format!("P{:09}", 700_000_000 + n)
}

pub fn case_id(n: usize) -> [u8; 16] {
    uuid::Uuid::from_u128(0x0193_0000_0000_7000_8000_0000_0000_0000 + n as u128).into_bytes()
}

const INCOMING: [(&str, Option<&str>, &str, bool); 12] = [
    ("LETTER_SENT", None, "peer", true),
    ("OUTGOING_WORKING", None, "peer", true),
    ("OUTGOING_WORKING", None, "peer", true),
    ("LETTER_RETURNED", None, "own", true),
    ("SHEET_RECEIVED", Some("EXPECTED"), "own", true),
    ("RELATION_MERGED", Some("EXPECTED"), "peer", true),
    ("RELATION_MERGED", Some("REMITTED"), "bank", true),
    ("RELATION_MERGED", Some("DISCREPANT"), "own", true),
    ("COMPLETED", Some("CREDITED"), "nobody", false),
    ("COMPLETED", Some("CREDITED"), "nobody", false),
    ("COMPLETED", Some("NOT_EXPECTED"), "nobody", false),
    ("REJECTED", None, "nobody", false),
];
const OUTGOING: [(&str, Option<&str>, &str, bool); 6] = [
    ("CHECKING", None, "own", true),
    ("SHEET_ISSUED", Some("FROZEN"), "peer", true),
    ("AWAITING_COMPLETION", Some("REMITTING"), "bank", true),
    ("AWAITING_COMPLETION", Some("REMITTED"), "peer", true),
    ("COMPLETED", Some("CONFIRMED"), "nobody", false),
    ("RETURNED", None, "peer", false),
];

pub async fn empty(path: &Path) -> SqlitePool {
    let options =
        SqliteConnectOptions::new().filename(path).create_if_missing(true).journal_mode(SqliteJournalMode::Wal);
    let pool = SqlitePoolOptions::new().max_connections(4).connect_with(options).await.expect("a new file opens");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store/migrations/sqlite");
    let files = std::fs::read_dir(folder).expect("the migrations").map(|file| file.expect("a file").path());
    let mut files: Vec<_> = files.collect();
    files.sort();
    for file in files {
        let schema = std::fs::read_to_string(file).expect("a text");
        sqlx::raw_sql(sqlx::AssertSqlSafe(schema)).execute(&pool).await.expect("the schema fits");
    }
    pool
}

pub async fn sixty_cases(path: &Path) -> SqlitePool {
    let pool = empty(path).await;
    for n in 0..60 {
        case(&pool, n).await;
    }
    loose_ends(&pool).await;
    peers::closed_and_compared(&pool).await;
    pool
}

async fn case(pool: &SqlitePool, n: usize) {
    let incoming = n.is_multiple_of(2);
    let (relation, money, holder, open) = if incoming { INCOMING[n / 2 % 12] } else { OUTGOING[n / 2 % 6] };
    let role = if incoming { "incoming" } else { "outgoing" };
    let (id, peer) = (case_id(n).to_vec(), PEERS[n % 4].0);
    let opened = NOW.0 - (1 + n as i64 % 17) * DAY - n as i64 * 7 * MINUTE;
    let letter = format!("{}-2026-{:05}", if incoming { "000999" } else { peer }, 100 + n);
    let days = ["2026-11-18", "2026-11-20", "2026-11-23", "2026-11-24", "2026-11-30", "2026-12-04"];
    let due = open.then(|| days[n / 2 % 6]).filter(|_| n != 10);
    let amount = money.filter(|word| *word != "NOT_EXPECTED").map(|_| 100_000 + n as i64 * 31_377);
    let document = format!(
        r#"{{"deadlines":[{{"clock":"letter","started_on":"2026-11-06","due":{{"On":"2026-11-06"}},"met_on":"2026-11-06"}},
           {{"clock":"outgoing","started_on":"2026-11-06","due":{{"On":"{}"}},"met_on":null}},
           {{"clock":"incoming","started_on":"2026-12-28","due":{{"Provisional":{{"not_before":"2026-12-31"}}}},"met_on":null}}]}}"#,
        due.unwrap_or("2026-11-20")
    );
    query(
        "INSERT INTO cases (case_id, role, peer, letter_no, person_no, relation, money, holder, open, accepted_on, \
           opened_at, changed_at, closed_at, due_clock, due_on, due_provisional, amount_fen, person_name, document_no, \
           return_code, prior, version, document) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,'2026-11-06',$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,0,4,$20)",
    )
    .bind(&id)
    .bind(role)
    .bind(peer)
    .bind(&letter)
    .bind(person_no(n))
    .bind(relation)
    .bind(money)
    .bind(holder)
    .bind(i64::from(open))
    .bind(opened)
    .bind(opened + DAY / 2)
    .bind((!open).then_some(opened + DAY / 2))
    .bind(due.map(|_| if incoming { "T1" } else { "T4" }))
    .bind(due)
    .bind(i64::from(n == 10))
    .bind(amount)
    .bind(NAMES[n % 6])
    .bind(document_no(n))
    .bind((relation == "LETTER_RETURNED" || relation == "REJECTED").then_some("NOT_STOPPED"))
    .bind(document)
    .execute(pool)
    .await
    .expect("a case fits");
    history(pool, n, incoming, (relation, money, holder), opened).await;
}

async fn history(pool: &SqlitePool, n: usize, incoming: bool, at: (&str, Option<&str>, &str), opened: i64) {
    let (id, peer) = (case_id(n).to_vec(), PEERS[n % 4].0);
    let road: &[(&str, Option<&str>, &str, &str)] = if incoming {
        &[
            ("application", None, "peer", "LETTER_SENT"),
            ("Receipt", None, "peer", "OUTGOING_WORKING"),
            ("InformationSheet", Some("EXPECTED"), "own", "SHEET_RECEIVED"),
            ("InformationSheet", Some("EXPECTED"), "peer", "RELATION_MERGED"),
            ("RemittanceNotice", Some("REMITTED"), "bank", "RELATION_MERGED"),
            ("statement", Some("MATCHED"), "own", "RELATION_MERGED"),
            ("statement", Some("CREDITED"), "own", "RELATION_MERGED"),
        ]
    } else {
        &[
            ("ContactLetter", None, "own", "CHECKING"),
            ("ContactLetter", Some("FROZEN"), "peer", "SHEET_ISSUED"),
            ("Receipt", Some("REMITTING"), "bank", "AWAITING_COMPLETION"),
            ("statement", Some("REMITTED"), "peer", "AWAITING_COMPLETION"),
        ]
    };
    let is_there = |step: &&(&str, Option<&str>, &str, &str)| step.3 == at.0 && step.1 == at.1;
    let until = road.iter().position(|step| is_there(&step)).unwrap_or(if at.1.is_some() { road.len() } else { 2 });
    let last = ("chase", at.1, at.2, at.0);
    for (version, (event, money, holder, relation)) in road.iter().take(until).chain([&last]).enumerate() {
        let moment = opened + version as i64 * 37 * MINUTE;
        let step = "INSERT INTO case_steps (case_id, version, at, actor, event, relation, money, holder)
                    VALUES ($1,$2,$3,'system:auto@1',$4,$5,$6,$7)";
        query(step)
            .bind(&id)
            .bind(version as i64 + 1)
            .bind(moment)
            .bind(event)
            .bind(relation)
            .bind(*money)
            .bind(holder)
            .execute(pool)
            .await
            .expect("a step fits");
    }
    let message = |salt: u8| [vec![salt], case_id(n)[1..].to_vec()].concat();
    let state = ["closed", "closed", "closed", "sent", "unsent"][n % 5];
    query("INSERT INTO outbox VALUES ($1,$2,$3,$4,0,1,$5,x'00',$6,$7,$8,$9,$10,$11,$12,x'00',x'00',x'00',x'00')")
        .bind(message(1))
        .bind(peer)
        .bind(if incoming { "ContactLetter" } else { "InformationSheet" })
        .bind(&id)
        .bind(n as i64 + 1)
        .bind(opened + MINUTE)
        .bind(state)
        .bind(1 + n as i64 % 3)
        .bind(NOW.0 + 3 * MINUTE)
        .bind((state != "unsent").then_some(opened + 2 * MINUTE))
        .bind((state == "closed").then_some(opened + 3 * MINUTE))
        .bind((state == "unsent" && n.is_multiple_of(2)).then_some("UNROUTABLE"))
        .execute(pool)
        .await
        .expect("an outbox row fits");
    if at.1.is_some() || !incoming {
        query("INSERT INTO inbox VALUES ($1,$2,x'00',$3,$4,$5,0,1,$6,$7,$8,NULL,NULL,0,$9,x'00',x'00',x'00',x'00',0,NULL)")
            .bind(peer)
            .bind(message(2))
            .bind(message(2))
            .bind(if incoming { "InformationSheet" } else { "ContactLetter" })
            .bind(&id)
            // Every ninth number of a lane is missing.
            .bind(n as i64 + 1)
            .bind(opened + 50 * MINUTE)
            .bind(if n == 13 { "early" } else { "applied" })
            .bind(i64::from(n.is_multiple_of(7)))
            .execute(pool)
            .await
            .expect("an inbox row fits");
    }
    money(pool, n, incoming, at, opened).await;
}

async fn money(pool: &SqlitePool, n: usize, incoming: bool, at: (&str, Option<&str>, &str), opened: i64) {
    let (id, fen) = (case_id(n).to_vec(), 100_000 + n as i64 * 31_377);
    let entry = |posting: String, line: i64, account: String, side: &'static str| {
        query("INSERT INTO entries VALUES ($1,$2,$3,$4,$5,$6,'2026-11-12',$7,NULL,NULL)")
            .bind(posting)
            .bind(line)
            .bind(account)
            .bind(side)
            .bind(fen)
            .bind(id.clone())
            .bind(opened + 200 * MINUTE)
            .execute(pool)
    };
    if incoming && matches!(at.1, Some("CREDITED" | "DISCREPANT")) {
        let short = if at.1 == Some("DISCREPANT") { 1 } else { 0 };
        query("INSERT INTO bank_lines (line, bank_txn_no, booked_on, payer_name, payer_account, payee_account, fen, remark, \
           payment_ref, state, hint, case_id, arrived_at, matched_at) VALUES ($1,$2,'2026-11-12',$3,'6222000011112222333','6217000099998888777',$4,$5,NULL,'matched',NULL,$6,$7,$7)")
            .bind(format!("6217000099998888777/TX{n:06}"))
            .bind(format!("TX{n:06}"))
            .bind(PEERS[n % 4].1)
            .bind(fen - short)
            .bind(format!("医保转移 000999-2026-{:05} {}", 100 + n, NAMES[n % 6]))
            .bind(&id)
            .bind(opened + 190 * MINUTE)
            .execute(pool)
            .await
            .expect("a line fits");
    }
    if incoming && at.1 == Some("CREDITED") {
        entry(format!("credit/{n}/1"), 1, format!("transit-in/{n}"), "D").await.expect("an entry fits");
        entry(format!("credit/{n}/1"), 2, format!("person/{}", person_no(n)), "C").await.expect("an entry fits");
    }
    if !incoming && matches!(at.1, Some("REMITTING" | "REMITTED" | "CONFIRMED")) {
        entry(format!("debit/{n}/1"), 1, format!("person/{}", person_no(n)), "D").await.expect("an entry fits");
        entry(format!("debit/{n}/1"), 2, format!("transit-out/{n}"), "C").await.expect("an entry fits");
        let account = format!(
            r#"{{"name":"{}","number":"6222000011112222333","bank":"模拟银行","bank_no":null}}"#,
            PEERS[n % 4].1
        );
        query("INSERT INTO payments VALUES ($1,$2,$3,1,1,$4,$5,$5,$6,$7,$8,$9,$10,NULL,NULL,NULL)")
            .bind(format!("PAY-{n:05}-1-1"))
            .bind(&id)
            .bind(format!("{}-2026-{:05}", PEERS[n % 4].0, 100 + n))
            .bind(fen)
            .bind(account)
            .bind(if at.1 == Some("REMITTING") { ["released", "exported"][n / 2 % 2] } else { "confirmed" })
            .bind(opened + 120 * MINUTE)
            .bind((at.1 != Some("REMITTING")).then_some("B20261112-1"))
            .bind((at.1 != Some("REMITTING")).then_some(opened + 150 * MINUTE))
            .bind((at.1 != Some("REMITTING")).then_some(opened + 180 * MINUTE))
            .execute(pool)
            .await
            .expect("a payment fits");
    }
}

/// Tasks, suspense, dead letters, balances.
async fn loose_ends(pool: &SqlitePool) {
    let tasks = [
        ("LETTER_RETURNED", Some(6), Some("NOT_STOPPED"), 1),
        ("CHECK_BY_CLERK", Some(1), Some("ARREARS"), 2),
        ("MONEY_DIFFERS", Some(14), Some("received 1 fen short"), 3),
        ("LINE_UNMATCHED", None, None, 4),
        ("PAYEE_DIFFERS", Some(13), None, 5),
        ("OVERDUE", Some(2), Some("T1"), 0),
        ("SHEET_DIFFERS", Some(8), Some("document 000000196801011008 is not the letter's"), 0),
    ];
    for (kind, case, detail, days) in tasks {
        query("INSERT INTO tasks (task, round, kind, case_id, line, detail, opened_at) VALUES ($1,1,$2,$3,$4,$5,$6)")
            .bind(format!("{kind}/{days}"))
            .bind(kind)
            .bind(case.map(|n| case_id(n).to_vec()))
            .bind(case.is_none().then_some("6217000099998888777/TX900001"))
            .bind(detail)
            .bind(NOW.0 - days * DAY - 50 * MINUTE)
            .execute(pool)
            .await
            .expect("a task fits");
    }
    query("INSERT INTO tasks (task, round, kind, case_id, opened_at, closed_at) VALUES ('VERIFY_BY_CLERK/x',1,'VERIFY_BY_CLERK',$1,$2,$3)")
        .bind(case_id(16).to_vec())
        .bind(NOW.0 - 9 * DAY)
        .bind(NOW.0 - 8 * DAY)
        .execute(pool)
        .await
        .expect("a task fits");
    for (n, payer, remark) in
        [(1, PEERS[0].1, "转移款"), (2, "甄试一", "甄试一 000000199001011234"), (3, PEERS[2].1, "000999-2026-00777")]
    {
        query("INSERT INTO bank_lines (line, bank_txn_no, booked_on, payer_name, payer_account, payee_account, fen, remark, \
           payment_ref, state, hint, case_id, arrived_at, matched_at) VALUES ($1,$2,'2026-11-17',$3,'6222000011112222333','6217000099998888777',$4,$5,NULL,'unmatched',$6,NULL,$7,NULL)")
            .bind(format!("6217000099998888777/TX90000{n}"))
            .bind(format!("TX90000{n}"))
            .bind(payer)
            .bind(123_456 * n)
            .bind(remark)
            .bind(["NO_CASE", "WRONG_PAYER", "AWAITING_NOTICE"][n as usize - 1])
            .bind(NOW.0 - n * DAY)
            .execute(pool)
            .await
            .expect("a line fits");
    }
    for (n, reason, alarm, sender) in [
        (1u8, "crypto", 1, Some("000101")),
        (2, "frame", 0, None),
        (3, "sender_unknown", 1, Some("<script>alert(1)</script>")),
    ] {
        let frame: &[u8] = if n == 1 { b"JX1\0\x01\0\x20hello" } else { b"000000199001011234 in the clear" };
        query("INSERT INTO dead_letters VALUES ($1,$2,$3,$4,'000101.000999','000101',$5,$6,$7,$8,$9,NULL)")
            .bind(vec![n; 32])
            .bind(reason)
            .bind(alarm)
            .bind(sender)
            .bind(1537)
            .bind(frame)
            .bind(NOW.0 - 3 * DAY)
            .bind(NOW.0 - i64::from(n) * MINUTE * 40)
            .bind(i64::from(n))
            .execute(pool)
            .await
            .expect("a dead letter fits");
    }
    let suspense = 123_456 * 6;
    for (account, class, fen) in [
        ("bank", "bank", 98_765_432),
        ("person/P700000001", "person", 98_765_432 - suspense - 700_000 - 131_377),
        ("transit-out/1", "transit-out", 700_000),
        ("transit-in/2", "transit-in", 131_377),
        ("suspense/1", "suspense", suspense),
    ] {
        let put = query("INSERT INTO accounts VALUES ($1,$2,$3)").bind(account).bind(class).bind(fen);
        put.execute(pool).await.expect("an account fits");
    }
}
