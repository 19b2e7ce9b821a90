//! The embedded register's imports: people with their opening balance, and their contribution periods.

use super::desk::Desk;
use crate::domain::changes::{Declined, Outcome, RegisterChange};
use crate::domain::event::{PeriodsEntry, RegisterEntry};
use crate::domain::ledger::Posting;

/// A new person is opened with the balance; a known one is updated, the balance never: it belongs to the ledger.
pub fn person(desk: &mut Desk<'_>, entry: &RegisterEntry) {
    let known = desk.known.registered(&entry.person.person_no).cloned();
    if let Some(known) = known {
        if known.person.document != entry.person.document {
            return desk.decline(Declined::new(
                "PERSON_NO_TAKEN",
                "该个人编号已属于另一证件号码的人员",
                "this person no. belongs to somebody with another document",
            ));
        }
        if known.person.status == crate::domain::register::RelationStatus::TransferredOut {
            return desk.decline(Declined::new(
                "TRANSFERRED_OUT",
                "该人员关系已转出，不能由导入更改",
                "the relation has moved away; an import cannot change it",
            ));
        }
        if known.person == entry.person {
            desk.changes.outcome = Outcome::Duplicate;
            return;
        }
        desk.register(RegisterChange::Put(Box::new(entry.person.clone())));
        return;
    }
    desk.register(RegisterChange::Put(Box::new(entry.person.clone())));
    if let Some(posting) = Posting::opening(&entry.person.person_no, entry.balance, desk.today) {
        desk.post(posting);
    }
}

pub fn periods(desk: &mut Desk<'_>, entry: &PeriodsEntry) {
    if desk.known.registered(&entry.person_no).is_none() {
        return desk.decline(Declined::new(
            "PERSON_UNKNOWN",
            "登记库中没有该个人编号；请先导入人员文件",
            "no such person no. in the register; import the people file first",
        ));
    }
    desk.register(RegisterChange::Periods { person: entry.person_no.clone(), periods: entry.periods.clone() });
}
