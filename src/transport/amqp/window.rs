//! One window: publish all, await all confirms, match all returns. Never says "routed" on a confirm alone.
//!
//! The library hands a returned message to whichever confirm completes next, so a confirm's own message says nothing
//! about its letter; only the set of all returned ids, after all confirms, does.

use std::collections::BTreeSet;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

use lapin::options::BasicPublishOptions;
use lapin::{BasicProperties, Channel, Confirmation};

use super::super::topology::{CONTENT_TYPE, EXCHANGE, routing_key};
use super::super::{Letter, Published};
use crate::fault::{self, Canary, planted};

/// Why nothing is known about a whole window.
#[derive(Debug, thiserror::Error)]
pub(super) enum WindowFault {
    #[error("the publishing channel failed")]
    Library(#[from] lapin::Error),
    #[error("a returned message belongs to no letter of the window")]
    Unmatched,
}

const PERSISTENT: u8 = 2;

/// Not bounded here: the caller sets the limit, and gives the channel up if it is passed.
pub(super) async fn send(channel: &Channel, user: &str, letters: &[Letter]) -> Result<Vec<Published>, WindowFault> {
    // Mandatory: without it the broker confirms letters that reached no queue.
    let options = BasicPublishOptions { mandatory: true, immediate: false };
    let mut writing = Vec::with_capacity(letters.len());
    for letter in letters {
        let properties = BasicProperties::default()
            .with_delivery_mode(PERSISTENT)
            .with_message_id(letter.message_id.as_str().into())
            .with_user_id(user.into())
            .with_content_type(CONTENT_TYPE.into());
        let key = routing_key(&letter.sender, &letter.recipient);
        let publish = channel.basic_publish(EXCHANGE.into(), key.as_str().into(), options, &letter.frame, properties);
        let mut publish = Box::pin(publish);
        // The first poll puts the letter into the connection's queue: polled here, in order, all leave together.
        let first = first_poll(&mut publish).await;
        writing.push((publish, first));
        if writing.len() == letters.len().div_ceil(2) {
            fault::point("publish.half");
        }
    }
    let mut confirms = Vec::with_capacity(letters.len());
    for (publish, first) in writing {
        confirms.push(match first {
            Poll::Ready(confirm) => confirm?,
            Poll::Pending => publish.await?,
        });
    }
    fault::point("publish.written");
    let mut nacked = Vec::with_capacity(letters.len());
    let mut returned = BTreeSet::new();
    for confirm in confirms {
        let confirmation = confirm.await?;
        nacked.push(!matches!(confirmation, Confirmation::Ack(_)));
        if let Some(message) = confirmation.take_message() {
            returned.insert(id_of(&message.delivery.properties)?);
        }
    }
    // What the library could not hang on any confirm.
    for message in channel.wait_for_confirms().await? {
        returned.insert(id_of(&message.delivery.properties)?);
    }
    fault::point("publish.confirmed");
    judge(letters, &nacked, &returned)
}

/// Polls once, without waiting: the library queues a frame at the first poll.
pub(super) async fn first_poll<F: Future>(future: &mut Pin<Box<F>>) -> Poll<F::Output> {
    poll_fn(|context| Poll::Ready(future.as_mut().poll(context))).await
}

fn id_of(properties: &BasicProperties) -> Result<String, WindowFault> {
    properties.message_id().as_ref().map(|id| id.as_str().to_owned()).ok_or(WindowFault::Unmatched)
}

fn judge(letters: &[Letter], nacked: &[bool], returned: &BTreeSet<String>) -> Result<Vec<Published>, WindowFault> {
    let known: BTreeSet<&str> = letters.iter().map(|letter| letter.message_id.as_str()).collect();
    if returned.iter().any(|id| !known.contains(id.as_str())) {
        return Err(WindowFault::Unmatched);
    }
    let is_returned = |letter: &Letter| returned.contains(&letter.message_id) && !planted(Canary::TrustPlainAck);
    Ok(letters
        .iter()
        .zip(nacked)
        .map(|(letter, nacked)| match (is_returned(letter), nacked) {
            (true, _) => Published::Unroutable,
            (false, true) => Published::Unknown("NACKED: the recipient's queue takes nothing now".to_owned()),
            (false, false) => Published::Routed,
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letters() -> Vec<Letter> {
        ["a", "b", "c"]
            .map(|id| Letter {
                message_id: id.to_owned(),
                sender: "AGENCYA".to_owned(),
                recipient: "AGENCYB".to_owned(),
                frame: std::sync::Arc::from(&b"x"[..]),
            })
            .to_vec()
    }

    #[test]
    fn a_return_is_matched_by_its_id_wherever_the_library_hung_it() {
        let returned = BTreeSet::from(["b".to_owned()]);
        let outcomes = judge(&letters(), &[false, false, true], &returned).unwrap();
        assert_eq!(outcomes[..2], [Published::Routed, Published::Unroutable]);
        assert!(matches!(outcomes[2], Published::Unknown(_)));
    }

    #[test]
    fn a_return_of_no_letter_makes_the_whole_window_unknown() {
        let returned = BTreeSet::from(["z".to_owned()]);
        assert!(matches!(judge(&letters(), &[false; 3], &returned), Err(WindowFault::Unmatched)));
    }
}
