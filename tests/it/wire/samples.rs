//! Two agencies with fixed keys, their directory, and one sound message of every driven form. All people are invented.

use std::sync::Arc;

use chrono::NaiveDate;
use jiexu::domain::directory::{AccountPurpose, Agency, AgencyAccount, Directory, IntraProvinceFunds};
use jiexu::domain::forms::{
    AccountScheme, AgencyRef, ApplicationNotice, BankAccount, Batch, CaseStep, Channel, Clarification,
    CompletionNotice, CompletionResult, ContactLetter, DailyDigest, DelayNotice, DiscrepancyKind, Echo, EchoedMessage,
    FundsDiscrepancy, FundsDisposition, FundsReturn, FundsReturnReason, InformationSheet, Insurance, KindCount,
    LaneRange, LetterReturn, Maintenance, Months, Nature, Operator, PeerNotice, Period, Person, ProgressQuery,
    ProgressReport, Receipt, ReceiptEntry, Refusal, Reminder, RemittanceNotice, Restored, Sex, ShownLine,
    TrackProgress, WaitingFor,
};
use jiexu::domain::ids::{AgencyCode, ApplicationNo, BankTxnNo, CaseId, Digest, LetterNo, MessageId, PaymentRef};
use jiexu::domain::ids::{PersonNo, SheetNo};
use jiexu::domain::message::{Body, Form, Kind};
use jiexu::domain::money::{Balance, Fen};
use jiexu::domain::person::{Document, DocumentType, PersonName};
use jiexu::domain::reasons::{Reason, RefusalCode, ReturnCode};
use jiexu::domain::time::{Moment, YearMonth};
use jiexu::wire::registry::listed_keys;
use jiexu::wire::{AgencyKeys, Outgoing, Routed, SealingKey, SigningKey};
use uuid::Uuid;

/// 2026-11-22 14:00 in China.
pub const NOW: Moment = Moment(1_795_327_200_000_000);
pub const DAY_US: i64 = 86_400_000_000;

pub fn code(text: &str) -> AgencyCode {
    AgencyCode::new(text).expect("a code")
}

pub fn keys(seed: u8) -> AgencyKeys {
    AgencyKeys {
        sign: SigningKey::from_secret(&[seed; 32]),
        seal: SealingKey::from_secret(&[seed + 100; 32]),
        former: Vec::new(),
    }
}

pub fn account(number: &str) -> BankAccount {
    BankAccount {
        name: "测试市医疗保险经办机构收入户".into(),
        number: number.into(),
        bank: "测试银行".into(),
        bank_no: Some("102000000001".into()),
    }
}

pub fn agency(code_text: &str, keys: &AgencyKeys) -> Agency {
    Agency {
        code: code(code_text),
        division: code_text.into(),
        pool: code_text.into(),
        name: format!("测试机构{code_text}"),
        short_name: code_text.into(),
        contact: None,
        phone: None,
        accounts: vec![AgencyAccount {
            account: account(&format!("00{code_text}")),
            purposes: vec![AccountPurpose::Receiving, AccountPurpose::Paying],
        }],
        per_case_limit: None,
        suites: vec![1],
        suspended: false,
        intra_province_funds: IntraProvinceFunds::Moves,
        keys: listed_keys(keys, Moment(NOW.0 - 100 * DAY_US), Moment(NOW.0 + 100 * DAY_US)),
    }
}

/// 330100 writes to 440100; 510100 looks on.
pub struct World {
    pub from: AgencyCode,
    pub to: AgencyCode,
    pub from_keys: AgencyKeys,
    pub to_keys: AgencyKeys,
    pub directory: Directory,
}

impl World {
    pub fn new() -> World {
        let (from_keys, to_keys) = (keys(1), keys(2));
        let agencies = vec![agency("330100", &from_keys), agency("440100", &to_keys), agency("510100", &keys(3))];
        let directory = Directory::new(7, date(2027, 12, 31), agencies).expect("sound");
        World { from: code("330100"), to: code("440100"), from_keys, to_keys, directory }
    }

    pub fn outgoing(&self, form: Form) -> Outgoing {
        Outgoing {
            recipient: self.to.clone(),
            message_id: message(9),
            body: body(form),
            epoch: 1,
            lane: 0,
            seq: 42,
            created_at: NOW,
        }
    }

    pub fn seal(&self, form: Form) -> jiexu::wire::Sealed {
        jiexu::wire::seal(&self.outgoing(form), &self.from_keys, &self.from, &self.directory).expect("sealed")
    }

    pub fn open(&self, frame: &[u8]) -> Result<jiexu::wire::Opened, jiexu::wire::Unopened> {
        jiexu::wire::open(frame, &ROUTED, &self.to_keys, &self.to, &self.directory, NOW)
    }
}

pub const ROUTED: Routed<'static> =
    Routed { routing_key: "330100.440100", user_id: Some("330100"), carbon_copied: false };

pub fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("a date")
}

pub fn message(last: u8) -> MessageId {
    let mut bytes = [0u8; 16];
    bytes[..6].copy_from_slice(&[0x01, 0xa2, 0x03, 0x04, 0x05, 0x06]);
    (bytes[6], bytes[8], bytes[15]) = (0x70, 0x80, last);
    MessageId(Uuid::from_bytes(bytes))
}

fn month(yyyymm: u32) -> YearMonth {
    YearMonth::new(yyyymm).expect("a month")
}

fn fen(fen: i64) -> Fen {
    Fen::new(fen).expect("positive")
}

fn letter_no() -> LetterNo {
    LetterNo::new("440100-2026-000123").expect("a letter no.")
}

fn sheet_no() -> SheetNo {
    SheetNo::new("330100-S-77").expect("a sheet no.")
}

pub fn operator() -> Operator {
    Operator { id: "c017".into(), name: Some("经办甲".into()), reviewer: Some("r003".into()) }
}

pub fn person() -> Person {
    Person {
        name: PersonName::new("㛃䶮𬱖").expect("a name"),
        document: Document::new(DocumentType::ResidentId, "11010519491231002X").expect("a number"),
        birth_date: Some(date(1949, 12, 31)),
        sex: Some(Sex::Female),
        personal_no: Some("P-0001".into()),
        phone: None,
    }
}

fn reference(code_text: &str) -> AgencyRef {
    AgencyRef {
        division: code_text.into(),
        code: code(code_text),
        name: format!("测试机构{code_text}"),
        contact: None,
        phone: Some("010-00000000".into()),
    }
}

pub fn contact_letter() -> ContactLetter {
    ContactLetter {
        letter_no: letter_no(),
        version: 1,
        issued_on: date(2026, 11, 20),
        application_no: ApplicationNo::new("A-1").expect("a number"),
        accepted_on: date(2026, 11, 20),
        person: person(),
        insurance_out: Insurance::Employee,
        insurance_in: Insurance::Employee,
        enrolled_since: date(2026, 10, 1),
        outgoing: reference("440100"),
        incoming: reference("330100"),
        funds_requested: true,
        payee: Some(account("00330100")),
        certificate_no: None,
        operator: operator(),
    }
}

pub fn sheet() -> InformationSheet {
    let period = |from, to, nature, months| Period {
        from: month(from),
        to: month(to),
        insurance: Insurance::Employee,
        nature,
        months,
        broken: false,
        agency: "330100".into(),
        base: Some(fen(1_234_500)),
    };
    InformationSheet {
        sheet_no: sheet_no(),
        version: 1,
        letter_no: letter_no(),
        person: person(),
        insurance: Insurance::Employee,
        scheme: AccountScheme::Combined,
        insured_from: month(202001),
        insured_to: month(202609),
        stopped_on: date(2026, 9, 30),
        stop_reason: Some("工作调动".into()),
        months: Months { actual: 69, deemed: 12, continuous: 81 },
        periods: vec![period(202001, 202012, Nature::Deemed, 12), period(202101, 202609, Nature::Actual, 69)],
        disposition: FundsDisposition::Transfer,
        amount: Some(fen(123_456)),
        interest: Balance(56),
        balance_as_of: date(2026, 11, 20),
        payer: Some(account("00330100")),
        arrears: false,
        issued_on: date(2026, 11, 21),
        issued_by: code("330100"),
        operator: operator(),
        after_completion: false,
    }
}

pub fn remittance() -> RemittanceNotice {
    RemittanceNotice {
        letter_no: letter_no(),
        sheet_no: sheet_no(),
        ordinal: 1,
        attempt: 1,
        amount: fen(123_456),
        ordinal_total: fen(123_456),
        payment_ref: PaymentRef::new("JX-330100-1-1").expect("a reference"),
        bank_txn_no: None,
        batch: Some(Batch { no: "B-1".into(), count: 1, total: fen(123_456) }),
        zeroed_on: date(2026, 11, 22),
        operator: operator(),
    }
}

pub fn completion() -> CompletionNotice {
    CompletionNotice {
        letter_no: letter_no(),
        sheet_no: sheet_no(),
        sheet_version: 1,
        result: CompletionResult::Normal,
        months_credited: 81,
        months_overlapping: 0,
        relation_in_on: date(2026, 11, 22),
        amount_received: Some(fen(123_456)),
        received_on: Some(date(2026, 11, 22)),
        bank_txn_no: Some(BankTxnNo::new("T1").expect("a number")),
        amount_credited: Some(fen(123_456)),
        credited_on: Some(date(2026, 11, 22)),
        personal_no: PersonNo::new("G-1").expect("a number"),
        operator: operator(),
        completed_at: NOW,
    }
}

pub fn receipt(entries: u8) -> Receipt {
    let entry = |last| ReceiptEntry {
        message_id: message(last),
        digest: Digest([last; 32]),
        received_at: NOW,
        due_on: Some(date(2026, 12, 4)),
        refused: false,
        provisional: last % 2 == 0,
    };
    Receipt { entries: (1..=entries).map(entry).collect() }
}

/// One of every form this release writes.
pub fn forms() -> Vec<Form> {
    vec![
        Form::ContactLetter(Arc::new(contact_letter())),
        Form::LetterReturn(Box::new(LetterReturn {
            letter_no: letter_no(),
            letter_version: 1,
            returned_on: date(2026, 11, 21),
            reasons: vec![
                ReturnCode::NotStopped.into(),
                Reason { code: ReturnCode::Other, text: Some("见附注".into()), field: Some("person".into()) },
            ],
            correctable: true,
            suggested_agency: Some(code("510100")),
            operator: operator(),
        })),
        Form::InformationSheet(Arc::new(sheet())),
        Form::RemittanceNotice(Box::new(remittance())),
        Form::CompletionNotice(Box::new(completion())),
        Form::Refusal(Refusal {
            message_id: message(5),
            digest: Digest([6; 32]),
            codes: vec![RefusalCode::BadContent, RefusalCode::NewerVersion],
            retryable: true,
            text: Some("person.name".into()),
        }),
        Form::Receipt(receipt(3)),
    ]
}

/// What agencies write each other about a case beside its forms.
pub fn letters() -> Vec<Form> {
    let letter_no = || Some(letter_no());
    let track = |state: &str| TrackProgress {
        state: state.into(),
        since: NOW,
        due_on: Some(date(2026, 12, 4)),
        waiting_for: WaitingFor::OutgoingAgency,
    };
    let line = ShownLine {
        bank_txn_no: "20261121-000001".into(),
        booked_on: date(2026, 11, 21),
        amount: Some(fen(9_999)),
        payer_name: Some("测试市医疗保险经办机构".into()),
        payer_number: Some("9900000000000001".into()),
        remark: Some("医保转移".into()),
        payment_ref: None,
    };
    vec![
        Form::Reminder(Box::new(Reminder {
            letter_no: letter_no(),
            step: CaseStep::Sheet,
            due_on: date(2026, 12, 4),
            overdue: 2,
            level: 2,
            text: Some("请尽快办理".into()),
        })),
        Form::DelayNotice(Box::new(DelayNotice {
            letter_no: letter_no(),
            step: CaseStep::Sheet,
            reason: "核实缴费记录".into(),
            expected_on: date(2026, 12, 9),
            operator: operator(),
        })),
        Form::Clarification(Box::new(Clarification {
            letter_no: letter_no(),
            is_answer: true,
            about: Some(message(7)),
            field: Some("periods[3].months".into()),
            text: "该段为补缴".into(),
            operator: operator(),
        })),
        Form::ProgressQuery(Box::new(ProgressQuery { letter_no: letter_no(), text: None })),
        Form::ApplicationNotice(Box::new(ApplicationNotice {
            application_no: ApplicationNo::new("A-7").expect("a number"),
            applied_on: date(2026, 11, 20),
            channel: Channel::Online,
            person: contact_letter().person,
            insurance_out: Insurance::Employee,
            insurance_in: Insurance::Resident,
            outgoing: contact_letter().outgoing,
            incoming: contact_letter().incoming,
            certificate_no: None,
            operator: operator(),
        })),
        Form::ProgressReport(Box::new(ProgressReport {
            letter_no: letter_no(),
            known: true,
            relation: Some(track("REJECTED")),
            money: None,
            reasons: vec![ReturnCode::NotEnrolled.into()],
        })),
        Form::FundsDiscrepancy(Box::new(FundsDiscrepancy {
            letter_no: letter_no(),
            kind: DiscrepancyKind::Short,
            expected: Some(fen(10_000)),
            received: Some(fen(9_999)),
            lines: vec![line],
            text: None,
            found_on: date(2026, 11, 22),
            operator: operator(),
        })),
        Form::FundsReturn(Box::new(FundsReturn {
            letter_no: letter_no(),
            amount: fen(10_000),
            reason: FundsReturnReason::WrongName,
            text: Some("付款户名不符".into()),
            payment_ref: PaymentRef::new("JX-1").ok(),
            bank_txn_no: BankTxnNo::new("T-1").ok(),
            return_ref: PaymentRef::new("JR-1").ok(),
            returned_on: date(2026, 11, 22),
            will_be_resent: false,
            operator: operator(),
        })),
    ]
}

/// What agencies tell each other outside cases.
pub fn notices() -> Vec<Form> {
    let range = LaneRange { epoch: 1, lane: 0, from_seq: 7, to_seq: 11 };
    let digest = DailyDigest {
        day: date(2026, 11, 21),
        ranges: vec![range],
        sent: vec![KindCount { kind: Kind::ContactLetter, count: 2 }, KindCount { kind: Kind::Receipt, count: 3 }],
        remitted: Balance(123_456),
        matched: Balance(0),
        audit_head: "ab".repeat(32),
    };
    let maintenance = |withdrawn| Maintenance {
        announcement_no: "330100-M1795327200000000".into(),
        from: NOW,
        until: Moment(NOW.0 + DAY_US),
        text: Some("机房检修".into()),
        withdrawn,
    };
    let echoed = EchoedMessage {
        header: vec![1, 2, 3],
        sigblock: vec![4; 65],
        body: vec![5, 6],
        receipt: ReceiptEntry {
            message_id: message(9),
            digest: Digest([7; 32]),
            received_at: NOW,
            due_on: Some(date(2026, 12, 4)),
            provisional: false,
            refused: false,
        },
    };
    let notices = [
        PeerNotice::Maintenance(maintenance(false)),
        PeerNotice::Maintenance(maintenance(true)),
        PeerNotice::Directory { version: 2 },
        PeerNotice::Digest(digest),
        PeerNotice::Resend { missing: vec![range] },
        PeerNotice::Restored(Restored { epoch: 2, said: vec![range], held: Vec::new() }),
        PeerNotice::Echo(Echo { epoch: 2, part: 1, is_last: true, messages: vec![echoed] }),
    ];
    notices.into_iter().map(|notice| Form::PeerNotice(Box::new(notice))).collect()
}

pub fn body(form: Form) -> Body {
    let in_case = !matches!(form, Form::Receipt(_));
    Body {
        case_id: in_case.then(|| CaseId(message(1).0)),
        letter_no: in_case.then(letter_no),
        case_sequence: u32::from(in_case),
        in_reply_to: Some(message(2)),
        sent_at: NOW,
        form,
    }
}
