//! Why a frame could not be opened and verified. Such bytes become a dead letter: kept for ever, shown with this
//! reason, never answered, because nobody is proven to have sent them.

use std::fmt;

use super::content::{ContentError, Fault};
use super::frame::FrameError;
use super::header::Header;
use crate::domain::ids::AgencyCode;

/// One row a cause: variant, stable code, alarm, 中文, English; both texts say what to do next.
macro_rules! causes {
    ($($variant:ident = $code:literal, $alarm:literal, $zh:literal, $en:literal;)+) => {
        /// The first check that failed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Cause { $($variant,)+ }

        impl Cause {
            pub const ALL: &'static [Cause] = &[$(Cause::$variant,)+];

            /// The stable word of tables, pages and metrics.
            pub fn code(self) -> &'static str {
                match self { $(Cause::$variant => $code,)+ }
            }

            pub fn from_code(code: &str) -> Option<Cause> {
                Cause::ALL.iter().copied().find(|cause| cause.code() == code)
            }

            /// Somebody may be attacking, or a peer is badly misconfigured: tell a person now.
            pub fn is_alarm(self) -> bool {
                match self { $(Cause::$variant => $alarm,)+ }
            }

            pub fn chinese(self) -> &'static str {
                match self { $(Cause::$variant => $zh,)+ }
            }

            pub fn english(self) -> &'static str {
                match self { $(Cause::$variant => $en,)+ }
            }
        }
    };
}

causes! {
    Empty = "empty", false, "消息为空；请查明是谁向队列写入", "the message is empty; find out who writes to the queue";
    TooLarge = "too_large", false, "消息超过 262144 字节；请发送机构拆分后重发", "larger than 262144 bytes; the sender must split it";
    NotJx1 = "not_jx1", false, "不是本系统的消息；请查明是谁向队列写入", "not a message of this system; find out who writes to the queue";
    Truncated = "truncated", false, "消息不完整；等待对方自动重发，若反复出现请联系发送机构", "the message is cut off; the sender repeats it, call them if it happens again";
    SuiteUnknown = "suite_unknown", false, "未知的算法套件；请升级本机构软件或联系发送机构", "an unknown suite; upgrade here or call the sender";
    Frame = "frame", false, "消息结构错误；请联系发送机构", "the frame is malformed; call the sender";
    Protobuf = "protobuf", false, "消息头编码错误；请联系发送机构", "the header is malformed; call the sender";
    NewerVersion = "newer_version", false, "发送方版本较新；请升级本机构软件后重新处理", "written by a newer release; upgrade here, then take it again";
    CreatedAt = "created_at", false, "发送时间不可能；请发送机构检查时钟", "an impossible time of sending; the sender must check its clock";
    NotForUs = "not_for_us", true, "收件机构不是本机构；请检查消息队列的绑定与权限", "sealed for another agency; check the broker's bindings and rights";
    SenderIsUs = "sender_is_us", true, "声称由本机构发出；可能有人冒充，请立即检查", "claims to be from ourselves; somebody may be forging, check now";
    CarbonCopy = "carbon_copy", true, "带有抄送头，绕过了路由权限；请检查消息队列的用户", "a CC header bypassed routing rights; check the broker's users";
    RoutingKey = "routing_key", true, "路由键与消息头不一致；请检查消息队列的用户与权限", "routing key and header differ; check the broker's users and rights";
    UserId = "user_id", true, "消息队列用户与发送机构不一致；请检查消息队列的用户与权限", "the broker's user is not the sender; check the broker's users and rights";
    SenderUnknown = "sender_unknown", true, "发送机构不在机构目录中；请更新目录后重新处理", "the directory does not know the sender; update it, then take it again";
    SenderSuspended = "sender_suspended", true, "发送机构已被暂停；请联系上级", "the sender is suspended; ask the registry";
    SuiteNotAllowed = "suite_not_allowed", true, "目录不允许此算法套件；请联系发送机构", "the directory does not allow this suite; call the sender";
    KidUnknown = "kid_unknown", true, "签名密钥不在机构目录中；请更新目录后重新处理", "the directory does not know the signing key; update it, then take it again";
    KidOfAnother = "kid_of_another", true, "签名密钥属于另一机构；可能有人冒充，请立即联系双方", "the signing key is another agency's; somebody may be forging, call both";
    KidRevoked = "kid_revoked", true, "签名密钥已撤销；请联系发送机构用新密钥重发", "the signing key is revoked; the sender must send it again with a new key";
    KidExpired = "kid_expired", false, "签名密钥已过期；请更新目录，或请发送机构用新密钥重发", "the signing key has expired; update the directory, or the sender must use a new key";
    KidNotYetValid = "kid_not_yet_valid", false, "签名密钥尚未生效；请检查时钟，生效后重新处理", "the signing key is not valid yet; check the clock, take it again later";
    KeyGone = "key_gone", false, "消息用本机构已销毁的旧密钥加密；请发送机构更新目录后重发", "sealed to an old key of ours that is destroyed; the sender must update its directory and send again";
    RecipientKid = "recipient_kid", true, "消息所用加密密钥不属于本机构；请发送机构更新目录后重发", "sealed to a key that is not ours; the sender must update its directory and send again";
    Crypto = "crypto", true, "解密或验签失败，内容不可信；可能被篡改，请联系发送机构", "opening or verifying failed, the content cannot be trusted; it may be forged, call the sender";
    Padding = "padding", true, "填充不合规范；请发送机构检查软件", "the padding is wrong; the sender must check its software";
    SchemeUnknown = "scheme_unknown", false, "未知的签名方式；请升级本机构软件后重新处理", "an unknown signature scheme; upgrade here, then take it again";
}

/// An unopened frame: the cause, a detail for the log, and what its header claims, if it could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unopened {
    pub cause: Cause,
    /// In English, for logs and the failure desk; never personal.
    pub detail: String,
    /// Claimed, not proven.
    pub claimed: Option<Box<Header>>,
}

impl Unopened {
    pub(super) fn new(cause: Cause, claimed: Option<&Header>) -> Unopened {
        Unopened { cause, detail: cause.english().to_owned(), claimed: claimed.cloned().map(Box::new) }
    }

    pub(super) fn of_frame(error: FrameError, claimed: Option<&Header>) -> Unopened {
        let cause = match error {
            FrameError::Empty => Cause::Empty,
            FrameError::NotJx1 => Cause::NotJx1,
            FrameError::Truncated(_) => Cause::Truncated,
            FrameError::TooLarge => Cause::TooLarge,
            FrameError::Length(_) => Cause::Frame,
            FrameError::Padding => Cause::Padding,
        };
        Unopened { cause, detail: error.to_string(), claimed: claimed.cloned().map(Box::new) }
    }

    pub(super) fn of_header(error: &ContentError) -> Unopened {
        let cause = match error.fault {
            Fault::NewerVersion(_) => Cause::NewerVersion,
            _ => Cause::Protobuf,
        };
        Unopened { cause, detail: error.english(), claimed: None }
    }

    pub fn code(&self) -> &'static str {
        self.cause.code()
    }

    pub fn chinese(&self) -> &'static str {
        self.cause.chinese()
    }

    pub fn english(&self) -> &'static str {
        self.cause.english()
    }

    pub fn is_alarm(&self) -> bool {
        self.cause.is_alarm()
    }

    /// Who the header says it is from. Anybody can write that.
    pub fn claimed_sender(&self) -> Option<&AgencyCode> {
        self.claimed.as_ref().map(|header| &header.sender)
    }
}

impl fmt::Display for Unopened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code(), self.detail)
    }
}

impl std::error::Error for Unopened {}
