//! `simulate`: templates over logs, as a person and as a program reads it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::util::{Run, file, run_in, shared, trailbell, with_input};

const DOORBELL: [&str; 2] = ["--parameter", "Address=owner@example.com"];

/// The samples' break-in through all that is run, with more arguments.
fn break_in(more: &[&str]) -> Run {
    let template = file("templates/doorbell.yaml");
    let samples = file("samples/AWSLogs");
    let window =
        ["--since", "2026-11-13T18:00:00Z", "--until", "2026-11-13T18:30:00Z", "--timezone", "Asia/Tokyo"];
    trailbell(&[&["simulate", "--template", &template][..], &DOORBELL, &window, more, &[&samples]].concat())
}

/// Paths of this machine as the project's own.
fn portable(text: &str) -> String {
    text.replace(&file(""), "")
}

#[test]
fn a_break_in_reads_as_a_story() {
    let run = break_in(&[]);
    assert_eq!((run.status, run.stderr.as_str()), (0, ""));
    insta::assert_snapshot!("break-in", portable(&run.stdout));
}

#[test]
fn a_break_in_reads_as_a_story_in_japanese_too() {
    insta::assert_snapshot!("break-in-ja", portable(&break_in(&["--lang", "ja"]).stdout));
}

#[test]
fn a_break_in_is_objects_for_programs() {
    let run = break_in(&["--output", "json"]);
    let lines = run.json();
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for line in &lines {
        *kinds.entry(line["type"].as_str().unwrap()).or_default() += 1;
    }
    assert_eq!(lines.last().unwrap()["type"], "summary");
    // Bodies have their own tests; what else there is can be read.
    let shown: Vec<String> = lines
        .iter()
        .filter(|line| line["type"] != "notice")
        .cloned()
        .map(|mut line| {
            if let Some(body) = line.get_mut("body") {
                *body = json!(body.as_str().unwrap().lines().next());
            }
            portable(&line.to_string())
        })
        .collect();
    insta::assert_snapshot!("break-in-json", format!("{kinds:?}\n{}", shown.join("\n")));
}

#[test]
fn bodies_are_shown_whole_where_that_is_asked() {
    let run = break_in(&["-v"]);
    assert!(run.stdout.contains("    | - State Change:               OK -> ALARM\n"), "{}", run.stdout);
    assert!(run.stdout.contains("    | From: Doorbell <no-reply@sns.amazonaws.com>\n"));
    assert!(run.stdout.contains("    | If you wish to stop receiving notifications from this topic"));
}

#[test]
fn templates_parameters_and_logs_are_told_apart_however_they_stand() {
    let (template, samples) = (file("templates/doorbell.yaml"), file("samples/AWSLogs"));
    let first =
        trailbell(&["simulate", "--template", &template, "--parameter", DOORBELL[1], "--", &samples]).stdout;
    let greedy =
        trailbell(&["simulate", "--parameter", DOORBELL[1], &samples, "--template", &template]).stdout;
    let greedier =
        trailbell(&["simulate", "--parameter", DOORBELL[1], "--template", &template, &samples]).stdout;
    assert!(first.contains("iam-changes"));
    assert_eq!(first, greedy);
    assert_eq!(first, greedier);
}

#[test]
fn what_describe_alarms_and_describe_metric_filters_print_is_run() {
    let folder = tempfile::tempdir().unwrap();
    let filters = json!({"metricFilters": [{"filterName": "root", "filterPattern": "{ $.eventName = \"StopLogging\" }", "logGroupName": "trail",
        "creationTime": 1, "metricTransformations": [{"metricName": "Stops", "metricNamespace": "N", "metricValue": "1"}]}]});
    let alarms = json!({"MetricAlarms": [{"AlarmName": "stops", "AlarmArn": "arn:aws:cloudwatch:ap-northeast-1:123456789012:alarm:stops",
        "ActionsEnabled": true, "OKActions": [], "AlarmActions": ["arn:aws:sns:ap-northeast-1:123456789012:on-call"], "InsufficientDataActions": [],
        "StateValue": "OK", "StateReason": "x", "MetricName": "Stops", "Namespace": "N", "Statistic": "Sum", "Dimensions": [], "Period": 300,
        "EvaluationPeriods": 1, "Threshold": 1.0, "ComparisonOperator": "GreaterThanOrEqualToThreshold", "TreatMissingData": "notBreaching",
        "AlarmConfigurationUpdatedTimestamp": "2026-01-01T00:00:00+00:00"}], "CompositeAlarms": []});
    std::fs::write(folder.path().join("filters.json"), filters.to_string()).unwrap();
    std::fs::write(folder.path().join("alarms.json"), alarms.to_string()).unwrap();
    let run = run_in(
        folder.path(),
        &[
            "simulate",
            "--template",
            "filters.json",
            "alarms.json",
            "--region",
            "ap-northeast-1",
            &file("samples/AWSLogs"),
        ],
        b"",
    );
    assert_eq!((run.status, run.stderr.as_str()), (0, ""));
    assert!(
        run.stdout.contains("on-call (whoever listens there): ALARM: \"stops\" in Asia Pacific (Tokyo)"),
        "{}",
        run.stdout
    );
    assert!(
        run.stdout
            .contains("Topic arn:aws:sns:ap-northeast-1:123456789012:on-call is in none of the templates"),
        "{}",
        run.stdout
    );
}

#[test]
fn a_picture_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let plot = folder.path().join("alarms.svg");
    let run = break_in(&["--plot", plot.to_str().unwrap()]);
    assert_eq!(run.status, 0, "{}", run.stderr);
    let svg = std::fs::read_to_string(plot).unwrap();
    assert!(svg.starts_with("<?xml") && svg.contains("iam-changes") && svg.contains("prefers-color-scheme"));
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let said = |name: &str, text: &str, more: &[&str]| {
        std::fs::write(folder.path().join(name), text).unwrap();
        let run = run_in(folder.path(), &[&["simulate", "--template", name][..], more, &["-"]].concat(), b"");
        assert_eq!(run.status, 2, "{}", run.stdout);
        assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
        run.stderr
    };
    let mut all = Vec::new();
    for (name, text, more) in [
        (
            "missing.yaml",
            "Parameters: { A: { Type: String } }\nResources: { T: { Type: AWS::SNS::Topic } }\n",
            &[][..],
        ),
        (
            "pattern.yaml",
            "Resources:\n  F:\n    Type: AWS::Logs::MetricFilter\n    Properties:\n      LogGroupName: g\n      FilterPattern: '{ $.eventName = ConsoleLogin'\n      MetricTransformations: [{ MetricNamespace: N, MetricName: M, MetricValue: '1' }]\n",
            &[],
        ),
        ("broken.yaml", "Resources: [\n", &[]),
        (
            "circle.yaml",
            "Resources:\n  A: { Type: AWS::SNS::Topic, Properties: { TopicName: !Ref B } }\n  B: { Type: AWS::SNS::Topic, Properties: { TopicName: !Ref A } }\n",
            &[],
        ),
        ("deep.json", &format!("{{\"Resources\": {}1{}}}", "[".repeat(3000), "]".repeat(3000)), &[]),
        (
            "fine.yaml",
            "Resources: { T: { Type: AWS::SNS::Topic } }\n",
            &["--filter-destination", "{ $.a = 1 }=Nobody"],
        ),
        ("fine.yaml", "Resources: { T: { Type: AWS::SNS::Topic } }\n", &["--parameter", "Nobody=1"]),
        ("fine.yaml", "Resources: { T: { Type: AWS::SNS::Topic } }\n", &["--delivery-delay", "soon"]),
    ] {
        all.push(format!("## {name} {}\n{}", more.join(" "), said(name, text, more)));
    }
    insta::assert_snapshot!("wrong", all.join("\n"));
}

#[test]
fn no_name_in_a_log_or_a_template_moves_a_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let hostile = "x\u{1b}[2J\u{202e}\r\nALARM";
    let template = json!({"Resources": {
        "Bell": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "bell", "Subscription": [{"Protocol": "email", "Endpoint": hostile}]}},
        "F": {"Type": "AWS::Logs::MetricFilter", "Properties": {"LogGroupName": "g", "FilterPattern": "{ $.eventName = * }",
            "MetricTransformations": [{"MetricNamespace": "N", "MetricName": "M", "MetricValue": "1"}]}},
        "A": {"Type": "AWS::CloudWatch::Alarm", "Properties": {"AlarmName": hostile, "AlarmDescription": hostile, "Namespace": "N", "MetricName": "M",
            "Statistic": "Sum", "Period": 60, "EvaluationPeriods": 1, "Threshold": 1, "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "AlarmActions": [{"Ref": "Bell"}]}},
        "Fn": {"Type": "AWS::Lambda::Function", "Properties": {"Environment": {"Variables": {"T": {"Ref": "Bell"}}}}},
    }});
    std::fs::write(folder.path().join("t.json"), template.to_string()).unwrap();
    let record = |nth: u64| {
        json!({"eventVersion": "1.08", "eventTime": "2026-07-10T12:00:00Z", "eventName": hostile, "eventSource": "iam.amazonaws.com",
            "eventID": format!("{nth}{hostile}"), "awsRegion": "us-east-1", "recipientAccountId": "123456789012",
            "userIdentity": {"type": "IAMUser", "userName": hostile}, "sourceIPAddress": hostile})
    };
    let later = json!({"eventVersion": "1.08", "eventTime": "2026-07-10T12:02:00Z", "eventName": hostile, "eventSource": "iam.amazonaws.com",
        "eventID": hostile, "awsRegion": "us-east-1", "recipientAccountId": "123456789012", "userIdentity": {"type": "IAMUser", "userName": hostile}});
    let log = json!({"Records": [record(1), record(2), later]}).to_string();
    for more in [&[][..], &["-v"], &["--output", "json"], &["--lang", "ja", "-v"]] {
        let arguments = [
            &["simulate", "--template", "t.json", "--filter-destination", "{ $.eventName = * }=Fn"][..],
            more,
            &["-"],
        ]
        .concat();
        let run = run_in(folder.path(), &arguments, log.as_bytes());
        assert_eq!(run.status, 0, "{}", run.stderr);
        assert!(run.stdout.contains("bell"), "{}", run.stdout);
        for text in [&run.stdout, &run.stderr] {
            assert!(!text.contains(['\u{1b}', '\u{202e}', '\r']), "{more:?}: {text:?}");
        }
    }
}

#[test]
fn logs_that_cannot_be_read_are_named_and_the_rest_is_run() {
    let template = file("templates/cis-alarms.yaml");
    let arguments =
        ["simulate", "--template", &template, "--parameter", "LogGroup=g", "Address=a@example.com", "-"];
    let log = r#"{"eventTime": "2026-07-10T12:00:00Z", "eventName": "StopLogging", "eventSource": "cloudtrail.amazonaws.com", "eventID": "e",
        "eventVersion": "1.08", "awsRegion": "us-east-1", "userIdentity": {"type": "Root"}}
        {"Records": ["#;
    let run = with_input(&arguments, log.as_bytes());
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("trailbell: -:"), "{}", run.stderr);
    assert!(run.stdout.contains("ALARM: \"cis-4-5-trail-changes\""), "{}", run.stdout);
    let nothing = with_input(&arguments, b"");
    assert!(nothing.stdout.contains("no event to run it with"), "{}", nothing.stdout);
}

/// The article's three templates, unmodified, over a real attack.
fn seed(more: &[&str]) -> Option<Run> {
    let (seed, logs) = (shared("seed")?, shared("data/invictus-ir_aws_dataset")?);
    let folder = tempfile::tempdir().unwrap();
    let parameters = json!([
        {"ParameterKey": "NotifyEmailAddress", "ParameterValue": "owner@example.com"},
        {"ParameterKey": "LowerStackSnsSubscriptionYamlUrl", "ParameterValue": "https://bucket.s3.amazonaws.com/lower-stack.yaml"},
        {"ParameterKey": "CloudWatchLogsGroup", "ParameterValue": "trail"},
    ]);
    std::fs::write(folder.path().join("parameters.json"), parameters.to_string()).unwrap();
    let templates = ["console-login", "iam-event", "lower-stack"].map(|name| format!("{seed}/{name}.yaml"));
    let arguments = [
        &[
            "simulate",
            "--template",
            &templates[0],
            &templates[1],
            &templates[2],
            "--parameters",
            "parameters.json",
        ][..],
        &[
            "--filter-destination",
            "{ $.eventType = \"AwsConsoleSignIn\" }=console-login:AWSLambdaFunction",
            "--timezone",
            "UTC",
        ],
        more,
        &[&logs],
    ];
    Some(run_in(folder.path(), &arguments.concat(), b""))
}

/// The records of a folder, each event once, in order of time.
fn records(logs: &str) -> Vec<Value> {
    let mut seen = BTreeSet::new();
    let mut records: Vec<Value> = trailbell(&["match", "--filter", "", logs]).json();
    records.retain(|record| seen.insert(record["eventID"].as_str().unwrap().to_owned()));
    records.sort_by_key(|record| record["eventTime"].as_str().unwrap().to_owned());
    records
}

#[test]
fn the_articles_templates_send_every_sign_in_and_hide_most_changes_of_iam() {
    let Some(run) = seed(&["--output", "json"]) else { return };
    assert_eq!(run.status, 0, "{}", run.stderr);
    let lines = run.json();
    let of = |kind: &str| lines.iter().filter(|line| line["type"] == kind).collect::<Vec<_>>();

    // Every sign-in record reaches the mail's reader, with the article's subject.
    let all = records(&shared("data/invictus-ir_aws_dataset").unwrap());
    let sign_ins: Vec<&Value> =
        all.iter().filter(|record| record["eventType"] == "AwsConsoleSignIn").collect();
    let account = sign_ins[0]["recipientAccountId"].as_str().unwrap();
    let subject = format!("{account}-AwsConsoleSignIn");
    let mails: Vec<_> =
        of("message").into_iter().filter(|message| message["subject"] == subject.as_str()).collect();
    assert_eq!((sign_ins.len(), mails.len()), (3, 3));
    for (mail, record) in mails.iter().zip(&sign_ins) {
        assert_eq!(mail["to"], json!({"protocol": "email", "endpoint": "owner@example.com"}));
        assert_eq!(mail["from"], "ConsoleLoginNotify <no-reply@sns.amazonaws.com>");
        let body = mail["body"].as_str().unwrap();
        let (message, footer) = body.split_once("\n\n--\n").unwrap();
        assert_eq!(&serde_json::from_str::<Value>(message).unwrap(), *record);
        assert!(footer.starts_with("If you wish to stop receiving notifications from this topic"));
    }
    let minutes: Vec<&str> = mails.iter().map(|mail| mail["time"].as_str().unwrap()).collect();
    assert_eq!(minutes, ["2023-07-10T12:28:15Z", "2023-07-10T12:32:31Z", "2023-07-10T12:32:45Z"]);

    // The alarm's transitions, with their times: counted by hand from the minutes of the records.
    let changes: Vec<String> = of("state-change")
        .iter()
        .map(|change| {
            format!(
                "{} {} -> {}",
                change["time"].as_str().unwrap(),
                change["from"].as_str().unwrap(),
                change["to"].as_str().unwrap()
            )
        })
        .collect();
    assert_eq!(
        changes,
        [
            "2023-07-10T11:42:30Z INSUFFICIENT_DATA -> OK",
            "2023-07-10T12:00:30Z OK -> ALARM",
            "2023-07-10T12:06:30Z ALARM -> OK",
            "2023-07-10T12:07:30Z OK -> ALARM",
            "2023-07-10T12:20:30Z ALARM -> OK",
            "2023-07-10T12:29:30Z OK -> ALARM",
            "2023-07-10T12:38:30Z ALARM -> OK",
        ]
    );
    let (operations, hidden) = silent(&all);
    assert_eq!((operations, hidden.len()), (22, 13));
    let alarm = of("alarm")[0];
    assert_eq!(
        (&alarm["operations"], &alarm["behind"], &alarm["hidden"]),
        (&json!(22), &json!(9), &json!(13))
    );
    let named: Vec<&str> = alarm["hidden_operations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|hidden| hidden["event_id"].as_str().unwrap())
        .collect();
    assert_eq!(named, hidden);

    // AWS's mail, to the letter.
    let mail = of("message").into_iter().find(|message| message["by"]["kind"] == "alarm").unwrap();
    assert_eq!(mail["subject"], "ALARM: \"AlarmIAMWarn\" in US East (N. Virginia)");
    insta::assert_snapshot!("article-alarm-mail", mail["body"].as_str().unwrap());
}

/// The article's alarm, worked out in the plainest way: which operations came while it was in ALARM.
fn silent(records: &[Value]) -> (usize, Vec<&str>) {
    const NAMES: [&str; 8] = [
        "CreateAccessKey",
        "CreateUser",
        "CreateLoginProfile",
        "AddUserToGroup",
        "PutUserPolicy",
        "AttachUserPolicy",
        "CreateRole",
        "CreatePolicyVersion",
    ];
    let came = |record: &Value| {
        record["eventTime"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap().as_second() + 300
    };
    let is_one = |record: &&Value| NAMES.contains(&record["eventName"].as_str().unwrap());
    // Of each minute with log events: whether one is of IAM.
    let mut minutes: BTreeMap<i64, bool> = BTreeMap::new();
    for record in records {
        *minutes.entry(came(record) / 60).or_default() |= is_one(&record);
    }
    // The state at second 30 of a minute: three periods of five minutes before the minute that was whole ten seconds ago, the newest that
    // has anything in it decides.
    let in_alarm = |moment: i64| {
        let end = (moment - 10).div_euclid(60);
        let periods = [(end - 5, end), (end - 10, end - 5), (end - 15, end - 10)];
        let mut with_data = periods
            .iter()
            .map(|(from, to)| minutes.range(from..to).collect::<Vec<_>>())
            .filter(|minutes| !minutes.is_empty());
        with_data.next().is_some_and(|minutes| minutes.iter().any(|(_, of_iam)| **of_iam))
    };
    let operations: Vec<&Value> = records.iter().filter(is_one).collect();
    let hidden = operations.iter().filter(|record| {
        let came = came(record);
        // The evaluation before it came.
        in_alarm((came - 30 - 1).div_euclid(60) * 60 + 30)
    });
    (operations.len(), hidden.map(|record| record["eventID"].as_str().unwrap()).collect())
}

#[test]
fn the_articles_templates_are_told_to_a_person_with_what_they_hide() {
    let Some(run) = seed(&[]) else { return };
    assert_eq!(run.status, 0, "{}", run.stderr);
    for words in [
        "13 came while it was in ALARM already",
        "bert-jan created IAM user malicious-iam-user.",
        "3 messages; none says who did something or what.",
        "Nothing in the templates allows logs.amazonaws.com to call function AWSLambdaFunction",
        "LambdaIAMRole (AWS::IAM::Role, ",
    ] {
        assert!(run.stdout.contains(words), "{words}: {}", run.stdout);
    }
}

#[test]
fn the_fifteen_cis_alarms_fire_as_often_as_is_counted_by_hand() {
    let Some(logs) = shared("data/invictus-ir_aws_dataset") else { return };
    let all = records(&logs);
    let template = file("templates/cis-alarms.yaml");
    let parameters = ["--parameter", "LogGroup=trail", "Address=owner@example.com"];
    let run = trailbell(
        &[&["simulate", "--output", "json", "--template", &template][..], &parameters, &[&logs]].concat(),
    );
    assert_eq!(run.status, 0, "{}", run.stderr);
    let lines = run.json();
    let table: BTreeMap<&str, (u64, u64)> = lines
        .iter()
        .filter(|line| line["type"] == "alarm")
        .map(|line| {
            (
                line["alarm"].as_str().unwrap(),
                (line["operations"].as_u64().unwrap(), line["fired"].as_u64().unwrap()),
            )
        })
        .collect();
    // Alarm, events that meet its filter, how often it fires.
    let expected = [
        ("cis-4-1-unauthorized-calls", (60, 1)),
        ("cis-4-2-sign-in-without-mfa", (1, 1)),
        ("cis-4-3-root-use", (0, 0)),
        ("cis-4-4-iam-policy-changes", (26, 1)),
        ("cis-4-5-trail-changes", (13, 2)),
        ("cis-4-6-sign-in-failures", (0, 0)),
        ("cis-4-7-key-deletions", (0, 0)),
        ("cis-4-8-bucket-policy-changes", (6, 1)),
        ("cis-4-9-config-changes", (0, 0)),
        ("cis-4-10-security-group-changes", (8, 1)),
        ("cis-4-11-network-acl-changes", (0, 0)),
        ("cis-4-12-gateway-changes", (15, 2)),
        ("cis-4-13-route-table-changes", (40, 1)),
        ("cis-4-14-vpc-changes", (16, 1)),
        ("cis-4-15-organization-changes", (1, 1)),
    ];
    assert_eq!(table, BTreeMap::from(expected));
    // The same, worked out without patterns and without an alarm.
    for ((name, expected), meets) in expected.into_iter().zip(BY_HAND) {
        let minutes: Vec<i64> = all
            .iter()
            .filter(|record| meets(record))
            .map(|record| {
                (record["eventTime"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap().as_second() + 300)
                    .div_euclid(60)
            })
            .collect();
        // The alarm sees fifteen minutes: it goes on while there is an event in them, and fires anew after a longer pause.
        let pauses = minutes.windows(2).filter(|pair| pair[1] - pair[0] > 15).count();
        let fires = pauses + usize::from(!minutes.is_empty());
        assert_eq!((minutes.len() as u64, fires as u64), expected, "{name}");
    }
}

/// The fifteen conditions, each as plain code.
const BY_HAND: [fn(&Value) -> bool; 15] = [
    |r| {
        let error = r["errorCode"].as_str().unwrap_or_default();
        error.ends_with("UnauthorizedOperation")
            || (error.starts_with("AccessDenied")
                && r["sourceIPAddress"] != "delivery.logs.amazonaws.com"
                && r["eventName"] != "HeadBucket")
    },
    |r| {
        r["eventName"] == "ConsoleLogin"
            && r["additionalEventData"]["MFAUsed"].as_str().is_some_and(|used| used != "Yes")
            && r["userIdentity"]["type"] == "IAMUser"
            && r["responseElements"]["ConsoleLogin"] == "Success"
    },
    |r| {
        r["userIdentity"]["type"] == "Root"
            && r["userIdentity"]["invokedBy"].is_null()
            && r["eventType"] != "AwsServiceEvent"
    },
    |r| {
        let name = r["eventName"].as_str().unwrap();
        let on = ["GroupPolicy", "RolePolicy", "UserPolicy"];
        on.iter()
            .any(|on| ["Delete", "Put", "Attach", "Detach"].iter().any(|verb| name == format!("{verb}{on}")))
            || ["CreatePolicy", "DeletePolicy", "CreatePolicyVersion", "DeletePolicyVersion"].contains(&name)
    },
    |r| {
        ["CreateTrail", "UpdateTrail", "DeleteTrail", "StartLogging", "StopLogging"]
            .contains(&r["eventName"].as_str().unwrap())
    },
    |r| r["eventName"] == "ConsoleLogin" && r["errorMessage"] == "Failed authentication",
    |r| {
        r["eventSource"] == "kms.amazonaws.com"
            && (r["eventName"] == "DisableKey" || r["eventName"] == "ScheduleKeyDeletion")
    },
    |r| {
        let name = r["eventName"].as_str().unwrap();
        r["eventSource"] == "s3.amazonaws.com"
            && (name == "PutBucketAcl"
                || ["Policy", "Cors", "Lifecycle", "Replication"]
                    .iter()
                    .any(|what| name == format!("PutBucket{what}") || name == format!("DeleteBucket{what}")))
    },
    |r| {
        let names = [
            "StopConfigurationRecorder",
            "DeleteDeliveryChannel",
            "PutDeliveryChannel",
            "PutConfigurationRecorder",
        ];
        r["eventSource"] == "config.amazonaws.com" && names.contains(&r["eventName"].as_str().unwrap())
    },
    |r| {
        let name = r["eventName"].as_str().unwrap();
        ["CreateSecurityGroup", "DeleteSecurityGroup"].contains(&name)
            || ["Authorize", "Revoke"]
                .iter()
                .any(|verb| ["In", "E"].iter().any(|way| name == format!("{verb}SecurityGroup{way}gress")))
    },
    |r| {
        let name = r["eventName"].as_str().unwrap();
        [
            "CreateNetworkAcl",
            "CreateNetworkAclEntry",
            "DeleteNetworkAcl",
            "DeleteNetworkAclEntry",
            "ReplaceNetworkAclEntry",
            "ReplaceNetworkAclAssociation",
        ]
        .contains(&name)
    },
    |r| {
        let name = r["eventName"].as_str().unwrap();
        ["CreateCustomerGateway", "DeleteCustomerGateway"].contains(&name)
            || ["Attach", "Create", "Delete", "Detach"]
                .iter()
                .any(|verb| name == format!("{verb}InternetGateway"))
    },
    |r| {
        let name = r["eventName"].as_str().unwrap();
        [
            "CreateRoute",
            "CreateRouteTable",
            "ReplaceRoute",
            "ReplaceRouteTableAssociation",
            "DeleteRouteTable",
            "DeleteRoute",
            "DisassociateRouteTable",
        ]
        .contains(&name)
    },
    |r| {
        let name = r["eventName"].as_str().unwrap();
        ["CreateVpc", "DeleteVpc", "ModifyVpcAttribute"].contains(&name)
            || ["Accept", "Create", "Delete", "Reject"]
                .iter()
                .any(|verb| name == format!("{verb}VpcPeeringConnection"))
            || [
                "AttachClassicLinkVpc",
                "DetachClassicLinkVpc",
                "DisableVpcClassicLink",
                "EnableVpcClassicLink",
            ]
            .contains(&name)
    },
    |r| {
        let names = [
            "AcceptHandshake",
            "AttachPolicy",
            "CreateAccount",
            "CreateOrganizationalUnit",
            "CreatePolicy",
            "DeclineHandshake",
            "DeleteOrganization",
            "DeleteOrganizationalUnit",
            "DeletePolicy",
            "DetachPolicy",
            "DisablePolicyType",
            "EnablePolicyType",
            "InviteAccountToOrganization",
            "LeaveOrganization",
            "MoveAccount",
            "RemoveAccountFromOrganization",
            "UpdatePolicy",
            "UpdateOrganizationalUnit",
        ];
        r["eventSource"] == "organizations.amazonaws.com" && names.contains(&r["eventName"].as_str().unwrap())
    },
];
