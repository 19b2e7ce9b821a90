//! 转出地.

use super::Answer::{Declined, Early, Refused, Stays, To};
use super::Cause::{Act, Local, Message};
use super::{NONE, Row, Stand, row};
use crate::domain::case::Holder;
use crate::domain::message::Kind::{
    ApplicationNotice, Cancellation, Clarification, CompletionNotice, ContactLetter, DelayNotice, FundsDiscrepancy,
    FundsReturn, ProgressQuery, ProgressReport, Receipt, Refusal, Reminder, SheetObjection,
};
use crate::domain::reasons::RefusalCode::{
    AmountDiffers, BadContent, IllegalState, LetterConflict, PersonDiffers, VersionConflict,
};

const CHECKING: &[&str] = &["CHECKING"];
/// A clock may ask for something in these.
const TIMED: &[&str] = &["HANDED_OVER", "CHECKING", "SHEET_ISSUED", "AWAITING_COMPLETION", "REOPENED"];
/// The sheet is out.
const ISSUED: &[&str] = &["SHEET_ISSUED", "AWAITING_COMPLETION", "REOPENED"];
/// The relation is ended here.
const LEFT: &[&str] = &["SHEET_ISSUED", "AWAITING_COMPLETION", "COMPLETED", "REOPENED", "PAYING_OUT", "PAID_OUT"];
/// The sheet is out, or the case is archived after it.
const SHEETED: &[&str] = &["SHEET_ISSUED", "AWAITING_COMPLETION", "COMPLETED", "REOPENED"];
const REOPENED: &[&str] = &["REOPENED"];
const CORRECTABLE: &[&str] = &["AWAITING_COMPLETION", "COMPLETED", "REOPENED"];
const COMPLETED: &[&str] = &["COMPLETED"];
/// 退付: a case without another agency; whoever writes about it is no party.
pub const ALONE: &[&str] = &["PAYOUT_OPENED", "PAYING_OUT", "PAID_OUT", "PAYOUT_WITHDRAWN"];
const OPENED: &[&str] = &["PAYOUT_OPENED"];
/// A payment to the person may have come back.
const PAYS_PERSON: &[&str] = &["SHEET_ISSUED", "AWAITING_COMPLETION", "REOPENED", "PAYING_OUT"];
/// The person's balance is this case's to move, or it is still open.
const OPEN: &[&str] =
    &["HANDED_OVER", "CHECKING", "SHEET_ISSUED", "AWAITING_COMPLETION", "REOPENED", "PAYOUT_OPENED", "PAYING_OUT"];
/// Closed with the relation and the balance where they were.
const UNMOVED: &[&str] = &["REJECTED", "RETURNED", "CANCELLED", "PAYOUT_WITHDRAWN"];
/// An application that was handed over; no letter yet.
const HANDED_OVER: &[&str] = &["HANDED_OVER"];
/// Every state of a case with a peer.
const ALL: &[&str] = &[
    "HANDED_OVER",
    "REJECTED",
    "CHECKING",
    "RETURNED",
    "SHEET_ISSUED",
    "AWAITING_COMPLETION",
    "CANCELLED",
    "COMPLETED",
    "REOPENED",
];
/// Every state, and before there is one.
const EVER: &[&str] = &[
    NONE,
    "HANDED_OVER",
    "REJECTED",
    "CHECKING",
    "RETURNED",
    "SHEET_ISSUED",
    "AWAITING_COMPLETION",
    "CANCELLED",
    "COMPLETED",
    "REOPENED",
    "PAYOUT_OPENED",
    "PAYING_OUT",
    "PAID_OUT",
    "PAYOUT_WITHDRAWN",
];
/// The application, if there was one, is answered.
const LATER_THAN_HANDED: &[&str] =
    &["REJECTED", "CHECKING", "RETURNED", "SHEET_ISSUED", "AWAITING_COMPLETION", "CANCELLED", "COMPLETED", "REOPENED"];
/// A letter of this case was taken before.
const LETTERED: &[&str] =
    &["CHECKING", "RETURNED", "SHEET_ISSUED", "AWAITING_COMPLETION", "CANCELLED", "COMPLETED", "REOPENED"];
/// An amended letter is taken only after a return.
const NOT_RETURNED: &[&str] =
    &["CHECKING", "SHEET_ISSUED", "AWAITING_COMPLETION", "CANCELLED", "COMPLETED", "REOPENED"];

pub const RELATION: &[Row] = &[
    row(&[NONE], Message(ContactLetter), To("SHEET_ISSUED"), ("核验通过", "the check passed")),
    row(&[NONE], Message(ContactLetter), To("RETURNED"), ("核验不通过", "the check did not pass")),
    row(&[NONE], Message(ContactLetter), To("CHECKING"), ("须人工核验", "a person must check")),
    row(&[NONE], Local("application"), To("HANDED_OVER"), ("转入地是另一机构", "the incoming agency is another one")),
    row(&[NONE], Local("application"), To("REJECTED"), ("本地登记已可判定不能转移", "the register here says no")),
    row(
        &[NONE],
        Local("application"),
        Stays,
        ("本机构是转入地，另立转入案件", "this agency is the incoming one: a case of its own"),
    ),
    row(&[NONE], Message(ApplicationNotice), Refused(BadContent), ("", "")),
    row(HANDED_OVER, Message(ContactLetter), To("SHEET_ISSUED"), ("核验通过", "the check passed")),
    row(HANDED_OVER, Message(ContactLetter), To("RETURNED"), ("核验不通过", "the check did not pass")),
    row(HANDED_OVER, Message(ContactLetter), To("CHECKING"), ("须人工核验", "a person must check")),
    row(HANDED_OVER, Message(ContactLetter), Refused(PersonDiffers), ("人员不符", "another person")),
    row(HANDED_OVER, Message(ContactLetter), Refused(VersionConflict), ("不是第 1 版", "not version 1")),
    row(HANDED_OVER, Message(ProgressReport), To("REJECTED"), ("转入地不予受理", "the incoming agency turned it down")),
    row(HANDED_OVER, Message(ProgressReport), Stays, ("其他进度", "any other progress")),
    row(HANDED_OVER, Message(Refusal), To("REJECTED"), ("拒绝处理通知单", "of the notice")),
    row(HANDED_OVER, Message(Refusal), Stays, ("拒绝处理其他消息", "of another message")),
    row(&[NONE], Message(Cancellation), Early, ("", "")),
    row(&[NONE], Message(CompletionNotice), Early, ("", "")),
    row(NOT_RETURNED, Message(ContactLetter), Stays, ("同一联系函", "the same letter")),
    row(
        &["RETURNED"],
        Message(ContactLetter),
        Stays,
        ("同一联系函，或更正后仍不通过", "the same letter, or amended and returned again"),
    ),
    row(
        LETTERED,
        Message(ContactLetter),
        Refused(LetterConflict),
        ("同一版本，内容不同", "the same version with other content"),
    ),
    row(NOT_RETURNED, Message(ContactLetter), Refused(IllegalState), ("更正的联系函", "an amended letter")),
    row(&["RETURNED"], Message(ContactLetter), To("SHEET_ISSUED"), ("更正后核验通过", "amended, the check passed")),
    row(&["RETURNED"], Message(ContactLetter), To("CHECKING"), ("更正后须人工核验", "amended, a person must check")),
    row(
        CHECKING,
        Local("look_again"),
        To("SHEET_ISSUED"),
        ("前一转移已结束，核验通过", "the earlier transfer has ended; the check passed"),
    ),
    row(
        CHECKING,
        Local("look_again"),
        To("RETURNED"),
        ("前一转移已结束，核验不通过", "the earlier transfer has ended; the check did not pass"),
    ),
    row(
        CHECKING,
        Local("look_again"),
        Stays,
        ("前一转移已结束，须人工核验", "the earlier transfer has ended; a person must check"),
    ),
    row(
        CHECKING,
        Local("look_again"),
        Declined("NOTHING_ENDED"),
        ("没有等待，或前一转移未结束", "it does not wait, or the earlier transfer has not ended"),
    ),
    row(CHECKING, Act("recheck"), To("SHEET_ISSUED"), ("核验通过", "the check passed")),
    row(CHECKING, Act("recheck"), To("RETURNED"), ("核验不通过", "the check did not pass")),
    row(CHECKING, Act("recheck"), Stays, ("仍须人工核验", "a person must still check")),
    row(CHECKING, Act("release"), To("SHEET_ISSUED"), ("审核放行，核验通过", "released; the check passed")),
    row(CHECKING, Act("release"), To("RETURNED"), ("审核放行，核验不通过", "released; the check did not pass")),
    row(
        CHECKING,
        Act("release"),
        Stays,
        ("须人工核验，放行不能代替", "a person must check; a release does not do that"),
    ),
    row(
        &["SHEET_ISSUED", "REOPENED"],
        Act("release"),
        Stays,
        ("付款审核放行，资金轨道前进", "the payment is released: the money track moves"),
    ),
    row(CHECKING, Act("return"), To("RETURNED"), ("", "")),
    row(CHECKING, Act("issue"), Stays, ("待另一人复核", "another person must confirm")),
    row(CHECKING, Act("payout"), Stays, ("待另一人复核", "another person must confirm")),
    row(&[NONE], Local("payout_open"), To("PAYOUT_OPENED"), ("有余额，已停保或退休", "a balance, insured no more")),
    row(&[NONE], Local("payout_open"), Declined("NOTHING_TO_PAY"), ("没有余额", "no balance")),
    row(&[NONE], Local("payout_open"), Declined("PAYOUT_STATUS"), ("仍在参保", "still insured")),
    row(
        OPEN,
        Local("payout_open"),
        Declined("PERSON_HAS_CASE"),
        ("余额由在办案件处理", "an open case has the balance"),
    ),
    row(
        &[NONE, "REJECTED", "RETURNED", "CANCELLED"],
        Local("payout_open"),
        Declined("PERSON_HAS_CASE"),
        ("另有转入本机构的业务在办", "a transfer of the person to this agency is open"),
    ),
    // A return that waits to be released binds nobody: whoever it was about may be found nowhere.
    row(
        CHECKING,
        Local("payout_open"),
        Stays,
        ("退回待审核，另立退付案件", "a return waits: a payout case of its own"),
    ),
    row(CHECKING, Local("payout_open"), Declined("PAYOUT_STATUS"), ("仍在参保", "still insured")),
    row(UNMOVED, Local("payout_open"), Stays, ("另立退付案件", "a payout case of its own")),
    row(UNMOVED, Local("payout_open"), Declined("PAYOUT_STATUS"), ("仍在参保", "still insured")),
    row(
        &["REJECTED", "RETURNED", "CANCELLED"],
        Local("payout_open"),
        Declined("NOTHING_TO_PAY"),
        ("没有余额", "no balance"),
    ),
    row(&["COMPLETED", "PAID_OUT"], Local("payout_open"), Declined("PAYOUT_STATUS"), ("", "")),
    row(CHECKING, Act("confirm"), Declined("NOTHING_TO_PAY"), ("退付，但没有余额", "a payout without a balance")),
    row(OPENED, Act("confirm"), To("PAYING_OUT"), ("另一人", "by another person")),
    row(OPENED, Act("confirm"), Declined("PAYOUT_STATUS"), ("又已参保", "insured again")),
    row(OPENED, Act("confirm"), Declined("SECOND_PERSON"), ("提出人自己复核", "by who proposed it")),
    row(OPENED, Act("withdraw"), To("PAYOUT_WITHDRAWN"), ("", "")),
    row(&["PAYING_OUT"], Local("statement"), To("PAID_OUT"), ("银行确认我方付款", "our bank has booked our payment")),
    row(
        &["PAYING_OUT"],
        Local("statement"),
        Stays,
        ("银行未受理或退回，或不是本案付款", "refused by the bank or given back, or not this payment"),
    ),
    row(&["PAID_OUT"], Local("statement"), To("PAYING_OUT"), ("银行退回", "our bank gave it back")),
    row(
        PAYS_PERSON,
        Act("payout"),
        Stays,
        ("退付未成：再付，待另一人复核", "it did not arrive: again; another person must confirm"),
    ),
    row(&["PAYING_OUT"], Act("confirm"), Stays, ("再次退付", "paid again")),
    row(&["PAYING_OUT"], Act("confirm"), Declined("SECOND_PERSON"), ("提出人自己复核", "by who proposed it")),
    row(&["PAYING_OUT"], Act("withdraw"), Stays, ("", "")),
    row(
        COMPLETED,
        Local("statement"),
        To("REOPENED"),
        ("银行退回退付款", "our bank gave a payment to the person back"),
    ),
    row(REOPENED, Local("statement"), To("COMPLETED"), ("再次退付由银行确认", "the person is paid after all")),
    row(CHECKING, Act("confirm"), To("SHEET_ISSUED"), ("核验通过", "the check passed")),
    row(CHECKING, Act("confirm"), To("RETURNED"), ("核验不通过", "the check did not pass")),
    row(CHECKING, Act("confirm"), Stays, ("仍须人工核验", "a person must still check")),
    row(CHECKING, Act("confirm"), Declined("SECOND_PERSON"), ("提出人自己复核", "by who proposed it")),
    row(CHECKING, Act("withdraw"), Stays, ("", "")),
    row(
        &["SHEET_ISSUED"],
        Message(Receipt),
        To("AWAITING_COMPLETION"),
        ("签收信息表，无资金", "of the sheet; no money"),
    ),
    row(
        &["SHEET_ISSUED"],
        Message(Receipt),
        Stays,
        ("签收信息表后划转，或签收其他消息", "of the sheet: the money track moves; or of another message"),
    ),
    row(
        &["SHEET_ISSUED"],
        Local("statement"),
        To("AWAITING_COMPLETION"),
        ("银行确认我方付款", "our bank has booked our payment"),
    ),
    row(
        &["SHEET_ISSUED"],
        Local("statement"),
        Stays,
        ("银行未受理或退汇，或不是我方付款", "refused by the bank or given back, or not a payment of ours"),
    ),
    row(
        &["AWAITING_COMPLETION"],
        Local("statement"),
        Stays,
        ("退汇，或重汇由银行确认", "given back, or booked once it was sent again"),
    ),
    row(
        &[
            NONE,
            "HANDED_OVER",
            "REJECTED",
            "CHECKING",
            "RETURNED",
            "CANCELLED",
            "COMPLETED",
            "PAYOUT_OPENED",
            "PAID_OUT",
            "PAYOUT_WITHDRAWN",
        ],
        Local("statement"),
        Stays,
        ("不涉及在途的付款", "not about a payment under way"),
    ),
    row(
        EVER,
        Local("statement"),
        Declined("PAYMENT_NOT_OPEN"),
        ("称未受理的付款不在途", "it calls a payment refused that is not under way"),
    ),
    row(ISSUED, Act("resend"), Stays, ("待另一人复核", "another person must confirm")),
    row(ISSUED, Act("confirm"), Stays, ("重汇或再次退付", "sent again, or paid to the person again")),
    row(ISSUED, Act("confirm"), Declined("SECOND_PERSON"), ("提出人自己复核", "by who proposed it")),
    row(ISSUED, Act("withdraw"), Stays, ("", "")),
    row(ISSUED, Message(SheetObjection), Stays, ("待更正信息表", "the sheet must be corrected")),
    row(ISSUED, Message(SheetObjection), Refused(VersionConflict), ("不是最新版信息表", "not of the latest sheet")),
    row(ISSUED, Message(SheetObjection), Refused(BadContent), ("不是本案信息表", "not of this case's sheet")),
    row(
        ISSUED,
        Act("correct"),
        Stays,
        ("发出下一版；更正金额的待另一人复核", "the next version is sent; another sum needs another person"),
    ),
    row(
        ISSUED,
        Act("correct"),
        Declined("MONEY_UNDER_WAY"),
        ("更正金额，而款项在途", "another sum while money is under way"),
    ),
    row(COMPLETED, Act("correct"), To("REOPENED"), ("更正缴费记录", "the record is corrected")),
    row(COMPLETED, Act("correct"), Stays, ("更正金额：待另一人复核", "another sum: another person must confirm")),
    row(COMPLETED, Act("confirm"), To("REOPENED"), ("更正金额", "another sum")),
    row(&["AWAITING_COMPLETION"], Act("confirm"), To("SHEET_ISSUED"), ("更正金额", "another sum")),
    row(
        CORRECTABLE,
        Act("confirm"),
        Declined("SHEET_CANNOT_BE_MADE"),
        ("更正金额，但登记不足以出表", "another sum; the register makes no valid sheet"),
    ),
    row(
        &["AWAITING_COMPLETION", "REOPENED"],
        Act("confirm"),
        Declined("MONEY_UNDER_WAY"),
        ("更正金额，其间款项有变动", "another sum; money moved meanwhile"),
    ),
    row(SHEETED, Act("correct"), Declined("NO_SUM_TO_CORRECT"), ("无可更正的金额", "there is no sum to correct")),
    row(COMPLETED, Act("confirm"), Declined("SECOND_PERSON"), ("提出人自己复核", "by who proposed it")),
    row(COMPLETED, Act("withdraw"), Stays, ("", "")),
    row(COMPLETED, Message(SheetObjection), To("REOPENED"), ("办结后异议", "in question after completion")),
    row(COMPLETED, Message(SheetObjection), Refused(VersionConflict), ("不是最新版信息表", "not of the latest sheet")),
    row(COMPLETED, Message(SheetObjection), Refused(BadContent), ("不是本案信息表", "not of this case's sheet")),
    row(
        ISSUED,
        Message(CompletionNotice),
        Stays,
        ("较早版信息表办结，更正在途", "of an earlier sheet; the correction is on its way"),
    ),
    row(
        COMPLETED,
        Act("correct"),
        Declined("SHEET_CANNOT_BE_MADE"),
        ("登记不足以出表", "the register makes no valid sheet"),
    ),
    row(
        REOPENED,
        Local("statement"),
        Stays,
        ("银行确认补划，或退差到账", "the supplement is booked, or the difference is here"),
    ),
    row(ISSUED, Message(FundsReturn), Refused(AmountDiffers), ("退差金额不符", "it is not the awaited difference")),
    row(
        ISSUED,
        Act("correct"),
        Declined("SHEET_CANNOT_BE_MADE"),
        ("登记不足以出表", "the register makes no valid sheet"),
    ),
    row(ISSUED, Message(CompletionNotice), To("COMPLETED"), ("资金轨道已结束", "the money track has ended")),
    row(
        ISSUED,
        Message(CompletionNotice),
        Early,
        ("银行尚未确认我方付款，或已退汇", "our bank has not booked our payment yet, or gave it back"),
    ),
    row(ISSUED, Message(CompletionNotice), Refused(AmountDiffers), ("金额与信息表不符", "it is not the sheet's sum")),
    row(ISSUED, Message(CompletionNotice), Refused(VersionConflict), ("不是最新版信息表", "not of the latest sheet")),
    row(ISSUED, Message(CompletionNotice), Refused(BadContent), ("不是本案信息表", "not of this case's sheet")),
    row(&["CHECKING", "RETURNED"], Message(Cancellation), To("CANCELLED"), ("", "")),
    row(
        &["SHEET_ISSUED", "AWAITING_COMPLETION"],
        Message(Cancellation),
        To("CANCELLED"),
        ("尚未划转", "nothing was remitted"),
    ),
    row(ISSUED, Message(Cancellation), Stays, ("已划转，答复不同意", "remitted: answered with a refusal")),
    row(&["CANCELLED"], Message(Cancellation), Stays, ("", "")),
    row(&["COMPLETED"], Message(Cancellation), Stays, ("", "")),
    row(&[NONE], Message(Reminder), Early, ("", "")),
    row(&[NONE], Message(DelayNotice), Early, ("", "")),
    row(&[NONE], Message(Clarification), Early, ("", "")),
    row(&[NONE], Message(ProgressQuery), Early, ("", "")),
    row(ALL, Message(Reminder), Stays, ("", "")),
    row(ALL, Message(DelayNotice), Stays, ("", "")),
    row(ALL, Message(Clarification), Stays, ("", "")),
    row(ALL, Message(ProgressQuery), Stays, ("", "")),
    row(LATER_THAN_HANDED, Message(ProgressReport), Stays, ("", "")),
    row(SHEETED, Message(FundsReturn), Stays, ("已划转，款项将退回", "money was remitted and comes back")),
    row(SHEETED, Message(FundsReturn), Refused(IllegalState), ("没有划转", "no money was remitted")),
    row(SHEETED, Message(FundsReturn), Refused(BadContent), ("没有退回的付款参考号", "it names no payment back")),
    row(SHEETED, Message(FundsDiscrepancy), Stays, ("已划转", "money was remitted")),
    row(SHEETED, Message(FundsDiscrepancy), Refused(IllegalState), ("没有划转", "no money was remitted")),
    row(LEFT, Local("register"), Declined("TRANSFERRED_OUT"), ("只是原状态", "the old state, nothing new")),
    row(
        LEFT,
        Local("register"),
        Stays,
        ("更正身份、登记死亡，或办结后再次参保", "an identity corrected, a death, or a new enrolment after the end"),
    ),
    row(TIMED, Local("chase"), Stays, ("到期提醒、催办或督办", "a warning, a reminder or a task")),
    row(TIMED, Local("chase"), Declined("NOT_OVERDUE"), ("今天无须催办", "nothing is asked for today")),
];

pub const MONEY: &[Row] = &[
    row(&[NONE], Message(ContactLetter), To("FROZEN"), ("有余额", "there is a balance")),
    row(&[NONE], Message(ContactLetter), To("NOTHING_TO_REMIT"), ("无余额或无账户", "no balance or no account")),
    row(&[NONE], Act("release"), To("FROZEN"), ("有余额", "there is a balance")),
    row(&[NONE], Act("release"), To("NOTHING_TO_REMIT"), ("无余额或无账户", "no balance or no account")),
    row(&["FROZEN"], Act("release"), To("PAYING_PERSON"), ("退付本人", "the balance goes to the person")),
    row(&["FROZEN"], Act("release"), To("REMITTING"), ("划转转入地", "the balance goes to the incoming agency")),
    row(&[NONE], Local("look_again"), To("FROZEN"), ("有余额", "there is a balance")),
    row(&[NONE], Local("look_again"), To("NOTHING_TO_REMIT"), ("无余额或无账户", "no balance or no account")),
    row(&[NONE], Act("recheck"), To("FROZEN"), ("有余额", "there is a balance")),
    row(&[NONE], Act("recheck"), To("NOTHING_TO_REMIT"), ("无余额或无账户", "no balance or no account")),
    row(&[NONE], Act("confirm"), To("FROZEN"), ("有余额", "there is a balance")),
    row(&[NONE], Act("confirm"), To("NOTHING_TO_REMIT"), ("无余额或无账户", "no balance or no account")),
    row(&[NONE], Local("payout_open"), To("FROZEN"), ("", "")),
    row(&["FROZEN"], Act("confirm"), To("PAYING_PERSON"), ("", "")),
    row(&["FROZEN"], Act("withdraw"), To("RELEASED"), ("", "")),
    row(&["FROZEN"], Message(Receipt), To("PAYING_PERSON"), ("退付本人", "the balance goes to the person")),
    row(&["PAYING_PERSON"], Local("statement"), To("PAID_TO_PERSON"), ("银行确认", "booked by our bank")),
    row(
        &["PAYING_PERSON", "PAID_TO_PERSON"],
        Local("statement"),
        To("PAYOUT_FAILED"),
        ("银行未受理或退回", "refused by our bank, or given back"),
    ),
    row(
        &["PAYOUT_FAILED"],
        Local("statement"),
        To("PAID_TO_PERSON"),
        ("未受理的付款仍被记账", "booked, though it was called refused"),
    ),
    row(&["PAYOUT_FAILED"], Act("confirm"), To("PAYING_PERSON"), ("两人再付", "paid again by two persons")),
    row(&["FROZEN"], Message(Receipt), To("REMITTING"), ("划转转入地", "the balance goes to the incoming agency")),
    row(&["FROZEN"], Message(Cancellation), To("RELEASED"), ("", "")),
    row(&["REMITTING"], Local("statement"), To("REMITTED"), ("银行确认", "booked by our bank")),
    row(
        &["REMITTING"],
        Local("statement"),
        To("REMIT_FAILED"),
        ("银行未受理，或退汇先于记账", "refused, or given back before the booking was here"),
    ),
    row(
        &["REMITTED"],
        Local("statement"),
        To("REMIT_FAILED"),
        ("银行退汇，或转入地退回", "given back by the bank or the incoming agency"),
    ),
    row(
        &["REMITTING", "REMITTED"],
        Message(FundsReturn),
        To("REMIT_FAILED"),
        ("转入地退回，款项已到", "sent back by the incoming agency; the money is here"),
    ),
    row(
        &["REMIT_FAILED"],
        Local("statement"),
        To("REMITTED"),
        ("未受理的付款仍被记账", "booked, though it was called refused"),
    ),
    row(&["REMIT_FAILED"], Act("confirm"), To("REMITTING"), ("两人重汇", "sent again by two persons")),
    row(&["REMITTED"], Message(CompletionNotice), To("CONFIRMED"), ("", "")),
    row(
        &["REMITTED", "CONFIRMED", "NOTHING_TO_REMIT"],
        Act("confirm"),
        To("FROZEN"),
        ("更正后增加", "corrected to more"),
    ),
    row(&["REMITTED", "CONFIRMED"], Act("confirm"), To("REFUND_AWAITED"), ("更正后减少", "corrected to less")),
    row(&["CONFIRMED"], Act("correct"), To("REMITTED"), ("只更正记录", "the record only")),
    row(&["CONFIRMED"], Message(SheetObjection), To("REMITTED"), ("", "")),
    row(&["REFUND_AWAITED"], Local("statement"), To("REMITTED"), ("退差到账", "the difference is here")),
    row(&["REFUND_AWAITED"], Local("statement"), To("NOTHING_TO_REMIT"), ("全额退回", "all of it is here")),
    row(
        &["REFUND_AWAITED"],
        Message(FundsReturn),
        To("NOTHING_TO_REMIT"),
        ("全额已先到账", "all of it was here before"),
    ),
    row(&["REFUND_AWAITED"], Message(FundsReturn), To("REMITTED"), ("退差已先到账", "the difference was here before")),
];

const ENDED: &[&str] = &["NOTHING_TO_REMIT", "REMITTED", "PAID_TO_PERSON"];

pub const STANDS: &[Stand] = &[
    Stand { relation: "HANDED_OVER", money: &[NONE], holders: &[Holder::Peer] },
    Stand { relation: "REJECTED", money: &[NONE], holders: &[Holder::Nobody] },
    Stand { relation: "CHECKING", money: &[NONE], holders: &[Holder::Own] },
    Stand { relation: "RETURNED", money: &[NONE], holders: &[Holder::Nobody] },
    // Own: an objection waits for a corrected sheet.
    Stand { relation: "SHEET_ISSUED", money: &["NOTHING_TO_REMIT", "FROZEN"], holders: &[Holder::Peer, Holder::Own] },
    Stand { relation: "SHEET_ISSUED", money: &["REMITTING", "PAYING_PERSON"], holders: &[Holder::Bank, Holder::Own] },
    Stand { relation: "SHEET_ISSUED", money: &["REMIT_FAILED"], holders: &[Holder::Peer, Holder::Own] },
    Stand { relation: "SHEET_ISSUED", money: &["PAYOUT_FAILED"], holders: &[Holder::Own] },
    Stand { relation: "AWAITING_COMPLETION", money: &["PAYOUT_FAILED"], holders: &[Holder::Own] },
    Stand { relation: "REOPENED", money: &["PAYOUT_FAILED"], holders: &[Holder::Own] },
    // The bank gave the money back, and another attempt is made.
    Stand {
        relation: "AWAITING_COMPLETION",
        money: &["REMITTING", "PAYING_PERSON"],
        holders: &[Holder::Bank, Holder::Own],
    },
    Stand { relation: "AWAITING_COMPLETION", money: &["REMIT_FAILED"], holders: &[Holder::Peer, Holder::Own] },
    Stand { relation: "AWAITING_COMPLETION", money: ENDED, holders: &[Holder::Peer, Holder::Own] },
    Stand { relation: "SHEET_ISSUED", money: &["REFUND_AWAITED", "REMITTED"], holders: &[Holder::Peer, Holder::Own] },
    Stand { relation: "AWAITING_COMPLETION", money: &["REFUND_AWAITED"], holders: &[Holder::Peer, Holder::Own] },
    Stand { relation: "REOPENED", money: &["FROZEN", "REMIT_FAILED"], holders: &[Holder::Peer, Holder::Own] },
    Stand { relation: "REOPENED", money: &["REMITTING", "PAYING_PERSON"], holders: &[Holder::Bank, Holder::Own] },
    Stand { relation: "REOPENED", money: &["REFUND_AWAITED"], holders: &[Holder::Peer, Holder::Own] },
    Stand { relation: "REOPENED", money: ENDED, holders: &[Holder::Peer, Holder::Own] },
    Stand { relation: "CANCELLED", money: &[NONE, "NOTHING_TO_REMIT", "RELEASED"], holders: &[Holder::Nobody] },
    Stand {
        relation: "COMPLETED",
        money: &["NOTHING_TO_REMIT", "CONFIRMED", "PAID_TO_PERSON"],
        holders: &[Holder::Nobody],
    },
    Stand { relation: "PAYOUT_OPENED", money: &["FROZEN"], holders: &[Holder::Own] },
    Stand { relation: "PAYING_OUT", money: &["PAYING_PERSON"], holders: &[Holder::Bank] },
    Stand { relation: "PAYING_OUT", money: &["PAYOUT_FAILED"], holders: &[Holder::Own] },
    Stand { relation: "PAID_OUT", money: &["PAID_TO_PERSON"], holders: &[Holder::Nobody] },
    Stand { relation: "PAYOUT_WITHDRAWN", money: &["RELEASED"], holders: &[Holder::Nobody] },
];
