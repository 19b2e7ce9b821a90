//! What one agency can check of itself (design: I1, I3, I4, I6, I7, I8, I10, I12), from the rows alone.

mod chains;

use std::collections::HashMap;

use serde::Serialize;
use sha2::{Digest as _, Sha256};
use sqlx::Row;
use sqlx::sqlite::{SqliteConnection, SqliteRow};

use super::engine;
use super::rows::{corrupt, read_document};
use super::sql::peers;
use super::sql::verify as sql;
use super::{Store, StoreError};
use crate::domain::case::Case;

/// One check: its invariant, what it looks at, how many rows, and what is wrong.
#[derive(Debug, Clone, Serialize)]
pub struct Check {
    pub invariant: &'static str,
    pub chinese: &'static str,
    pub english: &'static str,
    pub looked_at: u64,
    /// Names of what breaks the invariant: postings, accounts, cases, rows. At most ten.
    pub broken: Vec<String>,
}

#[derive(Debug, Clone, Serialize)]
pub struct Report {
    pub clean: bool,
    pub checks: Vec<Check>,
}

/// Broken rows named in a report.
const NAMED_MAX: usize = 10;

struct Query {
    invariant: &'static str,
    chinese: &'static str,
    english: &'static str,
    /// How many rows there are: one column `n`.
    count: &'static str,
    /// The broken ones: one column `name`.
    broken: &'static str,
}

/// Checks that are one statement each.
const QUERIES: &[Query] = &[
    Query {
        invariant: "I1",
        chinese: "每笔记账借贷相等",
        english: "every posting has equal sides",
        count: sql::POSTINGS,
        broken: sql::POSTINGS_UNEQUAL,
    },
    Query {
        invariant: "I1",
        chinese: "账户余额等于分录之和",
        english: "every balance is the sum of its entries",
        count: sql::ACCOUNTS,
        broken: sql::BALANCES_DIFFER,
    },
    Query {
        invariant: "I1",
        chinese: "个人、在途、待匹配之和等于银行",
        english: "persons + transit + suspense = bank",
        count: sql::ACCOUNTS,
        broken: sql::BOOKS_UNEQUAL,
    },
    Query {
        invariant: "I1",
        chinese: "无账户为负（导入即为负者除外）",
        english: "no account is negative, imported negatives aside",
        count: sql::ACCOUNTS,
        broken: sql::NEGATIVE,
    },
    Query {
        invariant: "I3",
        chinese: "每案每序至多一借一贷，贷记等于已匹配资金",
        english: "at most one debit and one credit a case and ordinal; credits = money matched",
        count: sql::CASES,
        broken: sql::CREDIT_WITHOUT_MATCH,
    },
    Query {
        invariant: "I3",
        chinese: "每笔记账有唯一效果键",
        english: "every posting has its once-only key",
        count: sql::POSTINGS,
        broken: sql::POSTINGS_WITHOUT_EFFECT,
    },
    Query {
        invariant: "I3",
        chinese: "已入账案件有入账分录",
        english: "a credited case has its credit posting",
        count: sql::CASES,
        broken: sql::CREDIT_AND_CASE_DIFFER,
    },
    Query {
        invariant: "I3",
        chinese: "退汇案件的款项全数在暂挂户",
        english: "a payment that came back lies in suspense, all of it",
        count: sql::CASES,
        broken: sql::RETURNED_AND_SUSPENSE_DIFFER,
    },
    Query {
        invariant: "I4",
        chinese: "案件步骤连续且与现状一致",
        english: "every case's steps are gapless and end where it stands",
        count: sql::CASES,
        broken: sql::STEPS_BROKEN,
    },
    Query {
        invariant: "I4",
        chinese: "等待审核的案件均有待办",
        english: "a case that waits for a release has its task",
        count: sql::CASES,
        broken: sql::REVIEWS_WITHOUT_TASK,
    },
    Query {
        invariant: "I3",
        chinese: "同一个人账户至多由一个案件锁定",
        english: "an account is held by one case at most",
        count: sql::CASES,
        broken: sql::HELD_TWICE,
    },
    Query {
        invariant: "I4",
        chinese: "等待前一转移或死亡核实的案件确在等待",
        english: "what waits for an earlier transfer, or because of a death, still stands there",
        count: sql::TASKS,
        broken: sql::WAITS_FOR_NOTHING,
    },
    Query {
        invariant: "I10",
        chinese: "须两人办理的均由另一人提出",
        english: "what two persons must decide was proposed by another one",
        count: sql::ACTS,
        broken: sql::ACTS_OF_ONE_PERSON,
    },
    Query {
        invariant: "I10",
        chinese: "未写明案件的到账经两人决定才退回",
        english: "money of no case goes back only as two persons decided",
        count: sql::SENT_BACK,
        broken: sql::SENT_BACK_BY_ONE,
    },
    Query {
        invariant: "I10",
        chinese: "待办的承办人与指派记录一致",
        english: "every task is in the hands that its record says",
        count: sql::TASKS,
        broken: sql::TASKS_IN_OTHER_HANDS,
    },
    Query {
        invariant: "I1",
        chinese: "账户名称与类别相符，且均有分录",
        english: "every account is what its name says and has entries, every entry has its account",
        count: sql::ACCOUNTS,
        broken: sql::ACCOUNTS_MISNAMED,
    },
    Query {
        invariant: "I10",
        chinese: "审计链所记账目与账目一致",
        english: "the ledger is as the audit chain saw it",
        count: sql::AUDIT,
        broken: sql::LEDGER_AND_AUDIT_DIFFER,
    },
    Query {
        invariant: "I6",
        chinese: "未签收消息均有下次发送时间",
        english: "every open message has its next try",
        count: sql::OUTBOX,
        broken: sql::OUTBOX_STUCK,
    },
    Query {
        invariant: "I7",
        chinese: "发件序号连续",
        english: "our numbers towards each peer are gapless",
        count: sql::OUTBOX,
        broken: sql::LANES_BROKEN,
    },
    Query {
        invariant: "I1",
        chinese: "日结余额等于截至当日的分录之和",
        english: "every closed day's balances are the sum of the entries up to its end",
        count: peers::CLOSES,
        broken: peers::CLOSES_DIFFER,
    },
    Query {
        invariant: "I10",
        chinese: "日结所记审计链首在链上",
        english: "the audit head of every closed day is a row of the chain",
        count: peers::CLOSES,
        broken: peers::CLOSES_UNCHAINED,
    },
    Query {
        invariant: "I12",
        chinese: "收到的消息均有归宿，拒绝均有代码",
        english: "every received message has a state, every refusal its code",
        count: sql::INBOX,
        broken: sql::INBOX_UNDECIDED,
    },
];

impl Store {
    /// The books alone (I1, I3): quick enough for every start.
    pub async fn verify_books(&self) -> Result<Vec<Check>, StoreError> {
        let mut connection = self.readers.acquire().await?;
        let mut checks = Vec::new();
        for query in QUERIES.iter().filter(|query| matches!(query.invariant, "I1" | "I3")) {
            checks.push(run(&mut connection, query).await?);
        }
        Ok(checks)
    }

    /// Checks everything in one snapshot. Reads only.
    pub async fn verify(&self) -> Result<Report, StoreError> {
        let (size, wrong) = self.wrong_pages().await?;
        let pages = Check {
            invariant: "I0",
            chinese: "每页与写入时相同",
            english: "every page is as it was written",
            looked_at: size.into(),
            broken: wrong.iter().take(NAMED_MAX).map(|page| format!("page {page}")).collect(),
        };
        let mut transaction = self.readers.begin().await?;
        let mut report = verify_in(&mut transaction).await?;
        report.clean &= pages.broken.is_empty();
        report.checks.insert(1, pages);
        Ok(report)
    }
}

/// All checks on one connection; the caller holds the snapshot.
pub(super) async fn verify_in(connection: &mut SqliteConnection) -> Result<Report, StoreError> {
    let mut checks = vec![integrity(connection).await?];
    for query in QUERIES {
        checks.push(run(connection, query).await?);
    }
    checks.push(bytes(connection).await?);
    let (documents, credited) = cases(connection).await?;
    checks.extend([documents, credited]);
    checks.push(chains::audit(connection).await?);
    checks.push(chains::ledger(connection).await?);
    Ok(Report { clean: checks.iter().all(|check| check.broken.is_empty()), checks })
}

async fn run(connection: &mut SqliteConnection, query: &Query) -> Result<Check, StoreError> {
    let count = engine::rows(connection, query.count, vec![]).await?;
    let broken = named(connection, query.broken).await?;
    Ok(Check {
        invariant: query.invariant,
        chinese: query.chinese,
        english: query.english,
        looked_at: count.first().map_or(0, |row| u64::try_from(row.get::<i64, _>("n")).unwrap_or(0)),
        broken,
    })
}

/// The names that the statement finds. Sums beyond every amount there can be are a finding, not an end of the checking.
async fn named(connection: &mut SqliteConnection, sql: &'static str) -> Result<Vec<String>, StoreError> {
    match engine::rows(connection, sql, vec![]).await {
        Ok(rows) => Ok(rows.iter().take(NAMED_MAX).map(name_of).collect()),
        Err(cause) if is_overflow(&cause) => Ok(vec!["sum overflow".to_owned()]),
        Err(cause) => Err(cause),
    }
}

fn is_overflow(cause: &StoreError) -> bool {
    matches!(cause, StoreError::Database(sqlx::Error::Database(cause)) if cause.message().contains("overflow"))
}

/// A name as it stands: who wrote into the file by hand may have left no text there.
fn name_of(row: &SqliteRow) -> String {
    row.try_get::<Vec<u8>, _>("name")
        .map_or_else(|_| "?".to_owned(), |name| String::from_utf8_lossy(&name).into_owned())
}

/// The file itself.
async fn integrity(connection: &mut SqliteConnection) -> Result<Check, StoreError> {
    let rows = engine::rows(connection, "PRAGMA integrity_check", vec![]).await?;
    let found: Vec<String> = rows.iter().map(|row| row.get(0)).filter(|text| text != "ok").take(NAMED_MAX).collect();
    Ok(Check {
        invariant: "I0",
        chinese: "数据库文件完好",
        english: "the database file is sound",
        looked_at: 1,
        broken: found,
    })
}

/// Stored frames still are the bytes that were hashed when they came or went.
async fn bytes(connection: &mut SqliteConnection) -> Result<Check, StoreError> {
    let mut check = Check {
        invariant: "I5",
        chinese: "收件原始字节未变",
        english: "received bytes are as they came",
        looked_at: 0,
        broken: Vec::new(),
    };
    let mut after: Vec<u8> = Vec::new();
    loop {
        let values = vec![engine::Value::bytes(after.clone())];
        let rows = engine::rows(connection, sql::INBOX_BYTES, values).await?;
        let Some(last) = rows.last() else { return Ok(check) };
        after = last.get("frame_hash");
        for row in &rows {
            check.looked_at += 1;
            let hash: Vec<u8> = row.get("frame_hash");
            let frame: Vec<u8> = row.get("frame");
            if Sha256::digest(&frame)[..] != hash[..] && check.broken.len() < NAMED_MAX {
                check.broken.push(hex::encode(hash));
            }
        }
    }
}

/// The columns pages show are the ones the case documents say, and what a case says it credited is what the books say.
async fn cases(connection: &mut SqliteConnection) -> Result<(Check, Check), StoreError> {
    let mut sums = Check {
        invariant: "I3",
        chinese: "案件的入账净额等于分录",
        english: "what a case credited, less what it reversed, is what its entries say",
        looked_at: 0,
        broken: Vec::new(),
    };
    let mut check = Check {
        invariant: "I4",
        chinese: "案件文档与列一致",
        english: "case documents agree with their columns",
        looked_at: 0,
        broken: Vec::new(),
    };
    let mut after: Vec<u8> = Vec::new();
    loop {
        let values = vec![engine::Value::bytes(after.clone())];
        let rows = engine::rows(connection, sql::CASE_DOCUMENTS, values).await?;
        let Some(last) = rows.last() else { return Ok((check, sums)) };
        let range = vec![engine::Value::bytes(after.clone()), engine::Value::bytes(last.get::<Vec<u8>, _>("case_id"))];
        let booked = match engine::rows(connection, sql::CREDITED, range).await {
            // Then nothing agrees, and every case with a credit is named.
            Err(cause) if is_overflow(&cause) => Vec::new(),
            booked => booked?,
        };
        let booked: HashMap<Vec<u8>, i64> = booked.iter().map(|row| (row.get("case_id"), row.get("fen"))).collect();
        after = last.get("case_id");
        for row in &rows {
            check.looked_at += 1;
            let case: Case = read_document(row.get("document"), "case")?;
            let agrees = case.relation() == row.get::<&str, _>("relation")
                && case.money() == row.get::<Option<&str>, _>("money")
                && case.version == u64::try_from(row.get::<i64, _>("version")).map_err(|_| corrupt("case"))?;
            if !agrees && check.broken.len() < NAMED_MAX {
                check.broken.push(case.id.to_string());
            }
            sums.looked_at += 1;
            let credited = booked.get(&row.get::<Vec<u8>, _>("case_id")).copied().unwrap_or(0);
            if case.role() == "incoming" && case.in_account() != credited && sums.broken.len() < NAMED_MAX {
                sums.broken.push(case.id.to_string());
            }
        }
    }
}
