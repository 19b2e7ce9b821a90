//! One case as a page of text: both tracks, who holds the ball and what is next, deadlines, money, and everything that
//! happened.

use super::cases::paint_of;
use super::doc::{Doc, both, chinese, clock};
use super::lists::holder;
use super::maintenance::closed;
use super::screen::{Paint, Screen, clean, count, pad, yuan};
use super::table::{Table, cell, column, painted};
use crate::domain::ball::Phase;
use crate::domain::deadlines::Clock;
use crate::domain::forms::CaseStep;
use crate::domain::message::Kind;
use crate::domain::money::Balance;
use crate::domain::reasons::{RefusalCode, ReturnCode};
use crate::domain::words::{self, Word};

/// Columns before the text of a fact.
const LABEL: usize = 18;

pub fn case(case: Doc<'_>, screen: &Screen) -> String {
    let mut page = Page { screen, text: String::new() };
    let role = case.text("role");
    let arrow = if role == "incoming" { "←" } else { "→" };
    let head = format!("{}  {}", case.text("letter_no"), both(words::ROLES, role));
    let peer = if words::is_alone(case.text("relation")) { "本人 the person" } else { case.text("peer") };
    page.text += &format!("{}  {arrow} {peer}\n", screen.paint(Paint::Bold, &head));
    page.fact(
        "参保人 person",
        &format!("{}  {}  {}", case.text("name"), case.text("document"), case.text("person_no")),
    );
    page.fact("案件 case", case.text("case_id"));
    let closed = case.moment("closed_at").map(|at| format!(" · 结案 closed {at}")).unwrap_or_default();
    page.fact("受理 accepted", &format!("{}{closed}", case.text("accepted_on")));
    page.text.push('\n');

    let (relation, money) = (case.text("relation"), case.text("money"));
    page.track("关系 relation", words::relation_road(role, relation), words::relation(role), relation);
    let reason = case.text("return_code");
    if !reason.is_empty() {
        page.fact("", &reason_words(reason));
    }
    if money.is_empty() {
        let text = if case.flag("open") { "信息表到达后开始 begins with the sheet" } else { "无 none" };
        page.fact("资金 money", text);
    } else {
        page.track("资金 money", words::money_road(role, Some(money)), words::money(role), money);
    }
    if case.flag("open") {
        let since = case.moment("held_since").map(|at| format!(" · 自 since {at}")).unwrap_or_default();
        page.fact("等待 waiting for", &format!("{}{since}", holder(case.text("holder"))));
        for (place, (chinese, english)) in next_steps(case).into_iter().enumerate() {
            page.fact(if place == 0 { "下一步 next" } else { "" }, chinese);
            page.fact("", english);
        }
        let verbs: Vec<String> =
            case.words("verbs").map(|verb| format!("{verb} {}", chinese(words::EVENTS, verb))).collect();
        if !verbs.is_empty() {
            page.fact("可办理 decide", &format!("{} （jiexu case …）", verbs.join(" · ")));
        }
        let letters = case.part("letters");
        let verbs: Vec<String> = letters
            .into_iter()
            .flat_map(|letters| letters.words("verbs"))
            .map(|verb| format!("{verb} {}", chinese(words::EVENTS, verb)))
            .collect();
        if !verbs.is_empty() {
            page.fact("可联系 write", &verbs.join(" · "));
        }
    }
    page.payee(case);
    page.deadlines(case);
    page.ball(case);
    page.money(case, role);
    page.letters(case, role);
    page.timeline(case, role);
    page.text
}

/// Tasks first, else what both tracks say.
fn next_steps(case: Doc<'_>) -> Vec<(&'static str, &'static str)> {
    let role = case.text("role");
    let open = case.list("tasks").filter(|task| task.moment("closed_at").is_none());
    let mut steps: Vec<_> =
        open.filter_map(|task| words::find(words::TASKS, task.text("kind"))).map(|word| word.next).collect();
    if steps.is_empty() {
        let relation = words::find(words::relation(role), case.text("relation"));
        let money = words::find(words::money(role), case.text("money"));
        steps.extend([relation, money].into_iter().flatten().map(|word| word.next));
    }
    steps.retain(|next| !next.0.is_empty());
    steps.dedup();
    steps
}

/// A return or refusal code in words.
fn reason_words(code: &str) -> String {
    let returned = ReturnCode::ALL.iter().find(|reason| reason.code() == code);
    let refused = RefusalCode::ALL.iter().find(|reason| reason.code() == code);
    match (returned, refused) {
        (Some(reason), _) => format!("{} {} ({code})", reason.chinese(), reason.english()),
        (None, Some(reason)) => format!("{} {} ({code})", reason.chinese(), reason.english()),
        (None, None) => clean(code),
    }
}

fn kind_words(word: &str) -> String {
    Kind::from_word(word).map_or_else(|| clean(word), |kind| format!("{} {}", kind.chinese(), kind.word()))
}

struct Page<'a> {
    screen: &'a Screen,
    text: String,
}

impl Page<'_> {
    fn fact(&mut self, name: &str, value: &str) {
        for (place, line) in self.screen.wrap(value, LABEL).into_iter().enumerate() {
            let label = pad(if place == 0 { name } else { "" }, LABEL, false);
            self.text += &format!("{}{}\n", self.screen.paint(Paint::Dim, &label), line.trim_start());
        }
    }

    fn heading(&mut self, text: &str) {
        self.text += &format!("\n{}\n", self.screen.paint(Paint::Bold, text));
    }

    /// The road with the place where it stands, and what that means.
    fn track(&mut self, name: &str, road: &[&'static str], table: &'static [Word], at: &str) {
        let here = road.iter().position(|code| *code == at);
        let stops = road.iter().enumerate().map(|(place, code)| {
            let sign = match here {
                Some(here) if place < here || (place == here && here + 1 == road.len()) => "✓",
                Some(here) if place == here => "●",
                _ => "○",
            };
            format!("{sign} {}", chinese(table, code))
        });
        self.fact(name, &stops.collect::<Vec<_>>().join(" ─ "));
        let Some(word) = words::find(table, at) else { return };
        let now = format!("{} {}", word.zh, word.en);
        self.text += &format!("{}{}\n", " ".repeat(LABEL), self.screen.paint(paint_of(Some(word)), &now));
        self.fact("", word.means.0);
        self.fact("", word.means.1);
    }

    /// 收款账户不一致: the directory's account over the letter's.
    fn payee(&mut self, case: Doc<'_>) {
        let Some(payee) = case.part("payee") else { return };
        self.heading("收款账户不一致 payee differs");
        let columns = [column("", ""), column("户名", "name"), column("账号", "number"), column("开户行", "bank")];
        let mut table = Table::new(&columns);
        for (name, which) in [("机构目录（原）directory (old)", "listed"), ("联系函（新）letter (new)", "letter")]
        {
            let account = payee.part(which);
            let text = |field| account.map_or(String::new(), |account| clean(account.text(field)));
            table.row([cell(name), cell(text("name")), cell(text("number")), cell(text("bank"))]);
        }
        self.text += &table.show(self.screen, 2);
    }

    fn deadlines(&mut self, case: Doc<'_>) {
        if case.list("deadlines").next().is_none() {
            return;
        }
        self.heading("期限 deadlines");
        // Announced closures move no deadline; they say why nothing comes.
        for row in case.list("closures") {
            if let Some(said) = closed(row, crate::clock::now()) {
                self.text += &format!("  {said} · 法定期限不变 no legal deadline moves\n");
            }
        }
        let columns = [
            column("", ""),
            column("期限", "deadline"),
            column("起算", "from"),
            column("到期", "due"),
            column("完成", "met"),
        ];
        let mut table = Table::new(&columns);
        for row in case.list("deadlines") {
            let due = match (row.text("due_on"), row.flag("provisional")) {
                ("", _) => "待定 not yet known".to_owned(),
                (day, true) => format!("不早于 not before {day}（日历未公布 calendar not published）"),
                (day, false) => day.to_owned(),
            };
            let met = row.text("met_on");
            let late = !met.is_empty() && !row.flag("provisional") && met > row.text("due_on");
            let word = row.text("clock");
            let clock = Clock::from_word(word);
            table.row([
                cell(clock.map_or("", Clock::code)),
                cell(clock.map_or_else(|| word.to_owned(), |clock| format!("{} {}", clock.chinese(), clock.english()))),
                cell(row.text("started_on")),
                cell(due),
                painted(met, if late { Paint::Care } else { Paint::Good }),
            ]);
        }
        self.text += &table.show(self.screen, 2);
    }

    /// 持球时间: each phase and all of them, in working days, with the calendar days beside.
    fn ball(&mut self, case: Doc<'_>) {
        let Some(ball) = case.part("ball").filter(|ball| ball.list("total").next().is_some()) else { return };
        self.heading("持球时间（工作日 / 日历天） who held the ball, in working / calendar days");
        for time in ball.list("phases") {
            let phase = Phase::ALL.into_iter().find(|phase| phase.word() == time.text("phase"));
            let name = phase.map_or_else(String::new, |phase| format!("{} {}", phase.names().0, phase.names().1));
            self.text += &format!("  {}{}\n", pad(&name, 20, false), shares(time.list("shares")));
        }
        self.text += &format!("  {}{}\n", pad("合计 together", 20, false), shares(ball.list("total")));
    }

    fn money(&mut self, case: Doc<'_>, role: &str) {
        let Some(money) = case.part("money_panel") else { return };
        let rows: &[(&str, &str)] = match role {
            "incoming" => &[
                ("信息表 sheet", "announced"),
                ("已到账 received", "received"),
                ("已入账 credited", "booked"),
                ("待补划 more to come", "supplements"),
            ],
            _ => &[
                ("信息表 sheet", "announced"),
                ("已清零 debited", "booked"),
                ("已下达 released", "released"),
                ("银行确认 confirmed", "confirmed"),
            ],
        };
        if money.amount("announced").is_none() {
            return;
        }
        self.heading("资金（元）money in yuan");
        for (name, key) in rows {
            let amount = money.amount(key).unwrap_or(Balance(0));
            if *key == "supplements" && amount == Balance(0) {
                continue;
            }
            self.text += &format!("  {}{:>16}\n", pad(name, 20, false), yuan(amount));
        }
        self.batch(case);
    }

    /// 批量划转: how much of it is announced, and the case that has the task for all.
    fn batch(&mut self, case: Doc<'_>) {
        let Some(batch) = case.part("batch") else { return };
        let (no, total) = (clean(batch.text("no")), yuan(batch.amount("total").unwrap_or(Balance(0))));
        let here = format!("{}/{}", batch.number("announced"), batch.number("count"));
        self.text += &format!("  批量划转 batch {no} · 合计 together {total} · 已通知 announced {here}\n");
        if let Some(asked) = batch.part("asked").filter(|asked| asked.text("case_id") != case.text("case_id")) {
            let letter = clean(asked.text("letter_no"));
            self.text += &format!("  金额不符，全批的待办在 the sum differs; the task for all is at {letter}\n");
        }
    }

    /// 往来: what both sides wrote, and where the other one says the case stands.
    fn letters(&mut self, case: Doc<'_>, role: &str) {
        let Some(letters) = case.part("letters") else { return };
        let mut lines = Vec::new();
        for (name, who) in [("reminded", "对方催办 reminds us"), ("reminding", "我方催办 we reminded")] {
            if let Some(reminder) = letters.part(name) {
                let step = reminder.text("step");
                let step = CaseStep::from_word(step)
                    .map_or_else(|| clean(step), |step| format!("{} {}", step.chinese(), step.english()));
                lines.push(format!(
                    "{} · {who}：{step} · 级别 level {}",
                    reminder.text("on"),
                    reminder.number("level")
                ));
            }
        }
        for note in letters.list("notes") {
            let who = if note.flag("ours") { "我方 we →" } else { "对方 they ←" };
            let what = match (note.text("what"), note.flag("open")) {
                ("question", true) => "提问（待答复）question, not answered",
                ("question", false) => "提问 question",
                ("answer", _) => "答复 answer",
                ("discrepancy", _) => "资金差异（到账 / 应到，元）money differs (received / announced, yuan)",
                ("returned", _) => "退汇（元）money returned (yuan)",
                _ => "延期说明 delay",
            };
            let about: Vec<String> =
                ["step", "expected_on", "field"].map(|name| clean(note.text(name))).into_iter().collect();
            let about = about.join(" ");
            lines.push(format!(
                "{}  {who} {what} {}：{}",
                clock(note.moment("at")),
                about.trim(),
                clean(note.text("text"))
            ));
        }
        if let Some(progress) = letters.part("progress") {
            let other = if role == "incoming" { "outgoing" } else { "incoming" };
            let state = |name: &str, table| progress.part(name).map(|track| both(table, track.text("state")));
            let states = [state("relation", words::relation(other)), state("money", words::money(other))];
            let states: Vec<String> = states.into_iter().flatten().collect();
            lines.push(format!(
                "{}  对方进度 progress there：{}",
                clock(progress.moment("told_at")),
                states.join(" · ")
            ));
        }
        if lines.is_empty() {
            return;
        }
        self.heading("往来 correspondence");
        for line in lines {
            for (place, part) in self.screen.wrap(&line, 4).into_iter().enumerate() {
                self.text += &format!("{}{}\n", if place == 0 { "  " } else { "    " }, part.trim_start());
            }
        }
    }

    fn timeline(&mut self, case: Doc<'_>, role: &str) {
        self.heading("经过 what happened");
        for happening in case.list("timeline") {
            let (at, sign, text, paint) = line_of(happening, role);
            let stamp = format!("  {}  {sign} ", clock(at));
            let indent = stamp.chars().count();
            for (place, line) in self.screen.wrap(&text, indent).into_iter().enumerate() {
                let before = if place == 0 { self.screen.paint(Paint::Dim, &stamp) } else { " ".repeat(indent) };
                self.text += &format!("{before}{}\n", self.screen.paint(paint, line.trim_start()));
            }
        }
    }
}

/// `本机构 2/2 · 对方机构 5/7`; a `?` where the calendar does not cover it.
fn shares<'a>(shares: impl Iterator<Item = Doc<'a>>) -> String {
    let one = |share: Doc<'_>| {
        let working = share.0.get("working_days").and_then(serde_json::Value::as_u64);
        let working = working.map_or_else(|| "?".to_owned(), |days| days.to_string());
        format!("{} {working}/{}", chinese(words::HOLDERS, share.text("holder")), share.number("calendar_days"))
    };
    shares.map(one).collect::<Vec<_>>().join(" · ")
}

type Told = (Option<crate::domain::time::Moment>, &'static str, String, Paint);

fn line_of(happening: Doc<'_>, role: &str) -> Told {
    let amount = |name: &str| yuan(happening.amount(name).unwrap_or(Balance(0)));
    match happening.text("what") {
        "step" => step(happening, role),
        "in" => {
            let refusal = happening.text("refusal");
            let refused = if refusal.is_empty() { String::new() } else { format!(" · {}", reason_words(refusal)) };
            let state = both(words::INBOX, happening.text("state"));
            let copies = happening.number("duplicates");
            let copies = if copies > 0 { format!(" · 重复 {} copies", count(copies)) } else { String::new() };
            let text = format!(
                "{} ← {} · {state}{refused}{copies}",
                kind_words(happening.text("kind")),
                happening.text("peer")
            );
            (happening.moment("at"), "←", text, Paint::Plain)
        }
        "out" => {
            let state = both(words::OUTBOX, happening.text("state"));
            let receipted =
                happening.moment("receipted_at").map(|at| format!(" {}", clock(Some(at)))).unwrap_or_default();
            let trouble = happening.text("trouble");
            let trouble = if trouble.is_empty() { String::new() } else { format!(" · {trouble}") };
            let text = format!(
                "{} → {} · {state}{receipted}{trouble}",
                kind_words(happening.text("kind")),
                happening.text("peer")
            );
            (happening.moment("at"), "→", text, Paint::Plain)
        }
        "entry" => {
            let side = |name: &str| {
                let account = happening.text(name);
                both(words::LEDGER, account.split('/').next().unwrap_or(account))
            };
            let text =
                format!("记账 posted {}：借 debit {} · 贷 credit {}", amount("amount"), side("debit"), side("credit"));
            (happening.moment("at"), "¥", text, Paint::Plain)
        }
        "line" => {
            let state = both(words::LINES, happening.text("state"));
            let text = format!("银行流水 bank line {} · {} · {state}", happening.text("bank_txn_no"), amount("amount"));
            (happening.moment("arrived_at"), "¥", text, Paint::Plain)
        }
        "payment" => {
            let state = both(words::PAYMENTS, happening.text("state"));
            let text = format!("付款 payment {} → {} · {state}", amount("amount"), happening.text("payee"));
            (happening.moment("released_at"), "¥", text, Paint::Plain)
        }
        "task_opened" => {
            let text =
                format!("待办 task：{} {}", both(words::TASKS, happening.text("kind")), happening.text("detail"));
            (happening.moment("opened_at"), "▲", text, Paint::Care)
        }
        "task_closed" => {
            let text = format!("待办完成 task done：{}", both(words::TASKS, happening.text("kind")));
            (happening.moment("closed_at"), "✓", text, Paint::Good)
        }
        "task_handed" => {
            let to = happening.text("assignee");
            let to = if to.is_empty() { "待认领 nobody" } else { to };
            let text = format!(
                "待办 task：{} → {} · 理由 why：{} · {}",
                both(words::TASKS, happening.text("kind")),
                clean(to),
                clean(happening.text("reason")),
                happening.text("actor")
            );
            (happening.moment("at"), "▲", text, Paint::Plain)
        }
        other => (None, "?", other.to_owned(), Paint::Plain),
    }
}

/// What a step changed.
fn step(happening: Doc<'_>, role: &str) -> Told {
    let Some(step) = happening.part("step") else { return (None, "?", String::new(), Paint::Plain) };
    let before = happening.part("before");
    let changed =
        |name: &str| before.is_none_or(|before| before.text(name) != step.text(name)) && !step.text(name).is_empty();
    let mut parts = Vec::new();
    if changed("relation") {
        parts.push(format!("关系 relation → {}", both(words::relation(role), step.text("relation"))));
    }
    if changed("money") {
        parts.push(format!("资金 money → {}", both(words::money(role), step.text("money"))));
    }
    if changed("holder") {
        parts.push(format!("等待 waits for {}", holder(step.text("holder"))));
    }
    let note = step.text("note");
    if !note.is_empty() {
        parts.push(format!("{} {note}", both(words::EVENTS, step.text("event"))));
    }
    if parts.is_empty() {
        let event = step.text("event");
        parts.push(words::find(words::EVENTS, event).map_or_else(|| kind_words(event), |_| both(words::EVENTS, event)));
    }
    if !step.text("reason").is_empty() {
        parts.push(format!("理由 why：{}", clean(step.text("reason"))));
    }
    let proposed = step.text("proposed_by");
    let proposed =
        if proposed.is_empty() { String::new() } else { format!("提出 proposed {proposed} · 复核 confirmed ") };
    (step.moment("at"), "●", format!("{} · {proposed}{}", parts.join(" · "), step.text("actor")), Paint::Bold)
}
