//! `case <verb>`: what a person decides about a case. The same decisions, with the same guards, as everywhere else.

use std::process::ExitCode;

use chrono::NaiveDate;
use clap::{Args, Subcommand, ValueEnum};

use super::access::Access;
use super::doc::{Doc, both};
use super::payout::read_account;
use super::screen::{Paint, Screen, say, say_json};
use super::trouble::{REFUSED, Trouble, USAGE};
use super::{Ended, Global};
use crate::daemon::Request;
use crate::domain::act::{Amendment, CancelledBy, Verb};
use crate::domain::forms::Objection;
use crate::domain::ids::BankTxnNo;
use crate::domain::money::Balance;
use crate::domain::person::PersonName;
use crate::domain::reasons::{Reason, ReturnCode};
use crate::domain::words;

#[derive(Subcommand)]
pub enum CaseCommand {
    /// 转出：按现在的登记重新核验 / outgoing: check again with the register as it is now
    Recheck(Which),
    /// 审核放行：办理等待审核的一步 / release the step that waits for a review
    Release(Which),
    /// 转入：不予受理申请 / incoming: turn an application down
    Reject {
        #[command(flatten)]
        which: Which,
        /// 不予受理原因代码，可多个 / code of a reason, may be repeated
        #[arg(long = "code", required = true, value_name = "CODE", ignore_case = true)]
        codes: Vec<String>,
    },
    /// 转出：退回联系函 / outgoing: return the letter
    Return {
        #[command(flatten)]
        which: Which,
        /// 退回原因代码，可多个 / code of a reason, may be repeated
        #[arg(long = "code", required = true, value_name = "CODE", ignore_case = true)]
        codes: Vec<String>,
    },
    /// 转出：核实后出具信息表（须两人） / outgoing: issue the sheet after verification (two persons)
    Issue(Which),
    /// 转出：余额付给参保人本人，信息表注明（须两人） / outgoing: pay the balance to the person; the sheet says so (two persons)
    Payout {
        #[command(flatten)]
        which: Which,
        /// 本人账户文件，一行：户名,账号,开户行[,联行号]；写 - 则从标准输入读取 / file with the person's own account in one
        /// line: name,number,bank[,bank no.]; - reads standard input
        #[arg(long, value_name = "FILE|-")]
        account: std::path::PathBuf,
    },
    /// 转出：按现在的登记更正信息表，办结后也可 / outgoing: issue the corrected sheet, also after completion
    Correct {
        #[command(flatten)]
        which: Which,
        /// 个人账户余额应为，元；只动差额（须两人） / what the balance should have been, in yuan; only the difference moves (two persons)
        #[arg(long, value_name = "YUAN")]
        balance: Option<String>,
    },
    /// 转入：冲正多入账的差额并退回转出地（须两人） / incoming: take back what was credited too much (two persons)
    Reverse(Which),
    /// 转入：信息表核对无误，合并 / incoming: the sheet is right, merge it
    Accept(Which),
    /// 转入：对信息表提出异议 / incoming: object to the sheet
    Object {
        #[command(flatten)]
        which: Which,
        /// 有异议的栏目，如 periods[3].months / the field, such as periods[3].months
        #[arg(long)]
        field: String,
        /// 应为 / what it should say
        #[arg(long)]
        expected: Option<String>,
    },
    /// 转入：更正后重发联系函 / incoming: amend the letter and send it again
    Amend {
        #[command(flatten)]
        which: Which,
        /// 更正后的姓名 / the person's name, corrected
        #[arg(long)]
        name: Option<String>,
        /// 参保凭证号 / certificate no.
        #[arg(long, value_name = "NO")]
        certificate_no: Option<String>,
        /// 姓名与证件号码改为本地登记现在的 / take name and document as our register has them now
        #[arg(long)]
        identity_from_register: bool,
        /// 收款账户改为机构目录现登记的本机构账户（须两人） / take the payee that the directory lists for us now (two persons)
        #[arg(long)]
        payee_from_directory: bool,
    },
    /// 转入：退回后终止 / incoming: close after a return
    Close(Which),
    /// 转入：申请撤销 / incoming: ask to take the case back
    Cancel {
        #[command(flatten)]
        which: Which,
        /// 由谁提出 / who asks
        #[arg(long, default_value = "person")]
        by: By,
    },
    /// 转入：款项不能入账，退回原付款账户（须两人） / incoming: money that cannot be credited goes back to who paid it (two persons)
    SendBack {
        #[command(flatten)]
        which: Which,
        /// 银行流水号，可多个 / bank transaction no., may be repeated
        #[arg(long = "txn", required = true, value_name = "NO")]
        txns: Vec<String>,
    },
    /// 转出：核实后重汇被退回的付款（须两人） / outgoing: send a returned payment again (two persons)
    Resend(Which),
    /// 转入：核实个人账户后入账（须两人） / incoming: credit after verifying the account (two persons)
    Credit(Which),
    /// 转入：这些流水就是本案款项（建议匹配一人确认，其余须两人） / incoming: these lines are the money (two persons, or the machine's proposal)
    Match {
        #[command(flatten)]
        which: Which,
        /// 银行流水号，可多个 / bank transaction no., may be repeated
        #[arg(long = "txn", required = true, value_name = "NO")]
        txns: Vec<String>,
    },
    /// 催办对方 / remind the other agency of what it owes
    Remind(Which),
    /// 说明延期 / explain a delay of ours
    Delay {
        #[command(flatten)]
        which: Which,
        /// 预计办结日期 / when it is expected to be done
        #[arg(long, value_name = "DATE")]
        expected: NaiveDate,
    },
    /// 向对方提问（问题写在 --reason） / ask the other agency (the question is the reason)
    Ask {
        #[command(flatten)]
        which: Which,
        /// 所问栏目，如 periods[3].months / the field it is about, such as periods[3].months
        #[arg(long)]
        field: Option<String>,
    },
    /// 答复对方最早的提问（答复写在 --reason） / answer the oldest question (the answer is the reason)
    Answer(Which),
    /// 查询对方进度 / ask how far the other agency is
    Query(Which),
    /// 来函已阅 / what the other agency wrote was read
    Noted(Which),
    /// 复核并执行他人提出的事项 / confirm and carry out what another person proposed
    Confirm(Which),
    /// 撤回尚未复核的事项 / withdraw what was proposed
    Withdraw(Which),
}

#[derive(Args)]
pub struct Which {
    /// 案件编号或联系函编号 / case id or letter no.
    case: String,
    /// 理由，记入案件经过 / why, kept with the case
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// 只在案件仍是此版本时办理 / only if the case is still in this version
    #[arg(long)]
    version: Option<u64>,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum By {
    Person,
    Agency,
}

pub(super) async fn run(command: CaseCommand, global: &Global) -> Ended {
    let (which, verb) = verb_of(command)?;
    let request =
        Request::Act { actor: global.actor(), name: which.case, version: which.version, verb, reason: which.reason };
    let answer = Access::ask_once(&global.config, request).await?;
    if global.json() {
        say_json(&answer);
    }
    let answer = Doc(&answer);
    let Some(outcome) = taken(answer)? else { return Ok(ExitCode::from(REFUSED)) };
    if !global.json() {
        say(&told(answer, outcome.text("outcome")));
    }
    Ok(ExitCode::SUCCESS)
}

/// What became of a decision; one that was declined is a trouble with its code and words.
pub(super) fn taken(answer: Doc<'_>) -> Result<Option<Doc<'_>>, Trouble> {
    let Some(outcome) = answer.part("outcome") else { return Ok(None) };
    if outcome.text("outcome") == "declined" {
        let words = (outcome.text("chinese"), outcome.text("english"));
        return Err(Trouble::new(REFUSED, outcome.text("code"), words.0, words.1));
    }
    Ok(Some(outcome))
}

fn verb_of(command: CaseCommand) -> Result<(Which, Verb), Trouble> {
    Ok(match command {
        CaseCommand::Recheck(which) => (which, Verb::Recheck),
        CaseCommand::Release(which) => (which, Verb::Release),
        CaseCommand::Reject { which, codes } => {
            let reasons = codes.iter().map(|code| reason(code, &which.reason)).collect::<Result<_, _>>()?;
            (which, Verb::Reject { reasons })
        }
        CaseCommand::Issue(which) => (which, Verb::Issue),
        CaseCommand::Payout { which, account } => (which, Verb::Payout { account: read_account(&account)? }),
        CaseCommand::Close(which) => (which, Verb::Close),
        CaseCommand::Correct { which, balance } => {
            let balance = balance.as_deref().map(Balance::from_yuan).transpose().map_err(|cause| {
                let english = format!("the balance cannot be read: {cause}");
                Trouble::new(USAGE, "AMOUNT", "余额应写作元，至多两位小数", english)
            })?;
            (which, Verb::Correct { balance })
        }
        CaseCommand::Reverse(which) => (which, Verb::Reverse),
        CaseCommand::Accept(which) => (which, Verb::Accept),
        CaseCommand::Object { which, field, expected } => {
            let objection = Objection { field, stated: None, expected, text: which.reason.clone() };
            (which, Verb::Object { objections: vec![objection] })
        }
        CaseCommand::Match { which, txns } => (which, Verb::Match { txns: numbers(&txns)? }),
        CaseCommand::SendBack { which, txns } => (which, Verb::SendBack { txns: numbers(&txns)? }),
        CaseCommand::Credit(which) => (which, Verb::Credit),
        CaseCommand::Resend(which) => (which, Verb::Resend),
        CaseCommand::Remind(which) => (which, Verb::Remind),
        CaseCommand::Delay { which, expected } => (which, Verb::Delay { expected_on: expected }),
        CaseCommand::Ask { which, field } => (which, Verb::Ask { field }),
        CaseCommand::Answer(which) => (which, Verb::Answer),
        CaseCommand::Query(which) => (which, Verb::Query),
        CaseCommand::Noted(which) => (which, Verb::Noted),
        CaseCommand::Confirm(which) => (which, Verb::Confirm),
        CaseCommand::Withdraw(which) => (which, Verb::Withdraw),
        CaseCommand::Return { which, codes } => {
            let reasons = codes.iter().map(|code| reason(code, &which.reason)).collect::<Result<_, _>>()?;
            (which, Verb::Return { reasons })
        }
        CaseCommand::Amend { which, name, certificate_no, identity_from_register, payee_from_directory } => {
            let name = name.as_deref().map(PersonName::new).transpose().map_err(|cause| {
                let english = format!("the name cannot be used: {cause}");
                Trouble::new(USAGE, "NAME", "姓名不合规范", english)
            })?;
            (which, Verb::Amend(Amendment { name, certificate_no, identity_from_register, payee_from_directory }))
        }
        CaseCommand::Cancel { which, by } => {
            let by = match by {
                By::Person => CancelledBy::Person,
                By::Agency => CancelledBy::IncomingAgency,
            };
            (which, Verb::Cancel { by })
        }
    })
}

fn numbers(txns: &[String]) -> Result<Vec<BankTxnNo>, Trouble> {
    let read = |txn: &String| {
        BankTxnNo::new(txn).map_err(|cause| {
            let english = format!("this is no bank transaction no.: {cause}");
            Trouble::new(USAGE, "BANK_TXN_NO", "银行流水号不合规范", english)
        })
    };
    txns.iter().map(read).collect()
}

/// `OTHER` says nothing by itself: it carries the clerk's own words.
fn reason(code: &str, text: &str) -> Result<Reason, Trouble> {
    let known = ReturnCode::ALL.iter().copied().find(|known| known.code().eq_ignore_ascii_case(code));
    let Some(code) = known else {
        let codes: Vec<&str> = ReturnCode::ALL.iter().map(|known| known.code()).collect();
        let english = format!("no such reason; one of: {}", codes.join(" "));
        return Err(Trouble::new(USAGE, "RETURN_CODE", "没有这个退回原因代码", english));
    };
    let text = (code == ReturnCode::Other).then(|| text.to_owned());
    Ok(Reason { code, text, field: None })
}

/// What it led to, and what may be decided next.
fn told(answer: Doc<'_>, outcome: &str) -> String {
    let screen = Screen::stdout();
    let Some(case) = answer.part("case") else { return String::new() };
    let role = case.text("role");
    let relation = both(words::relation(role), case.text("relation"));
    let head = if outcome == "duplicate" { "此前已办理 already done" } else { "✓ 已办理 done" };
    let mut text = format!("{} {} · {relation}\n", screen.paint(Paint::Good, head), case.text("letter_no"));
    let verbs: Vec<&str> = case.words("verbs").collect();
    if !verbs.is_empty() {
        text += &format!("  可办理 may be decided: {}\n", verbs.join(" · "));
    }
    text
}
