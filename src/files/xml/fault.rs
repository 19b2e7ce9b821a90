//! Why a bank's XML is refused as a whole. The words are ours; of the file they repeat sums and counts at most.

/// A fault and the byte where it was found.
#[derive(Debug)]
pub struct Fault {
    pub at: usize,
    pub why: XmlFault,
}

/// Somebody must ask the bank for another file: none of it was taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum XmlFault {
    #[error("the bytes are not {declared}, which the file declares: ask the bank for it again")]
    Encoding { declared: &'static str },
    #[error("the declared encoding is not known here: UTF-8, GB18030, GBK and GB2312 are")]
    EncodingUnknown,
    #[error("the XML is not well-formed: the file is damaged or was cut off")]
    Malformed,
    #[error("a document type declaration is never read: it can make a small file endless or read other files")]
    DocType,
    #[error("an entity that XML does not define: write the character itself")]
    Entity,
    #[error("elements stand deeper than {} levels", super::DEPTH_MAX)]
    TooDeep,
    #[error("one entry has more than {} elements: ask the bank for smaller batches", super::ELEMENTS_MAX)]
    TooLarge,
    #[error("neither camt.053 nor camt.054 in a version from 001.02 to 001.10")]
    Kind,
    #[error("{what} is missing or empty")]
    Missing { what: &'static str },
    #[error("the element stands there twice: which one counts cannot be told")]
    Twice,
    #[error("another currency than CNY")]
    Currency,
    #[error("an amount is written with at most two decimals and never with a sign, such as 1234.50")]
    Amount,
    #[error("the amount is larger than can be booked")]
    AmountTooLarge,
    #[error("no count of entries")]
    Count,
    #[error("there is no such day, or it is not written as 2026-01-05 or 2026-01-05T09:30:00+08:00")]
    Date,
    #[error("the word here is one of: {allowed}")]
    Word { allowed: &'static str },
    #[error("our own account has at most 40 digits, letters, - or *")]
    Account,
    #[error("a bank reference is 1 to 35 letters, digits or - _ / .")]
    Reference,
    #[error("two entries have the same bank reference: the second could not be told from the first booked twice")]
    ReferenceTwice,
    #[error("the total of {what} is stated as {stated}, the entries give {found}")]
    Totals { what: &'static str, stated: String, found: String },
    #[error("opening balance and entries give {found}, the closing balance is stated as {stated}")]
    Balance { stated: String, found: String },
    #[error("the details of the entry do not agree with its amount or the stated number")]
    Batch,
}

impl XmlFault {
    /// The word that never changes.
    pub fn code(&self) -> &'static str {
        match self {
            XmlFault::Encoding { .. } => "xml_encoding",
            XmlFault::EncodingUnknown => "xml_encoding_unknown",
            XmlFault::Malformed => "xml_malformed",
            XmlFault::DocType => "xml_doctype",
            XmlFault::Entity => "xml_entity",
            XmlFault::TooDeep => "xml_too_deep",
            XmlFault::TooLarge => "xml_too_large",
            XmlFault::Kind => "camt_kind",
            XmlFault::Missing { .. } => "camt_missing",
            XmlFault::Twice => "camt_twice",
            XmlFault::Currency => "camt_currency",
            XmlFault::Amount => "camt_amount",
            XmlFault::AmountTooLarge => "camt_amount_too_large",
            XmlFault::Count => "camt_count",
            XmlFault::Date => "camt_date",
            XmlFault::Word { .. } => "camt_word",
            XmlFault::Account => "camt_account",
            XmlFault::Reference => "camt_reference",
            XmlFault::ReferenceTwice => "camt_reference_twice",
            XmlFault::Totals { .. } => "camt_totals",
            XmlFault::Balance { .. } => "camt_balance",
            XmlFault::Batch => "camt_batch",
        }
    }

    pub fn chinese(&self) -> String {
        let text = match self {
            XmlFault::Encoding { declared } => {
                return format!("字节不符合文件声明的{declared}编码，请向银行重新索取");
            }
            XmlFault::EncodingUnknown => "声明的编码无法识别，可用UTF-8、GB18030、GBK、GB2312",
            XmlFault::Malformed => "XML格式不正确，文件损坏或不完整",
            XmlFault::DocType => "含文档类型声明（DOCTYPE），一律不读：小文件可借此无限膨胀或读取其他文件",
            XmlFault::Entity => "含XML未定义的实体，请直接写出该字符",
            XmlFault::TooDeep => return format!("元素嵌套超过{}层", super::DEPTH_MAX),
            XmlFault::TooLarge => {
                return format!("一笔分录超过{}个元素，请银行拆分批次", super::ELEMENTS_MAX);
            }
            XmlFault::Kind => "不是001.02至001.10版的camt.053或camt.054",
            XmlFault::Missing { what } => return format!("缺少{what}，或其内容为空"),
            XmlFault::Twice => "该元素重复出现，无法判断以哪个为准",
            XmlFault::Currency => "币种不是人民币CNY",
            XmlFault::Amount => "金额最多两位小数且不带正负号，如1234.50",
            XmlFault::AmountTooLarge => "金额超出可记账范围",
            XmlFault::Count => "笔数不是整数",
            XmlFault::Date => "日期不存在，或未写作2026-01-05、2026-01-05T09:30:00+08:00",
            XmlFault::Word { allowed } => return format!("此处应为下列之一：{allowed}"),
            XmlFault::Account => "本方账号最多40位，只含数字、字母、-或*",
            XmlFault::Reference => "银行流水号应为1至35位字母、数字或- _ / .",
            XmlFault::ReferenceTwice => "两笔分录的银行流水号相同，无法与重复记账区分",
            XmlFault::Totals { what, stated, found } => {
                return format!("{what}合计不符：文件所列为{stated}，分录合计为{found}");
            }
            XmlFault::Balance { stated, found } => {
                return format!("余额不符：期初余额加分录为{found}，文件所列期末余额为{stated}");
            }
            XmlFault::Batch => "分录的明细合计与分录金额或所列笔数不符",
        };
        text.to_owned()
    }
}
