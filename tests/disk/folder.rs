//! The folder itself: each operation is counted, carried out behind the mount, and noted.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, FileTypeExt, OpenOptionsExt, PermissionsExt};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime};

use fuser::{
    BsdFileFlags, Errno, FileAttr, FileHandle, FileType, Filesystem, FopenFlags, Generation, INodeNo, KernelConfig,
    LockOwner, OpenFlags, RenameFlags, ReplyAttr, ReplyCreate, ReplyData, ReplyDirectory, ReplyEmpty, ReplyEntry,
    ReplyOpen, ReplyStatfs, ReplyWrite, Request, TimeOrNow, WriteFlags,
};

use crate::log::Record;
use crate::trouble::{Kind, Trouble};

/// Nothing changes behind the kernel's back, so it may remember for as long as it likes.
const REMEMBERED: Duration = Duration::from_secs(3600);
/// The pages of `-shm` must stay where they are mapped when somebody else opens it.
const KEPT: FopenFlags = FopenFlags::FOPEN_KEEP_CACHE;
const BLOCK: u32 = 4096;
const MODE_OF_TYPE: u32 = 0o170_000;
const MODE_OF_SOCKET: u32 = 0o140_000;

pub struct Folder {
    behind: PathBuf,
    trouble: Arc<Mutex<Trouble>>,
    files: Mutex<Files>,
}

struct Files {
    log: File,
    last: u64,
    names: BTreeMap<String, u64>,
    known: BTreeMap<u64, Known>,
}

struct Known {
    /// As last seen; a file without a name stays readable for who has it open.
    name: String,
    /// None for a socket.
    file: Option<File>,
}

/// SQLite's index of its log: rebuilt from the log, never synced, not part of what a power cut leaves.
fn is_volatile(name: &str) -> bool {
    name.ends_with("-shm")
}

impl Files {
    fn add(&mut self, name: &str, file: Option<File>) -> u64 {
        self.last += 1;
        self.names.insert(name.to_owned(), self.last);
        self.known.insert(self.last, Known { name: name.to_owned(), file });
        self.last
    }

    fn of(&self, number: INodeNo) -> Result<(&Known, &File), Errno> {
        let known = self.known.get(&number.0).ok_or(Errno::ENOENT)?;
        Ok((known, known.file.as_ref().ok_or(Errno::EINVAL)?))
    }
}

fn attributes(number: u64, kind: FileType, size: u64, mode: u32) -> FileAttr {
    let never = SystemTime::UNIX_EPOCH;
    let (perm, blocks) = (u16::try_from(mode & 0o7777).unwrap_or(0o600), size.div_ceil(512));
    FileAttr {
        ino: INodeNo(number),
        size,
        blocks,
        atime: never,
        mtime: never,
        ctime: never,
        crtime: never,
        kind,
        perm,
        nlink: 1,
        uid: 0,
        gid: 0,
        rdev: 0,
        blksize: BLOCK,
        flags: 0,
    }
}

impl Folder {
    /// What lies in the folder already counts as safely on the disk.
    pub fn open(behind: &Path, log: &Path, trouble: Arc<Mutex<Trouble>>) -> io::Result<Folder> {
        let log = OpenOptions::new().create(true).truncate(true).write(true).open(log)?;
        let files = Files { log, last: 1, names: BTreeMap::new(), known: BTreeMap::new() };
        let folder = Folder { behind: behind.to_owned(), trouble, files: Mutex::new(files) };
        for entry in std::fs::read_dir(behind)? {
            let entry = entry?;
            let name = entry.file_name().into_string().map_err(|_| io::Error::other("a name that is no text"))?;
            if !entry.file_type()?.is_file() {
                folder.files().add(&name, None);
                continue;
            }
            let file = OpenOptions::new().read(true).write(true).open(entry.path())?;
            let bytes = std::fs::read(entry.path())?;
            let mut files = folder.files();
            let number = files.add(&name, Some(file));
            folder.note(&mut files, &name, Record::Created { file: number, path: name.clone() })?;
            folder.note(&mut files, &name, Record::Wrote { file: number, offset: 0, bytes })?;
            folder.note(&mut files, &name, Record::Synced { file: number })?;
        }
        folder.note(&mut folder.files(), "", Record::FolderSynced { path: String::new() })?;
        Ok(folder)
    }

    fn files(&self) -> MutexGuard<'_, Files> {
        self.files.lock().expect("no panic under the lock")
    }

    fn note(&self, files: &mut Files, name: &str, record: Record) -> io::Result<()> {
        let mut trouble = self.trouble.lock().expect("no panic under the lock");
        // A sync that failed because the power is gone is none.
        if !is_volatile(name) && !trouble.is_dark() {
            record.write(&mut files.log)?;
            trouble.records += 1;
        }
        Ok(())
    }

    fn meet(&self, who: &Request, kind: Kind, name: &str, at: u64) -> Result<(), Errno> {
        self.trouble.lock().expect("no panic under the lock").meet(who.pid(), kind, name, at)
    }

    fn number(files: &Files, parent: INodeNo, name: &OsStr) -> Result<(String, u64), Errno> {
        let name = Folder::name(parent, name)?;
        let number = *files.names.get(&name).ok_or(Errno::ENOENT)?;
        Ok((name, number))
    }

    fn name(parent: INodeNo, name: &OsStr) -> Result<String, Errno> {
        if parent != INodeNo::ROOT {
            return Err(Errno::ENOTDIR);
        }
        name.to_str().map(str::to_owned).ok_or(Errno::EINVAL)
    }

    fn look(&self, files: &Files, number: u64) -> Result<FileAttr, Errno> {
        if number == INodeNo::ROOT.0 {
            return Ok(attributes(number, FileType::Directory, 0, 0o700));
        }
        let known = files.known.get(&number).ok_or(Errno::ENOENT)?;
        match &known.file {
            Some(file) => {
                let there = file.metadata()?;
                Ok(attributes(number, FileType::RegularFile, there.len(), there.permissions().mode()))
            }
            None => {
                let there = std::fs::symlink_metadata(self.behind.join(&known.name))?;
                let is_socket = there.file_type().is_socket();
                let kind = if is_socket { FileType::Socket } else { FileType::Directory };
                Ok(attributes(number, kind, 0, there.permissions().mode()))
            }
        }
    }

    fn make(&self, who: &Request, parent: INodeNo, name: &OsStr, mode: u32) -> Result<FileAttr, Errno> {
        let name = Folder::name(parent, name)?;
        self.meet(who, Kind::Open, &name, 0)?;
        let mut files = self.files();
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true).mode(mode & 0o7777);
        let file = options.open(self.behind.join(&name))?;
        let number = files.add(&name, Some(file));
        self.note(&mut files, &name, Record::Created { file: number, path: name.clone() })?;
        self.look(&files, number)
    }

    fn make_socket(&self, who: &Request, parent: INodeNo, name: &OsStr, mode: u32) -> Result<FileAttr, Errno> {
        let name = Folder::name(parent, name)?;
        self.meet(who, Kind::Open, &name, 0)?;
        let path = self.behind.join(&name);
        // The node stays when the listener goes; who listens is bound to the node in front.
        drop(UnixListener::bind(&path)?);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode & 0o7777))?;
        let mut files = self.files();
        let number = files.add(&name, None);
        self.look(&files, number)
    }

    fn cut(&self, who: &Request, number: INodeNo, size: u64) -> Result<(), Errno> {
        let mut files = self.files();
        let (known, file) = files.of(number)?;
        let name = known.name.clone();
        self.meet(who, Kind::Write, &name, size)?;
        file.set_len(size)?;
        Ok(self.note(&mut files, &name, Record::Sized { file: number.0, size })?)
    }

    fn put(&self, who: &Request, number: INodeNo, offset: u64, bytes: &[u8], is_mapped: bool) -> Result<u32, Errno> {
        let mut files = self.files();
        let (known, file) = files.of(number)?;
        let name = known.name.clone();
        if !is_mapped {
            self.meet(who, Kind::Write, &name, offset)?;
        }
        file.write_all_at(bytes, offset)?;
        self.note(&mut files, &name, Record::Wrote { file: number.0, offset, bytes: bytes.to_vec() })?;
        u32::try_from(bytes.len()).map_err(|_| Errno::EINVAL)
    }

    fn sync_file(&self, who: &Request, number: INodeNo) -> Result<(), Errno> {
        let mut files = self.files();
        let name = files.of(number)?.0.name.clone();
        let met = self.meet(who, Kind::Sync, &name, 0);
        let file = number.0;
        let record = if met.is_ok() { Record::Synced { file } } else { Record::SyncFailed { file } };
        self.note(&mut files, &name, record)?;
        met
    }

    fn sync_names(&self, who: &Request) -> Result<(), Errno> {
        self.meet(who, Kind::Sync, ".", 0)?;
        Ok(self.note(&mut self.files(), "", Record::FolderSynced { path: String::new() })?)
    }

    fn take_away(&self, who: &Request, parent: INodeNo, name: &OsStr) -> Result<(), Errno> {
        let mut files = self.files();
        let (name, number) = Folder::number(&files, parent, name)?;
        self.meet(who, Kind::Name, &name, 0)?;
        std::fs::remove_file(self.behind.join(&name))?;
        files.names.remove(&name);
        let is_file = files.known.get(&number).is_some_and(|known| known.file.is_some());
        if is_file {
            self.note(&mut files, &name, Record::Removed { path: name.clone() })?;
        }
        Ok(())
    }

    fn give_name(&self, who: &Request, parent: INodeNo, from: &OsStr, to: (INodeNo, &OsStr)) -> Result<(), Errno> {
        let mut files = self.files();
        let (from, number) = Folder::number(&files, parent, from)?;
        let to = Folder::name(to.0, to.1)?;
        self.meet(who, Kind::Name, &from, 0)?;
        std::fs::rename(self.behind.join(&from), self.behind.join(&to))?;
        files.names.remove(&from);
        files.names.insert(to.clone(), number);
        if let Some(known) = files.known.get_mut(&number) {
            known.name.clone_from(&to);
        }
        Ok(self.note(&mut files, &from, Record::Renamed { from: from.clone(), to })?)
    }
}

impl Filesystem for Folder {
    /// A page at a time: what the kernel reads ahead and does not get it asks for again, and one page is known again.
    fn init(&mut self, _: &Request, config: &mut KernelConfig) -> io::Result<()> {
        config.set_max_readahead(1).map(drop).map_err(|_| io::Error::other("the kernel insists on reading ahead"))
    }

    fn lookup(&self, _: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEntry) {
        let files = self.files();
        match Folder::number(&files, parent, name).and_then(|(_, number)| self.look(&files, number)) {
            Ok(there) => reply.entry(&REMEMBERED, &there, Generation(0)),
            Err(errno) => reply.error(errno),
        }
    }

    fn getattr(&self, _: &Request, number: INodeNo, _: Option<FileHandle>, reply: ReplyAttr) {
        match self.look(&self.files(), number.0) {
            Ok(there) => reply.attr(&REMEMBERED, &there),
            Err(errno) => reply.error(errno),
        }
    }

    fn setattr(
        &self,
        who: &Request,
        number: INodeNo,
        mode: Option<u32>,
        _: Option<u32>,
        _: Option<u32>,
        size: Option<u64>,
        _: Option<TimeOrNow>,
        _: Option<TimeOrNow>,
        _: Option<SystemTime>,
        _: Option<FileHandle>,
        _: Option<SystemTime>,
        _: Option<SystemTime>,
        _: Option<SystemTime>,
        _: Option<BsdFileFlags>,
        reply: ReplyAttr,
    ) {
        let mut done = size.map_or(Ok(()), |size| self.cut(who, number, size));
        let files = self.files();
        if let (Ok(()), Some(mode), Some(known)) = (&done, mode, files.known.get(&number.0)) {
            let mode = std::fs::Permissions::from_mode(mode & 0o7777);
            done = std::fs::set_permissions(self.behind.join(&known.name), mode).map_err(Errno::from);
        }
        match done.and_then(|()| self.look(&files, number.0)) {
            Ok(there) => reply.attr(&REMEMBERED, &there),
            Err(errno) => reply.error(errno),
        }
    }

    fn mknod(&self, who: &Request, parent: INodeNo, name: &OsStr, mode: u32, umask: u32, _: u32, reply: ReplyEntry) {
        let is_socket = mode & MODE_OF_TYPE == MODE_OF_SOCKET;
        let made = if is_socket {
            self.make_socket(who, parent, name, mode & !umask)
        } else {
            self.make(who, parent, name, mode & !umask)
        };
        match made {
            Ok(there) => reply.entry(&REMEMBERED, &there, Generation(0)),
            Err(errno) => reply.error(errno),
        }
    }

    fn create(&self, who: &Request, parent: INodeNo, name: &OsStr, mode: u32, umask: u32, _: i32, reply: ReplyCreate) {
        match self.make(who, parent, name, mode & !umask) {
            Ok(there) => reply.created(&REMEMBERED, &there, Generation(0), FileHandle(0), KEPT),
            Err(errno) => reply.error(errno),
        }
    }

    fn open(&self, who: &Request, number: INodeNo, _: OpenFlags, reply: ReplyOpen) {
        let name = self.files().of(number).map(|(known, _)| known.name.clone());
        match name.and_then(|name| self.meet(who, Kind::Open, &name, 0)) {
            Ok(()) => reply.opened(FileHandle(0), KEPT),
            Err(errno) => reply.error(errno),
        }
    }

    fn read(
        &self,
        who: &Request,
        number: INodeNo,
        _: FileHandle,
        offset: u64,
        size: u32,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyData,
    ) {
        let files = self.files();
        let read = files.of(number).and_then(|(known, file)| {
            if !is_volatile(&known.name) {
                self.meet(who, Kind::Read, &known.name, offset)?;
            }
            let mut bytes = vec![0; size as usize];
            let mut filled = 0;
            while filled < bytes.len() {
                match file.read_at(&mut bytes[filled..], offset + filled as u64)? {
                    0 => break,
                    more => filled += more,
                }
            }
            bytes.truncate(filled);
            Ok(bytes)
        });
        match read {
            Ok(bytes) => reply.data(&bytes),
            Err(errno) => reply.error(errno),
        }
    }

    fn write(
        &self,
        who: &Request,
        number: INodeNo,
        _: FileHandle,
        offset: u64,
        bytes: &[u8],
        flags: WriteFlags,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyWrite,
    ) {
        match self.put(who, number, offset, bytes, flags.contains(WriteFlags::FUSE_WRITE_CACHE)) {
            Ok(size) => reply.written(size),
            Err(errno) => reply.error(errno),
        }
    }

    fn flush(&self, _: &Request, _: INodeNo, _: FileHandle, _: LockOwner, reply: ReplyEmpty) {
        reply.ok();
    }

    fn fsync(&self, who: &Request, number: INodeNo, _: FileHandle, _: bool, reply: ReplyEmpty) {
        answer(self.sync_file(who, number), reply);
    }

    fn fsyncdir(&self, who: &Request, _: INodeNo, _: FileHandle, _: bool, reply: ReplyEmpty) {
        answer(self.sync_names(who), reply);
    }

    fn unlink(&self, who: &Request, parent: INodeNo, name: &OsStr, reply: ReplyEmpty) {
        answer(self.take_away(who, parent, name), reply);
    }

    fn rename(
        &self,
        who: &Request,
        parent: INodeNo,
        name: &OsStr,
        to: INodeNo,
        to_name: &OsStr,
        _: RenameFlags,
        reply: ReplyEmpty,
    ) {
        answer(self.give_name(who, parent, name, (to, to_name)), reply);
    }

    fn readdir(&self, _: &Request, _: INodeNo, _: FileHandle, offset: u64, mut reply: ReplyDirectory) {
        let files = self.files();
        let before = [(".", INodeNo::ROOT.0), ("..", INodeNo::ROOT.0)].into_iter();
        let all = before.chain(files.names.iter().map(|(name, number)| (name.as_str(), *number)));
        for (place, (name, number)) in (1..).zip(all).skip(usize::try_from(offset).unwrap_or(usize::MAX)) {
            let kind = self.look(&files, number).map_or(FileType::RegularFile, |there| there.kind);
            if reply.add(INodeNo(number), place, kind, name) {
                break;
            }
        }
        reply.ok();
    }

    /// Room for everything: whether there is any is tried by the operations that fail.
    fn statfs(&self, _: &Request, _: INodeNo, reply: ReplyStatfs) {
        const BLOCKS: u64 = 1 << 24;
        reply.statfs(BLOCKS, BLOCKS, BLOCKS, BLOCKS, BLOCKS, BLOCK, 255, BLOCK);
    }
}

fn answer(done: Result<(), Errno>, reply: ReplyEmpty) {
    match done {
        Ok(()) => reply.ok(),
        Err(errno) => reply.error(errno),
    }
}
