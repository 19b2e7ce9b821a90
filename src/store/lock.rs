//! Never two writers on one file: an operating-system lock beside the database, freed even after SIGKILL.

use std::fs::File;
use std::io::{Read, Seek, Write};
use std::path::Path;

use super::StoreError;

pub struct Lock {
    _file: File,
}

impl Lock {
    pub fn take(database: &Path) -> Result<Lock, StoreError> {
        let path = database.with_extension("lock");
        let io = |cause| StoreError::Io { path: path.display().to_string(), cause };
        let mut file = File::options().read(true).write(true).create(true).truncate(false).open(&path).map_err(io)?;
        if file.try_lock().is_err() {
            let mut holder = String::new();
            file.read_to_string(&mut holder).map_err(io)?;
            let holder = if holder.is_empty() { "?".to_owned() } else { holder.trim().to_owned() };
            return Err(StoreError::InUse { path: database.display().to_string(), holder });
        }
        file.set_len(0).and_then(|()| file.rewind()).map_err(io)?;
        write!(file, "{}", std::process::id()).map_err(io)?;
        Ok(Lock { _file: file })
    }
}
