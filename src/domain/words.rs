//! The one table of words people read for states, tasks, clocks and holders. It explains; it never decides.

/// One word of the tables: its stable code, both names, what it means and what a person does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word {
    pub code: &'static str,
    pub zh: &'static str,
    pub en: &'static str,
    pub means: (&'static str, &'static str),
    /// Empty where nothing is to be done.
    pub next: (&'static str, &'static str),
    pub mood: Mood,
}

/// How a state stands, beside its text: a page shows it by sign and colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// Under way, nobody is late.
    Going,
    /// A person must look.
    Care,
    /// Ended as it should.
    Done,
    /// Ended, or stands, otherwise.
    Ended,
}

/// One row a word: code, 中文, English, meaning in both, next step in both, mood.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident {
        $($code:literal $zh:literal $en:literal, $mzh:literal $men:literal, $nzh:literal $nen:literal, $mood:ident;)+
    }) => {
        $(#[$doc])*
        pub const $name: &[Word] = &[$(Word {
            code: $code, zh: $zh, en: $en, means: ($mzh, $men), next: ($nzh, $nen), mood: Mood::$mood,
        },)+];
    };
}

words! {
    /// Which side of a case this agency is.
    ROLES {
        "incoming" "转入" "incoming", "本机构是转入地" "this agency is where the person is insured now", "" "", Going;
        "outgoing" "转出" "outgoing", "本机构是转出地" "this agency is where the person was insured", "" "", Going;
    }
}

words! {
    /// 转入地 · 关系
    INCOMING_RELATION {
        "APPLIED" "已申请" "applied", "申请符合受理条件，等待经办人受理；尚未发函" "the conditions are met; a person must accept it, no letter was sent yet",
            "核对申请后受理发函（release），或不予受理（reject）" "look at the application, then release the letter (release) or turn it down (reject)", Care;
        "REJECTED" "不予受理" "rejected", "申请未受理，未发联系函" "the application was turned down, no letter was sent",
            "将原因告知申请人；可更正的更正后重新申请" "tell the person why; if it can be mended, apply again", Ended;
        "LETTER_SENT" "联系函已发" "letter sent", "联系函已生成，等待转出地签收" "the letter is on its way, the outgoing agency has not receipted it",
            "无需操作：系统持续重发直至签收" "nothing: it is sent again until it is receipted", Going;
        "OUTGOING_WORKING" "转出地办理中" "outgoing agency at work", "转出地已签收，10 个工作日内办理" "the outgoing agency has the letter and 10 working days",
            "等待信息表；逾期后联系转出地" "wait for the sheet; once overdue, call the outgoing agency", Going;
        "LETTER_RETURNED" "已退回" "letter returned", "转出地退回了联系函" "the outgoing agency sent the letter back",
            "按退回原因更正联系函后重发，或结案" "amend and send the letter again, or close the case", Care;
        "CLOSED" "已终止" "closed", "退回后未再发函，案件结束" "closed after a return, nothing moved", "" "", Ended;
        "SHEET_RECEIVED" "信息表待核对" "sheet received", "信息表已到，5 个工作日内核对并合并年限" "the sheet is here: verify and merge within 5 working days",
            "核对信息表" "verify the sheet", Going;
        "SHEET_DISPUTED" "有异议" "sheet disputed", "核对有出入，等待转出地更正" "the sheet did not verify, a corrected version is awaited",
            "等待更正后的信息表" "wait for the corrected sheet", Care;
        "RELATION_MERGED" "关系已转入" "relation merged", "缴费年限已合并" "the months are merged",
            "等待资金轨道结束，然后自动办结" "completes by itself once the money track has ended", Going;
        "CANCELLING" "撤销中" "being taken back", "已申请撤销，等待转出地答复；合并与入账暂停" "the case is being taken back; merging and crediting pause until the outgoing agency answers",
            "等待撤销答复" "wait for the answer", Care;
        "CANCELLED" "已撤销" "taken back", "转出地已同意撤销，关系与资金未转移" "the outgoing agency agreed: nothing moved", "" "", Ended;
        "COMPLETED" "已办结" "completed", "年限已合并，资金已了结，已反馈转出地" "months merged, money settled, the outgoing agency was told", "" "", Done;
        "REOPENED" "办结后更正" "reopened", "办结后信息表有更正或异议；已计入的年限和已入账的款项照旧，直到更正完成" "the sheet is corrected or in question after completion; months and money stay as they are until that is done",
            "核对更正的信息表；须冲正的由两人冲正（reverse）" "verify the corrected sheet; where money is to be taken back, two persons reverse it (reverse)", Care;
    }
}

words! {
    /// 转入地 · 资金
    INCOMING_MONEY {
        "NOT_EXPECTED" "无资金" "none expected", "本案无个人账户资金划转" "no personal-account money moves in this case", "" "", Done;
        "EXPECTED" "待划转" "expected", "信息表载明金额，转出地尚未通知划转" "the sheet names a sum, the notice has not come",
            "等待划转通知" "wait for the remittance notice", Going;
        "REMITTED" "已通知划转" "announced", "转出地已通知划转，款项在途" "the notice has come, the money is under way",
            "导入银行流水后自动匹配" "import the bank statement: it is matched by itself", Going;
        "DISCREPANT" "金额不符" "sum differs", "到账合计与信息表金额不一致，未入账" "what arrived is not the sheet's sum; nothing was credited",
            "与转出地核对；差额到账后自动匹配" "clarify with the outgoing agency; matches by itself once the sum is right", Care;
        "RETURNED" "已退汇" "returned", "转出地的付款未到，款项退回" "the announced payment did not arrive: it went back",
            "等待转出地重汇" "wait for the outgoing agency to send it again", Care;
        "MATCHED" "已匹配" "matched", "款项已与本案匹配，待入账" "the money is matched to this case and waits to be credited",
            "年限合并后入账" "credited once the months are merged", Going;
        "CREDITED" "已入账" "credited", "已记入参保人个人账户" "credited to the person's account", "" "", Done;
        "TO_REVERSE" "待冲正" "to be reversed", "更正后的金额少于已入账金额" "the corrected sum is less than what was credited",
            "两人冲正差额并退回转出地（reverse）" "two persons reverse the difference and send it back (reverse)", Care;
        "REVERSING" "冲正退回中" "reversal under way", "差额已从个人账户冲出，付款指令已下达银行" "the difference has left the account, the payment back is with the bank",
            "导出付款文件送银行；导入银行流水确认" "export the payment file, then import the statement that confirms it", Going;
    }
}

words! {
    /// 转出地 · 关系
    OUTGOING_RELATION {
        "HANDED_OVER" "已转交" "handed over", "本地受理的申请已转交转入地，等待其联系函" "an application taken here is with the incoming agency; its letter is awaited",
            "等待转入地的联系函；逾期后催办" "wait for the letter; once overdue, remind the incoming agency", Going;
        "PAYOUT_OPENED" "退付待复核" "payout opened", "余额退付本人已提出，账户已锁定，待另一人复核" "a payout to the person is opened and the account held; another person must confirm",
            "另一人核实本人账户后复核（confirm），或撤回（withdraw）" "another person verifies the account and confirms, or withdraws it", Care;
        "PAYING_OUT" "退付中" "paying out", "账户已清零，付款已下达银行" "the account is zeroed, the payment is with the bank",
            "导出付款文件送银行；导入银行流水确认" "export the payment file, then import the statement that confirms it", Going;
        "PAID_OUT" "已退付" "paid out", "银行已确认付到本人账户，案件归档" "the bank has confirmed the payment to the person; the case is archived", "" "", Done;
        "PAYOUT_WITHDRAWN" "退付已撤回" "payout withdrawn", "未付款，账户已解除锁定" "nothing was paid, the account is free again", "" "", Ended;
        "REJECTED" "不予受理" "rejected", "申请未受理，没有转移" "the application was turned down, nothing moves",
            "将原因告知申请人；可更正的更正后重新申请" "tell the person why; if it can be mended, apply again", Ended;
        "CHECKING" "核验中" "checking", "已收联系函，正在核验参保关系" "the letter is here, the relation is being checked",
            "核验后出具信息表或退回" "issue the sheet, or return the letter with reasons", Going;
        "RETURNED" "已退回" "returned", "联系函已退回转入地" "the letter went back to the incoming agency",
            "等待转入地更正后重发" "wait for an amended letter", Ended;
        "SHEET_ISSUED" "信息表已发" "sheet issued", "关系已终止、账户已锁定，等待转入地签收" "relation ended, account frozen; the sheet is not receipted yet",
            "无需操作：签收后划转资金" "nothing: the money is released after the receipt", Going;
        "AWAITING_COMPLETION" "待办结" "awaiting completion", "信息表已签收，等待转入地办结反馈" "the sheet is receipted, the completion notice is awaited",
            "逾期后联系转入地" "once overdue, call the incoming agency", Going;
        "CANCELLED" "已撤销" "taken back", "转入地撤销，参保关系与账户已恢复" "the incoming agency took it back: relation and account are as before", "" "", Ended;
        "COMPLETED" "已办结" "completed", "转入地已办结，案件归档" "the incoming agency has completed; the case is archived", "" "", Done;
        "REOPENED" "办结后更正" "reopened", "办结后信息表有更正或异议" "the sheet is corrected or in question after completion",
            "有异议的核对登记后更正（correct）；已更正的等待转入地重新反馈" "where it is in question, check the register and correct it (correct); else wait for the new completion notice", Care;
    }
}

words! {
    /// 转出地 · 资金
    OUTGOING_MONEY {
        "NOTHING_TO_REMIT" "无需划转" "nothing to remit", "本案无资金可划转" "no money moves in this case", "" "", Done;
        "FROZEN" "已锁定" "frozen", "个人账户已锁定，待签收后划转" "the account is frozen until the sheet is receipted",
            "无需操作" "nothing to do", Going;
        "RELEASED" "已解锁" "released", "撤销后个人账户已解除锁定" "the hold was lifted after a cancellation", "" "", Ended;
        "REMITTING" "划转中" "remitting", "付款指令已下达，账户已清零" "the payment is released and the account zeroed",
            "导出付款文件送银行；导入银行流水确认" "export the payment file, then import the statement that confirms it", Going;
        "REMITTED" "已划转" "remitted", "银行已确认付款" "the bank has confirmed the payment",
            "等待转入地确认到账" "wait for the incoming agency to confirm", Going;
        "REMIT_FAILED" "退汇" "remittance failed", "银行未受理付款或已退回，款项在暂挂户" "the bank refused the payment or gave it back; the sum is in suspense",
            "核实原因后由两人重汇（resend）" "find out why; two persons send it again (resend)", Care;
        "PAYING_PERSON" "退付本人中" "paying the person", "付款指令已下达，余额付给参保人本人，账户已清零" "the payment to the person is released and the account zeroed",
            "导出付款文件送银行；导入银行流水确认" "export the payment file, then import the statement that confirms it", Going;
        "PAYOUT_FAILED" "退付未成" "payout failed", "付给本人的款项未被银行受理或已退回，款项在暂挂户" "the payment to the person was refused or came back; the sum is in suspense",
            "与本人核对账户后由两人再付（payout）" "verify the account with the person; two persons pay again (payout)", Care;
        "PAID_TO_PERSON" "已退付本人" "paid to the person", "银行已确认付到参保人本人账户" "the bank has confirmed the payment to the person", "" "", Done;
        "REFUND_AWAITED" "待退差" "refund awaited", "更正后的金额少于已划转金额，等待转入地退回差额" "the corrected sum is less than what was paid; the incoming agency sends the difference back",
            "等待退差；导入银行流水后自动销账" "wait for it; it is booked by itself once the statement is imported", Going;
        "CONFIRMED" "已确认" "confirmed", "转入地已确认资金入账" "the incoming agency has credited the money", "" "", Done;
    }
}

words! {
    /// Who must act next: who holds the ball.
    HOLDERS {
        "own" "本机构" "this agency", "等待本机构办理" "this agency must act", "" "", Care;
        "peer" "对方机构" "the other agency", "等待对方机构" "the other agency must act", "" "", Going;
        "bank" "银行" "the bank", "等待银行划款或流水" "a transfer or statement is awaited", "" "", Going;
        "person" "参保人" "the person", "等待参保人" "the person must act", "" "", Going;
        "nobody" "无" "nobody", "无待办" "nothing is waited for", "" "", Done;
    }
}

words! {
    /// The clocks of domain.md §3, in working days.
    CLOCKS {
        "T0" "发函" "send the letter", "受理当日发出联系函" "the letter leaves on the working day of acceptance", "" "", Going;
        "T1" "转出办理" "outgoing work", "转出地 10 个工作日" "10 working days of the outgoing agency", "" "", Going;
        "T2" "转入核对" "incoming work", "收到信息表后 5 个工作日" "5 working days from the sheet", "" "", Going;
        "T3" "入账" "credit", "到账与合并均完成后" "from the later of arrival and merge", "" "", Going;
        "T4" "办结反馈" "completion", "两条轨道均结束后" "once both tracks have ended", "" "", Going;
        "T5" "等待反馈" "confirmation", "我方办结后等待转入地反馈" "from the day our own side is done", "" "", Going;
        "T6" "款项到账" "arrival", "收到划转通知后" "from the remittance notice", "" "", Going;
        "ALL" "全程办结" "whole case", "受理后 15 个工作日的目标" "the target of 15 working days from acceptance", "" "", Going;
    }
}

words! {
    /// What waits for a person.
    TASKS {
        "DIRECTORY_NEWER" "机构目录已更新" "newer directory", "对方已启用更新的机构目录" "another agency acts on a newer directory",
            "向上级登记机构取得新目录，用 jiexu registry install 安装后重启" "get the new directory from the registry, install it with jiexu registry install and start again", Care;
        "DAILY_DIGEST_DIFFERS" "每日对账有差异" "daily digest differs", "对方当日所发与本机构所收不一致" "what the peer says it sent that day is not what came",
            "用 jiexu digest list 查看，与对方核对后用 jiexu digest note 了结" "see jiexu digest list, go through it with the other agency, then jiexu digest note", Care;
        "CLOSE_UNBALANCED" "日结不平" "close out of balance", "当日试算不平：个人、在途、暂挂合计不等于银行" "persons, transit and suspense do not sum to the bank",
            "停止付款，运行 jiexu verify，联系软件维护者" "stop paying, run jiexu verify and call the maintainers", Care;
        "LETTER_RETURNED" "联系函被退回" "letter returned", "转出地退回了联系函" "the outgoing agency sent the letter back",
            "查看退回原因：更正后重发（amend，登记已更正的加 --identity-from-register），或结案（close）" "read the reason: amend and send again (amend; --identity-from-register where the register was corrected), or close (close)", Care;
        "PAYEE_DIFFERS" "收款账户不一致" "payee differs", "联系函的收款账户与机构目录不一致（常见诈骗手法）" "the payee in the letter is not the directory's: the classic fraud",
            "两人对照目录账户与来函账户，分别用目录中的电话核实：属实的由两人出具（issue、confirm），否则退回（return）" "two persons compare both accounts and verify by the directory's phone: if it is right issue it (issue, confirm), else return it", Care;
        "CHECK_BY_CLERK" "待人工核验" "check by hand", "自动核验未能决定" "the automatic check could not decide",
            "人工核验后出具信息表或退回" "check the register, then issue the sheet or return the letter", Care;
        "EARLIER_TRANSFER" "待前一转移办结" "waits for an earlier transfer", "该人员由说明栏所列机构转入本机构的业务尚未办结" "a transfer of this person from the agency beside it to us has not ended",
            "先办结、撤销或终止那笔转入；随后自动重新核验，一张信息表全部转出。不能等的可退回（return），或向对方说明延期（delay）" "end that transfer: complete it, take it back or close it; then this letter is checked by itself and one sheet takes everything on. If it cannot wait, return it (return) or explain the delay (delay)", Care;
        "PERSON_DECEASED" "参保人死亡" "person deceased", "信息表已出具，付款之前登记参保人死亡" "the sheet is issued, and before the payment the register says that the person has died",
            "核实死亡登记并与转入地商定：仍划转的放行（release）；不划转的由转入地撤销（cancel），余额按继承办理" "verify the entry and agree with the incoming agency: to pay all the same, release it (release); else the incoming agency takes the case back (cancel), and the balance is a matter of inheritance", Care;
        "REVIEW_LETTER" "待受理发函" "letter to release", "申请符合受理条件，按本机构设置须由经办人受理" "the conditions are met; this agency has a person accept it",
            "核对申请后受理发函（release），或不予受理（reject）" "look at the application, then release the letter (release) or turn it down (reject)", Care;
        "REVIEW_CHECK" "核验待审核" "check to release", "自动核验已有结论，按本机构设置须由经办人放行；说明栏有退回原因的，结论为退回" "the check has a result, and this agency has a person release it; where a return reason stands beside it, the letter would go back",
            "核对登记后放行（release），或退回（return）" "look at the register, then release it (release) or return the letter (return)", Care;
        "REVIEW_SHEET" "信息表待审核" "sheet to release", "核验通过，按本机构设置须由经办人出具信息表" "the check passed; this agency has a person issue the sheet",
            "核对登记后放行（release），或退回（return）" "look at the register, then release it (release) or return the letter (return)", Care;
        "REVIEW_PAYMENT" "付款待审核" "payment to release", "信息表已签收，按本机构设置须由经办人下达付款" "the sheet is receipted; this agency has a person release the payment",
            "核对金额与收款账户后放行（release）" "look at sum and payee, then release it (release)", Care;
        "REVIEW_MERGE" "合并待审核" "merge to release", "信息表核对无误，按本机构设置须由经办人合并年限" "the sheet verifies; this agency has a person merge it",
            "核对年限后放行（release），或提出异议（object）" "look at the months, then release it (release) or object (object)", Care;
        "REVIEW_CREDIT" "入账待审核" "credit to release", "款项已匹配，按本机构设置须由经办人入账" "the money is matched; this agency has a person credit it",
            "核对个人账户后放行（release）" "look at the account, then release it (release)", Care;
        "REVIEW_COMPLETION" "办结待审核" "completion to release", "两条轨道均已结束，按本机构设置须由经办人办结" "both tracks have ended; this agency has a person complete the case",
            "核对后放行（release）" "look at the case, then release it (release)", Care;
        "SHEET_FAULT" "信息表有误" "sheet faulty", "信息表内容不合规范" "the sheet breaks the rules of the form",
            "联系转出地更正" "ask the outgoing agency for a corrected sheet", Care;
        "SHEET_DIFFERS" "信息表不一致" "sheet differs", "信息表与联系函或本地登记不一致" "the sheet does not agree with the letter or the register",
            "核对人员与险种，联系转出地" "compare person and insurance, ask the outgoing agency", Care;
        "VERIFY_BY_CLERK" "待人工核对" "verify by hand", "信息表须人工核对" "the sheet must be verified by a person",
            "核对年限与人员后合并（accept）或提出异议（object）；说明栏为身份不符或死亡的，先核实登记" "verify months and person, then merge it (accept) or object (object); where a differing identity or a death stands beside it, verify the register first", Care;
        "CREDIT_BY_CLERK" "待人工入账" "credit by hand", "自动入账未能决定" "the automatic credit could not decide",
            "两人核实个人账户后入账（credit）；说明栏为死亡的，先与转出地商定" "two persons verify the account, then credit (credit); where a death stands beside it, agree with the outgoing agency first", Care;
        "TO_REVERSE" "待冲正" "to be reversed", "更正后的信息表金额少于已入账金额" "the corrected sheet says less than was credited",
            "两人核对后冲正差额（reverse）；余额不足的与参保人和转出地商定" "two persons verify and reverse the difference (reverse); where the account does not cover it, settle it with person and agency", Care;
        "MONEY_DIFFERS" "到账金额不符" "money differs", "到账金额与通知不一致" "the money is not what was announced",
            "与转出地核对差额；未入账" "clarify the difference with the outgoing agency; nothing was credited", Care;
        "MONEY_MISSING" "款项未到" "money missing", "已通知划转，期限已过仍无到账" "the money was announced and nothing came within its time",
            "核对是否已导入全部流水；与转出地核实" "see that every statement was imported, then ask the outgoing agency", Care;
        "WRONG_PAYER" "付款方不符" "wrong payer", "付款账户不是转出地的账户" "the payer is not the outgoing agency's account",
            "与转出地及银行核实付款方" "verify the payer with the agency and the bank", Care;
        "MATCH_PROPOSED" "建议匹配" "match proposed", "一笔未指明案件的到账只与一个案件相符" "a line that names no case fits exactly one",
            "核实后确认匹配（jiexu case match --txn 流水号）" "verify it, then confirm (jiexu case match --txn NO)", Care;
        "LINE_UNMATCHED" "到账待匹配" "line unmatched", "银行流水未能对应案件" "a bank line belongs to no case yet",
            "按备注、金额、付款方查找案件" "find the case by remark, sum and payer", Care;
        "SEND_BACK_PROPOSED" "退回待复核" "send-back to be confirmed", "一人已提出把未写明案件的到账退回付款方" "one person proposed to send money of no case back to who paid it",
            "另一人核实后复核（jiexu bank confirm）或撤回（jiexu bank withdraw）" "another person verifies, then confirms (jiexu bank confirm) or withdraws it (jiexu bank withdraw)", Care;
        "MONEY_UNIDENTIFIED" "对方到账不明" "money unknown there", "对方收到本机构账户汇出的款项，不知属于哪个案件" "the other agency has money from an account of ours and cannot tell its case",
            "按金额与日期查本机构流水，告知对方案件后了结（jiexu bank note）" "find it in our statement by sum and day, tell them the case, then settle it (jiexu bank note)", Care;
        "UNKNOWN_PAYMENT" "未知付款" "unknown payment", "流水中有非本系统发出的付款" "the statement shows a payment we did not release",
            "与银行核实" "verify with the bank", Care;
        "REMIT_FAILED" "付款被退回" "payment came back", "我方付款未被银行受理，或被银行、转入地退回" "our bank refused a payment of ours, or it came back from the bank or the incoming agency",
            "与银行核实原因和收款账户，然后由两人重汇（resend）" "find out why and check the payee's account, then two persons send it again (resend)", Care;
        "PAYOUT_FAILED" "退付未成" "payout came back", "付给本人的款项未被银行受理，或被银行退回" "our bank refused a payment to the person, or gave it back",
            "与本人核对账户，然后由两人付到核实的本人账户（case payout）" "verify the account with the person, then two persons pay it to that account (case payout)", Care;
        "REFUSED_BY_PEER" "被对方拒绝处理" "refused by the peer", "对方不能处理我方消息" "the other agency could not take our message",
            "查看拒绝代码；联系对方运维" "read the refusal code, call the other agency's operator", Care;
        "DIGEST_DIFFERS" "摘要不一致" "digest differs", "对方签收的内容与我方发出的不一致（安全事件）" "the receipt is for other content than we sent: a security event",
            "停止重试并报告安全员" "report to the security officer", Care;
        "ID_CONFLICT" "编号冲突" "id conflict", "同一消息编号出现不同内容（安全事件）" "one message id came with two contents: a security event",
            "报告安全员；联系对方" "report to the security officer, call the other agency", Care;
        "SHEET_OBJECTED" "信息表被提异议" "sheet objected", "转入地对信息表有异议" "the incoming agency does not accept the sheet",
            "核对登记并更正，然后出具更正的信息表（correct）" "check and mend the register, then issue the corrected sheet (correct)", Care;
        "CONFIRM" "待复核" "to be confirmed", "一人已提出，须由另一人复核" "one person proposed it; another must confirm",
            "另一人核实后复核（confirm）或撤回（withdraw）" "another person verifies, then confirms or withdraws it", Care;
        "CANCEL_REFUSED" "撤销未获同意" "cancellation refused", "转出地已划转，不能撤销；案件继续办理" "the outgoing agency has remitted: the case goes on",
            "告知申请人；仍需退回的，办结后由原地另行申请" "tell the person; the way back is an opposite case", Care;
        "REMINDED" "被催办" "reminded", "对方催办本机构的环节" "the other agency reminds us of a step of ours",
            "办理该环节；办不了的说明延期（delay）" "do the step, or explain the delay (delay)", Care;
        "QUESTION" "待答复" "question", "对方就本案提问" "the other agency asks something about the case",
            "查看来函并答复（answer）" "read the question and answer it (answer)", Care;
        "LETTER_TO_READ" "来函待阅" "letter to read", "对方作了答复或说明了延期" "the other agency answered, or explained a delay",
            "阅后确认（noted）" "read it, then say so (noted)", Care;
        "FUNDS_DISCREPANCY" "对方称资金有差异" "money differs there", "转入地的银行流水与我方通知不一致" "the incoming agency's bank does not show what we announced",
            "与我方银行核对这笔付款，然后答复对方（ask）" "trace the payment with our bank, then write to the other agency (ask)", Care;
        "DUE_SOON" "临近到期" "due soon", "本机构的期限将到" "a deadline of ours is near",
            "今明两天办理" "deal with it today or tomorrow", Care;
        "ESCALATED" "督办" "escalated", "逾期五个工作日仍未办理" "five working days over and still not done",
            "由负责人过问：催对方，或安排办理" "whoever leads looks into it: press the peer, or have it done", Care;
        "OVERDUE" "逾期" "overdue", "法定期限已过" "a deadline has passed",
            "查看案件，催办持球方" "open the case and chase whoever holds it", Care;
    }
}

words! {
    /// 每日对账: what became of a digest.
    DIGESTS {
        "sent" "已发" "sent", "本机构的对账已发对方" "our digest is on its way to the other agency", "" "", Done;
        "received" "待比对" "to be compared", "对方的对账已到，等齐所列消息后比对" "the peer's digest is here; it is compared once its messages are",
            "无需操作：自动比对" "nothing: compared by itself", Going;
        "agreed" "一致" "agreed", "对方所发与本机构所收一致" "what the peer sent is what came", "" "", Done;
        "missing" "缺消息" "messages missing", "对方所列的消息一天后仍未收齐" "a day later some of the peer's messages have not come",
            "与对方运维核对缺号；收齐后自动比对" "compare the missing numbers with the other operator; compared by itself once they are here", Care;
        "differs" "不一致" "differs", "消息种类、数量或划转合计不一致" "kinds, counts or the announced sum differ",
            "与对方逐笔核对后用 jiexu digest note 了结" "go through it with the other agency, then jiexu digest note", Care;
        "noted" "已核实" "looked into", "差异已由人员核实" "a person has looked into the difference", "" "", Ended;
    }
}

words! {
    /// Rows of the inbox.
    INBOX {
        "applied" "已处理" "applied", "已按业务规则处理" "acted on", "" "", Done;
        "early" "先到待序" "early", "前序消息未到，暂存" "its predecessor has not come; kept",
            "通常自行解决；长时间不动请联系对方" "usually solves itself; if old, call the sender", Care;
        "refused" "已拒绝" "refused", "验签通过但不能处理，已答复拒绝" "verified but could not be taken; a refusal was sent", "" "", Ended;
    }
}

words! {
    /// Rows of the outbox.
    OUTBOX {
        "unsent" "待发送" "unsent", "尚未交给消息服务器" "not with the broker yet", "无需操作：自动重试" "nothing: tried again by itself", Going;
        "sent" "已发待签收" "sent, not receipted", "服务器已确认，对方尚未签收" "the broker has it, the peer has not receipted it",
            "无需操作：自动重发直至签收" "nothing: sent again until receipted", Going;
        "closed" "已签收" "receipted", "对方已签收" "the peer has receipted it", "" "", Done;
        "refused" "被拒绝" "refused", "对方拒绝处理" "the peer refused it", "见待办事项" "see the task", Care;
    }
}

words! {
    /// Payments released to our bank.
    PAYMENTS {
        "released" "已下达" "released", "待导出付款文件" "waits for a payment file", "导出付款文件送银行" "export the payment file for the bank", Going;
        "exported" "已导出" "exported", "已在付款文件中，待银行确认" "in a payment file, the bank has not confirmed", "导入银行流水" "import the bank statement", Going;
        "confirmed" "已付款" "confirmed", "银行已确认" "confirmed by the bank", "" "", Done;
        "refused" "银行未受理" "refused", "银行未受理，款项未付出" "the bank did not carry it out", "见案件的待办事项" "see the task of the case", Care;
        "sent_back" "对方退回" "sent back", "转入地已将款项退回" "the incoming agency sent the money back", "见案件的待办事项" "see the task of the case", Care;
        "returned" "已退汇" "returned", "银行已将款项退回" "the bank gave the money back", "见案件的待办事项" "see the task of the case", Care;
    }
}

words! {
    /// Lines of bank statements.
    LINES {
        "unmatched" "待匹配" "unmatched", "款项在暂挂户" "the money is in suspense", "查找案件" "find its case", Care;
        "matched" "已匹配" "matched", "已对应案件" "belongs to a case", "" "", Done;
        "paid" "我方付款" "our payment", "我方付款已由银行确认" "our own payment, confirmed", "" "", Done;
        "given_back" "已退回" "sent back", "款项已退回付款方" "the money went back to who paid it", "" "", Ended;
        "returned" "退汇" "returned payment", "我方付款被银行退回" "our own payment, given back by the bank", "见案件的待办事项" "see the task of the case", Care;
    }
}

words! {
    /// Why a bank line lies in suspense.
    HINTS {
        "AWAITING_NOTICE" "待划转通知" "awaits its notice", "已知案件，划转通知未到" "the case is known, its remittance notice has not come",
            "无需操作：通知到达后自动匹配" "nothing: it is matched by itself when the notice comes", Going;
        "NO_CASE" "未对应案件" "no case named", "流水未指明本机构的案件" "the line names no case of ours",
            "按备注、金额、付款方查找案件" "find the case by remark, sum and payer", Care;
        "AMOUNT_DIFFERS" "金额不符" "sum differs", "本案流水合计与通知不一致" "the lines of the case do not sum to the notice",
            "与转出地核对差额" "clarify the difference with the outgoing agency", Care;
        "WRONG_PAYER" "付款方不符" "wrong payer", "付款账户不是信息表所列" "the payer is not the one the sheet named",
            "与转出地及银行核实付款方" "verify the payer with the agency and the bank", Care;
        "PROPOSED" "建议匹配" "proposed", "付款方、户名、金额与日期只与一个案件相符" "payer, name, sum and days fit exactly one case",
            "核实后确认匹配（match）" "verify it, then confirm the match (match)", Care;
        "UNKNOWN_PAYMENT" "未知付款" "unknown payment", "本机构账户有非本系统发出的付款" "money left our account without a payment of ours",
            "与银行核实" "verify with the bank", Care;
        "RETURN_DIFFERS" "退汇不符" "return differs", "流水指明我方付款，但金额不符或该付款已有退汇" "the line names a payment of ours, but of another sum or one that came back before",
            "与银行核实这笔款项" "ask the bank what it is", Care;
        "SENT_BACK" "对方退回" "sent back", "转入地退回的款项，不是最后一次付款的全数，或退回通知未到" "the incoming agency sent it back; it is not the whole of the last payment, or not announced yet",
            "对照退汇通知，与转入地核实" "compare it with its announcement and ask the incoming agency", Care;
        "CASE_CLOSED" "案件已不待款" "case waits for no money", "案件已结或已收齐" "the case is closed or already has its money",
            "与转出地核实是否重复付款" "ask the outgoing agency whether it paid twice", Care;
    }
}

words! {
    /// Why the last attempt to send did not reach a queue.
    TROUBLES {
        "UNROUTABLE" "对方无队列" "no queue", "没有队列接收发往该机构的消息" "no queue takes letters for this agency",
            "请运维检查对方队列是否已建立" "the operator checks that the peer's queue exists", Care;
        "UNCONFIRMED" "未获确认" "not confirmed", "服务器未确认，将以相同字节重发" "the broker did not confirm; the same bytes go again",
            "无需操作" "nothing to do", Going;
    }
}

words! {
    /// Events of a case that are no messages.
    EVENTS {
        "application" "受理申请" "application", "" "", "" "", Going;
        "statement" "银行流水" "bank statement", "" "", "" "", Going;
        "register" "参保登记" "register", "" "", "" "", Going;
        "periods" "缴费记录" "periods", "" "", "" "", Going;
        "chase" "到期提醒与催办" "deadline chased", "" "", "" "", Care;
        "look_again" "前一转移已结束，重新核验" "checked after an earlier transfer", "" "", "" "", Going;
        "recheck" "重新核验" "checked again", "" "", "" "", Going;
        "release" "审核放行" "released", "" "", "" "", Going;
        "reject" "不予受理" "turned down", "" "", "" "", Care;
        "return" "人工退回" "returned by hand", "" "", "" "", Care;
        "issue" "核实后出具" "issued after verification", "" "", "" "", Going;
        "payout_open" "开立退付" "payout opened", "" "", "" "", Care;
        "payout" "退付本人" "paid to the person", "" "", "" "", Care;
        "accept" "核对无误" "accepted", "" "", "" "", Going;
        "object" "提出异议" "objected", "" "", "" "", Care;
        "correct" "更正信息表" "sheet corrected", "" "", "" "", Going;
        "amend" "更正重发" "letter amended", "" "", "" "", Going;
        "close" "终止" "closed", "" "", "" "", Care;
        "cancel" "申请撤销" "cancellation asked", "" "", "" "", Care;
        "confirm" "复核" "confirmed", "" "", "" "", Going;
        "send-back" "退回" "sent back", "" "", "" "", Care;
        "resend" "重汇" "sent again", "" "", "" "", Care;
        "reverse" "冲正" "reversed", "" "", "" "", Care;
        "credit" "人工入账" "credited by hand", "" "", "" "", Care;
        "match" "人工匹配" "matched by hand", "" "", "" "", Care;
        "remind" "催办" "reminder sent", "" "", "" "", Care;
        "delay" "说明延期" "delay explained", "" "", "" "", Care;
        "ask" "提问" "question sent", "" "", "" "", Going;
        "answer" "答复" "question answered", "" "", "" "", Going;
        "query" "查询进度" "progress asked", "" "", "" "", Going;
        "noted" "已阅" "read", "" "", "" "", Going;
        "task_assign" "指派待办" "task assigned", "" "", "" "", Going;
        "task_take" "认领待办" "task taken", "" "", "" "", Going;
        "task_release" "退回待办" "task let go", "" "", "" "", Going;
        "line_send_back" "提出退回到账" "send-back of a line proposed", "" "", "" "", Care;
        "line_confirm" "复核退回到账" "send-back of a line confirmed", "" "", "" "", Care;
        "line_withdraw" "撤回退回到账" "send-back of a line withdrawn", "" "", "" "", Going;
        "unidentified" "询问不明到账" "payer asked about a line", "" "", "" "", Care;
        "unidentified_noted" "不明到账已答复" "asked line settled", "" "", "" "", Going;
        "withdraw" "撤回提议" "proposal withdrawn", "" "", "" "", Going;
        "remit" "批量划转" "remitted as a batch", "" "", "" "", Going;
        "export" "导出付款" "payment export", "" "", "" "", Going;
        "notices" "导出通知" "notice export", "" "", "" "", Going;
        "seen" "再次收到" "seen again", "" "", "" "", Going;
        "calendar" "导入年历" "calendar import", "" "", "" "", Going;
        "recount" "期限重算" "deadline recomputed", "" "", "" "", Care;
        "announce" "停机通告" "maintenance announced", "" "", "" "", Going;
        "announcement_withdrawn" "撤回停机通告" "announcement withdrawn", "" "", "" "", Going;
        "directory" "启用机构目录" "directory in use", "" "", "" "", Going;
        "close_day" "日结" "daily close", "" "", "" "", Going;
        "compare" "每日对账比对" "digest compared", "" "", "" "", Going;
        "digest_noted" "对账差异已核实" "difference looked into", "" "", "" "", Care;
        "resend_asked" "请求重发" "resend asked for", "" "", "" "", Care;
    }
}

words! {
    /// Where a year of the calendar comes from.
    ORIGINS {
        "shipped" "随程序" "shipped", "编译在程序内" "compiled in", "" "", Going;
        "folder" "目录" "folder", "paths.calendar 目录" "in the folder paths.calendar", "" "", Going;
        "imported" "导入" "imported", "calendar import，存于数据库" "calendar import, in the database", "" "", Done;
    }
}

words! {
    /// Classes of ledger accounts.
    LEDGER {
        "bank" "银行存款" "bank", "本机构银行账户" "this agency's bank account", "" "", Going;
        "person" "个人账户" "personal accounts", "参保人个人账户合计" "all persons' accounts", "" "", Going;
        "transit-out" "转出在途" "in transit, out", "已清零、银行未确认" "zeroed, not confirmed by the bank", "" "", Going;
        "transit-in" "转入在途" "in transit, in", "已匹配、未入账" "matched, not credited", "" "", Going;
        "suspense" "暂挂户" "suspense", "到账未匹配" "arrived, not matched", "" "", Care;
    }
}

/// The row of a code in its table; `None` for a word of a newer version.
pub fn find(table: &'static [Word], code: &str) -> Option<&'static Word> {
    table.iter().find(|word| word.code == code)
}

/// 退付: a case of this agency alone, by its relation word.
pub fn is_alone(relation: &str) -> bool {
    matches!(relation, "PAYOUT_OPENED" | "PAYING_OUT" | "PAID_OUT" | "PAYOUT_WITHDRAWN")
}

/// The relation words of a role.
pub fn relation(role: &str) -> &'static [Word] {
    if role == "incoming" { INCOMING_RELATION } else { OUTGOING_RELATION }
}

/// The money words of a role.
pub fn money(role: &str) -> &'static [Word] {
    if role == "incoming" { INCOMING_MONEY } else { OUTGOING_MONEY }
}

/// The usual road of the relation track, with the turn taken where it stands off the road.
pub fn relation_road(role: &str, at: &str) -> &'static [&'static str] {
    match (role, at) {
        ("incoming", "REJECTED") => &["REJECTED"],
        ("incoming", "APPLIED") => {
            &["APPLIED", "LETTER_SENT", "OUTGOING_WORKING", "SHEET_RECEIVED", "RELATION_MERGED", "COMPLETED"]
        }
        ("incoming", "LETTER_RETURNED") => {
            &["LETTER_SENT", "OUTGOING_WORKING", "LETTER_RETURNED", "SHEET_RECEIVED", "RELATION_MERGED", "COMPLETED"]
        }
        ("incoming", "CANCELLING") => &["LETTER_SENT", "OUTGOING_WORKING", "CANCELLING"],
        ("incoming", "CANCELLED") => &["LETTER_SENT", "OUTGOING_WORKING", "CANCELLING", "CANCELLED"],
        ("incoming", "CLOSED") => &["LETTER_SENT", "OUTGOING_WORKING", "LETTER_RETURNED", "CLOSED"],
        ("incoming", "REOPENED") => {
            &["LETTER_SENT", "OUTGOING_WORKING", "SHEET_RECEIVED", "RELATION_MERGED", "COMPLETED", "REOPENED"]
        }
        ("incoming", "SHEET_DISPUTED") => {
            &["LETTER_SENT", "OUTGOING_WORKING", "SHEET_RECEIVED", "SHEET_DISPUTED", "RELATION_MERGED", "COMPLETED"]
        }
        ("incoming", _) => &["LETTER_SENT", "OUTGOING_WORKING", "SHEET_RECEIVED", "RELATION_MERGED", "COMPLETED"],
        (_, "HANDED_OVER") => &["HANDED_OVER", "CHECKING", "SHEET_ISSUED", "AWAITING_COMPLETION", "COMPLETED"],
        (_, "REJECTED") => &["REJECTED"],
        (_, "PAYOUT_WITHDRAWN") => &["PAYOUT_OPENED", "PAYOUT_WITHDRAWN"],
        (_, "PAYOUT_OPENED" | "PAYING_OUT" | "PAID_OUT") => &["PAYOUT_OPENED", "PAYING_OUT", "PAID_OUT"],
        (_, "REOPENED") => &["CHECKING", "SHEET_ISSUED", "AWAITING_COMPLETION", "COMPLETED", "REOPENED"],
        (_, "RETURNED") => &["CHECKING", "RETURNED"],
        (_, "CANCELLED") => &["CHECKING", "CANCELLED"],
        _ => &["CHECKING", "SHEET_ISSUED", "AWAITING_COMPLETION", "COMPLETED"],
    }
}

/// The usual road of the money track; empty before the sheet.
pub fn money_road(role: &str, at: Option<&str>) -> &'static [&'static str] {
    match (role, at) {
        (_, Some("NOT_EXPECTED")) => &["NOT_EXPECTED"],
        (_, Some("NOTHING_TO_REMIT")) => &["NOTHING_TO_REMIT"],
        (_, Some("PAYOUT_FAILED")) => &["FROZEN", "PAYING_PERSON", "PAYOUT_FAILED", "PAID_TO_PERSON"],
        (_, Some("PAYING_PERSON" | "PAID_TO_PERSON")) => &["FROZEN", "PAYING_PERSON", "PAID_TO_PERSON"],
        (_, Some("RELEASED")) => &["FROZEN", "RELEASED"],
        ("incoming", Some("TO_REVERSE" | "REVERSING")) => {
            &["EXPECTED", "REMITTED", "MATCHED", "TO_REVERSE", "REVERSING", "CREDITED"]
        }
        ("outgoing", Some("REFUND_AWAITED")) => &["FROZEN", "REMITTING", "REFUND_AWAITED", "CONFIRMED"],
        ("incoming", Some("RETURNED")) => &["EXPECTED", "REMITTED", "RETURNED", "MATCHED", "CREDITED"],
        ("outgoing", Some("REMIT_FAILED")) => &["FROZEN", "REMITTING", "REMIT_FAILED", "REMITTED", "CONFIRMED"],
        ("incoming", Some("DISCREPANT")) => &["EXPECTED", "REMITTED", "DISCREPANT", "MATCHED", "CREDITED"],
        ("incoming", _) => &["EXPECTED", "REMITTED", "MATCHED", "CREDITED"],
        _ => &["FROZEN", "REMITTING", "REMITTED", "CONFIRMED"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_of_a_track_lies_on_its_own_road() {
        for role in ["incoming", "outgoing"] {
            for word in relation(role) {
                let road = relation_road(role, word.code);
                assert!(road.contains(&word.code), "{role} {}", word.code);
                assert!(road.iter().all(|code| find(relation(role), code).is_some()));
            }
            for word in money(role) {
                let road = money_road(role, Some(word.code));
                assert!(road.contains(&word.code), "{role} {}", word.code);
                assert!(road.iter().all(|code| find(money(role), code).is_some()));
            }
        }
    }

    #[test]
    fn every_task_says_what_to_do_in_both_languages() {
        for word in TASKS {
            assert!(!word.next.0.is_empty() && !word.next.1.is_empty(), "{}", word.code);
        }
    }
}
