//! What stands on the page in full: the gravest notices, of equals the newest.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use jiff::Timestamp;
use trailbell_text::Severity;

use crate::html::Html;

/// Notices that stand on the page in full; a phone can still open it. The rest are counted, day by day.
pub const MOST_IN_FULL: usize = 2_000;

/// A notice as it stands on the page.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) severity: Severity,
    pub(crate) at: Option<Timestamp>,
    /// Which it was of all that were told: what it is called on the page, and the order of what has one time.
    pub(crate) nth: u64,
    /// The same for what one person does from one place with one program.
    pub(crate) hand: Option<u128>,
    /// Whether it is unusual in something.
    pub(crate) is_unusual: bool,
    /// The sentence, for what points to it.
    pub(crate) headline: Html,
    /// All of it.
    pub(crate) html: Html,
}

impl Kept {
    const fn worth(&self) -> (Severity, Option<Timestamp>, u64) {
        (self.severity, self.at, self.nth)
    }
}

impl PartialEq for Kept {
    fn eq(&self, other: &Self) -> bool {
        self.worth() == other.worth()
    }
}

impl Eq for Kept {}

impl PartialOrd for Kept {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Kept {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.worth().cmp(&other.worth())
    }
}

/// At most so many.
#[derive(Debug)]
pub(crate) struct Most {
    limit: usize,
    /// The least worth on top.
    heap: BinaryHeap<Reverse<Kept>>,
}

impl Most {
    pub(crate) const fn new(limit: usize) -> Self {
        Self { limit, heap: BinaryHeap::new() }
    }

    /// Whether something worth so much would be kept: what would not need not be put into words.
    pub(crate) fn would_keep(&self, severity: Severity, at: Option<Timestamp>, nth: u64) -> bool {
        let least = self.heap.peek().map(|Reverse(kept)| kept.worth());
        self.heap.len() < self.limit || least.is_some_and(|least| least < (severity, at, nth))
    }

    pub(crate) fn keep(&mut self, kept: Kept) {
        self.heap.push(Reverse(kept));
        if self.heap.len() > self.limit {
            self.heap.pop();
        }
    }

    /// All of them in order of time, what has none first.
    pub(crate) fn in_time_order(self) -> Vec<Kept> {
        let mut all: Vec<Kept> = self.heap.into_iter().map(|Reverse(kept)| kept).collect();
        all.sort_by_key(|kept| (kept.at, kept.nth));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gravest_stay_and_of_equals_the_newest() {
        let mut most = Most::new(3);
        let severities =
            [Severity::High, Severity::Low, Severity::Low, Severity::Info, Severity::Low, Severity::Critical];
        for (nth, severity) in (0..).zip(severities) {
            let at = Some(Timestamp::from_second(nth).unwrap());
            let nth = nth.unsigned_abs();
            if most.would_keep(severity, at, nth) {
                let (headline, html) = (Html::new(), Html::new());
                most.keep(Kept { severity, at, nth, hand: None, is_unusual: false, headline, html });
            }
        }
        let kept: Vec<u64> = most.in_time_order().iter().map(|kept| kept.nth).collect();
        assert_eq!(kept, [0, 4, 5]);
    }
}
