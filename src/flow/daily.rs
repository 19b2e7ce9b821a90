//! What a daemon does by itself outside cases: closes the day that is over, holds peers' digests against what came,
//! asks for messages that never came, and tells which directory it acts on. Decides nothing about money.

use tracing::info;

use super::clerk::{Clerk, ClerkError};
use super::site::Site;
use crate::domain::changes::Outcome;
use crate::domain::event::What;
use crate::domain::forms::RANGES_MAX;
use crate::domain::time::Moment;
use crate::fault;
use crate::store::{Store, StoreError};

const ACTOR: &str = "clock";
/// A number that has not come for so long is asked for.
const GAP_MS: i64 = 10 * 60_000;
/// A peer is asked at most once in this time.
const ASK_EVERY_US: i64 = 3_600_000_000;
/// After so long without its messages a digest counts as differing.
const MISSING_MS: i64 = 24 * 3_600_000;

/// Closes every day that is over and reads the whole file after it, asks about money that nobody knows, and compares what can be compared.
pub async fn look(clerk: &Clerk) -> Result<(), ClerkError> {
    while let Some(close) = closes(&clerk.site, &clerk.store).await? {
        fault::point("daily.before_close");
        let outcomes = clerk.act(ACTOR, vec![close]).await?;
        fault::point("daily.closed");
        // Somebody else has closed it meanwhile, or it cannot be closed: never the same question twice.
        if outcomes.first() != Some(&Outcome::Applied) {
            break;
        }
        // A night's work: every page is read once.
        clerk.store.check_file().await?;
    }
    let unidentified = unidentified(&clerk.site, &clerk.store).await?;
    if !unidentified.is_empty() {
        clerk.act(ACTOR, unidentified).await?;
    }
    let compares = compares(&clerk.site, &clerk.store).await?;
    if !compares.is_empty() {
        clerk.act(ACTOR, compares).await?;
    }
    Ok(())
}

/// The next day to close, if one is over.
pub async fn closes(site: &Site, store: &Store) -> Result<Option<What>, StoreError> {
    let today = site.now().china_date();
    Ok(store.day_to_close(today).await?.map(|day| What::Close { day }))
}

/// Money of no case that has waited longer than its limit: the listed agency that paid it is asked, once.
pub async fn unidentified(site: &Site, store: &Store) -> Result<Vec<What>, StoreError> {
    let today = site.now().china_date();
    let others = site.directory.agencies.values().filter(|agency| agency.code != site.us);
    let accounts: Vec<String> =
        others.flat_map(|agency| &agency.accounts).map(|row| row.account.number.clone()).collect();
    let lines = store.lines_unidentified(Moment::start_of(today), &accounts).await?;
    let calendar = site.calendar();
    let is_due =
        |arrived: Moment| calendar.working_days_after(arrived.china_date(), site.limits.unidentified).is_overdue(today);
    let due = lines.into_iter().filter(|(_, arrived)| is_due(*arrived));
    Ok(due.map(|(line, _)| What::Unidentified { line }).collect())
}

/// Peers' digests whose messages are all here, or are looked for no longer.
pub async fn compares(site: &Site, store: &Store) -> Result<Vec<What>, StoreError> {
    let now = site.now();
    let open = store.digests_to_compare().await?;
    let due = open.into_iter().filter(|digest| {
        let is_late = now.ms_since(digest.received_at) >= MISSING_MS;
        digest.is_whole || (is_late && !digest.was_missing)
    });
    Ok(due.map(|digest| What::Compare { peer: digest.peer, day: digest.day, whole: digest.is_whole }).collect())
}

/// Asks every peer for what never came from it: at most 100 ranges, once an hour.
pub async fn ask_for_missing(clerk: &Clerk) -> Result<(), ClerkError> {
    let events = resends(&clerk.site, &clerk.store).await?;
    if !events.is_empty() {
        clerk.act(ACTOR, events).await?;
    }
    Ok(())
}

pub async fn resends(site: &Site, store: &Store) -> Result<Vec<What>, StoreError> {
    let now = site.now();
    let most = u32::try_from(RANGES_MAX).unwrap_or(u32::MAX);
    let gaps = store.gaps(now.plus_ms(-GAP_MS), most).await?;
    let hour = now.0.div_euclid(ASK_EVERY_US);
    Ok(gaps.into_iter().map(|(peer, missing)| What::AskResend { peer, missing, hour }).collect())
}

/// Tells the peers once that we act on a newer directory than before.
pub async fn directory(clerk: &Clerk) -> Result<(), ClerkError> {
    let version = clerk.site.directory.version;
    let outcomes = clerk.act("daemon", vec![What::Directory { version }]).await?;
    if outcomes.first() == Some(&Outcome::Applied) {
        info!(
            directory = version,
            "目录版本已登记，如有更新已通告各机构 / the directory's version is noted; peers are told of a newer one"
        );
    }
    Ok(())
}
