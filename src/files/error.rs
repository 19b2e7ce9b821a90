//! Why a whole file cannot be read. No row of such a file is used.

use super::{Place, XmlFault};

/// Somebody must bring another file; what to do stands in the text.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    #[error("the file cannot be opened or read")]
    Unreadable(#[source] std::io::Error),
    #[error("the file is empty")]
    Empty,
    #[error("the file is larger than {limit_mb} MB: split it")]
    TooLarge { limit_mb: u64 },
    #[error("the file has more than {limit} rows: split it")]
    TooManyRows { limit: usize },
    #[error("this is {looks}, not CSV: open it and save it as CSV")]
    NotText { looks: &'static str },
    #[error("the file is UTF-16: save it as CSV UTF-8")]
    Utf16,
    #[error("line {line}: a NUL byte; the file is damaged or no text: export it again")]
    Nul { line: u64 },
    #[error("line {line}: neither UTF-8 nor GB18030: export the file again")]
    Encoding { line: u64 },
    #[error("line {line}: another encoding than the lines before; files were joined: import them one by one")]
    MixedEncoding { line: u64 },
    #[error("the file looks {looks}-separated: save it with commas")]
    Separator { looks: &'static str },
    #[error("the first row holds no column names; needed are: {}", .needed.join(", "))]
    NoHeader { needed: Vec<String> },
    #[error("columns are missing: {}", .missing.join(", "))]
    MissingColumns { missing: Vec<String> },
    #[error("the column {column} is there twice: remove one")]
    ColumnTwice { column: String },
    #[error("an unknown column nearly named {meant}: did you mean {meant}?")]
    ColumnTypo { meant: String },
    #[error("{place}: {why}")]
    Xml { place: Place, why: XmlFault },
}

impl FileError {
    /// The word that never changes.
    pub fn code(&self) -> &'static str {
        match self {
            FileError::Unreadable(_) => "file_unreadable",
            FileError::Empty => "file_empty",
            FileError::TooLarge { .. } => "file_too_large",
            FileError::TooManyRows { .. } => "file_too_many_rows",
            FileError::NotText { .. } => "file_not_text",
            FileError::Utf16 => "file_utf16",
            FileError::Nul { .. } => "file_nul",
            FileError::Encoding { .. } => "file_encoding",
            FileError::MixedEncoding { .. } => "file_mixed_encoding",
            FileError::Separator { .. } => "file_separator",
            FileError::NoHeader { .. } => "file_no_header",
            FileError::MissingColumns { .. } => "file_missing_columns",
            FileError::ColumnTwice { .. } => "file_column_twice",
            FileError::ColumnTypo { .. } => "file_column_typo",
            FileError::Xml { why, .. } => why.code(),
        }
    }

    pub fn chinese(&self) -> String {
        match self {
            FileError::Unreadable(_) => "文件无法打开或读取".to_owned(),
            FileError::Empty => "文件为空".to_owned(),
            FileError::TooLarge { limit_mb } => format!("文件超过{limit_mb}MB，请拆分后导入"),
            FileError::TooManyRows { limit } => format!("文件超过{limit}行，请拆分后导入"),
            FileError::NotText { looks } => format!("文件内容是{looks}，不是CSV，请打开后另存为CSV"),
            FileError::Utf16 => "文件为UTF-16编码，请另存为“CSV UTF-8”".to_owned(),
            FileError::Nul { line } => format!("第{line}行含空字节，文件损坏或不是文本，请重新导出"),
            FileError::Encoding { line } => format!("第{line}行既不是UTF-8也不是GB18030编码，请重新导出"),
            FileError::MixedEncoding { line } => {
                format!("第{line}行的编码与其他行不同，疑为多个文件拼接，请分别导入")
            }
            FileError::Separator { looks } => {
                let looks = match *looks {
                    "tab" => "制表符",
                    "semicolon" => "分号",
                    _ => "全角逗号",
                };
                format!("文件似以{looks}分隔，请改用英文逗号分隔后保存")
            }
            FileError::NoHeader { needed } => format!("首行不是列名，需要的列：{}", needed.join("、")),
            FileError::MissingColumns { missing } => format!("缺少列：{}", missing.join("、")),
            FileError::ColumnTwice { column } => format!("列“{column}”重复出现，请删除其一"),
            FileError::ColumnTypo { meant } => format!("有一列名与“{meant}”相近但不相同，是否应为“{meant}”？"),
            FileError::Xml { place, why } => format!("{}：{}", place.chinese(), why.chinese()),
        }
    }
}
