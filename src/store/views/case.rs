//! One case with everything that happened to it, in the order of time. Never shows a whole name or number.

use serde::Serialize;
use serde_json::Value;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, query};

use super::batch::BatchView;
use super::correspondence::Letters;
use super::mask::{self, MaskedNo};
use super::{
    CASE_ROWS_MAX, CaseRow, ClosureRow, PaymentRow, TaskRow, ViewError, Views, id_if, moment, moment_if, uuid_text,
};
use crate::domain::ball::{self, BallTime, Stood};
use crate::domain::calendar::Calendar;
use crate::domain::case::{Case, Incoming, Outgoing, Side};
use crate::domain::deadlines::Clock;
use crate::domain::forms::BankAccount;
use crate::domain::ids::CaseId;
use crate::domain::money::Balance;
use crate::domain::time::Moment;
use crate::store::sql::views as sql;

#[derive(Debug, Clone, Serialize)]
pub struct CaseView {
    #[serde(flatten)]
    pub row: CaseRow,
    pub person_no: Option<MaskedNo>,
    pub version: i64,
    /// What a person may decide about it now.
    pub verbs: Vec<&'static str>,
    /// What both sides wrote beside the forms, and what may be written.
    pub letters: Letters,
    /// 收款账户不一致: the directory's beside the letter's, while two persons must decide.
    pub payee: Option<Payee>,
    pub deadlines: Vec<Deadline>,
    pub money_panel: Money,
    /// 批量划转 in which its money is announced, until it is credited.
    pub batch: Option<BatchView>,
    pub steps: Vec<Step>,
    pub tasks: Vec<TaskRow>,
    pub payments: Vec<PaymentRow>,
    pub lines: Vec<LineRow>,
    /// Everything that happened, by time.
    pub timeline: Vec<Happening>,
    /// 停机 of the other agency while the case was open; moves no deadline.
    pub closures: Vec<ClosureRow>,
    /// Since when the present holder has held the ball.
    pub held_since: Moment,
    /// 持球时间: how long each party held it so far.
    pub ball: BallTime,
}

/// Both accounts, whole: people compare them digit by digit and by telephone.
#[derive(Debug, Clone, Serialize)]
pub struct Payee {
    pub listed: Option<Account>,
    pub letter: Option<Account>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Account {
    /// Masked where it is not an institution's.
    pub name: String,
    pub number: String,
    pub bank: String,
}

impl Account {
    fn of(account: &BankAccount) -> Account {
        let (name, number, bank) = (mask::holder(&account.name), account.number.clone(), mask::shorten(&account.bank));
        Account { name, number, bank }
    }
}

impl Payee {
    fn of(case: &Case) -> Option<Payee> {
        let Side::Outgoing(Outgoing::Checking(checking)) = &case.side else { return None };
        let held = checking.payee.as_ref()?;
        let letter = checking.letter.payee.as_ref().map(Account::of);
        Some(Payee { listed: held.listed.as_ref().map(Account::of), letter })
    }
}

/// One clock of the case.
#[derive(Debug, Clone, Serialize, PartialEq, Eq)]
pub struct Deadline {
    pub clock: String,
    pub started_on: Option<String>,
    /// The limit in working days; unknown in older cases.
    pub days: Option<u64>,
    /// The day, or the earliest possible one while provisional.
    pub due_on: Option<String>,
    pub provisional: bool,
    pub met_on: Option<String>,
}

/// Sums of this case in fen, from its rows: what was told, and what the books say.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Money {
    /// Of the sheet.
    pub announced: Option<Balance>,
    /// Bank lines matched to this case.
    pub received: Balance,
    /// 补划: announced, and waiting until what came before is credited.
    pub supplements: Balance,
    /// Credited to the person at the incoming side; debited at the outgoing one.
    pub booked: Balance,
    /// Released to our bank, and confirmed by it.
    pub released: Balance,
    pub confirmed: Balance,
}

#[derive(Debug, Clone, Serialize)]
pub struct Step {
    pub version: i64,
    pub at: Moment,
    pub actor: String,
    pub event: String,
    pub relation: String,
    pub money: Option<String>,
    pub holder: String,
    /// Why a person decided so; who proposed what another confirmed.
    pub reason: Option<String>,
    pub proposed_by: Option<String>,
    /// What it says beside the states.
    pub note: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
pub struct MessageIn {
    pub message_id: String,
    pub peer: String,
    pub kind: String,
    pub at: Moment,
    pub state: String,
    pub refusal: Option<String>,
    pub duplicates: i64,
}

#[derive(Debug, Clone, Serialize)]
pub struct MessageOut {
    pub message_id: String,
    pub peer: String,
    pub kind: String,
    pub at: Moment,
    pub state: String,
    pub attempts: i64,
    pub next_try_at: Moment,
    /// The broker has it.
    pub confirmed_at: Option<Moment>,
    /// The peer has it.
    pub receipted_at: Option<Moment>,
    pub trouble: Option<String>,
}

/// One posting: its sides in one row.
#[derive(Debug, Clone, Serialize)]
pub struct EntryRow {
    pub posting: String,
    pub debit: String,
    pub credit: String,
    pub amount: Balance,
    pub booked_on: String,
    pub at: Moment,
}

/// One line of our bank's statement.
#[derive(Debug, Clone, Serialize)]
pub struct LineRow {
    pub line: String,
    pub bank_txn_no: String,
    pub booked_on: String,
    pub payer: String,
    pub payer_account: MaskedNo,
    /// Negative: money that left.
    pub amount: Balance,
    pub remark: String,
    pub payment_ref: Option<String>,
    pub state: String,
    pub hint: Option<String>,
    pub arrived_at: Moment,
    pub matched_at: Option<Moment>,
    pub case_id: Option<String>,
}

/// One thing that happened to a case.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Happening {
    Step { step: Step, before: Option<Step> },
    In(MessageIn),
    Out(MessageOut),
    Entry(EntryRow),
    Line(LineRow),
    Payment(PaymentRow),
    TaskOpened(TaskRow),
    TaskClosed(TaskRow),
    TaskHanded(Handed),
}

/// A task went from hand to hand.
#[derive(Debug, Clone, Serialize)]
pub struct Handed {
    pub kind: String,
    /// `assign`, `take`, `release`
    pub verb: String,
    pub at: Moment,
    pub actor: String,
    pub assignee: Option<String>,
    pub reason: String,
}

impl Happening {
    pub fn at(&self) -> Moment {
        match self {
            Happening::Step { step, .. } => step.at,
            Happening::In(message) => message.at,
            Happening::Out(message) => message.at,
            Happening::Entry(entry) => entry.at,
            Happening::Line(line) => line.arrived_at,
            Happening::Payment(payment) => payment.released_at,
            Happening::TaskOpened(task) => task.opened_at,
            Happening::TaskClosed(task) => task.closed_at.unwrap_or(task.opened_at),
            Happening::TaskHanded(handed) => handed.at,
        }
    }
}

impl LineRow {
    pub(super) fn read(row: &SqliteRow) -> Result<LineRow, sqlx::Error> {
        Ok(LineRow {
            line: mask::bank_line(row.try_get("line")?),
            bank_txn_no: mask::shorten(row.try_get("bank_txn_no")?),
            booked_on: row.try_get("booked_on")?,
            payer: mask::holder(row.try_get("payer_name")?),
            payer_account: MaskedNo::of(row.try_get("payer_account")?),
            amount: Balance(row.try_get("fen")?),
            remark: mask::free_text(row.try_get("remark")?),
            payment_ref: row.try_get("payment_ref")?,
            state: row.try_get("state")?,
            hint: row.try_get("hint")?,
            arrived_at: moment(row, "arrived_at")?,
            matched_at: moment_if(row, "matched_at")?,
            case_id: id_if(row, "case_id")?,
        })
    }
}

/// The first ISO day anywhere in a value: the shape of a due day belongs to the domain, and may grow.
fn day_in(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => text.parse::<chrono::NaiveDate>().ok().map(|day| day.to_string()),
        Value::Array(items) => items.iter().find_map(day_in),
        Value::Object(fields) => fields.values().find_map(day_in),
        _ => None,
    }
}

fn is_provisional(value: &Value) -> bool {
    value.as_object().is_some_and(|fields| {
        let said = |name: &String, field: &Value| {
            name.eq_ignore_ascii_case("provisional") && !matches!(field, Value::Bool(false) | Value::Null)
        };
        fields.iter().any(|(name, field)| said(name, field) || is_provisional(field))
    })
}

/// `T0` … `T4`, `ALL`; an unknown word stays as it is.
fn clock_code(word: &str) -> String {
    Clock::from_word(word).map_or_else(|| word.to_owned(), |clock| clock.code().to_owned())
}

/// Reads what it understands of a case's document.
fn deadlines(document: &str) -> Vec<Deadline> {
    let document: Value = serde_json::from_str(document).unwrap_or_default();
    let rows = document.get("deadlines").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let read = |row: &Value| {
        Some(Deadline {
            clock: clock_code(row.get("clock")?.as_str()?),
            started_on: row.get("started_on").and_then(day_in),
            days: row.get("days").and_then(Value::as_u64),
            due_on: row.get("due").and_then(day_in),
            provisional: row.get("due").is_some_and(is_provisional),
            met_on: row.get("met_on").and_then(day_in),
        })
    };
    rows.iter().filter_map(read).take(50).collect()
}

/// What only the case's document says.
#[derive(Default)]
struct Said {
    verbs: Vec<&'static str>,
    letters: Letters,
    payee: Option<Payee>,
    supplements: Balance,
}

impl Said {
    fn of(case: &Case) -> Said {
        let kept = match &case.side {
            Side::Incoming(Incoming::Sheeted(sheeted)) => {
                let waiting = sheeted.supplements.iter().filter(|kept| !kept.returned);
                waiting.map(|kept| kept.notice.ordinal_total.get()).sum()
            }
            _ => 0,
        };
        let (letters, payee) = (Letters::of(case), Payee::of(case));
        Said { verbs: case.decisions(), letters, payee, supplements: Balance(kept) }
    }
}

impl Views {
    /// `now` ends the time of who holds the ball; the calendar says which days were worked.
    pub async fn case(&self, id: CaseId, calendar: &Calendar, now: Moment) -> Result<Option<CaseView>, ViewError> {
        let key = id.0.as_bytes().to_vec();
        // One read transaction: the parts of a case belong to one moment.
        let mut at = self.pool.begin().await?;
        let Some(head) = query(sql::CASE).bind(key.clone()).fetch_optional(&mut *at).await? else {
            return Ok(None);
        };
        let mut parts = Vec::with_capacity(8);
        for text in [
            sql::CASE_STEPS,
            sql::CASE_INBOX,
            sql::CASE_OUTBOX,
            sql::CASE_ENTRIES,
            sql::CASE_LINES,
            sql::CASE_PAYMENTS,
            sql::CASE_TASKS,
            sql::CASE_CLOSURES,
            sql::CASE_TASK_ACTS,
        ] {
            parts.push(query(text).bind(key.clone()).bind(CASE_ROWS_MAX).fetch_all(&mut *at).await?);
        }
        let document: &str = head.try_get("document")?;
        let case: Option<Case> = serde_json::from_str(document).ok();
        let batch = match &case {
            Some(case) => BatchView::read(&mut at, case).await?,
            None => None,
        };
        at.rollback().await?;
        let [steps, inbox, outbox, entries, lines, payments, tasks, closures, handed] = parts.as_slice() else {
            return Ok(None);
        };

        let row = CaseRow::read(&head)?;
        let steps = steps.iter().map(read_step).collect::<Result<Vec<_>, _>>()?;
        let lines = lines.iter().map(LineRow::read).collect::<Result<Vec<_>, _>>()?;
        let payments = payments.iter().map(PaymentRow::read).collect::<Result<Vec<_>, _>>()?;
        let tasks = tasks.iter().map(|task| TaskRow::read(task, calendar)).collect::<Result<Vec<_>, _>>()?;
        let entries = postings(entries)?;
        let closures = closures.iter().map(ClosureRow::read).collect::<Result<Vec<_>, _>>()?;

        let sum = |amounts: &mut dyn Iterator<Item = Balance>| Balance(amounts.map(|amount| amount.0).sum());
        let booked_side = |entry: &&EntryRow| match row.role.as_str() {
            "incoming" => entry.credit.starts_with("person/"),
            _ => entry.debit.starts_with("person/"),
        };
        // A document of a newer version says nothing.
        let Said { verbs, letters, payee, supplements } = case.as_ref().map(Said::of).unwrap_or_default();
        let money_panel = Money {
            announced: row.amount,
            supplements,
            received: sum(&mut lines.iter().filter(|line| line.state == "matched").map(|line| line.amount)),
            booked: sum(&mut entries.iter().filter(booked_side).map(|entry| entry.amount)),
            released: sum(&mut payments.iter().filter(|payment| !has_failed(payment)).map(|payment| payment.amount)),
            confirmed: sum(&mut payments.iter().filter(|payment| payment.state == "confirmed").map(|p| p.amount)),
        };
        let held_since = held_since(&steps, &row);
        let history: Vec<Stood> = steps.iter().map(stood).collect();
        let ball = ball::split(&row.role, &history, now, calendar);

        let mut timeline = Vec::new();
        for (place, step) in steps.iter().enumerate() {
            let before = place.checked_sub(1).and_then(|before| steps.get(before)).cloned();
            timeline.push(Happening::Step { step: step.clone(), before });
        }
        for message in inbox {
            timeline.push(Happening::In(read_in(message)?));
        }
        for message in outbox {
            timeline.push(Happening::Out(read_out(message)?));
        }
        timeline.extend(entries.into_iter().map(Happening::Entry));
        timeline.extend(lines.iter().cloned().map(Happening::Line));
        timeline.extend(payments.iter().cloned().map(Happening::Payment));
        timeline.extend(tasks.iter().cloned().map(Happening::TaskOpened));
        timeline.extend(tasks.iter().filter(|task| task.closed_at.is_some()).cloned().map(Happening::TaskClosed));
        for act in handed {
            timeline.push(Happening::TaskHanded(read_handed(act)?));
        }
        timeline.sort_by_key(Happening::at);

        Ok(Some(CaseView {
            person_no: head.try_get::<Option<String>, _>("person_no")?.as_deref().map(MaskedNo::of),
            version: head.try_get("version")?,
            verbs,
            letters,
            payee,
            deadlines: deadlines(document),
            row,
            money_panel,
            batch,
            steps,
            tasks,
            payments,
            lines,
            timeline,
            closures,
            held_since,
            ball,
        }))
    }
}

/// Another attempt took its place, or will.
fn has_failed(payment: &PaymentRow) -> bool {
    ["refused", "returned", "sent_back"].contains(&payment.state.as_str())
}

/// The time of the first of the unbroken run of last steps with the present holder.
fn held_since(steps: &[Step], row: &CaseRow) -> Moment {
    let run = steps.iter().rev().take_while(|step| step.holder == row.holder);
    run.last().map_or(row.changed_at, |step| step.at)
}

fn stood(step: &Step) -> Stood {
    let (relation, money, holder) = (step.relation.clone(), step.money.clone(), step.holder.clone());
    Stood { from: step.at, relation, money, holder }
}

fn read_handed(row: &SqliteRow) -> Result<Handed, sqlx::Error> {
    Ok(Handed {
        kind: row.try_get("kind")?,
        verb: row.try_get("verb")?,
        at: moment(row, "at")?,
        actor: mask::detail(row.try_get("actor")?),
        assignee: row.try_get::<Option<&str>, _>("assignee")?.map(mask::detail),
        reason: mask::detail(row.try_get("reason")?),
    })
}

fn read_step(row: &SqliteRow) -> Result<Step, sqlx::Error> {
    Ok(Step {
        version: row.try_get("version")?,
        at: moment(row, "at")?,
        actor: mask::detail(row.try_get("actor")?),
        event: mask::detail(row.try_get("event")?),
        relation: row.try_get("relation")?,
        money: row.try_get("money")?,
        holder: row.try_get("holder")?,
        reason: row.try_get::<Option<&str>, _>("reason")?.map(mask::detail),
        proposed_by: row.try_get::<Option<&str>, _>("proposed_by")?.map(mask::detail),
        note: row.try_get::<Option<&str>, _>("note")?.map(mask::detail),
    })
}

fn read_in(row: &SqliteRow) -> Result<MessageIn, sqlx::Error> {
    Ok(MessageIn {
        message_id: uuid_text(&row.try_get::<Vec<u8>, _>("message_id")?),
        peer: row.try_get("peer")?,
        kind: row.try_get("kind")?,
        at: moment(row, "at")?,
        state: row.try_get("state")?,
        refusal: row.try_get("refusal")?,
        duplicates: row.try_get("duplicates")?,
    })
}

fn read_out(row: &SqliteRow) -> Result<MessageOut, sqlx::Error> {
    Ok(MessageOut {
        message_id: uuid_text(&row.try_get::<Vec<u8>, _>("message_id")?),
        peer: row.try_get("peer")?,
        kind: row.try_get("kind")?,
        at: moment(row, "at")?,
        state: row.try_get("state")?,
        attempts: row.try_get("attempts")?,
        next_try_at: moment(row, "next_try_at")?,
        confirmed_at: moment_if(row, "confirmed_at")?,
        receipted_at: moment_if(row, "closed_at")?,
        trouble: row.try_get("trouble")?,
    })
}

/// Joins the lines of each posting: debits, credits, and the sum of one side.
fn postings(rows: &[SqliteRow]) -> Result<Vec<EntryRow>, sqlx::Error> {
    let mut postings: Vec<EntryRow> = Vec::new();
    for row in rows {
        let posting: &str = row.try_get("posting")?;
        if postings.last().is_none_or(|last| last.posting != posting) {
            postings.push(EntryRow {
                posting: posting.to_owned(),
                debit: String::new(),
                credit: String::new(),
                amount: Balance(0),
                booked_on: row.try_get("booked_on")?,
                at: moment(row, "at")?,
            });
        }
        let Some(last) = postings.last_mut() else { continue };
        let is_debit = row.try_get::<&str, _>("side")? == "D";
        let side = if is_debit { &mut last.debit } else { &mut last.credit };
        if !side.is_empty() {
            side.push_str(", ");
        }
        side.push_str(&mask::account(row.try_get("account")?));
        if is_debit {
            last.amount = Balance(last.amount.0.saturating_add(row.try_get("fen")?));
        }
    }
    Ok(postings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deadlines_are_read_leniently() {
        let read = deadlines(
            r#"{"deadlines":[{"clock":"outgoing","started_on":"2026-11-02","due":{"On":"2026-11-16"},"met_on":null},
                {"clock":"T3","due":{"Provisional":{"not_before":"2026-12-31"}}},{"other":1}],"more":true}"#,
        );
        assert_eq!(read.len(), 2);
        assert_eq!((read[0].clock.as_str(), read[1].clock.as_str()), ("T1", "T3"));
        assert_eq!(read[0].due_on.as_deref(), Some("2026-11-16"));
        assert!(!read[0].provisional && read[1].provisional);
        assert_eq!(read[1].due_on.as_deref(), Some("2026-12-31"));
        assert!(deadlines("not json").is_empty());
    }
}
