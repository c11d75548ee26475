//! Alarms change their states: who is told, what follows from it.

use jiff::Timestamp;
use trailbell_alarm::{AlarmRef, Ids, Message, Scope, State, Status, Told, Transition};
use trailbell_json::Json;
use trailbell_notice::Behind;

use super::drive::Drive;
use super::report::{AlarmReport, Hidden, MOST_HIDDEN, MOST_HISTORY};
use super::timeline::{Changed, Happening, Moment, Publisher};
use super::world::is_topic;

/// What is published and sent when an alarm changes, made while the alarm is at hand.
/// Only what somebody hears: most changes are nobody's business.
struct Said {
    publish: Option<trailbell_sns::Publish>,
    event: Option<String>,
    to_function: Option<String>,
}

impl Said {
    fn new<'a>(
        alarm: impl Into<AlarmRef<'a>>,
        scope: &Scope,
        before: &Status,
        after: &Status,
        actions: &[String],
        has_rules: bool,
    ) -> Self {
        if actions.is_empty() && !has_rules {
            return Self { publish: None, event: None, to_function: None };
        }
        let alarm = alarm.into();
        let message = Message::new(alarm, scope, before, after);
        let ids = Ids::derived(alarm, scope, after.at);
        Self {
            publish: actions.iter().any(|arn| is_topic(arn)).then(|| trailbell_sns::Publish {
                subject: Some(message.subject()),
                message: message.published(),
                structured: true,
                ..trailbell_sns::Publish::default()
            }),
            event: has_rules.then(|| message.event(&ids)),
            to_function: actions.iter().any(|arn| !is_topic(arn)).then(|| message.lambda_payload(&ids)),
        }
    }
}

impl Drive<'_> {
    /// A metric alarm's change.
    pub(super) fn changes(&mut self, at: usize, transition: &Transition) {
        let now = self.now;
        let Some(going) = self.alarms.get_mut(at) else { return };
        let after = Status::from(transition);
        let before = std::mem::replace(&mut going.status, after.clone());
        let alarm = going.running.alarm();
        let (name, scope) = (alarm.name.clone(), going.scope.clone());
        let actions = if alarm.actions.enabled { alarm.actions.of(after.state).to_vec() } else { Vec::new() };
        let has_rules = !self.world.rules.is_empty();
        let said = Said::new(alarm, &scope, &before, &after, &actions, has_rules);
        going.report.changes_to(transition.to, now);
        if transition.to == State::Alarm {
            going.takes_credit(now);
        }
        self.out.push(Moment {
            at: now,
            what: Happening::Changed(Changed {
                alarm: name.clone(),
                is_composite: false,
                from: transition.from,
                to: transition.to,
                reason: transition.reason.clone(),
                held_back: None,
            }),
        });
        self.act(&name, &actions, &said, &scope, Some(at));
        let found = self.composites.iter_mut().find(|(known, _)| *known == scope);
        if let Some((_, composites)) = found {
            let told = composites.alarm_changed(&name, transition);
            self.composites_told(&scope, told);
        }
    }

    /// What happened to composite alarms.
    pub(super) fn composites_told(&mut self, scope: &Scope, told: Vec<Told>) {
        for Told { alarm: name, outcome } in told {
            let said = self
                .composites
                .iter()
                .find(|(known, _)| known == scope)
                .and_then(|(_, composites)| composites.get(&name))
                .map(|composite| {
                    let (before, after) = (&outcome.before, &outcome.after);
                    let has_rules = !self.world.rules.is_empty();
                    Said::new(composite.alarm(), scope, before, after, &outcome.actions, has_rules)
                });
            let Some(said) = said else { continue };
            if outcome.changes_state()
                && let Some(report) = self.report.alarms.iter_mut().find(|report| report.name == name)
            {
                report.changes_to(outcome.after.state, outcome.after.at);
            }
            let held_back = outcome.suppressed().map(|held| held.reason.clone());
            self.out.push(Moment {
                at: outcome.after.at,
                what: Happening::Changed(Changed {
                    alarm: name.clone(),
                    is_composite: true,
                    from: outcome.before.state,
                    to: outcome.after.state,
                    reason: outcome.after.reason.clone(),
                    held_back,
                }),
            });
            self.act(&name, &outcome.actions, &said, scope, None);
        }
    }

    /// Runs actions, and brings the change to the event bus.
    fn act(&mut self, name: &str, actions: &[String], said: &Said, scope: &Scope, alarm: Option<usize>) {
        for arn in actions {
            let by = Publisher::Alarm(name.to_owned());
            if is_topic(arn) {
                self.publish(arn, said.publish.clone().unwrap_or_default(), &by, None, alarm);
            } else {
                self.called(arn, by, said.to_function.clone().unwrap_or_default(), None);
            }
        }
        if let Some(event) = &said.event
            && let Ok(event) = Json::parse(event)
        {
            self.comes_from_here(&event, scope);
        }
    }

    /// The report of an alarm by its name; `at` is a metric alarm's place.
    pub(super) fn alarm_report(&mut self, at: Option<usize>, name: &str) -> Option<&mut AlarmReport> {
        match at {
            Some(at) => self.alarms.get_mut(at).map(|going| &mut going.report),
            None => self.report.alarms.iter_mut().find(|report| report.name == name),
        }
    }
}

impl AlarmReport {
    fn changes_to(&mut self, state: State, at: Timestamp) {
        if self.state == State::Alarm {
            self.in_alarm += at.duration_since(self.since);
        }
        self.changes += 1;
        self.fired += u64::from(state == State::Alarm);
        (self.state, self.since) = (state, at);
        if self.history.len() < MOST_HISTORY {
            self.history.push((at, state));
        }
    }

    pub(super) fn ends(&mut self, at: Timestamp) {
        if self.state == State::Alarm {
            self.in_alarm += at.duration_since(self.since);
        }
    }

    pub(super) fn hides(&mut self, operation: Option<&Behind>, at: Timestamp, since: Timestamp) {
        self.hidden += 1;
        if self.hidden_list.len() < MOST_HIDDEN
            && let Some(operation) = operation
        {
            self.hidden_list.push(Hidden { operation: operation.clone(), at, since });
        }
    }
}
