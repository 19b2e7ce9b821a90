//! What happened on the disk, in order: the file that `tests/disk` writes and `tests/it/support/power.rs` reads. Both
//! include this file.

use std::io::{self, Read, Write};

/// One thing that happened. Files are numbered for good: a name made anew is another file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// The file has got its name, empty.
    Created {
        file: u64,
        path: String,
    },
    Wrote {
        file: u64,
        offset: u64,
        bytes: Vec<u8>,
    },
    /// Cut or lengthened.
    Sized {
        file: u64,
        size: u64,
    },
    /// All of the file so far is on the disk.
    Synced {
        file: u64,
    },
    /// The disk failed under a sync: what was to be on it may never be, whatever a later sync says.
    SyncFailed {
        file: u64,
    },
    Removed {
        path: String,
    },
    Renamed {
        from: String,
        to: String,
    },
    /// All names of a folder so far are on the disk.
    FolderSynced {
        path: String,
    },
}

impl Record {
    /// Kind, file, number, length and bytes.
    #[allow(dead_code, reason = "one of the two programs writes")]
    pub fn write(&self, out: &mut impl Write) -> io::Result<()> {
        let both;
        let (kind, file, number, bytes): (u8, u64, u64, &[u8]) = match self {
            Record::Created { file, path } => (b'c', *file, 0, path.as_bytes()),
            Record::Wrote { file, offset, bytes } => (b'w', *file, *offset, bytes),
            Record::Sized { file, size } => (b't', *file, *size, &[]),
            Record::Synced { file } => (b's', *file, 0, &[]),
            Record::SyncFailed { file } => (b'x', *file, 0, &[]),
            Record::Removed { path } => (b'u', 0, 0, path.as_bytes()),
            Record::Renamed { from, to } => {
                both = format!("{from}\0{to}");
                (b'r', 0, 0, both.as_bytes())
            }
            Record::FolderSynced { path } => (b'd', 0, 0, path.as_bytes()),
        };
        let length = bytes.len() as u64;
        let head = [[kind].as_slice(), &file.to_le_bytes(), &number.to_le_bytes(), &length.to_le_bytes()].concat();
        out.write_all(&[&head, bytes].concat())
    }

    /// None at the end.
    #[allow(dead_code, reason = "one of the two programs reads")]
    pub fn read(from: &mut impl Read) -> io::Result<Option<Record>> {
        let mut kind = [0];
        if from.read(&mut kind)? == 0 {
            return Ok(None);
        }
        let mut number = || {
            let mut bytes = [0; 8];
            from.read_exact(&mut bytes).map(|()| u64::from_le_bytes(bytes))
        };
        let (file, at, length) = (number()?, number()?, number()?);
        let mut bytes = vec![0; usize::try_from(length).map_err(io::Error::other)?];
        from.read_exact(&mut bytes)?;
        let text = |bytes| String::from_utf8(bytes).map_err(io::Error::other);
        Ok(Some(match kind[0] {
            b'c' => Record::Created { file, path: text(bytes)? },
            b'w' => Record::Wrote { file, offset: at, bytes },
            b't' => Record::Sized { file, size: at },
            b's' => Record::Synced { file },
            b'x' => Record::SyncFailed { file },
            b'u' => Record::Removed { path: text(bytes)? },
            b'r' => {
                let both = text(bytes)?;
                let (from, to) = both.split_once('\0').ok_or_else(|| io::Error::other("two names"))?;
                Record::Renamed { from: from.to_owned(), to: to.to_owned() }
            }
            b'd' => Record::FolderSynced { path: text(bytes)? },
            other => return Err(io::Error::other(format!("a record of kind {other}"))),
        }))
    }
}
