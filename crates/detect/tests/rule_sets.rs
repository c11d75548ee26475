//! Rule sets: what settings make of them, the quick no, and why a rule met a record or did not.

#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]

mod support;

use proptest::prelude::*;
use trailbell_detect::{
    BUILTIN_RULES, CorrelationSettings, CustomRule, Error, RuleName, RuleSet, RuleSettings,
};
use trailbell_filter_pattern::Pattern;
use trailbell_json::Json;
use trailbell_record::Record;
use trailbell_sigma::Document;
use trailbell_text::{Channel, Kind, Severity};

fn record(text: &str) -> Record {
    Record::new(Json::parse(text).unwrap())
}

fn custom(name: &str, pattern: &str) -> CustomRule {
    CustomRule {
        name: name.into(),
        condition: Pattern::parse(pattern).unwrap().into(),
        severity: Severity::Medium,
        description: None,
    }
}

/// All built-in rules on, and these.
fn everything_and(custom: Vec<CustomRule>) -> RuleSettings {
    let mut settings = RuleSettings { custom, ..RuleSettings::default() };
    for name in BUILTIN_RULES {
        settings.builtin.entry((*name).to_owned()).or_default().enabled = Some(true);
    }
    settings
}

#[test]
fn every_built_in_rule_is_there_in_order_with_titles() {
    let rules = RuleSet::new(RuleSettings::default()).unwrap();
    let names: Vec<_> = rules.rules().iter().map(|rule| rule.name().as_str()).collect();
    assert_eq!(names, BUILTIN_RULES);
    let on: Vec<_> =
        rules.rules().iter().filter(|rule| rule.is_enabled()).map(|rule| rule.name().as_str()).collect();
    assert_eq!(on, ["console-sign-in", "iam-change", "trail-tampering", "root-activity"]);
    assert!(rules.rules().iter().all(|rule| !rule.title().en.is_empty() && !rule.title().ja.is_empty()));
}

#[test]
fn settings_that_make_no_sense_are_refused() {
    let mut settings = RuleSettings::default();
    settings.builtin.entry("iam-changes".into()).or_default().enabled = Some(true);
    assert_eq!(RuleSet::new(settings).unwrap_err(), Error::UnknownRule("iam-changes".into()));
    for names in [["mine", "mine"], ["mine", "iam-change"]] {
        let settings = RuleSettings {
            custom: names.map(|name| custom(name, "ERROR")).into(),
            ..RuleSettings::default()
        };
        assert_eq!(RuleSet::new(settings).unwrap_err(), Error::SameName(names[1].into()));
    }
}

#[test]
fn one_detection_names_every_rule_with_the_first_kind_and_the_highest_severity() {
    let mut settings = everything_and(vec![
        custom("bob", "{ $.requestParameters.userName = bob }"),
        custom("word", "AttachUserPolicy"),
    ]);
    settings.builtin.entry("cis-4.4".into()).or_default().severity = Some(Severity::Critical);
    let rules = RuleSet::new(settings).unwrap();
    let met = rules
        .inspect(&record(
            r#"{"eventSource":"iam.amazonaws.com","eventName":"AttachUserPolicy","userIdentity":{"type":"IAMUser","userName":"alice"},"requestParameters":{"userName":"bob","policyArn":"arn:aws:iam::aws:policy/ReadOnlyAccess"}}"#,
        ))
        .unwrap();
    let names: Vec<_> = met.rules.iter().map(ToString::to_string).collect();
    assert_eq!(names, ["iam-change", "cis-4.4", "bob", "word"]);
    assert_eq!((met.kind, met.severity), (Kind::IamChange, Severity::Critical));
}

#[test]
fn a_rule_that_is_off_meets_nothing_and_is_explained_all_the_same() {
    let mut settings = RuleSettings::default();
    settings.builtin.entry("iam-change".into()).or_default().enabled = Some(false);
    let rules = RuleSet::new(settings).unwrap();
    let record = record(r#"{"eventSource":"iam.amazonaws.com","eventName":"CreateUser","readOnly":false}"#);
    assert_eq!(rules.inspect(&record), None);
    let explained = rules.explain(&record);
    let iam = explained.iter().find(|one| one.rule.as_str() == "iam-change").unwrap();
    assert!(iam.matched && !iam.enabled);
    let lines: Vec<_> = iam.facts.iter().map(|fact| fact.render(Channel::Terminal)).collect();
    assert_eq!(
        lines,
        [
            "eventName is CreateUser",
            "eventSource is iam.amazonaws.com",
            "readOnly is false",
            "a change of who can do what, which succeeded"
        ]
    );
}

#[test]
fn a_pattern_is_explained_condition_by_condition() {
    let rules = RuleSet::new(RuleSettings {
        custom: vec![custom(
            "mine",
            "{ $.eventName = CreateUser && $.sourceIPAddress != 203.* && $.a.b IS TRUE }",
        )],
        ..RuleSettings::default()
    });
    let explained = rules
        .unwrap()
        .explain(&record(r#"{"eventName":"CreateUser","sourceIPAddress":"203.0.113.7\u001b[2J"}"#));
    let mine = explained.last().unwrap();
    assert!(!mine.matched);
    let lines: Vec<_> = mine.facts.iter().map(|fact| fact.render(Channel::Terminal)).collect();
    assert_eq!(lines.len(), 3);
    assert!(lines[0].starts_with("yes: ") && lines[0].ends_with("(it is \"CreateUser\")"), "{}", lines[0]);
    assert!(lines[1].starts_with("no: ") && lines[1].contains("203.0.113.7\u{fffd}"), "{}", lines[1]);
    assert!(lines[2].starts_with("no: ") && lines[2].ends_with("(it is missing)"), "{}", lines[2]);
}

#[test]
fn a_pattern_that_insists_on_names_does_not_open_the_quick_way() {
    let record = r#"{"eventName":"DescribeInstances","eventSource":"ec2.amazonaws.com","readOnly":true,"userIdentity":{"type":"IAMUser"}}"#;
    let passes = |pattern: &str| {
        let rules =
            RuleSet::new(RuleSettings { custom: vec![custom("mine", pattern)], ..RuleSettings::default() })
                .unwrap();
        support::asked(&rules, record)
    };
    assert!(!passes("{ $.eventName = RunInstances }"));
    assert!(!passes("{ $.eventName = RunInstances && $.sourceIPAddress = 203.* }"));
    assert!(!passes("{ $.eventSource = s3.amazonaws.com && $.errorCode = * }"));
    assert!(!passes(r#"{ $.userIdentity.type = "Root" }"#));
    assert!(!passes(
        "{ $.errorCode = *UnauthorizedOperation || $.errorCode = AccessDenied* && $.eventName != HeadBucket }"
    ));
    assert!(passes("{ $.eventName = DescribeInstances }"));
    assert!(passes("{ $.eventSource = ec2.amazonaws.com }"));
    assert!(!passes("{ $.eventName = Run* }"));
    assert!(!passes("{ $.eventName = RunInstances || $.errorCode = AccessDenied }"));
    assert!(!passes("ERROR"));
    assert!(passes("{ $.eventName = Describe* && $.readOnly IS TRUE }"));
    assert!(passes("ec2"));
}

fn word(words: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::sample::select(words).prop_map(|word| format!("{word:?}"))
}

/// Values of a field, some of them odd.
fn value(words: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop_oneof![
        8 => word(words),
        1 => Just("null".to_owned()),
        1 => Just("12".to_owned()),
        1 => Just("true".to_owned()),
        1 => Just(r#"{"userName":"x"}"#.to_owned()),
        1 => Just(r#"["x"]"#.to_owned()),
    ]
}

prop_compose! {
    fn any_record()(
        name in value(&["ConsoleLogin", "CheckMfa", "CreateUser", "GetUser", "StopLogging", "Tag", "TagRole", "CreateRole", "Reticulate", "PutKeyPolicy", "HeadBucket", "12"]),
        source in value(&["iam.amazonaws.com", "signin.amazonaws.com", "iam.amazonaws.com.cn", "iam", "cloudtrail.amazonaws.com", "kms.amazonaws.com", "sso.amazonaws.com", "s3.amazonaws.com"]),
        kind in value(&["AwsConsoleSignIn", "AwsConsoleSignin", "AwsApiCall", "AwsServiceEvent"]),
        who in value(&["Root", "IAMUser", "AssumedRole", "AWSService", "IdentityCenterUser", "Unknown"]),
        read in prop::sample::select(vec!["true", "false", "null", r#""true""#, r#""x""#]),
        error in value(&["AccessDenied", "Client.UnauthorizedOperation", "NoSuchEntity", ""]),
        request in value(&["x"]),
    ) -> String {
        format!(r#"{{"eventVersion":"1.11","eventTime":"2026-11-26T00:00:00Z","eventName":{name},"eventSource":{source},"eventType":{kind},"userIdentity":{{"type":{who},"arn":{request},"principalId":"a:b"}},"readOnly":{read},"errorCode":{error},"requestParameters":{request},"responseElements":{request}}}"#)
    }
}

proptest! {
    /// The promise that lets most records go unread: where the quick way says no, no rule meets.
    #[test]
    fn the_quick_no_is_always_right(
        text in any_record(),
        patterns in prop::collection::vec(prop::sample::select(vec![
            "{ $.eventName = CreateUser }",
            "{ $.eventName = 12 }",
            r#"{ $.eventName = "12" }"#,
            "{ $.eventName = Create* || $.eventSource = sso.amazonaws.com }",
            "{ $.eventSource = kms.amazonaws.com && $.eventName != PutKeyPolicy }",
            r#"{ $.userIdentity.type = "Root" || $.eventName = GetUser }"#,
            r#"{ $.userIdentity.type = "Root" && $.readOnly IS TRUE }"#,
            "{ $.errorCode = AccessDenied }",
            "{ $.errorCode = AccessDenied* && $.eventName != CheckMfa || $.errorCode = *Operation }",
            "{ $.errorCode = 12 }",
            "{ $.errorCode = * }",
            "{ $.requestParameters NOT EXISTS }",
            "Reticulate",
            "",
        ]), 0..3),
        built_in in prop::collection::vec(any::<bool>(), BUILTIN_RULES.len()),
    ) {
        let mut settings = RuleSettings {
            custom: patterns.iter().enumerate().map(|(i, pattern)| custom(&format!("mine-{i}"), pattern)).collect(),
            ..RuleSettings::default()
        };
        for (name, on) in BUILTIN_RULES.iter().zip(built_in) {
            settings.builtin.entry((*name).to_owned()).or_default().enabled = Some(on);
        }
        let rules = RuleSet::new(settings).unwrap();
        let record = record(&text);
        prop_assert!(support::asked(&rules, &text) || rules.inspect(&record).is_none(), "{text}");
    }

    /// What is explained is what is done.
    #[test]
    fn explaining_agrees_with_inspecting(text in any_record()) {
        let rules = RuleSet::new(everything_and(vec![custom("mine", "{ $.eventName = CreateUser || $.readOnly IS NULL }")])).unwrap();
        let record = record(&text);
        let met = rules.inspect(&record).map(|detection| detection.rules).unwrap_or_default();
        let explained: Vec<_> = rules.explain(&record).into_iter().filter(|one| one.matched && one.enabled).map(|one| one.rule).collect();
        prop_assert_eq!(met, explained);
    }
}

/// A rule `failed` and a correlation `many` of it.
fn counting() -> RuleSet {
    let text = "title: Failed
name: failed
logsource: {product: aws, service: cloudtrail}
detection: {s: {errorCode: AccessDenied}, condition: s}
---
title: Many
correlation: {type: event_count, rules: [failed], group-by: [userIdentity.arn], timespan: 10m, condition: {gte: 5}}
";
    let mut settings = RuleSettings::default();
    for document in trailbell_sigma::parse(text).documents {
        match document {
            Document::Rule(rule) => settings.custom.push(CustomRule {
                name: "failed".into(),
                condition: rule.into(),
                severity: Severity::Low,
                description: None,
            }),
            Document::Correlation(correlation) => settings.correlations.push(CorrelationSettings {
                name: "many".into(),
                correlation: Box::new(correlation),
                severity: Severity::High,
                description: Some("Many refusals".into()),
            }),
        }
    }
    RuleSet::new(settings).unwrap()
}

const REFUSED: &str = r#"{"eventSource":"ec2.amazonaws.com","eventName":"DescribeInstances","errorCode":"AccessDenied","userIdentity":{"arn":"arn:x"}}"#;

#[test]
fn a_correlation_is_a_rule_that_no_event_meets_by_itself() {
    let rules = counting();
    let many = rules.rules().iter().find(|rule| rule.name().as_str() == "many").unwrap();
    assert_eq!(
        (many.about().unwrap().title, many.title().en.as_ref(), many.is_enabled()),
        ("Many", "Many refusals", true)
    );
    let record = record(REFUSED);
    let alone = rules.inspect(&record).unwrap();
    assert_eq!(alone.rules.iter().map(RuleName::as_str).collect::<Vec<_>>(), ["failed"]);
    let met = rules.inspect_as(&record, |_| true, &[many.name()]).unwrap();
    assert_eq!(met.rules.iter().map(RuleName::as_str).collect::<Vec<_>>(), ["failed", "many"]);
    assert_eq!((met.severity, met.kind), (Severity::High, Kind::RuleMatch));
    let only = rules.inspect_as(&record, |rule| rule.as_str() != "failed", &[many.name()]).unwrap();
    assert_eq!(only.rules, [many.name().clone()]);
}

#[test]
fn an_explanation_says_how_a_correlation_takes_part() {
    let shown = |text: &str| -> Vec<String> {
        let all = counting().explain(&record(text));
        let many = all.iter().find(|one| one.rule.as_str() == "many").unwrap();
        assert!(!many.matched);
        many.facts.iter().map(|fact| fact.render(Channel::Terminal)).collect()
    };
    let counts = "counts at least 5 events of failed within 10m, by userIdentity.arn; one event alone does not meet it";
    assert_eq!(
        shown(REFUSED),
        [counts, "yes: this event met failed and counts where userIdentity.arn is \"arn:x\""]
    );
    let nobody = REFUSED.replace("arn:x", "").replace("\"arn\":\"\"", "");
    assert_eq!(
        shown(&nobody)[1],
        "yes: this event met failed and lacks a value to be grouped by: it does not count"
    );
    assert_eq!(shown("{}")[1], "no:  this event met none of the rules it counts");
}
