//! The clocks: looks once a minute at what they ask for (warnings, reminders, escalations) and at letters whose wait has
//! ended, and counts running clocks anew when the calendar has changed. Nothing about money is ever decided here.

use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use tokio::sync::{mpsc, watch};
use tracing::{error, info, warn};

use super::clerk::{Clerk, ClerkError};
use super::daily;
use super::pipeline::Job;
use super::site::Site;
use super::stopped;
use crate::domain::calendar::Calendar;
use crate::domain::changes::Outcome;
use crate::domain::chasing;
use crate::domain::event::What;
use crate::domain::ids::CaseId;
use crate::fault;
use crate::store::{Store, StoreError};

const EVERY: Duration = Duration::from_secs(60);
const MOST: u32 = 256;
/// The calendar by which every open case was counted, so that a crash in between is made up for at the next start.
const COUNTED_BY: &str = "calendar_counted";
const ACTOR: &str = "clock";

pub struct Clocks {
    pub site: Arc<Site>,
    pub store: Arc<Store>,
    pub jobs: mpsc::Sender<Job>,
}

impl Clocks {
    /// Runs until told to stop or the pipeline ends.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let Clocks { site, store, jobs } = self;
        let clerk = Clerk { site, store, jobs };
        let mut looks = 0u32;
        loop {
            let looked = look(&clerk, looks).await;
            looks = looks.wrapping_add(1);
            let recounted = recount(&clerk).await.map(|cases| {
                if cases > 0 {
                    info!(cases, "年历已变，期限已重算 / the calendar has changed, deadlines are recomputed");
                }
            });
            let steps = [
                (looked, "无法日结或对账，稍后重试 / the day cannot be closed or compared; tried again"),
                (recounted, "无法重算时限，稍后重试 / deadlines cannot be recomputed; tried again"),
                (chase(&clerk).await, "无法读取时限，稍后重试 / deadlines cannot be read; tried again"),
                (
                    look_again(&clerk).await,
                    "无法读取等待前一转移的案件，稍后重试 / letters that wait for an earlier transfer cannot be read; tried again",
                ),
            ];
            if !steps.into_iter().all(|(done, words)| goes_on(done, words)) {
                return;
            }
            tokio::select! {
                () = stopped(&mut stop) => return,
                () = tokio::time::sleep(EVERY) => {}
            }
        }
    }
}

/// Says what went wrong; false where the daemon must end.
fn goes_on(done: Result<(), ClerkError>, words: &str) -> bool {
    match done {
        Ok(()) => true,
        Err(ClerkError::Stopping) => false,
        Err(ClerkError::Store(cause)) if cause.must_stop() => {
            error!(code = "STORE_FAILED", %cause, "数据库文件或磁盘故障，进程停止 / the database file or its disk failed; the process stops");
            false
        }
        Err(ClerkError::Store(cause)) => {
            warn!(code = "STORE_READ", %cause, "{words}");
            true
        }
    }
}

/// Checks the letters that waited for a transfer to us which has ended. What is left over is looked at in a minute.
async fn look_again(clerk: &Clerk) -> Result<(), ClerkError> {
    let events = awaited(&clerk.store).await?;
    if !events.is_empty() {
        clerk.act(ACTOR, events).await?;
    }
    Ok(())
}

/// An event for each letter that waited for an earlier transfer which has ended.
pub async fn awaited(store: &Store) -> Result<Vec<What>, StoreError> {
    let cases = store.cases_awaited(MOST).await?;
    Ok(cases.into_iter().map(|(case, version)| What::LookAgain { case, version }).collect())
}

/// What belongs to no case. Missing numbers are looked for at every tenth look: it reads every lane.
async fn look(clerk: &Clerk, looks: u32) -> Result<(), ClerkError> {
    if looks == 0 {
        daily::directory(clerk).await?;
    }
    daily::look(clerk).await?;
    if looks % 10 == 1 { daily::ask_for_missing(clerk).await } else { Ok(()) }
}

/// Does everything the clocks ask for today.
pub async fn chase(clerk: &Clerk) -> Result<(), ClerkError> {
    loop {
        let events = chases(&clerk.site, &clerk.store).await?;
        let count = events.len();
        if count > 0 {
            let outcomes = clerk.act(ACTOR, events).await?;
            // A page that changes nothing would be read for ever.
            if outcomes.iter().all(|outcome| *outcome != Outcome::Applied) {
                return Ok(());
            }
        }
        if count < MOST as usize {
            return Ok(());
        }
    }
}

/// Some of the cases whose clocks ask for something by today: an event for each clock.
pub async fn chases(site: &Site, store: &Store) -> Result<Vec<What>, StoreError> {
    let today = site.now().china_date();
    let cases = store.cases_to_chase(today, MOST).await?;
    let calendar = site.calendar();
    let events = cases.iter().flat_map(|case| {
        let due = chasing::due(case, &calendar, today).into_iter();
        let mut asked: Vec<What> = due
            .map(|due| What::Chase { case: case.id, clock: due.clock, since: due.since, stage: due.before })
            .collect();
        // After the stages: what they hold anew has another day.
        let held = case.correspondence.held.filter(|held| held.on <= today);
        asked.extend(held.map(|held| What::Remind { case: case.id, on: held.on }));
        // The day that is written down is not the calendar's any more: counting anew writes the right one.
        if asked.is_empty() {
            asked.push(What::Recount { case: case.id, version: case.version });
        }
        asked
    });
    Ok(events.collect())
}

/// Counts the running clocks of all open cases by the calendar as it is now, unless that was done before; how many
/// cases changed. Running twice at once costs nothing: who comes second finds nothing to change.
pub async fn recount(clerk: &Clerk) -> Result<u64, ClerkError> {
    let calendar = clerk.site.calendar();
    let counted_by = fingerprint(&calendar);
    if clerk.store.recall(COUNTED_BY).await?.as_deref() == Some(&counted_by) {
        return Ok(0);
    }
    let (mut changed, mut after) = (0, None);
    loop {
        let (events, last) = recounts(&clerk.site, &clerk.store, after).await?;
        if !events.is_empty() {
            let outcomes = clerk.act(ACTOR, events).await?;
            changed += outcomes.iter().filter(|outcome| **outcome == Outcome::Applied).count() as u64;
        }
        match last {
            Some(last) => after = Some(last),
            None => break,
        }
    }
    fault::point("clocks.recounted");
    clerk.store.remember(COUNTED_BY, &counted_by).await?;
    Ok(changed)
}

/// Some open cases after this one: an event for each whose clocks are due on another day now, and the last one looked at.
pub async fn recounts(
    site: &Site,
    store: &Store,
    after: Option<CaseId>,
) -> Result<(Vec<What>, Option<CaseId>), StoreError> {
    let cases = store.open_cases(after, MOST).await?;
    let last = cases.last().map(|case| case.id);
    let calendar = site.calendar();
    let changes = cases.into_iter().filter_map(|mut case| {
        let (id, version) = (case.id, case.version);
        (!case.recount(&calendar, &site.limits).is_empty()).then_some(What::Recount { case: id, version })
    });
    Ok((changes.collect(), last))
}

/// The same for calendars with the same days.
fn fingerprint(calendar: &Calendar) -> String {
    let mut hash = Sha256::new();
    for year in calendar.years() {
        hash.update(year.number().to_be_bytes());
        hash.update(year.days().iter().map(|worked| u8::from(*worked)).collect::<Vec<_>>());
    }
    hex::encode(hash.finalize())
}
