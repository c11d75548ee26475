//! The linter: each mistake by itself in a few lines, a template without any, and the article's own templates.

#![expect(
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may stop at what is not as it should be, and says on standard error what it skipped"
)]

mod support;

use std::fs;
use std::path::Path;

use trailbell_template::{File, Finding, Missing, Request, Stacks, lint, read};

const ALWAYS: &[&str] = &["$.eventName", "$.eventSource", "$.eventType"];

fn stacks(files: Vec<File>, folder: Option<&Path>) -> Stacks {
    let request = Request { missing: Missing::IsAPlaceholder, ..support::request(files, &[]) };
    let load = |name: &str| Some(File::new(name, fs::read_to_string(folder?.join(name)).ok()?));
    read(&request, &load).unwrap_or_else(|invalid| panic!("{}", invalid.render()))
}

/// Findings as `level rule: the text they point to: message (fix)`.
fn said(findings: &[Finding]) -> Vec<String> {
    findings
        .iter()
        .map(|finding| {
            let diagnostic = &finding.problem.diagnostic;
            let place = &finding.problem.file.text()[diagnostic.span.start..diagnostic.span.end];
            let first = place.lines().next().unwrap_or_default();
            let fix = diagnostic.hint.as_deref().unwrap_or("");
            format!("{} {}: {first}: {} ({fix})", finding.level, finding.rule, diagnostic.message)
        })
        .collect()
}

fn found(template: &str) -> Vec<String> {
    said(&lint(&stacks(vec![File::new("t.yaml", template)], None), ALWAYS))
}

/// The templates of one flaw are this one with a piece changed.
const GOOD: &str = include_str!("samples/nothing-to-find.yaml");

/// Changes pieces of the clean template and gives what is found.
#[track_caller]
fn changed(changes: &[(&str, &str)]) -> Vec<String> {
    let mut template = GOOD.to_owned();
    for (from, to) in changes {
        assert!(template.contains(from), "{from}");
        template = template.replacen(from, to, 1);
    }
    said(&lint(
        &stacks(vec![File::new("nothing-to-find.yaml", template)], Some(&support::folder("tests/samples"))),
        ALWAYS,
    ))
}

/// One change, one finding, which begins so and has these words in it.
#[track_caller]
fn one(changes: &[(&str, &str)], begins: &str, words: &[&str]) {
    let all = changed(changes);
    assert_eq!(all.len(), 1, "{all:#?}");
    assert!(all[0].starts_with(begins), "{}", all[0]);
    for word in words {
        assert!(all[0].contains(word), "{word}: {}", all[0]);
    }
}

const DEFAULT: &str = "          DefaultValue: 0\n";
const TREATMENT: &str = "      TreatMissingData: notBreaching\n";

#[test]
fn nothing_is_found_in_a_clean_template() {
    assert_eq!(changed(&[]), [] as [&str; 0]);
}

#[test]
fn an_alarm_without_data_while_all_is_well() {
    one(
        &[(DEFAULT, ""), (TREATMENT, "")],
        "warning missing-data: TooMany: ",
        &["INSUFFICIENT_DATA", "TreatMissingData: notBreaching", "DefaultValue: 0"],
    );
    // One of the two is enough, and a choice that is written down is a choice.
    assert_eq!(changed(&[(DEFAULT, "")]), [] as [&str; 0]);
    assert_eq!(changed(&[(TREATMENT, "")]), [] as [&str; 0]);
    assert_eq!(changed(&[(DEFAULT, ""), ("notBreaching", "missing")]), [] as [&str; 0]);
    one(
        &[(DEFAULT, ""), ("notBreaching", "breaching")],
        "warning missing-data: breaching: ",
        &["makes that ALARM"],
    );
    one(
        &[(DEFAULT, ""), ("notBreaching", "notbreaching")],
        "error alarm: notbreaching: ",
        &["treatMissingData", "write notBreaching"],
    );
}

#[test]
fn a_statistic_that_the_default_value_spoils() {
    for (statistic, words) in
        [("Average", "sinks"), ("Minimum", "nearly always"), ("SampleCount", "counts every event")]
    {
        let all = changed(&[("Statistic: Maximum", &format!("Statistic: {statistic}"))]);
        let about = format!("warning statistic-with-default: {statistic}: the default value 0 of Changes");
        assert!(all.iter().any(|one| one.starts_with(&about) && one.contains(words)), "{all:#?}");
    }
    one(&[("Statistic: Maximum", "ExtendedStatistic: p99")], "warning statistic-with-default: p99: ", &[]);
    one(
        &[("Maximum", "Sum"), ("DefaultValue: 0", "DefaultValue: 0.5")],
        "warning statistic-with-default: Sum: ",
        &["grows"],
    );
    assert_eq!(changed(&[("Maximum", "Sum")]), [] as [&str; 0]);
    assert_eq!(changed(&[("Maximum", "Average"), (DEFAULT, "")]), [] as [&str; 0]);
}

#[test]
fn a_metric_that_is_another_one() {
    let dimensions = "          Dimensions: [{ Key: user, Value: $.userIdentity.userName }]\n";
    one(
        &[(DEFAULT, dimensions)],
        "warning dimension-mismatch: !Sub \"${Group}/Changes\"",
        &["user", "no dimensions", "ever"],
    );
    one(
        &[(
            "      Namespace: Owner\n",
            "      Namespace: Owner\n      Dimensions: [{ Name: user, Value: root }]\n",
        )],
        "warning dimension-mismatch: [{ Name: user",
        &["no dimensions", "take the Dimensions out"],
    );
    one(
        &[("      Namespace: Owner\n", "      Namespace: Owner\n      Unit: Count\n")],
        "warning unit-mismatch: Count: ",
        &["publishes None", "Unit: Count in Changes"],
    );
    let renamed = changed(&[("Namespace: Owner\n      Period", "Namespace: Owners\n      Period")]);
    assert_eq!(renamed.len(), 2, "{renamed:#?}");
    assert!(renamed[0].starts_with("warning unread-metric: !Sub \"${Group}/Changes\""), "{renamed:#?}");
    assert!(
        renamed[1].contains("unpublished-metric") && renamed[1].contains("is that meant?"),
        "{renamed:#?}"
    );
}

#[test]
fn an_alarm_on_a_metric_that_nothing_publishes() {
    let template = |namespace: &str| {
        format!(
            "Resources:
  Alarm:
    Type: AWS::CloudWatch::Alarm
    Properties:
      AlarmActions: [arn:aws:sns:eu-west-1:012345678901:bell]
      ComparisonOperator: GreaterThanThreshold
      EvaluationPeriods: 1
      MetricName: Changes
      Namespace: {namespace}
      Period: 60
      Statistic: Sum
      Threshold: 0
"
        )
    };
    // Its filter may be in a template that was not handed in.
    assert!(found(&template("Owner"))[0].starts_with("note unpublished-metric: Changes: "));
    assert_eq!(found(&template("AWS/Lambda")), [] as [&str; 0]);
    assert_eq!(found(&template("CWAgent")), [] as [&str; 0]);
}

#[test]
fn metric_math_is_looked_through() {
    let direct = "      MetricName: !Sub \"${Group}/Changes\"\n      Namespace: Owner\n      Period: 300\n      Statistic: Maximum\n";
    let math = "      Metrics:
        - Id: m
          MetricStat:
            Metric: { Namespace: Owner, MetricName: !Sub \"${Group}/Changes\" }
            Period: 300
            Stat: STAT
          ReturnData: false
        - { Id: e, Expression: \"FILL(m, 0)\" }
";
    assert_eq!(changed(&[(direct, &math.replace("STAT", "Sum"))]), [] as [&str; 0]);
    one(&[(direct, &math.replace("STAT", "Average"))], "warning statistic-with-default: Average", &[]);
}

#[test]
fn thresholds_periods_and_counts() {
    one(&[("Threshold: 1", "Threshold: 0")], "warning always-in-alarm: 0: ", &["always in ALARM"]);
    one(&[("Threshold: 1", "Threshold: 2")], "warning never-in-alarm: 2: ", &["1 and 0", "ask for Sum"]);
    assert_eq!(changed(&[("Threshold: 1", "Threshold: 2"), ("Maximum", "Sum")]), [] as [&str; 0]);
    one(
        &[("GreaterThanOrEqualToThreshold", "LessThanThreshold"), (DEFAULT, "")],
        "warning never-in-alarm: 1: ",
        &["when nothing comes", "breaching"],
    );
    one(&[("Period: 300", "Period: 30")], "warning period: 30: ", &["once a minute"]);
    one(&[("Period: 300", "Period: 90")], "error period: 90: ", &["multiple of 60"]);
    one(&[("EvaluationPeriods: 1", "EvaluationPeriods: 289")], "error period: 289: ", &["a day"]);
    one(
        &[("EvaluationPeriods: 1", "EvaluationPeriods: 1\n      DatapointsToAlarm: 2")],
        "error datapoints-to-alarm: 2: ",
        &["at most 1"],
    );
    one(&[("Threshold: 1", "Threshold: one")], "error threshold: one: ", &["a number"]);
}

#[test]
fn an_alarm_that_tells_nobody() {
    one(&[("      AlarmActions: [!Ref Bell]\n", "")], "warning no-alarm-action: TooMany: ", &["no action"]);
    one(&[("AlarmActions:", "OKActions:")], "warning no-alarm-action: TooMany: ", &["only OKActions"]);
    one(
        &[("      AlarmActions:", "      ActionsEnabled: false\n      AlarmActions:")],
        "warning actions-disabled: false: ",
        &["tells nobody"],
    );
    let composite = "Type: AWS::CloudWatch::CompositeAlarm\n    Properties:\n      AlarmRule: !Sub ALARM(\"${TooMany}\")\n      AlarmActions: [!Ref Bell]\n";
    assert_eq!(
        changed(&[
            ("      AlarmActions: [!Ref Bell]\n", ""),
            ("  Root:\n", &format!("  Both:\n    {composite}  Root:\n")),
        ]),
        [] as [&str; 0]
    );
}

#[test]
fn a_topic_without_subscriber_or_a_subscription_without_topic() {
    let stack = "  Mail:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n      TemplateURL: subscriber.yaml\n      Parameters:\n        Address: !Ref Address\n        Topic: !Ref Bell\n";
    one(&[(stack, "")], "warning no-subscriber: Bell: ", &["AWS::SNS::Subscription"]);
    let elsewhere = "  Mail:\n    Type: AWS::SNS::Subscription\n    Properties:\n      TopicArn: arn:aws:sns:eu-west-1:012345678901:other\n      Protocol: email\n      Endpoint: !Ref Address\n";
    let all = changed(&[(stack, elsewhere)]);
    assert!(all.iter().any(|one| one.starts_with("note unknown-topic: arn:aws:sns")), "{all:#?}");
    assert_eq!(all.len(), 2, "{all:#?}");
}

#[test]
fn a_topic_policy_that_keeps_publishers_out() {
    let service = "[events.amazonaws.com, cloudwatch.amazonaws.com]";
    one(&[(service, "cloudwatch.amazonaws.com")], "warning topic-policy: !Ref Bell", &["EventBridge"]);
    one(&[(service, "events.amazonaws.com")], "warning topic-policy: [!Ref Bell]", &["CloudWatch"]);
}

#[test]
fn a_filter_policy_that_keeps_alarms_out() {
    let subscription = |scope: &str| {
        format!(
            "  Pager:
    Type: AWS::SNS::Subscription
    Properties:
      TopicArn: !Ref Bell
      Protocol: sqs
      Endpoint: !GetAtt Failed.Arn
      FilterPolicy: {{ NewStateValue: [ALARM] }}
{scope}  Root:
"
        )
    };
    one(
        &[("  Root:\n", &subscription(""))],
        "warning filter-policy-scope: { NewStateValue: [ALARM] }: ",
        &["TooMany never gets through", "MessageBody"],
    );
    let body = subscription("      FilterPolicyScope: MessageBody\n");
    assert_eq!(changed(&[("  Root:\n", &body)]), [] as [&str; 0]);
}

#[test]
fn event_patterns_are_checked() {
    one(
        &[("source: [aws.signin]", "source: aws.signin")],
        "error event-pattern: { source: aws.signin",
        &["list"],
    );
}

#[test]
fn a_function_that_its_caller_may_not_call() {
    let permission = "Principal: logs.amazonaws.com";
    one(
        &[(permission, "Principal: events.amazonaws.com")],
        "warning missing-permission: !GetAtt Forwarder.Arn",
        &["CloudWatch Logs", "logs.amazonaws.com"],
    );
    assert_eq!(
        changed(&[(permission, "Principal: !Sub logs.${AWS::Region}.amazonaws.com")]),
        [] as [&str; 0]
    );
    let target = "{ Id: bell, Arn: !Ref Bell }";
    one(
        &[(target, "{ Id: f, Arn: !GetAtt Forwarder.Arn }")],
        "warning missing-permission: !GetAtt Forwarder.Arn",
        &["EventBridge"],
    );
    one(
        &[(
            "  Failed:\n",
            "  Called:\n    Type: AWS::SNS::Subscription\n    Properties: { TopicArn: !Ref Bell, Protocol: lambda, Endpoint: !GetAtt Forwarder.Arn }\n  Failed:\n",
        )],
        "warning missing-permission: !GetAtt Forwarder.Arn",
        &["SNS"],
    );
    one(
        &[("AlarmActions: [!Ref Bell]", "AlarmActions: [!GetAtt Forwarder.Arn]")],
        "warning missing-permission: [!GetAtt",
        &["lambda.alarms"],
    );
}

#[test]
fn a_forwarder_that_nothing_here_calls() {
    let template = GOOD.to_owned();
    let start = template.find("  LogsMayCall:").unwrap();
    let end = template.find("  Changes:").unwrap();
    let without = format!("{}{}", &template[..start], &template[end..]);
    let folder = support::folder("tests/samples");
    let all = said(&lint(&stacks(vec![File::new("nothing-to-find.yaml", without)], Some(&folder)), ALWAYS));
    assert_eq!(all.len(), 1, "{all:#?}");
    assert!(
        all[0].starts_with("warning missing-permission: Forwarder: ") && all[0].contains("by hand"),
        "{all:#?}"
    );
}

#[test]
fn a_function_that_loses_events() {
    one(
        &[("      DeadLetterConfig: { TargetArn: !GetAtt Failed.Arn }\n", "")],
        "warning no-dead-letter: Forwarder: ",
        &["dropped"],
    );
    one(
        &[("                      raise\n", "")],
        "warning swallowed-error: except Exception as error:: ",
        &["only printed", "raise"],
    );
    one(
        &[("python3.14", "python3.8")],
        "warning retired-runtime: python3.8: ",
        &["2024-10-14", "python3.14"],
    );
}

#[test]
fn roles_that_may_too_much_or_fit_once() {
    one(
        &[("service-role/AWSLambdaBasicExecutionRole", "AmazonSNSFullAccess")],
        "warning broad-policy: arn:aws:iam::aws:policy/AmazonSNSFullAccess: ",
        &["sns:Publish"],
    );
    let role = "    Type: AWS::IAM::Role\n    Properties:\n";
    let named = |name: &str| format!("{role}      RoleName: {name}\n");
    one(
        &[(role, &named("forwarder"))],
        "warning fixed-role-name: forwarder: ",
        &["second stack", "CAPABILITY_NAMED_IAM"],
    );
    one(
        &[(role, &named("!Sub \"forwarder-${AWS::AccountId}\""))],
        "warning fixed-role-name: ",
        &["AWS::StackName"],
    );
    assert_eq!(changed(&[(role, &named("!Sub \"${AWS::StackName}-forwarder\""))]), [] as [&str; 0]);
}

#[test]
fn a_nested_template_that_cannot_be_had() {
    let url = "TemplateURL: subscriber.yaml";
    one(
        &[(url, "TemplateURL: Your template here")],
        "warning nested-template: Your template here",
        &["neither a URL"],
    );
    one(
        &[
            (url, "TemplateURL: !Ref Child"),
            (
                "  Address:\n    Type: String\n",
                "  Address:\n    Type: String\n  Child:\n    Type: String\n    Default: Your URL\n",
            ),
        ],
        "warning nested-template: !Ref Child: the default of Child",
        &["take the Default of Child out"],
    );
    assert_eq!(changed(&[(url, "TemplateURL: https://bucket.s3.amazonaws.com/other.yaml")]), [] as [&str; 0]);
}

#[test]
fn patterns_are_checked_in_their_place() {
    let pattern = "$.eventName = CreateUser || $.eventName = CreateAccessKey";
    one(
        &[(pattern, "$.eventName = A || $.eventName = B || $.eventName = A")],
        "warning pattern: $.eventName = A: ",
        &["written twice", "alternative 1"],
    );
    one(&[(pattern, "$.eventName = “A”")], "error pattern: “: ", &["straight"]);
    one(&[(pattern, "$.eventName = *")], "warning pattern: $.eventName = *: ", &["always holds"]);
    one(&[(pattern, "$.eventSource = x")], "warning pattern: ", &["nothing can match"]);
    one(
        &[(
            "{ $.eventName = ConsoleLogin || $.eventName = UserAuthentication || $.eventName = CreateOAuth2Token }",
            "{ $.eventType = \"AwsConsoleSignIn\" }",
        )],
        "note sign-in-pattern: '{ $.eventType",
        &["aws login", "CheckMfa"],
    );
}

#[test]
fn what_aws_refuses_of_a_metric_filter() {
    one(
        &[
            (
                "MetricName: !Sub \"${Group}/Changes\"\n          MetricValue",
                "MetricName: a:b\n          MetricValue",
            ),
            ("MetricName: !Sub \"${Group}/Changes\"\n      Namespace", "MetricName: a:b\n      Namespace"),
        ],
        "error metric-filter-limit: a:b: ",
        &["255"],
    );
    one(&[("MetricValue: \"1\"", "MetricValue: one")], "error metric-value: one: ", &["number"]);
    one(
        &[("MetricValue: \"1\"", "MetricValue: $size")],
        "warning metric-value: $size: ",
        &["nothing is ever counted"],
    );
    assert_eq!(changed(&[("MetricValue: \"1\"", "MetricValue: $.size")]), [] as [&str; 0]);
    let both = format!("{DEFAULT}          Dimensions: [{{ Key: user, Value: $.user }}]\n");
    let all = changed(&[(DEFAULT, &both)]);
    assert!(all.iter().any(|one| one.starts_with("error default-with-dimensions: ")), "{all:#?}");
}

#[test]
fn two_resources_of_one_name() {
    let queue = "  Failed:\n";
    let topics = "  One: { Type: AWS::SNS::Topic, Properties: { TopicName: bell, Subscription: [{ Protocol: email, Endpoint: a@example.com }] } }
  Two: { Type: AWS::SNS::Topic, Properties: { TopicName: bell, Subscription: [{ Protocol: email, Endpoint: a@example.com }] } }
  Failed:\n";
    one(&[(queue, topics)], "warning duplicate-name: Two: One has the name bell already", &[]);
}

#[test]
fn an_alarm_that_aws_refuses() {
    for (from, to, begins, words) in [
        ("Statistic: Maximum", "Statistic: Foo", "error alarm: Foo: ", "'statistic'"),
        ("GreaterThanOrEqualToThreshold", "LessThan", "error alarm: LessThan: ", "LessThanThreshold"),
        ("notBreaching", "nonBreaching", "error alarm: nonBreaching: ", "write notBreaching"),
        ("EvaluationPeriods: 1", "EvaluationPeriods: 0", "error period: 0: ", "greater than or equal to 1"),
        ("      Period: 300\n", "", "error period: TooMany: ", "The parameter Period is required."),
        ("      EvaluationPeriods: 1\n", "", "error period: TooMany: ", "EvaluationPeriods is required"),
        (
            "[!Ref Bell]\n      Comparison",
            "[bell]\n      Comparison",
            "error alarm: bell: ",
            "Invalid arn syntax",
        ),
        (
            "      Threshold: 1\n",
            "      Threshold: 1\n      Treshold: 2\n",
            "warning alarm: 2: ",
            "`Threshold`",
        ),
        (
            "      Threshold: 1\n",
            "      Threshold: 1\n      ThresholdMetricId: a\n",
            "note alarm: a: ",
            "not run here",
        ),
    ] {
        one(&[(from, to)], begins, &[words]);
    }
    let unit = changed(&[("      Namespace: Owner\n", "      Namespace: Owner\n      Unit: Parsecs\n")]);
    assert!(unit.iter().any(|one| one.starts_with("error alarm: Parsecs: ")), "{unit:#?}");
}

#[test]
fn every_mistake_of_an_alarm_is_told() {
    let all = changed(&[
        ("Statistic: Maximum", "Statistic: Foo"),
        ("notBreaching", "nonBreaching"),
        ("EvaluationPeriods: 1", "EvaluationPeriods: 0"),
    ]);
    assert_eq!(all.iter().filter(|one| one.starts_with("error ")).count(), 3, "{all:#?}");
}

#[test]
fn what_is_not_known_of_an_alarm_is_as_it_should_be() {
    let parameter = "  Group:\n    Type: String\n";
    let declared = "  Group:\n    Type: String\n  P:\n    Type: String\n";
    let with = |from: &str, to: &str| {
        assert_eq!(changed(&[(parameter, declared), (from, to)]), [] as [&str; 0], "{to}");
    };
    for property in [
        "Period: 300",
        "EvaluationPeriods: 1",
        "Statistic: Maximum",
        "Threshold: 1",
        "TreatMissingData: notBreaching",
    ] {
        let name = property.split(':').next().unwrap_or_default();
        with(property, &format!("{name}: !Ref P"));
        with(property, &format!("{name}: !Sub \"${{P}}0\""));
    }
    with("ComparisonOperator: GreaterThanOrEqualToThreshold", "ComparisonOperator: !Ref P");
    with("AlarmActions: [!Ref Bell]", "AlarmActions: [!Ref Bell, !Ref P]");
    with("EvaluationPeriods: 1", "EvaluationPeriods: !Ref P\n      DatapointsToAlarm: 3");
    with("EvaluationPeriods: 1", "EvaluationPeriods: 3\n      DatapointsToAlarm: !Ref P");
    // What is known beside it is judged.
    one(
        &[(parameter, declared), ("Period: 300", "Period: !Ref P"), ("notBreaching", "nonBreaching")],
        "error alarm: nonBreaching: ",
        &[],
    );
    one(
        &[
            (parameter, declared),
            ("Period: 300", "Period: !Ref P"),
            ("EvaluationPeriods: 1", "EvaluationPeriods: 9000"),
        ],
        "error period: 9000: ",
        &["a day"],
    );
}

#[test]
fn metric_math_that_aws_refuses() {
    let direct = "      MetricName: !Sub \"${Group}/Changes\"\n      Namespace: Owner\n      Period: 300\n      Statistic: Maximum\n";
    let math = |expression: &str| {
        format!(
            "      Metrics:
        - Id: m
          ReturnData: false
          MetricStat:
            Metric: {{ Namespace: Owner, MetricName: !Sub \"${{Group}}/Changes\" }}
            Period: 300
            Stat: Maximum
        - Id: e
          Expression: {expression}
"
        )
    };
    assert_eq!(changed(&[(direct, &math("m * 2"))]), [] as [&str; 0]);
    assert_eq!(changed(&[(direct, &math("!Sub \"m * ${Group}\""))]), [] as [&str; 0]);
    one(&[(direct, &math("m * (2"))], "error alarm: ", &["expression e"]);
    one(&[(direct, &math("m * nobody"))], "error alarm: nobody: ", &["expression e"]);
}

#[test]
fn a_composite_alarm_that_aws_refuses() {
    let composite = |rule: &str| {
        format!(
            "  Both:
    Type: AWS::CloudWatch::CompositeAlarm
    Properties:
      AlarmName: both
      AlarmActions: [!Ref Bell]
{rule}  Root:
"
        )
    };
    let with = |rule: &str| composite(&format!("      AlarmRule: {rule}\n"));
    assert_eq!(changed(&[("  Root:\n", &with("!Sub 'ALARM(\"${TooMany}\")'"))]), [] as [&str; 0]);
    assert_eq!(changed(&[("  Root:\n", &with("!Sub 'ALARM(\"${Group}\")'"))]), [] as [&str; 0]);
    assert_eq!(changed(&[("  Root:\n", &with("!Ref Group"))]), [] as [&str; 0]);
    one(&[("  Root:\n", &with("ALARM(a) && ALARM(b)"))], "error alarm: &", &["AlarmRule"]);
    one(&[("  Root:\n", &composite(""))], "error alarm: Both: ", &["AlarmRule is required"]);
    one(&[("  Root:\n", &with("ALARM(both)"))], "error alarm: both", &["its own alarm"]);
    one(&[("  Root:\n", &with("ALARM(other)"))], "note unknown-alarm: other", &["the stack fails"]);
    // The account that is checked for may be any.
    let elsewhere = with("ALARM(\"arn:aws:cloudwatch:eu-west-1:111111111111:alarm:other\")");
    assert_eq!(changed(&[("  Root:\n", &elsewhere)]), [] as [&str; 0]);
}

#[test]
fn a_metric_filter_that_aws_refuses() {
    let with = |more: &str| changed(&[(DEFAULT, &format!("{DEFAULT}{more}"))]);
    let unit = with("          Unit: Foo\n");
    assert_eq!(unit.len(), 1, "{unit:#?}");
    assert!(unit[0].starts_with("error metric-filter: Foo: "), "{unit:#?}");
    assert_eq!(with("          Unit: !Ref Group\n"), [] as [&str; 0]);
    let selector = changed(&[(DEFAULT, "          Dimensions: [{ Key: user, Value: root }]\n")]);
    assert!(selector.iter().any(|one| one.starts_with("error metric-filter: ")), "{selector:#?}");
    let criteria = "      FieldSelectionCriteria: '@aws.region = = \"x\"'\n      MetricTransformations:\n";
    one(&[("      MetricTransformations:\n", criteria)], "error metric-filter: ", &[]);
}

#[test]
fn a_subscription_that_aws_refuses() {
    let subscription = |properties: &str| {
        format!(
            "  Pager:
    Type: AWS::SNS::Subscription
    Properties:
      TopicArn: !Ref Bell
      FilterPolicyScope: MessageBody
{properties}  Root:
"
        )
    };
    let with = |properties: &str| changed(&[("  Root:\n", &subscription(properties))]);
    let queue = "      Protocol: sqs\n      Endpoint: !GetAtt Failed.Arn\n";
    let deep = format!("{}1{}", "[".repeat(40_000), "]".repeat(40_000));
    for (properties, begins) in [
        ("      Protocol: pigeon\n      Endpoint: coop\n".to_owned(), "error subscription: pigeon: "),
        (
            "      Protocol: https\n      Endpoint: http://example.com/\n".to_owned(),
            "error subscription: http://example.com/: ",
        ),
        (format!("{queue}      FilterPolicy: {{ NewStateValue: ALARM }}\n"), "error filter-policy: { New"),
        (format!("{queue}      FilterPolicy: '{{\"a\": '\n"), "error filter-policy: '{"),
        (format!("{queue}      FilterPolicy: '{{\"a\": {deep}}}'\n"), "error filter-policy: '{"),
    ] {
        let all = with(&properties);
        assert_eq!(all.len(), 1, "{all:#?}");
        assert!(all[0].starts_with(begins), "{all:#?}");
    }
    for properties in [
        queue.to_owned(),
        "      Protocol: !Ref Group\n      Endpoint: coop\n".to_owned(),
        "      Protocol: https\n      Endpoint: !Ref Group\n".to_owned(),
        "      Protocol: application\n      Endpoint: arn\n".to_owned(),
        format!("{queue}      FilterPolicy: !Ref Group\n"),
        format!("{queue}      FilterPolicy: {{ NewStateValue: !Ref Group }}\n"),
        format!("{queue}      FilterPolicy: '{{\"NewStateValue\": [\"ALARM\"]}}'\n"),
    ] {
        assert_eq!(with(&properties), [] as [&str; 0], "{properties}");
    }
}

#[test]
fn what_only_aws_can_work_out_is_a_note_and_no_mistake() {
    let noted = |changes: &[(&str, &str)], messages: &[&str]| {
        let mut template = GOOD.to_owned();
        for (from, to) in changes {
            assert!(template.contains(from), "{from}");
            template = template.replacen(from, to, 1);
        }
        let file = File::new("nothing-to-find.yaml", template);
        let stacks = stacks(vec![file], Some(&support::folder("tests/samples")));
        let notices: Vec<&str> =
            stacks.notices.iter().map(|notice| notice.diagnostic.message.as_str()).collect();
        assert_eq!(notices, messages, "{changes:?}");
        assert_eq!(said(&lint(&stacks, ALWAYS)), [] as [&str; 0], "{changes:?}");
    };
    let topic = "    Type: AWS::SNS::Topic\n";
    let tags = "    Type: AWS::SNS::Topic
    Properties:
      Tags:
        - { Key: zone, Value: !Select [1, !GetAZs \"\"] }
        - { Key: zones, Value: !Join [\",\", !GetAZs \"\"] }
        - { Key: net, Value: !Select [0, !Cidr [10.0.0.0/16, 2, 8]] }
";
    noted(
        &[(topic, tags)],
        &["Fn::GetAZs is not run here", "Fn::GetAZs is not run here", "Fn::Cidr is not run here"],
    );
    // A loop among resources, whose resources others name.
    let many = "Resources:
  Fn::ForEach::Bells:
    - Name
    - [One, Two]
    - Bell${Name}:
        Type: AWS::SNS::Topic
";
    noted(
        &[
            ("Resources:\n", many),
            ("AlarmActions: [!Ref Bell]", "AlarmActions: [!Ref Bell, !Ref BellOne]"),
            ("    DependsOn: LogsMayCall\n", "    DependsOn: [LogsMayCall, BellTwo]\n"),
        ],
        &["Fn::ForEach is not run here"],
    );
    // What a transform puts beside an alarm's properties may be what it needs.
    let included = "    Type: AWS::CloudWatch::Alarm
    Properties:
      Fn::Transform: { Name: AWS::Include, Parameters: { Location: s3://bucket/part.yaml } }
";
    noted(
        &[
            ("    Type: AWS::CloudWatch::Alarm\n    Properties:\n", included),
            ("      EvaluationPeriods: 1\n", ""),
            (" Statistic: Maximum\n", " ExtendedStatistic: p99\n"),
            ("          DefaultValue: 0\n", ""),
        ],
        &["Fn::Transform is not run here"],
    );
    // Loops among conditions and outputs.
    let conditions = "Conditions:
  Fn::ForEach::Ifs: [Name, [One], { \"Is${Name}\": !Equals [a, b] }]
Resources:
";
    let outputs = "Outputs:
  Fn::ForEach::Outs: [Name, [One], { \"Out${Name}\": { Value: !Ref Name } }]
Resources:
";
    noted(&[("Resources:\n", conditions)], &["Fn::ForEach is not run here"]);
    noted(&[("Resources:\n", outputs)], &["Fn::ForEach is not run here"]);
}

/// What the seed's table says of the article's templates, as far as it stands in them; and what else is found there.
const SEED: &[(&str, &str, &str)] = &[
    ("iam-event.yaml", "pattern", "it is alternative 6 already"),
    ("iam-event.yaml", "pattern", "it is alternative 1 already"),
    ("iam-event.yaml", "nested-template", "Your LowerStackSnsSubscriptionYamlUrl"),
    ("console-login.yaml", "nested-template", "Your LowerStackSnsSubscriptionYamlUrl"),
    ("console-login.yaml", "swallowed-error", "what was to be sent is lost"),
    ("console-login.yaml", "broad-policy", "AmazonSNSFullAccess"),
    ("console-login.yaml", "fixed-role-name", "Lambda2snsRole"),
    ("console-login.yaml", "retired-runtime", "python3.8 was retired on 2024-10-14"),
    ("console-login.yaml", "missing-permission", "permits CloudWatch Logs"),
    ("console-login.yaml", "no-dead-letter", "dropped"),
];

#[test]
fn every_flaw_of_the_articles_templates_is_found_and_nothing_else() {
    let seed = support::folder("../../../shared/seed");
    let names = ["console-login.yaml", "iam-event.yaml", "lower-stack.yaml"];
    let mut files = Vec::new();
    for name in names {
        let Ok(text) = fs::read_to_string(seed.join(name)) else {
            eprintln!("skipped: {} is not here", seed.join(name).display());
            return;
        };
        files.push(File::new(name, text));
    }
    let findings = lint(&stacks(files, None), ALWAYS);
    for (file, rule, words) in SEED {
        let is_it = |finding: &&Finding| {
            finding.problem.file.name() == *file
                && finding.rule == *rule
                && finding.problem.diagnostic.message.contains(words)
        };
        assert_eq!(findings.iter().filter(is_it).count(), 1, "{file} {rule} {words}\n{:#?}", said(&findings));
    }
    assert_eq!(findings.len(), SEED.len(), "{:#?}", said(&findings));
    eprintln!("the three templates of the seed: {} findings, as listed", findings.len());
}

/// Our own stack's templates are looked at as anybody's, as they are and with everything switched on.
#[test]
fn nothing_is_found_in_the_templates_that_deploy_uses() {
    let deploy = support::folder("../../deploy");
    let everything = [
        "EmailAddresses=a@example.com",
        "CreateTrail=yes",
        "WatchWithLogs=yes",
        "WatchWithEventBridge=yes",
        "WatchWithAlarm=yes",
        "WatchWithConfig=yes",
    ];
    for (name, parameters) in
        [("trailbell.yaml", &[][..]), ("trailbell.yaml", &everything[..]), ("forwarder.yaml", &[][..])]
    {
        let file = File::new(name, fs::read_to_string(deploy.join(name)).unwrap());
        let request =
            Request { missing: Missing::IsAPlaceholder, ..support::request(vec![file], parameters) };
        let stacks = read(&request, &|_| None).unwrap();
        assert_eq!(said(&lint(&stacks, ALWAYS)), [] as [&str; 0], "{name} {parameters:?}");
    }
}
