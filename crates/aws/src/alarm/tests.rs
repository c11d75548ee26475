//! What is read of an alarm in each of its forms, and what is asked to find what set it off.

use axum::response::Response;
use serde_json::{Value, json};
use trailbell_notice::Bulletin;

use super::*;
use crate::testing::{Asked, Fake, answer, refusal};

const ARN: &str = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:iam-changes";

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn read(text: &str) -> Option<Alarm> {
    Alarm::of_value(&serde_json::from_str(text).ok()?)
}

fn reason_data() -> String {
    json!({
        "version": "1.0", "queryDate": "2026-11-24T10:33:12.001+0000", "startDate": "2026-11-24T10:31:00.000+0000",
        "statistic": "Sum", "period": 60, "recentDatapoints": [0.0, 2.0], "threshold": 0.0,
        "evaluatedDatapoints": [
            { "timestamp": "2026-11-24T10:32:00.000+0000", "sampleCount": 2.0, "value": 2.0 },
            { "timestamp": "2026-11-24T10:31:00.000+0000", "sampleCount": 1.0, "value": 1.0 },
        ],
    })
    .to_string()
}

fn event() -> Value {
    json!({
        "version": "0", "id": "i", "detail-type": "CloudWatch Alarm State Change", "source": "aws.cloudwatch",
        "account": "123456789012", "time": "2026-11-24T10:33:12Z", "region": "eu-west-1", "resources": [ARN],
        "detail": {
            "alarmName": "iam-changes",
            "state": { "value": "ALARM", "reason": "Threshold Crossed: ...", "reasonData": reason_data(), "timestamp": "2026-11-24T10:33:12.123+0000" },
            "previousState": { "value": "OK" },
            "configuration": { "description": "CIS 4.4", "metrics": [
                { "id": "m1", "metricStat": { "metric": { "namespace": "CIS", "name": "IamChanges", "dimensions": {} }, "period": 60, "stat": "Sum" }, "returnData": true },
            ] },
        },
    })
}

fn message() -> Value {
    json!({
        "AlarmName": "iam-changes", "AlarmDescription": "CIS 4.4", "AWSAccountId": "123456789012", "NewStateValue": "ALARM",
        "NewStateReason": "Threshold Crossed: 1 out of the last 1 datapoints [2.0 (24/11/26 10:31:00)] was greater than the threshold (0.0) (minimum 1 datapoint for OK -> ALARM transition).",
        "StateChangeTime": "2026-11-24T10:33:12.123+0000", "Region": "EU (Ireland)", "AlarmArn": ARN, "OldStateValue": "OK",
        "Trigger": { "MetricName": "IamChanges", "Namespace": "CIS", "StatisticType": "Statistic", "Statistic": "SUM", "Period": 300,
            "EvaluationPeriods": 1, "ComparisonOperator": "GreaterThanThreshold", "Threshold": 0.0 },
    })
}

#[test]
fn an_alarm_is_read_in_each_of_the_forms_it_is_told_in() {
    let told = read(&event().to_string()).unwrap();
    assert!(told.went_off());
    assert_eq!(told.window, Some((at("2026-11-24T10:31:00Z"), at("2026-11-24T10:33:00Z"))));
    let metric = |period| Metric { namespace: "CIS".into(), name: "IamChanges".into(), period };
    assert_eq!(told.metrics, [metric(60)]);
    assert_eq!((told.region.as_str(), told.account.as_str()), ("eu-west-1", "123456789012"));
    assert_eq!((told.before.as_str(), told.description.as_str()), ("OK", "CIS 4.4"));

    let call = json!({ "source": "aws.cloudwatch", "alarmArn": ARN, "accountId": "123456789012", "time": "2026-11-24T10:33:12.123+0000",
        "region": "eu-west-1", "alarmData": event()["detail"] });
    assert_eq!(read(&call.to_string()), Some(told.clone()));

    let sent = read(&message().to_string()).unwrap();
    assert_eq!(sent.window, Some((at("2026-11-24T10:31:00Z"), at("2026-11-24T10:36:00Z"))));
    assert_eq!(sent.metrics, [metric(300)]);
    assert_eq!((sent.region.as_str(), sent.at), ("eu-west-1", told.at));
    assert_eq!(sent.identity(), told.identity(), "told of twice it is the same change");
}

#[test]
fn several_metrics_and_the_alarms_under_a_composite_one_are_read() {
    let mut math = message();
    math["Trigger"] = json!({ "Period": 60, "Metrics": [
        { "Id": "e", "Expression": "m1+m2", "ReturnData": true },
        { "Id": "m1", "MetricStat": { "Metric": { "Namespace": "CIS", "MetricName": "A" }, "Period": 60, "Stat": "Sum" } },
        { "Id": "m2", "MetricStat": { "Metric": { "Namespace": "CIS", "MetricName": "B" }, "Period": 60, "Stat": "Sum" } },
    ] });
    let names: Vec<String> =
        Alarm::of_value(&math).unwrap().metrics.into_iter().map(|metric| metric.name).collect();
    assert_eq!(names, ["A", "B"]);

    let mut composite = message();
    composite["Trigger"] = Value::Null;
    composite["TriggeringChildren"] = json!([{ "Arn": ARN, "State": { "Value": "ALARM" } }]);
    assert_eq!(Alarm::of_value(&composite).unwrap().children, [ARN]);
    let mut composite = event();
    composite["detail"]["state"]["reasonData"] =
        json!(json!({ "triggeringAlarms": [{ "arn": ARN }] }).to_string());
    assert_eq!(Alarm::of_value(&composite).unwrap().children, [ARN]);
}

#[test]
fn what_is_no_alarm_is_none_and_odd_fields_are_no_panic() {
    for text in [
        "",
        "null",
        "[]",
        "{}",
        r#"{"source":"aws.cloudwatch"}"#,
        r#"{"AlarmName":"x"}"#,
        r#"{"detail-type":"AWS API Call via CloudTrail"}"#,
    ] {
        assert_eq!(read(text), None, "{text}");
    }
    let odd = json!({ "AlarmName": "x", "NewStateValue": "ALARM", "Trigger": { "Metrics": [1, {}], "Period": -1 }, "TriggeringChildren": 7 });
    let alarm = Alarm::of_value(&odd).unwrap();
    assert_eq!((alarm.metrics.len(), alarm.window), (0, None));
    for reason in
        ["(99/99/99 99:99:99)", "((((", "1.0 (24/11/26", "[1.0 (01/01/69 00:00:00), 1.0 (01/01/30 00:00:00)]"]
    {
        let mut odd = message();
        odd["NewStateReason"] = json!(reason);
        assert_eq!(Alarm::of_value(&odd).unwrap().window, None, "{reason}");
    }
}

/// CloudWatch and its logs, with one filter behind the metric and two pages of events.
fn logs(asked: &Asked) -> Response {
    match asked.operation().as_str() {
        "DescribeMetricFilters" => {
            let filter = |name: &str, metric: &str| {
                json!({ "filterName": name, "filterPattern": "{ $.a = 1 }", "logGroupName": "trail",
                "metricTransformations": [{ "metricName": metric, "metricNamespace": "CIS", "metricValue": "1" }] })
            };
            let reply = if asked.json()["nextToken"].is_null() {
                json!({ "metricFilters": [filter("other", "Other")], "nextToken": "2" })
            } else {
                json!({ "metricFilters": [filter("iam", "IamChanges")] })
            };
            answer(200, reply.to_string())
        }
        "FilterLogEvents" => {
            let event = |id: &str, at: i64| json!({ "eventId": id, "timestamp": at, "message": format!("{{\"eventID\":\"{id}\"}}") });
            let reply = if asked.json()["nextToken"].is_null() {
                json!({ "events": [event("2", 2000)], "nextToken": "n" })
            } else {
                json!({ "events": [event("1", 1000), event("2", 2000)] })
            };
            answer(200, reply.to_string())
        }
        "DescribeAlarms" => {
            let body = format!(
                "<R><MetricAlarms><member><AlarmName>iam-changes</AlarmName><AlarmArn>{ARN}</AlarmArn><StateValue>ALARM</StateValue>\
                 <StateReason>Threshold Crossed: [2.0 (24/11/26 10:31:00)]</StateReason><Namespace>CIS</Namespace>\
                 <MetricName>IamChanges</MetricName><Period>60</Period><Threshold>0.0</Threshold>\
                 <StateUpdatedTimestamp>2026-11-24T10:33:12.123Z</StateUpdatedTimestamp></member></MetricAlarms><CompositeAlarms/></R>"
            );
            answer(200, body)
        }
        "DescribeAlarmHistory" => {
            let data = |new: &str, old: &str| {
                json!({ "version": "1.0", "oldState": { "stateValue": old },
                    "newState": { "stateValue": new, "stateReason": "so", "stateReasonData": serde_json::from_str::<Value>(&reason_data()).unwrap() } })
                .to_string()
                .replace('&', "&amp;")
                .replace('<', "&lt;")
            };
            let body = format!(
                "<R><AlarmHistoryItems><member><Timestamp>2026-11-24T10:40:00.000Z</Timestamp><HistoryData>{}</HistoryData></member>\
                 <member><Timestamp>2026-11-24T10:33:12.123Z</Timestamp><HistoryData>{}</HistoryData></member>\
                 <member><Timestamp>2026-11-24T10:00:00Z</Timestamp><HistoryData>no JSON</HistoryData></member></AlarmHistoryItems></R>",
                data("OK", "ALARM"),
                data("ALARM", "OK")
            );
            answer(200, body)
        }
        other => answer(500, other),
    }
}

#[tokio::test]
async fn the_filter_behind_the_metric_is_found_and_its_events_asked_for_once_each_in_order() {
    let fake = Fake::start(|asked| logs(&asked)).await;
    let alarm = Alarm::of_value(&event()).unwrap();
    let behind = fake.aws().behind(&alarm, "us-east-1", None).await.unwrap();
    let filter =
        MetricFilter { name: "iam".into(), log_group: "trail".into(), pattern: "{ $.a = 1 }".into() };
    assert_eq!(behind.filters, [filter]);
    assert_eq!(behind.events.iter().map(|event| event.id.as_str()).collect::<Vec<_>>(), ["1", "2"]);
    assert!(!behind.is_cut);
    assert_eq!(behind.window, alarm.window);
    let asked = fake.asked();
    assert!(asked.iter().all(|one| one.region() == "eu-west-1"), "where the alarm is, not where we are");
    let events = asked.iter().find(|one| one.operation() == "FilterLogEvents").unwrap().json();
    assert_eq!(events["startTime"], at("2026-11-24T10:31:00Z").as_millisecond());
    assert_eq!(events["endTime"], at("2026-11-24T10:33:00Z").as_millisecond() - 1);
}

#[tokio::test]
async fn a_composite_alarm_is_explained_by_those_it_stands_on() {
    let fake = Fake::start(|asked| logs(&asked)).await;
    let mut composite = message();
    composite["Trigger"] = Value::Null;
    composite["NewStateReason"] = json!("arn transitioned to ALARM");
    composite["TriggeringChildren"] = json!([{ "Arn": ARN }]);
    let behind = fake.aws().behind(&Alarm::of_value(&composite).unwrap(), "us-east-1", None).await.unwrap();
    assert_eq!((behind.filters.len(), behind.events.len()), (1, 2));
}

#[tokio::test]
async fn what_does_not_look_like_a_region_is_not_asked() {
    let fake = Fake::start(|asked| logs(&asked)).await;
    let alarm = Alarm { region: "x.evil.example/".into(), ..Alarm::of_value(&event()).unwrap() };
    fake.aws().behind(&alarm, "us-east-1", None).await.unwrap();
    assert!(fake.asked().iter().all(|one| one.region() == "us-east-1"));
}

#[tokio::test]
async fn a_flood_of_events_is_cut_and_says_so() {
    let fake = Fake::start(|asked| {
        if asked.operation() == "DescribeMetricFilters" {
            return answer(
                200,
                json!({ "metricFilters": [{ "filterName": "iam", "logGroupName": "trail",
                "metricTransformations": [{ "metricName": "IamChanges", "metricNamespace": "CIS" }] }] })
                .to_string(),
            );
        }
        let first = asked.json()["nextToken"].as_str().map_or(0, |token| token.parse::<usize>().unwrap());
        let events: Vec<Value> = (first..first + 150)
            .map(|n| json!({ "eventId": n.to_string(), "timestamp": n, "message": "m" }))
            .collect();
        answer(200, json!({ "events": events, "nextToken": (first + 150).to_string() }).to_string())
    })
    .await;
    let behind = fake.aws().behind(&Alarm::of_value(&event()).unwrap(), "eu-west-1", None).await.unwrap();
    assert_eq!((behind.events.len(), behind.is_cut), (200, true));
}

#[test]
fn what_is_left_out_of_a_message_is_not_left_out_of_its_count() {
    let alarm = Alarm::of_value(&event()).unwrap();
    let explained = |count: i64| {
        let one = |at| LogEvent { at, id: at.to_string(), message: "GET /admin 403".to_owned() };
        let behind = Behind { events: (1..=count).map(one).collect(), ..Behind::default() };
        match alarm.explained(Ok(behind), |_| None) {
            Bulletin::Alarm(told) => (told.others.len(), told.is_cut),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!((explained(20), explained(21)), ((20, false), (20, true)), "no count that is too small");
}

#[tokio::test]
async fn whose_patience_is_over_has_not_looked_to_the_end() {
    let fake = Fake::start(|asked| logs(&asked)).await;
    let alarm = Alarm::of_value(&event()).unwrap();
    let behind = fake.aws().behind(&alarm, "eu-west-1", Some(std::time::Duration::ZERO)).await.unwrap();
    assert_eq!((behind.filters.len(), behind.events.len(), behind.is_cut), (1, 0, true));
}

#[tokio::test]
async fn what_may_not_be_asked_names_the_action_to_allow() {
    let fake = Fake::start(|_| refusal(400, "AccessDeniedException", "no")).await;
    let error = fake.aws().behind(&Alarm::of_value(&event()).unwrap(), "eu-west-1", None).await.unwrap_err();
    assert!(error.to_string().contains("logs:DescribeMetricFilters"), "{error}");
    let error = fake.aws().alarm("eu-west-1", "x").await.unwrap_err();
    assert!(error.to_string().contains("cloudwatch:DescribeAlarms"), "{error}");
}

#[tokio::test]
async fn an_alarm_asked_for_by_name_says_when_it_went_off() {
    let fake = Fake::start(|asked| logs(&asked)).await;
    let alarm = fake.aws().alarm("eu-west-1", "iam-changes").await.unwrap().unwrap();
    assert_eq!((alarm.arn.as_str(), alarm.account.as_str()), (ARN, "123456789012"));
    assert_eq!(alarm.window, Some((at("2026-11-24T10:31:00Z"), at("2026-11-24T10:32:00Z"))));
    let times = fake.aws().went_off(&alarm, at("2026-11-20T00:00:00Z")).await.unwrap();
    assert_eq!(times.len(), 1, "going back to OK is no going off, and what cannot be read is left out");
    assert_eq!(times[0].at, Some(at("2026-11-24T10:33:12.123Z")));
    assert_eq!(times[0].window, Some((at("2026-11-24T10:31:00Z"), at("2026-11-24T10:33:00Z"))));
    assert_eq!(times[0].metrics, alarm.metrics);

    let fake = Fake::start(|_| answer(200, "<R><MetricAlarms/><CompositeAlarms/></R>")).await;
    assert_eq!(fake.aws().alarm("eu-west-1", "gone").await, Ok(None));
}

/// Where the recorded messages of AWS are beside the project, every one of them is read.
#[test]
#[expect(clippy::print_stderr, reason = "what is not tested is said")]
fn every_recorded_word_of_an_alarm_is_read() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/conformance/alarm-message.jsonl");
    let Ok(cases) = std::fs::read_to_string(path) else {
        eprintln!("{path} is not here: NOT tested");
        return;
    };
    let mut count = 0;
    for case in cases.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
        let forms = [
            case["default_json"].as_str().map(str::to_owned),
            case["eventbridge_event"].is_object().then(|| case["eventbridge_event"].to_string()),
            case["lambda_payload"].is_object().then(|| case["lambda_payload"].to_string()),
        ];
        for form in forms.into_iter().flatten() {
            let alarm = read(&form);
            // A change of its configuration is no change of its state.
            if form.contains("CloudWatch Alarm Configuration Change") {
                assert_eq!(alarm, None, "{form}");
                continue;
            }
            let alarm = alarm.unwrap_or_else(|| panic!("{form}"));
            assert!(alarm.at.is_some() && !alarm.arn.is_empty() && !alarm.region.is_empty(), "{alarm:?}");
            assert!(!alarm.state.is_empty() && !alarm.reason.is_empty(), "{alarm:?}");
            assert!(!alarm.metrics.is_empty() || !alarm.children.is_empty(), "{alarm:?}");
            count += 1;
        }
    }
    assert!(count >= 8, "{count}");
}
