//! What files get: rows that were left out, and files of which nothing was taken.

use super::{Both, Entry, Kind, rows};
use crate::domain::person::{DocumentError, NameError};

/// What a person's name and document may not be: their own words.
pub(super) fn of_people() -> impl Iterator<Item = Entry> {
    let names = NameError::ALL.iter().map(|fault| (fault.code(), fault.chinese(), fault.to_string()));
    let documents = DocumentError::ALL.iter().map(|fault| (fault.code(), fault.chinese(), fault.to_string()));
    names.chain(documents).map(|(code, zh, en)| Entry::new(Kind::BadRow, code, Both { zh: zh.into(), en: en.into() }))
}

rows! {
    /// Cells and rows that cannot be read.
    BAD_ROWS {
        "missing" Clerk, "必填单元格为空" "a cell that is needed is blank";
        "row_cells" Clerk, "列数与表头不符" "the row has another number of cells than the header";
        "row_twice" Clerk, "与本文件前面一行重复" "the same as an earlier row of the file";
        "row_too_long" Clerk, "一行过长" "the row is too long";
        "header_again" Clerk, "表头重复出现，疑为多个文件拼接" "the header again: files were joined";
        "quote_unclosed" Clerk, "引号未闭合" "a quote is opened and not closed";
        "quote_inside" Clerk, "单元格中间有引号" "a quote inside the cell: quote the whole cell and double the quote";
        "number_shortened" Clerk, "号码被电子表格改成科学计数" "a spreadsheet shortened the number and lost digits",
            next "将该列设为文本，从源系统重新导出后导入" "format the column as text, export again from the source and import";
        "text_too_long" Clerk, "内容超过 500 个字符" "the text is longer than 500 characters";
        "id_form" Clerk, "编号或机构代码的格式不对" "not the form of a number or agency code";
        "date_form" Clerk, "日期应写作 2026-01-02、2026/01/02 或 20260102" "a date is written 2026-01-02, 2026/01/02 or 20260102";
        "date_impossible" Clerk, "该日期不存在" "there is no such day";
        "month_form" Clerk, "年月应写作 202601，自 195001 起" "a month is written yyyymm, from 195001 to 209912";
        "months_form" Clerk, "月数应为大于零的整数" "the months are a whole number above zero";
        "months_too_many" Clerk, "月数多于起止年月之间的月数" "more months than lie between the first and the last";
        "period_backwards" Clerk, "截止年月早于起始年月" "the last month is earlier than the first";
        "base_negative" Clerk, "缴费基数为负" "the contribution base is negative";
        "amount_form" Clerk, "金额以元为单位，最多两位小数" "an amount is in yuan with at most two decimals";
        "amount_not_positive" Clerk, "金额必须大于零" "the amount must be above zero";
        "amount_too_large" Clerk, "金额超出可记账范围" "the amount is larger than can be booked";
        "balance_missing" Clerk, "统账结合人员须填写余额，无余额写 0" "an account needs a balance; write 0 for none";
        "balance_without_account" Clerk, "无个人账户者余额应为空或 0" "who has no personal account has no balance";
        "scheme_missing" Clerk, "职工须填写统账类别" "an employee needs an account scheme";
        "line_status_word" Clerk, "交易状态应写成功或失败" "the status of a line is booked or refused";
        "scheme_word" Clerk, "统账类别应写 1 统账结合、2 单建统筹或 3 住院统筹" "the scheme is 1 or combined, 2 or pool_only, 3 or hospital_only";
        "insurance_word" Clerk, "险种应写 310 职工或 390 居民" "the insurance is 310 or employee, 390 or resident";
        "insurance_historic" Clerk, "380、391 只用于历史缴费记录" "380 and 391 belong to old periods only";
        "status_word" Clerk, "参保状态应写参保、停保、退休或死亡" "the status is active, stopped, retired or deceased";
        "nature_word" Clerk, "缴费性质应写实际缴费、补缴或视同缴费" "the nature is actual, back_paid or deemed";
        "flag_word" Clerk, "应写 是/否、有/无 或 1/0" "write yes or no, true or false, 1 or 0";
        "sex_word" Clerk, "性别应写男、女或 0、1、2、9" "the sex is male, female or 0, 1, 2, 9";
        "sex_differs" Clerk, "性别与证件号码不符" "the sex does not agree with the document number";
        "birth_date_differs" Clerk, "出生日期与证件号码不符" "the birth date does not agree with the document number";
        "document_type_word" Clerk, "证件类型请写名称，不写代码" "the document type is written as a name, not as a code";
        "account_form" Clerk, "账号格式不对（本机构收付账号为 8 至 40 位数字）" "not the form of an account (ours: 8 to 40 digits)";
        "bank_no_form" Clerk, "联行号应为 12 位数字" "a bank no. is 12 digits";
        "phone_form" Clerk, "电话应为 5 至 30 位数字" "a phone number is 5 to 30 digits, + - ( ) and spaces";
    }
}

rows! {
    /// Files as a whole: CSV, then the bank's XML.
    BAD_FILES {
        "CALENDAR_JSON" Operator, "日历文件不是正确的 JSON，或有未知栏目" "the calendar is not valid JSON, or names an unknown field";
        "CALENDAR_NO_YEARS" Operator, "日历文件中没有年度" "the calendar holds no year";
        "CALENDAR_DATE" Operator, "日历中有不存在的日期" "the calendar names a day that does not exist";
        "CALENDAR_YEAR" Operator, "年度超出范围" "the year is out of range";
        "CALENDAR_YEAR_TWICE" Operator, "同一年度出现两次" "one year stands there twice";
        "CALENDAR_INCOMPLETE" Operator, "年度数据不完整" "the year is incomplete";
        "CALENDAR_EMPTY" Operator, "年度没有节假日" "the year has no holidays";
        "CALENDAR_OTHER_YEAR" Operator, "日期不属于该年度" "a day belongs to another year";
        "CALENDAR_DAY_TWICE" Operator, "同一天出现两次" "one day stands there twice";
        "CALENDAR_DAY_BOTH" Operator, "同一天既放假又上班" "one day is both a holiday and a working day";
        "CALENDAR_WEEKDAY" Operator, "日期与星期不符" "a day and its weekday do not agree";
        "CALENDAR_MAKEUP_ON_WORKDAY" Operator, "调休上班日不在周末" "a make-up day is a plain weekday";
        "CALENDAR_HOLIDAY_MISSING" Operator, "缺少法定节日" "a statutory holiday is missing";
        "CALENDAR_SUM" Operator, "天数合计不符" "the days do not add up";
        "FILE_UNREADABLE" Clerk, "文件无法打开或读取" "the file cannot be opened or read",
            next "核对文件名与权限后重试" "check its name and rights, then try again";
        "FILE_EMPTY" Clerk, "文件为空" "the file is empty";
        "FILE_TOO_LARGE" Clerk, "文件过大" "the file is too large", next "拆分后逐个导入" "split it and import the parts";
        "FILE_TOO_MANY_ROWS" Clerk, "文件行数过多" "the file has too many rows", next "拆分后逐个导入" "split it and import the parts";
        "FILE_NOT_TEXT" Clerk, "文件不是 CSV（如电子表格、PDF、压缩包）" "the file is no CSV but, say, a spreadsheet, PDF or archive",
            next "打开后另存为 CSV，再导入" "open it, save it as CSV and import that";
        "FILE_UTF16" Clerk, "文件为 UTF-16 编码" "the file is UTF-16", next "另存为“CSV UTF-8”后导入" "save it as CSV UTF-8 and import that";
        "FILE_NUL" Clerk, "文件含空字节，已损坏或不是文本" "the file holds NUL bytes: damaged, or no text", next "重新导出后导入" "export it again and import that";
        "FILE_ENCODING" Clerk, "既不是 UTF-8 也不是 GB18030 编码" "neither UTF-8 nor GB18030", next "重新导出后导入" "export it again and import that";
        "FILE_MIXED_ENCODING" Clerk, "各行编码不同，疑为多个文件拼接" "lines in different encodings: files were joined", next "将各文件分别导入" "import the files one by one";
        "FILE_SEPARATOR" Clerk, "文件不以英文逗号分隔" "the cells are not separated by commas", next "改用英文逗号分隔后保存并导入" "save it with commas and import that";
        "FILE_NO_HEADER" Clerk, "首行不是列名" "the first row holds no column names", next "加上列名后导入" "add the row of column names and import it";
        "FILE_MISSING_COLUMNS" Clerk, "缺少列" "columns are missing", next "补上所列的列后导入" "add the columns named and import it";
        "FILE_COLUMN_TWICE" Clerk, "有一列重复出现" "a column is there twice", next "删除其一后导入" "remove one and import it";
        "FILE_COLUMN_TYPO" Clerk, "有一列名与已知列名相近而不同" "a column is nearly named as a known one", next "改正列名后导入" "correct the name and import it";
        "XML_ENCODING" Bank, "字节不符合文件声明的编码" "the bytes are not in the declared encoding", next "向银行重新索取文件" "ask the bank for the file again";
        "XML_ENCODING_UNKNOWN" Bank, "声明的编码无法识别" "the declared encoding is not known here", next "请银行改用 UTF-8 或 GB18030" "ask the bank for UTF-8 or GB18030";
        "XML_MALFORMED" Bank, "XML 格式不正确，文件损坏或不完整" "the XML is not well-formed: damaged or cut off", next "向银行重新索取文件" "ask the bank for the file again";
        "XML_DOCTYPE" Security, "含文档类型声明（DOCTYPE），一律不读" "a document type declaration, which is never read", next "查明文件来源：银行报文不含此声明" "find out where the file comes from: a bank's message has none";
        "XML_ENTITY" Bank, "含 XML 未定义的实体" "an entity that XML does not define", next "请银行直接写出该字符" "ask the bank to write the character itself";
        "XML_TOO_DEEP" Bank, "元素嵌套过深" "elements stand too deep", next "查明文件来源，向银行重新索取" "find out where it comes from; ask the bank for it again";
        "XML_TOO_LARGE" Bank, "一笔分录的元素过多" "one entry has too many elements", next "请银行拆分批次" "ask the bank for smaller batches";
        "CAMT_KIND" Clerk, "不是 001.02 至 001.10 版的 camt.053 或 camt.054" "neither camt.053 nor camt.054 in a version from 001.02 to 001.10", next "换成对账单或到账通知后导入" "import the statement or notification instead";
        "CAMT_MISSING" Bank, "缺少记账所需的内容" "something that a line needs is missing", next "请银行补全后重发文件" "ask the bank for a complete file";
        "CAMT_TWICE" Bank, "有一元素重复出现，无法判断以哪个为准" "an element stands there twice: which counts cannot be told", next "请银行更正后重发文件" "ask the bank for a corrected file";
        "CAMT_CURRENCY" Bank, "币种不是人民币 CNY" "another currency than CNY", next "外币款项另行办理；请银行出具人民币账户的文件" "deal with it apart; ask the bank for the file of the CNY account";
        "CAMT_AMOUNT" Bank, "金额带正负号或多于两位小数" "an amount with a sign or more than two decimals", next "请银行更正后重发文件" "ask the bank for a corrected file";
        "CAMT_AMOUNT_TOO_LARGE" Bank, "金额超出可记账范围" "an amount larger than can be booked", next "与银行核实该笔金额" "ask the bank about the amount";
        "CAMT_COUNT" Bank, "笔数不是整数" "no count of entries", next "请银行更正后重发文件" "ask the bank for a corrected file";
        "CAMT_DATE" Bank, "日期不存在或写法不对" "no such day, or not written as a date", next "请银行更正后重发文件" "ask the bank for a corrected file";
        "CAMT_WORD" Bank, "有一处不是规定的代码" "a word that is none of those allowed", next "请银行更正后重发文件" "ask the bank for a corrected file";
        "CAMT_ACCOUNT" Bank, "本方账号格式不对" "not the form of an account of ours", next "请银行更正后重发文件" "ask the bank for a corrected file";
        "CAMT_REFERENCE" Bank, "银行流水号格式不对" "not the form of a bank reference", next "请银行更正后重发文件" "ask the bank for a corrected file";
        "CAMT_REFERENCE_TWICE" Bank, "两笔分录的银行流水号相同" "two entries have the same bank reference",
            means "整个文件未读入：第二笔无法与重复记账区分" "nothing of the file was taken: the second could not be told from the first booked twice",
            next "请银行更正后重发文件" "ask the bank for a corrected file";
        "CAMT_TOTALS" Bank, "合计与各分录不符" "a total does not agree with the entries", next "文件可能不全：请银行更正后重发" "entries may be missing: ask the bank for a corrected file";
        "CAMT_BALANCE" Bank, "期初余额加分录不等于期末余额" "opening balance and entries do not give the closing balance", next "文件可能不全：请银行更正后重发" "entries may be missing: ask the bank for a corrected file";
        "CAMT_BATCH" Bank, "批量分录的明细与其金额或笔数不符" "the details of an entry do not agree with its amount or number", next "文件可能不全：请银行更正后重发" "details may be missing: ask the bank for a corrected file";
    }
}
