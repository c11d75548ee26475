//! Properties: random patterns against a naive evaluator written from the language's description alone, printing and
//! reading back, what is required, and hostile input of every kind.

#![expect(clippy::unwrap_used, reason = "a test may stop at what is not as it should be")]

mod fuzz;

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use trailbell_event_pattern::EventPattern;
use trailbell_json::Json;

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

// ---------------------------------------------------------------- patterns

/// A pattern as a test knows it: members in order, a leaf's tests as they are written.
#[derive(Debug, Clone)]
enum Node {
    Leaf(Vec<&'static str>),
    Object(Vec<(&'static str, Self)>),
    Or(Vec<Self>),
}

const TESTS: &[&str] = &[
    "1",
    "\"x\"",
    "\"xy\"",
    "null",
    "true",
    r#"{"prefix":"x"}"#,
    r#"{"suffix":"y"}"#,
    r#"{"equals-ignore-case":"X"}"#,
    r#"{"wildcard":"*x*y"}"#,
    r#"{"numeric":[">",0,"<",2]}"#,
    r#"{"exists":true}"#,
    r#"{"exists":false}"#,
    r#"{"anything-but":"x"}"#,
    r#"{"anything-but":[1]}"#,
    r#"{"anything-but":{"prefix":"x"}}"#,
];

const NAMES: &[&str] = &["a", "b", "c", "a.b"];

fn node() -> impl Strategy<Value = Node> {
    let leaf = vec(select(TESTS), 1..3).prop_map(Node::Leaf);
    let object =
        leaf.prop_recursive(3, 12, 3, |inner| vec((select(NAMES), inner), 1..4).prop_map(Node::Object));
    let fields = || vec((select(NAMES), object.clone()), 1..4);
    let or = vec(fields().prop_map(Node::Object), 2..4).prop_map(|branches| ("$or", Node::Or(branches)));
    prop_oneof![
        3 => fields().prop_map(Node::Object),
        1 => (fields(), or, fields()).prop_map(|(mut before, or, after)| {
            before.push(or);
            before.extend(after);
            Node::Object(before)
        }),
    ]
}

impl Node {
    fn write(&self) -> String {
        match self {
            Self::Leaf(tests) => format!("[{}]", tests.join(",")),
            Self::Object(members) => {
                let members: Vec<String> =
                    members.iter().map(|(name, node)| format!("\"{name}\":{}", node.write())).collect();
                format!("{{{}}}", members.join(","))
            }
            Self::Or(branches) => {
                format!("[{}]", branches.iter().map(Self::write).collect::<Vec<_>>().join(","))
            }
        }
    }
}

type Rule = BTreeMap<String, Vec<&'static str>>;

/// `$or` multiplied out; of equal paths the last counts.
fn rules(node: &Node, path: &str, rules_before: Vec<Rule>) -> Vec<Rule> {
    let Node::Object(members) = node else { return rules_before };
    members.iter().fold(rules_before, |so_far, (name, node)| {
        let path = if *name == "$or" || path.is_empty() {
            format!("{path}{name}")
        } else {
            format!("{path}.{name}")
        };
        match node {
            Node::Object(_) => rules(node, &path, so_far),
            Node::Leaf(tests) => so_far
                .into_iter()
                .map(|mut rule| {
                    rule.insert(path.clone(), tests.clone());
                    rule
                })
                .collect(),
            Node::Or(branches) => {
                let outer = path.trim_end_matches("$or");
                branches.iter().flat_map(|branch| rules(branch, outer, so_far.clone())).collect()
            }
        }
    })
}

// ---------------------------------------------------------------- events

fn event() -> impl Strategy<Value = Json> {
    let scalar = prop_oneof![
        Just(Json::Null),
        Just(Json::Bool(true)),
        select(&["1", "1.0", "2", "-1"][..]).prop_map(|text| Json::Number(text.to_owned())),
        select(&["x", "xy", "X", "", "z"][..]).prop_map(|text| Json::String(text.to_owned())),
    ];
    let object = |inner: BoxedStrategy<Json>| {
        vec((select(NAMES).prop_map(str::to_owned), inner), 0..4).prop_map(Json::Object)
    };
    let value = scalar.prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![vec(inner.clone(), 0..4).prop_map(Json::Array), object(inner.boxed())]
    });
    vec((select(NAMES).prop_map(str::to_owned), value), 0..4).prop_map(Json::Object)
}

type Place = Vec<(usize, usize)>;

/// Every plain value with its path, its text and its place in lists.
fn flat<'j>(
    json: &'j Json,
    path: Option<&str>,
    place: &Place,
    lists: &mut usize,
    out: &mut Vec<(String, &'j Json, Place)>,
) {
    match json {
        Json::Object(members) => {
            for (name, value) in members {
                let path = path.map_or_else(|| name.clone(), |path| format!("{path}.{name}"));
                flat(value, Some(&path), place, lists, out);
            }
        }
        Json::Array(elements) => {
            let list = *lists;
            *lists += 1;
            for (index, element) in elements.iter().enumerate() {
                let mut place = place.clone();
                if element.as_object().is_some() || element.as_array().is_some() {
                    place.push((list, index));
                }
                flat(element, path, &place, lists, out);
            }
        }
        _ => out.push((path.unwrap_or_default().to_owned(), json, place.clone())),
    }
}

fn naive_test(test: &str, value: &Json) -> bool {
    let text = value.as_str();
    let number: Option<f64> = match value {
        Json::Number(text) => text.parse().ok(),
        _ => None,
    };
    match test {
        "1" => number == Some(1.0),
        "\"x\"" => text == Some("x"),
        "\"xy\"" => text == Some("xy"),
        "null" => *value == Json::Null,
        "true" => *value == Json::Bool(true),
        r#"{"prefix":"x"}"# => text.is_some_and(|t| t.starts_with('x')),
        r#"{"suffix":"y"}"# => text.is_some_and(|t| t.ends_with('y')),
        r#"{"equals-ignore-case":"X"}"# => matches!(text, Some("x" | "X")),
        r#"{"wildcard":"*x*y"}"# => text.is_some_and(|t| t.contains('x') && t.ends_with('y')),
        r#"{"numeric":[">",0,"<",2]}"# => number.is_some_and(|n| n > 0.0 && n < 2.0),
        r#"{"exists":true}"# => true,
        r#"{"anything-but":"x"}"# => text != Some("x"),
        r#"{"anything-but":[1]}"# => number != Some(1.0),
        r#"{"anything-but":{"prefix":"x"}}"# => !text.is_some_and(|t| t.starts_with('x')),
        _ => false,
    }
}

fn agree(one: &Place, other: &Place) -> bool {
    one.iter().all(|(list, index)| other.iter().all(|(l, i)| l != list || i == index))
}

/// Every choice of a value for every field, in the order of the paths.
fn naive_rule(fields: &[(&String, &Vec<&str>)], event: &[(String, &Json, Place)], chosen: &[Place]) -> bool {
    let Some(((path, tests), rest)) = fields.split_first() else { return true };
    let fits = |place: &Place| chosen.iter().all(|other| agree(place, other));
    let values: Vec<_> = event.iter().filter(|(p, _, place)| p == *path && fits(place)).collect();
    let may_be_absent = tests.contains(&r#"{"exists":false}"#);
    may_be_absent && values.is_empty() && naive_rule(rest, event, chosen)
        || values.iter().any(|(_, value, place)| {
            tests.iter().any(|test| naive_test(test, value)) && {
                let chosen: Vec<Place> = chosen.iter().cloned().chain([place.clone()]).collect();
                naive_rule(rest, event, &chosen)
            }
        })
}

fn naive(node: &Node, event: &Json) -> bool {
    let mut values = Vec::new();
    flat(event, None, &Vec::new(), &mut 0, &mut values);
    rules(node, "", vec![Rule::new()])
        .iter()
        .any(|rule| naive_rule(&rule.iter().collect::<Vec<_>>(), &values, &[]))
}

// ---------------------------------------------------------------- patterns and events that have much in common

/// A few lenient tests of one of two values, so that it is the lists that decide.
fn lenient() -> impl Strategy<Value = Node> {
    prop_oneof![
        4 => Just(vec!["1"]),
        4 => Just(vec!["\"x\""]),
        1 => Just(vec![r#"{"exists":true}"#]),
        2 => Just(vec![r#"{"exists":false}"#]),
        1 => Just(vec!["1", r#"{"exists":false}"#]),
        1 => Just(vec![r#"{"anything-but":"x"}"#]),
    ]
    .prop_map(Node::Leaf)
}

/// Some of the members, at least one.
fn some(members: Vec<(&'static str, BoxedStrategy<Node>)>) -> BoxedStrategy<Node> {
    let members: Vec<_> = members
        .into_iter()
        .map(|(name, node)| proptest::option::weighted(0.6, node.prop_map(move |node| (name, node))))
        .collect();
    members
        .prop_map(|members| members.into_iter().flatten().collect::<Vec<_>>())
        .prop_filter("at least one", |members| !members.is_empty())
        .prop_map(Node::Object)
        .boxed()
}

fn shaped_node() -> impl Strategy<Value = Node> {
    let leaf = || lenient().boxed();
    let inner = || some(vec![("a", leaf()), ("b", leaf())]);
    let item = || some(vec![("c", inner()), ("a", leaf()), ("b", leaf())]);
    let all = || some(vec![("c", item()), ("a", leaf()), ("b", item())]);
    let or = vec(all(), 2..3).prop_map(|branches| Node::Object(vec![("$or", Node::Or(branches))]));
    let both = (all(), vec(all(), 2..3)).prop_map(|(node, branches)| match node {
        Node::Object(mut members) => {
            members.insert(members.len() / 2, ("$or", Node::Or(branches)));
            Node::Object(members)
        }
        other => other,
    });
    prop_oneof![4 => all(), 1 => or, 1 => both]
}

fn shaped_event() -> impl Strategy<Value = Json> {
    let scalar =
        || prop_oneof![Just(Json::Number("1".to_owned())), Just(Json::String("x".to_owned()))].boxed();
    let listed = |one: BoxedStrategy<Json>| {
        prop_oneof![
            1 => one.clone(),
            3 => vec(one.clone(), 1..4).prop_map(Json::Array),
            1 => vec(vec(one, 1..3).prop_map(Json::Array), 1..3).prop_map(Json::Array),
        ]
        .boxed()
    };
    let object = |members: Vec<(&'static str, BoxedStrategy<Json>)>| {
        let members: Vec<_> = members
            .into_iter()
            .map(|(name, value)| {
                let value = value.prop_map(move |value| (name.to_owned(), value));
                // Sometimes twice, sometimes not at all.
                prop_oneof![1 => vec(value.clone(), 0), 6 => vec(value.clone(), 1), 1 => vec(value, 2)]
            })
            .collect();
        members.prop_map(|members| Json::Object(members.into_iter().flatten().collect())).boxed()
    };
    let plain = || prop_oneof![3 => scalar(), 1 => listed(scalar())].boxed();
    let inner = listed(object(vec![("a", plain()), ("b", plain())]));
    let item = listed(object(vec![("a", plain()), ("b", plain()), ("c", inner)]));
    object(vec![("a", plain()), ("b", item.clone()), ("c", item)])
}

/// The two have enough in common that both verdicts are frequent; otherwise the test below would show little.
#[test]
fn shaped_patterns_match_shaped_events_about_as_often_as_not() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let matched = (0..1000)
        .filter(|_| {
            let node = shaped_node().new_tree(&mut runner).unwrap().current();
            let event = shaped_event().new_tree(&mut runner).unwrap().current();
            naive(&node, &event)
        })
        .count();
    assert!((200..800).contains(&matched), "{matched} of 1000");
}

/// What the language is made of, and some of what it is not.
const PIECES: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"a\"",
    "\"$or\"",
    "\"prefix\"",
    "\"anything-but\"",
    "\"wildcard\"",
    "\"**\"",
    "\"\\\\\"",
    "\"cidr\"",
    "\"10.0.0.0/8\"",
    "\"numeric\"",
    "\">\"",
    "1",
    "-",
    "1e999",
    "null",
    "\"exists\"",
    "true",
    "\"\\ud800\"",
    "\"é",
    "'",
    "/",
];

/// The pattern and the one it prints as mean what the description says.
fn means_what_the_description_says(node: &Node, event: &Json) -> Result<(), TestCaseError> {
    let text = node.write();
    let pattern = EventPattern::parse(&text).unwrap();
    prop_assert_eq!(pattern.matches(event), naive(node, event), "{} on {}", text, event);
    let printed = pattern.to_string();
    let again = EventPattern::parse(&printed).unwrap();
    prop_assert_eq!(again.matches(event), pattern.matches(event), "{}", printed);
    prop_assert_eq!(again.to_string(), printed);
    Ok(())
}

proptest! {
    #![proptest_config(cases(4096))]

    #[test]
    fn a_random_pattern_means_what_the_description_says(node in node(), event in event()) {
        means_what_the_description_says(&node, &event)?;
    }

    #[test]
    fn a_shaped_pattern_means_what_the_description_says(node in shaped_node(), event in shaped_event()) {
        means_what_the_description_says(&node, &event)?;
    }

    #[test]
    fn a_value_that_is_required_is_there_where_the_pattern_matches(node in node(), event in event()) {
        let pattern = EventPattern::parse(&node.write()).unwrap();
        for path in ["a", "a.b", "c"] {
            if let (Some(required), true) = (pattern.required_values(path), pattern.matches(&event)) {
                let mut values = Vec::new();
                flat(&event, None, &Vec::new(), &mut 0, &mut values);
                let there = values.iter().any(|(at, value, _)| {
                    at == path && value.as_str().is_some_and(|text| required.contains(text))
                });
                prop_assert!(there);
            }
        }
    }

    #[test]
    fn an_event_that_matches_could_match_by_each_of_its_strings(node in node(), event in event()) {
        let pattern = EventPattern::parse(&node.write()).unwrap();
        for name in ["a", "c"] {
            let here = match event.get(name) {
                None | Some(Json::Null) => None,
                Some(Json::String(text)) => Some(text.as_str()),
                _ => continue,
            };
            let is_only = event.as_object().unwrap().iter().filter(|(key, _)| key == name).count() < 2;
            if is_only && pattern.matches(&event) {
                prop_assert!(pattern.could_match(name, here), "{}\n{}", pattern, event);
            }
        }
    }

    #[test]
    fn what_the_pattern_does_not_look_at_does_not_matter(node in node(), event in event()) {
        let pattern = EventPattern::parse(&node.write()).unwrap();
        let mut wanted = trailbell_json::Wanted::default();
        for path in pattern.paths() {
            wanted.add(path.split('.'));
        }
        let part = Json::project(&event.to_string(), &[&wanted]).unwrap();
        prop_assert_eq!(pattern.matches(&part), pattern.matches(&event), "{}\n{}", pattern, event);
    }

    #[test]
    fn any_text_is_read_or_refused_at_a_place_that_can_be_shown(text in any::<String>()) {
        never_panics(&text);
    }

    #[test]
    fn pieces_of_patterns_in_any_order_are_read_or_refused(
        pieces in vec(select(PIECES), 0..24)
    ) {
        never_panics(&pieces.concat());
    }

    #[test]
    fn a_wildcard_is_what_trying_every_place_finds(parts in vec("[ab]{0,2}", 1..4), text in "[ab]{0,8}") {
        let pattern = format!(r#"{{"v":[{{"wildcard":"{}"}}]}}"#, parts.join("*").replace("**", "*"));
        let Ok(parsed) = EventPattern::parse(&pattern) else { return Ok(()) };
        let event = Json::Object(vec![("v".to_owned(), Json::String(text.clone()))]);
        let written = parts.join("*").replace("**", "*");
        prop_assert_eq!(parsed.matches(&event), naive_wildcard(written.as_bytes(), text.as_bytes()));
    }
}

fn naive_wildcard(pattern: &[u8], text: &[u8]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some((b'*', rest)) => (0..=text.len()).any(|at| naive_wildcard(rest, &text[at..])),
        Some((byte, rest)) => text.first() == Some(byte) && naive_wildcard(rest, &text[1..]),
    }
}

fn never_panics(text: &str) {
    match EventPattern::parse(text) {
        Ok(pattern) => {
            pattern.warnings(&[]);
            assert!(EventPattern::parse(&pattern.to_string()).is_ok());
        }
        Err(error) => {
            error.diagnostic().render("pattern", text);
        }
    }
}

/// What one branch asks for besides may choose the element in which a field of both is absent.
#[test]
fn a_branch_that_asks_for_less_is_printed_where_a_field_may_be_absent() {
    let event = Json::parse(r#"{"a":1,"b":[{"a":1},{"b":1}]}"#).unwrap();
    let text = r#"{"$or":[{"a":[1]},{"a":[1],"b":{"a":[1]}}],"b":{"b":[{"exists":false}]}}"#;
    let pattern = EventPattern::parse(text).unwrap();
    let printed = pattern.to_string();
    assert_eq!(printed, r#"{"a":[1],"b":{"b":[{"exists":false}]},"$or":[{"a":[1]},{"b":{"a":[1]}}]}"#);
    assert!(pattern.matches(&event) && EventPattern::parse(&printed).unwrap().matches(&event));
}

/// Inside `$or` a name such as `=` is refused, but as a part of a longer one it is a field's.
#[test]
fn a_reserved_word_in_a_longer_name_inside_or_is_printed_in_one() {
    let pattern = EventPattern::parse(r#"{"$or":[{"=.b":[1]},{"a":{"b":[1]}}]}"#).unwrap();
    assert_eq!(pattern.to_string(), r#"{"$or":[{"=.b":[1]},{"a":{"b":[1]}}]}"#);
}

/// An event of many lists of equal names asks for every way to share the fields out; there is an end to that.
#[test]
fn an_event_that_is_made_to_be_slow_is_not() {
    let pattern: Vec<String> = (0..24).map(|at| format!("\"f{at}\":[1]")).collect();
    let lists: Vec<String> =
        (0..24).map(|at| format!("\"a\":[{{\"f{at}\":1}},{{\"f{}\":1}}]", (at + 1) % 23)).collect();
    let event = format!("{{{}}}", lists.join(","));
    for absent in ["", ",\"z\":[{\"exists\":false}]"] {
        let pattern = EventPattern::parse(&format!("{{\"a\":{{{}{absent}}}}}", pattern.join(","))).unwrap();
        let event = event.replace("\"f3\":1", "\"f3\":1,\"z\":0");
        pattern.matches_text(&event).unwrap();
    }
    let wide = format!("{{\"a\":[{}]}}", vec![r#"{"x":1,"y":2}"#; 20_000].join(","));
    for pattern in
        [r#"{"a":{"x":[1],"y":[1]}}"#, r#"{"a":{"w":[{"exists":false}],"x":[1],"y":[1,{"exists":false}]}}"#]
    {
        assert!(!EventPattern::parse(pattern).unwrap().matches_text(&wide).unwrap());
    }
}
