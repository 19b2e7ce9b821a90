//! Two agencies as pure values: what each knows, and what it decides. No database, no broker, no sealing.

use std::sync::Arc;

use jiexu::domain::act::Act;
use jiexu::domain::calendar::Calendar;
use jiexu::domain::case::Case;
use jiexu::domain::changes::Changes;
use jiexu::domain::deadlines::Limits;
use jiexu::domain::decide::decide;
use jiexu::domain::event::{Event, Mint, What};
use jiexu::domain::ids::{CaseId, Digest, MessageId};
use jiexu::domain::known::{Known, Sent};
use jiexu::domain::message::{Body, Kind, Received};
use jiexu::domain::notice::Milestone;
use jiexu::domain::steps::{Steps, Way};
use jiexu::domain::time::Moment;
use jiexu::flow::site::Site;
use jiexu::handlers::{Conditions, EmbeddedRegister};
use uuid::Uuid;

use crate::support::people::{AGENCIES, code, directory, keys_of};
use crate::support::world::START;

/// Places in `AGENCIES`.
pub const OUT: usize = 0;
pub const IN: usize = 1;

#[derive(Clone)]
pub struct Counting {
    last: u128,
    /// The next case is the story's own, whichever side begins it.
    begins: bool,
}

/// The case that every story is about.
pub const FIRST: CaseId = CaseId(Uuid::from_u128(0xca5e));

impl Mint for Counting {
    fn message_id(&mut self, _: Moment) -> MessageId {
        self.last += 1;
        MessageId(Uuid::from_u128(self.last))
    }
    fn case_id(&mut self, _: Moment) -> CaseId {
        if std::mem::take(&mut self.begins) {
            return FIRST;
        }
        self.last += 1;
        CaseId(Uuid::from_u128(self.last))
    }
}

pub fn digest_of(id: MessageId) -> Digest {
    let mut digest = [0; 32];
    digest[..16].copy_from_slice(id.0.as_bytes());
    Digest(digest)
}

/// A message's own digest, or one of the event's name.
pub fn digest(what: &What, name: &str) -> Digest {
    if let What::Message(received) = what {
        return received.digest;
    }
    let mut digest = [7; 32];
    for (place, byte) in name.bytes().take(32).enumerate() {
        digest[place] = byte;
    }
    Digest(digest)
}

pub fn message(sender: usize, number: usize, body: Body) -> What {
    let id = MessageId(Uuid::from_u128((sender as u128 + 5) << 100 | number as u128));
    What::Message(Box::new(Received { id, sender: code(AGENCIES[sender].0), digest: digest_of(id), body }))
}

#[derive(Clone)]
pub struct Desk {
    known: Known,
    mint: Counting,
    site: Arc<Site>,
    last: Option<CaseId>,
    /// Every step on the way here, and every milestone told.
    pub steps: Vec<Case>,
    pub told: Vec<(Milestone, u32)>,
}

impl Desk {
    pub fn new(role: usize) -> Desk {
        Desk::with_steps(role, Steps::default())
    }

    /// Every step waits for a person.
    pub fn reviewing(role: usize) -> Desk {
        Desk::with_steps(role, Steps::all(Way::Review))
    }

    /// Some of the steps wait for a person.
    pub fn with_steps(role: usize, steps: Steps) -> Desk {
        let keys: Vec<_> = (0..AGENCIES.len()).map(keys_of).collect();
        let directory = directory(&keys);
        let conditions = Conditions { return_on_arrears: true, return_on_open_claims: true };
        let site = Arc::new(Site {
            us: code(AGENCIES[role].0),
            keys: keys_of(role),
            directory,
            calendar: tokio::sync::watch::Sender::new(Calendar::shipped()),
            limits: Limits::default(),
            steps,
            handler: Box::new(EmbeddedRegister::new(conditions)),
            now: Arc::new(|| START),
        });
        Desk {
            known: Known::default(),
            mint: Counting { last: (role as u128 + 1) << 64, begins: false },
            site,
            last: None,
            steps: vec![],
            told: vec![],
        }
    }

    pub fn now(&self) -> Moment {
        START
    }

    pub fn parts(&mut self, what: &What) -> (&mut Known, &mut Counting, &Site) {
        let is_ours = match what {
            What::Application(application) => self.site.us == code(AGENCIES[IN].0) || application.incoming.is_some(),
            What::Payout(_) => true,
            _ => false,
        };
        self.mint.begins = is_ours && self.known.case(FIRST).is_none();
        (&mut self.known, &mut self.mint, &self.site)
    }

    pub fn case(&self) -> Option<&Case> {
        self.known.case(self.last?)
    }

    pub fn take(&mut self, name: &str, what: What) -> Vec<Body> {
        let what = match (what, self.case()) {
            (What::Act(act), Some(case)) => What::Act(Act { version: case.version, ..act }),
            (what, _) => what,
        };
        let actor = if name == "another confirms" { "another" } else { "test" };
        let event = Event { at: START, actor: actor.into(), digest: digest(&what, name), what };
        self.decide(&event).drafts.into_iter().map(|draft| draft.body).collect()
    }

    /// Decides one event, and remembers what was sent.
    pub fn decide(&mut self, event: &Event) -> Changes {
        let (known, mint, site) = self.parts(&event.what);
        let changes = decide(event, known, &site.rules(&site.calendar()), mint);
        if let Some(case) = changes.cases.last() {
            self.last = Some(case.id);
        }
        self.steps.extend(changes.cases.iter().cloned());
        self.told.extend(changes.notices.iter().map(|notice| (notice.milestone, notice.round)));
        for draft in &changes.drafts {
            let sent = Sent {
                recipient: draft.recipient.clone(),
                digest: digest_of(draft.id),
                kind: draft.body.form.kind(),
                case: draft.body.case_id,
                closed: false,
            };
            self.known.outbox.insert(draft.id, sent);
        }
        changes
    }

    /// The register of another desk.
    pub fn with(mut self, other: &Desk) -> Desk {
        self.known = other.known.clone();
        self
    }

    pub fn reviewed(&self) -> Steps {
        self.site.steps
    }

    pub fn known(&self) -> &Known {
        &self.known
    }

    pub fn sent(&self, kind: Kind) -> MessageId {
        *self.known.outbox.iter().find(|(_, sent)| sent.kind == kind).expect("it was sent").0
    }
}
