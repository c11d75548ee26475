//! Parameters: what a template asks for, what it is given, and whether that is allowed.

use std::collections::BTreeMap;
use std::sync::Arc;

use regex_automata::meta;
use trailbell_text::{Diagnostic, Span};

use crate::limits::MAX_PARAMETER_BYTES;
use crate::physical::{is_placeholder, placeholder};
use crate::problem::{Problems, did_you_mean};
use crate::stack::Missing;
use crate::template::Template;
use crate::tree::{Entry, Node};

const ATTRIBUTES: [&str; 11] = [
    "AllowedPattern",
    "AllowedValues",
    "ConstraintDescription",
    "Default",
    "Description",
    "MaxLength",
    "MaxValue",
    "MinLength",
    "MinValue",
    "NoEcho",
    "Type",
];

/// What a parameter holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Parameter {
    pub(crate) value: ParameterValue,
    /// `NoEcho`: not to be shown.
    pub(crate) is_secret: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ParameterValue {
    Text(String),
    List(Vec<String>),
}

impl ParameterValue {
    /// As it would be passed on.
    pub(crate) fn joined(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::List(items) => items.join(","),
        }
    }
}

/// Where the values come from, for the hint about those that are missing.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Giver<'a> {
    /// Assignments; the template's name.
    Assignments(&'a str),
    /// A parent stack's `Parameters`.
    Parent,
}

/// Every parameter's value. Those that have none are told of at once, in one problem.
pub(crate) fn values(
    template: &Template,
    given: &BTreeMap<String, String>,
    giver: Giver<'_>,
    if_missing: Missing,
    problems: &mut Problems,
    notices: &mut Vec<Diagnostic>,
) -> BTreeMap<Arc<str>, Parameter> {
    let mut values = BTreeMap::new();
    let mut missing: Vec<(&str, Span)> = Vec::new();
    for entry in &template.parameters {
        let Some(declared) = Declaration::read(entry, problems) else { continue };
        let chosen = given.get(&*entry.key).map(String::as_str);
        let Some(text) = chosen.or(declared.default) else {
            if if_missing == Missing::IsAPlaceholder {
                let unknown = placeholder(&entry.key);
                let value = if declared.is_list() {
                    ParameterValue::List(vec![unknown])
                } else {
                    ParameterValue::Text(unknown)
                };
                values.insert(entry.key.clone(), Parameter { value, is_secret: declared.is_secret });
                continue;
            }
            missing.push((&entry.key, entry.key_span));
            continue;
        };
        let value = declared.value(text, chosen.is_some(), problems, notices);
        values.insert(entry.key.clone(), Parameter { value, is_secret: declared.is_secret });
    }
    if let Some((_, first)) = missing.first() {
        let names: Vec<&str> = missing.iter().map(|(name, _)| *name).collect();
        let message = format!("Parameters: [{}] must have values", names.join(", "));
        let pass = match giver {
            Giver::Assignments(template) => {
                let each: Vec<String> = names.iter().map(|name| format!("{name}=VALUE")).collect();
                format!(
                    "pass {}; `{template}:` before a name gives it to this template alone",
                    each.join(" ")
                )
            }
            Giver::Parent => "give them under Parameters of the AWS::CloudFormation::Stack".to_owned(),
        };
        problems.add(*first, message, pass);
    }
    values
}

/// A parameter as it is declared.
struct Declaration<'a> {
    name: &'a str,
    span: Span,
    node: &'a Node,
    type_name: &'a str,
    default: Option<&'a str>,
    is_secret: bool,
}

impl<'a> Declaration<'a> {
    fn read(entry: &'a Entry, problems: &mut Problems) -> Option<Self> {
        let (name, node) = (&*entry.key, &entry.value);
        let Some(attributes) = node.entries() else {
            problems.add(
                entry.key_span,
                format!("Parameter {name} must be a mapping"),
                "write `Type: String` below it",
            );
            return None;
        };
        for attribute in attributes {
            if !ATTRIBUTES.contains(&&*attribute.key) {
                problems.add(
                    attribute.key_span,
                    format!("Invalid template parameter property '{}'", attribute.key),
                    did_you_mean(&attribute.key, ATTRIBUTES).unwrap_or_default(),
                );
            }
        }
        let Some(type_name) = node.get("Type").and_then(Node::text) else {
            problems.add(
                entry.key_span,
                format!("Template format error: Every Parameters object must contain a Type member. {name} has none"),
                "write `Type: String`",
            );
            return None;
        };
        let known =
            matches!(type_name, "String" | "Number" | "CommaDelimitedList" | "List<Number>" | "List<String>")
                || type_name.starts_with("AWS::")
                || type_name.starts_with("List<AWS::");
        if !known {
            problems.add(
                node.get("Type").map_or(node.span, |node| node.span),
                format!("Template format error: Unrecognized parameter type: {type_name}"),
                did_you_mean(type_name, ["String", "Number", "CommaDelimitedList", "List<Number>"])
                    .unwrap_or_default(),
            );
            return None;
        }
        let default = match node.get("Default") {
            None => None,
            // `Default:` with nothing behind it is the empty text.
            Some(node) if node.is_null() => Some(""),
            Some(node) => {
                if node.text().is_none() {
                    problems.add(
                        node.span,
                        format!(
                            "Template format error: Default of parameter {name} must be a text, not {}",
                            node.what()
                        ),
                        "a list is written with commas: \"a,b\"",
                    );
                    return None;
                }
                node.text()
            }
        };
        let is_secret = node.get("NoEcho").and_then(Node::text) == Some("true");
        Some(Self { name, span: entry.key_span, node, type_name, default, is_secret })
    }

    fn is_list(&self) -> bool {
        self.type_name == "CommaDelimitedList" || self.type_name.contains("List<")
    }

    /// The value of a text, checked. What breaks a rule is told of and passed on.
    fn value(
        &self,
        text: &str,
        is_given: bool,
        problems: &mut Problems,
        notices: &mut Vec<Diagnostic>,
    ) -> ParameterValue {
        if text.len() > MAX_PARAMETER_BYTES {
            problems.add(
                self.span,
                format!(
                    "Parameter {} is given {} bytes; CloudFormation takes {MAX_PARAMETER_BYTES}",
                    self.name,
                    text.len()
                ),
                "split the value over several parameters",
            );
            return ParameterValue::Text(String::new());
        }
        // The value is the name under which Parameter Store keeps the value, and that is in the account only. A default and
        // whatever begins with a slash is taken for such a name, anything else for what is kept under it.
        if self.type_name.starts_with("AWS::SSM::Parameter::Value<") && (!is_given || text.starts_with('/')) {
            notices.push(
                Diagnostic::new(
                    format!("What Parameter Store keeps under {text} is not known without AWS"),
                    self.span,
                )
                .with_hint(format!("pass {}=VALUE with what is kept there", self.name)),
            );
            let unknown = placeholder(&format!("ssm:{text}"));
            return if self.is_list() {
                ParameterValue::List(vec![unknown])
            } else {
                ParameterValue::Text(unknown)
            };
        }
        let items: Vec<&str> =
            if self.is_list() { text.split(',').map(str::trim).collect() } else { vec![text] };
        for item in items.iter().filter(|item| !is_placeholder(item)) {
            self.check(item, text, problems, notices);
        }
        if self.is_list() {
            ParameterValue::List(items.into_iter().map(str::to_owned).collect())
        } else {
            ParameterValue::Text(text.to_owned())
        }
    }

    fn check(&self, item: &str, whole: &str, problems: &mut Problems, notices: &mut Vec<Diagnostic>) {
        let name = self.name;
        let shown = if self.is_secret { "****" } else { whole };
        let mut broken = |rule: String| {
            let described = self.node.get("ConstraintDescription").and_then(Node::text);
            let message = match described {
                Some(words) => format!("Parameter {name} failed to satisfy constraint: {words}"),
                None => rule.clone(),
            };
            let hint = if described.is_some() {
                format!("its value is `{shown}`: {rule}")
            } else {
                format!("its value is `{shown}`")
            };
            problems.add(self.span, message, hint);
        };
        if matches!(self.type_name, "Number" | "List<Number>") {
            let number = item.parse::<f64>().ok().filter(|number| number.is_finite());
            let Some(number) = number else {
                broken(format!("Parameter '{name}' must be a number"));
                return;
            };
            if let Some(least) = self.limit("MinValue").filter(|least| number < *least) {
                broken(format!("Parameter '{name}' must be a number not less than {least}"));
            }
            if let Some(most) = self.limit("MaxValue").filter(|most| number > *most) {
                broken(format!("Parameter '{name}' must be a number not greater than {most}"));
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "a value has 4096 bytes at most")]
        let length = item.chars().count() as f64;
        if let Some(least) = self.limit("MinLength").filter(|least| length < *least) {
            broken(format!("Parameter '{name}' must contain at least {least} characters"));
        }
        if let Some(most) = self.limit("MaxLength").filter(|most| length > *most) {
            broken(format!("Parameter '{name}' must contain at most {most} characters"));
        }
        if let Some(allowed) = self.node.get("AllowedValues").and_then(Node::items) {
            let allowed: Vec<&str> = allowed.iter().map(|node| node.text().unwrap_or_default()).collect();
            if !allowed.contains(&item) {
                let near = did_you_mean(item, allowed.iter().copied())
                    .map_or_else(String::new, |hint| format!(" ({hint})"));
                broken(format!("Parameter '{name}' must be one of AllowedValues{near}"));
            }
        }
        if let Some(pattern) = self.node.get("AllowedPattern") {
            match pattern.text().map(compile) {
                Some(Ok(regex)) if !regex.is_match(item) => {
                    broken(format!(
                        "Parameter {name} must match pattern {}",
                        pattern.text().unwrap_or_default()
                    ));
                }
                Some(Ok(_)) => {}
                // Java's language is larger than this one: what is not understood is not held against the value.
                Some(Err(())) => notices.push(Diagnostic::new(
                    "This AllowedPattern is not understood here; the value is not checked",
                    pattern.span,
                )),
                None => {
                    problems.add(pattern.span, "AllowedPattern must be a text", "write a regular expression");
                }
            }
        }
    }

    fn limit(&self, attribute: &str) -> Option<f64> {
        self.node.get(attribute).and_then(Node::text)?.parse().ok()
    }
}

/// A pattern that all of a value must match.
fn compile(pattern: &str) -> Result<meta::Regex, ()> {
    let limited = meta::Config::new().nfa_size_limit(Some(1 << 20)).hybrid_cache_capacity(1 << 20);
    meta::Builder::new().configure(limited).build(&format!(r"\A(?:{pattern})\z")).map_err(|_| ())
}
