//! Alarms that AWS refuses, in its words; properties it does not have, and kinds that trailbell does not run.

use serde_json::{Map, Value, json};
use trailbell_alarm::{
    Alarm as Read, CompositeAlarm, Error, Measured, MetricAlarm, Problem, PropertyError, QuerySource,
    Running, Scope, Segment,
};
use trailbell_text::{Diagnostic, Span};

use super::{Findings, Level};
use crate::model::Alarm;
use crate::{Stacks, is_placeholder};

/// Mistakes of one alarm that are told.
const MAX_MISTAKES: usize = 12;

pub(super) fn check(stacks: &Stacks, findings: &mut Findings) {
    // What an account described, AWS has taken already.
    let written = |alarm: &&Alarm| alarm.described.is_none();
    for alarm in stacks.alarms.iter().chain(&stacks.composite_alarms).filter(written) {
        match read(alarm, findings) {
            Some(Read::Metric(metric)) => numbers(alarm, *metric, findings),
            Some(Read::Composite(composite)) => children(stacks, alarm, &composite, findings),
            None => {}
        }
    }
}

/// Reads an alarm again and again, each time with what was wrong or is not known made right, so that every mistake is told.
/// `None` where it cannot be made right.
fn read(alarm: &Alarm, findings: &mut Findings) -> Option<Read> {
    let origin = &alarm.origin;
    let mut properties = alarm.properties.json().clone();
    let mut before: Option<Vec<Segment>> = None;
    for _ in 0..MAX_MISTAKES {
        let error = match Read::read(&origin.type_name, &properties, Some(&alarm.name)) {
            Ok(read) => {
                for unknown in read.unknown.iter().filter(|unknown| !is_doubtful(alarm, &unknown.path)) {
                    let name = unknown.path.iter().rev().find_map(key).unwrap_or_default();
                    let diagnostic = Diagnostic::new(
                        format!("{} has no property `{name}`", origin.type_name),
                        alarm.place(&unknown.path, None),
                    );
                    let fix = match unknown.suggestion {
                        Some(meant) => format!("did you mean `{meant}`?"),
                        None => "take it out".to_owned(),
                    };
                    findings.add("alarm", Level::Warning, origin, diagnostic.with_hint(fix));
                }
                return Some(read.alarm);
            }
            Err(error) => error,
        };
        if error.problem == Problem::NotRunHere {
            if !is_doubtful(alarm, &error.path) {
                findings.add("alarm", Level::Note, origin, alarm.diagnostic(&error));
            }
            return None;
        }
        if !is_doubtful(alarm, &error.path) {
            findings.add(rule_of(&error.path), Level::Error, origin, alarm.diagnostic(&error));
        }
        if before.as_ref() == Some(&error.path) || !make_right(&mut properties, &error.path) {
            return None;
        }
        before = Some(error.path);
    }
    None
}

/// The rule a property's mistakes are called by.
fn rule_of(path: &[Segment]) -> &'static str {
    match path.iter().rev().find_map(key) {
        Some("Period" | "EvaluationPeriods") => "period",
        Some("DatapointsToAlarm") => "datapoints-to-alarm",
        Some("Threshold") => "threshold",
        _ => "alarm",
    }
}

fn key(segment: &Segment) -> Option<&str> {
    match segment {
        Segment::Key(key) => Some(key),
        Segment::Index(_) => None,
    }
}

/// Whether what is at a path, or may be put there by something around it, is known in AWS only.
fn is_doubtful(alarm: &Alarm, path: &[Segment]) -> bool {
    let mut here = alarm.properties.json();
    for segment in path {
        let next = match (segment, here) {
            (_, Value::String(text)) => return is_placeholder(text),
            (_, Value::Object(members)) if members.keys().any(|key| key.starts_with("Fn::")) => return true,
            (Segment::Key(key), Value::Object(members)) => members.get(key),
            (Segment::Index(index), Value::Array(items)) => items.get(*index),
            _ => None,
        };
        let Some(next) = next else { return false };
        here = next;
    }
    has_placeholder(here)
}

fn has_placeholder(value: &Value) -> bool {
    match value {
        Value::String(text) => is_placeholder(text),
        Value::Array(items) => items.iter().any(has_placeholder),
        Value::Object(members) => {
            members.iter().any(|(key, value)| key.starts_with("Fn::") || has_placeholder(value))
        }
        _ => false,
    }
}

/// Puts something into a place that no alarm is refused for; says whether there is such a thing.
fn make_right(properties: &mut Value, path: &[Segment]) -> bool {
    let Some((Segment::Key(last), around)) = path.split_last() else { return index_away(properties, path) };
    let right = {
        let periods = properties.get("DatapointsToAlarm").cloned();
        match last.as_str() {
            "MetricName" | "Namespace" | "AlarmName" | "Value" | "ActionsSuppressor" => json!("unknown"),
            // Of a dimension: each has its own.
            "Name" => json!(format!("unknown {:?}", around.last())),
            "Statistic" | "Stat" => json!("Sum"),
            // The shortest: if that is too long, every one is.
            "Period" => shared_period(properties, around).unwrap_or_else(|| json!(10)),
            "EvaluationPeriods" => {
                periods.filter(|periods| super::metric::number(periods).is_some()).unwrap_or_else(|| json!(1))
            }
            "Threshold" => json!(0),
            "ComparisonOperator" => json!("GreaterThanThreshold"),
            "AlarmRule" => json!("FALSE"),
            "ActionsSuppressorWaitPeriod" | "ActionsSuppressorExtensionPeriod" => json!(60),
            "ExtendedStatistic"
            | "DatapointsToAlarm"
            | "TreatMissingData"
            | "Unit"
            | "AlarmDescription"
            | "EvaluateLowSampleCountPercentile"
            | "ActionsEnabled"
            | "OKActions"
            | "AlarmActions"
            | "InsufficientDataActions"
            | "Dimensions"
            | "ReturnData"
            | "Label" => Value::Null,
            _ => return false,
        }
    };
    let Some(members) = object_at(properties, around) else { return false };
    if last == "ExtendedStatistic" {
        members.insert("Statistic".to_owned(), json!("Sum"));
    }
    members.insert(last.clone(), right);
    true
}

/// The period that another metric of the alarm has: all must have the same.
fn shared_period(properties: &Value, around: &[Segment]) -> Option<Value> {
    around.first()?;
    let queries = properties.get("Metrics")?.as_array()?;
    queries
        .iter()
        .filter_map(|query| query.get("MetricStat")?.get("Period"))
        .find(|period| super::metric::number(period).is_some_and(|period| period >= 60.0))
        .cloned()
}

/// Takes an element of a list of actions out.
fn index_away(properties: &mut Value, path: &[Segment]) -> bool {
    let [Segment::Key(list), Segment::Index(index)] = path else { return false };
    match properties.get_mut(list) {
        Some(Value::Array(items)) if list.ends_with("Actions") && *index < items.len() => {
            items.remove(*index);
            true
        }
        _ => false,
    }
}

fn object_at<'v>(value: &'v mut Value, path: &[Segment]) -> Option<&'v mut Map<String, Value>> {
    let mut here = value;
    for segment in path {
        here = match segment {
            Segment::Key(key) => here.get_mut(key)?,
            Segment::Index(index) => here.get_mut(*index)?,
        };
    }
    here.as_object_mut()
}

/// What is found by making an alarm: its expressions, above all.
fn numbers(alarm: &Alarm, metric: MetricAlarm, findings: &mut Findings) {
    let queries = match &metric.measured {
        Measured::Math(queries) => queries.clone(),
        Measured::Metric(_) => Vec::new(),
    };
    let is_unknown = |source: &QuerySource| match source {
        QuerySource::Expression(text) => is_placeholder(text),
        QuerySource::Reading(_) => false,
    };
    if queries.iter().any(|query| is_unknown(&query.source) || is_placeholder(&query.id)) {
        return;
    }
    // The moment is of no matter: it is not run.
    let Err(error) = Running::new(metric, jiff::Timestamp::UNIX_EPOCH) else { return };
    let wrong = |source: &QuerySource| matches!((source, &error), (QuerySource::Expression(text), Error::Text { source_text, .. }) if text == source_text);
    let index = queries.iter().position(|query| wrong(&query.source));
    let (span, hint) = match (error.diagnostic(), index) {
        (Some((_, found)), Some(index)) => {
            let path = [
                Segment::Key("Metrics".to_owned()),
                Segment::Index(index),
                Segment::Key("Expression".to_owned()),
            ];
            (alarm.place(&path, Some(found.span)), found.hint.clone())
        }
        (Some((_, found)), None) => (alarm.origin.span, found.hint.clone()),
        (None, _) => (alarm.origin.span, None),
    };
    let diagnostic = Diagnostic { message: error.to_string(), span, hint };
    findings.add("alarm", Level::Error, &alarm.origin, diagnostic);
}

/// What a composite alarm's rule names. Accounts and regions are not compared: those here may stand for any.
fn children(stacks: &Stacks, alarm: &Alarm, composite: &CompositeAlarm, findings: &mut Findings) {
    let Some(text) = alarm.properties.text(&["AlarmRule"]) else { return };
    let scope = alarm.scope();
    let is_elsewhere = composite.rule.check("", &scope, &|_| true).is_err();
    if is_elsewhere || text.value != composite.rule.as_str() {
        return;
    }
    if let Err(error) = composite.rule.check(&alarm.name, &scope, &|_| true) {
        let found = error.diagnostic();
        let span = text.place(alarm.origin.file.text(), found.span.start..found.span.end);
        findings.add("alarm", Level::Error, &alarm.origin, Diagnostic { span, ..found.clone() });
        return;
    }
    let is_known = |name: &str| {
        is_placeholder(name)
            || stacks.alarms.iter().chain(&stacks.composite_alarms).any(|one| one.name == name)
    };
    let may_be_left_out =
        stacks.left_out.iter().any(|origin| origin.type_name.starts_with("AWS::CloudWatch::"));
    if may_be_left_out {
        return;
    }
    if let Err(error) = composite.rule.check(&alarm.name, &scope, &is_known) {
        let found = error.diagnostic();
        let missing: Vec<&str> =
            composite.rule.children().into_iter().filter(|child| !is_known(child)).collect();
        findings.note(
            "unknown-alarm",
            &alarm.origin,
            text.place(alarm.origin.file.text(), found.span.start..found.span.end),
            format!(
                "{} is not among these templates: if it does not exist already, the stack fails",
                missing.join(", ")
            ),
            "write its name with !Sub and its logical id, or hand in the template it is in",
        );
    }
}

impl Alarm {
    /// What is wrong with a property, at its place in the template's text.
    pub fn diagnostic(&self, error: &PropertyError) -> Diagnostic {
        Diagnostic {
            message: error.message.clone(),
            span: self.place(&error.path, error.span),
            hint: error.hint.clone(),
        }
    }

    /// The account and region its ARN says.
    pub fn scope(&self) -> Scope {
        let mut parts = self.arn.split(':').skip(3);
        let region = parts.next().unwrap_or_default();
        let account = parts.next().unwrap_or_default();
        Scope::new(account, region)
    }

    /// Where the value at a path is written; `within` are bytes of its text.
    fn place(&self, path: &[Segment], within: Option<Span>) -> Span {
        let path: Vec<String> = path
            .iter()
            .map(|segment| match segment {
                Segment::Key(key) => key.clone(),
                Segment::Index(index) => index.to_string(),
            })
            .collect();
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        match (within, self.properties.text(&path)) {
            (Some(span), Some(text)) => text.place(self.origin.file.text(), span.start..span.end),
            // What is not there is the alarm's own mistake.
            _ if path.is_empty() => self.origin.span,
            _ if matches!(path.as_slice(), [one] if self.properties.json().get(one).is_none()) => {
                self.origin.span
            }
            _ => self.properties.span_of(&path),
        }
    }
}
