//! 催办, 延期说明, 内容说明/答复, 进度查询 and 进度通报.

use super::common::{operator, operator_to_pb, reason, reason_to_pb};
use super::field::{
    Read, date, date_if_any, date_number, message_id, missing, moment, needed, text, text_if_any, word_if_any, wrong,
};
use crate::domain::forms::{
    CaseStep, Clarification, DelayNotice, ProgressQuery, ProgressReport, Reminder, TrackProgress, WaitingFor,
};
use crate::domain::ids::LetterNo;
use crate::wire::pb;

fn letter_no(value: Option<&str>) -> Read<Option<LetterNo>> {
    word_if_any("letter_no", value, LetterNo::new)
}

fn letter_no_to_pb(letter_no: Option<&LetterNo>) -> Option<String> {
    letter_no.map(|no| no.as_str().to_owned())
}

fn step(value: i32) -> Read<CaseStep> {
    needed("step", CaseStep::from_number(value))
}

pub fn reminder(value: pb::Reminder) -> Read<Reminder> {
    if !(1..=3).contains(&value.level) {
        return wrong("level", "a level is 1, 2 or 3");
    }
    Ok(Reminder {
        letter_no: letter_no(value.letter_no.as_deref())?,
        step: step(value.step)?,
        due_on: date("due_on", value.due_on)?,
        overdue: value.overdue_working_days,
        level: value.level,
        text: text_if_any("text", value.text)?,
    })
}

pub fn reminder_to_pb(form: &Reminder) -> pb::Reminder {
    pb::Reminder {
        letter_no: letter_no_to_pb(form.letter_no.as_ref()),
        step: form.step.number(),
        due_on: date_number(form.due_on),
        overdue_working_days: form.overdue,
        level: form.level,
        text: form.text.clone(),
    }
}

pub fn delay_notice(value: pb::DelayNotice) -> Read<DelayNotice> {
    Ok(DelayNotice {
        letter_no: letter_no(value.letter_no.as_deref())?,
        step: step(value.step)?,
        reason: text("reason", value.reason)?,
        expected_on: date("expected_on", value.expected_on)?,
        operator: operator(value.operator)?,
    })
}

pub fn delay_notice_to_pb(form: &DelayNotice) -> pb::DelayNotice {
    pb::DelayNotice {
        letter_no: letter_no_to_pb(form.letter_no.as_ref()),
        step: form.step.number(),
        reason: form.reason.clone(),
        expected_on: date_number(form.expected_on),
        operator: Some(operator_to_pb(&form.operator)),
    }
}

pub fn clarification(value: pb::Clarification) -> Read<Clarification> {
    Ok(Clarification {
        letter_no: letter_no(value.letter_no.as_deref())?,
        is_answer: value.is_answer,
        about: value.about.as_deref().map(|id| message_id("about", id)).transpose()?,
        field: text_if_any("field", value.field)?,
        text: text("text", value.text)?,
        operator: operator(value.operator)?,
    })
}

pub fn clarification_to_pb(form: &Clarification) -> pb::Clarification {
    pb::Clarification {
        letter_no: letter_no_to_pb(form.letter_no.as_ref()),
        is_answer: form.is_answer,
        about: form.about.map(|id| id.0.as_bytes().to_vec()),
        field: form.field.clone(),
        text: form.text.clone(),
        operator: Some(operator_to_pb(&form.operator)),
    }
}

pub fn progress_query(value: pb::ProgressQuery) -> Read<ProgressQuery> {
    Ok(ProgressQuery { letter_no: letter_no(value.letter_no.as_deref())?, text: text_if_any("text", value.text)? })
}

pub fn progress_query_to_pb(form: &ProgressQuery) -> pb::ProgressQuery {
    pb::ProgressQuery { letter_no: letter_no_to_pb(form.letter_no.as_ref()), text: form.text.clone() }
}

fn track(field: &str, value: Option<pb::TrackProgress>) -> Read<Option<TrackProgress>> {
    value.map(track_inner).transpose().map_err(|error| error.within(field))
}

fn track_inner(value: pb::TrackProgress) -> Read<TrackProgress> {
    let waiting_for = match pb::WaitingFor::try_from(value.waiting_for) {
        Ok(pb::WaitingFor::Nobody) => WaitingFor::Nobody,
        Ok(pb::WaitingFor::IncomingAgency) => WaitingFor::IncomingAgency,
        Ok(pb::WaitingFor::OutgoingAgency) => WaitingFor::OutgoingAgency,
        Ok(pb::WaitingFor::Bank) => WaitingFor::Bank,
        Ok(pb::WaitingFor::Person) => WaitingFor::Person,
        Ok(pb::WaitingFor::Unspecified) | Err(_) => return missing("waiting_for"),
    };
    // It is shown as a word of ours: nothing but a word may stand there.
    if !value.state.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_') {
        return wrong("state", "a state is a word in capitals");
    }
    Ok(TrackProgress {
        state: text("state", value.state)?,
        since: moment("since_us", value.since_us)?,
        due_on: date_if_any("due_on", value.due_on)?,
        waiting_for,
    })
}

fn track_to_pb(track: &TrackProgress) -> pb::TrackProgress {
    let waiting_for = match track.waiting_for {
        WaitingFor::Nobody => pb::WaitingFor::Nobody,
        WaitingFor::IncomingAgency => pb::WaitingFor::IncomingAgency,
        WaitingFor::OutgoingAgency => pb::WaitingFor::OutgoingAgency,
        WaitingFor::Bank => pb::WaitingFor::Bank,
        WaitingFor::Person => pb::WaitingFor::Person,
    };
    pb::TrackProgress {
        state: track.state.clone(),
        since_us: track.since.0,
        due_on: track.due_on.map(date_number),
        waiting_for: waiting_for.into(),
    }
}

pub fn progress_report(value: pb::ProgressReport) -> Read<ProgressReport> {
    let number = |(index, item)| reason(item).map_err(|error| error.within(&format!("reasons[{index}]")));
    Ok(ProgressReport {
        letter_no: letter_no(value.letter_no.as_deref())?,
        known: value.known,
        relation: track("relation", value.relation)?,
        money: track("money", value.money)?,
        reasons: value.reasons.into_iter().enumerate().map(number).collect::<Read<_>>()?,
    })
}

pub fn progress_report_to_pb(form: &ProgressReport) -> pb::ProgressReport {
    pb::ProgressReport {
        letter_no: letter_no_to_pb(form.letter_no.as_ref()),
        known: form.known,
        relation: form.relation.as_ref().map(track_to_pb),
        money: form.money.as_ref().map(track_to_pb),
        last_received: None,
        reasons: form.reasons.iter().map(reason_to_pb).collect(),
    }
}
