//! The shared conformance cases, each written as a YAML file of tests and run as a user's would be.

#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]

use std::fmt::Write as _;
use std::path::Path;

use serde_json::{Value, json};
use trailbell_trial::{Surroundings, Trials};

#[expect(clippy::print_stderr, reason = "what was skipped is to be seen")]
fn cases(name: &str) -> Option<Vec<Value>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance").join(name);
    let Ok(text) = std::fs::read_to_string(path) else {
        eprintln!("SKIPPED: ../shared is not here");
        return None;
    };
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    Some(lines.map(|line| serde_json::from_str(line).unwrap()).collect())
}

/// A value in YAML's block style, as a person writes it.
fn yaml(value: &Value, depth: usize, out: &mut String) {
    let blanks = "  ".repeat(depth);
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (key, value) in members {
                let inner = matches!(value, Value::Object(members) if !members.is_empty());
                let _ = write!(out, "\n{blanks}{key}:{}", if inner { "" } else { " " });
                yaml(value, depth + 1, out);
            }
        }
        Value::Null => out.push('~'),
        other => {
            let _ = write!(out, "{other}");
        }
    }
}

/// The tests a case is: one for each treatment of missing data and each state before.
fn tests(case: &Value) -> Vec<Value> {
    let id = case["id"].as_str().unwrap();
    let mut tests = Vec::new();
    for (treatment, expected) in case["expect"].as_object().unwrap() {
        let befores: Vec<&str> = match case["state_before"].as_str() {
            Some("ANY") | None => vec!["OK", "ALARM", "INSUFFICIENT_DATA"],
            Some(before) => vec![before],
        };
        for before in befores {
            let expected = expected.as_str().unwrap();
            let expected = if expected == "RETAIN" { before } else { expected };
            let mut test =
                json!({"name": format!("{id} {treatment} {before}"), "state": before, "expect": expected});
            if case["kind"] == "composite" {
                test["composite"] = json!({"rule": case["alarm"]["AlarmRule"], "children": case["children"]});
            } else {
                test["alarm"] = case["alarm"].clone();
                test["alarm"]["TreatMissingData"] = json!(treatment);
                test["datapoints"] = case["datapoints"].clone();
            }
            if let Some(count) = case.get("sample_count") {
                test["samples"] = json!([count]);
            }
            if let Some(reason) = case.get("reason") {
                test["reason"] = reason.clone();
                if let (Some(slot), Some(date)) = (case["newest_slot"].as_str(), case["query_date"].as_str())
                {
                    // Compared with its times, and again without.
                    tests.push(test.clone());
                    test["at"] = json!(format!("{}T{slot}Z", &date[..10]));
                }
            }
            tests.push(test);
        }
    }
    tests
}

#[test]
#[expect(clippy::print_stderr, reason = "what was shown is to be seen")]
fn every_case_of_an_alarm_holds_as_a_file_of_tests() {
    let Some(cases) = cases("alarm.jsonl") else { return };
    let mut source = "tests:".to_owned();
    let (mut used, mut written) = (0, 0);
    for case in cases.iter().filter(|case| case["kind"] != "metric-filter") {
        used += 1;
        for test in tests(case) {
            written += 1;
            source.push_str("\n  -");
            yaml(&test, 3, &mut source);
        }
    }
    source.push('\n');
    let trials = Trials::parse(&source, &Surroundings::default())
        .unwrap_or_else(|invalid| panic!("{}", invalid.render("conformance.yaml", &source)));
    let outcomes = trials.run(|_| true);
    assert_eq!(outcomes.len(), written);
    let failed: Vec<String> = outcomes
        .iter()
        .filter(|outcome| !outcome.passed())
        .map(|outcome| outcome.text("conformance.yaml", false))
        .collect();
    assert!(failed.is_empty(), "{} of {written} tests:\n{}", failed.len(), failed.join("\n"));
    eprintln!(
        "{used} cases of alarm.jsonl as {written} tests; its metric-filter cases are tested where metric filters are"
    );
}

#[test]
#[expect(clippy::print_stderr, reason = "what was shown is to be seen")]
fn every_case_of_a_filter_pattern_holds_as_a_file_of_tests() {
    let Some(cases) = cases("filter-pattern.jsonl") else { return };
    let mut tests = Vec::new();
    // What nobody is certain of is no law.
    for case in cases.iter().filter(|case| case["certain"] != false) {
        let expected = match (&case["match"], &case["error"]) {
            (Value::Bool(true), _) => "match",
            (Value::Bool(false), _) => "no match",
            (_, Value::Bool(true)) => "error",
            _ => continue,
        };
        let mut test = json!({"name": case["id"].as_str().unwrap_or("case"), "filter": case["pattern"], "expect": expected});
        if let Some(event) = case.get("event").filter(|event| event.is_string()) {
            test["event"] = event.clone();
        }
        if expected == "error" || test.get("event").is_some() {
            tests.push(test);
        }
    }
    let mut failed = Vec::new();
    for test in &tests {
        let source = json!({"tests": [test]}).to_string();
        // A JSON text that YAML cannot read (a lone surrogate) is none a person writes.
        let Ok(trials) = Trials::parse(&source, &Surroundings::default()) else {
            failed.push(format!("not read: {source}"));
            continue;
        };
        failed.extend(
            trials.run(|_| true).iter().filter(|outcome| !outcome.passed()).map(|o| o.text("t", false)),
        );
    }
    eprintln!("{} cases of filter-pattern.jsonl", tests.len());
    assert!(failed.is_empty(), "{}:\n{}", failed.len(), failed.join("\n"));
}

/// A pattern's case as a test: the pattern as `pattern` writes it.
fn event_pattern_test(case: &Value, expected: &str, pattern: &str) -> String {
    let event = match (expected, case["event"].as_str()) {
        ("error", _) | (_, None) => String::new(),
        (_, Some(event)) => format!(", \"event\": {}", json!(event)),
    };
    format!(
        r#"{{"tests": [{{"name": {}, "event-pattern": {pattern}, "expect": "{expected}"{event}}}]}}"#,
        case["id"]
    )
}

#[test]
#[expect(clippy::print_stderr, reason = "what was shown is to be seen")]
fn every_case_of_an_event_pattern_holds_as_a_file_of_tests_written_as_a_text_and_as_yaml() {
    let Some(cases) = cases("event-pattern.jsonl") else { return };
    let (mut as_text, mut as_yaml, mut no_yaml) = (0, 0, 0);
    let mut failed = Vec::new();
    for case in cases.iter().filter(|case| case["certain"] != false) {
        let expected = match (&case["match"], &case["error"]) {
            (Value::Bool(true), _) => "match",
            (Value::Bool(false), _) => "no match",
            (_, Value::Bool(true)) => "error",
            _ => continue,
        };
        let pattern = case["pattern"].as_str().unwrap();
        let text = event_pattern_test(case, expected, &json!(pattern).to_string());
        let run = |source: &str| {
            let trials = Trials::parse(source, &Surroundings::default()).ok()?;
            let outcomes = trials.run(|_| true);
            Some(outcomes.iter().filter(|outcome| !outcome.passed()).map(|o| o.text("t", false)).collect())
        };
        as_text += 1;
        failed.extend(run(&text).unwrap_or_else(|| vec![format!("not read: {text}")]));
        // JSON is YAML, but for keys that stand twice, which only the text can have.
        let nested: Option<Vec<String>> = run(&event_pattern_test(case, expected, pattern));
        match nested {
            Some(nested) if pattern.starts_with('{') => {
                as_yaml += 1;
                failed.extend(nested);
            }
            _ => no_yaml += 1,
        }
    }
    eprintln!(
        "{as_text} cases of event-pattern.jsonl as texts, {as_yaml} as YAML; {no_yaml} can only be texts"
    );
    assert!(failed.is_empty(), "{}:\n{}", failed.len(), failed.join("\n"));
    assert!(as_yaml * 10 > as_text * 9, "{no_yaml} are not read as YAML");
}
