//! 核对异议: the incoming agency does not accept a sheet, also after completion: that opens the case again on both sides.
//! The outgoing agency answers with the next version (`correction`).

use super::Taking;
use super::desk::Desk;
use super::sheet;
use crate::domain::case::incoming::{Relation, Sheeted};
use crate::domain::case::{Case, Incoming, Outgoing, Side};
use crate::domain::changes::Declined;
use crate::domain::deadlines::Clock;
use crate::domain::forms::{Objection, Operator, SheetObjection};
use crate::domain::message::Form;
use crate::domain::reasons::RefusalCode;

/// Tasks that a decision about a sheet answers.
pub const VERIFYING: [&str; 3] = ["SHEET_FAULT", "SHEET_DIFFERS", "VERIFY_BY_CLERK"];

/// 转入地: the clerk objects; the corrected sheet is awaited.
pub fn object(
    desk: &mut Desk<'_>,
    case: &mut Case,
    mut sheeted: Sheeted,
    objections: Vec<Objection>,
    operator: Operator,
) {
    let form = SheetObjection {
        letter_no: case.letter_no.clone(),
        sheet_no: sheeted.sheet.sheet_no.clone(),
        sheet_version: sheeted.sheet.version,
        objections,
        objected_on: desk.today,
        operator,
    };
    desk.send(case, None, Form::SheetObjection(Box::new(form)));
    close_verifying(desk, case);
    case.meet(Clock::Incoming, desk.today);
    sheeted.unsettle(Relation::Disputed { on: desk.today });
    case.side = Side::Incoming(Incoming::Sheeted(Box::new(sheeted)));
}

/// 转入地: the clerk found the sheet right, whatever the automatic check could not decide.
pub fn accept(desk: &mut Desk<'_>, case: Case, sheeted: Sheeted) -> Result<(), Declined> {
    if sheeted.sheet.check(desk.today).is_err() {
        return Err(Declined::new(
            "SHEET_FAULT",
            "信息表内容不合规范，不能合并；请提出异议（object）",
            "the sheet breaks the rules of its form and cannot be merged; object to it",
        ));
    }
    let Some(person_no) = case.person_no.clone().filter(|person| desk.known.registered(person).is_some()) else {
        return Err(Declined::new(
            "PERSON_UNKNOWN",
            "本地登记中没有此人；请先登记",
            "the person is not in our register; import them first",
        ));
    };
    close_verifying(desk, &case);
    sheet::merge_for(desk, case, sheeted, person_no);
    Ok(())
}

fn close_verifying(desk: &mut Desk<'_>, case: &Case) {
    for kind in VERIFYING {
        desk.close_task(kind, &case.id.to_string());
    }
}

/// 核对异议 at the outgoing agency: a clerk looks at the register and corrects the sheet.
pub fn sheet_objection(desk: &mut Desk<'_>, mut case: Case, form: &SheetObjection) -> Taking {
    let mut issued = match case.side.clone() {
        Side::Outgoing(Outgoing::Issued(issued)) => *issued,
        Side::Outgoing(Outgoing::Completed(completed)) => completed.reopen(desk.today),
        _ => return Taking::Refused(RefusalCode::IllegalState),
    };
    if form.letter_no != case.letter_no || form.sheet_no != issued.sheet.sheet_no {
        return Taking::Refused(RefusalCode::BadContent);
    }
    if form.sheet_version != issued.sheet.version {
        return Taking::Refused(RefusalCode::VersionConflict);
    }
    issued.objection = Some(form.clone());
    // Another completion notice follows the corrected sheet.
    issued.completion = None;
    case.side = Side::Outgoing(Outgoing::Issued(Box::new(issued)));
    let field = form.objections.first().map(|objection| objection.field.clone());
    desk.open_case_task("SHEET_OBJECTED", case.id, field.filter(|field| is_field(field)));
    desk.step(case);
    Taking::Applied
}

/// A task's detail is a form's field, never a peer's free words.
pub fn is_field(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.[]".contains(&byte))
}
