//! Which metrics the metric filters publish and which the alarms ask for.

use std::collections::BTreeSet;

use serde_json::Value;
use trailbell_text::Span;

use crate::model::{Alarm, MetricFilter, Transformation};
use crate::{Stacks, Text};

/// A metric that a filter publishes.
pub(super) struct Published<'s> {
    pub(super) filter: &'s MetricFilter,
    pub(super) transformation: &'s Transformation,
    /// The names of its dimensions.
    pub(super) dimensions: BTreeSet<&'s str>,
}

/// A metric that an alarm asks for.
pub(super) struct Wanted<'s> {
    pub(super) alarm: &'s Alarm,
    pub(super) namespace: Text,
    pub(super) name: Text,
    /// The names of the dimensions asked for.
    pub(super) dimensions: BTreeSet<&'s str>,
    /// Where they are written, else the metric's name.
    pub(super) dimensions_span: Span,
    /// `Statistic`, `ExtendedStatistic` or `Stat`.
    pub(super) statistic: Option<Text>,
    pub(super) unit: Option<Text>,
    /// Whether the alarm looks at this metric itself, not at an expression.
    pub(super) is_direct: bool,
}

pub(super) fn published(stacks: &Stacks) -> Vec<Published<'_>> {
    let of_filter = |filter| {
        let MetricFilter { transformations, emit_system_field_dimensions, .. }: &MetricFilter = filter;
        transformations.iter().map(move |transformation| {
            let keys = transformation.dimensions.iter().map(|(key, _)| key.as_str());
            let system = emit_system_field_dimensions.iter().map(String::as_str);
            Published { filter, transformation, dimensions: keys.chain(system).collect() }
        })
    };
    stacks.metric_filters.iter().flat_map(of_filter).collect()
}

impl Published<'_> {
    /// Whether it has the name that is asked for, whatever its dimensions.
    pub(super) fn has_the_name_of(&self, wanted: &Wanted<'_>) -> bool {
        self.transformation.metric_namespace.value == wanted.namespace.value
            && self.transformation.metric_name.value == wanted.name.value
    }

    /// Whether it is the metric that is asked for.
    pub(super) fn is(&self, wanted: &Wanted<'_>) -> bool {
        self.has_the_name_of(wanted) && self.dimensions == wanted.dimensions
    }
}

/// The metrics of all alarms. Metric math is looked through for the metrics it works on.
pub(super) fn wanted(stacks: &Stacks) -> Vec<Wanted<'_>> {
    stacks.alarms.iter().flat_map(of_alarm).collect()
}

fn of_alarm(alarm: &Alarm) -> Vec<Wanted<'_>> {
    let mut found: Vec<Wanted<'_>> = one(alarm, &[], &[], true).into_iter().collect();
    let queries = alarm.properties.json().get("Metrics").and_then(Value::as_array).map_or(0, Vec::len);
    for index in 0..queries {
        let index = index.to_string();
        let stat = ["Metrics", &index, "MetricStat"];
        let metric = ["Metrics", &index, "MetricStat", "Metric"];
        found.extend(one(alarm, &stat, &metric, queries == 1));
    }
    found
}

/// The metric at a path of an alarm's properties; `stat` leads to what is asked of it.
fn one<'s>(alarm: &'s Alarm, stat: &[&str], metric: &[&str], is_direct: bool) -> Option<Wanted<'s>> {
    let properties = &alarm.properties;
    let at = |path: &[&str], name: &str| properties.text(&[path, &[name]].concat());
    let name = at(metric, "MetricName")?;
    let dimensions_path = [metric, &["Dimensions"]].concat();
    let mut dimensions = properties.json();
    for segment in &dimensions_path {
        dimensions = match dimensions {
            Value::Array(items) => segment.parse::<usize>().ok().and_then(|index| items.get(index)),
            other => other.get(segment),
        }
        .unwrap_or(&Value::Null);
    }
    let keys = dimensions.as_array().into_iter().flatten().filter_map(|one| one.get("Name")?.as_str());
    Some(Wanted {
        alarm,
        namespace: at(metric, "Namespace")?,
        dimensions: keys.collect(),
        dimensions_span: if dimensions.is_null() { name.span } else { properties.span_of(&dimensions_path) },
        name,
        statistic: at(stat, "Statistic")
            .or_else(|| at(stat, "ExtendedStatistic"))
            .or_else(|| at(stat, "Stat")),
        unit: at(stat, "Unit"),
        is_direct,
    })
}

/// A number, also one that is written as text.
pub(super) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
    .filter(|number: &f64| number.is_finite())
}

/// A number among an alarm's properties.
pub(super) fn number_of(alarm: &Alarm, property: &str) -> Option<f64> {
    alarm.properties.json().get(property).and_then(number)
}

/// Whether the alarm's comparison goes upwards (`GreaterThan..`); `None` where it is neither or not known.
pub(super) fn looks_upwards(alarm: &Alarm) -> Option<bool> {
    match alarm.properties.text(&["ComparisonOperator"])?.value.as_str() {
        "GreaterThanThreshold" | "GreaterThanOrEqualToThreshold" => Some(true),
        "LessThanThreshold" | "LessThanOrEqualToThreshold" => Some(false),
        _ => None,
    }
}

/// Whether a value is past the alarm's threshold; `None` where that is not known.
pub(super) fn breaches(alarm: &Alarm, value: f64) -> Option<bool> {
    let threshold = number_of(alarm, "Threshold")?;
    match alarm.properties.text(&["ComparisonOperator"])?.value.as_str() {
        "GreaterThanThreshold" => Some(value > threshold),
        "GreaterThanOrEqualToThreshold" => Some(value >= threshold),
        "LessThanThreshold" => Some(value < threshold),
        "LessThanOrEqualToThreshold" => Some(value <= threshold),
        _ => None,
    }
}
