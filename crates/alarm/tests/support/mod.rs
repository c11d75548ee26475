//! What the tests share: alarms in a few words, and moments.
#![allow(dead_code, reason = "each test file uses some of it")]

use jiff::Timestamp;
use trailbell_alarm::{
    Actions, Comparison, Datapoint, Measured, Metric, MetricAlarm, MissingData, Reading, Sample, Unit,
};

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn metric() -> Metric {
    Metric { namespace: "N".to_owned(), name: "m".to_owned(), dimensions: Vec::new() }
}

pub(crate) fn reading(statistic: &str) -> Reading {
    Reading { metric: metric(), statistic: statistic.to_owned(), unit: None }
}

/// `Sum > 50`, M of N (M left out where it is 0).
pub(crate) fn alarm(period: u32, m: u32, n: u32, missing: MissingData) -> MetricAlarm {
    MetricAlarm {
        name: "a".to_owned(),
        description: None,
        measured: Measured::Metric(reading("Sum")),
        period,
        evaluation_periods: n,
        datapoints_to_alarm: (m > 0).then_some(m),
        comparison: Comparison::Greater,
        threshold: 50.0,
        missing: Some(missing),
        low_samples: None,
        actions: Actions::default(),
        configured_at: None,
    }
}

/// Points from `0 - X`: good, missing, breaching; oldest first.
pub(crate) fn points(row: &str) -> Vec<Option<Datapoint>> {
    row.split_whitespace()
        .map(|sign| match sign {
            "-" => None,
            "X" => Some(Datapoint { value: 100.0, samples: Some(1) }),
            other => Some(Datapoint { value: other.parse().unwrap(), samples: Some(1) }),
        })
        .collect()
}

pub(crate) fn sample(at: Timestamp, value: f64) -> Sample {
    Sample { metric: metric(), at, value, unit: Unit::NONE }
}
