//! What a person or a file asked for and was not done.

use super::rows;

rows! {
    /// Declined acts of clerks, rows of files, and what they stand in the way of.
    DECLINED {
        "CASE_UNKNOWN" Clerk, "没有这个案件" "there is no such case",
            next "核对案件编号，用 jiexu cases list 查找" "check the number; jiexu cases list finds it";
        "CASE_MOVED" Clerk, "案件在查看之后有变化" "the case has moved since it was looked at",
            means "决定未执行；案件按新的状态继续" "the decision was not carried out; the case goes on from its new state",
            next "重新查看案件（jiexu cases show），再作决定" "look again (jiexu cases show), then decide";
        "NOT_IN_THIS_STATE" Clerk, "案件当前状态不能这样办理" "the case cannot be dealt with so in its state",
            means "决定未执行；案件与资金不变" "the decision was not carried out; case and money stay",
            next "用 jiexu cases show 查看案件的下一步" "jiexu cases show names its next step";
        "NOT_ACCEPTABLE" Clerk, "按现在的登记不能受理" "the register as it is now does not allow it",
            means "未发函；申请仍在等待" "no letter was sent; the application still waits",
            next "更正登记后再放行（jiexu case release），或不予受理（jiexu case reject）" "mend the register and release it again (jiexu case release), or turn it down (jiexu case reject)";
        "TASK_UNKNOWN" Clerk, "没有这个待办" "there is no such task",
            means "没有指派；待办与案件不变" "nobody was assigned; task and case stay",
            next "用 jiexu tasks list 核对待办编号" "check its name with jiexu tasks list";
        "TASK_CLOSED" Clerk, "该待办已办结" "this task is done",
            means "没有指派；所等的事已经发生" "nobody was assigned; what it waited for has happened",
            next "用 jiexu tasks list 查看其余待办" "jiexu tasks list shows what still waits";
        "TASK_MOVED" Clerk, "待办在查看之后有变化" "the task has changed since it was looked at",
            means "没有指派；先办的有效" "nobody was assigned; who came first stands",
            next "重新查看（jiexu tasks list），再指派或认领" "look again (jiexu tasks list), then assign or take it";
        "TASK_TAKEN" Clerk, "该待办已有人认领" "somebody has this task in hand",
            means "承办人不变" "it stays where it is",
            next "需换人的用 jiexu tasks assign 指派，或由其退回（jiexu tasks release）" "assign it to another person (jiexu tasks assign), or have it released (jiexu tasks release)";
        "TASK_UNASSIGNED" Clerk, "该待办无人认领" "nobody has this task in hand",
            means "待办不变" "the task stays as it is",
            next "无须退回；认领用 jiexu tasks take" "there is nothing to release; jiexu tasks take takes it";
        "ASSIGNEE" Clerk, "必须写明承办人，至多 64 字" "the person's name is missing or longer than 64 characters",
            means "没有指派" "nobody was assigned",
            next "用 --to 写明承办人后重试" "name the person with --to and try again";
        "ACTOR" Clerk, "必须由具名人员办理" "a named person must act",
            means "决定未执行；审计须记下何人办理" "the decision was not carried out: the audit trail needs a name",
            next "用 --actor 写明经办人后重试" "name who acts with --actor and try again";
        "RESTORE_PENDING" Operator, "已有一次恢复等待批准" "a restore waits for approval",
            means "未作任何更改" "nothing was changed",
            next "由另一人批准（jiexu restore approve）" "another person approves it (jiexu restore approve)";
        "RESTORE_NOTHING" Operator, "没有等待这一决定的恢复" "no restore waits for this decision",
            means "未作任何更改" "nothing was changed",
            next "查看 jiexu restore status" "see jiexu restore status";
        "RESTORE_UNAPPROVED" Operator, "放回的副本尚未经另一人批准" "no other person has approved the copy that was put back",
            means "未启动、未办理：副本忘记了之后的信函与付款" "nothing is started or done: the copy has forgotten letters and payments since",
            next "由另一人批准（jiexu restore approve）" "another person approves it (jiexu restore approve)";
        "RESTORE_WAITS" Operator, "数据恢复后的重建尚未完成" "what was lost before the restore is not rebuilt yet",
            means "未作任何更改；对方尚未回传，或所涉付款尚未重建" "nothing was changed: the peer has not told its part, or the payment in question is not rebuilt",
            next "查看 jiexu restore status，稍后重新导入同一文件" "see jiexu restore status, and import the same file again later";
        "RESTORE_DIFFERS" Clerk, "与恢复前已发出的消息不同" "it differs from what was said before the restore",
            means "未作任何更改；对方持有的消息仍然有效，不会发出第二种说法" "nothing was changed: what the peer holds stands, and nothing else is said",
            next "按当时的登记和决定办理：先导入当时的登记文件，再重做（jiexu restore status 列出各条）" "decide as then: import the register files of that time first, then do it again (jiexu restore status lists them)";
        "RESTORE_PAYMENTS_HELD" Operator, "数据恢复后付款暂停" "payments are held after the restore",
            means "没有生成付款文件；款项未动" "no payment file was made; no money moved",
            next "确认银行已处理全部付款文件、导入全部对账单，再由两人恢复付款（jiexu restore payments，--confirm）" "see that the bank has dealt with every payment file, import every statement, then two persons say so (jiexu restore payments, then --confirm)";
        "REASON" Clerk, "必须写明理由，至多 500 字" "a reason is missing or longer than 500 characters",
            means "决定未执行" "the decision was not carried out",
            next "用 --reason 写明理由后重试" "give it with --reason and try again";
        "NOTHING_PROPOSED" Clerk, "没有待复核的事项" "nothing is proposed that could be confirmed",
            means "案件不变；提议可能已复核或撤回" "the case stays; the proposal may be confirmed or withdrawn already",
            next "用 jiexu cases show 查看案件经过" "read the case's history with jiexu cases show";
        "SECOND_PERSON" Clerk, "提出人与复核人必须是两个人" "who proposed cannot confirm",
            means "提议仍在等待复核；未执行" "the proposal still waits; it was not carried out",
            next "请另一人复核（confirm），或由任一人撤回（withdraw）" "another person confirms it, or either withdraws it";
        "SHEET_FAULT" Clerk, "信息表内容不合规范，不能合并" "the sheet breaks the rules of its form and cannot be merged",
            means "年限未合并；案件等待更正的信息表" "no months were merged; the case needs a corrected sheet",
            next "提出异议（jiexu case object），等待更正后的信息表" "object (jiexu case object) and wait for the corrected sheet";
        "SHEET_CANNOT_BE_MADE" Clerk, "按现在的登记不能出具合规的信息表" "the register as it is makes no valid sheet",
            means "未出具更正的信息表；案件仍待更正" "no corrected sheet was sent; the case still waits for it",
            next "先更正登记（jiexu register import），再办理" "mend the register (jiexu register import), then try again";
        "MONEY_UNDER_WAY" Clerk, "本案款项在途，金额现在不能更正" "money of this case is under way, its sum cannot be corrected now",
            means "未出具更正的信息表；款项不变" "no corrected sheet was sent; the money stays as it is",
            next "待银行确认付款、对方签收信息表后再更正" "correct it once the bank has confirmed the payment and the sheet is receipted";
        "NO_SUM_TO_CORRECT" Clerk, "本案没有可更正的金额" "there is no sum to correct in this case",
            means "未出具更正的信息表；款项不变" "no corrected sheet was sent; the money stays as it is",
            next "只更正缴费记录的，不写 --balance" "where only the record is wrong, leave out --balance";
        "ACCOUNT_HELD" Clerk, "个人账户正被另一案件锁定" "another case holds the account",
            means "未出具更正的信息表；款项不变" "no corrected sheet was sent; the money stays as it is",
            next "先了结锁定账户的案件" "settle the case that holds the account first";
        "REVERSAL_NOT_COVERED" Clerk, "个人账户余额不足冲正，或账户已被锁定" "the account does not cover the reversal, or is held",
            means "未作任何记账；案件仍待冲正" "nothing was posted; the reversal still waits",
            next "与参保人和转出地商定；余额足够后再冲正（reverse）" "settle it with person and agency; reverse it once the account covers it";
        "NO_ACCOUNT_TO_RETURN_TO" Operator, "机构目录没有登记双方账户，不能退差" "the directory lists no account for the way back",
            means "未作任何记账；案件仍待冲正" "nothing was posted; the reversal still waits",
            next "请登记机构更新机构目录" "ask the registry to complete the directory";
        "LINE_NOT_WAITING" Clerk, "没有这笔待匹配的流水" "no line of this number waits to be matched",
            means "未匹配，未入账" "nothing was matched or credited",
            next "用 jiexu bank list 核对银行流水号" "check the number with jiexu bank list";
        "LINE_NOT_OF_CASE" Clerk, "没有这笔写明本案的待匹配流水" "no waiting line of this number names the case",
            means "没有退回；款项仍在暂挂户" "nothing was sent back; the money stays in suspense",
            next "用 jiexu bank list 与案件页核对银行流水号" "check the number with jiexu bank list and on the case's page";
        "NOTHING_TO_REMIT" Clerk, "没有等待放行的划转" "no payment waits to be released",
            means "没有付款" "nothing was paid",
            next "批量划转须 [steps] payment = review；用 jiexu tasks list --kind REVIEW_PAYMENT 查看" "batches need [steps] payment = review; see jiexu tasks list --kind REVIEW_PAYMENT";
        "BATCH_INCOMPLETE" Clerk, "该批次的划转通知未到齐，或有人前一笔款项未入账" "notices of this batch are missing, or one of its persons awaits an earlier payment",
            means "未匹配，未入账；款项在暂挂户" "nothing was matched or credited; the money is in suspense",
            next "等待其余通知和前一笔入账；久未到的与转出地核对批次人数" "wait for the other notices and the earlier credit; if they do not come, compare the batch with the outgoing agency";
        "LINE_NOT_UNIDENTIFIED" Clerk, "没有这笔未写明案件、仍待匹配的流水" "no line that names no case waits under this number",
            means "没有退回；款项不变" "nothing was sent back; the money stays where it is",
            next "用 jiexu bank lines 核对流水号；写明案件的用 jiexu case send-back" "check the number with jiexu bank lines; one that names a case: jiexu case send-back";
        "LINE_MOVED" Clerk, "流水在查看之后有变化" "somebody decided about this line since it was looked at",
            means "没有退回；先办的有效" "nothing was sent back; who came first stands",
            next "重新查看（jiexu bank lines）" "look again (jiexu bank lines)";
        "LINE_PROPOSED" Clerk, "已有人提出退回该流水" "somebody proposed that already",
            means "没有退回；等待复核" "nothing was sent back; it waits to be confirmed",
            next "另一人复核（jiexu bank confirm）或撤回（jiexu bank withdraw）" "another person confirms (jiexu bank confirm) or withdraws it (jiexu bank withdraw)";
        "LINE_NOT_PROPOSED" Clerk, "没有人提出退回该流水" "nobody has proposed to send this line back",
            means "没有退回；款项仍在暂挂户" "nothing was sent back; the money stays in suspense",
            next "先由一人提出（jiexu bank send-back）" "one person proposes it first (jiexu bank send-back)";
        "NOT_ASKED" Clerk, "对方没有就这笔流水询问，或已了结" "that agency does not ask about such a line, or it is settled",
            means "没有了结任何待办" "no task was closed",
            next "用 jiexu tasks list --kind MONEY_UNIDENTIFIED 核对" "check it with jiexu tasks list --kind MONEY_UNIDENTIFIED";
        "PAYER_UNKNOWN" Clerk, "流水没有写明付款户名与账号" "the line does not say who paid from which account",
            means "没有退回；款项仍在暂挂户" "nothing was sent back; the money stays in suspense",
            next "向银行查询付款方" "ask the bank who paid";
        "MATCH_SUM" Clerk, "所选流水合计与划转通知不相等" "the lines do not sum to what was announced",
            means "未匹配，未入账；不作部分入账" "nothing was matched or credited; never a part of it",
            next "选齐全部流水，或与转出地核对差额" "name all of its lines, or clarify the difference with the outgoing agency";
        "NOTHING_AWAITED" Clerk, "现在没有对方应办的环节" "nothing is awaited from the other agency now",
            means "没有催办；案件不变" "no reminder was sent; the case stays",
            next "用 jiexu cases show 查看案件等待谁" "jiexu cases show says whom the case waits for";
        "NOTHING_OWED" Clerk, "现在没有本机构应办的环节" "nothing is awaited from us now",
            means "没有发出延期说明；案件不变" "no delay was explained; the case stays",
            next "用 jiexu cases show 查看案件等待谁" "jiexu cases show says whom the case waits for";
        "EXPECTED_ON_PAST" Clerk, "预计办结日期早于今天" "the expected date lies before today",
            means "没有发出延期说明；案件不变" "no delay was explained; the case stays",
            next "用 --expected 写明今天或以后的日期" "give today or a later day with --expected";
        "NOTHING_ASKED" Clerk, "没有待答复的问题" "there is no question to answer",
            means "没有发出答复；案件不变" "no answer was sent; the case stays",
            next "用 jiexu cases show 查看往来" "jiexu cases show lists what was written";
        "CALENDAR_YEAR_KNOWN" Operator, "该年度日历已有，内容不同" "the year is there with other days",
            means "日历与期限未变" "calendar and deadlines stay",
            next "核对公布的安排；确需更换的用 --replace 写明理由" "compare with what was published; --replace REASON replaces it";
        "CALENDAR_REASON" Operator, "更换理由为空或过长" "the reason for the replacement is empty or too long",
            means "日历与期限未变" "calendar and deadlines stay",
            next "写明理由后重试" "give a reason and try again";
        "MAINTENANCE_WINDOW" Operator, "停机时间不合规定" "not a time that can be announced",
            means "没有通告任何机构" "nobody was told",
            next "写明结束在开始之后、至多 31 天的时间；更长的分次通告" "give an end after the start and within 31 days; announce a longer time in parts";
        "MAINTENANCE_OVER" Operator, "停机时间已过" "that time is over",
            means "没有通告任何机构" "nobody was told",
            next "核对起止时间" "check both times";
        "ANNOUNCEMENT_UNKNOWN" Operator, "没有这份尚未结束的通告" "no such announcement of ours that is not over",
            means "没有撤回；其他通告不变" "nothing was withdrawn; other announcements stand",
            next "用 jiexu maintenance list 核对通告编号" "check its number with jiexu maintenance list";
        "PEER_UNKNOWN" Operator, "目录中没有可以收信的这个机构" "no such agency that can be written to",
            means "没有通告任何机构" "nobody was told",
            next "核对机构代码与机构目录" "check the agency's code and the directory";
        "DAY_NOT_OVER" Operator, "这一天还没有结束" "the day is not over",
            means "没有日结；账目不变" "nothing was closed; the books are unchanged",
            next "过了北京时间零点再办理；守护进程会自动日结" "wait until midnight in Asia/Shanghai; a daemon closes it by itself";
        "CLOSE_ORDER" Operator, "日结按日期顺序办理" "days are closed in their order",
            means "没有日结；这一天已包含在以后的日结中" "nothing was closed; the day is part of a later close",
            next "用 jiexu close list 查看已有的日结" "see the closed days with jiexu close list";
        "DIGEST_NOT_OPEN" Operator, "没有待核实的对账差异" "no difference waits for a person",
            means "对账不变" "the digest stays as it is",
            next "用 jiexu digest list --open 查看" "see jiexu digest list --open";
        "NOT_OVERDUE" Nobody, "该时限今天无须催办" "this deadline asks for nothing today",
            means "没有生成待办；案件不变" "no task was opened; the case stays";
        "NOTHING_ENDED" Nobody, "没有等到前一转移办结" "no earlier transfer that was waited for has ended",
            means "未重新核验；案件不变" "nothing was checked again; the case stays";
        "CONTENT_DIFFERS" Clerk, "同一编号已以不同内容受理" "the same number was taken with other content",
            means "已受理的内容有效，此行未受理" "what was taken first stands, this row was not taken",
            next "核对编号；更正请用新编号" "check the number; for a correction use a new one";
        "CONFLICT" Clerk, "同一编号曾以不同内容导入" "this number was imported with other content",
            means "先导入的内容有效，此行未受理" "what was imported first stands, this row was not taken",
            next "核对后以新编号导入" "check it and import it under a new number";
        "NOT_OUR_ACCOUNT" Clerk, "流水不是本机构账户的" "the line is not of an account of ours",
            means "此笔流水未记账" "the line is not booked",
            next "确认导入的是本机构的对账单；新账户请先登记到机构目录" "import our own statement; a new account must be in the agency directory first";
        "PAYMENT_NOT_OPEN" Clerk, "没有这笔待银行确认的付款" "no such payment of ours waits for the bank",
            means "此行未处理；付款与案件不变" "the row was not acted on; payment and case stay",
            next "核对付款参考号、金额与账号；已记账又称失败的，或付给本人的退付，先向银行核实" "compare reference, sum and accounts; if it was booked before, or is a payout to the person, ask the bank first";
        "AMOUNT_ZERO" Clerk, "流水金额为零" "the amount of the line is zero",
            means "此笔流水未记账" "the line is not booked",
            next "向银行核实该笔流水" "ask the bank about the line";
        "PERSON_NO_TAKEN" Clerk, "个人编号已属于另一姓名和证件号码的人员" "the person no. belongs to somebody with another name and document",
            means "登记库未更改：账户不会记到别人名下" "the register stays: no account passes to somebody else",
            next "核对个人编号、姓名与证件；姓名和证件都更正的，分两次导入" "compare person no., name and document; where both were corrected, import one correction first, then the other";
        "TRANSFERRED_OUT" Clerk, "该人员关系已转出" "the relation has moved away",
            means "登记库未更改；关系只能由转移案件带回" "the register stays; only a transfer brings the relation back",
            next "从导入文件中删去此行；重新参保的，待转移办结后以新的参保日期导入" "take the row out of the file; where the person is enrolled here again, import it with the new date once the transfer has ended";
        "PERSON_UNKNOWN" Clerk, "登记库中没有该个人编号" "no such person no. in the register",
            means "缴费记录未导入" "the periods were not imported",
            next "先导入人员文件，再导入缴费记录" "import the people first, then their periods";
        "NOT_IN_DIRECTORY" Registry, "本机构不在机构目录中" "this agency is not in the directory",
            means "申请未受理，不能发函" "the application was not taken: no letter can be sent",
            next "请上级登记机构登记并签发新目录，安装后重试" "have the registry list this agency and sign a new directory, install it, try again";
        "PERSON_HAS_CASE" Clerk, "该人员已有在办案件" "another case of this person is open",
            means "未开立退付；余额由在办案件处理，只会转出一次" "no payout was opened; the balance leaves once, with the case that is open",
            next "查看该人员的在办案件（jiexu cases list），办结或撤销后再退付" "see the open case (jiexu cases list); pay out once it has ended";
        "PAYOUT_STATUS" Clerk, "参保状态与退付原因不符" "the status does not fit the reason of the payout",
            means "未开立退付，账户不变" "no payout was opened, the account stays",
            next "先办理停保或退休登记（jiexu register import），或更正退付原因" "end the insurance or register the retirement first (jiexu register import), or correct the reason";
        "NOTHING_TO_PAY" Clerk, "没有可退付的余额" "there is no balance that could be paid out",
            means "未付款，账户不变" "nothing was paid, the account stays",
            next "核对个人账户余额" "check the balance of the account";
        "ACCOUNT_INVALID" Clerk, "本人账户不合规范" "not an account that a payment file can carry",
            means "未付款，账户不变" "nothing was paid, the account stays",
            next "核对户名、账号（8 至 40 位数字）、开户行和联行号（12 位）" "check name, number (8 to 40 digits), bank and bank no. (12 digits)";
        "ACCOUNT_NAME" Clerk, "户名不是参保人本人" "the account is not in the person's own name",
            means "未付款，账户不变：余额只付给本人" "nothing was paid: the balance goes to the person alone",
            next "请参保人提供本人账户" "ask the person for an account of their own";
        "PAYEE_NOT_LISTED" Clerk, "没有可用的目录收款账户" "no receiving account of the directory can be used",
            means "联系函未更改，未重发" "the letter was neither changed nor sent again",
            next "请上级登记机构登记收款账户并安装新目录；不要求划款的联系函不必更换账户" "have the registry list a receiving account and install the directory; a letter that asks for no money needs none";
        "NOT_OUR_APPLICATION" Clerk, "转出地和转入地都不是本机构" "neither the outgoing nor the incoming agency is this one",
            means "申请未受理，未转交" "the application was neither taken nor handed over",
            next "核对两个机构代码，更正后重新导入" "check both agency codes, correct the row and import again";
        "AGENCY_UNKNOWN" Clerk, "机构目录中没有该经办机构" "the other agency is not in the directory",
            means "申请未受理，未发函" "the application was not taken, no letter was sent",
            next "核对机构代码；确为新机构的，等待新的机构目录" "check the agency code; for a new agency wait for the next directory";
    }
}
