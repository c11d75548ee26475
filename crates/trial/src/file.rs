//! A file of tests: text -> tests that can be run.

use std::fmt;

use jiff::tz::TimeZone;
use trailbell_config::{Language, Settings};
use trailbell_detect::{BUILTIN_RULES, RuleSet};
use trailbell_notice::Lang;
use trailbell_record::Record;
use trailbell_text::{Diagnostic, LineColumn, Span};
use trailbell_yaml::{Node, Reader, Value, parse_with_aliases};

use crate::alarm::{self, AlarmTest};
use crate::composite::{self, CompositeTest};
use crate::outcome::Outcome;
use crate::pattern::{self, Language as PatternLanguage, PatternTest};
use crate::told::{self, ToldTest};
use crate::words::{any_text, required};

/// The keys beside `tests`: those of a `trailbell.yaml` that say what is told, and in which words.
const SETTINGS: &[&str] = &["language", "timezone", "verification_phrase", "accounts", "rules", "ignore"];

/// What a file of tests is run in.
pub struct Surroundings<'a> {
    /// The configuration, for files that have no settings of their own.
    pub settings: &'a Settings,
    /// The language of messages, before any settings'; a test's own `lang` is before this.
    pub lang: Option<Lang>,
    /// The time zone of messages, before any settings'. Without either it is UTC, so that a test says the same everywhere.
    pub zone: Option<TimeZone>,
    /// The events of a file that a test names; the error says which file, and why not.
    pub events: &'a dyn Fn(&str) -> Result<Vec<Record>, String>,
}

impl fmt::Debug for Surroundings<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Surroundings")
            .field("lang", &self.lang)
            .field("zone", &self.zone)
            .finish_non_exhaustive()
    }
}

/// No configuration, and no files.
impl Default for Surroundings<'_> {
    fn default() -> Self {
        static NOTHING: std::sync::LazyLock<Settings> = std::sync::LazyLock::new(Settings::default);
        Self {
            settings: &NOTHING,
            lang: None,
            zone: None,
            events: &|path| Err(format!("There is no file `{path}` here")),
        }
    }
}

/// Why a text is no file of tests: everything that is wrong in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .problems.first().map_or("", |problem| problem.message.as_str()))]
pub struct Invalid {
    /// In the order of the file, never empty; each points into the text.
    pub problems: Vec<Diagnostic>,
}

impl Invalid {
    /// All problems with their lines and carets, ready for a terminal.
    pub fn render(&self, source_name: &str, source: &str) -> String {
        let shown: Vec<String> =
            self.problems.iter().map(|problem| problem.render(source_name, source)).collect();
        shown.join("\n")
    }
}

/// The tests of a file, ready to be run.
#[derive(Debug)]
pub struct Trials {
    tests: Vec<Test>,
    house: House,
}

/// What the tests of a file have in common.
#[derive(Debug)]
pub(crate) struct House {
    pub(crate) settings: Settings,
    pub(crate) rules: RuleSet,
    pub(crate) lang: Lang,
    pub(crate) zone: TimeZone,
}

#[derive(Debug)]
struct Test {
    name: String,
    place: LineColumn,
    body: Body,
}

#[derive(Debug)]
enum Body {
    Alarm(Box<AlarmTest>),
    Composite(CompositeTest),
    Pattern(PatternTest),
    Told(Box<ToldTest>),
}

impl Trials {
    /// Reads a file of tests. What is wrong in it is told whole.
    pub fn parse(source: &str, surroundings: &Surroundings<'_>) -> Result<Self, Invalid> {
        let root = parse_with_aliases(source).map_err(|mut problems| {
            for problem in &mut problems {
                hint_at_dash(source, problem);
            }
            Invalid { problems }
        })?;
        let mut reader = Reader::new(source);
        let read = read(source, root.as_ref(), surroundings, &mut reader);
        let mut problems = reader.problems;
        match read {
            Some((tests, house)) if problems.is_empty() => Ok(Self { tests, house }),
            _ => {
                problems.sort_by_key(|problem| problem.span.start);
                problems.dedup();
                Err(Invalid { problems })
            }
        }
    }

    /// Runs the tests whose names `wanted` says yes to, in the order of the file.
    pub fn run(&self, wanted: impl Fn(&str) -> bool) -> Vec<Outcome> {
        self.tests.iter().filter(|test| wanted(&test.name)).map(|test| test.run(&self.house)).collect()
    }
}

impl Test {
    fn run(&self, house: &House) -> Outcome {
        let (input, (differences, trace)) = match &self.body {
            Body::Alarm(test) => (test.input(), test.run()),
            Body::Composite(test) => (test.input(), test.run()),
            Body::Pattern(test) => (test.input(), test.run()),
            Body::Told(test) => (test.input(), test.run(house)),
        };
        Outcome { name: self.name.clone(), place: self.place, differences, input, trace }
    }
}

fn read(
    source: &str,
    root: Option<&Node>,
    surroundings: &Surroundings<'_>,
    reader: &mut Reader<'_>,
) -> Option<(Vec<Test>, House)> {
    let hint = "write `tests:`, and below it a list of tests";
    let Some(root) = root else {
        reader.problem_with_hint(Span::new(0, 0), "There is nothing in this file", hint);
        return None;
    };
    let keys: Vec<&'static str> = ["tests"].iter().chain(SETTINGS).copied().collect();
    let fields = reader.fields(root, &keys, "a file of tests");
    if !trailbell_yaml::is_mapping(root) {
        return None;
    }
    let settings = own_settings(source, root, reader).unwrap_or_else(|| surroundings.settings.clone());
    let rules = match trailbell_engine::rules(&settings) {
        Ok(rules) => rules,
        Err(error) => {
            reader.problem(root.span, error.to_string());
            return None;
        }
    };
    let lang = surroundings.lang.unwrap_or(match settings.language {
        Some(Language::Ja) => Lang::Ja,
        Some(Language::En) | None => Lang::En,
    });
    let zone = surroundings.zone.clone().or_else(|| settings.timezone.clone()).unwrap_or(TimeZone::UTC);
    let house = House { settings, rules, lang, zone };
    let list = required(&fields, "tests", root.span, hint, reader)?;
    let items = reader.items(list, "`tests`");
    if items.is_empty() {
        reader.problem_with_hint(list.span, "There is no test in this file", "a test begins with `- name:`");
    }
    let tests = items.iter().filter_map(|item| test(source, item, &house, surroundings, reader)).collect();
    Some((tests, house))
}

/// The settings that stand in the file of tests itself, where any do.
fn own_settings(source: &str, root: &Node, reader: &mut Reader<'_>) -> Option<Settings> {
    let Value::Mapping(pairs) = &root.value else { return None };
    let is_setting =
        |key: &Node| matches!(&key.value, Value::Scalar(scalar) if SETTINGS.contains(&scalar.text.as_str()));
    let own: Vec<(Node, Node)> = pairs.iter().filter(|(key, _)| is_setting(key)).cloned().collect();
    if own.is_empty() {
        return None;
    }
    let part = Node { span: root.span, value: Value::Mapping(own) };
    match trailbell_config::parse_part(source, &part, BUILTIN_RULES) {
        Ok(loaded) => Some(loaded.settings),
        Err(invalid) => {
            reader.problems.extend(invalid.problems);
            None
        }
    }
}

fn test(
    source: &str,
    node: &Node,
    house: &House,
    surroundings: &Surroundings<'_>,
    reader: &mut Reader<'_>,
) -> Option<Test> {
    let what = "a test";
    let Value::Mapping(pairs) = &node.value else {
        reader.entries(node, what);
        return None;
    };
    let has = |name: &str| {
        pairs.iter().any(|(key, _)| matches!(&key.value, Value::Scalar(key) if key.text == name))
    };
    let kinds = [
        ("alarm", alarm::KEYS),
        ("composite", composite::KEYS),
        ("filter", pattern::FILTER_KEYS),
        ("event-pattern", pattern::EVENT_PATTERN_KEYS),
        ("sigma", pattern::SIGMA_KEYS),
        ("event", told::KEYS),
        ("events", told::KEYS),
        ("file", told::KEYS),
    ];
    let Some((kind, keys)) = kinds.into_iter().find(|(key, _)| has(key)) else {
        let all: Vec<&'static str> = kinds.iter().flat_map(|(_, keys)| keys.iter().copied()).collect();
        let before = reader.problems.len();
        reader.fields(node, &all, what);
        if reader.problems.len() == before {
            let hint = "give it an `alarm`, a `composite`, a `filter`, an `event-pattern`, a `sigma` rule, or an `event`, `events` or a `file` of them";
            reader.problem_with_hint(node.span, "This test does not say what it tests", hint);
        }
        return None;
    };
    let fields = reader.fields(node, keys, what);
    let name =
        required(&fields, "name", node.span, "call it what it shows: name: two failed sign-ins ring", reader)
            .and_then(|node| any_text(node, "`name`", "put it in quotes", reader));
    let subject = fields.get(kind)?;
    let body =
        match kind {
            "alarm" => {
                AlarmTest::read(&fields, node.span, subject, reader).map(|test| Body::Alarm(Box::new(test)))
            }
            "composite" => CompositeTest::read(&fields, node.span, subject, reader).map(Body::Composite),
            "filter" => PatternTest::read(PatternLanguage::Filter, &fields, node.span, subject, reader)
                .map(Body::Pattern),
            "event-pattern" => PatternTest::read(PatternLanguage::Event, &fields, node.span, subject, reader)
                .map(Body::Pattern),
            "sigma" => PatternTest::read(PatternLanguage::Sigma, &fields, node.span, subject, reader)
                .map(Body::Pattern),
            _ => ToldTest::read(&fields, node.span, house, surroundings.events, reader)
                .map(|test| Body::Told(Box::new(test))),
        };
    Some(Test { name: name?.to_owned(), place: LineColumn::of(source, node.span.start), body: body? })
}

/// Where bytes of a scalar's text stand in the file.
pub(crate) fn within(node: &Node, span: Span, reader: &Reader<'_>) -> Span {
    match &node.value {
        Value::Scalar(scalar) => reader.locate(node, scalar, span.start..span.end),
        _ => node.span,
    }
}

/// A dash is how AWS's documentation writes a missing point, and YAML reads it as an item of a list.
fn hint_at_dash(source: &str, problem: &mut Diagnostic) {
    let at = problem.span.start.min(source.len());
    let line_start = source.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1);
    let line = source.get(line_start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
    let dash = ["[-,", "[- ,", ", -,", ", -]", ",-,", ",-]", "[-]"];
    if dash.iter().any(|dash| line.contains(dash)) {
        problem.hint = Some("write a missing datapoint as ~ or \"-\"".to_owned());
    }
}
