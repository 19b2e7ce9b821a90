//! What each state of an incoming case says to the person. No state is without words: the match is complete.

use super::{Party, Stage, Told};
use crate::domain::case::incoming::{Answer, Incoming, Money, Relation};
use crate::domain::forms::LetterReturn;
use crate::domain::reasons::Actor;

pub(super) fn told(incoming: &Incoming) -> Told {
    match incoming {
        Incoming::Applied(_) => Told::waits(
            Stage::OutgoingWork,
            (
                "申请已收到，正在审核，尚未向转出地发函",
                "the application is here and is being looked at; the old agency was not asked yet",
            ),
            Party::IncomingAgency,
            (
                "转入地经办机构审核申请，然后向转出地发函",
                "the new agency looks at the application, then asks the old one",
            ),
        ),
        Incoming::Rejected(rejected) => Told::ended(
            Stage::Applied,
            ("申请未予受理，没有转移任何关系和资金", "the application was turned down; nothing was moved"),
        )
        .because(&rejected.reasons),
        Incoming::Waiting(waiting) => of_answer(&waiting.answer),
        Incoming::Sheeted(sheeted) if sheeted.reopened.is_some() => Told {
            now: (
                "办结后有更正，已计入的年限和已入账的资金照旧",
                "something is corrected after completion; what counts and what was credited stays",
            ),
            ..of_sheet(&sheeted.relation, &sheeted.money)
        },
        Incoming::Sheeted(sheeted) => of_sheet(&sheeted.relation, &sheeted.money),
        Incoming::Completed(_) => Told::ended(
            Stage::Completed,
            ("转移接续已办结，缴费年限已合并计算", "the transfer is completed, the months count here"),
        ),
        Incoming::Cancelled(cancelled) => {
            Told::taken_back(if cancelled.sheet.is_some() { Stage::SheetSent } else { Stage::OutgoingWork })
        }
    }
}

fn of_answer(answer: &Answer) -> Told {
    match answer {
        Answer::None => Told::waits(
            Stage::OutgoingWork,
            ("申请已受理，已向转出地发函", "the application is accepted and the old agency is asked"),
            Party::OutgoingAgency,
            ("转出地经办机构接收联系函", "the old agency takes the request"),
        ),
        Answer::Working { .. } => Told::waits(
            Stage::OutgoingWork,
            ("转出地正在办理", "the old agency is at work"),
            Party::OutgoingAgency,
            ("转出地经办机构核对参保记录并传来信息表", "the old agency checks the record and hands it over"),
        ),
        Answer::Returned(answer) => returned(answer),
        Answer::Closed(answer) => Told::ended(
            Stage::OutgoingWork,
            ("转出地退回后本次转移已终止，没有转移任何关系和资金", "it was sent back and is closed; nothing was moved"),
        )
        .because(&answer.reasons),
    }
}

/// 退回, seen from either side.
pub(super) fn returned(answer: &LetterReturn) -> Told {
    if !answer.correctable {
        let now = ("转出地退回，不能转移", "the old agency sent it back: this relation cannot move");
        return Told::ended(Stage::OutgoingWork, now).because(&answer.reasons);
    }
    let now = ("转出地退回，更正后继续办理", "the old agency sent it back; it goes on once that is mended");
    let who = answer.reasons.first().map(|reason| reason.code.who_acts());
    let (from, what) = match who {
        Some(Actor::Person) => (
            Party::Person,
            (
                "参保人按退回原因办理，然后告知转入地经办机构",
                "the person sees to the reason, then tells the new agency",
            ),
        ),
        Some(Actor::OutgoingAgency) => (
            Party::OutgoingAgency,
            (
                "转出地经办机构了结退回原因，之后转入地重新发函",
                "the old agency settles the reason; then it is asked again",
            ),
        ),
        Some(Actor::IncomingAgency | Actor::Operator) | None => {
            (Party::IncomingAgency, ("转入地经办机构更正后重新发函", "the new agency mends the request and asks again"))
        }
    };
    Told::waits(Stage::OutgoingWork, now, from, what).because(&answer.reasons)
}

fn of_sheet(relation: &Relation, money: &Money) -> Told {
    match relation {
        Relation::ToVerify => Told::waits(
            Stage::IncomingWork,
            ("转出地信息表已到，正在核对", "the record is here and is being checked"),
            Party::IncomingAgency,
            ("转入地经办机构核对信息表并合并缴费年限", "the new agency checks the record and merges the months"),
        ),
        Relation::Disputed { .. } => Told::waits(
            Stage::SheetSent,
            ("信息表有疑问，已请转出地更正", "something in the record is in question; the old agency was asked"),
            Party::OutgoingAgency,
            ("转出地经办机构更正信息表", "the old agency corrects the record"),
        ),
        Relation::Merged(_) => of_money(money),
    }
}

/// The months are merged; what is left is the money.
fn of_money(money: &Money) -> Told {
    let merged = ("缴费年限已合并，个人账户资金办理中", "the months count here; the account's money is under way");
    let (now, from, what) = match money {
        Money::NotExpected | Money::Credited(_) => (
            ("缴费年限已合并", "the months count here"),
            Party::IncomingAgency,
            ("转入地经办机构办结", "the new agency completes the transfer"),
        ),
        Money::Expected { .. } => (
            merged,
            Party::OutgoingAgency,
            ("转出地经办机构划转个人账户资金", "the old agency remits the account's money"),
        ),
        Money::Remitted { .. } => {
            (merged, Party::Bank, ("银行将个人账户资金划到转入地", "the bank carries the money to the new agency"))
        }
        Money::Returned { .. } => (
            merged,
            Party::OutgoingAgency,
            (
                "银行退回了划转的款项，转出地经办机构重新划转",
                "the bank gave the money back; the old agency remits it again",
            ),
        ),
        Money::Discrepant { .. } => (
            merged,
            Party::IncomingAgency,
            ("转入地经办机构与转出地核实到账资金", "the new agency clarifies with the old one what arrived"),
        ),
        Money::ToReverse { .. } => (
            merged,
            Party::IncomingAgency,
            ("转入地经办机构冲正多入账的差额", "the new agency takes back what was credited too much"),
        ),
        Money::Reversing { .. } => (
            merged,
            Party::Bank,
            ("银行将多划的差额退回转出地", "the bank carries the difference back to the old agency"),
        ),
        Money::Matched { .. } => (
            merged,
            Party::IncomingAgency,
            ("转入地经办机构将资金记入个人账户", "the new agency credits the money to the account"),
        ),
    };
    Told::waits(Stage::IncomingWork, now, from, what)
}
