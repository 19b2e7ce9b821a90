//! 死亡登记: the register says that a person has died. What would leave the account by itself waits for a person; what has
//! left goes on, and what arrives is credited by two persons only.

use super::desk::Desk;
use crate::domain::case::outgoing::Funds;
use crate::domain::case::{Case, Outgoing, Side};
use crate::domain::ids::PersonNo;
use crate::domain::steps::Step;

/// An import says so: every case of the person that would still pay waits, also one that a person was about to release.
pub fn heard(desk: &mut Desk<'_>, person: &PersonNo) {
    let mut cases: Vec<Case> = desk.known.open_cases(person).filter(|case| would_pay(case)).cloned().collect();
    cases.sort_by_key(|case| case.id);
    for mut case in cases {
        hold(desk, &mut case);
        desk.changes.note = Some("DECEASED".to_owned());
        // A decision on the version before this is declined: whoever made it did not know.
        desk.step(case);
    }
}

/// Whether the payment that comes next waits for a person, because the register knows of the death.
pub fn holds(desk: &mut Desk<'_>, case: &mut Case) -> bool {
    let registered = case.person_no.as_ref().and_then(|person| desk.known.registered(person));
    let waits = would_pay(case) && registered.is_some_and(|known| known.person.has_died());
    if waits {
        hold(desk, case);
    }
    waits
}

fn hold(desk: &mut Desk<'_>, case: &mut Case) {
    if case.stands_before(Step::Payment) {
        case.review = Some(Step::Payment);
    }
    desk.open_case_task("PERSON_DECEASED", case.id, None);
}

/// 已锁定: held for a payment that nobody has released.
pub fn would_pay(case: &Case) -> bool {
    match &case.side {
        Side::Outgoing(Outgoing::Issued(issued)) => matches!(issued.funds, Funds::Frozen { .. }),
        Side::Incoming(_) | Side::Outgoing(_) => false,
    }
}
