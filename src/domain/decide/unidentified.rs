//! 无法识别的到账: money that belongs to no case. The agency whose account paid it is told; two persons may send it back.
//! Nothing is ever credited from here.

use super::Taking;
use super::act::check_words;
use super::desk::Desk;
use super::giving_back::{accounts, payer_unknown};
use crate::domain::act::{Stage, Why};
use crate::domain::case::outgoing::Failure;
use crate::domain::changes::{Declined, PaymentRow};
use crate::domain::event::StatementLine;
use crate::domain::forms::{DiscrepancyKind, FundsDiscrepancy, FundsReturn, FundsReturnReason, Operator, ShownLine};
use crate::domain::ids::{AgencyCode, BankTxnNo};
use crate::domain::ledger::{LineKey, Posting};
use crate::domain::line::{LineAct, LineHeld, LineRecord, LineVerb};
use crate::domain::matching::{Line, LineState, hint};
use crate::domain::message::{Form, Received};
use crate::domain::money::Fen;
use crate::domain::reasons::RefusalCode;
use crate::domain::reference;

/// The clock: a line has waited so long that the agency it came from is asked what it is.
pub fn tell(desk: &mut Desk<'_>, key: &LineKey) {
    let Some(line) = desk.known.lines.get(key).filter(|line| belongs_to_nobody(line)).cloned() else {
        return desk.decline(gone());
    };
    let Some(payer) = payer(desk, &line) else { return desk.decline(payer_unknown()) };
    let form = FundsDiscrepancy {
        letter_no: None,
        kind: DiscrepancyKind::Unidentified,
        expected: None,
        received: Fen::new(line.line.amount.0),
        lines: vec![ShownLine::of(&line.line)],
        text: None,
        found_on: desk.today,
        operator: Desk::auto(),
    };
    desk.changes.note = Some(payer.to_string());
    desk.tell(payer, Form::FundsDiscrepancy(Box::new(form)));
}

/// It waits, and neither names a case nor was sent back to us: what was sent back once must not go to and fro.
fn belongs_to_nobody(line: &Line) -> bool {
    let is_unnamed = |hint: &str| matches!(hint, hint::NO_CASE | hint::PROPOSED);
    line.waits() && matches!(line.state, LineState::Unmatched { hint } if is_unnamed(hint))
}

/// The other agency that the directory lists with the account it came from.
fn payer(desk: &Desk<'_>, line: &Line) -> Option<AgencyCode> {
    desk.rules.directory.owner_of_account(&line.line.payer_account).filter(|code| *code != desk.rules.us).cloned()
}

fn gone() -> Declined {
    Declined::new(
        "LINE_NOT_UNIDENTIFIED",
        "没有这笔未写明案件、仍待匹配的流水；写明案件的请用 jiexu case send-back",
        "no line that names no case waits under this number; one that names a case: jiexu case send-back",
    )
}

/// One act on the desk; a declined one changes nothing.
pub fn act(desk: &mut Desk<'_>, actor: &str, act: &LineAct) {
    if let Err(declined) = take(desk, actor, act) {
        desk.decline(declined);
    }
}

fn take(desk: &mut Desk<'_>, actor: &str, act: &LineAct) -> Result<(), Declined> {
    check_words(actor, &act.reason)?;
    let line = desk.known.lines.get(&act.line).filter(|line| belongs_to_nobody(line)).cloned().ok_or_else(gone)?;
    let held = desk.known.line_held.get(&act.line).cloned().unwrap_or_default();
    if held.acts != act.seen {
        return Err(Declined::new(
            "LINE_MOVED",
            "该流水在您查看之后有变化，未作更改；请重新查看",
            "somebody has decided about this line since you looked; nothing was done: look again",
        ));
    }
    let proposed_by = held.proposed_by.clone();
    let (verb, stage, by) = match (act.verb, proposed_by) {
        (LineVerb::SendBack, None) => {
            accounts(desk, &line).ok_or_else(payer_unknown)?;
            let detail = Some(line.line.bank_txn_no.to_string());
            let key = act.line.to_string();
            let task = format!("SEND_BACK_PROPOSED/{key}");
            desk.open_task(task, "SEND_BACK_PROPOSED", None, Some(key), detail);
            (LineVerb::SendBack, Stage::Proposed, None)
        }
        (LineVerb::SendBack, Some(_)) => {
            return Err(Declined::new(
                "LINE_PROPOSED",
                "已有人提出退回该流水；请另一人复核或撤回",
                "somebody proposed that already; another person confirms or withdraws it",
            ));
        }
        (LineVerb::Confirm | LineVerb::Withdraw, None) => {
            return Err(Declined::new(
                "LINE_NOT_PROPOSED",
                "没有人提出退回该流水；请先提出（jiexu bank send-back）",
                "nobody has proposed to send this line back (jiexu bank send-back)",
            ));
        }
        (LineVerb::Confirm, Some(by)) if by == actor => {
            return Err(Declined::new(
                "SECOND_PERSON",
                "提出人与复核人必须是两个人；请由另一人复核",
                "who proposed cannot confirm: another person must",
            ));
        }
        (LineVerb::Confirm, Some(by)) => {
            let operator = Operator { id: by.clone(), name: None, reviewer: Some(actor.to_owned()) };
            send_back(desk, &line, held.sent_back + 1, operator)?;
            (LineVerb::SendBack, Stage::Confirmed, Some(by))
        }
        (LineVerb::Withdraw, Some(_)) => {
            desk.close_task("SEND_BACK_PROPOSED", act.line.as_str());
            (LineVerb::Withdraw, Stage::Decided, None)
        }
    };
    remember(desk, (actor, act), held, (verb, stage, by));
    Ok(())
}

fn remember(
    desk: &mut Desk<'_>,
    (actor, act): (&str, &LineAct),
    held: LineHeld,
    (verb, stage, proposed_by): (LineVerb, Stage, Option<String>),
) {
    let n = held.acts + 1;
    desk.known.line_held.insert(
        act.line.clone(),
        LineHeld {
            acts: n,
            proposed_by: (stage == Stage::Proposed).then(|| actor.to_owned()),
            sent_back: held.sent_back + u32::from(stage == Stage::Confirmed),
        },
    );
    let (line, reason, actor) = (act.line.clone(), act.reason.clone(), actor.to_owned());
    desk.changes.line_acts.push(LineRecord { line, n, verb, stage, actor, proposed_by, reason });
}

/// suspense → transit-out, a payment of its own; an agency that paid it is told.
fn send_back(desk: &mut Desk<'_>, line: &Line, number: u32, operator: Operator) -> Result<(), Declined> {
    let amount = Fen::new(line.line.amount.0).ok_or_else(gone)?;
    let (from, to) = accounts(desk, line).ok_or_else(payer_unknown)?;
    let key = line.key();
    let payment_ref = reference::of_line(&key, number);
    desk.post(Posting::given_back(&key, &payment_ref, None, amount, desk.today));
    desk.payment(PaymentRow {
        payment_ref: payment_ref.clone(),
        case: None,
        letter_no: None,
        ordinal: 0,
        attempt: number,
        amount,
        payer: from,
        payee: to,
        order_ref: None,
        gives_back: Some(key.clone()),
        released_at: desk.at,
        confirmed: None,
        failed: None,
    });
    for kind in ["LINE_UNMATCHED", "MATCH_PROPOSED", "SEND_BACK_PROPOSED"] {
        desk.close_task(kind, key.as_str());
    }
    desk.line(Line { state: LineState::GivenBack { case: None, at: desk.at }, ..line.clone() });
    if let Some(payer) = payer(desk, line) {
        let form = FundsReturn {
            letter_no: None,
            amount,
            reason: FundsReturnReason::Unidentified,
            text: None,
            payment_ref: line.line.payment_ref.clone(),
            bank_txn_no: Some(line.line.bank_txn_no.clone()),
            return_ref: Some(payment_ref),
            returned_on: desk.today,
            will_be_resent: false,
            operator,
        };
        desk.tell(payer, Form::FundsReturn(Box::new(form)));
    }
    Ok(())
}

/// Our bank refused to send it back: the line waits again.
pub fn refused(desk: &mut Desk<'_>, mut payment: PaymentRow, waiting: Option<Line>, line: &StatementLine) {
    let Some(mut waiting) = waiting else { return };
    let key = waiting.key();
    desk.post(Posting::back_refused(&key, &payment.payment_ref, None, payment.amount, line.booked_on));
    payment.failed = Some(Failure::Refused);
    desk.payment(payment);
    waiting.state = LineState::Unmatched { hint: hint::NO_CASE };
    desk.open_line_task("LINE_UNMATCHED", &waiting, None);
    desk.line(waiting);
    desk.changes.note = Some(Failure::Refused.word().to_owned());
}

/// The other agency's bank shows money of ours that it cannot assign: a person looks for it in our books.
pub fn told(desk: &mut Desk<'_>, received: &Received, form: &FundsDiscrepancy) -> Taking {
    let (DiscrepancyKind::Unidentified, Some(line)) = (form.kind, form.lines.first()) else {
        return Taking::Refused(RefusalCode::BadContent);
    };
    let Ok(txn) = BankTxnNo::new(&line.bank_txn_no) else { return Taking::Refused(RefusalCode::BadContent) };
    let ours = line.payment_ref.as_ref().and_then(|payment| desk.known.payments.get(payment));
    let case = ours.and_then(|payment| payment.case);
    let detail = shown(&received.sender, &txn, line);
    desk.changes.note = Some(form.kind.word().to_owned());
    desk.open_task(task(&received.sender, &txn), "MONEY_UNIDENTIFIED", case, None, Some(detail));
    Taking::Applied
}

fn task(peer: &AgencyCode, txn: &BankTxnNo) -> String {
    format!("MONEY_UNIDENTIFIED/{peer}/{txn}")
}

/// What one needs to find it in our own statement: neither names nor account numbers.
fn shown(peer: &AgencyCode, txn: &BankTxnNo, line: &ShownLine) -> String {
    let amount = line.amount.map(|amount| amount.to_string()).unwrap_or_default();
    format!("{peer} {txn} {amount} {}", line.booked_on)
}

/// It is on its way back to us: nobody need look for it any more.
pub fn comes_back(desk: &mut Desk<'_>, received: &Received, form: &FundsReturn) -> Taking {
    let (FundsReturnReason::Unidentified, Some(txn), Some(_)) = (form.reason, &form.bank_txn_no, &form.return_ref)
    else {
        return Taking::Refused(RefusalCode::BadContent);
    };
    desk.changes.note = Some(form.reason.word().to_owned());
    desk.close_task("MONEY_UNIDENTIFIED", &format!("{}/{txn}", received.sender));
    Taking::Applied
}

/// A person found out what the other agency asked about, and told it.
pub fn noted(desk: &mut Desk<'_>, actor: &str, (peer, txn): (&AgencyCode, &BankTxnNo), reason: &str) {
    let result = check_words(actor, &Why(reason.to_owned())).and_then(|()| {
        let is_open = desk.known.tasks.get(&task(peer, txn)).is_some_and(|round| round.open);
        is_open.then_some(()).ok_or_else(|| {
            Declined::new(
                "NOT_ASKED",
                "对方没有就这笔流水询问，或已了结；请核对机构与流水号",
                "that agency does not ask about such a line, or it is settled; check code and number",
            )
        })
    });
    match result {
        Ok(()) => {
            desk.changes.note = Some(reason.to_owned());
            desk.close_task("MONEY_UNIDENTIFIED", &format!("{peer}/{txn}"));
        }
        Err(declined) => desk.decline(declined),
    }
}
