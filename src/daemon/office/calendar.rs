//! The calendar's desk: takes years in, says what is known and what is missing, and explains due days in words.

use chrono::{Datelike, NaiveDate};
use serde_json::{Value, json};

use super::{Failure, Office, not_found};
use crate::domain::calendar::{CalendarError, Due, Explained, Year, YearFile};
use crate::domain::changes::{Declined, Outcome};
use crate::domain::deadlines::Deadline;
use crate::store::ImportedYear;

impl From<Declined> for Failure {
    fn from(declined: Declined) -> Failure {
        Failure::new(&declined.code, format!("{} · {}", declined.chinese, declined.english))
    }
}

impl From<CalendarError> for Failure {
    fn from(cause: CalendarError) -> Failure {
        cause.declined().into()
    }
}

impl Office {
    pub(super) async fn import_years(
        &self,
        actor: &str,
        text: &str,
        replace: Option<String>,
    ) -> Result<Value, Failure> {
        let files = YearFile::parse_all(text)?;
        let numbers: Vec<i32> = files.iter().map(|file| file.year).collect();
        let before = self.clerk.site.calendar();
        let (outcome, recounted) = self.clerk.import_years(actor, files, replace).await?;
        if let Outcome::Declined(declined) = outcome {
            return Err(declined.into());
        }
        let calendar = self.clerk.site.calendar();
        let years = numbers.iter().filter_map(|number| {
            let (was, is) = (before.year(*number), calendar.year(*number)?);
            let outcome = match was {
                None => "added",
                Some(was) if was == is => "known",
                Some(_) => "replaced",
            };
            let mut year = facts(is);
            year["outcome"] = outcome.into();
            Some(year)
        });
        Ok(json!({ "years": years.collect::<Vec<_>>(), "recounted": recounted }))
    }

    pub(super) async fn calendar(&self) -> Result<Value, Failure> {
        let imported = self.store.imported_years().await?;
        let today = self.clerk.site.now().china_date();
        let calendar = self.clerk.site.calendar();
        let row = |year: &Year| {
            let mut row = facts(year);
            let by = imported.iter().find(|imported| imported.year.number() == year.number());
            if let Some(ImportedYear { at, actor, reason, .. }) = by {
                row["imported_at"] = json!(at);
                row["actor"] = json!(actor);
                row["reason"] = json!(reason);
            }
            row
        };
        let warning = calendar.missing(today).map(|year| {
            json!({
                "code": "CALENDAR_MISSING",
                "year": year,
                "chinese": format!("缺 {year} 年年历，落入该年的期限为暂定；请按国务院通知制作年历文件，用 jiexu calendar import 导入"),
                "english": format!("{year} is missing, deadlines that fall into it are provisional; make its file from the State Council's notice and put it in with jiexu calendar import"),
            })
        });
        Ok(json!({
            "today": today,
            "years": calendar.years().map(row).collect::<Vec<_>>(),
            "covered_to": calendar.covered_to(today),
            "current_year_missing": calendar.year(today.year()).is_none(),
            "warnings": warning.into_iter().collect::<Vec<_>>(),
        }))
    }

    pub(super) fn explain(&self, from: NaiveDate, days: u32) -> Value {
        told(&self.clerk.site.calendar().explain(from, days))
    }

    pub(super) async fn explain_case(&self, name: &str) -> Result<Value, Failure> {
        let id = self.case_id(name).await?;
        let case = self.store.case(id).await?.ok_or_else(|| not_found("case"))?;
        let (calendar, limits) = (self.clerk.site.calendar(), self.clerk.site.limits);
        let clock = |deadline: &Deadline| {
            let mut row = told(&calendar.explain(deadline.started_on, deadline.limit(&limits)));
            row["clock"] = deadline.clock.code().into();
            row["chinese_name"] = deadline.clock.chinese().into();
            row["english_name"] = deadline.clock.english().into();
            row["met_on"] = json!(deadline.met_on);
            // What the case says; it differs where the case is closed, or the limit of an older case is not known.
            row["stands"] = json!(deadline.due);
            row
        };
        let closures = self.case_view(id).await?.closures;
        Ok(json!({
            "case_id": id.to_string(),
            "letter_no": case.letter_no,
            "deadlines": case.deadlines.iter().map(clock).collect::<Vec<_>>(),
            // They move no deadline; they say why nothing comes.
            "closures": closures,
        }))
    }
}

fn facts(year: &Year) -> Value {
    json!({
        "year": year.number(),
        "origin": year.origin().word(),
        "source": year.file().source,
        "off_days": year.file().off_days.len(),
        "makeup_workdays": year.file().makeup_workdays.len(),
        "workdays": year.workdays(),
    })
}

/// The walk with the words of each day.
fn told(explained: &Explained) -> Value {
    let walk = explained.walk.iter().map(|day| {
        json!({
            "day": day.day,
            "weekday": day.day.weekday().to_string(),
            "weekday_chinese": day.weekday_chinese(),
            "nth": day.nth,
            "chinese": day.chinese(),
            "english": day.english(),
        })
    });
    let (due_on, not_before) = match explained.due {
        Due::On(day) => (Some(day), None),
        Due::Provisional { not_before } => (None, Some(not_before)),
    };
    json!({
        "from": explained.from,
        "days": explained.days,
        "walk": walk.collect::<Vec<_>>(),
        "due_on": due_on,
        "not_before": not_before,
        "chinese": explained.chinese(),
        "english": explained.english(),
    })
}
