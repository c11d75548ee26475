//! Properties: random patterns against a naive evaluator written from the language's description alone, printing
//! and reading back, what is required and what is said to be impossible, and hostile input of every kind.

#![expect(
    clippy::unwrap_used,
    clippy::float_cmp,
    clippy::panic,
    reason = "a test may stop at what is not as it should be"
)]

mod fuzz;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use trailbell_filter_pattern::Pattern;
use trailbell_json::Json;

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        max_global_rejects: 100_000,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// A pattern as a test knows it: how it is written, and what it means.
#[derive(Debug, Clone)]
enum Tree<C> {
    One(C),
    All(Vec<Self>),
    Any(Vec<Self>),
}

impl<C> Tree<C> {
    fn write(&self, one: &impl Fn(&C) -> String) -> String {
        let join = |parts: &[Self], operator: &str| {
            parts.iter().map(|part| format!("({})", part.write(one))).collect::<Vec<_>>().join(operator)
        };
        match self {
            Self::One(condition) => one(condition),
            Self::All(parts) => join(parts, "&&"),
            Self::Any(parts) => join(parts, " || "),
        }
    }

    fn holds(&self, one: &impl Fn(&C) -> bool) -> bool {
        match self {
            Self::One(condition) => one(condition),
            Self::All(parts) => parts.iter().all(|part| part.holds(one)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(one)),
        }
    }
}

fn tree<C: Clone + std::fmt::Debug + 'static>(
    one: impl Strategy<Value = C> + 'static,
) -> impl Strategy<Value = Tree<C>> {
    one.prop_map(Tree::One).prop_recursive(3, 8, 3, |inner| {
        prop_oneof![vec(inner.clone(), 1..3).prop_map(Tree::All), vec(inner, 1..3).prop_map(Tree::Any)]
    })
}

/// A right side as it is written. Regexes come with what they mean.
const VALUES: &[&str] = &[
    "1", "1.0", "1e0", "-1", "10", "x", "x*", "*x", "*x*", "*", "x*x", "\"1\"", "\"1.0\"", "\"x\"", "\"\"",
    "\"x y*\"", "true", "%^x%", "%1%",
];
const NUMBERS: &[&str] = &["1", "1.0", "10", "-1", "0.5", "1e1"];
const ORDERS: &[&str] = &["<", "<=", ">", ">="];

fn naive_text(value: &str, text: &str) -> bool {
    match value {
        "%^x%" => text.starts_with('x'),
        "%1%" => text.contains('1'),
        _ => {
            let value = value.trim_matches('"');
            if value == "*" {
                return true;
            }
            let start = value.starts_with('*');
            let end = value.ends_with('*');
            let core = &value[usize::from(start)..value.len() - usize::from(end)];
            // By trying every place, as long as the ends allow it.
            (0..=text.len()).filter(|at| text.is_char_boundary(*at)).any(|at| {
                text[at..].starts_with(core) && (start || at == 0) && (end || at + core.len() == text.len())
            })
        }
    }
}

fn naive_order(order: &str, left: f64, right: f64) -> bool {
    match order {
        "<" => left < right,
        "<=" => left <= right,
        ">" => left > right,
        _ => left >= right,
    }
}

#[derive(Debug, Clone)]
enum Test {
    Equal(&'static str),
    NotEqual(&'static str),
    Order(&'static str, &'static str),
    Words(&'static str),
}

fn value_test() -> impl Strategy<Value = Test> {
    prop_oneof![
        select(VALUES).prop_map(Test::Equal),
        select(VALUES).prop_map(Test::NotEqual),
        (select(ORDERS), select(NUMBERS)).prop_map(|(order, number)| Test::Order(order, number)),
    ]
}

impl Test {
    fn write(&self) -> String {
        match self {
            Self::Equal(value) => format!(" = {value}"),
            Self::NotEqual(value) => format!("!={value}"),
            Self::Order(order, number) => format!(" {order} {number}"),
            Self::Words(words) => format!(" {words}"),
        }
    }
}

// ---------------------------------------------------------------- JSON

const SELECTORS: &[&[&str]] = &[
    &["a"],
    &["a"],
    &["b"],
    &["b", "a"],
    &["c.d"],
    &["a", "0"],
    &["a", "#*"],
    &["b", "*"],
    &["*"],
    &["*", "a"],
];

#[derive(Debug, Clone)]
struct JsonCondition {
    selector: &'static [&'static str],
    test: Test,
}

fn json_condition() -> impl Strategy<Value = JsonCondition> {
    let words = select(vec!["IS NULL", "IS TRUE", "IS FALSE", "NOT EXISTS"]).prop_map(Test::Words);
    (select(SELECTORS), prop_oneof![3 => value_test(), 1 => words])
        .prop_map(|(selector, test)| JsonCondition { selector, test })
}

fn write_json(condition: &JsonCondition) -> String {
    let mut text = "$".to_owned();
    for step in condition.selector {
        match *step {
            "0" => text.push_str("[0]"),
            "#*" => text.push_str("[*]"),
            key if key.contains('.') => text = format!("{text}.['{key}']"),
            key => text = format!("{text}.{key}"),
        }
    }
    text + &condition.test.write()
}

/// Everything a selector finds, list by list.
fn naive_find<'j>(event: &'j Json, selector: &[&str]) -> Vec<&'j Json> {
    let mut found = vec![event];
    for step in selector {
        found = found
            .into_iter()
            .flat_map(|value| match (value, *step) {
                (Json::Array(elements), "*" | "#*") => elements.iter().collect::<Vec<_>>(),
                (Json::Object(members), "*" | "#*") => {
                    members.iter().filter_map(|(key, _)| value.get(key)).collect()
                }
                (Json::Array(elements), "0") => elements.first().into_iter().collect(),
                (_, "0" | "*" | "#*") => vec![],
                (value, key) => value.get(key).into_iter().collect(),
            })
            .collect();
    }
    found
}

fn naive_json(condition: &JsonCondition, event: &Json) -> bool {
    let found = naive_find(event, condition.selector);
    let equal = |value: &str, found: &Json| match found {
        Json::String(text) => naive_text(value, text),
        Json::Number(source) => match value.parse::<f64>() {
            Ok(number) => source.parse::<f64>().unwrap() == number,
            Err(_) => naive_text(value, source),
        },
        _ => false,
    };
    let compares = |found: &Json| matches!(found, Json::String(_) | Json::Number(_));
    match &condition.test {
        Test::Equal(value) => found.iter().any(|one| equal(value, one)),
        Test::NotEqual(value) => found.iter().any(|one| compares(one) && !equal(value, one)),
        Test::Order(order, number) => found.iter().any(|one| match one {
            Json::Number(source) => naive_order(order, source.parse().unwrap(), number.parse().unwrap()),
            _ => false,
        }),
        Test::Words("IS NULL") => found.iter().any(|one| match one {
            Json::Array(elements) => elements.contains(&Json::Null),
            one => **one == Json::Null,
        }),
        Test::Words("IS TRUE") => found.contains(&&Json::Bool(true)),
        Test::Words("IS FALSE") => found.contains(&&Json::Bool(false)),
        Test::Words(_) => found.is_empty(),
    }
}

/// Small values that patterns of this file often meet.
fn event() -> impl Strategy<Value = Json> {
    let scalar = prop_oneof![
        select(vec!["1", "1.0", "1e0", "10", "-1", "0.5"]).prop_map(|text| Json::Number(text.to_owned())),
        select(vec!["1", "1.0", "x", "xy", "yx", "x*x", "xzx", "x y", "", "true"])
            .prop_map(|text| Json::String(text.to_owned())),
        any::<bool>().prop_map(Json::Bool),
        Just(Json::Null),
    ];
    let object = |value: BoxedStrategy<Json>| {
        vec((select(vec!["a", "b", "c.d", "0"]).prop_map(str::to_owned), value), 0..4).prop_map(Json::Object)
    };
    let value = scalar
        .prop_recursive(2, 8, 3, move |inner| {
            prop_oneof![vec(inner.clone(), 0..3).prop_map(Json::Array), object(inner.boxed())]
        })
        .boxed();
    object(value)
}

/// A pattern of at most three wildcards and two regexes, which is what AWS takes.
fn within_limits(pattern: &str) -> bool {
    let wildcards = pattern.matches(".*").count() + pattern.matches("[*]").count();
    wildcards <= 3 && pattern.matches('%').count() <= 4 && pattern.len() <= 1024
}

/// Whether a pattern means the same after printing, in both forms.
fn same_after_printing(pattern: &Pattern, message: &str) -> Result<(), TestCaseError> {
    for printed in [format!("{pattern}"), format!("{pattern:#}")] {
        let again = Pattern::parse(&printed);
        prop_assert!(again.is_ok(), "{printed}");
        let again = again.unwrap();
        prop_assert_eq!(again.extract(message), pattern.extract(message), "{}", printed);
        prop_assert_eq!(again.to_string(), pattern.to_string());
    }
    Ok(())
}

/// What the warnings say of the whole pattern. Of a part they say it in other words.
fn said_to_be_impossible(pattern: &Pattern) -> bool {
    pattern.warnings(&[]).iter().any(|warning| warning.message.starts_with("nothing can match"))
}

fn said_to_match_all(pattern: &Pattern, always_present: &[&str]) -> bool {
    pattern.warnings(always_present).iter().any(|warning| warning.message.starts_with("every event matches"))
}

/// The places of what a pattern could do without.
fn said_to_be_idle(pattern: &Pattern, always_present: &[&str]) -> Vec<String> {
    let words = ["is written twice", "adds nothing"];
    let warnings = pattern.warnings(always_present).into_iter();
    let idle = warnings.filter(|warning| words.iter().any(|word| warning.message.contains(word)));
    idle.map(|warning| format!("{}..{}", warning.span.start, warning.span.end)).collect()
}

fn json_pattern_means_what_the_naive_reading_says(
    tree: &Tree<JsonCondition>,
    event: &Json,
) -> Result<(), TestCaseError> {
    let source = format!("{{ {} }}", tree.write(&write_json));
    prop_assume!(within_limits(&source));
    let pattern = Pattern::parse(&source).unwrap();
    let message = event.to_string();
    let matches = pattern.matches_message(&message);
    prop_assert_eq!(matches, tree.holds(&|one| naive_json(one, event)), "{}\n{}", source, message);
    same_after_printing(&pattern, &message)?;
    if matches {
        prop_assert!(!said_to_be_impossible(&pattern), "{}\n{}", source, message);
        if let Some(texts) = pattern.required_values(&["a"]) {
            let text = match event.get("a") {
                Some(Json::String(text) | Json::Number(text)) => text.as_str(),
                other => panic!("{source} requires a text of {other:?}"),
            };
            prop_assert!(texts.contains(text), "{}\n{}", source, message);
        }
        if let None | Some(Json::Null | Json::String(_)) = event.get("a") {
            let here = event.get("a").and_then(Json::as_str);
            prop_assert!(pattern.could_match(&["a"], here), "{}\n{}", source, message);
        }
    }
    if let Some(paths) = pattern.paths() {
        let mut wanted = trailbell_json::Wanted::default();
        for path in paths {
            wanted.add(path);
        }
        let part = Json::project(&message, &[&wanted]).unwrap();
        prop_assert_eq!(pattern.matches(|| "".into(), || Some(&part)), matches, "{}\n{}", source, message);
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(1500))]

    #[test]
    fn json_patterns_mean_what_the_naive_reading_says(tree in tree(json_condition()), event in event()) {
        json_pattern_means_what_the_naive_reading_says(&tree, &event)?;
    }

    #[test]
    fn json_patterns_match_objects_only(tree in tree(json_condition()), event in event()) {
        let source = format!("{{{}}}", tree.write(&write_json));
        prop_assume!(within_limits(&source));
        let array = Json::Array(vec![event]).to_string();
        prop_assert!(!Pattern::parse(&source).unwrap().matches_message(&array));
    }
}

/// Conditions on few fields with few values, so that they often say the same or exclude each other.
fn near_condition() -> impl Strategy<Value = JsonCondition> {
    let values = ["x", "x*", "*", "\"1\"", "1", "xy", "%^x%"];
    let test = prop_oneof![
        3 => select(values.to_vec()).prop_map(Test::Equal),
        3 => select(values.to_vec()).prop_map(Test::NotEqual),
        1 => (select(ORDERS), select(NUMBERS)).prop_map(|(order, number)| Test::Order(order, number)),
        1 => Just(Test::Words("NOT EXISTS")),
    ];
    let selectors: &[&[&str]] = &[&["a"], &["a"], &["b"], &["b", "a"], &["b", "*"]];
    (select(selectors.to_vec()), test).prop_map(|(selector, test)| JsonCondition { selector, test })
}

/// An event that has a text at `a`.
fn event_with_a() -> impl Strategy<Value = Json> {
    (event(), select(vec!["", "x", "xy", "yx", "1", "10", "-"])).prop_map(|(event, text)| {
        let Json::Object(mut members) = event else { return event };
        members.push(("a".to_owned(), Json::String(text.to_owned())));
        Json::Object(members)
    })
}

/// `events` have a text at `a`, `others` may have.
fn warnings_of_a_json_pattern_are_so(
    parts: &[Tree<JsonCondition>],
    are_alternatives: bool,
    events: &[Json],
    others: &[Json],
) -> Result<(), TestCaseError> {
    // Each part between brackets at the top, so that it can be taken out by its place.
    let write = |parts: &[&Tree<JsonCondition>]| {
        let operator = if are_alternatives { "||" } else { "&&" };
        let parts: Vec<String> = parts.iter().map(|part| format!("({})", part.write(&write_json))).collect();
        format!("{{{}}}", parts.join(operator))
    };
    let source = write(&parts.iter().collect::<Vec<_>>());
    prop_assume!(within_limits(&source));
    let pattern = Pattern::parse(&source).unwrap();
    let never = said_to_be_impossible(&pattern);
    let always = said_to_match_all(&pattern, &["$.a"]);
    for event in others.iter().chain(events) {
        prop_assert!(!never || !pattern.matches_message(&event.to_string()), "{}\n{}", source, event);
    }
    for event in events {
        prop_assert!(!always || pattern.matches_message(&event.to_string()), "{}\n{}", source, event);
    }
    // Without the parts that are said to add nothing it is the same pattern.
    let idle = said_to_be_idle(&pattern, &["$.a"]);
    let mut at = 1;
    let kept: Vec<&Tree<JsonCondition>> = parts
        .iter()
        .filter(|part| {
            let written = format!("({})", part.write(&write_json));
            let place = conditions_in(&source, at, at + written.len());
            at += written.len() + 2;
            !idle.contains(&place)
        })
        .collect();
    if kept.len() < parts.len() && !kept.is_empty() {
        let shorter = write(&kept);
        let without = Pattern::parse(&shorter).unwrap();
        for event in events {
            let message = event.to_string();
            prop_assert_eq!(
                pattern.matches_message(&message),
                without.matches_message(&message),
                "{}\n{}\n{}",
                source,
                shorter,
                message
            );
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(3000))]

    #[test]
    fn what_the_warnings_say_of_json_patterns_is_so(
        parts in vec(tree(near_condition()), 2..4),
        are_alternatives in any::<bool>(),
        events in vec(event_with_a(), 8),
        others in vec(event(), 8),
    ) {
        warnings_of_a_json_pattern_are_so(&parts, are_alternatives, &events, &others)?;
    }
}

/// The place of the conditions between two bytes: without the brackets around them.
fn conditions_in(source: &str, start: usize, end: usize) -> String {
    let part = &source[start..end];
    let inner = part.trim_start_matches(['(', ' ']);
    let from = end - inner.len();
    format!("{}..{}", from, from + inner.trim_end_matches([')', ' ']).len())
}

// ---------------------------------------------------------------- terms

const WORDS: &[&str] = &["a", "ab", "b", "\"a b\"", "\" \"", "%^a%", "%b$%", "%a*%"];

fn naive_term(word: &str, text: &str) -> bool {
    match word {
        "%^a%" => text.starts_with('a'),
        "%b$%" => text.ends_with('b'),
        "%a*%" => true,
        word => text.contains(word.trim_matches('"')),
    }
}

fn terms() -> impl Strategy<Value = Vec<(&'static str, &'static str)>> {
    vec((select(vec!["", "-", "?"]), select(WORDS)), 1..5)
}

fn terms_pattern_means_what_the_naive_reading_says(
    terms: &[(&str, &str)],
    text: &str,
) -> Result<(), TestCaseError> {
    let source = terms.iter().map(|(role, word)| format!("{role}{word}")).collect::<Vec<_>>().join(" ");
    prop_assume!(within_limits(&source));
    let of = |role: &str| {
        terms
            .iter()
            .filter(|(this, _)| *this == role)
            .map(|(_, word)| naive_term(word, text))
            .collect::<Vec<_>>()
    };
    let (required, excluded, optional) = (of(""), of("-"), of("?"));
    let expected = if required.is_empty() && excluded.is_empty() {
        optional.contains(&true)
    } else {
        !required.contains(&false) && !excluded.contains(&true)
    };
    let pattern = Pattern::parse(&source).unwrap();
    prop_assert_eq!(pattern.matches_message(text), expected, "{} {:?}", source, text);
    prop_assert!(!expected || !said_to_be_impossible(&pattern), "{}", source);
    prop_assert!(expected || !said_to_match_all(&pattern, &[]), "{}", source);
    let idle = said_to_be_idle(&pattern, &[]);
    let mut at = 0;
    let kept: Vec<String> = terms
        .iter()
        .map(|(role, word)| format!("{role}{word}"))
        .filter(|term| {
            let start = at;
            at += term.len() + 1;
            !idle.contains(&format!("{start}..{}", start + term.len()))
        })
        .collect();
    let shorter = kept.join(" ");
    if !kept.is_empty() {
        prop_assert_eq!(
            Pattern::parse(&shorter).unwrap().matches_message(text),
            expected,
            "{}\n{}",
            source,
            shorter
        );
    }
    same_after_printing(&pattern, text)?;
    Ok(())
}

proptest! {
    #![proptest_config(cases(500))]

    #[test]
    fn terms_mean_what_the_naive_reading_says(terms in terms(), text in "[abB ]{0,6}") {
        terms_pattern_means_what_the_naive_reading_says(&terms, &text)?;
    }
}

// ---------------------------------------------------------------- fields

#[derive(Debug, Clone)]
enum Entry {
    Field { named: bool, condition: Option<Tree<Test>> },
    Rest,
}

fn entry() -> impl Strategy<Value = Entry> {
    prop_oneof![
        4 => (any::<bool>(), prop::option::of(tree(value_test())))
            .prop_map(|(named, condition)| Entry::Field { named: named || condition.is_some(), condition }),
        1 => Just(Entry::Rest),
    ]
}

fn naive_field(test: &Test, text: &str) -> bool {
    let number = text.parse::<f64>().ok();
    let equal = |value: &str| {
        let by_value = value.parse::<f64>().ok().zip(number).is_some_and(|(left, right)| left == right);
        by_value || naive_text(value, text)
    };
    match test {
        Test::Equal(value) => equal(value),
        Test::NotEqual(value) => !equal(value),
        Test::Order(order, value) => {
            number.is_some_and(|number| naive_order(order, number, value.parse().unwrap()))
        }
        Test::Words(_) => false,
    }
}

/// Pieces of a line as they are written, and the text of the field they make.
const PIECES: &[(&str, &str)] = &[
    ("1", "1"),
    ("1.0", "1.0"),
    ("10", "10"),
    ("x", "x"),
    ("xy", "xy"),
    ("\"x y\"", "x y"),
    ("[1]", "1"),
    ("\"\"", ""),
    ("\"x", "\"x"),
    ("x\"", "x\""),
];

fn fields_pattern_means_what_the_naive_reading_says(
    entries: &[Entry],
    pieces: &[(&str, &str)],
) -> Result<(), TestCaseError> {
    prop_assume!(entries.iter().filter(|entry| matches!(entry, Entry::Rest)).count() <= 1);
    // A single entry without a name is `[]`, which is `[...]`; and a quote that opens in one piece could close in a later one.
    prop_assume!(entries.len() > 1 || !matches!(entries[0], Entry::Field { named: false, .. }));
    let open = pieces.iter().position(|(written, _)| *written == "\"x");
    prop_assume!(
        open.is_none_or(|open| pieces[open + 1..].iter().all(|(written, _)| !written.ends_with('"')))
    );
    let source = entries
        .iter()
        .enumerate()
        .map(|(at, entry)| match entry {
            Entry::Rest => "...".to_owned(),
            Entry::Field { named: false, .. } => String::new(),
            Entry::Field { condition: None, .. } => format!("n{at}"),
            Entry::Field { condition: Some(tree), .. } => {
                tree.write(&|test| format!("n{at}{}", test.write()))
            }
        })
        .collect::<Vec<_>>()
        .join(", ");
    let source = format!("[{source}]");
    prop_assume!(within_limits(&source.replace(".*", "")));
    let line = pieces.iter().map(|(written, _)| *written).collect::<Vec<_>>().join(" ");

    let rest = entries.iter().position(|entry| matches!(entry, Entry::Rest));
    let fields = entries.len() - usize::from(rest.is_some());
    let expected = (pieces.len() >= fields)
        .then(|| {
            let mut texts: Vec<String> = pieces.iter().map(|(_, text)| (*text).to_owned()).collect();
            if rest.is_none() && pieces.len() > fields {
                texts.truncate(fields);
                let tail =
                    pieces[fields - 1..].iter().map(|(written, _)| *written).collect::<Vec<_>>().join(" ");
                texts[fields - 1] = tail;
            }
            let surplus = texts.len() - fields;
            (0..texts.len())
                .map(|position| {
                    let at = match rest {
                        Some(rest) if position >= rest && position < rest + surplus => None,
                        Some(rest) if position >= rest + surplus => Some(position - surplus + 1),
                        _ => Some(position),
                    };
                    let entry = at.map(|at| &entries[at]);
                    let (named, condition) = match entry {
                        Some(Entry::Field { named, condition }) => (*named, condition.as_ref()),
                        _ => (false, None),
                    };
                    let holds =
                        condition.is_none_or(|tree| tree.holds(&|test| naive_field(test, &texts[position])));
                    let name =
                        if named { format!("$n{}", at.unwrap()) } else { format!("${}", position + 1) };
                    holds.then(|| (name, texts[position].clone()))
                })
                .collect::<Option<Vec<_>>>()
        })
        .flatten();

    let pattern = Pattern::parse(&source).unwrap();
    let ours = pattern
        .extract(&line)
        .map(|fields| fields.into_iter().map(|(name, text)| (name, text.to_owned())).collect::<Vec<_>>());
    prop_assert_eq!(&ours, &expected, "{}\n{}", source, line);
    prop_assert!(ours.is_none() || !said_to_be_impossible(&pattern), "{}", source);
    same_after_printing(&pattern, &line)?;
    Ok(())
}

proptest! {
    #![proptest_config(cases(800))]

    #[test]
    fn fields_mean_what_the_naive_reading_says(entries in vec(entry(), 1..5), pieces in vec(select(PIECES), 0..6)) {
        fields_pattern_means_what_the_naive_reading_says(&entries, &pieces)?;
    }
}

// ---------------------------------------------------------------- anything

/// Reads, and where it can be read does everything else there is to do.
fn survives(source: &str, message: &str) -> Result<(), TestCaseError> {
    match Pattern::parse(source) {
        Err(error) => {
            let shown = error.diagnostic().render("pattern", source);
            prop_assert!(shown.contains('^'));
            let span = error.diagnostic().span;
            prop_assert!(source.get(span.start..span.end).is_some());
        }
        Ok(pattern) => {
            for warning in pattern.warnings(&[]) {
                prop_assert!(source.get(warning.span.start..warning.span.end).is_some());
            }
            pattern.required_values(&["a"]);
            same_after_printing(&pattern, message)?;
        }
    }
    Ok(())
}

/// Pieces of the language in any order: far more of these are nearly right than of random characters.
const PARTS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    " ",
    " ",
    "$.",
    "$",
    "a",
    "b.c",
    "[0]",
    "[*]",
    ".*",
    "['x y']",
    "=",
    "!=",
    "<",
    ">=",
    "&&",
    "||",
    "1",
    "1e",
    "+1",
    "-",
    "?",
    "x*",
    "*",
    "\"x\"",
    "\"",
    "\\",
    "%x%",
    "%",
    "%[a-c]{1,2}%",
    "IS",
    "NULL",
    "TRUE",
    "NOT",
    "EXISTS",
    "...",
    ",",
    "SPACE",
    "“",
    "あ",
    "\n",
    "\u{0}",
];

proptest! {
    #![proptest_config(cases(1500))]

    #[test]
    fn any_text_is_read_or_refused(source in any::<String>(), message in any::<String>()) {
        survives(&source, &message)?;
    }

    #[test]
    fn any_order_of_parts_is_read_or_refused(parts in vec(select(PARTS), 0..14), message in any::<String>()) {
        survives(&parts.concat(), &message)?;
        survives(&format!("{{ $.a = {} }}", parts.concat()), &message)?;
        survives(&format!("[a, {}]", parts.concat()), &message)?;
    }
}
