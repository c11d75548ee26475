//! Files that are wrong: each error has its place and the next step.

use trailbell_trial::{Surroundings, Trials};

fn refused(source: &str) -> String {
    match Trials::parse(source, &Surroundings::default()) {
        Ok(_) => String::new(),
        Err(invalid) => invalid.render("t.yaml", source),
    }
}

#[track_caller]
fn says(source: &str, parts: &[&str]) {
    let shown = refused(source);
    assert!(!shown.is_empty(), "it was taken");
    for part in parts {
        assert!(shown.contains(part), "no {part:?} in\n{shown}");
    }
}

const ALARM: &str = "alarm: {Threshold: 1, ComparisonOperator: GreaterThanThreshold, EvaluationPeriods: 1}";

#[test]
fn an_unknown_key_is_shown_with_the_one_that_was_meant() {
    assert_eq!(
        refused(&format!(
            "tests:\n  - name: a\n    {ALARM}\n    datapionts: [1]\n    datapoints: [1]\n    expect: OK\n"
        )),
        "t.yaml:4:5: Unknown key `datapionts` in a test
  |
4 |     datapionts: [1]
  |     ^^^^^^^^^^
  = hint: did you mean `datapoints`?"
    );
    says("test:\n  - name: a\n", &["t.yaml:1:1: ", "did you mean `tests`?", "There is no `tests`"]);
    says(
        "tests:\n  - name: a\n    alram: {}\n    expect: OK\n",
        &["t.yaml:3:5: Unknown key `alram`", "did you mean `alarm`?"],
    );
    says(
        "tests:\n  - name: a\n",
        &["t.yaml:2:5: This test does not say what it tests", "give it an `alarm`"],
    );
    says(
        "tests:\n  - name: a\n    alarm:\n      Treshold: 1\n      Threshold: 1\n      ComparisonOperator: LessThanThreshold\n      EvaluationPeriods: 1\n    datapoints: [1]\n    expect: OK\n",
        &["t.yaml:4:7: Unknown key `Treshold` in `alarm`", "did you mean `Threshold`?"],
    );
}

#[test]
fn a_property_that_is_wrong_is_shown_where_it_stands() {
    says(
        "tests:\n  - name: a\n    alarm:\n      Threshold: 1\n      ComparisonOperator: GreaterThan\n      EvaluationPeriods: 1\n    datapoints: [1]\n    expect: OK\n",
        &["t.yaml:5:27: ", "failed to satisfy constraint"],
    );
    says(
        "tests:\n  - name: a\n    alarm: {Threshold: 1, ComparisonOperator: GreaterThanThreshold}\n    datapoints: [1]\n    expect: OK\n",
        &["t.yaml:3:12: The parameter EvaluationPeriods is required."],
    );
    says(
        "tests:\n  - name: a\n    composite: {rule: ALARM(a) XOR ALARM(b)}\n    expect: OK\n",
        &["t.yaml:3:32: ", "XOR"],
    );
}

#[test]
fn states_points_and_times_are_checked() {
    says(
        &format!("tests:\n  - {{name: a, {ALARM}, datapoints: [1], expect: ALRAM}}\n"),
        &["`expect` cannot be `ALRAM`", "did you mean `ALARM`?"],
    );
    says(
        &format!("tests:\n  - {{name: a, {ALARM}, datapoints: [one], expect: OK}}\n"),
        &["This is no datapoint", "~ where it is missing"],
    );
    says(&format!("tests:\n  - {{name: a, {ALARM}, expect: OK}}\n"), &["There are no `datapoints`"]);
    says(
        &format!("tests:\n  - name: a\n    {ALARM}\n    datapoints: [0, -, 1]\n    expect: OK\n"),
        &["t.yaml:4:", "~ or \"-\""],
    );
    says(
        &format!("tests:\n  - {{name: a, {ALARM}, datapoints: [1], at: noon, expect: OK}}\n"),
        &["`at` is not a time"],
    );
    says(
        &format!("tests:\n  - {{name: a, {ALARM}, datapoints: [1], samples: [1, 2], expect: OK}}\n"),
        &["2 `samples` and 1 `datapoints`"],
    );
    says(&format!("tests:\n  - {{name: a, {ALARM}, datapoints: [1]}}\n"), &["There is no `expect`"]);
}

#[test]
fn points_of_several_metrics_are_given_by_ids_that_exist() {
    let alarm = "alarm: {Threshold: 1, ComparisonOperator: GreaterThanThreshold, EvaluationPeriods: 1, Metrics: [{Id: e1, Expression: a + b}, {Id: a, ReturnData: false, MetricStat: {Metric: {Namespace: N, MetricName: A}, Period: 60, Stat: Sum}}, {Id: b, ReturnData: false, MetricStat: {Metric: {Namespace: N, MetricName: B}, Period: 60, Stat: Sum}}]}";
    let with = |points: &str| format!("tests:\n  - {{name: x, {alarm}, datapoints: {points}, expect: OK}}\n");
    says(&with("{a: [1], c: [1]}"), &["no metric with the id `c`"]);
    says(&with("{a: [1]}"), &["There are no datapoints of `b`"]);
    says(&with("{a: [1], b: [1, 2]}"), &["different numbers of datapoints"]);
    assert_eq!(refused(&with("{a: [0], b: [1]}")), "");
    assert_eq!(refused(&with("{e1: [1]}")), "");
}

#[test]
fn rules_and_their_alarms_must_exist() {
    says(
        "tests:\n  - {name: a, event: {eventName: X}, expect: {rules: [iam-chang]}}\n",
        &["There is no rule `iam-chang`", "did you mean `iam-change`?"],
    );
    says(
        "tests:\n  - {name: a, event: {eventName: X}, expect: {alarms: [{rule: iam-change}]}}\n",
        &["has no alarm"],
    );
    says(
        "tests:\n  - {name: a, event: {eventName: X}, expect: {}}\n",
        &["Nothing is said about what is expected"],
    );
    says("tests:\n  - {name: a, event: {eventName: X}, events: [], expect: nothing}\n", &["given twice"]);
    says(
        "tests:\n  - {name: a, file: there.json, expect: nothing}\n",
        &["t.yaml:2:21: There is no file `there.json`"],
    );
    says(
        "rules:\n  mine: { filter: '{ $.a == 1 }' }\ntests:\n  - {name: a, event: {eventName: X}, expect: nothing}\n",
        &["t.yaml:2:"],
    );
}

#[test]
fn what_is_no_yaml_and_what_is_empty_is_said() {
    says("", &["t.yaml:1:1: There is nothing in this file"]);
    says("tests: []\n", &["There is no test in this file"]);
    says("tests: {name: [\n", &["This is not YAML"]);
    says("- a\n", &["must be a mapping"]);
    says("tests:\n  - just words\n", &["must be a mapping"]);
    says(
        "tests:\n  - {name: a, name: b, filter: x, event: x, expect: match}\n",
        &["stands here a second time"],
    );
}

#[test]
fn aliases_that_multiply_are_refused() {
    let level = |level: usize| {
        let before = vec![format!("*a{}", level - 1); 10];
        format!("a{level}: &a{level} [{}]\n", before.join(", "))
    };
    let source: String = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned()]
        .into_iter()
        .chain((1..9).map(level))
        .collect();
    says(&source, &["repeat more than 50000 values"]);
}

#[test]
fn a_sigma_rule_needs_an_event_and_an_answer() {
    let rule = "{title: t, logsource: {product: aws}, detection: {s: {eventName: A}, condition: s}}";
    says(
        &format!("tests:\n  - {{name: a, sigma: {rule}, expect: match}}\n"),
        &["There is no `event`", "give the record as CloudTrail writes it"],
    );
    says(
        &format!("tests:\n  - {{name: a, sigma: {rule}, event: {{eventName: A}}}}\n"),
        &["There is no `expect`"],
    );
}

#[test]
fn an_event_pattern_needs_an_event_and_an_answer() {
    says(
        "tests:\n  - {name: a, event-pattern: {source: [aws.iam]}, expect: match}\n",
        &["There is no `event`", "give the event EventBridge has"],
    );
    says(
        "tests:\n  - {name: a, event-pattern: {source: [aws.iam]}, event: {source: aws.iam}}\n",
        &["There is no `expect`"],
    );
    says(
        "tests:\n  - {name: a, event-patern: {source: [aws.iam]}, expect: match}\n",
        &["Unknown key `event-patern`", "did you mean `event-pattern`?"],
    );
    says(
        "tests:\n  - {name: a, filter: x, event-pattern: {source: [aws.iam]}, event: x, expect: match}\n",
        &["Unknown key `event-pattern` in a test"],
    );
}
