//! What a story expects of a person's cases, money, months and notices.

use jiexu::domain::ball::{Phase, Share};
use jiexu::domain::case::Case;
use jiexu::domain::case::correspondence::NoteKind;
use jiexu::domain::forms::Period;
use jiexu::domain::money::Balance;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::support::people::document_of;
use crate::support::sight::Sight;

/// `530800 has told P1 accepted, merged, credited, completed`: every notice of the person there, in order.
pub async fn has_told(sight: &Sight<'_>, person: u32, words: &[&str]) -> Result<(), String> {
    let sql = "SELECT milestone, document_no FROM notices JOIN cases ON cases.case_id = notices.case_id ORDER BY n";
    let told: Vec<String> = rows_of(sight, person, sql).await.iter().map(|row| row.get("milestone")).collect();
    let code = |word: &&str| match word.trim_end_matches(',') {
        "merged" => "RELATION_IN".to_owned(),
        "out" => "RELATION_OUT".to_owned(),
        word => word.to_uppercase(),
    };
    let wanted: Vec<String> = words.iter().filter(|word| **word != "nothing").map(code).collect();
    if told == wanted { Ok(()) } else { Err(format!("told {told:?}")) }
}

/// The rows of a statement with a document number that are the person's.
async fn rows_of(sight: &Sight<'_>, person: u32, sql: &'static str) -> Vec<SqliteRow> {
    let document = document_of(person);
    let rows = sight.rows(sql).await.into_iter();
    rows.filter(|row| row.get::<&str, _>("document_no") == document.number()).collect()
}

async fn newest(sight: &Sight<'_>, person: u32) -> Result<Case, String> {
    sight.case_of(person, false).await.ok_or_else(|| "no case".to_owned())
}

pub async fn expect(sight: &Sight<'_>, person: u32, words: &[&str]) -> Result<(), String> {
    match words {
        ["recounted", note @ ..] => recounted(sight, person, &note.join(" ")).await,
        ["told", state, waits] => told(&newest(sight, person).await?, state, waits),
        ["reminded", step, "level", level] => reminded(&newest(sight, person).await?, step, level),
        ["held", "until", day] => held_until(&newest(sight, person).await?, day),
        ["noted", kind] => noted(&newest(sight, person).await?, kind),
        // 补划 announced, and waiting for its turn.
        ["more", amount] => {
            let case = newest(sight, person).await?;
            super::same(sight.case_view(&case).await.money_panel.supplements.to_string(), amount)
        }
        ["batch", wanted @ ..] => batch(sight, &newest(sight, person).await?, &wanted.join(" ")).await,
        ["held", wanted @ ..] => held(sight, &newest(sight, person).await?, wanted).await,
        ["due", clock, on] => due(sight, person, clock, on).await,
        ["balance", amount] => balance(sight, person, amount).await,
        ["months", wanted] => months(sight, person, wanted).await,
        words => stands(sight, person, words).await,
    }
}

/// `cases 2`, `nothing`, or relation, money and code of one of the person's cases.
async fn stands(sight: &Sight<'_>, person: u32, words: &[&str]) -> Result<(), String> {
    let sql = "SELECT document_no, relation, COALESCE(money, '-') AS money, COALESCE(return_code, '-') AS code
               FROM cases ORDER BY opened_at, case_id";
    let states: Vec<String> = rows_of(sight, person, sql)
        .await
        .iter()
        .map(|row| ["relation", "money", "code"].map(|name| row.get::<String, _>(name)).join(" "))
        .collect();
    let is_so = match words {
        ["nothing"] => states.is_empty(),
        ["cases", count] => states.len().to_string() == *count,
        [relation] => states.contains(&format!("{relation} - -")),
        [relation, "returned", code] => states.contains(&format!("{relation} - {code}")),
        [relation, money] => states.contains(&format!("{relation} {money} -")),
        _ => return Err("no such expectation".into()),
    };
    if is_so { Ok(()) } else { Err(format!("found {states:?}")) }
}

async fn recounted(sight: &Sight<'_>, person: u32, wanted: &str) -> Result<(), String> {
    let sql = "SELECT document_no, note FROM case_steps JOIN cases USING (case_id)
               WHERE event = 'recount' ORDER BY case_id, case_steps.version";
    let found: Vec<String> = rows_of(sight, person, sql).await.iter().map(|row| row.get("note")).collect();
    if found.join(" | ") == wanted { Ok(()) } else { Err(format!("found {found:?}")) }
}

/// What the other agency has said of its progress: the state, and for whom it waits.
fn told(case: &Case, state: &str, waits: &str) -> Result<(), String> {
    let told = case.correspondence.progress.as_ref().and_then(|said| said.report.relation.clone());
    let found = told.map(|track| (track.state, format!("{:?}", track.waiting_for)));
    let waits = waits.replace('_', "");
    let is_told = |(found, holder): &(String, String)| found == state && holder.eq_ignore_ascii_case(&waits);
    if found.as_ref().is_some_and(is_told) { Ok(()) } else { Err(format!("found {found:?}")) }
}

fn reminded(case: &Case, step: &str, level: &str) -> Result<(), String> {
    let found = case.correspondence.reminding;
    let is_wanted = found.is_some_and(|it| it.step.word() == step && it.level.to_string() == level);
    if is_wanted { Ok(()) } else { Err(format!("found {found:?}")) }
}

fn held_until(case: &Case, day: &str) -> Result<(), String> {
    let found = case.correspondence.held.map(|held| held.on.to_string());
    if found.as_deref().unwrap_or("nobody") == day { Ok(()) } else { Err(format!("found {found:?}")) }
}

fn noted(case: &Case, kind: &str) -> Result<(), String> {
    let notes = &case.correspondence.notes;
    let is_wanted = |what: &NoteKind| match what {
        NoteKind::Discrepancy { kind: found, .. } => found.word() == kind,
        NoteKind::Returned { reason, .. } => reason.word() == kind,
        _ => false,
    };
    if notes.iter().any(|note| is_wanted(&note.what)) { Ok(()) } else { Err(format!("found {notes:?}")) }
}

/// `held own 1/1, peer 3/3`: working and calendar days with whom, in all or in one phase.
async fn held(sight: &Sight<'_>, case: &Case, wanted: &[&str]) -> Result<(), String> {
    let ball = sight.case_view(case).await.ball;
    let one = |share: &Share| {
        let working = share.working_days.map_or_else(|| "?".to_owned(), |days| days.to_string());
        format!("{} {working}/{}", share.holder, share.calendar_days)
    };
    let said = |shares: &[Share]| shares.iter().map(one).collect::<Vec<_>>().join(", ");
    let shares = match wanted.split_first() {
        Some((word, _)) if Phase::ALL.iter().any(|phase| phase.word() == *word) => {
            let of_phase = ball.phases.iter().find(|time| time.phase.word() == *word);
            format!("{word} ") + &of_phase.map_or_else(String::new, |time| said(&time.shares))
        }
        _ => said(&ball.total),
    };
    if shares == wanted.join(" ") { Ok(()) } else { Err(format!("found {shares}")) }
}

/// `batch 2/2 asked P1`: how many of its batch are announced, and whose case has the task for all; `batch none`.
async fn batch(sight: &Sight<'_>, case: &Case, wanted: &str) -> Result<(), String> {
    let Some(batch) = sight.case_view(case).await.batch else { return super::same("none".to_owned(), wanted) };
    let mut found = format!("{}/{}", batch.announced, batch.count);
    if let Some(asked) = batch.asked {
        let is_asked = |other: &Case| other.id.0.to_string() == asked.case_id;
        let other = sight.documents().await.into_iter().find(is_asked).ok_or("the asked case is not here")?;
        let who = (1..=9).find(|person| document_of(*person) == other.person().document);
        found += &format!(" asked P{}", who.ok_or("asked about nobody of the story")?);
    }
    super::same(found, wanted)
}

async fn due(sight: &Sight<'_>, person: u32, clock: &str, on: &str) -> Result<(), String> {
    let sql = "SELECT document_no, COALESCE(due_clock, '') AS clock, COALESCE(due_on, '') AS day, due_provisional
               FROM cases ORDER BY opened_at, case_id";
    let rows = rows_of(sight, person, sql).await;
    let found: Vec<String> = rows
        .iter()
        .map(|row| {
            let is_provisional = row.get::<i64, _>("due_provisional") == 1;
            let day = if is_provisional { "provisional" } else { row.get("day") };
            format!("{} {day}", row.get::<&str, _>("clock"))
        })
        .collect();
    if found.contains(&format!("{clock} {on}")) { Ok(()) } else { Err(format!("found {found:?}")) }
}

async fn balance(sight: &Sight<'_>, person: u32, amount: &str) -> Result<(), String> {
    let sql = "SELECT people.document_no, COALESCE(accounts.balance, 0) AS balance FROM people
               LEFT JOIN accounts ON accounts.account = 'person/' || people.person_no";
    let sum: i64 = rows_of(sight, person, sql).await.iter().map(|row| row.get::<i64, _>("balance")).sum();
    let found = Balance(sum).to_string();
    if found == amount { Ok(()) } else { Err(format!("found {found}")) }
}

async fn months(sight: &Sight<'_>, person: u32, wanted: &str) -> Result<(), String> {
    let sql = "SELECT people.document_no, periods.document FROM periods JOIN people USING (person_no)";
    let rows = rows_of(sight, person, sql).await;
    let periods = rows.iter().map(|row| serde_json::from_str::<Period>(row.get("document")).expect("a period"));
    let found: u32 = periods.map(|period| period.months).sum();
    if found.to_string() == wanted { Ok(()) } else { Err(format!("found {found}")) }
}
