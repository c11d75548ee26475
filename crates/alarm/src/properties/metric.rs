//! The properties of a metric alarm. Where no words of AWS's are known, they are in the manner of its own.

use std::collections::BTreeSet;

use serde_json::Value;

use super::reader::{Reader, nearest};
use super::{Properties, PropertyError, Segment, UnknownProperty};
use crate::{
    Comparison, Dimension, LowSamples, Measured, Metric, MetricAlarm, MissingData, Query, QuerySource,
    Reading, Statistic, Unit,
};

const KNOWN: &[&str] = &[
    "ActionsEnabled",
    "AlarmActions",
    "AlarmDescription",
    "AlarmName",
    "ComparisonOperator",
    "DatapointsToAlarm",
    "Dimensions",
    "EvaluateLowSampleCountPercentile",
    "EvaluationPeriods",
    "ExtendedStatistic",
    "InsufficientDataActions",
    "MetricName",
    "Metrics",
    "Namespace",
    "OKActions",
    "Period",
    "Statistic",
    "Tags",
    "Threshold",
    "ThresholdMetricId",
    "TreatMissingData",
    "Unit",
];

/// What `describe-alarms` adds, and what only concerns who reads the alarm.
const PASSED_OVER: &[&str] = &[
    "ActionConfiguration",
    "AlarmArn",
    "AlarmConfigurationUpdatedTimestamp",
    "Arn",
    "EvaluationCriteria",
    "EvaluationInterval",
    "EvaluationState",
    "EvaluationWindow",
    "StateReason",
    "StateReasonData",
    "StateTransitionedTimestamp",
    "StateUpdatedTimestamp",
    "StateValue",
    "WarmUpConfiguration",
];

/// What stands beside `Metrics` only by mistake, in the order in which AWS says so.
const OF_ONE_METRIC: &[&str] =
    &["MetricName", "Namespace", "Period", "Unit", "Statistic", "ExtendedStatistic", "Dimensions"];

const STATISTICS: &[&str] = &["SampleCount", "Average", "Sum", "Minimum", "Maximum"];
const COMPARISONS: &[&str] = &[
    "GreaterThanOrEqualToThreshold",
    "GreaterThanThreshold",
    "GreaterThanUpperThreshold",
    "LessThanLowerOrGreaterThanUpperThreshold",
    "LessThanLowerThreshold",
    "LessThanOrEqualToThreshold",
    "LessThanThreshold",
];
const MAX_METRICS: usize = 10;
const MAX_DIMENSIONS: usize = 30;
const DAY: u64 = 86_400;

pub(super) fn read(value: &Value, name: Option<&str>) -> Result<Properties<MetricAlarm>, PropertyError> {
    let reader = Reader::new(value)?;
    not_run_here(&reader)?;
    let mut unknown = reader.unknown(KNOWN, PASSED_OVER);
    let (measured, period) = if reader.has("Metrics") {
        if let Some(key) = OF_ONE_METRIC.iter().find(|key| reader.has(key)) {
            return Err(PropertyError::wrong(format!("{key} should not be set if list of Metrics is set."))
                .hint(format!("remove {key}, or Metrics"))
                .at(key));
        }
        math(&reader, &mut unknown)?
    } else {
        let metric_name = reader.required("MetricName", reader.bounded("MetricName", 1, 255)?)?;
        let namespace = reader.required("Namespace", reader.bounded("Namespace", 1, 255)?)?;
        let reading = Reading {
            metric: Metric { namespace, name: metric_name, dimensions: dimensions(&reader)? },
            statistic: statistic(&reader)?,
            unit: unit(&reader)?,
        };
        let period = reader.required("Period", period(&reader)?)?;
        (Measured::Metric(reading), period)
    };
    let evaluation_periods = reader.required("EvaluationPeriods", reader.whole("EvaluationPeriods", 1)?)?;
    let datapoints_to_alarm = reader.whole("DatapointsToAlarm", 1)?;
    if datapoints_to_alarm.is_some_and(|datapoints| datapoints > evaluation_periods) {
        return Err(PropertyError::wrong(
            "DatapointsToAlarm must be less than or equal to EvaluationPeriods",
        )
        .hint(format!("at most {evaluation_periods}"))
        .at("DatapointsToAlarm"));
    }
    looks_back(period, evaluation_periods)?;
    let comparison = reader.word("ComparisonOperator", Comparison::parse, COMPARISONS)?;
    let missing = reader.word(
        "TreatMissingData",
        MissingData::parse,
        &["breaching", "notBreaching", "ignore", "missing"],
    )?;
    let alarm = MetricAlarm {
        name: reader.alarm_name(name)?,
        description: reader.description()?,
        measured,
        period,
        evaluation_periods,
        datapoints_to_alarm,
        comparison: reader.required("ComparisonOperator", comparison)?,
        threshold: reader.required("Threshold", reader.number("Threshold")?)?,
        missing,
        low_samples: reader.word("EvaluateLowSampleCountPercentile", low_samples, &["evaluate", "ignore"])?,
        actions: reader.actions()?,
        configured_at: reader.configured_at(),
    };
    Ok(Properties { alarm, unknown })
}

fn low_samples(word: &str) -> Option<LowSamples> {
    match word {
        "evaluate" => Some(LowSamples::Evaluate),
        "ignore" => Some(LowSamples::Ignore),
        _ => None,
    }
}

/// What AWS runs and this program does not.
fn not_run_here(reader: &Reader<'_>) -> Result<(), PropertyError> {
    let static_threshold = "compare with a Threshold, by one of the four operators that take one";
    for (key, what, hint) in [
        ("EvaluationCriteria", "an alarm on PromQL", "write an alarm on a metric"),
        ("EvaluationInterval", "an alarm on PromQL", "write an alarm on a metric"),
        ("WarmUpConfiguration", "a warm-up period", "leave it out"),
        ("ThresholdMetricId", "anomaly detection", static_threshold),
    ] {
        if reader.has(key) {
            return Err(PropertyError::not_run_here(what, hint).at(key));
        }
    }
    let comparison = reader.text("ComparisonOperator")?;
    let known = comparison.as_deref().and_then(|name| COMPARISONS.iter().find(|known| **known == name));
    if known.is_some_and(|name| Comparison::parse(name).is_none()) {
        return Err(
            PropertyError::not_run_here("anomaly detection", static_threshold).at("ComparisonOperator")
        );
    }
    // Sliding is what an alarm does that says nothing.
    let sliding = match reader.get("EvaluationWindow") {
        None => true,
        Some(Value::String(window)) => window == "SlidingWindow",
        Some(Value::Object(members)) => members.len() == 1 && members.contains_key("SlidingWindow"),
        Some(_) => false,
    };
    if !sliding {
        return Err(PropertyError::not_run_here("a window of the wall clock", "leave EvaluationWindow out")
            .at("EvaluationWindow"));
    }
    Ok(())
}

fn looks_back(period: u32, evaluation_periods: u32) -> Result<(), PropertyError> {
    let total = u64::from(period) * u64::from(evaluation_periods);
    let message = if period < 3600 && total > DAY {
        "Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400) for alarms \
         using period < 3600"
    } else if total > 7 * DAY {
        "Metrics cannot be checked across more than seven days (EvaluationPeriods * Period must be <= 604800)"
    } else {
        return Ok(());
    };
    Err(PropertyError::wrong(message).hint("lessen EvaluationPeriods, or Period").at("EvaluationPeriods"))
}

fn period(reader: &Reader<'_>) -> Result<Option<u32>, PropertyError> {
    let period = reader.whole("Period", 1)?;
    match period {
        Some(seconds) if !(matches!(seconds, 10 | 20 | 30) || seconds % 60 == 0) => {
            let nearest = seconds.div_ceil(60).saturating_mul(60);
            Err(PropertyError::wrong("Period must be 10, 20, 30 or a multiple of 60")
                .hint(format!("write {nearest}"))
                .at("Period"))
        }
        _ => Ok(period),
    }
}

fn statistic(reader: &Reader<'_>) -> Result<String, PropertyError> {
    let plain =
        reader.word("Statistic", |word| STATISTICS.contains(&word).then(|| word.to_owned()), STATISTICS)?;
    match (plain, reader.text("ExtendedStatistic")?) {
        (Some(_), Some(_)) => Err(PropertyError::wrong(
            "The parameters Statistic and ExtendedStatistic are mutually exclusive.",
        )
        .hint("remove one of them")
        .at("ExtendedStatistic")),
        (Some(plain), None) => Ok(plain),
        (None, Some(extended)) if is_extended(&extended) => Ok(extended),
        (None, Some(extended)) => Err(unsupported_statistic("ExtendedStatistic", &extended)),
        (None, None) => reader
            .required("Statistic", None::<String>)
            .map_err(|error| error.hint("add Statistic, as Sum, or ExtendedStatistic, as p99")),
    }
}

fn unsupported_statistic(key: &str, statistic: &str) -> PropertyError {
    let shown: String = statistic.chars().take(80).collect();
    let hint = match nearest(statistic, STATISTICS) {
        Some(plain) => format!("write {plain}"),
        None => "write p0 to p100, tm, tc, ts or wm with a percentage, IQM, TM(10%:90%), PR(:100)".to_owned(),
    };
    PropertyError::wrong(format!("The value {shown} for parameter {key} is not supported."))
        .hint(hint)
        .at(key)
}

/// Whether a text is an extended statistic: `p99.9`, `tm90`, `IQM`, `TM(10%:90%)`, `PR(:300)`.
fn is_extended(text: &str) -> bool {
    !STATISTICS.contains(&text) && Statistic::parse(text).is_ok()
}

fn unit(reader: &Reader<'_>) -> Result<Option<Unit>, PropertyError> {
    let units: Vec<&str> = Unit::all().map(Unit::as_str).collect();
    reader.word("Unit", Unit::parse, &units)
}

/// Sorted by name, as a metric has them.
fn dimensions(reader: &Reader<'_>) -> Result<Vec<Dimension>, PropertyError> {
    let elements = reader.list("Dimensions")?.unwrap_or_default();
    if elements.len() > MAX_DIMENSIONS {
        let problem =
            format!("a metric has at most {MAX_DIMENSIONS} dimensions, and here are {}", elements.len());
        return Err(PropertyError::wrong(problem).at("Dimensions"));
    }
    let mut dimensions = Vec::with_capacity(elements.len());
    for (index, element) in elements.iter().enumerate() {
        let dimension = Reader::new(element).and_then(|reader| {
            Ok(Dimension {
                name: reader.required("Name", reader.bounded("Name", 1, 255)?)?,
                value: reader.required("Value", reader.bounded("Value", 1, 1024)?)?,
            })
        });
        dimensions.push(dimension.map_err(|error| error.within(Segment::Index(index)).at("Dimensions"))?);
    }
    dimensions.sort();
    if let Some(twice) = dimensions.windows(2).find_map(|pair| match pair {
        [first, second] if first.name == second.name => Some(&first.name),
        _ => None,
    }) {
        return Err(PropertyError::wrong(format!("the dimension {twice} is there twice")).at("Dimensions"));
    }
    Ok(dimensions)
}

const QUERY: &[&str] = &["AccountId", "Expression", "Id", "Label", "MetricStat", "Period", "ReturnData"];

/// `Metrics`, and the period its metrics share.
fn math(reader: &Reader<'_>, unknown: &mut Vec<UnknownProperty>) -> Result<(Measured, u32), PropertyError> {
    let elements = reader.list("Metrics")?.unwrap_or_default();
    let at = |index: usize| move |error: PropertyError| error.within(Segment::Index(index)).at("Metrics");
    if elements.is_empty() || elements.len() > MAX_METRICS {
        let problem = format!("Metrics has 1 to {MAX_METRICS} entries, and here are {}", elements.len());
        return Err(PropertyError::wrong(problem).at("Metrics"));
    }
    let mut queries: Vec<Query> = Vec::with_capacity(elements.len());
    let (mut shared, mut own) = (None, None);
    let mut ids = BTreeSet::new();
    for (index, element) in elements.iter().enumerate() {
        let entry = Reader::new(element).map_err(at(index))?;
        let (query, period) = query(&entry).map_err(at(index))?;
        unknown.extend(entry.unknown(QUERY, &[]).into_iter().map(|mut property| {
            property.path.splice(0..0, [Segment::Key("Metrics".to_owned()), Segment::Index(index)]);
            property
        }));
        if !ids.insert(query.id.clone()) {
            return Err(at(index)(
                PropertyError::wrong(format!("the id {} is there twice", query.id)).at("Id"),
            ));
        }
        match (&query.source, period) {
            (QuerySource::Reading(_), Some(period)) => {
                if shared.is_some_and(|shared| shared != period) {
                    let error = PropertyError::wrong("all metrics of an alarm must have the same Period")
                        .hint(format!("write {}", shared.unwrap_or(period)));
                    return Err(at(index)(error.at("Period").at("MetricStat")));
                }
                shared = Some(period);
            }
            (_, period) => own = own.or(period),
        }
        queries.push(query);
    }
    let returning = queries.iter().filter(|query| query.returns_data).count();
    if returning != 1 {
        return Err(PropertyError::wrong(format!(
            "exactly one entry of Metrics returns data, and here {returning} do"
        ))
        .hint("set ReturnData to false on every other entry: where it is left out, it is true")
        .at("Metrics"));
    }
    // An expression without any metric, such as TIME_SERIES(0), has only its own period.
    let period = shared.or(own).ok_or_else(|| {
        PropertyError::wrong("The parameter Period is required.")
            .hint("give the expression a Period, or Metrics a MetricStat")
            .at("Metrics")
    })?;
    Ok((Measured::Math(queries), period))
}

fn query(entry: &Reader<'_>) -> Result<(Query, Option<u32>), PropertyError> {
    let id = entry.required("Id", entry.bounded("Id", 1, 255)?)?;
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if !id.starts_with(|first: char| first.is_ascii_lowercase()) || !id.bytes().all(word) {
        return Err(PropertyError::wrong(format!("the id {id} is not valid"))
            .hint("an id begins with a small letter and has letters, digits and _")
            .at("Id"));
    }
    if entry.has("AccountId") {
        return Err(
            PropertyError::not_run_here("metrics of another account", "leave AccountId out").at("AccountId")
        );
    }
    let expression = entry.bounded("Expression", 1, 2048)?;
    let (source, period) = match (expression, entry.get("MetricStat")) {
        (Some(_), Some(_)) => {
            return Err(PropertyError::wrong("an entry of Metrics has MetricStat or Expression, not both")
                .hint("make two entries of it")
                .at("Expression"));
        }
        (None, None) => {
            return Err(PropertyError::wrong("an entry of Metrics has MetricStat or Expression")
                .hint("add one of them"));
        }
        (Some(expression), None) => {
            runs_here(&expression).map_err(|error| error.at("Expression"))?;
            (QuerySource::Expression(expression), period(entry)?)
        }
        (None, Some(stat)) => {
            let (reading, period) = metric_stat(stat).map_err(|error| error.at("MetricStat"))?;
            (QuerySource::Reading(reading), Some(period))
        }
    };
    let returns_data = entry.boolean("ReturnData")?.unwrap_or(true);
    Ok((Query { id, label: entry.text("Label")?, source, returns_data }, period))
}

/// The expressions AWS runs and this program does not. What else is wrong with one, its own parser says.
fn runs_here(expression: &str) -> Result<(), PropertyError> {
    let upper = expression.to_ascii_uppercase();
    if upper.split_whitespace().next() == Some("SELECT") {
        return Err(PropertyError::not_run_here("Metrics Insights", "name the metrics by MetricStat"));
    }
    if upper.contains("ANOMALY_DETECTION_BAND") {
        return Err(PropertyError::not_run_here("anomaly detection", "compare with a Threshold"));
    }
    if upper.contains("SEARCH(") {
        return Err(PropertyError::wrong("SEARCH is not supported on Metric Alarms.")
            .hint("name the metrics by MetricStat"));
    }
    Ok(())
}

fn metric_stat(value: &Value) -> Result<(Reading, u32), PropertyError> {
    let stat = Reader::new(value)?;
    let period = stat.required("Period", period(&stat)?)?;
    let statistic = stat.required("Stat", stat.text("Stat")?)?;
    if !STATISTICS.contains(&statistic.as_str()) && !is_extended(&statistic) {
        return Err(unsupported_statistic("Stat", &statistic));
    }
    let metric = stat.required("Metric", stat.get("Metric"))?;
    let metric = Reader::new(metric)
        .and_then(|metric| {
            Ok(Metric {
                namespace: metric.required("Namespace", metric.bounded("Namespace", 1, 255)?)?,
                name: metric.required("MetricName", metric.bounded("MetricName", 1, 255)?)?,
                dimensions: dimensions(&metric)?,
            })
        })
        .map_err(|error| error.at("Metric"))?;
    Ok((Reading { metric, statistic, unit: unit(&stat)? }, period))
}
