//! `maintenance`: announces to the other agencies when this one is closed, and lists who is closed when.

use std::process::ExitCode;

use chrono::{NaiveDate, NaiveDateTime, Timelike};
use clap::{Args, Subcommand};

use super::access::Access;
use super::doc::{Doc, clock};
use super::screen::{Paint, Screen, say, say_json};
use super::table::{Table, cell, column, painted};
use super::{Ended, Global};
use crate::clock::now;
use crate::daemon::Request;
use crate::domain::ids::AgencyCode;
use crate::domain::time::{Moment, next_day};

#[derive(Subcommand)]
pub enum MaintenanceCommand {
    /// 向各机构通告停机时间，记入审计 / tell the other agencies when we are closed; audited
    Announce(AnnounceArgs),
    /// 列出通告：本机构与对方的 / list announcements, ours and theirs
    List {
        /// 含已结束和已撤回的 / those that are over or withdrawn too
        #[arg(long)]
        all: bool,
    },
    /// 撤回通告 / take an announcement of ours back
    Withdraw {
        /// 通告编号 / number of the announcement
        announcement_no: String,
        /// 理由，对方不可见 / why, for the audit trail
        #[arg(long)]
        reason: String,
    },
}

#[derive(Args)]
pub struct AnnounceArgs {
    /// 开始，北京时间：2026-12-05 18:00，或日期 / from, in Asia/Shanghai; a day begins at 00:00
    #[arg(long, value_name = "TIME", value_parser = begins)]
    from: Moment,
    /// 结束，至多 31 天；写日期则含当日 / until, at most 31 days later; a day counts to its end
    #[arg(long, value_name = "TIME", value_parser = ends)]
    to: Moment,
    /// 说明，对方可见，至多 500 字 / what for, at most 500 characters; the other agencies read it
    #[arg(long)]
    reason: String,
    /// 只通告这一机构 / tell this agency alone
    #[arg(long, value_name = "CODE", value_parser = agency)]
    to_agency: Option<AgencyCode>,
}

pub(super) fn agency(text: &str) -> Result<AgencyCode, String> {
    AgencyCode::new(text).map_err(|error| format!("机构代码有误 / {error}"))
}

fn begins(text: &str) -> Result<Moment, String> {
    moment(text, Moment::start_of)
}

fn ends(text: &str) -> Result<Moment, String> {
    moment(text, |day| Moment::start_of(next_day(day)))
}

/// `2026-12-05 18:00`, `2026-12-05T18:00` or `2026-12-05`, in Asia/Shanghai.
fn moment(text: &str, of_day: impl Fn(NaiveDate) -> Moment) -> Result<Moment, String> {
    if let Ok(day) = text.parse::<NaiveDate>() {
        return Ok(of_day(day));
    }
    let read = |format| NaiveDateTime::parse_from_str(text, format);
    let at = read("%Y-%m-%d %H:%M").or_else(|_| read("%Y-%m-%dT%H:%M"));
    let at = at.map_err(|_| "写作 2026-12-05 18:00 或 2026-12-05 / write 2026-12-05 18:00 or 2026-12-05".to_owned())?;
    let seconds = i64::from(at.time().num_seconds_from_midnight());
    Ok(Moment::start_of(at.date()).plus_ms(seconds * 1000))
}

pub(super) async fn run(command: MaintenanceCommand, global: &Global) -> Ended {
    let request = match command {
        MaintenanceCommand::Announce(args) => Request::Announce {
            actor: global.actor(),
            from: args.from,
            until: args.to,
            reason: args.reason,
            to: args.to_agency,
        },
        MaintenanceCommand::List { all } => return list(all, global).await,
        MaintenanceCommand::Withdraw { announcement_no, reason } => {
            Request::Withdraw { actor: global.actor(), announcement_no, reason }
        }
    };
    let is_new = matches!(request, Request::Announce { .. });
    let answer = Access::ask_once(&global.config, request).await?;
    if global.json() {
        say_json(&answer);
    } else if is_new {
        let no = Doc(&answer).text("announcement_no");
        say(&format!(
            "✓ 已通告 announced  {no}\n  对方暂缓催办与重发；法定期限不变 · the others hold reminders and resends; no legal \
             deadline moves\n"
        ));
    } else {
        say("✓ 已撤回，已告知各机构 · withdrawn, the other agencies are told\n");
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(all: bool, global: &Global) -> Ended {
    let answer = Access::ask_once(&global.config, Request::Closures { all }).await?;
    if global.json() {
        say_json(&answer);
        return Ok(ExitCode::SUCCESS);
    }
    let columns = [
        column("机构", "agency"),
        column("停机", "closed from"),
        column("至", "until"),
        column("状态", "state"),
        column("说明", "reason").spare(1),
        column("只告", "told only").spare(3),
        column("通告编号", "announcement"),
        column("通告人", "by").spare(2),
    ];
    let mut table = Table::new(&columns);
    let rows = answer.as_array().map(Vec::as_slice).unwrap_or_default();
    for row in rows.iter().map(Doc) {
        let (state, paint) = state(row, now());
        table.row([
            cell(row.text("agency")),
            cell(clock(row.moment("from"))),
            cell(clock(row.moment("until"))),
            painted(state, paint),
            cell(row.text("reason")),
            cell(row.text("to")),
            cell(row.text("announcement_no")),
            cell(row.text("by")),
        ]);
    }
    say(&(table.show(&Screen::stdout(), 0) + if rows.is_empty() { "（无 · none）\n" } else { "" }));
    Ok(ExitCode::SUCCESS)
}

fn state(row: Doc<'_>, now: Moment) -> (&'static str, Paint) {
    let (from, until) = (row.moment("from"), row.moment("until"));
    match (row.moment("withdrawn_at"), from, until) {
        (Some(_), ..) => ("已撤回 withdrawn", Paint::Dim),
        (None, _, Some(until)) if until <= now => ("已结束 over", Paint::Dim),
        (None, Some(from), _) if from <= now => ("停机中 closed now", Paint::Care),
        _ => ("待开始 ahead", Paint::Plain),
    }
}

/// `对方停机维护至 … / closed until …`, or from when; nothing where it is over.
pub(super) fn closed(row: Doc<'_>, now: Moment) -> Option<String> {
    let (from, until) = (row.moment("from")?, row.moment("until")?);
    let short = |at: Moment| at.to_string().get(..16).unwrap_or_default().to_owned();
    let reason = Some(row.text("reason")).filter(|reason| !reason.is_empty());
    let reason = reason.map(|reason| format!("（{}）", super::screen::clean(reason))).unwrap_or_default();
    Some(if until <= now {
        format!("{} – {} 曾停机维护 was closed{reason}", short(from), short(until))
    } else if from <= now {
        format!("对方停机维护至 closed until {}{reason}", short(until))
    } else {
        format!("对方将停机维护 will be closed {} – {}{reason}", short(from), short(until))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_china_and_a_last_day_counts_whole() {
        assert_eq!(begins("2026-12-05").expect("a day").to_string(), "2026-12-05 00:00:00");
        assert_eq!(ends("2026-12-05").expect("a day").to_string(), "2026-12-06 00:00:00");
        assert_eq!(ends("2026-12-05 18:30").expect("a time").to_string(), "2026-12-05 18:30:00");
        assert_eq!(begins("2026-12-05T08:00").expect("a time").to_string(), "2026-12-05 08:00:00");
        assert!(begins("tomorrow").is_err());
    }
}
