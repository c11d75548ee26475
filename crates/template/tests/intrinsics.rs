//! What each intrinsic function gives, in its short and its long form.

#![allow(clippy::panic, reason = "a test may stop at the first thing that is wrong")]

mod support;

use serde_json::{Value, json};
use support::{problems_of, read_texts};

const HEAD: &str = r#"
Parameters:
  Name: { Type: String, Default: "n" }
  Account: { Type: String, Default: 012345678901 }
  Items: { Type: CommaDelimitedList, Default: "a, b,c" }
  Numbers: { Type: List<Number>, Default: "1,2" }
  Answer: { Type: String, Default: yes }
Mappings:
  Map:
    ap-northeast-1: { Text: tokyo, List: [x, y], Number: 7 }
Conditions:
  True: !Equals [!Ref Name, n]
  False: !Not [!Condition "True"]
  Both: !And [!Condition "True", Condition: "True"]
  Neither: !Or [Condition: "False", !Equals [1, "2"]]
  Long: { "Fn::And": [{ "Fn::Not": [{ "Condition": "False" }] }, { "Fn::Or": [{ "Condition": "False" }, { "Fn::Equals": [1, "1"] }] }] }
Resources:
  Topic: { Type: "AWS::SNS::Topic", Properties: { TopicName: bell } }
  Queue: { Type: "AWS::SQS::Queue", Properties: { QueueName: q } }
  Role: { Type: "AWS::IAM::Role", Properties: { Path: /team/, RoleName: r } }
  Group: { Type: "AWS::Logs::LogGroup", Properties: { LogGroupName: g } }
  Rule: { Type: "AWS::Events::Rule", Properties: { Name: rule, ScheduleExpression: rate(1 day) } }
  OwnBus: { Type: "AWS::Events::Rule", Properties: { Name: rule, EventBusName: bus, ScheduleExpression: rate(1 day) } }
  Cluster: { Type: "AWS::ECS::Cluster" }
  Alarm:
    Type: AWS::CloudWatch::Alarm
    Properties:
"#;

/// What an alarm's property `X` comes to.
fn value(expression: &str) -> Value {
    let template = format!("{HEAD}      AlarmName: a\n      X: {expression}\n");
    match read_texts(&[("t.yaml", &template)], &["AWS::NotificationARNs=one,two"]) {
        Ok(stacks) => stacks.alarms[0].properties.json().get("X").cloned().unwrap_or(json!("(not there)")),
        Err(invalid) => panic!("{expression}: {}", invalid.render()),
    }
}

#[track_caller]
fn both(short: &str, long: &str, expected: &Value) {
    assert_eq!(&value(short), expected, "{short}");
    assert_eq!(&value(long), expected, "{long}");
}

#[test]
fn scalars_stay_as_they_are_written() {
    for (written, expected) in [
        ("1", json!(1)),
        ("1.5", json!(1.5)),
        ("\"1\"", json!("1")),
        ("012345678901", json!("012345678901")),
        ("0x1f", json!("0x1f")),
        ("yes", json!("yes")),
        ("on", json!("on")),
        ("true", json!(true)),
        ("\"true\"", json!("true")),
        ("!!str 1", json!("1")),
        ("2026-11-26", json!("2026-11-26")),
        ("{ a: [1, ~] }", json!({"a": [1, null]})),
        ("{ Condition: x }", json!({"Condition": "x"})),
    ] {
        assert_eq!(value(written), expected, "{written}");
    }
}

#[test]
fn ref_gives_parameters_pseudo_parameters_and_resources() {
    both("!Ref Name", "{ Ref: Name }", &json!("n"));
    both("!Ref Account", "{ Ref: Account }", &json!("012345678901"));
    both("!Ref Items", "{ Ref: Items }", &json!(["a", "b", "c"]));
    both("!Ref Numbers", "{ Ref: Numbers }", &json!(["1", "2"]));
    both("!Ref Answer", "{ Ref: Answer }", &json!("yes"));
    both("!Ref Topic", "{ Ref: Topic }", &json!("arn:aws:sns:ap-northeast-1:012345678901:bell"));
    both("!Ref Queue", "{ Ref: Queue }", &json!("https://sqs.ap-northeast-1.amazonaws.com/012345678901/q"));
    assert_eq!(value("!Ref OwnBus"), json!("bus|rule"));
    assert_eq!(value("!Ref Cluster"), json!("placeholder:t:Cluster"));
    for (name, expected) in [
        ("AccountId", json!("012345678901")),
        ("Region", json!("ap-northeast-1")),
        ("Partition", json!("aws")),
        ("StackName", json!("t")),
        ("URLSuffix", json!("amazonaws.com")),
        ("NotificationARNs", json!(["one", "two"])),
        ("NoValue", json!("(not there)")),
    ] {
        both(&format!("!Ref AWS::{name}"), &format!("{{ Ref: \"AWS::{name}\" }}"), &expected);
    }
    assert!(
        value("!Ref AWS::StackId")
            .as_str()
            .unwrap()
            .starts_with("arn:aws:cloudformation:ap-northeast-1:012345678901:stack/t/")
    );
    assert_eq!(value("[a, !Ref AWS::NoValue, { b: !Ref AWS::NoValue }]"), json!(["a", {}]));
}

#[test]
fn get_att_gives_attributes() {
    let role = json!("arn:aws:iam::012345678901:role/team/r");
    both("!GetAtt Role.Arn", "{ \"Fn::GetAtt\": [Role, Arn] }", &role);
    both("!GetAtt [Role, Arn]", "{ \"Fn::GetAtt\": Role.Arn }", &role);
    for (written, expected) in [
        ("Topic.TopicName", "bell"),
        ("Topic.TopicArn", "arn:aws:sns:ap-northeast-1:012345678901:bell"),
        ("Queue.Arn", "arn:aws:sqs:ap-northeast-1:012345678901:q"),
        ("Queue.QueueName", "q"),
        ("Group.Arn", "arn:aws:logs:ap-northeast-1:012345678901:log-group:g:*"),
        ("Rule.Arn", "arn:aws:events:ap-northeast-1:012345678901:rule/rule"),
        ("OwnBus.Arn", "arn:aws:events:ap-northeast-1:012345678901:rule/bus/rule"),
        ("Cluster.Endpoint.Port", "placeholder:t:Cluster.Endpoint.Port"),
    ] {
        assert_eq!(value(&format!("!GetAtt {written}")), json!(expected), "{written}");
    }
}

#[test]
fn sub_fills_in_names_and_leaves_literals() {
    let expected = json!("n-012345678901-${Name}-bell-$n");
    let text = "\"${Name}-${AWS::AccountId}-${!Name}-${Topic.TopicName}-$${Name}\"";
    both(&format!("!Sub {text}"), &format!("{{ \"Fn::Sub\": {text} }}"), &expected);
    let list = "[\"${Name}${Own}\", { Own: !Ref Items.0, Name: own }]";
    assert!(problems_of(&format!("{HEAD}      X: !Sub {list}\n"), &[]).contains("Items.0"));
    let list = "[\"${Name}${Own}\", { Own: !Select [1, !Ref Items], Name: own }]";
    both(&format!("!Sub {list}"), &format!("{{ \"Fn::Sub\": {list} }}"), &json!("ownb"));
    assert_eq!(value("!Sub plain"), json!("plain"));
    assert_eq!(value("!Sub \"a ${ b\""), json!("a ${ b"));
    assert_eq!(value("!Sub \"{{resolve:ssm:/x}}\""), json!("{{resolve:ssm:/x}}"));
}

#[test]
fn join_split_and_select_work_on_lists() {
    both("!Join [\"-\", !Ref Items]", "{ \"Fn::Join\": [\"-\", { Ref: Items }] }", &json!("a-b-c"));
    both("!Join [\"\", [a, 1, true]]", "{ \"Fn::Join\": [\"\", [a, 1, true]] }", &json!("a1true"));
    both("!Split [\"/\", a/b]", "{ \"Fn::Split\": [\"/\", a/b] }", &json!(["a", "b"]));
    both("!Select [\"1\", !Ref Items]", "{ \"Fn::Select\": [1, { Ref: Items }] }", &json!("b"));
    assert_eq!(value("!Select [5, !Split [\":\", !Ref Topic]]"), json!("bell"));
    assert_eq!(value("{ \"Fn::Length\": !Ref Items }"), json!(3));
    assert_eq!(value("{ \"Fn::ToJsonString\": { a: !Ref Items } }"), json!(r#"{"a":["a","b","c"]}"#));
}

#[test]
fn if_takes_one_branch_and_does_not_look_at_the_other() {
    both("!If [\"True\", 1, !Ref Nobody]", "{ \"Fn::If\": [\"True\", 1, { Ref: Nobody }] }", &json!(1));
    both("!If [Neither, 1, two]", "{ \"Fn::If\": [Neither, 1, two] }", &json!("two"));
    both("!If [Both, { a: 1 }, 2]", "{ \"Fn::If\": [Long, { a: 1 }, 2] }", &json!({"a": 1}));
    assert_eq!(value("!If [\"False\", 1, !Ref AWS::NoValue]"), json!("(not there)"));
}

#[test]
fn find_in_map_gives_a_value_or_the_default() {
    let tokyo = "[Map, !Ref AWS::Region, Text]";
    both(&format!("!FindInMap {tokyo}"), &format!("{{ \"Fn::FindInMap\": {tokyo} }}"), &json!("tokyo"));
    assert_eq!(value("!FindInMap [Map, !Ref AWS::Region, List]"), json!(["x", "y"]));
    assert_eq!(value("!FindInMap [Map, ap-northeast-1, Number]"), json!(7));
    assert_eq!(value("!FindInMap [Map, x, Text, { DefaultValue: !Ref Name }]"), json!("n"));
    assert_eq!(value("!FindInMap [Nothing, x, Text, { DefaultValue: d }]"), json!("d"));
}

#[test]
fn base64_encodes() {
    both("!Base64 hello", "{ \"Fn::Base64\": hello }", &json!("aGVsbG8="));
    assert_eq!(value("!Base64\n        Fn::Sub: \"${Name}\""), json!("bg=="));
}

#[test]
fn import_value_gives_what_the_caller_says() {
    let mut request = support::request(
        vec![trailbell_template::File::new("t.yaml", format!("{HEAD}      X: !ImportValue bell\n"))],
        &[],
    );
    request.exports.insert("bell".into(), "arn".into());
    let stacks = trailbell_template::read(&request, &|_| None).unwrap();
    assert_eq!(stacks.alarms[0].properties.json()["X"], json!("arn"));
}

#[test]
fn what_only_aws_can_work_out_is_an_error_where_it_would_be_run_and_a_notice_elsewhere() {
    let refused = problems_of(&format!("{HEAD}      X: !Select [0, !GetAZs \"\"]\n"), &[]);
    assert!(refused.contains("Fn::GetAZs is not run here"), "{refused}");
    let template = "
Resources:
  Subnet:
    Type: AWS::EC2::Subnet
    Properties:
      AvailabilityZone: !Select [0, !GetAZs '']
      CidrBlock: !Select [1, !Cidr [10.0.0.0/16, 2, 8]]
      Fn::Transform: { Name: AWS::Include }
  Group: { Type: AWS::Logs::LogGroup }
";
    let stacks = read_texts(&[("t.yaml", template)], &[]).unwrap();
    let notices: Vec<_> = stacks.notices.iter().map(|notice| notice.diagnostic.message.as_str()).collect();
    assert_eq!(
        notices,
        ["Fn::GetAZs is not run here", "Fn::Cidr is not run here", "Fn::Transform is not run here"]
    );
}

#[test]
fn aliases_and_merge_keys_are_what_they_name() {
    let template = "
Metadata:
  Common: &common { Protocol: email, Endpoint: a@example.com }
Resources:
  Topic:
    Type: AWS::SNS::Topic
    Properties:
      DisplayName: &name bell
      TopicName: *name
      Subscription: [*common, { <<: *common, Endpoint: b@example.com }]
";
    let stacks = read_texts(&[("t.yaml", template)], &[]).unwrap();
    let endpoints: Vec<_> = stacks.subscriptions.iter().map(|it| it.endpoint.value.as_str()).collect();
    assert_eq!(endpoints, ["a@example.com", "b@example.com"]);
    assert_eq!(stacks.topics[0].name, "bell");
}
