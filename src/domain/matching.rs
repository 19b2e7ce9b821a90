//! Bank line → case (domain.md §6): the automatic rungs of the ladder. Tolerance zero: the lines of one ordinal must sum
//! to what its notice announced, from the payer that the sheet named. What does not fit stays in suspense.

use super::event::StatementLine;
use super::forms::{BankAccount, RemittanceNotice};
use super::ids::{CaseId, LetterNo};
use super::ledger::LineKey;
use super::money::Fen;
use super::time::Moment;

/// A statement line as we hold it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub line: StatementLine,
    pub state: LineState,
    /// The letter no. of one of our cases that the remark mentions.
    pub mentions: Option<LetterNo>,
    pub arrived_at: Moment,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineState {
    /// 到账待匹配: in suspense, with a stable code why.
    Unmatched {
        hint: &'static str,
    },
    Matched {
        case: CaseId,
        at: Moment,
    },
    /// Our own payment, booked by our bank.
    Paid {
        case: Option<CaseId>,
        at: Moment,
    },
    /// 退回: sent back to who paid it.
    GivenBack {
        case: Option<CaseId>,
        at: Moment,
    },
    /// 退汇: our own payment, given back by our bank or by the incoming agency.
    Returned {
        case: CaseId,
        at: Moment,
    },
}

impl Line {
    pub fn key(&self) -> LineKey {
        self.line.key()
    }

    pub fn waits(&self) -> bool {
        matches!(self.state, LineState::Unmatched { .. }) && self.line.amount.0 > 0
    }
}

/// Why a line lies in suspense.
pub mod hint {
    /// A case is known, its remittance notice has not come.
    pub const AWAITING_NOTICE: &str = "AWAITING_NOTICE";
    /// No case of ours is named by the line.
    pub const NO_CASE: &str = "NO_CASE";
    /// The lines of the case do not sum to the notice.
    pub const AMOUNT_DIFFERS: &str = "AMOUNT_DIFFERS";
    /// The payer is not the one the sheet named.
    pub const WRONG_PAYER: &str = "WRONG_PAYER";
    /// Rung 3: payer, name, sum and days fit exactly one case; a person must confirm.
    pub const PROPOSED: &str = "PROPOSED";
    /// Money left our account without a payment of ours.
    pub const UNKNOWN_PAYMENT: &str = "UNKNOWN_PAYMENT";
    /// It names a payment of ours, but is not its return: another sum, or the payment was returned before.
    pub const RETURN_DIFFERS: &str = "RETURN_DIFFERS";
    /// The incoming agency sends it back, and it is not the whole of the last payment, or not announced yet.
    pub const SENT_BACK: &str = "SENT_BACK";
    /// The case does not wait for money (any more).
    pub const CASE_CLOSED: &str = "CASE_CLOSED";
}

/// What the ladder finds for one announced payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub sum: Sum,
    /// Lines that name the payment, from a payer nobody announced: never counted.
    pub wrong_payer: Vec<LineKey>,
}

/// The lines that name the payment and come from the announced payer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sum {
    /// None has come.
    Nothing,
    /// Exactly the announced sum.
    Exact(Vec<LineKey>),
    /// Another sum.
    Differs(Vec<LineKey>),
}

/// Rung 1: our payment reference or letter no. in the line. Rung 2: the bank transaction no. given in the notice.
pub fn find<'a>(
    notice: &RemittanceNotice,
    payer: Option<&BankAccount>,
    lines: impl Iterator<Item = &'a Line>,
) -> Found {
    let mut named: Vec<&Line> = lines.filter(|line| line.waits() && names(line, notice)).collect();
    named.sort_by_key(|line| line.key());
    let keys = |lines: &[&Line]| lines.iter().map(|line| line.key()).collect::<Vec<_>>();
    let (right, wrong): (Vec<&Line>, Vec<&Line>) =
        named.into_iter().partition(|line| payer.is_none_or(|payer| is_from(line, payer)));
    let total = right.iter().try_fold(0i64, |sum, line| sum.checked_add(line.line.amount.0));
    let sum = if right.is_empty() {
        Sum::Nothing
    } else if total.and_then(Fen::new) == Some(notice.awaited()) {
        Sum::Exact(keys(&right))
    } else {
        Sum::Differs(keys(&right))
    };
    Found { sum, wrong_payer: keys(&wrong) }
}

/// Days after the zeroing within which a line without a reference may still be this payment.
const WINDOW_DAYS: i64 = 31;

/// Rung 3: the line names nothing, but payer, name, amount and days fit.
pub fn fits(line: &Line, notice: &RemittanceNotice, payer: Option<&BankAccount>) -> bool {
    let days = line.line.booked_on.signed_duration_since(notice.zeroed_on).num_days();
    line.waits()
        && notice.batch.is_none()
        && payer.is_some_and(|payer| is_from(line, payer))
        && line.line.amount.0 == notice.ordinal_total.get()
        && (0..=WINDOW_DAYS).contains(&days)
        && line.line.payment_ref.is_none()
        && line.mentions.is_none()
}

fn names(line: &Line, notice: &RemittanceNotice) -> bool {
    let by_letter = notice.batch.is_none() && line.mentions.as_ref() == Some(&notice.letter_no);
    by_letter || names_payment(line, notice)
}

/// Whether the line names this payment, and not only its case.
pub fn names_payment(line: &Line, notice: &RemittanceNotice) -> bool {
    let name = notice.batch.as_ref().map_or(notice.payment_ref.as_str(), |batch| &batch.no);
    let by_reference = line.line.payment_ref.as_ref().is_some_and(|payment| payment.as_str() == name)
        || words(&line.line.remark).any(|word| word == name);
    let by_bank = notice.batch.is_none() && notice.bank_txn_no.as_ref() == Some(&line.line.bank_txn_no);
    by_reference || by_bank
}

fn is_from(line: &Line, payer: &BankAccount) -> bool {
    line.line.payer_account == payer.number && line.line.payer_name == payer.name
}

/// The reference-like words of a remark: what could be a letter no. or a payment reference.
pub fn words(remark: &str) -> impl Iterator<Item = &str> {
    remark
        .split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '/' | '.')))
        .filter(|word| word.len() >= 4)
}
