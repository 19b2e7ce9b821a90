//! What the canary `credit-from-notice` believes: a bank's line that no bank wrote.

use super::Input;
use super::work::{Work, content_digest};
use crate::domain::event::{StatementLine, What};
use crate::domain::ids::{AgencyCode, BankTxnNo};
use crate::domain::message::Form;
use crate::domain::money::Balance;
use crate::flow::site::Site;

/// No place among the inputs: nobody waits for its outcome.
const NOBODYS: usize = usize::MAX;

impl Work {
    /// Takes an announced remittance for the money itself.
    pub(super) fn believe(&mut self, input: &Input, site: &Site) {
        let Input::Opened { opened, .. } = input else { return };
        let Ok(Form::RemittanceNotice(notice)) = opened.body.as_ref().map(|body| &body.form) else { return };
        let agency = |code: &AgencyCode| site.directory.agency(code);
        let payer = agency(&opened.header.sender).and_then(|agency| agency.paying_account());
        let accounts = payer.zip(agency(&site.us).and_then(|agency| agency.receiving_account()));
        let Some(((payer, payee), txn)) = accounts.zip(BankTxnNo::new(notice.payment_ref.as_str()).ok()) else {
            return;
        };
        let what = What::Statement(StatementLine {
            bank_txn_no: txn,
            booked_on: self.at.china_date(),
            payer_name: payer.name.clone(),
            payer_account: payer.number.clone(),
            payee_account: payee.number.clone(),
            amount: Balance(notice.amount.get()),
            remark: String::new(),
            payment_ref: Some(notice.payment_ref.clone()),
            refused: false,
        });
        self.event(NOBODYS, "notice".to_owned(), content_digest(&what), what, None);
    }
}
