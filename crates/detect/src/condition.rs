//! What a rule looks for, in any of the languages rules are written in.

use trailbell_event_pattern::EventPattern;
use trailbell_filter_pattern::Pattern;
use trailbell_json::Json;
use trailbell_record::Record;
use trailbell_sigma::Rule;

use crate::bus::{OnBus, detail_types, source};

/// What a rule looks for.
#[derive(Debug, Clone)]
pub enum Condition {
    /// A CloudWatch Logs filter pattern: it sees the record as a log event of compact JSON.
    Filter(Pattern),
    /// An EventBridge event pattern: it sees the event that EventBridge makes of the record, the record in `detail`.
    Event(EventPattern),
    /// A Sigma rule: it sees the record as it is. Its log source is not looked at.
    Sigma(Box<Rule>),
}

/// The path of a field in a record, as each of the languages has it.
#[derive(Debug)]
pub(crate) struct FieldPath {
    pub(crate) names: Vec<String>,
    dotted: String,
    /// On the event bus.
    in_detail: String,
}

impl FieldPath {
    pub(crate) fn new(names: &[&str]) -> Self {
        let dotted = names.join(".");
        let in_detail = format!("detail.{dotted}");
        Self { names: names.iter().map(|name| (*name).to_owned()).collect(), dotted, in_detail }
    }
}

impl From<Rule> for Condition {
    fn from(rule: Rule) -> Self {
        Self::Sigma(Box::new(rule))
    }
}

impl From<Pattern> for Condition {
    fn from(pattern: Pattern) -> Self {
        Self::Filter(pattern)
    }
}

impl From<EventPattern> for Condition {
    fn from(pattern: EventPattern) -> Self {
        Self::Event(pattern)
    }
}

impl Condition {
    /// Whether it holds of the record. This is the slow and obvious way, which every faster one must agree with.
    pub fn holds_of(&self, record: &Record) -> bool {
        self.holds_on_bus(&OnBus::new(record))
    }

    /// The same for a record of which more conditions are asked.
    pub(crate) fn holds_on_bus(&self, asked: &OnBus<'_>) -> bool {
        let json = asked.record().json();
        match self {
            Self::Filter(Pattern::MatchAll) => true,
            Self::Filter(Pattern::Json(pattern)) => pattern.matches(json),
            Self::Filter(pattern) => pattern.matches_message(&json.to_string()),
            Self::Event(pattern) => asked.is_met(pattern),
            Self::Sigma(rule) => rule.matches(json),
        }
    }

    /// Whether it holds of a raw log event of any kind, which an event pattern takes for the whole event.
    pub fn holds_of_message(&self, message: &str) -> bool {
        match self {
            Self::Filter(pattern) => pattern.matches_message(message),
            Self::Event(pattern) => Json::parse(message).is_ok_and(|event| pattern.matches(&event)),
            Self::Sigma(rule) => Json::parse(message).is_ok_and(|event| rule.matches(&event)),
        }
    }

    /// The same for the text of a record in compact JSON.
    pub(crate) fn holds_of_text(&self, text: &str) -> bool {
        match self {
            Self::Filter(pattern) => pattern.matches_message(text),
            Self::Event(_) | Self::Sigma(_) => {
                Json::parse(text).is_ok_and(|json| self.holds_of(&Record::new(json)))
            }
        }
    }

    /// The strings one of which the record must have at a path for the condition to hold. `None` also where one could be a
    /// number in the record: a scan finds strings only.
    pub(crate) fn texts(&self, path: &FieldPath) -> Option<Vec<Box<str>>> {
        let required = match self {
            Self::Filter(pattern) => {
                pattern.required_values(&path.names.iter().map(String::as_str).collect::<Vec<_>>())?
            }
            Self::Event(pattern) => pattern.required_values(&path.in_detail)?,
            // Any case will do: see `texts_in_any_case`.
            Self::Sigma(_) => return None,
        };
        required.into_iter().map(|text| text.parse::<f64>().is_err().then(|| text.into())).collect()
    }

    /// The paths in a record it looks at; not all, where it needs the record's text.
    pub(crate) fn paths(&self) -> Vec<Vec<&str>> {
        match self {
            Self::Filter(pattern) => pattern.paths().unwrap_or_default(),
            Self::Event(pattern) => {
                let paths = pattern.paths().iter().filter_map(|path| in_record(path));
                paths.map(|path| path.split('.').collect()).collect()
            }
            Self::Sigma(rule) => {
                let paths = rule.paths().unwrap_or_default();
                paths.into_iter().map(|path| path.split('.').collect()).collect()
            }
        }
    }

    /// The same where case does not matter: in the lower case of [`trailbell_sigma::lower`].
    pub(crate) fn texts_in_any_case(&self, path: &FieldPath) -> Option<Vec<Box<str>>> {
        let Self::Sigma(rule) = self else { return None };
        Some(rule.required_values(&path.dotted)?.into_iter().map(Into::into).collect())
    }

    /// Whether it holds of a record that has a string at each of its paths just where [`Condition::could_match`] says so of each.
    pub(crate) fn is_decided_by_strings(&self) -> bool {
        match self {
            Self::Filter(pattern) => pattern.is_decided_by_strings(),
            Self::Event(pattern) => {
                pattern.is_decided_by_strings()
                    && pattern.paths().iter().all(|path| in_record(path).is_some())
            }
            Self::Sigma(rule) => rule.is_decided_by_strings(),
        }
    }

    /// Whether it could hold of a record that has this string at a path and nothing else there, whatever else it holds; `None`:
    /// that has nothing there, or `null`. `false` is certain.
    pub(crate) fn could_match(&self, path: &FieldPath, value: Option<&str>) -> bool {
        match self {
            Self::Filter(pattern) => pattern.could_match(&path.names, value),
            Self::Event(pattern) => {
                let made = || match &*path.dotted {
                    "eventSource" => pattern.could_match("source", Some(&source(value.unwrap_or_default()))),
                    "eventType" => detail_types(value.unwrap_or_default())
                        .iter()
                        .any(|detail_type| pattern.could_match("detail-type", Some(detail_type))),
                    _ => true,
                };
                pattern.could_match(&path.in_detail, value) && made()
            }
            Self::Sigma(rule) => rule.could_match(&path.dotted, value),
        }
    }

    /// Whether, of several values at a path (of a list of objects, say), one alone can make it hold: then
    /// [`Condition::could_match`] says so of that one.
    pub(crate) fn is_met_by_one(&self, path: &FieldPath) -> bool {
        match self {
            // A path leads through no list; and each value a field may have is enough.
            Self::Filter(_) | Self::Event(_) => true,
            Self::Sigma(rule) => rule.is_met_by_one(&path.dotted),
        }
    }

    /// The filter pattern, where it is one.
    pub const fn filter(&self) -> Option<&Pattern> {
        match self {
            Self::Filter(pattern) => Some(pattern),
            Self::Event(_) | Self::Sigma(_) => None,
        }
    }
}

/// What in a record decides about a field of its event on the bus; `None` where that is not known of one string.
fn in_record(path: &str) -> Option<&str> {
    match path {
        "source" => Some("eventSource"),
        "detail-type" => Some("eventType"),
        _ => path.strip_prefix("detail."),
    }
}
