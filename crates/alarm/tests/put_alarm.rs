//! Reading alarms: what CloudFormation lets pass, what AWS refuses and how, what is only not run here.

#![expect(clippy::unwrap_used, reason = "a test may stop at what is not as it should be")]

use proptest::prelude::*;
use serde_json::{Value, json};
use trailbell_alarm::{
    Alarm, Comparison, CompositeAlarm, Measured, MetricAlarm, MissingData, Problem, PropertyError,
    QuerySource, Segment,
};

fn plain() -> Value {
    json!({
        "AlarmName": "n", "Namespace": "N", "MetricName": "m", "Statistic": "Sum", "Period": 300,
        "EvaluationPeriods": 1, "Threshold": 1, "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    })
}

fn with(changes: &Value) -> Value {
    let mut properties = plain();
    for (key, value) in changes.as_object().unwrap() {
        properties.as_object_mut().unwrap().insert(key.clone(), value.clone());
    }
    properties
}

fn refused(changes: &Value) -> PropertyError {
    MetricAlarm::read(&with(changes), None).unwrap_err()
}

/// `Metrics.1.MetricStat`
fn path(path: &[Segment]) -> String {
    let segments = path.iter().map(|segment| match segment {
        Segment::Key(key) => key.clone(),
        Segment::Index(index) => index.to_string(),
    });
    segments.collect::<Vec<_>>().join(".")
}

#[test]
fn numbers_and_booleans_may_be_texts_as_parameters_are() {
    let read = MetricAlarm::read(
        &with(
            &json!({"Period": "300", "Threshold": "1.5", "EvaluationPeriods": "3", "ActionsEnabled": "false",
            "MetricName": 5, "DatapointsToAlarm": 2.0, "TreatMissingData": "notBreaching", "Unit": null,
            "Dimensions": [{"Name": "z", "Value": true}, {"Name": "a", "Value": 1}]}),
        ),
        None,
    )
    .unwrap();
    assert_eq!(read.unknown, []);
    let alarm = read.alarm;
    assert_eq!((alarm.period, alarm.evaluation_periods, alarm.datapoints_to_alarm), (300, 3, Some(2)));
    assert_eq!(
        (alarm.comparison, alarm.missing),
        (Comparison::GreaterOrEqual, Some(MissingData::NotBreaching))
    );
    assert!(!alarm.actions.enabled && (alarm.threshold - 1.5).abs() < 1e-9);
    let Measured::Metric(reading) = alarm.measured else { unreachable!() };
    assert_eq!(reading.metric.name, "5");
    let dimensions: Vec<_> =
        reading.metric.dimensions.iter().map(|d| (d.name.as_str(), d.value.as_str())).collect();
    assert_eq!(dimensions, [("a", "1"), ("z", "true")]);
}

#[test]
fn what_describe_alarms_shows_is_read_too() {
    let read = MetricAlarm::read(
        &with(&json!({"AlarmArn": "arn:aws:cloudwatch:us-east-1:1:alarm:n", "StateValue": "OK",
            "StateUpdatedTimestamp": "2026-01-01T00:00:00Z", "OKActions": [],
            "AlarmConfigurationUpdatedTimestamp": "2026-09-14T11:18:43.496000+00:00"})),
        None,
    )
    .unwrap();
    assert_eq!(read.unknown, []);
    assert_eq!(read.alarm.configured_at, Some("2026-09-14T11:18:43.496Z".parse().unwrap()));
}

#[test]
fn an_alarm_without_a_name_has_the_one_cloudformation_makes_up() {
    let properties = with(&json!({"AlarmName": null}));
    assert_eq!(MetricAlarm::read(&properties, Some("stack-Alarm-1")).unwrap().alarm.name, "stack-Alarm-1");
    assert_eq!(
        MetricAlarm::read(&properties, None).unwrap_err().message,
        "The parameter AlarmName is required."
    );
}

#[test]
fn what_is_wrong_is_said_in_the_words_of_aws_with_its_place() {
    let cases = [
        (json!({"Period": 90}), "Period", "Period must be 10, 20, 30 or a multiple of 60"),
        (
            json!({"Period": 300, "EvaluationPeriods": 289}),
            "EvaluationPeriods",
            "Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400) for \
             alarms using period < 3600",
        ),
        (
            json!({"Period": 86400, "EvaluationPeriods": 8}),
            "EvaluationPeriods",
            "Metrics cannot be checked across more than seven days (EvaluationPeriods * Period must be <= 604800)",
        ),
        (
            json!({"DatapointsToAlarm": 2}),
            "DatapointsToAlarm",
            "DatapointsToAlarm must be less than or equal to EvaluationPeriods",
        ),
        (
            json!({"Statistic": null, "ExtendedStatistic": "p101"}),
            "ExtendedStatistic",
            "The value p101 for parameter ExtendedStatistic is not supported.",
        ),
        (
            json!({"AlarmActions": ["arn:aws:sns:us-east-1:1:t", "not-an-arn"]}),
            "AlarmActions.1",
            "Invalid arn syntax: not-an-arn",
        ),
        (
            json!({"Metrics": [], "Period": null}),
            "MetricName",
            "MetricName should not be set if list of Metrics is set.",
        ),
        (json!({"Threshold": null}), "Threshold", "The parameter Threshold is required."),
        (json!({"Threshold": "many"}), "Threshold", "must be a number, and is 'many'"),
        (json!({"Threshold": "NaN"}), "Threshold", "must be a number, and is 'NaN'"),
        (json!({"EvaluationPeriods": 1.5}), "EvaluationPeriods", "must be a whole number, and is 1.5"),
        (
            json!({"EvaluationPeriods": 0}),
            "EvaluationPeriods",
            "1 validation error detected: Value '0' at 'evaluationPeriods' failed to satisfy constraint: Member must \
             have value greater than or equal to 1",
        ),
        (
            json!({"TreatMissingData": "NotBreaching"}),
            "TreatMissingData",
            "1 validation error detected: Value 'NotBreaching' at 'treatMissingData' failed to satisfy constraint: \
             Member must satisfy enum value set: [breaching, notBreaching, ignore, missing]",
        ),
        (json!({"Dimensions": [{"Name": "a"}]}), "Dimensions.0.Value", "The parameter Value is required."),
        (
            json!({"OKActions": "arn:aws:sns:r:1:t"}),
            "OKActions",
            "must be a list, and is 'arn:aws:sns:r:1:t'",
        ),
        (json!({"Namespace": {"Ref": "N"}}), "Namespace", "must be a text, and is an object"),
    ];
    for (changes, place, message) in cases {
        let error = refused(&changes);
        assert_eq!((path(&error.path).as_str(), error.message.as_str()), (place, message), "{changes}");
        assert_eq!(error.problem, Problem::Wrong);
    }
}

#[test]
fn what_to_do_is_said_too() {
    let hint = |changes: &Value| refused(changes).hint.unwrap();
    assert_eq!(hint(&json!({"Statistic": "sum"})), "write Sum");
    assert_eq!(hint(&json!({"ComparisonOperator": "GreaterThanThresold"})), "write GreaterThanThreshold");
    assert_eq!(hint(&json!({"Namespace": {"Ref": "N"}})), "the function is not resolved: give its value");
    assert_eq!(
        hint(&json!({"EvaluationPeriods": null, "EvalutionPeriods": 1})),
        "is EvalutionPeriods meant to be EvaluationPeriods?"
    );
    assert!(refused(&json!({"Period": 90})).to_string().ends_with("(write 120)"));
}

#[test]
fn what_is_only_not_run_here_is_no_mistake() {
    let cases = [
        (json!({"ComparisonOperator": "GreaterThanUpperThreshold"}), "ComparisonOperator"),
        (json!({"ThresholdMetricId": "ad1"}), "ThresholdMetricId"),
        (json!({"EvaluationCriteria": {"PromQLCriteria": {"Query": "up"}}}), "EvaluationCriteria"),
        (json!({"EvaluationWindow": {"WallClockWindow": {"Timezone": "UTC"}}}), "EvaluationWindow"),
        (json!({"WarmUpConfiguration": {"WarmUpPeriodDurationInMinutes": 5}}), "WarmUpConfiguration"),
    ];
    for (changes, place) in cases {
        let error = refused(&changes);
        assert_eq!((error.problem, path(&error.path).as_str()), (Problem::NotRunHere, place));
        assert!(error.message.starts_with("not run here: ") && error.hint.is_some());
    }
    assert!(MetricAlarm::read(&with(&json!({"EvaluationWindow": "SlidingWindow"})), None).is_ok());
    let log_alarm = Alarm::read("AWS::CloudWatch::LogAlarm", &json!({}), None).unwrap_err();
    assert_eq!(log_alarm.problem, Problem::NotRunHere);
}

#[test]
fn a_property_nobody_knows_is_told_with_what_was_meant() {
    let read =
        MetricAlarm::read(&with(&json!({"TreatMissingdata": "ignore", "Colour": "red"})), None).unwrap();
    let told: Vec<_> = read.unknown.iter().map(|unknown| (path(&unknown.path), unknown.suggestion)).collect();
    assert_eq!(
        told,
        [("Colour".to_owned(), None), ("TreatMissingdata".to_owned(), Some("TreatMissingData"))]
    );
}

#[test]
fn extended_statistics_are_those_of_cloudwatch() {
    let accepted = [
        "p0",
        "p50",
        "p99.9",
        "p100",
        "p99.1234567890",
        "tm90",
        "tc99",
        "ts10",
        "wm98.5",
        "IQM",
        "TM(25%:75%)",
        "TM(:90%)",
        "TC(10:20)",
        "TS(80%:)",
        "WM(1%:2%)",
        "PR(:300)",
        "PR(100:2000)",
        "PR(-5:5)",
    ];
    let refused_ones = [
        "p101",
        "p-1",
        "p",
        "p99.12345678901",
        "P99",
        "tm",
        "tm101",
        "TM(90)",
        "TM(:)",
        "TM(10%:20)",
        "PR(10%:20%)",
        "PR(5:1)",
        "XX(1:2)",
        "p1e1",
        "p9.",
        "p.5",
        "TM(1:2",
        "iqm",
        "",
        "p٣",
    ];
    let read = |statistic: &str| {
        MetricAlarm::read(&with(&json!({"Statistic": null, "ExtendedStatistic": statistic})), None).is_ok()
    };
    for statistic in accepted {
        assert!(read(statistic), "{statistic}");
    }
    for statistic in refused_ones {
        assert!(!read(statistic), "{statistic}");
    }
}

fn math(metrics: &Value) -> Result<MetricAlarm, PropertyError> {
    let properties = json!({"AlarmName": "n", "EvaluationPeriods": 1, "Threshold": 1,
        "ComparisonOperator": "GreaterThanThreshold", "Metrics": metrics});
    MetricAlarm::read(&properties, None).map(|read| read.alarm)
}

fn stat(id: &str, period: u32, returns: bool) -> Value {
    json!({"Id": id, "ReturnData": returns, "MetricStat": {
        "Metric": {"Namespace": "N", "MetricName": "m"}, "Period": period, "Stat": "Sum"}})
}

#[test]
fn metric_math_is_read_with_the_period_its_metrics_share() {
    let alarm = math(&json!([{"Id": "e1", "Expression": "m1 * 2", "Label": "twice"}, stat("m1", 60, false)]))
        .unwrap();
    assert_eq!(alarm.period, 60);
    let Measured::Math(queries) = alarm.measured else { unreachable!() };
    assert_eq!(queries.first().unwrap().source, QuerySource::Expression("m1 * 2".to_owned()));
    assert!(queries.first().unwrap().returns_data && !queries.last().unwrap().returns_data);
}

#[test]
fn wrong_metric_math_is_refused_where_it_is_wrong() {
    let many: Vec<Value> = (0..11).map(|n| stat(&format!("m{n}"), 60, n == 0)).collect();
    let cases = [
        (json!([]), "Metrics", Problem::Wrong),
        (Value::Array(many), "Metrics", Problem::Wrong),
        (
            json!([stat("m1", 60, true), stat("m2", 120, false)]),
            "Metrics.1.MetricStat.Period",
            Problem::Wrong,
        ),
        (json!([stat("m1", 60, true), stat("m1", 60, false)]), "Metrics.1.Id", Problem::Wrong),
        (json!([stat("m1", 60, true), stat("m2", 60, true)]), "Metrics", Problem::Wrong),
        (json!([stat("M1", 60, true)]), "Metrics.0.Id", Problem::Wrong),
        (json!([stat("m1", 45, true)]), "Metrics.0.MetricStat.Period", Problem::Wrong),
        (json!([{"Id": "e1"}]), "Metrics.0", Problem::Wrong),
        (json!([{"Id": "e1", "Expression": "TIME_SERIES(0)"}]), "Metrics", Problem::Wrong),
        (
            json!([{"Id": "e1", "Expression": "SEARCH('{N}', 'Sum', 300)"}]),
            "Metrics.0.Expression",
            Problem::Wrong,
        ),
        (
            json!([{"Id": "e1", "Expression": "SELECT AVG(m) FROM N", "Period": 60}]),
            "Metrics.0.Expression",
            Problem::NotRunHere,
        ),
        (
            json!([stat("m1", 60, false), {"Id": "e1", "Expression": "ANOMALY_DETECTION_BAND(m1, 2)"}]),
            "Metrics.1.Expression",
            Problem::NotRunHere,
        ),
        (json!([{"Id": "m1", "AccountId": "222222222222"}]), "Metrics.0.AccountId", Problem::NotRunHere),
    ];
    for (metrics, place, problem) in cases {
        let error = math(&metrics).unwrap_err();
        assert_eq!((path(&error.path).as_str(), error.problem), (place, problem), "{metrics} {error}");
    }
}

#[test]
fn a_composite_alarm_is_read_with_its_suppressor() {
    let properties = json!({"AlarmName": "c", "AlarmRule": "ALARM(a)", "ActionsSuppressor": "s",
        "ActionsSuppressorWaitPeriod": "5", "ActionsSuppressorExtensionPeriod": 0, "AlarmRules": "x"});
    let read = CompositeAlarm::read(&properties, None).unwrap();
    let suppressor = read.alarm.suppressor.unwrap();
    let zero = json!({"AlarmRule": "TRUE", "ActionsSuppressor": "s", "ActionsSuppressorWaitPeriod": -0.0,
        "ActionsSuppressorExtensionPeriod": "0"});
    assert_eq!(CompositeAlarm::read(&zero, Some("c")).unwrap().alarm.suppressor.unwrap().wait, 0);
    assert_eq!((suppressor.alarm.as_str(), suppressor.wait, suppressor.extension), ("s", 5, 0));
    assert_eq!(read.unknown.first().unwrap().suggestion, Some("AlarmRule"));
}

#[test]
fn a_composite_alarm_that_is_not_right_is_refused_where_it_is_not() {
    let error = |properties: Value| CompositeAlarm::read(&properties, Some("c")).unwrap_err();
    let wrong = error(json!({"AlarmRule": "ALARM(a) and ALARM(b)"}));
    assert_eq!(path(&wrong.path), "AlarmRule");
    assert_eq!(wrong.span.map(|span| (span.start, span.end)), Some((9, 12)));
    assert_eq!(wrong.hint.as_deref(), Some("keywords are upper-case: write AND"));
    assert_eq!(path(&error(json!({})).path), "AlarmRule");
    assert_eq!(
        path(
            &error(json!({"AlarmRule": "TRUE", "ActionsSuppressor": "s", "ActionsSuppressorWaitPeriod": 1}))
                .path
        ),
        "ActionsSuppressorExtensionPeriod"
    );
    assert_eq!(
        path(&error(json!({"AlarmRule": "TRUE", "ActionsSuppressorWaitPeriod": 1})).path),
        "ActionsSuppressor"
    );
    assert_eq!(error(json!([])).message, "must be an object, and is a list");
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "[0-9a-zA-Z(:%.]{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 20, 4, |inner| {
        let key = prop_oneof![any::<String>(), proptest::sample::select(KEYS).prop_map(str::to_owned)];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::btree_map(key, inner, 0..6).prop_map(|members| members.into_iter().collect()),
        ]
    })
}

const KEYS: &[&str] = &[
    "AlarmRule",
    "Metrics",
    "Id",
    "Expression",
    "MetricStat",
    "Metric",
    "Period",
    "Stat",
    "Dimensions",
    "Name",
    "Value",
    "Threshold",
    "ExtendedStatistic",
    "EvaluationPeriods",
    "AlarmActions",
    "EvaluationWindow",
    "Unit",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_json_is_read_or_refused(key in proptest::sample::select(KEYS), value in value()) {
        let _ = MetricAlarm::read(&value, None).map_err(|error| error.to_string());
        let _ = CompositeAlarm::read(&value, Some("n")).map_err(|error| error.to_string());
        let _ = MetricAlarm::read(&with(&json!({ key: value.clone() })), None).map_err(|error| error.to_string());
        let _ = math(&json!([value])).map_err(|error| error.to_string());
    }
}
