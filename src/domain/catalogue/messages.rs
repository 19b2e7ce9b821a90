//! Messages that were kept aside after they were verified, and messages that cannot be made.

use super::rows;

rows! {
    /// Dead letters of verified senders; what fails before is the wire's own table.
    KEPT_ASIDE {
        "too_many" Peer, "列表项过多" "more items than the contract allows",
            means "这是无法读取的签收或拒绝：我方消息视为未答复，继续重发" "a receipt or refusal that cannot be read: our message counts as unanswered and is sent again",
            next "请发送机构修正软件后重发" "the sender mends its software and sends it again";
        "too_long" Peer, "内容超长" "longer than the contract allows",
            means "这是无法读取的签收或拒绝：我方消息视为未答复，继续重发" "a receipt or refusal that cannot be read: our message counts as unanswered and is sent again",
            next "请发送机构修正后重发" "the sender mends it and sends it again";
        "text" Peer, "含有不允许的字符" "holds characters that no form may carry",
            means "这是无法读取的签收或拒绝：我方消息视为未答复，继续重发" "a receipt or refusal that cannot be read: our message counts as unanswered and is sent again",
            next "请发送机构修正后重发" "the sender mends it and sends it again";
        "missing" Peer, "缺少必填项" "a field the form needs is absent",
            means "这是无法读取的签收或拒绝：我方消息视为未答复，继续重发" "a receipt or refusal that cannot be read: our message counts as unanswered and is sent again",
            next "请发送机构补充后重发" "the sender adds it and sends it again";
        "value" Peer, "内容不合规范" "a value breaks a rule of the form",
            means "这是无法读取的签收或拒绝：我方消息视为未答复，继续重发" "a receipt or refusal that cannot be read: our message counts as unanswered and is sent again",
            next "请发送机构修正后重发" "the sender mends it and sends it again";
        "id_conflict" Security, "同一消息编号出现不同内容（安全事件）" "one message id came with two contents: a security event",
            means "先到的内容有效，后到的未办理，原文作为证据保存" "what came first stands; the other was not acted on and is kept as evidence",
            next "报告安全员，与对方核实是哪一份" "tell the security officer, ask the sender which one it sent";
        "old_epoch" Operator, "发送机构恢复旧数据之前发出、迟到的消息" "said before its sender put back an older copy, and late",
            means "未办理：发送机构已不知道这条消息，会以新编号再办" "not acted on: its sender does not know it any more and does it again under a new number",
            next "无须处理；与发送机构核对时可查看原文" "nothing to do; the bytes are kept for questions";
        "store_refused" Operator, "事件违反数据库约束" "an event broke a rule of the database",
            means "该事件未办理，其他事件照常；没有移动款项" "the event was not carried out, the others were; no money moved",
            next "把此代码与日志交给软件维护者；数据库不要手工修改" "give this code and the log to the maintainers; leave the database as it is";
        "decide_panic" Operator, "处理事件时程序异常" "deciding an event failed inside the program",
            means "该事件未办理，其他事件照常；没有移动款项" "the event was not carried out, the others were; no money moved",
            next "把此代码与日志交给软件维护者；升级后重新处理" "give this code and the log to the maintainers; take it again after an upgrade";
    }
}

rows! {
    /// Why a message of ours cannot be signed and sealed.
    UNSENT {
        "recipient_unknown" Operator, "收件机构不在机构目录中" "the directory does not know the recipient",
            next "核对机构代码，或更新机构目录" "check the agency code or update the directory";
        "recipient_suspended" Registry, "收件机构已被暂停" "the recipient is suspended",
            next "向上级登记机构了解恢复时间" "ask the registry when it is lifted";
        "recipient_is_us" Operator, "不能向本机构自己发送" "a message cannot be sent to ourselves",
            next "核对机构代码" "check the agency code";
        "recipient_key" Peer, "收件机构没有有效的加密密钥" "the recipient has no valid sealing key",
            next "请对方登记新密钥；目录更新后重试" "the other agency registers a key; try again with the new directory";
        "recipient_suite" Registry, "与收件机构没有共同的算法套件" "no suite is allowed for both agencies",
            next "请上级登记机构更正目录，或升级软件" "the registry corrects the directory, or the software is upgraded";
        "our_key" Operator, "本机构签名密钥未登记或已失效" "our signing key is not registered or not valid now",
            next "更新密钥并请上级登记，安装新目录后重启" "renew the key, have it registered, install the directory and start again";
        "content" Clerk, "消息内容不合规范，未发送" "the content breaks the rules of the form, nothing was sent",
            next "核对登记库中此人的资料，更正后重试" "check the register's rows of the person, correct them and try again";
        "too_large" Clerk, "消息超过 262144 字节" "the message is larger than 262144 bytes",
            next "合并此人过细的缴费记录后重试" "join the person's contribution rows and try again";
        "crypto" Registry, "密码运算失败" "sealing failed",
            next "请上级核对目录中收件机构的密钥" "the registry checks the recipient's key in the directory";
    }
}
