//! One CloudTrail event, and the fields everything else asks it for.

use jiff::Timestamp;
use trailbell_json::Json;
use trailbell_text::{Untrusted, fnv1a};

/// One CloudTrail event. Every field is optional: old event versions lack `readOnly`, `eventCategory` and
/// others (87 % of one real set), and a record is never refused for a field it lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    json: Json,
}

/// What makes two events the same event, however they arrived.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EventIdentity {
    /// (`recipientAccountId`, `eventID`).
    Event(String, String),
    /// A record without an `eventID`: a hash of its compact text.
    Content(u128),
}

/// The service that an `eventSource` names: what stands before `.amazonaws.com` (or `.amazonaws.com.cn`).
pub fn service_of(event_source: &str) -> &str {
    event_source.split_once(".amazonaws.").map_or(event_source, |(service, _)| service)
}

impl Record {
    /// Takes a JSON object for a record.
    pub const fn new(json: Json) -> Self {
        Self { json }
    }

    /// The whole event.
    pub const fn json(&self) -> &Json {
        &self.json
    }

    /// The event itself, the record given up.
    pub fn into_json(self) -> Json {
        self.json
    }

    /// The string at a path of object keys; `None` where it is missing, empty or no string.
    pub fn text(&self, path: &[&str]) -> Option<&str> {
        self.json.at(path).and_then(Json::as_str).filter(|s| !s.is_empty())
    }

    /// The same as [`Record::text`], as a value that may be shown.
    pub fn untrusted(&self, path: &[&str]) -> Option<Untrusted> {
        self.text(path).map(Untrusted::from)
    }

    /// `eventName`, "" where it is missing.
    pub fn event_name(&self) -> &str {
        self.text(&["eventName"]).unwrap_or_default()
    }

    /// `eventSource`, such as `iam.amazonaws.com`; "" where it is missing.
    pub fn event_source(&self) -> &str {
        self.text(&["eventSource"]).unwrap_or_default()
    }

    /// `eventSource` without `.amazonaws.com` (or `.amazonaws.com.cn`): `iam`.
    pub fn service(&self) -> &str {
        service_of(self.event_source())
    }

    /// `eventType`: `AwsApiCall`, `AwsConsoleSignIn`, `AwsServiceEvent`, ...
    pub fn event_type(&self) -> &str {
        self.text(&["eventType"]).unwrap_or_default()
    }

    /// `eventTime`, where it is a time.
    pub fn event_time(&self) -> Option<Timestamp> {
        self.text(&["eventTime"])?.parse().ok()
    }

    /// `eventID`.
    pub fn event_id(&self) -> Option<&str> {
        self.text(&["eventID"])
    }

    /// The account the record belongs to: `recipientAccountId`, else the actor's own account.
    pub fn account(&self) -> Option<&str> {
        self.text(&["recipientAccountId"]).or_else(|| self.text(&["userIdentity", "accountId"]))
    }

    /// `awsRegion`: where the event was *recorded*, which for sign-ins is not where anybody is.
    pub fn region(&self) -> Option<&str> {
        self.text(&["awsRegion"])
    }

    /// When the session began that was acted in, where the record says.
    pub fn session_began(&self) -> Option<Timestamp> {
        self.text(&["userIdentity", "sessionContext", "attributes", "creationDate"])?.parse().ok()
    }

    /// `userIdentity.accessKeyId`: the key that it was done with.
    pub fn access_key_id(&self) -> Option<&str> {
        self.text(&["userIdentity", "accessKeyId"])
    }

    /// `sourceIPAddress`: an address, `AWS Internal`, or the DNS name of a service.
    pub fn source_address(&self) -> Option<&str> {
        self.text(&["sourceIPAddress"])
    }

    /// `userAgent`.
    pub fn user_agent(&self) -> Option<&str> {
        self.text(&["userAgent"])
    }

    /// `errorCode`.
    pub fn error_code(&self) -> Option<&str> {
        self.text(&["errorCode"])
    }

    /// `errorMessage`.
    pub fn error_message(&self) -> Option<&str> {
        self.text(&["errorMessage"])
    }

    /// `readOnly`, where the record says (it may be a boolean or, in some forms, the text of one).
    pub fn read_only(&self) -> Option<bool> {
        match self.json.get("readOnly")? {
            Json::Bool(value) => Some(*value),
            Json::String(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// A string of `requestParameters`.
    pub fn request(&self, key: &str) -> Option<&str> {
        self.text(&["requestParameters", key])
    }

    /// What makes this the same event as another record of it.
    pub fn identity(&self) -> EventIdentity {
        match self.event_id() {
            Some(id) => EventIdentity::Event(self.account().unwrap_or_default().to_owned(), id.to_owned()),
            None => EventIdentity::Content(fnv1a(self.json.to_string().bytes())),
        }
    }

    /// `sharedEventID`: the same action in another account's log carries the same one.
    pub fn shared_event_id(&self) -> Option<&str> {
        self.text(&["sharedEventID"])
    }
}
