//! Reading with a glance hands out all that is worth it, counts the same, and tells the same of what is broken.

#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that is not as it should be")]

mod support;

use proptest::prelude::*;
use serde_json::Value;
use support::{Bites, gzip, record};
use trailbell_record::{Event, Glance, Problem, Reader, Seen, Sink, Skipped};

const KEYS: [(&str, &[&str]); 3] = [
    ("eventName", &["ConsoleLogin", "PutRolePolicy"]),
    ("errorCode", &["AccessDenied", "é"]),
    ("type", &["Root"]),
];

/// What a reading told, with a glance or without.
#[derive(Debug, Default, PartialEq, Eq)]
struct Told {
    events: Vec<(String, u64)>,
    passed: usize,
    problems: Vec<String>,
    skipped: Vec<Skipped>,
}

impl Told {
    fn records(&self) -> usize {
        self.events.len() + self.passed
    }
}

struct Collect {
    told: Told,
    looking: Option<Looking>,
}

struct Looking(Vec<Box<str>>);

impl Glance for Looking {
    fn keys(&self) -> &[Box<str>] {
        &self.0
    }

    fn is_worth(&mut self, seen: &[Seen<'_>]) -> bool {
        seen.iter().any(|Seen { key, value }| KEYS[*key].1.iter().any(|wanted| wanted.as_bytes() == *value))
    }
}

impl Sink for Collect {
    fn event(&mut self, event: Event<'_>) {
        self.told.events.push((event.text().to_owned(), event.position().offset));
    }

    fn glance(&mut self) -> Option<&mut dyn Glance> {
        self.looking.as_mut().map(|looking| looking as &mut dyn Glance)
    }

    fn passed(&mut self) {
        self.told.passed += 1;
    }

    fn problem(&mut self, problem: Problem) {
        self.told.problems.push(format!("{}: {}", problem.position.offset, problem.message));
    }

    fn skipped(&mut self, skipped: Skipped) {
        self.told.skipped.push(skipped);
    }
}

fn collect(glances: bool) -> Collect {
    let looking = glances.then(|| Looking(KEYS.iter().map(|(key, _)| (*key).into()).collect()));
    Collect { told: Told::default(), looking }
}

fn read(bytes: &[u8], glances: bool) -> Told {
    let mut sink = collect(glances);
    Reader::default().read_bytes(bytes, &mut sink);
    sink.told
}

fn read_stream(bytes: &[u8], glances: bool) -> Told {
    let mut sink = collect(glances);
    Reader::default().read_stream(&mut Bites::new(bytes), &mut sink);
    sink.told
}

/// Whether any member of a wanted name, at any depth, has a wanted value.
fn is_worth(value: &Value) -> bool {
    match value {
        Value::Object(members) => members.iter().any(|(name, value)| {
            let wanted = KEYS.iter().find(|(key, _)| key == name);
            wanted.is_some_and(|(_, values)| value.as_str().is_some_and(|value| values.contains(&value)))
                || is_worth(value)
        }),
        Value::Array(elements) => elements.iter().any(is_worth),
        _ => false,
    }
}

/// All that is asked for of any input: what is worth reading is handed out, whole, in order, from its place.
#[track_caller]
fn hands_out_what_is_worth_it(plain: &Told, glanced: &Told, source: &[u8]) {
    let mut handed = glanced.events.iter();
    for event in &plain.events {
        // What cannot be parsed here (a lone surrogate) has to be handed out as well.
        if serde_json::from_str(&event.0).map_or(true, |value| is_worth(&value)) {
            assert!(handed.any(|other| other == event), "{event:?} of {}", source.escape_ascii());
        }
    }
}

/// All that is asked for where nothing is broken but what every reading finds.
#[track_caller]
fn agree(source: &[u8]) -> Told {
    let plain = read(source, false);
    let glanced = read(source, true);
    hands_out_what_is_worth_it(&plain, &glanced, source);
    assert_eq!(
        (plain.records(), &plain.problems, &plain.skipped),
        (glanced.records(), &glanced.problems, &glanced.skipped),
        "{}",
        source.escape_ascii()
    );
    let streamed = read_stream(source, true);
    hands_out_what_is_worth_it(&plain, &streamed, source);
    assert_eq!(
        (plain.records(), &plain.problems, &plain.skipped),
        (streamed.records(), &streamed.problems, &streamed.skipped),
        "{}",
        source.escape_ascii()
    );
    glanced
}

fn list(elements: &[&str]) -> String {
    format!(r#"{{"Records":[{}]}}"#, elements.join(","))
}

/// An element between two others: whether it is passed over, in a list and on a line.
#[track_caller]
fn passes(element: &str) -> bool {
    let other = r#"{"eventSource":"a","eventName":"Other"}"#;
    let in_list = agree(list(&[other, element, other]).as_bytes()).passed;
    let on_line = agree(format!("{other}\n{element}\n{other}\n").as_bytes()).passed;
    // The first line has too little before it to be looked at so.
    assert_eq!(in_list, on_line + 1, "{element}");
    assert!((2..=3).contains(&in_list), "{element}");
    in_list == 3
}

#[test]
fn an_event_that_holds_nothing_worth_reading_is_passed_over() {
    assert!(passes(&record("GetUser").replace("Root", "IAMUser")));
    assert!(passes(r#"{"eventName":"A"}"#));
    assert!(passes(r#"{"errorCode":"Throttling","eventName":"A","eventSource":"b"}"#));
    assert!(passes(r#"{"eventName":"A","requestParameters":{"policy":"{\"eventName\":\"ConsoleLogin\"}"}}"#));
    assert!(passes(r#"{"eventName":"A","path":"C:\\users\\","é":"日本語"}"#));
    assert!(passes(r#"{"eventName":"A","x\"eventName":"B"}"#));
    assert!(passes(r#"{"eventName":"A","requestParameters":{"eventName":"B"}}"#));
    assert!(passes(r#"{"eventName":"A","type":null}"#));
}

#[test]
fn all_else_is_read() {
    for element in [
        // Worth it, at any depth.
        r#"{"eventName":"ConsoleLogin"}"#,
        r#"{"eventName":"A","errorCode":"AccessDenied"}"#,
        r#"{"eventName":"A","errorCode":"é"}"#,
        r#"{"eventName":"A","userIdentity":{"type":"Root"}}"#,
        r#"{"eventName":"A","a":[[{"b":{"eventName":"PutRolePolicy"}}]]}"#,
        // A key that may be spelled in another way, or a value.
        r#"{"eventName":"A","event\u004eame":"ConsoleLogin"}"#,
        r#"{"eventName":"A","type":"\u0052oot"}"#,
        r#"{"eventName":"A","type":"Ro\/t"}"#,
        r#"{"eventName":"A","type" :"Root"}"#,
        r#"{"eventName":"A","type": "Root"}"#,
        r#"{"eventName":"A","type":1}"#,
        r#"{"eventName":"A","a":["type"]}"#,
        // More such members than are taken note of.
        &format!(r#"{{"eventName":"A","a":[{}]}}"#, [r#"{"type":"b"}"#; 30].join(",")),
        // No event, or not surely one.
        r#"{"a":1}"#,
        r#"{"eventName":null,"eventSource":"a"}"#,
        r#"{"eventName":"A","eventName":null}"#,
        r#"{"detail":{"eventName":"A","eventSource":"b"}}"#,
        r#"{"x\"eventName":"A"}"#,
        r#"{"eventName":"A","eventSource":"aws:s3","s3":{}}"#,
        r#"{"eventName":"A","eventType":"AwsCloudTrailInsight"}"#,
        r#"{"eventName":"A","eventType":"AwsAggregatedEvent"}"#,
        r#"{"eventName":"A","eventType":"x","eventType":"AwsAggregatedEvent"}"#,
        r#"{"body":"{\"eventName\":\"ConsoleLogin\"}"}"#,
    ] {
        assert!(!passes(element), "{element}");
    }
    let deep = format!(r#"{{"eventName":"A","a":{}{}}}"#, "[".repeat(200), "]".repeat(200));
    assert!(!passes(&deep));
    for depth in 120..135 {
        let deep = list(&[&format!(r#"{{"eventName":"A","a":{}{}}}"#, "[".repeat(depth), "]".repeat(depth))]);
        let (plain, glanced) = (read(deep.as_bytes(), false), read(deep.as_bytes(), true));
        assert_eq!((plain.records(), plain.problems), (glanced.records(), glanced.problems));
    }
    let long = format!(r#"{{"eventName":"A","a":"{}"}}"#, "a".repeat(100_000));
    assert!(!passes(&long));
    assert!(!passes("{\"eventName\":\"A\",\"a\":\"b\tc\"}"));
}

#[test]
fn needles_at_every_offset_of_a_block() {
    for blanks in 0..140 {
        let pad = "x".repeat(blanks);
        assert!(passes(&format!(r#"{{"p":"{pad}","eventName":"A","type":"b"}}"#)));
        assert!(passes(&format!(r#"{{"eventName":"{pad}","p":"\\\"{pad}","q":[{{}},"{{"]}}"#)));
        for wanted in [r#""type":"Root""#, r#""errorCode":"AccessDenied""#, r#""eventName":"ConsoleLogin""#] {
            assert!(!passes(&format!(r#"{{"eventName":"A","p":"{pad}",{wanted}}}"#)));
            assert!(!passes(&format!(r#"{{"eventName":"A","p":{{"{pad}\\":[{{{wanted}}}]}}}}"#)));
        }
        // serde_json goes as deep as 128.
        let depth = (blanks + 1).min(126);
        agree(
            list(&[&format!(r#"{{"eventName":"A","a":{}{}}}"#, "[".repeat(depth), "]".repeat(depth))])
                .as_bytes(),
        );
    }
}

#[test]
fn keys_that_cannot_be_looked_for_let_nothing_pass() {
    for keys in [&["i"][..], &["a/bcd"], &["schlüssel"], &["with\"quote"], &["aaaa"; 20]] {
        let mut sink = collect(true);
        sink.looking = Some(Looking(keys.iter().map(|key| (*key).into()).collect()));
        Reader::default().read_bytes(list(&[&record("A"), &record("B")]).as_bytes(), &mut sink);
        assert_eq!((sink.told.events.len(), sink.told.passed), (2, 0), "{keys:?}");
    }
}

/// Members of a record, some of which matter.
fn member() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        "eventName",
        "eventSource",
        "eventType",
        "errorCode",
        "type",
        "userIdentity",
        "x",
        "userName",
        "\\\"type",
        "bucketName",
        "",
        "detail",
        "a\\\\",
    ]);
    let text = prop_oneof![
        3 => prop::sample::select(vec![
            "GetUser", "ConsoleLogin", "Root", "AccessDenied", "iam.amazonaws.com", "aws:s3", "AwsApiCall",
            "AwsCloudTrailInsight", "type", "eventName",
        ])
        .prop_map(|text| format!("\"{text}\"")),
        1 => any::<String>().prop_map(|text| serde_json::to_string(&text).unwrap()),
        1 => prop::sample::select(vec!["\"\\u0041\"", "\"a\\/b\"", "\"{\\\"type\\\":\\\"Root\\\"}\"", "null", "1", "[]"]).prop_map(str::to_owned),
    ];
    let value = text.prop_recursive(3, 12, 4, {
        let name = name.clone();
        move |inner| {
            prop_oneof![
                prop::collection::vec((name.clone(), inner.clone()), 0..4).prop_map(|members| {
                    let members: Vec<_> =
                        members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
                    format!("{{{}}}", members.join(","))
                }),
                prop::collection::vec(inner, 0..3).prop_map(|elements| format!("[{}]", elements.join(","))),
            ]
        }
    });
    (name, prop::sample::select(vec!["", "", "", "", " "]), value)
        .prop_map(|(name, blank, value)| format!("\"{name}\":{blank}{value}"))
}

fn element() -> impl Strategy<Value = String> {
    let event = prop::sample::select(vec![
        r#""eventSource":"ec2.amazonaws.com","eventName":"DescribeInstances""#,
        r#""eventName":"GetUser","eventSource":"iam.amazonaws.com""#,
        r#""eventVersion":"1.11""#,
    ]);
    (event, prop::collection::vec(member(), 0..5))
        .prop_map(|(event, members)| format!("{{{}}}", [vec![event.to_owned()], members].concat().join(",")))
}

fn source() -> impl Strategy<Value = String> {
    (prop::collection::vec(element(), 1..6), 0..3).prop_map(|(elements, form)| match form {
        0 => list(&elements.iter().map(String::as_str).collect::<Vec<_>>()),
        1 => format!("[{}]", elements.join(" ,\n")),
        _ => elements.join("\n") + "\n",
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_valid_source(source in source()) {
        agree(source.as_bytes());
    }

    #[test]
    fn any_damaged_source_hands_out_what_is_worth_it(
        source in source(),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..5), 1..4),
    ) {
        let mut bytes = source.into_bytes();
        for (at, byte, how) in damage {
            let at = at.index(bytes.len().max(1)).min(bytes.len());
            match how {
                0 if at < bytes.len() => bytes[at] = byte,
                1 if at < bytes.len() => { bytes.remove(at); }
                2 => bytes.truncate(at),
                3 => bytes.insert(at, *b"\"{}[],:\n\\".get(usize::from(byte % 9)).unwrap()),
                _ => bytes.insert(at, byte),
            }
        }
        let plain = read(&bytes, false);
        hands_out_what_is_worth_it(&plain, &read(&bytes, true), &bytes);
        hands_out_what_is_worth_it(&plain, &read_stream(&bytes, true), &bytes);
    }
}

/// A bracket or quote too few or too many, at any place of a source: all is told as without a glance.
#[test]
fn what_does_not_balance_is_told_as_always() {
    let record = r#"{"eventVersion":"1.11","userIdentity":{"type":"IAMUser","a":[{"b":"c"},{"d":{}}]},"eventSource":"iam.amazonaws.com","eventName":"PutUserPolicy","requestParameters":{"policyDocument":"{\"Statement\":[{\"Effect\":\"Allow\"}]}","l":[{"m":1},{"n":2}]},"resources":[{"o":"p"},{"q":"r"}],"tlsDetails":{"s":"t"}}"#;
    for source in [list(&[record, record, record]), format!("{record}\n{record}\n{record}\n")] {
        assert_eq!(read(source.as_bytes(), true).events.len(), usize::from(!source.starts_with("{\"R")));
        for at in 0..source.len() {
            let bytes = source.as_bytes();
            agree(&bytes[..at]);
            // A quote that was escaped leaves a bad escape, and all balances.
            if b"{}[]\"".contains(&bytes[at]) && bytes[at - 1.min(at)] != b'\\' {
                agree(&[&bytes[..at], &bytes[at + 1..]].concat());
            }
            for byte in b"{}[]\"" {
                agree(&[&bytes[..at], &[*byte], &bytes[at..]].concat());
            }
        }
    }
}

#[test]
fn packed_and_in_payloads() {
    let records: Vec<String> =
        ["GetUser", "ConsoleLogin", "ListUsers"].map(|name| record(name).replace("Root", "IAMUser")).into();
    let source = list(&records.iter().map(String::as_str).collect::<Vec<_>>());
    for source in
        [gzip(source.as_bytes()), format!("[{}]", serde_json::to_string(&source).unwrap()).into_bytes()]
    {
        let told = agree(&source);
        assert_eq!((told.events.len(), told.passed), (1, 2));
    }
}
