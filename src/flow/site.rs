//! What this agency is: its name, keys, directory, limits and judgement, fixed while the process runs; and the calendar,
//! which grows by a year when somebody imports one.

use std::sync::Arc;

use tokio::sync::watch;

use crate::domain::calendar::Calendar;
use crate::domain::deadlines::Limits;
use crate::domain::decide::Rules;
use crate::domain::directory::Directory;
use crate::domain::handler::LocalHandler;
use crate::domain::ids::AgencyCode;
use crate::domain::steps::Steps;
use crate::domain::time::Moment;
use crate::wire::AgencyKeys;

pub struct Site {
    pub us: AgencyCode,
    pub keys: AgencyKeys,
    pub directory: Directory,
    /// Replaced whole, by the pipeline, once a new year is durable.
    pub calendar: watch::Sender<Calendar>,
    pub limits: Limits,
    /// Which steps wait for a person.
    pub steps: Steps,
    pub handler: Box<dyn LocalHandler>,
    /// The clock, given from outside: a test or the simulation brings its own.
    pub now: Arc<dyn Fn() -> Moment + Send + Sync>,
}

impl Site {
    /// The calendar as it is known now.
    pub fn calendar(&self) -> Calendar {
        self.calendar.borrow().clone()
    }

    /// One batch is decided by one calendar.
    pub fn rules<'a>(&'a self, calendar: &'a Calendar) -> Rules<'a> {
        Rules {
            us: &self.us,
            directory: &self.directory,
            calendar,
            limits: &self.limits,
            steps: &self.steps,
            handler: self.handler.as_ref(),
        }
    }

    pub fn now(&self) -> Moment {
        (self.now)()
    }
}
