//! Double entry (domain.md §6): which event books what. Every posting has equal sides, by construction.

use std::fmt;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::ids::{CaseId, PaymentRef, PersonNo};
use super::money::{Balance, Fen};

/// 账户. Balances in their natural sign: bank is debit − credit, every other account credit − debit.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Account {
    /// Our bank accounts together.
    Bank,
    /// 个人账户
    Person(PersonNo),
    /// 划转在途（转出）: released to our bank, not yet booked there.
    TransitOut(CaseId),
    /// 划转在途（转入）: matched to a case, not yet credited.
    TransitIn(CaseId),
    /// 待匹配: a bank line nobody has claimed.
    Suspense(LineKey),
    /// 退回在途: on its way back to who paid it.
    GivingBack(PaymentRef),
    /// 退汇: a payment of the case that did not arrive, until it is sent again.
    Returned(CaseId),
}

impl Account {
    pub fn class(&self) -> &'static str {
        match self {
            Account::Bank => "bank",
            Account::Person(_) => "person",
            Account::TransitOut(_) | Account::GivingBack(_) => "transit-out",
            Account::TransitIn(_) => "transit-in",
            Account::Suspense(_) | Account::Returned(_) => "suspense",
        }
    }

    /// Whether a debit raises the balance.
    fn is_asset(&self) -> bool {
        matches!(self, Account::Bank)
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Account::Bank => f.write_str("bank"),
            Account::Person(person) => write!(f, "person/{person}"),
            Account::TransitOut(case) => write!(f, "transit-out/{case}"),
            Account::TransitIn(case) => write!(f, "transit-in/{case}"),
            Account::Suspense(line) => write!(f, "suspense/{line}"),
            Account::GivingBack(payment) => write!(f, "transit-out/{payment}"),
            Account::Returned(case) => write!(f, "suspense/{case}"),
        }
    }
}

/// A bank line's own name: our account number and the bank's transaction number.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LineKey(String);

impl LineKey {
    pub fn new(our_account: &str, bank_txn_no: &str) -> LineKey {
        LineKey(format!("{our_account}/{bank_txn_no}"))
    }

    /// A key read back from where it was stored.
    pub fn stored(text: String) -> LineKey {
        LineKey(text)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LineKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Debit,
    Credit,
}

impl Side {
    pub fn letter(self) -> &'static str {
        match self {
            Side::Debit => "D",
            Side::Credit => "C",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub account: Account,
    pub side: Side,
    pub fen: Fen,
}

impl Entry {
    /// What this entry does to the account's balance in its natural sign.
    pub fn change(&self) -> Balance {
        let raises = self.account.is_asset() == (self.side == Side::Debit);
        Balance(if raises { self.fen.get() } else { -self.fen.get() })
    }
}

/// One booking. Its key never comes twice: a second debit or credit of a case cannot be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    pub key: String,
    pub case: Option<CaseId>,
    pub booked_on: NaiveDate,
    entries: Vec<Entry>,
}

impl Posting {
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    fn two_sided(
        key: String,
        case: Option<CaseId>,
        on: NaiveDate,
        debit: Account,
        credit: Account,
        fen: Fen,
    ) -> Posting {
        let entries =
            vec![Entry { account: debit, side: Side::Debit, fen }, Entry { account: credit, side: Side::Credit, fen }];
        Posting { key, case, booked_on: on, entries }
    }

    /// Register import: the opening balance. A negative one is booked the other way round and blocks the person.
    pub fn opening(person: &PersonNo, balance: Balance, on: NaiveDate) -> Option<Posting> {
        let key = format!("opening/{person}");
        let person = Account::Person(person.clone());
        if let Some(fen) = balance.positive() {
            return Some(Posting::two_sided(key, None, on, Account::Bank, person, fen));
        }
        let owed = Fen::new(balance.0.checked_neg()?)?;
        Some(Posting::two_sided(key, None, on, person, Account::Bank, owed))
    }

    /// Payment instruction released, account zeroed 清0.
    pub fn debit(case: CaseId, ordinal: u32, person: &PersonNo, fen: Fen, on: NaiveDate) -> Posting {
        let key = format!("debit/{case}/{ordinal}");
        Posting::two_sided(key, Some(case), on, Account::Person(person.clone()), Account::TransitOut(case), fen)
    }

    /// The bank booked our payment.
    pub fn paid(case: CaseId, ordinal: u32, attempt: u32, fen: Fen, on: NaiveDate) -> Posting {
        let key = format!("paid/{case}/{ordinal}/{attempt}");
        Posting::two_sided(key, Some(case), on, Account::TransitOut(case), Account::Bank, fen)
    }

    /// The bank refused our payment before it booked it.
    pub fn refused(case: CaseId, ordinal: u32, attempt: u32, fen: Fen, on: NaiveDate) -> Posting {
        let key = format!("refused/{case}/{ordinal}/{attempt}");
        Posting::two_sided(key, Some(case), on, Account::TransitOut(case), Account::Returned(case), fen)
    }

    /// The bank booked a payment that it had called refused.
    pub fn paid_after_all(case: CaseId, ordinal: u32, attempt: u32, fen: Fen, on: NaiveDate) -> Posting {
        let key = format!("paid/{case}/{ordinal}/{attempt}");
        Posting::two_sided(key, Some(case), on, Account::Returned(case), Account::Bank, fen)
    }

    /// The bank gave our payment back: a line of its own, booked once like every line.
    pub fn came_back(line: &LineKey, case: CaseId, fen: Fen, on: NaiveDate) -> Posting {
        Posting::two_sided(format!("line/{line}"), Some(case), on, Account::Bank, Account::Returned(case), fen)
    }

    /// 重汇: paid again from suspense; debits nobody.
    pub fn resent(case: CaseId, ordinal: u32, attempt: u32, fen: Fen, on: NaiveDate) -> Posting {
        let key = format!("resend/{case}/{ordinal}/{attempt}");
        Posting::two_sided(key, Some(case), on, Account::Returned(case), Account::TransitOut(case), fen)
    }

    /// Two persons send a line back.
    pub fn given_back(line: &LineKey, payment: &PaymentRef, case: Option<CaseId>, fen: Fen, on: NaiveDate) -> Posting {
        let (from, to) = (Account::Suspense(line.clone()), Account::GivingBack(payment.clone()));
        Posting::two_sided(format!("back/{payment}"), case, on, from, to, fen)
    }

    /// The bank booked it.
    pub fn back_paid(payment: &PaymentRef, case: Option<CaseId>, fen: Fen, on: NaiveDate) -> Posting {
        let from = Account::GivingBack(payment.clone());
        Posting::two_sided(format!("paid/{payment}"), case, on, from, Account::Bank, fen)
    }

    /// The bank refused to send it back: the line waits again.
    pub fn back_refused(
        line: &LineKey,
        payment: &PaymentRef,
        case: Option<CaseId>,
        fen: Fen,
        on: NaiveDate,
    ) -> Posting {
        let (from, to) = (Account::GivingBack(payment.clone()), Account::Suspense(line.clone()));
        Posting::two_sided(format!("refused/{payment}"), case, on, from, to, fen)
    }

    /// The incoming agency sent our payment back: the line is the case's again.
    pub fn taken_back(line: &LineKey, case: CaseId, fen: Fen, on: NaiveDate) -> Posting {
        let (from, to) = (Account::Suspense(line.clone()), Account::Returned(case));
        Posting::two_sided(format!("match/{line}"), Some(case), on, from, to, fen)
    }

    /// 补划: the balance was larger than the books knew; the difference comes into them.
    pub fn corrected_up(case: CaseId, version: u32, person: &PersonNo, fen: Fen, on: NaiveDate) -> Posting {
        let key = format!("correct/{case}/{version}");
        Posting::two_sided(key, Some(case), on, Account::Bank, Account::Person(person.clone()), fen)
    }

    /// 退差 is here: the balance was smaller than the books knew; the difference leaves them.
    pub fn corrected_down(line: &LineKey, case: CaseId, fen: Fen, on: NaiveDate) -> Posting {
        let from = Account::Suspense(line.clone());
        Posting::two_sided(format!("correct/{line}"), Some(case), on, from, Account::Bank, fen)
    }

    /// 冲正: what was credited too much.
    pub fn reversed(case: CaseId, number: u32, person: &PersonNo, fen: Fen, on: NaiveDate) -> Posting {
        let key = format!("reverse/{case}/{number}");
        Posting::two_sided(key, Some(case), on, Account::Person(person.clone()), Account::TransitIn(case), fen)
    }

    /// It goes to our bank, for the outgoing agency.
    pub fn reversal_sent(payment: &PaymentRef, case: CaseId, fen: Fen, on: NaiveDate) -> Posting {
        let (from, to) = (Account::TransitIn(case), Account::GivingBack(payment.clone()));
        Posting::two_sided(format!("back/{payment}"), Some(case), on, from, to, fen)
    }

    /// The bank refused to carry it back: the person has it again.
    pub fn reversal_undone(payment: &PaymentRef, case: CaseId, person: &PersonNo, fen: Fen, on: NaiveDate) -> Posting {
        let (from, to) = (Account::GivingBack(payment.clone()), Account::Person(person.clone()));
        Posting::two_sided(format!("refused/{payment}"), Some(case), on, from, to, fen)
    }

    /// A bank line arrived that nobody has claimed yet.
    pub fn arrived(line: &LineKey, fen: Fen, on: NaiveDate) -> Posting {
        let key = format!("line/{line}");
        Posting::two_sided(key, None, on, Account::Bank, Account::Suspense(line.clone()), fen)
    }

    /// A line was matched to its case.
    pub fn matched(line: &LineKey, case: CaseId, fen: Fen, on: NaiveDate) -> Posting {
        let key = format!("match/{line}");
        Posting::two_sided(key, Some(case), on, Account::Suspense(line.clone()), Account::TransitIn(case), fen)
    }

    /// A line of a batch, this case's part of it.
    pub fn matched_part(line: &LineKey, case: CaseId, fen: Fen, on: NaiveDate) -> Posting {
        let key = format!("match/{line}/{case}");
        Posting::two_sided(key, Some(case), on, Account::Suspense(line.clone()), Account::TransitIn(case), fen)
    }

    /// A batch of ours came back: this case's part of the line.
    pub fn taken_back_part(line: &LineKey, case: CaseId, fen: Fen, on: NaiveDate) -> Posting {
        let key = format!("match/{line}/{case}");
        Posting::two_sided(key, Some(case), on, Account::Suspense(line.clone()), Account::Returned(case), fen)
    }

    /// 入账: the person's account is credited.
    pub fn credit(case: CaseId, ordinal: u32, person: &PersonNo, fen: Fen, on: NaiveDate) -> Posting {
        let key = format!("credit/{case}/{ordinal}");
        Posting::two_sided(key, Some(case), on, Account::TransitIn(case), Account::Person(person.clone()), fen)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn every_posting_of_the_table_has_equal_sides_and_moves_what_it_says() {
        let case = CaseId(Uuid::from_u128(7));
        let person = PersonNo::new("P1").expect("a person no.");
        let line = LineKey::new("6222", "T1");
        let back = PaymentRef::new("JR1").expect("a reference");
        let fen = Fen::new(12_345).expect("positive");
        let on = NaiveDate::from_ymd_opt(2026, 11, 20).expect("a date");
        let rows = [
            (Posting::opening(&person, Balance(12_345), on).expect("a posting"), 12_345, 12_345),
            (Posting::opening(&person, Balance(-12_345), on).expect("a posting"), -12_345, -12_345),
            (Posting::debit(case, 1, &person, fen, on), -12_345, 12_345),
            (Posting::paid(case, 1, 1, fen, on), -12_345, -12_345),
            (Posting::refused(case, 1, 1, fen, on), -12_345, 12_345),
            (Posting::paid_after_all(case, 1, 1, fen, on), -12_345, -12_345),
            (Posting::came_back(&line, case, fen, on), 12_345, 12_345),
            (Posting::resent(case, 1, 2, fen, on), -12_345, 12_345),
            (Posting::given_back(&line, &back, Some(case), fen, on), -12_345, 12_345),
            (Posting::back_paid(&back, None, fen, on), -12_345, -12_345),
            (Posting::back_refused(&line, &back, Some(case), fen, on), -12_345, 12_345),
            (Posting::taken_back(&line, case, fen, on), -12_345, 12_345),
            (Posting::corrected_up(case, 2, &person, fen, on), 12_345, 12_345),
            (Posting::corrected_down(&line, case, fen, on), -12_345, -12_345),
            (Posting::reversed(case, 1, &person, fen, on), -12_345, 12_345),
            (Posting::reversal_sent(&back, case, fen, on), -12_345, 12_345),
            (Posting::reversal_undone(&back, case, &person, fen, on), -12_345, 12_345),
            (Posting::arrived(&line, fen, on), 12_345, 12_345),
            (Posting::matched(&line, case, fen, on), -12_345, 12_345),
            (Posting::matched_part(&line, case, fen, on), -12_345, 12_345),
            (Posting::taken_back_part(&line, case, fen, on), -12_345, 12_345),
            (Posting::credit(case, 1, &person, fen, on), -12_345, 12_345),
        ];
        for (posting, first, second) in rows {
            let sum = |side| -> i64 { posting.entries().iter().filter(|e| e.side == side).map(|e| e.fen.get()).sum() };
            assert_eq!(sum(Side::Debit), sum(Side::Credit), "{}", posting.key);
            let mut changes: Vec<i64> = posting.entries().iter().map(|entry| entry.change().0).collect();
            changes.sort_unstable();
            let mut expected = vec![first, second];
            expected.sort_unstable();
            assert_eq!(changes, expected, "{}", posting.key);
        }
        assert_eq!(Posting::opening(&person, Balance(0), on), None);
    }
}

#[cfg(test)]
mod random_tests;
