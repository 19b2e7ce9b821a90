//! Makes the final bytes of a message: sign the body with its context, then seal both to the recipient. What it makes
//! is stored and sent again as it is, never made a second time.

use std::fmt;

use super::content::ContentError;
use super::frame::{self, Frame, Inner, SCHEME_SINGLE};
use super::header::Header;
use super::suite::{self, Suite};
use super::{AgencyKeys, body};
use crate::domain::directory::{Agency, Directory, KeyId};
use crate::domain::ids::{AgencyCode, Digest, MessageId};
use crate::domain::message::{Body, Kind};
use crate::domain::time::Moment;

/// A message to be made.
#[derive(Debug, Clone)]
pub struct Outgoing {
    pub recipient: AgencyCode,
    /// UUIDv7.
    pub message_id: MessageId,
    pub body: Body,
    pub epoch: u32,
    pub lane: u32,
    /// From 1, gapless per (recipient, epoch, lane).
    pub seq: u64,
    pub created_at: Moment,
}

/// Everything the outbox keeps: the sender cannot open its own frame, and evidence needs the parts.
#[derive(Clone)]
pub struct Sealed {
    pub message_id: MessageId,
    pub recipient: AgencyCode,
    pub kind: Kind,
    pub header: Vec<u8>,
    pub sigblock: Vec<u8>,
    pub body: Vec<u8>,
    pub digest: Digest,
    pub frame: Vec<u8>,
}

// By hand: the body holds personal data.
impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed({} {} to {}, digest {})", self.kind.word(), self.message_id, self.recipient, self.digest)
    }
}

/// Why a message cannot be made. Trying again without a change cannot help.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    #[error(
        "收件机构 {0} 不在机构目录中；请核对机构代码或更新目录 · the directory has no agency {0}; check the code or update the directory"
    )]
    RecipientUnknown(AgencyCode),
    #[error("收件机构 {0} 已被暂停；请联系上级 · agency {0} is suspended; ask the registry")]
    RecipientSuspended(AgencyCode),
    #[error("不能向本机构自己发送 · a message cannot be sent to ourselves")]
    RecipientIsUs,
    #[error(
        "收件机构 {0} 没有有效的加密密钥；请其更新目录 · agency {0} has no valid sealing key; it must register one"
    )]
    NoSealingKey(AgencyCode),
    #[error("与收件机构 {0} 没有共同的算法套件 · agency {0} allows no suite that we have")]
    NoCommonSuite(AgencyCode),
    #[error(
        "本机构签名密钥 {0} 未登记或已失效；请更新目录或密钥 · our signing key {0} is not registered or not valid now; renew the directory or the key"
    )]
    OurKey(KeyId),
    #[error("消息内容不合规范，未发送：{} · the content breaks the rules, nothing was sent: {}", .0.chinese(), .0.english())]
    Content(#[source] ContentError),
    #[error("消息超过 262144 字节；请拆分 · the message is larger than 262144 bytes; split it")]
    TooLarge,
    #[error("密码运算失败；请检查目录中收件机构的密钥 · sealing failed; check the recipient's key in the directory")]
    Crypto(#[from] suite::CryptoError),
}

impl SealError {
    /// The stable word for the outbox and pages.
    pub fn code(&self) -> &'static str {
        match self {
            SealError::RecipientUnknown(_) => "recipient_unknown",
            SealError::RecipientSuspended(_) => "recipient_suspended",
            SealError::RecipientIsUs => "recipient_is_us",
            SealError::NoSealingKey(_) => "recipient_key",
            SealError::NoCommonSuite(_) => "recipient_suite",
            SealError::OurKey(_) => "our_key",
            SealError::Content(_) => "content",
            SealError::TooLarge => "too_large",
            SealError::Crypto(_) => "crypto",
        }
    }
}

/// Signs and seals. Safe from many threads at once; the frame differs at every call, all other parts do not.
pub fn seal(
    outgoing: &Outgoing,
    keys: &AgencyKeys,
    us: &AgencyCode,
    directory: &Directory,
) -> Result<Sealed, SealError> {
    let code = &outgoing.recipient;
    if code == us {
        return Err(SealError::RecipientIsUs);
    }
    let recipient = directory.agency(code).ok_or_else(|| SealError::RecipientUnknown(code.clone()))?;
    if recipient.suspended {
        return Err(SealError::RecipientSuspended(code.clone()));
    }
    let our_key = directory.agency(us).and_then(|we| we.signing_key(keys.sign.kid()));
    if !our_key.is_some_and(|key| key.is_valid(outgoing.created_at)) {
        return Err(SealError::OurKey(keys.sign.kid()));
    }
    let suite = common_suite(recipient, directory.agency(us)).ok_or_else(|| SealError::NoCommonSuite(code.clone()))?;
    let sealing_key = recipient.current_sealing_key(outgoing.created_at);
    let sealing_key = sealing_key.ok_or_else(|| SealError::NoSealingKey(code.clone()))?;

    let body = body::encode_body(&outgoing.body);
    // We never send what we would not take: our own mistake shows here, not as a refusal days later.
    body::decode_body(&body).map_err(SealError::Content)?;
    let header = Header {
        message_id: outgoing.message_id,
        sender: us.clone(),
        recipient: code.clone(),
        sender_kid: keys.sign.kid(),
        recipient_kid: sealing_key.kid,
        epoch: outgoing.epoch,
        lane: outgoing.lane,
        seq: outgoing.seq,
        created_at_ms: outgoing.created_at.0.div_euclid(1000),
        directory_version: directory.version,
    };
    let header = header.encode();
    Header::decode(&header).map_err(SealError::Content)?;

    let number = suite.number();
    let signature = suite.sign(&keys.sign, &frame::signed_bytes(number, &header, &body));
    let sigblock = [&[SCHEME_SINGLE], signature.as_slice()].concat();
    let digest = suite.hash(&frame::digest_bytes(number, &header, &sigblock, &body));
    let plain = Inner { sigblock: &sigblock, body: &body }.encode();
    let (enc, ct) = suite.seal(sealing_key.spki.as_bytes(), &frame::aad(number, &header), &plain)?;
    let frame = Frame { suite: number, header: &header, enc: &enc, ct: &ct }.encode().ok_or(SealError::TooLarge)?;
    Ok(Sealed {
        message_id: outgoing.message_id,
        recipient: code.clone(),
        kind: outgoing.body.form.kind(),
        header,
        sigblock,
        body,
        digest,
        frame,
    })
}

/// The first suite of the recipient's list that is allowed for us too and that this release has.
fn common_suite(recipient: &Agency, us: Option<&Agency>) -> Option<&'static dyn Suite> {
    let ours = &us?.suites;
    recipient.suites.iter().filter(|number| ours.contains(number)).find_map(|number| suite::suite(*number))
}
