//! Tasks in a commit: what begins or stops waiting for a person, and whose hands it is in.

use super::{Rows, Writing};
use crate::store::engine::{self, Value};
use crate::store::rows::case_bytes;
use crate::store::{StoreError, sql};

impl<'a> Writing<'a> {
    pub(super) async fn tasks(&mut self) -> Result<(), StoreError> {
        for task in self.changes().flat_map(|changes| &changes.tasks) {
            if task.open {
                let row = vec![
                    Value::text(task.task.clone()),
                    task.round.into(),
                    Value::text(task.kind),
                    Value::maybe(task.case, case_bytes),
                    Value::maybe(task.line.as_ref(), |line| Value::text(line.clone())),
                    Value::maybe(task.detail.as_ref(), |detail| Value::text(detail.clone())),
                    self.batch.at.0.into(),
                ];
                self.insert(sql::TASKS_OPEN, vec![row]).await?;
            } else {
                let values = vec![Value::text(task.task.clone()), task.round.into(), self.batch.at.0.into()];
                engine::execute(self.connection, sql::TASKS_CLOSE, values).await?;
            }
        }
        Ok(())
    }

    pub(super) async fn line_acts(&mut self) -> Result<(), StoreError> {
        let mut rows: Rows<'a> = Vec::new();
        for decided in &self.batch.decided {
            for act in &decided.changes.line_acts {
                rows.push(vec![
                    Value::text(act.line.as_str()),
                    act.n.into(),
                    Value::text(act.verb.word()),
                    Value::text(act.stage.word()),
                    decided.event.at.0.into(),
                    Value::text(act.actor.as_str()),
                    Value::maybe(act.proposed_by.as_deref(), Value::text),
                    Value::text(act.reason.0.as_str()),
                ]);
            }
        }
        self.insert(sql::LINE_ACTS_ADD, rows).await?;
        Ok(())
    }

    pub(super) async fn task_acts(&mut self) -> Result<(), StoreError> {
        let mut rows: Rows<'a> = Vec::new();
        for decided in &self.batch.decided {
            for act in &decided.changes.task_acts {
                rows.push(vec![
                    Value::text(act.task.as_str()),
                    act.round.into(),
                    act.n.into(),
                    Value::text(act.verb),
                    decided.event.at.0.into(),
                    Value::text(act.actor.as_str()),
                    Value::maybe(act.assignee.as_deref(), Value::text),
                    Value::text(act.reason.0.as_str()),
                ]);
            }
        }
        self.insert(sql::TASK_ACTS_ADD, rows).await?;
        for act in self.changes().flat_map(|changes| &changes.task_acts) {
            let assignee = Value::maybe(act.assignee.as_deref(), Value::text);
            let values = vec![Value::text(act.task.as_str()), act.round.into(), assignee];
            engine::execute(self.connection, sql::TASKS_ASSIGN, values).await?;
        }
        Ok(())
    }
}
