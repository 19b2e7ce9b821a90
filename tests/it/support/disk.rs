//! A disk that notes what is written and fails when told: `tests/disk`, mounted over a folder. Needs /dev/fuse and the rights
//! to mount.

#[path = "../../disk/log.rs"]
pub mod log;

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, OnceLock};

use log::Record;

pub struct Disk {
    process: Child,
    talk: Mutex<Talk>,
    mount: PathBuf,
    /// Removed with the disk: the folder behind the mount, and the log.
    place: tempfile::TempDir,
}

struct Talk {
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Talk {
    fn answer(&mut self) -> String {
        let mut line = String::new();
        self.from.read_line(&mut line).expect("the disk answers");
        line.trim_end().to_owned()
    }
}

/// Built once a run, by the same cargo.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("disk");
        let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/disk/Cargo.toml");
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--quiet", "--locked", "--manifest-path", manifest, "--target-dir"]).arg(&target);
        let built = build.output().expect("cargo");
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        target.join("debug/jiexu-disk")
    })
}

impl Disk {
    /// Over this folder, which is hidden meanwhile; what lies in `content` is on the disk.
    pub fn over(folder: &Path, content: Option<&Path>) -> Disk {
        // In memory: what is tried here is the order of things, and not a real disk.
        let place = tempfile::tempdir_in("/dev/shm").expect("a folder in memory");
        let behind = place.path().join("behind");
        match content {
            Some(content) => super::copy_folder(content, &behind),
            None => std::fs::create_dir(&behind).expect("a folder"),
        }
        std::fs::create_dir_all(folder).expect("a folder");
        let mut process = Command::new(program())
            .args([folder, &behind, &place.path().join("log")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the disk starts");
        let to = process.stdin.take().expect("a pipe");
        let from = BufReader::new(process.stdout.take().expect("a pipe"));
        let mut talk = Talk { to, from };
        assert_eq!(talk.answer(), "mounted", "needs /dev/fuse and the rights to mount");
        Disk { process, talk: Mutex::new(talk), mount: folder.to_owned(), place }
    }

    fn ask(&self, words: &str) -> String {
        let mut talk = self.talk.lock().expect("no panic under the lock");
        writeln!(talk.to, "{words}").expect("the disk listens");
        talk.answer()
    }

    /// The n-th operation of a kind fails from now on, once: `write`, `sync`, `open`, `name`, `read`; `EIO`, `ENOSPC`.
    pub fn fail(&self, kind: &str, errno: &str, n: u64) {
        assert_eq!(self.ask(&format!("fail {kind} {errno} {n}")), "armed");
    }

    /// The power goes after so many more records: nothing is done any more, and everything fails.
    pub fn cut(&self, n: usize) {
        assert_eq!(self.ask(&format!("cut {n}")), "armed");
    }

    /// How much has been noted so far.
    pub fn records(&self) -> usize {
        let said = self.ask("state");
        said.split(' ').next().and_then(|count| count.parse().ok()).expect("a count")
    }

    /// What was made to fail, once it was; `power` when that is gone.
    pub fn failed(&self) -> Option<String> {
        let said = self.ask("state");
        let (_, failed) = said.split_once(' ').expect("two words");
        (failed != "-").then(|| failed.to_owned())
    }

    /// A copy of everything that was written, synced or not; without what is rebuilt at every start.
    pub fn copy(&self) -> tempfile::TempDir {
        let copy = tempfile::tempdir_in("/dev/shm").expect("a folder in memory");
        for entry in std::fs::read_dir(self.place.path().join("behind")).expect("a folder") {
            let entry = entry.expect("an entry");
            if entry.file_type().expect("a type").is_file() && !entry.path().to_string_lossy().ends_with("-shm") {
                std::fs::copy(entry.path(), copy.path().join(entry.file_name())).expect("a copy");
            }
        }
        copy
    }

    /// Everything noted so far.
    pub fn log(&self) -> Vec<Record> {
        let mut file = BufReader::new(File::open(self.place.path().join("log")).expect("a log"));
        let mut records = Vec::new();
        while let Some(record) = Record::read(&mut file).expect("a whole record") {
            records.push(record);
        }
        records
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily: whoever still has a file open keeps it, and the folder is free.
        let _ = Command::new("umount").arg("-l").arg(&self.mount).status();
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
