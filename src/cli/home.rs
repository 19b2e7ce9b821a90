//! `init`: an agency's home, and what to do next. Never overwrites one.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use super::Ended;
use super::screen::say;
use super::trouble::Trouble;
use crate::daemon::setup::{self, CARD_FILE, HomeOptions, Profile};
use crate::domain::directory::IntraProvinceFunds;
use crate::domain::forms::BankAccount;
use crate::domain::ids::AgencyCode;
use crate::domain::money::{Balance, Fen};
use crate::wire::registry::RootKey;

#[derive(Args)]
pub struct InitArgs {
    /// 机构目录（新建）/ the new folder
    home: PathBuf,
    /// 经办机构代码 / agency code
    #[arg(long, value_parser = code)]
    code: AgencyCode,
    /// 行政区划代码，6 位 / division code, 6 digits
    #[arg(long)]
    division: String,
    /// 统筹区 / pooling area
    #[arg(long)]
    pool: String,
    /// 机构全称 / full name
    #[arg(long)]
    name: String,
    /// 机构简称 / short name
    #[arg(long)]
    short_name: String,
    /// 收付款账号，8–40 位数字 / bank account that receives and pays, 8 to 40 digits
    #[arg(long)]
    account_no: String,
    /// 户名 / account holder
    #[arg(long)]
    account_name: String,
    /// 开户行 / bank
    #[arg(long)]
    bank: String,
    /// 联行号，12 位 / bank number, 12 digits
    #[arg(long)]
    bank_no: Option<String>,
    /// 登记机构根公钥，可多次给出 / public root key of the registry; may be repeated
    #[arg(long = "root", value_name = "BASE64", value_parser = root)]
    roots: Vec<String>,
    /// 消息服务器地址 / broker host
    #[arg(long, default_value = "127.0.0.1")]
    broker_host: String,
    /// 消息服务器端口 / broker port
    #[arg(long, default_value_t = 5672)]
    broker_port: u16,
    /// 页面地址，仅限回环；端口 0 不开页面 / where the pages are, loopback only; port 0: no pages
    #[arg(long, default_value = "127.0.0.1:8610", value_parser = loopback)]
    web: SocketAddr,
    /// 单案划转上限（元）/ most that one case may move, in yuan
    #[arg(long, value_name = "YUAN", value_parser = limit)]
    limit: Option<Fen>,
    /// 省内转移时个人账户资金：moves 划转，kept 留在原账户 / money of transfers within the province: moves, or kept where it is
    #[arg(long, value_name = "RULE", default_value = "moves")]
    intra_province: IntraProvince,
}

#[derive(Clone, Copy, ValueEnum)]
enum IntraProvince {
    Moves,
    Kept,
}

fn code(text: &str) -> Result<AgencyCode, String> {
    AgencyCode::new(text).map_err(|error| error.to_string())
}

fn root(text: &str) -> Result<String, String> {
    RootKey::from_base64(text).map(|root| root.to_base64()).map_err(|error| error.to_string())
}

fn loopback(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr = text.parse().map_err(|_| "例如 127.0.0.1:8610 / such as 127.0.0.1:8610".to_owned())?;
    let wrong = || "须为回环地址 / must be a loopback address".to_owned();
    if address.ip().is_loopback() { Ok(address) } else { Err(wrong()) }
}

fn limit(text: &str) -> Result<Fen, String> {
    let wrong = || "金额（元），大于零，至多两位小数 / yuan, more than zero, at most two decimals".to_owned();
    Balance::from_yuan(text).ok().and_then(Balance::positive).ok_or_else(wrong)
}

pub fn init(args: &InitArgs) -> Ended {
    let account = BankAccount {
        name: args.account_name.clone(),
        number: args.account_no.clone(),
        bank: args.bank.clone(),
        bank_no: args.bank_no.clone(),
    };
    let profile = Profile {
        code: args.code.clone(),
        division: args.division.clone(),
        pool: args.pool.clone(),
        name: args.name.clone(),
        short_name: args.short_name.clone(),
        account,
        per_case_limit: args.limit,
        intra_province_funds: match args.intra_province {
            IntraProvince::Moves => IntraProvinceFunds::Moves,
            IntraProvince::Kept => IntraProvinceFunds::Kept,
        },
    };
    let options = HomeOptions {
        roots: args.roots.clone(),
        broker_host: args.broker_host.clone(),
        broker_port: args.broker_port,
        web_listen: args.web.to_string(),
        made_at: crate::clock::now(),
    };
    let card = setup::init(&args.home, &profile, &options).map_err(Trouble::from)?;
    say(&next_steps(&args.home, &card, args.roots.is_empty()));
    Ok(ExitCode::SUCCESS)
}

/// Key ids are compared by telephone: that is what ties the card to the agency.
fn next_steps(home: &Path, card: &setup::Card, no_root: bool) -> String {
    let folder = home.display();
    let mut text = format!("✓ 已建立 {} · home of {} made: {folder}\n\n", card.profile.name, card.profile.code);
    text += "密钥编号（登记时电话核对）· key ids, to be compared by telephone\n";
    for key in &card.keys {
        let usage = match key.usage {
            crate::domain::directory::KeyUse::Sign => "签名 sign",
            crate::domain::directory::KeyUse::Seal => "加密 seal",
        };
        text += &format!("  {usage}  {}\n", key.kid);
    }
    text += "\n下一步 · next\n";
    let mut steps = Vec::new();
    if no_root {
        steps.push((
            "向登记机构索取根公钥，填入 jiexu.toml 的 [registry] roots".to_owned(),
            "ask the registry for its public root key and put it into [registry] roots of jiexu.toml".to_owned(),
        ));
    }
    steps.push((
        format!("将 {folder}/{CARD_FILE} 交登记机构（不含秘密）"),
        "hand the card to the registry; it holds no secret: jiexu registry add REGISTRY CARD".to_owned(),
    ));
    steps.push((
        "登记机构签发后，安装机构目录".to_owned(),
        format!("install the directory it signs: jiexu registry install REGISTRY {folder}"),
    ));
    steps.push((
        "消息服务器管理员导入定义文件".to_owned(),
        "the broker's operator imports the definitions: jiexu broker plan --registry REGISTRY".to_owned(),
    ));
    steps.push((
        "检查，然后启动".to_owned(),
        format!("jiexu check-config --config {folder}/jiexu.toml, then jiexu serve"),
    ));
    for (place, (chinese, english)) in steps.iter().enumerate() {
        text += &format!("  {}. {chinese}\n     {english}\n", place + 1);
    }
    text + &format!("\n{folder}/keys 须备份并妥善保管 · back up {folder}/keys and guard it\n")
}
