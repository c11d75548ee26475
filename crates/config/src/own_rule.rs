//! A rule of the owner's: what it meets, in one of the languages rules are written in, and what that is called.

use std::cell::OnceCell;
use std::sync::Arc;

use trailbell_event_pattern::EventPattern;
use trailbell_filter_pattern::Pattern;
use trailbell_sigma::{About, CorrelationRule, Document, Rule};
use trailbell_text::{Diagnostic, Severity, Span};
use trailbell_yaml::{Fields, JsonText, Node, Scalar, Value};

use crate::correlation::Written;
use crate::keys::OWN_RULE;
use crate::reader::{Reader, suggestion};
use crate::rule_alarm::{self, RuleAlarm};
use crate::settings::severity;
use crate::sigma::{self, FileRules, MAX_FILE_RULE_NAME_CHARS};
use crate::usual::{self, Asks};

/// Longest name of an own rule, in characters (the schema says the same).
const MAX_RULE_NAME_CHARS: usize = 64;

/// The keys of the languages a rule may be written in.
const LANGUAGES: [&str; 3] = ["filter", "event-pattern", "sigma"];

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
    /// What it asks of history.
    pub asks: Asks,
    /// The path of the Sigma file it stands in, as messages show it; `None` where it stands in the settings themselves.
    pub file: Option<String>,
}

/// The checked pattern of a rule, in one of the languages.
#[derive(Debug, Clone)]
pub enum RulePattern {
    /// `filter`: a CloudWatch Logs filter pattern, asked about the record.
    Filter(Pattern),
    /// `event-pattern`: an EventBridge event pattern, asked about the event EventBridge makes of the record.
    Event(EventPattern),
    /// `sigma`: a Sigma rule for CloudTrail, asked about the record.
    Sigma(Box<Rule>),
    /// `sigma`: a Sigma correlation, met by the record that completes it.
    Correlation(Box<CorrelationRule>),
}

impl RulePattern {
    /// The key it stands under.
    pub const fn key(&self) -> &'static str {
        match self {
            Self::Filter(_) => "filter",
            Self::Event(_) => "event-pattern",
            Self::Sigma(_) | Self::Correlation(_) => "sigma",
        }
    }

    /// The Sigma rule, where it is one.
    pub const fn sigma(&self) -> Option<&Rule> {
        match self {
            Self::Sigma(rule) => Some(rule),
            Self::Filter(_) | Self::Event(_) | Self::Correlation(_) => None,
        }
    }

    /// The correlation, where it is one.
    pub const fn correlation(&self) -> Option<&CorrelationRule> {
        match self {
            Self::Correlation(rule) => Some(rule),
            Self::Filter(_) | Self::Event(_) | Self::Sigma(_) => None,
        }
    }

    /// What it says of itself, where it is a rule or a correlation of Sigma.
    pub fn about(&self) -> Option<About<'_>> {
        match self {
            Self::Sigma(rule) => Some(rule.about()),
            Self::Correlation(rule) => Some(rule.about()),
            Self::Filter(_) | Self::Event(_) => None,
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
        let Some(values) = pattern.required_values(path) else { continue };
        let place = pattern.branches().iter().find_map(|branch| branch.field(path));
        if let (false, Some(field)) = (values.iter().any(|text| could(path, text)), place) {
            let message = format!("no event that EventBridge makes of a CloudTrail record has this {path}");
            found.push(Diagnostic::new(message, field.span).with_hint(hint));
        }
    }
    found.sort_by_key(|warning| warning.span.start);
    found
}

/// What an entry says of its rules beside what they meet.
struct Said {
    severity: Option<Severity>,
    description: Option<String>,
    enabled: bool,
    alarm: Option<RuleAlarm>,
    asks: Asks,
}

impl Said {
    fn rule(&self, name: String, pattern: RulePattern, written: String, file: Option<String>) -> OwnRule {
        let about = pattern.about();
        OwnRule {
            name,
            severity: self.severity.or_else(|| about.map(sigma::severity)).unwrap_or(Severity::Medium),
            description: self.description.clone().or_else(|| about.map(sigma::title)),
            enabled: self.enabled,
            alarm: self.alarm,
            asks: self.asks.clone(),
            pattern,
            written,
            file,
        }
    }
}

/// The rule of an entry; those of its files where it names some.
pub(crate) fn read(
    name: &Scalar,
    name_span: Span,
    body: &Node,
    built_in_rules: &[&str],
    reader: &mut Reader<'_>,
) -> Vec<OwnRule> {
    if !is_name(&name.text, MAX_RULE_NAME_CHARS) {
        reader.problem(
            name_span,
            format!("A rule's name is one line of at most {MAX_RULE_NAME_CHARS} characters"),
        );
    }
    let what = format!("rule `{}`", name.text);
    let fields = reader.fields(body, OWN_RULE, &what);
    let said = Said {
        severity: fields.get("severity").and_then(|node| severity(node, reader)),
        description: fields.get("description").and_then(|node| reader.text(node, "`description`")),
        enabled: fields.get("enabled").and_then(|node| reader.flag(node, "`enabled`")).unwrap_or(true),
        alarm: fields.get("alarm").and_then(|node| rule_alarm::read(node, false, reader)),
        asks: usual::asks(&fields, reader),
    };
    let pattern = match LANGUAGES.map(|key| fields.get(key)) {
        [None, None, None] => {
            if trailbell_yaml::is_mapping(body) {
                no_pattern(name, name_span, built_in_rules, reader);
            }
            None
        }
        [Some(node), None, None] => filter(node, reader),
        [None, Some(node), None] => event_pattern(node, reader),
        [None, None, Some(node)] => match path(node) {
            Some(_) => return of_files(node, &said, fields.get("description"), reader),
            None => inline_sigma(&name.text, node, reader),
        },
        _ => {
            several_patterns(&fields, &what, reader);
            None
        }
    };
    pattern
        .map(|(pattern, written)| said.rule(name.text.clone(), pattern, written, None))
        .into_iter()
        .collect()
}

fn is_name(text: &str, most: usize) -> bool {
    text.trim() == text
        && !text.is_empty()
        && !text.chars().any(char::is_control)
        && text.chars().count() <= most
}

/// A text of one line names a file or a folder: no rule is so short.
fn path(node: &Node) -> Option<&Scalar> {
    match &node.value {
        Value::Scalar(scalar) => Some(scalar).filter(|scalar| !scalar.text.trim_end().contains('\n')),
        _ => None,
    }
}

/// The rules of the files at a path.
fn of_files(node: &Node, said: &Said, description: Option<&Node>, reader: &mut Reader<'_>) -> Vec<OwnRule> {
    if let Some(description) = description {
        reader.problem_with_hint(
            description.span,
            "The rules of a file have titles of their own",
            "leave the `description` out",
        );
    }
    let Some(path) = reader.text(node, "`sigma`") else { return Vec::new() };
    let files = match (reader.lookups().sigma)(&path) {
        Ok(files) => files,
        Err(why) => {
            reader.problem(node.span, format!("These Sigma rules cannot be read: {why}"));
            return Vec::new();
        }
    };
    let mut own = Vec::new();
    let mut is_silent = true;
    for file in files {
        let (FileRules { rules, other_logs }, findings) = file.read();
        reader.other_logs.extend(other_logs);
        let text: OnceCell<Arc<str>> = OnceCell::new();
        for rule in rules {
            if is_name(&rule.name, MAX_FILE_RULE_NAME_CHARS) {
                if let RulePattern::Correlation(correlation) = &rule.pattern {
                    let text = text.get_or_init(|| findings.text.as_str().into());
                    reader.correlations.push(Written {
                        rule: rule.name.clone(),
                        title: correlation.span(),
                        references: correlation.rule_spans().to_vec(),
                        file: Some((findings.name.clone(), Arc::clone(text))),
                    });
                }
                own.push(said.rule(rule.name, rule.pattern, rule.written, Some(findings.name.clone())));
            } else {
                reader.problem_with_hint(
                    node.span,
                    format!("The name of the file {} is no name for a rule", findings.name),
                    format!("it must be one line of at most {MAX_FILE_RULE_NAME_CHARS} characters"),
                );
            }
        }
        is_silent &= findings.problems.is_empty();
        if findings.says_something() {
            reader.files.push(findings);
        }
    }
    if own.is_empty() && is_silent {
        reader.warn(
            node.span,
            "There is no Sigma rule for CloudTrail here",
            "name a file or a folder with rules (.yml, .yaml) whose logsource is `product: aws`, `service: cloudtrail`",
        );
    }
    own
}

/// The one rule that is written in the settings, as YAML or as a text of YAML.
fn inline_sigma(name: &str, node: &Node, reader: &mut Reader<'_>) -> Option<(RulePattern, String)> {
    let json = match &node.value {
        Value::Scalar(_) => None,
        Value::Mapping(_) => Some(JsonText::of(node, reader)?),
        Value::Sequence(_) => {
            reader.problem_with_hint(
                node.span,
                "`sigma` must be a rule or a path",
                "write the keys of one rule below it, or the path of a file or a folder; other rules have entries of their own",
            );
            return None;
        }
    };
    let text = match (&node.value, &json) {
        (Value::Scalar(scalar), _) => scalar.text.as_str(),
        (_, json) => json.as_ref()?.as_str(),
    };
    let place = |reader: &Reader<'_>, span: Span| match (&node.value, &json) {
        (Value::Scalar(scalar), _) => reader.locate(node, scalar, span.start..span.end),
        (_, json) => json.as_ref().map_or(node.span, |json| json.locate(span)),
    };
    let parsed = trailbell_sigma::parse(text);
    let is_right = parsed.problems.is_empty();
    for mut problem in parsed.problems {
        problem.span = place(reader, problem.span);
        reader.problems.push(problem);
    }
    let mut documents = parsed.documents.into_iter();
    let (message, span, hint) = match (documents.next(), documents.next()) {
        (Some(Document::Rule(rule)), None) if rule.log_source().is_for_cloudtrail() => {
            return is_right.then(|| (RulePattern::Sigma(Box::new(rule)), written(node, text, reader)));
        }
        (Some(Document::Correlation(correlation)), None) => {
            reader.correlations.push(Written {
                rule: name.to_owned(),
                title: place(reader, correlation.span()),
                references: correlation.rule_spans().iter().map(|span| place(reader, *span)).collect(),
                file: None,
            });
            let pattern = RulePattern::Correlation(Box::new(correlation));
            return is_right.then(|| (pattern, written(node, text, reader)));
        }
        (Some(Document::Rule(rule)), None) => (
            format!("This rule is for other logs ({})", sigma::words(rule.log_source())),
            rule.span(),
            "a rule for CloudTrail has `product: aws` and `service: cloudtrail` in its `logsource`",
        ),
        (Some(_), Some(second)) => {
            let span = match second {
                Document::Rule(rule) => rule.span(),
                Document::Correlation(correlation) => correlation.span(),
            };
            let hint = "give each an entry of its own; a correlation finds the rules of all entries";
            ("There are several rules here".to_owned(), span, hint)
        }
        (None, _) => return None,
    };
    let span = place(reader, span);
    reader.problem_with_hint(span, message, hint);
    None
}

/// A rule's text as it stands in the settings.
fn written(node: &Node, text: &str, reader: &Reader<'_>) -> String {
    match &node.value {
        Value::Scalar(_) => text.to_owned(),
        _ => reader.written(node),
    }
}

/// A rule that says nothing of what it meets is a built-in one that is misspelt, or one of the owner's that is not whole.
fn no_pattern(name: &Scalar, name_span: Span, built_in_rules: &[&str], reader: &mut Reader<'_>) {
    let needs = "rule of your own needs a `filter`, an `event-pattern` or `sigma`";
    let hint = match suggestion(&name.text, built_in_rules) {
        hint if hint.starts_with("did") => format!("{hint} A {needs}"),
        _ => format!("a {needs}"),
    };
    reader.problem_with_hint(name_span, format!("There is no built-in rule `{}`", name.text), hint);
}

fn several_patterns(fields: &Fields<'_>, what: &str, reader: &mut Reader<'_>) {
    let mut written: Vec<(&str, Span)> =
        LANGUAGES.into_iter().filter_map(|key| Some((key, fields.get(key)?.span))).collect();
    let keys: Vec<&str> = written.iter().map(|(key, _)| *key).collect();
    written.sort_by_key(|(_, span)| span.start);
    let Some((_, second)) = written.get(1) else { return };
    reader.problem_with_hint(
        *second,
        format!("{what} has `{}`", keys.join("` and `")),
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
