//! Those that wait for one key.

use std::collections::VecDeque;

/// A queue that any may leave, by the ticket it came with. Tickets only grow, so that it is in
/// order by itself, and who leaves from within leaves a gap.
#[derive(Debug)]
pub(crate) struct Queue<T> {
    /// The first is no gap, and no more than half of all are.
    all: VecDeque<(u64, Option<T>)>,
    gaps: usize,
}

impl<T> Queue<T> {
    pub(crate) fn new() -> Self {
        Queue {
            all: VecDeque::new(),
            gaps: 0,
        }
    }

    /// The ticket of the oldest.
    pub(crate) fn first(&self) -> Option<u64> {
        self.all.front().map(|(ticket, _)| *ticket)
    }

    /// Queues one, with a ticket above all others.
    pub(crate) fn push(&mut self, ticket: u64, waiter: T) {
        self.all.push_back((ticket, Some(waiter)));
    }

    /// Takes the oldest away.
    pub(crate) fn pop(&mut self) -> Option<(u64, T)> {
        let (ticket, waiter) = self.all.pop_front()?;
        self.close_up();
        Some((ticket, waiter?))
    }

    pub(crate) fn get_mut(&mut self, ticket: u64) -> Option<&mut T> {
        let at = self.find(ticket)?;
        self.all.get_mut(at)?.1.as_mut()
    }

    /// Takes one away, wherever it stands.
    pub(crate) fn remove(&mut self, ticket: u64) -> Option<T> {
        let at = self.find(ticket)?;
        let waiter = self.all.get_mut(at)?.1.take()?;
        self.gaps += 1;
        self.close_up();
        Some(waiter)
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.all
            .iter_mut()
            .filter_map(|(_, waiter)| waiter.as_mut())
    }

    /// Takes all of them away, the oldest first.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = T> {
        self.gaps = 0;
        self.all.drain(..).filter_map(|(_, waiter)| waiter)
    }

    fn find(&self, ticket: u64) -> Option<usize> {
        self.all.binary_search_by_key(&ticket, |(of, _)| *of).ok()
    }

    /// Forgets the gaps before the oldest, and all once they are too many.
    fn close_up(&mut self) {
        while let Some((_, None)) = self.all.front() {
            self.all.pop_front();
            self.gaps -= 1;
        }
        if self.gaps > self.all.len() / 2 {
            self.all.retain(|(_, waiter)| waiter.is_some());
            self.gaps = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn does_as_a_sorted_map(actions in prop::collection::vec((0..3u8, any::<u64>()), 0..200)) {
            let (mut queue, mut map) = (Queue::new(), BTreeMap::new());
            for (at, (action, number)) in (0_u64..).zip(actions) {
                let ticket = number % (at + 1);
                match action {
                    0 => {
                        queue.push(at, at);
                        map.insert(at, at);
                    }
                    1 => prop_assert_eq!(queue.pop(), map.pop_first()),
                    _ => {
                        prop_assert_eq!(queue.get_mut(ticket), map.get_mut(&ticket));
                        prop_assert_eq!(queue.remove(ticket), map.remove(&ticket));
                    }
                }
                prop_assert_eq!(queue.first(), map.keys().next().copied());
                prop_assert!(queue.all.len() <= 2 * map.len(), "gaps are forgotten");
            }
            let rest: Vec<u64> = queue.drain().collect();
            prop_assert_eq!(rest, map.into_values().collect::<Vec<_>>());
        }
    }
}
