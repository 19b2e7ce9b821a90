//! A disk for tests, mounted over a folder: everything goes through to a second folder, every write, sync and name is noted
//! in order, and the n-th operation of a kind fails when told so. One folder without folders in it.
//!
//! `jiexu-disk <mount point> <folder behind it> <log>`; it takes commands on its standard input, a line each, and answers
//! each with a line. At the end of its input it unmounts and ends, so that nothing outlives the test that started it.
//!
//! What is written through a memory map (SQLite's `-shm`) is neither noted nor failed: it is gone with the power anyway.

mod folder;
mod log;
mod trouble;

use std::io::{BufRead as _, Write as _};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use fuser::{Config, MountOption};
use trouble::Trouble;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let places: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [mount, behind, log] = places.as_slice() else { return Err("mount point, folder behind it, log".into()) };
    let trouble = Arc::new(Mutex::new(Trouble::default()));
    let folder = folder::Folder::open(behind, log, Arc::clone(&trouble))?;
    let mut config = Config::default();
    config.mount_options = vec![MountOption::FSName("jiexu-disk".to_owned()), MountOption::NoDev, MountOption::NoSuid];
    // One thread: operations happen one after another, in the order of the log.
    config.n_threads = Some(1);
    let session = fuser::spawn_mount(folder, mount, &config)?;
    let mut out = std::io::stdout();
    writeln!(out, "mounted")?;
    for line in std::io::stdin().lock().lines() {
        let said = trouble.lock().expect("no panic under the lock").command(&line?);
        writeln!(out, "{said}")?;
        out.flush()?;
    }
    session.umount_and_join()?;
    Ok(())
}
