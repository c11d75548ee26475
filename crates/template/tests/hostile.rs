//! Whatever is handed in, nothing panics and nothing takes long: bombs, depths, sizes, and mutations of the samples.

#![allow(
    clippy::format_push_string,
    clippy::format_collect,
    reason = "the texts are built as they read best"
)]
#![allow(clippy::unwrap_used, reason = "a test may stop at the first thing that is wrong")]

mod support;

use std::fs;

use proptest::prelude::*;
use support::{folder, problems_of, read_texts, request};
use trailbell_template::{File, MAX_BYTES, Missing, Request, lint, parse_parameter_file, read};

/// Reads a text in every way there is; what is wrong is also rendered.
fn anyway(name: &str, text: &str) {
    let request = Request { missing: Missing::IsAPlaceholder, ..request(vec![File::new(name, text)], &[]) };
    if let Ok(stacks) = read(&request, &|_| None) {
        for finding in lint(&stacks, &["$.eventName"]) {
            let span = finding.problem.diagnostic.span;
            assert!(text.get(span.start..span.end).is_some());
            finding.problem.render();
        }
    }
    match read_texts(&[(name, text)], &["Name=x"]) {
        Ok(stacks) => {
            for notice in &stacks.notices {
                notice.render();
            }
            for alarm in stacks.alarms.iter().chain(&stacks.composite_alarms) {
                let span = alarm.properties.span_of(&["Metrics", "0", "Id"]);
                assert!(text.get(span.start..span.end).is_some());
            }
            for filter in &stacks.metric_filters {
                let span = filter.pattern.place(text, 0..filter.pattern.value.len());
                assert!(text.get(span.start..span.end).is_some());
            }
        }
        Err(invalid) => {
            assert!(!invalid.problems.is_empty());
            invalid.render();
        }
    }
    if let Err(invalid) = parse_parameter_file(&File::new(name, text)) {
        invalid.render();
    }
}

#[test]
fn deep_nesting_is_an_error_not_an_overflow() {
    for deep in [
        "[".repeat(100_000),
        "{\"a\":".repeat(100_000),
        format!("a: {}", "[".repeat(100_000)),
        format!("a: {}", "{ a: ".repeat(100_000)),
        "- ".repeat(100_000),
        "? ".repeat(100_000),
        (0..1_000).map(|n| format!("{}a:\n", " ".repeat(n))).collect(),
        format!("Resources: {}", "!Sub [".repeat(100_000)),
    ] {
        let said = problems_of(&deep, &[]);
        assert!(
            said.contains("nested deeper than 64 levels"),
            "{}: {}",
            &deep[..20],
            said.lines().next().unwrap()
        );
    }
}

#[test]
fn aliases_of_aliases_are_counted() {
    let mut bomb = String::from("Metadata:\n  a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for n in 1..30 {
        let alias = format!("*a{}", n - 1);
        bomb.push_str(&format!("  a{n}: &a{n} [{}]\n", [alias.as_str(); 10].join(", ")));
    }
    assert!(problems_of(&bomb, &[]).contains("repeat more than 50000 values"));
    let mut merges = String::from("a0: &a0 { k: v }\n");
    for n in 1..1_000 {
        merges.push_str(&format!("a{n}: &a{n} {{ <<: *a{} }}\n", n - 1));
    }
    assert!(problems_of(&merges, &[]).contains("nested deeper"));
    assert!(problems_of("a: &a [*a]\n", &[]).contains("This"));
}

#[test]
fn what_doubles_with_every_line_is_stopped() {
    let mut text = String::from("Resources:\n  R0: { Type: AWS::SNS::Topic }\n");
    for n in 1..200 {
        let before = n - 1;
        text.push_str(&format!(
            "  R{n}: {{ Type: AWS::SNS::Topic, Properties: {{ TopicName: !Sub \"${{R{before}}}${{R{before}}}\" }} }}\n"
        ));
    }
    assert!(problems_of(&text, &[]).contains("come to more than 64 MB here"));
    let list = "a,".repeat(2000);
    let mut text = format!(
        "Parameters:\n  L: {{ Type: CommaDelimitedList, Default: \"{list}\" }}\nResources:\n  R:\n    Type: AWS::X::Y\n    Properties:\n"
    );
    for n in 0..20_000 {
        text.push_str(&format!("      P{n}: !Ref L\n"));
    }
    assert!(problems_of(&text, &[]).contains("come to more than 64 MB here"));
}

#[test]
fn stacks_that_nest_many_stacks_are_counted() {
    let nest = |other: &str| {
        let mut text = String::from("Resources:\n");
        for n in 0..30 {
            text.push_str(&format!(
                "  R{n}: {{ Type: AWS::CloudFormation::Stack, Properties: {{ TemplateURL: {other} }} }}\n"
            ));
        }
        text
    };
    let leaf = "Resources: { T: { Type: AWS::SNS::Topic } }\n";
    let (a, b, c) = (nest("b.yaml"), nest("c.yaml"), nest("d.yaml"));
    let said = read_texts(&[("a.yaml", &a), ("b.yaml", &b), ("c.yaml", &c), ("d.yaml", leaf)], &[])
        .unwrap_err()
        .render();
    assert!(said.contains("More than 500 stacks"), "{}", said.lines().next().unwrap());
}

#[test]
fn a_file_of_a_megabyte_is_read_or_refused() {
    let over = "#".repeat(MAX_BYTES + 1);
    assert!(problems_of(&over, &[]).contains("This file has 1048577 bytes; CloudFormation takes 1048576"));
    let fill = |unit: &str| unit.repeat(MAX_BYTES / unit.len());
    for text in [
        fill("a"),
        fill("a: b\n"),
        fill("- a\n"),
        fill("? a\n"),
        fill("!Sub "),
        fill("&a "),
        fill("\"\\\n"),
        fill("{},"),
        fill("[],"),
        fill("'"),
        fill("\n"),
        fill("%"),
        fill("日本"),
        fill("<<: {}\n"),
        fill(": "),
        format!("[{}]", fill("1,").get(..MAX_BYTES - 4).unwrap()),
        format!("Resources: {{ {} }}", fill("a,").get(..MAX_BYTES - 20).unwrap()),
    ] {
        anyway("t.yaml", &text);
        anyway("t.json", &text);
    }
    let numbered = |line: &dyn Fn(usize) -> String| {
        let mut text = String::from("Resources:\n  T: { Type: AWS::SNS::Topic }\nConditions:\n");
        let mut n = 0;
        while text.len() < MAX_BYTES - 200 {
            text.push_str(&line(n));
            n += 1;
        }
        text
    };
    // A chain of conditions as long as the file; ten thousand names that are nearly another; keys without end.
    anyway("t.yaml", &numbered(&|n| format!("  C{n}: !Not [!Condition C{}]\n", n + 1)));
    anyway("t.yaml", &numbered(&|n| format!("  C{n}: !Equals [!Ref T{n}, a]\n")));
    anyway("t.yaml", &numbered(&|n| format!("  C{n}: !Equals [!Sub \"${{AWS::Regio{n}}}\", a]\n")));
    anyway(
        "t.yaml",
        &format!(
            "Resources:\n  T: {{ Type: AWS::SNS::Topic, Properties: {{ TopicName: !Sub \"{}\" }} }}\n",
            "${T}".repeat(250_000)
        ),
    );
}

#[test]
fn many_resources_are_refused_by_cloudformations_own_limit() {
    let many: String = (0..501).map(|n| format!("  R{n}: {{ Type: AWS::SNS::Topic }}\n")).collect();
    assert!(
        problems_of(&format!("Resources:\n{many}"), &[])
            .contains("Number of resources, 501, is greater than maximum allowed, 500")
    );
}

fn samples() -> Vec<(String, String)> {
    let mut samples: Vec<_> = fs::read_dir(folder("tests/samples"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read_to_string(entry.path()).unwrap()))
        .collect();
    samples.sort();
    samples
}

proptest! {
    #[test]
    fn a_mutated_sample_is_read_or_refused(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec(
            (any::<prop::sample::Index>(), 0usize..12, prop::sample::select(vec![
                "", "\n", " ", "  ", ":", ": ", "- ", "{", "}", "[", "]", "\"", "'", "!Ref ", "!Sub ", "!If ", "!GetAtt ", "!Select ",
                "&a ", "*a", "<<: ", "~", "0", "${", "Condition: ", "Ref: ", "Fn::Join: ", "日", "\t", "|\n", "true", "#", "AWS::NoValue",
            ])),
            1..6,
        ),
    ) {
        let samples = samples();
        let (name, text) = which.get(&samples);
        let mut characters: Vec<char> = text.chars().collect();
        for (at, gone, put) in changes {
            let at = at.index(characters.len() + 1);
            let end = (at + gone).min(characters.len());
            characters.splice(at..end, put.chars());
        }
        anyway(name, &characters.into_iter().collect::<String>());
    }

    #[test]
    fn any_yaml_is_read_or_refused(text in "[-a-zA-Z:,'\"\\[\\]{}&*!|>#%$.< \n\tあ\\\\0-9~]{0,200}") {
        anyway("t.yaml", &text);
    }

    #[test]
    fn any_json_is_read_or_refused(text in "[\\[{][-a-z:,\"\\[\\]{} \nあ\\\\u0-9.eE]{0,100}") {
        anyway("t.json", &text);
        anyway("t.yaml", &text);
    }

    #[test]
    fn any_property_is_resolved_or_refused(value in json()) {
        let value = value.to_string();
        for type_name in [
            "AWS::SNS::Topic", "AWS::SNS::Subscription", "AWS::Logs::MetricFilter", "AWS::Logs::SubscriptionFilter",
            "AWS::Events::Rule", "AWS::Lambda::Function", "AWS::CloudWatch::Alarm", "AWS::CloudFormation::Stack",
        ] {
            let resource = format!("{{\"Type\": \"{type_name}\", \"Properties\": {value}}}");
            anyway("t.json", &format!("{{\"Resources\": {{\"Name\": {resource}}}, \"Conditions\": {{\"Condition\": {value}}}}}"));
        }
    }
}

/// JSON of the words that mean something in a template.
fn json() -> impl Strategy<Value = serde_json::Value> {
    let word = prop::sample::select(vec![
        "Ref",
        "Condition",
        "Name",
        "Fn::Sub",
        "Fn::If",
        "Fn::Join",
        "Fn::Split",
        "Fn::Select",
        "Fn::GetAtt",
        "Fn::FindInMap",
        "Fn::Equals",
        "Fn::Not",
        "Fn::And",
        "Fn::ImportValue",
        "Fn::Base64",
        "TopicArn",
        "Protocol",
        "Endpoint",
        "FilterPattern",
        "LogGroupName",
        "MetricTransformations",
        "MetricName",
        "Targets",
        "EventPattern",
        "Environment",
        "Variables",
        "TemplateURL",
        "Parameters",
        "AlarmName",
        "Metrics",
        "AWS::NoValue",
        "AWS::Region",
        "${Name}",
        "${",
        "Name.Arn",
        "0",
        "",
    ]);
    let leaf = prop_oneof![
        word.clone().prop_map(|word| serde_json::json!(word)),
        any::<i8>().prop_map(|number| serde_json::json!(number)),
        any::<bool>().prop_map(|value| serde_json::json!(value)),
        Just(serde_json::Value::Null),
    ];
    leaf.prop_recursive(5, 40, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(serde_json::Value::Array),
            prop::collection::vec((word.clone(), inner), 0..3).prop_map(|pairs| {
                serde_json::Value::Object(
                    pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect(),
                )
            }),
        ]
    })
}
