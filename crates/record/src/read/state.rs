//! What one reading knows so far, and what it holds back until it knows whether this is CloudTrail at all.

use std::sync::Arc;

use super::glance::Needles;
use super::source::Position;
use super::{Contents, Limits, Problem, Sink, Skipped};
use crate::scan::Scanner;

/// Problems kept back while it is not known whether a source is CloudTrail: a licence text would have thousands.
const MAX_HELD: usize = 16;
/// Bytes that may be gone over once more, in one source, to find where to go on after something broken.
const SEARCH_BUDGET: usize = 256 << 20;

/// One reading's state, shared by all levels of payloads.
pub(crate) struct State {
    pub(crate) limits: Limits,
    pub(crate) scanner: Scanner,
    /// What to look for before an element is read.
    pub(crate) needles: Option<Arc<Needles>>,
    /// Bytes of payloads that are unpacked at this moment, all levels together.
    pub(crate) unpacked_now: usize,
    /// See [`SEARCH_BUDGET`].
    pub(crate) search_budget: usize,
    /// Whether any bytes but blanks were met.
    pub(crate) not_empty: bool,
    known: bool,
    problems: Vec<Problem>,
    strangers: u64,
}

impl State {
    pub(crate) fn new(limits: Limits, scanner: Scanner, needles: Option<Arc<Needles>>) -> Self {
        Self {
            limits,
            scanner,
            needles,
            unpacked_now: 0,
            search_budget: SEARCH_BUDGET,
            not_empty: false,
            known: false,
            problems: Vec::new(),
            strangers: 0,
        }
    }

    /// Whether this is known to be CloudTrail.
    pub(crate) const fn is_known(&self) -> bool {
        self.known
    }

    /// This is CloudTrail: what was held back is told.
    #[inline]
    pub(crate) fn known(&mut self, sink: &mut impl Sink) {
        if !self.known {
            self.known = true;
            for problem in self.problems.drain(..) {
                sink.problem(problem);
            }
            for _ in 0..std::mem::take(&mut self.strangers) {
                sink.skipped(Skipped::NotCloudTrail);
            }
        }
    }

    pub(crate) fn problem(&mut self, message: String, position: Position, sink: &mut impl Sink) {
        let problem = Problem { message, position };
        if self.known {
            sink.problem(problem);
        } else if self.problems.len() < MAX_HELD {
            self.problems.push(problem);
        }
    }

    pub(crate) fn skipped(&mut self, skipped: Skipped, sink: &mut impl Sink) {
        if skipped != Skipped::NotCloudTrail {
            self.known(sink);
            sink.skipped(skipped);
        } else if self.known {
            sink.skipped(skipped);
        } else {
            self.strangers += 1;
        }
    }

    /// What it all was.
    pub(crate) fn contents(&mut self) -> Contents {
        if self.known {
            Contents::CloudTrail
        } else if self.not_empty {
            let first = (!self.problems.is_empty()).then(|| self.problems.swap_remove(0));
            Contents::NotCloudTrail(first)
        } else {
            Contents::Empty
        }
    }
}
