//! One alarm as it goes: it takes samples, is evaluated when it is due, and tells its changes of state. What it
//! keeps is no more than the alarm can see.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::evaluate::{judge, size};
use crate::math::{Math, Points};
use crate::reason::{reason, reason_data};
use crate::series::{KeptBucket, Series, View, floor, second};
use crate::{
    Datapoint, Error, Measured, Metric, MetricAlarm, QuerySource, Range, Reading, Sample, State, Statistic,
    Terms, Transition, Unit, range_periods,
};

/// What AWS says of a new alarm.
pub const INITIAL_REASON: &str = "Unchecked: Initial alarm creation";

/// Seconds for which CloudWatch waits for samples before it looks at a period of a metric. Recorded; metric math is
/// looked at without waiting.
const INGESTION: i64 = 10;

const HOUR: u32 = 3600;
const DAY: u64 = 86_400;
const WEEK: u64 = 604_800;

/// An alarm with what it has seen and the state it is in.
#[derive(Debug, Clone)]
pub struct Running {
    alarm: MetricAlarm,
    terms: Terms,
    math: Option<Math>,
    readers: Vec<Reader>,
    created: Timestamp,
    state: State,
    since: Timestamp,
    reason: String,
    reason_data: Option<String>,
    /// Seconds between two evaluations.
    interval: i64,
    /// Periods in the range.
    periods: usize,
    /// Whether the last evaluation saw no sample at all: then nothing changes while there is none.
    saw_nothing: bool,
    /// Reused by each evaluation.
    points: Vec<Option<Datapoint>>,
}

/// The samples of one metric, as a query reads them.
#[derive(Debug, Clone)]
struct Reader {
    metric: Metric,
    unit: Option<Unit>,
    series: Series,
}

/// What is to be kept of an alarm between two runs of a program. It can be written as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    created: Timestamp,
    state: State,
    since: Timestamp,
    reason: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason_data: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    series: Vec<KeptSeries>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct KeptSeries {
    metric: Metric,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unit: Option<String>,
    buckets: Vec<KeptBucket>,
}

impl Running {
    /// A new alarm, in `INSUFFICIENT_DATA`. Refuses what AWS refuses of its numbers, its statistic, its expressions.
    pub fn new(alarm: MetricAlarm, created: Timestamp) -> Result<Self, Error> {
        check_times(&alarm)?;
        let terms = Terms::of(&alarm)?;
        let (math, readings): (_, Vec<&Reading>) = match &alarm.measured {
            Measured::Metric(reading) => (None, vec![reading]),
            Measured::Math(queries) => {
                let readings = queries.iter().filter_map(|query| match &query.source {
                    QuerySource::Reading(reading) => Some(reading),
                    QuerySource::Expression(_) => None,
                });
                (Some(Math::new(queries)?), readings.collect())
            }
        };
        let periods = range_periods(alarm.period, alarm.evaluation_periods);
        let interval = interval(&terms);
        let step = if alarm.period < 60 { 10 } else { 60 };
        let view = View {
            width: step,
            step,
            period: i64::from(alarm.period),
            periods: size(periods),
            each_step: interval == step,
        };
        let readers = readings
            .into_iter()
            .map(|reading| {
                let statistic = Statistic::parse(&reading.statistic)?;
                let mut metric = reading.metric.clone();
                metric.dimensions.sort_unstable();
                Ok(Reader { metric, unit: reading.unit, series: Series::new(view, statistic) })
            })
            .collect::<Result<Vec<_>, Error>>()?;
        Ok(Self {
            terms,
            math,
            readers,
            created,
            state: State::InsufficientData,
            since: created,
            reason: INITIAL_REASON.to_owned(),
            reason_data: None,
            interval,
            periods: size(periods),
            saw_nothing: false,
            points: Vec::new(),
            alarm,
        })
    }

    /// An alarm that goes on from what was kept. Where its definition is another one now, it keeps its state, and
    /// of its samples those that it still reads.
    pub fn resume(alarm: MetricAlarm, kept: Kept) -> Result<Self, Error> {
        let mut running = Self::new(alarm, kept.created)?;
        running.state = kept.state;
        running.since = kept.since;
        running.reason = kept.reason;
        running.reason_data = kept.reason_data;
        let mut series = kept.series;
        for reader in &mut running.readers {
            let unit = reader.unit.map(Unit::as_str);
            // Two readings of one metric were kept twice; each takes its own.
            let found =
                series.iter().position(|kept| kept.metric == reader.metric && kept.unit.as_deref() == unit);
            if let Some(at) = found {
                reader.series.restore(series.remove(at).buckets);
            }
        }
        Ok(running)
    }

    /// What is to be kept, to [`resume`](Self::resume) from.
    #[must_use]
    pub fn kept(&self) -> Kept {
        let series = self.readers.iter().map(|reader| KeptSeries {
            metric: reader.metric.clone(),
            unit: reader.unit.map(|unit| unit.as_str().to_owned()),
            buckets: reader.series.kept(),
        });
        Kept {
            created: self.created,
            state: self.state,
            since: self.since,
            reason: self.reason.clone(),
            reason_data: self.reason_data.clone(),
            series: series.collect(),
        }
    }

    /// Its definition.
    #[must_use]
    pub const fn alarm(&self) -> &MetricAlarm {
        &self.alarm
    }

    /// Its state.
    #[must_use]
    pub const fn state(&self) -> State {
        self.state
    }

    /// Since when it is in that state (`StateUpdatedTimestamp`).
    #[must_use]
    pub const fn since(&self) -> Timestamp {
        self.since
    }

    /// `StateReason` of that state.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// `StateReasonData` of that state, JSON.
    #[must_use]
    pub fn reason_data(&self) -> Option<&str> {
        self.reason_data.as_deref()
    }

    /// When it was created.
    #[must_use]
    pub const fn created(&self) -> Timestamp {
        self.created
    }

    /// The metrics it reads, dimensions sorted.
    pub fn metrics(&self) -> impl Iterator<Item = &Metric> {
        self.readers.iter().map(|reader| &reader.metric)
    }

    /// How many stretches of time with samples it keeps, for whoever watches memory.
    #[must_use]
    pub fn kept_buckets(&self) -> usize {
        self.readers.iter().map(|reader| reader.series.len()).sum()
    }

    /// Whether its last look saw no sample, and none waits: it stays as it is for as long as none comes.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.saw_nothing && self.kept_buckets() == 0
    }

    /// Takes a sample; says whether it is one of its own. Samples may come in any order, also from before the
    /// alarm's creation; one that is older than the range is forgotten at the next evaluation. A value that is not
    /// finite is not taken, nor is one that comes while two weeks of minutes wait for their evaluation.
    pub fn take(&mut self, sample: &Sample) -> bool {
        let mut taken = false;
        for reader in &mut self.readers {
            if reader.unit.is_none_or(|unit| unit == sample.unit) && reader.metric == sample.metric {
                taken |= reader.series.add(sample);
            }
        }
        taken
    }

    /// The first evaluation after a moment. Each alarm has the phase of its creation: created at 11:18:45.3, it is evaluated
    /// at 45.3 seconds past each minute, for the first time one interval after its creation.
    #[must_use]
    pub fn next_evaluation(&self, after: Timestamp) -> Timestamp {
        let interval = self.interval;
        let passed = after.duration_since(self.created).as_secs();
        let at =
            |times: i64| self.created.checked_add(SignedDuration::from_secs(times.saturating_mul(interval)));
        // Seconds are cut towards zero, so the moment itself is compared again.
        let times = (passed.div_euclid(interval)).max(1);
        [times, times + 1, times + 2]
            .into_iter()
            .filter_map(|times| at(times).ok())
            .find(|next| *next > after)
            .unwrap_or(Timestamp::MAX)
    }

    /// When the newest period that is looked at begins, and the range does: seconds since 1970.
    ///
    /// The newest period is the last whole one ten seconds ago; periods slide by a minute, those shorter than a minute
    /// by ten seconds. Metric math is looked at without those ten seconds.
    fn range(&self, now: Timestamp) -> (i64, i64) {
        let step = if self.terms.period < 60 { 10 } else { 60 };
        let wait = if self.math.is_some() { 0 } else { INGESTION };
        let period = i64::from(self.terms.period);
        let newest = floor(second(now) - wait, step) - period;
        let before = i64::try_from(self.periods).unwrap_or(1).saturating_sub(1);
        (newest, newest.saturating_sub(before.saturating_mul(period)))
    }

    /// What the alarm watches, computed of its readings' points.
    fn compute(math: &Math, readings: &[Points], periods: usize) -> impl Iterator<Item = Option<Datapoint>> {
        let computed = math.compute(readings, periods);
        computed.into_iter().map(|value| Some(Datapoint { value: value?, samples: None }))
    }

    /// Evaluates; the change of state, if there is one. Moments must not go back: what is older than the range is
    /// forgotten.
    pub fn evaluate(&mut self, now: Timestamp) -> Option<Transition> {
        let (newest, start) = self.range(now);
        let end = newest.saturating_add(i64::from(self.terms.period));
        let mut nothing = true;
        for reader in &mut self.readers {
            reader.series.forget_before(start);
            nothing &= reader.series.is_empty_before(end);
        }
        // Without samples an evaluation's outcome is its own next outcome.
        if nothing && self.saw_nothing {
            return None;
        }
        self.saw_nothing = nothing;
        let mut points = std::mem::take(&mut self.points);
        match &self.math {
            None => self.readers.iter_mut().for_each(|reader| reader.series.evaluate(newest, &mut points)),
            Some(math) => {
                let mut readings: Vec<Points> = Vec::with_capacity(self.readers.len());
                for reader in &mut self.readers {
                    reader.series.evaluate(newest, &mut points);
                    readings.push(values(points.iter().copied()));
                }
                points.clear();
                points.extend(Self::compute(math, &readings, self.periods));
            }
        }
        let verdict = judge(&self.terms, &points, self.state);
        let transition = (verdict.state != self.state).then(|| {
            let range = Range { newest: moment(newest), points: &points };
            Transition {
                from: self.state,
                to: verdict.state,
                at: now,
                reason: reason(&self.terms, range, &verdict),
                reason_data: Some(reason_data(&self.terms, range, &verdict, now)),
            }
        });
        self.points = points;
        if let Some(transition) = &transition {
            self.state = transition.to;
            self.since = transition.at;
            self.reason.clone_from(&transition.reason);
            self.reason_data.clone_from(&transition.reason_data);
        }
        transition
    }

    /// The points of the range at a moment, oldest first, each with the time its period begins: what a plot shows.
    #[must_use]
    pub fn datapoints(&self, now: Timestamp) -> Vec<(Timestamp, Option<f64>)> {
        let (newest, start) = self.range(now);
        let mut readings = self.readers.iter().map(|reader| values(reader.series.datapoints(newest)));
        let points = match &self.math {
            None => readings.next().unwrap_or_default(),
            Some(math) => values(Self::compute(math, &readings.collect::<Vec<_>>(), self.periods)),
        };
        let period = i64::from(self.terms.period);
        let begins = (0_i64..).map(|at| moment(start.saturating_add(at.saturating_mul(period))));
        begins.zip(points).collect()
    }
}

fn values(points: impl Iterator<Item = Option<Datapoint>>) -> Points {
    points.map(|point| point.map(|point| point.value)).collect()
}

/// Seconds between two evaluations: 10 for periods under a minute, an hour for ranges of more than a day, else 60.
fn interval(terms: &Terms) -> i64 {
    let whole = u64::from(terms.period) * u64::from(terms.periods);
    match terms.period {
        period if period < 60 => 10,
        period if period >= HOUR && whole > DAY => i64::from(HOUR),
        _ => 60,
    }
}

fn moment(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap_or(if second < 0 { Timestamp::MIN } else { Timestamp::MAX })
}

/// A period AWS has, and a range it allows.
fn check_times(alarm: &MetricAlarm) -> Result<(), Error> {
    if !matches!(alarm.period, 10 | 20 | 30) && (alarm.period == 0 || !alarm.period.is_multiple_of(60)) {
        return Err(Error::validation(format!(
            "Period {} is not valid: it must be 10, 20, 30 or a multiple of 60",
            alarm.period
        )));
    }
    let whole = u64::from(alarm.period) * u64::from(alarm.evaluation_periods);
    if alarm.period < HOUR && whole > DAY {
        return Err(Error::validation(
            "Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400).",
        ));
    }
    if whole > WEEK {
        return Err(Error::validation(
            "Metrics cannot be checked across more than a week (EvaluationPeriods * Period must be <= 604800).",
        ));
    }
    Ok(())
}
