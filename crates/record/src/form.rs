//! Which of CloudTrail's forms a JSON value is, told by its content.
//!
//! Where each form comes from: log files and Event history downloads hold `Records`; `LookupEvents` returns
//! `Events[].CloudTrailEvent`; CloudWatch Logs hands subscribers `awslogs.data` or a Kinesis record and returns
//! `events[].message` from `FilterLogEvents`; EventBridge puts the event under `detail`; SQS, SNS and Lambda wrap
//! any of these once more. S3's own notifications have `Records` too, so the elements decide, not the key.

use crate::read::element::{Fields, members};

/// Keys whose value is the list that holds the events (or what holds them).
pub(crate) const LISTS: [&str; 6] = ["Records", "Events", "logEvents", "events", "Messages", "records"];

/// Something that is told from CloudTrail's events and left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Skipped {
    /// A digest of delivered log files (`digestStartTime`).
    Digest,
    /// A CloudTrail Insights event.
    Insight,
    /// An aggregated event (`AwsAggregatedEvent`).
    Aggregated,
    /// Word of an object in S3 (or of a subscription) without events in it.
    Notification,
    /// What S3 sends when notifications are set up (`s3:TestEvent`).
    TestEvent,
    /// What CloudWatch Logs sends to check a destination (`CONTROL_MESSAGE`).
    ControlMessage,
    /// A value that is none of CloudTrail's forms, among others that are.
    NotCloudTrail,
}

/// What a value is; the slices are its members' source text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Form<'a> {
    /// One CloudTrail event.
    Event,
    /// Lists whose elements are to be looked at.
    Lists(Vec<&'a str>),
    /// Another value that is what matters here.
    Wrapped(&'a str),
    /// A JSON string whose content matters. `strict`: it was meant for us, so content that is no JSON is a fault and
    /// not just another line of a log.
    Text { literal: &'a str, strict: bool },
    /// A JSON string of base64.
    Base64(&'a str),
    /// Left out.
    Skip(Skipped),
}

/// Whether the scanned fields alone say that this is an event to be handed out.
pub(crate) fn is_plain_event(text: &str, fields: &Fields) -> bool {
    fields.exact
        && fields.event_name.of(text).is_some()
        && fields.event_source.of(text).is_some_and(|source| !source.starts_with("aws:"))
        && !matches!(fields.event_type.of(text), Some("AwsCloudTrailInsight" | "AwsAggregatedEvent"))
}

/// What the JSON object `text` is, looked at member by member.
pub(crate) fn of_object(text: &str) -> Result<Form<'_>, serde_json::Error> {
    let members = members(text)?;
    // The last of equal keys counts, as everywhere.
    let get = |key: &str| members.iter().rev().find(|(name, _)| name == key).map(|(_, value)| *value);
    let string = |key: &str| get(key).filter(|value| value.starts_with('"'));
    let object = |key: &str| get(key).filter(|value| value.starts_with('{'));

    let source = string("eventSource").unwrap_or_default();
    match string("eventType").unwrap_or_default() {
        "\"AwsCloudTrailInsight\"" => return Ok(Form::Skip(Skipped::Insight)),
        "\"AwsAggregatedEvent\"" => return Ok(Form::Skip(Skipped::Aggregated)),
        _ => {}
    }
    // S3, SQS and Kinesis call their notifications' source aws:s3 and so on; CloudTrail's sources are host names.
    if !source.starts_with("\"aws:") && is_event(&get) {
        return Ok(Form::Event);
    }
    if string("messageType") == Some("\"CONTROL_MESSAGE\"") {
        return Ok(Form::Skip(Skipped::ControlMessage));
    }
    let lists: Vec<&str> = members
        .iter()
        .filter(|(key, value)| LISTS.contains(&key.as_str()) && value.starts_with('['))
        .map(|(_, value)| *value)
        .collect();
    if !lists.is_empty() {
        return Ok(Form::Lists(lists));
    }
    if get("digestStartTime").is_some() {
        return Ok(Form::Skip(Skipped::Digest));
    }
    if string("Event") == Some("\"s3:TestEvent\"") {
        return Ok(Form::Skip(Skipped::TestEvent));
    }
    if let Some(literal) = string("CloudTrailEvent") {
        return Ok(Form::Text { literal, strict: true });
    }
    // `data` as an object is how CloudEvents wraps its subject.
    for key in ["CloudTrailEvent", "detail", "awslogs", "kinesis", "Sns", "data"] {
        if let Some(inner) = object(key) {
            return Ok(Form::Wrapped(inner));
        }
    }
    // Lambda spells it `body`, ReceiveMessage `Body`; SNS delivers `Message`; CloudWatch Logs has `message`.
    if let Some(literal) = string("body").or_else(|| string("Body")) {
        return Ok(Form::Text { literal, strict: true });
    }
    if let Some(literal) = string("Message") {
        let confirmation = string("Type").is_some_and(|kind| {
            matches!(kind, "\"SubscriptionConfirmation\"" | "\"UnsubscribeConfirmation\"")
        });
        return Ok(if confirmation {
            Form::Skip(Skipped::Notification)
        } else {
            Form::Text { literal, strict: get("TopicArn").is_some() }
        });
    }
    if let Some(literal) = string("message") {
        return Ok(Form::Text { literal, strict: false });
    }
    if let Some(literal) = string("data").or_else(|| string("Data")) {
        return Ok(Form::Base64(literal));
    }
    // S3's Records, EventBridge's `detail` of S3 events, and CloudTrail's own word of a new file.
    let notified = ["s3", "s3ObjectKey"].iter().any(|key| get(key).is_some())
        || (object("bucket").is_some() && object("object").is_some());
    Ok(Form::Skip(if notified { Skipped::Notification } else { Skipped::NotCloudTrail }))
}

/// Old event versions lack many fields, so `eventName` is enough, or any two of the others.
fn is_event<'a>(get: &impl Fn(&str) -> Option<&'a str>) -> bool {
    let string = |key: &&str| get(key).is_some_and(|value| value.starts_with('"'));
    string(&"eventName")
        || [
            "eventSource",
            "eventTime",
            "eventID",
            "eventVersion",
            "eventType",
            "awsRegion",
            "recipientAccountId",
        ]
        .iter()
        .filter(|key| string(key))
        .count()
            >= 2
}
