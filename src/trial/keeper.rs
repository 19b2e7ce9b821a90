//! A program of ours in its own process group, which ends with us: also when we are killed without a word.

use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal};

use super::broker::{alive, signal, wait_until};

/// Starts the program, says its process number, and kills it when standard input ends.
const KEEPER: &str = r#"
"$@" </dev/null >>"$JIEXU_OUTPUT" 2>&1 &
echo $!
read -r _
kill -KILL $! 2>/dev/null
wait
"#;
const TAIL_BYTES: usize = 2_000;
const KILL_LIMIT: Duration = Duration::from_secs(5);

/// A running program; `drop` kills it.
#[derive(Debug)]
pub struct Kept {
    keeper: Child,
    // Held open: its end tells the keeper that we are gone.
    lifeline: Option<ChildStdin>,
    pid: u32,
    output: PathBuf,
}

impl Kept {
    /// Starts `program`; what it prints is appended to `output`.
    pub fn start(program: &Path, arguments: &[&str], output: &Path) -> std::io::Result<Kept> {
        let file = OpenOptions::new().create(true).append(true).open(output)?;
        let mut keeper = Command::new("/bin/sh")
            .args(["-c", KEEPER, "keeper"])
            .arg(program)
            .args(arguments)
            .env("JIEXU_OUTPUT", output)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::from(file))
            .process_group(0)
            .spawn()?;
        let lifeline = keeper.stdin.take().expect("standard input was asked for as a pipe");
        let said = keeper.stdout.take().expect("standard output was asked for as a pipe");
        let mut line = String::new();
        BufReader::new(said).read_line(&mut line)?;
        let pid = line.trim().parse().map_err(std::io::Error::other)?;
        Ok(Kept { keeper, lifeline: Some(lifeline), pid, output: output.to_owned() })
    }

    pub fn pid(&self) -> u32 {
        self.pid
    }

    pub fn is_running(&self) -> bool {
        alive(self.pid)
    }

    /// Asks the program to stop (SIGTERM); it may still be running.
    pub fn ask_to_stop(&self) {
        signal(self.pid, Signal::TERM);
    }

    /// Waits until it stopped by itself, then kills what is left.
    pub fn finish(self, limit: Duration) {
        wait_until(limit, || !alive(self.pid));
    }

    /// The end of what it printed.
    pub fn tail(&self) -> String {
        let all = fs::read(&self.output).unwrap_or_default();
        String::from_utf8_lossy(&all[all.len().saturating_sub(TAIL_BYTES)..]).into_owned()
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        drop(self.lifeline.take());
        // Its files and ports are free once the keeper has seen its end.
        wait_until(KILL_LIMIT, || !alive(self.keeper.id()));
        let _ = rustix::process::kill_process_group(Pid::from_child(&self.keeper), Signal::KILL);
        let _ = self.keeper.wait();
        wait_until(KILL_LIMIT, || !alive(self.pid));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_program_runs_and_ends_with_its_keeper() {
        let folder = std::env::temp_dir().join(format!("jiexu-keeper-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        let kept = Kept::start(Path::new("/bin/sleep"), &["60"], &folder.join("log")).expect("started");
        let pid = kept.pid();
        assert!(kept.is_running());
        drop(kept);
        assert!(!alive(pid));
        fs::remove_dir_all(&folder).expect("removed");
    }
}
