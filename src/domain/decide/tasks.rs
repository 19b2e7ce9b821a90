//! 指派待办: who has a task in hand. Moves no case and decides nothing about it.

use super::act::check_words;
use super::desk::Desk;
use crate::domain::changes::Declined;
use crate::domain::task::{NAME_MAX, TaskAct, TaskHeld, TaskRecord, TaskVerb};

/// One act on the desk; a declined one changes nothing.
pub fn act(desk: &mut Desk<'_>, actor: &str, act: &TaskAct) {
    match taken(desk, actor, act) {
        Ok(record) => desk.changes.task_acts.push(record),
        Err(declined) => desk.decline(declined),
    }
}

fn taken(desk: &mut Desk<'_>, actor: &str, act: &TaskAct) -> Result<TaskRecord, Declined> {
    check_words(actor, &act.reason)?;
    let held = waiting(desk, act)?;
    let assignee = match &act.verb {
        TaskVerb::Assign { to } => Some(checked(to)?),
        TaskVerb::Take => Some(checked(actor)?),
        TaskVerb::Release => None,
    };
    match (&act.verb, &held.assignee) {
        (TaskVerb::Release, None) => {
            return Err(Declined::new("TASK_UNASSIGNED", "该待办无人认领，无须退回", "nobody has this task in hand"));
        }
        // Whoever wants it from somebody says so: assign, or let that person release it.
        (TaskVerb::Take, Some(_)) => return Err(is_taken()),
        (TaskVerb::Assign { .. }, holder) if *holder == assignee => return Err(is_taken()),
        _ => {}
    }
    desk.changes.case = held.case;
    desk.changes.note = Some(assignee.clone().unwrap_or_else(|| "-".to_owned()));
    let n = held.acts + 1;
    desk.known.held.insert(act.task.clone(), TaskHeld { assignee: assignee.clone(), acts: n, ..held });
    Ok(TaskRecord {
        task: act.task.clone(),
        round: act.round,
        n,
        verb: act.verb.word(),
        actor: actor.to_owned(),
        assignee,
        reason: act.reason.clone(),
    })
}

/// The task, if it still waits and is as the person saw it.
fn waiting(desk: &Desk<'_>, act: &TaskAct) -> Result<TaskHeld, Declined> {
    let (Some(held), Some(round)) = (desk.known.held.get(&act.task), desk.known.tasks.get(&act.task)) else {
        return Err(Declined::new("TASK_UNKNOWN", "没有这个待办；请核对编号", "there is no such task; check its name"));
    };
    if round.round == act.round && !round.open {
        return Err(Declined::new("TASK_CLOSED", "该待办已办结", "this task is done"));
    }
    if (round.round, held.round, held.acts) != (act.round, act.round, act.seen) {
        return Err(Declined::new(
            "TASK_MOVED",
            "该待办在您查看之后有变化，未作更改；请重新查看",
            "the task has changed since you looked; nothing was done: look again",
        ));
    }
    Ok(held.clone())
}

fn is_taken() -> Declined {
    Declined::new(
        "TASK_TAKEN",
        "该待办已有人认领；需换人请指派（assign）或由其退回（release）",
        "somebody has this task in hand; assign it, or have it released",
    )
}

/// A named person, never the system.
fn checked(name: &str) -> Result<String, Declined> {
    let name = name.trim();
    let length = name.chars().count();
    if length == 0 || length > NAME_MAX || name.chars().any(char::is_control) || name.starts_with("system:") {
        return Err(Declined::new(
            "ASSIGNEE",
            "必须写明承办人姓名或工号，至多 64 字",
            "name the person, in at most 64 characters",
        ));
    }
    Ok(name.to_owned())
}
