//! What AWS sends: the shared captures in full, where they are, and samples of our own.

#![expect(clippy::unwrap_used, reason = "a test may stop at what is not as it should be")]

use std::fs;
use std::path::Path;

use jiff::Timestamp;
use serde_json::{Value, json};
use trailbell_alarm::{
    Alarm, AlarmRef, CompositeAlarm, Ids, Message, MetricAlarm, Operation, Scope, State, Status,
    SuppressedBy, Suppression, configuration_event, email_footer,
};

/// What no message is about.
const NOT_SHOWN: &[(&str, &str)] = &[
    ("cw-sns-publish-not-authorized", "the action fails in SNS; no message is made"),
    ("cw-sns-history-shapes", "DescribeAlarmHistory is not answered here"),
    ("cw-same-state-no-op", "no transition, so no message; the alarm's own running decides it"),
    ("cw-enable-actions-while-in-alarm", "no transition, so no message; the alarm's own running decides it"),
];

fn shared(path: &str) -> Option<String> {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance").join(path))
        .ok()
}

fn text<'v>(case: &'v Value, key: &str) -> Option<&'v str> {
    case.get(key).and_then(Value::as_str)
}

fn time(text: &str) -> Timestamp {
    text.replace("+0000", "Z").parse().unwrap()
}

/// An alarm out of a capture, whose suppressor's periods are named shortly.
fn alarm(properties: &Value) -> Alarm {
    let mut properties = properties.clone();
    let members = properties.as_object_mut().unwrap();
    for (short, long) in
        [("wait", "ActionsSuppressorWaitPeriod"), ("extension", "ActionsSuppressorExtensionPeriod")]
    {
        if let Some(value) = members.remove(short) {
            members.insert(long.to_owned(), value);
        }
    }
    let kind = if members.contains_key("AlarmRule") { "CompositeAlarm" } else { "Alarm" };
    let read = Alarm::read(&format!("AWS::CloudWatch::{kind}"), &properties, None).unwrap();
    assert_eq!(read.unknown, []);
    read.alarm
}

const fn reference(alarm: &Alarm) -> AlarmRef<'_> {
    match alarm {
        Alarm::Metric(alarm) => AlarmRef::Metric(alarm),
        Alarm::Composite(alarm) => AlarmRef::Composite(alarm),
    }
}

/// A status out of an event's `state` or `previousState`.
fn status(state: &Value) -> Status {
    let suppressed = text(state, "actionsSuppressedBy").map(|by| Suppression {
        by: [SuppressedBy::Alarm, SuppressedBy::WaitPeriod, SuppressedBy::ExtensionPeriod]
            .into_iter()
            .find(|known| known.as_str() == by)
            .unwrap(),
        reason: text(state, "actionsSuppressedReason").unwrap().to_owned(),
    });
    Status {
        state: State::parse(text(state, "value").unwrap()).unwrap(),
        reason: text(state, "reason").unwrap_or_default().to_owned(),
        reason_data: text(state, "reasonData").map(str::to_owned),
        at: time(text(state, "timestamp").unwrap()),
        suppressed,
    }
}

/// The statuses of a capture: of its event, where it has one, or of its transition.
fn statuses(case: &Value) -> (Status, Status) {
    if let Some(detail) = case.pointer("/eventbridge_event/detail") {
        return (status(detail.get("previousState").unwrap()), status(detail.get("state").unwrap()));
    }
    let transition = case.get("transition").unwrap();
    let after = Status {
        state: State::parse(text(transition, "new").unwrap()).unwrap(),
        reason: text(transition, "reason").unwrap().to_owned(),
        reason_data: transition.get("state_reason_data").map(Value::to_string),
        at: time(text(transition, "at").unwrap()),
        suppressed: None,
    };
    let state = State::parse(text(transition, "old").unwrap()).unwrap();
    (Status { state, ..after.clone() }, after)
}

#[test]
#[expect(clippy::print_stderr, reason = "what was compared is to be seen")]
fn every_shared_capture_is_said_again() {
    let Some(cases) = shared("alarm-message.jsonl") else {
        eprintln!("SKIPPED: ../shared is not here");
        return;
    };
    let mut compared = Vec::new();
    for line in cases.lines().filter(|line| !line.trim().is_empty()) {
        let case: Value = serde_json::from_str(line).unwrap();
        let id = text(&case, "id").unwrap();
        if let Some((_, why)) = NOT_SHOWN.iter().find(|(not_shown, _)| *not_shown == id) {
            eprintln!("not shown: {id}: {why}");
            continue;
        }
        let before = compared.len();
        if case.get("alarm").is_some_and(Value::is_object) {
            state_change(id, &case, line, &mut compared);
        } else {
            configuration_change(id, &case, line, &mut compared);
        }
        assert!(compared.len() > before, "{id} compared nothing");
    }
    eprintln!("alarm-message.jsonl: {} texts compared", compared.len());
}

fn state_change(id: &str, case: &Value, line: &str, compared: &mut Vec<String>) {
    let alarm = alarm(case.get("alarm").unwrap());
    let (before, after) = statuses(case);
    let account =
        case.pointer("/eventbridge_event/account").and_then(Value::as_str).unwrap_or("000000000000");
    let scope = Scope::new(account, "us-east-1");
    let message = Message::new(reference(&alarm), &scope, &before, &after);
    let texts = [
        ("subject", message.subject()),
        ("sms", message.sms()),
        ("default_json", message.default_json()),
        ("email_body", message.email()),
    ];
    for (key, ours) in texts {
        if let Some(theirs) = text(case, key) {
            assert_eq!(ours, theirs, "{id} {key}");
            compared.push(format!("{id} {key}"));
        }
    }
    let event = case.get("eventbridge_event").filter(|event| event.is_object());
    let ids = event.map_or_else(|| Ids::derived(reference(&alarm), &scope, after.at), ids);
    for (key, ours) in
        [("eventbridge_event", message.event(&ids)), ("lambda_payload", message.lambda_payload(&ids))]
    {
        if let Some(theirs) = case.get(key).filter(|theirs| theirs.is_object()) {
            assert_eq!(&serde_json::from_str::<Value>(&ours).unwrap(), theirs, "{id} {key}");
            compared.push(format!("{id} {key}"));
        }
    }
    if event.is_some() {
        assert!(in_order(line, &message.event(&ids)), "{id}: the order of members is another");
    }
    let published: Value = serde_json::from_str(&message.published()).unwrap();
    assert_eq!(
        published,
        json!({"default": message.default_json(), "sms": message.sms(), "email": message.email()})
    );
}

fn ids(event: &Value) -> Ids {
    let metric = event.pointer("/detail/configuration/metrics/0/id").and_then(Value::as_str);
    Ids { event: text(event, "id").unwrap().to_owned(), metric: metric.unwrap_or_default().to_owned() }
}

/// Whether our compact text stands in a capture's line, which has blanks after `:` and `,`.
fn in_order(line: &str, ours: &str) -> bool {
    let without_blanks = |text: &str| text.replace(": ", ":").replace(", ", ",");
    without_blanks(line).contains(&without_blanks(ours))
}

/// An alarm out of the configuration that an event shows.
fn configured(configuration: &Value) -> MetricAlarm {
    let get = |key: &str| configuration.get(key).cloned().unwrap_or_default();
    let stat = configuration.pointer("/metrics/0/metricStat").unwrap();
    let dimensions: Vec<Value> = stat
        .pointer("/metric/dimensions")
        .and_then(Value::as_object)
        .unwrap()
        .iter()
        .map(|(name, value)| json!({"Name": name, "Value": value}))
        .collect();
    let properties = json!({
        "AlarmName": get("alarmName"), "AlarmDescription": get("description"),
        "EvaluationPeriods": get("evaluationPeriods"), "DatapointsToAlarm": get("datapointsToAlarm"),
        "Threshold": get("threshold"), "ComparisonOperator": get("comparisonOperator"),
        "TreatMissingData": get("treatMissingData"), "ActionsEnabled": get("actionsEnabled"),
        "OKActions": get("okActions"), "AlarmActions": get("alarmActions"),
        "InsufficientDataActions": get("insufficientDataActions"),
        "AlarmConfigurationUpdatedTimestamp": get("timestamp"),
        "Namespace": stat.pointer("/metric/namespace"), "MetricName": stat.pointer("/metric/name"),
        "Dimensions": dimensions, "Period": stat.get("period"), "Statistic": stat.get("stat"),
    });
    MetricAlarm::read(&properties, None).unwrap().alarm
}

fn configuration_change(id: &str, case: &Value, line: &str, compared: &mut Vec<String>) {
    let event = case.get("eventbridge_event").unwrap();
    let detail = event.get("detail").unwrap();
    let scope = Scope::new(text(event, "account").unwrap(), text(event, "region").unwrap());
    let alarm = configured(detail.get("configuration").unwrap());
    let previous = detail.get("previousConfiguration").map(configured);
    let previous_ids = Ids {
        event: String::new(),
        metric: detail
            .pointer("/previousConfiguration/metrics/0/id")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned(),
    };
    let operation = match (text(detail, "operation").unwrap(), &previous) {
        ("create", _) => Operation::Create,
        ("update", Some(previous)) => Operation::Update(previous.into(), &previous_ids),
        _ => Operation::Delete,
    };
    let status = status(detail.get("state").unwrap());
    let at = time(text(event, "time").unwrap());
    let ours = configuration_event(&alarm, &scope, operation, &status, at, &ids(event));
    assert_eq!(&serde_json::from_str::<Value>(&ours).unwrap(), event, "{id}");
    assert!(in_order(line, &ours), "{id}: the order of members is another");
    compared.push(id.to_owned());
}

fn metric_alarm(more: &Value) -> MetricAlarm {
    let mut properties = json!({
        "AlarmName": "root-login", "AlarmDescription": "Somebody signed in as root",
        "Namespace": "CloudTrailMetrics", "MetricName": "RootLogin", "Statistic": "Sum", "Period": 300,
        "EvaluationPeriods": 1, "Threshold": 1, "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching", "AlarmActions": ["arn:aws:sns:eu-west-1:111111111111:security"],
        "AlarmConfigurationUpdatedTimestamp": "2026-01-01T00:00:00.000+0000",
    });
    for (key, value) in more.as_object().unwrap() {
        properties.as_object_mut().unwrap().insert(key.clone(), value.clone());
    }
    MetricAlarm::read(&properties, None).unwrap().alarm
}

fn alarm_at(at: &str) -> (Status, Status) {
    let before = Status::initial("2026-01-01T00:00:00Z".parse().unwrap());
    let after = Status {
        state: State::Alarm,
        reason: "because".to_owned(),
        at: at.parse().unwrap(),
        ..before.clone()
    };
    (before, after)
}

#[test]
fn a_metric_alarm_is_told_to_sns_as_aws_tells_it() {
    let alarm = metric_alarm(&json!({"Dimensions": [{"Name": "k", "Value": "v"}], "Unit": "Count"}));
    let (before, after) = alarm_at("2026-01-02T03:04:05.678Z");
    let scope = Scope::new("111111111111", "eu-west-1");
    let message = Message::new(&alarm, &scope, &before, &after);
    assert_eq!(message.subject(), "ALARM: \"root-login\" in EU (Ireland)");
    assert_eq!(
        message.default_json(),
        "{\"AlarmName\":\"root-login\",\"AlarmDescription\":\"Somebody signed in as root\",\
         \"AWSAccountId\":\"111111111111\",\"AlarmConfigurationUpdatedTimestamp\":\"2026-01-01T00:00:00.000+0000\",\
         \"NewStateValue\":\"ALARM\",\"NewStateReason\":\"because\",\
         \"StateChangeTime\":\"2026-01-02T03:04:05.678+0000\",\"Region\":\"EU (Ireland)\",\
         \"AlarmArn\":\"arn:aws:cloudwatch:eu-west-1:111111111111:alarm:root-login\",\
         \"OldStateValue\":\"INSUFFICIENT_DATA\",\"ActionExecutedAfterMuteWindow\":false,\"OKActions\":[],\
         \"AlarmActions\":[\"arn:aws:sns:eu-west-1:111111111111:security\"],\"InsufficientDataActions\":[],\
         \"Trigger\":{\"MetricName\":\"RootLogin\",\"Namespace\":\"CloudTrailMetrics\",\
         \"StatisticType\":\"Statistic\",\"Statistic\":\"SUM\",\"Unit\":\"Count\",\
         \"Dimensions\":[{\"value\":\"v\",\"name\":\"k\"}],\"Period\":300,\"EvaluationPeriods\":1,\
         \"ComparisonOperator\":\"GreaterThanOrEqualToThreshold\",\"Threshold\":1.0,\
         \"TreatMissingData\":\"notBreaching\",\"EvaluateLowSampleCountPercentile\":\"\"}}"
    );
    let mail = message.email();
    assert!(mail.contains("- Dimensions:                          [k = v]\n"), "{mail}");
    // AWS words it so where `DatapointsToAlarm` is not set.
    assert!(mail.contains("GreaterThanOrEqualToThreshold 1.0 for 300 seconds. \n"), "{mail}");
}

#[test]
fn a_percentile_and_a_large_threshold_keep_their_form() {
    let alarm = metric_alarm(&json!({"Statistic": null, "ExtendedStatistic": "p99.9", "Threshold": "1e10"}));
    let (before, after) = alarm_at("2026-01-02T03:04:05Z");
    let json = Message::new(&alarm, &Scope::new("1", "us-east-1"), &before, &after).default_json();
    assert!(json.contains("\"StatisticType\":\"ExtendedStatistic\",\"Statistic\":\"p99.9\""), "{json}");
    assert!(json.contains("\"Threshold\":1.0E10"), "{json}");
}

#[test]
fn a_math_alarm_is_told_with_its_metrics() {
    let alarm = MetricAlarm::read(
        &json!({
            "AlarmName": "share", "EvaluationPeriods": 2, "DatapointsToAlarm": 1, "Threshold": 0.5,
            "ComparisonOperator": "GreaterThanThreshold",
            "Metrics": [
                {"Id": "e1", "Expression": "FILL(m1, 0)", "Label": "filled"},
                {"Id": "m1", "ReturnData": false, "MetricStat": {
                    "Metric": {"Namespace": "N", "MetricName": "M"}, "Period": 60, "Stat": "Sum"}},
            ],
        }),
        None,
    )
    .unwrap()
    .alarm;
    let (before, after) = alarm_at("2026-01-02T03:04:05Z");
    let scope = Scope::new("111111111111", "us-east-1");
    let message = Message::new(&alarm, &scope, &before, &after);
    let json = message.default_json();
    assert!(
        json.ends_with(
            "\"Trigger\":{\"Period\":60,\"EvaluationPeriods\":2,\"DatapointsToAlarm\":1,\
             \"ComparisonOperator\":\"GreaterThanThreshold\",\"Threshold\":0.5,\"TreatMissingData\":\"missing\",\
             \"EvaluateLowSampleCountPercentile\":\"\",\"Metrics\":[{\"Expression\":\"FILL(m1, 0)\",\"Id\":\"e1\",\
             \"Label\":\"filled\",\"ReturnData\":true},{\"Id\":\"m1\",\"MetricStat\":{\"Metric\":{\"Dimensions\":[],\
             \"MetricName\":\"M\",\"Namespace\":\"N\"},\"Period\":60,\"Stat\":\"Sum\"},\"ReturnData\":false}]}}"
        ),
        "{json}"
    );
    assert!(
        message
            .email()
            .contains("- MetricExpression:           FILL(m1, 0)\n- MetricLabel:                filled\n")
    );
    let ids = Ids::derived(&alarm, &scope, after.at);
    let event: Value = serde_json::from_str(&message.event(&ids)).unwrap();
    assert_eq!(
        event.pointer("/detail/configuration/metrics/0"),
        Some(&json!({"id": "e1", "expression": "FILL(m1, 0)", "label": "filled", "returnData": true}))
    );
}

#[test]
fn a_composite_alarm_is_told_with_its_rule_and_the_children_that_moved_it() {
    let properties = json!({"AlarmName": "c", "AlarmRule": "ALARM(a)"});
    let alarm = CompositeAlarm::read(&properties, None).unwrap().alarm;
    let (before, mut after) = alarm_at("2026-01-02T03:04:05Z");
    let arn = "arn:aws:cloudwatch:us-east-1:111111111111:alarm:a";
    after.reason_data = Some(
        json!({"triggeringAlarms": [{"arn": arn, "state": {"value": "ALARM",
            "timestamp": "2026-01-02T03:04:05.000+0000"}}]})
        .to_string(),
    );
    let scope = Scope::new("111111111111", "us-east-1");
    let message = Message::new(&alarm, &scope, &before, &after);
    assert!(message.default_json().ends_with(
        "\"InsufficientDataActions\":[],\"ActionExecutedAfterMuteWindow\":false,\
         \"OldStateValue\":\"INSUFFICIENT_DATA\",\"AlarmRule\":\"ALARM(a)\",\"TriggeringChildren\":[{\"Arn\":\
         \"arn:aws:cloudwatch:us-east-1:111111111111:alarm:a\",\"State\":{\"Value\":\"ALARM\",\
         \"Timestamp\":\"2026-01-02T03:04:05.000+0000\"}}]}"
    ));
    let mail = message.email();
    assert!(
        mail.contains("has transitioned to ALARM state on Friday 02 January, 2026 03:04:05 UTC, because")
    );
    assert!(mail.contains(&format!(
        "\nTriggering children (max. 10):\n- {arn}   ALARM               Friday 02 January, 2026 03:04:05 UTC\n"
    )));
}

#[test]
fn a_subject_fits_sns_and_has_no_letter_outside_ascii() {
    let long = metric_alarm(&json!({"AlarmName": format!("{}ログ{}", "a".repeat(30), "b".repeat(200))}));
    let (before, after) = alarm_at("2026-01-02T03:04:05Z");
    let scope = Scope::new("1", "sa-east-1");
    let message = Message::new(&long, &scope, &before, &after);
    assert_eq!(message.subject().chars().count(), 100);
    assert!(message.subject().starts_with(&format!("ALARM: \"{}_bbb", "a".repeat(30))));
    assert!(message.subject().ends_with("b...\" in South America (Sao Paulo)"));
    assert!(message.sms().ends_with("b...\" in South America (Sao Paulo)"));
}

#[test]
fn a_hostile_name_stays_in_its_place() {
    let alarm = metric_alarm(&json!({"AlarmName": "x\" #&<a>\n\u{202e}"}));
    let (before, after) = alarm_at("2026-01-02T03:04:05Z");
    let scope = Scope::new("1", "us-east-1");
    let message = Message::new(&alarm, &scope, &before, &after);
    assert!(message.email().contains("#alarmsV2:alarm/x%22%20%23%26%3Ca%3E%0A%E2%80%AE\n"));
    let published: Value = serde_json::from_str(&message.published()).unwrap();
    let default: Value = serde_json::from_str(published.get("default").unwrap().as_str().unwrap()).unwrap();
    assert_eq!(default.get("AlarmName"), Some(&json!("x\" #&<a>\n\u{202e}")));
}

#[test]
fn sns_says_below_a_mail_how_to_unsubscribe() {
    let footer = email_footer("us-east-1", "arn:aws:sns:us-east-1:1:t:id", "a@example.com");
    assert!(footer.starts_with("\n\n--\nIf you wish to stop receiving notifications from this topic"));
    assert!(
        email_footer("cn-north-1", "arn", "a")
            .contains("https://sns.cn-north-1.amazonaws.com.cn/unsubscribe")
    );
    assert!(footer.contains(
        "https://sns.us-east-1.amazonaws.com/unsubscribe.html?SubscriptionArn=arn:aws:sns:us-east-1:1:t:id&Endpoint=a@example.com\n"
    ));
}

#[test]
fn derived_ids_are_the_same_for_the_same_and_others_for_another() {
    let (alarm, scope) = (metric_alarm(&json!({})), Scope::new("1", "us-east-1"));
    let ids = |at: &str| Ids::derived(&alarm, &scope, at.parse().unwrap());
    assert_eq!(ids("2026-01-01T00:00:00Z"), ids("2026-01-01T00:00:00Z"));
    assert_ne!(ids("2026-01-01T00:00:00Z").event, ids("2026-01-01T00:00:01Z").event);
    assert_eq!(ids("2026-01-01T00:00:00Z").metric, ids("2026-01-01T00:00:01Z").metric);
}
