//! One transfer told by both agencies, and the roads to every state of each.

use jiexu::domain::act::{Act, Why};
use jiexu::domain::case::Case;
use jiexu::domain::event::{StatementLine, What};
use jiexu::domain::forms::{
    CancellationResult, CaseStep, DiscrepancyKind, FundsDiscrepancy, FundsReturn, FundsReturnReason,
};
use jiexu::domain::ids::{BankTxnNo, CaseId};
use jiexu::domain::message::{Body, Form, Kind};
use jiexu::domain::money::Balance;
use jiexu::domain::reasons::ReturnCode;
use jiexu::domain::reference;
use jiexu::domain::register::RelationStatus;

use super::desk::{Desk, IN, OUT, message};
use super::events::{
    amended, apply, apply_here, cancellation, clerk, given_back, hand_over, insured_again, objection, of_the_return,
    of_the_second, payout, receipt, receipt_of, refusal, refused_by_the_bank, register, reply, returned, sent_again,
    turned_down, unnamed, without_money, written,
};
use crate::support::clerk::verb;
use crate::support::people::{AGENCIES, account_of, own_account};
use crate::support::world::START;

/// The register's import says so: the months can no longer be merged without a clerk.
const STOPS: &str = "the insurance here stops";

/// The register at the outgoing agency.
pub const DIES: &str = "the register says that the person has died";
pub const BACK: &str = "the person is insured here again";
const LOOK: &str = "a look whether the earlier transfer has ended";

/// The outgoing agency takes the application.
const HANDS_OVER: &str = "an application for the other agency";

const RELEASE: &str = "a clerk releases it";
/// A state of an agency in which a person releases every step.
const REVIEWED: &str = ", to be released";

const PAYOUT: &str = "a payout is opened";
const PAYS_PERSON: &str = "bank books our payout of 40.00";
const REFUSES_PERSON: &str = "bank refuses our payout of 40.00";

/// A state and the road to it.
pub struct Reached {
    role: usize,
    reviews: bool,
    pub after: &'static str,
    steps: Vec<(String, What)>,
}

impl Reached {
    pub fn replay(&self) -> Desk {
        let mut desk = if self.reviews { Desk::reviewing(self.role) } else { Desk::new(self.role) };
        for (name, what) in &self.steps {
            desk.take(name, what.clone());
        }
        desk
    }

    pub fn case(&self) -> Option<Case> {
        self.replay().case().cloned()
    }
}

/// The messages of one transfer, as each side received them.
pub struct Story {
    pub case: CaseId,
    to: [Vec<(&'static str, Body)>; 2],
    local: [Vec<(&'static str, What)>; 2],
}

/// Runs one transfer of 40.00 between the two desks and keeps what was said.
pub fn tell() -> Story {
    let (mut here, mut there) = (Desk::new(IN), Desk::new(OUT));
    for (name, what) in register(IN, RelationStatus::Active, 0) {
        here.take(&name, what);
    }
    for (name, what) in register(OUT, RelationStatus::Stopped, 4_000) {
        there.take(&name, what);
    }
    let letter = here.take("application", apply(1)).remove(0);
    let handed = Desk::new(OUT).with(&there).take("handover", hand_over(1, 1)).remove(0);
    let sheet = there.take("letter", message(IN, 200, letter.clone())).remove(0);
    here.take("sheet", message(OUT, 201, sheet.clone()));
    let sheet_receipt = receipt(there.sent(Kind::InformationSheet));
    let remittance = there.take("receipt", message(IN, 202, sheet_receipt.clone())).remove(0);
    let Form::RemittanceNotice(notice) = &remittance.form else { unreachable!("a notice") };
    let (payer, payee) = (account_of(AGENCIES[OUT].0), account_of(AGENCIES[IN].0));
    let line = |txn: &str, fen: i64, payer_name: &str| {
        What::Statement(StatementLine {
            bank_txn_no: BankTxnNo::new(txn).expect("a number"),
            booked_on: START.china_date(),
            payer_name: payer_name.into(),
            payer_account: payer.number.clone(),
            payee_account: payee.number.clone(),
            amount: Balance(fen),
            remark: "医保转移".into(),
            payment_ref: Some(notice.payment_ref.clone()),
            refused: false,
        })
    };
    let line_to = |account: &str, txn: &str| {
        let What::Statement(known) = line(txn, -4_000, &payer.name) else { unreachable!("a line") };
        What::Statement(StatementLine { payee_account: account.to_owned(), ..known })
    };
    here.take("remittance", message(OUT, 203, remittance.clone()));
    let money = line("T1", 4_000, &payer.name);
    let completion = here.take("money", money.clone()).remove(0);
    let mut to_in = vec![
        ("ApplicationNotice", handed),
        ("LetterReturn NOT_STOPPED", returned(&letter, ReturnCode::NotStopped)),
        ("LetterReturn LETTER_INCOMPLETE", returned(&letter, ReturnCode::LetterIncomplete)),
        ("LetterReturn RETIRED", returned(&letter, ReturnCode::Retired)),
        ("InformationSheet", sheet.clone()),
        ("InformationSheet without money", without_money(&sheet)),
        ("RemittanceNotice", remittance.clone()),
        ("RemittanceNotice, attempt 2", sent_again(&remittance)),
        ("CompletionNotice", completion.clone()),
        ("CancellationReply AGREED", reply(&letter, CancellationResult::Agreed)),
        ("CancellationReply REFUSED_REMITTED", reply(&letter, CancellationResult::RefusedRemitted)),
        ("Receipt of the letter", receipt(here.sent(Kind::ContactLetter))),
        ("Receipt of the completion", receipt(here.sent(Kind::CompletionNotice))),
        ("Refusal of the letter", refusal(here.sent(Kind::ContactLetter))),
    ];
    let mut to_out = vec![
        ("ContactLetter", letter.clone()),
        ("ContactLetter, amended", amended(&letter)),
        ("Cancellation", cancellation(&letter)),
        ("SheetObjection", objection(&letter, &sheet)),
        ("CompletionNotice", completion),
        ("InformationSheet", sheet),
        ("RemittanceNotice", remittance.clone()),
        ("LetterReturn NOT_STOPPED", returned(&letter, ReturnCode::NotStopped)),
        ("Receipt of the sheet", sheet_receipt),
        ("Receipt of the sheet, refused", receipt_of(there.sent(Kind::InformationSheet), true)),
        ("Refusal of the sheet", refusal(there.sent(Kind::InformationSheet))),
    ];
    let returned = FundsReturn {
        letter_no: letter.letter_no.clone(),
        amount: notice.amount,
        reason: FundsReturnReason::Bank,
        text: None,
        payment_ref: Some(notice.payment_ref.clone()),
        bank_txn_no: None,
        return_ref: None,
        returned_on: START.china_date(),
        will_be_resent: true,
        operator: clerk(),
    };
    let returned = Body {
        case_sequence: remittance.case_sequence + 1,
        form: Form::FundsReturn(Box::new(returned)),
        ..remittance.clone()
    };
    to_in.push(("FundsReturn", returned));
    to_in.extend(written(&letter, CaseStep::Completion));
    to_out.push(("ProgressReport REJECTED", turned_down(&letter)));
    let short = FundsDiscrepancy {
        letter_no: letter.letter_no.clone(),
        kind: DiscrepancyKind::Short,
        expected: None,
        received: None,
        lines: vec![],
        text: None,
        found_on: START.china_date(),
        operator: clerk(),
    };
    let short = Body { case_sequence: 2, form: Form::FundsDiscrepancy(Box::new(short)), ..letter.clone() };
    to_out.push(("FundsDiscrepancy SHORT", short));
    let sent_back = FundsReturn {
        letter_no: letter.letter_no.clone(),
        amount: notice.amount,
        reason: FundsReturnReason::WrongName,
        text: None,
        payment_ref: Some(notice.payment_ref.clone()),
        bank_txn_no: None,
        return_ref: Some(reference::giving_back(letter.case_id.expect("a case"), 1)),
        returned_on: START.china_date(),
        will_be_resent: false,
        operator: clerk(),
    };
    let back = |form| Body { case_sequence: 2, form: Form::FundsReturn(Box::new(form)), ..letter.clone() };
    to_out.push(("FundsReturn WRONG_NAME", back(sent_back.clone())));
    to_out.push(("FundsReturn EXCESS", back(FundsReturn { reason: FundsReturnReason::Excess, ..sent_back.clone() })));
    to_out.push(("FundsReturn without a reference", back(FundsReturn { return_ref: None, ..sent_back })));
    to_out.extend(written(&letter, CaseStep::Sheet));
    let decide = |word: &str| {
        let verb = verb(word).expect("a verb");
        What::Act(Act { case: letter.case_id.expect("a case"), version: 0, verb, reason: Why("核实".into()) })
    };
    let look_again = || What::LookAgain { case: letter.case_id.expect("a case"), version: 0 };
    let local_in = vec![
        (RELEASE, decide("release")),
        (LOOK, look_again()),
        ("a clerk objects", decide("object")),
        ("a clerk cancels", decide("cancel")),
        ("a clerk closes", decide("close")),
        ("the same application", apply(1)),
        ("another application", apply(2)),
        (STOPS, register(IN, RelationStatus::Stopped, 0).remove(0).1),
        ("bank line of 40.00", money),
        ("bank line of 39.99", line("T2", 3_999, &payer.name)),
        ("bank line that names nothing", unnamed(line("T7", 4_000, &payer.name))),
        ("bank line from another payer", line("T3", 4_000, "某某贸易有限公司")),
    ];
    let local_out = vec![
        (RELEASE, decide("release")),
        (DIES, register(OUT, RelationStatus::Deceased, 0).remove(0).1),
        (BACK, insured_again()),
        (LOOK, look_again()),
        (PAYOUT, payout(1)),
        ("another payout is opened", payout(2)),
        (PAYS_PERSON, line_to(&own_account(1).0.number, "T6")),
        (REFUSES_PERSON, refused_by_the_bank(line_to(&own_account(1).0.number, "T8"))),
        ("bank books our second payout of 40.00", of_the_second(line_to(&own_account(1).0.number, "T9"))),
        (HANDS_OVER, hand_over(1, 1)),
        ("an application under another name", hand_over(2, 7)),
        ("a clerk withdraws", decide("withdraw")),
        ("another confirms", decide("confirm")),
        ("a clerk proposes to issue", decide("issue")),
        ("bank books our 40.00", line("T4", -4_000, &payer.name)),
        ("bank books 39.99 instead", line("T5", -3_999, &payer.name)),
        ("bank books our second 40.00", of_the_second(line("T13", -4_000, &payer.name))),
        ("bank refuses our second 40.00", of_the_second(refused_by_the_bank(line("T14", -4_000, &payer.name)))),
        ("bank refuses our 40.00", refused_by_the_bank(line("T10", -4_000, &payer.name))),
        ("bank gives our 40.00 back", given_back(line("T11", 4_000, &payee.name), &payer.number)),
        (
            "the incoming agency's 40.00",
            of_the_return(given_back(line("T15", 4_000, &payee.name), &payer.number), &letter),
        ),
        ("bank gives 39.99 back", given_back(line("T12", 3_999, &payee.name), &payer.number)),
    ];
    Story { case: letter.case_id.expect("a case"), to: [to_out, to_in], local: [local_out, local_in] }
}

/// The state's name, what is there before, and the events that lead to it.
type Road = (&'static str, Vec<(String, What)>, Vec<&'static str>);

impl Story {
    pub fn bodies(&self, role: usize) -> &[(&'static str, Body)] {
        &self.to[role]
    }

    pub fn local(&self, role: usize) -> Vec<(String, What)> {
        self.local[role].iter().map(|(name, what)| ((*name).to_owned(), what.clone())).collect()
    }

    fn step(&self, role: usize, name: &str) -> (String, What) {
        if let Some((_, what)) = self.local[role].iter().find(|(known, _)| *known == name) {
            return (name.to_owned(), what.clone());
        }
        let bodies = &self.to[role];
        let at = bodies.iter().position(|(known, _)| *known == name).expect("a known step");
        (name.to_owned(), message(1 - role, 300 + at, bodies[at].1.clone()))
    }

    /// Every state of a role, each by the road that a real case takes.
    pub fn states(&self, role: usize) -> Vec<Reached> {
        use RelationStatus::{Active, Stopped};
        let apply = "the same application";
        let sheet = "InformationSheet";
        let roads: Vec<Road> = if role == IN {
            let active = || register(IN, Active, 0);
            let left = || register(IN, Stopped, 0);
            vec![
                ("nothing", active(), vec![]),
                ("an application of somebody not enrolled", left(), vec![apply]),
                ("the application", active(), vec![apply]),
                ("an application that was handed over", active(), vec!["ApplicationNotice"]),
                ("a handover of somebody not enrolled", left(), vec!["ApplicationNotice"]),
                ("the letter's receipt", active(), vec![apply, "Receipt of the letter"]),
                ("a return that can be corrected", active(), vec![apply, "LetterReturn NOT_STOPPED"]),
                ("the clerk's objection", active(), vec![apply, STOPS, sheet, "a clerk objects"]),
                ("the clerk's cancellation", active(), vec![apply, "a clerk cancels"]),
                ("the sheet of a case being cancelled", active(), vec![apply, "a clerk cancels", sheet]),
                ("a question", active(), vec![apply, "Clarification, a question"]),
                ("the cancellation's grant", active(), vec![apply, "a clerk cancels", "CancellationReply AGREED"]),
                ("the clerk's close", active(), vec![apply, "LetterReturn NOT_STOPPED", "a clerk closes"]),
                ("a final return", active(), vec![apply, "LetterReturn RETIRED"]),
                ("the sheet", active(), vec![apply, sheet]),
                ("the notice", active(), vec![apply, sheet, "RemittanceNotice"]),
                ("money short", active(), vec![apply, sheet, "RemittanceNotice", "bank line of 39.99"]),
                ("the return", active(), vec![apply, sheet, "RemittanceNotice", "FundsReturn"]),
                ("the money", active(), vec![apply, sheet, "RemittanceNotice", "bank line of 40.00"]),
                ("a sheet that a clerk must check", active(), vec![apply, STOPS, sheet]),
                (
                    "the money before the clerk",
                    active(),
                    vec![apply, STOPS, sheet, "RemittanceNotice", "bank line of 40.00"],
                ),
                ("a sheet without money", active(), vec![apply, "InformationSheet without money"]),
                (
                    "an objection after completion",
                    active(),
                    vec![apply, sheet, "RemittanceNotice", "bank line of 40.00", "a clerk objects"],
                ),
                ("an application, to be released", active(), vec![apply]),
                ("a handover, to be released", active(), vec!["ApplicationNotice"]),
                ("the sheet, to be released", active(), vec![apply, RELEASE, sheet]),
                (
                    "the money, to be released",
                    active(),
                    vec![apply, RELEASE, sheet, RELEASE, "RemittanceNotice", "bank line of 40.00"],
                ),
                (
                    "the credit, to be released",
                    active(),
                    vec![apply, RELEASE, sheet, RELEASE, "RemittanceNotice", "bank line of 40.00", RELEASE],
                ),
                (
                    "the merge without money, to be released",
                    active(),
                    vec![apply, RELEASE, "InformationSheet without money", RELEASE],
                ),
            ]
        } else {
            let rich = || register(OUT, Stopped, 4_000);
            let (receipt, booked) = ("Receipt of the sheet", "bank books our 40.00");
            let crossed = || {
                let mut start = register(OUT, Active, 4_000);
                start.push(("an application here".to_owned(), apply_here(8)));
                start.extend(register(OUT, Stopped, 4_000));
                start
            };
            vec![
                ("nothing", rich(), vec![]),
                ("the payout", rich(), vec![PAYOUT]),
                ("the payout's withdrawal", rich(), vec![PAYOUT, "a clerk withdraws"]),
                ("the payout's confirmation", rich(), vec![PAYOUT, "another confirms"]),
                ("the bank's refusal of the payout", rich(), vec![PAYOUT, "another confirms", REFUSES_PERSON]),
                ("the bank's word on the payout", rich(), vec![PAYOUT, "another confirms", PAYS_PERSON]),
                ("the handover", rich(), vec![HANDS_OVER]),
                ("the handover turned down", rich(), vec![HANDS_OVER, "ProgressReport REJECTED"]),
                ("the letter after a handover", rich(), vec![HANDS_OVER, "ContactLetter"]),
                ("a letter for somebody still insured", register(OUT, Active, 4_000), vec!["ContactLetter"]),
                (
                    "a letter that a clerk must check",
                    register(OUT, Stopped, 4_000)[..1].to_vec(),
                    vec!["ContactLetter"],
                ),
                (
                    "a clerk's proposal",
                    register(OUT, Stopped, 4_000)[..1].to_vec(),
                    vec!["ContactLetter", "a clerk proposes to issue"],
                ),
                ("a letter while a transfer to us is open", crossed(), vec!["ContactLetter"]),
                ("the letter", rich(), vec!["ContactLetter"]),
                ("the sheet's receipt after a death", rich(), vec!["ContactLetter", DIES, receipt]),
                ("the objection", rich(), vec!["ContactLetter", receipt, "SheetObjection"]),
                ("the cancellation", rich(), vec!["ContactLetter", "Cancellation"]),
                ("the sheet's receipt", rich(), vec!["ContactLetter", receipt]),
                ("our bank's word", rich(), vec!["ContactLetter", receipt, booked]),
                ("our bank's refusal", rich(), vec!["ContactLetter", receipt, "bank refuses our 40.00"]),
                ("the money back", rich(), vec!["ContactLetter", receipt, booked, "bank gives our 40.00 back"]),
                ("the completion", rich(), vec!["ContactLetter", receipt, booked, "CompletionNotice"]),
                (
                    "an objection after completion",
                    rich(),
                    vec!["ContactLetter", receipt, booked, "CompletionNotice", "SheetObjection"],
                ),
                ("a letter, balance zero", register(OUT, Stopped, 0), vec!["ContactLetter"]),
                ("the sheet's receipt, balance zero", register(OUT, Stopped, 0), vec!["ContactLetter", receipt]),
                ("the letter, to be released", rich(), vec!["ContactLetter"]),
                (
                    "a letter for somebody still insured, to be released",
                    register(OUT, Active, 4_000),
                    vec!["ContactLetter"],
                ),
                ("the sheet's receipt, to be released", rich(), vec!["ContactLetter", RELEASE, receipt]),
            ]
        };
        let road = |(after, start, names): (&'static str, Vec<(String, What)>, Vec<&str>)| {
            let steps = start.into_iter().chain(names.into_iter().map(|name| self.step(role, name))).collect();
            Reached { role, reviews: after.ends_with(REVIEWED), after, steps }
        };
        roads.into_iter().map(road).collect()
    }
}
