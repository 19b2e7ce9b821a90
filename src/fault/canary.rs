//! Canaries: bugs planted on purpose, to see that the tests would notice them. Each breaks one promise that money rests on.
//!
//! Without the cargo feature `faults`, [`planted`] is false and every hook falls away. With it, `JIEXU_CANARY=word` plants one.
//! `tests/canaries.sh` plants each in turn: a test must fail of it.

/// One planted bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Canary {
    /// The relay marks messages as reached before the broker has confirmed them.
    MarkBeforeConfirm,
    /// Deliveries are acknowledged before their batch is committed.
    AckBeforeCommit,
    /// The inbox is not asked whether a message is known.
    NoDedupe,
    /// What is known as taken is written in another transaction than what it changed.
    DedupeOutsideTx,
    /// A confirmed message counts as routed, also one that the broker gave back.
    TrustPlainAck,
    /// Once-only keys are deleted when they have served.
    PurgeEffectKeys,
    /// Money is credited because the other agency announced it; no line of our bank is waited for.
    CreditFromNotice,
    /// Messages are handed to the relay before the batch that made them is committed.
    CompletionBeforeCommit,
}

impl Canary {
    pub const ALL: &'static [Canary] = &[
        Canary::MarkBeforeConfirm,
        Canary::AckBeforeCommit,
        Canary::NoDedupe,
        Canary::DedupeOutsideTx,
        Canary::TrustPlainAck,
        Canary::PurgeEffectKeys,
        Canary::CreditFromNotice,
        Canary::CompletionBeforeCommit,
    ];

    /// Its name in `JIEXU_CANARY`.
    pub fn word(self) -> &'static str {
        match self {
            Canary::MarkBeforeConfirm => "mark-before-confirm",
            Canary::AckBeforeCommit => "ack-before-commit",
            Canary::NoDedupe => "no-dedupe",
            Canary::DedupeOutsideTx => "dedupe-outside-tx",
            Canary::TrustPlainAck => "trust-plain-ack",
            Canary::PurgeEffectKeys => "purge-effect-keys",
            Canary::CreditFromNotice => "credit-from-notice",
            Canary::CompletionBeforeCommit => "completion-before-commit",
        }
    }
}

#[cfg(not(feature = "faults"))]
#[inline(always)]
pub const fn planted(_canary: Canary) -> bool {
    false
}

/// Whether this bug is planted in this process.
#[cfg(feature = "faults")]
pub fn planted(canary: Canary) -> bool {
    *chosen::CHOSEN == Some(canary)
}

#[cfg(feature = "faults")]
mod chosen {
    use std::sync::LazyLock;

    use super::Canary;

    const VARIABLE: &str = "JIEXU_CANARY";

    pub(super) static CHOSEN: LazyLock<Option<Canary>> =
        LazyLock::new(|| std::env::var(VARIABLE).ok().map(|word| read(&word)));

    /// A word that plants nothing would look like a bug that nobody noticed.
    fn read(word: &str) -> Canary {
        let found = Canary::ALL.iter().copied().find(|canary| canary.word() == word);
        found.unwrap_or_else(|| panic!("{VARIABLE}={word}: no such canary"))
    }
}
