//! What agencies know of each other outside cases, as stories tell it.

use jiexu::domain::money::Balance;
use sqlx::Row;

use crate::scenarios::vocabulary;
use crate::support::sight::Sight;

/// `closed 450200 until 2026-03-21` or `closed 450200 no`: what this agency believes now.
pub async fn closed(sight: &Sight<'_>, peer: &str, words: &[&str]) -> Result<(), String> {
    let now = sight.now;
    let rows = sight.views.closures(now, false).await.map_err(|cause| cause.to_string())?;
    let until = rows.iter().find(|row| row.agency == peer && row.is_now(&now)).map(|row| row.until.to_string());
    let found = until.as_deref().and_then(|until| until.get(..10)).unwrap_or("no");
    let wanted = words.last().copied().unwrap_or("no");
    if found == wanted { Ok(()) } else { Err(format!("found {found}")) }
}

/// `day 2026-03-02 suspense 5.00`: a closed day, balanced, and what one class of accounts held.
pub async fn day(sight: &Sight<'_>, words: &[&str]) -> Result<(), String> {
    let [of, class, amount] = words else { return Err("day 2026-03-02 suspense 5.00".into()) };
    let of = vocabulary::day(Some(of))?;
    let row = sight.views.close(of).await.map_err(|cause| cause.to_string())?.ok_or("the day is not closed")?;
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
pub async fn digest(sight: &Sight<'_>, words: &[&str]) -> Result<(), String> {
    let [side, peer, "for", of, wanted] = words else { return Err("digest of 530800 for DAY agreed".into()) };
    let rows = sight.rows("SELECT peer, day, ours, state FROM digests").await;
    let ours = i64::from(*side == "to");
    let is_it = |row: &&sqlx::sqlite::SqliteRow| {
        row.get::<&str, _>("peer") == *peer && row.get::<&str, _>("day") == *of && row.get::<i64, _>("ours") == ours
    };
    let found = rows.iter().find(is_it).map_or("none", |row| row.get("state"));
    if found == *wanted { Ok(()) } else { Err(format!("found {found}")) }
}
