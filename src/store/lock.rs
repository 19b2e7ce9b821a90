//! Never two writers on one file: an operating-system lock beside the database, freed even after SIGKILL.

use std::fs::File;
use std::io::{Read, Seek, Write};
use std::path::Path;

use super::StoreError;

pub struct Lock {
    file: File,
}

/// Said, not left to the closing of the file: a child that is just being started holds a copy of every descriptor until
/// it runs its own program, and with it the lock.
impl Drop for Lock {
    fn drop(&mut self) {
        let _ = self.file.unlock();
    }
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
        Ok(Lock { file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_and_free_as_soon_as_it_is_let_go() {
        let folder = tempfile::tempdir().unwrap();
        let database = folder.path().join("530100.db");
        let lock = Lock::take(&database).unwrap();
        let holder = std::process::id().to_string();
        assert!(matches!(Lock::take(&database), Err(StoreError::InUse { holder: found, .. }) if found == holder));
        let copy_in_a_child = lock.file.try_clone().unwrap();
        drop(lock);
        Lock::take(&database).expect("free, although a copy of the descriptor is still open");
        drop(copy_in_a_child);
    }
}
