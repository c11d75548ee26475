//! `expected`, `history`, and what rules ask of them: what is said, what it comes to, and how a slip is reported.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first thing that is not as it should be"
)]

use std::time::Duration;

use trailbell_config::{HistorySettings, Invalid, Loaded, Lookups, Settings, parse};
use trailbell_text::Severity;

fn load(source: &str) -> Result<Loaded, Invalid> {
    parse(source, &["iam-change", "console-sign-in"], Lookups::none())
}

fn settings(source: &str) -> Settings {
    load(source).unwrap_or_else(|invalid| panic!("{}", invalid.render("f", source))).settings
}

/// Place, message and hint of the only problem.
fn problem(source: &str) -> (String, String) {
    let invalid = load(source).unwrap_err();
    let shown = invalid.render("f", source);
    let first = shown.lines().next().unwrap().to_owned();
    assert_eq!(invalid.problems.len(), 1, "{shown}");
    (first, invalid.problems[0].hint.clone().unwrap_or_default())
}

#[test]
fn a_rule_says_what_it_asks() {
    let settings = settings(
        "rules:
  console-sign-in:
    when: not expected
    severity_when: { 'first-seen(country)': high, expected: info }
  own: { filter: '{ $.a = b }', when: count > 3 in 5m or first-seen(address) }
",
    );
    assert_eq!(settings.when_of("console-sign-in").unwrap().to_string(), "not expected");
    assert_eq!(settings.when_of("own").unwrap().to_string(), "count > 3 in 5m or first-seen(address)");
    assert_eq!(settings.when_of("iam-change"), None);
    let severities: Vec<(String, Severity)> = settings
        .severity_when_of("console-sign-in")
        .iter()
        .map(|(when, severity)| (when.to_string(), *severity))
        .collect();
    assert_eq!(
        severities,
        [("first-seen(country)".to_owned(), Severity::High), ("expected".to_owned(), Severity::Info)]
    );
}

#[test]
fn a_slip_in_a_condition_is_shown_where_it_stands() {
    for (source, message, hint) in [
        (
            "rules:\n  console-sign-in:\n    when: 'not first-seen(contry)'\n",
            "f:3:27: Nothing of this name is remembered: `contry`",
            "it is one of person, country,",
        ),
        (
            "rules:\n  console-sign-in:\n    severity_when: { 'first-seen(country': high }\n",
            "f:3:41: The condition ends where `)` should follow",
            "every ( needs its )",
        ),
        (
            "rules:\n  console-sign-in:\n    severity_when: { expected: low, count > 3 in 5m: high }\n",
            "f:3:37: A severity does not count",
            "count in the `when`",
        ),
        (
            "rules:\n  console-sign-in:\n    severity_when: {}\n",
            "f:3:20: `severity_when` says nothing",
            "write a condition and a severity",
        ),
        (
            "rules:\n  console-sign-in:\n    severity_when: { expected: hgih }\n",
            "f:3:32: `severity` cannot be `hgih`",
            "did you mean `high`?",
        ),
        (
            "rules:\n  own: { filter: '{ $.a = b }', when: expected, alarm: { threshold: 5 } }\n",
            "f:2:56: An `alarm` counts everything the rule meets, and asks no `when`",
            "leave one of the two out",
        ),
    ] {
        let (shown, next) = problem(source);
        assert_eq!(shown, message);
        assert!(next.starts_with(hint), "{next}");
    }
}

#[test]
fn people_and_places_are_expected() {
    let settings = settings(
        "expected:
  people: [alice, 'arn:aws:sts::*:assumed-role/deploy/*']
  places: [JP, 203.0.113.0/24, 'aws:us-east-1', cloudformation.amazonaws.com]
",
    );
    let expected = &settings.expected;
    let person = |name: &str| expected.has_person(std::iter::once(name));
    assert!(person("alice") && person("arn:aws:sts::123456789012:assumed-role/deploy/run-1"));
    assert!(!person("Alice") && !person("alice2") && !person(""));
    assert!(expected.has_place("126.0.0.1", Some("JP")));
    assert!(expected.has_place("203.0.113.9", None));
    assert!(expected.has_place("3.80.0.1", Some("aws:us-east-1")));
    assert!(expected.has_place("cloudformation.amazonaws.com", None));
    assert!(!expected.has_place("185.107.56.1", Some("NL")));
    assert!(!expected.has_place("3.112.0.1", Some("aws:ap-northeast-1")));
    let nobody = Settings::default().expected;
    assert!(!nobody.has_person(std::iter::once("alice")) && !nobody.has_place("126.0.0.1", Some("JP")));
}

#[test]
fn a_place_that_is_none_is_named() {
    let (shown, hint) = problem("expected: { places: [JP, Japan] }\n");
    assert_eq!(shown, "f:1:26: `Japan` is not a place");
    assert!(hint.contains("two letters"));
}

#[test]
fn how_long_one_learns_and_remembers() {
    let day = Duration::from_hours(24);
    assert_eq!(
        settings("history: { learning: 30d, forget: 90d }\n").history,
        HistorySettings { learning: day * 30, forget: day * 90 }
    );
    assert_eq!(settings("history: { learning: off }\n").history.learning, Duration::ZERO);
    assert_eq!(settings("history:\n").history, HistorySettings::default());
    assert!(problem("history: { forget: 1h }\n").0.starts_with("f:1:20: `forget`"));
}
