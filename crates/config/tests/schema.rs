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
        "integer" => value.is_i64(),
        "null" => value.is_null(),
        other => panic!("type {other}"),
    };
    let empty = Map::new();
    let object = value.as_object();
    schema.as_object().unwrap().iter().all(|(keyword, rule)| match keyword.as_str() {
        "$schema" | "title" | "description" | "format" => true,
        "type" => rule.as_array().map_or_else(|| is_type(rule), |any| any.iter().any(is_type)),
        "const" => rule == value,
        "minimum" => value.as_i64().is_none_or(|number| number >= rule.as_i64().unwrap()),
        "maximum" => value.as_i64().is_none_or(|number| number <= rule.as_i64().unwrap()),
        "minItems" => value.as_array().is_none_or(|items| items.len() as u64 >= rule.as_u64().unwrap()),
        "oneOf" => rule.as_array().unwrap().iter().filter(|one| holds(one, value)).count() == 1,
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
        for form in schema["oneOf"].as_array().into_iter().flatten() {
            walk(form);
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

/// A source or a channel: its type, what the type needs, and some of what it may have.
fn described(
    forms: &'static [(&'static str, &'static str)],
    more: &'static [(&'static str, &'static str)],
) -> impl Strategy<Value = Value> {
    (0..forms.len(), some(more), prop::bool::weighted(0.1)).prop_map(|(form, more, alone)| {
        let (word, needed) = forms[form];
        if alone {
            return json!(word);
        }
        let mut value: Value = serde_json::from_str(needed).unwrap();
        value["type"] = json!(word);
        if let (Value::Object(value), Value::Object(more)) = (&mut value, more) {
            value.extend(more);
        }
        value
    })
}

fn watching() -> impl Strategy<Value = Value> {
    let source = described(
        &[
            ("event-history", r#"{"regions":["us-east-1"],"every":"1m"}"#),
            ("sqs", r#"{"url":"https://sqs.us-east-1.amazonaws.com/1/q"}"#),
            ("sqs", "{}"),
            ("cloudwatch-logs", r#"{"log_group":"trail","first_look":"1h"}"#),
            ("kinesis", r#"{"stream":"trail","from":"oldest"}"#),
            ("folder", r#"{"path":"/l","every":"10s"}"#),
            ("stdin", "{}"),
            (
                "http",
                r#"{"listen":"127.0.0.1:8787","path":"/x","secret":"0123456789abcdef","max_body":"6M"}"#,
            ),
            ("nothing", "{}"),
        ],
        &[("type", "\"stdin\""), ("profile", "\"p\""), ("region", "\"eu-west-1\"")],
    );
    let channel = described(
        &[
            ("email", r#"{"to":"a@b.example","from":"a@b.example","server":"smtps://h.example"}"#),
            ("sns", r#"{"topic":"arn:aws:sns:us-east-1:123456789012:t"}"#),
            ("ses", r#"{"to":["a@b.example"],"from":"a@b.example"}"#),
            ("slack", r#"{"webhook":"https://h.example/x"}"#),
            ("slack", "{}"),
            ("slack-bot", r#"{"token":"t","channel":"C1"}"#),
            ("teams", r#"{"webhook":"https://h.example/x"}"#),
            ("discord", r#"{"webhook":"https://h.example/x"}"#),
            ("google-chat", r#"{"webhook":"https://h.example/x"}"#),
            ("line", r#"{"token":"t","to":"U1"}"#),
            ("telegram", r#"{"token":"t","chat":-100,"topic":"7"}"#),
            ("ntfy", r#"{"topic":"t"}"#),
            ("pagerduty", r#"{"routing_key":"k"}"#),
            ("webhook", r#"{"url":"https://h.example/x","headers":{"X-A":"b"}}"#),
            ("command", r#"{"program":["/bin/x"]}"#),
            ("file", r#"{"path":"/x"}"#),
            ("stdout", r#"{"format":"json"}"#),
        ],
        &[
            ("type", "\"stdout\""),
            ("language", "\"ja\""),
            ("minimum_severity", "\"low\""),
            ("accounts", "[\"123456789012\"]"),
            ("kinds", "\"iam-change\""),
            ("quiet_hours", "\"23:00-07:00\""),
            ("monthly_budget", "5"),
            ("digest_below", "\"high\""),
            ("operations", "false"),
        ],
    );
    let delivery = some(&[
        ("learning", "\"off\""),
        ("digest_at", "\"09:00\""),
        ("all_is_well", "\"monday 09:00\""),
        ("group", "\"5m\""),
        ("give_up_after", "\"1d\""),
        ("silence", "\"6h\""),
    ]);
    let ledger = some(&[("path", "\"l.db\""), ("keep", "\"30d\""), ("max_size", "\"1G\"")]);
    (source, channel, delivery, ledger, 0_u8..16).prop_map(|(source, channel, delivery, ledger, with)| {
        let mut top = json!({});
        for (bit, key, value) in [
            (1, "sources", json!({"one": source})),
            (2, "channels", json!({"one": channel})),
            (4, "delivery", delivery),
            (8, "ledger", ledger),
        ] {
            if with & bit != 0 {
                top[key] = value;
            }
        }
        top
    })
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
        ("event-pattern", r#"{"source":["aws.iam"]}"#),
        (
            "sigma",
            r#"{"title":"t","logsource":{"product":"aws"},"detection":{"s":{"eventName":"x"},"condition":"s"}}"#,
        ),
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

    #[test]
    fn what_keeping_watch_takes_both_take(document in watching()) {
        prop_assert_eq!(holds(&schema(BUILT_IN), &document), reads(&document), "{}", document);
    }
}
