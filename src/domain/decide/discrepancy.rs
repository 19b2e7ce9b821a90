//! 资金差异: what the incoming agency's bank shows is not what was announced. The other side is told, a person here and
//! there must look; nothing is credited.

use super::Taking;
use super::correspondence::came;
use super::desk::Desk;
use crate::domain::case::correspondence::NoteKind;
use crate::domain::case::incoming::{Money, Settled};
use crate::domain::case::{Case, Incoming, Side};
use crate::domain::deadlines::Clock;
use crate::domain::event::StatementLine;
use crate::domain::forms::{DiscrepancyKind, FundsDiscrepancy, RemittanceNotice, ShownLine};
use crate::domain::ledger::LineKey;
use crate::domain::message::{Form, Received};
use crate::domain::money::Fen;
use crate::domain::reasons::RefusalCode;

/// What was told last: its kind, and the sum that had come.
pub type Told = (DiscrepancyKind, Option<Fen>);

/// 少汇 or 多汇: the lines of the case sum to something else.
pub fn tell_sum(
    desk: &mut Desk<'_>,
    case: &mut Case,
    notice: &RemittanceNotice,
    before: Option<Told>,
    lines: &[LineKey],
) -> Option<Told> {
    let is_less = |sum: Fen| sum < notice.awaited();
    let (sum, shown) = shown(desk, lines);
    // A sum that no 64 bits hold is too much.
    let kind = if sum.is_some_and(is_less) { DiscrepancyKind::Short } else { DiscrepancyKind::Over };
    tell(desk, case, Some(notice), before, (kind, sum, shown))
}

/// 户名不符
pub fn tell_wrong_name(
    desk: &mut Desk<'_>,
    case: &mut Case,
    notice: &RemittanceNotice,
    before: Option<Told>,
    lines: &[LineKey],
) -> Option<Told> {
    let (sum, shown) = shown(desk, lines);
    tell(desk, case, Some(notice), before, (DiscrepancyKind::WrongName, sum, shown))
}

/// 未到账: the clock ran out and no line has come. The case stands where it was.
pub fn tell_missing(desk: &mut Desk<'_>, case: &mut Case) {
    let Side::Incoming(Incoming::Sheeted(sheeted)) = &case.side else { return };
    let Money::Remitted { notice } = sheeted.money.clone() else { return };
    tell(desk, case, Some(&notice), None, (DiscrepancyKind::Missing, None, Vec::new()));
    desk.open_case_task("MONEY_MISSING", case.id, None);
}

/// The announced money came, in whatever sum, or is not awaited any more.
pub fn not_missing(desk: &mut Desk<'_>, case: &mut Case) {
    case.meet(Clock::Arrival, desk.today);
    desk.close_task("MONEY_MISSING", &case.id.to_string());
}

/// What came in these lines, and the lines as the other agency may see them.
fn shown(desk: &Desk<'_>, lines: &[LineKey]) -> (Option<Fen>, Vec<ShownLine>) {
    let lines = || lines.iter().filter_map(|key| desk.known.lines.get(key)).map(|line| &line.line);
    let sum = lines().try_fold(0i64, |sum, line| sum.checked_add(line.amount.0));
    (sum.and_then(Fen::new), lines().take(LINES_MAX).map(ShownLine::of).collect())
}

/// Tells the outgoing agency, once for each kind and sum.
fn tell(
    desk: &mut Desk<'_>,
    case: &mut Case,
    notice: Option<&RemittanceNotice>,
    before: Option<Told>,
    (kind, received, lines): (DiscrepancyKind, Option<Fen>, Vec<ShownLine>),
) -> Option<Told> {
    let told = Some((kind, received));
    if before == told {
        return before;
    }
    let form = FundsDiscrepancy {
        letter_no: Some(case.letter_no.clone()),
        kind,
        expected: notice.map(RemittanceNotice::awaited),
        received,
        lines,
        text: None,
        found_on: desk.today,
        operator: Desk::auto(),
    };
    desk.send(case, None, Form::FundsDiscrepancy(Box::new(form)));
    told
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
    let what = (DiscrepancyKind::Duplicate, Fen::new(line.amount.0), vec![ShownLine::of(line)]);
    tell(desk, &mut case, None, None, what);
    case.surplus.push(line.bank_txn_no.clone());
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
