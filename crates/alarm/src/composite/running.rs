//! A composite alarm as it lives: it follows its children and holds its actions back while it must.
//!
//! - It has no clock: its state and the state's time are those of the child's transition that moved it.
//! - It is in `INSUFFICIENT_DATA` only between its creation and its first evaluation, which is at once.
//! - A transition's actions are held while the suppressor is in ALARM, before that for `WaitPeriod` in case it goes
//!   there, and after it for `ExtensionPeriod`. A transition while they are held starts over with a new
//!   `WaitPeriod`. When they are let go, the actions of the state it then has run.
//! - Holding back and letting go do not change the state but they do move `StateUpdatedTimestamp`, and AWS sends a
//!   state change event for each.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::CompositeAlarm;
use super::hold::Hold;
use crate::message::triggering_alarms;
use crate::time::long_date;
use crate::{Scope, State, Status, Suppression, Transition, alarm_name};

/// What is known of another alarm: its state, and since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observed {
    /// Its state.
    pub state: State,
    /// Its `StateUpdatedTimestamp`.
    pub at: Timestamp,
}

/// One thing that happened to a composite alarm. AWS sends a state change event for each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// What was.
    pub before: Status,
    /// What is now; [`Status::suppressed`] says what holds the actions back.
    pub after: Status,
    /// The ARNs of the actions to run now. None where they are held back, disabled, or not set for the state.
    pub actions: Vec<String>,
}

impl Outcome {
    /// As a transition. Where only the suppression changed, it leads from a state to the same.
    #[must_use]
    pub fn transition(&self) -> Transition {
        Transition {
            from: self.before.state,
            to: self.after.state,
            at: self.after.at,
            reason: self.after.reason.clone(),
            reason_data: self.after.reason_data.clone(),
        }
    }

    /// What holds the actions back.
    #[must_use]
    pub const fn suppressed(&self) -> Option<&Suppression> {
        self.after.suppressed.as_ref()
    }

    /// Whether the state itself is another: only then do alarms that watch this one look.
    #[must_use]
    pub fn changes_state(&self) -> bool {
        self.before.state != self.after.state
    }
}

/// What is to be kept of a composite alarm, and all that is needed to go on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompositeState {
    status: Status,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    hold: Option<Hold>,
    /// By name.
    children: BTreeMap<String, Observed>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    suppressor: Option<Observed>,
}

/// A composite alarm and its state.
#[derive(Debug, Clone)]
pub struct Composite {
    alarm: CompositeAlarm,
    scope: Scope,
    state: CompositeState,
}

impl Composite {
    /// A new composite alarm, evaluated at once. `observe` gives the state of an alarm by its name; one it knows
    /// nothing of counts as `INSUFFICIENT_DATA`.
    pub fn create(
        alarm: CompositeAlarm,
        scope: Scope,
        observe: &dyn Fn(&str) -> Option<Observed>,
        at: Timestamp,
    ) -> (Self, Vec<Outcome>) {
        let state = CompositeState {
            status: Status::initial(at),
            hold: None,
            children: BTreeMap::new(),
            suppressor: None,
        };
        let mut composite = Self { alarm, scope, state };
        composite.look(observe);
        let to = composite.evaluate();
        let reason = format!("{} was created and its alarm rule evaluates to {to}", composite.arn());
        let data = composite.children_data();
        let outcome = composite.go(to, at, reason, data);
        (composite, vec![outcome])
    }

    /// Goes on from a kept state.
    #[must_use]
    pub const fn resume(alarm: CompositeAlarm, scope: Scope, state: CompositeState) -> Self {
        Self { alarm, scope, state }
    }

    /// What is to be kept.
    #[must_use]
    pub const fn state(&self) -> &CompositeState {
        &self.state
    }

    /// Its definition.
    #[must_use]
    pub const fn alarm(&self) -> &CompositeAlarm {
        &self.alarm
    }

    /// What `DescribeAlarms` would show.
    #[must_use]
    pub const fn status(&self) -> &Status {
        &self.state.status
    }

    /// Its ARN.
    #[must_use]
    pub fn arn(&self) -> String {
        self.scope.alarm_arn(&self.alarm.name)
    }

    /// Another definition under the same name. Where the new rule gives the state the alarm has, nothing happens.
    /// Another suppressor, or another of its periods, ends what held the actions back; they are held anew on the
    /// new terms.
    pub fn update(
        &mut self,
        alarm: CompositeAlarm,
        observe: &dyn Fn(&str) -> Option<Observed>,
        at: Timestamp,
    ) -> Vec<Outcome> {
        let mut outcomes = self.tick(at);
        let same_terms = self.alarm.suppressor == alarm.suppressor;
        self.redefine(alarm, observe);
        let to = self.evaluate();
        if to != self.state.status.state {
            let reason = format!("{} was updated and its new alarm rule evaluates to {to}", self.arn());
            let data = self.children_data();
            outcomes.push(self.go(to, at, reason, data));
        } else if self.state.hold.is_some() && !same_terms {
            let before = self.state.status.clone();
            outcomes.push(self.settle(before, at));
        }
        outcomes
    }

    /// The new definition without looking at what it says.
    pub(super) fn redefine(&mut self, alarm: CompositeAlarm, observe: &dyn Fn(&str) -> Option<Observed>) {
        self.alarm = alarm;
        self.look(observe);
    }

    /// A child's transition. A suppressor's is told by [`Self::suppressor_changed`], before this where an alarm is
    /// both.
    pub fn child_changed(&mut self, child: &str, transition: &Transition) -> Vec<Outcome> {
        let child = alarm_name(child);
        if !self.alarm.rule.watches(child) {
            return Vec::new();
        }
        let mut outcomes = self.tick(transition.at);
        self.observe_child(child, transition);
        let to = self.evaluate();
        if to != self.state.status.state {
            let arn = self.scope.alarm_arn(child);
            let reason = format!("{arn} transitioned to {} at {}", transition.to, long_date(transition.at));
            let data = triggering_alarms([(arn.as_str(), transition.to, transition.at)]);
            outcomes.push(self.go(to, transition.at, reason, data));
        }
        outcomes
    }

    /// What a child's state is now, without looking at what the rule says to it.
    pub(super) fn observe_child(&mut self, child: &str, transition: &Transition) {
        let observed = Observed { state: transition.to, at: transition.at };
        self.state.children.insert(child.to_owned(), observed);
    }

    /// The suppressor's transition.
    pub fn suppressor_changed(&mut self, transition: &Transition) -> Vec<Outcome> {
        let mut outcomes = self.tick(transition.at);
        let Some(suppressor) = &self.alarm.suppressor else { return outcomes };
        self.state.suppressor = Some(Observed { state: transition.to, at: transition.at });
        if let Some(hold) = self.state.hold {
            let next = hold.after_suppressor(suppressor, transition.to, transition.at);
            if next != self.state.hold {
                outcomes.push(self.hold(next, transition.at));
            }
        }
        outcomes
    }

    /// When [`Self::tick`] has something to do, if nothing else happens before.
    #[must_use]
    pub fn next_wake(&self) -> Option<Timestamp> {
        self.state.hold.and_then(Hold::until)
    }

    /// Lets the actions go whose wait or extension is over at `now`; its time is the moment it was over.
    pub fn tick(&mut self, now: Timestamp) -> Vec<Outcome> {
        match self.next_wake() {
            Some(until) if until <= now => vec![self.hold(None, until)],
            _ => Vec::new(),
        }
    }

    /// Whether an alarm of that name is the suppressor.
    pub(super) fn is_suppressed_by(&self, name: &str) -> bool {
        self.alarm.suppressor.as_ref().is_some_and(|suppressor| alarm_name(&suppressor.alarm) == name)
    }

    fn look(&mut self, observe: &dyn Fn(&str) -> Option<Observed>) {
        let known = self.alarm.rule.children().into_iter();
        self.state.children = known.filter_map(|child| Some((child.to_owned(), observe(child)?))).collect();
        let suppressor = self.alarm.suppressor.as_ref();
        self.state.suppressor = suppressor.and_then(|suppressor| observe(alarm_name(&suppressor.alarm)));
    }

    fn evaluate(&self) -> State {
        let state_of =
            |name: &str| self.state.children.get(name).map_or(State::InsufficientData, |child| child.state);
        if self.alarm.rule.expression().holds(&state_of) { State::Alarm } else { State::Ok }
    }

    /// All children, as a creation and an update name them.
    fn children_data(&self) -> String {
        let children: Vec<(String, Observed)> = self
            .alarm
            .rule
            .children()
            .into_iter()
            .filter_map(|child| Some((self.scope.alarm_arn(child), *self.state.children.get(child)?)))
            .collect();
        triggering_alarms(children.iter().map(|(arn, observed)| (arn.as_str(), observed.state, observed.at)))
    }

    fn go(&mut self, to: State, at: Timestamp, reason: String, data: String) -> Outcome {
        let after = Status { state: to, reason, reason_data: Some(data), at, suppressed: None };
        let before = std::mem::replace(&mut self.state.status, after);
        self.settle(before, at)
    }

    /// Decides what holds back the actions of the state that the alarm has since `at`.
    fn settle(&mut self, before: Status, at: Timestamp) -> Outcome {
        self.state.hold = Hold::of_transition(self.alarm.suppressor.as_ref(), self.state.suppressor, at);
        self.outcome(before, at)
    }

    fn hold(&mut self, hold: Option<Hold>, at: Timestamp) -> Outcome {
        self.state.hold = hold;
        self.outcome(self.state.status.clone(), at)
    }

    fn outcome(&mut self, before: Status, at: Timestamp) -> Outcome {
        let suppressor = self.alarm.suppressor.as_ref();
        self.state.status.at = at;
        self.state.status.suppressed = self
            .state
            .hold
            .zip(suppressor)
            .map(|(hold, suppressor)| hold.said(&suppressor.alarm, self.state.suppressor, &self.scope));
        let after = self.state.status.clone();
        let run = self.alarm.actions.enabled && self.state.hold.is_none();
        let actions = if run { self.alarm.actions.of(after.state).to_vec() } else { Vec::new() };
        Outcome { before, after, actions }
    }
}
