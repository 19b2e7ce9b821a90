//! 往来 of a case: what both sides wrote beside the forms, and what of it waits for somebody.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::domain::forms::{CaseStep, DiscrepancyKind, FundsReturnReason, ProgressReport};
use crate::domain::ids::MessageId;
use crate::domain::money::Fen;
use crate::domain::time::Moment;

/// So many notes stay with the case; every message is kept in the inbox or outbox anyway.
const NOTES_KEPT: usize = 40;

/// What the two agencies said about the case beside the forms.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Correspondence {
    /// Oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<Note>,
    /// 催办 that we have not answered by doing what it asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reminded: Option<Reminded>,
    /// 催办 that we sent last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reminding: Option<Reminded>,
    /// 催办 that waits until the peer is open again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held: Option<Reminded>,
    /// Where the peer says the case stands there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress: Option<Progress>,
}

/// One text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    pub what: NoteKind,
    /// Written by us.
    pub ours: bool,
    pub at: Moment,
    /// The message that carried it: what an answer names.
    pub message: MessageId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// May speak of somebody: never in logs.
    pub text: String,
    /// A question nobody has answered; an answer or a delay of the peer's that nobody here has noted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub open: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoteKind {
    Question,
    Answer,
    /// 延期
    Delay {
        step: CaseStep,
        expected_on: NaiveDate,
    },
    /// 资金差异: the incoming agency's bank does not show what was announced.
    Discrepancy {
        kind: DiscrepancyKind,
        expected: Option<Fen>,
        received: Option<Fen>,
    },
    /// 退汇: money did not arrive, or comes back.
    Returned {
        reason: FundsReturnReason,
        amount: Fen,
        will_be_resent: bool,
    },
}

impl NoteKind {
    pub fn word(self) -> &'static str {
        match self {
            NoteKind::Question => "question",
            NoteKind::Answer => "answer",
            NoteKind::Delay { .. } => "delay",
            NoteKind::Discrepancy { .. } => "discrepancy",
            NoteKind::Returned { .. } => "returned",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reminded {
    pub step: CaseStep,
    /// 1 to 3.
    pub level: u32,
    pub on: NaiveDate,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    pub told_at: Moment,
    pub report: ProgressReport,
}

impl Correspondence {
    pub fn is_empty(&self) -> bool {
        *self == Correspondence::default()
    }

    /// The peer's oldest question without an answer.
    pub fn question(&self) -> Option<&Note> {
        self.notes.iter().find(|note| !note.ours && note.open && note.what == NoteKind::Question)
    }

    /// Whether the peer wrote something that nobody here has noted.
    pub fn is_unread(&self) -> bool {
        self.notes.iter().any(|note| !note.ours && note.open && note.what != NoteKind::Question)
    }

    pub fn write(&mut self, note: Note) {
        self.notes.push(note);
        // What still waits for somebody is never dropped.
        while self.notes.len() > NOTES_KEPT
            && let Some(oldest) = self.notes.iter().position(|note| !note.open)
        {
            self.notes.remove(oldest);
        }
    }

    /// Closes the question of this message; of its own writer's side only.
    pub fn answer(&mut self, question: MessageId, ours: bool) {
        for note in &mut self.notes {
            if note.message == question && note.ours == ours && note.what == NoteKind::Question {
                note.open = false;
            }
        }
    }

    /// 已阅
    pub fn note_all(&mut self) {
        for note in &mut self.notes {
            if !note.ours && note.what != NoteKind::Question {
                note.open = false;
            }
        }
    }
}
