//! The embedded register's imports: people with their opening balance, and their contribution periods. A relation that has
//! left is brought back by nothing but a new enrolment; who the person is may be corrected at any time.

use super::deceased;
use super::desk::Desk;
use crate::domain::case::{Case, Outgoing, Side};
use crate::domain::changes::{Declined, Outcome, RegisterChange};
use crate::domain::event::{PeriodsEntry, RegisterEntry};
use crate::domain::ledger::Posting;
use crate::domain::register::{InsuredPerson, RelationStatus};

/// A new person is opened with the balance; a known one is updated, the balance never: it belongs to the ledger.
pub fn person(desk: &mut Desk<'_>, entry: &RegisterEntry) {
    let Some(known) = desk.known.registered(&entry.person.person_no).map(|known| known.person.clone()) else {
        desk.register(RegisterChange::Put(Box::new(entry.person.clone())));
        if let Some(posting) = Posting::opening(&entry.person.person_no, entry.balance, desk.today) {
            desk.post(posting);
        }
        return;
    };
    // 更正 of a name or of a document is the same person still; a row with both others is somebody else's.
    if known.document != entry.person.document && known.name != entry.person.name {
        return desk.decline(Declined::new(
            "PERSON_NO_TAKEN",
            "该个人编号已属于另一姓名和证件号码的人员；两者都更正的，分两次导入",
            "this person no. belongs to somebody with another name and document; correct one of them at a time",
        ));
    }
    let has_left = known.status == RelationStatus::TransferredOut;
    let person = if has_left { after_leaving(desk, &known, &entry.person) } else { entry.person.clone() };
    if person == known && has_left {
        return desk.decline(Declined::new(
            "TRANSFERRED_OUT",
            "该人员关系已转出，导入不能恢复；重新参保的，待转移办结后以不早于转出的参保日期导入",
            "the relation has moved away and an import does not bring it back; a new enrolment is taken once the transfer \
             has ended, with a date not before it left",
        ));
    }
    if person == known {
        desk.changes.outcome = Outcome::Duplicate;
        return;
    }
    let has_died = person.has_died() && !known.has_died();
    desk.register(RegisterChange::Put(Box::new(person.clone())));
    if has_died {
        deceased::heard(desk, &person.person_no);
    }
}

/// 已转出: a row of an older state changes nothing of the relation. Identity and a death are taken, and 再次参保.
fn after_leaving(desk: &Desk<'_>, known: &InsuredPerson, row: &InsuredPerson) -> InsuredPerson {
    let is_back = row.status == RelationStatus::Active && row.status_on >= known.status_on;
    if is_back && !desk.known.open_cases(&row.person_no).any(leaves) {
        return row.clone();
    }
    InsuredPerson {
        name: row.name.clone(),
        document: row.document.clone(),
        sex: row.sex,
        birth_date: row.birth_date,
        died_on: match row.status {
            RelationStatus::Deceased => Some(row.status_on),
            RelationStatus::TransferredOut => known.died_on,
            RelationStatus::Active | RelationStatus::Stopped | RelationStatus::Retired => None,
        },
        ..known.clone()
    }
}

/// A case that has ended the relation and is not at its end.
fn leaves(case: &Case) -> bool {
    matches!(case.side, Side::Outgoing(Outgoing::Issued(_) | Outgoing::Payout(_)))
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
