//! 转入地.

use super::Answer::{Declined, Early, Refused, Stays, To};
use super::Cause::{Act, Local, Message};
use super::{NONE, Row, Stand, row};
use crate::domain::case::Holder;
use crate::domain::message::Kind::{
    ApplicationNotice, Cancellation, CancellationReply, Clarification, CompletionNotice, ContactLetter, DelayNotice,
    FundsReturn, InformationSheet, LetterReturn, ProgressQuery, ProgressReport, Receipt, Reminder, RemittanceNotice,
};
use crate::domain::reasons::RefusalCode::{AmountDiffers, BadContent, IllegalState, PersonDiffers, VersionConflict};

/// Every state of a case.
const ALL: &[&str] = &[
    "APPLIED",
    "REJECTED",
    "LETTER_SENT",
    "OUTGOING_WORKING",
    "LETTER_RETURNED",
    "CLOSED",
    "SHEET_RECEIVED",
    "SHEET_DISPUTED",
    "RELATION_MERGED",
    "CANCELLING",
    "CANCELLED",
    "COMPLETED",
    "REOPENED",
];
/// The letter is with the outgoing agency; no sheet yet.
const WAITING: &[&str] = &["LETTER_SENT", "OUTGOING_WORKING"];
const UNMERGED: &[&str] = &["SHEET_RECEIVED", "SHEET_DISPUTED"];
/// Money that cannot be credited may lie in suspense.
const WITH_MONEY: &[&str] = &["SHEET_RECEIVED", "SHEET_DISPUTED", "RELATION_MERGED", "COMPLETED", "REOPENED"];
/// Money may have been announced.
const PAYABLE: &[&str] = &["SHEET_RECEIVED", "SHEET_DISPUTED", "RELATION_MERGED", "CANCELLING", "REOPENED"];
const SHEETED: &[&str] = &["SHEET_RECEIVED", "SHEET_DISPUTED", "RELATION_MERGED", "REOPENED"];
/// A cancellation may still be asked for.
const CANCELLABLE: &[&str] = &["SHEET_RECEIVED", "SHEET_DISPUTED", "RELATION_MERGED"];
/// A sheet is here, and a corrected one may follow.
const CORRECTABLE: &[&str] = &["SHEET_RECEIVED", "SHEET_DISPUTED", "RELATION_MERGED", "COMPLETED", "REOPENED"];
const REOPENED: &[&str] = &["REOPENED"];
/// A clock of ours may run out in these.
const TIMED: &[&str] = &[
    "APPLIED",
    "LETTER_SENT",
    "OUTGOING_WORKING",
    "SHEET_RECEIVED",
    "SHEET_DISPUTED",
    "RELATION_MERGED",
    "CANCELLING",
    "REOPENED",
];
const CANCELLING: &[&str] = &["CANCELLING"];

const EARLIER: (&str, &str) = ("信息表尚未到达", "the sheet has not come yet");
const CREDITED: (&str, &str) = ("入账，金额未更正", "credited; the sum was not corrected");
const MORE: (&str, &str) = ("入账，其间更正增加", "credited; it was corrected to more meanwhile");
const NEXT: (&str, &str) = ("入账，轮到已通知的补划", "credited; an announced supplement is next");
const LESS: (&str, &str) = ("入账，其间更正减少", "credited; it was corrected to less meanwhile");
const NOTED: (&str, &str) = (
    "资金轨道前进；补划留待前一笔入账",
    "the money track moves; a supplement waits until what came before is credited",
);
const FUNDS_KNOWN: (&str, &str) = ("无资金，或已通知划转", "no money is expected, or it was announced before");

pub const RELATION: &[Row] = &[
    row(&[NONE], Local("application"), To("LETTER_SENT"), ("本地在保，予以受理", "insured here: accepted")),
    row(&[NONE], Local("application"), To("REJECTED"), ("不符合受理条件", "the conditions are not met")),
    row(
        &[NONE],
        Message(ApplicationNotice),
        To("LETTER_SENT"),
        ("转出地转交，本地在保，予以受理", "handed over; insured here: accepted"),
    ),
    row(
        &[NONE],
        Message(ApplicationNotice),
        To("REJECTED"),
        ("转出地转交，不符合受理条件", "handed over; the conditions are not met"),
    ),
    row(
        &[NONE],
        Local("application"),
        To("APPLIED"),
        ("符合条件，须由经办人受理", "the conditions are met; a person must accept it"),
    ),
    row(
        &[NONE],
        Message(ApplicationNotice),
        To("APPLIED"),
        ("转出地转交，符合条件，须由经办人受理", "handed over; the conditions are met, a person must accept it"),
    ),
    row(&["APPLIED"], Act("release"), To("LETTER_SENT"), ("受理发函", "accepted; the letter leaves")),
    row(
        &["APPLIED"],
        Act("release"),
        Declined("NOT_ACCEPTABLE"),
        ("按现在的登记不能受理", "the register as it is now does not allow it"),
    ),
    row(&["APPLIED"], Act("reject"), To("REJECTED"), ("", "")),
    row(&[NONE], Message(Cancellation), Early, ("", "")),
    row(&[NONE], Message(CompletionNotice), Early, ("", "")),
    row(&[NONE], Message(ContactLetter), Refused(BadContent), ("", "")),
    row(ALL, Message(ContactLetter), Refused(BadContent), ("", "")),
    row(&["LETTER_SENT"], Message(Receipt), To("OUTGOING_WORKING"), ("签收联系函", "of the letter")),
    row(
        &["LETTER_SENT"],
        Message(Receipt),
        Stays,
        ("联系函未被接受，或签收其他消息", "the letter was refused, or of another message"),
    ),
    row(WAITING, Message(LetterReturn), To("LETTER_RETURNED"), ("可更正", "can be mended")),
    row(WAITING, Message(LetterReturn), To("CLOSED"), ("不可更正", "cannot be mended")),
    row(WAITING, Message(LetterReturn), Refused(VersionConflict), ("不是最新版联系函", "not of the latest letter")),
    row(WAITING, Message(InformationSheet), To("RELATION_MERGED"), ("核对无误，待资金", "verified; money is awaited")),
    row(WAITING, Message(InformationSheet), To("COMPLETED"), ("核对无误，无资金", "verified; no money")),
    row(WAITING, Message(InformationSheet), To("SHEET_RECEIVED"), ("须人工核对", "a person must verify it")),
    row(WAITING, Message(InformationSheet), Refused(VersionConflict), ("不是第 1 版", "not version 1")),
    row(WAITING, Message(InformationSheet), Refused(PersonDiffers), ("人员不符", "another person")),
    row(WAITING, Message(RemittanceNotice), Early, ("", "")),
    row(&["LETTER_RETURNED"], Act("amend"), To("LETTER_SENT"), ("收款账户不变", "the payee stays")),
    row(
        &["LETTER_RETURNED"],
        Act("amend"),
        Stays,
        ("更换收款账户：待另一人复核", "the payee changes: another person must confirm"),
    ),
    row(&["LETTER_RETURNED"], Act("confirm"), To("LETTER_SENT"), ("更换收款账户", "the payee changes")),
    row(&["LETTER_RETURNED"], Act("confirm"), Declined("SECOND_PERSON"), ("提出人自己复核", "by who proposed it")),
    row(&["LETTER_RETURNED"], Act("withdraw"), Stays, ("", "")),
    row(&["LETTER_RETURNED"], Act("close"), To("CLOSED"), ("", "")),
    row(&["SHEET_RECEIVED"], Act("accept"), To("RELATION_MERGED"), ("待资金", "money is awaited")),
    row(&["SHEET_RECEIVED"], Act("accept"), To("COMPLETED"), ("无资金，或款项已匹配", "no money, or it is matched")),
    row(&["SHEET_RECEIVED"], Act("accept"), Declined("SHEET_FAULT"), ("信息表不合规范", "the sheet breaks its rules")),
    row(&["SHEET_RECEIVED"], Act("object"), To("SHEET_DISPUTED"), ("", "")),
    row(
        UNMERGED,
        Message(InformationSheet),
        To("RELATION_MERGED"),
        ("下一版核对无误，待资金", "the next version is verified; money is awaited"),
    ),
    row(
        UNMERGED,
        Message(InformationSheet),
        To("COMPLETED"),
        ("下一版核对无误，资金已了结", "the next version is verified, no money is awaited"),
    ),
    row(
        &["SHEET_DISPUTED"],
        Message(InformationSheet),
        To("SHEET_RECEIVED"),
        ("下一版仍须人工核对", "a person must verify the next version"),
    ),
    row(
        &["SHEET_RECEIVED"],
        Message(InformationSheet),
        Stays,
        ("下一版仍须人工核对", "a person must verify the next version"),
    ),
    row(
        &["RELATION_MERGED"],
        Message(InformationSheet),
        Stays,
        ("下一版核对无误，按新版合并", "the next version is verified and merged anew"),
    ),
    row(
        &["RELATION_MERGED"],
        Message(InformationSheet),
        To("SHEET_RECEIVED"),
        ("下一版须人工核对，原年限照旧", "a person must verify the next version; what was merged stands"),
    ),
    row(
        &["RELATION_MERGED"],
        Message(InformationSheet),
        To("COMPLETED"),
        ("下一版核对无误，不再有资金", "the next version is verified, no money is awaited any more"),
    ),
    row(
        &["COMPLETED"],
        Message(InformationSheet),
        Stays,
        (
            "办结后更正，金额不变：重新合并并反馈",
            "corrected after completion, the same sum: merged and confirmed again",
        ),
    ),
    row(
        &["COMPLETED"],
        Message(InformationSheet),
        To("REOPENED"),
        ("办结后更正，须人工核对或有差额", "corrected after completion: a person must look, or a difference moves"),
    ),
    row(REOPENED, Message(InformationSheet), To("COMPLETED"), ("更正核对无误，无差额", "verified, and no difference")),
    row(
        REOPENED,
        Message(InformationSheet),
        Stays,
        ("须人工核对或有差额", "a person must look, or a difference moves"),
    ),
    row(CORRECTABLE, Message(InformationSheet), Refused(VersionConflict), ("不是下一版", "not the next version")),
    row(CORRECTABLE, Message(InformationSheet), Refused(PersonDiffers), ("人员不符", "another person")),
    row(
        CORRECTABLE,
        Message(InformationSheet),
        Refused(AmountDiffers),
        ("资金处理方式不能这样更正", "the way of the money cannot be corrected so"),
    ),
    row(&["COMPLETED"], Act("object"), To("REOPENED"), ("", "")),
    row(REOPENED, Act("object"), Stays, ("", "")),
    row(REOPENED, Act("accept"), To("COMPLETED"), ("无差额", "no difference")),
    row(REOPENED, Act("accept"), Stays, ("差额待划转或冲正", "a difference is awaited, or to be reversed")),
    row(REOPENED, Act("accept"), Declined("SHEET_FAULT"), ("信息表不合规范", "the sheet breaks its rules")),
    row(&["RELATION_MERGED", "REOPENED"], Act("reverse"), Stays, ("待另一人复核", "another person must confirm")),
    row(REOPENED, Act("match"), To("COMPLETED"), ("建议匹配经一人确认", "what was proposed, confirmed by one person")),
    row(REOPENED, Act("release"), To("COMPLETED"), ("办结审核放行", "the completion is released")),
    row(REOPENED, Act("release"), Stays, ("合并或入账审核放行", "the merge or the credit is released")),
    row(REOPENED, Act("credit"), Stays, ("待另一人复核", "another person must confirm")),
    row(REOPENED, Act("confirm"), To("COMPLETED"), ("补划入账", "the supplement is credited")),
    row(REOPENED, Message(RemittanceNotice), Stays, NOTED),
    row(REOPENED, Message(RemittanceNotice), To("COMPLETED"), ("补划已先到账", "the supplement was here before")),
    row(
        REOPENED,
        Local("statement"),
        To("COMPLETED"),
        ("补划到账，或退差已付出", "the supplement came, or the difference left"),
    ),
    row(REOPENED, Local("statement"), Stays, ("尚未齐或不符", "not all of it, or not as announced")),
    row(UNMERGED, Message(RemittanceNotice), Stays, NOTED),
    row(&["RELATION_MERGED"], Message(RemittanceNotice), Stays, NOTED),
    row(PAYABLE, Message(FundsReturn), Stays, ("通知的付款未到", "the announced payment did not arrive")),
    row(PAYABLE, Message(FundsReturn), Refused(IllegalState), ("没有在途的付款", "no announced payment is under way")),
    row(PAYABLE, Message(FundsReturn), Refused(BadContent), ("不是所通知的付款", "it is not the announced payment")),
    row(PAYABLE, Message(FundsReturn), Refused(AmountDiffers), ("金额与通知不符", "it is not the announced sum")),
    row(
        &["RELATION_MERGED"],
        Message(RemittanceNotice),
        To("COMPLETED"),
        ("款项已先到账", "the money was here before"),
    ),
    row(SHEETED, Message(RemittanceNotice), Refused(AmountDiffers), ("与信息表不一致", "it is not the sheet's sum")),
    row(SHEETED, Message(RemittanceNotice), Refused(IllegalState), FUNDS_KNOWN),
    row(
        &["RELATION_MERGED"],
        Local("statement"),
        To("COMPLETED"),
        ("到账合计与通知一致", "the lines are what was announced"),
    ),
    row(&["RELATION_MERGED"], Local("statement"), Stays, ("尚未齐或不符", "not all of it, or not as announced")),
    row(WAITING, Act("cancel"), To("CANCELLING"), ("", "")),
    row(CANCELLABLE, Act("cancel"), To("CANCELLING"), ("尚未通知划转", "as long as no money is announced")),
    row(&["SHEET_RECEIVED"], Act("release"), To("RELATION_MERGED"), ("合并审核放行", "the merge is released")),
    row(
        &["SHEET_RECEIVED"],
        Act("release"),
        To("COMPLETED"),
        ("合并审核放行，资金已了结", "the merge is released; no money is awaited"),
    ),
    row(&["SHEET_RECEIVED"], Act("release"), Stays, ("放行时核对已不能通过", "it does not verify any more")),
    row(&["RELATION_MERGED"], Act("release"), To("COMPLETED"), ("办结审核放行", "the completion is released")),
    row(
        &["RELATION_MERGED"],
        Act("release"),
        Stays,
        (
            "入账审核放行，待办结；或登记已变，不能入账",
            "the credit is released, the completion waits; or the register does not allow it any more",
        ),
    ),
    row(CANCELLING, Message(CancellationReply), To("CANCELLED"), ("同意", "agreed")),
    row(
        CANCELLING,
        Message(CancellationReply),
        Refused(IllegalState),
        ("同意，但已通知划转", "agreed, though money was announced"),
    ),
    row(
        CANCELLING,
        Message(CancellationReply),
        To("LETTER_SENT"),
        ("不同意，原为联系函已发", "refused; it stood at letter sent"),
    ),
    row(
        CANCELLING,
        Message(CancellationReply),
        To("OUTGOING_WORKING"),
        ("不同意，原为转出地办理中", "refused; the outgoing agency is at work"),
    ),
    row(
        CANCELLING,
        Message(CancellationReply),
        To("LETTER_RETURNED"),
        ("不同意，其间联系函被退回", "refused; the letter came back meanwhile"),
    ),
    row(
        CANCELLING,
        Message(CancellationReply),
        To("CLOSED"),
        ("不同意，其间被最终退回", "refused; the letter came back for good"),
    ),
    row(
        CANCELLING,
        Message(CancellationReply),
        To("SHEET_RECEIVED"),
        ("不同意，信息表须人工核对", "refused; a person must verify the sheet"),
    ),
    row(
        CANCELLING,
        Message(CancellationReply),
        To("SHEET_DISPUTED"),
        ("不同意，原为有异议", "refused; the sheet is disputed"),
    ),
    row(
        CANCELLING,
        Message(CancellationReply),
        To("RELATION_MERGED"),
        ("不同意，年限合并，待资金", "refused; merged, money is awaited"),
    ),
    row(
        CANCELLING,
        Message(CancellationReply),
        To("COMPLETED"),
        ("不同意，两条轨道均已结束", "refused; both tracks have ended"),
    ),
    row(CANCELLING, Message(LetterReturn), Stays, ("联系函尚待答复", "the letter was not answered yet")),
    row(CANCELLING, Message(LetterReturn), Refused(VersionConflict), ("不是最新版联系函", "not of the latest letter")),
    row(CANCELLING, Message(LetterReturn), Refused(IllegalState), ("联系函已有答复", "the letter is answered")),
    row(CANCELLING, Message(InformationSheet), Stays, ("收下，暂不合并", "taken, not merged yet")),
    row(CANCELLING, Message(InformationSheet), Refused(VersionConflict), ("不是下一版", "not the next version")),
    row(CANCELLING, Message(InformationSheet), Refused(PersonDiffers), ("人员不符", "another person")),
    row(
        CANCELLING,
        Message(InformationSheet),
        Refused(AmountDiffers),
        ("资金处理方式不能这样更正", "the way of the money cannot be corrected so"),
    ),
    row(
        CANCELLING,
        Message(InformationSheet),
        Refused(IllegalState),
        ("已合并或已退回", "merged, or the letter came back"),
    ),
    row(CANCELLING, Message(RemittanceNotice), Early, EARLIER),
    row(
        CANCELLING,
        Message(RemittanceNotice),
        Stays,
        ("资金轨道前进，不入账", "the money track moves, nothing is credited"),
    ),
    row(CANCELLING, Message(RemittanceNotice), Refused(AmountDiffers), ("与信息表不一致", "it is not the sheet's sum")),
    row(CANCELLING, Message(RemittanceNotice), Refused(IllegalState), FUNDS_KNOWN),
    row(&[NONE], Message(Reminder), Early, ("", "")),
    row(&[NONE], Message(DelayNotice), Early, ("", "")),
    row(&[NONE], Message(Clarification), Early, ("", "")),
    row(&[NONE], Message(ProgressQuery), Early, ("", "")),
    row(ALL, Message(Reminder), Stays, ("", "")),
    row(ALL, Message(DelayNotice), Stays, ("", "")),
    row(ALL, Message(Clarification), Stays, ("", "")),
    row(ALL, Message(ProgressQuery), Stays, ("", "")),
    row(ALL, Message(ProgressReport), Stays, ("", "")),
    row(
        SHEETED,
        Act("match"),
        Stays,
        (
            "待另一人复核；或建议匹配已确认，尚未入账",
            "another person must confirm; or a proposal confirmed, not credited yet",
        ),
    ),
    row(
        &["RELATION_MERGED"],
        Act("match"),
        To("COMPLETED"),
        ("建议匹配经一人确认", "what was proposed, confirmed by one person"),
    ),
    row(SHEETED, Act("match"), Declined("MATCH_SUM"), ("合计与通知不相等", "the sum is not what was announced")),
    row(SHEETED, Act("match"), Declined("LINE_NOT_WAITING"), ("没有这笔待匹配的流水", "no such line waits")),
    row(&["RELATION_MERGED"], Act("credit"), Stays, ("待另一人复核", "another person must confirm")),
    row(&["RELATION_MERGED"], Act("confirm"), To("COMPLETED"), ("匹配并入账", "matched and credited")),
    row(SHEETED, Act("confirm"), Stays, ("款项已匹配而未入账，或退回", "matched and not credited yet, or sent back")),
    row(SHEETED, Act("confirm"), Declined("SECOND_PERSON"), ("提出人自己复核", "by who proposed it")),
    row(SHEETED, Act("withdraw"), Stays, ("", "")),
    row(WITH_MONEY, Act("send-back"), Stays, ("待另一人复核", "another person must confirm")),
    row(
        WITH_MONEY,
        Act("send-back"),
        Declined("LINE_NOT_OF_CASE"),
        ("没有写明本案的流水", "no such line names the case"),
    ),
    row(&["COMPLETED"], Act("confirm"), Stays, ("退回", "sent back")),
    row(&["COMPLETED"], Act("confirm"), Declined("SECOND_PERSON"), ("提出人自己复核", "by who proposed it")),
    row(&["COMPLETED"], Act("withdraw"), Stays, ("", "")),
    row(TIMED, Local("chase"), Stays, ("到期提醒、催办或督办", "a warning, a reminder or a task")),
    row(TIMED, Local("chase"), Declined("NOT_OVERDUE"), ("今天无须催办", "nothing is asked for today")),
];

pub const MONEY: &[Row] = &[
    row(&[NONE], Message(InformationSheet), To("EXPECTED"), ("信息表载明金额", "the sheet names a sum")),
    row(&[NONE], Message(InformationSheet), To("NOT_EXPECTED"), ("无资金划转", "no money moves")),
    row(&["EXPECTED"], Message(RemittanceNotice), To("REMITTED"), ("款项未到", "no line has come")),
    row(&["EXPECTED"], Message(RemittanceNotice), To("DISCREPANT"), ("先到款项不符", "lines came before and differ")),
    row(
        &["EXPECTED"],
        Message(RemittanceNotice),
        To("MATCHED"),
        ("先到款项相符，不能入账", "lines came before and agree; not to be credited yet"),
    ),
    row(
        &["EXPECTED"],
        Message(RemittanceNotice),
        To("CREDITED"),
        ("先到款项相符，年限已合并", "lines came before and agree; merged"),
    ),
    row(&["EXPECTED"], Message(CancellationReply), To("NOT_EXPECTED"), ("", "")),
    row(&["DISCREPANT"], Act("confirm"), To("RETURNED"), ("两人退回", "sent back by two persons")),
    row(&["REMITTED", "DISCREPANT"], Message(FundsReturn), To("RETURNED"), ("", "")),
    row(&["RETURNED"], Message(RemittanceNotice), To("REMITTED"), ("重汇，款项未到", "sent again; no line has come")),
    row(
        &["RETURNED"],
        Message(RemittanceNotice),
        To("DISCREPANT"),
        ("重汇，先到款项不符", "sent again; lines came before and differ"),
    ),
    row(
        &["RETURNED"],
        Message(RemittanceNotice),
        To("MATCHED"),
        ("重汇，先到款项相符，不能入账", "sent again; lines came before and agree; not to be credited yet"),
    ),
    row(
        &["RETURNED"],
        Message(RemittanceNotice),
        To("CREDITED"),
        ("重汇，先到款项相符，年限已合并", "sent again; lines came before and agree; merged"),
    ),
    row(&["REMITTED"], Local("statement"), To("DISCREPANT"), ("合计或付款方不符", "sum or payer differs")),
    row(
        &["REMITTED", "DISCREPANT"],
        Local("statement"),
        To("MATCHED"),
        ("合计相符，不能入账", "the sum agrees; not to be credited yet"),
    ),
    row(
        &["REMITTED", "DISCREPANT"],
        Local("statement"),
        To("CREDITED"),
        ("合计相符，年限已合并", "the sum agrees; merged"),
    ),
    row(
        &["REMITTED"],
        Act("match"),
        To("MATCHED"),
        ("建议匹配经一人确认，不能入账", "proposed and confirmed; not to be credited yet"),
    ),
    row(&["REMITTED"], Act("match"), To("CREDITED"), ("建议匹配经一人确认", "proposed, confirmed by one person")),
    row(&["REMITTED", "DISCREPANT"], Act("confirm"), To("MATCHED"), ("两人匹配", "matched by two persons")),
    row(
        &["REMITTED", "DISCREPANT", "MATCHED"],
        Act("confirm"),
        To("CREDITED"),
        ("两人匹配或入账", "matched or credited by two persons"),
    ),
    row(&["MATCHED"], Act("accept"), To("CREDITED"), CREDITED),
    row(
        &["MATCHED"],
        Message(RemittanceNotice),
        To("REMITTED"),
        ("前一笔现在可以入账，轮到补划", "what came before can be credited now, and it is the supplement's turn"),
    ),
    row(
        &["DISCREPANT"],
        Message(RemittanceNotice),
        To("MATCHED"),
        (
            "多出的款项是补划的；其余相符，不能入账",
            "what was too much is the supplement's; the rest agrees, no credit yet",
        ),
    ),
    row(
        &["DISCREPANT"],
        Message(RemittanceNotice),
        To("REMITTED"),
        ("多出的款项是补划的；其余相符并入账，轮到补划", "what was too much is the supplement's; the rest is credited"),
    ),
    row(&["DISCREPANT", "MATCHED"], Act("confirm"), To("REMITTED"), NEXT),
    row(&["DISCREPANT"], Local("statement"), To("REMITTED"), NEXT),
    row(&["MATCHED"], Message(CancellationReply), To("REMITTED"), NEXT),
    row(&["MATCHED"], Message(InformationSheet), To("REMITTED"), NEXT),
    row(&["MATCHED"], Act("accept"), To("REMITTED"), NEXT),
    row(&["MATCHED"], Act("release"), To("REMITTED"), NEXT),
    row(&["CREDITED"], Message(InformationSheet), To("EXPECTED"), ("更正后增加", "corrected to more")),
    row(&["CREDITED"], Message(InformationSheet), To("TO_REVERSE"), ("更正后减少", "corrected to less")),
    row(&["NOT_EXPECTED"], Message(InformationSheet), To("EXPECTED"), ("更正后增加", "corrected to more")),
    row(&["EXPECTED"], Message(InformationSheet), To("NOT_EXPECTED"), ("更正后无资金", "corrected to nothing")),
    row(
        &["EXPECTED"],
        Message(InformationSheet),
        To("CREDITED"),
        ("更正回已入账金额", "corrected back to what was credited"),
    ),
    row(&["EXPECTED"], Message(InformationSheet), To("TO_REVERSE"), ("更正后减少", "corrected to less")),
    row(
        &["TO_REVERSE"],
        Message(InformationSheet),
        To("CREDITED"),
        ("更正回已入账金额", "corrected back to what was credited"),
    ),
    row(&["TO_REVERSE"], Message(InformationSheet), To("EXPECTED"), ("更正后增加", "corrected to more")),
    row(&["TO_REVERSE"], Act("confirm"), To("REVERSING"), ("两人冲正", "reversed by two persons")),
    row(&["MATCHED"], Message(InformationSheet), To("EXPECTED"), MORE),
    row(&["MATCHED"], Message(InformationSheet), To("TO_REVERSE"), LESS),
    row(&["MATCHED"], Message(CancellationReply), To("EXPECTED"), MORE),
    row(&["MATCHED"], Message(CancellationReply), To("TO_REVERSE"), LESS),
    row(&["MATCHED"], Act("release"), To("EXPECTED"), MORE),
    row(&["MATCHED"], Act("release"), To("TO_REVERSE"), LESS),
    row(&["MATCHED"], Act("accept"), To("EXPECTED"), MORE),
    row(&["MATCHED"], Act("accept"), To("TO_REVERSE"), LESS),
    row(&["REMITTED"], Act("match"), To("EXPECTED"), MORE),
    row(&["REMITTED"], Act("match"), To("TO_REVERSE"), LESS),
    row(&["REMITTED", "DISCREPANT", "MATCHED"], Act("confirm"), To("EXPECTED"), MORE),
    row(&["REMITTED", "DISCREPANT", "MATCHED"], Act("confirm"), To("TO_REVERSE"), LESS),
    row(&["REMITTED", "DISCREPANT"], Local("statement"), To("EXPECTED"), MORE),
    row(&["REMITTED", "DISCREPANT"], Local("statement"), To("TO_REVERSE"), LESS),
    row(&["RETURNED"], Message(RemittanceNotice), To("EXPECTED"), MORE),
    row(&["RETURNED"], Message(RemittanceNotice), To("TO_REVERSE"), LESS),
    row(
        &["REVERSING"],
        Local("statement"),
        To("EXPECTED"),
        ("差额已退回，其间又更正增加", "sent back; corrected to more meanwhile"),
    ),
    row(&["REVERSING"], Local("statement"), To("CREDITED"), ("银行已退回差额", "our bank sent the difference back")),
    row(&["REVERSING"], Local("statement"), To("NOT_EXPECTED"), ("银行已全额退回", "our bank sent all of it back")),
    row(&["REVERSING"], Local("statement"), To("TO_REVERSE"), ("银行未受理", "our bank refused it")),
    row(&["MATCHED"], Act("release"), To("CREDITED"), ("入账审核放行", "the credit is released")),
    row(&["MATCHED"], Message(InformationSheet), To("CREDITED"), CREDITED),
    row(&["MATCHED"], Message(CancellationReply), To("CREDITED"), CREDITED),
];

const OF_A_SHEET: &[&str] = &["NOT_EXPECTED", "EXPECTED", "REMITTED", "DISCREPANT", "RETURNED", "MATCHED"];

/// Money of a sheet that was corrected after something was credited.
const CORRECTED: &[&str] = &["CREDITED", "TO_REVERSE", "REVERSING"];

pub const STANDS: &[Stand] = &[
    Stand { relation: "APPLIED", money: &[NONE], holders: &[Holder::Own] },
    Stand { relation: "REJECTED", money: &[NONE], holders: &[Holder::Nobody] },
    Stand { relation: "LETTER_SENT", money: &[NONE], holders: &[Holder::Peer] },
    Stand { relation: "OUTGOING_WORKING", money: &[NONE], holders: &[Holder::Peer] },
    // The person: the reason is one that nobody else can mend.
    Stand { relation: "LETTER_RETURNED", money: &[NONE], holders: &[Holder::Own, Holder::Person] },
    Stand { relation: "CLOSED", money: &[NONE], holders: &[Holder::Nobody] },
    Stand { relation: "SHEET_RECEIVED", money: OF_A_SHEET, holders: &[Holder::Own] },
    Stand { relation: "SHEET_RECEIVED", money: CORRECTED, holders: &[Holder::Own] },
    Stand { relation: "SHEET_DISPUTED", money: OF_A_SHEET, holders: &[Holder::Peer] },
    Stand { relation: "SHEET_DISPUTED", money: CORRECTED, holders: &[Holder::Peer] },
    // Own: a corrected sheet must be verified. Peer: one is awaited, or money.
    Stand { relation: "REOPENED", money: OF_A_SHEET, holders: &[Holder::Own, Holder::Peer] },
    Stand { relation: "REOPENED", money: CORRECTED, holders: &[Holder::Own, Holder::Peer] },
    Stand { relation: "REOPENED", money: &["REMITTED", "REVERSING"], holders: &[Holder::Bank] },
    Stand { relation: "RELATION_MERGED", money: &["EXPECTED", "RETURNED"], holders: &[Holder::Peer] },
    Stand { relation: "RELATION_MERGED", money: &["REMITTED", "REVERSING"], holders: &[Holder::Bank] },
    // Without money to come, or with it credited: the completion is to be released.
    Stand {
        relation: "RELATION_MERGED",
        money: &["DISCREPANT", "MATCHED", "TO_REVERSE", "CREDITED", "NOT_EXPECTED"],
        holders: &[Holder::Own],
    },
    Stand { relation: "CANCELLING", money: &[NONE], holders: &[Holder::Peer] },
    Stand { relation: "CANCELLING", money: OF_A_SHEET, holders: &[Holder::Peer] },
    Stand { relation: "CANCELLED", money: &[NONE, "NOT_EXPECTED"], holders: &[Holder::Nobody] },
    Stand { relation: "COMPLETED", money: &["NOT_EXPECTED", "CREDITED"], holders: &[Holder::Peer, Holder::Nobody] },
];
