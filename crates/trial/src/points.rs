//! The datapoints of a test: `[0, ~, 100]`, and the samples behind them.

use trailbell_alarm::{Bucket, Datapoint, Statistic};
use trailbell_text::Span;
use trailbell_yaml::{Node, Plain, Reader, Value};

/// Periods a test may have: more than the longest range there is, a week of ten seconds.
const MOST_POINTS: usize = 100_000;

/// A point a period, oldest first; `None` is missing.
pub(crate) type Series = Vec<Option<Datapoint>>;

/// What stands for one period under `samples`.
enum Samples {
    Missing,
    Count(u64),
    Values(Vec<f64>),
}

/// The series that `datapoints` and `samples` give. Where only samples are given, their statistic is the point.
pub(crate) fn series(
    points: Option<&Node>,
    samples: Option<&Node>,
    statistic: Option<&Statistic>,
    span: Span,
    reader: &mut Reader<'_>,
) -> Option<Series> {
    let values = match points {
        Some(node) => Some(datapoints(node, reader)?),
        None => None,
    };
    let samples = match samples {
        Some(node) => Some((node, per_period(node, values.as_ref().map(Vec::len), reader)?)),
        None => None,
    };
    match (values, samples) {
        (Some(values), None) => Some(
            values.into_iter().map(|value| value.map(|value| Datapoint { value, samples: None })).collect(),
        ),
        (Some(values), Some((node, samples))) => {
            if values.len() != samples.len() {
                let message =
                    format!("There are {} `samples` and {} `datapoints`", samples.len(), values.len());
                reader.problem_with_hint(node.span, message, "both have one entry a period");
                return None;
            }
            let point = |(value, samples): (Option<f64>, Samples)| {
                Some(Datapoint { value: value?, samples: samples.count() })
            };
            Some(values.into_iter().zip(samples).map(point).collect())
        }
        (None, Some((node, samples))) => {
            let Some(statistic) = statistic else {
                reader.problem_with_hint(
                    node.span,
                    "There is no statistic to make datapoints of these samples",
                    "give the `datapoints`",
                );
                return None;
            };
            let mut series = Vec::with_capacity(samples.len());
            for samples in samples {
                series.push(match samples {
                    Samples::Missing => None,
                    Samples::Values(values) => {
                        let value = statistic.of(&Bucket::of(&values));
                        let count = u64::try_from(values.len()).ok();
                        value.map(|value| Datapoint { value, samples: count })
                    }
                    Samples::Count(_) => {
                        reader.problem_with_hint(
                            node.span,
                            "A number of samples says nothing of their values",
                            "give the `datapoints` besides, or each period's values as a list",
                        );
                        return None;
                    }
                });
            }
            Some(series)
        }
        (None, None) => {
            reader.problem_with_hint(
                span,
                "There are no `datapoints`",
                "write one a period, oldest first: [0, ~, 100]",
            );
            None
        }
    }
}

impl Samples {
    fn count(&self) -> Option<u64> {
        match self {
            Self::Missing => None,
            Self::Count(count) => Some(*count),
            Self::Values(values) => u64::try_from(values.len()).ok(),
        }
    }
}

fn datapoints(node: &Node, reader: &mut Reader<'_>) -> Option<Vec<Option<f64>>> {
    let items = items(node, "`datapoints`", reader)?;
    let before = reader.problems.len();
    let points = items.iter().map(|item| point(item, reader)).collect();
    (reader.problems.len() == before).then_some(points)
}

fn items<'n>(node: &'n Node, what: &str, reader: &mut Reader<'_>) -> Option<&'n [Node]> {
    let before = reader.problems.len();
    let items = reader.items(node, what);
    if items.len() > MOST_POINTS {
        reader.problem(node.span, format!("{what} has more than {MOST_POINTS} entries"));
    }
    (reader.problems.len() == before).then_some(items)
}

/// A number, or nothing; what is neither is noted.
fn point(node: &Node, reader: &mut Reader<'_>) -> Option<f64> {
    if is_missing(node) {
        return None;
    }
    let value = match &node.value {
        Value::Scalar(scalar) => scalar.number(),
        _ => None,
    };
    if value.is_none() {
        reader.problem_with_hint(
            node.span,
            "This is no datapoint",
            "write a number, or ~ where it is missing",
        );
    }
    value
}

fn is_missing(node: &Node) -> bool {
    node.is_null() || matches!(&node.value, Value::Scalar(scalar) if scalar.text == "-")
}

fn per_period(node: &Node, periods: Option<usize>, reader: &mut Reader<'_>) -> Option<Vec<Samples>> {
    // One number is that of every period.
    if let (Value::Scalar(_), Some(periods)) = (&node.value, periods) {
        let count = count(node, reader)?;
        return Some((0..periods).map(|_| Samples::Count(count)).collect());
    }
    let items = items(node, "`samples`", reader)?;
    let before = reader.problems.len();
    let read = |item: &Node| match &item.value {
        _ if is_missing(item) => Some(Samples::Missing),
        Value::Sequence(values) => {
            let values: Vec<f64> = values.iter().filter_map(|value| point(value, reader)).collect();
            Some(if values.is_empty() { Samples::Missing } else { Samples::Values(values) })
        }
        _ => count(item, reader).map(Samples::Count),
    };
    let samples: Vec<Samples> = items.iter().filter_map(read).collect();
    (reader.problems.len() == before).then_some(samples)
}

fn count(node: &Node, reader: &mut Reader<'_>) -> Option<u64> {
    let count = match &node.value {
        Value::Scalar(scalar) if scalar.kind() == Plain::Number => scalar.text.parse().ok(),
        _ => None,
    };
    if count.is_none() {
        reader.problem_with_hint(
            node.span,
            "These are no samples",
            "write their number, or their values as a list",
        );
    }
    count
}
