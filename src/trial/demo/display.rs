//! How far the demo is, as it goes: never more than a few lines.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use chrono::NaiveDate;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::trial::exchange::Agency;
use crate::trial::summary::{left, right};
use crate::trial::watch::Progress;

const TELL_EVERY: Duration = Duration::from_secs(2);

/// One line an agency on a terminal; elsewhere a line every two seconds.
pub struct Display {
    bars: Vec<ProgressBar>,
    _all: Option<MultiProgress>,
    told: Instant,
}

impl Display {
    pub fn new(agencies: &[Agency]) -> Display {
        let mut display = Display { bars: Vec::new(), _all: None, told: Instant::now() };
        if std::io::stderr().is_terminal() {
            let all = MultiProgress::new();
            let style = ProgressStyle::with_template("{prefix} {bar:24.cyan/blue} {msg}")
                .unwrap_or_else(|_| ProgressStyle::default_bar());
            for agency in agencies {
                let bar = all.add(ProgressBar::new(1)).with_style(style.clone());
                bar.set_prefix(format!("{} {}", left(&agency.short_name, 4), agency.code));
                display.bars.push(bar);
            }
            display._all = Some(all);
        }
        display
    }

    pub fn show(&mut self, agencies: &[Agency], all: &[Progress]) {
        for (bar, it) in self.bars.iter().zip(all) {
            let ended = it.incoming() - it.under_way();
            bar.set_length(u64::try_from(it.incoming()).unwrap_or(0).max(1));
            bar.set_position(u64::try_from(ended).unwrap_or(0));
            bar.set_message(line(it));
        }
        if self.bars.is_empty() && self.told.elapsed() >= TELL_EVERY {
            self.told = Instant::now();
            for (agency, it) in agencies.iter().zip(all) {
                println!("{} {}  {}", left(&agency.short_name, 4), agency.code, line(it));
            }
        }
    }

    pub fn clear(&mut self) {
        for bar in self.bars.drain(..) {
            bar.finish();
        }
    }
}

/// A bar over the days, and a line for each day on which something is worth one.
pub struct DaysDisplay {
    bar: ProgressBar,
}

impl DaysDisplay {
    pub fn new(days: u32) -> DaysDisplay {
        let bar =
            if std::io::stderr().is_terminal() { ProgressBar::new(u64::from(days)) } else { ProgressBar::hidden() };
        let style = ProgressStyle::with_template("{msg} {bar:40.cyan/blue} {pos}/{len}");
        DaysDisplay { bar: bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar())) }
    }

    pub fn show(&self, day: NaiveDate, remark: Option<String>) {
        self.bar.inc(1);
        self.bar.set_message(day.to_string());
        if let Some(remark) = remark {
            self.bar.suspend(|| println!("{day}  {remark}"));
        }
    }

    pub fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

fn line(it: &Progress) -> String {
    let figure = |count: i64| right(&count.to_string(), 3);
    format!(
        "转入 in {} · 办结 done {} · 退回 returned {} · 不予受理 rejected {} · 在办 open {} · 待人工 person {} │ 转出 out {} · 归档 archived {}",
        figure(it.incoming()),
        figure(it.completed()),
        figure(it.returned()),
        figure(it.rejected()),
        figure(it.under_way()),
        it.waits_for_person(),
        figure(it.outgoing()),
        figure(it.archived()),
    )
}
