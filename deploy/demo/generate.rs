//! Writes the demo's data: three agencies' registers, the applications of five days, and what must come of them.
//! It knows nothing of the program it feeds, never asks the time and never rolls another dice than its own: the same
//! source gives the same bytes. Every person is made up; document numbers use address parts that belong to nobody.
//!
//! ```text
//! cargo run --example demo-generate -- --out deploy/demo      write the files
//! cargo run --example demo-generate -- --check deploy/demo    exit 1 and name the first file that differs
//! ```
//!
//! | file | what it holds |
//! |---|---|
//! | `<code>/people.csv` | the register: one row a person; 530800 普洱, 450200 柳州, 441700 阳江 |
//! | `<code>/periods.csv` | contribution periods; none overlap inside a register, none is later than 2026-11 |
//! | `<code>/applications.csv` | applications taken by this agency as the incoming one, 2026-11-16 to 20 |
//! | `accounts.json` | the agencies' bank accounts; each opens with the sum of the register's balances, in fen. 440800 湛江 has no files: it joined today |
//! | `expected.json` | how many applications end how, by planted category, by code, by file and by application |
//!
//! The files look as agencies bring them:
//!
//! | agency | encoding | header | lines end |
//! |---|---|---|---|
//! | 530800 | UTF-8 with BOM | English | LF |
//! | 450200 | GB18030 | Chinese | CRLF |
//! | 441700 | UTF-8 | English, another order | LF |
//!
//! Words in the cells are the same everywhere: insurance 310 / 390 (380, 391 in old periods), account scheme 1 / 2 /
//! blank (resident), status active / stopped / retired / deceased, sex 1 / 2, yes-or-no 1 / 0, nature actual /
//! back_paid / deemed, dates yyyy-mm-dd, months yyyymm, money in yuan with two decimals.
//!
//! Each wrong application breaks exactly one rule, so the order in which rules are looked at does not matter. Three
//! good ones write the document's `X` in lower case. A duplicate comes after its original in the same file.

#[path = "generate/applications.rs"]
mod applications;
#[path = "generate/dice.rs"]
mod dice;
#[path = "generate/expected.rs"]
mod expected;
#[path = "generate/identity.rs"]
mod identity;
#[path = "generate/plan.rs"]
mod plan;
#[path = "generate/register.rs"]
mod register;
#[path = "generate/stories.rs"]
mod stories;
#[path = "generate/tables.rs"]
mod tables;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

/// Changing it changes every file.
const SEED: u64 = 202_611;

/// Everything the demo starts from, by path below `deploy/demo`.
pub fn files() -> BTreeMap<String, Vec<u8>> {
    let mut dice = dice::Dice::new(SEED);
    let world = plan::World::new(&mut dice);
    let mut files = BTreeMap::new();
    for (at, agency) in plan::AGENCIES.iter().enumerate() {
        for (name, table) in [
            ("people", tables::people(&world, at)),
            ("periods", tables::periods(&world, at)),
            ("applications", tables::applications(&world, at)),
        ] {
            files.insert(format!("{}/{name}.csv", agency.code), table.bytes(agency.style));
        }
    }
    files.insert("accounts.json".to_owned(), expected::accounts(&world));
    files.insert("expected.json".to_owned(), expected::expected(&world));
    files
}

/// The first file below `folder` that is missing or not as generated.
pub fn first_difference(folder: &Path) -> Option<String> {
    files()
        .into_iter()
        .find(|(name, bytes)| std::fs::read(folder.join(name)).ok().as_ref() != Some(bytes))
        .map(|it| it.0)
}

fn write_all(folder: &Path) -> std::io::Result<()> {
    for (name, bytes) in files() {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().expect("every file lies in a folder"))?;
        std::fs::write(&path, &bytes)?;
        println!("{} {} bytes", path.display(), bytes.len());
    }
    Ok(())
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["--check", folder] => match first_difference(Path::new(folder)) {
            None => ExitCode::SUCCESS,
            Some(name) => {
                eprintln!("{name} 与生成结果不一致 / differs from what is generated; run demo-generate --out {folder}");
                ExitCode::FAILURE
            }
        },
        ["--out", folder] => match write_all(Path::new(folder)) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("写入失败 / cannot write below {folder}: {error}");
                ExitCode::FAILURE
            }
        },
        _ => {
            eprintln!("demo-generate --out DIR | --check DIR");
            ExitCode::from(2)
        }
    }
}
