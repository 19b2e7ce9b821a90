//! The strict scan: looks at every byte of a protobuf message before anything is decoded, and allocates nothing.
//!
//! A general decoder forgives what must not be forgiven here: it merges fields that come twice, reads an unknown enum
//! value as the first one, drops what it does not know, and spends 128 bytes of memory on 2 bytes of empty item. The
//! rules are a table made from the contract when the crate is built.

use super::content::{ContentError, Fault};

pub mod against;
mod text;
mod varint;

use varint::Reader;

/// Messages inside messages, the outermost counted.
const DEPTH_MAX: usize = 8;
/// Unknown fields from here on are optional extensions.
const FIRST_EXTENSION: u32 = 1000;

struct MessageRule {
    name: &'static str,
    fields: &'static [Field],
}

struct Field {
    number: u32,
    name: &'static str,
    rule: FieldRule,
    /// How many items a repeated field may have; `None` for one that comes at most once.
    items_most: Option<u32>,
}

enum FieldRule {
    Signed64,
    Unsigned64,
    Unsigned32,
    Bool,
    /// Characters.
    Text {
        most: u32,
    },
    /// Bytes.
    Bytes {
        least: u32,
        most: u32,
    },
    /// The known values; 0 is never sent.
    Enum(&'static [i32]),
    /// Index into `MESSAGES`.
    Message(usize),
}

mod rules {
    use super::{Field, FieldRule, MessageRule};
    include!(concat!(env!("OUT_DIR"), "/rules.rs"));
}

/// The wire types this contract uses, or may meet in an extension.
const VARINT: u8 = 0;
const FIXED64: u8 = 1;
const DELIMITED: u8 = 2;
const FIXED32: u8 = 5;

/// Scans the bytes of the message of this name.
pub fn scan(name: &'static str, bytes: &[u8]) -> Result<(), ContentError> {
    let message = rules::MESSAGES.iter().find(|message| message.name == name);
    scan_message(message.expect("every message of the contract has its rules"), bytes, 1)
        .map_err(|error| error.within(name))
}

fn scan_message(message: &MessageRule, bytes: &[u8], depth: usize) -> Result<(), ContentError> {
    if depth > DEPTH_MAX {
        return Err(ContentError::new(Fault::Protobuf("nested too deep"), ""));
    }
    // The build refuses messages with more than 64 fields.
    let mut counts = [0u32; 64];
    let mut reader = Reader::new(bytes);
    while !reader.is_empty() {
        let (number, wire_type) = reader.tag().map_err(|what| ContentError::new(Fault::Protobuf(what), ""))?;
        let Some(index) = message.fields.iter().position(|field| field.number == number) else {
            skip_extension(&mut reader, number, wire_type)?;
            continue;
        };
        let field = &message.fields[index];
        let count = &mut counts[index];
        let item = *count;
        scan_field(field, &mut reader, wire_type, count, depth).map_err(|error| match field.items_most {
            Some(_) if error.fault != (Fault::TooMany { most: field.items_most.unwrap_or(0) }) => {
                error.within(&format!("{}[{item}]", field.name))
            }
            _ => error.within(field.name),
        })?;
    }
    Ok(())
}

fn protobuf(what: &'static str) -> ContentError {
    ContentError::new(Fault::Protobuf(what), "")
}

fn skip_extension(reader: &mut Reader<'_>, number: u32, wire_type: u8) -> Result<(), ContentError> {
    let skipped = match wire_type {
        VARINT => reader.varint().map(drop),
        FIXED64 => reader.take(8).map(drop),
        DELIMITED => reader.delimited().map(drop),
        FIXED32 => reader.take(4).map(drop),
        _ => Err("a wire type that is not used"),
    };
    skipped.map_err(protobuf)?;
    if number < FIRST_EXTENSION {
        return Err(ContentError::new(Fault::NewerVersion("an unknown field"), format!("[{number}]")));
    }
    Ok(())
}

fn count_one(field: &Field, count: &mut u32) -> Result<(), ContentError> {
    *count += 1;
    match field.items_most {
        Some(most) if *count > most => Err(ContentError::new(Fault::TooMany { most }, "")),
        None if *count > 1 => Err(protobuf("the field comes twice")),
        _ => Ok(()),
    }
}

fn scan_field(
    field: &Field,
    reader: &mut Reader<'_>,
    wire_type: u8,
    count: &mut u32,
    depth: usize,
) -> Result<(), ContentError> {
    let is_scalar = !matches!(field.rule, FieldRule::Text { .. } | FieldRule::Bytes { .. } | FieldRule::Message(_));
    // Repeated numbers come packed, as every proto3 writer makes them.
    let expected = if is_scalar && field.items_most.is_none() { VARINT } else { DELIMITED };
    if wire_type != expected {
        return Err(protobuf("another wire type than the field's"));
    }
    if !is_scalar {
        count_one(field, count)?;
        return scan_delimited(field, reader.delimited().map_err(protobuf)?, depth);
    }
    if field.items_most.is_none() {
        count_one(field, count)?;
        return check_number(&field.rule, reader.varint().map_err(protobuf)?);
    }
    let mut packed = Reader::new(reader.delimited().map_err(protobuf)?);
    while !packed.is_empty() {
        count_one(field, count)?;
        check_number(&field.rule, packed.varint().map_err(protobuf)?)?;
    }
    Ok(())
}

fn scan_delimited(field: &Field, bytes: &[u8], depth: usize) -> Result<(), ContentError> {
    match field.rule {
        FieldRule::Text { most } => text::check(bytes, most).map_err(|fault| ContentError::new(fault, "")),
        FieldRule::Bytes { least, most } => {
            let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
            if length > most {
                Err(ContentError::new(Fault::TooLong { most }, ""))
            } else if length < least {
                Err(ContentError::new(Fault::Value("it is too short"), ""))
            } else {
                Ok(())
            }
        }
        FieldRule::Message(index) => scan_message(&rules::MESSAGES[index], bytes, depth + 1),
        _ => Err(protobuf("another wire type than the field's")),
    }
}

fn check_number(rule: &FieldRule, value: u64) -> Result<(), ContentError> {
    match rule {
        FieldRule::Unsigned32 if value > u64::from(u32::MAX) => Err(protobuf("the number does not fit the field")),
        FieldRule::Bool if value > 1 => Err(protobuf("the number does not fit the field")),
        FieldRule::Enum(known) => {
            let known = i32::try_from(value).is_ok_and(|value| known.contains(&value));
            match value {
                0 => Err(ContentError::new(Fault::Value("it must not be sent as unspecified"), "")),
                _ if known => Ok(()),
                _ => Err(ContentError::new(Fault::NewerVersion("an unknown value"), "")),
            }
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests;
