//! Real processes that upgrade: killed at every step and at any moment, with a disk that is too full, and another agency's
//! file. Whatever happens, the file is as the older program left it or wholly upgraded.

use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use jiexu::fault::POINTS;

use super::picture::Picture;
use super::{LEFT, TODAY, fixture, kept};
use crate::storage::disk::SmallDisk;
use crate::support::dice::Dice;
use crate::support::exchange::{Agency, homes};

/// Times that a process is killed at any moment.
const KILLS: u64 = 6;
const MIB: u64 = 1024 * 1024;

/// A home over a database that an older program left.
struct Old {
    _folder: tempfile::TempDir,
    agency: Agency,
    file: Vec<u8>,
    before: Picture,
}

impl Old {
    async fn prepare() -> Old {
        let (left, files) = fixture(LEFT.last().expect("one").0);
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
        let (_, mut agencies) = homes(folder.path(), &[&left.agencies[0].code]);
        let agency = agencies.remove(0);
        let file = files.into_iter().next().expect("a database");
        std::fs::create_dir_all(agency.home.join("data")).expect("a folder");
        let aside = folder.path().join("aside.db");
        std::fs::write(&aside, &file).expect("a database");
        let before = Picture::of(&aside).await;
        Old { _folder: folder, agency, file, before }
    }

    fn path(&self) -> PathBuf {
        self.agency.database()
    }

    /// The file as the older program left it, and nothing beside it.
    fn lay_out(&self) {
        let data = self.agency.home.join("data");
        for file in std::fs::read_dir(&data).expect("a folder").map(|file| file.expect("a file").path()) {
            std::fs::remove_file(file).expect("removed");
        }
        std::fs::write(self.path(), &self.file).expect("a database");
    }

    fn command(&self, fault: Option<&str>) -> Command {
        let mut command = Command::new(&self.agency.program);
        command.arg("--config").arg(self.agency.config()).arg("verify");
        command.env_remove("JIEXU_FAULT").envs(fault.map(|fault| ("JIEXU_FAULT", fault))).env("NO_COLOR", "1");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn verify(&self) -> Output {
        self.command(None).output().expect("the program runs")
    }

    /// The next start finishes; nothing is lost and there is one copy from before.
    async fn finishes(&self, what: &str) {
        let said = self.verify();
        let (out, err) = (String::from_utf8_lossy(&said.stdout), String::from_utf8_lossy(&said.stderr));
        assert!(said.status.success(), "after {what}: {}: {out}{err}", said.status);
        assert_eq!(self.before.missing_in(&self.path()).await, Vec::<String>::new(), "after {what}");
        assert_eq!(Picture::of(&self.path()).await.schema, TODAY, "after {what}");
        assert_eq!(kept(&self.agency.code, &self.path(), &self.before).await, Vec::<String>::new(), "after {what}");
    }
}

fn files_beside(path: &Path) -> Vec<String> {
    let files = std::fs::read_dir(path.parent().expect("a folder")).expect("a folder");
    files.map(|file| file.expect("a file").file_name().to_string_lossy().into_owned()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_while_it_upgrades_the_file_is_the_older_program_s_or_upgraded_whole() {
    let old = Old::prepare().await;
    let points = POINTS.iter().copied().filter(|point| point.starts_with("upgrade.") || point.starts_with("store.mig"));
    for point in points {
        let is_upgraded = point == "store.migrated";
        old.lay_out();
        let died = old.command(Some(&format!("{point}@1"))).output().expect("the program runs");
        assert_eq!(died.status.signal(), Some(9), "{point}: {}", String::from_utf8_lossy(&died.stderr));
        let now = Picture::of(&old.path()).await;
        assert_eq!(now == old.before, !is_upgraded, "{point}: as it was, or wholly upgraded");
        old.finishes(point).await;
    }
    let kills = std::env::var("JIEXU_UPGRADE_KILLS").map_or(KILLS, |text| text.parse().expect("a number"));
    let mut dice = Dice::new(7);
    let (mut as_before, mut upgraded) = (0, 0);
    for _ in 0..kills {
        old.lay_out();
        let mut child = old.command(None).spawn().expect("the program runs");
        tokio::time::sleep(Duration::from_millis(dice.next() % 100)).await;
        let _ = child.kill();
        child.wait().expect("it ended");
        let now = Picture::of(&old.path()).await;
        assert!(now == old.before || now.schema == TODAY, "half upgraded: {}", now.schema);
        *(if now == old.before { &mut as_before } else { &mut upgraded }) += 1;
        old.finishes("a kill at any moment").await;
    }
    println!("killed at each step and {kills} times at any moment: {as_before} as before, {upgraded} upgraded");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_room_for_a_copy_nothing_is_upgraded() {
    let old = Old::prepare().await;
    let disk = SmallDisk::at(&old.agency.home.join("data"), 48);
    old.lay_out();
    disk.fill(8 * MIB);
    let refused = old.verify();
    let said = String::from_utf8_lossy(&refused.stderr);
    assert_eq!(refused.status.code(), Some(75), "{said}");
    assert!(said.contains("STORE_NO_ROOM_TO_UPGRADE") && said.contains("MiB"), "{said}");
    assert_eq!(std::fs::read(old.path()).expect("a database"), old.file, "the file is as it was");
    assert!(!files_beside(&old.path()).iter().any(|name| name.contains("before")), "no half copy");
    disk.clear();
    old.finishes("a full disk").await;
}

/// The agency is looked at before anything is changed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_agency_s_older_file_is_left_alone() {
    let (left, files) = fixture(LEFT.last().expect("one").0);
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    let path = folder.path().join("jiexu.db");
    std::fs::write(&path, &files[1]).expect("a database");
    let us = crate::support::people::code(&left.agencies[0].code);
    let refused = jiexu::store::Store::open(&path, &us).await.err().map(|cause| cause.to_string());
    assert!(refused.as_deref().is_some_and(|said| said.starts_with("STORE_FOREIGN")), "{refused:?}");
    assert_eq!(std::fs::read(&path).expect("a database"), files[1]);
}
