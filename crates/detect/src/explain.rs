//! Why each rule met a record or did not.

use std::borrow::Cow;

use trailbell_event_pattern::{EventPattern, Scalar};
use trailbell_filter_pattern::{Pattern, Selector, Step};
use trailbell_json::Json;
use trailbell_record::{Outcome, Record};
use trailbell_sigma as sigma;
use trailbell_text::{Phrase, Severity, Untrusted};

use crate::bus;
use crate::condition::Condition;
use crate::rule::{Check, Rule, RuleName};
use crate::set::{Facts, RuleSet};

/// What one rule made of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleExplanation {
    /// The rule.
    pub rule: RuleName,
    /// Whether it is on; one that is off is explained all the same.
    pub enabled: bool,
    /// Whether it meets the record.
    pub matched: bool,
    /// The severity it gives the record, where it meets it.
    pub severity: Option<Severity>,
    /// What it looked at, a line each.
    pub facts: Vec<Phrase>,
}

impl RuleSet {
    /// What each rule makes of the record, in the order of the rule set.
    pub fn explain(&self, record: &Record) -> Vec<RuleExplanation> {
        let facts = Facts::of(record);
        self.rules().iter().map(|rule| explain(rule, &facts, record, self)).collect()
    }
}

fn explain(rule: &Rule, facts: &Facts, record: &Record, rules: &RuleSet) -> RuleExplanation {
    let severity = facts.met_by(&rule.check, record).map(|severity| rule.severity.unwrap_or(severity));
    RuleExplanation {
        rule: rule.name().clone(),
        enabled: rule.is_enabled(),
        matched: severity.is_some(),
        severity,
        facts: match &rule.check {
            Check::Condition(condition) => of_record(condition, record),
            Check::Correlation(correlation) => counted(correlation, record, rules),
            check => seen(check, facts, record, severity.is_some()),
        },
    }
}

/// What a built-in rule looked at.
fn seen(check: &Check, facts: &Facts, record: &Record, matched: bool) -> Vec<Phrase> {
    let field = |name: &'static str, path: &[&str]| {
        let mut phrase = Phrase::ours(name);
        match record.untrusted(path) {
            Some(value) => phrase.push(" is ").push(value),
            None => phrase.push(" is missing"),
        };
        phrase
    };
    let mut lines = match check {
        Check::Root => vec![
            field("userIdentity.type", &["userIdentity", "type"]),
            field("userIdentity.invokedBy", &["userIdentity", "invokedBy"]),
            field("eventType", &["eventType"]),
        ],
        Check::SignIn => vec![
            field("eventName", &["eventName"]),
            field("eventSource", &["eventSource"]),
            field("eventType", &["eventType"]),
        ],
        Check::Change | Check::Tampering | Check::Sharing | Check::Condition(_) | Check::Correlation(_) => {
            vec![field("eventName", &["eventName"]), field("eventSource", &["eventSource"])]
        }
    };
    if matches!(check, Check::Change) && record.service() == "iam" {
        lines.push(match record.read_only() {
            Some(true) => Phrase::ours("readOnly is true"),
            Some(false) => Phrase::ours("readOnly is false"),
            None => Phrase::ours("readOnly is missing: the name decides"),
        });
    }
    let (yes, no) = match check {
        Check::SignIn => ("a step of a sign-in", "not a step of a sign-in"),
        Check::Change => ("a change of who can do what", "not a change of who can do what"),
        Check::Tampering => ("touches the record keeping", "does not touch the record keeping"),
        Check::Root => ("the root user acted", "not the root user acting by itself"),
        Check::Sharing => ("changes a resource's own policy", "does not change a resource's own policy"),
        Check::Condition(_) | Check::Correlation(_) => ("matches", "does not match"),
    };
    let mut verdict = Phrase::ours(if matched { yes } else { no });
    if matched {
        verdict.push(match facts.outcome {
            Outcome::Success => ", which succeeded",
            Outcome::Failure => ", which failed",
            Outcome::Denied => ", which was refused",
        });
    }
    lines.push(verdict);
    lines
}

/// How a correlation takes part: what it counts, and whether this event is some of that.
fn counted(correlation: &sigma::CorrelationRule, record: &Record, rules: &RuleSet) -> Vec<Phrase> {
    let mut what = Phrase::ours("counts ");
    what.push(Untrusted::new(correlation.to_string())).push("; one event alone does not meet it");
    let mut lines = vec![what];
    for rule in rules.rules().iter().filter(|rule| rule.is_enabled()) {
        let Some(base) = rule.sigma().filter(|base| correlation.refers_to(base)) else { continue };
        if !base.matches(record.json()) {
            continue;
        }
        let mut line = Phrase::ours("yes: this event met ");
        line.push(Untrusted::from(rule.name().as_str()));
        match correlation.group_of(base, record.json()) {
            None => {
                line.push(" and lacks a value to be grouped by: it does not count");
            }
            Some(group) => {
                line.push(" and counts");
                for (nth, (field, value)) in group.into_iter().enumerate() {
                    line.push(if nth == 0 { " where " } else { " and " });
                    line.push(Untrusted::new(field)).push(" is \"").push(Untrusted::new(value)).push("\"");
                }
            }
        }
        lines.push(line);
    }
    if lines.len() == 1 {
        lines.push(Phrase::ours("no:  this event met none of the rules it counts"));
    }
    lines
}

/// What a condition looks at in a raw log event, a line each: each part, whether it holds, and what stands there.
pub fn explain_condition(condition: &Condition, message: &str) -> Vec<Phrase> {
    let json = Json::parse(message).ok();
    match condition {
        Condition::Filter(pattern) => filter(pattern, json.as_ref(), || pattern.matches_message(message)),
        Condition::Event(pattern) => match json.filter(|json| json.as_object().is_some()) {
            Some(json) => event(pattern, &json),
            None => vec![Phrase::ours(
                "the event is not a JSON object, and an event pattern matches nothing else",
            )],
        },
        Condition::Sigma(rule) => match json {
            Some(json) => sigma(rule, &json),
            None => vec![Phrase::ours("the event is not JSON, and a Sigma rule matches nothing else")],
        },
    }
}

fn of_record(condition: &Condition, record: &Record) -> Vec<Phrase> {
    match condition {
        Condition::Filter(pattern) => filter(pattern, Some(record.json()), || condition.holds_of(record)),
        Condition::Event(pattern) => {
            let events = bus::events(record);
            let shown = events.iter().find(|event| pattern.matches(event)).or_else(|| events.first());
            shown.map(|shown| event(pattern, shown)).unwrap_or_default()
        }
        Condition::Sigma(rule) => sigma(rule, record.json()),
    }
}

/// Each condition of a filter pattern, whether it holds, and what stands there. `json` is the event, where it is JSON.
fn filter(pattern: &Pattern, json: Option<&Json>, meets: impl FnOnce() -> bool) -> Vec<Phrase> {
    let Pattern::Json(pattern) = pattern else {
        let mut line = Phrase::new();
        line.push_ours(pattern.to_string());
        line.push(if meets() { ": found in the event's text" } else { ": not found in the event's text" });
        return vec![line];
    };
    let Some(json) = json.filter(|json| json.as_object().is_some()) else {
        return vec![Phrase::ours(
            "the event is not a JSON object, and a pattern in braces matches nothing else",
        )];
    };
    let all = pattern.condition.conditions();
    all.into_iter()
        .map(|condition| {
            line(condition.matches(json), condition.to_string(), &found(json, &condition.selector))
        })
        .collect()
}

/// Each field of an event pattern, whether one of its values passes, and what stands there; alternatives one after another.
fn event(pattern: &EventPattern, event: &Json) -> Vec<Phrase> {
    let mut lines = Vec::new();
    for (nth, branch) in pattern.branches().iter().enumerate() {
        if pattern.branches().len() > 1 {
            lines.push(Phrase::ours(if nth == 0 { "either" } else { "or" }));
        }
        lines.extend(branch.fields().map(|field| {
            let values = pattern.values_at(event, &field.path);
            let holds = match values.as_slice() {
                [] => field.may_be_absent(),
                some => some.iter().any(|value| field.matches(*value)),
            };
            let found = match values.as_slice() {
                [] => Found::Nothing,
                [Scalar::Null] => Found::Value(Cow::Owned(Json::Null)),
                [Scalar::Bool(value)] => Found::Value(Cow::Owned(Json::Bool(*value))),
                [Scalar::Number(text)] => Found::Value(Cow::Owned(Json::Number((*text).to_owned()))),
                [Scalar::Text(text)] => Found::Value(Cow::Owned(Json::String((*text).to_owned()))),
                _ => Found::Several,
            };
            line(holds, field.to_string(), &found)
        }));
    }
    lines
}

/// Each item of a Sigma rule's selections, whether it holds, and what stands there.
fn sigma(rule: &sigma::Rule, event: &Json) -> Vec<Phrase> {
    let items = rule.explain(event).into_iter();
    items
        .map(|one| {
            let found = one.found.map_or(Found::Nothing, |value| Found::Value(Cow::Borrowed(value)));
            line(one.holds, format!("{}: {}", one.selection, one.item), &found)
        })
        .collect()
}

fn line(holds: bool, condition: String, found: &Found<'_>) -> Phrase {
    let mut line = Phrase::ours(if holds { "yes: " } else { "no:  " });
    line.push_ours(condition).push(" (");
    match found {
        Found::Value(value) => match &**value {
            Json::String(text) => line.push("it is \"").push(Untrusted::from(text.as_str())).push("\""),
            Json::Array(_) => line.push("it is a list"),
            Json::Object(_) => line.push("it is an object"),
            other => line.push("it is ").push(Untrusted::new(other.to_string())),
        },
        Found::Nothing => line.push("it is missing"),
        Found::Several => line.push("several values"),
    };
    line.push(")");
    line
}

enum Found<'a> {
    Value(Cow<'a, Json>),
    Nothing,
    Several,
}

fn found<'a>(json: &'a Json, selector: &Selector) -> Found<'a> {
    if selector.has_wildcard() {
        return Found::Several;
    }
    let value = selector.steps.iter().try_fold(json, |json, step| match step {
        Step::Key(key) => json.get(key),
        Step::Index(index) => json.as_array()?.get(*index),
        Step::AnyElement | Step::AnyMember => None,
    });
    value.map_or(Found::Nothing, |value| Found::Value(Cow::Borrowed(value)))
}
