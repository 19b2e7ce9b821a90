//! What is wrong between us and the broker, in codes that never change. Knows no client library.

/// Why a connection does not work, for pages and readiness.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultCode {
    BrokerUnreachable,
    BrokerCredentials,
    BrokerVhost,
    BrokerPermission,
    BrokerBlocked,
    TopologyMissing,
    TopologyDiffers,
    ConsumerCancelled,
    ConnectionLost,
    PublishRefused,
    QueueRefuses,
    ConfirmLate,
}

impl FaultCode {
    pub const ALL: &'static [FaultCode] = &[
        FaultCode::BrokerUnreachable,
        FaultCode::BrokerCredentials,
        FaultCode::BrokerVhost,
        FaultCode::BrokerPermission,
        FaultCode::BrokerBlocked,
        FaultCode::TopologyMissing,
        FaultCode::TopologyDiffers,
        FaultCode::ConsumerCancelled,
        FaultCode::ConnectionLost,
        FaultCode::PublishRefused,
        FaultCode::QueueRefuses,
        FaultCode::ConfirmLate,
    ];

    /// The code in status, logs and manual.
    pub fn code(self) -> &'static str {
        match self {
            FaultCode::BrokerUnreachable => "BROKER_UNREACHABLE",
            FaultCode::BrokerCredentials => "BROKER_CREDENTIALS",
            FaultCode::BrokerVhost => "BROKER_VHOST",
            FaultCode::BrokerPermission => "BROKER_PERMISSION",
            FaultCode::BrokerBlocked => "BROKER_BLOCKED",
            FaultCode::TopologyMissing => "TOPOLOGY_MISSING",
            FaultCode::TopologyDiffers => "TOPOLOGY_DIFFERS",
            FaultCode::ConsumerCancelled => "CONSUMER_CANCELLED",
            FaultCode::ConnectionLost => "CONNECTION_LOST",
            FaultCode::PublishRefused => "PUBLISH_REFUSED",
            FaultCode::QueueRefuses => "QUEUE_REFUSES",
            FaultCode::ConfirmLate => "CONFIRM_LATE",
        }
    }

    /// What happened, what it means, what to do next: Chinese, then English.
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            FaultCode::BrokerUnreachable => (
                "无法连接消息服务器。报文已保存，恢复后自动补发。请检查网络、地址与端口，并确认服务器已启动。",
                "The broker cannot be reached. Letters are kept and sent later. Check network, host and port, and that \
                 the broker runs.",
            ),
            FaultCode::BrokerCredentials => (
                "消息服务器拒绝登录。请核对用户名与口令，必要时请管理员重设口令。",
                "The broker refused the login. Check user and password; have the administrator set a new one if needed.",
            ),
            FaultCode::BrokerVhost => (
                "虚拟主机不存在或无权访问。请核对 vhost 名称，并请管理员导入 jiexu broker plan 的定义。",
                "The virtual host is missing or closed to us. Check its name; have the administrator import the \
                 definitions of `jiexu broker plan`.",
            ),
            FaultCode::BrokerPermission => (
                "消息服务器不允许此操作，未发报文仍保留。请用 jiexu broker check 核对权限并修正。",
                "The broker does not permit this; unsent letters are kept. Compare permissions with `jiexu broker \
                 check` and correct them.",
            ),
            FaultCode::BrokerBlocked => (
                "消息服务器磁盘或内存不足，暂停接收发送；收件与确认照常。请清理服务器磁盘或内存，之后自动恢复。",
                "The broker is short of disk or memory and takes no new letters; receiving goes on. Free disk or memory \
                 there; sending resumes by itself.",
            ),
            FaultCode::TopologyMissing => (
                "消息服务器上缺少交换机或队列。请管理员导入 jiexu broker plan 的定义，之后自动恢复。",
                "An exchange or queue is missing at the broker. Have the administrator import the definitions of \
                 `jiexu broker plan`; work resumes by itself.",
            ),
            FaultCode::TopologyDiffers => (
                "交换机或队列的设置与规定不符。请运行 jiexu broker check 查看差异并更正。",
                "An exchange or queue differs from the plan. Run `jiexu broker check`, then correct it.",
            ),
            FaultCode::ConsumerCancelled => (
                "收件队列被删除或停用，正在重新连接。请确认是否有人改动队列；未回执的报文会重发。",
                "Our queue was deleted or stopped; reconnecting. Find out who changed it; unreceipted letters are sent \
                 again.",
            ),
            FaultCode::ConnectionLost => (
                "与消息服务器的连接中断，正在重新连接。若持续出现，请检查网络和服务器日志。",
                "The connection to the broker broke; reconnecting. If it lasts, check the network and the broker's log.",
            ),
            FaultCode::PublishRefused => (
                "消息服务器拒绝了发送，这批报文将重发。请核对登录用户是否与机构编码一致，并查看服务器日志。",
                "The broker refused a publish; the window is sent again. Check that the broker's user is the agency \
                 code, and read the broker's log.",
            ),
            FaultCode::QueueRefuses => (
                "一个收件队列持续拒收，正换用新的连接；报文仍保留，会自动补发。若持续出现，请服务器管理员检查该队列是否已满，\
                 或其主节点是否失联。",
                "One recipient's queue keeps refusing; the connection is replaced, letters are kept and sent later. If it \
                 lasts, have the broker's administrator see whether that queue is full or its leader is gone.",
            ),
            FaultCode::ConfirmLate => (
                "发送未在限时内得到确认，这批报文将重发，重复会被对方识别。若持续出现，请检查服务器负荷。",
                "Confirms did not come in time; the window is sent again and duplicates are recognised. If it lasts, \
                 check the broker's load.",
            ),
        }
    }
}

/// A fault and the broker's own words. Never holds a password or a letter's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub code: FaultCode,
    pub detail: String,
}

impl Fault {
    pub fn new(code: FaultCode, detail: impl Into<String>) -> Fault {
        Fault { code, detail: detail.into() }
    }

    /// With the address at which it came: another one may work.
    pub fn at(self, address: &impl std::fmt::Display) -> Fault {
        let Fault { code, detail } = self;
        let detail = if detail.is_empty() { address.to_string() } else { format!("{address}: {detail}") };
        Fault { code, detail }
    }

    /// Chinese first, English beside it, then the broker's own words.
    pub fn text(&self) -> String {
        let (chinese, english) = self.code.words();
        if self.detail.is_empty() {
            format!("{chinese} / {english}")
        } else {
            format!("{chinese} / {english} ({})", self.detail)
        }
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code.code(), self.detail)
    }
}
