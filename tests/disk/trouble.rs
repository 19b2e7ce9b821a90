//! Which operation fails, and how far the log has come.

use std::path::Path;

use fuser::Errno;

/// What an operation is counted under.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A write, or a file cut or lengthened.
    Write,
    /// A file or a folder.
    Sync,
    /// A file opened or made.
    Open,
    /// A name removed or changed.
    Name,
    Read,
}

#[derive(Default)]
pub struct Trouble {
    armed: Option<Armed>,
    /// What failed, once it has.
    failed: Option<String>,
    /// The thread that met it, and where it wrote or read. Of a write over two pages the kernel makes two, and one that fails
    /// after the first only shortens it; what it failed to read ahead it reads again. Who tries the same at once meets the
    /// same trouble.
    again: Option<(u32, String, u64, Errno)>,
    /// Records in the log.
    pub records: u64,
    /// With so many the power goes.
    last: Option<u64>,
}

struct Armed {
    kind: Kind,
    errno: Errno,
    left: u64,
}

impl Trouble {
    /// `fail <kind> <errno> <n>`: the n-th operation of this kind from now on fails, once. `cut <n>`: the power goes after so
    /// many more records; nothing is done any more, and everything fails. `state`: records, and what failed.
    pub fn command(&mut self, line: &str) -> String {
        match line.split(' ').collect::<Vec<_>>().as_slice() {
            ["state"] if self.is_dark() => format!("{} power", self.records),
            ["state"] => format!("{} {}", self.records, self.failed.as_deref().unwrap_or("-")),
            ["fail", kind, errno, n] => {
                let kind = match *kind {
                    "write" => Kind::Write,
                    "sync" => Kind::Sync,
                    "open" => Kind::Open,
                    "name" => Kind::Name,
                    "read" => Kind::Read,
                    _ => return "no such kind".to_owned(),
                };
                let errno = match *errno {
                    "EIO" => Errno::EIO,
                    "ENOSPC" => Errno::ENOSPC,
                    _ => return "no such errno".to_owned(),
                };
                let Ok(left) = n.parse() else { return "no number".to_owned() };
                self.failed = None;
                self.again = None;
                self.armed = Some(Armed { kind, errno, left });
                "armed".to_owned()
            }
            ["cut", n] => {
                let Ok(n) = n.parse::<u64>() else { return "no number".to_owned() };
                self.last = Some(self.records + n);
                "armed".to_owned()
            }
            _ => "no such command".to_owned(),
        }
    }

    /// The power is gone.
    pub fn is_dark(&self) -> bool {
        self.last.is_some_and(|last| self.records >= last)
    }

    /// Counts an operation of this thread; an error where it is the one that fails. What the test that started us does
    /// itself is not counted: it only looks.
    pub fn meet(&mut self, thread: u32, kind: Kind, what: &str, at: u64) -> Result<(), Errno> {
        if self.is_dark() {
            return Err(Errno::EIO);
        }
        if let Some(again) = self.again.take_if(|again| again.0 == thread)
            && matches!(kind, Kind::Write | Kind::Read)
            && (again.1.as_str(), again.2) == (what, at)
        {
            return Err(again.3);
        }
        let Some(armed) = self.armed.as_mut().filter(|armed| armed.kind == kind) else { return Ok(()) };
        if Path::new(&format!("/proc/{}/task/{thread}", std::os::unix::process::parent_id())).exists() {
            return Ok(());
        }
        armed.left = armed.left.saturating_sub(1);
        if armed.left > 0 {
            return Ok(());
        }
        let errno = armed.errno;
        self.armed = None;
        self.again = Some((thread, what.to_owned(), at, errno));
        self.failed = Some(format!("{kind:?} {what}"));
        Err(errno)
    }
}
