//! What parameters are given, and by which files.

#![allow(clippy::panic, reason = "a test may stop at the first thing that is wrong")]

mod support;

use support::{read_texts, request};
use trailbell_template::{Assignment, File, parse_parameter_file, read};

const TOPIC: &str = "
Parameters:
  Name: { Type: String }
  Secret: { Type: String, NoEcho: true, Default: s }
Resources:
  Topic: { Type: AWS::SNS::Topic, Properties: { TopicName: !Ref Name } }
";

fn assignments(name: &str, text: &str) -> Vec<(Option<String>, String, String)> {
    let read =
        parse_parameter_file(&File::new(name, text)).unwrap_or_else(|invalid| panic!("{}", invalid.render()));
    read.into_iter().map(|it| (it.template, it.key, it.value)).collect()
}

#[test]
fn a_parameter_file_has_one_of_three_forms() {
    let expected = [
        (None, "Account".to_owned(), "012345678901".to_owned()),
        (Some("iam".to_owned()), "Name".to_owned(), "a=b".to_owned()),
    ];
    for (name, text) in [
        (
            "p.json",
            r#"[{"ParameterKey":"Account","ParameterValue":"012345678901"},{"ParameterKey":"iam:Name","ParameterValue":"a=b"}]"#,
        ),
        ("p.json", r#"["Account=012345678901","iam:Name=a=b"]"#),
        ("p.json", r#"{"Parameters":{"Account":"012345678901","iam:Name":"a=b"},"Tags":{}}"#),
        ("p.json", r#"{"Account":"012345678901","iam:Name":"a=b"}"#),
        ("p.yaml", "Account: 012345678901\niam:Name: a=b\n"),
    ] {
        assert_eq!(assignments(name, text), expected, "{text}");
    }
    assert_eq!(assignments("p.yaml", "List: [a, 1]\n"), [(None, "List".to_owned(), "a,1".to_owned())]);
}

#[test]
fn an_assignment_is_for_every_template_or_for_one() {
    let one = Assignment::parse("--parameter", "iam:AWS::StackName=x=y").unwrap();
    assert_eq!(
        (one.template.as_deref(), one.key.as_str(), one.value.as_str()),
        (Some("iam"), "AWS::StackName", "x=y")
    );
    let files = [("a/one.yaml", TOPIC), ("two.yaml", TOPIC)];
    let stacks = read_texts(&files, &["Name=both", "two:Name=second"]).unwrap();
    let names: Vec<_> = stacks.topics.iter().map(|topic| topic.name.as_str()).collect();
    assert_eq!(names, ["both", "second"]);
    assert_eq!(stacks.stacks[0].parameters["Secret"], "****");
}

#[test]
fn templates_of_one_name_are_told_apart() {
    let stacks = read_texts(&[("a/t.yaml", TOPIC), ("b/t.yaml", TOPIC)], &["Name=x", "t-2:Name=y"]).unwrap();
    let ids: Vec<_> =
        stacks.topics.iter().map(|topic| (topic.origin.qualified(), topic.name.as_str())).collect();
    assert_eq!(ids, [("t:Topic".to_owned(), "x"), ("t-2:Topic".to_owned(), "y")]);
}

#[test]
fn pseudo_parameters_can_be_given_too() {
    let template =
        "Resources:\n  T: { Type: AWS::SNS::Topic, Properties: { TopicName: !Ref AWS::StackName } }\n";
    let stacks =
        read_texts(&[("t.yaml", template)], &["AWS::StackName=mine", "AWS::Region=cn-north-1"]).unwrap();
    assert_eq!(stacks.topics[0].arn, "arn:aws-cn:sns:cn-north-1:012345678901:mine");
}

#[test]
fn what_parameter_store_keeps_is_known_when_it_is_given() {
    let template = "
Parameters:
  Address: { Type: \"AWS::SSM::Parameter::Value<String>\", Default: /owner/address }
Resources:
  T: { Type: AWS::SNS::Topic, Properties: { DisplayName: !Ref Address } }
";
    let unknown = read_texts(&[("t.yaml", template)], &[]).unwrap();
    assert_eq!(unknown.topics[0].display_name.as_deref(), Some("placeholder:ssm:/owner/address"));
    assert!(unknown.notices[0].render().contains("pass Address=VALUE with what is kept there"));
    let known = read_texts(&[("t.yaml", template)], &["Address=a@example.com"]).unwrap();
    assert_eq!((known.topics[0].display_name.as_deref(), known.notices.len()), (Some("a@example.com"), 0));
}

#[test]
fn a_nested_template_is_found_beside_its_parent_by_its_path_or_by_the_file_name_of_its_url() {
    let child = "Parameters:\n  Name: { Type: String }\nResources:\n  T: { Type: AWS::SNS::Topic, Properties: { TopicName: !Ref Name } }\n";
    for (url, there) in [
        ("child.yaml", "stacks/child.yaml"),
        ("./child.yaml", "stacks/./child.yaml"),
        ("other/child.yaml", "other/child.yaml"),
        ("https://b.s3.amazonaws.com/x/child.yaml?versionId=1", "child.yaml"),
    ] {
        let parent = format!(
            "Resources:\n  C:\n    Type: AWS::CloudFormation::Stack\n    Properties:\n      TemplateURL: {url}\n      Parameters: {{ Name: x }}\n"
        );
        let request = request(vec![File::new("stacks/parent.yaml", parent)], &[]);
        let stacks = read(&request, &|path| (path == there).then(|| File::new(path, child)))
            .unwrap_or_else(|e| panic!("{}", e.render()));
        assert_eq!(stacks.topics[0].origin.qualified(), "parent/C:T", "{url}");
    }
}
