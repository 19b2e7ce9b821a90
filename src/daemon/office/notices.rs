//! The desk for the person and the employer: progress in public words, and the notices with their file.

use serde_json::{Value, json};

use super::{Failure, Office, document, not_found};
use crate::domain::notice::{Addressee, text};
use crate::files::NoticeLine;
use crate::store::views::NoticeQuery;
use crate::store::{ExportedNotice, notice_no};

impl Office {
    pub(super) async fn progress(&self, name: &str) -> Result<Value, Failure> {
        let id = self.case_id(name).await?;
        let told = self.views.progress(id).await?.ok_or_else(|| not_found("case"))?;
        Ok(json!({ "rows": [document(told)?] }))
    }

    /// All cases of a person. The number itself is never repeated.
    pub(super) async fn progress_of(&self, document_no: &str) -> Result<Value, Failure> {
        // As stored: letters in capitals.
        let told = self.views.progress_of(&document_no.trim().to_uppercase()).await?;
        if told.is_empty() {
            return Err(not_found("case"));
        }
        Ok(json!({ "rows": document(told)? }))
    }

    pub(super) async fn notices(&self, query: &NoticeQuery, case: Option<&str>) -> Result<Value, Failure> {
        let case = match case {
            Some(name) => Some(self.case_id(name).await?),
            None => None,
        };
        document(self.views.notices(query, case).await?)
    }

    pub(super) async fn export_notices(&self, actor: &str) -> Result<Value, Failure> {
        let (batch_no, notices) = self.clerk.export_notices(actor).await?.unwrap_or_default();
        self.notice_file(&batch_no, &notices).await
    }

    pub(super) async fn notices_of(&self, actor: &str, batch_no: &str) -> Result<Value, Failure> {
        let notices = self.clerk.notices_again(actor, batch_no).await?;
        self.notice_file(batch_no, &notices).await
    }

    /// What the file says: who delivers needs whole names, so nothing but the document is masked here.
    async fn notice_file(&self, batch_no: &str, notices: &[ExportedNotice]) -> Result<Value, Failure> {
        let lines: Vec<NoticeLine> = notices.iter().flat_map(|notice| self.lines(notice)).collect();
        let waiting = self.store.notices_waiting().await?;
        Ok(json!({ "batch_no": batch_no, "notices": notices.len(), "waiting": waiting, "lines": document(lines)? }))
    }

    /// One for the person, and one for the employer where the register still names it.
    fn lines(&self, notice: &ExportedNotice) -> Vec<NoticeLine> {
        let site = &self.clerk.site;
        let (case, person) = (&notice.case, notice.case.person());
        let registered = notice.registered.as_ref();
        let agency = site.directory.agency(&site.us).map_or_else(|| site.us.to_string(), |us| us.name.clone());
        let line = |to: Addressee, recipient: &str, phone: Option<&String>| NoticeLine {
            notice_no: notice_no(&site.us, notice.n),
            addressee: to.chinese().to_owned(),
            recipient: recipient.to_owned(),
            phone: phone.cloned(),
            name: person.name.as_str().to_owned(),
            document_no: person.document.masked(),
            milestone: notice.milestone.code().to_owned(),
            title: notice.milestone.chinese().to_owned(),
            on: notice.at.china_date().to_string(),
            text: text(notice.milestone, notice.reason, case, to),
            letter_no: case.letter_no.to_string(),
            agency: agency.clone(),
        };
        // What the person gave with the application is newer than the register.
        let phone = person.phone.as_ref().or(registered.and_then(|known| known.phone.as_ref()));
        let employer = registered.and_then(|known| known.employer.as_deref()).filter(|_| notice.employer);
        let to_employer = employer.map(|employer| line(Addressee::Employer, employer, None));
        std::iter::once(line(Addressee::Person, person.name.as_str(), phone)).chain(to_employer).collect()
    }
}
