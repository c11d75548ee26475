//! The few fields of a record that decide for most rules whether it can meet them.

use trailbell_json::Json;
use trailbell_record::{Event, Record};

/// Fields that a reader finds in passing; one that is `None` is missing or `null`. They must be *exact*: of a record with an
/// escape or an equal key in any of them, or one of another type, nothing is known ([`Fields::of`] says so).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Fields<'a> {
    /// `eventName`
    pub event_name: Option<&'a str>,
    /// `eventSource`
    pub event_source: Option<&'a str>,
    /// `eventType`
    pub event_type: Option<&'a str>,
    /// `errorCode`
    pub error_code: Option<&'a str>,
    /// `userIdentity.type`
    pub identity_type: Option<&'a str>,
    /// `readOnly`, where it is a boolean or the text of one.
    pub read_only: Option<bool>,
}

/// The paths of the fields that rules are found by, those that tell most first.
pub(crate) const PATHS: [&[&str]; 5] =
    [&["eventName"], &["eventSource"], &["errorCode"], &["userIdentity", "type"], &["eventType"]];

impl<'a> Fields<'a> {
    /// What the scan of an event found; `None` where only reading it with care can tell.
    pub fn of(event: &Event<'a>) -> Option<Self> {
        event.is_exact().then(|| Self {
            event_name: event.event_name(),
            event_source: event.event_source(),
            event_type: event.event_type(),
            error_code: event.error_code(),
            identity_type: event.identity_type(),
            read_only: event.read_only(),
        })
    }

    /// The same of a record that has been read.
    pub(crate) fn of_record(record: &'a Record) -> Option<Self> {
        let members = record.json().as_object()?;
        let identity = match one(members, "userIdentity")? {
            None | Some(Json::Null) => None,
            Some(Json::Object(members)) => text(members, "type")?,
            Some(_) => return None,
        };
        let has_path = members.iter().any(|(name, _)| name == "userIdentity.type");
        (!has_path).then_some(())?;
        Some(Self {
            event_name: text(members, "eventName")?,
            event_source: text(members, "eventSource")?,
            event_type: text(members, "eventType")?,
            error_code: text(members, "errorCode")?,
            identity_type: identity,
            read_only: record.read_only(),
        })
    }

    /// In the order of [`PATHS`].
    pub(crate) const fn values(&self) -> [Option<&'a str>; PATHS.len()] {
        [self.event_name, self.event_source, self.error_code, self.identity_type, self.event_type]
    }
}

/// The only member of that name; `None` where there are several.
fn one<'a>(members: &'a [(String, Json)], name: &str) -> Option<Option<&'a Json>> {
    let mut all = members.iter().filter(|(member, _)| member == name).map(|(_, value)| value);
    let first = all.next();
    all.next().is_none().then_some(first)
}

/// The string of the only member of that name; `None` where it is anything else but missing or `null`.
fn text<'a>(members: &'a [(String, Json)], name: &str) -> Option<Option<&'a str>> {
    match one(members, name)? {
        None | Some(Json::Null) => Some(None),
        Some(Json::String(text)) => Some(Some(text)),
        Some(_) => None,
    }
}
