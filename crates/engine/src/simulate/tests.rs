//! Small worlds, each with one idea in it, and what must come of a few records.

use std::io;
use std::num::NonZeroUsize;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use trailbell_alarm::State;
use trailbell_config::Settings;
use trailbell_detect::{RuleSet, RuleSettings};
use trailbell_notice::{Lang, Reader};
use trailbell_record::Limits;
use trailbell_template::{File, Request, Stacks};

use super::*;

const ACCOUNT: &str = "012345678901";

fn stacks(template: &str) -> Stacks {
    let request = Request {
        files: vec![File::new("t.yaml", template)],
        account: ACCOUNT.to_owned(),
        region: "eu-west-1".to_owned(),
        ..Request::default()
    };
    trailbell_template::read(&request, &|_| None).unwrap_or_else(|invalid| panic!("{}", invalid.render()))
}

/// What is wrong with a template, as it is told.
fn problem(template: &str) -> String {
    World::new(&stacks(template), &[], None).unwrap_err().render()
}

#[derive(Default)]
struct Heard(Vec<Moment>);

impl Listener for Heard {
    fn unreadable(&mut self, problem: &Unreadable) {
        panic!("{problem:?}");
    }

    fn words(&mut self, moment: &Moment) -> io::Result<String> {
        Ok(serde_json::to_string(moment)?)
    }

    fn tell(&mut self, words: &str) -> io::Result<()> {
        self.0.push(serde_json::from_str(words)?);
        Ok(())
    }
}

struct Outcome {
    moments: Vec<Moment>,
    report: Report,
}

impl Outcome {
    fn sent(&self) -> Vec<&Sent> {
        self.moments
            .iter()
            .filter_map(|moment| match &moment.what {
                Happening::Sent(sent) => Some(&**sent),
                _ => None,
            })
            .collect()
    }

    /// `12:06:30 iam OK -> ALARM`, without what is said of the alarm's making.
    fn changes(&self) -> Vec<String> {
        self.moments
            .iter()
            .filter_map(|moment| match &moment.what {
                Happening::Changed(changed) if changed.from != State::InsufficientData => {
                    let held = if changed.held_back.is_some() { " (held back)" } else { "" };
                    let at = moment.at.strftime("%H:%M:%S");
                    Some(format!("{at} {} {} -> {}{held}", changed.alarm, changed.from, changed.to))
                }
                _ => None,
            })
            .collect()
    }

    fn alarm(&self, name: &str) -> &AlarmReport {
        self.report.alarms.iter().find(|alarm| alarm.name == name).unwrap()
    }
}

fn run_with(template: &str, destinations: &[&str], records: &[Value]) -> Outcome {
    let stacks = stacks(template);
    let destinations: Vec<_> =
        destinations.iter().map(|text| FilterDestination::parse(text).unwrap()).collect();
    let world = World::new(&stacks, &destinations, Some(ACCOUNT.to_owned()))
        .unwrap_or_else(|invalid| panic!("{}", invalid.render()));
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("log.json"), json!({ "Records": records }).to_string()).unwrap();
    let settings = Settings::default();
    let rules = RuleSet::new(RuleSettings::default()).unwrap();
    let mut heard = Heard::default();
    let report = Simulation {
        world: &world,
        paths: vec![folder.path().to_owned()],
        delivery_delay: SignedDuration::from_mins(5),
        rules: &rules,
        settings: &settings,
        reader: Reader::new(Lang::En),
        since: None,
        until: None,
        limits: Limits::default(),
        jobs: NonZeroUsize::new(2).unwrap(),
        wants_plot: true,
    }
    .run(&Progress::default(), &mut heard)
    .unwrap();
    assert!(heard.0.is_sorted_by_key(|moment| moment.at), "time goes one way");
    Outcome { moments: heard.0, report }
}

fn run(template: &str, records: &[Value]) -> Outcome {
    run_with(template, &[], records)
}

/// A record of `alice` at a time of 10 July 2026.
fn record(time: &str, name: &str) -> Value {
    json!({
        "eventVersion": "1.08", "eventTime": format!("2026-07-10T{time}Z"), "eventName": name, "eventSource": "iam.amazonaws.com",
        "eventID": format!("{name}-{time}"), "eventType": "AwsApiCall", "awsRegion": "eu-west-1", "readOnly": false,
        "recipientAccountId": ACCOUNT, "sourceIPAddress": "203.0.113.5", "managementEvent": true,
        "userIdentity": { "type": "IAMUser", "userName": "alice", "arn": format!("arn:aws:iam::{ACCOUNT}:user/alice"),
            "principalId": "AIDAEXAMPLE", "accountId": ACCOUNT },
        "requestParameters": { "userName": "bob" }, "responseElements": null
    })
}

fn with(mut record: Value, changes: &[(&str, Value)]) -> Value {
    for (key, value) in changes {
        record[*key] = value.clone();
    }
    record
}

/// A metric filter over `CreateUser` with an alarm that a mail follows, without a default value.
const ALARM: &str = r#"
Resources:
  Bell:
    Type: AWS::SNS::Topic
    Properties: { TopicName: bell, Subscription: [{ Protocol: email, Endpoint: owner@example.com }] }
  Users:
    Type: AWS::Logs::MetricFilter
    Properties:
      LogGroupName: trail
      FilterPattern: '{ $.eventName = "CreateUser" }'
      MetricTransformations: [{ MetricNamespace: N, MetricName: Users, MetricValue: "1" }]
  Alarm:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmName: iam
      Namespace: N
      MetricName: Users
      Statistic: Sum
      Period: 300
      EvaluationPeriods: 1
      ComparisonOperator: GreaterThanOrEqualToThreshold
      Threshold: 1
      TreatMissingData: notBreaching
      AlarmActions: [!Ref Bell]
"#;

#[test]
fn an_alarm_tells_once_and_hides_what_comes_while_it_is_in_alarm() {
    let records = [
        record("12:00:10", "CreateUser"),
        record("12:00:40", "CreateUser"),
        record("12:05:00", "CreateUser"),
        record("12:06:00", "DeleteUser"),
        // The alarm sees three periods of five minutes: it is over at 12:26.
        record("12:40:00", "CreateUser"),
    ];
    let outcome = run(ALARM, &records);
    // Delivered at 12:05, whole a minute later; evaluated at second 30.
    assert_eq!(
        outcome.changes(),
        [
            "12:06:30 iam OK -> ALARM",
            "12:26:30 iam ALARM -> OK",
            "12:46:30 iam OK -> ALARM",
            "13:01:30 iam ALARM -> OK"
        ]
    );
    let alarm = outcome.alarm("iam");
    assert_eq!((alarm.operations, alarm.behind, alarm.hidden, alarm.without_alarm), (4, 3, 1, 0));
    assert_eq!(alarm.in_alarm, SignedDuration::from_mins(35));
    assert_eq!(alarm.delay.least, SignedDuration::from_secs(350));
    assert_eq!(alarm.delay.most, SignedDuration::from_secs(390));
    let hidden = &alarm.hidden_list[0];
    assert_eq!(hidden.operation.line.event_id.as_ref().unwrap().raw(), "CreateUser-12:05:00");
    assert_eq!(hidden.at.to_string(), "2026-07-10T12:10:00Z");
    // AWS's mail, to the letter where it was captured, says neither who nor what.
    let sent = outcome.sent();
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0].subject.as_deref(), Some("ALARM: \"iam\" in EU (Ireland)"));
    assert!(sent[0].body.contains("Threshold Crossed: 1 datapoint [2.0 (10/07/26 12:01:00)] was greater than or equal to the threshold (1.0)."), "{}", sent[0].body);
    assert!(sent[0].body.contains("unsubscribe.html?SubscriptionArn="), "{}", sent[0].body);
    assert!(!sent[0].names_it);
    assert_eq!((outcome.report.messages, outcome.report.nameless), (2, 2));
    // trailbell tells of each, DeleteUser too.
    assert_eq!(outcome.report.own.notices, 5);
}

#[test]
fn an_event_that_comes_twice_counts_once() {
    let twice = [record("12:00:10", "CreateUser"), record("12:00:10", "CreateUser")];
    let outcome = run(ALARM, &twice);
    assert_eq!(outcome.alarm("iam").operations, 1);
    assert_eq!(outcome.report.events, 1);
}

#[test]
fn a_default_value_is_a_sample_for_each_event_that_does_not_match() {
    let template = ALARM
        .replace("MetricValue: \"1\" }", "MetricValue: \"1\", DefaultValue: 0 }")
        .replace("Statistic: Sum", "Statistic: SampleCount")
        .replace("Threshold: 1\n", "Threshold: 4\n");
    let records = |others: usize| -> Vec<Value> {
        let other = |n: usize| {
            with(
                record("12:00:20", "ListUsers"),
                &[("eventID", json!(format!("o{n}"))), ("readOnly", json!(true))],
            )
        };
        (0..others).map(other).chain([record("12:00:10", "CreateUser")]).collect()
    };
    let quiet = run(&template, &records(2));
    assert_eq!(quiet.changes(), [] as [&str; 0]);
    assert_eq!(quiet.alarm("iam").without_alarm, 1);
    let loud = run(&template, &records(3));
    assert_eq!(loud.changes()[0], "12:06:30 iam OK -> ALARM");
    assert_eq!((loud.report.filters[0].matched, loud.report.filters[0].defaults), (1, 3));
    assert_eq!(loud.report.events, 4);
}

const FORWARD: &str = r"
Resources:
  Bell:
    Type: AWS::SNS::Topic
    Properties:
      TopicName: bell
      Subscription:
        - { Protocol: email, Endpoint: owner@example.com }
        - { Protocol: email-json, Endpoint: robot@example.com }
        - { Protocol: sms, Endpoint: '+15550100' }
  Queue:
    Type: AWS::SNS::Subscription
    Properties: { TopicArn: !Ref Bell, Protocol: sqs, Endpoint: 'arn:aws:sqs:eu-west-1:012345678901:q', RawMessageDelivery: true }
  Forwarder:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: forwarder
      Runtime: python3.13
      Environment: { Variables: { TOPIC: !Ref Bell, ALARM_SUBJECT: SUBJECT } }
";

#[test]
fn a_function_forwards_each_log_event_of_a_filter_made_in_the_console() {
    let sign_in = with(
        record("12:00:10", "ConsoleLogin"),
        &[
            ("eventType", json!("AwsConsoleSignIn")),
            ("eventSource", json!("signin.amazonaws.com")),
            ("readOnly", json!(false)),
        ],
    );
    let outcome = run_with(
        FORWARD,
        &["{ $.eventType = \"AwsConsoleSignIn\" }=t:Forwarder"],
        &[sign_in, record("12:00:20", "CreateUser")],
    );
    let sent = outcome.sent();
    let to: Vec<String> = sent.iter().map(|sent| sent.to.as_ref().unwrap().protocol.clone()).collect();
    assert_eq!(to, ["email", "email-json", "sms", "sqs"]);
    assert!(sent.iter().all(|sent| sent.names_it && sent.topic.ends_with(":bell")));
    assert_eq!(sent[0].subject.as_deref(), Some("SUBJECT"));
    assert!(
        sent[0].body.starts_with("{\"awsRegion\"") || sent[0].body.starts_with("{\"eventVersion\""),
        "{}",
        sent[0].body
    );
    // Raw delivery is the record itself.
    assert_eq!(serde_json::from_str::<Value>(&sent[3].body).unwrap()["eventName"], "ConsoleLogin");
    let envelope: Value = serde_json::from_str(&sent[1].body).unwrap();
    assert_eq!((&envelope["Type"], &envelope["Subject"]), (&json!("Notification"), &json!("SUBJECT")));
    assert_eq!(outcome.report.subscription_filters[0].matched, 1);
    assert!(outcome.report.remarks.contains(&Remark::NoPermission {
        function: "Forwarder".to_owned(),
        principal: "logs.amazonaws.com".to_owned()
    }));
    assert!(outcome.report.remarks.iter().any(
        |remark| matches!(remark, Remark::Forwards { subject: Some(subject), .. } if subject == "SUBJECT")
    ));
}

#[test]
fn what_sns_refuses_is_lost_and_said_to_be() {
    let template = FORWARD.replace("ALARM_SUBJECT: SUBJECT", &format!("ALARM_SUBJECT: {}", "x".repeat(101)));
    let outcome =
        run_with(&template, &["{ $.eventName = * }=Forwarder"], &[record("12:00:10", "CreateUser")]);
    assert!(outcome.sent().is_empty());
    assert_eq!(outcome.report.lost, 1);
    let lost = outcome.moments.iter().find_map(|moment| match &moment.what {
        Happening::Lost { why, .. } => Some(why.clone()),
        _ => None,
    });
    assert!(lost.unwrap().contains("Subject"));
}

#[test]
fn a_filter_policy_on_the_body_holds_back_what_it_does_not_let_through() {
    let policy = ALARM.replace(
        "{ Protocol: email, Endpoint: owner@example.com }",
        "{ Protocol: email, Endpoint: owner@example.com, FilterPolicyScope: MessageBody, FilterPolicy: { NewStateValue: [OK] } }",
    );
    let outcome = run(
        &policy
            .replace("AlarmActions: [!Ref Bell]", "AlarmActions: [!Ref Bell]\n      OKActions: [!Ref Bell]"),
        &[record("12:00:10", "CreateUser")],
    );
    let subjects: Vec<_> = outcome.sent().iter().map(|sent| sent.subject.clone().unwrap()).collect();
    // One when the alarm is made and found to be OK, one when it is over.
    assert_eq!(subjects, ["OK: \"iam\" in EU (Ireland)", "OK: \"iam\" in EU (Ireland)"]);
    assert_eq!(outcome.report.receivers.values().map(|got| got.filtered).sum::<u64>(), 1);
}

const RULE: &str = r"
Resources:
  Bell:
    Type: AWS::SNS::Topic
    Properties: { TopicName: bell, Subscription: [{ Protocol: email, Endpoint: owner@example.com }] }
  Rule:
    Type: AWS::Events::Rule
    Properties:
      Name: keys
      EventPattern: { source: [aws.iam, aws.signin], detail: { eventName: [CreateAccessKey, ConsoleLogin, ListUsers] } }
      Targets:
        - Id: bell
          Arn: !Ref Bell
          InputTransformer:
            InputPathsMap: { who: $.detail.userIdentity.userName, type: $.detail-type }
            InputTemplate: '\u0022<type>: <who>\u0022'
";

#[test]
fn a_rule_hears_its_own_region_and_what_changes_something() {
    let template = RULE.replace("'\\u0022", "'\"").replace("\\u0022'", "\"'");
    let records = [
        record("12:00:10", "CreateAccessKey"),
        with(record("12:00:20", "CreateAccessKey"), &[("awsRegion", json!("us-east-1"))]),
        with(record("12:00:30", "ListUsers"), &[("readOnly", json!(true))]),
        with(record("12:00:40", "CreateAccessKey"), &[("recipientAccountId", json!("999999999999"))]),
        with(
            record("12:00:50", "ConsoleLogin"),
            &[("eventSource", json!("signin.amazonaws.com")), ("eventType", json!("AwsConsoleSignIn"))],
        ),
    ];
    let outcome = run(&template, &records);
    let sent = outcome.sent();
    assert_eq!(sent.len(), 2);
    assert!(sent[0].body.starts_with("\"AWS API Call via CloudTrail: alice\""), "{}", sent[0].body);
    assert!(sent[1].body.contains("via CloudTrail: alice"));
    let at = outcome.moments.iter().find(|moment| matches!(moment.what, Happening::Sent(_))).unwrap().at;
    assert_eq!(at.to_string(), "2026-07-10T12:00:12Z");
    assert!(outcome.report.remarks.contains(&Remark::RuleMissed {
        rule: "Rule".to_owned(),
        other_regions: 1,
        reading: 1,
        other_accounts: 1
    }));
    assert!(
        outcome
            .report
            .remarks
            .contains(&Remark::NoTopicPolicy { topic: "Bell".to_owned(), rule: "Rule".to_owned() })
    );
    let all = run(
        &template.replace("Name: keys", "State: ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"),
        &records,
    );
    assert_eq!(all.sent().len(), 3);
}

#[test]
fn an_alarms_change_comes_to_rules_too() {
    let template = format!(
        "{ALARM}{}",
        r"
  Watch:
    Type: AWS::Events::Rule
    Properties:
      Name: watch
      EventPattern: { source: [aws.cloudwatch], detail-type: [CloudWatch Alarm State Change], detail: { state: { value: [ALARM] } } }
      Targets: [{ Id: bell, Arn: !Ref Bell, InputPath: $.detail.alarmName }]
"
    );
    let outcome = run(&template, &[record("12:00:10", "CreateUser")]);
    let from_rule = outcome
        .sent()
        .into_iter()
        .find(|sent| sent.by == Publisher::Rule("watch".to_owned()))
        .unwrap()
        .body
        .clone();
    assert!(from_rule.starts_with("\"iam\""), "{from_rule}");
}

#[test]
fn a_composite_alarm_follows_its_children_and_waits_for_its_suppressor() {
    let template = format!(
        "{ALARM}{}",
        r#"
  Deletions:
    Type: AWS::Logs::MetricFilter
    Properties:
      LogGroupName: trail
      FilterPattern: '{ $.eventName = "DeleteUser" }'
      MetricTransformations: [{ MetricNamespace: N, MetricName: Deletions, MetricValue: "1" }]
  Quiet:
    Type: AWS::CloudWatch::Alarm
    Properties: { AlarmName: quiet, Namespace: N, MetricName: Deletions, Statistic: Sum, Period: 60, EvaluationPeriods: 1,
      ComparisonOperator: GreaterThanThreshold, Threshold: 0, TreatMissingData: notBreaching }
  Both:
    Type: AWS::CloudWatch::CompositeAlarm
    Properties: { AlarmName: both, AlarmRule: 'ALARM("iam")', ActionsSuppressor: quiet, ActionsSuppressorWaitPeriod: 90,
      ActionsSuppressorExtensionPeriod: 60, AlarmActions: [!Ref Bell] }
"#
    );
    let alone = run(&template, &[record("12:00:10", "CreateUser")]);
    let by = |outcome: &Outcome| -> Vec<String> {
        let moments = outcome.moments.iter();
        moments
            .filter_map(|moment| match &moment.what {
                Happening::Sent(sent) if sent.by == Publisher::Alarm("both".to_owned()) => {
                    Some(format!("{} {}", moment.at.strftime("%H:%M:%S"), sent.subject.clone().unwrap()))
                }
                _ => None,
            })
            .collect()
    };
    // It waits 90 seconds for its suppressor.
    assert_eq!(by(&alone), ["12:08:00 ALARM: \"both\" in EU (Ireland)"]);
    assert!(
        alone.changes().contains(&"12:06:30 both OK -> ALARM (held back)".to_owned()),
        "{:?}",
        alone.changes()
    );
    // The suppressor is in ALARM from 12:07:30 to 12:10:30, and a minute longer.
    let suppressed = run(&template, &[record("12:00:10", "CreateUser"), record("12:01:10", "DeleteUser")]);
    let quiet: Vec<_> =
        suppressed.changes().into_iter().filter(|change| change.contains(" quiet ")).collect();
    assert_eq!(quiet, ["12:07:30 quiet OK -> ALARM", "12:10:30 quiet ALARM -> OK"]);
    assert_eq!(by(&suppressed), ["12:11:30 ALARM: \"both\" in EU (Ireland)"]);
    let report = suppressed.alarm("both");
    assert!(report.is_composite && report.fired == 1 && report.messages == 1);
}

#[test]
fn a_trail_in_the_templates_says_which_group_gets_the_records() {
    let template = format!(
        "{ALARM}{}",
        r"
  Trail:
    Type: AWS::CloudTrail::Trail
    Properties: { IsLogging: true, S3BucketName: b, CloudWatchLogsLogGroupArn: 'arn:aws:logs:eu-west-1:012345678901:log-group:GROUP:*' }
"
    );
    let elsewhere = run(&template.replace("GROUP", "other"), &[record("12:00:10", "CreateUser")]);
    assert!(elsewhere.sent().is_empty());
    assert!(elsewhere.report.remarks.contains(&Remark::NoTrailWrites { group: "trail".to_owned() }));
    // A trail of one region.
    let here = template.replace("GROUP", "trail");
    let of = |region: &str, source: &str| {
        with(
            record("12:00:10", "CreateUser"),
            &[("awsRegion", json!(region)), ("eventSource", json!(source))],
        )
    };
    assert_eq!(run(&here, &[of("eu-west-1", "x.amazonaws.com")]).sent().len(), 1);
    assert_eq!(run(&here, &[of("us-east-1", "x.amazonaws.com")]).sent().len(), 0);
    assert_eq!(run(&here, &[of("us-east-1", "iam.amazonaws.com")]).sent().len(), 1);
}

#[test]
fn a_record_above_256_kb_reaches_neither_logs_nor_bus() {
    let large = with(record("12:00:10", "CreateUser"), &[("userAgent", json!("x".repeat(300 * 1024)))]);
    let outcome = run(ALARM, &[large]);
    assert!(outcome.sent().is_empty());
    assert!(outcome.report.remarks.contains(&Remark::TooLarge { records: 1 }));
}

#[test]
fn messages_to_a_topic_of_no_template_are_told_all_the_same() {
    let template = ALARM.replace(
        "AlarmActions: [!Ref Bell]",
        "AlarmActions: ['arn:aws:sns:eu-west-1:012345678901:elsewhere']",
    );
    let outcome = run(&template, &[record("12:00:10", "CreateUser")]);
    let sent = outcome.sent();
    assert_eq!((sent.len(), &sent[0].to), (1, &None));
    assert!(
        outcome
            .report
            .remarks
            .iter()
            .any(|remark| matches!(remark, Remark::TopicUnknown { arn } if arn.ends_with(":elsewhere")))
    );
}

#[test]
fn what_aws_would_refuse_is_told_with_its_place() {
    let pattern = problem(&ALARM.replace("$.eventName = \"CreateUser\"", "$.eventName = "));
    assert!(pattern.starts_with("t.yaml:10:"), "{pattern}");
    let statistic = problem(&ALARM.replace("Statistic: Sum", "Statistic: Summ"));
    assert!(statistic.contains("Summ") && statistic.contains("t.yaml:18:"), "{statistic}");
    let rule = problem(
        &RULE
            .replace("'\\u0022", "'\"")
            .replace("\\u0022'", "\"'")
            .replace("[aws.iam, aws.signin]", "aws.iam"),
    );
    assert!(rule.contains("Event pattern is not valid") && rule.contains("t.yaml:"), "{rule}");
    let composite = problem(
        r#"
Resources:
  Both:
    Type: AWS::CloudWatch::CompositeAlarm
    Properties: { AlarmName: both, AlarmRule: 'ALARM("nobody")' }
"#,
    );
    assert!(composite.contains("nobody") && composite.contains("t.yaml:5:"), "{composite}");
    let stacks = stacks(FORWARD);
    let wrong = |text: &str| {
        World::new(&stacks, &[FilterDestination::parse(text).unwrap()], None).unwrap_err().render()
    };
    assert!(wrong("{ $.a = 1 }=Forwardr").contains("did you mean `Forwarder`?"));
    assert!(wrong("{ $.a = }=Forwarder").starts_with("--filter-destination:1:"));
    assert!(wrong("{ $.a = 1 }=Bell").contains("not a function"));
    assert_eq!(FilterDestination::parse("{ $.a = 1 }"), None);
}

#[test]
fn a_plot_is_xml_whatever_names_are_in_it() {
    let hostile = "</text><script>alert(1)</script>&\u{1b}[31m\u{202e}";
    let template = ALARM.replace("AlarmName: iam", &format!("AlarmName: {}", json!(hostile)));
    let records = [
        record("12:00:10", "CreateUser"),
        with(
            record("12:05:10", "CreateUser"),
            &[("userIdentity", json!({"type": "IAMUser", "userName": hostile}))],
        ),
    ];
    let outcome = run(&template, &records);
    assert_eq!(outcome.report.alarms[0].hidden, 1);
    for lang in [Lang::En, Lang::Ja] {
        let svg = plot(&outcome.report, lang, &TimeZone::UTC);
        let mut reader = quick_xml::Reader::from_str(&svg);
        reader.config_mut().check_end_names = true;
        let mut shapes = 0;
        loop {
            match reader.read_event() {
                Ok(quick_xml::events::Event::Eof) => break,
                Ok(quick_xml::events::Event::Start(tag)) if tag.name().as_ref() == "script" => {
                    panic!("{svg}")
                }
                Ok(_) => shapes += 1,
                Err(error) => panic!("{error}: {svg}"),
            }
        }
        assert!(shapes > 20, "{svg}");
        assert!(svg.contains("class=\"al\"") && svg.contains("class=\"x\"") && !svg.contains('\u{1b}'));
    }
}

#[test]
fn very_many_points_of_a_plot_are_put_together() {
    let World { alarms, .. } = World::new(&stacks(ALARM), &[], None).unwrap();
    let mut gathered = plot_data::Gathered::new(&alarms[0].alarm);
    for minute in 0..100_000 {
        gathered
            .point(Timestamp::from_second(minute * 60).unwrap(), if minute == 77_777 { 9.0 } else { 1.0 });
    }
    let data = gathered.into_data();
    assert!(data.points.len() <= 2048);
    // What breaches is not lost among what does not.
    assert_eq!(data.points.iter().filter(|(_, value)| *value > 1.0).count(), 1);
}
