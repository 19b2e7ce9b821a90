//! While what a restore lost is rebuilt: who is not listened to yet, which decisions are not kept, and which messages come
//! from a time that their sender has forgotten.

use std::collections::HashMap;

use tracing::warn;

use super::Input;
use super::work::Item;
use crate::domain::changes::{Changes, Declined, Outcome};
use crate::domain::decide::{restore_differs, restore_waits};
use crate::domain::event::What;
use crate::domain::forms::PeerNotice;
use crate::domain::ids::AgencyCode;
use crate::domain::known::Known;
use crate::domain::message::{Form, Kind};
use crate::domain::restore::{Rebuilding, RestoredPeer};
use crate::wire::{self, Opened};

/// What one event comes to while something is rebuilt.
pub(super) enum Kept {
    Yes,
    /// A local event: declined in words.
    Declined(Declined),
    /// A message: not taken and not receipted, so that its sender sends it again.
    NotTaken,
}

/// Of an input, before anything is looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hearing {
    Taken,
    /// Its sender has not told us our own words yet.
    Later,
    /// Said in a time that its sender has forgotten.
    Forgotten,
}

pub(super) struct Rebuild {
    pub(super) own: Rebuilding,
    /// The last restore of each peer that had one.
    pub(super) peers: HashMap<AgencyCode, RestoredPeer>,
}

impl Rebuild {
    pub(super) fn hears(&self, input: &Input) -> Hearing {
        let Input::Opened { opened, .. } = input else { return Hearing::Taken };
        if self.peers.get(&opened.header.sender).is_some_and(|peer| is_forgotten(peer, opened)) {
            return Hearing::Forgotten;
        }
        let is_about_it = opened.body.as_ref().is_ok_and(|body| {
            matches!(&body.form, Form::PeerNotice(notice)
                if matches!(**notice, PeerNotice::Restored(_) | PeerNotice::Echo(_)))
        });
        if self.own.unheard.contains(&opened.header.sender) && !is_about_it { Hearing::Later } else { Hearing::Taken }
    }

    /// Our own words inside the echoes of a batch, each verified.
    pub(super) fn read_echoes(
        &self,
        items: &[Item],
        known: &mut Known,
        us: &AgencyCode,
        directory: &crate::domain::directory::Directory,
    ) {
        for item in items {
            let What::Message(received) = &item.event.what else { continue };
            let Form::PeerNotice(notice) = &received.body.form else { continue };
            let PeerNotice::Echo(echo) = &**notice else { continue };
            match wire::own_words(&echo.messages, &received.sender, us, directory) {
                Some(messages) => drop(known.echoes.insert(received.id, messages)),
                None => {
                    warn!(code = "ECHO_NOT_OURS", sender = %received.sender, message = %received.id, "对方回传的消息不是本机构所签，已拒绝 / an echo holds what we never signed and is refused");
                }
            }
        }
    }

    /// Whether a decision may be kept.
    pub(super) fn keeps(&self, item: &Item, changes: &Changes) -> Kept {
        let goes_unheard = changes
            .drafts
            .iter()
            .any(|draft| draft.body.form.kind() != Kind::PeerNotice && self.own.unheard.contains(&draft.recipient));
        let declined = match &changes.differs {
            Some(differs) => {
                warn!(code = "RESTORE_DIFFERS", case = %differs.case, said = differs.kind.word(), event = item.event.what.word(), "与恢复前发出的消息不同，未办理 / it differs from what was said before the restore and is not done");
                restore_differs()
            }
            None if goes_unheard => restore_waits(),
            None => return Kept::Yes,
        };
        if matches!(item.event.what, What::Message(_) | What::Seen { .. }) {
            Kept::NotTaken
        } else {
            Kept::Declined(declined)
        }
    }
}

pub(super) fn declined(declined: Declined, known: &Known) -> Changes {
    let mut changes = Changes::none(Outcome::Declined(declined));
    (changes.letters_made, changes.sheets_made) = (known.letters_made, known.sheets_made);
    changes
}

fn is_forgotten(peer: &RestoredPeer, opened: &Opened) -> bool {
    let (epoch, lane, seq) = (opened.header.epoch, opened.header.lane, opened.header.seq);
    epoch < peer.epoch && !peer.said.iter().any(|range| range.holds(epoch, lane, seq))
}
