//! What decisions outside cases ask for: closures, directories, the figures of a day, and what is held of a digest.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use sqlx::Row;

use super::{Looking, agency, texts};
use crate::domain::changes::DigestRow;
use crate::domain::close::{DayFigures, Held, OpenMoney, PeerDay, Trial};
use crate::domain::forms::LaneRange;
use crate::domain::ids::AgencyCode;
use crate::domain::message::Kind;
use crate::domain::time::{Moment, next_day};
use crate::store::StoreError;
use crate::store::engine::{self, Value};
use crate::store::peers::read_digest;
use crate::store::rows::{corrupt, read_closure, read_day};
use crate::store::sql::{self, peers};

impl Looking<'_> {
    pub(super) async fn peers(&mut self) -> Result<(), StoreError> {
        self.closures().await?;
        if self.wanted.directories {
            for row in engine::rows(self.connection, peers::DIRECTORIES, vec![]).await? {
                let version = u64::try_from(row.get::<i64, _>("version")).map_err(|_| corrupt("directory"))?;
                self.known.directories.insert(agency(&row, "agency")?, version);
            }
        }
        for day in std::mem::take(&mut self.wanted.days) {
            let figures = self.day(day).await?;
            self.known.last_closed = figures.last;
            self.known.days.insert(day, figures);
        }
        for (peer, day) in std::mem::take(&mut self.wanted.digests) {
            let values = vec![Value::text(peer.to_string()), Value::text(day.to_string())];
            let rows = engine::rows(self.connection, peers::DIGEST, values).await?;
            let Some(row) = rows.first() else { continue };
            let digest = read_digest(row)?;
            let held = self.held(&digest).await?;
            self.known.digests.insert((peer, day), (digest, held));
        }
        Ok(())
    }

    async fn closures(&mut self) -> Result<(), StoreError> {
        let mut rows = match self.wanted.closed_at {
            Some(at) => engine::rows(self.connection, peers::CLOSURES_AHEAD, vec![at.0.into()]).await?,
            None => Vec::new(),
        };
        let numbers = texts(&self.wanted.announcements);
        rows.extend(self.list(peers::CLOSURES_BY_NO, &numbers).await?);
        for row in &rows {
            let closure = read_closure(row)?;
            self.known.closures.insert((closure.agency.clone(), closure.announcement_no.clone()), closure);
        }
        Ok(())
    }

    /// Balances are the last close's and what was booked since, so that a day costs what happened in it.
    async fn day(&mut self, day: NaiveDate) -> Result<DayFigures, StoreError> {
        let until = Moment::start_of(next_day(day));
        let (mut last, mut from, mut trial) = (None, Moment(0), Trial::default());
        if let Some(row) = engine::rows(self.connection, peers::LAST_CLOSE, vec![]).await?.first() {
            last = Some(read_day(row.get("day"), "close")?);
            from = Moment(row.get("until_at"));
            trial = Trial {
                bank: row.get("bank"),
                person: row.get("person"),
                transit_out: row.get("transit_out"),
                transit_in: row.get("transit_in"),
                suspense: row.get("suspense"),
            };
        }
        // An earlier release told nobody: the first digest begins with its own day.
        let told_from = if last.is_some() { from } else { Moment::start_of(day) };
        for row in self.between(peers::MOVED, from, until).await? {
            trial.add(row.get("class"), row.get("fen"));
        }
        let postings = self.between(peers::POSTINGS, from, until).await?;
        let cases = self.between(peers::CASES_MOVED, from, until).await?;
        let count = |row: Option<&sqlx::sqlite::SqliteRow>, name: &str| {
            row.map_or(0, |row| u64::try_from(row.get::<i64, _>(name)).unwrap_or(0))
        };
        let (opened, closed) = (count(cases.first(), "opened"), count(cases.first(), "closed"));
        let postings = count(postings.first(), "n");
        let open = self.open_money(until).await?;
        let peers = self.peer_days(told_from, until).await?;
        let head = engine::rows(self.connection, sql::AUDIT_HEAD, vec![]).await?;
        let (audit_n, audit_head) = match head.first() {
            Some(row) => {
                let hash: Vec<u8> = row.get("hash");
                (row.get("n"), hash.try_into().map_err(|_| corrupt("audit hash"))?)
            }
            None => (0, [0; 32]),
        };
        Ok(DayFigures { last, from, trial, postings, opened, closed, open, peers, audit_n, audit_head })
    }

    async fn between(
        &mut self,
        sql: &'static str,
        from: Moment,
        until: Moment,
    ) -> Result<Vec<sqlx::sqlite::SqliteRow>, StoreError> {
        engine::rows(self.connection, sql, vec![from.0.into(), until.0.into()]).await
    }

    async fn open_money(&mut self, until: Moment) -> Result<Vec<OpenMoney>, StoreError> {
        let rows = engine::rows(self.connection, peers::OPEN_MONEY, vec![until.0.into()]).await?;
        rows.iter()
            .map(|row| {
                let peer: Option<&str> = row.get("peer");
                Ok(OpenMoney {
                    class: row.get("class"),
                    fen: row.get("fen"),
                    since: read_day(row.get("since"), "entry")?,
                    peer: peer.map(AgencyCode::new).transpose().map_err(|_| corrupt("case"))?,
                    payer_account: row.get("payer_account"),
                })
            })
            .collect()
    }

    async fn peer_days(&mut self, from: Moment, until: Moment) -> Result<BTreeMap<AgencyCode, PeerDay>, StoreError> {
        let mut days: BTreeMap<AgencyCode, PeerDay> = BTreeMap::new();
        let number = |row: &sqlx::sqlite::SqliteRow, name: &str| {
            u64::try_from(row.get::<i64, _>(name)).map_err(|_| corrupt("outbox"))
        };
        for row in self.between(peers::MADE, from, until).await? {
            let day = days.entry(agency(&row, "recipient")?).or_default();
            let small = |name: &str| u32::try_from(row.get::<i64, _>(name)).map_err(|_| corrupt("lane"));
            let (epoch, lane) = (small("epoch")?, small("lane")?);
            let (from_seq, to_seq) = (number(&row, "from_seq")?, number(&row, "to_seq")?);
            match day.ranges.iter_mut().find(|range| (range.epoch, range.lane) == (epoch, lane)) {
                Some(range) => {
                    range.from_seq = range.from_seq.min(from_seq);
                    range.to_seq = range.to_seq.max(to_seq);
                }
                None => day.ranges.push(LaneRange { epoch, lane, from_seq, to_seq }),
            }
            let kind = Kind::from_word(row.get("kind")).ok_or(corrupt("outbox"))?;
            *day.sent.entry(kind).or_default() += number(&row, "n")?;
        }
        for row in self.between(peers::REMITTED, from, until).await? {
            days.entry(agency(&row, "peer")?).or_default().remitted = row.get("fen");
        }
        for row in self.between(peers::MATCHED, from, until).await? {
            days.entry(agency(&row, "peer")?).or_default().matched = row.get("fen");
        }
        Ok(days)
    }

    async fn held(&mut self, row: &DigestRow) -> Result<Held, StoreError> {
        let mut held = Held { announced: Some(0), ..Held::default() };
        for range in &row.digest.ranges {
            let values = vec![
                Value::text(row.peer.to_string()),
                range.epoch.into(),
                range.lane.into(),
                range.from_seq.into(),
                range.to_seq.into(),
            ];
            for row in engine::rows(self.connection, peers::HELD, values).await? {
                let count = u64::try_from(row.get::<i64, _>("n")).unwrap_or(0);
                match Kind::from_word(row.get("kind")) {
                    Some(kind) => *held.kinds.entry(kind).or_default() += count,
                    None => held.unreadable += count,
                }
                let fen: i64 = row.get("fen");
                let is_known = row.get::<i64, _>("unknown") == 0;
                held.announced = held.announced.filter(|_| is_known).map(|sum| sum.saturating_add(fen));
            }
        }
        Ok(held)
    }
}
