//! Which address is next and after which pause, so that a broker that is away is not hammered by every agency at once.

use std::time::Duration;

use super::super::address::Address;

const FIRST: Duration = Duration::from_millis(200);
const LONGEST: Duration = Duration::from_secs(15);

/// The addresses in turn. Within one round each is tried shortly after the one before; after a round in vain the pause
/// grows: 0.2 s, doubling up to 15 s. Every pause is cut by up to half at random.
#[derive(Debug)]
pub(super) struct Round {
    addresses: Vec<Address>,
    at: usize,
    failures: u32,
}

impl Round {
    /// Begins with the first; there is at least one.
    pub(super) fn new(addresses: Vec<Address>) -> Round {
        assert!(!addresses.is_empty(), "a broker has an address");
        Round { addresses, at: 0, failures: 0 }
    }

    pub(super) fn address(&self) -> &Address {
        &self.addresses[self.at]
    }

    /// This address failed: the next one's turn, after this pause.
    pub(super) fn next(&mut self) -> Duration {
        self.at = (self.at + 1) % self.addresses.len();
        self.failures = self.failures.saturating_add(1);
        let each = u32::try_from(self.addresses.len()).unwrap_or(u32::MAX);
        let rounds = if self.failures.is_multiple_of(each) { self.failures / each - 1 } else { 0 };
        cut_at_random(FIRST.saturating_mul(1 << rounds.min(10)).min(LONGEST))
    }

    /// Only after something worked, never on mere connecting: else a refused publish would loop fast.
    pub(super) fn worked(&mut self) {
        self.failures = 0;
    }
}

fn cut_at_random(whole: Duration) -> Duration {
    let mut random = [0u8; 4];
    getrandom::fill(&mut random).expect("the operating system gives random bytes");
    let share = f64::from(u32::from_le_bytes(random)) / f64::from(u32::MAX);
    whole.mul_f64(0.5 + 0.5 * share)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round(ports: std::ops::RangeInclusive<u16>) -> Round {
        Round::new(ports.map(|port| Address::new("127.0.0.1", port).expect("an address")).collect())
    }

    #[test]
    fn pauses_grow_to_fifteen_seconds_and_no_further() {
        let mut round = round(1..=1);
        let taken: Vec<Duration> = (0..40).map(|_| round.next()).collect();
        assert!(taken[0] >= FIRST / 2 && taken[0] <= FIRST);
        assert!(taken[39] >= LONGEST / 2 && taken[39] <= LONGEST);
        round.worked();
        assert!(round.next() <= FIRST);
    }

    #[test]
    fn every_address_has_its_turn_and_only_a_round_in_vain_is_paused_for() {
        let mut round = round(1..=3);
        let mut tried = Vec::new();
        for n in 0..60 {
            tried.push(round.address().port());
            let pause = round.next();
            let (whole, is_round) = (LONGEST.min(FIRST * (1 << (n / 3).min(10))), n % 3 == 2);
            let most = if is_round { whole } else { FIRST };
            assert!(pause >= most / 2 && pause <= most, "{n}: {pause:?} of {most:?}");
        }
        assert!(tried.chunks(3).all(|ports| ports == [1, 2, 3]), "{tried:?}");
    }

    #[test]
    fn after_something_worked_the_next_address_has_its_turn() {
        let mut round = round(1..=2);
        round.worked();
        assert!(round.next() <= FIRST);
        assert_eq!(round.address().port(), 2);
    }
}
