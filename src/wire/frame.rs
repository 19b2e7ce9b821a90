//! The byte layout of a frame and of what is signed, sealed and hashed. Knows no keys and no protobuf, copies nothing
//! while reading, and never panics on any input.
//!
//! ```text
//! frame   = "JX1\0" | suite u8 | hlen u16be | header[hlen ≤ 512] | elen u16be | enc[elen ≤ 256] | ct    ≤ 262,144
//! sealed  = slen u16be | sigblock[slen] | blen u32be | body[blen] | zeros up to a multiple of 512
//! sigblock= scheme u8 | bytes                                       scheme 0: the signature itself
//! signed  = "jiexu/v1/sign\0" | suite u8 | hlen u16be | header | blen u32be | body
//! aad     = "jiexu/v1/seal\0" | suite u8 | hlen u16be | header
//! digest  = H("jiexu/v1/digest\0" | suite u8 | hlen u16be | header | slen u16be | sigblock | blen u32be | body)
//! ```

use sha2::{Digest as _, Sha256};

pub const MAGIC: &[u8; 4] = b"JX1\0";
/// Bytes of a whole frame.
pub const FRAME_MAX: usize = 262_144;
/// Bytes of a header.
pub const HEADER_MAX: usize = 512;
/// Bytes of an encapsulated key.
pub const ENC_MAX: usize = 256;
/// Bytes of a signature block.
pub const SIGBLOCK_MAX: usize = 512;
/// The sealed plaintext is a multiple of this many bytes, so that its length says little.
pub const PAD_TO: usize = 512;
/// The signature is over this message alone.
pub const SCHEME_SINGLE: u8 = 0;

const SIGN_CONTEXT: &[u8] = b"jiexu/v1/sign\0";
const SEAL_CONTEXT: &[u8] = b"jiexu/v1/seal\0";
const DIGEST_CONTEXT: &[u8] = b"jiexu/v1/digest\0";

/// Why bytes are no frame, or an opened seal holds no signed body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    #[error("there are no bytes")]
    Empty,
    #[error("the bytes do not begin with JX1")]
    NotJx1,
    #[error("the bytes end before {0}")]
    Truncated(&'static str),
    #[error("the frame is larger than {FRAME_MAX} bytes")]
    TooLarge,
    #[error("the length of {0} is outside its limits")]
    Length(&'static str),
    #[error("the sealed part is not padded with zeros to the next multiple of {PAD_TO}")]
    Padding,
}

/// A frame cut into its parts; borrows the received bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame<'a> {
    pub suite: u8,
    pub header: &'a [u8],
    pub enc: &'a [u8],
    pub ct: &'a [u8],
}

/// Takes bytes from the front, naming what was cut off when there are too few.
struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn take(&mut self, count: usize, what: &'static str) -> Result<&'a [u8], FrameError> {
        let (front, rest) = self.0.split_at_checked(count).ok_or(FrameError::Truncated(what))?;
        self.0 = rest;
        Ok(front)
    }

    fn number(&mut self, width: usize, what: &'static str) -> Result<usize, FrameError> {
        // At most four bytes: fits usize on every platform this runs on.
        Ok(self.take(width, what)?.iter().fold(0, |number, byte| number << 8 | usize::from(*byte)))
    }
}

impl<'a> Frame<'a> {
    /// Cuts the bytes; only lengths and the magic are looked at.
    pub fn parse(bytes: &'a [u8]) -> Result<Frame<'a>, FrameError> {
        if bytes.is_empty() {
            return Err(FrameError::Empty);
        }
        if bytes.len() > FRAME_MAX {
            return Err(FrameError::TooLarge);
        }
        let shared = bytes.len().min(MAGIC.len());
        if bytes[..shared] != MAGIC[..shared] {
            return Err(FrameError::NotJx1);
        }
        let mut cursor = Cursor(bytes);
        cursor.take(MAGIC.len(), "the magic")?;
        let suite = cursor.take(1, "the suite")?[0];
        let hlen = cursor.number(2, "the header's length")?;
        if hlen == 0 || hlen > HEADER_MAX {
            return Err(FrameError::Length("the header"));
        }
        let header = cursor.take(hlen, "the end of the header")?;
        let elen = cursor.number(2, "the length of the encapsulated key")?;
        if elen == 0 || elen > ENC_MAX {
            return Err(FrameError::Length("the encapsulated key"));
        }
        let enc = cursor.take(elen, "the end of the encapsulated key")?;
        if cursor.0.is_empty() {
            return Err(FrameError::Truncated("the ciphertext"));
        }
        Ok(Frame { suite, header, enc, ct: cursor.0 })
    }

    /// The frame's bytes. `None` where a part is outside its limits.
    pub fn encode(&self) -> Option<Vec<u8>> {
        let total = MAGIC.len() + 1 + 2 + self.header.len() + 2 + self.enc.len() + self.ct.len();
        if total > FRAME_MAX || self.header.len() > HEADER_MAX || self.enc.len() > ENC_MAX {
            return None;
        }
        let mut bytes = Vec::with_capacity(total);
        bytes.extend_from_slice(MAGIC);
        bytes.push(self.suite);
        bytes.extend_from_slice(&short(self.header));
        bytes.extend_from_slice(self.header);
        bytes.extend_from_slice(&short(self.enc));
        bytes.extend_from_slice(self.enc);
        bytes.extend_from_slice(self.ct);
        Some(bytes)
    }
}

/// The opened seal: signature block and signed body.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Inner<'a> {
    pub sigblock: &'a [u8],
    pub body: &'a [u8],
}

impl<'a> Inner<'a> {
    /// Cuts the opened plaintext; every padding byte must be zero and their number the smallest possible.
    pub fn parse(plain: &'a [u8]) -> Result<Inner<'a>, FrameError> {
        if plain.is_empty() || !plain.len().is_multiple_of(PAD_TO) {
            return Err(FrameError::Padding);
        }
        let mut cursor = Cursor(plain);
        let slen = cursor.number(2, "the length of the signature block")?;
        if !(2..=SIGBLOCK_MAX).contains(&slen) {
            return Err(FrameError::Length("the signature block"));
        }
        let sigblock = cursor.take(slen, "the end of the signature block")?;
        let blen = cursor.number(4, "the length of the body")?;
        let body = cursor.take(blen, "the end of the body")?;
        if cursor.0.len() >= PAD_TO || cursor.0.iter().any(|byte| *byte != 0) {
            return Err(FrameError::Padding);
        }
        Ok(Inner { sigblock, body })
    }

    /// The padded plaintext to seal.
    pub fn encode(&self) -> Vec<u8> {
        let used = 2 + self.sigblock.len() + 4 + self.body.len();
        let total = used.next_multiple_of(PAD_TO);
        let mut bytes = Vec::with_capacity(total);
        bytes.extend_from_slice(&short(self.sigblock));
        bytes.extend_from_slice(self.sigblock);
        bytes.extend_from_slice(&long(self.body));
        bytes.extend_from_slice(self.body);
        bytes.resize(total, 0);
        bytes
    }
}

fn short(part: &[u8]) -> [u8; 2] {
    u16::try_from(part.len()).expect("headers, keys and signature blocks are under 64 KiB").to_be_bytes()
}

fn long(part: &[u8]) -> [u8; 4] {
    u32::try_from(part.len()).expect("a body is under 4 GiB").to_be_bytes()
}

/// What the signature covers.
pub fn signed_bytes(suite: u8, header: &[u8], body: &[u8]) -> Vec<u8> {
    [SIGN_CONTEXT, &[suite], &short(header), header, &long(body), body].concat()
}

/// What the seal binds beside the plaintext.
pub fn aad(suite: u8, header: &[u8]) -> Vec<u8> {
    [SEAL_CONTEXT, &[suite], &short(header), header].concat()
}

/// What the digest of a message is taken over; the suite hashes it.
pub fn digest_bytes(suite: u8, header: &[u8], sigblock: &[u8], body: &[u8]) -> Vec<u8> {
    [DIGEST_CONTEXT, &[suite], &short(header), header, &short(sigblock), sigblock, &long(body), body].concat()
}

/// SHA-256 over a whole frame, under every suite: recognises bytes seen before, and keys dead letters.
pub fn frame_hash(frame: &[u8]) -> [u8; 32] {
    Sha256::digest(frame).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_cut_where_it_was_joined() {
        let frame = Frame { suite: 1, header: b"header", enc: &[7; 32], ct: b"ciphertext" };
        let bytes = frame.encode().expect("within the limits");
        assert_eq!(Frame::parse(&bytes), Ok(frame));
        assert_eq!(Frame { header: &[0; 513], ..frame }.encode(), None);
        assert_eq!(Frame { ct: &vec![0; FRAME_MAX], ..frame }.encode(), None);
    }

    #[test]
    fn each_wrong_length_has_its_own_reason() {
        assert_eq!(Frame::parse(b""), Err(FrameError::Empty));
        assert_eq!(Frame::parse(b"J"), Err(FrameError::Truncated("the magic")));
        assert_eq!(Frame::parse(b"{\"a\":1}"), Err(FrameError::NotJx1));
        assert_eq!(Frame::parse(b"JX1\0"), Err(FrameError::Truncated("the suite")));
        assert_eq!(Frame::parse(b"JX1\0\x01\xff\xff"), Err(FrameError::Length("the header")));
        assert_eq!(Frame::parse(b"JX1\0\x01\0\0"), Err(FrameError::Length("the header")));
        assert_eq!(Frame::parse(b"JX1\0\x01\0\x01h\x01\x01"), Err(FrameError::Length("the encapsulated key")));
        assert_eq!(Frame::parse(&vec![0; FRAME_MAX + 1]), Err(FrameError::TooLarge));
    }

    #[test]
    fn padding_is_zero_and_the_least_possible() {
        for length in [0, 1, 400, 440, 441, 442, 443, 444, 1000] {
            let body = vec![9u8; length];
            let inner = Inner { sigblock: &[1; 65], body: &body };
            let plain = inner.encode();
            assert_eq!(plain.len() % PAD_TO, 0);
            assert!(Inner::parse(&plain) == Ok(inner), "{length}");
            let longer = [plain.as_slice(), &[0; PAD_TO]].concat();
            assert_eq!(Inner::parse(&longer).err(), Some(FrameError::Padding), "{length}");
            assert_eq!(Inner::parse(&plain[1..]).err(), Some(FrameError::Padding), "{length}");
        }
        let mut plain = Inner { sigblock: &[1; 65], body: b"body" }.encode();
        *plain.last_mut().expect("padded") = 1;
        assert_eq!(Inner::parse(&plain).err(), Some(FrameError::Padding));
    }
}
