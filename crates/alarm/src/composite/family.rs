//! All composite alarms of one account and Region, as they watch one another.
//!
//! A circle (C watches D, D watches C) is accepted. Where following it would move an alarm back that is only just
//! being moved, evaluation stops, and that alarm keeps the state it had: AWS was seen to leave `C: NOT ALARM(D)`,
//! `D: ALARM(C)` with C in OK and D in ALARM, D's reason naming a transition of C that never was.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::{Composite, CompositeAlarm, CompositeState, Observed, Outcome, RuleError};
use crate::{Scope, Transition, alarm_name};

/// Looks at composite alarms that one change may cause; rules can be written that would cause any number of them.
const MAX_MOVES: usize = 10_000;
/// Composite alarms above one another that a change is followed through.
const MAX_PATH: usize = 200;

/// What happened to which composite alarm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Its name.
    pub alarm: String,
    /// What happened.
    pub outcome: Outcome,
}

/// The composite alarms of a scope, and what they need to know of its other alarms.
#[derive(Debug, Clone)]
pub struct Composites {
    scope: Scope,
    members: BTreeMap<String, Composite>,
    others: BTreeMap<String, Observed>,
    /// Who watches whom, or is suppressed by whom.
    watchers: BTreeMap<String, BTreeSet<String>>,
}

/// A change being followed.
#[derive(Default)]
struct Walk {
    /// From the alarm that was moved first to the one that is being moved.
    path: Vec<Step>,
    told: Vec<Told>,
    moves: usize,
}

/// A composite alarm on the way from the change to where it leads.
struct Step {
    name: String,
    /// As it would be.
    moved: Composite,
    /// As it stays if the circle closes against it.
    kept: Composite,
    closed: bool,
}

impl Composites {
    /// None yet.
    #[must_use]
    pub const fn new(scope: Scope) -> Self {
        Self { scope, members: BTreeMap::new(), others: BTreeMap::new(), watchers: BTreeMap::new() }
    }

    /// Goes on from kept states; an alarm without one is left out, and is to be [`put`](Self::put).
    #[must_use]
    pub fn resume(
        scope: Scope,
        alarms: Vec<CompositeAlarm>,
        mut states: BTreeMap<String, CompositeState>,
        others: BTreeMap<String, Observed>,
    ) -> Self {
        let mut composites = Self { others, ..Self::new(scope) };
        for alarm in alarms {
            let Some(state) = states.remove(&alarm.name) else { continue };
            composites.watch(&alarm);
            let name = alarm.name.clone();
            composites.members.insert(name, Composite::resume(alarm, composites.scope.clone(), state));
        }
        composites
    }

    /// The composite alarm of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Composite> {
        self.members.get(name)
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Composite> {
        self.members.values()
    }

    /// Makes a metric alarm known, without anybody following it.
    pub fn know(&mut self, name: &str, observed: Observed) {
        self.others.insert(name.to_owned(), observed);
    }

    /// Creates or updates a composite alarm; its children must be known. A suppressor that is not known never holds
    /// anything back: what AWS says to one that does not exist was not captured.
    pub fn put(&mut self, alarm: CompositeAlarm, at: Timestamp) -> Result<Vec<Told>, RuleError> {
        let exists = |name: &str| self.others.contains_key(name) || self.members.contains_key(name);
        alarm.rule.check(&alarm.name, &self.scope, &exists)?;
        let name = alarm.name.clone();
        if let Some(old) = self.members.get(&name) {
            for watched in watched(old.alarm()) {
                if let Some(watchers) = self.watchers.get_mut(watched) {
                    watchers.remove(&name);
                }
            }
        }
        self.watch(&alarm);
        let mut walk = Walk::default();
        let observe = |name: &str| self.observe(name);
        if let Some(old) = self.members.get(&name) {
            let (mut moved, mut kept) = (old.clone(), old.clone());
            kept.redefine(alarm.clone(), &observe);
            let outcomes = moved.update(alarm, &observe, at);
            self.enter(Step { name, moved, kept, closed: false }, outcomes, &mut walk);
        } else {
            let (composite, outcomes) = Composite::create(alarm, self.scope.clone(), &observe, at);
            let step = Step { name, kept: composite.clone(), moved: composite, closed: false };
            self.enter(step, outcomes, &mut walk);
        }
        Ok(walk.told)
    }

    /// A metric alarm's transition, and all that follows from it, a child before who watches it.
    pub fn alarm_changed(&mut self, name: &str, transition: &Transition) -> Vec<Told> {
        let name = alarm_name(name);
        self.know(name, Observed { state: transition.to, at: transition.at });
        let mut walk = Walk::default();
        self.spread(name, transition, &mut walk);
        walk.told
    }

    /// When [`Self::tick`] has something to do, if nothing else happens before.
    #[must_use]
    pub fn next_wake(&self) -> Option<Timestamp> {
        self.members.values().filter_map(Composite::next_wake).min()
    }

    /// Lets actions go whose wait or extension is over at `now`. No state changes by that.
    pub fn tick(&mut self, now: Timestamp) -> Vec<Told> {
        let mut told: Vec<Told> = self
            .members
            .iter_mut()
            .flat_map(|(name, member)| {
                member.tick(now).into_iter().map(|outcome| Told { alarm: name.clone(), outcome })
            })
            .collect();
        told.sort_by_key(|told| told.outcome.after.at);
        told
    }

    fn observe(&self, name: &str) -> Option<Observed> {
        let member = self.members.get(name).map(|member| {
            let status = member.status();
            Observed { state: status.state, at: status.at }
        });
        member.or_else(|| self.others.get(name).copied())
    }

    fn watch(&mut self, alarm: &CompositeAlarm) {
        for watched in watched(alarm) {
            self.watchers.entry(watched.to_owned()).or_default().insert(alarm.name.clone());
        }
    }

    /// Follows a transition to who watches it.
    fn spread(&mut self, name: &str, transition: &Transition, walk: &mut Walk) {
        let watchers: Vec<String> = self.watchers.get(name).into_iter().flatten().cloned().collect();
        for watcher in watchers {
            if walk.moves >= MAX_MOVES || walk.path.len() >= MAX_PATH {
                // It is not looked at now, but when it next is, it is by what is so.
                if let Some(member) = self.members.get_mut(&watcher) {
                    member.observe_child(name, transition);
                }
                continue;
            }
            if let Some(step) = walk.path.iter_mut().find(|step| step.name == watcher) {
                let mut again = step.moved.clone();
                again.child_changed(name, transition);
                if again.status().state == step.moved.status().state {
                    step.moved = again;
                } else {
                    step.closed = true;
                }
                step.kept.observe_child(name, transition);
                continue;
            }
            let Some(member) = self.members.get(&watcher) else { continue };
            let (mut moved, kept) = (member.clone(), member.clone());
            let mut outcomes = Vec::new();
            if moved.is_suppressed_by(name) {
                outcomes.extend(moved.suppressor_changed(transition));
            }
            outcomes.extend(moved.child_changed(name, transition));
            self.enter(Step { name: watcher, moved, kept, closed: false }, outcomes, walk);
        }
    }

    /// Takes a moved alarm in, once it is known where its move leads.
    fn enter(&mut self, step: Step, outcomes: Vec<Outcome>, walk: &mut Walk) {
        let name = step.name.clone();
        let place = walk.told.len();
        walk.moves += 1;
        walk.path.push(step);
        for outcome in outcomes.iter().filter(|outcome| outcome.changes_state()) {
            self.spread(&name, &outcome.transition(), walk);
        }
        let Some(step) = walk.path.pop() else { return };
        if step.closed {
            self.members.insert(name, step.kept);
            return;
        }
        self.members.insert(name.clone(), step.moved);
        let own = outcomes.into_iter().map(|outcome| Told { alarm: name.clone(), outcome });
        walk.told.splice(place..place, own);
    }
}

/// The names of the alarms a composite alarm looks at.
fn watched(alarm: &CompositeAlarm) -> impl Iterator<Item = &str> {
    let suppressor = alarm.suppressor.as_ref().map(|suppressor| alarm_name(&suppressor.alarm));
    alarm.rule.children().into_iter().chain(suppressor)
}
