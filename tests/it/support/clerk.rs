//! Clerks of the test world: they look at a case as it stands and decide.

use jiexu::domain::act::{Act, Amendment, CancelledBy, Verb, Why};
use jiexu::domain::case::Case;
use jiexu::domain::changes::Outcome;
use jiexu::domain::event::What;
use jiexu::domain::forms::Objection;
use jiexu::domain::ids::BankTxnNo;
use jiexu::domain::money::Balance;
use jiexu::domain::reasons::ReturnCode;

use super::people::{document_of, own_account};
use super::sight::Sight;
use super::world::World;

/// A verb by its word, with what a clerk would usually give.
pub fn verb(word: &str) -> Option<Verb> {
    Some(match word {
        "release" => Verb::Release,
        "reject" => Verb::Reject { reasons: vec![ReturnCode::PersonMismatch.into()] },
        "recheck" => Verb::Recheck,
        "return" => Verb::Return { reasons: vec![ReturnCode::PersonMismatch.into()] },
        "issue" => Verb::Issue,
        "payout" => Verb::Payout { account: own_account(1) },
        "correct" => Verb::Correct { balance: None },
        "correct_up" => Verb::Correct { balance: Some(Balance(5_000)) },
        "correct_down" => Verb::Correct { balance: Some(Balance(3_000)) },
        "correct_to_nothing" => Verb::Correct { balance: Some(Balance(0)) },
        "reverse" => Verb::Reverse,
        "accept" => Verb::Accept,
        "object" => Verb::Object {
            objections: vec![Objection {
                field: "periods[0].months".into(),
                stated: None,
                expected: None,
                text: "月数有误".into(),
            }],
        },
        "amend" => Verb::Amend(Amendment::default()),
        "amend_identity" => Verb::Amend(Amendment { identity_from_register: true, ..Amendment::default() }),
        "amend_payee" => Verb::Amend(Amendment { payee_from_directory: true, ..Amendment::default() }),
        "close" => Verb::Close,
        "cancel" => Verb::Cancel { by: CancelledBy::Person },
        "credit" => Verb::Credit,
        "resend" => Verb::Resend,
        "send-back" => Verb::SendBack { txns: vec![BankTxnNo::new("T3").expect("a number")] },
        "match" => Verb::Match { txns: vec![BankTxnNo::new("T3").expect("a number")] },
        "remind" => Verb::Remind,
        "delay" => Verb::Delay { expected_on: chrono::NaiveDate::from_ymd_opt(2026, 12, 31).expect("a day") },
        "ask" => Verb::Ask { field: Some("periods[0].months".into()) },
        "answer" => Verb::Answer,
        "query" => Verb::Query,
        "noted" => Verb::Noted,
        "confirm" => Verb::Confirm,
        "withdraw" => Verb::Withdraw,
        _ => return None,
    })
}

/// The same for the person of a case.
pub fn verb_for(word: &str, case: &Case) -> Option<Verb> {
    let person = (1..2_000).find(|n| case.person().document == document_of(*n))?;
    match word {
        "payout" => Some(Verb::Payout { account: own_account(person) }),
        word => verb(word),
    }
}

pub fn act_on(case: &Case, verb: Verb) -> What {
    What::Act(Act { case: case.id, version: case.version, verb, reason: Why("核实后办理".into()) })
}

/// The same as a story tells it: with an amount, and with the lines that wait now.
pub async fn verb_told(word: &str, case: &Case, amount: Option<Balance>, sight: &Sight<'_>) -> Option<Verb> {
    match word {
        "correct" => Some(Verb::Correct { balance: amount }),
        "match" => Some(Verb::Match { txns: sight.waiting_lines().await }),
        "send-back" => Some(Verb::SendBack { txns: sight.waiting_lines().await }),
        word => verb_for(word, case),
    }
}

impl World {
    /// Every case of an agency, oldest first.
    pub async fn documents(&self, n: usize) -> Vec<Case> {
        self.sight(n).documents().await
    }

    /// A clerk decides about the case as it stands.
    pub async fn clerk_decides(&mut self, n: usize, clerk: &str, case: &Case, verb: Verb) -> Outcome {
        self.act(n, clerk, vec![act_on(case, verb)]).await.remove(0)
    }
}
