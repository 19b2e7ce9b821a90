//! What agencies say to each other outside cases, as stories tell it.

use chrono::NaiveDate;
use jiexu::domain::changes::Outcome;
use jiexu::domain::event::What;
use jiexu::domain::money::Balance;
use jiexu::domain::peers::MaintenanceOrder;
use jiexu::domain::time::{Moment, next_day};
use sqlx::Row;

use super::{Story, after};
use crate::support::people::code;

fn day(word: Option<&str>) -> Result<NaiveDate, String> {
    word.and_then(|word| word.parse().ok()).ok_or_else(|| "a day is written 2026-12-18".to_owned())
}

fn as_told(outcome: Outcome, words: &[&str]) -> Result<(), String> {
    match (outcome, after(words, "declined")) {
        (Outcome::Applied, None) => Ok(()),
        (Outcome::Declined(declined), Some(code)) if declined.code == code => Ok(()),
        (other, _) => Err(format!("found {other:?}")),
    }
}

impl Story {
    /// `530800 announces maintenance from 2026-03-11 to 2026-03-20 for 450200 [declined CODE]`: both days counted.
    pub(super) async fn announces(&mut self, agency: &str, words: &[&str]) -> Result<(), String> {
        let n = self.world.place(agency);
        let order = MaintenanceOrder {
            announcement_no: format!("{agency}-M{}", self.world.now().0),
            from: Moment::start_of(day(after(words, "from"))?),
            until: Moment::start_of(next_day(day(after(words, "to"))?)),
            reason: "机房检修".into(),
            to: after(words, "for").map(code),
        };
        let outcome = self.world.act(n, "operator", vec![What::Announce(order)]).await.remove(0);
        self.world.boundary(n).await;
        as_told(outcome, words)
    }

    /// The last announcement of this agency that stands.
    pub(super) async fn takes_maintenance_back(&mut self, agency: &str, words: &[&str]) -> Result<(), String> {
        let n = self.world.place(agency);
        let sql = "SELECT announcement_no, agency FROM closures WHERE withdrawn_at IS NULL ORDER BY at DESC";
        let rows = self.world.rows(n, sql).await;
        let ours = rows.iter().find(|row| row.get::<String, _>("agency") == agency).ok_or("nothing is announced")?;
        let what = What::Withdraw { announcement_no: ours.get("announcement_no"), reason: "检修改期".into() };
        let outcome = self.world.act(n, "operator", vec![what]).await.remove(0);
        self.world.boundary(n).await;
        as_told(outcome, words)
    }

    /// `530800 starts with directory 2`: the look that a starting daemon takes.
    pub(super) async fn starts_with_directory(&mut self, agency: &str, version: &str) -> Result<(), String> {
        let n = self.world.place(agency);
        let version = version.parse().map_err(|_| "a version")?;
        self.world.act(n, "daemon", vec![What::Directory { version }]).await;
        self.world.boundary(n).await;
        Ok(())
    }

    /// `450200 notes digest of 530800 for 2026-03-02 [declined CODE]`
    pub(super) async fn notes_digest(&mut self, agency: &str, peer: &str, words: &[&str]) -> Result<(), String> {
        let n = self.world.place(agency);
        let what = What::DigestNoted { peer: code(peer), day: day(after(words, "for"))?, reason: "已核对".into() };
        let outcome = self.world.act(n, "operator", vec![what]).await.remove(0);
        self.world.boundary(n).await;
        as_told(outcome, words)
    }

    /// `closed 450200 until 2026-03-21` or `closed 450200 no`: what this agency believes now.
    pub(super) async fn expect_closed(&self, n: usize, peer: &str, words: &[&str]) -> Result<(), String> {
        let views = self.world.nodes[n].store.views();
        let now = self.world.now();
        let rows = views.closures(now, false).await.map_err(|cause| cause.to_string())?;
        let until = rows.iter().find(|row| row.agency == peer && row.is_now(&now)).map(|row| row.until.to_string());
        let found = until.as_deref().and_then(|until| until.get(..10)).unwrap_or("no");
        let wanted = words.last().copied().unwrap_or("no");
        if found == wanted { Ok(()) } else { Err(format!("found {found}")) }
    }

    /// `day 2026-03-02 suspense 5.00`: a closed day, balanced, and what one class of accounts held.
    pub(super) async fn expect_day(&self, n: usize, words: &[&str]) -> Result<(), String> {
        let [of, class, amount] = words else { return Err("day 2026-03-02 suspense 5.00".into()) };
        let of = day(Some(of))?;
        let views = self.world.nodes[n].store.views();
        let row = views.close(of).await.map_err(|cause| cause.to_string())?.ok_or("the day is not closed")?;
        let trial = row.close.trial;
        let fen = match *class {
            "bank" => trial.bank,
            "persons" => trial.person,
            "out" => trial.transit_out,
            "in" => trial.transit_in,
            "suspense" => trial.suspense,
            _ => return Err("a class of accounts".into()),
        };
        let found = Balance(fen).to_string();
        if row.difference != 0 {
            return Err(format!("out of balance by {}", row.difference));
        }
        if found == *amount { Ok(()) } else { Err(format!("found {found}")) }
    }

    /// `digest of 530800 for 2026-03-02 agreed`, or `none`; `to` instead of `of`: ours.
    pub(super) async fn expect_digest(&self, n: usize, words: &[&str]) -> Result<(), String> {
        let [side, peer, "for", of, wanted] = words else { return Err("digest of 530800 for DAY agreed".into()) };
        let sql = "SELECT peer, day, ours, state FROM digests";
        let rows = self.world.rows(n, sql).await;
        let ours = i64::from(*side == "to");
        let is_it = |row: &&sqlx::sqlite::SqliteRow| {
            row.get::<&str, _>("peer") == *peer && row.get::<&str, _>("day") == *of && row.get::<i64, _>("ours") == ours
        };
        let found = rows.iter().find(is_it).map_or("none", |row| row.get("state"));
        if found == *wanted { Ok(()) } else { Err(format!("found {found}")) }
    }
}
