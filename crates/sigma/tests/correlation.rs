//! Correlations: what is read, and what fires when.

#![expect(clippy::unwrap_used, reason = "a test may stop at what is not as it should be")]
#![expect(clippy::format_collect, reason = "a test may be slow where it is plain")]

use jiff::Timestamp;
use trailbell_json::Json;
use trailbell_sigma::{Correlation, CorrelationRule, CorrelationType, Document, Fired, Rule, parse};

const RULES: &str = "
title: Failed
name: failed
logsource: {product: aws}
detection: {s: {e: f}, condition: s}
---
title: Succeeded
id: 5638F7C0-ac70-491d-8465-2a65075e0d86
name: ok
logsource: {product: aws}
detection: {s: {e: s}, condition: s}
";

struct Run {
    rules: Vec<Rule>,
    running: Correlation,
}

impl Run {
    /// The correlations of texts that stand below `correlation:`, each with a name `c0`, `c1`.
    #[track_caller]
    fn new(correlations: &[&str]) -> Self {
        let (rules, correlations) = read(correlations);
        Self { rules, running: Correlation::new(correlations).unwrap() }
    }

    /// What fires with an event at a second.
    fn at(&mut self, second: i64, event: &str) -> Vec<Fired> {
        let event = Json::parse(event).unwrap();
        let met: Vec<&Rule> = self.rules.iter().filter(|rule| rule.matches(&event)).collect();
        self.running.take(Timestamp::from_second(second).unwrap(), &met, &event)
    }

    /// The seconds at which something fires.
    fn fires(&mut self, events: &[(i64, &str)]) -> Vec<i64> {
        events
            .iter()
            .filter(|(second, event)| !self.at(*second, event).is_empty())
            .map(|(second, _)| *second)
            .collect()
    }
}

#[track_caller]
fn read(correlations: &[&str]) -> (Vec<Rule>, Vec<CorrelationRule>) {
    let mut text = RULES.to_owned();
    for (index, lines) in correlations.iter().enumerate() {
        let lines: String = lines.lines().map(|line| format!("  {line}\n")).collect();
        text = format!("{text}---\ntitle: C{index}\nname: c{index}\ncorrelation:\n{lines}");
    }
    let parsed = parse(&text);
    let shown: Vec<String> = parsed.problems.iter().map(|problem| problem.render("c", &text)).collect();
    assert!(shown.is_empty(), "{}", shown.join("\n"));
    let (mut rules, mut read) = (Vec::new(), Vec::new());
    for document in parsed.documents {
        match document {
            Document::Rule(rule) => rules.push(rule),
            Document::Correlation(rule) => read.push(rule),
        }
    }
    (rules, read)
}

/// No second.
const NEVER: [i64; 0] = [];

const F_BOB: &str = r#"{"e":"f","u":"bob","ip":"1"}"#;
const F_EVE: &str = r#"{"e":"f","u":"eve","ip":"2"}"#;
const S_BOB: &str = r#"{"e":"s","u":"bob"}"#;

#[test]
fn events_are_counted_by_group_within_the_time() {
    let text = "type: event_count\nrules: [failed]\ngroup-by: [u]\ntimespan: 10s\ncondition: {gte: 3}";
    let mut run = Run::new(&[text]);
    assert_eq!(run.fires(&[(0, F_BOB), (1, F_EVE), (2, F_BOB), (3, F_EVE), (10, F_BOB)]), [10]);
    assert_eq!(run.fires(&[(11, F_BOB), (12, F_BOB)]), NEVER, "it holds already");
    assert_eq!(run.fires(&[(100, F_BOB), (101, F_BOB), (112, F_BOB)]), NEVER, "the first is too old");
    assert_eq!(run.fires(&[(113, F_BOB), (114, F_BOB)]), [114], "it begins to hold anew");
    let fired = Run::new(&[text]).at(0, F_BOB);
    assert_eq!(fired, []);
    let mut run = Run::new(&[text]);
    run.fires(&[(0, F_BOB), (5, F_BOB)]);
    let fired = run.at(7, F_BOB).remove(0);
    assert_eq!((fired.count, fired.first.as_second(), fired.last.as_second()), (3, 0, 7));
    assert_eq!(fired.group, [("u".to_owned(), "bob".to_owned())]);
    assert_eq!(run.running.rules()[fired.rule].title(), "C0");
}

#[test]
fn an_event_without_the_field_of_a_group_is_not_counted() {
    let mut run = Run::new(&[
        "type: event_count\nrules: failed\ngroup-by: [nothing]\ntimespan: 10s\ncondition: {gte: 1}",
    ]);
    assert_eq!(run.fires(&[(0, F_BOB)]), NEVER);
    let mut run = Run::new(&["type: event_count\nrules: failed\ntimespan: 10s\ncondition: {gte: 2}"]);
    assert_eq!(run.fires(&[(0, F_BOB), (1, F_EVE)]), [1], "without group-by all are one group");
}

#[test]
fn conditions_are_limits_that_hold_together() {
    let at = |condition: &str| {
        let text = format!("type: event_count\nrules: [failed]\ntimespan: 1h\ncondition: {condition}");
        Run::new(&[&text]).fires(&[(1, F_BOB), (2, F_BOB), (3, F_BOB), (4, F_BOB)])
    };
    assert_eq!(at("{gt: 2}"), [3]);
    assert_eq!(at("{gte: 2}"), [2]);
    assert_eq!(at("{lt: 3}"), [1]);
    assert_eq!(at("{lte: 3}"), [1]);
    assert_eq!(at("{eq: 4}"), [4]);
    assert_eq!(at("{neq: 1}"), [2]);
    assert_eq!(at("{gt: 1, lte: 3}"), [2]);
    assert_eq!(at("{lt: 0}"), NEVER);
}

#[test]
fn different_values_are_counted() {
    let mut run =
        Run::new(&["type: value_count\nrules: [failed]\ntimespan: 10s\ncondition: {field: u, gte: 2}"]);
    assert_eq!(run.fires(&[(0, F_BOB), (1, F_BOB), (2, F_EVE)]), [2]);
    assert_eq!(run.fires(&[(20, F_BOB), (31, F_EVE)]), NEVER);
    let mut run =
        Run::new(&["type: value_count\nrules: [failed]\ntimespan: 10s\ncondition: {field: u, gte: 2}"]);
    assert_eq!(run.fires(&[(0, F_BOB), (9, F_BOB), (15, F_EVE)]), [15], "a value counts from its last event");
}

#[test]
fn rules_meet_within_the_time_in_any_order_or_in_theirs() {
    let text = |kind: &str| format!("type: {kind}\nrules: [failed, ok]\ngroup-by: [u]\ntimespan: 10s");
    for (kind, events, expected) in [
        ("temporal", [(0, F_BOB), (1, F_EVE), (2, S_BOB)], vec![2]),
        ("temporal", [(0, S_BOB), (1, F_EVE), (2, F_BOB)], vec![2]),
        ("temporal", [(0, F_BOB), (1, F_EVE), (11, S_BOB)], vec![]),
        ("temporal_ordered", [(0, F_BOB), (1, F_EVE), (2, S_BOB)], vec![2]),
        ("temporal_ordered", [(0, S_BOB), (1, F_EVE), (2, F_BOB)], vec![]),
        ("temporal_ordered", [(0, S_BOB), (0, F_BOB), (0, F_EVE)], vec![0]),
    ] {
        assert_eq!(Run::new(&[&text(kind)]).fires(&events), expected, "{kind} {events:?}");
    }
    let one = format!("{}\ncondition: {{gte: 1}}", text("temporal"));
    assert_eq!(Run::new(&[&one]).fires(&[(0, F_BOB)]), [0]);
}

#[test]
fn a_late_event_is_put_in_its_place_or_is_too_late() {
    let ordered = "type: temporal_ordered\nrules: [failed, ok]\ngroup-by: [u]\ntimespan: 10s";
    assert_eq!(Run::new(&[ordered]).fires(&[(5, S_BOB), (3, F_BOB)]), [3]);
    assert_eq!(Run::new(&[ordered]).fires(&[(20, S_BOB), (3, F_BOB)]), NEVER);
}

#[test]
fn aliases_name_a_field_for_each_rule() {
    let mut run = Run::new(&[
        "type: temporal\nrules: [failed, ok]\ngroup-by: [who]\ntimespan: 10s\naliases:\n  who: {failed: u, ok: v}",
    ]);
    assert_eq!(run.running.rules()[0].paths(), ["u", "v"]);
    assert_eq!(run.fires(&[(0, F_BOB), (1, r#"{"e":"s","u":"bob"}"#), (2, r#"{"e":"s","v":"bob"}"#)]), [2]);
}

#[test]
fn a_correlation_may_refer_to_another_but_not_in_a_circle() {
    let many = "type: event_count\nrules: [failed]\ngroup-by: [u, ip]\ntimespan: 10s\ncondition: {gte: 2}";
    let then = "type: temporal_ordered\nrules: [c1, ok]\ngroup-by: [u]\ntimespan: 1m";
    let mut run = Run::new(&[then, many]);
    assert_eq!(run.fires(&[(0, F_BOB), (1, S_BOB), (2, F_BOB), (3, S_BOB)]), [2, 3]);
    let circle = "type: temporal\nrules: [c1, ok]\ntimespan: 1m";
    let back = "type: temporal\nrules: [c0, ok]\ntimespan: 1m";
    let error = Correlation::new(read(&[circle, back]).1).unwrap_err();
    assert_eq!(error.to_string(), "these correlations refer to one another in a circle: C0, C1");
}

#[test]
fn rules_are_named_by_name_id_or_title() {
    for reference in ["ok", "5638f7c0-ac70-491d-8465-2a65075e0d86", "Succeeded"] {
        let text = format!("type: event_count\nrules: [{reference}]\ntimespan: 1m\ncondition: {{gte: 1}}");
        let mut run = Run::new(&[&text]);
        assert_eq!(run.fires(&[(0, S_BOB)]), [0], "{reference}");
        let rules: Vec<&Rule> = run.rules.iter().collect();
        assert_eq!(run.running.unknown(&rules), []);
        assert_eq!(run.running.unknown(&[]), [(0, reference)]);
    }
}

#[test]
fn what_is_kept_is_bounded_and_what_is_forgotten_is_counted() {
    let mut run =
        Run::new(&["type: event_count\nrules: [failed]\ngroup-by: [u]\ntimespan: 365d\ncondition: {gte: 2}"]);
    for second in 0..20_010 {
        run.at(second, &format!("{{\"e\":\"f\",\"u\":\"{second}\"}}"));
    }
    assert_eq!(run.running.forgotten(), 10);
    assert_eq!(
        run.fires(&[(30_000, r#"{"e":"f","u":"0"}"#), (30_001, r#"{"e":"f","u":"20009"}"#)]),
        [30_001]
    );
}

#[test]
fn a_correlation_says_what_it_counts() {
    let (rules, correlations) =
        read(&["type: event_count\nrules: [failed]\ntimespan: 90m\ncondition: {gte: 5}\ngenerate: true"]);
    let correlation = &correlations[0];
    assert_eq!(correlation.kind(), CorrelationType::EventCount);
    assert_eq!((correlation.timespan().as_secs(), correlation.generates()), (5400, true));
    assert_eq!(correlation.limits().at_least, Some(5));
    assert!(correlation.refers_to(&rules[0]) && !correlation.refers_to(&rules[1]));
}

#[test]
fn what_is_wrong_is_told_at_its_place() {
    for (lines, message, at) in [
        ("rules: [a]\ntimespan: 1m\ncondition: {gte: 1}", "This correlation has no `type`", "rules"),
        (
            "type: value_sum\nrules: [a]\ntimespan: 1m",
            "Correlations of type `value_sum` are not read",
            "value_sum",
        ),
        (
            "type: event_cuont\nrules: [a]\ntimespan: 1m",
            "There is no correlation of type `event_cuont`",
            "event_cuont",
        ),
        ("type: temporal\nrules: [a]\ntimespan: 1x", "`1x` is no time", "1x"),
        ("type: temporal\nrules: [a]\ntimespan: 0s", "`0s` is no time", "0s"),
        ("type: temporal\nrules: [a]\ntimespan: 99y", "This time is too long", "99y"),
        ("type: temporal\nrules: []\ntimespan: 1m", "A correlation names at least one rule", "type"),
        ("type: temporal_ordered\nrules: [a]\ntimespan: 1m", "An order needs at least two rules", "type"),
        ("type: event_count\nrules: [a]\ntimespan: 1m", "This correlation has no `condition`", "type"),
        ("type: event_count\nrules: [a]\ntimespan: 1m\ncondition: {}", "This condition has no number", "{}"),
        ("type: event_count\nrules: [a]\ntimespan: 1m\ncondition: {gte: many}", "`many` is no count", "many"),
        (
            "type: event_count\nrules: [a]\ntimespan: 1m\ncondition: {gte: 10001}",
            "Counts go up to 10000",
            "10001",
        ),
        (
            "type: event_count\nrules: [a]\ntimespan: 1m\ncondition: {gte: 1, field: u}",
            "`field` belongs to value_count",
            "u",
        ),
        (
            "type: value_count\nrules: [a]\ntimespan: 1m\ncondition: {gte: 1}",
            "value_count needs to know of which field",
            "{gte: 1}",
        ),
        (
            "type: temporal\nrules: [a, b]\ntimespan: 1m\ncondition: a and b",
            "Conditions of correlations that are an expression are not read",
            "a and b",
        ),
        (
            "type: temporal\nrules: [a]\ntimespan: 1m\ngroupby: [u]",
            "Unknown key `groupby` in a correlation",
            "groupby",
        ),
    ] {
        let indented: String = lines.lines().map(|line| format!("  {line}\n")).collect();
        let text = format!("title: T\ncorrelation:\n{indented}");
        let parsed = parse(&text);
        let first = &parsed.problems[0];
        assert_eq!(first.message, message, "{text}");
        assert!(text[first.span.start..].starts_with(at), "{}", first.render("c", &text));
        assert!(parsed.documents.is_empty());
    }
}
