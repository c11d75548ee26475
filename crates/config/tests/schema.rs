//! The JSON Schema and the reader of `trailbell.yaml` agree: what one takes, the other takes.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first thing that is not as it should be"
)]

use proptest::prelude::*;
use regex_automata::meta::Regex;
use serde_json::{Map, Value, json};
use trailbell_config::{parse, schema};

const BUILT_IN: &[&str] = &["console-sign-in", "iam-change", "cis-4.1"];

/// The part of JSON Schema that `schema` uses; a keyword it does not know fails the test.
fn holds(schema: &Value, value: &Value) -> bool {
    let matches = |pattern: &Value, text: &str| Regex::new(pattern.as_str().unwrap()).unwrap().is_match(text);
    let is_type = |name: &Value| match name.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("type {other}"),
    };
    let empty = Map::new();
    let object = value.as_object();
    schema.as_object().unwrap().iter().all(|(keyword, rule)| match keyword.as_str() {
        "$schema" | "title" | "description" | "format" => true,
        "type" => rule.as_array().map_or_else(|| is_type(rule), |any| any.iter().any(is_type)),
        "enum" => rule.as_array().unwrap().contains(value),
        "pattern" => value.as_str().is_none_or(|text| matches(rule, text)),
        "minProperties" => object.is_none_or(|o| o.len() as u64 >= rule.as_u64().unwrap()),
        "required" => object
            .is_none_or(|o| rule.as_array().unwrap().iter().all(|k| o.contains_key(k.as_str().unwrap()))),
        "anyOf" => rule.as_array().unwrap().iter().any(|one| holds(one, value)),
        "items" => value.as_array().is_none_or(|items| items.iter().all(|item| holds(rule, item))),
        "propertyNames" => object.is_none_or(|o| o.keys().all(|key| holds(rule, &json!(key)))),
        "properties" => object.is_none_or(|o| {
            rule.as_object().unwrap().iter().all(|(k, s)| o.get(k).is_none_or(|v| holds(s, v)))
        }),
        "additionalProperties" => object.is_none_or(|o| {
            let known = schema.get("properties").and_then(Value::as_object).unwrap_or(&empty);
            o.iter()
                .filter(|(key, _)| !known.contains_key(*key))
                .all(|(_, v)| rule.as_bool().unwrap_or_else(|| holds(rule, v)))
        }),
        other => panic!("keyword {other}"),
    })
}

/// JSON is YAML: the reader takes a JSON document as it is.
fn reads(document: &Value) -> bool {
    parse(&document.to_string(), BUILT_IN, trailbell_config::Lookups::none()).is_ok()
}

#[test]
fn the_example_holds_by_the_schema_too() {
    // Keys of both are the same table; this is the check that the table is whole.
    let described = schema(BUILT_IN);
    let example = include_str!("../../../trailbell.example.yaml");
    for key in described["properties"].as_object().unwrap().keys() {
        assert!(example.contains(&format!("\n{key}:")), "the example does not show `{key}`");
    }
}

#[test]
fn every_key_is_described() {
    fn walk(schema: &Value) {
        for (key, property) in schema["properties"].as_object().into_iter().flatten() {
            let built_in_rule = BUILT_IN.contains(&key.as_str());
            assert!(
                built_in_rule || property["description"].as_str().is_some_and(|d| d.ends_with('.')),
                "{key}"
            );
            walk(property);
        }
        for part in ["items", "additionalProperties"] {
            if schema[part].is_object() {
                walk(&schema[part]);
            }
        }
    }
    walk(&schema(BUILT_IN));
}

/// Values that are right for some key, and wrong ones that both sides can tell.
fn leaf() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!("en")),
        Just(json!("UTC")),
        Just(json!("high")),
        Just(json!("2026-12-01")),
        Just(json!("203.0.113.9")),
        Just(json!("iam-change")),
        Just(json!("")),
        Just(json!(" ")),
        Just(json!(12)),
        Just(json!(true)),
        Just(json!(null)),
        Just(json!({})),
        Just(json!(["a"])),
    ]
}

/// A mapping of some of `keys`, each with the value that suits it or, sometimes, any other.
fn some(keys: &'static [(&'static str, &'static str)]) -> impl Strategy<Value = Value> {
    let field = (0..keys.len() + 1, prop::bool::weighted(0.15), leaf());
    prop::collection::vec(field, 0..4).prop_map(|fields| {
        let pair = |(i, wrong, leaf): (usize, bool, Value)| match keys.get(i) {
            // A wrong text is wrong for the reader alone where the schema cannot know it (a time zone, a rule).
            Some((key, good)) if !wrong || leaf.as_str().is_some_and(|t| !t.trim().is_empty()) => {
                ((*key).to_owned(), serde_json::from_str(good).unwrap())
            }
            Some((key, _)) => ((*key).to_owned(), leaf),
            None if wrong => ("nonsense".to_owned(), leaf),
            None => (keys[0].0.to_owned(), serde_json::from_str(keys[0].1).unwrap()),
        };
        Value::Object(fields.into_iter().map(pair).collect())
    })
}

fn document() -> impl Strategy<Value = Value> {
    let top = some(&[("language", "\"ja\""), ("timezone", "\"UTC\""), ("verification_phrase", "\"x y\"")]);
    let account = some(&[("name", "\"blog\""), ("profile", "\"a-b\"")]);
    let built_in = some(&[("enabled", "true"), ("severity", "\"low\"")]);
    let own = some(&[
        ("filter", "\"ERROR\""),
        ("severity", "\"low\""),
        ("description", "\"d\""),
        ("enabled", "false"),
    ]);
    let ignore = some(&[
        ("principal", "\"ci-*\""),
        ("address", "\"203.0.113.0/24\""),
        ("rule", "\"cis-4.1\""),
        ("event", "\"Create*\""),
        ("reason", "\"r\""),
        ("until", "\"2026-12-01\""),
    ]);
    let id = prop_oneof![Just("012345678901"), Just("123"), Just("abcdefghijkl")];
    let own_name = prop_oneof![Just("mine"), Just("ルール"), Just(" blank"), Just("")];
    let sections = (id, account, built_in, own_name, own, prop::collection::vec(ignore, 0..3), 0_u8..32);
    (top, sections).prop_map(|(mut top, (id, account, built_in, own_name, own, ignores, with))| {
        let nothing = with & 16 != 0;
        for (bit, key, value) in [
            (1, "accounts", json!({id: account})),
            (2, "rules", json!({"iam-change": built_in})),
            (4, "rules", json!({own_name: own})),
            (8, "ignore", json!(ignores)),
        ] {
            if with & bit != 0 {
                top[key] = if nothing { Value::Null } else { value };
            }
        }
        top
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(500) })]

    #[test]
    fn what_one_takes_the_other_takes(document in document()) {
        prop_assert_eq!(holds(&schema(BUILT_IN), &document), reads(&document), "{}", document);
    }
}
