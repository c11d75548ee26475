//! The same rules and events to another implementation, `sigma-rust`: where the two differ, it is by what `LANGUAGE.md` says.
//!
//! It compares numbers and texts by type and does not look into lists on the way to a field, into objects as JSON, or at
//! the text of numbers; so rules and events here stay with what both do. Real logs are taken where the shared folder is.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may stop at what is not as it should be")]
#![expect(clippy::format_collect, reason = "a test may be slow where it is plain")]

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use trailbell_fuzz::fuzz;
use trailbell_json::Json;
use trailbell_sigma::{Document, parse};

/// Ours and theirs.
fn both(rule: &str, event: &str) -> (bool, bool) {
    let Some(Document::Rule(ours)) = parse(rule).documents.pop() else { panic!("{rule}") };
    let theirs = sigma_rust::rule_from_yaml(rule).unwrap();
    let event_of_theirs = sigma_rust::event_from_json(event).unwrap();
    (ours.matches(&Json::parse(event).unwrap()), theirs.is_match(&event_of_theirs))
}

fn value() -> impl Strategy<Value = String> {
    prop::string::string_regex("[abAB]{1,4}").unwrap()
}

/// Only a `*` at the end: theirs does not go back to where a `*` could end elsewhere. Other wildcards are held against a naive
/// reading in `properties.rs`.
fn pattern() -> impl Strategy<Value = String> {
    prop::string::string_regex("[abAB]{1,4}[*]?").unwrap()
}

/// A line of a selection; only fields that are strings.
fn line() -> impl Strategy<Value = String> {
    let field = || prop::sample::select(vec!["x", "y", "o.z"]);
    let modifier =
        prop::sample::select(vec!["", "|contains", "|startswith", "|endswith", "|cased", "|contains|cased"]);
    prop_oneof![
        4 => (field(), modifier, prop::collection::vec(pattern(), 1..3))
            .prop_map(|(field, modifier, values)| format!("{field}{modifier}: ['{}']", values.join("', '"))),
        1 => (field(), prop::collection::vec(value(), 2..4))
            .prop_map(|(field, values)| format!("{field}|contains|all: ['{}']", values.join("', '"))),
        1 => (field(), any::<bool>()).prop_map(|(field, exists)| format!("{field}|exists: {exists}")),
        1 => (field(), "[ab.]{1,3}").prop_map(|(field, regex)| format!("{field}|re: '{regex}'")),
        // Theirs minds case there in any case.
        1 => (field(), field()).prop_map(|(field, other)| format!("{field}|fieldref|cased: {other}")),
        1 => prop::sample::select(vec!["n: 5", "n|gt: 5", "n|gte: 5", "n|lt: 5", "n|lte: 5", "n: [4, 6]", "b: true", "b: false",
            "i|cidr: 10.0.0.0/8", "i|cidr: [192.0.2.0/24, '2001:db8::/32']", "i|re: '^2001:db8'", "x|windash: '-a'"]).prop_map(str::to_owned),
        1 => (field(), value()).prop_map(|(field, value)| format!("{field}|base64offset|contains: '{value}xyz'")),
    ]
}

fn rule() -> impl Strategy<Value = String> {
    let condition = prop::sample::select(vec![
        "s_1",
        "s_1 and s_2",
        "s_1 or not s_2",
        "not (s_1 or s_2) and s_3",
        "1 of s_*",
        "all of s_*",
        "1 of them",
        "s_1 and not 1 of s_*",
        "s_3 or s_1 and s_2",
        "not s_1 and not s_2",
    ]);
    (prop::collection::vec(line(), 3), condition).prop_map(|(lines, condition)| {
        let selections: String =
            lines.iter().enumerate().map(|(n, line)| format!("    s_{}:\n        {line}\n", n + 1)).collect();
        format!(
            "title: T\nlogsource:\n    product: aws\ndetection:\n{selections}    condition: {condition}\n"
        )
    })
}

fn event() -> impl Strategy<Value = String> {
    let others = prop::sample::select(vec![
        r#""n":5"#,
        r#""n":4"#,
        r#""n":7"#,
        r#""b":true"#,
        r#""b":false"#,
        r#""i":"10.1.2.3""#,
        r#""i":"192.0.2.9""#,
        r#""i":"2001:db8::1""#,
        r#""i":"amazonaws.com""#,
    ]);
    (prop::option::of(value()), prop::option::of(value()), prop::option::of(value()), others).prop_map(
        |(x, y, z, other)| {
            let member =
                |name: &str, value: Option<String>| value.map(|value| format!("\"{name}\":\"{value}\""));
            let inner = member("z", z).unwrap_or_default();
            let members: Vec<String> =
                [member("x", x), member("y", y), Some(format!("\"o\":{{{inner}}}")), Some(other.to_owned())]
                    .into_iter()
                    .flatten()
                    .collect();
            format!("{{{}}}", members.join(","))
        },
    )
}

#[test]
fn fuzz_generated_rules_match_the_same_events() {
    let inputs = (rule(), prop::collection::vec(event(), 1..5));
    fuzz("sigma: another implementation", &inputs, |(rule, events)| {
        for event in events {
            let (ours, theirs) = both(&rule, &event);
            prop_assert_eq!(ours, theirs, "{} on {}", rule, event);
        }
        Ok(())
    });
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "json" || extension == "jsonl") {
            found.push(path);
        }
    }
    found.sort();
}

/// The records of a file: a `Records` object, a list, or one on each line.
fn records(text: &str) -> Vec<Json> {
    match Json::parse(text) {
        Ok(Json::Array(records)) => records,
        Ok(whole) => match whole.get("Records").and_then(Json::as_array) {
            Some(records) => records.to_vec(),
            None => vec![whole],
        },
        Err(_) => text.lines().filter_map(|line| Json::parse(line).ok()).collect(),
    }
}

/// Rules in which the two differ by intent: what they look for stands in an object or a list.
const LOOK_INTO_OBJECTS: &[&str] = &[
    "requestParameters|contains",
    "responseElements|contains",
    "requestParameters.layers|contains",
    "containerDefinitions",
];

#[test]
#[expect(clippy::print_stderr, reason = "what was skipped is to be seen")]
fn sigma_hq_s_rules_match_the_same_records_of_real_logs() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    if !shared.join("sigma-rules").exists() || !shared.join("data").exists() {
        eprintln!("SKIPPED: ../shared is not here");
        return;
    }
    let mut rules = Vec::new();
    for entry in fs::read_dir(shared.join("sigma-rules")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "yml") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let Some(Document::Rule(ours)) = parse(&text).documents.pop() else { panic!("{}", path.display()) };
        let looks_into = LOOK_INTO_OBJECTS.iter().any(|what| text.contains(what));
        rules.push((ours, sigma_rust::rule_from_yaml(&text).unwrap(), looks_into));
    }
    let mut paths = Vec::new();
    files(&shared.join("data"), &mut paths);
    let (mut events, mut matches, mut differences) = (0, 0, Vec::new());
    for path in paths {
        for mut record in fs::read_to_string(&path).map(|text| records(&text)).unwrap_or_default() {
            // To theirs null is not what a field that is missing has.
            if let Json::Object(members) = &mut record
                && members.iter().all(|(key, _)| key != "errorCode")
            {
                members.push(("errorCode".to_owned(), Json::Null));
            }
            let Ok(theirs) = sigma_rust::event_from_json(&record.to_string()) else { continue };
            events += 1;
            for (ours, other, looks_into) in &rules {
                let (one, two) = (ours.matches(&record), other.is_match(&theirs));
                matches += usize::from(one);
                if one != two && !looks_into {
                    differences.push(format!("{}: {one}, theirs {two}, on {record}", ours.title()));
                }
                for field in ["eventName", "eventSource"] {
                    let value = record.get(field).and_then(Json::as_str);
                    assert!(!one || ours.could_match(field, value), "{}", ours.title());
                }
            }
        }
    }
    eprintln!("{} shared rules, {events} records, {matches} matches", rules.len());
    assert!(
        differences.is_empty(),
        "{} differences\n{}",
        differences.len(),
        differences.iter().take(5).cloned().collect::<Vec<_>>().join("\n")
    );
    assert!(matches > 0);
}
