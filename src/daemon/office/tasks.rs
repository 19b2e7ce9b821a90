//! Tasks: who has them in hand, until when, and what may be decided.

use serde_json::{Value, json};

use super::{Failure, Office, document, not_found, outcomes};
use crate::domain::act::Why;
use crate::domain::event::What;
use crate::domain::task::{TaskAct, TaskVerb};
use crate::store::views::TaskQuery;

impl Office {
    pub(super) async fn tasks(&self, query: &TaskQuery) -> Result<Value, Failure> {
        let site = &self.clerk.site;
        document(self.views.tasks(query, &site.calendar(), site.now().china_date()).await?)
    }

    /// A task goes to somebody, as the person saw it a moment ago.
    pub(super) async fn task(&self, actor: &str, name: &str, verb: TaskVerb, reason: String) -> Result<Value, Failure> {
        let mut found = self.views.tasks_called(name).await?.into_iter();
        let (Some(task), another) = (found.next(), found.next()) else { return Err(not_found("task")) };
        if let Some(another) = another {
            let text = format!(
                "有多个待办叫这个名字，请写全名：{} {} / several tasks are called so; give the whole name",
                task.task, another.task
            );
            return Err(Failure::new("TASK_AMBIGUOUS", text));
        }
        let act = TaskAct { task: task.task.clone(), round: task.round, seen: task.acts, verb, reason: Why(reason) };
        let done = self.clerk.act(actor, vec![What::Task(act)]).await?;
        Ok(json!({ "outcome": outcomes(&done).first(), "task": task.task }))
    }
}
