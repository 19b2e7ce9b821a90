//! What this agency is: its name, keys, directory, calendar, limits and judgement. Fixed while the process runs.

use std::sync::Arc;

use crate::domain::calendar::Calendar;
use crate::domain::deadlines::Limits;
use crate::domain::decide::Rules;
use crate::domain::directory::Directory;
use crate::domain::handler::LocalHandler;
use crate::domain::ids::AgencyCode;
use crate::domain::time::Moment;
use crate::wire::AgencyKeys;

pub struct Site {
    pub us: AgencyCode,
    pub keys: AgencyKeys,
    pub directory: Directory,
    pub calendar: Calendar,
    pub limits: Limits,
    pub handler: Box<dyn LocalHandler>,
    /// The clock, given from outside: a test or the simulation brings its own.
    pub now: Arc<dyn Fn() -> Moment + Send + Sync>,
}

impl Site {
    pub fn rules(&self) -> Rules<'_> {
        Rules {
            us: &self.us,
            directory: &self.directory,
            calendar: &self.calendar,
            limits: &self.limits,
            handler: self.handler.as_ref(),
        }
    }

    pub fn now(&self) -> Moment {
        (self.now)()
    }
}
