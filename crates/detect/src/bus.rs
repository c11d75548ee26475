//! The event that EventBridge makes of a record: what an event pattern is asked about.

use std::cell::OnceCell;

use trailbell_event_pattern::EventPattern;
use trailbell_json::Json;
use trailbell_record::{Record, service_of};

/// The detail-types of a console sign-in: AWS's pages spell it both ways.
const SIGN_IN: [&str; 2] = ["AWS Console Sign In via CloudTrail", "AWS Console Signin via CloudTrail"];

/// The members of a record that the rest of the event is made of.
pub(crate) const MADE_OF: [&[&str]; 7] = [
    &["awsRegion"],
    &["eventID"],
    &["eventSource"],
    &["eventTime"],
    &["eventType"],
    &["recipientAccountId"],
    &["userIdentity", "accountId"],
];

/// The events of a record; of a sign-in one for each spelling, so that a pattern meets it with either. EventBridge gives
/// each an `id` of its own, which nobody can know beforehand: here it is the record's.
pub fn events(record: &Record) -> Vec<Json> {
    let time = record.text(&["eventTime"]).unwrap_or_default();
    events_at(record, record.event_id().unwrap_or_default(), time)
}

/// The same with an `id` and a `time` (`YYYY-MM-DDThh:mm:ssZ`) of their own.
pub fn events_at(record: &Record, id: &str, time: &str) -> Vec<Json> {
    detail_types(record.event_type()).iter().map(|detail_type| event(record, detail_type, id, time)).collect()
}

/// The members of an event but for the record in it.
type Envelope = Vec<(&'static str, Json)>;

fn event(record: &Record, detail_type: &str, id: &str, time: &str) -> Json {
    let envelope = envelope(record, detail_type, id, time);
    let mut members: Vec<(String, Json)> =
        envelope.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    members.push(("detail".to_owned(), record.json().clone()));
    Json::Object(members)
}

fn envelope(record: &Record, detail_type: &str, id: &str, time: &str) -> Envelope {
    let text = |text: &str| Json::String(text.to_owned());
    vec![
        ("version", text("0")),
        ("id", text(id)),
        ("detail-type", text(detail_type)),
        ("source", Json::String(source(record.event_source()))),
        ("account", text(record.account().unwrap_or_default())),
        ("time", text(time)),
        ("region", text(record.region().unwrap_or_default())),
        ("resources", Json::Array(Vec::new())),
    ]
}

/// A record that event patterns are asked about, any number of them: what they see is made once, and of the record no copy.
pub(crate) struct OnBus<'r> {
    record: &'r Record,
    envelopes: OnceCell<Vec<Envelope>>,
}

impl<'r> OnBus<'r> {
    pub(crate) const fn new(record: &'r Record) -> Self {
        Self { record, envelopes: OnceCell::new() }
    }

    pub(crate) const fn record(&self) -> &'r Record {
        self.record
    }

    /// Whether one of [`events`] matches.
    pub(crate) fn is_met(&self, pattern: &EventPattern) -> bool {
        let envelopes = self.envelopes.get_or_init(|| {
            let id = self.record.event_id().unwrap_or_default();
            let time = self.record.text(&["eventTime"]).unwrap_or_default();
            let types = detail_types(self.record.event_type());
            types.iter().map(|detail_type| envelope(self.record, detail_type, id, time)).collect()
        });
        let detail = ("detail", self.record.json());
        envelopes.iter().any(|envelope| {
            pattern.matches_members(envelope.iter().map(|(name, value)| (*name, value)).chain([detail]))
        })
    }
}

/// The `source` of the events of a record with this `eventSource`, "" where it has none.
pub(crate) fn source(event_source: &str) -> String {
    format!("aws.{}", service_of(event_source))
}

/// The `detail-type`s of the events of a record with this `eventType`, "" where it has none.
pub(crate) fn detail_types(event_type: &str) -> &'static [&'static str] {
    match event_type {
        "AwsConsoleSignIn" | "AwsConsoleSignin" => &SIGN_IN,
        "AwsServiceEvent" => &["AWS Service Event via CloudTrail"],
        "AwsConsoleAction" => &["AWS Console Action via CloudTrail"],
        "AwsCloudTrailInsight" => &["AWS Insight via CloudTrail"],
        _ => &["AWS API Call via CloudTrail"],
    }
}
