//! `/cases/{id}`: both tracks, who holds the ball until when, the money, and everything that happened.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};

use super::super::WebState;
use super::super::errors::PageError;
use super::super::lang::Visitor;
use super::super::show::Chrome;
use super::{Shown, shown};
use crate::domain::ball::{Phase, Share};
use crate::domain::forms::TrackProgress;
use crate::domain::ids::CaseId;
use crate::domain::time::Moment;
use crate::domain::words::{self, Mood, Word};
use crate::store::views::{Asked, CaseView, Handed, Happening, NoteRow, Step, TaskRow};

#[derive(Template)]
#[template(path = "case.html")]
struct Page {
    c: Chrome,
    case: CaseView,
    relation: Vec<Stop>,
    money: Vec<Stop>,
}

/// A state on the road of a track.
struct Stop {
    text: String,
    class: &'static str,
    sign: &'static str,
    at: Option<Moment>,
    here: bool,
}

pub async fn page(State(state): State<Arc<WebState>>, Path(id): Path<String>, visitor: Visitor) -> Shown {
    let id = uuid::Uuid::try_parse(&id).map_err(|_| PageError::Malformed)?;
    let c = Chrome::new(&state, visitor);
    let case = state.views.case(CaseId(id), &(state.calendar)(), c.now).await?.ok_or(PageError::NotFound)?;
    let role = case.row.role.clone();
    let reached = |steps: &[Step], is: &dyn Fn(&Step) -> bool| {
        let place = steps.iter().rposition(is)?;
        let run = steps[..=place].iter().rev().take_while(|step| is(step));
        run.last().map(|step| step.at)
    };
    let road = |codes: &[&'static str], table: &'static [Word], at: Option<&str>, track: fn(&Step) -> Option<&str>| {
        let here = at.and_then(|at| codes.iter().position(|code| *code == at));
        let stop = |(place, code): (usize, &&'static str)| {
            let ended = here == Some(codes.len() - 1);
            let stands = words::find(table, code).map(|word| word.mood);
            let turn = stands == Some(Mood::Care);
            let (class, sign) = match here {
                Some(here) if place < here => ("past", "✓"),
                Some(here) if place == here && ended && stands == Some(Mood::Done) => ("here end", "✓"),
                Some(here) if place == here && ended => ("here", "■"),
                Some(here) if place == here && turn => ("here turn", "▲"),
                Some(here) if place == here => ("here", "●"),
                _ => ("ahead", "○"),
            };
            let at = reached(&case.steps, &|step| track(step) == Some(*code)).filter(|_| class != "ahead");
            Stop { text: c.text(table, code), class, sign, at, here: here == Some(place) }
        };
        codes.iter().enumerate().map(stop).collect::<Vec<_>>()
    };
    let at = case.row.relation.as_str();
    let relation = road(words::relation_road(&role, at), words::relation(&role), Some(at), |s| Some(&s.relation));
    let at = case.row.money.as_deref();
    let money = road(words::money_road(&role, at), words::money(&role), at, |s| s.money.as_deref());
    shown(Page { c, case, relation, money })
}

impl Page {
    fn means(&self, table: &'static [Word], code: &str) -> &'static str {
        words::find(table, code).map_or("", |word| self.c.lang.pick(word.means))
    }

    fn relation_means(&self) -> &'static str {
        self.means(words::relation(&self.case.row.role), &self.case.row.relation)
    }

    fn money_means(&self) -> &'static str {
        match &self.case.row.money {
            Some(code) => self.means(words::money(&self.case.row.role), code),
            None => self.c.lang.pick(("信息表到达后开始", "begins with the sheet")),
        }
    }

    /// A share of the time in words: `本机构 2`, in working days; calendar days where the calendar does not reach.
    fn share(&self, share: &Share) -> String {
        let days = share.working_days.map_or_else(|| format!("≈{}", share.calendar_days), |days| days.to_string());
        format!("{} {days}", self.c.holder(share.holder))
    }

    fn phase(&self, phase: &Phase) -> &'static str {
        self.c.lang.pick(phase.names())
    }

    fn open_tasks(&self) -> Vec<&TaskRow> {
        self.case.tasks.iter().filter(|task| task.closed_at.is_none()).collect()
    }

    /// What to do next, in words: tasks first, else what both tracks say.
    fn next_steps(&self) -> Vec<&'static str> {
        let row = &self.case.row;
        let tasks = self.open_tasks().into_iter().map(|task| self.c.task_next(&task.kind));
        let mut steps: Vec<&'static str> = tasks.filter(|next| !next.is_empty()).collect();
        let relation = words::find(words::relation(&row.role), &row.relation);
        let money = row.money.as_deref().and_then(|code| words::find(words::money(&row.role), code));
        if steps.is_empty() && row.open {
            let said = [relation, money].into_iter().flatten().map(|word| self.c.lang.pick(word.next));
            steps.extend(said.filter(|next| !next.is_empty()));
        }
        steps.dedup();
        steps
    }

    /// What a step changed: track name and new state, where it differs from before.
    fn changed(&self, step: &Step, before: &Option<Step>) -> Vec<(&'static str, String)> {
        let role = &self.case.row.role;
        let mut changed = Vec::new();
        if before.as_ref().is_none_or(|before| before.relation != step.relation) {
            changed.push((self.c.lang.pick(("关系", "relation")), self.c.text(words::relation(role), &step.relation)));
        }
        if let Some(money) = step.money.as_deref()
            && before.as_ref().is_none_or(|before| before.money != step.money)
        {
            changed.push((self.c.lang.pick(("资金", "money")), self.c.text(words::money(role), money)));
        }
        if before.as_ref().is_none_or(|before| before.holder != step.holder) {
            changed.push((self.c.lang.pick(("等待", "waiting for")), self.c.holder(&step.holder)));
        }
        changed
    }

    fn note_kind(&self, note: &NoteRow) -> &'static str {
        self.c.lang.pick(match note.what {
            "question" if note.open => ("提问（待答复）", "question, not answered"),
            "question" => ("提问", "question"),
            "answer" => ("答复", "answer"),
            "discrepancy" => ("资金差异（到账 / 应到，元）", "money differs (received / announced, yuan)"),
            "returned" => ("退汇（元）", "money returned (yuan)"),
            _ => ("延期说明", "delay"),
        })
    }

    /// Who gave a task to whom.
    fn handed(&self, handed: &Handed) -> String {
        let task = self.c.text(words::TASKS, &handed.kind);
        let to = handed.assignee.as_deref().unwrap_or_default();
        match handed.verb.as_str() {
            "release" => format!("{task} {}", self.c.t("退回待领", "nobody has it now")),
            _ => format!("{task} → {to}"),
        }
    }

    /// The state on the other side, which has the other role.
    fn peer_relation(&self, track: &TrackProgress) -> String {
        self.c.text(words::relation(self.peer_role()), &track.state)
    }

    fn peer_money(&self, track: &TrackProgress) -> String {
        self.c.text(words::money(self.peer_role()), &track.state)
    }

    fn peer_role(&self) -> &'static str {
        if self.is_incoming() { "outgoing" } else { "incoming" }
    }

    /// Refusal text beside a message.
    fn refusal(&self, code: &Option<String>) -> String {
        code.as_deref().map(|code| self.c.reason(code)).unwrap_or_default()
    }

    /// 退付: there is no other agency.
    fn is_alone(&self) -> bool {
        words::is_alone(&self.case.row.relation)
    }

    fn is_incoming(&self) -> bool {
        self.case.row.role == "incoming"
    }

    /// What has come is not what was announced: it is not credited.
    fn money_differs(&self) -> bool {
        self.is_incoming() && self.case.row.money.as_deref() == Some("DISCREPANT")
    }

    /// The other case of its batch that has the task for both.
    fn asked_elsewhere(&self) -> Option<&Asked> {
        let asked = self.case.batch.as_ref()?.asked.as_ref()?;
        (asked.case_id != self.case.row.case_id).then_some(asked)
    }
}
