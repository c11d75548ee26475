//! Whole templates: what is made of the article's three, where they are, and of ours.

mod support;

use serde_json::json;
use support::{folder, read_folder, sample};
use trailbell_template::is_placeholder;

#[test]
#[expect(clippy::print_stderr, reason = "what was skipped is to be seen")]
fn the_articles_templates_are_read_as_they_are() {
    let seed = folder("../../../shared/seed");
    if !seed.is_dir() {
        eprintln!("SKIPPED: ../shared is not here");
        return;
    }
    let parameters = [
        "NotifyEmailAddress=owner@example.com",
        "CloudWatchLogsGroup=trail-log",
        "LowerStackSnsSubscriptionYamlUrl=lower-stack.yaml",
    ];
    // All three, and the two that are uploaded: the nested one is found either way.
    let all = read_folder(&seed, &["console-login.yaml", "iam-event.yaml", "lower-stack.yaml"], &parameters);
    let stacks = read_folder(&seed, &["console-login.yaml", "iam-event.yaml"], &parameters)
        .unwrap_or_else(|e| panic!("{}", e.render()));
    assert_eq!(all.unwrap_or_else(|e| panic!("{}", e.render())), stacks);
    assert_eq!(stacks.notices, []);

    let topics: Vec<_> = stacks
        .topics
        .iter()
        .map(|topic| (topic.arn.as_str(), topic.display_name.as_deref().unwrap()))
        .collect();
    assert_eq!(
        topics,
        [
            (
                "arn:aws:sns:ap-northeast-1:012345678901:Topic-012345678901-AwsConsoleSignIn",
                "ConsoleLoginNotify"
            ),
            (
                "arn:aws:sns:ap-northeast-1:012345678901:Topic-012345678901-AwsIAMEvent",
                "AwsIAMEvent-012345678901"
            ),
        ]
    );
    let subscriptions: Vec<_> = stacks
        .subscriptions
        .iter()
        .map(|it| (it.origin.qualified(), it.topic_arn.as_str(), it.endpoint.value.as_str()))
        .collect();
    assert_eq!(
        subscriptions,
        [
            (
                "console-login/LowerStackSubscription:Subscription".to_owned(),
                topics[0].0,
                "owner@example.com"
            ),
            ("iam-event/LowerStackSubscription:Subscription".to_owned(), topics[1].0, "owner@example.com"),
        ]
    );
    let function = &stacks.functions[0];
    assert_eq!(
        function.arn,
        "arn:aws:lambda:ap-northeast-1:012345678901:function:func-012345678901-AwsConsoleSignIn"
    );
    assert_eq!(function.forwards_to, [topics[0].0]);
    assert_eq!(function.subject.as_deref(), Some("012345678901-AwsConsoleSignIn"));
    assert!(function.code.as_ref().unwrap().value.starts_with("import base64\n"));
    let filter = &stacks.metric_filters[0];
    assert_eq!(filter.log_group.value, "trail-log");
    assert_eq!(filter.transformations[0].metric_name.value, "trail-log/Warn");
    assert_eq!(filter.transformations[0].default_value, Some(0.0));
    let alarm = &stacks.alarms[0];
    assert_eq!(alarm.arn, "arn:aws:cloudwatch:ap-northeast-1:012345678901:alarm:AlarmIAMWarn");
    assert_eq!(alarm.properties.json()["AlarmActions"], json!([topics[1].0]));
    assert_eq!(alarm.properties.json()["Threshold"], json!(1));
    let source = alarm.origin.file.text();
    let span = alarm.properties.span_of(&["Threshold"]);
    assert_eq!(
        (&source[span.start..span.end], source[..span.start].lines().last().unwrap().trim()),
        ("1", "Threshold:")
    );
    let not_run: Vec<_> =
        stacks.not_run().map(|it| (stacks.id_of(&it.origin), it.origin.type_name.as_str())).collect();
    assert_eq!(not_run, [("LambdaIAMRole".to_owned(), "AWS::IAM::Role")]);
    assert_eq!(
        stacks.find("--filter-destination", "AWSLambdaFunction").unwrap().arn.as_deref(),
        Some(function.arn.as_str())
    );
    let several = stacks.find("--filter-destination", "LowerStackSubscription").unwrap_err().render();
    assert!(
        several.contains("say which: console-login:LowerStackSubscription, iam-event:LowerStackSubscription"),
        "{several}"
    );

    let unset = read_folder(&seed, &["console-login.yaml"], &[]).unwrap_err().render();
    assert!(
        unset.contains("console-login.yaml:7:3: Parameters: [NotifyEmailAddress] must have values"),
        "{unset}"
    );
    assert!(unset.contains("hint: pass console-login:LowerStackSnsSubscriptionYamlUrl=PATH"), "{unset}");
}

#[test]
fn a_sign_in_is_forwarded_from_a_log_group_to_a_subscriber_of_a_nested_stack() {
    let stacks = sample(&["sign-in-forwarding.yaml"], &["Address=owner@example.com"]).unwrap();
    let bell = "arn:aws:sns:ap-northeast-1:012345678901:bell-012345678901";
    assert_eq!(stacks.topics[0].arn, bell);
    let mail = &stacks.subscriptions[0];
    assert_eq!(
        (mail.topic_arn.as_str(), mail.protocol.value.as_str(), mail.endpoint.value.as_str()),
        (bell, "email", "owner@example.com")
    );
    assert_eq!((mail.filter_policy_scope.as_str(), mail.raw_delivery), ("MessageAttributes", false));
    let function = &stacks.functions[0];
    assert_eq!(
        (function.forwards_to.as_slice(), function.subject.as_deref()),
        (&[bell.to_owned()][..], Some("Sign-in in 012345678901"))
    );
    assert_eq!(function.environment[2].1.value, "3", "a number in an environment is text");
    let filter = &stacks.subscription_filters[0];
    assert_eq!(filter.destination_arn.value, function.arn);
    assert_eq!(filter.pattern.value, r#"{ $.eventType = "AwsConsoleSignIn" }"#);
    let permission = &stacks.permissions[0];
    assert_eq!(
        (permission.function.as_str(), permission.principal.as_str()),
        ("forwarder", "logs.amazonaws.com")
    );
    assert_eq!(
        permission.source_arn.as_deref(),
        Some("arn:aws:logs:ap-northeast-1:012345678901:log-group:trail-log:*")
    );
    let outputs: Vec<_> = stacks.stacks[0]
        .outputs
        .iter()
        .map(|output| (output.name.as_str(), output.export.as_deref()))
        .collect();
    assert_eq!(outputs, [("BellArn", Some("sign-in-forwarding-bell")), ("SubscriptionArn", None)]);
    assert_eq!(stacks.stacks[1].outputs[0].value, stacks.stacks[0].outputs[1].value);
    assert!(stacks.stacks[1].name.starts_with("sign-in-forwarding-Subscriber-"));
    assert_eq!(stacks.notices, []);
}

#[test]
fn a_template_takes_what_another_one_exports_whichever_comes_first() {
    for files in
        [["iam-alarm.json", "sign-in-forwarding.yaml"], ["sign-in-forwarding.yaml", "iam-alarm.json"]]
    {
        let stacks = sample(&files, &["Address=owner@example.com", "iam-alarm:Threshold=2"]).unwrap();
        let alarm = &stacks.alarms[0];
        assert_eq!(alarm.properties.json()["AlarmActions"], json!([stacks.topics[0].arn]));
        assert_eq!(alarm.properties.json()["Threshold"], json!("2"), "what a parameter gives is text");
        assert!(alarm.name.starts_with("iam-alarm-TooMany-"), "{}", alarm.name);
        assert_eq!(alarm.properties.json()["AlarmName"], json!(alarm.name));
        let transformation = &stacks.metric_filters[0].transformations[0];
        assert_eq!(
            (transformation.metric_value.value.as_str(), transformation.default_value),
            ("1", Some(0.0))
        );
        assert_eq!(transformation.metric_name.value, "trail-log/IamChanges");
        assert_eq!(transformation.unit.as_ref().unwrap().value, "Count");
    }
}

#[test]
fn a_benchmark_template_is_read_with_its_conditions_and_mappings() {
    let stacks = sample(&["benchmark.yaml"], &[]).unwrap();
    let group = &stacks.log_groups[0];
    assert!(group.name.starts_with("benchmark-Group-"));
    assert_eq!(stacks.trails[0].log_group_arn.as_ref().unwrap().value, group.arn);
    assert!(stacks.trails[0].is_multi_region && stacks.trails[0].is_logging);
    assert_eq!(stacks.subscriptions.len(), 1, "the second is in no stage but test");
    assert_eq!(stacks.subscriptions[0].topic_arn, stacks.topics[0].arn);
    assert_eq!(stacks.topic_policies[0].topics, [stacks.topics[0].arn.as_str()]);
    assert_eq!(stacks.alarms[0].properties.json()["Period"], json!(300));
    assert_eq!(stacks.metric_filters[1].transformations[0].dimensions[0].1.value, "$.awsRegion");
    let rule = format!("ALARM(\"root-use\") OR ALARM(\"{}\")", stacks.alarms[1].name);
    assert_eq!(stacks.composite_alarms[0].properties.json()["AlarmRule"], json!(rule));
    let rule = &stacks.event_rules[0];
    assert_eq!(
        rule.pattern.as_deref(),
        Some(r#"{"detail":{"eventName":["CreateUser"]},"source":["aws.iam"]}"#)
    );
    assert_eq!((rule.bus.as_str(), rule.state.as_str()), ("default", "ENABLED"));
    let transformer = rule.targets[0].input_transformer.as_ref().unwrap();
    assert_eq!(transformer.paths, [("name".to_owned(), "$.detail.eventName".to_owned())]);
    let not_run: Vec<_> = stacks.not_run().map(|it| it.origin.logical_id.as_str()).collect();
    assert_eq!(not_run, ["Cluster"]);
    assert!(is_placeholder(&stacks.stacks[0].outputs[0].value), "{:?}", stacks.stacks[0].outputs);

    let test = sample(&["benchmark.yaml"], &["Stage=test"]).unwrap();
    assert_eq!((test.subscriptions.len(), test.stacks[0].outputs.len()), (2, 2));
    assert_eq!(test.alarms[0].properties.json()["Period"], json!(60));
}

#[test]
fn an_error_in_a_pattern_is_shown_where_it_stands_in_the_template() {
    let stacks = sample(&["benchmark.yaml"], &[]).unwrap();
    let filter = &stacks.metric_filters[0];
    let source = filter.origin.file.text();
    let at = filter.pattern.value.find("$.eventType").unwrap();
    let span = filter.pattern.place(source, at..at + "$.eventType".len());
    assert_eq!(&source[span.start..span.end], "$.eventType");
}

#[test]
fn what_an_account_describes_is_read_like_a_template() {
    let stacks = sample(&["described-filters.json", "described-alarms.json"], &[]).unwrap();
    let filter = &stacks.metric_filters[0];
    assert_eq!((filter.name.as_str(), filter.log_group.value.as_str()), ("made-by-hand", "trail-log"));
    assert_eq!(filter.transformations[0].metric_name.value, "Denied");
    assert_eq!(filter.transformations[0].dimensions[0].0, "Region");
    let source = filter.origin.file.text();
    let at = filter.pattern.value.find("Access").unwrap();
    let span = filter.pattern.place(source, at..at + 6);
    assert_eq!(&source[span.start..span.end], "Access");
    let alarm = &stacks.alarms[0];
    assert_eq!(alarm.arn, "arn:aws:cloudwatch:ap-northeast-1:012345678901:alarm:denied");
    assert!(alarm.properties.json().get("StateValue").is_none());
    assert_eq!(alarm.described.as_ref().unwrap()["StateValue"], json!("OK"));
    assert_eq!(stacks.composite_alarms[0].properties.json()["AlarmRule"], json!("ALARM(denied)"));
    assert_eq!(stacks.resources.len(), 3);
}

#[test]
fn the_projects_own_templates_are_read() {
    let deploy = folder("../../deploy");
    let stacks = read_folder(
        &deploy,
        &["forwarder.yaml"],
        &["HomeRegion=us-east-1", "HomeEventBusArn=arn:aws:events:us-east-1:012345678901:event-bus/default"],
    )
    .unwrap_or_else(|e| panic!("{}", e.render()));
    assert_eq!(stacks.event_rules.len(), 2);
    assert!(stacks.notices[0].render().contains("Rules are not checked here"));
}
