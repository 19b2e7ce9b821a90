//! Which deliveries of one consumer are in our hands, and the fewest acknowledgements that say which are done.

use std::collections::BTreeSet;

/// Delivery tags handed to us and not yet acknowledged.
#[derive(Debug, Default)]
pub(super) struct Unacked(BTreeSet<u64>);

impl Unacked {
    pub(super) fn arrived(&mut self, tag: u64) {
        self.0.insert(tag);
    }

    /// Takes these tags out and returns `(tag, multiple)` acknowledgements. Tags not in hand are left out: the broker
    /// closes the channel at an unknown one, and `multiple` may only cover what is all done.
    pub(super) fn acknowledge(&mut self, tags: impl Iterator<Item = u64>) -> Vec<(u64, bool)> {
        let done: BTreeSet<u64> = tags.filter(|tag| self.0.contains(tag)).collect();
        let prefix = self.0.iter().zip(&done).take_while(|(held, done)| held == done).count();
        let mut acknowledgements = Vec::new();
        for (index, tag) in done.iter().enumerate() {
            self.0.remove(tag);
            match index + 1 {
                position if position < prefix => {}
                position => acknowledgements.push((*tag, position == prefix && prefix > 1)),
            }
        }
        acknowledgements
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(tags: impl Iterator<Item = u64>) -> Unacked {
        Unacked(tags.collect())
    }

    #[test]
    fn a_prefix_is_acknowledged_at_once() {
        let mut unacked = held(1..=10);
        assert_eq!(unacked.acknowledge([3, 1, 2].into_iter()), [(3, true)]);
        assert_eq!(unacked.acknowledge([4].into_iter()), [(4, false)]);
        assert_eq!(unacked.acknowledge(5..=10), [(10, true)]);
        assert!(unacked.0.is_empty());
    }

    #[test]
    fn what_is_behind_a_gap_is_acknowledged_singly() {
        let mut unacked = held(1..=6);
        assert_eq!(unacked.acknowledge([1, 2, 4, 6].into_iter()), [(2, true), (4, false), (6, false)]);
        assert_eq!(unacked.0, BTreeSet::from([3, 5]));
        assert_eq!(unacked.acknowledge([5].into_iter()), [(5, false)]);
    }

    #[test]
    fn an_unknown_or_repeated_tag_is_left_out() {
        let mut unacked = held(1..=3);
        assert_eq!(unacked.acknowledge([2, 2, 9].into_iter()), [(2, false)]);
        assert!(unacked.acknowledge([2].into_iter()).is_empty());
    }
}
