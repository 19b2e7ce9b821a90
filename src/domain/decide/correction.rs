//! 更正: the next version of a sheet, from the register as it is now, also unasked and after completion. Where the balance
//! was wrong, two persons say what it should have been; only the difference moves, under the next ordinal.

use std::sync::Arc;

use super::desk::Desk;
use crate::domain::case::outgoing::{Funds, Issued};
use crate::domain::case::{Case, Outgoing, Side};
use crate::domain::changes::{Declined, RegisterChange};
use crate::domain::deadlines::Clock;
use crate::domain::forms::{FundsDisposition, InformationSheet, Operator};
use crate::domain::ledger::Posting;
use crate::domain::message::Form;
use crate::domain::money::{Balance, Fen};
use crate::domain::register;

/// 更正信息表. A sum is corrected only while no money is under way.
pub fn correct(
    desk: &mut Desk<'_>,
    case: &mut Case,
    issued: Issued,
    balance: Option<Balance>,
    operator: Operator,
) -> Result<(), Declined> {
    if let Some(balance) = balance {
        may_change_the_sum(desk, case, &issued, balance)?;
    }
    let Some(sheet) = corrected(desk, case, &issued, balance, operator) else {
        return Err(Declined::new(
            "SHEET_CANNOT_BE_MADE",
            "按现在的登记不能出具合规的信息表；请先更正登记",
            "the register as it is makes no valid sheet; mend the register first",
        ));
    };
    let sheet = desk.sheet_as_said(case, sheet);
    desk.send(case, None, Form::InformationSheet(Arc::clone(&sheet)));
    desk.close_task("SHEET_OBJECTED", &case.id.to_string());
    case.meet(Clock::Confirmation, desk.today);
    let mut issued = Issued { sheet, objection: None, completion: None, ..issued };
    if balance.is_some() {
        // The difference moves once the other agency durably has the sheet that explains it.
        issued.receipted = false;
        move_the_difference(desk, case, &mut issued);
    }
    case.side = Side::Outgoing(Outgoing::Issued(Box::new(issued)));
    super::completion::await_confirmation(desk, case);
    Ok(())
}

pub fn may_change_the_sum(desk: &Desk<'_>, case: &Case, issued: &Issued, balance: Balance) -> Result<(), Declined> {
    let has_account = matches!(issued.sheet.disposition, FundsDisposition::Transfer | FundsDisposition::ZeroBalance);
    if !has_account || balance.0 < 0 || (balance.0 > 0 && issued.letter.payee.is_none()) {
        return Err(Declined::new(
            "NO_SUM_TO_CORRECT",
            "本案无个人账户资金可更正：无账户、已退付本人、未要求划款，或金额为负",
            "there is no sum to correct: no account, paid to the person, no money asked for, or a negative sum",
        ));
    }
    let at_rest = issued.receipted && matches!(issued.funds, Funds::NothingToRemit | Funds::Remitted(_));
    if !at_rest || issued.coming_back.is_some() {
        return Err(Declined::new(
            "MONEY_UNDER_WAY",
            "本案款项在途，金额现在不能更正；请待银行确认、对方签收后再更正",
            "money of this case is under way; correct the sum once the bank has confirmed it and the sheet is receipted",
        ));
    }
    let held_elsewhere = |other: &crate::domain::handler::Registered| other.frozen_by.is_some_and(|by| by != case.id);
    let registered = case.person_no.as_ref().and_then(|person| desk.known.registered(person));
    if balance.0 > issued.net() && registered.is_none_or(held_elsewhere) {
        return Err(Declined::new(
            "ACCOUNT_HELD",
            "个人账户正被另一案件锁定，补划现在不能办理；请先了结该案件",
            "another case holds the account; settle that one first",
        ));
    }
    Ok(())
}

fn corrected(
    desk: &Desk<'_>,
    case: &Case,
    issued: &Issued,
    balance: Option<Balance>,
    operator: Operator,
) -> Option<InformationSheet> {
    let old = &*issued.sheet;
    let registered = desk.known.registered(case.person_no.as_ref()?)?;
    let periods = register::tidy(&registered.periods);
    let mut sheet = InformationSheet {
        version: old.version + 1,
        insured_from: periods.first()?.from,
        insured_to: periods.iter().map(|period| period.to).max()?,
        months: register::months_of(&periods),
        periods,
        arrears: registered.person.arrears,
        issued_on: desk.today,
        operator,
        after_completion: issued.reopened.is_some(),
        ..old.clone()
    };
    if let Some(balance) = balance {
        sheet.amount = balance.positive();
        sheet.interest = Balance(sheet.interest.0.min(balance.0));
        let us = desk.rules.directory.agency(desk.rules.us)?;
        sheet.payer = sheet.amount.and_then(|_| us.paying_account().cloned());
        sheet.disposition =
            if sheet.amount.is_some() { FundsDisposition::Transfer } else { FundsDisposition::ZeroBalance };
        if sheet.amount.is_some() && sheet.payer.is_none() {
            return None;
        }
    }
    sheet.check(desk.today).is_ok().then_some(sheet)
}

/// 补划 is taken into the books and held for the next payment; 退差 is awaited from the other agency.
fn move_the_difference(desk: &mut Desk<'_>, case: &Case, issued: &mut Issued) {
    let difference = issued.sheet.amount.map_or(0, Fen::get) - issued.net();
    let before = std::mem::replace(&mut issued.funds, Funds::NothingToRemit);
    issued.funds = match (before, Fen::new(difference), Fen::new(difference.saturating_neg())) {
        (before, Some(amount), _) => {
            if let Funds::Remitted(last) = before {
                issued.earlier.payments.push(last);
            }
            if let Some(person) = case.person_no.clone() {
                desk.post(Posting::corrected_up(case.id, issued.sheet.version, &person, amount, desk.today));
                desk.register(RegisterChange::Freeze { person, case: case.id, held: Some(amount) });
            }
            Funds::Frozen { amount }
        }
        (Funds::Remitted(last), None, Some(amount)) => Funds::RefundAwaited { last, amount },
        (before, _, _) => before,
    };
}
