//! Protobuf taken apart and put together again with a change that no sound program would make.

/// A field as it lies in the bytes.
#[derive(Clone)]
pub struct Field {
    pub number: u32,
    pub value: Value,
}

#[derive(Clone)]
pub enum Value {
    Number(u64),
    Bytes(Vec<u8>),
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push((value as u8) | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

fn read_varint(bytes: &mut &[u8]) -> u64 {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first().expect("sound bytes");
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return value;
        }
    }
    value
}

/// The fields of sound bytes: numbers and texts are all this contract has.
fn fields(mut bytes: &[u8]) -> Vec<Field> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let tag = read_varint(&mut bytes);
        let number = u32::try_from(tag >> 3).expect("a field number");
        let value = match tag & 7 {
            0 => Value::Number(read_varint(&mut bytes)),
            2 => {
                let length = usize::try_from(read_varint(&mut bytes)).expect("a length");
                let (front, rest) = bytes.split_at(length);
                bytes = rest;
                Value::Bytes(front.to_vec())
            }
            other => panic!("wire type {other}"),
        };
        fields.push(Field { number, value });
    }
    fields
}

pub fn join(fields: &[Field]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for Field { number, value } in fields {
        match value {
            Value::Number(value) => {
                bytes.extend(varint(u64::from(*number) << 3));
                bytes.extend(varint(*value));
            }
            Value::Bytes(value) => {
                bytes.extend(varint(u64::from(*number) << 3 | 2));
                bytes.extend(varint(value.len() as u64));
                bytes.extend(value);
            }
        }
    }
    bytes
}

/// The bytes with the field at this path set; `None` takes it away.
pub fn with(bytes: &[u8], path: &[u32], value: Option<Value>) -> Vec<u8> {
    let (number, inner) = path.split_first().expect("a path");
    let mut all = fields(bytes);
    let place = all.iter().position(|field| field.number == *number);
    if inner.is_empty() {
        match (place, value) {
            (Some(place), Some(value)) => all[place].value = value,
            (Some(place), None) => drop(all.remove(place)),
            (None, Some(value)) => all.push(Field { number: *number, value }),
            (None, None) => {}
        }
    } else {
        let field = &mut all[place.expect("the outer field is there")];
        let Value::Bytes(held) = &field.value else { panic!("no message inside field {number}") };
        field.value = Value::Bytes(with(held, inner, value));
    }
    join(&all)
}

pub fn text(text: &str) -> Option<Value> {
    Some(Value::Bytes(text.as_bytes().to_vec()))
}

pub fn number(value: i64) -> Option<Value> {
    Some(Value::Number(value as u64))
}
