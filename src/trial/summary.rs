//! The closing summary as people read it: Chinese first, English beside it, figures in columns.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use chrono::NaiveDate;
use unicode_width::UnicodeWidthStr;

use super::check::{AgencyProof, Counts, Findings};
use crate::domain::deadlines::{Clock, Deadline};
use crate::domain::message::Kind;
use crate::domain::money::Balance;
use crate::domain::reasons::ReturnCode;
use crate::domain::words;

const CHINESE: usize = 30;
const ENGLISH: usize = 46;
const FIGURE: usize = 9;
/// Differences printed; the rest is counted.
const DIFFERENCES_MAX: usize = 40;

/// Fills a text up to a width as terminals show it.
pub fn left(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

pub fn right(text: &str, width: usize) -> String {
    format!("{}{text}", " ".repeat(width.saturating_sub(text.width())))
}

/// `1,234,567.89`
pub fn yuan(fen: i64) -> String {
    let text = Balance(fen).to_string();
    let (sign, digits) = text.strip_prefix('-').map_or(("", text.as_str()), |rest| ("-", rest));
    let (whole, cents) = digits.split_once('.').unwrap_or((digits, "00"));
    let mut grouped = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{sign}{grouped}.{cents}")
}

struct Table {
    out: String,
    columns: usize,
}

impl Table {
    fn rule(&mut self) {
        let width = 2 + CHINESE + ENGLISH + FIGURE * (self.columns + 1);
        let _ = writeln!(self.out, "{}", "─".repeat(width));
    }

    fn row(&mut self, indent: usize, chinese: &str, english: &str, figures: &[String]) {
        let label = left(&format!("{}{chinese}", " ".repeat(indent)), CHINESE);
        let figures: String = figures.iter().map(|figure| right(figure, FIGURE)).collect();
        let line = format!("  {label}{}{figures}", left(english, ENGLISH));
        let _ = writeln!(self.out, "{}", line.trim_end());
    }

    fn counts(&mut self, indent: usize, chinese: &str, english: &str, counts: &[usize]) {
        let sum = counts.iter().sum::<usize>();
        let figure = |count: &usize| if *count == 0 { "·".to_owned() } else { count.to_string() };
        let figures: Vec<String> = counts.iter().chain([&sum]).map(figure).collect();
        self.row(indent, chinese, english, &figures);
    }

    fn sum(&mut self, chinese: &str, english: &str, fen: i64) {
        let figures = right(&yuan(fen), FIGURE * (self.columns + 1));
        let _ = writeln!(self.out, "  {}{}{figures}", left(chinese, CHINESE), left(english, ENGLISH));
    }
}

pub fn text(findings: &Findings) -> String {
    let counts = &findings.counts;
    let mut table = Table { out: String::from("\n"), columns: counts.len() };
    table.rule();
    let names: Vec<String> = counts.iter().map(|it| it.name.clone()).chain(["合计 all".to_owned()]).collect();
    table.row(0, "结果（据数据库与银行账）", "outcome, from the databases and the bank's books", &names);
    table.rule();
    let each = |count: fn(&Counts) -> usize| -> Vec<usize> { counts.iter().map(count).collect() };
    table.counts(0, "已办结，有资金", "completed, with money", &each(|it| it.with_money));
    table.counts(0, "已办结，无资金", "completed, without money", &each(|it| it.without_money));
    let by_code = |table: &mut Table, pick: fn(&Counts) -> &BTreeMap<&'static str, usize>| {
        let codes: BTreeSet<&str> = counts.iter().flat_map(|it| pick(it).keys().copied()).collect();
        for code in codes {
            let chinese = ReturnCode::ALL.iter().find(|known| known.code() == code).map_or("", |it| it.chinese());
            let row: Vec<usize> = counts.iter().map(|it| pick(it).get(code).copied().unwrap_or(0)).collect();
            table.counts(2, chinese, code, &row);
        }
    };
    table.counts(0, "转出地退回", "returned by the outgoing agency", &each(|it| it.returned.values().sum()));
    by_code(&mut table, |it| &it.returned);
    table.counts(0, "不予受理", "rejected by the incoming agency", &each(|it| it.rejected.values().sum()));
    by_code(&mut table, |it| &it.rejected);
    table.counts(0, "在办", "still open", &each(|it| it.waiting));
    table.counts(0, "待人工事项", "tasks that wait for a person", &each(|it| it.tasks.values().sum()));
    let kinds: BTreeSet<&String> = counts.iter().flat_map(|it| it.tasks.keys()).collect();
    for kind in kinds {
        let chinese = words::find(words::TASKS, kind).map_or("", |word| word.zh);
        let row: Vec<usize> = counts.iter().map(|it| it.tasks.get(kind).copied().unwrap_or(0)).collect();
        table.counts(2, chinese, kind, &row);
    }
    let verdicts: Vec<String> =
        counts.iter().map(|it| if it.clean { "通过 ✓" } else { "未通过 ✗" }.to_owned()).collect();
    let checks = counts.iter().map(|it| it.checks).max().unwrap_or(0);
    let rows: u64 = counts.iter().map(|it| it.rows).sum();
    let english = format!("verify: {checks} checks each, {rows} rows");
    table.row(0, "自检", &english, &verdicts);
    money(&mut table, findings);
    special(&mut table, findings);
    verdict(&mut table, findings);
    table.out
}

/// Each kind of case that did not go straight, and how it ended.
fn special(table: &mut Table, findings: &Findings) {
    if findings.special.is_empty() {
        return;
    }
    table.rule();
    table.row(0, "特殊情形", "what did not go straight, and how it ended", &[]);
    table.rule();
    for it in &findings.special {
        let mark = if it.is_as_told { "✓" } else { "✗" };
        let label = left(&format!("{mark} {}", it.chinese), CHINESE);
        let _ = writeln!(table.out, "  {label}{}{}", left(it.english, ENGLISH - 4), it.what);
    }
}

/// How a deadline can stand.
type End = (&'static str, &'static str, fn(&Deadline, NaiveDate) -> bool);

const ENDS: [End; 6] = [
    ("按期完成", "met in time", |it, _| it.met_on.is_some() && it.due.on().is_some() && !it.was_met_late()),
    ("已完成，到期日暂定", "met; due in a year without calendar", |it, _| {
        it.met_on.is_some() && it.due.is_provisional()
    }),
    ("逾期完成", "met late", |it, _| it.was_met_late()),
    ("在途，未到期", "running", |it, today| {
        it.met_on.is_none() && it.due.on().is_some() && !it.is_overdue(today)
    }),
    ("在途，已逾期", "overdue", |it, today| it.is_overdue(today)),
    ("在途，暂定（缺日历）", "provisional: no calendar", |it, _| {
        it.met_on.is_none() && it.due.is_provisional()
    }),
];

/// Of a closed case only those that were met: the others ended with it.
fn deadlines(agency: &AgencyProof, clock: Clock) -> impl Iterator<Item = &Deadline> {
    agency.cases.iter().flat_map(move |case| {
        let is_open = case.is_open();
        case.deadlines.iter().filter(move |it| it.clock == clock && (is_open || it.met_on.is_some()))
    })
}

/// What the clocks of many days have seen, agency by agency: deadlines, and what was written because of them.
pub fn clocks(agencies: &[AgencyProof], made: &[BTreeMap<String, i64>], today: NaiveDate) -> String {
    let mut table = Table { out: String::from("\n"), columns: agencies.len() };
    table.rule();
    let names: Vec<String> = agencies.iter().map(|it| it.name.clone()).chain(["合计 all".to_owned()]).collect();
    table.row(0, &format!("时限（至 {today}）"), "deadlines, by the working days of the calendar", &names);
    table.rule();
    for clock in Clock::ALL.iter().filter(|clock| **clock != Clock::Whole) {
        table.row(0, &format!("{} {}", clock.code(), clock.chinese()), clock.english(), &[]);
        for (chinese, english, is) in ENDS {
            let count = |agency: &AgencyProof| deadlines(agency, *clock).filter(|it| is(it, today)).count();
            let counts: Vec<usize> = agencies.iter().map(count).collect();
            if counts.iter().any(|count| *count > 0) {
                table.counts(4, chinese, english, &counts);
            }
        }
    }
    table.rule();
    for kind in Kind::ALL {
        let of =
            |made: &BTreeMap<String, i64>| usize::try_from(made.get(kind.word()).copied().unwrap_or(0)).unwrap_or(0);
        let counts: Vec<usize> = made.iter().map(of).collect();
        if counts.iter().any(|count| *count > 0) {
            table.counts(0, kind.chinese(), &format!("{} sent", kind.word()), &counts);
        }
    }
    table.out
}

fn money(table: &mut Table, findings: &Findings) {
    let money = &findings.money;
    let sums = &money.conservation;
    table.rule();
    table.row(0, "资金（元）", "money, in yuan", &[]);
    table.rule();
    let debited = format!("debited and sent, {} debits, {} payments", money.debits, money.payments);
    table.sum("转出合计", &debited, money.debited);
    table.sum("入账合计", &format!("credited, {} credits", money.credits), money.credited);
    table.sum("个人账户", "persons", sums.persons);
    table.sum("＋ 转出在途", "+ in transit, out", sums.transit_out);
    table.sum("＋ 转入在途", "+ in transit, in", sums.transit_in);
    table.sum("＋ 暂挂户", "+ suspense", sums.suspense);
    table.sum("＋ 银行间在途", "+ under way between the agencies' banks", sums.under_way);
    table.sum("＋ 付往机构以外的账户", "+ paid to accounts of no agency", sums.paid_out);
    table.sum("＋ 银行扣费", "+ kept by the bank as charges", sums.charges);
    table.sum("－ 外来款项", "- received from outside", -sums.outside);
    if sums.corrections != 0 {
        table.sum("－ 余额更正", "- corrections of balances", -sums.corrections);
    }
    table.sum("－ 期初合计", "- what was there at the start", -sums.start);
    table.sum("＝ 差额 Δ", "= difference Δ", sums.delta());
}

fn verdict(table: &mut Table, findings: &Findings) {
    table.rule();
    if findings.compared > 0 {
        let compared = findings.compared;
        let _ = writeln!(
            table.out,
            "  与预期逐件比对 {compared} 件 / {compared} applications compared with what the data must give"
        );
    }
    for explained in &findings.explained {
        let _ = writeln!(table.out, "  银行设置的故障 / planted by the bank: {explained}");
    }
    for difference in findings.differences.iter().take(DIFFERENCES_MAX) {
        let _ = writeln!(table.out, "  ✗ {difference}");
    }
    let more = findings.differences.len().saturating_sub(DIFFERENCES_MAX);
    if more > 0 {
        let _ = writeln!(table.out, "  … 另有 {more} 项 / {more} more");
    }
    let _ = match findings.differences.len() {
        0 => writeln!(table.out, "  ✓ 差异 0 项 / no differences"),
        n => writeln!(table.out, "  ✗ 差异 {n} 项 / {n} differences"),
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_grouped_and_columns_count_wide_characters_twice() {
        assert_eq!(yuan(1_258_245_543), "12,582,455.43");
        assert_eq!(yuan(-1), "-0.01");
        assert_eq!(yuan(100_000), "1,000.00");
        assert_eq!(left("普洱", 6), "普洱  ");
        assert_eq!(right("柳州", 5), " 柳州");
    }
}
