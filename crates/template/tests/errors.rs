//! What is said of each thing that can be wrong, word for word: read `snapshots/` as a user would.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first thing that is wrong")]

mod support;

use std::fmt::Write as _;

use support::{problems_of, read_texts};
use trailbell_template::{Assignment, File, parse_parameter_file};

const TOPIC: &str = "Resources:\n  T: { Type: AWS::SNS::Topic }\n";

/// Compares with a snapshot of that name.
#[track_caller]
fn is_said(name: &str, text: &str) {
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!(name, text);
    });
}

/// Every case with what is said of it.
fn all(cases: &[(&str, &str)]) -> String {
    let mut out = String::new();
    for (case, text) in cases {
        writeln!(out, "# {case}\n{}\n", problems_of(text, &[])).unwrap();
    }
    out
}

/// A topic with a property `X`.
fn with(expression: &str) -> String {
    format!(
        "Parameters:\n  Name: {{ Type: String, Default: n }}\nMappings:\n  Map: {{ a: {{ b: c }} }}\nConditions:\n  Never: !Equals [a, b]\nResources:\n  \
         Topic:\n    Type: AWS::SNS::Topic\n  Gone:\n    Type: AWS::SQS::Queue\n    Condition: Never\n  Alarm:\n    Type: AWS::CloudWatch::Alarm\n    Properties:\n      X: {expression}\n"
    )
}

#[test]
fn what_is_no_template() {
    is_said(
        "no-template",
        &all(&[
            ("nothing", ""),
            ("a text", "hello"),
            ("a list", "- a\n- b\n"),
            ("not YAML", "Resources:\n  T:\n    Type: a: b\n"),
            ("a tab", "Resources:\n\tT: x\n"),
            ("quotes left open", "Resources: \"T\n"),
            ("an unknown alias", "Resources: *nothing\n"),
            ("two documents", "a: 1\n---\nb: 2\n"),
            ("a key twice", "Resources:\n  T: { Type: a }\n  T: { Type: b }\n"),
            ("a list as a key", "Resources:\n  ? [a]\n  : b\n"),
            (
                "an unknown tag",
                "Resources:\n  T: { Type: AWS::SNS::Topic, Properties: { TopicName: !Suub x } }\n",
            ),
            ("a tag of other YAML", "Resources: !!set { a }\n"),
            ("merging a text", "Resources:\n  <<: text\n"),
            ("JSON with a last comma", "{\"Resources\": {\"T\": {\"Type\": \"AWS::SNS::Topic\"},}}"),
            ("JSON without a comma", "{\"Resources\": {} \"Outputs\": {}}"),
            ("JSON with a key twice", "{\"Resources\": {},\n \"Resources\": {}}"),
            ("JSON not closed", "{\"Resources\": {"),
            ("JSON with a wrong escape", "{\"Resources\": \"\\x\"}"),
            ("JSON and more", "{\"Resources\": {}} x"),
        ]),
    );
}

#[test]
fn what_is_wrong_with_a_template_as_a_whole() {
    is_said(
        "template",
        &all(&[
            ("no resources", "Description: x\n"),
            ("a section misspelt", "Resorces: {}\n"),
            ("another version", &format!("AWSTemplateFormatVersion: 2011-09-09\n{TOPIC}")),
            ("a section that is a list", "Resources: [a]\n"),
            ("a resource without a type", "Resources:\n  T: { Properties: {} }\n"),
            ("a resource that is a text", "Resources:\n  T: text\n"),
            ("a resource's key misspelt", "Resources:\n  T: { Type: AWS::SNS::Topic, Propertys: {} }\n"),
            ("properties that are a list", "Resources:\n  T: { Type: AWS::SNS::Topic, Properties: [a] }\n"),
            ("a logical id with a hyphen", "Resources:\n  my-topic: { Type: AWS::SNS::Topic }\n"),
            (
                "DependsOn nobody",
                "Resources:\n  T: { Type: AWS::SNS::Topic, DependsOn: Tt }\n  Tx: { Type: AWS::SNS::Topic, DependsOn: [[a]] }\n",
            ),
            (
                "a condition there is not",
                "Conditions: { Live: !Equals [a, a] }\nResources:\n  T: { Type: AWS::SNS::Topic, Condition: Lve }\n",
            ),
            ("a loop", "Resources:\n  Fn::ForEach::X: [a, [b], {}]\n"),
            ("an output without a value", &format!("{TOPIC}Outputs:\n  O: {{ Description: x }}\n")),
            ("an output that is a list", &format!("{TOPIC}Outputs:\n  O: {{ Value: [a] }}\n")),
        ]),
    );
}

#[test]
fn what_goes_in_a_circle() {
    is_said(
        "circles",
        &all(&[
            (
                "resources",
                "Resources:\n  A: { Type: AWS::SNS::Topic, Properties: { TopicName: !GetAtt B.QueueName } }\n  B: { Type: AWS::SQS::Queue, Properties: { QueueName: !Sub \"${C}\" } }\n  C: { Type: AWS::SNS::Topic, DependsOn: A }\nOutputs:\n  O: { Value: !Ref A }\n",
            ),
            (
                "a resource with itself",
                "Resources:\n  A: { Type: AWS::SNS::Topic, Properties: { TopicName: !Ref A } }\n",
            ),
            (
                "conditions",
                &format!("Conditions:\n  A: !Not [!Condition B]\n  B: !Not [Condition: A]\n{TOPIC}"),
            ),
        ]),
    );
    let nests = |other: &str| {
        format!(
            "Resources:\n  S: {{ Type: AWS::CloudFormation::Stack, Properties: {{ TemplateURL: {other} }} }}\n"
        )
    };
    let (a, b) = (nests("b.yaml"), nests("a.yaml"));
    is_said(
        "circle-of-nested-stacks",
        &read_texts(&[("a.yaml", &a), ("b.yaml", &b)], &[]).unwrap_err().render(),
    );
}

#[test]
fn what_is_wrong_with_a_function() {
    let cases: Vec<(&str, String)> = [
        "!Ref Nam",
        "!Ref Gone",
        "!Ref AWS::Acount",
        "!Ref [a]",
        "!GetAtt Topic",
        "!GetAtt Topic.Arn",
        "!GetAtt Nobody.Arn",
        "!GetAtt [Topic]",
        "!GetAtt { a: b }",
        "!Sub \"${Nobody}\"",
        "!Sub \"${Na-me}\"",
        "!Sub [a]b",
        "!Sub [\"${L}\", { L: [a] }]",
        "!Sub { a: b }",
        "!Sub [!Ref Name, {}]",
        "!Join [a]",
        "!Join text",
        "!Join [\",\", text]",
        "!Join [\",\", [[a]]]",
        "!Split [\"\", a]",
        "!Split [a, [b]]",
        "!Select [2, [a, b]]",
        "!Select [x, [a]]",
        "!Select [0, text]",
        "!If [Nevr, a, b]",
        "!If [Never, a]",
        "!If [[a], b, c]",
        "!FindInMap [Mp, a, b]",
        "!FindInMap [Map, x, b]",
        "!FindInMap [Map, a, x]",
        "!FindInMap [Map, a]",
        "!FindInMap [Map, a, b, {}]",
        "!Base64 [a]",
        "!ImportValue nothing",
        "!Equals [a, a]",
        "!Condition Never",
        "!Transform { Name: x }",
        "!GetAZs ''",
        "{ Fn::Join: [a, [b]], Fn::Sub: c }",
        "{ Fn::Joim: [a, [b]] }",
        "{ Fn::ForEach::X: [] , a: b }",
    ]
    .into_iter()
    .filter(|expression| *expression != "!Sub [a]b")
    .map(|expression| (expression, with(expression)))
    .collect();
    let cases: Vec<(&str, &str)> = cases.iter().map(|(case, text)| (*case, text.as_str())).collect();
    is_said("functions", &all(&cases));
    let conditions = |made_of: &str| format!("Conditions:\n  C: {made_of}\n{TOPIC}");
    let cases: Vec<(&str, String)> = [
        "text",
        "[a]",
        "!Ref T",
        "!Equals [a]",
        "!Equals [!Ref T, a]",
        "!Not text",
        "!Not [a, b]",
        "!And [Condition: C2]",
        "!Condition Nobody",
    ]
    .map(|made_of| (made_of, conditions(made_of)))
    .into();
    let cases: Vec<(&str, &str)> = cases.iter().map(|(case, text)| (*case, text.as_str())).collect();
    is_said("conditions", &all(&cases));
}

#[test]
fn what_is_wrong_with_parameters() {
    let declared = |attributes: &str| format!("Parameters:\n  P: {{ {attributes} }}\n{TOPIC}");
    let cases: Vec<(&str, String)> = [
        ("no type", "Default: x"),
        ("an unknown type", "Type: Strng"),
        ("an unknown attribute", "Type: String, Defalt: x"),
        ("a default that is a list", "Type: String, Default: [a]"),
        ("no number", "Type: Number, Default: many"),
        ("no number in a list", "Type: List<Number>, Default: \"1,x\""),
        ("too little", "Type: Number, Default: 1, MinValue: 2"),
        ("too much", "Type: Number, Default: 9, MaxValue: 2"),
        ("too short", "Type: String, Default: a, MinLength: 2"),
        ("too long", "Type: String, Default: abc, MaxLength: 2"),
        ("not allowed", "Type: String, Default: lve, AllowedValues: [test, live]"),
        ("another pattern", "Type: String, Default: abc, AllowedPattern: \"[a-b]+\""),
        (
            "a constraint in words",
            "Type: String, Default: abc, AllowedPattern: \"[a-b]+\", ConstraintDescription: a and b only",
        ),
        ("a secret", "Type: String, Default: hunter2, NoEcho: true, MaxLength: 2"),
    ]
    .map(|(case, attributes)| (case, declared(attributes)))
    .into();
    let mut cases: Vec<(&str, &str)> = cases.iter().map(|(case, text)| (*case, text.as_str())).collect();
    let missing = format!("Parameters:\n  Address: {{ Type: String }}\n  Group: {{ Type: String }}\n{TOPIC}");
    cases.push(("none given", &missing));
    is_said("parameters", &all(&cases));
    let template = format!("Parameters:\n  EventType: {{ Type: String, Default: x }}\n{TOPIC}");
    let said =
        |parameters: &[&str]| read_texts(&[("iam-event.yaml", &template)], parameters).unwrap_err().render();
    is_said(
        "assignments",
        &said(&["EvenType=x", "iam-evnt:EventType=x", "iam-event:Event=x", "AWS::Regio=x"]),
    );
    is_said(
        "assignment-without-a-value",
        &Assignment::parse("--parameter", "EventType").unwrap_err().render(),
    );
    let file = |text: &str| parse_parameter_file(&File::new("p.json", text)).unwrap_err().render();
    is_said(
        "parameter-files",
        &(file(r#"[{"ParameterKey":"A"}, {"Key": "B"}, 7]"#)
            + "\n\n"
            + &file(r#"{"A": {"b": 1}}"#)
            + "\n\n"
            + &file("\"text\"")),
    );
    let in_a_file = parse_parameter_file(&File::new("p.yaml", "Other: 1\nEvntType: 2\n")).unwrap();
    let mut request = support::request(vec![File::new("iam-event.yaml", template.as_str())], &[]);
    request.assignments = in_a_file;
    is_said(
        "parameter-file-for-nobody",
        &trailbell_template::read(&request, &|_| None).unwrap_err().render(),
    );
}

#[test]
fn what_is_wrong_with_what_would_be_run() {
    let of = |type_name: &str, properties: &str| {
        format!("Resources:\n  R:\n    Type: {type_name}\n    Properties: {properties}\n")
    };
    let cases: Vec<(&str, String)> = [
        ("AWS::Logs::MetricFilter", "{ LogGroupName: g, MetricTransformations: [] }"),
        ("AWS::Logs::MetricFilter", "{ LogGroupName: g, FilterPattern: [a], MetricTransformations: [{}, {}] }"),
        ("AWS::Logs::MetricFilter", "{ LogGroupName: g, FilterPattern: '', MetricTransformations: [{ MetricName: m, MetricValue: 1, DefaultValue: none, Dimensions: {} }] }"),
        ("AWS::Logs::SubscriptionFilter", "{ LogGroupName: g, FilterPattern: '' }"),
        ("AWS::SNS::Subscription", "{ Protocol: email, RawMessageDelivery: maybe }"),
        ("AWS::SNS::Topic", "{ DisplayName: { a: b }, Subscription: [{ Protocol: email, Endpoint: e, RawMessageDelivery: maybe }] }"),
        ("AWS::Events::Rule", "{ Targets: [{ Id: i }] }"),
        ("AWS::Lambda::Function", "{ Environment: { Variables: { A: [b] } } }"),
        ("AWS::Lambda::Permission", "{}"),
        ("AWS::CloudFormation::Stack", "{}"),
        ("AWS::CloudFormation::Stack", "{ TemplateURL: nowhere.yaml }"),
        ("AWS::CloudFormation::Stack", "{ TemplateURL: [a] }"),
    ]
    .map(|(type_name, properties)| (type_name, of(type_name, properties)))
    .into();
    let cases: Vec<(&str, &str)> = cases.iter().map(|(case, text)| (*case, text.as_str())).collect();
    is_said("resources", &all(&cases));
    let parent = of(
        "AWS::CloudFormation::Stack",
        "{ TemplateURL: child.yaml, Parameters: { Nam: x, List: { a: b } } }\nOutputs:\n  O: { Value: !GetAtt R.Outputs.Nothing }",
    );
    let child = format!(
        "Parameters:\n  Name: {{ Type: String }}\n  List: {{ Type: String }}\n{TOPIC}Outputs:\n  Arn: {{ Value: !Ref T }}\n"
    );
    is_said(
        "nested-stacks",
        &read_texts(&[("parent.yaml", &parent), ("child.yaml", &child)], &[]).unwrap_err().render(),
    );
    let broken = "Resources: {}\n";
    is_said(
        "nested-stack-that-is-broken",
        &read_texts(&[("parent.yaml", &parent), ("child.yaml", broken)], &[]).unwrap_err().render(),
    );
}

#[test]
fn what_is_odd_is_noticed() {
    let text = "Transform: AWS::Serverless-2016-10-31\nResources:\n  R:\n    Type: AWS::SNS::Topic\n    Properties: { DisplyName: x }\n";
    let stacks = read_texts(&[("t.yaml", text)], &[]).unwrap();
    let notices: Vec<String> = stacks.notices.iter().map(trailbell_template::Problem::render).collect();
    is_said("notices", &notices.join("\n"));
}
