//! Queues that refuse every letter, and when the connection is replaced on their account.
//!
//! RabbitMQ 3.10 looks once per channel for the node that leads a quorum queue. A channel that first published to a queue
//! while the record still named a node that is gone has every letter for it refused until that node is back, although
//! the queue works and any new channel reaches it (newer versions ask anew). Seen from here it is a full queue; only
//! another channel tells them apart.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::super::{Letter, Published};

/// The longest pause between two replacements for the same queue: a full one stays full for days.
const LONGEST: Duration = Duration::from_secs(600);

/// The queues that refuse, by recipient; never more than there are agencies to write to.
pub(super) struct Refusals {
    /// How long a queue refuses before the connection is replaced; doubles with each replacement in vain.
    first: Duration,
    queues: BTreeMap<String, Refusal>,
}

struct Refusal {
    /// Since the first refusal, or since the connection was last replaced for it.
    since: Instant,
    replacements: u32,
}

impl Refusals {
    pub(super) fn new(first: Duration) -> Refusals {
        Refusals { first, queues: BTreeMap::new() }
    }

    /// Notes the broker's word on one window that was answered in full: a queue that has refused for too long, if the
    /// connection is to be replaced for it.
    pub(super) fn lasting(&mut self, now: Instant, letters: &[Letter], outcomes: &[Published]) -> Option<String> {
        let mut lasting = None;
        for (letter, outcome) in letters.iter().zip(outcomes) {
            if !matches!(outcome, Published::Unknown(_)) {
                self.queues.remove(&letter.recipient);
                continue;
            }
            let begins = Refusal { since: now, replacements: 0 };
            let refusal = self.queues.entry(letter.recipient.clone()).or_insert(begins);
            let pause = self.first.saturating_mul(1 << refusal.replacements.min(10)).min(LONGEST);
            if now.saturating_duration_since(refusal.since) >= pause {
                *refusal = Refusal { since: now, replacements: refusal.replacements + 1 };
                // One replacement serves all queues of the window that have refused for long enough.
                lasting.get_or_insert_with(|| letter.recipient.clone());
            }
        }
        lasting
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(recipients: &[(&str, bool)]) -> (Vec<Letter>, Vec<Published>) {
        let letter = |(recipient, _): &(&str, bool)| Letter {
            message_id: "m".to_owned(),
            sender: "AGENCYA".to_owned(),
            recipient: (*recipient).to_owned(),
            frame: std::sync::Arc::from(&b"x"[..]),
        };
        let outcome = |(_, takes): &(&str, bool)| {
            if *takes { Published::Routed } else { Published::Unknown("NACKED".to_owned()) }
        };
        (recipients.iter().map(letter).collect(), recipients.iter().map(outcome).collect())
    }

    #[test]
    fn a_queue_that_goes_on_refusing_has_the_connection_replaced_less_and_less_often() {
        let (mut refusals, begun) = (Refusals::new(Duration::from_secs(10)), Instant::now());
        let (letters, refused) = said(&[("B", false)]);
        let mut replaced = Vec::new();
        for second in 0..4_000 {
            if refusals.lasting(begun + Duration::from_secs(second), &letters, &refused).is_some() {
                replaced.push(second);
            }
        }
        assert_eq!(replaced, [10, 30, 70, 150, 310, 630, 1_230, 1_830, 2_430, 3_030, 3_630]);
    }

    #[test]
    fn a_letter_that_is_taken_ends_its_queues_refusal_and_no_others() {
        let (mut refusals, begun) = (Refusals::new(Duration::from_secs(10)), Instant::now());
        let (letters, both) = said(&[("B", false), ("C", false)]);
        assert_eq!(refusals.lasting(begun, &letters, &both), None);
        let (letters, one) = said(&[("B", true), ("C", false)]);
        assert_eq!(refusals.lasting(begun + Duration::from_secs(9), &letters, &one), None);
        let (letters, other) = said(&[("B", false)]);
        // That C has refused for long is no reason while nothing is written to it.
        assert_eq!(refusals.lasting(begun + Duration::from_secs(10), &letters, &other), None);
        assert_eq!(refusals.lasting(begun + Duration::from_secs(19), &letters, &other), None);
        let (letters, both) = said(&[("B", false), ("C", false)]);
        assert_eq!(refusals.lasting(begun + Duration::from_secs(19), &letters, &both).as_deref(), Some("C"));
        let (letters, other) = said(&[("B", false)]);
        assert_eq!(refusals.lasting(begun + Duration::from_secs(20), &letters, &other).as_deref(), Some("B"));
    }
}
