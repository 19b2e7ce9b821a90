//! What each state of an outgoing case says to the person, who may ask at the old agency too.

use super::incoming::returned;
use super::{Party, Stage, Told};
use crate::domain::case::outgoing::{Funds, Issued, Outgoing, PayoutStage};

pub(super) fn told(outgoing: &Outgoing) -> Told {
    match outgoing {
        Outgoing::HandedOver(_) => Told::waits(
            Stage::OutgoingWork,
            ("申请已转交转入地经办机构", "the application is with the new agency"),
            Party::IncomingAgency,
            ("转入地经办机构审核申请并发函", "the new agency checks the application and asks for the record"),
        ),
        Outgoing::Rejected(rejected) => Told::ended(
            Stage::Applied,
            ("申请未予受理，没有转移任何关系和资金", "the application was turned down; nothing was moved"),
        )
        .because(&rejected.reasons),
        Outgoing::Payout(payout) => paid_out(&payout.stage),
        Outgoing::Checking(_) => Told::waits(
            Stage::OutgoingWork,
            ("转出地正在办理", "the old agency is at work"),
            Party::OutgoingAgency,
            ("转出地经办机构核对参保记录并传出信息表", "the old agency checks the record and hands it over"),
        ),
        Outgoing::Returned(case) => returned(&case.answer),
        Outgoing::Issued(issued) if issued.reopened.is_some() => Told {
            now: ("办结后有更正，已划转的资金照旧", "something is corrected after completion; what was paid stays"),
            ..issued_sheet(issued)
        },
        Outgoing::Issued(issued) => issued_sheet(issued),
        Outgoing::Completed(_) => Told::ended(
            Stage::Completed,
            ("转移接续已办结，参保关系已转到转入地", "the transfer is completed, the relation is with the new agency"),
        ),
        Outgoing::Cancelled(cancelled) => {
            Told::taken_back(if cancelled.sheet.is_some() { Stage::SheetSent } else { Stage::OutgoingWork })
        }
    }
}

/// 退付未成: what is, and what comes next.
const NOT_PAID: ((&str, &str), (&str, &str)) = (
    ("退付款项未能到账，由经办机构保管", "the payment did not arrive; the agency keeps the money"),
    ("经办机构与本人核对账户后重新退付", "the agency verifies the account with the person and pays again"),
);

/// 退付: no new agency takes part, so the later steps never come.
fn paid_out(stage: &PayoutStage) -> Told {
    match stage {
        PayoutStage::Opened => Told::waits(
            Stage::OutgoingWork,
            ("个人账户余额退付申请正在复核", "the payout of the balance is being reviewed"),
            Party::OutgoingAgency,
            ("经办机构复核退付申请", "the agency reviews it"),
        ),
        PayoutStage::Paying(_) => Told::waits(
            Stage::OutgoingWork,
            ("个人账户余额正在退付给本人", "the balance is being paid to the person"),
            Party::Bank,
            ("银行将余额付到本人账户", "the bank carries it to the person's own account"),
        ),
        PayoutStage::Failed(_) => Told::waits(Stage::OutgoingWork, NOT_PAID.0, Party::OutgoingAgency, NOT_PAID.1),
        PayoutStage::Paid(_) => {
            Told::ended(Stage::OutgoingWork, ("个人账户余额已退付给本人", "the balance was paid to the person"))
        }
        PayoutStage::Withdrawn { .. } => Told::ended(
            Stage::Applied,
            ("退付申请已撤回，余额仍在个人账户", "the payout was withdrawn, the balance stays in the account"),
        ),
    }
}

fn issued_sheet(issued: &Issued) -> Told {
    if issued.objection.is_some() {
        return Told::waits(
            Stage::SheetSent,
            ("转入地对信息表有疑问", "the new agency has a question about the record"),
            Party::OutgoingAgency,
            ("转出地经办机构更正信息表", "the old agency corrects the record"),
        );
    }
    if !issued.receipted {
        return Told::waits(
            Stage::SheetSent,
            ("参保关系已转出，信息表已传出", "the relation has ended here, the record is on its way"),
            Party::IncomingAgency,
            ("转入地经办机构签收信息表", "the new agency takes the record"),
        );
    }
    let (now, from, what) = match &issued.funds {
        Funds::NothingToRemit => (
            ("信息表已送达转入地", "the new agency has the record"),
            Party::IncomingAgency,
            ("转入地经办机构合并缴费年限并办结", "the new agency merges the months and completes"),
        ),
        // Our own step comes first.
        Funds::Frozen { .. } => {
            return Told::waits(
                Stage::SheetSent,
                ("信息表已送达转入地", "the new agency has the record"),
                Party::OutgoingAgency,
                ("转出地经办机构划转个人账户资金", "the old agency remits the account's money"),
            );
        }
        Funds::PayingPerson(_) => (
            ("个人账户余额正在退付给本人", "the balance is being paid to the person"),
            Party::Bank,
            ("银行将余额付到本人账户", "the bank carries it to the person's own account"),
        ),
        Funds::PayoutFailed(_) => (NOT_PAID.0, Party::OutgoingAgency, NOT_PAID.1),
        Funds::PaidToPerson(_) => (
            ("个人账户余额已退付给本人", "the balance was paid to the person"),
            Party::IncomingAgency,
            ("转入地经办机构合并缴费年限并办结", "the new agency merges the months and completes"),
        ),
        Funds::Remitting(_) => (
            ("个人账户资金正在划转", "the account's money is being remitted"),
            Party::Bank,
            ("银行将个人账户资金划到转入地", "the bank carries the money to the new agency"),
        ),
        Funds::RemitFailed(_) => (
            ("银行退回了划转的款项", "the bank gave the money back"),
            Party::OutgoingAgency,
            ("转出地经办机构核实后重新划转", "the old agency finds out why and remits it again"),
        ),
        Funds::RefundAwaited { .. } => (
            ("多划的资金将由转入地退回", "what was paid too much comes back from the new agency"),
            Party::IncomingAgency,
            ("转入地经办机构冲正并退回差额", "the new agency takes the difference back and returns it"),
        ),
        Funds::Remitted(_) => (
            ("个人账户资金已划出", "the account's money has left"),
            Party::IncomingAgency,
            ("转入地经办机构入账并办结", "the new agency credits the money and completes"),
        ),
    };
    Told::waits(Stage::IncomingWork, now, from, what)
}
