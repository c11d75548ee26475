//! What the tasks of an Event history's regions have in common: the position, who is catching up, who is refused.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::position::Position;

/// What the regions' tasks have in common.
#[derive(Debug)]
pub(super) struct Shared {
    state: Mutex<State>,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) position: Position,
    /// Regions whose first look since the start is not done.
    pub(super) catching_up: BTreeSet<String>,
    /// Regions whose last look failed, and why.
    pub(super) failing: BTreeMap<String, String>,
    has_remarked: bool,
}

impl Shared {
    pub(super) fn new(position: Position) -> Self {
        let state =
            State { position, catching_up: BTreeSet::new(), failing: BTreeMap::new(), has_remarked: false };
        Self { state: Mutex::new(state) }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn remark_once(&self) -> bool {
        !std::mem::replace(&mut self.state().has_remarked, true)
    }

    pub(super) fn expect(&self, region: &str) {
        self.state().catching_up.insert(region.to_owned());
    }

    pub(super) fn forget(&self, region: &str) {
        let mut state = self.state();
        state.catching_up.remove(region);
        state.failing.remove(region);
    }

    pub(super) fn is_catching_up(&self) -> bool {
        !self.state().catching_up.is_empty()
    }
}
