//! How things look on a page: states as words with a sign, times as ages, fen as yuan. Never touches the database.

use askama::Template;
use askama::filters::HtmlSafe;
use chrono::NaiveDate;

use super::lang::{Lang, Visitor, encoded};
use super::{WebState, assets, health};
use crate::domain::forms::{CaseStep, DiscrepancyKind};
use crate::domain::message::Kind;
use crate::domain::money::Balance;
use crate::domain::reasons::{RefusalCode, ReturnCode};
use crate::domain::time::Moment;
use crate::domain::words::{self, Mood, Word};
use crate::store::views::{ClosureRow, TaskRow};
use crate::wire::Cause;

/// A state: sign, word and, on pointing, what it means. Never colour alone.
#[derive(Template)]
#[template(
    ext = "html",
    source = r#"<span class="tag {{ class }}"{% if !title.is_empty() %} title="{{ title }}"{% endif %}><i aria-hidden="true">{{ sign }}</i>{{ text }}</span>"#
)]
pub struct Tag {
    class: &'static str,
    sign: &'static str,
    text: String,
    title: String,
}
impl HtmlSafe for Tag {}

/// A moment as an age, with the full time on pointing.
#[derive(Template)]
#[template(ext = "html", source = r#"<time title="{{ full }}">{{ short }}</time>"#)]
pub struct When {
    full: String,
    short: String,
}
impl HtmlSafe for When {}

/// What every page has: language, agency, address, time, and the broker's trouble.
pub struct Chrome {
    pub lang: Lang,
    pub visitor: Visitor,
    pub agency_code: String,
    pub agency_name: String,
    pub now: Moment,
    pub today: NaiveDate,
    pub soon_until: NaiveDate,
    pub change: u64,
    pub trouble: Option<(String, String)>,
    /// The disk is nearly full: code and text.
    pub disk: Option<(String, String)>,
    pub is_trial: bool,
    pub style: &'static str,
    pub script: &'static str,
    names: std::sync::Arc<dyn Fn(&str) -> String + Send + Sync>,
}

impl Chrome {
    /// Reads the change counter before the page reads the database: a page may be newer than it says, never older.
    pub fn new(state: &WebState, visitor: Visitor) -> Chrome {
        let now = (state.now)();
        let today = now.china_date();
        Chrome {
            lang: visitor.lang,
            visitor,
            agency_code: state.agency.code.clone(),
            agency_name: state.agency.name.clone(),
            now,
            today,
            soon_until: state.soon_until(today),
            change: *state.changes.borrow(),
            trouble: health::broker_trouble(&state.transport.status()),
            disk: health::disk_trouble(&state.room),
            is_trial: state.is_trial,
            style: assets::style(),
            script: assets::script(),
            names: state.names.clone(),
        }
    }

    pub fn t<'a>(&self, zh: &'a str, en: &'a str) -> &'a str {
        self.lang.t(zh, en)
    }

    pub fn other_language(&self) -> (Lang, String) {
        let other = if self.lang == Lang::Zh { Lang::En } else { Lang::Zh };
        (other, self.visitor.with("lang", other.code()))
    }

    pub fn is_at(&self, path: &str) -> bool {
        self.visitor.path == path || (path != "/" && self.visitor.path.starts_with(&format!("{path}/")))
    }

    /// An agency's name; its code where unknown. A payout has no other agency: its peer is ourselves.
    pub fn peer(&self, code: &str) -> String {
        if code == self.agency_code {
            return self.t("本人", "the person").to_owned();
        }
        (self.names)(code)
    }

    pub fn name_of(&self, word: &Word) -> &'static str {
        self.lang.t(word.zh, word.en)
    }

    /// A word of a table as text; the code itself where a newer version wrote it.
    pub fn text(&self, table: &'static [Word], code: &str) -> String {
        words::find(table, code).map_or_else(|| code.to_owned(), |word| self.name_of(word).to_owned())
    }

    pub fn tag(&self, table: &'static [Word], code: &str) -> Tag {
        let Some(word) = words::find(table, code) else {
            return Tag { class: "ended", sign: "?", text: code.to_owned(), title: String::new() };
        };
        let (class, sign) = match word.mood {
            Mood::Going => ("going", "●"),
            Mood::Care => ("care", "▲"),
            Mood::Done => ("done", "✓"),
            Mood::Ended => ("ended", "■"),
        };
        Tag { class, sign, text: self.name_of(word).to_owned(), title: self.lang.pick(word.means).to_owned() }
    }

    pub fn relation(&self, role: &str, code: &str) -> Tag {
        self.tag(words::relation(role), code)
    }

    pub fn money(&self, role: &str, code: &str) -> Tag {
        self.tag(words::money(role), code)
    }

    pub fn task(&self, code: &str) -> Tag {
        self.tag(words::TASKS, code)
    }

    pub fn task_next(&self, code: &str) -> &'static str {
        words::find(words::TASKS, code).map_or("", |word| self.lang.pick(word.next))
    }

    pub fn inbox(&self, code: &str) -> Tag {
        self.tag(words::INBOX, code)
    }

    pub fn outbox(&self, code: &str) -> Tag {
        self.tag(words::OUTBOX, code)
    }

    pub fn payment(&self, code: &str) -> Tag {
        self.tag(words::PAYMENTS, code)
    }

    pub fn line(&self, code: &str) -> Tag {
        self.tag(words::LINES, code)
    }

    /// Why a bank line lies in suspense.
    pub fn hint(&self, code: &str) -> Tag {
        self.tag(words::HINTS, code)
    }

    /// Why a message did not reach a queue.
    pub fn trouble(&self, code: &str) -> Tag {
        self.tag(words::TROUBLES, code)
    }

    /// What moved a case: an event of ours, or a message kind.
    pub fn event(&self, word: &str) -> String {
        words::find(words::EVENTS, word).map_or_else(|| self.kind(word), |word| self.name_of(word).to_owned())
    }

    /// Why bytes became a dead letter: what is wrong with them, and what to do.
    pub fn cause(&self, code: &str) -> (String, String) {
        let Some(cause) = Cause::from_code(code) else { return (code.to_owned(), String::new()) };
        let text = self.t(cause.chinese(), cause.english());
        let (what, next) = text.split_once(self.t("；", "; ")).unwrap_or((text, ""));
        (what.to_owned(), next.to_owned())
    }

    pub fn holder(&self, code: &str) -> String {
        self.text(words::HOLDERS, code)
    }

    pub fn role(&self, code: &str) -> String {
        self.text(words::ROLES, code)
    }

    pub fn clock(&self, code: &str) -> String {
        self.text(words::CLOCKS, code)
    }

    pub fn ledger(&self, code: &str) -> String {
        self.text(words::LEDGER, code)
    }

    /// A message kind: 中文 name or the word.
    pub fn kind(&self, word: &str) -> String {
        Kind::from_word(word).map_or_else(|| word.to_owned(), |kind| self.t(kind.chinese(), kind.word()).to_owned())
    }

    /// A return or refusal code in words.
    pub fn reason(&self, code: &str) -> String {
        let returned = ReturnCode::ALL.iter().find(|reason| reason.code() == code);
        let refused = RefusalCode::ALL.iter().find(|reason| reason.code() == code);
        let text = match (returned, refused) {
            (Some(reason), _) => self.t(reason.chinese(), reason.english()),
            (None, Some(reason)) => self.t(reason.chinese(), reason.english()),
            (None, None) => code,
        };
        text.to_owned()
    }

    /// What a task says beside its kind: a clock or a code in words, else its own short text.
    pub fn detail(&self, kind: &str, detail: &str) -> String {
        match (kind, CaseStep::from_word(detail)) {
            ("OVERDUE" | "DUE_SOON" | "ESCALATED", _) => self.clock(detail),
            ("FUNDS_DISCREPANCY", _) => {
                DiscrepancyKind::from_word(detail).map_or(detail, |kind| self.lang.pick(kind.words())).to_owned()
            }
            ("REMINDED", Some(step)) => self.t(step.chinese(), step.english()).to_owned(),
            _ => self.reason(detail),
        }
    }

    /// 环节 in words.
    pub fn step(&self, word: &str) -> String {
        CaseStep::from_word(word).map_or(word, |step| self.t(step.chinese(), step.english())).to_owned()
    }

    /// Yuan with separators: `1,234.50`.
    pub fn yuan(&self, amount: &Balance) -> String {
        let text = amount.to_string();
        let (sign, digits) = text.strip_prefix('-').map_or(("", text.as_str()), |rest| ("−", rest));
        let (whole, fen) = digits.split_once('.').unwrap_or((digits, "00"));
        let mut grouped = String::new();
        for (place, digit) in whole.chars().enumerate() {
            if place > 0 && (whole.len() - place) % 3 == 0 {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        format!("{sign}{grouped}.{fen}")
    }

    pub fn count(&self, number: &i64) -> String {
        let text = self.yuan(&Balance(number.saturating_mul(100)));
        text.trim_end_matches(".00").to_owned()
    }

    /// `对方停机维护至 …`: until when a peer is closed, was, or from when it will be.
    pub fn closed(&self, closure: &ClosureRow) -> String {
        let short = |at: Moment| at.to_string().get(..16).unwrap_or_default().to_owned();
        let (from, until) = (short(closure.from), short(closure.until));
        if closure.is_now(&self.now) {
            format!("{} {until}", self.t("对方停机维护至", "closed until"))
        } else if closure.until <= self.now {
            format!("{} {from} – {until}", self.t("对方曾停机维护", "was closed"))
        } else {
            format!("{} {from} – {until}", self.t("对方将停机维护", "will be closed"))
        }
    }

    /// What became of a digest.
    pub fn digest(&self, state: &str) -> Tag {
        self.tag(words::DIGESTS, state)
    }

    /// How long ago, or how far ahead.
    pub fn when(&self, at: &Moment) -> When {
        When { full: at.to_string(), short: self.span(self.now.ms_since(*at)) }
    }

    /// The hour today, else day and hour: for timelines.
    pub fn clocktime(&self, at: &Moment) -> When {
        let full = at.to_string();
        let short = full.get(5..16).unwrap_or(&full).to_owned();
        When { full, short }
    }

    fn span(&self, ms: i64) -> String {
        let seconds = ms.unsigned_abs() / 1000;
        let (number, zh, en) = match seconds {
            0..60 => (seconds, "秒", "s"),
            60..3600 => (seconds / 60, "分钟", "min"),
            3600..172_800 => (seconds / 3600, "小时", "h"),
            _ => (seconds / 86_400, "天", "d"),
        };
        match (self.lang, ms < 0) {
            (_, false) if seconds < 2 => self.t("刚刚", "just now").to_owned(),
            (Lang::Zh, false) => format!("{number} {zh}前"),
            (Lang::Zh, true) => format!("{number} {zh}后"),
            (Lang::En, false) => format!("{number} {en} ago"),
            (Lang::En, true) => format!("in {number} {en}"),
        }
    }

    /// A deadline in words, with its sign.
    pub fn due(&self, open: &bool, due_on: &Option<String>, provisional: &bool) -> Option<Tag> {
        let tag = |class, sign, text: String, title: &str| Some(Tag { class, sign, text, title: title.to_owned() });
        if !*open {
            return None;
        }
        let Some(due) = due_on else {
            let text = self.t("期限待定", "not yet known").to_owned();
            let title = self.t("次年日历未公布，公布后重新计算", "the calendar of that year is not published yet");
            return if *provisional { tag("going", "≈", text, title) } else { None };
        };
        let today = self.today.to_string();
        if due.as_str() < today.as_str() {
            return tag("late", "!", format!("{} {due}", self.t("逾期", "overdue")), "");
        }
        if *due == today {
            return tag("care", "▲", self.t("今天到期", "due today").to_owned(), due);
        }
        let near = due.as_str() <= self.soon_until.to_string().as_str();
        tag(if near { "care" } else { "quiet" }, if near { "▲" } else { "" }, due.clone(), "")
    }

    /// Until when a task is to be done.
    pub fn task_due(&self, task: &TaskRow) -> Tag {
        let provisional = |title: &str| Tag {
            class: "going",
            sign: "≈",
            text: format!("{} {}", self.t("暂定，不早于", "provisional, not before"), task.due_on),
            title: title.to_owned(),
        };
        let title = self.t("次年日历未公布，公布后重新计算", "the calendar of that year is not published yet");
        let due = self.due(&task.closed_at.is_none(), &Some(task.due_on.clone()), &task.due_provisional);
        match due {
            Some(due) if !task.due_provisional => due,
            _ => provisional(title),
        }
    }

    pub fn encoded(&self, text: &str) -> String {
        encoded(text)
    }
}
