//! Alarms on what rules meet: events are counted, and the alarms' own clock says when it is too much.
//!
//! Each event a rule meets is a sample of 1, at its own time, of a metric that a CloudWatch alarm looks at, on the terms the owner set.
//! The same code runs in a scan, in a watch and in a function's visits; who drives it says how far the clock has come. What
//! must last is [`Memory`], JSON in the ledger's state.
//!
//! Records come late, and not in order; AWS's alarm would see them at the time of their delivery. Here:
//! - an event that the alarm's range still reaches counts at its own time;
//! - one that came later than that, but within an hour, counts now;
//! - of what is older still, if nothing has been counted since, the clock goes back: history is told as it was;
//! - what is left counts for nothing: it would ring for something long past, in a crowd it was not part of.
//!
//! Unlike AWS's, an alarm that takes silence for too little rings only once it has listened for as long as it takes: a first start is
//! no silence.

mod judge;
mod memory;

use jiff::{SignedDuration, Timestamp};
use trailbell_alarm::{
    Actions, Measured, Metric, MetricAlarm, MissingData, Reading, Running, Sample, State, Transition, Unit,
};
use trailbell_config::{RuleAlarm, Settings};
use trailbell_detect::{Detection, RuleName, RuleSet};
use trailbell_notice::{Behind, Line, Reader, Ringing, Rung, Terms};
use trailbell_outbox::Identity;
use trailbell_record::Record;
use trailbell_text::{BothPhrases, Phrase, Severity};

pub(crate) use self::judge::{Judged, judge};
pub use self::memory::{AlarmMemory, PastTransition};
use crate::action::facts;

/// The alarm looks at a minute when it has been over for this long: CloudWatch's own cut-off, and its alarms' phase here.
const PHASE: SignedDuration = SignedDuration::from_secs(10);
/// An event may come so much later than the alarm can see, and still counts.
const LATE: SignedDuration = SignedDuration::from_hours(1);
/// While an alarm is on, what is added is told so often at most.
const TOLD_AGAIN: SignedDuration = SignedDuration::from_hours(1);

/// The alarms of a rule set.
#[derive(Debug, Default)]
pub(crate) struct Alarms {
    all: Vec<Alarm>,
}

/// Whether an event counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counted {
    Yes,
    /// It came too late for every alarm it met.
    TooLate,
}

/// One rule's alarm.
#[derive(Debug)]
struct Alarm {
    rule: RuleName,
    what: BothPhrases,
    severity: Severity,
    terms: RuleAlarm,
    definition: MetricAlarm,
    going: Option<Going>,
    memory: AlarmMemory,
    is_changed: bool,
}

/// An alarm whose clock goes.
#[derive(Debug)]
struct Going {
    running: Running,
    /// Up to when it has been evaluated.
    clock: Timestamp,
    /// The newest event that counts.
    newest: Option<Timestamp>,
}

impl Alarms {
    /// The alarms that the settings put on rules that are on.
    pub(crate) fn new(settings: &Settings, rules: &RuleSet) -> Self {
        let all = rules.rules().iter().filter(|rule| rule.is_enabled()).filter_map(|rule| {
            let name = rule.name().as_str();
            let built_in = settings.built_in_rules.get(name);
            let own = settings.own_rules.iter().find(|own| own.name == name);
            let terms = settings.alarm_of(name)?;
            let severity = built_in.and_then(|rule| rule.severity).or(own.map(|rule| rule.severity));
            let words = |words: &str| Phrase::ours(words.to_owned());
            Some(Alarm {
                rule: rule.name().clone(),
                what: BothPhrases { en: words(&rule.title().en), ja: words(&rule.title().ja) },
                severity: severity.unwrap_or(Severity::Medium),
                definition: definition(name, &terms),
                terms,
                going: None,
                memory: AlarmMemory::default(),
                is_changed: false,
            })
        });
        Self { all: all.collect() }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Whether the rule's events are told by its alarm alone.
    pub(crate) fn only_counts(&self, rule: &RuleName) -> bool {
        self.of(rule).is_some_and(|alarm| !alarm.terms.each)
    }

    fn of(&self, rule: &RuleName) -> Option<&Alarm> {
        self.all.iter().find(|alarm| alarm.rule == *rule)
    }

    /// The rules among these that count.
    pub(crate) fn counting(&self, rules: &[RuleName]) -> Vec<RuleName> {
        rules.iter().filter(|rule| self.of(rule).is_some()).cloned().collect()
    }

    /// Goes on where the memory of a rule's alarm stands. A memory of other terms is forgotten but for its history.
    pub(crate) fn resume(&mut self, rule: &str, memory: AlarmMemory) {
        if let Some(alarm) = self.all.iter_mut().find(|alarm| alarm.rule.as_str() == rule) {
            alarm.resume(memory);
        }
    }

    /// What has changed since it was asked last: each rule's name and what must last of its alarm.
    pub(crate) fn take_changes(&mut self) -> Vec<(String, &AlarmMemory)> {
        let changed = |alarm: &mut Alarm| std::mem::take(&mut alarm.is_changed).then(|| alarm.note());
        self.all
            .iter_mut()
            .filter_map(|alarm| {
                changed(alarm)?;
                Some((alarm.rule.as_str().to_owned(), &alarm.memory))
            })
            .collect()
    }

    /// Lets the time pass up to `now`; what rings on the way, in order of time.
    pub(crate) fn advance(&mut self, now: Timestamp) -> Vec<Rung> {
        let mut rung: Vec<Rung> = self.all.iter_mut().flat_map(|alarm| alarm.advance(now)).collect();
        rung.sort_by_key(|rung| rung.at);
        rung
    }

    /// Counts an event for the alarms of `rules`. `now` is when: what no alarm's clock has come to is not late.
    pub(crate) fn count(
        &mut self,
        record: &Record,
        detection: &Detection,
        rules: &[RuleName],
        now: Timestamp,
        reader: &Reader,
    ) -> Counted {
        let mut counted = Counted::TooLate;
        let at = record.event_time().unwrap_or(now);
        let mut behind = None;
        for alarm in self.all.iter_mut().filter(|alarm| rules.contains(&alarm.rule)) {
            let Some(counts_at) = alarm.place_of(at, now) else { continue };
            let behind = behind.get_or_insert_with(|| Behind {
                line: Line::of(&facts(record, detection), reader),
                address: record.source_address().map(str::to_owned),
            });
            alarm.count(counts_at, behind.clone(), detection.actor.name.raw());
            counted = Counted::Yes;
        }
        counted
    }

    /// When the next alarm is to be looked at.
    pub(crate) fn next_wake(&self) -> Option<Timestamp> {
        self.all
            .iter()
            .filter_map(|alarm| alarm.going.as_ref())
            .map(|going| going.running.next_evaluation(going.clock))
            .min()
    }
}

/// What names a message of an alarm, and the thread of all messages of its rule.
pub fn alarm_identity(rung: &Rung) -> (Identity, Identity) {
    let news = match rung.news {
        Ringing::Began => "began",
        Ringing::GoesOn => "goes-on",
        Ringing::Over => "over",
    };
    let thread = Identity::of(&["alarm", &rung.rule]);
    (Identity::of(&["alarm", &rung.rule, &rung.at.to_string(), news]), thread)
}

fn definition(rule: &str, terms: &RuleAlarm) -> MetricAlarm {
    MetricAlarm {
        name: rule.to_owned(),
        description: None,
        measured: Measured::Metric(Reading {
            metric: metric(rule),
            statistic: terms.statistic.to_owned(),
            unit: None,
        }),
        period: terms.period,
        evaluation_periods: terms.evaluation_periods,
        datapoints_to_alarm: Some(terms.datapoints_to_alarm),
        comparison: terms.comparison,
        threshold: terms.threshold,
        missing: Some(terms.missing),
        low_samples: None,
        actions: Actions::default(),
        configured_at: None,
    }
}

fn metric(rule: &str) -> Metric {
    Metric { namespace: "trailbell".to_owned(), name: rule.to_owned(), dimensions: Vec::new() }
}

impl Alarm {
    /// What its range reaches back at least: the periods it must weigh.
    fn sight(&self) -> SignedDuration {
        SignedDuration::from_secs(i64::from(self.terms.period) * i64::from(self.terms.evaluation_periods))
    }

    fn resume(&mut self, memory: AlarmMemory) {
        let terms = self.terms();
        let going = memory.going.as_ref().filter(|_| memory.terms.as_ref() == Some(&terms));
        self.going = going.and_then(|kept| {
            Some(Going {
                running: Running::resume(self.definition.clone(), kept.running.clone()).ok()?,
                clock: kept.clock,
                newest: kept.newest,
            })
        });
        self.memory = if self.going.is_some() {
            memory
        } else {
            AlarmMemory { history: memory.history, ..AlarmMemory::default() }
        };
    }

    /// Puts what goes into what must last.
    fn note(&mut self) {
        self.memory.terms = Some(self.terms());
        self.memory.going = self.going.as_ref().map(|going| memory::Going {
            running: going.running.kept(),
            clock: going.clock,
            newest: going.newest,
        });
        self.memory.state = self.state();
    }

    fn state(&self) -> State {
        self.going.as_ref().map_or(State::InsufficientData, |going| going.running.state())
    }

    /// Its clock, begun at `at` where it has not begun before. `None` only where the terms are none CloudWatch takes,
    /// which the settings' reader refuses.
    fn start(&mut self, at: Timestamp) -> Option<&mut Going> {
        if self.going.is_none() {
            let clock = phase_before(at);
            let running = Running::new(self.definition.clone(), clock).ok()?;
            self.going = Some(Going { running, clock, newest: None });
        }
        self.going.as_mut()
    }

    /// At what time an event of `at` counts, should it count.
    fn place_of(&mut self, at: Timestamp, now: Timestamp) -> Option<Timestamp> {
        let sight = self.sight();
        let going = self.start(at.min(now))?;
        if at >= before(going.clock, sight) {
            return Some(at.min(now.max(going.clock)));
        }
        if at >= before(going.clock, sight.saturating_add(LATE)) {
            return Some(going.clock);
        }
        if going.newest.is_none_or(|newest| newest <= at) {
            self.going = None;
            self.start(at)?;
            return Some(at);
        }
        None
    }

    /// Until when silence means nothing yet: an alarm that rings for silence has to have listened for as long as that takes.
    fn warm_until(&self) -> Timestamp {
        let Some(going) = self.going.as_ref().filter(|_| self.terms.missing == MissingData::Breaching) else {
            return Timestamp::MIN;
        };
        going.running.created().saturating_add(self.sight()).unwrap_or(Timestamp::MAX)
    }

    fn count(&mut self, at: Timestamp, behind: Behind, who: &str) {
        let sample = Sample { metric: metric(self.rule.as_str()), at, value: 1.0, unit: Unit::NONE };
        let Some(going) = &mut self.going else { return };
        going.running.take(&sample);
        going.newest = going.newest.max(Some(at));
        self.memory.untold.add(at, behind, who);
        self.is_changed = true;
    }

    fn advance(&mut self, now: Timestamp) -> Vec<Rung> {
        let mut rung = Vec::new();
        if self.start(now).is_none() {
            return rung;
        }
        let warm_until = self.warm_until();
        while let Some(going) = &mut self.going {
            let next = going.running.next_evaluation(going.clock);
            if next > now {
                break;
            }
            going.clock = next;
            if next < warm_until {
                continue;
            }
            let transition = going.running.evaluate(next);
            if transition.is_none() && going.running.is_settled() {
                // Nothing is in sight, and nothing changes without it.
                going.clock = going.clock.max(phase_before(now));
            }
            rung.extend(self.tell(next, transition));
        }
        rung
    }

    /// What is said at this evaluation, if anything.
    fn tell(&mut self, at: Timestamp, transition: Option<Transition>) -> Option<Rung> {
        let state = self.state();
        let mut news = None;
        let mut reason = String::new();
        if let Some(transition) = transition {
            self.is_changed = true;
            if transition.to == State::Alarm {
                self.memory.since = Some(transition.at);
                news = Some(Ringing::Began);
            } else if transition.from == State::Alarm {
                news = Some(Ringing::Over);
            }
            reason.clone_from(&transition.reason);
            self.memory.remember(transition);
        } else if state == State::Alarm {
            let told_at = self.memory.told_at.unwrap_or(at);
            let again = TOLD_AGAIN.max(SignedDuration::from_secs(i64::from(self.terms.period)));
            if !self.memory.untold.is_empty() && at.duration_since(told_at) >= again {
                news = Some(Ringing::GoesOn);
                reason = self.memory.history.back().map(|past| past.reason.clone()).unwrap_or_default();
            }
        }
        let Some(news) = news else {
            if state != State::Alarm {
                let reach = before(at, self.sight().saturating_mul(2).saturating_add(LATE));
                self.memory.untold.forget_before(reach);
            }
            return None;
        };
        self.is_changed = true;
        self.memory.told_at = Some(at);
        let datapoints = self.going.as_ref().map(|going| going.running.datapoints(at)).unwrap_or_default();
        let since_first = datapoints.first().map(|(from, _)| *from).filter(|_| news == Ringing::Began);
        let told = self.memory.untold.take(since_first);
        Some(Rung {
            rule: self.rule.as_str().to_owned(),
            what: self.what.clone(),
            severity: self.severity,
            news,
            at,
            since: self.memory.since.unwrap_or(at),
            reason,
            terms: self.terms(),
            datapoints,
            count: told.count,
            who: told.who,
            span: told.span,
            events: told.events,
        })
    }

    fn terms(&self) -> Terms {
        let terms = &self.terms;
        Terms {
            threshold: terms.threshold,
            comparison: terms.comparison.as_str().to_owned(),
            statistic: terms.statistic.to_owned(),
            period: terms.period,
            datapoints_to_alarm: terms.datapoints_to_alarm,
            evaluation_periods: terms.evaluation_periods,
            missing: terms.missing.as_str().to_owned(),
        }
    }
}

/// The last moment not after `at` at which an alarm of ours is looked at.
fn phase_before(at: Timestamp) -> Timestamp {
    let phase = PHASE.as_secs();
    let seconds = (at.as_second() - phase).div_euclid(60) * 60 + phase;
    Timestamp::from_second(seconds).unwrap_or(at)
}

fn before(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_sub(by).unwrap_or(Timestamp::MIN)
}
