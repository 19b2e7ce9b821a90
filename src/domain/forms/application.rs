//! 转移申请通知单: an application taken at the outgoing agency, handed to the incoming one.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{AgencyRef, Insurance, Operator, Person};
use crate::domain::ids::ApplicationNo;

/// 申请渠道.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// 窗口
    Counter,
    /// 网上
    Online,
    /// 单位经办
    Employer,
}

impl Channel {
    /// From an agency's own words; what is not known was taken at a counter.
    pub fn from_words(words: &str) -> Channel {
        let words = words.trim().to_lowercase();
        let says = |known: &[&str]| known.iter().any(|word| words.contains(word));
        if says(&["online", "网上", "app", "小程序"]) {
            Channel::Online
        } else if says(&["employer", "单位"]) {
            Channel::Employer
        } else {
            Channel::Counter
        }
    }

    pub fn word(self) -> &'static str {
        match self {
            Channel::Counter => "counter",
            Channel::Online => "online",
            Channel::Employer => "employer",
        }
    }
}

/// 转移申请通知单 (domain.md §4): it opens the case, whose id the contact letter takes over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApplicationNotice {
    pub application_no: ApplicationNo,
    pub applied_on: NaiveDate,
    pub channel: Channel,
    pub person: Person,
    pub insurance_out: Insurance,
    pub insurance_in: Insurance,
    /// The sender.
    pub outgoing: AgencyRef,
    pub incoming: AgencyRef,
    /// 参保凭证号
    pub certificate_no: Option<String>,
    pub operator: Operator,
}
