//! Taking typed values out of an object, as leniently as CloudFormation does.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{PropertyError, Segment, UnknownProperty};
use crate::Actions;

/// Actions a state may have.
const MAX_ACTIONS: usize = 5;

/// An object being read.
pub(super) struct Reader<'a> {
    members: &'a Map<String, Value>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(value: &'a Value) -> Result<Self, PropertyError> {
        match value {
            Value::Object(members) => Ok(Self { members }),
            other => Err(PropertyError::wrong(format!("must be an object, and is {}", kind(other)))),
        }
    }

    /// The value of a property; `null` is none.
    pub(super) fn get(&self, key: &str) -> Option<&'a Value> {
        self.members.get(key).filter(|value| !value.is_null())
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    pub(super) fn text(&self, key: &str) -> Result<Option<String>, PropertyError> {
        self.get(key).map(|value| as_text(value).map_err(|error| error.at(key))).transpose()
    }

    /// A text of a bounded number of characters.
    pub(super) fn bounded(
        &self,
        key: &str,
        least: usize,
        most: usize,
    ) -> Result<Option<String>, PropertyError> {
        let Some(text) = self.text(key)? else { return Ok(None) };
        let length = text.chars().count();
        let bound = if length < least {
            format!("greater than or equal to {least}")
        } else if length > most {
            format!("less than or equal to {most}")
        } else {
            return Ok(Some(text));
        };
        let shown: String = text.chars().take(80).collect();
        Err(constraint(key, &shown, &format!("Member must have length {bound}")).at(key))
    }

    /// A whole number of at least `least`.
    pub(super) fn whole(&self, key: &str, least: u32) -> Result<Option<u32>, PropertyError> {
        let Some(number) = self.number(key)? else { return Ok(None) };
        // 2^53: every whole double below is exact.
        if number.fract() != 0.0 || number.abs() > 9_007_199_254_740_992.0 {
            return Err(PropertyError::wrong(format!("must be a whole number, and is {number}")).at(key));
        }
        let bound = if number < f64::from(least) {
            format!("greater than or equal to {least}")
        } else if number > f64::from(i32::MAX) {
            format!("less than or equal to {}", i32::MAX)
        } else {
            // `Display` of a whole double has no point, so this is exact; adding zero makes -0 one.
            return Ok((number + 0.0).to_string().parse().ok());
        };
        Err(constraint(key, &number.to_string(), &format!("Member must have value {bound}")).at(key))
    }

    pub(super) fn number(&self, key: &str) -> Result<Option<f64>, PropertyError> {
        let Some(value) = self.get(key) else { return Ok(None) };
        let number = match value {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        match number.filter(|number: &f64| number.is_finite()) {
            Some(number) => Ok(Some(number)),
            None => Err(not_a("a number", value).at(key)),
        }
    }

    pub(super) fn boolean(&self, key: &str) -> Result<Option<bool>, PropertyError> {
        let Some(value) = self.get(key) else { return Ok(None) };
        match value {
            Value::Bool(value) => Ok(Some(*value)),
            Value::String(text) if text.eq_ignore_ascii_case("true") => Ok(Some(true)),
            Value::String(text) if text.eq_ignore_ascii_case("false") => Ok(Some(false)),
            other => Err(not_a("true or false", other).at(key)),
        }
    }

    pub(super) fn list(&self, key: &str) -> Result<Option<&'a [Value]>, PropertyError> {
        match self.get(key) {
            None => Ok(None),
            Some(Value::Array(elements)) => Ok(Some(elements)),
            Some(other) => Err(not_a("a list", other).at(key)),
        }
    }

    /// A word out of a set.
    pub(super) fn word<T>(
        &self,
        key: &str,
        parse: impl FnOnce(&str) -> Option<T>,
        set: &[&str],
    ) -> Result<Option<T>, PropertyError> {
        let Some(text) = self.text(key)? else { return Ok(None) };
        if let Some(value) = parse(&text) {
            return Ok(Some(value));
        }
        let shown: String = text.chars().take(80).collect();
        let problem = format!("Member must satisfy enum value set: [{}]", set.join(", "));
        let error = constraint(key, &shown, &problem);
        Err(match nearest(&text, set) {
            Some(word) => error.hint(format!("write {word}")),
            None => error.hint(format!("write one of {}", set.join(", "))),
        }
        .at(key))
    }

    pub(super) fn required<T>(&self, key: &str, value: Option<T>) -> Result<T, PropertyError> {
        value.ok_or_else(|| {
            let error = PropertyError::wrong(format!("The parameter {key} is required."));
            let written = self.members.keys().find(|name| *name != key && nearest(name, &[key]).is_some());
            match written {
                Some(written) => error.hint(format!("is {written} meant to be {key}?")),
                None => error.hint(format!("add {key}")),
            }
            .at(key)
        })
    }

    /// The properties that are in neither list.
    pub(super) fn unknown(&self, known: &[&'static str], passed_over: &[&str]) -> Vec<UnknownProperty> {
        let sorted: BTreeMap<&String, &Value> = self.members.iter().collect();
        sorted
            .into_keys()
            .filter(|key| !known.contains(&key.as_str()) && !passed_over.contains(&key.as_str()))
            .map(|key| UnknownProperty {
                path: vec![Segment::Key(key.clone())],
                suggestion: nearest(key, known),
            })
            .collect()
    }

    /// `AlarmName`, or the name CloudFormation would give.
    pub(super) fn alarm_name(&self, otherwise: Option<&str>) -> Result<String, PropertyError> {
        let name = self.bounded("AlarmName", 1, 255)?.or_else(|| otherwise.map(str::to_owned));
        self.required("AlarmName", name)
    }

    pub(super) fn description(&self) -> Result<Option<String>, PropertyError> {
        self.bounded("AlarmDescription", 0, 1024)
    }

    pub(super) fn actions(&self) -> Result<Actions, PropertyError> {
        Ok(Actions {
            enabled: self.boolean("ActionsEnabled")?.unwrap_or(true),
            ok: self.arns("OKActions")?,
            alarm: self.arns("AlarmActions")?,
            insufficient_data: self.arns("InsufficientDataActions")?,
        })
    }

    fn arns(&self, key: &str) -> Result<Vec<String>, PropertyError> {
        let elements = self.list(key)?.unwrap_or_default();
        if elements.len() > MAX_ACTIONS {
            let problem = format!("Member must have length less than or equal to {MAX_ACTIONS}");
            return Err(constraint(key, &format!("{} elements", elements.len()), &problem)
                .hint("an alarm has at most five actions a state")
                .at(key));
        }
        let arn = |(index, value): (usize, &Value)| {
            let arn = as_text(value).and_then(|arn| {
                if is_arn(&arn) {
                    Ok(arn)
                } else {
                    Err(PropertyError::wrong(format!("Invalid arn syntax: {arn}"))
                        .hint("write an ARN, as arn:aws:sns:us-east-1:111111111111:topic"))
                }
            });
            arn.map_err(|error| error.within(Segment::Index(index)).at(key))
        };
        elements.iter().enumerate().map(arn).collect()
    }

    /// `AlarmConfigurationUpdatedTimestamp`, as `describe-alarms` shows it; what cannot be read is none.
    pub(super) fn configured_at(&self) -> Option<jiff::Timestamp> {
        let text = self.get("AlarmConfigurationUpdatedTimestamp")?.as_str()?;
        text.parse().ok().or_else(|| jiff::Timestamp::strptime("%Y-%m-%dT%H:%M:%S%.f%z", text).ok())
    }
}

/// `arn:partition:service:region:account:resource`
fn is_arn(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    match parts.as_slice() {
        [arn, partition, service, .., resource] => {
            parts.len() == 6
                && *arn == "arn"
                && !partition.is_empty()
                && !service.is_empty()
                && !resource.is_empty()
        }
        _ => false,
    }
}

/// The words of AWS's request validation. It names properties in camel case.
pub(super) fn constraint(key: &str, value: &str, problem: &str) -> PropertyError {
    let mut characters = key.chars();
    let first = characters.next().map(|first| first.to_ascii_lowercase());
    let camel: String = first.into_iter().chain(characters).collect();
    PropertyError::wrong(format!(
        "1 validation error detected: Value '{value}' at '{camel}' failed to satisfy constraint: {problem}"
    ))
}

fn as_text(value: &Value) -> Result<String, PropertyError> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(value) => Ok(value.to_string()),
        other => Err(not_a("a text", other)),
    }
}

fn not_a(what: &str, value: &Value) -> PropertyError {
    let error = match value {
        Value::String(text) => {
            let shown: String = text.chars().take(80).collect();
            PropertyError::wrong(format!("must be {what}, and is '{shown}'"))
        }
        other => PropertyError::wrong(format!("must be {what}, and is {}", kind(other))),
    };
    match value {
        Value::Object(members)
            if members.len() == 1 && members.keys().all(|key| key == "Ref" || key.starts_with("Fn::")) =>
        {
            error.hint("the function is not resolved: give its value")
        }
        _ => error.hint(format!("write {what}")),
    }
}

const fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// The word that was probably meant: the same but for case, or at most two letters off.
pub(super) fn nearest<'w>(written: &str, words: &[&'w str]) -> Option<&'w str> {
    if written.len() > 100 {
        return None;
    }
    let lower = written.to_lowercase();
    words
        .iter()
        .map(|word| (strsim::osa_distance(&lower, &word.to_lowercase()), *word))
        .filter(|(distance, word)| *distance <= 2 && *distance * 3 < word.len())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}
