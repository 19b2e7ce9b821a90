//! 退付: the balance goes to the person's own bank account. Without a peer in a case of our own, or beside a sheet that
//! says so. One person opens or proposes it, another confirms; until then the account is held and nothing leaves.

use chrono::NaiveDate;

use super::act::{check_words, not_here};
use super::desk::Desk;
use super::payment::{self, Order};
use crate::domain::act::{ActRecord, Proposal, Stage, Verb};
use crate::domain::case::outgoing::{Completed, Failure, Funds, NotPaid, Payment, Payout, PayoutStage};
use crate::domain::case::{Case, Outgoing, Side};
use crate::domain::changes::{Declined, PaymentRow, RegisterChange};
use crate::domain::forms::Person;
use crate::domain::handler::Registered;
use crate::domain::ledger::Posting;
use crate::domain::money::Fen;
use crate::domain::payout::{OwnAccount, PayoutReason, PayoutRequest};
use crate::domain::person::PersonName;
use crate::domain::reference;
use crate::domain::register::{InsuredPerson, RelationStatus};

type Decided = Result<(), Declined>;

/// 开立退付: the account is held, and another person must confirm.
pub fn open(desk: &mut Desk<'_>, actor: &str, request: &PayoutRequest) {
    if let Err(declined) = opened(desk, actor, request) {
        desk.decline(declined);
    }
}

fn opened(desk: &mut Desk<'_>, actor: &str, request: &PayoutRequest) -> Decided {
    check_words(actor, &request.reason)?;
    let Some(registered) = desk.known.registered(&request.person_no).cloned() else {
        return Err(Declined::new(
            "PERSON_UNKNOWN",
            "登记库中没有该个人编号；请先导入人员文件",
            "no such person no. in the register; import the people file first",
        ));
    };
    let amount = payable(desk, &registered, request.why)?;
    check_account(&request.account, &registered.person.name)?;
    let side = Side::Outgoing(Outgoing::Payout(Box::new(Payout {
        payout_no: request.payout_no.clone(),
        why: request.why,
        person: person_of(&registered.person),
        amount,
        account: request.account.clone(),
        opened_on: desk.today,
        stage: PayoutStage::Opened,
    })));
    let (id, number) = (desk.new_case_id(), desk.new_number('P'));
    // There is no other agency.
    let mut case = Case::begin(id, desk.rules.us.clone(), number, desk.at, side);
    case.person_no = Some(request.person_no.clone());
    case.proposal = Some(Proposal {
        verb: Verb::Payout { account: request.account.clone() },
        by: actor.to_owned(),
        reason: request.reason.clone(),
    });
    desk.register(RegisterChange::Freeze { person: request.person_no.clone(), case: case.id, held: Some(amount) });
    desk.open_case_task("CONFIRM", case.id, Some("payout".to_owned()));
    desk.changes.acts.push(ActRecord {
        case: case.id,
        version: 1,
        verb: "payout",
        actor: actor.to_owned(),
        stage: Stage::Proposed,
        proposed_by: None,
        reason: request.reason.clone(),
    });
    desk.step(case);
    Ok(())
}

fn person_of(person: &InsuredPerson) -> Person {
    Person {
        name: person.name.clone(),
        document: person.document.clone(),
        birth_date: person.birth_date,
        sex: person.sex,
        personal_no: Some(person.person_no.to_string()),
        phone: person.phone.clone(),
    }
}

/// What may be paid out, or why not.
fn payable(desk: &Desk<'_>, registered: &Registered, why: PayoutReason) -> Result<Fen, Declined> {
    let person = &registered.person;
    // The balance leaves once: not while another case may move it.
    if registered.frozen_by.is_some() || desk.known.cases_holding(&person.person_no).next().is_some() {
        return Err(Declined::new(
            "PERSON_HAS_CASE",
            "该人员已有在办案件，余额不能退付",
            "another case of this person is open; the balance cannot be paid out",
        ));
    }
    check_status(person, why)?;
    registered.balance.positive().filter(|_| person.has_account()).ok_or_else(nothing_to_pay)
}

fn check_status(person: &InsuredPerson, why: PayoutReason) -> Decided {
    let fits = match why {
        PayoutReason::Retired => person.status == RelationStatus::Retired,
        PayoutReason::Emigrated | PayoutReason::RetiredAbroad | PayoutReason::OffExchange => {
            matches!(person.status, RelationStatus::Stopped | RelationStatus::Retired)
        }
    };
    if fits {
        return Ok(());
    }
    Err(Declined::new(
        "PAYOUT_STATUS",
        "参保状态与退付原因不符：须已停保，或已退休",
        "the status does not fit the reason: the insurance must be stopped, or the person retired",
    ))
}

pub fn nothing_to_pay() -> Declined {
    Declined::new("NOTHING_TO_PAY", "个人账户没有可退付的余额", "there is no balance that could be paid out")
}

/// Only to the person: an account under another name is never paid.
pub fn check_account(account: &OwnAccount, name: &PersonName) -> Decided {
    if !account.is_sound() {
        return Err(Declined::new(
            "ACCOUNT_INVALID",
            "账户不合规范：账号 8 至 40 位数字，联行号 12 位",
            "not an account a payment file can carry: 8 to 40 digits, a bank no. of 12",
        ));
    }
    if account.0.name != name.as_str() {
        return Err(Declined::new(
            "ACCOUNT_NAME",
            "户名不是参保人本人，不能退付",
            "the account is not in the person's own name and cannot be paid",
        ));
    }
    Ok(())
}

/// 复核后退付: the account is zeroed, the payment goes to our bank.
pub fn release(desk: &mut Desk<'_>, case: &mut Case, payout: Payout) -> Decided {
    let us = desk.rules.directory.agency(desk.rules.us);
    let (Some(payer), Some(person)) = (us.and_then(|us| us.paying_account()).cloned(), case.person_no.clone()) else {
        return Err(payment::no_account());
    };
    let Some(registered) = desk.known.registered(&person).filter(|known| known.balance.0 >= payout.amount.get()) else {
        return Err(nothing_to_pay());
    };
    // The register may say otherwise than when it was opened.
    check_status(&registered.person, payout.why)?;
    if payout.why.ends_relation() {
        let ended = InsuredPerson {
            status: RelationStatus::TransferredOut,
            status_on: desk.today,
            ..registered.person.clone()
        };
        desk.register(RegisterChange::Relation(Box::new(ended)));
    }
    let order = Order { amount: payout.amount, payer, payee: payout.account.0.clone() };
    let payment = payment::zero(desk, case, person, order);
    let payout = Payout { stage: PayoutStage::Paying(payment), ..payout };
    case.side = Side::Outgoing(Outgoing::Payout(Box::new(payout)));
    Ok(())
}

/// 退付未成: the sum lies in suspense for the case, and a person must find out the right account.
pub fn failed(desk: &mut Desk<'_>, mut case: Case, mut row: PaymentRow, how: Failure, on: NaiveDate) {
    let Side::Outgoing(outgoing) = &mut case.side else { return };
    let Some(payment) = outgoing.payment().cloned() else { return };
    let not_paid = NotPaid { payment, how, on };
    match outgoing {
        Outgoing::Payout(payout) => payout.stage = PayoutStage::Failed(not_paid),
        Outgoing::Issued(issued) => issued.funds = Funds::PayoutFailed(not_paid),
        Outgoing::Completed(completed) => {
            *outgoing = Outgoing::Issued(Box::new((**completed).clone().without_payout(not_paid)));
        }
        _ => return,
    }
    row.failed = Some(how);
    desk.payment(row);
    desk.open_case_task("PAYOUT_FAILED", case.id, Some(how.word().to_owned()));
    desk.changes.note = Some(how.word().to_owned());
    desk.step(case);
}

/// 再次退付: another attempt from suspense, to the account that two persons name; the person is debited once, with the first.
pub fn pay_again(desk: &mut Desk<'_>, case: &mut Case, account: &OwnAccount) -> Decided {
    let us = desk.rules.directory.agency(desk.rules.us);
    let payer = us.and_then(|us| us.paying_account()).cloned().ok_or_else(payment::no_account)?;
    let Side::Outgoing(outgoing) = &mut case.side else { return Err(not_here()) };
    let before = match outgoing {
        Outgoing::Payout(payout) => match &payout.stage {
            PayoutStage::Failed(failed) => failed.payment.clone(),
            _ => return Err(not_here()),
        },
        Outgoing::Issued(issued) => match &issued.funds {
            Funds::PayoutFailed(failed) => failed.payment.clone(),
            _ => return Err(not_here()),
        },
        _ => return Err(not_here()),
    };
    let attempt = before.attempt + 1;
    let next = Payment { attempt, payment_ref: reference::payment(case.id, before.ordinal, attempt), ..before };
    match outgoing {
        Outgoing::Payout(payout) => {
            payout.stage = PayoutStage::Paying(next.clone());
            payout.account = account.clone();
        }
        Outgoing::Issued(issued) => {
            issued.funds = Funds::PayingPerson(next.clone());
            issued.payout = Some(account.clone());
        }
        _ => return Err(not_here()),
    }
    payment::instruct(desk, case, &next, (payer, account.0.clone()));
    desk.post(Posting::resent(case.id, next.ordinal, attempt, next.amount, desk.today));
    desk.close_task("PAYOUT_FAILED", &case.id.to_string());
    Ok(())
}

/// The bank booked what it had called refused, and nothing was paid again: it counts.
pub fn paid_after_all(desk: &mut Desk<'_>, case: &mut Case) {
    desk.close_task("PAYOUT_FAILED", &case.id.to_string());
    match &mut case.side {
        Side::Outgoing(Outgoing::Payout(payout)) => {
            if let PayoutStage::Failed(failed) = &payout.stage {
                payout.stage = PayoutStage::Paying(failed.payment.clone());
            }
        }
        Side::Outgoing(Outgoing::Issued(issued)) => {
            if let Funds::PayoutFailed(failed) = &issued.funds {
                issued.funds = Funds::PayingPerson(failed.payment.clone());
            }
        }
        _ => {}
    }
}

/// A case that was completed before its payout came back: the person has the money now, and nothing else is awaited.
pub fn archive_again(desk: &Desk<'_>, case: &mut Case) {
    let Side::Outgoing(Outgoing::Issued(issued)) = &mut case.side else { return };
    let Some(end) = issued.funds.ended() else { return };
    if let Some(notice) = issued.completion.take() {
        let completed = Completed { reopened: None, ..issued.archive(end, *notice, desk.today) };
        case.side = Side::Outgoing(Outgoing::Completed(Box::new(completed)));
    }
}

/// 撤回退付: nothing left. Where it was paid before and came back, only the proposal to pay again is taken back.
pub fn withdrawn(desk: &mut Desk<'_>, case: &mut Case) {
    let Side::Outgoing(Outgoing::Payout(payout)) = &mut case.side else { return };
    if payout.stage != PayoutStage::Opened {
        return;
    }
    payout.stage = PayoutStage::Withdrawn { on: desk.today };
    if let Some(person) = case.person_no.clone() {
        desk.register(RegisterChange::Thaw { person });
    }
}
