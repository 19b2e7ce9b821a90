//! Configuration and environment that cannot be worked with: the daemon refuses to start with exit code 78 and names file,
//! key, value and the way out. `tests/corpus/config/*.toml` say on their first line what must be said of them.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use jiexu::daemon::setup;

use crate::support::PATIENCE;
use crate::support::exchange::{home_options, profile};

const US: &str = "530800";
const CONFIGURATION: i32 = 78;

/// A sound home without a broker: what refuses must refuse before it needs one.
struct Place {
    folder: tempfile::TempDir,
    root: String,
    other_root: String,
    /// Somebody else listens here.
    used: std::net::TcpListener,
}

impl Place {
    fn new() -> Place {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
        let registry = folder.path().join("registry");
        let root = setup::create_registry(&registry).expect("a registry");
        let other_root = setup::create_registry(&folder.path().join("other")).expect("a registry");
        let home = folder.path().join("home");
        setup::init(&home, &profile(US), &home_options(&root)).expect("a home");
        setup::add_agency(&registry, &home.join(setup::CARD_FILE)).expect("listed");
        setup::sign(&registry, jiexu::clock::now().china_date()).expect("signed");
        setup::install_directory(&registry, &home).expect("installed");
        let used = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        Place { folder, root, other_root, used }
    }

    fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    fn config(&self) -> PathBuf {
        self.home().join(setup::CONFIG_FILE)
    }

    fn filled(&self, text: &str) -> String {
        let port = self.used.local_addr().expect("an address").port().to_string();
        text.replace("{root}", &self.root).replace("{other_root}", &self.other_root).replace("{used_port}", &port)
    }

    fn serve(&self, config: &Path) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_jiexu"));
        command.args(["--config".as_ref(), config.as_os_str(), "serve".as_ref()]);
        command
    }
}

/// Runs it until it ends; one that starts is stopped, and has no exit code.
fn ended(mut command: Command) -> Output {
    let spawned = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = spawned.expect("the program runs");
    let begun = Instant::now();
    while child.try_wait().expect("a state").is_none() {
        if begun.elapsed() > PATIENCE {
            let _ = child.kill();
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    child.wait_with_output().expect("its words")
}

/// Why it did not refuse as it should; `says` are parts that must all be there.
fn refuses(command: Command, code: &str, says: &[String]) -> Result<(), String> {
    let output = ended(command);
    let said = String::from_utf8(output.stderr).map_err(|_| "not UTF-8".to_owned())?;
    // Lines are wrapped for the screen.
    let flat: String = said.split_whitespace().collect();
    let lacks = |part: &&String| !flat.contains(&part.split_whitespace().collect::<String>());
    if output.status.code() != Some(CONFIGURATION) {
        return Err(format!("{:?}: {said}", output.status));
    }
    if !said.contains(&format!("✗ {code}\n")) || said.contains("panicked") {
        return Err(format!("not {code}: {said}"));
    }
    says.iter().find(lacks).map_or(Ok(()), |part| Err(format!("does not say “{part}”: {said}")))
}

#[test]
fn every_bad_configuration_is_refused_by_file_key_and_value() {
    let place = Place::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/config");
    let mut files: Vec<_> =
        std::fs::read_dir(folder).expect("the corpus").map(|file| file.expect("a file").path()).collect();
    files.sort();
    assert!(files.len() >= 30, "the corpus is there");
    let mut violations = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a text");
        let expects = text.lines().next().and_then(|line| line.strip_prefix("# expects ")).expect("what it expects");
        let (code, says) = expects.split_once(": ").expect("a code and its words");
        let name = file.file_name().and_then(|name| name.to_str()).expect("a name");
        let config = place.home().join(name);
        std::fs::write(&config, place.filled(&text)).expect("written");
        let says: Vec<String> = says.split(" | ").map(|part| place.filled(part).replace("{file}", name)).collect();
        if let Err(what) = refuses(place.serve(&config), code, &says) {
            violations.push(format!("{name}: {what}"));
        }
    }
    assert!(violations.is_empty(), "{violations:#?}");
}

/// Makes the place bad, returns how it is started and what must be said.
type Spoil = fn(&Place) -> (Command, &'static str, &'static str);

fn mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("a mode");
}

fn written(place: &Place, file: &str, bytes: &[u8]) -> Command {
    std::fs::write(place.home().join(file), bytes).expect("written");
    place.serve(&place.config())
}

fn with_variable(place: &Place, name: &str, value: &str) -> Command {
    let mut command = place.serve(&place.config());
    command.env(name, value);
    command
}

const SPOILED: &[(&str, Spoil)] = &[
    ("D1 missing", |place| (place.serve(&place.home().join("none.toml")), "CONFIG_UNREADABLE", "none.toml")),
    ("D1 a folder", |place| (place.serve(&place.home()), "CONFIG_NOT_A_FILE", "home")),
    ("D1 100 MB", |place| {
        let file = std::fs::File::create(place.config()).expect("a file");
        file.set_len(100_000_000).expect("a length");
        (place.serve(&place.config()), "CONFIG_TOO_LARGE", "jiexu.toml")
    }),
    ("D1 not UTF-8", |place| {
        (written(place, "jiexu.toml", b"[agency]\ncode = \"\xd5\xc5\"\n"), "CONFIG_UNREADABLE", "jiexu.toml")
    }),
    ("D23 a link", |place| {
        let link = place.home().join("link.toml");
        symlink(place.config(), &link).expect("a link");
        (place.serve(&link), "CONFIG_NOT_A_FILE", "link.toml")
    }),
    ("D23 writable by all", |place| {
        mode(&place.config(), 0o666);
        (place.serve(&place.config()), "CONFIG_TOO_OPEN", "chmod 644")
    }),
    ("D6 the default password", |place| {
        (written(place, "keys/broker.password", b"guest\n"), "PASSWORD_DEFAULT", "broker.password")
    }),
    ("D6 no password", |place| (written(place, "keys/broker.password", b"\n"), "PASSWORD_DEFAULT", "broker.password")),
    ("D7 a password all can read", |place| {
        mode(&place.home().join("keys/broker.password"), 0o644);
        (place.serve(&place.config()), "PASSWORD_TOO_OPEN", "chmod 600")
    }),
    ("D7 no password file", |place| {
        std::fs::remove_file(place.home().join("keys/broker.password")).expect("removed");
        (place.serve(&place.config()), "PASSWORD_UNREADABLE", "broker.password")
    }),
    ("D7 a key all can read", |place| {
        mode(&place.home().join("keys/sign.pem"), 0o644);
        (place.serve(&place.config()), "KEY_TOO_OPEN", "chmod 600")
    }),
    ("D7 no key in the file", |place| (written(place, "keys/seal.pem", b"-----BEGIN"), "KEY_MALFORMED", "seal.pem")),
    ("D7 the keys changed round", |place| {
        std::fs::copy(place.home().join("keys/sign.pem"), place.home().join("keys/seal.pem")).expect("copied");
        (place.serve(&place.config()), "KEY_MALFORMED", "seal.pem")
    }),
    ("D8 a directory changed by one byte", |place| {
        let path = place.home().join("directory/directory.json");
        let text = std::fs::read_to_string(&path).expect("a directory");
        std::fs::write(path, text.replacen("测试", "测式", 1)).expect("written");
        (place.serve(&place.config()), "DIRECTORY_BAD_SIGNATURE", "registry")
    }),
    ("D8 no signatures", |place| {
        (written(place, "directory/directory.json.sig", b"\n"), "DIRECTORY_UNSIGNED", "again")
    }),
    ("D21 a password in the environment", |place| {
        (
            with_variable(place, "JIEXU_BROKER_PASSWORD", "hidden-canary"),
            "SECRET_IN_ENVIRONMENT",
            "JIEXU_BROKER_PASSWORD",
        )
    }),
    ("D20 64 open files", |place| {
        let mut command = Command::new("sh");
        let line =
            format!("ulimit -n 64; exec {} --config {} serve", env!("CARGO_BIN_EXE_jiexu"), place.config().display());
        command.args(["-c", &line]);
        (command, "OPEN_FILES", "128")
    }),
];

#[test]
fn every_bad_environment_is_refused_with_the_way_out() {
    let mut violations = Vec::new();
    for (name, spoil) in SPOILED {
        let place = Place::new();
        let (command, code, says) = spoil(&place);
        if let Err(what) = refuses(command, code, &[says.to_owned()]) {
            violations.push(format!("{name}: {what}"));
        }
    }
    assert!(violations.is_empty(), "{violations:#?}");
}

#[test]
fn what_is_sound_is_taken_whatever_the_locale_is() {
    let place = Place::new();
    for locale in ["C", "", "zh_CN.GB18030"] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_jiexu"));
        command.args(["--config".as_ref(), place.config().as_os_str(), "check-config".as_ref()]);
        command.env("LANG", locale).env("LC_ALL", locale);
        let output = ended(command);
        let said = String::from_utf8(output.stdout).expect("UTF-8, whatever the locale");
        assert!(output.status.success() && said.contains("机构目录"), "{locale}: {said}");
    }
}
