//! 通知: what the person, and the employer where the register knows one, are told when a case gets somewhere. Each
//! milestone of a case is told once. Nothing is sent from here: the notice is a row that somebody lists and delivers.

use super::case::incoming::{Answer, Credit, Incoming, Relation, Settled};
use super::case::outgoing::{Funds, FundsEnd, Outgoing, PayoutStage};
use super::case::{Case, Side};
use super::ids::CaseId;
use super::money::Fen;
use super::progress::advice;
use super::reasons::{Reason, ReturnCode};

/// One row a milestone: variant, its code, 中文, English, and whether the employer is told too.
macro_rules! milestones {
    ($($(#[$doc:meta])* $variant:ident $code:literal $zh:literal $en:literal $employer:literal;)+) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Milestone { $($(#[$doc])* $variant,)+ }

        impl Milestone {
            pub const ALL: &'static [Milestone] = &[$(Milestone::$variant,)+];

            /// The code that never changes.
            pub fn code(self) -> &'static str {
                match self { $(Milestone::$variant => $code,)+ }
            }

            pub fn from_code(code: &str) -> Option<Milestone> {
                Milestone::ALL.iter().copied().find(|milestone| milestone.code().eq_ignore_ascii_case(code))
            }

            pub fn chinese(self) -> &'static str {
                match self { $(Milestone::$variant => $zh,)+ }
            }

            pub fn english(self) -> &'static str {
                match self { $(Milestone::$variant => $en,)+ }
            }

            /// Why something did not go on, and the personal account, are the person's business alone.
            pub fn concerns_employer(self) -> bool {
                match self { $(Milestone::$variant => $employer,)+ }
            }
        }
    };
}

milestones! {
    /// The letter is on its way.
    Accepted "ACCEPTED" "已受理" "application accepted" true;
    /// No letter was sent.
    Rejected "REJECTED" "不予受理" "application turned down" false;
    /// The outgoing agency sent the letter back; once for each version of the letter.
    Returned "RETURNED" "已退回" "request sent back" false;
    /// At the outgoing agency: the relation has ended there, the sheet is issued.
    RelationOut "RELATION_OUT" "关系已转出" "relation moved out" true;
    /// The months are merged.
    RelationIn "RELATION_IN" "关系已转入" "relation moved in" true;
    Credited "CREDITED" "资金已入账" "account credited" false;
    /// The bank has booked the payment to the person's own account.
    PaidOut "PAID_OUT" "余额已退付" "balance paid out" false;
    Completed "COMPLETED" "已办结" "completed" true;
    /// What was told of a completed case is not true any more; once for each corrected version.
    Corrected "CORRECTED" "办结后已更正" "corrected after completion" false;
    /// Without this, who was told that the relation moved would go on believing it.
    Cancelled "CANCELLED" "已撤销" "taken back" true;
}

/// A milestone that was just reached, to be told once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub case: CaseId,
    pub milestone: Milestone,
    /// 1; for a return the version of the letter, which may be amended and returned again; for a correction the version of
    /// the sheet.
    pub round: u32,
    /// Why, where there is a why. Kept with the notice: an amended letter forgets it.
    pub reason: Option<ReturnCode>,
    /// The register knew an employer, who is told too.
    pub employer: bool,
}

type Reached = (Milestone, u32, Option<ReturnCode>);

/// What a step of a case newly reached; nothing where it was reached before.
pub fn notices<'a>(before: Option<&Case>, after: &'a Case, knows_employer: bool) -> impl Iterator<Item = Notice> + 'a {
    let known = before.map(reached).unwrap_or_default();
    let is_new = move |(milestone, round, _): &Reached| !known.iter().any(|old| (old.0, old.1) == (*milestone, *round));
    reached(after).into_iter().filter(is_new).map(move |(milestone, round, reason)| Notice {
        case: after.id,
        milestone,
        round,
        reason,
        employer: knows_employer && milestone.concerns_employer(),
    })
}

/// Every milestone that a case as it stands has behind it.
fn reached(case: &Case) -> Vec<Reached> {
    match &case.side {
        Side::Incoming(incoming) => of_incoming(incoming),
        Side::Outgoing(outgoing) => of_outgoing(outgoing),
    }
}

fn once(milestone: Milestone) -> Reached {
    (milestone, 1, None)
}

fn first(reasons: &[Reason]) -> Option<ReturnCode> {
    reasons.first().map(|reason| reason.code)
}

fn of_incoming(incoming: &Incoming) -> Vec<Reached> {
    let accepted = once(Milestone::Accepted);
    match incoming {
        Incoming::Applied(_) => Vec::new(),
        Incoming::Rejected(rejected) => vec![(Milestone::Rejected, 1, first(&rejected.reasons))],
        Incoming::Waiting(waiting) => match &waiting.answer {
            Answer::None | Answer::Working { .. } => vec![accepted],
            Answer::Returned(answer) | Answer::Closed(answer) => {
                vec![accepted, (Milestone::Returned, waiting.letter.version, first(&answer.reasons))]
            }
        },
        Incoming::Sheeted(sheeted) => {
            let is_merged = sheeted.stands.is_some() || matches!(sheeted.relation, Relation::Merged(_));
            let is_credited = !sheeted.earlier.is_empty() || sheeted.money.credit().is_some();
            let ends = [
                is_merged.then_some(Milestone::RelationIn),
                is_credited.then_some(Milestone::Credited),
                sheeted.reopened.map(|_| Milestone::Completed),
            ];
            std::iter::once(accepted).chain(ends.into_iter().flatten().map(once)).collect()
        }
        Incoming::Completed(completed) => {
            let is_credited = !completed.earlier.is_empty() || matches!(completed.money, Settled::Credited(_));
            let credited = is_credited.then_some(Milestone::Credited);
            let ends = [Some(Milestone::RelationIn), credited, Some(Milestone::Completed)];
            let corrected = completed.reopened.map(|_| (Milestone::Corrected, completed.sheet.version, None));
            std::iter::once(accepted).chain(ends.into_iter().flatten().map(once)).chain(corrected).collect()
        }
        Incoming::Cancelled(_) => vec![accepted, once(Milestone::Cancelled)],
    }
}

/// The outgoing agency's person hears of it when something changes there; before the sheet nothing has.
fn of_outgoing(outgoing: &Outgoing) -> Vec<Reached> {
    let out = once(Milestone::RelationOut);
    match outgoing {
        Outgoing::HandedOver(_) | Outgoing::Checking(_) | Outgoing::Returned(_) => Vec::new(),
        // Applied for here, so told here too.
        Outgoing::Rejected(rejected) => vec![(Milestone::Rejected, 1, first(&rejected.reasons))],
        Outgoing::Payout(payout) => {
            let paid = matches!(payout.stage, PayoutStage::Paid(_)).then_some(Milestone::PaidOut);
            paid.map(once).into_iter().collect()
        }
        Outgoing::Issued(issued) => {
            let paid = matches!(issued.funds, Funds::PaidToPerson(_)).then_some(Milestone::PaidOut);
            let completed = issued.reopened.map(|_| Milestone::Completed);
            std::iter::once(out).chain([paid, completed].into_iter().flatten().map(once)).collect()
        }
        Outgoing::Completed(completed) => {
            let paid = matches!(completed.funds, FundsEnd::PaidToPerson(_)).then_some(Milestone::PaidOut);
            let corrected = completed.reopened.map(|_| (Milestone::Corrected, completed.sheet.version, None));
            std::iter::once(out).chain(paid.map(once)).chain([once(Milestone::Completed)]).chain(corrected).collect()
        }
        Outgoing::Cancelled(cancelled) if cancelled.sheet.is_some() => vec![out, once(Milestone::Cancelled)],
        Outgoing::Cancelled(_) => Vec::new(),
    }
}

/// Credited less reversed over all payments of a case; none where nothing stands in the account.
pub fn credited_of(case: &Case) -> Option<Fen> {
    match &case.side {
        Side::Incoming(Incoming::Sheeted(sheeted)) => Fen::new(sheeted.net()),
        Side::Incoming(Incoming::Completed(completed)) => completed.credited(),
        Side::Incoming(_) | Side::Outgoing(_) => None,
    }
}

/// 入账: the last credit to the person's account, once there is one.
pub fn credit_of(case: &Case) -> Option<&Credit> {
    match &case.side {
        Side::Incoming(Incoming::Sheeted(sheeted)) => sheeted.money.credit().or(sheeted.earlier.credits.last()),
        Side::Incoming(Incoming::Completed(completed)) => match &completed.money {
            Settled::Credited(credit) => Some(credit),
            Settled::WithoutFunds => None,
        },
        Side::Incoming(_) | Side::Outgoing(_) => None,
    }
}

/// Who a notice is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Addressee {
    Person,
    Employer,
}

impl Addressee {
    pub fn word(self) -> &'static str {
        match self {
            Addressee::Person => "person",
            Addressee::Employer => "employer",
        }
    }

    pub fn chinese(self) -> &'static str {
        match self {
            Addressee::Person => "参保人",
            Addressee::Employer => "用人单位",
        }
    }
}

/// What a notice says to its addressee. An amount only where it was credited, and only to the person.
pub fn text(milestone: Milestone, reason: Option<ReturnCode>, case: &Case, to: Addressee) -> String {
    let whose = match to {
        Addressee::Person => "您",
        Addressee::Employer => "该参保人员",
    };
    let because = |what: &str| {
        let Some(code) = reason else { return format!("{what}。") };
        format!("{what}，原因：{}。{}。", code.chinese(), advice(code).0)
    };
    match milestone {
        Milestone::Accepted => {
            format!("{whose}的基本医疗保险关系转移接续申请已受理，已向转出地经办机构发函办理。")
        }
        Milestone::Rejected => because(&format!("{whose}的基本医疗保险关系转移接续申请未予受理")),
        Milestone::Returned => because(&format!("转出地经办机构退回了{whose}的基本医疗保险关系转移接续申请")),
        Milestone::RelationOut => {
            format!("{whose}在本地的基本医疗保险关系已转出，参保信息已发往转入地经办机构。")
        }
        Milestone::RelationIn => format!("{whose}的基本医疗保险关系已转入本地，缴费年限已合并计算。"),
        Milestone::Credited => match credited_of(case) {
            Some(credited) => format!("个人账户资金 {credited} 元已记入{whose}的个人账户。"),
            None => format!("个人账户资金已记入{whose}的个人账户。"),
        },
        Milestone::Corrected => match credited_of(case) {
            Some(credited) => format!(
                "{whose}的基本医疗保险关系转移接续办结后已更正，缴费年限以更正后的为准，个人账户转入资金合计 {credited} 元。"
            ),
            None => format!("{whose}的基本医疗保险关系转移接续办结后已更正，缴费年限以更正后的为准。"),
        },
        Milestone::PaidOut => format!("{whose}的个人账户余额已退付到本人的银行账户，个人账户已清零。"),
        Milestone::Completed => format!("{whose}的基本医疗保险关系转移接续已办结。"),
        Milestone::Cancelled => {
            format!("{whose}的基本医疗保险关系转移接续已撤销，参保关系和个人账户资金留在转出地。")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_milestone_is_found_by_its_code_in_any_case() {
        for milestone in Milestone::ALL {
            assert_eq!(Milestone::from_code(&milestone.code().to_lowercase()), Some(*milestone));
        }
        assert_eq!(Milestone::from_code("MERGED"), None);
    }

    #[test]
    fn what_is_the_persons_alone_is_not_for_the_employer() {
        let private: Vec<&str> =
            Milestone::ALL.iter().filter(|known| !known.concerns_employer()).map(|known| known.code()).collect();
        assert_eq!(private, ["REJECTED", "RETURNED", "CREDITED", "PAID_OUT", "CORRECTED"]);
    }
}
