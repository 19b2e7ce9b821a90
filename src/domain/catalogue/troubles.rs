//! What operators meet: configuration, keys and directory, the database, commands, pages, and entries of the log.

use super::rows;

rows! {
    /// What keeps the daemon from starting, until a person corrects it.
    CONFIGURATION {
        "CONFIG_UNREADABLE" Operator, "无法读取配置文件" "the configuration file cannot be read",
            next "用 --config 指明文件，并检查权限" "name it with --config and check its rights";
        "CONFIG_TOO_LARGE" Operator, "配置文件超过 1 MiB" "the configuration file is larger than 1 MiB",
            next "用 --config 指明正确的文件" "name the right file with --config";
        "CONFIG_SYNTAX" Operator, "配置文件不是正确的 TOML" "the configuration file is not valid TOML";
        "CONFIG_UNKNOWN_KEY" Operator, "未知配置项" "an unknown key",
            next "改为提示的配置项；全部配置项见 jiexu check-config --reference" "use the key that was meant; jiexu check-config --reference prints all";
        "CONFIG_VALUE" Operator, "配置项的值有误" "a value is not usable";
        "CONFIG_RANGE" Operator, "配置项超出允许范围" "a value is out of its range";
        "CONFIG_NOT_A_FILE" Operator, "配置文件是链接、目录或其他" "the configuration is a link, a folder or something else",
            means "未启动：谁能换链接，谁就能换配置" "nothing was started: who may set a link chooses the configuration",
            next "用 --config 指明文件本身" "name the file itself with --config";
        "CONFIG_TOO_OPEN" Operator, "任何用户都能改写配置文件" "anybody can change the configuration",
            next "执行 chmod 644，核对内容后重启" "chmod 644, check what it says and start again";
        "CONFIG_TEMPLATE" Operator, "配置项仍是样例中的值" "a key still has the value of a template",
            next "改为本机构的值" "set your own value";
        "CONFIG_LIMIT" Operator, "办理时限超出所选规则的上限" "a limit lies above what the chosen rule allows",
            next "改为允许的工作日数，或改选 limits.rule" "use a number of days that is allowed, or choose another limits.rule";
        "AGENCY_DATA" Operator, "机构资料不合目录规范" "the agency's data cannot be listed in the directory",
            next "更正代码、区划、名称或账户后重试" "correct code, division, names or accounts and try again";
        "NOT_IN_DIRECTORY" Registry, "本机构不在机构目录中" "this agency is not in the directory",
            next "请上级登记机构登记并签发新目录，安装后启动" "have the registry list this agency and sign a new directory, install it and start";
        "PASSWORD_UNREADABLE" Operator, "无法读取消息服务器口令文件" "the broker password file cannot be read",
            next "检查文件的路径、属主与权限（0600）" "check its path, owner and rights (0600)";
        "PASSWORD_TOO_OPEN" Operator, "他人可读取消息服务器口令文件" "others can read the broker password file",
            next "执行 chmod 600；若可能已被读取，请更换口令" "chmod 600; where others may have read it, change the password";
        "PASSWORD_DEFAULT" Operator, "消息服务器口令为空或仍是默认口令" "the broker password is empty or a default one",
            next "向消息服务器运维索取本机构的口令" "get the agency's own from the broker's operator";
        "SECRET_IN_ENVIRONMENT" Operator, "环境变量中有口令或密钥" "the environment holds a password or key",
            means "未启动：环境变量可被其他进程看到" "nothing was started: other processes can see the environment",
            next "清除该变量，口令与密钥只放在文件中" "unset it; passwords and keys stand in their files alone";
        "CLOCK_WRONG" Operator, "系统时钟早于 2024 年" "the clock shows a day before 2024",
            means "未启动：期限与回执会写错时间" "nothing was started: deadlines and receipts would bear wrong times",
            next "校准系统时间后启动" "set the system's time and start again";
        "OPEN_FILES" Operator, "可打开的文件数过少" "too few files may be open",
            next "提高 ulimit -n 或 systemd 的 LimitNOFILE" "raise ulimit -n, or LimitNOFILE in systemd";
        "CALENDAR_UNREADABLE" Operator, "无法读取日历文件" "a calendar file cannot be read";
        "CALENDAR_WRONG" Operator, "日历文件有误" "a calendar file is wrong",
            means "未启动：错误的日历会算错法定期限" "nothing was started: a wrong calendar would miscount legal deadlines";
        "DIRECTORY_UNREADABLE" Operator, "无法读取机构目录" "the agency directory cannot be read",
            next "向上级登记机构索取后安装（jiexu registry install）" "ask the registry for it and install it (jiexu registry install)";
        "DIRECTORY_SIGNATURE_MALFORMED" Operator, "目录签名文件缺失或有误" "the signature file of the directory is missing or malformed",
            next "向上级重新获取两个文件" "fetch both files again from the registry";
        "DIRECTORY_UNSIGNED" Operator, "目录没有签名" "the directory is not signed",
            next "向上级重新获取两个文件" "fetch both files again from the registry";
        "DIRECTORY_WRONG_ROOT" Security, "目录由未受信任的根签名" "the directory is signed by a root that is not trusted here",
            next "与上级电话核对根密钥；核实前不要安装" "compare the root key with the registry by telephone; do not install it before";
        "DIRECTORY_BAD_SIGNATURE" Security, "目录签名无效，文件可能被改动" "a signature does not fit the directory: it may have been changed",
            next "重新获取，并报告上级" "fetch it again and tell the registry";
        "DIRECTORY_TOO_FEW_SIGNATURES" Registry, "目录签名不足" "too few signatures under the directory",
            next "等待上级补签" "wait for the other signatures";
        "DIRECTORY_TOO_LARGE" Registry, "目录文件过大" "the directory file is too large",
            next "重新获取；仍过大请告知上级" "fetch it again; if it is so again, tell the registry";
        "DIRECTORY_MALFORMED" Registry, "目录文件内容有误" "the directory file is wrong",
            next "请上级更正后重发" "the registry must issue a corrected revision";
        "DIRECTORY_KEY" Registry, "目录中有密钥不能使用" "a key in the directory cannot be used",
            next "请上级更正后重发" "the registry must issue a corrected revision";
        "DIRECTORY_ROLLED_BACK" Operator, "目录版本回退" "the directory is older than one that was used already",
            means "未启动：旧目录中已撤销的密钥与账户会重新有效" "nothing was started: keys and accounts that were withdrawn would be valid again",
            next "获取并安装最新目录" "fetch and install the newest";
        "ROOT_KEY" Operator, "信任根公钥格式有误" "a configured root key is malformed",
            next "按上级登记机构公布的公钥更正 [registry] roots" "correct [registry] roots by the key that the registry publishes";
        "ROOT_THRESHOLD" Operator, "未配置信任根，或门限大于信任根数量" "no root key is configured, or fewer than the threshold",
            next "修正 [registry] roots 与 threshold" "correct [registry] roots and threshold";
        "ROOT_MISSING" Operator, "机构配置中没有根公钥" "the agency's configuration names no root key",
            next "向登记机构索取并填入 [registry] roots" "ask the registry for it and set [registry] roots";
        "KEY_MISSING" Operator, "密钥文件不存在" "a key file is not there",
            next "从备份恢复；没有备份的，新建并请上级登记" "restore it from a backup, or make a new one and have it registered";
        "KEY_UNREADABLE" Operator, "密钥文件无法读取" "a key file cannot be read", next "检查属主与权限" "check owner and rights";
        "KEY_TOO_OPEN" Operator, "密钥文件权限过宽" "others can read the key file",
            next "执行 chmod 600；若可能已被他人读取，请更换密钥" "chmod 600; where others may have read it, replace the key";
        "KEY_MALFORMED" Operator, "密钥文件内容有误" "a key file is malformed", next "换成 PKCS#8 私钥" "replace it by a PKCS#8 PEM key";
        "KEY_EXISTS" Operator, "密钥文件已存在，不会覆盖" "the key file exists and is not overwritten", next "换一个目录" "choose another folder";
        "KEY_UNWRITABLE" Operator, "密钥文件无法写入" "the key file cannot be written", next "检查目录与磁盘" "check folder and disk";
        "KEY_FOREIGN" Operator, "密钥未在目录中登记为本机构的密钥" "the directory lists no such key of this agency",
            next "换正确的密钥，或请上级登记" "use the right key or have it registered";
        "CARD_MALFORMED" Registry, "不是机构登记卡" "the file is no agency card",
            next "请机构重新提供 agency-card.json" "ask the agency for its agency-card.json again";
        "NO_AGENCIES" Registry, "目录中尚无机构" "the directory has no agencies yet",
            next "先用 jiexu registry add 登记" "add them with jiexu registry add";
    }
}

rows! {
    /// The database and the books in it.
    DATABASE {
        "STORE" Operator, "数据库操作失败" "an operation of the database failed";
        "STORE_READ" System, "暂时无法读取数据库" "the database cannot be read now",
            next "自动重试；若持续，请运维检查磁盘" "tried again by itself; if it lasts, the operator checks the disk";
        "STORE_IN_USE" Operator, "数据库正被另一进程使用" "another process uses the database",
            means "未作任何更改；同一数据库只允许一个守护进程" "nothing was changed; a database has one daemon only",
            next "等待另一命令结束，或停止多余的守护进程，再重试" "wait for the other command or stop the second daemon, then try again";
        "STORE_FOREIGN" Operator, "数据库属于另一机构" "the database belongs to another agency",
            means "未启动：账目不会混在一起" "nothing was started: the books of two agencies never mix",
            next "核对配置中的机构代码与数据目录" "check agency code and data folder in the configuration";
        "STORE_STALE" System, "案件已被其他写入更新" "a case was changed by another writer",
            next "自动按新状态重做；命令请稍后重试" "done again by itself on the new state; repeat a command later";
        "STORE_CORRUPT" Operator, "存储内容无法解读" "a stored row cannot be read",
            next "勿修改数据库，保留现场，运行 jiexu verify 并联系软件维护者" "leave the database as it is, run jiexu verify and call the maintainers";
        "STORE_IO" Operator, "无法打开数据库文件" "the database file cannot be opened",
            next "检查数据目录、权限与磁盘空间" "check the data folder, its rights and free space";
        "DISK_LOW" Operator, "磁盘余量不足，暂停收取" "the disk is nearly full: nothing new is taken",
            means "消息留在消息服务器，命令未执行；已收到的照常写完，不丢失" "messages stay at the broker, the command was not carried out; what is in hand is finished and nothing is lost",
            next "腾出数据目录所在磁盘的空间；恢复后自动继续，命令请重试" "free space on the disk of the data folder; it goes on by itself, then repeat the command";
        "STORE_DAMAGED" Operator, "数据库文件已损坏" "the database file is damaged",
            means "已停止：没有收发消息，没有移动款项；损坏的文件不会被自动修补" "stopped: no message was taken or sent, no money moved; a damaged file is never mended by itself",
            next "保留该文件，检查磁盘；两人放回核验过的备份（jiexu restore begin）。若只是停机后有其他程序写过此文件，可由两人照原样启用（jiexu restore adopt）" "keep the file and check the disk; two persons put a checked backup back (jiexu restore begin). If only another program wrote to the file while jiexu was down, two persons may take it as it is (jiexu restore adopt)";
        "STORE_NEWER" Operator, "数据库由更新版本的程序写过" "the database was written by a later release",
            means "未启动，数据库未改动：旧程序会误读新版账目" "nothing was started and the database is as it was: an older program would misread it",
            next "改用该版本或更新版本的程序启动；确要退回本版本，用升级前留下的副本（数据库旁的 *.before-*.db）恢复：jiexu restore begin，再由另一人 approve；升级后的往来由各机构回传" "start that release or a later one; to go back to this one, restore the copy that was made before the upgrade (*.before-*.db beside the database): jiexu restore begin, and another person approves; the peers give back what was said since";
        "STORE_NO_ROOM_TO_UPGRADE" Operator, "磁盘余量不足，未升级数据库" "the disk is too full to upgrade the database",
            means "未启动，数据库未改动，原版本的程序仍可启动；消息留在消息服务器" "nothing was started and the database is as it was: the former release can still use it; messages stay at the broker",
            next "腾出数据目录所在磁盘的空间后重新启动" "free space on the disk of the data folder and start again";
        "STORE_NOT_KEPT" Operator, "升级前的副本无法生成，未升级数据库" "no copy could be made before the upgrade",
            means "未启动，数据库未改动，原版本的程序仍可启动" "nothing was started and the database is as it was: the former release can still use it",
            next "检查数据目录的权限与磁盘后重新启动" "check the rights of the data folder and its disk, then start again";
        "STORE_OLDER" Operator, "数据库是较早的副本" "the database is an older copy",
            means "未启动，数据库未改动：副本之后发出的信函与付款它都不知道，继续会重复办理和付款" "nothing was started and the database is as it was: it knows nothing of the letters and payments since, and would send and pay them again",
            next "放回最新的数据库文件（连同 -wal）；若已遗失，由两人启用这份副本：jiexu restore adopt，再 jiexu restore approve；此后各机构回传遗失的往来" "put the newest file back, with its -wal; if it is lost, two persons take this copy (jiexu restore adopt, then approve), and the peers give back what it has forgotten";
        "RESTORE_RUNNING" Operator, "守护进程在运行，不能恢复" "the daemon runs: no restore now",
            means "未作任何更改" "nothing was changed",
            next "先停止守护进程（systemctl stop jiexu）" "stop the daemon first (systemctl stop jiexu)";

        "BACKUP_IO" Operator, "备份文件无法读写" "a file of the backup cannot be read or written",
            means "没有生成备份；数据库照常运行" "no backup was made; the database goes on",
            next "检查路径、权限与磁盘空间后重试" "check path, rights and free space, then try again";
        "BACKUP_MANIFEST" Operator, "备份清单缺失或有误" "the manifest of the backup is missing or wrong",
            means "不能证明该文件是完整的备份" "nothing proves that the file is a whole backup",
            next "与备份文件一同取回 .json 清单，或换另一份备份" "fetch the .json manifest that belongs to it, or take another backup";
        "BACKUP_FOREIGN" Operator, "备份属于另一机构" "the backup belongs to another agency",
            next "核对文件与配置" "check file and configuration";
        "BACKUP_DIFFERS" Operator, "备份与清单不一致" "the backup is not what its manifest says",
            means "该文件传输中损坏或被改动，不能使用" "the file was damaged or changed on its way and is of no use",
            next "重新复制，或换另一份备份；若两处都不符，报告安全员" "copy it again or take another backup; if both differ, tell the security officer";
        "STORE_MIGRATION" Operator, "数据库升级失败" "the database cannot be migrated",
            means "升级全部撤销，数据库未改动" "all of the upgrade was undone and the database is as it was",
            next "用原版本启动，并联系软件维护者" "start the former release and call the maintainers";
        "STORE_DATABASE" Operator, "数据库错误" "an error of the database",
            next "检查磁盘空间与日志后重试" "check free space and the log, then try again";
        "RESTORE_UNAPPROVED" Operator, "放回的副本尚未经另一人批准，拒绝启动" "no other person has approved the copy that was put back: refused to start",
            means "未启动：副本忘记了之后的信函与付款，须两人决定启用" "nothing was started: the copy has forgotten letters and payments since, and two persons must take it",
            next "由另一人批准（jiexu restore approve），再启动" "another person approves it (jiexu restore approve), then start";
        "BOOKS_BROKEN" Operator, "账目自检未通过，拒绝启动" "the books do not verify: refused to start",
            means "没有收发消息，没有移动款项" "no message was taken or sent, no money moved",
            next "勿修改数据库；运行 jiexu verify 查看明细并联系运维" "leave the database as it is and run jiexu verify";
    }
}

rows! {
    /// How commands end early.
    COMMANDS {
        "PAYOUT_NO" Clerk, "退付编号不合规范" "this is no payout number",
            next "1 至 40 个字母、数字或 - _ / ." "1 to 40 letters, digits or - _ / .";
        "PERSON_NO" Clerk, "个人编号不合规范" "this is no person no.",
            next "核对登记库中的个人编号" "check the number in the register";
        "PAYOUT_WHY" Clerk, "没有这个退付原因" "no such reason of a payout",
            next "写 emigrated、retired-abroad、off-exchange 或 retired" "one of emigrated, retired-abroad, off-exchange, retired";
        "ACCOUNT_LINE" Clerk, "没有读到本人账户" "no account of the person was read",
            next "在文件或标准输入中写一行：户名,账号,开户行[,联行号]" "one line in the file or on standard input: name,number,bank[,bank no.]";
        "CODE_UNKNOWN" Clerk, "没有这个代码" "there is no such code",
            next "不带参数运行 jiexu explain 列出全部代码" "jiexu explain without an argument lists all";
        "ARGUMENTS" Clerk, "命令缺少参数" "the command lacks an argument",
            next "按 --help 补全后重试" "see --help and try again";
        "RETURN_CODE" Clerk, "没有这个退回原因代码" "there is no such return reason",
            means "联系函未退回，案件不变" "the letter was not returned, the case stays",
            next "用提示中的代码之一重试" "try again with one of the codes named";
        "AMOUNT" Clerk, "余额应写作元，至多两位小数" "the balance cannot be read",
            means "没有作任何更改" "nothing was changed",
            next "写作元，如 1234.50" "write it in yuan, such as 1234.50";
        "BANK_TXN_NO" Clerk, "银行流水号不合规范" "this is no bank transaction no.",
            means "未匹配，未入账" "nothing was matched or credited",
            next "按 jiexu bank list 所列流水号重试" "take the number from jiexu bank list";
        "NAME" Clerk, "姓名不合规范" "the name cannot be used",
            means "联系函未更正，案件不变" "the letter was not amended, the case stays",
            next "按证件完整填写姓名后重试" "write the name as in the document and try again";
        "TASK_AMBIGUOUS" Clerk, "有多个待办叫这个名字" "several tasks are called so",
            means "没有指派；待办不变" "nobody was assigned; the tasks stay as they are",
            next "用提示中的全名重试" "try again with one of the whole names";
        "NOT_FOUND" Clerk, "没有找到" "nothing is kept under this number",
            next "核对编号，在列表中查找" "check the number or look for it in the list";
        "BATCH_UNKNOWN" Clerk, "没有这个付款批次" "there is no such payment batch",
            means "未写付款文件；款项不变" "no payment file was written; the money stays",
            next "用 jiexu bank list 查看批次号" "jiexu bank list names the batches";
        "NOTICE_BATCH_UNKNOWN" Clerk, "没有这个通知批次" "there is no such batch of notices",
            means "未写通知文件；通知不变" "no file was written; the notices stay",
            next "用 jiexu notices list 查看批次号" "jiexu notices list names the batches";
        "DOCUMENT_NO_MISSING" Clerk, "标准输入中没有证件号码" "standard input holds no document number",
            next "从标准输入给一行证件号码" "give one line with the number";
        "FILE_EXISTS" Operator, "文件已存在，不会覆盖" "the file exists and is not overwritten",
            next "换一个目录，或先移走原文件" "choose another folder or move the file away first";
        "FILE_UNWRITABLE" Operator, "文件无法写入" "a file cannot be written",
            next "检查目录、权限与磁盘空间后重试" "check the folder, its rights and free space, then try again";
        "FILE_IO" Operator, "文件无法读写" "a file cannot be read or written",
            next "检查路径与权限后重试" "check path and rights, then try again";
        "SOCKET_DENIED" Operator, "无权连接守护进程" "not permitted to talk to the daemon",
            next "以运行守护进程的用户执行" "run the command as the daemon's user";
        "CONNECTION" System, "与守护进程的连接中断" "the connection to the daemon broke",
            means "命令可能已完成；重复提交不会重复入账" "the command may have been carried out; to repeat it books nothing twice",
            next "守护进程恢复后重试同一命令" "repeat the same command once the daemon is back";
        "REQUEST" Operator, "命令与守护进程版本不符" "the daemon does not know this request: another version",
            next "命令与守护进程使用同一版本" "use the same release for command and daemon";
        "ANSWER" Operator, "守护进程的答复无法解读" "the daemon's answer cannot be read: another version",
            next "命令与守护进程使用同一版本" "use the same release for command and daemon";
        "STOPPING" System, "守护进程正在停止" "the daemon is stopping",
            next "重新启动后重试同一命令" "repeat the same command once it has started again";
        "CLOCK_IS_REAL" Operator, "正式时钟不能拨动" "the clock is the machine's and cannot be set",
            next "仅演示可设置 clock.start" "only a trial sets clock.start";
        "CLOCK_BACK" Operator, "演示时钟不能倒拨" "a trial's clock is never set back",
            next "改为更晚的时刻，或重新开始演示" "give a later moment, or begin the trial anew";
        "LISTEN" Operator, "无法监听页面地址" "the address of the pages cannot be used",
            next "检查端口是否被占用，修正配置后重启" "see whether the port is in use, correct the configuration and start again";
        "PART_ENDED" Operator, "守护进程的一部分意外结束" "a part of the daemon ended unexpectedly",
            means "已收消息均已保存，未签收的会重发" "what was taken is stored, what was not comes again",
            next "重新启动；反复出现请查看日志" "start again; if it comes back, read the log";
        "SIGNALS" Operator, "无法接收停止信号" "signals to stop cannot be received",
            next "检查系统限制后重新启动" "check the limits of the system and start again";
        "RUNTIME" Operator, "无法启动运行环境" "the program could not start its threads",
            next "检查系统资源与限制后重试" "check the resources and limits of the system, then try again";
        "INTERNAL" Operator, "程序内部错误" "an error inside the program",
            next "把此代码与日志交给软件维护者" "give this code and the log to the maintainers";
        "TRIAL" Operator, "演示或测速未能准备好" "the demo or bench could not be prepared",
            means "与机构的案件与账目无关" "it concerns no agency's cases or books",
            next "按所列原因更正后重试" "correct the cause named and try again";
        "TRIAL_FAILED" Operator, "演示或测速中途结束" "the demo or bench ended early",
            means "与机构的案件与账目无关；所有进程已停止" "it concerns no agency's cases or books; every process is stopped",
            next "按所列原因更正后重试" "correct the cause named and try again";
        "ERROR" Operator, "没有专用代码的错误" "an error without a code of its own",
            next "按所列原因更正后重试；仍不行请交软件维护者" "correct the cause named; if that does not help, give it to the maintainers";
    }
}

rows! {
    /// What a page says when it cannot be shown.
    PAGES {
        "NOT_FOUND" Clerk, "这里没有这条记录" "nothing is kept under this address",
            next "检查编号，或在案件列表中查找" "check the number, or look for it in the list of cases";
        "MALFORMED_ADDRESS" Clerk, "地址不完整或被改动" "the address is cut short or was changed";
        "READ_ONLY" Clerk, "页面只供查看" "these pages only show", next "请用命令办理，见 jiexu --help" "use the commands to act, see jiexu --help";
        "WRONG_HOST" Operator, "不以此名称提供服务" "pages are not served under this name",
            next "改用 http://localhost 打开，或登记此名称" "open http://localhost, or list this name in the configuration";
        "DATABASE_AWAY" Operator, "暂时读不到数据库" "the database cannot be read now",
            next "稍后刷新；若持续，请运维查看磁盘与日志" "try again shortly; if it lasts, check disk and log";
        "PAGE_FAILED" Operator, "页面生成失败" "the page could not be made",
            next "把此代码告知运维" "tell the operator this code";
    }
}

rows! {
    /// Codes that only the log has.
    LOGS {
        "STORE_READ" System, "暂时无法读取数据库" "the database cannot be read now",
            next "自动重试；若持续，请运维检查磁盘" "tried again by itself; if it lasts, the operator checks the disk";
        "RESTORE_DIFFERS" Operator, "重做的决定与恢复前发出的消息不同，未办理" "a decision that is taken again differs from what was said before the restore and is not done",
            means "案件不变；对方的消息不签收，会再次送达" "the case stays; the peer's message is not receipted and comes again",
            next "导入当时的登记文件后自动再办；各条见 jiexu restore status" "import the register files of that time, and it is done by itself; jiexu restore status lists them";
        "ECHO_NOT_OURS" Security, "对方回传的消息不是本机构所签" "an echo holds what we never signed",
            means "整份回传被拒绝；没有采信任何内容" "the whole echo is refused and nothing of it is believed",
            next "与对方核实；查明后请其重发" "ask the other agency; once it is clear, have it sent again";
        "STORE_HEIGHT" System, "库高文件无法读写" "the file that says how far the database has come cannot be read or written",
            means "账目不受影响；下次启动可能看不出数据库被换成较早的副本" "the books are not touched; a later start may not see that an older copy was put back",
            next "检查数据目录的权限与磁盘空间" "check the rights and the free space of the data folder";
        "STORE_PAGES" System, "页校验文件无法读写" "the file with the checksums of pages cannot be read or written",
            means "账目不受影响；下次启动可能把完好的页误报为损坏" "the books are not touched; a later start may take sound pages for damaged ones",
            next "检查数据目录的权限与磁盘空间" "check the rights and the free space of the data folder";
        "STORE_UPGRADED" System, "数据库已升级，升级前的副本已保留" "the database was upgraded and is kept as it was before",
            means "账目未变；副本及其清单在数据库旁" "the books are the same; the copy and its manifest lie beside the database",
            next "确认运行正常后可移走副本" "once all is well the copy can be moved away";
        "STORE_WRITE" System, "数据库写入失败，保留手中消息" "the database refused a batch, which is held",
            means "尚未签收的消息留在手中，不会丢失，也不会重复入账" "what is not committed is held and not receipted: nothing is lost or booked twice",
            next "自动重试；若持续，请运维检查磁盘空间" "tried again by itself; if it lasts, the operator checks free space";
        "STORE_FAILED" Operator, "数据库文件或磁盘故障，进程停止" "the database file or its disk failed; the process stops",
            means "未提交的没有签收，重启后由消息服务器再次送达；不会在故障磁盘上重试写入" "what was not committed is not acknowledged and comes again after the start; nothing is written again over a failed disk",
            next "检查磁盘与文件系统后重新启动；启动时核对全部账目" "check disk and file system, then start again; the start checks the books";
        "DISK_LOW" Operator, "磁盘余量不足，暂停收取" "the disk is nearly full: nothing new is taken",
            means "消息留在消息服务器，不丢失" "messages stay at the broker, nothing is lost",
            next "腾出磁盘空间；恢复后自动继续" "free some space; it goes on by itself";
        "EVENT_REFUSED_BY_STORE" Operator, "事件违反数据库约束，已转为死信" "an event broke a rule of the database and is kept as a dead letter",
            next "见死信原因 store_refused" "see the dead-letter reason store_refused";
        "DECIDE_PANIC" Operator, "处理事件时程序异常，已转为死信" "deciding an event failed and it is kept as a dead letter",
            next "见死信原因 decide_panic" "see the dead-letter reason decide_panic";
        "CLOCK_AHEAD" Peer, "对方时钟超前十分钟以上" "the sender's clock is more than ten minutes ahead",
            means "消息照常办理" "the message is taken all the same",
            next "请对方运维校准时钟" "the sender's operator sets its clock";
        "TRIAL_CLOCK" Operator, "使用演示时钟" "an invented clock runs",
            means "此处所有时间都是虚拟的" "all times here are virtual",
            next "正式办理前清空配置项 clock.start 并重启" "before real work empty clock.start and start again";
        "FEW_OPEN_FILES" Operator, "可打开的文件数偏少" "few files may be open",
            means "照常办理；繁忙时页面可能等待" "work goes on; pages may wait on a busy day",
            next "提高 systemd 的 LimitNOFILE 至 1024 以上" "raise LimitNOFILE in systemd to 1024 or more";
        "UNCONFIRMED" System, "消息服务器未确认，将以相同字节重发" "the broker did not confirm; the same bytes go again",
            next "自动重发，对方识别重复" "sent again by itself, duplicates are recognised";
        "UNROUTABLE" Operator, "收件机构的队列不存在" "no queue takes messages for the recipient",
            means "消息已保存，将继续重试" "the message is kept and tried again",
            next "请消息服务器运维建立对方队列（jiexu broker plan）" "the broker's operator creates the peer's queue (jiexu broker plan)";
        "SOCKET_ACCEPT" System, "一个命令未能连接" "a command could not connect",
            next "重试该命令；若持续，检查系统限制" "repeat the command; if it lasts, check the limits of the system";
    }
}
