//! 参保人: the person of an incoming case as the register has them now. The case holds the personal no.; name, document and
//! status may have changed since the letter.

use super::desk::Desk;
use crate::domain::case::Case;
use crate::domain::forms::Person;
use crate::domain::handler::{Registered, Subject};
use crate::domain::reasons::ReturnCode;
use crate::domain::register::RelationStatus;

/// Whoever has the document of the letter: the case's own person, or nobody. Somebody else under that document is never
/// merged or credited.
pub fn subject<'a>(desk: &'a Desk<'_>, case: &Case, letter: &Person) -> Subject<'a> {
    let own = |known: &&Registered| Some(&known.person.person_no) == case.person_no.as_ref();
    Subject(desk.known.subject(&letter.document).0.into_iter().filter(own).collect())
}

/// Why the register cannot decide by itself: a code for the task, where there is one.
pub fn unlike(known: Option<&Registered>, letter: &Person) -> Option<String> {
    let person = &known?.person;
    let code = if person.has_died() {
        ReturnCode::Deceased
    } else if person.name != letter.name || person.document != letter.document {
        ReturnCode::PersonMismatch
    } else if person.status != RelationStatus::Active {
        ReturnCode::NotEnrolled
    } else {
        return None;
    };
    Some(code.code().to_owned())
}
