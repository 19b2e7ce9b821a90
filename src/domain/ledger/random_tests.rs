//! Random postings against a bookkeeping of the simplest kind: one number an account, written down by hand.

use std::collections::{HashMap, HashSet};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use uuid::Uuid;

use super::*;

const LIVES: u32 = 400;
const STEPS: u32 = 80;

/// What should be where, by the account's name.
#[derive(Default)]
struct Reference(HashMap<String, i64>);

impl Reference {
    fn add(&mut self, account: &str, fen: i64) {
        *self.0.entry(account.to_owned()).or_default() += fen;
    }

    fn of(&self, account: &str) -> i64 {
        self.0.get(account).copied().unwrap_or(0)
    }

    /// Some account of this class that holds something.
    fn holding(&self, class: &str, random: &mut ChaCha8Rng) -> Option<(String, i64)> {
        let mut found: Vec<(String, i64)> = self
            .0
            .iter()
            .filter(|(name, fen)| name.starts_with(class) && **fen > 0)
            .map(|(n, f)| (n.clone(), *f))
            .collect();
        found.sort();
        (!found.is_empty()).then(|| found.swap_remove(random.random_range(0..found.len())))
    }
}

fn case(number: u32) -> CaseId {
    CaseId(Uuid::from_u128(u128::from(number)))
}

fn named(account: &str, class: &str) -> CaseId {
    CaseId(account.strip_prefix(class).and_then(|text| text.parse().ok()).expect("a case"))
}

/// One event of an agency's day, if it can happen: its posting, and what the reference says of it.
fn event(step: u32, books: &mut Reference, random: &mut ChaCha8Rng) -> Option<Posting> {
    let on = NaiveDate::from_ymd_opt(2026, 11, 20).expect("a date");
    let amount = random.random_range(1..=1_000_000i64);
    match random.random_range(0..6u32) {
        0 => {
            let person = PersonNo::new(&format!("P{step}")).expect("a person no.");
            let balance = amount - 300_000;
            books.add("bank", balance);
            books.add(&format!("person/{person}"), balance);
            Posting::opening(&person, Balance(balance), on)
        }
        1 => {
            let (account, fen) = books.holding("person/", random)?;
            let person = PersonNo::new(account.strip_prefix("person/")?).expect("a person no.");
            books.add(&account, -fen);
            books.add(&format!("transit-out/{}", case(step)), fen);
            Some(Posting::debit(case(step), 1, &person, Fen::new(fen)?, on))
        }
        2 => {
            let (account, fen) = books.holding("transit-out/", random)?;
            books.add(&account, -fen);
            books.add("bank", -fen);
            Some(Posting::paid(named(&account, "transit-out/"), 1, 1, Fen::new(fen)?, on))
        }
        3 => {
            let line = LineKey::new("6222", &format!("T{step}"));
            books.add("bank", amount);
            books.add(&format!("suspense/{line}"), amount);
            Some(Posting::arrived(&line, Fen::new(amount)?, on))
        }
        4 => {
            let (account, fen) = books.holding("suspense/", random)?;
            let line = LineKey::stored(account.strip_prefix("suspense/")?.to_owned());
            // Several lines may be matched to one case.
            let to = case(10_000 + step / 8);
            books.add(&account, -fen);
            books.add(&format!("transit-in/{to}"), fen);
            Some(Posting::matched(&line, to, Fen::new(fen)?, on))
        }
        _ => {
            let (account, fen) = books.holding("transit-in/", random)?;
            let person = PersonNo::new(&format!("Q{}", step % 7)).expect("a person no.");
            books.add(&account, -fen);
            books.add(&format!("person/{person}"), fen);
            // A second arrival of the same case is credited under the next ordinal.
            Some(Posting::credit(named(&account, "transit-in/"), step, &person, Fen::new(fen)?, on))
        }
    }
}

#[test]
fn random_postings_balance_and_agree_with_a_bookkeeping_by_hand() {
    let mut random = ChaCha8Rng::seed_from_u64(20_261_122);
    let mut posted = HashMap::<&str, u32>::new();
    for life in 0..LIVES {
        let (mut reference, mut books) = (Reference::default(), Reference::default());
        let mut keys = HashSet::new();
        for step in 0..STEPS {
            let Some(posting) = event(step, &mut reference, &mut random) else { continue };
            let at = format!("life {life}, step {step}: {}", posting.key);
            let signed = |entry: &Entry| if entry.side == Side::Debit { entry.fen.get() } else { -entry.fen.get() };
            assert_eq!(posting.entries().iter().map(signed).sum::<i64>(), 0, "{at}: not balanced");
            assert!(keys.insert(posting.key.clone()), "{at}: the key came before");
            for entry in posting.entries() {
                books.add(&entry.account.to_string(), entry.change().0);
                *posted.entry(entry.account.class()).or_default() += 1;
            }
            for account in reference.0.keys().chain(books.0.keys()) {
                assert_eq!(books.of(account), reference.of(account), "{at}: {account}");
            }
            let held: i64 = books.0.iter().filter(|(name, _)| *name != "bank").map(|(_, fen)| fen).sum();
            assert_eq!(held, books.of("bank"), "{at}: persons + transit + suspense = bank");
        }
    }
    assert_eq!(posted.len(), 5, "every class of account was booked: {posted:?}");
}
