//! 转移申请: applications taken elsewhere (counter, portal, call centre), to be handled here or handed over.

use std::collections::HashMap;

use super::cells;
use super::people::{document, twice};
use super::table::{self, Cells, Column};
use super::{FileError, Import};
use crate::domain::event::Application;
use crate::domain::ids::{AgencyCode, ApplicationNo};

const APPLICATION_NO: usize = 0;
const APPLIED_ON: usize = 1;
const CHANNEL: usize = 2;
const DOCUMENT_TYPE: usize = 3;
const DOCUMENT_NO: usize = 4;
const NAME: usize = 5;
const OUTGOING: usize = 6;
const INSURANCE_OUT: usize = 7;
const INSURANCE_IN: usize = 8;
const CERTIFICATE_NO: usize = 9;
const PHONE: usize = 10;
const INCOMING: usize = 11;

const COLUMNS: &[Column] = &[
    Column::required("application_no", "申请编号", &["申请号"]),
    Column::required("applied_on", "申请日期", &[]),
    Column::optional("channel", "申请渠道", &["渠道"]),
    Column::required("document_type", "证件类型", &[]),
    Column::required("document_no", "证件号码", &["证件号", "公民身份号码", "document_number"]),
    Column::required("name", "姓名", &[]),
    Column::required("outgoing", "转出地", &["outgoing_agency", "转出地经办机构", "转出机构"]),
    Column::required("insurance_out", "转出险种", &[]),
    Column::required("insurance_in", "转入险种", &[]),
    Column::optional("certificate_no", "参保凭证号", &[]),
    Column::optional("phone", "电话", &["联系电话", "手机号码"]),
    // Absent: here. Another agency: the application is handed over to it.
    Column::optional("incoming", "转入地", &["incoming_agency", "转入地经办机构", "转入机构"]),
];

/// Reads an application file. An application no. is taken once.
pub fn read_applications(bytes: &[u8]) -> Result<Import<Application>, FileError> {
    let mut seen: HashMap<ApplicationNo, u64> = HashMap::new();
    table::read(bytes, COLUMNS, |row| {
        let read = application(row)?;
        if let Some(first) = seen.get(&read.application_no) {
            return row.refuse(APPLICATION_NO, twice(*first));
        }
        seen.insert(read.application_no.clone(), row.line());
        Some(read)
    })
}

fn application(row: &mut Cells<'_>) -> Option<Application> {
    let application_no = row.need(APPLICATION_NO, cells::id(ApplicationNo::new));
    let applied_on = row.need(APPLIED_ON, cells::date);
    let channel = row.maybe(CHANNEL, cells::text);
    let document = document(row, DOCUMENT_TYPE, DOCUMENT_NO);
    let name = row.need(NAME, cells::name);
    let outgoing = row.need(OUTGOING, cells::id(AgencyCode::new));
    let insurance_out = row.need(INSURANCE_OUT, cells::current_insurance);
    let insurance_in = row.need(INSURANCE_IN, cells::current_insurance);
    let certificate_no = row.maybe(CERTIFICATE_NO, cells::text);
    let phone = row.maybe(PHONE, cells::phone);
    let incoming = row.maybe(INCOMING, cells::id(AgencyCode::new));
    Some(Application {
        application_no: application_no?,
        applied_on: applied_on?,
        channel: channel?.unwrap_or_default(),
        document: document?,
        name: name?,
        outgoing: outgoing?,
        incoming: incoming?,
        insurance_out: insurance_out?,
        insurance_in: insurance_in?,
        certificate_no: certificate_no?,
        phone: phone?,
    })
}
