//! Invented agencies and people. Codes of agencies are real division codes; nobody here exists.

use std::sync::LazyLock;

use chrono::NaiveDate;
use jiexu::domain::directory::{AccountPurpose, Agency, AgencyAccount, Directory, IntraProvinceFunds};
use jiexu::domain::event::{Application, PeriodsEntry, RegisterEntry, What};
use jiexu::domain::forms::{AccountScheme, BankAccount, Insurance, Nature, Period};
use jiexu::domain::ids::{AgencyCode, ApplicationNo, PersonNo};
use jiexu::domain::money::Balance;
use jiexu::domain::payout::OwnAccount;
use jiexu::domain::person::{Document, DocumentType, PersonName};
use jiexu::domain::register::{InsuredPerson, RelationStatus};
use jiexu::domain::time::{Moment, YearMonth};
use jiexu::wire::registry::listed_keys;
use jiexu::wire::{AgencyKeys, SealingKey, SigningKey};

/// The agencies of every world, in this order; the last is in the pool of the second.
pub const AGENCIES: [(&str, &str); 4] =
    [("530800", "530800"), ("450200", "450200"), ("330100", "330100"), ("450300", "450200")];
/// The same and two more, listed only in worlds that are larger.
pub const ALL_AGENCIES: [(&str, &str); 6] =
    [AGENCIES[0], AGENCIES[1], AGENCIES[2], AGENCIES[3], ("370200", "370200"), ("510100", "510100")];

pub fn keys_of(place: usize) -> AgencyKeys {
    let seed = u8::try_from(place).expect("few agencies") + 1;
    AgencyKeys {
        sign: SigningKey::from_secret(&[seed; 32]),
        seal: SealingKey::from_secret(&[seed + 100; 32]),
        former: Vec::new(),
    }
}

pub fn code(text: &str) -> AgencyCode {
    AgencyCode::new(text).expect("a code")
}

pub fn account_of(code: &str) -> BankAccount {
    BankAccount {
        name: format!("测试{code}医疗保险收支户"),
        number: format!("62220000{code}"),
        bank: "测试银行".into(),
        bank_no: Some("102000000001".into()),
    }
}

/// The directory of a world of so many agencies, made once.
pub fn listed(agencies: usize) -> &'static Directory {
    static LISTED: LazyLock<[Directory; 2]> = LazyLock::new(|| {
        [AGENCIES.len(), ALL_AGENCIES.len()].map(|count| directory(&(0..count).map(keys_of).collect::<Vec<_>>()))
    });
    &LISTED[usize::from(agencies > AGENCIES.len())]
}

pub fn directory(keys: &[AgencyKeys]) -> Directory {
    let valid = (Moment(1_577_836_800_000_000), Moment(2_208_988_800_000_000));
    let agency = |(place, (code_text, pool)): (usize, &(&str, &str))| Agency {
        code: code(code_text),
        division: (*code_text).into(),
        pool: (*pool).into(),
        name: format!("测试机构{code_text}"),
        short_name: (*code_text).into(),
        contact: None,
        phone: None,
        accounts: vec![AgencyAccount {
            account: account_of(code_text),
            purposes: vec![AccountPurpose::Receiving, AccountPurpose::Paying],
        }],
        per_case_limit: None,
        suites: vec![1],
        suspended: false,
        intra_province_funds: IntraProvinceFunds::Moves,
        keys: listed_keys(&keys[place], valid.0, valid.1),
    };
    let agencies = ALL_AGENCIES.iter().take(keys.len()).enumerate().map(agency).collect();
    Directory::new(1, NaiveDate::from_ymd_opt(2035, 12, 31).expect("a date"), agencies).expect("sound")
}

/// Person `n` of the world: the same name and number wherever they are registered.
pub fn name_of(n: u32) -> PersonName {
    let digits = ["零", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    let text: String = n.to_string().bytes().map(|digit| digits[usize::from(digit - b'0')]).collect();
    PersonName::new(&format!("测{text}")).expect("a name")
}

/// The person's own bank account.
pub fn own_account(n: u32) -> OwnAccount {
    OwnAccount(BankAccount {
        name: name_of(n).as_str().to_owned(),
        number: format!("62179999{n:08}"),
        bank: "测试银行".into(),
        bank_no: None,
    })
}

/// An identity number of an address that belongs to nobody.
pub fn document_of(n: u32) -> Document {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let day = 1 + n / 999 % 28;
    let text = format!("00000019850{}{day:02}{:03}", 1 + n / 27_972 % 9, 1 + n % 999);
    let sum: u32 = text.bytes().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    let check = char::from(b"10X98765432"[usize::try_from(sum % 11).expect("small")]);
    Document::new(DocumentType::ResidentId, &format!("{text}{check}")).expect("an identity number")
}

/// One relation of a person at one agency.
#[derive(Debug, Clone)]
pub struct Relation {
    pub person: u32,
    pub insurance: Insurance,
    pub status: RelationStatus,
    pub status_on: NaiveDate,
    pub balance: Balance,
    /// First and last month of contributions, if there are any.
    pub months: Option<(u32, u32)>,
    pub arrears: bool,
    pub open_claims: bool,
    pub other_name: bool,
    /// The document of this person, after a correction.
    pub document_as: Option<u32>,
}

impl Relation {
    pub fn new(person: u32, insurance: Insurance, status: RelationStatus) -> Relation {
        Relation {
            person,
            insurance,
            status,
            status_on: NaiveDate::from_ymd_opt(2025, 12, 31).expect("a date"),
            balance: Balance(0),
            months: None,
            arrears: false,
            open_claims: false,
            other_name: false,
            document_as: None,
        }
    }

    pub fn person_no(&self, agency: &AgencyCode) -> PersonNo {
        let letter = if self.insurance.is_employee() { "E" } else { "R" };
        PersonNo::new(&format!("{agency}-{letter}{}", self.person)).expect("a person no.")
    }

    /// The rows of the register's import.
    pub fn events(&self, agency: &AgencyCode) -> Vec<What> {
        let document = document_of(self.document_as.unwrap_or(self.person));
        let person = InsuredPerson {
            person_no: self.person_no(agency),
            name: name_of(if self.other_name { self.person + 500_000 } else { self.person }),
            sex: document.sex(),
            birth_date: document.birth_date(),
            document,
            insurance: self.insurance,
            scheme: self.insurance.is_employee().then_some(AccountScheme::Combined),
            status: self.status,
            status_on: self.status_on,
            died_on: None,
            arrears: self.arrears,
            open_claims: self.open_claims,
            employer: None,
            phone: None,
        };
        let mut events = vec![What::Register(RegisterEntry { person, balance: self.balance })];
        if let Some((from, to)) = self.months {
            let (from, to) = (YearMonth::new(from).expect("a month"), YearMonth::new(to).expect("a month"));
            let period = Period {
                from,
                to,
                insurance: self.insurance,
                nature: Nature::Actual,
                months: from.months_to(to),
                broken: false,
                agency: agency.to_string(),
                base: None,
            };
            let entry = PeriodsEntry { person_no: self.person_no(agency), periods: vec![period] };
            events.push(What::Periods(entry));
        }
        events
    }
}

pub fn application(
    number: u32,
    person: u32,
    outgoing: &str,
    (insurance_out, insurance_in): (Insurance, Insurance),
    applied_on: NaiveDate,
) -> Application {
    Application {
        application_no: ApplicationNo::new(&format!("A{number:05}")).expect("a number"),
        applied_on,
        channel: "counter".into(),
        document: document_of(person),
        name: name_of(person),
        outgoing: code(outgoing),
        incoming: None,
        insurance_out,
        insurance_in,
        certificate_no: None,
        phone: None,
    }
}
