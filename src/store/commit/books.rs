//! Cases, double entry, register and bank in a commit.

use std::collections::{BTreeMap, HashMap};

use super::{Decided, Rows, Writing};
use crate::domain::case::Case;
use crate::domain::changes::RegisterChange;
use crate::domain::forms::Period;
use crate::domain::ids::CaseId;
use crate::domain::ledger::{Entry, Posting};
use crate::domain::time::Moment;
use crate::fault::{self, Canary, planted};
use crate::store::audit::{self, Link};
use crate::store::engine::{self, Value};
use crate::store::rows::{case_bytes, case_row, document, line_row, payment_row};
use crate::store::{StoreError, sql};

impl<'a> Writing<'a> {
    pub(super) async fn cases(&mut self) -> Result<(), StoreError> {
        let mut steps: Rows<'a> = Vec::new();
        let mut newest: HashMap<CaseId, (&'a Case, u64)> = HashMap::new();
        let mut order = Vec::new();
        for decided in &self.batch.decided {
            for case in &decided.changes.cases {
                steps.push(step_row(decided, case));
                match newest.get_mut(&case.id) {
                    Some((known, _)) => *known = case,
                    None => {
                        order.push(case.id);
                        newest.insert(case.id, (case, case.version - 1));
                    }
                }
            }
        }
        let rows: Rows<'a> =
            order.iter().filter_map(|id| newest.get(id)).map(|(case, prior)| case_row(case, *prior)).collect();
        let expected = rows.len() as u64;
        if self.insert(sql::CASES_PUT, rows).await? != expected {
            return Err(StoreError::Stale);
        }
        self.point("commit.cases");
        self.insert(sql::STEPS_ADD, steps).await?;
        Ok(())
    }

    pub(super) async fn ledger(&mut self, head: &mut Link) -> Result<(), StoreError> {
        let mut entries: Rows<'a> = Vec::new();
        let mut effects: Rows<'a> = Vec::new();
        let mut balances: BTreeMap<String, (&'static str, i64)> = BTreeMap::new();
        let at = self.batch.at;
        for changes in self.changes() {
            for posting in &changes.postings {
                effects.push(vec![
                    Value::text(posting.key.clone()),
                    Value::maybe(posting.case, case_bytes),
                    at.0.into(),
                ]);
                for (line, entry) in (1..).zip(posting.entries()) {
                    let account = entry.account.to_string();
                    entries.push(entry_row(posting, line, entry, at, head));
                    let (_, sum) = balances.entry(account).or_insert((entry.account.class(), 0));
                    *sum += entry.change().0;
                }
            }
            for (effect, case) in &changes.effects {
                effects.push(vec![Value::text(effect.clone()), case_bytes(*case), at.0.into()]);
            }
        }
        // The keys are unique for ever: a second debit or credit fails here, whatever was decided.
        self.insert(sql::EFFECTS_ADD, effects).await?;
        if planted(Canary::PurgeEffectKeys) {
            engine::execute(self.connection, sql::EFFECTS_PURGE, Vec::new()).await?;
        }
        self.point("commit.effects");
        self.insert(sql::ENTRIES_ADD, entries).await?;
        self.point("commit.entries");
        let balances = balances
            .into_iter()
            .map(|(account, (class, sum))| vec![Value::text(account), Value::text(class), sum.into()])
            .collect();
        self.insert(sql::ACCOUNTS_ADD, balances).await?;
        Ok(())
    }

    pub(super) async fn register(&mut self) -> Result<(), StoreError> {
        for change in self.changes().flat_map(|changes| &changes.register) {
            self.wrote = true;
            match change {
                RegisterChange::Put(person) | RegisterChange::Relation(person) => {
                    let row = vec![
                        Value::text(person.person_no.to_string()),
                        Value::text(person.document.kind().word()),
                        Value::text(person.document.number().to_owned()),
                        Value::text(person.status.word()),
                        document(&**person),
                    ];
                    self.insert(sql::PEOPLE_PUT, vec![row]).await?;
                }
                RegisterChange::Periods { person, periods } => {
                    let key = [Value::text(person.to_string())];
                    engine::execute_in(self.connection, sql::PERIODS_DROP, &[], &key).await?;
                    self.insert(sql::PERIODS_ADD, period_rows(person.as_str(), "import", periods)).await?;
                }
                RegisterChange::AddMonths { person, case, periods } => {
                    let rows = period_rows(person.as_str(), &case.to_string(), periods);
                    self.insert(sql::PERIODS_ADD, rows).await?;
                }
                RegisterChange::RemoveMonths { person, case, .. } => {
                    let values = vec![Value::text(person.to_string()), Value::text(case.to_string())];
                    engine::execute(self.connection, sql::PERIODS_REMOVE, values).await?;
                }
                RegisterChange::Freeze { person, case, held } => {
                    let held = Value::maybe(*held, |fen| fen.get().into());
                    let values = vec![Value::text(person.to_string()), case_bytes(*case), held];
                    engine::execute(self.connection, sql::PEOPLE_FREEZE, values).await?;
                }
                RegisterChange::Thaw { person } => {
                    let values = vec![Value::text(person.to_string()), Value::Null, Value::Null];
                    engine::execute(self.connection, sql::PEOPLE_FREEZE, values).await?;
                }
            }
        }
        Ok(())
    }

    pub(super) async fn bank(&mut self) -> Result<(), StoreError> {
        // A line or payment may change twice in a batch; rows of one statement must be distinct, so the last one stands.
        let lines = self.changes().flat_map(|changes| &changes.lines);
        let lines: BTreeMap<_, _> = lines.map(|line| (line.key(), line)).collect();
        self.insert(sql::LINES_PUT, lines.into_values().map(line_row).collect()).await?;
        self.point("commit.lines");
        let payments = self.changes().flat_map(|changes| &changes.payments);
        let payments: BTreeMap<_, _> = payments.map(|payment| (&payment.payment_ref, payment)).collect();
        self.insert(sql::PAYMENTS_PUT, payments.into_values().map(payment_row).collect()).await?;
        self.point("commit.payments");
        for batch_no in self.changes().filter_map(|changes| changes.export.as_ref()) {
            let values = vec![Value::text(batch_no.clone()), self.batch.at.0.into()];
            engine::execute(self.connection, sql::PAYMENTS_EXPORT, values).await?;
            fault::point("commit.export");
        }
        Ok(())
    }
}

/// One side of a posting, the next row of the ledger's chain; the head moves on.
fn entry_row(posting: &Posting, line: i64, entry: &Entry, at: Moment, head: &mut Link) -> Vec<Value<'static>> {
    let (account, booked_on) = (entry.account.to_string(), posting.booked_on.to_string());
    let n = head.n + 1;
    let hashed = audit::Entry {
        posting: posting.key.as_bytes(),
        line,
        account: account.as_bytes(),
        side: entry.side.letter().as_bytes(),
        fen: entry.fen.get(),
        case_id: posting.case.as_ref().map(|case| case.0.as_bytes().as_slice()),
        booked_on: booked_on.as_bytes(),
        at: at.0,
    };
    *head = Link { n, hash: audit::entry_hash(&head.hash, n, &hashed) };
    vec![
        Value::text(posting.key.clone()),
        line.into(),
        Value::text(account),
        Value::text(entry.side.letter()),
        entry.fen.get().into(),
        Value::maybe(posting.case, case_bytes),
        Value::text(booked_on),
        at.0.into(),
        n.into(),
        Value::bytes(head.hash.to_vec()),
    ]
}

fn step_row<'a>(decided: &Decided, case: &Case) -> Vec<Value<'a>> {
    vec![
        case_bytes(case.id),
        case.version.into(),
        decided.event.at.0.into(),
        Value::text(decided.event.actor.clone()),
        Value::text(decided.event.what.word()),
        Value::text(case.relation()),
        Value::maybe(case.money(), Value::text),
        Value::text(case.holder().word()),
        Value::maybe(decided.changes.note.as_ref(), |note| Value::text(note.clone())),
    ]
}

fn period_rows(person: &str, source: &str, periods: &[Period]) -> Rows<'static> {
    periods
        .iter()
        .enumerate()
        .map(|(line, period)| {
            vec![
                Value::text(person.to_owned()),
                Value::text(source.to_owned()),
                Value::from(line as u64 + 1),
                document(period),
            ]
        })
        .collect()
}
