//! Our own messages as a peer gives them back: believed only under our own signature, byte for byte.

use super::body::decode_body;
use super::frame::{self, SCHEME_SINGLE};
use super::header::Header;
use super::suite;
use crate::domain::directory::Directory;
use crate::domain::forms::EchoedMessage;
use crate::domain::ids::AgencyCode;
use crate::domain::restore::{Echoed, Said};
use crate::domain::time::Moment;

/// Every message of the echo, or nothing where one of them is not ours, not to this peer, belongs to no case or was never
/// signed by us. A key that has ended since still proves what it signed then.
pub fn own_words(
    messages: &[EchoedMessage],
    peer: &AgencyCode,
    us: &AgencyCode,
    directory: &Directory,
) -> Option<Vec<Echoed>> {
    messages.iter().map(|message| own_word(message, peer, us, directory)).collect()
}

fn own_word(message: &EchoedMessage, peer: &AgencyCode, us: &AgencyCode, directory: &Directory) -> Option<Echoed> {
    let header = Header::decode(&message.header).ok()?;
    if header.sender != *us || header.recipient != *peer || header.message_id != message.receipt.message_id {
        return None;
    }
    let we = directory.agency(us)?;
    let key = we.signing_key(header.sender_kid)?;
    let (scheme, signature) = message.sigblock.split_first()?;
    if *scheme != SCHEME_SINGLE {
        return None;
    }
    // The frame named the suite, and the frame is gone: its digest tells which it was.
    let is_signed = we.suites.iter().filter_map(|number| suite::suite(*number)).any(|suite| {
        let (header, body) = (&message.header, &message.body);
        let digest = suite.hash(&frame::digest_bytes(suite.number(), header, &message.sigblock, body));
        let signed = frame::signed_bytes(suite.number(), header, body);
        digest == message.receipt.digest && suite.verify(key.spki.as_bytes(), &signed, signature).is_ok()
    });
    if !is_signed {
        return None;
    }
    let body = decode_body(&message.body).ok()?;
    body.case_id?;
    Some(Echoed {
        epoch: header.epoch,
        lane: header.lane,
        seq: header.seq,
        created_at: Moment(header.created_at_ms.checked_mul(1000)?),
        header: message.header.clone(),
        sigblock: message.sigblock.clone(),
        body: message.body.clone(),
        said: Said { id: header.message_id, peer: peer.clone(), body, receipt: message.receipt.clone() },
    })
}
