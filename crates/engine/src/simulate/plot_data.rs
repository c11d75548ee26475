//! The numbers behind a plot, gathered as an alarm goes; more of them than anybody can see are put together.

use jiff::Timestamp;
use trailbell_alarm::{Comparison, Measured, MetricAlarm, QuerySource};

use super::report::PlotData;

/// Points of a plot: more than a screen has columns.
const MOST_POINTS: usize = 2048;

/// What is gathered of one alarm.
#[derive(Debug)]
pub(super) struct Gathered {
    data: PlotData,
    /// Whether a smaller value is nearer to breaching.
    is_less: bool,
    last_message: Option<Timestamp>,
}

impl Gathered {
    pub(super) fn new(alarm: &MetricAlarm) -> Self {
        let is_less = matches!(alarm.comparison, Comparison::Less | Comparison::LessOrEqual);
        let data = PlotData {
            measured: measured(alarm),
            threshold: alarm.threshold,
            comparison: alarm.comparison,
            points: Vec::new(),
            width: 60,
            messages: Vec::new(),
        };
        Self { data, is_less, last_message: None }
    }

    /// Takes the datapoint an evaluation looked at. Moments do not go back.
    pub(super) fn point(&mut self, at: Timestamp, value: f64) {
        let start = self.start(at);
        match self.data.points.last_mut() {
            Some((last, stands)) if *last >= start => *stands = nearer(self.is_less, *stands, value),
            _ => self.data.points.push((start, value)),
        }
        if self.data.points.len() > MOST_POINTS {
            self.data.width *= 2;
            let points = std::mem::take(&mut self.data.points);
            for (at, value) in points {
                let start = self.start(at);
                match self.data.points.last_mut() {
                    Some((last, stands)) if *last >= start => *stands = nearer(self.is_less, *stands, value),
                    _ => self.data.points.push((start, value)),
                }
            }
        }
    }

    pub(super) fn message(&mut self, at: Timestamp) {
        if self.last_message != Some(at) && self.data.messages.len() < MOST_POINTS {
            self.data.messages.push(at);
            self.last_message = Some(at);
        }
    }

    pub(super) fn into_data(self) -> PlotData {
        self.data
    }

    fn start(&self, at: Timestamp) -> Timestamp {
        let second = at.as_second();
        Timestamp::from_second(second - second.rem_euclid(self.data.width)).unwrap_or(at)
    }
}

fn nearer(is_less: bool, one: f64, other: f64) -> f64 {
    if is_less { one.min(other) } else { one.max(other) }
}

fn measured(alarm: &MetricAlarm) -> String {
    match &alarm.measured {
        Measured::Metric(reading) => {
            format!("{}/{} {}", reading.metric.namespace, reading.metric.name, reading.statistic)
        }
        Measured::Math(queries) => {
            let shown = queries.iter().find(|query| query.returns_data).or_else(|| queries.first());
            match shown.map(|query| &query.source) {
                Some(QuerySource::Expression(expression)) => expression.clone(),
                Some(QuerySource::Reading(reading)) => {
                    format!("{}/{} {}", reading.metric.namespace, reading.metric.name, reading.statistic)
                }
                None => String::new(),
            }
        }
    }
}
