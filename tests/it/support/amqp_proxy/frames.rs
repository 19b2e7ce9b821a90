//! AMQP 0-9-1 as far as the proxy reads it: whole frames, and which of them begin or end something. No decoder: frame
//! headers, method numbers and body sizes are enough.

use std::collections::BTreeMap;

/// Type, channel and size stand before the payload, one byte behind it.
const HEAD: usize = 7;
const GREETING: usize = 8;
const METHOD: u8 = 1;
const CONTENT_HEADER: u8 = 2;
const BODY: u8 = 3;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    ToBroker,
    ToClient,
}

/// What a daemon's connection is for; known from its first method that tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Publishing,
    Consuming,
}

/// What a fault can be tied to. A publish and a delivery end with their last body frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    Publish,
    /// The client's acknowledgement.
    Ack,
    Deliver,
    /// The broker's acknowledgement.
    Confirm,
}

/// One frame, or the greeting before all frames.
pub struct Piece {
    pub bytes: Vec<u8>,
    pub begins: Option<Mark>,
    pub ends: Option<Mark>,
    pub role: Option<Role>,
}

/// What goes one way over one connection, cut into frames.
pub struct Frames {
    way: Way,
    waiting: Vec<u8>,
    is_greeted: bool,
    /// By channel: whose content is on its way, and how much of its body is missing.
    contents: BTreeMap<u16, (Mark, u64)>,
}

impl Frames {
    pub fn new(way: Way) -> Frames {
        Frames { way, waiting: Vec::new(), is_greeted: way == Way::ToClient, contents: BTreeMap::new() }
    }

    pub fn take(&mut self, bytes: &[u8]) {
        self.waiting.extend_from_slice(bytes);
    }

    /// What is no whole frame.
    pub fn rest(&self) -> &[u8] {
        &self.waiting
    }

    pub fn next(&mut self) -> Option<Piece> {
        let length = if self.is_greeted { HEAD + self.number(3, 4)? + 1 } else { GREETING };
        if self.waiting.len() < length {
            return None;
        }
        let bytes: Vec<u8> = self.waiting.drain(..length).collect();
        let mut piece = Piece { bytes, begins: None, ends: None, role: None };
        if std::mem::replace(&mut self.is_greeted, true) {
            self.name(&mut piece);
        }
        Some(piece)
    }

    fn number(&self, at: usize, length: usize) -> Option<usize> {
        Some(big_endian(self.waiting.get(at..at + length)?))
    }

    fn name(&mut self, piece: &mut Piece) {
        let payload = &piece.bytes[HEAD..piece.bytes.len() - 1];
        let channel = u16::try_from(big_endian(&piece.bytes[1..3])).expect("two bytes");
        match piece.bytes[0] {
            METHOD if payload.len() >= 4 => {
                let method = (big_endian(&payload[..2]), big_endian(&payload[2..4]));
                let content = match (self.way, method) {
                    (Way::ToBroker, (60, 40)) => Some(Mark::Publish),
                    (Way::ToClient, (60, 60)) => Some(Mark::Deliver),
                    _ => None,
                };
                let single = match (self.way, method) {
                    (Way::ToBroker, (60, 80)) => Some(Mark::Ack),
                    (Way::ToClient, (60, 80)) => Some(Mark::Confirm),
                    _ => None,
                };
                piece.role = match (self.way, method) {
                    (Way::ToBroker, (85, 10)) => Some(Role::Publishing),
                    (Way::ToBroker, (60, 20)) => Some(Role::Consuming),
                    _ => None,
                };
                piece.begins = content.or(single);
                piece.ends = single;
                self.contents.remove(&channel);
                if let Some(mark) = content {
                    self.contents.insert(channel, (mark, u64::MAX));
                }
            }
            CONTENT_HEADER if payload.len() >= 12 => {
                if let Some((_, missing)) = self.contents.get_mut(&channel) {
                    *missing = big_endian(&payload[4..12]) as u64;
                }
                piece.ends = self.complete(channel);
            }
            BODY => {
                if let Some((_, missing)) = self.contents.get_mut(&channel) {
                    *missing = missing.saturating_sub(payload.len() as u64);
                }
                piece.ends = self.complete(channel);
            }
            _ => {}
        }
    }

    fn complete(&mut self, channel: u16) -> Option<Mark> {
        let (mark, missing) = *self.contents.get(&channel)?;
        if missing > 0 {
            return None;
        }
        self.contents.remove(&channel);
        Some(mark)
    }
}

fn big_endian(bytes: &[u8]) -> usize {
    bytes.iter().fold(0, |number, byte| number << 8 | usize::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(kind: u8, payload: &[u8]) -> Vec<u8> {
        let mut frame = vec![kind, 0, 1];
        frame.extend_from_slice(&u32::try_from(payload.len()).expect("short").to_be_bytes());
        frame.extend_from_slice(payload);
        frame.push(0xce);
        frame
    }

    fn content_header(size: u8) -> Vec<u8> {
        frame(CONTENT_HEADER, &[0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, size, 0, 0])
    }

    fn method(class: u8, number: u8) -> Vec<u8> {
        frame(METHOD, &[0, class, 0, number])
    }

    /// What a frame begins and what it ends.
    type Marks = (Option<Mark>, Option<Mark>);

    /// Byte by byte, as the network may bring it.
    fn read(way: Way, bytes: &[u8]) -> (Vec<u8>, Vec<Marks>) {
        let mut frames = Frames::new(way);
        let (mut passed, mut marks) = (Vec::new(), Vec::new());
        for byte in bytes {
            frames.take(&[*byte]);
            while let Some(piece) = frames.next() {
                passed.extend_from_slice(&piece.bytes);
                marks.push((piece.begins, piece.ends));
            }
        }
        passed.extend_from_slice(frames.rest());
        (passed, marks)
    }

    #[test]
    fn a_publish_ends_with_its_last_body_frame_and_every_byte_is_kept() {
        let body = |bytes| frame(BODY, bytes);
        let parts = [b"AMQP\0\0\x09\x01".to_vec(), method(60, 40), content_header(5), body(b"abc"), body(b"de")];
        let all = [parts.concat(), method(60, 80), vec![1, 0]].concat();
        let (passed, marks) = read(Way::ToBroker, &all);
        assert_eq!(passed, all);
        let (publish, ack) = (Some(Mark::Publish), Some(Mark::Ack));
        assert_eq!(marks, [(None, None), (publish, None), (None, None), (None, None), (None, publish), (ack, ack)]);
    }

    #[test]
    fn a_delivery_without_a_body_ends_with_its_header_and_a_return_is_none() {
        let all = [method(60, 60), content_header(0), method(60, 50), content_header(1), frame(BODY, b"x")].concat();
        let all = [all, method(60, 80)].concat();
        let (_, marks) = read(Way::ToClient, &all);
        let (deliver, confirm) = (Some(Mark::Deliver), Some(Mark::Confirm));
        let none = (None, None);
        assert_eq!(marks, [(deliver, None), (None, deliver), none, none, none, (confirm, confirm)]);
    }
}
