//! 通知文件: what goes to whoever delivers the notices, one row an addressee, with Chinese headings. Holds whole names and
//! telephone numbers: it is written for its receiver alone, and never read back.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::CsvWriter;

/// One row.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeLine {
    /// The same for all addressees of a notice.
    pub notice_no: String,
    /// 参保人 or 用人单位.
    pub addressee: String,
    /// The person's or the employer's name.
    pub recipient: String,
    /// The person's, where known.
    pub phone: Option<String>,
    /// Whom the notice is about.
    pub name: String,
    /// Masked: enough to tell two of one name apart.
    pub document_no: String,
    pub milestone: String,
    pub title: String,
    /// ISO day.
    pub on: String,
    pub text: String,
    pub letter_no: String,
    pub agency: String,
}

/// The number only: everything else is the person's.
impl fmt::Debug for NoticeLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NoticeLine").field("notice_no", &self.notice_no).finish_non_exhaustive()
    }
}

const HEADINGS: &[&str] = &[
    "通知编号",
    "通知对象",
    "收件人",
    "联系电话",
    "参保人姓名",
    "证件号码",
    "事项代码",
    "事项",
    "日期",
    "通知内容",
    "联系函编号",
    "经办机构",
];

/// The whole file.
pub fn write_notices<'a>(lines: impl IntoIterator<Item = &'a NoticeLine>) -> Vec<u8> {
    let mut file = CsvWriter::new(HEADINGS);
    for line in lines {
        file.text(&line.notice_no)
            .text(&line.addressee)
            .text(&line.recipient)
            .text(line.phone.as_deref().unwrap_or(""))
            .text(&line.name)
            .text(&line.document_no)
            .text(&line.milestone)
            .text(&line.title)
            .number(&line.on)
            .text(&line.text)
            .text(&line.letter_no)
            .text(&line.agency)
            .end_row();
    }
    file.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_begins_with_its_mark_and_no_cell_is_computed() {
        let line = NoticeLine {
            notice_no: "530800-N00000001".into(),
            addressee: "用人单位".into(),
            recipient: "=样例,单位".into(),
            phone: Some("+8613800000000".into()),
            name: "-测试".into(),
            document_no: "000***********0012".into(),
            milestone: "ACCEPTED".into(),
            title: "已受理".into(),
            on: "2026-11-22".into(),
            text: "@内容".into(),
            letter_no: "530800-L00000001".into(),
            agency: "演示".into(),
        };
        let text = String::from_utf8(write_notices([&line])).expect("UTF-8");
        let rows: Vec<&str> = text.split("\r\n").collect();
        assert!(rows[0].starts_with("\u{FEFF}通知编号,通知对象,收件人"), "{}", rows[0]);
        assert!(
            rows[1].starts_with("530800-N00000001,用人单位,\"'=样例,单位\",'+8613800000000,'-测试,"),
            "{}",
            rows[1]
        );
        assert!(rows[1].contains(",'@内容,") && rows[1].contains(",2026-11-22,"), "{}", rows[1]);
        assert!(!format!("{line:?}").contains("测试"));
    }
}
