//! Which state the datapoints in an alarm's evaluation range lead to.
//!
//! The rule reproduces every row of the tables in AWS's documentation and every recorded evaluation. Where only some
//! of the range's points exist:
//!
//! - With N or more real points, the newest N decide and the treatment of missing data says nothing.
//! - `breaching` and `notBreaching` fill up to N points.
//! - `missing` and `ignore` fill nothing. M breaching points are an ALARM, a good point is OK. Where every real point
//!   breaches but they are fewer than M, `missing` is an ALARM as soon as the oldest of them is M periods old (AWS calls
//!   that premature), and otherwise the state stays; so it does under `ignore`.

use jiff::Timestamp;

use crate::reason::{reason, reason_data};
use crate::{
    Comparison, Error, LowSamples, Measured, MetricAlarm, MissingData, QuerySource, State, Statistic,
    Transition, Unit,
};

/// On what terms an alarm changes its state: the part of its definition that looks at datapoints.
#[derive(Debug, Clone, PartialEq)]
pub struct Terms {
    /// Seconds a datapoint covers.
    pub period: u32,
    /// N: how many datapoints are looked at. At least 1.
    pub periods: u32,
    /// M, where it is given; its absence is N, worded differently.
    pub to_alarm: Option<u32>,
    /// How a value is compared.
    pub comparison: Comparison,
    /// What it is compared with.
    pub threshold: f64,
    /// What a missing datapoint is.
    pub missing: MissingData,
    /// The percentile of which too few samples leave the state as it is (`EvaluateLowSampleCountPercentile: ignore`). Of the
    /// points that are looked at, one with too few is enough; AWS does not say how many it takes.
    pub cautious: Option<Statistic>,
    /// The statistic's name for `StateReasonData`; none of metric math.
    pub statistic: Option<String>,
    /// The unit that the alarm names.
    pub unit: Option<Unit>,
}

impl Terms {
    /// An alarm's terms. Refuses a statistic that is none and numbers that fit no evaluation (N of 0, M above N); the
    /// limits of a running alarm are [`Running`](crate::Running)'s.
    pub fn of(alarm: &MetricAlarm) -> Result<Self, Error> {
        let not_positive = |name: &str, value: u32| {
            Error::validation(format!(
                "1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint: Member must have value greater than or equal to 1"
            ))
        };
        if alarm.evaluation_periods == 0 {
            return Err(not_positive("evaluationPeriods", 0));
        }
        if alarm.period == 0 {
            return Err(not_positive("period", 0));
        }
        if alarm.datapoints_to_alarm == Some(0) {
            return Err(not_positive("datapointsToAlarm", 0));
        }
        if alarm.datapoints_to_alarm.is_some_and(|m| m > alarm.evaluation_periods) {
            return Err(Error::validation(
                "DatapointsToAlarm must be less than or equal to EvaluationPeriods",
            ));
        }
        if !alarm.threshold.is_finite() {
            return Err(Error::validation("The value for parameter Threshold is not a number."));
        }
        let reading = match &alarm.measured {
            Measured::Metric(reading) => Some(reading),
            Measured::Math(_) => None,
        };
        let statistic = reading.map(|reading| Statistic::parse(&reading.statistic)).transpose()?;
        Ok(Self {
            period: alarm.period,
            periods: alarm.evaluation_periods,
            to_alarm: alarm.datapoints_to_alarm,
            comparison: alarm.comparison,
            threshold: alarm.threshold,
            missing: alarm.missing.unwrap_or_else(|| missing_by_default(&alarm.measured)),
            cautious: statistic.filter(|_| alarm.low_samples == Some(LowSamples::Ignore)),
            statistic: reading.map(|reading| reading.statistic.clone()),
            unit: reading.and_then(|reading| reading.unit),
        })
    }

    /// M.
    pub(crate) fn breaches_needed(&self) -> usize {
        size(self.to_alarm.unwrap_or(self.periods))
    }

    fn breaches(&self, value: f64) -> bool {
        self.comparison.breaches(value, self.threshold)
    }
}

/// What missing data is where an alarm does not say: `missing`, but `ignore` where every metric is one of DynamoDB's.
fn missing_by_default(measured: &Measured) -> MissingData {
    let of_dynamodb = |namespace: &str| namespace == "AWS/DynamoDB";
    let all = match measured {
        Measured::Metric(reading) => of_dynamodb(&reading.metric.namespace),
        Measured::Math(queries) => {
            let mut namespaces = queries
                .iter()
                .filter_map(|query| match &query.source {
                    QuerySource::Reading(reading) => Some(reading.metric.namespace.as_str()),
                    QuerySource::Expression(_) => None,
                })
                .peekable();
            namespaces.peek().is_some() && namespaces.all(of_dynamodb)
        }
    };
    if all { MissingData::Ignore } else { MissingData::Missing }
}

/// How many periods back an alarm looks. AWS only says "more than N". Its tables show N + 2; for periods under a minute
/// 3N was recorded, nineteen times of nineteen.
#[must_use]
pub const fn range_periods(period: u32, periods: u32) -> u32 {
    if period < 60 { periods.saturating_mul(3) } else { periods.saturating_add(2) }
}

/// One datapoint: a statistic over a period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Datapoint {
    /// The statistic's value.
    pub value: f64,
    /// How many samples it is of; unknown of metric math.
    pub samples: Option<u64>,
}

/// The datapoints an evaluation looks at.
#[derive(Debug, Clone, Copy)]
pub struct Range<'p> {
    /// When the newest period begins.
    pub newest: Timestamp,
    /// One a period, oldest first; `None` is missing.
    pub points: &'p [Option<Datapoint>],
}

/// Evaluates once: the change of state, if there is one, with AWS's reason for it.
///
/// `range` is what is looked at, whatever its size ([`range_periods`] says AWS's); `now` is when it is looked at.
#[must_use]
pub fn evaluate(terms: &Terms, range: Range<'_>, before: State, now: Timestamp) -> Option<Transition> {
    let verdict = judge(terms, range.points, before);
    (verdict.state != before).then(|| Transition {
        from: before,
        to: verdict.state,
        at: now,
        reason: reason(terms, range, &verdict),
        reason_data: Some(reason_data(terms, range, &verdict, now)),
    })
}

/// What an evaluation concludes, with the counts its reason is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) state: State,
    /// Real points looked at: the newest N, or all where there are fewer.
    pub(crate) real: usize,
    /// Those of them that breach.
    pub(crate) breaching: usize,
    /// Where the oldest of them is in the range.
    pub(crate) oldest: usize,
}

/// The state, without words.
pub(crate) fn judge(terms: &Terms, points: &[Option<Datapoint>], before: State) -> Verdict {
    let (periods, needed) = (size(terms.periods), terms.breaches_needed());
    let (mut real, mut breaching, mut oldest, mut oldest_breach_age, mut too_few) = (0, 0, 0, 0, false);
    for (age, (at, point)) in points.iter().enumerate().rev().enumerate() {
        let Some(point) = point else { continue };
        real += 1;
        oldest = at;
        if terms.breaches(point.value) {
            breaching += 1;
            oldest_breach_age = age + 1;
        }
        too_few |= terms
            .cautious
            .as_ref()
            .zip(point.samples)
            .is_some_and(|(statistic, samples)| statistic.has_too_few(samples));
        if real == periods {
            break;
        }
    }
    let alarm_if = |alarm: bool| if alarm { State::Alarm } else { State::Ok };
    let state = match terms.missing {
        _ if too_few => before,
        _ if real == periods => alarm_if(breaching >= needed),
        MissingData::Breaching => alarm_if(breaching + (periods - real) >= needed),
        MissingData::NotBreaching => alarm_if(breaching >= needed),
        MissingData::Missing if real == 0 => State::InsufficientData,
        MissingData::Ignore if real == 0 => before,
        MissingData::Missing | MissingData::Ignore if breaching >= needed => State::Alarm,
        MissingData::Missing | MissingData::Ignore if breaching < real => State::Ok,
        MissingData::Missing if oldest_breach_age >= needed => State::Alarm,
        MissingData::Missing | MissingData::Ignore => before,
    };
    Verdict { state, real, breaching, oldest }
}

pub(crate) fn size(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}
