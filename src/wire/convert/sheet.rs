//! 信息表. Its arithmetic is checked by the domain, which knows today; here every field is read exactly.

use super::common::{account_if_any, account_to_pb, insurance, insurance_number, operator, operator_to_pb};
use super::field::{Read, amount_if_any, counter, date, date_number, missing, month, text, text_if_any, word, wrong};
use super::person;
use crate::domain::forms::{AccountScheme, FundsDisposition, InformationSheet, Months, Nature, Period};
use crate::domain::ids::{AgencyCode, LetterNo, SheetNo};
use crate::domain::money::{Balance, Fen};
use crate::wire::pb;

fn nature(value: i32) -> Read<Nature> {
    match pb::Nature::try_from(value) {
        Ok(pb::Nature::Actual) => Ok(Nature::Actual),
        Ok(pb::Nature::BackPaid) => Ok(Nature::BackPaid),
        Ok(pb::Nature::Deemed) => Ok(Nature::Deemed),
        Ok(pb::Nature::Unspecified) | Err(_) => missing("nature"),
    }
}

fn nature_to_pb(nature: Nature) -> pb::Nature {
    match nature {
        Nature::Actual => pb::Nature::Actual,
        Nature::BackPaid => pb::Nature::BackPaid,
        Nature::Deemed => pb::Nature::Deemed,
    }
}

fn disposition(value: i32) -> Read<FundsDisposition> {
    match pb::FundsDisposition::try_from(value) {
        Ok(pb::FundsDisposition::Transfer) => Ok(FundsDisposition::Transfer),
        Ok(pb::FundsDisposition::ZeroBalance) => Ok(FundsDisposition::ZeroBalance),
        Ok(pb::FundsDisposition::NoAccount) => Ok(FundsDisposition::NoAccount),
        Ok(pb::FundsDisposition::PaidToPerson) => Ok(FundsDisposition::PaidToPerson),
        Ok(pb::FundsDisposition::KeptIntraProvince) => Ok(FundsDisposition::KeptIntraProvince),
        Ok(pb::FundsDisposition::Unspecified) | Err(_) => missing("disposition"),
    }
}

fn disposition_to_pb(disposition: FundsDisposition) -> pb::FundsDisposition {
    match disposition {
        FundsDisposition::Transfer => pb::FundsDisposition::Transfer,
        FundsDisposition::ZeroBalance => pb::FundsDisposition::ZeroBalance,
        FundsDisposition::NoAccount => pb::FundsDisposition::NoAccount,
        FundsDisposition::PaidToPerson => pb::FundsDisposition::PaidToPerson,
        FundsDisposition::KeptIntraProvince => pb::FundsDisposition::KeptIntraProvince,
    }
}

fn scheme(value: i32) -> Read<AccountScheme> {
    let known = u32::try_from(value).ok().and_then(AccountScheme::from_code);
    known.map_or_else(|| missing("scheme"), Ok)
}

fn scheme_to_pb(scheme: AccountScheme) -> pb::AccountScheme {
    match scheme {
        AccountScheme::Combined => pb::AccountScheme::Combined,
        AccountScheme::PoolOnly => pb::AccountScheme::PoolOnly,
        AccountScheme::HospitalOnly => pb::AccountScheme::HospitalOnly,
    }
}

fn period(value: pb::Period) -> Read<Period> {
    Ok(Period {
        from: month("from", value.from)?,
        to: month("to", value.to)?,
        insurance: insurance("insurance", value.insurance)?,
        nature: nature(value.nature)?,
        months: value.months,
        broken: value.broken,
        agency: text("agency", value.agency)?,
        base: amount_if_any("base_fen", value.base_fen)?,
    })
}

fn period_to_pb(period: &Period) -> pb::Period {
    pb::Period {
        from: period.from.get(),
        to: period.to.get(),
        insurance: insurance_number(period.insurance),
        nature: nature_to_pb(period.nature).into(),
        months: period.months,
        broken: period.broken,
        agency: period.agency.clone(),
        base_fen: period.base.map(Fen::get),
    }
}

fn months(value: &pb::InformationSheet) -> Read<Months> {
    // Checked: the domain adds them up without looking again.
    if value.months_actual.checked_add(value.months_deemed) != Some(value.months_total) {
        return wrong("months_total", "it is not the sum of actual and deemed months");
    }
    let (actual, deemed, continuous) = (value.months_actual, value.months_deemed, value.months_continuous);
    Ok(Months { actual, deemed, continuous })
}

pub fn from_pb(value: pb::InformationSheet) -> Read<InformationSheet> {
    if value.periods.is_empty() {
        return missing("periods");
    }
    let months = months(&value)?;
    let disposition = disposition(value.disposition)?;
    let amount = amount_if_any("amount_fen", value.amount_fen)?;
    if amount.is_none() && disposition == FundsDisposition::Transfer {
        return missing("amount_fen");
    }
    let interest = match (amount, value.interest_fen) {
        (Some(_), None) => return missing("interest_fen"),
        (None, Some(_)) => return wrong("interest_fen", "interest is part of an amount"),
        (_, interest) => Balance(interest.unwrap_or(0)),
    };
    let number = |(index, item)| period(item).map_err(|error| error.within(&format!("periods[{index}]")));
    Ok(InformationSheet {
        sheet_no: word("sheet_no", &value.sheet_no, SheetNo::new)?,
        version: counter("version", value.version)?,
        letter_no: word("letter_no", &value.letter_no, LetterNo::new)?,
        person: person::from_pb(value.person)?,
        insurance: insurance("insurance", value.insurance)?,
        scheme: scheme(value.scheme)?,
        insured_from: month("insured_from", value.insured_from)?,
        insured_to: month("insured_to", value.insured_to)?,
        stopped_on: date("stopped_on", value.stopped_on)?,
        stop_reason: text_if_any("stop_reason", value.stop_reason)?,
        months,
        periods: value.periods.into_iter().enumerate().map(number).collect::<Read<_>>()?,
        disposition,
        amount,
        interest,
        balance_as_of: date("balance_as_of", value.balance_as_of)?,
        payer: account_if_any("payer", value.payer)?,
        arrears: value.arrears,
        issued_on: date("issued_on", value.issued_on)?,
        issued_by: word("issued_by", &value.issued_by, AgencyCode::new)?,
        operator: operator(value.operator)?,
        after_completion: value.after_completion,
    })
}

pub fn to_pb(sheet: &InformationSheet) -> pb::InformationSheet {
    pb::InformationSheet {
        sheet_no: sheet.sheet_no.as_str().to_owned(),
        version: sheet.version,
        letter_no: sheet.letter_no.as_str().to_owned(),
        person: Some(person::to_pb(&sheet.person)),
        insurance: insurance_number(sheet.insurance),
        scheme: scheme_to_pb(sheet.scheme).into(),
        insured_from: sheet.insured_from.get(),
        insured_to: sheet.insured_to.get(),
        benefits_from: None,
        benefits_to: None,
        stopped_on: date_number(sheet.stopped_on),
        stop_reason: sheet.stop_reason.clone(),
        months_total: sheet.months.actual.saturating_add(sheet.months.deemed),
        months_actual: sheet.months.actual,
        months_deemed: sheet.months.deemed,
        months_continuous: sheet.months.continuous,
        periods: sheet.periods.iter().map(period_to_pb).collect(),
        disposition: disposition_to_pb(sheet.disposition).into(),
        amount_fen: sheet.amount.map(Fen::get),
        interest_fen: sheet.amount.map(|_| sheet.interest.0),
        balance_as_of: date_number(sheet.balance_as_of),
        payer: sheet.payer.as_ref().map(account_to_pb),
        arrears: sheet.arrears,
        issued_on: date_number(sheet.issued_on),
        issued_by: sheet.issued_by.as_str().to_owned(),
        operator: Some(operator_to_pb(&sheet.operator)),
        seal_name: None,
        after_completion: sheet.after_completion,
    }
}
