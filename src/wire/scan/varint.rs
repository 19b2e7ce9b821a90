//! Reads protobuf's primitives from a slice. Every error is a word for what is wrong; nothing panics.

pub struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader(bytes)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Bytes that are left.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn take(&mut self, count: usize) -> Result<&'a [u8], &'static str> {
        let (front, rest) = self.0.split_at_checked(count).ok_or("the bytes end too early")?;
        self.0 = rest;
        Ok(front)
    }

    /// At most ten bytes, and no bit beyond the 64th.
    pub fn varint(&mut self) -> Result<u64, &'static str> {
        let mut value = 0u64;
        for index in 0..10 {
            let byte = *self.0.get(index).ok_or("the bytes end inside a number")?;
            if index == 9 && byte > 1 {
                return Err("a number has more than 64 bits");
            }
            value |= u64::from(byte & 0x7f) << (7 * index);
            if byte & 0x80 == 0 {
                self.0 = &self.0[index + 1..];
                return Ok(value);
            }
        }
        Err("a number has more than ten bytes")
    }

    /// Field number and wire type; groups and unused wire types are refused.
    pub fn tag(&mut self) -> Result<(u32, u8), &'static str> {
        let tag = u32::try_from(self.varint()?).map_err(|_| "a field number is too large")?;
        let wire_type = (tag & 7) as u8;
        if tag >> 3 == 0 {
            return Err("field number 0");
        }
        if !matches!(wire_type, 0 | 1 | 2 | 5) {
            return Err("a wire type that is not used");
        }
        Ok((tag >> 3, wire_type))
    }

    /// A length and that many bytes.
    pub fn delimited(&mut self) -> Result<&'a [u8], &'static str> {
        let length = usize::try_from(self.varint()?).map_err(|_| "a length goes over the end")?;
        self.take(length).map_err(|_| "a length goes over the end")
    }
}
