//! 数据恢复: the database is an older copy that was put back. What it forgot is rebuilt from what peers hold: they send
//! again what they had sent, and tell us what we had said. Nothing that was said is said anew: a decision that is taken
//! again must come to the same words, or it waits for a person.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::act::Why;
use super::forms::{EchoedMessage, LaneRange, ReceiptEntry};
use super::ids::{AgencyCode, ApplicationNo, CaseId, MessageId};
use super::message::{Body, Form, Kind};
use super::time::Moment;

/// Room for the letters and sheets of one epoch: numbers of a lost time are never given again.
const NUMBERS_OF_EPOCH: u64 = 1_000_000;
/// 2026-01-01 00:00 UTC
const EPOCHS_BEGIN: Moment = Moment(1_767_225_600_000_000);

/// The epoch of a restore begun at this moment: the minutes since 2026. Counted from the copy alone, the same copy put back
/// twice would bring the same epoch twice, and with it numbers that peers know already.
pub fn next_epoch(last: u32, at: Moment) -> u32 {
    let minutes = at.ms_since(EPOCHS_BEGIN).div_euclid(60_000);
    u32::try_from(minutes).unwrap_or(0).max(last.saturating_add(1))
}

/// Letters and sheets made after a restore have numbers above this one.
pub fn numbers_after(epoch: u32) -> u64 {
    NUMBERS_OF_EPOCH * u64::from(epoch)
}

/// A message of ours that we have forgotten, as its recipient holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    pub id: MessageId,
    pub peer: AgencyCode,
    pub body: Body,
    /// What the recipient's receipt said.
    pub receipt: ReceiptEntry,
}

/// The same with its bytes, under our own verified signature.
#[derive(Clone, PartialEq, Eq)]
pub struct Echoed {
    pub said: Said,
    pub epoch: u32,
    pub lane: u32,
    pub seq: u64,
    pub created_at: Moment,
    pub header: Vec<u8>,
    pub sigblock: Vec<u8>,
    pub body: Vec<u8>,
}

// By hand: the body holds personal data.
impl fmt::Debug for Echoed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Echoed({})", self.said.id)
    }
}

impl Said {
    pub fn kind(&self) -> Kind {
        self.body.form.kind()
    }

    /// By what a repeated application finds the case that it had opened.
    pub fn application_no(&self) -> Option<&ApplicationNo> {
        match &self.body.form {
            Form::ContactLetter(letter) => Some(&letter.application_no),
            Form::ApplicationNotice(notice) => Some(&notice.application_no),
            _ => None,
        }
    }
}

/// What was said in passing and decides nothing: letters about a case, and differences of money that depend on which bank
/// line came first. Once said, they need no second decision.
pub fn is_passing(form: &Form) -> bool {
    match form {
        Form::Reminder(_)
        | Form::DelayNotice(_)
        | Form::Clarification(_)
        | Form::ProgressQuery(_)
        | Form::FundsDiscrepancy(_) => true,
        // With reasons it turns an application down.
        Form::ProgressReport(report) => report.reasons.is_empty(),
        _ => false,
    }
}

/// Whether two forms take the same step: what months, money and states rest on is equal. Days, names of operators and
/// free words may differ, for the step is taken again on another day by somebody else.
pub fn is_same_step(said: &Form, now: &Form) -> bool {
    match (said, now) {
        (Form::ApplicationNotice(a), Form::ApplicationNotice(b)) => {
            a.application_no == b.application_no && a.person.is_same_as(&b.person) && a.insurance_out == b.insurance_out
        }
        (Form::ContactLetter(a), Form::ContactLetter(b)) => {
            (&a.application_no, a.version) == (&b.application_no, b.version)
                && a.person.is_same_as(&b.person)
                && (a.insurance_out, a.insurance_in) == (b.insurance_out, b.insurance_in)
                && a.payee == b.payee
        }
        (Form::LetterReturn(a), Form::LetterReturn(b)) => {
            let codes = |reasons: &[super::reasons::Reason]| reasons.iter().map(|it| it.code).collect::<Vec<_>>();
            a.letter_version == b.letter_version && codes(&a.reasons) == codes(&b.reasons)
        }
        (Form::InformationSheet(a), Form::InformationSheet(b)) => {
            (a.version, a.amount, a.disposition) == (b.version, b.amount, b.disposition)
                && a.periods == b.periods
                && a.payer == b.payer
        }
        (Form::SheetObjection(a), Form::SheetObjection(b)) => a.sheet_version == b.sheet_version,
        (Form::RemittanceNotice(a), Form::RemittanceNotice(b)) => {
            (a.ordinal, a.attempt, a.amount, &a.payment_ref, &a.batch)
                == (b.ordinal, b.attempt, b.amount, &b.payment_ref, &b.batch)
        }
        (Form::CompletionNotice(a), Form::CompletionNotice(b)) => {
            (a.sheet_version, a.result, a.amount_received, a.amount_credited, &a.bank_txn_no)
                == (b.sheet_version, b.result, b.amount_received, b.amount_credited, &b.bank_txn_no)
        }
        (Form::Cancellation(_), Form::Cancellation(_)) => true,
        (Form::CancellationReply(a), Form::CancellationReply(b)) => a.result == b.result,
        (Form::FundsDiscrepancy(a), Form::FundsDiscrepancy(b)) => a.kind == b.kind && a.lines == b.lines,
        (Form::FundsReturn(a), Form::FundsReturn(b)) => {
            (a.reason, a.amount, &a.return_ref) == (b.reason, b.amount, &b.return_ref)
        }
        (a, b) => is_passing(a) && is_passing(b) && a.kind() == b.kind(),
    }
}

/// 恢复 steps of people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RestoreVerb {
    /// A copy was put in place; nothing is sent or taken before another person approves.
    Begin,
    Approve,
    /// Every bank statement since the copy was made is in: payments may leave again, once another person says so too.
    ProposePayments,
    ConfirmPayments,
}

impl RestoreVerb {
    pub fn word(self) -> &'static str {
        match self {
            RestoreVerb::Begin => "restore_begin",
            RestoreVerb::Approve => "restore_approve",
            RestoreVerb::ProposePayments => "restore_payments",
            RestoreVerb::ConfirmPayments => "restore_payments_confirm",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestoreAct {
    /// The epoch that the restore brings.
    pub epoch: u32,
    pub verb: RestoreVerb,
    pub reason: Why,
}

/// The last restore of this database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Restore {
    pub epoch: u32,
    pub at: Moment,
    pub by: String,
    pub approved_by: Option<String>,
    pub payments_by: Option<String>,
    pub payments_confirmed_by: Option<String>,
}

impl Restore {
    pub fn is_pending(&self) -> bool {
        self.approved_by.is_none()
    }

    pub fn holds_payments(&self) -> bool {
        self.payments_confirmed_by.is_none()
    }
}

/// What is still open of a restore; nothing of it costs anything once it is over.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rebuilding {
    pub last: Option<Restore>,
    /// Peers whose echo is not whole yet: nothing is said to them, and nothing taken of them.
    pub unheard: BTreeSet<AgencyCode>,
    /// Our messages that peers hold and no decision here has come to again.
    pub unrepeated: u64,
    /// With what was said in passing: its numbers are passed over.
    pub forgotten: u64,
}

impl Rebuilding {
    pub fn is_on(&self) -> bool {
        !self.unheard.is_empty() || self.unrepeated > 0
    }

    pub fn holds_payments(&self) -> bool {
        self.last.as_ref().is_some_and(Restore::holds_payments)
    }
}

/// A peer that put back an older copy: what it knew of us then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoredPeer {
    pub peer: AgencyCode,
    pub epoch: u32,
    pub said: Vec<LaneRange>,
    pub held: Vec<LaneRange>,
}

/// The place of a message among a peer's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Place {
    pub epoch: u32,
    pub lane: u32,
    pub seq: u64,
}

/// The next part of what a restored peer is told of its own words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EchoPart {
    pub peer: AgencyCode,
    pub epoch: u32,
    pub part: u32,
    pub is_last: bool,
    /// The last message of this part.
    pub until: Place,
    pub messages: Vec<EchoedMessage>,
}

/// What a restore changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RestoreChange {
    Begun {
        epoch: u32,
        reason: String,
    },
    /// The epoch is raised; these are asked.
    Approved {
        epoch: u32,
        peers: Vec<AgencyCode>,
    },
    PaymentsProposed {
        epoch: u32,
    },
    PaymentsConfirmed {
        epoch: u32,
    },
    /// The peer was told.
    Asked {
        peer: AgencyCode,
    },
    /// Part of a peer's echo came.
    Heard {
        peer: AgencyCode,
        part: u32,
        is_last: bool,
        messages: Vec<Echoed>,
    },
    /// A peer was restored.
    Peer(RestoredPeer),
    /// Part of our echo left.
    Echoed {
        peer: AgencyCode,
        epoch: u32,
        part: u32,
        is_last: bool,
        until: Place,
    },
}

/// Another message than the one that is to be sent stands in its place at the peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Differs {
    pub case: CaseId,
    pub kind: Kind,
}
