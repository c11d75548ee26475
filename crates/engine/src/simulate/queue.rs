//! What is still to come, in order of time; at one moment log events come before alarms look.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::rc::Rc;

use jiff::Timestamp;

use super::brought::Brought;

/// Something to be done.
#[derive(Debug)]
pub(super) enum Work {
    /// A record comes by the event bus.
    Bus(Rc<Brought>),
    /// A record comes into the log groups.
    Log(Rc<Brought>),
    /// A record that no pattern meets comes into the log groups: its region and service.
    Rest(Box<(String, String)>),
    /// An alarm is evaluated.
    Evaluate(usize),
}

impl Work {
    const fn rank(&self) -> u8 {
        match self {
            Self::Bus(_) => 0,
            Self::Log(_) => 1,
            Self::Rest(_) => 2,
            Self::Evaluate(_) => 3,
        }
    }
}

#[derive(Debug)]
struct Due {
    key: (Timestamp, u8, u64),
    work: Work,
}

impl PartialEq for Due {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Due {}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Due {
    fn cmp(&self, other: &Self) -> Ordering {
        self.key.cmp(&other.key)
    }
}

/// Work in order of time; what is due at one moment, in the order it was put in.
#[derive(Debug, Default)]
pub(super) struct Queue {
    heap: BinaryHeap<Reverse<Due>>,
    nth: u64,
}

impl Queue {
    pub(super) fn push(&mut self, at: Timestamp, work: Work) {
        self.nth += 1;
        let key = (at, work.rank(), self.nth);
        self.heap.push(Reverse(Due { key, work }));
    }

    /// When the next work is due.
    pub(super) fn next_at(&self) -> Option<Timestamp> {
        self.heap.peek().map(|due| due.0.key.0)
    }

    pub(super) fn pop(&mut self) -> Option<(Timestamp, Work)> {
        self.heap.pop().map(|Reverse(due)| (due.key.0, due.work))
    }
}
