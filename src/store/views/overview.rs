//! The whole agency on one page: counts, ages and sums. Never a person.

use chrono::NaiveDate;
use serde::Serialize;
use sqlx::{Row, query};

use super::{ViewError, Views, moment_if};
use crate::domain::money::Balance;
use crate::domain::time::Moment;
use crate::store::sql::views as sql;

/// Everything the first page shows. Sums are fen.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Overview {
    pub cases: Vec<CaseCount>,
    /// Of open cases, by role and holder.
    pub due: Vec<Due>,
    pub inbox: Vec<StateCount>,
    pub duplicates: i64,
    pub oldest_early: Option<Moment>,
    pub outbox: Vec<StateCount>,
    /// The oldest that is not sent or not receipted.
    pub oldest_unreceipted: Option<Moment>,
    pub next_try: Option<Moment>,
    pub resent: i64,
    pub troubles: Vec<ReasonCount>,
    pub tasks: Vec<ReasonCount>,
    pub dead_letters: Vec<ReasonCount>,
    /// Open dead letters that are security events.
    pub alarms: i64,
    pub payments: Vec<SumCount>,
    /// One row a class of accounts.
    pub ledger: Vec<SumCount>,
    /// Bank lines that belong to no case yet.
    pub suspense: SumCount,
    pub oldest_transit_in: Option<Moment>,
}

#[derive(Debug, Clone, Serialize)]
pub struct CaseCount {
    pub role: String,
    pub open: bool,
    pub relation: String,
    pub money: Option<String>,
    pub holder: String,
    pub count: i64,
}

#[derive(Debug, Clone, Default, Serialize)]
pub struct Due {
    pub role: String,
    pub holder: String,
    pub overdue: i64,
    pub today: i64,
    pub soon: i64,
    pub later: i64,
    /// Due later than the calendar knows, or nothing is due.
    pub undated: i64,
}

#[derive(Debug, Clone, Serialize)]
pub struct StateCount {
    pub state: String,
    pub count: i64,
}

#[derive(Debug, Clone, Serialize)]
pub struct ReasonCount {
    pub code: String,
    pub count: i64,
    pub oldest: Option<Moment>,
}

#[derive(Debug, Clone, Default, Serialize)]
pub struct SumCount {
    pub word: String,
    pub count: i64,
    pub fen: Balance,
    pub oldest: Option<Moment>,
}

impl Overview {
    pub fn overdue(&self) -> i64 {
        self.due.iter().map(|row| row.overdue).sum()
    }

    pub fn due_today(&self) -> i64 {
        self.due.iter().map(|row| row.today).sum()
    }

    /// Due after today and within the next two working days.
    pub fn due_soon(&self) -> i64 {
        self.due.iter().map(|row| row.soon).sum()
    }

    pub fn open_cases(&self, role: &str) -> i64 {
        self.cases.iter().filter(|row| row.open && row.role == role).map(|row| row.count).sum()
    }

    pub fn closed_cases(&self, role: &str) -> i64 {
        self.cases.iter().filter(|row| !row.open && row.role == role).map(|row| row.count).sum()
    }

    /// Counts of one side's relation states, open and closed together.
    pub fn by_relation(&self, role: &str, relation: &str) -> i64 {
        self.cases.iter().filter(|row| row.role == role && row.relation == relation).map(|row| row.count).sum()
    }

    pub fn by_money(&self, role: &str, money: &str) -> i64 {
        let of = |row: &&CaseCount| row.role == role && row.money.as_deref() == Some(money);
        self.cases.iter().filter(of).map(|row| row.count).sum()
    }

    /// Open cases that wait for a holder.
    pub fn by_holder(&self, holder: &str) -> i64 {
        self.cases.iter().filter(|row| row.open && row.holder == holder).map(|row| row.count).sum()
    }

    pub fn ledger_fen(&self, class: &str) -> Balance {
        self.ledger.iter().find(|row| row.word == class).map_or(Balance(0), |row| row.fen)
    }

    pub fn outbox_count(&self, state: &str) -> i64 {
        self.outbox.iter().find(|row| row.state == state).map_or(0, |row| row.count)
    }

    pub fn inbox_count(&self, state: &str) -> i64 {
        self.inbox.iter().find(|row| row.state == state).map_or(0, |row| row.count)
    }

    pub fn tasks_open(&self) -> i64 {
        self.tasks.iter().map(|row| row.count).sum()
    }

    pub fn dead_letters_open(&self) -> i64 {
        self.dead_letters.iter().map(|row| row.count).sum()
    }

    /// Nothing has ever happened here.
    pub fn is_empty(&self) -> bool {
        self.cases.is_empty() && self.inbox.is_empty() && self.outbox.is_empty() && self.ledger.is_empty()
    }
}

impl Views {
    /// `soon_until`: the second working day after `today`; the caller knows the calendar.
    pub async fn overview(&self, today: NaiveDate, soon_until: NaiveDate) -> Result<Overview, ViewError> {
        let mut seen = Overview::default();
        // One read transaction: the figures of a page belong to one moment.
        let mut at = self.pool.begin().await?;
        for row in query(sql::CASES_BY_STATE).fetch_all(&mut *at).await? {
            seen.cases.push(CaseCount {
                role: row.try_get("role")?,
                open: row.try_get::<i64, _>("open")? != 0,
                relation: row.try_get("relation")?,
                money: row.try_get("money")?,
                holder: row.try_get("holder")?,
                count: row.try_get("n")?,
            });
        }
        let due = query(sql::CASES_DUE).bind(today.to_string()).bind(soon_until.to_string());
        for row in due.fetch_all(&mut *at).await? {
            seen.due.push(Due {
                role: row.try_get("role")?,
                holder: row.try_get("holder")?,
                overdue: row.try_get("overdue")?,
                today: row.try_get("today")?,
                soon: row.try_get("soon")?,
                later: row.try_get("later")?,
                undated: row.try_get("undated")?,
            });
        }
        for row in query(sql::INBOX_BY_STATE).fetch_all(&mut *at).await? {
            seen.duplicates += row.try_get::<i64, _>("duplicates")?;
            seen.oldest_early = moment_if(&row, "oldest")?.or(seen.oldest_early);
            seen.inbox.push(StateCount { state: row.try_get("state")?, count: row.try_get("n")? });
        }
        for row in query(sql::OUTBOX_BY_STATE).fetch_all(&mut *at).await? {
            let state: String = row.try_get("state")?;
            if state == "unsent" || state == "sent" {
                let oldest = moment_if(&row, "oldest")?;
                seen.oldest_unreceipted = [seen.oldest_unreceipted, oldest].into_iter().flatten().min();
            }
            seen.resent += row.try_get::<i64, _>("resent")?;
            seen.outbox.push(StateCount { state, count: row.try_get("n")? });
        }
        seen.next_try = moment_if(&query(sql::OUTBOX_NEXT_TRY).fetch_one(&mut *at).await?, "at")?;
        for row in query(sql::OUTBOX_TROUBLES).fetch_all(&mut *at).await? {
            seen.troubles.push(reason_count(&row, "trouble")?);
        }
        for row in query(sql::TASKS_BY_KIND).fetch_all(&mut *at).await? {
            seen.tasks.push(reason_count(&row, "kind")?);
        }
        for row in query(sql::DEAD_LETTERS_BY_REASON).fetch_all(&mut *at).await? {
            seen.alarms += row.try_get::<i64, _>("alarms")?;
            seen.dead_letters.push(reason_count(&row, "reason")?);
        }
        for row in query(sql::PAYMENTS_BY_STATE).fetch_all(&mut *at).await? {
            seen.payments.push(SumCount {
                word: row.try_get("state")?,
                count: row.try_get("n")?,
                fen: Balance(row.try_get("fen")?),
                oldest: moment_if(&row, "oldest")?,
            });
        }
        for row in query(sql::LEDGER_BY_CLASS).fetch_all(&mut *at).await? {
            let (word, count, fen) = (row.try_get("class")?, row.try_get("n")?, Balance(row.try_get("fen")?));
            seen.ledger.push(SumCount { word, count, fen, oldest: None });
        }
        let row = query(sql::LINES_UNMATCHED).fetch_one(&mut *at).await?;
        seen.suspense = SumCount {
            word: "unmatched".to_owned(),
            count: row.try_get("n")?,
            fen: Balance(row.try_get("fen")?),
            oldest: moment_if(&row, "oldest")?,
        };
        seen.oldest_transit_in = moment_if(&query(sql::TRANSIT_IN_OLDEST).fetch_one(&mut *at).await?, "oldest")?;
        at.rollback().await?;
        Ok(seen)
    }
}

fn reason_count(row: &sqlx::sqlite::SqliteRow, code: &str) -> Result<ReasonCount, sqlx::Error> {
    Ok(ReasonCount { code: row.try_get(code)?, count: row.try_get("n")?, oldest: moment_if(row, "oldest")? })
}
