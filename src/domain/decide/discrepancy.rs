//! 资金差异: what the incoming agency's bank shows is not what was announced. The other side is told, a person here and
//! there must look; nothing is credited.

use super::Taking;
use super::correspondence::came;
use super::desk::Desk;
use crate::domain::case::correspondence::NoteKind;
use crate::domain::case::incoming::{Money, Settled};
use crate::domain::case::{Case, Incoming, Side};
use crate::domain::event::StatementLine;
use crate::domain::forms::{DiscrepancyKind, FundsDiscrepancy, RemittanceNotice, ShownLine};
use crate::domain::ledger::LineKey;
use crate::domain::message::{Form, Received};
use crate::domain::money::Fen;
use crate::domain::reasons::RefusalCode;

/// What was told last: its kind, and the sum that had come.
pub type Told = (DiscrepancyKind, Option<Fen>);

/// Tells the outgoing agency, once for each kind and sum.
pub fn tell(
    desk: &mut Desk<'_>,
    case: &mut Case,
    notice: &RemittanceNotice,
    before: Option<Told>,
    (kind, lines): (DiscrepancyKind, &[LineKey]),
) -> Option<Told> {
    let shown: Vec<_> = lines.iter().filter_map(|key| desk.known.lines.get(key)).map(|line| &line.line).collect();
    let sum = shown.iter().try_fold(0i64, |sum, line| sum.checked_add(line.amount.0));
    let told = (kind, sum.and_then(Fen::new));
    if before == Some(told) {
        return before;
    }
    let form = FundsDiscrepancy {
        letter_no: Some(case.letter_no.clone()),
        kind,
        expected: Some(notice.ordinal_total),
        received: told.1,
        lines: shown.into_iter().take(LINES_MAX).map(ShownLine::of).collect(),
        text: None,
        found_on: desk.today,
        operator: Desk::auto(),
    };
    desk.send(case, None, Form::FundsDiscrepancy(Box::new(form)));
    Some(told)
}

/// Money for a case that has its money: perhaps paid twice. It stays in suspense.
pub fn tell_duplicate(desk: &mut Desk<'_>, mut case: Case, line: &StatementLine) {
    let has_its_money = match &case.side {
        Side::Incoming(Incoming::Sheeted(sheeted)) => {
            matches!(sheeted.money, Money::Matched { .. } | Money::Credited(_))
        }
        Side::Incoming(Incoming::Completed(completed)) => matches!(completed.money, Settled::Credited(_)),
        _ => false,
    };
    if !has_its_money {
        return;
    }
    let form = FundsDiscrepancy {
        letter_no: Some(case.letter_no.clone()),
        kind: DiscrepancyKind::Duplicate,
        expected: None,
        received: Fen::new(line.amount.0),
        lines: vec![ShownLine::of(line)],
        text: None,
        found_on: desk.today,
        operator: Desk::auto(),
    };
    desk.send(&mut case, None, Form::FundsDiscrepancy(Box::new(form)));
    desk.step(case);
}

/// As many as the contract allows.
const LINES_MAX: usize = 50;

/// 资金差异通知 at the outgoing agency: a person looks for the money with our own bank.
pub fn funds_discrepancy(desk: &mut Desk<'_>, received: &Received, mut case: Case, form: &FundsDiscrepancy) -> Taking {
    let has_paid =
        matches!(&case.side, Side::Outgoing(outgoing) if outgoing.payment().is_some() && !outgoing.pays_person());
    if !has_paid {
        return Taking::Refused(RefusalCode::IllegalState);
    }
    let what = NoteKind::Discrepancy { kind: form.kind, expected: form.expected, received: form.received };
    came(desk, &mut case, what, received.id, (None, form.text.clone().unwrap_or_default()));
    desk.open_case_task("FUNDS_DISCREPANCY", case.id, Some(form.kind.word().to_owned()));
    desk.changes.note = Some(form.kind.word().to_owned());
    desk.step(case);
    Taking::Applied
}
