//! A rule of the owner's: what it meets, in one of the languages rules are written in, and what that is called.

use trailbell_event_pattern::EventPattern;
use trailbell_filter_pattern::Pattern;
use trailbell_text::{Diagnostic, Severity, Span};
use trailbell_yaml::{Fields, JsonText, Node, Scalar, Value};

use crate::keys::OWN_RULE;
use crate::reader::{Reader, suggestion};
use crate::rule_alarm::{self, RuleAlarm};
use crate::settings::severity;

/// Longest name of an own rule, in characters (the schema says the same).
const MAX_RULE_NAME_CHARS: usize = 64;

/// Fields that every CloudTrail record has: `!=` on one of them is no trap.
pub const ALWAYS_THERE: &[&str] = &[
    "$.eventVersion",
    "$.eventTime",
    "$.eventSource",
    "$.eventName",
    "$.awsRegion",
    "$.sourceIPAddress",
    "$.eventID",
    "$.eventType",
];

/// A rule of the owner's.
#[derive(Debug, Clone)]
pub struct OwnRule {
    /// Unique, never a built-in rule's; one visible line of at most 64 characters.
    pub name: String,
    /// What it meets.
    pub pattern: RulePattern,
    /// The pattern as it is written; one that is written as YAML is the JSON it says.
    pub written: String,
    /// Severity of a match.
    pub severity: Severity,
    /// What a match means.
    pub description: Option<String>,
    /// Whether to use it.
    pub enabled: bool,
    /// When what it meets is too much.
    pub alarm: Option<RuleAlarm>,
}

/// The checked pattern of a rule, in one of the languages.
#[derive(Debug, Clone)]
pub enum RulePattern {
    /// `filter`: a CloudWatch Logs filter pattern, asked about the record.
    Filter(Pattern),
    /// `event-pattern`: an EventBridge event pattern, asked about the event EventBridge makes of the record.
    Event(EventPattern),
}

impl RulePattern {
    /// The key it stands under.
    pub const fn key(&self) -> &'static str {
        match self {
            Self::Filter(_) => "filter",
            Self::Event(_) => "event-pattern",
        }
    }
}

/// What may surprise whoever wrote an event pattern for the events EventBridge makes of CloudTrail records: what
/// the pattern itself shows, and that it can meet none of them.
pub fn event_pattern_warnings(pattern: &EventPattern) -> Vec<Diagnostic> {
    let always_there: Vec<String> =
        ALWAYS_THERE.iter().map(|selector| selector.replacen('$', "detail", 1)).collect();
    let always_there: Vec<&str> = always_there.iter().map(String::as_str).collect();
    let mut found = pattern.warnings(&always_there);
    let could = |path: &str, text: &str| match path {
        "source" => text.starts_with("aws."),
        _ => text.ends_with(" via CloudTrail"),
    };
    for (path, hint) in [
        ("source", "the source of such an event is aws. and the service, such as aws.iam"),
        ("detail-type", "theirs are such as \"AWS API Call via CloudTrail\""),
    ] {
        let Some(values) = pattern.required_values(&[path]) else { continue };
        let place = pattern.branches().iter().find_map(|branch| branch.field(path));
        if let (false, Some(field)) = (values.iter().any(|text| could(path, text)), place) {
            let message = format!("no event that EventBridge makes of a CloudTrail record has this {path}");
            found.push(Diagnostic::new(message, field.span).with_hint(hint));
        }
    }
    found.sort_by_key(|warning| warning.span.start);
    found
}

pub(crate) fn read(
    name: &Scalar,
    name_span: Span,
    body: &Node,
    built_in_rules: &[&str],
    reader: &mut Reader<'_>,
) -> Option<OwnRule> {
    let visible =
        name.text.trim() == name.text && !name.text.is_empty() && !name.text.chars().any(char::is_control);
    if !visible || name.text.chars().count() > MAX_RULE_NAME_CHARS {
        reader.problem(
            name_span,
            format!("A rule's name is one line of at most {MAX_RULE_NAME_CHARS} characters"),
        );
    }
    let what = format!("rule `{}`", name.text);
    let fields = reader.fields(body, OWN_RULE, &what);
    let severity = fields.get("severity").map(|node| severity(node, reader));
    let description = fields.get("description").and_then(|node| reader.text(node, "`description`"));
    let enabled = fields.get("enabled").map(|node| reader.flag(node, "`enabled`"));
    let alarm = fields.get("alarm").map(|node| rule_alarm::read(node, false, reader));
    let (pattern, written) = match (fields.get("filter"), fields.get("event-pattern")) {
        (None, None) => {
            if trailbell_yaml::is_mapping(body) {
                no_pattern(name, name_span, built_in_rules, reader);
            }
            None
        }
        (Some(node), None) => filter(node, reader),
        (None, Some(node)) => event_pattern(node, reader),
        (Some(_), Some(_)) => {
            two_patterns(&fields, &what, reader);
            None
        }
    }?;
    Some(OwnRule {
        name: name.text.clone(),
        pattern,
        written,
        severity: severity.flatten().unwrap_or(Severity::Medium),
        description,
        enabled: enabled.flatten().unwrap_or(true),
        alarm: alarm.flatten(),
    })
}

/// A rule that says nothing of what it meets is a built-in one that is misspelt, or one of the owner's that is not whole.
fn no_pattern(name: &Scalar, name_span: Span, built_in_rules: &[&str], reader: &mut Reader<'_>) {
    let needs = "rule of your own needs a `filter` or an `event-pattern`";
    let hint = match suggestion(&name.text, built_in_rules) {
        hint if hint.starts_with("did") => format!("{hint} A {needs}"),
        _ => format!("a {needs}"),
    };
    reader.problem_with_hint(name_span, format!("There is no built-in rule `{}`", name.text), hint);
}

fn two_patterns(fields: &Fields<'_>, what: &str, reader: &mut Reader<'_>) {
    let nodes = ["filter", "event-pattern"].into_iter().filter_map(|key| fields.get(key));
    let Some(second) = nodes.max_by_key(|node| node.span.start) else { return };
    reader.problem_with_hint(
        second.span,
        format!("{what} has a `filter` and an `event-pattern`"),
        "a rule is written in one language; keep one of them, or make two rules",
    );
}

/// The checked pattern and its text. What the pattern's own reader says about a place in the pattern is
/// said about that place in the file.
fn filter(node: &Node, reader: &mut Reader<'_>) -> Option<(RulePattern, String)> {
    if !matches!(node.value, Value::Scalar(_)) {
        let hint = "YAML reads its brackets; put the whole pattern in single quotes";
        reader.problem_with_hint(node.span, "`filter` must be a text", hint);
        return None;
    }
    let scalar = reader.scalar(node, "`filter`")?;
    let read = Pattern::parse(&scalar.text).map_err(trailbell_filter_pattern::Error::into_diagnostic);
    let place = |reader: &Reader<'_>, span: Span| reader.locate(node, scalar, span.start..span.end);
    let pattern = checked(read, |pattern| pattern.warnings(ALWAYS_THERE), place, reader)?;
    Some((RulePattern::Filter(pattern), scalar.text.clone()))
}

/// The same of a pattern that is a text of JSON, or YAML that says the same.
fn event_pattern(node: &Node, reader: &mut Reader<'_>) -> Option<(RulePattern, String)> {
    let parse =
        |text: &str| EventPattern::parse(text).map_err(trailbell_event_pattern::Error::into_diagnostic);
    let (pattern, written) = match &node.value {
        Value::Scalar(_) => {
            let scalar = reader.scalar(node, "`event-pattern`")?;
            let place = |reader: &Reader<'_>, span: Span| reader.locate(node, scalar, span.start..span.end);
            (checked(parse(&scalar.text), event_pattern_warnings, place, reader)?, scalar.text.clone())
        }
        Value::Mapping(_) => {
            let json = JsonText::of(node, reader)?;
            let place = |_: &Reader<'_>, span: Span| json.locate(span);
            (checked(parse(json.as_str()), event_pattern_warnings, place, reader)?, json.into_string())
        }
        Value::Sequence(_) => {
            reader.problem_with_hint(
                node.span,
                "`event-pattern` must be an object",
                "write its fields below it, or the JSON as a text: '{\"source\": [\"aws.iam\"]}'",
            );
            return None;
        }
    };
    Some((RulePattern::Event(pattern), written))
}

/// The pattern where it is one; what its own reader says is said about the place in the file.
fn checked<P>(
    read: Result<P, Diagnostic>,
    warnings: impl FnOnce(&P) -> Vec<Diagnostic>,
    place: impl Fn(&Reader<'_>, Span) -> Span,
    reader: &mut Reader<'_>,
) -> Option<P> {
    match read {
        Ok(pattern) => {
            for mut warning in warnings(&pattern) {
                warning.span = place(reader, warning.span);
                reader.warnings.push(warning);
            }
            Some(pattern)
        }
        Err(mut problem) => {
            problem.span = place(reader, problem.span);
            reader.problems.push(problem);
            None
        }
    }
}
