//! Reading against `serde_json`'s own values, on JSON as it may come and on damaged JSON. See `trailbell_fuzz`.

#![expect(clippy::unwrap_used, reason = "a test may stop at what is not as it should be")]

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde::de::IgnoredAny;
use serde_json::Value;
use trailbell_fuzz::{damaged_text, fuzz};
use trailbell_json::{Json, MAX_DEPTH};

/// What means something in JSON, and some of what may not be in it.
const PIECES: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    " ",
    "\n",
    "null",
    "true",
    "-",
    "1e5",
    "1.",
    "01",
    "\\u0041",
    "\\ud83d",
    "\\ude00",
    "\\x",
    "\u{1}",
    "é",
    "\"a\":",
    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
    "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":",
];

/// JSON as text: equal keys, every form of number, escapes, blanks.
fn written() -> impl Strategy<Value = String> {
    let string = prop_oneof![
        any::<String>().prop_map(|text| serde_json::to_string(&text).unwrap()),
        select(
            &["\"\"", "\"\\u0041\\/\"", "\"\\ud83d\\ude00\"", "\"\\ud83d\"", "\"a\\\\\"", "\"{\\\"\""][..]
        )
        .prop_map(str::to_owned),
    ];
    let number =
        select(&["0", "-0", "1", "1.0", "1e0", "1E+400", "-12.5e-3", "123456789012345678901234567890"][..]);
    let leaf = prop_oneof![
        string.clone(),
        number.prop_map(str::to_owned),
        select(&["null", "true", "false", "{}", "[ ]"][..]).prop_map(str::to_owned),
    ];
    let key =
        prop_oneof![3 => select(&["\"a\"", "\"b\"", "\"\\u0061\""][..]).prop_map(str::to_owned), 1 => string];
    leaf.prop_recursive(6, 48, 5, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(|elements| format!("[{}]", elements.join(" ,"))),
            vec((key.clone(), inner, "[ \n\t]{0,2}"), 0..5).prop_map(|members| {
                let members: Vec<String> = members
                    .iter()
                    .map(|(key, value, gap)| format!("{gap}{key}{gap}:{gap}{value}{gap}"))
                    .collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    })
}

/// Containers inside one another, told by brackets outside strings.
fn depth(text: &str) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0_usize, 0, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => depth += 1,
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

/// Whether the two are the same, by `serde_json`'s reading of a number's text and of equal keys: the last counts.
fn same(ours: &Json, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Json::Null, Value::Null) => true,
        (Json::Bool(one), Value::Bool(other)) => one == other,
        (Json::Number(text), Value::Number(number)) => {
            serde_json::from_str::<Value>(text).unwrap() == Value::Number(number.clone())
        }
        (Json::String(one), Value::String(other)) => one == other,
        (Json::Array(ours), Value::Array(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(one, other)| same(one, other))
        }
        (Json::Object(members), Value::Object(theirs)) => {
            members.iter().all(|(key, _)| theirs.contains_key(key))
                && theirs.iter().all(|(key, value)| ours.get(key).is_some_and(|ours| same(ours, value)))
        }
        _ => false,
    }
}

fn reads_as_serde_json_does(text: &str) -> Result<(), TestCaseError> {
    let ours = Json::parse(text);
    if let Ok(theirs) = serde_json::from_str::<Value>(text) {
        prop_assert!(ours.as_ref().is_ok_and(|ours| same(ours, &theirs)), "{ours:?} but {theirs:?}");
    }
    // Its values have no room for 1E+400 and lone surrogates; whether a text is JSON it says of any.
    let valid = serde_json::from_str::<IgnoredAny>(text).is_ok();
    match ours {
        Ok(json) => {
            prop_assert!(valid && depth(text) <= MAX_DEPTH, "read: {text}");
            prop_assert_eq!(&Json::parse(&json.to_string()).unwrap(), &json);
        }
        Err(error) => {
            // A value that is half a character is read as U+FFFD; a key that is one is refused.
            let half_a_key = text.to_ascii_lowercase().contains("\\ud")
                && ["surrogate", "hex escape"].iter().any(|word| error.message.contains(word));
            prop_assert!(!valid || depth(text) > MAX_DEPTH || half_a_key, "{error}: {text}");
        }
    }
    Ok(())
}

#[test]
fn fuzz_written_json() {
    fuzz("json: written", &written(), |text| reads_as_serde_json_does(&text));
}

#[test]
fn fuzz_damaged_json() {
    fuzz("json: damaged", &damaged_text(written(), PIECES), |text| reads_as_serde_json_does(&text));
}

#[test]
fn fuzz_deep_json() {
    let parts = vec((select(&["[", "{\"a\":"][..]), 1..90_usize), 1..4);
    fuzz("json: deep", &(parts, any::<bool>()), |(parts, closed)| {
        let opened: String = parts.iter().map(|(part, times)| part.repeat(*times)).collect();
        let ends = opened.bytes().rev().filter(|byte| matches!(byte, b'[' | b'{'));
        let ends: String = ends.map(|byte| if byte == b'[' { ']' } else { '}' }).collect();
        reads_as_serde_json_does(&format!("{opened}1{}", if closed { &ends } else { "" }))
    });
}
