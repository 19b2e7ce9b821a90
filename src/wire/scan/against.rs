//! The strict scan held against the general decoder. What the scan accepts, the decoder must read, and read in one way:
//! otherwise two agencies could see two things in the same signed bytes. Used by the fuzz target and the corpus.

use prost::Message as _;

use super::scan;
use super::varint::Reader;
use crate::wire::pb;

macro_rules! messages {
    ($($name:ident)+) => {
        /// Every message of the contract, by its name.
        pub const MESSAGES: &[&str] = &[$(stringify!($name)),+];

        /// The bytes that the decoder's reading would be written as; `None` where it refuses them.
        fn read_and_write(name: &str, bytes: &[u8]) -> Option<Vec<u8>> {
            match name {
                $(stringify!($name) => pb::$name::decode(bytes).ok().map(|read| read.encode_to_vec()),)+
                _ => None,
            }
        }
    };
}

messages! {
    Header Body ApplicationNotice ContactLetter LetterReturn Cancellation CancellationReply InformationSheet
    SheetObjection RemittanceNotice FundsDiscrepancy FundsReturn CompletionNotice Reminder DelayNotice Clarification
    ProgressQuery ProgressReport PeerNotice Refusal Receipt Person AgencyRef BankAccount Period
}

/// Whether the scan accepts the bytes as the message of this name, one of [`MESSAGES`]. `Err` says in words how scan and
/// decoder differ: a fault of ours, whatever the bytes are.
pub fn compare(name: &'static str, bytes: &[u8]) -> Result<bool, &'static str> {
    if scan(name, bytes).is_err() {
        return Ok(false);
    }
    let written = read_and_write(name, bytes).ok_or("the decoder refuses what the scan accepts")?;
    if written.len() > bytes.len() {
        return Err("the decoder reads more than was sent");
    }
    if scan(name, &written).is_err() {
        return Err("the scan refuses what the decoder would write");
    }
    if read_and_write(name, &written).as_ref() != Some(&written) {
        return Err("the decoder reads its own bytes in another way");
    }
    let turned = turned(bytes).ok_or("the scan accepts what cannot be cut into fields")?;
    if read_and_write(name, &turned).as_ref() != Some(&written) {
        return Err("the order of fields decides what is read: one of them comes twice");
    }
    Ok(true)
}

/// The same fields, the highest number first; items of one field keep their order.
fn turned(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut reader = Reader::new(bytes);
    let mut fields: Vec<(u32, &[u8])> = Vec::new();
    let mut rest = bytes;
    while !reader.is_empty() {
        let (number, wire_type) = reader.tag().ok()?;
        match wire_type {
            super::VARINT => drop(reader.varint().ok()?),
            super::FIXED64 => drop(reader.take(8).ok()?),
            super::DELIMITED => drop(reader.delimited().ok()?),
            super::FIXED32 => drop(reader.take(4).ok()?),
            _ => return None,
        }
        let (field, after) = rest.split_at(rest.len() - reader.len());
        fields.push((number, field));
        rest = after;
    }
    fields.sort_by_key(|(number, _)| std::cmp::Reverse(*number));
    Some(fields.into_iter().flat_map(|(_, field)| field).copied().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_that_comes_twice_is_never_accepted_and_a_turned_one_is_read_alike() {
        let body = [0x08, 0x02, 0x10, 0x01, 0x28, 0x07];
        assert_eq!(compare("Body", &body), Ok(true));
        assert_eq!(turned(&body), Some(vec![0x28, 0x07, 0x10, 0x01, 0x08, 0x02]));
        assert_eq!(compare("Body", &[0x10, 0x01, 0x10, 0x02]), Ok(false));
        assert_eq!(compare("Receipt", &[0x0a, 0x00, 0x0a, 0x00]), Ok(true));
    }
}
