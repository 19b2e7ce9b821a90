//! What a corrected case lets both sides expect next, made from the case itself: the next ordinal announced and paid, a
//! difference sent back and booked, the completion of the newest sheet.

use jiexu::domain::case::incoming::Money;
use jiexu::domain::case::outgoing::Funds;
use jiexu::domain::case::table::Cause;
use jiexu::domain::case::{Case, Incoming, Outgoing, Side};
use jiexu::domain::event::{StatementLine, What};
use jiexu::domain::forms::{FundsReturnReason, RemittanceNotice};
use jiexu::domain::ids::{BankTxnNo, PaymentRef};
use jiexu::domain::message::{Body, Form};
use jiexu::domain::money::{Balance, Fen};
use jiexu::domain::reference;

use super::try_all::{Try, ready};
use crate::moves::desk::{self, IN};
use crate::moves::story::Story;
use crate::support::people::account_of;
use crate::support::world::START;

const OUT_ACCOUNT: &str = "530800";
const IN_ACCOUNT: &str = "450200";

/// Everything of a case that is past its first payment; nothing before.
pub fn tries(case: &Case, story: &Story, role: usize, step: usize) -> Vec<Try> {
    let mut tries = match &case.side {
        Side::Incoming(Incoming::Sheeted(sheeted)) => of_incoming(case, &sheeted.money, sheeted.next_ordinal(), story),
        Side::Outgoing(Outgoing::Issued(issued)) => {
            let coming = issued.coming_back.as_ref().map(|coming| &coming.return_ref);
            of_outgoing(case, &issued.funds, coming, story)
        }
        _ => Vec::new(),
    };
    if let (Side::Outgoing(outgoing), Some(body)) = (&case.side, body_of(story, desk::OUT, "CompletionNotice"))
        && let (Some(sheet), Form::CompletionNotice(notice)) = (outgoing.sheet(), &body.form)
    {
        let mut notice = notice.clone();
        (notice.sheet_no, notice.sheet_version) = (sheet.sheet_no.clone(), sheet.version);
        (notice.amount_credited, notice.amount_received) = (sheet.amount, sheet.amount);
        tries.push(("the completion of the newest sheet".to_owned(), Some(Form::CompletionNotice(notice)), None));
    }
    if let (Side::Outgoing(outgoing), Some(body)) = (&case.side, body_of(story, desk::OUT, "SheetObjection"))
        && let (Some(sheet), Form::SheetObjection(objection)) = (outgoing.sheet(), &body.form)
    {
        let mut objection = objection.clone();
        (objection.sheet_no, objection.sheet_version) = (sheet.sheet_no.clone(), sheet.version);
        tries.push(("an objection to the newest sheet".to_owned(), Some(Form::SheetObjection(objection)), None));
    }
    let number = |place: usize| step * 1_000 + 800 + place;
    let ready = |(place, (name, form, line)): (usize, (String, Option<Form>, Option<StatementLine>))| {
        let what = match (form, line) {
            (Some(form), _) => {
                let (_, template) = &story.bodies(role)[0];
                let (case_sequence, letter_no) = (case.heard + 1, Some(case.letter_no.clone()));
                desk::message(1 - role, number(place), Body { case_sequence, letter_no, form, ..template.clone() })
            }
            (None, Some(line)) => What::Statement(line),
            (None, None) => unreachable!("a form or a line"),
        };
        let cause = match &what {
            What::Message(received) => Cause::Message(received.body.form.kind()),
            what => Cause::Local(what.word()),
        };
        ready(&name, cause, what, true)
    };
    tries.into_iter().enumerate().map(ready).collect()
}

type Made = (String, Option<Form>, Option<StatementLine>);

fn body_of<'a>(story: &'a Story, role: usize, name: &str) -> Option<&'a Body> {
    story.bodies(role).iter().find(|(known, _)| *known == name).map(|(_, body)| body)
}

fn notice_of(story: &Story, case: &Case, ordinal: u32, amount: Fen) -> Option<RemittanceNotice> {
    let Form::RemittanceNotice(notice) = &body_of(story, IN, "RemittanceNotice")?.form else { return None };
    let payment_ref = reference::payment(case.id, ordinal, 1);
    let bank_txn_no = None;
    let notice = (**notice).clone();
    Some(RemittanceNotice { ordinal, attempt: 1, amount, ordinal_total: amount, payment_ref, bank_txn_no, ..notice })
}

fn of_incoming(case: &Case, money: &Money, next: u32, story: &Story) -> Vec<Made> {
    let announced = |name: &str, ordinal, amount| {
        let notice = notice_of(story, case, ordinal, amount);
        notice.map(|notice| (name.to_owned(), Some(Form::RemittanceNotice(Box::new(notice))), None))
    };
    match money {
        Money::Expected { amount } if next > 1 => {
            announced("the supplement's notice", next, *amount).into_iter().collect()
        }
        Money::Remitted { notice } | Money::Discrepant { notice, .. } | Money::Matched { notice, .. } => {
            let line = line(&notice.payment_ref, notice.ordinal_total, true);
            let more = Fen::new(1_000).expect("more than nothing");
            let paid = (notice.ordinal > 1).then(|| ("the supplement's money".to_owned(), None, Some(line)));
            announced("a supplement before its time", notice.ordinal + 1, more).into_iter().chain(paid).collect()
        }
        Money::Reversing { reversal, return_ref, .. } => {
            let booked = line(return_ref, reversal.amount, false);
            let refused = StatementLine { refused: true, bank_txn_no: txn("R", return_ref), ..booked.clone() };
            vec![
                ("our bank books the difference".to_owned(), None, Some(booked)),
                ("our bank refuses the difference".to_owned(), None, Some(refused)),
            ]
        }
        _ => Vec::new(),
    }
}

fn of_outgoing(case: &Case, funds: &Funds, coming: Option<&PaymentRef>, story: &Story) -> Vec<Made> {
    match funds {
        Funds::Remitting(payment) if payment.ordinal > 1 => {
            let line = StatementLine {
                amount: Balance(-payment.amount.get()),
                ..line(&payment.payment_ref, payment.amount, true)
            };
            vec![("our bank books the supplement".to_owned(), None, Some(line))]
        }
        Funds::RefundAwaited { amount, .. } => {
            let Some(Form::FundsReturn(form)) =
                body_of(story, desk::OUT, "FundsReturn WRONG_NAME").map(|body| &body.form)
            else {
                return Vec::new();
            };
            let mut right = (**form).clone();
            (right.reason, right.amount, right.payment_ref) = (FundsReturnReason::Correction, *amount, None);
            right.return_ref = Some(reference::giving_back(case.id, 1));
            let mut wrong = right.clone();
            wrong.amount = Fen::new(amount.get() + 1).expect("more");
            let mut nameless = right.clone();
            nameless.return_ref = None;
            let returned = |name: &str, form| (name.to_owned(), Some(Form::FundsReturn(Box::new(form))), None);
            let line = StatementLine {
                amount: Balance(amount.get()),
                ..line(coming.unwrap_or(&reference::giving_back(case.id, 1)), *amount, false)
            };
            vec![
                returned("the difference announced", right),
                returned("another difference announced", wrong),
                returned("a difference without a reference", nameless),
                ("the difference is here".to_owned(), None, Some(line)),
            ]
        }
        _ => Vec::new(),
    }
}

fn txn(prefix: &str, payment: &PaymentRef) -> BankTxnNo {
    BankTxnNo::new(&format!("{prefix}{payment}")).expect("a number")
}

/// From the outgoing agency's account, or back to it: negative where it left the account it is shown for.
fn line(payment: &PaymentRef, amount: Fen, is_forth: bool) -> StatementLine {
    let (payer, payee) = if is_forth { (OUT_ACCOUNT, IN_ACCOUNT) } else { (IN_ACCOUNT, OUT_ACCOUNT) };
    let (payer, payee) = (account_of(payer), account_of(payee));
    StatementLine {
        bank_txn_no: txn("S", payment),
        booked_on: START.china_date(),
        payer_name: payer.name,
        payer_account: payer.number,
        payee_account: payee.number,
        amount: Balance(if is_forth { amount.get() } else { -amount.get() }),
        remark: "医保转移".into(),
        payment_ref: Some(payment.clone()),
        refused: false,
    }
}
