//! Opens a received frame: cheap checks first, each with its own reason, and nothing believed before the signature.
//! Whether the bytes or the message id were seen before is asked by the caller, who has the database.

use std::fmt;

use super::AgencyKeys;
use super::body::decode_body;
use super::content::ContentError;
use super::frame::{self, Frame, FrameError, Inner, SCHEME_SINGLE};
use super::header::Header;
use super::suite;
use super::unopened::{Cause, Unopened};
use crate::domain::directory::{Agency, AgencyKey, Directory};
use crate::domain::ids::{AgencyCode, Digest};
use crate::domain::message::Body;
use crate::domain::time::Moment;

/// A sender's clock may be this much ahead before it is remarked.
const CLOCK_AHEAD_MS: i64 = 10 * 60 * 1000;

/// What the broker said about a delivery. A cheap first gate; the signature decides.
#[derive(Debug, Clone, Copy)]
pub struct Routed<'a> {
    /// `<from>.<to>`
    pub routing_key: &'a str,
    pub user_id: Option<&'a str>,
    pub carbon_copied: bool,
}

/// A message whose sender is verified. The bytes are the received ones: store these.
#[derive(Clone)]
pub struct Opened {
    pub suite: u8,
    pub header: Header,
    pub header_bytes: Vec<u8>,
    pub sigblock: Vec<u8>,
    pub body_bytes: Vec<u8>,
    pub digest: Digest,
    /// A body that breaks the rules is still a verified message: it is kept and answered with a refusal.
    pub body: Result<Body, ContentError>,
    /// Made more than ten minutes ahead of our clock: taken, but one of the two clocks is wrong.
    pub created_in_future: bool,
}

// By hand: the body holds personal data.
impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Opened({} from {}, digest {})", self.header.message_id, self.header.sender, self.digest)
    }
}

/// Checks in the order of the contract: size, magic and suite, header, recipient, routing, sender, keys, seal,
/// padding, signature, strict body scan. Safe from many threads at once.
pub fn open(
    frame: &[u8],
    context: &Routed<'_>,
    keys: &AgencyKeys,
    us: &AgencyCode,
    directory: &Directory,
    now: Moment,
) -> Result<Opened, Unopened> {
    let frame = Frame::parse(frame).map_err(|error| Unopened::of_frame(error, None))?;
    if !suite::is_assigned(frame.suite) {
        return Err(Unopened::new(Cause::SuiteUnknown, None));
    }
    let header = Header::decode(frame.header).map_err(|error| Unopened::of_header(&error))?;
    let fail = |cause| Unopened::new(cause, Some(&header));
    check_routing(&header, context, us).map_err(fail)?;
    let created_at = created_at(&header).ok_or_else(|| fail(Cause::CreatedAt))?;
    let sender = sender(&header, directory).map_err(fail)?;
    let we = directory.agency(us);
    if !sender.suites.contains(&frame.suite) || we.is_some_and(|we| !we.suites.contains(&frame.suite)) {
        return Err(fail(Cause::SuiteNotAllowed));
    }
    let suite = suite::suite(frame.suite).ok_or_else(|| fail(Cause::SuiteUnknown))?;
    let sender_key = sender_key(&header, sender, directory, now).map_err(fail)?;
    let sealing_key = keys.sealing_key(header.recipient_kid).ok_or_else(|| {
        let was_ours = we.is_some_and(|we| we.key(header.recipient_kid).is_some());
        fail(if was_ours { Cause::KeyGone } else { Cause::RecipientKid })
    })?;

    let aad = frame::aad(frame.suite, frame.header);
    let plain = suite.open(sealing_key, frame.enc, &aad, frame.ct).map_err(|_| fail(Cause::Crypto))?;
    let inner = Inner::parse(&plain).map_err(|error| match error {
        // The seal was whole, so nothing was cut off on the way: the sender made it so.
        FrameError::Truncated(what) => Unopened::of_frame(FrameError::Length(what), Some(&header)),
        error => Unopened::of_frame(error, Some(&header)),
    })?;
    let (scheme, signature) = inner.sigblock.split_first().ok_or_else(|| fail(Cause::Frame))?;
    if *scheme != SCHEME_SINGLE {
        return Err(fail(Cause::SchemeUnknown));
    }
    let signed = frame::signed_bytes(frame.suite, frame.header, inner.body);
    suite.verify(sender_key.spki.as_bytes(), &signed, signature).map_err(|_| fail(Cause::Crypto))?;

    let digest = suite.hash(&frame::digest_bytes(frame.suite, frame.header, inner.sigblock, inner.body));
    Ok(Opened {
        suite: frame.suite,
        header_bytes: frame.header.to_vec(),
        sigblock: inner.sigblock.to_vec(),
        body_bytes: inner.body.to_vec(),
        digest,
        body: decode_body(inner.body),
        created_in_future: created_at.ms_since(now) > CLOCK_AHEAD_MS,
        header,
    })
}

/// The broker's routing must agree with the header: CC headers pass topic rights, so routing alone proves nothing.
fn check_routing(header: &Header, context: &Routed<'_>, us: &AgencyCode) -> Result<(), Cause> {
    if header.recipient != *us {
        return Err(Cause::NotForUs);
    }
    if header.sender == *us {
        return Err(Cause::SenderIsUs);
    }
    if context.carbon_copied {
        return Err(Cause::CarbonCopy);
    }
    if context.routing_key.split_once('.') != Some((header.sender.as_str(), us.as_str())) {
        return Err(Cause::RoutingKey);
    }
    if context.user_id != Some(header.sender.as_str()) {
        return Err(Cause::UserId);
    }
    Ok(())
}

/// Old moments are fine, a message may have waited; those before 1970 or outside the calendar cannot be.
fn created_at(header: &Header) -> Option<Moment> {
    if header.created_at_ms < 0 {
        return None;
    }
    header.created_at_ms.checked_mul(1000).map(Moment)
}

fn sender<'d>(header: &Header, directory: &'d Directory) -> Result<&'d Agency, Cause> {
    let sender = directory.agency(&header.sender).ok_or(Cause::SenderUnknown)?;
    if sender.suspended { Err(Cause::SenderSuspended) } else { Ok(sender) }
}

/// The sender's key, valid now: what a revoked or expired key signed is refused whatever time its header claims.
fn sender_key<'d>(
    header: &Header,
    sender: &'d Agency,
    directory: &Directory,
    now: Moment,
) -> Result<&'d AgencyKey, Cause> {
    let Some(key) = sender.signing_key(header.sender_kid) else {
        let owner = directory.owner_of(header.sender_kid);
        let is_foreign = owner.is_some_and(|owner| owner.code != sender.code);
        return Err(if is_foreign { Cause::KidOfAnother } else { Cause::KidUnknown });
    };
    if key.is_revoked(now) {
        Err(Cause::KidRevoked)
    } else if now < key.not_before {
        Err(Cause::KidNotYetValid)
    } else if now > key.not_after {
        Err(Cause::KidExpired)
    } else {
        Ok(key)
    }
}
