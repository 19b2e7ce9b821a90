//! `registry`: the superior's list of agencies and its signature. Never signs what it has not shown.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Subcommand;

use super::Ended;
use super::screen::{Screen, say};
use super::table::{Table, cell, column};
use super::trouble::{CONFIGURATION, Trouble};
use crate::clock;
use crate::config::Config;
use crate::daemon::setup::{self, CONFIG_FILE};
use crate::domain::directory::Directory;
use crate::wire::registry::{DIRECTORY_FILE, RootKey, SIGNATURE_FILE, verify_directory};

#[derive(Subcommand)]
pub enum RegistryCommand {
    /// 新建登记机构：根密钥与空目录 / make a registry: its root key and an empty list
    Create { dir: PathBuf },
    /// 登记或更新一家机构 / list an agency, or list it anew
    Add { dir: PathBuf, card: PathBuf },
    /// 签发机构目录的下一版本 / sign the next version of the directory
    Sign { dir: PathBuf },
    /// 核验已签发的机构目录 / check a signed directory
    Verify {
        dir: PathBuf,
        /// 根公钥；缺省为该目录自己的根密钥 / public root key; the folder's own where not given
        #[arg(long, value_name = "BASE64")]
        root: Option<String>,
    },
    /// 将机构目录安装到机构 / copy a signed directory into an agency's home
    Install { dir: PathBuf, home: PathBuf },
}

pub fn run(command: &RegistryCommand) -> Ended {
    let text = match command {
        RegistryCommand::Create { dir } => {
            let root = setup::create_registry(dir)?;
            format!(
                "✓ 登记机构已建立 · registry made: {}\n\n根公钥（写入各机构配置 [registry] roots）· public root key for \
                 every agency\n  {root}\n",
                dir.display()
            )
        }
        RegistryCommand::Add { dir, card } => {
            let card = setup::add_agency(dir, card)?;
            let mut text = format!(
                "✓ 已登记 {} {} · listed\n签发前请电话核对密钥编号 · compare the key ids by telephone before signing\n",
                card.profile.code, card.profile.name
            );
            for key in &card.keys {
                text += &format!("  {}\n", key.kid);
            }
            text + &format!("下一步 · next: jiexu registry sign {}\n", dir.display())
        }
        RegistryCommand::Sign { dir } => {
            let directory = setup::sign(dir, clock::now().china_date())?;
            format!("✓ 已签发 · signed\n{}", describe(&directory))
        }
        RegistryCommand::Verify { dir, root } => {
            let root = root.clone().map_or_else(|| setup::registry_root(dir), Ok)?;
            format!("✓ 签名有效 · the signature is good\n{}", describe(&setup::verify(dir, &root)?))
        }
        RegistryCommand::Install { dir, home } => install(dir, home)?,
    };
    say(&text);
    Ok(ExitCode::SUCCESS)
}

/// Refuses what the agency's own roots do not believe: its present directory stays.
fn install(dir: &Path, home: &Path) -> Result<String, Trouble> {
    let config = Config::load(&home.join(CONFIG_FILE))?;
    let read = |name: &str| {
        let path = dir.join(name);
        std::fs::read(&path).map_err(|cause| Trouble::from(setup::SetupError::Io { path, cause }))
    };
    if config.registry.roots.is_empty() {
        let chinese = "机构配置中没有根公钥；请向登记机构索取并填入 [registry] roots";
        let english = "the agency's configuration names no root key; ask the registry and set [registry] roots";
        return Err(Trouble::new(CONFIGURATION, "ROOT_MISSING", chinese, english));
    }
    let roots = config.registry.roots.iter().map(|root| RootKey::from_base64(root)).collect::<Result<Vec<_>, _>>()?;
    let (bytes, signatures) = (read(DIRECTORY_FILE)?, read(SIGNATURE_FILE)?);
    let directory = verify_directory(&bytes, &signatures, &roots, config.registry.threshold, 0)?;
    setup::install_directory(dir, home)?;
    Ok(format!(
        "✓ 已安装到 · installed in {}（重启守护进程后生效 · restart the daemon）\n{}",
        home.display(),
        describe(&directory)
    ))
}

fn describe(directory: &Directory) -> String {
    let columns = [
        column("代码", "code"),
        column("机构", "agency"),
        column("区划", "division"),
        column("统筹区", "pool").spare(2),
        column("密钥", "keys").right().spare(1),
    ];
    let mut table = Table::new(&columns);
    for agency in directory.agencies.values() {
        table.row([
            cell(agency.code.as_str()),
            cell(&agency.name),
            cell(&agency.division),
            cell(&agency.pool),
            cell(agency.keys.len().to_string()),
        ]);
    }
    let until = directory.valid_until;
    let head = format!("机构目录 directory v{} · 有效至 valid until {until}\n\n", directory.version);
    head + &table.show(&Screen::stdout(), 0)
}
