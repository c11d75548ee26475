//! Correlations: what is read, and what fires when.

#![expect(clippy::unwrap_used, reason = "a test may stop at what is not as it should be")]
#![expect(clippy::format_collect, reason = "a test may be slow where it is plain")]

use std::collections::BTreeMap;

use jiff::Timestamp;
use trailbell_json::Json;
use trailbell_sigma::{
    Bounds, Correlation, CorrelationRule, CorrelationType, Document, Fired, GroupChange, KeptGroup, Rule,
    parse,
};

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
fn a_late_event_is_put_in_its_place() {
    let ordered = "type: temporal_ordered\nrules: [failed, ok]\ngroup-by: [u]\ntimespan: 10s";
    assert_eq!(Run::new(&[ordered]).fires(&[(5, S_BOB), (3, F_BOB)]), [3]);
    assert_eq!(Run::new(&[ordered]).fires(&[(20, S_BOB), (3, F_BOB)]), NEVER);
}

#[test]
fn what_comes_too_late_for_the_present_counts_together_beside_it() {
    let three = "type: event_count\nrules: [failed]\ngroup-by: [u]\ntimespan: 10s\ncondition: {gte: 3}";
    // Ten minutes later than the present, in the order of time and with the present in between.
    let events = [(1000, F_BOB), (400, F_BOB), (402, F_BOB), (1001, F_BOB), (404, F_BOB), (1002, F_BOB)];
    assert_eq!(Run::new(&[three]).fires(&events), [404, 1002]);
    assert_eq!(Run::new(&[three]).fires(&[(1000, F_BOB), (400, F_BOB), (800, F_BOB), (801, F_BOB)]), NEVER);
    // What is older still begins anew.
    let older = [(1000, F_BOB), (400, F_BOB), (200, F_BOB), (201, F_BOB), (202, F_BOB)];
    assert_eq!(Run::new(&[three]).fires(&older), [202]);
    // A burst of which the first half is too old for the present and the second is not is one burst.
    let burst = [(1000, F_BOB), (988, F_BOB), (989, F_BOB), (991, F_BOB), (992, F_BOB), (993, F_BOB)];
    assert_eq!(Run::new(&[three]).fires(&burst), [991]);
}

/// The kept groups of what has changed, as text and back.
fn kept(run: &mut Run) -> Vec<(usize, Vec<String>, Option<KeptGroup>)> {
    let changes = run.running.take_changes().into_iter();
    changes
        .map(|GroupChange { rule, key, kept }| {
            let text = kept.map(|kept| serde_json::to_string(&kept).unwrap());
            (rule, key, text.map(|text| serde_json::from_str(&text).unwrap()))
        })
        .collect()
}

fn lasting(correlations: &[&str], bounds: Bounds) -> Run {
    let (rules, correlations) = read(correlations);
    Run { rules, running: Correlation::lasting(correlations, bounds).unwrap() }
}

const KINDS: [&str; 4] = [
    "type: event_count\nrules: [failed]\ngroup-by: [u]\ntimespan: 10s\ncondition: {gte: 2}",
    "type: value_count\nrules: [failed]\ntimespan: 10s\ncondition: {field: u, gte: 2}",
    "type: temporal\nrules: [failed, ok]\ntimespan: 10s",
    "type: temporal_ordered\nrules: [failed, ok]\ngroup-by: [u]\ntimespan: 10s",
];

#[test]
fn what_is_kept_after_each_event_goes_on_as_if_nothing_had_stopped() {
    let events =
        [(0, F_BOB), (2, F_EVE), (4, S_BOB), (5, F_BOB), (1, F_EVE), (30, F_BOB), (12, F_EVE), (13, F_EVE)];
    for kind in KINDS {
        let mut whole = Run::new(&[kind]);
        let mut state: BTreeMap<Vec<String>, KeptGroup> = BTreeMap::new();
        for (second, event) in events {
            let mut next = lasting(&[kind], Bounds::default());
            assert!(state.values().all(|group| next.running.resume(0, group.clone())));
            assert_eq!(next.running.take_changes(), [], "nothing has changed yet");
            assert_eq!(next.at(second, event), whole.at(second, event), "{kind} {second}");
            for (_, key, kept) in kept(&mut next) {
                state.insert(key, kept.unwrap());
            }
        }
    }
}

#[test]
fn a_correlation_that_counts_otherwise_does_not_go_on_with_what_was_kept() {
    let mut run = lasting(&[KINDS[0]], Bounds::default());
    run.at(0, F_BOB);
    let (_, _, group) = kept(&mut run).remove(0);
    let group = group.unwrap();
    for other in ["gte: 3", "lte: 2"] {
        let mut other = lasting(&[&KINDS[0].replace("gte: 2", other)], Bounds::default());
        assert!(!other.running.resume(0, group.clone()));
    }
    assert!(!lasting(&[KINDS[1]], Bounds::default()).running.resume(0, group.clone()));
    // What it is called decides nothing.
    let mut renamed = lasting(&[&format!("{}\ngenerate: true", KINDS[0])], Bounds::default());
    assert!(renamed.running.resume(0, group));
    assert_eq!(renamed.fires(&[(1, F_BOB)]), [1]);
}

#[test]
fn what_is_kept_and_damaged_is_not_taken() {
    let mut run = lasting(&[KINDS[3]], Bounds::default());
    run.at(0, F_BOB);
    let text = serde_json::to_string(&run.running.take_changes()[0].kept).unwrap();
    for (written, damaged) in [
        ("\"rules\":[0]", "\"rules\":[2]"),
        ("\"rules\":[0]", "\"rules\":[]"),
        ("\"times\":[0]", "\"times\":[0,1]"),
        ("\"times\":[0]", "\"times\":[9223372036854775807]"),
        ("\"key\":[\"bob\"]", "\"key\":[]"),
    ] {
        assert!(text.contains(written), "{text}");
        let group: KeptGroup = serde_json::from_str(&text.replace(written, damaged)).unwrap();
        assert!(!run.running.resume(0, group), "{damaged}");
    }
}

#[test]
fn what_lasts_is_bounded_as_it_is_told_and_what_is_forgotten_is_said() {
    let mut run = lasting(&[KINDS[0]], Bounds { groups: 2, events: 100 });
    for (second, who) in [(0, "a"), (1, "b"), (2, "c")] {
        run.at(second, &format!("{{\"e\":\"f\",\"u\":\"{who}\"}}"));
    }
    let said: Vec<(String, bool)> =
        kept(&mut run).into_iter().map(|(_, key, kept)| (key.concat(), kept.is_some())).collect();
    assert_eq!(said, [("a".to_owned(), false), ("b".to_owned(), true), ("c".to_owned(), true)]);
    run.running.forget_before(Timestamp::from_second(12).unwrap());
    let forgotten = kept(&mut run);
    assert!(matches!(&forgotten[..], [(0, key, None)] if *key == ["b"]), "{forgotten:?}");
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
    let outside = "type: temporal\nrules: [c0, ok]\ntimespan: 1m";
    let error = Correlation::new(read(&[circle, back, outside]).1).unwrap_err();
    assert_eq!(error.rules, [0, 1], "what only refers to the circle is not in it");
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
    assert_eq!(correlation.to_string(), "at least 5 events of failed within 90m");
    for (kind, words) in KINDS.into_iter().zip([
        "at least 2 events of failed within 10s, by u",
        "at least 2 different values of u in events of failed within 10s",
        "at least 2 different rules of failed, ok within 10s",
        "at least 2 rules, in this order, of failed, ok within 10s, by u",
    ]) {
        assert_eq!(read(&[kind]).1[0].to_string(), words);
    }
    assert_eq!((correlation.timespan().as_secs(), correlation.generates()), (5400, true));
    assert_eq!(correlation.limits().at_least, Some(5));
    assert!(correlation.refers_to(&rules[0]) && !correlation.refers_to(&rules[1]));
    assert_eq!((correlation.rule_spans().len(), correlation.kind().word()), (1, "event_count"));
    let by_user = &read(&[KINDS[0]]).1[0];
    let event = Json::parse(F_BOB).unwrap();
    assert_eq!(by_user.group_of(&rules[0], &event), Some(vec![("u".to_owned(), "bob".to_owned())]));
    assert_eq!(by_user.group_of(&rules[1], &event), None);
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
