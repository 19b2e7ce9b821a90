//! The files as agencies bring them: columns by style, rows as text, bytes in the agency's encoding.

use super::plan::{AGENCIES, Style, World};
use super::register::{Record, yyyymm};

/// (English, 中文): the column's two names.
type Column = (&'static str, &'static str);

const PEOPLE: [Column; 15] = [
    ("person_no", "个人编号"),
    ("name", "姓名"),
    ("document_type", "证件类型"),
    ("document_no", "证件号码"),
    ("sex", "性别"),
    ("birth_date", "出生日期"),
    ("insurance", "险种"),
    ("account_scheme", "统账类别"),
    ("status", "参保状态"),
    ("status_on", "状态日期"),
    ("arrears", "欠费"),
    ("open_claims", "未结算"),
    ("balance", "个人账户余额"),
    ("employer", "单位"),
    ("phone", "联系电话"),
];
const PERIODS: [Column; 8] = [
    ("person_no", "个人编号"),
    ("from", "起始年月"),
    ("to", "终止年月"),
    ("insurance", "险种"),
    ("nature", "缴费性质"),
    ("months", "月数"),
    ("agency", "经办机构"),
    ("base", "缴费基数"),
];
const APPLICATIONS: [Column; 11] = [
    ("application_no", "申请编号"),
    ("applied_on", "申请日期"),
    ("channel", "申请渠道"),
    ("document_type", "证件类型"),
    ("document_no", "证件号码"),
    ("name", "姓名"),
    ("outgoing_agency", "转出地"),
    ("insurance_out", "转出险种"),
    ("insurance_in", "转入险种"),
    ("certificate_no", "参保凭证号"),
    ("phone", "联系电话"),
];

const DOCUMENT_TYPE: &str = "居民身份证";
const EMPLOYERS: &[&str] =
    &["虚构茶业有限公司", "样例汽车配件厂,二车间", "演示刀具有限公司", "示例中学", "虚构物流有限公司", "灵活就业"];

pub struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// The whole file.
    pub fn bytes(&self, style: Style) -> Vec<u8> {
        let mut order: Vec<usize> = (0..self.columns.len()).collect();
        match style {
            Style::EnglishWithBom => {}
            // The document first, the number in the register last.
            Style::EnglishReordered => order.rotate_left(2),
            // Pairs change places, as in an export that was rearranged by hand.
            Style::ChineseGb18030 => order.chunks_mut(2).for_each(<[usize]>::reverse),
        }
        let chinese = style == Style::ChineseGb18030;
        let terminator = if chinese { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
        let mut writer = csv::WriterBuilder::new().terminator(terminator).from_writer(Vec::new());
        let header = order.iter().map(|&at| if chinese { self.columns[at].1 } else { self.columns[at].0 });
        writer.write_record(header).expect("memory takes every row");
        for row in &self.rows {
            writer.write_record(order.iter().map(|&at| row[at].as_str())).expect("memory takes every row");
        }
        let text = String::from_utf8(writer.into_inner().expect("memory takes every row")).expect("made of text");
        match style {
            Style::EnglishWithBom => format!("\u{feff}{text}").into_bytes(),
            Style::EnglishReordered => text.into_bytes(),
            Style::ChineseGb18030 => {
                let (bytes, _, lossy) = encoding_rs::GB18030.encode(&text);
                assert!(!lossy, "GB18030 writes every character of Unicode");
                bytes.into_owned()
            }
        }
    }
}

/// 1234.50
pub fn yuan(fen: i64) -> String {
    format!("{}.{:02}", fen / 100, fen % 100)
}

fn flag(is_so: bool) -> String {
    String::from(if is_so { "1" } else { "0" })
}

fn person_no(agency: usize, at: usize) -> String {
    format!("{}{:08}", AGENCIES[agency].person_no_prefix, 10_000 + at * 7)
}

pub fn people(world: &World, agency: usize) -> Table {
    let row = |(at, record): (usize, &Record)| {
        let employed = record.insurance == 310;
        let employer = EMPLOYERS[at % EMPLOYERS.len()];
        let place = if employer == "灵活就业" { "" } else { AGENCIES[agency].city };
        vec![
            person_no(agency, at),
            record.name.clone(),
            DOCUMENT_TYPE.to_owned(),
            record.identity.document_no.clone(),
            String::from(if record.identity.female { "2" } else { "1" }),
            record.identity.birth.to_string(),
            record.insurance.to_string(),
            record.scheme.map_or(String::new(), |scheme| scheme.to_string()),
            record.status.word().to_owned(),
            record.status_on.to_string(),
            flag(record.arrears),
            flag(record.open_claims),
            yuan(record.balance_fen),
            if employed { format!("{place}{employer}") } else { String::new() },
            record.identity.phone.clone(),
        ]
    };
    Table { columns: PEOPLE.to_vec(), rows: world.registers[agency].iter().enumerate().map(row).collect() }
}

pub fn periods(world: &World, agency: usize) -> Table {
    let mut rows = Vec::new();
    for (at, record) in world.registers[agency].iter().enumerate() {
        for period in &record.periods {
            rows.push(vec![
                person_no(agency, at),
                yyyymm(period.from).to_string(),
                yyyymm(period.to).to_string(),
                period.insurance.to_string(),
                period.nature.to_owned(),
                (period.to - period.from + 1).to_string(),
                AGENCIES[agency].code.to_owned(),
                period.base_fen.map_or(String::new(), yuan),
            ]);
        }
    }
    Table { columns: PERIODS.to_vec(), rows }
}

pub fn applications(world: &World, agency: usize) -> Table {
    let rows = world.applications[agency]
        .iter()
        .map(|it| {
            vec![
                it.application_no.clone(),
                it.applied_on_text.clone().unwrap_or_else(|| it.applied_on.to_string()),
                it.channel.to_owned(),
                DOCUMENT_TYPE.to_owned(),
                it.document_no.clone(),
                it.name.clone(),
                it.outgoing.to_owned(),
                it.insurance_out.to_string(),
                it.insurance_in.to_string(),
                it.certificate_no.clone(),
                it.phone.clone(),
            ]
        })
        .collect();
    Table { columns: APPLICATIONS.to_vec(), rows }
}
