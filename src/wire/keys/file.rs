//! Reading and writing one key file. The mode is checked on the opened file, not on its name.

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use zeroize::Zeroizing;

use super::KeyError;
use crate::wire::pem::{self, Algorithm, PEM_MAX};

/// The 32 secret bytes of a file that only its owner can read.
pub fn read(path: &Path, algorithm: Algorithm) -> Result<Zeroizing<[u8; 32]>, KeyError> {
    let unreadable = |source| KeyError::Unreadable { path: path.to_owned(), source };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Err(KeyError::Missing { path: path.to_owned() }),
        Err(error) => return Err(unreadable(error)),
    };
    let metadata = file.metadata().map_err(unreadable)?;
    let mode = metadata.mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(KeyError::TooOpen { path: path.to_owned(), mode });
    }
    // Room for all of it at once: a growing buffer would leave copies of the key behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(PEM_MAX + 1));
    let limit = u64::try_from(PEM_MAX).expect("a small number") + 1;
    file.take(limit).read_to_end(&mut bytes).map_err(unreadable)?;
    let malformed = |what| KeyError::Malformed { path: path.to_owned(), what };
    if bytes.len() > PEM_MAX {
        return Err(malformed("the file is too large for a key"));
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| malformed("the file is not text"))?;
    pem::decode(algorithm, text).map_err(malformed)
}

/// Makes a new file with mode 0600 and brings it to the disk.
pub fn write(path: &Path, text: &str) -> Result<(), KeyError> {
    let opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let unwritable = |source| KeyError::Unwritable { path: path.to_owned(), source };
    let mut file = match opened {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            return Err(KeyError::Exists { path: path.to_owned() });
        }
        Err(error) => return Err(unwritable(error)),
    };
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(unwritable)
}
