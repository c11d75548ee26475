//! What holds for every rule and every event: nothing panics, and an index never excludes an event that matches.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test may stop at what is not as it should be")]
#![expect(clippy::format_collect, reason = "a test may be slow where it is plain")]

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use proptest::prelude::*;
use proptest::test_runner::TestCaseResult;
use trailbell_fuzz::{damaged_text, fuzz};
use trailbell_json::Json;
use trailbell_sigma::{Bounds, Correlation, Document, KeptGroup, Rule, lower, parse};

const SAMPLES: &[&str] = &[
    include_str!("samples/console_login_without_mfa.yml"),
    include_str!("samples/policy_for_everybody.yml"),
    include_str!("samples/many_refusals.yml"),
];

fn event() -> impl Strategy<Value = Json> {
    let text = || prop::sample::select(vec!["a", "A", "b", "ab", "", "1", "true", "K", "k", "[1]", "*"]);
    let leaf = prop_oneof![
        4 => text().prop_map(|text| Json::String(text.to_owned())),
        1 => Just(Json::Null),
        1 => any::<bool>().prop_map(Json::Bool),
        1 => prop::sample::select(vec!["1", "1.0", "2"]).prop_map(|text| Json::Number(text.to_owned())),
    ];
    let key = prop::sample::select(vec!["x", "y", "z", "x.y"]);
    let any = leaf.prop_recursive(3, 12, 3, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Json::Array),
            prop::collection::vec((key.clone().prop_map(str::to_owned), inner), 0..3).prop_map(Json::Object),
        ]
    });
    let key = prop::sample::select(vec!["x", "y", "z", "x.y"]);
    prop::collection::vec((key.prop_map(str::to_owned), any), 0..4).prop_map(Json::Object)
}

/// An event of nothing but strings.
fn event_of_strings() -> impl Strategy<Value = Json> {
    let text = prop::sample::select(vec!["a", "A", "b", "ab", "", "1", "k", "[1]"]);
    prop::collection::vec(text, 3).prop_map(|texts| {
        let members = ["x", "y", "z"].into_iter().zip(texts);
        Json::Object(members.map(|(name, text)| (name.to_owned(), Json::String(text.to_owned()))).collect())
    })
}

fn rule() -> impl Strategy<Value = String> {
    let field = prop::sample::select(vec!["x", "y", "x.y", "y.x", "z"]);
    let modifier = prop::sample::select(vec![
        "",
        "",
        "",
        "|contains",
        "|startswith",
        "|cased",
        "|neq",
        "|all",
        "|contains|all",
        "|re",
        "|re|i",
        "|windash",
        "|endswith|neq",
        "|fieldref",
        "|fieldref|contains",
        "|fieldref|neq",
    ]);
    let value = prop::sample::select(vec![
        "'a'", "'A'", "b", "'a*'", "'?'", "''", "'1'", "'[1]'", "'K'", "'\\*'", "x",
    ]);
    let bare = prop::sample::select(vec!["null", "true", "1", "'k'"]);
    let line = prop_oneof![
        6 => (field.clone(), modifier, prop::collection::vec(value.clone(), 1..3)).prop_map(|(field, modifier, values)| {
            // Stars and empty texts are no expressions and no fields.
            let values: Vec<&str> = values.into_iter().map(|value| if (modifier.contains("re") || modifier.contains("ref")) && matches!(value, "'a*'" | "'?'" | "''" | "'\\*'") { "y" } else { value }).collect();
            format!("{{'{field}{modifier}': [{}]}}", values.join(", "))
        }),
        3 => (field.clone(), prop::collection::vec(bare, 1..3)).prop_map(|(field, values)| format!("{{{field}: [{}]}}", values.join(", "))),
        1 => (field.clone(), any::<bool>()).prop_map(|(field, exists)| format!("{{{field}|exists: {exists}}}")),
        1 => prop::sample::select(vec!["lt", "lte", "gt", "gte"]).prop_map(|order| format!("{{x|{order}: 1}}")),
        1 => value.prop_map(|value| format!("[{value}]")),
    ];
    let condition = prop::sample::select(vec![
        "s0",
        "s0 and s1",
        "s0 or s1",
        "s0 and not s1",
        "not (s0 and s1)",
        "not not s0 and s2",
        "1 of them",
        "all of them",
        "2 of them",
        "s0 and (s1 or not s2)",
    ]);
    (prop::collection::vec(line, 3), condition).prop_map(|(lines, condition)| {
        let lines: String = lines.iter().enumerate().map(|(n, line)| format!("  s{n}: {line}\n")).collect();
        format!("title: T\nlogsource: {{product: aws}}\ndetection:\n{lines}  condition: {condition}\n")
    })
}

fn read(text: &str) -> Rule {
    let mut parsed = parse(text);
    assert_eq!(parsed.problems, [], "{text}");
    match parsed.documents.pop() {
        Some(Document::Rule(rule)) => rule,
        other => panic!("{other:?}"),
    }
}

/// What an event has at a field, found in another way than the crate's: every reading of the dotted name, of which the longest
/// key wins.
fn values<'e>(event: &'e Json, path: &str) -> Vec<&'e Json> {
    match event {
        Json::Array(elements) => elements.iter().flat_map(|element| values(element, path)).collect(),
        Json::Object(_) => {
            let mut end = path.len();
            loop {
                if let Some(value) = event.get(&path[..end]) {
                    return if end == path.len() { vec![value] } else { values(value, &path[end + 1..]) };
                }
                match path[..end].rfind('.') {
                    Some(dot) => end = dot,
                    None => return Vec::new(),
                }
            }
        }
        _ => Vec::new(),
    }
}

fn texts(value: &Json, found: &mut BTreeSet<String>) {
    match value {
        Json::Array(elements) => elements.iter().for_each(|element| texts(element, found)),
        Json::String(text) | Json::Number(text) => {
            found.insert(lower(text).into_owned());
        }
        Json::Bool(value) => {
            found.insert(value.to_string());
        }
        _ => {}
    }
}

/// What a rule says beforehand holds of every event.
fn keeps_its_promises(text: &str, events: &[Json]) -> TestCaseResult {
    let rule = read(text);
    for event in events {
        let matches = rule.matches(event);
        prop_assert_eq!(rule.detection().matches(event), matches);
        for field in ["x", "y", "z", "x.y", "y.x"] {
            let at = values(event, field);
            if let [] | [Json::Null | Json::String(_)] = at.as_slice() {
                let value = at.first().and_then(|value| value.as_str());
                prop_assert!(!matches || rule.could_match(field, value), "{} {} {}", text, event, field);
            }
            if let Some(strings) = strings(&at)
                && rule.is_met_by_one(field)
                && ![None, Some("no such value")].into_iter().any(|other| rule.could_match(field, other))
            {
                let is_met = strings.iter().any(|string| rule.could_match(field, Some(string)));
                prop_assert!(!matches || is_met, "{} {} {}", text, event, field);
            }
            if let Some(required) = rule.required_values(field) {
                let mut found = BTreeSet::new();
                for value in &at {
                    texts(value, &mut found);
                }
                prop_assert!(!matches || !required.is_disjoint(&found), "{} {} {}", text, event, field);
            }
        }
        for line in rule.explain(event) {
            prop_assert_eq!(line.holds, line.item.matches(event));
            line.item.to_string();
        }
        let Some(paths) = rule.paths() else { continue };
        // What it does not look at makes no difference.
        let Json::Object(mut members) = event.clone() else { unreachable!() };
        let is_on_path = |key: &str, path: &&str| {
            path.strip_prefix(key).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        members.retain(|(key, _)| paths.iter().any(|path| is_on_path(key, path)));
        prop_assert_eq!(rule.matches(&Json::Object(members)), matches, "{} {}", text, event);
        if rule.is_decided_by_strings() {
            let holds_of_each: Option<bool> =
                paths.iter().try_fold(true, |all, path| match values(event, path).as_slice() {
                    [Json::String(string)] => Some(all && rule.could_match(path, Some(string))),
                    _ => None,
                });
            prop_assert_eq!(holds_of_each.unwrap_or(matches), matches, "{} {}", text, event);
        }
    }
    Ok(())
}

/// The strings there are at a field, in lists as well; `None` where there is anything else.
fn strings<'e>(at: &[&'e Json]) -> Option<Vec<&'e str>> {
    let mut found = Vec::new();
    for value in at {
        match value {
            Json::String(text) => found.push(text.as_str()),
            Json::Array(elements) => found.extend(strings(&elements.iter().collect::<Vec<_>>())?),
            _ => return None,
        }
    }
    Some(found)
}

#[test]
fn fuzz_rules() {
    let events = prop::collection::vec(prop_oneof![3 => event(), 1 => event_of_strings()], 1..6);
    fuzz("sigma: rules", &(rule(), events), |(text, events)| keeps_its_promises(&text, &events));
}

/// A text is read or refused: what is wrong has its place in the text, and what was read can be asked.
fn is_read_or_refused(text: &str, event: &Json) -> TestCaseResult {
    let parsed = parse(text);
    for problem in &parsed.problems {
        prop_assert!(text.get(problem.span.start..problem.span.end).is_some(), "{:?}", problem);
        problem.render("rule.yml", text);
    }
    let mut correlations = Vec::new();
    let mut rules = Vec::new();
    for document in parsed.documents {
        match document {
            Document::Rule(rule) => {
                rule.matches(event);
                rules.push(rule);
            }
            Document::Correlation(rule) => correlations.push(rule),
        }
    }
    if let Ok(mut running) = Correlation::new(correlations) {
        running.take(Timestamp::MIN, &rules.iter().collect::<Vec<_>>(), event);
        running.take(Timestamp::MAX, &rules.iter().collect::<Vec<_>>(), event);
    }
    Ok(())
}

/// What is put into a text that gets damaged.
const TOKENS: &[&str] = &[
    "|", "*", "---\n", "\n", ": ", "- ", "{", "}", "[", "]", "'", "\"", "あ", "\u{feff}", "|all", "not ",
    "1 of ",
];

#[test]
fn fuzz_damaged_rules() {
    let written = prop_oneof![prop::sample::select(SAMPLES.to_vec()).prop_map(str::to_owned), rule()];
    fuzz("sigma: damaged rules", &(damaged_text(written, TOKENS), event()), |(text, event)| {
        is_read_or_refused(&text, &event)
    });
}

#[test]
fn fuzz_any_text() {
    let signs = "[a-c:{}\\[\\]'|*? \n-]{0,60}";
    let text = prop_oneof![
        any::<String>(),
        signs.prop_map(|detection| format!("title: T\nlogsource: {{}}\ndetection: {detection}")),
        signs.prop_map(|condition| {
            format!("title: T\nlogsource: {{}}\ndetection: {{a: {{b: 1}}, b: {{c: 1}}, condition: \"{condition}\"}}")
        }),
    ];
    fuzz("sigma: any text", &(text, event()), |(text, event)| is_read_or_refused(&text, &event));
}

#[test]
fn fuzz_correlations() {
    let kind = prop::sample::select(vec![
        "type: event_count, rules: [a], condition: {gte: 3}",
        "type: event_count, rules: [a, b], condition: {gte: 2, lte: 3}",
        "type: value_count, rules: [a], condition: {field: v, gte: 2}",
        "type: temporal, rules: [a, b]",
        "type: temporal_ordered, rules: [a, b, a]",
    ]);
    let events = prop::collection::vec((0_i64..60, 0_u8..2, 0_u8..2, 0_u8..3), 1..40);
    fuzz("sigma: correlations", &(kind, any::<bool>(), events), |(kind, is_grouped, events)| {
        counts_the_same_when_stopped(kind, is_grouped, events)
    });
}

/// A correlation that is stopped after each event, and goes on with what lasts of it, counts as one that was not.
fn counts_the_same_when_stopped(
    kind: &str,
    is_grouped: bool,
    events: Vec<(i64, u8, u8, u8)>,
) -> TestCaseResult {
    let group = if is_grouped { ", group-by: [u]" } else { "" };
    let rule = |name: &str, value: u8| {
        format!(
            "title: {name}\nlogsource: {{product: aws}}\ndetection: {{s: {{e: {value}}}, condition: s}}\n---\n"
        )
    };
    let text =
        format!("{}{}title: C\ncorrelation: {{{kind}, timespan: 10s{group}}}\n", rule("a", 0), rule("b", 1));
    let (mut rules, mut correlations) = (Vec::new(), Vec::new());
    for document in parse(&text).documents {
        match document {
            Document::Rule(rule) => rules.push(rule),
            Document::Correlation(rule) => correlations.push(rule),
        }
    }
    prop_assert_eq!((rules.len(), correlations.len()), (2, 1));
    let mut whole = Correlation::new(correlations.clone()).unwrap();
    let mut kept: BTreeMap<Vec<String>, KeptGroup> = BTreeMap::new();
    for (second, met, user, value) in events {
        let event = Json::parse(&format!(r#"{{"e": {met}, "u": {user}, "v": {value}}}"#)).unwrap();
        let met: Vec<&Rule> = rules.iter().filter(|rule| rule.matches(&event)).collect();
        let time = Timestamp::from_second(second).unwrap();
        let mut next = Correlation::lasting(correlations.clone(), Bounds::default()).unwrap();
        for group in kept.values() {
            prop_assert!(next.resume(0, group.clone()));
        }
        prop_assert_eq!(next.take(time, &met, &event), whole.take(time, &met, &event));
        for change in next.take_changes() {
            let text = serde_json::to_string(&change.kept.unwrap()).unwrap();
            kept.insert(change.key, serde_json::from_str(&text).unwrap());
        }
    }
    Ok(())
}

#[test]
fn fuzz_wildcards_match_as_the_expression_they_stand_for() {
    fuzz("sigma: wildcards", &("[ab*?]{0,8}", "[abAあ]{0,10}"), |(pattern, text)| {
        let rule =
            read(&format!("title: T\nlogsource: {{}}\ndetection: {{s: {{v: '{pattern}'}}, condition: s}}"));
        let event = Json::Object(vec![("v".to_owned(), Json::String(text.clone()))]);
        let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
        prop_assert_eq!(rule.matches(&event), naive(&pattern, &text));
        Ok(())
    });
}

/// Wildcards by trying everything.
fn naive(pattern: &[char], text: &[char]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some(('*', rest)) => (0..=text.len()).any(|skipped| naive(rest, &text[skipped..])),
        Some(('?', rest)) => !text.is_empty() && naive(rest, &text[1..]),
        Some((c, rest)) => {
            text.first().is_some_and(|own| own.eq_ignore_ascii_case(c)) && naive(rest, &text[1..])
        }
    }
}

#[test]
fn the_work_for_a_hostile_value_is_bounded() {
    let many = "*a".repeat(200);
    let rule = read(&format!(
        "title: T\nlogsource: {{}}\ndetection: {{s: {{v: ['{many}b', '*{}x*']}}, condition: s}}",
        "a?".repeat(100)
    ));
    let event = Json::Object(vec![("v".to_owned(), Json::String("a".repeat(200_000)))]);
    assert!(!rule.matches(&event));
    let regex = read("title: T\nlogsource: {}\ndetection: {s: {v|re: '(a+)+$'}, condition: s}");
    let event = Json::Object(vec![("v".to_owned(), Json::String(format!("{}b", "a".repeat(50_000))))]);
    assert!(!regex.matches(&event));
    read("title: T\nlogsource: {}\ndetection: {s: {v: 1}, condition: s}")
        .matches(&Json::parse("{}").unwrap());
}
