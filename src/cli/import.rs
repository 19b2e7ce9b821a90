//! `apply`, `register import`, `bank import`: files to events, some hundred a commit. A bad row never costs a good one,
//! and the same file twice changes nothing.

use std::collections::HashMap;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use super::access::Access;
use super::screen::{Screen, say, say_json};
use super::tally::{Tally, write_errors};
use super::trouble::{REFUSED, Trouble};
use super::{Ended, Global};
use crate::daemon::Request;
use crate::domain::event::PeriodsEntry;
use crate::domain::ids::PersonNo;
use crate::files::{self, FileError, Import};

/// Rows in one request: one commit.
const CHUNK_ROWS: usize = 200;
/// Shorter files are done before a bar could be read.
const BAR_FROM_ROWS: usize = 500;

#[derive(Args)]
pub struct ApplyArgs {
    /// 转移申请 CSV / applications, CSV
    file: PathBuf,
    #[command(flatten)]
    report: Report,
}

#[derive(Args)]
pub struct Report {
    /// 将全部未收行写入 CSV / write every row that was not taken to a CSV file
    #[arg(long, value_name = "FILE")]
    errors: Option<PathBuf>,
}

#[derive(Subcommand)]
pub enum RegisterCommand {
    /// 导入参保人员与缴费记录 / import people and their contribution periods
    Import(RegisterArgs),
}

#[derive(Args)]
pub struct RegisterArgs {
    /// 人员 CSV / people, CSV
    #[arg(long, value_name = "FILE", required_unless_present = "periods")]
    people: Option<PathBuf>,
    /// 缴费记录 CSV / contribution periods, CSV
    #[arg(long, value_name = "FILE")]
    periods: Option<PathBuf>,
    #[command(flatten)]
    report: Report,
}

#[derive(Args)]
pub struct StatementArgs {
    /// 银行流水，可多个；CSV、camt.053 或 camt.054 / bank statements: CSV, camt.053 or camt.054
    #[arg(required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    report: Report,
}

/// Something to send, and the rows of the file it came from.
struct Item<T> {
    line: u64,
    rows: u64,
    value: T,
}

fn read<T>(path: &Path, read: fn(&[u8]) -> Result<Import<T>, FileError>) -> Result<Import<T>, Trouble> {
    files::load(path).and_then(|bytes| read(&bytes)).map_err(|error| Trouble::of_file(path, &error))
}

/// One row, one event.
fn items<T>(rows: Vec<(u64, T)>) -> Vec<Item<T>> {
    rows.into_iter().map(|(line, value)| Item { line, rows: 1, value }).collect()
}

/// All periods of a person together, persons in the order of the file.
fn by_person(rows: Vec<(u64, files::PeriodRow)>) -> Vec<Item<PeriodsEntry>> {
    let mut places: HashMap<PersonNo, usize> = HashMap::new();
    let mut items: Vec<Item<PeriodsEntry>> = Vec::new();
    for (line, files::PeriodRow { person_no, period }) in rows {
        let place = *places.entry(person_no.clone()).or_insert(items.len());
        match items.get_mut(place) {
            Some(item) => {
                item.value.periods.push(period);
                item.rows += 1;
            }
            None => items.push(Item { line, rows: 1, value: PeriodsEntry { person_no, periods: vec![period] } }),
        }
    }
    items
}

/// Sends everything. When the agency goes away in between, what was taken stays taken and the file can be sent again.
async fn send<T>(
    access: &mut Access,
    tally: &mut Tally,
    items: Vec<Item<T>>,
    request: impl Fn(Vec<T>) -> Request,
) -> Result<(), Trouble> {
    let bar = bar(items.len());
    let mut items = items.into_iter();
    loop {
        let chunk: Vec<Item<T>> = items.by_ref().take(CHUNK_ROWS).collect();
        if chunk.is_empty() {
            break;
        }
        let places: Vec<(u64, u64)> = chunk.iter().map(|item| (item.line, item.rows)).collect();
        let values = chunk.into_iter().map(|item| item.value).collect();
        let answer = access.ask(request(values)).await?;
        let outcomes = answer.as_array().map(Vec::as_slice).unwrap_or_default();
        for ((line, rows), outcome) in places.iter().zip(outcomes) {
            tally.count(*line, *rows, outcome);
        }
        bar.inc(places.len() as u64);
    }
    bar.finish_and_clear();
    tally.finish();
    Ok(())
}

fn bar(rows: usize) -> ProgressBar {
    if rows <= BAR_FROM_ROWS || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40} {human_pos}/{human_len} 行 rows · {per_sec} · {eta}");
    ProgressBar::new(rows as u64).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// Says what became of the files. A trouble in between is told after what was taken before it.
fn report(tallies: &[Tally], report: &Report, global: &Global, trouble: Option<Trouble>) -> Ended {
    if global.json() {
        say_json(&json!({ "files": tallies }));
    } else {
        let screen = Screen::stdout();
        let texts: Vec<String> = tallies.iter().map(|tally| tally.show(&screen)).collect();
        say(&texts.join("\n"));
    }
    if let Some(file) = &report.errors {
        write_errors(file, tallies)?;
    }
    match trouble {
        Some(trouble) => Err(trouble),
        None if tallies.iter().all(Tally::is_clean) => Ok(ExitCode::SUCCESS),
        None => Ok(ExitCode::from(REFUSED)),
    }
}

pub(super) async fn apply(args: &ApplyArgs, global: &Global) -> Ended {
    let import = read(&args.file, files::read_applications)?;
    let mut tally = Tally::new("转移申请 applications", &args.file, &import);
    let mut access = Access::open(&global.config).await?;
    let actor = global.actor();
    let request = |rows| Request::Apply { actor: actor.clone(), rows };
    let sent = send(&mut access, &mut tally, items(import.rows), request).await;
    access.close().await;
    report(&[tally], &args.report, global, sent.err())
}

pub(super) async fn register(command: &RegisterCommand, global: &Global) -> Ended {
    let RegisterCommand::Import(args) = command;
    // Both are read before anything is taken: a wrong second file is known early.
    let people = args.people.as_deref().map(|file| read(file, files::read_people).map(|import| (file, import)));
    let people = people.transpose()?;
    let periods = args.periods.as_deref().map(|file| read(file, files::read_periods).map(|import| (file, import)));
    let periods = periods.transpose()?;
    let mut access = Access::open(&global.config).await?;
    let (mut tallies, mut trouble) = (Vec::new(), None);
    let actor = global.actor();
    if let Some((file, import)) = people {
        let mut tally = Tally::new("参保人员 people", file, &import);
        let request = |rows| Request::Register { actor: actor.clone(), rows };
        trouble = send(&mut access, &mut tally, items(import.rows), request).await.err();
        tallies.push(tally);
    }
    if let Some((file, import)) = periods.filter(|_| trouble.is_none()) {
        let mut tally = Tally::new("缴费记录 periods", file, &import);
        let request = |rows| Request::Periods { actor: actor.clone(), rows };
        trouble = send(&mut access, &mut tally, by_person(import.rows), request).await.err();
        tallies.push(tally);
    }
    access.close().await;
    report(&tallies, &args.report, global, trouble)
}

pub(super) async fn statements(args: &StatementArgs, global: &Global) -> Ended {
    let mut access = Access::open(&global.config).await?;
    let (mut tallies, mut trouble) = (Vec::new(), None);
    let actor = global.actor();
    for file in &args.files {
        // A file that cannot be read does not keep the others from being booked.
        let import = match read(file, files::read_statement) {
            Ok(import) => import,
            Err(unreadable) => {
                unreadable.tell();
                trouble = Some(unreadable.told());
                continue;
            }
        };
        let mut tally = Tally::new("银行流水 statement", file, &import);
        let request = |rows| Request::Statement { actor: actor.clone(), rows };
        let sent = send(&mut access, &mut tally, items(import.rows), request).await;
        tallies.push(tally);
        if let Err(away) = sent {
            trouble = Some(away);
            break;
        }
    }
    access.close().await;
    report(&tallies, &args.report, global, trouble)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_periods_of_a_person_are_one_entry_also_when_others_stand_between() {
        let text = "person_no,from,to,insurance,nature,months,agency,base\n\
                    P1,202001,202012,310,actual,12,530800,\n\
                    P2,202001,202012,310,actual,12,530800,\n\
                    P1,202101,202112,310,actual,12,530800,\n";
        let import = files::read_periods(text.as_bytes()).expect("a period file");
        let items = by_person(import.rows);
        let seen: Vec<(u64, u64, &str)> =
            items.iter().map(|item| (item.line, item.rows, item.value.person_no.as_str())).collect();
        assert_eq!(seen, [(2, 2, "P1"), (3, 1, "P2")]);
        assert_eq!(items[0].value.periods.len(), 2);
    }
}
