//! Alarms on what rules meet: events are counted, and the alarms' own clock says when it is too much.
//!
//! Each event a rule meets is a sample of 1, at its own time, of a metric that a CloudWatch alarm looks at, on the terms the owner set.
//! The same code runs in a scan, in a watch and in a function's visits; who drives it says how far the clock has come. What
//! must last is [`AlarmMemory`], JSON in the ledger's state.
//!
//! Records come late, and not in order. An event that the alarm's range still reaches counts at its own time. What is older is
//! history: the alarm goes through it a second time, beside the present ([`Going`]), so that it is told as it was and mixes with
//! nothing it was no part of. An alarm that rings for silence is the exception: history is no sound. There, what comes up to an
//! hour late counts when it comes, and what is older for nothing; and it rings only once it has listened for as long as it takes,
//! unlike AWS's: a first start is no silence.

mod going;
mod memory;

use jiff::{SignedDuration, Timestamp};
use trailbell_alarm::{
    Actions, Comparison, Measured, Metric, MetricAlarm, MissingData, Reading, Sample, State, Transition,
    Unit, range_periods,
};
use trailbell_config::{RuleAlarm, Settings};
use trailbell_detect::{Detection, RuleName, RuleSet};
use trailbell_notice::{Behind, Line, Reader, Ringing, Rung, Terms};
use trailbell_outbox::Identity;
use trailbell_record::Record;
use trailbell_text::{BothPhrases, Phrase, Severity};

use self::going::Going;
pub use self::memory::{AlarmMemory, PastTransition};
use crate::action::facts;

/// The alarm looks at a minute when it has been over for this long: CloudWatch's own cut-off, and its alarms' phase here.
const PHASE: SignedDuration = SignedDuration::from_secs(10);
/// After an event this long, the minute it is in is over and has been looked at.
const LOOKED_AT: SignedDuration = SignedDuration::from_secs(70);
/// For an alarm that rings for silence, an event may come so late and still counts.
const LATE: SignedDuration = SignedDuration::from_hours(1);
/// While an alarm is on, what is added is told so often at most.
const TOLD_AGAIN: SignedDuration = SignedDuration::from_hours(1);

/// The alarms of a rule set.
#[derive(Debug, Default)]
pub(crate) struct Alarms {
    all: Vec<Alarm>,
    /// What is to be said of alarms that are no more, or on other terms now.
    pending: Vec<Rung>,
    /// Rules whose alarms are no more.
    gone: Vec<String>,
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
    /// What the owner set; without it an alarm is as grave as the gravest event behind it.
    severity: Option<Severity>,
    terms: RuleAlarm,
    definition: MetricAlarm,
    /// The present.
    live: Option<Going>,
    /// What came too late for it.
    past: Option<Going>,
    memory: AlarmMemory,
    /// What the past had to say while events came.
    rung: Vec<Rung>,
    is_changed: bool,
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
                severity,
                definition: definition(name, &terms),
                terms,
                live: None,
                past: None,
                memory: AlarmMemory::default(),
                rung: Vec::new(),
                is_changed: false,
            })
        });
        Self { all: all.collect(), ..Self::default() }
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

    /// Goes on where the memory of a rule's alarm stands. Of other terms only the history is kept; where such an alarm, or one that is
    /// no more, rings, it is over.
    pub(crate) fn resume(&mut self, rule: &str, memory: AlarmMemory, now: Timestamp) {
        let Some(alarm) = self.all.iter_mut().find(|alarm| alarm.rule.as_str() == rule) else {
            let name = Phrase::ours(rule.to_owned());
            self.pending.extend(memory.ended(rule, &BothPhrases { en: name.clone(), ja: name }, now));
            self.gone.push(rule.to_owned());
            return;
        };
        if memory.terms.as_ref() == Some(&alarm.terms()) {
            alarm.resume(memory);
            return;
        }
        let ended = memory.ended(rule, &alarm.what, now);
        alarm.memory.history = memory.history;
        if let Some(ended) = ended {
            alarm.memory.remember(now, State::Alarm, State::InsufficientData, &ended.reason);
            self.pending.push(ended);
        }
        alarm.is_changed = true;
    }

    /// What has changed since it was asked last: each rule's name and what must last of its alarm; `None` where nothing must.
    pub(crate) fn take_changes(&mut self) -> Vec<(String, Option<&AlarmMemory>)> {
        let mut changes: Vec<(String, Option<&AlarmMemory>)> =
            std::mem::take(&mut self.gone).into_iter().map(|rule| (rule, None)).collect();
        for alarm in &mut self.all {
            if std::mem::take(&mut alarm.is_changed) {
                alarm.note();
                changes.push((alarm.rule.as_str().to_owned(), Some(&alarm.memory)));
            }
        }
        changes
    }

    /// Lets the time pass up to `now`; what rings on the way, in order of time.
    pub(crate) fn advance(&mut self, now: Timestamp) -> Vec<Rung> {
        let mut rung = std::mem::take(&mut self.pending);
        rung.extend(self.all.iter_mut().flat_map(|alarm| alarm.advance(now)));
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
            let Some(place) = alarm.place_of(at, now) else { continue };
            let behind = behind.get_or_insert_with(|| Behind {
                line: Line::of(&facts(record, detection), reader),
                address: record.source_address().map(str::to_owned),
            });
            alarm.count(place, behind.clone(), detection.actor.name.raw(), now);
            counted = Counted::Yes;
        }
        counted
    }

    /// When the next alarm is to be looked at.
    pub(crate) fn next_wake(&self) -> Option<Timestamp> {
        self.all
            .iter()
            .filter_map(|alarm| alarm.live.as_ref())
            .map(|live| live.running.next_evaluation(live.clock))
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

/// Where an event counts.
#[derive(Debug, Clone, Copy)]
enum Place {
    Live(Timestamp),
    Past(Timestamp),
}

impl Alarm {
    /// The periods it must weigh: what its range reaches back at least.
    fn sight(&self) -> SignedDuration {
        seconds(u64::from(self.terms.period) * u64::from(self.terms.evaluation_periods))
    }

    /// Its whole range.
    fn range(&self) -> SignedDuration {
        let periods = range_periods(self.terms.period, self.terms.evaluation_periods);
        seconds(u64::from(self.terms.period) * u64::from(periods))
    }

    fn rings_for_silence(&self) -> bool {
        self.terms.missing == MissingData::Breaching
    }

    fn resume(&mut self, mut memory: AlarmMemory) {
        self.live = memory.live.take().and_then(|kept| Going::resume(kept, &self.definition));
        self.past = memory.past.take().and_then(|kept| Going::resume(kept, &self.definition));
        self.memory = memory;
    }

    /// Puts what goes into what must last.
    fn note(&mut self) {
        self.memory.terms = Some(self.terms());
        self.memory.live = self.live.as_ref().map(Going::kept);
        self.memory.past = self.past.as_ref().map(Going::kept);
        self.memory.state = self.live.as_ref().map_or(State::InsufficientData, |live| live.running.state());
    }

    /// The present, begun at `at` where it has not begun before. `None` only where the terms are none CloudWatch takes, which
    /// the settings' reader refuses.
    fn live(&mut self, at: Timestamp) -> Option<&mut Going> {
        if self.live.is_none() {
            self.live = Some(Going::begin(&self.definition, at)?);
            self.memory.listening_since = Some(at);
            self.is_changed = true;
        }
        self.live.as_mut()
    }

    /// Where an event of `at` counts, should it count.
    fn place_of(&mut self, at: Timestamp, now: Timestamp) -> Option<Place> {
        let (sight, for_silence) = (self.sight(), self.rings_for_silence());
        let clock = self.live(at.min(now))?.clock;
        if at >= before(clock, sight) {
            return Some(Place::Live(at.min(now.max(clock))));
        }
        if !for_silence {
            return Some(Place::Past(at));
        }
        (at >= before(clock, sight.saturating_add(LATE))).then_some(Place::Live(clock))
    }

    fn count(&mut self, place: Place, behind: Behind, who: &str, now: Timestamp) {
        let (Place::Live(at) | Place::Past(at)) = place;
        let sample = Sample { metric: metric(self.rule.as_str()), at, value: 1.0, unit: Unit::NONE };
        let width = self.terms.period.min(60);
        let going = match place {
            Place::Live(_) => self.live.as_mut(),
            Place::Past(_) => self.past_at(at, now),
        };
        let Some(going) = going else { return };
        going.running.take(&sample);
        going.newest = going.newest.max(Some(at));
        going.untold.add(at, width, behind, who);
        self.is_changed = true;
    }

    /// The past, gone through up to `at`; begun anew where that is further back than it can see.
    fn past_at(&mut self, at: Timestamp, now: Timestamp) -> Option<&mut Going> {
        self.memory.heard_at = Some(now);
        let earliest = self.past.as_ref().map(|past| before(past.clock, self.sight()));
        if earliest.is_none_or(|earliest| at < earliest) {
            self.past = Some(Going::begin(&self.definition, at)?);
        } else if let Some(mut past) = self.past.take() {
            let rung = self.go(&mut past, at);
            self.rung.extend(rung);
            self.past = Some(past);
        }
        self.past.as_mut()
    }

    fn advance(&mut self, now: Timestamp) -> Vec<Rung> {
        let mut rung = std::mem::take(&mut self.rung);
        rung.extend(self.advance_past(now));
        if self.live(now).is_some()
            && let Some(mut live) = self.live.take()
        {
            rung.extend(self.go(&mut live, now));
            self.live = Some(live);
        }
        rung
    }

    /// History is looked at as far as it has come, and when no more of it comes, to its end.
    fn advance_past(&mut self, now: Timestamp) -> Vec<Rung> {
        let Some(mut past) = self.past.take() else { return Vec::new() };
        let newest = past.newest.unwrap_or(past.clock);
        let heard = self.memory.heard_at.unwrap_or(now);
        let has_ended = now.duration_since(heard) >= self.range();
        let (reach, one_look) = if has_ended {
            (self.range().saturating_add(LOOKED_AT), past.clock)
        } else {
            // What came late into a minute that was looked at is looked at all the same.
            (LOOKED_AT, past.running.next_evaluation(past.clock))
        };
        let rung = self.go(&mut past, after(newest, reach).max(one_look).min(now));
        if has_ended {
            self.is_changed = true;
        } else {
            self.past = Some(past);
        }
        rung
    }

    /// Until when silence means nothing yet: the alarm has to have listened for as long as it takes.
    fn warm_until(&self) -> Timestamp {
        let since = self.memory.listening_since.filter(|_| self.rings_for_silence());
        since.map_or(Timestamp::MIN, |since| after(since, self.sight().saturating_add(LOOKED_AT)))
    }

    /// Lets time pass in one of the two; what rings on the way.
    fn go(&mut self, going: &mut Going, until: Timestamp) -> Vec<Rung> {
        let mut rung = Vec::new();
        let warm_until = self.warm_until();
        loop {
            let next = going.running.next_evaluation(going.clock);
            if next > until {
                return rung;
            }
            going.clock = next;
            if next < warm_until {
                continue;
            }
            let transition = going.running.evaluate(next);
            if transition.is_none() && going.running.is_settled() {
                // Nothing is in sight, and nothing changes without it.
                going.clock = going.clock.max(phase_before(until));
            }
            rung.extend(self.tell(going, next, transition));
        }
    }

    /// What is said at this evaluation, if anything.
    fn tell(&mut self, going: &mut Going, at: Timestamp, transition: Option<Transition>) -> Option<Rung> {
        let state = going.running.state();
        let mut news = None;
        if let Some(Transition { from, to, at, reason, .. }) = transition {
            self.is_changed = true;
            if to == State::Alarm {
                going.since = Some(at);
                news = Some(Ringing::Began);
            } else if from == State::Alarm {
                news = Some(Ringing::Over);
            }
            self.memory.remember(at, from, to, &reason);
        } else if state == State::Alarm && !self.is_for_too_few() {
            let told_at = going.told_at.unwrap_or(at);
            let again = TOLD_AGAIN.max(seconds(self.terms.period.into()));
            if !going.untold.is_empty() && at.duration_since(told_at) >= again {
                news = Some(Ringing::GoesOn);
            }
        }
        let Some(news) = news else {
            if state != State::Alarm || self.is_for_too_few() {
                going.untold.forget_before(before(at, self.range().saturating_add(LOOKED_AT)));
            }
            return None;
        };
        self.is_changed = true;
        going.told_at = Some(at);
        self.memory.told_at = Some(at);
        let datapoints = going.running.datapoints(at);
        let since_first = datapoints.first().map(|(from, _)| *from).filter(|_| news == Ringing::Began);
        let told = going.untold.take(since_first, at);
        // The incident is one: it is not over while the other of the two rings.
        let other_rings = [&self.live, &self.past].into_iter().flatten().any(Going::rings);
        if news == Ringing::Over && told.count == 0 && other_rings {
            return None;
        }
        Some(Rung {
            rule: self.rule.as_str().to_owned(),
            what: self.what.clone(),
            severity: self.severity.or(told.gravest).unwrap_or(Severity::Medium),
            news,
            at,
            since: going.since.unwrap_or(at),
            reason: going.running.reason().to_owned(),
            terms: self.terms(),
            datapoints,
            count: told.count,
            who: told.who,
            span: told.span,
            events: told.events,
        })
    }

    /// Whether it rings when there is less than the threshold: then events are what should happen.
    const fn is_for_too_few(&self) -> bool {
        matches!(self.terms.comparison, Comparison::Less | Comparison::LessOrEqual)
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

fn seconds(seconds: u64) -> SignedDuration {
    SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX))
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

fn after(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(Timestamp::MAX)
}
