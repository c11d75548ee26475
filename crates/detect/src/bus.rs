//! The event that EventBridge makes of a record: what an event pattern is asked about.

use trailbell_json::Json;
use trailbell_record::Record;

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

fn event(record: &Record, detail_type: &str, id: &str, time: &str) -> Json {
    let text = |text: &str| Json::String(text.to_owned());
    Json::Object(vec![
        ("version".to_owned(), text("0")),
        ("id".to_owned(), text(id)),
        ("detail-type".to_owned(), text(detail_type)),
        ("source".to_owned(), text(&format!("aws.{}", record.service()))),
        ("account".to_owned(), text(record.account().unwrap_or_default())),
        ("time".to_owned(), text(time)),
        ("region".to_owned(), text(record.region().unwrap_or_default())),
        ("resources".to_owned(), Json::Array(Vec::new())),
        ("detail".to_owned(), record.json().clone()),
    ])
}

fn detail_types(event_type: &str) -> &'static [&'static str] {
    match event_type {
        "AwsConsoleSignIn" | "AwsConsoleSignin" => &SIGN_IN,
        "AwsServiceEvent" => &["AWS Service Event via CloudTrail"],
        "AwsConsoleAction" => &["AWS Console Action via CloudTrail"],
        "AwsCloudTrailInsight" => &["AWS Insight via CloudTrail"],
        _ => &["AWS API Call via CloudTrail"],
    }
}
