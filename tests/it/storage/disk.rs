//! 磁盘满: a disk of its own for one agency, filled to the last byte while people move.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use jiexu::daemon::Request;

use super::{FROM, TO, applications, command, register, until_closed};
use crate::support::allowed;
use crate::support::exchange::Exchange;

const MIB: u64 = 1024 * 1024;

/// A small disk in memory, unmounted when dropped. Needs the rights to mount.
pub struct SmallDisk(PathBuf);

impl SmallDisk {
    pub fn at(folder: &Path, mib: u64) -> SmallDisk {
        std::fs::create_dir_all(folder).expect("a folder");
        let size = format!("size={mib}m,mode=0700");
        let made = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(folder).output();
        let made = made.expect("mount is there");
        assert!(made.status.success(), "run as root: {}", String::from_utf8_lossy(&made.stderr));
        SmallDisk(folder.to_owned())
    }

    fn free(&self) -> u64 {
        let disk = rustix::fs::statvfs(&self.0).expect("a disk");
        disk.f_bavail * disk.f_frsize
    }

    /// Takes everything but so many bytes.
    pub fn fill(&self, left: u64) {
        let mut file = File::options().create(true).append(true).open(self.filler()).expect("a file");
        let block = vec![0u8; 64 * 1024];
        while self.free() > left {
            let size = block.len().min(usize::try_from(self.free() - left).expect("small"));
            if file.write_all(&block[..size]).is_err() {
                // Somebody else took the last of it.
                return;
            }
        }
    }

    pub fn clear(&self) {
        std::fs::remove_file(self.filler()).expect("the filler");
    }

    fn filler(&self) -> PathBuf {
        self.0.join("filler")
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

async fn is_low(exchange: &mut Exchange, code: &str) -> bool {
    exchange.agency(code).ask(&Request::Status).await["disk"]["low"] == true
}

/// Below the mark nothing is taken, neither letters nor commands; with nothing left at all what is in hand is held. Both
/// go on by themselves.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_stops_before_it_is_full_and_work_goes_on_by_itself() {
    const PEOPLE: u32 = 30;
    let mut exchange = Exchange::prepare(&[FROM, TO]);
    let home = exchange.agency(FROM).home.clone();
    let config = exchange.agency(FROM).config();
    let text = std::fs::read_to_string(&config).expect("a configuration");
    std::fs::write(&config, text + "\n[store]\nfree_mb = 16\n").expect("a configuration");
    let disk = SmallDisk::at(&home.join("data"), 64);
    exchange.start_all().await;
    register(&mut exchange, 1..=PEOPLE).await;
    assert!(!is_low(&mut exchange, FROM).await);

    disk.fill(12 * MIB);
    let filled = Instant::now();
    assert!(is_low(&mut exchange, FROM).await);
    assert!(filled.elapsed() < allowed(Duration::from_secs(2)), "shown at once");
    exchange.agency(TO).ask(&applications(1..=10)).await;
    let refused = command(exchange.agency(FROM), &["bank", "import", "/dev/null"]);
    assert!(!refused.status.success());
    let refused = exchange.agency(FROM).refusal(&applications(90..=90)).await;
    assert_eq!(refused, "DISK_LOW");
    // The letters wait at the broker: nothing was taken from it.
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    let inbox = exchange.agency(FROM).ask(&Request::Overview).await["inbox"].clone();
    assert!(inbox.as_array().is_some_and(Vec::is_empty), "{inbox}");

    disk.clear();
    until_closed(&mut exchange, 10).await;

    // To the last byte, while letters are on their way in.
    exchange.agency(TO).ask(&applications(11..=PEOPLE)).await;
    disk.fill(0);
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert!(is_low(&mut exchange, FROM).await, "it lives, and says so");
    disk.clear();
    until_closed(&mut exchange, PEOPLE as usize).await;
    for code in [FROM, TO] {
        exchange.agency(code).verify_clean().await;
    }
    // Before the disk under them is taken away.
    exchange.agency(FROM).terminate();
}
