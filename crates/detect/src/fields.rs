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
        Self::of_members(record).ok()
    }

    fn of_members(record: &'a Record) -> Result<Self, Odd> {
        let members = record.json().as_object().ok_or(Odd)?;
        if members.iter().any(|(name, _)| name == "userIdentity.type") {
            return Err(Odd);
        }
        let identity_type = match only(members, "userIdentity")? {
            None | Some(Json::Null) => None,
            Some(Json::Object(members)) => text(members, "type")?,
            Some(_) => return Err(Odd),
        };
        Ok(Self {
            event_name: text(members, "eventName")?,
            event_source: text(members, "eventSource")?,
            event_type: text(members, "eventType")?,
            error_code: text(members, "errorCode")?,
            identity_type,
            read_only: record.read_only(),
        })
    }

    /// In the order of [`PATHS`].
    pub(crate) const fn values(&self) -> [Option<&'a str>; PATHS.len()] {
        [self.event_name, self.event_source, self.error_code, self.identity_type, self.event_type]
    }
}

/// Fields of which nothing is known without looking closer.
pub(crate) struct Odd;

/// The only member of that name.
pub(crate) fn only<'a>(members: &'a [(String, Json)], name: &str) -> Result<Option<&'a Json>, Odd> {
    let mut all = members.iter().filter(|(member, _)| member == name).map(|(_, value)| value);
    let first = all.next();
    if all.next().is_none() { Ok(first) } else { Err(Odd) }
}

/// The string of the only member of that name; nothing where it is missing or `null`.
fn text<'a>(members: &'a [(String, Json)], name: &str) -> Result<Option<&'a str>, Odd> {
    match only(members, name)? {
        None | Some(Json::Null) => Ok(None),
        Some(Json::String(text)) => Ok(Some(text)),
        Some(_) => Err(Odd),
    }
}
