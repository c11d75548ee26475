//! What a metric alarm is: what it measures, and on what terms it changes its state.

use jiff::Timestamp;

use crate::{Metric, Unit};

/// `AWS::CloudWatch::Alarm`, `PutMetricAlarm`.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricAlarm {
    /// `AlarmName`.
    pub name: String,
    /// `AlarmDescription`.
    pub description: Option<String>,
    /// What is measured.
    pub measured: Measured,
    /// `Period` in seconds: 10, 20, 30 or a multiple of 60. Of math, the period its metrics share.
    pub period: u32,
    /// `EvaluationPeriods`, the N of "M out of N".
    pub evaluation_periods: u32,
    /// `DatapointsToAlarm`, the M. Its absence is N, but AWS words its reasons differently then.
    pub datapoints_to_alarm: Option<u32>,
    /// `ComparisonOperator`.
    pub comparison: Comparison,
    /// `Threshold`.
    pub threshold: f64,
    /// `TreatMissingData`, if it is given. Its absence is [`MissingData::Missing`].
    pub missing: Option<MissingData>,
    /// `EvaluateLowSampleCountPercentile`, if it is given.
    pub low_samples: Option<LowSamples>,
    /// Who is told what.
    pub actions: Actions,
    /// `AlarmConfigurationUpdatedTimestamp`.
    pub configured_at: Option<Timestamp>,
}

/// What an alarm measures.
#[derive(Debug, Clone, PartialEq)]
pub enum Measured {
    /// One metric's statistic.
    Metric(Reading),
    /// Metric math (`Metrics`); one query returns data.
    Math(Vec<Query>),
}

/// A statistic of a metric over a period.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// The metric.
    pub metric: Metric,
    /// `Statistic` or `ExtendedStatistic`, as written (`Sum`, `p99.9`).
    pub statistic: String,
    /// `Unit`: only samples of this unit are read. `None` reads those of any unit.
    pub unit: Option<Unit>,
}

/// One entry of `Metrics`.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// `Id`.
    pub id: String,
    /// `Label`.
    pub label: Option<String>,
    /// `MetricStat` or `Expression`.
    pub source: QuerySource,
    /// `ReturnData`; absent is true.
    pub returns_data: bool,
}

/// Where a query's numbers come from.
#[derive(Debug, Clone, PartialEq)]
pub enum QuerySource {
    /// `MetricStat`.
    Reading(Reading),
    /// `Expression`.
    Expression(String),
}

/// `ComparisonOperator`, the four that need no anomaly detection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// `GreaterThanThreshold`
    Greater,
    /// `GreaterThanOrEqualToThreshold`
    GreaterOrEqual,
    /// `LessThanThreshold`
    Less,
    /// `LessThanOrEqualToThreshold`
    LessOrEqual,
}

impl Comparison {
    /// Reads AWS's name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Greater, Self::GreaterOrEqual, Self::Less, Self::LessOrEqual]
            .into_iter()
            .find(|comparison| comparison.as_str() == name)
    }

    /// AWS's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Greater => "GreaterThanThreshold",
            Self::GreaterOrEqual => "GreaterThanOrEqualToThreshold",
            Self::Less => "LessThanThreshold",
            Self::LessOrEqual => "LessThanOrEqualToThreshold",
        }
    }

    /// As a reason says it: `greater than or equal to`.
    #[must_use]
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Greater => "greater than",
            Self::GreaterOrEqual => "greater than or equal to",
            Self::Less => "less than",
            Self::LessOrEqual => "less than or equal to",
        }
    }

    /// Whether a value breaches the threshold.
    #[must_use]
    pub fn breaches(self, value: f64, threshold: f64) -> bool {
        match self {
            Self::Greater => value > threshold,
            Self::GreaterOrEqual => value >= threshold,
            Self::Less => value < threshold,
            Self::LessOrEqual => value <= threshold,
        }
    }
}

/// `TreatMissingData`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MissingData {
    /// `missing`
    Missing,
    /// `ignore`: the state stays.
    Ignore,
    /// `breaching`
    Breaching,
    /// `notBreaching`
    NotBreaching,
}

impl MissingData {
    /// Reads AWS's word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Missing, Self::Ignore, Self::Breaching, Self::NotBreaching]
            .into_iter()
            .find(|missing| missing.as_str() == word)
    }

    /// AWS's word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Ignore => "ignore",
            Self::Breaching => "breaching",
            Self::NotBreaching => "notBreaching",
        }
    }
}

/// `EvaluateLowSampleCountPercentile`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LowSamples {
    /// `evaluate`
    Evaluate,
    /// `ignore`: with too few samples the state stays.
    Ignore,
}

/// Who is told when an alarm changes its state: ARNs, in the order written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actions {
    /// `ActionsEnabled`; absent is true.
    pub enabled: bool,
    /// `OKActions`.
    pub ok: Vec<String>,
    /// `AlarmActions`.
    pub alarm: Vec<String>,
    /// `InsufficientDataActions`.
    pub insufficient_data: Vec<String>,
}

impl Default for Actions {
    fn default() -> Self {
        Self { enabled: true, ok: Vec::new(), alarm: Vec::new(), insufficient_data: Vec::new() }
    }
}

impl Actions {
    /// The ARNs for a state.
    #[must_use]
    pub fn of(&self, state: crate::State) -> &[String] {
        match state {
            crate::State::Ok => &self.ok,
            crate::State::Alarm => &self.alarm,
            crate::State::InsufficientData => &self.insufficient_data,
        }
    }
}
