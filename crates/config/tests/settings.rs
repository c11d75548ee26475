//! What a `trailbell.yaml` may say, what it comes to, and how a slip is reported.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops at the first thing that is not as it should be"
)]

use jiff::civil::date;
use proptest::prelude::*;
use trailbell_config::{
    Address, Invalid, Language, Loaded, Lookups, RulePattern, Subject, ignore_line, parse,
};
use trailbell_text::Severity;

const BUILT_IN: &[&str] = &[
    "console-sign-in",
    "iam-change",
    "root-activity",
    "trail-tampering",
    "resource-sharing",
    "cis-4.1",
    "cis-4.10",
];

fn load(source: &str) -> Result<Loaded, Invalid> {
    let environment = |name: &str| (name == "PHRASE").then(|| "blue kettle".to_owned());
    parse(source, BUILT_IN, Lookups { environment: &environment, ..Lookups::none() })
}

/// First lines of all problems: `line:column: message`.
fn problems(source: &str) -> Vec<String> {
    let invalid = load(source).expect_err(source);
    invalid
        .problems
        .iter()
        .map(|p| p.render("", source).lines().next().unwrap().trim_start_matches(':').to_owned())
        .collect()
}

fn hint(source: &str) -> String {
    load(source).expect_err(source).problems[0].hint.clone().unwrap_or_default()
}

#[test]
fn the_example_file_says_what_it_seems_to_say() {
    let source = include_str!("../../../trailbell.example.yaml");
    let Loaded { settings, warnings, .. } =
        load(source).unwrap_or_else(|e| panic!("{}", e.render("example", source)));
    assert_eq!(warnings, []);
    assert_eq!(settings.language, Some(Language::En));
    assert_eq!(settings.timezone.as_ref().unwrap().iana_name(), Some("Asia/Tokyo"));
    assert_eq!(settings.account("012345678901").unwrap().name.as_deref(), Some("my-shop (staging)"));
    assert_eq!(settings.account("123456789012").unwrap().profile.as_deref(), Some("my-blog-admin"));
    assert_eq!(settings.built_in_rules["cis-4.10"].enabled, Some(true));
    assert_eq!(settings.built_in_rules["root-activity"].severity, Some(Severity::Critical));
    let [bucket, read, refused, key, made, website, websites] = &settings.own_rules[..] else {
        panic!("seven own rules")
    };
    assert!(matches!(websites.pattern, RulePattern::Correlation(_)));
    assert!(matches!(website.pattern, RulePattern::Sigma(_)));
    assert_eq!((website.name.as_str(), website.severity), ("bucket-website", Severity::Medium));
    assert!(matches!(made.pattern, RulePattern::Event(_)));
    assert_eq!(
        made.written,
        r#"{"source":["aws.iam"],"detail":{"eventName":["CreateAccessKey"],"errorCode":[{"exists":false}]}}"#
    );
    assert_eq!(refused.alarm.map(|alarm| (alarm.threshold, alarm.evaluation_periods)), Some((5.0, 3)));
    assert_eq!(
        (bucket.name.as_str(), bucket.severity, bucket.enabled),
        ("bucket-deleted", Severity::High, true)
    );
    assert_eq!(settings.when_of(&read.name).unwrap().to_string(), "first-seen(country) or count > 20 in 1h");
    assert_eq!(settings.severity_when_of("console-sign-in").len(), 2);
    assert_eq!((settings.expected.people.len(), settings.expected.places.len()), (3, 4));
    assert_eq!(key.severity, Severity::Medium);
    assert_eq!(settings.ignores.len(), 3);
    assert_eq!(settings.ignores[1].until, Some(date(2027, 3, 31)));
    assert_eq!(settings.ignores[1].address, Address::parse("203.0.113.0/24"));
    let subject = Subject {
        arn: Some("arn:aws:sts::123456789012:assumed-role/github-actions-deploy/17"),
        ..Subject::default()
    };
    assert_eq!(
        settings.ignored_by(&subject, "iam-change").unwrap().reason.as_deref(),
        Some("the deployment role, reviewed in pull requests")
    );
    assert!(settings.ignored_by(&subject, "console-sign-in").is_none());
}

#[test]
fn an_empty_file_and_empty_sections_are_the_defaults() {
    for source in ["", "# nothing yet\n", "{}", "accounts:\nrules:\nignore:\n"] {
        let settings = load(source).unwrap().settings;
        assert!(settings.accounts.is_empty() && settings.own_rules.is_empty() && settings.ignores.is_empty());
        assert_eq!(settings.language, None);
    }
}

#[test]
fn every_problem_of_a_file_is_reported_at_once_in_its_place() {
    let source = "\
langage: en
timezone: Asia/Tokio
accounts:
  12345678901: { name: x }
  123456789012: { nam: x }
  123456789012: { name: y }
rules:
  iam-changes: { severity: high }
  iam-change: { enabled: on, severity: higher }
ignore:
  - { principle: ci }
  - { rule: iam-chang }
  - { address: 1.2.3.400, until: 2026-13-01 }
";
    assert_eq!(
        problems(source),
        [
            "1:1: Unknown key `langage` in the settings",
            "2:11: There is no time zone `Asia/Tokio`",
            "4:3: `12345678901` is not an AWS account id",
            "5:19: Unknown key `nam` in account 123456789012",
            "6:3: `123456789012` stands here a second time",
            "8:3: There is no built-in rule `iam-changes`",
            "9:26: `enabled` must be true or false",
            "9:40: `severity` cannot be `higher`",
            "11:7: Unknown key `principle` in an `ignore` entry",
            "12:13: `rule` cannot be `iam-chang`",
            "13:16: `1.2.3.400` is not an address",
            "13:34: `2026-13-01` is not a date",
        ]
    );
}

#[test]
fn a_slip_gets_the_word_that_was_probably_meant() {
    assert_eq!(hint("langage: en\n"), "did you mean `language`?");
    assert_eq!(hint("timezone: asia/tokio\n"), "did you mean `Asia/Tokyo`?");
    assert_eq!(hint("timezone: JST-9\n"), "write an IANA name such as Asia/Tokyo or UTC");
    assert_eq!(hint("language: jp\n"), "known here: en, ja");
    assert_eq!(
        hint("accounts:\n  12345678901: { name: x }\n"),
        "an account id has 12 digits; has it lost zeros at its start?"
    );
    assert_eq!(
        hint("people: []\n"),
        "known here: language, timezone, verification_phrase, accounts, rules, ignore, expected, history, sources, channels, delivery, ledger, networks, listen"
    );
    assert_eq!(
        hint("rules:\n  x: { filter: { $.eventName = \"DeleteBucket\" } }\n"),
        "YAML reads its brackets; put the whole pattern in single quotes"
    );
    assert_eq!(hint("ignore:\n  - principal: *\n"), "put a value that begins with * or & in quotes");
    assert_eq!(hint("verification_phrase: \"abc\nlanguage: en\n"), "close the quotes");
    assert_eq!(
        hint("language: en\n timezone: UTC\n"),
        "indent the line as its neighbours, or put a value that holds `: ` in quotes"
    );
    assert_eq!(hint("accounts:\n  123456789012: { name: 0123 }\n"), "write it in quotes: '0123'");
}

#[test]
fn an_account_id_keeps_its_leading_zeros_however_it_is_written() {
    for id in ["012345678901", "'012345678901'", "\"012345678901\""] {
        let settings = load(&format!("accounts:\n  {id}: {{ name: shop }}\n")).unwrap().settings;
        assert_eq!(settings.account("012345678901").unwrap().name.as_deref(), Some("shop"), "{id}");
    }
    assert_eq!(
        problems("accounts:\n  012345678901: { name: a }\n  '012345678901': { name: b }\n"),
        ["3:3: `012345678901` stands here a second time"]
    );
}

#[test]
fn wrong_shapes_are_named() {
    for (source, expected) in [
        ("just a line\n", "1:1: the settings must be a mapping"),
        ("accounts: [a]\n", "1:11: `accounts` must be a mapping"),
        ("accounts:\n  123456789012: my-blog\n", "2:17: account 123456789012 must be a mapping"),
        ("accounts:\n  123456789012: {}\n", "2:17: Nothing is said about account 123456789012"),
        ("rules: [iam-change]\n", "1:8: `rules` must be a mapping"),
        ("rules:\n  iam-change:\n", "2:13: rule `iam-change` must be a mapping"),
        ("ignore: { principal: ci }\n", "1:9: `ignore` must be a list"),
        ("ignore:\n  - reason: because\n", "2:5: This entry does not say what to ignore"),
        ("language:\n", "1:9: `language` has no value"),
        ("verification_phrase: [a]\n", "1:22: `verification_phrase` must be a text"),
        ("verification_phrase: ''\n", "1:22: `verification_phrase` is empty"),
        (
            "verification_phrase: true\n",
            "1:22: `verification_phrase` must be a text, and YAML reads `true` as something else",
        ),
        (
            "verification_phrase: \"a\\nb\"\n",
            "1:22: `verification_phrase` must be one line without control characters",
        ),
        ("? [a]\n: b\n", "1:3: A key must be a word"),
        ("<<: { language: en }\n", "1:1: YAML merge keys are not understood here"),
        (
            "accounts:\n  123456789012: { profile: 'a; b' }\n",
            "2:28: This profile's name cannot stand in a printed command",
        ),
    ] {
        assert_eq!(problems(source), [expected], "{source}");
    }
}

#[test]
fn a_filter_patterns_own_error_points_into_the_file() {
    for source in [
        "rules:\n  x:\n    filter: '{ $.a = “q” }'\n",
        "rules:\n  日本: { filter: '{ $.a = \"it''s\" && $.b = “q” }' }\n",
        "rules:\n  x:\n    filter: |\n      { $.a = 1 &&\n        $.b = “q” }\n",
        "rules:\n  x:\n    filter: \"{ $.a = \\\"q\\\" && $.b = “q” }\"\n",
    ] {
        let invalid = load(source).expect_err(source);
        let span = invalid.problems[0].span;
        assert_eq!(Some(span.start), source.find('“'), "{}", invalid.render("f", source));
    }
}

#[test]
fn an_event_pattern_is_a_text_of_json_or_the_same_in_yaml() {
    let json = r#"{"source":["aws.iam"],"detail":{"eventName":["CreateUser",{"prefix":"Delete"}]}}"#;
    for source in [
        format!("rules:\n  x:\n    event-pattern: '{json}'\n"),
        format!("rules:\n  x:\n    event-pattern: |-\n      {json}\n"),
        format!("rules:\n  x:\n    event-pattern: {json}\n"),
        "rules:\n  x:\n    event-pattern:\n      source: [aws.iam]\n      detail:\n        eventName:\n          - CreateUser\n          - prefix: Delete\n".to_owned(),
    ] {
        let Loaded { settings, warnings, .. } = load(&source).unwrap();
        let rule = &settings.own_rules[0];
        assert!(warnings.is_empty() && matches!(rule.pattern, RulePattern::Event(_)), "{source}");
        assert_eq!((rule.pattern.key(), rule.written.as_str()), ("event-pattern", json));
    }
    // An account's id keeps its zeros, quoted or not.
    let account = load("rules:\n  x:\n    event-pattern: { account: [012345678901] }\n").unwrap();
    assert_eq!(account.settings.own_rules[0].written, r#"{"account":["012345678901"]}"#);
}

#[test]
fn an_event_patterns_own_error_points_into_the_file() {
    for source in [
        "rules:\n  x:\n    event-pattern: '{\"source\": [{\"prefixx\": \"a\"}]}'\n",
        "rules:\n  日本: { event-pattern: \"{\\\"source\\\": [{\\\"prefixx\\\": 1}]}\" }\n",
        "rules:\n  x:\n    event-pattern: |\n      {\n        \"source\": [{\"prefixx\": \"a\"}]\n      }\n",
        "rules:\n  x:\n    event-pattern:\n      source:\n        - prefixx: a\n",
        "rules:\n  x:\n    event-pattern: { source: [{ prefixx: a }] }\n",
    ] {
        let invalid = load(source).expect_err(source);
        let (span, at) = (invalid.problems[0].span, source.find("prefixx").unwrap());
        assert!(span.start <= at && at < span.end, "{}", invalid.render("f", source));
        assert!(span.start + 3 >= at, "{}", invalid.render("f", source));
    }
}

#[test]
fn a_rule_is_written_in_one_language_and_has_a_pattern() {
    let both = "rules:\n  x: { filter: ERROR, event-pattern: { source: [aws.iam] } }\n";
    assert_eq!(problems(both), ["2:38: rule `x` has `filter` and `event-pattern`"]);
    assert!(hint(both).starts_with("a rule is written in one language"));
    assert_eq!(problems("rules:\n  x: { severity: low }\n"), ["2:3: There is no built-in rule `x`"]);
    assert_eq!(
        hint("rules:\n  x: { severity: low }\n"),
        "a rule of your own needs a `filter`, an `event-pattern` or `sigma`"
    );
    assert_eq!(
        problems("rules:\n  x: { event-pattern: [aws.iam] }\n"),
        ["2:23: `event-pattern` must be an object"]
    );
}

#[test]
fn an_event_pattern_that_can_meet_no_record_is_warned_of() {
    for (source, expected) in [
        ("{ source: [aws.iam, my.app] }", None),
        ("{ source: [{ prefix: my }] }", None),
        ("{ detail: { eventName: [{ anything-but: CreateUser }] } }", None),
        (
            "{ source: [my.app] }",
            Some("no event that EventBridge makes of a CloudTrail record has this source"),
        ),
        (
            "{ detail-type: [EC2 Instance State-change Notification] }",
            Some("no event that EventBridge makes of a CloudTrail record has this detail-type"),
        ),
        (
            "{ eventName: [CreateUser] }",
            Some("no event of EventBridge has the field \"eventName\" at its top"),
        ),
    ] {
        let warnings = load(&format!("rules:\n  x:\n    event-pattern: {source}\n")).unwrap().warnings;
        let first = warnings.first().map(|warning| warning.message.as_str());
        assert_eq!(first, expected, "{source}");
        assert!(warnings.iter().all(|warning| warning.span.start > 30), "{warnings:?}");
    }
}

#[test]
fn an_own_rule_is_never_mistaken_for_a_built_in_one() {
    assert_eq!(
        problems("rules:\n  iam-change: { filter: x }\n")[0],
        "2:17: Unknown key `filter` in rule `iam-change`"
    );
    assert_eq!(
        hint("rules:\n  rot-activity: { enabled: true }\n"),
        "did you mean `root-activity`? A rule of your own needs a `filter`, an `event-pattern` or `sigma`"
    );
    assert_eq!(
        problems("rules:\n  ' x': { filter: a }\n")[0],
        "2:3: A rule's name is one line of at most 64 characters"
    );
    let settings = load("rules:\n  mine: { filter: ERROR, severity: low, enabled: false }\nignore:\n  - { rule: mine, principal: ci }\n").unwrap().settings;
    assert!(!settings.own_rules[0].enabled);
}

#[test]
fn the_environment_fills_texts_and_only_texts() {
    let phrase = |text: &str| {
        load(&format!("verification_phrase: '{text}'\n")).unwrap().settings.verification_phrase.unwrap()
    };
    assert_eq!(phrase("my ${PHRASE}!"), "my blue kettle!");
    assert_eq!(phrase("$${PHRASE} $5"), "${PHRASE} $5");
    assert_eq!(
        problems("verification_phrase: my ${NOPE}\n"),
        ["1:25: The environment variable NOPE is not set"]
    );
    assert_eq!(
        problems("verification_phrase: 'my ${no'\n"),
        ["1:26: `${` begins the name of an environment variable"]
    );
}

#[test]
fn what_would_quiet_too_much_is_warned_of_or_refused() {
    let warned =
        |source: &str| load(source).unwrap().warnings.iter().map(|w| w.message.clone()).collect::<Vec<_>>();
    assert_eq!(
        warned("ignore:\n  - { rule: iam-change }\n"),
        ["This ignores everything that `iam-change` tells"]
    );
    assert_eq!(warned("ignore:\n  - { principal: '*' }\n"), ["This ignores every principal"]);
    assert_eq!(
        warned("rules:\n  x: { filter: '{ $.errorCode != \"a\" }' }\n").len(),
        1,
        "a pattern's traps are told too"
    );
    // An entry whose narrowing field is wrong must not stay as a wider one; nor is there a file without it.
    assert_eq!(problems("ignore:\n  - { principal: ci, address: nowhere }\n").len(), 1);
}

#[test]
fn the_line_that_scan_offers_is_understood() {
    for principal in ["ci-deploy", "arn:aws:sts::123456789012:assumed-role/deploy/i-0abc", "a+b=c,d.e@f"] {
        let source = format!("ignore:\n  {}\n", ignore_line(principal, "iam-change").unwrap());
        let settings = load(&source).unwrap().settings;
        let subject = Subject { arn: Some(principal), ..Subject::default() };
        assert!(settings.ignored_by(&subject, "iam-change").is_some(), "{principal}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1000) })]

    /// Whatever a slip of the keyboard makes of a file, it is read or each problem has a place in it.
    #[test]
    fn a_slip_of_the_keyboard_is_read_or_reported(at in 0_usize..2000, cut in 0_usize..8, typed in "[-:'\"{}\\[\\]$=<&*|>\n\t #あa0]{0,4}") {
        let example: Vec<char> = include_str!("../../../trailbell.example.yaml").chars().collect();
        let at = at.min(example.len());
        let end = (at + cut).min(example.len());
        let source: String = example[..at].iter().copied().chain(typed.chars()).chain(example[end..].iter().copied()).collect();
        let diagnostics = match load(&source) {
            Ok(loaded) => loaded.warnings,
            Err(invalid) => {
                prop_assert!(!invalid.problems.is_empty());
                invalid.problems
            }
        };
        for diagnostic in diagnostics {
            prop_assert!(source.get(diagnostic.span.start..diagnostic.span.end).is_some(), "{:?}", diagnostic);
            prop_assert!(diagnostic.render("f", &source).contains('^'));
        }
    }
}
