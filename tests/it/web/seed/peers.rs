//! Closed peers, closed days and digests, for pages.

use chrono::NaiveDate;
use jiexu::domain::close::{Ageing, Band, DayClose, Trial};
use jiexu::domain::forms::{DailyDigest, KindCount, LaneRange};
use jiexu::domain::ids::AgencyCode;
use jiexu::domain::message::Kind;
use jiexu::domain::money::Balance;
use jiexu::domain::time::{Moment, next_day};
use sqlx::{SqlitePool, query};

use super::{DAY, NOW, PEERS};

pub async fn closed_and_compared(pool: &SqlitePool) {
    for (n, from, until) in [(0, -DAY, 2 * DAY), (1, 3 * DAY, 5 * DAY), (2, -9 * DAY, -8 * DAY)] {
        query("INSERT INTO closures VALUES ($1,$2,$3,$4,'机房检修',NULL,$3,$1,NULL)")
            .bind(PEERS[n].0)
            .bind(format!("{}-M{n}", PEERS[n].0))
            .bind(NOW.0 + from)
            .bind(NOW.0 + until)
            .execute(pool)
            .await
            .expect("a closure fits");
    }
    let day = |day| NaiveDate::from_ymd_opt(2026, 11, day).expect("a date");
    for (n, person) in [(18, 10_000), (19, 9_999)] {
        close(pool, day(n), person).await;
    }
    for (peer, ours, state) in [(0, true, "sent"), (0, false, "agreed"), (1, false, "differs")] {
        let digest = DailyDigest {
            day: day(19),
            ranges: vec![LaneRange { epoch: 1, lane: 0, from_seq: 1, to_seq: 3 }],
            sent: vec![KindCount { kind: Kind::ContactLetter, count: 3 }],
            remitted: Balance(765_400),
            matched: Balance(0),
            audit_head: "ab".repeat(32),
        };
        query("INSERT INTO digests VALUES ($1,'2026-11-19',$2,$3,$4,$5,NULL)")
            .bind(PEERS[peer].0)
            .bind(ours)
            .bind(NOW.0)
            .bind(state)
            .bind(serde_json::to_string(&digest).expect("JSON"))
            .execute(pool)
            .await
            .expect("a digest fits");
    }
}

/// A day whose bank holds 150.00; out of balance unless persons hold 100.00.
async fn close(pool: &SqlitePool, day: NaiveDate, person: i64) {
    let trial = Trial { bank: 15_000, person, transit_out: 2_000, transit_in: 0, suspense: 3_000 };
    let (from, until) = (Moment::start_of(day), Moment::start_of(next_day(day)));
    let mut bands = [Band::default(); 3];
    bands[2] = Band { count: 2, fen: 3_000 };
    let peer = AgencyCode::new(PEERS[0].0).ok();
    let ageing = vec![Ageing { peer, class: "suspense".into(), bands }];
    let (audit_n, audit_head) = (0, "00".repeat(32));
    let close = DayClose { day, from, until, trial, postings: 4, opened: 2, closed: 1, ageing, audit_n, audit_head };
    query("INSERT INTO closes VALUES ($1,$2,'clock',$3,$4,$5,$6,$7,$8,$9,4,0,x'00',$10)")
        .bind(day.to_string())
        .bind(until.0 + 1)
        .bind(from.0)
        .bind(until.0)
        .bind(trial.bank)
        .bind(trial.person)
        .bind(trial.transit_out)
        .bind(trial.transit_in)
        .bind(trial.suspense)
        .bind(serde_json::to_string(&close).expect("JSON"))
        .execute(pool)
        .await
        .expect("a close fits");
}
