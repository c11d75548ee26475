//! Virtual time: records come in order, and everything that follows from them happens at its moment.

use std::borrow::Cow;
use std::collections::{HashMap, VecDeque};
use std::rc::Rc;

use jiff::{SignedDuration, Timestamp};
use trailbell_alarm::{Composites, LogEvent, Observed, Running, Sample, Scope, State, Status, range_periods};
use trailbell_json::Json;

use super::brought::Brought;
use super::candidates::Candidates;
use super::plot_data::Gathered;
use super::queue::{Queue, Work};
use super::remark::Remark;
use super::report::{AlarmReport, Delays, FilterReport, Report, RuleReport, SubscriptionFilterReport};
use super::timeline::{Counted, Happening, Moment, Publisher};
use super::world::{Filter, LogDestination, World};
use crate::behind::Teller;

/// From an event to the bus: seconds.
const TO_THE_BUS: SignedDuration = SignedDuration::from_secs(2);
/// Alarms were made so long before the first event's minute, and are evaluated at second 30 of each minute. AWS's alarms have the
/// phase of their creation, which no template says; half a minute is what an event waits on average.
const MADE_BEFORE: SignedDuration = SignedDuration::from_secs(30);
/// How long after the last record alarms are followed: longer than any range.
const FOLLOWED: SignedDuration = SignedDuration::from_hours(24 * 16);
/// Operations that are named for one minute of one metric filter.
const NAMED: usize = 3;
/// Operations behind one change of state that are remembered with their time.
const MOST_PENDING: usize = 100_000;

/// The world as it goes.
pub(super) struct Drive<'w> {
    pub(super) world: &'w World,
    pub(super) words: Teller<'w>,
    delay: SignedDuration,
    queue: Queue,
    pub(super) now: Timestamp,
    wants_plot: bool,
    pub(super) alarms: Vec<Going>,
    pub(super) composites: Vec<(Scope, Composites)>,
    filters: Vec<Counting>,
    candidates: Candidates,
    pub(super) missed: Vec<Missed>,
    pub(super) out: Vec<Moment>,
    pub(super) report: Report,
    too_large: u64,
    last_record: Timestamp,
}

/// A metric alarm as it goes.
pub(super) struct Going {
    pub(super) running: Running,
    pub(super) scope: Scope,
    pub(super) status: Status,
    /// Whether its next evaluation is in the queue.
    is_waiting: bool,
    /// How far back it sees.
    range: SignedDuration,
    /// Operations that fed it and may still set it off: the sample's minute, and when it happened.
    pub(super) pending: VecDeque<(Timestamp, Timestamp)>,
    /// The newest of them.
    pub(super) latest: Option<Rc<Brought>>,
    pub(super) report: AlarmReport,
    pub(super) plot: Option<Gathered>,
}

/// A metric filter as it goes.
struct Counting {
    report: FilterReport,
    default: Option<Sample>,
    open: Option<(Timestamp, Counted)>,
    /// The alarms that read its metric.
    readers: Vec<usize>,
}

/// Events that a rule's pattern meets and that do not come to its bus.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Missed {
    pub(super) other_regions: u64,
    pub(super) reading: u64,
    pub(super) other_accounts: u64,
}

impl<'w> Drive<'w> {
    pub(super) fn new(world: &'w World, words: Teller<'w>, delay: SignedDuration, wants_plot: bool) -> Self {
        let mut report = Report::default();
        report.subscription_filters.extend(world.subscription_filters.iter().map(|filter| {
            let destination = match &filter.to {
                LogDestination::Function(at) => world.functions.get(*at).map(|one| one.name.clone()),
                LogDestination::Elsewhere(arn) => Some(arn.clone()),
            };
            SubscriptionFilterReport {
                name: filter.name.clone(),
                destination: destination.unwrap_or_default(),
                matched: 0,
            }
        }));
        report.rules.extend(world.rules.iter().map(|rule| RuleReport { id: rule.id.clone(), matched: 0 }));
        Self {
            world,
            words,
            delay,
            queue: Queue::default(),
            now: Timestamp::UNIX_EPOCH,
            wants_plot,
            alarms: Vec::new(),
            composites: Vec::new(),
            filters: world.filters.iter().map(Counting::new).collect(),
            candidates: Candidates::new(world.filters.iter().map(|filter| filter.inner.pattern())),
            missed: vec![Missed::default(); world.rules.len()],
            out: Vec::new(),
            report,
            too_large: 0,
            last_record: Timestamp::UNIX_EPOCH,
        }
    }

    /// A record that some pattern meets. Records come in order of their time.
    pub(super) fn take(&mut self, brought: Brought) {
        let time = brought.time;
        self.comes(time);
        if brought.is_too_large() {
            self.too_large += 1;
            return;
        }
        let brought = Rc::new(brought);
        if !self.world.rules.is_empty() {
            self.queue.push(later(time, TO_THE_BUS), Work::Bus(Rc::clone(&brought)));
        }
        self.queue.push(later(time, self.delay), Work::Log(brought));
    }

    /// A record that none meets: it is a sample where a metric filter has a default value.
    pub(super) fn pass(&mut self, time: Timestamp, region: &str, source: &str) {
        self.comes(time);
        self.queue
            .push(later(time, self.delay), Work::Rest(Box::new((region.to_owned(), source.to_owned()))));
    }

    fn comes(&mut self, time: Timestamp) {
        self.report.events += 1;
        self.advance(time);
    }

    /// Makes the alarms: from here on they are evaluated. The times are those of the first and the last record.
    pub(super) fn start(&mut self, first: Timestamp, last: Timestamp) {
        self.last_record = last;
        let minute = first.as_second() - first.as_second().rem_euclid(60);
        let made = Timestamp::from_second(minute).unwrap_or(first);
        let made = made.checked_sub(MADE_BEFORE).unwrap_or(made);
        self.now = made;
        self.report.span = Some((made, made));
        let world = self.world;
        // Which alarms read a metric.
        let mut readers: HashMap<(&str, &str), Vec<usize>> = HashMap::new();
        for definition in &world.alarms {
            let mut alarm = definition.alarm.clone();
            alarm.configured_at = alarm.configured_at.or(Some(made));
            let plot = self.wants_plot.then(|| Gathered::new(&alarm));
            // The world's making has found out that it can be made.
            let Ok(running) = Running::new(alarm, made) else { continue };
            let alarm = running.alarm();
            let seconds =
                i64::from(range_periods(alarm.period, alarm.evaluation_periods)) * i64::from(alarm.period);
            let going = Going {
                scope: definition.scope.clone(),
                status: Status::initial(made),
                is_waiting: true,
                range: SignedDuration::from_secs(seconds),
                pending: VecDeque::new(),
                latest: None,
                report: AlarmReport::new(&alarm.name, false, made),
                plot,
                running,
            };
            let at = self.alarms.len();
            self.queue.push(going.running.next_evaluation(made), Work::Evaluate(at));
            for metric in definition.metrics() {
                let readers = readers.entry(metric).or_default();
                if !readers.contains(&at) {
                    readers.push(at);
                }
            }
            self.know(&definition.scope, &definition.alarm.name, made);
            self.alarms.push(going);
        }
        for (counting, filter) in self.filters.iter_mut().zip(&world.filters) {
            counting.readers = readers.get(&filter.inner.metric()).cloned().unwrap_or_default();
        }
        for (scope, name) in &world.idle {
            self.know(scope, name, made);
        }
        for (scope, composite) in &world.composites {
            let mut composite = composite.clone();
            composite.configured_at = composite.configured_at.or(Some(made));
            self.report.alarms.push(AlarmReport::new(&composite.name, true, made));
            let told = self.composites_of(scope).put(composite, made).unwrap_or_default();
            self.composites_told(scope, told);
        }
    }

    fn know(&mut self, scope: &Scope, name: &str, at: Timestamp) {
        self.composites_of(scope).know(name, Observed { state: State::InsufficientData, at });
    }

    fn composites_of(&mut self, scope: &Scope) -> &mut Composites {
        let found = self.composites.iter().position(|(known, _)| known == scope);
        let at = found.unwrap_or_else(|| {
            self.composites.push((scope.clone(), Composites::new(scope.clone())));
            self.composites.len() - 1
        });
        &mut self.composites[at].1
    }

    /// Lets everything happen that is due up to a moment.
    fn advance(&mut self, until: Timestamp) {
        while let Some(at) = self.queue.next_at().filter(|at| *at <= until) {
            self.let_go(at);
            let Some((at, work)) = self.queue.pop() else { return };
            self.now = self.now.max(at);
            match work {
                Work::Bus(brought) => self.comes_by_bus(&brought),
                Work::Log(brought) => self.comes_as_log_event(&brought),
                Work::Rest(of) => self.comes_unmatched(&of.0, &of.1),
                Work::Evaluate(alarm) => self.evaluate(alarm),
            }
        }
        self.let_go(until);
    }

    /// Lets go what suppressors have held back until now.
    fn let_go(&mut self, until: Timestamp) {
        while let Some(at) = self
            .composites
            .iter()
            .filter_map(|(_, composites)| composites.next_wake())
            .min()
            .filter(|at| *at <= until)
        {
            self.now = self.now.max(at);
            for nth in 0..self.composites.len() {
                let Some((scope, composites)) = self.composites.get_mut(nth) else { continue };
                let (scope, told) = (scope.clone(), composites.tick(at));
                self.composites_told(&scope, told);
            }
        }
    }

    fn comes_as_log_event(&mut self, brought: &Rc<Brought>) {
        let world = self.world;
        let json = brought.record.json();
        let text = || Cow::Borrowed(brought.message.as_str());
        let tried = self.candidates.of(json).to_vec();
        for (at, group) in world.groups.iter().enumerate() {
            if !group.gets(brought.region(), brought.record.event_source()) {
                continue;
            }
            let event = LogEvent {
                message: &brought.message,
                at: self.now,
                account: &group.account,
                region: &group.region,
                log_group: &group.name,
            };
            for (nth, filter) in world.filters.iter().enumerate().filter(|(_, filter)| filter.group == at) {
                let is_tried = tried.binary_search(&nth).is_ok();
                if is_tried && filter.inner.pattern().matches(text, || Some(json)) {
                    let sample = filter.inner.publish_known(true, &event, Some(json));
                    self.counted(nth, sample.as_ref(), brought);
                    if let Some(sample) = sample {
                        self.feed(nth, &sample, Some(brought));
                    }
                } else {
                    self.counted_as_default(nth);
                }
            }
            let subscriptions = world.subscription_filters.iter().enumerate();
            for (nth, filter) in subscriptions.filter(|(_, filter)| filter.group == at) {
                if filter.pattern.matches(text, || Some(json)) {
                    if let Some(report) = self.report.subscription_filters.get_mut(nth) {
                        report.matched += 1;
                    }
                    self.forward(filter, brought);
                }
            }
        }
    }

    /// Gives a log event to where a subscription filter sends it.
    fn forward(&mut self, filter: &'w super::world::LogSubscription, brought: &Rc<Brought>) {
        let function = match &filter.to {
            LogDestination::Function(at) => self.world.functions.get(*at),
            LogDestination::Elsewhere(arn) => {
                self.called(
                    arn,
                    Publisher::Filter(filter.name.clone()),
                    brought.message.clone(),
                    Some(brought),
                );
                return;
            }
        };
        let Some(function) = function else { return };
        if function.forwards_to.is_empty() {
            let by = Publisher::Filter(filter.name.clone());
            self.called(&function.arn, by, brought.message.clone(), Some(brought));
        }
        for topic in &function.forwards_to {
            let publish = trailbell_sns::Publish {
                subject: function.subject.clone(),
                message: brought.message.clone(),
                ..trailbell_sns::Publish::default()
            };
            self.publish(topic, publish, &Publisher::Function(function.name.clone()), Some(brought), None);
        }
    }

    fn comes_unmatched(&mut self, region: &str, source: &str) {
        let world = self.world;
        for (at, group) in world.groups.iter().enumerate() {
            if group.gets(region, source) {
                for nth in (0..world.filters.len())
                    .filter(|nth| world.filters.get(*nth).is_some_and(|one| one.group == at))
                {
                    self.counted_as_default(nth);
                }
            }
        }
    }

    /// A sample of a filter's default value, where it has one.
    fn counted_as_default(&mut self, filter: usize) {
        let minute = minute(self.now);
        let Some(counting) = self.filters.get_mut(filter) else { return };
        let Some(mut sample) = counting.default.take() else { return };
        counting.report.defaults += 1;
        sample.at = minute;
        self.feed(filter, &sample, None);
        if let Some(counting) = self.filters.get_mut(filter) {
            counting.default = Some(sample);
        }
    }

    /// A log event that a metric filter let through.
    fn counted(&mut self, filter: usize, sample: Option<&Sample>, brought: &Brought) {
        let minute = minute(self.now);
        let Some(counting) = self.filters.get_mut(filter) else { return };
        let report = &mut counting.report;
        report.matched += 1;
        report.samples += u64::from(sample.is_some());
        if let Some((at, counted)) = counting.open.take_if(|(open, _)| *open != minute) {
            self.out.push(Moment { at, what: Happening::Counted(counted) });
        }
        let (_, counted) = counting.open.get_or_insert_with(|| {
            let counted = Counted {
                filter: report.id.clone(),
                metric: report.metric.clone(),
                events: 0,
                samples: 0,
                sum: 0.0,
                first: Vec::new(),
            };
            (minute, counted)
        });
        counted.events += 1;
        if let Some(sample) = sample {
            counted.samples += 1;
            counted.sum += sample.value;
        }
        if counted.first.len() < NAMED {
            counted.first.extend(brought.told(&self.words).cloned());
        }
    }

    /// Gives a filter's sample to the alarms that read its metric.
    fn feed(&mut self, filter: usize, sample: &Sample, operation: Option<&Rc<Brought>>) {
        let Some(counting) = self.filters.get(filter) else { return };
        for &at in &counting.readers {
            let Some(going) = self.alarms.get_mut(at) else { continue };
            if !going.running.take(sample) {
                continue;
            }
            if !going.is_waiting {
                going.is_waiting = true;
                self.queue.push(going.running.next_evaluation(self.now), Work::Evaluate(at));
            }
            if let Some(operation) = operation {
                going.is_fed_by(operation, sample.at, self.now, &self.words);
            }
        }
    }

    fn evaluate(&mut self, at: usize) {
        let now = self.now;
        let Some(going) = self.alarms.get_mut(at) else { return };
        let transition = going.running.evaluate(now);
        if let Some(plot) = &mut going.plot
            && let Some((period, Some(value))) = going.running.datapoints(now).last()
        {
            plot.point(*period, *value);
        }
        going.is_waiting = !going.running.is_settled();
        if going.is_waiting {
            self.queue.push(going.running.next_evaluation(now), Work::Evaluate(at));
        }
        if let Some(transition) = transition {
            self.changes(at, &transition);
        }
    }

    /// There are no more records: everything that still follows, and the report.
    pub(super) fn finish(mut self) -> (Report, Vec<Moment>) {
        let end = later(later(self.last_record, self.delay), FOLLOWED);
        while let Some(at) = self.queue.next_at().filter(|at| *at <= end) {
            self.advance(at);
        }
        self.let_go(end);
        for counting in &mut self.filters {
            if let Some((at, counted)) = counting.open.take() {
                self.out.push(Moment { at, what: Happening::Counted(counted) });
            }
        }
        let now = self.now;
        let mut report = self.report;
        if let Some((_, last)) = &mut report.span {
            *last = now;
        }
        report.filters = self.filters.into_iter().map(|counting| counting.report).collect();
        let metric_alarms = self.alarms.into_iter().map(|mut going| {
            going.report.without_alarm += going.pending.len() as u64;
            going.report.plot = going.plot.map(Gathered::into_data);
            going.report
        });
        let composites = std::mem::take(&mut report.alarms);
        report.alarms = metric_alarms.chain(composites).collect();
        for alarm in &mut report.alarms {
            alarm.ends(now);
        }
        let mut remarks = self.world.remarks.clone();
        for (rule, missed) in self.world.rules.iter().zip(&self.missed) {
            let Missed { other_regions, reading, other_accounts } = *missed;
            if other_regions + reading + other_accounts > 0 {
                let rule = rule.id.clone();
                remarks.insert(Remark::RuleMissed { rule, other_regions, reading, other_accounts });
            }
        }
        if self.too_large > 0 {
            remarks.insert(Remark::TooLarge { records: self.too_large });
        }
        report.remarks = remarks.into_iter().collect();
        (report, self.out)
    }
}

impl Going {
    /// An operation fed it: is anybody going to be told?
    fn is_fed_by(&mut self, operation: &Rc<Brought>, sample: Timestamp, now: Timestamp, words: &Teller<'_>) {
        // Two filters may feed one alarm with one event.
        if self.latest.as_ref().is_some_and(|latest| Rc::ptr_eq(latest, operation)) {
            return;
        }
        self.latest = Some(Rc::clone(operation));
        self.report.operations += 1;
        if self.status.state == State::Alarm {
            self.report.hides(operation.told(words), now, self.status.at);
            return;
        }
        let oldest = now.checked_sub(self.range).unwrap_or(Timestamp::MIN);
        while self.pending.front().is_some_and(|(sample, _)| *sample < oldest)
            || self.pending.len() >= MOST_PENDING
        {
            self.pending.pop_front();
            self.report.without_alarm += 1;
        }
        self.pending.push_back((sample, operation.time));
    }

    /// It went to ALARM: what is in its range is behind that.
    pub(super) fn takes_credit(&mut self, now: Timestamp) {
        let oldest = now.checked_sub(self.range + SignedDuration::from_mins(2)).unwrap_or(Timestamp::MIN);
        for (sample, time) in self.pending.drain(..) {
            if sample < oldest {
                self.report.without_alarm += 1;
            } else {
                self.report.behind += 1;
                self.report.delay.add(now.duration_since(time));
            }
        }
    }
}

impl Counting {
    fn new(filter: &Filter) -> Self {
        let (namespace, name) = filter.inner.metric();
        let report = FilterReport {
            id: filter.id.clone(),
            log_group: filter.inner.log_group().to_owned(),
            metric: format!("{namespace}/{name}"),
            matched: 0,
            samples: 0,
            defaults: 0,
        };
        let event = LogEvent {
            message: "",
            at: Timestamp::UNIX_EPOCH,
            account: "",
            region: "",
            log_group: filter.inner.log_group(),
        };
        // A default has no dimensions, so it is the same for every event.
        let default = filter.inner.publish_known::<&Json>(false, &event, None);
        Self { report, default, open: None, readers: Vec::new() }
    }
}

impl AlarmReport {
    pub(super) fn new(name: &str, is_composite: bool, made: Timestamp) -> Self {
        Self {
            name: name.to_owned(),
            is_composite,
            state: State::InsufficientData,
            since: made,
            changes: 0,
            fired: 0,
            in_alarm: SignedDuration::ZERO,
            history: vec![(made, State::InsufficientData)],
            operations: 0,
            behind: 0,
            hidden: 0,
            without_alarm: 0,
            hidden_list: Vec::new(),
            delay: Delays::default(),
            messages: 0,
            nameless: 0,
            plot: None,
        }
    }
}

/// The minute a moment is in.
fn minute(at: Timestamp) -> Timestamp {
    let second = at.as_second();
    Timestamp::from_second(second - second.rem_euclid(60)).unwrap_or(at)
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(Timestamp::MAX)
}
