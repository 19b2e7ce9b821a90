//! 往来 of a case, for people: texts with long numbers masked, and where the other agency says the case stands.

use serde::Serialize;

use super::mask;
use crate::domain::case::Case;
use crate::domain::case::correspondence::{Note, NoteKind, Reminded};
use crate::domain::forms::TrackProgress;
use crate::domain::money::{Balance, Fen};
use crate::domain::time::Moment;

#[derive(Debug, Clone, Default, Serialize)]
pub struct Letters {
    /// What may be written now, or is to be read.
    pub verbs: Vec<&'static str>,
    pub notes: Vec<NoteRow>,
    /// What we are reminded of.
    pub reminded: Option<ReminderRow>,
    /// What we reminded the other agency of last.
    pub reminding: Option<ReminderRow>,
    pub progress: Option<PeerSays>,
}

#[derive(Debug, Clone, Serialize)]
pub struct NoteRow {
    /// `question`, `answer`, `delay`, `discrepancy`, `returned`.
    pub what: &'static str,
    pub ours: bool,
    pub at: Moment,
    pub field: Option<String>,
    pub text: String,
    /// Waits for an answer, or to be read.
    pub open: bool,
    /// Of a delay.
    pub step: Option<&'static str>,
    pub expected_on: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
pub struct ReminderRow {
    pub step: &'static str,
    pub level: u32,
    pub on: String,
}

/// 进度通报
#[derive(Debug, Clone, Serialize)]
pub struct PeerSays {
    pub told_at: Moment,
    pub relation: Option<TrackProgress>,
    pub money: Option<TrackProgress>,
}

impl NoteRow {
    fn of(note: &Note) -> NoteRow {
        let delay = match note.what {
            NoteKind::Delay { step, expected_on } => Some((step.word(), expected_on.to_string())),
            NoteKind::Question | NoteKind::Answer | NoteKind::Discrepancy { .. } | NoteKind::Returned { .. } => None,
        };
        NoteRow {
            what: note.what.word(),
            ours: note.ours,
            at: note.at,
            field: note.field.as_deref().map(mask::detail),
            text: match note.what {
                NoteKind::Discrepancy { kind, expected, received } => {
                    let yuan = |fen: Option<Fen>| Balance(fen.map_or(0, Fen::get)).to_string();
                    let (zh, en) = kind.words();
                    format!("{zh} {en} · {} / {}", yuan(received), yuan(expected))
                }
                NoteKind::Returned { reason, amount, will_be_resent } => {
                    let (zh, en) = reason.words();
                    let again = if will_be_resent { " · 将重汇 will be sent again" } else { "" };
                    format!("{zh} {en} · {}{again}", Balance(amount.get()))
                }
                _ => mask::letter(&note.text),
            },
            open: note.open,
            step: delay.as_ref().map(|(step, _)| *step),
            expected_on: delay.map(|(_, day)| day),
        }
    }
}

impl ReminderRow {
    fn of(reminded: Reminded) -> ReminderRow {
        ReminderRow { step: reminded.step.word(), level: reminded.level, on: reminded.on.to_string() }
    }
}

impl Letters {
    pub(super) fn of(case: &Case) -> Letters {
        let written = &case.correspondence;
        Letters {
            verbs: case.letters(),
            notes: written.notes.iter().map(NoteRow::of).collect(),
            reminded: written.reminded.map(ReminderRow::of),
            reminding: written.reminding.map(ReminderRow::of),
            progress: written.progress.as_ref().map(|told| PeerSays {
                told_at: told.told_at,
                relation: told.report.relation.clone(),
                money: told.report.money.clone(),
            }),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.notes.is_empty() && self.reminded.is_none() && self.reminding.is_none() && self.progress.is_none()
    }
}
