//! The shared conformance cases, where they are: what AWS answered about alarms and metric filters.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first thing that is wrong")]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use trailbell_alarm::{
    Actions, Bucket, Comparison, Datapoint, Dimension, LogEvent, LowSamples, Measured, Metric, MetricAlarm,
    MetricFilter, MetricFilterDefinition, MetricTransformation, MissingData, Query, QuerySource, Range,
    Reading, Running, Sample, State, Statistic, Terms, Unit, evaluate, range_periods,
};
use trailbell_filter_pattern::Pattern;

use support::at;

/// Cases of `metric-filter.jsonl` that are about the service and not about one filter, and why.
const NOT_OF_A_FILTER: [(&str, &str); 7] = [
    ("mf-put-missing-group", "whether a log group exists is not known here"),
    ("mf-put-regex-sixth-filter", "a quota of all filters of a log group"),
    ("mf-describe-name-only", "the parameters of DescribeMetricFilters"),
    ("mf-describe-invalid-token", "the pages of DescribeMetricFilters"),
    ("mf-delete-missing", "deleting a filter"),
    ("mf-ingest-partial-expired", "PutLogEvents refuses old events"),
    ("mf-describe-shape", "the answer of DescribeMetricFilters"),
];

#[expect(clippy::print_stderr, reason = "what was skipped is to be seen")]
fn cases(name: &str) -> Option<Vec<Value>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance").join(name);
    let Ok(text) = fs::read_to_string(path) else {
        eprintln!("SKIPPED: ../shared is not here");
        return None;
    };
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    Some(lines.map(|line| serde_json::from_str(line).unwrap()).collect())
}

#[expect(clippy::print_stderr, reason = "what was shown and what not is to be seen")]
fn report(used: usize, not_shown: &[String], wrong: &[String]) {
    eprintln!("{used} cases hold or not; not shown: {not_shown:?}");
    assert!(wrong.is_empty(), "{} cases:\n{}", wrong.len(), wrong.join("\n"));
}

fn text<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value[key].as_str()
}

fn number(value: &Value) -> Option<u32> {
    value.as_u64().and_then(|number| u32::try_from(number).ok())
}

fn alarm(case: &Value) -> MetricAlarm {
    let properties = &case["alarm"];
    let statistic = text(properties, "Statistic").or(text(properties, "ExtendedStatistic")).unwrap();
    let reading = Reading {
        metric: Metric {
            namespace: text(properties, "Namespace").unwrap().to_owned(),
            name: text(properties, "MetricName").unwrap().to_owned(),
            dimensions: Vec::new(),
        },
        statistic: statistic.to_owned(),
        unit: text(properties, "Unit").map(|unit| Unit::parse(unit).unwrap()),
    };
    let measured = match text(properties, "Expression") {
        None => Measured::Metric(reading),
        Some(expression) => Measured::Math(vec![
            Query {
                id: "m1".to_owned(),
                label: None,
                source: QuerySource::Reading(reading),
                returns_data: false,
            },
            Query {
                id: "e1".to_owned(),
                label: None,
                source: QuerySource::Expression(expression.to_owned()),
                returns_data: true,
            },
        ]),
    };
    MetricAlarm {
        name: "alarm".to_owned(),
        description: None,
        measured,
        period: number(&properties["Period"]).unwrap(),
        evaluation_periods: number(&properties["EvaluationPeriods"]).unwrap(),
        datapoints_to_alarm: number(&properties["DatapointsToAlarm"]),
        comparison: Comparison::parse(text(properties, "ComparisonOperator").unwrap()).unwrap(),
        threshold: properties["Threshold"].as_f64().unwrap(),
        missing: text(properties, "TreatMissingData").map(|word| MissingData::parse(word).unwrap()),
        low_samples: text(properties, "EvaluateLowSampleCountPercentile").map(|word| match word {
            "ignore" => LowSamples::Ignore,
            _ => LowSamples::Evaluate,
        }),
        actions: Actions::default(),
        configured_at: None,
    }
}

/// The states the case is asked about: the one it names, or each.
fn states_before(case: &Value) -> Vec<State> {
    match text(case, "state_before") {
        Some("ANY") | None => vec![State::Ok, State::Alarm, State::InsufficientData],
        Some(state) => vec![State::parse(state).unwrap()],
    }
}

/// Without the dates in brackets, which a case without times cannot give.
fn undated(reason: &str) -> String {
    reason.split(" (").filter(|part| !part.as_bytes().first().is_some_and(u8::is_ascii_digit)).collect()
}

/// The case's points as the range of one evaluation.
fn evaluated(case: &Value, wrong: &mut Vec<String>) {
    let id = text(case, "id").unwrap();
    for (treatment, expected) in case["expect"].as_object().unwrap() {
        let mut alarm = alarm(case);
        alarm.missing = Some(MissingData::parse(treatment).unwrap());
        let points: Vec<Option<Datapoint>> = case["datapoints"]
            .as_array()
            .unwrap()
            .iter()
            .map(|point| {
                point.as_f64().map(|value| Datapoint { value, samples: case["sample_count"].as_u64() })
            })
            .collect();
        let day = case["query_date"].as_str().and_then(|date| date.split_once('T')).map(|(day, _)| day);
        let newest = day.zip(text(case, "newest_slot"));
        let newest = newest.map_or(Timestamp::UNIX_EPOCH, |(day, slot)| at(&format!("{day}T{slot}Z")));
        let now = text(case, "query_date").map_or(newest, at);
        for before in states_before(case) {
            let terms = Terms::of(&alarm).unwrap();
            let transition = evaluate(&terms, Range { newest, points: &points }, before, now);
            let state = transition.as_ref().map_or(before, |transition| transition.to);
            let expected = match expected.as_str().unwrap() {
                "RETAIN" => before,
                state => State::parse(state).unwrap(),
            };
            if state != expected {
                wrong.push(format!("{id} {treatment} from {before}: {state}, not {expected}"));
            }
            let Some((reason, transition)) = text(case, "reason").zip(transition) else { continue };
            let same = if case.get("newest_slot").is_some() {
                reason == transition.reason
            } else {
                undated(reason) == undated(&transition.reason)
            };
            if !same {
                wrong.push(format!("{id} {treatment}: says\n  {}\nnot\n  {reason}", transition.reason));
            }
            let data: Value = serde_json::from_str(&transition.reason_data.unwrap()).unwrap();
            assert_eq!(data["version"], "1.0");
        }
    }
}

/// The case's raw samples, each taken when it was published, and an evaluation at the moment AWS made its own.
fn run(case: &Value, wrong: &mut Vec<String>) -> bool {
    let alarm = alarm(case);
    let now = at(text(case, "query_date").unwrap());
    // Created half an hour before, in the phase of the recorded evaluation.
    let mut running = Running::new(alarm, now - SignedDuration::from_mins(30)).unwrap();
    let mut samples: Vec<(Timestamp, Sample)> = case["raw"]
        .as_array()
        .unwrap()
        .iter()
        .map(|raw| {
            let Measured::Metric(reading) = &running.alarm().measured else { unreachable!() };
            let sample = Sample {
                metric: reading.metric.clone(),
                at: at(text(raw, "timestamp").unwrap()),
                value: raw["value"].as_f64().unwrap(),
                unit: Unit::parse("Count").unwrap(),
            };
            (at(text(raw, "published_by").unwrap()), sample)
        })
        .collect();
    samples.sort_by_key(|(published, _)| *published);
    let mut samples = samples.into_iter().peekable();
    let mut due = running.next_evaluation(running.created());
    let mut last = None;
    while due <= now {
        while let Some((_, sample)) = samples.next_if(|(published, _)| *published <= due) {
            assert!(running.take(&sample));
        }
        if let Some(transition) = running.evaluate(due) {
            last = Some(transition);
        }
        due = running.next_evaluation(due);
    }
    let id = text(case, "id").unwrap();
    let expected = case["expect"].as_object().unwrap().values().next().and_then(Value::as_str).unwrap();
    if running.state().as_str() != expected {
        wrong.push(format!("{id} run: {}, not {expected}", running.state()));
    }
    let points: Vec<Option<f64>> = running.datapoints(now).into_iter().map(|(_, point)| point).collect();
    let expected: Vec<Option<f64>> =
        case["datapoints"].as_array().unwrap().iter().map(Value::as_f64).collect();
    if points != expected {
        wrong.push(format!("{id} run: sees {points:?}, not {expected:?}"));
    }
    // Our run begins in a state of its own; where it changes at the same moment, it says the same.
    match last.filter(|last| last.at == now).zip(text(case, "reason")) {
        Some((transition, reason)) => {
            if transition.reason != reason {
                wrong.push(format!("{id} run: says {}", transition.reason));
            }
            true
        }
        None => false,
    }
}

/// Metric math: the case's points are what the expression gives, made of one metric here.
fn computed(case: &Value, wrong: &mut Vec<String>) {
    let id = text(case, "id").unwrap();
    let mut running = Running::new(alarm(case), at("2026-09-14T05:00:03Z")).unwrap();
    let Measured::Math(queries) = &running.alarm().measured else { return };
    let adds_one = queries.iter().any(
        |query| matches!(&query.source, QuerySource::Expression(text) if text.replace(' ', "") == "m1+1"),
    );
    let value = case["datapoints"][0].as_f64();
    if let Some(value) = value.filter(|_| adds_one) {
        let metric = running.metrics().next().unwrap().clone();
        let at = at("2026-09-14T05:10:00Z");
        assert!(running.take(&Sample { metric, at, value: value - 1.0, unit: Unit::NONE }));
    }
    // No ten seconds of waiting: the period that ended three seconds ago counts.
    let now = at("2026-09-14T05:10:13Z");
    running.evaluate(now);
    let (_, newest) = running.datapoints(now).pop().unwrap();
    let expected = case["expect"].as_object().unwrap().values().next().and_then(Value::as_str).unwrap();
    if newest != value || running.state().as_str() != expected {
        wrong.push(format!("{id} computed: {newest:?}, {}", running.state()));
    }
}

/// `events` are hits and misses of a filter that counts.
fn filtered(case: &Value, wrong: &mut Vec<String>) {
    let id = text(case, "id").unwrap();
    let filter = MetricFilter::new(MetricFilterDefinition {
        log_group: "g".to_owned(),
        name: "f".to_owned(),
        pattern: Pattern::parse("hit").unwrap(),
        transformations: vec![MetricTransformation {
            metric_name: "m".to_owned(),
            namespace: "N".to_owned(),
            value: case["metricValue"].as_f64().unwrap_or(1.0).to_string(),
            default_value: case["defaultValue"].as_f64(),
            unit: None,
            dimensions: Vec::new(),
        }],
        system_fields: Vec::new(),
        selection: None,
        on_transformed_logs: false,
    })
    .unwrap();
    let values: Vec<f64> = case["events"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|event| filter.publish(&log_event(event.as_str().unwrap(), Timestamp::UNIX_EPOCH)))
        .map(|sample| sample.value)
        .collect();
    let expected = case["expect"].as_object().unwrap();
    if let Some(samples) = expected.get("samples").and_then(Value::as_array) {
        let samples: Vec<f64> = samples.iter().filter_map(Value::as_f64).collect();
        if samples != values {
            wrong.push(format!("{id}: {values:?}, not {samples:?}"));
        }
    }
    let statistics = ["SampleCount", "Sum", "Minimum", "Maximum", "Average"];
    for (name, expected) in expected.iter().filter(|(name, _)| statistics.contains(&name.as_str())) {
        let value = Statistic::parse(name).unwrap().of(&Bucket::of(&values));
        if value != expected.as_f64() {
            wrong.push(format!("{id} {name}: {value:?}, not {expected}"));
        }
    }
}

#[test]
fn every_shared_alarm_case_holds() {
    let Some(cases) = cases("alarm.jsonl") else { return };
    let (mut used, mut changed, mut not_shown, mut wrong) = (0, 0, Vec::new(), Vec::new());
    for case in &cases {
        match text(case, "kind") {
            Some("composite") => {
                not_shown.push(text(case, "id").unwrap().to_owned());
                continue;
            }
            Some("metric-filter") => filtered(case, &mut wrong),
            _ => {
                evaluated(case, &mut wrong);
                if case.get("raw").is_some() {
                    changed += usize::from(run(case, &mut wrong));
                }
                if case["alarm"].get("Expression").is_some() {
                    computed(case, &mut wrong);
                }
                if let Some(range) = number(&case["evaluation_range"]) {
                    let alarm = alarm(case);
                    assert_eq!(range_periods(alarm.period, alarm.evaluation_periods), range);
                }
            }
        }
        used += 1;
    }
    report(used, &not_shown, &wrong);
    assert!(changed >= 7, "only {changed} runs change their state when AWS's did");
}

fn log_event(message: &str, at: Timestamp) -> LogEvent<'_> {
    LogEvent {
        message,
        at,
        account: "000000000000",
        region: "us-east-1",
        log_group: "/stackd/native-metric-filters-owned",
    }
}

/// The filter a case asks for, or AWS's message.
fn filter(case: &Value) -> Result<MetricFilter, String> {
    let pattern = Pattern::parse(text(case, "pattern").unwrap()).map_err(|error| error.to_string())?;
    let words = |key: &str| -> Vec<String> {
        let words = case[key].as_array().into_iter().flatten();
        words.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let transformations = case["metricTransformations"].as_array().into_iter().flatten();
    MetricFilter::new(MetricFilterDefinition {
        log_group: "/stackd/native-metric-filters-owned".to_owned(),
        name: "filter".to_owned(),
        pattern,
        transformations: transformations
            .map(|one| MetricTransformation {
                metric_name: text(one, "metricName").unwrap().to_owned(),
                namespace: text(one, "metricNamespace").unwrap().to_owned(),
                value: text(one, "metricValue").unwrap().to_owned(),
                default_value: one["defaultValue"].as_f64(),
                unit: text(one, "unit").map(str::to_owned),
                dimensions: one["dimensions"]
                    .as_object()
                    .into_iter()
                    .flatten()
                    .map(|(name, selector)| (name.clone(), selector.as_str().unwrap().to_owned()))
                    .collect(),
            })
            .collect(),
        system_fields: words("emitSystemFieldDimensions"),
        selection: text(case, "fieldSelectionCriteria").map(str::to_owned),
        on_transformed_logs: case["applyOnTransformedLogs"] == true,
    })
    .map_err(|error| error.to_string())
}

type Series = BTreeMap<(Vec<Dimension>, i64), (Vec<f64>, Unit)>;

/// What is published, by dimensions and minute.
fn published(case: &Value) -> Series {
    let filter = filter(case).unwrap();
    let mut series = Series::new();
    for event in case["events"].as_array().unwrap() {
        let at = Timestamp::from_millisecond(event["timestamp"].as_i64().unwrap()).unwrap();
        if let Some(sample) = filter.publish(&log_event(text(event, "message").unwrap(), at)) {
            let key = (sample.metric.dimensions, sample.at.as_millisecond());
            series.entry(key).or_insert((Vec::new(), sample.unit)).0.push(sample.value);
        }
    }
    series
}

fn publishes(case: &Value, wrong: &mut Vec<String>) {
    let id = text(case, "id").unwrap();
    let series = published(case);
    let expected = &case["expect"];
    let mut compared = 0;
    let mut compare = |dimensions: Vec<Dimension>, point: &Value, minute: Option<i64>| {
        compared += 1;
        let found = series
            .iter()
            .find(|((its, at), _)| *its == dimensions && minute.is_none_or(|minute| minute == *at));
        let Some((_, (values, unit))) = found else {
            wrong.push(format!("{id}: nothing of {dimensions:?} at {minute:?}"));
            return;
        };
        for (name, value) in point.as_object().unwrap() {
            if name == "Unit" && value != unit.as_str() {
                wrong.push(format!("{id}: unit {}", unit.as_str()));
            }
            let Ok(statistic) = Statistic::parse(name) else { continue };
            if statistic.of(&Bucket::of(values)) != value.as_f64() {
                wrong.push(format!("{id}: {name} of {values:?} is not {value}"));
            }
        }
    };
    for point in expected["datapoints"].as_array().into_iter().flatten() {
        compare(Vec::new(), point, point["minute_ms"].as_i64());
    }
    for one in expected["series"].as_array().into_iter().flatten() {
        let dimensions: Vec<Dimension> = one["dimensions"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, value)| Dimension { name: name.clone(), value: value.as_str().unwrap().to_owned() })
            .collect();
        match one["datapoints"].as_array() {
            None => compare(dimensions, one, None),
            Some(points) => {
                for point in points {
                    compare(dimensions.clone(), point, point["minute_ms"].as_i64());
                }
            }
        }
    }
    // AWS had no datapoint of the event of 23 hours before; and the idle minute's case is about a minute without events.
    let but = match id {
        "mf-timestamp-attribution" => 1,
        "mf-default-idle-minute" => series.len(),
        _ => 0,
    };
    if series.len() != compared + but {
        wrong.push(format!("{id}: {} datapoints, not {compared}", series.len()));
    }
}

fn tested(case: &Value, wrong: &mut Vec<String>) {
    let id = text(case, "id").unwrap();
    let pattern = match Pattern::parse(text(case, "pattern").unwrap()) {
        Ok(_) if case["error"] == true => return wrong.push(format!("{id}: accepted")),
        Ok(pattern) => pattern,
        Err(error) => {
            if text(case, "message") != Some(error.to_string().as_str()) {
                wrong.push(format!("{id}: {error}"));
            }
            return;
        }
    };
    let mut matches = Vec::new();
    for (at, event) in case["events"].as_array().unwrap().iter().enumerate() {
        if let Some(fields) = pattern.extract(event.as_str().unwrap()) {
            let fields: BTreeMap<String, &str> = fields.into_iter().collect();
            matches.push(serde_json::json!({ "eventNumber": at + 1, "extractedValues": fields }));
        }
    }
    if Value::from(matches.clone()) != case["matches"] {
        wrong.push(format!("{id}: {matches:?}"));
    }
}

#[test]
fn every_shared_metric_filter_case_holds() {
    let Some(cases) = cases("metric-filter.jsonl") else { return };
    let (mut used, mut not_shown, mut wrong) = (0, Vec::new(), Vec::new());
    for case in &cases {
        let id = text(case, "id").unwrap();
        if let Some((_, why)) = NOT_OF_A_FILTER.iter().find(|(other, _)| *other == id) {
            not_shown.push(format!("{id} ({why})"));
            continue;
        }
        match text(case, "kind") {
            Some("publish") => publishes(case, &mut wrong),
            Some("test") => tested(case, &mut wrong),
            Some("put") => match (filter(case), case["ok"] == true) {
                (Ok(_), true) => {}
                (Ok(_), false) => wrong.push(format!("{id}: accepted")),
                (Err(error), _) if Some(error.as_str()) == text(case, "message") => {}
                (Err(error), _) => wrong.push(format!("{id}: says {error}")),
            },
            other => wrong.push(format!("{id}: a kind of its own, {other:?}")),
        }
        used += 1;
    }
    report(used, &not_shown, &wrong);
}
