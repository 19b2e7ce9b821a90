//! `bank`: statements in, payment files out. A payment leaves in one file only; the same file can be written again.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use serde::Deserialize;
use serde_json::json;

use super::access::Access;
use super::broker::write_whole;
use super::doc::{Doc, chinese, clock as moment};
use super::import::{self, StatementArgs};
use super::lists::{Place, more, shown};
use super::maintenance::agency;
use super::screen::{Screen, count, say, say_json, yuan};
use super::table::{Table, cell, column};
use super::trouble::{REFUSED, Trouble, UNAVAILABLE};
use super::{Ended, Global};
use crate::clock;
use crate::daemon::Request;
use crate::domain::forms::BankAccount;
use crate::domain::ids::{AgencyCode, BankTxnNo, LetterNo, PaymentRef};
use crate::domain::line::LineVerb;
use crate::domain::money::{Balance, Fen};
use crate::domain::reference::is_batch;
use crate::domain::words;
use crate::files::{PaymentRow, write_pain001, write_payments};
use crate::store::views::PaymentQuery;

#[derive(Subcommand)]
pub enum BankCommand {
    /// 导入银行流水 / import bank statements
    Import(StatementArgs),
    /// 导出付款文件 / write the payment file for the bank
    Payments(PaymentsArgs),
    /// 批量划转：放行全部待放行的付款，同一收款账户合为一笔 / release every payment that waits, one sum an account
    Remit {
        /// 理由，记入审计 / why, for the audit trail
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// 付款列表 / list payments
    List(ListArgs),
    /// 待匹配流水列表 / list lines of money in that wait
    Lines(Place),
    /// 提出把未写明案件的到账退回付款方 / propose to send money of no case back to who paid it
    SendBack(LineArgs),
    /// 复核退回，须为另一人 / confirm that; another person
    Confirm(LineArgs),
    /// 撤回退回提议 / withdraw what was proposed
    Withdraw(LineArgs),
    /// 对方询问的款项已查明并告知对方 / what a peer asked about was found, and it was told
    Note {
        /// 对方机构代码 / the agency that asks
        #[arg(long, value_name = "CODE", value_parser = agency)]
        peer: AgencyCode,
        /// 对方的银行流水号 / the line's number at its bank
        #[arg(long, value_name = "NO", value_parser = txn)]
        txn: BankTxnNo,
        /// 结果，记入审计 / what it was, for the audit trail
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

fn txn(text: &str) -> Result<BankTxnNo, String> {
    BankTxnNo::new(text).map_err(|error| format!("银行流水号有误 / {error}"))
}

#[derive(Args)]
pub struct LineArgs {
    /// 银行流水号 / the bank's number of the line
    #[arg(long, value_name = "NO", value_parser = txn)]
    txn: BankTxnNo,
    /// 理由，记入审计 / why, for the audit trail
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

#[derive(Args)]
pub struct PaymentsArgs {
    /// 写入目录 / folder to write to
    #[arg(long, value_name = "DIR", default_value = ".")]
    out: PathBuf,
    /// 文件格式 / csv, or ISO 20022 pain.001.001.09
    #[arg(long, value_name = "FORMAT", default_value = "csv")]
    format: Format,
    /// 重写已导出的批次 / write an earlier batch again
    #[arg(long, value_name = "NO")]
    batch: Option<String>,
    /// 没有待付款时等待的秒数 / seconds to wait for a payment when there is none
    #[arg(long, value_name = "SECONDS", default_value_t = 0, value_parser = clap::value_parser!(u32).range(..=3600))]
    wait: u32,
}

/// What the bank takes. Both carry the same payment references: a batch handed over in both is the same payments.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    Csv,
    Pain001,
}

impl Format {
    fn word(self) -> &'static str {
        match self {
            Format::Csv => "csv",
            Format::Pain001 => "pain001",
        }
    }

    fn file_name(self, batch_no: &str) -> String {
        match self {
            Format::Csv => format!("{batch_no}.csv"),
            Format::Pain001 => format!("{batch_no}.xml"),
        }
    }

    fn write(self, batch_no: &str, rows: &[PaymentRow]) -> Vec<u8> {
        match self {
            Format::Csv => write_payments(rows),
            Format::Pain001 => write_pain001(batch_no, clock::now(), rows),
        }
    }
}

#[derive(Args)]
pub struct ListArgs {
    /// released, exported, confirmed, refused, returned, sent_back
    #[arg(long, default_value = "")]
    state: String,
    /// 从上一页的位置继续 / go on from this place
    #[arg(long)]
    after: Option<String>,
    #[arg(long)]
    limit: Option<u32>,
}

pub(super) async fn run(command: BankCommand, global: &Global) -> Ended {
    match command {
        BankCommand::Import(args) => import::statements(&args, global).await,
        BankCommand::Payments(args) => payments(&args, global).await,
        BankCommand::List(args) => list(&args, global).await,
        BankCommand::Remit { reason } => remit(reason, global).await,
        BankCommand::Lines(place) => lines(place, global).await,
        BankCommand::SendBack(args) => {
            let done = "✓ 已提出退回，待另一人复核 · proposed; another person confirms it: jiexu bank confirm\n";
            act(args, (LineVerb::SendBack, done), global).await
        }
        BankCommand::Confirm(args) => {
            let done = "✓ 已复核，付款待送银行 · confirmed; the payment waits for the bank: jiexu bank payments\n";
            act(args, (LineVerb::Confirm, done), global).await
        }
        BankCommand::Withdraw(args) => {
            let done = "✓ 已撤回，款项仍在暂挂户 · withdrawn; the money stays in suspense\n";
            act(args, (LineVerb::Withdraw, done), global).await
        }
        BankCommand::Note { peer, txn, reason } => {
            let request = Request::NoteUnidentified { actor: global.actor(), peer, txn, reason };
            let answer = Access::ask_once(&global.config, request).await?;
            shown(&answer, global, |_| "✓ 已了结 · settled\n".to_owned())
        }
    }
}

#[derive(Deserialize)]
struct Batch {
    batch_no: String,
    payments: Vec<Payment>,
}

#[derive(Deserialize)]
struct Payment {
    payment_ref: PaymentRef,
    payer: BankAccount,
    payee: BankAccount,
    amount_fen: Fen,
    letter_no: Option<LetterNo>,
}

impl Payment {
    fn row(&self) -> PaymentRow {
        PaymentRow {
            payment_ref: self.payment_ref.clone(),
            payer_name: self.payer.name.clone(),
            payer_account: self.payer.number.clone(),
            payee_name: self.payee.name.clone(),
            payee_account: self.payee.number.clone(),
            payee_bank_no: self.payee.bank_no.clone(),
            amount: self.amount_fen,
            // Both, parted by a blank: the other agency finds its case by either one.
            remark: match &self.letter_no {
                Some(letter_no) => format!("医保转移 {letter_no} {}", self.payment_ref),
                None if is_batch(&self.payment_ref) => format!("医保转移批量 {}", self.payment_ref),
                None => format!("不明款项退回 {}", self.payment_ref),
            },
            letter_no: self.letter_no.clone(),
        }
    }
}

async fn payments(args: &PaymentsArgs, global: &Global) -> Ended {
    // Before the office marks anything as exported: a folder that cannot be written to is found now.
    try_folder(&args.out)?;
    let request = match &args.batch {
        Some(batch_no) => Request::PaymentsOf { batch_no: batch_no.clone() },
        None => Request::ExportPayments { actor: global.actor(), wait_ms: args.wait.saturating_mul(1000) },
    };
    let answer = Access::ask_once(&global.config, request).await?;
    let batch: Batch = serde_json::from_value(answer).map_err(|_| {
        let chinese = "守护进程的答复无法解读（版本不同？）";
        Trouble::new(UNAVAILABLE, "ANSWER", chinese, "the daemon's answer cannot be read; is it another version?")
    })?;
    if batch.payments.is_empty() {
        return nothing(args, global);
    }
    let file = args.out.join(args.format.file_name(&batch.batch_no));
    let rows: Vec<PaymentRow> = batch.payments.iter().map(Payment::row).collect();
    if let Err(trouble) = write_whole(&file, &args.format.write(&batch.batch_no, &rows), 0o600) {
        trouble.tell();
        let again = format!("jiexu bank payments --format {} --batch {} --out DIR", args.format.word(), batch.batch_no);
        eprintln!("  → 款项未付；换目录重写同一批次 · nothing was paid; write the same batch elsewhere:\n    {again}");
        return Err(trouble.told());
    }
    let sum = Balance(batch.payments.iter().map(|payment| payment.amount_fen.get()).sum());
    if global.json() {
        let payments = batch.payments.len();
        say_json(&json!({ "batch_no": batch.batch_no, "file": file, "payments": payments, "sum_fen": sum }));
    } else {
        say(&format!(
            "✓ 付款文件 payment file  {}\n  {} 笔 payments · 合计 sum {} 元 yuan\n  下一步：送银行付款，再导入流水确认 · \
             next: hand it to the bank, then import its statement\n",
            file.display(),
            count(i64::try_from(rows.len()).unwrap_or(i64::MAX)),
            yuan(sum),
        ));
    }
    Ok(ExitCode::SUCCESS)
}

fn nothing(args: &PaymentsArgs, global: &Global) -> Ended {
    if let Some(batch_no) = &args.batch {
        let chinese = format!("没有批次 {batch_no}；用 jiexu bank list 查看批次号");
        let english = format!("there is no batch {batch_no}; jiexu bank list names them");
        return Err(Trouble::new(REFUSED, "BATCH_UNKNOWN", chinese, english));
    }
    if global.json() {
        say_json(&json!({ "batch_no": null, "file": null, "payments": 0, "sum_fen": 0 }));
    } else {
        say("没有待付款项，未写文件 · no payment waits; no file was written\n");
    }
    Ok(ExitCode::SUCCESS)
}

fn try_folder(folder: &Path) -> Result<(), Trouble> {
    let probe = folder.join(format!(".jiexu-{}.part", std::process::id()));
    let tried = std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::File::create(&probe).map(|_| ()))
        .and_then(|()| std::fs::remove_file(&probe));
    tried.map_err(|cause| Trouble::unwritable(folder, &cause))
}

async fn list(args: &ListArgs, global: &Global) -> Ended {
    let query = PaymentQuery { state: args.state.clone(), after: args.after.clone(), limit: args.limit };
    let answer = Access::ask_once(&global.config, Request::Payments { query }).await?;
    if global.json() {
        say_json(&answer);
        return Ok(ExitCode::SUCCESS);
    }
    let columns = [
        column("联系函", "letter"),
        column("收款方", "payee").spare(1),
        column("金额（元）", "yuan").right(),
        column("状态", "state"),
        column("下达", "released"),
        column("批次", "batch").spare(2),
        column("付款参考号", "payment ref").spare(3),
    ];
    let mut table = Table::new(&columns);
    let answer = Doc(&answer);
    for row in answer.list("rows") {
        table.row([
            cell(row.text("letter_no")),
            cell(row.text("payee")),
            cell(row.amount("amount").map(yuan).unwrap_or_default()),
            cell(chinese(words::PAYMENTS, row.text("state"))),
            cell(moment(row.moment("released_at"))),
            cell(row.text("batch_no")),
            cell(row.text("payment_ref")),
        ]);
    }
    say(&(table.show(&Screen::stdout(), 0) + &more(answer)));
    Ok(ExitCode::SUCCESS)
}

async fn remit(reason: String, global: &Global) -> Ended {
    let request = Request::Remit { actor: global.actor(), reason };
    let answer = Access::ask_once(&global.config, request).await?;
    shown(&answer, global, |_| {
        let released = count(answer["released"].as_i64().unwrap_or_default());
        format!(
            "✓ 已放行 released  {released} 笔 payments · {}\n  下一步：导出付款文件 · next: jiexu bank payments\n",
            answer["order_no"].as_str().unwrap_or_default()
        )
    })
}

/// One act about a line that belongs to no case, as the line stands now.
async fn act(args: LineArgs, (verb, done): (LineVerb, &str), global: &Global) -> Ended {
    let request = Request::Line { actor: global.actor(), txn: args.txn, verb, reason: args.reason };
    let answer = Access::ask_once(&global.config, request).await?;
    shown(&answer, global, |_| done.to_owned())
}

async fn lines(place: Place, global: &Global) -> Ended {
    let request = Request::Lines { after: place.after, limit: place.limit };
    let answer = Access::ask_once(&global.config, request).await?;
    shown(&answer, global, |screen| {
        let columns = [
            column("流水号", "bank no."),
            column("记账日", "booked"),
            column("付款方", "payer").spare(1),
            column("金额（元）", "yuan").right(),
            column("未匹配原因", "why it waits"),
            column("备注", "remark").spare(2),
        ];
        let mut table = Table::new(&columns);
        let doc = Doc(&answer);
        for row in doc.list("rows") {
            table.row([
                cell(row.text("bank_txn_no")),
                cell(row.text("booked_on")),
                cell(row.text("payer")),
                cell(row.amount("amount").map(yuan).unwrap_or_default()),
                cell(chinese(words::HINTS, row.text("hint"))),
                cell(row.text("remark")),
            ]);
        }
        table.show(screen, 0) + &more(doc)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::matching;

    #[test]
    fn the_other_agency_finds_both_references_in_the_remark() {
        let account =
            |number: &str| json!({ "name": "演示专户", "number": number, "bank": "演示银行", "bank_no": null });
        let answer = json!({ "batch_no": "441700-P1", "payments": [{
            "payment_ref": "441700-F1", "payer": account("00000000441700"), "payee": account("00000000530800"),
            "amount_fen": 123_450, "letter_no": "530800-L00000001",
        }] });
        let batch: Batch = serde_json::from_value(answer).expect("what the office answers");
        let row = batch.payments[0].row();
        let words: Vec<&str> = matching::words(&row.remark).collect();
        assert_eq!(words, ["530800-L00000001", "441700-F1"]);
        let read = crate::files::read_payments(&write_payments([&row])).expect("our own file");
        assert_eq!((read.errors.len(), read.rows), (0, vec![(2, row)]));
    }
}
