//! `payout`: the balance of a personal account goes to the person, where no other agency takes it.

use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::access::Access;
use super::doc::Doc;
use super::screen::{Paint, Screen, say, say_json};
use super::trouble::{NO_INPUT, REFUSED, Trouble, USAGE};
use super::{Ended, Global};
use crate::daemon::Request;
use crate::domain::act::Why;
use crate::domain::forms::BankAccount;
use crate::domain::ids::{ApplicationNo, PersonNo};
use crate::domain::payout::{OwnAccount, PayoutReason, PayoutRequest};

#[derive(Subcommand)]
pub enum PayoutCommand {
    /// 开立退付：余额付给本人，无转入地（须两人：另一人用 case confirm 复核） / open a payout to the person; another
    /// person confirms it with `case confirm`
    Open(OpenArgs),
}

#[derive(Args)]
pub struct OpenArgs {
    /// 退付编号，本机构自编，只受理一次 / the agency's own number, taken once
    #[arg(long, value_name = "NO")]
    number: String,
    /// 个人编号 / the person's number in our register
    #[arg(long, value_name = "NO")]
    person_no: String,
    /// 退付原因 / why: emigrated, retired-abroad, off-exchange, retired
    #[arg(long, value_name = "WHY")]
    why: String,
    /// 本人账户文件，一行：户名,账号,开户行[,联行号]；写 - 则从标准输入读取 / file with the person's own account in one
    /// line: name,number,bank[,bank no.]; - reads standard input
    #[arg(long, value_name = "FILE|-")]
    account: PathBuf,
    /// 理由，记入案件经过 / why, kept with the case
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

fn request(args: OpenArgs) -> Result<PayoutRequest, Trouble> {
    let number = ApplicationNo::new(&args.number)
        .map_err(|_| Trouble::new(USAGE, "PAYOUT_NO", "退付编号不合规范", "this is no payout number"))?;
    let person_no = PersonNo::new(&args.person_no)
        .map_err(|_| Trouble::new(USAGE, "PERSON_NO", "个人编号不合规范", "this is no person no."))?;
    let why = PayoutReason::from_word(&args.why).ok_or_else(|| {
        let words = PayoutReason::ALL.map(PayoutReason::word).join(" ");
        Trouble::new(USAGE, "PAYOUT_WHY", "没有这个退付原因", format!("no such reason; one of: {words}"))
    })?;
    let account = read_account(&args.account)?;
    Ok(PayoutRequest { payout_no: number, person_no, why, account, reason: Why(args.reason) })
}

/// An account number on the command line would show in `ps`.
pub(super) fn read_account(file: &Path) -> Result<OwnAccount, Trouble> {
    let mut line = String::new();
    let read = if file == Path::new("-") {
        std::io::stdin().lock().read_line(&mut line).map(|_| ())
    } else {
        std::fs::read_to_string(file).map(|text| text.lines().next().unwrap_or("").clone_into(&mut line))
    };
    let parts: Vec<&str> = line.trim().trim_start_matches('\u{feff}').split([',', '，']).map(str::trim).collect();
    match (read, parts.as_slice()) {
        (Ok(()), [name, number, bank] | [name, number, bank, _]) => Ok(OwnAccount(BankAccount {
            name: (*name).to_owned(),
            number: (*number).to_owned(),
            bank: (*bank).to_owned(),
            bank_no: parts.get(3).filter(|no| !no.is_empty()).map(|no| (*no).to_owned()),
        })),
        _ => Err(Trouble::new(
            NO_INPUT,
            "ACCOUNT_LINE",
            "没有读到本人账户；请写一行：户名,账号,开户行[,联行号]",
            "no account was read; write one line: name,number,bank[,bank no.]",
        )),
    }
}

pub(super) async fn run(command: PayoutCommand, global: &Global) -> Ended {
    let PayoutCommand::Open(args) = command;
    let request = Request::Payout { actor: global.actor(), request: request(args)? };
    let answer = Access::ask_once(&global.config, request).await?;
    if global.json() {
        say_json(&answer);
    }
    let Some(outcome) = Doc(&answer).list("outcomes").next() else { return Ok(ExitCode::from(REFUSED)) };
    if outcome.text("outcome") == "declined" {
        let words = (outcome.text("chinese"), outcome.text("english"));
        return Err(Trouble::new(REFUSED, outcome.text("code"), words.0, words.1));
    }
    if !global.json() {
        let head = if outcome.text("outcome") == "duplicate" {
            "此前已开立 already opened"
        } else {
            "✓ 已开立，待另一人复核 opened; another person must confirm"
        };
        say(&format!("{}\n", Screen::stdout().paint(Paint::Good, head)));
    }
    Ok(ExitCode::SUCCESS)
}
