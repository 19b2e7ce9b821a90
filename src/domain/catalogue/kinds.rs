//! The kinds of codes and who acts on them, with the words for both.

use serde::{Serialize, Serializer};

use super::Both;

/// Who must act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    Nobody,
    /// Goes on by itself.
    System,
    Clerk,
    Operator,
    Security,
    IncomingAgency,
    OutgoingAgency,
    /// Who sent the message, or was to receive it.
    Peer,
    Person,
    Bank,
    Registry,
}

impl Who {
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Who::Nobody => ("无需办理", "nobody: nothing is to be done"),
            Who::System => ("系统自动办理", "nobody: it goes on by itself"),
            Who::Clerk => ("本机构经办人", "a clerk of this agency"),
            Who::Operator => ("本机构运维", "this agency's operator"),
            Who::Security => ("本机构安全员", "this agency's security officer"),
            Who::IncomingAgency => ("转入地经办机构", "the incoming agency"),
            Who::OutgoingAgency => ("转出地经办机构", "the outgoing agency"),
            Who::Peer => ("对方机构", "the other agency"),
            Who::Person => ("参保人", "the insured person"),
            Who::Bank => ("银行", "the bank"),
            Who::Registry => ("上级登记机构", "the superior registry"),
        }
    }
}

/// One row a kind: variant, its word, 中文, English; what its codes usually mean, who acts, and the usual next step.
macro_rules! kinds {
    ($($variant:ident $word:literal $zh:literal $en:literal, means $mzh:literal $men:literal,
        next $who:ident $nzh:literal $nen:literal;)+) => {
        /// What sort of code it is; in the order they are listed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Kind { $($variant,)+ }

        impl Kind {
            pub const ALL: &'static [Kind] = &[$(Kind::$variant,)+];

            /// The word that never changes.
            pub fn word(self) -> &'static str {
                match self { $(Kind::$variant => $word,)+ }
            }

            pub fn names(self) -> (&'static str, &'static str) {
                match self { $(Kind::$variant => ($zh, $en),)+ }
            }

            pub(super) fn usual(self) -> (Both, Who, Both) {
                match self { $(Kind::$variant => (($mzh, $men).into(), Who::$who, ($nzh, $nen).into()),)+ }
            }
        }
    };
}

kinds! {
    Return "return_reason" "退回与不予受理原因" "return reason",
        means "联系函被退回，或申请不予受理；关系与资金均未转移" "the letter came back or the application was turned down; neither relation nor money moved",
        next IncomingAgency "更正后重发联系函（jiexu case amend），不能更正的结案（jiexu case close）" "amend and send the letter again (jiexu case amend), or close the case (jiexu case close)";
    Refusal "refusal" "机构间拒绝处理代码" "refusal between agencies",
        means "消息已收到并存档，但未办理：案件状态与资金保持不变" "the message is received and kept, but not acted on: case and money stay as they were",
        next Operator "打开案件对照双方消息，与对方运维核实后再办理" "open the case, compare the messages with the other agency's operator, then go on";
    DeadLetter "dead_letter" "死信原因" "dead-letter reason",
        means "消息未办理、未答复，原文永久保存；没有移动款项，其他消息不受影响" "not acted on and not answered, its bytes are kept for ever; no money moved, other messages go on",
        next Operator "用 jiexu dead-letters show 查看，查明来源" "look at it with jiexu dead-letters show and find out where it comes from";
    Declined "declined" "未受理的操作或数据行" "declined act or row",
        means "此操作或此行未作任何更改；同一文件的其他行照常办理" "this act or row changed nothing; the other rows of the file are taken",
        next Clerk "更正后重新提交；重复导入同一文件不会重复入账" "correct it and submit it again; the same file imported twice books nothing twice";
    BadRow "bad_row" "文件中的错行" "bad row of a file",
        means "此行未读入，其他各行照常；没有入账" "this row was left out, the good rows are taken; nothing of it is booked",
        next Clerk "更正该行后重新导入整个文件，已受理的行不会重复" "correct the row and import the whole file again: rows taken before are not taken twice";
    BadFile "bad_file" "无法读入的文件" "file that cannot be read",
        means "整个文件未读入：没有一行入账，案件不变" "nothing of the file was taken: no line is booked, no case has moved",
        next Clerk "换一个正确的文件后重新导入" "bring a correct file and import it again";
    Task "task" "待办事项" "task",
        means "案件或款项在此等人办理，办理前不会自动继续" "the case or the money waits here for a person and does not go on by itself",
        next Clerk "在案件页面办理" "deal with it on the page of the case";
    IncomingRelation "incoming_relation" "状态：转入地 · 关系" "state: incoming, relation",
        means "关系轨道的状态；资金轨道另行显示" "a state of the relation track; the money has a track of its own",
        next System "" "";
    IncomingMoney "incoming_money" "状态：转入地 · 资金" "state: incoming, money",
        means "资金轨道的状态；关系轨道另行显示" "a state of the money track; the relation has a track of its own",
        next System "" "";
    OutgoingRelation "outgoing_relation" "状态：转出地 · 关系" "state: outgoing, relation",
        means "关系轨道的状态；资金轨道另行显示" "a state of the relation track; the money has a track of its own",
        next System "" "";
    OutgoingMoney "outgoing_money" "状态：转出地 · 资金" "state: outgoing, money",
        means "资金轨道的状态；关系轨道另行显示" "a state of the money track; the relation has a track of its own",
        next System "" "";
    Clock "deadline" "办理时限" "deadline",
        means "按工作日计算；逾期不改变案件状态，生成待办" "counted in working days; running late changes no state, it opens a task",
        next Clerk "用 jiexu cases show 查看到期日，逾期后催办持球方" "jiexu cases show names the due day; once overdue, chase whoever holds the ball";
    Milestone "milestone" "告知的节点" "milestone of a notice",
        means "参保人（及单位）由通知得知；每个节点只告知一次" "the person, and the employer, are told by a notice; each milestone once",
        next Clerk "用 jiexu notices export 导出通知并送达" "export the notices with jiexu notices export and deliver them";
    Hint "line_hint" "银行流水的提示" "hint of a bank line",
        means "款项在暂挂户，未记入任何个人账户" "the money is in suspense and credited to nobody",
        next Clerk "" "";
    Line "line_state" "银行流水的状态" "state of a bank line",
        means "每笔流水只记一次账" "a bank line is booked exactly once",
        next Clerk "" "";
    Payment "payment_state" "付款的状态" "state of a payment",
        means "付款指令已下达，个人账户已清零，每笔只付一次" "the payment is released and the account zeroed; it is paid exactly once",
        next Clerk "" "";
    Inbox "received_state" "来信的状态" "state of a received message",
        means "消息已签收并存档" "the message is receipted and kept",
        next Clerk "" "";
    Outbox "sent_state" "去信的状态" "state of a sent message",
        means "签名后的原文已存档，重发的总是同样的字节" "the signed bytes are kept, and the same bytes are sent again",
        next Clerk "" "";
    Digest "digest_state" "每日对账的状态" "state of a daily digest",
        means "对账不记账，不移动案件与款项" "a digest books nothing and moves neither case nor money",
        next Clerk "" "";
    Unsent "unsent" "不能发送的原因" "why a message cannot be sent",
        means "消息未能生成，引起它的操作或来信未办理，没有移动款项" "the message could not be made, so the act or letter that caused it changed nothing; no money moved",
        next Operator "" "";
    Broker "broker" "消息服务器故障" "trouble with the broker",
        means "本机构内的办理照常；报文已保存，恢复后自动补发，不会丢失或重复入账" "work goes on here; messages are kept and sent once it is back, nothing is lost or booked twice",
        next Operator "检查网络与消息服务器" "check the network and the broker";
    Configuration "configuration" "配置、密钥与机构目录" "configuration, keys, directory",
        means "未作任何更改；等待本机构的消息留在消息服务器中，不会丢失" "nothing was changed; messages to this agency wait at the broker and are not lost",
        next Operator "修正后用 jiexu check-config 检查，再重试" "correct it, check with jiexu check-config, then try again";
    Database "database" "数据库与账目" "database and books",
        means "已提交的都在，未提交的没有发生；没有重复入账" "what was committed is there, what was not did not happen; nothing is booked twice",
        next Operator "检查磁盘与权限，运行 jiexu verify" "check the disk and its rights, then run jiexu verify";
    Command "command" "命令与守护进程" "commands and the daemon",
        means "命令未完成；重复提交不会重复入账" "the command did not finish; to repeat it books nothing twice",
        next Clerk "按提示更正后重试" "correct what is named and try again";
    Page "page" "页面" "page",
        means "案件与账目不受影响" "cases and books are not affected",
        next Clerk "从列表重新打开" "open it again from a list";
    Log "log" "日志" "log entry",
        means "已收到的消息都已保存，没有丢失" "what was received is kept, nothing is lost",
        next Operator "若反复出现，查看日志并联系运维" "if it is logged again and again, look into the cause named beside it";
}

/// As an object: the word and both names.
fn object<S: Serializer>(serializer: S, word: &str, (zh, en): (&str, &str)) -> Result<S::Ok, S::Error> {
    serde_json::json!({ "word": word, "zh": zh, "en": en }).serialize(serializer)
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        object(serializer, self.word(), self.names())
    }
}
