//! The codes whose words stand in a table of their own: return reasons, refusals, tasks and states. Here only what those
//! tables do not say.

use super::{Entry, Kind, Who};
use crate::domain::notice::Milestone;
use crate::domain::reasons::{Actor, RefusalCode, ReturnCode};
use crate::domain::words::{self, Mood, Word};

type Text = (&'static str, &'static str);

/// What a table does not say of one of its codes: meaning and next step, where the kind's do not fit.
struct Addition {
    kind: Kind,
    code: &'static str,
    means: Text,
    next: Text,
}

macro_rules! additions {
    ($name:ident { $($kind:ident $code:literal $(, means $mzh:literal $men:literal)? $(, next $nzh:literal $nen:literal)?;)+ }) => {
        const $name: &[Addition] = &[$(Addition {
            kind: Kind::$kind,
            code: $code,
            means: (concat!($($mzh)?), concat!($($men)?)),
            next: (concat!($($nzh)?), concat!($($nen)?)),
        },)+];
    };
}

additions! {
    ADDITIONS {
        Return "NOT_STOPPED", next "参保人在转出地办理停保后，转入地更正重发" "the person ends the insurance there, then the letter is amended and sent again";
        Return "NOT_ENROLLED", next "参保人在转入地参保后重新申请" "the person enrols at the incoming agency and applies again";
        Return "PERSON_NOT_FOUND", next "核对证件号码与转出地后更正重发" "check document number and agency, then amend and send again";
        Return "PERSON_MISMATCH", next "按证件核对姓名与号码：哪一方登记有误由哪一方更正，再更正重发（amend；本地登记已更正的加 --identity-from-register）" "compare name and number with the document: whose register is wrong corrects it, then the letter is amended and sent again (amend; --identity-from-register where our register was corrected)";
        Return "NOT_INSURED_HERE", next "核对险种与转出地后重新申请" "check insurance and outgoing agency, then apply again";
        Return "WRONG_AGENCY", next "结案，向所建议的机构重新申请" "close the case and apply again to the agency that was suggested";
        Return "SAME_POOL", next "结案，按统筹区内变更办理" "close the case; it is an internal change of the pooling area";
        Return "RETIRED", next "告知参保人：退休人员不转移，余额可申请退付" "tell the person: the retired do not move, the balance may be paid out on request";
        Return "ARREARS", next "参保人在转出地补缴后，转入地更正重发" "the person pays the arrears there, then the letter is sent again";
        Return "RESIDENT_SAME_YEAR", next "参加次年居民医保后再申请" "apply again after enrolling for the next year";
        Return "OPEN_CLAIMS", next "转出地结清医疗费用后，转入地重发" "the outgoing agency settles the claims, then the letter is sent again";
        Return "ACCOUNT_FROZEN", next "转出地查明锁定原因并解锁后，转入地重发" "the outgoing agency finds out why and lifts the hold, then the letter is sent again";
        Return "NEGATIVE_BALANCE", next "转出地先平账，再由转入地重发" "the outgoing agency settles the account, then the letter is sent again";
        Return "CASE_CONFLICT", next "等在办的转移办结、撤销或退回后更正重发（amend）；两地互相申请的，由一地终止（close）" "once the other transfer is completed, taken back or returned, amend and send again (amend); where each agency asks the other, one of them closes (close)";
        Return "LETTER_INCOMPLETE", next "补全联系函后重发" "complete the letter and send it again";
        Return "DECEASED", next "结案；余额按继承办理" "close the case; the balance is a matter of inheritance";
        Return "OTHER", next "阅读所附说明，与转出地核实后再决定" "read the text beside it and clarify it with the outgoing agency";
        Refusal "ILLEGAL_STATE", next "对照双方案件状态；多为一方已撤销或已办结" "compare both sides' states: often one has taken the case back or completed it";
        Refusal "CASE_UNKNOWN", next "核对案件编号与收件机构；对方数据库是否恢复过旧备份" "check case and recipient; was the other side's database restored from an old backup?";
        Refusal "NOT_A_PARTY", next "停止发送；核对收件机构与案件" "stop sending; check recipient and case";
        Refusal "BAD_CONTENT", next "发送方更正内容后重发；反复出现请升级软件" "the sender corrects it and sends it again; if it comes back, upgrade";
        Refusal "PERSON_DIFFERS", next "双方核对人员；不得合并年限" "both compare the person; merge no months";
        Refusal "AMOUNT_DIFFERS", means "划转通知未办理；到账款项留在暂挂户" "the remittance notice is not acted on; money that arrives stays in suspense",
            next "与转出地核对信息表与通知的金额" "compare the sheet's sum and the notice's with the outgoing agency";
        Refusal "LETTER_CONFLICT", next "转入地以新版本重发联系函" "the incoming agency sends the letter under a new version";
        Refusal "VERSION_CONFLICT", next "以最新版本重发" "send it again in the latest version";
        Refusal "KIND_NOT_SUPPORTED", next "与对方约定改用电话或函件，或等待升级" "agree on telephone or paper, or wait for the upgrade";
        Refusal "NEWER_VERSION", next "收件方升级软件后重发" "the recipient upgrades, then it is sent again";
        Refusal "ID_CONFLICT", means "先到的内容有效，后到的未办理（安全事件）" "what came first stands; the other was not acted on: a security event",
            next "双方安全员核实消息来源" "both security officers find out where the message came from";
        Refusal "INTERNAL_ERROR", means "消息已存档，未办理" "the message is kept and not acted on",
            next "收件方运维查看日志，修正后重新处理" "the recipient's operator reads the log, then takes it again";
        Task "LETTER_RETURNED", means "关系与资金未转移；案件等待更正或结案" "neither relation nor money moved; the case waits to be amended or closed";
        Task "PAYEE_DIFFERS", means "未出具信息表，账户未锁定，没有付款" "no sheet was issued, the account is untouched, nothing was paid";
        Task "EARLIER_TRANSFER", means "未出具信息表，账户未锁定；年限和余额将由一张信息表一次转出；T1 继续计算" "no sheet was issued, the account is untouched; months and balance will go on with one sheet, once; T1 runs on";
        Task "PERSON_DECEASED", means "账户仍锁定，没有付款；T1 继续计算" "the account is held and nothing was paid; T1 runs on";
        Task "REVIEW_LETTER", means "未发函，没有转移任何关系和资金；T0 继续计算" "no letter was sent and nothing moved; T0 runs on";
        Task "REVIEW_CHECK", means "未出具信息表，也未退回，账户未锁定；T1 继续计算" "no sheet was issued and the letter not returned, the account is untouched; T1 runs on";
        Task "REVIEW_SHEET", means "未出具信息表，账户未锁定；T1 继续计算" "no sheet was issued, the account is untouched; T1 runs on";
        Task "REVIEW_PAYMENT", means "账户仍锁定，没有付款；T1 继续计算" "the account is held and nothing was paid; T1 runs on";
        Task "REVIEW_MERGE", means "年限未合并，没有入账；T2 继续计算" "no months were merged and nothing credited; T2 runs on";
        Task "REVIEW_CREDIT", means "款项在转入在途户，未入个人账户；T3 继续计算" "the money is in transit and not credited; T3 runs on";
        Task "REVIEW_COMPLETION", means "年限已合并，资金已了结，转出地尚未得知；T4 继续计算" "months and money are done, the outgoing agency was not told; T4 runs on";
        Task "CHECK_BY_CLERK", means "未出具信息表，账户未锁定；T1 继续计算" "no sheet was issued, the account is untouched; T1 runs on";
        Task "SHEET_FAULT", means "年限未合并，款项不会入账；T2 继续计算" "no months are merged and no money is credited; T2 runs on";
        Task "SHEET_DIFFERS", means "年限未合并，款项不会入账；T2 继续计算" "no months are merged and no money is credited; T2 runs on";
        Task "VERIFY_BY_CLERK", means "年限未合并，款项不会入账；T2 继续计算" "no months are merged and no money is credited; T2 runs on";
        Task "CREDIT_BY_CLERK", means "款项已匹配，尚未记入个人账户" "the money is matched and not yet credited to the account";
        Task "TO_REVERSE", means "差额仍在个人账户，未作冲正；案件未办结" "the difference is still in the account, nothing is reversed; the case is not complete";
        Task "MONEY_DIFFERS", means "款项在暂挂户，未入账；差额到账后自动匹配" "the money is in suspense and not credited; it matches by itself once the sum is right";
        Task "MONEY_MISSING", means "未入账；已通知转出地，案件照常等待款项" "nothing was credited; the outgoing agency was told, and the case goes on waiting";
        Task "WRONG_PAYER", means "款项在暂挂户，金额相符也不入账" "the money is in suspense; it is not credited even where the sum is right";
        Task "MATCH_PROPOSED", means "款项在暂挂户，确认前不入账" "the money is in suspense and not credited before somebody confirms";
        Task "LINE_UNMATCHED", means "款项在暂挂户，未记入任何案件" "the money is in suspense and belongs to no case";
        Task "SEND_BACK_PROPOSED", means "款项仍在暂挂户，复核前不退回" "the money is in suspense and does not go back before it is confirmed";
        Task "MONEY_UNIDENTIFIED", means "款项在对方暂挂户，未记入任何案件；对方可能退回" "the money is in suspense there and belongs to no case; they may send it back";
        Task "UNKNOWN_PAYMENT", means "账户上有一笔支出没有对应的付款指令" "money left the account without a payment of ours";
        Task "PAYOUT_FAILED", means "款项在暂挂户，不回个人账户；只由两人再付" "the sum is in suspense, not back in the account; only two persons pay it again";
        Task "REMIT_FAILED", means "款项在暂挂户，不回个人账户；转入地已被告知，重汇前不会再付" "the sum is in suspense, not back in the account; the incoming agency was told, and nothing is paid again by itself";
        Task "REFUSED_BY_PEER", means "我方消息未被办理；案件停在原处" "our message was not acted on; the case stands where it was";
        Task "DIGEST_DIFFERS", means "该签收不作数；案件停在原处" "the receipt does not count; the case stands where it was";
        Task "ID_CONFLICT", means "先到的内容有效，后到的未办理" "what came first stands; the other was not acted on";
        Task "DIRECTORY_NEWER", means "案件与资金照常；新机构、新账户在安装前不为本机构所知" "cases and money go on; new agencies and accounts are unknown here until it is installed";
        Task "DAILY_DIGEST_DIFFERS", means "案件与账目未变；差异须当日查明" "cases and books are unchanged; the difference must be found the same day";
        Task "CLOSE_UNBALANCED", means "账目有误，日结已照实留存" "the books are wrong; the close is kept as it is";
        Task "CONFIRM", means "提议尚未执行" "what was proposed is not carried out yet";
        Task "CANCEL_REFUSED", means "转移照常继续，不会退回" "the transfer goes on and is not undone";
        Task "REMINDED", means "案件不变，法定期限不变" "neither the case nor its legal deadline changes";
        Task "QUESTION", means "案件不变，法定期限继续计算" "the case stands as it was, its deadlines run on";
        Task "LETTER_TO_READ", means "案件不变，法定期限继续计算" "the case stands as it was, its deadlines run on";
        Task "FUNDS_DISCREPANCY", means "转入地未入账；我方账户已清零，款项在途或在对方暂挂户" "nothing was credited there; our account is zeroed, the money is under way or in suspense there";
        Task "DUE_SOON", means "案件照常继续；到期仍未办即为逾期" "the case goes on; once the day is over it is overdue";
        Task "ESCALATED", means "案件照常继续，款项不变" "the case goes on and the money stays";
        Task "OVERDUE", means "案件照常继续，款项不变；须说明逾期" "the case goes on and the money stays; the delay must be accounted for";
        IncomingRelation "REJECTED", means "没有发函：关系与资金均未转移" "no letter was sent: neither relation nor money moved";
        IncomingRelation "LETTER_SENT", means "转出地尚未受理；关系与资金未动" "the outgoing agency has not taken it; relation and money are where they were";
        IncomingRelation "OUTGOING_WORKING", means "关系与资金仍在转出地；T1 在计算" "relation and money are still there; T1 is running";
        IncomingRelation "LETTER_RETURNED", means "关系与资金未转移" "neither relation nor money moved";
        IncomingRelation "CLOSED", means "关系与资金未转移" "neither relation nor money moved";
        IncomingRelation "SHEET_RECEIVED", means "年限未合并，款项尚不入账；T2 在计算" "no months are merged and no money is credited yet; T2 is running";
        IncomingRelation "SHEET_DISPUTED", means "年限未合并，款项不入账" "no months are merged and no money is credited";
        IncomingRelation "RELATION_MERGED", means "年限已计入；资金以资金轨道为准" "the months count; the money track tells about the money";
        IncomingRelation "CANCELLING", means "年限不合并，款项不入账，直至答复" "no months are merged and no money is credited until the answer";
        IncomingRelation "CANCELLED", means "关系与资金留在转出地" "relation and money stay with the outgoing agency";
        IncomingRelation "COMPLETED", means "关系与资金均已了结" "relation and money are settled";
        IncomingRelation "REOPENED", means "已计入的年限和已入账的款项照旧，更正后只作差额变动" "what counts and what was credited stays; only a difference moves";
        IncomingMoney "TO_REVERSE", means "差额仍在个人账户" "the difference is still in the person's account";
        IncomingMoney "REVERSING", means "差额已离开个人账户，退回转出地途中" "the difference has left the account and is on its way back";
        IncomingMoney "NOT_EXPECTED", means "年限合并后即可办结" "the case completes once the months are merged";
        IncomingMoney "EXPECTED", means "款项仍在转出地" "the money is still with the outgoing agency";
        IncomingMoney "REMITTED", means "款项在途，尚未入账" "the money is on its way and not credited";
        IncomingMoney "DISCREPANT", means "到账款项在暂挂户，未入账" "what arrived is in suspense and not credited";
        IncomingMoney "RETURNED", means "没有款项入账；款项在转出地" "nothing was credited; the money is with the outgoing agency";
        IncomingMoney "MATCHED", means "款项属于本案，尚未记入个人账户" "the money belongs to this case and is not credited yet";
        IncomingMoney "CREDITED", means "款项只入账一次；更正只动差额" "the money is credited exactly once; a correction moves a difference only";
        OutgoingRelation "HANDED_OVER", means "关系与资金未动，账户未锁定" "relation and money are where they were, the account is not frozen";
        OutgoingRelation "PAYOUT_OPENED", means "余额已锁定，尚未付款" "the balance is held, nothing is paid yet";
        OutgoingRelation "PAYING_OUT", means "余额只付一次" "the balance is paid exactly once";
        OutgoingRelation "PAID_OUT", means "余额已到本人账户" "the balance is in the person's own account";
        OutgoingRelation "PAYOUT_WITHDRAWN", means "余额仍在个人账户" "the balance is still in the account";
        OutgoingMoney "PAYING_PERSON", means "款项转出在途，只付一次" "the money is in transit and paid exactly once";
        OutgoingMoney "PAYOUT_FAILED", means "款项在暂挂户，未到本人账户；个人账户只清零一次" "the money is in suspense and did not reach the person; the account was zeroed only once";
        OutgoingMoney "PAID_TO_PERSON", means "款项已到本人账户，转入地没有资金" "the money is in the person's own account; none comes to the incoming agency";
        OutgoingRelation "REJECTED", means "关系与资金未动" "relation and money are where they were";
        OutgoingRelation "CHECKING", means "关系未终止，账户未锁定；T1 在计算" "the relation is not ended, the account not frozen; T1 is running";
        OutgoingRelation "RETURNED", means "关系与资金未动" "relation and money are where they were";
        OutgoingRelation "SHEET_ISSUED", means "关系已终止；款项锁定或划转中，见资金轨道" "the relation is ended; the money is frozen or leaving, see its track";
        OutgoingRelation "AWAITING_COMPLETION", means "款项已划出或无须划转" "the money has left, or none was due";
        OutgoingRelation "CANCELLED", means "关系与账户恢复原状" "relation and account are as before";
        OutgoingRelation "COMPLETED", means "关系与资金均已了结" "relation and money are settled";
        OutgoingRelation "REOPENED", means "已划转的款项照旧，更正后只作差额变动" "what was paid stays; only a difference moves";
        OutgoingMoney "REFUND_AWAITED", means "差额在转入地或退回途中" "the difference is at the incoming agency or on its way back";
        OutgoingMoney "NOTHING_TO_REMIT", means "没有款项在途" "no money is under way";
        OutgoingMoney "FROZEN", means "款项仍在个人账户，不能支取" "the money is still in the account and cannot be spent";
        OutgoingMoney "RELEASED", means "款项留在个人账户，可以支取" "the money stays in the account and can be spent";
        OutgoingMoney "REMITTING", means "款项转出在途，只付一次" "the money is in transit and paid exactly once";
        OutgoingMoney "REMITTED", means "款项已离开本机构账户" "the money has left this agency's account";
        OutgoingMoney "REMIT_FAILED", means "款项在暂挂户，未到转入地；个人账户只清零一次" "the money is in suspense and did not arrive; the account was zeroed only once";
        OutgoingMoney "CONFIRMED", means "款项已到参保人新账户" "the money is in the person's new account";
        Hint "AWAITING_NOTICE", means "款项在暂挂户，案件已知" "the money is in suspense, its case is known";
        Hint "SENT_BACK", means "款项在暂挂户，未记入任何案件" "the money is in suspense and belongs to no case";
        Hint "RETURN_DIFFERS", means "款项在暂挂户，未记入任何案件" "the money is in suspense and belongs to no case";
        Hint "UNKNOWN_PAYMENT", means "账户上有一笔支出没有对应的付款指令" "money left the account without a payment of ours";
        Line "matched", means "款项属于该案件，合并年限后入账" "the money belongs to the case and is credited once the months are merged";
        Line "unmatched", means "款项在暂挂户，未记入任何案件" "the money is in suspense and belongs to no case";
        Line "given_back", means "款项已离开本机构账户，未入账" "the money has left our account and was not credited";
        Line "returned", means "款项在暂挂户，等待重汇" "the money is in suspense and waits to be sent again";
        Line "paid", means "我方付款已离开账户" "our payment has left the account";
        Inbox "early", means "消息已签收存档，尚未办理；不会丢失" "receipted and kept, not acted on yet; it is not lost";
        Inbox "refused", means "案件与资金不变；对方已得知原因" "case and money stay; the sender was told why";
        Outbox "refused", means "消息不再重发；案件停在原处" "it is not sent again; the case stands where it was";
    }
}

/// Who acts in a state; elsewhere the mood and the next step of the table tell.
const ACTS: &[(Kind, &str, Who)] = &[
    (Kind::IncomingRelation, "OUTGOING_WORKING", Who::OutgoingAgency),
    (Kind::IncomingRelation, "LETTER_SENT", Who::System),
    (Kind::IncomingRelation, "SHEET_DISPUTED", Who::OutgoingAgency),
    (Kind::IncomingRelation, "RELATION_MERGED", Who::System),
    (Kind::IncomingRelation, "CANCELLING", Who::OutgoingAgency),
    (Kind::IncomingMoney, "EXPECTED", Who::OutgoingAgency),
    (Kind::IncomingMoney, "REMITTED", Who::Bank),
    (Kind::IncomingMoney, "RETURNED", Who::OutgoingAgency),
    (Kind::IncomingMoney, "MATCHED", Who::System),
    (Kind::IncomingMoney, "REVERSING", Who::Bank),
    (Kind::OutgoingMoney, "REFUND_AWAITED", Who::IncomingAgency),
    (Kind::OutgoingRelation, "HANDED_OVER", Who::IncomingAgency),
    (Kind::OutgoingRelation, "RETURNED", Who::IncomingAgency),
    (Kind::OutgoingRelation, "AWAITING_COMPLETION", Who::IncomingAgency),
    (Kind::OutgoingMoney, "REMITTED", Who::IncomingAgency),
    (Kind::Clock, "T0", Who::IncomingAgency),
    (Kind::Clock, "T1", Who::OutgoingAgency),
    (Kind::Clock, "T2", Who::IncomingAgency),
    (Kind::Clock, "T3", Who::IncomingAgency),
    (Kind::Clock, "T4", Who::IncomingAgency),
    (Kind::Clock, "T5", Who::IncomingAgency),
    (Kind::Clock, "T6", Who::Bank),
    (Kind::Task, "REFUSED_BY_PEER", Who::Operator),
    (Kind::Task, "DIGEST_DIFFERS", Who::Security),
    (Kind::Task, "ID_CONFLICT", Who::Security),
    (Kind::Task, "DIRECTORY_NEWER", Who::Operator),
    (Kind::Task, "DAILY_DIGEST_DIFFERS", Who::Operator),
    (Kind::Task, "CLOSE_UNBALANCED", Who::Operator),
    (Kind::Inbox, "early", Who::System),
    (Kind::Broker, "UNROUTABLE", Who::Operator),
    (Kind::Refusal, "ID_CONFLICT", Who::Security),
];

const TABLES: &[(Kind, &[Word])] = &[
    (Kind::Task, words::TASKS),
    (Kind::IncomingRelation, words::INCOMING_RELATION),
    (Kind::IncomingMoney, words::INCOMING_MONEY),
    (Kind::OutgoingRelation, words::OUTGOING_RELATION),
    (Kind::OutgoingMoney, words::OUTGOING_MONEY),
    (Kind::Clock, words::CLOCKS),
    (Kind::Hint, words::HINTS),
    (Kind::Line, words::LINES),
    (Kind::Payment, words::PAYMENTS),
    (Kind::Inbox, words::INBOX),
    (Kind::Outbox, words::OUTBOX),
    (Kind::Digest, words::DIGESTS),
    (Kind::Broker, words::TROUBLES),
];

pub(super) fn entries() -> Vec<Entry> {
    let returned = ReturnCode::ALL.iter().map(|reason| {
        let entry = Entry::new(Kind::Return, reason.code(), (reason.chinese(), reason.english()));
        entry.who(acts(reason.who_acts()))
    });
    let refused = RefusalCode::ALL.iter().map(|refusal| {
        let entry = Entry::new(Kind::Refusal, refusal.code(), (refusal.chinese(), refusal.english()));
        entry.who(acts(refusal.who_acts()))
    });
    let words = TABLES.iter().flat_map(|(kind, table)| table.iter().map(|word| of_word(*kind, word)));
    let told = Milestone::ALL
        .iter()
        .map(|milestone| Entry::new(Kind::Milestone, milestone.code(), (milestone.chinese(), milestone.english())));
    returned.chain(refused).chain(told).chain(words).map(completed).collect()
}

fn acts(actor: Actor) -> Who {
    match actor {
        Actor::IncomingAgency => Who::IncomingAgency,
        Actor::OutgoingAgency => Who::OutgoingAgency,
        Actor::Person => Who::Person,
        Actor::Operator => Who::Operator,
    }
}

fn of_word(kind: Kind, word: &Word) -> Entry {
    let entry = Entry::new(kind, word.code, (word.zh, word.en)).what(word.means);
    let by_itself = word.next.0.starts_with("无需操作") || word.next.0.starts_with("通常自行");
    match (word.next.0, word.mood) {
        // A clock's next step is the same for all.
        ("", Mood::Going) if kind == Kind::Clock => entry,
        ("", _) => entry.ended(),
        (_, Mood::Going) if by_itself => entry.who(Who::System).next(word.next),
        _ => entry.who(Who::Clerk).next(word.next),
    }
}

fn completed(entry: Entry) -> Entry {
    let who = ACTS.iter().find(|(kind, code, _)| (*kind, *code) == (entry.kind, entry.code));
    let entry = who.map_or(entry.clone(), |(_, _, who)| entry.who(*who));
    match ADDITIONS.iter().find(|more| (more.kind, more.code) == (entry.kind, entry.code)) {
        Some(more) => entry.means(more.means).next(more.next),
        None => entry,
    }
}

/// What is added here, to be held against the tables.
#[cfg(test)]
pub(super) fn additions() -> impl Iterator<Item = (Kind, &'static str)> {
    let acting = ACTS.iter().map(|(kind, code, _)| (*kind, *code));
    ADDITIONS.iter().map(|more| (more.kind, more.code)).chain(acting)
}
